//! What can be done with a request: the steps of its life, by flags.

pub mod caller;
mod clinic_told;
mod compare;
mod edit;
pub mod list;
mod new;
mod next;
mod refuse;
mod reopen;
mod reschedule;
pub mod set_appointment;
mod set_ranges;
mod set_status;
pub mod wish;

use crate::app::{App, Desk};
use crate::cmd::ask::Asked;
use crate::cmd::{Done, Sub, answer, args, record};
use crate::error::Result;
use crate::history::What;
use crate::i18n::Text;
use crate::life;
use crate::model::kind::Kind;
use crate::model::range::{self, Range};
use crate::model::record::Record;
use crate::model::request::Request;
use crate::render::cell::Sight;
use crate::say;
use crate::store::seal::{Edit, Plan};

/// The subcommands of `request`.
pub const SUBS: &[Sub] = &[
    Sub { name: "new", spec: new::spec, run: new::run },
    Sub { name: "list", spec: list::spec, run: list::run },
    record::FIND,
    record::SHOW,
    Sub { name: "next", spec: next::spec, run: next::run },
    Sub { name: "match", spec: compare::spec, run: compare::run },
    Sub { name: "set-status", spec: set_status::spec, run: set_status::run },
    Sub { name: "set-appointment", spec: set_appointment::spec, run: set_appointment::run },
    Sub { name: "set-ranges", spec: set_ranges::spec_set, run: set_ranges::run_set },
    Sub { name: "add-ranges", spec: set_ranges::spec_add, run: set_ranges::run_add },
    Sub { name: "refuse", spec: refuse::spec, run: refuse::run },
    Sub { name: "reschedule", spec: reschedule::spec, run: reschedule::run },
    Sub { name: "clinic-told", spec: clinic_told::spec, run: clinic_told::run },
    Sub { name: "reopen", spec: reopen::spec, run: reopen::run },
    Sub { name: "edit", spec: edit::spec, run: edit::run },
    record::NOTE,
    record::REMOVE,
];

/// Changes one request: what happens to it, and the answer.
///
/// # Errors
/// `conflict` where it is no longer as the operator saw it when they were asked; what `whats` refuses,
/// and what the rules do.
fn change(
    app: &App,
    asked: &Asked,
    whats: impl FnOnce(&Desk<'_>, &Record) -> Result<Vec<What>>,
) -> Result<Done> {
    let name = args::need_request(&asked.matches)?;
    let (sealed, before) = app.write(|desk| {
        let record = desk.find(Kind::Request, name)?;
        asked.unchanged(desk, &record)?;
        let edit = Edit::change(&record, whats(desk, &record)?);
        Ok((Plan { edits: vec![edit], ..Plan::default() }, record))
    })?;
    let id = before.id.clone();
    if let Some(after) = sealed.records.first() {
        warn_of_visit(app, &before, after)?;
    }
    let sentence = match sealed.records.first() {
        Some(record) => standing(record),
        None => {
            let id = life::short(&id);
            say!(
                "Заявка {id}: так и было, ничего не изменилось.",
                "Request {id}: it was so already; nothing changed."
            )
        }
    };
    answer::written(app, Kind::Request, &id, &sealed, &sentence)
}

/// A visit that no longer suits is said to be one: what was asked for changed under it.
fn warn_of_visit(app: &App, before: &Record, after: &Record) -> Result<()> {
    let suits = |request: &Request<'_>| {
        let Some(at) = request.appointment else { return true };
        let suits = |ranges: &[Range]| ranges.is_empty() || range::covers(ranges, at);
        suits(&request.patient_ranges) && suits(&request.clinic_ranges)
    };
    let (Ok(old), Ok(new)) = (Request::of(before), Request::of(after)) else { return Ok(()) };
    let is_same = old.appointment == new.appointment && new.status.is_open();
    let Some(at) = new.appointment.filter(|_| is_same && suits(&old) && !suits(&new)) else {
        return Ok(());
    };
    let id = life::short(new.id);
    let store = app.store()?;
    let Text { ru, en } = store.glance(|library| {
        let sight = app.sight(library, &store.settings);
        Text::both(|lang| Sight { lang, ..sight }.instant(at))
    });
    app.output.warn(&say!(
        "Приём назначен на неудобное теперь время: {ru}. Договориться о другом: `appt request set-appointment {id}`.",
        "The visit is at a time that does not suit any more: {en}. To agree on another: `appt request set-appointment {id}`."
    ));
    Ok(())
}

/// Where a request stands now, as a sentence.
fn standing(record: &Record) -> Text {
    let id = life::short(&record.id);
    match Request::of(record) {
        Ok(request) => {
            say!(lang; "Заявка {}: {}.", "Request {}: {}.", id, request.status_name(lang))
        }
        Err(_) => say!("Заявка {id}.", "Request {id}."),
    }
}
