//! What is said of command lines that can't be parsed, in both languages.

use super::*;
use crate::cmd::help::tests::english_in;

fn os(line: &[&str]) -> Vec<OsString> {
    line.iter().map(Into::into).collect()
}

/// What is said of a command line, in Russian and in English.
fn said(line: &[&str]) -> String {
    let said = |lang| {
        let error = tree(lang).try_get_matches_from(line).expect_err("it can't be parsed");
        shown(&translate(&error, &os(line)), lang)
    };
    format!("{}\n{}", said(Lang::Ru), said(Lang::En))
}

fn shown(error: &Error, lang: Lang) -> String {
    let hint = error.hint.as_ref().expect("there is a way out");
    let shown = format!("{} {}", error.message.get(lang), hint.get(lang));
    assert!(lang == Lang::En || english_in(&shown).is_none(), "{shown}");
    shown
}

#[test]
fn every_misuse_names_what_is_wrong_and_the_way_out() {
    let lines: &[&[&str]] = &[
        &["appt", "requst", "list"],
        &["appt", "request", "view", "k7m"],
        &["appt", "request", "close", "k7m"],
        &["appt", "status"],
        &["appt", "list"],
        &["appt", "auth", "login"],
        &["appt", "config", "set", "lang", "ru"],
        &["appt", "7r6"],
        &["appt", "заявки"],
        &["appt", "queue", "--json", "id,next"],
        &["appt", "request", "list", "--json", "id"],
        &["appt", "request", "list", "--json", "--flag"],
        &["appt", "request", "list", "-q", ".[].id"],
        &["appt", "request", "list", "-s", "created"],
        &["appt", "request", "list", "--author", "anna"],
        &["appt", "заявка"],
        &["appt", "request", "set-statos"],
        &["appt", "request", "nwe"],
        &["appt", "--", "queue"],
        &["appt", "specialty", "--json"],
        &["appt", "request", "new", "--clinc", "x"],
        &["appt", "queue", "--zzz"],
        &["appt", "-Z"],
        &["appt", "request", "note", "k7m", "-срочно"],
        &["appt", "--statu", "created", "request", "list"],
        &["appt", "request", "--statu", "created", "list"],
        &["appt", "request", "new", "--range", "ср", "9-12"],
        &["appt", "--lang", "fr", "queue"],
        &["appt", "-o", "jsn", "queue"],
        &["appt", "queue", "--limit"],
        &["appt", "check", "--format"],
        &["appt", "queue", "--limit", "1", "--limit", "2"],
        &["appt", "request", "set-appointment", "k7m", "ср", "11:30", "--clear"],
    ];
    let all: Vec<String> =
        lines.iter().map(|line| format!("$ {}\n{}", line.join(" "), said(line))).collect();
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    $ appt requst list
    Нет такой команды: «requst». Возможно, `appt request`.
    There is no command “requst”. Perhaps `appt request`.

    $ appt request view k7m
    Нет такой команды: «view». Возможно, `appt request show`.
    There is no command “view”. Perhaps `appt request show`.

    $ appt request close k7m
    Нет такой команды: «close». Возможно, `appt request refuse`, `appt request set-status`.
    There is no command “close”. Perhaps `appt request refuse`, `appt request set-status`.

    $ appt status
    Нет такой команды: «status». Возможно, `appt queue`, `appt sync --status`.
    There is no command “status”. Perhaps `appt queue`, `appt sync --status`.

    $ appt list
    Нет такой команды: «list». Возможно, `appt request list`, `appt patient list`.
    There is no command “list”. Perhaps `appt request list`, `appt patient list`.

    $ appt auth login
    Нет такой команды: «auth». Входить не нужно. Кто работает, говорит `--operator ID` или переменная APPT_OPERATOR; кто есть: `appt operator list`.
    There is no command “auth”. There is no login. `--operator ID` or the variable APPT_OPERATOR says who works; who there is: `appt operator list`.

    $ appt config set lang ru
    Нет такой команды: «config». Настройки данных — в файле `appt.toml`, свои — в `appt/config.toml` папки настроек (ключи: data, operator, lang).
    There is no command “config”. The store's settings stand in `appt.toml`, your own in `appt/config.toml` of the configuration folder (keys: data, operator, lang).

    $ appt 7r6
    Нет такой команды: «7r6». Открыть заявку: `appt request show 7r6`, вести её звонок: `appt script 7r6`.
    There is no command “7r6”. To open the request: `appt request show 7r6`; to take its call: `appt script 7r6`.

    $ appt заявки
    Нет такой команды: «заявки». Возможно, `appt request`.
    There is no command “заявки”. Perhaps `appt request`.

    $ appt queue --json id,next
    У `--json` нет значения: «id,next». Столбцы выбирают так: `appt queue --json --columns id,next`.
    `--json` takes no value: “id,next”. Columns are chosen like this: `appt queue --json --columns id,next`.

    $ appt request list --json id
    У `--json` нет значения: «id». Столбцы выбирают так: `appt request list --json --columns id`.
    `--json` takes no value: “id”. Columns are chosen like this: `appt request list --json --columns id`.

    $ appt request list --json --flag
    Нет такого флага: `--flag`. Возможно, `--lang`.
    There is no flag `--flag`. Perhaps `--lang`.

    $ appt request list -q .[].id
    У `-q` нет значения: «.[].id». `-q` — только ответ, без замечаний. Выбрать из JSON: `appt request list --json | jq …`.
    `-q` takes no value: “.[].id”. `-q` is the answer only, without remarks. To pick from JSON: `appt request list --json | jq …`.

    $ appt request list -s created
    Нет такого флага: `-s`. Возможно, `--status`.
    There is no flag `-s`. Perhaps `--status`.

    $ appt request list --author anna
    Нет такого флага: `--author`. Возможно, `--created-by`.
    There is no flag `--author`. Perhaps `--created-by`.

    $ appt заявка
    Нет такой команды: «заявка». Возможно, `appt request`.
    There is no command “заявка”. Perhaps `appt request`.

    $ appt request set-statos
    Нет такой команды: «set-statos». Возможно, `appt request set-status`, `appt request set-ranges`.
    There is no command “set-statos”. Perhaps `appt request set-status`, `appt request set-ranges`.

    $ appt request nwe
    Нет такой команды: «nwe». Возможно, `appt request new`, `appt request note`.
    There is no command “nwe”. Perhaps `appt request new`, `appt request note`.

    $ appt -- queue
    Лишнее слово: «queue». Уберите `--` перед командой.
    One word too many: “queue”. Take away the `--` before the command.

    $ appt specialty --json
    Не указана команда. Можно: new, list, show, edit, remove.
    No command given. It takes: new, list, show, edit, remove.

    $ appt request new --clinc x
    Нет такого флага: `--clinc`. Возможно, `--clinic`.
    There is no flag `--clinc`. Perhaps `--clinic`.

    $ appt queue --zzz
    Нет такого флага: `--zzz`. Список флагов: `appt queue --help`.
    There is no flag `--zzz`. The flags: `appt queue --help`.

    $ appt -Z
    Нет такого флага: `-Z`. Список флагов: `appt --help`.
    There is no flag `-Z`. The flags: `appt --help`.

    $ appt request note k7m -срочно
    Нет такого флага: `-с`. Если это не флаг, а значение, поставьте перед ним `--`. Флаги: `appt request note --help`.
    There is no flag `-с`. If it is a value and no flag, put `--` before it. The flags: `appt request note --help`.

    $ appt --statu created request list
    Нет такого флага: `--statu`. Список флагов: `appt request list --help`.
    There is no flag `--statu`. The flags: `appt request list --help`.

    $ appt request --statu created list
    Нет такого флага: `--statu`. Возможно, `appt request list --status`.
    There is no flag `--statu`. Perhaps `appt request list --status`.

    $ appt request new --range ср 9-12
    Лишнее слово: «9-12». Значение из нескольких слов берут в кавычки: `"ср 9-12"`. Подробнее: `appt request new --help`.
    One word too many: “9-12”. A value of several words takes quotes: `"wed 9-12"`. More: `appt request new --help`.

    $ appt --lang fr queue
    Для `--lang <ЯЗЫК>` не годится «fr». Можно: ru, en.
    `--lang <LANG>` does not take “fr”. It takes: ru, en.

    $ appt -o jsn queue
    Для `--output <ВИД>` не годится «jsn». Возможно, `json`.
    `--output <FORMAT>` does not take “jsn”. Perhaps `json`.

    $ appt queue --limit
    Не указано значение: `--limit <ЧИСЛО>`. Подробнее: `appt queue --help`.
    A value is missing: `--limit <N>`. More: `appt queue --help`.

    $ appt check --format
    Не указано значение: `--format <ВИД>`. Можно: human, json, github, gitlab, sarif, junit.
    A value is missing: `--format <FORMAT>`. It takes: human, json, github, gitlab, sarif, junit.

    $ appt queue --limit 1 --limit 2
    Указано дважды: `--limit <ЧИСЛО>`. Оставьте одно.
    Given twice: `--limit <N>`. Keep one.

    $ appt request set-appointment k7m ср 11:30 --clear
    Вместе не ставят: `[ВРЕМЯ]...`, `--clear`. Оставьте что-то одно.
    These don't go together: `[TIME]...`, `--clear`. Keep one of them.
    "#);
}

#[test]
fn what_no_command_line_brings_about_today_has_its_sentence_too() {
    use ContextValue::{Number, String as One, Strings};
    let with = |kind, context: Vec<(ContextKind, ContextValue)>| {
        let mut error = clap::Error::new(kind);
        for (kind, value) in context {
            error.insert(kind, value);
        }
        error
    };
    let arg = || (ContextKind::InvalidArg, One("--range <ДИАПАЗОН>".to_owned()));
    let value = || (ContextKind::InvalidValue, One("ср".to_owned()));
    let (two, three) = (ContextKind::ActualNumValues, Number(3));
    let errors = [
        with(ErrorKind::NoEquals, vec![arg()]),
        with(ErrorKind::ValueValidation, vec![arg(), value()]),
        with(ErrorKind::TooManyValues, vec![arg(), value()]),
        with(
            ErrorKind::TooFewValues,
            vec![arg(), (ContextKind::MinValues, Number(4)), (two, three.clone())],
        ),
        with(
            ErrorKind::WrongNumberOfValues,
            vec![arg(), (ContextKind::ExpectedNumValues, Number(2)), (two, three)],
        ),
        with(
            ErrorKind::MissingRequiredArgument,
            vec![(ContextKind::InvalidArg, Strings(vec!["--range <ДИАПАЗОН>".to_owned()]))],
        ),
        with(ErrorKind::InvalidUtf8, vec![]),
        with(ErrorKind::Io, vec![]),
        with(ErrorKind::Format, vec![]),
    ];
    let all: Vec<String> = errors
        .iter()
        .map(|error| {
            let error = translate(error, &os(&["appt", "request", "new"]));
            format!("{}\n{}", shown(&error, Lang::Ru), shown(&error, Lang::En))
        })
        .collect();
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    Значение пишут через `=`: `--range <ДИАПАЗОН>`. Подробнее: `appt request new --help`.
    The value goes after `=`: `--range <ДИАПАЗОН>`. More: `appt request new --help`.

    Для `--range <ДИАПАЗОН>` не годится «ср». Подробнее: `appt request new --help`.
    `--range <ДИАПАЗОН>` does not take “ср”. More: `appt request new --help`.

    Лишнее значение «ср»: `--range <ДИАПАЗОН>`. Подробнее: `appt request new --help`.
    One value too many, “ср”: `--range <ДИАПАЗОН>`. More: `appt request new --help`.

    Не хватает значений: `--range <ДИАПАЗОН>`. Нужно не меньше: 4, указано: 3. Подробнее: `appt request new --help`.
    Values are missing: `--range <ДИАПАЗОН>`. At least 4, given: 3. More: `appt request new --help`.

    Не столько значений: `--range <ДИАПАЗОН>`. Нужно: 2, указано: 3. Подробнее: `appt request new --help`.
    A wrong number of values: `--range <ДИАПАЗОН>`. It takes 2, given: 3. More: `appt request new --help`.

    Не указано: `--range <ДИАПАЗОН>`. Подробнее: `appt request new --help`.
    Missing: `--range <ДИАПАЗОН>`. More: `appt request new --help`.

    Один из аргументов не в кодировке UTF-8. Наберите команду заново.
    An argument is not UTF-8. Type the command again.

    Не удалось разобрать команду. Подробнее: `appt request new --help`.
    The command line can't be understood. More: `appt request new --help`.

    Не удалось разобрать команду. Подробнее: `appt request new --help`.
    The command line can't be understood. More: `appt request new --help`.
    "#);
}

#[test]
fn the_command_is_found_behind_its_flags() {
    let of = |line: &str| path(&os(&line.split(' ').collect::<Vec<_>>()));
    assert_eq!(of("appt --json request --lang ru new --clinic x"), "appt request new");
    assert_eq!(of("appt queue new"), "appt queue");
    assert_eq!(of("appt request nwe"), "appt request");
    assert_eq!(of("appt zzz"), "appt");
}

#[test]
fn whoever_names_no_command_hears_of_none_that_only_git_calls() {
    let said = said(&["appt"]);
    assert!(said.contains("queue, ") && said.contains("specialty"), "{said}");
    assert!(!said.contains("merge-driver"), "{said}");
}
