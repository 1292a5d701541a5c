//! Which requests and records a list has, and in what order (`spec.md`, section 5).

use std::cmp::Reverse;
use std::ops::Range;
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::model::book::Book;
use crate::model::clinic;
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::{Request, Status, Step};
use crate::model::sieve::Sieve;
use crate::words::search;

/// What a list of requests is narrowed to; each that is set narrows it.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Any of these statuses.
    pub statuses: Vec<Status>,
    /// Closed ones too, where no status is named.
    pub all: bool,
    /// This patient, or those merged into them.
    pub patient: Option<String>,
    /// This clinic.
    pub clinic: Option<String>,
    /// This specialty.
    pub specialty: Option<String>,
    /// Held by this operator.
    pub holder: Option<String>,
    /// Made by this operator.
    pub created_by: Option<String>,
    /// With this next step.
    pub next: Option<Step>,
    /// Made on this day or later.
    pub from: Option<NaiveDate>,
    /// Made on this day or earlier.
    pub to: Option<NaiveDate>,
    /// With a visit on this day.
    pub visit: Option<NaiveDate>,
    /// With these words.
    pub search: Option<String>,
}

impl Filter {
    /// What it certainly does not want.
    pub fn sieve(&self) -> Sieve {
        let open = || Status::ALL.into_iter().filter(|status| status.is_open()).collect();
        let statuses = match self.wants_only_open() {
            true => open(),
            false => self.statuses.clone(),
        };
        Sieve {
            statuses,
            next: self.next,
            patient: self.patient.clone(),
            clinic: self.clinic.clone(),
            specialty: self.specialty.clone(),
            holder: self.holder.clone(),
            maker: self.created_by.clone(),
            visit: self.visit.and_then(|day| around(day, day)),
            ..sieve(self.search.as_deref())
        }
    }

    /// Whether closed requests are left out: where nobody asked for them. Of whom the clinic has not
    /// heard that the visit is off, the request is closed already.
    fn wants_only_open(&self) -> bool {
        self.statuses.is_empty() && !self.all && self.next != Some(Step::TellClinic)
    }

    /// Whether a request belongs to the list. `zone` is the store's.
    pub fn fits(&self, book: &dyn Book, zone: Tz, record: &Record) -> bool {
        let is = |wanted: &Option<String>, key: &str| {
            wanted.as_deref().is_none_or(|wanted| record.text(key) == Some(wanted))
        };
        let status = Status::of(record);
        let has_status = if self.wants_only_open() {
            status.is_none_or(Status::is_open)
        } else {
            self.statuses.is_empty() || status.is_some_and(|status| self.statuses.contains(&status))
        };
        has_status
            && is(&self.clinic, "clinic")
            && is(&self.specialty, "specialty")
            && is(&self.holder, "operator")
            && self.of_patient(book, record)
            && self.created_by.as_deref().is_none_or(|by| made_by(record) == Some(by))
            && self.next.is_none_or(|next| Request::of(record).is_ok_and(|r| r.next() == next))
            && self.in_days(zone, record)
            && self.visit.is_none_or(|day| {
                record.instant("appointment").is_some_and(|at| {
                    let clinic = book.get(Kind::Clinic, record.shown("clinic"));
                    let zone = clinic.as_deref().and_then(clinic::own_zone).unwrap_or(zone);
                    at.with_timezone(&zone).date_naive() == day
                })
            })
            && self.search.as_deref().is_none_or(|query| found(book, record, query))
    }

    fn of_patient(&self, book: &dyn Book, record: &Record) -> bool {
        let Some(wanted) = self.patient.as_deref() else { return true };
        let id = record.shown("patient");
        id == wanted || book.patient(id).is_some_and(|patient| patient.id == wanted)
    }

    fn in_days(&self, zone: Tz, record: &Record) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let Some(created) = record.instant("created") else { return false };
        let day = created.with_timezone(&zone).date_naive();
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// What a search certainly does not want.
pub fn sieve(query: Option<&str>) -> Sieve {
    let names = query.map_or_else(Vec::new, search::beginnings);
    Sieve { names, ..Sieve::default() }
}

/// The seconds that these days have on any clock of the world.
pub fn around(first: NaiveDate, last: NaiveDate) -> Option<Range<i64>> {
    let start = |day: NaiveDate| Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp());
    const DAY: i64 = 24 * 60 * 60;
    Some(start(first)? - DAY..start(last)? + 2 * DAY)
}

/// Who made a record.
pub fn made_by(record: &Record) -> Option<&str> {
    record.history.first().map(|event| event.by.as_str())
}

/// Whether a search finds a record: every word begins a word of a name, or is part of a passport
/// or phone number. A request is found by its patient, clinic and specialty.
pub fn found(book: &dyn Book, record: &Record, query: &str) -> bool {
    let mut records: Vec<Rc<Record>> = Vec::new();
    if record.kind == Kind::Request {
        records.extend(book.patient(record.shown("patient")));
        records.extend(book.get(Kind::Clinic, record.shown("clinic")));
        records.extend(book.get(Kind::Specialty, record.shown("specialty")));
    }
    let all = records.iter().map(Rc::as_ref).chain([record]);
    let (mut names, mut numbers) = (Vec::new(), Vec::new());
    for found in all {
        names.extend([found.text("name"), found.text("title")].into_iter().flatten());
        names.extend(found.texts("aliases"));
        // A clinic's phone would make every request of it fit a digit or two.
        if found.kind == record.kind || found.kind == Kind::Patient {
            numbers.extend([found.text("passport"), found.text("phone")].into_iter().flatten());
        }
    }
    search::matches(query, &names, &numbers)
}

/// How urgent a request is: patients not yet told, by appointment; then the earliest end of a
/// patient range; then age.
pub fn urgency(record: &Record) -> impl Ord + use<> {
    let request = Request::of(record).ok();
    let untold =
        request.as_ref().filter(|r| r.next() == Step::NotifyPatient).and_then(|r| r.appointment);
    let end: Option<Instant> =
        request.as_ref().and_then(|r| r.patient_ranges.iter().map(|r| r.end).min());
    let far = DateTime::<Utc>::MAX_UTC.fixed_offset();
    let created = record.instant("created").unwrap_or(far);
    let (is_untold, by) = (Reverse(untold.is_some()), untold.unwrap_or(far));
    (is_untold, by, end.unwrap_or(far), created, record.id.clone())
}

/// Whether a request belongs to the queue: open, or with a visit that the clinic must hear is off.
pub fn is_queued(record: &Record) -> bool {
    Request::of(record)
        .is_ok_and(|request| request.status.is_open() || request.next() == Step::TellClinic)
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
