//! A record of any kind: its keys, what a merge could not settle, and its history.

use crate::model::event::Event;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::value::{Value, Values};

/// A record as its file holds it. The file's name is the id; no record repeats it inside.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What it is about.
    pub kind: Kind,
    /// The file's name, without `.toml`.
    pub id: String,
    /// Its keys. After a decoding with findings, only those that could be read.
    pub values: Values,
    /// Keys that its kind does not have, as TOML: they are carried along.
    pub unknown: Vec<(String, String)>,
    /// Alternatives that a merge recorded.
    pub conflicts: Vec<Conflict>,
    /// What happened to it, oldest first.
    pub history: Vec<Event>,
}

/// A value that a merge could not place: an alternative to what stands under `key`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The key it is an alternative for.
    pub key: String,
    /// The value; none for an absence.
    pub value: Option<Value>,
    /// Who recorded it.
    pub by: Option<String>,
    /// When.
    pub at: Option<Instant>,
}

impl Record {
    /// An empty one.
    pub fn new(kind: Kind, id: impl Into<String>) -> Record {
        Record {
            kind,
            id: id.into(),
            values: Values::new(),
            unknown: Vec::new(),
            conflicts: Vec::new(),
            history: Vec::new(),
        }
    }

    /// The text under a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values.text(key)
    }

    /// The text under a key, empty where it is missing: for showing.
    pub fn shown(&self, key: &str) -> &str {
        self.text(key).unwrap_or_default()
    }

    /// The moment under a key.
    pub fn instant(&self, key: &str) -> Option<Instant> {
        self.values.get(key).and_then(Value::as_instant)
    }

    /// The texts under a key that holds a list.
    pub fn texts(&self, key: &str) -> Vec<&str> {
        self.values.texts(key)
    }

    /// The ranges under a key.
    pub fn ranges(&self, key: &str) -> Vec<Range> {
        self.values.list(key).iter().filter_map(Value::as_range).collect()
    }

    /// When it last changed: the last event's time.
    pub fn updated(&self) -> Option<Instant> {
        self.history.last().map(|event| event.at)
    }

    /// When it came to be: the first event's time.
    pub fn since(&self) -> Option<Instant> {
        self.history.first().map(|event| event.at)
    }

    /// What a person calls it: a title or a name, else the id.
    pub fn title(&self) -> &str {
        self.text(self.kind.title_key()).unwrap_or(&self.id)
    }

    /// Whether an operator may act (the default where the key is absent).
    pub fn is_active(&self) -> bool {
        self.values.get("active") != Some(&Value::Bool(false))
    }
}
