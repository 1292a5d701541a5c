//! `sync`: what was done here goes to the others, what they did comes here (`spec.md`, section 8).
//!
//! 1. What a person changed by hand is recorded, and the valid records are committed ([`scan`],
//!    [`message`]): from now on the work is saved here.
//! 2. The branch of the others is fetched, and the two are united, object by object ([`unite`]).
//! 3. The result takes its place ([`apply`]): the files through the store's journal, then the
//!    index, then the branch. A kill at any point leaves work-tree files ahead of the branch; the
//!    next sync commits and unites them again, which changes nothing, since a union is idempotent.
//! 4. The branch is pushed; where somebody was faster, all begins anew after a pause.
//!
//! Invariants: nothing is committed that the rules forbid, and nothing is overwritten that is not
//! in a commit. Files that are no records are a person's own: they are not committed, and what is
//! staged of them stays staged. No lock of the store is held while the network is waited for.

pub mod apply;
pub mod foreign;
pub mod message;
pub mod scan;
pub mod status;
pub mod unite;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::app::App;
use crate::check::Severity;
use crate::check::survey::{self, Finding};
use crate::error::{Code, Error, Result};
use crate::git::commits::{self, Draft, Parent, Put};
use crate::git::refs::Id;
use crate::git::remote::{Push, Remote};
use crate::git::repository::Repository;
use crate::git::state::{self, State};
use crate::git::vault;
use crate::i18n::Lang;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::prompt;
use crate::store::Store;
use crate::store::disk;
use crate::store::lock::Lock;
use crate::store::seal::{Edit, Plan, unrecorded};
use crate::sync::scan::{Left, Scan};
use crate::sync::unite::Outcome;
use crate::{say, tr};

/// How often a push is tried while others are faster.
const TRIES: u32 = 7;
/// The longest first pause between two tries, in milliseconds; it doubles.
const PAUSE: u64 = 100;

/// What a sync did.
#[derive(Debug, Default)]
pub struct Report {
    /// The commits that it made here, but for the merge: whose work, the commit, how many files.
    pub commits: Vec<(Option<String>, Id, usize)>,
    /// The files that it left.
    pub left: BTreeSet<Left>,
    /// The paths that others changed.
    pub received: BTreeSet<String>,
    /// How many commits went to the others.
    pub sent: usize,
    /// The conflicts that it recorded: the path of each record, and the keys.
    pub conflicts: BTreeMap<String, BTreeSet<String>>,
    /// The errors in the data, now that those of others are here; no conflicts among them.
    pub findings: Vec<Finding>,
    /// What came and was kept out of the work tree.
    pub kept_out: BTreeSet<String>,
    /// Whose repository, where there is one.
    pub remote: Option<String>,
    /// Whether all that is committed here is there.
    pub shared: bool,
}

/// One run in one clone.
pub struct Sync<'a> {
    app: &'a App,
    store: &'a Store,
    repository: Repository,
    state: State,
    remote: Option<Remote>,
    report: Report,
}

/// Does it; `yes` agrees to share the data with a host.
///
/// # Errors
/// `refused`: the folder is not the root of a repository, or a rule of section 8 forbids it.
/// `usage`: nobody agreed to share the data. `conflict`, `busy`: another is at work, or a file
/// stands in the way. `store`: the remote is out of reach. Once something is committed, the message
/// says that it is saved here.
pub fn run(app: &App, yes: bool) -> Result<Report> {
    let store = app.store()?;
    let repository = Repository::at(store.root())?;
    let _alone = Lock::of_sync(store.root(), app.patience())?;
    let state = State::of(&repository)?;
    let remote = Remote::of(&repository, &state)?;
    let report = Report { remote: remote.as_ref().map(Remote::shown), ..Report::default() };
    let mut sync = Sync { app, store, repository, state, remote, report };
    sync.record_hand_edits()?;
    let done = sync.exchange(yes);
    match done {
        Ok(()) => Ok(sync.report),
        Err(error) => Err(sync.saved(error)),
    }
}

impl Sync<'_> {
    fn exchange(&mut self, yes: bool) -> Result<()> {
        let mut head = self.commit()?;
        let Some(remote) = self.remote.clone() else { return Ok(()) };
        self.agree(&remote, &head, yes)?;
        for tried in 0.. {
            let theirs = remote.fetch(&self.repository)?.map_err(|said| offline(&remote, &said))?;
            if let Some(theirs) = &theirs {
                match unite::unite(&self.repository, &head, theirs)? {
                    Outcome::Nothing => {}
                    Outcome::United(united) => match self.take_in(&head, theirs, *united)? {
                        Some(new) => head = new,
                        // The files here have changed since they were committed.
                        None if tried < TRIES => {
                            head = self.commit()?;
                            continue;
                        }
                        None => return Err(too_often()),
                    },
                }
            }
            if theirs.as_ref() == Some(&head) {
                break;
            }
            let waiting = self.repository.count(theirs.as_ref(), &head)?;
            match remote.push(&self.repository, &head)? {
                Push::Done => {
                    self.report.sent = waiting;
                    break;
                }
                Push::Behind if tried + 1 < TRIES => self.pause(tried),
                Push::Behind => return Err(too_often()),
                Push::Failed(said) => return Err(unpushed(&remote, &said)),
            }
        }
        self.report.shared = true;
        if !remote.is_upstream {
            remote.follow(&self.repository, &self.state)?;
        }
        // What git notes of the remote is learnt anew where it is lost. But a lock that a power cut
        // brings back would stand in the way of the next sync, so all is synced once more; nothing
        // that was reported hangs on either.
        drop(Remote::let_go(&self.repository));
        drop(self.make_durable());
        Ok(())
    }

    /// Records what was changed by hand: by git's user, where that is an operator, else by the one
    /// who acts. What can't be recorded is a warning of `check`, and is committed as it is.
    fn record_hand_edits(&self) -> Result<()> {
        let edited = self.store.read(|library| {
            let all = Kind::ALL.into_iter().flat_map(|kind| library.all(kind));
            let whole = |r: &std::rc::Rc<Record>| {
                library.document(r.kind, &r.id).is_some_and(|document| document.is_whole())
            };
            let edited = all.filter(|record| !unrecorded(record).is_empty()).filter(whole);
            let operator = self.app.operator(library).is_ok();
            Ok(edited.filter(|_| operator).collect::<Vec<_>>())
        })?;
        if edited.is_empty() {
            return Ok(());
        }
        let write = |records: &[std::rc::Rc<Record>]| {
            let edits = records.iter().map(|record| Edit::change(record, Vec::new())).collect();
            self.app.write(|_| Ok((Plan { edits, warnings: Vec::new() }, ()))).map(drop)
        };
        if write(&edited).is_err() {
            // Those that can be recorded are, whatever stops the others.
            edited.chunks(1).for_each(|one| drop(write(one)));
        }
        Ok(())
    }

    /// Commits the valid records that differ from the last commit; the commit that the branch then
    /// has.
    fn commit(&mut self) -> Result<Id> {
        let head = self.repository.head()?;
        let tree = match &self.state.merging {
            Some(_) => Some(self.repository.staged()?.tree().clone()),
            None => None,
        };
        let scan = self.scan(head.as_ref(), tree.as_ref())?;
        let drafts = self.drafts(&scan, head.as_ref(), tree);
        let made = commits::make(&self.repository, self.app.now, &drafts)?;
        let last = made.last().cloned().or_else(|| head.clone()).ok_or_else(nothing_to_commit)?;
        if !made.is_empty() {
            let ours: BTreeSet<&[u8]> =
                drafts.iter().flat_map(|draft| draft.puts.keys().map(Vec::as_slice)).collect();
            commits::align_index(&self.repository, &last, |path| ours.contains(path.as_slice()))?;
            commits::move_branch(&self.repository, &self.state.branch, head.as_ref(), &last)?;
            if self.state.merging.take().is_some() {
                self.repository.git().write(["merge", "--quit"]).run()?;
            }
            self.make_durable()?;
        }
        for ((operator, changes), id) in scan.by_operator().into_iter().zip(made) {
            self.report.commits.push((operator.map(str::to_owned), id, changes.len()));
        }
        self.report.left = scan.left;
        for (path, keys) in scan.conflicts {
            self.report.conflicts.entry(path).or_default().extend(keys);
        }
        Ok(last)
    }

    /// What differs from a commit. `tree` stands for its folders where a merge is being ended.
    fn scan(&self, head: Option<&Id>, tree: Option<&Id>) -> Result<Scan> {
        let commit = head.map(|head| self.repository.read(head)).transpose()?.flatten();
        let before = tree.cloned().or_else(|| commit.map(|commit| commit.tree));
        let scan = self.store.read(|library| {
            scan::scan(library, &self.store.settings, self.app.now, &self.repository, before)
        })?;
        state::without_filters(&self.repository, scan.paths())?;
        Ok(scan)
    }

    /// A commit for each operator who acted; the first also ends a merge that somebody began.
    fn drafts(&self, scan: &Scan, head: Option<&Id>, tree: Option<Id>) -> Vec<Draft> {
        let mut drafts: Vec<Draft> = Vec::new();
        for (operator, changes) in scan.by_operator() {
            let parent = match drafts.len() {
                0 => head.cloned().map(Parent::Commit),
                earlier => Some(Parent::Draft(earlier - 1)),
            };
            let put = |text: &Option<String>| text.clone().map_or(Put::Gone, Put::Text);
            let puts = changes.iter().map(|c| (c.path.clone().into_bytes(), put(&c.text)));
            drafts.push(Draft {
                message: message::of_changes(operator, &changes),
                tree: None,
                parents: parent.into_iter().collect(),
                puts: puts.collect(),
            });
        }
        if let Some(theirs) = &self.state.merging {
            if drafts.is_empty() {
                let parents = head.cloned().map(Parent::Commit).into_iter().collect();
                let message = message::of_merge("MERGE_HEAD", 0);
                drafts.push(Draft { message, parents, ..Draft::default() });
            }
            drafts[0].parents.push(Parent::Commit(theirs.clone()));
            drafts[0].tree = tree;
        }
        drafts
    }

    /// Makes sure that somebody agreed before data leave for a host, where something is to go.
    fn agree(&self, remote: &Remote, head: &Id, yes: bool) -> Result<()> {
        if remote.last_seen(&self.repository)?.as_ref() == Some(head) {
            return Ok(());
        }
        let hosts = remote.new_hosts(&self.repository)?;
        if hosts.is_empty() {
            return Ok(());
        }
        let names =
            |lang| hosts.iter().map(|host| host_shown(host, lang)).collect::<Vec<_>>().join(", ");
        let question = say!(
            lang;
            "Данные пациентов уйдут на {}. Передавать их туда?",
            "The patients' data will go to {}. Share them with it?",
            names(lang)
        );
        let agreed = yes
            || if self.app.globals.no_input {
                false
            } else {
                prompt::confirm(self.app, &question)?
            };
        if agreed {
            return remote.agree(&self.repository, &hosts);
        }
        Err(Error::usage(
            "not-agreed",
            say!(
                lang;
                "Данные пациентов ушли бы на {}, а согласия на это нет.",
                "The patients' data would go to {}, and nobody has agreed to that.",
                names(lang)
            ),
        )
        .hint(say!("Если так и надо: `appt sync --yes`.", "If that is right: `appt sync --yes`.")))
    }

    /// Puts what was united in its place; the commit that the branch then has. None where the files
    /// here have changed meanwhile.
    fn take_in(&mut self, head: &Id, theirs: &Id, united: unite::United) -> Result<Option<Id>> {
        let new = match &united.tree_of_theirs {
            true => theirs.clone(),
            false => {
                let name = self.report.remote.clone().unwrap_or_default();
                let draft = Draft {
                    message: message::of_merge(&name, united.texts.len()),
                    tree: None,
                    parents: vec![Parent::Commit(head.clone()), Parent::Commit(theirs.clone())],
                    puts: united.puts(),
                };
                let made = commits::make(&self.repository, self.app.now, &[draft])?;
                made.into_iter().next().expect("a draft becomes a commit")
            }
        };
        let left: BTreeSet<&str> = self.report.left.iter().map(|left| left.path.as_str()).collect();
        let is_applied = self.store.put_in_place(|root| {
            if self.repository.head()?.as_ref() != Some(head) {
                return Ok((Vec::new(), false));
            }
            let Some(steps) = apply::steps(root, &united, &left)? else {
                return Ok((Vec::new(), false));
            };
            foreign::put(root, &self.repository, &united, head)?;
            Ok((steps, true))
        })?;
        if !is_applied {
            return Ok(None);
        }
        commits::align_index(&self.repository, &new, |path| united.touches(path))?;
        commits::move_branch(&self.repository, &self.state.branch, Some(head), &new)?;
        self.make_durable()?;
        for (path, known) in &united.known_to_them {
            if let Some(keys) = self.report.conflicts.get_mut(path) {
                keys.retain(|key| !known.contains(key));
            }
        }
        for (path, keys) in united.conflicts {
            self.report.conflicts.entry(path).or_default().extend(keys);
        }
        self.report.conflicts.retain(|_, keys| !keys.is_empty());
        self.report.received.extend(united.received);
        self.report.kept_out.extend(united.kept_out);
        self.report.findings = self.findings()?;
        Ok(Some(new))
    }

    /// The errors of the whole store: two clean sides can still make a bad whole.
    fn findings(&self) -> Result<Vec<Finding>> {
        let settings = &self.store.settings;
        let mut found = self.store.read(|library| {
            let files: Vec<_> = library.documents().collect();
            Ok(survey::of_files(library, settings, self.app.now, &files))
        })?;
        found.retain(|f| f.severity == Severity::Error && f.rule != "unresolved-conflict");
        Ok(found)
    }

    /// Objects, index and branch on disk, with the folders that hold them.
    fn make_durable(&self) -> Result<()> {
        disk::sync_below(&self.state.folder).map_err(|error| {
            Error::io(
                &say!("сбросить на диск", "sync to disk"),
                &self.state.folder.display().to_string(),
                &error,
            )
        })
    }

    /// Waits a random while: two that pushed at once should not do so again.
    fn pause(&self, tried: u32) {
        let longest = PAUSE << tried;
        std::thread::sleep(Duration::from_millis(self.app.environment.random() % longest));
    }

    /// An error, with what is safe all the same.
    fn saved(&self, error: Error) -> Error {
        if self.report.commits.is_empty() && error.rule != Some("remote") {
            return error;
        }
        let (ru, en) = (&error.message.ru, &error.message.en);
        let message = match self.report.shared {
            true => say!("Передано другим. {ru}", "Shared with the others. {en}"),
            false => say!(
                "Сохранено здесь, другим не передано. {ru}",
                "Saved here, not shared with the others. {en}"
            ),
        };
        Error { message, ..error }
    }
}

/// A host that data go to, and whether it can read them.
fn host_shown(host: &str, lang: Lang) -> String {
    match host.strip_prefix(vault::PREFIX) {
        Some(host) => tr!(lang, "{host} (в зашифрованном виде)", "{host} (encrypted)"),
        None => host.to_owned(),
    }
}

fn nothing_to_commit() -> Error {
    Error::refused(
        "nothing-valid",
        say!(
            "Здесь нечего сохранять: нет ни одной верной записи.",
            "There is nothing to commit: no record is valid."
        ),
    )
    .hint(say!("Что исправить, покажет `appt check`.", "`appt check` shows what to mend."))
}

fn offline(remote: &Remote, said: &str) -> Error {
    let name = remote.shown();
    Error::store("remote", say!("До {name} не добраться: {said}", "{name} is out of reach: {said}"))
        .hint(again())
}

fn unpushed(remote: &Remote, said: &str) -> Error {
    let name = remote.shown();
    Error::store(
        "remote",
        say!("{name} не принял данные: {said}", "{name} did not take the data: {said}"),
    )
    .hint(again())
}

fn again() -> crate::i18n::Text {
    say!(
        "Работайте дальше; когда связь будет, повторите `appt sync`. Что ждёт: `appt sync --status`.",
        "Work on; when it can be reached, run `appt sync` again. What waits: `appt sync --status`."
    )
}

fn too_often() -> Error {
    Error::new(
        Code::Busy,
        "outrun",
        say!(
            "Другие передавали данные одновременно с вами, столько раз подряд: {TRIES}.",
            "Others were faster, {TRIES} times in a row."
        ),
    )
    .hint(say!("Повторите через минуту: `appt sync`.", "Try again in a minute: `appt sync`."))
}
