//! The records of a store, read when they are asked for and then kept for the command's life.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::format::document::{Document, Found, Stranger};
use crate::format::layout;
use crate::model::book::{self, Book, Visit};
use crate::model::event::{Details, Mark, What};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{self, Request};
use crate::model::settings::Settings;
use crate::model::sieve::Sieve;
use crate::say;
use crate::store::cache::{Answer, Cache, Depth, Report, Sifted};
use crate::store::disk::Reader;
use crate::store::journal::{self, Step};
use crate::store::{bulk, disk};

/// Which record.
type Name = (Kind, String);

/// What was read of a store. A batch hands it from one command to the next, with what each of them
/// changed laid over it.
#[derive(Debug, Clone, Default)]
pub struct Known {
    documents: Rc<RefCell<HashMap<Name, Option<Rc<Document>>>>>,
    ids: Rc<RefCell<HashMap<Kind, Rc<Vec<String>>>>>,
    /// The requests that were changed, and the files know nothing of it.
    laid: Rc<RefCell<BTreeSet<String>>>,
}

impl Known {
    /// Lays changes over what was read, as if they stood in the files.
    pub fn lay(&self, steps: &[Step]) {
        for step in steps {
            let Some((kind, id)) = layout::record_at(&step.path) else { continue };
            let found = step.after.clone().map_or(Found::Nothing, Found::Text);
            let document = Document::new(kind, id, step.path.clone(), found).map(Rc::new);
            if let Some(ids) = self.ids.borrow_mut().get_mut(&kind) {
                let ids = Rc::make_mut(ids);
                match (ids.binary_search_by(|known| known.as_str().cmp(id)), &document) {
                    (Err(at), Some(_)) => ids.insert(at, id.to_owned()),
                    (Ok(at), None) => {
                        ids.remove(at);
                    }
                    _ => {}
                }
            }
            self.documents.borrow_mut().insert((kind, id.to_owned()), document);
            if kind == Kind::Request {
                self.laid.borrow_mut().insert(id.to_owned());
            }
        }
    }
}

/// The records of a store as they are now.
pub struct Library<'s> {
    root: &'s Path,
    reader: Reader<'s>,
    known: Known,
    failure: RefCell<Option<Error>>,
    /// What was found among the records of a kind and is none, while they were looked for.
    strangers: RefCell<HashMap<Kind, Vec<String>>>,
    /// An interrupted write that can't be completed here: seen as if it were.
    pending: HashMap<String, Option<String>>,
    /// What it says of a record is what its file says; none where nobody wants it.
    cache: Option<Cache<'s>>,
    /// Where there is none: what judges all records while they are read, and keeps none of them.
    judge: Option<Cache<'s>>,
    /// In a batch: what knows whose the requests are that the files hold.
    register: Option<Cache<'s>>,
    /// Records that the cache gave one by one.
    taken: RefCell<HashMap<Name, Rc<Record>>>,
    parts: RefCell<HashMap<Kind, Rc<Vec<u64>>>>,
    /// The visits that lie near another one, where the cache told them.
    visits: RefCell<Option<Vec<Visit>>>,
    /// Whether an interrupted write can't be told from its journal.
    is_journal_damaged: bool,
}

impl<'s> Library<'s> {
    /// Nothing is read yet.
    pub fn new(root: &'s Path) -> Library<'s> {
        Library {
            root,
            reader: Reader::new(root),
            known: Known::default(),
            failure: RefCell::default(),
            strangers: RefCell::default(),
            pending: HashMap::new(),
            cache: None,
            judge: None,
            register: None,
            taken: RefCell::default(),
            parts: RefCell::default(),
            visits: RefCell::default(),
            is_journal_damaged: false,
        }
    }

    /// The same with the cache, which changes speed and no answer.
    pub fn with_cache(self, cache: Cache<'s>) -> Library<'s> {
        Library { cache: Some(cache), ..self }
    }

    /// The same without one, for somebody who will ask for [`Library::suspects`].
    pub fn with_judge(self, settings: &'s Settings) -> Library<'s> {
        let judge = Cache::new(self.root, settings).in_memory();
        Library { judge: Some(judge), ..self }
    }

    /// The same with somebody to ask whose requests are, for a batch: no file changes during it.
    pub fn with_register(self, settings: &'s Settings) -> Library<'s> {
        let register = Cache::new(self.root, settings).as_it_is();
        Library { register: Some(register), ..self }
    }

    /// What the cache did, where there is one.
    pub fn report(&self) -> Option<Report> {
        self.cache.as_ref().map(Cache::report)
    }

    /// The same with what was read before, and what is laid over it.
    pub fn knowing(self, known: Known) -> Library<'s> {
        Library { known, cache: None, judge: None, ..self }
    }

    /// The same with an interrupted write laid over it, for a store that can't be written.
    pub fn with_pending(mut self, steps: Vec<Step>) -> Library<'s> {
        (self.cache, self.judge) = (None, None);
        self.pending = steps.into_iter().map(|step| (step.path, step.after)).collect();
        self
    }

    /// The same beside a journal that can't be read: a part of a write may be seen.
    pub fn with_damaged_journal(mut self) -> Library<'s> {
        self.is_journal_damaged = true;
        self
    }

    /// The store's folder.
    pub fn root(&self) -> &Path {
        self.root
    }

    /// The file of a record; none where there is no file, or where the id is none.
    pub fn document(&self, kind: Kind, id: &str) -> Option<Rc<Document>> {
        if !layout::is_id(kind, id) {
            return None;
        }
        let name = (kind, id.to_owned());
        if let Some(known) = self.known.documents.borrow().get(&name) {
            return known.clone();
        }
        // Whoever knows all names need not ask for one more.
        let names = self.known.ids.borrow();
        if names.get(&kind).is_some_and(|ids| ids.binary_search(&name.1).is_err()) {
            return None;
        }
        drop(names);
        let path = layout::path(kind, id);
        let found = match self.pending.get(&path) {
            Some(Some(text)) => Ok(Found::Text(text.clone())),
            Some(None) => Ok(Found::Nothing),
            None => self.reader.read(&path),
        };
        let document = match found {
            Ok(found) => Document::new(kind, id, path, found).map(Rc::new),
            Err(error) => {
                self.fail(&path, &error);
                None
            }
        };
        self.known.documents.borrow_mut().insert(name, document.clone());
        document
    }

    /// The files of all records, kind by kind, in the order of their ids.
    pub fn documents(&self) -> impl Iterator<Item = Rc<Document>> {
        Kind::ALL.into_iter().flat_map(|kind| self.documents_of(kind))
    }

    /// The files of all records of a kind, in the order of their ids.
    pub fn documents_of(&self, kind: Kind) -> impl Iterator<Item = Rc<Document>> {
        self.documents_among(kind, self.ids(kind).to_vec())
    }

    fn documents_among(&self, kind: Kind, ids: Vec<String>) -> impl Iterator<Item = Rc<Document>> {
        self.read_ahead(kind, &ids);
        ids.into_iter().filter_map(move |id| self.document(kind, &id))
    }

    /// The files of which some rule may have something to say, kind by kind: all but those that are
    /// known to be in order, from the cache or since they were just read.
    pub fn suspects(&self, now: DateTime<Utc>) -> impl Iterator<Item = Rc<Document>> {
        let judge = self.cache.as_ref().or(self.judge.as_ref());
        let found = judge.and_then(|cache| cache.suspects(self, now));
        let (visits, of_cache) = match found {
            Some(suspects) => (Some(suspects.visits), Some(suspects.ids)),
            None => (None, None),
        };
        if let Some(visits) = visits {
            self.visits.replace(Some(visits));
        }
        let ids = move |kind: Kind| match &of_cache {
            Some(ids) if Cache::keeps(kind) => {
                ids.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone()).collect()
            }
            _ => self.ids(kind).to_vec(),
        };
        Kind::ALL.into_iter().flat_map(move |kind| self.documents_among(kind, ids(kind)))
    }

    /// The files that were asked for and hold no readable record, or one that no list can place: what
    /// was answered without them may lack something.
    pub fn unread(&self) -> Vec<String> {
        let documents = self.known.documents.borrow();
        let is_placed = |document: &Document| {
            document.is_whole() && document.record.as_deref().is_some_and(Request::is_legible)
        };
        let unread = documents.values().flatten().filter(|document| !is_placed(document));
        let mut paths: Vec<String> = unread.map(|document| document.path.clone()).collect();
        let strangers = self.strangers.borrow();
        let hidden = strangers.iter().filter(|(kind, paths)| **paths == [kind.folder()]);
        paths.extend(hidden.map(|(kind, _)| kind.folder().to_owned()));
        paths.extend(self.is_journal_damaged.then(|| journal::PATH.to_owned()));
        paths.sort();
        paths
    }

    /// The files that were meant to be records of the kinds whose names an answer went through, and lie
    /// in another folder than their own: the answer lacks them. Nothing is looked at for it.
    pub fn misplaced(&self) -> Vec<String> {
        let seen = |kind| {
            let known = self.strangers.borrow().get(&kind).cloned();
            known.or_else(|| self.cache.as_ref().and_then(|cache| cache.strangers_seen(kind)))
        };
        let all = Kind::ALL.into_iter().filter_map(seen).flatten();
        all.filter(|path| layout::record_at(path).is_none() && layout::meant(path).is_some())
            .collect()
    }

    /// All files below the records' folders that are no record: misplaced, or of a wrong name.
    pub fn strangers(&self) -> Vec<Stranger> {
        let entries = |kind| {
            let known = self.strangers.borrow().get(&kind).cloned();
            let cache = self.cache.as_ref().or(self.judge.as_ref());
            let cached = || cache.and_then(|cache| cache.strangers(kind));
            known.or_else(cached).unwrap_or_else(|| self.entries(kind))
        };
        Kind::ALL
            .into_iter()
            .flat_map(entries)
            .filter(|path| layout::record_at(path).is_none())
            .map(|path| Stranger { is_link: disk::is_link(self.root, &path), path })
            .collect()
    }

    /// The files of records that lie outside the records' folders: one that was moved, or a whole
    /// folder that has another name now. No list shows them.
    pub fn strays(&self) -> Vec<Stranger> {
        let paths = disk::elsewhere(self.root, &Kind::ALL.map(Kind::folder));
        let meant = paths.into_iter().filter(|path| layout::meant(path).is_some());
        meant.map(|path| Stranger { path, is_link: false }).collect()
    }

    /// What could not be read at all, if anything.
    ///
    /// # Errors
    /// `store`: the first failure since the library was made.
    pub fn check(&self) -> Result<()> {
        self.failure.borrow().clone().map_or(Ok(()), Err)
    }

    /// Records that the cache gave and others whose files must be read, in the order of their ids.
    fn together(&self, kind: Kind, sifted: Sifted) -> Vec<Rc<Record>> {
        let mut records: Vec<Rc<Record>> = sifted.known.into_iter().map(Rc::new).collect();
        if !sifted.unread.is_empty() {
            let read = |id: &String| self.document(kind, id).and_then(|d| d.record.clone());
            records.extend(sifted.unread.iter().filter_map(read));
            records.sort_by(|a, b| a.id.cmp(&b.id));
        }
        records
    }

    fn sifted(&self, kind: Kind, sieve: &Sieve, depth: Depth) -> Option<Vec<Rc<Record>>> {
        let sifted = self.cache.as_ref()?.sift(kind, sieve, depth)?;
        Some(self.together(kind, sifted))
    }

    /// Reads those of some files that nobody has asked for yet, where they are many: at once.
    fn read_ahead(&self, kind: Kind, ids: &[String]) {
        let is_known = |id: &String| {
            self.known.documents.borrow().contains_key(&(kind, id.clone()))
                || self.pending.contains_key(&layout::path(kind, id))
        };
        let unread: Vec<String> = ids.iter().filter(|id| !is_known(id)).cloned().collect();
        if unread.len() < bulk::MANY {
            return;
        }
        let pages = bulk::pages(self.root, kind, &unread);
        let mut documents = self.known.documents.borrow_mut();
        for (id, page) in unread.into_iter().zip(pages) {
            let page = page.unwrap_or_else(|error| {
                self.fail(&layout::path(kind, &id), &error);
                None
            });
            documents.insert((kind, id), page.map(Document::from).map(Rc::new));
        }
    }

    /// An answer, where everything that was asked for could be read: what could not be is not said
    /// to be missing.
    ///
    /// # Errors
    /// As [`Library::check`]; else the answer's own.
    pub fn whole<T>(&self, answer: Result<T>) -> Result<T> {
        self.check()?;
        answer
    }

    fn entries(&self, kind: Kind) -> Vec<String> {
        let found = disk::entries(self.root, kind.folder());
        let mut paths = found.unwrap_or_else(|error| {
            self.fail(kind.folder(), &error);
            Vec::new()
        });
        if !self.pending.is_empty() {
            paths.retain(|path| !self.pending.contains_key(path));
            let comes = self.pending.iter().filter(|(_, after)| after.is_some());
            paths.extend(
                comes.map(|(path, _)| path).filter(|p| layout::kind_of(p) == Some(kind)).cloned(),
            );
        }
        paths
    }

    fn fail(&self, path: &str, error: &std::io::Error) {
        let error = Error::io(&say!("прочитать", "read"), path, error);
        self.failure.borrow_mut().get_or_insert(error);
    }
}

impl Book for Library<'_> {
    fn get(&self, kind: Kind, id: &str) -> Option<Rc<Record>> {
        let Some(cache) = self.cache.as_ref().filter(|_| Cache::keeps(kind)) else {
            return self.document(kind, id).and_then(|document| document.record.clone());
        };
        let name = (kind, id.to_owned());
        if let Some(known) = self.taken.borrow().get(&name) {
            return Some(known.clone());
        }
        if !self.known.documents.borrow().contains_key(&name) {
            match cache.get(kind, id) {
                Answer::Known(record) => {
                    let record = Rc::new(*record);
                    self.taken.borrow_mut().insert(name, record.clone());
                    return Some(record);
                }
                Answer::Nothing => return None,
                Answer::Read => {}
            }
        }
        self.document(kind, id).and_then(|document| document.record.clone())
    }

    fn has(&self, kind: Kind, id: &str) -> bool {
        self.document(kind, id).is_some()
    }

    fn unread(&self, kind: Kind, id: &str) -> Option<Error> {
        let document = self.document(kind, id).filter(|document| document.record.is_none())?;
        document.readable().err()
    }

    fn all(&self, kind: Kind) -> Vec<Rc<Record>> {
        self.sifted(kind, &Sieve::default(), Depth::Whole).unwrap_or_else(|| {
            self.read_ahead(kind, &self.ids(kind));
            self.ids(kind).iter().filter_map(|id| self.get(kind, id)).collect()
        })
    }

    fn sift(&self, kind: Kind, sieve: &Sieve) -> Vec<Rc<Record>> {
        self.sifted(kind, sieve, Depth::Brief).unwrap_or_else(|| self.all(kind))
    }

    fn each(&self, kind: Kind, sieve: &Sieve, look: &mut dyn FnMut(&Record)) {
        let mut show = |record| {
            look(&record);
            Some(record)
        };
        let each = |cache: &Cache<'_>| cache.each(kind, sieve, Depth::Brief, &mut show);
        match self.cache.as_ref().and_then(each) {
            Some(unread) => {
                let records = unread.iter().filter_map(|id| self.document(kind, id));
                records.filter_map(|document| document.record.clone()).for_each(|r| look(&r));
            }
            None => self.sift(kind, sieve).iter().for_each(|record| look(record)),
        }
    }

    fn title(&self, kind: Kind, id: &str) -> Option<String> {
        if kind == Kind::Patient
            && let Some(title) = self.cache.as_ref().and_then(|cache| cache.title(id))
        {
            return Some(title);
        }
        let found = if kind == Kind::Patient { self.patient(id) } else { self.get(kind, id) };
        found.map(|record| record.title().to_owned())
    }

    fn patients_with(&self, passport: &str) -> Vec<Rc<Record>> {
        let found = self.cache.as_ref().and_then(|cache| cache.patients_with(passport));
        let mut found = match found {
            Some(sifted) => self.together(Kind::Patient, sifted),
            None => self.all(Kind::Patient),
        };
        found.retain(|record| record.text("passport") == Some(passport));
        found
    }

    fn visits(&self) -> Vec<Visit> {
        if let Some(visits) = self.visits.borrow().as_ref() {
            return visits.clone();
        }
        let visit = |record: Rc<Record>| {
            let request = Request::of(&record).ok().filter(Request::has_visit)?;
            let patient = self.patient(request.patient)?.id.clone();
            Some(Visit { patient, request: record.id.clone(), at: request.appointment? })
        };
        self.sift(Kind::Request, &Sieve::default()).into_iter().filter_map(visit).collect()
    }

    fn requests_of(&self, patient: &str) -> Vec<Rc<Record>> {
        match self.cache.as_ref().and_then(|cache| cache.requests_of(patient)) {
            Some(ids) => ids.iter().filter_map(|id| self.get(Kind::Request, id)).collect(),
            None => self.all(Kind::Request),
        }
    }

    fn requests_known_of(&self, patient: &str) -> Vec<Rc<Record>> {
        let mut family = vec![patient.to_owned()];
        let mut next = 0;
        // Who was merged into a patient stands in that patient's history.
        while let Some(record) = family.get(next).map(|id| self.get(Kind::Patient, id)) {
            next += 1;
            for event in record.iter().flat_map(|record| &record.history) {
                if let What::Mark(Mark::Merged, Details { id: Some(id), .. }) = &event.what
                    && layout::is_id(Kind::Patient, id)
                    && !family.contains(id)
                {
                    family.push(id.clone());
                }
            }
        }
        let family = family.iter().map(String::as_str);
        let cache = self.cache.as_ref().or(self.register.as_ref());
        let Some(mut ids) = cache.and_then(|cache| cache.requests_known_of(family)) else {
            return self.requests_of(patient);
        };
        ids.extend(self.known.laid.borrow().iter().cloned());
        ids.sort();
        ids.dedup();
        ids.iter().filter_map(|id| self.get(Kind::Request, id)).collect()
    }

    fn requests_like(&self, beginning: &str) -> Vec<String> {
        if let Some(ids) = self.cache.as_ref().and_then(|cache| cache.requests_like(beginning)) {
            return ids;
        }
        let ids = self.ids(Kind::Request);
        ids.iter().filter(|id| request::short(id).starts_with(beginning)).cloned().collect()
    }

    fn parts(&self, kind: Kind) -> Rc<Vec<u64>> {
        if let Some(known) = self.parts.borrow().get(&kind) {
            return known.clone();
        }
        let parts = match self.cache.as_ref().and_then(|cache| cache.parts(kind)) {
            Some(parts) => Rc::new(parts),
            None => book::parts(&self.ids(kind)),
        };
        self.parts.borrow_mut().insert(kind, parts.clone());
        parts
    }

    fn is_spoilt(&self, kind: Kind, id: &str, key: &str) -> bool {
        self.document(kind, id).is_some_and(|document| document.is_spoilt(key))
    }

    fn ids(&self, kind: Kind) -> Rc<Vec<String>> {
        if let Some(known) = self.known.ids.borrow().get(&kind) {
            return known.clone();
        }
        if let Some(ids) = self.cache.as_ref().and_then(|cache| cache.ids(kind)) {
            let ids = Rc::new(ids);
            self.known.ids.borrow_mut().insert(kind, ids.clone());
            return ids;
        }
        let (mut ids, mut strangers) = (Vec::new(), Vec::new());
        for path in self.entries(kind) {
            match layout::record_at(&path) {
                Some((_, id)) => ids.push(id.to_owned()),
                None => strangers.push(path),
            }
        }
        self.strangers.borrow_mut().insert(kind, strangers);
        // What a batch made or removed is known, and not in the files yet.
        let documents = self.known.documents.borrow();
        ids.retain(|id| !matches!(documents.get(&(kind, id.clone())), Some(None)));
        let made = documents.iter().filter(|((of, _), found)| *of == kind && found.is_some());
        ids.extend(made.map(|((_, id), _)| id.clone()));
        ids.sort();
        ids.dedup();
        let ids = Rc::new(ids);
        self.known.ids.borrow_mut().insert(kind, ids.clone());
        ids
    }
}
