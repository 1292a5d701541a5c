//! Changes to a record's text that leave the rest of it as a person wrote it: comments, the order
//! of keys, blank lines and unknown keys (`spec.md`, section 3).

use toml_edit::{Array, DocumentMut, Item, RawString, Value as TomlValue};

use crate::format::{canonical, comments, decode, encode};
use crate::model::event::Event;
use crate::model::kind::Kind;
use crate::model::record::{Conflict, Record};
use crate::model::value::Value;

/// What a write does to a record.
#[derive(Debug, Default, Clone)]
pub struct Change {
    /// Keys that get a value, or lose theirs.
    pub keys: Vec<(&'static str, Option<Value>)>,
    /// The alternatives, where they change.
    pub conflicts: Option<Vec<Conflict>>,
    /// Events to append.
    pub events: Vec<Event>,
}

/// The text after the change. The text must be TOML.
pub fn apply(kind: Kind, text: &str, change: &Change) -> Result<String, toml_edit::TomlError> {
    let mut doc: DocumentMut = text.parse()?;
    // Keys under headers, and dotted ones, have no one place that could be changed.
    if doc.iter().any(|(_, item)| !item.is_value())
        && let Some(plain) = canonical::text(kind, text)
    {
        doc = plain.parse()?;
    }
    for (key, value) in &change.keys {
        match value {
            Some(Value::List(items)) => {
                let texts: Vec<String> = items.iter().map(encode::inline).collect();
                set_list(&mut doc, kind, key, &texts, |item| {
                    decode::value(item).map(|value| encode::inline(&value))
                });
            }
            Some(value) => set_value(&mut doc, kind, key, &encode::inline(value)),
            None => remove(&mut doc, key),
        }
    }
    if let Some(conflicts) = &change.conflicts {
        if conflicts.is_empty() {
            remove(&mut doc, "conflicts");
        } else {
            let texts: Vec<String> = conflicts.iter().map(encode::conflict).collect();
            set_list(&mut doc, kind, "conflicts", &texts, |item| Some(item.trim().to_owned()));
        }
    }
    if !change.events.is_empty() {
        let array = list(&mut doc, kind, "history");
        for event in &change.events {
            push(array, array.len(), &encode::event(event));
        }
    }
    Ok(doc.to_string())
}

/// The text of a record that becomes another, with another history: what a person wrote into it
/// stays, as by [`apply`].
///
/// # Errors
/// The text is no TOML.
pub fn rewrite(text: &str, from: &Record, to: &Record) -> Result<String, toml_edit::TomlError> {
    let kind = to.kind;
    let differs = |key: &&str| from.values.get(key) != to.values.get(key);
    let keys = kind.fields().iter().map(|field| field.key).filter(differs);
    let keys = keys.map(|key| (key, to.values.get(key).cloned())).collect();
    let conflicts = (from.conflicts != to.conflicts).then(|| to.conflicts.clone());
    let text = apply(kind, text, &Change { keys, conflicts, events: Vec::new() })?;
    let mut doc: DocumentMut = text.parse()?;
    for (key, raw) in
        to.unknown.iter().filter(|(key, _)| !from.unknown.iter().any(|(k, _)| k == key))
    {
        insert(&mut doc, kind, key, parsed(raw));
    }
    let texts: Vec<String> = to.history.iter().map(encode::event).collect();
    set_list(&mut doc, kind, "history", &texts, |item| Some(item.trim().to_owned()));
    Ok(doc.to_string())
}

/// The text with another value of an unknown key, as [`decode::unknown`] reads one: where no string
/// stands, text that is TOML by itself is taken for what it says.
///
/// # Errors
/// The text is no TOML.
pub fn unknown(
    kind: Kind,
    text: &str,
    key: &str,
    value: &Value,
) -> Result<String, toml_edit::TomlError> {
    let mut doc: DocumentMut = text.parse()?;
    let is_string = doc.get(key).is_some_and(Item::is_str);
    let is_raw = |text: &&str| text.parse::<TomlValue>().is_ok() && decode::value(text).is_none();
    let raw = value.as_text().filter(|_| !is_string).filter(is_raw);
    let raw = raw.map_or_else(|| encode::inline(value), str::to_owned);
    set_value(&mut doc, kind, key, &raw);
    Ok(doc.to_string())
}

fn parsed(text: &str) -> TomlValue {
    text.parse().expect("what `encode` writes is TOML")
}

/// Replaces a value and keeps what stands around it, a comment on its line too.
fn set_value(doc: &mut DocumentMut, kind: Kind, key: &str, text: &str) {
    match doc.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = parsed(text);
            *old.decor_mut() = decor;
        }
        None => insert(doc, kind, key, parsed(text)),
    }
}

/// Puts a new key where its kind's table has it, after a blank line.
fn insert(doc: &mut DocumentMut, kind: Kind, key: &str, value: TomlValue) {
    let rank = |key: &str| match key {
        "conflicts" => usize::MAX - 1,
        "history" => usize::MAX,
        _ => kind.fields().iter().position(|f| f.key == key).unwrap_or(usize::MAX - 2),
    };
    let mut order: Vec<String> = doc.iter().map(|(k, _)| k.to_owned()).collect();
    let before =
        order.iter().rposition(|k| k != "history" && k != "conflicts" && rank(k) < rank(key));
    let at = if rank(key) >= usize::MAX - 1 {
        order.iter().position(|k| rank(k) > rank(key)).unwrap_or(order.len())
    } else {
        before.map_or(0, |at| at + 1)
    };
    order.insert(at, key.to_owned());
    doc.insert(key, Item::Value(value));
    let place = |key: &str| order.iter().position(|k| k == key);
    doc.as_table_mut().sort_values_by(|a, _, b, _| place(a.get()).cmp(&place(b.get())));
    if at > 0 {
        set_prefix(doc, key, "\n");
    } else if let Some(next) = order.get(1) {
        let prefix = prefix_of(doc, next);
        set_prefix(doc, next, &format!("\n{}", prefix.trim_start_matches('\n')));
    }
}

/// Takes a key away; the comments above it and in its value go to what follows.
fn remove(doc: &mut DocumentMut, key: &str) {
    let keys: Vec<String> = doc.iter().map(|(k, _)| k.to_owned()).collect();
    let Some(at) = keys.iter().position(|k| k == key) else { return };
    let mut comment = prefix_of(doc, key);
    let value = doc.remove(key).map_or_else(String::new, |value| value.to_string());
    for line in comments::lines(&value) {
        comment.push_str(&format!("{line}\n"));
    }
    let first = at == 0;
    match keys.get(at + 1) {
        Some(next) if comment.contains('#') => {
            let prefix = format!("{comment}{}", prefix_of(doc, next).trim_start_matches('\n'));
            set_prefix(doc, next, &prefix);
        }
        Some(next) if first => {
            let prefix = prefix_of(doc, next);
            set_prefix(doc, next, prefix.trim_start_matches('\n'));
        }
        Some(_) => {}
        None if comment.contains('#') => {
            let trailing = doc.trailing().as_str().unwrap_or_default();
            let end = format!("{comment}{trailing}").replace("\n\n\n", "\n\n");
            doc.set_trailing(format!("{}\n", end.trim_end()));
        }
        None => {}
    }
}

fn prefix_of(doc: &DocumentMut, key: &str) -> String {
    doc.key(key)
        .and_then(|key| key.leaf_decor().prefix())
        .and_then(|prefix| prefix.as_str())
        .unwrap_or_default()
        .to_owned()
}

fn set_prefix(doc: &mut DocumentMut, key: &str, prefix: &str) {
    if let Some(mut key) = doc.as_table_mut().key_mut(key) {
        key.leaf_decor_mut().set_prefix(prefix);
    }
}

/// The array under a key, made where it is missing.
fn list<'d>(doc: &'d mut DocumentMut, kind: Kind, key: &str) -> &'d mut Array {
    if doc.get(key).and_then(Item::as_array).is_none() {
        doc.remove(key);
        insert(doc, kind, key, TomlValue::Array(Array::new()));
    }
    doc.get_mut(key).and_then(Item::as_array_mut).expect("it was made just now")
}

/// Makes an array hold these items, in this order; items that stay keep what stands around them.
fn set_list(
    doc: &mut DocumentMut,
    kind: Kind,
    key: &str,
    wanted: &[String],
    canonical: impl Fn(&str) -> Option<String>,
) {
    let array = list(doc, kind, key);
    let name = |value: &TomlValue| {
        let mut bare = value.clone();
        bare.decor_mut().clear();
        canonical(&bare.to_string())
    };
    let mut kept: Vec<Option<String>> = array.iter().map(name).collect();
    for at in (0..kept.len()).rev() {
        if !kept[at].as_ref().is_some_and(|item| wanted.contains(item)) {
            take_out(array, at);
            kept.remove(at);
        }
    }
    for (at, item) in wanted.iter().enumerate() {
        if !kept.iter().flatten().any(|k| k == item) {
            let at = at.min(kept.len());
            push(array, at, item);
            kept.insert(at, Some(item.clone()));
        }
    }
}

/// Takes an item out; the comments above it and behind it stay, above what follows.
fn take_out(array: &mut Array, at: usize) {
    let removed = array.remove(at);
    let around = removed.decor();
    let text =
        |raw: Option<&RawString>| raw.and_then(RawString::as_str).unwrap_or_default().to_owned();
    let before = text(around.prefix()) + &text(around.suffix());
    let join = |after: String| match before.trim() {
        "" => after,
        _ => format!("{}\n{}{}", before.trim_end(), encode::INDENT, after.trim_start()),
    };
    // What stands behind an item's comma belongs to the next item's text, or to the list's end.
    match array.get_mut(at) {
        Some(next) => {
            let after = text(next.decor().prefix());
            let after = if at > 0 || before.contains('\n') { own_line(&after) } else { after };
            next.decor_mut().set_prefix(join(after));
        }
        None => {
            let after = own_line(array.trailing().as_str().unwrap_or_default());
            let end = join(after);
            array.set_trailing(format!("{}\n", end.trim_end()));
        }
    }
}

/// Text around items, in which no comment stands behind one.
fn own_line(text: &str) -> String {
    match text.starts_with('\n') || text.trim().is_empty() {
        true => text.to_owned(),
        false => format!("\n{}{}", encode::INDENT, text.trim_start()),
    }
}

/// Inserts an item on a line of its own. A comment behind the item before it stays behind that.
fn push(array: &mut Array, at: usize, text: &str) {
    let mut value = parsed(text);
    let mut prefix = format!("\n{}", encode::INDENT);
    if let Some(next) = array.get_mut(at) {
        let old = next.decor().prefix().and_then(RawString::as_str).unwrap_or_default().to_owned();
        let (behind, own) = old.split_once('\n').unwrap_or(("", &old));
        prefix = format!("{}{prefix}", behind.trim_end());
        let own = format!("\n{own}");
        next.decor_mut().set_prefix(own);
    }
    if at == array.len() {
        let trailing = array.trailing().as_str().unwrap_or_default().trim_end().to_owned();
        prefix = format!("{trailing}{prefix}");
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    value.decor_mut().set_prefix(prefix);
    array.insert_formatted(at, value);
    // An array that a person wrote on one line is opened up.
    for value in array.iter_mut() {
        let prefix = value.decor().prefix().and_then(|p| p.as_str()).unwrap_or_default();
        if !prefix.contains('\n') {
            value.decor_mut().set_prefix(format!("\n{}", encode::INDENT));
        }
    }
    if !array.trailing().as_str().unwrap_or_default().ends_with('\n') {
        array.set_trailing("\n");
    }
}
