//! How the status of a request and its visit are settled: which of two answers holds, and what has to
//! be done again because of it.

use crate::error::{Error, Result};
use crate::history::{self, Mark, What};
use crate::i18n::{Lang, Text};
use crate::life::settle::{Deed, Way, author_of, reason};
use crate::life::{self, refusal, short};
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::{Request, Status};
use crate::model::value::Value;
use crate::say;

/// A refusal that did not see the visit: either the visit is off, or the refusal is.
pub(super) fn refused_unseen(record: &Record, by: &str, way: &Way) -> Result<Vec<What>> {
    let request = life::request(record)?;
    let visit = way.value.as_ref();
    let in_place = record.values.get("appointment");
    let book = (in_place != visit).then(|| What::set("appointment", in_place, visit.cloned()));
    let off = std::iter::once(anew(record)?).chain(book.clone());
    Ok(match way.deed {
        Deed::Visit => {
            refusal::not_moved(&request)?;
            let mut whats = reopened(&request, by);
            whats.extend(book);
            whats
        }
        Deed::Told => off.chain([What::mark(Mark::ClinicTold)]).collect(),
        _ => off.collect(),
    })
}

/// The status that holds, said anew, so that another decision of the same does not go unseen.
pub(super) fn anew(record: &Record) -> Result<What> {
    let request = life::request(record)?;
    let reason = author_of(record, "status", record.values.get("status")).and_then(reason);
    Ok(What::status(request.status, request.status, request.appointment, reason))
}

/// A closed request goes back to work, by whoever says so.
pub(super) fn reopened(request: &Request<'_>, by: &str) -> Vec<What> {
    let mut whats = vec![
        What::mark(Mark::Reopened),
        What::status(request.status, Status::InProgress, None, None),
    ];
    whats.extend(held_by(request, by));
    whats
}

fn held_by(request: &Request<'_>, by: &str) -> Option<What> {
    let from = Value::from(request.operator);
    (request.operator != by).then(|| What::set("operator", Some(&from), Some(by.into())))
}

/// Another status, where section 4 lets the request have it.
pub(super) fn status(record: &Record, way: &Way) -> Result<Vec<What>> {
    let request = life::request(record)?;
    let to = way.value.as_ref().and_then(Value::as_text).and_then(Status::from_code);
    let Some(to) = to else {
        return Err(Error::refused(
            "bad-value",
            say!("Такого статуса нет.", "There is no such status."),
        ));
    };
    let off = request.status == Status::PatientRefused && request.clinic_told;
    let visit = request.appointment.filter(|_| !off);
    if to != Status::PatientRefused {
        refusal::not_moved(&request)?;
    }
    let refused = match to {
        Status::Created if request.is_answered() => Some(refusal::outcome_recorded(to)),
        Status::Processed if visit.is_none() => Some(refusal::no_appointment()),
        _ => None,
    };
    if let Some(refused) = refused {
        let id = short(request.id);
        return Err(refused.hint(say!(
            "Оставьте что есть (`--keep`), дальше: `appt request next {id}`.",
            "Keep what stands (`--keep`), then: `appt request next {id}`."
        )));
    }
    let mut whats = vec![What::status(request.status, to, request.appointment, None)];
    if off && to == Status::InProgress {
        let gone = request.appointment.map(Value::Instant);
        whats.extend(gone.map(|gone| What::set("appointment", Some(&gone), None)));
    }
    Ok(whats)
}

/// The clinic's answer that the status left no room for: a request that nobody was calling for is
/// taken up with it.
pub(super) fn answer(record: &Record, by: &str, key: &'static str, way: &Way) -> Result<Vec<What>> {
    let request = life::request(record)?;
    if way.value.is_none() && key == "appointment" && request.status == Status::Processed {
        return Err(Error::refused(
            "no-appointment",
            say!(
                "Обработанной заявки без времени приёма не бывает.",
                "A processed request can't be without an appointment."
            ),
        )
        .hint(say!("Оставьте что есть: `--keep`.", "Keep what stands: `--keep`.")));
    }
    let mut whats = Vec::new();
    if key == "appointment" {
        whats.extend(told_anew(record, &request, by, way));
    }
    if request.status == Status::Created && way.value.is_some() {
        whats.push(What::status(Status::Created, Status::InProgress, None, None));
        whats.extend(held_by(&request, by));
    }
    let from = record.values.get(key);
    if key == "appointment" {
        whats.push(What::set(key, from, way.value.clone()));
    } else {
        let new = way.value.as_ref().and_then(Value::as_list).unwrap_or_default();
        whats.extend(history::list_change(key, record.values.list(key), new));
    }
    Ok(whats)
}

/// The patient of a processed request knows of another time than the one that holds: they are told
/// anew, and so the request goes back to work.
pub(super) fn told_anew(record: &Record, request: &Request<'_>, by: &str, way: &Way) -> Vec<What> {
    let holds = way.value.as_ref().and_then(Value::as_instant);
    let knows = told(record).is_some_and(|told| told == holds);
    if request.status != Status::Processed || holds.is_none() || knows {
        return Vec::new();
    }
    reopened(request, by)
}

/// The time that the patient was told when the request was last processed; of a request that came in
/// processed, the one that it came in with.
fn told(record: &Record) -> Option<Option<Instant>> {
    let processed = Value::from(Status::Processed.code());
    record.history.iter().rev().find_map(|event| match &event.what {
        What::Set { key: "status", to: Some(to), seen, .. } if *to == processed => Some(*seen),
        What::First { values, .. } if values.get("status") == Some(&processed) => {
            Some(values.get("appointment").and_then(Value::as_instant))
        }
        _ => None,
    })
}

/// The clinic may expect the patient at each of the times that were recorded, but for the one that
/// holds, and for one of which it knows that it is off.
pub fn other_visits(record: &Record, holds: Option<&Value>) -> Option<Text> {
    let conflicts = record.conflicts.iter().filter(|c| c.key == "appointment");
    let is_off = Request::of(record)
        .is_ok_and(|request| request.status == Status::PatientRefused && request.clinic_told);
    let stands = record.values.get("appointment").filter(|_| !is_off);
    let all = conflicts.filter_map(|c| c.value.as_ref()).chain(stands);
    let mut off: Vec<Instant> =
        all.filter(|v| Some(*v) != holds).filter_map(Value::as_instant).collect();
    off.sort();
    off.dedup();
    let shown = |lang: Lang| {
        let text = |at: &Instant| crate::when::show::short_instant(*at, at.date_naive(), lang);
        off.iter().map(text).collect::<Vec<_>>().join(", ")
    };
    (!off.is_empty()).then(|| {
        say!(lang;
            "Клиника могла записать пациента и на другое время: {}. Отмените его в клинике.",
            "The clinic may expect the patient at another time too: {}. Cancel that at the clinic.",
            shown(lang))
    })
}
