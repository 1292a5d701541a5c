//! Events that the branch has lost though it has the commits that wrote them: git's own merge took one
//! side of a record whole (`git pull -X ours`, `git checkout --ours`). They are united with it again
//! before anything is shared: else the next sync of those who wrote them would lose them too.

use crate::check::since;
use crate::error::{Error, Result};
use crate::format::document::Found;
use crate::format::layout;
use crate::git::refs::Id;
use crate::git::snapshot::Snapshot;
use crate::git::tree;
use crate::merge;
use crate::say;
use crate::store::disk;
use crate::store::journal::Step;
use crate::sync::here::Here;

/// A record whose committed text lacks events that the others' last known commit has.
pub struct Lost {
    path: String,
    /// Its text as it is committed here.
    now: String,
    /// The same with the events.
    united: String,
}

/// The records of which the branch lost events that the others have. What can't be united is left to
/// `history-rewritten`.
///
/// # Errors
/// `store` where git fails.
pub fn lost(here: &Here<'_>, seen: &Id, head: &Id) -> Result<Vec<Lost>> {
    let repository = &here.repository;
    let base = repository.merge_bases(seen, head)?.into_iter().min_by(|a, b| a.id.cmp(&b.id));
    let (Some(base), Some(commit)) = (base, repository.read(head)?) else { return Ok(Vec::new()) };
    let [before, after] = [&base.tree, &commit.tree].map(|tree| Snapshot::of(repository, tree));
    let changed = tree::difference(repository.objects(), Some(&base.tree), Some(&commit.tree))?;
    let of = |path: &str| {
        let (kind, id) = layout::record_at(path)?;
        let (before, after) = (before.document(kind, id)?, after.document(kind, id)?);
        since::rewritten(&before, &after)?;
        let united = merge::texts(kind, id, None, &after.text, &before.text).ok()?;
        Some(Lost { path: path.to_owned(), now: after.text.clone(), united })
    };
    let there = changed.iter().filter(|(_, both)| matches!(both, (Some(_), Some(_))));
    let lost = there.filter_map(|(path, _)| of(path)).collect();
    [&before, &after].into_iter().try_for_each(Snapshot::check)?;
    Ok(lost)
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
            if matches!(found, Found::Text(text) if text == now) {
                steps.push(Step::new(path, Some(&now), Some(united)));
            }
        }
        let paths = steps.iter().map(|step| step.path.clone()).collect();
        Ok((steps, paths))
    })
}
