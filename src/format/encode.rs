//! The canonical text of values, events and records.
//!
//! A blank line stands between keys, a list has one item a line, an event is one line: so git
//! shows and merges items, and a change of status is one changed line and one added line.

mod moment;

use std::fmt::Write as _;

use toml::de::DeValue;
use toml_writer::{TomlKeyBuilder, TomlStringBuilder, TomlWrite as _};

use self::moment::{put_instant, put_stamp};
use crate::model::event::{Details, Event, What};
use crate::model::range::Instant;
use crate::model::record::{Conflict, Record};
use crate::model::value::Value;

/// What stands before an item of a list.
pub const INDENT: &str = "    ";

/// A whole record, ending in a line break.
pub fn record(record: &Record) -> String {
    let mut out = String::with_capacity(1024);
    for (key, value) in record.values.iter() {
        begin(&mut out, key);
        put_top(&mut out, value);
        out.push('\n');
    }
    for (key, raw) in &record.unknown {
        begin(&mut out, &key_text(key));
        out.push_str(raw);
        out.push('\n');
    }
    if !record.conflicts.is_empty() {
        begin(&mut out, "conflicts");
        put_lines(&mut out, &record.conflicts, put_conflict);
        out.push('\n');
    }
    if !record.history.is_empty() {
        begin(&mut out, "history");
        put_lines(&mut out, &record.history, put_event);
        out.push('\n');
    }
    out
}

/// A key of a record, and a blank line above it where something stands there.
fn begin(out: &mut String, key: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(key);
    out.push_str(" = ");
}

/// What a function writes, alone.
fn alone(put: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    put(&mut out);
    out
}

/// The value of a record's key: a list has one item a line.
pub fn top(value: &Value) -> String {
    alone(|out| put_top(out, value))
}

fn put_top(out: &mut String, value: &Value) {
    match value {
        Value::List(items) => put_lines(out, items, put_inline),
        other => put_inline(out, other),
    }
}

fn put_lines<T>(out: &mut String, items: &[T], put: impl Fn(&mut String, &T)) {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { "" });
        out.push_str(INDENT);
        put(out, item);
        out.push_str(",\n");
    }
    out.push(']');
}

/// Items on one line, with their brackets.
fn put_row<T>(out: &mut String, items: &[T], put: impl Fn(&mut String, &T)) {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        put(out, item);
    }
    out.push(']');
}

/// A value on one line.
pub fn inline(value: &Value) -> String {
    alone(|out| put_inline(out, value))
}

fn put_inline(out: &mut String, value: &Value) {
    match value {
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Text(text) => put_string(out, text),
        Value::Instant(at) => put_instant(out, *at),
        Value::Range(range) => {
            out.push_str("{ start = ");
            put_instant(out, range.start);
            out.push_str(", end = ");
            put_instant(out, range.end);
            out.push_str(" }");
        }
        Value::List(items) => put_row(out, items, put_inline),
    }
}

/// A moment, RFC 3339 with its offset; fractions of a second only where there are any.
pub fn instant(at: Instant) -> String {
    alone(|out| put_instant(out, at))
}

/// The moment of an event, to the millisecond; finer only where a hand wrote it finer.
pub fn stamp(at: Instant) -> String {
    alone(|out| put_stamp(out, at))
}

/// A string on one line, whatever it holds.
pub fn string(text: &str) -> String {
    alone(|out| put_string(out, text))
}

fn put_string(out: &mut String, text: &str) {
    if !text.bytes().any(|b| matches!(b, 0..0x20 | b'"' | b'\\' | 0x7f)) {
        out.push('"');
        out.push_str(text);
        return out.push('"');
    }
    let written = out.value(TomlStringBuilder::new(text).as_basic());
    debug_assert!(written.is_ok(), "writing to a string can't fail");
}

/// A key, quoted where it must be.
pub fn key_text(key: &str) -> String {
    alone(|out| put_key(out, key))
}

fn put_key(out: &mut String, key: &str) {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !key.is_empty() && key.bytes().all(is_bare) {
        return out.push_str(key);
    }
    let written = out.key(TomlKeyBuilder::new(key).as_default());
    debug_assert!(written.is_ok(), "writing to a string can't fail");
}

/// Any TOML value on one line, whether records hold such a thing or not.
pub fn any(value: &DeValue<'_>) -> String {
    alone(|out| put_any(out, value))
}

fn put_any(out: &mut String, value: &DeValue<'_>) {
    let written = match value {
        DeValue::String(text) => return put_string(out, text),
        DeValue::Integer(number) => write!(out, "{number}"),
        DeValue::Float(number) => write!(out, "{number}"),
        DeValue::Boolean(flag) => write!(out, "{flag}"),
        DeValue::Datetime(at) => write!(out, "{at}"),
        DeValue::Array(items) => {
            let items: Vec<&DeValue<'_>> = items.iter().map(|item| item.get_ref()).collect();
            return put_row(out, &items, |out, item| put_any(out, item));
        }
        DeValue::Table(table) if table.is_empty() => out.write_str("{}"),
        DeValue::Table(table) => {
            let mut pairs = Pairs::new(out);
            for (key, value) in table {
                put_any(pairs.key(key.get_ref()), value.get_ref());
            }
            return pairs.close();
        }
    };
    debug_assert!(written.is_ok(), "writing to a string can't fail");
}

/// An inline table, written pair by pair; of one at least.
struct Pairs<'o> {
    out: &'o mut String,
    is_begun: bool,
}

impl<'o> Pairs<'o> {
    fn new(out: &'o mut String) -> Pairs<'o> {
        Pairs { out, is_begun: false }
    }

    /// The next pair's key; its value is written by the caller.
    fn key(&mut self, key: &str) -> &mut String {
        self.out.push_str(if self.is_begun { ", " } else { "{ " });
        self.is_begun = true;
        put_key(self.out, key);
        self.out.push_str(" = ");
        self.out
    }

    fn text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            put_string(self.key(key), text);
        }
    }

    fn value(&mut self, key: &str, value: Option<&Value>) {
        if let Some(value) = value {
            put_inline(self.key(key), value);
        }
    }

    fn items(&mut self, key: &str, items: &[Value]) {
        if !items.is_empty() {
            put_row(self.key(key), items, put_inline);
        }
    }

    fn stamp(&mut self, key: &str, at: Option<Instant>) {
        if let Some(at) = at {
            put_stamp(self.key(key), at);
        }
    }

    fn close(self) {
        self.out.push_str(" }");
    }
}

/// An event, on one line. Equal events have equal texts.
pub fn event(event: &Event) -> String {
    alone(|out| put_event(out, event))
}

fn put_event(out: &mut String, event: &Event) {
    let mut pairs = Pairs::new(out);
    pairs.stamp("at", Some(event.at));
    pairs.text("by", Some(&event.by));
    pairs.text("event", Some(event.what.code()));
    what(&mut pairs, &event.what);
    for (key, raw) in &event.extra {
        pairs.key(key).push_str(raw);
    }
    pairs.stamp("tx", event.tx);
    pairs.close();
}

fn what(pairs: &mut Pairs<'_>, what: &What) {
    match what {
        What::First { source, values } => {
            pairs.text("source", source.as_deref());
            for (key, value) in values.iter() {
                pairs.value(key, Some(value));
            }
        }
        What::Set { key, from, to, reason, seen } => {
            pairs.text("key", Some(key));
            pairs.value("from", from.as_ref());
            pairs.value("to", to.as_ref());
            pairs.text("reason", reason.as_deref());
            if let Some(seen) = seen {
                put_instant(pairs.key("appointment"), *seen);
            }
        }
        What::List { key, added, removed } => {
            pairs.text("key", Some(key));
            pairs.items("added", added);
            pairs.items("removed", removed);
        }
        What::Note(text) => pairs.text("text", Some(text)),
        What::Mark(_, Details { key, id, source, reason, of }) => {
            pairs.text("key", key.as_deref());
            pairs.text("id", id.as_deref());
            pairs.text("source", source.as_deref());
            pairs.text("reason", reason.as_deref());
            match of.as_slice() {
                [] => {}
                [one] => pairs.stamp("of", Some(*one)),
                several => put_row(pairs.key("of"), several, |out, at| put_stamp(out, *at)),
            }
        }
        What::Unknown(_) => {}
    }
}

/// A conflict, on one line.
pub fn conflict(conflict: &Conflict) -> String {
    alone(|out| put_conflict(out, conflict))
}

fn put_conflict(out: &mut String, conflict: &Conflict) {
    let mut pairs = Pairs::new(out);
    pairs.text("key", Some(&conflict.key));
    pairs.value("value", conflict.value.as_ref());
    pairs.text("by", conflict.by.as_deref());
    pairs.stamp("at", conflict.at);
    pairs.close();
}
