//! Killed before every system call, and killed once more while the next command recovers.

use crate::calls::{self, Call};
use crate::case::{Case, Claim, Ended, Program};
use crate::table::{Tally, is_deep, some};

// Without `--seccomp-bpf`: with it, strace 6.1 injects errors but no signals.
fn killed(
    case: &Case,
    program: &Program,
    store: &std::path::Path,
    call: &Call,
    words: &[String],
) -> Ended {
    let (trace, inject) = (
        format!("trace={}", call.name),
        format!("inject={}:signal=KILL:when={}", call.name, call.nth),
    );
    let tool = ["strace", "-f", "-o", "/dev/null", "-e", &trace, "-e", &inject, "--"];
    case.run_words(program, store, &tool, words)
}

/// Kills the command before each of its calls; in a quick run, before some of those that write.
pub fn kill(case: &Case, program: &Program, quick: usize) -> Tally {
    let store = case.fresh();
    let mut trials = calls::calls(case, program, store.path(), &[]);
    if !is_deep() {
        trials.retain(|call| call.writes(store.path()));
    }
    Tally::of("killed", case.name, &some(case, trials, quick), |call| {
        let store = case.fresh();
        let ended = killed(case, program, store.path(), call, &case.words);
        if ended.code.is_some() {
            return Err(format!("before {} {}: it was not killed", call.name, call.nth));
        }
        let claim = ended.claim();
        case.judge(program, store.path(), claim)
            .map_err(|why| format!("before {} {}: {why}", call.name, call.nth))
    })
}

/// Kills the command between two of its renames, and then the one that recovers at each call.
pub fn kill_twice(case: &Case, program: &Program, quick: usize) -> Tally {
    let store = case.fresh();
    let all = calls::calls(case, program, store.path(), &[]);
    let is_step = |call: &&Call| call.name.starts_with("rename") || call.name == "unlink";
    let steps: Vec<&Call> =
        all.iter().filter(|call| call.writes(store.path())).filter(is_step).collect();
    let next: Vec<String> = vec!["queue".into()];
    let mut trials = Vec::new();
    let most = if is_deep() { 4 } else { 1 };
    let chosen = steps.iter().skip(1).step_by((steps.len() / most).max(1)).take(most);
    for first in chosen {
        let store = case.fresh();
        killed(case, program, store.path(), first, &case.words);
        let second = calls::list(store.path(), &[], |tool| {
            drop(case.run_words(program, store.path(), tool, &next));
        });
        let second = second.into_iter().filter(|call| call.writes(store.path()));
        trials.extend(second.map(|second| ((*first).clone(), second)));
    }
    Tally::of(
        "killed, then killed while recovering",
        case.name,
        &some(case, trials, quick),
        |(first, second)| {
            let store = case.fresh();
            let claim = killed(case, program, store.path(), first, &case.words).claim();
            killed(case, program, store.path(), second, &next);
            // Once the journal is seen, there is no way back.
            let claim =
                if store.path().join(".appt/journal").exists() { Claim::New } else { claim };
            case.judge(program, store.path(), claim).map_err(|why| {
                format!(
                    "before {} {}, then {} {}: {why}",
                    first.name, first.nth, second.name, second.nth
                )
            })
        },
    )
}
