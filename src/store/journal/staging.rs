//! Many files of one write: several threads lay their texts down, and once these are on disk, and a
//! journal names them, they take their places (`spec.md`, section 9).
//!
//! What is for a folder that is there lies beside its place. What is to lie in a new folder is laid
//! at the same path below the staging area, `.appt/staging`, and one renaming puts the folder in its
//! place: that is less work than one for each file, and nobody sees the folder half full. Whoever
//! writes holds the lock alone: what a killed command left in the staging area, without a journal,
//! the next one that writes removes.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{PATH, Step, Stop, Watch, hash};
use crate::format::document::Found;
use crate::store::LOCAL;
use crate::store::disk::{self, Maker};
use crate::threads;

/// The staging area.
const FOLDER: &str = ".appt/staging";
/// From so many files on, the disk is kept busy while they are laid down; and how often it is asked.
const HEAPS: usize = 20_000;
const WHILE: Duration = Duration::from_millis(300);
/// How many threads write, at most: they wait for the system more than for each other.
const HANDS: usize = 4;
/// What is expected of a thread that writes.
const NO_PANIC: &str = "writing does not panic";

/// A file's change, told by the hashes of its texts; the new one is laid down.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Change {
    /// The path, relative to the store.
    pub path: String,
    /// The hash of the old text; none where there is no file.
    pub before: Option<String>,
    /// The hash of the new text; none where the file goes.
    pub after: Option<String>,
    /// The name of the file beside its place that holds the new text; none where it is staged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
}

impl Change {
    /// Where its new text lies until it takes its place.
    fn from(&self) -> String {
        match &self.beside {
            Some(name) => match above(&self.path).last() {
                Some(folder) => format!("{folder}/{name}"),
                None => name.clone(),
            },
            None => staged(&self.path),
        }
    }

    /// Whether that is a place where texts are laid down.
    pub fn is_sound(&self) -> bool {
        let is_name =
            |name: &String| name.starts_with(disk::TEMPORARY) && !name.contains(['/', '\\']);
        self.beside.as_ref().is_none_or(is_name)
    }
}

/// The new texts of changes, written and not seen by anybody yet. Where it is dropped before
/// [`Laying::keep`] they are removed, but for those in the staging area.
#[derive(Debug)]
pub struct Laying {
    changes: Vec<Change>,
    /// The texts beside their places.
    beside: Vec<disk::Laid>,
    /// The changes that are not made yet, where some are.
    left: Option<Vec<Change>>,
    /// The new folders, each the topmost that is not there yet.
    new: BTreeSet<String>,
}

/// Lays the texts of steps down; whoever does so syncs them.
///
/// # Errors
/// Where it stopped, and why: nothing has changed.
pub fn lay(root: &Path, steps: &[Step], watch: &Watch) -> Result<Laying, Stop> {
    clear(root)?;
    let with_text = steps.iter().filter(|step| step.after.is_some());
    let new = new_folders(root, with_text.map(|step| step.path.as_str()));
    let lay = |share: &[Step]| {
        let (mut maker, mut laid) = (Maker::new(root), Vec::with_capacity(share.len()));
        for step in share {
            watch(steps.len());
            let end =
                lay_one(root, &mut maker, &new, step).map_err(|error| (step.path.clone(), error));
            let is_over = end.is_err();
            laid.push(end);
            if is_over {
                break;
            }
        }
        laid
    };
    let laid = syncing(root, steps.len() >= HEAPS, || threads::rows(steps, lay))?;
    let (mut changes, mut beside) = (Vec::with_capacity(laid.len()), Vec::new());
    for one in laid {
        let (change, laid) = one?;
        changes.push(change);
        beside.extend(laid);
    }
    Ok(Laying { changes, beside, left: None, new })
}

fn lay_one(
    root: &Path,
    maker: &mut Maker<'_>,
    new: &BTreeSet<String>,
    step: &Step,
) -> io::Result<(Change, Option<disk::Laid>)> {
    let Step { path, before, after } = step;
    let laid = match after {
        Some(text) if above(path).any(|folder| new.contains(folder)) => {
            maker.create(&staged(path), text)?;
            None
        }
        Some(text) => Some(disk::lay(root, path, text, false)?),
        None => None,
    };
    let (path, before, after) = (path.clone(), before.clone(), after.as_deref().map(hash));
    let beside = laid.as_ref().map(disk::Laid::name);
    Ok((Change { path, before, after, beside }, laid))
}

impl Laying {
    /// What an interrupted write has laid down; of its changes these are left to be made.
    pub fn left(root: &Path, changes: Vec<Change>, left: Vec<Change>) -> Laying {
        let with_text = left.iter().filter(|change| change.after.is_some());
        let new = new_folders(root, with_text.map(|change| change.path.as_str()));
        Laying { changes, beside: Vec::new(), left: Some(left), new }
    }

    /// A journal names the texts: they stay, whatever happens.
    pub fn keep(&mut self) {
        self.beside.drain(..).for_each(disk::Laid::keep);
    }

    /// All changes, in the order of the steps.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Syncs the texts: with everything else, where the platform can, or one by one, with the folders
    /// that they lie in.
    ///
    /// # Errors
    /// Where it stopped, and why.
    pub fn sync(&self, root: &Path) -> Result<(), Stop> {
        let everything = |folder: &Path| disk::sync_everything(folder).map_err(at_staging);
        // The staging area may lie in another file system.
        if everything(root)? && everything(&root.join(LOCAL))? {
            return Ok(());
        }
        let with_text = self.changes.iter().filter(|change| change.after.is_some());
        let places: Vec<String> = with_text.map(Change::from).collect();
        for place in &places {
            disk::sync(root, place).map_err(|error| (place.clone(), error))?;
        }
        let files = places.iter().map(|place| (place.as_str(), true));
        disk::sync_folders(root, files).map_err(at_staging)
    }

    /// Puts the texts in their places, in whatever order, and syncs that: their journal stands. Only
    /// then the staging area goes, since until then the power may bring a text back there.
    ///
    /// # Errors
    /// Where it stopped, and why; the next command completes what is left.
    pub fn take_place(mut self, root: &Path) -> Result<(), Stop> {
        self.keep();
        self.place(root)?;
        if !disk::sync_everything(root).map_err(at_staging)? {
            let files = self.changes.iter();
            let files = files.map(|change| (change.path.as_str(), change.before.is_none()));
            disk::sync_folders(root, files).map_err(|error| (PATH.to_owned(), error))?;
        }
        clear(root)
    }

    fn place(&self, root: &Path) -> Result<(), Stop> {
        // A folder that does not come to its place whole, since somebody made one there just now, is
        // filled file by file.
        let whole = |top: &&String| disk::rename(root, &staged(top), top).is_ok();
        let whole: BTreeSet<&str> = self.new.iter().filter(whole).map(String::as_str).collect();
        let is_whole = |path: &str| above(path).any(|folder| whole.contains(folder));
        let changes = self.left.as_ref().unwrap_or(&self.changes);
        let hands = thread::available_parallelism().map_or(1, usize::from).min(HANDS);
        at_once(changes.chunks(changes.len().div_ceil(hands).max(1)), |changes| {
            let mut here = changes.iter().filter(|change| !is_whole(&change.path));
            here.try_for_each(|change| {
                place_one(root, change).map_err(|error| (change.path.clone(), error))
            })
        })
    }
}

/// The text of a change takes its place, or the file goes. A renaming that reports an error may have
/// happened; where there is no way from where the text lies to its place, it is written there anew.
fn place_one(root: &Path, change: &Change) -> io::Result<()> {
    let path = &change.path;
    if change.after.is_none() {
        return disk::remove(root, path);
    }
    let from = change.from();
    let Err(error) = disk::rename(root, &from, path) else { return Ok(()) };
    match text_at(root, &from, change) {
        Some(text) => disk::replace(root, path, &text, true),
        None if text_at(root, path, change).is_some() => Ok(()),
        None => Err(error),
    }
}

/// Whether the new text of a change, where there is one, is in its place or where it was laid down.
pub fn is_somewhere(root: &Path, change: &Change) -> bool {
    change.after.is_none() || text(root, change).is_some()
}

fn text(root: &Path, change: &Change) -> Option<String> {
    let at = |path: &str| text_at(root, path, change);
    at(&change.path).or_else(|| at(&change.from()))
}

/// The step that a change tells of, with its text, wherever that lies now; none where it is nowhere.
pub fn step(root: &Path, change: Change) -> Option<Step> {
    let after = match change.after {
        None => None,
        Some(_) => Some(text(root, &change)?),
    };
    Some(Step { path: change.path, before: change.before, after })
}

/// What a file holds, where that is the new text of a change.
fn text_at(root: &Path, path: &str, change: &Change) -> Option<String> {
    let Ok(Found::Text(text)) = disk::read(root, path) else { return None };
    (change.after.as_ref() == Some(&hash(&text))).then_some(text)
}

/// Does something, and meanwhile, where it is much, has what it writes brought to the disk: what then
/// is left to sync is little. An error of that is told to whoever asks first, so it counts.
fn syncing<T>(root: &Path, is_much: bool, work: impl FnOnce() -> T) -> Result<T, Stop> {
    if !is_much {
        return Ok(work());
    }
    thread::scope(|scope| {
        let (at_work, is_over) = mpsc::channel::<()>();
        let syncing = scope.spawn(move || {
            while is_over.recv_timeout(WHILE) == Err(RecvTimeoutError::Timeout) {
                disk::sync_everything(root)?;
            }
            Ok(())
        });
        let done = work();
        drop(at_work);
        syncing.join().expect(NO_PANIC).map(|()| done).map_err(at_staging)
    })
}

/// Removes what is in the staging area.
///
/// # Errors
/// Where it stopped, and why.
pub fn clear(root: &Path) -> Result<(), Stop> {
    disk::remove_folder(root, FOLDER).map_err(at_staging)
}

fn at_staging(error: io::Error) -> Stop {
    (FOLDER.to_owned(), error)
}

/// Does something with each share, each in a thread of its own.
fn at_once<T: Send>(
    shares: impl Iterator<Item = T>,
    work: impl Fn(T) -> Result<(), Stop> + Sync,
) -> Result<(), Stop> {
    let work = &work;
    thread::scope(|scope| {
        let working: Vec<_> = shares.map(|share| scope.spawn(move || work(share))).collect();
        working.into_iter().try_for_each(|hand| hand.join().expect(NO_PANIC))
    })
}

/// Of the folders that files are to be written into, the topmost ones that are not there yet.
fn new_folders<'p>(root: &Path, files: impl Iterator<Item = &'p str>) -> BTreeSet<String> {
    let mut folders: Vec<&str> = files.filter_map(|path| above(path).last()).collect();
    folders.dedup(); // Files of one folder mostly come together.
    let folders: BTreeSet<&str> = folders.into_iter().collect();
    let is_new = |folder: &&str| !disk::exists(root, folder);
    let new = folders.iter().filter_map(|folder| above(folder).chain([*folder]).find(is_new));
    new.map(str::to_owned).collect()
}

/// The folders that a path lies in, the topmost first.
pub fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end])
}

/// The place in the staging area for what is to be at a path.
fn staged(path: &str) -> String {
    format!("{FOLDER}/{path}")
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    const COUNT: usize = 40;

    /// A store with a file, and steps: into its folder, into new ones, one that takes it away.
    fn store() -> (tempfile::TempDir, Vec<Step>) {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("old")).unwrap();
        std::fs::write(root.path().join("old/gone.toml"), "gone").unwrap();
        let new = |path: String| Step::new(path, None, Some("new".into()));
        let folders = ["old", "old/a", "new/a", "new/b/c"];
        let mut steps: Vec<Step> = folders
            .iter()
            .flat_map(|folder| (0..COUNT).map(move |n| new(format!("{folder}/{n}.toml"))))
            .collect();
        steps.push(Step::new("old/gone.toml".into(), Some("gone"), None));
        (root, steps)
    }

    fn carry_out(root: &Path, steps: &[Step], watch: &Watch) {
        lay(root, steps, watch).unwrap().take_place(root).unwrap();
    }

    fn assert_done(root: &Path, steps: &[Step]) {
        for Step { path, after, .. } in steps {
            assert_eq!(disk::read_any(root, path).unwrap(), *after, "{path}");
        }
        let entries = |folder: &str| std::fs::read_dir(root.join(folder)).unwrap().count();
        assert_eq!(["old", "old/a", "new/b/c"].map(entries), [COUNT + 1, COUNT, COUNT]);
        assert!(!disk::exists(root, FOLDER));
    }

    #[test]
    fn the_topmost_folders_that_are_new_come_whole() {
        let (root, steps) = store();
        let new = new_folders(root.path(), steps.iter().map(|step| step.path.as_str()));
        assert_eq!(Vec::from_iter(new), ["new", "old/a"]);
        // What a killed command left behind.
        Maker::new(root.path()).create(&staged("new/a/0.toml"), "ne").unwrap();
        carry_out(root.path(), &steps, &|_| {});
        assert_done(root.path(), &steps);
    }

    #[test]
    fn a_folder_that_somebody_made_meanwhile_is_filled() {
        let (root, steps) = store();
        let path = root.path().to_owned();
        let make = move |_: usize| drop(Maker::new(&path).create("new/mine", "mine"));
        carry_out(root.path(), &steps, &make);
        assert_done(root.path(), &steps);
        assert_eq!(disk::read_any(root.path(), "new/mine").unwrap().as_deref(), Some("mine"));
    }

    #[test]
    #[cfg(unix)]
    fn new_folders_and_files_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (root, steps) = store();
        carry_out(root.path(), &steps, &|_| {});
        let mode =
            |path| std::fs::metadata(root.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            ["new", "new/b/c", "old/a", "new/a/1.toml"].map(mode),
            [0o700, 0o700, 0o700, 0o600]
        );
    }
}
