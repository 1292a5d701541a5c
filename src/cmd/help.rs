//! Help: every command looks alike, and clap's own words are in the language of the screen.
//!
//! A command's file says what is its own: what it does, its arguments, its examples. This module
//! walks the tree once and adds the rest, so that no English heading can be left in Russian help.

use std::ffi::OsString;
use std::fmt::Display;

use clap::{Arg, Command};

use crate::cmd::global;
use crate::i18n::Lang;
use crate::model::kind::Kind;

/// Examples for the end of a command's help, each a line as it is typed: Russian, English.
pub fn examples(lang: Lang, lines: &[(&str, &str)]) -> String {
    typed(lines.iter().map(|(ru, en)| lang.of(ru, en)))
}

/// Examples with a record of the kind in them: `{}` stands for it.
pub fn examples_of(kind: Kind, lang: Lang, lines: &[&str]) -> String {
    let one = sample(kind, lang);
    typed(lines.iter().map(|line| format!("{} {}", kind.code(), line.replace("{}", one))))
}

fn typed(lines: impl Iterator<Item = impl Display>) -> String {
    lines.map(|line| format!("  appt {line}")).collect::<Vec<_>>().join("\n")
}

fn sample(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::Request => "k7m",
        Kind::Patient => "\"4511 223344\"",
        Kind::Clinic => lang.of("\"поликлиника 1\"", "\"Clinic 1\""),
        Kind::Specialty => lang.of("терапевт", "therapist"),
        Kind::Operator => "boris",
    }
}

/// The whole tree with what every command's help has in common.
pub fn dress(root: Command, lang: Lang) -> Command {
    let name = root.get_name().to_owned();
    let root = root.disable_help_flag(true).disable_version_flag(true);
    let more = lang.of(
        "Подробнее о команде: `appt КОМАНДА --help`",
        "More about a command: `appt COMMAND --help`",
    );
    lay_out(with_usage(root, &name, lang), more, lang)
}

/// A command and those below it, with the line of usage. What else they need they get when clap
/// comes to them: a command line uses two commands of fifty.
fn with_usage(command: Command, path: &str, lang: Lang) -> Command {
    let usage = usage(&command, path, lang);
    command.override_usage(usage).mut_subcommands(|sub| {
        let path = format!("{path} {}", sub.get_name());
        with_usage(sub, &path, lang).defer(match lang {
            Lang::Ru => |sub| subcommand(sub, Lang::Ru),
            Lang::En => |sub| subcommand(sub, Lang::En),
        })
    })
}

/// A command below the root, which has its copies of the global flags by now: they stand in the
/// help of the program alone.
fn subcommand(command: Command, lang: Lang) -> Command {
    let command = command.mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
    lay_out(command, lang.of("Общие флаги: `appt --help`", "Global flags: `appt --help`"), lang)
}

/// Headings, examples, and where to read more.
fn lay_out(command: Command, more: &str, lang: Lang) -> Command {
    let template = template(&command, more, lang);
    let mut place = 0;
    command
        .help_template(template)
        .subcommand_help_heading(lang.of("Команды", "Commands"))
        .mut_args(|arg| {
            place += usize::from(arg.is_positional());
            if arg.is_hide_set() { arg } else { argument(arg, place, lang) }
        })
}

/// `appt request show [ФЛАГИ] [ЗАЯВКА]`. What is in brackets may be left out: a prompt asks for it.
fn usage(command: &Command, path: &str, lang: Lang) -> String {
    let mut usage = format!("{path} [{}]", lang.of("ФЛАГИ", "FLAGS"));
    for arg in command.get_positionals() {
        usage.push_str(&format!(" {arg}"));
    }
    if command.has_subcommands() {
        usage.push_str(lang.of(" <КОМАНДА>", " <COMMAND>"));
    }
    usage
}

/// The examples stand in the template itself, since clap breaks the lines of everything else to
/// the width of the terminal, and a broken line can't be copied.
fn template(command: &Command, more: &str, lang: Lang) -> String {
    let usage = lang.of("Использование", "Usage");
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let heading = match examples.lines().count() {
        1 => lang.of("Пример", "Example"),
        _ => lang.of("Примеры", "Examples"),
    };
    // What a command has to list stands before them, for the same reason.
    let lists = command.get_before_help().map(|lists| format!("{lists}\n\n")).unwrap_or_default();
    format!(
        "{{about-with-newline}}\n{usage}: {{usage}}\n\n{{all-args}}\n\n{lists}{heading}:\n{examples}\n\n{more}\n"
    )
}

/// An argument under its heading; arguments without a flag keep their order.
fn argument(arg: Arg, place: usize, lang: Lang) -> Arg {
    let arg = if arg.is_positional() {
        arg.help_heading(lang.of("Аргументы", "Arguments")).display_order(place)
    } else if arg.get_help_heading().is_none() {
        arg.help_heading(lang.of("Флаги", "Flags"))
    } else {
        arg
    };
    let values = arg.get_possible_values();
    if values.is_empty() {
        return arg;
    }
    let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    arg.help(format!("{help}: {}", names.join(", "))).hide_possible_values(true)
}

/// `appt help queue` and `appt request help` ask what `appt queue --help` and `appt request --help`
/// ask, whatever global flags stand before.
pub fn asked(args: &[OsString]) -> Vec<OsString> {
    let mut args = args.to_vec();
    let mut words = global::words(&args).into_iter();
    let first = words.next();
    let is_group = |at: usize| args[at].to_str().and_then(Kind::from_code).is_some();
    let second = || words.next().filter(|_| first.is_some_and(is_group));
    if let Some(at) = first.filter(|at| args[*at] == "help").or_else(second)
        && args[at] == "help"
    {
        args.remove(at);
        args.push("--help".into());
    }
    args
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::cmd::tree;

    /// Two Latin words in a row that are no code: where one stands in Russian help, a sentence was
    /// forgotten.
    pub fn english_in(text: &str) -> Option<String> {
        let prose: Vec<&str> = text.split('`').step_by(2).collect();
        let is_word = |token: &str| token.chars().all(|c| c.is_ascii_alphabetic());
        let begins = |token: &str| token.starts_with(|c: char| c.is_ascii_alphabetic());
        let tokens: Vec<&str> = prose.iter().flat_map(|part| part.split(' ')).collect();
        let runs = tokens.windows(2).find(|two| {
            !two[0].is_empty()
                && is_word(two[0].trim_start_matches(['(', '[', '<']))
                && begins(two[1])
        });
        runs.map(|two| two.join(" "))
    }

    fn has_cyrillic(text: &str) -> bool {
        text.chars().any(|c| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё'))
    }

    fn has_latin(text: &str) -> bool {
        text.chars().any(|c| c.is_ascii_alphabetic())
    }

    /// Every command, by its path, ready to be asked for its help.
    fn commands(lang: Lang) -> Vec<(String, Command)> {
        fn walk(command: &Command, path: String, all: &mut Vec<(String, Command)>) {
            for sub in command.get_subcommands() {
                walk(sub, format!("{path} {}", sub.get_name()), all);
            }
            all.push((path, command.clone()));
        }
        let mut root = tree(lang);
        root.build();
        let mut all = Vec::new();
        walk(&root, "appt".to_owned(), &mut all);
        assert!(all.len() > 40, "{}", all.len());
        all
    }

    /// A help's examples, and the rest of it.
    fn parts(help: &str) -> (Vec<&str>, Vec<&str>) {
        help.lines().partition(|line| line.starts_with("  appt "))
    }

    fn by_parser(lang: Lang, path: &str, flag: &str) -> String {
        let asked = tree(lang).try_get_matches_from(path.split(' ').chain([flag]));
        asked.expect_err("help ends the parsing").render().to_string()
    }

    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        for (at, part) in line.trim().split('"').enumerate() {
            for (i, word) in part.split(if at % 2 == 0 { ' ' } else { '"' }).enumerate() {
                if i > 0 {
                    words.push(String::new());
                }
                words.last_mut().expect("never empty").push_str(word);
            }
        }
        words
    }

    #[test]
    fn two_latin_words_in_a_row_are_english() {
        for text in ["Print help", "взять (see more)", "appt: [possible values: a]"] {
            assert!(english_in(text).is_some(), "{text}");
        }
        for text in ["вид: table, json", "то же, что -o json", "`appt --help` и `a b`", "id Анны"]
        {
            assert_eq!(english_in(text), None, "{text}");
        }
    }

    #[test]
    fn russian_help_has_no_english_in_it() {
        for (path, mut command) in commands(Lang::Ru) {
            for help in [command.render_long_help().to_string(), by_parser(Lang::Ru, &path, "-h")] {
                let (_, rest) = parts(&help);
                for line in rest {
                    let line = line.strip_prefix(&format!("Использование: {path}")).unwrap_or(line);
                    assert_eq!(english_in(line), None, "{path}: {line}");
                    let heading = !line.starts_with(' ') && line.ends_with(':');
                    assert!(!(heading && has_latin(line)), "{path}: {line}");
                    // What stands between backticks is to be typed as it is.
                    let prose: String = line.split('`').step_by(2).collect();
                    for inside in prose.split(['<', '[']).skip(1) {
                        let inside = inside.split(['>', ']']).next().unwrap();
                        assert!(!has_latin(inside), "{path}: {line}");
                    }
                }
            }
        }
    }

    #[test]
    fn english_help_has_no_russian_in_it() {
        for (path, mut command) in commands(Lang::En) {
            for help in [command.render_long_help().to_string(), by_parser(Lang::En, &path, "-h")] {
                for line in help.lines() {
                    let outside: String = line.split(['«', '»']).step_by(2).collect();
                    assert!(!has_cyrillic(&outside), "{path}: {line}");
                }
            }
        }
    }

    #[test]
    fn every_command_and_argument_says_what_it_is_for() {
        for lang in Lang::ALL {
            for (path, command) in commands(lang) {
                let about = command.get_about().map(ToString::to_string).unwrap_or_default();
                let helps = command
                    .get_arguments()
                    .map(|arg| (arg.get_id().as_str(), arg.get_help().map(ToString::to_string)));
                for (name, help) in [("", Some(about))].into_iter().chain(helps) {
                    let help = help.unwrap_or_default();
                    assert!(help.chars().any(char::is_alphabetic), "{path} {name}");
                    assert_eq!(has_cyrillic(&help), lang == Lang::Ru, "{path} {name}: {help}");
                }
            }
        }
    }

    #[test]
    fn every_help_ends_with_examples_that_the_parser_takes() {
        for lang in Lang::ALL {
            for (path, _) in commands(lang) {
                let help = by_parser(lang, &path, "--help");
                let (examples, _) = parts(&help);
                assert!(matches!(examples.len(), 1 | 2), "{path}: {examples:?}");
                let after = help.rsplit_once("\n\n").map(|(rest, _)| rest.lines().next_back());
                assert_eq!(after, Some(examples.last().copied()), "{path}");
                for line in examples {
                    assert!(line.trim().starts_with(&path), "{path}: {line}");
                    let parsed = tree(lang).try_get_matches_from(words(line));
                    assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                }
            }
        }
    }

    #[test]
    fn an_example_is_one_line_on_a_narrow_terminal_too() {
        let narrow = |width| {
            let asked = tree(Lang::Ru).term_width(width);
            let asked = asked.try_get_matches_from(["appt", "request", "new", "--help"]);
            asked.unwrap_err().render().to_string()
        };
        let (narrow, wide) = (narrow(40), narrow(200));
        assert_ne!(narrow, wide);
        assert_eq!(parts(&narrow).0, parts(&wide).0);
    }

    #[test]
    fn the_global_flags_stand_in_the_help_of_the_program_alone() {
        let global: Vec<String> = {
            let root = tree(Lang::Ru);
            let global = root.get_arguments().filter(|arg| arg.is_global_set());
            global.map(|arg| format!("--{}", arg.get_long().unwrap())).collect()
        };
        assert!(global.contains(&"--dry-run".to_owned()));
        for lang in Lang::ALL {
            for flag in &global {
                assert!(by_parser(lang, "appt", "--help").contains(flag), "{flag}");
            }
            for (path, _) in commands(lang).into_iter().filter(|(path, _)| path.contains(' ')) {
                let help = by_parser(lang, &path, "--help");
                let (_, rest) = parts(&help);
                for line in rest.iter().map(|line| line.trim_start()) {
                    assert!(!global.iter().any(|flag| line.contains(&format!("  {flag} "))));
                    assert!(!global.iter().any(|flag| line.starts_with(flag)), "{path}: {line}");
                }
                assert!(rest.last().unwrap().ends_with(": `appt --help`"), "{path}");
                tree(lang)
                    .try_get_matches_from(path.split(' ').chain(["--json", "--help"]))
                    .expect_err("hidden flags are known all the same");
            }
        }
    }

    #[test]
    fn the_short_flag_asks_for_the_same_help() {
        for (path, _) in commands(Lang::Ru) {
            assert_eq!(by_parser(Lang::Ru, &path, "-h"), by_parser(Lang::Ru, &path, "--help"));
        }
    }
}
