//! Whose request it is: a patient who is known, or one who is registered in the same transaction
//! (`spec.md`, section 5).

use std::rc::Rc;

use clap::ArgMatches;

use crate::app::Desk;
use crate::cmd::args;
use crate::error::{Error, Result};
use crate::history::What;
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Values;
use crate::query::identify::{self, Place};
use crate::query::resolve;
use crate::say;
use crate::script::Caller;
use crate::store::seal::{Edit, Plan};
use crate::words::{self, name, passport, phone};

/// The id of the patient who calls, with what must change for it.
///
/// # Errors
/// `refused` where the passport is somebody else's; `usage` where something is missing.
pub fn of_call(desk: &Desk<'_>, caller: &Caller) -> Result<(Plan, String)> {
    let (name, phone) = (caller.name.as_deref(), caller.phone.as_deref());
    if let Some(id) = &caller.id {
        return known(desk.find(Kind::Patient, id)?, None, phone);
    }
    let number = caller.passport.as_deref().unwrap_or_default();
    match identify::patient(desk.library, &desk.settings.key, number)? {
        Place::Held(record) => known(record, name, phone),
        Place::Free(id) => stranger(id, number, name, phone),
    }
}

/// The same, by the flags of `request new`.
///
/// # Errors
/// `not-found` or `ambiguous` where `--patient` is not one patient's; otherwise the same.
pub fn of_flags(desk: &Desk<'_>, matches: &ArgMatches) -> Result<(Plan, String)> {
    let [typed, number, name, phone] =
        ["patient", "passport", "name", "phone"].map(|flag| args::get(matches, flag));
    let found = match (typed, number) {
        (Some(_), Some(_)) => {
            return Err(Error::usage(
                "arguments",
                say!(
                    "`--patient` и `--passport` не ставят вместе.",
                    "`--patient` and `--passport` don't go together."
                ),
            ));
        }
        (Some(typed), None) => resolve::led(desk.library, desk.find(Kind::Patient, typed)?),
        (None, Some(number)) => {
            let number = passport::parse(number, desk.settings.passport)?;
            match identify::patient(desk.library, &desk.settings.key, &number)? {
                Place::Held(record) => record,
                Place::Free(id) => return stranger(id, &number, name, phone),
            }
        }
        (None, None) => {
            return Err(args::missing_value(say!(
                "Не указан пациент. Добавьте `--patient` или `--name`, `--passport`, `--phone`.",
                "No patient given. Add `--patient`, or `--name`, `--passport`, `--phone`."
            )));
        }
    };
    known(found, name, phone)
}

/// A patient who is not known yet.
fn stranger(
    id: String,
    number: &str,
    typed: Option<&str>,
    tel: Option<&str>,
) -> Result<(Plan, String)> {
    let missing = |flag: &str, ru: &str, en: &str| {
        args::missing_value(say!(
            "Пациент с этим паспортом не найден, а {ru} нет. Добавьте `--{flag}`.",
            "No patient has this passport, and {en} is missing. Add `--{flag}`."
        ))
    };
    let typed = typed.ok_or_else(|| missing("name", "ФИО", "the name"))?;
    let tel = tel.ok_or_else(|| missing("phone", "телефона", "the phone"))?;
    let values = Values::new()
        .with("name", name::person(typed)?)
        .with("passport", number)
        .with("phone", phone::parse(tel)?);
    let edit = Edit::Create {
        kind: Kind::Patient,
        id: id.clone(),
        source: None,
        values,
        then: Vec::new(),
    };
    Ok((Plan { edits: vec![edit], ..Plan::default() }, id))
}

/// A known patient: the name must be theirs, and a new phone becomes theirs.
fn known(record: Rc<Record>, typed: Option<&str>, tel: Option<&str>) -> Result<(Plan, String)> {
    let id = record.id.clone();
    let known = record.title();
    if let Some(typed) = typed
        && !name::same_person(typed, known)
    {
        let wanted = name::person(typed)?;
        return Err(Error::refused(
            "passport-other-name",
            say!(lang;
                "Этот паспорт уже есть: {}. Введено: {}.",
                "This passport belongs to {}. You typed {}.",
                words::before_stop(known),
                words::before_stop(&wanted)
            ),
        )
        .hint(say!(
            "Проверьте номер. Если имя сменилось: `appt patient edit {id} --name \"{wanted}\"`.",
            "Check the number. If the name has changed: `appt patient edit {id} --name \"{wanted}\"`."
        )));
    }
    let mut plan = Plan::default();
    if let Some(tel) = tel {
        let tel = phone::parse(tel)?;
        let old = record.shown("phone");
        if old != tel {
            plan.warnings.push(changed_phone(old, &tel));
            let what = What::set("phone", record.values.get("phone"), Some(tel.into()));
            plan.edits.push(Edit::change(&record, vec![what]));
        }
    }
    Ok((plan, id))
}

fn changed_phone(old: &str, new: &str) -> Text {
    let (old, new) = (phone::show(old), phone::show(new));
    say!(
        "Телефон пациента изменён: {old} → {new}.",
        "The patient's phone was changed: {old} → {new}."
    )
}
