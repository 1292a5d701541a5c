//! What an operator types most takes no longer in a store of years than in a new one: it asks the
//! system for the same things, and computes the same, whatever the number of records. Counted, not
//! timed.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;
mod sized_store;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{APPT, NOW, has};
use sized_store as sized;

/// Runs a command line of the program, which `command` begins.
fn appt(root: &Path, line: &[&str], command: &mut Command) -> Output {
    let vars = [("APPT_NOW", NOW), ("APPT_OPERATOR", "anna"), ("APPT_LANG", "en")];
    command.arg("-C").arg(root).args(line).env_clear().envs(vars).output().unwrap()
}

/// How many system calls a command takes.
fn calls(root: &Path, line: &[&str]) -> usize {
    let counts = root.with_extension("calls");
    let mut strace = Command::new("strace");
    // How the memory for them is fetched is the library's business.
    strace.args(["-c", "-f", "-e", "trace=!%memory", "-o"]).arg(&counts).arg(APPT);
    let output = appt(root, line, &mut strace);
    assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
    let counts = fs::read_to_string(counts).unwrap();
    let total = counts.lines().find(|line| line.ends_with(" total")).unwrap();
    total.split_whitespace().nth(3).unwrap().parse().unwrap()
}

/// How many instructions a command takes, those of the loader included.
fn instructions(root: &Path, line: &[&str]) -> usize {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", APPT]);
    let output = appt(root, line, &mut valgrind);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line:?}: {said}");
    let total = said.lines().find_map(|line| line.split_once("Collected : "));
    total.unwrap_or_else(|| panic!("{said}")).1.trim().parse().unwrap()
}

/// The jobs of an operator, by the number of a request that waits.
fn jobs(number: usize) -> Vec<Vec<String>> {
    let (id, passport) = (sized::request(number), sized::passport(1));
    let short = id[9..].to_owned();
    let words = |line: String| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut new = words(format!(
        "request new --passport {passport} --clinic poliklinika-1 --specialty terapevt --range"
    ));
    new.push("2026-12-20 9-12".to_owned());
    vec![
        words(format!("patient show {passport}")),
        words(format!("request show {id}")),
        words(format!("request show {short}")),
        // Before the others write: of a day whose folder changed, all requests are looked at. That
        // is as much as the day holds, whatever the store does.
        new,
        words(format!("request set-status {short} in-progress")),
        words(format!("request set-status {id} created")),
    ]
}

/// What each job takes in a store of 20 requests, and in one of 10,000.
fn in_both(count: fn(&Path, &[&str]) -> usize) -> Vec<(Vec<String>, usize, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let in_one = |requests: usize| {
        let root = folder.path().join(requests.to_string());
        sized::make(&root, requests, requests / 2);
        for kind in ["request", "patient"] {
            let listed = appt(&root, &[kind, "list"], &mut Command::new(APPT));
            assert!(listed.status.success(), "{kind} list");
        }
        let count = |job: &Vec<String>| {
            let words: Vec<&str> = job.iter().map(String::as_str).collect();
            count(&root, &words)
        };
        jobs(0).iter().map(count).collect::<Vec<_>>()
    };
    let (small, large) = std::thread::scope(|scope| {
        let large = scope.spawn(|| in_one(10_000));
        (in_one(20), large.join().unwrap())
    });
    jobs(0).into_iter().zip(small).zip(large).map(|((job, few), many)| (job, few, many)).collect()
}

#[test]
fn the_commands_of_a_call_ask_the_system_for_as_much_in_a_large_store_as_in_a_small_one() {
    if !has(&["strace"]) {
        return;
    }
    for (job, small, large) in in_both(calls) {
        let most = small + small / 20;
        assert!(large <= most, "{job:?}: {small} calls among 20 requests, {large} among 10,000");
    }
}

#[test]
fn the_commands_of_a_call_compute_as_much_in_a_large_store_as_in_a_small_one() {
    if !has(&["strace", "valgrind"]) {
        return;
    }
    for (job, small, large) in in_both(instructions) {
        let most = small + small / 20;
        assert!(large <= most, "{job:?}: {small} instructions among 20, {large} among 10,000");
    }
}

#[test]
fn the_version_is_told_without_starting_a_program() {
    if !has(&["strace"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("strace")
        .args(["-f", "-e", "trace=execve", APPT, "--version"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.matches("execve(").count(), 1, "{said}");
}

/// A section's first address and the one after its last, where the program has it.
#[cfg(target_os = "linux")]
fn section(name: &str) -> Option<(u64, u64)> {
    let output = Command::new("readelf").args(["-SW", APPT]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let line = said.lines().find(|line| line.split_whitespace().any(|word| word == name))?;
    let mut numbers = line.split_once(name)?.1.split_whitespace().skip(1);
    let mut number = || u64::from_str_radix(numbers.next()?, 16).ok();
    let (start, _, size) = (number()?, number()?, number()?);
    Some((start, start + size))
}

#[test]
#[cfg(target_os = "linux")]
fn what_the_daily_commands_run_lies_together() {
    if !has(&["nm", "readelf"]) {
        return;
    }
    let output = Command::new("nm").arg(APPT).output().unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    if names.contains("_ZN4appt3cmd3run17h") {
        eprintln!("passed over, since RUSTFLAGS take the place of .cargo/config.toml");
        return;
    }
    let (start, end) = section(".text.daily").expect("the section");
    for function in ["_4appt3cmd3run", "_4appt5store4seal4seal", "_4appt6render4show6record"] {
        let line = names.lines().find(|line| line.ends_with(function)).expect(function);
        let at = u64::from_str_radix(line.split(' ').next().unwrap(), 16).unwrap();
        assert!((start..end).contains(&at), "{function} lies elsewhere");
    }
    let (first, last) = section(".text").unwrap();
    assert!(
        3 * (end - start) < last - first,
        "half of the program is called daily: nothing gained"
    );
}
