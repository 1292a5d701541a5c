//! The calls to the clinic: may the patient come then, when can they come instead, which time did
//! they get, and that a visit is off.

use chrono::TimeDelta;

use crate::history::What;
use crate::i18n::Text;
use crate::model::event;
use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::value::Value;
use crate::query::clash;
use crate::script::call::{
    Call, chosen, is_busy, is_later, is_no, is_promise, is_refusal, is_wrong_number, pick,
};
use crate::script::deed::Act;
use crate::script::screen::{choice, choices};
use crate::script::{Next, Screen, Script, Stage, examples, patient, phrase, wants, ways, wish};
use crate::tr;
use crate::when::{self, Frame, Misread};

/// What is asked in a call to the clinic.
pub(super) fn ask(script: &mut Script, call: &Call<'_>, screen: &mut Screen) {
    match &script.stage {
        Stage::Answer { .. } => ask_answer(script, call, screen),
        Stage::NothingFree { .. } => ask_nothing_free(call, screen),
        Stage::ElsewhereWhen { clinic, .. } => ask_elsewhere(call, clinic, screen),
        Stage::Sure { at, .. } => ask_sure(script, call, *at, screen),
        Stage::Time { .. } => ask_time(script, call, screen),
        Stage::Mend { .. } => ask_mend(call, screen),
        Stage::Off { .. } => ask_off(script, call, screen),
        _ => {}
    }
}

fn ask_answer(script: &Script, call: &Call<'_>, screen: &mut Screen) {
    let Call { sight, request, parties, .. } = call;
    let lang = sight.lang;
    ring(call, screen);
    screen.say(match call.expected {
        Some(old) => phrase::move_at_clinic(sight, old, request, parties),
        None => phrase::ask_clinic(sight, request, parties),
    });
    screen.draw(call.drawing(script));
    if !request.clinic_ranges.is_empty() {
        let text = sight.ranges(&request.clinic_ranges);
        screen.say(tr!(
            lang,
            "Записано, что удобно клинике: {text}. Новый ответ заменит это.",
            "Recorded as the clinic's times: {text}. A new answer replaces them."
        ));
    }
    let declined = declined(call.record).filter(|_| request.clinic_ranges.is_empty());
    let declined = range::left(&declined.unwrap_or_default(), sight.now);
    if !declined.is_empty() {
        let text = sight.ranges(&declined);
        screen.say(tr!(
            lang,
            "Прежде клиника предлагала: {text}. Теперь пациент просит другое.",
            "The clinic offered before: {text}. The patient asks for other times now."
        ));
    }
    screen.say(lang.of("Что ответила клиника?", "What did the clinic say?"));
    examples::of_answer(screen, call);
}

/// What the present clinic offered last, where it was declined and the clinic is asked again.
fn declined(record: &Record) -> Option<Vec<Range>> {
    let standing = event::standing(&record.history);
    let last = standing.into_iter().rev().find_map(|event| match &event.what {
        What::Set { key: "clinic", .. } => Some(None),
        What::List { key: "clinic_ranges", added, removed } => {
            Some(Some(removed).filter(|_| added.is_empty()))
        }
        _ => None,
    });
    Some(last??.iter().filter_map(Value::as_range).collect())
}

/// The clinic's phone, its name and address.
fn ring(call: &Call<'_>, screen: &mut Screen) {
    let phone = &call.parties.clinic_phone;
    screen.say(tr!(call.sight.lang, "Позвоните в клинику: {phone}", "Call the clinic: {phone}"));
    screen.say(format!("  {} · {}", call.parties.clinic, call.parties.address));
}

fn ask_nothing_free(call: &Call<'_>, screen: &mut Screen) {
    screen.say(call.sight.lang.of(
        "У клиники нет свободного времени. Что дальше?",
        "The clinic has nothing free. What now?",
    ));
    choices(screen, &ways::of(call).into_iter().map(|(_, words)| words).collect::<Vec<_>>());
    let phone = &call.parties.patient_phone;
    screen.say(tr!(
        call.sight.lang,
        "  Или спросите пациента ({phone}), когда ещё ему удобно: ср 9-12",
        "  Or ask the patient ({phone}) when else they can come: wed 9-12"
    ));
}

/// The hours that suit the patient are those of another clock: they are asked again.
fn ask_elsewhere(call: &Call<'_>, clinic: &str, screen: &mut Screen) {
    let lang = call.sight.lang;
    let phone = &call.parties.patient_phone;
    let name = call.sight.title(Kind::Clinic, clinic);
    screen.say(tr!(
        lang,
        "{name}: другой часовой пояс. Позвоните пациенту: {phone}",
        "{name}: another time zone. Call the patient: {phone}"
    ));
    if let Some(clinic) = call.sight.book.get(Kind::Clinic, clinic) {
        screen.say(phrase::offer_elsewhere(call.sight, &clinic, &call.parties));
    }
    screen.say(lang.of(
        "Когда пациенту удобно там? Например: ср 9-12, чт после 15",
        "When can the patient come there? For example: wed 9-12, thu after 15",
    ));
    screen.say(lang.of(
        "  отказ — пациент отказался   позже — нет ответа",
        "  no: the patient declines   later: no answer",
    ));
    wish::say_clock(call.sight, call.sight.book.get(Kind::Clinic, clinic).as_deref(), screen);
}

fn ask_sure(script: &Script, call: &Call<'_>, at: Instant, screen: &mut Screen) {
    let Call { sight, request, .. } = call;
    let lang = sight.lang;
    let text = sight.instant(at);
    if at.to_utc() < sight.now {
        screen.say(tr!(lang, "Это время уже прошло: {text}.", "That time has passed: {text}."));
    }
    if !range::covers(&request.patient_ranges, at) {
        let suits = sight.ranges(&request.patient_ranges);
        screen.say(tr!(
            lang,
            "{text}: вне удобного пациенту времени ({suits}).",
            "{text}: outside the patient's times ({suits})."
        ));
    }
    if !request.clinic_ranges.is_empty() && !range::covers(&request.clinic_ranges, at) {
        let suits = sight.ranges(&request.clinic_ranges);
        screen.say(tr!(
            lang,
            "{text}: вне удобного клинике времени ({suits}).",
            "{text}: outside the clinic's times ({suits})."
        ));
    }
    if let Some(other) = clash::of(sight.book, request.patient, at, request.id) {
        let other = wants::standing(script, sight, &other.id);
        screen.say(tr!(
            lang,
            "У пациента другой приём в пределах часа. {other}",
            "The patient has another visit within the hour. {other}"
        ));
    }
    let agreed = match at.to_utc() < sight.now {
        true => lang.of("Всё верно: записать задним числом", "That is right: record it belatedly"),
        false => {
            lang.of("Пациент и клиника согласны: записать", "Patient and clinic agree: record it")
        }
    };
    let mut words = vec![agreed, lang.of("Другое время", "Another time")];
    if can_be_offered(call, at) {
        words.push(lang.of("Предложить это время пациенту", "Offer this time to the patient"));
    }
    choices(screen, &words.into_iter().map(str::to_owned).collect::<Vec<_>>());
}

/// How long a visit that a clinic names by its beginning lasts at the most: so much of its time is
/// offered to the patient.
pub(super) const VISIT: TimeDelta = TimeDelta::minutes(30);

/// Whether a time that the clinic named is one that the patient has yet to be asked about.
fn can_be_offered(call: &Call<'_>, at: Instant) -> bool {
    let Call { sight, request, .. } = call;
    let is_open = request.status.is_open() && request.appointment.is_none();
    is_open && at > sight.now && !range::covers(&request.patient_ranges, at)
}

fn ask_time(script: &Script, call: &Call<'_>, screen: &mut Screen) {
    let Call { sight, request, parties, .. } = call;
    let lang = sight.lang;
    let common = range::common(&request.patient_ranges, &request.clinic_ranges);
    let common = range::left(&common, sight.now);
    let text = sight.ranges(&common);
    screen.say(tr!(lang, "✓ Подходит обоим: {text}", "✓ Suits both: {text}"));
    screen.draw(call.drawing(script));
    ring(call, screen);
    screen.say(phrase::book_at_clinic(sight, &common, call.expected, parties));
    screen.say(lang.of("На какое время записали?", "Which time did they book?"));
    examples::of_answer(screen, call);
}

fn ask_mend(call: &Call<'_>, screen: &mut Screen) {
    let Call { sight, request, .. } = call;
    if let Some(at) = request.appointment {
        let text = sight.instant(at);
        screen.say(tr!(
            sight.lang,
            "На какое время клиника записала на самом деле? Сейчас записано: {text}.",
            "Which time did the clinic really book? Recorded now: {text}."
        ));
    }
}

fn ask_off(script: &Script, call: &Call<'_>, screen: &mut Screen) {
    let Call { sight, parties, .. } = call;
    let lang = sight.lang;
    if let Some(at) = call.request.appointment {
        // The patient is on the line where they have just said so.
        if script.has_saved && at > sight.now && call.request.rescheduled_to.is_none() {
            screen.say(phrase::cancelled(sight, at, parties));
        }
        ring(call, screen);
        screen.say(phrase::cancel_at_clinic(sight, at, parties));
    }
    let words = [
        lang.of("Клиника знает", "The clinic knows"),
        lang.of("Не дозвонились, позже", "No answer, later"),
    ];
    choices(screen, &words.map(str::to_owned));
}

/// Takes an answer in a call to the clinic.
pub(super) fn take(script: &mut Script, call: &Call<'_>, typed: &str) -> Next {
    let lang = call.sight.lang;
    match script.stage.clone() {
        Stage::Answer { .. } | Stage::Time { .. } | Stage::Off { .. } if is_wrong_number(typed) => {
            return call.act(Act::Later(wrong_number(script, call)));
        }
        Stage::Answer { .. } | Stage::Time { .. } => return answer(script, call, typed),
        Stage::NothingFree { .. } => {
            let mut ways = ways::of(call);
            let why = phrase::nothing_free(lang, &call.parties.clinic);
            return match ways::meant(&ways, typed) {
                Some(at) => ways::go(script, call, ways.swap_remove(at).0, why),
                None => patient::other_times(script, call, typed, Some(why)),
            };
        }
        // The clinic did answer, whoever does not now.
        Stage::ElsewhereWhen { clinic, why, .. } if is_later(typed) => {
            let clinic = call.sight.title(Kind::Clinic, &clinic);
            return call.act(Act::Later(phrase::yet_to_ask(lang, &clinic, &why)));
        }
        Stage::ElsewhereWhen { clinic, why, .. } if is_wrong_number(typed) => {
            let clinic = call.sight.title(Kind::Clinic, &clinic);
            let why = format!("{why}. {}", patient::wrong_number(script, call));
            return call.act(Act::Later(phrase::yet_to_ask(lang, &clinic, &why)));
        }
        Stage::ElsewhereWhen { .. } if is_refusal(typed) => {
            script.stage = Stage::Reason { id: call.id() };
        }
        Stage::ElsewhereWhen { clinic, why, .. } => {
            let reading = wish::read(script, call.sight, &clinic, typed);
            let ranges = reading
                .and_then(|reading| wish::settled(script, call.sight, &clinic, reading, &[]));
            if ranges.is_some() {
                return call.act(Act::Elsewhere { clinic, ranges, why });
            }
        }
        Stage::Sure { at, .. } => match choice(typed, 2 + usize::from(can_be_offered(call, at))) {
            Some(0) => return record(call, at, true),
            Some(2) => {
                return call.act(Act::ClinicRanges(vec![Range { start: at, end: at + VISIT }]));
            }
            // What is recorded already is being mended: which time it was is asked once more.
            Some(_) if call.request.appointment.is_some() => {
                script.stage = Stage::Mend { id: call.id() };
            }
            Some(_) => script.go_on(call.sight, &call.record.id),
            // The right time may be typed at once.
            None if typed.chars().any(|c| c.is_ascii_digit()) && typed.len() > 1 => {
                // What was asked about is none of it any more, also where this can't be read.
                match call.request.appointment {
                    Some(_) => script.stage = Stage::Mend { id: call.id() },
                    None => script.go_on(call.sight, &call.record.id),
                }
                return time(script, call, typed);
            }
            None => script.ask_for_number(lang, 2 + usize::from(can_be_offered(call, at))),
        },
        Stage::Mend { .. } => return time(script, call, typed),
        Stage::Off { .. } => match chosen(script, lang, 2, pick(typed, 2, Some(1), None)) {
            Some(0) => return call.act(Act::ClinicTold),
            Some(_) => return call.act(Act::NoAnswer),
            None => {}
        },
        _ => {}
    }
    Next::Ask
}

/// The note that the clinic's number is a wrong one, as [`patient::wrong_number`].
fn wrong_number(script: &mut Script, call: &Call<'_>) -> String {
    let (lang, clinic) = (call.sight.lang, call.request.clinic);
    script.say(tr!(
        lang,
        "Верный телефон клиники запишет администратор: appt clinic edit {clinic} --phone НОМЕР",
        "An admin records the clinic's right phone: appt clinic edit {clinic} --phone NUMBER"
    ));
    phrase::wrong_number(lang, &call.parties.clinic, &call.parties.clinic_phone)
}

/// What the clinic said, as it was said.
fn answer(script: &mut Script, call: &Call<'_>, typed: &str) -> Next {
    let lang = call.sight.lang;
    if is_busy(typed) {
        let line = (lang.of("Телефон занят", "The line is busy"), lang.of("позже", "later"));
        let time = (lang.of("Всё время занято", "All times are taken"), lang.of("нет", "no"));
        script.ask_which(lang.of("Что занято?", "What is busy?"), [line, time]);
        return Next::Ask;
    }
    if is_promise(typed) {
        return call.act(Act::Later(phrase::promised(lang, &call.parties.clinic)));
    }
    if is_later(typed) {
        return call.act(Act::NoAnswer);
    }
    if is_no(typed) {
        script.stage = Stage::NothingFree { id: call.id() };
        return Next::Ask;
    }
    let (sight, request) = (call.sight, &call.request);
    let clinic = sight.book.get(Kind::Clinic, request.clinic);
    let frame = Frame::of(sight.settings, clinic.as_deref(), sight.now, false);
    match when::ranges(typed, &frame) {
        Ok(reading) => {
            for note in &reading.notes {
                script.say(note.get(sight.lang));
            }
            let ranges = wish::settled(script, sight, request.clinic, reading, &[]);
            ranges.map_or(Next::Ask, |ranges| call.act(Act::ClinicRanges(ranges)))
        }
        Err(misread) => match time_of(call, typed) {
            // «ср 2-4», «ср после обеда» are times, and no time.
            Err(of_time)
                if misread.code == "vague"
                    || matches!(of_time.code, "not-understood" | "two-meanings") =>
            {
                wish::refuse(script, sight, &misread);
                Next::Ask
            }
            time => settle(script, call, typed, time),
        },
    }
}

/// The time that the clinic named.
fn time(script: &mut Script, call: &Call<'_>, typed: &str) -> Next {
    settle(script, call, typed, time_of(call, typed))
}

/// The days in which a time alone may lie.
fn days_of(call: &Call<'_>) -> Vec<Range> {
    match call.request.appointment {
        // The day of a time that was mistyped is known.
        Some(at) => vec![Range { start: at, end: at }],
        None => call.request.in_play(call.sight.now),
    }
}

/// What a line says as one time, and what the operator should know beside it.
type TimeRead = Result<(Instant, Vec<Text>), Misread>;

fn time_of(call: &Call<'_>, typed: &str) -> TimeRead {
    let (sight, in_play) = (call.sight, days_of(call));
    let clinic = sight.book.get(Kind::Clinic, call.request.clinic);
    let read = |anyway| {
        let frame = Frame::of(sight.settings, clinic.as_deref(), sight.now, anyway);
        when::appointment(typed, &frame, &in_play)
    };
    match read(false) {
        // Whether it is right all the same is asked.
        Err(misread) if misread.code == "appointment-past" => read(true),
        read => read,
    }
}

fn settle(script: &mut Script, call: &Call<'_>, typed: &str, read: TimeRead) -> Next {
    match read {
        Ok((at, notes)) => {
            for note in &notes {
                script.say(note.get(call.sight.lang));
            }
            settle_time(script, call, at)
        }
        Err(mut misread) => {
            if let Some(hint) = examples::of_time(call, typed, &misread, &days_of(call)) {
                misread.hint = Some(hint);
            }
            wish::refuse(script, call.sight, &misread);
            // A digit alone was more likely meant for a menu: Enter must not make a visit of it.
            script.guess = script.guess.take().filter(|_| typed.chars().count() > 1);
            Next::Ask
        }
    }
}

fn settle_time(script: &mut Script, call: &Call<'_>, at: Instant) -> Next {
    let request = &call.request;
    let suits = at.to_utc() > call.sight.now
        && range::covers(&request.patient_ranges, at)
        && (request.clinic_ranges.is_empty() || range::covers(&request.clinic_ranges, at))
        && clash::of(call.sight.book, request.patient, at, request.id).is_none();
    if !suits {
        script.stage = Stage::Sure { id: call.id(), at };
        return Next::Ask;
    }
    record(call, at, false)
}

/// The time is written down; a visit that was done is taken up again for it.
fn record(call: &Call<'_>, at: Instant, anyway: bool) -> Next {
    match call.request.status {
        Status::Processed => {
            let reason = phrase::mistyped(call.sight.lang).to_owned();
            call.act(Act::Mend { at, reason })
        }
        _ => call.act(Act::Appointment { at, anyway }),
    }
}
