//! What the calls of a command do to its store: paths from the root, places in files, and whose
//! doing it was, since git works for some commands, in processes of its own.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::calls::Call;

/// What happens to a store, paths relative to it.
#[derive(Debug, Clone)]
pub enum Deed {
    Folder(String),
    NoFolder(String),
    File {
        path: String,
        is_cut: bool,
    },
    /// Bytes at a place in a file; at its end where none is named.
    Text(String, Option<usize>, Vec<u8>),
    Cut(String, usize),
    Sync(String),
    SyncAll,
    Move(String, String),
    Link(String, String),
    Gone(String),
    /// This was printed.
    Said(Vec<u8>),
}

/// The calls in their order, each with whose it is: 0 is the command's own, another number one
/// start of git, with all that it started in its turn.
pub fn deeds(calls: &[Call], store: &Path) -> Vec<(Deed, usize)> {
    let mut house = House::new(calls, store);
    let mut found = Vec::new();
    for call in calls {
        let by = house.start_of(&call.process);
        found.extend(house.deed(call, by).map(|deed| (deed, by)));
    }
    found
}

/// The processes of a command.
struct House<'c> {
    store: &'c Path,
    /// Who made whom, and whether it is a thread of the same program.
    parents: HashMap<&'c str, (&'c str, bool)>,
    first: &'c str,
    /// The starts of git so far, by their processes.
    starts: Vec<String>,
    /// Where each process stands.
    folders: HashMap<String, PathBuf>,
    /// How far an open file was read or written, by process and number.
    places: HashMap<(String, String), usize>,
}

impl<'c> House<'c> {
    fn new(calls: &'c [Call], store: &'c Path) -> House<'c> {
        let made = calls.iter().filter(|call| {
            matches!(call.name.as_str(), "clone" | "clone3" | "vfork" | "fork")
                && call.result().is_some()
        });
        let parents = made.map(|call| {
            let is_thread = call.line.contains("CLONE_THREAD");
            (call.result().expect("it was made"), (call.process.as_str(), is_thread))
        });
        House {
            store,
            parents: parents.collect(),
            first: calls.first().map_or("", |call| &call.process),
            starts: Vec::new(),
            folders: HashMap::new(),
            places: HashMap::new(),
        }
    }

    /// The process that a thread belongs to.
    fn owner<'p>(&self, mut process: &'p str) -> &'p str
    where
        'c: 'p,
    {
        while let Some((parent, true)) = self.parents.get(process) {
            process = parent;
        }
        process
    }

    fn start_of(&mut self, process: &str) -> usize {
        let mut process = self.owner(process).to_owned();
        if process == self.first {
            return 0;
        }
        while let Some((parent, _)) = self.parents.get(process.as_str()) {
            let parent = self.owner(parent);
            if parent == self.first {
                break;
            }
            process = parent.to_owned();
        }
        let known = self.starts.iter().position(|start| *start == process);
        known.unwrap_or_else(|| {
            self.starts.push(process);
            self.starts.len() - 1
        }) + 1
    }

    /// Where a process stands: where it was told to go, else where who made it stands.
    fn folder(&mut self, process: &str) -> PathBuf {
        let process = self.owner(process).to_owned();
        if let Some(folder) = self.folders.get(&process) {
            return folder.clone();
        }
        let parent = self.parents.get(process.as_str()).map(|(parent, _)| (*parent).to_owned());
        let folder = parent.map_or_else(|| self.store.to_path_buf(), |parent| self.folder(&parent));
        self.folders.insert(process, folder.clone());
        folder
    }

    /// What a call does, if anything, to the store.
    fn deed(&mut self, call: &Call, by: usize) -> Option<Deed> {
        let result: usize = call.result()?.parse().ok()?;
        let owner = self.owner(&call.process).to_owned();
        let texts = quoted(&call.line);
        let here = self.folder(&call.process);
        let path_at = |n: usize| {
            let (base, text) = texts.get(n)?;
            let path = base.as_ref().unwrap_or(&here).join(String::from_utf8(text.clone()).ok()?);
            Some(plain(&path))
        };
        let inside = |path: PathBuf| Some(path.strip_prefix(self.store).ok()?.to_str()?.to_owned());
        let path = |n: usize| path_at(n).and_then(inside);
        // An open file, by its number, and by its path now: `fsync(4</store/x>)`.
        let number = || call.line.split_once('(')?.1.split_once('<').map(|(number, _)| number);
        let open = || inside(PathBuf::from(String::from_utf8(named(&call.line)?).ok()?));
        let key = |number: &str| (owner.clone(), number.to_owned());
        match call.name.as_str() {
            "chdir" => {
                self.folders.insert(owner, path_at(0)?);
                None
            }
            "mkdir" | "mkdirat" => path(0).map(Deed::Folder),
            "rmdir" => path(0).map(Deed::NoFolder),
            "openat" => {
                let place = (!call.line.contains("O_APPEND")).then_some(0);
                match place {
                    Some(place) => self.places.insert(key(call.result()?), place),
                    None => self.places.remove(&key(call.result()?)),
                };
                let is_made = call.line.contains("O_CREAT");
                let is_cut = call.line.contains("O_TRUNC");
                is_made.then(|| path(0).map(|path| Deed::File { path, is_cut }))?
            }
            "read" => {
                *self.places.get_mut(&key(number()?))? += result;
                None
            }
            "lseek" => {
                self.places.insert(key(number()?), result);
                None
            }
            "write" if by == 0 && call.line.starts_with("write(1<") => {
                Some(Deed::Said(texts.into_iter().next()?.1))
            }
            "write" => {
                let (_, mut bytes) = texts.into_iter().next()?;
                bytes.truncate(result);
                let place = self.places.get_mut(&key(number()?));
                let at = place.as_deref().copied();
                if let Some(place) = place {
                    *place += result;
                }
                Some(Deed::Text(open()?, at, bytes))
            }
            "pwrite64" => {
                let at = call.line.rsplit_once(") = ")?.0.rsplit_once(", ")?.1.parse().ok()?;
                Some(Deed::Text(open()?, Some(at), texts.into_iter().next()?.1))
            }
            "ftruncate" => {
                let length = call.line.rsplit_once(") = ")?.0.rsplit_once(", ")?.1;
                Some(Deed::Cut(open()?, length.parse().ok()?))
            }
            "fsync" | "fdatasync" => open().map(Deed::Sync),
            "syncfs" => Some(Deed::SyncAll),
            "rename" | "renameat" | "renameat2" => Some(Deed::Move(path(0)?, path(1)?)),
            "link" | "linkat" => Some(Deed::Link(path(0)?, path(1)?)),
            "unlinkat" if call.line.contains("AT_REMOVEDIR") => path(0).map(Deed::NoFolder),
            "unlink" | "unlinkat" => path(0).map(Deed::Gone),
            _ => None,
        }
    }
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// The path of the open file that a call names first.
fn named(text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once('<')?;
    let (name, _) = rest.split_once('>')?;
    Some(if name.contains("\\x") { hex(name) } else { name.as_bytes().to_vec() })
}

/// The strings of a call, from hexadecimal, each with the folder that stands before it, if any:
/// `AT_FDCWD</store>, "x"`.
fn quoted(line: &str) -> Vec<(Option<PathBuf>, Vec<u8>)> {
    let parts: Vec<&str> = line.split('"').collect();
    let strings = parts.chunks_exact(2).map(|pair| {
        let before = pair[0].strip_suffix(">, ").and_then(|before| before.rsplit_once('<'));
        let base = before.and_then(|(_, name)| named(&format!("<{name}>")));
        let base = base.and_then(|base| String::from_utf8(base).ok()).map(PathBuf::from);
        (base, hex(pair[1]))
    });
    strings.collect()
}

fn hex(text: &str) -> Vec<u8> {
    let parts = text.split("\\x").filter(|part| !part.is_empty());
    parts.map(|part| u8::from_str_radix(part, 16).expect("strace -xx gives hexadecimal")).collect()
}
