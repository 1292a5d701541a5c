//! The draft of a call that may be broken off: `.appt/draft-OPERATOR.json`. It is local, and holds
//! what was answered since something was last saved.

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::{Error, Result};
use crate::say;
use crate::script::Script;
use crate::store::{LOCAL, disk};

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

/// Where an operator's draft lies.
pub struct Drafts {
    path: String,
}

impl Drafts {
    /// Of this operator.
    pub fn of(by: &str) -> Drafts {
        Drafts { path: format!("{LOCAL}/draft-{by}.json") }
    }

    /// The draft, where there is one that can be read.
    pub fn read(&self, app: &App) -> Option<Draft> {
        let text = disk::read_any(app.store().ok()?.root(), &self.path).ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Keeps the answers, after each: a process may end without a word. Not synced, so that nobody
    /// waits for the disk between two questions.
    ///
    /// # Errors
    /// `store` where they can't be kept.
    pub fn keep(&self, app: &App, script: &Script, about: Option<&str>) -> Result<()> {
        let (answers, then) = script.answers();
        if answers.is_empty() && script.ahead().is_empty() || script.is_over() {
            return self.drop(app);
        }
        let about = about.map(str::to_owned);
        let draft = Draft { about, answers, then, ahead: script.ahead().to_vec() };
        let failed =
            |error| Error::io(&say!("сохранить ответы", "keep the answers"), &self.path, &error);
        let text = serde_json::to_string(&draft).map_err(|error| failed(error.into()))?;
        disk::replace(app.store()?.root(), &self.path, &text, false).map_err(failed)
    }

    /// Removes it, where there is one.
    ///
    /// # Errors
    /// `store` where it can't be removed.
    pub fn drop(&self, app: &App) -> Result<()> {
        let failed =
            |error| Error::io(&say!("убрать черновик", "remove the draft"), &self.path, &error);
        disk::remove(app.store()?.root(), &self.path).map_err(failed)
    }
}
