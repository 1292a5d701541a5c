//! What waits: not committed, not pushed, not settled. Nothing is changed, no network reached.
//!
//! `sync --status` looks at everything ([`look`]); the foot of the queue at what costs little in a
//! store of any size ([`glimpse`]).

use std::collections::BTreeSet;

use crate::app::App;
use crate::error::Result;
use crate::format::document::Found;
use crate::format::layout;
use crate::git::objects::name_of;
use crate::git::refs::Id;
use crate::git::remote::Remote;
use crate::git::repository::Repository;
use crate::git::run::Git;
use crate::git::state::State;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::store::disk;
use crate::sync::scan;
use crate::sync::sound::Left;

/// At so many requests at most a glimpse is taken.
const GLIMPSE: usize = 500;

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

/// Whether the store is a clone that others share: one that has a remote. It costs a call of git
/// that reads settings, and no object.
pub fn has_others(app: &App) -> bool {
    let Ok(store) = app.store() else { return false };
    disk::exists(store.root(), ".git")
        && Git::at(store.root()).settings(["remote"]).text().is_ok_and(|names| !names.is_empty())
}

/// What waits, as far as two calls of git and the files of some requests tell: whether these
/// requests are committed, and how far the branch was from its upstream when that was last seen.
/// None where the store is not a clone's root.
pub fn glimpse(app: &App, requests: &[String]) -> Option<Status> {
    let root = app.store().ok()?.root();
    if !disk::exists(root, ".git") {
        return None;
    }
    let git = Git::at(root);
    let range = ["rev-list", "--left-right", "--count", "HEAD...@{upstream}"];
    let said = git.read(range).text().ok();
    let mut counts = said.iter().flat_map(|said| said.split_whitespace()).map(str::parse);
    let (ahead, behind) = (counts.next()?.ok(), counts.next()?.ok());
    let paths: Vec<String> =
        requests.iter().take(GLIMPSE).map(|id| layout::path(Kind::Request, id)).collect();
    let asked: String = paths.iter().map(|path| format!("HEAD:{path}\n")).collect();
    let answers = git.read(["cat-file", "--batch-check"]).converse(asked.into_bytes()).ok()?;
    let answers = String::from_utf8_lossy(&answers).into_owned();
    let is_committed = |path: &str, answer: &str| {
        let id = answer.split(' ').next().and_then(Id::parse);
        match disk::read(root, path) {
            Ok(Found::Text(text)) => id.is_some_and(|id| name_of(text.as_bytes(), &id) == id),
            _ => true,
        }
    };
    let both = paths.iter().zip(answers.lines());
    let waiting = both.filter(|(path, answer)| !is_committed(path, answer));
    let uncommitted = waiting.map(|(path, _)| path.clone()).collect();
    Some(Status { uncommitted, remote: Some(String::new()), ahead, behind, ..Status::default() })
}
