//! A line that `export jsonl` wrote, turned into the text of the record's file while it is read: no
//! tree of JSON, no times taken apart and put together again.
//!
//! Invariant: what it returns is what [`jsonl::record`] makes of the line, with the canonical text.
//! For everything else, however slight, it declines, and [`jsonl::record`] has the word: an escaped
//! sign, an unknown key, a conflict, keys in another order.
//!
//! [`jsonl::record`]: crate::import::jsonl::record

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::format::{decode, encode, layout};
use crate::import::jsonl::DERIVED;
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::record::Record;

/// The record of such a line, and the text of its file.
pub fn record(kind: Kind, line: &str) -> Option<(Record, String)> {
    let mut text = String::with_capacity(line.len());
    let mut json = serde_json::Deserializer::from_str(line);
    let id = Whole { kind, text: &mut text }.deserialize(&mut json).ok()?;
    json.end().ok()?;
    let record = decode::canonical(kind, id, &text).filter(|_| layout::is_id(kind, id))?;
    Some((record, text))
}

/// An object that is a record; what it is called.
struct Whole<'o> {
    kind: Kind,
    text: &'o mut String,
}

impl<'l> DeserializeSeed<'l> for Whole<'_> {
    type Value = &'l str;

    fn deserialize<D: Deserializer<'l>>(self, json: D) -> Result<&'l str, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'l> Visitor<'l> for Whole<'_> {
    type Value = &'l str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'l>>(self, mut object: A) -> Result<&'l str, A::Error> {
        let Whole { kind, text } = self;
        let mut id = "";
        while let Some(key) = object.next_key::<&str>()? {
            match key {
                "id" => id = object.next_value()?,
                key if DERIVED.contains(&key) => drop(object.next_value::<IgnoredAny>()?),
                key => {
                    let field = kind.field(key);
                    if key != "history" && field.is_none() {
                        return Err(declined());
                    }
                    text.push_str(if text.is_empty() { "" } else { "\n" });
                    text.push_str(key);
                    text.push_str(" = ");
                    match field {
                        Some(field) => {
                            let (form, is_open) = (field.form, field.list);
                            object.next_value_seed(Value { form, is_open, text })?;
                        }
                        None => object.next_value_seed(History { kind, text })?,
                    }
                    text.push('\n');
                }
            }
        }
        Ok(id)
    }
}

/// A list of events.
struct History<'o> {
    kind: Kind,
    text: &'o mut String,
}

impl<'l> DeserializeSeed<'l> for History<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'l>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'l> Visitor<'l> for History<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("events")
    }

    fn visit_seq<A: SeqAccess<'l>>(self, mut items: A) -> Result<(), A::Error> {
        let History { kind, text } = self;
        text.push_str("[\n");
        loop {
            let start = text.len();
            text.push_str(encode::INDENT);
            if items.next_element_seed(Event { kind, text })?.is_none() {
                text.truncate(start);
                break;
            }
            text.push_str(",\n");
        }
        text.push(']');
        Ok(())
    }
}

/// An event.
struct Event<'o> {
    kind: Kind,
    text: &'o mut String,
}

impl<'l> DeserializeSeed<'l> for Event<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'l>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'l> Visitor<'l> for Event<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'l>>(self, mut object: A) -> Result<(), A::Error> {
        let Event { kind, text } = self;
        let mut named = Form::Line(0);
        let mut between = "{ ";
        while let Some(key) = object.next_key::<&str>()? {
            let form = match key {
                "at" | "tx" | "of" => Form::Moment,
                "from" | "to" | "added" | "removed" => named,
                "appointment" => Form::Visit,
                "event" | "by" | "key" | "id" | "source" | "reason" | "text" => Form::Line(0),
                key => kind.field(key).ok_or_else(declined)?.form,
            };
            text.push_str(between);
            text.push_str(key);
            text.push_str(" = ");
            let start = text.len();
            object.next_value_seed(Value { form, is_open: false, text })?;
            if key == "key" {
                let own = text[start..].trim_matches('"');
                named = kind.field(own).map_or(named, |field| field.form);
            }
            between = ", ";
        }
        text.push_str(" }");
        Ok(())
    }
}

/// A value of a form; a list that is open has an item a line.
struct Value<'o> {
    form: Form,
    is_open: bool,
    text: &'o mut String,
}

impl<'l> DeserializeSeed<'l> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'l>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'l> Visitor<'l> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.text.push_str(if flag { "true" } else { "false" });
        Ok(())
    }

    /// A text in which nothing is escaped: it holds no quote, no backslash and no control character.
    /// Of a time there is nothing in it but what times are made of.
    fn visit_borrowed_str<E: Error>(self, value: &'l str) -> Result<(), E> {
        let Value { form, text, .. } = self;
        if !matches!(form, Form::Moment | Form::Visit | Form::Range) {
            text.push('"');
            text.push_str(value);
            text.push('"');
            return Ok(());
        }
        if !value.bytes().all(|b| b.is_ascii_digit() || b"T:.+-".contains(&b)) {
            return Err(declined());
        }
        text.push_str(value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'l>>(self, mut items: A) -> Result<(), A::Error> {
        let Value { form, is_open, text } = self;
        let (open, start, end, between) =
            if is_open { ("[\n", encode::INDENT, ",\n", "") } else { ("[", "", "", ", ") };
        text.push_str(open);
        let mut before = "";
        loop {
            let length = text.len();
            text.push_str(before);
            text.push_str(start);
            if items.next_element_seed(Value { form, is_open: false, text })?.is_none() {
                text.truncate(length);
                break;
            }
            text.push_str(end);
            before = between;
        }
        text.push(']');
        Ok(())
    }

    /// A range.
    fn visit_map<A: MapAccess<'l>>(self, mut object: A) -> Result<(), A::Error> {
        let Value { text, .. } = self;
        let mut between = "{ ";
        while let Some(key) = object.next_key::<&str>()? {
            if !matches!(key, "start" | "end") {
                return Err(declined());
            }
            text.push_str(between);
            text.push_str(key);
            text.push_str(" = ");
            object.next_value_seed(Value { form: Form::Moment, is_open: false, text })?;
            between = ", ";
        }
        text.push_str(" }");
        Ok(())
    }
}

fn declined<E: Error>() -> E {
    E::custom("not as exported")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::jsonl;

    const LINES: [(Kind, &str); 3] = [
        (
            Kind::Clinic,
            r#"{"kind":"clinic","id":"poliklinika-1","name":"Поликлиника № 1","address":"ул. Ленина, д. 1","phone":"+74952377297","specialties":["lor","terapevt"],"history":[{"at":"2026-11-23T10:00:00.000+03:00","by":"anna","event":"created","name":"Поликлиника № 1","address":"ул. Ленина, д. 1","phone":"+74952377297","specialties":["lor"]},{"at":"2026-11-23T10:01:00.000+03:00","by":"anna","event":"list","key":"specialties","added":["terapevt"]}]}"#,
        ),
        (
            Kind::Operator,
            r#"{"kind":"operator","id":"anna","name":"Анна","role":"admin","active":false,"history":[{"at":"2026-11-23T10:00:00.000+03:00","by":"anna","event":"created","name":"Анна","role":"admin"},{"at":"2026-11-23T10:00:00.001+03:00","by":"anna","event":"set","key":"active","to":false}]}"#,
        ),
        (
            Kind::Request,
            r#"{"kind":"request","id":"20261123-k7m2qx","patient":"7h2k9m4qwe","clinic":"poliklinika-1","specialty":"lor","status":"in-progress","operator":"anna","created":"2026-11-23T10:00:00+03:00","appointment":"2026-11-25T09:30:00+03:00","patient_ranges":[{"start":"2026-11-25T09:00:00+03:00","end":"2026-11-25T12:00:00+03:00"}],"updated":"2026-11-23T10:02:00.000+03:00","history":[{"at":"2026-11-23T10:00:00.000+03:00","by":"anna","event":"imported","source":"orders.order:7","patient":"7h2k9m4qwe","clinic":"poliklinika-1","specialty":"lor","status":"created","operator":"anna","created":"2026-11-23T10:00:00+03:00","patient_ranges":[{"start":"2026-11-25T09:00:00+03:00","end":"2026-11-25T12:00:00+03:00"}]},{"at":"2026-11-23T10:01:00.000+03:00","by":"anna","event":"set","key":"status","from":"created","to":"in-progress"},{"at":"2026-11-23T10:02:00.000+03:00","by":"anna","event":"set","key":"appointment","to":"2026-11-25T09:30:00+03:00","tx":"2026-11-23T10:02:00.000+03:00"},{"at":"2026-11-23T10:02:00.001+03:00","by":"anna","event":"clinic-told","tx":"2026-11-23T10:02:00.000+03:00"}]}"#,
        ),
    ];

    /// What the long way makes of a line.
    fn slowly(kind: Kind, line: &str) -> Option<(Record, String)> {
        let json: serde_json::Value = serde_json::from_str(line).ok()?;
        let record = jsonl::record(kind, json.as_object()?).ok()?;
        let text = encode::record(&record);
        Some((record, text))
    }

    #[test]
    fn what_was_exported_is_read_without_a_tree() {
        for (kind, line) in LINES {
            let read = record(kind, line);
            assert!(read.is_some(), "{line}");
            assert_eq!(read, slowly(kind, line));
        }
    }

    /// Whatever is read is what the long way reads, too: a sign is another, a piece is taken out or
    /// is there twice, two pieces change places.
    #[test]
    fn nothing_is_read_that_the_long_way_reads_otherwise() {
        let range = r#"{"start":"2026-11-25T09:00:00+03:00","end":"2026-11-25T12:00:00+03:00"}"#;
        let smuggled = r#"{"start = 2026-11-25T09:00:00+03:00, end":"2026-11-25T12:00:00+03:00"}"#;
        let (visit, two) = (
            r#""to":"2026-11-25T09:30:00+03:00""#,
            r#""to":"2026-11-25T09:30:00+03:00, appointment = 2026-11-25T09:30:00+03:00""#,
        );
        let (kind, line) = LINES[2];
        let mut lines =
            vec![(kind, line.replacen(range, smuggled, 1)), (kind, line.replacen(visit, two, 1))];
        for (kind, line) in LINES {
            for (at, _) in line.char_indices() {
                for new in ["\"", "\\\"", "\\", "0", " ", ",", "x", "\u{7f}", "null", "[", "{", ""]
                {
                    let mut changed = line.to_owned();
                    let next = line[at..].chars().next().unwrap().len_utf8();
                    changed.replace_range(at..at + next, new);
                    lines.push((kind, changed));
                }
            }
            let pieces: Vec<&str> = line.split_inclusive(',').collect();
            for at in 0..pieces.len() {
                lines.push((kind, [&pieces[..at], &pieces[at + 1..]].concat().concat()));
                lines.push((kind, [&pieces[..=at], &pieces[at..]].concat().concat()));
                let mut swapped = pieces.clone();
                swapped.swap(at, pieces.len() / 2);
                lines.push((kind, swapped.concat()));
            }
        }
        let mut read = 0;
        for (kind, line) in &lines {
            if let Some(found) = record(*kind, line) {
                read += 1;
                assert_eq!(Some(found), slowly(*kind, line), "{line}");
            }
        }
        assert!(read > 500, "{read} of {}", lines.len());
    }
}
