//! A long answer through the pager, as git does it: only on a terminal, only where it does not fit.
//! Whatever is wrong with the pager, the answer is printed all the same.
#![allow(clippy::disallowed_methods)]

use std::io::Write as _;
use std::process::Stdio;

use crate::environment::Environment;
use crate::i18n::Lang;
use crate::platform;

/// What shows long texts, where nobody says what should.
const USUAL: &str = "less";

/// The pager that a text needs; none where it fits, where standard output is no terminal, or where
/// somebody wants none: an empty `PAGER`, or `cat`.
pub fn wanted(environment: &Environment, text: &str) -> Option<String> {
    let rows = environment.height()?;
    let chosen = match environment.vars.get("PAGER") {
        Some(own) => own.as_str(),
        None => environment.var("PAGER").unwrap_or(USUAL),
    };
    let is_wanted = !matches!(chosen.trim(), "" | "cat")
        && environment.own_var("TERM").is_some_and(|terminal| terminal != "dumb")
        && text.lines().count() >= rows;
    is_wanted.then(|| chosen.to_owned())
}

/// Shows a text in a pager, until the reader leaves it; false where it could not be started.
pub fn show(environment: &Environment, pager: &str, text: &str, lang: Lang) -> bool {
    let mut command = platform::named_program(pager);
    command.stdin(Stdio::piped());
    // Leaves at once what fits, passes colours, keeps the text on the screen; what we print is
    // UTF-8 whatever the locale.
    if environment.own_var("LESS").is_none() {
        command.env("LESS", "FRX");
        // And it says how it is left: the usual colon tells that to nobody. A prompt takes no letters
        // but ASCII (less 590), a name of an editor does, and what comes by a pipe can't be edited.
        if pager.trim() == USUAL {
            command.env("LESS", "-FRX -Ps%E$");
            command.env("VISUAL", lang.of("q — закрыть", "q: close"));
        }
    }
    if environment.own_var("LESSCHARSET").is_none() {
        command.env("LESSCHARSET", "utf-8");
    }
    // Ctrl-C is for the pager; it must not outlive us. Where a question has its own handler, that
    // one stays.
    let _ = ctrlc::set_handler(|| {});
    let Ok(mut child) = command.spawn() else { return false };
    if let Some(mut input) = child.stdin.take() {
        // A reader who leaves before the end has read enough.
        drop(input.write_all(text.as_bytes()));
    }
    child.wait().is_ok_and(|ended| !matches!(ended.code(), Some(126 | 127)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_terminal(vars: &[(&str, &str)], lines: usize) -> Option<String> {
        let mut environment = Environment::of_process();
        environment.stdout_is_terminal = true;
        environment.vars = vars.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        environment.vars.insert("LINES".into(), "24".into());
        wanted(&environment, &"line\n".repeat(lines))
    }

    #[test]
    fn only_what_does_not_fit_goes_through_a_pager_that_is_wanted() {
        let term = ("TERM", "xterm");
        assert_eq!(at_terminal(&[term], 24).as_deref(), Some("less"));
        assert_eq!(at_terminal(&[term], 23), None);
        assert_eq!(at_terminal(&[term, ("PAGER", "more -d")], 99).as_deref(), Some("more -d"));
        for none in ["", "cat", " "] {
            assert_eq!(at_terminal(&[term, ("PAGER", none)], 99), None, "{none:?}");
        }
        assert_eq!(at_terminal(&[("TERM", "dumb")], 99), None);
        assert_eq!(at_terminal(&[], 99), None);
        let mut piped = Environment::of_process();
        piped.stdout_is_terminal = false;
        assert_eq!(wanted(&piped, &"line\n".repeat(99)), None);
    }
}
