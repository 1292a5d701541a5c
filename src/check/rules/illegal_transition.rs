//! `illegal-transition`: every step of status in the history is one that a request's life knows.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::history::{self, Event, What};
use crate::model::kind::Kind;
use crate::model::request::Status;
use crate::model::value::Value;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "illegal-transition",
    severity: Severity::Error,
    what: (
        "Каждый шаг статуса в истории — из тех, что бывают у заявки.",
        "Every step of status in the history is one that a request can make.",
    ),
    why: (
        "Такого шага не делает ни одна команда: историю правили руками.",
        "No command makes such a step: the history was written by hand.",
    ),
    mend: (
        "Верните историю из git и измените статус командой.",
        "Take the history back from git, and change the status by a command.",
    ),
    bad: "history = [\n    { at = 2026-11-23T10:05:00.000+03:00, by = \"anna\", event = \"set\", key = \"status\", from = \"created\", to = \"processed\" },\n]",
    good: "history = [\n    { at = 2026-11-23T10:05:00.000+03:00, by = \"anna\", event = \"set\", key = \"status\", from = \"created\", to = \"in-progress\" },\n]",
    judge: Judge::Record {
        kinds: &[Kind::Request],
        keys: &["status", "history"],
        reach: Reach::Alone,
        run,
    },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    for (at, from, to) in illegal_steps(&subject.record.history) {
        let code = |status: Option<Status>| status.map_or("…", Status::code);
        let (from, to) = (code(from), code(to));
        faults.event(
            at,
            say!(
                "Шага статуса {from} → {to} не бывает.",
                "A request can't go from {from} to {to}."
            ),
            say!(
                "Верните историю из git и измените статус командой.",
                "Take the history back from git, and change the status by a command."
            ),
        );
    }
}

/// A step of status: the index of its event, from where, to where.
type Step = (usize, Option<Status>, Option<Status>);

/// The steps that no request can make, each judged by what its event says itself.
pub fn illegal_steps(events: &[Event]) -> impl Iterator<Item = Step> {
    events.iter().enumerate().filter_map(|(at, event)| {
        let What::Set { key: "status", from, to, .. } = &event.what else { return None };
        let (from, to) = (status(from.as_ref()), status(to.as_ref()));
        let is_legal = matches!((from, to), (Some(from), Some(to))
            if history::is_legal_step(from, to, &beside(events, event)));
        (!is_legal).then_some((at, from, to))
    })
}

fn status(value: Option<&Value>) -> Option<Status> {
    value.and_then(Value::as_text).and_then(Status::from_code)
}

/// What else the same command did.
fn beside<'e>(events: &'e [Event], event: &Event) -> Vec<&'e What> {
    let same = |other: &&Event| event.tx.is_some() && other.tx == event.tx && other.by == event.by;
    events.iter().filter(same).map(|other| &other.what).collect()
}
