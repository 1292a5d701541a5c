//! `request reschedule`: the old request is closed and a new one made, linked both ways, in one
//! transaction.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::ask::{Ask, Asked};
use crate::cmd::request::refuse;
use crate::cmd::request::wish::{self, Move, Wish};
use crate::cmd::{Done, answer, args, ask, fields, help};
use crate::error::Result;
use crate::i18n::{Lang, Text};
use crate::life;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::render::cell::Sight;
use crate::say;
use crate::tr;

pub fn spec(kind: Kind, lang: Lang) -> Command {
    let flags = fields::flags(kind, lang);
    let flags = flags.into_iter().filter(|flag| flag.get_id() != "patient");
    Command::new("reschedule")
        .after_help(help::examples(
            lang,
            &[
                (r#"request reschedule k7m --range "чт 9-12""#, r#"request reschedule k7m --range "thu 9-12""#),
                (r#"request reschedule k7m --clinic "поликлиника 2" --range "пт весь день" --reason "ближе к дому""#, r#"request reschedule k7m --clinic "Clinic 2" --range "fri all day" --reason "nearer home""#),
            ],
        ))
        .about(lang.of(
            "Перенести: закрыть заявку и оформить новую",
            "Move: close the request and make a new one",
        ))
        .arg(args::request_id(lang))
        .args(flags)
        .arg(refuse::reason(lang))
        .arg(args::anyway(lang))
        .arg(args::take_over(lang))
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(Kind::Request), Ask::When], |asked| {
        act(app, kind, asked)
    })
}

fn act(app: &App, kind: Kind, asked: &Asked) -> Result<Done> {
    let matches = &asked.matches;
    let name = args::need_request(matches)?;
    let texts = args::all(matches, "range");
    if texts.is_empty() {
        return Err(args::missing_value(say!(
            "Не указано новое удобное пациенту время: `--range`.",
            "No new time given that suits the patient: `--range`."
        )));
    }
    let reason = refuse::reason_of(matches)?;
    let take_over = args::is_set(matches, "take-over");
    let (sealed, (old, id, off)) = app.write(|desk| {
        let record = desk.find(kind, name)?;
        asked.unchanged(desk, &record)?;
        let wish = || {
            let named = |flag| args::get(matches, flag).unwrap_or(record.shown(flag));
            Wish::new(desk, named("clinic"), named("specialty"), |clinic| {
                wish::ranges(desk, asked, &texts, clinic)
            })
        };
        let moves = Move { take_over, reason, then: Vec::new() };
        let (plan, id) = moves.plan(desk, &record, wish)?;
        let off = off(&app.sight(desk.library, desk.settings), &record);
        Ok((plan, (record.id.clone(), id, off)))
    })?;
    let (old, short) = (life::short(&old), life::short(&id));
    let sentence = say!(
        "Заявка {short} оформлена. Прежняя, {old}, закрыта: перенос.",
        "Request {short} is saved. The old one, {old}, is closed: moved."
    );
    let done = answer::written(app, kind, &id, &sealed, &sentence)?;
    off.iter().for_each(|off| app.output.warn(off));
    Ok(done)
}

/// Where the old request had a visit, its clinic must hear that it is off.
fn off(sight: &Sight<'_>, old: &Record) -> Option<Text> {
    let at = old.instant("appointment")?;
    let clinic = sight.book.get(Kind::Clinic, old.shown("clinic"));
    let phone = clinic.as_ref().map(|clinic| sight.cell(clinic, "phone")).unwrap_or_default();
    let name = sight.title(Kind::Clinic, old.shown("clinic"));
    let part = life::short(&old.id);
    Some(Text::both(|lang| {
        let visit = Sight { lang, ..*sight }.instant(at);
        tr!(
            lang,
            "Прежний приём ({visit}) отмените в клинике: {name}, {phone}. Затем: `appt request clinic-told {part}`.",
            "Cancel the old visit ({visit}) at the clinic: {name}, {phone}. Then: `appt request clinic-told {part}`."
        )
    }))
}
