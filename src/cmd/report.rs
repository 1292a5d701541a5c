//! `report FILE.html`: one page with the counts, the week's visits and the open requests, to be
//! read on a telephone or printed. Without patients' names, unless they are asked for.

use std::path::Path;

use chrono::Days;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::app::App;
use crate::cmd::{Done, args, help, stats};
use crate::error::{Error, Result, why};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::output::Format;
use crate::query::filter;
use crate::query::stats::monday;
use crate::query::visits::{Visit, Visits};
use crate::render::cell::Sight;
use crate::render::json as to_json;
use crate::render::page::{self, Report};
use crate::store::disk;
use crate::words::path;
use crate::{app, say};

/// The name that stands for standard output.
const STDOUT: &str = "-";

pub fn spec(lang: Lang) -> Command {
    Command::new("report")
        .after_help(help::examples(
            lang,
            &[
                ("report неделя.html", "report week.html"),
                (
                    "report ноябрь.html --from 1.11 --to 30.11",
                    "report november.html --from 1.11 --to 30.11",
                ),
            ],
        ))
        .about(lang.of(
            "Отчёт одной страницей: сводка, приёмы недели, открытые заявки",
            "A report on one page: counts, the week's visits, the open requests",
        ))
        .arg(args::positional(
            lang,
            "file",
            ("ФАЙЛ", "FILE"),
            (
                "куда записать: week.html; `-` — стандартный вывод",
                "where to write it: week.html; `-` is standard output",
            ),
        ))
        .arg(args::switch(
            lang,
            "with-names",
            (
                "назвать пациентов; без этого личных данных в отчёте нет",
                "name the patients; without it the report holds no personal data",
            ),
        ))
        .args(stats::flags(lang))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let named = args::need(matches, "file", || {
        say!(
            "Не указано, куда записать отчёт: `appt report week.html`.",
            "No file for the report given: `appt report week.html`."
        )
    })?;
    let path = app.environment.cwd.join(named);
    let page = app.read(|sight| page(app, sight, matches))?;
    if named == STDOUT {
        app.output.print(&page)?;
        return Ok(Done::Yes);
    }
    args::spare_store(app.store()?.root(), &path)?;
    if !app.globals.dry_run {
        let failed = |error| Error::io(&say!("записать отчёт", "write the report"), named, &error);
        let placed = disk::prepare(path.clone(), &page).and_then(disk::Waiting::take_place);
        let placed = placed.map_err(|error| match disk::read_input(Some(&path)) {
            // It has taken its place all the same.
            Ok(there) if there == page.as_bytes() => unconfirmed(named, &error),
            _ => failed(error),
        })?;
        placed.sync().map_err(|error| unconfirmed(named, &error))?;
    }
    answer(app, &path)
}

fn unconfirmed(named: &str, error: &std::io::Error) -> Error {
    let why = why(error);
    let (ru, en) = (&why.ru, &why.en);
    Error::store(
        "io",
        say!(
            "Отчёт записан, но диск не подтвердил его: {named} ({ru}).",
            "The report is written, but the disk did not confirm it: {named} ({en})."
        ),
    )
    .hint(say!(
        "Посмотрите файл, прежде чем передать его.",
        "Look at the file before you pass it on."
    ))
}

fn page(app: &App, sight: &Sight<'_>, matches: &ArgMatches) -> Result<String> {
    let (stats, ids) = stats::counted(app, sight, matches)?;
    let mut open: Vec<_> = ids.iter().filter_map(|id| sight.book.get(Kind::Request, id)).collect();
    open.retain(|record| filter::is_queued(record));
    open.sort_by_cached_key(|record| filter::urgency(record));
    let monday = monday(app::today(sight.settings, app.now));
    let week = (monday, monday + Days::new(6));
    let mut visits = Visits::of(sight.book, sight.settings, week, None);
    let counted = |visit: &Visit| ids.binary_search(&visit.record.id).is_ok();
    visits.standing.retain(counted);
    visits.off.retain(counted);
    let flags = ["from", "to", "clinic", "specialty", "holder"];
    let narrowed = flags.into_iter().filter_map(|flag| {
        let value = args::get(matches, flag)?;
        Some(format!("--{flag} {value}"))
    });
    let report = Report {
        stats: &stats,
        narrowed: narrowed.collect::<Vec<_>>().join(" "),
        monday,
        visits: &visits,
        open: &open,
        with_names: args::is_set(matches, "with-names"),
    };
    Ok(page::page(sight, &report))
}

fn answer(app: &App, path: &Path) -> Result<Done> {
    let shown = path::shown(path);
    if app.output.format != Format::Table {
        app.output.print(&to_json::text(&json!({ "path": shown })))?;
        return Ok(Done::Yes);
    }
    let text = if app.globals.dry_run {
        say!("Отчёт записался бы: {shown}.", "Would write the report: {shown}.")
    } else {
        say!("Отчёт записан: {shown}", "The report is written: {shown}")
    };
    app.output.print(&crate::words::screen::safe(text.get(app.lang())))?;
    Ok(Done::Yes)
}
