//! Merging two versions of a store: which files there are, and what each holds. What reads git
//! hands in the texts, and writes the answer.
//!
//! Invariant: no file that one side changed, or that anything in the result refers to, is lost; the
//! sides may change places.

use std::collections::{BTreeMap, BTreeSet};

use crate::format::{decode, layout};
use crate::history::Event;
use crate::merge::{self, Unmergeable};
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Value;

/// Files of a store: path → text. A path that is the same in all three versions may be left out.
pub type Tree = BTreeMap<String, String>;

/// What becomes of a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Merged {
    /// It holds this text.
    Text(String),
    /// It is gone.
    Removed,
    /// Both sides changed what is no record, or what can't be read (then it says why): nothing was
    /// merged. As a record, each side still holds what it held.
    Clash(Option<Unmergeable>),
}

/// Merges the files of two sides with a common ancestor (an empty tree, where there is none).
///
/// * Changed here and there: [`merge::texts`]; so are two files that were both made.
/// * Removed here, unchanged there: gone, unless a file of the result refers to it.
/// * Removed here, changed or newly referred to there: it stays, with a conflict of key `removed`.
/// * A file that was moved is one removed and one made: a record's path is its name.
pub fn trees(base: &Tree, ours: &Tree, theirs: &Tree) -> BTreeMap<String, Merged> {
    let paths: BTreeSet<&String> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    let mut merged: BTreeMap<String, Merged> = paths
        .into_iter()
        .map(|path| {
            let [base, ours, theirs] =
                [base, ours, theirs].map(|tree| tree.get(path).map(String::as_str));
            (path.clone(), one(path, base, ours, theirs))
        })
        .collect();
    // What comes back may itself refer to something.
    loop {
        let wanted = references(&merged, ours, theirs);
        let back: Vec<String> = merged
            .iter()
            .filter(|(path, state)| **state == Merged::Removed && wanted.contains(*path))
            .map(|(path, _)| path.clone())
            .collect();
        if back.is_empty() {
            return merged;
        }
        for path in back {
            // A path that is gone was in the ancestor: each side has that text or none.
            let text = base.get(&path).map(String::as_str);
            let state = removal(&path, text, text);
            merged.insert(path, state);
        }
    }
}

fn one(path: &str, base: Option<&str>, ours: Option<&str>, theirs: Option<&str>) -> Merged {
    match (ours, theirs) {
        _ if ours == theirs || theirs == base => stands(ours),
        _ if ours == base => stands(theirs),
        (Some(ours), Some(theirs)) => {
            let Some((kind, id)) = layout::record_at(path) else { return Merged::Clash(None) };
            match merge::texts(kind, id, base, ours, theirs) {
                Ok(text) => Merged::Text(text),
                Err(why) => Merged::Clash(Some(why)),
            }
        }
        (changed, None) | (None, changed) => removal(path, changed, base),
    }
}

fn stands(text: Option<&str>) -> Merged {
    text.map_or(Merged::Removed, |text| Merged::Text(text.to_owned()))
}

/// A file that one side removed, and that stays.
fn removal(path: &str, text: Option<&str>, base: Option<&str>) -> Merged {
    let (Some((kind, id)), Some(text)) = (layout::record_at(path), text) else {
        return Merged::Clash(None);
    };
    match merge::with_removal(kind, id, text, base) {
        Ok(text) => Merged::Text(text),
        Err(why) => Merged::Clash(Some(why)),
    }
}

/// The paths of all that the result refers to; of a clash, what either side refers to.
fn references(merged: &BTreeMap<String, Merged>, ours: &Tree, theirs: &Tree) -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    for (path, state) in merged {
        let Some((kind, id)) = layout::record_at(path) else { continue };
        let texts: Vec<&str> = match state {
            Merged::Text(text) => vec![text],
            Merged::Removed => Vec::new(),
            Merged::Clash(_) => {
                [ours, theirs].iter().filter_map(|t| t.get(path)).map(String::as_str).collect()
            }
        };
        for record in texts.iter().filter_map(|text| decode::record(kind, id, text).record) {
            wanted.extend(named_by(&record));
        }
    }
    wanted
}

/// The paths of what a record names: in its keys, in the alternatives to them, and as the authors
/// of its events.
pub fn named_by(record: &Record) -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    let mut want = |kind: Kind, id: &str| {
        if layout::is_id(kind, id) {
            wanted.insert(layout::path(kind, id));
        }
    };
    let alternatives = record.conflicts.iter().map(|c| (c.key.as_str(), c.value.as_ref()));
    let values = record.values.iter().map(|(key, value)| (key, Some(value)));
    for (key, value) in values.chain(alternatives) {
        let form = record.kind.field(key).map(|field| field.form);
        let (Some(Form::Reference(kind)), Some(value)) = (form, value) else { continue };
        let ids = value.as_list().unwrap_or(std::slice::from_ref(value));
        ids.iter().filter_map(Value::as_text).for_each(|id| want(kind, id));
    }
    record.history.iter().for_each(|Event { by, .. }| want(Kind::Operator, by));
    wanted
}
