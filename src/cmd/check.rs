//! `check`: what is wrong with the data, all of it, in one run.

use std::path::Path;

use clap::{ArgAction, ArgMatches, Command};
use serde_json::{Value as Json, json};

use crate::app::{self, App};
use crate::check::{Scene, Severity, survey};
use crate::cmd::{Done, args, help, since};
use crate::error::Result;
use crate::git::refs::Name;
use crate::i18n::Lang;
use crate::model::settings;
use crate::render::json;
use crate::store::{Store, disk};
use crate::tr;

pub fn spec(lang: Lang) -> Command {
    Command::new("check")
        .after_help(help::examples(
            lang,
            &[
                ("check --strict --format json", "check --strict --format json"),
                ("check --since origin/main", "check --since origin/main"),
            ],
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
        .arg(args::flag(
            lang,
            "since",
            ("КОММИТ", "REV"),
            (
                "ещё и каждый коммит после этого (ветки, метки)",
                "also each commit since this one (a branch, a tag)",
            ),
        ))
        .arg(
            args::switch(lang, "staged", ("то, что войдёт в коммит git", "what git would commit"))
                .conflicts_with_all(["since", "path"])
                .hide(true),
        )
        .arg(args::switch(
            lang,
            "strict",
            ("считать предупреждения ошибками", "take warnings for errors"),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let findings = findings(app, matches)?;
    if findings.is_empty() && args::is_set(matches, "staged") {
        return Ok(Done::Yes); // A hook that has nothing to say says nothing.
    }
    let machine = app.output.is_machine() || args::get(matches, "format") == Some("json");
    let text = if machine { machine_text(app, &findings) } else { human(app, &findings) };
    app.output.print(&text)?;
    let strict = args::is_set(matches, "strict");
    let bad = findings.iter().any(|finding| strict || finding.severity == Severity::Error);
    Ok(if bad { Done::No } else { Done::Yes })
}

/// What is wrong with what the command line names.
fn findings(app: &App, matches: &ArgMatches) -> Result<Vec<survey::Finding>> {
    if args::is_set(matches, "staged") {
        let folder = app.globals.data.clone().unwrap_or_default();
        return since::staged(app, &app.environment.cwd.join(folder));
    }
    let rev = args::get(matches, "since").map(Name::typed).transpose()?;
    let paths: Vec<&Path> = args::all(matches, "path").into_iter().map(Path::new).collect();
    let (store, only) = match opened(app, &paths) {
        Err(error) if error.rule == Some("no-store") && rev.is_some() => {
            let named = paths.first().copied().map(Path::to_path_buf);
            let folder =
                named.or_else(|| app::named(&app.environment, app.globals.data.as_deref()));
            let folder = app.environment.cwd.join(folder.unwrap_or_default());
            let rev = rev.expect("it was just looked at");
            return since::findings_of_bare(app, &folder, rev)?.ok_or(error);
        }
        opened => opened?,
    };
    let mut findings = match rev {
        Some(rev) => since::findings(app, &store, rev)?,
        None => store.read(|library| {
            let scene = Scene::new(library, &store.settings, app.now);
            Ok(survey::all(&scene, library.documents(), library.strangers()))
        })?,
    };
    if !only.is_empty() {
        findings.retain(|finding| only.iter().any(|path| finding.file.starts_with(path.as_str())));
    }
    Ok(findings)
}

/// The store, and the paths in it that were named.
fn opened(app: &App, paths: &[&Path]) -> Result<(Store, Vec<String>)> {
    let real = |path: &Path| disk::real(&app.environment.cwd.join(path));
    let Some(first) = paths.first().map(|path| real(path)) else {
        let store = app::open(&app.environment, app.globals.data.as_deref(), app.globals.patience)?;
        return Ok((store, Vec::new()));
    };
    let store = if disk::exists(&first, settings::FILE) {
        Store::open(&first, app.patience())?
    } else {
        Store::find(&first, app.patience())?
    };
    let root = store.root().to_path_buf();
    let inside = paths.iter().filter_map(|path| {
        Some(real(path).strip_prefix(&root).ok()?.to_string_lossy().into_owned())
    });
    let inside = inside.filter(|path| !path.is_empty()).collect();
    Ok((store, inside))
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
