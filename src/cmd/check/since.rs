//! What `check` says of data that are in git and not on disk: the commits since another, and what
//! is staged. Neither touches the work tree or the index.

use std::path::Path;

use crate::app::App;
use crate::check::since::{self, WithMissed};
use crate::check::survey::{self, Finding, Found};
use crate::check::{Judge, Severity, rules};
use crate::cmd::target::Target;
use crate::error::{Error, Result, rule};
use crate::format::settings::Sheet;
use crate::git::refs::{self, Name};
use crate::git::repository::Repository;
use crate::git::since::{judge, judge_staged};
use crate::git::snapshot::Snapshot;
use crate::model::book::Book;
use crate::model::settings::{self, Settings};
use crate::say;

/// The rules about commits that what is staged is held against, too.
const OF_STAGED: [&str; 2] = ["history-rewritten", "record-removed"];

/// The findings of a store, and those of its commits since another.
///
/// # Errors
/// `refused` where the store is not the root of its repository; `usage` where there is no such
/// commit; `store` where the clone lacks some.
pub fn findings(app: &App, target: &Target, rev: Name<'_>) -> Result<Vec<Finding>> {
    let repository = Repository::at(target.store.root())?;
    let commits = commits(&repository, rev, &target.sheet.settings)?;
    let missed = commits.iter().filter_map(|judged| judged.missed.clone()).collect();
    let present = target.survey(app, missed)?;
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
    let snapshot = Snapshot::of(&repository, &head.tree);
    let Some(sheet) = snapshot.sheet()? else { return Ok(None) };
    let commits = commits(&repository, rev, &sheet.settings)?;
    let missed = commits.iter().filter_map(|judged| judged.missed.clone()).collect();
    let book = WithMissed { book: &snapshot, missed };
    let present = survey::all(&found(&snapshot, &book, &sheet), app.now);
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

/// The findings of what would be committed, and of what it does to the commit before it: for the
/// hooks, which git starts in the store.
///
/// # Errors
/// `refused` where the store is not the root of its repository; `store` where records are staged
/// without the settings.
pub fn staged(app: &App, root: &Path) -> Result<Vec<Finding>> {
    let repository = Repository::in_hook(root)?;
    let snapshot = Snapshot::staged(&repository)?;
    let Some(sheet) = snapshot.sheet()? else {
        let is_empty = snapshot.documents().next().is_none();
        snapshot.check()?;
        return if is_empty { Ok(Vec::new()) } else { Err(no_settings()) };
    };
    // Roles are judged where others hear of it: who may commit, the author's own machine can't tell.
    let mut changes = judge_staged(&repository, &snapshot, &sheet.settings)?;
    changes.retain(|judged| OF_STAGED.contains(&judged.finding.rule));
    let missed = changes.iter().filter_map(|judged| judged.missed.clone()).collect();
    let book = WithMissed { book: &snapshot, missed };
    let mut present = survey::all(&found(&snapshot, &book, &sheet), app.now);
    snapshot.check()?;
    present.extend(other_key(&repository, &sheet)?);
    let mut findings = since::join(present, changes);
    // Whoever commits looks at the change; what merely deserves a look stops nobody.
    findings.retain(|finding| finding.severity == Severity::Error);
    // Nor does what the last commit has already, and this one leaves alone.
    if let Some(staged) = repository.staged()? {
        let is_left = |finding: &Finding| {
            let is_of_file = rules::named(finding.rule)
                .is_some_and(|rule| !matches!(rule.judge, Judge::Commit { .. }) && !rule.is_wide());
            is_of_file && !staged.contains(&finding.file)
        };
        findings.retain(|finding| !is_left(finding));
    }
    Ok(findings)
}

/// Whether a merge is being concluded: a hook of its commit checks what is staged.
///
/// # Errors
/// `refused` where the store is not the root of its repository; `store` where git fails.
pub fn is_merging(root: &Path) -> Result<bool> {
    let repository = Repository::in_hook(root)?;
    Ok(refs::commit(repository.git(), Name::typed("MERGE_HEAD")?)?.is_some())
}

/// The finding of a key that is not that of the commit before: with it, a store is another one.
fn other_key(repository: &Repository, staged: &Sheet) -> Result<Option<Finding>> {
    let Some(head) = repository.head()? else { return Ok(None) };
    let Some(head) = repository.read(&head)? else { return Ok(None) };
    let before = Snapshot::of(repository, &head.tree).sheet()?;
    let is_other = |before: &Sheet| before.settings.key != staged.settings.key;
    Ok(before.filter(is_other).map(|_| {
        Finding::of_file(
            "bad-value",
            settings::FILE,
            say!("`key` изменился.", "`key` has changed."),
            say!(
                "По нему находят пациентов, и с другим эти данные никто не примет. Верните прежний: `git checkout HEAD -- appt.toml`.",
                "Patients are found by it, and with another nobody can take these data in. Put it back: `git checkout HEAD -- appt.toml`."
            ),
        )
    }))
}

/// A store that lies in git: nobody can look into its folder.
fn found<'a>(snapshot: &Snapshot<'_>, book: &'a dyn Book, sheet: &'a Sheet) -> Found<'a> {
    let (documents, strangers) = (snapshot.documents().collect(), snapshot.strangers());
    Found { book, documents, strangers, sheet, is_open_to_others: false }
}

fn no_settings() -> Error {
    Error::store(
        rule::NO_STORE,
        say!(
            "Записи войдут в коммит, а appt.toml — нет.",
            "Records would be committed, and appt.toml would not."
        ),
    )
    .hint(say!("Добавьте и его: `git add appt.toml`.", "Add it too: `git add appt.toml`."))
}
