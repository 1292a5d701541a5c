//! `control-character`: no text of a record holds a control or bidi character.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject, keys};
use crate::history::{Details, Event, What};
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::record::Conflict;
use crate::model::value::Value;
use crate::say;
use crate::words::text;

/// The rule.
pub const RULE: Rule = Rule {
    name: "control-character",
    severity: Severity::Error,
    what: (
        "В тексте записи нет управляющих знаков и знаков направления письма.",
        "No text of a record holds control characters or characters that turn its direction.",
    ),
    why: (
        "Такой знак не виден, а на экране может выдать один текст за другой.",
        "Such a character is not seen, and can make one text look like another on the screen.",
    ),
    mend: (
        "Введите текст заново; переносы строк бывают только в примечаниях.",
        "Type the text again; only a note may hold line breaks.",
    ),
    bad: "title = \"Тера\\u202Eпевт\"",
    good: "title = \"Терапевт\"",
    judge: Judge::Record { kinds: &Kind::ALL, keys: keys::ALL, reach: Reach::Alone, run },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    if subject.text.is_some_and(text::is_plain) {
        return;
    }
    let record = subject.record;
    for field in record.kind.fields() {
        if let Some(c) = record.values.get(field.key).and_then(in_value) {
            let (key, code) = (field.key, code(c));
            faults.key(
                key,
                say!(
                    "`{key}`: в тексте управляющий знак ({code}).",
                    "`{key}` holds a control character ({code})."
                ),
                hint(),
            );
        }
    }
    if let Some(c) = record.conflicts.iter().find_map(in_conflict) {
        let code = code(c);
        faults.key(
            "conflicts",
            say!(
                "`conflicts`: в тексте управляющий знак ({code}).",
                "`conflicts` hold a control character ({code})."
            ),
            hint(),
        );
    }
    for (at, event) in record.history.iter().enumerate() {
        if let Some(c) = in_event(event) {
            let code = code(c);
            faults.event(
                at,
                say!(
                    "В событии истории управляющий знак ({code}).",
                    "An event of the history holds a control character ({code})."
                ),
                hint(),
            );
        }
    }
}

fn hint() -> Text {
    say!("Введите этот текст заново, без него.", "Type this text again, without it.")
}

fn code(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

fn in_line(line: &str) -> Option<char> {
    text::first_forbidden(line)
}

fn in_note(note: &str) -> Option<char> {
    note.split('\n').find_map(in_line)
}

fn in_value(value: &Value) -> Option<char> {
    match value {
        Value::Text(text) => in_line(text),
        Value::List(items) => items.iter().find_map(in_value),
        Value::Bool(_) | Value::Instant(_) | Value::Range(_) => None,
    }
}

fn in_conflict(conflict: &Conflict) -> Option<char> {
    let Conflict { key, value, by, at: _ } = conflict;
    in_line(key)
        .or_else(|| value.as_ref().and_then(in_value))
        .or_else(|| by.as_deref().and_then(in_line))
}

fn in_event(event: &Event) -> Option<char> {
    // What this version does not know stands there as TOML, in which line breaks and tabs are at home.
    let in_raw = |raw: &str| in_note(&raw.replace(['\t', '\r'], " "));
    in_line(&event.by)
        .or_else(|| in_what(&event.what))
        .or_else(|| event.extra.iter().find_map(|(key, raw)| in_line(key).or_else(|| in_raw(raw))))
}

fn in_what(what: &What) -> Option<char> {
    let lines =
        |lines: &[&Option<String>]| lines.iter().find_map(|line| line.as_deref().and_then(in_line));
    match what {
        What::First { source, values } => {
            lines(&[source]).or_else(|| values.iter().find_map(|(_, value)| in_value(value)))
        }
        What::Set { from, to, reason, .. } => {
            [from, to].into_iter().flatten().find_map(in_value).or_else(|| lines(&[reason]))
        }
        What::List { added, removed, .. } => added.iter().chain(removed).find_map(in_value),
        What::Note(text) => in_note(text),
        What::Mark(_, Details { key, id, source, reason, of: _ }) => {
            lines(&[key, id, source, reason])
        }
        What::Unknown(code) => in_line(code),
    }
}
