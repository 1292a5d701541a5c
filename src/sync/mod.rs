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
pub mod foreign;
pub mod here;
pub mod message;
pub mod own;
pub mod report;
pub mod save;
pub mod scan;
pub mod share;
pub mod sound;
pub mod status;
pub mod unite;

use std::collections::BTreeSet;

use crate::app::App;
use crate::error::{Error, Result};
use crate::git::commits::{self, Draft, Parent};
use crate::git::refs::Id;
use crate::git::remote::{Push, Remote};
use crate::git::repository::Repository;
use crate::git::state::State;
use crate::say;
use crate::store::lock::Lock;
use crate::sync::here::Here;
use crate::sync::report::Report;
use crate::sync::share::TRIES;
use crate::sync::unite::{Outcome, United};

/// One run in one clone.
struct Sync<'a> {
    here: Here<'a>,
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
    let here = Here { app, store, repository, state };
    save::hand_edits(&here)?;
    let mut sync = Sync { here, remote, report };
    match sync.exchange(yes) {
        Ok(()) => Ok(sync.report),
        Err(error) => Err(sync.saved(error)),
    }
}

impl Sync<'_> {
    fn exchange(&mut self, yes: bool) -> Result<()> {
        let mut head = self.save()?;
        let Some(remote) = self.remote.clone() else { return Ok(()) };
        share::agree(&self.here, &remote, &head, yes)?;
        for tried in 0.. {
            let theirs = remote.fetch(&self.here.repository)?;
            let theirs = theirs.map_err(|said| share::offline(&remote, &said))?;
            if let Some(theirs) = &theirs {
                match unite::unite(&self.here.repository, &head, theirs)? {
                    Outcome::Nothing => {}
                    Outcome::United(united) => match self.take_in(&head, theirs, *united)? {
                        Some(new) => head = new,
                        // The files here have changed since they were committed.
                        None if tried < TRIES => {
                            head = self.save()?;
                            continue;
                        }
                        None => return Err(share::too_often()),
                    },
                }
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
                Push::Behind if tried + 1 < TRIES => share::pause(&self.here, tried),
                Push::Behind => return Err(share::too_often()),
                Push::Failed(said) => return Err(share::unpushed(&remote, &said)),
            }
        }
        self.report.shared = true;
        if !remote.is_upstream {
            remote.follow(&self.here.repository, &self.here.state)?;
        }
        // What git notes of the remote is learnt anew where it is lost. But a lock that a power cut
        // brings back would stand in the way of the next sync, so all is synced once more; nothing
        // that was reported hangs on either.
        drop(Remote::let_go(&self.here.repository));
        drop(self.here.make_durable());
        Ok(())
    }

    /// Saves what was done here; the commit that the branch then has.
    fn save(&mut self) -> Result<Id> {
        let saved = save::commit(&mut self.here)?;
        self.report.commits.extend(saved.commits);
        self.report.left = saved.left;
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
        self.report.received.extend(united.received);
        self.report.kept_out.extend(united.kept_out);
        self.report.findings = self.here.findings()?;
        Ok(Some(new))
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
