//! `future-event`: what happened did not happen tomorrow.

use chrono::TimeDelta;

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::format::encode;
use crate::model::kind::Kind;
use crate::say;

/// How far ahead another machine's clock may be.
pub const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// The rule.
pub const RULE: Rule = Rule {
    name: "future-event",
    severity: Severity::Warning,
    what: (
        "Событие истории не больше чем на десять минут впереди часов.",
        "An event of the history is at most ten minutes ahead of the clock.",
    ),
    why: (
        "У кого-то спешат часы; при слиянии его правки окажутся поздними и победят.",
        "Somebody's clock is fast; in a merge what they did counts as later, and wins.",
    ),
    mend: (
        "Поставьте часы; событие останется, и со временем замечание уйдёт само.",
        "Set the clock; the event stays, and the finding goes by itself in time.",
    ),
    bad: "history = [\n    { at = 2090-01-01T10:00:00.000+03:00, by = \"anna\", event = \"no-answer\" },\n]",
    good: "history = [\n    { at = 2026-11-23T10:00:00.000+03:00, by = \"anna\", event = \"no-answer\" },\n]",
    judge: Judge::Record { kinds: &Kind::ALL, keys: &["history"], reach: Reach::Clock, run },
};

/// The first such event stands for all: those after it are later still.
fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let latest = scene.now + AHEAD;
    let events = subject.record.history.iter().enumerate();
    if let Some((at, event)) = events.into_iter().find(|(_, event)| event.at > latest) {
        let shown = encode::stamp(event.at);
        faults.event(
            at,
            say!("Событие из будущего: {shown}.", "An event in the future: {shown}."),
            say!(
                "Проверьте часы компьютера, на котором его записали.",
                "Check the clock of the machine that recorded it."
            ),
        );
    }
}
