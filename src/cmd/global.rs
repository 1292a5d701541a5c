//! The global flags and the language.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::app::{self, Globals};
use crate::cmd::args;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::output::{Format, Output};
use crate::say;
use crate::store::Store;

/// The program with its global flags.
pub fn root(lang: Lang) -> Command {
    Command::new("appt")
        // Whatever the file is called: messages name commands that can be typed.
        .bin_name("appt")
        .version(version())
        .about(lang.of(
            "Заявки пациентов на приём: от первого звонка до подтверждённого визита",
            "Patients' requests for an appointment: from the first call to the confirmed visit",
        ))
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .infer_subcommands(false)
        .max_term_width(100)
        .args(flags(lang))
        .arg(
            Arg::new("version")
                .long("version")
                .short('V')
                .action(ArgAction::Version)
                .help_heading(heading(lang))
                .help(lang.of("показать версию программы", "print the version of the program")),
        )
}

/// The version, and the commit where it is known (`build.rs`).
fn version() -> String {
    match option_env!("APPT_COMMIT") {
        Some(commit) => format!("{} ({commit})", env!("CARGO_PKG_VERSION")),
        None => env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn heading(lang: Lang) -> &'static str {
    lang.of("Общие флаги", "Global flags")
}

/// The places of the words of a command line that are no global flags nor their values.
pub fn words(args: &[OsString]) -> Vec<usize> {
    let flags = flags(Lang::En);
    // `--data=DIR` and `-CDIR` have their value within.
    let takes_next = |word: &str| {
        flags.iter().filter(|flag| flag.get_action().takes_values()).any(|flag| {
            let short = flag.get_short().map(|short| format!("-{short}"));
            word.strip_prefix("--") == flag.get_long() || short.as_deref() == Some(word)
        })
    };
    let mut words = Vec::new();
    let mut at = 1;
    while let Some(word) = args.get(at) {
        let word = word.to_str().unwrap_or_default();
        if !word.starts_with('-') {
            words.push(at);
        }
        at += if takes_next(word) { 2 } else { 1 };
    }
    words
}

fn flags(lang: Lang) -> Vec<Arg> {
    let formats = Format::NAMES;
    let all = vec![
        args::flag(lang, "data", ("ПАПКА", "DIR"), ("папка с данными", "the data folder"))
            .short('C'),
        args::flag(
            lang,
            "output",
            ("ВИД", "FORMAT"),
            ("в каком виде ответ", "the format of the answer"),
        )
        .short('o')
        .value_parser(formats),
        args::switch(lang, "json", ("то же, что -o json", "the same as -o json")),
        args::flag(lang, "lang", ("ЯЗЫК", "LANG"), ("язык экрана", "the language of the screen"))
            .value_parser(["ru", "en"]),
        args::flag(lang, "color", ("КОГДА", "WHEN"), ("когда красить", "when to colour"))
            .value_parser(["auto", "always", "never"]),
        args::switch(lang, "ascii", ("рисовать только знаками ASCII", "draw in ASCII only")),
        args::flag(
            lang,
            "operator",
            ("КТО", "WHO"),
            ("id оператора, который работает", "the id of the operator who acts"),
        ),
        args::switch(lang, "no-input", ("ничего не спрашивать", "ask nothing")),
        args::switch(
            lang,
            "dry-run",
            (
                "сказать, что изменилось бы, и ничего не менять",
                "say what would change, and change nothing",
            ),
        ),
        args::flag(
            lang,
            "lock-timeout",
            ("СЕКУНД", "SECONDS"),
            (
                "сколько ждать, пока данные заняты (10)",
                "how long to wait while the data are in use (10)",
            ),
        ),
        args::switch(lang, "no-cache", ("не пользоваться кэшем", "do without the cache")),
        args::switch(lang, "reveal", ("показывать паспорта целиком", "show passports whole")),
        args::switch(lang, "quiet", ("только ответ, без замечаний", "the answer only, no remarks"))
            .short('q'),
        Arg::new("verbose")
            .long("verbose")
            .short('v')
            .action(ArgAction::Count)
            .help(lang.of("подробнее", "say more")),
        Arg::new("help")
            .long("help")
            .short('h')
            .action(ArgAction::HelpShort)
            .help(lang.of("показать справку", "print this help")),
    ];
    all.into_iter().map(|arg| arg.global(true).help_heading(heading(lang))).collect()
}

/// What is known of the output before the command line is parsed: errors need it.
pub fn early(environment: &Environment) -> Output {
    let texts: Vec<&str> = environment.args.iter().skip(1).filter_map(|arg| arg.to_str()).collect();
    let after = |names: &[&str]| {
        texts.iter().enumerate().find_map(|(at, text)| {
            names.iter().find_map(|name| {
                let rest = text.strip_prefix(name)?;
                match rest.strip_prefix('=') {
                    Some(value) => Some(value),
                    None if rest.is_empty() => texts.get(at + 1).copied(),
                    None if !name.starts_with("--") => Some(rest),
                    None => None,
                }
            })
        })
    };
    let format = if texts.contains(&"--json") { Some("json") } else { after(&["--output", "-o"]) };
    let lang = after(&["--lang"]).and_then(Lang::parse).unwrap_or_else(|| {
        language(environment, after(&["--data", "-C"]).map(PathBuf::from), &texts)
    });
    Output {
        format: format.and_then(Format::parse).unwrap_or(Format::Table),
        lang,
        color: false,
        ascii: false,
        width: None,
        remarks: environment.remarks_width(),
        reveal: false,
        quiet: false,
    }
}

/// The language of the screen (`spec.md`, section 11). The store is the one that the command will
/// open, or one that it names as an argument.
fn language(environment: &Environment, data: Option<PathBuf>, named: &[&str]) -> Lang {
    if let Some(lang) = environment.var("APPT_LANG").and_then(Lang::parse) {
        return lang;
    }
    let store = app::nearest(environment, data.as_deref()).ok();
    let named = || named.iter().filter_map(|path| app::root_of(environment, Path::new(path)));
    if let Some(lang) = store.or_else(|| named().next()).and_then(|root| Store::language(&root)) {
        return lang;
    }
    let locale = ["LC_ALL", "LANG"].into_iter().find_map(|name| environment.own_var(name));
    locale.and_then(Lang::parse).unwrap_or(Lang::En)
}

/// The output, once the command line is parsed.
///
/// # Errors
/// None so far: what clap lets through can be read.
pub fn output(early: &Output, environment: &Environment, matches: &ArgMatches) -> Result<Output> {
    let inner = innermost(matches);
    let format = match args::get(inner, "output") {
        _ if args::is_set(inner, "json") => Format::Json,
        Some(name) => Format::parse(name).unwrap_or(Format::Table),
        None => Format::Table,
    };
    let color = match args::get(inner, "color") {
        Some("always") => true,
        Some("never") => false,
        _ => {
            environment.stdout_is_terminal
                && environment.var("NO_COLOR").is_none()
                && environment.own_var("TERM") != Some("dumb")
        }
    };
    Ok(Output {
        format,
        color,
        ascii: args::is_set(inner, "ascii")
            || environment.stdout_is_terminal && !is_unicode(environment),
        width: environment.width(),
        reveal: args::is_set(inner, "reveal"),
        quiet: args::is_set(inner, "quiet"),
        ..*early
    })
}

/// Whether the terminal shows more than ASCII. A locale that nobody names says nothing about it.
fn is_unicode(environment: &Environment) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = locale.into_iter().find_map(|name| environment.own_var(name));
    locale.is_none_or(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    })
}

/// The global flags that are not about output.
///
/// # Errors
/// `usage` where a number is none.
pub fn globals(environment: &Environment, matches: &ArgMatches) -> Result<Globals> {
    let inner = innermost(matches);
    let patience = match args::get(inner, "lock-timeout") {
        None => None,
        Some(text) => Some(seconds(text)?),
    };
    let terminal = environment.stdin_is_terminal && environment.stderr_is_terminal;
    Ok(Globals {
        data: args::get(inner, "data").map(PathBuf::from),
        operator: args::get(inner, "operator").map(str::to_owned),
        dry_run: args::is_set(inner, "dry-run"),
        no_cache: args::is_set(inner, "no-cache"),
        verbose: inner.get_count("verbose") > 0,
        no_input: args::is_set(inner, "no-input") || !terminal,
        patience,
    })
}

fn seconds(text: &str) -> Result<Duration> {
    let number: Option<f64> = text.replace(',', ".").parse().ok();
    number.and_then(|s| Duration::try_from_secs_f64(s).ok()).ok_or_else(|| {
        Error::usage(
            "number",
            say!(
                "`--lock-timeout`: нужно число секунд, а не «{text}».",
                "`--lock-timeout` takes seconds, not “{text}”."
            ),
        )
    })
}

/// A global flag is known to the innermost subcommand.
pub fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| innermost(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the output of a command line is ASCII, upon a terminal or not, with some variables.
    fn ascii(flags: &[&str], terminal: bool, vars: &[(&str, &str)]) -> bool {
        let mut environment = Environment::of_process();
        environment.vars = vars.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        environment.stdout_is_terminal = terminal;
        environment.args = ["appt", "queue"].iter().chain(flags).map(Into::into).collect();
        let early = early(&environment);
        let matches = crate::cmd::tree(Lang::En).try_get_matches_from(&environment.args).unwrap();
        output(&early, &environment, &matches).unwrap().ascii
    }

    #[test]
    fn ascii_is_drawn_where_asked_and_where_the_terminal_shows_no_more() {
        assert!(ascii(&["--ascii"], false, &[]));
        for (vars, wanted) in [
            (&[("LANG", "ru_RU.UTF-8")][..], false),
            (&[("LANG", "C.utf8")], false),
            (&[("LANG", "ru_RU.KOI8-R")], true),
            (&[("LANG", "ru_RU.UTF-8"), ("LC_CTYPE", "C")], true),
            (&[("LANG", "C"), ("LC_CTYPE", "C"), ("LC_ALL", "en_US.UTF-8")], false),
            (&[("LANG", "C.UTF-8"), ("LC_ALL", "")], false),
            (&[], false),
        ] {
            assert_eq!(ascii(&[], true, vars), wanted, "{vars:?}");
            assert!(!ascii(&[], false, vars), "a pipe: {vars:?}");
        }
    }
}
