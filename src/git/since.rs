//! The commits since another, and the one that would be made now, each as the rules of `check --since`
//! want it: its records and its parents', and what changed between them. Only what changed is read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::check::since::{self, Change, Judged};
use crate::error::Result;
use crate::format::document::Document;
use crate::format::layout;
use crate::git::objects::Entry;
use crate::git::refs::{self, Id, Name};
use crate::git::repository::{Commit, Repository};
use crate::git::snapshot::Snapshot;
use crate::git::tree::{self, Both};
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::settings::{self, Settings};

/// The records that the commits judged so far removed, as they were.
type Removed = HashMap<(Kind, String), Rc<Document>>;

/// What is wrong with each commit that `to` has and `from` has not.
///
/// # Errors
/// `store`: the clone lacks some of them; git fails.
pub fn judge(
    repository: &Repository,
    from: &Id,
    to: &Id,
    settings: &Settings,
) -> Result<Vec<Judged>> {
    let commits = repository.commits(from, to)?;
    let mut known: HashMap<Id, Commit> =
        commits.iter().map(|commit| (commit.id.clone(), commit.clone())).collect();
    let mut judged = Vec::new();
    let mut removed = Removed::new();
    for commit in &commits {
        let mut parents = Vec::new();
        for parent in &commit.parents {
            if !known.contains_key(parent) {
                known.extend(repository.read(parent)?.map(|found| (parent.clone(), found)));
            }
            parents.extend(known.get(parent).map(|found| found.tree.clone()));
        }
        judged.extend(of_commit(repository, commit, &parents, settings, &mut removed)?);
    }
    Ok(judged)
}

fn of_commit(
    repository: &Repository,
    commit: &Commit,
    parents: &[Id],
    settings: &Settings,
    removed: &mut Removed,
) -> Result<Vec<Judged>> {
    let after = Snapshot::of(repository, &commit.tree);
    let author = (Some(commit.short.as_str()), commit.email.as_str());
    of_tree(repository, author, &after, (&commit.parents, parents), settings, removed)
}

/// What is wrong with what would be committed, held against the commit that is checked out, and
/// the other side of a merge that is under way.
///
/// # Errors
/// `store` where git fails.
pub fn judge_staged(
    repository: &Repository,
    staged: &Snapshot<'_>,
    settings: &Settings,
) -> Result<Vec<Judged>> {
    let (mut parents, mut trees) = (Vec::new(), Vec::new());
    for name in ["HEAD", "MERGE_HEAD"] {
        let id = refs::commit(repository.git(), Name::typed(name)?)?;
        let commit = id.map(|id| repository.read(&id)).transpose()?.flatten();
        if let Some(Commit { id, tree, .. }) = commit {
            parents.push(id);
            trees.push(tree);
        }
    }
    if parents.is_empty() {
        return Ok(Vec::new());
    }
    let mut removed = Removed::new();
    of_tree(repository, (None, ""), staged, (&parents, &trees), settings, &mut removed)
}

/// What is wrong with the records of a tree, held against those of the commits before it.
fn of_tree(
    repository: &Repository,
    (name, email): (Option<&str>, &str),
    after: &Snapshot<'_>,
    (commits, parents): (&[Id], &[Id]),
    settings: &Settings,
    removed: &mut Removed,
) -> Result<Vec<Judged>> {
    let parents: Vec<Snapshot<'_>> =
        parents.iter().map(|tree| Snapshot::of(repository, tree)).collect();
    let mut is_founded = false;
    for parent in &parents {
        is_founded |= parent.is_store()?;
    }
    let base = match commits {
        [a, b, ..] => repository.merge_bases(a, b)?.into_iter().next().map(|base| base.tree),
        _ => None,
    };
    let work = Work { repository, tree: after.tree(), parents: &parents, base };
    let differences = work.differences()?;
    let mut changes = work.changes(&differences)?;
    for change in &mut changes {
        // Whoever mends a file that could not be read is held against what it said before.
        for (before, parent) in change.before.iter_mut().zip(commits) {
            if before.as_ref().is_some_and(|before| before.record.is_none())
                && let Some(read) = last_read(repository, parent, change.kind, &change.id)?
            {
                *before = Some(read);
            }
        }
        let name = (change.kind, change.id.clone());
        match change.before.iter().flatten().next() {
            Some(before) if change.after.is_none() => drop(removed.insert(name, before.clone())),
            Some(_) => {}
            None => change.removed = removed.get(&name).cloned(),
        }
    }
    let is_settings = |all: &BTreeMap<String, Both>| all.contains_key(settings::FILE);
    let judged = since::judge(&since::Commit {
        name,
        email,
        parents: parents.iter().map(|parent| parent as &dyn Book).collect(),
        is_founded,
        book: after,
        settings,
        changed_settings: differences.iter().all(is_settings),
        changes,
    });
    parents.iter().chain([after]).try_for_each(Snapshot::check)?;
    Ok(judged)
}

/// So many commits are looked through for a file that can be read.
const FAR: usize = 100;

/// A record's file as the nearest of a commit and its first parents has it that can be read.
fn last_read(
    repository: &Repository,
    commit: &Id,
    kind: Kind,
    id: &str,
) -> Result<Option<Rc<Document>>> {
    let path = layout::path(kind, id);
    let mut next = Some(commit.clone());
    for _ in 0..FAR {
        let commit = next.map(|id| repository.read(&id)).transpose()?.flatten();
        let Some(commit) = commit else { return Ok(None) };
        let entry = tree::entry(repository.objects(), &commit.tree, &path)?;
        let found = entry.map(|entry| repository.document(kind, id, &path, &entry)).transpose()?;
        if let Some(document) = found.flatten().filter(|found| found.record.is_some()) {
            return Ok(Some(document));
        }
        next = commit.parents.into_iter().next();
    }
    Ok(None)
}

struct Work<'r> {
    repository: &'r Repository,
    tree: &'r Id,
    parents: &'r [Snapshot<'r>],
    base: Option<Id>,
}

impl Work<'_> {
    /// What changed from each parent; of a first commit, from nothing.
    fn differences(&self) -> Result<Vec<BTreeMap<String, Both>>> {
        let objects = self.repository.objects();
        let after = Some(self.tree);
        if self.parents.is_empty() {
            return Ok(vec![tree::difference(objects, None, after)?]);
        }
        let before = self.parents.iter().map(|parent| Some(parent.tree()));
        before.map(|before| tree::difference(objects, before, after)).collect()
    }

    /// The records that differ from a parent's, in the order of their paths.
    fn changes(&self, differences: &[BTreeMap<String, Both>]) -> Result<Vec<Change>> {
        let paths: BTreeSet<&String> = differences.iter().flat_map(BTreeMap::keys).collect();
        let mut names: BTreeMap<(Kind, &str), Vec<&str>> = BTreeMap::new();
        for path in paths {
            if let Some(name) = named(path)
                && !self.is_taken_over(differences, path)?
            {
                names.entry(name).or_default().push(path);
            }
        }
        let mut changes = Vec::new();
        for ((kind, id), paths) in names {
            let read = |tree: &Id| self.read(tree, kind, id, &paths);
            let before: Vec<_> =
                self.parents.iter().map(|parent| read(parent.tree())).collect::<Result<_>>()?;
            let base = self.base.as_ref().map(read).transpose()?.flatten();
            let after = read(self.tree)?;
            let place = after.as_ref().or(before.iter().flatten().next());
            let path = place.map_or_else(|| layout::path(kind, id), |found| found.path.clone());
            let id = id.to_owned();
            changes.push(Change { kind, id, path, before, base, removed: None, after });
        }
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// Whether a merge did at a path what every merge does: what one side changed, and no other.
    fn is_taken_over(&self, differences: &[BTreeMap<String, Both>], path: &str) -> Result<bool> {
        let Some(base) = &self.base else { return Ok(false) };
        let base = tree::entry(self.repository.objects(), base, path)?;
        let mut changed = differences.iter().filter_map(|all| all.get(path));
        let has_one_side = differences.iter().any(|all| !all.contains_key(path));
        Ok(has_one_side && changed.all(|(before, _)| *before == base))
    }

    /// A record's file in a tree: at its place, or else where it was moved from or to.
    fn read(
        &self,
        root: &Id,
        kind: Kind,
        id: &str,
        paths: &[&str],
    ) -> Result<Option<Rc<Document>>> {
        let place = layout::path(kind, id);
        for path in [place.as_str()].iter().chain(paths) {
            let found: Option<Entry> = tree::entry(self.repository.objects(), root, path)?;
            if let Some(entry) = found {
                return self.repository.document(kind, id, path, &entry);
            }
        }
        Ok(None)
    }
}

/// The record that a path names, wherever in its kind's folder it lies.
fn named(path: &str) -> Option<(Kind, &str)> {
    let kind = layout::kind_of(path)?;
    let id = path.rsplit('/').next()?.strip_suffix(".toml")?;
    layout::is_id(kind, id).then_some((kind, id))
}
