//! Arguments, with their help in the language of the screen, and reading them back.

use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches};

use crate::error::{Error, Result};
use crate::format::layout;
use crate::i18n::{Lang, Text};
use crate::model::kind::Kind;
use crate::say;
use crate::store::disk;
use crate::words::path;

/// A flag with a value.
pub fn flag(
    lang: Lang,
    name: &'static str,
    value: (&'static str, &'static str),
    help: (&'static str, &'static str),
) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(lang.of(value.0, value.1))
        .help(lang.of(help.0, help.1).to_owned())
}

/// A flag with a value that may be repeated.
pub fn flags(
    lang: Lang,
    name: &'static str,
    value: (&'static str, &'static str),
    help: (&'static str, &'static str),
) -> Arg {
    flag(lang, name, value, help).action(ArgAction::Append)
}

/// A flag that is there or not.
pub fn switch(lang: Lang, name: &'static str, help: (&'static str, &'static str)) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(lang.of(help.0, help.1))
}

/// An argument without a flag. It is asked for by [`need`], so that a prompt may ask instead.
pub fn positional(
    lang: Lang,
    name: &'static str,
    value: (&'static str, &'static str),
    help: (&'static str, &'static str),
) -> Arg {
    Arg::new(name).value_name(lang.of(value.0, value.1)).help(lang.of(help.0, help.1).to_owned())
}

/// `--take-over`.
pub fn take_over(lang: Lang) -> Arg {
    switch(
        lang,
        "take-over",
        (
            "взять себе заявку, которую ведёт другой оператор",
            "take over a request that another operator holds",
        ),
    )
}

/// `--anyway`.
pub fn anyway(lang: Lang) -> Arg {
    switch(
        lang,
        "anyway",
        (
            "записать, даже если время прошло или не подходит",
            "record it even where the time is past or does not suit",
        ),
    )
}

/// The id of a request, as the first argument.
pub fn request_id(lang: Lang) -> Arg {
    positional(
        lang,
        "id",
        ("ЗАЯВКА", "REQUEST"),
        ("номер заявки или его начало: k7m", "the request's id or its beginning: k7m"),
    )
}

/// A record of any kind, as the first argument.
pub fn record_id(kind: Kind, lang: Lang) -> Arg {
    let (value, help) = match kind {
        Kind::Request => return request_id(lang),
        Kind::Patient => (
            ("ПАЦИЕНТ", "PATIENT"),
            ("паспорт, id или его начало", "a passport, an id or its beginning"),
        ),
        Kind::Clinic => (
            ("КЛИНИКА", "CLINIC"),
            ("название, id или его начало", "a name, an id or its beginning"),
        ),
        Kind::Specialty => (
            ("СПЕЦИАЛЬНОСТЬ", "SPECIALTY"),
            (
                "название, другое имя, id или его начало",
                "a title, an alias, an id or its beginning",
            ),
        ),
        Kind::Operator => {
            (("ОПЕРАТОР", "OPERATOR"), ("id или его начало", "an id or its beginning"))
        }
    };
    positional(lang, "id", value, help)
}

/// The text of an argument.
pub fn get<'m>(matches: &'m ArgMatches, name: &str) -> Option<&'m str> {
    matches.try_get_one::<String>(name).ok().flatten().map(String::as_str)
}

/// The texts of an argument that may be repeated.
pub fn all<'m>(matches: &'m ArgMatches, name: &str) -> Vec<&'m str> {
    let found = matches.try_get_many::<String>(name).ok().flatten();
    found.map(|texts| texts.map(String::as_str).collect()).unwrap_or_default()
}

/// Whether a switch is set.
pub fn is_set(matches: &ArgMatches, name: &str) -> bool {
    matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false)
}

/// The text of an argument that a command can't do without.
///
/// # Errors
/// `usage`: `missing-value`, with the sentence that says what is missing.
pub fn need<'m>(
    matches: &'m ArgMatches,
    name: &str,
    missing: impl FnOnce() -> Text,
) -> Result<&'m str> {
    get(matches, name)
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| missing_value(missing()))
}

/// A value that is missing, with no one to ask.
pub fn missing_value(message: Text) -> Error {
    Error::usage("missing-value", message)
}

/// The id of a request, which a command can't do without.
///
/// # Errors
/// `usage` where it is missing.
pub fn need_request(matches: &ArgMatches) -> Result<&str> {
    need(matches, "id", || {
        say!(
            "Не указана заявка: её номер, например `k7m`.",
            "No request given: its id, such as `k7m`."
        )
    })
}

/// The name of the record that is meant.
///
/// # Errors
/// `usage` where none is given.
pub fn need_record(kind: Kind, matches: &ArgMatches) -> Result<&str> {
    if kind == Kind::Request {
        return need_request(matches);
    }
    need(matches, "id", || {
        say!(lang;
            "Укажите {}. Список: `appt {} list`.",
            "Name the {}. All of them: `appt {} list`.",
            kind.accusative(lang),
            kind.code())
    })
}

/// A number.
///
/// # Errors
/// `usage` where it is none.
pub fn number(matches: &ArgMatches, name: &str) -> Result<Option<usize>> {
    let Some(text) = get(matches, name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        Error::usage(
            "number",
            say!(
                "`--{name}`: нужно число, а не «{text}».",
                "`--{name}` takes a number, not “{text}”."
            ),
        )
    })
}

/// Refuses to let a file that a command writes take the place of one of the store's own.
///
/// # Errors
/// `usage` where it would.
pub fn spare_store(root: &Path, path: &Path) -> Result<()> {
    let place = path.parent().zip(path.file_name());
    let place = place.and_then(|(folder, name)| Some(disk::place_of(folder).ok()?.join(name)));
    let inside = place.zip(disk::place_of(root).ok());
    let inside = inside.and_then(|(place, root)| place.strip_prefix(root).map(path::shown).ok());
    if !inside.is_some_and(|inside| layout::is_own(&inside)) {
        return Ok(());
    }
    let path = path::shown(path);
    Err(Error::usage(
        "arguments",
        say!(
            "Там лежат сами данные, ничего не записано: {path}.",
            "That is one of the store's own files, nothing was written: {path}."
        ),
    )
    .hint(say!("Укажите другой файл.", "Name another file.")))
}
