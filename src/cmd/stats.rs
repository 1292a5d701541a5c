//! `stats`: how many requests stand where, how long they take, and how many patients refuse.

use clap::{Arg, ArgMatches, Command};

use crate::app::App;
use crate::cmd::{Done, args, help, request};
use crate::error::Result;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::output::Format;
use crate::query::filter::Filter;
use crate::query::stats::Stats;
use crate::render::cell::Sight;
use crate::render::list::{List, Row};
use crate::render::{json, stats as render};
use crate::say;

/// The screen's width, where there is no terminal.
const WIDTH: usize = 80;

pub fn spec(lang: Lang) -> Command {
    Command::new("stats")
        .after_help(help::examples(
            lang,
            &[
                ("stats --from 1.11", "stats --from 1.11"),
                (r#"stats --clinic "поликлиника 1" -o csv"#, r#"stats --clinic "Clinic 1" -o csv"#),
            ],
        ))
        .about(lang.of(
            "Сводка: сколько заявок, в каком статусе, сколько времени на них уходит",
            "Counts and times: by status, clinic, specialty, operator and week",
        ))
        .args(flags(lang))
}

/// Which requests are counted.
pub fn flags(lang: Lang) -> [Arg; 5] {
    let day = ("ДЕНЬ", "DAY");
    [
        args::flag(lang, "from", day, ("оформленные с этого дня", "made on this day or later")),
        args::flag(lang, "to", day, ("оформленные по этот день", "made on this day or earlier")),
        args::flag(
            lang,
            "clinic",
            ("КЛИНИКА", "CLINIC"),
            ("только в эту клинику", "for this clinic only"),
        ),
        args::flag(
            lang,
            "specialty",
            ("СПЕЦИАЛЬНОСТЬ", "SPECIALTY"),
            ("только к этому врачу", "for this specialty only"),
        ),
        args::flag(
            lang,
            "holder",
            ("ОПЕРАТОР", "OPERATOR"),
            ("только те, что ведёт этот оператор", "held by this operator only"),
        ),
    ]
}

/// What the requests that are asked for add up to, and their ids.
pub fn counted(app: &App, sight: &Sight<'_>, matches: &ArgMatches) -> Result<(Stats, Vec<String>)> {
    let filter = Filter { all: true, ..request::list::filter(app, sight, matches)? };
    let zone = sight.settings.timezone;
    let mut records = sight.book.all(Kind::Request);
    records.retain(|record| filter.fits(sight.book, zone, record));
    let stats = Stats::of(records.iter().map(AsRef::as_ref), zone);
    Ok((stats, records.iter().map(|record| record.id.clone()).collect()))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let (text, count) = app.read(|sight| {
        let (stats, ids) = counted(app, sight, matches)?;
        Ok((text(app, sight, &stats, &ids), ids.len()))
    })?;
    app.print_long(&text)?;
    if count == 0 {
        app.output.note(&say!("Таких заявок нет.", "There are no such requests."));
    }
    Ok(Done::Yes)
}

fn text(app: &App, sight: &Sight<'_>, stats: &Stats, ids: &[String]) -> String {
    let output = &app.output;
    match output.format {
        Format::Table if ids.is_empty() => String::new(),
        Format::Table => {
            let width = output.width.unwrap_or(WIDTH);
            render::screen(sight, stats, width, output.ascii, output.color)
        }
        Format::Json => json::text(&render::object(sight, stats)),
        Format::Jsonl | Format::Csv => {
            let row = |object| Row { id: String::new(), object, cells: Vec::new() };
            let rows = render::rows(sight, stats).into_iter().map(row).collect();
            let list = List { columns: Vec::new(), csv: render::COLUMNS.to_vec(), rows };
            list.text(output, false)
        }
        Format::Ids => ids.iter().map(|id| format!("{id}\n")).collect(),
    }
}
