//! Which command is an operator's last one: the one that was noted when it was given, else what the
//! histories tell. One that no history can bring back is not skipped: it is refused, and named.

use std::path::Path;

use crate::app::Desk;
use crate::cmd::undo::when;
use crate::error::{Error, Result};
use crate::format::layout;
use crate::git::repository::Repository;
use crate::life::undo::{self, Part};
use crate::model::record::Record;
use crate::render::cell::Sight;
use crate::say;
use crate::store::disk;
use crate::store::last::Last;

/// What the last command of whoever acts did, record by record. `is_anyway` goes past one that can't
/// be taken back, to the one before it.
///
/// # Errors
/// `refused`: there is none; something came after it; it can't be taken back.
pub fn parts(
    desk: &Desk<'_>,
    root: &Path,
    repository: Option<&Repository>,
    is_anyway: bool,
) -> Result<Vec<Part>> {
    let (book, by) = (desk.library, desk.by);
    let told = || {
        let written = |record: &Record| disk::written(root, &layout::path(record.kind, &record.id));
        undo::parts(book, by, &undo::last(book, by, written)?)
    };
    let last = Last::of(root, by);
    if !last.is_current(undo::latest(book, by)) {
        if let Some(repository) = repository.filter(|_| !is_anyway) {
            let gone = repository.removed()?;
            if let Some(path) = gone.iter().find(|path| layout::record_at(path).is_some()) {
                return Err(removed(path, Some(repository)));
            }
        }
        return told();
    }
    let gone = last.removed.as_ref().filter(|path| !disk::exists(root, path));
    match gone {
        _ if is_anyway => {}
        _ if last.undid => return Err(at_an_end(desk, &told()?)),
        Some(path) => return Err(removed(path, repository)),
        None if last.came => return Err(came()),
        None => {}
    }
    let is_bare = last.undid || last.came || gone.is_some() || last.named.is_empty();
    let parts = if is_bare { Vec::new() } else { undo::parts(book, by, &last.named)? };
    if parts.is_empty() { told() } else { Ok(parts) }
}

/// Notes that a command was taken back with records that it made, so that it can't be done again.
pub fn nothing_to_do_again(root: &Path, taken: &[Part]) {
    let first = taken.iter().find_map(|part| part.events().first());
    if let Some(by) = first.map(|event| &event.by) {
        let mut last = Last::of(root, by);
        last.undid = true;
        last.note(root, by);
    }
}

fn at_an_end(desk: &Desk<'_>, before: &[Part]) -> Error {
    let sight = desk.app.sight(desk.library, desk.settings);
    let when = |lang| when(&Sight { lang, ..sight }, before);
    let (ru, en) = (when(crate::i18n::Lang::Ru), when(crate::i18n::Lang::En));
    Error::refused(
        "undone",
        say!(
            "Последняя команда уже взята назад, а повторить её нельзя: её записей больше нет.",
            "The last command is taken back already, and can't be done again: its records are gone."
        ),
    )
    .hint(say!(
        "Взять назад и то, что было до неё ({ru}): `appt undo --anyway`; что именно: `appt undo --anyway --dry-run`.",
        "To take back what was before it, too ({en}): `appt undo --anyway`; to see it: `appt undo --anyway --dry-run`."
    ))
}

fn came() -> Error {
    Error::refused(
        "imported",
        say!(
            "Последней командой были записи из другой базы, со своей историей: взять их назад нельзя.",
            "The last command brought records of another store, with their history: it can't be taken back."
        ),
    )
    .hint(say!(
        "Лишнее удалите (`remove`). Взять назад команду до неё: `appt undo --anyway`.",
        "Remove what is too much (`remove`). To take back the command before: `appt undo --anyway`."
    ))
}

fn removed(path: &str, repository: Option<&Repository>) -> Error {
    let before = say!(
        "Взять назад команду до удаления: `appt undo --anyway`.",
        "To take back the command before: `appt undo --anyway`."
    );
    let command = repository.and_then(|repository| repository.restoring(path));
    let (ru, en) = (before.ru, before.en);
    match command {
        Some(command) => Error::refused(
            "removed",
            say!(
                "Удалённую запись историей не вернуть, её хранит git: {path}.",
                "A removed record is in no history; git has it: {path}."
            ),
        )
        .hint(say!("Вернуть её: `{command}`. {ru}", "To get it back: `{command}`. {en}")),
        None => Error::refused(
            "removed",
            say!(
                "Удалённую запись вернуть неоткуда: {path}.",
                "Nothing holds the removed record any more: {path}."
            ),
        )
        .hint(say!("Заведите её заново. {ru}", "Make it anew. {en}")),
    }
}
