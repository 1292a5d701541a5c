//! The world outside, as one value made in `main`: arguments, variables, clock, terminal. Nothing
//! else asks the system for them, so that tests and scripts can say what they are.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
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
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Environment {
        let vars: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Environment {
            args: std::env::args_os().collect(),
            config: config(&vars),
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

    /// The present, or what `APPT_NOW` says it is.
    ///
    /// # Errors
    /// `usage` where `APPT_NOW` is no RFC 3339 time.
    pub fn now(&self) -> Result<DateTime<Utc>> {
        let Some(text) = self.var("APPT_NOW") else { return Ok(Utc::now()) };
        DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(|_| {
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

/// The user's `appt/config.toml`, its keys as the variables that they stand for.
fn config(vars: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let home = |name: &str| vars.get(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let folder = home("XDG_CONFIG_HOME")
        .or_else(|| home("APPDATA"))
        .or_else(|| home("HOME").map(|home| home.join(".config")));
    let text =
        folder.and_then(|folder| std::fs::read_to_string(folder.join("appt/config.toml")).ok());
    let table: toml::Table = text.and_then(|text| text.parse().ok()).unwrap_or_default();
    let own = ["DATA", "OPERATOR", "LANG", "NOW"];
    table
        .into_iter()
        .map(|(key, value)| {
            let key = key.to_uppercase();
            let key = if own.contains(&key.as_str()) { format!("APPT_{key}") } else { key };
            let value = match value {
                toml::Value::String(text) => text,
                other => other.to_string(),
            };
            (key, value)
        })
        .collect()
}
