//! `broken-link`: two requests of one move name each other, and a merge of patients has an end.

use crate::check::{Faults, Judge, Rule, Scene, Severity, Subject};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Value;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "broken-link",
    severity: Severity::Error,
    what: (
        "Перенесённые заявки указывают друг на друга, а объединённые пациенты — не по кругу.",
        "Requests of one move name each other, and merged patients don't name each other in a ring.",
    ),
    why: (
        "По ссылке в одну сторону перенос не найти с другой, а по кругу не найти и пациента.",
        "A link of one side can't be followed from the other, and a ring leads to no patient.",
    ),
    mend: (
        "Впишите недостающую половину ссылки или уберите лишнюю; круг разомкните, удалив `merged_into` у того, кто остаётся.",
        "Add the missing half of the link, or remove the other; open a ring by removing `merged_into` from the one that stays.",
    ),
    bad: "rescheduled_from = \"20261123-k7m2qx\"",
    good: "rescheduled_from = \"20261120-a1b2c3\"",
    judge: Judge::Record {
        kinds: &[Kind::Request, Kind::Patient],
        keys: &["rescheduled_from", "rescheduled_to", "merged_into"],
        run,
    },
};

fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let record = subject.record;
    for (key, back) in
        [("rescheduled_from", "rescheduled_to"), ("rescheduled_to", "rescheduled_from")]
    {
        let (id, Some(other)) = (&record.id, record.text(key)) else { continue };
        let Some(target) = scene.book.get(Kind::Request, other) else { continue };
        if other == id || !names(&target, back, id) {
            faults.key(
                key,
                say!(
                    "`{key}` указывает на `{other}`, а `{back}` там — не на эту заявку.",
                    "`{key}` names `{other}`, whose `{back}` does not name this request."
                ),
                say!(
                    "Впишите туда `{back} = \"{id}\"` или уберите `{key}` здесь.",
                    "Put `{back} = \"{id}\"` there, or remove `{key}` here."
                ),
            );
        }
    }
    if is_in_ring(scene, record) {
        faults.key(
            "merged_into",
            say!(
                "Пациент объединён по кругу с самим собой.",
                "The patient is merged into itself, in a ring."
            ),
            say!(
                "Удалите `merged_into` у той записи, которая остаётся.",
                "Remove `merged_into` from the record that stays."
            ),
        );
    }
}

/// Whether the other half stands in a request, or waits there to be settled.
fn names(request: &Record, key: &str, id: &str) -> bool {
    let waits = request
        .conflicts
        .iter()
        .any(|other| other.key == key && other.value.as_ref().and_then(Value::as_text) == Some(id));
    request.text(key) == Some(id) || waits
}

fn is_in_ring(scene: &Scene<'_>, record: &Record) -> bool {
    let mut seen = Vec::new();
    let mut next = record.text("merged_into").map(str::to_owned);
    while let Some(id) = next.take().filter(|id| !seen.contains(id)) {
        if id == record.id {
            return true;
        }
        next = scene
            .book
            .get(Kind::Patient, &id)
            .and_then(|patient| patient.text("merged_into").map(str::to_owned));
        seen.push(id);
    }
    false
}
