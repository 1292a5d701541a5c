//! Times as people type them, and as the screen says them: `spec.md`, section 10.
//!
//! Russian and English are both read always. A line has one meaning or none: what can be read two
//! ways, or leaves something out, is a [`Misread`] that shows what was understood and, where it is
//! clear, the line that was probably meant. What is understood never depends on anything but the
//! line and the [`Frame`].
//!
//! The way of a line: `lex` cuts it into tokens (`typo` undoes the wrong keyboard layout), `path`
//! finds the cheapest way to cut it into phrases (`days`, `clock`), `read` and `dates` turn these
//! into instants. What is wrong is said by `misread` (not understood), `unclear` (something is left
//! open) and `refuse` (understood, and can't be). `show` is the way back.

mod clock;
mod dates;
mod days;
mod lex;
mod line;
mod misread;
mod path;
mod read;
mod refuse;
pub mod show;
mod typo;
mod unclear;
mod words;

#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::error::{Code, Error};
use crate::i18n::Text;
use crate::model::clinic;
use crate::model::hours::Hours;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::model::settings::Settings;
use read::Reader;

pub use show::{
    brief_day, clinic_time, clock, date_text, dates_text, day_text, instant_text, range_text,
    ranges_text, short_day, short_instant, short_range, spoken_on, typed, typed_day,
};

/// Where and when a time is read.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The clock.
    pub now: DateTime<Utc>,
    /// The clinic's zone, or the store's.
    pub zone: Tz,
    /// What «весь день», «после 15» and «до 12» mean.
    pub hours: Hours,
    /// Whether a range or a visit may be past (`--anyway`).
    pub anyway: bool,
}

impl Frame {
    /// In which clock and hours a clinic's times are typed; the store's, where there is none.
    pub fn of(
        settings: &Settings,
        clinic: Option<&Record>,
        now: DateTime<Utc>,
        anyway: bool,
    ) -> Frame {
        let hours = clinic.and_then(|clinic| clinic.text("hours")).and_then(Hours::parse);
        Frame {
            now,
            zone: clinic::zone(clinic, settings),
            hours: hours.unwrap_or(settings.hours),
            anyway,
        }
    }
}

/// Ranges as understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The ranges as typed, in the zone's offsets, at least one, each ordered.
    pub ranges: Vec<Range>,
    /// What the person should know beside them: «Прочитано как: завтра 9-12».
    pub notes: Vec<Text>,
    /// The other choice, where a prompt should ask: `пн 9-12` typed on a Monday.
    pub other: Option<Other>,
}

/// A second way to take a line that has a first: today, or a week from today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// The words for what [`Reading::ranges`] holds: «30 ноября».
    pub this: Text,
    /// The words for the other: «сегодня».
    pub that: Text,
    /// The ranges of the other.
    pub ranges: Vec<Range>,
}

/// A line that has no meaning, or one that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// The stable name of what is wrong: `day-alone`, `range-order`.
    pub code: &'static str,
    /// Whether it was understood and is refused (exit 3), rather than not understood (2).
    pub refused: bool,
    /// What was understood, and what is wrong with it.
    pub message: Text,
    /// The way out.
    pub hint: Option<Text>,
    /// Whether the hint begins with the whole line as it was probably meant.
    offers: bool,
}

impl Misread {
    /// The line as it was probably meant, where there is one: it stands first in the hint, and is
    /// understood. At a prompt, Enter may take it.
    pub fn guess(&self) -> Option<&str> {
        let hint = self.hint.as_ref().filter(|_| self.offers)?;
        hint.ru.split('`').nth(1)
    }
}

impl From<Misread> for Error {
    fn from(misread: Misread) -> Error {
        let Misread { code, refused, message, hint, .. } = misread;
        let kind = if refused { Code::Refused } else { Code::Usage };
        Error { hint, ..Error::new(kind, code, message) }
    }
}

/// What a line should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ranges,
    Appointment,
    Day,
}

/// Reads ranges: `ср 9-12, чт после 15`.
///
/// # Errors
///
/// A [`Misread`], if the line has no meaning, more than one, or one that section 10 forbids.
pub fn ranges(text: &str, frame: &Frame) -> Result<Reading, Misread> {
    let mut reader = Reader::new(text, frame, Mode::Ranges, false)?;
    let ranges = reader.ranges()?;
    let choice = reader.choice.take();
    reader.today_counts = true;
    reader.trial = true;
    let other = choice.and_then(|(this, that)| {
        let other = reader.ranges().ok()?;
        Some(Other { this, that, ranges: other })
    });
    Ok(Reading { ranges, notes: reader.notes, other })
}

/// Reads the time of a visit: `ср 11:30`, or `11:30` where one day is in play.
///
/// `in_play` are the times at which it may be: a time without a day takes their only day, or the only
/// one on which it lies within them. The texts are notes, as in [`Reading`].
///
/// # Errors
///
/// As [`ranges`]; also where the time is a range, or has passed.
pub fn appointment(
    text: &str,
    frame: &Frame,
    in_play: &[Range],
) -> Result<(Instant, Vec<Text>), Misread> {
    let reader = Reader::new(text, frame, Mode::Appointment, false)?;
    Ok((reader.appointment(in_play)?, reader.notes))
}

/// Reads a day alone, past or future: `--visit`, `agenda`. Without a year it is the
/// nearest such day: it is looked up, not promised.
///
/// # Errors
///
/// As [`ranges`].
pub fn day(text: &str, frame: &Frame) -> Result<NaiveDate, Misread> {
    Reader::new(text, frame, Mode::Day, false)?.day()
}

/// The same of what is past: `--from`, `--to`, `--since`. A weekday, and a date without a year, is
/// the last such day, today among them.
///
/// # Errors
///
/// As [`ranges`].
pub fn past_day(text: &str, frame: &Frame) -> Result<NaiveDate, Misread> {
    Reader::new(text, frame, Mode::Day, false)?.past_day()
}
