//! What requests add up to.

use super::*;
use crate::history::{Details, Mark};
use crate::model::kind::Kind;
use crate::model::value::{Value, Values};
use crate::testing::{event, span, time};

const ZONE: Tz = chrono_tz::Europe::Moscow;

/// A request made by Anna at ten; `steps` are statuses and the minutes after ten.
fn request(created: &str, steps: &[(i64, Status)]) -> Record {
    let mut record = Record::new(Kind::Request, "20261123-k7m2qx");
    let mut status = Status::Created;
    let begin = time(created) - time("23T10:00");
    for (minutes, to) in steps {
        let step = What::status(status, *to, None, None);
        record.history.push(event(begin.num_minutes() + minutes, step));
        status = *to;
    }
    record.values = Values::new()
        .with("patient", "7h2k9m4qwe")
        .with("clinic", "poliklinika-1")
        .with("specialty", "terapevt")
        .with("status", status.code())
        .with("operator", "anna")
        .with("created", time(created))
        .with("patient_ranges", span("25T09:00", "25T12:00"));
    record
}

fn done(minutes: i64) -> Record {
    request("23T10:00", &[(1, Status::InProgress), (minutes, Status::Processed)])
}

fn minutes(delta: Option<TimeDelta>) -> Option<i64> {
    delta.map(|delta| delta.num_minutes())
}

#[test]
fn the_times_are_those_of_what_was_processed() {
    let times = |minutes_of: &[i64]| {
        let records: Vec<Record> = minutes_of.iter().map(|m| done(*m)).collect();
        let stats = Stats::of(&records, ZONE);
        (minutes(stats.all.median()), minutes(stats.all.ninetieth()), stats.all.timed())
    };
    assert_eq!(times(&[]), (None, None, 0));
    assert_eq!(times(&[30]), (Some(30), Some(30), 1));
    assert_eq!(times(&[30, 10]), (Some(20), Some(30), 2));
    assert_eq!(times(&[90, 10, 20]), (Some(20), Some(90), 3));
    assert_eq!(times(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 100]), (Some(6), Some(10), 10));
}

#[test]
fn what_is_open_again_has_no_time_yet_and_the_last_word_counts() {
    use Status::{InProgress, PatientRefused, Processed};
    let took = |steps: &[(i64, Status)]| {
        minutes(Stats::of(&[request("23T10:00", steps)], ZONE).all.median())
    };
    assert_eq!(took(&[(1, InProgress), (5, Processed), (9, InProgress)]), None);
    assert_eq!(
        took(&[(1, InProgress), (5, Processed), (9, InProgress), (15, Processed)]),
        Some(15)
    );
    assert_eq!(took(&[(1, InProgress), (5, Processed), (9, PatientRefused)]), Some(5));
    assert_eq!(took(&[(1, PatientRefused)]), None);
}

#[test]
fn what_was_taken_back_took_no_time() {
    use Status::{InProgress, PatientRefused, Processed};
    let mut record = request("23T10:00", &[(1, InProgress), (5, Processed), (9, PatientRefused)]);
    let of = vec![record.history.last().unwrap().at];
    let [from, to] = [PatientRefused, Processed].map(|status| Value::from(status.code()));
    let back = What::set("status", Some(&from), Some(to.clone()));
    for what in [back, What::Mark(Mark::Undone, Details { of, ..Details::default() })] {
        let mut event = event(500, what);
        event.tx = Some(event.at);
        record.history.push(event);
    }
    record.values.put("status", Some(to));
    assert_eq!(minutes(Stats::of(&[record], ZONE).all.median()), Some(5));
}

#[test]
fn what_was_rescheduled_is_no_refusal() {
    let refused = request("23T10:00", &[(1, Status::PatientRefused)]);
    let mut moved = refused.clone();
    moved.values.put("rescheduled_to", Some("20261123-aaaaaa".into()));
    let all = [refused, moved, done(5), request("23T10:00", &[])];
    let stats = Stats::of(&all, ZONE);
    assert_eq!((stats.all.requests(), stats.all.refused, stats.all.rescheduled), (4, 1, 1));
    assert_eq!((stats.all.open(), stats.all.processed), (1, 1));
    assert_eq!(stats.all.refused_share(), Some(1.0 / 3.0));
    let statuses: Vec<(&str, usize)> =
        stats.groups(By::Status).iter().map(|g| (g.id.as_str(), g.tally.requests())).collect();
    let expected = [("created", 1), ("processed", 1), ("patient-refused", 1), (RESCHEDULED, 1)];
    assert_eq!(statuses, expected);
    assert_eq!(Stats::of(&all[1..2], ZONE).all.refused_share(), None);
}

#[test]
fn the_largest_group_comes_first() {
    let mut other = done(5);
    other.values.put("clinic", Some("a-clinic".into()));
    let stats = Stats::of(&[other, done(5), done(5)], ZONE);
    let clinics: Vec<&str> = stats.groups(By::Clinic).iter().map(|g| g.id.as_str()).collect();
    assert_eq!(clinics, ["poliklinika-1", "a-clinic"]);
}

#[test]
fn weeks_begin_on_mondays_of_the_store_and_have_no_gaps() {
    let weeks = |zone| {
        let records = ["02T00:30", "29T23:30"].map(|created| request(created, &[]));
        let stats = Stats::of(&records, zone);
        let weeks = stats.groups(By::Week).iter();
        weeks.map(|g| (g.id.clone(), g.tally.requests())).collect::<Vec<_>>()
    };
    let own = |weeks: &[(&str, usize)]| -> Vec<(String, usize)> {
        weeks.iter().map(|(week, count)| ((*week).to_owned(), *count)).collect()
    };
    assert_eq!(
        weeks(ZONE),
        own(&[("2026-11-02", 1), ("2026-11-09", 0), ("2026-11-16", 0), ("2026-11-23", 1)])
    );
    assert_eq!(weeks(chrono_tz::UTC)[0], ("2026-10-26".to_owned(), 1));
}

#[test]
fn a_mistyped_year_does_not_make_a_thousand_weeks() {
    let mut old = request("23T10:00", &[]);
    let year = chrono::DateTime::parse_from_rfc3339("1926-11-23T10:00:00+03:00").unwrap();
    old.values.put("created", Some(crate::model::value::Value::Instant(year)));
    assert_eq!(Stats::of(&[old, done(5)], ZONE).groups(By::Week).len(), 2);
}
