//! The ranges of a request as a timeline: a row for each side of each day, hours above.
//!
//! Pure. Days and hours are those of the instants' own offsets, so whoever draws passes them in the
//! clinic's zone. No line is wider than the canvas; no range is invisible, however short; the signs
//! of the rows differ, so that colour adds nothing that is not there without it.

use std::ops;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use crate::i18n::Lang;
use crate::model::range::{self, Instant, Range};
use crate::tr;
use crate::when::show;

/// The widest that a drawing gets.
const WIDEST: usize = 80;
/// The width that is taken for granted: at one character an hour any day fits it.
const NARROWEST: usize = 60;
/// The most days drawn.
const DAYS: usize = 14;
/// What stands before every line.
const INDENT: &str = "  ";
/// Characters an hour, the best first, each with the hours from one label of the scale to the next.
const SCALES: [(usize, i64); 3] = [(4, 1), (2, 2), (1, 3)];

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// What is drawn upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    /// Columns. Drawn is on 60 at least and on 80 at most.
    pub width: usize,
    /// Whether only ASCII signs are drawn.
    pub ascii: bool,
    /// Whether the signs have colours.
    pub color: bool,
}

impl Canvas {
    /// Upon a terminal of this width, or where there is none.
    pub fn new(width: Option<usize>, ascii: bool, color: bool) -> Canvas {
        Canvas { width: width.unwrap_or(WIDEST), ascii, color }
    }

    /// The columns that a line may have.
    fn columns(&self) -> usize {
        self.width.clamp(NARROWEST, WIDEST)
    }

    /// The sign of what suits nobody.
    fn nobody(&self) -> char {
        if self.ascii { '.' } else { '·' }
    }

    fn paint(&self, row: Row, text: &str) -> String {
        let code = match row {
            Row::Patient => 36,
            Row::Clinic => 33,
            Row::Both => 32,
            Row::Visit => 1,
        };
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Patient,
    Clinic,
    Both,
    Visit,
}

impl Row {
    const ALL: [Row; 4] = [Row::Patient, Row::Clinic, Row::Both, Row::Visit];

    fn name(self, lang: Lang) -> &'static str {
        match self {
            Row::Patient => lang.of("пациенту", "patient"),
            Row::Clinic => lang.of("клинике", "clinic"),
            Row::Both => lang.of("обоим", "both"),
            Row::Visit => lang.of("приём", "visit"),
        }
    }

    fn sign(self, canvas: &Canvas) -> char {
        let (drawn, ascii) = match self {
            Row::Patient => ('░', '-'),
            Row::Clinic => ('▒', '='),
            Row::Both => ('█', '#'),
            Row::Visit => ('▲', '^'),
        };
        if canvas.ascii { ascii } else { drawn }
    }
}

/// Draws the ranges of both sides and the visit; empty where there is nothing to draw.
///
/// A cell is marked where at least half of it is covered; a range that covers half of none has the
/// cell that it covers most of. Of more than fourteen days the first are drawn, and the visit's.
pub fn draw(
    patient: &[Range],
    clinic: &[Range],
    appointment: Option<Instant>,
    today: NaiveDate,
    lang: Lang,
    canvas: &Canvas,
) -> String {
    let common = range::common(patient, clinic);
    let (patient, clinic, common) = (walls(patient), walls(clinic), walls(&common));
    let visit = appointment.map(|at| at.date_naive());
    let (dates, hidden) = dates_in_play(patient.iter().chain(&clinic), visit);
    let days: Vec<Day> = dates
        .iter()
        .map(|&date| Day {
            label: show::brief_day(date, today, lang),
            patient: on(date, &patient),
            clinic: on(date, &clinic),
            both: on(date, &common),
            visit: appointment.filter(|_| visit == Some(date)),
        })
        .collect();
    let label = widest(days.iter().map(|day| day.label.as_str()));
    let name = widest(Row::ALL.iter().map(|row| row.name(lang)));
    let before = INDENT.len() + label + 1 + name + 2;
    let room = canvas.columns().saturating_sub(before);
    let Some(axis) = Axis::over(&days, room) else { return String::new() };

    let mut text = format!("{}{}\n", " ".repeat(before), axis.scale(room));
    for day in &days {
        let mut title = day.label.as_str();
        for (row, drawn) in day.rows(&axis, room, canvas) {
            let name_pad = " ".repeat(name - row.name(lang).chars().count());
            let label_pad = " ".repeat(label - title.chars().count());
            let name = row.name(lang);
            text.push_str(&format!("{INDENT}{title}{label_pad} {name}{name_pad}  {drawn}\n"));
            title = "";
        }
    }
    if hidden > 0 {
        let dots = if canvas.ascii { "..." } else { "…" };
        let days = lang.plural(hidden, ["день", "дня", "дней"], ["day", "days"]);
        let more = tr!(lang, "{} ещё {} {}", "{} {} more {}", dots, hidden, days);
        text.push_str(&format!("{INDENT}{more}\n"));
    }
    text
}

/// What the signs of a drawing mean: `Удобно:  ░ пациенту  ▒ клинике`; empty where it has none.
pub fn legend(drawing: &str, lang: Lang, canvas: &Canvas) -> String {
    let mut text = String::new();
    for row in Row::ALL {
        let sign = row.sign(canvas);
        if drawing.contains(sign) {
            let sign = canvas.paint(row, &sign.to_string());
            text.push_str(&format!("  {sign} {}", row.name(lang)));
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("{INDENT}{}{text}\n", lang.of("Удобно:", "Suits:"))
}

/// A span as a clock on the wall shows it, in whole seconds, never empty.
type Wall = ops::Range<NaiveDateTime>;
/// A part of a day, in seconds after midnight, never empty.
type Span = ops::Range<i64>;

/// The ranges as the clock on the wall shows them.
fn walls(ranges: &[Range]) -> Vec<Wall> {
    range::union(ranges).iter().map(wall).collect()
}

fn wall(range: &Range) -> Wall {
    let start = whole(range.start.naive_local());
    let (end, length) = (range.end.naive_local(), range.end - range.start);
    // Where the clock is put back in between it may show less at the end than at the start: the
    // range then runs on as if it were not.
    let end = if end > start { end } else { range.start.naive_local() + length };
    let down = whole(end);
    start..if down == end { end } else { down + TimeDelta::seconds(1) }
}

/// Without the fraction of a second.
fn whole(at: NaiveDateTime) -> NaiveDateTime {
    at.with_nanosecond(0).unwrap_or(at)
}

/// What spans cover of a day, as the fewest spans, in order.
fn on(date: NaiveDate, walls: &[Wall]) -> Vec<Span> {
    let midnight = date.and_time(NaiveTime::MIN);
    let second = |at: NaiveDateTime| (at - midnight).num_seconds().clamp(0, DAY);
    let mut spans: Vec<Span> = walls
        .iter()
        .map(|wall| second(wall.start)..second(wall.end))
        .filter(|span| !span.is_empty())
        .collect();
    spans.sort_by_key(|span| span.start);
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// The days that are drawn, and how many are not.
fn dates_in_play<'w>(
    walls: impl Iterator<Item = &'w Wall>,
    visit: Option<NaiveDate>,
) -> (Vec<NaiveDate>, usize) {
    let mut spans: Vec<(NaiveDate, NaiveDate)> = walls
        .map(|wall| (wall.start.date(), (wall.end - TimeDelta::seconds(1)).date()))
        .chain(visit.map(|date| (date, date)))
        .collect();
    spans.sort();
    let (mut dates, mut all) = (Vec::new(), 0);
    let mut free = NaiveDate::MIN;
    // A range may last for years: its days are counted, not walked through.
    for (first, last) in spans {
        let first = first.max(free);
        let count = (last - first).num_days() + 1;
        if count > 0 {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            dates.extend(first.iter_days().take(count.min(DAYS - dates.len())));
            all += count;
            free = last.succ_opt().unwrap_or(last);
        }
    }
    if let (Some(visit), Some(last)) = (visit, dates.last_mut()) {
        *last = visit.max(*last);
    }
    let hidden = all - dates.len();
    (dates, hidden)
}

/// A day in play.
struct Day {
    label: String,
    patient: Vec<Span>,
    clinic: Vec<Span>,
    both: Vec<Span>,
    visit: Option<Instant>,
}

impl Day {
    /// The rows that the day has. Only where both sides have ranges does it matter where they meet.
    fn rows(&self, axis: &Axis, room: usize, canvas: &Canvas) -> Vec<(Row, String)> {
        let meets = !self.patient.is_empty() && !self.clinic.is_empty();
        let sides = [
            (Row::Patient, &self.patient, !self.patient.is_empty()),
            (Row::Clinic, &self.clinic, !self.clinic.is_empty()),
            (Row::Both, &self.both, meets),
        ];
        let mut rows = Vec::new();
        for (row, spans, _) in sides.into_iter().filter(|(_, _, shown)| *shown) {
            rows.push((row, axis.cells(row, spans, canvas)));
        }
        if let Some(at) = self.visit {
            rows.push((Row::Visit, axis.visit(at, room, canvas)));
        }
        rows
    }
}

/// The hours that are drawn.
struct Axis {
    first: i64,
    last: i64,
    per_hour: usize,
    step: i64,
}

impl Axis {
    /// All hours in use with one more on each side; nothing where none is.
    fn over(days: &[Day], room: usize) -> Option<Axis> {
        let visit = |day: &Day| {
            let at = i64::from(day.visit?.time().num_seconds_from_midnight());
            Some(at..at + 1)
        };
        let spans: Vec<Span> = days
            .iter()
            .flat_map(|day| day.patient.iter().chain(&day.clinic).cloned().chain(visit(day)))
            .collect();
        let first = (spans.iter().map(|span| span.start).min()? / HOUR - 1).max(0);
        let last = ((spans.iter().map(|span| span.end).max()? + HOUR - 1) / HOUR + 1).min(24);
        let hours = usize::try_from(last - first).unwrap_or(0);
        let fits = |(per_hour, _): &&(usize, i64)| hours * per_hour + 2 <= room;
        let (per_hour, step) = *SCALES.iter().find(fits).unwrap_or(&SCALES[SCALES.len() - 1]);
        Some(Axis { first, last, per_hour, step })
    }

    /// How many seconds a cell stands for.
    fn cell(&self) -> i64 {
        HOUR / self.per_hour as i64
    }

    /// The cell of a second of the day.
    fn column(&self, second: i64) -> usize {
        usize::try_from((second - self.first * HOUR) / self.cell()).unwrap_or(0)
    }

    /// The hours, each above its first cell.
    fn scale(&self, room: usize) -> String {
        let mut text = String::new();
        for hour in (self.first..=self.last).filter(|hour| hour % self.step == 0) {
            let (at, label) = (self.column(hour * HOUR), hour.to_string());
            if at + label.len() <= room {
                text.push_str(&" ".repeat(at - text.len()));
                text.push_str(&label);
            }
        }
        text
    }

    fn cells(&self, row: Row, spans: &[Span], canvas: &Canvas) -> String {
        let marked = self.marked(spans);
        let mut text = String::new();
        for run in marked.chunk_by(|a, b| a == b) {
            let sign = if run[0] { row.sign(canvas) } else { canvas.nobody() };
            let signs: String = std::iter::repeat_n(sign, run.len()).collect();
            text.push_str(&if run[0] { canvas.paint(row, &signs) } else { signs });
        }
        text
    }

    fn marked(&self, spans: &[Span]) -> Vec<bool> {
        let starts = (self.first * HOUR..self.last * HOUR).step_by(self.cell() as usize);
        let covered = |start: i64, span: &Span| {
            (span.end.min(start + self.cell()) - span.start.max(start)).max(0)
        };
        let all = |start| spans.iter().map(|span| covered(start, span)).sum::<i64>();
        let mut marked: Vec<bool> =
            starts.clone().map(|start| 2 * all(start) >= self.cell()).collect();
        for span in spans {
            let own = |at: usize| covered(self.first * HOUR + at as i64 * self.cell(), span);
            let cells = self.column(span.start)..self.column(span.end - 1) + 1;
            if !cells.clone().any(|at| marked[at])
                && let Some(most) = cells.rev().max_by_key(|at| own(*at))
            {
                marked[most] = true;
            }
        }
        marked
    }

    /// The mark and the time beside it: before it where there is no room after it.
    fn visit(&self, at: Instant, room: usize, canvas: &Canvas) -> String {
        let column = self.column(i64::from(at.time().num_seconds_from_midnight()));
        let (sign, clock) = (Row::Visit.sign(canvas), show::clock(at));
        let length = clock.chars().count() + 1;
        let fits = column + 1 + length <= room;
        let (start, text) = match column.checked_sub(length) {
            Some(start) if !fits => (start, format!("{clock} {sign}")),
            _ => (column, format!("{sign} {clock}")),
        };
        format!("{}{}", " ".repeat(start), canvas.paint(Row::Visit, &text))
    }
}

fn widest<'t>(texts: impl Iterator<Item = &'t str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
