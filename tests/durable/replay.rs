//! The states that a file system may leave when the power goes: the calls of a command are written
//! down, and at every point what was not synced is dropped or kept, in part too, as POSIX allows.
//! Real file systems forgive a missing sync of a folder; this does not.
//!
//! The model: a file's text is on disk from its last sync on; before that it may be whole, empty,
//! cut or zeros. A name comes, moves and goes in its folder, a folder's with all that is in it, on
//! disk from the sync of the folder that it came to on; before that each such change may be there or
//! not, whatever its order.
//!
//! Git never syncs a folder. So what one start of git does to names comes in its order, as on every
//! file system that keeps a log; but nothing orders it with what we do, or with another start of
//! git, unless we have synced in between. Texts that git did not sync are damaged like ours, but
//! for its settings, the one thing that it never syncs: they are flushed where they replace others,
//! as ext4 and btrfs do it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;

use crate::calls;
use crate::case::{self, Case, Claim, Program};
use crate::deeds::{Deed, deeds};
use crate::table::{Tally, some_of};

/// A change of names that is not on disk yet.
#[derive(Debug, Clone)]
enum Change {
    Folder(String),
    NoFolder(String),
    Name(String, usize),
    Move(String, String, usize),
    MoveFolder(String, String),
    Gone(String),
}

impl Change {
    fn folder(&self) -> &str {
        let (Change::Folder(path)
        | Change::NoFolder(path)
        | Change::Name(path, _)
        | Change::Move(_, path, _)
        | Change::MoveFolder(_, path)
        | Change::Gone(path)) = self;
        path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

#[derive(Debug, Clone, Default)]
struct Text {
    now: Arc<Vec<u8>>,
    synced: Arc<Vec<u8>>,
    is_synced: bool,
}

impl Text {
    fn change(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        change(Arc::make_mut(&mut self.now));
        self.is_synced = false;
    }

    /// What there is of it once the power has gone.
    fn left(&self, damage: usize) -> Arc<Vec<u8>> {
        if self.is_synced {
            return self.now.clone();
        }
        match damage {
            0 => self.now.clone(),
            1 => Arc::default(),
            2 => Arc::new(self.now[..self.now.len() / 2].to_vec()),
            3 => Arc::new(vec![0; self.now.len()]),
            _ => self.synced.clone(),
        }
    }
}

/// Names on disk.
#[derive(Debug, Clone, Default)]
struct Names {
    files: BTreeMap<String, usize>,
    folders: BTreeSet<String>,
}

impl Names {
    fn apply(&mut self, change: &Change) {
        match change {
            Change::Folder(path) => drop(self.folders.insert(path.clone())),
            Change::NoFolder(path) => drop(self.folders.remove(path)),
            Change::Name(path, text) => drop(self.files.insert(path.clone(), *text)),
            Change::Move(from, to, text) => {
                self.files.remove(from);
                self.files.insert(to.clone(), *text);
            }
            Change::MoveFolder(from, to) => {
                let moved = |path: &String| {
                    let rest = path.strip_prefix(from)?;
                    (rest.is_empty() || rest.starts_with('/')).then(|| format!("{to}{rest}"))
                };
                self.files = std::mem::take(&mut self.files)
                    .into_iter()
                    .map(|(path, text)| (moved(&path).unwrap_or(path), text))
                    .collect();
                self.folders = std::mem::take(&mut self.folders)
                    .into_iter()
                    .map(|path| moved(&path).unwrap_or(path))
                    .collect();
            }
            Change::Gone(path) => drop(self.files.remove(path)),
        }
    }
}

/// A file system that keeps what was synced.
#[derive(Debug, Default)]
struct Disk {
    live: Names,
    sure: Names,
    texts: Vec<Text>,
    /// Each with whose it is: 0 is our own.
    pending: Vec<(Change, usize)>,
}

/// What is done to a text that is not synced: nothing, emptied, cut, made zeros, as it was.
const DAMAGES: usize = 5;

/// What is found when the power is back: files and folders.
#[derive(Debug, Default)]
struct Left {
    files: BTreeMap<String, Arc<Vec<u8>>>,
    folders: BTreeSet<String>,
}

impl Disk {
    /// With a store on it, all of it synced but for these folders.
    fn new(store: &Path, fresh: &BTreeSet<String>) -> Disk {
        let mut disk = Disk::default();
        disk.live.folders.insert(String::new());
        let mut folders = vec![store.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path().strip_prefix(store).unwrap().to_str().unwrap().to_owned();
                if entry.file_type().unwrap().is_dir() {
                    disk.live.folders.insert(path);
                    folders.push(entry.path());
                } else {
                    let now = Arc::new(fs::read(entry.path()).unwrap());
                    disk.texts.push(Text { synced: now.clone(), now, is_synced: true });
                    disk.live.files.insert(path, disk.texts.len() - 1);
                }
            }
        }
        disk.sure = disk.live.clone();
        for folder in fresh {
            disk.sure.folders.remove(folder);
            disk.pending.push((Change::Folder(folder.clone()), 0));
        }
        disk
    }

    fn change(&mut self, change: Change, by: usize) {
        self.live.apply(&change);
        self.pending.push((change, by));
    }

    fn does(&mut self, deed: &Deed, by: usize) {
        match deed {
            Deed::Folder(path) => self.change(Change::Folder(path.clone()), by),
            Deed::NoFolder(path) => self.change(Change::NoFolder(path.clone()), by),
            Deed::File { path, is_cut } => match self.live.files.get(path) {
                Some(&text) if *is_cut => self.texts[text].change(Vec::clear),
                Some(_) => {}
                None => {
                    self.texts.push(Text::default());
                    self.change(Change::Name(path.clone(), self.texts.len() - 1), by);
                }
            },
            Deed::Text(path, at, bytes) => {
                let Some(&text) = self.live.files.get(path) else { return };
                self.texts[text].change(|text| {
                    let at = at.unwrap_or(text.len());
                    text.resize(text.len().max(at + bytes.len()), 0);
                    text[at..at + bytes.len()].copy_from_slice(bytes);
                });
            }
            Deed::Cut(path, length) => {
                let Some(&text) = self.live.files.get(path) else { return };
                self.texts[text].change(|text| text.resize(*length, 0));
            }
            Deed::Sync(path) => self.sync(path),
            Deed::SyncAll => {
                let paths = self.live.folders.iter().chain(self.live.files.keys());
                for path in paths.cloned().collect::<Vec<_>>() {
                    self.sync(&path);
                }
                // Of folders that are gone again.
                for (change, _) in std::mem::take(&mut self.pending) {
                    self.sure.apply(&change);
                }
            }
            Deed::Move(from, to) if self.live.folders.contains(from) => {
                self.change(Change::MoveFolder(from.clone(), to.clone()), by);
            }
            Deed::Move(from, to) => {
                let Some(&text) = self.live.files.get(from) else { return };
                if by > 0 && to.ends_with("/config") && self.live.files.contains_key(to) {
                    self.sync(from);
                }
                self.change(Change::Move(from.clone(), to.clone(), text), by);
            }
            Deed::Link(from, to) => {
                let Some(&text) = self.live.files.get(from) else { return };
                self.change(Change::Name(to.clone(), text), by);
            }
            Deed::Gone(path) => self.change(Change::Gone(path.clone()), by),
            Deed::Said(_) => {}
        }
    }

    fn sync(&mut self, path: &str) {
        if let Some(&text) = self.live.files.get(path) {
            let text = &mut self.texts[text];
            (text.synced, text.is_synced) = (text.now.clone(), true);
            return;
        }
        let (done, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|(change, _)| change.folder() == path);
        done.iter().for_each(|(change, _)| self.sure.apply(change));
        self.pending = pending;
    }

    /// Which of the pending changes may be on disk.
    fn subsets(&self) -> Vec<Vec<usize>> {
        match self.pending.iter().any(|(_, by)| *by > 0) {
            true => self.ordered_subsets(),
            false => self.free_subsets(),
        }
    }

    /// Ours: any, or, where they are too many, all but one, one alone, and the first ones.
    fn free_subsets(&self) -> Vec<Vec<usize>> {
        let all = self.pending.len();
        if all <= 5 {
            let chosen = |bits| (0..all).filter(|n| bits & (1 << n) != 0).collect();
            return (0..1_usize << all).map(chosen).collect();
        }
        let without = (0..all).map(|n| (0..all).filter(|m| *m != n).collect());
        let alone = (0..all).map(|n| vec![n]);
        let up_to = (0..=all).map(|n| (0..n).collect());
        without.chain(alone).chain(up_to).collect()
    }

    /// Where git is at work too: of each of its starts the first ones, with all that the others did
    /// and with nothing of it; and so of what is ours.
    fn ordered_subsets(&self) -> Vec<Vec<usize>> {
        let all: Vec<usize> = (0..self.pending.len()).collect();
        let whose: BTreeSet<usize> = self.pending.iter().map(|(_, by)| *by).collect();
        let mut subsets: Vec<Vec<usize>> = (0..=all.len()).map(|n| all[..n].to_vec()).collect();
        for start in whose {
            let is_its = |n: &usize| self.pending[*n].1 == start;
            let (its, others): (Vec<usize>, Vec<usize>) = all.iter().partition(|n| is_its(n));
            for n in 0..=its.len() {
                let mut with: Vec<usize> = others.iter().chain(&its[..n]).copied().collect();
                with.sort_unstable();
                subsets.extend([its[..n].to_vec(), with]);
            }
        }
        subsets
    }

    /// The names that the power's going leaves, with these changes, and their texts.
    fn names(&self, subset: &[usize]) -> Names {
        let mut names = self.sure.clone();
        subset.iter().for_each(|&n| names.apply(&self.pending[n].0));
        let folders = names.folders.clone();
        let is_there = |path: &str| {
            let mut ends = path.match_indices('/').map(|(at, _)| at);
            ends.all(|at| folders.contains(&path[..at]))
        };
        names.files.retain(|path, _| is_there(path));
        names.folders.retain(|path| is_there(path));
        names
    }

    /// What is the same in two states that are the same.
    fn print(&self, names: &Names, damage: usize, with_folders: bool) -> u64 {
        let mut hash = DefaultHasher::new();
        for (path, &id) in &names.files {
            let Text { now, synced, is_synced } = &self.texts[id];
            match if *is_synced { 0 } else { damage } {
                0 => (path, now.as_slice()).hash(&mut hash),
                1 => (path, [0; 0].as_slice()).hash(&mut hash),
                2 => (path, &now[..now.len() / 2]).hash(&mut hash),
                3 => (path, vec![0; now.len()].as_slice()).hash(&mut hash),
                _ => (path, synced.as_slice()).hash(&mut hash),
            }
        }
        if with_folders {
            names.folders.hash(&mut hash);
        }
        hash.finish()
    }

    /// The state with these names, and this done to the texts that are not synced.
    fn left(&self, names: Names, damage: usize) -> Left {
        let text = |(path, id): (String, usize)| (path, self.texts[id].left(damage));
        Left { files: names.files.into_iter().map(text).collect(), folders: names.folders }
    }
}

/// Tries every state that the command may leave. `fresh`: the folders that it needs are there, made
/// by a command that was killed before it could sync them.
pub fn replay(case: &Case, program: &Program, fresh: bool, quick: usize) -> Tally {
    let store = case.fresh();
    let mut unsynced = BTreeSet::new();
    if fresh {
        unsynced.insert(".appt".to_owned());
        for path in case.new.keys().filter(|path| !case.old.contains_key(*path)) {
            let folders = Path::new(path).ancestors().skip(1);
            let folders = folders.map(|folder| folder.to_str().unwrap().to_owned());
            unsynced.extend(folders.filter(|f| !f.is_empty() && !store.path().join(f).exists()));
        }
        unsynced.iter().for_each(|folder| fs::create_dir_all(store.path().join(folder)).unwrap());
    }
    let mut disk = Disk::new(store.path(), &unsynced);
    let git = case.row.git;
    let flags = ["-f", "-xx", "-s", "10000000"];
    let flags = if git { &flags[..] } else { &flags[1..] };
    let all = calls::calls(case, program, store.path(), flags);
    let (mut seen, mut trials, mut claim) = (HashSet::new(), Vec::new(), Claim::Either);
    // Many files, or git, make too many states: some at every point, never the same.
    let mut turn = 0;
    let mut add = |disk: &Disk, claim: Claim| {
        turn += 1;
        let subsets = disk.subsets();
        let stride = if case.is_huge() { 37 } else { 1 };
        let stride = if git { subsets.len().div_ceil(6).max(1) } else { stride };
        for subset in subsets.iter().skip(turn % stride).step_by(stride) {
            let names = disk.names(subset);
            for damage in 0..DAMAGES {
                if seen.insert((disk.print(&names, damage, git), claim == Claim::New)) {
                    trials.push((disk.left(names.clone(), damage), claim));
                }
            }
        }
    };
    for (deed, by) in deeds(&all, store.path()) {
        if let Deed::Said(text) = &deed
            && String::from_utf8_lossy(text).contains(case.row.says)
        {
            claim = Claim::New;
        }
        disk.does(&deed, by);
        add(&disk, claim);
    }
    // What succeeds has said so, be it without a word.
    add(&disk, Claim::New);
    let harness = if fresh { "power lost in fresh folders" } else { "power lost" };
    // A repository is judged by git, at length; of many files the states that matter are few.
    let most = match (git, case.is_huge()) {
        (true, _) => 24,
        (_, true) => 2000,
        _ => 50,
    };
    Tally::of(harness, case.name, &some_of(case, trials, quick, most), |(left, claim)| {
        let rebuilt = case::folder();
        for folder in &left.folders {
            fs::create_dir_all(rebuilt.path().join(folder)).unwrap();
        }
        for (path, bytes) in &left.files {
            fs::write(rebuilt.path().join(path), bytes.as_slice()).unwrap();
        }
        case.judge(program, rebuilt.path(), *claim)
    })
}
