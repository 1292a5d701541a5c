//! A time zone as calendars want it: a `VTIMEZONE` with every change of the clock among the times
//! that use it (RFC 5545, 3.6.5). The zone data are those that the program itself reckons with.

use std::fmt::Write as _;

use chrono::{DateTime, Duration, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};

/// The zone, for moments from one to another.
pub fn component(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    let (mut at, end) = (from - Duration::days(1), to + Duration::days(1));
    observance(&mut text, zone, at, seconds(zone, at));
    while at < end {
        let next = at + Duration::days(1);
        let before = seconds(zone, at);
        if before != seconds(zone, next) {
            observance(&mut text, zone, change(zone, at, next), before);
        }
        at = next;
    }
    text.push_str("END:VTIMEZONE\r\n");
    text
}

/// The first second at which the offset of `to` holds.
fn change(zone: Tz, mut from: DateTime<Utc>, mut to: DateTime<Utc>) -> DateTime<Utc> {
    let old = seconds(zone, from);
    while to - from > Duration::seconds(1) {
        let middle = from + (to - from) / 2;
        if seconds(zone, middle) == old { from = middle } else { to = middle }
    }
    to
}

/// What holds from a moment on; it is written down in the clock that went before.
fn observance(text: &mut String, zone: Tz, at: DateTime<Utc>, before: i32) {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    let kind = if offset.dst_offset().is_zero() { "STANDARD" } else { "DAYLIGHT" };
    let start = at.naive_utc() + Duration::seconds(before.into());
    let (from, to) = (utc_offset(before), utc_offset(offset.fix().local_minus_utc()));
    let name = offset.abbreviation().map_or_else(String::new, |name| format!("TZNAME:{name}\r\n"));
    write!(
        text,
        "BEGIN:{kind}\r\nDTSTART:{}\r\nTZOFFSETFROM:{from}\r\nTZOFFSETTO:{to}\r\n{name}END:{kind}\r\n",
        local(start),
    )
    .expect("writing to a string can't fail");
}

/// A time on the clock, without its zone.
pub fn local(at: NaiveDateTime) -> String {
    at.format("%Y%m%dT%H%M%S").to_string()
}

fn seconds(zone: Tz, at: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

fn utc_offset(seconds: i32) -> String {
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(zone: Tz, from: &str, to: &str) -> String {
        let at = |day: &str| format!("{day}T00:00:00Z").parse().unwrap();
        component(zone, at(from), at(to)).replace("\r\n", "\n")
    }

    #[test]
    fn a_zone_that_keeps_its_clock_has_one_observance() {
        insta::assert_snapshot!(zone(chrono_tz::Europe::Moscow, "2026-11-23", "2027-08-01"), @"
        BEGIN:VTIMEZONE
        TZID:Europe/Moscow
        BEGIN:STANDARD
        DTSTART:20261122T030000
        TZOFFSETFROM:+0300
        TZOFFSETTO:+0300
        TZNAME:MSK
        END:STANDARD
        END:VTIMEZONE
        ");
    }

    #[test]
    fn each_change_of_the_clock_is_told() {
        insta::assert_snapshot!(zone(chrono_tz::Europe::Berlin, "2026-10-01", "2027-04-01"), @"
        BEGIN:VTIMEZONE
        TZID:Europe/Berlin
        BEGIN:DAYLIGHT
        DTSTART:20260930T020000
        TZOFFSETFROM:+0200
        TZOFFSETTO:+0200
        TZNAME:CEST
        END:DAYLIGHT
        BEGIN:STANDARD
        DTSTART:20261025T030000
        TZOFFSETFROM:+0200
        TZOFFSETTO:+0100
        TZNAME:CET
        END:STANDARD
        BEGIN:DAYLIGHT
        DTSTART:20270328T020000
        TZOFFSETFROM:+0100
        TZOFFSETTO:+0200
        TZNAME:CEST
        END:DAYLIGHT
        END:VTIMEZONE
        ");
    }
}
