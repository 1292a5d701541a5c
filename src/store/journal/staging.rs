//! Many files of one write: several threads lay their texts down, all are synced at once, and then
//! they take their places, the folders that are new as a whole (`spec.md`, section 9).
//!
//! What is to lie in a new folder is laid at the same path below the staging area,
//! `.appt/staging`, and one renaming puts the folder in its place: that is less work than one for
//! each file, and nobody sees the folder half full. Whoever writes holds the lock alone: what a
//! killed command left there the next one that writes removes.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::Path;
use std::thread;

use super::{PATH, Step, Stop, Watch};
use crate::store::disk;
use crate::threads;

/// The staging area.
const FOLDER: &str = ".appt/staging";
/// How many threads write, at most: they wait for the system more than for each other.
const HANDS: usize = 4;
/// What is expected of a thread that writes.
const NO_PANIC: &str = "writing does not panic";

/// Where the text of a step lies until it takes its place.
enum Laid {
    /// Nowhere: the file goes.
    Nowhere,
    /// Beside that place.
    Beside(disk::Laid),
    /// In the staging area, in this new folder.
    Staged(String),
}

/// The texts of steps, laid down. Nobody sees them yet; let go of, they leave nothing behind but what
/// is in the staging area.
pub struct Laying {
    laid: Vec<Laid>,
    /// The new folders, each the topmost that is not there yet.
    new: BTreeSet<String>,
}

/// Lays the texts of steps down.
///
/// # Errors
/// Where it stopped, and why: nothing has changed.
pub fn lay(root: &Path, steps: &[Step], watch: &Watch) -> Result<Laying, Stop> {
    clear(root)?;
    let new = new_folders(root, steps);
    let lay = |step: &Step| {
        watch(steps.len());
        lay_one(root, &new, step).map_err(|error| (step.path.clone(), error))
    };
    let laid = threads::rows(steps, |share| {
        let mut laid = Vec::with_capacity(share.len());
        for step in share {
            let end = lay(step);
            let is_over = end.is_err();
            laid.push(end);
            if is_over {
                break;
            }
        }
        laid
    });
    let laid = laid.into_iter().collect::<Result<_, _>>()?;
    Ok(Laying { laid, new: new.into_values().flatten().collect() })
}

impl Laying {
    /// Puts the texts of these steps in their places, in whatever order: their journal stands.
    ///
    /// # Errors
    /// Where it stopped, and why; the next command completes what is left.
    pub fn take_place(self, root: &Path, steps: &[Step]) -> Result<(), Stop> {
        let placed = self.place(root, steps);
        placed.and(clear(root))?;
        let at_root = |error| (PATH.to_owned(), error);
        if !disk::sync_everything(root).map_err(at_root)? {
            super::sync_folders(root, steps).map_err(at_root)?;
        }
        Ok(())
    }

    /// The texts are on disk before they get their names: a name without its text would be neither
    /// the old version nor the new one.
    fn place(self, root: &Path, steps: &[Step]) -> Result<(), Stop> {
        if !disk::sync_everything(root).map_err(|error| (PATH.to_owned(), error))? {
            let mut each = steps.iter().zip(&self.laid);
            each.try_for_each(|(step, laid)| laid.sync(root, step))?;
        }
        // A folder that does not come to its place whole, since somebody made one there just now, is
        // filled file by file.
        let whole = |top: &&String| disk::rename_folder(root, &staged(top), top).is_ok();
        let whole: BTreeSet<&String> = self.new.iter().filter(whole).collect();
        let place = |(step, laid): (&Step, Laid)| {
            let placed = match laid {
                Laid::Nowhere => disk::remove(root, &step.path),
                Laid::Beside(laid) => laid.take_place(),
                Laid::Staged(top) if whole.contains(&top) => Ok(()),
                Laid::Staged(_) => super::carry_out(root, step),
            };
            placed.map_err(|error| (step.path.clone(), error))
        };
        let hands = thread::available_parallelism().map_or(1, usize::from).min(HANDS);
        let shares = steps.chunks(steps.len().div_ceil(hands));
        let mut laid = self.laid.into_iter();
        let shares = shares.map(|steps| (steps, laid.by_ref().take(steps.len()).collect()));
        at_once(shares.collect(), |(steps, laid): (&[Step], Vec<Laid>)| {
            steps.iter().zip(laid).try_for_each(place)
        })
    }
}

/// Removes what is in the staging area.
///
/// # Errors
/// Where it stopped, and why.
pub fn clear(root: &Path) -> Result<(), Stop> {
    disk::remove_folder(root, FOLDER).map_err(|error| (FOLDER.to_owned(), error))
}

/// Does something with each share, each in a thread of its own.
fn at_once<T: Send>(
    shares: Vec<T>,
    work: impl Fn(T) -> Result<(), Stop> + Sync,
) -> Result<(), Stop> {
    let work = &work;
    thread::scope(|scope| {
        let working: Vec<_> =
            shares.into_iter().map(|share| scope.spawn(move || work(share))).collect();
        working.into_iter().try_for_each(|hand| hand.join().expect(NO_PANIC))
    })
}

/// The folders of files that are to be written, each with the topmost one above it, or itself, that
/// is not there yet.
fn new_folders<'s>(root: &Path, steps: &'s [Step]) -> HashMap<&'s str, Option<String>> {
    let mut known = HashMap::new();
    for step in steps.iter().filter(|step| step.after.is_some()) {
        known.entry(folder(&step.path)).or_insert_with_key(|folder| {
            let ends = folder.match_indices('/').map(|(end, _)| end).chain([folder.len()]);
            let mut above = ends.map(|end| &folder[..end]).filter(|folder| !folder.is_empty());
            above.find(|folder| !disk::exists(root, folder)).map(str::to_owned)
        });
    }
    known
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The place in the staging area for what is to be at a path.
fn staged(path: &str) -> String {
    format!("{FOLDER}/{path}")
}

fn lay_one(root: &Path, new: &HashMap<&str, Option<String>>, step: &Step) -> io::Result<Laid> {
    let Some(text) = &step.after else { return Ok(Laid::Nowhere) };
    match new.get(folder(&step.path)).cloned().flatten() {
        Some(top) => {
            disk::create(root, &staged(&step.path), text)?;
            Ok(Laid::Staged(top))
        }
        None => disk::lay(root, &step.path, text, false).map(Laid::Beside),
    }
}

impl Laid {
    fn sync(&self, root: &Path, step: &Step) -> Result<(), Stop> {
        let synced = match self {
            Laid::Nowhere => Ok(()),
            Laid::Beside(laid) => laid.sync(),
            Laid::Staged(_) => disk::sync(root, &staged(&step.path)),
        };
        synced.map_err(|error| (step.path.clone(), error))
    }
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
        lay(root, steps, watch).unwrap().take_place(root, steps).unwrap();
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
        let new = new_folders(root.path(), &steps);
        let tops: BTreeSet<_> = new.values().flatten().map(String::as_str).collect();
        assert_eq!(Vec::from_iter(tops), ["new", "old/a"]);
        // What a killed command left behind.
        disk::create(root.path(), &staged("new/a/0.toml"), "ne").unwrap();
        carry_out(root.path(), &steps, &|_| {});
        assert_done(root.path(), &steps);
    }

    #[test]
    fn a_folder_that_somebody_made_meanwhile_is_filled() {
        let (root, steps) = store();
        let path = root.path().to_owned();
        let make = move |_: usize| drop(disk::create(&path, "new/mine", "mine"));
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
