//! `request refuse`: the patient does not want the visit.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::ask::Ask;
use crate::cmd::ask::Asked;
use crate::cmd::{Done, args, ask, help, request};
use crate::error::Result;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::words::text;

pub fn spec(_: Kind, lang: Lang) -> Command {
    Command::new("refuse")
        .after_help(help::examples(
            lang,
            &[("request refuse k7m --reason болеет", "request refuse k7m --reason ill")],
        ))
        .about(lang.of("Записать отказ пациента", "Record the patient's refusal"))
        .arg(args::request_id(lang))
        .arg(reason(lang))
}

/// `--reason`.
pub fn reason(lang: Lang) -> clap::Arg {
    args::flag(lang, "reason", ("ПРИЧИНА", "TEXT"), ("причина", "the reason"))
}

/// The reason that was typed, if any.
///
/// # Errors
/// `refused` where it is no text.
pub fn reason_of(matches: &ArgMatches) -> Result<Option<String>> {
    Ok(args::get(matches, "reason").map(text::note).transpose()?)
}

pub fn run(app: &App, _: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(Kind::Request)], |asked| act(app, asked))
}

fn act(app: &App, asked: &Asked) -> Result<Done> {
    let reason = reason_of(&asked.matches)?;
    request::change(app, asked, |desk, record| desk.acting(false, false).refuse(record, reason))
}
