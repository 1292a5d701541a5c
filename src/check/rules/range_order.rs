//! `range-order`: a range starts before it ends.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::format::encode;
use crate::model::kind::Kind;
use crate::model::value::Value;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "range-order",
    severity: Severity::Error,
    what: ("Диапазон начинается раньше, чем кончается.", "A range starts before it ends."),
    why: (
        "Диапазон наоборот не содержит ни одной минуты: пациенту нечего предложить.",
        "A reversed range holds no minute: there is nothing to offer the patient.",
    ),
    mend: (
        "Поменяйте начало и конец местами или исправьте тот, который указан неверно.",
        "Swap its start and end, or mend the one that is wrong.",
    ),
    bad: "patient_ranges = [\n    { start = 2026-11-25T12:00:00+03:00, end = 2026-11-25T09:00:00+03:00 },\n]",
    good: "patient_ranges = [\n    { start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 },\n]",
    judge: Judge::Record {
        kinds: &[Kind::Request],
        keys: &["patient_ranges", "clinic_ranges"],
        reach: Reach::Alone,
        run,
    },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    for key in ["patient_ranges", "clinic_ranges"] {
        let ranges = subject.record.values.list(key).iter().filter_map(Value::as_range);
        let reversed = ranges.enumerate().filter(|(_, range)| !range.is_ordered());
        for (number, range) in reversed {
            let (start, end) = (encode::instant(range.start), encode::instant(range.end));
            faults.item(
                key,
                number,
                say!(
                    "`{key}`: диапазон кончается не позже, чем начинается: {start} – {end}.",
                    "`{key}`: a range ends no later than it starts: {start} – {end}."
                ),
                match range.start == range.end {
                    true => say!("Впишите более поздний end.", "Write a later end."),
                    false => say!("Поменяйте start и end местами.", "Swap start and end."),
                },
            );
        }
    }
}
