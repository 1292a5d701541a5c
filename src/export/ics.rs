//! `ics`: a calendar of the visits that stand, an event each: confirmed where the patient has been
//! told, tentative before that (RFC 5545). Times are in the clinic's zone.
//!
//! Calendars are shared widely: an event names the patient by initials, unless names are asked for,
//! and is `CONFIDENTIAL`. Its UID depends on nothing but the request and the store, so that a
//! calendar that is imported again changes its events and doubles none.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use icalendar::{Calendar, Class, Component as _, Event, EventLike as _, EventStatus, Property};

use crate::export::{Format, Kinds, Scope, VISIT, zone};
use crate::life;
use crate::model::clinic;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{Request, Status};
use crate::query::identify;
use crate::tr;
use crate::words::{name, phone, screen};

/// The format.
pub const FORMAT: Format = Format { name: "ics", kinds: Kinds::Fixed, write };

fn write(scope: &Scope<'_>) -> String {
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//appt//appt//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
    ] {
        calendar.append_property(Property::new(key, value));
    }
    let mut zones: BTreeMap<&str, (Tz, DateTime<Utc>, DateTime<Utc>)> = BTreeMap::new();
    for record in scope.book.all(Kind::Request) {
        let request = Request::of(&record).ok().filter(Request::has_visit);
        let Some((request, at)) = request.and_then(|r| r.appointment.map(|at| (r, at))) else {
            continue;
        };
        let place = scope.book.get(Kind::Clinic, request.clinic);
        let zone = clinic::zone(place.as_deref(), scope.settings);
        calendar.push(event(scope, &record, &request, place.as_deref(), at.with_timezone(&zone)));
        let (start, end) = (at.to_utc(), at.to_utc() + VISIT);
        let span = zones.entry(zone.name()).or_insert((zone, start, end));
        *span = (zone, span.1.min(start), span.2.max(end));
    }
    // The library puts a DTSTAMP and a UID into every component, which a VTIMEZONE must not have.
    let zones: String =
        zones.values().map(|(tz, from, to)| zone::component(*tz, *from, *to)).collect();
    let text = calendar.to_string();
    let first = text.find("BEGIN:VEVENT\r\n").or_else(|| text.find("END:VCALENDAR\r\n"));
    let (head, events) = text.split_at(first.expect("a calendar has an end"));
    format!("{head}{zones}{events}")
}

fn event(
    scope: &Scope<'_>,
    record: &Record,
    request: &Request<'_>,
    clinic: Option<&Record>,
    at: DateTime<Tz>,
) -> Event {
    let lang = scope.lang;
    let time = |key: &str, at: DateTime<Tz>| {
        let mut time = Property::new(key, zone::local(at.naive_local()));
        time.add_parameter("TZID", at.timezone().name()).done()
    };
    let status = match request.status {
        Status::Processed => EventStatus::Confirmed,
        _ => EventStatus::Tentative,
    };
    let updated = record.updated().unwrap_or(request.created);
    let (changes, short) = (record.history.len().saturating_sub(1), life::short(&record.id));
    let state = request.status_name(lang);
    let mut description = tr!(lang, "Заявка {short}: {state}", "Request {short}: {state}");
    if let Some(phone) = clinic.and_then(|clinic| clinic.text("phone")) {
        let phone = phone::show(phone);
        description.push_str(&tr!(lang, "\nКлиника: {phone}", "\nClinic: {phone}"));
    }
    let mut event = Event::new();
    event
        .uid(&uid(scope, record))
        .timestamp(updated.to_utc())
        .last_modified(updated.to_utc())
        .sequence(u32::try_from(changes).unwrap_or(u32::MAX))
        .append_property(time("DTSTART", at))
        .append_property(time("DTEND", at + VISIT))
        .summary(&screen::safe(&summary(scope, request)))
        .description(&screen::safe(&description))
        .class(Class::Confidential)
        .status(status);
    if let Some(clinic) = clinic {
        let place = format!("{}, {}", clinic.title(), clinic.shown("address"));
        event.location(&screen::safe(&place));
    }
    event
}

fn uid(scope: &Scope<'_>, record: &Record) -> String {
    let store = identify::hash(&scope.settings.key, "calendar");
    format!("{}@{store:016x}.appt", record.id)
}

/// «Терапевт: Щ. П. Ф.»
fn summary(scope: &Scope<'_>, request: &Request<'_>) -> String {
    let specialty = scope.book.get(Kind::Specialty, request.specialty);
    let specialty = specialty.as_ref().map_or(request.specialty, |record| record.title());
    let patient = scope.book.patient(request.patient);
    let patient = patient.as_ref().map_or("", |record| record.title());
    let patient = if scope.with_names { patient.to_owned() } else { name::initials(patient) };
    format!("{specialty}: {patient}")
}
