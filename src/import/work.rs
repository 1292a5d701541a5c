//! Candidates on their way to records: judged by the rules of `check`, matched with what is there,
//! given an id. One pass over the store, one over the rows.

use std::rc::Rc;

use chrono::SubsecRound as _;

use crate::check::{self, Keys, Scene, Sound};
use crate::format::document::LIMIT;
use crate::format::{encode, layout};
use crate::history::{Details, Event, Mark, What};
use crate::import::sheet;
use crate::import::{Candidate, Fate, Merge, Outcome, Planned, Reason, Row, World};
use crate::maps::Map;
use crate::model::book::{Book as _, Draft};
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::value::{Value, Values};
use crate::query::identify;
use crate::words::{search, slug};

/// An import under way.
pub struct Work<'a> {
    /// The world that the rows come into.
    pub world: World<'a>,
    /// The records as they will be.
    pub(super) draft: Draft<'a>,
    fates: Vec<Option<Fate>>,
    /// Where the row of a key went: in this import or an earlier one.
    pub(super) sources: Map<String, (Kind, String)>,
    /// The records that a row can turn out to be, by what they are known by.
    pub(super) same: Map<(Kind, String), String>,
    /// The requests that rows of tables made, by what they ask for.
    asked: Map<String, String>,
    pub(super) planned: Vec<Planned>,
    /// The place of each record among the planned.
    places: Map<(Kind, String), usize>,
    pub(super) merges: Vec<Merge>,
    /// The columns that mean nothing here.
    pub(super) strange: Vec<String>,
    /// What says that all that is planned may stand.
    pub(super) sound: Option<Sound>,
}

impl<'a> Work<'a> {
    /// Nothing is planned yet; the store is read through, once.
    pub fn new(world: World<'a>, rows: usize) -> Work<'a> {
        let mut work = Work {
            world,
            draft: Draft::new(world.book),
            fates: vec![None; rows],
            sources: Map::default(),
            same: Map::default(),
            asked: Map::default(),
            planned: Vec::new(),
            places: Map::default(),
            merges: Vec::new(),
            strange: Vec::new(),
            sound: None,
        };
        for kind in Kind::ALL {
            let records = world.book.all(kind);
            for record in &records {
                work.remember(record);
            }
            if kind == Kind::Patient {
                work.remember_merged(&records);
            }
        }
        work
    }

    fn remember(&mut self, record: &Record) {
        let (kind, id) = (record.kind, &record.id);
        let mut is_from_elsewhere = false;
        for source in record.history.iter().filter_map(|event| source(&event.what)) {
            is_from_elsewhere = true;
            self.sources.insert(source.to_owned(), (kind, id.clone()));
        }
        if let Some(What::First { source: Some(source), values }) =
            record.history.first().map(|e| &e.what)
            && sheet::is_row(kind, source)
            && let Some(asked) = asked_for(kind, values)
        {
            self.asked.insert(asked, id.clone());
        }
        let names: Vec<String> = match kind {
            Kind::Specialty => std::iter::once(record.title())
                .chain(record.texts("aliases"))
                .map(search::key)
                .collect(),
            // Two clinics may share a name, two users a slug: one that is another row of the old
            // site is not this one.
            Kind::Clinic if !is_from_elsewhere => vec![search::key(record.title())],
            Kind::Operator if !is_from_elsewhere => vec![id.clone()],
            Kind::Patient if record.text("merged_into").is_none() => {
                vec![record.shown("passport").to_owned()]
            }
            _ => Vec::new(),
        };
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            self.same.entry((kind, name)).or_insert_with(|| id.clone());
        }
    }

    /// A passport that only a merged record has leads to the patient that it was merged into.
    fn remember_merged(&mut self, patients: &[Rc<Record>]) {
        for record in patients.iter().filter(|record| record.text("merged_into").is_some()) {
            if let (Some(passport), Some(survivor)) =
                (record.text("passport"), self.world.book.patient(&record.id))
            {
                let name = (Kind::Patient, passport.to_owned());
                self.same.entry(name).or_insert_with(|| survivor.id.clone());
            }
        }
    }

    /// Says what becomes of a row. The first word counts.
    pub fn decide(&mut self, row: usize, fate: Fate) {
        self.fates[row].get_or_insert(fate);
    }

    /// Rejects a row.
    pub fn reject(&mut self, row: usize, reasons: Vec<Reason>) {
        self.decide(row, Fate::Rejected(reasons));
    }

    /// What was said of a row so far.
    pub fn fate(&self, row: usize) -> Option<&Fate> {
        self.fates[row].as_ref()
    }

    /// Whether the row of this key came in, in this import or an earlier one.
    pub fn is_known(&self, source: &str) -> bool {
        self.sources.contains_key(source)
    }

    /// The record that the row of this key became; of a patient who was merged since, the other.
    pub fn record(&self, kind: Kind, source: &str) -> Option<Rc<Record>> {
        let (of, id) = self.sources.get(source)?;
        match kind {
            _ if *of != kind => None,
            Kind::Patient => self.draft.patient(id),
            _ => self.draft.get(kind, id),
        }
    }

    /// The request of an earlier table that asks for just what these values do: its row was corrected
    /// since, or its patient was not known then.
    pub fn asked_before(&self, values: &Values) -> Option<Rc<Record>> {
        let id = self.asked.get(&asked_for(Kind::Request, values)?)?;
        self.world.book.get(Kind::Request, id)
    }

    /// A record as it will be.
    pub fn at(&self, kind: Kind, id: &str) -> Option<Rc<Record>> {
        self.draft.get(kind, id)
    }

    /// The values with which the row of this key came in.
    pub fn first_values(&self, kind: Kind, source: &str) -> Option<Values> {
        let record = self.record(kind, source)?;
        record.history.iter().find_map(|event| match &event.what {
            What::First { source: Some(of), values } if of == source => Some(values.clone()),
            _ => None,
        })
    }

    /// Judges and places candidates of one kind, in their order. What they refer to came before.
    pub fn take(&mut self, candidates: Vec<Candidate>) {
        let scene = Scene::new(&self.draft, self.world.settings, self.world.now);
        let judged: Vec<Vec<Reason>> =
            candidates.iter().map(|candidate| self.judge(&scene, candidate)).collect();
        for (candidate, reasons) in candidates.into_iter().zip(judged) {
            if !reasons.is_empty() {
                self.reject(candidate.row, reasons);
            } else if let Some(id) = self.same_as(&candidate) {
                self.join(id, candidate);
            } else {
                self.create(candidate);
            }
        }
    }

    /// The errors of a candidate; a key that can't be read is not judged again.
    fn judge(&self, scene: &Scene<'_>, candidate: &Candidate) -> Vec<Reason> {
        let mut reasons: Vec<Reason> =
            candidate.flaws.iter().map(|(_, reason)| reason.clone()).collect();
        let id = self.same_as(candidate).unwrap_or_default();
        let record = self.new_record(&id, candidate);
        for fault in check::errors_in(scene, &record, Keys::all(record.kind), None) {
            let key = fault.spot.key().unwrap_or("history");
            if !candidate.flaws.iter().any(|(spoilt, _)| *spoilt == key) {
                let own = candidate.names.iter().find(|(name, _)| *name == key);
                reasons.push(Reason::new(fault.rule, own.map_or(key, |(_, own)| *own)));
            }
        }
        if encode::record(&record).len() as u64 > LIMIT {
            reasons.push(Reason::new("oversized-file", "fields"));
        }
        reasons.dedup();
        reasons
    }

    fn new_record(&self, id: &str, candidate: &Candidate) -> Record {
        let mut record = Record::new(candidate.kind, id);
        record.values = candidate.values.clone();
        let what = What::First {
            source: Some(candidate.source.clone()),
            values: candidate.values.clone(),
        };
        let (at, by) = (self.now(), self.world.by.to_owned());
        record.history = vec![Event::new(at, by, what)];
        record
    }

    fn now(&self) -> Instant {
        let zone = self.world.settings.timezone;
        self.world.now.with_timezone(&zone).fixed_offset().trunc_subsecs(3)
    }

    fn same_as(&self, candidate: &Candidate) -> Option<String> {
        self.same.get(&candidate.known_by()?).cloned()
    }

    fn create(&mut self, candidate: Candidate) {
        let Candidate { kind, values, called, source, .. } = &candidate;
        let id = self.free_id(*kind, values, called, source);
        let record = self.new_record(&id, &candidate);
        let name = (candidate.kind, id.clone());
        if matches!(candidate.kind, Kind::Specialty | Kind::Patient)
            && let Some(known_by) = candidate.known_by()
        {
            self.same.insert(known_by, id.clone());
        }
        self.draft.put(candidate.kind, &id, Some(Rc::new(record)));
        self.sources.insert(candidate.source.clone(), name.clone());
        self.places.insert(name, self.planned.len());
        self.planned.push(Planned {
            kind: candidate.kind,
            id,
            first: Some((candidate.source, candidate.values)),
            then: Vec::new(),
            whole: None,
        });
        self.decide(candidate.row, Fate::Imported);
    }

    /// An id that nobody has.
    pub(super) fn free_id(
        &self,
        kind: Kind,
        values: &Values,
        called: &str,
        source: &str,
    ) -> String {
        let key = self.world.settings.key.as_str();
        let mut made: Box<dyn Iterator<Item = String>> = match kind {
            Kind::Specialty | Kind::Clinic | Kind::Operator => {
                return identify::slug(&self.draft, kind, called);
            }
            Kind::Patient => {
                let passport = values.text("passport").unwrap_or_default();
                Box::new((0..).map(move |n| identify::patient_place(key, passport, n)))
            }
            Kind::Request => {
                let zone = self.world.settings.timezone;
                let created = values.get("created").and_then(Value::as_instant);
                let created = created.unwrap_or_else(|| self.now());
                let (day, source) = (created.with_timezone(&zone).date_naive(), source);
                // The hash is short: where another request holds its place, the next is as good,
                // and the same everywhere.
                let again = (2..).map(move |n| format!("{source}/{n}"));
                let names = std::iter::once(source.to_owned()).chain(again);
                Box::new(names.map(move |name| identify::imported_request(key, day, &name)))
            }
        };
        let free = made.find(|id| layout::is_id(kind, id) && !self.draft.has(kind, id));
        free.expect("the counter ends at a free place")
    }

    /// A row turns out to be a record that is there, in the store or by an earlier row.
    fn join(&mut self, id: String, candidate: Candidate) {
        let (kind, source) = (candidate.kind, candidate.source.clone());
        let Some(record) = self.draft.get(kind, &id) else { return self.create(candidate) };
        if matches!(kind, Kind::Clinic | Kind::Operator)
            && let Some(known_by) = candidate.known_by()
        {
            self.same.remove(&known_by);
        }
        let differs = differences(&record, &candidate.values);
        let name = (kind, id.clone());
        let at = *self.places.entry(name.clone()).or_insert(self.planned.len());
        if at == self.planned.len() {
            self.planned.push(Planned {
                kind,
                id: id.clone(),
                first: None,
                then: Vec::new(),
                whole: None,
            });
        }
        let planned = &mut self.planned[at];
        let details = Details { source: Some(source.clone()), ..Details::default() };
        planned.then.push(What::Mark(Mark::Merged, details));
        let earlier = planned.first.as_ref().map(|(source, _)| source.clone());
        // The later row's phone is the newer one; what stands in the store is newer than any row.
        if earlier.is_some() && kind == Kind::Patient && differs.contains(&"phone") {
            let (from, to) = (record.values.get("phone"), candidate.values.get("phone"));
            planned.then.push(What::set("phone", from, to.cloned()));
            let mut changed = record.as_ref().clone();
            changed.values.put("phone", to.cloned());
            self.draft.put(kind, &id, Some(Rc::new(changed)));
        }
        let fate = if earlier.is_some() { Fate::Merged } else { Fate::Known };
        if earlier.is_some() || !differs.is_empty() {
            let into = earlier.unwrap_or_else(|| format!("{}/{id}", kind.code()));
            self.merges.push(Merge { kind, key: source.clone(), into, differs });
        }
        self.sources.insert(source, name);
        self.decide(candidate.row, fate);
    }

    /// Everything has been said.
    pub fn finish(self, rows: Vec<Row>) -> Outcome {
        let fates = self.fates.into_iter().map(|fate| fate.expect("every row meets its fate"));
        Outcome {
            rows,
            fates: fates.collect(),
            planned: self.planned,
            merges: self.merges,
            strange: self.strange,
            sound: self.sound,
        }
    }

    /// Whether the import changes anything so far.
    pub fn is_idle(&self) -> bool {
        self.planned.is_empty()
    }
}

/// The old key that an event holds.
fn source(what: &What) -> Option<&str> {
    match what {
        What::First { source, .. } | What::Mark(_, Details { source, .. }) => source.as_deref(),
        _ => None,
    }
}

impl Candidate {
    fn known_by(&self) -> Option<(Kind, String)> {
        known_by(self.kind, &self.values, &self.called)
    }
}

/// What a record of this kind is recognised by; requests are not.
pub(super) fn known_by(kind: Kind, values: &Values, called: &str) -> Option<(Kind, String)> {
    let name = match kind {
        Kind::Specialty => search::key(values.text("title")?),
        Kind::Clinic => search::key(values.text("name")?),
        Kind::Operator => slug::slug(called),
        Kind::Patient => values.text("passport")?.to_owned(),
        Kind::Request => return None,
    };
    (!name.is_empty()).then_some((kind, name))
}

/// What a request is for: whose it is, where, and when. None where it does not say all of it.
fn asked_for(kind: Kind, values: &Values) -> Option<String> {
    if kind != Kind::Request {
        return None;
    }
    let texts = ["patient", "clinic", "specialty"].map(|key| values.text(key));
    let [Some(patient), Some(clinic), Some(specialty)] = texts else { return None };
    let times: Vec<String> = values
        .list("patient_ranges")
        .iter()
        .filter_map(Value::as_range)
        .map(|range| format!("{}/{}", range.start.timestamp(), range.end.timestamp()))
        .collect();
    (!times.is_empty()).then(|| format!("{patient} {clinic} {specialty} {}", times.join(" ")))
}

/// The keys whose values differ; of names, by their search key: spaces and case are none.
pub(super) fn differences(record: &Record, values: &Values) -> Vec<&'static str> {
    let differs = |(key, value): &(&'static str, &Value)| {
        let there = record.values.get(key);
        let form = record.kind.field(key).map(|field| field.form);
        match (form, there.and_then(Value::as_text), value.as_text()) {
            (Some(Form::Line(_) | Form::Person), Some(there), Some(text)) => {
                search::key(there) != search::key(text)
            }
            // One that is not written down is active.
            _ if *key == "active" => **value != Value::Bool(record.is_active()),
            _ => there != Some(*value),
        }
    };
    values.iter().filter(differs).map(|(key, _)| key).collect()
}
