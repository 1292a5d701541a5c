//! Nothing is lost (`spec.md`, section 9): killed at every system call, every call failed, every
//! state that a power cut may leave, a full disk, many at once, a journal attacked. Each harness
//! must also catch programs that are broken on purpose.
//!
//! `cargo test` makes a few trials of each; `APPT_DEEP=1` all of them. The table of the README:
//!
//! ```sh
//! cargo build --features broken --target-dir target/broken
//! APPT_DEEP=1 APPT_BROKEN_BUILD=target/broken/debug/appt \
//!     cargo test --test durable -- --ignored --nocapture table
//! ```
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stdout)]

mod common;

#[path = "durable/attack.rs"]
mod attack;
#[path = "durable/calls.rs"]
mod calls;
#[path = "durable/case.rs"]
mod case;
#[path = "durable/crowd.rs"]
mod crowd;
#[path = "durable/errors.rs"]
mod errors;
#[path = "durable/kills.rs"]
mod kills;
#[path = "durable/replay.rs"]
mod replay;
#[path = "durable/room.rs"]
mod room;
#[path = "durable/table.rs"]
mod table;

use std::path::PathBuf;

use case::{Case, Program, cases};
use table::Tally;

/// What a quick run tries: one file, several, and files that go.
const QUICK: &[&str] = &["request new", "request set-status", "patient merge"];

fn chosen() -> Vec<Case> {
    cases(if table::is_deep() { &[] } else { QUICK })
}

#[test]
fn killed_at_any_call_a_store_is_the_old_or_the_new_one() {
    if calls::can_trace() {
        for case in &chosen() {
            kills::kill(case, &Program::built(), 16).is_clean();
        }
    }
}

#[test]
fn killed_again_while_recovering() {
    if calls::can_trace() {
        for case in chosen().iter().filter(|case| case.name != "request set-status") {
            kills::kill_twice(case, &Program::built(), 10).is_clean();
        }
    }
}

#[test]
fn what_is_said_of_a_failed_call_is_what_is_on_disk() {
    if calls::can_trace() {
        for case in &chosen() {
            errors::fail(case, &Program::built(), 24).is_clean();
        }
    }
}

#[test]
fn no_power_cut_leaves_a_mixture_or_takes_what_was_reported() {
    if calls::can_trace() {
        for case in &chosen() {
            replay::replay(case, &Program::built(), false, 40).is_clean();
            replay::replay(case, &Program::built(), true, 40).is_clean();
        }
    }
}

/// A program that is broken on purpose is nobody's by accident.
#[test]
fn a_normal_build_can_not_be_broken() {
    let program = std::fs::read(common::APPT).unwrap();
    let name = b"APPT_BROKEN";
    assert!(!program.windows(name.len()).any(|part| part == name));
}

/// The faults, and what must find each.
const FAULTS: [&str; 7] = [
    "no-journal",
    "overwrite-in-place",
    "ack-before-commit",
    "no-file-sync",
    "no-dir-sync",
    "journal-unlinked-early",
    "failed-after-commit",
];

fn harnesses(case: &Case, program: &Program, quick: usize) -> Vec<Tally> {
    let mut all = vec![
        kills::kill(case, program, quick),
        errors::fail(case, program, quick),
        replay::replay(case, program, false, quick),
        replay::replay(case, program, true, quick),
    ];
    if case.name != "request set-status" && case.name != "patient edit" {
        all.push(kills::kill_twice(case, program, quick));
    }
    all
}

/// The table of the README.
#[test]
#[ignore = "takes minutes, needs a broken build"]
fn table() {
    let mut clean = true;
    let all = cases(&[]);
    println!("| Harness | Command | Trials | Violations |\n| --- | --- | ---: | ---: |");
    for case in &all {
        for Tally { harness, case, trials, violations } in harnesses(case, &Program::built(), 60) {
            println!("| {harness} | `{case}` | {trials} | {} |", violations.len());
            for violation in violations.iter().take(3) {
                println!("    {violation}");
            }
            clean &= violations.is_empty();
        }
    }
    let Some(path) = std::env::var_os("APPT_BROKEN_BUILD") else { return assert!(clean) };
    let path = std::fs::canonicalize(PathBuf::from(path)).unwrap();
    println!("\n| Fault | Trials | Caught |\n| --- | ---: | --- |");
    let few: Vec<&Case> = all.iter().filter(|case| QUICK.contains(&case.name)).collect();
    for fault in FAULTS {
        let program = Program { path: path.clone(), fault: Some(fault.to_owned()) };
        let found = few.iter().flat_map(|case| harnesses(case, &program, 60));
        let (mut trials, mut caught) = (0, Vec::<String>::new());
        for tally in found {
            trials += tally.trials;
            if !tally.violations.is_empty() {
                caught.push(format!("{}: {}", tally.harness, tally.violations.len()));
            }
        }
        println!("| `{fault}` | {trials} | {} |", caught.join(", "));
        clean &= !caught.is_empty();
    }
    assert!(clean);
}
