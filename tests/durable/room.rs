//! No room: a full disk, no inodes left, a limit on the size of files. And nobody who listens.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::case::{Case, Claim, Ended, Program, cases};
use crate::common::{self, APPT, Sandbox, words};
use crate::rows::LOOKS;
use crate::table::{Tally, is_deep, is_whole};

/// A small file system of its own, gone with this value.
struct Small(tempfile::TempDir);

impl Small {
    /// None where nothing may be mounted.
    fn mount(options: &str) -> Option<Small> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "none"]).arg(folder.path());
        mount.output().is_ok_and(|output| output.status.success()).then_some(Small(folder))
    }

    /// Leaves room for so many blocks or inodes more than there are.
    fn leave(&self, what: &str, more: u64) {
        let mut stat = Command::new("stat");
        let output = stat.args(["-f", "-c", "%b %f %c %d"]).arg(self.0.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<u64> = text.split_whitespace().map(|n| n.parse().unwrap()).collect();
        let [blocks, free_blocks, inodes, free_inodes] = numbers[..] else { panic!("{text}") };
        let option = match what {
            "blocks" => format!("remount,size={}k", (blocks - free_blocks + more).max(1) * 4),
            _ => format!("remount,nr_inodes={}", inodes - free_inodes + more),
        };
        let mut mount = Command::new("mount");
        assert!(mount.args(["-o", &option]).arg(self.0.path()).status().unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0.path()).output());
    }
}

/// How far a deep run goes: one file takes fewer blocks and calls than several.
fn most(case: &Case) -> u64 {
    if case.is_single() && !is_whole(case) { 8 } else { 16 }
}

fn claim(case: &Case, ended: &Ended) -> Claim {
    if ended.code == Some(1) { Claim::New } else { case.claim(ended) }
}

/// Runs the command where so few blocks or inodes are left; none where nothing may be mounted.
#[allow(clippy::print_stderr)]
pub fn full(case: &Case, program: &Program, quick: u64) -> Option<Tally> {
    if Small::mount("size=1m").is_none() {
        eprintln!("passed over, since nothing may be mounted here");
        return None;
    }
    let most = if is_deep() { most(case) } else { quick };
    let trials: Vec<_> = (0..most).flat_map(|n| [("blocks", n), ("inodes", n)]).collect();
    Some(Tally::of("full disk", case.name, &trials, |&(what, n)| {
        let small = Small::mount("size=16m,mode=700").expect("it was possible before");
        let store = small.0.path();
        common::copy(case.store.path(), store);
        small.leave(what, n);
        let ended = case.run(program, store, &[]);
        // There is room again: the next command completes what was begun.
        small.leave("blocks", 4000);
        small.leave("inodes", 4000);
        let at = format!("{n} {what} left");
        if !matches!(ended.code, Some(0 | 1 | 7)) {
            return Err(format!("{at}: {ended:?}"));
        }
        case.judge(program, store, claim(case, &ended))
            .map_err(|why| format!("{at}: {ended:?}: {why}"))
    }))
}

/// Runs the command where no file may be longer than so: by a signal, and by an error.
pub fn limit(case: &Case, program: &Program) -> Tally {
    let trials: Vec<_> = (0..4).flat_map(|n| [(n, "trap '' XFSZ"), (n, "true")]).collect();
    Tally::of("size limit", case.name, &trials, |(kilobytes, trap)| {
        let script = format!("ulimit -f {kilobytes}; {trap}; exec \"$@\"");
        let store = case.fresh();
        let ended = case.run(program, store.path(), &["bash", "-c", &script, "bash"]);
        let judged = case.judge(program, store.path(), claim(case, &ended));
        judged.map_err(|why| format!("{script}: {ended:?}: {why}"))
    })
}

#[test]
fn on_a_full_disk_nothing_is_lost_and_nothing_else_is_said() {
    for case in &cases(&["request new", "request set-status"]) {
        if let Some(tally) = full(case, &Program::built(), 6) {
            tally.is_clean();
        }
        limit(case, &Program::built()).is_clean();
    }
}

/// Commands of every kind, some of which fail, besides all those that only look.
const LINES: &[&str] = &[
    "--help",
    "--version",
    "help queue",
    "queue",
    "export jsonl",
    "sync --status",
    "resolve",
    "request list --reveal",
    "check",
    "check --format json",
    "check --explain history-mismatch",
    "fmt --check",
    "request list --json",
    "request list -o csv",
    "request show ID",
    "request note ID текст",
    "request show нетакой",
    "no-such-command",
    "request new",
    "script",
    "import django-json /нет/такого",
    "init",
    "--lang xx queue",
];

#[test]
fn nobody_who_listens_is_no_panic() {
    let (s, id) = Sandbox::with_request();
    let run = |line: &str, out: bool, err: bool| {
        let gone = || {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            Stdio::from(writer)
        };
        let mut command = s.command(APPT);
        command.args(words(&line.replace("ID", &id)));
        command.stdout(if out { gone() } else { Stdio::null() });
        command.stderr(if err { gone() } else { Stdio::piped() });
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code().is_some_and(|code| code != 101), "{line}: {output:?}");
        assert!(!said.contains("internal error"), "{line}: {said}");
        output.status.code()
    };
    let looks = LOOKS.iter().map(|(_, line)| line);
    for line in LINES.iter().chain(looks) {
        let quiet = run(line, false, false);
        for (out, err) in [(true, false), (false, true), (true, true)] {
            assert_eq!(run(line, out, err), quiet, "{line}: a closed pipe is no error");
        }
    }
    for line in LINES {
        let path = std::path::Path::new(APPT).display();
        for closed in [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full"] {
            let script = format!("{path} \"$@\" {closed}");
            let mut command = s.command("bash");
            command.args(["-c", &script, "bash"]).args(words(&line.replace("ID", &id)));
            let output = command.output().unwrap();
            let code = output.status.code();
            assert!(code.is_some_and(|code| code < 100), "{line} {closed}: {output:?}");
        }
    }
}

/// An answer that could not be written whole is a failure, and is told; what was changed stands.
#[test]
fn an_answer_on_a_full_disk_is_a_failure() {
    let (s, id) = Sandbox::with_request();
    let full = |line: &str| {
        let mut command = s.command("sh");
        command.args(["-c", "exec \"$@\" >/dev/full", "sh", APPT]).args(words(line));
        common::Ran::of(line, command.output().unwrap())
    };
    let all = LOOKS.iter().map(|(_, line)| *line);
    let more = ["export jsonl", "export ics", "export fhir", "check --format sarif"];
    for line in all.chain(more) {
        let line = line.replace("ID", &id);
        if !s.run(&line).stdout.is_empty() {
            full(&line).exits(7).says("Не удалось вывести ответ");
        }
    }
    for line in ["--help", "--version", "help queue"] {
        full(line).exits(7).says("Не удалось вывести ответ");
    }
    full(&format!("request note {id} текст")).exits(7).says("изменение записано");
    assert!(s.show(&id)["history"].to_string().contains("текст"));
}

/// Stands before the C library: the call of this name and number happens and reports an error.
const LIAR: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
static int lies(const char *name) {
    static int left = -1;
    const char *wanted = getenv("LIE");
    int i = 0;
    while (wanted && name[i] && name[i] == wanted[i]) i++;
    if (!wanted || name[i] || wanted[i] != ':') return 0;
    if (left < 0) left = atoi(wanted + i + 1);
    return left-- == 1;
}
#define REAL(name) ((int (*)()) dlsym(RTLD_NEXT, name))
int rename(const char *a, const char *b) {
    int got = REAL("rename")(a, b);
    if (lies("rename")) { errno = EIO; return -1; }
    return got;
}
int unlink(const char *a) {
    int got = REAL("unlink")(a);
    if (lies("unlink")) { errno = EIO; return -1; }
    return got;
}
int fsync(int a) {
    int got = REAL("fsync")(a);
    if (lies("fsync")) { errno = EIO; return -1; }
    return got;
}
int mkdir(const char *a, unsigned b) {
    int got = REAL("mkdir")(a, b);
    if (lies("mkdir")) { errno = EIO; return -1; }
    return got;
}
"#;

/// The liar as a library, where there is a C compiler.
fn liar(folder: &Path) -> Option<PathBuf> {
    if !common::has(&["cc"]) {
        return None;
    }
    let (source, library) = (folder.join("liar.c"), folder.join("liar.so"));
    std::fs::write(&source, LIAR).unwrap();
    let mut cc = Command::new("cc");
    let made = cc.args(["-w", "-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl");
    assert!(made.status().unwrap().success());
    Some(library)
}

/// Calls that do happen but report an error: the answer must not say that nothing has changed.
pub fn lies(case: &Case, program: &Program, quick: u64) -> Option<Tally> {
    let folder = tempfile::tempdir().unwrap();
    let preload = format!("LD_PRELOAD={}", liar(folder.path())?.display());
    let calls = ["rename", "unlink", "fsync", "mkdir"];
    let most = if is_deep() { most(case) } else { quick };
    let trials: Vec<_> = (1..=most).flat_map(|n| calls.map(|call| (call, n))).collect();
    let told = AtomicUsize::new(0);
    let tally = Tally::of("lies", case.name, &trials, |(call, n)| {
        let store = case.fresh();
        let lie = format!("LIE={call}:{n}");
        let ended = case.run(program, store.path(), &["env", &preload, &lie]);
        told.fetch_add(usize::from(ended.code == Some(7)), Ordering::Relaxed);
        let judged = case.judge(program, store.path(), claim(case, &ended));
        judged.map_err(|why| format!("{lie}: {ended:?}: {why}"))
    });
    assert!(told.into_inner() > 0, "{}: no lie was told", case.name);
    Some(tally)
}

#[test]
fn a_call_that_lies_is_not_believed() {
    for case in &cases(&["request new", "request set-status", "patient merge"]) {
        if let Some(tally) = lies(case, &Program::built(), 8) {
            tally.is_clean();
        }
    }
}
