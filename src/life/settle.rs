//! What a merge could not settle, and the ways to settle it (`spec.md`, section 8). Pure.
//!
//! Each key in conflict has numbered ways. The first leaves what stands; the next ones put another
//! value in its place. Where a value alone would not do, the ways are deeds of a request's life: a
//! refusal that did not see the visit, two requests that both replace one, a removal.
//!
//! Invariant: every way ends the conflict of its key by an event that names the alternatives its
//! author saw, or removes the record; what a way can't do is refused, and says why.

mod successors;
mod visit;

use std::rc::Rc;

use crate::error::{Error, Result};
use crate::format::decode;
use crate::history::{self, Event, What};
use crate::i18n::{Lang, Text};
use crate::life;
use crate::merge::REMOVED;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::{Conflict, Record};
use crate::model::request::Status;
use crate::model::value::Value;
use crate::say;
pub use visit::other_visits;
use visit::{anew, answer, refused_unseen, status, told_anew};

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
            successors::successors(book, by, record, way, &mut settling)?;
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
