//! The calls about a request that is saved: which of them the dialogue is in, and whose request it is.

use crate::life;
use crate::model::kind::Kind;
use crate::model::request::Status;
use crate::render::cell::Sight;
use crate::script::call::{Call, digit};
use crate::script::deed::Act;
use crate::script::phrase::Parties;
use crate::script::screen::choices;
use crate::script::waiting::brief;
use crate::script::{Next, Screen, Script, Stage, clinic, notes, patient};
use crate::tr;

/// What is asked during a call.
pub fn ask(script: &mut Script, sight: &Sight<'_>, screen: &mut Screen) {
    let record = script.stage.subject().and_then(|id| sight.request(id));
    let Some(call) = record.as_deref().and_then(|record| Call::of(sight, record)) else { return };
    if is_begun(&script.stage) {
        screen.say(heading(&call));
        call.say_disputed(screen);
        notes::tell(sight, call.record, screen);
    }
    match script.stage {
        Stage::Held { .. } => held(&call, screen),
        _ if is_with_patient(&script.stage) => patient::ask(script, &call, screen),
        _ => clinic::ask(script, &call, screen),
    }
}

/// Takes an answer during a call.
pub fn take(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    let record = script.stage.subject().and_then(|id| sight.request(id));
    let Some(call) = record.as_deref().and_then(|record| Call::of(sight, record)) else {
        return Next::End;
    };
    match script.stage {
        Stage::Held { .. } => take_held(script, &call, typed),
        _ if is_with_patient(&script.stage) => patient::take(script, &call, typed),
        _ => clinic::take(script, &call, typed),
    }
}

/// Whether it is the patient who is on the phone.
fn is_with_patient(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Offer { .. }
            | Stage::Unsuited { .. }
            | Stage::Outside { .. }
            | Stage::Narrow { .. }
            | Stage::Anew { .. }
            | Stage::Told { .. }
            | Stage::Reason { .. }
    )
}

/// Whether somebody is about to be called, rather than asked one thing more.
fn is_begun(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Answer { .. }
            | Stage::ElsewhereWhen { .. }
            | Stage::Offer { .. }
            | Stage::Anew { .. }
            | Stage::Time { .. }
            | Stage::Told { .. }
            | Stage::Off { .. }
            | Stage::Held { .. }
    )
}

/// Whom and what the call is about: who picks up is asked for by name.
fn heading(call: &Call<'_>) -> String {
    let Parties { patient, doctor, clinic, .. } = &call.parties;
    let part = brief(call.sight, &call.record.id);
    tr!(
        call.sight.lang,
        "{patient} · заявка {part} · {doctor} · {clinic}",
        "{patient} · request {part} · {doctor} · {clinic}"
    )
}

/// Somebody else has the request, or nobody has taken it up.
fn held(call: &Call<'_>, screen: &mut Screen) {
    let Call { sight, record, request, .. } = call;
    let lang = sight.lang;
    let part = life::short(&record.id);
    let status = request.status_name(lang);
    let holder = sight.title(Kind::Operator, request.operator);
    screen.say(if request.status == Status::Created {
        tr!(lang, "Заявка {part}: {status}.", "Request {part}: {status}.")
    } else {
        tr!(
            lang,
            "Сейчас у заявки {part} другой оператор: {holder}.",
            "Request {part} is held by {holder}."
        )
    });
    let words = if request.status == Status::Created {
        [lang.of("Позвонить в клинику", "Call the clinic"), lang.of("Оставить", "Leave it")]
    } else {
        [lang.of("Взять заявку себе", "Take it over"), lang.of("Оставить", "Leave it")]
    };
    choices(screen, &words.map(str::to_owned));
}

fn take_held(script: &mut Script, call: &Call<'_>, typed: &str) -> Next {
    match digit(script, call.sight.lang, typed, 2) {
        Some(0) if call.request.status == Status::Created => return call.act(Act::Claim),
        Some(0) => return call.act(Act::TakeOver),
        Some(_) => {
            script.stage = Stage::End;
            script.say_how_to_go_on(call.sight.lang);
        }
        None => {}
    }
    Next::Ask
}
