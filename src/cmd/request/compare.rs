//! `request match`: which times suit both sides.

use clap::{ArgMatches, Command};
use serde_json::json;

use crate::app::App;
use crate::cmd::ask::Ask;
use crate::cmd::{Done, answer, args, ask, help};
use crate::error::Result;
use crate::i18n::Lang;
use crate::life;
use crate::model::kind::Kind;
use crate::model::range::{self, Range};
use crate::model::request::Request;
use crate::model::value::Value;
use crate::output::Format;
use crate::query::resolve;
use crate::render::cell::Sight;
use crate::render::{json, show as render};
use crate::when::show;

/// What the answer tells, in its order.
const COLUMNS: [&str; 7] =
    ["id", "patient_ranges", "clinic_ranges", "common", "within", "appointment", "next"];

pub fn spec(_: Kind, lang: Lang) -> Command {
    Command::new("match")
        .after_help(help::examples(lang, &[("request match k7m", "request match k7m")]))
        .about(lang.of("Какое время подходит обоим", "Which times suit both"))
        .arg(args::request_id(lang))
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_look(app, matches, &[Ask::Record(kind)], |asked| act(app, kind, &asked.matches))
}

fn act(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let name = args::need_request(matches)?;
    let text = app.read(|sight| {
        let record = resolve::resolve(sight.book, sight.settings, kind, name)?;
        let clocked = sight.clocked(&record);
        let request = life::request(&clocked)?;
        let common = range::common(&request.patient_ranges, &request.clinic_ranges);
        if app.output.format == Format::Table {
            let mut text = render::times(sight, &request, &app.output.canvas());
            text.push_str(if text.is_empty() { "" } else { "\n" });
            return Ok(text + &table(sight, &request, &common));
        }
        let ranges = |ranges: &[Range]| json::value(&Value::from(ranges));
        let object = json!({
            "id": record.id,
            "patient_ranges": ranges(&request.patient_ranges),
            "clinic_ranges": ranges(&request.clinic_ranges),
            "common": ranges(&common),
            "within": range::within(&request.patient_ranges, &request.clinic_ranges),
            "appointment": request.appointment.map(|at| json::value(&at.into())),
            "next": request.next().code(),
        });
        Ok(answer::one_of(app, &record, COLUMNS.to_vec(), object))
    })?;
    app.output.print(&text)?;
    Ok(Done::Yes)
}

fn table(sight: &Sight<'_>, request: &Request<'_>, common: &[Range]) -> String {
    let lang = sight.lang;
    let mut lines = Vec::new();
    let mut part = |title: &str, ranges: &[Range]| {
        if ranges.is_empty() {
            lines.push((title.to_owned(), "—".to_owned()));
        }
        for (at, range) in ranges.iter().enumerate() {
            let title = if at == 0 { title } else { "" };
            lines.push((title.to_owned(), show::range_text(range, sight.today(range.start), lang)));
        }
    };
    part(lang.of("Удобно пациенту", "Suits the patient"), &request.patient_ranges);
    part(lang.of("Удобно клинике", "Suits the clinic"), &request.clinic_ranges);
    part(lang.of("Подходит обоим", "Suits both"), common);
    if let Some(at) = request.appointment {
        let title = lang.of("Время приёма", "Appointment");
        lines.push((title.to_owned(), show::instant_text(at, sight.today(at), lang)));
    }
    let width = lines.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0);
    let pad = |title: &str| " ".repeat(width - title.chars().count());
    lines.iter().map(|(title, text)| format!("{title}{}  {text}\n", pad(title))).collect()
}
