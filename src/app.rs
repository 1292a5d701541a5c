//! What every command is handed: the world, the global flags, and the store, opened when it is
//! first needed.

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};

use crate::environment::Environment;
use crate::error::{Code, Error, Result};
use crate::git;
use crate::git::remote;
use crate::git::run::Git;
use crate::i18n::{Lang, Text};
use crate::life::{self, Acting};
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::record::Record;
use crate::model::settings::Settings;
use crate::output::{self, Format, Output, pager};
use crate::query::resolve;
use crate::render::cell::Sight;
use crate::store::cache::Report;
use crate::store::library::Library;
use crate::store::lock::Patience;
use crate::store::seal::{Author, Plan, Sealed};
use crate::store::{Store, disk};
use crate::when::Frame;
use crate::words::path;
use crate::{say, tr};

/// The global flags that are not about output.
#[derive(Debug, Clone, Default)]
pub struct Globals {
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--operator`.
    pub operator: Option<String>,
    /// `--dry-run`.
    pub dry_run: bool,
    /// `--no-input`.
    pub no_input: bool,
    /// `--lock-timeout`.
    pub patience: Option<Duration>,
    /// `--no-cache`.
    pub no_cache: bool,
    /// `--verbose`.
    pub verbose: bool,
}

/// What every command is handed.
pub struct App {
    /// The world outside.
    pub environment: Environment,
    /// The global flags.
    pub globals: Globals,
    /// Where words go.
    pub output: Output,
    /// The present.
    pub now: DateTime<Utc>,
    store: OnceCell<Rc<Store>>,
    /// How many files the last answer had to do without.
    left_out: Cell<usize>,
    /// Whether this is one command of several that are one transaction.
    pub is_one_of_many: bool,
}

/// How long a command waits for the lock, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

impl App {
    /// Ready for a command.
    pub fn new(
        environment: Environment,
        globals: Globals,
        output: Output,
        now: DateTime<Utc>,
    ) -> App {
        let (store, left_out) = (OnceCell::new(), Cell::new(0));
        App { environment, globals, output, now, store, left_out, is_one_of_many: false }
    }

    /// One command of several that are one transaction: in their store, with flags of its own.
    pub fn within(
        &self,
        store: Rc<Store>,
        globals: Globals,
        output: Output,
        now: DateTime<Utc>,
    ) -> App {
        let mut app = App::new(self.environment.clone(), globals, output, now);
        app.is_one_of_many = true;
        app.store.set(store).expect("a new command has no store yet");
        app
    }

    /// The same at the present moment: a dialogue takes its time.
    ///
    /// # Errors
    /// `usage` where `APPT_NOW` is no time.
    pub fn at_present(&self) -> Result<App> {
        let now = self.environment.now()?;
        Ok(App::new(self.environment.clone(), self.globals.clone(), self.output, now))
    }

    /// The language of the screen.
    pub fn lang(&self) -> Lang {
        self.output.lang
    }

    /// The store: `--data`, then `APPT_DATA`, then up from the current directory.
    ///
    /// # Errors
    /// `store` where there is none.
    pub fn store(&self) -> Result<&Store> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let globals = &self.globals;
        let root = root(&self.environment, globals.data.as_deref())?;
        if path::tidy(&root) != path::tidy(&self.environment.cwd) {
            output::set_place(&root);
        }
        let mut store = Store::open(&root, self.patience())?;
        store.cached = !globals.no_cache;
        Ok(self.store.get_or_init(|| Rc::new(store)))
    }

    /// Whether the last answer had to do without a file that can't be read.
    pub fn left_something_out(&self) -> bool {
        self.left_out.get() > 0
    }

    /// How long a command waits for the lock.
    pub fn patience(&self) -> Patience {
        let patience = Patience::from(self.globals.patience.unwrap_or(PATIENCE));
        let output = self.output;
        if !self.environment.stderr_is_terminal {
            return patience;
        }
        patience.telling(move || {
            output.note(&say!(
                "Данные занял другой процесс, ждём. Не ждать: Ctrl-C.",
                "The data are in use by another process; waiting. Ctrl-C gives up."
            ));
        })
    }

    /// The store's settings.
    ///
    /// # Errors
    /// `store` where there is none.
    pub fn settings(&self) -> Result<&Settings> {
        Ok(&self.store()?.settings)
    }

    /// Prints an answer that may be long: on a terminal, through the pager.
    ///
    /// # Errors
    /// `store` where standard output can't be written.
    pub fn print_long(&self, text: &str) -> Result<()> {
        let pager = match self.output.format {
            Format::Table => pager::wanted(&self.environment, text),
            _ => None,
        };
        match pager {
            Some(pager) if pager::show(&self.environment, &pager, text, self.lang()) => Ok(()),
            _ => self.output.print(text),
        }
    }

    /// Reads: see [`Store::read`].
    ///
    /// # Errors
    /// What `look` returns.
    pub fn read<T>(&self, look: impl FnOnce(&Sight<'_>) -> Result<T>) -> Result<T> {
        let store = self.store()?;
        let (answer, unread, misplaced) = store.read(|library| {
            let answer = look(&self.sight(library, &store.settings));
            let is_answer = answer.as_ref().err().is_none_or(|e| e.code == Code::NotFound);
            let misplaced = if is_answer { library.misplaced() } else { Vec::new() };
            Ok((answer, library.unread(), misplaced))
        })?;
        self.tell_of_cache(store);
        self.tell_of_misplaced(&misplaced);
        let answer = answer?;
        self.left_out.set(unread.len() + misplaced.len());
        for path in unread {
            if disk::has_markers(store.root(), &path) {
                self.output.warn(&say!(
                    "В файле метки git, ответ неполон: {path}. Слить обе стороны: `appt resolve`.",
                    "The file holds git's markers, the answer lacks it: {path}. To merge both sides: `appt resolve`."
                ));
                continue;
            }
            self.output.warn(&say!(
                "Файл не читается целиком, ответ может быть неполным: {path}. Что исправить: `appt check`.",
                "This file can't be read whole, the answer may lack something: {path}. What to mend: `appt check`."
            ));
        }
        Ok(answer)
    }

    /// Records in a wrong folder are in no answer.
    fn tell_of_misplaced(&self, paths: &[String]) {
        let Some(path) = paths.first() else { return };
        self.output.warn(&match paths.len() - 1 {
            0 => say!(
                "Файл лежит не на своём месте, его записи в ответе нет: {path}. Вернуть на место: `appt check --fix`.",
                "A file lies in the wrong place, its record is in no answer: {path}. To put it back: `appt check --fix`."
            ),
            more => say!(
                "Файлы лежат не на своём месте, их записей в ответе нет: {path} и ещё {more}. Вернуть на место: `appt check --fix`.",
                "Files lie in the wrong place, their records are in no answer: {path} and {more} more. To put them back: `appt check --fix`."
            ),
        });
    }

    /// Writes: see [`Store::transact`].
    ///
    /// # Errors
    /// What `plan` returns; what a rule forbids.
    pub fn write<T>(
        &self,
        plan: impl FnOnce(&Desk<'_>) -> Result<(Plan, T)>,
    ) -> Result<(Sealed, T)> {
        let (sealed, answer) = self.transact(self.globals.dry_run, plan)?;
        for warning in &sealed.warnings {
            self.output.warn(warning);
        }
        if self.globals.dry_run {
            self.output.note(&say!(
                "Пробный запуск: ничего не изменено.",
                "A dry run: nothing was changed."
            ));
        }
        Ok((sealed, answer))
    }

    /// Judges what a command would write, and writes nothing: before a question is asked.
    ///
    /// # Errors
    /// As [`App::write`].
    pub fn rehearse<T>(
        &self,
        plan: impl FnOnce(&Desk<'_>) -> Result<(Plan, T)>,
    ) -> Result<(Sealed, T)> {
        self.transact(true, plan)
    }

    fn transact<T>(
        &self,
        dry: bool,
        plan: impl FnOnce(&Desk<'_>) -> Result<(Plan, T)>,
    ) -> Result<(Sealed, T)> {
        let store = self.store()?;
        let by_hand = |book: &dyn Book| by_hand(store, book);
        let done = store.transact(
            dry,
            |library| {
                let record = self.operator(library)?;
                Ok(Author {
                    id: record.id.clone(),
                    role: Role::of(&record.values),
                    now: self.now,
                    moment: self.now,
                    by_hand: &by_hand,
                })
            },
            |library, author| {
                let (by, role) = (author.id.as_str(), author.role);
                plan(&Desk { app: self, library, settings: &store.settings, by, role })
            },
        );
        self.tell_of_cache(store);
        done
    }

    /// Says with `--verbose` what the cache did: counts and times, nobody's data.
    pub fn tell_of_cache(&self, store: &Store) {
        for report in store.reports.take() {
            if self.globals.verbose && report.looked + report.taken + report.read > 0 {
                let Report { looked, taken, read, written, .. } = report;
                let millis = report.time.as_secs_f64() * 1000.0;
                let end = |lang: Lang| match written {
                    true => lang.of("; записан заново", "; written anew"),
                    false => "",
                };
                self.output.details(&tr!(self.lang(),
                    "Кэш: проверено файлов и папок {}, взято записей {}, прочитано файлов {}{}; {} мс.",
                    "Cache: {} files and folders looked at, {} records taken, {} files read{}; {} ms.",
                    looked, taken, read, end(self.lang()), format!("{millis:.1}")));
            }
        }
    }

    /// What a person is shown of a book.
    pub fn sight<'a>(&'a self, book: &'a dyn Book, settings: &'a Settings) -> Sight<'a> {
        Sight { book, settings, now: self.now, lang: self.lang(), reveal: self.output.reveal }
    }

    /// Who acts (`spec.md`, section 5).
    ///
    /// # Errors
    /// `usage` where nobody can be told, `not-found` where there is no such operator, `forbidden`
    /// where they do not work here any more.
    pub fn operator(&self, book: &dyn Book) -> Result<Rc<Record>> {
        let named =
            self.globals.operator.as_deref().or_else(|| self.environment.var("APPT_OPERATOR"));
        if let Some(name) = named {
            let settings = self.settings()?;
            let record = resolve::resolve(book, settings, Kind::Operator, name)?;
            return if record.is_active() { Ok(record) } else { Err(inactive(&record)) };
        }
        let active: Vec<_> =
            book.all(Kind::Operator).into_iter().filter(|record| record.is_active()).collect();
        if let [only] = active.as_slice() {
            return Ok(only.clone());
        }
        let email = git::user_email(self.store()?.root());
        let owners = email.map(|email| operators_with(book, &email)).unwrap_or_default();
        only(&owners).ok_or_else(|| {
            if let [_, _, ..] = owners[..] {
                return shared_email(&owners);
            }
            let known: Vec<&str> = active.iter().map(|record| record.id.as_str()).collect();
            let known = known.join(", ");
            Error::usage(
                "no-operator",
                say!("Неизвестно, кто работает.", "It is not known who is working."),
            )
            .hint(say!(
                "Укажите себя: `--operator ID` или `export APPT_OPERATOR=ID` (есть: {known}). Иначе добавьте почту git оператору (`emails`) или оставьте одного активного.",
                "Say who you are: `--operator ID` or `export APPT_OPERATOR=ID` (there are: {known}). Or give an operator git's e-mail (`emails`), or leave only one active."
            ))
        })
    }
}

/// Who made the changes that no event tells of: the operator whose e-mail git knows.
pub fn by_hand(store: &Store, book: &dyn Book) -> Option<String> {
    let email = git::user_email(store.root())?;
    only(&operators_with(book, &email)).map(|record| record.id.clone())
}

/// The active operators with this e-mail: one, unless files were changed by hand.
fn operators_with(book: &dyn Book, email: &str) -> Vec<Rc<Record>> {
    let mut all = book.all(Kind::Operator);
    all.retain(|record| {
        record.is_active() && record.texts("emails").iter().any(|e| e.eq_ignore_ascii_case(email))
    });
    all
}

fn only(records: &[Rc<Record>]) -> Option<Rc<Record>> {
    let [only] = records else { return None };
    Some(only.clone())
}

/// Git's e-mail says who is working only where it is one operator's.
fn shared_email(owners: &[Rc<Record>]) -> Error {
    let owners: Vec<&str> = owners.iter().map(|record| record.id.as_str()).collect();
    let owners = owners.join(", ");
    Error::usage(
        "no-operator",
        say!(
            "Неизвестно, кто работает: почта git записана у нескольких операторов: {owners}.",
            "It is not known who is working: git's e-mail is that of several operators: {owners}."
        ),
    )
    .hint(say!(
        "Укажите себя: `--operator ID` или `export APPT_OPERATOR=ID`. Лишнюю почту убирает `appt operator edit ID --email ПОЧТА`.",
        "Say who you are: `--operator ID` or `export APPT_OPERATOR=ID`. To take a surplus e-mail off: `appt operator edit ID --email E-MAIL`."
    ))
}

fn inactive(record: &Record) -> Error {
    let name = record.title();
    Error::new(
        Code::Forbidden,
        "inactive",
        say!("Оператор больше не работает: {name}.", "{name} is not an active operator."),
    )
    .hint(say!("Укажите другого: `--operator`.", "Name another: `--operator`."))
}

/// Finds and opens the store.
///
/// # Errors
/// `store` where there is none.
pub fn open(
    environment: &Environment,
    data: Option<&Path>,
    patience: impl Into<Patience>,
) -> Result<Store> {
    Store::open(&root(environment, data)?, patience)
}

/// The folder of the store that [`open`] would open, whatever its format.
///
/// # Errors
/// `store` where none is named and there is none.
pub fn root(environment: &Environment, data: Option<&Path>) -> Result<PathBuf> {
    nearest(environment, data).map_err(|error| elsewhere(error, &environment.cwd))
}

/// The same, by looking at folders alone: where there is no store, git is not asked for one.
///
/// # Errors
/// `store` where the current directory is in none.
pub fn nearest(environment: &Environment, data: Option<&Path>) -> Result<PathBuf> {
    match named(environment, data) {
        Some(folder) => Ok(folder),
        None => Store::root_above(&environment.cwd).map(Path::to_path_buf),
    }
}

/// The error of a folder without a store; in a clone that has one on another branch, with the way.
fn elsewhere(error: Error, folder: &Path) -> Error {
    match remote::store_elsewhere(&Git::at(folder)) {
        Some(branch) => error.hint(say!(
            "Данные на другой ветке: `git switch {branch}`.",
            "The data are on another branch: `git switch {branch}`."
        )),
        None if remote::is_empty_clone(&Git::at(folder)) => error.hint(say!(
            "Общий репозиторий ещё пуст. Если данные уже есть у другого, пусть он сделает `appt sync`, а вы потом: `git pull`, `appt init --git-setup`. Если вы первый: `appt init`.",
            "The shared repository is empty yet. If somebody has data already, have them run `appt sync`, and then: `git pull`, `appt init --git-setup`. If you are the first: `appt init`."
        )),
        None => error,
    }
}

/// The folder of the store that a path lies in, where there are both.
pub fn root_of(environment: &Environment, path: &Path) -> Option<PathBuf> {
    let place = disk::place_of(&environment.cwd.join(path)).ok()?;
    Some(Store::root_above(&place).ok()?.to_path_buf())
}

/// The folder that `--data` or `APPT_DATA` names.
pub fn named(environment: &Environment, data: Option<&Path>) -> Option<PathBuf> {
    let named = data.map(Path::to_path_buf);
    let named = named.or_else(|| environment.var("APPT_DATA").map(PathBuf::from))?;
    Some(environment.cwd.join(named))
}

/// What a command that writes works with, while the lock is held.
pub struct Desk<'a> {
    /// The program.
    pub app: &'a App,
    /// The records.
    pub library: &'a Library<'a>,
    /// The store's settings.
    pub settings: &'a Settings,
    /// Who acts.
    pub by: &'a str,
    /// What they may change.
    pub role: Role,
}

impl Desk<'_> {
    /// Whether they may change records of a kind: asked before anything else is judged.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn permit(&self, kind: Kind) -> Result<()> {
        life::permit(self.library, self.role, kind)
    }

    /// The record that a name means.
    ///
    /// # Errors
    /// `not-found`, `ambiguous`; `store` where its file can't be read whole.
    pub fn find(&self, kind: Kind, typed: &str) -> Result<Rc<Record>> {
        let record = resolve::resolve(self.library, self.settings, kind, typed)?;
        match self.library.document(kind, &record.id) {
            Some(document) => document.readable(),
            None => Ok(record),
        }
    }

    /// Who acts on a request, and how sure of it they are.
    pub fn acting(&self, take_over: bool, anyway: bool) -> Acting<'_> {
        Acting { book: self.library, by: self.by, now: self.app.now, take_over, anyway }
    }

    /// In which clock and hours a clinic's times are typed.
    pub fn frame(&self, clinic: Option<&Record>, anyway: bool) -> Frame {
        Frame::of(self.settings, clinic, self.app.now, anyway)
    }
}

/// The day it is in the store.
pub fn today(settings: &Settings, now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&settings.timezone).date_naive()
}

/// A text that says what was understood of typed times.
pub fn understood(text: &str) -> Text {
    say!("Понято: {text}.", "Understood: {text}.")
}
