//! Taking back an operator's last command: the inverse of what it recorded, as a new change
//! (`spec.md`, sections 3 and 5). Pure.
//!
//! A command is the events of one `tx`, in whatever records they stand, or one event without. Each
//! record must end with them: what came after, by anybody, was done upon them. The inverse is
//! worked out event by event, from the last to the first, each from what the fold makes of it in the
//! whole history, so that every step in between is one that the record had; it ends with a mark that
//! names them.
//!
//! Invariant: the values, and the conflicts, are those from before the command, or it is refused.
//! Taking back what took something back does it again.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::history::{self, Details, Event, Mark, What};
use crate::life;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::value::{Value, Values};
use crate::say;

/// What a command did to one record: its events from this place on.
#[derive(Debug, Clone)]
pub struct Part {
    /// The record as it is.
    pub record: Rc<Record>,
    /// The place of the command's first event in its history.
    pub from: usize,
}

/// What brings a record back.
#[derive(Debug, Clone, PartialEq)]
pub enum Back {
    /// The command made it: it goes.
    Remove,
    /// These things happen to it; and the values that it then has again.
    Change(Vec<What>, Values),
}

impl Part {
    /// The command's events.
    pub fn events(&self) -> &[Event] {
        &self.record.history[self.from..]
    }
}

/// The events of a command, by what tells them from others of the same operator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Named {
    /// The `tx` of those that have one, in milliseconds since 1970.
    together: BTreeSet<i64>,
    /// Of each other one: the kind and the id of its record, and its time.
    alone: BTreeSet<(String, String, i64)>,
}

impl Named {
    /// One more event.
    pub fn add(&mut self, record: &Record, event: &Event) {
        match event.tx {
            Some(tx) => self.together.insert(tx.timestamp_millis()),
            None => self.alone.insert(Named::alone(record, event)),
        };
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.together.is_empty() && self.alone.is_empty()
    }

    /// How many moments and events it takes to tell them.
    pub fn len(&self) -> usize {
        self.together.len() + self.alone.len()
    }

    fn alone(record: &Record, event: &Event) -> (String, String, i64) {
        (record.kind.code().to_owned(), record.id.clone(), event.at.timestamp_millis())
    }

    fn has(&self, record: &Record, event: &Event) -> bool {
        match event.tx {
            Some(tx) => self.together.contains(&tx.timestamp_millis()),
            None => !self.alone.is_empty() && self.alone.contains(&Named::alone(record, event)),
        }
    }
}

/// The time of an operator's latest event; none where they did nothing.
pub fn latest(book: &dyn Book, by: &str) -> Option<Instant> {
    let all = Kind::ALL.into_iter().flat_map(|kind| book.all(kind));
    all.filter_map(|record| Some(own_last(&record, by)?.at)).max()
}

fn own_last<'r>(record: &'r Record, by: &str) -> Option<&'r Event> {
    record.history.iter().rev().find(|event| event.by == by)
}

/// The events of the command that was an operator's last, as far as their histories tell. `written`
/// says when a record's file was written, which decides where the clock does not.
///
/// # Errors
/// `refused`: there is none.
pub fn last<T: Ord>(book: &dyn Book, by: &str, written: impl Fn(&Record) -> T) -> Result<Named> {
    let all = Kind::ALL.into_iter().flat_map(|kind| book.all(kind));
    let own = |record: Rc<Record>| {
        let event = own_last(&record, by)?.clone();
        Some((record, event))
    };
    let mut lasts: Vec<(Rc<Record>, Event)> = all.filter_map(own).collect();
    let latest = lasts.iter().map(|(_, event)| event.at.timestamp()).max();
    lasts.retain(|(_, event)| Some(event.at.timestamp()) == latest);
    let last = match lasts.as_slice() {
        [one] => Some(one),
        several => several.iter().max_by_key(|(record, event)| (written(record), event.at)),
    };
    let (record, event) = last.ok_or_else(nothing)?;
    let mut named = Named::default();
    named.add(record, event);
    Ok(named)
}

/// What the command of these events did, record by record; nothing where they are nowhere.
///
/// # Errors
/// `refused`: something came after it.
pub fn parts(book: &dyn Book, by: &str, named: &Named) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for record in Kind::ALL.into_iter().flat_map(|kind| book.all(kind)) {
        let is_part = |event: &Event| event.by == by && named.has(&record, event);
        let Some(from) = record.history.iter().position(is_part) else { continue };
        if let Some(event) = record.history[from..].iter().find(|event| !is_part(event)) {
            return Err(came_after(book, &record, event));
        }
        parts.push(Part { record, from });
    }
    Ok(parts)
}

/// What takes a command back in one of its records.
///
/// # Errors
/// `refused` where it can't be taken back, or the record was changed by hand since.
pub fn back(book: &dyn Book, part: &Part) -> Result<Back> {
    let Part { record, from } = part;
    let (kind, history) = (record.kind, record.history.as_slice());
    if *from == 0 {
        return Ok(Back::Remove);
    }
    let now = history::fold(kind, history);
    if now.values != record.values {
        return Err(by_hand(record));
    }
    if let Some(why) = part.events().iter().find_map(|event| irreversible(book, record, event)) {
        return Err(why);
    }
    let before = history::fold(kind, &history[..*from]);
    let mut whats = Vec::new();
    for (at, pair) in history::stages(kind, history, *from).windows(2).enumerate().rev() {
        if let [then, next] = pair {
            whats.extend(inverse(kind, next, then, &history[..from + at]));
        }
    }
    let of = part.events().iter().map(|event| event.at).collect();
    whats.push(What::Mark(Mark::Undone, Details { of, ..Details::default() }));
    let after = history::fold(kind, &played(record, &whats));
    if after != before {
        return Err(cant(
            record,
            say!(
                "её изменения уже переплелись с чужими",
                "its changes are entangled with others by now"
            ),
        ));
    }
    Ok(Back::Change(whats, before.values))
}

/// The changes that lead back from what an event left to what was before it, after this history: a
/// refusal that stands again has its reason.
fn inverse(kind: Kind, from: &Values, to: &Values, before: &[Event]) -> Vec<What> {
    let seen = from.get("appointment").and_then(Value::as_instant);
    let closes = |to: &Option<Value>| {
        let status = to.as_ref().and_then(Value::as_text).and_then(Status::from_code);
        status.is_some_and(|status| !status.is_open())
    };
    let mut whats = history::difference(kind, from, to);
    for what in &mut whats {
        if let What::Set { key: "status", to, seen: saw, reason: why, .. } = what
            && closes(to)
        {
            *saw = seen;
            *why = before
                .iter()
                .rev()
                .find_map(|event| match &event.what {
                    What::Set { key: "status", to: then, reason, .. } if then == to => {
                        Some(reason.clone())
                    }
                    _ => None,
                })
                .flatten();
        }
    }
    whats
}

/// The history with these things at its end, as one command's.
fn played(record: &Record, whats: &[What]) -> Vec<Event> {
    let mut history = record.history.clone();
    let last = history.last().cloned();
    let Some(Event { at: now, by, .. }) = last else { return history };
    let tx = history::next_at(&history, now);
    for what in whats {
        let at = history::next_at(&history, now);
        let (by, what) = (by.clone(), what.clone());
        history.push(Event { at, by, what, tx: Some(tx), extra: Vec::new() });
    }
    history
}

/// Why one event of the command can't be taken back, if so.
fn irreversible(book: &dyn Book, record: &Record, event: &Event) -> Option<Error> {
    match &event.what {
        What::Unknown(_) => Some(cant(
            record,
            say!(
                "её записала более новая версия программы",
                "a later version of the program recorded it"
            ),
        )),
        What::Mark(Mark::Settled, Details { key: Some(key), .. })
            if record.kind.field(key).is_none() =>
        {
            Some(cant(
                record,
                say!(
                    "решённое о ключе `{key}` история не хранит",
                    "history does not hold what was settled about `{key}`"
                ),
            ))
        }
        What::Mark(Mark::Merged, Details { id: Some(other), .. }) => {
            moved(book, record, other, event.at)
                .map(|(request, event)| came_after(book, &request, &event))
        }
        _ => None,
    }
}

/// A request that went over from one of two merged patients to the other since, or was made for them.
/// What was written in the same second counts: where clocks stand still, or differ, it may be later.
fn moved(
    book: &dyn Book,
    record: &Record,
    other: &str,
    since: Instant,
) -> Option<(Rc<Record>, Event)> {
    let ids = [record.id.as_str(), other];
    book.all(Kind::Request).into_iter().find_map(|request| {
        let is_theirs = |value: &Value| value.as_text().is_some_and(|id| ids.contains(&id));
        let went = request.history.iter().find(|event| {
            let came = match &event.what {
                What::Set { key: "patient", from: Some(from), to: Some(to), .. } => {
                    is_theirs(from) && is_theirs(to)
                }
                What::First { values, .. } => {
                    event.at > since && values.get("patient").is_some_and(is_theirs)
                }
                _ => false,
            };
            came && event.at.timestamp() >= since.timestamp()
        });
        went.cloned().map(|event| (request.clone(), event))
    })
}

fn nothing() -> Error {
    Error::refused(
        "nothing-to-undo",
        say!(
            "Возвращать нечего: ваших изменений нет.",
            "There is nothing to undo: you have changed nothing."
        ),
    )
    .hint(say!("Что сделано и кем: `appt log`.", "What was done, and by whom: `appt log`."))
}

fn name(record: &Record) -> String {
    match record.kind {
        Kind::Request => life::short(&record.id).to_owned(),
        kind => format!("{}/{}", kind.code(), record.id),
    }
}

fn came_after(book: &dyn Book, record: &Record, event: &Event) -> Error {
    let name = name(record);
    let who = book.get(Kind::Operator, &event.by);
    let who = who.as_ref().map_or(event.by.as_str(), |record| record.title());
    let when = crate::when::show::clock(event.at);
    Error::refused(
        "something-came-after",
        say!(
            "Как было не вернуть: после вашей команды запись {name} снова изменили ({who}, {when}).",
            "It can't be undone: {name} was changed again after your command ({who}, {when})."
        ),
    )
    .hint(say!(
        "Посмотрите, что сделано, и исправьте обычной командой: `appt log {name}`.",
        "See what was done, and mend it by an ordinary command: `appt log {name}`."
    ))
}

fn by_hand(record: &Record) -> Error {
    let name = name(record);
    Error::refused(
        "something-came-after",
        say!(
            "Как было не вернуть: запись {name} потом изменили в файле.",
            "It can't be undone: {name} was changed in its file afterwards."
        ),
    )
    .hint(say!("Что изменено, покажет `appt check`.", "`appt check` shows what was changed."))
}

fn cant(record: &Record, why: crate::i18n::Text) -> Error {
    let name = name(record);
    let (ru, en) = (why.ru, why.en);
    Error::refused(
        "cannot-undo",
        say!("Как было не вернуть ({name}): {ru}.", "It can't be undone ({name}): {en}."),
    )
    .hint(say!(
        "Исправьте обычной командой; что сделано: `appt log {name}`.",
        "Mend it by an ordinary command; what was done: `appt log {name}`."
    ))
}

#[cfg(test)]
#[path = "undo_tests.rs"]
mod tests;
