//! The store: the folder of files, found, read under a shared lock and written in transactions
//! (`spec.md`, sections 2 and 9).

mod batch;
pub mod broken;
mod bulk;
pub mod cache;
pub mod disk;
pub mod journal;
pub mod last;
pub mod library;
pub mod lock;
pub mod migrate;
pub mod seal;

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, rule};
use crate::format::document::Found;
use crate::format::settings::Sheet;
use crate::i18n::Lang;
use crate::model::settings::{self, Settings};
use crate::say;
use crate::store::batch::Batch;
use crate::store::cache::{Cache, Report};
use crate::store::journal::{Step, Watch};
use crate::store::last::Last;
use crate::store::library::Library;
use crate::store::lock::{Lock, Mode, Patience};
use crate::store::seal::{Author, Plan, Sealed};

/// The folder of local things: lock, journal, cache, drafts.
pub const LOCAL: &str = ".appt";

/// A store that was found and whose settings could be read.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    /// What its `appt.toml` says.
    pub settings: Settings,
    patience: Patience,
    /// Whether the cache may be used.
    pub cached: bool,
    /// What the caches did that reads and writes used.
    pub reports: RefCell<Vec<Report>>,
    /// The transaction that this store is within, where it is one of several commands.
    batch: Option<Batch>,
    watch: OnceCell<Watcher>,
}

/// Who looks on while many files are written.
struct Watcher(Box<Watch>);

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

impl Store {
    /// Opens the store at a folder.
    ///
    /// # Errors
    /// `store` where there is none, or none that this version can read.
    pub fn open(root: &Path, patience: impl Into<Patience>) -> Result<Store> {
        let text = disk::read_any(root, settings::FILE)
            .map_err(|error| Error::io(&say!("прочитать", "read"), settings::FILE, &error))?
            .ok_or_else(|| not_there(root))?;
        no_link(root)?;
        if disk::is_link(root, settings::FILE) {
            return Err(linked(settings::FILE));
        }
        Ok(Store::new(root, Settings::parse(&text)?, patience))
    }

    fn new(root: &Path, settings: Settings, patience: impl Into<Patience>) -> Store {
        Store {
            root: root.to_path_buf(),
            settings,
            patience: patience.into(),
            cached: true,
            reports: RefCell::default(),
            batch: None,
            watch: OnceCell::new(),
        }
    }

    /// Opens the store at a folder for `check`, which judges `appt.toml` too: what is wrong in it
    /// is a finding, and ends nothing.
    ///
    /// # Errors
    /// `store` where there is none, or its data have another format.
    pub fn open_to_check(root: &Path, patience: impl Into<Patience>) -> Result<(Store, Sheet)> {
        let found = disk::read(root, settings::FILE)
            .map_err(|error| Error::io(&say!("прочитать", "read"), settings::FILE, &error))?;
        if found == Found::Nothing {
            return Err(not_there(root));
        }
        no_link(root)?;
        let sheet = Sheet::new(found)?;
        let settings = sheet.settings.clone();
        Ok((Store::new(root, settings, patience), sheet))
    }

    /// The language that was chosen for a store, as far as its `appt.toml` can be read.
    pub fn language(root: &Path) -> Option<Lang> {
        let text = disk::read_any(root, settings::FILE).ok()??;
        Sheet::new(Found::Text(text)).ok()?.settings.language
    }

    /// The folder of the store that a path lies in, walking up as git does.
    ///
    /// # Errors
    /// `store` where there is none.
    pub fn root_above(from: &Path) -> Result<&Path> {
        let root = from.ancestors().find(|folder| disk::exists(folder, settings::FILE));
        root.ok_or_else(no_store)
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads under a shared lock: no half of a write is seen. What is needed for the answer must
    /// be taken out, since the lock goes before anything is printed.
    ///
    /// # Errors
    /// What `look` returns; `busy`; `store` where a file can't be read.
    pub fn read<T>(&self, look: impl FnOnce(&Library<'_>) -> Result<T>) -> Result<T> {
        if let Some(batch) = &self.batch {
            let library = batch.library(self);
            return library.whole(look(&library));
        }
        let mut library = self.library();
        // Over again, since another write may be interrupted between the two locks.
        let lock = loop {
            let lock = Lock::take(&self.root, Mode::Shared, &self.patience)?;
            if !journal::is_pending(&self.root) {
                break lock;
            }
            drop(lock);
            let Err(error) = self.recover() else { continue };
            let lock = Lock::take(&self.root, Mode::Shared, &self.patience)?;
            match error.rule {
                Some(rule::IO) => library = library.with_pending(journal::pending(&self.root)?),
                // What is there is shown, with a warning; nothing is written beside it.
                Some(rule::JOURNAL) => library = library.with_damaged_journal(),
                _ => return Err(error),
            }
            break lock;
        };
        let answer = library.whole(look(&library));
        self.reports.borrow_mut().extend(library.report());
        drop(lock);
        answer
    }

    /// Looks without the lock, for the answer of a write that stands: nothing may fail any more.
    /// What others are writing may be seen in part.
    pub fn glance<T>(&self, look: impl FnOnce(&Library<'_>) -> T) -> T {
        match &self.batch {
            Some(batch) => look(&batch.library(self)),
            None => look(&Library::new(&self.root)),
        }
    }

    /// Looks without the lock, and writes nothing, not even the cache: for whoever can't wait and
    /// would rather see less.
    pub fn peek<T>(&self, look: impl FnOnce(&Library<'_>) -> T) -> T {
        look(
            &Library::new(&self.root).with_cache(Cache::new(&self.root, &self.settings).as_it_is()),
        )
    }

    /// Has somebody told of each file of a write.
    pub fn watch(&self, watch: Box<Watch>) {
        // Whoever came first looks on.
        drop(self.watch.set(Watcher(watch)));
    }

    fn write(&self, steps: &[Step]) -> Result<()> {
        match self.watch.get() {
            Some(Watcher(watch)) => journal::write_watched(&self.root, steps, watch),
            None => journal::write(&self.root, steps),
        }
    }

    fn library(&self) -> Library<'_> {
        let library = Library::new(&self.root);
        if !self.cached {
            return library.with_judge(&self.settings);
        }
        library.with_cache(Cache::new(&self.root, &self.settings))
    }

    /// Completes an interrupted write, alone.
    fn recover(&self) -> Result<()> {
        let _lock = Lock::take(&self.root, Mode::Exclusive, &self.patience)?;
        journal::recover(&self.root)
    }

    /// Rewrites files, all or none, where no rule has a say: the plan's steps are made as they are,
    /// under the exclusive lock. `dry` stops before the last step.
    ///
    /// # Errors
    /// What `plan` returns; `busy`; `store`.
    pub fn rewrite<T>(
        &self,
        dry: bool,
        plan: impl FnOnce(&Library<'_>) -> Result<(Vec<Step>, T)>,
    ) -> Result<T> {
        if dry {
            return self.read(|library| Ok(plan(library)?.1));
        }
        let _lock = Lock::take(&self.root, Mode::Exclusive, &self.patience)?;
        journal::recover(&self.root)?;
        let library = Library::new(&self.root);
        let (steps, answer) = library.whole(plan(&library))?;
        journal::write(&self.root, &steps)?;
        Ok(answer)
    }

    /// Plans a write under the exclusive lock, judges it by the rules, and makes it, all or
    /// nothing. `author` says who writes; `dry` stops before the last step.
    ///
    /// # Errors
    /// What `author` and `plan` return; `refused` by a rule; `forbidden`; `busy`; `store`. Nothing
    /// is written then, unless the message says that the change stands.
    pub fn transact<'a, T>(
        &self,
        dry: bool,
        author: impl FnOnce(&Library<'_>) -> Result<Author<'a>>,
        plan: impl FnOnce(&Library<'_>, &Author<'a>) -> Result<(Plan, T)>,
    ) -> Result<(Sealed, T)> {
        let seal = |library: &Library<'_>| {
            let mut author = author(library)?;
            let mut last = self.command_of(&author.id);
            author.moment = last.moment(author.moment);
            let (plan, answer) = plan(library, &author)?;
            let sealed = seal::seal(library, &self.settings, &author, plan)?;
            last.add(&sealed, author.now);
            Ok((sealed, answer, (author.id, last)))
        };
        let work = |library: &Library<'_>| library.whole(seal(library));
        if dry {
            return self.read(work).map(|(sealed, answer, _)| (sealed, answer));
        }
        if let Some(batch) = &self.batch {
            let (sealed, answer, (by, last)) = self.read(work)?;
            batch.lay(&sealed, by, last);
            return Ok((sealed, answer));
        }
        let _lock = Lock::take(&self.root, Mode::Exclusive, &self.patience)?;
        journal::recover(&self.root)?;
        let library = self.library();
        let (sealed, answer, (by, last)) = work(&library)?;
        self.reports.borrow_mut().extend(library.report());
        last.note(&self.root, &by);
        self.write(&sealed.steps)?;
        Ok((sealed, answer))
    }

    /// The command that an operator gives now: what it has done so far, where it is a line of a batch.
    fn command_of(&self, by: &str) -> Last {
        let of_batch = self.batch.as_ref().and_then(|batch| batch.command_of(by));
        of_batch.unwrap_or_else(|| Last::of(&self.root, by).next())
    }

    /// Puts texts in place that were made elsewhere: `plan` looks at the files under the exclusive
    /// lock and says what changes.
    ///
    /// # Errors
    /// What `plan` returns; `busy`; `store`.
    pub fn put_in_place<T>(
        &self,
        plan: impl FnOnce(&Path) -> Result<(Vec<journal::Step>, T)>,
    ) -> Result<T> {
        let _lock = Lock::take(&self.root, Mode::Exclusive, &self.patience)?;
        journal::recover(&self.root)?;
        let (steps, answer) = plan(&self.root)?;
        journal::write(&self.root, &steps)?;
        Ok(answer)
    }

    /// Makes changes of files that no plan of events makes, under the exclusive lock, all or none:
    /// what git left of a merge. `dry` stops before the last step.
    ///
    /// # Errors
    /// What `steps` returns; `busy`; `store`.
    pub fn mend<T>(&self, dry: bool, steps: impl FnOnce() -> Result<(Vec<Step>, T)>) -> Result<T> {
        if dry {
            return steps().map(|(_, answer)| answer);
        }
        let _lock = Lock::take(&self.root, Mode::Exclusive, &self.patience)?;
        journal::recover(&self.root)?;
        let (steps, answer) = steps()?;
        journal::write(&self.root, &steps)?;
        Ok(answer)
    }
}

/// The folder of local things is no link: one that came with a clone would lead what is written there
/// elsewhere.
fn no_link(root: &Path) -> Result<()> {
    if !disk::is_link(root, LOCAL) {
        return Ok(());
    }
    let error = Error::store(
        "symlink",
        say!("{LOCAL}: это ссылка, по ней appt не ходит.", "{LOCAL} is a link; appt follows none."),
    );
    Err(error
        .hint(say!(
            "Удалите её: `rm {LOCAL}`. Папку {LOCAL} программа создаст сама.",
            "Remove it: `rm {LOCAL}`. The program makes the folder {LOCAL} itself."
        ))
        .at(LOCAL, None, None))
}

/// A link in the settings' place: it may lead to any file of this machine.
fn linked(path: &str) -> Error {
    Error::store(
        "symlink",
        say!("{path}: это ссылка, по ней appt не ходит.", "{path} is a link; appt follows none."),
    )
    .hint(say!("Замените её самим файлом.", "Put the file itself in its place."))
    .at(path, None, None)
}

/// The folder that was named holds no store.
fn not_there(root: &Path) -> Error {
    let path = crate::words::path::shown(root);
    Error {
        message: say!("Нет данных appt: {path}.", "No appt store: {path}."), ..no_store()
    }
}

fn no_store() -> Error {
    Error::store(rule::NO_STORE, say!("Здесь нет данных appt.", "No appt store here.")).hint(say!(
        "Укажите папку: `--data ПАПКА`, или создайте: `appt init`.",
        "Name the folder: `--data DIR`, or make one: `appt init`."
    ))
}
