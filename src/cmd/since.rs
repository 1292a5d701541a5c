//! What `check` says of data that are in git and not on disk: the commits since another, and what
//! is staged. Neither touches the work tree or the index.

use std::path::Path;

use crate::app::App;
use crate::check::since::{self, WithMissed};
use crate::check::survey::{self, Finding};
use crate::check::{Scene, Severity};
use crate::error::{Error, Result};
use crate::git::refs::Name;
use crate::git::repository::Repository;
use crate::git::since::judge;
use crate::git::snapshot::Snapshot;
use crate::model::settings::Settings;
use crate::say;
use crate::store::Store;

/// The findings of a store, and those of its commits since another.
///
/// # Errors
/// `refused` where the store is not the root of its repository; `usage` where there is no such
/// commit; `store` where the clone lacks some.
pub fn findings(app: &App, store: &Store, rev: Name<'_>) -> Result<Vec<Finding>> {
    let repository = Repository::at(store.root())?;
    let commits = commits(&repository, rev, &store.settings)?;
    let missed = commits.iter().filter_map(|judged| judged.missed.clone()).collect();
    let present = store.read(|library| {
        let book = WithMissed { book: library, missed };
        let scene = Scene::new(&book, &store.settings, app.now);
        Ok(survey::all(&scene, library.documents(), library.strangers()))
    })?;
    Ok(since::join(present, commits))
}

/// The same of a repository without a work tree: the store is that of its last commit. None where
/// the folder is no such repository.
///
/// # Errors
/// As [`findings`].
pub fn findings_of_bare(app: &App, folder: &Path, rev: Name<'_>) -> Result<Option<Vec<Finding>>> {
    let Ok(repository) = Repository::at(folder) else { return Ok(None) };
    if !repository.is_bare {
        return Ok(None);
    }
    let Some(head) = repository.head()? else { return Ok(None) };
    let Some(head) = repository.read(&head)? else { return Ok(None) };
    let snapshot = repository.snapshot(&head.tree);
    let Some(settings) = snapshot.settings()? else { return Ok(None) };
    let commits = commits(&repository, rev, &settings)?;
    let missed = commits.iter().filter_map(|judged| judged.missed.clone()).collect();
    let book = WithMissed { book: &snapshot, missed };
    let scene = Scene::new(&book, &settings, app.now);
    let present = survey::all(&scene, snapshot.documents(), snapshot.strangers());
    snapshot.check()?;
    Ok(Some(since::join(present, commits)))
}

fn commits(
    repository: &Repository,
    rev: Name<'_>,
    settings: &Settings,
) -> Result<Vec<since::Judged>> {
    let from = repository.commit(rev)?;
    match repository.head()? {
        Some(head) => judge(repository, &from, &head, settings),
        None => Ok(Vec::new()),
    }
}

/// The findings of what would be committed: for the hook, which git starts in the store.
///
/// # Errors
/// `refused` where the store is not the root of its repository; `store` where records are staged
/// without the settings.
pub fn staged(app: &App, root: &Path) -> Result<Vec<Finding>> {
    let repository = Repository::in_hook(root)?;
    let snapshot: Snapshot<'_> = repository.staged()?;
    let Some(settings) = snapshot.settings()? else {
        let is_empty = snapshot.documents().next().is_none();
        snapshot.check()?;
        return if is_empty { Ok(Vec::new()) } else { Err(no_settings()) };
    };
    let scene = Scene::new(&snapshot, &settings, app.now);
    let mut found = survey::all(&scene, snapshot.documents(), snapshot.strangers());
    snapshot.check()?;
    // Whoever commits looks at the change; what merely deserves a look stops nobody.
    found.retain(|finding| finding.severity == Severity::Error);
    Ok(found)
}

fn no_settings() -> Error {
    Error::store(
        "no-store",
        say!(
            "Записи войдут в коммит, а appt.toml — нет.",
            "Records would be committed, and appt.toml would not."
        ),
    )
    .hint(say!("Добавьте и его: `git add appt.toml`.", "Add it too: `git add appt.toml`."))
}
