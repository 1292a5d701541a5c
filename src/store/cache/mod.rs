//! The cache `.appt/cache`: what the records say, so that a list need not read them all
//! (`spec.md`, sections 2 and 9).
//!
//! Invariant: it changes speed and never an answer. Nothing in it is believed of a file whose
//! state (number, size, times) is not what it was when the file was read; nor of a file that was
//! so young then that it may have changed since without a trace. One question is answered from less,
//! and says so ([`Cache::requests_known_of`]). It is made anew from the records
//! where it is damaged, of another version, or gone; no writer touches it, since a reader finds out
//! by itself what a writer changed. A store that can't be written to is read all the same.

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

use crate::format::layout;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::settings::Settings;
use crate::model::sieve::Sieve;
use crate::platform::stat::{self, Handle};
use crate::store::disk::Fresh;
use crate::words::base32;

use fact::Mesh;
use holding::{Holding, Row, Wanted};
pub use pack::Depth;
use pack::Words;
use register::Register;
use renew::{ANY, Job, Now};
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
    titles: RefCell<HashMap<Code, Option<Rc<str>>>>,
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

/// A record that a cache was asked for.
pub enum Answer {
    /// It is as it was.
    Known(Box<Record>),
    /// The file must be read.
    Read,
    /// There is none.
    Nothing,
}

/// What a sieve lets through.
#[derive(Default)]
pub struct Sifted {
    /// The records that the cache has.
    pub known: Vec<Record>,
    /// The ids of those whose files must be read.
    pub unread: Vec<String>,
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

    /// The ids of a kind as they are now; none where the cache can't tell.
    pub fn ids(&self, kind: Kind) -> Option<Vec<String>> {
        let codes = self.codes(kind)?;
        Some(codes.into_iter().map(|code| walk::id(kind, code)).collect())
    }

    /// The random parts of all requests, as numbers, sorted.
    pub fn parts(&self) -> Option<Vec<u32>> {
        let mut parts: Vec<u32> = self.codes(Kind::Request)?.into_iter().map(walk::part).collect();
        parts.sort_unstable();
        Some(parts)
    }

    /// The ids of the requests whose random part begins so.
    pub fn requests_like(&self, beginning: &str) -> Option<Vec<String>> {
        let missing = 5 * layout::REQUEST_PART.checked_sub(beginning.len())?;
        let wanted = base32::decode(beginning)?;
        let span = wanted << missing..=(wanted << missing | ((1 << missing) - 1));
        let codes = match self.register().and_then(|register| register.with_part(&span)) {
            Some(codes) => codes,
            None => {
                let mut codes = self.codes(Kind::Request)?;
                codes.retain(|code| span.contains(&u64::from(walk::part(*code))));
                codes
            }
        };
        Some(codes.into_iter().map(|code| walk::id(Kind::Request, code)).collect())
    }

    fn register(&self) -> Option<&Register> {
        let open = || {
            let register = Register::open(&self.root, self.handle()?)?;
            self.note(|report| report.looked += register.calls());
            Some(register)
        };
        self.register.get_or_init(open).as_ref()
    }

    /// The ids of the requests that are known to be of these patients or of those merged into them,
    /// or that may be. What somebody wrote into a file in place since, to make it theirs, is not seen:
    /// see `register`.
    pub fn requests_known_of<'p>(
        &self,
        patients: impl Iterator<Item = &'p str>,
    ) -> Option<Vec<String>> {
        let codes = patients.map(|id| walk::code(Kind::Patient, id)).collect::<Option<_>>()?;
        let codes = self.register()?.of(self.handle()?, codes)?;
        Some(codes.into_iter().map(|code| walk::id(Kind::Request, code)).collect())
    }

    /// The ids of the requests that may be of the patient that an id leads to.
    pub fn requests_of(&self, patient: &str) -> Option<Vec<String>> {
        let part = self.part(Kind::Request, Level::All)?;
        let patients = self.part(Kind::Patient, Level::All)?.family(patient)?;
        let states = part.states.borrow();
        let fits = |row: &usize| match states[*row] {
            State::Gone => false,
            State::Changed | State::Unknown => true,
            State::Same => {
                let subject = part.holding.subject(*row);
                subject == u64::MAX || patients.binary_search(&subject).is_ok()
            }
        };
        let rows = (0..part.holding.codes.len()).filter(fits);
        let mut codes: Vec<Code> =
            rows.map(|row| part.holding.codes[row]).chain(part.fresh.iter().copied()).collect();
        codes.sort_unstable();
        Some(codes.into_iter().map(|code| walk::id(Kind::Request, code)).collect())
    }

    /// The patients that may have a passport.
    pub fn patients_with(&self, passport: &str) -> Option<Sifted> {
        let part = self.part(Kind::Patient, Level::All)?;
        let wanted = fact::hash(passport);
        let states = part.states.borrow();
        let mut sifted = Sifted::default();
        let mut reader = part.holding.reader(false);
        for (row, state) in states.iter().enumerate() {
            match state {
                State::Gone => continue,
                State::Same if part.holding.subject(row) != wanted => continue,
                State::Same => {
                    if let Some(record) = reader.record(row, Depth::Whole) {
                        sifted.known.push(record);
                        continue;
                    }
                }
                State::Changed | State::Unknown => {}
            }
            sifted.unread.push(walk::id(Kind::Patient, part.holding.codes[row]));
        }
        sifted.unread.extend(part.fresh.iter().map(|code| walk::id(Kind::Patient, *code)));
        Some(sifted)
    }

    fn codes(&self, kind: Kind) -> Option<Vec<Code>> {
        let part = self.part(kind, Level::Names)?;
        let mut codes: Vec<Code> = part.codes().collect();
        codes.sort_unstable();
        Some(codes)
    }

    /// What lies among a kind's records and is none.
    pub fn strangers(&self, kind: Kind) -> Option<Vec<String>> {
        let part = self.part(kind, Level::All)?;
        Some(part.strangers.clone())
    }

    /// A record by its id, of a kind whose states were looked at already.
    pub fn get(&self, kind: Kind, id: &str) -> Answer {
        let parts = self.parts.borrow();
        let Some(Some(part)) = parts.get(&kind) else { return Answer::Read };
        if part.level < Level::All {
            return Answer::Read;
        }
        let Some(code) = walk::code(kind, id) else { return Answer::Nothing };
        match part.holding.row(code) {
            Some(row) => match part.states.borrow()[row] {
                State::Same => match part.holding.reader(false).record(row, Depth::Whole) {
                    Some(record) => Answer::Known(Box::new(record)),
                    None => Answer::Read,
                },
                _ => Answer::Read,
            },
            None if part.fresh.contains(&code) => Answer::Read,
            None => Answer::Nothing,
        }
    }

    /// What a patient is called, where the cache knows it: the names that [`Cache::sift`] took with
    /// the requests.
    pub fn title(&self, id: &str) -> Option<Rc<str>> {
        let code = walk::code(Kind::Patient, id)?;
        let parts = self.parts.borrow();
        let part = parts.get(&Kind::Patient)?.as_ref()?;
        part.titles.borrow().get(&code).cloned().flatten()
    }

    /// All records of a kind that a sieve may want, in the order of their ids.
    pub fn sift(&self, kind: Kind, sieve: &Sieve, depth: Depth) -> Option<Sifted> {
        let mut known = Vec::new();
        let unread = self.each(kind, sieve, depth, &mut |record| known.push(record))?;
        Some(Sifted { known, unread })
    }

    /// Shows those of them that it has one by one; the ids of those whose files must be read.
    pub fn each(
        &self,
        kind: Kind,
        sieve: &Sieve,
        depth: Depth,
        look: &mut dyn FnMut(Record),
    ) -> Option<Vec<String>> {
        let part = self.part(kind, Level::All)?;
        let started = Instant::now();
        let patients = match &sieve.patient {
            Some(id) => Some(self.part(Kind::Patient, Level::All)?.family(id)?),
            None => None,
        };
        let mesh = Mesh::new(&part.holding.words, sieve, patients);
        let states = part.states.borrow();
        let (mut unread, mut rows) = (Vec::new(), Vec::new());
        let by_name = part.named(&sieve.names);
        for (row, state) in states.iter().enumerate() {
            match state {
                State::Same if !by_name.as_ref().is_none_or(|named| named[row]) => {}
                State::Same if mesh.lets(&part.holding.fact(row)) => rows.push(row),
                State::Same | State::Gone => {}
                State::Changed | State::Unknown => {
                    unread.push(walk::id(kind, part.holding.codes[row]));
                }
            }
        }
        unread.extend(part.fresh.iter().map(|code| walk::id(kind, *code)));
        if kind == Kind::Request && depth == Depth::Brief {
            self.name_patients(&part.holding, &rows);
        }
        self.note(|report| report.time += started.elapsed());
        let mut reader = part.holding.reader(rows.len() > MANY);
        let asked = rows.len() + unread.len();
        for row in rows {
            match reader.record(row, depth) {
                Some(record) => look(record),
                None => unread.push(walk::id(kind, part.holding.codes[row])),
            }
        }
        self.note(|report| {
            report.taken += asked - unread.len();
            report.read += unread.len();
        });
        Some(unread)
    }

    /// Looks up the names of the patients of some requests.
    fn name_patients(&self, requests: &Holding, rows: &[usize]) {
        let (Some(part), Some(root)) = (self.patients(), self.handle()) else { return };
        let mut wanted: Vec<usize> =
            rows.iter().filter_map(|row| part.holding.row(requests.subject(*row))).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut states = part.states.borrow_mut();
        let unknown: Vec<usize> =
            wanted.iter().copied().filter(|row| states[*row] == State::Unknown).collect();
        part.holding.known().look_at(root, &unknown, &mut states);
        self.note(|report| report.looked += unknown.len());
        let mut reader = part.holding.reader(wanted.len() > MANY);
        let mut titles = part.titles.borrow_mut();
        for row in wanted {
            let is_linked = part.holding.is_linked(part.holding.codes[row]);
            let is_plain = states[row] == State::Same && !is_linked;
            let record = if is_plain { reader.record(row, Depth::Brief) } else { None };
            let title = record.map(|record| Rc::from(record.title()));
            titles.insert(part.holding.codes[row], title);
        }
    }

    /// The patients, as they were cached; where they never were, they are now.
    fn patients(&self) -> Option<Rc<Part>> {
        let part = self.part(Kind::Patient, Level::Some)?;
        match part.holding.codes.is_empty() {
            true => self.part(Kind::Patient, Level::All),
            false => Some(part),
        }
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

impl Part {
    /// All records that there are.
    fn codes(&self) -> impl Iterator<Item = Code> {
        let states = self.states.borrow();
        let codes = self.holding.codes.iter().zip(states.iter());
        let there: Vec<Code> =
            codes.filter(|(_, state)| **state != State::Gone).map(|(code, _)| *code).collect();
        there.into_iter().chain(self.fresh.iter().copied())
    }

    /// A patient, and all who may be merged into them, in order.
    fn family(&self, id: &str) -> Option<Vec<Code>> {
        let states = self.states.borrow();
        let rows = (0..self.holding.codes.len()).filter(|row| states[*row] == State::Changed);
        let mut family: Vec<Code> = rows.map(|row| self.holding.codes[row]).collect();
        family.extend(&self.fresh);
        family.extend(self.holding.linked.iter().map(|(code, _)| *code));
        family.push(walk::code(Kind::Patient, id)?);
        family.sort_unstable();
        Some(family)
    }

    /// For each row whether its name may have words that begin so; none where no names are wanted.
    fn named(&self, beginnings: &[String]) -> Option<Vec<bool>> {
        if beginnings.is_empty() || self.holding.kind != Kind::Patient {
            return None;
        }
        let inside: Vec<String> = beginnings.iter().map(|word| format!(" {word}")).collect();
        let has = |key: &str| {
            key == ANY
                || beginnings.iter().zip(&inside).all(|(first, inside)| {
                    key.starts_with(first.as_str()) || key.contains(inside.as_str())
                })
        };
        let named: Vec<bool> = self.holding.keys().map(has).collect();
        // Damaged keys tell nothing.
        (named.len() == self.holding.codes.len()).then_some(named)
    }
}
