//! Which requests a list has, and that the queue's order is one.

use std::cmp::Ordering;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::history::{Mark, What};
use crate::model::range::Range;
use crate::model::value::{Value, Values};
use crate::testing::{Shelf, event, list, range, span, time};

const PATIENT: &str = "7h2k9m4qwe";
const MERGED: &str = "8h2k9m4qwe";
const ZONE: Tz = chrono_tz::Europe::Moscow;

fn shelf() -> Shelf {
    let mut shelf = Shelf::default();
    let values = Values::new;
    let patient = |name: &str, passport: &str, phone: &str| {
        values().with("name", name).with("passport", passport).with("phone", phone)
    };
    let stays = patient("Ёлкин Пётр Фёдорович", "4511223344", "+79017892569");
    shelf.make(Kind::Patient, PATIENT, stays);
    let other = patient("Елкин П. Ф.", "4599000000", "+79160000000");
    shelf.make(Kind::Patient, MERGED, other.with("merged_into", PATIENT));
    let clinic = values().with("name", "Поликлиника № 1").with("phone", "+74952377297");
    shelf.make(Kind::Clinic, "poliklinika-1", clinic);
    let specialty = values().with("title", "Оториноларинголог").with("aliases", list(&["лор"]));
    shelf.make(Kind::Specialty, "lor", specialty);
    shelf
}

fn values(status: Status) -> Values {
    Values::new()
        .with("patient", MERGED)
        .with("clinic", "poliklinika-1")
        .with("specialty", "lor")
        .with("status", status.code())
        .with("operator", "boris")
        .with("created", time("23T10:00"))
        .with("patient_ranges", span("25T09:00", "25T12:00"))
}

fn record(id: &str, values: Values) -> Record {
    let mut shelf = Shelf::default();
    shelf.make(Kind::Request, id, values);
    shelf.get(Kind::Request, id).unwrap().as_ref().clone()
}

#[test]
fn a_search_finds_a_request_by_whom_and_where() {
    let (shelf, record) = (shelf(), record("20261123-k7m2qx", values(Status::Created)));
    for (query, finds) in [
        ("ёлк", true),
        ("ЕЛКИН петр", true),
        ("фед ёлкин", true),
        ("лкин", false),
        ("ёлк лор", true),
        ("ёлк терапевт", false),
        ("поликл 1", true),
        ("223344", true),
        ("4511 223344", true),
        ("8 901 789-25-69", true),
        ("2377297", false),
        ("4599000000", false),
        ("", true),
    ] {
        assert_eq!(found(&shelf, &record, query), finds, "{query}");
    }
}

#[test]
fn a_search_finds_records_of_every_kind() {
    let shelf = shelf();
    let finds = |kind, id, query| found(&shelf, &shelf.get(kind, id).unwrap(), query);
    assert!(finds(Kind::Specialty, "lor", "ЛОР"));
    assert!(finds(Kind::Clinic, "poliklinika-1", "поликлиника 1"));
    assert!(finds(Kind::Clinic, "poliklinika-1", "2377297"));
    assert!(finds(Kind::Patient, MERGED, "4599 0000"));
}

#[test]
fn each_filter_narrows() {
    let shelf = shelf();
    let late = values(Status::Created).with("created", time("23T23:30"));
    let processed = values(Status::Processed).with("appointment", time("25T11:30"));
    let (late, processed) = (record("20261123-a00000", late), record("20261123-b00000", processed));
    let fits = |filter: &Filter| [&late, &processed].map(|r| filter.fits(&shelf, ZONE, r));
    let none = Filter { all: true, ..Filter::default() };
    let text = |text: &str| Some(text.to_owned());
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day);
    let base = || none.clone();
    for (filter, expected) in [
        (Filter::default(), [true, false]),
        (base(), [true, true]),
        (Filter { statuses: vec![Status::Processed], ..Filter::default() }, [false, true]),
        (
            Filter { statuses: vec![Status::Processed, Status::Created], ..Filter::default() },
            [true, true],
        ),
        (Filter { patient: text(MERGED), ..base() }, [true, true]),
        (Filter { patient: text(PATIENT), ..base() }, [true, true]),
        (Filter { patient: text("9h2k9m4qwe"), ..base() }, [false, false]),
        (Filter { clinic: text("poliklinika-1"), ..base() }, [true, true]),
        (Filter { clinic: text("poliklinika-2"), ..base() }, [false, false]),
        (Filter { specialty: text("terapevt"), ..base() }, [false, false]),
        (Filter { holder: text("boris"), ..base() }, [true, true]),
        (Filter { holder: text("anna"), ..base() }, [false, false]),
        (Filter { created_by: text("anna"), ..base() }, [true, true]),
        (Filter { created_by: text("boris"), ..base() }, [false, false]),
        (Filter { next: Some(Step::CallClinic), ..base() }, [true, false]),
        (Filter { next: Some(Step::None), ..base() }, [false, true]),
        (Filter { visit: day(25), ..base() }, [false, true]),
        (Filter { visit: day(24), ..base() }, [false, false]),
        (Filter { from: day(23), to: day(23), ..base() }, [true, true]),
        (Filter { from: day(24), ..base() }, [false, false]),
        (Filter { to: day(22), ..base() }, [false, false]),
        (Filter { search: text("ёлк"), next: Some(Step::None), ..base() }, [false, true]),
    ] {
        assert_eq!(fits(&filter), expected, "{filter:?}");
    }
    let east = Filter { from: day(24), ..none };
    assert!(east.fits(&shelf, chrono_tz::Asia::Vladivostok, &late));
}

#[test]
fn the_queue_holds_what_waits_for_somebody() {
    let visit = |status| values(status).with("appointment", time("25T11:30"));
    let mut told = record("20261123-k7m2qx", visit(Status::PatientRefused));
    told.history.push(event(1, What::mark(Mark::ClinicTold)));
    assert!(!is_queued(&told));
    for (values, queued) in [
        (values(Status::Created), true),
        (values(Status::InProgress), true),
        (visit(Status::InProgress), true),
        (visit(Status::Processed), false),
        (values(Status::PatientRefused), false),
        (visit(Status::PatientRefused), true),
    ] {
        assert_eq!(is_queued(&record("20261123-k7m2qx", values)), queued);
    }
}

#[test]
fn the_queue_begins_with_patients_who_don_t_know_their_time() {
    let untold = |at: &str| values(Status::InProgress).with("appointment", time(at));
    let ends = |day: &str| {
        let ranges = [range("28T09:00", "28T12:00"), range(day, "27T12:00")];
        values(Status::Created).with("patient_ranges", ranges.as_slice())
    };
    let early = Value::List(vec![
        Value::Range(range("28T09:00", "28T12:00")),
        Value::Range(range("24T09:00", "24T10:00")),
    ]);
    let expected = [
        record("20261123-h00000", untold("25T11:30")),
        record("20261123-g00000", untold("26T11:30").with("patient_ranges", early.clone())),
        record("20261123-f00000", untold("26T11:30")),
        record("20261123-e00000", values(Status::Created).with("patient_ranges", early)),
        record("20261123-d00000", values(Status::InProgress).with("created", time("22T10:00"))),
        record("20261123-b00000", values(Status::Created)),
        record("20261123-c00000", values(Status::Created)),
        record("20261123-a00000", ends("27T09:00")),
    ];
    let mut sorted = expected.to_vec();
    sorted.reverse();
    sorted.sort_by_cached_key(urgency);
    let ids = |records: &[Record]| records.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&sorted), ids(&expected));
}

/// Any request: its id, status, hours of the appointment, of creation and of its ranges' ends.
fn any_request() -> impl Strategy<Value = Record> {
    let ends = prop::collection::vec(0..6i64, 1..3);
    ("[ab]{2}", 0..4usize, prop::option::of(0..4i64), 0..3i64, ends).prop_map(
        |(id, status, visit, made, ends)| {
            let at = |hours: i64| time("25T00:00") + TimeDelta::hours(hours);
            let ranges: Vec<Range> =
                ends.iter().map(|end| Range { start: at(-1), end: at(*end) }).collect();
            let mut values = values(Status::ALL[status])
                .with("created", at(made))
                .with("patient_ranges", ranges.as_slice());
            values.put("appointment", visit.map(|hour| Value::Instant(at(hour))));
            record(&id, values)
        },
    )
}

/// What the contract says of two requests, where it says anything.
fn contract(a: &Record, b: &Record) -> Ordering {
    let untold = |r: &Record| {
        let in_progress = r.text("status") == Some("in-progress");
        r.instant("appointment").filter(|_| in_progress)
    };
    let end = |r: &Record| r.ranges("patient_ranges").iter().map(|range| range.end).min();
    let by_visit = match (untold(a), untold(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    };
    by_visit.then(end(a).cmp(&end(b))).then(a.instant("created").cmp(&b.instant("created")))
}

proptest! {
    #[test]
    fn urgency_is_a_total_order_that_follows_the_contract(
        mut records in prop::collection::vec(any_request(), 0..12),
    ) {
        for a in &records {
            for b in &records {
                let order = urgency(a).cmp(&urgency(b));
                prop_assert_eq!(order, urgency(b).cmp(&urgency(a)).reverse());
                prop_assert!(contract(a, b).then(a.id.cmp(&b.id)) == order);
            }
        }
        let mut reversed = records.clone();
        reversed.reverse();
        records.sort_by_cached_key(urgency);
        reversed.sort_by_cached_key(urgency);
        let keys = |records: &[Record]| -> Vec<_> {
            records.iter().map(|r| (r.id.clone(), r.instant("created"))).collect()
        };
        prop_assert_eq!(keys(&records), keys(&reversed));
    }
}
