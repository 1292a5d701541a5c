//! Nothing is lost (`spec.md`, section 9): killed at every system call, every call failed, every
//! state that a power cut may leave, a full disk, many at once, a journal attacked. Each harness
//! must also catch programs that are broken on purpose.
//!
//! `cargo test` makes a few trials of each; `.ci/durable` all of them, and the table of the README.
//! `APPT_DEEP` asks for all, `APPT_BROKEN_BUILD` names the program with the faults.
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
#[path = "durable/deeds.rs"]
mod deeds;
#[path = "durable/errors.rs"]
mod errors;
#[path = "durable/ext4.rs"]
mod ext4;
#[path = "durable/kills.rs"]
mod kills;
#[path = "durable/panics.rs"]
mod panics;
#[path = "durable/quiet.rs"]
mod quiet;
#[path = "durable/replay.rs"]
mod replay;
#[path = "durable/room.rs"]
mod room;
#[path = "durable/rows.rs"]
mod rows;
#[path = "durable/table.rs"]
mod table;

use std::collections::BTreeSet;

use case::{Case, Program, cases};
use table::Tally;

/// What a quick run tries: one file, several, and files that go.
const QUICK: &[&str] = &["request new", "request set-status", "patient merge"];

fn chosen() -> Vec<Case> {
    cases(QUICK)
}

#[test]
fn killed_at_any_call_a_store_is_the_old_or_the_new_one() {
    if calls::can_trace() {
        for case in &chosen() {
            kills::kill(case, &Program::built(), 10).is_clean();
        }
    }
}

#[test]
fn killed_again_while_recovering() {
    if calls::can_trace() {
        for case in cases(&["request new", "patient merge", "init"]).iter() {
            kills::kill_twice(case, &Program::built(), 6).is_clean();
        }
    }
}

#[test]
fn what_git_does_for_a_command_may_end_anywhere() {
    if calls::can_trace() {
        for case in cases(&["sync", "init (git-setup)"]).iter() {
            kills::kill(case, &Program::built(), 6).is_clean();
            kills::kill_git(case, &Program::built(), 6).is_clean();
        }
    }
}

/// Every command of the table once: the state that it leaves, and its calls.
#[test]
fn every_command_is_killed_once_in_the_middle() {
    if calls::can_trace() {
        for case in &cases(&[]) {
            kills::kill(case, &Program::built(), 2).is_clean();
        }
    }
}

#[test]
fn what_is_said_of_a_failed_call_is_what_is_on_disk() {
    if calls::can_trace() {
        for case in &chosen() {
            errors::fail(case, &Program::built(), 12).is_clean();
        }
    }
}

/// A call that can't go on after it has saved says that it has.
#[test]
fn what_a_script_saved_before_it_failed_is_said() {
    if !calls::can_trace() {
        return;
    }
    let (program, mut told) = (Program::built(), 0);
    for case in cases(&["script"]) {
        for n in 8..32 {
            let store = case.fresh();
            let inject = format!("inject=flock:error=EIO:when={n}");
            let tool = ["strace", "-f", "-o", "/dev/null", "-e", &inject, "--"];
            let ended = case.run(&program, store.path(), &tool);
            told += usize::from(ended.err.contains("change stands"));
            case.judge(&program, store.path(), case.claim(&ended)).expect("what is said");
        }
    }
    assert!(told > 0, "none failed between the save and the next question");
}

#[test]
fn no_power_cut_leaves_a_mixture_or_takes_what_was_reported() {
    if calls::can_trace() {
        for case in &chosen() {
            replay::replay(case, &Program::built(), false, 20).is_clean();
            replay::replay(case, &Program::built(), true, 20).is_clean();
        }
    }
}

/// The states above are computed; these are a real file system's.
#[test]
fn a_real_disk_whose_power_goes_keeps_what_was_reported() {
    if calls::can_trace() {
        for case in cases(&["request new", "sync"]).iter() {
            if let Some(tally) = ext4::pull(case, &Program::built(), 4) {
                tally.is_clean();
            }
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

/// Every harness that a command goes through; `None` where this machine does not let it, or where
/// there is nothing to try.
fn harnesses(case: &Case, program: &Program) -> [Option<Tally>; 10] {
    let (git, lasts) = (case.row.git, case.row.lasts);
    [
        Some(kills::kill(case, program, 60)),
        (!case.is_single()).then(|| kills::kill_twice(case, program, 60)),
        git.then(|| kills::kill_git(case, program, 20)),
        Some(errors::fail(case, program, 60)),
        room::lies(case, program, 8),
        lasts.then(|| replay::replay(case, program, false, 60)),
        (!git && lasts).then(|| replay::replay(case, program, true, 60)),
        if lasts { ext4::pull(case, program, 8) } else { None },
        room::full(case, program, 6),
        Some(room::limit(case, program)),
    ]
}

/// The table of the README: trials of each harness for each command; `APPT_COMMAND` names one.
#[test]
#[ignore = "takes minutes: `.ci/durable`"]
fn table() {
    let only = std::env::var("APPT_COMMAND").ok();
    let all = cases(&only.iter().map(String::as_str).collect::<Vec<_>>());
    let mut first = Vec::new();
    println!(
        "| Command | Killed | Killed twice | Git killed | Errors | Lies | Power lost | … in fresh folders | ext4 cut off | Full disk | Size limit | Violations |"
    );
    println!(
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    for case in &all {
        let began = std::time::Instant::now();
        let found = harnesses(case, &Program::built());
        let trials = found.each_ref().map(|tally| tally.as_ref().map_or(0, |tally| tally.trials));
        let trials = trials.map(|n| if n == 0 { "–".to_owned() } else { n.to_string() });
        let of = |tally: &Tally| {
            let harness = tally.harness;
            let told = tally.violations.iter().map(move |why| format!("{harness}: {why}"));
            told.collect::<Vec<_>>()
        };
        let violations: Vec<String> = found.iter().flatten().flat_map(of).collect();
        println!("| `{}` | {} | {} |", case.name, trials.join(" | "), violations.len());
        eprintln!("{}: {:.0?}", case.name, began.elapsed());
        first.extend(violations.iter().take(5).map(|why| format!("{}, {why}", case.name)));
    }
    assert!(first.is_empty(), "{} violations:\n{}", first.len(), first.join("\n"));
}

/// The other table: what the harnesses, the quick trials of them, find in programs with a fault.
#[test]
#[ignore = "needs a build with faults: `.ci/durable`"]
fn broken() {
    println!(
        "\n| Broken on purpose | Trials | Violations | Found by |\n| --- | ---: | ---: | --- |"
    );
    let few = cases(QUICK);
    let mut all_found = true;
    for fault in FAULTS {
        let program = Program::broken(fault);
        let found: Vec<Tally> =
            few.iter().flat_map(|case| harnesses(case, &program)).flatten().collect();
        let trials: usize = found.iter().map(|tally| tally.trials).sum();
        let violations: usize = found.iter().map(|tally| tally.violations.len()).sum();
        let by: BTreeSet<&str> =
            found.iter().filter(|t| !t.violations.is_empty()).map(|t| t.harness).collect();
        let by: Vec<&str> = by.into_iter().collect();
        println!("| `{fault}` | {trials} | {violations} | {} |", by.join(", "));
        all_found &= violations > 0;
    }
    assert!(all_found, "a fault that nothing found");
}

/// Git's own calls as well.
#[test]
fn no_power_cut_breaks_a_repository_or_takes_what_was_shared() {
    if calls::can_trace() {
        for case in cases(&["sync", "resolve (from stages)", "init (git)"]).iter() {
            replay::replay(case, &Program::built(), false, 3).is_clean();
        }
    }
}
