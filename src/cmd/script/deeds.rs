//! What the script wants written down, done in one transaction each.

use crate::app::{App, Desk};
use crate::cmd::request::{self, new as wishes};
use crate::error::{Code, Error, Result};
use crate::history::What;
use crate::i18n::Text;
use crate::life;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::model::request::Status;
use crate::render::cell::Sight;
use crate::script::deed::Act;
use crate::script::{Caller, Deed, Script, phrase};
use crate::store::seal::{Edit, Plan};

/// Does a deed; the id of the record that it is about.
///
/// # Errors
/// `conflict` where the record changed since the operator saw it; what the rules of a write return.
pub fn done(app: &App, script: &Script, deed: &Deed) -> Result<String> {
    match deed {
        Deed::Save { start } => save(app, script, *start),
        Deed::Phone { patient, phone } => new_phone(app, patient, phone),
        Deed::Move { id, seen, .. } | Deed::Step { id, seen, .. } => step(app, deed, id, *seen),
    }
}

/// A known patient has another phone.
fn new_phone(app: &App, patient: &str, phone: &str) -> Result<String> {
    let caller =
        Caller { id: Some(patient.to_owned()), phone: Some(phone.to_owned()), ..Caller::default() };
    let (_, id) = app.write(|desk| wishes::caller(desk, &caller))?;
    Ok(id)
}

/// Saves the draft as a request, with its patient; taken up at once where the clinic is called.
fn save(app: &App, script: &Script, start: bool) -> Result<String> {
    let draft = script.draft().clone();
    let (sealed, id) = app.write(|desk| {
        let (mut plan, patient) = wishes::caller(desk, &draft.caller)?;
        let wish = wishes::of_draft(desk, &draft)?;
        let (clinic, specialty) = (&wish.clinic.id, &wish.specialty.id);
        plan.warnings.extend(request::twins(desk, &patient, clinic, specialty, None));
        let id = wishes::new_id(desk);
        let mut then = Vec::new();
        if start {
            then.push(What::status(Status::Created, Status::InProgress, None, None));
        }
        let values = wish.values(desk, &patient, None);
        plan.edits.push(Edit::Create {
            kind: Kind::Request,
            id: id.clone(),
            source: None,
            values,
            then,
        });
        Ok((plan, id))
    })?;
    drop(sealed);
    Ok(id)
}

/// Does a step on the record that the operator saw.
fn step(app: &App, deed: &Deed, id: &str, seen: Option<Instant>) -> Result<String> {
    let (_, id) = app.write(|desk| {
        let record = desk.find(Kind::Request, id)?;
        if record.updated() != seen {
            return Err(changed(desk, &record, seen));
        }
        match deed {
            Deed::Step { act, .. } => {
                let acting = desk.acting(*act == Act::TakeOver, act.is_anyway());
                let mut edits = vec![Edit::change(&record, act.whats(&acting, &record)?)];
                if act.is_clinics_answer() {
                    edits.extend(taken_off(desk, &record));
                }
                Ok((Plan { edits, ..Plan::default() }, record.id.clone()))
            }
            Deed::Move { ranges, pair, .. } => moved(desk, &record, ranges, pair.as_ref()),
            Deed::Save { .. } | Deed::Phone { .. } => unreachable!("they change no request"),
        }
    })?;
    Ok(id)
}

/// A clinic that answered about the new time of a moved visit was asked to take the old one off.
fn taken_off(desk: &Desk<'_>, record: &Record) -> Option<Edit> {
    let old = desk.library.get(Kind::Request, record.text("rescheduled_from")?)?;
    if old.text("clinic") != record.text("clinic") {
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
    let id = wishes::new_id(desk);
    let whats = desk.acting(false, false).make_way(record, &id, None)?;
    let same = (record.shown("specialty").to_owned(), record.shown("clinic").to_owned());
    let (specialty, clinic) = pair.unwrap_or(&same);
    let wish = wishes::Wish {
        clinic: desk.find(Kind::Clinic, clinic)?,
        specialty: desk.find(Kind::Specialty, specialty)?,
        ranges: ranges.to_vec(),
    };
    life::offers(desk.library, &wish.clinic, &wish.specialty)?;
    let patient = desk.library.patient(record.shown("patient"));
    let patient =
        patient.map_or_else(|| record.shown("patient").to_owned(), |patient| patient.id.clone());
    let warnings =
        request::twins(desk, &patient, &wish.clinic.id, &wish.specialty.id, Some(&record.id));
    let values = wish.values(desk, &patient, Some(&record.id));
    let then = vec![What::status(Status::Created, Status::InProgress, None, None)];
    let edits = vec![
        Edit::change(record, whats),
        Edit::Create { kind: Kind::Request, id: id.clone(), source: None, values, then },
    ];
    Ok((Plan { edits, warnings, ..Plan::default() }, id))
}

/// Somebody changed the request while the operator was answering.
fn changed(desk: &Desk<'_>, record: &Record, seen: Option<Instant>) -> Error {
    let text = Text::both(|lang| {
        let sight = Sight { lang, ..desk.app.sight(desk.library, desk.settings) };
        phrase::changed(&sight, record, seen)
    });
    Error::new(Code::Conflict, "changed-meanwhile", text)
}
