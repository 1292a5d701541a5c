//! `double-booking`: a patient's visits lie an hour apart.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::model::book::Visit;
use crate::model::kind::Kind;
use crate::model::request::VISITS_APART;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "double-booking",
    severity: Severity::Warning,
    what: (
        "Между приёмами одного пациента не меньше часа.",
        "Two visits of one patient are an hour apart or more.",
    ),
    why: (
        "На два приёма сразу пациент не успеет, и один врач прождёт напрасно.",
        "A patient can't be at two visits at once, and one doctor waits in vain.",
    ),
    mend: (
        "Перенесите один из приёмов (`appt request reschedule`).",
        "Move one of the visits (`appt request reschedule`).",
    ),
    bad: "# 20261123-k7m2qx: 2026-11-25T11:30:00+03:00\nappointment = 2026-11-25T12:00:00+03:00",
    good: "# 20261123-k7m2qx: 2026-11-25T11:30:00+03:00\nappointment = 2026-11-25T12:30:00+03:00",
    judge: Judge::Record {
        kinds: &[Kind::Request],
        keys: &["patient", "status", "appointment"],
        reach: Reach::Others,
        run,
    },
};

/// One finding for a visit: of all that are at that time, the request whose id is the next before it.
/// So many visits at once are as many findings, and not as many as they have pairs.
fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let Some(request) = subject.request() else { return };
    let Some(at) = request.appointment.filter(|_| request.has_visit()) else { return };
    let is_at_once = |other: &&Visit| {
        other.request.as_str() < request.id && (other.at - at).abs() < VISITS_APART
    };
    let others = scene.visits_of(request.patient).iter().filter(is_at_once);
    let Some(other) = others.map(|other| &other.request).max() else { return };
    faults.key(
        "appointment",
        say!(
            "У пациента в то же время другой приём: заявка `{other}`.",
            "The patient has another visit at that time: request `{other}`."
        ),
        say!(
            "Перенесите один из них: `appt request reschedule`.",
            "Move one of them: `appt request reschedule`."
        ),
    );
}
