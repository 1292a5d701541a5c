//! What a merge of git's own took from the records, and gives back before anything is shared.
//!
//! Events that the branch has lost though it has the commits that wrote them: git's own merge took one
//! side of a record whole (`git pull -X ours`, `git checkout --ours`). They are united with it again
//! before anything is shared: else the next sync of those who wrote them would lose them too.

use std::rc::Rc;

use crate::check::since;
use crate::error::{Error, Result};
use crate::format::document::{Document, Found};
use crate::format::layout;
use crate::git::refs::Id;
use crate::git::snapshot::Snapshot;
use crate::git::tree;
use crate::merge;
use crate::model::kind::Kind;
use crate::say;
use crate::store::disk;
use crate::store::journal::Step;
use crate::sync::here::Here;
use crate::sync::unite::{self, Outcome};

/// A record whose text lacks what one side of a merge has.
pub struct Lost {
    path: String,
    /// Its text as it is here; none where the merge removed it.
    now: Option<String>,
    /// The same with what it lacks.
    united: String,
}

/// The records that a merge which git stopped in leaves out, though one side changed them or refers to
/// them: git removes what one side removed. They come back as a merge of ours leaves them.
///
/// # Errors
/// `store` where git fails.
pub fn left_out(here: &Here<'_>, head: &Id, theirs: &Id) -> Result<Vec<Lost>> {
    // What can't be united is told when it comes to that.
    let Ok(Outcome::United(united)) = unite::unite(&here.repository, head, theirs) else {
        return Ok(Vec::new());
    };
    let is_back = |path: &str| {
        let keys = united.conflicts.get(path);
        keys.is_some_and(|keys| keys.contains(merge::REMOVED))
    };
    let gone = |path: &str| !disk::exists(here.store.root(), path);
    let back = united.texts.iter().filter(|(path, _)| is_back(path) && gone(path));
    let lost = |(path, (_, new)): (&String, &(_, Option<String>))| {
        Some(Lost { path: path.clone(), now: None, united: new.clone()? })
    };
    Ok(back.filter_map(lost).collect())
}

/// The records of which a merge in the branch lost events that the others have. What can't be united,
/// and what a person took out of a history, is left to `history-rewritten`.
///
/// # Errors
/// `store` where git fails.
pub fn lost(here: &Here<'_>, seen: &Id, head: &Id) -> Result<Vec<Lost>> {
    let repository = &here.repository;
    let base = repository.merge_bases(seen, head)?.into_iter().min_by(|a, b| a.id.cmp(&b.id));
    let (Some(base), Some(commit)) = (base, repository.read(head)?) else { return Ok(Vec::new()) };
    let [before, after] = [&base.tree, &commit.tree].map(|tree| Snapshot::of(repository, tree));
    let changed = tree::difference(repository.objects(), Some(&base.tree), Some(&commit.tree))?;
    let suspected: Vec<(&str, Rc<Document>, Rc<Document>)> = changed
        .keys()
        .filter_map(|path| {
            let (kind, id) = layout::record_at(path)?;
            let (before, after) = (before.document(kind, id)?, after.document(kind, id)?);
            since::rewritten(&before, &after)?;
            Some((path.as_str(), before, after))
        })
        .collect();
    [&before, &after].into_iter().try_for_each(Snapshot::check)?;
    if suspected.is_empty() {
        return Ok(Vec::new());
    }
    let merges = merges(here, &base.id, head)?;
    let united = |(path, before, after): (&str, Rc<Document>, Rc<Document>)| {
        let (kind, id) = (after.kind, after.id.as_str());
        if !merges.iter().any(|merge| merge.loses(kind, id)) {
            return None;
        }
        let united = merge::texts(kind, id, None, &after.text, &before.text).ok()?;
        Some(Lost { path: path.to_owned(), now: Some(after.text.clone()), united })
    };
    Ok(suspected.into_iter().filter_map(united).collect())
}

/// A merge, and what it was made of.
struct Merge<'a> {
    made: Snapshot<'a>,
    sides: Vec<Snapshot<'a>>,
}

impl Merge<'_> {
    /// Whether a record has events on a side that the merge has not.
    fn loses(&self, kind: Kind, id: &str) -> bool {
        let Some(made) = self.made.document(kind, id) else { return false };
        let sides = self.sides.iter().filter_map(|side| side.document(kind, id));
        sides.into_iter().any(|side| since::rewritten(&side, &made).is_some())
    }
}

/// The merges that a branch has and a commit has not.
fn merges<'a>(here: &'a Here<'_>, from: &Id, head: &Id) -> Result<Vec<Merge<'a>>> {
    let repository = &here.repository;
    let range = format!("{}..{}", from.as_str(), head.as_str());
    let ids = repository.git().read(["rev-list", "--merges", &range]).text()?;
    let tree =
        |id: &Id| Ok(repository.read(id)?.map(|commit| Snapshot::of(repository, &commit.tree)));
    let mut merges = Vec::new();
    for id in ids.lines().filter_map(Id::parse) {
        let Some(commit) = repository.read(&id)? else { continue };
        let sides = commit.parents.iter().map(tree).collect::<Result<Vec<_>>>()?;
        let made = Snapshot::of(repository, &commit.tree);
        merges.push(Merge { made, sides: sides.into_iter().flatten().collect() });
    }
    Ok(merges)
}

/// Puts the united texts in place, where nobody has changed the file since; the paths.
///
/// # Errors
/// `busy`; `store` where a file can't be read or written.
pub fn put(here: &Here<'_>, lost: Vec<Lost>) -> Result<Vec<String>> {
    here.store.put_in_place(|root| {
        let mut steps = Vec::new();
        for Lost { path, now, united } in lost {
            let found = disk::read(root, &path)
                .map_err(|error| Error::io(&say!("прочитать", "read"), &path, &error))?;
            let is_so = match (&found, &now) {
                (Found::Text(text), Some(now)) => text == now,
                (Found::Nothing, None) => true,
                _ => false,
            };
            if is_so {
                steps.push(Step::new(path, now.as_deref(), Some(united)));
            }
        }
        let paths = steps.iter().map(|step| step.path.clone()).collect();
        Ok((steps, paths))
    })
}
