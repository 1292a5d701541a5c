//! Many at once, some of them killed: every change that was reported is there, none is half there,
//! one request is claimed once.

use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::common::{APPT, PETR, Ran, Sandbox, WEDNESDAY, words};
use crate::table::is_deep;

const HANDS: usize = 8;

fn start(s: &Sandbox, line: &str) -> Child {
    let mut command = s.command(APPT);
    command.args(words(line)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Eight processes move requests, with a random kill every third command; two others list and
/// check all the while. A move is two files: a successor without its predecessor's link, or the
/// other way round, would be a finding.
#[test]
fn killed_among_others_nobody_loses_or_sees_half_of_anything() {
    let (s, _) = Sandbox::with_request();
    let each = if is_deep() { 60 } else { 6 };
    let (is_over, made) = (AtomicBool::new(false), AtomicUsize::new(1));
    thread::scope(|scope| {
        let readers: Vec<_> = ["check --json", "request list --all --json"]
            .into_iter()
            .map(|line| {
                let (s, is_over) = (&s, &is_over);
                scope.spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        let ran = s.run(&format!("{line} --lock-timeout 60")).exits(0).json();
                        let Some(found) = ran["findings"].as_array() else { continue };
                        assert!(found.is_empty(), "half of a write was seen: {ran}");
                    }
                })
            })
            .collect();
        let writers: Vec<_> = (0..HANDS)
            .map(|hand| {
                let (s, made) = (&s, &made);
                scope.spawn(move || {
                    for n in 0..each {
                        let who = format!(
                            "--name 'Номеров Пациент' --passport 45110{:05} --phone 8901{:07}",
                            hand * 1000 + n,
                            hand * 1000 + n
                        );
                        let line =
                            format!("request new {who} {WEDNESDAY} -o ids --lock-timeout 60");
                        let mut child = start(s, &line);
                        if n % 3 == 2 {
                            // Somewhere on its way: how far it comes is chance.
                            let pause = (hand * 7 + n * 13) % 40;
                            thread::sleep(Duration::from_millis(pause as u64));
                            child.kill().unwrap();
                        }
                        let output = child.wait_with_output().unwrap();
                        let reported = !output.stdout.is_empty();
                        if output.status.code().is_some() {
                            Ran::of(&line, output).exits(0);
                        }
                        made.fetch_add(usize::from(reported), Ordering::Relaxed);
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        is_over.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    let found = s.ok("check --json").json();
    assert!(found["findings"].as_array().unwrap().is_empty(), "{found}");
    let requests = s.ok("request list --all -o ids").lines().len();
    let patients = s.ok("patient list --all -o ids").lines().len();
    assert_eq!(requests, patients, "every request came with its patient");
    let made = made.into_inner();
    assert!((made..=1 + HANDS * each).contains(&requests), "{made} reported, {requests} there");
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
