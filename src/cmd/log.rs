//! `log`: what was done, when, by whom: of one record, or the latest of all.

use std::rc::Rc;

use chrono::NaiveDate;
use clap::{ArgMatches, Command};
use serde_json::{Map, Value as Json, json};

use crate::app::App;
use crate::cmd::{Done, args, help};
use crate::error::{Code, Error, Result};
use crate::history::Event;
use crate::i18n::{Lang, Text};
use crate::life;
use crate::model::kind::Kind;
use crate::model::range;
use crate::model::record::Record;
use crate::output::Format;
use crate::query::{resolve, seek};
use crate::render::cell::Sight;
use crate::render::list::{self, List, Row};
use crate::render::{event, json};
use crate::say;
use crate::when::{self, show};
use crate::words;

/// How many events are shown, unless told otherwise.
const LATEST: usize = 20;
/// The most patients that a message lists.
const CANDIDATES: usize = 6;

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
        .arg(
            args::flag(
                lang,
                "sort",
                ("СТОЛБЕЦ", "KEY"),
                (
                    "сортировать: at, by, kind, id, event; с минусом впереди наоборот: -at",
                    "sort by at, by, kind, id, event; reversed with a minus before it: -at",
                ),
            )
            .allow_hyphen_values(true),
        )
        .arg(args::flag(
            lang,
            "columns",
            ("СТОЛБЦЫ", "A,B,C"),
            (
                "какие столбцы, через запятую: at,by,id,event,key,from,to",
                "which columns, with commas between: at,by,id,event,key,from,to",
            ),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let limit = args::number(matches, "limit")?;
    let columns = columns(args::get(matches, "columns"))?;
    let text = app.read(|sight| {
        let frame = crate::when::Frame::of(sight.settings, None, app.now, true);
        let since =
            args::get(matches, "since").map(|text| when::past_day(text, &frame)).transpose()?;
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
        if app.output.format == Format::Table {
            // The settlement beside it says the same.
            events.retain(|(_, event)| !event.what.is_same());
        }
        let most = if named.is_some() { usize::MAX } else { LATEST };
        events.truncate(limit.unwrap_or(most));
        arranged(app, sight, &events, columns.as_deref(), args::get(matches, "sort"))
    })?;
    app.print_long(&text)?;
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
    .hint(candidates(sight, name)))
}

/// The patients whom a part of a name may mean: they are named by id or passport alone.
fn candidates(sight: &Sight<'_>, name: &str) -> Text {
    let found = seek::seek_exactly(sight.book, Kind::Patient, name);
    if found.is_empty() {
        return say!(
            "Укажите номер заявки или вид и id: clinic/poliklinika-1.",
            "Give a request's id, or a kind and an id: clinic/poliklinika-1."
        );
    }
    let described = found
        .iter()
        .take(CANDIDATES)
        .map(|patient| format!("{} ({})", patient.id, words::name::short(patient.title())));
    let mut list = described.collect::<Vec<_>>().join(", ");
    if found.len() > CANDIDATES {
        list.push_str(", …");
    }
    say!(
        "Пациента называет id или паспорт. Возможно: {list}.",
        "A patient is named by id or passport. Perhaps: {list}."
    )
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

/// The keys that events may have, in the order of CSV's columns; as CSV they share all of them.
const KEYS: [&str; 10] = ["at", "by", "kind", "id", "event", "key", "from", "to", "text", "reason"];
/// The columns of the table, where nobody asks for others.
const COLUMNS: [&str; 4] = ["at", "by", "id", "event"];

/// Reads `--columns a,b,c`.
fn columns(asked: Option<&str>) -> Result<Option<Vec<String>>> {
    let Some(asked) = asked else { return Ok(None) };
    let keys = asked.split(',').map(str::trim).filter(|key| !key.is_empty());
    let keys: Result<Vec<String>> =
        keys.map(|key| known("columns", key).map(str::to_owned)).collect();
    match keys? {
        none if none.is_empty() => Err(list::no_columns(&KEYS)),
        keys => Ok(Some(keys)),
    }
}

fn known<'k>(flag: &'static str, key: &'k str) -> Result<&'k str> {
    if KEYS.contains(&key) {
        return Ok(key);
    }
    let known = KEYS.join(", ");
    Err(Error::usage(flag, say!("Нет столбца «{key}».", "There is no column “{key}”."))
        .hint(say!("Есть: {known}.", "There are: {known}.")))
}

/// Sorts rows by a key; with a minus before it, the other way round. Equal ones keep their order.
fn sort(rows: &mut [Row], asked: Option<&str>) -> Result<()> {
    let Some(asked) = asked else { return Ok(()) };
    let (key, reversed) = asked.strip_prefix('-').map_or((asked, false), |key| (key, true));
    let key = known("sort", key)?;
    let text = |row: &Row| match row.object.get(key) {
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    // Times of one zone sort as texts; those of an event are in the store's, but for a change of it.
    let at = |row: &Row| {
        let at = row.object.get("at").and_then(Json::as_str);
        at.and_then(range::instant)
    };
    rows.sort_by_cached_key(|row| match key {
        "at" => (at(row), String::new()),
        _ => (None, text(row)),
    });
    if reversed {
        rows.reverse();
    }
    Ok(())
}

/// An event as a row: of the keys that were asked for, what a person reads.
fn row(sight: &Sight<'_>, record: &Record, event: &Event, keys: &[String]) -> Row {
    let lang = sight.lang;
    let mut object = Map::new();
    object.insert("kind".into(), json!(record.kind.code()));
    object.insert("id".into(), json!(record.id));
    object.extend(json::event(event));
    let cell = |key: &String| match key.as_str() {
        "at" => {
            let at = event.at.with_timezone(&sight.settings.timezone).fixed_offset();
            show::short_instant(at, sight.today(at), lang)
        }
        "by" => sight.title(Kind::Operator, &event.by),
        "id" => {
            let name = match record.kind {
                Kind::Request => life::short(&record.id).to_owned(),
                _ => record.title().to_owned(),
            };
            format!("{} {name}", record.kind.noun(lang))
        }
        "event" => event::sentence(sight, record, event),
        key => match object.get(key) {
            Some(Json::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        },
    };
    let safe = |text: String| crate::words::screen::safe_line(&text).into_owned();
    let cells = keys.iter().map(|key| safe(cell(key))).collect();
    Row { id: record.id.clone(), object, cells }
}

fn heading(key: &str, lang: Lang) -> String {
    let (ru, en) = match key {
        "at" => ("Когда", "When"),
        "by" => ("Кто", "Who"),
        "id" => ("Запись", "Record"),
        "event" => ("Что", "What"),
        "kind" => ("Вид", "Kind"),
        "key" => ("Ключ", "Key"),
        "from" => ("Было", "From"),
        "to" => ("Стало", "To"),
        "text" => ("Текст", "Text"),
        _ => ("Причина", "Reason"),
    };
    lang.of(ru, en).to_owned()
}

/// Events in the format that was asked for.
pub fn render(app: &App, sight: &Sight<'_>, events: &[(&Record, &Event)]) -> String {
    let keys = COLUMNS.map(str::to_owned).to_vec();
    list(app, sight, rows(sight, events, &keys), keys, false)
}

/// The same, with the columns and in the order that were asked for.
fn arranged(
    app: &App,
    sight: &Sight<'_>,
    events: &[(&Record, &Event)],
    picked: Option<&[String]>,
    order: Option<&str>,
) -> Result<String> {
    let keys = picked.map_or_else(|| COLUMNS.map(str::to_owned).to_vec(), <[String]>::to_vec);
    let mut rows = rows(sight, events, &keys);
    sort(&mut rows, order)?;
    Ok(list(app, sight, rows, keys, picked.is_some()))
}

fn rows(sight: &Sight<'_>, events: &[(&Record, &Event)], keys: &[String]) -> Vec<Row> {
    events.iter().map(|(record, event)| row(sight, record, event, keys)).collect()
}

fn list(
    app: &App,
    sight: &Sight<'_>,
    rows: Vec<Row>,
    keys: Vec<String>,
    is_picked: bool,
) -> String {
    let columns = keys.into_iter().map(|key| (key.clone(), heading(&key, sight.lang))).collect();
    List { columns, csv: KEYS.to_vec(), rows }.text(&app.output, is_picked)
}
