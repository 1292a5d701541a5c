//! The records of a union, put into the work tree: as steps of the store's journal, all or none.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::{Code, Error, Result};
use crate::format::document::Found;
use crate::format::layout;
use crate::merge;
use crate::say;
use crate::store::disk;
use crate::store::journal::Step;
use crate::sync::unite::United;

/// The steps. A file that was left, since it is not valid, keeps what a person did to it: it is
/// merged with what comes. None where any other file is not as it was committed.
///
/// # Errors
/// `conflict`: a file that was left can't be merged, and is not overwritten. `store`: a file can't
/// be read.
pub fn steps(root: &Path, united: &United, left: &BTreeSet<&str>) -> Result<Option<Vec<Step>>> {
    let mut steps = Vec::new();
    for (path, (before, new)) in &united.texts {
        let found = disk::read(root, path)
            .map_err(|error| Error::io(&say!("прочитать", "read"), path, &error))?;
        let there = match found {
            Found::Text(text) => Some(text),
            Found::Nothing => None,
            _ => return Err(in_the_way(path)),
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
        let both = both.map_err(|_| in_the_way(path))?;
        steps.push(Step::new(path.clone(), Some(there), Some(both)));
    }
    Ok(Some(steps))
}

fn in_the_way(path: &str) -> Error {
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
