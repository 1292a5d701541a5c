//! The records of a store, read when they are asked for and then kept for the command's life.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::format::document::{Document, Found, Stranger};
use crate::format::layout;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::say;
use crate::store::disk;
use crate::store::journal::{self, Step};

/// Which record.
type Name = (Kind, String);

/// What was read of a store. A batch hands it from one command to the next, with what each of them
/// changed laid over it.
#[derive(Debug, Clone, Default)]
pub struct Known {
    documents: Rc<RefCell<HashMap<Name, Option<Rc<Document>>>>>,
    ids: Rc<RefCell<HashMap<Kind, Rc<Vec<String>>>>>,
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
        }
    }
}

/// The records of a store as they are now.
pub struct Library<'s> {
    root: &'s Path,
    known: Known,
    failure: RefCell<Option<Error>>,
    /// An interrupted write that can't be completed here: seen as if it were.
    pending: HashMap<String, Option<String>>,
    /// Whether an interrupted write can't be told from its journal.
    is_journal_damaged: bool,
}

impl<'s> Library<'s> {
    /// Nothing is read yet.
    pub fn new(root: &'s Path) -> Library<'s> {
        Library {
            root,
            known: Known::default(),
            failure: RefCell::default(),
            pending: HashMap::new(),
            is_journal_damaged: false,
        }
    }

    /// The same with what was read before, and what is laid over it.
    pub fn knowing(self, known: Known) -> Library<'s> {
        Library { known, ..self }
    }

    /// The same with an interrupted write laid over it, for a store that can't be written.
    pub fn with_pending(mut self, steps: Vec<Step>) -> Library<'s> {
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
        let path = layout::path(kind, id);
        let found = match self.pending.get(&path) {
            Some(Some(text)) => Ok(Found::Text(text.clone())),
            Some(None) => Ok(Found::Nothing),
            None => disk::read(self.root, &path),
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
        let ids = |kind| self.ids(kind).iter().map(|id| (kind, id.clone())).collect::<Vec<_>>();
        Kind::ALL.into_iter().flat_map(ids).filter_map(|(kind, id)| self.document(kind, &id))
    }

    /// The files that were asked for and hold no readable record: what was answered without them
    /// may lack something.
    pub fn unread(&self) -> Vec<String> {
        let documents = self.known.documents.borrow();
        let unread = documents.values().flatten().filter(|document| !document.is_whole());
        let mut paths: Vec<String> = unread.map(|document| document.path.clone()).collect();
        paths.extend(self.is_journal_damaged.then(|| journal::PATH.to_owned()));
        paths.sort();
        paths
    }

    /// All files below the records' folders that are no record: misplaced, or of a wrong name.
    pub fn strangers(&self) -> Vec<Stranger> {
        Kind::ALL
            .into_iter()
            .flat_map(|kind| self.entries(kind))
            .filter(|path| layout::record_at(path).is_none())
            .map(|path| Stranger { is_link: disk::is_link(self.root, &path), path })
            .collect()
    }

    /// What could not be read at all, if anything.
    ///
    /// # Errors
    /// `store`: the first failure since the library was made.
    pub fn check(&self) -> Result<()> {
        self.failure.borrow().clone().map_or(Ok(()), Err)
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
        self.document(kind, id).and_then(|document| document.record.clone())
    }

    fn has(&self, kind: Kind, id: &str) -> bool {
        self.document(kind, id).is_some()
    }

    fn unread(&self, kind: Kind, id: &str) -> Option<Error> {
        let document = self.document(kind, id).filter(|document| document.record.is_none())?;
        document.readable().err()
    }

    fn is_spoilt(&self, kind: Kind, id: &str, key: &str) -> bool {
        self.document(kind, id).is_some_and(|document| document.is_spoilt(key))
    }

    fn ids(&self, kind: Kind) -> Rc<Vec<String>> {
        if let Some(known) = self.known.ids.borrow().get(&kind) {
            return known.clone();
        }
        let mut ids: Vec<String> = self
            .entries(kind)
            .iter()
            .filter_map(|path| layout::record_at(path))
            .map(|(_, id)| id.to_owned())
            .collect();
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
