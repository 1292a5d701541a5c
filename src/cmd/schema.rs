//! `schema`: what a file may hold, as JSON Schema, for editors and other programs.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::{Done, args, help};
use crate::error::Result;
use crate::format::schema;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::render::json;
use crate::say;
use crate::words::passport::Format;

/// What stands for `appt.toml` beside the kinds of record.
const SETTINGS: &str = "settings";

pub fn spec(lang: Lang) -> Command {
    let names = Kind::ALL.map(Kind::code).into_iter().chain([SETTINGS]);
    Command::new("schema")
        .after_help(help::examples(
            lang,
            &[("schema request", "schema request"), ("schema settings", "schema settings")],
        ))
        .about(lang.of(
            "Описать, что может быть в файле записи (JSON, для редактора)",
            "What a record's file may hold: its JSON Schema",
        ))
        .arg(
            args::positional(
                lang,
                "kind",
                ("ВИД", "KIND"),
                ("вид записи; settings — appt.toml", "the kind of record; settings is appt.toml"),
            )
            .value_parser(names.collect::<Vec<_>>()),
        )
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let name = args::need(matches, "kind", || {
        let names = Kind::ALL.map(Kind::code).join(", ");
        say!(
            "Не указан вид записи: {names} или {SETTINGS}.",
            "No kind of record given: {names} or {SETTINGS}."
        )
    })?;
    // Without a store at hand, whatever any store takes for a passport.
    let passport = app.settings().map_or(Format::Any, |settings| settings.passport);
    let schema = match Kind::from_code(name) {
        Some(kind) => schema::of(kind, passport, app.lang()),
        None => schema::settings(app.lang()),
    };
    app.output.print(&json::pretty(&schema))?;
    Ok(Done::Yes)
}
