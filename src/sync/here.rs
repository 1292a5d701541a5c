//! The clone that is synced: its store, its repository, and the branch that is checked out.

use crate::app::App;
use crate::check::Severity;
use crate::check::survey::{self, Finding};
use crate::error::{Error, Result};
use crate::git::changes::Path;
use crate::git::commits;
use crate::git::refs::Id;
use crate::git::repository::Repository;
use crate::git::state::State;
use crate::say;
use crate::store::Store;
use crate::store::disk;

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
        found.retain(|f| f.severity == Severity::Error && f.rule != "unresolved-conflict");
        Ok(found)
    }
}
