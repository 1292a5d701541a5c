//! How a finding shows a value: findings are read in public, in the logs of a CI job, so what
//! could tell who a patient is does not stand in them.

use crate::format::{encode, layout};
use crate::model::field::{Field, Form};
use crate::model::kind::Kind;
use crate::model::value::Value;
use crate::words;

/// The keys whose values no message and no excerpt shows (`spec.md`, section 7).
pub const PERSONAL: [&str; 4] = ["name", "passport", "phone", "address"];

/// What stands for a value that is not shown.
pub const HIDDEN: &str = "…";

/// A value as a message shows it, harmless on a terminal.
pub fn value(field: &Field, value: &Value) -> String {
    if PERSONAL.contains(&field.key) {
        return HIDDEN.to_owned();
    }
    match (field.form, value) {
        (_, Value::List(items)) => {
            items.iter().map(|item| self::value(field, item)).collect::<Vec<_>>().join(", ")
        }
        (Form::Reference(kind), Value::Text(id)) => reference(kind, id).to_owned(),
        (Form::Person | Form::Phone | Form::Passport | Form::Email, Value::Text(_)) => {
            HIDDEN.to_owned()
        }
        (_, Value::Text(text)) => words::quoted(text),
        (_, other) => encode::inline(other),
    }
}

/// An id as a message shows it: only what is one. Where a patient's id should stand, digits alone
/// are more likely the number of a passport.
pub fn reference(kind: Kind, id: &str) -> &str {
    let is_number = kind == Kind::Patient && id.bytes().all(|b| b.is_ascii_digit());
    if layout::is_id(kind, id) && !is_number { id } else { HIDDEN }
}
