//! `overdue`: an open request is done before its time is past.

use chrono::{DateTime, Utc};

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::format::encode;
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::request::{Overdue, Request};
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "overdue",
    severity: Severity::Warning,
    what: (
        "У открытой заявки время пациента и время приёма ещё впереди.",
        "The patient's time and the appointment of an open request are still to come.",
    ),
    why: (
        "Пациент ждал звонка, и его не дождался.",
        "The patient waited for a call that did not come.",
    ),
    mend: (
        "Позвоните пациенту: запишите новое время или отказ.",
        "Call the patient: record new times, or a refusal.",
    ),
    bad: "status = \"created\"\n\npatient_ranges = [\n    { start = 2020-01-01T09:00:00+03:00, end = 2020-01-01T12:00:00+03:00 },\n]",
    good: "status = \"created\"\n\npatient_ranges = [\n    { start = 2090-01-01T09:00:00+03:00, end = 2090-01-01T12:00:00+03:00 },\n]",
    judge: Judge::Record {
        kinds: &[Kind::Request],
        keys: &["status", "appointment", "patient_ranges"],
        reach: Reach::Clock,
        run,
    },
};

fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    if let Some((key, message)) = subject.request().and_then(|request| past(request, scene.now)) {
        let id = &subject.record.id;
        let hint = match key {
            "appointment" => say!(
                "Спросите пациента, был ли он. Был: `appt request set-status {id} processed`, не был: `appt request reschedule {id} --range …`.",
                "Ask the patient whether they came. They did: `appt request set-status {id} processed`; they did not: `appt request reschedule {id} --range …`."
            ),
            _ => say!(
                "Позвоните пациенту; новое время: `appt request set-ranges {id} --patient …`.",
                "Call the patient; new times: `appt request set-ranges {id} --patient …`."
            ),
        };
        faults.key(key, message, hint);
    }
}

fn past(request: &Request<'_>, now: DateTime<Utc>) -> Option<(&'static str, Text)> {
    Some(match request.overdue(now)? {
        Overdue::Visit(at) => {
            let at = encode::instant(at);
            let message = say!(
                "Приём {at} прошёл, а заявка ещё открыта.",
                "The visit at {at} is past, and the request is still open."
            );
            ("appointment", message)
        }
        Overdue::Times(last) => {
            let end = encode::instant(last);
            let message = say!(
                "Удобное пациенту время кончилось ({end}), а заявка ещё открыта.",
                "The patient's last range is past ({end}), and the request is still open."
            );
            ("patient_ranges", message)
        }
    })
}
