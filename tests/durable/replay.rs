//! The states that a file system may leave when the power goes: the calls of a command are written
//! down, and at every point what was not synced is dropped or kept, in part too, as POSIX allows.
//! Real file systems forgive a missing sync of a folder; this does not.
//!
//! The model: a file's text is on disk from its last sync on; before that it may be whole, empty,
//! cut or zeros. A name comes, moves and goes in its folder, on disk from the sync of that folder
//! on; before that each such change may be there or not, whatever its order.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::calls::{self, Call};
use crate::case::{self, Case, Claim, Program};
use crate::table::{Tally, some};

/// What happens to a store, paths relative to it.
#[derive(Debug, Clone)]
enum Deed {
    Folder(String),
    File {
        path: String,
        is_cut: bool,
    },
    Text(String, Vec<u8>),
    Sync(String),
    SyncAll,
    Move(String, String),
    Gone(String),
    /// This was printed.
    Said(Vec<u8>),
}

/// A change of names that is not on disk yet.
#[derive(Debug, Clone)]
enum Change {
    Folder(String),
    Name(String, usize),
    Move(String, String, usize),
    Gone(String),
}

impl Change {
    fn folder(&self) -> &str {
        let (Change::Folder(path)
        | Change::Name(path, _)
        | Change::Move(_, path, _)
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
            Change::Name(path, text) => drop(self.files.insert(path.clone(), *text)),
            Change::Move(from, to, text) => {
                self.files.remove(from);
                self.files.insert(to.clone(), *text);
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
    pending: Vec<Change>,
}

type Files = BTreeMap<String, Arc<Vec<u8>>>;

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
            disk.pending.push(Change::Folder(folder.clone()));
        }
        disk
    }

    fn change(&mut self, change: Change) {
        self.live.apply(&change);
        self.pending.push(change);
    }

    fn does(&mut self, deed: &Deed) {
        match deed {
            Deed::Folder(path) => self.change(Change::Folder(path.clone())),
            Deed::File { path, is_cut } => match self.live.files.get(path) {
                Some(&text) if *is_cut => {
                    self.texts[text].now = Arc::default();
                    self.texts[text].is_synced = false;
                }
                Some(_) => {}
                None => {
                    self.texts.push(Text::default());
                    self.change(Change::Name(path.clone(), self.texts.len() - 1));
                }
            },
            Deed::Text(path, bytes) => {
                let Some(&text) = self.live.files.get(path) else { return };
                Arc::make_mut(&mut self.texts[text].now).extend(bytes);
                self.texts[text].is_synced = false;
            }
            Deed::Sync(path) => self.sync(path),
            Deed::SyncAll => {
                let paths = self.live.folders.iter().chain(self.live.files.keys());
                for path in paths.cloned().collect::<Vec<_>>() {
                    self.sync(&path);
                }
            }
            Deed::Move(from, to) => {
                let Some(&text) = self.live.files.get(from) else { return };
                self.change(Change::Move(from.clone(), to.clone(), text));
            }
            Deed::Gone(path) => self.change(Change::Gone(path.clone())),
            Deed::Said(_) => {}
        }
    }

    fn sync(&mut self, path: &str) {
        if let Some(&text) = self.live.files.get(path) {
            let text = &mut self.texts[text];
            (text.synced, text.is_synced) = (text.now.clone(), true);
            return;
        }
        let of_it = |change: &Change| change.folder() == path;
        for change in self.pending.iter().filter(|change| of_it(change)) {
            self.sure.apply(change);
        }
        self.pending.retain(|change| !of_it(change));
    }

    /// Which of the pending changes may be on disk: any, or, where they are too many, all but one,
    /// one alone, and the first ones.
    fn subsets(&self) -> Vec<Vec<usize>> {
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

    /// The state that the power's going leaves: with these changes, and this done to the texts that
    /// are not synced.
    fn left(&self, subset: &[usize], damage: usize) -> Files {
        let mut names = self.sure.clone();
        subset.iter().for_each(|&n| names.apply(&self.pending[n]));
        self.files(&names, damage)
    }

    fn files(&self, names: &Names, damage: usize) -> Files {
        let is_there = |path: &str| {
            let ends = path.match_indices('/').map(|(at, _)| at);
            ends.map(|at| &path[..at]).all(|folder| names.folders.contains(folder))
        };
        let text = |text: &Text| {
            if text.is_synced {
                return text.now.clone();
            }
            match damage {
                0 => text.now.clone(),
                1 => Arc::default(),
                2 => Arc::new(text.now[..text.now.len() / 2].to_vec()),
                3 => Arc::new(vec![0; text.now.len()]),
                _ => text.synced.clone(),
            }
        };
        let there = names.files.iter().filter(|(path, _)| is_there(path));
        there.map(|(path, &id)| (path.clone(), text(&self.texts[id]))).collect()
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
    let all = calls::calls(case, program, store.path(), &["-xx", "-s", "10000000"]);
    let (mut seen, mut trials, mut claim) = (HashSet::new(), Vec::new(), Claim::Either);
    // A command that changes many files has too many states: some at every point, never the same.
    let stride = if case.is_huge() { 37 } else { 1 };
    let mut turn = 0;
    let mut add = |disk: &Disk, claim: Claim| {
        turn += 1;
        for subset in disk.subsets().iter().skip(turn % stride).step_by(stride) {
            for damage in 0..5 {
                let files = disk.left(subset, damage);
                let mut hash = DefaultHasher::new();
                (&files, claim == Claim::New).hash(&mut hash);
                if seen.insert(hash.finish()) {
                    trials.push((files, claim));
                }
            }
        }
    };
    for deed in all.iter().filter_map(|call| deed(call, store.path())) {
        if let Deed::Said(text) = &deed
            && String::from_utf8_lossy(text).contains(case.row.says)
        {
            claim = Claim::New;
        }
        disk.does(&deed);
        add(&disk, claim);
    }
    // What succeeds has said so, be it without a word.
    add(&disk, Claim::New);
    let harness = if fresh { "power lost in fresh folders" } else { "power lost" };
    Tally::of(harness, case.name, &some(case, trials, quick), |(files, claim)| {
        let rebuilt = case::folder();
        for (path, bytes) in files {
            let path = rebuilt.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes.as_slice()).unwrap();
        }
        case.judge(program, rebuilt.path(), *claim)
    })
}

/// What a call does to the store, if anything.
fn deed(call: &Call, store: &Path) -> Option<Deed> {
    let (_, result) = call.line.rsplit_once(" = ")?;
    if result.starts_with('-') {
        return None;
    }
    let inside = |path: &[u8]| {
        let path = PathBuf::from(String::from_utf8(path.to_vec()).ok()?);
        Some(path.strip_prefix(store).ok()?.to_str()?.to_owned())
    };
    let texts = quoted(&call.line);
    let path = |n: usize| texts.get(n).and_then(|text| inside(text));
    // An open file, by its path now: `fsync(4</store/x>)`.
    let open = || {
        let start = call.line.find('<')? + 1;
        let end = start + call.line[start..].find('>')?;
        let name = &call.line[start..end];
        inside(&if name.contains("\\x") { hex(name) } else { name.as_bytes().to_vec() })
    };
    match call.name.as_str() {
        "mkdir" => path(0).map(Deed::Folder),
        "openat" if call.line.contains("O_CREAT") => {
            path(0).map(|path| Deed::File { path, is_cut: call.line.contains("O_TRUNC") })
        }
        "write" if call.line.starts_with("write(1<") => Some(Deed::Said(texts.first()?.clone())),
        "write" => Some(Deed::Text(open()?, texts.first()?.clone())),
        "fsync" | "fdatasync" => open().map(Deed::Sync),
        "syncfs" => Some(Deed::SyncAll),
        "rename" | "renameat" | "renameat2" => Some(Deed::Move(path(0)?, path(1)?)),
        "unlink" | "unlinkat" => path(0).map(Deed::Gone),
        _ => None,
    }
}

/// The strings of a call, from hexadecimal.
fn quoted(line: &str) -> Vec<Vec<u8>> {
    line.split('"').skip(1).step_by(2).map(hex).collect()
}

fn hex(text: &str) -> Vec<u8> {
    let parts = text.split("\\x").filter(|part| !part.is_empty());
    parts.map(|part| u8::from_str_radix(part, 16).expect("strace -xx gives hexadecimal")).collect()
}
