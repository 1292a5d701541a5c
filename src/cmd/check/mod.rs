//! `check`: what is wrong with the data, all of it, in one run.

mod explain;
mod fix;
mod lost;
mod since;

use std::path::PathBuf;

use clap::{ArgAction, ArgMatches, Command};

use crate::app::{self, App};
use crate::check::Severity;
use crate::check::survey::Finding;
use crate::cmd::target::Target;
use crate::cmd::{Done, args, help};
use crate::error::{Result, rule};
use crate::git::refs::Name;
use crate::i18n::Lang;
use crate::output::Format;
use crate::render::findings::{self, Look, Mended, Report};

pub fn spec(lang: Lang) -> Command {
    let formats: Vec<&str> = findings::ALL.iter().map(|format| format.name).collect();
    Command::new("check")
        .after_help(help::examples(
            lang,
            &[
                ("check --strict --format github", "check --strict --format github"),
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
            .value_parser(formats),
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
        .arg(
            args::switch(
                lang,
                "merged",
                ("слил сам git: расхождения записаны", "git itself merged: conflicts are recorded"),
            )
            .requires("staged")
            .hide(true),
        )
        .arg(args::switch(
            lang,
            "strict",
            ("считать предупреждения ошибками", "take warnings for errors"),
        ))
        .arg(
            args::switch(
                lang,
                "fix",
                (
                    "сначала исправить то, что исправляется одним способом",
                    "first mend what has one safe answer",
                ),
            )
            .conflicts_with_all(["since", "staged"]),
        )
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
    let strict = args::is_set(matches, "strict");
    let (findings, place) = judged(app, matches)?;
    if findings.is_empty() && args::is_set(matches, "staged") {
        return Ok(Done::Yes); // A hook that has nothing to say says nothing.
    }
    app.output.print(&said(app, &place, args::get(matches, "format"), &findings, strict))?;
    // The conflicts that a merge records belong into its commit: they wait for `resolve`.
    let is_merged = args::is_set(matches, "merged")
        || args::is_set(matches, "staged") && since::is_merging(&named(app))?;
    let waits = |finding: &Finding| is_merged && finding.rule == "unresolved-conflict";
    let is_bad =
        |finding: &Finding| (strict || finding.severity == Severity::Error) && !waits(finding);
    Ok(if findings.iter().any(is_bad) { Done::No } else { Done::Yes })
}

/// The folder that the command line or the environment names; else the current one.
fn named(app: &App) -> PathBuf {
    let folder = app::named(&app.environment, app.globals.data.as_deref());
    folder.unwrap_or_else(|| app.environment.cwd.clone())
}

/// The findings of what the command line names, worst first, and how its files are reached.
fn judged(app: &App, matches: &ArgMatches) -> Result<(Vec<Finding>, Place)> {
    if args::is_set(matches, "staged") {
        return Ok((since::staged(app, &named(app))?, Place::default()));
    }
    let rev = args::get(matches, "since").map(Name::typed).transpose()?;
    let paths = args::all(matches, "path");
    let target = match (Target::new(app, &paths), rev) {
        (Err(error), Some(rev)) if error.is(rule::NO_STORE) => {
            let folder =
                paths.first().map_or_else(|| named(app), |path| app.environment.cwd.join(path));
            let findings = since::findings_of_bare(app, &folder, rev)?.ok_or(error)?;
            return Ok((findings, Place::default()));
        }
        (target, _) => target?,
    };
    let mended = match args::is_set(matches, "fix") {
        true => Some(fix::mend(app, &target.store, &|file| target.holds(file))?),
        false => None,
    };
    let mut findings = match rev {
        Some(rev) => since::findings(app, &target, rev)?,
        None => target.survey(app, Vec::new())?,
    };
    findings.retain(|finding| target.holds(&finding.file));
    Ok((findings, Place { mended, ..Place::of(app, &target) }))
}

/// What is judged, how to reach its files, and what was mended of them; empty where they are on no
/// disk.
#[derive(Default)]
struct Place {
    only: Vec<String>,
    from_here: String,
    from_root: String,
    mended: Option<Vec<Mended>>,
}

impl Place {
    fn of(app: &App, target: &Target) -> Place {
        let from_here = target.below(&app.environment.cwd);
        let from_root = target.below_checkout(app);
        Place { only: target.only(), from_here, from_root, mended: None }
    }
}

/// The report in the format that was asked for. For a person in a GitHub workflow, with the
/// annotations beside it.
fn said(
    app: &App,
    place: &Place,
    format: Option<&str>,
    findings: &[Finding],
    strict: bool,
) -> String {
    let output = app.output;
    let look = Look { color: output.color, ascii: output.ascii, width: output.width };
    let report = Report {
        findings,
        lang: output.lang,
        strict,
        only: &place.only,
        from_here: &place.from_here,
        from_root: &place.from_root,
        look,
        mended: place.mended.as_deref(),
    };
    if format.is_none() && matches!(output.format, Format::Jsonl | Format::Csv | Format::Ids) {
        return findings::list(&report).text(&output, false);
    }
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
