//! The data for other programs: spreadsheets, calendars, clinics, another store (`spec.md`,
//! section 5, `export`).
//!
//! Pure: a format makes a text of a [`Book`]. A new format is a new file and its line in
//! [`FORMATS`].
//!
//! Invariants: one store gives one text, byte for byte, whenever and by whomever it is asked;
//! nothing that stands in a record can break out of its place in the text.

mod csv;
mod fhir;
mod ics;
pub mod jsonl;
mod zone;

use chrono::TimeDelta;

use crate::i18n::Lang;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::settings::Settings;

/// How long a visit takes in formats that want its end: nobody records it.
const VISIT: TimeDelta = TimeDelta::minutes(30);

/// A format that can be written.
pub struct Format {
    /// What the command line calls it.
    pub name: &'static str,
    /// Which kinds of record it may be asked for.
    pub kinds: Kinds,
    /// The text.
    pub write: fn(&Scope<'_>) -> String,
}

/// Which kinds of record a format holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// One; requests, where nobody says which.
    One,
    /// Any; all, where nobody says which.
    Any,
    /// Those that it is made for.
    Fixed,
}

/// All formats.
pub const FORMATS: &[Format] = &[csv::FORMAT, jsonl::FORMAT, ics::FORMAT, fhir::FORMAT];

/// What is exported, and how.
pub struct Scope<'a> {
    /// The records.
    pub book: &'a dyn Book,
    /// The store's settings.
    pub settings: &'a Settings,
    /// The kinds that were asked for, each once.
    pub kinds: Vec<Kind>,
    /// The language of the sentences in it: what a calendar calls a visit.
    pub lang: Lang,
    /// Whether values stand in cells as they are, formulas too.
    pub raw: bool,
    /// Whether a calendar names patients, rather than giving their initials.
    pub with_names: bool,
}
