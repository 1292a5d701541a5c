//! `processed-without-appointment`: a processed request has an appointment.

use crate::check::rules::history_mismatch;
use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::request::Status;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "processed-without-appointment",
    severity: Severity::Error,
    what: ("У обработанной заявки есть время приёма.", "A processed request has an appointment."),
    why: (
        "«Обработана» значит, что пациент знает время приёма; без него знать нечего.",
        "“Processed” says that the patient knows the appointment; without one there is nothing to know.",
    ),
    mend: (
        "Верните заявку в работу (`appt request reopen`) и запишите время приёма.",
        "Take the request up again (`appt request reopen`) and record the appointment.",
    ),
    bad: "status = \"processed\"",
    good: "status = \"processed\"\n\nappointment = 2026-11-25T11:30:00+03:00",
    judge: Judge::Record {
        kinds: &[Kind::Request],
        keys: &["status", "appointment"],
        reach: Reach::Alone,
        run,
    },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let record = subject.record;
    let processed = Status::of(record) == Some(Status::Processed);
    let has = record.values.get("appointment").is_some() || (subject.spoilt)("appointment");
    if processed && !has {
        faults.key(
            "status",
            say!(
                "Заявка обработана, а времени приёма нет.",
                "The request is processed, but has no appointment."
            ),
            hint(subject),
        );
    }
}

/// What was done in the file is put back; else a command records what is missing.
fn hint(subject: &Subject<'_>) -> Text {
    let folded = &subject.folded().values;
    let key = if folded.text("status") != subject.record.text("status") {
        Some("status")
    } else {
        folded.get("appointment").map(|_| "appointment")
    };
    match key.filter(|_| subject.history_counts()) {
        Some(key) => history_mismatch::put_back(subject, key),
        None => say!(
            "Верните её в работу (`appt request reopen`) и запишите время приёма.",
            "Take it up again (`appt request reopen`) and record the appointment."
        ),
    }
}
