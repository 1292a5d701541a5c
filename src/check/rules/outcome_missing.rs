//! `outcome-missing`: the self-check of the operator script.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::model::kind::Kind;
use crate::model::request::{Request, Step};
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "outcome-missing",
    severity: Severity::Warning,
    what: (
        "У заявки в работе записано время приёма или время клиники.",
        "A request in progress has an appointment or the clinic's ranges.",
    ),
    why: (
        "Это самопроверка после звонка: без ответа клиники следующий оператор позвонит снова.",
        "It is the self-check after the call: without the clinic's answer the next operator calls again.",
    ),
    mend: (
        "Запишите, что сказала клиника (`appt script`), или верните заявку в `created`.",
        "Record what the clinic said (`appt script`), or put the request back to `created`.",
    ),
    bad: "status = \"in-progress\"",
    good: "status = \"in-progress\"\n\nappointment = 2026-11-25T11:30:00+03:00",
    judge: Judge::Record {
        kinds: &[Kind::Request],
        keys: &["status", "appointment", "clinic_ranges"],
        reach: Reach::Alone,
        run,
    },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let id = &subject.record.id;
    let is_known = !["appointment", "clinic_ranges"].into_iter().any(subject.spoilt);
    let lacks = |request: &Request<'_>| request.next() == Step::RecordOutcome;
    if is_known && subject.request().is_some_and(lacks) {
        faults.key(
            "status",
            say!(
                "Заявка в работе, а ответ клиники не записан.",
                "The request is in progress, and the clinic's answer is not recorded."
            ),
            say!(
                "Запишите его: `appt script {id}`, или верните заявку: `appt request set-status {id} created`.",
                "Record it: `appt script {id}`, or give the request back: `appt request set-status {id} created`."
            ),
        );
    }
}
