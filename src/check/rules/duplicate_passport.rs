//! `duplicate-passport`: a passport belongs to one patient.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::format::layout;
use crate::history;
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "duplicate-passport",
    severity: Severity::Error,
    what: ("У двух пациентов не бывает одного паспорта.", "No two patients have one passport."),
    why: (
        "Это один человек в двух записях: о его заявках и визитах знают не всё.",
        "It is one person in two records: neither shows all of their requests and visits.",
    ),
    mend: (
        "Объедините записи (`appt patient merge A B`) или исправьте номер в одной из них.",
        "Merge the records (`appt patient merge A B`), or mend the number in one of them.",
    ),
    bad: "passport = \"0000000001\"",
    good: "passport = \"0000000001\"\n\nmerged_into = \"7h2k9m4qwe\"",
    judge: Judge::Record {
        kinds: &[Kind::Patient],
        keys: &["passport", "merged_into"],
        reach: Reach::Others,
        run,
    },
};

/// One finding for each patient but one: the oldest, whose record a merge keeps. A number that was
/// changed in the file is the wrong one, whatever its age.
fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let record = subject.record;
    let (Some(passport), None) = (record.text("passport"), record.text("merged_into")) else {
        return;
    };
    let id = &record.id;
    let same = scene.patients_with(passport);
    let others = || same.iter().filter(|other| *other != id);
    let kept = if subject.is_alone || others().next().is_none() {
        others().next()
    } else {
        same.iter().min_by_key(|id| age(scene, id))
    };
    if let Some(other) = kept.filter(|other| *other != id) {
        faults.key(
            "passport",
            say!(
                "Такой же паспорт у пациента `{other}`.",
                "Patient `{other}` has the same passport."
            ),
            if subject.folded().values.text("passport").is_some_and(|then| then != passport) {
                let file = layout::path(Kind::Patient, id);
                say!(
                    "Номер изменили в файле: если это описка, верните прежний (`git restore -SW {file}`).",
                    "The number was changed in the file: if that was a slip, put the old one back (`git restore -SW {file}`)."
                )
            } else {
                say!(
                    "Если это один человек, объедините: `appt patient merge {id} {other}`; если нет, переспросите номер.",
                    "If they are one person: `appt patient merge {id} {other}`; else ask for the number again."
                )
            },
        );
    }
}

/// What is younger is greater: what history does not tell comes last.
fn age(scene: &Scene<'_>, id: &str) -> (bool, Option<Instant>, String) {
    let patient = scene.book.get(Kind::Patient, id);
    let recorded = patient.filter(|patient| {
        let folded = history::fold(Kind::Patient, &patient.history);
        folded.values.text("passport") == patient.text("passport")
    });
    let born = recorded.and_then(|patient| patient.history.first().map(|event| event.at));
    (born.is_none(), born, id.to_owned())
}
