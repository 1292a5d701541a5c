//! Merging two versions of a record (`spec.md`, section 8): the histories are united and replayed;
//! what the replay can't settle becomes `conflicts`. Pure; `sync` and the merge driver call it.
//!
//! What the result is made of:
//!
//! | Part | Rule |
//! | --- | --- |
//! | `history` | the union ([`history::unite`]); a merge writes no event |
//! | keys, alternatives | the fold of the union, and nothing else |
//! | entries of `conflicts` of which no event tells | the common ancestor: gone where a side took one away, else kept |
//! | the same, where its value was typed elsewhere | no difference; typed after the settlement, it waits anew; under an unknown key, whatever somebody typed waits |
//! | a value that one typed and another recorded, both since the ancestor | one alternative, the recorded one |
//! | a removal in conflict | it has the `at` of the last event that the remover saw; a later settlement ends it |
//! | unknown keys | the side that changed; of two changes the greater, the other under `conflicts` |
//! | comments | each paragraph on its own, known by its words: gone where a side took it away, moved with the side that moved it |
//! | values changed by hand, not recorded | they stay upon a history that has all events of the other side; otherwise they go under `conflicts`, without `by` and `at` |
//! | layout | canonical where both sides changed something, else that of the side that did |
//!
//! Each row is commutative, associative and idempotent for one ancestor, and so is the whole:
//! whichever side is ours, and in whatever order clones meet, the bytes are the same. Only where
//! hands moved one comment to two places, or took a key away that other hands changed, the order
//! may tell in where a comment stands, never in which there are. The same words twice in one file
//! are not told apart: one of them may go with the other.
//!
//! Invariants: total for two texts that can be read; no event, value or comment of either side is
//! lost; the result decodes, and has no errors but `unresolved-conflict` and those of the sides.

mod sheet;
mod trees;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::format::decode;
use crate::format::document::LIMIT;
use crate::format::encode;
use crate::history::{self, Event, Folded};
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::record::{Conflict, Record};
use crate::model::value::{Value, Values};
use crate::say;

use sheet::{Sheet, three};
pub use trees::{Merged, Tree, named_by, trees};

/// The key of the conflict between a removal and a change.
pub const REMOVED: &str = "removed";

/// Why two versions can't be merged as a record: one of them can't be read, or what came of it could
/// not be.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmergeable {
    /// The rule of section 7 that it breaks.
    pub rule: &'static str,
    /// The line of that version, from 1; none where both can be read.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub message: Text,
}

impl Unmergeable {
    /// Why, in words.
    pub fn why(&self) -> Text {
        let Text { ru, en } = &self.message;
        match self.line {
            Some(line) => say!(
                "одна из версий не читается (строка {line}). {ru}",
                "one of its versions can't be read (line {line}). {en}"
            ),
            None => self.message.clone(),
        }
    }
}

/// Merges two versions of a record's file. Of a base that can't be read nothing is known.
///
/// # Errors
/// Where both sides changed and one of them can't be read: what it holds would be lost.
pub fn texts(
    kind: Kind,
    id: &str,
    base: Option<&str>,
    ours: &str,
    theirs: &str,
) -> Result<String, Unmergeable> {
    if ours == theirs || base == Some(theirs) {
        return Ok(ours.to_owned());
    }
    if base == Some(ours) {
        return Ok(theirs.to_owned());
    }
    let (a, b) = (Sheet::read(kind, id, ours)?, Sheet::read(kind, id, theirs)?);
    let base = base.and_then(|text| Sheet::read(kind, id, text).ok());
    let base = base.unwrap_or_else(|| Sheet::of(Record::new(kind, id)));
    // A side that changed only its layout yields to the other.
    match (a == base, b == base) {
        (true, true) => return Ok(ours.max(theirs).to_owned()),
        (true, false) => return Ok(theirs.to_owned()),
        (false, true) => return Ok(ours.to_owned()),
        (false, false) => {}
    }
    let merged = sheets(&base, &a, &b).anchored([&base, &a, &b]);
    let text = merged.write();
    if text.len() as u64 > LIMIT {
        return Err(oversized());
    }
    match Sheet::read(kind, id, &text) {
        Ok(read) if read == merged => Ok(text),
        Ok(_) => Err(unsound()),
        Err(why) => Err(why),
    }
}

/// Whether these are versions of two records: git takes a file that went and a like one that came for
/// one that was renamed, and hands over the one's ancestor with the other. A side that has none of the
/// ancestor's events is another record's.
pub fn is_mistaken(kind: Kind, id: &str, base: &str, sides: [&str; 2]) -> bool {
    let read = |text| decode::record(kind, id, text).record.filter(|r| !r.history.is_empty());
    let Some(base) = read(base) else { return false };
    sides.into_iter().filter_map(read).any(|side| {
        side.history.iter().all(|event| base.history.iter().all(|known| known != event))
    })
}

/// What is said where [`is_mistaken`].
pub fn two_for_one(path: &str) -> Text {
    say!(
        "Git принял две разные записи за одну, переименованную: {path}.",
        "Git took two records for one that was renamed: {path}."
    )
}

/// How to go on then.
pub fn begin_anew() -> Text {
    say!(
        "Отмените слияние (`git merge --abort` или `git rebase --abort`) и выполните `appt sync`: он их не спутает.",
        "Take the merge back (`git merge --abort`, or `git rebase --abort`), and run `appt sync`: it does not mistake them."
    )
}

/// Nobody could read it any more, on either side.
fn oversized() -> Unmergeable {
    let most = LIMIT / 1024;
    Unmergeable {
        rule: "oversized-file",
        line: None,
        message: say!(
            "вместе обе истории больше {most} КиБ, и такой файл не прочёл бы никто.",
            "both histories together are over {most} KiB, and nobody could read such a file."
        ),
    }
}

/// What was written is not what is read: better no merge than a wrong one.
fn unsound() -> Unmergeable {
    Unmergeable {
        rule: "syntax",
        line: None,
        message: say!(
            "слитая запись читается не так, как записана.",
            "the merged record does not read as it was written."
        ),
    }
}

/// Puts the conflict of a removal into the text of a record that was changed, or is referred to,
/// elsewhere. `at` is the last event that the remover saw.
fn with_removal(
    kind: Kind,
    id: &str,
    text: &str,
    base: Option<&str>,
) -> Result<String, Unmergeable> {
    let mut sheet = Sheet::read(kind, id, text)?;
    let base = base.and_then(|base| Sheet::read(kind, id, base).ok());
    let at = base.and_then(|base| base.record.updated());
    let removal = Conflict { key: REMOVED.to_owned(), value: None, by: None, at };
    let record = &mut sheet.record;
    if !record.conflicts.contains(&removal) && !is_settled(&record.history, &removal) {
        record.conflicts.push(removal);
        record.conflicts.sort();
    }
    // Both sides did something to it, as where two changes meet: the layout is canonical.
    Ok(sheet.anchored([&sheet; 3]).write())
}

/// One version, with what its history adds up to.
struct Side<'s> {
    sheet: &'s Sheet,
    folded: Folded,
    events: usize,
}

impl Side<'_> {
    fn new(sheet: &Sheet) -> Side<'_> {
        let record = &sheet.record;
        let folded = history::fold(record.kind, &record.history);
        let events: BTreeSet<String> = record.history.iter().map(encode::event).collect();
        Side { folded, events: events.len(), sheet }
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.sheet.record.values.get(key)
    }

    /// The value that a hand put under a key, or its absence.
    fn by_hand(&self, key: &str) -> Option<Option<&Value>> {
        let value = self.value(key);
        (value != self.folded.values.get(key)).then_some(value)
    }

    fn carried(&self) -> Vec<Conflict> {
        history::carried(&self.sheet.record.conflicts, &self.folded)
    }

    /// Whether somebody settled such an alternative on this side, since the ancestor.
    fn has_settled(&self, conflict: &Conflict, base: &Side<'_>) -> bool {
        let known = &base.sheet.record.history;
        let is_new = |event: &&Event| !known.contains(event);
        let history = &self.sheet.record.history;
        history.iter().any(|e| history::settles(&e.what, conflict) && is_new(&e))
    }

    /// Whether this side still has an alternative of the ancestor's although it was settled here:
    /// somebody put it back, or, under an unknown key, typed what yielded to a greater value.
    fn holds_on(&self, conflict: &Conflict, base: &Side<'_>) -> bool {
        let Conflict { key, value, at, .. } = conflict;
        let is_settled = self.has_settled(conflict, base);
        let waits = self.sheet.record.conflicts.contains(conflict);
        if self.sheet.record.kind.field(key).is_some() {
            let is_typed = at.is_none() && self.by_hand(key) == Some(value.as_ref());
            return is_settled && (waits || is_typed);
        }
        let (was, is) = (base.sheet.unknown(key), self.sheet.unknown(key));
        (is.is_some() && is == *value) || (waits && (is_settled || is != was))
    }
}

fn sheets(base: &Sheet, a: &Sheet, b: &Sheet) -> Sheet {
    let (base, a, b) = (Side::new(base), Side::new(a), Side::new(b));
    let (kind, id) = (a.sheet.record.kind, a.sheet.record.id.clone());
    let mut record = Record::new(kind, id);
    record.history = history::unite(&a.sheet.record.history, &b.sheet.record.history);
    let folded = history::fold(kind, &record.history);
    let mut open = Vec::new();
    record.values = values(&record, &folded, [&base, &a, &b], &mut open);
    let mut sheet = Sheet::merge(base.sheet, a.sheet, b.sheet, &mut open);
    let (was, here, there) = (base.carried(), a.carried(), b.carried());
    open.extend(here.iter().chain(&there).cloned());
    open.retain(|conflict| {
        let Conflict { key, value, .. } = conflict;
        let is_old = was.contains(conflict);
        let is_left = here.contains(conflict) && there.contains(conflict);
        let is_held = || [&a, &b].iter().any(|side| side.holds_on(conflict, &base));
        let waits = !is_old || is_left || is_held();
        // What stands by now is no alternative to itself. What a hand put there may have to give
        // way to the next clone's events: then it is still the ancestor's alternative.
        let may_yield = is_old && is_left && folded.values.get(key) != value.as_ref();
        let stands = match record.values.get(key) {
            Some(stands) => value.as_ref() == Some(stands) && !may_yield,
            None => value.is_some() && *value == sheet.unknown(key),
        };
        waits
            && !stands
            && !is_settled(&record.history, conflict)
            && !is_recorded(conflict, &folded, &base.folded)
    });
    record.conflicts = folded.conflicts;
    record.conflicts.extend(open);
    record.conflicts.sort();
    record.conflicts.dedup();
    sheet.record = record;
    sheet
}

/// The keys of the merged record: the fold, and upon it what was changed by hand by somebody who
/// had all events before them. What such a change has to give way to is put among the conflicts.
fn values(
    record: &Record,
    folded: &Folded,
    [base, a, b]: [&Side<'_>; 3],
    open: &mut Vec<Conflict>,
) -> Values {
    let has_all = |side: &Side<'_>| side.events == record.history.len();
    let mut values = Values::new();
    for field in record.kind.fields() {
        let key = field.key;
        let value = match (has_all(a), has_all(b)) {
            (true, true) => {
                let before = if has_all(base) { base.value(key) } else { folded.values.get(key) };
                let (stands, other) = three(before, a.value(key), b.value(key));
                let other = other.filter(|other| *other != folded.values.get(key));
                open.extend(other.map(|other| nobodys(key, other)));
                stands
            }
            (true, false) => a.value(key),
            (false, true) => b.value(key),
            (false, false) => folded.values.get(key),
        };
        for (side, other) in [(a, b), (b, a)] {
            let Some(hand) = side.by_hand(key).filter(|_| !has_all(side)) else { continue };
            // It came from the ancestor, and the other side has dealt with it.
            let dealt_with = base.by_hand(key) == Some(hand) && other.by_hand(key) != Some(hand);
            if hand != value && !dealt_with {
                open.push(nobodys(key, hand));
            }
        }
        values.put(key, value.cloned());
    }
    values
}

/// A value that nobody recorded, as an alternative.
fn nobodys(key: &str, value: Option<&Value>) -> Conflict {
    Conflict { key: key.to_owned(), value: value.cloned(), by: None, at: None }
}

/// Whether somebody recorded, since the ancestor, what a hand typed without recording it: then it is one
/// alternative. Of an older one it is not known whether another clone has settled it.
fn is_recorded(conflict: &Conflict, folded: &Folded, base: &Folded) -> bool {
    let is_typed = conflict.by.is_none() && conflict.at.is_none();
    let is_same = |other: &Conflict| {
        other.by.is_some() && (&other.key, &other.value) == (&conflict.key, &conflict.value)
    };
    let mut new = folded.conflicts.iter().filter(|other| !base.conflicts.contains(other));
    is_typed && new.any(is_same)
}

/// Whether somebody settled a removal after it came to be.
fn is_settled(history: &[Event], conflict: &Conflict) -> bool {
    let Some(at) = conflict.at.filter(|_| conflict.by.is_none()) else { return false };
    history.iter().any(|event| event.at > at && history::settles(&event.what, conflict))
}

/// Reads a version for merging.
///
/// # Errors
/// Where something in it can't be read, and would be lost. An unknown key is carried along, and a
/// missing one is missing.
fn decoded(kind: Kind, id: &str, text: &str) -> Result<Record, Unmergeable> {
    let read = decode::record(kind, id, text);
    let lost = read.problems.iter().find(|problem| {
        read.record.is_none() || !matches!(problem.rule, "unknown-key" | "missing-key")
    });
    match (lost, read.record) {
        (None, Some(record)) => Ok(record),
        (Some(problem), _) => Err(Unmergeable {
            rule: problem.rule,
            line: Some(decode::line_and_column(text, problem.span.start).0),
            message: problem.message.clone(),
        }),
        (None, None) => Err(unsound()),
    }
}
