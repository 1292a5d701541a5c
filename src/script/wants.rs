//! A known patient who calls: their requests that something can still be done about, and what they
//! want of them.

use std::rc::Rc;

use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{Request, Status, Step};
use crate::model::sieve::Sieve;
use crate::render::cell::Sight;
use crate::script::call::{Former, KEEP, is_one_of, pick};
use crate::script::screen::choices;
use crate::script::waiting::brief;
use crate::script::{Caller, Deed, Next, Screen, Script, Stage, deed, phrase, wish};
use crate::tr;
use crate::words;

/// What is asked of a known patient with live requests.
pub fn ask(script: &Script, sight: &Sight<'_>, screen: &mut Screen) {
    let lang = sight.lang;
    if let Stage::Wants { patient, live } = &script.stage {
        if let Some(patient) = sight.book.patient(patient) {
            screen.say(sight.line(&patient));
        }
        for id in live {
            screen.say(standing(script, sight, id));
        }
        screen.say(match has_told_passport(script, sight, patient) {
            true => lang.of("Что нужно пациенту?", "What does the patient want?"),
            false => lang.of(
                "Спросите последние четыре цифры паспорта. Что нужно пациенту?",
                "Ask for the last four digits of the passport. What does the patient want?",
            ),
        });
        choices(
            screen,
            &wants(script, sight, live).into_iter().map(|(_, word)| word).collect::<Vec<_>>(),
        );
    }
}

/// Takes what they want.
pub fn take(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    let lang = sight.lang;
    if let Stage::Wants { patient, live } = script.stage.clone() {
        let wants = wants(script, sight, &live);
        // Of several requests none is meant by a word.
        let only = |is_it: fn(&Want) -> bool| {
            let mut fit = (0..wants.len()).filter(|at| is_it(&wants[*at].0));
            fit.next().filter(|_| fit.next().is_none())
        };
        let meant = match () {
            () if is_one_of(typed, &["перенести", "перенос", "move"]) => {
                only(|want| matches!(want, Want::Move(_)))
            }
            () if is_one_of(typed, &["отменить", "отмена", "cancel"]) => {
                only(|want| matches!(want, Want::Cancel(_)))
            }
            () if is_one_of(typed, KEEP) => only(|want| matches!(want, Want::Keep(..))),
            () if is_one_of(typed, &["новая заявка", "новая", "new"]) => {
                only(|want| *want == Want::New)
            }
            () => pick(typed, wants.len(), None, only(|want| matches!(want, Want::Cancel(_)))),
        };
        match meant {
            Some(at) => return want(script, sight, patient, wants[at].0.clone()),
            None if is_last_four(typed) => say_passport(script, sight, &patient, typed),
            None => script.ask_for_number(lang, wants.len()),
        }
    }
    Next::Ask
}

/// Whether these may be the last four digits of a passport.
pub fn is_last_four(typed: &str) -> bool {
    typed.len() == 4 && typed.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the call began with the end of the patient's passport, or all of it.
fn has_told_passport(script: &Script, sight: &Sight<'_>, patient: &str) -> bool {
    let Some(patient) = sight.book.patient(patient) else { return false };
    let known = patient.shown("passport");
    script.trail.answers().any(|(_, _, typed)| {
        let told = typed.replace(' ', "");
        is_last_four(&told) && known.ends_with(&told) || told == known
    })
}

/// Whether these are the last digits of the patient's passport, who is asked for them.
fn say_passport(script: &mut Script, sight: &Sight<'_>, patient: &str, digits: &str) {
    let Some(patient) = sight.book.patient(patient) else { return };
    let (lang, name) = (sight.lang, patient.title().to_owned());
    script.say(match patient.shown("passport").ends_with(digits) {
        true => tr!(lang, "✓ {name}: паспорт сошёлся", "✓ {name}: the passport fits"),
        false => tr!(
            lang,
            "У пациента {name} паспорт кончается иначе. Если звонит другой: .. и найдите заново.",
            "The passport of {name} ends otherwise. If it is somebody else: .. and search again."
        ),
    });
}

/// What a patient with live requests may want.
#[derive(Debug, Clone, PartialEq)]
enum Want {
    Move(String),
    Cancel(String),
    GoOn(String),
    Mend(String),
    Come(String),
    Keep(String, Former),
    Times(String),
    New,
    Other,
    Phone,
}

fn wants(script: &Script, sight: &Sight<'_>, live: &[String]) -> Vec<(Want, String)> {
    let lang = sight.lang;
    // A code alone is soon mistaken for another one.
    let which = |id: &str| match live.len() {
        1 => String::new(),
        _ => match sight.request(id) {
            Some(record) => {
                let doctor = words::small(&sight.cell(&record, "specialty_title"));
                format!(" {} ({doctor})", brief(sight, id))
            }
            None => format!(" {}", brief(sight, id)),
        },
    };
    let mut words: Vec<_> = live.iter().flat_map(|id| wants_of(sight, id, &which(id))).collect();
    for id in live {
        let record = sight.request(id).filter(|r| Status::of(r).is_some_and(Status::is_open));
        let Some(record) = record else { continue };
        if let Some(former) = Former::of(sight, &record) {
            let word = phrase::keep(sight, &former, record.shown("clinic"));
            words.insert(0, (Want::Keep(id.clone(), former), word));
        }
    }
    let other = lang.of("Другой человек: новый пациент", "Somebody else: a new patient");
    words.push((Want::New, lang.of("Новая заявка", "A new request").to_owned()));
    words.push((Want::Other, other.to_owned()));
    words.push((Want::Phone, lang.of("Телефон другой", "Another phone").to_owned()));
    // The last: it is needed the least.
    for id in live.iter().filter(|id| status(sight, id) == Some(Status::Processed)) {
        let which = which(id);
        let word = tr!(lang, "Исправить время приёма{which}", "Mend the appointment{which}");
        words.push((Want::Mend(id.clone()), word));
    }
    for id in live.iter().filter(|id| can_have_other_times(script, sight, id)) {
        let which = which(id);
        let word =
            tr!(lang, "Другое удобное время{which}", "Other times that suit the patient{which}");
        words.push((Want::Times(id.clone()), word));
    }
    words
}

/// Whether a request is open without a visit, and no colleague is busy with it.
fn can_have_other_times(script: &Script, sight: &Sight<'_>, id: &str) -> bool {
    let record = sight.request(id);
    let request = record.as_ref().and_then(|record| Request::of(record).ok());
    request.is_some_and(|request| {
        let is_free = request.status == Status::Created || request.operator == script.by;
        request.status.is_open() && request.appointment.is_none() && is_free
    })
}

/// What they may want of one request; `which` names it where there are several.
fn wants_of(sight: &Sight<'_>, id: &str, which: &str) -> Vec<(Want, String)> {
    let (lang, id) = (sight.lang, id.to_owned());
    match status(sight, &id) {
        Some(Status::Processed) => vec![
            (Want::Move(id.clone()), tr!(lang, "Перенести запись{which}", "Move the visit{which}")),
            (Want::Cancel(id), tr!(lang, "Отменить запись{which}", "Cancel the visit{which}")),
        ],
        Some(Status::PatientRefused) => {
            let off = tr!(
                lang,
                "Сказать клинике, что приёма не будет{which}",
                "Tell the clinic that the visit is off{which}"
            );
            let come =
                tr!(lang, "Пациент всё-таки придёт{which}", "The patient comes after all{which}");
            let is_moved =
                sight.request(&id).is_some_and(|record| record.text("rescheduled_to").is_some());
            let come = (!is_moved).then(|| (Want::Come(id.clone()), come));
            [(Want::GoOn(id), off)].into_iter().chain(come).collect()
        }
        _ => {
            let of = if which.is_empty() { String::new() } else { format!(":{which}") };
            vec![
                (
                    Want::GoOn(id.clone()),
                    tr!(lang, "Продолжить заявку{which}", "Go on with the request{which}"),
                ),
                (
                    Want::Cancel(id),
                    tr!(lang, "Пациент отказывается{of}", "The patient declines{of}"),
                ),
            ]
        }
    }
}

fn status(sight: &Sight<'_>, id: &str) -> Option<Status> {
    Status::of(&*sight.request(id)?)
}

fn want(script: &mut Script, sight: &Sight<'_>, patient: String, want: Want) -> Next {
    script.draft.caller = Caller { id: Some(patient), ..Caller::default() };
    match want {
        Want::Move(id) => wish::begin_move(script, sight, id),
        Want::Cancel(id) => script.stage = Stage::Reason { id },
        Want::GoOn(id) => return open(script, sight, &id),
        Want::New => wish::onward(script),
        Want::Phone => script.stage = Stage::Phone,
        Want::Mend(id) => script.stage = Stage::Mend { id },
        Want::Times(id) => script.stage = Stage::Anew { id },
        Want::Keep(id, former) => {
            let seen = sight.request(&id).and_then(|record| record.updated());
            if former.is_spoken_of {
                script.say(phrase::leave_it(sight.lang));
            }
            return Next::Do(Deed::Step { id, seen, act: former.act() });
        }
        Want::Come(id) => {
            let seen = sight.request(&id).and_then(|record| record.updated());
            let act = deed::Act::Reopen(phrase::comes(sight.lang).to_owned());
            return Next::Do(Deed::Step { id, seen, act });
        }
        Want::Other => {
            script.draft.caller = Caller::default();
            script.stage = Stage::Passport;
        }
    }
    Next::Ask
}

/// Opens a request where it stands; one that nobody has taken up is taken up.
pub fn open(script: &mut Script, sight: &Sight<'_>, id: &str) -> Next {
    let (record, status) = (sight.request(id), status(sight, id));
    if status == Some(Status::Created) {
        let seen = record.and_then(|record| record.updated());
        return Next::Do(Deed::Step { id: id.to_owned(), seen, act: deed::Act::Claim });
    }
    script.go_on(sight, id);
    script.say_if_over(sight, id);
    if !script.is_over() {
        return Next::Ask;
    }
    // A visit can be moved or cancelled, also one that is past: that is what its patient calls about.
    let visit = record.filter(|_| status == Some(Status::Processed));
    let Some(patient) = visit.and_then(|visit| sight.book.patient(visit.text("patient")?)) else {
        return Next::End;
    };
    let mut live = live(sight, &patient.id);
    if !live.iter().any(|live| live == id) {
        live.insert(0, id.to_owned());
    }
    script.draft.caller = Caller { id: Some(patient.id.clone()), ..Caller::default() };
    script.stage = Stage::Wants { patient: patient.id.clone(), live };
    Next::Ask
}

/// A known patient: what they want, where they have live requests, else which doctor.
pub fn meet(script: &mut Script, sight: &Sight<'_>, id: &str) {
    script.draft.caller = Caller { id: Some(id.to_owned()), ..Caller::default() };
    let live = live(sight, id);
    if live.is_empty() {
        wish::onward(script);
    } else {
        script.stage = Stage::Wants { patient: id.to_owned(), live };
    }
}

/// A patient's requests that something can still be done about: open, or with a visit ahead, also one
/// whose clinic does not know yet that it is off.
pub fn live(sight: &Sight<'_>, patient: &str) -> Vec<String> {
    let is_live = |record: &Rc<Record>| {
        let Ok(request) = Request::of(record) else { return false };
        let ahead = request.appointment.is_some_and(|at| at > sight.now);
        let stands = request.status == Status::Processed || request.next() == Step::TellClinic;
        let live = request.status.is_open() || ahead && stands;
        live && sight.book.patient(request.patient).is_some_and(|found| found.id == patient)
    };
    let theirs = Sieve { patient: Some(patient.to_owned()), ..Sieve::default() };
    sight
        .book
        .sift(Kind::Request, &theirs)
        .iter()
        .filter(|record| is_live(record))
        .map(|r| r.id.clone())
        .collect()
}

/// «Запись k7m: среда, 25 ноября, 11:30 · терапевт · Поликлиника № 1».
pub fn standing(script: &Script, sight: &Sight<'_>, id: &str) -> String {
    let Some(record) = sight.request(id) else { return String::new() };
    let short = brief(sight, id);
    let doctor = words::small(&sight.cell(&record, "specialty_title"));
    let lang = sight.lang;
    // Whoever is busy with it hears of what becomes of it from nobody else.
    let holder = record.shown("operator");
    let is_mine = holder == script.by;
    let holder = sight.title(Kind::Operator, holder);
    let held = match status(sight, id) {
        Some(Status::InProgress) if !is_mine => {
            tr!(lang, " · ведёт: {holder}", " · held by {holder}")
        }
        Some(Status::PatientRefused) => lang
            .of(" · отменена, клиника ещё не знает", " · off, the clinic does not know yet")
            .to_owned(),
        _ => String::new(),
    };
    let clinic = format!("{}{held}", sight.cell(&record, "clinic_name"));
    match record.instant("appointment") {
        Some(at) => {
            let when = sight.instant(at);
            let past = match at < sight.now {
                true => lang.of(" (уже прошло)", " (past)"),
                false => "",
            };
            tr!(
                lang,
                "Запись {short}: {when}{past} · {doctor} · {clinic}",
                "Visit {short}: {when}{past} · {doctor} · {clinic}"
            )
        }
        None => {
            let next = sight.cell(&record, "next");
            tr!(
                lang,
                "Заявка {short}: {next} · {doctor} · {clinic}",
                "Request {short}: {next} · {doctor} · {clinic}"
            )
        }
    }
}
