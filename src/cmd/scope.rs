//! The paths of a command line: which store they lie in, and which of its files they name.

use std::path::{Component, Path, PathBuf};

use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::model::settings;
use crate::say;
use crate::store::{Store, disk};

/// A store, or some of its files.
pub struct Scope<'a> {
    app: &'a App,
    opened: Option<Store>,
    /// Relative to the store; none for all of it.
    paths: Vec<String>,
}

impl<'a> Scope<'a> {
    /// What these paths name: a store, or files and folders of one; without any, the store that
    /// every command works with.
    ///
    /// # Errors
    /// `store` where no store is found; `not-found` where a path leads to nothing, or out of it.
    pub fn of(app: &'a App, named: &[&str]) -> Result<Scope<'a>> {
        let absolute = |path: &&str| plain(&app.environment.cwd.join(path));
        let all: Vec<PathBuf> = named.iter().map(absolute).collect();
        let Some(first) = all.first() else {
            return Ok(Scope { app, opened: None, paths: Vec::new() });
        };
        let store = if disk::exists(first, settings::FILE) {
            Store::open(first, app.patience())?
        } else {
            Store::find(first, app.patience())?
        };
        let mut paths = Vec::new();
        for (path, typed) in all.iter().zip(named) {
            let inside = path.strip_prefix(store.root()).ok();
            let inside = inside.map(|path| path.to_string_lossy().replace('\\', "/"));
            match inside {
                Some(path) if path.is_empty() => {
                    return Ok(Scope { app, opened: Some(store), paths: Vec::new() });
                }
                Some(path) if disk::exists(store.root(), &path) => paths.push(path),
                _ => return Err(nothing(typed)),
            }
        }
        Ok(Scope { app, opened: Some(store), paths })
    }

    /// The store.
    ///
    /// # Errors
    /// `store` where there is none.
    pub fn store(&self) -> Result<&Store> {
        match &self.opened {
            Some(store) => Ok(store),
            None => self.app.store(),
        }
    }

    /// Whether a file, relative to the store, is named.
    pub fn holds(&self, file: &str) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|path| is_below(path, file))
    }
}

/// Whether a file is this one, or lies in this folder.
fn is_below(path: &str, file: &str) -> bool {
    let rest = file.strip_prefix(path.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path without `.` and `..`, as it was typed: links are not looked into.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn nothing(typed: &str) -> Error {
    Error::new(
        Code::NotFound,
        "no-such-file",
        say!("В данных нет такого файла: {typed}.", "There is no such file in the data: {typed}."),
    )
    .hint(say!(
        "Путь — от текущей папки: файл или папка внутри папки с данными.",
        "A path starts at the current folder: a file or a folder inside the data folder."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_what_lies_in_it() {
        assert!(is_below("requests", "requests/2026/11/23/x.toml"));
        assert!(is_below("requests/", "requests/2026/11/23/x.toml"));
        assert!(is_below("clinics/a.toml", "clinics/a.toml"));
        assert!(!is_below("clinics/a", "clinics/ab.toml"));
    }

    #[test]
    fn dots_are_walked() {
        assert_eq!(plain(Path::new("/a/./b/../c")), Path::new("/a/c"));
    }
}
