//! `appt.toml`: the store's settings (`spec.md`, section 2).

use chrono_tz::Tz;

use crate::error::{Error, Result};
use crate::format::decode::{self, Problem};
use crate::format::settings::{self, Read};
use crate::i18n::{Lang, Text};
use crate::model::hours::Hours;
use crate::say;
use crate::words::passport::Format;

/// The format that this version reads and writes.
pub const FORMAT: i64 = 1;
/// The file's name.
pub const FILE: &str = "appt.toml";

/// What `appt.toml` says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The store's time zone.
    pub timezone: Tz,
    /// The day that «весь день» means, where the clinic has no hours of its own.
    pub hours: Hours,
    /// The language, where somebody chose one.
    pub language: Option<Lang>,
    /// What a passport number looks like.
    pub passport: Format,
    /// The secret that patients' ids are hashed with.
    pub key: String,
}

impl Settings {
    /// Reads the text of `appt.toml`, for a command that needs all of it.
    ///
    /// # Errors
    /// `store`, with the place of the first thing that can't be used. A key that is not known is
    /// none: `check` reports it.
    pub fn parse(text: &str) -> Result<Settings> {
        let Read { settings, problems } = settings::read(text)?;
        let Some(problem) = problems.into_iter().find(spoils) else {
            return Ok(settings);
        };
        Err(refusal(text, problem))
    }

    /// The format that the text of an `appt.toml` says, an older one too: `migrate` starts there.
    ///
    /// # Errors
    /// `store` where it says none, or a later one than this version knows.
    pub fn format(text: &str) -> Result<i64> {
        match settings::format(text) {
            Ok(later) if later > FORMAT => Err(settings::other_format(later)),
            Ok(format) => Ok(format),
            Err(problem) => Err(refusal(text, *problem)),
        }
    }

    /// The text of a new store's `appt.toml`.
    pub fn initial(timezone: Tz, language: Option<Lang>, key: &str) -> String {
        let language = match language {
            Some(Lang::Ru) => "language = \"ru\"\n",
            Some(Lang::En) => "language = \"en\"\n",
            None => "",
        };
        let (zone, hours) = (timezone.name(), Hours::DEFAULT);
        format!(
            "format = {FORMAT}\ntimezone = \"{zone}\"\nhours = \"{hours}\"\n{language}passport = \"ru\"\nkey = \"{key}\"\n"
        )
    }
}

/// A problem that ends the command, with its place.
fn refusal(text: &str, problem: Problem) -> Error {
    let (line, column) = decode::line_and_column(text, problem.span.start);
    let Text { ru, en } = problem.message;
    let message = say!("{FILE}:{line}: {ru}", "{FILE}:{line}: {en}");
    let error = Error { hint: problem.hint, ..Error::store(problem.rule, message) };
    error.at(FILE, Some(line), Some(column))
}

/// Whether a problem keeps a command from using the settings: an unknown key does where it was
/// meant to be one that no store can be without.
fn spoils(problem: &Problem) -> bool {
    let is_known = problem.key.as_deref().is_none_or(|key| settings::KEYS.contains(&key));
    problem.rule != "unknown-key" || is_known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_store_reads_its_own_settings() {
        let text = Settings::initial(chrono_tz::Asia::Omsk, Some(Lang::Ru), "abc");
        let settings = Settings::parse(&text).unwrap();
        assert_eq!(settings.timezone, chrono_tz::Asia::Omsk);
        assert_eq!(settings.hours, Hours::DEFAULT);
        assert_eq!(settings.language, Some(Lang::Ru));
        assert_eq!(settings.key, "abc");
    }

    #[test]
    fn a_store_of_another_format_is_refused() {
        let refusal = |text: &str| Settings::parse(text).unwrap_err();
        assert!(refusal("format = 2\n").message.en.contains("knows only 1"));
        assert!(refusal("format = 0\n").hint.unwrap().en.contains("appt migrate"));
        assert_eq!(refusal("").rule, Some("missing-key"));
        assert_eq!(
            refusal("format = 1\ntimezone = \"Mars/Base\"\nkey = \"k\"\n").message.en,
            "appt.toml:2: `timezone`: the value can't be used; it takes a time zone such as \"Asia/Omsk\"."
        );
        assert_eq!(refusal("format = ").rule, Some("syntax"));
    }

    #[test]
    fn the_format_is_read_whatever_else_the_text_says() {
        assert_eq!(Settings::format("format = 0\nzone = 3\n").unwrap(), 0);
        assert_eq!(Settings::format("format = 1\n").unwrap(), 1);
        let refusal = |text: &str| Settings::format(text).unwrap_err();
        assert!(refusal("format = 2\n").message.en.contains("knows only 1"));
        for (text, rule) in [
            ("", "missing-key"),
            ("fromat = 1\n", "unknown-key"),
            ("format = \"1\"\n", "bad-value"),
            ("format = ", "syntax"),
        ] {
            let error = refusal(text);
            assert_eq!(error.rule, Some(rule), "{text}");
            assert_eq!(error.place.unwrap().file, FILE);
        }
    }
}
