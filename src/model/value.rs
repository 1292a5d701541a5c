//! A value of a record, whatever its key: what files, events and conflicts hold.

use std::cmp::Ordering;

use chrono::TimeZone;

use crate::model::range::{self, Instant, Range};

/// One value. Instants are equal where they are the same moment, whatever their offset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// Text, an id, a code.
    Text(String),
    /// A moment.
    Instant(Instant),
    /// A span of time.
    Range(Range),
    /// Several values.
    List(Vec<Value>),
}

impl Value {
    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The moment, where it is one.
    pub fn as_instant(&self) -> Option<Instant> {
        match self {
            Value::Instant(at) => Some(*at),
            _ => None,
        }
    }

    /// The same with its times by the clock of a zone.
    pub fn in_zone(&self, zone: &impl TimeZone) -> Value {
        match self {
            Value::Instant(at) => Value::Instant(range::in_zone(*at, zone)),
            Value::Range(range) => Value::Range(range.in_zone(zone)),
            Value::List(items) => {
                Value::List(items.iter().map(|item| item.in_zone(zone)).collect())
            }
            Value::Text(_) | Value::Bool(_) => self.clone(),
        }
    }

    /// The items, where it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The span, where it is one.
    pub fn as_range(&self) -> Option<Range> {
        match self {
            Value::Range(range) => Some(*range),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<Instant> for Value {
    fn from(at: Instant) -> Value {
        Value::Instant(at)
    }
}

impl From<&[Range]> for Value {
    fn from(ranges: &[Range]) -> Value {
        Value::List(ranges.iter().copied().map(Value::Range).collect())
    }
}

/// Values by key, in the order of the kind's table of fields; no key twice, no empty list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values(Vec<(&'static str, Value)>);

impl Values {
    /// None yet.
    pub fn new() -> Values {
        Values::default()
    }

    /// None yet, with room for so many.
    pub fn with_capacity(count: usize) -> Values {
        Values(Vec::with_capacity(count))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, value)| value)
    }

    /// The text of a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_text)
    }

    /// The items of a key; none where it is absent.
    pub fn list(&self, key: &str) -> &[Value] {
        self.get(key).and_then(Value::as_list).unwrap_or_default()
    }

    /// The texts under a key that holds a list.
    pub fn texts(&self, key: &str) -> Vec<&str> {
        self.list(key).iter().filter_map(Value::as_text).collect()
    }

    /// Gives a key a value, or takes it away. An empty list is absence.
    pub fn put(&mut self, key: &'static str, value: Option<Value>) {
        let value = value.filter(|value| value.as_list().is_none_or(|items| !items.is_empty()));
        let at = self.0.iter().position(|(k, _)| *k == key);
        match (at, value) {
            (Some(at), Some(value)) => self.0[at].1 = value,
            (None, Some(value)) => self.0.push((key, value)),
            (Some(at), None) => {
                self.0.remove(at);
            }
            (None, None) => {}
        }
    }

    /// Adds the value of a key that has none yet.
    pub fn add(&mut self, key: &'static str, value: Value) {
        debug_assert!(self.get(key).is_none(), "{key} twice");
        if value.as_list().is_none_or(|items| !items.is_empty()) {
            self.0.push((key, value));
        }
    }

    /// The same with a value, for building.
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Values {
        self.put(key, Some(value.into()));
        self
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    /// Puts the keys into the order of a table.
    pub fn sort_by_rank(&mut self, rank: impl Fn(&str) -> usize) {
        self.0.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then(Ordering::Equal));
    }
}
