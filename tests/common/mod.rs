//! A sandbox for tests of the program as it is used: a folder of its own, an environment of its
//! own, a fixed clock, and a store in which two operators work.
//!
//! Nothing of the machine that runs the tests reaches the program but `PATH`.
#![allow(dead_code, clippy::disallowed_methods, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

/// The program.
pub const APPT: &str = env!("CARGO_BIN_EXE_appt");
/// Monday, ten in the morning in Moscow.
pub const NOW: &str = "2026-11-23T10:00:00+03:00";
/// A known patient, by the flags of `request new`.
pub const PETR: &str = "--name 'Щукин Пётр Фёдорович' --passport 4511227265 --phone 89017892569";
/// Another one.
pub const DARYA: &str =
    "--name 'Лабанова Дарья Олеговна' --passport 4511223344 --phone 89161234567";
/// A request for a therapist of the first clinic on Wednesday from nine to twelve.
pub const WEDNESDAY: &str = "--clinic poliklinika-1 --specialty terapevt --range 'ср 9-12'";

/// A folder that is gone when the test ends; in memory where there is room for it and programs may
/// be run there.
pub fn folder() -> tempfile::TempDir {
    const MEMORY: &str = "/dev/shm";
    #[cfg(unix)]
    let has_memory = rustix::fs::statvfs(MEMORY).is_ok_and(|memory| {
        !memory.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC)
            && memory.f_bavail * memory.f_frsize > 1 << 30
    });
    #[cfg(not(unix))]
    let has_memory = false;
    let made = if has_memory { tempfile::tempdir_in(MEMORY) } else { tempfile::tempdir() };
    made.unwrap()
}

/// A folder with a store in it, and the environment in which the program runs.
pub struct Sandbox {
    folder: tempfile::TempDir,
    vars: BTreeMap<String, String>,
    /// Where the program is started.
    pub cwd: PathBuf,
}

impl Sandbox {
    /// An empty folder: no store, no operator.
    pub fn empty() -> Sandbox {
        let folder = folder();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        let vars = [
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", text(home.clone())),
            ("XDG_CONFIG_HOME", text(home.join("config"))),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_CONFIG_GLOBAL", text(home.join("gitconfig"))),
            ("LANG", "C".to_owned()),
            ("APPT_NOW", NOW.to_owned()),
            ("APPT_LANG", "ru".to_owned()),
        ];
        let vars = vars.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let cwd = folder.path().join("store");
        fs::create_dir(&cwd).unwrap();
        // For its owner alone, as `check` asks of a store.
        #[cfg(unix)]
        fs::set_permissions(&cwd, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        Sandbox { folder, vars, cwd }
    }

    /// A store in which Anna, the admin, works; Boris is an operator. Three specialties; the first
    /// clinic has therapists only, the second also cardiologists.
    pub fn new() -> Sandbox {
        let mut sandbox = Sandbox::empty();
        sandbox.ok("init --operator anna --name 'Анна Смирнова' --no-git");
        sandbox.set("APPT_OPERATOR", "anna");
        sandbox.ok("operator new --id boris --name 'Борис Котов'");
        sandbox.ok("specialty new --title Терапевт --alias 'участковый врач'");
        sandbox.ok("specialty new --title Кардиолог");
        sandbox.ok("specialty new --title Хирург");
        sandbox.ok("clinic new --name 'Поликлиника № 1' --address 'г. Москва, ул. Ленина, д. 1' \
             --phone 84952377297 --specialty terapevt");
        sandbox.ok("clinic new --name 'Поликлиника № 2' --address 'г. Москва, ул. Мира, д. 2' \
             --phone 84956079757 --specialty terapevt --specialty kardiolog");
        sandbox
    }

    /// Such a store with one request, of Пётр for Wednesday; its short id.
    pub fn with_request() -> (Sandbox, String) {
        let sandbox = Sandbox::new();
        let id = sandbox.request(PETR, WEDNESDAY);
        (sandbox, id)
    }

    /// Makes a request; its short id.
    pub fn request(&self, who: &str, what: &str) -> String {
        let made = self.ok(&format!("request new {who} {what} -o ids"));
        short(made.stdout.trim()).to_owned()
    }

    /// Sets a variable for what is run from now on; an empty one counts as unset.
    pub fn set(&mut self, name: &str, value: &str) {
        self.vars.insert(name.to_owned(), value.to_owned());
    }

    /// The folder that holds everything of this sandbox, the home too.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command in this environment, ready to be started.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.vars).current_dir(&self.cwd).stdin(Stdio::null());
        command
    }

    /// Runs a command line, written as for a shell: words by spaces, `'…'` for words with spaces.
    pub fn run(&self, line: &str) -> Ran {
        let output = self.command(APPT).args(words(line)).output().unwrap();
        Ran::of(line, output)
    }

    /// Runs what must succeed.
    pub fn ok(&self, line: &str) -> Ran {
        self.run(line).exits(0)
    }

    /// Runs a command in Boris's name.
    pub fn boris(&self, line: &str) -> Ran {
        self.run(&format!("--operator boris {line}"))
    }

    /// A request as JSON.
    pub fn show(&self, id: &str) -> Json {
        self.ok(&format!("request show {id} --json")).json()
    }

    /// Runs what a rule must refuse, and checks that it left every byte of the store as it was;
    /// the error's object.
    pub fn refused(&self, line: &str, rule: &str) -> Json {
        self.fails(line, 3, "refused", rule)
    }

    /// Runs what must fail in this way and leave the store as it was; the error's object.
    pub fn fails(&self, line: &str, exit: i32, code: &str, rule: &str) -> Json {
        let before = self.bytes();
        let ran = self.run(&format!("{line} --json")).exits(exit);
        assert_eq!(ran.stdout, "", "an error has no result: {line}");
        let error = ran.error();
        assert_eq!(
            (&error["code"], &error["rule"]),
            (&code.into(), &rule.into()),
            "{line}: {error}"
        );
        assert_eq!(self.bytes(), before, "{line}: the store changed");
        error
    }

    /// Every file of the store with its bytes; `.appt` is the program's own.
    pub fn bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.cwd.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if entry.file_type().unwrap().is_dir() {
                    if entry.file_name() != ".appt" && entry.file_name() != ".git" {
                        folders.push(path);
                    }
                } else {
                    let name = path.strip_prefix(&self.cwd).unwrap().to_owned();
                    files.insert(name, fs::read(&path).unwrap());
                }
            }
        }
        files
    }

    /// The path of a request's file, by its short id.
    pub fn file(&self, id: &str) -> PathBuf {
        let wanted = format!("-{id}.toml");
        let all = self.bytes();
        let found = all.keys().find(|path| path.to_str().unwrap().ends_with(&wanted));
        self.cwd.join(found.unwrap_or_else(|| panic!("no file of {id}")))
    }

    /// The path of the only patient's file.
    pub fn patient_file(&self) -> PathBuf {
        let all = self.bytes();
        let mut found = all.keys().filter(|path| path.starts_with("patients"));
        let path = self.cwd.join(found.next().expect("a patient"));
        assert!(found.next().is_none(), "more than one patient");
        path
    }

    /// Changes a file as a person would, by hand.
    pub fn by_hand(&self, path: &Path, from: &str, to: &str) {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains(from), "{from:?} is not in\n{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// What a person sees of a run, with everything random replaced: for snapshots.
    pub fn screen(&self, ran: &Ran) -> String {
        let mut text = ran.stdout.clone();
        if !ran.stderr.is_empty() {
            text.push_str("--- stderr\n");
            text.push_str(&ran.stderr);
        }
        let ids: Vec<String> = self
            .bytes()
            .keys()
            .filter(|path| path.starts_with("requests") || path.starts_with("patients"))
            .map(|path| short(path.file_stem().unwrap().to_str().unwrap()).to_owned())
            .collect();
        redact(&text, &ids)
    }

    /// Runs git in the store.
    pub fn git(&self, line: &str) -> String {
        let output = self.command("git").args(words(line)).output().unwrap();
        Ran::of(line, output).exits(0).stdout
    }
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Ran {
    /// What was run.
    pub line: String,
    /// The exit code.
    pub code: i32,
    /// The result.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
}

impl Ran {
    /// Of a process that has ended.
    pub fn of(line: &str, output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
        Ran {
            line: line.to_owned(),
            code: output.status.code().expect("no signal ended the program"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "appt {}\n{}\n{}", self.line, self.stdout, self.stderr);
        self
    }

    /// The result as JSON.
    #[track_caller]
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }

    /// The error object on standard error.
    #[track_caller]
    pub fn error(&self) -> Json {
        let last = self.stderr.lines().last().unwrap_or_default();
        let json: Json = serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {last}"));
        json["error"].clone()
    }

    /// The lines of the result.
    pub fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }

    /// Asserts that a person is told this, on standard error.
    #[track_caller]
    pub fn says(self, text: &str) -> Ran {
        assert!(
            self.stderr.contains(text),
            "not said: {text}\nappt {}\n{}",
            self.line,
            self.stderr
        );
        self
    }

    /// Asserts that it printed a text as a result.
    #[track_caller]
    pub fn prints(self, text: &str) -> Ran {
        assert!(
            self.stdout.contains(text),
            "not printed: {text}\nappt {}\n{}",
            self.line,
            self.stdout
        );
        self
    }
}

/// Copies a folder's files into another, over what is there.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The part of a request's id that operators type.
pub fn short(id: &str) -> &str {
    id.split_once('-').map_or(id, |(_, part)| part)
}

/// Splits a command line: words by white space, `'…'` keeps what is inside whole.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut open, mut quoted) = (String::new(), false, false);
    for c in line.chars() {
        match c {
            '\'' => (quoted, open) = (!quoted, true),
            c if c.is_whitespace() && !quoted => {
                if std::mem::take(&mut open) {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => {
                word.push(c);
                open = true;
            }
        }
    }
    assert!(!quoted, "an open quote: {line}");
    if open {
        words.push(word);
    }
    words
}

/// Replaces ids, and the beginnings of ids that tables show, by letters: the first request in the
/// text is `AAAAAA`, the second `BBBBBB`, patients are `Z…`. Their lengths stay, and so do columns.
fn redact(text: &str, ids: &[String]) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut shown = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        let id = ids.iter().find(|id| word.len() >= 3 && id.starts_with(&word));
        match id {
            Some(id) if id.len() == 10 => shown.push_str(&"Z".repeat(word.len())),
            Some(id) => {
                let at = seen.iter().position(|s| s == id).unwrap_or(seen.len());
                if at == seen.len() {
                    seen.push(id);
                }
                let letter = char::from(b'A' + u8::try_from(at).unwrap());
                shown.extend(std::iter::repeat_n(letter, word.len()));
            }
            None => shown.push_str(&word),
        }
        word.clear();
        shown.push(c);
    }
    shown.pop();
    shown
}

/// Makes a folder for its owner alone.
#[cfg(unix)]
pub fn private_folder(folder: &Path) {
    fs::create_dir(folder).unwrap();
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
}

/// Whether the programs that a test needs are there. Without them it is passed over on a machine
/// that has nothing but Rust, and fails where `CI` is set: `.ci/run` installs them.
#[allow(dead_code, clippy::print_stderr)]
pub fn has(programs: &[&str]) -> bool {
    let found = |program: &&&str| Command::new(program).arg("--version").output().is_ok();
    let missing: Vec<_> = programs.iter().filter(|program| !found(program)).collect();
    assert!(missing.is_empty() || std::env::var_os("CI").is_none(), "not installed: {missing:?}");
    if !missing.is_empty() {
        eprintln!("passed over, since it needs {missing:?}");
    }
    missing.is_empty()
}
