//! `log`: what was done, when, by whom: of one record, or the latest of all.

use std::rc::Rc;

use chrono::NaiveDate;
use clap::{ArgMatches, Command};
use serde_json::{Map, json};

use crate::app::App;
use crate::cmd::{Done, args, help};
use crate::error::{Code, Error, Result};
use crate::history::Event;
use crate::i18n::Lang;
use crate::life;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::query::resolve;
use crate::render::cell::Sight;
use crate::render::list::{List, Row};
use crate::render::{event, json};
use crate::say;
use crate::when::{self, show};

/// How many events are shown, unless told otherwise.
const LATEST: usize = 20;

pub fn spec(lang: Lang) -> Command {
    Command::new("log")
        .after_help(help::examples(
            lang,
            &[
                ("log k7m", "log k7m"),
                ("log --by anna --since вчера", "log --by anna --since yesterday"),
            ],
        ))
        .about(lang.of(
            "Что сделано, когда и кем: с одной записью или последнее по всем",
            "What was done, when, by whom: of one record, or the latest of all",
        ))
        .arg(args::positional(
            lang,
            "record",
            ("ЗАПИСЬ", "RECORD"),
            (
                "заявка, пациент, клиника…; если одного имени мало: clinic/ID",
                "a request, patient, clinic…; where a name is not enough: clinic/ID",
            ),
        ))
        .arg(args::flag(
            lang,
            "by",
            ("ОПЕРАТОР", "OPERATOR"),
            ("сделанное этим оператором", "done by this operator"),
        ))
        .arg(args::flag(lang, "since", ("ДЕНЬ", "DAY"), ("с этого дня", "on this day or later")))
        .arg(args::flag(
            lang,
            "limit",
            ("ЧИСЛО", "N"),
            ("не больше стольких событий", "at most so many events"),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let limit = args::number(matches, "limit")?;
    let text = app.read(|sight| {
        let frame = crate::when::Frame::of(sight.settings, None, app.now, true);
        let since = args::get(matches, "since").map(|text| when::day(text, &frame)).transpose()?;
        let by = args::get(matches, "by")
            .map(|name| resolve::resolve(sight.book, sight.settings, Kind::Operator, name))
            .transpose()?;
        let named = args::get(matches, "record");
        let records = match named {
            Some(name) => vec![any(sight, name)?],
            None => Kind::ALL.into_iter().flat_map(|kind| sight.book.all(kind)).collect(),
        };
        let by = by.as_ref().map(|record| record.id.as_str());
        let mut events = events(sight, &records, by, since);
        let most = if named.is_some() { usize::MAX } else { LATEST };
        events.truncate(limit.unwrap_or(most));
        Ok(render(app, sight, &events))
    })?;
    app.output.print(&text)?;
    Ok(Done::Yes)
}

/// The record of any kind that a name means; `kind/name` says which.
///
/// # Errors
/// `not-found`, `ambiguous`.
pub fn any(sight: &Sight<'_>, name: &str) -> Result<Rc<Record>> {
    if let Some((code, rest)) = name.split_once('/')
        && let Some(kind) = Kind::from_code(code)
    {
        return resolve::resolve(sight.book, sight.settings, kind, rest);
    }
    let order = [Kind::Request, Kind::Patient, Kind::Clinic, Kind::Specialty, Kind::Operator];
    for kind in order {
        match resolve::resolve(sight.book, sight.settings, kind, name) {
            Err(error) if error.code == Code::NotFound => {}
            found => return found,
        }
    }
    Err(Error::new(
        Code::NotFound,
        "no-such-record",
        say!("Нет записи «{name}».", "No record “{name}”."),
    )
    .hint(say!(
        "Укажите номер заявки или вид и id: clinic/poliklinika-1.",
        "Give a request's id, or a kind and an id: clinic/poliklinika-1."
    )))
}

/// The events of some records, the latest first.
fn events<'r>(
    sight: &Sight<'_>,
    records: &'r [Rc<Record>],
    by: Option<&str>,
    since: Option<NaiveDate>,
) -> Vec<(&'r Record, &'r Event)> {
    let zone = sight.settings.timezone;
    let mut events: Vec<(&Record, &Event)> = records
        .iter()
        .flat_map(|record| record.history.iter().map(move |event| (record.as_ref(), event)))
        .filter(|(_, event)| by.is_none_or(|by| event.by == by))
        .filter(|(_, event)| {
            since.is_none_or(|day| event.at.with_timezone(&zone).date_naive() >= day)
        })
        .collect();
    events.reverse();
    events.sort_by_key(|(_, event)| std::cmp::Reverse(event.at));
    events
}

/// Events in the format that was asked for.
pub fn render(app: &App, sight: &Sight<'_>, events: &[(&Record, &Event)]) -> String {
    let lang = sight.lang;
    let rows = events
        .iter()
        .map(|(record, event)| {
            let mut object = Map::new();
            object.insert("kind".into(), json!(record.kind.code()));
            object.insert("id".into(), json!(record.id));
            object.extend(json::event(event));
            let at = event.at.with_timezone(&sight.settings.timezone).fixed_offset();
            let name = match record.kind {
                Kind::Request => life::short(&record.id).to_owned(),
                _ => record.title().to_owned(),
            };
            let what = format!("{} {name}", record.kind.noun(lang));
            let cells = [
                show::short_instant(at, sight.today(at), lang),
                sight.title(Kind::Operator, &event.by),
                what,
                event::sentence(sight, record, event),
            ];
            let cells = cells
                .iter()
                .map(|cell| crate::words::screen::safe_line(cell).into_owned())
                .collect();
            Row { id: record.id.clone(), object, cells }
        })
        .collect();
    let heads = [
        ("at", "Когда", "When"),
        ("by", "Кто", "Who"),
        ("id", "Запись", "Record"),
        ("event", "Что", "What"),
    ];
    let columns = heads.map(|(key, ru, en)| (key.to_owned(), lang.of(ru, en).to_owned())).to_vec();
    // Events have keys of their own each; as CSV they share the columns that all have.
    let csv = vec!["at", "by", "kind", "id", "event", "key", "from", "to", "text", "reason"];
    List { columns, csv, rows }.text(&app.output, false)
}
