//! `request edit`: another clinic, specialty or patient, while there is still time.

use clap::{ArgMatches, Command};

use chrono_tz::Tz;

use crate::app::{App, Desk};
use crate::cmd::ask::Ask;
use crate::cmd::ask::Asked;
use crate::cmd::record::editor;
use crate::cmd::request::change;
use crate::cmd::{Done, args, ask, fields, help};
use crate::error::Result;
use crate::i18n::Lang;
use crate::life;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::range::Range;
use crate::model::record::Record;
use crate::model::{clinic, request};
use crate::say;

/// What can be edited: the rest has commands of its own.
const KEYS: [&str; 3] = ["patient", "clinic", "specialty"];

pub fn spec(kind: Kind, lang: Lang) -> Command {
    let flags = fields::flags(kind, lang);
    let flags = flags.into_iter().filter(|flag| KEYS.contains(&flag.get_id().as_str()));
    Command::new("edit")
        .after_help(help::examples(
            lang,
            &[
                (
                    r#"request edit k7m --clinic "поликлиника 2""#,
                    r#"request edit k7m --clinic "Clinic 2""#,
                ),
                ("request edit k7m", "request edit k7m"),
            ],
        ))
        .about(lang.of(
            "Сменить клинику, специальность или пациента; без флагов — в редакторе",
            "Change the clinic, specialty or patient; in the editor without flags",
        ))
        .arg(args::request_id(lang))
        .args(flags)
        .arg(args::take_over(lang))
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(Kind::Request)], |asked| act(app, kind, asked))
}

fn act(app: &App, kind: Kind, asked: &Asked) -> Result<Done> {
    let matches = &asked.matches;
    let name = args::need_request(matches)?;
    if KEYS.iter().all(|key| args::get(matches, key).is_none()) {
        return editor::edit(app, kind, name);
    }
    change(app, asked, |desk, record| {
        let typed = fields::typed(desk, kind, matches)?;
        let changes: Vec<_> =
            typed.into_iter().filter_map(|(field, value)| Some((field.key, value?))).collect();
        let after = |key: &str| {
            let new =
                changes.iter().find(|(k, _)| *k == key).and_then(|(_, value)| value.as_text());
            new.unwrap_or(record.shown(key)).to_owned()
        };
        let clinic = desk.library.get(Kind::Clinic, &after("clinic"));
        let specialty = desk.library.get(Kind::Specialty, &after("specialty"));
        if let (Some(clinic), Some(specialty)) = (&clinic, specialty) {
            life::offers(desk.library, clinic, &specialty)?;
        }
        let whats =
            desk.acting(args::is_set(matches, "take-over"), false).edit(record, &changes)?;
        let there = clinic::zone(clinic.as_deref(), desk.settings);
        if !whats.is_empty() {
            tell_clock(desk, record, there);
        }
        Ok(whats)
    })
}

/// The hours that the patient named were by the clock of the clinic before: what they are by that of
/// this one, where it is another.
fn tell_clock(desk: &Desk<'_>, record: &Record, there: Tz) {
    let sight = desk.app.sight(desk.library, desk.settings);
    let before = sight.clocked(record).ranges("patient_ranges");
    let after = request::by_clock(record, there).ranges("patient_ranges");
    let is_so = |(a, b): (&Range, &Range)| a.start.offset() == b.start.offset();
    if before.iter().zip(&after).all(is_so) {
        return;
    }
    let (times, id) = (sight.ranges(&after), life::short(&record.id));
    desk.app.output.warn(&say!(
        "У этой клиники другие часы. Удобное пациенту время теперь: {times}. Если пациент имел в виду другое: `appt request set-ranges {id} --patient …`.",
        "This clinic goes by another clock. The patient's times are now: {times}. If the patient meant others: `appt request set-ranges {id} --patient …`."
    ));
}
