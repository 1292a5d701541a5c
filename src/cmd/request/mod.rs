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

use clap::ArgMatches;

use crate::app::{App, Desk};
use crate::cmd::{Done, Sub, args, record, report};
use crate::error::Result;
use crate::history::What;
use crate::i18n::Text;
use crate::life;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Request;
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
/// What `whats` refuses, and what the rules do.
fn change(
    app: &App,
    matches: &ArgMatches,
    whats: impl FnOnce(&Desk<'_>, &Record) -> Result<Vec<What>>,
) -> Result<Done> {
    let name = args::need_request(matches)?;
    let (sealed, id) = app.write(|desk| {
        let record = desk.find(Kind::Request, name)?;
        let edit = Edit::change(&record, whats(desk, &record)?);
        Ok((Plan { edits: vec![edit], ..Plan::default() }, record.id.clone()))
    })?;
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
    report::written(app, Kind::Request, &id, &sealed, &sentence)
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
