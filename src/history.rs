//! A record's history, and the fold that makes the record of it: the heart of the program.
//!
//! Writes append events, `check` compares the record with what its events add up to, a merge
//! unites two histories and folds the union, `undo` inverts an event, `log` prints them
//! (`spec.md`, sections 3 and 8).
//!
//! Invariants: the fold is total and depends on nothing but the events and their order; a value
//! that some event recorded is never lost: it stands in the record, among the conflicts, or in the
//! events themselves.

use chrono::{SubsecRound, TimeDelta};

pub use crate::model::event::{Details, Event, Mark, What};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::Conflict;
use crate::model::request::Status;
use crate::model::value::{Value, Values};

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
    let mut replay = Replay::new(kind, events);
    for event in events {
        replay.apply(event);
    }
    replay.finish()
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
}

struct Replay<'e> {
    kind: Kind,
    events: &'e [Event],
    values: Values,
    /// Who put a key's value there, and when.
    authors: Vec<(&'static str, &'e Event)>,
    alternatives: Vec<Conflict>,
}

impl<'e> Replay<'e> {
    fn new(kind: Kind, events: &'e [Event]) -> Replay<'e> {
        let (values, authors, alternatives) = (Values::new(), Vec::new(), Vec::new());
        Replay { kind, events, values, authors, alternatives }
    }

    fn finish(mut self) -> Folded {
        let fields = self.kind.fields();
        self.values
            .sort_by_rank(|key| fields.iter().position(|f| f.key == key).unwrap_or(fields.len()));
        self.alternatives.sort();
        self.alternatives.dedup();
        Folded { values: self.values, conflicts: self.alternatives }
    }

    fn apply(&mut self, event: &'e Event) {
        match &event.what {
            What::First { values, .. } => self.first(event, values),
            What::Set { key: "status", to, seen, .. } => self.step(event, to.as_ref(), *seen),
            What::Set { key, from, to, .. } => {
                self.set(event, key, from.as_ref(), to.as_ref());
            }
            What::List { key, added, removed } => self.list(event, key, added, removed),
            What::Mark(Mark::Settled, details) => {
                self.alternatives.retain(|c| details.key.as_ref().is_some_and(|key| c.key != *key));
            }
            What::Note(_) | What::Mark(..) | What::Unknown(_) => {}
        }
    }

    /// The first values. A second `created` (one passport, two laptops) counts as changes whose
    /// authors saw nothing; the same import done twice says nothing new.
    fn first(&mut self, event: &'e Event, values: &'e Values) {
        let is_first = self.authors.is_empty();
        let repeated = self.events.iter().take_while(|e| !std::ptr::eq(*e, event)).any(|e| {
            matches!(&event.what, What::First { source: Some(_), .. }) && e.what == event.what
        });
        if repeated {
            return;
        }
        for (key, value) in values.iter() {
            match value.as_list() {
                _ if is_first => self.place(event, key, Some(value)),
                Some(items) => self.list(event, key, items, &[]),
                None if key == "status" => self.step(event, Some(value), None),
                None => self.set(event, key, None, Some(value)),
            }
        }
    }

    fn set(
        &mut self,
        event: &'e Event,
        key: &'static str,
        from: Option<&Value>,
        to: Option<&Value>,
    ) {
        if key == "appointment" && self.status() != Some(Status::InProgress) && !self.undoes(event)
        {
            return self.void(event, key, to.cloned());
        }
        let current = self.values.get(key);
        // The author knew of the alternative that they replaced.
        let current_is_to = current == to;
        let current_is_from = current == from;
        let replaced = self.author(key).map(|author| Conflict {
            key: key.to_owned(),
            value: current.cloned(),
            by: Some(author.by.clone()),
            at: Some(author.at),
        });
        if current_is_from {
            self.alternatives.retain(|c| c.key != key);
        } else {
            self.alternatives.retain(|c| c.key != key || c.value.as_ref() != from);
        }
        if current_is_to {
            return;
        }
        self.alternatives.retain(|c| c.key != key || c.value.as_ref() != to);
        if !current_is_from {
            self.alternatives.extend(replaced);
        }
        self.place(event, key, to);
    }

    fn list(&mut self, event: &'e Event, key: &'static str, added: &[Value], removed: &[Value]) {
        let outside = key == "clinic_ranges" && self.status() != Some(Status::InProgress);
        if outside && !self.undoes(event) {
            return self.void(event, key, Some(Value::List(added.to_vec())));
        }
        let mut items = self.values.list(key).to_vec();
        items.extend(added.iter().filter(|item| !self.values.list(key).contains(item)).cloned());
        let kept: Vec<Value> =
            items.iter().filter(|item| !removed.contains(item)).cloned().collect();
        if !kept.is_empty() || !self.kind.field(key).is_some_and(Field::required) {
            items = kept;
        }
        items.sort();
        items.dedup();
        self.place(event, key, Some(&Value::List(items)));
    }

    fn step(&mut self, event: &'e Event, to: Option<&Value>, seen: Option<Instant>) {
        let Some(target) = to.and_then(Value::as_text).and_then(Status::from_code) else {
            return self.void(event, "status", to.cloned());
        };
        let Some(current) = self.status() else {
            return self.place(event, "status", to);
        };
        if current == target {
            return;
        }
        let appointment = self.values.get("appointment").and_then(Value::as_instant);
        if !self.allows(event, current, target) {
            return self.void(event, "status", to.cloned());
        }
        self.alternatives.retain(|c| c.key != "status");
        self.place(event, "status", to);
        // A refusal that did not see the appointment must not hide it: the clinic still expects
        // the patient.
        if target == Status::PatientRefused
            && appointment.is_some()
            && seen != appointment
            && let Some(author) = self.author("appointment")
        {
            self.alternatives.push(Conflict {
                key: "appointment".to_owned(),
                value: appointment.map(Value::Instant),
                by: Some(author.by.clone()),
                at: Some(author.at),
            });
        }
    }

    fn allows(&self, event: &Event, from: Status, to: Status) -> bool {
        let has_appointment = self.values.get("appointment").is_some();
        let answered = has_appointment || self.values.get("clinic_ranges").is_some();
        match to {
            Status::Processed if !has_appointment => return false,
            Status::Created if answered => return false,
            _ => {}
        }
        let reopened = from.can_reopen()
            && to == Status::InProgress
            && self.values.get("rescheduled_to").is_none()
            && self.beside(event, Mark::Reopened);
        from.ways_on(answered).contains(&to) || reopened || self.undoes(event)
    }

    fn status(&self) -> Option<Status> {
        self.values.text("status").and_then(Status::from_code)
    }

    fn undoes(&self, event: &Event) -> bool {
        self.beside(event, Mark::Undone)
    }

    /// Whether the same command left this mark.
    fn beside(&self, event: &Event, mark: Mark) -> bool {
        event.tx.is_some()
            && self.events.iter().any(|other| {
                other.tx == event.tx
                    && other.by == event.by
                    && matches!(&other.what, What::Mark(m, _) if *m == mark)
            })
    }

    fn author(&self, key: &str) -> Option<&'e Event> {
        self.authors.iter().find(|(k, _)| *k == key).map(|(_, event)| *event)
    }

    fn place(&mut self, event: &'e Event, key: &'static str, value: Option<&Value>) {
        self.values.put(key, value.cloned());
        match self.authors.iter_mut().find(|(k, _)| *k == key) {
            Some((_, author)) => *author = event,
            None => self.authors.push((key, event)),
        }
    }

    /// What can't be done is kept, as an alternative.
    fn void(&mut self, event: &Event, key: &str, value: Option<Value>) {
        self.alternatives.push(Conflict {
            key: key.to_owned(),
            value,
            by: Some(event.by.clone()),
            at: Some(event.at),
        });
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
