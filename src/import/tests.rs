//! Small dumps, one for each rule and each mapping; and that fates always add up.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::format::encode;
use crate::history::{self, Details, Event, Mark};
use crate::model::event;
use crate::model::record::Record;
use crate::model::value::Value;
use crate::testing::Shelf;

/// A store, as imports change it.
struct Store {
    shelf: Shelf,
    settings: Settings,
}

fn now() -> DateTime<Utc> {
    "2026-11-23T11:00:00Z".parse().unwrap()
}

impl Store {
    fn new() -> Store {
        let settings = Settings::initial(chrono_tz::Europe::Moscow, None, "key");
        let settings = Settings::parse(&settings).unwrap();
        let mut store = Store { shelf: Shelf::default(), settings };
        let maria = Values::new().with("name", "Мария").with("role", "admin");
        store.write(Kind::Operator, "maria", vec![What::First { source: None, values: maria }]);
        store
    }

    fn write(&mut self, kind: Kind, id: &str, whats: Vec<What>) {
        let slot = self.shelf.0.entry((kind, id.to_owned()));
        let record = Rc::make_mut(slot.or_insert_with(|| Rc::new(Record::new(kind, id))));
        for what in whats {
            let at = history::next_at(&record.history, now().fixed_offset());
            let (by, tx) = ("maria".to_owned(), None);
            record.history.push(Event { at, by, what, tx, extra: Vec::new() });
        }
        let folded = history::fold(kind, &record.history);
        assert_eq!(folded.conflicts, [], "{id}");
        record.values = folded.values;
    }

    /// Imports, and writes what is planned.
    fn import(&mut self, rows: &[Json]) -> Outcome {
        let text = serde_json::to_string(rows).unwrap();
        let rows = (django::FORMAT.read)(&Arc::new(text)).unwrap();
        let world = World { book: &self.shelf, settings: &self.settings, now: now(), by: "maria" };
        let outcome = run(&django::FORMAT, rows, world);
        for Planned { kind, id, first, then, .. } in &outcome.planned {
            let first = first.clone().map(|(source, values)| {
                assert!(self.shelf.get(*kind, id).is_none(), "{id} is taken");
                What::First { source: Some(source), values }
            });
            self.write(*kind, id, first.into_iter().chain(then.iter().cloned()).collect());
        }
        let total = outcome.total();
        assert_eq!(
            total.rows,
            total.imported + total.merged + total.known + total.rejected,
            "fates add up"
        );
        outcome
    }

    fn of(&self, kind: Kind, source: &str) -> Rc<Record> {
        let is_it = |event: &Event| match &event.what {
            What::First { source: Some(of), .. } => of == source,
            What::Mark(_, Details { source: Some(of), .. }) => of == source,
            _ => false,
        };
        let mut all = self.shelf.all(kind).into_iter();
        all.find(|record| record.history.iter().any(is_it)).expect(source)
    }
}

fn row(model: &str, pk: u64, fields: Json) -> Json {
    json!({ "model": model, "pk": pk, "fields": fields })
}

fn a_specialty() -> Json {
    row("clinics.specialty", 13, json!({ "title": "Терапевт" }))
}

fn a_clinic() -> Json {
    let fields = json!({ "name": "Поликлиника № 1", "address": "ул. Ленина, 1",
        "contact_number": "+7(495)237-72-97", "specialties": [13] });
    row("clinics.clinic", 11, fields)
}

fn a_user() -> Json {
    let fields = json!({ "password": "pbkdf2", "is_superuser": false, "username": "anna",
        "first_name": "Анна", "last_name": "Котова", "email": "anna@example.org",
        "is_active": true, "groups": [1] });
    row("auth.user", 10, fields)
}

fn a_patient() -> Json {
    let fields = json!({ "name": "Щукин Пётр Фёдорович", "passport_number": "45 68 957265",
        "contact_number": "8(901)789-25-69" });
    row("clinics.patient", 355, fields)
}

fn a_range() -> Json {
    let fields = json!({ "starts_at": "2026-11-20T03:00:00Z", "ends_at": "2026-11-20T06:00:00Z",
        "order": 681 });
    row("orders.patienttimerange", 1, fields)
}

fn an_answer() -> Json {
    let fields = json!({ "starts_at": "2026-11-20T05:00:00Z", "ends_at": "2026-11-20T08:00:00Z",
        "order": 681 });
    row("orders.clinictimerange", 7, fields)
}

fn an_order() -> Json {
    let fields = json!({ "clinic": 11, "specialty": 13, "patient": 355, "status": "IN_PROGRESS",
        "appointment_time": null, "created_by": 10, "created_at": "2026-11-17T21:30:00Z" });
    row("orders.order", 681, fields)
}

/// A dump in which nothing is wrong; the order stands before what it refers to.
fn dump() -> Vec<Json> {
    vec![
        a_range(),
        an_answer(),
        an_order(),
        row("auth.group", 1, json!({ "name": "Оператор", "permissions": [] })),
        a_clinic(),
        a_specialty(),
        a_user(),
        a_patient(),
    ]
}

fn with(mut row: Json, field: &str, value: impl Into<Json>) -> Json {
    row["fields"][field] = value.into();
    row
}

fn without(mut row: Json, field: &str) -> Json {
    row["fields"].as_object_mut().unwrap().remove(field);
    row
}

/// The clean dump with one row in place of its namesake.
fn dump_with(row: Json) -> Vec<Json> {
    let mut rows = dump();
    let same = |other: &Json| other["model"] == row["model"] && other["pk"] == row["pk"];
    match rows.iter().position(same) {
        Some(at) => rows[at] = row,
        None => rows.push(row),
    }
    rows
}

fn rejected(outcome: &Outcome) -> Vec<String> {
    let mut rows: Vec<String> = outcome
        .rejected()
        .map(|(row, why)| format!("{} {}", row.key, names(why).join(",")))
        .collect();
    rows.sort();
    rows
}

/// What is rejected when one row is another.
fn rejected_with(row: Json) -> Vec<String> {
    rejected(&Store::new().import(&dump_with(row)))
}

const PATIENT_GONE: [&str; 3] = [
    "orders.clinictimerange:7 dangling-reference",
    "orders.order:681 dangling-reference",
    "orders.patienttimerange:1 dangling-reference",
];

fn and_its_order(first: &str) -> Vec<String> {
    std::iter::once(first).chain(PATIENT_GONE).map(str::to_owned).collect()
}

const RANGES_GONE: [&str; 2] =
    ["orders.clinictimerange:7 dangling-reference", "orders.patienttimerange:1 dangling-reference"];

fn order_gone(rule: &str) -> Vec<String> {
    let [answer, range] = RANGES_GONE.map(str::to_owned);
    vec![answer, format!("orders.order:681 {rule}"), range]
}

#[test]
fn a_clean_dump_comes_in_whole() {
    let mut store = Store::new();
    let outcome = store.import(&dump());
    assert_eq!(rejected(&outcome), [""; 0]);
    assert_eq!(outcome.total().imported, 8);
    let request = store.of(Kind::Request, "orders.order:681");
    // 17 November in UTC is 18 November in Moscow.
    assert!(request.id.starts_with("20261118-"), "{}", request.id);
    let patient = store.of(Kind::Patient, "clinics.patient:355");
    assert_eq!(request.text("patient"), Some(patient.id.as_str()));
    assert_eq!(request.text("clinic"), Some("poliklinika-1"));
    assert_eq!(request.text("specialty"), Some("terapevt"));
    assert_eq!(request.text("operator"), Some("anna"));
    assert_eq!(request.text("status"), Some("in-progress"));
    assert_eq!(encode::instant(request.instant("created").unwrap()), "2026-11-18T00:30:00+03:00");
    let range = |key| encode::instant(request.ranges(key)[0].start);
    assert_eq!(range("patient_ranges"), "2026-11-20T06:00:00+03:00");
    assert_eq!(range("clinic_ranges"), "2026-11-20T08:00:00+03:00");
    assert_eq!(patient.text("name"), Some("Щукин Пётр Фёдорович"));
    assert_eq!(patient.text("passport"), Some("4568957265"));
    assert_eq!(patient.text("phone"), Some("+79017892569"));
    let clinic = store.of(Kind::Clinic, "clinics.clinic:11");
    assert_eq!(clinic.texts("specialties"), ["terapevt"]);
    assert_eq!(clinic.text("phone"), Some("+74952377297"));
}

#[test]
fn users_become_operators() {
    let of = |user: Json| {
        let mut store = Store::new();
        assert_eq!(rejected(&store.import(&[user])), [""; 0]);
        store.of(Kind::Operator, "auth.user:10")
    };
    let anna = of(a_user());
    assert_eq!((anna.id.as_str(), anna.text("name")), ("anna", Some("Анна Котова")));
    assert_eq!((anna.text("role"), anna.is_active()), (Some("operator"), true));
    assert_eq!(anna.texts("emails"), ["anna@example.org"]);
    assert!(!encode::record(&anna).contains("pbkdf2"), "no password comes in");
    assert_eq!(of(with(a_user(), "is_superuser", true)).text("role"), Some("admin"));
    assert!(!of(with(a_user(), "is_active", false)).is_active());
    assert!(of(with(a_user(), "email", "")).texts("emails").is_empty());
    let nameless = with(with(a_user(), "first_name", ""), "last_name", " ");
    assert_eq!(of(nameless).text("name"), Some("anna"));
    assert_eq!(of(with(a_user(), "username", "Анна.К")).id, "anna-k");
}

#[test]
fn statuses_and_visits() {
    for (code, status) in [
        ("IN_PROGRESS", "in-progress"),
        ("PROCESSED", "processed"),
        ("PATIENT_REFUSED", "patient-refused"),
    ] {
        let mut store = Store::new();
        let order = with(an_order(), "status", code);
        let order = with(order, "appointment_time", "2026-11-20T05:30:00Z");
        assert_eq!(rejected(&store.import(&dump_with(order))), [""; 0], "{code}");
        let request = store.of(Kind::Request, "orders.order:681");
        assert_eq!(request.text("status"), Some(status));
        let visit = request.instant("appointment").unwrap();
        assert_eq!(encode::instant(visit), "2026-11-20T08:30:00+03:00");
        assert!(
            event::clinic_told(&request.history, Some(&visit.into())),
            "an imported refusal counts as told"
        );
    }
    let mut store = Store::new();
    let mut rows = dump_with(with(an_order(), "status", "CREATED"));
    rows.retain(|row| row["model"] != "orders.clinictimerange");
    assert_eq!(rejected(&store.import(&rows)), [""; 0]);
    assert_eq!(store.of(Kind::Request, "orders.order:681").text("status"), Some("created"));
}

#[test]
fn times_are_in_the_clinic_s_zone() {
    let mut store = Store::new();
    let clinic = Values::new()
        .with("name", "поликлиника №1")
        .with("address", "ул. Ленина, 1")
        .with("phone", "+74952377297")
        .with("specialties", Value::List(vec!["terapevt".into()]))
        .with("timezone", "Asia/Omsk");
    let first = What::First { source: None, values: clinic };
    store.write(Kind::Clinic, "omsk", vec![first]);
    let order = with(an_order(), "appointment_time", "2026-11-20T05:30:00Z");
    let outcome = store.import(&dump_with(order));
    assert_eq!(rejected(&outcome), [""; 0]);
    let request = store.of(Kind::Request, "orders.order:681");
    assert_eq!(request.text("clinic"), Some("omsk"));
    let shown = |at| encode::instant(at);
    assert_eq!(shown(request.instant("appointment").unwrap()), "2026-11-20T11:30:00+06:00");
    assert_eq!(shown(request.ranges("patient_ranges")[0].end), "2026-11-20T12:00:00+06:00");
    assert_eq!(shown(request.instant("created").unwrap()), "2026-11-18T00:30:00+03:00");
}

#[test]
fn a_value_that_can_t_be_read_is_named_by_its_rule() {
    let bad = "clinics.patient:355 bad-value";
    for (field, value) in [
        ("contact_number", json!("нет")),
        ("contact_number", json!("8 (907) 666 60 8")),
        ("passport_number", json!("451")),
        ("name", json!("  ")),
        ("name", json!("а".repeat(257))),
        ("name", json!(7)),
    ] {
        assert_eq!(rejected_with(with(a_patient(), field, value)), and_its_order(bad), "{field}");
    }
    let control = "clinics.patient:355 control-character";
    for field in ["name", "contact_number", "passport_number"] {
        let row = with(a_patient(), field, "45689\u{202e}57265");
        assert_eq!(rejected_with(row), and_its_order(control), "{field}");
    }
    let missing = "clinics.patient:355 missing-key";
    assert_eq!(rejected_with(without(a_patient(), "name")), and_its_order(missing));
    assert_eq!(rejected_with(with(a_patient(), "name", Json::Null)), and_its_order(missing));
    for (field, value, rule) in [
        ("email", json!("anna"), "bad-value"),
        ("email", json!(1), "bad-value"),
        ("is_superuser", json!("yes"), "bad-value"),
        ("is_active", Json::Null, "missing-key"),
        ("username", json!(""), "bad-value"),
    ] {
        let expected = and_its_order(&format!("auth.user:10 {rule}"));
        assert_eq!(rejected_with(with(a_user(), field, value)), expected, "{field}");
    }
    assert_eq!(order_gone("bad-value"), rejected_with(with(an_order(), "status", "DONE")));
    for created in [
        "вчера",
        "2026-11-17T21:30:00",
        "2026-11-17T21:30:60Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ] {
        let order = with(an_order(), "created_at", created);
        assert_eq!(rejected_with(order), order_gone("bad-value"), "{created}");
    }
    assert_eq!(rejected_with(without(an_order(), "created_at")), order_gone("missing-key"));
}

#[test]
fn a_name_of_mixed_letters_comes_in() {
    assert_eq!(rejected_with(with(a_patient(), "name", "Щукин  Пeтр ")), [""; 0]);
}

#[test]
fn requests_are_judged_by_the_errors_of_check() {
    let created = with(an_order(), "status", "CREATED");
    assert_eq!(rejected_with(created), order_gone("premature-outcome"));
    let processed = with(an_order(), "status", "PROCESSED");
    assert_eq!(rejected_with(processed), order_gone("processed-without-appointment"));
    let other = row("clinics.specialty", 14, json!({ "title": "Хирург" }));
    let mut rows = dump_with(with(an_order(), "specialty", 14));
    rows.push(other);
    assert_eq!(rejected(&Store::new().import(&rows)), order_gone("specialty-not-offered"));
    rows.retain(|row| row["model"] != "orders.patienttimerange");
    let both = [
        "orders.clinictimerange:7 dangling-reference",
        "orders.order:681 missing-key,specialty-not-offered",
    ];
    assert_eq!(rejected(&Store::new().import(&rows)), both);
    let clinic = rejected_with(with(a_clinic(), "specialties", json!([])));
    assert_eq!(clinic, and_its_order("clinics.clinic:11 missing-key"));
}

#[test]
fn what_is_past_or_looks_odd_is_no_error() {
    // Over long ago, outside of all ranges: warnings.
    let order = with(an_order(), "appointment_time", "2020-01-20T05:30:00Z");
    assert_eq!(rejected_with(order), [""; 0]);
}

#[test]
fn references_must_lead_somewhere() {
    for field in ["patient", "clinic", "specialty", "created_by"] {
        let gone = with(an_order(), field, 999);
        assert_eq!(rejected_with(gone), order_gone("dangling-reference"), "{field}");
        let null = with(an_order(), field, Json::Null);
        assert_eq!(rejected_with(null), order_gone("missing-key"), "{field}");
        let odd = with(an_order(), field, json!(["a"]));
        assert_eq!(rejected_with(odd), order_gone("bad-value"), "{field}");
    }
    let clinic = rejected_with(with(a_clinic(), "specialties", json!([13, 99])));
    assert_eq!(clinic, and_its_order("clinics.clinic:11 dangling-reference"));
    let range = rejected_with(with(
        row("orders.patienttimerange", 2, a_range()["fields"].clone()),
        "order",
        5,
    ));
    assert_eq!(range, ["orders.patienttimerange:2 dangling-reference"]);
}

#[test]
fn an_order_goes_with_its_bad_range() {
    for (field, value, rule) in [
        ("ends_at", json!("2026-11-20T02:00:00Z"), "range-order"),
        ("ends_at", json!("2026-11-20T03:00:00Z"), "range-order"),
        ("ends_at", json!("скоро"), "bad-value"),
        ("starts_at", Json::Null, "missing-key"),
    ] {
        let expected = [
            "orders.clinictimerange:7 dangling-reference".to_owned(),
            format!("orders.order:681 {rule}"),
            format!("orders.patienttimerange:1 {rule}"),
        ];
        assert_eq!(rejected_with(with(a_range(), field, value)), expected, "{field}");
    }
    // The clinic's ranges as well, and a range whose key is no key.
    let answer = rejected_with(with(an_answer(), "ends_at", "2026-11-20T02:00:00Z"));
    assert_eq!(answer[0], "orders.clinictimerange:7 range-order");
    assert_eq!(answer[1], "orders.order:681 range-order");
    let mut again = dump();
    again.push(a_range());
    let again = rejected(&Store::new().import(&again));
    let twice: Vec<_> = again.iter().filter(|row| row.starts_with("orders.pat")).collect();
    assert_eq!(
        twice,
        ["orders.patienttimerange:1 bad-value", "orders.patienttimerange:1 dangling-reference"]
    );
    assert!(again.contains(&"orders.order:681 bad-value".to_owned()));
}

#[test]
fn a_record_that_no_store_would_load_is_rejected() {
    let mut rows = dump();
    for minute in 0..3000 {
        let start = now() + chrono::TimeDelta::minutes(minute);
        let fields = json!({ "starts_at": start.to_rfc3339(), "ends_at": "2027-01-01T00:00:00Z", "order": 681 });
        rows.push(row("orders.patienttimerange", 100 + minute as u64, fields));
    }
    let outcome = Store::new().import(&rows);
    assert!(rejected(&outcome).contains(&"orders.order:681 oversized-file".to_owned()));
    assert_eq!(outcome.total().imported, 5);
}

#[test]
fn malformed_rows_are_rejected_one_by_one() {
    let mut rows = dump();
    rows.extend([
        json!(5),
        json!({ "model": "clinics.patient", "pk": 9 }),
        json!({ "model": "clinics.patient", "pk": 9.5, "fields": {} }),
        json!({ "model": "clinics.patient", "fields": {} }),
        json!({ "model": "sessions.session", "pk": "abc", "fields": {} }),
        json!({ "model": "a\u{1b}[2J", "pk": 1, "fields": {} }),
        json!({ "model": "clinics.patient", "pk": 8, "fields": [] }),
        a_patient(),
        row("auth.group", 2, json!({})),
    ]);
    let outcome = Store::new().import(&rows);
    assert_eq!(
        rejected(&outcome),
        [
            "#11 bad-value",
            "#12 missing-key",
            "#14 bad-value",
            "#9 bad-value",
            "auth.group:2 missing-key",
            "clinics.patient:355 bad-value",
            "clinics.patient:8 bad-value",
            "clinics.patient:9 missing-key",
            "sessions.session:abc bad-value",
        ]
    );
    assert_eq!(outcome.total().imported, 8);
    let back: Vec<Json> = serde_json::from_str(&outcome.rejects()).unwrap();
    assert_eq!(back[0], json!({ "row": 5, "reasons": ["bad-value"] }));
    assert_eq!(back[1], json!({ "model": "clinics.patient", "pk": 9, "reasons": ["missing-key"] }));
}

#[test]
fn what_is_no_json_array_is_refused_with_its_place() {
    for (text, place) in [("[\n {\"й\": 1},, ]", (2, 11)), ("{}", (1, 0)), ("", (1, 0))] {
        let error = (django::FORMAT.read)(&Arc::new(text.to_owned())).unwrap_err();
        assert_eq!(error.rule, Some("syntax"));
        assert_eq!(error.code.exit(), 3);
        let found = error.place.unwrap();
        assert_eq!((found.line, found.column), (Some(place.0), Some(place.1)), "{text}");
    }
    assert_eq!((django::FORMAT.read)(&Arc::new("\u{feff}[]".to_owned())).unwrap(), []);
}

fn again(name: &str, phone: &str) -> Json {
    let fields = json!({ "name": name, "passport_number": "4568957265", "contact_number": phone });
    row("clinics.patient", 387, fields)
}

#[test]
fn two_patients_with_one_passport_become_one() {
    let mut store = Store::new();
    let mut rows = dump_with(with(an_order(), "patient", 387));
    rows.push(again("щукин  пётр ФЁДОРОВИЧ", "8 999 000-00-01"));
    let outcome = store.import(&rows);
    assert_eq!(outcome.total().merged, 1);
    let key = "clinics.patient:387".to_owned();
    let into = "clinics.patient:355".to_owned();
    assert_eq!(outcome.merges, [Merge { kind: Kind::Patient, key, into, differs: vec!["phone"] }]);
    let patient = store.of(Kind::Patient, "clinics.patient:387");
    assert_eq!(patient.text("name"), Some("Щукин Пётр Фёдорович"));
    assert_eq!(patient.text("phone"), Some("+79990000001"), "the later row's");
    let codes: Vec<&str> = patient.history.iter().map(|event| event.what.code()).collect();
    assert_eq!(codes, ["imported", "merged", "set"]);
    let request = store.of(Kind::Request, "orders.order:681");
    assert_eq!(request.text("patient"), Some(patient.id.as_str()));
    assert_eq!(store.shelf.all(Kind::Patient).len(), 1);
    assert_eq!(store.import(&rows).total().known, rows.len(), "and they stay one");
}

#[test]
fn another_name_is_reported_and_the_first_stays() {
    let mut store = Store::new();
    let mut rows = dump();
    rows.push(again("Иванов Иван", "89017892569"));
    assert_eq!(store.import(&rows).merges[0].differs, ["name"]);
    let patient = store.of(Kind::Patient, "clinics.patient:387");
    assert_eq!(patient.text("name"), Some("Щукин Пётр Фёдорович"));
    assert!(matches!(patient.history.last().unwrap().what, What::Mark(Mark::Merged, _)));
}

#[test]
fn three_phones_of_one_patient_follow_each_other() {
    let mut store = Store::new();
    let mut rows = dump();
    rows.push(again("Щукин Пётр Фёдорович", "89990000001"));
    rows.push(with(again("Щукин Пётр Фёдорович", ""), "contact_number", "89990000002"));
    rows.last_mut().unwrap()["pk"] = json!(388);
    store.import(&rows); // The fold finds no conflict: see `write`.
    let patient = store.of(Kind::Patient, "clinics.patient:388");
    assert_eq!(patient.text("phone"), Some("+79990000002"));
}

#[test]
fn a_rejected_row_is_nobody_s_first() {
    let mut store = Store::new();
    let mut rows = dump_with(with(a_patient(), "contact_number", "нет"));
    rows.push(again("Щукин Пётр Фёдорович", "89990000001"));
    let outcome = store.import(&rows);
    assert_eq!(outcome.merges, []);
    assert_eq!(store.of(Kind::Patient, "clinics.patient:387").text("phone"), Some("+79990000001"));
}

#[test]
fn the_same_file_again_changes_nothing() {
    let mut store = Store::new();
    store.import(&dump());
    let again = store.import(&dump());
    assert!(again.planned.is_empty() && again.merges.is_empty());
    assert_eq!((again.total().known, again.total().rows), (8, 8));
}

#[test]
fn a_later_file_refers_to_what_came_in_earlier() {
    let mut store = Store::new();
    let bad = with(a_range(), "ends_at", "2026-11-20T02:00:00Z");
    let outcome = store.import(&dump_with(bad));
    let mut rejects: Vec<Json> = serde_json::from_str(&outcome.rejects()).unwrap();
    assert_eq!(rejects.len(), 3);
    assert_eq!(rejects[0]["reasons"], json!(["range-order"]));
    rejects[0]["fields"]["ends_at"] = json!("2026-11-20T09:00:00Z");
    let outcome = store.import(&rejects);
    assert_eq!((outcome.total().imported, outcome.total().rows), (3, 3));
    let request = store.of(Kind::Request, "orders.order:681");
    assert_eq!(request.text("operator"), Some("anna"));
    // A range of an order that is in already is known, if it came in with it.
    assert_eq!(store.import(&[an_answer()]).total().known, 1);
    let other = with(an_answer(), "ends_at", "2026-11-20T09:30:00Z");
    assert_eq!(rejected(&store.import(&[other])), ["orders.clinictimerange:7 bad-value"]);
}

#[test]
fn what_the_store_has_is_known_and_keeps_its_values() {
    let mut store = Store::new();
    let first = |values| vec![What::First { source: None, values }];
    let anna = Values::new().with("name", "Анна Котова").with("role", "admin");
    store.write(Kind::Operator, "anna", first(anna));
    let title = Values::new().with("title", "терапевт");
    store.write(Kind::Specialty, "ter", first(title));
    let patient = Values::new()
        .with("name", "Щукин Пётр Фёдорович")
        .with("passport", "4568957265")
        .with("phone", "+79160000000");
    store.write(Kind::Patient, "7h2k9m4qwe", first(patient));
    let outcome = store.import(&dump());
    assert_eq!(rejected(&outcome), [""; 0]);
    assert_eq!((outcome.total().known, outcome.total().imported), (3, 5));
    let merges: Vec<_> =
        outcome.merges.iter().map(|m| (m.into.as_str(), m.differs.clone())).collect();
    assert_eq!(
        merges,
        [("operator/anna", vec!["role", "emails"]), ("patient/7h2k9m4qwe", vec!["phone"])]
    );
    assert_eq!(store.of(Kind::Operator, "auth.user:10").text("role"), Some("admin"));
    let patient = store.of(Kind::Patient, "clinics.patient:355");
    assert_eq!(patient.text("phone"), Some("+79160000000"));
    assert_eq!(store.of(Kind::Request, "orders.order:681").text("specialty"), Some("ter"));
    assert!(store.import(&dump()).planned.is_empty());
    // A later row that only refers to them finds them.
    let order = with(an_order(), "created_at", "2026-11-01T10:00:00Z");
    let mut range = with(a_range(), "order", 682);
    let mut order = order;
    (order["pk"], range["pk"]) = (json!(682), json!(2));
    assert_eq!(store.import(&[order, range]).total().imported, 1 + 1);
}

#[test]
fn two_rows_of_the_old_site_are_two_clinics_and_two_operators() {
    let mut clinic = with(a_clinic(), "address", "ул. Мира, 2");
    clinic["pk"] = json!(12);
    let mut user = with(a_user(), "username", "Anna");
    user["pk"] = json!(13);
    let others = [clinic, user];
    // In one file, and one after the other.
    for split in [false, true] {
        let mut store = Store::new();
        if split {
            store.import(&dump());
            store.import(&others);
        } else {
            store.import(&[&dump()[..], &others].concat());
        }
        assert_eq!(store.of(Kind::Clinic, "clinics.clinic:12").id, "poliklinika-1-2");
        assert_eq!(store.of(Kind::Operator, "auth.user:13").id, "anna-2");
    }
    // A record that was made here is the first of them only.
    let mut store = Store::new();
    let anna = Values::new().with("name", "Анна Котова").with("role", "operator");
    store.write(Kind::Operator, "anna", vec![What::First { source: None, values: anna }]);
    store.import(&[&dump()[..], &others].concat());
    assert_eq!(store.of(Kind::Operator, "auth.user:10").id, "anna");
    assert_eq!(store.of(Kind::Operator, "auth.user:13").id, "anna-2");
}

#[test]
fn a_patient_who_was_merged_since_leads_to_the_other() {
    let mut store = Store::new();
    store.import(&[a_specialty(), a_clinic(), a_user(), a_patient()]);
    let old = store.of(Kind::Patient, "clinics.patient:355").id.clone();
    let other = Values::new()
        .with("name", "Щукин Пётр")
        .with("passport", "1111111111")
        .with("phone", "+79160000000");
    store.write(Kind::Patient, "7h2k9m4qwe", vec![What::First { source: None, values: other }]);
    let merged = What::set("merged_into", None, Some("7h2k9m4qwe".into()));
    store.write(Kind::Patient, &old, vec![merged]);
    let outcome = store.import(&[an_order(), a_range(), again("Щукин Пётр", "89160000000")]);
    assert_eq!(rejected(&outcome), [""; 0]);
    assert_eq!(store.of(Kind::Request, "orders.order:681").text("patient"), Some("7h2k9m4qwe"));
    assert_eq!(store.of(Kind::Patient, "clinics.patient:387").id, "7h2k9m4qwe");
}

#[test]
fn an_id_that_another_request_holds_is_passed_over() {
    let mut store = Store::new();
    store.import(&[a_specialty(), a_clinic(), a_user(), a_patient()]);
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 18).unwrap();
    let taken = crate::query::identify::imported_request("key", day, "orders.order:681");
    let first = What::First { source: Some("orders.order:1".into()), values: Values::new() };
    store.write(Kind::Request, &taken, vec![first]);
    let outcome = store.import(&[an_order(), a_range()]);
    assert_eq!(outcome.total().imported, 2);
    assert_ne!(store.of(Kind::Request, "orders.order:681").id, taken);
}

#[test]
fn reasons_name_places_and_never_values() {
    let rows = dump_with(with(a_patient(), "contact_number", "тайна"));
    let outcome = Store::new().import(&rows);
    let patient = outcome.rejected().find(|(row, _)| row.key == "clinics.patient:355").unwrap();
    assert_eq!(patient.1, [Reason::new("bad-value", "contact_number")]);
    for lang in Lang::ALL {
        assert!(outcome.by_rule().iter().all(|(rule, _)| !sentence(rule, lang).is_empty()));
    }
}

#[test]
fn the_old_sites_data_are_told_from_the_rows_of_other_formats() {
    let text = Arc::new(r#"[{"model": "orders.order", "pk": 1, "fields": {}}]"#.to_owned());
    for format in FORMATS.iter().filter(|format| format.name != django::FORMAT.name) {
        let error = (format.read)(&text).unwrap_err();
        assert_eq!(error.rule, Some("syntax"), "{}", format.name);
        assert!(error.hint.unwrap().en.contains("import django-json"), "{}", format.name);
    }
    assert_eq!((django::FORMAT.read)(&text).unwrap().len(), 1);
}
