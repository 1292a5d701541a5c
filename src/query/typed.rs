//! What was typed for a field, in the one form that the field takes: for flags, cells and prompts
//! alike. Times are read elsewhere (`when`): they need their clinic.

use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::model::field::{Field, Form};
use crate::model::hours::Hours;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::request::Status;
use crate::model::settings::Settings;
use crate::model::value::Value;
use crate::say;
use crate::words::{name, passport, phone, text};

/// One value, where `find` gives the id of the record that it names.
///
/// # Errors
/// `refused` or `usage`: it has not the form of its field; what `find` returns.
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
        Form::Hours => Hours::typed(plain)
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
        Form::Flag => {
            Value::Bool(flag(plain).ok_or_else(|| bad(field, plain, "да, нет, yes, no"))?)
        }
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
        "operator" | "оператор" => Some(Role::Operator.code()),
        "admin" | "администратор" | "админ" => Some(Role::Admin.code()),
        _ => None,
    }
}

fn flag(typed: &str) -> Option<bool> {
    match typed.to_lowercase().as_str() {
        "true" | "да" | "д" | "yes" | "y" => Some(true),
        "false" | "нет" | "н" | "no" | "n" => Some(false),
        _ => None,
    }
}
