//! `check`: what is wrong with the data, all of it, in one run.

mod explain;
mod target;

use clap::{ArgAction, ArgMatches, Command};

use self::target::Target;
use crate::app::App;
use crate::check::Severity;
use crate::check::survey::{self, Finding, Found};
use crate::cmd::{Done, args, help};
use crate::error::Result;
use crate::i18n::Lang;
use crate::render::findings::{self, Look, Report};
use crate::store::disk;

pub fn spec(lang: Lang) -> Command {
    let formats: Vec<&str> = findings::ALL.iter().map(|format| format.name).collect();
    Command::new("check")
        .after_help(help::examples(
            lang,
            &[
                ("check --strict --format github", "check --strict --format github"),
                ("check --explain overdue", "check --explain overdue"),
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
            .value_parser(formats),
        )
        .arg(args::switch(
            lang,
            "strict",
            ("считать предупреждения ошибками", "take warnings for errors"),
        ))
        .arg(args::flag(
            lang,
            "explain",
            ("ПРАВИЛО", "RULE"),
            ("рассказать о правиле, ничего не проверяя", "tell about a rule, and check nothing"),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    if let Some(name) = args::get(matches, "explain") {
        return explain::run(app, name);
    }
    let target = Target::new(app, &args::all(matches, "path"))?;
    let mut findings = judge(app, &target)?;
    findings.retain(|finding| target.holds(&finding.file));
    let strict = args::is_set(matches, "strict");
    app.output.print(&said(app, &target, args::get(matches, "format"), &findings, strict))?;
    let is_bad = |finding: &Finding| strict || finding.severity == Severity::Error;
    Ok(if findings.iter().any(is_bad) { Done::No } else { Done::Yes })
}

/// All findings of the store, worst first, whatever part of it was asked about.
fn judge(app: &App, target: &Target) -> Result<Vec<Finding>> {
    let in_ci = app.environment.own_var("CI").is_some();
    let root = target.store.root();
    let is_open_to_others = !in_ci && disk::is_open_to_others(root);
    target.store.read(|library| {
        let documents = library.documents().collect();
        let strangers = library.strangers();
        let sheet = &target.sheet;
        let found = Found { book: library, documents, strangers, sheet, is_open_to_others };
        Ok(survey::all(&found, app.now))
    })
}

/// The report in the format that was asked for. For a person in a GitHub workflow, with the
/// annotations beside it.
fn said(
    app: &App,
    target: &Target,
    format: Option<&str>,
    findings: &[Finding],
    strict: bool,
) -> String {
    let output = app.output;
    let look = Look { color: output.color, ascii: output.ascii, width: output.width };
    let (from_here, from_root) = (target.below(&app.environment.cwd), target.below_checkout(app));
    let report = Report {
        findings,
        lang: output.lang,
        strict,
        from_here: &from_here,
        from_root: &from_root,
        look,
    };
    let in_workflow = app.environment.own_var("GITHUB_ACTIONS") == Some("true");
    let names = match format {
        Some(name) => vec![name],
        None if output.is_machine() => vec!["json"],
        None if in_workflow => vec!["human", "github"],
        None => vec!["human"],
    };
    let written =
        names.into_iter().filter_map(findings::named).map(|format| (format.write)(&report));
    written.collect()
}
