//! `patient new`, `clinic new`, `specialty new`, `operator new`: a record from its flags.

use clap::{ArgMatches, Command};

use crate::app::{App, Desk};
use crate::cmd::record::namesake;
use crate::cmd::{Done, answer, args, ask, fields, help};
use crate::error::{Error, Result};
use crate::format::layout;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::value::Values;
use crate::query::identify::{self, Place};
use crate::say;
use crate::store::seal::{Edit, Plan};
use crate::words;

pub fn spec(kind: Kind, lang: Lang) -> Command {
    let about = match lang {
        Lang::Ru => format!("Завести {}", kind.accusative(lang)),
        Lang::En => format!("Add {}", kind.a_noun()),
    };
    let command = Command::new("new")
        .about(about)
        .after_help(help::examples(lang, examples(kind)))
        .args(fields::flags(kind, lang));
    match kind {
        Kind::Patient => command,
        _ => command.arg(args::flag(
            lang,
            "id",
            ("КОД", "ID"),
            ("id, если не по названию", "the id, where not made from the name"),
        )),
    }
}

fn examples(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Patient => &[(
            r#"patient new --name "Лабанова Дарья Олеговна" --passport "4511 223344" --phone "8 916 123-45-67""#,
            r#"patient new --name "Darya Labanova" --passport "4511 223344" --phone "8 916 123-45-67""#,
        )],
        Kind::Clinic => &[(
            r#"clinic new --name "Поликлиника № 1" --address "Садовая, 5" --phone "8 495 237-72-97" --specialty терапевт"#,
            r#"clinic new --name "Clinic 1" --address "5 Garden Street" --phone "8 495 237-72-97" --specialty therapist"#,
        )],
        Kind::Specialty => &[
            ("specialty new --title Терапевт", "specialty new --title Therapist"),
            (
                "specialty new --title Оториноларинголог --alias лор --alias ухо-горло-нос",
                "specialty new --title Otolaryngologist --alias ENT",
            ),
        ],
        Kind::Operator => &[
            (
                r#"operator new --name "Борис Котов" --email boris@example.org"#,
                r#"operator new --name "Boris Kotov" --email boris@example.org"#,
            ),
            (
                r#"operator new --id olga --name "Ольга Лебедева" --role admin"#,
                r#"operator new --id olga --name "Olga Lebedeva" --role admin"#,
            ),
        ],
        // A request has a `new` of its own.
        Kind::Request => &[],
    }
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::permitted(app, kind)?;
    ask::and_run(app, matches, &ask::required(kind), |asked| act(app, kind, &asked.matches))
}

fn act(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let (sealed, id) = app.write(|desk| {
        desk.permit(kind)?;
        let mut values = Values::new();
        for (field, value) in fields::typed(desk, kind, matches)? {
            values.put(field.key, value);
        }
        if kind == Kind::Operator && values.get("role").is_none() {
            values.put("role", Some(Role::Operator.code().into()));
        }
        complete(kind, &values)?;
        let id = match args::get(matches, "id") {
            Some(id) => own_id(kind, id)?,
            None => made_id(desk, kind, &values)?,
        };
        namesake::has_own_emails(desk, None, &values)?;
        let warnings = namesake::of_new(desk, kind, &values);
        let edit = Edit::Create { kind, id: id.clone(), source: None, values, then: Vec::new() };
        Ok((Plan { edits: vec![edit], warnings, ..Plan::default() }, id))
    })?;
    answer::similar(app, &sealed);
    let title = sealed.records[0].title();
    let sentence = say!(lang;
        "Записано: {} {} ({}).",
        "Saved: {} {} ({}).",
        kind.noun(lang), title, id);
    let done = answer::written(app, kind, &id, &sealed, &sentence)?;
    if kind == Kind::Operator {
        introduce(app)?;
    }
    Ok(done)
}

/// With a second operator, commands can't tell any more who is working.
fn introduce(app: &App) -> Result<()> {
    let known = app.globals.operator.is_some() || app.environment.var("APPT_OPERATOR").is_some();
    let told = known || app.read(|sight| Ok(app.operator(sight.book).is_ok()))?;
    if !told {
        app.output.note(&say!(
            "Операторов теперь несколько. Пусть каждый скажет, кто он: `export APPT_OPERATOR=ID`.",
            "There are several operators now. Each says who they are: `export APPT_OPERATOR=ID`."
        ));
    }
    Ok(())
}

/// Every key that the kind can't be without.
fn complete(kind: Kind, values: &Values) -> Result<()> {
    for field in kind.fields().iter().filter(|field| field.required()) {
        let (Some(flag), None) = (field.flag, values.get(field.key)) else { continue };
        return Err(args::missing_value(say!(lang;
            "Не указано: {}. Добавьте `--{}`.",
            "Missing: {}. Add `--{}`.",
            words::small(field.title(lang)), flag)));
    }
    Ok(())
}

fn own_id(kind: Kind, id: &str) -> Result<String> {
    if layout::is_id(kind, id) {
        return Ok(id.to_owned());
    }
    Err(Error::refused("bad-id", say!("Не годится id «{id}».", "“{id}” is not a valid id.")).hint(
        say!(
            "Латинские буквы, цифры и дефис: `poliklinika-1`.",
            "Use a-z, 0-9 and hyphens: `poliklinika-1`."
        ),
    ))
}

fn made_id(desk: &Desk<'_>, kind: Kind, values: &Values) -> Result<String> {
    if kind != Kind::Patient {
        let title = values.text(kind.title_key());
        return Ok(identify::slug(desk.library, kind, title.unwrap_or_default()));
    }
    let number = values.text("passport").unwrap_or_default();
    match identify::patient(desk.library, &desk.settings.key, number)? {
        Place::Free(id) => Ok(id),
        Place::Held(record) => {
            let (name, id) = (record.title(), &record.id);
            Err(Error::refused(
                "duplicate-passport",
                say!(
                    "Этот паспорт уже есть: {name} ({id}).",
                    "This passport belongs to {name} ({id})."
                ),
            )
            .hint(say!(
                "Проверьте номер. Сменить телефон: `appt patient edit {id} --phone …`.",
                "Check the number. To change the phone: `appt patient edit {id} --phone …`."
            )))
        }
    }
}
