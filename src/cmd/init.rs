//! `init`: a store with its first operator, as admin; a git repository unless told otherwise.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::app::App;
use crate::cmd::{Done, args, editors, help};
use crate::error::{Code, Error, Result};
use crate::format::{encode, layout};
use crate::git;
use crate::history::{self, Event, What};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::operator;
use crate::model::record::Record;
use crate::model::settings::{self, Settings};
use crate::model::value::{Value, Values};
use crate::output;
use crate::render::json as to_json;
use crate::say;
use crate::store::journal::{self, Step};
use crate::store::{LOCAL, disk};
use crate::words::passport::Format;
use crate::words::{slug, text};

/// What git leaves alone: what is local to one machine.
const IGNORED: &str = "/.appt/\n.appt-*.tmp\n";
/// How git treats records.
const ATTRIBUTES: &str = "*.toml text eol=lf merge=appt\n";
/// Where the clinics are, unless told otherwise.
const ZONE: &str = "Europe/Moscow";

pub fn spec(lang: Lang) -> Command {
    Command::new("init")
        .after_help(help::examples(
            lang,
            &[
                (
                    r#"init ~/appt --operator anna --name "Анна Смирнова""#,
                    r#"init ~/appt --operator anna --name "Anna Smirnova""#,
                ),
                (
                    "init --operator anna --timezone Asia/Omsk --no-git",
                    "init --operator anna --timezone Asia/Omsk --no-git",
                ),
            ],
        ))
        .about(lang.of("Создать папку с данными", "Make a data folder"))
        .arg(args::positional(
            lang,
            "dir",
            ("ПАПКА", "DIR"),
            ("где; без неё — здесь", "where; here without one"),
        ))
        .arg(args::flag(
            lang,
            "name",
            ("ИМЯ", "NAME"),
            ("имя первого оператора", "the first operator's name"),
        ))
        .arg(args::flag(
            lang,
            "timezone",
            ("ПОЯС", "ZONE"),
            ("часовой пояс: Europe/Moscow", "the time zone: Europe/Moscow"),
        ))
        .arg(args::switch(lang, "no-git", ("без git", "without git")))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let named = args::get(matches, "dir").map(PathBuf::from).or_else(|| app.globals.data.clone());
    let root = app.environment.cwd.join(named.unwrap_or_default());
    if disk::exists(&root, settings::FILE) {
        return Err(Error::refused(
            "store-exists",
            say!("Данные здесь уже есть.", "There are data here already."),
        )
        .hint(say!("Укажите другую папку.", "Name another folder.")));
    }
    let zone = args::get(matches, "timezone").unwrap_or(ZONE);
    let zone: Tz = zone.parse().map_err(|_| {
        Error::refused(
            "bad-value",
            say!("Нет часового пояса «{zone}».", "There is no time zone “{zone}”."),
        )
        .hint(say!("Пример: Europe/Moscow, Asia/Omsk.", "For example: Europe/Moscow, Asia/Omsk."))
    })?;
    let operator = first_operator(app, matches, zone)?;
    let steps = steps(app, zone, &operator);
    let with_git = !args::is_set(matches, "no-git");
    if !app.globals.dry_run {
        make(&root, &steps, with_git)?;
    }
    answer(app, &root, &operator, with_git)
}

/// The first operator: who is told, or whom git knows.
fn first_operator(app: &App, matches: &ArgMatches, zone: Tz) -> Result<Record> {
    let id = app.globals.operator.as_deref().or_else(|| app.environment.var("APPT_OPERATOR"));
    let id = id.ok_or_else(|| {
        args::missing_value(say!(
            "Не указан первый оператор: `--operator ID`, например `--operator anna`.",
            "No first operator given: `--operator ID`, such as `--operator anna`."
        ))
    })?;
    if !layout::is_id(Kind::Operator, id) {
        let near = slug::slug(id);
        return Err(Error::refused(
            "bad-id",
            say!("Не годится id оператора «{id}».", "“{id}” is no operator's id."),
        )
        .hint(say!("Например: `--operator {near}`.", "For example: `--operator {near}`.")));
    }
    let name = text::line(args::get(matches, "name").unwrap_or(id), 128)?;
    let mut values = Values::new().with("name", name).with("role", operator::ADMIN);
    if let Some(email) = git::user_email(&app.environment.cwd) {
        values.put("emails", Some(Value::List(vec![email.into()])));
    }
    let at = history::next_at(&[], app.now.with_timezone(&zone).fixed_offset());
    let what = What::First { source: None, values: values.clone() };
    let mut record = Record::new(Kind::Operator, id);
    record.values = values;
    record.history = vec![Event { at, by: id.to_owned(), what, tx: None, extra: Vec::new() }];
    Ok(record)
}

fn steps(app: &App, zone: Tz, operator: &Record) -> Vec<Step> {
    let key: String = (0..4).map(|_| format!("{:016x}", app.environment.random())).collect();
    // The language of the store is everybody's: it is set only where somebody chose one.
    let chosen = app.environment.args.iter().any(|arg| arg.to_string_lossy().starts_with("--lang"));
    let settings = Settings::initial(zone, chosen.then(|| app.lang()), &key);
    let file = |path: &str, text: &str| Step::new(path.to_owned(), None, Some(text.to_owned()));
    let mut steps = editors::schemas(Format::Ru, app.lang());
    steps.extend([
        file(".gitignore", IGNORED),
        file(".gitattributes", ATTRIBUTES),
        file(editors::FILE, &editors::config()),
        file(&layout::path(Kind::Operator, &operator.id), &encode::record(operator)),
        file(settings::FILE, &settings),
    ]);
    steps
}

fn make(root: &Path, steps: &[Step], with_git: bool) -> Result<()> {
    let failed = |error| {
        Error::io(&say!("создать папку", "make the folder"), &root.display().to_string(), &error)
    };
    disk::make_folders(Path::new("/"), root).map_err(failed)?;
    for step in steps {
        let path = &step.path;
        if disk::exists(root, path) {
            return Err(Error::new(
                Code::Refused,
                "file-exists",
                say!("Файл уже есть: {path}.", "The file is there already: {path}."),
            )
            .hint(say!("Выберите пустую папку.", "Choose an empty folder.")));
        }
    }
    disk::make_folders(root, &root.join(LOCAL)).map_err(failed)?;
    if with_git {
        git::init(root)?;
    }
    journal::write(root, steps)
}

fn answer(app: &App, root: &Path, operator: &Record, with_git: bool) -> Result<Done> {
    let (path, id) = (root.display().to_string(), &operator.id);
    if app.output.format != output::Format::Table {
        let object = json!({ "path": path, "operator": id, "git": with_git });
        app.output.print(&to_json::text(&object))?;
        return Ok(Done::Yes);
    }
    if app.globals.dry_run {
        let text = say!(
            "Создались бы данные: {path}. Ничего не изменено.",
            "Would make a data folder: {path}. Nothing was changed."
        );
        app.output.print(text.get(app.lang()))?;
        return Ok(Done::Yes);
    }
    let text = say!(
        "✓ Данные созданы: {path}. Администратор: {id}.\nДальше: заведите специальность и клинику:\n  appt specialty new --title Терапевт\n  appt clinic new --name … --address … --phone … --specialty terapevt",
        "✓ The data folder is made: {path}. Admin: {id}.\nNext: add a specialty and a clinic:\n  appt specialty new --title Therapist\n  appt clinic new --name … --address … --phone … --specialty therapist"
    );
    app.output.print(text.get(app.lang()))?;
    Ok(Done::Yes)
}
