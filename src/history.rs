//! A record's history, and the fold that makes the record of it: the heart of the program.
//!
//! Writes append events, `check` compares the record with what its events add up to, a merge
//! unites two histories and folds the union, `undo` inverts an event, `log` prints them
//! (`spec.md`, sections 3 and 8).
//!
//! Invariants: the fold is total and depends on nothing but the events and their order; a value
//! that some event recorded is never lost: it stands in the record, among the conflicts, or in the
//! events themselves.

mod replay;
mod unrecorded;

use chrono::{SubsecRound, TimeDelta};

use crate::format::encode;
pub use crate::model::event::{Details, Event, Mark, What};
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::{Conflict, Record};
use crate::model::request::Status;
use crate::model::value::{Value, Values};
use replay::Replay;
pub use unrecorded::unrecorded;

/// What a history adds up to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Folded {
    /// The keys.
    pub values: Values,
    /// The alternatives that nobody has settled, sorted.
    pub conflicts: Vec<Conflict>,
}

/// Adds up a history, in its order.
pub fn fold(kind: Kind, events: &[Event]) -> Folded {
    Replay::of(kind, events).finish()
}

/// What stood before each event from this place on, and after the last. Each event does what it does in
/// the whole history: what its command did after it counts.
pub fn stages(kind: Kind, events: &[Event], from: usize) -> Vec<Values> {
    Replay::stages(kind, events, from)
}

/// Whether a history adds up to these values and leaves nothing to settle: what [`fold`] would say,
/// without making the values anew.
pub fn adds_up_to(kind: Kind, events: &[Event], values: &Values) -> bool {
    let replay = Replay::of(kind, events);
    let mut standing = replay.values();
    replay.alternatives.is_empty()
        && replay.values().count() == values.iter().count()
        && standing.all(|(key, value)| values.get(key) == Some(value))
}

/// The union of two histories of one record: events of one text are one; the order is `at`, `by`,
/// text (`spec.md`, section 8). Within one clone `at` only grows, so that no event comes before one
/// that its author saw, however the clocks of two clones differ.
pub fn unite(a: &[Event], b: &[Event]) -> Vec<Event> {
    let mut all: Vec<(String, &Event)> =
        a.iter().chain(b).map(|event| (encode::event(event), event)).collect();
    all.sort_by(|(a_text, a), (b_text, b)| (a.at, &a.by, a_text).cmp(&(b.at, &b.by, b_text)));
    all.dedup_by(|(a, _), (b, _)| a == b);
    all.into_iter().map(|(_, event)| event.clone()).collect()
}

/// The entries under a record's `conflicts` that its history does not tell of: a removal, the other
/// value of an unknown key, a value changed by hand. They stay until somebody settles them.
pub fn carried(conflicts: &[Conflict], folded: &Folded) -> Vec<Conflict> {
    conflicts.iter().filter(|conflict| !folded.conflicts.contains(conflict)).cloned().collect()
}

/// Whether something that happened settles an alternative. A settlement names the alternatives that
/// its author saw, by their `at`: what another clone records meanwhile stays open. One that names
/// none settles its key; what nobody recorded has no `at`, and is settled with the others.
pub fn settles(what: &What, conflict: &Conflict) -> bool {
    let What::Mark(Mark::Settled, Details { key: Some(key), of, .. }) = what else { return false };
    *key == conflict.key && (of.is_empty() || conflict.at.is_none_or(|at| of.contains(&at)))
}

/// The mark that settles the alternatives of a record's key. Where none of them has an `at` to name, it
/// names the millisecond before the first event: a mark that names none would also settle what others
/// record meanwhile.
pub fn settlement(key: &str, record: &Record) -> What {
    let open = record.conflicts.iter().filter(|conflict| conflict.key == key);
    let mut of: Vec<Instant> = open.filter_map(|conflict| conflict.at).collect();
    if of.is_empty() {
        of.extend(record.since().map(|at| at - TimeDelta::milliseconds(1)));
    }
    What::Mark(Mark::Settled, Details { key: Some(key.to_owned()), of, ..Details::default() })
}

/// What says again the value that stands under a key, where others wait there: to set a key anew
/// settles it. None where nothing waits.
pub fn said_again(key: &'static str, record: &Record) -> Option<What> {
    let waits = record.conflicts.iter().any(|conflict| conflict.key == key);
    let is_list = record.kind.field(key).is_some_and(|field| field.list);
    waits.then(|| match record.values.get(key).filter(|_| !is_list) {
        Some(value) => What::set(key, Some(value), Some(value.clone())),
        None => settlement(key, record),
    })
}

/// The time of a new event: the later of now and the previous event plus a millisecond.
pub fn next_at(history: &[Event], now: Instant) -> Instant {
    let now = now.trunc_subsecs(3);
    match history.last() {
        Some(last) => {
            now.max((last.at + TimeDelta::milliseconds(1)).with_timezone(&now.offset().to_owned()))
        }
        None => now,
    }
}

/// The changes that lead from some values to others: what a hand edit or an editor did.
pub fn difference(kind: Kind, from: &Values, to: &Values) -> Vec<What> {
    kind.fields()
        .iter()
        .filter_map(|field| {
            if field.list {
                list_change(field.key, from.list(field.key), to.list(field.key))
            } else {
                let (before, after) = (from.get(field.key), to.get(field.key));
                (before != after).then(|| What::set(field.key, before, after.cloned()))
            }
        })
        .collect()
}

/// The change that leads from some items to others; none where they are the same.
pub fn list_change(key: &'static str, from: &[Value], to: &[Value]) -> Option<What> {
    let missing = |a: &[Value], b: &[Value]| -> Vec<Value> {
        let mut items: Vec<Value> = a.iter().filter(|item| !b.contains(item)).cloned().collect();
        items.sort();
        items.dedup();
        items
    };
    let (added, removed) = (missing(to, from), missing(from, to));
    (!added.is_empty() || !removed.is_empty()).then_some(What::List { key, added, removed })
}

/// Whether a step of status is one that section 4 allows, judged by the event's own `from`;
/// `beside` are the events of the same command.
pub fn is_legal_step(from: Status, to: Status, beside: &[&What]) -> bool {
    let has = |mark: Mark| beside.iter().any(|what| matches!(what, What::Mark(m, _) if *m == mark));
    from == to
        || from.ways_on(false).contains(&to)
        || (has(Mark::Reopened) && from.can_reopen() && to == Status::InProgress)
        || has(Mark::Undone)
        || beside.iter().any(|what| is_settlement_of(what, "status"))
}

fn is_settlement_of(what: &What, wanted: &str) -> bool {
    matches!(what, What::Mark(Mark::Settled, Details { key: Some(key), .. }) if key == wanted)
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
