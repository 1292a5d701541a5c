//! The drafts of calls that may be broken off: `.appt/draft-OPERATOR.json`, and of further calls at
//! the same time `.appt/draft-OPERATOR.2.json` and so on. They are local, and hold what was answered
//! since something was last saved.
//!
//! A draft belongs to the call that holds the lock beside it, for as long as the process lives: so
//! what goes on in another window is not taken for a call that was broken off.

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::{Error, Result};
use crate::say;
use crate::script::Script;
use crate::store::lock::Lock;
use crate::store::{LOCAL, disk};

/// So many calls of one operator can go on or wait at the same time.
const CALLS: usize = 50;

/// What was answered in a call since the last step that was saved.
#[derive(Debug, Serialize, Deserialize)]
pub struct Draft {
    /// The request that the call is about, where one was saved or opened.
    pub about: Option<String>,
    /// The answers, each with its question.
    pub answers: Vec<(String, String)>,
    /// The question after the last of them.
    pub then: String,
    /// Answers that were gone back behind, each with its question.
    #[serde(default)]
    pub ahead: Vec<(String, String)>,
}

/// Where the draft of one call lies, which is this process's alone.
pub struct Slot {
    path: String,
    _lock: Lock,
}

/// The calls of an operator that were broken off, in the order of their places.
///
/// # Errors
/// `store` where a lock can't be made.
pub fn broken_off(app: &App, by: &str) -> Result<Vec<(Slot, Draft)>> {
    let mut found = Vec::new();
    for name in names(by) {
        if read(app, &path(&name)).is_none() {
            continue;
        }
        // Read once more under the lock: its call may have ended meanwhile.
        if let Some(slot) = Slot::take(app, &name)?
            && let Some(draft) = read(app, &slot.path)
        {
            found.push((slot, draft));
        }
    }
    Ok(found)
}

/// A place for a call that begins; none where there are too many of them.
///
/// # Errors
/// As [`broken_off`].
pub fn free(app: &App, by: &str) -> Result<Option<Slot>> {
    for name in names(by) {
        if let Some(slot) = Slot::take(app, &name)?
            && read(app, &slot.path).is_none()
        {
            return Ok(Some(slot));
        }
    }
    Ok(None)
}

/// No id has a dot in it.
fn names(by: &str) -> impl Iterator<Item = String> {
    (1..=CALLS).map(move |number| match number {
        1 => format!("draft-{by}"),
        _ => format!("draft-{by}.{number}"),
    })
}

fn path(name: &str) -> String {
    format!("{LOCAL}/{name}.json")
}

/// The draft at a path, where there is one that can be read.
fn read(app: &App, path: &str) -> Option<Draft> {
    let text = disk::read_any(app.store().ok()?.root(), path).ok()??;
    serde_json::from_str(&text).ok()
}

impl Slot {
    /// None where it is another process's.
    fn take(app: &App, name: &str) -> Result<Option<Slot>> {
        let lock = Lock::of_call(app.store()?.root(), &format!("{name}.lock"))?;
        Ok(lock.map(|lock| Slot { path: path(name), _lock: lock }))
    }

    /// Keeps the answers, after each: a process may end without a word. Not synced, so that nobody
    /// waits for the disk between two questions.
    ///
    /// # Errors
    /// `store` where they can't be kept.
    pub fn keep(&self, app: &App, script: &Script, about: Option<&str>) -> Result<()> {
        let (answers, then) = script.answers();
        if !script.has_answers() || script.is_over() {
            return self.drop(app);
        }
        let about = about.map(str::to_owned);
        let draft = Draft { about, answers, then, ahead: script.ahead().to_vec() };
        let failed =
            |error| Error::io(&say!("сохранить ответы", "keep the answers"), &self.path, &error);
        let text = serde_json::to_string(&draft).map_err(|error| failed(error.into()))?;
        disk::replace(app.store()?.root(), &self.path, &text, false).map_err(failed)
    }

    /// Removes the draft, where there is one.
    ///
    /// # Errors
    /// `store` where it can't be removed.
    pub fn drop(&self, app: &App) -> Result<()> {
        let failed =
            |error| Error::io(&say!("убрать черновик", "remove the draft"), &self.path, &error);
        disk::remove(app.store()?.root(), &self.path).map_err(failed)
    }
}
