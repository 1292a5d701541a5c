//! What the script wants written down, done in one transaction each.

use crate::app::{App, Desk};
use crate::cmd::ask;
use crate::cmd::request::caller;
use crate::cmd::request::wish::{Move, Wish};
use crate::error::Result;
use crate::history::What;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::model::request::Status;
use crate::script::deed::Act;
use crate::script::{Caller, Deed, Draft, Script};
use crate::store::seal::{Edit, Plan};

/// Does a deed; the id of the record that it is about.
///
/// # Errors
/// `conflict` where the record changed since the operator saw it; what the rules of a write return.
pub fn done(app: &App, script: &Script, deed: &Deed) -> Result<String> {
    match deed {
        Deed::Save { start } => save(app, script.draft(), *start),
        Deed::Phone { patient, phone } => new_phone(app, patient, phone),
        Deed::Move { id, seen, .. } | Deed::Step { id, seen, .. } => step(app, deed, id, *seen),
    }
}

/// A known patient has another phone.
fn new_phone(app: &App, patient: &str, phone: &str) -> Result<String> {
    let caller =
        Caller { id: Some(patient.to_owned()), phone: Some(phone.to_owned()), ..Caller::default() };
    let (_, id) = app.write(|desk| caller::of_call(desk, &caller))?;
    Ok(id)
}

/// Saves the draft as a request, with its patient; taken up at once where the clinic is called.
fn save(app: &App, draft: &Draft, start: bool) -> Result<String> {
    let (_, id) = app.write(|desk| {
        let (mut plan, patient) = caller::of_call(desk, &draft.caller)?;
        let [clinic, specialty] =
            [&draft.clinic, &draft.specialty].map(|id| id.as_deref().unwrap_or_default());
        let wish = Wish::new(desk, clinic, specialty, |_| Ok(draft.ranges.clone()))?;
        let then = if start { vec![taken_up()] } else { Vec::new() };
        let id = wish.make(desk, &mut plan, &patient, then);
        Ok((plan, id))
    })?;
    Ok(id)
}

/// The clinic is called at once.
fn taken_up() -> What {
    What::status(Status::Created, Status::InProgress, None, None)
}

/// Does a step on the record that the operator saw.
fn step(app: &App, deed: &Deed, id: &str, seen: Option<Instant>) -> Result<String> {
    let (_, id) = app.write(|desk| {
        let record = desk.find(Kind::Request, id)?;
        if record.updated() != seen {
            return Err(ask::changed(desk, &record, seen));
        }
        match deed {
            Deed::Step { act, .. } => {
                let acting = desk.acting(*act == Act::TakeOver, act.is_anyway());
                let mut edits = vec![Edit::change(&record, act.whats(&acting, &record)?)];
                if act.is_clinics_answer() {
                    edits.extend(taken_off(desk, &record, act));
                }
                Ok((Plan { edits, ..Plan::default() }, record.id.clone()))
            }
            Deed::Move { ranges, pair, .. } => moved(desk, &record, ranges, pair.as_ref()),
            Deed::Save { .. } | Deed::Phone { .. } => unreachable!("they change no request"),
        }
    })?;
    Ok(id)
}

/// A clinic that answered about the new time of a moved visit was asked to take the old one off; what is
/// kept after all stands in the new request, and is nothing to take off.
fn taken_off(desk: &Desk<'_>, record: &Record, act: &Act) -> Option<Edit> {
    let old = desk.library.get(Kind::Request, record.text("rescheduled_from")?)?;
    let is_kept = matches!(act, Act::Keep { .. });
    if !is_kept && old.text("clinic") != record.text("clinic") {
        return None;
    }
    let whats = desk.acting(false, false).clinic_told(&old).ok()?;
    (!whats.is_empty()).then(|| Edit::change(&old, whats))
}

/// The old request makes way for a new one, which is taken up at once.
fn moved(
    desk: &Desk<'_>,
    record: &Record,
    ranges: &[Range],
    pair: Option<&(String, String)>,
) -> Result<(Plan, String)> {
    let (specialty, clinic) = match pair {
        Some((specialty, clinic)) => (specialty.as_str(), clinic.as_str()),
        None => (record.shown("specialty"), record.shown("clinic")),
    };
    let moves = Move { then: vec![taken_up()], ..Move::default() };
    moves.plan(desk, record, || Wish::new(desk, clinic, specialty, |_| Ok(ranges.to_vec())))
}
