//! Which command is an operator's last one: the one that was noted when it was given, else what the
//! histories tell. One that no history can bring back is not skipped: it is refused, and named.

use std::path::Path;

use crate::app::Desk;
use crate::cmd::record::remove;
use crate::cmd::undo::{is_undoing, when};
use crate::error::{Error, Result};
use crate::format::layout;
use crate::git::repository::Repository;
use crate::i18n::{Lang, Text};
use crate::life::undo::{self, Named, Part};
use crate::model::record::Record;
use crate::render::cell::Sight;
use crate::say;
use crate::store::disk;
use crate::store::last::Last;

/// A command to be taken back.
pub struct Which {
    /// What it did, record by record.
    pub parts: Vec<Part>,
    /// The commands before it, as far as that was noted, the latest first.
    pub earlier: Vec<Named>,
}

/// The last command of whoever acts. `is_anyway` goes past one that can't be taken back, to the one
/// before it.
///
/// # Errors
/// `refused`: there is none; something came after it; it can't be taken back.
pub fn which(
    desk: &Desk<'_>,
    root: &Path,
    repository: Option<&Repository>,
    is_anyway: bool,
) -> Result<Which> {
    let (book, by) = (desk.library, desk.by);
    let told = || {
        let written = |record: &Record| disk::written(root, &layout::path(record.kind, &record.id));
        let parts = undo::parts(book, by, &undo::last(book, by, written)?)?;
        Ok(Which { parts, earlier: Vec::new() })
    };
    let last = Last::of(root, by);
    let latest = undo::latest(book, by);
    remove::all_read(desk, "")?;
    if !last.is_current(latest) {
        if let Some(repository) = repository.filter(|_| !is_anyway) {
            let gone = repository.removed()?;
            if let Some(path) = gone.iter().find(|path| layout::record_at(path).is_some()) {
                return Err(removed(path, Some(repository), true));
            }
        }
        return told();
    }
    let gone = last.removed.as_ref().filter(|path| !disk::exists(root, path));
    if !last.undid && !last.came && gone.is_none() {
        let parts = undo::parts(book, by, &last.named)?;
        return if parts.is_empty() { told() } else { Ok(Which { parts, earlier: last.earlier }) };
    }
    let before = match last.earlier.split_first() {
        Some((named, rest)) => {
            undo::parts(book, by, named).map(|parts| Which { parts, earlier: rest.to_vec() })
        }
        None => told(),
    };
    // A guess may name a command long before, or the taking back itself: then nothing is lost by it.
    let is_known = !last.earlier.is_empty();
    let is_sure = |part: &Part| is_known || part.from > 0 && !part.events().iter().any(is_undoing);
    let before =
        before.ok().filter(|which| !which.parts.is_empty() && which.parts.iter().all(is_sure));
    match (before, gone) {
        (Some(before), _) if is_anyway => Ok(before),
        (None, _) if is_anyway => Err(unknown()),
        (before, _) if last.undid => Err(at_an_end(desk, before.as_ref())),
        (before, Some(path)) => Err(removed(path, repository, before.is_some())),
        (_, None) => Err(came()),
    }
}

/// Notes that a command was taken back with records that it made, so that it can't be done again.
pub fn nothing_to_do_again(root: &Path, by: &str, taken: Which) {
    let mut last = Last::of(root, by);
    (last.undid, last.earlier) = (true, taken.earlier);
    last.note(root, by);
}

fn unknown() -> Error {
    Error::refused(
        "nothing-to-undo",
        say!(
            "Команды до неё не вернуть: что она записала, ушло вместе с удалённым, или этого уже не узнать.",
            "The command before can't be taken back: what it recorded went with what was removed, or nobody knows any more."
        ),
    )
    .hint(say!(
        "Что сделано: `appt log`. Исправьте обычной командой.",
        "What was done: `appt log`. Mend it by an ordinary command."
    ))
}

fn at_an_end(desk: &Desk<'_>, before: Option<&Which>) -> Error {
    let error = Error::refused(
        "undone",
        say!(
            "Последняя команда уже взята назад, а повторить её нельзя: её записей больше нет.",
            "The last command is taken back already, and can't be done again: its records are gone."
        ),
    );
    let Some(before) = before else {
        return error.hint(say!("Что сделано: `appt log`.", "What was done: `appt log`."));
    };
    let sight = desk.app.sight(desk.library, desk.settings);
    let when = |lang| when(&Sight { lang, ..sight }, &before.parts);
    let (ru, en) = (when(Lang::Ru), when(Lang::En));
    error.hint(say!(
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

fn removed(path: &str, repository: Option<&Repository>, has_before: bool) -> Error {
    let before = match has_before {
        true => say!(
            " Взять назад команду до удаления: `appt undo --anyway`.",
            " To take back the command before: `appt undo --anyway`."
        ),
        false => Text::default(),
    };
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
        .hint(say!("Вернуть её: `{command}`.{ru}", "To get it back: `{command}`.{en}")),
        None => Error::refused(
            "removed",
            say!(
                "Удалённую запись вернуть неоткуда: {path}.",
                "Nothing holds the removed record any more: {path}."
            ),
        )
        .hint(say!("Заведите её заново.{ru}", "Make it anew.{en}")),
    }
}
