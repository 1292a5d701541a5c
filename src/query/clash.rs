//! Two visits of one patient at one time: one of the doctors waits in vain.

use std::rc::Rc;

use crate::model::book::Book;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::{Request, VISITS_APART};

/// A visit of a patient that lies too near to a moment, other than that of the request `but`.
pub fn of(book: &dyn Book, patient: &str, at: Instant, but: &str) -> Option<Rc<Record>> {
    let patient = book.patient(patient)?;
    let is_theirs =
        |record: &Record| book.patient(record.shown("patient")).is_some_and(|p| p.id == patient.id);
    let is_near = |record: &Record| {
        let request = Request::of(record).ok().filter(Request::has_visit);
        let visit = request.and_then(|request| request.appointment);
        let is_near = visit.is_some_and(|visit| (visit - at).abs() < VISITS_APART);
        is_near && record.id != but && is_theirs(record)
    };
    book.requests_known_of(&patient.id).into_iter().find(|record| is_near(record))
}
