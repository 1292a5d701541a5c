//! `sync`: what was done here goes to the others, what they did comes here (`spec.md`, section 8).
//!
//! 1. What a person changed by hand is recorded, and the valid records are committed ([`scan`],
//!    [`save`]): from now on the work is saved here.
//! 2. The branch of the others is fetched, and the two are united, object by object ([`unite`]).
//! 3. The result takes its place ([`apply`]): the files through the store's journal, then the
//!    index, then the branch. A kill at any point leaves work-tree files ahead of the branch; the
//!    next sync commits and unites them again, which changes nothing, since a union is idempotent.
//! 4. The branch is pushed, to whom somebody agreed to share with ([`share`]); where another was
//!    faster, all begins anew after a pause.
//!
//! Invariants: nothing is committed that the rules forbid, and nothing is overwritten that is not
//! in a commit. Files that are no records are a person's own: they are not committed, and what is
//! staged of them stays staged. No lock of the store is held while the network is waited for.

pub mod apply;
pub mod arrived;
pub mod foreign;
pub mod here;
pub mod message;
pub mod own;
pub mod report;
pub mod reunite;
pub mod save;
pub mod scan;
pub mod share;
pub mod sound;
pub mod status;
pub mod trouble;
pub mod unite;

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::app::App;
use crate::error::{Error, Result, rule};
use crate::format::layout;
use crate::git::commits::{self, Draft, Parent};
use crate::git::refs::Id;
use crate::git::remote::{Push, Remote};
use crate::git::repository::Repository;
use crate::git::snapshot::Snapshot;
use crate::git::state::State;
use crate::git::worktree::{self, Look};
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Value;
use crate::query::twin;
use crate::say;
use crate::store::disk;
use crate::store::lock::Lock;
use crate::sync::here::Here;
use crate::sync::report::Report;
use crate::sync::save::Before;
use crate::sync::share::TRIES;
use crate::sync::unite::{Outcome, Texts, United};

/// From so many committed files on, git is made to look at them at once; it does not look at them
/// when it is told of them, and would read them each time it is asked what differs.
const MANY: usize = 100;
/// Of so many new requests, at most, it is asked whether another one asks for the same: who was away
/// for long has other cares.
const HEARD: usize = 100;

/// One run in one clone.
struct Sync<'a> {
    here: Here<'a>,
    remote: Option<Remote>,
    report: Report,
    /// What git saw of the work tree, until that is old.
    look: Option<Look>,
    /// Whether all that can be committed is.
    is_saved: bool,
    /// Whether what others did has come into the work tree.
    has_taken_in: bool,
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
    let _alone = Lock::of_sync(store.root(), &app.patience())?;
    let state = State::of(&repository)?;
    let remote = Remote::of(&repository, &state)?;
    let mut report = Report { remote: remote.as_ref().map(Remote::shown), ..Report::default() };
    report.branch = state.short().to_owned();
    if remote.is_none() {
        report.remotes = Remote::names(&repository)?;
    }
    let here = Here { app, store, repository, state };
    let Before { unsettled, unrecorded, look } = save::hand_edits(&here)?;
    report.unrecorded = unrecorded;
    let mut sync = Sync { here, remote, report, look, is_saved: false, has_taken_in: false };
    let done = match sync.exchange(yes) {
        Err(error) if !sync.is_saved => return Err(sync.named(error)),
        done => done,
    };
    // A record that others changed meanwhile is there again.
    sync.report.removed.retain(|path, _| !disk::exists(store.root(), path));
    sync.report.unsettled = match sync.has_taken_in {
        true => status::all_in_conflict(store, app.now)?,
        false => unsettled,
    };
    let is_shared = sync.report.shared;
    Ok((sync.report, done.map_err(|error| saved(error, is_shared))))
}

impl Sync<'_> {
    fn exchange(&mut self, yes: bool) -> Result<()> {
        self.bring_back_left_out()?;
        let head = self.save(yes)?;
        self.is_saved = true;
        let Some(remote) = self.remote.clone() else { return Ok(()) };
        let seen = remote.last_seen(&self.here.repository)?;
        let head = match &seen {
            Some(seen) => self.bring_back_lost(seen, head, yes)?,
            None => head,
        };
        self.report.findings =
            self.here.findings_unshared(seen.as_ref(), &head, &self.report.left)?;
        share::agree(&self.here, &remote, &head, yes)?;
        let is_new = self.meet(&remote, head, yes)?;
        self.report.shared = true;
        if !remote.is_upstream {
            remote.follow(&self.here.repository, &self.here.state)?;
        }
        // It is shared: what is only told of it is no failure.
        self.report.others_on = remote.others_on(&self.here.repository).unwrap_or_default();
        if is_new {
            drop(self.look_back(&remote));
        }
        status::remember_exchange(self.here.store, self.here.app.now);
        worktree::refresh(self.here.repository.git());
        // What git notes of the remote is learnt anew where it is lost. But a lock that a power cut
        // brings back would stand in the way of the next sync, so all is synced once more; nothing
        // that was reported hangs on either.
        drop(Remote::let_go(&self.here.repository));
        drop(self.here.make_durable());
        Ok(())
    }

    /// Puts back what a merge that this sync ends had left out.
    fn bring_back_left_out(&mut self) -> Result<()> {
        let head = self.here.repository.head()?;
        let Some((theirs, head)) = self.here.state.merging.as_ref().zip(head) else {
            return Ok(());
        };
        let back = reunite::left_out(&self.here, &head, theirs)?;
        if !back.is_empty() {
            reunite::put(&self.here, back)?;
            self.look = None;
        }
        Ok(())
    }

    /// Puts back what merges by git alone have lost of what was seen of the others, and saves it.
    fn bring_back_lost(&mut self, seen: &Id, head: Id, yes: bool) -> Result<Id> {
        if *seen == head {
            return Ok(head);
        }
        let lost = reunite::lost(&self.here, seen, &head)?;
        if lost.is_empty() {
            return Ok(head);
        }
        self.report.reunited.extend(reunite::put(&self.here, lost)?);
        self.save(yes)
    }

    /// Takes in what others sent and sends what is here, until both are the same; whether nobody had
    /// sent anything before.
    fn meet(&mut self, remote: &Remote, mut head: Id, yes: bool) -> Result<bool> {
        let mut is_new = false;
        for tried in 0.. {
            let last = tried + 1 >= TRIES;
            let theirs = remote.fetch(&self.here.repository)?;
            let theirs = theirs.map_err(|said| trouble::of(remote, &said))?;
            is_new |= theirs.is_none();
            match &theirs {
                None => self.look_around(remote, &head)?,
                Some(theirs) => match unite::unite(&self.here.repository, &head, theirs)? {
                    Outcome::Nothing => {}
                    Outcome::United(united) => match self.take_in(&head, theirs, *united)? {
                        Some(new) => head = new,
                        // The files here have changed since they were committed.
                        None if tried < TRIES => {
                            head = self.save(yes)?;
                            continue;
                        }
                        None => return Err(trouble::outrun(TRIES)),
                    },
                },
            }
            if theirs.as_ref() == Some(&head) {
                break;
            }
            let waiting = self.here.repository.count(theirs.as_ref(), &head)?;
            match remote.push(&self.here.repository, &head)? {
                Push::Done => {
                    self.report.sent = waiting;
                    break;
                }
                Push::Behind | Push::Locked(_) if !last => share::pause(&self.here, tried),
                Push::Behind => return Err(trouble::outrun(TRIES)),
                Push::Locked(said) => return Err(trouble::locked(remote, &said)),
                Push::Failed(said) => return Err(trouble::of(remote, &said)),
            }
        }
        Ok(is_new)
    }

    /// Before a branch that is new there: what the others work on is this store, or the branch
    /// stays here.
    fn look_around(&self, remote: &Remote, head: &Id) -> Result<()> {
        if remote.vault.is_some() {
            return Ok(()); // Who has no key for it does not get this far.
        }
        let failed = |said: String| trouble::of(remote, &said);
        let heads = remote.heads(&self.here.repository)?.map_err(failed)?;
        let Some(main) = heads.main() else { return Ok(()) };
        let theirs = remote.fetch_branch(&self.here.repository, main)?.map_err(failed)?;
        theirs.map_or(Ok(()), |theirs| unite::is_same_store(&self.here.repository, head, &theirs))
    }

    /// After it: whether a new clone would find it.
    fn look_back(&mut self, remote: &Remote) -> Result<()> {
        if remote.vault.is_some() {
            return Ok(()); // gcrypt has its own way to say what a clone begins with.
        }
        let Ok(heads) = remote.heads(&self.here.repository)? else { return Ok(()) };
        let begins_here = heads.default.as_ref() == Some(&remote.branch);
        self.report.is_hidden = !begins_here && self.report.others_on.is_none();
        Ok(())
    }

    /// Saves what was done here; the commit that the branch then has.
    fn save(&mut self, yes: bool) -> Result<Id> {
        let saved = save::commit(&mut self.here, self.look.take(), yes)?;
        if saved.commits.iter().map(|(.., files)| files).sum::<usize>() > MANY {
            worktree::refresh(self.here.repository.git());
        }
        self.report.commits.extend(saved.commits);
        self.report.left = saved.left;
        self.report.removed.extend(saved.removed);
        for (path, keys) in saved.conflicts {
            self.report.conflicts.entry(path).or_default().extend(keys);
        }
        Ok(saved.head)
    }

    /// Puts what was united in its place; the commit that the branch then has. None where the files
    /// here have changed meanwhile.
    fn take_in(&mut self, head: &Id, theirs: &Id, united: United) -> Result<Option<Id>> {
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
                let made = commits::make(&self.here.repository, self.here.app.now, &[draft])?;
                made.into_iter().next().expect("a draft becomes a commit")
            }
        };
        let left: BTreeSet<&str> = self.report.left.iter().map(|left| left.path.as_str()).collect();
        let is_applied = self.here.store.put_in_place(|root| {
            if self.here.repository.head()?.as_ref() != Some(head) {
                return Ok((Vec::new(), false));
            }
            let Some(steps) = apply::records(root, &united, &left)? else {
                return Ok((Vec::new(), false));
            };
            apply::others(root, &self.here.repository, &united, head)?;
            Ok((steps, true))
        })?;
        if !is_applied {
            return Ok(None);
        }
        self.has_taken_in = true;
        self.here.arrive(Some(head), &new, |path| united.touches(path))?;
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
        self.hear_of_twins(&united.texts)?;
        self.report.received.extend(united.received);
        self.report.kept_out.extend(united.kept_out);
        self.report.findings = self.here.findings()?;
        Ok(Some(new))
    }

    /// Notes what others did to records that were here.
    fn hear(&mut self, theirs: &Id, texts: &Texts) -> Result<()> {
        let tree = self.here.repository.read(theirs)?.map(|commit| commit.tree);
        let theirs = tree.as_ref().map(|tree| Snapshot::of(&self.here.repository, tree));
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

    /// Notes the requests that were made in two copies at once, for one call.
    fn hear_of_twins(&mut self, texts: &Texts) -> Result<()> {
        let new = texts.iter().filter(|(_, sides)| matches!(sides, (None, Some(_))));
        let new = new.filter_map(|(path, _)| layout::record_at(path));
        let ids = new.filter(|(kind, _)| *kind == Kind::Request).map(|(_, id)| id);
        let ids: Vec<&str> = ids.take(HEARD).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let twins = self.here.store.read(|library| {
            let record = |id: &&str| library.get(Kind::Request, id);
            let both = |record: Rc<Record>| {
                let twin = twin::of_request(library, &record)?;
                Some((record.id.clone(), twin.id.clone()))
            };
            Ok(ids.iter().filter_map(record).filter_map(both).collect::<Vec<_>>())
        })?;
        for (one, other) in twins {
            // Where both came, they are told of once.
            if !self.report.twins.contains_key(&other) {
                self.report.twins.insert(one, other);
            }
        }
        Ok(())
    }

    /// An error that wants the user's name, with the name that the store has.
    fn named(&self, error: Error) -> Error {
        if !error.is(rule::NO_IDENTITY) {
            return error;
        }
        let operator = self.here.store.read(|library| self.here.app.operator(library));
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
