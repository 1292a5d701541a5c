//! Many at once, some of them killed: every change that was reported is there, none is half there,
//! one request is claimed once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::case::{Case, Program, cases};
use crate::common::{APPT, PETR, Ran, Sandbox, WEDNESDAY, words};
use crate::table::is_deep;

const HANDS: usize = 8;

fn start(s: &Sandbox, line: &str) -> Child {
    let mut command = s.command(Program::built().path.to_str().unwrap());
    command.args(words(line)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Two others look all the while: half of a transaction would be a finding, and a list that can't
/// be made a failure.
fn while_others_look(s: &Sandbox, work: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers = ["check --json", "request list --all --json"].map(|line| {
            let is_over = &is_over;
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let ran = s.run(&format!("{line} --lock-timeout 60")).exits(0).json();
                    let Some(found) = ran["findings"].as_array() else { continue };
                    assert!(found.is_empty(), "half of a write was seen: {ran}");
                }
            })
        });
        work();
        is_over.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

/// A command, killed somewhere on its way where this is a third turn: how far it comes is chance.
/// Whether it reported success.
fn run_or_kill(s: &Sandbox, line: &str, hand: usize, n: usize) -> (bool, String) {
    let mut child = start(s, &format!("{line} --lock-timeout 60"));
    if n % 3 == 2 {
        let pause = (hand * 7 + n * 13) % 40;
        thread::sleep(Duration::from_millis(pause as u64));
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let reported = !said.is_empty();
    if output.status.code().is_some() {
        Ran::of(line, output).exits(0);
    }
    (reported, said)
}

/// Eight processes write new patients with their requests, moves, notes on one request that they
/// share, and its patient's phone, with a kill every third command. A move is two files: a
/// successor without its predecessor's link, or the other way round, would be a finding.
#[test]
fn killed_among_others_nobody_loses_or_sees_half_of_anything() {
    let (s, shared) = Sandbox::with_request();
    let each = if is_deep() { 60 } else { 8 };
    let notes = std::sync::Mutex::new(Vec::new());
    let made = std::sync::Mutex::new(Vec::new());
    while_others_look(&s, || {
        thread::scope(|scope| {
            for hand in 0..HANDS {
                let (s, shared, notes, made) = (&s, &shared, &notes, &made);
                scope.spawn(move || {
                    for n in 0..each {
                        let number = hand * 1000 + n;
                        let line = match n % 4 {
                            0 | 1 => format!(
                                "request new --name 'Номеров Пациент' --passport 45110{number:05} \
                                 --phone 8901{number:07} {WEDNESDAY} -o ids"
                            ),
                            2 => format!("request note {shared} 'заметка {number}.' -o ids"),
                            _ => format!("patient edit 4511227265 --phone 8902{number:07} -o ids"),
                        };
                        let (reported, said) = run_or_kill(s, &line, hand, n);
                        if n % 4 == 2 && reported {
                            notes.lock().unwrap().push(format!("заметка {number}."));
                        }
                        if n % 4 > 1 || !reported {
                            continue;
                        }
                        made.lock().unwrap().push(said.clone());
                        let line = format!("request reschedule {said} --range 'чт 9-12' -o ids");
                        let (reported, said) = run_or_kill(s, &line, hand, n + 1);
                        if reported {
                            made.lock().unwrap().push(said);
                        }
                    }
                });
            }
        });
    });
    let found = s.ok("check --json").json();
    assert!(found["findings"].as_array().unwrap().is_empty(), "{found}");
    let all = s.ok("request list --all -o ids").stdout;
    for id in made.into_inner().unwrap() {
        assert!(id.lines().all(|id| all.contains(id)), "{id} was reported");
    }
    let history = s.show(&shared)["history"].to_string();
    for note in notes.into_inner().unwrap() {
        assert!(history.contains(&note), "{note} was reported");
    }
    let patients = s.ok("patient list --all -o ids").lines().len();
    let requests: Vec<_> = s.ok("request list --all --json").json().as_array().unwrap().clone();
    let first = requests.iter().filter(|request| request["rescheduled_from"].is_null()).count();
    assert_eq!(first, patients, "every request came with its patient");
}

#[test]
fn of_eight_who_claim_a_request_one_gets_it() {
    for _ in 0..if is_deep() { 40 } else { 3 } {
        let (s, id) = Sandbox::with_request();
        let names: Vec<String> = (0..HANDS).map(|n| format!("op{n}")).collect();
        for name in &names {
            s.ok(&format!("operator new --id {name} --name 'Оператор {name}'"));
        }
        let claim = |name: &String| {
            start(
                &s,
                &format!("request set-status {id} in-progress --operator {name} --lock-timeout 60"),
            )
        };
        let all: Vec<Child> = names.iter().map(claim).collect();
        let codes: Vec<_> =
            all.into_iter().map(|child| child.wait_with_output().unwrap().status.code()).collect();
        let winners: Vec<usize> = (0..HANDS).filter(|&n| codes[n] == Some(0)).collect();
        let [winner] = winners.as_slice() else { panic!("{codes:?}") };
        assert!(codes.iter().all(|code| matches!(code, Some(0 | 3))), "{codes:?}");
        assert_eq!(s.show(&id)["operator"], names[*winner].as_str());
    }
}

#[test]
fn of_eight_who_make_a_store_one_does() {
    for _ in 0..if is_deep() { 20 } else { 3 } {
        let s = Sandbox::empty();
        let line = |n| format!("init --operator op{n} --no-git --lock-timeout 60");
        let all: Vec<Child> = (0..HANDS).map(|n| start(&s, &line(n))).collect();
        let codes: Vec<_> =
            all.into_iter().map(|child| child.wait_with_output().unwrap().status.code()).collect();
        let winners: Vec<usize> = (0..HANDS).filter(|&n| codes[n] == Some(0)).collect();
        let [winner] = winners.as_slice() else { panic!("{codes:?}") };
        assert!(codes.iter().all(|code| matches!(code, Some(0 | 3))), "{codes:?}");
        assert_eq!(s.ok("operator list -o ids").lines(), [format!("op{winner}")]);
        s.ok("check --strict");
    }
}

/// Who waits in vain is told whom for.
#[test]
fn the_holder_of_the_lock_is_named_and_its_file_stays() {
    use fs2::FileExt;
    let (s, _) = Sandbox::with_request();
    let path = s.cwd.join(".appt/lock");
    let file = std::fs::File::open(&path).unwrap();
    FileExt::lock_exclusive(&file).unwrap();
    for line in ["queue", &format!("request new {PETR} {WEDNESDAY}")] {
        let ran = s.run(&format!("{line} --lock-timeout 0")).exits(5);
        if std::fs::read_to_string("/proc/locks").is_ok_and(|locks| locks.contains("FLOCK")) {
            ran.says(&format!("(PID {})", std::process::id()));
        }
    }
    drop(file);
    s.ok("queue");
    assert!(path.exists());
}

#[test]
fn a_file_system_that_can_not_lock_is_told_of() {
    if !crate::calls::can_trace() {
        return;
    }
    let (s, id) = Sandbox::with_request();
    let before = s.bytes();
    let mut command = s.command("strace");
    command.args(["-f", "-o", "/dev/null", "-e", "trace=flock", "-e", "inject=flock:error=ENOLCK"]);
    command.args([APPT, "request", "set-status", &id, "in-progress"]);
    Ran::of("flock", command.output().unwrap()).exits(7).says("не умеет запирать");
    assert_eq!(s.bytes(), before);
}

/// No program that we start could hold the lock on: every file is closed when one starts.
#[test]
fn no_open_file_is_inherited() {
    if !crate::calls::can_trace() {
        return;
    }
    let (s, id) = Sandbox::with_request();
    let list = s.folder().join("calls");
    let mut command = s.command("strace");
    command.args(["-f", "-e", "trace=openat,open,creat", "-o"]).arg(&list);
    command.args([APPT, "request", "set-status", &id, "in-progress"]);
    Ran::of("openat", command.output().unwrap()).exits(0);
    let text = std::fs::read_to_string(list).unwrap();
    assert!(text.contains(".appt/lock"));
    let inherited = text.lines().find(|line| line.contains(" open") && !line.contains("O_CLOEXEC"));
    assert_eq!(inherited, None);
}

/// What a program that we started leaves running, here for as long as this value lives.
struct Idler(tempfile::TempDir);

impl Idler {
    fn new() -> Idler {
        Idler(crate::case::folder())
    }

    /// A line of a script that leaves one running, with every file that it was handed but the
    /// usual three.
    fn line(&self) -> String {
        format!("sleep 300 </dev/null >/dev/null 2>&1 & echo $! >>{}/idle", self.0.path().display())
    }

    /// Makes a program of a script.
    fn program(&self, name: &str, script: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn processes(&self) -> Vec<String> {
        let list = fs::read_to_string(self.0.path().join("idle")).unwrap_or_default();
        list.lines().map(str::to_owned).collect()
    }
}

impl Drop for Idler {
    fn drop(&mut self) {
        drop(std::process::Command::new("kill").args(self.processes()).output());
    }
}

/// Whoever writes and syncs next finds no lock held, though what was left behind is still running.
fn assert_nothing_is_locked(case: &Case, store: &std::path::Path, idler: &Idler) {
    let is_there = |process: &String| fs::exists(format!("/proc/{process}")).unwrap();
    let left = idler.processes();
    assert!(!left.is_empty() && left.iter().all(is_there), "{}: {left:?}", case.name);
    let lines: &[&str] = match case.row.git {
        true => &["operator edit boris --name 'Борис К'", "sync"],
        false => &["operator edit boris --name 'Борис К'"],
    };
    for line in lines {
        let line = format!("{line} --lock-timeout 0");
        let ended = case.run_line(&Program::built(), store, &line);
        assert_eq!(ended.code, Some(0), "{}, then {line}: {ended:?}", case.name);
    }
}

#[test]
fn what_git_leaves_running_holds_no_lock() {
    for case in &cases(&["sync", "resolve (from stages)"]) {
        let (store, idler) = (case.fresh(), Idler::new());
        let script = format!("#!/bin/sh\n{}\nexec {} \"$@\"\n", idler.line(), case.which_git());
        let ended = case.run_with_git(&Program::built(), store.path(), idler.0.path(), &script);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_nothing_is_locked(case, store.path(), &idler);
    }
}

/// No lock is held while a person edits or reads either: the editor and the pager write here.
#[test]
fn an_editor_and_a_pager_keep_nobody_waiting() {
    for case in &cases(&["patient edit (in an editor)"]) {
        let program = Program::built();
        let write = |number: &str| {
            let name = program.path.to_str().unwrap();
            format!("{name} clinic edit poliklinika-1 --phone {number} --lock-timeout 0 || exit 1")
        };
        let (store, idler) = (case.fresh(), Idler::new());
        let change = "sed -i 's/^phone = .*/phone = \"+79161234567\"/' \"$1\"";
        let script = format!("{}\n{}\n{change}", write("84952377200"), idler.line());
        let editor = format!("EDITOR={}", idler.program("editor", &script));
        let ended = case.run(&program, store.path(), &["env", &editor]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_nothing_is_locked(case, store.path(), &idler);

        let idler = Idler::new();
        let script = format!("{}\n{}\nexec cat", write("84952377201"), idler.line());
        let pager = format!("PAGER={}", idler.program("pager", &script));
        let tool = ["env", &pager, "TERM=xterm", "LINES=2"];
        let ended = case.run_at_terminal(&program, store.path(), &tool, "request list --all");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_nothing_is_locked(case, store.path(), &idler);
        let clinic = case.run_line(&program, store.path(), "clinic show poliklinika-1 --json");
        assert!(clinic.out.contains("+74952377201"), "both could write: {clinic:?}");
    }
}
