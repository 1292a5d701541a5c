//! The change that an edited record plans, by flags or in an editor, and what others still need of
//! the record as it was.

use crate::app::Desk;
use crate::cmd::record::{merge, namesake};
use crate::error::{Error, Result};
use crate::history::{self, What};
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::operator;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::value::{Value, Values};
use crate::say;
use crate::store::seal::{Edit, Plan};

/// The plan that gives a record these values.
///
/// # Errors
/// `refused` where somebody else needs it as it was.
pub fn plan(
    desk: &Desk<'_>,
    record: &Record,
    values: &Values,
    text: Option<String>,
) -> Result<Plan> {
    merge::not_merged(record)?;
    let whats = history::difference(record.kind, &record.values, values);
    spared(desk, record, values, &[])?;
    let edit = Edit::Change { kind: record.kind, id: record.id.clone(), whats, text };
    Ok(Plan { edits: vec![edit], ..Plan::default() })
}

/// Whether nobody else needs a record as it was before it gets these values; `but` are records that
/// change with it.
///
/// # Errors
/// `refused`: an open request asks for a specialty that a clinic would drop; the last admin would go;
/// an e-mail is another operator's, a passport that of a patient who was merged into another.
pub fn spared(
    desk: &Desk<'_>,
    record: &Record,
    values: &Values,
    but: &[(Kind, &str)],
) -> Result<()> {
    for what in &history::difference(record.kind, &record.values, values) {
        still_needed(desk, record, what, but)?;
    }
    if record.kind == Kind::Operator {
        keep_an_admin(desk, record, values)?;
        if values.get("emails") != record.values.get("emails") {
            namesake::has_own_emails(desk, Some(&record.id), values)?;
        }
    }
    if record.kind == Kind::Patient {
        leads_to_nobody_else(desk, record, values)?;
    }
    Ok(())
}

/// The passport of a card that was merged into another leads to whom that was merged into.
fn leads_to_nobody_else(desk: &Desk<'_>, record: &Record, values: &Values) -> Result<()> {
    let number = values.text("passport").filter(|number| record.text("passport") != Some(number));
    let cards = number.map(|number| desk.library.patients_with(number)).unwrap_or_default();
    let merged = cards.iter().filter(|card| card.text("merged_into").is_some());
    let others = merged.filter_map(|card| desk.library.patient(&card.id));
    let Some(other) = others.into_iter().find(|other| other.id != record.id) else {
        return Ok(());
    };
    let (name, id) = (other.title(), &other.id);
    Err(Error::refused(
        "duplicate-passport",
        say!("По этому паспорту находят: {name} ({id}).", "This passport leads to {name} ({id})."),
    )
    .hint(say!(
        "Карточку с ним объединили с этой: `appt log {id}`. Проверьте номер.",
        "The card with it was merged into that one: `appt log {id}`. Check the number."
    )))
}

/// A clinic can't drop a specialty that an open request asks it for.
fn still_needed(desk: &Desk<'_>, record: &Record, what: &What, but: &[(Kind, &str)]) -> Result<()> {
    let What::List { key: "specialties", removed, .. } = what else { return Ok(()) };
    let using = |specialty: &Value| {
        let asks = |request: &Record| {
            request.text("clinic") == Some(&record.id)
                && !but.contains(&(Kind::Request, request.id.as_str()))
                && request.values.get("specialty") == Some(specialty)
                && Status::of(request).is_some_and(Status::is_open)
        };
        desk.library.all(Kind::Request).iter().filter(|request| asks(request)).count()
    };
    for specialty in removed {
        let count = using(specialty);
        if count > 0 {
            let id = specialty.as_text().unwrap_or_default();
            let clinic = &record.id;
            return Err(Error::refused(
                "specialty-in-use",
                say!(
                    "Специальность `{id}` убрать нельзя: по ней открыты заявки ({count}).",
                    "Specialty `{id}` can't be dropped: open requests ask for it ({count})."
                ),
            )
            .hint(say!(
                "Какие: `appt request list --clinic {clinic} --specialty {id}`.",
                "Which: `appt request list --clinic {clinic} --specialty {id}`."
            )));
        }
    }
    Ok(())
}

/// A store without an active admin could never be mended by its operators.
fn keep_an_admin(desk: &Desk<'_>, record: &Record, values: &Values) -> Result<()> {
    let is_admin = operator::is_working_admin;
    let others = desk.library.all(Kind::Operator);
    let other = others.iter().any(|other| other.id != record.id && is_admin(&other.values));
    if is_admin(&record.values) && !is_admin(values) && !other {
        return Err(last_admin());
    }
    Ok(())
}

/// What is said where the last admin would go.
pub fn last_admin() -> Error {
    Error::refused("last-admin", say!("Это единственный администратор.", "This is the only admin."))
        .hint(say!(
            "Сначала назначьте другого: `appt operator edit ID --role admin`.",
            "First make another: `appt operator edit ID --role admin`."
        ))
}
