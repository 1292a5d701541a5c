//! An event as a person reads it: what was done, in one line.

use crate::history::{Event, Mark, What};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::value::Value;
use crate::render::cell::Sight;
use crate::tr;
use crate::words::{self, screen};

/// What an event did to a record, as a sentence without a subject.
pub fn sentence(sight: &Sight<'_>, record: &Record, event: &Event) -> String {
    let lang = sight.lang;
    let text = match &event.what {
        What::First { source: None, .. } => created(record.kind, lang).to_owned(),
        What::First { source: Some(source), .. } => {
            tr!(lang, "перенос из прежней системы: {}", "brought in from the old site: {}", source)
        }
        What::Set { key, from, to, reason, .. } => {
            let mut text = set(sight, record.kind, key, from.as_ref(), to.as_ref());
            if let Some(reason) = reason {
                text.push_str(&format!(" ({reason})"));
            }
            text
        }
        What::List { key, added, removed } => list(sight, record.kind, key, added, removed),
        What::Note(text) => tr!(lang, "примечание: {}", "note: {}", text.replace('\n', " / ")),
        What::Mark(mark, details) => {
            let mut text = self::mark(*mark, lang).to_owned();
            if let Some(key) = details.key.as_deref().and_then(|key| record.kind.field(key)) {
                text.push_str(&format!(": {}", words::small(key.title(lang))));
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
