//! One record, as a person reads it: its keys, its times as a timeline, its events, and what comes
//! next.

use std::borrow::Cow;
use std::rc::Rc;

use crate::format::encode;
use crate::history::What;
use crate::merge::REMOVED;
use crate::model::clinic;
use crate::model::event::standing;
use crate::model::kind::Kind;
use crate::model::range;
use crate::model::record::Record;
use crate::model::request::{Overdue, Request, Step};
use crate::render::cell::Sight;
use crate::render::event;
use crate::render::timeline::{self, Canvas};
use crate::when::show;
use crate::words::{self, screen};
use crate::{life, tr};

/// The most events that `show` lists; `log` lists all.
const EVENTS: usize = 8;

/// The record as lines of text.
pub fn record(sight: &Sight<'_>, record: &Record, canvas: &Canvas) -> String {
    let lang = sight.lang;
    let record = &match record.kind {
        Kind::Request => Cow::Owned(sight.clocked(record)),
        _ => Cow::Borrowed(record),
    };
    let mut lines: Vec<(String, String)> = Vec::new();
    lines.push((kind_title(record.kind, sight), record.id.clone()));
    for field in record.kind.fields() {
        let Some(value) = record.values.get(field.key) else { continue };
        if let Some(items) = value.as_list().filter(|items| items.len() > 1) {
            for (at, item) in items.iter().enumerate() {
                let title = if at == 0 { field.title(lang) } else { "" };
                lines.push((title.to_owned(), sight.value(field, item)));
            }
            continue;
        }
        let mut text = sight.cell(record, field.key);
        if field.key == "patient"
            && let Some(patient) = sight.book.patient(record.shown("patient"))
        {
            text = format!("{text} · {}", sight.cell(&patient, "phone"));
        }
        if field.key == "clinic"
            && let Some(clinic) = sight.book.get(Kind::Clinic, record.shown("clinic"))
        {
            text =
                format!("{text} · {} · {}", clinic.shown("address"), sight.cell(&clinic, "phone"));
        }
        lines.push((field.title(lang).to_owned(), text));
    }
    let cards = match record.kind {
        Kind::Request => sight.book.cards(record.shown("patient")),
        Kind::Patient => sight.book.cards(&record.id),
        _ => Vec::new(),
    };
    let of_patient = cards.iter().filter(|card| card.id != record.id).flat_map(|card| notes(card));
    for note in of_patient.chain(notes(record)) {
        lines.push((lang.of("Примечание", "Note").to_owned(), note.replace('\n', " / ")));
    }
    for (key, raw) in &record.unknown {
        lines.push((key.clone(), raw.clone()));
    }
    let width = lines.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (title, value) in &lines {
        let pad = " ".repeat(width - title.chars().count());
        let value = screen::safe_line(value);
        let title = screen::safe_line(title);
        text.push_str(format!("{title}{pad}  {value}").trim_end());
        text.push('\n');
    }
    text.push_str(&living(sight, record));
    let request = Some(record).filter(|record| record.kind == Kind::Request);
    let request = request.and_then(|record| Request::of(record).ok());
    let times = request.as_ref().map(|request| times(sight, request, canvas)).unwrap_or_default();
    if !times.is_empty() {
        text.push_str(&format!("\n{times}"));
    }
    text.push_str(&conflicts(sight, record));
    text.push_str(&events(sight, record));
    if let Some(request) = request {
        text.push('\n');
        text.push_str(&next(sight, &request));
        text.push('\n');
    }
    text
}

/// Of a card that was merged into another: which one holds, and where its phone differs.
fn living(sight: &Sight<'_>, record: &Record) -> String {
    let lang = sight.lang;
    let living = Some(record).filter(|record| record.text("merged_into").is_some());
    let living = living.and_then(|record| sight.book.patient(&record.id));
    let Some(living) = living.filter(|living| living.id != record.id) else {
        return String::new();
    };
    let id = &living.id;
    let mut text = tr!(
        lang,
        "\n  Эта карточка закрыта, действует {id}: appt patient show {id}\n",
        "\n  This card was merged into {id}: appt patient show {id}\n"
    );
    if living.values.get("phone") != record.values.get("phone") {
        let phone = sight.cell(&living, "phone");
        text.push_str(&tr!(
            lang,
            "  Телефон там другой: {phone}\n",
            "  The phone there is another: {phone}\n"
        ));
    }
    text
}

/// The notes of a record that nobody has taken back, oldest first.
fn notes(record: &Record) -> impl Iterator<Item = &str> {
    standing(&record.history).into_iter().filter_map(|event| match &event.what {
        What::Note(text) => Some(text.as_str()),
        _ => None,
    })
}

/// The times of a request, by the clinic's clock, as a timeline with its legend; empty where it has
/// none.
pub fn times(sight: &Sight<'_>, request: &Request<'_>, canvas: &Canvas) -> String {
    let clinic = sight.book.get(Kind::Clinic, request.clinic);
    let zone = clinic::zone(clinic.as_deref(), sight.settings);
    let (patient, clinic) = (&request.patient_ranges, &request.clinic_ranges);
    let visit = request.appointment;
    let today = sight.now.with_timezone(&zone).date_naive();
    let drawing = timeline::draw(patient, clinic, visit, today, sight.lang, canvas);
    let legend = timeline::legend(&drawing, sight.lang, canvas);
    let first = patient.iter().chain(clinic).map(|range| range.start).chain(visit).min();
    let note = first
        .and_then(|at| show::clinic_time(zone, sight.settings.timezone, at.to_utc(), sight.lang));
    let note = note.map(|note| format!("  {note}\n")).unwrap_or_default();
    format!("{drawing}{legend}{note}")
}

fn kind_title(kind: Kind, sight: &Sight<'_>) -> String {
    words::capital(kind.noun(sight.lang))
}

/// What a merge could not settle, and the command that settles it.
fn conflicts(sight: &Sight<'_>, record: &Record) -> String {
    if record.conflicts.is_empty() {
        return String::new();
    }
    let lang = sight.lang;
    let mut text = lang
        .of("\nРасхождение, записано и другое:\n", "\nIn conflict, also recorded:\n")
        .to_owned();
    for conflict in &record.conflicts {
        let shown = match (record.kind.field(&conflict.key), &conflict.value) {
            (Some(field), value) => {
                let title = words::small(field.title(lang));
                let none = || lang.of("без значения", "no value").to_owned();
                let value = value.as_ref().map_or_else(none, |value| sight.value(field, value));
                format!("{title}: {value}")
            }
            (None, None) => lang.of("запись удалена", "the record is removed").to_owned(),
            (None, Some(value)) => format!("{}: {}", conflict.key, encode::inline(value)),
        };
        let by = conflict.by.as_ref().map(|by| format!(" ({})", sight.title(Kind::Operator, by)));
        let line = format!("{shown}{}", by.unwrap_or_default());
        text.push_str(&format!("  {}\n", screen::safe_line(&line)));
    }
    let (code, id) = (record.kind.code(), &record.id);
    text.push_str(&match record.kind {
        Kind::Request => {
            let id = life::short(id);
            tr!(lang, "  Разобрать: appt resolve {id}\n", "  Settle it: appt resolve {id}\n")
        }
        _ => tr!(
            lang,
            "  Разобрать: appt resolve {code}/{id}\n",
            "  Settle it: appt resolve {code}/{id}\n"
        ),
    });
    text
}

/// The latest events, oldest first.
fn events(sight: &Sight<'_>, record: &Record) -> String {
    let history: Vec<_> = record.history.iter().filter(|event| !event.what.is_same()).collect();
    let shown = history.len().saturating_sub(EVENTS);
    let mut text = String::new();
    if history.is_empty() {
        return text;
    }
    text.push('\n');
    if shown > 0 {
        let (id, lang) = (life::short(&record.id), sight.lang);
        let code = record.kind.code();
        text.push_str(&tr!(
            lang,
            "  … раньше: {} (`appt log {}`)\n",
            "  … before that: {} (`appt log {}`)\n",
            shown,
            if record.kind == Kind::Request {
                id.to_owned()
            } else {
                format!("{code}/{}", record.id)
            }
        ));
    }
    for event in &history[shown..] {
        text.push_str(&format!("  {}\n", log_line(sight, record, event)));
    }
    text
}

/// An event with its time and author.
pub fn log_line(sight: &Sight<'_>, record: &Record, event: &crate::history::Event) -> String {
    let at = event.at.with_timezone(&sight.settings.timezone).fixed_offset();
    let when = show::short_instant(at, sight.today(at), sight.lang);
    let by = sight.title(Kind::Operator, &event.by);
    let what = event::sentence(sight, record, event);
    let line = format!("{when}  {by}: {what}");
    screen::safe_line(&line).into_owned()
}

/// That a request's time is past, where it is, and whom to ask: whatever came next before, the patient
/// is called now. Then the commands for what they say.
pub fn overdue(sight: &Sight<'_>, request: &Request<'_>) -> Option<(String, String)> {
    let (lang, id) = (sight.lang, life::short(request.id));
    let phone = phone(sight, sight.book.patient(request.patient));
    Some(match request.overdue(sight.now)? {
        Overdue::Visit(_) => (
            tr!(
                lang,
                "Внимание: время приёма уже прошло. Спросите пациента ({phone}), был ли он на приёме.",
                "Warning: the appointment is past. Ask the patient ({phone}) whether they came."
            ),
            tr!(
                lang,
                "  Был: appt request set-status {id} processed\n  Не был: appt request reschedule {id} --range ДИАПАЗОН…",
                "  They did: appt request set-status {id} processed\n  They did not: appt request reschedule {id} --range RANGE…"
            ),
        ),
        Overdue::Times(_) if request.appointment.is_some() => return None,
        Overdue::Times(_) => (
            tr!(
                lang,
                "Внимание: удобное пациенту время уже прошло. Спросите новое ({phone}).",
                "Warning: the patient's times are past. Ask for new ones ({phone})."
            ),
            tr!(
                lang,
                "  Записать: appt request set-ranges {id} --patient ДИАПАЗОН…",
                "  Record them: appt request set-ranges {id} --patient RANGE…"
            ),
        ),
    })
}

/// That two copies recorded something differently, where they did: who calls before that is settled
/// tells of what may not hold.
pub fn disputed(sight: &Sight<'_>, request: &Request<'_>) -> Option<String> {
    let (lang, id) = (sight.lang, life::short(request.id));
    let title = |key: &&str| match Kind::Request.field(key) {
        Some(field) => words::small(field.title(lang)),
        None if *key == REMOVED => lang.of("удаление", "removal").to_owned(),
        None => screen::safe_line(key).into_owned(),
    };
    let keys: Vec<String> = request.disputed.iter().map(title).collect();
    let keys = keys.join(", ");
    (!keys.is_empty()).then(|| {
        tr!(
            lang,
            "Внимание: записано разное: {keys}. Прежде чем звонить, разберите: `appt resolve {id}`.",
            "Warning: recorded differently: {keys}. Before you call, settle it: `appt resolve {id}`."
        )
    })
}

/// What the operator does next, with the command that does it, after what must be known before.
pub fn next(sight: &Sight<'_>, request: &Request<'_>) -> String {
    let overdue = overdue(sight, request).map(|(said, commands)| format!("{said}\n{commands}"));
    let warnings = [disputed(sight, request), overdue];
    let lines: Vec<String> = warnings.into_iter().flatten().chain([step(sight, request)]).collect();
    lines.join("\n")
}

/// Whom to call, or what keeps that from being known.
fn phone(sight: &Sight<'_>, record: Option<Rc<Record>>) -> String {
    let phone = record.map(|record| sight.cell(&record, "phone"));
    phone.filter(|phone| !phone.is_empty()).unwrap_or_else(|| {
        sight
            .lang
            .of("телефон не читается: `appt check`", "the phone can't be read: `appt check`")
            .to_owned()
    })
}

fn step(sight: &Sight<'_>, request: &Request<'_>) -> String {
    let lang = sight.lang;
    let id = life::short(request.id);
    let clinic_phone = phone(sight, sight.book.get(Kind::Clinic, request.clinic));
    let patient_phone = phone(sight, sight.book.patient(request.patient));
    match request.next() {
        Step::CallClinic => tr!(
            lang,
            "Дальше: позвоните в клинику ({clinic_phone}).\n  Перед звонком: appt request set-status {id} in-progress",
            "Next: call the clinic ({clinic_phone}).\n  Before the call: appt request set-status {id} in-progress"
        ),
        Step::RecordOutcome => tr!(
            lang,
            "Дальше: запишите ответ клиники ({clinic_phone}).\n  Назначила время: appt request set-appointment {id} ВРЕМЯ\n  Предложила другое: appt request set-ranges {id} --clinic ДИАПАЗОН…",
            "Next: record the clinic's answer ({clinic_phone}).\n  It gave a time: appt request set-appointment {id} TIME\n  It offered others: appt request set-ranges {id} --clinic RANGE…"
        ),
        Step::CallPatient => tr!(
            lang,
            "Дальше: предложите пациенту время клиники ({patient_phone}){}.\n  Новое удобное время: appt request set-ranges {id} --patient ДИАПАЗОН…\n  Отказ: appt request refuse {id}",
            "Next: offer the patient the clinic's times ({patient_phone}){}.\n  New times: appt request set-ranges {id} --patient RANGE…\n  A refusal: appt request refuse {id}",
            common(sight, request)
        ),
        Step::GetAppointment => tr!(
            lang,
            "Дальше: время подходит обоим, узнайте в клинике время приёма ({clinic_phone}).\n  Записать: appt request set-appointment {id} ВРЕМЯ",
            "Next: the times suit both; get the appointment from the clinic ({clinic_phone}).\n  Record it: appt request set-appointment {id} TIME"
        ),
        Step::NotifyPatient => tr!(
            lang,
            "Дальше: сообщите пациенту время приёма ({patient_phone}).\n  Пациент знает: appt request set-status {id} processed",
            "Next: tell the patient the appointment ({patient_phone}).\n  Told: appt request set-status {id} processed"
        ),
        Step::TellClinic => tr!(
            lang,
            "Дальше: отмените приём в клинике ({clinic_phone}).\n  Клиника знает: appt request clinic-told {id}",
            "Next: cancel the visit at the clinic ({clinic_phone}).\n  Told: appt request clinic-told {id}"
        ),
        Step::None if request.status == crate::model::request::Status::Processed => {
            lang.of("Всё сделано.", "Done.").to_owned()
        }
        Step::None => lang.of("Закрыта.", "Closed.").to_owned(),
    }
}

/// The time that suits both already, to be offered first; nothing where there is none.
fn common(sight: &Sight<'_>, request: &Request<'_>) -> String {
    let common = range::common(&request.patient_ranges, &request.clinic_ranges);
    let common = range::left(&common, sight.now);
    if common.is_empty() {
        return String::new();
    }
    let text = sight.ranges(&common);
    tr!(
        sight.lang,
        "; сначала то, что подходит обоим: {text}",
        "; first the time that suits both: {text}"
    )
}
