//! The journal of a write that touches several files: `.appt/journal`. Once it is on disk the
//! write stands, and whoever comes next completes it; before that nothing has changed
//! (`spec.md`, section 9).
//!
//! Of a few files it holds the new texts themselves. Of many it holds their hashes: the texts are laid
//! down, and on disk, before the journal is (`staging`).

mod file;
mod staging;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Code, Error, Result, rule, why};
use crate::format::document::Found;
use crate::i18n::Text;
use crate::say;
use crate::store::broken::{self, Fault};
use crate::store::disk;
use crate::threads;

use file::Rest;
use staging::{Change, Laying};

/// Where it lies.
pub const PATH: &str = ".appt/journal";
/// From so many files on, the journal does not hold their texts, and the file system is synced instead
/// of each file.
const MANY: usize = 64;

/// Is told of each file, with how many there are in all.
pub type Watch = dyn Fn(usize) + Send + Sync;

/// A file's change: from the text that it has to the text that it gets.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Step {
    /// The path, relative to the store.
    pub path: String,
    /// The hash of the old text; none where there is no file.
    pub before: Option<String>,
    /// The new text; none where the file goes.
    pub after: Option<String>,
}

impl Step {
    /// A change of a file with this text.
    pub fn new(path: String, before: Option<&str>, after: Option<String>) -> Step {
        Step { path, before: before.map(hash), after }
    }
}

fn hash(text: &str) -> String {
    base16ct::lower::encode_string(&Sha256::digest(text.as_bytes()))
}

/// What stopped a write half-way: where, and why.
type Stop = (String, io::Error);

/// Makes the changes, all or none, and returns when they are on disk. One file needs no journal:
/// its rename is all or nothing by itself.
///
/// # Errors
/// `store`. Before the point of commit nothing has changed; after it the message says that the
/// change stands, and the next command completes it.
pub fn write(root: &Path, steps: &[Step]) -> Result<()> {
    write_watched(root, steps, &|_| {})
}

/// The same, and says after each file how many there are in all.
///
/// # Errors
/// As [`write()`].
pub fn write_watched(root: &Path, steps: &[Step], watch: &Watch) -> Result<()> {
    if broken::is(Fault::AckBeforeCommit) {
        broken::acknowledge();
    }
    broken::panic_over(Fault::PanicBeforeCommit, || format!("{steps:?}"));
    no_links(root, steps)?;
    match steps {
        [] => Ok(()),
        [step] => {
            carry_out(root, step).map_err(|error| failed(&step.path, &error))?;
            sync_folders(root, steps).map_err(|error| stands(&(step.path.clone(), error)))
        }
        steps if broken::is(Fault::NoJournal) => {
            all(root, steps, watch).map_err(|(path, error)| failed(&path, &error))
        }
        steps => {
            let laid = commit(root, steps, watch).map_err(|(path, error)| failed(&path, &error))?;
            disk::sync_folders(root, std::iter::once((PATH, true)))
                .map_err(|error| stands(&(PATH.to_owned(), error)))?;
            complete(root, steps, laid, watch).map_err(|stop| stands(&stop))
        }
    }
}

/// That no folder of a step is a link: what lies behind one is never read, so what is written there is
/// never seen again.
///
/// # Errors
/// `store`, with the link's name.
fn no_links(root: &Path, steps: &[Step]) -> Result<()> {
    let folders = steps.iter().filter_map(|step| step.path.rsplit_once('/'));
    let folders: BTreeSet<&str> = folders.map(|(folder, _)| folder).collect();
    let all = folders.iter().flat_map(|folder| staging::above(folder).chain([*folder]));
    let Some(link) = all.collect::<BTreeSet<_>>().into_iter().find(|at| disk::is_link(root, at))
    else {
        return Ok(());
    };
    let error = Error::store(
        "symlink",
        say!(
            "{link}: это ссылка, а по ссылкам appt не пишет. Ничего не изменено.",
            "{link} is a link, and appt writes through none. Nothing was changed."
        ),
    );
    Err(error
        .hint(say!(
            "Поставьте на её место настоящую папку. Ссылкой может быть папка данных целиком.",
            "Put a real folder in its place. The data folder as a whole may be a link."
        ))
        .at(link, None, None))
}

/// Puts the journal of steps in its place. Of many, the texts are laid down first: nobody sees them
/// before they take their places, and where one can't be laid down nothing has changed.
fn commit(root: &Path, steps: &[Step], watch: &Watch) -> Result<Option<Laying>, Stop> {
    if steps.len() >= MANY {
        let committed = commit_many(root, steps, watch);
        if committed.is_err() {
            drop(staging::clear(root)); // What it can't remove goes before the next many are laid.
        }
        return committed.map(Some);
    }
    let journal = file::lay_texts(root, steps);
    journal.and_then(disk::Laid::take_place).map(|()| None).map_err(at_journal)
}

/// The texts, and the journal beside its place, are on disk before it takes that.
fn commit_many(root: &Path, steps: &[Step], watch: &Watch) -> Result<Laying, Stop> {
    let mut laid = staging::lay(root, steps, watch)?;
    let journal = || file::lay_staged(root, laid.changes());
    let (journal, synced) = threads::both(true, journal, || laid.sync(root));
    synced?;
    let placed = journal.and_then(|journal| journal.sync().and_then(|()| journal.take_place()));
    placed.map_err(at_journal)?;
    laid.keep();
    Ok(laid)
}

fn at_journal(error: io::Error) -> Stop {
    (PATH.to_owned(), error)
}

/// Completes what an interrupted write left behind. The lock must be held alone.
///
/// # Errors
/// `conflict` where a file is neither the write's old nor its new version: it is not overwritten.
/// `store` where the journal can't be read, or a text that it names.
pub fn recover(root: &Path) -> Result<()> {
    match file::rest(root)? {
        // What a command had laid down that was killed before its journal stood. It is in nobody's way.
        None => drop(staging::clear(root)),
        Some(Rest::Texts(steps)) => {
            for step in &steps {
                let after = step.after.as_deref().map(hash);
                is_done(root, &step.path, step.before.as_ref(), after.as_ref())?;
            }
            complete(root, &steps, None, &|_| {}).map_err(|stop| unfinished(&stop))?;
        }
        Some(Rest::Staged(changes)) => {
            let mut left = Vec::new();
            for change in &changes {
                let Change { path, before, after, .. } = change;
                if !is_done(root, path, before.as_ref(), after.as_ref())? {
                    left.push(change.clone());
                }
            }
            if !left.iter().all(|change| staging::is_somewhere(root, change)) {
                return Err(file::damaged());
            }
            let laid = Laying::left(root, changes, left);
            complete(root, &[], Some(laid), &|_| {}).map_err(|stop| unfinished(&stop))?;
        }
    }
    Ok(())
}

/// Whether a file is the write's new version already, by the hashes of both.
///
/// # Errors
/// `conflict` where it is neither this nor the old one.
fn is_done(
    root: &Path,
    path: &str,
    before: Option<&String>,
    after: Option<&String>,
) -> Result<bool> {
    let found = match disk::read(root, path) {
        Ok(Found::Text(text)) => Some(hash(&text)),
        Ok(Found::Nothing) => None,
        _ => Some(String::new()),
    };
    let found = found.as_ref();
    // Where there is no file any more, none is overwritten.
    if found == after || found == before || found.is_none() {
        return Ok(found == after);
    }
    Err(Error::new(
        Code::Conflict,
        "recovery",
        say!(
            "Прошлая запись прервалась, а файл с тех пор изменили: {path}.",
            "The last write was interrupted, and the file has changed since: {path}."
        ),
    )
    .hint(say!(
        "Уберите из файла то, что изменили после неё, или верните файл из git, и повторите команду.",
        "Take back what was changed in it since, or get the file back from git, and try again."
    ))
    .at(path, None, None))
}

/// The steps of an interrupted write, with their texts; none where nothing waits.
///
/// # Errors
/// `store` where the journal can't be read, or a text that it names.
pub fn pending(root: &Path) -> Result<Vec<Step>> {
    match file::rest(root)? {
        None => Ok(Vec::new()),
        Some(Rest::Texts(steps)) => Ok(steps),
        Some(Rest::Staged(changes)) => {
            let step = |change: Change| staging::step(root, change).ok_or_else(file::damaged);
            changes.into_iter().map(step).collect()
        }
    }
}

/// Whether an interrupted write waits to be completed.
pub fn is_pending(root: &Path) -> bool {
    disk::exists(root, PATH)
}

/// Carries the steps out, or what is laid down of many, syncs it, and only then lets the journal go.
fn complete(root: &Path, steps: &[Step], laid: Option<Laying>, watch: &Watch) -> Result<(), Stop> {
    if broken::is(Fault::JournalUnlinkedEarly) {
        disk::remove(root, PATH).map_err(at_journal)?;
    }
    broken::panic_over(Fault::PanicAfterCommit, || format!("{steps:?}"));
    match laid {
        Some(laid) => laid.take_place(root)?,
        None => all(root, steps, watch)?,
    }
    disk::remove(root, PATH).map_err(at_journal)?;
    disk::sync_folders(root, std::iter::once((PATH, false))).map_err(at_journal)
}

fn all(root: &Path, steps: &[Step], watch: &Watch) -> Result<(), Stop> {
    if steps.len() >= MANY {
        let laid = staging::lay(root, steps, watch)?;
        laid.sync(root)?;
        return laid.take_place(root);
    }
    for step in steps {
        watch(steps.len());
        carry_out(root, step).map_err(|error| (step.path.clone(), error))?;
    }
    sync_folders(root, steps).map_err(at_journal)
}

fn carry_out(root: &Path, step: &Step) -> io::Result<()> {
    match &step.after {
        Some(text) => disk::replace(root, &step.path, text, true),
        None => disk::remove(root, &step.path),
    }
}

fn sync_folders(root: &Path, steps: &[Step]) -> io::Result<()> {
    disk::sync_folders(root, steps.iter().map(|step| (step.path.as_str(), step.before.is_none())))
}

fn failed(path: &str, error: &io::Error) -> Error {
    Error::io(&say!("записать, ничего не изменено", "write, nothing has changed"), path, error)
}

fn unfinished((path, error): &Stop) -> Error {
    let why = why(error);
    Error::store(
        rule::IO,
        Text {
            ru: format!("Прошлая запись прервалась, и завершить её не удалось: {path} ({}). Эта команда ничего не изменила.", why.ru),
            en: format!("The last write was interrupted and could not be completed: {path} ({}). This command has changed nothing.", why.en),
        },
    )
    .hint(say!(
        "Устраните причину и повторите команду: она сначала завершит начатое.",
        "Remove the cause and repeat the command: it completes what was begun first."
    ))
    .at(path, None, None)
}

fn stands((path, error): &Stop) -> Error {
    if broken::is(Fault::FailedAfterCommit) {
        return failed(path, error);
    }
    let why = why(error);
    Error::store(
        rule::IO,
        Text {
            ru: format!("Изменение записано, но диск не подтвердил его: {path} ({}).", why.ru),
            en: format!("The change stands, but the disk did not confirm it: {path} ({}).", why.en),
        },
    )
    .hint(say!(
        "Не повторяйте команду: посмотрите запись, следующая команда завершит начатое.",
        "Don't repeat the command: look at the record; the next command completes what was begun."
    ))
    .at(path, None, None)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    fn steps() -> Vec<Step> {
        vec![
            Step::new("a/x.toml".into(), None, Some("new x".into())),
            Step::new("b.toml".into(), Some("old b"), Some("new b".into())),
            Step::new("c.toml".into(), Some("old c"), None),
        ]
    }

    fn store() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("b.toml"), "old b").unwrap();
        std::fs::write(root.path().join("c.toml"), "old c").unwrap();
        root
    }

    fn text(root: &Path, path: &str) -> Option<String> {
        std::fs::read_to_string(root.join(path)).ok()
    }

    fn leave_behind(root: &Path, steps: Vec<Step>) {
        file::lay_texts(root, &steps).unwrap().take_place().unwrap();
    }

    /// Many steps, some into a folder that is there, and the journal of a command that was killed as
    /// soon as it stood.
    fn leave_many_behind(root: &Path) -> Vec<Step> {
        let new = |n: usize| Step::new(format!("new/{n}.toml"), None, Some(format!("new {n}")));
        let steps: Vec<Step> = steps().into_iter().chain((0..MANY).map(new)).collect();
        commit(root, &steps, &|_| {}).unwrap().expect("they are many");
        assert!(is_pending(root));
        steps
    }

    fn assert_new(root: &Path) {
        assert_eq!(text(root, "a/x.toml").as_deref(), Some("new x"));
        assert_eq!(text(root, "b.toml").as_deref(), Some("new b"));
        assert_eq!(text(root, "c.toml"), None);
        assert!(!is_pending(root));
    }

    #[test]
    fn several_files_change_together() {
        let root = store();
        write(root.path(), &steps()).unwrap();
        assert_new(root.path());
    }

    #[test]
    fn whatever_was_done_before_the_end_the_rest_is_done_after_it() {
        for done in 0..=3 {
            let root = store();
            leave_behind(root.path(), steps());
            for step in &steps()[..done] {
                carry_out(root.path(), step).unwrap();
            }
            recover(root.path()).unwrap();
            assert_new(root.path());
        }
    }

    #[test]
    fn a_file_that_somebody_changed_meanwhile_is_not_overwritten() {
        let root = store();
        leave_behind(root.path(), steps());
        std::fs::write(root.path().join("b.toml"), "mine").unwrap();
        let error = recover(root.path()).unwrap_err();
        assert_eq!((error.code, error.place.unwrap().file.as_str()), (Code::Conflict, "b.toml"));
        assert_eq!(text(root.path(), "b.toml").as_deref(), Some("mine"));
        assert_eq!(text(root.path(), "a/x.toml"), None);
    }

    #[test]
    fn where_one_of_many_cant_be_laid_down_nothing_has_changed() {
        let root = store();
        let new = |n: usize| Step::new(format!("new/{n}.toml"), None, Some("new".into()));
        let mut steps: Vec<Step> = (0..MANY).map(new).collect();
        steps.push(Step::new("b.toml/x.toml".into(), None, Some("new".into())));
        let error = write(root.path(), &steps).unwrap_err();
        assert_eq!(error.place.unwrap().file, "b.toml/x.toml");
        assert!(error.message.en.contains("nothing has changed"), "{}", error.message.en);
        assert!(!is_pending(root.path()));
        let left = std::fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let left: std::collections::BTreeSet<_> = left.collect();
        assert_eq!(Vec::from_iter(left), [".appt", "b.toml", "c.toml"]);
        assert_eq!(std::fs::read_dir(root.path().join(".appt")).unwrap().count(), 0);
    }

    #[test]
    fn what_was_laid_down_before_the_journal_stood_goes() {
        let root = store();
        let new = |n: usize| Step::new(format!("new/{n}.toml"), None, Some("new".into()));
        let steps: Vec<Step> = (0..MANY).map(new).collect();
        drop(staging::lay(root.path(), &steps, &|_| {}).unwrap());
        assert_eq!(text(root.path(), ".appt/staging/new/0.toml").as_deref(), Some("new"));
        recover(root.path()).unwrap();
        assert_eq!(std::fs::read_dir(root.path().join(".appt")).unwrap().count(), 0);
        assert_eq!(text(root.path(), "new/0.toml"), None);
    }

    #[test]
    fn of_many_the_journal_names_the_texts_and_they_take_their_places() {
        for done in [0, 1, 2, 3, 4, 20, MANY + 3] {
            let root = store();
            let steps = leave_many_behind(root.path());
            assert!(!text(root.path(), PATH).unwrap().contains("new 7"));
            // As far as the command came.
            for step in &steps[..done] {
                carry_out(root.path(), step).unwrap();
            }
            assert_eq!(pending(root.path()).unwrap(), steps);
            recover(root.path()).unwrap();
            assert_new(root.path());
            for n in 0..MANY {
                assert_eq!(text(root.path(), &format!("new/{n}.toml")), Some(format!("new {n}")));
            }
            assert_eq!(std::fs::read_dir(root.path().join(".appt")).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_staged_text_that_is_another_or_gone_is_never_put_in_place() {
        for other in [Some("another"), None] {
            let root = store();
            leave_many_behind(root.path());
            let staged = root.path().join(".appt/staging/new/7.toml");
            match other {
                Some(other) => std::fs::write(staged, other).unwrap(),
                None => std::fs::remove_file(staged).unwrap(),
            }
            assert_eq!(pending(root.path()).unwrap_err().rule, Some("journal"));
            assert_eq!(recover(root.path()).unwrap_err().rule, Some("journal"));
            assert_eq!(text(root.path(), "b.toml").as_deref(), Some("old b"));
            assert!(is_pending(root.path()));
        }
    }

    #[test]
    fn of_many_none_is_put_over_what_somebody_changed_meanwhile() {
        let root = store();
        leave_many_behind(root.path());
        std::fs::write(root.path().join("c.toml"), "mine").unwrap();
        let error = recover(root.path()).unwrap_err();
        assert_eq!((error.code, error.place.unwrap().file.as_str()), (Code::Conflict, "c.toml"));
        assert_eq!(text(root.path(), "b.toml").as_deref(), Some("old b"));
        assert_eq!(text(root.path(), "new/7.toml"), None);
        // Moved away, it is in nobody's way.
        std::fs::remove_file(root.path().join("c.toml")).unwrap();
        recover(root.path()).unwrap();
        assert_new(root.path());
    }

    #[test]
    fn of_many_one_that_was_in_its_place_and_changed_since_is_named() {
        let root = store();
        leave_many_behind(root.path());
        for name in ["a/x.toml", "new/7.toml"] {
            let place = root.path().join(name);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::rename(root.path().join(".appt/staging").join(name), &place).unwrap();
        }
        std::fs::write(root.path().join("new/7.toml"), "new 7, and mine").unwrap();
        let error = recover(root.path()).unwrap_err();
        assert_eq!(
            (error.code, error.place.unwrap().file.as_str()),
            (Code::Conflict, "new/7.toml")
        );
        std::fs::write(root.path().join("new/7.toml"), "new 7").unwrap();
        recover(root.path()).unwrap();
        assert_new(root.path());
    }

    #[test]
    fn a_damaged_journal_is_never_carried_out() {
        let root = store();
        leave_behind(root.path(), steps());
        let whole = text(root.path(), PATH).unwrap();
        std::fs::write(root.path().join(PATH), whole.replace("new b", "bad b")).unwrap();
        assert_eq!(recover(root.path()).unwrap_err().rule, Some("journal"));
        assert_eq!(text(root.path(), "b.toml").as_deref(), Some("old b"));
    }
}
