//! What differs from the last commit: the valid records, which a sync commits, and the rest, which
//! it leaves and names ([`crate::sync::sound`]).
//!
//! The content decides. It is not read again where git's index has the file as the commit has it,
//! and knows it by its size and times ([`worktree::look`]).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::format::document::{Document, Found};
use crate::format::{encode, layout};
use crate::git::objects::{Entry, Sort, name_of};
use crate::git::refs::Id;
use crate::git::repository::Repository;
use crate::git::run::Git;
use crate::git::snapshot::Snapshot;
use crate::git::tree;
use crate::git::worktree::{self, Look};
use crate::history::{Event, What};
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::settings::{self, Settings};
use crate::say;
use crate::store::disk;
use crate::store::library::Library;
use crate::sync::own;
use crate::sync::sound::{Ground, Left};

/// A file to be committed.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Its path.
    pub path: String,
    /// Its record; none of a file of the store's own.
    pub name: Option<(Kind, String)>,
    /// What it holds; none where it is gone.
    pub text: Option<String>,
    /// Who did the last of what is new in its history.
    pub by: Option<String>,
    /// What is new in its history: `set status`.
    pub events: Vec<String>,
}

/// What differs from a commit.
#[derive(Debug, Default)]
pub struct Scan {
    /// What is to be committed, in the order of the paths.
    pub changes: Vec<Changed>,
    /// What is left.
    pub left: BTreeSet<Left>,
    /// The keys of the conflicts in what is to be committed that the commit does not have.
    pub conflicts: BTreeMap<String, BTreeSet<String>>,
}

impl Scan {
    /// The changes of each operator; those of nobody first.
    pub fn by_operator(&self) -> Vec<(Option<&str>, Vec<&Changed>)> {
        let mut by: BTreeMap<Option<&str>, Vec<&Changed>> = BTreeMap::new();
        for change in &self.changes {
            by.entry(change.by.as_deref()).or_default().push(change);
        }
        by.into_iter().collect()
    }

    /// The records that are gone, by their paths.
    pub fn gone(&self) -> Vec<&str> {
        let gone = self.changes.iter().filter(|change| change.text.is_none());
        gone.map(|change| change.path.as_str()).collect()
    }

    /// The paths to be committed.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|change| change.path.as_str())
    }
}

/// Has git look for what changed among a clone's records.
///
/// # Errors
/// `store` where git fails.
pub fn look(git: &Git) -> Result<Look> {
    worktree::look(git, Kind::ALL.map(Kind::folder))
}

/// Compares a store with the folders of a commit; with nothing, where there is none yet. What
/// changed after a `look` that was taken before is left to the next time.
///
/// # Errors
/// `store` where git fails or a file can't be read.
pub fn scan(
    library: &Library<'_>,
    settings: &Settings,
    now: DateTime<Utc>,
    repository: &Repository,
    before: Option<Id>,
    taken: Option<Look>,
) -> Result<Scan> {
    let suspects = match &before {
        Some(tree) => {
            let look = taken.map_or_else(|| look(repository.git()), Ok)?;
            look.suspects(repository, tree)?
        }
        None => None,
    };
    let before = before.map(|tree| Snapshot::of(repository, &tree));
    let work = Work { library, before: before.as_ref(), suspects };
    let mut scan = Scan::default();
    let (mut documents, mut gone) = (Vec::new(), Vec::new());
    for kind in Kind::ALL {
        let committed = work.committed(repository, kind)?;
        work.compare(kind, &committed, &mut documents, &mut gone);
        work.strangers(kind, &committed, &mut scan);
    }
    let ground = Ground { library, settings, now, before: work.before };
    scan.left.extend(ground.sift(&mut documents, &mut gone));
    work.own_files(repository, &mut scan)?;
    for document in documents {
        let change = work.changed(&document, &mut scan);
        scan.changes.push(change);
    }
    for (kind, id) in gone {
        let (path, name) = (layout::path(kind, &id), Some((kind, id)));
        scan.changes.push(Changed { path, name, text: None, by: None, events: Vec::new() });
    }
    scan.changes.sort_by(|a, b| a.path.cmp(&b.path));
    work.before.map_or(Ok(()), Snapshot::check)?;
    Ok(scan)
}

struct Work<'a> {
    library: &'a Library<'a>,
    before: Option<&'a Snapshot<'a>>,
    /// The paths that may differ; none where any may.
    suspects: Option<BTreeSet<String>>,
}

impl Work<'_> {
    /// What the commit has of a kind, at the paths that may differ.
    fn committed(&self, repository: &Repository, kind: Kind) -> Result<BTreeMap<String, Entry>> {
        let Some(before) = self.before else { return Ok(BTreeMap::new()) };
        let (objects, tree) = (repository.objects(), before.tree());
        let Some(suspects) = &self.suspects else {
            return tree::below(objects, tree, kind.folder());
        };
        let mut found = BTreeMap::new();
        for path in suspects.iter().filter(|path| layout::kind_of(path) == Some(kind)) {
            if let Some(entry) = tree::entry(objects, tree, path)? {
                found.insert(path.clone(), entry);
            }
        }
        Ok(found)
    }

    /// The records of a kind that are there and may differ.
    fn documents(&self, kind: Kind) -> Vec<Rc<Document>> {
        match &self.suspects {
            Some(suspects) => {
                let records = suspects.iter().filter_map(|path| layout::record_at(path));
                let records = records.filter(|(of, _)| *of == kind);
                records.filter_map(|(kind, id)| self.library.document(kind, id)).collect()
            }
            None => self.library.documents_of(kind).collect(),
        }
    }

    /// The files of a kind that differ: records that are there, and those that are gone.
    fn compare(
        &self,
        kind: Kind,
        committed: &BTreeMap<String, Entry>,
        documents: &mut Vec<Rc<Document>>,
        gone: &mut Vec<(Kind, String)>,
    ) {
        let is_same = |document: &Document| {
            document.is_all && is_same(committed, &document.path, &document.text)
        };
        let mut there = self.documents(kind);
        there.retain(|document| !is_same(document));
        documents.extend(there);
        for (path, entry) in committed {
            if let Some((_, id)) = layout::record_at(path)
                && entry.sort == Sort::File
                && !self.library.has(kind, id)
            {
                gone.push((kind, id.to_owned()));
            }
        }
    }

    /// What lies among the records of a kind and is none, but for what the commit has as well.
    fn strangers(&self, kind: Kind, committed: &BTreeMap<String, Entry>, scan: &mut Scan) {
        let may_differ = |path: &str| match &self.suspects {
            Some(suspects) => suspects.contains(path),
            None => true,
        };
        let are_sought = self.suspects.as_ref().is_none_or(|suspects| {
            let mut of_kind = suspects.iter().filter(|path| layout::kind_of(path) == Some(kind));
            of_kind.any(|path| layout::record_at(path).is_none())
        });
        let all = if are_sought { self.library.strangers() } else { Vec::new() };
        let of_kind = all.into_iter().filter(|s| layout::kind_of(&s.path) == Some(kind));
        for stranger in of_kind.filter(|stranger| may_differ(&stranger.path)) {
            let path = stranger.path;
            let is_committed = match disk::read(self.library.root(), &path) {
                Ok(Found::Text(text)) => is_same(committed, &path, &text),
                _ => committed.contains_key(&path),
            };
            if !is_committed {
                let rule = if stranger.is_link { "symlink" } else { "misplaced-file" };
                scan.left.insert(Left { path, rule });
            }
        }
    }

    fn changed(&self, document: &Document, scan: &mut Scan) -> Changed {
        let (kind, id) = (document.kind, &document.id);
        let before = self.before.and_then(|before| before.get(kind, id));
        let before = before.unwrap_or_else(|| Rc::new(Record::new(kind, id.as_str())));
        let record = document.record.as_deref();
        let (history, conflicts) =
            record.map_or((&[][..], &[][..]), |r| (r.history.as_slice(), r.conflicts.as_slice()));
        let known: BTreeSet<String> = before.history.iter().map(encode::event).collect();
        let new: Vec<&Event> =
            history.iter().filter(|e| !known.contains(&encode::event(e))).collect();
        let keys: BTreeSet<String> = conflicts
            .iter()
            .filter(|conflict| !before.conflicts.contains(conflict))
            .map(|conflict| conflict.key.clone())
            .collect();
        if !keys.is_empty() {
            scan.conflicts.insert(document.path.clone(), keys);
        }
        Changed {
            path: document.path.clone(),
            name: Some((kind, id.clone())),
            text: Some(document.text.clone()),
            by: new
                .last()
                .map(|event| event.by.clone())
                .filter(|by| layout::is_id(Kind::Operator, by)),
            events: new.into_iter().map(told).collect(),
        }
    }

    /// The store's own files; one that is gone stays in the commit.
    fn own_files(&self, repository: &Repository, scan: &mut Scan) -> Result<()> {
        for path in own::FILES {
            let found = disk::read(self.library.root(), path)
                .map_err(|error| Error::io(&say!("прочитать", "read"), path, &error))?;
            let entry = match self.before {
                Some(before) => tree::entry(repository.objects(), before.tree(), path)?,
                None => None,
            };
            let text = match found {
                Found::Text(text) => text,
                Found::Nothing => continue,
                Found::Link => {
                    scan.left.insert(Left { path: path.to_owned(), rule: "symlink" });
                    continue;
                }
                _ => {
                    scan.left.insert(Left { path: path.to_owned(), rule: "syntax" });
                    continue;
                }
            };
            if let Some(entry) = entry {
                if entry.sort == Sort::File && name_of(text.as_bytes(), &entry.id) == entry.id {
                    continue;
                }
                if path == settings::FILE
                    && let Found::Text(before) = repository.objects().found(&entry)?
                    && !own::is_one_store(&before, &text)
                {
                    scan.left.insert(Left { path: path.to_owned(), rule: "another-store" });
                    continue;
                }
            }
            let (text, events) = (Some(text), Vec::new());
            scan.changes.push(Changed {
                path: path.to_owned(),
                name: None,
                text,
                by: None,
                events,
            });
        }
        Ok(())
    }
}

/// Whether a commit has a file of this text at a path.
fn is_same(committed: &BTreeMap<String, Entry>, path: &str, text: &str) -> bool {
    let entry = committed.get(path).filter(|entry| entry.sort == Sort::File);
    entry.is_some_and(|entry| name_of(text.as_bytes(), &entry.id) == entry.id)
}

/// An event without a value of its.
fn told(event: &Event) -> String {
    match &event.what {
        What::Set { key, .. } => format!("set {key}"),
        What::List { key, .. } => format!("change {key}"),
        What::Unknown(_) => "unknown event".to_owned(),
        what => what.code().to_owned(),
    }
}
