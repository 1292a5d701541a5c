//! A store of any size, written as the program would have written it, for tests of the cache.
#![allow(dead_code, clippy::disallowed_methods, clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use appt::format::{encode, layout};
use appt::history::{self, Event, What};
use appt::model::kind::Kind;
use appt::model::range::{Instant, Range};
use appt::model::record::Record;
use appt::model::request::Status;
use appt::model::settings::Settings;
use appt::model::value::{Value, Values};
use appt::query::identify;
use appt::words::base32;
use chrono::{DateTime, TimeDelta};

/// The key of the store.
pub const KEY: &str = "00";
/// The days over which requests are spread, whatever their number.
const DAYS: usize = 10;

/// The passport of a patient by number.
pub fn passport(number: usize) -> String {
    format!("45{number:08}")
}

/// The id of a patient by number.
pub fn patient(number: usize) -> String {
    identify::patient_place(KEY, &passport(number), 0)
}

/// The id of a request by number.
pub fn request(number: usize) -> String {
    let part = (number as u64).wrapping_mul(0x2545_f491) & 0x3fff_ffff;
    format!("202611{:02}-{}", 1 + number % DAYS, base32::encode(part, layout::REQUEST_PART))
}

/// The text of a record: what its events add up to.
pub fn text(kind: Kind, id: &str, values: Values, then: Vec<What>) -> String {
    let at = time("2026-11-01T09:00:00+03:00");
    let whats = std::iter::once(What::First { source: None, values }).chain(then);
    let events = whats.enumerate().map(|(n, what)| Event {
        at: at + TimeDelta::minutes(n as i64),
        by: "anna".to_owned(),
        what,
        tx: None,
        extra: Vec::new(),
    });
    let mut record = Record::new(kind, id);
    record.history = events.collect();
    record.values = history::fold(kind, &record.history).values;
    encode::record(&record)
}

fn time(text: &str) -> Instant {
    DateTime::parse_from_rfc3339(text).unwrap()
}

/// The text of a patient.
pub fn patient_text(number: usize, name: &str) -> String {
    let values = Values::new()
        .with("name", name)
        .with("passport", passport(number))
        .with("phone", format!("+79{number:09}"));
    text(Kind::Patient, &patient(number), values, Vec::new())
}

/// The text of a request of a patient; one in three is under way.
pub fn request_text(number: usize, of: usize) -> String {
    let start = time("2026-12-01T09:00:00+03:00") + TimeDelta::days((number % 20) as i64);
    let ranges = [Range { start, end: start + TimeDelta::hours(3) }];
    let values = Values::new()
        .with("patient", patient(of))
        .with("clinic", "poliklinika-1")
        .with("specialty", "terapevt")
        .with("status", "created")
        .with("operator", "anna")
        .with("created", time("2026-11-01T09:00:00+03:00"))
        .with("patient_ranges", ranges.as_slice());
    let mut then = Vec::new();
    if number % 3 == 1 {
        then.push(What::status(Status::Created, Status::InProgress, None, None));
        then.push(What::set("appointment", None, Some(start.into())));
    }
    text(Kind::Request, &request(number), values, then)
}

/// Puts a text where a record lies, by a file that takes the place of the old one.
pub fn put(root: &Path, kind: Kind, id: &str, text: &str) {
    let path = root.join(layout::path(kind, id));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, path).unwrap();
}

/// Makes the store.
pub fn make(root: &Path, requests: usize, patients: usize) {
    fs::create_dir_all(root.join(".appt")).unwrap();
    let settings = Settings::initial(chrono_tz::Europe::Moscow, None, KEY);
    fs::write(root.join("appt.toml"), settings).unwrap();
    let one = |kind, id: &str, values| put(root, kind, id, &text(kind, id, values, Vec::new()));
    one(Kind::Operator, "anna", Values::new().with("name", "Анна").with("role", "admin"));
    one(Kind::Specialty, "terapevt", Values::new().with("title", "Терапевт"));
    let clinic = Values::new()
        .with("name", "Поликлиника № 1")
        .with("address", "г. Москва, ул. Ленина, д. 1")
        .with("phone", "+74952377297")
        .with("specialties", Value::List(vec!["terapevt".into()]));
    one(Kind::Clinic, "poliklinika-1", clinic);
    for number in 0..patients {
        let name = format!("Пациент Номер{number}");
        put(root, Kind::Patient, &patient(number), &patient_text(number, &name));
    }
    for number in 0..requests {
        let of = number * patients / requests.max(1);
        put(root, Kind::Request, &request(number), &request_text(number, of));
    }
    grow_old();
}

/// Waits until files are no longer so young that the cache must not believe them: without it the
/// cache would be of no use in these tests, and they of none for it.
pub fn grow_old() {
    std::thread::sleep(std::time::Duration::from_millis(2100));
}
