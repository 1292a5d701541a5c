//! `specialty-not-offered`: an open request asks for a specialty that its clinic has.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::format::decode;
use crate::model::kind::Kind;
use crate::model::request::Status;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "specialty-not-offered",
    severity: Severity::Error,
    what: (
        "Специальность открытой заявки есть в её клинике.",
        "An open request asks for a specialty that its clinic has.",
    ),
    why: (
        "Оператор позвонит в клинику, где такого врача нет.",
        "The operator would phone a clinic that has no such doctor.",
    ),
    mend: (
        "Смените клинику или специальность (`appt request edit`) или добавьте специальность клинике (`appt clinic edit`).",
        "Change the clinic or the specialty (`appt request edit`), or give the clinic the specialty (`appt clinic edit`).",
    ),
    bad: "clinic = \"poliklinika-1\"\nspecialty = \"kardiolog\"",
    good: "clinic = \"poliklinika-2\"\nspecialty = \"kardiolog\"",
    judge: Judge::Record {
        kinds: &[Kind::Request],
        keys: &["clinic", "specialty", "status"],
        reach: Reach::Others,
        run,
    },
};

fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let record = subject.record;
    let open = Status::of(record).is_some_and(Status::is_open);
    let (Some(clinic_id), Some(specialty)) = (record.text("clinic"), record.text("specialty"))
    else {
        return;
    };
    if !open {
        return;
    }
    let Some(clinic) = scene.book.get(Kind::Clinic, clinic_id) else { return };
    let offered = clinic.texts("specialties");
    if offered.contains(&specialty) {
        return;
    }
    // A clinic without any, and a specialty that is not there, are findings of their own.
    let is_there = |id: &str| scene.book.has(Kind::Specialty, id);
    let judged = !offered.is_empty()
        && is_there(specialty)
        && offered.iter().all(|id| is_there(id))
        && !scene.book.is_spoilt(Kind::Clinic, clinic_id, "specialties");
    if !judged {
        return;
    }
    let hint = match decode::nearest(specialty, offered.iter().copied()) {
        Some(near) => say!("Может быть, `{near}`?", "Did you mean `{near}`?"),
        None => {
            let list = offered.join(", ");
            say!(
                "В этой клинике есть: {list}. Если специальность убрали по ошибке: `appt clinic edit {clinic_id}`.",
                "That clinic has: {list}. If the specialty was dropped by mistake: `appt clinic edit {clinic_id}`."
            )
        }
    };
    faults.key(
        "specialty",
        say!(
            "В клинике `{clinic_id}` нет специальности `{specialty}`.",
            "Clinic `{clinic_id}` does not offer `{specialty}`."
        ),
        hint,
    );
}
