//! `premature-outcome`: a request that nobody has taken up has no answer of the clinic.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject};
use crate::model::kind::Kind;
use crate::model::request::Status;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "premature-outcome",
    severity: Severity::Error,
    what: (
        "У созданной заявки нет ни времени приёма, ни времени клиники.",
        "A request in `created` has neither an appointment nor the clinic's ranges.",
    ),
    why: (
        "Их узнают звонком в клинику, а перед звонком заявку берут в работу: так видно, кто звонит.",
        "They come from a call to the clinic, and a request is taken up before the call: so others see who calls.",
    ),
    mend: (
        "Уберите ключ, возьмите заявку в работу и запишите ответ клиники командой.",
        "Remove the key, take the request up, and record the clinic's answer by a command.",
    ),
    bad: "status = \"created\"\n\nappointment = 2026-11-25T11:30:00+03:00",
    good: "status = \"created\"",
    judge: Judge::Record {
        kinds: &[Kind::Request],
        keys: &["status", "appointment", "clinic_ranges"],
        reach: Reach::Alone,
        run,
    },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let record = subject.record;
    if Status::of(record) != Some(Status::Created) {
        return;
    }
    let id = &record.id;
    // Where the status was changed in the file, the answer is right and the status is not.
    let told = subject.folded().values.text("status").and_then(Status::from_code);
    let told = told.filter(|told| *told != Status::Created && subject.history_counts());
    for key in ["appointment", "clinic_ranges"] {
        if record.values.get(key).is_some() {
            faults.key(
                key,
                say!(
                    "`{key}` есть, а заявку ещё не брали в работу.",
                    "`{key}` stands there, but nobody has taken the request up."
                ),
                match told.map(Status::code) {
                    Some(told) => say!(
                        "Статус изменили в файле: впишите обратно `{told}`, а ключ оставьте.",
                        "The status was changed in the file: put back `{told}`, and leave the key."
                    ),
                    None => say!(
                        "Уберите ключ и возьмите заявку в работу: `appt request set-status {id} in-progress`.",
                        "Remove the key, and take the request up: `appt request set-status {id} in-progress`."
                    ),
                },
            );
        }
    }
}
