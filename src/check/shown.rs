//! How a finding shows a value: findings are read in public, in the logs of a CI job, so what
//! could tell who a patient is does not stand in them.

use crate::format::{encode, layout};
use crate::model::field::{Field, Form, Privacy};
use crate::model::kind::Kind;
use crate::model::value::Value;
use crate::words;

/// What stands for a value that is not shown.
pub const HIDDEN: &str = "…";

/// A value as a message shows it, harmless on a terminal.
pub fn value(field: &Field, value: &Value) -> String {
    if field.privacy == Privacy::Personal {
        return HIDDEN.to_owned();
    }
    match (field.form, value) {
        (_, Value::List(items)) => {
            items.iter().map(|item| self::value(field, item)).collect::<Vec<_>>().join(", ")
        }
        (Form::Reference(kind), Value::Text(id)) => reference(kind, id).to_owned(),
        (_, Value::Text(text)) if is_harmless(text) => words::quoted(text),
        (_, Value::Text(_)) => HIDDEN.to_owned(),
        (_, other) => encode::inline(other),
    }
}

/// The name of a key as a message shows it: one that is none may be anything.
pub fn key(kind: Kind, key: &str) -> String {
    let is_known = kind.field(key).is_some() || is_harmless(key);
    if is_known { words::quoted(key) } else { HIDDEN.to_owned() }
}

/// Whether a word tells nobody's name or number: codes are short, and of Latin letters.
fn is_harmless(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.is_ascii() && text.len() <= 40 && !text.contains(' ') && digits < 6
}

/// An id as a message shows it: only what is one. Where an id should stand, digits alone are more
/// likely the number of a passport or a phone.
pub fn reference(kind: Kind, id: &str) -> &str {
    let is_number = id.len() >= 6 && id.bytes().all(|b| b.is_ascii_digit());
    if layout::is_id(kind, id) && !is_number { id } else { HIDDEN }
}
