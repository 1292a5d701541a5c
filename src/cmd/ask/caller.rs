//! Who a new request is for, and which doctor at which clinic it asks for.

use std::rc::Rc;

use crate::app::App;
use crate::cmd::ask::pick;
use crate::cmd::ask::{Sheet, Turn};
use crate::error::{Error, Result};
use crate::model::field::{Field, Form};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::prompt::{self, Wrong, tell, took};
use crate::query::identify::{self, Place};
use crate::query::offer::{self, Offer};
use crate::query::resolve;
use crate::query::seek::LISTED;
use crate::render::cell::Sight;
use crate::words::{name, passport, phone};
use crate::{say, tr};

/// What an answer to «Who calls?» may be.
enum Sought {
    /// A passport number, and whose it is.
    Passport(String),
    /// Those who may be meant.
    Found(Vec<Rc<Record>>),
}

impl Sheet<'_> {
    /// A known patient, or the passport of a new one.
    pub(super) fn caller(&mut self) -> Result<Turn> {
        // Whoever types a name or a phone means the patient with the passport that is asked next.
        if ["patient", "passport", "name", "phone"].iter().any(|flag| self.has(flag)) {
            return Ok(Turn::Skip);
        }
        let (app, lang) = (self.app, self.lang());
        let mut question = self.question(
            lang.of(
                "Кто звонит? Фамилия и имя, телефон или паспорт.",
                "Who calls? A name, a phone, or a passport.",
            ),
            lang.of(
                "Начало фамилии и имени (щук п), часть телефона или паспорт.",
                "The beginning of a name, part of a phone number, or a passport.",
            ),
        );
        question.default = None;
        loop {
            let mut words = String::new();
            let sought = prompt::ask(app, &question, |typed| {
                words = typed.to_owned();
                app.read(|sight| sought(sight, typed)).map_err(Wrong::from)
            })?;
            let found = match sought {
                None => return Ok(Turn::Back),
                Some(Sought::Passport(number)) => {
                    app.read(|sight| {
                        say_whose(app, sight, &number);
                        Ok(())
                    })?;
                    self.put("passport", vec![number]);
                    return Ok(Turn::On);
                }
                Some(Sought::Found(found)) => found,
            };
            let mut people = app.read(|sight| {
                Ok(found.iter().map(|record| sight.line(record)).collect::<Vec<_>>())
            })?;
            let count = people.len();
            people.push(
                lang.of(
                    "Другой человек: завести нового пациента",
                    "Somebody else: add a new patient",
                )
                .to_owned(),
            );
            let title = match count {
                0 => String::new(),
                _ => tr!(lang, "Найдено пациентов: {count}.", "Patients found: {count}."),
            };
            match prompt::choose(app, &title, &people, true)? {
                None => {}
                Some(at) if at < count => {
                    self.put("patient", vec![found[at].id.clone()]);
                    return Ok(Turn::On);
                }
                // The passport is asked next.
                Some(_) => {
                    self.said = Some(words);
                    return Ok(Turn::On);
                }
            }
        }
    }

    /// What a patient who is not known yet must have.
    pub(super) fn of_patient(&mut self, field: &'static Field) -> Result<Turn> {
        if self.has("patient") {
            return Ok(Turn::Skip);
        }
        if field.form == Form::Passport {
            return self.passport(field, true);
        }
        let Some(number) = self.get("passport") else { return Ok(Turn::Skip) };
        let is_known = self.app.read(|sight| {
            let number = passport::parse(number, sight.settings.passport)?;
            Ok(holder(sight, &number).is_some())
        })?;
        if is_known {
            return Ok(Turn::Skip);
        }
        // Whoever was sought by name or phone and is new need not say it twice.
        let said = self.said.as_deref().and_then(|said| value(field, said));
        self.earlier = self.earlier.take().or(said);
        self.field(field)
    }

    /// A passport, and whose it is; one that is somebody's is asked again, where it must be new.
    pub(super) fn passport(&mut self, field: &'static Field, may_be_known: bool) -> Result<Turn> {
        let Some(flag) = field.flag.filter(|flag| !self.has(flag)) else { return Ok(Turn::Skip) };
        let (app, lang) = (self.app, self.lang());
        let question = self.question(field.title(lang), lang.of(field.help.0, field.help.1));
        self.fill(flag, &question, |typed| {
            Ok(app.read(|sight| {
                let number = passport::parse(typed, sight.settings.passport)?;
                if let Some(patient) = holder(sight, &number).filter(|_| !may_be_known) {
                    return Err(duplicate(sight, &patient));
                }
                say_whose(app, sight, &number);
                Ok(vec![typed.to_owned()])
            })?)
        })
    }

    /// The doctor and the clinic, or the one that is missing.
    pub(super) fn doctor(&mut self) -> Result<Turn> {
        let (clinic, specialty) = (self.has("clinic"), self.has("specialty"));
        if clinic && specialty {
            return Ok(Turn::Skip);
        }
        let (app, lang) = (self.app, self.lang());
        let offers = app.read(|sight| {
            let named = |flag: &str, kind| {
                let name = self.get(flag);
                name.map(|name| resolve::resolve(sight.book, sight.settings, kind, name))
                    .transpose()
            };
            let place = named("clinic", Kind::Clinic)?;
            let doctor = named("specialty", Kind::Specialty)?;
            let is = |wanted: &Option<Rc<Record>>, record: &Record| {
                wanted.as_ref().is_none_or(|wanted| wanted.id == record.id)
            };
            let mut offers = offer::all(sight.book);
            offers.retain(|offer| is(&place, &offer.clinic) && is(&doctor, &offer.specialty));
            Ok(offers)
        })?;
        if offers.is_empty() {
            // There is nothing to choose from; the command says what is missing.
            return Ok(Turn::Skip);
        }
        let title = match (clinic, specialty) {
            (true, _) => lang.of("К какому врачу?", "Which doctor?"),
            (_, true) => lang.of("В какую клинику?", "Which clinic?"),
            _ => lang.of(
                "К какому врачу и в какую клинику? Например: терапевт 1",
                "Which doctor, at which clinic? For example: therapist 1",
            ),
        };
        let list: Vec<String> = offers.iter().take(offer::LISTED).map(Offer::words).collect();
        let help = format!("{}\n  {}", lang.of("Есть:", "There are:"), list.join("\n  "));
        let mut question = self.question(title, &help);
        question.default = None;
        loop {
            let found = prompt::ask(app, &question, |typed| {
                let meant = offer::meant(&offers, typed);
                if meant.found.is_empty() {
                    Err(Wrong::from(no_offer(typed, &list)))
                } else {
                    Ok(meant)
                }
            })?;
            let Some(offer::Meant { found, is_guess }) = found else { return Ok(Turn::Back) };
            let at = match found.len() {
                1 if !is_guess => 0,
                _ => {
                    let words: Vec<String> = found.iter().map(|offer| offer.words()).collect();
                    match prompt::choose(app, lang.of("Уточните:", "Which one?"), &words, false)?
                    {
                        Some(at) => at,
                        None => continue,
                    }
                }
            };
            let chosen = found[at];
            took(app, &format!("{} · {}", chosen.words(), chosen.clinic.shown("address")));
            if !clinic {
                self.put("clinic", vec![chosen.clinic.id.clone()]);
            }
            if !specialty {
                self.put("specialty", vec![chosen.specialty.id.clone()]);
            }
            return Ok(Turn::On);
        }
    }
}

/// What words that somebody was sought by are worth in this field: a name, or a whole phone number.
fn value(field: &Field, said: &str) -> Option<String> {
    match field.form {
        Form::Person if said.contains(|c: char| c.is_ascii_digit()) => None,
        Form::Person => name::person(said).ok(),
        Form::Phone => phone::parse(said).ok().map(|number| phone::show(&number)),
        _ => None,
    }
}

fn no_offer(typed: &str, list: &[String]) -> Error {
    let list = list.join("\n  ");
    Error::refused(
        "specialty-not-offered",
        say!(
            "Такого врача в такой клинике нет: «{typed}».",
            "There is no such doctor at such a clinic: “{typed}”."
        ),
    )
    .hint(say!("Есть:\n  {list}", "There are:\n  {list}"))
}

fn sought(sight: &Sight<'_>, typed: &str) -> Result<Sought> {
    if let Ok(number) = passport::parse(typed, sight.settings.passport) {
        return Ok(Sought::Passport(number));
    }
    let found = pick::searched(sight, Kind::Patient, typed);
    if found.is_empty() {
        tell(&tr!(
            sight.lang,
            "Пациенты не найдены: «{typed}». Проверьте буквы или заведите нового.",
            "No patient found: “{typed}”. Check the spelling, or add one."
        ));
    }
    match found.len() {
        0..=LISTED => Ok(Sought::Found(found)),
        count => Err(pick::too_many(count)),
    }
}

/// The patient with a passport.
fn holder(sight: &Sight<'_>, number: &str) -> Option<Rc<Record>> {
    match identify::patient(sight.book, &sight.settings.key, number).ok()? {
        Place::Held(patient) => Some(patient),
        Place::Free(_) => None,
    }
}

fn duplicate(sight: &Sight<'_>, patient: &Record) -> Error {
    let who = sight.line(patient);
    Error::refused(
        "duplicate-passport",
        say!("Этот паспорт уже есть: {who}", "This passport is known: {who}"),
    )
    .hint(say!("Проверьте номер.", "Check the number."))
}

/// Says whether a passport is known, and whose it is.
fn say_whose(app: &App, sight: &Sight<'_>, number: &str) {
    let shown = passport::show(number);
    match holder(sight, number) {
        Some(patient) => {
            let who = sight.line(&patient);
            tell(&tr!(sight.lang, "Этот паспорт уже есть: {who}", "This passport is known: {who}"));
        }
        None => took(
            app,
            &tr!(
                sight.lang,
                "{shown}: такого паспорта в базе нет",
                "{shown}: this passport is not known"
            ),
        ),
    }
}
