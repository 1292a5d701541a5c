//! `request new`: what the patient asks for, with the patient found or created in the same
//! transaction.

use std::rc::Rc;

use clap::{ArgMatches, Command};

use crate::app::{App, Desk};
use crate::cmd::ask::{Ask, Asked};
use crate::cmd::{Done, args, ask, fields, help, report, request};
use crate::error::{Error, Result};
use crate::history::What;
use crate::i18n::{Lang, Text};
use crate::life;
use crate::model::kind::Kind;
use crate::model::patient;
use crate::model::range::Range;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::value::{Value, Values};
use crate::query::identify::{self, Place};
use crate::say;
use crate::script::{Caller, Draft};
use crate::store::seal::{Edit, Plan};
use crate::words::{name, passport, phone, text};

pub fn spec(kind: Kind, lang: Lang) -> Command {
    Command::new("new")
        .after_help(help::examples(
            lang,
            &[
                (r#"request new --passport "4511 223344" --clinic "поликлиника 1" --specialty терапевт --range "ср 9-12""#, r#"request new --passport "4511 223344" --clinic "Clinic 1" --specialty therapist --range "wed 9-12""#),
                (r#"request new --name "Лабанова Дарья Олеговна" --passport "4511 223344" --phone "8 916 123-45-67" --clinic "поликлиника 1" --specialty терапевт --range "ср 9-12" --range "чт после 15""#, r#"request new --name "Darya Labanova" --passport "4511 223344" --phone "8 916 123-45-67" --clinic "Clinic 1" --specialty therapist --range "wed 9-12" --range "thu after 15""#),
            ],
        ))
        .about(lang.of("Оформить заявку", "Make a request"))
        .args(fields::flags(kind, lang))
        .args(fields::flags(Kind::Patient, lang))
        .arg(args::flag(lang, "note", ("ТЕКСТ", "TEXT"), ("примечание", "a note")))
        .arg(args::anyway(lang))
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &asks(), |asked| act(app, kind, asked))
}

/// Who, where, when; of a patient who is not known yet, what they must have.
fn asks() -> Vec<Ask> {
    let key = |key: &str| patient::FIELDS.iter().find(|field| field.key == key);
    let of_patient = ["passport", "name", "phone"].into_iter().filter_map(key);
    let mut asks = vec![Ask::Caller];
    asks.extend(of_patient.map(Ask::OfPatient));
    asks.extend([Ask::Doctor, Ask::When]);
    asks
}

fn act(app: &App, kind: Kind, asked: &Asked) -> Result<Done> {
    let matches = &asked.matches;
    let (sealed, id) = app.write(|desk| {
        let wish = wish(desk, asked)?;
        let (mut plan, patient) = who(desk, matches)?;
        plan.warnings.extend(request::twins(
            desk,
            &patient,
            &wish.clinic.id,
            &wish.specialty.id,
            None,
        ));
        let id = new_id(desk);
        let mut then = Vec::new();
        if let Some(note) = args::get(matches, "note") {
            then.push(What::Note(text::note(note)?));
        }
        let values = wish.values(desk, &patient, None);
        plan.edits.push(Edit::Create { kind, id: id.clone(), source: None, values, then });
        Ok((plan, id))
    })?;
    report::similar(app, &sealed);
    let short = life::short(&id);
    let sentence = say!(lang;
        "Заявка {} сохранена: {}.",
        "Request {} is saved: {}.",
        short, Status::Created.name(lang));
    report::written(app, kind, &id, &sealed, &sentence)
}

/// A new request's id.
pub fn new_id(desk: &Desk<'_>) -> String {
    identify::request(desk.library, desk.app.now, desk.settings.timezone, || {
        desk.app.environment.random()
    })
}

/// What the patient wants: where, from whom, when.
pub struct Wish {
    /// The clinic.
    pub clinic: Rc<Record>,
    /// The specialty.
    pub specialty: Rc<Record>,
    /// When the patient can come.
    pub ranges: Vec<Range>,
}

impl Wish {
    /// The first values of the request.
    pub fn values(&self, desk: &Desk<'_>, patient: &str, from: Option<&str>) -> Values {
        let now = desk.app.now.with_timezone(&desk.settings.timezone).fixed_offset();
        let created = chrono::SubsecRound::trunc_subsecs(now, 0);
        let mut values = Values::new()
            .with("patient", patient)
            .with("clinic", self.clinic.id.as_str())
            .with("specialty", self.specialty.id.as_str())
            .with("status", Status::Created.code())
            .with("operator", desk.by)
            .with("created", created)
            .with("patient_ranges", self.ranges.as_slice());
        values.put("rescheduled_from", from.map(Value::from));
        values
    }
}

/// Reads what the patient wants from the flags.
fn wish(desk: &Desk<'_>, asked: &Asked) -> Result<Wish> {
    let matches = &asked.matches;
    all_missing(matches)?;
    let clinic = args::need(matches, "clinic", || {
        say!("Не указана клиника: `--clinic`.", "No clinic given: `--clinic`.")
    })?;
    let specialty = args::need(matches, "specialty", || {
        say!("Не указана специальность: `--specialty`.", "No specialty given: `--specialty`.")
    })?;
    let texts = args::all(matches, "range");
    if texts.is_empty() {
        return Err(args::missing_value(say!(
            "Не указано удобное пациенту время: `--range`.",
            "No time given that suits the patient: `--range`."
        )));
    }
    let clinic = desk.find(Kind::Clinic, clinic)?;
    let specialty = desk.find(Kind::Specialty, specialty)?;
    life::offers(desk.library, &clinic, &specialty)?;
    let frame = desk.frame(Some(&clinic), args::is_set(matches, "anyway"));
    let ranges = fields::ranges(desk, &texts, &frame, asked.is_answer("range"))?;
    Ok(Wish { clinic, specialty, ranges })
}

/// Where nothing at all is given, everything that is missing is named at once.
fn all_missing(matches: &ArgMatches) -> Result<()> {
    let has = |flag: &str| args::get(matches, flag).is_some();
    if ["patient", "passport", "name", "phone", "clinic", "specialty", "range"].into_iter().any(has)
    {
        return Ok(());
    }
    Err(args::missing_value(say!(
        "Не указаны: клиника `--clinic`, специальность `--specialty`, время `--range`, пациент `--patient` (или `--name`, `--passport`, `--phone`).",
        "Missing: the clinic `--clinic`, the specialty `--specialty`, the times `--range`, the patient `--patient` (or `--name`, `--passport`, `--phone`)."
    )))
}

/// What the patient wants, as the script has it.
///
/// # Errors
/// `not-found` where the clinic or specialty went meanwhile; `refused` where they don't fit.
pub fn of_draft(desk: &Desk<'_>, draft: &Draft) -> Result<Wish> {
    let clinic = desk.find(Kind::Clinic, draft.clinic.as_deref().unwrap_or_default())?;
    let specialty = desk.find(Kind::Specialty, draft.specialty.as_deref().unwrap_or_default())?;
    life::offers(desk.library, &clinic, &specialty)?;
    Ok(Wish { clinic, specialty, ranges: draft.ranges.clone() })
}

/// The id of the patient who calls, with what must change for it.
///
/// # Errors
/// `refused` where the passport is somebody else's; `usage` where something is missing.
pub fn caller(desk: &Desk<'_>, caller: &Caller) -> Result<(Plan, String)> {
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

/// The patient's id, with what must change for it.
fn who(desk: &Desk<'_>, matches: &ArgMatches) -> Result<(Plan, String)> {
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
        (Some(typed), None) => {
            let record = desk.find(Kind::Patient, typed)?;
            crate::model::book::Book::patient(desk.library, &record.id).unwrap_or(record)
        }
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
            say!(
                "Этот паспорт уже есть: {known}. Введено: {wanted}.",
                "This passport belongs to {known}. You typed {wanted}."
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
