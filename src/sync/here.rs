//! The clone that is synced: its store, its repository, and the branch that is checked out.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::app::App;
use crate::check::Severity;
use crate::check::since;
use crate::check::survey::{self, Finding};
use crate::error::{Error, Result};
use crate::format::document::Document;
use crate::format::layout;
use crate::git::changes::Path;
use crate::git::commits;
use crate::git::refs::Id;
use crate::git::repository::Repository;
use crate::git::snapshot::Snapshot;
use crate::git::state::State;
use crate::git::tree;
use crate::model::kind::Kind;
use crate::say;
use crate::store::Store;
use crate::store::disk;
use crate::sync::sound::Left;

/// From so many changed records on, those in order are passed over by what the cache knows of them.
const MANY: usize = 100;

/// A clone that is worked in.
pub struct Here<'a> {
    /// Who asks, and when.
    pub app: &'a App,
    /// The store.
    pub store: &'a Store,
    /// The repository whose root it is.
    pub repository: Repository,
    /// What the repository is in the middle of.
    pub state: State,
}

impl Here<'_> {
    /// Lets the branch have a commit whose files are in their places: the index first, then the
    /// branch, then all of it on disk. A merge that somebody began is ended by it.
    ///
    /// Git syncs its files, but not the folders that name them. So that no power cut leaves a
    /// branch whose objects are gone, or whose index is the one before it and would take the
    /// commit back, all is synced before the branch moves as well.
    ///
    /// # Errors
    /// `conflict` where somebody moved the branch meanwhile; `store` where git or the disk fails.
    pub fn arrive(
        &mut self,
        from: Option<&Id>,
        to: &Id,
        is_ours: impl Fn(&Path) -> bool,
    ) -> Result<()> {
        commits::align_index(&self.repository, to, is_ours)?;
        self.make_durable()?;
        commits::move_branch(&self.repository, &self.state.branch, from, to)?;
        if self.state.merging.take().is_some() {
            self.repository.git().write(["merge", "--quit"]).run()?;
        }
        self.make_durable()
    }

    /// Objects, index and branch on disk, with the folders that hold them.
    ///
    /// # Errors
    /// `store` where the disk fails.
    pub fn make_durable(&self) -> Result<()> {
        disk::sync_below(&self.state.folder).map_err(|error| {
            Error::io(
                &say!("сбросить на диск", "sync to disk"),
                &self.state.folder.display().to_string(),
                &error,
            )
        })
    }

    /// The errors of the whole store, but for the conflicts: two clean sides can still make a bad
    /// whole.
    ///
    /// # Errors
    /// `store` where it can't be read.
    pub fn findings(&self) -> Result<Vec<Finding>> {
        let settings = &self.store.settings;
        let mut found = self.store.read(|library| {
            let files: Vec<_> = library.suspects(self.app.now).collect();
            Ok(survey::of_files(library, settings, self.app.now, &files))
        })?;
        found.retain(is_told);
        Ok(found)
    }

    /// The same of the records that the commits changed which the others have not: who committed
    /// them past the check hears of it as long as they can be mended. `left` are the files that are
    /// not as their commit has them.
    ///
    /// # Errors
    /// `store` where git fails or the store can't be read.
    pub fn findings_unshared(
        &self,
        seen: Option<&Id>,
        head: &Id,
        left: &BTreeSet<Left>,
    ) -> Result<Vec<Finding>> {
        let Some(seen) = seen else { return self.findings() };
        if seen == head {
            return Ok(Vec::new());
        }
        let repository = &self.repository;
        let base = repository.merge_bases(seen, head)?.into_iter().min_by(|a, b| a.id.cmp(&b.id));
        let (Some(base), Some(commit)) = (base, repository.read(head)?) else {
            return self.findings();
        };
        let [before, after] = [&base.tree, &commit.tree].map(|tree| Snapshot::of(repository, tree));
        let changed = tree::difference(repository.objects(), Some(&base.tree), Some(&commit.tree))?;
        let left: BTreeSet<&str> = left.iter().map(|left| left.path.as_str()).collect();
        let records: Vec<(Kind, &str)> = changed
            .iter()
            .filter(|(_, (_, after))| after.is_some())
            .filter_map(|(path, _)| layout::record_at(path))
            .collect();
        let is_gone = changed
            .iter()
            .any(|(path, (_, after))| after.is_none() && layout::record_at(path).is_some());
        let mut found = self.store.read(|library| {
            let is_left = |kind, id: &str| left.contains(layout::path(kind, id).as_str());
            let files: Vec<Rc<Document>> = match records.len() > MANY {
                // Of most of many there is nothing to say: they are not even read.
                true => {
                    let is_one = |d: &Rc<Document>| changed.contains_key(&d.path);
                    library.suspects(self.app.now).filter(is_one).collect()
                }
                false => records
                    .iter()
                    .filter_map(|(kind, id)| match is_left(*kind, id) {
                        true => after.document(*kind, id),
                        false => library.document(*kind, id),
                    })
                    .collect(),
            };
            let settings = &self.store.settings;
            let mut found = survey::of_files(library, settings, self.app.now, &files);
            if is_gone {
                // What refers to a record that is gone is broken, although it is as it was.
                let suspects = library.suspects(self.app.now);
                let others: Vec<_> = suspects.filter(|d| !changed.contains_key(&d.path)).collect();
                let mut broken = survey::of_files(library, settings, self.app.now, &others);
                broken.retain(|finding| finding.rule == "dangling-reference");
                found.append(&mut broken);
            }
            Ok(found)
        })?;
        found.retain(is_told);
        for (path, both) in &changed {
            if let (Some(_), Some(_)) = both
                && let Some((kind, id)) = layout::record_at(path)
                && let (Some(before), Some(after)) =
                    (before.document(kind, id), after.document(kind, id))
            {
                found.extend(since::rewritten(&before, &after));
            }
        }
        [before, after].iter().try_for_each(Snapshot::check)?;
        Ok(found)
    }
}

/// Whether a sync tells of a finding by itself: conflicts have a line of their own.
fn is_told(finding: &Finding) -> bool {
    finding.severity == Severity::Error && finding.rule != "unresolved-conflict"
}
