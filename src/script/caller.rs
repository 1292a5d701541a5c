//! Who calls: one search box, then the patient who is meant, or a new one.

use std::rc::Rc;

use crate::error::Error;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{Request, Status};
use crate::query::identify::{self, Place};
use crate::query::seek::{self, LISTED, Sought};
use crate::query::{filter, resolve};
use crate::render::cell::Sight;
use crate::script::{
    Caller, Deed, Next, Screen, Script, Stage, brief, choice, choices, deed, phrase, wish,
};
use crate::tr;
use crate::words::{self, name, passport, phone};

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
            let urgent = script.most_urgent(sight).filter(|_| script.draft.specialty.is_none());
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
        Stage::Found { query, ids, near } => {
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
        Stage::Wants { patient, live } => {
            if let Some(patient) = sight.book.patient(patient) {
                screen.say(sight.line(&patient));
            }
            for id in live {
                screen.say(standing(sight, id));
            }
            screen.say(lang.of(
                "Спросите последние четыре цифры паспорта. Что нужно пациенту?",
                "Ask for the last four digits of the passport. What does the patient want?",
            ));
            choices(
                screen,
                &wants(sight, live).into_iter().map(|(_, word)| word).collect::<Vec<_>>(),
            );
        }
        _ => {}
    }
}

/// Takes an answer about the caller.
pub fn take(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    let lang = sight.lang;
    match script.stage.clone() {
        Stage::Box if typed.is_empty() => match script.most_urgent(sight) {
            _ if script.draft.specialty.is_some() => {
                script.say(lang.of("Введите имя.", "Type a name."));
            }
            Some(id) => return open(script, sight, &id),
            None if sight.book.all(Kind::Request).iter().any(|r| filter::is_queued(r)) => {
                script.say(lang.of(
                    "Свободных заявок нет: остальные ведут другие операторы. Введите имя.",
                    "No request is free: others hold the rest. Type a name.",
                ));
            }
            None => script
                .say(lang.of("Очередь пуста. Введите имя.", "The queue is empty. Type a name.")),
        },
        Stage::Box => {
            let mine = unfinished(script, sight);
            return match choice(typed, mine.len()) {
                Some(at) => open(script, sight, &mine[at]),
                None => look_up(script, sight, typed),
            };
        }
        Stage::Number { digits } => match choice(typed, 2) {
            Some(0) => passport_of_new(script, sight, digits),
            Some(_) => {
                // A phone that can't be one is asked again in its place.
                script.draft.caller.phone = phone::parse(&digits).ok();
                script.stage = Stage::Passport;
            }
            None if typed.chars().count() > 1 => return look_up(script, sight, typed),
            None => script.say(lang.of("Введите цифру ответа.", "Type the number of an answer.")),
        },
        Stage::Found { ids, query, .. } => {
            let extra = if ids.len() == 1 { 2 } else { 1 };
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
                            meet(script, sight, only);
                        }
                        _ => script.say(tr!(
                            lang,
                            "Паспорта, который кончается на {typed}, в списке нет.",
                            "No passport of the list ends in {typed}."
                        )),
                    }
                }
                Some(at) if at < ids.len() => meet(script, sight, &ids[at]),
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
                    {
                        script.offer_later(Stage::Name, name);
                    }
                }
                None if typed.is_empty() => {
                    script.say(lang.of("Введите цифру ответа.", "Type the number of an answer."));
                }
                None => return look_up(script, sight, typed),
            }
        }
        Stage::Wants { patient, live } => {
            let wants = wants(sight, &live);
            match choice(typed, wants.len()) {
                Some(at) => return want(script, sight, patient, wants[at].0.clone()),
                None => {
                    script.say(lang.of("Введите цифру ответа.", "Type the number of an answer."))
                }
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
        None => script.unfinished(sight),
    }
}

/// What a patient with live requests may want.
#[derive(Debug, Clone, PartialEq)]
enum Want {
    Move(String),
    Cancel(String),
    GoOn(String),
    New,
    Other,
    Phone,
}

fn wants(sight: &Sight<'_>, live: &[String]) -> Vec<(Want, String)> {
    let lang = sight.lang;
    let several = live.len() > 1;
    let mut words = Vec::new();
    for id in live {
        let which = if several { format!(" {}", brief(sight, id)) } else { String::new() };
        let visit = sight
            .book
            .get(Kind::Request, id)
            .is_some_and(|r| r.text("status") == Some("processed"));
        words.push(if visit {
            (Want::Move(id.clone()), tr!(lang, "Перенести запись{which}", "Move the visit{which}"))
        } else {
            (
                Want::GoOn(id.clone()),
                tr!(lang, "Продолжить заявку{which}", "Go on with the request{which}"),
            )
        });
        let cancel = if visit {
            tr!(lang, "Отменить запись{which}", "Cancel the visit{which}")
        } else {
            tr!(lang, "Пациент отказывается{which}", "The patient declines{which}")
        };
        words.push((Want::Cancel(id.clone()), cancel));
    }
    words.push((Want::New, lang.of("Новая заявка", "A new request").to_owned()));
    words.push((Want::Other, lang.of("Другой человек", "Somebody else").to_owned()));
    words.push((Want::Phone, lang.of("Телефон другой", "Another phone").to_owned()));
    words
}

fn want(script: &mut Script, sight: &Sight<'_>, patient: String, want: Want) -> Next {
    script.draft.caller = Caller { id: Some(patient), ..Caller::default() };
    match want {
        Want::Move(id) => wish::begin_move(script, sight, id),
        Want::Cancel(id) => script.stage = Stage::Reason { id },
        Want::GoOn(id) => return open(script, sight, &id),
        Want::New => wish::onward(script),
        Want::Phone => script.stage = Stage::Phone,
        Want::Other => {
            script.draft.caller = Caller::default();
            script.stage = Stage::Passport;
        }
    }
    Next::Ask
}

/// Opens a request where it stands; one that nobody has taken up is taken up.
pub fn open(script: &mut Script, sight: &Sight<'_>, id: &str) -> Next {
    let record = sight.book.get(Kind::Request, id);
    let status =
        record.as_ref().and_then(|record| record.text("status")).and_then(Status::from_code);
    if status == Some(Status::Created) {
        let seen = record.and_then(|record| record.updated());
        return Next::Do(Deed::Step { id: id.to_owned(), seen, act: deed::Act::Claim });
    }
    script.go_on(sight, id);
    script.say_if_over(sight, id);
    if !script.is_over() {
        return Next::Ask;
    }
    // A visit that stands can be moved or cancelled: that is what its patient calls about.
    let patient = record.and_then(|record| sight.book.patient(record.text("patient")?));
    match patient.filter(|patient| live(sight, &patient.id).iter().any(|live| live == id)) {
        Some(patient) => {
            meet(script, sight, &patient.id);
            Next::Ask
        }
        None => Next::End,
    }
}

/// A request, a passport, or a search.
fn look_up(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    if let Ok(number) = passport::parse(typed, sight.settings.passport) {
        match identify::patient(sight.book, &sight.settings.key, &number) {
            Err(error) => script.say(error.message.get(sight.lang)),
            Ok(Place::Held(patient)) => meet(script, sight, &patient.id),
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
        let next = open(script, sight, &record.id);
        // Where nothing is left to do for it, somebody still is on the line.
        if next == Next::End {
            script.stage = Stage::Box;
            return Next::Ask;
        }
        return next;
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
    if let [only] = found.as_slice()
        && !near
        && !live(sight, &only.id).is_empty()
    {
        meet(script, sight, &only.id);
        return Next::Ask;
    }
    let ids = found.iter().map(|patient| patient.id.clone()).collect();
    script.stage = Stage::Found { query, ids, near };
    Next::Ask
}

/// Ten digits that are nobody's passport: a patient's phone, or what only the caller can tell.
fn unknown_number(script: &mut Script, sight: &Sight<'_>, typed: &str, number: String) {
    let found = seek::seek_exactly(sight.book, Kind::Patient, typed);
    if !found.is_empty() && found.len() <= LISTED {
        let ids = found.iter().map(|patient| patient.id.clone()).collect();
        script.stage = Stage::Found { query: typed.to_owned(), ids, near: false };
    } else if ["9", "89"].iter().any(|mobile| number.starts_with(mobile)) {
        script.stage = Stage::Number { digits: number };
    } else {
        passport_of_new(script, sight, number);
    }
}

fn passport_of_new(script: &mut Script, sight: &Sight<'_>, number: String) {
    let shown = passport::show(&number);
    script.say(tr!(
        sight.lang,
        "✓ {shown}: такого паспорта в базе нет",
        "✓ {shown}: this passport is not known"
    ));
    script.draft.caller = Caller { passport: Some(number), ..Caller::default() };
    script.stage = Stage::Name;
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

/// A patient's requests that something can still be done about: open, or with a visit ahead.
fn live(sight: &Sight<'_>, patient: &str) -> Vec<String> {
    let is_live = |record: &Rc<Record>| {
        let Ok(request) = Request::of(record) else { return false };
        let ahead = request.appointment.is_some_and(|at| at > sight.now);
        let live = request.status.is_open() || request.status == Status::Processed && ahead;
        live && sight.book.patient(request.patient).is_some_and(|found| found.id == patient)
    };
    sight
        .book
        .all(Kind::Request)
        .iter()
        .filter(|record| is_live(record))
        .map(|r| r.id.clone())
        .collect()
}

/// «Запись k7m: среда, 25 ноября, 11:30 · терапевт · Поликлиника № 1».
fn standing(sight: &Sight<'_>, id: &str) -> String {
    let Some(record) = sight.book.get(Kind::Request, id) else { return String::new() };
    let short = brief(sight, id);
    let doctor = words::small(&sight.cell(&record, "specialty_title"));
    let clinic = sight.cell(&record, "clinic_name");
    let lang = sight.lang;
    match record.instant("appointment") {
        Some(at) => {
            let when = phrase::instant(sight, at);
            tr!(
                lang,
                "Запись {short}: {when} · {doctor} · {clinic}",
                "Visit {short}: {when} · {doctor} · {clinic}"
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

/// «Ёлкин С. Ф., сообщить пациенту время (9d2)».
fn summary(sight: &Sight<'_>, id: &str) -> String {
    let Some(record) = sight.book.get(Kind::Request, id) else { return String::new() };
    let who = name::short(&sight.cell(&record, "patient_name"));
    format!("{who}, {} ({})", sight.cell(&record, "next"), brief(sight, id))
}

/// What is asked about a new patient.
pub fn ask_new(script: &mut Script, sight: &Sight<'_>, screen: &mut Screen) {
    let lang = sight.lang;
    screen.say(
        match script.stage {
            Stage::Passport => {
                lang.of("Паспорт: серия и номер, 10 цифр", "Passport: its number, 10 digits")
            }
            Stage::Name => {
                lang.of("Фамилия, имя, отчество (если есть)", "Full name, the surname first")
            }
            _ => lang.of("Телефон", "Phone"),
        }
        .to_owned(),
    );
    if script.stage == Stage::Name && script.earlier.is_some() {
        screen.say(
            lang.of("Одно слово заменит только фамилию.", "One word replaces the surname only.")
                .to_owned(),
        );
    }
}

/// Takes an answer about a new patient.
pub fn take_new(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    let taken = match script.stage {
        Stage::Passport => take_passport(script, sight, typed),
        Stage::Name => take_name(script, sight, typed),
        _ if typed.is_empty() => {
            script.say(sight.lang.of("Введите телефон.", "Type a phone."));
            Ok(())
        }
        _ => match phone::parse(typed) {
            Ok(number) => return take_phone(script, sight, number),
            Err(unfit) => Err(unfit.into()),
        },
    };
    if let Err(unfit) = taken {
        script.say(unfit.message.get(sight.lang));
        if let Some(hint) = &unfit.hint {
            script.say(hint.get(sight.lang));
        }
    }
    Next::Ask
}

/// A phone. Of a patient with live requests it is written down at once: what they want comes next.
fn take_phone(script: &mut Script, sight: &Sight<'_>, phone: String) -> Next {
    script.say(format!("✓ {}", phone::show(&phone)));
    if let Some(patient) = &script.draft.caller.id
        && !live(sight, patient).is_empty()
    {
        return Next::Do(Deed::Phone { patient: patient.clone(), phone });
    }
    script.draft.caller.phone = Some(phone);
    wish::onward(script);
    Next::Ask
}

fn take_passport(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Result<(), Error> {
    let number = passport::parse(typed, sight.settings.passport)?;
    let shown = passport::show(&number);
    match identify::patient(sight.book, &sight.settings.key, &number)? {
        Place::Held(patient) => {
            let who = sight.line(&patient);
            script.say(tr!(
                sight.lang,
                "Этот паспорт уже есть: {who}",
                "This passport is known: {who}"
            ));
            let ids = vec![patient.id.clone()];
            script.stage = Stage::Found { query: typed.to_owned(), ids, near: false };
        }
        Place::Free(_) => {
            script.say(tr!(
                sight.lang,
                "✓ {shown}: такого паспорта в базе нет",
                "✓ {shown}: this passport is not known"
            ));
            script.draft.caller.passport = Some(number);
            script.stage = Stage::Name;
        }
    }
    Ok(())
}

/// The name, spelt out; after going back one word replaces the surname alone.
fn take_name(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Result<(), Error> {
    let earlier = script.earlier.clone().and_then(|earlier| name::person(&earlier).ok());
    let whole = match earlier.as_deref().and_then(|earlier| earlier.split_once(' ')) {
        Some((_, rest)) if !typed.trim().contains(' ') => {
            format!("{} {rest}", name::person(typed)?)
        }
        _ => typed.to_owned(),
    };
    let full = name::person(&whole)?;
    let surname = full.split(' ').next().unwrap_or_default();
    let letters: Vec<String> = surname.chars().map(String::from).collect();
    let spelt = letters.join("-");
    script.say(tr!(sight.lang, "✓ {full} · по буквам: {spelt}", "✓ {full} · spelt: {spelt}"));
    let near = seek::seek_exactly(sight.book, Kind::Patient, &full);
    script.say(match near.as_slice() {
        [] => {
            sight.lang.of("  Похожих пациентов нет.", "  No patient has a similar name.").to_owned()
        }
        near => {
            let list: Vec<String> =
                near.iter().take(LISTED).map(|patient| sight.line(patient)).collect();
            let list = list.join("; ");
            tr!(
                sight.lang,
                "  Похожи: {list}. Если это один из них: .. и выберите его.",
                "  Similar: {list}. If it is one of them: .. and choose them."
            )
        }
    });
    script.draft.caller.name = Some(full);
    // A phone that was typed in the search box is not asked for again.
    match script.draft.caller.phone {
        Some(_) if script.ahead(&Stage::Phone).is_none() => wish::onward(script),
        _ => script.stage = Stage::Phone,
    }
    Ok(())
}
