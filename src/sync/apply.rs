//! What a union changes, put into the work tree: its records as steps of the store's journal, all
//! or none; other files one by one.
//!
//! Invariant: nothing is overwritten that is not in a commit.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::{Code, Error, Result};
use crate::format::document::Found;
use crate::format::layout;
use crate::git::changes;
use crate::git::objects::name_of;
use crate::git::refs::Id;
use crate::git::repository::Repository;
use crate::merge;
use crate::say;
use crate::store::disk;
use crate::store::journal::Step;
use crate::sync::foreign::{Content, MOST};
use crate::sync::unite::United;

/// The records' steps. A file that was left, since it is not valid, keeps what a person did to it: it is
/// merged with what comes. None where any other file is not as it was committed.
///
/// # Errors
/// `conflict`: a file that was left can't be merged, and is not overwritten. `store`: a file can't
/// be read.
pub fn records(root: &Path, united: &United, left: &BTreeSet<&str>) -> Result<Option<Vec<Step>>> {
    let mut steps = Vec::new();
    for (path, (before, new)) in &united.texts {
        let found = disk::read(root, path)
            .map_err(|error| Error::io(&say!("прочитать", "read"), path, &error))?;
        let there = match found {
            Found::Text(text) => Some(text),
            Found::Nothing => None,
            _ => return Err(is_broken(path)),
        };
        if there == *new {
            continue;
        }
        if there == *before {
            steps.push(Step::new(path.clone(), there.as_deref(), new.clone()));
            continue;
        }
        if !left.contains(path.as_str()) {
            return Ok(None);
        }
        // What a person removed, or changed while others removed it, stays so: the next sync sees
        // it as their work.
        let (Some(there), Some(new)) = (&there, new) else { continue };
        let Some((kind, id)) = layout::record_at(path) else { continue };
        let both = merge::texts(kind, id, before.as_deref(), there, new);
        let both = both.map_err(|_| is_broken(path))?;
        steps.push(Step::new(path.clone(), Some(there), Some(both)));
    }
    Ok(Some(steps))
}

/// Puts the files that are no records in place. All are looked at before the first is touched: what a person changed
/// or staged is not overwritten.
///
/// # Errors
/// `conflict`, by name; `store` where a file can't be written.
pub fn others(root: &Path, repository: &Repository, united: &United, head: &Id) -> Result<()> {
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
            disk::Bytes::Other => return Err(is_changed(&shown)),
        };
        let target = wanted.as_ref().map(|(bytes, _)| name(bytes));
        let is_clean = there == before.as_ref().map(|item| item.id.clone());
        let staged_id = is_staged.map(|(_, item)| item.as_ref().map(|item| item.id.clone()));
        let is_index_clean = staged_id.is_none_or(|id| id == target);
        if (there == target || is_clean) && is_index_clean {
            writes.push((shown, wanted));
        } else {
            return Err(is_changed(&shown));
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

fn is_changed(path: &str) -> Error {
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

fn is_broken(path: &str) -> Error {
    Error::new(
        Code::Conflict,
        "in-the-way",
        say!(
            "Другие изменили {path}, а здесь в этом файле ошибка: его не перезаписать и не слить. Чужое не взято.",
            "The others changed {path}, and here that file has an error: it can be neither overwritten nor merged. Nothing was taken in."
        ),
    )
    .hint(say!(
        "Исправьте его (`appt check {path}`) или верните из git (`git checkout HEAD -- {path}`) и повторите обмен.",
        "Mend it (`appt check {path}`), or take it back from git (`git checkout HEAD -- {path}`), and sync again."
    ))
    .at(path, None, None)
}
