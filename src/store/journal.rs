//! The journal of a write that touches several files: `.appt/journal`. Once it is on disk the
//! write stands, and whoever comes next completes it; before that nothing has changed
//! (`spec.md`, section 9).

mod staging;

use std::borrow::Cow;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Code, Error, Result, why};
use crate::format::document::Found;
use crate::i18n::Text;
use crate::model::settings::{self, Settings};
use crate::say;
use crate::store::LOCAL;
use crate::store::broken::{self, Fault};
use crate::store::disk;
use crate::threads;

use staging::Laying;

/// Where it lies.
pub const PATH: &str = ".appt/journal";
/// From so many files on, the file system is synced once instead of each file.
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
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Serialize, Deserialize)]
struct Journal<'s> {
    journal: u32,
    /// The hash of the store's key; none where a store is being made.
    store: Option<String>,
    steps: Cow<'s, [Step]>,
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

/// Puts the journal of steps in its place. Of many, the texts are laid down beside its writing:
/// nobody sees them before they take their places, and where one can't be laid down nothing has
/// changed.
fn commit(root: &Path, steps: &[Step], watch: &Watch) -> Result<Option<Laying>, Stop> {
    let is_much = steps.len() >= MANY;
    let lay = || is_much.then(|| staging::lay(root, steps, watch)).transpose();
    let (journal, laid) = threads::both(is_much, || lay_journal(root, steps), lay);
    let at_journal = |error| (PATH.to_owned(), error);
    let committed = match (journal.map_err(at_journal), laid) {
        (Ok(journal), Ok(laid)) => journal.take_place().map(|()| laid).map_err(at_journal),
        (Err(stop), _) | (_, Err(stop)) => Err(stop),
    };
    if is_much && committed.is_err() {
        drop(staging::clear(root)); // What it can't remove goes before the next many are laid.
    }
    committed
}

fn lay_journal(root: &Path, steps: &[Step]) -> io::Result<disk::Laid> {
    let journal = Journal { journal: 1, store: store(root), steps: steps.into() };
    let mut text = serde_json::to_string(&journal).expect("strings become JSON");
    let sum = hash(&text);
    text.push_str(&format!("\n{sum}\n"));
    disk::lay(root, PATH, &text, true)
}

/// What tells a store from all others: a journal that was copied here is none of ours.
fn store(root: &Path) -> Option<String> {
    let text = disk::read_any(root, settings::FILE).ok()??;
    Some(hash(&Settings::parse(&text).ok()?.key))
}

/// Completes what an interrupted write left behind. The lock must be held alone.
///
/// # Errors
/// `conflict` where a file is neither the write's old nor its new version: it is not overwritten.
pub fn recover(root: &Path) -> Result<()> {
    let steps = pending(root)?;
    if steps.is_empty() {
        // What a command had laid down that was killed before its journal stood. It is in nobody's way.
        drop(staging::clear(root));
        return Ok(());
    }
    for step in &steps {
        let found = match disk::read(root, &step.path) {
            Ok(Found::Text(text)) => Some(hash(&text)),
            Ok(Found::Nothing) => None,
            _ => Some(String::new()),
        };
        if found != step.before && found != step.after.as_deref().map(hash) {
            let path = &step.path;
            return Err(Error::new(
                Code::Conflict,
                "recovery",
                say!(
                    "Прошлая запись прервалась, а файл с тех пор изменили: {path}.",
                    "The last write was interrupted, and the file has changed since: {path}."
                ),
            )
            .hint(say!(
                "Верните файл из git или уберите его и повторите команду.",
                "Take the file back from git, or move it away, and try again."
            ))
            .at(path, None, None));
        }
    }
    complete(root, &steps, None, &|_| {}).map_err(|stop| unfinished(&stop))
}

/// The steps of an interrupted write; none where nothing waits.
///
/// # Errors
/// `store` where the journal can't be read.
pub fn pending(root: &Path) -> Result<Vec<Step>> {
    let text = disk::read_any(root, PATH)
        .map_err(|error| Error::io(&say!("прочитать", "read"), PATH, &error))?;
    let Some(text) = text else { return Ok(Vec::new()) };
    let steps = parse(&text).and_then(|journal| {
        let is_ours =
            journal.store.is_none_or(|named| store(root).is_none_or(|ours| ours == named));
        is_ours.then(|| journal.steps.into_owned())
    });
    steps.ok_or_else(|| {
        Error::store(
            "journal",
            say!(
                "Журнал незавершённой записи повреждён: {PATH}.",
                "The journal of an unfinished write is damaged: {PATH}."
            ),
        )
        .hint(say!(
            "Проверьте данные (`appt check`), затем уберите этот файл.",
            "Look at the data (`appt check`), then move this file away."
        ))
        .at(PATH, None, None)
    })
}

/// Whether an interrupted write waits to be completed.
pub fn is_pending(root: &Path) -> bool {
    disk::exists(root, PATH)
}

fn parse(text: &str) -> Option<Journal<'_>> {
    let (body, sum) = text.trim_end().rsplit_once('\n')?;
    if hash(body) != sum {
        return None;
    }
    let journal: Journal<'_> = serde_json::from_str(body).ok()?;
    let is_sound = journal.journal == 1 && journal.steps.iter().all(|step| is_inside(&step.path));
    is_sound.then_some(journal)
}

/// Whether a path stays in the store and out of git's own folder and ours, but for what is made
/// with a store: a journal may come from another clone, by force.
fn is_inside(path: &str) -> bool {
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..")
            && !part.eq_ignore_ascii_case(".git")
            && !part.contains(['\\', ':'])
    };
    let mut parts = path.split('/');
    let is_local = parts.next().is_some_and(|first| first.eq_ignore_ascii_case(LOCAL));
    path.split('/').all(is_plain) && (!is_local || parts.next() == Some("schema"))
}

/// Carries the steps out, syncs them, and only then lets the journal go. Some may be laid down.
fn complete(root: &Path, steps: &[Step], laid: Option<Laying>, watch: &Watch) -> Result<(), Stop> {
    let at_journal = |error| (PATH.to_owned(), error);
    if broken::is(Fault::JournalUnlinkedEarly) {
        disk::remove(root, PATH).map_err(at_journal)?;
    }
    broken::panic_over(Fault::PanicAfterCommit, || format!("{steps:?}"));
    match laid {
        Some(laid) => laid.take_place(root, steps)?,
        None => all(root, steps, watch)?,
    }
    disk::remove(root, PATH).map_err(at_journal)?;
    disk::sync_folders(root, std::iter::once((PATH, false))).map_err(at_journal)
}

fn all(root: &Path, steps: &[Step], watch: &Watch) -> Result<(), Stop> {
    if steps.len() >= MANY {
        return staging::lay(root, steps, watch)?.take_place(root, steps);
    }
    for step in steps {
        watch(steps.len());
        carry_out(root, step).map_err(|error| (step.path.clone(), error))?;
    }
    sync_folders(root, steps).map_err(|error| (PATH.to_owned(), error))
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
        "io",
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
        "io",
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
        let text = serde_json::to_string(&Journal { journal: 1, store: None, steps: steps.into() })
            .unwrap();
        disk::replace(root, PATH, &format!("{text}\n{}\n", hash(&text)), true).unwrap();
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
    fn a_damaged_journal_is_never_carried_out() {
        let root = store();
        leave_behind(root.path(), steps());
        let whole = text(root.path(), PATH).unwrap();
        std::fs::write(root.path().join(PATH), whole.replace("new b", "bad b")).unwrap();
        assert_eq!(recover(root.path()).unwrap_err().rule, Some("journal"));
        assert_eq!(text(root.path(), "b.toml").as_deref(), Some("old b"));
    }
}
