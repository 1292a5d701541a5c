//! `list`: records of a kind, narrowed, sorted, in columns.

use std::cell::OnceCell;
use std::rc::Rc;

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::{Done, args, help};
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::sieve::Sieve;
use crate::model::value::Value;
use crate::output::Format;
use crate::query::filter;
use crate::query::resolve::Shortest;
use crate::render::cell::Sight;
use crate::render::json;
use crate::render::list::{self, Sheet};
use crate::say;
use crate::words::{self, screen, search};

pub fn spec(kind: Kind, lang: Lang) -> Command {
    let about = match lang {
        Lang::Ru => format!("Список: {}", kind.many(lang)),
        Lang::En => format!("List {}", kind.many(lang)),
    };
    let all = match kind {
        Kind::Patient => ("и объединённые с другими", "merged ones too"),
        _ => ("все", "all"),
    };
    Command::new("list")
        .about(about)
        .after_help(help::examples_of(kind, lang, &["list --limit 10", "list -o csv --sort id"]))
        .arg(args::flag(
            lang,
            "search",
            ("СЛОВА", "TEXT"),
            ("искать слова в названиях и номерах", "words in names and numbers"),
        ))
        .arg(args::switch(lang, "all", all).hide(kind != Kind::Patient))
        .args(shape(lang))
}

/// The flags that shape any list.
pub fn shape(lang: Lang) -> [clap::Arg; 3] {
    [
        args::flag(
            lang,
            "sort",
            ("СТОЛБЕЦ", "KEY"),
            (
                "сортировать по столбцу; с минусом впереди наоборот: -created",
                "sort by a column; reversed with a minus before it: -created",
            ),
        )
        .allow_hyphen_values(true),
        args::flag(
            lang,
            "limit",
            ("ЧИСЛО", "N"),
            ("не больше стольких строк", "at most so many rows"),
        ),
        args::flag(
            lang,
            "columns",
            ("СТОЛБЦЫ", "A,B,C"),
            (
                "какие столбцы, через запятую: id,updated",
                "which columns, with commas between: id,updated",
            ),
        ),
    ]
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let query = args::get(matches, "search").map(str::to_owned);
    let all = args::is_set(matches, "all");
    let sieve = filter::sieve(query.as_deref());
    listed(app, kind, matches, &sieve, |sight, record| {
        let hidden = !all && record.text("merged_into").is_some();
        !hidden && query.as_deref().is_none_or(|query| filter::found(sight.book, record, query))
    })
    .and_then(|count| nothing(app, kind, count, true))
}

/// An empty table says so. `whole` is whether nothing was left out of it by default.
///
/// # Errors
/// `store` where the data can't be read.
pub fn nothing(app: &App, kind: Kind, count: usize, whole: bool) -> Result<Done> {
    if count == 0 && app.output.format == Format::Table {
        app.output.note(&if whole {
            say!(lang; "{} не найдены.", "{}: none found.", words::capital(kind.many(lang)))
        } else {
            say!(
                "Таких открытых заявок нет. С закрытыми: `--all`.",
                "No such open request. With closed ones: `--all`."
            )
        });
        begin(app)?;
    }
    Ok(Done::Yes)
}

/// In a store without clinics, what comes first.
///
/// # Errors
/// `store` where the data can't be read.
pub fn begin(app: &App) -> Result<()> {
    if app.read(|sight| Ok(sight.book.ids(Kind::Clinic).is_empty()))? {
        app.output.note(&say!(
            "Клиник ещё нет. Начните с них: `appt specialty new --title …`, затем `appt clinic new …`.",
            "There are no clinics yet. Begin with them: `appt specialty new --title …`, then `appt clinic new …`."
        ));
    }
    Ok(())
}

/// Prints the records that fit, among those that a sieve lets through; how many there are, shown or
/// not.
///
/// # Errors
/// `usage` where a column or number is wrong.
pub fn listed(
    app: &App,
    kind: Kind,
    matches: &ArgMatches,
    sieve: &Sieve,
    fits: impl Fn(&Sight<'_>, &Record) -> bool,
) -> Result<usize> {
    let columns = list::columns(kind, args::get(matches, "columns"))?;
    let order = order(kind, args::get(matches, "sort"))?;
    let limit = args::number(matches, "limit")?;
    let (text, shown, count, hidden) = app.read(|sight| {
        let default = list::default_columns(kind);
        let mut sheet = sheet(app, sight, kind, columns.as_deref(), default);
        let mut found: Vec<(SortKey, String, usize)> = Vec::new();
        let key = |record: &Record| sort_key(sight, kind, record, order.as_ref());
        let sorted = |found: &mut Vec<(SortKey, String, usize)>| {
            found.sort_unstable();
            if order.as_ref().is_some_and(|(_, reversed)| *reversed) {
                found.reverse();
            }
        };
        let Some(limit) = limit else {
            // Each record is written as it is read, and let go.
            let put = put(sight, kind, columns.as_deref(), default);
            sight.book.each(kind, sieve, &mut |record| {
                if fits(sight, record) {
                    found.push((key(record), record.id.clone(), found.len()));
                    put(&mut sheet, record);
                }
            });
            sorted(&mut found);
            let places: Vec<usize> = found.iter().map(|(_, _, at)| *at).collect();
            drop(found);
            let hidden = sheet.hidden();
            return Ok((sheet.text(Some(&places)), places.len(), places.len(), hidden));
        };
        let mut records = sight.book.sift(kind, sieve);
        records.retain(|record| fits(sight, record));
        found.extend(records.iter().enumerate().map(|(at, r)| (key(r), r.id.clone(), at)));
        sorted(&mut found);
        let count = found.len();
        found.truncate(limit);
        let records: Vec<_> = found.iter().map(|(_, _, at)| records[*at].clone()).collect();
        let (text, hidden) = render(app, sight, kind, &records, columns.as_deref(), default);
        Ok((text, records.len(), count, hidden))
    })?;
    app.print_long(&text)?;
    if app.output.format == Format::Table && count > 0 {
        let (ru, en) = (list::count(kind, count, Lang::Ru), list::count(kind, count, Lang::En));
        app.output.note(&match shown < count {
            true => say!("{ru}, показано: {shown}", "{en}, shown: {shown}"),
            false => say!("{ru}", "{en}"),
        });
    }
    say_hidden(app, &hidden);
    Ok(count)
}

/// A narrow terminal has no room for some columns: a person hears which.
pub fn say_hidden(app: &App, hidden: &[String]) {
    if hidden.is_empty() || !app.environment.stderr_is_terminal {
        return;
    }
    let hidden = hidden.join(", ");
    app.output.note(&say!(
        "Скрыты столбцы: {hidden}; все: `--columns …` или шире окно.",
        "Hidden columns: {hidden}; all: `--columns …`, or a wider window."
    ));
}

/// The text of some records in the format that was asked for, and the columns that it has no room
/// for.
pub fn render(
    app: &App,
    sight: &Sight<'_>,
    kind: Kind,
    records: &[Rc<Record>],
    columns: Option<&[String]>,
    default: &[&str],
) -> (String, Vec<String>) {
    let mut sheet = sheet(app, sight, kind, columns, default);
    let put = put(sight, kind, columns, default);
    for record in records {
        put(&mut sheet, record);
    }
    let hidden = sheet.hidden();
    (sheet.text(None), hidden)
}

/// The keys of the columns.
fn keys(columns: Option<&[String]>, default: &[&str]) -> Vec<String> {
    match columns {
        Some(keys) => keys.to_vec(),
        None => default.iter().map(|key| (*key).to_owned()).collect(),
    }
}

/// An empty list.
fn sheet<'o>(
    app: &'o App,
    sight: &Sight<'_>,
    kind: Kind,
    columns: Option<&[String]>,
    default: &[&str],
) -> Sheet<'o> {
    let keys = keys(columns, default);
    let heads = keys.iter().map(|key| (key.clone(), sight.heading(kind, key))).collect();
    Sheet::new(&app.output, heads, list::known_columns(kind), columns.is_some())
}

/// How a record becomes a row.
fn put<'s>(
    sight: &'s Sight<'s>,
    kind: Kind,
    columns: Option<&[String]>,
    default: &[&str],
) -> impl Fn(&mut Sheet<'_>, &Record) + 's {
    let keys = keys(columns, default);
    let shortest = OnceCell::new();
    move |sheet, record| {
        let cell = |at: usize| {
            let key = &keys[at];
            if key != "id" || !matches!(kind, Kind::Patient | Kind::Request) {
                return sight.measured(record, key);
            }
            let shortest = shortest.get_or_init(|| Shortest::new(sight.book, kind));
            screen::measured(shortest.of(&record.id).to_owned())
        };
        let decides = |at: usize| sight.decides(record, &keys[at]);
        sheet.add(&record.id, || json::record(sight.book, record), decides, cell);
    }
}

/// A column to sort by, and whether the other way round.
///
/// # Errors
/// `usage` where the kind has no such column.
pub fn order(kind: Kind, asked: Option<&str>) -> Result<Option<(String, bool)>> {
    let Some(asked) = asked else { return Ok(None) };
    let (key, reversed) = asked.strip_prefix('-').map_or((asked, false), |key| (key, true));
    let known = list::known_columns(kind);
    if known.contains(&key) {
        return Ok(Some((key.to_owned(), reversed)));
    }
    let known = known.join(", ");
    Err(Error::usage("sort", say!("Нет столбца «{key}».", "There is no column “{key}”."))
        .hint(say!("Есть: {known}.", "There are: {known}.")))
}

/// Sorts by a column, or as a list of the kind is usually sorted.
pub fn sort(
    sight: &Sight<'_>,
    kind: Kind,
    records: &mut [Rc<Record>],
    order: Option<&(String, bool)>,
) {
    records.sort_by_cached_key(|record| (sort_key(sight, kind, record, order), record.id.clone()));
    if order.is_some_and(|(_, reversed)| *reversed) {
        records.reverse();
    }
}

/// What a list is sorted by: whether it is absent, a moment or number, a name; ids break ties.
type SortKey = (bool, Option<Value>, String);

/// Moments sort by time, names by their search key; what is absent comes last, also in a list that is
/// turned round afterwards. Where nobody asks, requests sort by when they were made, others by their
/// names.
fn sort_key(
    sight: &Sight<'_>,
    kind: Kind,
    record: &Record,
    order: Option<&(String, bool)>,
) -> SortKey {
    let key = match order {
        Some((key, _)) => key.as_str(),
        None if kind == Kind::Request => {
            return (false, record.instant("created").map(Value::Instant), String::new());
        }
        None => return (false, None, search::key(record.title())),
    };
    let value = match key {
        "updated" => record.updated().map(Value::Instant),
        "status" | "next" | "id" => {
            Some(json::record(sight.book, record)[key].as_str().unwrap_or_default().into())
        }
        _ => match record.values.get(key) {
            Some(Value::Text(_)) | None => None,
            other => other.cloned(),
        },
    };
    let text = if value.is_none() { search::key(&sight.cell(record, key)) } else { String::new() };
    let (is_absent, is_turned) = (value.is_none() && text.is_empty(), order.is_some_and(|o| o.1));
    (is_absent != is_turned, value, text)
}
