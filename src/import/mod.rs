//! Data from elsewhere: rows come in, records come out, and every row has a fate (`spec.md`,
//! section 5, `import`).
//!
//! Pure: a format says what its rows are and what records they make ([`Candidate`]); [`Work`]
//! judges each by the rules of `check` and finds its place; the caller writes what is planned.
//! A new format is a new file and its line in [`FORMATS`].
//!
//! Invariants: each row is imported, merged, known or rejected, so that they add up to what came
//! in; a row whose key stands as `source` in some history is known and changes nothing.

mod called;
mod csv;
pub mod django;
mod exported;
mod items;
pub mod jsonl;
mod outcome;
mod sheet;
mod told;
mod work;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::check::rules;
use crate::error::{Error, Result};
use crate::history::What;
use crate::i18n::{Lang, Text};
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::settings::Settings;
use crate::model::value::Values;
use crate::say;

pub use outcome::{Count, Outcome, names};
pub use sheet::{Layouts, known};
pub use told::{is_numbered, lines};
pub use work::Work;

/// A format that can be read.
pub struct Format {
    /// What the command line calls it.
    pub name: &'static str,
    /// Makes a text of a file.
    pub text: fn(Vec<u8>) -> Result<String>,
    /// Takes a text apart; the rows may hold on to it.
    pub read: fn(&Arc<String>) -> Result<Vec<Row>>,
    /// Gives every row its fate.
    pub plan: fn(&[Row], &mut Work<'_>),
}

/// All formats.
pub const FORMATS: &[Format] = &[csv::FORMAT, jsonl::FORMAT, django::FORMAT];
/// The name of the one that people keep by hand.
pub const TABLE: &str = csv::FORMAT.name;

/// The world that rows come into.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The records that are there.
    pub book: &'a dyn Book,
    /// The store's settings.
    pub settings: &'a Settings,
    /// The present.
    pub now: DateTime<Utc>,
    /// The id of the operator who imports.
    pub by: &'a str,
}

/// One row of what came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its key there, `orders.order:681`; where it has none, its number: `#12`.
    pub key: String,
    /// Which table it is of; `?` where it doesn't say.
    pub model: String,
    /// The row as it came.
    pub raw: Raw,
}

impl Row {
    /// The row as it came, where it was taken apart when it was read; nothing else has any.
    pub fn parts(&self) -> &Json {
        match &self.raw {
            Raw::Parts(json) => json,
            Raw::Line(_) => &Json::Null,
        }
    }

    /// The row as it came, taken apart.
    pub fn json(&self) -> Cow<'_, Json> {
        match &self.raw {
            Raw::Parts(json) => Cow::Borrowed(json),
            Raw::Line(line) => Cow::Owned(serde_json::from_str(line.as_str()).unwrap_or_default()),
        }
    }
}

/// A row as it came.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// Taken apart.
    Parts(Json),
    /// An object in JSON, to be taken apart where that is wanted.
    Line(Line),
}

/// A part of the text that came.
#[derive(Clone, PartialEq)]
pub struct Line {
    /// All of it.
    pub text: Arc<String>,
    /// Where the part is.
    pub range: Range<usize>,
}

impl Line {
    /// The part.
    pub fn as_str(&self) -> &str {
        &self.text[self.range.clone()]
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It makes a record, or a part of one.
    Imported,
    /// It is the same as an earlier row of this import, and went into its record.
    Merged,
    /// Its record is there already.
    Known,
    /// It breaks a rule.
    Rejected(Vec<Reason>),
}

/// Why a row is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule of section 7 that it breaks.
    pub rule: &'static str,
    /// Where: the row's field, or the key of another row. Never a value.
    pub place: String,
    /// What is wrong with a time, as the command line says it: it names days and hours, and nothing
    /// else of what was typed.
    pub why: Option<Text>,
}

impl Reason {
    /// A breach of a rule at a place.
    pub fn new(rule: &'static str, place: impl Into<String>) -> Reason {
        Reason { rule, place: place.into(), why: None }
    }

    /// The same, of a time that was understood or nearly so.
    pub fn because(self, why: Option<Text>) -> Reason {
        Reason { why, ..self }
    }
}

/// What a rule says, for a person who has to mend a row.
pub fn sentence(rule: &str, lang: Lang) -> &'static str {
    rules::named(rule).map_or("", |rule| lang.of(rule.what.0, rule.what.1))
}

/// A record that rows would make, before it is judged.
#[derive(Debug)]
pub struct Candidate {
    /// The number of its row.
    pub row: usize,
    /// The row's key: it stands in the history as `source`.
    pub source: String,
    /// Its kind.
    pub kind: Kind,
    /// What its id is made of, and what an operator is known by.
    pub called: String,
    /// Its values, those that could be read.
    pub values: Values,
    /// The row's own names of the keys.
    pub names: Vec<(&'static str, &'static str)>,
    /// What is wrong already: the key that it spoils, and why.
    pub flaws: Vec<(&'static str, Reason)>,
}

/// Two rows, or a row and a record, that are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The kind of the record.
    pub kind: Kind,
    /// The row's key.
    pub key: String,
    /// The key of the row that made the record, or `patient/ID` of one that was there.
    pub into: String,
    /// The keys whose values differ.
    pub differs: Vec<&'static str>,
}

/// A record that comes with its history.
#[derive(Debug)]
pub struct Whole {
    /// The record.
    pub record: Rc<Record>,
    /// The text of its file, where that is known already.
    pub text: Option<String>,
}

/// A change that the import wants.
#[derive(Debug)]
pub struct Planned {
    /// The record's kind.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Where it is new: the row's key and the first values.
    pub first: Option<(String, Values)>,
    /// What happens to it then.
    pub then: Vec<What>,
    /// The record, where it comes with its history.
    pub whole: Option<Whole>,
}

/// The text of a file that must be UTF-8.
///
/// # Errors
/// `refused`: it is not, with the byte.
pub fn utf8(bytes: Vec<u8>) -> Result<String> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::refused(
            "syntax",
            say!("Файл не в UTF-8 (байт {at}).", "The file is not UTF-8 (byte {at})."),
        )
        .hint(say!("Сохраните его в UTF-8.", "Save it as UTF-8."))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Gives every row its fate, and plans what the import would write.
pub fn run(format: &Format, rows: Vec<Row>, world: World<'_>) -> Outcome {
    let mut work = Work::new(world, rows.len());
    (format.plan)(&rows, &mut work);
    work.finish(rows)
}

#[cfg(test)]
mod tests;
