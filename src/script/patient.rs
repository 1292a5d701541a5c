//! The calls to the patient: which of the clinic's times suits them, that they have a visit, and
//! that they don't want one.

use crate::model::range::{self, Range};
use crate::model::request::{Overdue, Request};
use crate::render::cell::Sight;
use crate::script::call::{
    Call, KEEP, chosen, digit, is_later, is_no, is_one_of, is_refusal, is_unknown, is_wrong_number,
    is_yes, pick,
};
use crate::script::deed::Act;
use crate::script::screen::{choice, choices};
use crate::script::{Next, Screen, Script, Stage, examples, phrase, wants, ways, wish};
use crate::tr;
use crate::when;

/// What is asked in a call to the patient.
pub(super) fn ask(script: &mut Script, call: &Call<'_>, screen: &mut Screen) {
    let Call { sight, .. } = call;
    let lang = sight.lang;
    match &script.stage {
        Stage::Offer { .. } => ask_offer(script, call, screen),
        Stage::Narrow { fits, .. } => {
            let text = sight.ranges(fits);
            screen.say(tr!(
                lang,
                "Вне времени клиники. Подходит: {text}. Записать это?",
                "Outside the clinic's times. What fits: {text}. Record that?"
            ));
            let words = [lang.of("Записать", "Record it"), lang.of("Другие часы", "Other hours")];
            choices(screen, &words.map(str::to_owned));
        }
        Stage::Outside { ranges, .. } => ask_outside(call, ranges, screen),
        Stage::Unsuited { .. } => ask_unsuited(call, screen),
        Stage::Anew { .. } => ask_anew(call, screen),
        Stage::Told { .. } => ask_told(script, call, screen),
        Stage::Reason { .. } => ask_reason(script, call, screen),
        _ => {}
    }
}

/// Why there is to be no visit; which one it is stands there, for codes are mistaken for each other.
fn ask_reason(script: &Script, call: &Call<'_>, screen: &mut Screen) {
    let Call { sight, record, .. } = call;
    let lang = sight.lang;
    screen.say(wants::standing(script, sight, &record.id));
    if let Some(former) = &call.former {
        let text = sight.instant(former.at);
        screen.say(tr!(
            lang,
            "Прежняя запись, {text}, тоже будет отменена. Оставить её: введите «оставить».",
            "The old visit, {text}, will be cancelled, too. To keep it, type “keep”."
        ));
    }
    screen.say(lang.of(
        "Причина (Enter — пропустить). После ответа заявка будет закрыта.",
        "The reason (Enter leaves it out). After the answer the request is closed.",
    ));
}

fn ask_offer(script: &Script, call: &Call<'_>, screen: &mut Screen) {
    let Call { sight, request, parties, .. } = call;
    let lang = sight.lang;
    let phone = &parties.patient_phone;
    let offers = offers(call);
    let chosen = sight.ranges(&request.patient_ranges);
    screen.say(if range::within(&request.patient_ranges, &request.clinic_ranges) {
        tr!(
            lang,
            "Записан выбор пациента: {chosen}. Новый ответ заменит его. Телефон: {phone}",
            "The patient's choice is recorded: {chosen}. A new answer replaces it. Phone: {phone}"
        )
    } else if fits_in_part(call) {
        tr!(
            lang,
            "Время совпало частично. Позвоните пациенту: {phone}",
            "The times fit in part. Call the patient: {phone}"
        )
    } else {
        tr!(
            lang,
            "Время не совпало. Позвоните пациенту: {phone}",
            "The times don't fit. Call the patient: {phone}"
        )
    });
    screen.draw(call.drawing(script));
    screen.say(phrase::offer_patient(sight, &call.asked(), request, parties));
    let words: Vec<String> = offers.iter().map(|offer| offer_text(sight, request, offer)).collect();
    choices(screen, &words);
    examples::of_offer(screen, call);
}

/// The patient's times are over, and there is nothing to ask the clinic about; or the patient has called
/// to name others.
fn ask_anew(call: &Call<'_>, screen: &mut Screen) {
    let Call { sight, request, parties, .. } = call;
    let lang = sight.lang;
    let (text, phone) = (sight.ranges(&request.patient_ranges), &parties.patient_phone);
    match request.overdue(sight.now) {
        Some(Overdue::Times(_)) => {
            screen.say(tr!(
                lang,
                "Удобное пациенту время уже прошло: {text}. Позвоните пациенту: {phone}",
                "The patient's times are over: {text}. Call the patient: {phone}"
            ));
            screen.say(phrase::ask_anew(sight, parties));
        }
        _ => screen.say(tr!(
            lang,
            "Записано, что удобно пациенту: {text}. Новое заменит это.",
            "Recorded as the patient's times: {text}. What you type replaces them."
        )),
    }
    screen.say(lang.of(
        "Когда пациенту удобно теперь? Например: ср 9-12, чт после 15",
        "When can the patient come now? For example: wed 9-12, thu after 15",
    ));
    screen.say(lang.of(
        "  отказ — пациент отказался   позже — нет ответа",
        "  no: the patient declines   later: no answer",
    ));
}

fn ask_told(script: &Script, call: &Call<'_>, screen: &mut Screen) {
    let Call { sight, parties, .. } = call;
    let lang = sight.lang;
    if let Some(at) = call.request.appointment {
        let text = sight.instant(at);
        screen.say(tr!(lang, "✓ Время приёма: {text}", "✓ Appointment: {text}"));
        call.say_overdue(screen);
        screen.draw(call.drawing(script));
        let phone = &parties.patient_phone;
        screen.say(match at < sight.now {
            true => tr!(lang, "Позвоните пациенту: {phone}", "Call the patient: {phone}"),
            false => tr!(lang, "Сообщите пациенту: {phone}", "Tell the patient: {phone}"),
        });
        if at >= sight.now {
            let is_another = call.old_visit.is_some_and(|old| old != at);
            screen.say(phrase::tell_patient(sight, at, is_another, parties));
        }
    }
    let is_past = matches!(call.request.overdue(sight.now), Some(Overdue::Visit(_)));
    let (done, other) = match is_past {
        true => (
            lang.of("Пациент был на приёме: завершить", "The patient came: done"),
            lang.of("Пациент не был: нужно другое время", "The patient did not: another time"),
        ),
        false => (
            lang.of("Пациент знает: завершить", "The patient knows: done"),
            lang.of("Пациент просит другое время", "The patient wants another time"),
        ),
    };
    let words = [
        done,
        lang.of("Не дозвонились, позже", "No answer, later"),
        other,
        lang.of("Пациент отказывается", "The patient declines"),
        lang.of("Исправить время приёма", "Mend the appointment"),
    ];
    choices(screen, &words.map(str::to_owned));
}

/// Takes an answer in a call to the patient.
pub(super) fn take(script: &mut Script, call: &Call<'_>, typed: &str) -> Next {
    let lang = call.sight.lang;
    match script.stage.clone() {
        Stage::Reason { .. } => {}
        _ if is_wrong_number(typed) => return call.act(Act::Later(wrong_number(script, call))),
        _ => {}
    }
    match script.stage.clone() {
        Stage::Offer { .. } => return offer(script, call, typed),
        // Other hours may be typed at once, and whatever else the offer takes.
        Stage::Narrow { .. } | Stage::Outside { .. }
            if typed.chars().count() > 1 && !is_yes(typed) && !is_mere_no(typed) =>
        {
            return offer(script, call, typed);
        }
        Stage::Narrow { .. } | Stage::Outside { .. } if is_mere_no(typed) => {
            script.stage = Stage::Offer { id: call.id() };
        }
        Stage::Narrow { fits, .. } if is_yes(typed) => return call.act(Act::PatientRanges(fits)),
        Stage::Narrow { fits, .. } => match digit(script, lang, typed, 2) {
            Some(0) => return call.act(Act::PatientRanges(fits)),
            Some(_) => script.stage = Stage::Offer { id: call.id() },
            None => {}
        },
        Stage::Outside { ranges, .. } => match digit(script, lang, typed, 2) {
            Some(0) => return call.act(Act::AskAgain { ranges, why: None }),
            Some(_) => script.stage = Stage::Offer { id: call.id() },
            None => {}
        },
        Stage::Unsuited { .. } => return take_unsuited(script, call, typed),
        Stage::Anew { .. } if is_later(typed) => return call.act(Act::NoAnswer),
        Stage::Anew { .. } if is_refusal(typed) => script.stage = Stage::Reason { id: call.id() },
        Stage::Anew { .. } => {
            let reading = wish::read(script, call.sight, call.request.clinic, typed);
            let settled = |reading| {
                wish::settled(script, call.sight, call.request.clinic, reading, &ahead(call))
            };
            if let Some(ranges) = reading.and_then(settled) {
                return call.act(new_times(call, ranges));
            }
        }
        Stage::Told { .. } if is_told(typed) => return call.act(Act::Told),
        Stage::Told { .. } => match chosen(script, lang, 5, pick(typed, 5, Some(1), Some(3))) {
            Some(0) => return call.act(Act::Told),
            Some(1) => return call.act(Act::NoAnswer),
            Some(2) => wish::begin_move(script, call.sight, call.id()),
            Some(3) => script.stage = Stage::Reason { id: call.id() },
            Some(_) => script.stage = Stage::Mend { id: call.id() },
            None => {}
        },
        Stage::Reason { .. } if call.former.is_some() && is_one_of(typed, KEEP) => {
            if call.former.as_ref().is_some_and(|former| former.is_spoken_of) {
                script.say(phrase::leave_it(lang));
            }
            return call.former.clone().map_or(Next::Ask, |former| call.act(former.act()));
        }
        // What answers another question is no reason: after this answer the request is closed.
        Stage::Reason { .. } if is_no_reason(call, typed) => {
            script.say(lang.of(
                "Это не причина отказа. Причину — словами, Enter — без причины. Передумали: ..",
                "That is no reason to decline. The reason in words, Enter for none. To change your mind: ..",
            ));
        }
        Stage::Reason { .. } => {
            let reason = crate::words::text::note(typed).ok();
            return call.act(Act::Refuse(reason.filter(|reason| !reason.is_empty())));
        }
        _ => {}
    }
    Next::Ask
}

/// The note that the patient's number is a wrong one; who finds out the right one is told how to record
/// it.
pub(super) fn wrong_number(script: &mut Script, call: &Call<'_>) -> String {
    let (lang, patient) = (call.sight.lang, call.request.patient);
    script.say(tr!(
        lang,
        "Верный телефон, когда узнаете: appt patient edit {patient} --phone НОМЕР",
        "The right phone, once you know it: appt patient edit {patient} --phone NUMBER"
    ));
    phrase::wrong_number(lang, &call.parties.patient, &call.parties.patient_phone)
}

/// What the patient may take by one digit: what suits both already, then each of the clinic's times;
/// nothing that is over.
fn offers(call: &Call<'_>) -> Vec<Vec<Range>> {
    let common = in_common(call);
    let first = Some(common).filter(|common| !common.is_empty());
    let whole = ahead(call).into_iter().map(|range| vec![range]);
    let whole: Vec<Vec<Range>> = whole.filter(|range| first.as_ref() != Some(range)).collect();
    first.into_iter().chain(whole).collect()
}

/// What the clinic offers, as far as it is not over.
fn ahead(call: &Call<'_>) -> Vec<Range> {
    range::left(&call.request.clinic_ranges, call.sight.now)
}

/// Times that the patient named: the clinic is asked again, unless it offers some of them already.
fn new_times(call: &Call<'_>, ranges: Vec<Range>) -> Act {
    match range::common(&ranges, &ahead(call)).is_empty() {
        true => Act::AskAgain { ranges, why: None },
        false => Act::PatientRanges(ranges),
    }
}

/// Whether the answer is that the patient knows the time.
fn is_told(typed: &str) -> bool {
    is_one_of(typed, &["знает", "пациент знает", "сообщили", "knows", "told"])
}

/// Whether a no says nothing but that: none that the patient declines.
fn is_mere_no(typed: &str) -> bool {
    is_no(typed) && !is_refusal(typed)
}

/// Whether a reason is what was meant for another question: a digit, hours, a word of a menu.
fn is_no_reason(call: &Call<'_>, typed: &str) -> bool {
    const MENU: [&str; 8] = [
        "перенести",
        "перенос",
        "другое время",
        "отменить",
        "оставить",
        "move",
        "another time",
        "leave it",
    ];
    let is_digit = !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = is_later(typed) || is_yes(typed) || is_mere_no(typed) || is_one_of(typed, &MENU);
    let frame = examples::frame(call);
    let is_time = || {
        let in_play = call.request.in_play(call.sight.now);
        when::ranges(typed, &frame).is_ok() || when::appointment(typed, &frame, &in_play).is_ok()
    };
    is_digit || is_word || is_unknown(typed) || is_time()
}

fn in_common(call: &Call<'_>) -> Vec<Range> {
    let common = range::common(&call.request.patient_ranges, &call.request.clinic_ranges);
    range::left(&common, call.sight.now)
}

/// Whether the patient and the clinic have times in common.
fn fits_in_part(call: &Call<'_>) -> bool {
    !in_common(call).is_empty()
}

/// Whether one thing is read out to the patient, so that a yes means it.
fn is_one(call: &Call<'_>, offers: &[Vec<Range>]) -> bool {
    let request = &call.request;
    let is_chosen = range::within(&request.patient_ranges, &request.clinic_ranges);
    offers.len() == 1 || fits_in_part(call) && !is_chosen
}

/// Hours that the patient named. What can't be read gets hints from what the clinic offers.
fn read(script: &mut Script, call: &Call<'_>, typed: &str) -> Option<Vec<Range>> {
    let frame = examples::frame(call);
    match when::ranges(typed, &frame) {
        Ok(reading) => {
            for note in &reading.notes {
                script.say(note.get(call.sight.lang));
            }
            wish::settled(script, call.sight, call.request.clinic, reading, &ahead(call))
        }
        Err(mut misread) => {
            if let Some(hint) = examples::of_misread(call, typed, &misread) {
                misread.hint = Some(hint);
            }
            wish::refuse(script, call.sight, &misread);
            None
        }
    }
}

/// Hours that the clinic did not offer: it may be asked about them.
fn ask_outside(call: &Call<'_>, ranges: &[Range], screen: &mut Screen) {
    let lang = call.sight.lang;
    let text = call.sight.ranges(ranges);
    let offers = call.sight.ranges(&call.request.clinic_ranges);
    screen.say(tr!(
        lang,
        "Вне времени клиники: {text}. Клиника предлагает: {offers}.",
        "Outside the clinic's times: {text}. It offers: {offers}."
    ));
    let words = [
        lang.of(
            "Записать как удобное пациенту и спросить клинику ещё раз",
            "Record it as the patient's times, and ask the clinic again",
        ),
        lang.of("Другие часы", "Other hours"),
    ];
    choices(screen, &words.map(str::to_owned));
}

/// None of the clinic's times suits: another clinic, later, no visit, or times of the patient's.
fn ask_unsuited(call: &Call<'_>, screen: &mut Screen) {
    let lang = call.sight.lang;
    screen.say(lang.of(
        "Предложенное клиникой пациенту не подходит. Что дальше?",
        "What the clinic offers does not suit the patient. What now?",
    ));
    let words: Vec<String> = ways::of(call).into_iter().map(|(_, words)| words).collect();
    choices(screen, &words);
    screen.say(lang.of(
        "  Или когда пациенту удобно: ср 9-12 — спросить клинику ещё раз",
        "  Or when the patient can come: wed 9-12, to ask the clinic again",
    ));
}

fn take_unsuited(script: &mut Script, call: &Call<'_>, typed: &str) -> Next {
    let mut ways = ways::of(call);
    match ways::meant(&ways, typed) {
        Some(at) => {
            let why = phrase::unsuited(call.sight.lang, &call.parties.clinic);
            ways::go(script, call, ways.swap_remove(at).0, why)
        }
        None => other_times(script, call, typed, None),
    }
}

/// Takes times that the patient named instead of a way on; `why` says that the clinic has nothing free.
pub(super) fn other_times(
    script: &mut Script,
    call: &Call<'_>,
    typed: &str,
    why: Option<String>,
) -> Next {
    match typed.chars().count() {
        2.. => {
            let reading = wish::read(script, call.sight, call.request.clinic, typed);
            let settled = |reading| {
                wish::settled(script, call.sight, call.request.clinic, reading, &ahead(call))
            };
            let Some(ranges) = reading.and_then(settled) else { return Next::Ask };
            if why.is_some() {
                // What the clinic offered before, it has no more.
                return call.act(Act::AskAgain { ranges, why });
            }
            let fits = range::common(&ranges, &ahead(call));
            if fits.is_empty() || range::within(&ranges, &call.request.clinic_ranges) {
                return call.act(new_times(call, ranges));
            }
            script.stage = Stage::Narrow { id: call.id(), fits };
            Next::Ask
        }
        _ => {
            script.ask_for_number(call.sight.lang, ways::of(call).len());
            Next::Ask
        }
    }
}

/// What is said of times that don't suit, without a word on others.
const UNSUITED: [&str; 6] = [
    "не подходит",
    "не подходят",
    "ничего не подходит",
    "не устраивает",
    "doesn't suit",
    "does not suit",
];

fn offer_text(sight: &Sight<'_>, request: &Request<'_>, offer: &[Range]) -> String {
    let text = sight.ranges(offer);
    if range::within(offer, &request.patient_ranges) {
        tr!(sight.lang, "{text}: подходит обоим", "{text}: suits both")
    } else {
        tr!(sight.lang, "{text}, целиком", "{text}, all of it")
    }
}

/// Several of the offers at once: «1, 2», «оба».
fn several(typed: &str, offers: &[Vec<Range>]) -> Option<Vec<Range>> {
    const ALL: [&str; 8] = ["оба", "обе", "все", "всё", "всё подходит", "любое", "both", "all"];
    let is_between = |c: char| !c.is_alphanumeric();
    let words: Vec<&str> =
        typed.split(is_between).filter(|word| !["", "и", "and"].contains(word)).collect();
    let chosen: Vec<&Vec<Range>> = match words.as_slice() {
        _ if is_one_of(typed, &ALL) => offers.iter().collect(),
        [] | [_] => return None,
        words => words
            .iter()
            .map(|word| offers.get(word.parse::<usize>().ok()?.checked_sub(1)?))
            .collect::<Option<_>>()?,
    };
    let ranges: Vec<Range> = chosen.into_iter().flatten().copied().collect();
    (offers.len() > 1).then(|| range::union(&ranges))
}

/// What the patient answers to the clinic's times: one of them whole, hours, a refusal, later.
fn offer(script: &mut Script, call: &Call<'_>, typed: &str) -> Next {
    let Call { sight, request, .. } = call;
    if is_later(typed) {
        return call.act(Act::NoAnswer);
    }
    if is_refusal(typed) {
        script.stage = Stage::Reason { id: call.id() };
        return Next::Ask;
    }
    // A mere no is said of the times, and closes nothing.
    if is_no(typed) || is_one_of(typed, &UNSUITED) {
        script.stage = Stage::Unsuited { id: call.id() };
        return Next::Ask;
    }
    let mut offers = offers(call);
    if let Some(several) = several(typed, &offers) {
        return call.act(Act::PatientRanges(several));
    }
    if is_yes(typed) && !is_one(call, &offers) {
        script
            .say(sight.lang.of("Что из этого? Введите цифру.", "Which of them? Type its number."));
        return Next::Ask;
    }
    let ranges = match choice(typed, offers.len()) {
        _ if is_yes(typed) => offers.swap_remove(0),
        Some(at) => offers.swap_remove(at),
        None => match read(script, call, typed) {
            Some(ranges) => ranges,
            None => return Next::Ask,
        },
    };
    if range::within(&ranges, &request.clinic_ranges) {
        return call.act(Act::PatientRanges(ranges));
    }
    let fits = range::common(&ranges, &request.clinic_ranges);
    script.stage = match fits.is_empty() {
        true => Stage::Outside { id: call.id(), ranges },
        false => Stage::Narrow { id: call.id(), fits },
    };
    Next::Ask
}
