//! What was done here, saved here: hand edits are recorded, and the valid records are committed.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::check::since;
use crate::error::{Code, Error, Result};
use crate::format::document::Document;
use crate::format::layout;
use crate::git::commits::{self, Draft, Parent, Put};
use crate::git::refs::Id;
use crate::git::snapshot::Snapshot;
use crate::git::state;
use crate::git::worktree::Look;
use crate::history;
use crate::i18n::Text;
use crate::model::record::Record;
use crate::say;
use crate::store::seal::{Edit, Plan};
use crate::sync::here::Here;
use crate::sync::message;
use crate::sync::scan::{self, Scan};
use crate::sync::sound::Left;
use crate::sync::status;
use crate::threads;

/// More records than this are seldom removed on purpose between two syncs.
const MOST_GONE: usize = 10;

/// What was saved.
pub struct Saved {
    /// The commit that the branch has.
    pub head: Id,
    /// The commits that were made: whose work, the commit, how many files.
    pub commits: Vec<(Option<String>, Id, usize)>,
    /// The records that are gone, by their paths, and the commit that removed each.
    pub removed: BTreeMap<String, Id>,
    /// The files that were left.
    pub left: BTreeSet<Left>,
    /// The keys of the conflicts that were committed and are new, by path.
    pub conflicts: BTreeMap<String, BTreeSet<String>>,
}

/// What is known before anything is committed.
pub struct Before {
    /// The records with conflicts: `request/20261123-k7m2qx`.
    pub unsettled: Vec<String>,
    /// The files that were edited by hand and of which no history could be written, and why.
    pub unrecorded: BTreeMap<String, Text>,
    /// What git saw; none where files were written since.
    pub look: Option<Look>,
}

/// Records what was changed by hand: by git's user, where that is an operator, else by the one who
/// acts. What can't be recorded is a warning of `check`, and is committed as it is. Meanwhile git
/// looks at the files.
///
/// # Errors
/// `store` where the store can't be read, or git fails.
pub fn hand_edits(here: &Here<'_>) -> Result<Before> {
    let (edited, unsettled, look) = here.store.read(|library| {
        let suspected = || {
            // Of all others the cache knows that no rule has anything to say of them,
            // `unrecorded-edit` and `unresolved-conflict` neither.
            let suspects: Vec<_> = library.suspects(here.app.now).collect();
            let whole = suspects.iter().filter(|document| document.is_whole());
            let is_edited = |document: &Document| {
                document
                    .record
                    .as_deref()
                    .is_some_and(|record| !history::unrecorded(record).is_empty())
            };
            let edited = whole.filter(|document| is_edited(document)).cloned();
            let operator = here.app.operator(library).is_ok();
            (edited.filter(|_| operator).collect::<Vec<_>>(), status::in_conflict(&suspects))
        };
        // Each has one thread alone for a part of its time.
        let git = here.repository.git();
        let ((edited, unsettled), look) = threads::both(true, suspected, || scan::look(git));
        Ok((edited, unsettled, look))
    })?;
    let unrecorded = record(here, &trusted(here, &edited)?);
    let look = if edited.is_empty() { Some(look?) } else { None };
    Ok(Before { unsettled, unrecorded, look })
}

/// Of some files the records whose history is not rewritten: nothing is recorded on top of that.
fn trusted(here: &Here<'_>, edited: &[Rc<Document>]) -> Result<Vec<Rc<Record>>> {
    let head = if edited.is_empty() { None } else { here.repository.head()? };
    let commit = head.map(|head| here.repository.read(&head)).transpose()?.flatten();
    let before = commit.map(|commit| Snapshot::of(&here.repository, &commit.tree));
    let is_rewritten = |document: &Document| {
        let before = before.as_ref().and_then(|b| b.document(document.kind, &document.id));
        before.is_some_and(|before| since::rewritten(&before, document).is_some())
    };
    let trusted = edited.iter().filter(|document| !is_rewritten(document));
    Ok(trusted.filter_map(|document| document.record.clone()).collect())
}

/// Records edits; those that can't be, and why.
fn record(here: &Here<'_>, edited: &[Rc<Record>]) -> BTreeMap<String, Text> {
    let write = |records: &[Rc<Record>]| {
        let edits = records.iter().map(|record| Edit::change(record, Vec::new())).collect();
        here.app.write(|_| Ok((Plan { edits, ..Plan::default() }, ()))).map(drop)
    };
    let left =
        |record: &Rc<Record>, error: Error| (layout::path(record.kind, &record.id), error.message);
    match if edited.is_empty() { Ok(()) } else { write(edited) } {
        Ok(()) => BTreeMap::new(),
        // Who has waited for the lock once need not wait for each record.
        Err(error) if error.code == Code::Busy => {
            edited.iter().map(|record| left(record, error.clone())).collect()
        }
        // Those that can be recorded are, whatever stops the others.
        Err(_) => {
            let alone = |record| Some(left(record, write(std::slice::from_ref(record)).err()?));
            edited.iter().filter_map(alone).collect()
        }
    }
}

/// Commits the valid records that differ from the last commit, as of a look that was taken before, or
/// of now.
///
/// # Errors
/// `refused`: there is nothing to commit, a filter stands in the way, or more records are gone than
/// somebody removes on purpose, and nobody said `yes`. `usage`: git does not know
/// its user. `conflict`: somebody moved the branch. `store`: git or the disk fails.
pub fn commit(here: &mut Here<'_>, look: Option<Look>, yes: bool) -> Result<Saved> {
    let before = here.repository.head()?;
    let tree = match &here.state.merging {
        Some(_) => Some(Snapshot::staged(&here.repository)?.tree().clone()),
        None => None,
    };
    let scan = compared(here, before.as_ref(), tree.as_ref(), look)?;
    let gone = scan.gone();
    if gone.len() > MOST_GONE && !yes {
        return Err(many_gone(&gone));
    }
    let drafts = drafts(&scan, before.as_ref(), here.state.merging.as_ref().zip(tree));
    let made = commits::make(&here.repository, here.app.now, &drafts)?;
    let head = made.last().cloned().or_else(|| before.clone()).ok_or_else(nothing_to_commit)?;
    if !made.is_empty() {
        let ours: BTreeSet<&[u8]> =
            drafts.iter().flat_map(|draft| draft.puts.keys().map(Vec::as_slice)).collect();
        here.arrive(before.as_ref(), &head, |path| ours.contains(path.as_slice()))?;
    }
    let (mut commits, mut removed) = (Vec::new(), BTreeMap::new());
    for ((operator, changes), id) in scan.by_operator().into_iter().zip(made) {
        let gone = changes.iter().filter(|change| change.text.is_none());
        removed.extend(gone.map(|change| (change.path.clone(), id.clone())));
        commits.push((operator.map(str::to_owned), id, changes.len()));
    }
    Ok(Saved { head, commits, removed, left: scan.left, conflicts: scan.conflicts })
}

/// What differs from a commit. `tree` stands for its folders where a merge is being ended.
fn compared(
    here: &Here<'_>,
    head: Option<&Id>,
    tree: Option<&Id>,
    look: Option<Look>,
) -> Result<Scan> {
    let commit = head.map(|head| here.repository.read(head)).transpose()?.flatten();
    let before = tree.cloned().or_else(|| commit.map(|commit| commit.tree));
    let scan = here.store.read(|library| {
        scan::scan(library, &here.store.settings, here.app.now, &here.repository, before, look)
    })?;
    state::without_filters(&here.repository, scan.paths())?;
    Ok(scan)
}

/// A commit for each operator who acted. The first also ends a merge that somebody began: with its
/// other side, and with what is staged of it.
fn drafts(scan: &Scan, head: Option<&Id>, merging: Option<(&Id, Id)>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (operator, changes) in scan.by_operator() {
        let parent = match drafts.len() {
            0 => head.cloned().map(Parent::Commit),
            earlier => Some(Parent::Draft(earlier - 1)),
        };
        let put = |text: &Option<String>| text.clone().map_or(Put::Gone, Put::Text);
        let puts = changes.iter().map(|c| (c.path.clone().into_bytes(), put(&c.text)));
        drafts.push(Draft {
            message: message::of_changes(operator, &changes),
            tree: None,
            parents: parent.into_iter().collect(),
            puts: puts.collect(),
        });
    }
    if let Some((theirs, tree)) = merging {
        if drafts.is_empty() {
            let parents = head.cloned().map(Parent::Commit).into_iter().collect();
            let message = message::of_merge("MERGE_HEAD", 0);
            drafts.push(Draft { message, parents, ..Draft::default() });
        }
        drafts[0].parents.push(Parent::Commit(theirs.clone()));
        drafts[0].tree = Some(tree);
    }
    drafts
}

/// A folder that was moved or deleted takes its records from everybody.
fn many_gone(paths: &[&str]) -> Error {
    let (count, first) = (paths.len(), paths[0]);
    let folders: BTreeSet<&str> = paths.iter().filter_map(|path| path.split('/').next()).collect();
    let folders = folders.into_iter().collect::<Vec<_>>().join(" ");
    Error::refused(
        "many-removed",
        say!(
            "Пропало файлов записей: {count}, например {first}. Обмен удалил бы их и у других; ничего не сохранено.",
            "Files of records are gone: {count}, such as {first}. A sync would remove them for everybody; nothing is saved."
        ),
    )
    .hint(say!(
        "Вернуть: `git checkout HEAD -- {folders}`. Если удалено намеренно: `appt sync --yes`.",
        "To get them back: `git checkout HEAD -- {folders}`. If they were removed on purpose: `appt sync --yes`."
    ))
}

fn nothing_to_commit() -> Error {
    Error::refused(
        "nothing-valid",
        say!(
            "Здесь нечего сохранять: нет ни одной верной записи.",
            "There is nothing to commit: no record is valid."
        ),
    )
    .hint(say!("Что исправить, покажет `appt check`.", "`appt check` shows what to mend."))
}
