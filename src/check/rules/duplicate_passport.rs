//! `duplicate-passport`: a passport belongs to one patient.

use crate::check::{Faults, Judge, Rule, Scene, Severity, Subject};
use crate::model::kind::Kind;
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
    judge: Judge::Record { kinds: &[Kind::Patient], keys: &["passport", "merged_into"], run },
};

fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let record = subject.record;
    let (Some(passport), None) = (record.text("passport"), record.text("merged_into")) else {
        return;
    };
    let id = &record.id;
    if let Some(other) = scene.patients_with(passport).iter().find(|other| *other != id) {
        faults.key(
            "passport",
            say!(
                "Такой же паспорт у пациента `{other}`.",
                "Patient `{other}` has the same passport."
            ),
            say!(
                "Объедините их: `appt patient merge {id} {other}`.",
                "Merge them: `appt patient merge {id} {other}`."
            ),
        );
    }
}
