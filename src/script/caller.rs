//! Who calls: one search box, then the patient who is meant, or a new one.

use crate::model::kind::Kind;
use crate::query::identify::{self, Place};
use crate::query::resolve;
use crate::query::seek::{self, LISTED, Sought};
use crate::render::cell::Sight;
use crate::script::call::{is_no, is_unknown, is_yes};
use crate::script::screen::{choice, choices};
use crate::script::waiting::brief;
use crate::script::{Caller, Next, Screen, Script, Stage, newcomer, waiting, wants};
use crate::tr;
use crate::words::{name, passport, phone};

/// The shortest piece of a number that is looked for: fewer digits fit everybody.
const SHORTEST: usize = 3;

/// What is asked about the caller.
pub fn ask(script: &mut Script, sight: &Sight<'_>, screen: &mut Screen) {
    let lang = sight.lang;
    match &script.stage {
        Stage::Box => {
            screen.say(
                lang.of(
                    "Кто звонит? Фамилия и имя, телефон, паспорт или номер заявки.",
                    "Who calls? A name, a phone, a passport, or a request's id.",
                )
                .to_owned(),
            );
            // In the midst of a request nobody wants to lose it by Enter.
            let urgent = waiting::most_urgent(&script.by, sight)
                .filter(|_| script.draft.specialty.is_none());
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
        Stage::Found { query, ids, near, request } => {
            let count = ids.len();
            screen.say(match (count, near) {
                (0, _) => tr!(
                    lang,
                    "Пациенты не найдены: «{query}». Проверьте буквы или заведите нового.",
                    "No patient found: “{query}”. Check the spelling, or add one."
                ),
                (_, true) => tr!(
                    lang,
                    "Точно «{query}» не найдено. Похожие пациенты: {count}. Спросите последние четыре цифры паспорта.",
                    "Nobody is exactly “{query}”. Similar patients: {count}. Ask for the last four digits of the passport."
                ),
                (_, false) => tr!(
                    lang,
                    "Найдено пациентов: {count}. Спросите последние четыре цифры паспорта.",
                    "Patients found: {count}. Ask for the last four digits of the passport."
                ),
            });
            let mut words: Vec<String> = ids
                .iter()
                .filter_map(|id| sight.book.patient(id))
                .map(|patient| sight.line(&patient))
                .collect();
            words.push(
                if count == 0 {
                    lang.of("Завести нового пациента", "Add a new patient")
                } else {
                    lang.of(
                        "Другой человек: завести нового пациента",
                        "Somebody else: add a new patient",
                    )
                }
                .to_owned(),
            );
            if count == 1 {
                words.push(
                    lang.of("Тот же пациент, телефон другой", "The same patient, another phone")
                        .to_owned(),
                );
            }
            if let Some(request) = request {
                let summary = summary(sight, request);
                words.push(tr!(lang, "Заявка: {summary}", "A request: {summary}"));
            }
            choices(screen, &words);
        }
        Stage::Number { digits } => {
            let (as_passport, as_phone) = (passport::show(digits), phone::parse(digits).ok());
            let as_phone = as_phone.map_or_else(|| digits.clone(), |phone| phone::show(&phone));
            screen.say(lang.of(
                "Нет ни такого паспорта, ни такого телефона. Что это?",
                "Neither such a passport nor such a phone is known. What is it?",
            ));
            choices(
                screen,
                &[
                    tr!(
                        lang,
                        "Паспорт {as_passport}: новый пациент",
                        "Passport {as_passport}: a new patient"
                    ),
                    tr!(
                        lang,
                        "Телефон {as_phone}: новый пациент",
                        "Phone {as_phone}: a new patient"
                    ),
                ],
            );
            screen.say(lang.of("Или введите фамилию.", "Or type a name."));
        }
        _ => {}
    }
}

/// Takes an answer about the caller.
pub fn take(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    let lang = sight.lang;
    match script.stage.clone() {
        Stage::Box if typed.is_empty() => match waiting::most_urgent(&script.by, sight) {
            _ if script.draft.specialty.is_some() => {
                script.say(lang.of("Введите имя.", "Type a name."));
            }
            Some(id) => return wants::open(script, sight, &id),
            None if !waiting::queued(sight).is_empty() => {
                script.say(lang.of(
                    "Свободных заявок нет: остальные ведут другие операторы. Введите имя.",
                    "No request is free: others hold the rest. Type a name.",
                ));
            }
            None => script
                .say(lang.of("Очередь пуста. Введите имя.", "The queue is empty. Type a name.")),
        },
        Stage::Box if is_yes(typed) || is_no(typed) || is_unknown(typed) => {
            script.say(lang.of("Введите имя.", "Type a name."));
        }
        Stage::Box => {
            let mine = unfinished(script, sight);
            return match choice(typed, mine.len()) {
                Some(at) => wants::open(script, sight, &mine[at]),
                None => look_up(script, sight, typed),
            };
        }
        Stage::Number { digits } => match choice(typed, 2) {
            Some(0) => newcomer::passport_of(script, sight, digits),
            Some(_) => {
                // A phone that can't be one is asked again in its place.
                script.draft.caller.phone = phone::parse(&digits).ok();
                script.stage = Stage::Passport;
            }
            None if typed.chars().count() > 1 && !is_yes(typed) && !is_no(typed) => {
                return look_up(script, sight, typed);
            }
            None => script.say(lang.of("Введите цифру ответа.", "Type the number of an answer.")),
        },
        Stage::Found { ids, query, request, .. } => {
            let extra = if ids.len() == 1 { 2 } else { 1 };
            if let Some(request) = &request
                && choice(typed, ids.len() + extra + 1) == Some(ids.len() + extra)
            {
                return open(script, sight, request);
            }
            let ends = |id: &&String| {
                let patient = sight.book.patient(id);
                patient.is_some_and(|found| found.shown("passport").ends_with(typed))
            };
            match choice(typed, ids.len() + extra) {
                None if typed.len() == 4 && typed.bytes().all(|b| b.is_ascii_digit()) => {
                    let fit: Vec<&String> = ids.iter().filter(ends).collect();
                    match fit.as_slice() {
                        [only] => {
                            let name = sight.title(Kind::Patient, only);
                            script.say(tr!(
                                lang,
                                "✓ {name}: паспорт сошёлся",
                                "✓ {name}: the passport fits"
                            ));
                            wants::meet(script, sight, only);
                        }
                        _ => script.say(tr!(
                            lang,
                            "Паспорта, который кончается на {typed}, в списке нет.",
                            "No passport of the list ends in {typed}."
                        )),
                    }
                }
                Some(at) if at < ids.len() => wants::meet(script, sight, &ids[at]),
                Some(at) if at > ids.len() => {
                    script.draft.caller = Caller { id: Some(ids[0].clone()), ..Caller::default() };
                    script.stage = Stage::Phone;
                }
                Some(_) => {
                    let number = passport::parse(&query, sight.settings.passport).ok();
                    script.draft.caller = Caller { passport: number, ..Caller::default() };
                    script.stage = Stage::Passport;
                    // A whole name need not be typed twice.
                    if let Ok(name) = name::person(&query)
                        && name.contains(' ')
                        && script.trail.ahead(&Stage::Name).is_none()
                    {
                        script.trail.offer_later(&Stage::Name, name);
                    }
                }
                None if is_yes(typed) && ids.len() == 1 => wants::meet(script, sight, &ids[0]),
                None if typed.is_empty() || is_yes(typed) || is_no(typed) || is_unknown(typed) => {
                    script.say(lang.of("Введите цифру ответа.", "Type the number of an answer."));
                }
                None => return look_up(script, sight, typed),
            }
        }
        _ => {}
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
fn look_up(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
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
    script.stage = Stage::Found { query, ids, near, request };
    Next::Ask
}

/// A request that the caller named. Where nothing is left to do for it, somebody still is on the
/// line.
fn open(script: &mut Script, sight: &Sight<'_>, id: &str) -> Next {
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
        script.stage = Stage::Found { query: typed.to_owned(), ids, near: false, request: None };
    } else if ["9", "89"].iter().any(|mobile| number.starts_with(mobile)) {
        script.stage = Stage::Number { digits: number };
    } else {
        newcomer::passport_of(script, sight, number);
    }
}

/// «Ёлкин С. Ф., сообщить пациенту время (9d2)».
fn summary(sight: &Sight<'_>, id: &str) -> String {
    let Some(record) = sight.request(id) else { return String::new() };
    let who = name::short(&sight.cell(&record, "patient_name"));
    format!("{who}, {} ({})", sight.cell(&record, "next"), brief(sight, id))
}
