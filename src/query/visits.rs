//! The visits of some days, by clinic and time; and those that are off, of which the clinic must
//! still hear.

use std::rc::Rc;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::model::book::Book;
use crate::model::clinic;
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::{Request, Status, Step};
use crate::model::settings::Settings;
use crate::model::sieve::Sieve;
use crate::query::filter;
use crate::words::search;

/// A visit, or one that is off.
pub struct Visit {
    /// The request.
    pub record: Rc<Record>,
    /// The clinic, where it can be read.
    pub clinic: Option<Rc<Record>>,
    /// The clinic's zone.
    pub zone: Tz,
    /// In the clinic's zone.
    pub at: Instant,
    /// Whether the patient has yet to be told.
    pub untold: bool,
}

impl Visit {
    /// On the clinic's calendar.
    pub fn day(&self) -> NaiveDate {
        self.at.date_naive()
    }

    /// The clinic's id.
    pub fn place(&self) -> &str {
        self.record.shown("clinic")
    }
}

/// The visits of some days.
#[derive(Default)]
pub struct Visits {
    /// Those that stand, by the clinic's name and the time.
    pub standing: Vec<Visit>,
    /// Those that are off; the clinic still expects the patient.
    pub off: Vec<Visit>,
}

impl Visits {
    /// From the first to the last day, each clinic's by its own calendar; `only` is a clinic's id.
    pub fn of(
        book: &dyn Book,
        settings: &Settings,
        (first, last): (NaiveDate, NaiveDate),
        only: Option<&str>,
    ) -> Visits {
        let mut visits = Visits::default();
        let days = Sieve { visit: filter::around(first, last), ..Sieve::default() };
        for record in book.sift(Kind::Request, &days) {
            let Ok(request) = Request::of(&record) else { continue };
            let Some(at) = request.appointment else { continue };
            let clinic = book.get(Kind::Clinic, request.clinic);
            let zone = clinic::zone(clinic.as_deref(), settings);
            let at = at.with_timezone(&zone).fixed_offset();
            let is_asked = (first..=last).contains(&at.date_naive())
                && only.is_none_or(|only| only == request.clinic);
            let list = match request.next() {
                _ if !is_asked => continue,
                _ if request.has_visit() => &mut visits.standing,
                Step::TellClinic => &mut visits.off,
                _ => continue,
            };
            let untold = request.has_visit() && request.status != Status::Processed;
            list.push(Visit { record: record.clone(), clinic, zone, at, untold });
        }
        for list in [&mut visits.standing, &mut visits.off] {
            list.sort_by_cached_key(|visit| {
                let title = visit.clinic.as_ref().map(|clinic| search::key(clinic.title()));
                (title, visit.place().to_owned(), visit.at, visit.record.id.clone())
            });
        }
        visits
    }
}
