//! Records, events and values as JSON (`spec.md`, section 6).

use std::io;

use serde_json::{Map, Serializer, Value as Json, json};

use crate::format::{decode, encode};
use crate::history::{Details, Event, What};
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::{Conflict, Record};
use crate::model::request::Request;
use crate::model::value::{Value, Values};

/// A value; times are RFC 3339.
pub fn value(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => json!(flag),
        Value::Text(text) => json!(text),
        Value::Instant(at) => json!(encode::instant(*at)),
        Value::Range(range) => {
            json!({ "start": encode::instant(range.start), "end": encode::instant(range.end) })
        }
        Value::List(items) => items.iter().map(self::value).collect(),
    }
}

/// A record: its file's keys, `id` and `updated`; of a request also its next step and the names of
/// what it refers to. Absent keys are null, lists are lists.
pub fn record(book: &dyn Book, record: &Record) -> Map<String, Json> {
    let mut object = Map::new();
    object.insert("id".into(), json!(record.id));
    for field in record.kind.fields() {
        let absent = if field.list { json!([]) } else { Json::Null };
        let found = record.values.get(field.key).map_or(absent, value);
        object.insert(field.key.into(), found);
    }
    if record.kind == Kind::Operator {
        object.insert("active".into(), json!(record.is_active()));
    }
    for (key, raw) in &record.unknown {
        let known = decode::value(raw).as_ref().map(value);
        object.insert(key.clone(), known.unwrap_or_else(|| json!(raw)));
    }
    object.insert("conflicts".into(), conflicts(record));
    object.insert("updated".into(), json!(record.updated().map(encode::stamp)));
    if record.kind == Kind::Request {
        joined(book, record, &mut object);
    }
    object
}

/// What nobody has settled yet.
pub fn conflicts(record: &Record) -> Json {
    let conflict = |c: &Conflict| {
        json!({
            "key": c.key,
            "value": c.value.as_ref().map(value),
            "by": c.by,
            "at": c.at.map(encode::stamp),
        })
    };
    record.conflicts.iter().map(conflict).collect()
}

fn joined(book: &dyn Book, record: &Record, object: &mut Map<String, Json>) {
    let next = Request::of(record).ok().map(|request| request.next().code());
    let name = |kind, key: &str| book.title(kind, record.text(key)?);
    object.insert("next".into(), json!(next));
    object.insert("patient_name".into(), json!(name(Kind::Patient, "patient")));
    object.insert("clinic_name".into(), json!(name(Kind::Clinic, "clinic")));
    object.insert("specialty_title".into(), json!(name(Kind::Specialty, "specialty")));
}

/// The history of a record, oldest first, for `show`.
pub fn history(record: &Record) -> Json {
    record.history.iter().map(|event| Json::Object(self::event(event))).collect()
}

/// An event, with the keys that its line has.
pub fn event(event: &Event) -> Map<String, Json> {
    let mut object = Map::new();
    let mut put = |key: &str, value: Json| {
        if !value.is_null() {
            object.insert(key.to_owned(), value);
        }
    };
    put("at", json!(encode::stamp(event.at)));
    put("by", json!(event.by));
    put("event", json!(event.what.code()));
    match &event.what {
        What::First { source, values } => {
            put("source", json!(source));
            first(values, &mut put);
        }
        What::Set { key, from, to, reason, seen } => {
            put("key", json!(key));
            put("from", json!(from.as_ref().map(value)));
            put("to", json!(to.as_ref().map(value)));
            put("reason", json!(reason));
            put("appointment", json!(seen.map(encode::instant)));
        }
        What::List { key, added, removed } => {
            put("key", json!(key));
            put("added", added.iter().map(value).collect());
            put("removed", removed.iter().map(value).collect());
        }
        What::Note(text) => put("text", json!(text)),
        What::Mark(_, Details { key, id, source, reason, of }) => {
            for (name, text) in [("key", key), ("id", id), ("source", source), ("reason", reason)] {
                put(name, json!(text));
            }
            let of: Vec<String> = of.iter().copied().map(encode::stamp).collect();
            put("of", if of.len() < 2 { json!(of.first()) } else { json!(of) });
        }
        What::Unknown(_) => {}
    }
    put("tx", json!(event.tx.map(encode::stamp)));
    object
}

fn first(values: &Values, put: &mut impl FnMut(&str, Json)) {
    for (key, found) in values.iter() {
        put(key, value(found));
    }
}

/// JSON on one line, in which no character does anything to a terminal.
pub fn text(value: &Json) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Harmless);
    serde::Serialize::serialize(value, &mut serializer).expect("JSON becomes text");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// JSON of our own words alone, laid out for a person to read too.
pub fn pretty(value: &Json) -> String {
    let text = serde_json::to_string_pretty(value).expect("JSON becomes text");
    format!("{text}\n")
}

/// Escapes what JSON itself would let through: C1 controls, bidi controls, invisible characters.
struct Harmless;

impl serde_json::ser::Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut start = 0;
        for (at, symbol) in
            text.char_indices().filter(|(_, c)| crate::words::screen::is_harmful(*c))
        {
            writer.write_all(&text.as_bytes()[start..at])?;
            let mut units = [0; 2];
            for unit in symbol.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            start = at + symbol.len_utf8();
        }
        writer.write_all(&text.as_bytes()[start..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_meaning_and_does_nothing_to_a_terminal() {
        let wild = json!("a\u{1b}[2J\u{9b}1m\u{202e}\u{7f}б\u{feff}\u{e0041}😀");
        let text = text(&wild);
        assert!(
            text.chars().all(|c| !crate::words::screen::is_harmful(c) && !c.is_control()),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), wild);
    }
}
