//! The canonical text of values, events and records.
//!
//! A blank line stands between keys, a list has one item a line, an event is one line: so git
//! shows and merges items, and a change of status is one changed line and one added line.

use chrono::SecondsFormat;
use toml::de::DeValue;
use toml_writer::{TomlKeyBuilder, TomlStringBuilder, TomlWrite as _};

use crate::model::event::{Details, Event, What};
use crate::model::range::{Instant, Range};
use crate::model::record::{Conflict, Record};
use crate::model::value::Value;

/// What stands before an item of a list.
pub const INDENT: &str = "    ";

/// A whole record, ending in a line break.
pub fn record(record: &Record) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (key, value) in record.values.iter() {
        parts.push(format!("{key} = {}\n", top(value)));
    }
    for (key, raw) in &record.unknown {
        parts.push(format!("{} = {raw}\n", key_text(key)));
    }
    if !record.conflicts.is_empty() {
        parts.push(format!("conflicts = {}\n", lines(record.conflicts.iter().map(conflict))));
    }
    if !record.history.is_empty() {
        parts.push(format!("history = {}\n", lines(record.history.iter().map(event))));
    }
    parts.join("\n")
}

/// The value of a record's key: a list has one item a line.
pub fn top(value: &Value) -> String {
    match value {
        Value::List(items) => lines(items.iter().map(inline)),
        other => inline(other),
    }
}

fn lines(items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| format!("{INDENT}{item},\n")).collect();
    if items.is_empty() { "[]".to_owned() } else { format!("[\n{items}]") }
}

/// A value on one line.
pub fn inline(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Text(text) => string(text),
        Value::Instant(at) => instant(*at),
        Value::Range(range) => range_text(range),
        Value::List(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
    }
}

fn range_text(range: &Range) -> String {
    format!("{{ start = {}, end = {} }}", instant(range.start), instant(range.end))
}

/// A moment, RFC 3339 with its offset; fractions of a second only where there are any.
pub fn instant(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// The moment of an event, to the millisecond; finer only where a hand wrote it finer.
pub fn stamp(at: Instant) -> String {
    let is_finer = !at.timestamp_subsec_nanos().is_multiple_of(1_000_000);
    at.to_rfc3339_opts(if is_finer { SecondsFormat::AutoSi } else { SecondsFormat::Millis }, false)
}

/// A string on one line, whatever it holds.
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let written = out.value(TomlStringBuilder::new(text).as_basic());
    debug_assert!(written.is_ok(), "writing to a string can't fail");
    out
}

/// A key, quoted where it must be.
pub fn key_text(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let written = out.key(TomlKeyBuilder::new(key).as_default());
    debug_assert!(written.is_ok(), "writing to a string can't fail");
    out
}

/// Any TOML value on one line, whether records hold such a thing or not.
pub fn any(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => string(text),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(at) => at.to_string(),
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| any(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(table) if table.is_empty() => "{}".to_owned(),
        DeValue::Table(table) => {
            let mut pairs = Pairs(Vec::new());
            for (key, value) in table {
                pairs.add(key.get_ref(), any(value.get_ref()));
            }
            pairs.close()
        }
    }
}

/// An inline table, written pair by pair.
struct Pairs(Vec<String>);

impl Pairs {
    fn add(&mut self, key: &str, text: impl Into<String>) -> &mut Pairs {
        self.0.push(format!("{} = {}", key_text(key), text.into()));
        self
    }

    fn add_text(&mut self, key: &str, text: Option<&str>) -> &mut Pairs {
        if let Some(text) = text {
            self.add(key, string(text));
        }
        self
    }

    fn add_value(&mut self, key: &str, value: Option<&Value>) -> &mut Pairs {
        if let Some(value) = value {
            self.add(key, inline(value));
        }
        self
    }

    fn add_items(&mut self, key: &str, items: &[Value]) -> &mut Pairs {
        if !items.is_empty() {
            self.add(key, inline(&Value::List(items.to_vec())));
        }
        self
    }

    fn close(self) -> String {
        format!("{{ {} }}", self.0.join(", "))
    }
}

/// An event, on one line. Equal events have equal texts.
pub fn event(event: &Event) -> String {
    let mut pairs = Pairs(Vec::new());
    pairs.add("at", stamp(event.at)).add("by", string(&event.by));
    pairs.add("event", string(event.what.code()));
    what(&mut pairs, &event.what);
    for (key, raw) in &event.extra {
        pairs.add(key, raw.as_str());
    }
    if let Some(tx) = event.tx {
        pairs.add("tx", stamp(tx));
    }
    pairs.close()
}

fn what(pairs: &mut Pairs, what: &What) {
    match what {
        What::First { source, values } => {
            pairs.add_text("source", source.as_deref());
            for (key, value) in values.iter() {
                pairs.add(key, inline(value));
            }
        }
        What::Set { key, from, to, reason, seen } => {
            pairs.add("key", string(key)).add_value("from", from.as_ref());
            pairs.add_value("to", to.as_ref()).add_text("reason", reason.as_deref());
            if let Some(seen) = seen {
                pairs.add("appointment", instant(*seen));
            }
        }
        What::List { key, added, removed } => {
            pairs.add("key", string(key)).add_items("added", added).add_items("removed", removed);
        }
        What::Note(text) => {
            pairs.add("text", string(text));
        }
        What::Mark(_, Details { key, id, source, reason, of }) => {
            pairs.add_text("key", key.as_deref()).add_text("id", id.as_deref());
            pairs.add_text("source", source.as_deref()).add_text("reason", reason.as_deref());
            match of.as_slice() {
                [] => {}
                [one] => {
                    pairs.add("of", stamp(*one));
                }
                several => {
                    let stamps: Vec<String> = several.iter().map(|at| stamp(*at)).collect();
                    pairs.add("of", format!("[{}]", stamps.join(", ")));
                }
            }
        }
        What::Unknown(_) => {}
    }
}

/// A conflict, on one line.
pub fn conflict(conflict: &Conflict) -> String {
    let mut pairs = Pairs(Vec::new());
    pairs.add("key", string(&conflict.key)).add_value("value", conflict.value.as_ref());
    pairs.add_text("by", conflict.by.as_deref());
    if let Some(at) = conflict.at {
        pairs.add("at", stamp(at));
    }
    pairs.close()
}
