//! No patient's data where somebody else may see them: in the names of files that are made, in the
//! words and names of processes that are started, in what is said of a failure.

use std::fs;

use crate::calls;
use crate::case::{Program, cases};

/// What is a patient's in the cases: names, numbers, and notes.
pub const PERSONAL: [&str; 8] = [
    "Новиков",
    "4511000001",
    "9010000001",
    "Щукин",
    "4511227265",
    "9017892569",
    "Лабанова",
    "перезвонить",
];

#[test]
fn no_name_of_a_file_or_process_tells_of_a_patient() {
    if !calls::can_trace() {
        return;
    }
    for case in cases(&[
        "request new",
        "patient edit",
        "patient edit (in an editor)",
        "script",
        "batch",
        "undo",
        "import (csv)",
        "import (--rejects)",
        "report",
        "sync",
        "resolve",
        "resolve (from stages)",
        "merge-driver",
    ]) {
        let store = case.fresh();
        let list = tempfile::NamedTempFile::new().unwrap();
        let path = list.path().to_str().unwrap();
        let names = "trace=execve,prctl,openat,mkdir,rename,renameat,renameat2,link,symlink,unlink";
        let tool = ["strace", "-f", "-v", "-s", "100000", "-o", path, "-e", names, "--"];
        let ended = case.run(&Program::built(), store.path(), &tool);
        assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
        let text = fs::read_to_string(list.path()).unwrap();
        // The first is the command itself, as its user typed it.
        let mut lines = text.lines();
        assert!(lines.next().is_some_and(|line| line.contains("execve")));
        let escaped = |text: &str| {
            let octal = |byte: u8| {
                if byte.is_ascii() { char::from(byte).to_string() } else { format!("\\{byte:o}") }
            };
            text.bytes().map(octal).collect::<String>()
        };
        for line in lines.filter(|line| !line.contains("ENOENT")) {
            let told =
                PERSONAL.iter().find(|data| line.contains(*data) || line.contains(&escaped(data)));
            assert_eq!(told, None, "{}: {line}", case.name);
        }
    }
}

/// What failed is told by its file, whose name says nothing of the patient.
#[test]
fn no_message_of_a_failure_tells_of_a_patient() {
    if !calls::can_trace() {
        return;
    }
    for case in cases(&["request new", "patient edit", "import (csv)", "script"]) {
        for call in ["fsync", "rename", "mkdir", "write", "openat", "flock"] {
            for nth in 1..12 {
                let store = case.fresh();
                let (trace, inject) =
                    (format!("trace={call}"), format!("inject={call}:error=EIO:when={nth}"));
                let tool = [
                    "strace",
                    "-f",
                    "--seccomp-bpf",
                    "-o",
                    "/dev/null",
                    "-e",
                    &trace,
                    "-e",
                    &inject,
                    "--",
                ];
                let ended = case.run(&Program::built(), store.path(), &tool);
                if ended.code == Some(0) || case.name == "script" && call == "write" {
                    continue;
                }
                let told = PERSONAL.iter().find(|data| ended.err.contains(*data));
                assert_eq!(told, None, "{} {nth}: {}", call, ended.err);
            }
        }
    }
}

/// A new text is made as a new file, its owner's alone, in the folder of the one that it takes the
/// place of: nobody else's link is written through, nobody else may read it, and a rename does.
#[test]
fn a_temporary_file_is_new_and_its_owners_and_lies_beside_its_place() {
    if !calls::can_trace() {
        return;
    }
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    for case in cases(&[
        "init",
        "request new",
        "patient edit (in an editor)",
        "script",
        "import (--rejects)",
        "fmt",
        "merge-driver",
        "report",
        "man",
    ]) {
        let store = case.fresh();
        let all = calls::calls(&case, &Program::built(), store.path(), &[]);
        let mut renamed = 0;
        for call in all.iter().filter(|call| call.result().is_some()) {
            let line = &call.line;
            let strings: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
            if call.name == "openat" && line.contains("O_CREAT") {
                // What is not worth a renaming is written in place: it may be lost.
                let is_in_place = [".appt/lock", ".appt/last-anna"];
                let is_in_place = is_in_place.iter().any(|name| strings[0].ends_with(name));
                assert!(is_in_place || line.contains("O_EXCL"), "{}: {line}", case.name);
                assert!(line.contains(", 0600)"), "{}: {line}", case.name);
            } else if let (true, [from, to]) = (call.name.starts_with("rename"), &strings[..]) {
                renamed += 1;
                assert!(from.contains("/.appt-") && from.ends_with(".tmp"), "{line}");
                assert_eq!(folder(from), folder(to), "{}: {line}", case.name);
            }
        }
        assert!(renamed > 0, "{}", case.name);
    }
}
