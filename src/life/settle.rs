//! What a merge could not settle, and the ways to settle it (`spec.md`, section 8). Pure.
//!
//! Each key in conflict has numbered ways. The first leaves what stands; the next ones put another
//! value in its place. Where a value alone would not do, the ways are deeds of a request's life: a
//! refusal that did not see the visit, two requests that both replace one, a removal.
//!
//! Invariant: every way ends the conflict of its key by an event that names the alternatives its
//! author saw, or removes the record; what a way can't do is refused, and says why.

use std::rc::Rc;

use crate::error::{Error, Result};
use crate::format::decode;
use crate::history::{self, Event, Mark, What};
use crate::i18n::{Lang, Text};
use crate::life::{self, short};
use crate::merge::REMOVED;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::{Conflict, Record};
use crate::model::request::{Request, Status};
use crate::model::value::Value;
use crate::say;

/// A key in conflict, and the ways to settle it.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The key: one of the record's, an unknown one, or `removed`.
    pub key: String,
    /// The ways, in the order of their numbers.
    pub ways: Vec<Way>,
}

/// One way to settle a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// What is done.
    pub deed: Deed,
    /// The value that then stands; none for an absence.
    pub value: Option<Value>,
    /// Who recorded it, where that is known.
    pub by: Option<String>,
    /// When.
    pub at: Option<Instant>,
    /// Why, where a reason was given.
    pub reason: Option<String>,
}

/// What is done to settle a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// What stands stays.
    Keep,
    /// The alternative takes its place.
    Take,
    /// The refusal stands; the clinic must hear that the visit is off.
    Off,
    /// The refusal stands, and the clinic has heard.
    Told,
    /// The visit stands: the request is taken up again.
    Visit,
    /// Both successors of a request stay, one of them as a request of its own.
    Both,
    /// The record goes.
    Remove,
}

impl Deed {
    /// The deed's name in machine formats.
    pub fn code(self) -> &'static str {
        match self {
            Deed::Keep => "keep",
            Deed::Take => "take",
            Deed::Off => "visit-off",
            Deed::Told => "clinic-told",
            Deed::Visit => "visit-stands",
            Deed::Both => "both-stay",
            Deed::Remove => "remove",
        }
    }

    /// What it does, for a person who chooses.
    pub fn words(self, lang: Lang) -> &'static str {
        match self {
            Deed::Keep => lang.of("оставить", "keep"),
            Deed::Take => lang.of("взять", "take"),
            Deed::Off => lang.of(
                "приёма не будет: отменить его в клинике",
                "the visit is off: the clinic must hear of it",
            ),
            Deed::Told => lang.of(
                "приёма не будет, и клиника это знает",
                "the visit is off, and the clinic knows",
            ),
            Deed::Visit => lang.of(
                "приём остаётся: вернуть заявку в работу",
                "the visit stands: take the request up again",
            ),
            Deed::Both => lang.of("нужны обе заявки", "both requests are needed"),
            Deed::Remove => lang.of("удалить запись", "remove the record"),
        }
    }
}

/// What a way does to a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// These things happen to it.
    Whats(Rc<Record>, Vec<What>),
    /// An unknown key gets this value, and these things happen to it.
    Unknown(Rc<Record>, Vec<What>, String, Value),
    /// It goes.
    Remove(Rc<Record>),
}

/// What settles a key: the changes, and what the operator should know.
#[derive(Debug, Default)]
pub struct Settling {
    /// The changes, that of the record itself first.
    pub changes: Vec<Change>,
    /// What is left to do.
    pub warnings: Vec<Text>,
}

/// The keys of a record that are in conflict, with the ways to settle each.
pub fn points(record: &Record) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for conflict in &record.conflicts {
        if points.last().is_none_or(|point| point.key != conflict.key) {
            let ways = ways(record, &conflict.key);
            points.push(Point { key: conflict.key.clone(), ways });
        }
    }
    points
}

fn ways(record: &Record, key: &str) -> Vec<Way> {
    let (stands, author) = standing(record, key);
    let keep = signed(Deed::Keep, stands, author);
    let others: Vec<&Conflict> = record.conflicts.iter().filter(|c| c.key == key).collect();
    let way = |deed: Deed, c: &Conflict| {
        let said = |event: &&Event| Some(event.at) == c.at && Some(&event.by) == c.by.as_ref();
        let reason = record.history.iter().find(said).and_then(reason);
        Way { deed, value: c.value.clone(), by: c.by.clone(), at: c.at, reason }
    };
    let is_refused = Status::of(record) == Some(Status::PatientRefused);
    if key == "appointment" && record.kind == Kind::Request && is_refused {
        let refusal = author_of(record, "status", record.values.get("status"));
        let visits = others.into_iter().filter(|c| c.value.is_some());
        let ways: Vec<Way> = visits
            .flat_map(|c| {
                // Who refused says that the visit is off, who booked that it stands; that the
                // clinic knows, nobody has said.
                let off = signed(Deed::Off, c.value.clone(), refusal);
                let told = signed(Deed::Told, c.value.clone(), None);
                [off, way(Deed::Visit, c), told]
            })
            .collect();
        return if ways.is_empty() { vec![keep] } else { ways };
    }
    let takes = others.iter().map(|c| match key {
        REMOVED => way(Deed::Remove, c),
        _ => way(Deed::Take, c),
    });
    let both = (key == "rescheduled_to").then(|| signed(Deed::Both, keep.value.clone(), None));
    std::iter::once(keep).chain(takes).chain(both).collect()
}

/// A way that the author of this event said; nobody, where there is none.
fn signed(deed: Deed, value: Option<Value>, author: Option<&Event>) -> Way {
    let (by, at) = (author.map(|event| event.by.clone()), author.map(|event| event.at));
    Way { deed, value, by, at, reason: author.and_then(reason) }
}

fn reason(event: &Event) -> Option<String> {
    match &event.what {
        What::Set { reason, .. } => reason.clone(),
        _ => None,
    }
}

/// What stands under a key, and the event that put it there.
fn standing<'r>(record: &'r Record, key: &str) -> (Option<Value>, Option<&'r Event>) {
    if record.kind.field(key).is_none() {
        let raw = record.unknown.iter().find(|(name, _)| name == key).map(|(_, raw)| raw);
        return (raw.map(|raw| decode::unknown(raw)), None);
    }
    let value = record.values.get(key);
    (value.cloned(), author_of(record, key, value))
}

/// The last event that put this under a key.
fn author_of<'r>(record: &'r Record, key: &str, value: Option<&Value>) -> Option<&'r Event> {
    record.history.iter().rev().find(|event| match &event.what {
        What::Set { key: k, to, .. } => *k == key && to.as_ref() == value,
        What::List { key: k, .. } => *k == key,
        What::First { values, .. } => values.get(key) == value,
        _ => false,
    })
}

/// What one way does.
///
/// # Errors
/// `refused` where the rules of section 4 do not allow it, and why.
pub fn settle(
    book: &dyn Book,
    by: &str,
    record: &Rc<Record>,
    key: &str,
    way: &Way,
) -> Result<Settling> {
    let settled = history::settlement(key, record);
    if way.deed == Deed::Remove {
        let changes = vec![Change::Remove(record.clone())];
        return Ok(Settling { changes, warnings: Vec::new() });
    }
    let Some(field) = record.kind.field(key) else {
        let whats = vec![settled];
        let change = match (&way.deed, &way.value) {
            (Deed::Take, Some(value)) => {
                Change::Unknown(record.clone(), whats, key.to_owned(), value.clone())
            }
            _ => Change::Whats(record.clone(), whats),
        };
        return Ok(Settling { changes: vec![change], warnings: Vec::new() });
    };
    let mut settling = Settling::default();
    let mut whats = vec![settled];
    let from = record.values.get(field.key);
    match (way.deed, field.key) {
        (Deed::Off | Deed::Told | Deed::Visit, _) => {
            whats.extend(refused_unseen(record, by, way)?);
        }
        (_, "rescheduled_to") => {
            successors(book, by, record, way, &mut settling)?;
            let holds = if way.deed == Deed::Take { way.value.as_ref() } else { from };
            if from.is_some() || holds.is_some() {
                whats.push(What::set(field.key, from, holds.cloned()));
            }
        }
        (Deed::Keep, "status") => whats.push(anew(record)?),
        (Deed::Keep | Deed::Both, key) if !field.list => {
            if key == "appointment" && record.kind == Kind::Request {
                whats.extend(told_anew(record, &life::request(record)?, by, way));
            }
            // What is kept is recorded, too, so that a contrary decision in another clone comes up.
            whats.extend(from.map(|stands| What::set(key, Some(stands), Some(stands.clone()))));
        }
        (Deed::Keep | Deed::Both | Deed::Remove, _) => {}
        (Deed::Take, "status") => whats.extend(status(record, way)?),
        (Deed::Take, "appointment" | "clinic_ranges") => {
            whats.extend(answer(record, by, field.key, way)?);
        }
        (Deed::Take, _) if way.value.is_none() && field.required() => {
            return Err(Error::refused(
                "required",
                say!("Без `{key}` записи не бывает.", "A record can't be without `{key}`."),
            ));
        }
        (Deed::Take, _) if field.list => {
            let new = way.value.as_ref().and_then(Value::as_list).unwrap_or_default();
            whats.extend(history::list_change(field.key, record.values.list(field.key), new));
        }
        (Deed::Take, _) => whats.push(What::set(field.key, from, way.value.clone())),
    }
    if field.key == "appointment" && record.kind == Kind::Request {
        settling.warnings.extend(other_visits(record, way.value.as_ref()));
    }
    settling.changes.insert(0, Change::Whats(record.clone(), whats));
    if field.key == "merged_into" && way.deed == Deed::Take {
        settling.changes.extend(went_over(book, record, way));
    }
    Ok(settling)
}

/// A refusal that did not see the visit: either the visit is off, or the refusal is.
fn refused_unseen(record: &Record, by: &str, way: &Way) -> Result<Vec<What>> {
    let request = life::request(record)?;
    let visit = way.value.as_ref();
    let in_place = record.values.get("appointment");
    let book = (in_place != visit).then(|| What::set("appointment", in_place, visit.cloned()));
    let off = std::iter::once(anew(record)?).chain(book.clone());
    Ok(match way.deed {
        Deed::Visit => {
            not_moved(&request)?;
            let mut whats = reopened(&request, by);
            whats.extend(book);
            whats
        }
        Deed::Told => off.chain([What::mark(Mark::ClinicTold)]).collect(),
        _ => off.collect(),
    })
}

/// The status that holds, said anew, so that another decision of the same does not go unseen.
fn anew(record: &Record) -> Result<What> {
    let request = life::request(record)?;
    let reason = author_of(record, "status", record.values.get("status")).and_then(reason);
    Ok(What::status(request.status, request.status, request.appointment, reason))
}

/// A closed request goes back to work, by whoever says so.
fn reopened(request: &Request<'_>, by: &str) -> Vec<What> {
    let mut whats = vec![
        What::mark(Mark::Reopened),
        What::status(request.status, Status::InProgress, None, None),
    ];
    whats.extend(held_by(request, by));
    whats
}

fn held_by(request: &Request<'_>, by: &str) -> Option<What> {
    let from = Value::from(request.operator);
    (request.operator != by).then(|| What::set("operator", Some(&from), Some(by.into())))
}

fn not_moved(request: &Request<'_>) -> Result<()> {
    let Some(successor) = request.rescheduled_to else { return Ok(()) };
    let part = short(successor);
    Err(Error::refused(
        "rescheduled",
        say!(
            "Заявку уже перенесли: вместо неё {part}.",
            "The request was moved: {part} stands in its place."
        ),
    )
    .hint(say!(
        "Работайте с новой: `appt request show {part}`.",
        "Work on that one: `appt request show {part}`."
    )))
}

/// Another status, where section 4 lets the request have it.
fn status(record: &Record, way: &Way) -> Result<Vec<What>> {
    let request = life::request(record)?;
    let to = way.value.as_ref().and_then(Value::as_text).and_then(Status::from_code);
    let Some(to) = to else {
        return Err(Error::refused(
            "bad-value",
            say!("Такого статуса нет.", "There is no such status."),
        ));
    };
    let off = request.status == Status::PatientRefused && request.clinic_told;
    let visit = request.appointment.filter(|_| !off);
    if to != Status::PatientRefused {
        not_moved(&request)?;
    }
    let refused = |rule, ru: &str, en: &str| {
        let text = Text { ru: ru.to_owned(), en: en.to_owned() };
        let id = short(request.id);
        Err(Error::refused(rule, text).hint(say!(
            "Оставьте что есть (`--keep`), дальше: `appt request next {id}`.",
            "Keep what stands (`--keep`), then: `appt request next {id}`."
        )))
    };
    match to {
        Status::Created if request.is_answered() => {
            return refused(
                "outcome-recorded",
                "Ответ клиники уже записан, вернуть «Создана» нельзя.",
                "The clinic's answer is recorded; it can't go back to “Created”.",
            );
        }
        Status::Processed if visit.is_none() => {
            return refused(
                "no-appointment",
                "Не записано время приёма.",
                "No appointment recorded.",
            );
        }
        _ => {}
    }
    let mut whats = vec![What::status(request.status, to, request.appointment, None)];
    if off && to == Status::InProgress {
        let gone = request.appointment.map(Value::Instant);
        whats.extend(gone.map(|gone| What::set("appointment", Some(&gone), None)));
    }
    Ok(whats)
}

/// The clinic's answer that the status left no room for: a request that nobody was calling for is
/// taken up with it.
fn answer(record: &Record, by: &str, key: &'static str, way: &Way) -> Result<Vec<What>> {
    let request = life::request(record)?;
    if way.value.is_none() && key == "appointment" && request.status == Status::Processed {
        return Err(Error::refused(
            "no-appointment",
            say!(
                "Обработанной заявки без времени приёма не бывает.",
                "A processed request can't be without an appointment."
            ),
        )
        .hint(say!("Оставьте что есть: `--keep`.", "Keep what stands: `--keep`.")));
    }
    let mut whats = Vec::new();
    if key == "appointment" {
        whats.extend(told_anew(record, &request, by, way));
    }
    if request.status == Status::Created && way.value.is_some() {
        whats.push(What::status(Status::Created, Status::InProgress, None, None));
        whats.extend(held_by(&request, by));
    }
    let from = record.values.get(key);
    if key == "appointment" {
        whats.push(What::set(key, from, way.value.clone()));
    } else {
        let new = way.value.as_ref().and_then(Value::as_list).unwrap_or_default();
        whats.extend(history::list_change(key, record.values.list(key), new));
    }
    Ok(whats)
}

/// The patient of a processed request knows of another time than the one that holds: they are told
/// anew, and so the request goes back to work.
fn told_anew(record: &Record, request: &Request<'_>, by: &str, way: &Way) -> Vec<What> {
    let holds = way.value.as_ref().and_then(Value::as_instant);
    let knows = told(record).is_some_and(|told| told == holds);
    if request.status != Status::Processed || holds.is_none() || knows {
        return Vec::new();
    }
    reopened(request, by)
}

/// The time that the patient was told when the request was last processed; of a request that came in
/// processed, the one that it came in with.
fn told(record: &Record) -> Option<Option<Instant>> {
    let processed = Value::from(Status::Processed.code());
    record.history.iter().rev().find_map(|event| match &event.what {
        What::Set { key: "status", to: Some(to), seen, .. } if *to == processed => Some(*seen),
        What::First { values, .. } if values.get("status") == Some(&processed) => {
            Some(values.get("appointment").and_then(Value::as_instant))
        }
        _ => None,
    })
}

/// The clinic may expect the patient at each of the times that were recorded, but for the one that
/// holds, and for one of which it knows that it is off.
pub fn other_visits(record: &Record, holds: Option<&Value>) -> Option<Text> {
    let conflicts = record.conflicts.iter().filter(|c| c.key == "appointment");
    let is_off = Request::of(record)
        .is_ok_and(|request| request.status == Status::PatientRefused && request.clinic_told);
    let stands = record.values.get("appointment").filter(|_| !is_off);
    let all = conflicts.filter_map(|c| c.value.as_ref()).chain(stands);
    let mut off: Vec<Instant> =
        all.filter(|v| Some(*v) != holds).filter_map(Value::as_instant).collect();
    off.sort();
    off.dedup();
    let shown = |lang: Lang| {
        let text = |at: &Instant| crate::when::show::short_instant(*at, at.date_naive(), lang);
        off.iter().map(text).collect::<Vec<_>>().join(", ")
    };
    (!off.is_empty()).then(|| {
        say!(lang;
            "Клиника могла записать пациента и на другое время: {}. Отмените его в клинике.",
            "The clinic may expect the patient at another time too: {}. Cancel that at the clinic.",
            shown(lang))
    })
}

/// How the reason begins with which a successor is refused that does not stand.
const GIVES_WAY: &str = "→ ";

/// Two requests that both replace this one: the one that does not stand is refused, or goes its own
/// way where both are needed; either way it names this one no more. What another settlement did
/// otherwise is taken back.
fn successors(
    book: &dyn Book,
    by: &str,
    record: &Record,
    way: &Way,
    settling: &mut Settling,
) -> Result<()> {
    let stands = if way.deed == Deed::Both {
        record.values.get("rescheduled_to")
    } else {
        way.value.as_ref()
    };
    if let Some(id) = stands.and_then(Value::as_text)
        && !book.has(Kind::Request, id)
    {
        let part = short(id);
        return Err(Error::refused(
            "dangling-reference",
            say!("Заявки {part} уже нет.", "There is no request {part} any more."),
        ));
    }
    let conflicts = record.conflicts.iter().filter(|c| c.key == "rescheduled_to");
    let all = conflicts.filter_map(|c| c.value.as_ref()).chain(record.values.get("rescheduled_to"));
    let mut others: Vec<&str> =
        all.filter(|value| Some(*value) != stands).filter_map(Value::as_text).collect();
    others.sort_unstable();
    others.dedup();
    if let Some(stands) = stands.and_then(Value::as_text)
        && let Some(stands) = book.get(Kind::Request, stands)
    {
        let mut whats = taken_up(&stands, by)?;
        if stands.values.get("rescheduled_from").is_none() {
            whats.push(What::set("rescheduled_from", None, Some(record.id.as_str().into())));
        }
        settling.changes.extend((!whats.is_empty()).then_some(Change::Whats(stands, whats)));
    }
    for other in others {
        let Some(other) = book.get(Kind::Request, other) else { continue };
        let mut whats = if way.deed == Deed::Both { taken_up(&other, by)? } else { Vec::new() };
        let request = life::request(&other)?;
        if let Some(text) = left_over(&request, stands.and_then(Value::as_text), way.deed) {
            settling.warnings.push(text);
        }
        if way.deed != Deed::Both && request.status != Status::PatientRefused {
            let reason =
                stands.and_then(Value::as_text).map(|id| format!("{GIVES_WAY}{}", short(id)));
            let to = Status::PatientRefused;
            whats.push(What::status(request.status, to, request.appointment, reason));
            if let Some(visit) = request.appointment {
                let (id, at) = (short(request.id).to_owned(), visit);
                settling.warnings.push(say!(lang;
                    "В заявке {} был приём {}: отменить его в клинике.",
                    "Request {} had a visit, {}: cancel it at the clinic.",
                    id, crate::when::show::short_instant(at, at.date_naive(), lang)));
            }
        }
        let back = other.values.get("rescheduled_from");
        if back.and_then(Value::as_text) == Some(record.id.as_str()) {
            whats.push(What::set("rescheduled_from", back, None));
        }
        if !whats.is_empty() {
            settling.changes.push(Change::Whats(other.clone(), whats));
        }
    }
    Ok(())
}

/// A request that made way for another one when somebody settled the same goes back to work.
fn taken_up(record: &Record, by: &str) -> Result<Vec<What>> {
    let request = life::request(record)?;
    let closes = |event: &Event| match &event.what {
        What::Set { key: "status", reason, .. } => Some(reason.clone()),
        _ => None,
    };
    let last = record.history.iter().rev().find_map(closes).flatten();
    let made_way = last.is_some_and(|reason| reason.starts_with(GIVES_WAY));
    let is_closed = request.status == Status::PatientRefused;
    Ok(if made_way && is_closed { reopened(&request, by) } else { Vec::new() })
}

/// What becomes of the successor that does not stand, where it is open.
fn left_over(other: &Request<'_>, stands: Option<&str>, deed: Deed) -> Option<Text> {
    let (other, stands, open) = (short(other.id), short(stands?), other.status.is_open());
    if !open {
        return None;
    }
    Some(match deed {
        Deed::Both => say!(
            "У пациента остаются две открытые заявки: {stands} и {other}. Лишнюю закроет `appt request refuse ID`.",
            "The patient keeps two open requests, {stands} and {other}. One too many goes by `appt request refuse ID`."
        ),
        _ => say!(
            "Заявка {other} закрыта: пациента ждут по заявке {stands}. Вернуть её в работу: `appt request reopen {other} --reason ПРИЧИНА`.",
            "Request {other} is closed: {stands} stands. To take it up again: `appt request reopen {other} --reason REASON`."
        ),
    })
}

/// The requests that went over to the patient of one merge go on to that of the other.
fn went_over(book: &dyn Book, record: &Record, way: &Way) -> Vec<Change> {
    let (loser, old) = (Value::from(record.id.as_str()), record.values.get("merged_into"));
    let Some(old) = old else { return Vec::new() };
    let went = |request: &Rc<Record>| {
        request.values.get("patient") == Some(old) && request.history.iter().any(|event| {
            matches!(&event.what, What::Set { key: "patient", from: Some(from), to: Some(to), .. }
                    if *from == loser && to == old)
        })
    };
    let to = way.value.clone().unwrap_or(loser.clone());
    let requests = book.all(Kind::Request).into_iter().filter(went);
    requests
        .map(|request| {
            Change::Whats(request, vec![What::set("patient", Some(old), Some(to.clone()))])
        })
        .collect()
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;
