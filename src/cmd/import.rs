//! `import`: the data of another system, all or nothing, in one transaction.

use std::mem;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use clap::{ArgMatches, Command};
use serde_json::{Map, Value as Json, json};

use crate::app::{App, Desk};
use crate::check::{self, Scene};
use crate::cmd::{Done, args, help};
use crate::error::{Error, Result};
use crate::i18n::{Lang, Text};
use crate::import::{self, Count, FORMATS, Layouts, Outcome, Planned, Whole, World, names};
use crate::life;
use crate::model::book::{Book as _, Nobody};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::output::Format;
use crate::query::twin;
use crate::render::json as to_json;
use crate::render::list::{List, Row};
use crate::store::disk::{self, Waiting};
use crate::store::seal::{Edit, Plan, Sealed};
use crate::words::{path, screen};
use crate::{say, tr};

/// So many requests are named in a warning.
const SHOWN: usize = 6;

/// The name that stands for standard input.
const STDIN: &str = "-";

pub fn spec(lang: Lang) -> Command {
    let headings = lang.of(
        "Заголовки таблицы заявок, по строке на столбец",
        "The headings of a table of requests, a line a column",
    );
    let known: Vec<String> = import::known(lang).iter().map(|line| format!("  {line}")).collect();
    let headings = format!("{headings}:\n{}", known.join("\n"));
    Command::new("import")
        .before_help(headings)
        .after_help(help::examples(
            lang,
            &[
                ("import csv requests.csv --dry-run", "import csv requests.csv --dry-run"),
                (
                    "import django-json dump.json --skip-invalid --rejects rejects.json",
                    "import django-json dump.json --skip-invalid --rejects rejects.json",
                ),
            ],
        )
)
        .about(lang.of("Перенести данные из другой системы", "Bring in data from elsewhere"))
        .arg(
            args::positional(lang, "format", ("ВИД", "FORMAT"), (
                    "csv — таблица, jsonl — что печатает `export jsonl`, django-json — старый сайт",
                    "csv: a spreadsheet; jsonl: what `export jsonl` prints; django-json: the old site",
                ))
                .value_parser(FORMATS.iter().map(|format| format.name).collect::<Vec<_>>()),
        )
        .arg(args::positional(
            lang,
            "file",
            ("ФАЙЛ", "FILE"),
            ("файл; `-` — стандартный ввод", "the file; `-` is standard input"),
        ))
        .arg(args::switch(
            lang,
            "skip-invalid",
            (
                "строки с ошибками пропустить, остальные перенести",
                "leave out the rows that break a rule, bring in the rest",
            ),
        ))
        .arg(args::flag(
            lang,
            "rejects",
            ("ФАЙЛ", "FILE"),
            (
                "куда записать пропущенные строки, чтобы исправить и перенести потом",
                "where to write the rows left out, to be mended and imported later",
            ),
        ))
}

/// The flags.
struct Wish<'m> {
    format: &'static import::Format,
    file: &'m str,
    skip: bool,
    rejects: Option<PathBuf>,
}

impl Wish<'_> {
    /// Whether a person keeps it by hand.
    fn is_table(&self) -> bool {
        self.format.name == import::TABLE
    }
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let wish = wish(app, matches)?;
    let text = read(app, &wish)?;
    let rows = (wish.format.read)(&Arc::new(text)).map_err(|error| placed(error, wish.file))?;
    let label = app.lang().of("Записываю", "Writing");
    let bar = app.output.bar(app.environment.stderr_is_terminal, label);
    if let Some(bar) = &bar {
        app.store()?.watch(bar.watcher());
    }
    let mut refused = None;
    let written = app.write(|desk| {
        let world =
            World { book: desk.library, settings: desk.settings, now: app.now, by: desk.by };
        let outcome = import::run(wish.format, rows, world);
        if !wish.skip && outcome.total().rejected > 0 {
            let error = invalid(outcome.total());
            refused = Some(outcome);
            return Err(error);
        }
        let waiting = prepare(desk, &wish, &outcome)?;
        let twins = if wish.is_table() { twins(desk, &outcome) } else { Vec::new() };
        let (plan, outcome) = plan(outcome);
        Ok((plan, (outcome, waiting, twins)))
    });
    drop(bar);
    let (sealed, (outcome, waiting, twins)) = match (written, refused) {
        (Err(error), Some(outcome)) => {
            list_rejected(app, &outcome)?;
            return Err(error);
        }
        (written, _) => written?,
    };
    if let Some(waiting) = waiting {
        let synced = waiting.take_place().and_then(|placed| placed.sync());
        synced.map_err(|error| unwritten(wish.rejects.as_deref(), &error))?;
    }
    let answer = answer(app, &wish, &outcome, &sealed);
    if app.output.format == Format::Table && wish.is_table() {
        say_unchanged(app, &outcome);
        say_twins(app, &twins);
        say_overdue(app, &sealed)?;
    }
    // The program ends: to let go of every row and record, one by one, takes a tenth of the time.
    mem::forget((outcome, sealed));
    answer
}

/// That a row which says otherwise than the record that it turned out to be changes nothing: who
/// edited a table in a spreadsheet expects it to.
fn say_unchanged(app: &App, outcome: &Outcome) {
    let Some(merge) = outcome.merges.iter().find(|merge| !merge.differs.is_empty()) else { return };
    let Some((code, id)) = merge.into.split_once('/') else { return };
    // A request goes its way step by step.
    let command = match code == Kind::Request.code() {
        true => say!("чем — скажет `appt request next {id}`", "`appt request next {id}` says how"),
        false => {
            say!("`appt {code} edit {id}` с нужным флагом", "`appt {code} edit {id}` with a flag")
        }
    };
    let Text { ru, en } = command;
    app.output.warn(&say!(
        "Перенос не меняет записанного раньше: где строка отличается, осталось прежнее. Изменить: {ru}.",
        "An import changes nothing that was recorded before: where a row differs, the record stays as it was. To change it: {en}."
    ));
}

fn wish<'m>(app: &App, matches: &'m ArgMatches) -> Result<Wish<'m>> {
    let name = args::need(matches, "format", || {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        let names = names.join(", ");
        say!(
            "Не указан вид: {names}. Например: `appt import csv patients.csv --dry-run`.",
            "No format given: {names}. For example: `appt import csv patients.csv --dry-run`."
        )
    })?;
    let file = args::need(matches, "file", || {
        say!(
            "Не указан файл. Например: `appt import {name} ФАЙЛ --dry-run`; `-` — стандартный ввод.",
            "No file given. For example: `appt import {name} FILE --dry-run`; `-` is standard input."
        )
    })?;
    let format = FORMATS.iter().find(|format| format.name == name);
    let format = format.expect("clap knows only the table's names");
    let skip = args::is_set(matches, "skip-invalid");
    let rejects = args::get(matches, "rejects").map(|path| app.environment.cwd.join(path));
    if let Some(path) = &rejects {
        if !skip {
            return Err(args::missing_value(say!(
                "`--rejects` нужен только вместе с `--skip-invalid`.",
                "`--rejects` goes with `--skip-invalid`."
            )));
        }
        if file != STDIN && disk::is_same_file(path, &app.environment.cwd.join(file)) {
            return Err(Error::usage(
                "arguments",
                say!(
                    "`--rejects` указывает на сам файл с данными.",
                    "`--rejects` names the very file that is imported."
                ),
            )
            .hint(say!("Укажите другой файл.", "Name another file.")));
        }
    }
    Ok(Wish { format, file, skip, rejects })
}

fn read(app: &App, wish: &Wish<'_>) -> Result<String> {
    let file = wish.file;
    let path = (file != STDIN).then(|| app.environment.cwd.join(file));
    let bytes = disk::read_input(path.as_deref())
        .map_err(|error| Error::io(&say!("прочитать", "read"), file, &error))?;
    (wish.format.text)(bytes).map_err(|error| placed(error, file))
}

/// The error with the file's name.
fn placed(error: Error, file: &str) -> Error {
    let (line, column) = error.place.as_ref().map_or((None, None), |p| (p.line, p.column));
    error.at(file, line, column)
}

fn invalid(total: Count) -> Error {
    let Count { rows, rejected, .. } = total;
    Error::refused(
        "invalid-rows",
        say!(
            "Строк с ошибками: {rejected} из {rows}. Ничего не записано.",
            "{rejected} of {rows} rows break a rule. Nothing was written."
        ),
    )
    .hint(say!(
        "Исправьте их или перенесите остальные: `--skip-invalid --rejects ФАЙЛ`.",
        "Mend them, or bring in the rest: `--skip-invalid --rejects FILE`."
    ))
}

/// The rejected rows, on disk beside the place that they take once the rest is written.
fn prepare(desk: &Desk<'_>, wish: &Wish<'_>, outcome: &Outcome) -> Result<Option<Waiting>> {
    let Some(path) = wish.rejects.as_ref().filter(|_| !desk.app.globals.dry_run) else {
        return Ok(None);
    };
    args::spare_store(desk.library.root(), path)?;
    disk::prepare(path.clone(), &outcome.rejects()).map(Some).map_err(|error| {
        let doing = say!("записать, ничего не изменено", "write, nothing has changed");
        Error::io(&doing, &path::shown(path), &error)
    })
}

fn unwritten(path: Option<&Path>, error: &std::io::Error) -> Error {
    let path = path.map_or_else(String::new, path::shown);
    let kind = error.kind();
    Error::store(
        "io",
        say!(
            "Данные перенесены, но пропущенные строки не записаны: {path} ({kind}).",
            "The data are in, but the rows left out could not be written: {path} ({kind})."
        ),
    )
    .hint(say!(
        "Повторите команду с другим `--rejects`: второй раз ничего не перенесётся.",
        "Repeat the command with another `--rejects`: nothing comes in twice."
    ))
}

fn plan(mut outcome: Outcome) -> (Plan, Outcome) {
    let edit = |Planned { kind, id, first, then, whole }: Planned| match (first, whole) {
        (_, Some(Whole { record, text })) => Edit::Take { record, text },
        (Some((source, values)), None) => {
            Edit::Create { kind, id, source: Some(source), values, then }
        }
        (None, None) => Edit::Change { kind, id, whats: then, text: None },
    };
    let edits = std::mem::take(&mut outcome.planned).into_iter().map(edit).collect();
    (Plan { edits, sound: outcome.sound.take(), ..Plan::default() }, outcome)
}

/// Every row that breaks a rule: the result of a refusal for a program, details for a person.
fn list_rejected(app: &App, outcome: &Outcome) -> Result<()> {
    if app.output.format == Format::Table {
        app.output.details(&rejected_lines(app, outcome)?);
        // The lines of a spreadsheet say what is wrong in words.
        if outcome.rejected().any(|(row, _)| !import::is_numbered(row)) {
            let broken = app.lang().of("Какие правила нарушены:", "The rules that are broken:");
            app.output.details(&format!("{broken}\n{}", by_rule(app.lang(), outcome)));
        }
        return Ok(());
    }
    let rows = outcome
        .rejected()
        .map(|(row, why)| {
            let object = [
                ("key", json!(row.key)),
                ("model", json!(row.model)),
                ("reasons", json!(names(why))),
            ];
            let object = object.map(|(key, value)| (key.to_owned(), value));
            Row { id: row.key.clone(), object: object.into_iter().collect(), cells: Vec::new() }
        })
        .collect();
    app.output.print(
        &List { columns: Vec::new(), csv: vec!["key", "model", "reasons"], rows }
            .text(&app.output, false),
    )
}

/// What is wrong with each row that breaks a rule.
fn rejected_lines(app: &App, outcome: &Outcome) -> Result<String> {
    let (mut layouts, lang) = (Layouts::default(), app.lang());
    let passport = app.settings()?.passport;
    let mut text = String::new();
    for (row, why) in outcome.rejected() {
        for line in import::lines(row, why, &mut layouts, passport, lang) {
            text.push_str(&format!("{}\n", screen::safe_line(&line)));
        }
    }
    Ok(text)
}

/// The rules that rows break: how many rows, and what the rule says.
fn by_rule(lang: Lang, outcome: &Outcome) -> String {
    let line = |(rule, count)| format!("  {rule}: {count}. {}\n", import::sentence(rule, lang));
    outcome.by_rule().into_iter().map(line).collect()
}

fn answer(app: &App, wish: &Wish<'_>, outcome: &Outcome, sealed: &Sealed) -> Result<Done> {
    let text = match app.output.format {
        Format::Json | Format::Jsonl => to_json::text(&outcome.summary()),
        Format::Csv => counts(app, outcome).text(&app.output, false),
        Format::Ids => sealed.records.iter().map(|record| format!("{}\n", record.id)).collect(),
        Format::Table => summary(app, outcome),
    };
    if !outcome.strange.is_empty() {
        let strange = outcome.strange.join(", ");
        app.output.warn(&say!(
            "Эти столбцы не перенесены, их заголовки неизвестны: {strange}. Известные: `appt import --help`.",
            "These columns stay behind, their headings are unknown: {strange}. The known ones: `appt import --help`."
        ));
    }
    let rejected = outcome.total().rejected;
    if app.output.format == Format::Table && rejected > 0 {
        app.output.details(&rejected_lines(app, outcome)?);
        if let Some(path) = &wish.rejects {
            let (path, name) = (path::shown(path), wish.format.name);
            let word = path::in_shell(&path);
            app.output.note(&match app.globals.dry_run {
                true => say!(
                    "Без `--dry-run` пропущенные строки будут здесь: {path}.",
                    "Without `--dry-run` the rows left out will be here: {path}."
                ),
                false => say!(
                    "Пропущенные строки: {path}. Исправьте их и перенесите: `appt import {name} {word}`.",
                    "The rows left out: {path}. Mend them and bring them in: `appt import {name} {word}`."
                ),
            });
        }
    }
    app.output.print(&text)?;
    Ok(Done::Yes)
}

/// The open requests that were here and ask for the same doctor in the same clinic as one that comes
/// in, for the same patient.
fn twins(desk: &Desk<'_>, outcome: &Outcome) -> Vec<String> {
    let twin = |planned: &Planned| {
        let (_, values) = planned.first.as_ref().filter(|_| planned.kind == Kind::Request)?;
        let patient = values.text("patient")?;
        desk.library.get(Kind::Patient, patient)?;
        let (clinic, specialty) = (values.text("clinic")?, values.text("specialty")?);
        Some(twin::of(desk.library, patient, clinic, specialty, None)?.id.clone())
    };
    outcome.planned.iter().filter_map(twin).collect()
}

fn say_twins(app: &App, twins: &[String]) {
    if twins.is_empty() {
        return;
    }
    let (count, numbers) = (twins.len(), numbers(twins.iter().map(String::as_str)));
    app.output.warn(&say!(
        "Открытая заявка того же пациента к тому же врачу уже была, таких: {count} ({numbers}). Не лишняя ли новая: `appt request show НОМЕР`.",
        "The patient had an open request for the same doctor already, such: {count} ({numbers}). Is the new one needed: `appt request show ID`."
    ));
}

/// A few requests by their numbers.
fn numbers<'i>(ids: impl ExactSizeIterator<Item = &'i str>) -> String {
    let more = if ids.len() > SHOWN { ", …" } else { "" };
    let shown: Vec<String> = ids.take(SHOWN).map(|id| format!("#{}", life::short(id))).collect();
    shown.join(", ") + more
}

/// A table comes in as it is, past times too: whoever takes it over is told whom to call first.
fn say_overdue(app: &App, sealed: &Sealed) -> Result<()> {
    let scene = Scene::new(&Nobody, app.settings()?, app.now);
    let is_overdue = |record: &&Rc<Record>| {
        !check::faults_of(&scene, record, &["overdue"], &|_| false).is_empty()
    };
    let overdue: Vec<_> = sealed.records.iter().filter(is_overdue).collect();
    if overdue.is_empty() {
        return Ok(());
    }
    let count = overdue.len();
    let numbers = numbers(overdue.iter().map(|record| record.id.as_str()));
    app.output.warn(&say!(
        "Время уже прошло, заявок: {count} ({numbers}). Позвоните пациентам; новое время: `appt request set-ranges НОМЕР --patient …`.",
        "The time is past, requests: {count} ({numbers}). Call the patients; new times: `appt request set-ranges ID --patient …`."
    ));
    Ok(())
}

/// What a person is told: the counts, the broken rules, what was made one.
fn summary(app: &App, outcome: &Outcome) -> String {
    let lang = app.lang();
    let mut text = counts(app, outcome).text(&app.output, false);
    if !outcome.by_rule().is_empty() {
        text.push_str(&tr!(
            lang,
            "\nПропущено, так как нарушены правила:\n",
            "\nLeft out, since rules are broken:\n"
        ));
    }
    text.push_str(&by_rule(lang, outcome));
    if !outcome.merges.is_empty() {
        text.push_str(&tr!(
            lang,
            "\nОдно и то же, и чем отличается:\n",
            "\nThe same, and what differs:\n"
        ));
    }
    for merge in &outcome.merges {
        let differs = match merge.differs.as_slice() {
            [] => lang.of("ничем", "nothing").to_owned(),
            keys => titles(merge.kind, keys, lang).join(", "),
        };
        let line = format!("  {} = {}: {differs}", merge.key, merge.into);
        text.push_str(&format!("{}\n", screen::safe_line(&line)));
    }
    text
}

/// What a person calls keys.
fn titles(kind: Kind, keys: &[&'static str], lang: Lang) -> Vec<&'static str> {
    keys.iter().map(|key| kind.field(key).map_or(*key, |field| field.title(lang))).collect()
}

/// What a person calls the rows of a model: «заявки»; the old site's tables by their names.
fn called(model: &str, lang: Lang) -> &str {
    Kind::from_code(model).map_or(model, |kind| kind.many(lang))
}

/// The counts of each model, and of all.
fn counts(app: &App, outcome: &Outcome) -> List {
    let lang = app.lang();
    let heads = [
        ("model", "Таблица", "Table"),
        ("rows", "Строк", "Rows"),
        ("imported", "Перенесено", "Imported"),
        ("merged", "Объединено", "Merged"),
        ("known", "Уже есть", "Known"),
        ("rejected", "Пропущено", "Left out"),
    ];
    let columns = heads.map(|(key, ru, en)| (key.to_owned(), lang.of(ru, en).to_owned())).to_vec();
    let row = |model: &str, name: &str, count: Count| {
        let mut object = Map::from_iter([("model".to_owned(), json!(model))]);
        let mut cells = vec![screen::safe_line(name).into_owned()];
        for (name, count) in count.columns() {
            object.insert(name.to_owned(), Json::from(count));
            cells.push(count.to_string());
        }
        Row { id: model.to_owned(), object, cells }
    };
    let mut rows: Vec<Row> = outcome
        .models()
        .into_iter()
        .map(|(model, count)| row(model, called(model, lang), count))
        .collect();
    if app.output.format == Format::Table {
        rows.push(row("", lang.of("всего", "total"), outcome.total()));
    }
    let csv = heads.map(|(key, _, _)| key).to_vec();
    List { columns, csv, rows }
}
