//! Several commands in one transaction: one lock, and one write at the end. Each sees what those
//! before it did, as if it stood in the files; nothing does until all have succeeded.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Result;
use crate::store::Store;
use crate::store::broken::{self, Fault};
use crate::store::journal::{self, Step};
use crate::store::last::Last;
use crate::store::library::{Known, Library};
use crate::store::lock::{Lock, Mode};
use crate::store::seal::Sealed;

/// What the commands of a transaction have done so far.
#[derive(Debug, Default)]
pub struct Batch {
    known: Known,
    steps: RefCell<Vec<Step>>,
    latest: Cell<Option<DateTime<Utc>>>,
    /// What each operator has done so far.
    commands: RefCell<BTreeMap<String, Last>>,
}

impl Batch {
    /// The records as the commands so far have left them.
    pub fn library<'s>(&self, store: &'s Store) -> Library<'s> {
        let library = Library::new(&store.root).knowing(self.known.clone());
        if store.cached { library.with_register(&store.settings) } else { library }
    }

    /// What an operator has done so far; none before the first of their commands.
    pub fn command_of(&self, by: &str) -> Option<Last> {
        self.commands.borrow().get(by).cloned()
    }

    /// One more command has succeeded; all that its operator has done so far.
    pub fn lay(&self, sealed: &Sealed, by: String, done: Last) {
        broken::panic_over(Fault::PanicBeforeCommit, || format!("{:?}", sealed.steps));
        self.known.lay(&sealed.steps);
        self.steps.borrow_mut().extend(sealed.steps.iter().cloned());
        let latest = sealed.events.iter().map(|(_, event)| event.at.to_utc()).max();
        self.latest.set(self.latest.get().max(latest));
        self.commands.borrow_mut().insert(by, done);
    }

    /// The changes of all commands, one for each file.
    fn joined(&self) -> Vec<Step> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut joined: Vec<Step> = Vec::new();
        for step in self.steps.borrow().iter() {
            let at = *places.entry(step.path.clone()).or_insert(joined.len());
            match joined.get_mut(at) {
                Some(earlier) => earlier.after.clone_from(&step.after),
                None => joined.push(step.clone()),
            }
        }
        joined.retain(|step| step.before.is_some() || step.after.is_some());
        joined
    }
}

impl Store {
    /// Runs several commands in one transaction. They are handed a store of their own, in which
    /// each finds what those before it wrote; it is written when `work` is done, all or nothing, or
    /// not at all where this is a rehearsal (`dry`).
    ///
    /// # Errors
    /// What `work` returns: then nothing is written; `busy`; `store`.
    pub fn batch<T>(&self, dry: bool, work: impl FnOnce(&Rc<Store>) -> Result<T>) -> Result<T> {
        let mode = if dry { Mode::Shared } else { Mode::Exclusive };
        if dry {
            // An interrupted write is completed first, as by every reader.
            self.read(|_| Ok(()))?;
        }
        let _lock = Lock::take(&self.root, mode, &self.patience)?;
        if !dry {
            journal::recover(&self.root)?;
        }
        let inner = Store::new(&self.root, self.settings.clone(), self.patience.clone());
        let (cached, batch) = (self.cached, Some(Batch::default()));
        let inner = Rc::new(Store { batch, cached, ..inner });
        let answer = work(&inner)?;
        if let Some(batch) = inner.batch.as_ref().filter(|_| !dry) {
            batch.commands.borrow().iter().for_each(|(by, done)| done.note(&self.root, by));
            self.write(&batch.joined())?;
        }
        Ok(answer)
    }

    /// The present for the next command of the transaction that this store is within: later than each
    /// event of those before it.
    pub fn moment(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let latest = self.batch.as_ref().and_then(|batch| batch.latest.get());
        latest.map_or(now, |latest| now.max(latest + TimeDelta::milliseconds(1)))
    }
}
