//! `init`: a store with its first operator, as admin; a git repository unless told otherwise. With
//! `--git-setup`: what a fresh clone of a store lacks, since git clones neither configuration nor
//! hooks.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use clap::{ArgMatches, Command};
use serde_json::json;

use crate::app::{self, App};
use crate::cmd::{Done, args, editors, help};
use crate::error::{Code, Error, Result};
use crate::format::{encode, layout};
use crate::git;
use crate::git::remote;
use crate::git::repository::Repository;
use crate::git::run::Git;
use crate::git::setup::{self, Hook, Part, Setup};
use crate::history::{self, Event, What};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::record::Record;
use crate::model::settings::{self, Settings};
use crate::model::value::{Value, Values};
use crate::output;
use crate::prompt::{self, Question};
use crate::render::json as to_json;
use crate::say;
use crate::store::journal::{self, Step};
use crate::store::lock::{Lock, Mode};
use crate::store::{Store, disk};
use crate::words::passport::Format;
use crate::words::{path, slug, text};

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
                ("init --git-setup", "init --git-setup"),
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
        .arg(
            args::switch(
                lang,
                "git-setup",
                (
                    "в клоне с данными: настроить слияние и проверку перед коммитом",
                    "in a clone of a store: set up merging and the check before a commit",
                ),
            )
            .conflicts_with_all(["no-git", "name", "timezone"]),
        )
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    if args::is_set(matches, "git-setup") {
        return git_setup(app, matches);
    }
    let named = args::get(matches, "dir").map(PathBuf::from).or_else(|| app.globals.data.clone());
    // `data/.` is `data`: the folder is made by its own name.
    let root: PathBuf = app.environment.cwd.join(named.unwrap_or_default()).components().collect();
    absent(&root)?;
    not_elsewhere(&root)?;
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
        make(app, &root, &steps, with_git)?;
    }
    answer(app, &root, &operator, with_git)
}

/// The first operator: who is told, or whom git knows.
fn first_operator(app: &App, matches: &ArgMatches, zone: Tz) -> Result<Record> {
    let id = app.globals.operator.as_deref().or_else(|| app.environment.var("APPT_OPERATOR"));
    let id = match id {
        Some(id) => operator_id(id)?,
        None => ask_operator(app)?,
    };
    let name = text::line(args::get(matches, "name").unwrap_or(&id), 128)?;
    let mut values = Values::new().with("name", name).with("role", Role::Admin.code());
    if let Some(email) = git::user_email(&app.environment.cwd) {
        values.put("emails", Some(Value::List(vec![email.into()])));
    }
    let at = history::next_at(&[], app.now.with_timezone(&zone).fixed_offset());
    let what = What::First { source: None, values: values.clone() };
    let mut record = Record::new(Kind::Operator, &id);
    record.values = values;
    record.history = vec![Event::new(at, id, what)];
    Ok(record)
}

fn operator_id(typed: &str) -> Result<String> {
    if layout::is_id(Kind::Operator, typed) {
        return Ok(typed.to_owned());
    }
    let near = slug::slug(typed);
    Err(Error::refused(
        "bad-id",
        say!("Не годится id оператора «{typed}».", "“{typed}” is no operator's id."),
    )
    .hint(say!("Например: `--operator {near}`.", "For example: `--operator {near}`.")))
}

/// Asks who the first operator is, where somebody can be asked.
fn ask_operator(app: &App) -> Result<String> {
    let lang = app.lang();
    let question = Question {
        lines: vec![
            lang.of(
                "Кто работает с данными первым? Короткое имя латиницей: anna",
                "Who works with the data first? A short name: anna",
            )
            .to_owned(),
        ],
        help: lang
            .of(
                "Это администратор: он заведёт клиники, специальности и других операторов.",
                "The admin, who adds clinics, specialties and the other operators.",
            )
            .to_owned(),
        ..Question::default()
    };
    let asked = match !app.globals.no_input {
        true => prompt::ask(app, &question, |typed| Ok(operator_id(&typed.to_lowercase())?))?,
        false => None,
    };
    asked.ok_or_else(|| {
        args::missing_value(say!(
            "Не указан первый оператор: `--operator ID`, например `--operator anna`.",
            "No first operator given: `--operator ID`, such as `--operator anna`."
        ))
    })
}

fn steps(app: &App, zone: Tz, operator: &Record) -> Vec<Step> {
    let key: String = (0..4).map(|_| format!("{:016x}", app.environment.random())).collect();
    // The language of the store is everybody's: it is set only where somebody chose one.
    let chosen = app.environment.args.iter().any(|arg| arg.to_string_lossy().starts_with("--lang"));
    let settings = Settings::initial(zone, chosen.then(|| app.lang()), &key);
    let file = |path: &str, text: &str| Step::new(path.to_owned(), None, Some(text.to_owned()));
    let mut steps = editors::schemas(Format::Ru, app.lang());
    steps.extend([
        file(setup::IGNORED, setup::LOCAL),
        file(setup::ATTRIBUTES, setup::RECORDS),
        file(editors::FILE, &editors::config()),
        file(&layout::path(Kind::Operator, &operator.id), &encode::record(operator)),
        file(settings::FILE, &settings),
    ]);
    steps
}

fn make(app: &App, root: &Path, steps: &[Step], with_git: bool) -> Result<()> {
    let failed =
        |error| Error::io(&say!("создать папку", "make the folder"), &path::shown(root), &error);
    disk::make_folders(Path::new("/"), root).map_err(failed)?;
    disk::close_empty(root).map_err(failed)?;
    // Before a lock is left in a folder that is none of ours.
    if !journal::is_pending(root) {
        vacant(root, steps)?;
    }
    let _alone = Lock::take(root, Mode::Exclusive, &app.patience())?;
    // An earlier one that was killed half-way is completed, and then there is a store, as there is
    // where another was faster.
    journal::recover(root)?;
    absent(root)?;
    vacant(root, steps)?;
    if with_git {
        git::init(root)?;
        let setup = setup::look(&Git::at(root), &app.environment.program())?;
        setup.carry_out()?;
        warn_of_hooks(app, &setup);
    }
    journal::write(root, steps)
}

/// Makes sure that there is no store yet.
fn absent(root: &Path) -> Result<()> {
    if !disk::exists(root, settings::FILE) {
        return Ok(());
    }
    let message = say!("Данные здесь уже есть.", "There are data here already.");
    let hint = say!("Укажите другую папку.", "Name another folder.");
    Err(Error::refused("store-exists", message).hint(hint))
}

/// Makes sure that it is no clone of a store, whose data are on another branch.
fn not_elsewhere(root: &Path) -> Result<()> {
    let Some(branch) = remote::store_elsewhere(&Git::at(root)) else { return Ok(()) };
    let message = say!(
        "Это клон: данные в нём уже есть, на ветке {branch}.",
        "This is a clone, and has data already, on the branch {branch}."
    );
    let hint = say!("Перейдите на неё: `git switch {branch}`.", "Go there: `git switch {branch}`.");
    Err(Error::refused("store-elsewhere", message).hint(hint))
}

/// Makes sure that nothing lies where the files of a new store go.
fn vacant(root: &Path, steps: &[Step]) -> Result<()> {
    let Some(Step { path, .. }) = steps.iter().find(|step| disk::exists(root, &step.path)) else {
        return Ok(());
    };
    Err(Error::new(
        Code::Refused,
        "file-exists",
        say!("Файл уже есть: {path}.", "The file is there already: {path}."),
    )
    .hint(say!("Выберите пустую папку.", "Choose an empty folder.")))
}

fn answer(app: &App, root: &Path, operator: &Record, with_git: bool) -> Result<Done> {
    let (path, id) = (path::shown(root), &operator.id);
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
    let mark = if app.output.ascii { "" } else { "✓ " };
    let made = say!(
        "{mark}Данные созданы: {path}. Администратор: {id}.",
        "{mark}The data folder is made: {path}. Admin: {id}."
    );
    app.output.print(made.get(app.lang()))?;
    let (there, here) = (path::tidy(root), path::tidy(&app.environment.cwd));
    let enter = match there.strip_prefix(&here) {
        Ok(below) if below.as_os_str().is_empty() => String::new(),
        Ok(below) => format!("  cd {}\n", path::in_shell(&path::shown(below))),
        Err(_) => format!("  cd {}\n", path::in_shell(&path)),
    };
    let next = say!(
        "Дальше: заведите специальность и клинику:\n{enter}  appt specialty new --title Терапевт\n  appt clinic new --name … --address … --phone … --specialty terapevt",
        "Next: add a specialty and a clinic:\n{enter}  appt specialty new --title Therapist\n  appt clinic new --name … --address … --phone … --specialty therapist"
    );
    if app.output.quiet {
        Ok(Done::Yes)
    } else {
        app.output.print(next.get(app.lang())).map(|()| Done::Yes)
    }
}

/// Sets up the clone that a store stands in: twice is once.
fn git_setup(app: &App, matches: &ArgMatches) -> Result<Done> {
    let named = args::get(matches, "dir").map(PathBuf::from).or_else(|| app.globals.data.clone());
    let store = app::open(&app.environment, named.as_deref(), app.patience())?;
    let repository = Repository::at(store.root())?;
    if repository.is_bare {
        return Err(Error::refused(
            "bare",
            say!(
                "Это репозиторий без рабочей папки: в нём нечего настраивать.",
                "This repository has no work tree: there is nothing to set up."
            ),
        ));
    }
    let setup = setup::look(repository.git(), &app.environment.program())?;
    // Git makes a clone's folder as it makes any other; this one holds patients' data.
    let folder = if disk::is_open_to_others(store.root()) { Part::Made } else { Part::There };
    if !app.globals.dry_run {
        setup.carry_out()?;
        if folder == Part::Made {
            let failed = |error| {
                let path = path::shown(store.root());
                Error::io(&say!("закрыть папку", "close the folder"), &path, &error)
            };
            disk::close(store.root()).map_err(failed)?;
        }
        // Another command may be at work in the clone, or may have been killed there.
        store.rewrite(false, |_| {
            let mut steps = schemas(app, &store)?;
            for (path, before, after) in setup.own_files()? {
                steps.push(Step::new(path.to_owned(), before.as_deref(), Some(after)));
            }
            Ok((steps, ()))
        })?;
    }
    warn_of_hooks(app, &setup);
    tell_setup(app, store.root(), &setup, folder)
}

/// What was set up, or would be; `folder` is what became of the folder's permissions.
fn tell_setup(app: &App, root: &Path, setup: &Setup, folder: Part) -> Result<Done> {
    let path = path::shown(root);
    if app.output.format != output::Format::Table {
        let (driver, attributes) = (setup.driver.code(), setup.attributes.code());
        let hook = |name| setup.hooks.iter().find(|h| h.name == name).map(|h| h.part.code());
        let object = json!({
            "path": path,
            "driver": driver,
            "hook": hook("pre-commit"),
            "merge_hook": hook("pre-merge-commit"),
            "attributes": attributes,
            "ignored": setup.ignored.code(),
            "folder": folder.code(),
        });
        app.output.print(&to_json::text(&object))?;
        return Ok(Done::Yes);
    }
    let hooks = setup.hooks.iter().map(|hook| hook.part).find(|part| *part == Part::Made);
    let parts = [
        (setup.driver, say!("слияние записей (.git/config)", "merging of records (.git/config)")),
        (
            hooks.unwrap_or(Part::There),
            say!("проверка перед коммитом (pre-commit)", "check before a commit (pre-commit)"),
        ),
        (
            setup.attributes,
            say!("правило для *.toml (.gitattributes)", "rule for *.toml (.gitattributes)"),
        ),
        (
            setup.ignored,
            say!("местные файлы без git (.gitignore)", "local files left out of git (.gitignore)"),
        ),
        (folder, say!("папка закрыта от посторонних", "folder closed to others")),
    ];
    let lang = app.lang();
    let made = parts.iter().filter(|(part, _)| *part == Part::Made);
    let made: Vec<&str> = made.map(|(_, what)| what.get(lang)).collect();
    let made = made.join(", ");
    let text = match (made.is_empty(), app.globals.dry_run) {
        (true, _) => say!("✓ Настраивать нечего: {path}.", "✓ Nothing is left to set up: {path}."),
        (false, true) => say!(
            "Настроилось бы: {made}. Ничего не изменено.",
            "Would set up: {made}. Nothing was changed."
        ),
        (false, false) => say!("✓ Настроено: {made}.", "✓ Set up: {made}."),
    };
    app.output.print(text.get(lang))?;
    Ok(Done::Yes)
}

/// The schemas that a clone lacks, or has from another version of the program.
fn schemas(app: &App, store: &Store) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for Step { path, after, .. } in editors::schemas(store.settings.passport, app.lang()) {
        let before = disk::read_any(store.root(), &path)
            .map_err(|error| Error::io(&say!("прочитать", "read"), &path, &error))?;
        if before != after {
            steps.push(Step::new(path, before.as_deref(), after));
        }
    }
    Ok(steps)
}

/// A hook of somebody else's stays; what it would have to say is told.
fn warn_of_hooks(app: &App, setup: &Setup) {
    for Hook { part, file, line, .. } in &setup.hooks {
        let file = file.display();
        match part {
            Part::There | Part::Made => {}
            Part::Foreign => app.output.warn(&say!(
                "Перед коммитом уже работает другая программа, она осталась: {file}. Чтобы данные проверялись, добавьте в неё строку: {line}",
                "Another program runs before a commit already, and stays: {file}. For the data to be checked, add this line to it: {line}"
            )),
            Part::Elsewhere => app.output.warn(&say!(
                "Программы для git лежат в своей папке (core.hooksPath), она не изменена. Чтобы данные проверялись, добавьте строку в {file}: {line}",
                "Git's hooks have a folder of their own (core.hooksPath), which stays as it is. For the data to be checked, add this line to {file}: {line}"
            )),
        }
    }
}
