//! Events that are gone from a history by hand: the last commit has them, and the union of both
//! histories brings them back beside what was recorded since.

use crate::check::since;
use crate::error::Result;
use crate::format::layout;
use crate::git::repository::Repository;
use crate::git::snapshot::Snapshot;
use crate::merge;
use crate::store::disk;
use crate::store::library::Library;
use crate::sync::scan;

/// A file whose history lacks events that the last commit has.
pub struct Lost {
    /// Its path.
    pub path: String,
    /// What it holds.
    pub before: String,
    /// The same with the events; none where some of them were changed: which is right, no program can
    /// tell.
    pub after: Option<String>,
}

/// The files of a store of which this is so; none where git has no commit of it.
///
/// # Errors
/// `store` where git fails.
pub fn all(library: &Library<'_>, holds: &dyn Fn(&str) -> bool) -> Result<Vec<Lost>> {
    let root = library.root();
    let opened = disk::exists(root, ".git").then(|| Repository::at(root));
    let Some(Ok(repository)) = opened else { return Ok(Vec::new()) };
    let head = repository.head()?.map(|head| repository.read(&head)).transpose()?.flatten();
    let Some(commit) = head.filter(|_| !repository.is_bare) else { return Ok(Vec::new()) };
    let suspects = scan::look(repository.git())?.suspects(&repository, &commit.tree)?;
    let before = Snapshot::of(&repository, &commit.tree);
    let lost = |path: &String| {
        let (kind, id) = layout::record_at(path).filter(|_| holds(path))?;
        let (now, then) = (library.document(kind, id)?, before.document(kind, id)?);
        since::rewritten(&then, &now)?;
        let after = match since::is_altered(&then, &now) {
            true => None,
            false => Some(merge::texts(kind, id, None, &now.text, &then.text).ok()?),
        };
        Some(Lost { path: path.clone(), before: now.text.clone(), after })
    };
    Ok(suspects.unwrap_or_default().iter().filter_map(lost).collect())
}
