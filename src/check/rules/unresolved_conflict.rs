//! `unresolved-conflict`: what a merge could not settle, somebody has.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject, shown};
use crate::format::encode;
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::record::Conflict;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "unresolved-conflict",
    severity: Severity::Error,
    what: (
        "Всё, чего не решило слияние, кто-то решил.",
        "What a merge could not settle, somebody has settled.",
    ),
    why: (
        "Двое записали разное; в записи стоит одно, а верным может быть другое.",
        "Two people recorded different things; the record shows one, and the other may be right.",
    ),
    mend: ("Решите: `appt resolve`.", "Settle it: `appt resolve`."),
    bad: "clinic = \"poliklinika-1\"\n\nconflicts = [\n    { key = \"clinic\", value = \"poliklinika-2\", by = \"boris\", at = 2026-11-23T10:05:00.000+03:00 },\n]",
    good: "clinic = \"poliklinika-1\"\n\nhistory = [\n    # …\n    { at = 2026-11-23T11:00:00.000+03:00, by = \"anna\", event = \"settled\", key = \"clinic\" },\n]",
    judge: Judge::Record { kinds: &Kind::ALL, keys: &["conflicts"], reach: Reach::Alone, run },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let id = &subject.record.id;
    for (number, conflict) in subject.record.conflicts.iter().enumerate() {
        faults.item(
            "conflicts",
            number,
            message(subject.record.kind, conflict),
            say!("Решите: `appt resolve {id}`.", "Settle it: `appt resolve {id}`."),
        );
    }
}

fn message(kind: Kind, conflict: &Conflict) -> Text {
    let author = author(conflict);
    if conflict.key == "removed" {
        return say!(
            "Запись удалили в одной копии и изменили в другой{author}.",
            "The record was removed on one side and changed on the other{author}."
        );
    }
    let key = shown::key(kind, &conflict.key);
    let shown = match (kind.field(&conflict.key), &conflict.value) {
        (_, None) => None,
        (Some(field), Some(value)) => Some(shown::value(field, value)),
        (None, Some(_)) => Some(shown::HIDDEN.to_owned()),
    };
    say!(lang;
        "`{}`: не решено; другой ответ — {}{}.",
        "`{}` is not settled; the other answer is {}{}.",
        key, shown.as_deref().unwrap_or(lang.of("без значения", "no value")), author)
}

/// Who recorded it, and when.
fn author(conflict: &Conflict) -> String {
    let by = conflict.by.as_deref().map(|by| shown::reference(Kind::Operator, by));
    let at = conflict.at.map(encode::instant);
    let said: Vec<&str> = by.into_iter().chain(at.as_deref()).collect();
    if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) }
}
