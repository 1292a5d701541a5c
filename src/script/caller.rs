//! Who calls: one search box, then the patient who is meant, or a new one.

use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::query::identify::{self, Place};
use crate::query::resolve;
use crate::query::seek::{self, LISTED, Sought};
use crate::render::cell::Sight;
use crate::script::call::{is_no, is_unknown, is_yes};
use crate::script::found::Found;
use crate::script::screen::{choice, choices};
use crate::script::waiting::brief;
use crate::script::{Next, Screen, Script, Stage, newcomer, waiting, wants};
use crate::tr;
use crate::words::{name, passport, phone};

/// The shortest piece of a number that is looked for: fewer digits fit everybody.
const SHORTEST: usize = 3;

/// What is asked about the caller.
pub fn ask(script: &mut Script, sight: &Sight<'_>, screen: &mut Screen) {
    match &script.stage {
        Stage::Box => ask_who(script, sight, screen),
        Stage::Found(found) => found.ask(sight, screen),
        Stage::Number { digits } => ask_which_number(digits, sight.lang, screen),
        _ => {}
    }
}

/// Takes an answer about the caller.
pub fn take(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    match script.stage.clone() {
        Stage::Box => take_who(script, sight, typed),
        Stage::Found(found) => found.take(script, sight, typed),
        Stage::Number { digits } => take_which_number(script, sight, digits, typed),
        _ => Next::Ask,
    }
}

fn ask_who(script: &Script, sight: &Sight<'_>, screen: &mut Screen) {
    let lang = sight.lang;
    screen.say(lang.of(
        "Кто звонит? Фамилия и имя, телефон, паспорт или номер заявки.",
        "Who calls? A name, a phone, a passport, or a request's id.",
    ));
    // In the midst of a request nobody wants to lose it by Enter, and an earlier answer is what Enter
    // takes.
    let is_free = script.draft.specialty.is_none() && script.trail.earlier().is_none();
    let urgent = waiting::most_urgent(&script.by, sight).filter(|_| is_free);
    if let Some(id) = urgent {
        let urgent = summary(sight, &id);
        screen.say(tr!(
            lang,
            "Enter — самая срочная: {urgent}.",
            "Enter takes the most urgent: {urgent}."
        ));
    }
    let mine = unfinished(script, sight);
    if !mine.is_empty() {
        screen.say(lang.of("Или продолжить свою заявку:", "Or go on with one of yours:"));
        let words: Vec<String> = mine.iter().map(|id| summary(sight, id)).collect();
        choices(screen, &words);
    }
}

fn take_who(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    let name = sight.lang.of("Введите имя.", "Type a name.");
    if typed.is_empty() && script.draft.specialty.is_some() {
        script.say(name);
    } else if typed.is_empty() {
        return take_most_urgent(script, sight);
    } else if is_yes(typed) || is_no(typed) || is_unknown(typed) {
        script.say(name);
    } else {
        let mine = unfinished(script, sight);
        return match choice(typed, mine.len()) {
            Some(at) => wants::open(script, sight, &mine[at]),
            None => look_up(script, sight, typed),
        };
    }
    Next::Ask
}

fn take_most_urgent(script: &mut Script, sight: &Sight<'_>) -> Next {
    if let Some(id) = waiting::most_urgent(&script.by, sight) {
        return wants::open(script, sight, &id);
    }
    script.say(match waiting::queued(sight).is_empty() {
        true => sight.lang.of("Очередь пуста. Введите имя.", "The queue is empty. Type a name."),
        false => sight.lang.of(
            "Свободных заявок нет: остальные ведут другие операторы. Введите имя.",
            "No request is free: others hold the rest. Type a name.",
        ),
    });
    Next::Ask
}

fn ask_which_number(digits: &str, lang: Lang, screen: &mut Screen) {
    let (as_passport, as_phone) = (passport::show(digits), phone::parse(digits).ok());
    let as_phone = as_phone.map_or_else(|| digits.to_owned(), |phone| phone::show(&phone));
    screen.say(lang.of(
        "Нет ни такого паспорта, ни такого телефона. Что это?",
        "Neither such a passport nor such a phone is known. What is it?",
    ));
    let words = [
        tr!(lang, "Паспорт {as_passport}: новый пациент", "Passport {as_passport}: a new patient"),
        tr!(lang, "Телефон {as_phone}: новый пациент", "Phone {as_phone}: a new patient"),
    ];
    choices(screen, &words);
    screen.say(lang.of("Или введите фамилию.", "Or type a name."));
}

fn take_which_number(script: &mut Script, sight: &Sight<'_>, digits: String, typed: &str) -> Next {
    match choice(typed, 2) {
        Some(0) => newcomer::passport_of(script, sight, digits),
        Some(_) => {
            script.draft.caller.phone = phone::parse(&digits).ok();
            script.stage = Stage::Passport;
        }
        None if typed.chars().count() > 1 && !is_yes(typed) && !is_no(typed) => {
            return look_up(script, sight, typed);
        }
        None => {
            script.ask_for_number(sight.lang, 2);
        }
    }
    Next::Ask
}

/// The operator's own requests that the box offers: none in the midst of another one.
fn unfinished(script: &Script, sight: &Sight<'_>) -> Vec<String> {
    match script.draft.specialty {
        Some(_) => Vec::new(),
        None => waiting::unfinished(&script.by, sight),
    }
}

/// A request, a passport, or a search.
pub(super) fn look_up(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    if let Ok(number) = passport::parse(typed, sight.settings.passport) {
        match identify::patient(sight.book, &sight.settings.key, &number) {
            Err(error) => script.say(error.message.get(sight.lang)),
            Ok(Place::Held(patient)) => wants::meet(script, sight, &patient.id),
            Ok(Place::Free(_)) => unknown_number(script, sight, typed, number),
        }
        return Next::Ask;
    }
    let digits = typed.chars().any(|c| c.is_ascii_digit());
    if digits && typed.chars().count() < SHORTEST {
        script.say(sight.lang.of(
            "Введите хотя бы три знака: фамилию, телефон, паспорт или номер заявки.",
            "Type three characters or more: of a name, a phone, a passport, or a request's id.",
        ));
        return Next::Ask;
    }
    if digits && let Ok(record) = resolve::resolve(sight.book, sight.settings, Kind::Request, typed)
    {
        return open(script, sight, &record.id);
    }
    let Sought { found, turned, near } = seek::seek(sight.book, Kind::Patient, typed);
    if let Some(turned) = &turned {
        script.say(tr!(sight.lang, "Прочитано как: {turned}", "Read as: {turned}"));
    }
    let query = turned.unwrap_or_else(|| typed.to_owned());
    if found.len() > LISTED {
        let count = found.len();
        script.say(tr!(
            sight.lang,
            "Подходят {count}: введите больше букв или номер паспорта.",
            "{count} fit: type more letters, or the passport."
        ));
        return Next::Ask;
    }
    // A number of letters alone looks like a name.
    let request = match resolve::by_number(sight.book, typed) {
        Ok(Some(record)) if found.is_empty() => return open(script, sight, &record.id),
        Ok(found) => found.map(|record| record.id.clone()),
        Err(error) if found.is_empty() => {
            script.say(error.message.get(sight.lang));
            return Next::Ask;
        }
        Err(_) => None,
    };
    if let [only] = found.as_slice()
        && !near
        && request.is_none()
        && !wants::live(sight, &only.id).is_empty()
    {
        wants::meet(script, sight, &only.id);
        return Next::Ask;
    }
    let ids = found.iter().map(|patient| patient.id.clone()).collect();
    script.stage = Stage::Found(Found { query, ids, near, request });
    Next::Ask
}

/// A request that the caller named. Where nothing is left to do for it, somebody still is on the
/// line.
pub(super) fn open(script: &mut Script, sight: &Sight<'_>, id: &str) -> Next {
    let next = wants::open(script, sight, id);
    if next == Next::End {
        script.stage = Stage::Box;
        return Next::Ask;
    }
    next
}

/// Ten digits that are nobody's passport: a patient's phone, or what only the caller can tell.
fn unknown_number(script: &mut Script, sight: &Sight<'_>, typed: &str, number: String) {
    let found = seek::seek_exactly(sight.book, Kind::Patient, typed);
    if !found.is_empty() && found.len() <= LISTED {
        let ids = found.iter().map(|patient| patient.id.clone()).collect();
        script.stage = Stage::Found(Found::exactly(typed, ids));
    } else if (number.starts_with('9') || is_grouped_as_a_phone(typed))
        && phone::parse(&number).is_ok()
    {
        script.stage = Stage::Number { digits: number };
    } else {
        newcomer::passport_of(script, sight, number);
    }
}

/// Whether digits are in groups as those of a phone, and of no passport: `499 123-45-67`.
fn is_grouped_as_a_phone(typed: &str) -> bool {
    let pairs = typed.rsplit('-').take(2).filter(|group| group.len() == 2);
    pairs.count() == 2
}

/// «Ёлкин С. Ф., сообщить пациенту время (9d2)».
pub(super) fn summary(sight: &Sight<'_>, id: &str) -> String {
    let Some(record) = sight.request(id) else { return String::new() };
    let who = name::short(&sight.cell(&record, "patient_name"));
    format!("{who}, {} ({})", sight.cell(&record, "next"), brief(sight, id))
}
