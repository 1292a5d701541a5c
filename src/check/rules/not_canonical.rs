//! `not-canonical`: a file is written as `appt fmt` would write it.

use crate::check::{Judge, Rule, Severity};
use crate::format::canonical;
use crate::format::decode::Problem;
use crate::format::document::Document;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "not-canonical",
    severity: Severity::Warning,
    what: (
        "Файл записан так, как его записал бы `appt fmt`.",
        "A file is written as `appt fmt` would write it.",
    ),
    why: (
        "Пустая строка между ключами и один элемент списка в строке позволяют git сливать правки.",
        "A blank line between keys and one list item a line let git merge changes.",
    ),
    mend: ("Выполните `appt fmt`.", "Run `appt fmt`."),
    bad: "specialties = [\"lor\", \"terapevt\"]",
    good: "specialties = [\n    \"lor\",\n    \"terapevt\",\n]",
    judge: Judge::File,
};

/// The first place of a file that `appt fmt` would write otherwise. A file that has a problem
/// already is not judged: a key that should not be there is one finding.
pub fn problem(document: &Document) -> Option<Problem> {
    let record = document.record.as_ref().filter(|_| document.problems.is_empty())?;
    if canonical::is_plain(record, &document.text) {
        return None;
    }
    let at = canonical::first_difference(document.kind, &document.text)?;
    Some(Problem {
        rule: RULE.name,
        span: at..at,
        key: None,
        message: say!(
            "Файл записан не в каноническом виде.",
            "The file is not in its canonical form."
        ),
        hint: Some(say!("Выполните `appt fmt`.", "Run `appt fmt`.")),
    })
}
