//! How a new cache is made of an old one: what is as it was is copied, what changed is read, judged
//! and packed, in several threads where that is much.

use std::collections::HashMap;
use std::ops::Range;

use crate::check::survey;
use crate::format::decode::{self, Decoded};
use crate::format::document::{Document, Found as DiskFound, LIMIT};
use crate::format::layout;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Request;
use crate::model::settings::Settings;
use crate::platform::stat::{Handle, Stamp};
use crate::store::broken::{self, Fault};
use crate::store::bulk::PIECE;
use crate::store::cache::MANY;
use crate::store::cache::fact::{self, Fact};
use crate::store::cache::holding::{Holding, Piece, Row};
use crate::store::cache::pack::{self, Words};
use crate::store::cache::walk::{self, Code, FileName, Folder, Found, News, State};
use crate::threads;
use crate::words::search;

/// The key of a name that may be found by anything: its passport has letters, which a word may mean.
pub const ANY: &str = "*";

/// The key of a record's name.
fn key(record: &Record) -> String {
    let passport = record.shown("passport");
    if record.kind == Kind::Patient && passport.bytes().all(|b| b.is_ascii_digit()) {
        search::key(record.shown("name"))
    } else {
        ANY.to_owned()
    }
}

/// A folder as it is now.
pub struct Place {
    path: String,
    /// Its state when it was listed; none where it is as the cache has it.
    stamp: Option<Stamp>,
    print: u64,
    /// Its records, where it is as the cache has it.
    rows: Range<usize>,
    /// Its records and the row of each that the cache holds, where it was listed.
    codes: Vec<(Code, Option<usize>)>,
    strangers: Vec<String>,
}

impl Place {
    /// How many records it has.
    fn count(&self) -> usize {
        self.rows.len() + self.codes.len()
    }

    /// One of them, and its row where the cache holds it.
    fn record(&self, old: &Holding, at: usize) -> (Code, Option<usize>) {
        match self.codes.get(at) {
            Some(record) => *record,
            None => (old.codes[self.rows.start + at], Some(self.rows.start + at)),
        }
    }

    /// All of them in parts that take about as long as each other.
    fn parts(&self) -> impl Iterator<Item = (&Place, Range<usize>)> {
        let count = self.count();
        let starts = (0..count).step_by(PIECE);
        starts.map(move |start| (self, start..count.min(start + PIECE)))
    }
}

/// A kind's files as they are now.
pub struct Now {
    /// What became of each record that the cache holds.
    pub states: Vec<State>,
    /// The records that it does not hold.
    pub fresh: Vec<Code>,
    places: Vec<Place>,
}

impl Now {
    /// How many records there are.
    pub fn count(&self) -> usize {
        self.places.iter().map(Place::count).sum()
    }

    /// What lies among the records and is none.
    pub fn strangers(&self) -> Vec<String> {
        let inside = |place: &Place| {
            place.strangers.iter().map(|name| format!("{}/{name}", place.path)).collect::<Vec<_>>()
        };
        self.places.iter().flat_map(inside).collect()
    }

    /// What was known, and the news.
    pub fn of(old: &Holding, news: News) -> Now {
        let mut now = Now { states: news.states, fresh: Vec::new(), places: Vec::new() };
        let mut changed: HashMap<String, Found> =
            news.changed.into_iter().map(|found| (found.path.clone(), found)).collect();
        for (folder, stamp) in old.folders.iter().zip(&news.stamps) {
            if let Some(found) = changed.remove(&folder.path) {
                now.changed(old, Some(folder), found);
            } else if stamp.is_some_and(|stamp| stamp.print() == folder.print) {
                now.places.push(Place {
                    path: folder.path.clone(),
                    stamp: None,
                    print: folder.print,
                    rows: folder.rows.clone(),
                    codes: Vec::new(),
                    strangers: folder.strangers.clone(),
                });
            } else {
                now.states[folder.rows.clone()].fill(State::Gone);
            }
        }
        for (_, found) in changed {
            now.changed(old, None, found);
        }
        now.places.sort_by(|a, b| a.path.cmp(&b.path));
        now.fresh.sort_unstable();
        now
    }

    /// A folder that was listed: what is not on the list is gone, what was not known is fresh.
    fn changed(&mut self, old: &Holding, folder: Option<&Folder>, found: Found) {
        let rows = folder.map_or(0..0, |folder| folder.rows.clone());
        let known = &old.codes[rows.clone()];
        for (row, code) in rows.clone().zip(known) {
            let is_there = found.codes.binary_search(code).is_ok();
            match self.states[row] {
                _ if !is_there => self.states[row] = State::Gone,
                State::Gone => self.states[row] = State::Changed,
                _ => {}
            }
        }
        let row = |code: &Code| known.binary_search(code).ok().map(|at| rows.start + at);
        let codes: Vec<(Code, Option<usize>)> =
            found.codes.iter().map(|code| (*code, row(code))).collect();
        self.fresh.extend(codes.iter().filter(|(_, row)| row.is_none()).map(|(code, _)| *code));
        self.places.push(Place {
            path: found.path,
            stamp: Some(found.stamp),
            print: found.stamp.print(),
            rows: 0..0,
            codes,
            strangers: found.strangers,
        });
    }
}

/// The making of a new cache from an old one.
pub struct Job<'j> {
    /// The store.
    pub root: &'j Handle,
    /// What was known.
    pub old: &'j Holding,
    /// What is there now.
    pub now: &'j Now,
    /// The words that records will share.
    pub words: &'j Words,
    /// What stands for the rules by which they are judged.
    pub judge: u64,
    /// The settings that these go by.
    pub settings: &'j Settings,
    /// Before the first file was looked at, by the file system's clock; the least number where it
    /// is not known: then nothing is written.
    pub start: i128,
}

impl Job<'_> {
    /// The folders as the new cache has them.
    pub fn folders(&self) -> Vec<Folder> {
        let mut end = 0;
        let folder = |place: &Place| {
            let start = end;
            end += place.count();
            let young = place.stamp.is_some_and(|stamp| stamp.is_young(self.start));
            Folder {
                path: place.path.clone(),
                print: if young { 0 } else { place.print },
                rows: start..end,
                strangers: place.strangers.clone(),
            }
        };
        self.now.places.iter().map(folder).collect()
    }

    /// The records as the new cache has them, in order, a piece after the other.
    pub fn pieces(&self) -> Vec<Piece> {
        let places = &self.now.places;
        let parts: Vec<(&Place, Range<usize>)> = places.iter().flat_map(Place::parts).collect();
        let total: usize = places.iter().map(Place::count).sum();
        threads::share(&parts, total >= MANY, || {
            let mut reader = self.old.reader(true);
            let mut keys = self.old.keys();
            let (mut next_key, mut buffer) = (0, Vec::new());
            broken::panic_over(Fault::PanicWhileReading, || self.first(parts[0].0));
            let mut key = move |row: usize| {
                let key = keys.nth(row - next_key);
                next_key = row + 1;
                key.unwrap_or(ANY)
            };
            move |(place, part): &(&Place, Range<usize>)| {
                let mut piece = Piece::default();
                let mut handle = None;
                for at in part.clone() {
                    let (code, row) = place.record(self.old, at);
                    if let Some(row) = row
                        && self.keeps(row)
                        && let Some(packed) = reader.bytes(row)
                    {
                        piece.packed.extend_from_slice(packed);
                        piece.end(self.kept(code, row), key(row));
                        continue;
                    }
                    let handle = handle.get_or_insert_with(|| self.root.folder(&place.path).ok());
                    self.read(handle.as_ref(), code, &mut buffer, &mut piece);
                }
                piece
            }
        })
    }

    /// Whether a record that the cache holds is as it was, and so are its words and its judges.
    fn keeps(&self, row: usize) -> bool {
        self.now.states[row] == State::Same
            && self.judge == self.old.judge
            && *self.words == self.old.words
    }

    fn kept(&self, code: Code, row: usize) -> Row {
        let (print, fact) = (self.old.prints[row], self.old.fact(row));
        Row::new(code, print, fact, self.old.leads(code))
    }

    /// Reads a record's file. What can't be kept is read each time.
    fn read(&self, folder: Option<&Handle>, code: Code, buffer: &mut Vec<u8>, piece: &mut Piece) {
        piece.read += 1;
        let name = FileName::of(self.old.kind, code);
        let read = folder.and_then(|folder| folder.text(name.as_cstr(), LIMIT, buffer));
        let row = read.and_then(|(text, stamp)| {
            let record = self.record(name.id(), text)?;
            pack::pack(self.words, &record.0, &mut piece.packed)?;
            Some((record, stamp))
        });
        let Some(((record, is_clean), stamp)) = row else {
            return piece.end(Row::unread(code), ANY);
        };
        let mut fact = Fact::of(self.words, &record);
        if is_clean {
            fact.flags |= fact::CLEAN;
        }
        let into = record.text("merged_into").and_then(|id| walk::code(Kind::Patient, id));
        let print = if stamp.is_young(self.start) { 0 } else { stamp.print() };
        piece.end(Row::new(code, print, fact, into.unwrap_or(0)), &key(&record));
    }

    /// The text of the first record of a folder.
    fn first(&self, place: &Place) -> String {
        let name = FileName::of(self.old.kind, place.record(self.old, 0).0);
        let (folder, mut buffer) = (self.root.folder(&place.path), Vec::new());
        let read = folder.ok().and_then(|folder| folder.text(name.as_cstr(), LIMIT, &mut buffer));
        read.map_or_else(String::new, |(text, _)| text.to_owned())
    }

    /// What a text says, if there is nothing in it that can't be read; and whether the rules that
    /// look at nothing else find it in order.
    fn record(&self, id: &str, text: &str) -> Option<(Record, bool)> {
        let kind = self.old.kind;
        let Decoded { record, problems, spans } = decode::record(kind, id, text);
        // What no list can place is read each time, so that whoever leaves it out can say so.
        let record = record.filter(|r| problems.is_empty() && Request::is_legible(r))?;
        if spans.is_none() {
            let is_clean = survey::is_record_clean(self.settings, &record, text);
            return Some((record, is_clean));
        }
        let found = DiskFound::Text(text.to_owned());
        let document = Document::new(kind, id, layout::path(kind, id), found)?;
        let is_clean = survey::is_clean(self.settings, &document);
        Some((record, is_clean))
    }
}
