//! Phrases become ranges, an appointment, a day; or a refusal that shows what was understood.
//!
//! Nothing is guessed: a line has one meaning, or it has none and says why.

use std::cell::RefCell;
use std::collections::BTreeSet;

use chrono::{Duration, Months, NaiveDate, Weekday};

use super::clock::{Bounds, Clock};
use super::dates::{self, Side};
use super::days::{Day, Days, Named};
use super::lex::{self, Tok};
use super::line::Line;
use super::path::{self, Phrase, Role, State, Step};
use super::words::Word;
use super::{Frame, Misread, Mode, show, typo};
use crate::i18n::Text;
use crate::model::range::{self, Instant, Range};
use crate::say;

/// The most characters of a line, and the most ranges in one.
const LONGEST: usize = 500;
const MOST: usize = 60;

/// One line being read.
pub(super) struct Reader<'a> {
    /// Where and when.
    pub frame: &'a Frame,
    /// What is wanted.
    pub mode: Mode,
    /// The line, in the right layout.
    pub line: Line,
    /// The line as it was typed: what is not understood is repeated so.
    pub typed: String,
    /// The date now.
    pub today: NaiveDate,
    /// Whether the name of today's weekday means today.
    pub today_counts: bool,
    /// Whether this only tries out a guess: then no further guess is made.
    pub trial: bool,
    /// What was said on the way.
    pub notes: Vec<Text>,
    /// The words of the choice between today and next week, once it has come up.
    pub choice: RefCell<Option<(Text, Text)>>,
}

/// Days with their hours, or a whole range.
enum Clause {
    Plain { days: Vec<Step>, hours: Vec<Step> },
    Whole(Step),
}

impl<'a> Reader<'a> {
    /// A reader of a line, its words known.
    pub fn new(text: &str, frame: &'a Frame, mode: Mode, trial: bool) -> Result<Self, Misread> {
        let today = dates::today(frame.now, frame.zone);
        let choice = RefCell::new(None);
        let mut reader = Reader {
            line: Line::new(String::new()),
            typed: String::new(),
            frame,
            mode,
            today,
            today_counts: false,
            trial,
            notes: vec![],
            choice,
        };
        if text.chars().count() > LONGEST {
            return Err(reader.too_long(LONGEST));
        }
        let cleaned = lex::cleaned(text);
        reader.line = Line::new(lex::with_offsets(&cleaned, frame.zone));
        reader.typed = cleaned;
        if reader.line.tokens.is_empty() {
            return Err(reader.nothing());
        }
        if let Some(line) = typo::relaid(&reader.line.text) {
            reader.notes.push(say!("Прочитано как: {line}", "Read as: {line}"));
            reader.line = Line::new(line);
        }
        reader.check_words()?;
        Ok(reader)
    }

    fn check_words(&self) -> Result<(), Misread> {
        let words = || (0..self.line.tokens.len()).filter_map(|i| self.line.word(i));
        if words().any(|word| matches!(word, Word::Weekly | Word::Except)) {
            return Err(self.days_unclear());
        }
        if words().any(|word| word == Word::Anytime) {
            return Err(self.anytime());
        }
        if words().any(|word| word == Word::Spelled) {
            return Err(self.spelled());
        }
        if self.line.tokens.iter().any(|token| token.tok == Tok::Unknown) {
            return Err(self.unknown_word());
        }
        Ok(())
    }

    /// The ranges meant.
    pub fn ranges(&self) -> Result<Vec<Range>, Misread> {
        if let Some(misread) = self.lone_number() {
            return Err(misread);
        }
        let steps = path::cheapest(&self.line, self.mode);
        self.check_steps(&steps)?;
        let mut ranges = Vec::new();
        for clause in clauses(steps) {
            match clause {
                Clause::Plain { days, hours } => self.plain(&days, &hours, &mut ranges)?,
                Clause::Whole(step) => ranges.push(self.whole(&step)?),
            }
            if ranges.len() > MOST {
                return Err(self.too_many());
            }
        }
        if ranges.is_empty() {
            return Err(self.not_understood());
        }
        let mut seen: Vec<Range> = Vec::new();
        ranges.retain(|range| {
            let new = !seen.contains(range);
            seen.push(*range);
            new
        });
        match ranges.iter().find(|range| range.end <= self.frame.now && !self.frame.anyway) {
            Some(past) => Err(self.range_past(past)),
            None => Ok(ranges),
        }
    }

    fn plain(&self, days: &[Step], hours: &[Step], ranges: &mut Vec<Range>) -> Result<(), Misread> {
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return Err(self.hours_alone(hours));
        };
        let mut dates = Vec::new();
        let mut literal = false;
        for step in days {
            let Phrase::Days(days) = &step.phrase else { return Err(self.not_understood()) };
            literal |= matches!(days, Days::One(named) if named.is_full());
            dates.extend(self.dates(days)?);
        }
        let Some(date) = dates.first() else { return Err(self.days_unclear()) };
        if hours.is_empty() {
            let end = self.line.bytes(first.tokens.start..last.tokens.end).end;
            return Err(self.day_alone(&dates, end));
        }
        let mut all_bounds = Vec::new();
        for step in hours {
            match &step.phrase {
                Phrase::Slot(slot) => {
                    let bounds = slot.bounds(self.frame.hours, literal);
                    all_bounds.push(bounds.map_err(|fault| self.bad_hours(*date, slot, fault))?);
                }
                Phrase::Moment(clock) => return Err(self.start_alone(*date, clock)),
                _ => return Err(self.not_understood()),
            }
        }
        self.check_apart(&all_bounds)?;
        for date in dates {
            for bounds in &all_bounds {
                let start = self.instant(date, bounds.start, Side::Start, bounds.open)?;
                let end = self.instant(date, bounds.end, Side::End, bounds.close)?;
                ranges.push(self.ordered(start, end)?);
            }
        }
        Ok(())
    }

    /// «до 12 и после 9» overlap, and then «и» may mean what lies in both.
    fn check_apart(&self, all: &[Bounds]) -> Result<(), Misread> {
        let before = all.iter().find(|bounds| bounds.open && !bounds.close);
        let after = all.iter().find(|bounds| bounds.close && !bounds.open);
        match (after, before) {
            (Some(after), Some(before)) if after.start < before.end => {
                Err(self.both_or_either(after.start, before.end))
            }
            _ => Ok(()),
        }
    }

    fn whole(&self, step: &Step) -> Result<Range, Misread> {
        match &step.phrase {
            Phrase::Stretch(start, end) => {
                let (start, end) = (self.local(*start)?, self.local(*end)?);
                self.ordered(start, end)
            }
            Phrase::Across(across) => {
                let (from, start, to, end) = across.as_ref();
                self.across(from, start, to, end)
            }
            Phrase::Instant(at) => Err(self.instant_alone(self.local(*at)?)),
            _ => Err(self.not_understood()),
        }
    }

    fn across(&self, from: &Named, a: &Clock, to: &Named, b: &Clock) -> Result<Range, Misread> {
        let first = self.date(from, None)?;
        let last = match (from.is_full(), to.is_full()) {
            (true, true) => self.date(to, None)?,
            _ if from.day == to.day => first,
            _ => self.date(to, Some(first))?,
        };
        let literal = from.is_full() && to.is_full();
        let minutes = |clock: &Clock, is_end| match clock.own_minutes(is_end) {
            Some(minutes) => Ok(minutes),
            None => Err(self.no_such_time(clock)),
        };
        let (start, end) = (minutes(a, false)?, minutes(b, true)?);
        if a.is_bare() && !literal {
            return Err(self.night_time(a));
        }
        let start = self.instant(first, start, Side::Start, false)?;
        let end = self.instant(last, end, Side::End, false)?;
        let range = self.ordered(start, end)?;
        if (last - first).num_days() > 1 && !literal {
            return Err(self.days_or_stretch(&range));
        }
        Ok(range)
    }

    fn ordered(&self, start: Instant, end: Instant) -> Result<Range, Misread> {
        let range = Range { start, end };
        if start < end { Ok(range) } else { Err(self.reversed(&range)) }
    }

    /// An instant with its own offset, in the zone; no further than a year ahead.
    fn local(&self, at: Instant) -> Result<Instant, Misread> {
        let at = range::in_zone(at, &self.frame.zone);
        let limit = self.today.checked_add_months(Months::new(12));
        match limit.is_some_and(|limit| at.date_naive() > limit) {
            true => Err(self.too_far(at.date_naive())),
            false => Ok(at),
        }
    }

    /// The appointment meant.
    pub fn appointment(&self, in_play: &[Range]) -> Result<Instant, Misread> {
        if let Some(misread) = self.lone_number() {
            return Err(misread);
        }
        let steps = path::cheapest(&self.line, self.mode);
        self.check_steps(&steps)?;
        let mut clauses = clauses(steps).into_iter();
        let at = match (clauses.next(), clauses.next()) {
            (Some(Clause::Whole(step)), None) => match step.phrase {
                Phrase::Instant(at) => self.local(at)?,
                Phrase::Soon(minutes) => self.soon(minutes)?,
                _ => return Err(self.range_for_time(&step)),
            },
            (Some(Clause::Plain { days, hours }), None) => self.visit(&days, &hours, in_play)?,
            _ => return Err(self.one_time_only()),
        };
        match at < self.frame.now && !self.frame.anyway {
            true => Err(self.appointment_past(at)),
            false => Ok(at),
        }
    }

    fn soon(&self, minutes: i64) -> Result<Instant, Misread> {
        let at = self.frame.now + Duration::minutes(minutes);
        let at = at - Duration::seconds(at.timestamp().rem_euclid(60));
        let at = at - Duration::nanoseconds(i64::from(at.timestamp_subsec_nanos()));
        self.local(at.fixed_offset())
    }

    fn visit(&self, days: &[Step], hours: &[Step], in_play: &[Range]) -> Result<Instant, Misread> {
        let days_in_play = self.days_of(in_play);
        let clock = match hours {
            [Step { phrase: Phrase::Moment(clock), .. }] => Some(clock),
            [] => None,
            [step, ..] if matches!(step.phrase, Phrase::Slot(_)) => {
                return Err(self.range_for_time(step));
            }
            _ => return Err(self.one_time_only()),
        };
        let mut literal = false;
        let mut meant: Vec<NaiveDate> = Vec::new();
        for step in days {
            let Phrase::Days(days) = &step.phrase else { return Err(self.not_understood()) };
            literal |= matches!(days, Days::One(named) if named.is_full());
            if let Days::One(Named { day: Day::Weekday(weekday), at, .. }) = days {
                self.check_today_in_play(*weekday, at.clone(), &days_in_play)?;
            }
            meant.extend(self.dates(days)?);
        }
        let end = days.last().map_or(0, |step| self.line.bytes(step.tokens.clone()).end);
        let Some(clock) = clock else { return Err(self.day_alone(&meant, end)) };
        let minutes = clock.own_minutes(false).filter(|_| !clock.midnight);
        let minutes = minutes.ok_or_else(|| self.no_such_time(clock))?;
        if days.is_empty() {
            let is_within = |date: &NaiveDate| {
                let at = self.instant(*date, minutes, Side::Exact, false);
                at.is_ok_and(|at| range::covers(in_play, at))
            };
            meant = days_in_play;
            if meant.len() > 1 {
                meant.retain(is_within);
            }
        }
        if clock.is_bare() && !literal {
            return Err(self.night_time(clock));
        }
        match (meant.as_slice(), days.is_empty()) {
            ([date], _) => self.instant(*date, minutes, Side::Exact, false),
            (_, true) => Err(self.which_day(minutes)),
            (_, false) => Err(self.one_time_only()),
        }
    }

    /// The days that some ranges begin on, by the frame's clock.
    fn days_of(&self, ranges: &[Range]) -> Vec<NaiveDate> {
        let day = |range: &Range| range.start.with_timezone(&self.frame.zone).date_naive();
        let days: BTreeSet<NaiveDate> = ranges.iter().map(day).collect();
        days.into_iter().collect()
    }

    /// Today's weekday with today in play is either day, and a command line can't ask.
    fn check_today_in_play(
        &self,
        weekday: Weekday,
        at: std::ops::Range<usize>,
        in_play: &[NaiveDate],
    ) -> Result<(), Misread> {
        let next = dates::weekday_after(self.today, weekday);
        let today = next - Duration::days(7) == self.today && in_play.contains(&self.today);
        let named = Named { day: Day::Weekday(weekday), weekday: None, at };
        if today { Err(self.two_days(&named, self.today, next)) } else { Ok(()) }
    }

    /// The day meant.
    pub fn day(&self) -> Result<NaiveDate, Misread> {
        let steps = path::cheapest(&self.line, self.mode);
        let mut named = None;
        for step in &steps {
            match &step.phrase {
                Phrase::Days(Days::One(day)) if named.is_none() => named = Some(day),
                Phrase::Parting => {}
                _ => return Err(self.no_day()),
            }
        }
        named.map_or_else(|| Err(self.no_day()), |day| self.date(day, None))
    }

    /// The day meant by whoever asks for what is past: a weekday, and a date that does not say its
    /// year or month, is the last such day, today among them.
    pub fn past_day(&self) -> Result<NaiveDate, Misread> {
        let date = self.day()?;
        if date <= self.today {
            return Ok(date);
        }
        let steps = path::cheapest(&self.line, self.mode);
        let days = steps.iter().find_map(|step| match &step.phrase {
            Phrase::Days(Days::One(named)) => Some(named.day),
            _ => None,
        });
        let back = match days {
            Some(Day::Weekday(_) | Day::This(_)) => Some(date - Duration::days(7)),
            Some(Day::OfMonth(_)) => date.checked_sub_months(Months::new(1)),
            Some(Day::Date { year: None, .. }) => date.checked_sub_months(Months::new(12)),
            _ => None,
        };
        Ok(back.unwrap_or(date))
    }

    /// Whether a guess would be understood; while one is tried out, no other is.
    pub fn would_read(&self, guess: &str) -> bool {
        if self.trial {
            return false;
        }
        let Ok(reader) = Reader::new(guess, self.frame, self.mode, true) else { return false };
        match self.mode {
            Mode::Ranges => reader.ranges().is_ok(),
            Mode::Appointment => {
                let tomorrow = self.frame.now + Duration::days(1);
                let tomorrow = tomorrow.with_timezone(&self.frame.zone).fixed_offset();
                reader.appointment(&[Range { start: tomorrow, end: tomorrow }]).is_ok()
            }
            Mode::Day => reader.day().is_ok(),
        }
    }

    /// Remembers that a weekday's name may have meant today.
    pub fn ask_about_today(&self, first: Weekday, last: Option<Weekday>) {
        let next = dates::weekday_after(self.today, first);
        if next != self.today + Duration::days(7) || self.choice.borrow().is_some() {
            return;
        }
        let today = self.today;
        let said = |from: NaiveDate, lang| match last {
            Some(last) => show::dates_text(from, dates::weekday_after(from, last), today, lang),
            None => show::date_text(from, today, lang),
        };
        let choice = match last {
            Some(_) => (
                say!(lang; "со следующей недели ({})", "from next week ({})", said(next, lang)),
                say!(lang; "с сегодняшнего дня ({})", "from today ({})", said(today, lang)),
            ),
            None => (say!(lang; "{}", "{}", said(next, lang)), say!("сегодня", "today")),
        };
        *self.choice.borrow_mut() = Some(choice);
    }
}

/// Phrases put together: which hours belong to which days.
fn clauses(steps: Vec<Step>) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut before = State::Free;
    for step in steps {
        let (role, into) = (step.phrase.role(), step.into);
        let goes_on = match (role, into) {
            (Role::Day, State::Days) => before == State::Days,
            (Role::Hour, State::Hours) => before == State::Hours,
            _ => true,
        };
        before = into;
        match (role, clauses.last_mut()) {
            (Role::Neutral | Role::Close, _) => {}
            (Role::Whole, _) => clauses.push(Clause::Whole(step)),
            (Role::Day, Some(Clause::Plain { days, .. })) if goes_on => days.push(step),
            (Role::Hour, Some(Clause::Plain { hours, .. })) if goes_on => hours.push(step),
            (Role::Day, _) => clauses.push(Clause::Plain { days: vec![step], hours: vec![] }),
            (Role::Hour, _) => clauses.push(Clause::Plain { days: vec![], hours: vec![step] }),
        }
    }
    clauses
}
