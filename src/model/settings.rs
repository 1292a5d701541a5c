//! `appt.toml`: the store's settings (`spec.md`, section 2).

use chrono_tz::Tz;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::model::hours::Hours;
use crate::say;
use crate::words::passport::Format;

/// The format that this version reads and writes.
pub const FORMAT: u64 = 1;
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

#[derive(Deserialize)]
struct File {
    format: u64,
    timezone: String,
    hours: Option<String>,
    language: Option<String>,
    passport: Option<String>,
    key: String,
}

impl Settings {
    /// The format that the text of an `appt.toml` says.
    ///
    /// # Errors
    /// `store` where it says none, or a later one than this version knows.
    pub fn format(text: &str) -> Result<u64> {
        let table: toml::Table = text.parse().map_err(|error| syntax(&error))?;
        let format = table.get("format").and_then(toml::Value::as_integer);
        let format = format.and_then(|format| u64::try_from(format).ok());
        match format.ok_or_else(|| bad("format"))? {
            later if later > FORMAT => Err(Error::store(
                "format",
                say!(
                    "Формат данных {later}, а эта версия appt знает только {FORMAT}.",
                    "The data have format {later}, this version of appt knows only {FORMAT}."
                ),
            )
            .hint(say!("Обновите appt.", "Install a newer appt."))),
            format => Ok(format),
        }
    }

    /// Reads the text of `appt.toml`.
    pub fn parse(text: &str) -> Result<Settings> {
        let format = Settings::format(text)?;
        if format < FORMAT {
            return Err(Error::store(
                "format",
                say!(
                    "Данные старого формата: {format}.",
                    "The data have the older format {format}."
                ),
            )
            .hint(say!("Обновите их: `appt migrate`.", "Upgrade them: `appt migrate`.")));
        }
        let table: toml::Table = text.parse().map_err(|error| syntax(&error))?;
        let file: File = table.try_into().map_err(|error| syntax(&error))?;
        debug_assert_eq!(file.format, FORMAT);
        Ok(Settings {
            timezone: file.timezone.parse().map_err(|_| bad("timezone"))?,
            hours: match &file.hours {
                Some(hours) => Hours::parse(hours).ok_or_else(|| bad("hours"))?,
                None => Hours::DEFAULT,
            },
            language: match &file.language {
                Some(code) => Some(Lang::parse(code).ok_or_else(|| bad("language"))?),
                None => None,
            },
            passport: match file.passport.as_deref() {
                None | Some("ru") => Format::Ru,
                Some("any") => Format::Any,
                Some(_) => return Err(bad("passport")),
            },
            key: Some(file.key).filter(|key| !key.is_empty()).ok_or_else(|| bad("key"))?,
        })
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

fn bad(key: &'static str) -> Error {
    Error::store(
        "bad-value",
        say!("appt.toml: не годится значение ключа `{key}`.", "appt.toml: `{key}` can't be used."),
    )
    .at(FILE, None, None)
}

fn syntax(error: &toml::de::Error) -> Error {
    let detail = error.message();
    Error::store(
        "syntax",
        say!("appt.toml не читается: {detail}.", "appt.toml can't be read: {detail}."),
    )
    .at(FILE, None, None)
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
        assert_eq!(refusal("").rule, Some("bad-value"));
        assert_eq!(
            refusal("format = 1\ntimezone = \"Mars/Base\"\nkey = \"k\"\n").rule,
            Some("bad-value")
        );
        assert_eq!(refusal("format = ").rule, Some("syntax"));
    }
}
