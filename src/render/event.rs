//! An event as a person reads it: what was done, in one line.

use crate::history::{self, Details, Event, Mark, What};
use crate::i18n::Lang;
use crate::model::field::{Field, Form};
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::value::Value;
use crate::render::cell::Sight;
use crate::tr;
use crate::words::{self, passport, screen};

/// What an event did to a record, as a sentence without a subject.
pub fn sentence(sight: &Sight<'_>, record: &Record, event: &Event) -> String {
    let lang = sight.lang;
    let text = match &event.what {
        What::First { source: None, .. } => created(record.kind, lang).to_owned(),
        What::First { source: Some(source), .. } => imported(record.kind, source, lang),
        What::Set { key, from, to, reason, .. } => {
            let mut text = set(sight, record.kind, key, from.as_ref(), to.as_ref());
            if let Some(reason) = reason {
                text.push_str(&format!(" ({reason})"));
            }
            text
        }
        What::List { key, added, removed } => list(sight, record.kind, key, added, removed),
        What::Note(text) => tr!(lang, "примечание: {}", "note: {}", text.replace('\n', " / ")),
        What::Mark(Mark::Undone, details) => undone(sight, record, event, details),
        What::Mark(mark, details) => {
            let mut text = self::mark(*mark, lang).to_owned();
            if let Some(key) = details.key.as_deref().and_then(|key| record.kind.field(key)) {
                text.push_str(&format!(": {}", words::small(key.title(lang))));
                if *mark == Mark::Settled && !key.list {
                    let holds = held(record, event, key);
                    let none = || lang.of("без значения", "no value").to_owned();
                    let holds = holds.map_or_else(none, |value| sight.value(key, &value));
                    text.push_str(&tr!(lang, ", верно: {}", ", what holds: {}", holds));
                }
            }
            for more in [&details.id, &details.source].into_iter().flatten() {
                text.push_str(&format!(": {more}"));
            }
            if let Some(reason) = &details.reason {
                text.push_str(&format!(" ({reason})"));
            }
            text
        }
        What::Unknown(code) => code.clone(),
    };
    screen::safe_line(&text).into_owned()
}

/// Where a record came from: the old site's key says something, the mark of a row nothing.
fn imported(kind: Kind, source: &str, lang: Lang) -> String {
    let is_mark = source.strip_prefix(kind.code()).is_some_and(|rest| rest.starts_with(':'))
        || source.ends_with("/patient");
    match is_mark {
        true => lang.of("перенос из таблицы", "brought in from a table").to_owned(),
        false => tr!(
            lang,
            "перенос со старого сайта: {source}",
            "brought in from the old site: {source}"
        ),
    }
}

/// What was taken back; where that was a taking back, it was done again.
fn undone(sight: &Sight<'_>, record: &Record, event: &Event, details: &Details) -> String {
    let lang = sight.lang;
    if is_done_again(record, &event.by, &details.of) {
        return lang.of("сделано снова", "done again").to_owned();
    }
    let taken = taken(record, &event.by, &details.of).filter(|event| undoing(event).is_none());
    let told = taken.map(|event| sentence(sight, record, event)).collect::<Vec<_>>().join("; ");
    let said = mark(Mark::Undone, lang);
    if told.is_empty() { said.to_owned() } else { format!("{said}: {told}") }
}

/// Whether taking back an operator's events of these times does something again: they took
/// something back themselves, and did not do it again.
pub fn is_done_again(record: &Record, by: &str, of: &[Instant]) -> bool {
    let mut undoings = taken(record, by, of).filter_map(undoing);
    undoings.next().is_some_and(|(at, details)| {
        // A taking back names earlier events; a file that somebody made up may name itself.
        let before: Vec<Instant> = details.of.iter().copied().filter(|of| *of < at).collect();
        !is_done_again(record, by, &before)
    })
}

/// What an event that takes something back is about in the end, be it taken back or done again:
/// events that take nothing back themselves. Of any other, nothing.
pub fn origins<'r>(record: &'r Record, event: &'r Event) -> Vec<&'r Event> {
    let Some((at, details)) = undoing(event) else { return Vec::new() };
    // As above: a taking back names earlier events.
    let named = taken(record, &event.by, &details.of).filter(|event| event.at < at);
    let all = named.flat_map(|event| match undoing(event) {
        Some(_) => origins(record, event),
        None => vec![event],
    });
    all.collect()
}

fn taken<'r>(
    record: &'r Record,
    by: &'r str,
    of: &'r [Instant],
) -> impl Iterator<Item = &'r Event> {
    record.history.iter().filter(move |event| event.by == by && of.contains(&event.at))
}

fn undoing(event: &Event) -> Option<(Instant, &Details)> {
    match &event.what {
        What::Mark(Mark::Undone, details) => Some((event.at, details)),
        _ => None,
    }
}

/// What stood under a key once an event, and what its command did with it, had happened.
fn held(record: &Record, event: &Event, field: &Field) -> Option<Value> {
    let is_part = |other: &Event| {
        other.by == event.by
            && (other.at == event.at || (other.tx.is_some() && other.tx == event.tx))
    };
    let last = record.history.iter().rposition(is_part)?;
    history::fold(record.kind, &record.history[..=last]).values.get(field.key).cloned()
}

fn created(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::Operator | Kind::Patient => lang.of("карточка заведена", "added"),
        _ => lang.of("создана", "created"),
    }
}

fn set(
    sight: &Sight<'_>,
    kind: Kind,
    key: &str,
    from: Option<&Value>,
    to: Option<&Value>,
) -> String {
    let lang = sight.lang;
    let Some(field) = kind.field(key) else { return key.to_owned() };
    let shown = |value: Option<&Value>| value.map_or("—".to_owned(), |v| sight.value(field, v));
    let status = |value: Option<&Value>| {
        value.and_then(Value::as_text).and_then(Status::from_code).map(|s| s.name(lang))
    };
    if let ("status", Some(to)) = (key, status(to)) {
        return tr!(lang, "статус: {}", "status: {}", to);
    }
    let title = words::small(field.title(lang));
    if from.is_some() && from == to {
        return tr!(lang, "{title}: {} (подтверждено)", "{title}: {} (confirmed)", shown(to));
    }
    let numbers = [from, to].map(|value| value.and_then(Value::as_text));
    if let (Form::Passport, [Some(from), Some(to)], false) = (field.form, numbers, sight.reveal) {
        let [from, to] = [(from, to), (to, from)].map(|(a, b)| passport::mask_beside(a, &[b]));
        return format!("{title}: {from} → {to}");
    }
    match from {
        None => format!("{title}: {}", shown(to)),
        Some(_) => format!("{title}: {} → {}", shown(from), shown(to)),
    }
}

fn list(sight: &Sight<'_>, kind: Kind, key: &str, added: &[Value], removed: &[Value]) -> String {
    let Some(field) = kind.field(key) else { return key.to_owned() };
    let mut parts = Vec::new();
    parts.extend(removed.iter().map(|item| format!("− {}", sight.value(field, item))));
    parts.extend(added.iter().map(|item| format!("+ {}", sight.value(field, item))));
    format!("{}: {}", words::small(field.title(sight.lang)), parts.join(", "))
}

/// What a mark says.
pub fn mark(mark: Mark, lang: Lang) -> &'static str {
    match mark {
        Mark::ClinicTold => lang.of("клиника знает об отмене", "the clinic knows that it is off"),
        Mark::NoAnswer => lang.of("не дозвонились", "no answer"),
        Mark::TakenOver => lang.of("взята у другого оператора", "taken over"),
        Mark::Reopened => lang.of("снова в работе", "reopened"),
        Mark::Undone => lang.of("возвращено как было", "undone"),
        Mark::Merged => lang.of("объединение записей", "merged"),
        Mark::Settled => lang.of("расхождение разобрано", "conflict settled"),
    }
}
