//! Days as said become dates, and clocks become instants of the zone.
//!
//! A day without a year is the next such day, a weekday its next occurrence and never today.

use chrono::{DateTime, Datelike, Days as Count, Duration, LocalResult, Months, NaiveDate};
use chrono::{NaiveDateTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::days::{Day, Days, Named};
use super::read::Reader;
use super::{Misread, Mode};
use crate::model::range::Instant;

/// How many days ahead a date without a year may lie: further, and last year's is more likely.
const NEAR: i64 = 300;

/// The most days of a span.
const LONG: i64 = 60;

/// Where the end of a span without a year is further ahead, it was said to lie before the start.
const BACKWARDS: i64 = 183;

/// What an instant is wanted for, where the zone has two for one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// A range's start: the earlier.
    Start,
    /// A range's end: the later.
    End,
    /// An appointment: neither.
    Exact,
}

/// Whether the clock of an instant in its zone tells the instant.
pub(super) fn is_single(at: Instant, zone: Tz) -> bool {
    matches!(zone.from_local_datetime(&at.naive_local()), LocalResult::Single(_))
}

/// The date in a zone.
pub(super) fn today(now: DateTime<Utc>, zone: Tz) -> NaiveDate {
    now.with_timezone(&zone).date_naive()
}

/// Whether a calendar has such days at all.
pub(super) fn are_possible(days: &Days) -> bool {
    match days {
        Days::One(a) => is_possible(a.day),
        Days::Span(a, b) => is_possible(a.day) && is_possible(b.day),
        Days::Several(days) => days.iter().all(|named| is_possible(named.day)),
        Days::Workdays(_) | Days::Weekend(_) => true,
    }
}

fn is_possible(day: Day) -> bool {
    match day {
        Day::Date { day, month, year } => date_of(year.unwrap_or(2000), month, day).is_some(),
        Day::OfMonth(day) => (1..=31).contains(&day),
        _ => true,
    }
}

fn date_of(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

/// The first such date from a day on, within the eight years that hold a 29 February.
pub(super) fn next_date(from: NaiveDate, month: u32, day: u32) -> Option<NaiveDate> {
    let years = from.year()..from.year() + 9;
    years.filter_map(|year| date_of(year, month, day)).find(|date| *date >= from)
}

/// The nearest such date, past or ahead: a day that is looked up is no promise to a patient.
fn nearest_date(today: NaiveDate, month: u32, day: u32) -> Option<NaiveDate> {
    let years = today.year() - 8..=today.year() + 8;
    years
        .filter_map(|year| date_of(year, month, day))
        .min_by_key(|date| (*date - today).num_days().abs())
}

fn next_day_of_month(from: NaiveDate, day: u32) -> Option<NaiveDate> {
    from.iter_days().take(70).find(|date| date.day() == day)
}

/// The first such weekday after a day.
pub(super) fn weekday_after(day: NaiveDate, weekday: Weekday) -> NaiveDate {
    let ahead = weekday.days_since(day.weekday());
    day + Count::new(u64::from(if ahead == 0 { 7 } else { ahead }))
}

impl Reader<'_> {
    /// The dates meant, in order.
    pub fn dates(&self, days: &Days) -> Result<Vec<NaiveDate>, Misread> {
        match days {
            Days::One(named) => {
                let date = self.date(named, None)?;
                if let Day::Weekday(weekday) = named.day {
                    self.ask_about_today(weekday, None);
                }
                Ok(vec![date])
            }
            Days::Several(days) => days.iter().map(|named| self.date(named, None)).collect(),
            Days::Span(a, b) => self.span(a, b),
            Days::Workdays(None) => {
                let tomorrow = self.today + Count::new(1);
                Ok(tomorrow.iter_days().filter(|day| !is_weekend(*day)).take(5).collect())
            }
            Days::Workdays(Some(week)) => {
                let days = (0..5).map(|day| self.in_week(*week, day));
                Ok(days.filter(|day| *day >= self.today).collect())
            }
            Days::Weekend(None) => {
                let saturday = self.next_weekday(Weekday::Sat);
                self.ask_about_today(Weekday::Sat, Some(Weekday::Sun));
                Ok(vec![saturday, saturday + Count::new(1)])
            }
            Days::Weekend(Some(week)) => {
                let days = (5..7).map(|day| self.in_week(*week, day));
                Ok(days.filter(|day| *day >= self.today).collect())
            }
        }
    }

    fn in_week(&self, week: i64, day: i64) -> NaiveDate {
        let monday = i64::from(self.today.weekday().num_days_from_monday());
        self.today + Duration::days(week * 7 + day - monday)
    }

    fn next_weekday(&self, weekday: Weekday) -> NaiveDate {
        if self.today_counts && weekday == self.today.weekday() {
            self.today
        } else {
            weekday_after(self.today, weekday)
        }
    }

    fn span(&self, a: &Named, b: &Named) -> Result<Vec<NaiveDate>, Misread> {
        let first = self.date(a, None)?;
        if matches!(b.day, Day::Date { .. }) && a.day == b.day {
            return Ok(vec![first]);
        }
        if let Day::Date { day, month, year: None } = b.day
            && let Some(last) = next_date(first + Count::new(1), month, day)
            && (last - first).num_days() > BACKWARDS
        {
            return Err(self.days_reversed(first, last));
        }
        let last = self.date(b, Some(first))?;
        match (a.day, b.day) {
            (Day::Weekday(one), Day::Weekday(other)) if one == other => {
                return Err(self.days_unclear());
            }
            (Day::Weekday(one), Day::Weekday(other)) => self.ask_about_today(one, Some(other)),
            _ => {}
        }
        let length = (last - first).num_days();
        if length < 1 {
            return Err(self.days_reversed(first, last));
        }
        if length > LONG {
            return Err(self.too_many());
        }
        Ok(first.iter_days().take_while(|day| *day <= last).collect())
    }

    /// The date of a day, for the end of a span the next after its start.
    pub fn date(&self, named: &Named, after: Option<NaiveDate>) -> Result<NaiveDate, Misread> {
        let from = after.map_or(self.today, |day| day + Count::new(1));
        let monday_based = |weekday: Weekday| i64::from(weekday.num_days_from_monday());
        let date = match named.day {
            Day::Date { day, month, year: Some(year) } => date_of(year, month, day),
            Day::Date { day, month, year: None } if self.mode == Mode::Day => {
                nearest_date(self.today, month, day)
            }
            Day::Date { day, month, year: None } => {
                let date = next_date(from, month, day);
                if let Some(date) = date.filter(|date| (*date - self.today).num_days() > NEAR) {
                    return Err(self.year_unclear(named, date));
                }
                date
            }
            Day::OfMonth(day) => next_day_of_month(from, day),
            Day::Weekday(weekday) => Some(match after {
                Some(day) => weekday_after(day, weekday),
                None => self.next_weekday(weekday),
            }),
            Day::This(weekday) if weekday == self.today.weekday() => {
                return Err(self.two_days(named, self.today, weekday_after(self.today, weekday)));
            }
            Day::This(weekday) => Some(self.in_week(0, monday_based(weekday))),
            Day::InWeek(week, weekday) => Some(self.in_week(week, monday_based(weekday))),
            Day::Next(weekday) => {
                let next = weekday_after(self.today, weekday);
                return Err(self.two_days(named, next, next + Count::new(7)));
            }
            Day::Ahead(days) => self.today.checked_add_signed(Duration::days(days)),
            Day::EveryOther => return Err(self.every_other(named)),
        };
        let date = date.ok_or_else(|| self.no_such_date(named))?;
        self.checked(named, date)
    }

    fn checked(&self, named: &Named, date: NaiveDate) -> Result<NaiveDate, Misread> {
        if let Some(weekday) = named.weekday.filter(|weekday| *weekday != date.weekday()) {
            let meant = weekday_after(date - Count::new(4), weekday);
            return Err(self.two_days(named, date, meant));
        }
        let year_ahead = self.today.checked_add_months(Months::new(12));
        match self.mode {
            Mode::Day => Ok(date),
            _ if date < self.today && !self.frame.anyway => Err(self.date_past(date)),
            _ if year_ahead.is_some_and(|limit| date > limit) => Err(self.too_far(date)),
            _ => Ok(date),
        }
    }

    /// The instant at which a clock stands so; `given` where no one typed it, so that a gap of the
    /// zone is no one's mistake.
    pub fn instant(
        &self,
        date: NaiveDate,
        minute: u16,
        side: Side,
        given: bool,
    ) -> Result<Instant, Misread> {
        let zone = self.frame.zone;
        let local = date.and_time(chrono::NaiveTime::MIN) + Duration::minutes(minute.into());
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) => Ok(at.fixed_offset()),
            LocalResult::Ambiguous(at, _) if side == Side::Start => Ok(at.fixed_offset()),
            LocalResult::Ambiguous(_, at) if side == Side::End => Ok(at.fixed_offset()),
            LocalResult::Ambiguous(a, b) => {
                Err(self.two_instants(a.fixed_offset(), b.fixed_offset()))
            }
            LocalResult::None => {
                let (before, after) = gap(zone, local);
                let at = zone.from_local_datetime(&after).earliest();
                match at.filter(|_| given || minute == 1440) {
                    Some(at) => Ok(at.fixed_offset()),
                    None => Err(self.zone_gap(before, after)),
                }
            }
        }
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The clocks between which the zone skips a time: the first that is missing, the first that isn't.
fn gap(zone: Tz, local: NaiveDateTime) -> (NaiveDateTime, NaiveDateTime) {
    let missing = |at: &NaiveDateTime| zone.from_local_datetime(at) == LocalResult::None;
    let minute = Duration::minutes(1);
    let walk = |step: Duration| {
        let mut at = local;
        for _ in 0..3000 {
            if !missing(&at) {
                break;
            }
            at += step;
        }
        at
    };
    (walk(-minute) + minute, walk(minute))
}
