//! `request set-ranges` and `add-ranges`: the times that suit the patient or the clinic.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::ask::{Ask, Asked};
use crate::cmd::{Done, args, ask, fields, help, request};
use crate::error::{Error, Result, rule};
use crate::i18n::Lang;
use crate::life::Whose;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::say;
use crate::when::{self, Frame};

pub fn spec_set(_: Kind, lang: Lang) -> Command {
    spec(
        "set-ranges",
        lang.of(
            "Записать удобное время вместо прежнего",
            "Record the times that suit, instead of the old ones",
        ),
        &[
            (
                r#"request set-ranges k7m --clinic "чт 15-17""#,
                r#"request set-ranges k7m --clinic "thu 15-17""#,
            ),
            (
                r#"request set-ranges k7m --patient "ср 9-12" "пт после 15""#,
                r#"request set-ranges k7m --patient "wed 9-12" "fri after 15""#,
            ),
        ],
        lang,
    )
}

pub fn spec_add(_: Kind, lang: Lang) -> Command {
    spec(
        "add-ranges",
        lang.of("Добавить удобное время к прежнему", "Add times that suit to those known"),
        &[(
            r#"request add-ranges k7m --patient "пт 9-12""#,
            r#"request add-ranges k7m --patient "fri 9-12""#,
        )],
        lang,
    )
}

fn spec(name: &'static str, about: &'static str, examples: &[(&str, &str)], lang: Lang) -> Command {
    let value = ("ДИАПАЗОН", "RANGE");
    Command::new(name)
        .about(about)
        .after_help(help::examples(lang, examples))
        .arg(args::request_id(lang))
        .arg(
            args::flags(
                lang,
                "patient",
                value,
                ("удобно пациенту: `ср 9-12`", "suits the patient: `wed 9-12`"),
            )
            .num_args(1..),
        )
        .arg(
            args::flags(
                lang,
                "clinic",
                value,
                ("удобно клинике: `чт 15-17`", "suits the clinic: `thu 15-17`"),
            )
            .num_args(1..),
        )
        .arg(args::anyway(lang))
        .arg(args::take_over(lang))
}

pub fn run_set(app: &App, _: Kind, matches: &ArgMatches) -> Result<Done> {
    run(app, matches, false)
}

pub fn run_add(app: &App, _: Kind, matches: &ArgMatches) -> Result<Done> {
    run(app, matches, true)
}

fn run(app: &App, matches: &ArgMatches, add: bool) -> Result<Done> {
    let asks = [Ask::Record(Kind::Request), Ask::Whose, Ask::WhoseTimes];
    ask::and_run(app, matches, &asks, |asked| act(app, asked, add))
}

fn act(app: &App, asked: &Asked, add: bool) -> Result<Done> {
    let matches = &asked.matches;
    args::need_request(matches)?;
    let (patient, clinic) = (args::all(matches, "patient"), args::all(matches, "clinic"));
    let is_said = asked.is_answer("patient") || asked.is_answer("clinic");
    let (whose, texts) = match (patient.is_empty(), clinic.is_empty()) {
        (false, true) => (Whose::Patient, patient),
        (true, false) => (Whose::Clinic, clinic),
        (true, true) => {
            return Err(args::missing_value(say!(
                "Не указано, кому когда удобно: `--patient` или `--clinic`.",
                "Whose times? `--patient` or `--clinic`."
            )));
        }
        (false, false) => {
            return Err(Error::usage(
                "arguments",
                say!(
                    "Укажите что-то одно: `--patient` или `--clinic`.",
                    "Give one of `--patient` and `--clinic`."
                ),
            ));
        }
    };
    let (anyway, take_over) = (args::is_set(matches, "anyway"), args::is_set(matches, "take-over"));
    request::change(app, asked, |desk, record| {
        let acting = desk.acting(take_over, anyway);
        let clinic = desk.library.get(Kind::Clinic, record.shown("clinic"));
        let frame = desk.frame(clinic.as_deref(), anyway);
        let ranges = fields::ranges(desk, &texts, &frame, is_said)
            .map_err(|error| unquoted(error, whose, &texts, &frame))?;
        acting.set_ranges(record, whose, &ranges, add)
    })
}

/// A range that the shell took apart, `пт 9-12` as two values, wants quotes.
fn unquoted(error: Error, whose: Whose, texts: &[&str], frame: &Frame) -> Error {
    let whole = texts.join(" ");
    let is_whole = texts.len() > 1 && when::ranges(&whole, frame).is_ok();
    if !is_whole || !error.is(rule::DAY_ALONE) {
        return error;
    }
    let flag = if whose == Whose::Patient { "patient" } else { "clinic" };
    error.hint(say!(
        "Значение из нескольких слов берут в кавычки: `--{flag} \"{whole}\"`.",
        "A value of several words takes quotes: `--{flag} \"{whole}\"`."
    ))
}
