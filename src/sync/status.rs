//! What waits: not committed, not pushed, not settled. Nothing is changed, no network reached.
//!
//! `sync --status` looks at everything ([`look`]); the foot of the queue at what costs little in a
//! store of any size ([`glimpse`]), and comes to the same figures.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::error::Result;
use crate::format::decode;
use crate::format::document::{Document, Found};
use crate::format::layout;
use crate::git::refs::Id;
use crate::git::remote::Remote;
use crate::git::repository::Repository;
use crate::git::run::Git;
use crate::git::state::State;
use crate::git::worktree;
use crate::model::kind::Kind;
use crate::store::{Store, disk};
use crate::sync::own;
use crate::sync::scan;
use crate::sync::sound::Left;

/// When this clone last exchanged its data with the others.
const LAST: &str = ".appt/exchanged";
/// The records in conflict of a commit: its name, then a path a line. Derived.
const CONFLICTS: &str = ".appt/conflicts";

/// At so many changed files at most a glimpse tells which of them have errors.
const FEW: usize = 100;

/// What waits in a clone.
#[derive(Debug, Default)]
pub struct Status {
    /// The files that a sync would commit.
    pub uncommitted: Vec<String>,
    /// Those of them that are gone: a sync would remove their records for all.
    pub removed: BTreeSet<String>,
    /// Those that it would leave.
    pub left: BTreeSet<Left>,
    /// Whose repository, where there is one.
    pub remote: Option<String>,
    /// Where there is none: the names of those that the branch could be shared with.
    pub remotes: Vec<String>,
    /// The branch here, by its short name.
    pub branch: String,
    /// How many commits of ours it lacks, as far as was seen.
    pub ahead: Option<usize>,
    /// How many of its commits are not here, as far as was seen.
    pub behind: Option<usize>,
    /// The records with conflicts: `request/20261123-k7m2qx`.
    pub conflicts: Vec<String>,
    /// The branch on which the others work, where it is not this one.
    pub others_on: Option<String>,
    /// When the data were last exchanged.
    pub last: Option<DateTime<Utc>>,
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
        let scan = scan::scan(library, &store.settings, app.now, &repository, tree, None)?;
        Ok((scan, in_conflict(&library.suspects(app.now).collect::<Vec<_>>())))
    })?;
    let uncommitted = scan.paths().map(str::to_owned).collect();
    let removed = scan.changes.iter().filter(|change| change.text.is_none());
    let removed = removed.map(|change| change.path.clone()).collect();
    let last = last_exchange(store);
    let mut status =
        Status { uncommitted, removed, left: scan.left, conflicts, last, ..Status::default() };
    status.branch = state.short().to_owned();
    let remote = Remote::of(&repository, &state)?;
    if remote.is_none() {
        status.remotes = Remote::names(&repository)?;
    }
    if let Some(remote) = remote {
        status.remote = Some(remote.shown());
        status.others_on = remote.others_on(&repository)?;
        if let Some(head) = &head {
            let seen = remote.last_seen(&repository)?;
            status.ahead = Some(match &seen {
                Some(seen) => repository.count(Some(seen), head)?,
                None => worktree::known_here_alone(repository.git())?,
            });
            status.behind = match &seen {
                Some(seen) => Some(repository.count(Some(head), seen)?),
                None => None,
            };
        }
    }
    Ok(status)
}

/// All records with conflicts: `request/20261123-k7m2qx`.
///
/// # Errors
/// `store` where a file can't be read.
pub fn all_in_conflict(store: &Store, now: DateTime<Utc>) -> Result<Vec<String>> {
    store.read(|library| Ok(in_conflict(&library.suspects(now).collect::<Vec<_>>())))
}

/// Those in conflict, of the files of which some rule has something to say: a conflict is a finding.
pub fn in_conflict(suspects: &[Rc<Document>]) -> Vec<String> {
    let records = suspects.iter().filter_map(|document| document.record.clone());
    let open = records.filter(|record| !record.conflicts.is_empty());
    open.map(|record| format!("{}/{}", record.kind.code(), record.id)).collect()
}

/// Notes that the data were exchanged. A store that can't be written has other troubles.
pub fn remember_exchange(store: &Store, now: DateTime<Utc>) {
    drop(disk::replace(store.root(), LAST, &format!("{}\n", now.to_rfc3339()), false));
}

fn last_exchange(store: &Store) -> Option<DateTime<Utc>> {
    let text = disk::read_any(store.root(), LAST).ok()??;
    DateTime::parse_from_rfc3339(text.trim()).ok().map(|at| at.to_utc())
}

/// Whether the store is a clone that others share: one that has a remote. It costs a call of git
/// that reads settings, and no object.
pub fn has_others(app: &App) -> bool {
    let Ok(store) = app.store() else { return false };
    disk::exists(store.root(), ".git")
        && Git::at(store.root()).settings(["remote"]).text().is_ok_and(|names| !names.is_empty())
}

/// What waits, as far as two calls of git tell, which read no record: what is not committed, and
/// how far the branch was from its upstream when that was last seen. The records in conflict are
/// those of the last commit, which are remembered, and those among the files that changed since.
/// None where the store is not a clone's root.
pub fn glimpse(app: &App) -> Option<Status> {
    let store = app.store().ok()?;
    let root = store.root();
    if !disk::exists(root, ".git") {
        return None;
    }
    let git = Git::at(root);
    let paths = Kind::ALL.into_iter().map(Kind::folder).chain(own::FILES);
    let seen = worktree::glimpse(&git, paths).ok()?;
    if !seen.has_remote {
        return Some(Status::default());
    }
    let conflicts = glimpse_of_conflicts(store, &git, &seen, app.now)?;
    let (ahead, behind) = seen.apart.unzip();
    let ahead = match (ahead, &seen.head) {
        (None, Some(_)) => worktree::known_here_alone(&git).ok(),
        (ahead, _) => ahead,
    };
    let is_few = seen.changed.len() <= FEW;
    let (left, uncommitted) =
        seen.changed.into_iter().partition(|path| is_few && is_broken(root, path));
    let left: Vec<String> = left;
    let left = left.into_iter().map(|path| Left { path, rule: "syntax" }).collect();
    Some(Status {
        uncommitted,
        left,
        remote: Some(String::new()),
        ahead,
        behind,
        conflicts,
        ..Status::default()
    })
}

/// The records in conflict, of which those are read that were in conflict before, and those that
/// changed since.
fn glimpse_of_conflicts(
    store: &Store,
    git: &Git,
    seen: &worktree::Glimpse,
    now: DateTime<Utc>,
) -> Option<Vec<String>> {
    let root = store.root();
    let head = seen.head.as_ref().map_or("", Id::as_str);
    let text = disk::read_any(root, CONFLICTS).ok().flatten().unwrap_or_default();
    let mut lines = text.lines();
    let then = lines.next().unwrap_or_default();
    let mut suspects: BTreeSet<String> = lines.map(str::to_owned).collect();
    let since = match (Id::parse(then), &seen.head) {
        (Some(then), Some(head)) if then == *head => Some(Vec::new()),
        (Some(then), Some(head)) => worktree::changed_between(git, &then, head).ok(),
        _ => None,
    };
    let found: BTreeSet<String> = match since {
        Some(since) => {
            suspects.extend(since);
            suspects.extend(seen.changed.iter().cloned());
            suspects.retain(|path| is_in_conflict(root, path));
            suspects
        }
        None => {
            let found = all_in_conflict(store, now).ok()?;
            let path = |name: &String| {
                let (kind, id) = name.split_once('/')?;
                Some(layout::path(Kind::from_code(kind)?, id))
            };
            found.iter().filter_map(path).collect()
        }
    };
    // What changed since the commit may be put back as it was: it stays under suspicion.
    let kept: BTreeSet<&String> = found.iter().chain(&seen.changed).collect();
    let kept: String = kept.into_iter().map(|path| format!("{path}\n")).collect();
    let new = format!("{head}\n{kept}");
    if new != text {
        drop(disk::replace(root, CONFLICTS, &new, false));
    }
    let named = found.iter().filter_map(|path| layout::record_at(path));
    Some(named.map(|(kind, id)| format!("{}/{id}", kind.code())).collect())
}

/// The paths of the records that were in conflict when somebody last looked, and of some that were
/// not: for whoever has no time to look at all.
pub fn suspects(root: &Path) -> Vec<String> {
    let text = disk::read_any(root, CONFLICTS).ok().flatten().unwrap_or_default();
    text.lines().skip(1).map(str::to_owned).collect()
}

fn is_in_conflict(root: &Path, path: &str) -> bool {
    let Some((kind, id)) = layout::record_at(path) else { return false };
    let Ok(Found::Text(text)) = disk::read(root, path) else { return false };
    // Most have none, and need not be read further.
    text.contains("conflicts")
        && decode::record(kind, id, &text).record.is_some_and(|record| !record.conflicts.is_empty())
}

/// Whether a file by itself is in no state to be committed.
fn is_broken(root: &Path, path: &str) -> bool {
    let Some((kind, id)) = layout::record_at(path) else { return !own::FILES.contains(&path) };
    let found = disk::read(root, path).ok();
    let document = found.and_then(|found| Document::new(kind, id, path.to_owned(), found));
    document.is_some_and(|document| !document.is_whole())
}
