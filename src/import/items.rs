//! Records that come in whole or by their cells: all are put where they will be, and only then
//! judged, since they refer to each other in any order. One that breaks a rule takes its rows with
//! it, and then whatever refers to it, until what is left can stand.
//!
//! Invariant: a record is dropped only when every row that it needs for is rejected, so that a bad
//! row takes nothing from a good one.

use std::collections::HashSet;
use std::rc::Rc;

use crate::check::{Fault, Scene, Sound};
use crate::format::document::LIMIT;
use crate::format::encode;
use crate::history::{self, Event, What};
use crate::import::called::Names;
use crate::import::work::{Work, differences, known_by};
use crate::import::{Fate, Merge, Planned, Reason, Row, Whole, World};
use crate::maps::Map;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Values;
use crate::words::search;

/// A record that rows make.
pub struct Item {
    record: Rc<Record>,
    /// The rows that need it, the one that makes it first.
    rows: Vec<usize>,
    /// What else happens to it at once.
    pub then: Vec<What>,
    /// Whether it comes with its history.
    whole: bool,
    /// The text of its file, where that is known.
    text: Option<String>,
    /// Its row's own names of the keys.
    names: Vec<(&'static str, String)>,
}

impl Item {
    /// A new record of these values.
    pub fn new(
        row: usize,
        kind: Kind,
        id: String,
        source: String,
        values: Values,
        names: Vec<(&'static str, String)>,
    ) -> Item {
        let mut record = Record::new(kind, id);
        let what = What::First { source: Some(source), values: values.clone() };
        let at = chrono::DateTime::UNIX_EPOCH.fixed_offset();
        record.history = vec![Event::new(at, "", what)];
        record.values = values;
        let (record, rows, then) = (Rc::new(record), vec![row], Vec::new());
        Item { record, rows, then, whole: false, text: None, names }
    }

    fn source(&self) -> Option<(&str, &Values)> {
        match &self.record.history.first()?.what {
            What::First { source: Some(source), values } if !self.whole => Some((source, values)),
            _ => None,
        }
    }
}

/// The records of an import under way.
pub struct Items<'w, 'a> {
    work: &'w mut Work<'a>,
    items: Vec<Item>,
    /// The item of each record that is new or changes.
    places: Map<(Kind, String), usize>,
    /// What clinics, specialties and operators are called.
    pub names: Names,
    /// Rows that are one with another row or record.
    pub merges: Vec<Merge>,
    /// What becomes of rows, unless they are rejected.
    pending: Vec<(usize, Fate)>,
    dead: HashSet<usize>,
    /// The operator that `init` made, where the store has nothing else yet.
    first: Option<String>,
}

impl<'w, 'a> Items<'w, 'a> {
    /// Nothing has come in yet.
    pub fn new(work: &'w mut Work<'a>) -> Items<'w, 'a> {
        let book = work.world.book;
        let mut names = Names::default();
        for kind in [Kind::Specialty, Kind::Clinic, Kind::Operator] {
            for record in book.all(kind) {
                add_names(&mut names, &record);
            }
        }
        let others = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Operator);
        let first = match &book.all(Kind::Operator)[..] {
            [only] if others.into_iter().all(|kind| book.ids(kind).is_empty()) => {
                let made_itself = matches!(&only.history[..],
                    [Event { by, what: What::First { source: None, .. }, .. }] if *by == only.id);
                made_itself.then(|| only.id.clone())
            }
            _ => None,
        };
        Items {
            work,
            items: Vec::new(),
            places: Map::default(),
            names,
            merges: Vec::new(),
            pending: Vec::new(),
            dead: HashSet::new(),
            first,
        }
    }

    /// The world that the rows come into.
    pub fn world(&self) -> World<'a> {
        self.work.world
    }

    /// A record as it will be.
    pub fn get(&self, kind: Kind, id: &str) -> Option<Rc<Record>> {
        self.work.draft.get(kind, id)
    }

    /// The record that values are of: by passport, name or title.
    pub fn same(&self, kind: Kind, values: &Values) -> Option<Rc<Record>> {
        let called = values.text("name").unwrap_or_default();
        let id = self.work.same.get(&known_by(kind, values, called)?)?;
        match kind {
            Kind::Patient => self.work.draft.patient(id),
            _ => self.work.draft.get(kind, id),
        }
    }

    /// The record that a row of this source became.
    pub fn known(&self, source: &str) -> Option<(Kind, String)> {
        self.work.sources.get(source).cloned()
    }

    /// The request of an earlier table that asks for just what these values do.
    pub fn asked_before(&self, values: &Values) -> Option<Rc<Record>> {
        self.work.asked_before(values)
    }

    /// An id that nobody has, for a new record.
    pub fn free_id(&self, kind: Kind, values: &Values, called: &str, source: &str) -> String {
        self.work.free_id(kind, values, called, source)
    }

    /// Says what becomes of a row, unless it is rejected.
    pub fn decide(&mut self, row: usize, fate: Fate) {
        self.pending.push((row, fate));
    }

    /// Rejects a row.
    pub fn reject(&mut self, row: usize, reasons: Vec<Reason>) {
        self.dead.insert(row);
        self.work.reject(row, reasons);
    }

    /// A row needs a record that another row makes.
    pub fn share(&mut self, kind: Kind, id: &str, row: usize) {
        if let Some(at) = self.places.get(&(kind, id.to_owned())) {
            self.items[*at].rows.push(row);
        }
    }

    /// A row turns out to be a record that is there: it changes nothing, and what differs is told.
    pub fn join(&mut self, at: usize, row: &Row, record: &Record, values: &Values) {
        let differs = differences(record, values);
        let stored = !self.places.contains_key(&(record.kind, record.id.clone()));
        if !stored || !differs.is_empty() {
            let into = format!("{}/{}", record.kind.code(), record.id);
            self.merges.push(Merge { kind: record.kind, key: row.key.clone(), into, differs });
        }
        self.share(record.kind, &record.id, at);
        self.decide(at, if stored { Fate::Known } else { Fate::Merged });
    }

    /// Puts a record where it will be.
    pub fn add(&mut self, mut item: Item) {
        if !item.whole {
            let world = self.world();
            for event in &mut Rc::make_mut(&mut item.record).history {
                event.at = world.now.with_timezone(&world.settings.timezone).fixed_offset();
                event.by = world.by.to_owned();
            }
        }
        let (kind, id) = (item.record.kind, item.record.id.clone());
        if let Some((source, _)) = item.source() {
            self.work.sources.insert(source.to_owned(), (kind, id.clone()));
        }
        let called = item.record.text("name").unwrap_or_default();
        if item.record.text("merged_into").is_none()
            && let Some(name) = known_by(kind, &item.record.values, called)
        {
            self.work.same.entry(name).or_insert_with(|| id.clone());
        }
        add_names(&mut self.names, &item.record);
        self.work.draft.put(kind, &id, Some(item.record.clone()));
        self.places.insert((kind, id), self.items.len());
        self.items.push(item);
    }

    /// A record comes with its history. It is new, known, or united with the one that is there; of
    /// a store that has nothing yet, its first operator makes room for the one of that name.
    pub fn take_whole(&mut self, at: usize, row: &Row, record: (Record, String)) {
        let (mut record, text) = record;
        let mut text = Some(text);
        let mut differs = None;
        match self.get(record.kind, &record.id) {
            None => differs = self.follow(&mut record),
            Some(old) if old.kind == Kind::Operator && self.first.as_ref() == Some(&old.id) => {
                self.first = None;
                if old.history == record.history {
                    return self.decide(at, Fate::Known);
                }
            }
            Some(old) => {
                let union = history::unite(&old.history, &record.history);
                if union == old.history {
                    let merged = self.places.contains_key(&(old.kind, old.id.clone()));
                    self.share(old.kind, &old.id, at);
                    return self.decide(at, if merged { Fate::Merged } else { Fate::Known });
                }
                let folded = history::fold(old.kind, &old.history);
                if folded.values != old.values {
                    return self.reject(at, vec![Reason::new("unrecorded-edit", "history")]);
                }
                differs = Some((old.id.clone(), differences(&old, &record.values)));
                let united = history::fold(old.kind, &union);
                let carried = history::carried(&old.conflicts, &folded);
                record.conflicts = united.conflicts;
                record.conflicts.extend(carried);
                record.conflicts.sort();
                record.conflicts.dedup();
                let own = |key: &str| old.unknown.iter().any(|(known, _)| known == key);
                record.unknown.retain(|(key, _)| !own(key));
                record.unknown.splice(0..0, old.unknown.iter().cloned());
                (record.values, record.history) = (united.values, union);
            }
        }
        if let Some((id, differs)) = differs {
            let into = format!("{}/{id}", record.kind.code());
            self.merges.push(Merge { kind: record.kind, key: row.key.clone(), into, differs });
            self.decide(at, Fate::Merged);
            text = None; // It is of the record as it came.
        }
        let (rows, then, names) = (vec![at], Vec::new(), Vec::new());
        self.add(Item { record: Rc::new(record), rows, then, whole: true, text, names });
    }

    /// A patient of another store whose passport somebody here has: both become one, as by `merge`.
    fn follow(&self, record: &mut Record) -> Option<(String, Vec<&'static str>)> {
        if record.kind != Kind::Patient || record.text("merged_into").is_some() {
            return None;
        }
        let here = self.same(Kind::Patient, &record.values)?;
        let differs = differences(&here, &record.values);
        let world = self.world();
        let now = world.now.with_timezone(&world.settings.timezone).fixed_offset();
        let what = What::set("merged_into", None, Some(here.id.as_str().into()));
        let at = history::next_at(&record.history, now);
        let by = world.by.to_owned();
        record.history.push(Event::new(at, by, what));
        record.values.put("merged_into", Some(here.id.as_str().into()));
        Some((here.id.clone(), differs))
    }

    /// Judges all, until what is left can stand; then everything has its fate.
    pub fn settle(mut self) {
        while self.judge() {}
        for (row, fate) in std::mem::take(&mut self.pending) {
            self.work.decide(row, fate);
        }
        self.work.merges.append(&mut self.merges);
        for item in self.items {
            if item.rows.iter().all(|row| self.dead.contains(row)) {
                continue;
            }
            self.work.decide(item.rows[0], Fate::Imported);
            let (kind, id) = (item.record.kind, item.record.id.clone());
            let first = item.source().map(|(source, values)| (source.to_owned(), values.clone()));
            let whole = item.whole.then_some(Whole { record: item.record, text: item.text });
            self.work.planned.push(Planned { kind, id, first, then: item.then, whole });
        }
        self.dead.clear();
    }

    /// Rejects the rows of what breaks a rule, and drops what no row needs any more; whether there
    /// was any.
    fn judge(&mut self) -> bool {
        let alive = |item: &Item| !item.rows.iter().all(|row| self.dead.contains(row));
        let world = self.work.world;
        let scene = Scene::new(&self.work.draft, world.settings, world.now);
        let alive = self.items.iter().enumerate().filter(|(_, item)| alive(item));
        let (at, alive): (Vec<usize>, Vec<&Item>) = alive.unzip();
        let records: Vec<_> =
            alive.iter().map(|item| (&item.record, item.text.as_deref())).collect();
        let (sound, errors) = match Sound::of(&scene, &records) {
            Ok(sound) => (Some(sound), vec![Vec::new(); alive.len()]),
            Err(errors) => (None, errors),
        };
        let reasons = errors.into_iter().zip(alive).map(|(errors, item)| item.reasons(errors));
        let bad: Vec<(usize, Vec<Reason>)> =
            at.into_iter().zip(reasons).filter(|(_, reasons)| !reasons.is_empty()).collect();
        let found = !bad.is_empty();
        self.work.sound = sound.filter(|_| !found);
        for (at, reasons) in bad {
            for row in std::mem::take(&mut self.items[at].rows) {
                self.reject(row, reasons.clone());
            }
        }
        let dropped: Vec<(Kind, String)> = self
            .items
            .iter()
            .filter(|item| item.rows.iter().all(|row| self.dead.contains(row)))
            .map(|item| (item.record.kind, item.record.id.clone()))
            .collect();
        for (kind, id) in dropped {
            let before = self.work.world.book.get(kind, &id);
            self.work.draft.put(kind, &id, before);
        }
        found
    }
}

impl Item {
    /// Why it can't come in, by the row's own names, if it can't.
    fn reasons(&self, errors: Vec<Fault>) -> Vec<Reason> {
        let reason = |fault: Fault| {
            let key = fault.spot.key().unwrap_or("history");
            let own = self.names.iter().find(|(name, _)| *name == key);
            Reason::new(fault.rule, own.map_or(key, |(_, own)| own))
        };
        let mut reasons: Vec<Reason> = errors.into_iter().map(reason).collect();
        let text = self.text.as_ref().map(String::len);
        if text.unwrap_or_else(|| encode::record(&self.record).len()) as u64 > LIMIT {
            reasons.push(Reason::new("oversized-file", "history"));
        }
        reasons.dedup();
        reasons
    }
}

fn add_names(names: &mut Names, record: &Record) {
    let called = match record.kind {
        Kind::Patient | Kind::Request => return,
        _ => std::iter::once(record.title()).chain(record.texts("aliases")),
    };
    for name in called {
        names.add(record.kind, &search::key(name), &record.id);
    }
}
