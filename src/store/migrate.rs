//! A store of an older format, upgraded in one transaction: all files or none.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::{Code, Error, Result};
use crate::format::document::Found;
use crate::format::migrate::{self, Files};
use crate::model::settings::{self, Settings};
use crate::say;
use crate::store::journal::{self, Step};
use crate::store::lock::{Lock, Mode, Patience};
use crate::store::{disk, not_there};

/// What a migration did, or would do.
#[derive(Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The format that the store had.
    pub from: i64,
    /// The files that changed, came or went.
    pub changed: Vec<String>,
}

/// Upgrades a store to this version's format; one that has it stays as it is. `dry` stops before
/// anything is written.
///
/// # Errors
/// `store` where there is no store, where it has a later format, where no step leads on, or where a
/// file can't be read; `busy`.
pub fn migrate(
    root: &Path,
    patience: &Patience,
    steps: &[migrate::Step],
    dry: bool,
) -> Result<Migrated> {
    let read = |path: &str| {
        disk::read_any(root, path)
            .map_err(|error| Error::io(&say!("прочитать", "read"), path, &error))
    };
    let format = Settings::format(&read(settings::FILE)?.ok_or_else(|| not_there(root))?)?;
    if format == settings::FORMAT {
        return Ok(Migrated { from: format, changed: Vec::new() });
    }
    let mode = if dry { Mode::Shared } else { Mode::Exclusive };
    let _lock = Lock::take(root, mode, patience)?;
    if !dry {
        journal::recover(root)?;
    }
    let mut old = Files::new();
    old.insert(settings::FILE.to_owned(), read(settings::FILE)?.ok_or_else(|| not_there(root))?);
    for path in paths(root)? {
        let text = text(root, &path)?;
        old.insert(path, text);
    }
    let from = Settings::format(&old[settings::FILE])?;
    let new = migrate::migrate(steps, from, settings::FORMAT, old.clone())?;
    // What can't be opened afterwards is not written.
    Settings::parse(&new[settings::FILE])?;
    let changes = changes(&old, &new);
    if !dry {
        journal::write(root, &changes)?;
    }
    Ok(Migrated { from, changed: changes.into_iter().map(|step| step.path).collect() })
}

/// All files of records, of whatever folders the older formats had: every TOML file but what is
/// hidden.
fn paths(root: &Path) -> Result<Vec<String>> {
    let failed = |error| Error::io(&say!("прочитать", "read"), ".", &error);
    let mut paths = Vec::new();
    for folder in disk::folders(root).map_err(failed)? {
        paths.extend(disk::entries(root, &folder).map_err(failed)?);
    }
    paths.retain(|path| path.ends_with(".toml"));
    Ok(paths)
}

/// The text of a record's file; what is no text can't be carried over, and is not left behind.
fn text(root: &Path, path: &str) -> Result<String> {
    match disk::read(root, path) {
        Ok(Found::Text(text)) => Ok(text),
        Ok(_) => Err(Error::new(
            Code::Store,
            "unreadable",
            say!(
                "Обновление остановлено, ничего не изменено: файл не читается как текст: {path}.",
                "The upgrade stopped, nothing has changed: this file can't be read as text: {path}."
            ),
        )
        .hint(say!("Исправьте или уберите файл.", "Mend the file, or move it away."))
        .at(path, None, None)),
        Err(error) => Err(Error::io(&say!("прочитать", "read"), path, &error)),
    }
}

fn changes(old: &Files, new: &Files) -> Vec<Step> {
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = paths.into_iter().filter(|path| old.get(*path) != new.get(*path));
    let step = |path: &String| {
        Step::new(path.clone(), old.get(path).map(String::as_str), new.get(path).cloned())
    };
    changed.map(step).collect()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::format::migrate::tests::FROM_ZERO;
    use crate::store::Store;

    const PATIENCE: Duration = Duration::from_secs(1);
    const OLD: &str = "people/7h/7h2k9m4qwe.toml";
    const NEW: &str = "patients/7h/7h2k9m4qwe.toml";

    fn zero() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("appt.toml", "format = 0\ntimezone = \"Europe/Moscow\"\nkey = \"k\"\n");
        write(OLD, "fio = \"Щукин Пётр\"\n");
        write("specialties/lor.toml", "title = \"ЛОР\"\n");
        root
    }

    fn text(root: &Path, path: &str) -> Option<String> {
        std::fs::read_to_string(root.join(path)).ok()
    }

    #[test]
    fn an_old_store_is_refused_until_it_is_upgraded() {
        let root = zero();
        let refusal = Store::open(root.path(), PATIENCE).unwrap_err();
        assert_eq!((refusal.code, refusal.rule), (Code::Store, Some("format")));
        let dry = migrate(root.path(), &PATIENCE.into(), FROM_ZERO, true).unwrap();
        assert!(text(root.path(), OLD).is_some() && text(root.path(), NEW).is_none());
        let done = migrate(root.path(), &PATIENCE.into(), FROM_ZERO, false).unwrap();
        assert_eq!(done, dry);
        assert_eq!(
            (done.from, done.changed),
            (0, vec!["appt.toml".into(), NEW.into(), OLD.into()])
        );
        assert_eq!(text(root.path(), NEW).as_deref(), Some("name = \"Щукин Пётр\"\n"));
        assert_eq!(text(root.path(), OLD), None);
        Store::open(root.path(), PATIENCE).unwrap();
        let again = migrate(root.path(), &PATIENCE.into(), FROM_ZERO, false).unwrap();
        assert_eq!((again.from, again.changed.len()), (1, 0));
    }

    #[test]
    fn what_cannot_be_upgraded_whole_stays_as_it_is() {
        let root = zero();
        std::fs::write(root.path().join("specialties/bad.toml"), [0xff]).unwrap();
        let refusal = migrate(root.path(), &PATIENCE.into(), FROM_ZERO, false).unwrap_err();
        assert_eq!(refusal.place.unwrap().file, "specialties/bad.toml");
        assert!(text(root.path(), OLD).is_some());
        let root = zero();
        let settings = "format = 0\ntimezone = \"Mars/Base\"\nkey = \"k\"\n";
        std::fs::write(root.path().join("appt.toml"), settings).unwrap();
        let refusal = migrate(root.path(), &PATIENCE.into(), FROM_ZERO, false).unwrap_err();
        assert_eq!(refusal.rule, Some("bad-value"));
        assert_eq!(text(root.path(), "appt.toml").as_deref(), Some(settings));
        let no_steps = migrate(zero().path(), &PATIENCE.into(), &[], false).unwrap_err();
        assert_eq!(no_steps.rule, Some("format"));
    }

    #[test]
    fn a_later_format_is_not_touched() {
        let root = zero();
        std::fs::write(root.path().join("appt.toml"), "format = 2\n").unwrap();
        let refusal = migrate(root.path(), &PATIENCE.into(), FROM_ZERO, false).unwrap_err();
        assert!(refusal.message.en.contains("knows only 1"), "{}", refusal.message.en);
    }
}
