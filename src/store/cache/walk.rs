//! Which records there are, and which of them are as they were: folders and files by what the file
//! system says of them, in two threads where there are many.
//!
//! A folder whose state is unchanged has the same names in it, so it is not listed again; a file
//! whose state is unchanged holds the same text, so it is not read again.

use std::collections::BTreeSet;
use std::ffi::CStr;
use std::ops::Range;
use std::panic::resume_unwind;

use crate::format::layout;
use crate::model::kind::Kind;
use crate::platform::stat::{Handle, Stamp};
use crate::store::disk::TEMPORARY;
use crate::words::base32;

/// From so many files on, a second thread is worth its start.
const MANY: usize = 4000;

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
    match kind {
        Kind::Request => {
            let part = base32::encode(code, layout::REQUEST_PART);
            format!("{:08}-{part}", code >> PART)
        }
        _ => base32::encode(code, layout::PATIENT_ID),
    }
}

/// The random part of a request's number.
pub fn part(code: Code) -> u32 {
    (code & ((1 << PART) - 1)) as u32
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
    /// The names of the folders in it.
    pub folders: Vec<String>,
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
            name.1 = 9;
            name.code(code, layout::REQUEST_PART);
        } else {
            name.code(code, layout::PATIENT_ID);
        }
        name.0[name.1..name.1 + 5].copy_from_slice(b".toml");
        name.1 += 5;
        name
    }

    fn code(&mut self, code: Code, symbols: usize) {
        base32::encode_into(code, &mut self.0[self.1..self.1 + symbols]);
        self.1 += symbols;
    }

    /// The same as the system takes it.
    pub fn as_cstr(&self) -> &CStr {
        CStr::from_bytes_with_nul(&self.0[..=self.1]).expect("an id has no zero byte")
    }
}

impl Known<'_> {
    /// Looks at the folders, and at all records where `records`.
    pub fn news(&self, root: &Handle, records: bool) -> Option<News> {
        let mut states = vec![State::Unknown; self.codes.len()];
        let mut stamps: Vec<Option<Stamp>> = vec![None; self.folders.len()];
        let files = if records { self.codes.len() } else { 0 };
        let middle = match files + self.folders.len() >= MANY {
            true => self.folders.partition_point(|folder| folder.rows.start < self.codes.len() / 2),
            false => self.folders.len(),
        };
        let (first, second) = self.folders.split_at(middle);
        let (first_stamps, second_stamps) = stamps.split_at_mut(middle);
        let split = second.first().map_or(self.codes.len(), |folder| folder.rows.start);
        let (first_states, second_states) = states.split_at_mut(split);
        std::thread::scope(|scope| {
            if !second.is_empty() {
                scope.spawn(|| {
                    self.look(root, second, second_stamps, second_states, split, records)
                });
            }
            self.look(root, first, first_stamps, first_states, 0, records);
        });
        let mut news =
            News { states, stamps, changed: Vec::new(), calls: files + self.folders.len() };
        self.list_changed(root, &mut news)?;
        Some(news)
    }

    fn look(
        &self,
        root: &Handle,
        folders: &[Folder],
        stamps: &mut [Option<Stamp>],
        states: &mut [State],
        from: usize,
        records: bool,
    ) {
        for (folder, stamp) in folders.iter().zip(stamps) {
            let rows = folder.rows.clone();
            if !records || rows.is_empty() {
                *stamp = root.stamp(&folder.path).ok().filter(Stamp::is_folder);
                continue;
            }
            let handle = root.folder(&folder.path).ok();
            *stamp = handle.as_ref().and_then(|handle| handle.own_stamp().ok());
            for row in rows {
                states[row - from] = match &handle {
                    Some(handle) => self.state(handle, row),
                    None => State::Gone,
                };
            }
        }
    }

    fn state(&self, folder: &Handle, row: usize) -> State {
        match folder.stamp_of(FileName::of(self.kind, self.codes[row]).as_cstr()) {
            Ok(stamp) if stamp.print() == self.prints[row] => State::Same,
            Ok(_) => State::Changed,
            Err(_) => State::Gone,
        }
    }

    /// Looks at some records alone, in their order.
    pub fn look_at(&self, root: &Handle, rows: &[usize], states: &mut [State]) {
        let half = if rows.len() >= MANY { rows.len() / 2 } else { rows.len() };
        let (first, second) = rows.split_at(half);
        let look = |rows: &[usize]| -> Vec<State> {
            let mut open: Option<(usize, Option<Handle>)> = None;
            let states = rows.iter().map(|row| {
                let at = self.folders.partition_point(|folder| folder.rows.end <= *row);
                if open.as_ref().is_none_or(|(known, _)| *known != at) {
                    let folder = self.folders.get(at).filter(|f| f.rows.contains(row));
                    open = Some((at, folder.and_then(|folder| root.folder(&folder.path).ok())));
                }
                match &open {
                    Some((_, Some(handle))) => self.state(handle, *row),
                    _ => State::Changed,
                }
            });
            states.collect()
        };
        let (first_states, second_states) = std::thread::scope(|scope| {
            let other = (!second.is_empty()).then(|| scope.spawn(|| look(second)));
            let first = look(first);
            let second =
                other.map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            (first, second.unwrap_or_default())
        });
        for (row, state) in rows.iter().zip(first_states.into_iter().chain(second_states)) {
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
        let known: BTreeSet<&str> = self.folders.iter().map(|f| f.path.as_str()).collect();
        for (folder, stamp) in self.folders.iter().zip(&news.stamps) {
            if stamp.is_some_and(|stamp| stamp.print() == folder.print) {
                continue;
            }
            if stamp.is_some() || folder.path == top {
                unlisted.push(folder.path.clone());
            }
        }
        while let Some(path) = unlisted.pop() {
            let Some(found) = list(self.kind, root, path)? else { continue };
            let inside = found.folders.iter().map(|name| format!("{}/{name}", found.path));
            unlisted.extend(inside.filter(|path| !known.contains(path.as_str())));
            news.calls += 1;
            news.changed.push(found);
        }
        news.changed.sort_by(|a, b| a.path.cmp(&b.path));
        Some(())
    }
}

/// Lists a folder; `Some(None)` where there is none, none where it is such that the plain walk must
/// judge it: a link, or a folder that is called like a record.
#[allow(clippy::option_option)]
fn list(kind: Kind, root: &Handle, path: String) -> Option<Option<Found>> {
    let handle = match root.folder(&path) {
        Ok(handle) => handle,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(None),
        Err(_) => return None,
    };
    let stamp = handle.own_stamp().ok()?;
    let mut found =
        Found { path, stamp, codes: Vec::new(), folders: Vec::new(), strangers: Vec::new() };
    for (name, is_folder) in handle.names().ok()? {
        let inside = format!("{}/{name}", found.path);
        if is_folder {
            if name.ends_with(".toml") || name.contains('\u{fffd}') {
                return None;
            }
            found.folders.push(name);
        } else if name.starts_with(TEMPORARY) {
        } else if let Some((_, id)) = layout::record_at(&inside) {
            found.codes.push(code(kind, id)?);
        } else {
            found.strangers.push(name);
        }
    }
    found.codes.sort_unstable();
    found.folders.sort_unstable();
    found.strangers.sort_unstable();
    Some(Some(found))
}
