//! Two requests that ask for the same: most often one call, written down twice.

use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::model::book::Book;
use crate::model::record::Record;
use crate::model::request::{Request, Status};

/// An open request of a patient for a clinic and a specialty, other than `but`.
pub fn of(
    book: &dyn Book,
    patient: &str,
    clinic: &str,
    specialty: &str,
    but: Option<&str>,
) -> Option<Rc<Record>> {
    let is_open = |record: &Record| Status::of(record).is_some_and(Status::is_open);
    find(book, patient, clinic, specialty, |record| {
        Some(record.id.as_str()) != but && is_open(record)
    })
}

/// A visit of a patient at a clinic and a specialty that is booked, and ahead; other than `but`.
pub fn visit(
    book: &dyn Book,
    patient: &str,
    clinic: &str,
    specialty: &str,
    but: Option<&str>,
    now: DateTime<Utc>,
) -> Option<Rc<Record>> {
    let is_ahead = |record: &Record| record.instant("appointment").is_some_and(|at| at > now);
    find(book, patient, clinic, specialty, |record| {
        Some(record.id.as_str()) != but
            && Status::of(record) == Some(Status::Processed)
            && is_ahead(record)
    })
}

fn find(
    book: &dyn Book,
    patient: &str,
    clinic: &str,
    specialty: &str,
    is_wanted: impl Fn(&Record) -> bool,
) -> Option<Rc<Record>> {
    let same = |record: &Record| {
        record.text("clinic") == Some(clinic)
            && record.text("specialty") == Some(specialty)
            && is_wanted(record)
            && book.patient(record.shown("patient")).is_some_and(|p| p.id == patient)
    };
    book.requests_known_of(patient).into_iter().find(|record| same(record))
}

/// The twin of an open request.
pub fn of_request(book: &dyn Book, record: &Record) -> Option<Rc<Record>> {
    let request = Request::of(record).ok().filter(|request| request.status.is_open())?;
    let patient = book.patient(request.patient)?;
    of(book, &patient.id, request.clinic, request.specialty, Some(&record.id))
}
