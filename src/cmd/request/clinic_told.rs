//! `request clinic-told`: the clinic knows that the visit is off.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::ask::Ask;
use crate::cmd::ask::Asked;
use crate::cmd::{Done, args, ask, help, request};
use crate::error::Result;
use crate::i18n::Lang;
use crate::model::kind::Kind;

pub fn spec(_: Kind, lang: Lang) -> Command {
    Command::new("clinic-told")
        .after_help(help::examples(lang, &[("request clinic-told k7m", "request clinic-told k7m")]))
        .about(lang.of(
            "Записать, что клиника знает об отмене",
            "Record that the clinic knows the visit is off",
        ))
        .arg(args::request_id(lang))
}

pub fn run(app: &App, _: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(Kind::Request)], |asked| act(app, asked))
}

fn act(app: &App, asked: &Asked) -> Result<Done> {
    request::change(app, asked, |desk, record| desk.acting(false, false).clinic_told(record))
}
