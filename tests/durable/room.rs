//! No room: a full disk, no inodes left, a limit on the size of files. And nobody who listens.

use std::process::{Command, Stdio};

use crate::calls;
use crate::case::{Claim, Ended, Program, cases};
use crate::common::{self, APPT, Sandbox, words};
use crate::table::is_deep;

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

fn claim(ended: &Ended) -> Claim {
    if ended.code == Some(1) { Claim::New } else { ended.claim() }
}

#[test]
#[allow(clippy::print_stderr)]
fn on_a_full_disk_nothing_is_lost_and_nothing_else_is_said() {
    let built = Program::built();
    let (mut tried, mut full) = (0, 0);
    for case in &cases(if is_deep() { &[] } else { &["request new", "request set-status"] }) {
        for n in 0..if is_deep() { 16 } else { 6 } {
            for what in ["blocks", "inodes"] {
                let Some(small) = Small::mount("size=16m,mode=700") else {
                    eprintln!("passed over, since nothing may be mounted here");
                    return;
                };
                let store = small.0.path();
                common::copy(case.store.path(), store);
                small.leave(what, n);
                let ended = case.run(&built, store, &[]);
                tried += 1;
                full += usize::from(ended.code == Some(7));
                let at = format!("{}, {n} {what} left", case.name);
                assert!(matches!(ended.code, Some(0 | 1 | 7)), "{at}: {ended:?}");
                // There is room again: the next command completes what was begun.
                small.leave("blocks", 4000);
                small.leave("inodes", 4000);
                let judged = case.judge(&built, store, claim(&ended));
                judged.unwrap_or_else(|why| panic!("{at}: {ended:?}: {why}"));
            }
        }
    }
    assert!(tried > 0 && full > 0, "{tried} tried, {full} full");
}

#[test]
fn a_limit_on_files_cuts_nothing_short() {
    let built = Program::built();
    for case in &cases(if is_deep() { &[] } else { &["request new", "request set-status"] }) {
        for kilobytes in 0..3 {
            for trap in ["trap '' XFSZ", "true"] {
                let script = format!("ulimit -f {kilobytes}; {trap}; exec \"$@\"");
                let store = case.fresh();
                let ended = case.run(&built, store.path(), &["bash", "-c", &script, "bash"]);
                let judged = case.judge(&built, store.path(), claim(&ended));
                judged.unwrap_or_else(|why| panic!("{} {script}: {ended:?}: {why}", case.name));
            }
        }
    }
}

/// Commands of every kind, some of which fail.
const LINES: &[&str] = &[
    "--help",
    "--version",
    "help queue",
    "queue",
    "agenda",
    "log",
    "check",
    "check --format json",
    "check --explain history-mismatch",
    "fmt --check",
    "schema request",
    "request list --json",
    "request list -o csv",
    "request show ID",
    "request next ID",
    "request match ID",
    "request note ID текст",
    "patient list",
    "patient find Щукин",
    "clinic list",
    "specialty list",
    "operator list",
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
    for line in LINES {
        let quiet = run(line, false, false);
        for (out, err) in [(true, false), (false, true), (true, true)] {
            assert_eq!(run(line, out, err), quiet, "{line}: a closed pipe is no error");
        }
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

/// Calls that do happen but report an error: the answer must not say that nothing has changed.
#[test]
fn a_call_that_lies_is_not_believed() {
    const SOURCE: &str = r#"
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
    if !calls::can_trace() || !common::has(&["cc"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (source, library) = (folder.path().join("lie.c"), folder.path().join("lie.so"));
    std::fs::write(&source, SOURCE).unwrap();
    let mut cc = Command::new("cc");
    let made = cc.args(["-w", "-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl");
    assert!(made.status().unwrap().success());
    let built = Program::built();
    let preload = format!("LD_PRELOAD={}", library.display());
    let only: &[&str] =
        if is_deep() { &[] } else { &["request new", "request set-status", "patient merge"] };
    for case in &cases(only) {
        let mut lied = 0;
        for call in ["rename", "unlink", "fsync", "mkdir"] {
            for n in 1..=8 {
                let store = case.fresh();
                let lie = format!("LIE={call}:{n}");
                let ended = case.run(&built, store.path(), &["env", &preload, &lie]);
                lied += usize::from(ended.code == Some(7));
                let judged = case.judge(&built, store.path(), claim(&ended));
                judged.unwrap_or_else(|why| panic!("{} {lie}: {ended:?}: {why}", case.name));
            }
        }
        assert!(lied > 0, "{}: no lie was told", case.name);
    }
}
