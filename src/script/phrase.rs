//! Sentences to be read out, and the blocks of the screens: Russian names stay in the nominative,
//! since they can't be declined by rule.

use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::model::request::Request;
use crate::render::cell::Sight;
use crate::when::show;
use crate::words::{self, name};
use crate::{i18n::Lang, tr};

/// The people and places of a request, as the sentences need them.
pub struct Parties {
    /// The patient's name.
    pub patient: String,
    /// Their phone.
    pub patient_phone: String,
    /// The clinic's name.
    pub clinic: String,
    /// Its address.
    pub address: String,
    /// Its phone.
    pub clinic_phone: String,
    /// The specialty, its first letter small where it is a word of its own.
    pub doctor: String,
}

/// Who and where a request is about.
pub fn parties(sight: &Sight<'_>, record: &Record) -> Parties {
    let clinic = sight.book.get(Kind::Clinic, record.shown("clinic"));
    let patient = sight.book.patient(record.shown("patient"));
    let of = |record: &Option<std::rc::Rc<Record>>, key: &str| {
        record.as_ref().map(|record| sight.cell(record, key)).unwrap_or_default()
    };
    Parties {
        patient: of(&patient, "name"),
        patient_phone: of(&patient, "phone"),
        clinic: of(&clinic, "name"),
        address: of(&clinic, "address"),
        clinic_phone: of(&clinic, "phone"),
        doctor: words::small(&sight.cell(record, "specialty_title")),
    }
}

/// «среда, 25 ноября, с 9:00 до 12:00», as one says it.
fn aloud(range: &Range, sight: &Sight<'_>, on: bool) -> String {
    let today = sight.today(range.start);
    let day = range.start.date_naive();
    let lang = sight.lang;
    let date =
        if on { show::spoken_on(day, today, lang) } else { show::day_text(day, today, lang) };
    if range.end.date_naive() != day && show::clock(range.end) != "0:00" {
        return show::range_text(range, today, lang);
    }
    let end =
        if range.end.date_naive() == day { show::clock(range.end) } else { "24:00".to_owned() };
    let start = show::clock(range.start);
    tr!(lang, "{date}, с {start} до {end}", "{date}, from {start} to {end}")
}

fn any_of(ranges: &[Range], sight: &Sight<'_>, on: bool) -> String {
    let words: Vec<String> = ranges.iter().map(|range| aloud(range, sight, on)).collect();
    words.join(sight.lang.of(" или ", " or "))
}

/// What to say to the clinic in the first call.
pub fn ask_clinic(sight: &Sight<'_>, request: &Request<'_>, parties: &Parties) -> String {
    let Parties { patient, doctor, .. } = parties;
    let when = any_of(&request.patient_ranges, sight, false);
    tr!(
        sight.lang,
        "Скажите: «Здравствуйте! Запишите, пожалуйста, пациента на приём. Специалист — {doctor}. Пациент — {patient}. Удобное время — {when}».",
        "Say: “Hello! Please book a patient. Specialist: {doctor}. Patient: {patient}. Convenient times: {when}.”"
    )
}

/// What to say to the clinic when a visit moves.
pub fn move_at_clinic(
    sight: &Sight<'_>,
    old: Instant,
    request: &Request<'_>,
    parties: &Parties,
) -> String {
    let Parties { patient, doctor, .. } = parties;
    let was = show::instant_text(old, sight.today(old), sight.lang);
    let when = any_of(&request.patient_ranges, sight, false);
    tr!(
        sight.lang,
        "Скажите: «Здравствуйте! У вас есть запись: {patient}, {doctor}, {was}. Нужно другое время: {when}. Прежнюю запись, пожалуйста, снимите».",
        "Say: “Hello! You have a booking: {patient}, {doctor}, {was}. Another time is needed: {when}. Please take the old one off.”"
    )
}

/// How the patient is addressed: «Пётр Фёдорович, вы», or without a name.
fn address(patient: &str, lang: Lang, rest: &str) -> String {
    match (lang, name::address(patient)) {
        (Lang::Ru, Some(address)) => format!("{address}, {rest}"),
        _ => {
            let mut letters = rest.chars();
            let capital: String = letters
                .next()
                .map(|c| c.to_uppercase().chain(letters).collect())
                .unwrap_or_default();
            format!("{} {capital}", lang.of("Здравствуйте!", "Hello!"))
        }
    }
}

/// What to read out to the patient who has an appointment.
pub fn tell_patient(sight: &Sight<'_>, at: Instant, moved: bool, parties: &Parties) -> String {
    let Parties { patient, doctor, clinic, address: place, .. } = parties;
    let lang = sight.lang;
    let today = sight.today(at);
    let clock = show::clock(at);
    let news = if moved {
        let when = show::instant_text(at, today, lang);
        tr!(
            lang,
            "ваша запись перенесена. Новое время: {when}.",
            "your visit was moved. The new time: {when}."
        )
    } else {
        let day = show::spoken_on(at.date_naive(), today, lang);
        tr!(
            lang,
            "вы записаны на приём {day}, в {clock}.",
            "you have an appointment {day}, at {clock}."
        )
    };
    let sentence = address(patient, lang, &news);
    tr!(
        lang,
        "Прочтите: «{sentence} Специалист — {doctor}. {clinic}, адрес: {place}. Возьмите с собой паспорт».",
        "Read out: “{sentence} Specialist: {doctor}. {clinic}, address: {place}. Please bring your passport.”"
    )
}

/// What to read out to the patient whom the clinic offers other times.
pub fn offer_patient(sight: &Sight<'_>, request: &Request<'_>, parties: &Parties) -> String {
    let lang = sight.lang;
    let when = any_of(&request.clinic_ranges, sight, true);
    let news = tr!(
        lang,
        "на удобное вам время записи нет. Клиника предлагает: {when}. Когда вам удобно?",
        "there is nothing free at the times that suit you. The clinic offers: {when}. When can you come?"
    );
    let sentence = address(&parties.patient, lang, &news);
    tr!(lang, "Прочтите: «{sentence}»", "Read out: “{sentence}”")
}

/// What to read out to the patient whose visit is cancelled.
pub fn cancelled(sight: &Sight<'_>, at: Instant, parties: &Parties) -> String {
    let lang = sight.lang;
    let when = show::instant_text(at, sight.today(at), lang);
    let news = tr!(lang, "ваша запись на {when}, отменена.", "your visit, {when}, is cancelled.");
    let sentence = address(&parties.patient, lang, &news);
    tr!(lang, "Прочтите: «{sentence}»", "Read out: “{sentence}”")
}

/// What to say to the clinic to cancel a visit.
pub fn cancel_at_clinic(sight: &Sight<'_>, at: Instant, parties: &Parties) -> String {
    let Parties { patient, doctor, .. } = parties;
    let when = show::instant_text(at, sight.today(at), sight.lang);
    tr!(
        sight.lang,
        "Скажите: «Снимите, пожалуйста, запись: {patient}, {doctor}, {when}».",
        "Say: “Please take this booking off: {patient}, {doctor}, {when}.”"
    )
}
