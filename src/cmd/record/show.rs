//! `show`: one record, whole.

use clap::{ArgMatches, Command};
use serde_json::Value as Json;

use crate::app::App;
use crate::cmd::ask::Ask;
use crate::cmd::{Done, answer, args, ask, help};
use crate::error::Result;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::output::Format;
use crate::query::resolve;
use crate::render::{json, show};

pub fn spec(kind: Kind, lang: Lang) -> Command {
    let about = match lang {
        Lang::Ru => format!("Показать {}", kind.accusative(lang)),
        Lang::En => format!("Show {}", kind.a_noun()),
    };
    let examples = help::examples_of(kind, lang, &["show {}", "show {} --json"]);
    Command::new("show").about(about).after_help(examples).arg(args::record_id(kind, lang))
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_look(app, matches, &[Ask::Record(kind)], |asked| act(app, kind, &asked.matches))
}

fn act(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let name = args::need_record(kind, matches)?;
    let text = app.read(|sight| {
        let record = resolve::resolve(sight.book, sight.settings, kind, name)?;
        if app.output.format == Format::Table {
            return Ok(show::record(sight, &record, &app.output.canvas()));
        }
        let mut object = json::record(sight.book, &record);
        if app.output.is_machine() {
            object.insert("history".into(), json::history(&record));
        }
        Ok(answer::one(app, &record, Json::Object(object)))
    })?;
    app.print_long(&text)?;
    Ok(Done::Yes)
}
