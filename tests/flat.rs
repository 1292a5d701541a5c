//! What an operator types most takes no longer in a store of years than in a new one: it asks the
//! system for the same things, whatever the number of records. Counted, not timed.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;
mod sized_store;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{APPT, NOW, has};
use sized_store as sized;

/// How many system calls a command takes.
fn calls(root: &Path, line: &[&str]) -> usize {
    let counts = root.with_extension("calls");
    let output = Command::new("strace")
        // How the memory for them is fetched is the library's business.
        .args(["-c", "-f", "-e", "trace=!%memory", "-o"])
        .arg(&counts)
        .arg(APPT)
        .arg("-C")
        .arg(root)
        .args(line)
        .env_clear()
        .envs([("APPT_NOW", NOW), ("APPT_OPERATOR", "anna"), ("APPT_LANG", "en")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
    let counts = fs::read_to_string(counts).unwrap();
    let total = counts.lines().find(|line| line.ends_with(" total")).unwrap();
    total.split_whitespace().nth(3).unwrap().parse().unwrap()
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
        // Before the others write: of a day whose folder changed, all requests are looked at.
        new,
        words(format!("request set-status {id} in-progress")),
        words(format!("request set-status {short} created")),
    ]
}

#[test]
fn the_commands_of_a_call_ask_the_system_for_as_much_in_a_large_store_as_in_a_small_one() {
    if !has(&["strace"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let counts = [20, 10_000].map(|requests| {
        let root = folder.path().join(requests.to_string());
        sized::make(&root, requests, requests / 2);
        for kind in ["request", "patient"] {
            calls(&root, &[kind, "list"]);
        }
        let lines = jobs(0);
        let count =
            |line: &Vec<String>| calls(&root, &line.iter().map(String::as_str).collect::<Vec<_>>());
        lines.iter().map(count).collect::<Vec<_>>()
    });
    for ((line, small), large) in jobs(0).iter().zip(&counts[0]).zip(&counts[1]) {
        let most = small + small / 20;
        assert!(*large <= most, "{line:?}: {small} calls among 20 requests, {large} among 10,000");
    }
}
