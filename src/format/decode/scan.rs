//! A quick reader for texts exactly as our own writer lays them down ([`encode::record`]), which
//! nearly all are: no syntax tree, no look back.
//!
//! Invariant: what it returns is what the parser would have read, and there would be no problem
//! in it; and the text is the canonical form. For everything else, however slight, it declines, and
//! the parser has the word: an escaped sign, a comment, an unknown key, a conflict, a list out of
//! order. `scan_tests` hold the two readers against each other.
//!
//! [`encode::record`]: crate::format::encode::record

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};

use crate::format::decode::Spans;
use crate::model::event::{Details, Event, Mark, What};
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::model::value::{Value, Values};

/// An event takes so many bytes at the least: `    { at = 2026-11-25T09:00:00.000+03:00, by = "a" },`.
const EVENT: usize = 52;

/// Reads a record's canonical text; none where it is no such text, or an unusual one.
pub(super) fn record(kind: Kind, id: &str, text: &str) -> Option<Record> {
    let mut scan = Scan { kind, text, at: 0 };
    let mut record = Record::new(kind, id);
    record.values = Values::with_capacity(kind.fields().len());
    for field in kind.fields() {
        if !scan.key(field.key) {
            if field.required() {
                return None;
            }
            continue;
        }
        let value = if field.list { scan.lines(field.form)? } else { scan.of_form(field.form)? };
        record.values.add(field.key, value);
        scan.eat("\n\n")?;
    }
    scan.eat("history = [\n")?;
    // An event a line; a file of empty lines gets no more room than it could have events.
    let lines = memchr::memchr_iter(b'\n', scan.rest()).count();
    record.history.reserve_exact(lines.saturating_sub(1).min(scan.rest().len() / EVENT));
    while !scan.is_next("]\n") {
        scan.eat("    ")?;
        record.history.push(scan.event()?);
        scan.eat(",\n")?;
    }
    let is_all = scan.at == text.len() && !record.history.is_empty();
    is_all.then_some(record)
}

/// Where things stand in such a text: each key is a block of its own, each item or event a line.
pub(super) fn spans(text: &str) -> Spans {
    let mut spans = Spans::default();
    let mut end = 0;
    for block in text.split_inclusive("\n\n") {
        let start = end;
        end += block.len();
        let block = block.trim_end();
        let Some((key, value)) = block.split_once(" = ") else { continue };
        let value_start = start + block.len() - value.len();
        spans.keys.push((
            key.to_owned(),
            start..start + key.len(),
            value_start..start + block.len(),
        ));
        let Some(lines) = value.strip_prefix("[\n").and_then(|list| list.strip_suffix(']')) else {
            continue;
        };
        let mut end = value_start + "[\n".len();
        let items = lines.split_inclusive('\n').map(|line| {
            let start = end;
            end += line.len();
            start + "    ".len()..end - ",\n".len()
        });
        match key {
            "history" => spans.events = items.collect(),
            _ => spans.items.push((key.to_owned(), items.collect())),
        }
    }
    spans
}

/// A text, and how far it was read. What returns none leaves the place where it was or spoils it:
/// then the text is given up.
struct Scan<'t> {
    kind: Kind,
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    #[inline]
    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Goes past a piece of text, if it stands here.
    #[inline]
    fn is_next(&mut self, piece: &str) -> bool {
        let is_here = self.rest().starts_with(piece.as_bytes());
        self.at += if is_here { piece.len() } else { 0 };
        is_here
    }

    #[inline]
    fn eat(&mut self, piece: &str) -> Option<()> {
        self.is_next(piece).then_some(())
    }

    /// Goes past `key = `, if it stands here.
    #[inline]
    fn key(&mut self, key: &str) -> bool {
        let rest = self.rest().strip_prefix(key.as_bytes());
        let is_here = rest.is_some_and(|rest| rest.starts_with(b" = "));
        self.at += if is_here { key.len() + 3 } else { 0 };
        is_here
    }

    /// Goes past `, key = ` within an inline table, if it stands here.
    #[inline]
    fn pair(&mut self, key: &str) -> bool {
        let start = self.at;
        let is_here = self.is_next(", ") && self.key(key);
        if !is_here {
            self.at = start;
        }
        is_here
    }

    /// A text in quotes in which nothing is escaped.
    fn string(&mut self) -> Option<&'t str> {
        self.eat("\"")?;
        let length = plain_length(self.rest())?;
        let text = &self.text[self.at..self.at + length];
        self.at += length;
        self.eat("\"")?;
        Some(text)
    }

    fn pair_text(&mut self, key: &str) -> Option<Option<String>> {
        match self.pair(key) {
            true => Some(Some(self.string()?.to_owned())),
            false => Some(None),
        }
    }

    /// A value as a key of this form takes it.
    fn of_form(&mut self, form: Form) -> Option<Value> {
        Some(match form {
            Form::Flag => Value::Bool(self.flag()?),
            Form::Moment | Form::Visit => Value::Instant(self.instant()?),
            Form::Range => Value::Range(self.range()?),
            _ => Value::Text(self.string()?.to_owned()),
        })
    }

    /// A list with one item a line, in order, none twice.
    fn lines(&mut self, form: Form) -> Option<Value> {
        self.eat("[\n")?;
        let mut items: Vec<Value> = Vec::new();
        while !self.is_next("]") {
            self.eat("    ")?;
            let item = self.of_form(form)?;
            if items.last().is_some_and(|last| *last >= item) {
                return None;
            }
            items.push(item);
            self.eat(",\n")?;
        }
        (!items.is_empty()).then_some(Value::List(items))
    }

    /// A value of any form but a list.
    fn value(&mut self) -> Option<Value> {
        Some(match self.rest().first()? {
            b'"' => Value::Text(self.string()?.to_owned()),
            b'0'..=b'9' => Value::Instant(self.instant()?),
            b'{' => Value::Range(self.range()?),
            _ => Value::Bool(self.flag()?),
        })
    }

    /// A list on one line, in any order.
    fn items(&mut self) -> Option<Vec<Value>> {
        self.eat("[")?;
        let mut items = vec![self.value()?];
        while !self.is_next("]") {
            self.eat(", ")?;
            items.push(self.value()?);
        }
        Some(items)
    }

    fn pair_items(&mut self, key: &str) -> Option<Vec<Value>> {
        if self.pair(key) { self.items() } else { Some(Vec::new()) }
    }

    fn flag(&mut self) -> Option<bool> {
        let is_true = self.is_next("true");
        if !is_true {
            self.eat("false")?;
        }
        Some(is_true)
    }

    fn range(&mut self) -> Option<Range> {
        self.eat("{ start = ")?;
        let start = self.instant()?;
        self.eat(", end = ")?;
        let end = self.instant()?;
        self.eat(" }")?;
        Some(Range { start, end })
    }

    fn event(&mut self) -> Option<Event> {
        self.eat("{ at = ")?;
        let at = self.stamp()?;
        self.eat(", by = ")?;
        let by = self.string()?.to_owned();
        self.eat(", event = ")?;
        let code = self.string()?;
        let what = self.what(code)?;
        let tx = if self.pair("tx") { Some(self.stamp()?) } else { None };
        self.eat(" }")?;
        Some(Event { at, by, what, tx, extra: Vec::new() })
    }

    fn what(&mut self, code: &str) -> Option<What> {
        Some(match code {
            "created" => What::First { source: None, values: self.first_values()? },
            "imported" => {
                let source = Some(self.pair_text("source")??);
                What::First { source, values: self.first_values()? }
            }
            "set" => What::Set {
                key: self.field_of(false)?,
                from: self.pair_value("from")?,
                to: self.pair_value("to")?,
                reason: self.pair_text("reason")?,
                seen: if self.pair("appointment") { Some(self.instant()?) } else { None },
            },
            "list" => What::List {
                key: self.field_of(true)?,
                added: self.pair_items("added")?,
                removed: self.pair_items("removed")?,
            },
            "note" => What::Note(self.pair_text("text")??),
            _ => {
                let mark = Mark::ALL.into_iter().find(|mark| mark.code() == code)?;
                let details = Details {
                    key: self.pair_text("key")?,
                    id: self.pair_text("id")?,
                    source: self.pair_text("source")?,
                    reason: self.pair_text("reason")?,
                    of: if self.pair("of") { self.stamps()? } else { Vec::new() },
                };
                What::Mark(mark, details)
            }
        })
    }

    fn pair_value(&mut self, key: &str) -> Option<Option<Value>> {
        if self.pair(key) { self.value().map(Some) } else { Some(None) }
    }

    /// The name of a key of this kind that holds a list, or one value.
    fn field_of(&mut self, list: bool) -> Option<&'static str> {
        self.eat(", key = ")?;
        let field = self.kind.field(self.string()?)?;
        (field.list == list).then_some(field.key)
    }

    fn first_values(&mut self) -> Option<Values> {
        let mut values = Values::with_capacity(self.kind.fields().len());
        for field in self.kind.fields() {
            if self.pair(field.key) {
                let value = if field.list { Value::List(self.items()?) } else { self.value()? };
                values.add(field.key, value);
            }
        }
        Some(values)
    }

    /// One moment of an event, or a list of several.
    fn stamps(&mut self) -> Option<Vec<Instant>> {
        if !self.is_next("[") {
            return Some(vec![self.stamp()?]);
        }
        let mut stamps = vec![self.stamp()?];
        while !self.is_next("]") {
            self.eat(", ")?;
            stamps.push(self.stamp()?);
        }
        (stamps.len() > 1).then_some(stamps)
    }

    /// A moment with no more digits behind the second than it needs.
    fn instant(&mut self) -> Option<Instant> {
        let (at, digits) = self.moment()?;
        (digits == 0 || !is_rounder(at, digits)).then_some(at)
    }

    /// A moment to the millisecond, or finer where it must be.
    fn stamp(&mut self) -> Option<Instant> {
        let (at, digits) = self.moment()?;
        (digits == 3 || (digits > 3 && !is_rounder(at, digits))).then_some(at)
    }

    /// `2026-11-25T09:00:00.000+03:00`, and how many digits of a second it has.
    fn moment(&mut self) -> Option<(Instant, usize)> {
        let text: &[u8; 19] = self.rest().first_chunk()?;
        self.at += text.len();
        if [text[4], text[7], text[10], text[13], text[16]] != *b"--T::" {
            return None;
        }
        let two = |at: usize| number([text[at], text[at + 1]]);
        let year = two(0)? * 100 + two(2)?;
        let date = NaiveDate::from_ymd_opt(year as i32, two(5)?, two(8)?)?;
        let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
        let (mut nanos, mut count) = (0, 0);
        if self.is_next(".") {
            count = self.rest().iter().take_while(|b| b.is_ascii_digit()).count();
            let finer = match count {
                3 => 1_000_000,
                6 => 1_000,
                9 => 1,
                _ => return None,
            };
            nanos = self.digits(count)? * finer;
        }
        let offset = self.offset()?;
        let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)?;
        let at = date.and_time(time).checked_sub_offset(offset)?;
        Some((DateTime::from_naive_utc_and_offset(at, offset), count))
    }

    /// `+03:00`; no moment is written with `-00:00`.
    fn offset(&mut self) -> Option<FixedOffset> {
        let [sign, h, hh, b':', m, mm] = *self.rest().first_chunk()? else { return None };
        self.at += 6;
        let (hours, minutes) = (number([h, hh])?, number([m, mm])?);
        let seconds = (hours * 60 + minutes) as i32 * 60;
        match sign {
            b'+' if hours < 24 && minutes < 60 => FixedOffset::east_opt(seconds),
            b'-' if hours < 24 && minutes < 60 && seconds > 0 => FixedOffset::west_opt(seconds),
            _ => None,
        }
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        let mut number = 0;
        for digit in self.rest().get(..count)? {
            number = number * 10 + u32::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        }
        self.at += count;
        Some(number)
    }
}

/// How far a text in quotes goes until a sign that ends it or that it can't hold as it is; eight bytes
/// at a time.
fn plain_length(rest: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = ONES << 7;
    let (eights, last) = rest.as_chunks::<8>();
    for (at, eight) in eights.iter().enumerate() {
        let eight = u64::from_le_bytes(*eight);
        // The top bit of each byte that is zero, or less than a number; the lowest of them is right.
        let zeros = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes & TOPS;
        let is = |sign: u8| zeros(eight ^ (ONES * u64::from(sign)));
        let controls = eight.wrapping_sub(ONES * 0x20) & !eight & TOPS;
        let special = controls | is(b'"') | is(b'\\') | is(0x7f);
        if special != 0 {
            return Some(at * 8 + special.trailing_zeros() as usize / 8);
        }
    }
    let is_special = |b: &u8| matches!(b, b'"' | b'\\' | 0..0x20 | 0x7f);
    last.iter().position(is_special).map(|at| eights.len() * 8 + at)
}

/// The number that two digits are.
fn number([tens, ones]: [u8; 2]) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// Whether a moment could do with three digits of a second fewer.
fn is_rounder(at: Instant, digits: usize) -> bool {
    let coarser = match digits {
        3 => 1_000_000_000,
        6 => 1_000_000,
        _ => 1_000,
    };
    at.timestamp_subsec_nanos().is_multiple_of(coarser)
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
