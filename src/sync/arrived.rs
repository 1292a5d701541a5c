//! What the others did to records that were here already: what an operator must hear of, since they
//! work on with it.

use std::collections::BTreeSet;

use crate::format::{decode, encode, layout};
use crate::history::{Event, What};
use crate::model::event::Mark;
use crate::model::kind::Kind;
use crate::model::record::Record;

/// What of a person a card holds: a merged card must not hide what was changed there meanwhile.
const OF_A_PERSON: [&str; 3] = ["name", "passport", "phone"];

/// A request that others changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrived {
    /// Its id.
    pub id: String,
    /// Who changed it, in the order of their events.
    pub by: Vec<String>,
    /// What they did, without the values.
    pub what: Vec<Deed>,
}

/// What an event did, without the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It changed this key.
    Changed(String),
    /// It added a note.
    Noted,
    /// It says this of the request, or why it could be changed.
    Marked(Mark),
}

/// A patient's card that one side merged into another while the other side changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossed {
    /// The card that leads elsewhere.
    pub id: String,
    /// The card that it leads to.
    pub into: String,
    /// The keys of it that were changed.
    pub keys: BTreeSet<&'static str>,
}

/// What is new of a request between two texts of its file; none where nothing is, or where the file
/// is no request's.
pub fn of(path: &str, before: &str, after: &str) -> Option<Arrived> {
    let (before, after) = (read(Kind::Request, path, before)?, read(Kind::Request, path, after)?);
    let known: BTreeSet<String> = before.history.iter().map(encode::event).collect();
    let mut arrived = Arrived { id: after.id.clone(), ..Arrived::default() };
    for event in after.history.iter().filter(|event| !known.contains(&encode::event(event))) {
        push(&mut arrived.by, event.by.clone());
        if let Some(deed) = deed(event) {
            push(&mut arrived.what, deed);
        }
    }
    (!arrived.by.is_empty()).then_some(arrived)
}

/// Whether a card changed while it was merged into another. `merged` is the side that merged it, as
/// it was there; `after` both together.
pub fn crossed(path: &str, merged: &str, after: &str) -> Option<Crossed> {
    let (merged, after) = (read(Kind::Patient, path, merged)?, read(Kind::Patient, path, after)?);
    let into = merged.text("merged_into").and(after.text("merged_into"))?.to_owned();
    let differs = |key: &&&str| merged.values.get(key) != after.values.get(key);
    let keys: BTreeSet<&str> = OF_A_PERSON.iter().filter(differs).copied().collect();
    (!keys.is_empty()).then_some(Crossed { id: after.id, into, keys })
}

/// Whether a text is of a card that leads elsewhere.
pub fn is_merged(path: &str, text: &str) -> bool {
    read(Kind::Patient, path, text).is_some_and(|record| record.text("merged_into").is_some())
}

fn read(wanted: Kind, path: &str, text: &str) -> Option<Record> {
    let (kind, id) = layout::record_at(path).filter(|(kind, _)| *kind == wanted)?;
    decode::record(kind, id, text).record
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

fn deed(event: &Event) -> Option<Deed> {
    match &event.what {
        what if what.is_same() => None,
        What::Set { key, .. } | What::List { key, .. } => Some(Deed::Changed((*key).to_owned())),
        What::Note(_) => Some(Deed::Noted),
        What::Mark(mark, _) => Some(Deed::Marked(*mark)),
        What::First { .. } | What::Unknown(_) => None,
    }
}
