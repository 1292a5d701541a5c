//! `request set-appointment`: the time that the clinic named.

use clap::{ArgMatches, Command};

use crate::app::{App, Desk, understood};
use crate::cmd::{Done, args, help, request};
use crate::error::Result;
use crate::i18n::Lang;
use crate::life;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::say;
use crate::when::{self, show};

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
    request::change(app, matches, |desk, record| {
        let at = if clear { None } else { Some(time(desk, record, &typed, anyway)?) };
        desk.acting(take_over, anyway).set_appointment(record, at)
    })
}

/// The time that was typed, repeated in full. A time alone takes the one day in play.
fn time(desk: &Desk<'_>, record: &Record, typed: &str, anyway: bool) -> Result<Instant> {
    let request = life::request(record)?;
    let clinic = desk.library.get(Kind::Clinic, request.clinic);
    let frame = desk.frame(clinic.as_deref(), anyway);
    let ranges = if request.clinic_ranges.is_empty() {
        &request.patient_ranges
    } else {
        &request.clinic_ranges
    };
    let mut days: Vec<_> =
        ranges.iter().map(|range| range.start.with_timezone(&frame.zone).date_naive()).collect();
    days.extend(request.appointment.map(|at| at.with_timezone(&frame.zone).date_naive()));
    days.sort_unstable();
    days.dedup();
    let (at, notes) = when::appointment(typed, &frame, &days)?;
    notes.iter().for_each(|note| desk.app.output.note(note));
    let today = desk.app.now.with_timezone(&frame.zone).date_naive();
    desk.app.output.note(&understood(&show::instant_text(at, today, desk.app.lang())));
    Ok(at)
}
