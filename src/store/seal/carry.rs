//! From a change and its events to the text of a file: the rest of the file stays as it is.

use std::rc::Rc;

use super::{Edit, Work};
use crate::check::Keys;
use crate::error::{Error, Result};
use crate::format::decode;
use crate::format::document::{Document, LIMIT};
use crate::format::edit::{self, Change};
use crate::format::{encode, layout};
use crate::history::{self, Event, Mark, What};
use crate::model::record::{Conflict, Record};
use crate::say;
use crate::store::journal::Step;

/// The file's change, the record after it, and the keys that changed.
///
/// # Errors
/// `refused` where the record does not agree with its history, or its file would be one that nobody
/// can read any more.
pub fn carry_out(work: &mut Work, events: Vec<Event>) -> Result<(Step, Rc<Record>, Keys)> {
    let (step, record, keys) = carried(work, events)?;
    match step.after.as_ref().is_none_or(|text| text.len() as u64 <= LIMIT) {
        true => Ok((step, record, keys)),
        false => Err(oversized(&step.path)),
    }
}

fn carried(work: &mut Work, events: Vec<Event>) -> Result<(Step, Rc<Record>, Keys)> {
    match (&mut work.edit, &work.document) {
        (Edit::Create { kind, id, .. }, _) => {
            let mut record = Record::new(*kind, id.clone());
            record.values = history::fold(*kind, &events).values;
            record.history = events;
            let step = Step::new(layout::path(*kind, id), None, Some(encode::record(&record)));
            Ok((step, Rc::new(record), Keys::all(*kind)))
        }
        (Edit::Take { record, text }, document) => {
            let text = match (document, &work.before) {
                (Some(document), Some(before)) => edit::rewrite(&document.text, before, record)
                    .map_err(|_| mismatch(&document.path))?,
                _ => text.take().unwrap_or_else(|| encode::record(record)),
            };
            debug_assert!(document.is_some() || text == encode::record(record), "it is its text");
            let before = document.as_ref().map(|document| document.text.as_str());
            let path = layout::path(record.kind, &record.id);
            let step = Step::new(path, before, Some(text));
            Ok((step, record.clone(), Keys::all(record.kind)))
        }
        (Edit::Remove { kind, id }, Some(document)) => {
            let step = Step::new(document.path.clone(), Some(&document.text), None);
            let record =
                document.record.clone().unwrap_or_else(|| Rc::new(Record::new(*kind, id.clone())));
            Ok((step, record, Keys::of(*kind, [])))
        }
        (Edit::Change { text, .. }, Some(document)) => {
            let (text, document) = (text.take(), document.clone());
            change(work, &document, text.as_deref().unwrap_or(&document.text), events)
        }
        _ => unreachable!("an edit of a record that is there has its document"),
    }
}

fn change(
    work: &Work,
    document: &Document,
    text: &str,
    events: Vec<Event>,
) -> Result<(Step, Rc<Record>, Keys)> {
    let before = work.before.as_ref().expect("a changed record was read");
    let kind = before.kind;
    let mut record = before.as_ref().clone();
    record.history.extend(events.iter().take(work.hand).cloned());
    let start = history::fold(kind, &record.history);
    record.history.extend(events.iter().skip(work.hand).cloned());
    let end = history::fold(kind, &record.history);
    // What is void would come up as an alternative. Taking a settlement back opens older ones again.
    let reopens = work.whats.iter().any(|(_, w)| matches!(w, What::Mark(Mark::Undone, _)));
    let is_own = |c: &Conflict| events.iter().any(|event| Some(event.at) == c.at);
    let mut news = end.conflicts.iter().filter(|conflict| !start.conflicts.contains(conflict));
    if news.any(|conflict| !reopens || is_own(conflict)) {
        return Err(mismatch(&document.path));
    }
    // A status that was changed by hand: the events would say one thing and the file another.
    let own = work.whats.iter().skip(work.hand).flat_map(|(_, what)| what.keys(kind));
    let mut own = own.filter(|key| !work.unfit.contains(key));
    if own.any(|key| before.values.get(key) != start.values.get(key)) {
        return Err(mismatch(&document.path));
    }
    let mut change = Change { events, ..Change::default() };
    for field in kind.fields() {
        let to = end.values.get(field.key);
        if start.values.get(field.key) != to || work.unfit.contains(&field.key) {
            record.values.put(field.key, to.cloned());
            change.keys.push((field.key, to.cloned()));
        }
    }
    let mut carried = history::carried(&before.conflicts, &start);
    let waiting = carried.len();
    carried.retain(|c| !work.whats.iter().any(|(_, what)| history::settles(what, c)));
    if start.conflicts != end.conflicts || carried.len() != waiting {
        let mut conflicts = end.conflicts;
        conflicts.extend(carried);
        conflicts.sort();
        record.conflicts.clone_from(&conflicts);
        change.conflicts = Some(conflicts);
    }
    let by_hand = work.whats.iter().take(work.hand).flat_map(|(_, what)| what.keys(kind));
    let changed = change.keys.iter().map(|(key, _)| *key).chain(by_hand);
    let changed = Keys::of(kind, changed);
    let after = edit::apply(kind, text, &change).map_err(|_| mismatch(&document.path))?;
    if text != document.text
        && let Some(edited) = decode::record(kind, &record.id, &after).record
    {
        record.unknown = edited.unknown;
    }
    let step = Step::new(document.path.clone(), Some(&document.text), Some(after));
    Ok((step, Rc::new(record), changed))
}

fn oversized(path: &str) -> Error {
    let most = LIMIT / 1024;
    Error::refused(
        "oversized-file",
        say!(
            "Файл записи стал бы больше {most} КиБ, и его не прочёл бы никто: {path}.",
            "The record's file would be over {most} KiB, and nobody could read it: {path}."
        ),
    )
    .hint(say!(
        "В записи слишком много событий или примечаний. Заведите новую заявку; длинное храните в другом месте.",
        "The record has too many events or notes. Make a new request; keep what is long elsewhere."
    ))
    .at(path, None, None)
}

/// The record says one thing and its history another, so that the change would be void.
fn mismatch(path: &str) -> Error {
    Error::refused(
        "history-mismatch",
        say!(
            "Запись не сходится со своей историей: {path}.",
            "The record does not agree with its history: {path}."
        ),
    )
    .hint(say!("Что исправить, покажет `appt check`.", "`appt check` shows what to mend."))
    .at(path, None, None)
}
