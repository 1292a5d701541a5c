//! Where in a record's file something is wrong.

use std::ops::Range;

use crate::format::decode::Spans;

/// A place in a record's file, by what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The file as a whole.
    File,
    /// The value of a key.
    Key(&'static str),
    /// An item of a key's list, by its number in the record; an item of the only value, where it is
    /// no list.
    Item(&'static str, usize),
    /// An event of the history.
    Event(usize),
}

impl Spot {
    /// The key that it is in, where it is in one.
    pub fn key(self) -> Option<&'static str> {
        match self {
            Spot::Key(key) | Spot::Item(key, _) => Some(key),
            Spot::File | Spot::Event(_) => None,
        }
    }

    /// The event that it is, where it is one.
    pub fn event(self) -> Option<usize> {
        match self {
            Spot::Event(event) => Some(event),
            Spot::File | Spot::Key(_) | Spot::Item(..) => None,
        }
    }

    /// Whether two are about the same: one key, or one event.
    pub fn is_beside(self, other: Spot) -> bool {
        match (self.key(), other.key()) {
            (Some(key), Some(other)) => key == other,
            (None, None) => self == other && self != Spot::File,
            _ => false,
        }
    }

    /// The place in the text, in bytes; none for the whole file, and where it stands nowhere.
    pub fn span(self, spans: &Spans) -> Option<Range<usize>> {
        match self {
            Spot::File => None,
            Spot::Key(key) => spans.value(key),
            Spot::Item(key, item) => spans.item(key, item).or_else(|| spans.value(key)),
            Spot::Event(event) => spans.events.get(event).cloned(),
        }
    }
}
