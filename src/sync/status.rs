//! What waits: not committed, not pushed, not settled. Nothing is changed, no network reached.

use std::collections::BTreeSet;

use crate::app::App;
use crate::error::Result;
use crate::git::remote::Remote;
use crate::git::repository::Repository;
use crate::git::state::State;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::sync::scan::{self, Left};

/// What waits in a clone.
#[derive(Debug, Default)]
pub struct Status {
    /// The files that a sync would commit.
    pub uncommitted: Vec<String>,
    /// Those that it would leave.
    pub left: BTreeSet<Left>,
    /// Whose repository, where there is one.
    pub remote: Option<String>,
    /// How many commits of ours it lacks, as far as was seen.
    pub ahead: Option<usize>,
    /// How many of its commits are not here, as far as was seen.
    pub behind: Option<usize>,
    /// The records with conflicts: `request/20261123-k7m2qx`.
    pub conflicts: Vec<String>,
}

/// Looks.
///
/// # Errors
/// `refused`, `conflict`, `busy`: as a sync would be. `store`: git fails.
pub fn look(app: &App) -> Result<Status> {
    let store = app.store()?;
    let repository = Repository::at(store.root())?;
    let state = State::of(&repository)?;
    let head = repository.head()?;
    let tree = match &head {
        Some(head) => repository.read(head)?.map(|commit| commit.tree),
        None => None,
    };
    let (scan, conflicts) = store.read(|library| {
        let scan = scan::scan(library, &store.settings, app.now, &repository, tree)?;
        let all = Kind::ALL.into_iter().flat_map(|kind| library.all(kind));
        let open = all.filter(|record| !record.conflicts.is_empty());
        let named = open.map(|record| format!("{}/{}", record.kind.code(), record.id));
        Ok((scan, named.collect()))
    })?;
    let uncommitted = scan.paths().map(str::to_owned).collect();
    let mut status = Status { uncommitted, left: scan.left, conflicts, ..Status::default() };
    if let Some(remote) = Remote::of(&repository, &state)? {
        status.remote = Some(remote.shown());
        if let Some(head) = &head {
            let seen = remote.last_seen(&repository)?;
            status.ahead = Some(repository.count(seen.as_ref(), head)?);
            status.behind = match &seen {
                Some(seen) => Some(repository.count(Some(head), seen)?),
                None => None,
            };
        }
    }
    Ok(status)
}
