//! `jsonl`: everything that the store knows, a record a line, with its history. `import jsonl` of it
//! into an empty store gives the same records; comments in the files are no data and stay behind.
//!
//! A line has `kind` and `id`, the keys that the record's file has, `conflicts` and `history`. A key
//! that this version does not know stands under `unknown` (in an event under `extra`) as the TOML
//! that it is written in, so that its type survives.

use serde_json::{Map, Value as Json, json};

use crate::export::{Format, Kinds, Scope};
use crate::history::Event;
use crate::model::record::Record;
use crate::render::json;

/// The format.
pub const FORMAT: Format = Format { name: "jsonl", kinds: Kinds::Any, write };

fn write(scope: &Scope<'_>) -> String {
    let mut text = String::new();
    for kind in &scope.kinds {
        for record in scope.book.all(*kind) {
            text.push_str(&json::text(&Json::Object(whole(&record))));
            text.push('\n');
        }
    }
    text
}

/// A record, complete.
pub fn whole(record: &Record) -> Map<String, Json> {
    let mut object = Map::new();
    object.insert("kind".into(), json!(record.kind.code()));
    object.insert("id".into(), json!(record.id));
    for (key, value) in record.values.iter() {
        object.insert(key.into(), json::value(value));
    }
    if !record.unknown.is_empty() {
        object.insert("unknown".into(), raw(&record.unknown));
    }
    if !record.conflicts.is_empty() {
        object.insert("conflicts".into(), json::conflicts(record));
    }
    object.insert("history".into(), record.history.iter().map(event).collect());
    object
}

fn event(event: &Event) -> Json {
    let mut object = json::event(event);
    if !event.extra.is_empty() {
        object.insert("extra".into(), raw(&event.extra));
    }
    Json::Object(object)
}

fn raw(pairs: &[(String, String)]) -> Json {
    pairs.iter().map(|(key, raw)| (key.clone(), json!(raw))).collect::<Map<_, _>>().into()
}
