//! Which requests a call may go on with: what the operator left unfinished, and the queue's first.

use std::rc::Rc;

use chrono::TimeDelta;

use crate::history::{Mark, What};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::sieve::Sieve;
use crate::query::filter;
use crate::query::resolve::Shortest;
use crate::render::cell::Sight;
use crate::script::phrase;

/// The most requests of one's own that the first question offers.
const UNFINISHED: usize = 3;

/// The requests that this operator took up and did not see through, the latest first.
pub fn unfinished(by: &str, sight: &Sight<'_>) -> Vec<String> {
    let own = Sieve {
        statuses: vec![Status::InProgress],
        holder: Some(by.to_owned()),
        ..Sieve::default()
    };
    let mut records = sight.book.sift(Kind::Request, &own);
    records.retain(|record| {
        Status::of(record) == Some(Status::InProgress) && record.text("operator") == Some(by)
    });
    records.sort_by_key(|record| std::cmp::Reverse(record.updated()));
    let urgent = most_urgent(by, sight);
    let ids = records.iter().map(|record| record.id.clone());
    ids.filter(|id| Some(id) != urgent.as_ref()).take(UNFINISHED).collect()
}

/// The queue's most urgent request that nobody else is busy with. One that was called about in vain
/// a moment ago comes last: it would be in vain again.
pub fn most_urgent(by: &str, sight: &Sight<'_>) -> Option<String> {
    let is_free = |record: &Record| {
        Status::of(record) != Some(Status::InProgress) || record.text("operator") == Some(by)
    };
    let mut records = queued(sight);
    records.retain(|record| is_free(record));
    let first = |record: &&Rc<Record>| (is_resting(record, sight), filter::urgency(record));
    records.iter().min_by_key(first).map(|record| record.id.clone())
}

/// How long a request rests after a call that led to nothing, in minutes.
const REST: i64 = 15;

/// Whether the last thing that happened to a request is a call that nobody took, or that was put
/// off, a moment ago.
fn is_resting(record: &Record, sight: &Sight<'_>) -> bool {
    let Some(last) = record.history.last() else { return false };
    let is_vain = match &last.what {
        What::Mark(Mark::NoAnswer, _) => true,
        What::Note(text) => phrase::is_vain(text),
        _ => false,
    };
    is_vain && sight.now.signed_duration_since(last.at) < TimeDelta::minutes(REST)
}

/// The requests that wait for somebody.
pub fn queued(sight: &Sight<'_>) -> Vec<Rc<Record>> {
    let queued = Sieve { queued: true, ..Sieve::default() };
    let mut records = sight.book.sift(Kind::Request, &queued);
    records.retain(|record| filter::is_queued(record));
    records
}

/// The shortest name of a request that is no other's: «k7m».
pub fn brief(sight: &Sight<'_>, id: &str) -> String {
    Shortest::new(sight.book, Kind::Request).of(id).to_owned()
}
