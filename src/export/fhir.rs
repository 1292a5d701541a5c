//! `fhir`: a Bundle of FHIR R4 for a clinic's own system: patients, clinics (`Location`) and
//! requests (`Appointment`).
//!
//! | status | here |
//! | --- | --- |
//! | `created` | `proposed` |
//! | `in-progress` with an appointment | `pending` |
//! | `in-progress` without one | `proposed`: by FHIR's rule app-3 a pending one has a time |
//! | `processed` | `booked` |
//! | `patient-refused` | `cancelled` |

use serde_json::{Map, Value as Json, json};

use crate::export::{Format, Kinds, Scope, VISIT};
use crate::format::encode;
use crate::history::What;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{Request, Status};
use crate::model::value::Value;
use crate::query::identify;
use crate::render::json;
use crate::words::screen;

/// The format.
pub const FORMAT: Format = Format { name: "fhir", kinds: Kinds::Fixed, write };

/// The code system of kinds of identifiers; `PPN` is a passport.
const IDENTIFIERS: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";

fn write(scope: &Scope<'_>) -> String {
    let kinds = [
        (Kind::Patient, patient as fn(&Scope<'_>, &Record) -> Option<Json>),
        (Kind::Clinic, location),
        (Kind::Request, appointment),
    ];
    let entries: Vec<Json> = kinds
        .into_iter()
        .flat_map(|(kind, make)| {
            scope.book.all(kind).into_iter().filter_map(move |record| {
                let url = url(scope, kind, &record.id);
                make(scope, &record).map(|resource| json!({ "fullUrl": url, "resource": resource }))
            })
        })
        .collect();
    let mut bundle = json!({ "resourceType": "Bundle", "type": "collection" });
    // A list that would be empty is left out in FHIR.
    if !entries.is_empty() {
        bundle["entry"] = Json::Array(entries);
    }
    serde_json::to_string_pretty(&bundle).expect("JSON becomes text") + "\n"
}

/// A resource's address: a UUID that depends on the record and the store alone.
fn url(scope: &Scope<'_>, kind: Kind, id: &str) -> String {
    let half = |part| identify::hash(&scope.settings.key, &format!("{part}/{}/{id}", kind.code()));
    let (high, low) = (half("fhir-1"), half("fhir-2"));
    let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xfff);
    let (d, e) = (low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff);
    // Version 8: made by a rule of the program's own (RFC 9562).
    format!("urn:uuid:{a:08x}-{b:04x}-8{c:03x}-{d:04x}-{e:012x}")
}

fn text(text: &str) -> String {
    screen::safe(text).into_owned()
}

/// What every resource begins with.
fn resource(kind: &str, record: &Record) -> Map<String, Json> {
    let identifier =
        json!({ "system": format!("urn:appt:{}", record.kind.code()), "value": record.id });
    let object = json!({
        "resourceType": kind,
        "id": record.id,
        "meta": { "lastUpdated": record.updated().map(encode::stamp) },
        "identifier": [identifier],
    });
    let Json::Object(mut object) = object else { unreachable!("an object was made") };
    if record.updated().is_none() {
        object.remove("meta");
    }
    object
}

fn phones(record: &Record) -> Json {
    json!([{ "system": "phone", "value": text(record.shown("phone")) }])
}

fn patient(scope: &Scope<'_>, record: &Record) -> Option<Json> {
    let mut object = resource("Patient", record);
    let passport = json!({
        "type": { "coding": [{ "system": IDENTIFIERS, "code": "PPN" }] },
        "system": "urn:appt:passport",
        "value": text(record.text("passport")?),
    });
    object["identifier"].as_array_mut()?.push(passport);
    let merged = record.text("merged_into");
    object.insert("active".into(), json!(merged.is_none()));
    object.insert("name".into(), json!([{ "text": text(record.text("name")?) }]));
    object.insert("telecom".into(), phones(record));
    if let Some(other) = merged {
        let other = json!({ "reference": url(scope, Kind::Patient, other) });
        object.insert("link".into(), json!([{ "other": other, "type": "replaced-by" }]));
    }
    Some(Json::Object(object))
}

fn location(_: &Scope<'_>, record: &Record) -> Option<Json> {
    let mut object = resource("Location", record);
    object.insert("status".into(), json!("active"));
    object.insert("name".into(), json!(text(record.text("name")?)));
    object.insert("mode".into(), json!("instance"));
    object.insert("telecom".into(), phones(record));
    object.insert("address".into(), json!({ "text": text(record.text("address")?) }));
    Some(Json::Object(object))
}

fn appointment(scope: &Scope<'_>, record: &Record) -> Option<Json> {
    let request = Request::of(record).ok()?;
    let (status, part) = match (request.status, request.appointment) {
        (Status::Created, _) | (Status::InProgress, None) => ("proposed", "needs-action"),
        (Status::InProgress, Some(_)) => ("pending", "tentative"),
        (Status::Processed, Some(_)) => ("booked", "accepted"),
        (Status::PatientRefused, _) => ("cancelled", "declined"),
        // `check` calls it an error; FHIR has no booking without a time.
        (Status::Processed, None) => return None,
    };
    let mut object = resource("Appointment", record);
    object.insert("status".into(), json!(status));
    if request.status == Status::PatientRefused
        && let Some(reason) = reason(record)
    {
        object.insert("cancelationReason".into(), json!({ "text": text(reason) }));
    }
    let specialty = scope.book.get(Kind::Specialty, request.specialty);
    let specialty = specialty.as_ref().map_or(request.specialty, |record| record.title());
    object.insert("specialty".into(), json!([{ "text": text(specialty) }]));
    if let Some(at) = request.appointment {
        object.insert("start".into(), json!(encode::instant(at)));
        object.insert("end".into(), json!(encode::instant(at + VISIT)));
    }
    object.insert("created".into(), json!(encode::instant(request.created)));
    let who = [(Kind::Patient, request.patient), (Kind::Clinic, request.clinic)];
    let who = who.map(|(kind, id)| json!({ "actor": actor(scope, kind, id), "status": part }));
    object.insert("participant".into(), json!(who));
    let ranges = request.patient_ranges.iter().filter(|range| range.is_ordered());
    let periods: Vec<Json> = ranges.map(|r| json::value(&Value::Range(*r))).collect();
    if !periods.is_empty() {
        object.insert("requestedPeriod".into(), Json::Array(periods));
    }
    Some(Json::Object(object))
}

/// A reference to a record that is there; the bare id of one that is not.
fn actor(scope: &Scope<'_>, kind: Kind, id: &str) -> Json {
    match scope.book.get(kind, id) {
        Some(record) => {
            let title = text(record.title());
            json!({ "reference": url(scope, kind, id), "display": title })
        }
        None => json!({ "display": text(id) }),
    }
}

/// Why the visit was refused.
fn reason(record: &Record) -> Option<&str> {
    record.history.iter().rev().find_map(|event| match &event.what {
        What::Set { key: "status", reason, .. } => Some(reason.as_deref()),
        _ => None,
    })?
}
