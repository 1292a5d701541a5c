//! What people type who come from other programs (gh, git, taskwarrior), and what it is called here.
//!
//! Invariant: only what exists is named. A word leads to those of its commands that the group has, a
//! flag to those of its flags that the command takes.

use clap::Command;

use crate::cmd::{KINDS, TOPS, subs, tree};
use crate::i18n::{Lang, Text};
use crate::model::kind::Kind;
use crate::say;

/// Words, and the commands that do such a thing here, the likeliest first.
const COMMANDS: &[(&[&str], &[&str])] = &[
    (&["view", "open", "cat", "info", "get", "показать", "открыть"], &["show"]),
    (&["create", "add", "создать", "добавить", "завести"], &["new"]),
    (&["close", "закрыть"], &["refuse", "set-status", "remove"]),
    (&["cancel", "decline", "отменить", "отказ"], &["refuse"]),
    (&["delete", "del", "rm", "удалить"], &["remove"]),
    (&["update", "modify", "change", "изменить"], &["edit"]),
    (&["move", "mv", "перенести"], &["reschedule"]),
    (&["ls", "список"], &["list"]),
    (&["search", "grep", "найти", "поиск"], &["find"]),
    (&["comment", "annotate", "заметка"], &["note"]),
    (&["status", "статус"], &["queue", "sync --status", "set-status"]),
    (&["start", "done", "finish"], &["set-status"]),
    (&["todo", "inbox", "очередь"], &["queue"]),
    (&["calendar", "cal", "schedule", "расписание"], &["agenda"]),
    (&["call", "звонок", "позвонить"], &["script"]),
    (&["push", "pull", "fetch", "commit"], &["sync"]),
    (&["history", "журнал"], &["log"]),
    (&["revert", "rollback", "redo", "вернуть"], &["undo"]),
    (&["lint", "validate", "verify", "doctor", "проверить"], &["check"]),
    (&["completion", "autocomplete"], &["completions"]),
    (&["upgrade"], &["migrate"]),
    (&["version"], &["--version"]),
    (&["issue", "issues", "pr", "ticket", "task"], &["request"]),
];

/// Flags, and what they are called here.
const FLAGS: &[(&[&str], &[&str])] = &[
    (&["-s", "--state"], &["status"]),
    (&["-S", "--query", "--filter"], &["search"]),
    (&["-L", "-n", "--max", "--count", "--top"], &["limit"]),
    (&["-a", "--assignee", "--assigned"], &["holder"]),
    (&["-A", "--author", "--creator"], &["created-by", "by"]),
    (&["--order", "--order-by", "--sort-by"], &["sort"]),
    (&["--fields", "--cols"], &["columns"]),
    (&["--after"], &["from", "since"]),
    (&["--before", "--until"], &["to"]),
    (&["--since"], &["from"]),
    (&["-b", "-m", "--body", "--message", "--comment"], &["note", "reason"]),
    (&["--time", "--when"], &["range"]),
    (&["--doctor"], &["specialty"]),
    (&["-f", "--force"], &["anyway", "yes"]),
    (&["-y"], &["yes"]),
    (&["-R", "--repo", "--dir", "--store"], &["data"]),
    (&["-u", "--user", "--as"], &["operator"]),
    (&["--format"], &["output"]),
];

/// What a command that does not exist is called here: `appt request show` for `view`.
pub fn commands(word: &str, path: &str) -> Vec<String> {
    let word = word.to_lowercase();
    let known = COMMANDS.iter().find(|(typed, _)| typed.contains(&word.as_str()));
    let names = known.map_or_else(|| vec![word.as_str()], |(_, here)| here.to_vec());
    let has = |kind: Kind, name: &str| subs(kind).iter().any(|sub| sub.name == name);
    let group = path.strip_prefix("appt ").and_then(Kind::from_code);
    let own = names.iter().filter(|name| group.is_some_and(|kind| has(kind, name)));
    let mut found: Vec<String> = own.map(|name| format!("{path} {name}")).collect();
    if found.is_empty() {
        found.extend(names.iter().filter(|name| is_whole(name)).map(|name| format!("appt {name}")));
    }
    if path == "appt" {
        let kinds = KINDS.into_iter().filter(|kind| is_called(*kind, &word));
        found.extend(kinds.map(|kind| format!("appt {}", kind.code())));
        let pairs = names.iter().flat_map(|name| KINDS.map(|kind| (kind, name)));
        let pairs = pairs.filter(|(kind, name)| has(*kind, name));
        found.extend(pairs.map(|(kind, name)| format!("appt {} {name}", kind.code())));
    }
    found.truncate(2);
    found
}

/// Whether this stands right behind `appt`: `sync --status`, `--version`.
fn is_whole(name: &str) -> bool {
    let first = name.split(' ').next().unwrap_or(name);
    let is_top = TOPS.iter().any(|top| top.name == first);
    is_top || first.starts_with("--") || Kind::from_code(first).is_some()
}

/// Whether a kind is called so, in either language, one or many.
fn is_called(kind: Kind, word: &str) -> bool {
    Lang::ALL.into_iter().any(|lang| word == kind.noun(lang) || word == kind.many(lang))
}

/// What is done here without a command, or by a file.
pub fn elsewhere(word: &str, path: &str) -> Option<Text> {
    match word {
        "auth" | "login" | "logout" | "whoami" => Some(say!(
            "Входить не нужно. Кто работает, говорит `--operator ID` или переменная APPT_OPERATOR; кто есть: `appt operator list`.",
            "There is no login. `--operator ID` or the variable APPT_OPERATOR says who works; who there is: `appt operator list`."
        )),
        "config" | "settings" | "set" if path == "appt" => Some(say!(
            "Настройки данных — в файле `appt.toml`, свои — в `appt/config.toml` папки настроек (ключи: data, operator, lang).",
            "The store's settings stand in `appt.toml`, your own in `appt/config.toml` of the configuration folder (keys: data, operator, lang)."
        )),
        "clone" => Some(say!(
            "Копию данных делает `git clone`, затем в ней: `appt init --git-setup`.",
            "`git clone` makes a copy of the data; then, in it: `appt init --git-setup`."
        )),
        _ if is_id(word) => Some(say!(
            "Открыть заявку: `appt request show {word}`, вести её звонок: `appt script {word}`.",
            "To open the request: `appt request show {word}`; to take its call: `appt script {word}`."
        )),
        _ => None,
    }
}

/// Whether a word looks like a request's id, or its beginning.
fn is_id(word: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_alphanumeric() || c == '-';
    word.len() >= 3 && word.chars().all(is_sign) && word.contains(|c: char| c.is_ascii_digit())
}

/// What a flag that does not exist is called here, where the command has such a one.
pub fn flags(flag: &str, path: &str) -> Vec<String> {
    let Some((_, here)) = FLAGS.iter().find(|(typed, _)| typed.contains(&flag)) else {
        return Vec::new();
    };
    let tree = tree(Lang::En);
    let mut words = path.split(' ').skip(1);
    let command = words.try_fold(&tree, |at, word| at.find_subcommand(word));
    let takes = |name: &&&str| {
        let own = command.into_iter().chain([&tree]).flat_map(Command::get_arguments);
        own.into_iter().any(|arg| arg.get_long() == Some(name))
    };
    here.iter().filter(takes).map(|name| format!("--{name}")).collect()
}

/// What belongs to a flag of the same name elsewhere, and is a word too many here: the columns after
/// `--json`, an expression after `-q`.
pub fn value(words: &[String], path: &str) -> Option<(Text, Text)> {
    let [flag, value] = words else { return None };
    let value = value.as_str();
    if value.starts_with('-') {
        return None;
    }
    match flag.as_str() {
        "--json" => {
            let columns = columns(value, path)?;
            Some((
                say!("У `--json` нет значения: «{value}».", "`--json` takes no value: “{value}”."),
                say!(
                    "Столбцы выбирают так: `{path} --json --columns {columns}`.",
                    "Columns are chosen like this: `{path} --json --columns {columns}`."
                ),
            ))
        }
        "-q" | "--jq" => Some((
            say!("У `-q` нет значения: «{value}».", "`-q` takes no value: “{value}”."),
            say!(
                "`-q` — только ответ, без замечаний. Выбрать из JSON: `{path} --json | jq …`.",
                "`-q` is the answer only, without remarks. To pick from JSON: `{path} --json | jq …`."
            ),
        )),
        _ => None,
    }
}

/// The columns that were meant, where the command has any: those that exist, or else an example.
fn columns(typed: &str, path: &str) -> Option<String> {
    let mut words = path.split(' ').skip(1);
    let kind = match (words.next()?, words.next()) {
        ("queue", None) => Kind::Request,
        (group, Some("list" | "find")) => Kind::from_code(group)?,
        _ => return None,
    };
    let known = crate::render::list::known_columns(kind);
    let names: Vec<&str> = typed.split(',').filter(|name| known.contains(name)).collect();
    Some(if names.is_empty() { "id,updated".to_owned() } else { names.join(",") })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command that a habit leads to can be parsed, from the top and from every group.
    #[test]
    fn only_what_exists_is_named() {
        let tree = tree(Lang::En);
        let paths = KINDS.into_iter().map(|kind| format!("appt {}", kind.code()));
        for path in paths.chain(["appt".to_owned()]) {
            for word in COMMANDS.iter().flat_map(|(typed, _)| typed.iter()) {
                for found in commands(word, &path) {
                    let mut words = found.split(' ').skip(1).filter(|word| !word.starts_with('-'));
                    let known = words.try_fold(&tree, |at, word| at.find_subcommand(word));
                    assert!(known.is_some(), "{path} {word}: {found}");
                }
            }
        }
        for (words, here) in COMMANDS {
            assert!(here.len() <= 3 && !words.is_empty());
            assert!(!commands(words[0], "appt").is_empty(), "{words:?}");
        }
    }

    #[test]
    fn a_flag_leads_to_one_that_the_command_has() {
        assert_eq!(flags("-s", "appt request list"), ["--status"]);
        assert_eq!(flags("-s", "appt patient list"), [""; 0]);
        assert_eq!(flags("--force", "appt request remove"), ["--yes"]);
        assert_eq!(flags("-R", "appt queue"), ["--data"]);
    }

    #[test]
    fn what_stands_after_json_is_columns() {
        let said = |path: &str, value: &str| {
            let words = ["--json".to_owned(), value.to_owned()];
            super::value(&words, path).map(|(_, hint)| hint.en)
        };
        let hint = "Columns are chosen like this: `appt queue --json --columns id,next`.";
        assert_eq!(said("appt queue", "id,next").as_deref(), Some(hint));
        assert!(
            said("appt patient list", "number").is_some_and(|hint| hint.contains("id,updated"))
        );
        assert_eq!(said("appt request show", "id"), None, "its argument");
    }
}
