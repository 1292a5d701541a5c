//! Every call that writes fails, with every plausible error, once or from then on: what is said
//! must be what is on disk.

use crate::calls::{self, Call};
use crate::case::{Case, Claim, Program};
use crate::table::{Tally, some};

/// The errors that a call may give; a closing `+` means from then on.
fn plausible(call: &Call) -> Vec<String> {
    let mut errors: Vec<&str> = match call.name.as_str() {
        "flock" => vec!["ENOLCK", "EINTR", "EIO"],
        "openat" => vec!["EIO", "ENOSPC", "EACCES", "EROFS", "EMFILE", "EINTR"],
        "fsync" | "fdatasync" | "syncfs" => vec!["EIO", "ENOSPC", "EINTR"],
        "write" => vec!["EIO", "ENOSPC", "EINTR"],
        _ => vec!["EIO", "ENOSPC", "EACCES", "EROFS"],
    };
    let ever = errors.iter().filter(|error| **error != "EINTR");
    let ever: Vec<String> = ever.map(|error| format!("{error}+")).collect();
    errors.drain(..).map(str::to_owned).chain(ever).collect()
}

/// Makes each call fail.
pub fn fail(case: &Case, program: &Program, quick: usize) -> Tally {
    let store = case.fresh();
    let mut all = calls::once(calls::calls(case, program, store.path(), &[]));
    all.retain(|call| call.writes(store.path()));
    let trials = all.into_iter().flat_map(|call| {
        let errors = plausible(&call);
        errors.into_iter().map(move |error| (call.clone(), error))
    });
    Tally::of("errors", case.name, &some(case, trials.collect(), quick), |(call, error)| {
        let store = case.fresh();
        let (name, plus) = error.strip_suffix('+').map_or((error.as_str(), ""), |name| (name, "+"));
        let trace = format!("trace={}", call.name);
        let inject = format!("inject={}:error={name}:when={}{plus}", call.name, call.nth);
        let follow = calls::follow(case);
        let mut tool = vec!["strace", "-o", "/dev/null", "-e", &trace, "-e", &inject];
        tool.extend(follow);
        // It takes `-f`, and is quicker.
        tool.extend(follow.iter().map(|_| "--seccomp-bpf"));
        tool.push("--");
        let ended = case.run(program, store.path(), &tool);
        let at = format!("{} {} {error}", call.name, call.nth);
        if ended.code == Some(101) || ended.err.contains("internal error") {
            return Err(format!("{at}: a panic: {}", ended.err.trim()));
        }
        let is_silent = call.name == "write" && plus == "+" && case.claim(&ended) == Claim::Old;
        let claim = match ended.code {
            // A result that is not whole, such as an import without the refused rows.
            Some(1) => Claim::New,
            // The message could not be written either: no more is claimed than that it failed.
            Some(7) if is_silent && !ended.err.contains("nothing has changed") => Claim::Either,
            _ => case.claim(&ended),
        };
        case.judge(program, store.path(), claim)
            .map_err(|why| format!("{at}: exit {:?}, {}: {why}", ended.code, ended.err.trim()))
    })
}
