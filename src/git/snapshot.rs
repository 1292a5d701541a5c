//! The records of a commit, or of what is staged, as a book: read from git's objects when they are
//! asked for. No file is checked out, so that nobody's data lie where they should not.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::format::document::{Document, Stranger};
use crate::format::layout;
use crate::format::settings::Sheet;
use crate::git::objects::{Entry, Sort};
use crate::git::refs::Id;
use crate::git::repository::{self, Repository};
use crate::git::tree;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::settings;
use crate::store::disk;

/// The paths of a kind's files, with what they hold.
type Files = Rc<BTreeMap<String, Entry>>;

/// The records of a tree of git's.
pub struct Snapshot<'r> {
    repository: &'r Repository,
    tree: Id,
    files: RefCell<HashMap<Kind, Files>>,
    ids: RefCell<HashMap<Kind, Rc<Vec<String>>>>,
    failure: OnceCell<Error>,
}

impl<'r> Snapshot<'r> {
    /// Of this tree. Nothing is read yet.
    pub fn of(repository: &'r Repository, tree: &Id) -> Snapshot<'r> {
        let (tree, files, ids) = (tree.clone(), RefCell::default(), RefCell::default());
        Snapshot { repository, tree, files, ids, failure: OnceCell::new() }
    }

    /// Of what would be committed, with nothing but what is staged.
    ///
    /// # Errors
    /// `store` where git fails; the index has conflicts.
    pub fn staged(repository: &'r Repository) -> Result<Snapshot<'r>> {
        let said = repository.git().write(["write-tree"]).text()?;
        let tree = Id::parse(&said).ok_or_else(repository::unreadable)?;
        Ok(Snapshot::of(repository, &tree))
    }

    /// The tree.
    pub fn tree(&self) -> &Id {
        &self.tree
    }

    /// The `appt.toml` of the store; none where no store stands here.
    ///
    /// # Errors
    /// `store` where it can't be read, or the data have another format.
    pub fn sheet(&self) -> Result<Option<Sheet>> {
        let objects = self.repository.objects();
        match tree::entry(objects, &self.tree, settings::FILE)? {
            Some(entry) => Sheet::new(objects.found(&entry)?).map(Some),
            None => Ok(None),
        }
    }

    /// Whether a store stands here.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn is_store(&self) -> Result<bool> {
        let found = tree::entry(self.repository.objects(), &self.tree, settings::FILE)?;
        Ok(found.is_some())
    }

    /// The file of a record, at its place; none where there is no file.
    pub fn document(&self, kind: Kind, id: &str) -> Option<Rc<Document>> {
        if !layout::is_id(kind, id) {
            return None;
        }
        let path = layout::path(kind, id);
        let known = self.files.borrow().get(&kind).cloned();
        let entry = match known {
            Some(files) => files.get(&path).cloned(),
            None => self.kept(tree::entry(self.repository.objects(), &self.tree, &path)).flatten(),
        }?;
        self.kept(self.repository.document(kind, id, &path, &entry)).flatten()
    }

    /// The files of all records, kind by kind, in the order of their ids.
    pub fn documents(&self) -> impl Iterator<Item = Rc<Document>> {
        let ids = |kind| self.ids(kind).iter().map(|id| (kind, id.clone())).collect::<Vec<_>>();
        Kind::ALL.into_iter().flat_map(ids).filter_map(|(kind, id)| self.document(kind, &id))
    }

    /// Everything below the records' folders that is no record's file.
    pub fn strangers(&self) -> Vec<Stranger> {
        let mut found = Vec::new();
        for kind in Kind::ALL {
            for (path, entry) in self.files(kind).iter() {
                let name = path.rsplit('/').next().unwrap_or_default();
                if layout::record_at(path).is_none() && !name.starts_with(disk::TEMPORARY) {
                    let is_link = entry.sort == Sort::Link;
                    found.push(Stranger { path: path.clone(), is_link });
                }
            }
        }
        found
    }

    /// What could not be read at all, if anything.
    ///
    /// # Errors
    /// `store`: the first failure since the snapshot was made.
    pub fn check(&self) -> Result<()> {
        self.failure.get().cloned().map_or(Ok(()), Err)
    }

    fn files(&self, kind: Kind) -> Files {
        if let Some(known) = self.files.borrow().get(&kind) {
            return Rc::clone(known);
        }
        let found = tree::below(self.repository.objects(), &self.tree, kind.folder());
        let files = Rc::new(self.kept(found).unwrap_or_default());
        self.files.borrow_mut().insert(kind, Rc::clone(&files));
        files
    }

    /// A book can't fail: what could not be read is told by [`Snapshot::check`].
    fn kept<T>(&self, result: Result<T>) -> Option<T> {
        result.map_err(|error| drop(self.failure.set(error))).ok()
    }
}

impl Book for Snapshot<'_> {
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

    fn ids(&self, kind: Kind) -> Rc<Vec<String>> {
        if let Some(known) = self.ids.borrow().get(&kind) {
            return Rc::clone(known);
        }
        let files = self.files(kind);
        let ids = files.keys().filter_map(|path| layout::record_at(path));
        let mut ids: Vec<String> = ids.map(|(_, id)| id.to_owned()).collect();
        ids.sort();
        let ids = Rc::new(ids);
        self.ids.borrow_mut().insert(kind, Rc::clone(&ids));
        ids
    }
}
