//! `request list`: requests by what they are about and where they stand.

use clap::{Arg, ArgMatches, Command};

use crate::app::App;
use crate::cmd::record::list;
use crate::cmd::{Done, args, fields, help};
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::request::{Status, Step};
use crate::query::filter::Filter;
use crate::query::resolve;
use crate::render::cell::Sight;
use crate::say;
use crate::when;

pub fn spec(_: Kind, lang: Lang) -> Command {
    Command::new("list")
        .after_help(help::examples(
            lang,
            &[
                ("request list --visit завтра --all", "request list --visit tomorrow --all"),
                (
                    r#"request list --clinic "поликлиника 1" --status in-progress --sort -created"#,
                    r#"request list --clinic "Clinic 1" --status in-progress --sort -created"#,
                ),
            ],
        ))
        .about(lang.of(
            "Список заявок: открытых, если не сказано иначе",
            "List requests: open ones, unless told otherwise",
        ))
        .args(narrowing(lang))
        .arg(args::flag(
            lang,
            "search",
            ("СЛОВА", "TEXT"),
            ("искать слова в именах и номерах", "words in names and numbers"),
        ))
        .arg(args::switch(lang, "all", ("и закрытые", "closed ones too")))
        .args(list::shape(lang))
}

/// The flags that narrow a list of requests.
pub fn narrowing(lang: Lang) -> Vec<Arg> {
    let day = ("ДЕНЬ", "DAY");
    vec![
        args::flags(
            lang,
            "status",
            ("СТАТУС", "STATUS"),
            (
                "в этом статусе: created или «Создана»; можно несколько раз",
                "in this status; may be repeated",
            ),
        ),
        args::flag(lang, "patient", ("ПАЦИЕНТ", "PATIENT"), ("этого пациента", "of this patient")),
        args::flag(lang, "clinic", ("КЛИНИКА", "CLINIC"), ("в эту клинику", "for this clinic")),
        args::flag(
            lang,
            "specialty",
            ("СПЕЦИАЛЬНОСТЬ", "SPECIALTY"),
            ("к этому врачу", "for this specialty"),
        ),
        args::flag(
            lang,
            "holder",
            ("ОПЕРАТОР", "OPERATOR"),
            ("которые ведёт этот оператор", "held by this operator"),
        ),
        args::flag(
            lang,
            "created-by",
            ("ОПЕРАТОР", "OPERATOR"),
            ("которые оформил этот оператор", "made by this operator"),
        ),
        args::flag(
            lang,
            "next",
            ("ШАГ", "STEP"),
            ("с этим следующим шагом: call-clinic", "with this next step: call-clinic"),
        ),
        args::flag(lang, "from", day, ("оформленные с этого дня", "made on this day or later")),
        args::flag(lang, "to", day, ("оформленные по этот день", "made on this day or earlier")),
        args::flag(lang, "visit", day, ("с приёмом в этот день", "with a visit on this day")),
    ]
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let filter = app.read(|sight| filter(app, sight, matches))?;
    let zone = app.settings()?.timezone;
    let count = list::listed(app, kind, matches, &filter.sieve(), |sight, record| {
        filter.fits(sight.book, zone, record)
    })?;
    list::nothing(app, kind, count, filter.all || !filter.statuses.is_empty())
}

/// Reads the flags that a command has of those that narrow a list of requests.
///
/// # Errors
/// `usage`, `not-found`, `ambiguous`: by the value of a flag.
pub fn filter(app: &App, sight: &Sight<'_>, matches: &ArgMatches) -> Result<Filter> {
    let id = |flag: &str, kind: Kind| -> Result<Option<String>> {
        let Some(typed) = args::get(matches, flag) else { return Ok(None) };
        let record = resolve::resolve(sight.book, sight.settings, kind, typed)?;
        Ok(Some(resolve::led(sight.book, record).id.clone()))
    };
    let frame = crate::when::Frame::of(sight.settings, None, app.now, true);
    let typed = |flag: &str| args::get(matches, flag);
    let past = |flag: &str| typed(flag).map(|text| when::past_day(text, &frame)).transpose();
    let statuses: Result<Vec<Status>> = args::all(matches, "status")
        .iter()
        .map(|typed| Status::parse(typed).ok_or_else(|| fields::bad_status(typed)))
        .collect();
    Ok(Filter {
        statuses: statuses?,
        all: args::is_set(matches, "all"),
        patient: id("patient", Kind::Patient)?,
        clinic: id("clinic", Kind::Clinic)?,
        specialty: id("specialty", Kind::Specialty)?,
        holder: id("holder", Kind::Operator)?,
        created_by: id("created-by", Kind::Operator)?,
        next: args::get(matches, "next").map(step).transpose()?,
        from: past("from")?,
        to: past("to")?,
        visit: typed("visit").map(|text| when::day(text, &frame)).transpose()?,
        search: args::get(matches, "search").map(str::to_owned),
    })
}

fn step(typed: &str) -> Result<Step> {
    Step::from_code(typed).ok_or_else(|| {
        let all = Step::ALL.map(Step::code).join(", ");
        Error::usage("step", say!("Нет шага «{typed}».", "There is no step “{typed}”."))
            .hint(say!("Есть: {all}.", "There are: {all}."))
    })
}
