//! What people type, row by row, at Monday 2026-11-23 10:00 in Moscow unless a row says otherwise.

mod more;
mod properties;
mod table;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{Frame, Misread, Reading};
use crate::model::hours::Hours;
use crate::model::range::{Instant, Range};

/// The frame at an instant, in a zone.
fn frame_at(now: &str, zone: Tz) -> Frame {
    let now: DateTime<Utc> = now.parse().unwrap();
    Frame { now, zone, hours: Hours::DEFAULT, anyway: false }
}

/// Monday 2026-11-23 10:00, Moscow.
fn monday() -> Frame {
    frame_at("2026-11-23T07:00:00Z", chrono_tz::Europe::Moscow)
}

fn clock(at: Instant) -> String {
    match at.format("%-H:%M").to_string().strip_suffix(":00") {
        Some(hour) => hour.to_owned(),
        None => at.format("%-H:%M").to_string(),
    }
}

/// `25.11 9-12`; over midnight `25.11 22 - 26.11 2`; the year where it is not 2026.
fn brief(range: &Range) -> String {
    let day = |day: NaiveDate| match day.format("%Y").to_string().as_str() {
        "2026" => day.format("%-d.%-m").to_string(),
        _ => day.format("%-d.%-m.%Y").to_string(),
    };
    let (first, last) = (range.start.date_naive(), range.end.date_naive());
    let (start, end) = (clock(range.start), clock(range.end));
    match (first == last, first.succ_opt() == Some(last) && end == "0") {
        (true, _) => format!("{} {start}-{end}", day(first)),
        (_, true) => format!("{} {start}-24", day(first)),
        _ => format!("{} {start} - {} {end}", day(first), day(last)),
    }
}

fn briefs(ranges: &[Range]) -> String {
    ranges.iter().map(brief).collect::<Vec<_>>().join(", ")
}

/// The meaning in brief, or the code of the refusal, `!` before one that is understood.
fn told(result: Result<String, Misread>) -> String {
    match result {
        Ok(text) => text,
        Err(Misread { code, refused: true, .. }) => format!("!{code}"),
        Err(Misread { code, .. }) => code.to_owned(),
    }
}

fn read(text: &str, frame: &Frame) -> Result<Reading, Misread> {
    super::ranges(text, frame)
}

fn ranges_in(text: &str, frame: &Frame) -> String {
    told(read(text, frame).map(|reading| briefs(&reading.ranges)))
}

/// All day long on these days.
fn all_day(frame: &Frame, days: &[NaiveDate]) -> Vec<Range> {
    let at = |day: NaiveDate| {
        // In some zones the clock is put forward at midnight.
        let first = |hour| {
            let start = day.and_hms_opt(hour, 0, 0)?.and_local_timezone(frame.zone);
            start.earliest()
        };
        (0..24).find_map(first).unwrap().fixed_offset()
    };
    let day = |day: &NaiveDate| Range { start: at(*day), end: at(day.succ_opt().unwrap()) };
    days.iter().map(day).collect()
}

fn visit_in(text: &str, frame: &Frame, days: &[NaiveDate]) -> String {
    told(
        super::appointment(text, frame, &all_day(frame, days))
            .map(|(at, _)| format!("{} {}", at.format("%-d.%-m"), clock(at))),
    )
}

/// Compares every row and shows all that differ.
fn compare(rows: &[(&str, &str)], said: impl Fn(&str) -> String) {
    let wrong: Vec<String> = rows
        .iter()
        .map(|(typed, meant)| (typed, meant, said(typed)))
        .filter(|(_, meant, got)| *meant != got)
        .map(|(typed, meant, got)| format!("`{typed}`: meant {meant}, got {got}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
