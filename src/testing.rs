//! What the tests of several modules need: a book in memory, and times, values and events in short.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, TimeDelta};

use crate::history::{self, Event, What};
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::model::value::{Value, Values};

/// Records in memory.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Shelf(pub BTreeMap<(Kind, String), Rc<Record>>);

impl Shelf {
    /// Makes a record with the history that such values have: `anna` made it at ten.
    pub fn make(&mut self, kind: Kind, id: &str, values: Values) {
        let mut record = Record::new(kind, id);
        record.history = vec![event(0, What::First { source: None, values })];
        record.values = history::fold(kind, &record.history).values;
        self.put(record);
    }

    /// Puts a record in, or in the place of the one with its id.
    pub fn put(&mut self, record: Record) {
        self.0.insert((record.kind, record.id.clone()), Rc::new(record));
    }
}

impl Book for Shelf {
    fn get(&self, kind: Kind, id: &str) -> Option<Rc<Record>> {
        self.0.get(&(kind, id.to_owned())).cloned()
    }

    fn ids(&self, kind: Kind) -> Rc<Vec<String>> {
        Rc::new(self.0.keys().filter(|(k, _)| *k == kind).map(|(_, id)| id.clone()).collect())
    }
}

/// A moment of November 2026 in Moscow: `23T10:00`.
pub fn time(text: &str) -> Instant {
    DateTime::parse_from_rfc3339(&format!("2026-11-{text}:00+03:00")).unwrap()
}

/// A range of it.
pub fn range(start: &str, end: &str) -> Range {
    Range { start: time(start), end: time(end) }
}

/// A list of one range.
pub fn span(start: &str, end: &str) -> Value {
    Value::List(vec![Value::Range(range(start, end))])
}

/// A list of texts.
pub fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Value::from(*item)).collect())
}

/// What `anna` did, minutes after ten.
pub fn event(minutes: i64, what: What) -> Event {
    let at = time("23T10:00") + TimeDelta::minutes(minutes);
    Event::new(at, "anna", what)
}
