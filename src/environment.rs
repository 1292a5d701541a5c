//! The world outside, as one value made in `main`: arguments, variables, clock, terminal. Nothing
//! else asks the system for them, so that tests and scripts can say what they are.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{ErrorKind, IsTerminal as _};
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::error::{Error, Result, why};
use crate::i18n::Text;
use crate::model::range;
use crate::say;

/// What a process is started with.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The command line, the program's name first.
    pub args: Vec<OsString>,
    /// The variables.
    pub vars: BTreeMap<String, String>,
    /// The current directory.
    pub cwd: PathBuf,
    /// Whether standard input is a terminal.
    pub stdin_is_terminal: bool,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// What the user's `appt/config.toml` says, by the names of the variables.
    config: BTreeMap<String, String>,
    /// What is wrong with that file, or with a variable.
    fault: Option<Error>,
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Environment {
        let (mut vars, mut garbled) = (BTreeMap::new(), None);
        for (key, value) in std::env::vars_os() {
            let Ok(key) = key.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(vars.insert(key, value)),
                Err(_) if key.starts_with("APPT_") => garbled = Some(not_utf8(&key)),
                Err(_) => {}
            }
        }
        let (config, fault) = match config(&vars) {
            Ok(config) => (config, garbled),
            Err(fault) => (BTreeMap::new(), Some(fault)),
        };
        Environment {
            args: std::env::args_os().collect(),
            config,
            fault,
            vars,
            cwd: std::env::current_dir().unwrap_or_default(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// A variable, or else the same key of the user's configuration. Empty is unset.
    pub fn var(&self, name: &str) -> Option<&str> {
        let set = |map: &BTreeMap<String, String>| map.get(name).is_some_and(|v| !v.is_empty());
        let map = [&self.vars, &self.config].into_iter().find(|map| set(map))?;
        map.get(name).map(String::as_str)
    }

    /// A variable alone, for what no configuration may say.
    pub fn own_var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// That the user's configuration could be read.
    ///
    /// # Errors
    /// `usage`: what is wrong with it, and where.
    pub fn sound_configuration(&self) -> Result<()> {
        self.fault.clone().map_or(Ok(()), Err)
    }

    /// The present, or what `APPT_NOW` says it is.
    ///
    /// # Errors
    /// `usage` where `APPT_NOW` is no RFC 3339 time.
    pub fn now(&self) -> Result<DateTime<Utc>> {
        let Some(text) = self.var("APPT_NOW") else { return Ok(Utc::now()) };
        range::instant(text).map(|at| at.to_utc()).ok_or_else(|| {
            Error::usage(
                "clock",
                say!("APPT_NOW: не время: {text}.", "APPT_NOW is no time: {text}."),
            )
            .hint(say!(
                "Пример: 2026-11-23T10:00:00+03:00.",
                "For example: 2026-11-23T10:00:00+03:00."
            ))
        })
    }

    /// The path of this program; its bare name where the system does not tell.
    pub fn program(&self) -> PathBuf {
        std::env::current_exe().unwrap_or_else(|_| PathBuf::from("appt"))
    }

    /// The terminal's width, where standard output is one.
    pub fn width(&self) -> Option<usize> {
        if !self.stdout_is_terminal {
            return None;
        }
        let columns = self.own_var("COLUMNS").and_then(|columns| columns.parse().ok());
        columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0.into()))
    }

    /// The terminal's width, where standard error is one.
    pub fn remarks_width(&self) -> Option<usize> {
        let at_terminal = Environment { stdout_is_terminal: true, ..self.clone() };
        self.stderr_is_terminal.then(|| at_terminal.width()).flatten()
    }

    /// The terminal's height, where standard output is one.
    pub fn height(&self) -> Option<usize> {
        if !self.stdout_is_terminal {
            return None;
        }
        let lines = self.own_var("LINES").and_then(|lines| lines.parse().ok());
        lines.or_else(|| terminal_size::terminal_size().map(|(_, height)| height.0.into()))
    }

    /// Random bits for an id.
    ///
    /// # Panics
    /// Where the system has no source of randomness: nothing safe could be made without it.
    pub fn random(&self) -> u64 {
        getrandom::u64().expect("the system gives random numbers")
    }
}

/// What the user's configuration may say, as the variables that it stands for.
const KEYS: [&str; 8] = [
    "APPT_DATA",
    "APPT_OPERATOR",
    "APPT_LANG",
    "APPT_NOW",
    "NO_COLOR",
    "EDITOR",
    "VISUAL",
    "PAGER",
];

/// One of our own variables that is no text: passed over, another store might be written.
fn not_utf8(name: &str) -> Error {
    Error::usage("arguments", say!("{name}: не в кодировке UTF-8.", "{name} is not UTF-8."))
        .hint(say!("Задайте её заново.", "Set it anew."))
}

/// The user's `appt/config.toml`, its keys as the variables that they stand for.
fn config(vars: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let home = |name: &str| vars.get(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let folder = home("XDG_CONFIG_HOME")
        .or_else(|| home("APPDATA"))
        .or_else(|| home("HOME").map(|home| home.join(".config")));
    let Some(path) = folder.map(|folder| folder.join("appt/config.toml")) else {
        return Ok(BTreeMap::new());
    };
    let text = match std::fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(BTreeMap::new());
        }
        Err(error) => {
            let Text { ru, en } = why(&error);
            let what = say!("не читается ({ru})", "it can't be read ({en})");
            return Err(wrong(&path.display().to_string(), None, &what));
        }
    };
    let place = path.display().to_string();
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        wrong(&place, line, &say!("это не TOML", "this is no TOML"))
    })?;
    let mut config = BTreeMap::new();
    for (key, value) in table {
        let known = KEYS.into_iter().find(|known| {
            let own = known.strip_prefix("APPT_").unwrap_or(known);
            [own, known].iter().any(|name| name.eq_ignore_ascii_case(&key))
        });
        let is_key = |line: &str| line.trim_start().trim_start_matches('"').starts_with(&key);
        let line = text.lines().position(is_key).map(|at| at + 1);
        let Some(known) = known else {
            let (ru, en) = ("нет такого ключа", "there is no such key");
            return Err(wrong(&place, line, &say!("{ru}: {key}", "{en}: {key}")));
        };
        match value {
            toml::Value::String(text) if known == "APPT_DATA" => {
                // A path in a file means the same wherever one stands: from the file on, or from home.
                let text = match (text.strip_prefix("~/"), home("HOME")) {
                    (Some(rest), Some(home)) => home.join(rest),
                    _ => path.with_file_name(text),
                };
                config.insert(known.to_owned(), text.to_string_lossy().into_owned());
            }
            toml::Value::String(text) => drop(config.insert(known.to_owned(), text)),
            toml::Value::Boolean(is_on) if known == "NO_COLOR" => {
                config.extend(is_on.then(|| (known.to_owned(), "1".to_owned())));
            }
            _ => {
                let what =
                    say!("`{key}`: значение — текст в кавычках", "`{key}` takes a text in quotes");
                return Err(wrong(&place, line, &what));
            }
        }
    }
    Ok(config)
}

fn wrong(path: &str, line: Option<usize>, what: &Text) -> Error {
    let at = line.map_or_else(String::new, |line| format!(":{line}"));
    let (ru, en) = (&what.ru, &what.en);
    Error::usage(
        "configuration",
        say!("Ваши настройки, {path}{at}: {ru}.", "Your configuration, {path}{at}: {en}."),
    )
    .hint(say!(
        "Исправьте или уберите этот файл. Ключи: data, operator, lang, now, no_color, editor, pager.",
        "Mend or remove that file. Its keys: data, operator, lang, now, no_color, editor, pager."
    ))
}
