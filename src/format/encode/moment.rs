//! A moment as RFC 3339 with its offset, written digit by digit: a history is full of them.

use chrono::{Datelike as _, SecondsFormat, Timelike as _};

use crate::model::range::Instant;

/// With fractions of a second only where there are any.
pub(super) fn put_instant(out: &mut String, at: Instant) {
    put_moment(out, at, if nanos(at) == 0 { 0 } else { digits(at) });
}

/// With milliseconds at least.
pub(super) fn put_stamp(out: &mut String, at: Instant) {
    put_moment(out, at, digits(at));
}

/// What it has beyond its second; a leap second's is the same in the second after.
fn nanos(at: Instant) -> u32 {
    at.nanosecond() % 1_000_000_000
}

/// How many digits behind its second a moment needs, three at least.
fn digits(at: Instant) -> usize {
    match nanos(at) {
        nanos if nanos.is_multiple_of(1_000_000) => 3,
        nanos if nanos.is_multiple_of(1_000) => 6,
        _ => 9,
    }
}

/// A moment with so many digits behind its second. Few moments of a record lie beyond what RFC 3339
/// can say, but a hand may have written one: chrono knows what to do.
fn put_moment(out: &mut String, at: Instant, digits: usize) {
    let (local, offset) = (at.naive_local(), at.offset().local_minus_utc());
    let year = u32::try_from(local.year()).unwrap_or(u32::MAX);
    if year > 9999 || local.nanosecond() >= 1_000_000_000 || offset % 60 != 0 {
        let format = match digits {
            0 => SecondsFormat::Secs,
            3 => SecondsFormat::Millis,
            6 => SecondsFormat::Micros,
            _ => SecondsFormat::Nanos,
        };
        return out.push_str(&at.to_rfc3339_opts(format, false));
    }
    let mut text = *b"0000-00-00T00:00:00.000000000+00:00";
    let pairs = [(0, year / 100), (2, year % 100), (5, local.month()), (8, local.day())];
    let times = [(11, local.hour()), (14, local.minute()), (17, local.second())];
    for (place, number) in pairs.into_iter().chain(times) {
        put_number(&mut text[place..place + 2], number);
    }
    put_number(&mut text[20..29], local.nanosecond());
    text[29] = if offset < 0 { b'-' } else { b'+' };
    put_number(&mut text[30..32], offset.unsigned_abs() / 3600);
    put_number(&mut text[33..35], offset.unsigned_abs() / 60 % 60);
    let text = std::str::from_utf8(&text).expect("digits and signs are UTF-8");
    out.push_str(&text[..if digits == 0 { 19 } else { 20 + digits }]);
    out.push_str(&text[29..]);
}

/// A number as so many digits.
fn put_number(out: &mut [u8], mut number: u32) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, FixedOffset};
    use proptest::prelude::*;

    use super::*;
    use crate::format::encode::{instant, stamp};

    proptest! {
        /// They are written as chrono writes them.
        #[test]
        fn moments_are_written_as_chrono_does(
            seconds in prop_oneof![
                -100_000_000_000i64..400_000_000_000,
                (0..100_000_000i64).prop_map(|minutes| minutes * 60 + 59),
            ],
            nanos in 0..2_000_000_000u32,
            coarse in 0..10u32,
            offset in prop_oneof![(-1439..1440i32).prop_map(|m| m * 60), -86_399..86_400i32],
        ) {
            let nanos = nanos / 10u32.pow(coarse) * 10u32.pow(coarse);
            let at = DateTime::from_timestamp(seconds, nanos).or(DateTime::from_timestamp(seconds, 0));
            let at = at.unwrap().with_timezone(&FixedOffset::east_opt(offset).unwrap());
            let auto = at.to_rfc3339_opts(SecondsFormat::AutoSi, false);
            prop_assert_eq!(instant(at), auto.clone());
            let is_finer = !at.timestamp_subsec_nanos().is_multiple_of(1_000_000);
            let millis = at.to_rfc3339_opts(SecondsFormat::Millis, false);
            prop_assert_eq!(stamp(at), if is_finer { auto } else { millis });
        }
    }
}
