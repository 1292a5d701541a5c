//! The flags of `new` and `edit`, made from the table of fields, and what is typed for them.

use clap::{Arg, ArgMatches};

use crate::app::{Desk, understood};
use crate::cmd::args;
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::model::field::{Field, Form, Need};
use crate::model::hours::Hours;
use crate::model::kind::Kind;
use crate::model::operator;
use crate::model::range::Range;
use crate::model::request::Status;
use crate::model::settings::Settings;
use crate::model::value::Value;
use crate::say;
use crate::when::{self, Frame, show};
use crate::words::{name, passport, phone, text};

/// A flag for each key of the kind that a person sets.
pub fn flags(kind: Kind, lang: Lang) -> Vec<Arg> {
    let one = |field: &'static Field| {
        let name = field.flag?;
        let value = placeholder(field.form);
        Some(match field.list {
            true => args::flags(lang, name, value, field.help),
            false => args::flag(lang, name, value, field.help),
        })
    };
    kind.fields().iter().filter_map(one).collect()
}

fn placeholder(form: Form) -> (&'static str, &'static str) {
    match form {
        Form::Person => ("ФИО", "NAME"),
        Form::Phone => ("ТЕЛЕФОН", "PHONE"),
        Form::Passport => ("НОМЕР", "NUMBER"),
        Form::Reference(Kind::Patient) => ("ПАЦИЕНТ", "PATIENT"),
        Form::Reference(Kind::Clinic) => ("КЛИНИКА", "CLINIC"),
        Form::Reference(Kind::Specialty) => ("СПЕЦИАЛЬНОСТЬ", "SPECIALTY"),
        Form::Reference(Kind::Operator) => ("ОПЕРАТОР", "OPERATOR"),
        Form::Reference(Kind::Request) => ("ЗАЯВКА", "REQUEST"),
        Form::Hours => ("ЧАСЫ", "HOURS"),
        Form::Zone => ("ПОЯС", "ZONE"),
        Form::Email => ("АДРЕС", "ADDRESS"),
        Form::Role => ("РОЛЬ", "ROLE"),
        Form::Status => ("СТАТУС", "STATUS"),
        Form::Flag => ("ДА|НЕТ", "BOOL"),
        Form::Moment | Form::Visit => ("ВРЕМЯ", "TIME"),
        Form::Range => ("ДИАПАЗОН", "RANGE"),
        Form::Line(_) => ("ТЕКСТ", "TEXT"),
    }
}

/// What was typed for the fields of a kind, those that were typed at all. An empty text takes an
/// optional value away. Ranges are read elsewhere: they need their clinic.
///
/// # Errors
/// `refused` or `usage` with what is wrong with the first value that can't be used.
pub fn typed(
    desk: &Desk<'_>,
    kind: Kind,
    matches: &ArgMatches,
) -> Result<Vec<(&'static Field, Option<Value>)>> {
    let mut values = Vec::new();
    for field in kind.fields() {
        let Some(flag) = field.flag.filter(|_| field.form != Form::Range) else { continue };
        let texts = args::all(matches, flag);
        if texts.is_empty() {
            continue;
        }
        let empty = texts.iter().all(|text| text.trim().is_empty());
        if empty && field.need != Need::Required {
            values.push((field, None));
            continue;
        }
        let items: Result<Vec<Value>> = texts.iter().map(|text| value(desk, field, text)).collect();
        let mut items = items?;
        let value = if field.list {
            items.sort();
            items.dedup();
            Some(Value::List(items))
        } else {
            items.pop()
        };
        values.push((field, value));
    }
    Ok(values)
}

/// Whether a flag of the kind was typed at all.
pub fn any_typed(kind: Kind, matches: &ArgMatches) -> bool {
    kind.fields()
        .iter()
        .filter_map(|field| field.flag)
        .any(|flag| !args::all(matches, flag).is_empty())
}

/// One value.
///
/// # Errors
/// `refused`: it has not the form of its field; `not-found` where it names no record.
pub fn value(desk: &Desk<'_>, field: &Field, typed: &str) -> Result<Value> {
    read(desk.settings, field, typed, |kind| Ok(desk.find(kind, typed)?.id.clone()))
}

/// One value, where `find` gives the id of the record that it names.
///
/// # Errors
/// As [`value`].
pub fn read(
    settings: &Settings,
    field: &Field,
    typed: &str,
    find: impl FnOnce(Kind) -> Result<String>,
) -> Result<Value> {
    let plain = typed.trim();
    Ok(match field.form {
        Form::Line(max) => text::line(typed, max)?.into(),
        Form::Person => name::person(typed)?.into(),
        Form::Phone => phone::parse(typed)?.into(),
        Form::Passport => passport::parse(typed, settings.passport)?.into(),
        Form::Reference(kind) => find(kind)?.as_str().into(),
        Form::Hours => Hours::parse(plain)
            .map(|hours| hours.to_string())
            .ok_or_else(|| bad(field, plain, "08:00-20:00"))?
            .into(),
        Form::Zone => plain
            .parse::<chrono_tz::Tz>()
            .map_err(|_| bad(field, plain, "Europe/Moscow"))?
            .name()
            .into(),
        Form::Email => email(plain).ok_or_else(|| bad(field, plain, "anna@example.org"))?.into(),
        Form::Role => role(plain).ok_or_else(|| bad(field, plain, "operator, admin"))?.into(),
        Form::Status => Status::parse(plain).ok_or_else(|| bad_status(plain))?.code().into(),
        Form::Flag => Value::Bool(flag(plain).ok_or_else(|| bad(field, plain, "true, false"))?),
        Form::Moment | Form::Visit | Form::Range => unreachable!("times need their clinic"),
    })
}

fn bad(field: &Field, typed: &str, example: &str) -> Error {
    Error::refused(
        "bad-value",
        say!(lang; "{}: не годится «{}».", "{}: “{}” can't be used.", field.title(lang), typed),
    )
    .hint(say!("Нужно так: {example}.", "It looks like this: {example}."))
}

/// What is said of a status that is none.
pub fn bad_status(typed: &str) -> Error {
    let all =
        |lang: Lang| Status::ALL.map(|s| format!("{} ({})", s.code(), s.name(lang))).join(", ");
    Error::usage("status", say!("Нет статуса «{typed}».", "There is no status “{typed}”."))
        .hint(say!(lang; "Есть: {}.", "There are: {}.", all(lang)))
}

fn email(typed: &str) -> Option<String> {
    let (local, host) = typed.split_once('@')?;
    let clean =
        |part: &str| !part.is_empty() && !part.contains(['@', ' ']) && text::is_clean_line(part);
    (clean(local) && clean(host)).then(|| typed.to_owned())
}

fn role(typed: &str) -> Option<&'static str> {
    match typed.to_lowercase().as_str() {
        "operator" | "оператор" => Some(operator::OPERATOR),
        "admin" | "администратор" | "админ" => Some(operator::ADMIN),
        _ => None,
    }
}

fn flag(typed: &str) -> Option<bool> {
    match typed.to_lowercase().as_str() {
        "true" | "да" | "yes" => Some(true),
        "false" | "нет" | "no" => Some(false),
        _ => None,
    }
}

/// The ranges that were typed, repeated in full before they count.
///
/// # Errors
/// `usage` or `refused`, with what was understood.
pub fn ranges(desk: &Desk<'_>, texts: &[&str], frame: &Frame) -> Result<Vec<Range>> {
    let mut ranges = Vec::new();
    for text in texts {
        let reading = when::ranges(text, frame)?;
        for note in &reading.notes {
            desk.app.output.note(note);
        }
        ranges.extend(reading.ranges);
    }
    ranges.sort();
    ranges.dedup();
    let today = desk.app.now.with_timezone(&frame.zone).date_naive();
    let lang = desk.app.lang();
    desk.app.output.note(&understood(&show::ranges_text(&ranges, today, lang)));
    Ok(ranges)
}
