//! Days as they are typed: `25.11`, «25 ноября», «в эту среду», `пн-пт`, «среда, 25 ноября».
//!
//! Nothing here knows what day it is: a [`Day`] is what was said, `dates.rs` finds it.

use std::ops;

use chrono::Weekday;

use super::lex::Tok;
use super::line::Line;
use super::words::Word;

/// A day as said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// `25.11`, right or wrong.
    Date { day: u32, month: u32, year: Option<i32> },
    /// «25-го».
    OfMonth(u32),
    /// «среда».
    Weekday(Weekday),
    /// «эта среда».
    This(Weekday),
    /// «следующая среда»: this one or the one after?
    Next(Weekday),
    /// A weekday of the week that is so many after the present one.
    InWeek(i64, Weekday),
    /// So many days from today.
    Ahead(i64),
    /// «через день»: the day after tomorrow, or every other day?
    EveryOther,
}

/// A day as said, and where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    /// The day.
    pub day: Day,
    /// The weekday that was said beside it: «среда, 25 ноября».
    pub weekday: Option<Weekday>,
    /// Its bytes in the line.
    pub at: ops::Range<usize>,
}

/// One day or several.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Days {
    /// One.
    One(Named),
    /// From one to another, both included.
    Span(Named, Named),
    /// «25 и 27 ноября».
    Several(Vec<Named>),
    /// «будни», of a week where one was said.
    Workdays(Option<i64>),
    /// «выходные».
    Weekend(Option<i64>),
}

impl Named {
    /// Whether the day is said so fully that nothing else about the line needs a guess.
    pub fn is_full(&self) -> bool {
        self.weekday.is_some() && matches!(self.day, Day::Date { .. })
    }
}

type Found<T> = Vec<(T, usize)>;

impl Line {
    /// The days that may begin at a place, each with the place after them.
    pub fn days(&self, i: usize) -> Found<Days> {
        let mut found: Found<Days> = Vec::new();
        found.extend(self.spans(i));
        found.extend(self.several(i));
        found.extend(self.sets(i));
        found.extend(self.named(i).into_iter().map(|(day, next)| (Days::One(day), next)));
        found
    }

    /// One day, with its weekday where that is said too.
    pub fn named(&self, i: usize) -> Found<Named> {
        let mut found = Vec::new();
        for (day, next) in self.single(i) {
            let beside = self.past_fillers(self.past_comma(next));
            for (other, end) in self.single(beside) {
                let (day, weekday) = match (day, other) {
                    (Day::Weekday(weekday), other) if is_concrete(other) => (other, weekday),
                    (day, Day::Weekday(weekday)) if is_concrete(day) => (day, weekday),
                    _ => continue,
                };
                found.push((Named { day, weekday: Some(weekday), at: self.bytes(i..end) }, end));
            }
            found.push((Named { day, weekday: None, at: self.bytes(i..next) }, next));
        }
        found
    }

    fn single(&self, i: usize) -> Found<Day> {
        let mut found: Found<Day> = Vec::new();
        found.extend(self.numeric(i));
        found.extend(self.with_month(i));
        found.extend(self.of_month(i));
        found.extend(self.relative(i));
        found.extend(self.weekday(i));
        found
    }

    /// `2026-11-25`, `25.11`, `25/11/26`, `25-11-2026`.
    fn numeric(&self, i: usize) -> Option<(Day, usize)> {
        let parted = |at: usize, marks: &[Tok]| marks.iter().copied().find(|m| self.close(at, *m));
        let mark = parted(i + 1, &[Tok::Dot, Tok::Slash, Tok::Dash])?;
        let second = self.close_number(i + 2, 1..=2)?;
        let third = |digits| self.close_number(i + 4, digits).filter(|_| self.close(i + 3, mark));
        if let Some(year) = self.number(i, 4..=4) {
            let day = third(1..=2)?;
            return Some((Day::Date { day, month: second, year: signed(year) }, i + 5));
        }
        let day = self.number(i, 1..=2)?;
        let date = |year, next| Some((Day::Date { day, month: second, year }, next));
        if let Some(year) = third(4..=4) {
            return date(signed(year), self.past(i + 5, Word::Year));
        }
        match third(2..=2) {
            _ if mark == Tok::Dash => None,
            Some(year) => date(signed(2000 + year), i + 5),
            None => date(None, i + 3),
        }
    }

    /// «25 ноября 2026 г.», `November 25th, 2026`; each also without its year.
    fn with_month(&self, i: usize) -> Found<Day> {
        let Some((day, month, next)) = self.day_month(i).or_else(|| self.month_day(i)) else {
            return vec![];
        };
        let at = self.past_comma(next);
        let year = self.number(at, 4..=4).filter(|year| (1900..2200).contains(year));
        let with_year = year.map(|year| {
            (Day::Date { day, month, year: signed(year) }, self.past(at + 1, Word::Year))
        });
        with_year.into_iter().chain([(Day::Date { day, month, year: None }, next)]).collect()
    }

    fn day_month(&self, i: usize) -> Option<(u32, u32, usize)> {
        let day = self.number(i, 1..=2)?;
        let next = self.past_fillers(self.past_ordinal(i + 1));
        match self.word(next)? {
            Word::Month(month) => Some((day, month, next + 1)),
            _ => None,
        }
    }

    fn month_day(&self, i: usize) -> Option<(u32, u32, usize)> {
        let Some(Word::Month(month)) = self.word(i) else { return None };
        let at = self.past_fillers(i + 1);
        let day = self.number(at, 1..=2)?;
        let is_time = self.close(at + 1, Tok::Dot) || self.close(at + 1, Tok::Colon);
        (!is_time).then(|| (day, month, self.past_ordinal(at + 1)))
    }

    /// «25-го», «25 числа», `25th`.
    fn of_month(&self, i: usize) -> Option<(Day, usize)> {
        let day = self.number(i, 1..=2)?;
        let next = self.past(self.past_ordinal(i + 1), Word::OfMonth);
        (next > i + 1).then_some((Day::OfMonth(day), next))
    }

    fn past_ordinal(&self, i: usize) -> usize {
        if self.close(i, Tok::Dash) && self.close(i + 1, Tok::Word(Word::Ordinal)) {
            i + 2
        } else if self.close(i, Tok::Word(Word::Ordinal)) {
            i + 1
        } else {
            i
        }
    }

    /// «завтра», «через 2 дня», `in a week`, `the day after tomorrow`.
    fn relative(&self, i: usize) -> Option<(Day, usize)> {
        match (self.word(i)?, self.word(i + 1), self.word(i + 2)) {
            (Word::Ahead(days), ..) => Some((Day::Ahead(days), i + 1)),
            (Word::Day, Some(Word::After), Some(Word::Ahead(days))) => {
                Some((Day::Ahead(days + 1), i + 3))
            }
            (Word::Hence, Some(Word::Day), _) => Some((Day::EveryOther, i + 2)),
            (Word::Hence | Word::In, ..) => {
                let at = self.past(i + 1, Word::Filler);
                let number = self.number(at, 1..=3);
                let unit = if number.is_some() { at + 1 } else { at };
                let days = match self.word(unit)? {
                    Word::Week => 7,
                    Word::Day | Word::Days | Word::OfDay => 1,
                    _ => return None,
                };
                Some((Day::Ahead(days * i64::from(number.unwrap_or(1))), unit + 1))
            }
            _ => None,
        }
    }

    /// «среда», «эта среда», «на следующей неделе в среду», «среда на этой неделе».
    fn weekday(&self, i: usize) -> Found<Day> {
        if let Some((week, next)) = self.week(i) {
            let at = self.past_fillers(self.past_comma(next));
            return match self.word(at) {
                Some(Word::Weekday(weekday)) => vec![(Day::InWeek(week, weekday), at + 1)],
                _ => vec![],
            };
        }
        match (self.word(i), self.word(i + 1)) {
            (Some(Word::This), Some(Word::Weekday(weekday))) => {
                vec![(Day::This(weekday), i + 2)]
            }
            (Some(Word::Next), Some(Word::Weekday(weekday))) => {
                vec![(Day::Next(weekday), i + 2)]
            }
            (Some(Word::Weekday(weekday)), _) => {
                let week = self.week(self.past_fillers(i + 1));
                let week = week.map(|(week, next)| (Day::InWeek(week, weekday), next));
                week.into_iter().chain([(Day::Weekday(weekday), i + 1)]).collect()
            }
            _ => vec![],
        }
    }

    /// «эта неделя» is 0, «следующая неделя» 1.
    fn week(&self, i: usize) -> Option<(i64, usize)> {
        match (self.word(i)?, self.word(i + 1)?) {
            (Word::This, Word::Week) => Some((0, i + 2)),
            (Word::Next, Word::Week) => Some((1, i + 2)),
            _ => None,
        }
    }

    fn sets(&self, i: usize) -> Option<(Days, usize)> {
        let (week, next) = match self.week(i) {
            Some((week, next)) => (Some(week), self.past_fillers(next)),
            None => (None, i),
        };
        match self.word(self.past(next, Word::Through))? {
            Word::Workdays => Some((Days::Workdays(week), self.past(next, Word::Through) + 1)),
            Word::Weekend => Some((Days::Weekend(week), self.past(next, Word::Through) + 1)),
            _ => None,
        }
    }

    /// «25, 26 и 27 ноября»: the month is said once.
    fn several(&self, i: usize) -> Found<Days> {
        let mut days = Vec::new();
        let mut at = i;
        while let Some(day) = self.number(at, 1..=2) {
            let after = self.past_ordinal(at + 1);
            let parted = self.tok(after) == Some(Tok::Comma)
                || matches!(self.word(after), Some(Word::And | Word::Or));
            if !parted {
                break;
            }
            days.push((day, self.bytes(at..after)));
            at = after + 1;
        }
        if days.is_empty() {
            return vec![];
        }
        let listed = |last: Named| {
            let Day::Date { month, year, .. } = last.day else { return None };
            let all = days.iter().map(|(day, bytes)| {
                let day = Day::Date { day: *day, month, year };
                Named { day, weekday: None, at: bytes.clone() }
            });
            Some(Days::Several(all.chain([last.clone()]).collect()))
        };
        let last = self.named(at).into_iter();
        last.filter_map(|(last, next)| Some((listed(last)?, next))).collect()
    }

    /// `пн-пт`, «с 25 по 27 ноября», `30.11-2.12`.
    fn spans(&self, i: usize) -> Found<Days> {
        let from = self.past_fillers(self.past(i, Word::From));
        let number = self.number(from, 1..=2).map(|day| {
            let next = self.past_ordinal(from + 1);
            (Named { day: Day::OfMonth(day), weekday: None, at: self.bytes(from..next) }, next)
        });
        let mut found = Vec::new();
        for (a, to) in self.named(from).into_iter().chain(number) {
            let parted = self.tok(to) == Some(Tok::Dash)
                || matches!(self.word(to), Some(Word::To | Word::Through));
            if parted {
                let ends = self.named(self.past_fillers(to + 1)).into_iter();
                found.extend(ends.filter_map(|(b, next)| Some((spanning(&a, b)?, next))));
            }
        }
        found
    }
}

/// What the end of a span says about its start.
fn spanning(a: &Named, b: Named) -> Option<Days> {
    let day = match (a.day, b.day) {
        (Day::OfMonth(day), Day::Date { month, year, .. }) => Day::Date { day, month, year },
        (
            Day::Date { day, month, year: None },
            Day::Date { day: d, month: m, year: Some(year) },
        ) => {
            let year = if (month, day) > (m, d) { year.checked_sub(1)? } else { year };
            Day::Date { day, month, year: Some(year) }
        }
        (Day::Weekday(weekday), Day::InWeek(week, _)) => Day::InWeek(week, weekday),
        (Day::EveryOther | Day::Next(_), _) | (_, Day::EveryOther | Day::Next(_)) => return None,
        (day, _) => day,
    };
    Some(Days::Span(Named { day, ..a.clone() }, b))
}

fn is_concrete(day: Day) -> bool {
    matches!(day, Day::Date { .. } | Day::OfMonth(_) | Day::Ahead(_))
}

fn signed(year: u32) -> Option<i32> {
    i32::try_from(year).ok()
}
