//! The folders of a commit: a file by its path, all files below a folder, and where two commits
//! differ. Folders that both have alike are not opened.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::git::objects::{Entry, Folder, Objects, Sort};
use crate::git::refs::Id;
use crate::model::kind::Kind;
use crate::model::settings;

/// How deep folders are opened: records lie five deep at most. What lies deeper is named by its
/// folder.
const DEPTH: usize = 8;

/// What a path has before and after.
pub type Both = (Option<Entry>, Option<Entry>);

/// Whether the data of a store can stand below this name of its root.
fn is_data(name: &str) -> bool {
    name == settings::FILE || Kind::ALL.iter().any(|kind| kind.folder() == name)
}

/// The entry at a path; none where there is none.
///
/// # Errors
/// `store` where git fails.
pub fn entry(objects: &Objects, root: &Id, path: &str) -> Result<Option<Entry>> {
    let mut at = Entry { sort: Sort::Folder, id: root.clone() };
    for part in path.split('/') {
        if at.sort != Sort::Folder {
            return Ok(None);
        }
        let folder = objects.folder(&at.id)?;
        let Some((_, next)) = folder.iter().find(|(name, _)| name == part) else {
            return Ok(None);
        };
        at = next.clone();
    }
    Ok(Some(at))
}

/// The path and entry of everything below a folder of the root that is no folder itself.
///
/// # Errors
/// `store` where git fails.
pub fn below(objects: &Objects, root: &Id, folder: &str) -> Result<BTreeMap<String, Entry>> {
    let mut found = BTreeMap::new();
    match entry(objects, root, folder)? {
        Some(Entry { sort: Sort::Folder, id }) => walk(objects, &id, folder, 1, &mut found)?,
        Some(other) => drop(found.insert(folder.to_owned(), other)),
        None => {}
    }
    Ok(found)
}

fn walk(
    objects: &Objects,
    id: &Id,
    path: &str,
    depth: usize,
    found: &mut BTreeMap<String, Entry>,
) -> Result<()> {
    for (name, entry) in objects.folder(id)?.iter() {
        let path = format!("{path}/{name}");
        if entry.sort == Sort::Folder && depth < DEPTH {
            walk(objects, &entry.id, &path, depth + 1, found)?;
        } else {
            found.insert(path, entry.clone());
        }
    }
    Ok(())
}

/// The paths of data at which two trees differ, with what each has there.
///
/// # Errors
/// `store` where git fails.
pub fn difference(
    objects: &Objects,
    before: Option<&Id>,
    after: Option<&Id>,
) -> Result<BTreeMap<String, Both>> {
    let mut found = BTreeMap::new();
    compare(objects, (before, after), "", 0, &mut found)?;
    Ok(found)
}

fn compare(
    objects: &Objects,
    (before, after): (Option<&Id>, Option<&Id>),
    path: &str,
    depth: usize,
    found: &mut BTreeMap<String, Both>,
) -> Result<()> {
    let open = |id: Option<&Id>| id.map_or_else(|| Ok(Folder::default()), |id| objects.folder(id));
    let mut names: BTreeMap<String, Both> = BTreeMap::new();
    for (name, entry) in open(before)?.iter() {
        names.entry(name.clone()).or_default().0 = Some(entry.clone());
    }
    for (name, entry) in open(after)?.iter() {
        names.entry(name.clone()).or_default().1 = Some(entry.clone());
    }
    for (name, (before, after)) in names {
        if before == after || (depth == 0 && !is_data(&name)) {
            continue;
        }
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        let split = |entry: Option<Entry>| match entry {
            Some(entry) if entry.sort == Sort::Folder && depth < DEPTH => (Some(entry.id), None),
            other => (None, other),
        };
        let ((inside, old), (outside, new)) = (split(before), split(after));
        if inside.is_some() || outside.is_some() {
            compare(objects, (inside.as_ref(), outside.as_ref()), &path, depth + 1, found)?;
        }
        if old.is_some() || new.is_some() {
            found.insert(path, (old, new));
        }
    }
    Ok(())
}
