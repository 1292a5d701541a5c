//! The command line: one file a subcommand, with its arguments, its help and its run. A new
//! subcommand is a new file, its `mod` line and its row in a table.

mod agenda;
mod answer;
pub mod args;
pub mod ask;
mod batch;
mod check;
mod complete;
mod editors;
mod export;
pub mod fields;
mod fmt;
pub mod global;
mod help;
mod import;
mod init;
mod log;
mod man;
mod merge_driver;
mod migrate;
mod misuse;
mod queue;
mod record;
mod report;
mod request;
mod resolve;
mod schema;
mod script;
mod stats;
mod sync;
mod target;
mod undo;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command};

use crate::app::App;
use crate::environment::Environment;
use crate::error::Result;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::output;
use crate::words;

/// What a command ends with, where it does not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Exit 0.
    Yes,
    /// The answer is no: exit 1.
    No,
}

/// A subcommand of the program.
struct Top {
    name: &'static str,
    /// Its arguments and help.
    spec: fn(Lang) -> Command,
    run: fn(&App, &ArgMatches) -> Result<Done>,
}

/// A subcommand of a kind of record.
struct Sub {
    name: &'static str,
    spec: fn(Kind, Lang) -> Command,
    run: fn(&App, Kind, &ArgMatches) -> Result<Done>,
}

const TOPS: &[Top] = &[
    Top { name: "init", spec: init::spec, run: init::run },
    Top { name: "script", spec: script::spec, run: script::run },
    Top { name: "queue", spec: queue::spec, run: queue::run },
    Top { name: "agenda", spec: agenda::spec, run: agenda::run },
    Top { name: "stats", spec: stats::spec, run: stats::run },
    Top { name: "report", spec: report::spec, run: report::run },
    Top { name: "log", spec: log::spec, run: log::run },
    Top { name: "check", spec: check::spec, run: check::run },
    Top { name: "fmt", spec: fmt::spec, run: fmt::run },
    Top { name: "sync", spec: sync::spec, run: sync::run },
    Top { name: "resolve", spec: resolve::spec, run: resolve::run },
    Top { name: "undo", spec: undo::spec, run: undo::run },
    Top { name: "export", spec: export::spec, run: export::run },
    Top { name: "batch", spec: batch::spec, run: batch::run },
    Top { name: "import", spec: import::spec, run: import::run },
    Top { name: "migrate", spec: migrate::spec, run: migrate::run },
    Top { name: "schema", spec: schema::spec, run: schema::run },
    Top { name: "completions", spec: complete::spec, run: complete::run },
    Top { name: "man", spec: man::spec, run: man::run },
    Top { name: "merge-driver", spec: merge_driver::spec, run: merge_driver::run },
];

/// The subcommands of a kind.
fn subs(kind: Kind) -> &'static [Sub] {
    match kind {
        Kind::Request => request::SUBS,
        Kind::Patient => record::PATIENT,
        Kind::Clinic => record::CLINIC,
        Kind::Specialty => record::SPECIALTY,
        Kind::Operator => record::OPERATOR,
    }
}

/// The order in which help names the kinds.
const KINDS: [Kind; 5] =
    [Kind::Request, Kind::Patient, Kind::Clinic, Kind::Specialty, Kind::Operator];

/// The whole command line.
pub fn tree(lang: Lang) -> Command {
    branches(lang, &|_| true)
}

/// The command line without the commands that only programs call.
fn tree_for_people(lang: Lang) -> Command {
    branches(lang, &|name| !is_hidden(name))
}

/// Whether only programs call a command.
fn is_hidden(name: &str) -> bool {
    TOPS.iter().any(|top| top.name == name && (top.spec)(Lang::En).is_hide_set())
}

/// The command line with the wanted subcommands alone, for speed. What it understands, the whole one
/// understands in the same way; where it fails, the whole one has the word.
fn branches(lang: Lang, is_wanted: &dyn Fn(&str) -> bool) -> Command {
    let mut root = global::root(lang).after_help(help::examples(
        lang,
        &[
            ("queue", "queue"),
            (
                r#"request new --patient "4511 223344" --clinic "поликлиника 1" --specialty терапевт --range "ср 9-12""#,
                r#"request new --patient "4511 223344" --clinic "Clinic 1" --specialty therapist --range "wed 9-12""#,
            ),
        ],
    ));
    for top in TOPS.iter().filter(|top| is_wanted(top.name)) {
        root = root.subcommand((top.spec)(lang));
    }
    for kind in KINDS.into_iter().filter(|kind| is_wanted(kind.code())) {
        let mut group = Command::new(kind.code())
            .about(about(kind, lang))
            .after_help(help::examples(lang, examples(kind)))
            .subcommand_required(true);
        for sub in subs(kind).iter().filter(|sub| is_wanted(sub.name)) {
            group = group.subcommand((sub.spec)(kind, lang));
        }
        root = root.subcommand(group);
    }
    help::dress(root, lang)
}

/// The examples of a kind's group.
fn examples(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Request => &[
            ("request list --visit завтра", "request list --visit tomorrow"),
            ("request show k7m", "request show k7m"),
        ],
        Kind::Patient => &[
            ("patient find лабанова", "patient find labanova"),
            (r#"patient show "4511 223344""#, r#"patient show "4511 223344""#),
        ],
        Kind::Clinic => &[
            ("clinic list", "clinic list"),
            (r#"clinic show "поликлиника 1""#, r#"clinic show "Clinic 1""#),
        ],
        Kind::Specialty => &[
            ("specialty new --title Кардиолог", "specialty new --title Cardiologist"),
            ("specialty list", "specialty list"),
        ],
        Kind::Operator => &[
            (
                r#"operator new --name "Борис Котов" --email boris@example.org"#,
                r#"operator new --name "Boris Kotov" --email boris@example.org"#,
            ),
            ("operator list", "operator list"),
        ],
    }
}

fn about(kind: Kind, lang: Lang) -> String {
    match lang {
        Lang::Ru => words::capital(kind.many(lang)),
        Lang::En => format!("Work with {}", kind.many(lang)),
    }
}

/// Runs a command line; the exit code.
pub fn run(environment: Environment) -> u8 {
    if let Some(answer) = complete::answer(&environment) {
        output::raw(&answer);
        return 0;
    }
    let early = global::early(&environment);
    let args = help::asked(&environment.args);
    let is_named = |name: &str| args.iter().any(|arg| arg == name);
    let parsed = branches(early.lang, &is_named).try_get_matches_from(&args).or_else(|error| {
        match error.kind() {
            ErrorKind::DisplayVersion => Err(error),
            _ => tree(early.lang).try_get_matches_from(&args),
        }
    });
    let matches = match parsed {
        Ok(matches) => matches,
        Err(error) => return misuse::answer(&early, &environment.args, &error),
    };
    let output = match global::output(&early, &environment, &matches) {
        Ok(output) => output,
        Err(error) => {
            early.error(&error);
            return error.code.exit();
        }
    };
    let done = environment
        .sound_configuration()
        .and_then(|()| global::globals(&environment, &matches))
        .and_then(|globals| Ok((globals, environment.now()?)))
        .and_then(|(globals, now)| {
            dispatch(&App::new(environment, globals, output, now), &matches)
        });
    match done {
        Ok(Done::Yes) => 0,
        Ok(Done::No) => 1,
        Err(error) => {
            output.error(&error);
            error.code.exit()
        }
    }
}

fn dispatch(app: &App, matches: &ArgMatches) -> Result<Done> {
    let (name, inner) = matches.subcommand().expect("clap asks for a subcommand");
    if let Some(top) = TOPS.iter().find(|top| top.name == name) {
        return (top.run)(app, inner);
    }
    let kind = Kind::from_code(name).expect("clap knows only the table's names");
    let (name, inner) = inner.subcommand().expect("clap asks for a subcommand");
    let sub = subs(kind).iter().find(|sub| sub.name == name);
    (sub.expect("clap knows only the table's names").run)(app, kind, inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed_in_both_languages() {
        for lang in Lang::ALL {
            tree(lang).debug_assert();
        }
    }

    #[test]
    fn every_row_of_the_tables_names_its_own_command() {
        for top in TOPS {
            assert_eq!((top.spec)(Lang::En).get_name(), top.name);
        }
        for kind in KINDS {
            for sub in subs(kind) {
                assert_eq!((sub.spec)(kind, Lang::En).get_name(), sub.name);
            }
        }
    }
}
