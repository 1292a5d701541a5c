//! `queue`: open requests, the most urgent first, each with its next step and who holds it.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::record::list;
use crate::cmd::{Done, args, help, sync};
use crate::error::Result;
use crate::i18n::Lang;
use crate::life;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{Overdue, Request, Step};
use crate::model::sieve::Sieve;
use crate::output::Format;
use crate::query::filter;
use crate::render::list as lists;
use crate::say;

/// What an operator looks for in the queue.
const COLUMNS: [&str; 8] = [
    "id",
    "next",
    "patient_name",
    "specialty_title",
    "clinic_name",
    "appointment",
    "patient_ranges",
    "operator",
];

pub fn spec(lang: Lang) -> Command {
    Command::new("queue")
        .after_help(help::examples(
            lang,
            &[("queue", "queue"), ("queue --limit 10", "queue --limit 10")],
        ))
        .about(lang.of(
            "Очередь: открытые заявки, самые срочные сверху, и что с каждой делать",
            "The queue: open requests, the most urgent first, and what to do with each",
        ))
        .args(list::shape(lang))
}

/// Requests of the queue that can't go on as their next step says, by the random part of their ids.
struct Waiting {
    /// The clinic was called, and its answer is not recorded: the script's self-check.
    unanswered: Vec<String>,
    /// The visit, or the last of the patient's times, is past.
    over: Vec<String>,
    /// A merge recorded alternatives.
    in_conflict: Vec<String>,
}

impl Waiting {
    fn of(records: &[Rc<Record>], now: DateTime<Utc>) -> Waiting {
        let all = |is_meant: &dyn Fn(&Record) -> bool| {
            let meant = records.iter().filter(|record| is_meant(record));
            meant.map(|record| life::short(&record.id).to_owned()).collect()
        };
        let of = |record: &Record, is_meant: &dyn Fn(&Request<'_>) -> bool| {
            Request::of(record).is_ok_and(|request| is_meant(&request))
        };
        Waiting {
            unanswered: all(&|record| of(record, &|r| r.next() == Step::RecordOutcome)),
            over: all(&|record| of(record, &|r| is_over(r, now))),
            in_conflict: all(&|record| !record.conflicts.is_empty()),
        }
    }
}

/// Whether there is nothing to tell the patient, or to ask the clinic: the time of it is past.
fn is_over(request: &Request<'_>, now: DateTime<Utc>) -> bool {
    match request.overdue(now) {
        Some(Overdue::Visit(_)) => true,
        // An appointment that is ahead was agreed upon.
        Some(Overdue::Times(_)) => request.appointment.is_none(),
        None => false,
    }
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let kind = Kind::Request;
    let columns = lists::columns(kind, args::get(matches, "columns"))?;
    let order = list::order(kind, args::get(matches, "sort"))?;
    let limit = args::number(matches, "limit")?;
    let ((text, hidden), count, Waiting { unanswered, over, in_conflict }) = app.read(|sight| {
        let queued = Sieve { queued: true, ..Sieve::default() };
        let mut records = sight.book.sift(kind, &queued);
        records.retain(|record| filter::is_queued(record));
        records.sort_by_cached_key(|record| filter::urgency(record));
        let count = records.len();
        let waiting = Waiting::of(&records, sight.now);
        if order.is_some() {
            list::sort(sight, kind, &mut records, order.as_ref());
        }
        records.truncate(limit.unwrap_or(usize::MAX));
        Ok((list::render(app, sight, kind, &records, columns.as_deref(), &COLUMNS), count, waiting))
    })?;
    app.print_long(&text)?;
    if app.output.format == Format::Table {
        let shown = limit.map_or(count, |limit| limit.min(count));
        let (ru, en) = (lists::count(kind, count, Lang::Ru), lists::count(kind, count, Lang::En));
        app.output.note(&match count {
            0 => say!("Очередь пуста.", "The queue is empty."),
            _ if count > shown => say!(
                "В очереди: {ru}, показано: {shown}. Вести звонок: `appt script №`, открыть: `appt request show №`.",
                "In the queue: {en}, shown: {shown}. Take a call: `appt script ID`; open one: `appt request show ID`."
            ),
            _ => say!(
                "В очереди: {ru}. Вести звонок: `appt script №`, открыть: `appt request show №`.",
                "In the queue: {en}. Take a call: `appt script ID`; open one: `appt request show ID`."
            ),
        });
        list::say_hidden(app, &hidden);
        if count == 0 {
            list::begin(app)?;
        }
        if !unanswered.is_empty() {
            let unanswered = unanswered.join(", ");
            app.output.warn(&say!(
                "Без ответа клиники: {unanswered}. Запишите время приёма или удобное клинике время.",
                "Without the clinic's answer: {unanswered}. Record an appointment or its ranges."
            ));
        }
        if !over.is_empty() {
            let over = over.join(", ");
            app.output.warn(&say!(
                "Время уже прошло: {over}. Позвоните пациенту: `appt script №`.",
                "The time is past: {over}. Call the patient: `appt script ID`."
            ));
        }
        if !in_conflict.is_empty() {
            let in_conflict = in_conflict.join(", ");
            app.output.warn(&say!(
                "Записано разное: {in_conflict}. Прежде чем звонить, разберите: `appt resolve №`.",
                "Recorded differently: {in_conflict}. Before you call, settle it: `appt resolve ID`."
            ));
        }
        if !app.output.quiet {
            sync::foot(app).iter().for_each(|line| app.output.note(line));
        }
    }
    Ok(Done::Yes)
}
