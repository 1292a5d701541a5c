//! `jsonl`: a record a line, as `export jsonl` writes them, with their history; or plain objects
//! under the same keys (`--json` of any list gives such), which make new records.
//!
//! A history is carried over as it is and no event is added, so that what comes in and goes out
//! again is the same. Values are read as a file's are: through their TOML.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value as Json};

use crate::error::{Error, Result, place_of_json};
use crate::format::{decode, encode, layout};
use crate::import::items::Items;
use crate::import::sheet::{self, Layouts};
use crate::import::{Format, Line, Raw, Reason, Row, Work, django, exported, utf8};
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::range;
use crate::model::record::Record;
use crate::say;
use crate::threads;
use crate::words::text;

/// The format.
pub const FORMAT: Format = Format { name: "jsonl", text: utf8, read, plan };

/// What follows from the rest of a record, or is not of it.
pub(super) const DERIVED: [&str; 8] =
    ["kind", "id", "updated", "next", "patient_name", "clinic_name", "specialty_title", "reasons"];
/// The longest id that is repeated.
const LONGEST_ID: usize = 64;

/// Takes a text apart: a line an object, or one array of them, as rejected rows come.
fn read(text: &Arc<String>) -> Result<Vec<Row>> {
    if text.trim_start().starts_with('[') {
        let mut layouts = Layouts::default();
        let rows: Vec<Json> =
            serde_json::from_str(text).map_err(|error| syntax(text, &error, 0))?;
        django::is_no_dump(&rows)?;
        return Ok(rows
            .into_iter()
            .enumerate()
            .map(|(at, raw)| row(at, raw, &mut layouts))
            .collect());
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let rows = threads::rows(&lines.collect::<Vec<_>>(), |lines| {
        let mut layouts = Layouts::default();
        let lines = lines.iter().map(|(at, line)| match whole(text, *at, line) {
            Some(row) => Ok(row),
            None => {
                let raw = serde_json::from_str(line).map_err(|error| syntax(line, &error, *at))?;
                Ok(row(*at, raw, &mut layouts))
            }
        });
        lines.collect()
    });
    rows.into_iter().collect()
}

/// What a row is told by; the rest is only looked through.
#[derive(Deserialize)]
struct Head {
    kind: Json,
    id: Json,
    #[allow(dead_code)]
    history: IgnoredAny,
}

/// A row that brings its history, whose line is a part of the text; none of any other.
fn whole(text: &Arc<String>, at: usize, line: &str) -> Option<Row> {
    let Head { kind, id, .. } = serde_json::from_str(line).ok()?;
    let kind = kind.as_str().and_then(Kind::from_code)?;
    let start = line.as_ptr().addr() - text.as_ptr().addr();
    let line = Line { text: text.clone(), range: start..start + line.len() };
    Some(named(at, Some(kind), id.as_str(), Raw::Line(line)))
}

/// A row of JSON; without a kind and an id it is known by its line. Where it names no kind, its keys may
/// tell it; a title alone is not enough, since many things have one, but a title beside an id is.
pub fn row(at: usize, raw: Json, layouts: &mut Layouts) -> Row {
    let kind = match raw.get("kind") {
        Some(kind) => kind.as_str().and_then(Kind::from_code),
        None => layouts.of(&raw).ok().map(|layout| layout.kind),
    };
    let is_told = raw.get("kind").is_some() || raw.get("id").is_some();
    let kind = kind.filter(|kind| *kind != Kind::Specialty || is_told);
    let id = raw.get("id").and_then(Json::as_str).map(str::to_owned);
    named(at, kind, id.as_deref(), Raw::Parts(raw))
}

fn named(at: usize, kind: Option<Kind>, id: Option<&str>, raw: Raw) -> Row {
    let id = id.filter(|id| id.len() <= LONGEST_ID && text::is_clean_line(id) && !id.is_empty());
    let key = match (kind, id) {
        (Some(kind), Some(id)) => format!("{}:{id}", kind.code()),
        _ => format!("#{}", at + 1),
    };
    Row { key, model: kind.map_or("?", Kind::code).to_owned(), raw }
}

fn syntax(text: &str, error: &serde_json::Error, before: usize) -> Error {
    let (line, column) = place_of_json(text, error);
    let line = line + before;
    Error::refused(
        "syntax",
        say!(
            "Это не объект JSON: строка {line}, столбец {column}. Ничего не записано.",
            "This is no JSON object: line {line}, column {column}. Nothing was written."
        ),
    )
    .hint(say!(
        "Нужно то, что печатает `appt export jsonl`: объект в строке.",
        "It takes what `appt export jsonl` prints: an object a line."
    ))
    .at("", Some(line), Some(column))
}

/// Gives every row its fate, what is referred to before what refers to it.
fn plan(rows: &[Row], work: &mut Work<'_>) {
    let mut layouts = Layouts::default();
    let mut items = Items::new(work);
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.model == "?") {
        let raw = row.json();
        let (rule, place) = match (raw.is_object(), raw.get("kind")) {
            (false, _) => ("missing-key", "row"),
            (true, None) => ("missing-key", "kind"),
            (true, Some(_)) => ("bad-value", "kind"),
        };
        items.reject(at, vec![Reason::new(rule, place)]);
    }
    let mut read = threads::rows(rows, |rows| rows.iter().map(read_whole).collect());
    for kind in Kind::ALL {
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.model == kind.code()) {
            match read[at].take() {
                Some(Ok(record)) => {
                    items.take_whole(at, row, record);
                    continue;
                }
                Some(Err(reasons)) => {
                    items.reject(at, reasons);
                    continue;
                }
                None => {}
            }
            let raw = row.json();
            if !raw.is_object() {
                // Nested beyond reason: that is seen only where the row is taken apart.
                items.reject(at, vec![Reason::new("syntax", "row")]);
                continue;
            }
            match layouts.of(&raw) {
                Ok(layout) => sheet::take(&mut items, at, row, &layout),
                Err(_) => items.reject(at, vec![Reason::new("bad-value", "kind")]),
            }
        }
    }
    items.settle();
    work.strange = layouts.strange();
}

/// The record of a row that brings its history, and the text of its file; none of any other row.
fn read_whole(row: &Row) -> Option<Result<(Record, String), Vec<Reason>>> {
    let kind = Kind::from_code(&row.model)?;
    if let Raw::Line(line) = &row.raw
        && let Some(read) = exported::record(kind, line.as_str())
    {
        return Some(Ok(read));
    }
    let raw = row.json();
    let object = raw.as_object()?;
    object.contains_key("history").then(|| {
        let record = record(kind, object)?;
        let text = encode::record(&record);
        Ok((record, text))
    })
}

/// The record that an object tells of, history and all.
///
/// # Errors
/// The rules that it breaks as a file would.
pub fn record(kind: Kind, object: &Map<String, Json>) -> Result<Record, Vec<Reason>> {
    let mut reasons = Vec::new();
    let id = object.get("id").and_then(Json::as_str).unwrap_or_default();
    if !layout::is_id(kind, id) {
        reasons.push(Reason::new("misplaced-file", "id"));
    }
    let mut text = String::new();
    for (key, value) in object.iter().filter(|(key, _)| !DERIVED.contains(&key.as_str())) {
        let toml = match key.as_str() {
            "unknown" => {
                unknown(value, &mut text, &mut reasons);
                continue;
            }
            _ if value.is_null() || value.as_array().is_some_and(Vec::is_empty) => continue,
            "history" => lines(value, |event| self::event(kind, event.as_object()?)),
            "conflicts" => lines(value, |conflict| self::conflict(kind, conflict.as_object()?)),
            _ => match kind.field(key) {
                Some(field) if field.list => lines(value, |item| toml(field.form, item)),
                Some(field) => toml(field.form, value),
                None => {
                    reasons.push(Reason::new("unknown-key", key));
                    continue;
                }
            },
        };
        match toml {
            Some(toml) => {
                text.push_str(if text.is_empty() { "" } else { "\n" });
                writeln!(text, "{key} = {toml}").expect("a string takes any text");
            }
            None => reasons.push(Reason::new("bad-value", key)),
        }
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let decoded = decode::record(kind, id, &text);
    for problem in decoded.problems.iter().filter(|problem| problem.rule != "unknown-key") {
        reasons.push(Reason::new(problem.rule, problem.key.as_deref().unwrap_or("history")));
    }
    decoded.record.filter(|_| reasons.is_empty()).ok_or(reasons)
}

/// Keys that this version does not know, each the TOML of its value.
fn unknown(value: &Json, text: &mut String, reasons: &mut Vec<Reason>) {
    for (key, raw) in value.as_object().into_iter().flatten() {
        match raw.as_str().filter(|raw| is_toml(raw)) {
            Some(raw) => writeln!(text, "{} = {raw}", encode::key_text(key))
                .expect("a string takes any text"),
            None => reasons.push(Reason::new("bad-value", "unknown")),
        }
    }
}

/// Whether a text is one TOML value and nothing beside it.
fn is_toml(raw: &str) -> bool {
    toml::de::DeValue::parse(raw).is_ok()
}

/// A list as a record's file has it, which is read soonest; another value is left to the reader.
fn lines(value: &Json, one: impl Fn(&Json) -> Option<String>) -> Option<String> {
    let Some(items) = value.as_array() else { return one(value) };
    let items = items.iter().map(|item| Some(format!("{}{},\n", encode::INDENT, one(item)?)));
    Some(format!("[\n{}]", items.collect::<Option<String>>()?))
}

fn event(kind: Kind, object: &Map<String, Json>) -> Option<String> {
    let named = object.get("key").and_then(Json::as_str).and_then(|key| kind.field(key));
    let mut pairs = Vec::new();
    for (key, value) in object {
        let toml = match key.as_str() {
            "extra" => {
                for (key, raw) in value.as_object()? {
                    let raw = raw.as_str().filter(|raw| is_toml(raw))?;
                    pairs.push(format!("{} = {raw}", encode::key_text(key)));
                }
                continue;
            }
            "at" | "tx" | "of" => stamps(value),
            "from" | "to" | "added" | "removed" => {
                toml(named.map_or(Form::Line(0), |field| field.form), value)
            }
            "appointment" => toml(Form::Visit, value),
            "event" | "by" | "key" | "id" | "source" | "reason" | "text" => {
                toml(Form::Line(0), value)
            }
            _ => toml(kind.field(key)?.form, value),
        };
        pairs.push(format!("{key} = {}", toml?));
    }
    Some(format!("{{ {} }}", pairs.join(", ")))
}

fn conflict(kind: Kind, object: &Map<String, Json>) -> Option<String> {
    let named = object.get("key").and_then(Json::as_str).and_then(|key| kind.field(key));
    let mut pairs = Vec::new();
    for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        let toml = match key.as_str() {
            "at" => stamps(value),
            "value" => toml(named.map_or(Form::Line(0), |field| field.form), value),
            "key" | "by" => toml(Form::Line(0), value),
            _ => None,
        };
        pairs.push(format!("{key} = {}", toml?));
    }
    Some(format!("{{ {} }}", pairs.join(", ")))
}

/// A value as the TOML of a key of this form; a text that is no time where one is due stays one.
fn toml(form: Form, value: &Json) -> Option<String> {
    let is_time = matches!(form, Form::Moment | Form::Visit | Form::Range);
    match value {
        Json::Bool(flag) => Some(flag.to_string()),
        Json::String(text) => match range::instant(text) {
            Some(at) if is_time => Some(encode::instant(at)),
            _ => Some(encode::string(text)),
        },
        Json::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(|item| toml(form, item)).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Json::Object(range) => {
            let part = |key| toml(Form::Moment, range.get(key)?);
            let (start, end) = (part("start")?, part("end")?);
            (range.len() == 2).then(|| format!("{{ start = {start}, end = {end} }}"))
        }
        Json::Null | Json::Number(_) => None,
    }
}

/// The moment of an event, or several.
fn stamps(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => range::instant(text).map(encode::stamp),
        Json::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(stamps).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        _ => None,
    }
}
