//! Text on its way to a spreadsheet, and back (`spec.md`, section 9).
//!
//! A cell that a spreadsheet would run as a formula gets an apostrophe before it, as does a cell
//! that begins with an apostrophe of its own, so that [`unguard`] gives back what [`guard`] took.

use std::borrow::Cow;

/// The characters that make a formula of a cell, in the wide forms of East Asian keyboards too.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// The text as a cell that no spreadsheet runs. A phone is a number with its sign, which it shows
/// as it is.
pub fn guard(text: &str) -> Cow<'_, str> {
    let number = text
        .strip_prefix(['+', '-'])
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    let quoted = text.trim_start_matches('\'');
    if text.starts_with('\'') && quoted.is_empty() || number || !quoted.starts_with(FORMULA) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{text}"))
}

/// The text of a cell without the apostrophe that only keeps it from being run.
pub fn unguard(cell: &str) -> &str {
    let inner = cell.trim_start_matches('\'');
    if inner.starts_with(FORMULA) { cell.strip_prefix('\'').unwrap_or(cell) } else { cell }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_kept_from_it() {
        for (text, cell) in [
            ("=cmd()", "'=cmd()"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+1+cmd", "'+1+cmd"),
            ("-", "'-"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("+79991234567", "+79991234567"),
            ("'так'", "'так'"),
            ("'", "'"),
            ("Щукин", "Щукин"),
            ("", ""),
        ] {
            assert_eq!(guard(text), cell);
            assert_eq!(unguard(cell), text);
        }
    }

    proptest! {
        #[test]
        fn a_cell_gives_back_its_text(text in "['=+@a1\\-＝]{0,6}") {
            let cell = guard(&text).into_owned();
            prop_assert_eq!(unguard(&cell), text.as_str());
        }
    }
}
