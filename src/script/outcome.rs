//! What came of a deed, and where a call that is over leads.

use crate::history::What;
use crate::life;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{Request, Step};
use crate::model::value::Value;
use crate::render::cell::Sight;
use crate::script::deed::Act;
use crate::script::waiting::brief;
use crate::script::{Deed, Script, stage::Stage};
use crate::tr;

/// What came of a deed, as the operator reads it.
pub fn say(script: &mut Script, sight: &Sight<'_>, id: &str, deed: &Deed) {
    let Some(record) = sight.request(id) else { return };
    let Ok(request) = Request::of(&record) else { return };
    let (lang, part) = (sight.lang, life::short(id));
    let status = request.status_name(lang);
    let line = match deed {
        Deed::Phone { .. } => return,
        Deed::Save { start: false } => {
            let brief = brief(sight, id);
            tr!(
                lang,
                "✓ Заявка {part} сохранена: {status}. Продолжить: appt script {brief}.",
                "✓ Request {part} is saved: {status}. Go on: appt script {brief}."
            )
        }
        Deed::Save { .. } | Deed::Move { .. } => tr!(
            lang,
            "✓ Заявка {part} сохранена: {status}.",
            "✓ Request {part} is saved: {status}."
        ),
        Deed::Step { act, .. } => match step(sight, &record, act) {
            Some(line) => line,
            None => return,
        },
    };
    line.lines().for_each(|line| script.say(line));
}

/// What came of a step of a call; nothing where the next screen shows it.
fn step(sight: &Sight<'_>, record: &Record, act: &Act) -> Option<String> {
    let request = Request::of(record).ok()?;
    let (lang, part) = (sight.lang, life::short(request.id));
    let status = request.status_name(lang);
    Some(match act {
        Act::Appointment { .. } | Act::Keep { .. } | Act::PatientRanges(_) => return None,
        Act::ClinicRanges(_) => suits_the_clinic(sight, &request),
        Act::AskAgain { .. } => {
            let text = sight.ranges(&request.patient_ranges);
            tr!(
                lang,
                "✓ Удобно пациенту: {text}. Спросите клинику ещё раз.",
                "✓ Suits the patient: {text}. Ask the clinic again."
            )
        }
        Act::Elsewhere { .. } => {
            let clinic = sight.title(Kind::Clinic, request.clinic);
            tr!(lang, "✓ Другая клиника: {clinic}", "✓ Another clinic: {clinic}")
        }
        Act::NoAnswer | Act::Later(_) => {
            let (next, brief) = (request.next().name(lang), brief(sight, request.id));
            tr!(
                lang,
                "✓ Заявка {part} ждёт: {next}. Продолжить: appt script {brief}.",
                "✓ Request {part} waits: {next}. Go on: appt script {brief}."
            )
        }
        Act::Told => match request.rescheduled_from.map(life::short) {
            Some(old) => tr!(
                lang,
                "✓ Заявка {part}: {status}. Прежняя, {old}, закрыта: перенос.",
                "✓ Request {part}: {status}. The old one, {old}, is closed: moved."
            ),
            None => tr!(lang, "✓ Заявка {part}: {status}.", "✓ Request {part}: {status}."),
        },
        Act::Refuse(_) => tr!(
            lang,
            "✓ Заявка {part}: {status}. Вернуть: appt undo.",
            "✓ Request {part}: {status}. To take it back: appt undo."
        ),
        Act::ClinicTold => tr!(
            lang,
            "✓ Заявка {part}: клиника знает об отмене.",
            "✓ Request {part}: the clinic knows that the visit is off."
        ),
        Act::Reopen(_) | Act::Mend { .. } => tr!(
            lang,
            "✓ Заявка {part} снова в работе: {status}.",
            "✓ Request {part} is taken up again: {status}."
        ),
        Act::Claim => {
            let line = tr!(lang, "✓ Заявка {part}: {status}.", "✓ Request {part}: {status}.");
            match before(record).filter(|before| *before != request.operator) {
                Some(before) => {
                    let name = sight.title(Kind::Operator, before);
                    tr!(lang, "{line} Прежний оператор: {name}.", "{line} Held before by {name}.")
                }
                None => line,
            }
        }
        Act::TakeOver => {
            tr!(lang, "✓ Заявка {part} теперь ваша.", "✓ Request {part} is yours now.")
        }
    })
}

/// The clinic's times, each in a line of its own, one under the other.
fn suits_the_clinic(sight: &Sight<'_>, request: &Request<'_>) -> String {
    let heading = sight.lang.of("✓ Удобно клинике: ", "✓ Suits the clinic: ");
    let ranges: Vec<String> =
        request.clinic_ranges.iter().map(|range| sight.range(range)).collect();
    format!("{heading}{}", ranges.join(&format!("\n{}", " ".repeat(heading.chars().count()))))
}

/// Who had a request before its present holder.
fn before(record: &Record) -> Option<&str> {
    let last = record.history.iter().rev().find_map(|event| match &event.what {
        What::Set { key: "operator", from, .. } => Some(from.as_ref()),
        _ => None,
    });
    last.flatten().and_then(Value::as_text)
}

/// Where a call that is over leads: the clinic of the old visit may not know yet that it is off.
pub fn after(sight: &Sight<'_>, id: &str, deed: &Deed) -> Stage {
    let is_over = matches!(deed, Deed::Step { act: Act::Told | Act::Refuse(_), .. });
    let record = sight.request(id).filter(|_| is_over);
    let old = record.as_ref().and_then(|record| record.text("rescheduled_from"));
    let old = old.and_then(|old| sight.request(old));
    let waits = |old: &Record| Request::of(old).is_ok_and(|old| old.next() == Step::TellClinic);
    match old.filter(|old| waits(old)) {
        Some(old) => Stage::Off { id: old.id.clone() },
        None => Stage::End,
    }
}
