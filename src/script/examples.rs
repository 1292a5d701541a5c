//! What may be typed to a question about times, as examples that fit the request at hand.

use chrono::{NaiveDate, SubsecRound as _, TimeDelta, Timelike as _};

use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::say;
use crate::script::Screen;
use crate::script::call::Call;
use crate::when::{self, Frame, Misread, show};

/// The days that some ranges begin on, by the frame's clock.
pub(super) fn days(ranges: &[Range], frame: &Frame) -> Vec<NaiveDate> {
    let mut days: Vec<_> =
        ranges.iter().map(|r| r.start.with_timezone(&frame.zone).date_naive()).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// What the clinic may answer: a time that suits, ranges, nothing, or no answer. A time alone
/// stands there only where it has a meaning.
pub(super) fn of_answer(screen: &mut Screen, call: &Call<'_>) {
    let lang = call.sight.lang;
    let (frame, suits) = (frame(call), call.request.in_play(call.sight.now));
    let time = suits.first().map(|range| {
        let at = within(range, &frame);
        let full = typed(at, &frame, call);
        match days(&suits, &frame).len() {
            1 => format!("{} {} {full}", show::clock(at), lang.of("или", "or")),
            _ => full,
        }
    });
    let time = time.unwrap_or_else(|| lang.of("ср 11:30", "wed 11:30").to_owned());
    let others = lang.of("чт 14-16, пт 9-12", "thu 14-16, fri 9-12");
    let width = time.chars().count().max(others.chars().count());
    screen.say(format!(
        "  {time:<width$}  {:<19}  {}",
        lang.of("— назначила время", "it gave a time"),
        lang.of("нет    — свободного нет", "none   nothing free"),
    ));
    screen.say(format!(
        "  {others:<width$}  {:<19}  {}",
        lang.of("— предложила другое", "it offered others"),
        lang.of("позже  — не дозвонились", "later  no answer"),
    ));
}

/// What the patient may answer to the clinic's times, besides a digit.
pub(super) fn of_offer(screen: &mut Screen, call: &Call<'_>) {
    let lang = call.sight.lang;
    let frame = frame(call);
    let offered = range::left(&call.request.clinic_ranges, call.sight.now);
    let hours = offered.first().map(|range| {
        let start = range.start.with_timezone(&frame.zone).fixed_offset();
        let end = (start + TimeDelta::hours(1)).min(range.end.with_timezone(start.offset()));
        let brief = |at: Instant| show::clock(at).trim_end_matches(":00").to_owned();
        format!("{} {}-{}", day(start, &frame, call), brief(start), brief(end))
    });
    let hours = hours.unwrap_or_else(|| lang.of("пт 10-12", "fri 10-12").to_owned());
    screen.say(match lang {
        crate::i18n::Lang::Ru => {
            format!("  Или часы: {hours}.   отказ — пациент отказался   позже — нет ответа")
        }
        crate::i18n::Lang::En => {
            format!(
                "  Or hours: {hours}.   declines: the patient wants no visit   later: no answer"
            )
        }
    });
    screen.say(lang.of(
        "  не подходит — другое время или другая клиника",
        "  does not suit: another time, or another clinic",
    ));
}

/// What was probably meant by hours without a day, or a day without hours, or a start alone, among
/// the clinic's times: a line that lies within them.
pub(super) fn of_misread(call: &Call<'_>, typed: &str, misread: &Misread) -> Option<Text> {
    let frame = frame(call);
    let offered = &range::left(&call.request.clinic_ranges, call.sight.now);
    let suits = |line: &String| {
        let read = when::ranges(line, &frame);
        read.is_ok_and(|reading| range::within(&reading.ranges, offered))
    };
    let local = |at: Instant| at.with_timezone(&frame.zone).fixed_offset();
    let on_day = |range: &Range| format!("{} {typed}", day(local(range.start), &frame, call));
    let of_day = |day: NaiveDate| {
        let same = offered.iter().find(|range| local(range.start).date_naive() == day);
        same.or(offered.first()).copied()
    };
    let line = match misread.code {
        "hours-alone" => {
            let fit = offered.iter().map(on_day).find(suits);
            fit.or_else(|| offered.first().map(|range| hours_of(range, &frame, call)))
        }
        "start-alone" => {
            let (at, _) = when::appointment(typed, &frame, &[]).ok()?;
            let fit = offered.iter().find(|range| range.start <= at && at < range.end);
            let fit = fit.map(|range| Range { start: at, end: range.end });
            fit.or_else(|| of_day(local(at).date_naive()))
                .map(|range| hours_of(&range, &frame, call))
        }
        "day-alone" => {
            let day = when::day(typed, &frame).ok()?;
            of_day(day).map(|range| hours_of(&range, &frame, call))
        }
        _ => None,
    };
    let line = line.filter(suits)?;
    Some(say!("Например: `{line}`.", "For example: `{line}`."))
}

/// What was probably meant by a time without a day, where several are in play: the first of them
/// that has it.
pub(super) fn of_time(
    call: &Call<'_>,
    line: &str,
    misread: &Misread,
    in_play: &[Range],
) -> Option<Text> {
    if misread.code != "hours-alone" {
        return None;
    }
    let frame = frame(call);
    let on_day = |range: &Range| {
        let line = format!("{} {line}", day(range.start, &frame, call));
        let (at, _) = when::appointment(&line, &frame, &[]).ok()?;
        (range.start <= at && at < range.end).then(|| typed(at, &frame, call))
    };
    let line = in_play.iter().find_map(on_day)?;
    Some(say!("Добавьте день: `{line}`.", "Add a day: `{line}`."))
}

/// «ср 11:30-15».
fn hours_of(range: &Range, frame: &Frame, call: &Call<'_>) -> String {
    let [start, end] =
        [range.start, range.end].map(|at| at.with_timezone(&frame.zone).fixed_offset());
    let brief = |at: Instant| show::clock(at).trim_end_matches(":00").to_owned();
    format!("{} {}-{}", day(start, frame, call), brief(start), brief(end))
}

/// In which clock the times of the call's clinic are typed.
pub(super) fn frame(call: &Call<'_>) -> Frame {
    let clinic = call.sight.book.get(Kind::Clinic, call.request.clinic);
    Frame::of(call.sight.settings, clinic.as_deref(), call.sight.now, false)
}

/// A time inside a range: an hour and a half after its start, where it is that long.
fn within(range: &Range, frame: &Frame) -> Instant {
    let start = range.start.with_timezone(&frame.zone).fixed_offset().trunc_subsecs(0);
    let later = start + TimeDelta::minutes(90);
    if later < range.end && later.minute().is_multiple_of(30) { later } else { start }
}

/// «ср 11:30».
fn typed(at: Instant, frame: &Frame, call: &Call<'_>) -> String {
    format!("{} {}", day(at, frame, call), show::clock(at))
}

/// A day as one types it: a weekday where it is the next such day, else the date.
fn day(at: Instant, frame: &Frame, call: &Call<'_>) -> String {
    let today = frame.now.with_timezone(&frame.zone).date_naive();
    show::typed_day(at.date_naive(), today, call.sight.lang)
}
