//! Two requests that ask for the same: most often one call, written down twice.

use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::model::book::Book;
use crate::model::record::Record;
use crate::model::request::{Request, Status};

/// What a patient has already of what they ask for.
#[derive(Debug, Clone)]
pub enum Twin {
    /// A request that is open.
    Open(Rc<Record>),
    /// A visit that is booked, and ahead.
    Booked(Rc<Record>),
}

/// What a patient has at a clinic and a specialty, other than `but`: an open request, else a visit.
pub fn seen(
    book: &dyn Book,
    patient: &str,
    clinic: &str,
    specialty: &str,
    but: Option<&str>,
    now: DateTime<Utc>,
) -> Option<Twin> {
    let is_ahead = |record: &Record| record.instant("appointment").is_some_and(|at| at > now);
    let mut booked = None;
    for record in alike(book, patient, clinic, specialty, but) {
        match Status::of(&record) {
            Some(status) if status.is_open() => return Some(Twin::Open(record)),
            Some(Status::Processed) if is_ahead(&record) => booked = Some(record),
            _ => {}
        }
    }
    booked.map(Twin::Booked)
}

/// An open request of a patient for a clinic and a specialty, other than `but`.
pub fn of(
    book: &dyn Book,
    patient: &str,
    clinic: &str,
    specialty: &str,
    but: Option<&str>,
) -> Option<Rc<Record>> {
    let is_open = |record: &Rc<Record>| Status::of(record).is_some_and(Status::is_open);
    alike(book, patient, clinic, specialty, but).find(is_open)
}

fn alike<'a>(
    book: &'a dyn Book,
    patient: &'a str,
    clinic: &'a str,
    specialty: &'a str,
    but: Option<&'a str>,
) -> impl Iterator<Item = Rc<Record>> + 'a {
    book.requests_known_of(patient).into_iter().filter(move |record| {
        Some(record.id.as_str()) != but
            && record.text("clinic") == Some(clinic)
            && record.text("specialty") == Some(specialty)
            && book.patient(record.shown("patient")).is_some_and(|p| p.id == patient)
    })
}

/// The twin of an open request.
pub fn of_request(book: &dyn Book, record: &Record) -> Option<Rc<Record>> {
    let request = Request::of(record).ok().filter(|request| request.status.is_open())?;
    let patient = book.patient(request.patient)?;
    of(book, &patient.id, request.clinic, request.specialty, Some(&record.id))
}
