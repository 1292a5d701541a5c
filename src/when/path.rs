//! A line cut into phrases, the cheapest way.
//!
//! Every place of a line may begin several phrases (`9.12` is a day or a time), and every phrase
//! costs more where it fits less. There is always a way through: what fits nowhere is a phrase too,
//! the dearest, so that a line which can't be understood still shows what is wrong with it.

use std::ops;

use super::clock::{Clock, Slot};
use super::days::{Days, Named};
use super::lex::Tok;
use super::line::Line;
use super::words::Word;
use super::{Mode, dates};
use crate::model::range::Instant;

/// Costs: a phrase is 1; what is wrong but can be explained, thousands; what can't, a million.
const PHRASE: u32 = 1;
const MOMENT: u32 = 10;
const BOUND: u32 = 5_000;
const MISFIT: u32 = 10_000;
const NUMBER: u32 = 12_000;
const PAIR: u32 = 15_000;
const UNKNOWN: u32 = 1_000_000;

/// A piece of a line that means one thing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Phrase {
    /// Days: «ср», `25-27.11`.
    Days(Days),
    /// Hours: `9-12`.
    Slot(Slot),
    /// A time alone.
    Moment(Clock),
    /// `9 12`: a time, or two?
    Pair(Clock, Clock),
    /// «утром».
    Vague,
    /// A number where a day should be.
    Number(u32),
    /// «до пятницы», «с 25.11».
    Bound,
    /// «ср 22 - чт 2».
    Across(Box<(Named, Clock, Named, Clock)>),
    /// RFC 3339 `START/END`.
    Stretch(Instant, Instant),
    /// One RFC 3339 instant.
    Instant(Instant),
    /// «через час»: minutes from now.
    Soon(i64),
    /// «мск».
    Zone(&'static str),
    /// `,`, «и», «в».
    Parting,
    /// `;`
    Semi,
    /// Anything else.
    Unknown,
}

/// What stands open between two phrases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Free,
    /// Days that wait for hours.
    Days,
    /// Days with hours; more hours may follow.
    Filled,
    /// Hours that wait for a day.
    Hours,
    /// Hours with a day; more days may follow.
    Placed,
}

const STATES: [State; 5] = [State::Free, State::Days, State::Filled, State::Hours, State::Placed];

/// What a phrase is for its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It names days.
    Day,
    /// It names hours.
    Hour,
    /// It names both.
    Whole,
    /// It names neither.
    Neutral,
    /// It closes what is open.
    Close,
}

/// A phrase in its place.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// The phrase.
    pub phrase: Phrase,
    /// Its tokens.
    pub tokens: ops::Range<usize>,
    /// What stands open after it.
    pub into: State,
}

impl Phrase {
    /// What it is for its neighbours.
    pub fn role(&self) -> Role {
        match self {
            Phrase::Days(_) | Phrase::Number(_) | Phrase::Bound => Role::Day,
            Phrase::Slot(_) | Phrase::Moment(_) | Phrase::Pair(..) | Phrase::Vague => Role::Hour,
            Phrase::Across(_) | Phrase::Stretch(..) | Phrase::Instant(_) | Phrase::Soon(_) => {
                Role::Whole
            }
            Phrase::Zone(_) | Phrase::Parting | Phrase::Unknown => Role::Neutral,
            Phrase::Semi => Role::Close,
        }
    }

    fn cost(&self, mode: Mode) -> u32 {
        let misfit = |fits: bool| if fits { PHRASE } else { MISFIT };
        let appointment = mode == Mode::Appointment;
        match self {
            Phrase::Days(days) => misfit(dates::are_possible(days)),
            Phrase::Slot(slot) => {
                misfit(!appointment && slot.clocks().iter().all(|clock| clock.is_real()))
            }
            Phrase::Across(_) | Phrase::Stretch(..) => misfit(!appointment),
            Phrase::Moment(clock) if appointment && clock.is_real() => MOMENT,
            Phrase::Moment(clock) if clock.is_real() => MISFIT,
            Phrase::Moment(_) => 2 * MISFIT,
            Phrase::Pair(..) if appointment => MOMENT + MOMENT / 2,
            Phrase::Instant(_) | Phrase::Soon(_) => misfit(appointment),
            Phrase::Vague => MISFIT,
            Phrase::Bound => BOUND,
            Phrase::Number(_) => NUMBER,
            Phrase::Pair(..) => PAIR,
            Phrase::Zone(_) | Phrase::Parting | Phrase::Semi => 0,
            Phrase::Unknown => UNKNOWN,
        }
    }
}

/// Where a phrase leads, and at what cost.
fn moves(from: State, role: Role) -> &'static [(State, u32)] {
    use State::{Days, Filled, Free, Hours, Placed};
    match (role, from) {
        (Role::Day, Free | Filled) => &[(Days, 0)],
        (Role::Day, Days) => &[(Days, 1)],
        (Role::Day, Hours) => &[(Placed, 0)],
        (Role::Day, Placed) => &[(Placed, 0), (Days, 2)],
        (Role::Hour, Free | Placed) => &[(Hours, 1)],
        (Role::Hour, Days | Filled) => &[(Filled, 0)],
        (Role::Hour, Hours) => &[(Hours, 0)],
        (Role::Whole | Role::Close, Days | Hours) => &[(Free, MISFIT)],
        (Role::Whole, _) | (Role::Close, Free | Placed) => &[(Free, 0)],
        (Role::Close, Filled) => &[(Filled, 0)],
        (Role::Neutral, Free) => &[(Free, 0)],
        (Role::Neutral, Days) => &[(Days, 0)],
        (Role::Neutral, Filled) => &[(Filled, 0)],
        (Role::Neutral, Hours) => &[(Hours, 0)],
        (Role::Neutral, Placed) => &[(Placed, 0)],
    }
}

/// What it costs to stop with something open.
fn stop(state: State, mode: Mode) -> u32 {
    match (state, mode) {
        (State::Days, Mode::Ranges | Mode::Appointment) | (State::Hours, Mode::Ranges) => MISFIT,
        _ => 0,
    }
}

/// How a place was reached most cheaply: the cost, the node before, the phrase between.
type Reached = Option<(u32, usize, Option<Step>)>;

/// The cheapest way through a line.
pub(super) fn cheapest(line: &Line, mode: Mode) -> Vec<Step> {
    let places = line.tokens.len();
    let node = |place: usize, state: State| place * STATES.len() + state as usize;
    let mut reached: Vec<Reached> = vec![None; (places + 1) * STATES.len()];
    reached[node(0, State::Free)] = Some((0, 0, None));
    for place in 0..places {
        let phrases = line.phrases(place, mode);
        for state in STATES {
            let here = node(place, state);
            let Some((spent, ..)) = reached[here] else { continue };
            for (phrase, next) in &phrases {
                for (into, extra) in moves(state, phrase.role()) {
                    let cost = spent + phrase.cost(mode) + extra;
                    let there = &mut reached[node(*next, *into)];
                    if there.as_ref().is_none_or(|(best, ..)| cost < *best) {
                        let step =
                            Step { phrase: phrase.clone(), tokens: place..*next, into: *into };
                        *there = Some((cost, here, Some(step)));
                    }
                }
            }
        }
    }
    let last = STATES.into_iter().filter_map(|state| {
        let (cost, ..) = reached[node(places, state)].as_ref()?;
        Some((cost + stop(state, mode), node(places, state)))
    });
    let mut at = last.min().map_or(0, |(_, at)| at);
    let mut steps = Vec::new();
    while let Some((_, before, Some(step))) = &reached[at] {
        steps.push(step.clone());
        at = *before;
    }
    steps.reverse();
    steps
}

impl Line {
    /// The phrases that may begin at a place, each with the place after it.
    fn phrases(&self, i: usize, mode: Mode) -> Vec<(Phrase, usize)> {
        let mut found = self.small(i);
        found.extend(self.days(i).into_iter().map(|(days, next)| (Phrase::Days(days), next)));
        found.extend(self.moments(i, mode));
        found.extend(self.slots(i).into_iter().map(|(slot, next)| (Phrase::Slot(slot), next)));
        found.extend(self.across(i));
        found.extend(self.instants(i));
        found.extend(self.vague(i));
        found.extend(self.bound_days(i).map(|next| (Phrase::Bound, next)));
        found.extend(self.number(i, 1..=2).map(|number| (Phrase::Number(number), i + 1)));
        found.push((Phrase::Unknown, i + 1));
        found
    }

    fn small(&self, i: usize) -> Vec<(Phrase, usize)> {
        let phrase = match self.tok(i) {
            Some(Tok::Comma | Tok::Word(Word::And | Word::Or | Word::Filler | Word::In)) => {
                Phrase::Parting
            }
            Some(Tok::Semi) => Phrase::Semi,
            Some(Tok::Word(Word::Zone(name))) => Phrase::Zone(name),
            Some(Tok::Word(Word::Through)) => match self.word(i + 1) {
                Some(Word::Zone(name)) => return vec![(Phrase::Zone(name), i + 2)],
                _ => return vec![],
            },
            _ => return vec![],
        };
        vec![(phrase, i + 1)]
    }

    fn moments(&self, i: usize, mode: Mode) -> Vec<(Phrase, usize)> {
        let mut found = Vec::new();
        // «к 10»: a visit is at ten; a range up to ten is «до 10».
        if mode == Mode::Appointment && self.is(i, Word::By) {
            found
                .extend(self.clock(i + 1, true).map(|(clock, next)| (Phrase::Moment(clock), next)));
            return found;
        }
        let hyphened = self.clock(i, true).filter(|(clock, next)| {
            mode == Mode::Appointment && *next == i + 3 && (clock.minute == 0 || clock.minute > 24)
        });
        found.extend(hyphened.map(|(clock, next)| (Phrase::Moment(clock), next)));
        if let Some(Word::Loose(part)) = self.word(i)
            && let Some((clock, next)) = self.clock(self.past_fillers(i + 1), false)
        {
            let part = clock.part.or(Some(part));
            found.push((Phrase::Moment(Clock { part, ..clock }), next));
        }
        if let Some((clock, next)) = self.clock(i, false) {
            found.extend(self.pair(i, &clock, next, mode));
            found.push((Phrase::Moment(clock), next));
        }
        let (unit, count) = match (self.word(i), self.number(i + 1, 1..=3)) {
            (Some(Word::Hence | Word::In), Some(count)) => (i + 2, i64::from(count)),
            (Some(Word::Hence | Word::In), None) => (self.past(i + 1, Word::Filler), 1),
            _ => return found,
        };
        let minutes = match self.word(unit) {
            Some(Word::Hour) => 60,
            Some(Word::HalfHour) => 30,
            Some(Word::Minute) => 1,
            _ => return found,
        };
        found.push((Phrase::Soon(count * minutes), unit + 1));
        found
    }

    /// `11 30`, a time where 30 can't be an hour; else `9 12`, which may be two.
    fn pair(&self, i: usize, a: &Clock, next: usize, mode: Mode) -> Option<(Phrase, usize)> {
        let minute = self.number(next, 2..=2).filter(|_| next == i + 1 && a.is_real());
        if let Some(minute @ (0..10 | 25..60)) = minute
            && mode == Mode::Appointment
        {
            let time = Clock { minute, at: self.bytes(i..next + 1), ..a.clone() };
            return Some((Phrase::Moment(time), next + 1));
        }
        let (b, end) = self.clock(next, false).filter(|(b, _)| a.is_real() && b.is_real())?;
        Some((Phrase::Pair(a.clone(), b), end))
    }

    /// «ср 22 - чт 2».
    fn across(&self, i: usize) -> Vec<(Phrase, usize)> {
        let point = |i: usize| {
            let days = self.named(self.past_fillers(self.past(i, Word::From))).into_iter();
            days.filter_map(|(day, next)| {
                let at = self.past_fillers(self.past_comma(next));
                let (clock, next) = self.clock(self.past(at, Word::From), false)?;
                Some((day, clock, next))
            })
        };
        let mut found = Vec::new();
        for (from, start, dash) in point(i) {
            if self.tok(dash) != Some(Tok::Dash) && self.word(dash) != Some(Word::To) {
                continue;
            }
            for (to, end, next) in point(dash + 1) {
                let across = Box::new((from.clone(), start.clone(), to, end));
                found.push((Phrase::Across(across), next));
            }
        }
        found
    }

    fn instants(&self, i: usize) -> Vec<(Phrase, usize)> {
        let Some(Tok::Instant(start)) = self.tok(i) else { return vec![] };
        match (self.tok(i + 1), self.tok(i + 2)) {
            (Some(Tok::Slash | Tok::Dash), Some(Tok::Instant(end))) => {
                vec![(Phrase::Stretch(start, end), i + 3)]
            }
            _ => vec![(Phrase::Instant(start), i + 1)],
        }
    }

    fn vague(&self, i: usize) -> Option<(Phrase, usize)> {
        let bound = [Word::After, Word::Before, Word::To, Word::From];
        let is_bound = bound.into_iter().any(|word| self.is(i, word));
        let at = if is_bound { i + 1 } else { i };
        match self.word(at)? {
            Word::Vague | Word::Loose(_) => Some((Phrase::Vague, at + 1)),
            // «с утра», «до вечера»
            Word::Part(_) if is_bound => Some((Phrase::Vague, at + 1)),
            _ => None,
        }
    }

    /// The place after «до пятницы», «с 25.11».
    fn bound_days(&self, i: usize) -> Option<usize> {
        let at = match self.word(i)? {
            Word::From | Word::To | Word::Through | Word::After | Word::Before => i + 1,
            Word::Not => i + 2,
            _ => return None,
        };
        self.named(self.past_fillers(at)).into_iter().map(|(_, next)| next).max()
    }
}
