//! Changes made in a record's file, of which its history does not tell (`spec.md`, section 3).

use chrono::DateTime;

use super::{Event, What, difference, fold};
use crate::model::record::Record;

/// What a person changed by hand and no event tells of. What the fold would call void is not
/// recorded: the record would still differ from its history, and the next write would find it
/// again. Nor is a status, since that is an error (`history-mismatch`).
pub fn unrecorded(record: &Record) -> Vec<What> {
    if record.history.is_empty() {
        return vec![What::First { source: None, values: record.values.clone() }];
    }
    let mut history = record.history.clone();
    let mut folded = fold(record.kind, &history);
    let mut whats = difference(record.kind, &folded.values, &record.values);
    whats.retain(|what| {
        let (What::Set { key, .. } | What::List { key, .. }) = what else { return false };
        let at = history.last().map_or(DateTime::UNIX_EPOCH.fixed_offset(), |event| event.at);
        history.push(Event::new(at, "", what.clone()));
        let after = fold(record.kind, &history);
        let left = difference(record.kind, &after.values, &record.values);
        let stands = *key != "status"
            && !left.iter().any(|other| other.keys(record.kind).contains(key))
            && after.conflicts.iter().all(|conflict| folded.conflicts.contains(conflict));
        if stands {
            folded = after;
        } else {
            history.pop();
        }
        stands
    });
    whats
}
