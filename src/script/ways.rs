//! The ways on where nothing came of a call to the clinic: the visit as it was, another clinic, later,
//! or no visit.

use crate::history::What;
use crate::model::clinic;
use crate::model::event;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::script::call::{Call, Former, KEEP, is_one_of, pick};
use crate::script::clinic::VISIT;
use crate::script::deed::Act;
use crate::script::{Next, Script, Stage, phrase, wish};
use crate::tr;
use crate::when::show;

/// Ways on where the clinic has nothing: the visit as it was, another clinic, later, or no visit.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Way {
    Keep(Former),
    AskOld(Instant),
    Elsewhere(String),
    Later,
    Refuse,
}

pub(super) fn of(call: &Call<'_>) -> Vec<(Way, String)> {
    let Call { sight, request, .. } = call;
    let lang = sight.lang;
    let clinics = sight.book.all(Kind::Clinic);
    let others = clinics.iter().filter(|clinic| {
        clinic.id != request.clinic && clinic.texts("specialties").contains(&request.specialty)
    });
    // Those that were asked already come last, and say so.
    let asked = asked_before(call.record);
    let mut others: Vec<_> = others.collect();
    others.sort_by_key(|clinic| asked.contains(&clinic.id.as_str()));
    let mut ways: Vec<(Way, String)> = others
        .into_iter()
        .map(|clinic| {
            let (name, address) = (clinic.title(), sight.cell(clinic, "address"));
            let zone = clinic::zone(Some(clinic), sight.settings);
            let mark = show::zone_mark(
                sight.now.with_timezone(&zone).fixed_offset(),
                sight.settings.timezone,
                lang,
            );
            let mut mark = mark.map(|mark| format!(" ({mark})")).unwrap_or_default();
            if asked.contains(&clinic.id.as_str()) {
                mark.push_str(lang.of(" — уже спрашивали", ", asked already"));
            }
            let words = tr!(
                lang,
                "Другая клиника: {name} · {address}{mark}",
                "Another clinic: {name} · {address}{mark}"
            );
            (Way::Elsewhere(clinic.id.clone()), words)
        })
        .collect();
    match (&call.former, call.old_visit) {
        (Some(former), _) => {
            let words = phrase::keep(sight, former, request.clinic);
            ways.insert(0, (Way::Keep(former.clone()), words));
        }
        // It was taken off for the new time: whether it is still free the clinic knows.
        (None, Some(old)) => {
            let text = sight.instant(old);
            let words = tr!(
                lang,
                "Спросить клинику о прежнем времени: {text}",
                "Ask the clinic about the old time: {text}"
            );
            ways.insert(0, (Way::AskOld(old), words));
        }
        (None, None) => {}
    }
    ways.push((Way::Later, lang.of("Позвонить позже", "Call later").to_owned()));
    ways.push((Way::Refuse, lang.of("Пациент отказывается", "The patient declines").to_owned()));
    ways
}

/// The clinics that a request was at before.
fn asked_before(record: &Record) -> Vec<&str> {
    let standing = event::standing(&record.history).into_iter();
    let before = standing.filter_map(|event| match &event.what {
        What::Set { key: "clinic", from: Some(from), .. } => from.as_text(),
        _ => None,
    });
    before.collect()
}

/// The way that a digit or a word means.
pub(super) fn meant(ways: &[(Way, String)], typed: &str) -> Option<usize> {
    let at = |wanted: Way| ways.iter().position(|(way, _)| *way == wanted);
    let is_old = |way: &Way| matches!(way, Way::Keep(_) | Way::AskOld(_));
    let kept = || ways.iter().position(|(way, _)| is_old(way));
    pick(typed, ways.len(), at(Way::Later), at(Way::Refuse))
        .or_else(|| kept().filter(|_| is_one_of(typed, KEEP)))
}

/// Goes one of the ways on; `note` is what a later call should know.
pub(super) fn go(script: &mut Script, call: &Call<'_>, way: Way, why: String) -> Next {
    match way {
        // The clinic has it still, and the patient agrees.
        Way::Keep(former) => {
            script.say(phrase::leave_it(call.sight.lang));
            call.act(former.act())
        }
        Way::AskOld(at) => {
            let ranges = vec![Range { start: at, end: at + VISIT }];
            call.act(Act::AskAgain { ranges, why: Some(why) })
        }
        Way::Elsewhere(clinic)
            if wish::is_other_clock(call.sight, call.request.clinic, &clinic) =>
        {
            script.stage = Stage::ElsewhereWhen { id: call.id(), clinic, why };
            Next::Ask
        }
        Way::Elsewhere(clinic) => {
            call.act(Act::Elsewhere { clinic, ranges: call.before_narrowing(), why })
        }
        // There was an answer: that is not lost by calling again later.
        Way::Later => call.act(Act::Later(why)),
        Way::Refuse => call.act(Act::Refuse(Some(why))),
    }
}
