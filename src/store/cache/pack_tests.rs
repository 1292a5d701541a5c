//! Whatever is packed comes back as it was.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::format::encode;
use crate::testing::{event, range, span, time};

fn words() -> Words {
    Words::new(vec!["anna".to_owned()], ["terapevt".to_owned(), "poliklinika-1".to_owned()])
}

/// A request to which most things happened.
fn request() -> Record {
    let values = Values::new()
        .with("patient", "7h2k9m4qwe")
        .with("clinic", "poliklinika-1")
        .with("specialty", "lor")
        .with("status", "patient-refused")
        .with("operator", "anna")
        .with("created", time("23T10:00"))
        .with("appointment", time("25T11:30"))
        .with("patient_ranges", span("25T09:00", "25T12:00"));
    let mut record = Record::new(Kind::Request, "20261123-k7m2qx");
    record.values = values.clone();
    let refused = Status::PatientRefused;
    let whats = [
        What::First { source: Some("orders.order:1".to_owned()), values },
        What::status(Status::Created, refused, Some(time("25T11:30")), Some("Передумал".into())),
        What::List {
            key: "clinic_ranges",
            added: vec![Value::Range(range("25T10:00", "25T14:00"))],
            removed: Vec::new(),
        },
        What::set("appointment", None, Some(time("25T11:30").into())),
        What::Note("первая строка\nвторая".to_owned()),
        What::mark(Mark::ClinicTold),
        What::Mark(
            Mark::Settled,
            Details {
                key: Some("clinic".into()),
                of: vec![time("25T11:30"), time("25T12:00")],
                ..Details::default()
            },
        ),
    ];
    let events = whats.into_iter().enumerate();
    record.history = events.map(|(at, what)| event(at as i64, what)).collect();
    record.history[1].tx = Some(time("23T10:00"));
    record.conflicts.push(Conflict {
        key: "clinic".to_owned(),
        value: Some("poliklinika-2".into()),
        by: Some("boris".to_owned()),
        at: None,
    });
    record
}

fn packed(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    pack(&words(), record, &mut bytes).unwrap();
    bytes
}

fn unpacked(record: &Record, bytes: &[u8], depth: Depth) -> Option<Record> {
    unpack(&words(), record.kind, &record.id, bytes, depth)
}

#[test]
fn a_record_comes_back_to_the_letter() {
    let mut record = request();
    let bytes = packed(&record);
    assert_eq!(unpacked(&record, &bytes, Depth::Whole).unwrap(), record);
    // Equal moments may be written with other offsets: that comes back too.
    let east = chrono::FixedOffset::east_opt(6 * 3600).unwrap();
    record.values.put("created", Some(time("23T10:00").with_timezone(&east).into()));
    let back = unpacked(&record, &packed(&record), Depth::Whole).unwrap();
    assert_eq!(encode::record(&back), encode::record(&record));
}

#[test]
fn a_brief_record_answers_what_lists_ask() {
    for told in [true, false] {
        let mut record = request();
        if !told {
            record.history.truncate(5);
        }
        let brief = unpacked(&record, &packed(&record), Depth::Brief).unwrap();
        assert_eq!((&brief.values, &brief.conflicts), (&record.values, &record.conflicts));
        assert_eq!((brief.since(), brief.updated()), (record.since(), record.updated()));
        assert_eq!(clinic_told(&brief.history, None), told);
        assert_eq!(brief.history[0].by, record.history[0].by);
    }
}

#[test]
fn what_this_version_does_not_know_is_not_kept() {
    let mut strange = request();
    strange.unknown.push(("colour".to_owned(), "\"red\"".to_owned()));
    assert_eq!(pack(&words(), &strange, &mut Vec::new()), None);
    let mut strange = request();
    strange.history[0].extra.push(("colour".to_owned(), "\"red\"".to_owned()));
    assert_eq!(pack(&words(), &strange, &mut Vec::new()), None);
    let mut strange = request();
    strange.history.push(event(9, What::Unknown("sung".to_owned())));
    assert_eq!(pack(&words(), &strange, &mut Vec::new()), None);
    let mut between = request();
    let at = time("25T11:30") + TimeDelta::milliseconds(1);
    between.values.put("appointment", Some(at.into()));
    assert_eq!(pack(&words(), &between, &mut Vec::new()), None);
}

#[test]
fn words_are_found_by_their_numbers() {
    let words = words();
    assert_eq!(words.number("anna"), Some(0));
    for word in ["anna", "terapevt", "poliklinika-1", "created"] {
        assert_eq!(words.word(words.number(word).unwrap()), Some(word));
    }
    assert_eq!(words.number("boris"), None);
    assert_eq!(Words::of_text(&words.text()), Some(words));
    assert_eq!(Words::of_text("5\nanna"), None);
}

proptest! {
    #[test]
    fn noise_is_no_record_and_no_panic(at in 0usize..400, byte: u8, cut in 0usize..400) {
        let record = request();
        let mut bytes = packed(&record);
        let length = bytes.len();
        bytes[at % length] = byte;
        unpacked(&record, &bytes, Depth::Whole);
        unpacked(&record, &bytes[..cut % length], Depth::Brief);
    }

    #[test]
    fn any_moment_comes_back(seconds in -5_000_000_000i64..5_000_000_000, nanos in 0u32..1_000_000_000, minutes in -840i32..840) {
        let offset = chrono::FixedOffset::east_opt(minutes * 60).unwrap();
        let at = DateTime::from_timestamp(seconds, nanos).unwrap().with_timezone(&offset);
        let mut record = Record::new(Kind::Request, "20261123-k7m2qx");
        record.values.put("created", Some(at.into()));
        let back = unpacked(&record, &packed(&record), Depth::Whole).unwrap();
        prop_assert_eq!(encode::record(&back), encode::record(&record));
    }
}
