//! How a new cache is made of an old one: what is as it was is copied, what changed is read, in two
//! threads where that is much.

use std::collections::HashMap;
use std::ops::Range;

use crate::check::survey;
use crate::format::document::{Document, Found as DiskFound, LIMIT};
use crate::format::layout;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::settings::Settings;
use crate::platform::stat::{Handle, Stamp};
use crate::store::cache::MANY;
use crate::store::cache::fact::{self, Fact};
use crate::store::cache::holding::{Holding, Row};
use crate::store::cache::pack::{self, Words};
use crate::store::cache::walk::{self, Code, Folder, Found, News, State};
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
    folders: Vec<String>,
    strangers: Vec<String>,
}

impl Place {
    /// How many records it has.
    fn count(&self) -> usize {
        self.rows.len() + self.codes.len()
    }

    /// They, and the row of each that the cache holds.
    fn records<'p>(&'p self, old: &'p Holding) -> impl Iterator<Item = (Code, Option<usize>)> + 'p {
        let rows = self.rows.clone().map(|row| (old.codes[row], Some(row)));
        rows.chain(self.codes.iter().copied())
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
                    folders: folder.folders.clone(),
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
            folders: found.folders,
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
                folders: place.folders.clone(),
                strangers: place.strangers.clone(),
            }
        };
        self.now.places.iter().map(folder).collect()
    }

    /// The records as the new cache has them, in order.
    ///
    /// # Panics
    /// Never: a thread that reads does not panic.
    pub fn rows(&self) -> Vec<Row> {
        let places = &self.now.places;
        let total: usize = places.iter().map(Place::count).sum();
        if total < MANY {
            return self.rows_of(places);
        }
        let mut before = 0;
        let half = places.partition_point(|place| {
            before += place.count();
            before < total / 2
        });
        let (first, second) = places.split_at(half);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| self.rows_of(second));
            let mut rows = self.rows_of(first);
            rows.extend(other.join().expect("a thread that reads does not panic"));
            rows
        })
    }

    fn rows_of(&self, places: &[Place]) -> Vec<Row> {
        let keeps = *self.words == self.old.words && self.judge == self.old.judge;
        let mut reader = self.old.reader(true);
        let mut keys = self.old.keys();
        let mut next_key = 0;
        let mut rows = Vec::with_capacity(places.iter().map(Place::count).sum());
        for place in places {
            let mut handle = None;
            for (code, row) in place.records(self.old) {
                let same = row.filter(|row| keeps && self.now.states[*row] == State::Same);
                if let Some(row) = same
                    && let Some(packed) = reader.bytes(row)
                {
                    let key = keys.nth(row - next_key).unwrap_or(ANY);
                    next_key = row + 1;
                    rows.push(Row {
                        code,
                        print: self.old.prints[row],
                        fact: self.old.fact(row),
                        key: key.to_owned(),
                        leads: self.old.leads(code),
                        packed: packed.to_vec(),
                        is_read: false,
                    });
                    continue;
                }
                let handle = handle.get_or_insert_with(|| self.root.folder(&place.path).ok());
                rows.push(self.row(handle.as_ref(), code));
            }
        }
        rows
    }

    /// Reads a record's file. What can't be kept is read each time.
    fn row(&self, folder: Option<&Handle>, code: Code) -> Row {
        let id = walk::id(self.old.kind, code);
        let mut row = Row {
            code,
            print: 0,
            fact: Fact::UNKNOWN,
            key: ANY.to_owned(),
            leads: 0,
            packed: Vec::new(),
            is_read: true,
        };
        let read = folder.and_then(|folder| folder.text(&format!("{id}.toml"), LIMIT));
        let Some((text, stamp)) = read else { return row };
        let path = layout::path(self.old.kind, &id);
        let document = Document::new(self.old.kind, &id, path, DiskFound::Text(text));
        let Some(document) = document.filter(|document| document.problems.is_empty()) else {
            return row;
        };
        let Some(record) = &document.record else { return row };
        if pack::pack(self.words, record, &mut row.packed).is_some() {
            row.packed.shrink_to_fit();
            row.fact = Fact::of(self.words, record);
            if survey::is_clean(self.settings, &document) {
                row.fact.flags |= fact::CLEAN;
            }
            row.key = key(record);
            let into = record.text("merged_into");
            row.leads = into.and_then(|id| walk::code(Kind::Patient, id)).unwrap_or(0);
            if !stamp.is_young(self.start) {
                row.print = stamp.print();
            }
        }
        row
    }
}
