//! All records, as the rules see them: by name, and by the few questions that rules ask. The store
//! answers from files; a plan answers for the store as it would be.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::Error;
use crate::model::kind::Kind;
use crate::model::record::Record;

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
}

/// A book with changes upon it: the store as it would be.
pub struct Draft<'b> {
    base: &'b dyn Book,
    changed: BTreeMap<(Kind, String), Option<Rc<Record>>>,
}

impl<'b> Draft<'b> {
    /// No changes yet.
    pub fn new(base: &'b dyn Book) -> Draft<'b> {
        Draft { base, changed: BTreeMap::new() }
    }

    /// A record as it would be, or its absence.
    pub fn put(&mut self, kind: Kind, id: &str, record: Option<Rc<Record>>) {
        self.changed.insert((kind, id.to_owned()), record);
    }
}

impl Book for Draft<'_> {
    fn get(&self, kind: Kind, id: &str) -> Option<Rc<Record>> {
        match self.changed.get(&(kind, id.to_owned())) {
            Some(record) => record.clone(),
            None => self.base.get(kind, id),
        }
    }

    fn has(&self, kind: Kind, id: &str) -> bool {
        match self.changed.get(&(kind, id.to_owned())) {
            Some(record) => record.is_some(),
            None => self.base.has(kind, id),
        }
    }

    fn unread(&self, kind: Kind, id: &str) -> Option<Error> {
        match self.changed.get(&(kind, id.to_owned())) {
            Some(_) => None,
            None => self.base.unread(kind, id),
        }
    }

    fn is_spoilt(&self, kind: Kind, id: &str, key: &str) -> bool {
        match self.changed.get(&(kind, id.to_owned())) {
            Some(_) => false,
            None => self.base.is_spoilt(kind, id, key),
        }
    }

    fn ids(&self, kind: Kind) -> Rc<Vec<String>> {
        let changed = || self.changed.iter().filter(|((of, _), _)| *of == kind);
        if changed().next().is_none() {
            return self.base.ids(kind);
        }
        let base = self.base.ids(kind);
        let is_same = |id: &&String| !self.changed.contains_key(&(kind, (*id).clone()));
        let mut ids: Vec<String> = base.iter().filter(is_same).cloned().collect();
        ids.extend(changed().filter(|(_, is)| is.is_some()).map(|((_, id), _)| id.clone()));
        ids.sort(); // Two sorted runs: as fast as merging them.
        Rc::new(ids)
    }
}
