//! `request edit`: another clinic, specialty or patient, while there is still time.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::ask::Ask;
use crate::cmd::record::editor;
use crate::cmd::{Done, args, ask, fields, help, request};
use crate::error::Result;
use crate::i18n::Lang;
use crate::life;
use crate::model::book::Book as _;
use crate::model::kind::Kind;

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
    ask::and_run(app, matches, &[Ask::Record(Kind::Request)], |asked| {
        act(app, kind, &asked.matches)
    })
}

fn act(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let name = args::need_request(matches)?;
    if KEYS.iter().all(|key| args::get(matches, key).is_none()) {
        return editor::edit(app, kind, name);
    }
    request::change(app, matches, |desk, record| {
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
        if let (Some(clinic), Some(specialty)) = (clinic, specialty) {
            life::offers(desk.library, &clinic, &specialty)?;
        }
        desk.acting(args::is_set(matches, "take-over"), false).edit(record, &changes)
    })
}
