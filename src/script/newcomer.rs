//! A patient who is not known yet: passport, name, phone.

use crate::error::Error;
use crate::query::identify::{self, Place};
use crate::query::seek::{self, LISTED};
use crate::render::cell::Sight;
use crate::script::call::{is_no, is_unknown, is_yes};
use crate::script::found::Found;
use crate::script::screen::{choice, choices};
use crate::script::{Caller, Deed, Next, Screen, Script, Stage, wants, wish};
use crate::tr;
use crate::words::{keyboard, name, passport, phone};

/// What is asked about a new patient.
pub fn ask(script: &mut Script, sight: &Sight<'_>, screen: &mut Screen) {
    let lang = sight.lang;
    if let Stage::Layout { typed, turned } = &script.stage {
        screen.say(lang.of(
            "Похоже, имя набрано в английской раскладке.",
            "The name seems to be typed in the wrong keyboard layout.",
        ));
        let words =
            [turned.clone(), tr!(lang, "Оставить как есть: {typed}", "Leave it as it is: {typed}")];
        return choices(screen, &words);
    }
    if let Stage::Similar { ids, by_phone } = &script.stage {
        return ask_similar(sight, ids, *by_phone, screen);
    }
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
    if script.stage == Stage::Name && script.trail.earlier().is_some() {
        screen.say(
            lang.of("Одно слово заменит только фамилию.", "One word replaces the surname only.")
                .to_owned(),
        );
    }
}

/// Whether the new patient is one who is known.
fn ask_similar(sight: &Sight<'_>, ids: &[String], by_phone: bool, screen: &mut Screen) {
    let lang = sight.lang;
    let count = ids.len();
    screen.say(if by_phone {
        tr!(
            lang,
            "Пациенты с этим телефоном: {count}. Звонит кто-то из них? Спросите последние четыре цифры паспорта.",
            "Patients with this phone: {count}. Is it one of them? Ask for the last four digits of the passport."
        )
    } else {
        tr!(
            lang,
            "Похожие пациенты: {count}. Звонит кто-то из них? Спросите последние четыре цифры паспорта.",
            "Similar patients: {count}. Is it one of them? Ask for the last four digits of the passport."
        )
    });
    let patients = ids.iter().filter_map(|id| sight.book.patient(id));
    let mut words: Vec<String> = patients.map(|patient| sight.line(&patient)).collect();
    words.push(lang.of("Другой человек: новый пациент", "Somebody else: a new patient").to_owned());
    choices(screen, &words);
}

/// Takes an answer about a new patient.
pub fn take(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
    if let Stage::Layout { typed: latin, turned } = script.stage.clone() {
        match choice(typed, 2) {
            Some(at) => settle_name(script, sight, if at == 0 { turned } else { latin }),
            None => {
                script.ask_for_number(sight.lang, 2);
            }
        }
        return Next::Ask;
    }
    if let Stage::Similar { ids, by_phone } = script.stage.clone() {
        match choice(typed, ids.len() + 1) {
            Some(at) if at < ids.len() => is_known(script, sight, &ids[at]),
            Some(_) if by_phone => wish::onward(script),
            Some(_) => after_name(script, sight),
            None => {
                script.ask_for_number(sight.lang, ids.len() + 1);
            }
        }
        return Next::Ask;
    }
    let taken = match script.stage {
        Stage::Passport => take_passport(script, sight, typed),
        Stage::Name if is_yes(typed) || is_no(typed) || is_unknown(typed) => {
            script.say(sight.lang.of(
                "Введите фамилию, имя и отчество. Вернуться к прошлому вопросу: ..",
                "Type the full name. Back to the question before: ..",
            ));
            Ok(())
        }
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
        && !wants::live(sight, patient).is_empty()
    {
        return Next::Do(Deed::Phone { patient: patient.clone(), phone });
    }
    settle_phone(script, sight, phone);
    Next::Ask
}

/// A phone that stands: who has it? A known patient may share theirs.
fn settle_phone(script: &mut Script, sight: &Sight<'_>, phone: String) {
    let is_new = script.draft.caller.id.is_none();
    let theirs = seek::similar(sight.book, "", Some(&phone)).into_iter();
    let theirs = theirs.map(|patient| patient.id.clone()).filter(|id| !is_declined(script, id));
    let mut ids: Vec<String> = if is_new { theirs.collect() } else { Vec::new() };
    ids.truncate(LISTED);
    script.draft.caller.phone = Some(phone);
    match ids.is_empty() {
        true => wish::onward(script),
        false => script.stage = Stage::Similar { ids, by_phone: true },
    }
}

/// The new patient is a known one after all. The passport that was typed is not theirs.
fn is_known(script: &mut Script, sight: &Sight<'_>, id: &str) {
    if let Some(patient) = sight.book.patient(id)
        && let Some(typed) = &script.draft.caller.passport
    {
        let (known, typed) = (sight.cell(&patient, "passport"), passport::show(typed));
        script.say(tr!(
            sight.lang,
            "Паспорт в базе: {known}, назван {typed}. Если он сменился: appt patient edit {id} --passport \"{typed}\".",
            "The passport on record is {known}, you typed {typed}. If it has changed: appt patient edit {id} --passport \"{typed}\"."
        ));
    }
    wants::meet(script, sight, id);
}

/// Whether a patient was on a list in this call, and it was said that it is somebody else.
fn is_declined(script: &Script, id: &str) -> bool {
    let asked = script.trail.answers().map(|(stage, ..)| stage);
    asked.chain([&script.stage]).any(|stage| match stage {
        Stage::Found(Found { ids, .. }) | Stage::Similar { ids, .. } => {
            ids.iter().any(|known| known == id)
        }
        Stage::Wants { patient, .. } => patient == id,
        _ => false,
    })
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
            script.stage = Stage::Found(Found::exactly(typed, ids));
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
    let earlier = script.trail.earlier().and_then(|earlier| name::person(earlier).ok());
    let whole = match earlier.as_deref().and_then(|earlier| earlier.split_once(' ')) {
        Some((_, rest)) if !typed.trim().contains(' ') => {
            format!("{} {rest}", name::person(typed)?)
        }
        _ => typed.to_owned(),
    };
    let full = name::person(&whole)?;
    if let Some(turned) = turned(&full, &whole) {
        script.stage = Stage::Layout { typed: full, turned };
        return Ok(());
    }
    settle_name(script, sight, full);
    Ok(())
}

/// The name that the same keys give in the Russian layout, where that is a name and what was typed
/// is Latin: a patient called so would be found by nobody.
fn turned(full: &str, typed: &str) -> Option<String> {
    let turned = keyboard::to_russian(typed);
    let is_latin = typed.is_ascii() && typed.chars().any(|c| c.is_ascii_alphabetic());
    let is_russian = is_latin && turned.split([' ', '-']).all(keyboard::is_russian_word);
    let turned = name::person(&turned).ok().filter(|_| is_russian)?;
    (turned != full).then_some(turned)
}

/// A name that stands: who is called alike?
fn settle_name(script: &mut Script, sight: &Sight<'_>, full: String) {
    let surname = full.split(' ').next().unwrap_or_default();
    let letters: Vec<String> = surname.chars().map(String::from).collect();
    let spelt = letters.join("-");
    script.say(tr!(sight.lang, "✓ {full} · по буквам: {spelt}", "✓ {full} · spelt: {spelt}"));
    if name::has_initials(&full) {
        script.say(sight.lang.of(
            "  Одни инициалы. Спросите имя полностью; чтобы исправить: ..",
            "  Initials only. Ask for the whole name; to mend it: ..",
        ));
    }
    let near = seek::similar(sight.book, &full, None);
    let (known, asked): (Vec<_>, Vec<_>) =
        near.iter().partition(|patient| is_declined(script, &patient.id));
    if near.is_empty() {
        script.say(sight.lang.of("  Похожих пациентов нет.", "  No patient has a similar name."));
    } else if asked.is_empty() {
        let list: Vec<String> =
            known.iter().take(LISTED).map(|patient| sight.line(patient)).collect();
        let list = list.join("; ");
        script.say(tr!(
            sight.lang,
            "  Похожи, но вы ответили, что это другие люди: {list}.",
            "  Similar, but you said that it is somebody else: {list}."
        ));
    }
    script.draft.caller.name = Some(full);
    let ids: Vec<String> = asked.iter().take(LISTED).map(|patient| patient.id.clone()).collect();
    match ids.is_empty() {
        true => after_name(script, sight),
        false => script.stage = Stage::Similar { ids, by_phone: false },
    }
}

/// A phone that was typed in the search box is not asked for again; whose else it is, is asked.
fn after_name(script: &mut Script, sight: &Sight<'_>) {
    match script.draft.caller.phone.clone() {
        Some(phone) if script.trail.ahead(&Stage::Phone).is_none() => {
            settle_phone(script, sight, phone);
        }
        _ => script.stage = Stage::Phone,
    }
}

/// A passport that nobody has: its holder's name is asked next.
pub fn passport_of(script: &mut Script, sight: &Sight<'_>, number: String) {
    let shown = passport::show(&number);
    script.say(tr!(
        sight.lang,
        "✓ {shown}: такого паспорта в базе нет",
        "✓ {shown}: this passport is not known"
    ));
    script.draft.caller = Caller { passport: Some(number), ..Caller::default() };
    script.stage = Stage::Name;
}
