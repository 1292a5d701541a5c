//! `request new`: what the patient asks for, with the patient found or created in the same
//! transaction.

use clap::{ArgMatches, Command};

use crate::app::{App, Desk};
use crate::cmd::ask::{Ask, Asked};
use crate::cmd::request::caller;
use crate::cmd::request::wish::{self, Wish};
use crate::cmd::{Done, answer, args, ask, fields, help};
use crate::error::Result;
use crate::history::What;
use crate::i18n::Lang;
use crate::life;
use crate::model::kind::Kind;
use crate::model::patient;
use crate::model::request::Status;
use crate::say;
use crate::words::text;

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
        let wish = of_flags(desk, asked)?;
        let (mut plan, patient) = caller::of_flags(desk, matches)?;
        let mut then = Vec::new();
        if let Some(note) = args::get(matches, "note") {
            then.push(What::Note(text::note(note)?));
        }
        let id = wish.make(desk, &mut plan, &patient, then);
        Ok((plan, id))
    })?;
    answer::similar(app, &sealed);
    let short = life::short(&id);
    let sentence = say!(lang;
        "Заявка {} сохранена: {}.",
        "Request {} is saved: {}.",
        short, Status::Created.name(lang));
    answer::written(app, kind, &id, &sealed, &sentence)
}

/// Reads what the patient wants from the flags.
fn of_flags(desk: &Desk<'_>, asked: &Asked) -> Result<Wish> {
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
    Wish::new(desk, clinic, specialty, |clinic| wish::ranges(desk, asked, &texts, clinic))
}

/// The flags that say what is wanted, and for whom: all that the tables of fields have.
const READ: [&str; 7] = ["patient", "clinic", "specialty", "range", "name", "passport", "phone"];

/// Where nothing at all is given, everything that is missing is named at once.
fn all_missing(matches: &ArgMatches) -> Result<()> {
    if READ.into_iter().any(|flag| args::get(matches, flag).is_some()) {
        return Ok(());
    }
    Err(args::missing_value(say!(
        "Не указаны: клиника `--clinic`, специальность `--specialty`, время `--range`, пациент `--patient` (или `--name`, `--passport`, `--phone`).",
        "Missing: the clinic `--clinic`, the specialty `--specialty`, the times `--range`, the patient `--patient` (or `--name`, `--passport`, `--phone`)."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A flag follows from a row of a table; that it is read as well does not.
    #[test]
    fn every_flag_is_read() {
        let fields = [Kind::Request, Kind::Patient].into_iter().flat_map(Kind::fields);
        let mut flags: Vec<_> = fields.filter_map(|field| field.flag).collect();
        let mut read = READ.to_vec();
        flags.sort_unstable();
        read.sort_unstable();
        assert_eq!(flags, read, "`of_flags` and `caller::of_flags` read each");
    }
}
