//! What the harnesses count: trials and violations of each, for each command.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::case::Case;

/// What one harness found of one command.
#[derive(Debug)]
pub struct Tally {
    pub harness: &'static str,
    pub case: String,
    pub trials: usize,
    pub violations: Vec<String>,
}

impl Tally {
    /// Makes all trials, a few at once.
    pub fn of<T: Sync>(
        harness: &'static str,
        case: &str,
        trials: &[T],
        one: impl Fn(&T) -> Result<(), String> + Sync,
    ) -> Tally {
        let (next, violations) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let hands = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..hands {
                scope.spawn(|| {
                    while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if let Err(violation) = one(trial) {
                            violations.lock().unwrap().push(violation);
                        }
                    }
                });
            }
        });
        let violations = violations.into_inner().unwrap();
        Tally { harness, case: case.to_owned(), trials: trials.len(), violations }
    }

    /// Asserts that there was something to try and nothing was found.
    #[track_caller]
    pub fn is_clean(&self) {
        let Tally { harness, case, trials, violations } = self;
        let first: Vec<_> = violations.iter().take(5).collect();
        assert!(*trials > 0, "{harness}, {case}: no trial");
        assert!(
            violations.is_empty(),
            "{harness}, {case}: {} of {trials}: {first:#?}",
            violations.len()
        );
    }
}

/// Whether trials are made by the dozen (`APPT_DEEP`), and not only the quick ones.
pub fn is_deep() -> bool {
    std::env::var_os("APPT_DEEP").is_some()
}

/// The commands whose trials are all made; what the others do to files is the same. `APPT_DEEP=all`
/// makes all of all.
const WHOLE: &[&str] = &[
    "request new",
    "request set-status",
    "request reschedule",
    "patient merge",
    "undo",
    "resolve",
];

/// Whether a command is one of those, or all are.
pub fn is_whole(case: &Case) -> bool {
    WHOLE.contains(&case.name) || std::env::var("APPT_DEEP").is_ok_and(|v| v == "all")
}

/// The trials to make: where it must be quick, about so many, evenly; else all, or, of a command
/// that is like others, up to fifty.
pub fn some<T>(case: &Case, trials: Vec<T>, quick: usize) -> Vec<T> {
    some_of(case, trials, quick, 50)
}

/// The same, with up to so many of a command that is like others.
pub fn some_of<T>(case: &Case, trials: Vec<T>, quick: usize, most: usize) -> Vec<T> {
    let most = match is_deep() {
        false => quick,
        true if is_whole(case) && !case.is_huge() => usize::MAX,
        true => most,
    };
    evenly(trials, most)
}

/// Every trial, unless it must be quick, or the command changes many files, and so makes thousands
/// of calls alike.
pub fn every<T>(case: &Case, trials: Vec<T>, quick: usize) -> Vec<T> {
    match is_deep() && !case.is_huge() {
        true => trials,
        false => some(case, trials, quick),
    }
}

fn evenly<T>(trials: Vec<T>, most: usize) -> Vec<T> {
    let step = trials.len().div_ceil(most).max(1);
    trials.into_iter().step_by(step).collect()
}
