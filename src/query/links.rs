//! Which records refer to one: what another record names can't go.

use std::rc::Rc;

use crate::model::book::Book;
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Value;

/// The records of the first kind that refers to this one, in the order of their ids: in a key, or
/// in an alternative that somebody may still choose.
pub fn referring(book: &dyn Book, record: &Record, but: &[(Kind, &str)]) -> Vec<Rc<Record>> {
    let mut found = Vec::new();
    for kind in Kind::ALL {
        found = book.all(kind);
        found.retain(|other| {
            let name = (kind, other.id.as_str());
            name != (record.kind, record.id.as_str())
                && !but.contains(&name)
                && refers(other, record)
        });
        if !found.is_empty() {
            break;
        }
    }
    found
}

fn refers(other: &Record, record: &Record) -> bool {
    let is_it = |value: &Value| value.as_text() == Some(record.id.as_str());
    let names =
        |value: &Value| value.as_list().map_or(is_it(value), |items| items.iter().any(is_it));
    let fields = other.kind.fields().iter().filter(|f| f.form == Form::Reference(record.kind));
    fields.into_iter().any(|field| {
        let waits = other.conflicts.iter().filter(|conflict| conflict.key == field.key);
        let waiting = waits.filter_map(|conflict| conflict.value.as_ref());
        other.values.get(field.key).into_iter().chain(waiting).any(names)
    })
}
