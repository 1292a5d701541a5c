//! Many processes at once: none loses another's update, nobody gets an error but `busy`, and only
//! where they would not wait (`spec.md`, section 9).

mod common;

use std::collections::BTreeSet;
use std::thread;

use common::{Sandbox, WEDNESDAY, short};

const PROCESSES: usize = 8;
const EACH: usize = 50;

/// A patient of this number; those below ten are known beforehand.
fn patient(number: usize) -> String {
    format!("--name 'Номеров Пациент' --passport 45110{number:05} --phone 8901{number:07}")
}

/// Each of eight workers runs fifty commands, one after the other; what they came to.
fn at_once(s: &Sandbox, line: impl Fn(usize, usize) -> String + Sync) -> Vec<common::Ran> {
    thread::scope(|scope| {
        let line = &line;
        let worker = |w| move || (0..EACH).map(|n| s.run(&line(w, n))).collect::<Vec<_>>();
        let workers: Vec<_> = (0..PROCESSES).map(|w| scope.spawn(worker(w))).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a worker asserts nothing"))
            .collect()
    })
}

fn office() -> Sandbox {
    let s = Sandbox::new();
    for number in 0..10 {
        s.ok(&format!("patient new {}", patient(number)));
    }
    s
}

/// Every second request is of a known patient; of the others, every worker meets the same new
/// ones as its neighbour, so that two make one patient at once.
fn who(worker: usize, n: usize) -> String {
    patient(if n.is_multiple_of(2) { (worker + n) % 10 } else { 10 + n + 100 * (worker / 2) })
}

#[test]
fn eight_processes_make_four_hundred_requests() {
    let s = office();
    let ran = at_once(&s, |w, n| {
        format!("request new {} {WEDNESDAY} -o ids --lock-timeout 60", who(w, n))
    });
    let ids: BTreeSet<String> =
        ran.into_iter().map(|ran| ran.exits(0).stdout.trim().to_owned()).collect();
    assert_eq!(ids.len(), PROCESSES * EACH, "no id twice");
    let listed: BTreeSet<String> =
        s.ok("request list --all -o ids").lines().into_iter().map(str::to_owned).collect();
    assert_eq!(listed, ids);
    let strangers = (0..PROCESSES).flat_map(|w| (0..EACH).map(move |n| who(w, n)));
    let patients: BTreeSet<String> = strangers.chain((0..10).map(patient)).collect();
    assert_eq!(s.ok("patient list --all -o ids").lines().len(), patients.len());
    let found = s.ok("check --json").json();
    assert_eq!(found["findings"].as_array().unwrap().len(), 0, "{found}");
}

#[test]
fn who_does_not_wait_is_told_busy_and_nothing_else() {
    let s = office();
    let ran = at_once(&s, |w, n| {
        format!("request new {} {WEDNESDAY} --json --lock-timeout 0.01", who(w, n))
    });
    let mut made = 0;
    for ran in ran {
        if ran.code == 0 {
            made += 1;
            continue;
        }
        let error = ran.clone().exits(5).error();
        assert_eq!((&error["code"], &error["rule"]), (&"busy".into(), &"busy".into()), "{error}");
    }
    assert!(made > 0);
    assert_eq!(s.ok("request list --all -o ids").lines().len(), made);
    s.ok("check");
}

/// Notes of eight processes on one request, while others list it: none is lost, no reader sees
/// half of anything.
#[test]
fn no_update_of_one_record_is_lost() {
    let (s, id) = Sandbox::with_request();
    let ran = at_once(&s, |w, n| match w {
        0 => "request list --json".to_owned(),
        1 => "check".to_owned(),
        _ => format!("request note {id} 'от {w}: {n}' --lock-timeout 60"),
    });
    for ran in ran {
        let ran = ran.exits(0);
        if ran.line == "request list --json" {
            assert_eq!(short(ran.json()[0]["id"].as_str().unwrap()), id);
        }
    }
    let request = s.show(&id);
    let history = request["history"].as_array().unwrap();
    let notes: BTreeSet<&str> = history.iter().filter_map(|e| e["text"].as_str()).collect();
    assert_eq!(notes.len(), (PROCESSES - 2) * EACH);
    let times: Vec<&str> = history.iter().map(|e| e["at"].as_str().unwrap()).collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "events are in order");
}
