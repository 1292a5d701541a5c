//! `check`: what is wrong with the data, all of it, in one run.

use std::path::Path;

use clap::{ArgAction, ArgMatches, Command};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::check::{Scene, Severity, survey};
use crate::cmd::{Done, args, fix, help};
use crate::error::Result;
use crate::i18n::Lang;
use crate::model::settings;
use crate::render::json;
use crate::store::{Store, disk};
use crate::tr;

pub fn spec(lang: Lang) -> Command {
    Command::new("check")
        .after_help(help::examples(
            lang,
            &[("check", "check"), ("check --strict --format json", "check --strict --format json")],
        ))
        .about(lang.of("Проверить данные", "Check the data"))
        .arg(
            args::positional(
                lang,
                "path",
                ("ПУТЬ", "PATH"),
                ("папка с данными или файлы в ней", "a data folder, or files in it"),
            )
            .num_args(0..)
            .action(ArgAction::Append),
        )
        .arg(
            args::flag(
                lang,
                "format",
                ("ВИД", "FORMAT"),
                ("в каком виде ответ", "the format of the answer"),
            )
            .value_parser(["human", "json"]),
        )
        .arg(args::switch(
            lang,
            "strict",
            ("считать предупреждения ошибками", "take warnings for errors"),
        ))
        .arg(args::switch(
            lang,
            "fix",
            (
                "сначала исправить то, что исправляется одним способом",
                "first mend what has one safe answer",
            ),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let paths: Vec<&Path> = args::all(matches, "path").into_iter().map(Path::new).collect();
    let opened;
    let (store, only) = match paths.first().map(|path| app.environment.cwd.join(path)) {
        None => (app.store()?, Vec::new()),
        Some(first) => {
            let is_store = disk::exists(&first, settings::FILE);
            opened = if is_store {
                Store::open(&first, app.patience())?
            } else {
                Store::find(&first, app.patience())?
            };
            let root = opened.root().to_path_buf();
            let inside = paths.iter().filter_map(|path| {
                let path = app.environment.cwd.join(path);
                Some(path.strip_prefix(&root).ok()?.to_string_lossy().into_owned())
            });
            (&opened, inside.filter(|path| !path.is_empty()).collect())
        }
    };
    if args::is_set(matches, "fix") {
        let holds = |file: &str| only.is_empty() || only.iter().any(|path| file.starts_with(path));
        fix::mend(app, store, &holds)?;
    }
    let mut findings = store.read(|library| {
        let scene = Scene::new(library, &store.settings, app.now);
        Ok(survey::all(&scene, library.documents(), library.strangers()))
    })?;
    if !only.is_empty() {
        findings.retain(|finding| only.iter().any(|path| finding.file.starts_with(path.as_str())));
    }
    let machine = app.output.is_machine() || args::get(matches, "format") == Some("json");
    let text = if machine { machine_text(app, &findings) } else { human(app, &findings) };
    app.output.print(&text)?;
    let strict = args::is_set(matches, "strict");
    let bad = findings.iter().any(|finding| strict || finding.severity == Severity::Error);
    Ok(if bad { Done::No } else { Done::Yes })
}

fn machine_text(app: &App, findings: &[survey::Finding]) -> String {
    let lang = app.lang();
    let one = |finding: &survey::Finding| {
        json!({
            "rule": finding.rule,
            "severity": finding.severity.code(),
            "file": finding.file,
            "line": finding.line,
            "column": finding.column,
            "record": finding.record,
            "message": finding.message.get(lang),
            "hint": finding.hint.as_ref().map(|hint| hint.get(lang)),
        })
    };
    let findings: Vec<Json> = findings.iter().map(one).collect();
    json::text(&json!({ "findings": findings }))
}

fn human(app: &App, findings: &[survey::Finding]) -> String {
    let lang = app.lang();
    let mut text = String::new();
    for finding in findings {
        let severity = match finding.severity {
            Severity::Error => lang.of("ошибка", "error"),
            Severity::Warning => lang.of("предупреждение", "warning"),
        };
        let (file, line, column, rule) =
            (&finding.file, finding.line, finding.column, finding.rule);
        let message = finding.message.get(lang);
        text.push_str(&format!("{file}:{line}:{column}: {severity}[{rule}]: {message}\n"));
        if let Some(hint) = &finding.hint {
            text.push_str(&format!("    {}\n", hint.get(lang)));
        }
    }
    let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    text.push_str(&if findings.is_empty() {
        lang.of("Данные в порядке.", "The data are in order.").to_owned()
    } else {
        tr!(
            lang,
            "Ошибок: {errors}, предупреждений: {warnings}.",
            "Errors: {errors}, warnings: {warnings}."
        )
    });
    crate::words::screen::safe(&text).into_owned()
}
