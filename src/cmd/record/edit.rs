//! `patient edit`, `clinic edit`, `specialty edit`, `operator edit`: by flags, or in `$EDITOR`.

use clap::{ArgMatches, Command};

use crate::app::{App, Desk};
use crate::cmd::ask::Ask;
use crate::cmd::record::editor;
use crate::cmd::{Done, args, ask, fields, help, report};
use crate::error::{Error, Result};
use crate::history::{self, What};
use crate::i18n::Lang;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::value::{Value, Values};
use crate::say;
use crate::store::seal::{Edit, Plan};

pub fn spec(kind: Kind, lang: Lang) -> Command {
    let about = match lang {
        Lang::Ru => format!("Изменить {}: флагами, а без них в редакторе", kind.accusative(lang)),
        Lang::En => format!("Change {}: by flags, or in the editor without any", kind.a_noun()),
    };
    Command::new("edit")
        .about(about)
        .after_help(help::examples(lang, examples(kind)))
        .arg(one(kind, lang))
        .args(fields::flags(kind, lang))
}

fn examples(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Patient => &[
            (
                r#"patient edit "4511 223344" --phone "8 916 123-45-67""#,
                r#"patient edit "4511 223344" --phone "8 916 123-45-67""#,
            ),
            (r#"patient edit "4511 223344""#, r#"patient edit "4511 223344""#),
        ],
        Kind::Clinic => &[
            (
                r#"clinic edit "поликлиника 1" --hours 08:00-20:00"#,
                r#"clinic edit "Clinic 1" --hours 08:00-20:00"#,
            ),
            (
                r#"clinic edit "поликлиника 1" --specialty терапевт --specialty кардиолог"#,
                r#"clinic edit "Clinic 1" --specialty therapist --specialty cardiologist"#,
            ),
        ],
        Kind::Specialty => &[(
            "specialty edit оториноларинголог --alias лор --alias ухо-горло-нос",
            "specialty edit otolaryngologist --alias ENT",
        )],
        Kind::Operator => &[
            ("operator edit boris --role admin", "operator edit boris --role admin"),
            ("operator edit boris --active false", "operator edit boris --active false"),
        ],
        // A request has an `edit` of its own.
        Kind::Request => &[],
    }
}

/// The record, as the first argument.
pub fn one(kind: Kind, lang: Lang) -> clap::Arg {
    if kind == Kind::Request {
        return args::request_id(lang);
    }
    args::positional(
        lang,
        "id",
        ("КТО/ЧТО", "NAME"),
        ("id, название или начало id", "an id, a name, or an id's beginning"),
    )
}

/// The record that is meant.
///
/// # Errors
/// `usage` where none is named.
pub fn named(kind: Kind, matches: &ArgMatches) -> Result<&str> {
    args::need(
        matches,
        "id",
        || say!(lang; "Не указано, что открыть: {}.", "Which {}?", kind.noun(lang)),
    )
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(kind)], |asked| act(app, kind, &asked.matches))
}

fn act(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let name = named(kind, matches)?;
    if !fields::any_typed(kind, matches) {
        return editor::edit(app, kind, name);
    }
    let (sealed, id) = app.write(|desk| {
        desk.permit(kind)?;
        let record = desk.find(kind, name)?;
        let mut values = record.values.clone();
        for (field, value) in fields::typed(desk, kind, matches)? {
            values.put(field.key, value);
        }
        let plan = change(desk, &record, &values, None)?;
        Ok((plan, record.id.clone()))
    })?;
    let sentence = if sealed.records.is_empty() {
        say!("Менять нечего: {id}.", "Nothing to change: {id}.")
    } else {
        say!("Изменено: {id}.", "Changed: {id}.")
    };
    report::written(app, kind, &id, &sealed, &sentence)
}

/// The plan that gives a record these values.
///
/// # Errors
/// `refused` where somebody else needs it as it was.
pub fn change(
    desk: &Desk<'_>,
    record: &Record,
    values: &Values,
    text: Option<String>,
) -> Result<Plan> {
    let whats = history::difference(record.kind, &record.values, values);
    for what in &whats {
        still_needed(desk, record, what)?;
    }
    if record.kind == Kind::Operator {
        keep_an_admin(desk, record, values)?;
    }
    let edit = Edit::Change { kind: record.kind, id: record.id.clone(), whats, text };
    Ok(Plan { edits: vec![edit], warnings: Vec::new() })
}

/// A clinic can't drop a specialty that an open request asks it for.
fn still_needed(desk: &Desk<'_>, record: &Record, what: &What) -> Result<()> {
    let What::List { key: "specialties", removed, .. } = what else { return Ok(()) };
    let using = |specialty: &Value| {
        let asks = |request: &Record| {
            request.text("clinic") == Some(&record.id)
                && request.values.get("specialty") == Some(specialty)
                && request.text("status").and_then(Status::from_code).is_some_and(Status::is_open)
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
    let is_admin = |values: &Values| {
        values.text("role") == Some(crate::model::operator::ADMIN)
            && values.get("active") != Some(&Value::Bool(false))
    };
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
