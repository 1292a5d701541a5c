//! Two requests that ask for the same: most often one call, written down twice.

use std::rc::Rc;

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
    let same = |record: &Record| {
        Some(record.id.as_str()) != but
            && record.text("clinic") == Some(clinic)
            && record.text("specialty") == Some(specialty)
            && Status::of(record).is_some_and(Status::is_open)
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
