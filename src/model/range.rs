//! Ranges of time, and what it means that one set of them lies within another.
//!
//! `spec.md`, sections 3 and 4: a range is half-open, `start < end`; `within` is about time, not
//! about list items.

use chrono::{DateTime, FixedOffset, TimeZone, Timelike, Utc};

/// An instant with the offset in which it is written down.
pub type Instant = DateTime<FixedOffset>;

/// A half-open span of time, `start` included, `end` not.
///
/// A value of this type may be reversed, since a file may hold anything; `range-order` is the rule
/// that says so, and nothing is saved that breaks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// The first instant inside.
    pub start: Instant,
    /// The first instant outside.
    pub end: Instant,
}

impl Range {
    /// Whether it starts before it ends.
    pub fn is_ordered(&self) -> bool {
        self.start < self.end
    }

    /// The same time by the clock of a zone.
    pub fn in_zone(&self, zone: &impl TimeZone) -> Range {
        Range { start: in_zone(self.start, zone), end: in_zone(self.end, zone) }
    }

    /// Whether an instant lies inside.
    pub fn contains(&self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }
}

/// A text of RFC 3339; none for a leap second, which no file holds.
pub fn instant(text: &str) -> Option<Instant> {
    DateTime::parse_from_rfc3339(text).ok().filter(|at| !is_leap(at))
}

/// Whether a time is the 61st second of its minute.
pub fn is_leap(at: &impl Timelike) -> bool {
    at.nanosecond() >= 1_000_000_000
}

/// An instant by the clock of a zone.
pub fn in_zone(at: Instant, zone: &impl TimeZone) -> Instant {
    at.with_timezone(zone).fixed_offset()
}

/// The union of ranges as the fewest ranges, in order, none touching another.
pub fn union(ranges: &[Range]) -> Vec<Range> {
    let mut sorted: Vec<Range> = ranges.iter().copied().filter(Range::is_ordered).collect();
    sorted.sort();
    let mut joined: Vec<Range> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// Those that are not over yet.
pub fn left(ranges: &[Range], now: DateTime<Utc>) -> Vec<Range> {
    ranges.iter().filter(|range| range.end > now).copied().collect()
}

/// The time that lies in both sets, as the fewest ranges, in order.
pub fn common(a: &[Range], b: &[Range]) -> Vec<Range> {
    let (a, b) = (union(a), union(b));
    let (mut i, mut j) = (0, 0);
    let mut both = Vec::new();
    while i < a.len() && j < b.len() {
        let range = Range { start: a[i].start.max(b[j].start), end: a[i].end.min(b[j].end) };
        if range.is_ordered() {
            both.push(range);
        }
        if a[i].end < b[j].end { i += 1 } else { j += 1 }
    }
    both
}

/// Whether every instant of every inner range is covered by the union of the outer ones.
///
/// Two touching outer ranges cover an inner one that spans both. Nothing lies within anything.
pub fn within(inner: &[Range], outer: &[Range]) -> bool {
    let outer = union(outer);
    union(inner).iter().all(|range| {
        let at = outer.partition_point(|o| o.end <= range.start);
        outer.get(at).is_some_and(|o| o.start <= range.start && range.end <= o.end)
    })
}

/// Whether an instant lies in one of the ranges.
pub fn covers(ranges: &[Range], at: Instant) -> bool {
    ranges.iter().any(|range| range.contains(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_second_is_no_instant() {
        assert!(instant("2026-11-25T11:29:59.999+03:00").is_some());
        assert_eq!(instant("2026-11-25T11:29:60+03:00"), None);
    }
    use proptest::prelude::*;

    /// Minutes after a fixed midnight, in an offset that must not matter.
    fn minute(minutes: i64, offset_hours: i32) -> Instant {
        let zone = FixedOffset::east_opt(offset_hours * 3600).unwrap();
        DateTime::from_timestamp(1_764_028_800 + minutes * 60, 0).unwrap().with_timezone(&zone)
    }

    const DAY: i64 = 120;

    fn ranges() -> impl Strategy<Value = Vec<Range>> {
        let one = (0..DAY, 0..DAY, -3..4i32).prop_filter_map("empty", |(a, b, offset)| {
            (a != b).then(|| Range {
                start: minute(a.min(b), offset),
                end: minute(a.max(b), offset + 1),
            })
        });
        prop::collection::vec(one, 0..6)
    }

    /// The oracle: every minute on its own.
    fn minutes(ranges: &[Range]) -> Vec<bool> {
        (0..DAY).map(|m| covers(ranges, minute(m, 0))).collect()
    }

    proptest! {
        #[test]
        fn within_agrees_with_counting_minutes(inner in ranges(), outer in ranges()) {
            let counted = minutes(&inner).iter().zip(minutes(&outer)).all(|(i, o)| !i || o);
            prop_assert_eq!(within(&inner, &outer), counted);
        }

        #[test]
        fn common_agrees_with_counting_minutes(a in ranges(), b in ranges()) {
            let both = common(&a, &b);
            let counted: Vec<bool> =
                minutes(&a).iter().zip(minutes(&b)).map(|(a, b)| *a && b).collect();
            prop_assert_eq!(minutes(&both), counted);
            prop_assert!(both.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert!(both.iter().all(Range::is_ordered));
        }

        #[test]
        fn a_union_is_the_same_time_in_the_fewest_ranges(a in ranges()) {
            let joined = union(&a);
            prop_assert_eq!(minutes(&joined), minutes(&a));
            prop_assert!(joined.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }

    #[test]
    fn two_touching_ranges_cover_one_that_spans_both() {
        let range = |a, b| Range { start: minute(a, 3), end: minute(b, 3) };
        assert!(within(&[range(10, 30)], &[range(20, 40), range(0, 20)]));
        assert!(!within(&[range(10, 30)], &[range(21, 40), range(0, 20)]));
        assert!(within(&[], &[]));
        assert!(!within(&[range(0, 1)], &[]));
    }
}
