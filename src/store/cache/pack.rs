//! A record as a few dozen bytes, and back: what the cache keeps of a file.
//!
//! What comes back is the record, to the offset of every moment. What can't be kept so (keys or
//! events that this version does not know) is not kept at all: its file is read each time.

use chrono::{DateTime, FixedOffset};

use crate::model::event::{Details, Event, Mark, What, clinic_told};
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::{Conflict, Record};
use crate::model::request::Status;
use crate::model::value::{Value, Values};

/// Words that many records share: kept once, the operators first.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Words {
    words: Vec<String>,
    /// How many of them are operators.
    operators: usize,
    /// The number of each by what [`slot`] says of it, or by the next that was free.
    slots: Vec<u16>,
}

/// No word.
const FREE: u16 = u16::MAX;

/// Where to begin to look for a word: most texts that are none are told from all of them by that.
fn slot(word: &str, slots: usize) -> usize {
    let bytes = word.as_bytes();
    let eight = |bytes: &[u8]| match bytes.first_chunk::<8>() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    };
    let ends = eight(bytes) ^ eight(&bytes[bytes.len().saturating_sub(8)..]).rotate_left(21);
    let mixed = (ends ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize & (slots - 1)
}

/// The seconds from which moments are counted: the shorter their numbers.
const EPOCH: i64 = 1_790_000_000;

impl Words {
    /// The ids of the operators, the statuses, and other ids.
    pub fn new(mut operators: Vec<String>, others: impl IntoIterator<Item = String>) -> Words {
        operators.sort();
        operators.dedup();
        operators.truncate(usize::from(u16::MAX) / 2);
        let statuses = Status::ALL.iter().map(|status| status.code().to_owned());
        let mut others: Vec<String> = statuses.chain(others).collect();
        others.sort();
        others.dedup();
        others.retain(|word| operators.binary_search(word).is_err());
        others.truncate(usize::from(u16::MAX) / 2);
        let count = operators.len();
        operators.extend(others);
        Words::of(operators, count)
    }

    fn of(words: Vec<String>, operators: usize) -> Words {
        let mut slots = vec![FREE; (words.len() * 4).next_power_of_two()];
        for (number, word) in (0..FREE).zip(&words) {
            let mut at = slot(word, slots.len());
            while slots[at] != FREE {
                at = (at + 1) & (slots.len() - 1);
            }
            slots[at] = number;
        }
        Words { words, operators, slots }
    }

    /// The number of a word.
    pub fn number(&self, word: &str) -> Option<u16> {
        let mut at = slot(word, self.slots.len().max(1));
        loop {
            let number = *self.slots.get(at).filter(|number| **number != FREE)?;
            if self.words[usize::from(number)] == word {
                return Some(number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// The word of a number.
    pub fn word(&self, number: u16) -> Option<&str> {
        self.words.get(usize::from(number)).map(String::as_str)
    }

    /// All of them, one a line, after the number of operators.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.operators, self.words.join("\n"))
    }

    /// Those of a text.
    pub fn of_text(text: &str) -> Option<Words> {
        let (operators, words) = text.split_once('\n')?;
        let words: Vec<String> = words.split('\n').map(str::to_owned).collect();
        let operators = operators.parse().ok().filter(|count| *count <= words.len())?;
        Some(Words::of(words, operators))
    }
}

/// Packs a record onto the end of some bytes; none where it can't be kept.
pub fn pack(words: &Words, record: &Record, out: &mut Vec<u8>) -> Option<()> {
    let start = out.len();
    let packed = Packer { words, kind: record.kind, out }.record(record);
    if packed.is_none() {
        out.truncate(start);
    }
    packed
}

/// How much of a record is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All of it.
    Whole,
    /// Its keys, and of its history who made it, when it last changed, and whether the clinic knows
    /// that the visit is off: what lists show.
    Brief,
}

/// The record of some bytes; none where they are damaged.
pub fn unpack(words: &Words, kind: Kind, id: &str, bytes: &[u8], depth: Depth) -> Option<Record> {
    let mut reader = Unpacker { words, kind, bytes };
    let record = reader.record(id, depth)?;
    (depth == Depth::Brief || reader.bytes.is_empty()).then_some(record)
}

struct Packer<'a> {
    words: &'a Words,
    kind: Kind,
    out: &'a mut Vec<u8>,
}

impl Packer<'_> {
    fn record(&mut self, record: &Record) -> Option<()> {
        // Facts count seconds: an appointment between two of them is left to its file.
        let visit = record.instant("appointment").map_or(0, |at| at.timestamp_subsec_nanos());
        if !record.unknown.is_empty() || visit != 0 {
            return None;
        }
        self.values(&record.values)?;
        let (first, last) = (record.history.first(), record.history.last());
        self.flag(first.is_some());
        if let (Some(first), Some(last)) = (first, last) {
            self.instant(first.at);
            self.text(&first.by);
            self.instant(last.at);
            self.flag(clinic_told(&record.history, record.values.get("appointment")));
        }
        self.number(record.conflicts.len() as u64);
        for conflict in &record.conflicts {
            self.text(&conflict.key);
            self.option(conflict.value.as_ref(), Packer::value)?;
            self.option(conflict.by.as_deref(), |packer, by| {
                packer.text(by);
                Some(())
            })?;
            self.moment(conflict.at);
        }
        self.number(record.history.len() as u64);
        record.history.iter().try_for_each(|event| self.event(event, &record.values))
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }

    fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63) as u64);
    }

    fn flag(&mut self, flag: bool) {
        self.out.push(u8::from(flag));
    }

    fn text(&mut self, text: &str) {
        match self.words.number(text) {
            Some(number) => self.number(u64::from(number) + 1),
            None => {
                self.number(0);
                self.number(text.len() as u64);
                self.out.extend_from_slice(text.as_bytes());
            }
        }
    }

    fn option<T>(
        &mut self,
        value: Option<T>,
        put: impl FnOnce(&mut Self, T) -> Option<()>,
    ) -> Option<()> {
        self.flag(value.is_some());
        value.map_or(Some(()), |value| put(self, value))
    }

    fn texts(&mut self, text: Option<&String>) {
        self.flag(text.is_some());
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// The offset in minutes and the fraction's unit share a number.
    fn instant(&mut self, at: Instant) {
        let offset = at.offset().local_minus_utc();
        let nanos = at.timestamp_subsec_nanos();
        let unit = match nanos {
            0 => 0,
            _ if nanos.is_multiple_of(1_000_000) => 1,
            _ => 2,
        };
        self.signed(i64::from(offset) << 2 | unit);
        self.signed(at.timestamp() - EPOCH);
        match unit {
            0 => {}
            1 => self.number(u64::from(nanos / 1_000_000)),
            _ => self.number(u64::from(nanos)),
        }
    }

    fn moment(&mut self, at: Option<Instant>) {
        self.flag(at.is_some());
        if let Some(at) = at {
            self.instant(at);
        }
    }

    fn range(&mut self, range: &Range) {
        self.instant(range.start);
        self.instant(range.end);
    }

    fn value(&mut self, value: &Value) -> Option<()> {
        match value {
            Value::Bool(flag) => {
                self.out.push(0);
                self.flag(*flag);
            }
            Value::Text(text) => {
                self.out.push(1);
                self.text(text);
            }
            Value::Instant(at) => {
                self.out.push(2);
                self.instant(*at);
            }
            Value::Range(range) => {
                self.out.push(3);
                self.range(range);
            }
            Value::List(items) => {
                self.out.push(4);
                self.items(items)?;
            }
        }
        Some(())
    }

    fn items(&mut self, items: &[Value]) -> Option<()> {
        self.number(items.len() as u64);
        items.iter().try_for_each(|item| self.value(item))
    }

    fn key(&mut self, key: &str) -> Option<()> {
        let at = self.kind.fields().iter().position(|field| field.key == key)?;
        self.number(at as u64);
        Some(())
    }

    fn values(&mut self, values: &Values) -> Option<()> {
        self.number(values.iter().count() as u64);
        values.iter().try_for_each(|(key, value)| {
            self.key(key)?;
            self.value(value)
        })
    }

    /// The first values: those that still stand are not said twice.
    fn first(&mut self, values: &Values, now: &Values) -> Option<()> {
        self.number(values.iter().count() as u64);
        values.iter().try_for_each(|(key, value)| {
            self.key(key)?;
            let stands = now.get(key).is_some_and(|now| is_same(now, value));
            self.flag(stands);
            if stands { Some(()) } else { self.value(value) }
        })
    }

    fn event(&mut self, event: &Event, now: &Values) -> Option<()> {
        if !event.extra.is_empty() {
            return None;
        }
        self.instant(event.at);
        self.text(&event.by);
        self.moment(event.tx);
        match &event.what {
            What::First { source, values } => {
                self.out.push(0);
                self.texts(source.as_ref());
                self.first(values, now)?;
            }
            What::Set { key, from, to, reason, seen } => {
                self.out.push(1);
                self.key(key)?;
                self.option(from.as_ref(), Packer::value)?;
                self.option(to.as_ref(), Packer::value)?;
                self.texts(reason.as_ref());
                self.moment(*seen);
            }
            What::List { key, added, removed } => {
                self.out.push(2);
                self.key(key)?;
                self.items(added)?;
                self.items(removed)?;
            }
            What::Note(text) => {
                self.out.push(3);
                self.text(text);
            }
            What::Mark(mark, details) => {
                self.out.push(4);
                self.number(Mark::ALL.iter().position(|known| known == mark)? as u64);
                let Details { key, id, source, reason, of } = details;
                for text in [key, id, source, reason] {
                    self.texts(text.as_ref());
                }
                self.number(of.len() as u64);
                of.iter().for_each(|at| self.instant(*at));
            }
            What::Unknown(_) => return None,
        }
        Some(())
    }
}

/// Whether two values are written alike: equal moments may have other offsets.
fn is_same(a: &Value, b: &Value) -> bool {
    let same = |a: &Instant, b: &Instant| a == b && a.offset() == b.offset();
    match (a, b) {
        (Value::Instant(a), Value::Instant(b)) => same(a, b),
        (Value::Range(a), Value::Range(b)) => same(&a.start, &b.start) && same(&a.end, &b.end),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        _ => a == b,
    }
}

struct Unpacker<'a> {
    words: &'a Words,
    kind: Kind,
    bytes: &'a [u8],
}

impl<'a> Unpacker<'a> {
    fn record(&mut self, id: &str, depth: Depth) -> Option<Record> {
        let mut record = Record::new(self.kind, id);
        record.values = self.values()?;
        let brief = if self.flag()? {
            Some((self.instant()?, self.word()?, self.instant()?, self.flag()?))
        } else {
            None
        };
        for _ in 0..self.count()? {
            let key = self.text()?;
            let value = if self.flag()? { Some(self.value()?) } else { None };
            let by = self.texts()?;
            record.conflicts.push(Conflict { key, value, by, at: self.moment()? });
        }
        if depth == Depth::Brief {
            record.history = brief.map_or_else(Vec::new, brief_history);
            return Some(record);
        }
        let count = self.count()?;
        record.history.reserve_exact(count);
        for _ in 0..count {
            let event = self.event(&record.values)?;
            record.history.push(event);
        }
        Some(record)
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for place in 0..10 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A number of things that still are to come: never more than there are bytes.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.bytes.len()).then_some(count)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn word(&mut self) -> Option<&'a str> {
        match self.number()? {
            0 => {
                let length = self.count()?;
                let (text, rest) = self.bytes.split_at(length);
                self.bytes = rest;
                std::str::from_utf8(text).ok()
            }
            number => self.words.word(u16::try_from(number - 1).ok()?),
        }
    }

    fn text(&mut self) -> Option<String> {
        self.word().map(str::to_owned)
    }

    fn texts(&mut self) -> Option<Option<String>> {
        if self.flag()? { self.text().map(Some) } else { Some(None) }
    }

    fn instant(&mut self) -> Option<Instant> {
        let head = self.signed()?;
        let seconds = self.signed()?.checked_add(EPOCH)?;
        let nanos = match head & 3 {
            0 => 0,
            1 => self.number()?.checked_mul(1_000_000)?,
            _ => self.number()?,
        };
        let offset = FixedOffset::east_opt(i32::try_from(head >> 2).ok()?)?;
        let at = DateTime::from_timestamp(seconds, u32::try_from(nanos).ok()?)?;
        Some(at.with_timezone(&offset))
    }

    fn moment(&mut self) -> Option<Option<Instant>> {
        if self.flag()? { self.instant().map(Some) } else { Some(None) }
    }

    fn instants(&mut self) -> Option<Vec<Instant>> {
        let count = self.count()?;
        (0..count).map(|_| self.instant()).collect()
    }

    fn value(&mut self) -> Option<Value> {
        Some(match self.byte()? {
            0 => Value::Bool(self.flag()?),
            1 => Value::Text(self.text()?),
            2 => Value::Instant(self.instant()?),
            3 => Value::Range(Range { start: self.instant()?, end: self.instant()? }),
            4 => Value::List(self.items()?),
            _ => return None,
        })
    }

    fn items(&mut self) -> Option<Vec<Value>> {
        let count = self.count()?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.value()?);
        }
        Some(items)
    }

    fn key(&mut self) -> Option<&'static str> {
        self.field().map(|(_, key)| key)
    }

    /// The place of a field in the table of its kind, and its key.
    fn field(&mut self) -> Option<(usize, &'static str)> {
        let at = usize::try_from(self.number()?).ok()?;
        self.kind.fields().get(at).map(|field| (at, field.key))
    }

    fn values(&mut self) -> Option<Values> {
        self.values_by(|unpacker, _| unpacker.value())
    }

    fn first(&mut self, now: &Values) -> Option<Values> {
        self.values_by(|unpacker, key| match unpacker.flag()? {
            true => now.get(key).cloned(),
            false => unpacker.value(),
        })
    }

    fn values_by(
        &mut self,
        mut value: impl FnMut(&mut Self, &'static str) -> Option<Value>,
    ) -> Option<Values> {
        let count = self.count()?;
        let (mut values, mut seen) = (Values::with_capacity(count), 0u64);
        for _ in 0..count {
            let (at, key) = self.field()?;
            // No key comes twice.
            (seen & 1 << at == 0).then_some(())?;
            seen |= 1 << at;
            values.add(key, value(self, key)?);
        }
        Some(values)
    }

    fn event(&mut self, now: &Values) -> Option<Event> {
        let (at, by, tx) = (self.instant()?, self.text()?, self.moment()?);
        let what = match self.byte()? {
            0 => What::First { source: self.texts()?, values: self.first(now)? },
            1 => What::Set {
                key: self.key()?,
                from: if self.flag()? { Some(self.value()?) } else { None },
                to: if self.flag()? { Some(self.value()?) } else { None },
                reason: self.texts()?,
                seen: self.moment()?,
            },
            2 => What::List { key: self.key()?, added: self.items()?, removed: self.items()? },
            3 => What::Note(self.text()?),
            4 => {
                let mark = *Mark::ALL.get(usize::try_from(self.number()?).ok()?)?;
                let (key, id) = (self.texts()?, self.texts()?);
                let (source, reason) = (self.texts()?, self.texts()?);
                What::Mark(mark, Details { key, id, source, reason, of: self.instants()? })
            }
            _ => return None,
        };
        Some(Event { at, by, what, tx, extra: Vec::new() })
    }
}

/// The shortest history that gives the same maker, the same last change, and the same answer of
/// [`clinic_told`].
fn brief_history((since, by, updated, told): (Instant, &str, Instant, bool)) -> Vec<Event> {
    let mut history = Vec::with_capacity(1 + usize::from(told || updated != since));
    history.push(Event::new(since, by, What::First { source: None, values: Values::new() }));
    if told {
        history.push(Event::new(updated, "", What::mark(Mark::ClinicTold)));
    } else if updated != since {
        history.push(Event::new(updated, "", What::Unknown(String::new())));
    }
    history
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
