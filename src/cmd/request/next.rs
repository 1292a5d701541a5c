//! `request next`: what the operator does now.

use clap::{ArgMatches, Command};
use serde_json::Value as Json;

use crate::app::App;
use crate::cmd::ask::Ask;
use crate::cmd::{Done, answer, args, ask, help};
use crate::error::Result;
use crate::i18n::Lang;
use crate::life;
use crate::model::kind::Kind;
use crate::model::request::{Request, Step};
use crate::output::Format;
use crate::query::resolve;
use crate::render::{json, show};
use crate::say;

pub fn spec(_: Kind, lang: Lang) -> Command {
    Command::new("next")
        .after_help(help::examples(lang, &[("request next k7m", "request next k7m")]))
        .about(lang.of("Что делать дальше", "What comes next"))
        .arg(args::request_id(lang))
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_look(app, matches, &[Ask::Record(Kind::Request)], |asked| {
        act(app, kind, &asked.matches)
    })
}

fn act(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let name = args::need_request(matches)?;
    let (text, unanswered) = app.read(|sight| {
        let record = resolve::resolve(sight.book, sight.settings, kind, name)?;
        if app.output.format != Format::Table {
            return Ok((
                answer::one(app, &record, Json::Object(json::record(sight.book, &record))),
                false,
            ));
        }
        let request: Request<'_> = life::request(&record)?;
        Ok((show::next(sight, &request), request.next() == Step::RecordOutcome))
    })?;
    if unanswered {
        app.output.warn(&say!(
            "Ответ клиники не записан. Запишите время приёма или удобное клинике время.",
            "The clinic's answer is not recorded. Record an appointment or its ranges."
        ));
    }
    app.output.print(&text)?;
    Ok(Done::Yes)
}
