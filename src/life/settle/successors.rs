//! Two requests that both replace one: which of them stands.

use crate::error::{Error, Result};
use crate::history::{Event, What};
use crate::i18n::Text;
use crate::life::settle::visit::reopened;
use crate::life::settle::{Change, Deed, Settling, Way};
use crate::life::{self, short};
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{Request, Status};
use crate::model::value::Value;
use crate::say;

/// How the reason begins with which a successor is refused that does not stand.
const GIVES_WAY: &str = "→ ";

/// Two requests that both replace this one: the one that does not stand is refused, or goes its own
/// way where both are needed; either way it names this one no more. What another settlement did
/// otherwise is taken back.
pub(super) fn successors(
    book: &dyn Book,
    by: &str,
    record: &Record,
    way: &Way,
    settling: &mut Settling,
) -> Result<()> {
    let stands = if way.deed == Deed::Both {
        record.values.get("rescheduled_to")
    } else {
        way.value.as_ref()
    };
    if let Some(id) = stands.and_then(Value::as_text)
        && !book.has(Kind::Request, id)
    {
        let part = short(id);
        return Err(Error::refused(
            "dangling-reference",
            say!("Заявки {part} уже нет.", "There is no request {part} any more."),
        ));
    }
    let conflicts = record.conflicts.iter().filter(|c| c.key == "rescheduled_to");
    let all = conflicts.filter_map(|c| c.value.as_ref()).chain(record.values.get("rescheduled_to"));
    let mut others: Vec<&str> =
        all.filter(|value| Some(*value) != stands).filter_map(Value::as_text).collect();
    others.sort_unstable();
    others.dedup();
    if let Some(stands) = stands.and_then(Value::as_text)
        && let Some(stands) = book.get(Kind::Request, stands)
    {
        let mut whats = taken_up(&stands, by)?;
        if stands.values.get("rescheduled_from").is_none() {
            whats.push(What::set("rescheduled_from", None, Some(record.id.as_str().into())));
        }
        settling.changes.extend((!whats.is_empty()).then_some(Change::Whats(stands, whats)));
    }
    for other in others {
        let Some(other) = book.get(Kind::Request, other) else { continue };
        let mut whats = if way.deed == Deed::Both { taken_up(&other, by)? } else { Vec::new() };
        let request = life::request(&other)?;
        if let Some(text) = left_over(&request, stands.and_then(Value::as_text), way.deed) {
            settling.warnings.push(text);
        }
        if way.deed != Deed::Both && request.status != Status::PatientRefused {
            let reason =
                stands.and_then(Value::as_text).map(|id| format!("{GIVES_WAY}{}", short(id)));
            let to = Status::PatientRefused;
            whats.push(What::status(request.status, to, request.appointment, reason));
            if let Some(visit) = request.appointment {
                let (id, at) = (short(request.id).to_owned(), visit);
                settling.warnings.push(say!(lang;
                    "В заявке {} был приём {}: отменить его в клинике.",
                    "Request {} had a visit, {}: cancel it at the clinic.",
                    id, crate::when::show::short_instant(at, at.date_naive(), lang)));
            }
        }
        let back = other.values.get("rescheduled_from");
        if back.and_then(Value::as_text) == Some(record.id.as_str()) {
            whats.push(What::set("rescheduled_from", back, None));
        }
        if !whats.is_empty() {
            settling.changes.push(Change::Whats(other.clone(), whats));
        }
    }
    Ok(())
}

/// A request that made way for another one when somebody settled the same goes back to work.
fn taken_up(record: &Record, by: &str) -> Result<Vec<What>> {
    let request = life::request(record)?;
    let closes = |event: &Event| match &event.what {
        What::Set { key: "status", reason, .. } => Some(reason.clone()),
        _ => None,
    };
    let last = record.history.iter().rev().find_map(closes).flatten();
    let made_way = last.is_some_and(|reason| reason.starts_with(GIVES_WAY));
    let is_closed = request.status == Status::PatientRefused;
    Ok(if made_way && is_closed { reopened(&request, by) } else { Vec::new() })
}

/// What becomes of the successor that does not stand, where it is open.
fn left_over(other: &Request<'_>, stands: Option<&str>, deed: Deed) -> Option<Text> {
    let (other, stands, open) = (short(other.id), short(stands?), other.status.is_open());
    if !open {
        return None;
    }
    Some(match deed {
        Deed::Both => say!(
            "У пациента остаются две открытые заявки: {stands} и {other}. Лишнюю закроет `appt request refuse ID`.",
            "The patient keeps two open requests, {stands} and {other}. To close the surplus one: `appt request refuse ID`."
        ),
        _ => say!(
            "Заявка {other} закрыта: пациента ждут по заявке {stands}. Вернуть её в работу: `appt request reopen {other} --reason ПРИЧИНА`.",
            "Request {other} is closed: {stands} stands. To take it up again: `appt request reopen {other} --reason TEXT`."
        ),
    })
}
