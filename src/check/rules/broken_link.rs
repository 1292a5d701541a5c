//! `broken-link`: two requests of one move name each other, and a merge of patients has an end.

use std::rc::Rc;

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::format::layout;
use crate::history;
use crate::i18n::Text;
use crate::model::book::Book;
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
        reach: Reach::Others,
        run,
    },
};

/// The halves of a link between two requests: the one's key, the other's.
pub const HALVES: [(&str, &str); 2] =
    [("rescheduled_from", "rescheduled_to"), ("rescheduled_to", "rescheduled_from")];

fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let record = subject.record;
    for (key, back) in HALVES {
        let (id, Some(other)) = (&record.id, record.text(key)) else { continue };
        let Some(target) = scene.book.get(Kind::Request, other) else { continue };
        let is_excused = !subject.is_alone && is_to_blame(scene, &target, key, back);
        if other == id || (!names(&target, back, id) && !is_excused) {
            faults.key(
                key,
                say!(
                    "`{key}` указывает на `{other}`, а `{back}` там — не на эту заявку.",
                    "`{key}` names `{other}`, whose `{back}` does not name this request."
                ),
                hint(scene.book, record, &target, (key, back)),
            );
        }
    }
    let ring = ring_of(scene, record);
    // One finding a ring, at the link that was made in a file, or else at the greatest id.
    let last = ring.iter().max_by_key(|patient| (is_edited(patient), patient.id.clone()));
    if last.is_some_and(|last| subject.is_alone || last.id == record.id) {
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

/// Whether the other half leads astray, so that there is a finding at it already.
fn is_to_blame(scene: &Scene<'_>, target: &Record, key: &str, back: &str) -> bool {
    let leads_back = |id: &str| {
        let third = scene.book.get(Kind::Request, id);
        third.is_some_and(|third| names(&third, key, &target.id))
    };
    scene.book.is_spoilt(Kind::Request, &target.id, back)
        || target.text(back).is_some_and(|id| !leads_back(id))
}

/// How a half without its other one is mended: by what its own history had, or by the other half,
/// which can be put there without a choice where it is merely missing.
fn hint(book: &dyn Book, record: &Record, target: &Record, half: (&str, &str)) -> Text {
    let ((key, back), id) = (half, &record.id);
    if let Some(recorded) = recorded(record, key) {
        let file = layout::path(Kind::Request, id);
        return say!(
            "По истории здесь `{recorded}`: верните его (`git restore -SW {file}`) или уберите `{key}`.",
            "By the history it is `{recorded}`: put that back (`git restore -SW {file}`), or remove `{key}`."
        );
    }
    if target.text(back).is_none() && may_be_one_move(book, record, target, key) {
        return say!(
            "Впишите туда `{back} = \"{id}\"` (сделает `appt check --fix`) или уберите `{key}` здесь.",
            "Put `{back} = \"{id}\"` there (`appt check --fix` does), or remove `{key}` here."
        );
    }
    say!(
        "Впишите туда `{back} = \"{id}\"` или уберите `{key}` здесь.",
        "Put `{back} = \"{id}\"` there, or remove `{key}` here."
    )
}

/// Whether a half of a link may be believed, so that the other half follows: both requests are one
/// patient's, and the history of the one that has it does not name another request.
pub fn may_be_one_move(book: &dyn Book, record: &Record, target: &Record, key: &str) -> bool {
    let patient = |request: &Record| {
        let id = request.text("patient")?;
        Some(book.patient(id).map_or_else(|| id.to_owned(), |patient| patient.id.clone()))
    };
    record.id != target.id && patient(record) == patient(target) && recorded(record, key).is_none()
}

/// What a record's history has for a key, where the record names another.
fn recorded(record: &Record, key: &str) -> Option<String> {
    let folded = history::fold(record.kind, &record.history);
    let recorded = folded.values.text(key).filter(|recorded| record.text(key) != Some(*recorded));
    recorded.map(str::to_owned)
}

/// Whether the other half stands in a request, or waits there to be settled.
fn names(request: &Record, key: &str, id: &str) -> bool {
    let waits = request
        .conflicts
        .iter()
        .any(|other| other.key == key && other.value.as_ref().and_then(Value::as_text) == Some(id));
    request.text(key) == Some(id) || waits
}

/// The patients of the ring of merges that a record is part of, itself among them.
fn ring_of(scene: &Scene<'_>, record: &Record) -> Vec<Rc<Record>> {
    let mut ring: Vec<Rc<Record>> = Vec::new();
    let mut next = record.text("merged_into").map(str::to_owned);
    while let Some(patient) = next.and_then(|id| scene.book.get(Kind::Patient, &id)) {
        if ring.iter().any(|seen| seen.id == patient.id) {
            return Vec::new(); // It leads to a ring, and is not of it.
        }
        next = patient.text("merged_into").map(str::to_owned);
        ring.push(patient);
        if ring.last().is_some_and(|last| last.id == record.id) {
            return ring;
        }
    }
    Vec::new()
}

fn is_edited(patient: &Record) -> bool {
    let folded = history::fold(patient.kind, &patient.history);
    folded.values.text("merged_into") != patient.text("merged_into")
}
