//! The fold: a history is played through, event by event.
//!
//! A change whose author saw another value than the one that stands becomes an alternative, unless
//! the two agree or an order of theirs decides (`spec.md`, section 8).

use std::borrow::Cow;

use super::{Details, Event, Folded, Mark, What, is_settlement_of, settles};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::Conflict;
use crate::model::request::Status;
use crate::model::value::{Value, Values};

/// A history as far as it was played.
pub(super) struct Replay<'e> {
    kind: Kind,
    events: &'e [Event],
    places: Vec<Place<'e>>,
    /// What nobody has settled, in no order.
    pub(super) alternatives: Vec<Conflict>,
    /// What each settlement did to the alternatives, and what taking one back did.
    turns: Vec<Turn<'e>>,
    /// The settlements whose authors had not seen that another one settled the same.
    blind: Vec<&'e Event>,
    /// The last refusal.
    refused: Option<&'e Event>,
    /// What told the clinic of the refusal that stands.
    told: Option<&'e Event>,
}

/// What stands under a key, and who put it there, and when. Most values are those of an event.
struct Place<'e> {
    key: &'static str,
    value: Option<Cow<'e, Value>>,
    author: &'e Event,
}

/// What an event did to the alternatives, so that it can be taken back.
struct Turn<'e> {
    event: &'e Event,
    gone: Vec<Conflict>,
    come: Vec<Conflict>,
}

impl<'e> Replay<'e> {
    /// Plays all of it.
    pub(super) fn of(kind: Kind, events: &'e [Event]) -> Replay<'e> {
        let mut replay = Replay::new(kind, events);
        events.iter().for_each(|event| replay.apply(event));
        replay
    }

    fn new(kind: Kind, events: &'e [Event]) -> Replay<'e> {
        let (places, alternatives) = (Vec::new(), Vec::new());
        let (turns, blind) = (Vec::new(), Vec::new());
        let (refused, told) = (None, None);
        Replay { kind, events, places, alternatives, turns, blind, refused, told }
    }

    /// Plays all of it, and gives what stood before each event from this place on, and after the last.
    pub(super) fn stages(kind: Kind, events: &'e [Event], from: usize) -> Vec<Values> {
        let mut replay = Replay::new(kind, events);
        events[..from].iter().for_each(|event| replay.apply(event));
        let mut stages = vec![replay.standing()];
        for event in &events[from..] {
            replay.apply(event);
            stages.push(replay.standing());
        }
        stages
    }

    /// What it adds up to.
    pub(super) fn finish(mut self) -> Folded {
        let values = self.standing();
        self.alternatives.sort();
        self.alternatives.dedup();
        Folded { values, conflicts: self.alternatives }
    }

    /// The values that stand, in the order of the keys.
    fn standing(&self) -> Values {
        let fields = self.kind.fields();
        let mut values = Values::new();
        for place in &self.places {
            values.put(place.key, place.value.as_deref().cloned());
        }
        values.sort_by_rank(|key| fields.iter().position(|f| f.key == key).unwrap_or(fields.len()));
        values
    }

    /// What stands under the keys, in no order.
    pub(super) fn values(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.places.iter().filter_map(|place| Some((place.key, place.value.as_deref()?)))
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.values().find(|(k, _)| *k == key).map(|(_, value)| value)
    }

    fn apply(&mut self, event: &'e Event) {
        match &event.what {
            What::First { values, .. } => self.first(event, values),
            What::Set { key: "status", from, to, seen, .. } => {
                self.step(event, from.as_ref(), to.as_ref(), *seen);
            }
            What::Set { key, from, to, .. } => {
                self.set(event, key, from.as_ref(), to.as_ref());
            }
            What::List { key, added, removed } => self.list(event, key, added, removed),
            What::Mark(Mark::Settled, _) => self.settle(event),
            What::Mark(Mark::ClinicTold, _) => self.tell(event),
            What::Mark(Mark::Undone, details) => self.take_back(event, details),
            What::Note(_) | What::Mark(..) | What::Unknown(_) => {}
        }
    }

    /// The first values. A second `created` (one passport, two laptops) counts as changes whose
    /// authors saw nothing; the same import done twice says nothing new.
    fn first(&mut self, event: &'e Event, values: &'e Values) {
        let is_first = self.places.is_empty();
        let repeated = self.events.iter().take_while(|e| !std::ptr::eq(*e, event)).any(|e| {
            matches!(&event.what, What::First { source: Some(_), .. }) && e.what == event.what
        });
        if repeated {
            return;
        }
        if is_first {
            let place =
                |(key, value)| Place { key, value: Some(Cow::Borrowed(value)), author: event };
            return self.places.extend(values.iter().map(place));
        }
        for (key, value) in values.iter() {
            match value.as_list() {
                Some(items) => self.list(event, key, items, &[]),
                None if key == "status" => self.step(event, None, Some(value), None),
                None => self.set(event, key, None, Some(value)),
            }
        }
    }

    fn set(
        &mut self,
        event: &'e Event,
        key: &'static str,
        from: Option<&Value>,
        to: Option<&'e Value>,
    ) {
        let current = self.value(key);
        if current == to {
            return self.forget(key, from, to);
        }
        if !self.may_place(event, key, to) {
            return self.void(event, key, to.cloned());
        }
        let has_seen = current == from && !self.decides_blindly(event, key);
        let replaced = if has_seen { None } else { self.in_place(key) };
        self.forget(key, from, to);
        self.alternatives.extend(replaced);
        self.place(event, key, to.map(Cow::Borrowed));
    }

    /// Whether the record stays valid with this value. A change that is taken back, or that settles
    /// a conflict, may reach into a closed request; no request in `created` has an appointment, and
    /// no processed one is without.
    fn may_place(&self, event: &Event, key: &str, to: Option<&Value>) -> bool {
        if key != "appointment" {
            return to.is_some() || !self.kind.field(key).is_some_and(Field::required);
        }
        match self.status() {
            Some(Status::InProgress) => true,
            Some(Status::Processed) => to.is_some() && self.reaches_back(event, key),
            Some(Status::PatientRefused) => self.reaches_back(event, key),
            Some(Status::Created) | None => false,
        }
    }

    fn list(&mut self, event: &'e Event, key: &'static str, added: &[Value], removed: &[Value]) {
        let old = self.value(key).and_then(Value::as_list).unwrap_or_default();
        let mut items = old.to_vec();
        items.extend(added.iter().filter(|item| !old.contains(item)).cloned());
        let kept: Vec<Value> =
            items.iter().filter(|item| !removed.contains(item)).cloned().collect();
        if !kept.is_empty() || !self.kind.field(key).is_some_and(Field::required) {
            items = kept;
        }
        items.sort();
        items.dedup();
        if items == old {
            return;
        }
        let items = (!items.is_empty()).then_some(Value::List(items));
        let may = key != "clinic_ranges"
            || match self.status() {
                Some(Status::InProgress) => true,
                Some(Status::Created) | None => false,
                Some(Status::Processed | Status::PatientRefused) => self.reaches_back(event, key),
            };
        if !may {
            return self.void(event, key, items);
        }
        self.forget(key, items.as_ref(), items.as_ref());
        self.place(event, key, items.map(Cow::Owned));
    }

    fn step(
        &mut self,
        event: &'e Event,
        from: Option<&Value>,
        to: Option<&'e Value>,
        seen: Option<Instant>,
    ) {
        let Some(target) = to.and_then(Value::as_text).and_then(Status::from_code) else {
            return self.void(event, "status", to.cloned());
        };
        let Some(current) = self.status() else {
            return self.place(event, "status", to.map(Cow::Borrowed));
        };
        if current == target {
            return;
        }
        let appointment = self.value("appointment").and_then(Value::as_instant);
        let has_seen = self.value("status") == from;
        if !self.allows(event, current, target, has_seen) {
            return self.void(event, "status", to.cloned());
        }
        // Of two who decide apart whether a visit stands, one decides by the status alone.
        let is_blind = ["status", "appointment"].iter().any(|key| self.decides_blindly(event, key));
        let replaced = if is_blind { self.in_place("status") } else { None };
        if !self.alternatives.is_empty() {
            self.forget("status", self.value("status").cloned().as_ref(), to);
        }
        self.alternatives.extend(replaced);
        self.place(event, "status", to.map(Cow::Borrowed));
        self.told = None;
        if target == Status::PatientRefused {
            self.refused = Some(event);
        }
        // A refusal that did not see the appointment must not hide it: the clinic still expects
        // the patient.
        if target == Status::PatientRefused
            && appointment.is_some()
            && seen != appointment
            && let Some(unseen) = self.in_place("appointment")
        {
            self.alternatives.push(unseen);
        }
    }

    /// Whether a step may be made; `has_seen` says whether its author saw the status in place. To reopen
    /// a request undoes what was decided: only what was seen can be.
    fn allows(&self, event: &Event, from: Status, to: Status, has_seen: bool) -> bool {
        let has_appointment = self.value("appointment").is_some();
        let answered = has_appointment || self.value("clinic_ranges").is_some();
        match to {
            Status::Processed if !has_appointment => return false,
            Status::Created if answered => return false,
            _ if from == Status::PatientRefused
                && self.brings_back(event)
                && !self.settles_knowingly(event) =>
            {
                return false;
            }
            _ => {}
        }
        let reopened = has_seen
            && from.can_reopen()
            && to == Status::InProgress
            && self.value("rescheduled_to").is_none()
            && self.beside(event, |what| matches!(what, What::Mark(Mark::Reopened, _)));
        from.ways_on(answered).contains(&to) || reopened || self.reaches_back(event, "status")
    }

    /// Whether a step out of a refusal brings a visit back which, as somebody else recorded, the clinic
    /// knows to be off.
    fn brings_back(&self, event: &Event) -> bool {
        let is_answer = |what: &What| matches!(what, What::Set { key: "appointment", .. });
        let is_taken_back = |told: &Event| {
            told.by == event.by
                && self.beside(event, |what| {
                    matches!(what, What::Mark(Mark::Undone, details) if details.of.contains(&told.at))
                })
        };
        let told = self.told.filter(|told| !is_taken_back(told));
        let told = told.and_then(|told| Some((told, self.author("appointment")?)));
        told.is_some_and(|(told, visit)| self.is_before(visit, told))
            && self.value("appointment").is_some()
            && !self.beside(event, is_answer)
    }

    /// Whether the same command settled the status by what its author saw: whoever decides must be able
    /// to.
    fn settles_knowingly(&self, event: &Event) -> bool {
        self.beside(event, |what| is_settlement_of(what, "status"))
            && !self.decides_blindly(event, "status")
    }

    /// The clinic was told that the visit is off. Where the request was reopened meanwhile, and the
    /// visit is still the one from before the refusal, that there is none is the other answer.
    fn tell(&mut self, event: &'e Event) {
        if self.status() == Some(Status::PatientRefused) {
            self.told = Some(event);
            return;
        }
        let visit = self.author("appointment").filter(|_| self.value("appointment").is_some());
        if let (Some(refused), Some(visit)) = (self.refused, visit)
            && self.is_before(visit, refused)
        {
            self.void(event, "appointment", None);
        }
    }

    fn is_before(&self, one: &Event, other: &Event) -> bool {
        let place = |event: &Event| self.events.iter().position(|e| std::ptr::eq(e, event));
        place(one) < place(other)
    }

    fn status(&self) -> Option<Status> {
        self.value("status").and_then(Value::as_text).and_then(Status::from_code)
    }

    /// Whether the same command took a change back, or settled this key.
    fn reaches_back(&self, event: &Event, key: &str) -> bool {
        self.beside(event, |what| {
            matches!(what, What::Mark(Mark::Undone, _)) || is_settlement_of(what, key)
        })
    }

    /// Whether the same command did such a thing.
    fn beside(&self, event: &Event, such: impl Fn(&What) -> bool) -> bool {
        event.tx.is_some()
            && self
                .events
                .iter()
                .any(|other| other.tx == event.tx && other.by == event.by && such(&other.what))
    }

    /// What stands under a key, as an alternative; none where nobody put anything there.
    fn in_place(&self, key: &str) -> Option<Conflict> {
        self.author(key).map(|author| Conflict {
            key: key.to_owned(),
            value: self.value(key).cloned(),
            by: Some(author.by.clone()),
            at: Some(author.at),
        })
    }

    /// The author of a change knew of the alternative that they replaced; the one that stands now
    /// is none. The others stay open: a change does not say that its author saw them, a settlement
    /// beside it does.
    fn forget(&mut self, key: &str, from: Option<&Value>, to: Option<&Value>) {
        self.alternatives
            .retain(|c| c.key != key || (c.value.as_ref() != from && c.value.as_ref() != to));
    }

    fn settle(&mut self, event: &'e Event) {
        let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.alternatives)
            .into_iter()
            .partition(|conflict| settles(&event.what, conflict));
        self.alternatives = left;
        let was_settled =
            |conflict: &Conflict| names(&event.what, conflict) && !gone.contains(conflict);
        if self.turns.iter().any(|turn| turn.gone.iter().any(was_settled)) {
            self.blind.push(event);
        }
        self.turns.push(Turn { event, gone, come: Vec::new() });
    }

    /// Whether a change settles a key that somebody else had settled, which its author did not know:
    /// two decisions, of which the earlier one must not go unseen.
    fn decides_blindly(&self, event: &Event, key: &str) -> bool {
        event.tx.is_some()
            && self.blind.iter().any(|settled| {
                settled.tx == event.tx
                    && settled.by == event.by
                    && is_settlement_of(&settled.what, key)
            })
    }

    /// A settlement that is taken back leaves its alternatives open again, but for what stands.
    fn take_back(&mut self, event: &'e Event, details: &Details) {
        let is_meant =
            |turn: &&Turn<'_>| turn.event.by == event.by && details.of.contains(&turn.event.at);
        let is_of_it = |c: &&Conflict| {
            c.by.as_ref() == Some(&event.by) && c.at.is_some_and(|at| details.of.contains(&at))
        };
        // What is taken back is no alternative any more.
        let mut gone: Vec<Conflict> = self.alternatives.iter().filter(is_of_it).cloned().collect();
        let mut come = Vec::new();
        let is_told = |told: &&Event| told.by == event.by && details.of.contains(&told.at);
        self.told = self.told.filter(|told| !is_told(told));
        for turn in self.turns.iter().filter(is_meant) {
            gone.extend(turn.come.iter().cloned());
            come.extend(turn.gone.iter().cloned());
        }
        // An appointment that a refusal did not see is an alternative to itself.
        come.retain(|c| c.key == "appointment" || c.value.as_ref() != self.value(&c.key));
        self.alternatives.retain(|conflict| !gone.contains(conflict));
        self.alternatives.extend(come.iter().cloned());
        self.turns.push(Turn { event, gone, come });
    }

    fn author(&self, key: &str) -> Option<&'e Event> {
        self.places.iter().find(|place| place.key == key).map(|place| place.author)
    }

    /// Puts a value in place, or takes it away. An empty list is absence.
    fn place(&mut self, author: &'e Event, key: &'static str, value: Option<Cow<'e, Value>>) {
        let value = value.filter(|value| value.as_list().is_none_or(|items| !items.is_empty()));
        match self.places.iter_mut().find(|place| place.key == key) {
            Some(place) => *place = Place { key, value, author },
            None => self.places.push(Place { key, value, author }),
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

/// Whether a settlement names just this alternative.
fn names(what: &What, conflict: &Conflict) -> bool {
    let What::Mark(Mark::Settled, Details { key: Some(key), of, .. }) = what else { return false };
    *key == conflict.key && conflict.at.is_some_and(|at| of.contains(&at))
}
