//! The text of `appt.toml` → settings. As with records, decoding never stops: what can't be used is
//! a problem with its place, and the settings go on without it.

use std::borrow::Cow;

use chrono_tz::Tz;
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Result, rule};
use crate::format::decode::{self, Problem, meant, shown_key};
use crate::format::document::{self, Found};
use crate::format::syntax;
use crate::i18n::{Lang, Text};
use crate::model::hours::Hours;
use crate::model::settings::{FILE, FORMAT, Settings};
use crate::say;
use crate::words::passport::Format;

/// The keys, in the order in which `init` writes them.
pub const KEYS: [&str; 6] = ["format", "timezone", "hours", "language", "passport", "key"];
/// The digits of a key that `init` makes, and those of what is taken for the rest of one: a store
/// that others made may have any key.
const WHOLE: usize = 64;
const CUT: usize = 16;
/// Those that no store can be without.
const REQUIRED: [&str; 3] = ["format", "timezone", "key"];

impl Settings {
    /// Reads the text of `appt.toml`, for a command that needs all of it.
    ///
    /// # Errors
    /// `store`, with the place of the first thing that can't be used. A key that is not known is
    /// none: `check` reports it.
    pub fn parse(text: &str) -> Result<Settings> {
        let Read { settings, problems } = read(text)?;
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
        match format(text) {
            Ok(later) if later > FORMAT => Err(other_format(later)),
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
    let is_known = problem.key.as_deref().is_none_or(|key| KEYS.contains(&key));
    problem.rule != "unknown-key" || is_known
}

/// Settings as far as they could be read.
#[derive(Debug)]
pub struct Read {
    /// The settings; where a value is missing or wrong, one that lets no rule accuse a record.
    pub settings: Settings,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Reads the text of `appt.toml`.
///
/// # Errors
/// `store`: the data have another format, which this version can't judge.
pub fn read(text: &str) -> Result<Read> {
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let problems = vec![unread(text, &error)];
            return Ok(Read { settings: unknown(), problems });
        }
    };
    let mut reader = Reader { table: table.get_ref(), problems: Vec::new() };
    // The format comes first: another one has other keys.
    if let Some(other) = reader.format().filter(|format| *format != FORMAT) {
        return Err(other_format(other));
    }
    let settings = Settings {
        timezone: reader.text("timezone", |text| text.parse().ok()).unwrap_or(Tz::UTC),
        hours: reader.text("hours", Hours::parse).unwrap_or(Hours::DEFAULT),
        language: reader.text("language", language),
        passport: match reader.text("passport", passport) {
            Some(format) => format,
            None if reader.get("passport").is_none() => Format::Ru,
            None => Format::Any,
        },
        key: reader
            .text("key", |key| (!key.is_empty()).then(|| key.to_owned()))
            .unwrap_or_default(),
    };
    reader.others();
    reader.problems.sort_by_key(|problem| problem.span.start);
    Ok(Read { settings, problems: reader.problems })
}

/// The format that the text of an `appt.toml` says, whatever else it says.
///
/// # Errors
/// Why none can be read.
pub fn format(text: &str) -> std::result::Result<i64, Box<Problem>> {
    let table = DeTable::parse(text).map_err(|error| unread(text, &error))?;
    let mut reader = Reader { table: table.get_ref(), problems: Vec::new() };
    if let Some(format) = reader.format() {
        return Ok(format);
    }
    reader.others();
    let of_format = |problem: &Problem| problem.key.as_deref() == Some("format");
    let problem = reader.problems.into_iter().find(of_format);
    Err(problem.expect("a required key that can't be read is a problem").into())
}

/// What is wrong with settings that are no TOML. No program can tell which of two settings is right.
fn unread(text: &str, error: &toml::de::Error) -> Problem {
    let unite = say!(
        "Оставьте в каждом месте одну из двух сторон и уберите метки.",
        "Leave one of the two sides in each place, and take the markers out."
    );
    syntax::of_keys(KEYS.into_iter(), text, error, unite)
}

/// `appt.toml` as it was found, for `check`.
#[derive(Debug)]
pub struct Sheet {
    /// The text, as far as there is one.
    pub text: String,
    /// What could be read of it.
    pub settings: Settings,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl Sheet {
    /// Reads what lies at the place of `appt.toml`.
    ///
    /// # Errors
    /// `store`: the data have another format.
    pub fn new(found: Found) -> Result<Sheet> {
        match document::text_of(found) {
            Ok(text) => {
                let Read { settings, mut problems } = read(&text)?;
                problems.extend(cut_key(&text));
                Ok(Sheet { text, settings, problems })
            }
            Err(unread) => {
                let (text, problem) = *unread;
                Ok(Sheet { text, settings: unknown(), problems: vec![problem] })
            }
        }
    }
}

/// A key that lost its end: no command fails by it, but patients registered from now on would get
/// other ids than in the other clones.
fn cut_key(text: &str) -> Option<Problem> {
    let table = DeTable::parse(text).ok()?;
    let reader = Reader { table: table.get_ref(), problems: Vec::new() };
    let value = reader.get("key").filter(|value| value.get_ref().as_str().is_some_and(is_cut))?;
    Some(Problem {
        rule: "bad-value",
        span: value.span(),
        key: Some("key".to_owned()),
        message: say!(
            "`key` короче, чем его сделал `appt init` (цифр: {WHOLE}): новым пациентам достались бы не те id, что у других.",
            "`key` is shorter than `appt init` made it ({WHOLE} digits): new patients would get other ids than elsewhere."
        ),
        hint: Some(say!(
            "Верните его из git: `git checkout HEAD -- appt.toml`.",
            "Take it back from git: `git checkout HEAD -- appt.toml`."
        )),
    })
}

/// Settings of which nothing is known: they let no rule accuse a record.
pub fn unknown() -> Settings {
    Settings {
        timezone: Tz::UTC,
        hours: Hours::DEFAULT,
        language: None,
        passport: Format::Any,
        key: String::new(),
    }
}

struct Reader<'t, 'i> {
    table: &'t DeTable<'i>,
    problems: Vec<Problem>,
}

impl<'t, 'i> Reader<'t, 'i> {
    fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'i>>> {
        let found = self.table.iter().find(|(name, _)| name.get_ref().as_ref() == key);
        found.map(|(_, value)| value)
    }

    fn format(&mut self) -> Option<i64> {
        let value = self.get("format")?;
        let number = value.get_ref().as_integer();
        let number = number.and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        if number.is_none() {
            self.bad("format", value);
        }
        number
    }

    fn text<T>(&mut self, key: &'static str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = self.get(key)?;
        let read = value.get_ref().as_str().and_then(read);
        if read.is_none() {
            self.bad(key, value);
        }
        read
    }

    fn bad(&mut self, key: &'static str, value: &Spanned<DeValue<'_>>) {
        let Text { ru, en } = expected(key);
        self.problems.push(Problem {
            rule: "bad-value",
            span: value.span(),
            key: Some(key.to_owned()),
            message: say!(
                "`{key}`: значение не годится, нужно: {ru}.",
                "`{key}`: the value can't be used; it takes {en}."
            ),
            hint: Some(say!("Исправьте значение ключа `{key}`.", "Mend the value of `{key}`.")),
        });
    }

    /// What is missing, and what should not be there.
    fn others(&mut self) {
        let mut meant = Vec::new();
        for (name, _) in self.table.iter() {
            let key = name.get_ref().as_ref();
            if KEYS.contains(&key) {
                continue;
            }
            // A key that is not there was meant by this one: its lack is no second finding.
            meant.extend(decode::nearest(key, KEYS));
            self.unknown(name);
        }
        for key in REQUIRED {
            if self.get(key).is_none() {
                self.missing(key, meant.contains(&key));
            }
        }
    }

    fn unknown(&mut self, name: &Spanned<Cow<'_, str>>) {
        let key = name.get_ref().as_ref();
        let shown = shown_key(key);
        self.problems.push(Problem {
            rule: "unknown-key",
            span: name.span(),
            key: Some(key.to_owned()),
            message: say!(
                "В appt.toml нет такого ключа «{shown}».",
                "appt.toml has no key “{shown}”."
            ),
            hint: Some(meant(key, KEYS)),
        });
    }

    fn missing(&mut self, key: &'static str, is_misspelt: bool) {
        if is_misspelt {
            // The key that was meant spoils this one, for commands that need it.
            let by = |p: &&mut Problem| {
                p.key.as_deref().and_then(|k| decode::nearest(k, KEYS)) == Some(key)
            };
            if let Some(problem) = self.problems.iter_mut().find(by) {
                problem.key = Some(key.to_owned());
            }
            return;
        }
        self.problems.push(Problem {
            rule: "missing-key",
            span: 0..0,
            key: Some(key.to_owned()),
            message: say!("Нет обязательного ключа `{key}`.", "The key `{key}` is missing."),
            hint: Some(say!(
                "Верните его из git: `git checkout HEAD -- appt.toml`.",
                "Take it back from git: `git checkout HEAD -- appt.toml`."
            )),
        });
    }
}

/// Nothing but the two codes: a locale's name is a mistake here.
fn language(text: &str) -> Option<Lang> {
    match text {
        "ru" => Some(Lang::Ru),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// Whether a key is what is left of one that `init` made: hexadecimal, and no longer as long.
fn is_cut(key: &str) -> bool {
    let is_hex = key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hex
        && (CUT..WHOLE).contains(&key.len())
        && (!key.len().is_multiple_of(2) || key.len() <= WHOLE - CUT)
}

fn passport(text: &str) -> Option<Format> {
    match text {
        "ru" => Some(Format::Ru),
        "any" => Some(Format::Any),
        _ => None,
    }
}

fn expected(key: &str) -> Text {
    match key {
        "format" => say!("число {FORMAT}", "the number {FORMAT}"),
        "timezone" => say!("часовой пояс вида \"Asia/Omsk\"", "a time zone such as \"Asia/Omsk\""),
        "hours" => say!("часы вида \"08:00-20:00\"", "hours such as \"08:00-20:00\""),
        "language" => say!("\"ru\" или \"en\"", "\"ru\" or \"en\""),
        "passport" => say!("\"ru\" или \"any\"", "\"ru\" or \"any\""),
        _ => say!("непустой текст в кавычках", "a text in quotes that is not empty"),
    }
}

/// The data have another format than this version's, and no command but `migrate` works on them.
pub fn other_format(found: i64) -> Error {
    if found > FORMAT {
        return Error::store(
            rule::FORMAT,
            say!(
                "Формат данных {found}, а эта версия appt знает только {FORMAT}.",
                "The data have format {found}, this version of appt knows only {FORMAT}."
            ),
        )
        .hint(say!("Обновите appt.", "Install a newer appt."));
    }
    Error::store(
        rule::FORMAT,
        say!("Данные старого формата: {found}.", "The data have the older format {found}."),
    )
    .hint(say!("Обновите их: `appt migrate`.", "Upgrade them: `appt migrate`."))
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
