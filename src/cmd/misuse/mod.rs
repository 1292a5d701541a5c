//! A command line that can't be parsed: what is wrong with it, in the words of the screen, and the
//! way out. Asking for help or the version is no error, but clap hands them over as one.

mod habits;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cmd::{KINDS, TOPS, is_hidden, subs, tree};
use crate::error::{Code, Error};
use crate::i18n::{Lang, Text};
use crate::output::Output;
use crate::say;
use crate::words::quoted;

/// Says what clap found; the exit code.
pub fn answer(output: &Output, args: &[OsString], error: &clap::Error) -> u8 {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = error.render().to_string();
            output.print(&text).map_or_else(
                |error| {
                    output.error(&error);
                    error.code.exit()
                },
                |()| 0,
            )
        }
        ErrorKind::MissingSubcommand if !output.is_machine() => {
            output.help(&help(output.lang, &text_of(error, ContextKind::InvalidSubcommand)));
            Code::Usage.exit()
        }
        _ => {
            let error = translate(error, args);
            output.error(&error);
            error.code.exit()
        }
    }
}

/// The help of a command: `appt request`.
fn help(lang: Lang, path: &str) -> String {
    let asked = tree(lang).try_get_matches_from(path.split(' ').chain(["--help"]));
    asked.map_or_else(|help| help.render().to_string(), |_| String::new())
}

/// The command that was being typed, as far as it can be told: `appt request new`.
pub fn path(args: &[OsString]) -> String {
    let mut words = args.iter().skip(1).filter_map(|arg| arg.to_str());
    let kind = |word: &str| KINDS.into_iter().find(|kind| kind.code() == word);
    let first = words.find(|word| kind(word).is_some() || TOPS.iter().any(|t| t.name == *word));
    let group = first.and_then(kind).map(subs).unwrap_or_default();
    let second = words.find(|word| group.iter().any(|sub| sub.name == *word));
    ["appt"].into_iter().chain(first).chain(second).collect::<Vec<_>>().join(" ")
}

fn texts_of(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::StyledStrs(texts)) => texts.iter().map(ToString::to_string).collect(),
        Some(ContextValue::Number(number)) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

fn text_of(error: &clap::Error, kind: ContextKind) -> String {
    texts_of(error, kind).join(", ")
}

/// The commands that a person may give.
fn commands(error: &clap::Error) -> String {
    let mut names = texts_of(error, ContextKind::ValidSubcommand);
    names.retain(|name| !is_hidden(name));
    names.join(", ")
}

/// What clap found in a command line, in both languages.
pub fn translate(error: &clap::Error, args: &[OsString]) -> Error {
    let path = path(args);
    let path = path.as_str(); // The command whose help says more.
    let text = |kind| text_of(error, kind);
    let (arg, value) = (text(ContextKind::InvalidArg), quoted(&text(ContextKind::InvalidValue)));
    let actual = text(ContextKind::ActualNumValues);
    let more = say!("Подробнее: `{path} --help`.", "More: `{path} --help`.");
    let (message, hint) = match error.kind() {
        ErrorKind::UnknownArgument => match habits::value(&before(args, &arg), path) {
            Some(known) => known,
            None => unknown(error, &arg, path),
        },
        ErrorKind::InvalidSubcommand => {
            no_command(error, &text(ContextKind::InvalidSubcommand), path)
        }
        ErrorKind::MissingSubcommand => (
            say!("Не указана команда.", "No command given."),
            any_of(&commands(error)).unwrap_or(more),
        ),
        ErrorKind::InvalidValue => {
            let message = match value.is_empty() {
                true => say!("Не указано значение: `{arg}`.", "A value is missing: `{arg}`."),
                false => unfit(&arg, &value),
            };
            let near = perhaps(&texts_of(error, ContextKind::SuggestedValue));
            (message, near.or_else(|| any_of(&text(ContextKind::ValidValue))).unwrap_or(more))
        }
        ErrorKind::ValueValidation => (unfit(&arg, &value), more),
        ErrorKind::ArgumentConflict => conflict(error, &arg),
        ErrorKind::NoEquals => {
            (say!("Значение пишут через `=`: `{arg}`.", "The value goes after `=`: `{arg}`."), more)
        }
        ErrorKind::MissingRequiredArgument => {
            (say!("Не указано: `{arg}`.", "Missing: `{arg}`."), more)
        }
        ErrorKind::TooManyValues => (
            say!("Лишнее значение «{value}»: `{arg}`.", "One value too many, “{value}”: `{arg}`."),
            more,
        ),
        ErrorKind::TooFewValues => {
            let least = text(ContextKind::MinValues);
            (
                say!(
                    "Не хватает значений: `{arg}`. Нужно не меньше: {least}, указано: {actual}.",
                    "Values are missing: `{arg}`. At least {least}, given: {actual}."
                ),
                more,
            )
        }
        ErrorKind::WrongNumberOfValues => {
            let wanted = text(ContextKind::ExpectedNumValues);
            (
                say!(
                    "Не столько значений: `{arg}`. Нужно: {wanted}, указано: {actual}.",
                    "A wrong number of values: `{arg}`. It takes {wanted}, given: {actual}."
                ),
                more,
            )
        }
        ErrorKind::InvalidUtf8 => (
            say!("Один из аргументов не в кодировке UTF-8.", "An argument is not UTF-8."),
            say!("Наберите команду заново.", "Type the command again."),
        ),
        _ => (say!("Не удалось разобрать команду.", "The command line can't be understood."), more),
    };
    Error::usage("arguments", message).hint(hint)
}

/// «Возможно, `--clinic`», where there is something to suggest.
fn perhaps(near: &[String]) -> Option<Text> {
    let near = ticked(near);
    (!near.is_empty()).then(|| say!("Возможно, {near}.", "Perhaps {near}."))
}

fn any_of(all: &str) -> Option<Text> {
    (!all.is_empty()).then(|| say!("Можно: {all}.", "It takes: {all}."))
}

fn ticked(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn unfit(arg: &str, value: &str) -> Text {
    say!("Для `{arg}` не годится «{value}».", "`{arg}` does not take “{value}”.")
}

fn conflict(error: &clap::Error, arg: &str) -> (Text, Text) {
    let others = texts_of(error, ContextKind::PriorArg);
    if others.is_empty() || others == [arg] {
        return (
            say!("Указано дважды: `{arg}`.", "Given twice: `{arg}`."),
            say!("Оставьте одно.", "Keep one."),
        );
    }
    let others = ticked(&others);
    (
        say!("Вместе не ставят: `{arg}`, {others}.", "These don't go together: `{arg}`, {others}."),
        say!("Оставьте что-то одно.", "Keep one of them."),
    )
}

/// A command that does not exist: what other programs call by this name, or what is spelt alike.
fn no_command(error: &clap::Error, typed: &str, path: &str) -> (Text, Text) {
    let command = quoted(typed);
    let message = say!("Нет такой команды: «{command}».", "There is no command “{command}”.");
    let habit = habits::commands(typed, path);
    if !habit.is_empty() {
        return (message, perhaps(&habit).unwrap_or_default());
    }
    if let Some(hint) = habits::elsewhere(typed, path) {
        return (message, hint);
    }
    let near = texts_of(error, ContextKind::SuggestedSubcommand);
    let mut names = slips(typed, path);
    names.extend(near.into_iter().rev());
    let is_first = |at: usize, name: &String| !names[..at].contains(name);
    let near = names.iter().enumerate().filter(|(at, name)| is_first(*at, name));
    let near = near.take(2).map(|(_, name)| format!("{path} {name}"));
    let hint = perhaps(&near.collect::<Vec<_>>()).unwrap_or_else(|| {
        say!("Список команд: `{path} --help`.", "The commands: `{path} --help`.")
    });
    (message, hint)
}

/// The commands of a group that are one slip away: a letter too many or too few, another one, or two
/// that changed places, which clap takes for two slips.
fn slips(typed: &str, path: &str) -> Vec<String> {
    let tree = tree(Lang::En);
    let group = path.split(' ').skip(1).try_fold(&tree, |at, word| at.find_subcommand(word));
    let names = group.into_iter().flat_map(clap::Command::get_subcommands);
    let names = names.map(|command| command.get_name().to_owned());
    names.filter(|name| strsim::osa_distance(name, typed) == 1).collect()
}

/// The word that was one too many, with the one before it.
fn before(args: &[OsString], word: &str) -> Vec<String> {
    let pair = args.windows(2).rev().find(|pair| pair[1] == word);
    pair.into_iter().flatten().map(|arg| arg.to_string_lossy().into_owned()).collect()
}

/// A flag that does not exist, or a word that nobody waits for.
fn unknown(error: &clap::Error, arg: &str, path: &str) -> (Text, Text) {
    let shown = quoted(arg);
    let is_flag = arg.len() > 1 && arg.starts_with('-');
    let message = match is_flag {
        true => say!("Нет такого флага: `{shown}`.", "There is no flag `{shown}`."),
        false => say!("Лишнее слово: «{shown}».", "One word too many: “{shown}”."),
    };
    // What clap advises beyond a name, it says in an English sentence.
    let advice = text_of(error, ContextKind::Suggested);
    let elsewhere = advice.strip_suffix("' exists").and_then(|found| found.rsplit(' ').next());
    let elsewhere = elsewhere.map(|flag| format!("{path} {flag}"));
    let habit = habits::flags(arg, path);
    let near = match habit.is_empty() {
        true => texts_of(error, ContextKind::SuggestedArg).into_iter().chain(elsewhere).collect(),
        false => habit,
    };
    let hint = perhaps(&near).unwrap_or_else(|| {
        if advice.starts_with("subcommand ") {
            say!("Уберите `--` перед командой.", "Take away the `--` before the command.")
        } else if is_flag && advice.starts_with("to pass ") {
            say!(
                "Если это не флаг, а значение, поставьте перед ним `--`. Флаги: `{path} --help`.",
                "If it is a value and no flag, put `--` before it. The flags: `{path} --help`."
            )
        } else if is_flag {
            say!("Список флагов: `{path} --help`.", "The flags: `{path} --help`.")
        } else if path.ends_with("request reschedule") {
            say!(
                "На когда перенести: `{path} № --range \"{shown}\"`.",
                "To move it to when: `{path} ID --range \"{shown}\"`."
            )
        } else if path.ends_with("request refuse") {
            say!("Причина: `{path} № --reason \"{shown}\"`.", "The reason: `{path} ID --reason \"{shown}\"`.")
        } else if path.ends_with("-ranges") {
            say!(
                "Чьё это время? `{path} № --patient \"{shown}\"` или `--clinic \"{shown}\"`.",
                "Whose times? `{path} ID --patient \"{shown}\"`, or `--clinic \"{shown}\"`."
            )
        } else if arg.contains(' ') {
            say!(
                "Перед ним не хватает флага. Какие есть: `{path} --help`.",
                "A flag is missing before it. Which there are: `{path} --help`."
            )
        } else {
            say!(
                "Значение из нескольких слов берут в кавычки: `\"ср 9-12\"`. Подробнее: `{path} --help`.",
                "A value of several words takes quotes: `\"wed 9-12\"`. More: `{path} --help`."
            )
        }
    });
    (message, hint)
}

#[cfg(test)]
mod tests;
