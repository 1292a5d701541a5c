//! The cache `.appt/cache`: what the records say, so that a list need not read them all
//! (`spec.md`, sections 2 and 9).
//!
//! Invariant: it changes speed and never an answer. It is believed only of a file whose state (number,
//! size, times) is what it was when the file was read, and which was old enough then that a change
//! since would show. One question is answered from less, and says so ([`Cache::requests_known_of`]).
//! It is made anew from the records where it is damaged, of another version, or gone; no writer touches
//! it, since a reader finds out by itself what a writer changed. A store that can't be written to is read all the same.

mod ask;
mod fact;
mod file;
mod holding;
mod index;
mod pack;
mod register;
mod renew;
mod suspect;
mod walk;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::maps::Map;
use crate::model::kind::Kind;
use crate::model::settings::Settings;
use crate::platform::stat::{self, Handle};
use crate::store::disk::Fresh;

pub use ask::{Answer, Sifted};
use holding::{Holding, Row, Wanted};
pub use pack::Depth;
use pack::Words;
use register::Register;
use renew::{Job, Now};
use walk::{Code, State};

/// From so many files on that must be read again, the cache is written anew.
const STALE: usize = 100;
/// From so many files on, a second thread reads.
const MANY: usize = 64;

/// From so many records on, a reader makes the folder of local things for the cache.
const LARGE: usize = 1000;

/// What the cache did, for `--verbose`: numbers only.
#[derive(Debug, Default, Clone, Copy)]
pub struct Report {
    /// Files and folders that were looked at.
    pub looked: usize,
    /// Records that were taken from the cache.
    pub taken: usize,
    /// Files that had to be read.
    pub read: usize,
    /// Whether it was written anew.
    pub written: bool,
    /// The time that all this took.
    pub time: Duration,
}

/// How far a kind was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Some records may be asked for.
    Some,
    /// The names are those that there are.
    Names,
    /// So are the states of all records.
    All,
    /// And this program has judged each of them alone.
    Judged,
}

/// A kind as it is now.
struct Part {
    holding: Holding,
    states: RefCell<Vec<State>>,
    /// The records that are there and that the cache does not hold.
    fresh: Vec<Code>,
    /// What lies among the records and is none, by its path.
    strangers: Vec<String>,
    level: Level,
    /// The names of patients that were looked up together.
    titles: RefCell<Map<Code, Option<String>>>,
}

/// What becomes of the cache's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeping {
    /// It is read, and written where it is not as the records are.
    Renewed,
    /// It is read.
    AsItIs,
    /// Nothing.
    Memory,
}

/// The cache of a store, for one command.
pub struct Cache<'s> {
    root: PathBuf,
    settings: &'s Settings,
    keeping: Keeping,
    handle: OnceCell<Option<Handle>>,
    parts: RefCell<HashMap<Kind, Option<Rc<Part>>>>,
    register: OnceCell<Option<Register>>,
    begun: Instant,
    report: Cell<Report>,
}

impl<'s> Cache<'s> {
    /// Nothing is read yet.
    pub fn new(root: &Path, settings: &'s Settings) -> Cache<'s> {
        Cache {
            root: root.to_path_buf(),
            settings,
            keeping: Keeping::Renewed,
            handle: OnceCell::new(),
            parts: RefCell::default(),
            register: OnceCell::new(),
            begun: Instant::now(),
            report: Cell::default(),
        }
    }

    /// The same, never made anew: what it does not know is read, and nothing is written.
    pub fn as_it_is(self) -> Cache<'s> {
        Cache { keeping: Keeping::AsItIs, ..self }
    }

    /// The same, made anew from the records and kept nowhere: no file of it is read or written.
    pub fn in_memory(self) -> Cache<'s> {
        Cache { keeping: Keeping::Memory, ..self }
    }

    /// Whether it keeps records of a kind: of the others there are too few.
    pub fn keeps(kind: Kind) -> bool {
        matches!(kind, Kind::Patient | Kind::Request)
    }

    /// What it did so far.
    pub fn report(&self) -> Report {
        self.report.get()
    }

    fn note(&self, note: impl FnOnce(&mut Report)) {
        let mut report = self.report.get();
        note(&mut report);
        self.report.set(report);
    }

    fn handle(&self) -> Option<&Handle> {
        self.handle.get_or_init(|| Handle::open(&self.root).ok()).as_ref()
    }

    fn register(&self) -> Option<&Register> {
        let open = || {
            let register = Register::open(&self.root, self.handle()?)?;
            self.note(|report| report.looked += register.calls());
            Some(register)
        };
        self.register.get_or_init(open).as_ref()
    }

    fn part(&self, kind: Kind, level: Level) -> Option<Rc<Part>> {
        if !Cache::keeps(kind) {
            return None;
        }
        let known = self.parts.borrow().get(&kind).cloned();
        match known {
            Some(None) => return None,
            Some(Some(part)) if part.level >= level => return Some(part),
            _ => {}
        }
        let started = Instant::now();
        let part = self.look(kind, level).map(Rc::new);
        self.parts.borrow_mut().insert(kind, part.clone());
        self.note(|report| report.time += started.elapsed());
        part
    }

    fn look(&self, kind: Kind, level: Level) -> Option<Part> {
        let root = self.handle()?;
        let begun = self.begun.elapsed();
        let is_filed = self.keeping != Keeping::Memory;
        let holding = if is_filed { load(&self.root, kind, level) } else { None };
        let is_new = holding.is_none();
        let holding = holding.unwrap_or_else(|| Holding::empty(kind));
        let part = |holding, states, fresh, strangers| {
            let (states, titles) = (RefCell::new(states), RefCell::default());
            Some(Part { holding, states, fresh, strangers, level, titles })
        };
        if level == Level::Some {
            let states = vec![State::Unknown; holding.codes.len()];
            return part(holding, states, Vec::new(), Vec::new());
        }
        let news = holding.known().news(root, level >= Level::All)?;
        self.note(|report| report.looked += news.calls);
        let now = Now::of(&holding, news);
        let strangers = now.strangers();
        let stale = now.fresh.len() + now.states.iter().filter(|s| **s == State::Changed).count();
        let few = holding.codes.len() / 64 + 8;
        let unjudged = level == Level::Judged && holding.judge != self.judge();
        if self.keeping == Keeping::AsItIs {
            return if unjudged { None } else { part(holding, now.states, now.fresh, strangers) };
        }
        if level >= Level::All && (stale > few.min(STALE) || unjudged) {
            let whole = || load(&self.root, kind, Level::Judged);
            let whole = if is_new { None } else { whole().filter(|whole| whole.is_as(&holding)) };
            let (holding, states) = match whole {
                // What is kept is copied whole.
                Some(whole) => self.renew(root, &whole, &now, begun),
                None if is_new => self.renew(root, &holding, &now, begun),
                None => {
                    let empty = Holding::empty(kind);
                    let news = empty.known().news(root, true)?;
                    self.renew(root, &empty, &Now::of(&empty, news), begun)
                }
            };
            return part(holding, states, Vec::new(), strangers);
        }
        part(holding, now.states, now.fresh, strangers)
    }

    /// What stands for the rules: this very program, and the settings that it judges by.
    fn judge(&self) -> u64 {
        let settings = fact::hash(&format!("{:?}", self.settings));
        let version = fact::hash(env!("CARGO_PKG_VERSION"));
        settings ^ stat::of_program().map_or(version, |stamp| stamp.print())
    }

    /// Reads what changed, and writes the cache anew where that can be.
    fn renew(
        &self,
        root: &Handle,
        old: &Holding,
        now: &Now,
        begun: Duration,
    ) -> (Holding, Vec<State>) {
        let others = [Kind::Clinic, Kind::Specialty].into_iter();
        let words =
            Words::new(slugs(root, Kind::Operator), others.flat_map(|kind| slugs(root, kind)));
        // In a small store, to read is to make nothing that was not there.
        let is_large = now.count() > LARGE;
        let begin = || Fresh::begin(&self.root, file::PATH, is_large);
        let fresh = if self.keeping == Keeping::Renewed { begin() } else { None };
        let since = self.begun.elapsed().saturating_sub(begun);
        let since = i128::try_from(since.as_nanos()).unwrap_or_default();
        let start = fresh.as_ref().and_then(Fresh::begun).map_or(i128::MIN, |at| at - since);
        let judge = self.judge();
        let job = Job { root, old, now, words: &words, start, judge, settings: self.settings };
        let pieces = job.pieces();
        let state = |row: &Row| if row.is_kept { State::Same } else { State::Changed };
        let states: Vec<State> =
            pieces.iter().flat_map(|piece| piece.rows.iter().map(state)).collect();
        let read = pieces.iter().map(|piece| piece.read).sum::<usize>();
        let holding = Holding::new(old.kind, judge, words.clone(), job.folders(), pieces);
        let written = fresh.is_some_and(|fresh| save(&self.root, fresh, &holding));
        self.note(|report| {
            report.read += read;
            report.written |= written;
        });
        (holding, states)
    }
}

/// What a file has of a kind, as much as a level needs.
fn load(root: &Path, kind: Kind, level: Level) -> Option<Holding> {
    let wanted = match level {
        Level::Names if kind == Kind::Request => Wanted::Names,
        Level::Names | Level::Some => Wanted::Some,
        Level::All => Wanted::Lists,
        Level::Judged => Wanted::All,
    };
    Holding::load(kind, file::File::open(root)?, wanted)
}

/// Writes the cache with this kind as it is now and the others as they were.
fn save(root: &Path, fresh: Fresh, holding: &Holding) -> bool {
    let mut sections = holding.sections();
    if let Some(file) = file::File::open(root) {
        let others: Vec<_> =
            file.names().filter(|name| sections.iter().all(|(own, _)| own != name)).collect();
        for name in others {
            // A section that is damaged is left out: its kind is read anew.
            if let Some(bytes) = file.read(name) {
                sections.push((name, bytes.into()));
            }
        }
    }
    let sections: Vec<_> = sections.iter().map(|(name, bytes)| (*name, bytes.as_ref())).collect();
    file::replace(fresh, &sections)
}

/// The ids of the records of a kind of which there are few.
fn slugs(root: &Handle, kind: Kind) -> Vec<String> {
    let mut slugs = Vec::new();
    let listed = root.folder(kind.folder()).and_then(|folder| {
        folder.names(&mut |name, _| {
            let name = name.to_str().ok().and_then(|name| name.strip_suffix(".toml"));
            slugs.extend(name.map(str::to_owned));
        })
    });
    listed.map_or_else(|_| Vec::new(), |()| slugs)
}
