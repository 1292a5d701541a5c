//! `request set-appointment`: the time that the clinic named.

use chrono::{DateTime, Utc};
use clap::{ArgMatches, Command};

use crate::app::{App, Desk, understood};
use crate::cmd::ask::{Ask, Asked};
use crate::cmd::{Done, args, ask, help, request};
use crate::error::Result;
use crate::i18n::{Lang, Text};
use crate::life;
use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::model::record::Record;
use crate::query::clash;
use crate::render::cell::Sight;
use crate::say;
use crate::when::{self, Frame, Misread};

pub fn spec(_: Kind, lang: Lang) -> Command {
    Command::new("set-appointment")
        .after_help(help::examples(
            lang,
            &[
                ("request set-appointment k7m ср 11:30", "request set-appointment k7m wed 11:30"),
                ("request set-appointment k7m --clear", "request set-appointment k7m --clear"),
            ],
        ))
        .about(lang.of("Записать время приёма", "Record the appointment"))
        .arg(args::request_id(lang))
        .arg(
            args::positional(
                lang,
                "time",
                ("ВРЕМЯ", "TIME"),
                ("время приёма: `ср 11:30`", "the time: `wed 11:30`"),
            )
            .num_args(0..)
            .action(clap::ArgAction::Append)
            .conflicts_with("clear"),
        )
        .arg(args::switch(lang, "clear", ("убрать время приёма", "take the appointment back")))
        .arg(args::anyway(lang))
        .arg(args::take_over(lang))
}

pub fn run(app: &App, _: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(Kind::Request), Ask::Time], |asked| act(app, asked))
}

fn act(app: &App, asked: &Asked) -> Result<Done> {
    let matches = &asked.matches;
    args::need_request(matches)?;
    let typed = args::all(matches, "time").join(" ");
    let clear = args::is_set(matches, "clear");
    if typed.trim().is_empty() && !clear {
        return Err(args::missing_value(say!(
            "Не указано время приёма. Убрать его: `--clear`.",
            "No time given. To take it back: `--clear`."
        )));
    }
    let (anyway, take_over) = (args::is_set(matches, "anyway"), args::is_set(matches, "take-over"));
    request::change(app, asked, |desk, record| {
        let is_said = asked.is_answer("time");
        let at = if clear { None } else { Some(time(desk, record, &typed, anyway, is_said)?) };
        let whats = desk.acting(take_over, anyway).set_appointment(record, at)?;
        if let Some(at) = at {
            tell(desk, record, at);
        }
        Ok(whats)
    })
}

/// The time that was typed, repeated in full, unless a prompt has done so.
fn time(
    desk: &Desk<'_>,
    record: &Record,
    typed: &str,
    anyway: bool,
    is_said: bool,
) -> Result<Instant> {
    let sight = desk.app.sight(desk.library, desk.settings);
    let (at, notes) = read(&sight, record, typed, anyway)??;
    notes.iter().for_each(|note| desk.app.output.note(note));
    if !is_said {
        desk.app.output.note(&understood(&sight.instant(at)));
    }
    Ok(at)
}

/// What goes with it: the time that it replaces, another visit of the patient at that time.
fn tell(desk: &Desk<'_>, record: &Record, at: Instant) {
    let sight = desk.app.sight(desk.library, desk.settings);
    if let Some(before) = record.instant("appointment").filter(|before| *before != at) {
        let before = sight.instant(range::in_zone(before, &sight.zone(record)));
        desk.app.output.note(&say!("Прежде было: {before}.", "Before: {before}."));
    }
    if let Some(other) = clash::of(desk.library, record.shown("patient"), at, &record.id) {
        let visit = sight.clocked(&other).instant("appointment").map(|visit| sight.instant(visit));
        let (visit, part) = (visit.unwrap_or_default(), life::short(&other.id));
        desk.app.output.warn(&say!(
            "У пациента другой приём в пределах часа: заявка {part}, {visit}.",
            "The patient has another visit within the hour: request {part}, {visit}."
        ));
    }
}

/// The time that was typed, with notes on how it was read. A time alone takes the one day in play.
///
/// # Errors
/// `store` where the request can't be read; within, why the time was not understood.
pub fn read(
    sight: &Sight<'_>,
    record: &Record,
    typed: &str,
    anyway: bool,
) -> Result<Result<(Instant, Vec<Text>), Misread>> {
    let clocked = sight.clocked(record);
    let request = life::request(&clocked)?;
    let clinic = sight.book.get(Kind::Clinic, request.clinic);
    let frame = Frame::of(sight.settings, clinic.as_deref(), sight.now, anyway);
    // What is backdated lies where everything is over.
    let from = if anyway { DateTime::<Utc>::MIN_UTC } else { sight.now };
    let mut in_play = request.in_play(from);
    in_play.extend(request.appointment.map(|at| Range { start: at, end: at }));
    Ok(when::appointment(typed, &frame, &in_play))
}
