//! Help, the version and a misused command line, by the program itself: streams, exit codes and
//! languages.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::process::{Command, Output};

fn appt(lang: &str, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_appt"));
    let folder = tempfile::tempdir().unwrap();
    command.env_clear().env("APPT_LANG", lang).current_dir(folder.path());
    command.args(line.split_whitespace()).output().unwrap()
}

/// Standard output, standard error, exit code.
fn told(lang: &str, line: &str) -> (String, String, i32) {
    let Output { stdout, stderr, status } = appt(lang, line);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(stdout), text(stderr), status.code().unwrap())
}

#[test]
fn help_that_was_asked_for_is_the_answer() {
    for (lang, usage) in [("ru", "Использование: appt"), ("en", "Usage: appt")] {
        for command in ["", "request", "request new", "queue"] {
            let (long, errors, code) = told(lang, &format!("{command} --help"));
            assert!(long.contains(format!("\n{usage} {command}").trim_end()), "{long}");
            assert_eq!((errors.as_str(), code), ("", 0));
            assert_eq!(told(lang, &format!("{command} -h")), (long, errors, code));
        }
    }
}

#[test]
fn a_flag_of_the_language_counts_wherever_it_stands() {
    for line in ["--lang ru request --help", "request --help --lang=ru"] {
        assert!(told("en", line).0.starts_with("Заявки\n"), "{line}");
    }
}

#[test]
fn the_version_is_one_line() {
    for lang in ["ru", "en"] {
        for line in ["--version", "-V"] {
            let (text, errors, code) = told(lang, line);
            assert_eq!((errors.as_str(), code, text.lines().count()), ("", 0, 1));
            assert!(text.starts_with("appt 0.1.0"), "{text}");
            // Built from a work tree, it names the commit.
            if std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.git")).exists() {
                let commit = text.trim_end().rsplit_once('(').unwrap().1.trim_end_matches(')');
                assert!(commit.len() == 10 && commit.bytes().all(|b| b.is_ascii_hexdigit()));
            }
        }
    }
}

#[test]
fn help_that_nobody_asked_for_is_no_answer() {
    for lang in ["ru", "en"] {
        let global = format!("--lang {lang} request --no-input");
        for (line, path) in [("", ""), ("request", "request"), (&global, "request")] {
            let (answer, help, code) = told(lang, line);
            assert_eq!((answer.as_str(), code), ("", 2), "{line}");
            assert_eq!(help, told(lang, &format!("{path} --help")).0, "{line}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_program_may_have_another_name() {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(env!("CARGO_BIN_EXE_appt"));
    command.env_clear().env("APPT_LANG", "ru").arg0("/opt/my appt").arg("request");
    let help = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert_eq!(help, told("ru", "request --help").0);
}

#[test]
fn a_program_gets_an_object() {
    for line in ["--json", "request --json", "-o json", "-ojson request"] {
        let (answer, error, code) = told("ru", line);
        assert_eq!((answer.as_str(), code), ("", 2), "{line}");
        let error: serde_json::Value = serde_json::from_str(&error).expect("one object");
        assert_eq!(error["error"]["code"], "usage");
        assert_eq!(error["error"]["message"], "Не указана команда.");
    }
}

#[test]
fn a_misused_command_line_is_exit_2() {
    assert_eq!(
        told("ru", "request new --clinc x"),
        (String::new(), "Нет такого флага: `--clinc`.\nВозможно, `--clinic`.\n".to_owned(), 2)
    );
    assert_eq!(
        told("en", "requst"),
        (String::new(), "There is no command “requst”.\nPerhaps `appt request`.\n".to_owned(), 2)
    );
}

#[cfg(unix)]
#[test]
fn a_variable_of_ours_that_is_no_text_is_not_passed_over() {
    use std::os::unix::ffi::OsStrExt as _;
    let value = std::ffi::OsStr::from_bytes(b"/data\xff");
    for name in ["APPT_DATA", "APPT_NOW"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_appt"));
        command.env_clear().env("APPT_LANG", "ru").env(name, value).args(["queue"]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with(&format!("{name}: не в кодировке UTF-8.")), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_said_to_be_none() {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = std::ffi::OsStr::from_bytes(b"\xd0");
    let mut command = Command::new(env!("CARGO_BIN_EXE_appt"));
    command.env_clear().env("APPT_LANG", "ru").args(["request", "show"]).arg(bytes);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("Один из аргументов не в кодировке UTF-8."), "{said}");
}

#[test]
fn the_word_help_asks_as_the_flag_does() {
    assert_eq!(told("ru", "help queue"), told("ru", "queue --help"));
    assert_eq!(told("en", "help"), told("en", "--help"));
    assert_eq!(told("ru", "-q --operator anna help queue"), told("ru", "queue --help"));
    assert_eq!(told("ru", "--lang=en help"), told("en", "--help"));
    assert_eq!(told("ru", "-C . request help"), told("ru", "request --help"));
    assert_eq!(told("ru", "request help new"), told("ru", "request new --help"));
}
