//! Runs every fenced block of `README.md` and `examples/*.md`, and compares what it says.
//!
//! Each document is one sandbox: an empty folder that is also the home, a cleared environment, no
//! configuration of git's, and the clock at [`NOW`]. Its blocks run in their order, in one session.
//! The sandbox of `README.md` is a clone with `data-example`; that of an example is empty.
//!
//! | Block | What happens |
//! | --- | --- |
//! | `console` | each `$ command` runs; the lines after it are its output, both streams as a terminal shows them; `[exit 3]` is the exit code, where it is not 0 |
//! | `sh` | each line is a command and must succeed |
//! | `toml file=PATH` | the file's text, as it stands at that moment |
//! | `text ranges` | `typed → meaning`, or `typed ✗ refusal`, as `--range` reads it |
//!
//! Any other kind fails the test. In what is compared, `[..]` stands for any text within a line.
//!
//! Commands: a line that ends in `\` goes on in the next; `cd DIR` and `export NAME=VALUE` last for
//! the rest of the document; `cargo run --quiet -- ARGS` runs the program that cargo built for this
//! test; [`NOT_RUN`] are recognised and not run.
//!
//! Comments set the scene: `<!-- test: now TIME -->` moves the clock, `<!-- test: ids A B … -->`
//! names the ids that stand for random ones, in the order in which they appear; their first three
//! characters stand for the short form in tables.
//!
//! `UPDATE_DOCS=1 cargo test --test docs` writes what was said into the documents.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use appt::i18n::Lang;
use appt::model::hours::Hours;
use appt::when::{self, Frame, show};

/// The clock, unless a document moves it.
const NOW: &str = "2026-11-23T10:00:00+03:00";
/// The name that a sandbox's folder has in documents.
const HOME: &str = "/home/olga";
/// What a test can't run: itself, what asks a registry, what changes the machine.
const NOT_RUN: [&str; 3] =
    ["cargo test", "cargo install --path .", "APPT_DURABLE_PROFILE=release .ci/durable"];

#[test]
fn every_block_of_the_readme_holds() {
    check_file("README.md");
}

#[test]
fn every_block_of_the_examples_holds() {
    let mut documents: Vec<String> = fs::read_dir(repository().join("examples"))
        .unwrap()
        .map(|entry| format!("examples/{}", entry.unwrap().file_name().to_string_lossy()))
        .filter(|name| name.ends_with(".md"))
        .collect();
    documents.sort();
    assert!(!documents.is_empty());
    for document in documents {
        check_file(&document);
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn check_file(name: &str) {
    let path = repository().join(name);
    let text = fs::read_to_string(&path).unwrap();
    let said = run(&text, name == "README.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, said).unwrap();
    } else if let Err(difference) = same(&text, &said) {
        panic!("{name}: {difference}");
    }
}

/// The document with what its blocks said now. Two ids that begin alike would show longer short
/// forms: the document is run again, with new ones.
fn run(text: &str, with_data: bool) -> String {
    for _ in 0..5 {
        let mut session = Session::new(with_data);
        let said = session.document(text);
        let mut starts: Vec<&str> = session.ids.values().map(|id| &id[..3]).collect();
        starts.sort_unstable();
        if starts.windows(2).all(|pair| pair[0] != pair[1]) {
            return said;
        }
    }
    panic!("five sets of ids that begin alike");
}

/// Whether a document says what was said, `[..]` aside; else the first place where it does not.
fn same(document: &str, said: &str) -> Result<(), String> {
    let mut said = said.lines();
    for (at, expected) in document.lines().enumerate() {
        let actual = said.next();
        if !actual.is_some_and(|actual| fits(expected, actual)) {
            let (line, actual) = (at + 1, actual.unwrap_or("nothing"));
            return Err(format!("line {line}:\n  document: {expected}\n  said:     {actual}"));
        }
    }
    said.next().map_or(Ok(()), |more| Err(format!("more was said: {more}")))
}

fn fits(expected: &str, actual: &str) -> bool {
    let mut parts = expected.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = actual.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// One document's sandbox and what has happened in it.
struct Session {
    folder: tempfile::TempDir,
    cwd: PathBuf,
    vars: BTreeMap<String, String>,
    /// The ids that the document names and that have not come up.
    awaited: Vec<String>,
    /// What they stand for: the document's id, the real one.
    ids: BTreeMap<String, String>,
}

impl Session {
    fn new(with_data: bool) -> Session {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_appt")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let vars = [
            ("PATH", format!("{}:{path}", program.display())),
            ("HOME", root.display().to_string()),
            ("APPT_NOW", NOW.to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
            ("GIT_AUTHOR_NAME", "Olga".to_owned()),
            ("GIT_AUTHOR_EMAIL", "olga@example.org".to_owned()),
            ("GIT_COMMITTER_NAME", "Olga".to_owned()),
            ("GIT_COMMITTER_EMAIL", "olga@example.org".to_owned()),
            ("GIT_PAGER", "cat".to_owned()),
        ];
        let vars = vars.map(|(name, value)| (name.to_owned(), value)).into();
        let session =
            Session { folder, cwd: root.clone(), vars, awaited: Vec::new(), ids: BTreeMap::new() };
        if with_data {
            copy(&repository().join("data-example"), &root.join("data-example"));
            // As the README advises for a clone.
            fs::set_permissions(
                root.join("data-example"),
                std::os::unix::fs::PermissionsExt::from_mode(0o700),
            )
            .unwrap();
            let dump = repository().join("tests/data/django-dump.json");
            fs::copy(dump, root.join("old-site.json")).unwrap();
            let clone = "git init -q && git add . && git commit -q -m 'a clone'";
            assert_eq!(session.shell(clone), (String::new(), 0));
        }
        session
    }

    /// Runs the blocks; the document with what they said.
    fn document(&mut self, text: &str) -> String {
        let mut said = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            said.push_str(line);
            said.push('\n');
            if let Some(setting) = line.strip_prefix("<!-- test: ") {
                self.set(setting.trim_end_matches(" -->"));
            }
            let Some(kind) = line.strip_prefix("```") else { continue };
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            for line in self.block(kind, &block) {
                said.push_str(line.trim_end());
                said.push('\n');
            }
            said.push_str("```\n");
        }
        said
    }

    fn set(&mut self, setting: &str) {
        match setting.split_once(' ') {
            Some(("now", time)) => drop(self.vars.insert("APPT_NOW".to_owned(), time.to_owned())),
            Some(("ids", ids)) => self.awaited.extend(ids.split(' ').map(str::to_owned)),
            _ => panic!("no such setting: {setting}"),
        }
    }

    fn block(&mut self, kind: &str, block: &[&str]) -> Vec<String> {
        match kind.split_once(' ').unwrap_or((kind, "")) {
            ("console", "") => self.console(block),
            ("sh", "") => {
                for command in block.iter().filter(|line| !line.is_empty()) {
                    let (said, exit) = self.command(command);
                    assert_eq!(exit, 0, "`{command}` failed: {said}");
                }
                block.iter().map(|line| (*line).to_owned()).collect()
            }
            ("toml", what) if what.starts_with("file=") => {
                let path = self.cwd.join(self.real(&what["file=".len()..]));
                let text = fs::read_to_string(&path).unwrap();
                self.shown(&text).lines().map(str::to_owned).collect()
            }
            ("text", "ranges") => block.iter().map(|line| ranges(line)).collect(),
            _ => panic!("a block of no known kind: `{kind}`"),
        }
    }

    fn console(&mut self, block: &[&str]) -> Vec<String> {
        let mut said = Vec::new();
        let mut lines = block.iter().peekable();
        while let Some(line) = lines.next() {
            let Some(first) = line.strip_prefix("$ ") else { continue };
            said.push((*line).to_owned());
            let mut command = first.to_owned();
            while command.ends_with('\\') {
                let more = lines.next().expect("a command goes on after `\\`");
                said.push((*more).to_owned());
                command = format!("{}{}", command.trim_end_matches('\\'), more.trim_start());
            }
            let (text, exit) = self.command(&command);
            said.extend(text.lines().map(str::to_owned));
            if exit != 0 {
                said.push(format!("[exit {exit}]"));
            }
            // What stands between two commands is output, or the blank line between them.
            let old: Vec<&&str> =
                std::iter::from_fn(|| lines.next_if(|line| !line.starts_with("$ "))).collect();
            if lines.peek().is_some() && old.last().is_some_and(|line| line.is_empty()) {
                said.push(String::new());
            }
        }
        assert!(!said.is_empty(), "a console block without a command: {block:?}");
        said
    }

    /// What a command says, in the document's words, and its exit code.
    fn command(&mut self, command: &str) -> (String, i32) {
        let command = self.real(command);
        if NOT_RUN.contains(&command.as_str()) {
            return (String::new(), 0);
        }
        if let Some(folder) = command.strip_prefix("cd ") {
            self.cwd = self.cwd.join(folder);
            assert!(self.cwd.is_dir(), "{command}");
            return (String::new(), 0);
        }
        if let Some((name, value)) =
            command.strip_prefix("export ").and_then(|set| set.split_once('='))
        {
            self.vars.insert(name.to_owned(), value.trim_matches('"').to_owned());
            return (String::new(), 0);
        }
        let (said, exit) = self.shell(&command.replace("cargo run --quiet --", "appt"));
        (self.shown(&said), exit)
    }

    fn shell(&self, command: &str) -> (String, i32) {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", command])
            .current_dir(&self.cwd)
            .env_clear()
            .envs(&self.vars)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .spawn()
            .unwrap();
        let mut said = String::new();
        reader.read_to_string(&mut said).unwrap();
        (said, child.wait().unwrap().code().unwrap_or(-1))
    }

    /// A command of the document with the real ids in it.
    fn real(&self, text: &str) -> String {
        words(text, |word| {
            let whole = self.ids.get(word).map(String::as_str);
            let short = || {
                let (_, real) = self.ids.iter().find(|(id, _)| &id[..3] == word)?;
                Some(&real[..3])
            };
            whole.or_else(short).map(str::to_owned)
        })
    }

    /// What was said, with the document's ids in it.
    fn shown(&mut self, text: &str) -> String {
        let text =
            text.replace(&self.folder.path().canonicalize().unwrap().display().to_string(), HOME);
        words(&text, |word| {
            if let Some((id, _)) = self.ids.iter().find(|(_, real)| *real == word) {
                return Some(id.clone());
            }
            if let Some((id, _)) = self.ids.iter().find(|(_, real)| &real[..3] == word) {
                return Some(id[..3].to_owned());
            }
            let is_code = word.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
                && !word.contains(['i', 'l', 'o', 'u']);
            let next = self.awaited.iter().position(|id| is_code && id.len() == word.len())?;
            let id = self.awaited.remove(next);
            self.ids.insert(id.clone(), word.to_owned());
            Some(id)
        })
    }
}

/// A text with some of its words replaced: runs of ASCII letters and digits.
fn words(text: &str, mut instead: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let word = &rest[..end];
        out.push_str(&instead(word).unwrap_or_else(|| word.to_owned()));
        rest = &rest[end..];
    }
    out + rest
}

/// A line of a table of typed times, with what is understood of it.
fn ranges(line: &str) -> String {
    let typed = line.split(['→', '✗']).next().unwrap_or_default();
    let now = chrono::DateTime::parse_from_rfc3339(NOW).unwrap().to_utc();
    let frame =
        Frame { now, zone: chrono_tz::Europe::Moscow, hours: Hours::DEFAULT, anyway: false };
    let today = now.with_timezone(&frame.zone).date_naive();
    let meaning = match when::ranges(typed.trim(), &frame) {
        Ok(reading) => format!("→ {}", show::ranges_text(&reading.ranges, today, Lang::Ru)),
        Err(misread) => {
            let error = appt::error::Error::from(misread);
            format!("✗ {}", error.message.get(Lang::Ru).lines().next().unwrap_or_default())
        }
    };
    format!("{typed}{meaning}")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

mod itself {
    use super::*;

    #[test]
    fn what_was_not_said_is_found() {
        let text = "```console\n$ echo one; echo two\none\nthree\n```\n";
        let said = run(text, false);
        assert_eq!(said, text.replace("three", "two"));
        assert!(same(text, &said).unwrap_err().starts_with("line 4:"));
        assert!(same(&text.replace("three", "t[..]o"), &said).is_ok());
        assert!(same(&text.replace("three\n", ""), &said).is_err());
        assert!(same(&text.replace("three", "two\nthree"), &said).is_err());
    }

    #[test]
    fn exit_codes_and_both_streams_are_said() {
        let text = "```console\n$ echo out; echo err >&2; exit 3\nout\nerr\n[exit 3]\n```\n";
        assert_eq!(run(text, false), text);
    }

    #[test]
    fn an_id_of_the_document_stands_for_a_random_one() {
        let text = "<!-- test: ids k7m2qx -->\n```console\n$ echo id zzzzzz, zzz\nid k7m2qx, k7m\n$ echo k7m2qx | tr z y\nyyyyyy\n```\n";
        assert_eq!(run(text, false), text);
    }

    #[test]
    #[should_panic(expected = "no known kind")]
    fn a_block_of_another_kind_is_refused() {
        run("```json\n{}\n```\n", false);
    }

    #[test]
    #[should_panic(expected = "failed")]
    fn a_script_that_fails_is_found() {
        run("```sh\nfalse\n```\n", false);
    }
}
