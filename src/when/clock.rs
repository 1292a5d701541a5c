//! The hours of a day as they are typed: `9`, `9:30`, «9 утра», «с 9 до 12», «после 15».
//!
//! Nothing here knows a date: a [`Slot`] becomes minutes after midnight, or says why it can't.

use std::ops;

use super::lex::Tok;
use super::line::Line;
use super::words::{Part, Word};
use crate::model::hours::Hours;

/// A time of day as typed, right or wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clock {
    /// The hour's number.
    pub hour: u32,
    /// The minute's number.
    pub minute: u32,
    /// Whether a zero before the hour says that night is meant.
    pub padded: bool,
    /// «утра», `pm`.
    pub part: Option<Part>,
    /// «полночь», of which a day has two.
    pub midnight: bool,
    /// Its bytes in the line.
    pub at: ops::Range<usize>,
}

/// Hours as typed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Slot {
    /// `9-12`.
    Between(Clock, Clock),
    /// «после 15», «с 15».
    After(Clock),
    /// «до 12».
    Before(Clock),
    /// «весь день».
    AllDay,
}

/// Minutes after midnight, and whether the day's hours gave them rather than the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// The start.
    pub start: u16,
    /// The end, to 1440.
    pub end: u16,
    /// Whether the start comes from the day's hours.
    pub open: bool,
    /// Whether the end does.
    pub close: bool,
}

/// Why hours as typed are none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// «Нет 25-го часа».
    NoSuchTime(Clock),
    /// The end is before the start.
    Reversed(u16, u16),
    /// The end is the start.
    Empty(u16),
    /// A bare hour from 1 to 6.
    Night,
    /// «Полночь» as a start.
    Midnight,
    /// «после 21», where the day ends at 20.
    Outside,
}

impl Clock {
    /// Minutes after midnight, with a part of the day that may stand elsewhere.
    pub fn minutes(&self, part: Option<Part>, is_end: bool) -> Option<u16> {
        let (hour, end) = (self.hour, if is_end { Some(24) } else { None });
        let hour = match (part, hour) {
            (None, 24) if self.minute == 0 => end,
            (None, 0..=23) => Some(hour),
            (Some(Part::Am), 12) => Some(0),
            (Some(Part::Am), 0..=11) => Some(hour),
            (Some(Part::Pm), 12..=23) => Some(hour),
            (Some(Part::Pm), 1..=11) => Some(hour + 12),
            (Some(Part::Morning), 0..=11) => Some(hour),
            (Some(Part::Morning), 12) if self.minute == 0 => Some(12),
            (Some(Part::Day), 7..=18) => Some(hour),
            (Some(Part::Day), 1..=6) => Some(hour + 12),
            (Some(Part::Evening), 4..=11) => Some(hour + 12),
            (Some(Part::Evening), 16..=23) => Some(hour),
            (Some(Part::Night), 12) if self.minute == 0 => end.or(Some(0)),
            (Some(Part::Night), 0..=5 | 21..=23) => Some(hour),
            (Some(Part::Night), 9..=11) => Some(hour + 12),
            _ => None,
        }?;
        u16::try_from(hour * 60 + self.minute).ok().filter(|_| self.minute < 60)
    }

    /// The same, with the part of the day that stands beside it.
    pub fn own_minutes(&self, is_end: bool) -> Option<u16> {
        self.minutes(self.part, is_end)
    }

    /// Whether it may be the afternoon, or the night.
    pub fn is_bare(&self) -> bool {
        (1..=6).contains(&self.hour) && !self.padded && self.part.is_none()
    }

    /// Whether it is a time of day at all.
    pub fn is_real(&self) -> bool {
        self.own_minutes(true).is_some()
    }
}

impl Slot {
    /// The clocks that were typed.
    pub fn clocks(&self) -> Vec<&Clock> {
        match self {
            Slot::Between(a, b) => vec![a, b],
            Slot::After(clock) | Slot::Before(clock) => vec![clock],
            Slot::AllDay => vec![],
        }
    }

    /// The minutes meant, `literal` where the line leaves no doubt about night and afternoon.
    pub fn bounds(&self, day: Hours, literal: bool) -> Result<Bounds, Fault> {
        let bounds = match self {
            Slot::Between(a, b) => {
                let (start, end) = between(a, b)?;
                Bounds { start, end, open: false, close: false }
            }
            Slot::After(a) => {
                let start = exact(a, false)?;
                Bounds { start, end: day.close, open: false, close: true }
            }
            Slot::Before(b) => {
                let end = exact(b, true)?;
                Bounds { start: day.open, end, open: true, close: false }
            }
            Slot::AllDay => Bounds { start: day.open, end: day.close, open: true, close: true },
        };
        let night = !literal && self.clocks().iter().any(|clock| clock.is_bare());
        let night = night && !self.is_covered(bounds);
        match self {
            Slot::Between(..) if bounds.end < bounds.start => {
                Err(Fault::Reversed(bounds.start, bounds.end))
            }
            Slot::Between(..) if bounds.end == bounds.start => Err(Fault::Empty(bounds.start)),
            _ if night => Err(Fault::Night),
            _ if bounds.end <= bounds.start => Err(Fault::Outside),
            _ => Ok(bounds),
        }
    }

    /// Whether a part of the day beside one clock moved the other: «с 5 до 7 вечера».
    fn is_covered(&self, bounds: Bounds) -> bool {
        let Slot::Between(a, b) = self else { return false };
        let moved = |clock: &Clock, other: &Clock, minutes: u16| {
            !clock.is_bare()
                || (other.part.is_some() && Some(minutes) != clock.minutes(None, true))
                || matches!(other.part, Some(Part::Am | Part::Morning | Part::Night))
        };
        moved(a, b, bounds.start) && moved(b, a, bounds.end)
    }
}

fn exact(clock: &Clock, is_end: bool) -> Result<u16, Fault> {
    if clock.midnight && !is_end {
        return Err(Fault::Midnight);
    }
    clock.own_minutes(is_end).ok_or_else(|| Fault::NoSuchTime(clock.clone()))
}

/// Both ends, a part of the day beside one of them reaching the other where that makes sense.
fn between(a: &Clock, b: &Clock) -> Result<(u16, u16), Fault> {
    let (mut start, mut end) = (exact(a, false), exact(b, true)?);
    if let (None, Some(part)) = (a.part, b.part)
        && let Some(moved) = a.minutes(Some(part), false).filter(|moved| *moved < end)
    {
        start = Ok(moved);
    }
    let start = start?;
    if let (Some(Part::Day | Part::Evening | Part::Pm), None) = (a.part, b.part)
        && end <= start
        && let Some(moved) = b.minutes(Some(Part::Pm), true).filter(|moved| *moved > start)
    {
        end = moved;
    }
    Ok((start, end))
}

impl Line {
    /// A time of day; `hyphen` lets `9-30` be one.
    pub fn clock(&self, i: usize, hyphen: bool) -> Option<(Clock, usize)> {
        let (mut clock, next) = self.digits(i, hyphen).or_else(|| self.spoken(i))?;
        let (part, next) = self.part(next);
        clock.part = clock.part.or(part);
        clock.at = self.bytes(i..next);
        Some((clock, next))
    }

    fn digits(&self, i: usize, hyphen: bool) -> Option<(Clock, usize)> {
        let at = |hour, minute, padded, next| {
            Some((Clock { hour, minute, padded, part: None, midnight: false, at: 0..0 }, next))
        };
        if let Some(value) = self.number(i, 4..=4) {
            return at(value / 100, value % 100, true, i + 1);
        }
        let Some(Tok::Num { value: hour, digits: digits @ 1..=2 }) = self.tok(i) else {
            return None;
        };
        let padded = digits == 2;
        let split = self.close(i + 1, Tok::Dot)
            || self.close(i + 1, Tok::Colon)
            || hyphen && self.close(i + 1, Tok::Dash);
        if let Some(minute) = self.close_number(i + 2, 2..=2).filter(|_| split) {
            let goes_on = self.close(i + 3, Tok::Dot) && self.close_number(i + 4, 1..=4).is_some();
            return if goes_on { None } else { at(hour, minute, padded, i + 3) };
        }
        if self.is(i + 1, Word::Hour) {
            let minute = self.number(i + 2, 2..=2).filter(|_| self.is(i + 3, Word::Minute));
            let close = self.close_number(i + 2, 2..=2);
            return match (minute, close) {
                (Some(minute), _) => at(hour, minute, padded, i + 4),
                (None, Some(minute)) => at(hour, minute, padded, i + 3),
                (None, None) => at(hour, 0, padded, i + 2),
            };
        }
        at(hour, 0, padded, i + 1)
    }

    /// «полдень», «полночь», «час дня».
    fn spoken(&self, i: usize) -> Option<(Clock, usize)> {
        let clock = |hour, midnight| Clock {
            hour,
            minute: 0,
            padded: true,
            part: None,
            midnight,
            at: 0..0,
        };
        match self.word(i)? {
            Word::Noon => Some((clock(12, false), i + 1)),
            Word::Midnight => Some((clock(24, true), i + 1)),
            Word::Hour if self.part(i + 1).0.is_some() => Some((clock(1, false), i + 1)),
            _ => None,
        }
    }

    /// «утра», `pm`, «вечером», `in the morning`.
    fn part(&self, i: usize) -> (Option<Part>, usize) {
        let loose = self.past_fillers(i);
        match (self.word(i), self.word(loose)) {
            (Some(Word::Part(part)), _) | (_, Some(Word::Part(part))) if loose == i => {
                (Some(part), i + 1)
            }
            (Some(Word::OfDay), _) => (Some(Part::Day), i + 1),
            (_, Some(Word::Loose(part))) => (Some(part), loose + 1),
            _ => (None, i),
        }
    }

    /// The hours that may begin at a place, each with the place after it.
    pub fn slots(&self, i: usize) -> Vec<(Slot, usize)> {
        let mut slots = Vec::new();
        if let Some(Word::Loose(part)) = self.word(i) {
            let after = self.past_comma(self.past_fillers(i + 1));
            slots.extend(
                self.plain_slots(after)
                    .into_iter()
                    .filter_map(|(slot, next)| Some((covered(slot, part)?, next))),
            );
        }
        slots.extend(self.plain_slots(i));
        slots
    }

    fn plain_slots(&self, i: usize) -> Vec<(Slot, usize)> {
        let mut slots = Vec::new();
        slots.extend(self.start_to_end(i));
        slots.extend(self.after_before(i));
        slots.extend(self.after(i).map(|(clock, next)| (Slot::After(clock), next)));
        slots.extend(self.before(i).map(|(clock, next)| (Slot::Before(clock), next)));
        slots.extend(self.dashed(i));
        if self.is(i, Word::All) && self.is(i + 1, Word::Day) {
            slots.push((Slot::AllDay, i + 2));
        }
        slots
    }

    /// «с 9-30 до 12», «9 до 12», `between 9 and 12`.
    fn start_to_end(&self, i: usize) -> Option<(Slot, usize)> {
        let from = self.is(i, Word::From);
        let (a, to) = self.clock(self.past_fillers(self.past(i, Word::From)), from)?;
        let joined = from && self.is(to, Word::And);
        if !joined && !matches!(self.word(to), Some(Word::To | Word::Through)) {
            return None;
        }
        let (b, next) = self.clock(self.past_fillers(to + 1), from)?;
        Some((Slot::Between(a, b), next))
    }

    /// `9-12`, with a stray «с».
    fn dashed(&self, i: usize) -> Option<(Slot, usize)> {
        let (a, dash) = self.clock(self.past(i, Word::From), false)?;
        let (b, next) =
            self.clock((self.tok(dash) == Some(Tok::Dash)).then_some(dash + 1)?, false)?;
        Some((Slot::Between(a, b), next))
    }

    /// «после 9 до 12», «не раньше 9 и не позже 12»: one range, unlike «после 15 или до 12».
    fn after_before(&self, i: usize) -> Option<(Slot, usize)> {
        let (a, next) = self.after(i)?;
        let (b, next) = self.before(self.past(self.past_comma(next), Word::And))?;
        Some((Slot::Between(a, b), next))
    }

    fn after(&self, i: usize) -> Option<(Clock, usize)> {
        let start = match (self.word(i)?, self.word(i + 1)) {
            (Word::Not, Some(Word::Earlier)) => self.past(i + 2, Word::Than),
            (Word::Not, Some(Word::Before)) => i + 2,
            (Word::After | Word::From | Word::Later, _) => self.past(i + 1, Word::Than),
            _ => return None,
        };
        self.bound(self.past_fillers(start))
    }

    fn before(&self, i: usize) -> Option<(Clock, usize)> {
        let start = match (self.word(i)?, self.word(i + 1)) {
            (Word::Not, Some(Word::Later | Word::After)) => self.past(i + 2, Word::Than),
            (Word::To | Word::Before | Word::Earlier, _) => self.past(i + 1, Word::Than),
            _ => return None,
        };
        self.bound(self.past_fillers(start))
    }

    /// A clock that is the only bound; `9-30` only where 30 is no hour.
    fn bound(&self, i: usize) -> Option<(Clock, usize)> {
        let hyphened =
            self.clock(i, true).filter(|(clock, _)| clock.minute == 0 || clock.minute > 24);
        hyphened.or_else(|| self.clock(i, false))
    }
}

/// Hours after «вечером»: the word counts for each of them.
fn covered(slot: Slot, part: Part) -> Option<Slot> {
    let with = |clock: Clock| Clock { part: clock.part.or(Some(part)), ..clock };
    let slot = match slot {
        Slot::Between(a, b) => Slot::Between(with(a), with(b)),
        Slot::After(a) => Slot::After(with(a)),
        Slot::Before(b) => Slot::Before(with(b)),
        Slot::AllDay => return None,
    };
    slot.clocks().iter().all(|clock| clock.is_real()).then_some(slot)
}
