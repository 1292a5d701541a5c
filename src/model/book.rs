//! All records, as the rules see them: by name, and by the few questions that rules ask. The store
//! answers from files; a plan answers for the store as it would be.

use std::rc::Rc;

use crate::error::Error;
use crate::maps::Map;
use crate::model::event::{self, Details, Mark, What};
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::{self, Request};
use crate::model::sieve::Sieve;
use crate::words::base32;

/// A set of records. What can't be read is not there.
pub trait Book {
    /// The record with this id.
    fn get(&self, kind: Kind, id: &str) -> Option<Rc<Record>>;

    /// The ids of all records of a kind, sorted.
    fn ids(&self, kind: Kind) -> Rc<Vec<String>>;

    /// Whether there is a record with this id, readable or not.
    fn has(&self, kind: Kind, id: &str) -> bool {
        self.get(kind, id).is_some()
    }

    /// Why a record that is there can't be read at all.
    fn unread(&self, _: Kind, _: &str) -> Option<Error> {
        None
    }

    /// Whether a key of a record holds more than could be read of it.
    fn is_spoilt(&self, _: Kind, _: &str, _: &str) -> bool {
        false
    }

    /// All readable records of a kind, in the order of their ids.
    fn all(&self, kind: Kind) -> Vec<Rc<Record>> {
        self.ids(kind).iter().filter_map(|id| self.get(kind, id)).collect()
    }

    /// The records of a kind that may be wanted, in the order of their ids: all but those that a
    /// sieve holds back, or more. Their histories may be cut down to what a list shows: who made
    /// the record, when it last changed, and whether the clinic knows that the visit is off.
    fn sift(&self, kind: Kind, _: &Sieve) -> Vec<Rc<Record>> {
        self.all(kind)
    }

    /// The same, one by one: none is kept.
    fn each(&self, kind: Kind, sieve: &Sieve, look: &mut dyn FnMut(&Record)) {
        for record in self.sift(kind, sieve) {
            look(&record);
        }
    }

    /// What a record is called; of a patient, the one that the id leads to.
    fn title(&self, kind: Kind, id: &str) -> Option<String> {
        let found = if kind == Kind::Patient { self.patient(id) } else { self.get(kind, id) };
        found.map(|record| record.title().to_owned())
    }

    /// The patients with a passport, those merged into another among them.
    fn patients_with(&self, passport: &str) -> Vec<Rc<Record>> {
        let mut found = self.all(Kind::Patient);
        found.retain(|record| record.text("passport") == Some(passport));
        found
    }

    /// The visits that stand, in the order of the requests' ids: at least those that lie within an
    /// hour of another of the same patient.
    fn visits(&self) -> Vec<Visit> {
        let visit = |record: Rc<Record>| {
            let request = Request::of(&record).ok().filter(Request::has_visit)?;
            let patient = self.patient(request.patient)?.id.clone();
            Some(Visit { patient, request: record.id.clone(), at: request.appointment? })
        };
        self.sift(Kind::Request, &Sieve::default()).into_iter().filter_map(visit).collect()
    }

    /// The requests of the patient that an id leads to, or more.
    fn requests_of(&self, _patient: &str) -> Vec<Rc<Record>> {
        self.all(Kind::Request)
    }

    /// The requests known to be this patient's, or more. A request whose file was edited in place so
    /// that it names this patient may be missing until the cache is made anew. For warnings only: as
    /// fast in a large store as in a small one.
    fn requests_known_of(&self, patient: &str) -> Vec<Rc<Record>> {
        self.requests_of(patient)
    }

    /// The ids of the requests whose random part begins so.
    fn requests_like(&self, beginning: &str) -> Vec<String> {
        let ids = self.ids(Kind::Request);
        ids.iter().filter(|id| request::short(id).starts_with(beginning)).cloned().collect()
    }

    /// What tells the ids of a kind from each other, as numbers, sorted: of requests their random
    /// parts, of patients the whole.
    fn parts(&self, kind: Kind) -> Rc<Vec<u64>> {
        parts(&self.ids(kind))
    }

    /// The patient that an id leads to: itself, or the one it was merged into.
    fn patient(&self, id: &str) -> Option<Rc<Record>> {
        let mut record = self.get(Kind::Patient, id)?;
        // A chain is as long as there were merges; a ring of links, made by hand, ends too.
        for _ in 0..100 {
            let Some(next) = record.text("merged_into").and_then(|id| self.get(Kind::Patient, id))
            else {
                break;
            };
            record = next;
        }
        Some(record)
    }

    /// The cards of the patient that an id leads to: the one that holds, and those that were merged
    /// into it, each after the one that it leads to. What was noted on any of them is of the patient.
    fn cards(&self, id: &str) -> Vec<Rc<Record>> {
        let mut cards: Vec<Rc<Record>> = self.patient(id).into_iter().collect();
        let mut at = 0;
        while let Some(card) = cards.get(at).cloned() {
            let named =
                event::standing(&card.history).into_iter().filter_map(|event| match &event.what {
                    What::Mark(Mark::Merged, Details { id: Some(id), .. }) => Some(id.as_str()),
                    _ => None,
                });
            let merged = named.filter_map(|id| self.get(Kind::Patient, id));
            for merged in merged.filter(|other| other.text("merged_into") == Some(&card.id)) {
                if cards.iter().all(|known| known.id != merged.id) {
                    cards.push(merged);
                }
            }
            at += 1;
        }
        cards
    }
}

/// No records at all.
pub struct Nobody;

impl Book for Nobody {
    fn get(&self, _: Kind, _: &str) -> Option<Rc<Record>> {
        None
    }

    fn ids(&self, _: Kind) -> Rc<Vec<String>> {
        Rc::default()
    }
}

/// A visit that stands.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The patient that the request's leads to.
    pub patient: String,
    /// The request.
    pub request: String,
    /// When it is.
    pub at: Instant,
}

/// What tells generated ids of a kind from each other, as numbers, sorted.
pub fn parts(ids: &[String]) -> Rc<Vec<u64>> {
    let mut parts: Vec<u64> =
        ids.iter().filter_map(|id| base32::decode(request::short(id))).collect();
    parts.sort_unstable();
    Rc::new(parts)
}

/// A book with changes upon it: the store as it would be.
pub struct Draft<'b> {
    base: &'b dyn Book,
    /// By kind, then by id.
    changed: [Map<String, Option<Rc<Record>>>; Kind::ALL.len()],
}

impl<'b> Draft<'b> {
    /// No changes yet.
    pub fn new(base: &'b dyn Book) -> Draft<'b> {
        Draft { base, changed: Default::default() }
    }

    /// A record as it would be, or its absence.
    pub fn put(&mut self, kind: Kind, id: &str, record: Option<Rc<Record>>) {
        self.changed[kind as usize].insert(id.to_owned(), record);
    }

    fn changed(&self, kind: Kind, id: &str) -> Option<&Option<Rc<Record>>> {
        self.changed[kind as usize].get(id)
    }
}

impl Book for Draft<'_> {
    fn get(&self, kind: Kind, id: &str) -> Option<Rc<Record>> {
        match self.changed(kind, id) {
            Some(record) => record.clone(),
            None => self.base.get(kind, id),
        }
    }

    fn has(&self, kind: Kind, id: &str) -> bool {
        match self.changed(kind, id) {
            Some(record) => record.is_some(),
            None => self.base.has(kind, id),
        }
    }

    fn unread(&self, kind: Kind, id: &str) -> Option<Error> {
        match self.changed(kind, id) {
            Some(_) => None,
            None => self.base.unread(kind, id),
        }
    }

    fn patients_with(&self, passport: &str) -> Vec<Rc<Record>> {
        let mut found = self.base.patients_with(passport);
        found.retain(|record| self.changed(Kind::Patient, &record.id).is_none());
        let changed = self.changed[Kind::Patient as usize].values().flatten();
        found.extend(changed.filter(|record| record.text("passport") == Some(passport)).cloned());
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    }

    fn is_spoilt(&self, kind: Kind, id: &str, key: &str) -> bool {
        match self.changed(kind, id) {
            Some(_) => false,
            None => self.base.is_spoilt(kind, id, key),
        }
    }

    fn ids(&self, kind: Kind) -> Rc<Vec<String>> {
        let changed = &self.changed[kind as usize];
        let base = self.base.ids(kind);
        if changed.is_empty() {
            return base;
        }
        let untouched = base.iter().filter(|id| !changed.contains_key(*id));
        let new = changed.iter().filter(|(_, record)| record.is_some()).map(|(id, _)| id);
        let mut ids: Vec<String> = untouched.chain(new).cloned().collect();
        ids.sort();
        Rc::new(ids)
    }
}
