//! `request set-status`: a step of the request's life.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::ask::{Ask, Asked};
use crate::cmd::{Done, args, ask, fields, help, request};
use crate::error::Result;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::request::Status;
use crate::say;

pub fn spec(_: Kind, lang: Lang) -> Command {
    Command::new("set-status")
        .after_help(help::examples(
            lang,
            &[
                ("request set-status k7m in-progress", "request set-status k7m in-progress"),
            ],
        ))
        .about(lang.of("Сменить статус", "Change the status"))
        .arg(args::request_id(lang))
        .arg(args::positional(
            lang,
            "status",
            ("СТАТУС", "STATUS"),
            (
                "created, in-progress, processed или patient-refused; можно по-русски: «Обрабатывается»",
                "created, in-progress, processed or patient-refused",
            ),
        ))
        .arg(args::take_over(lang))
}

pub fn run(app: &App, _: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(Kind::Request), Ask::Status], |asked| act(app, asked))
}

fn act(app: &App, asked: &Asked) -> Result<Done> {
    let matches = &asked.matches;
    args::need_request(matches)?;
    let all =
        |lang: Lang| Status::ALL.map(|s| format!("{} ({})", s.code(), s.name(lang))).join(", ");
    let typed = args::need(matches, "status", || say!("Не указан статус.", "No status given."))
        .map_err(|error| error.hint(say!(lang; "Есть: {}.", "There are: {}.", all(lang))))?;
    let to = Status::parse(typed).ok_or_else(|| fields::bad_status(typed))?;
    request::change(app, asked, |desk, record| {
        desk.acting(args::is_set(matches, "take-over"), false).set_status(record, to, None)
    })
}
