//! `appointment-outside-ranges`: a visit is when the patient can come and the clinic has time.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::format::encode;
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::model::request::{Request, Status};
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "appointment-outside-ranges",
    severity: Severity::Warning,
    what: (
        "Приём назначен на время, удобное пациенту и клинике.",
        "A visit is when the patient can come and the clinic has time.",
    ),
    why: (
        "Пациент, которому неудобно, не придёт.",
        "A patient whom the time does not suit will not come.",
    ),
    mend: (
        "Уточните время приёма или удобное время.",
        "Ask again for the appointment, or for the times that suit.",
    ),
    bad: "appointment = 2026-11-25T18:00:00+03:00\n\npatient_ranges = [\n    { start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 },\n]",
    good: "appointment = 2026-11-25T11:30:00+03:00\n\npatient_ranges = [\n    { start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 },\n]",
    judge: Judge::Record {
        kinds: &[Kind::Request],
        keys: &["status", "appointment", "patient_ranges", "clinic_ranges"],
        reach: Reach::Alone,
        run,
    },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let Some(request) = subject.request() else { return };
    let Some(at) = request.appointment.filter(|_| request.has_visit()) else { return };
    let message = if misses(&request.patient_ranges, at) {
        let shown = encode::instant(at);
        say!(
            "Приём {shown} — не в удобное пациенту время.",
            "The visit at {shown} is outside the patient's ranges."
        )
    } else if misses(&request.clinic_ranges, at) {
        let shown = encode::instant(at);
        say!(
            "Приём {shown} — не в удобное клинике время.",
            "The visit at {shown} is outside the clinic's ranges."
        )
    } else {
        return;
    };
    faults.key("appointment", message, hint(request));
}

/// Whether ranges say that this is no time. Without any they say nothing; nor do they where one is
/// reversed, which is a finding of its own.
fn misses(ranges: &[Range], at: Instant) -> bool {
    !ranges.is_empty() && ranges.iter().all(Range::is_ordered) && !range::covers(ranges, at)
}

fn hint(request: &Request<'_>) -> Text {
    let id = request.id;
    match request.status {
        Status::InProgress => say!(
            "Уточните время; верное запишет `appt request set-appointment {id} ВРЕМЯ`, новое удобное — `appt request set-ranges {id} --patient …`.",
            "Ask again; `appt request set-appointment {id} TIME` records the right time, `appt request set-ranges {id} --patient …` the patient's new ones."
        ),
        _ => say!(
            "Уточните у пациента и клиники. Если время ошибочно: `appt request reopen {id} --reason …`, затем `appt request set-appointment {id} ВРЕМЯ`.",
            "Ask patient and clinic. Where the time is wrong: `appt request reopen {id} --reason …`, then `appt request set-appointment {id} TIME`."
        ),
    }
}
