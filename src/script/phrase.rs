//! Sentences to be read out, and the blocks of the screens: Russian names stay in the nominative,
//! since they can't be declined by rule.

use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::model::record::Record;
use crate::model::request::Request;
use crate::render::cell::Sight;
use crate::render::event;
use crate::script::call::Former;
use crate::when::show;
use crate::words::{self, name};
use crate::{i18n::Lang, tr};

pub use crate::words::wrap::wrap;

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
    let there = sight.there(range.start);
    tr!(lang, "{date}, с {start} до {end}{there}", "{date}, from {start} to {end}{there}")
}

/// «Пока вы отвечали, заявка изменилась (Борис Котов, 10:14): …»: who, when and what.
pub fn changed(sight: &Sight<'_>, record: &Record, seen: Option<Instant>) -> String {
    let news = record.history.iter().filter(|event| seen.is_none_or(|seen| event.at > seen));
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for event in news {
        let by = sight.title(Kind::Operator, &event.by);
        let clock = show::clock(chrono::SubsecRound::trunc_subsecs(
            event.at.with_timezone(&sight.settings.timezone).fixed_offset(),
            0,
        ));
        let clock = clock.splitn(3, ':').take(2).collect::<Vec<_>>().join(":");
        let (who, what) = (format!("({by}, {clock})"), event::sentence(sight, record, event));
        match groups.last_mut() {
            Some((last, whats)) if *last == who => whats.push(what),
            _ => groups.push((who, vec![what])),
        }
    }
    let texts = groups.iter().map(|(who, whats)| format!("{who}: {}", whats.join("; ")));
    let text = texts.collect::<Vec<_>>().join("; ");
    let what = match record.kind {
        Kind::Request => sight.lang.of("заявка изменилась", "The request changed"),
        _ => sight.lang.of("запись изменилась", "The record changed"),
    };
    tr!(
        sight.lang,
        "Пока вы отвечали, {what} {text}. Ваш ответ не записан.",
        "{what} meanwhile {text}. Your answer was not recorded."
    )
}

fn any_of(ranges: &[Range], sight: &Sight<'_>, on: bool) -> String {
    let words: Vec<String> = ranges.iter().map(|range| aloud(range, sight, on)).collect();
    words.join(sight.lang.of(" или ", " or "))
}

/// A name as the end of a sentence: initials have their full stop already.
fn ended(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

/// What to say to the clinic in the first call.
pub fn ask_clinic(sight: &Sight<'_>, request: &Request<'_>, parties: &Parties) -> String {
    let (patient, doctor) = (ended(&parties.patient), &parties.doctor);
    let when = any_of(&ahead(&request.patient_ranges, sight), sight, false);
    tr!(
        sight.lang,
        "Скажите: «Здравствуйте! Запишите, пожалуйста, пациента на приём. Специалист — {doctor}. Пациент — {patient} Удобное время — {when}».",
        "Say: “Hello! Please book a patient. Specialist: {doctor}. Patient: {patient} Convenient times: {when}.”"
    )
}

/// What of some ranges is read out: what is not over. Where all are, they are.
fn ahead(ranges: &[Range], sight: &Sight<'_>) -> Vec<Range> {
    let left = range::left(ranges, sight.now);
    if left.is_empty() { ranges.to_vec() } else { left }
}

/// What to say to the patient whose times are over.
pub fn ask_anew(sight: &Sight<'_>, parties: &Parties) -> String {
    let news = sight.lang.of(
        "время, которое вам было удобно, уже прошло, а записать вас не успели. Когда вам удобно теперь?",
        "the times that suited you are over, and you have no booking yet. When can you come now?",
    );
    let sentence = address(&parties.patient, sight.lang, news);
    tr!(sight.lang, "Прочтите: «{sentence}»", "Read out: “{sentence}”")
}

/// What a request remembers of a call that led to nothing, after the name of who was called.
const NOTHING_FREE: (&str, &str) = ("свободного времени нет", "nothing free");
const UNSUITED: (&str, &str) =
    ("предложенное время пациенту не подходит", "its times do not suit the patient");
const PROMISED: (&str, &str) = ("обещали перезвонить", "they call back");
const WRONG_NUMBER: (&str, &str) = ("номер телефона неверный", "a wrong phone number");

/// What a request remembers of a clinic that has nothing free, as a note.
pub fn nothing_free(lang: Lang, clinic: &str) -> String {
    format!("{clinic}: {}", lang.of(NOTHING_FREE.0, NOTHING_FREE.1))
}

/// What a request remembers of a phone number that is somebody else's or nobody's, as a note.
pub fn wrong_number(lang: Lang, whose: &str, phone: &str) -> String {
    format!("{whose}, {phone}: {}", lang.of(WRONG_NUMBER.0, WRONG_NUMBER.1))
}

/// What a request remembers of a clinic that rings back, as a note.
pub fn promised(lang: Lang, clinic: &str) -> String {
    format!("{clinic}: {}", lang.of(PROMISED.0, PROMISED.1))
}

/// What a request remembers of a clinic that the patient has yet to be asked about; `why` is what came
/// of the one before.
pub fn yet_to_ask(lang: Lang, clinic: &str, why: &str) -> String {
    tr!(
        lang,
        "Спросить пациента, когда ему удобно там: {clinic}. {why}",
        "Ask the patient when they can come there: {clinic}. {why}"
    )
}

/// What a request remembers of a patient whom none of the clinic's times suits, as a note.
pub fn unsuited(lang: Lang, clinic: &str) -> String {
    format!("{clinic}: {}", lang.of(UNSUITED.0, UNSUITED.1))
}

/// Whether a note says that a call led to nothing.
pub fn is_vain(note: &str) -> bool {
    ends_with_any(note, &[NOTHING_FREE, UNSUITED, WRONG_NUMBER])
}

/// Whether a note says what a clinic answered that named no time.
pub fn is_of_clinic(note: &str) -> bool {
    ends_with_any(note, &[NOTHING_FREE, UNSUITED, PROMISED])
}

fn ends_with_any(note: &str, endings: &[(&str, &str)]) -> bool {
    endings.iter().any(|(ru, en)| note.ends_with(ru) || note.ends_with(en))
}

/// What to say to the clinic when a visit moves.
pub fn move_at_clinic(
    sight: &Sight<'_>,
    old: Instant,
    request: &Request<'_>,
    parties: &Parties,
) -> String {
    let Parties { patient, doctor, .. } = parties;
    let was = sight.instant(old);
    let when = any_of(&ahead(&request.patient_ranges, sight), sight, false);
    tr!(
        sight.lang,
        "Скажите: «Здравствуйте! У вас есть запись: {patient}, {doctor}, {was}. Нужно другое время: {when}. Прежнюю запись, пожалуйста, снимите».",
        "Say: “Hello! You have a booking: {patient}, {doctor}, {was}. Another time is needed: {when}. Please take the old one off.”"
    )
}

/// What to say to the clinic once the patient has chosen among its times.
pub fn book_at_clinic(
    sight: &Sight<'_>,
    common: &[Range],
    old: Option<Instant>,
    parties: &Parties,
) -> String {
    let (patient, doctor) = (ended(&parties.patient), &parties.doctor);
    let when = any_of(common, sight, false);
    let off = old.map(|old| {
        let was = sight.instant(old);
        tr!(
            sight.lang,
            " Прежнюю запись, {was}, пожалуйста, снимите.",
            " Please take the old one, {was}, off."
        )
    });
    let off = off.unwrap_or_default();
    tr!(
        sight.lang,
        "Скажите: «Пациенту подходит ваше время: {when}. Запишите, пожалуйста. Специалист — {doctor}. Пациент — {patient}{off} На какое время запишете?»",
        "Say: “Your times suit the patient: {when}. Please book. Specialist: {doctor}. Patient: {patient}{off} Which time will it be?”"
    )
}

/// The choice to leave a visit as it was, with its clinic where that is not the present one.
pub(super) fn keep(sight: &Sight<'_>, former: &Former, clinic: &str) -> String {
    let text = sight.instant(former.at);
    let there = match former.clinic == clinic {
        true => String::new(),
        false => format!(" · {}", sight.title(Kind::Clinic, &former.clinic)),
    };
    tr!(sight.lang, "Оставить прежнее время: {text}{there}", "Keep the old time: {text}{there}")
}

/// What to say to the clinic of such a visit.
pub fn leave_it(lang: Lang) -> String {
    lang.of(
        "Скажите клинике: «Прежнюю запись, пожалуйста, оставьте».",
        "Say to the clinic: “Please leave the old booking as it is.”",
    )
    .to_owned()
}

/// How the patient is addressed: «Пётр Фёдорович, вы», or without a name.
fn address(patient: &str, lang: Lang, rest: &str) -> String {
    match (lang, name::address(patient)) {
        (Lang::Ru, Some(address)) => format!("{address}, {rest}"),
        _ => {
            format!("{} {}", lang.of("Здравствуйте!", "Hello!"), words::capital(rest))
        }
    }
}

/// What to read out to the patient who has an appointment.
pub fn tell_patient(sight: &Sight<'_>, at: Instant, moved: bool, parties: &Parties) -> String {
    let Parties { patient, doctor, clinic, address: place, .. } = parties;
    let lang = sight.lang;
    let today = sight.today(at);
    let clock = format!("{}{}", show::clock(at), sight.there(at));
    let news = if moved {
        let when = sight.instant(at);
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

/// What to read out to the patient whom the clinic offers other times than those that were asked
/// for. A choice of the patient's, perhaps mistyped, is not what was asked for.
pub fn offer_patient(
    sight: &Sight<'_>,
    asked: &[Range],
    request: &Request<'_>,
    parties: &Parties,
) -> String {
    let lang = sight.lang;
    let common = range::left(&range::common(asked, &request.clinic_ranges), sight.now);
    let offered = if common.is_empty() { &ahead(&request.clinic_ranges, sight) } else { &common };
    let when = any_of(offered, sight, true);
    let news = if common.is_empty() {
        tr!(
            lang,
            "на удобное вам время записи нет. Клиника предлагает: {when}. Когда вам удобно?",
            "there is nothing free at the times that suit you. The clinic offers: {when}. When can you come?"
        )
    } else {
        tr!(
            lang,
            "из удобного вам времени клиника предлагает: {when}. Вам подходит?",
            "of the times that suit you the clinic offers: {when}. Does that suit you?"
        )
    };
    let sentence = address(&parties.patient, lang, &news);
    tr!(lang, "Прочтите: «{sentence}»", "Read out: “{sentence}”")
}

/// What to read out to the patient whose clinic has nothing free, before another one is called.
pub fn offer_elsewhere(sight: &Sight<'_>, clinic: &Record, parties: &Parties) -> String {
    let lang = sight.lang;
    let (name, place) = (clinic.title(), sight.cell(clinic, "address"));
    let news = tr!(
        lang,
        "в прежней клинике свободного времени нет. Есть другая: {name}, адрес: {place}. Когда вам удобно там?",
        "the first clinic has nothing free. There is another one: {name}, address: {place}. When can you come there?"
    );
    let sentence = address(&parties.patient, lang, &news);
    tr!(lang, "Прочтите: «{sentence}»", "Read out: “{sentence}”")
}

/// What to read out to the patient whose visit is cancelled.
pub fn cancelled(sight: &Sight<'_>, at: Instant, parties: &Parties) -> String {
    let lang = sight.lang;
    let day = show::spoken_on(at.date_naive(), sight.today(at), lang);
    // «на среду», with the weekday of «в среду».
    let day = day.split_once(' ').map_or(day.as_str(), |(_, day)| day);
    let clock = format!("{}{}", show::clock(at), sight.there(at));
    let news = tr!(
        lang,
        "ваша запись на {day}, {clock}, отменена",
        "your visit on {day}, {clock}, is cancelled."
    );
    let sentence = address(&parties.patient, lang, &news);
    tr!(lang, "Прочтите: «{sentence}».", "Read out: “{sentence}”")
}

/// Why a request that was done is taken up again to mend the time of its visit.
pub fn mistyped(lang: Lang) -> &'static str {
    lang.of("время приёма записано с ошибкой", "the appointment was mistyped")
}

/// Why a refused request is taken up again whose visit the clinic still has.
pub fn comes(lang: Lang) -> &'static str {
    lang.of("пациент всё-таки придёт", "the patient comes after all")
}

/// What to say to the clinic to cancel a visit.
pub fn cancel_at_clinic(sight: &Sight<'_>, at: Instant, parties: &Parties) -> String {
    let Parties { patient, doctor, .. } = parties;
    let when = sight.instant(at);
    tr!(
        sight.lang,
        "Скажите: «Снимите, пожалуйста, запись: {patient}, {doctor}, {when}».",
        "Say: “Please take this booking off: {patient}, {doctor}, {when}.”"
    )
}
