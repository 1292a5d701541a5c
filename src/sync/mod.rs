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
pub mod arrived;
pub mod foreign;
pub mod message;
pub mod scan;
pub mod status;
pub mod trouble;
pub mod unite;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::app::App;
use crate::check::Severity;
use crate::check::survey::{self, Finding};
use crate::error::{Error, Result};
use crate::format::layout;
use crate::git::commits::{self, Draft, Parent, Put};
use crate::git::refs::Id;
use crate::git::remote::{Push, Remote};
use crate::git::repository::Repository;
use crate::git::state::{self, State};
use crate::git::{vault, worktree};
use crate::i18n::Lang;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Value;
use crate::prompt;
use crate::store::Store;
use crate::store::disk;
use crate::store::lock::Lock;
use crate::store::seal::{Edit, Plan, unrecorded};
use crate::sync::arrived::{Arrived, Crossed};
use crate::sync::scan::{Left, Scan};
use crate::sync::unite::{Outcome, Texts};
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
    /// The requests that were here and that others changed, by their ids.
    pub arrived: BTreeMap<String, Arrived>,
    /// The cards that one side merged while the other changed them, by their ids.
    pub crossed: BTreeMap<String, Crossed>,
    /// The records that were gone here, by their paths, and the commit that removed them for all.
    pub removed: BTreeMap<String, Id>,
    /// The records that others removed, by their paths.
    pub removed_there: BTreeSet<String>,
    /// All records with conflicts, old and new: `request/20261123-k7m2qx`.
    pub unsettled: Vec<String>,
    /// Whose repository, where there is one.
    pub remote: Option<String>,
    /// Whether all that is committed here is there.
    pub shared: bool,
    /// The branch on which the others work, where it is not the one that was synced.
    pub others_on: Option<String>,
    /// Whether a new clone of the remote would not begin with the branch that was synced first.
    pub is_hidden: bool,
}

/// One run in one clone.
pub struct Sync<'a> {
    app: &'a App,
    store: &'a Store,
    repository: Repository,
    state: State,
    remote: Option<Remote>,
    report: Report,
    /// Whether all that can be committed is.
    is_saved: bool,
}

/// Does it; `yes` agrees to share the data with a host. What was done, and what then kept it from
/// being shared: the error says that it is saved here.
///
/// # Errors
/// `refused`: the folder is not the root of a repository, or a rule of section 8 forbids it.
/// `usage`: nobody agreed to share the data. `conflict`, `busy`: another is at work, or a file
/// stands in the way. `store`: the remote is out of reach.
pub fn run(app: &App, yes: bool) -> Result<(Report, Result<()>)> {
    let store = app.store()?;
    let repository = Repository::at(store.root())?;
    let _alone = Lock::of_sync(store.root(), app.patience())?;
    let state = State::of(&repository)?;
    let remote = Remote::of(&repository, &state)?;
    let report = Report { remote: remote.as_ref().map(Remote::shown), ..Report::default() };
    let mut sync = Sync { app, store, repository, state, remote, report, is_saved: false };
    sync.record_hand_edits()?;
    let done = match sync.exchange(yes) {
        Err(error) if !sync.is_saved => return Err(sync.named(error)),
        done => done,
    };
    sync.report.unsettled = status::in_conflict(store)?;
    let is_shared = sync.report.shared;
    Ok((sync.report, done.map_err(|error| saved(error, is_shared))))
}

impl Sync<'_> {
    fn exchange(&mut self, yes: bool) -> Result<()> {
        let mut head = self.commit()?;
        self.is_saved = true;
        let Some(remote) = self.remote.clone() else { return Ok(()) };
        self.agree(&remote, &head, yes)?;
        let mut is_new = false;
        for tried in 0.. {
            let last = tried + 1 >= TRIES;
            let theirs = remote.fetch(&self.repository)?;
            let theirs = theirs.map_err(|said| trouble::of(&remote, &said))?;
            is_new |= theirs.is_none();
            match &theirs {
                None => self.look_around(&remote, &head)?,
                Some(theirs) => match unite::unite(&self.repository, &head, theirs)? {
                    Outcome::Nothing => {}
                    Outcome::United(united) => match self.take_in(&head, theirs, *united)? {
                        Some(new) => head = new,
                        // The files here have changed since they were committed.
                        None if tried < TRIES => {
                            head = self.commit()?;
                            continue;
                        }
                        None => return Err(trouble::outrun(TRIES)),
                    },
                },
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
                Push::Behind | Push::Locked(_) if !last => self.pause(tried),
                Push::Behind => return Err(trouble::outrun(TRIES)),
                Push::Locked(said) | Push::Failed(said) => {
                    return Err(trouble::of(&remote, &said));
                }
            }
        }
        self.report.shared = true;
        if !remote.is_upstream {
            remote.follow(&self.repository, &self.state)?;
        }
        // It is shared: what is only told of it is no failure.
        self.report.others_on = remote.others_on(&self.repository).unwrap_or_default();
        if is_new {
            drop(self.look_back(&remote));
        }
        status::remember_exchange(self.store, self.app.now);
        worktree::refresh(self.repository.git());
        // What git notes of the remote is learnt anew where it is lost. But a lock that a power cut
        // brings back would stand in the way of the next sync, so all is synced once more; nothing
        // that was reported hangs on either.
        drop(Remote::let_go(&self.repository));
        drop(self.make_durable());
        Ok(())
    }

    /// Before a branch that is new there: what the others work on is this store, or the branch
    /// stays here.
    fn look_around(&self, remote: &Remote, head: &Id) -> Result<()> {
        if remote.vault.is_some() {
            return Ok(()); // Who has no key for it does not get this far.
        }
        let failed = |said: String| trouble::of(remote, &said);
        let heads = remote.heads(&self.repository)?.map_err(failed)?;
        let Some(main) = heads.main() else { return Ok(()) };
        let theirs = remote.fetch_branch(&self.repository, main)?.map_err(failed)?;
        theirs.map_or(Ok(()), |theirs| unite::is_same_store(&self.repository, head, &theirs))
    }

    /// After it: whether a new clone would find it.
    fn look_back(&mut self, remote: &Remote) -> Result<()> {
        if remote.vault.is_some() {
            return Ok(()); // gcrypt has its own way to say what a clone begins with.
        }
        let Ok(heads) = remote.heads(&self.repository)? else { return Ok(()) };
        let begins_here = heads.default.as_ref() == Some(&remote.branch);
        self.report.is_hidden = !begins_here && self.report.others_on.is_none();
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
            let gone = changes.iter().filter(|change| change.text.is_none());
            let gone = gone.map(|change| (change.path.clone(), id.clone()));
            self.report.removed.extend(gone);
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
        self.hear(theirs, &united.texts)?;
        self.report.received.extend(united.received);
        self.report.kept_out.extend(united.kept_out);
        self.report.findings = self.findings()?;
        Ok(Some(new))
    }

    /// Notes what others did to records that were here.
    fn hear(&mut self, theirs: &Id, texts: &Texts) -> Result<()> {
        let tree = self.repository.read(theirs)?.map(|commit| commit.tree);
        let theirs = tree.map(|tree| self.repository.snapshot(&tree));
        for (path, sides) in texts {
            let (Some(before), after) = sides else { continue };
            let Some(after) = after else {
                self.report.removed_there.insert(path.clone());
                continue;
            };
            if let Some(arrived) = arrived::of(path, before, after) {
                self.report.arrived.insert(arrived.id.clone(), arrived);
            }
            if !arrived::is_merged(path, after) {
                continue;
            }
            let document =
                layout::record_at(path).and_then(|(kind, id)| theirs.as_ref()?.document(kind, id));
            let merged = if arrived::is_merged(path, before) {
                Some(before.as_str())
            } else {
                document.as_ref().map(|document| document.text.as_str())
            };
            if let Some(crossed) = merged.and_then(|text| arrived::crossed(path, text, after)) {
                self.report.crossed.insert(crossed.id.clone(), crossed);
            }
        }
        Ok(())
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

    /// An error that wants the user's name, with the name that the store has.
    fn named(&self, error: Error) -> Error {
        if error.rule != Some("no-identity") {
            return error;
        }
        let operator = self.store.read(|library| self.app.operator(library));
        let Ok(operator) = operator else { return error };
        let name = in_shell(operator.title());
        let email = match operator.values.get("emails") {
            Some(Value::List(emails)) => emails.first().and_then(Value::as_text),
            _ => None,
        };
        let email = in_shell(email.unwrap_or(&format!("{}@example.org", operator.id)));
        error.hint(say!(
            "Назовите себя один раз, почту впишите свою:\n  git config --global user.name {name}\n  git config --global user.email {email}",
            "Say who you are, once, with your own e-mail:\n  git config --global user.name {name}\n  git config --global user.email {email}"
        ))
    }
}

/// A word for a shell, whatever stands in it.
fn in_shell(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// An error that came after the commit.
fn saved(error: Error, is_shared: bool) -> Error {
    let (ru, en) = (&error.message.ru, &error.message.en);
    let message = match is_shared {
        true => say!("Отправлено другим. {ru}", "Shared with the others. {en}"),
        false => say!(
            "Сохранено здесь, другим не отправлено. {ru}",
            "Saved here, not shared with the others. {en}"
        ),
    };
    Error { message, ..error }
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
