//! `resolve`: settles what a merge could not, by a choice that the history keeps. Where git merged
//! without the merge driver, it first puts right what git left of the records ([`repair`]).
//!
//! A settlement is no part of a call: it needs no `--take-over`.

mod choose;
mod repair;
mod words;

use std::rc::Rc;

use clap::{ArgMatches, Command};
use serde_json::{Map, Value as Json, json};

use crate::app::{App, Desk};
use crate::cmd::record::remove;
use crate::cmd::{Done, answer, args, help, log};
use crate::error::{Code, Error, Result, rule};
use crate::format::{edit, encode};
use crate::git::repository::Repository;
use crate::i18n::{Lang, Text};
use crate::life;
use crate::life::settle::{self, Change, Point, Settling, Way};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::output::Format;
use crate::render::cell::Sight;
use crate::render::json;
use crate::render::list::{List, Row};
use crate::say;
use crate::store::disk;
use crate::store::seal::{Edit, Plan, Sealed};
use crate::words::screen;

pub fn spec(lang: Lang) -> Command {
    Command::new("resolve")
        .after_help(help::examples(
            lang,
            &[
                ("resolve", "resolve"),
                ("resolve k7m --key clinic --take 2", "resolve k7m --key clinic --take 2"),
            ],
        ))
        .about(lang.of(
            "Разобрать расхождения: что записали по-разному в двух копиях, и что из этого верно",
            "Settle conflicts: what two copies recorded differently, and which of it holds",
        ))
        .arg(args::positional(
            lang,
            "id",
            ("ЗАПИСЬ", "RECORD"),
            (
                "заявка, пациент, клиника…; если одного имени мало: clinic/ID",
                "a request, patient, clinic…; where a name is not enough: clinic/ID",
            ),
        ))
        .arg(args::flag(
            lang,
            "key",
            ("КЛЮЧ", "KEY"),
            ("какое расхождение, если их несколько", "which conflict, where there are several"),
        ))
        .arg(args::flag(
            lang,
            "take",
            ("НОМЕР", "N"),
            ("взять вариант с этим номером в списке", "take the choice of this number in the list"),
        ))
        .arg(args::switch(
            lang,
            "keep",
            (
                "оставить то, что стоит в записи (вариант 1)",
                "keep what stands in the record (choice 1)",
            ),
        ))
        .arg(args::switch(
            lang,
            "all",
            ("во всех записях; вместе с --keep", "in all records; together with --keep"),
        ))
}

/// Which way of which key was chosen on the command line.
enum Choice {
    /// None: they are listed, or asked about.
    Open,
    /// The first of each.
    Keep,
    /// The one of this number.
    Take(usize),
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let choice = match (args::is_set(matches, "keep"), args::number(matches, "take")?) {
        (true, Some(_)) => {
            return Err(usage(say!(
                "`--keep` или `--take`, не оба.",
                "`--keep` or `--take`, not both."
            )));
        }
        (true, None) => Choice::Keep,
        (false, Some(number)) => Choice::Take(number),
        (false, None) => Choice::Open,
    };
    let (all, named) = (args::is_set(matches, "all"), args::get(matches, "id"));
    let key = args::get(matches, "key");
    let fits = match (&choice, named) {
        (_, Some(_)) => !all,
        (Choice::Keep, None) => all,
        (Choice::Open, None) => !all && key.is_none(),
        (Choice::Take(_), None) => false,
    };
    if !fits {
        return Err(usage(say!(
            "Назовите запись: `appt resolve ID --take N`; во всех сразу можно только `--all --keep`.",
            "Name the record: `appt resolve ID --take N`; all at once take only `--all --keep`."
        )));
    }
    let repaired = put_right(app)?;
    match (named, choice) {
        (Some(name), Choice::Open) => one(app, name, key).map(|done| done.and(repaired)),
        (None, Choice::Open) => list(app, repaired).map(|done| done.and(repaired)),
        (_, choice) => settle_by_flags(app, named, key, &choice).map(|done| done.and(repaired)),
    }
}

impl Done {
    fn and(self, other: Done) -> Done {
        if other == Done::No { Done::No } else { self }
    }
}

fn usage(message: Text) -> Error {
    Error::usage("usage", message)
}

/// Puts right what git left of the records; `No` where something is left to the person.
fn put_right(app: &App) -> Result<Done> {
    let root = app.store()?.root();
    let opened = disk::exists(root, ".git").then(|| Repository::at(root));
    let repository = match opened.transpose() {
        Err(error) if error.code == Code::Refused || error.is(rule::NO_GIT) => None,
        opened => opened?,
    };
    let Some(repository) = repository else {
        let left = repair::without_git(root);
        return Ok(say_left(app, &left));
    };
    let repaired = repair::repair(app, &repository)?;
    let done = say_left(app, &repaired.left);
    if !repaired.merged.is_empty() {
        let paths = repaired.merged.join("\n  ");
        app.output.note(&match (app.globals.dry_run, repaired.finish) {
            (true, _) => say!("Слилось бы:\n  {paths}", "Would be merged:\n  {paths}"),
            (false, Some("git commit --no-edit")) => say!(
                "Слито по истории записей, ничего не потеряно:\n  {paths}\nЗавершите слияние: `git commit --no-edit` или `appt sync`.",
                "Merged by the records' histories, nothing is lost:\n  {paths}\nConclude the merge: `git commit --no-edit`, or `appt sync`."
            ),
            (false, Some(command)) => say!(
                "Слито по истории записей, ничего не потеряно:\n  {paths}\nЗавершите начатое в git: `{command}`, затем `appt sync`.",
                "Merged by the records' histories, nothing is lost:\n  {paths}\nFinish what git began: `{command}`, then `appt sync`."
            ),
            (false, None) if repaired.is_under_way => say!(
                "Слито по истории записей, ничего не потеряно:\n  {paths}\nЗапишите это: `appt sync`.",
                "Merged by the records' histories, nothing is lost:\n  {paths}\nCommit that: `appt sync`."
            ),
            (false, None) => say!(
                "Метки git убраны, обе стороны слиты:\n  {paths}\nЗапишите это: `appt sync`, или `git commit`.",
                "Git's markers are gone, both sides are merged:\n  {paths}\nCommit that: `appt sync`, or `git commit`."
            ),
        });
    }
    Ok(done)
}

/// Says what is left to a person; `No` where anything is.
fn say_left(app: &App, left: &[Text]) -> Done {
    left.iter().for_each(|text| app.output.warn(text));
    if left.is_empty() { Done::Yes } else { Done::No }
}

/// All records in conflict.
fn open(sight: &Sight<'_>) -> Vec<Rc<Record>> {
    let all = Kind::ALL.into_iter().rev().flat_map(|kind| sight.book.all(kind));
    all.filter(|record| !record.conflicts.is_empty()).collect()
}

/// Lists what is in conflict; on a terminal, asks about each.
fn list(app: &App, repaired: Done) -> Result<Done> {
    let (text, records) = app.read(|sight| {
        let records = open(sight);
        Ok((listing(app, sight, &records), records))
    })?;
    let asks = app.output.format == Format::Table && !app.globals.no_input && !app.globals.dry_run;
    if asks && repaired == Done::Yes && !records.is_empty() {
        // The questions show what the table would.
        return choose::through(app, &choose::all_of(&records));
    }
    app.output.print(&text)?;
    if records.is_empty() {
        if repaired == Done::Yes {
            app.output.note(&say!("Расхождений нет.", "There are no conflicts."));
        }
        return Ok(Done::Yes);
    }
    if records.iter().any(|r| words::is_masked(app, r.kind, &settle::points(r))) {
        app.output.note(&revealed());
    }
    app.output.note(&say!(
        "Разобрать: `appt resolve ID --key КЛЮЧ --take N`, или оставить что есть: `appt resolve ID --keep`.",
        "To settle one: `appt resolve ID --key KEY --take N`, or keep what stands: `appt resolve ID --keep`."
    ));
    Ok(Done::Yes)
}

/// Asks about one record; without a terminal it says what the flags are.
fn one(app: &App, name: &str, key: Option<&str>) -> Result<Done> {
    let (text, record, points) = app.read(|sight| {
        let record = log::any(sight, name)?;
        let points = points(&record, key)?;
        Ok((listing(app, sight, std::slice::from_ref(&record)), record, points))
    })?;
    if points.is_empty() {
        return nothing(app, &record);
    }
    if app.globals.no_input || app.globals.dry_run {
        app.output.details(&text);
        return Err(args::missing_value(say!(
            "Не указано, что верно: `--keep` или `--take N`.",
            "Which of them holds is not given: `--keep` or `--take N`."
        )));
    }
    choose::through(app, &choose::points_of(&record, &points))
}

/// How a number that is masked is seen whole.
fn revealed() -> Text {
    say!("Паспорта целиком: `--reveal`.", "Passports in full: `--reveal`.")
}

fn nothing(app: &App, record: &Record) -> Result<Done> {
    let id = name(record);
    app.output.note(&say!("Расхождений нет: {id}.", "There is no conflict: {id}."));
    let cards = match record.kind {
        Kind::Patient => app.read(|sight| Ok(sight.book.cards(&record.id)))?,
        _ => Vec::new(),
    };
    for card in cards.iter().filter(|card| !card.conflicts.is_empty()) {
        let id = &card.id;
        app.output.note(&say!(
            "Есть у карточки, которую с ней объединили: `appt resolve patient/{id}`.",
            "A card that was merged into it has one: `appt resolve patient/{id}`."
        ));
    }
    Ok(Done::Yes)
}

/// The points of a record, or the one of a key.
fn points(record: &Record, key: Option<&str>) -> Result<Vec<Point>> {
    let mut points = settle::points(record);
    let Some(key) = key.filter(|_| !points.is_empty()) else { return Ok(points) };
    let keys: Vec<String> = points.iter().map(|point| point.key.clone()).collect();
    points.retain(|point| words::is_meant(record.kind, &point.key, key));
    if points.is_empty() {
        let keys = keys.join(", ");
        return Err(Error::new(
            Code::NotFound,
            "no-such-conflict",
            say!("По ключу `{key}` расхождения нет.", "`{key}` is not in conflict."),
        )
        .hint(say!("Есть: {keys}.", "There are: {keys}.")));
    }
    Ok(points)
}

fn settle_by_flags(
    app: &App,
    named: Option<&str>,
    key: Option<&str>,
    choice: &Choice,
) -> Result<Done> {
    let written = app.write(|desk| {
        let sight = app.sight(desk.library, desk.settings);
        let records = match named {
            Some(name) => vec![log::any(&sight, name)?],
            None => open(&sight),
        };
        let mut settling = Settling::default();
        for record in &records {
            let points = points(record, key)?;
            if let (Choice::Take(_), [_, _, ..]) = (choice, points.as_slice()) {
                return Err(several(&points));
            }
            for point in &points {
                let way = picked(point, choice)?;
                add(desk, record, &point.key, way, &mut settling)?;
            }
        }
        let Settling { changes, warnings } = settling;
        Ok((Plan { edits: edits(desk, changes)?, warnings, ..Plan::default() }, records))
    })?;
    let (sealed, records) = written;
    match records.as_slice() {
        [record] if record.conflicts.is_empty() => nothing(app, record),
        [record] => settled(app, record, &sealed),
        records => {
            let count = records.len();
            let text = app.read(|sight| Ok(listing(app, sight, &[])))?;
            app.output.print(&text)?;
            app.output.note(&say!("Разобрано записей: {count}.", "Records settled: {count}."));
            Ok(Done::Yes)
        }
    }
}

fn several(points: &[Point]) -> Error {
    let keys: Vec<&str> = points.iter().map(|point| point.key.as_str()).collect();
    let keys = keys.join(", ");
    args::missing_value(say!(
        "Расхождений несколько, укажите ключ: `--key` ({keys}).",
        "There are several conflicts, name the key: `--key` ({keys})."
    ))
}

fn picked<'p>(point: &'p Point, choice: &Choice) -> Result<&'p Way> {
    let number = if let Choice::Take(number) = choice { *number } else { 1 };
    let count = point.ways.len();
    number.checked_sub(1).and_then(|at| point.ways.get(at)).ok_or_else(|| {
        Error::new(
            Code::NotFound,
            "no-such-choice",
            say!(
                "Варианта {number} нет: от 1 до {count}.",
                "There is no choice {number}: 1 to {count}."
            ),
        )
        .hint(say!("Варианты: `appt resolve`.", "The choices: `appt resolve`."))
    })
}

/// Adds what a way does to what is planned already: each record changes once.
fn add(
    desk: &Desk<'_>,
    record: &Rc<Record>,
    key: &str,
    way: &Way,
    settling: &mut Settling,
) -> Result<()> {
    desk.permit(record.kind)?;
    let Settling { changes, warnings } = settle::settle(desk.library, desk.by, record, key, way)?;
    settling.warnings.extend(warnings);
    for change in changes {
        let same = settling.changes.iter_mut().find_map(|known| match (known, &change) {
            (Change::Whats(a, whats), Change::Whats(b, _)) if a.kind == b.kind && a.id == b.id => {
                Some(whats)
            }
            _ => None,
        });
        match (same, change) {
            (Some(whats), Change::Whats(_, more)) => whats.extend(more),
            (_, change) => settling.changes.push(change),
        }
    }
    Ok(())
}

fn unreadable(id: &str) -> Error {
    Error::store("syntax", say!("Файл записи {id} не читается.", "The file of {id} can't be read."))
        .hint(say!("Что исправить: `appt check`.", "What to mend: `appt check`."))
}

fn edits(desk: &Desk<'_>, changes: Vec<Change>) -> Result<Vec<Edit>> {
    let mut edits = Vec::new();
    for change in changes {
        edits.push(match change {
            Change::Whats(record, whats) => Edit::change(&record, whats),
            Change::Unknown(record, whats, key, value) => {
                let (kind, id) = (record.kind, record.id.clone());
                let document = desk.library.document(kind, &id);
                let text = match document.map(|d| edit::unknown(kind, &d.text, &key, &value)) {
                    Some(Err(_)) => return Err(unreadable(&id)),
                    text => text.and_then(std::result::Result::ok),
                };
                Edit::Change { kind, id, whats, text }
            }
            Change::Remove(record) => {
                remove::unreferenced(desk, &record, &[])?;
                if record.kind == Kind::Operator {
                    remove::another_admin(desk, &record)?;
                    if remove::acted(desk, &record.id, &[]) {
                        return Err(acted(&record.id));
                    }
                }
                Edit::Remove { kind: record.kind, id: record.id.clone() }
            }
        });
    }
    Ok(edits)
}

fn acted(id: &str) -> Error {
    Error::refused(
        "referenced",
        say!("Оператор {id} есть в истории записей.", "Operator {id} appears in history."),
    )
    .hint(say!(
        "Оставьте его (`--keep`), затем `appt operator remove {id}`: он останется неактивным.",
        "Keep them (`--keep`), then `appt operator remove {id}`: they stay, inactive."
    ))
}

/// Says what became of a record.
fn settled(app: &App, record: &Rc<Record>, sealed: &Sealed) -> Result<Done> {
    let id = name(record);
    let removed = sealed.steps.first().is_some_and(|step| step.after.is_none());
    let left = sealed.records.first().map_or(0, |record| record.conflicts.len());
    if removed && app.output.format == Format::Table {
        let sentence = match app.globals.dry_run {
            true => say!("Удалилось бы: {id}.", "Would be removed: {id}."),
            false => say!("Удалено: {id}.", "Removed: {id}."),
        };
        return app.output.print(sentence.get(app.lang())).map(|()| Done::Yes);
    }
    let after = sealed.records.first().unwrap_or(record);
    let store = app.store()?;
    let holds =
        store.glance(|library| words::outcome(&app.sight(library, &store.settings), record, after));
    let sentence = match left {
        0 => say!(
            "{id}: расхождение разобрано — {holds}.",
            "{id}: the conflict is settled – {holds}."
        ),
        _ => say!(
            "{id}: разобрано — {holds}. Осталось расхождений: {left}.",
            "{id}: settled – {holds}. Conflicts left: {left}."
        ),
    };
    answer::written(app, record.kind, &record.id, sealed, &sentence)
}

fn name(record: &Record) -> &str {
    match record.kind {
        Kind::Request => life::short(&record.id),
        _ => &record.id,
    }
}

/// The ways to settle each conflict of some records, in the format that was asked for.
fn listing(app: &App, sight: &Sight<'_>, records: &[Rc<Record>]) -> String {
    let mut rows: Vec<Row> = Vec::new();
    for record in records {
        for point in settle::points(record) {
            for (at, way) in point.ways.iter().enumerate() {
                rows.push(row(sight, record, &point, at + 1, way));
            }
        }
    }
    if app.output.format == Format::Ids {
        rows.dedup_by(|a, b| a.id == b.id);
    }
    let heads = [
        ("id", "Запись", "Record"),
        ("key", "Ключ", "Key"),
        ("take", "Вариант", "Choice"),
        ("value", "Что верно", "What holds"),
        ("by", "Кто", "Who"),
        ("at", "Когда", "When"),
    ];
    let lang = sight.lang;
    let columns = heads.map(|(key, ru, en)| (key.to_owned(), lang.of(ru, en).to_owned())).to_vec();
    let csv = vec!["kind", "id", "key", "take", "deed", "value", "by", "at", "reason"];
    List { columns, csv, rows }.text(&app.output, false)
}

fn row(sight: &Sight<'_>, record: &Record, point: &Point, number: usize, way: &Way) -> Row {
    let mut object: Map<String, Json> = Map::new();
    let pairs = [
        ("kind", json!(record.kind.code())),
        ("id", json!(record.id)),
        ("key", json!(point.key)),
        ("take", json!(number)),
        ("deed", json!(way.deed.code())),
        ("value", json!(way.value.as_ref().map(json::value))),
        ("by", json!(way.by)),
        ("at", json!(way.at.map(encode::stamp))),
        ("reason", json!(way.reason)),
    ];
    object.extend(pairs.map(|(key, value)| (key.to_owned(), value)));
    let what = match record.kind {
        Kind::Request => life::short(&record.id).to_owned(),
        kind => format!("{}/{}", kind.code(), record.id),
    };
    let cells = [
        what,
        words::title(record.kind, &point.key, sight.lang).to_owned(),
        number.to_string(),
        words::way(sight, record, point, way),
        way.by.as_ref().map_or_else(String::new, |by| sight.title(Kind::Operator, by)),
        words::when(sight, way),
    ];
    let cells = cells.iter().map(|cell| screen::safe_line(cell).into_owned()).collect();
    Row { id: record.id.clone(), object, cells }
}
