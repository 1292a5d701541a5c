//! What each operator did last in this clone: `.appt/last-OPERATOR`. `undo` asks, since no history tells
//! what a command removed, which lines were one batch, and, where the clock stands still, which command
//! was the later one (`spec.md`, section 5).
//!
//! It is a help, not data: where it is missing, or older than what the histories tell, they decide.
//!
//! Invariant: two commands of an operator that have several events each differ in the moment that names
//! them, whatever the clock says.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::life::undo::Named;
use crate::model::range::Instant;
use crate::store::LOCAL;
use crate::store::disk;
use crate::store::seal::Sealed;

/// A clock that is no further behind than so many milliseconds stands still; else it was set back.
const STILL: i64 = 60_000;

/// So many commands before the last one are kept, and none of more events than this.
const KEPT: usize = 10;
const LONGEST: usize = 100;

/// An operator's last command. Moments are in milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Last {
    /// Its events.
    pub named: Named,
    /// The events of the commands before it, the latest first; none of one that no history can bring
    /// back.
    pub earlier: Vec<Named>,
    /// A file that it removed.
    pub removed: Option<String>,
    /// Whether it brought records with a history of their own.
    pub came: bool,
    /// Whether it took another one back, which can't be done again.
    pub undid: bool,
    /// When it was.
    at: i64,
    /// What named the last command of several events: this one, or one before it.
    moment: Option<i64>,
}

impl Last {
    /// What is known of an operator's last command.
    pub fn of(root: &Path, by: &str) -> Last {
        let text = disk::read_any(root, &place(by)).ok().flatten();
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// The operator's next command, which has done nothing yet.
    pub fn next(&self) -> Last {
        let mut earlier = self.earlier.clone();
        if self.is_something() && !self.undid {
            let is_whole = self.removed.is_none() && !self.came && self.named.len() <= LONGEST;
            earlier.insert(0, if is_whole { self.named.clone() } else { Named::default() });
            earlier.truncate(KEPT);
        }
        Last { earlier, moment: self.moment, ..Last::default() }
    }

    /// The moment for the name of a command: the present, or where an earlier one had that name, the
    /// next millisecond after it.
    pub fn moment(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let passed = self.moment.map(|last| last - now.timestamp_millis());
        match passed {
            Some(passed @ 0..STILL) => now + TimeDelta::milliseconds(passed + 1),
            _ => now,
        }
    }

    /// The command did this, or this, too.
    pub fn add(&mut self, sealed: &Sealed, now: DateTime<Utc>) {
        self.at = self.at.max(now.timestamp_millis());
        for (index, event) in &sealed.events {
            self.named.add(&sealed.records[*index], event);
            self.at = self.at.max(event.at.timestamp_millis());
            self.moment = self.moment.max(event.tx.map(|tx| tx.timestamp_millis()));
        }
        let gone = sealed.steps.iter().find(|step| step.after.is_none());
        self.removed = self.removed.take().or_else(|| gone.map(|step| step.path.clone()));
        self.came |= sealed.came;
    }

    /// Whether it did anything.
    pub fn is_something(&self) -> bool {
        self.undid || self.came || self.removed.is_some() || !self.named.is_empty()
    }

    /// Whether it is the last one still: the operator has no later event.
    pub fn is_current(&self, latest: Option<Instant>) -> bool {
        self.is_something() && latest.is_none_or(|latest| latest.timestamp() * 1000 <= self.at)
    }

    /// Notes it, where it did anything. A store where that can't be noted forgets it.
    pub fn note(&self, root: &Path, by: &str) {
        if self.is_something() {
            let text = serde_json::to_string(self).unwrap_or_default();
            drop(disk::overwrite(root, &place(by), &text));
        }
    }
}

fn place(by: &str) -> String {
    format!("{LOCAL}/last-{by}")
}
