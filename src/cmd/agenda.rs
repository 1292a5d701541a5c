//! `agenda`: the visits of a day or a week, by clinic and time; and those that are off, of which
//! the clinic must still hear.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{Days, NaiveDate};
use clap::{ArgMatches, Command};

use crate::app::{self, App};
use crate::cmd::record::list;
use crate::cmd::{Done, args, help};
use crate::error::{Error, Result};
use crate::i18n::{Lang, Text};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::output::Format;
use crate::query::resolve::{self, Shortest};
use crate::query::stats::monday;
use crate::query::visits::{Visit, Visits};
use crate::render::cell::Sight;
use crate::render::list as lists;
use crate::{say, tr, when, words};

/// The columns of CSV where there is no visit to take them from.
const COLUMNS: &[&str] = &["id", "appointment", "patient_name", "specialty_title", "clinic_name"];

pub fn spec(lang: Lang) -> Command {
    let [sort, _, columns] = list::shape(lang);
    Command::new("agenda")
        .after_help(help::examples(
            lang,
            &[
                ("agenda завтра", "agenda tomorrow"),
                (
                    r#"agenda ср --week --clinic "поликлиника 1""#,
                    r#"agenda wed --week --clinic "Clinic 1""#,
                ),
            ],
        ))
        .about(lang.of(
            "Расписание приёмов: на день или неделю, по клиникам",
            "The agenda: the visits of a day or a week, by clinic",
        ))
        .arg(args::positional(
            lang,
            "day",
            ("ДЕНЬ", "DAY"),
            ("какой день: завтра, ср, 25.11; без него — сегодня", "which day; today without one"),
        ))
        .arg(args::switch(
            lang,
            "week",
            ("вся неделя этого дня, с понедельника", "the whole week of that day, from Monday"),
        ))
        .arg(args::flag(
            lang,
            "clinic",
            ("КЛИНИКА", "CLINIC"),
            ("только в эту клинику", "at this clinic only"),
        ))
        .args([sort, columns])
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let kind = Kind::Request;
    let columns = lists::columns(kind, args::get(matches, "columns"))?;
    let order = list::order(kind, args::get(matches, "sort"))?;
    let (text, note) = app.read(|sight| {
        let span = span(app, sight, matches)?;
        let only = args::get(matches, "clinic")
            .map(|typed| resolve::resolve(sight.book, sight.settings, Kind::Clinic, typed))
            .transpose()?;
        let agenda = Agenda::of(sight, span, only.as_ref().map(|record| record.id.as_str()));
        let text = if app.output.format == Format::Table && columns.is_none() && order.is_none() {
            agenda.screen(sight, app.output.color)
        } else {
            let mut records: Vec<Rc<Record>> =
                agenda.visits.standing.iter().map(|visit| visit.record.clone()).collect();
            if order.is_some() {
                list::sort(sight, kind, &mut records, order.as_ref());
            }
            list::render(app, sight, kind, &records, columns.as_deref(), COLUMNS).0
        };
        Ok((text, agenda.note(sight)))
    })?;
    app.print_long(&text)?;
    if app.output.format == Format::Table {
        app.output.note(&note);
    }
    Ok(Done::Yes)
}

/// The first and the last day that are asked for.
fn span(app: &App, sight: &Sight<'_>, matches: &ArgMatches) -> Result<(NaiveDate, NaiveDate)> {
    let frame = crate::when::Frame::of(sight.settings, None, app.now, true);
    let day = match args::get(matches, "day") {
        Some(typed) => when::day(typed, &frame).map_err(|misread| {
            let is_week = ["недел", "week"].iter().any(|week| typed.to_lowercase().contains(week));
            let error = Error::from(misread);
            match is_week {
                true => error.hint(say!(
                    "Неделя целиком: `appt agenda --week`, другая — с её днём: `appt agenda 1.12 --week`.",
                    "A whole week: `appt agenda --week`; another one by a day of it: `appt agenda 1.12 --week`."
                )),
                false => error,
            }
        })?,
        None => app::today(sight.settings, app.now),
    };
    if !args::is_set(matches, "week") {
        return Ok((day, day));
    }
    Ok((monday(day), monday(day) + Days::new(6)))
}

/// The visits of some days, by clinic and time.
struct Agenda {
    first: NaiveDate,
    last: NaiveDate,
    visits: Visits,
}

impl Agenda {
    fn of(sight: &Sight<'_>, span: (NaiveDate, NaiveDate), only: Option<&str>) -> Agenda {
        let visits = Visits::of(sight.book, sight.settings, span, only);
        Agenda { first: span.0, last: span.1, visits }
    }

    /// «вторник, 24 ноября», «23–29 ноября».
    fn days(&self, sight: &Sight<'_>, lang: Lang) -> String {
        let today = sight.now.with_timezone(&sight.settings.timezone).date_naive();
        if self.first == self.last {
            when::day_text(self.first, today, lang)
        } else {
            when::dates_text(self.first, self.last, today, lang)
        }
    }

    /// How many visits there are.
    fn note(&self, sight: &Sight<'_>) -> Text {
        let (count, untold) = (
            self.visits.standing.len(),
            self.visits.standing.iter().filter(|visit| visit.untold).count(),
        );
        match (count, untold) {
            (0, _) => {
                say!(lang; "Приёмов нет: {}.", "No visits: {}.", words::before_stop(&self.days(sight, lang)))
            }
            (_, 0) => say!("Приёмов: {count}.", "Visits: {count}."),
            _ => say!(
                "Приёмов: {count}. Пациенту не сообщено: {untold}.",
                "Visits: {count}. Patients not told yet: {untold}."
            ),
        }
    }

    /// The agenda for a person; empty where there is nothing on it.
    fn screen(&self, sight: &Sight<'_>, color: bool) -> String {
        let lang = sight.lang;
        if self.visits.standing.is_empty() && self.visits.off.is_empty() {
            return String::new();
        }
        let bold = |text: &str| match color {
            true => format!("\u{1b}[1m{text}\u{1b}[0m\n"),
            false => format!("{text}\n"),
        };
        let lines = Lines::of(sight, self.visits.standing.iter().chain(&self.visits.off));
        let days = self.days(sight, lang);
        let mut text = bold(&tr!(lang, "Расписание приёмов: {}", "Agenda: {}", days));
        text.push_str(&self.part(sight, &self.visits.standing, &lines));
        if !self.visits.off.is_empty() {
            let title = lang.of("Отменить в клинике", "To be cancelled at the clinic");
            text.push_str(&format!("\n{}", bold(title)));
            text.push_str(&self.part(sight, &self.visits.off, &lines));
        }
        text
    }

    /// Visits under their clinics, and under their days where there are several.
    fn part(&self, sight: &Sight<'_>, visits: &[Visit], lines: &Lines) -> String {
        let mut text = String::new();
        for group in visits.chunk_by(|a, b| a.place() == b.place()) {
            text.push_str(&format!("\n{}\n", place(sight, &group[0])));
            for day in group.chunk_by(|a, b| a.day() == b.day()) {
                let mut indent = "  ";
                if self.first != self.last {
                    let title = when::brief_day(day[0].day(), sight.today(day[0].at), sight.lang);
                    text.push_str(&format!("  {title}\n"));
                    indent = "    ";
                }
                for visit in day {
                    text.push_str(&format!("{indent}{}\n", lines.line(visit, sight.lang)));
                }
            }
        }
        text
    }
}

/// A clinic as the head of its visits: its name, its phone, and whose clock its times are of.
fn place(sight: &Sight<'_>, visit: &Visit) -> String {
    let mut parts = vec![sight.cell(&visit.record, "clinic_name")];
    parts.extend(visit.clinic.as_ref().map(|clinic| sight.cell(clinic, "phone")));
    let at = visit.at.to_utc();
    parts.extend(when::clinic_time(visit.zone, sight.settings.timezone, at, sight.lang));
    parts.join(" · ")
}

/// The cells of the visits, in columns that run through all groups: patient, phone, specialty, id.
struct Lines {
    cells: BTreeMap<String, [String; 4]>,
    widths: [usize; 4],
}

impl Lines {
    fn of<'v>(sight: &Sight<'_>, visits: impl Iterator<Item = &'v Visit>) -> Lines {
        let shortest = Shortest::new(sight.book, Kind::Request);
        let mut lines = Lines { cells: BTreeMap::new(), widths: [0; 4] };
        for Visit { record, .. } in visits {
            let cell = |key| sight.cell(record, key);
            let patient = sight.book.patient(record.shown("patient"));
            let phone = patient.map(|patient| sight.cell(&patient, "phone")).unwrap_or_default();
            let id = shortest.of(&record.id).to_owned();
            let cells = [cell("patient_name"), phone, cell("specialty_title"), id];
            for (width, cell) in lines.widths.iter_mut().zip(&cells) {
                *width = (*width).max(cell.chars().count());
            }
            lines.cells.insert(record.id.clone(), cells);
        }
        lines
    }

    fn line(&self, visit: &Visit, lang: Lang) -> String {
        let mut line = format!("{:>5}", when::clock(visit.at));
        for (cell, width) in self.cells[&visit.record.id].iter().zip(self.widths) {
            line.push_str(&format!("  {cell:<width$}"));
        }
        if visit.untold {
            line.push_str(lang.of("  не сообщено", "  not told"));
        }
        if !visit.record.conflicts.is_empty() {
            line.push_str(lang.of("  записано разное", "  in conflict"));
        }
        line.trim_end().to_owned()
    }
}
