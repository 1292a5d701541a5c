//! What `check` is asked about: a store, or files of one. The rules see the whole store all the
//! same.

use std::path::{Path, PathBuf};

use crate::app::{self, App};
use crate::check::since::WithMissed;
use crate::check::survey::{self, Finding, Found};
use crate::error::{Error, Result};
use crate::format::settings::Sheet;
use crate::model::kind::Kind;
use crate::say;
use crate::store::{Store, disk};

/// A store, and which of its files are asked about.
pub struct Target {
    /// The store.
    pub store: Store,
    /// Its `appt.toml`.
    pub sheet: Sheet,
    /// Paths relative to the store; none where all of it is asked about.
    only: Vec<PathBuf>,
}

impl Target {
    /// The store that the paths lie in; without any, the one that every command finds. A store that
    /// is named counts for files, too: only where the environment names it, a path may name another,
    /// as a whole.
    ///
    /// # Errors
    /// `store` where a path does not exist or lies in no store; `usage` where two lie in different
    /// stores, or one in another than the one that is named.
    pub fn new(app: &App, typed: &[&str]) -> Result<Target> {
        let named = app::named(&app.environment, app.globals.data.as_deref());
        let cwd = app.environment.cwd.as_path();
        let is_told = app.globals.data.is_some();
        let is_whole = |path: &PathBuf| Store::root_above(path).is_ok_and(|root| root == path);
        let place = |typed: &&str| match disk::place_of(&cwd.join(typed)) {
            Ok(path) if !is_told && is_whole(&path) => Ok(path),
            _ => place(cwd, named.as_deref(), typed),
        };
        let paths = typed.iter().map(place).collect::<Result<Vec<_>>>()?;
        let known = named.as_ref().and_then(|folder| disk::place_of(folder).ok());
        if let (Some(folder), None) = (&named, &known) {
            // It is not there, and says so.
            Store::open_to_check(folder, app.patience())?;
        }
        for (path, typed) in paths.iter().zip(typed).filter(|_| known.is_some()) {
            let root = Store::root_above(path)?;
            if known.as_deref() != Some(root) && (is_told || !is_whole(path)) {
                return Err(elsewhere(typed));
            }
        }
        let root = match (paths.first(), &named) {
            (Some(path), _) => Store::root_above(path)?.to_path_buf(),
            (None, Some(folder)) => folder.clone(),
            (None, None) => Store::root_above(&app.environment.cwd)?.to_path_buf(),
        };
        let (mut store, sheet) = Store::open_to_check(&root, app.patience())?;
        store.cached = !app.globals.no_cache;
        let mut only = Vec::new();
        for (path, typed) in paths.iter().zip(typed) {
            if Store::root_above(path)? != root {
                return Err(elsewhere(typed));
            }
            only.extend(path.strip_prefix(&root).map(Path::to_path_buf));
        }
        if only.iter().any(|path| path.as_os_str().is_empty()) {
            only.clear();
        }
        Ok(Target { store, sheet, only })
    }

    /// All findings of the store, worst first, whatever part of it is asked about; `missed` are
    /// records of which somebody has said already that they are gone.
    ///
    /// # Errors
    /// `store` where a file can't be read; `busy`.
    pub fn survey(&self, app: &App, missed: Vec<(Kind, String)>) -> Result<Vec<Finding>> {
        let in_ci = app.environment.own_var("CI").is_some();
        let is_open_to_others = !in_ci && disk::is_open_to_others(self.store.root());
        let findings = self.store.read(|library| {
            let documents = library.suspects(app.now).collect();
            let strangers = library.strangers().into_iter().chain(library.strays()).collect();
            let book = WithMissed { book: library, missed };
            let sheet = &self.sheet;
            let found = Found { book: &book, documents, strangers, sheet, is_open_to_others };
            Ok(survey::all(&found, app.now))
        });
        app.tell_of_cache(&self.store);
        findings
    }

    /// What is asked about, relative to the store; empty where all of it is.
    pub fn only(&self) -> Vec<String> {
        let joined = |path: &PathBuf| {
            path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
        };
        self.only.iter().map(joined).collect()
    }

    /// Whether a file of the store is asked about.
    pub fn holds(&self, file: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|path| Path::new(file).starts_with(path))
    }

    /// How to reach the store from a folder: empty where it is that folder, or does not lie in it.
    pub fn below(&self, folder: &Path) -> String {
        let root = disk::place_of(self.store.root());
        let folder = disk::place_of(folder);
        let (Ok(root), Ok(folder)) = (root, folder) else { return String::new() };
        let parts = root.strip_prefix(folder).unwrap_or(Path::new("")).iter();
        parts.map(|part| format!("{}/", part.to_string_lossy())).collect()
    }

    /// How to reach the store from the root of what a forge shows: its checkout, where a job says
    /// where that lies.
    pub fn below_checkout(&self, app: &App) -> String {
        let environment = &app.environment;
        let checkouts = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"];
        let checkout = checkouts.into_iter().find_map(|name| environment.own_var(name));
        self.below(checkout.map_or(environment.cwd.as_path(), Path::new))
    }
}

/// Where a typed path leads: into the store that was named, as seen from here or from there, where
/// that has such a file; or else as seen from here.
fn place(cwd: &Path, named: Option<&Path>, typed: &str) -> Result<PathBuf> {
    let root = named.and_then(|folder| disk::place_of(folder).ok());
    let places = [Some(cwd), named].into_iter().flatten();
    let places: Vec<PathBuf> =
        places.filter_map(|base| disk::place_of(&base.join(typed)).ok()).collect();
    let is_named = |place: &&PathBuf| root.as_ref().is_some_and(|root| place.starts_with(root));
    let found = places.iter().find(is_named).or(places.first()).cloned();
    found.ok_or_else(|| {
        Error::store(
            "no-such-file",
            say!(
                "Нет такого файла или папки: {typed}.",
                "There is no such file or folder: {typed}."
            ),
        )
        .at(typed, None, None)
    })
}

fn elsewhere(typed: &str) -> Error {
    Error::usage(
        "two-stores",
        say!("Этот путь в других данных: {typed}.", "This path lies in another store: {typed}."),
    )
    .hint(say!(
        "Проверяйте каждые данные отдельно: `appt check ПАПКА`.",
        "Check each store by itself: `appt check DIR`."
    ))
}
