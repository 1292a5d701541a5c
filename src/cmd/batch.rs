//! `batch`: commands as lines of JSON, in one transaction: for scripts that would otherwise start the
//! program a thousand times.
//!
//! A line is `["request", "new", "--passport", …]`, the words of a command line after `appt`, or
//! `{"args": […]}` with the same words. Its answer is a line, `{"line": 1, "ok": true, "result": …, "warnings": […]}` or
//! `{"line": 1, "ok": false, "error": {…}}`. Each command sees what those before it did; one that
//! fails keeps all of them from being written, and the rest are tried all the same, so that one run
//! tells everything that is wrong.

use std::ffi::OsString;
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use serde_json::{Map, Value as Json, json};

use crate::app::{App, Globals};
use crate::cmd::{self, Done, KINDS, args, help, misuse};
use crate::error::{Error, Result, place_of_json};
use crate::i18n::Lang;
use crate::output::{self, Format, Kept, Output};
use crate::render::json as to_json;
use crate::say;
use crate::store::{Store, disk};
use crate::words::quoted;

/// The name that stands for standard input.
const STDIN: &str = "-";
/// What a line may say beside the commands of the five kinds: what answers from the records.
const LOOKS: [&str; 3] = ["queue", "agenda", "log"];
/// The flags that are the batch's own, not a line's.
const OWN: [&str; 5] = ["data", "output", "dry-run", "lock-timeout", "lang"];

/// What a line looks like.
const EXAMPLE: &str = r#"["request", "set-status", "k7m", "in-progress"]"#;

pub fn spec(lang: Lang) -> Command {
    Command::new("batch")
        .after_help(help::examples(
            lang,
            &[("batch commands.jsonl --dry-run", "batch commands.jsonl --dry-run")],
        ))
        .about(lang.of(
            "Выполнить много команд разом: все или ни одной",
            "Run many commands at once: all or none",
        ))
        .arg(args::positional(
            lang,
            "file",
            ("ФАЙЛ", "FILE"),
            (
                r#"команды, по одной в строке, список слов в JSON: `["request", "show", "k7m"]` (или `{"args": […]}`); `-` — стандартный ввод"#,
                r#"the commands, one a line, a JSON list of words: `["request", "show", "k7m"]` (or `{"args": […]}`); `-` is standard input"#,
            ),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let file = args::need(matches, "file", || {
        say!(
            "Не указан файл. Например: `appt batch commands.jsonl`; `-` — стандартный ввод.",
            "No file given. For example: `appt batch commands.jsonl`; `-` is standard input."
        )
    })?;
    // Whoever writes the commands may think as long as they like: there is no lock yet.
    let text = read(app, file)?;
    let label = app.lang().of("Записываю", "Writing");
    let bar = app.output.bar(app.environment.stderr_is_terminal, label);
    if let Some(bar) = &bar {
        app.store()?.watch(bar.watcher());
    }
    let mut failed: Option<(usize, Error)> = None;
    let mut answers: Vec<Answer> = Vec::new();
    let done = app.store()?.batch(app.globals.dry_run, |store| {
        let mut clerk = Clerk::new(app, store)?;
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let now = clerk.next_moment(store)?;
            let (result, kept) = output::kept(|| {
                let (words, globals) = clerk.read(line).map_err(|e| placed(e, file, at + 1))?;
                let app = app.within(store.clone(), globals, clerk.output, now);
                cmd::dispatch(&app, &words)
            });
            if let (Err(error), None) = (&result, &failed) {
                failed = Some((at + 1, error.clone()));
            }
            answers.push(Answer { line: at + 1, error: result.err(), kept });
        }
        failed.take().map_or(Ok(()), |(line, error)| Err(summed_up(&answers, file, line, error)))
    });
    drop(bar);
    let lines = answers.iter().map(|answer| answer.text(app.lang()));
    let lines: String = lines.collect();
    // What failed at the end failed for all: no line may say that it is done.
    if answers.iter().any(Answer::is_bad) || done.is_ok() {
        app.output.print(&lines)?;
    }
    done?;
    if app.globals.dry_run {
        app.output
            .note(&say!("Пробный запуск: ничего не изменено.", "A dry run: nothing was changed."));
    }
    Ok(Done::Yes)
}

fn read(app: &App, file: &str) -> Result<String> {
    let path = (file != STDIN).then(|| app.environment.cwd.join(file));
    let bytes = disk::read_input(path.as_deref())
        .map_err(|error| Error::io(&say!("прочитать", "read"), file, &error))?;
    crate::import::utf8(bytes).map_err(|error| error.at(file, None, None))
}

/// Reads lines as commands.
struct Clerk<'a> {
    app: &'a App,
    tree: Command,
    /// Who acts where a line names nobody.
    by: String,
    output: Output,
    last: Option<DateTime<Utc>>,
}

impl Clerk<'_> {
    fn new<'a>(app: &'a App, store: &Rc<Store>) -> Result<Clerk<'a>> {
        let output = Output { format: Format::Json, color: false, width: None, ..app.output };
        let within = app.within(store.clone(), app.globals.clone(), output, app.now);
        let by = within.read(|sight| Ok(within.operator(sight.book)?.id.clone()))?;
        Ok(Clerk { app, tree: cmd::tree(app.lang()), by, output, last: None })
    }

    /// The present, and later than everything before it: the events of each command have a time of
    /// their own, which `tx` names them by.
    fn next_moment(&mut self, store: &Store) -> Result<DateTime<Utc>> {
        let now = store.moment(self.app.environment.now()?);
        let now = self.last.map_or(now, |last| now.max(last + TimeDelta::milliseconds(1)));
        self.last = Some(now);
        Ok(now)
    }

    fn read(&mut self, line: &str) -> Result<(ArgMatches, Globals)> {
        let words = std::iter::once("appt".to_owned()).chain(words(line)?);
        let words: Vec<OsString> = words.map(OsString::from).collect();
        let matches = self
            .tree
            .try_get_matches_from_mut(&words)
            .map_err(|error| misuse::translate(&error, &words))?;
        let name = matches.subcommand_name().unwrap_or_default();
        if !LOOKS.contains(&name) && !KINDS.iter().any(|kind| kind.code() == name) {
            return Err(not_here(name));
        }
        let inner = innermost(&matches);
        let given = |flag: &&&str| {
            matches!(inner.try_get_raw(flag), Ok(Some(_)))
                && inner.value_source(flag) == Some(ValueSource::CommandLine)
        };
        if let Some(flag) = OWN.iter().find(given) {
            return Err(Error::usage(
                "arguments",
                say!(
                    "`--{flag}` ставят у самого `appt batch`, а не в строке.",
                    "`--{flag}` goes with `appt batch` itself, not with a line."
                ),
            ));
        }
        let by = args::get(inner, "operator").unwrap_or(&self.by).to_owned();
        let globals = Globals {
            operator: Some(by),
            dry_run: false,
            no_input: true,
            ..self.app.globals.clone()
        };
        Ok((matches, globals))
    }
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| innermost(inner))
}

/// An error of a line with the file and the line; a column that it has stays.
fn placed(error: Error, file: &str, line: usize) -> Error {
    let column = error.place.as_ref().and_then(|place| place.column);
    error.at(file, Some(line), column)
}

/// The words of a line.
fn words(line: &str) -> Result<Vec<String>> {
    let wrong = |message| {
        Error::usage("batch-line", message)
            .hint(say!("Нужно так: {EXAMPLE}", "It looks like this: {EXAMPLE}"))
    };
    let no_list = || {
        wrong(say!(
            "Это не команда: нужен список слов в JSON.",
            "No command: it takes a JSON list of words."
        ))
    };
    let read = serde_json::from_str(line).map_err(|error| {
        let (_, column) = place_of_json(line, &error);
        wrong(say!(
            "Это не JSON: столбец {column}. Нужен список слов.",
            "This is no JSON: column {column}. It takes a list of words."
        ))
        .at("", None, Some(column))
    })?;
    let list = match read {
        Json::Array(list) => list,
        Json::Object(mut object) => {
            let list = object.remove("args");
            if let Some((key, _)) = object.iter().next() {
                let key = quoted(key);
                return Err(wrong(say!(
                    "Неизвестный ключ: «{key}». Есть один, `args`.",
                    "An unknown key: “{key}”. There is one, `args`."
                )));
            }
            match list {
                Some(Json::Array(list)) => list,
                _ => return Err(no_list()),
            }
        }
        _ => return Err(no_list()),
    };
    let mut words = Vec::new();
    for (at, word) in list.into_iter().enumerate() {
        let Json::String(word) = word else {
            let number = at + 1;
            return Err(wrong(say!(
                "Слово {number} — не текст: числа тоже пишут в кавычках.",
                "Word {number} is no text: numbers go in quotes, too."
            )));
        };
        words.push(word);
    }
    match words.first().map(String::as_str) {
        None => Err(no_list()),
        Some("appt") => {
            let rest = serde_json::to_string(&words[1..]).unwrap_or_default();
            Err(wrong(say!("Слово `appt` лишнее.", "The word `appt` is one too many."))
                .hint(say!("Нужно так: {rest}", "It looks like this: {rest}")))
        }
        Some(_) => Ok(words),
    }
}

fn not_here(word: &str) -> Error {
    let (word, looks) = (quoted(word), LOOKS.join(", "));
    Error::usage(
        "not-in-batch",
        say!("В строке нельзя: «{word}».", "A line can't be: “{word}”."),
    )
    .hint(say!(
        "Можно команды заявок, пациентов, клиник, специальностей и операторов, а ещё: {looks}.",
        "The commands of requests, patients, clinics, specialties and operators may, and: {looks}."
    ))
}

/// What a line came to.
struct Answer {
    line: usize,
    error: Option<Error>,
    kept: Kept,
}

impl Answer {
    fn is_bad(&self) -> bool {
        self.error.is_some()
    }

    fn text(&self, lang: Lang) -> String {
        let mut object = Map::new();
        object.insert("line".into(), json!(self.line));
        object.insert("ok".into(), json!(!self.is_bad()));
        match &self.error {
            Some(error) => object.insert("error".into(), error.to_json(lang)["error"].take()),
            None => {
                let result = serde_json::from_str(&self.kept.result).unwrap_or_default();
                object.insert("result".into(), result)
            }
        };
        let warning = |line: &String| {
            let remark: Json = serde_json::from_str(line).ok()?;
            remark.pointer("/warning/message").cloned()
        };
        let warnings: Vec<Json> = self.kept.remarks.iter().filter_map(warning).collect();
        if !warnings.is_empty() {
            object.insert("warnings".into(), Json::Array(warnings));
        }
        to_json::text(&Json::Object(object)) + "\n"
    }
}

/// The first error, with how many there are and where it is.
fn summed_up(answers: &[Answer], file: &str, line: usize, first: Error) -> Error {
    let (bad, all) = (answers.iter().filter(|answer| answer.is_bad()).count(), answers.len());
    let message = say!(lang;
        "Ничего не записано, команд с ошибкой: {} из {}. Первая — строка {}: {}",
        "Nothing was written: {} of {} commands failed. The first is line {}: {}",
        bad, all, line, first.message.get(lang));
    placed(Error { message, ..first }, file, line)
}
