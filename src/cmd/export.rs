//! `export`: the data for other programs, on standard output.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::{Done, args, help};
use crate::error::{Error, Result};
use crate::export::{FORMATS, Format, Kinds, Scope};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::say;
use crate::words::screen;

pub fn spec(lang: Lang) -> Command {
    Command::new("export")
        .after_help(help::examples(
            lang,
            &[
                ("export jsonl", "export jsonl"),
                ("export csv --kind patient", "export csv --kind patient"),
            ],
        ))
        .about(lang.of("Отдать данные другим программам", "Hand the data to other programs"))
        .arg(
            args::positional(
                lang,
                "format",
                ("ВИД", "FORMAT"),
                (
                    "csv — таблица, jsonl — всё с историей, ics — календарь визитов, fhir — для системы клиники",
                    "csv: a table; jsonl: all with its history; ics: a calendar of visits; fhir: for a clinic's system",
                ),
            )
            .value_parser(FORMATS.iter().map(|format| format.name).collect::<Vec<_>>()),
        )
        .arg(
            args::flags(
                lang,
                "kind",
                ("ЧТО", "KIND"),
                (
                    "какие записи: csv — одни (без флага заявки), jsonl — можно несколько (без флага все)",
                    "which records: csv takes one kind (requests by default), jsonl several (all by default)",
                ),
            )
            .value_parser(Kind::ALL.map(Kind::code)),
        )
        .arg(args::switch(
            lang,
            "raw",
            (
                "csv: без апострофа перед тем, что таблица сочла бы формулой",
                "csv: no apostrophe before what a spreadsheet would run as a formula",
            ),
        ))
        .arg(args::switch(
            lang,
            "with-names",
            (
                "ics: с именами пациентов, а не инициалами",
                "ics: with patients' names, not their initials",
            ),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let format = format(matches)?;
    let kinds = kinds(format, matches)?;
    let (raw, with_names) = (args::is_set(matches, "raw"), args::is_set(matches, "with-names"));
    if raw && format.name != "csv" {
        return Err(misplaced("raw", "csv"));
    }
    if with_names && format.name != "ics" {
        return Err(misplaced("with-names", "ics"));
    }
    let text = app.read(|sight| {
        let (book, settings, lang) = (sight.book, sight.settings, sight.lang);
        Ok((format.write)(&Scope { book, settings, kinds, lang, raw, with_names }))
    })?;
    // `--raw` is for programs; on a terminal no character of a record may do anything.
    match raw && app.environment.stdout_is_terminal {
        true => app.output.print(&screen::safe(&text))?,
        false => app.output.print(&text)?,
    }
    if app.left_something_out() { Err(incomplete()) } else { Ok(Done::Yes) }
}

/// What goes to other programs, or is kept as a copy, is whole, or the command fails.
fn incomplete() -> Error {
    Error::store(
        "incomplete",
        say!(
            "Выгружено не всё: есть файлы, которые не читаются или лежат не на своём месте.",
            "Not all was exported: there are files that can't be read, or lie in the wrong place."
        ),
    )
    .hint(say!(
        "Какие и что исправить: `appt check`. Потом выгрузите снова.",
        "Which, and what to mend: `appt check`. Then export again."
    ))
}

fn format(matches: &ArgMatches) -> Result<&'static Format> {
    let name = args::need(matches, "format", || {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        let names = names.join(", ");
        say!(
            "Не указан вид: {names}. Например: `appt export csv > requests.csv`.",
            "No format given: {names}. For example: `appt export csv > requests.csv`."
        )
    })?;
    let format = FORMATS.iter().find(|format| format.name == name);
    Ok(format.expect("clap knows only the table's names"))
}

fn kinds(format: &Format, matches: &ArgMatches) -> Result<Vec<Kind>> {
    let asked = args::all(matches, "kind");
    let is_asked = |kind: &Kind| asked.contains(&kind.code());
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(is_asked).collect();
    match (format.kinds, kinds.len()) {
        (Kinds::One, 0) => Ok(vec![Kind::Request]),
        (Kinds::Any, 0) => Ok(Kind::ALL.to_vec()),
        (Kinds::One, 1) | (Kinds::Any, _) | (Kinds::Fixed, 0) => Ok(kinds),
        (Kinds::One, _) => Err(Error::usage(
            "arguments",
            say!("Таблица — об одном виде записей.", "A table is of one kind of record."),
        )
        .hint(say!("Оставьте один `--kind`.", "Leave one `--kind`."))),
        (Kinds::Fixed, _) => Err(misplaced("kind", "csv, jsonl")),
    }
}

fn misplaced(flag: &str, formats: &str) -> Error {
    Error::usage(
        "arguments",
        say!("`--{flag}` — только для: {formats}.", "`--{flag}` goes with: {formats}."),
    )
}
