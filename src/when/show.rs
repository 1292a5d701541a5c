//! How a day, an instant and a range are said, in full and in a table's cell.
//!
//! Whatever [`range_text`] and [`typed`] write, `ranges` reads back as the same range.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Offset, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use super::dates;
use crate::i18n::Lang;
use crate::model::range::{Instant, Range};
use crate::tr;

const WEEKDAYS: [(&str, &str, &str, &str, &str); 7] = [
    ("понедельник", "в понедельник", "пн", "Monday", "Mon"),
    ("вторник", "во вторник", "вт", "Tuesday", "Tue"),
    ("среда", "в среду", "ср", "Wednesday", "Wed"),
    ("четверг", "в четверг", "чт", "Thursday", "Thu"),
    ("пятница", "в пятницу", "пт", "Friday", "Fri"),
    ("суббота", "в субботу", "сб", "Saturday", "Sat"),
    ("воскресенье", "в воскресенье", "вс", "Sunday", "Sun"),
];

const MONTHS: [(&str, &str); 12] = [
    ("января", "January"),
    ("февраля", "February"),
    ("марта", "March"),
    ("апреля", "April"),
    ("мая", "May"),
    ("июня", "June"),
    ("июля", "July"),
    ("августа", "August"),
    ("сентября", "September"),
    ("октября", "October"),
    ("ноября", "November"),
    ("декабря", "December"),
];

fn names(
    day: NaiveDate,
) -> &'static (&'static str, &'static str, &'static str, &'static str, &'static str) {
    &WEEKDAYS[day.weekday().num_days_from_monday() as usize]
}

/// The weekday's two-letter Russian or three-letter English name, as one types it.
pub(super) fn typed_weekday(weekday: Weekday, lang: Lang) -> String {
    let names = &WEEKDAYS[weekday.num_days_from_monday() as usize];
    lang.of(names.2, names.4).to_lowercase()
}

/// A day as one types it: «ср» where that is the next such day, else «2.12» or «2.12.2027».
pub fn typed_day(day: NaiveDate, today: NaiveDate, lang: Lang) -> String {
    let ahead = (day - today).num_days();
    if (1..=7).contains(&ahead) {
        return typed_weekday(day.weekday(), lang);
    }
    if ahead == 0 {
        return lang.of("сегодня", "today").to_owned();
    }
    let date = format!("{}.{:02}", day.day(), day.month());
    if day.year() == today.year() { date } else { format!("{date}.{}", day.year()) }
}

/// «25 ноября», with the year where it is not this one: «25 ноября 2027 г.».
pub fn date_text(day: NaiveDate, today: NaiveDate, lang: Lang) -> String {
    let month = MONTHS[day.month0() as usize];
    let date = format!("{} {}", day.day(), lang.of(month.0, month.1));
    match lang {
        _ if day.year() == today.year() => date,
        Lang::Ru => format!("{date} {} г.", day.year()),
        Lang::En => format!("{date} {}", day.year()),
    }
}

/// «23–27 ноября», «30 ноября – 4 декабря».
pub fn dates_text(from: NaiveDate, to: NaiveDate, today: NaiveDate, lang: Lang) -> String {
    let last = date_text(to, today, lang);
    if (from.year(), from.month()) == (to.year(), to.month()) {
        format!("{}–{last}", from.day())
    } else {
        format!("{} – {last}", date_text(from, today, lang))
    }
}

/// «среда, 25 ноября», `Wednesday, 25 November`; the year only where it is not this one.
pub fn day_text(day: NaiveDate, today: NaiveDate, lang: Lang) -> String {
    let names = names(day);
    format!("{}, {}", lang.of(names.0, names.3), date_text(day, today, lang))
}

/// «ср, 25 ноября», `Wed, 25 November`; the year only where it is not this one.
pub fn brief_day(day: NaiveDate, today: NaiveDate, lang: Lang) -> String {
    let names = names(day);
    format!("{}, {}", lang.of(names.2, names.4), date_text(day, today, lang))
}

/// «в среду, 25 ноября», «во вторник, 24 ноября», `on Wednesday, 25 November`.
pub fn spoken_on(day: NaiveDate, today: NaiveDate, lang: Lang) -> String {
    let names = names(day);
    let date = date_text(day, today, lang);
    match lang {
        Lang::Ru => format!("{}, {date}", names.1),
        Lang::En => format!("on {}, {date}", names.3),
    }
}

/// `9:00`, in the instant's own offset.
pub fn clock(at: Instant) -> String {
    clock_of(at.time())
}

fn clock_of(time: NaiveTime) -> String {
    match time.second() {
        0 => format!("{}:{:02}", time.hour(), time.minute()),
        second => format!("{}:{:02}:{second:02}", time.hour(), time.minute()),
    }
}

/// «среда, 25 ноября, 11:30», in the instant's own offset.
pub fn instant_text(at: Instant, today: NaiveDate, lang: Lang) -> String {
    format!("{}, {}", day_text(at.date_naive(), today, lang), clock(at))
}

/// «среда, 25 ноября, 9:00–12:00»; over midnight both days are said; a day ends at `24:00`.
pub fn range_text(range: &Range, today: NaiveDate, lang: Lang) -> String {
    spanned(range, |day| format!("{},", day_text(day, today, lang)))
}

/// Several ranges, parted by `; `.
pub fn ranges_text(ranges: &[Range], today: NaiveDate, lang: Lang) -> String {
    let texts: Vec<String> = ranges.iter().map(|range| range_text(range, today, lang)).collect();
    texts.join("; ")
}

/// For a table: «ср 25.11 9:00–12:00», `Wed 25 Nov 9:00–12:00`.
pub fn short_range(range: &Range, today: NaiveDate, lang: Lang) -> String {
    spanned(range, |day| short_day(day, today, lang))
}

/// For a table: «ср 25.11 11:30», `Wed 25 Nov 11:30`.
pub fn short_instant(at: Instant, today: NaiveDate, lang: Lang) -> String {
    format!("{} {}", short_day(at.date_naive(), today, lang), clock(at))
}

/// For a table: «ср 25.11», `Wed 25 Nov`; the year where it is not this one.
pub fn short_day(day: NaiveDate, today: NaiveDate, lang: Lang) -> String {
    let names = names(day);
    let this_year = day.year() == today.year();
    match lang {
        Lang::Ru if this_year => format!("{} {}.{:02}", names.2, day.day(), day.month()),
        Lang::Ru => format!("{} {}.{:02}.{:04}", names.2, day.day(), day.month(), day.year()),
        Lang::En => {
            let month = &MONTHS[day.month0() as usize].1[..3];
            let date = format!("{} {} {month}", names.4, day.day());
            if this_year { date } else { format!("{date} {}", day.year()) }
        }
    }
}

/// «по времени клиники (МСК+4)», `clinic time (MSK+4)`; nothing where the clinic's clock shows what
/// the store's does.
pub fn clinic_time(clinic: Tz, store: Tz, at: DateTime<Utc>, lang: Lang) -> Option<String> {
    let mark = zone_mark(at.with_timezone(&clinic).fixed_offset(), store, lang)?;
    Some(tr!(lang, "по времени клиники ({mark})", "clinic time ({mark})"))
}

/// «МСК+4», `MSK+4`: how the offset of a time differs from the store's; nothing where it doesn't.
/// A store in Moscow counts from Moscow, any other from UTC.
pub fn zone_mark(at: Instant, store: Tz, lang: Lang) -> Option<String> {
    let there = at.offset().local_minus_utc();
    let here = at.with_timezone(&store).offset().fix().local_minus_utc();
    if there == here {
        return None;
    }
    let (base, ahead) = match store {
        Tz::Europe__Moscow => (lang.of("МСК", "MSK"), there - here),
        _ => ("UTC", there),
    };
    let (hours, minutes) = (ahead.abs() / 3600, ahead.abs() % 3600 / 60);
    let sign = if ahead < 0 { '−' } else { '+' };
    Some(match (hours, minutes) {
        (0, 0) => base.to_owned(),
        (_, 0) => format!("{base}{sign}{hours}"),
        _ => format!("{base}{sign}{hours}:{minutes:02}"),
    })
}

/// The end as a day and a clock: midnight belongs to the day before it, unless the range starts
/// there or later.
fn ending(range: &Range) -> (NaiveDate, String) {
    let (day, time) = (range.end.date_naive(), range.end.time());
    match day.pred_opt() {
        Some(before) if time == NaiveTime::MIN && before >= range.start.date_naive() => {
            (before, "24:00".to_owned())
        }
        _ => (day, clock_of(time)),
    }
}

fn spanned(range: &Range, day: impl Fn(NaiveDate) -> String) -> String {
    let first = range.start.date_naive();
    let (last, end) = ending(range);
    let start = format!("{} {}", day(first), clock(range.start));
    if first == last {
        format!("{start}–{end}")
    } else {
        format!("{start} – {} {end}", day(last))
    }
}

/// What `ranges` reads back as this very range: `25.11.2026 09:00-12:00`, or RFC 3339 where a
/// clock doesn't tell the instant.
pub fn typed(range: &Range, zone: Tz) -> String {
    let local = range.in_zone(&zone);
    let plain =
        |at: Instant| at.second() == 0 && at.nanosecond() == 0 && dates::is_single(at, zone);
    let first = local.start.date_naive();
    let (last, end) = ending(&local);
    let near = first == last || first.succ_opt() == Some(last);
    if !plain(local.start) || !plain(local.end) || !near {
        return format!("{}/{}", local.start.to_rfc3339(), local.end.to_rfc3339());
    }
    let start = format!("{} {}", first.format("%d.%m.%Y"), local.start.format("%H:%M"));
    let end = if end == "24:00" { end } else { local.end.format("%H:%M").to_string() };
    if first == last {
        format!("{start}-{end}")
    } else {
        format!("{start} - {} {end}", last.format("%d.%m.%Y"))
    }
}
