//! Which requests a call may go on with: what the operator left unfinished, and the queue's first.

use std::rc::Rc;

use crate::life;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::sieve::Sieve;
use crate::query::{filter, resolve};
use crate::render::cell::Sight;

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
        record.text("status") == Some(Status::InProgress.code())
            && record.text("operator") == Some(by)
    });
    records.sort_by_key(|record| std::cmp::Reverse(record.updated()));
    let urgent = most_urgent(by, sight);
    let ids = records.iter().map(|record| record.id.clone());
    ids.filter(|id| Some(id) != urgent.as_ref()).take(UNFINISHED).collect()
}

/// The queue's most urgent request that nobody else is busy with.
pub fn most_urgent(by: &str, sight: &Sight<'_>) -> Option<String> {
    let is_free = |record: &Record| {
        record.text("status") != Some(Status::InProgress.code())
            || record.text("operator") == Some(by)
    };
    let mut records = queued(sight);
    records.retain(|record| is_free(record));
    records.iter().min_by_key(|record| filter::urgency(record)).map(|record| record.id.clone())
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
    let length = resolve::shortest_parts(&sight.book.parts())(id);
    life::short(id).chars().take(length).collect()
}
