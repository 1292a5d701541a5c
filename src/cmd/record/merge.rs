//! `patient merge A B`: two records of one person become one; the older one's id survives.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::ask::Ask;
use crate::cmd::{Done, answer, args, ask, help};
use crate::error::{Error, Result};
use crate::history::{Details, Mark, What};
use crate::i18n::{Lang, Text};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::say;
use crate::store::seal::{Edit, Plan};
use crate::words::{passport, phone};

pub fn spec(kind: Kind, lang: Lang) -> Command {
    debug_assert_eq!(kind, Kind::Patient);
    let help = ("id, паспорт или начало id", "an id, a passport, or an id's beginning");
    Command::new("merge")
        .after_help(help::examples_of(kind, lang, &[r#"merge {} "4512 998877""#]))
        .about(lang.of(
            "Объединить две записи одного человека; остаётся старшая",
            "Make two records of one person one; the older one stays",
        ))
        .arg(args::positional(lang, "a", ("ПАЦИЕНТ", "PATIENT"), help))
        .arg(args::positional(
            lang,
            "b",
            ("ДРУГАЯ", "OTHER"),
            ("другая запись того же человека, так же", "the other record of that person, as well"),
        ))
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let asks = [Ask::Named(kind, "a"), Ask::Named(kind, "b")];
    ask::and_run(app, matches, &asks, |asked| act(app, kind, &asked.matches))
}

fn act(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let missing = || say!("Укажите двух пациентов.", "Name two patients.");
    let names = [args::need(matches, "a", missing)?, args::need(matches, "b", missing)?];
    let (sealed, (stays, goes)) = app.write(|desk| {
        let (a, b) = (desk.find(kind, names[0])?, desk.find(kind, names[1])?);
        for record in [&a, &b] {
            not_merged(record)?;
        }
        if a.id == b.id {
            return Err(Error::refused(
                "same-record",
                say!("Это одна и та же запись.", "Both are one record."),
            ));
        }
        let older = (b.since(), &b.id) < (a.since(), &a.id);
        let (stays, goes) = if older { (b, a) } else { (a, b) };
        let mark = |id: &str| {
            What::Mark(Mark::Merged, Details { id: Some(id.to_owned()), ..Details::default() })
        };
        let edits = vec![
            Edit::change(
                &goes,
                vec![
                    mark(&stays.id),
                    What::set("merged_into", None, Some(stays.id.as_str().into())),
                ],
            ),
            Edit::change(&stays, vec![mark(&goes.id)]),
        ];
        Ok((Plan { edits, ..Plan::default() }, (stays, goes)))
    })?;
    if app.globals.dry_run {
        differences(&stays, &goes).iter().for_each(|line| app.output.note(line));
    }
    let lines = |lang: Lang| -> String {
        differences(&stays, &goes).iter().map(|line| format!("\n{}", line.get(lang))).collect()
    };
    let sentence = say!(lang;
        "Объединено: остаётся {}, запись {} ведёт к ней.{}\nВерно другое: `appt patient edit {}`. Вернуть две: `appt undo`.",
        "Merged: {} stays, {} leads to it.{}\nIf the other is right: `appt patient edit {}`. To have two again: `appt undo`.",
        stays.id,
        goes.id,
        lines(lang),
        stays.id);
    answer::written(app, kind, &stays.id, &sealed, &sentence)
}

/// What the two say otherwise, a line each: whose word counts from now on.
fn differences(stays: &Record, goes: &Record) -> Vec<Text> {
    let shown = |record: &Record, key: &str| match key {
        "passport" => passport::mask(record.shown(key)),
        "phone" => phone::show(record.shown(key)),
        _ => record.shown(key).to_owned(),
    };
    let differing = stays.kind.fields().iter().filter(|field| {
        let key = field.key;
        ["name", "passport", "phone"].contains(&key) && stays.text(key) != goes.text(key)
    });
    let line = |field: &Field| {
        let (kept, other) = (shown(stays, field.key), shown(goes, field.key));
        say!(lang;
            "{}: остаётся {}; в другой записи {}.",
            "{}: {} stays; the other record has {}.",
            field.title(lang), kept, other)
    };
    differing.map(line).collect()
}

/// What is said of a record that leads to another one counts for nothing: it is said of that one.
///
/// # Errors
/// `refused` where it is such a record.
pub fn not_merged(record: &Record) -> Result<()> {
    let Some(into) = record.text("merged_into") else { return Ok(()) };
    let id = &record.id;
    Err(Error::refused(
        "merged-already",
        say!("Запись {id} уже объединена с {into}.", "{id} is merged into {into} already."),
    )
    .hint(say!("Укажите {into}.", "Name {into}.")))
}
