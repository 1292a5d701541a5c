//! Files of a repository that are no records: what others changed in them comes along, as git has
//! it. What a disk should not hold stays in git's objects: links, other repositories, huge files,
//! names that lead elsewhere.

use std::path::Path as Disk;

use crate::error::{Code, Error, Result};
use crate::format::layout;
use crate::git;
use crate::git::changes::{self, Item, Path};
use crate::git::commits::Put;
use crate::git::objects::name_of;
use crate::git::refs::Id;
use crate::git::repository::Repository;
use crate::say;
use crate::store::{LOCAL, disk};
use crate::sync::scan;
use crate::sync::unite::United;

/// The size over which a file stays in git's objects, in bytes.
const MOST: u64 = 64 * 1024 * 1024;

/// What a file will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// What this object holds.
    Item(Item),
    /// This text, of both sides.
    Text(String),
    /// Gone.
    Gone,
    /// What stands in git alone, or nothing any more.
    KeptOut(Option<Item>),
}

impl Content {
    /// What a commit puts there.
    pub fn put(&self) -> Put {
        match self {
            Content::Item(item) | Content::KeptOut(Some(item)) => Put::Item(item.clone()),
            Content::Text(text) => Put::Text(text.clone()),
            Content::Gone | Content::KeptOut(None) => Put::Gone,
        }
    }

    /// Whether it comes to no disk.
    pub fn is_kept_out(&self) -> bool {
        matches!(self, Content::KeptOut(Some(_)))
    }
}

/// What their version becomes here.
///
/// # Errors
/// `refused` where a link or the like stands where records or the store's own files should.
pub fn taken(repository: &Repository, path: &Path, item: Option<&Item>) -> Result<Content> {
    let shown = String::from_utf8_lossy(path).into_owned();
    let Some(item) = item else {
        return Ok(if is_safe(path) { Content::Gone } else { Content::KeptOut(None) });
    };
    if item.is_file() && is_safe(path) && repository.objects().bytes(&item.id, MOST)?.is_some() {
        return Ok(Content::Item(item.clone()));
    }
    let first = shown.split('/').next().unwrap_or_default();
    let is_ours = scan::OWN.contains(&first) || first == LOCAL || layout::kind_of(&shown).is_some();
    if is_ours {
        return Err(Error::refused(
            "symlink",
            say!(
                "Там, где лежат данные, у других стоит ссылка или чужое хранилище: {shown}. Чужое не взято.",
                "Among the data, the others have a link or another repository: {shown}. Nothing was taken in."
            ),
        )
        .hint(say!(
            "Уберите это из общей ветки и повторите обмен.",
            "Remove it from the shared branch and sync again."
        )));
    }
    Ok(Content::KeptOut(Some(item.clone())))
}

/// Whether a path leads to a place below the root that is nobody's but a file's.
fn is_safe(path: &Path) -> bool {
    let Ok(path) = std::str::from_utf8(path) else { return false };
    let is_plain = |part: &str| {
        let lower = part.to_lowercase();
        !matches!(lower.as_str(), "" | "." | ".." | ".git" | "git~1" | LOCAL)
            && !part.contains(['\\', ':'])
            && !part.contains(char::is_control)
    };
    path.split('/').all(is_plain)
}

/// The merge of a file that both sides changed; none where they clash.
///
/// # Errors
/// `store` where git fails.
pub fn merged(
    repository: &Repository,
    path: &Path,
    [base, ours, theirs]: [Option<&Item>; 3],
) -> Result<Option<Content>> {
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return Ok(None) };
    if !ours.is_file() || !theirs.is_file() || !is_safe(path) {
        return Ok(None);
    }
    let text = |item: Option<&Item>| -> Result<Option<String>> {
        let Some(item) = item.filter(|item| item.is_file()) else { return Ok(Some(String::new())) };
        let bytes = repository.objects().bytes(&item.id, MOST)?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    };
    let (Some(base), Some(ours), Some(theirs)) =
        (text(base)?, text(Some(ours))?, text(Some(theirs))?)
    else {
        return Ok(None);
    };
    let root = repository.git().folder();
    let names = ["merge-ours", "merge-base", "merge-theirs"].map(|name| format!("{LOCAL}/{name}"));
    let failed = |error| Error::io(&say!("слить файлы в", "merge files in"), LOCAL, &error);
    for (name, text) in names.iter().zip([&ours, &base, &theirs]) {
        disk::replace(root, name, text, false).map_err(failed)?;
    }
    let conflicts = git::merge_file(root, &names[0], &names[1], &names[2]);
    let merged = disk::read_any(root, &names[0]).map_err(failed)?;
    for name in &names {
        disk::remove(root, name).map_err(failed)?;
    }
    Ok(merged.filter(|_| conflicts.is_ok_and(|conflicts| conflicts == 0)).map(Content::Text))
}

/// Puts the files in place. All are looked at before the first is touched: what a person changed
/// or staged is not overwritten.
///
/// # Errors
/// `conflict`, by name; `store` where a file can't be written.
pub fn put(root: &Disk, repository: &Repository, united: &United, head: &Id) -> Result<()> {
    if united.others.is_empty() {
        return Ok(());
    }
    let staged = changes::of_index(repository, head)?;
    let mut writes = Vec::new();
    for (path, (before, new)) in &united.others {
        let (shown, is_staged) = (String::from_utf8_lossy(path), staged.get(path));
        let wanted = match new {
            Content::KeptOut(_) => continue,
            Content::Gone => None,
            Content::Text(text) => Some((text.clone().into_bytes(), false)),
            Content::Item(item) => {
                let bytes = repository.objects().bytes(&item.id, MOST)?;
                Some((bytes.unwrap_or_default(), item.is_program()))
            }
        };
        let found = disk::bytes(root, &shown, MOST).map_err(|error| unwritten(&shown, &error))?;
        let name = |bytes: &Vec<u8>| name_of(bytes, head);
        let there = match &found {
            disk::Bytes::Nothing => None,
            disk::Bytes::File(bytes) => Some(name(bytes)),
            disk::Bytes::Other => return Err(in_the_way(&shown)),
        };
        let target = wanted.as_ref().map(|(bytes, _)| name(bytes));
        let is_clean = there == before.as_ref().map(|item| item.id.clone());
        let staged_id = is_staged.map(|(_, item)| item.as_ref().map(|item| item.id.clone()));
        let is_index_clean = staged_id.is_none_or(|id| id == target);
        if (there == target || is_clean) && is_index_clean {
            writes.push((shown, wanted));
        } else {
            return Err(in_the_way(&shown));
        }
    }
    for (path, wanted) in &writes {
        let done = match wanted {
            Some((bytes, is_program)) => disk::put(root, path, bytes, *is_program),
            None => disk::remove(root, path),
        };
        done.map_err(|error| unwritten(path, &error))?;
    }
    // They may be new, and their folders too.
    let paths = writes.iter().map(|(path, _)| (path.as_ref(), true));
    disk::sync_folders(root, paths).map_err(|error| unwritten(".", &error))
}

fn unwritten(path: &str, error: &std::io::Error) -> Error {
    Error::io(&say!("записать", "write"), path, error)
}

fn in_the_way(path: &str) -> Error {
    Error::new(
        Code::Conflict,
        "in-the-way",
        say!(
            "Другие изменили файл {path}, а здесь он изменён и не сохранён в git. Чужое не взято.",
            "The others changed {path}, and here it has changes that are not in git. Nothing was taken in."
        ),
    )
    .hint(say!(
        "Сохраните его (`git commit {path}`) или уберите и повторите обмен.",
        "Commit it (`git commit {path}`), or put it elsewhere, and sync again."
    ))
    .at(path, None, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_elsewhere_is_not_safe() {
        for path in
            ["../x", "a/../b", ".git/hooks/x", "a/.GIT/x", ".appt/lock", "a//b", "C:x", "a\nb"]
        {
            assert!(!is_safe(&path.as_bytes().to_vec()), "{path}");
        }
        assert!(!is_safe(&vec![0xff]));
        for path in ["README.md", "docs/схема.png", ".github/x.yml", "patients/notes.txt"] {
            assert!(is_safe(&path.as_bytes().to_vec()), "{path}");
        }
    }
}
