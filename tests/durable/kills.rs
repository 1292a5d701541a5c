//! Killed before every system call, killed once more while the next command recovers, and git
//! killed at its work.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::calls::{self, Call};
use crate::case::{self, Case, Ended, Program};
use crate::table::{Tally, every, is_deep, some};

/// Runs a command that is killed before this call. How many calls it makes depends a little on
/// chance: which of several threads comes how far, how many files are as young as what tells that
/// they are unchanged, and so are read. One that makes fewer ends by itself, and is judged so.
// Without `--seccomp-bpf`: with it, strace 6.1 injects errors but no signals.
pub fn killed(
    case: &Case,
    program: &Program,
    store: &Path,
    call: &Call,
    words: &[String],
) -> Ended {
    let (trace, inject) = (
        format!("trace={}", call.name),
        format!("inject={}:signal=KILL:when={}", call.name, call.nth),
    );
    let mut tool = vec!["strace", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    tool.extend(calls::follow(case));
    tool.push("--");
    case.run_words(program, store, &tool, words)
}

/// Asserts that nearly all were killed, or, where much is left to chance, half of them.
fn were_killed(case: &Case, hits: usize, trials: usize) {
    let is_chance = case.is_huge() || calls::follow(case).is_empty();
    let wanted = if is_chance { trials / 2 } else { trials * 19 / 20 };
    assert!(hits >= wanted, "{}: {hits} of {trials} were killed", case.name);
}

/// Whether a call may matter to who shares the store, or git, with the command: what lies between
/// two of these leaves what the one before it left.
fn matters(call: &Call, store: &Path) -> bool {
    let of_processes = ["clone", "clone3", "vfork", "wait4", "waitid", "write", "pidfd_open"];
    call.writes(store) || of_processes.contains(&call.name.as_str())
}

/// Kills the command before each of its calls; in a quick run, before some of those that write.
pub fn kill(case: &Case, program: &Program, quick: usize) -> Tally {
    let store = case.fresh();
    let mut trials = calls::once(calls::calls(case, program, store.path(), &[]));
    if !is_deep() {
        trials.retain(|call| call.writes(store.path()));
    } else if case.row.git && !every_call() {
        trials.retain(|call| matters(call, store.path()));
    }
    let hits = AtomicUsize::new(0);
    let tally = Tally::of("killed", case.name, &every(case, trials, quick), |call| {
        let store = case.fresh();
        let ended = killed(case, program, store.path(), call, &case.words);
        hits.fetch_add(usize::from(ended.code.is_none()), Ordering::Relaxed);
        case.judge(program, store.path(), case.claim(&ended))
            .map_err(|why| format!("before {} {}: {why}", call.name, call.nth))
    });
    were_killed(case, hits.into_inner(), tally.trials);
    tally
}

/// `APPT_EVERY_CALL` has a sync killed at each of its calls, and not only where it matters.
fn every_call() -> bool {
    std::env::var_os("APPT_EVERY_CALL").is_some()
}

/// Kills the command between two of its renames, and then the one that recovers at each call.
pub fn kill_twice(case: &Case, program: &Program, quick: usize) -> Tally {
    let store = case.fresh();
    let all = calls::once(calls::calls(case, program, store.path(), &[]));
    let is_step = |call: &&Call| call.name.starts_with("rename") || call.name == "unlink";
    let steps: Vec<&Call> =
        all.iter().filter(|call| call.writes(store.path())).filter(is_step).collect();
    // What is being made is completed by whoever makes it; what is there, by whoever looks.
    let next = if case.row.makes { case.words.clone() } else { vec!["queue".into()] };
    let mut trials = Vec::new();
    let most = if is_deep() { 4 } else { 1 };
    let chosen = steps.iter().skip(1).step_by((steps.len() / most).max(1)).take(most);
    for (at, first) in chosen.enumerate() {
        let store = case.fresh();
        killed(case, program, store.path(), first, &case.words);
        let mut flags = calls::follow(case).to_vec();
        flags.push("-qq");
        let second = calls::once(calls::list(store.path(), &flags, |tool| {
            drop(case.run_words(program, store.path(), tool, &next));
        }));
        // Each call of the first recovery; of the others, what writes.
        let counts =
            |call: &Call| (at == 0 && is_deep() && !case.row.git) || call.writes(store.path());
        let second = second.into_iter().filter(counts);
        trials.extend(second.map(|second| ((*first).clone(), second)));
    }
    let hits = AtomicUsize::new(0);
    let trials = some(case, trials, quick);
    let tally = Tally::of("killed twice", case.name, &trials, |(first, second)| {
        let store = case.fresh();
        let ended = killed(case, program, store.path(), first, &case.words);
        let at = format!("before {} {}, then", first.name, first.nth);
        let again = killed(case, program, store.path(), second, &next);
        let both = ended.code.is_none() && again.code.is_none();
        hits.fetch_add(usize::from(both), Ordering::Relaxed);
        // Once the journal is seen, there is no way back.
        let is_seen = store.path().join(".appt/journal").exists();
        let claim = if is_seen { case.journalled() } else { case.claim(&ended) };
        case.judge(program, store.path(), claim)
            .map_err(|why| format!("{at} before {} {}: {why}", second.name, second.nth))
    });
    were_killed(case, hits.into_inner(), tally.trials);
    tally
}

/// Kills git, at each of its starts, before some of the calls by which it writes.
pub fn kill_git(case: &Case, program: &Program, quick: usize) -> Tally {
    let tools = case::folder();
    let starts = tools.path().join("starts");
    let real = case.which_git();
    // Each start of git by the command leaves the list of its calls.
    let list = format!(
        "#!/bin/sh\nn=$(($(cat {0}/n 2>/dev/null || echo 0) + 1)); echo $n > {0}/n\n\
         exec strace -qq -o {0}/calls.$n {real} \"$@\"\n",
        starts.display()
    );
    fs::create_dir(&starts).unwrap();
    let store = case.fresh();
    case.run_with_git(program, store.path(), tools.path(), &list);
    let mut trials = Vec::new();
    for n in 1.. {
        let Ok(text) = fs::read_to_string(starts.join(format!("calls.{n}"))) else { break };
        let made = calls::once(calls::parse(&text, false));
        let writes = |call: &Call| match call.name.as_str() {
            "openat" => call.line.contains("O_CREAT"),
            "rename" | "link" | "unlink" | "mkdir" | "fsync" | "execve" => true,
            "write" => !call.line.starts_with("write(2"),
            _ => false,
        };
        trials.extend(made.into_iter().filter(writes).map(|call| (n, call)));
    }
    assert!(!trials.is_empty(), "{}: git was not seen", case.name);
    let step = if is_deep() { trials.len().div_ceil(120) } else { trials.len().div_ceil(quick) };
    let trials: Vec<(usize, Call)> = trials.into_iter().step_by(step.max(1)).collect();
    Tally::of("git killed", case.name, &trials, |(start, call)| {
        let (store, tools) = (case.fresh(), case::folder());
        let script = format!(
            "#!/bin/sh\nn=$(($(cat {0}/n 2>/dev/null || echo 0) + 1)); echo $n > {0}/n\n\
             [ $n = {start} ] || exec {real} \"$@\"\n\
             exec strace -qq -o /dev/null -e trace={1} -e inject={1}:signal=KILL:when={2} {real} \"$@\"\n",
            tools.path().display(),
            call.name,
            call.nth
        );
        let ended = case.run_with_git(program, store.path(), tools.path(), &script);
        case.judge(program, store.path(), case.claim(&ended))
            .map_err(|why| format!("start {start}, before {} {}: {why}", call.name, call.nth))
    })
}
