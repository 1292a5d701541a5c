//! A patient who is not known yet: passport, name, phone.

use crate::error::Error;
use crate::model::kind::Kind;
use crate::query::identify::{self, Place};
use crate::query::seek::{self, LISTED};
use crate::render::cell::Sight;
use crate::script::{Caller, Deed, Next, Screen, Script, Stage, wants, wish};
use crate::tr;
use crate::words::{name, passport, phone};

/// What is asked about a new patient.
pub fn ask(script: &mut Script, sight: &Sight<'_>, screen: &mut Screen) {
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
    if script.stage == Stage::Name && script.trail.earlier().is_some() {
        screen.say(
            lang.of("Одно слово заменит только фамилию.", "One word replaces the surname only.")
                .to_owned(),
        );
    }
}

/// Takes an answer about a new patient.
pub fn take(script: &mut Script, sight: &Sight<'_>, typed: &str) -> Next {
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
        && !wants::live(sight, patient).is_empty()
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
            script.stage =
                Stage::Found { query: typed.to_owned(), ids, near: false, request: None };
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
        Some(_) if script.trail.ahead(&Stage::Phone).is_none() => wish::onward(script),
        _ => script.stage = Stage::Phone,
    }
    Ok(())
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
