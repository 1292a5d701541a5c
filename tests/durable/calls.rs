//! The system calls of a command, as `strace` lists them.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use crate::case::{Case, Program};

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whose it is, where there are several.
    pub process: String,
    pub name: String,
    /// Which of its name, from 1, in its process: so `strace` counts.
    pub nth: usize,
    /// How it was called, and what came of it.
    pub line: String,
}

/// Whether the system lets us look; says so where it does not.
#[allow(clippy::print_stderr)]
pub fn can_trace() -> bool {
    if !crate::common::has(&["strace"]) {
        return false;
    }
    let tried = std::process::Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    let can = tried.is_ok_and(|output| output.status.success());
    if !can {
        eprintln!("passed over, since no process may be traced here");
    }
    can
}

/// The flags for the processes of a command: all of them, but none of git's.
pub fn follow(case: &Case) -> &'static [&'static str] {
    if case.row.git || case.row.starts { &[] } else { &["-f"] }
}

/// The calls of a case's command, run in a store; `more` are flags of strace.
pub fn calls(case: &Case, program: &Program, store: &Path, more: &[&str]) -> Vec<Call> {
    let more = [follow(case), more].concat();
    list(store, &more, |tool| drop(case.run(program, store, tool)))
}

/// The calls of what is run under a tool.
pub fn list(store: &Path, more: &[&str], run: impl FnOnce(&[&str])) -> Vec<Call> {
    let list = tempfile::NamedTempFile::new().unwrap();
    let path = list.path().to_str().unwrap();
    let mut tool = vec!["strace", "-yy", "-o", path];
    tool.extend(more);
    tool.push("--");
    run(&tool);
    let text = fs::read_to_string(list.path()).unwrap();
    assert!(!text.is_empty(), "nothing was traced in {}", store.display());
    parse(&text, more.contains(&"-f"))
}

/// Each call once, though several threads make it.
pub fn once(calls: Vec<Call>) -> Vec<Call> {
    let mut seen = HashSet::new();
    calls.into_iter().filter(|call| seen.insert((call.name.clone(), call.nth))).collect()
}

pub fn parse(text: &str, has_processes: bool) -> Vec<Call> {
    let (mut begun, mut counts) = (HashMap::new(), HashMap::<(String, String), usize>::new());
    let mut found = Vec::new();
    for line in text.lines() {
        let parts = if has_processes { line.split_once(' ') } else { Some(("", line)) };
        let Some((process, rest)) = parts else { continue };
        let rest = rest.trim_start();
        let whole = if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(process, start);
            continue;
        } else if let Some((_, end)) = rest.split_once(" resumed>") {
            format!("{}{end}", begun.remove(process).unwrap_or_default())
        } else {
            rest.to_owned()
        };
        let Some((name, _)) = whole.split_once('(') else { continue };
        if name.is_empty() || name.starts_with(['+', '-']) || name == "execve" {
            continue;
        }
        let nth = counts.entry((process.to_owned(), name.to_owned())).or_default();
        *nth += 1;
        let (process, name) = (process.to_owned(), name.to_owned());
        found.push(Call { process, name, nth: *nth, line: whole.clone() });
    }
    found
}

/// The calls by which a store is written.
const WRITING: [&str; 14] = [
    "openat",
    "write",
    "fsync",
    "fdatasync",
    "syncfs",
    "rename",
    "renameat",
    "unlink",
    "mkdir",
    "chmod",
    "fchmod",
    "flock",
    "ftruncate",
    "rmdir",
];

impl Call {
    /// The number that it gave; none where it failed.
    pub fn result(&self) -> Option<&str> {
        let (_, result) = self.line.rsplit_once(" = ")?;
        let end = result.find(|c: char| !c.is_ascii_digit()).unwrap_or(result.len());
        (end > 0).then(|| &result[..end])
    }

    /// Whether it is one of those that write this store, or takes its lock.
    pub fn writes(&self, store: &Path) -> bool {
        let line = self.line.replace(&format!("AT_FDCWD<{}>", store.display()), "");
        WRITING.contains(&self.name.as_str()) && line.contains(store.to_str().unwrap())
    }
}
