//! Which records there are, and which of them are as they were: folders and files by what the file
//! system says of them, in several threads where there are many.
//!
//! A folder whose state is unchanged has the same names in it, so it is not listed again; a file
//! whose state is unchanged holds the same text, so it is not read again.

use std::ffi::CStr;
use std::io;
use std::ops::Range;

use crate::format::layout;
use crate::model::kind::Kind;
use crate::platform::stat::{Handle, Stamp};
use crate::store::disk::TEMPORARY;
use crate::threads;
use crate::words::base32;

/// From so many files on, a second thread is worth its start.
pub const MANY: usize = 4000;
/// So many of them are one piece of its work.
pub const PIECE: usize = 512;
/// Fewer records of a folder are looked at by their paths: to open it and close it takes as long as
/// the longer ways of so many.
const FEW: usize = 8;
/// From so many folders on, several threads list them.
const FOLDERS: usize = 8;

/// An id as a number, in the order of the ids.
pub type Code = u64;

/// The bits of a request's random part.
const PART: u32 = 5 * layout::REQUEST_PART as u32;

/// The number of an id; none for what is no id of the kind.
pub fn code(kind: Kind, id: &str) -> Option<Code> {
    if !layout::is_id(kind, id) {
        return None;
    }
    match kind {
        Kind::Patient => base32::decode(id),
        Kind::Request => {
            let (day, part) = id.split_once('-')?;
            Some(day.parse::<u64>().ok()? << PART | base32::decode(part)?)
        }
        _ => None,
    }
}

/// The id of a number.
pub fn id(kind: Kind, code: Code) -> String {
    FileName::of(kind, code).id().to_owned()
}

/// The random part of a request's number.
pub fn part(code: Code) -> u64 {
    code & ((1 << PART) - 1)
}

/// A folder as it was when its names were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its path, relative to the store.
    pub path: String,
    /// Its state; zero where it must be listed again.
    pub print: u64,
    /// Its records, by their place in the order of ids.
    pub rows: Range<usize>,
    /// What else lies in it.
    pub strangers: Vec<String>,
}

/// What became of a record that was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has looked.
    Unknown,
    /// It is as it was.
    Same,
    /// It must be read again.
    Changed,
    /// Its file is gone.
    Gone,
}

/// A folder as it is now.
#[derive(Debug)]
pub struct Found {
    /// Its path.
    pub path: String,
    /// Its state before it was listed.
    pub stamp: Stamp,
    /// The records in it, by number, in their order.
    pub codes: Vec<Code>,
    /// The names of the folders in it.
    pub folders: Vec<String>,
    /// What else lies in it.
    pub strangers: Vec<String>,
}

/// What was known of a kind's files.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// The kind.
    pub kind: Kind,
    /// Its folders, each before those in it.
    pub folders: &'k [Folder],
    /// Its records.
    pub codes: &'k [Code],
    /// The state of each; zero where it must be read again.
    pub prints: &'k [u64],
}

/// What the file system says now.
#[derive(Debug)]
pub struct News {
    /// What became of each record.
    pub states: Vec<State>,
    /// The state of each folder that was known; none where it is none any more.
    pub stamps: Vec<Option<Stamp>>,
    /// The folders that changed or are new.
    pub changed: Vec<Found>,
    /// How many calls it took.
    pub calls: usize,
}

/// A record's file name with the zero byte that the system wants.
pub struct FileName([u8; 32], usize);

impl FileName {
    /// The name of a record's file.
    pub fn of(kind: Kind, code: Code) -> FileName {
        let mut name = FileName([0; 32], 0);
        if kind == Kind::Request {
            let mut day = code >> PART;
            for at in (0..8).rev() {
                name.0[at] = b'0' + (day % 10) as u8;
                day /= 10;
            }
            name.0[8] = b'-';
        }
        name.turn_to(kind, code);
        name.1 = FileName::start(kind) + FileName::symbols(kind);
        name.0[name.1..name.1 + 5].copy_from_slice(b".toml");
        name.1 += 5;
        name
    }

    /// Makes it the name of another record's file in the same folder, and so of the same day.
    fn turn_to(&mut self, kind: Kind, code: Code) {
        let start = FileName::start(kind);
        base32::encode_into(code, &mut self.0[start..start + FileName::symbols(kind)]);
    }

    /// Where its symbols begin.
    fn start(kind: Kind) -> usize {
        if kind == Kind::Request { "20261123-".len() } else { 0 }
    }

    fn symbols(kind: Kind) -> usize {
        if kind == Kind::Request { layout::REQUEST_PART } else { layout::PATIENT_ID }
    }

    /// The same as the system takes it.
    pub fn as_cstr(&self) -> &CStr {
        CStr::from_bytes_with_nul(&self.0[..=self.1]).expect("an id has no zero byte")
    }

    /// The same as a text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0[..self.1]).expect("an id is ASCII")
    }

    /// The record's id.
    pub fn id(&self) -> &str {
        let name = self.as_str();
        &name[..name.len() - ".toml".len()]
    }
}

impl Known<'_> {
    /// Looks at the folders, and at all records where `records`.
    pub fn news(&self, root: &Handle, records: bool) -> Option<News> {
        let mut news = News {
            states: vec![State::Unknown; self.codes.len()],
            stamps: vec![None; self.folders.len()],
            changed: Vec::new(),
            calls: self.folders.len() + if records { self.codes.len() } else { 0 },
        };
        let pieces = self.pieces(records);
        let seen = threads::share(&pieces, news.calls >= MANY, || {
            |(at, rows): &(usize, Range<usize>)| self.look(root, &self.folders[*at], rows.clone())
        });
        for ((at, rows), (stamp, states)) in pieces.into_iter().zip(seen) {
            if !records || rows.start == self.folders[at].rows.start {
                news.stamps[at] = stamp;
            }
            news.states[rows].copy_from_slice(&states);
        }
        self.list_changed(root, &mut news)?;
        Some(news)
    }

    /// The folders and their records in pieces that take about as long as each other.
    fn pieces(&self, records: bool) -> Vec<(usize, Range<usize>)> {
        let mut pieces = Vec::with_capacity(self.folders.len());
        for (at, folder) in self.folders.iter().enumerate() {
            let Range { mut start, end } = folder.rows;
            while records && end - start > PIECE {
                pieces.push((at, start..start + PIECE));
                start += PIECE;
            }
            pieces.push((at, if records { start..end } else { 0..0 }));
        }
        pieces
    }

    /// Looks at a folder and some records in it.
    fn look(
        &self,
        root: &Handle,
        folder: &Folder,
        rows: Range<usize>,
    ) -> (Option<Stamp>, Vec<State>) {
        if rows.is_empty() {
            return (root.stamp(&folder.path).ok().filter(Stamp::is_folder), Vec::new());
        }
        match self.inside(root, folder, rows.clone()) {
            Some((stamp, states)) => (Some(stamp), states),
            None => (None, vec![State::Gone; rows.len()]),
        }
    }

    /// The state of a folder, and those of some records in it; none where it can't be looked into.
    fn inside(
        &self,
        root: &Handle,
        folder: &Folder,
        rows: impl ExactSizeIterator<Item = usize>,
    ) -> Option<(Stamp, Vec<State>)> {
        if rows.len() < FEW {
            let stamp = root.stamp(&folder.path).ok().filter(Stamp::is_folder)?;
            let mut path = format!("{}/", folder.path);
            let start = path.len();
            let state = |row| {
                path.truncate(start);
                path.push_str(FileName::of(self.kind, self.codes[row]).as_str());
                self.state(row, root.stamp(&path))
            };
            return Some((stamp, rows.map(state).collect()));
        }
        let handle = root.folder(&folder.path).ok()?;
        let stamp = handle.own_stamp().ok()?;
        let mut name = FileName::of(self.kind, self.codes[folder.rows.start]);
        let state = |row| {
            name.turn_to(self.kind, self.codes[row]);
            self.state(row, handle.stamp_of(name.as_cstr()))
        };
        Some((stamp, rows.map(state).collect()))
    }

    /// What became of a record whose file is as it is now.
    fn state(&self, row: usize, now: io::Result<Stamp>) -> State {
        match now {
            Ok(stamp) if stamp.print() == self.prints[row] => State::Same,
            Ok(_) => State::Changed,
            Err(_) => State::Gone,
        }
    }

    /// Looks at some records alone, in their order.
    pub fn look_at(&self, root: &Handle, rows: &[usize], states: &mut [State]) {
        let pieces: Vec<&[usize]> = rows.chunks(PIECE).collect();
        let seen = threads::share(&pieces, rows.len() >= MANY, || {
            |rows: &&[usize]| {
                let (mut rest, mut states) = (*rows, Vec::with_capacity(rows.len()));
                while let Some(first) = rest.first() {
                    let at = self.folders.partition_point(|folder| folder.rows.end <= *first);
                    let folder = self.folders.get(at).filter(|f| f.rows.contains(first));
                    let end = folder.map_or(usize::MAX, |folder| folder.rows.end);
                    let (here, after) = rest.split_at(rest.partition_point(|row| *row < end));
                    let seen = folder.and_then(|f| self.inside(root, f, here.iter().copied()));
                    let seen = seen.map(|(_, states)| states);
                    states.extend(seen.unwrap_or_else(|| vec![State::Changed; here.len()]));
                    rest = after;
                }
                states
            }
        });
        for (row, state) in rows.iter().zip(seen.into_iter().flatten()) {
            states[*row] = state;
        }
    }

    /// Lists what changed, and the new folders below it.
    fn list_changed(&self, root: &Handle, news: &mut News) -> Option<()> {
        let top = self.kind.folder();
        let mut unlisted: Vec<String> = Vec::new();
        if self.folders.is_empty() {
            unlisted.push(top.to_owned());
        }
        let is_known = |path: &str| {
            self.folders.binary_search_by(|folder| folder.path.as_str().cmp(path)).is_ok()
        };
        for (folder, stamp) in self.folders.iter().zip(&news.stamps) {
            if stamp.is_some_and(|stamp| stamp.print() == folder.print) {
                continue;
            }
            if stamp.is_some() || folder.path == top {
                unlisted.push(folder.path.clone());
            }
        }
        while !unlisted.is_empty() {
            let listed = threads::share(&unlisted, unlisted.len() >= FOLDERS, || {
                |path: &String| list(self.kind, root, path)
            });
            unlisted.clear();
            for found in listed {
                let Some(found) = found? else { continue };
                let inside = found.folders.iter().map(|name| format!("{}/{name}", found.path));
                unlisted.extend(inside.filter(|path| !is_known(path)));
                news.calls += 1;
                news.changed.push(found);
            }
        }
        news.changed.sort_by(|a, b| a.path.cmp(&b.path));
        Some(())
    }
}

/// Lists a folder; `Some(None)` where there is none, none where it is such that the plain walk must
/// judge it: a link, or a folder that is called like a record.
#[allow(clippy::option_option)]
fn list(kind: Kind, root: &Handle, path: &str) -> Option<Option<Found>> {
    let handle = match root.folder(path) {
        Ok(handle) => handle,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(None),
        Err(_) => return None,
    };
    let stamp = handle.own_stamp().ok()?;
    let home = Home::of(kind, path);
    let (mut codes, mut folders, mut strangers) = (Vec::new(), Vec::new(), Vec::new());
    let mut is_odd = false;
    let mut take = |name: &CStr, is_folder: bool| {
        let home = home.as_ref().filter(|_| !is_folder);
        if let Some(code) = home.and_then(|home| home.code(name)) {
            return codes.push(code);
        }
        let name = name.to_string_lossy().into_owned();
        if is_folder {
            is_odd |= name.ends_with(".toml") || name.contains('\u{fffd}');
            folders.push(name);
        } else if !name.starts_with(TEMPORARY) {
            strangers.push(name);
        }
    };
    handle.names(&mut take).ok()?;
    if is_odd {
        return None;
    }
    codes.sort_unstable();
    folders.sort_unstable();
    strangers.sort_unstable();
    Some(Some(Found { path: path.to_owned(), stamp, codes, folders, strangers }))
}

/// The numbers of the records of one folder, by their file names.
struct Home {
    /// What their ids begin with.
    beginning: String,
    /// The number of the first id that could lie there.
    first: Code,
    /// How many symbols follow in each.
    rest: usize,
}

impl Home {
    /// None for a folder that no record lies in.
    fn of(kind: Kind, folder: &str) -> Option<Home> {
        let beginning = layout::beginning(kind, folder)?;
        let length = match kind {
            Kind::Request => beginning.len() + layout::REQUEST_PART,
            _ => layout::PATIENT_ID,
        };
        let first = code(kind, &format!("{beginning:0<length$}"))?;
        Some(Home { rest: length - beginning.len(), beginning, first })
    }

    /// The record of a file; none for what is none.
    fn code(&self, name: &CStr) -> Option<Code> {
        let id = name.to_bytes().strip_suffix(b".toml")?;
        let rest = id.strip_prefix(self.beginning.as_bytes())?;
        let rest = std::str::from_utf8(rest).ok().filter(|rest| rest.len() == self.rest)?;
        Some(self.first | base32::decode(rest)?)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use std::ffi::CString;

    use super::*;

    #[test]
    fn a_folder_s_names_are_those_of_the_records_that_lie_there() {
        for (kind, folder, ids) in [
            (Kind::Request, "requests/2026/11/23", ["20261123-k7m2qx", "20261123-000000"]),
            (Kind::Patient, "patients/7h", ["7h2k9m4qwe", "7hzzzzzzzz"]),
        ] {
            let home = Home::of(kind, folder).unwrap();
            let mut turned = FileName::of(kind, code(kind, ids[0]).unwrap());
            for id in ids {
                let name = CString::new(format!("{id}.toml")).unwrap();
                turned.turn_to(kind, code(kind, id).unwrap());
                assert_eq!(turned.as_cstr(), name.as_c_str());
                assert_eq!(home.code(&name), code(kind, id));
                assert_eq!(super::id(kind, home.code(&name).unwrap()), id);
            }
            for other in ["20261124-k7m2qx.toml", "20261123-k7m2q.toml", "20261123-k7m2qxx.toml"]
                .iter()
                .chain(&["7i2k9m4qwe.toml", "7h2k9m4qw.toml", "7h2k9m4qwu.toml", "7h2k9m4qwe"])
                .chain(&["20261123-k7m2qx.TOML", "20261123-K7M2QX.toml", ".toml", ""])
            {
                assert_eq!(home.code(&CString::new(*other).unwrap()), None, "{folder}: {other}");
            }
        }
        for folder in ["requests/2026/02/30", "requests/2026/11", "requests", "requests/2026/11/2x"]
        {
            assert!(Home::of(Kind::Request, folder).is_none(), "{folder}");
        }
        for folder in ["patients", "patients/7", "patients/7i", "patients/7h/x"] {
            assert!(Home::of(Kind::Patient, folder).is_none(), "{folder}");
        }
    }

    /// A folder of so many patients, and what is known of them.
    #[cfg(unix)]
    fn folder(root: &std::path::Path, count: usize) -> (Vec<Folder>, Vec<Code>, Vec<u64>) {
        let path = format!("patients/{count:02}");
        std::fs::create_dir_all(root.join(&path)).unwrap();
        let handle = Handle::open(root).unwrap();
        let (mut codes, mut prints) = (Vec::new(), Vec::new());
        for at in 0..count {
            let name = format!("{path}/{count:02}{at:08}.toml");
            std::fs::write(root.join(&name), "text").unwrap();
            codes.push(code(Kind::Patient, &format!("{count:02}{at:08}")).unwrap());
            prints.push(handle.stamp(&name).unwrap().print());
        }
        let print = handle.stamp(&path).unwrap().print();
        (vec![Folder { path, print, rows: 0..count, strangers: Vec::new() }], codes, prints)
    }

    /// Few records are looked at by their paths and many by a handle: what is seen is the same.
    #[cfg(unix)]
    #[test]
    fn few_records_and_many_are_seen_alike() {
        for count in [1, FEW - 1, FEW, 3 * FEW] {
            let temporary = tempfile::tempdir().unwrap();
            let root = temporary.path();
            let (folders, codes, prints) = folder(root, count);
            let known =
                Known { kind: Kind::Patient, folders: &folders, codes: &codes, prints: &prints };
            let handle = Handle::open(root).unwrap();
            let rows: Vec<usize> = (0..count).collect();
            let seen = || {
                let mut alone = vec![State::Unknown; count];
                known.look_at(&handle, &rows, &mut alone);
                (known.news(&handle, true).unwrap().states, alone)
            };
            let same = vec![State::Same; count];
            assert_eq!(seen(), (same.clone(), same.clone()), "{count}");

            let last = root.join(format!("patients/{count:02}/{count:02}{:08}.toml", count - 1));
            std::fs::write(&last, "another").unwrap();
            let changed = [&same[1..], &[State::Changed]].concat();
            assert_eq!(seen(), (changed.clone(), changed), "{count}");
            std::fs::remove_file(&last).unwrap();
            let gone = [&same[1..], &[State::Gone]].concat();
            assert_eq!(seen(), (gone.clone(), gone), "{count}");

            // Behind a link lie the same files: nobody looks there.
            let (place, aside) = (root.join(format!("patients/{count:02}")), root.join("aside"));
            std::fs::rename(&place, &aside).unwrap();
            std::os::unix::fs::symlink(&aside, &place).unwrap();
            let mut alone = same;
            known.look_at(&handle, &rows, &mut alone);
            assert_eq!(alone, vec![State::Changed; count], "{count}");
            let (stamp, states) = known.look(&handle, &folders[0], 0..count);
            assert_eq!((stamp, states), (None, vec![State::Gone; count]), "{count}");
        }
    }
}
