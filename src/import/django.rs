//! `django-json`: what `manage.py dumpdata auth.user clinics orders` of the old site prints.
//!
//! Its rows are `{ "model", "pk", "fields" }`, in any order. Ranges are rows of their own there and
//! belong to their order here: they come in with it or not at all.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::Datelike as _;
use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

use crate::error::{Error, Result, place_of_json};
use crate::import::{Candidate, Fate, Format, Raw, Reason, Row, Work, utf8};
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::range::{self, Instant, Range};
use crate::model::request::Status;
use crate::model::value::{Value, Values};
use crate::say;
use crate::words::{Unfit, name, passport, phone, text};

/// The format.
pub const FORMAT: Format = Format { name: "django-json", text: utf8, read, plan };

const GROUP: &str = "auth.group";
const USER: &str = "auth.user";
const SPECIALTY: &str = "clinics.specialty";
const CLINIC: &str = "clinics.clinic";
const PATIENT: &str = "clinics.patient";
const ORDER: &str = "orders.order";
/// The models of ranges, and the key of a request that they make.
const RANGES: [(&str, &str); 2] =
    [("orders.patienttimerange", "patient_ranges"), ("orders.clinictimerange", "clinic_ranges")];

const STATUSES: [(&str, Status); 4] = [
    ("CREATED", Status::Created),
    ("IN_PROGRESS", Status::InProgress),
    ("PROCESSED", Status::Processed),
    ("PATIENT_REFUSED", Status::PatientRefused),
];

/// The longest key that is one.
const LONGEST_PK: usize = 64;
/// No visit was before it, and the offsets of older times have seconds.
const FIRST_YEAR: i32 = 1970;

/// Refuses a dump where rows of another format are due: read as those, each would be found wrong.
///
/// # Errors
/// `refused`, with the format that it is.
pub fn is_no_dump(rows: &[Json]) -> Result<()> {
    let is_of_dump =
        |row: &Json| ["model", "pk", "fields"].iter().all(|key| row.get(key).is_some());
    if !rows.first().is_some_and(is_of_dump) {
        return Ok(());
    }
    Err(Error::refused(
        "syntax",
        say!(
            "Это данные старого сайта. Ничего не записано.",
            "These are the old site's data. Nothing was written."
        ),
    )
    .hint(say!(
        "Их переносит `appt import django-json ФАЙЛ`.",
        "`appt import django-json FILE` brings them in."
    )))
}

/// Takes a dump apart.
fn read(text: &Arc<String>) -> Result<Vec<Row>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rows: Vec<Json> = serde_json::from_str(text).map_err(|error| syntax(text, &error))?;
    Ok(rows.into_iter().enumerate().map(|(at, raw)| row(at, raw)).collect())
}

fn row(at: usize, raw: Json) -> Row {
    let word =
        |text: &str| (1..=LONGEST_PK).contains(&text.chars().count()) && text::is_clean_line(text);
    let model = raw.get("model").and_then(Json::as_str).filter(|model| word(model));
    let pk = raw.get("pk").and_then(pk).filter(|pk| word(pk));
    let key = match (model, pk) {
        (Some(model), Some(pk)) => format!("{model}:{pk}"),
        _ => format!("#{}", at + 1),
    };
    Row { key, model: model.unwrap_or("?").to_owned(), raw: Raw::Parts(raw) }
}

/// A primary key: a whole number or a text.
fn pk(json: &Json) -> Option<String> {
    match json {
        Json::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        Json::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn syntax(text: &str, error: &serde_json::Error) -> Error {
    let (line, column) = place_of_json(text, error);
    Error::refused(
        "syntax",
        say!(
            "Это не массив строк в JSON: строка {line}, столбец {column}. Ничего не записано.",
            "This is no JSON array of rows: line {line}, column {column}. Nothing was written."
        ),
    )
    .hint(say!(
        "Нужно то, что печатает `manage.py dumpdata auth.user clinics orders`.",
        "It takes what `manage.py dumpdata auth.user clinics orders` prints."
    ))
    .at("", Some(line), Some(column))
}

/// Gives every row its fate, what is referred to before what refers to it.
fn plan(rows: &[Row], work: &mut Work<'_>) {
    let mut models: HashMap<&str, Vec<Entry<'_>>> = HashMap::new();
    let mut seen = HashSet::new();
    for (at, row) in rows.iter().enumerate() {
        let known = [GROUP, USER, SPECIALTY, CLINIC, PATIENT, ORDER];
        let model = known.into_iter().chain(RANGES.map(|(model, _)| model));
        let model = model.into_iter().find(|model| *model == row.model);
        let fields = row.parts().get("fields").and_then(Json::as_object);
        let place = match (model, fields) {
            _ if row.parts().get("model").is_none() => "model",
            (None, _) => "model",
            _ if row.key.starts_with('#') || !seen.insert(&row.key) => "pk",
            (Some(_), None) => "fields",
            (Some(model), Some(fields)) => {
                models.entry(model).or_default().push(Entry { row: at, key: &row.key, fields });
                continue;
            }
        };
        let is_missing = row.parts().as_object().is_some_and(|row| !row.contains_key(place));
        let rule = if is_missing { "missing-key" } else { "bad-value" };
        work.reject(at, vec![Reason::new(rule, place)]);
    }
    let of = |model: &str| models.get(model).map_or(&[][..], Vec::as_slice);
    for (model, make) in [
        (SPECIALTY, specialty as fn(&mut Reader<'_, '_>)),
        (CLINIC, clinic),
        (USER, user),
        (PATIENT, patient),
    ] {
        let kind = kind_of(model);
        let new = new_ones(of(model), work);
        let made = new.iter().map(|entry| Reader::new(work, kind, entry).read(make)).collect();
        work.take(made);
    }
    orders(rows, of(ORDER), &RANGES.map(|(model, key)| (key, of(model))), work);
    // A role has no record of its own: it comes in with whatever else does.
    let fate = if work.is_idle() { Fate::Known } else { Fate::Imported };
    for entry in of(GROUP) {
        match entry.fields.get("name") {
            Some(Json::String(_)) => work.decide(entry.row, fate.clone()),
            Some(_) => work.reject(entry.row, vec![Reason::new("bad-value", "name")]),
            None => work.reject(entry.row, vec![Reason::new("missing-key", "name")]),
        }
    }
}

fn kind_of(model: &str) -> Kind {
    match model {
        SPECIALTY => Kind::Specialty,
        CLINIC => Kind::Clinic,
        USER => Kind::Operator,
        PATIENT => Kind::Patient,
        _ => Kind::Request,
    }
}

/// A row that is well formed.
struct Entry<'r> {
    row: usize,
    key: &'r str,
    fields: &'r Map<String, Json>,
}

/// Those that did not come in earlier.
fn new_ones<'e, 'r>(entries: &'e [Entry<'r>], work: &mut Work<'_>) -> Vec<&'e Entry<'r>> {
    let (known, new): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| work.is_known(entry.key));
    known.iter().for_each(|entry| work.decide(entry.row, Fate::Known));
    new
}

fn specialty(row: &mut Reader<'_, '_>) {
    row.words("title", "title");
    row.called("title");
}

fn clinic(row: &mut Reader<'_, '_>) {
    row.words("name", "name");
    row.words("address", "address");
    row.words("contact_number", "phone");
    row.called("name");
    let Some(items) = row.fields.get("specialties").and_then(Json::as_array) else {
        return row.missing_or_bad("specialties", "specialties");
    };
    let mut ids = Vec::new();
    for item in items {
        ids.extend(row.reference(item, "specialties", "specialties", SPECIALTY).map(Value::from));
    }
    ids.sort();
    ids.dedup();
    row.made.values.put("specialties", Some(Value::List(ids)));
    row.made.names.push(("specialties", "specialties"));
}

fn user(row: &mut Reader<'_, '_>) {
    let part = |key| row.fields.get(key).and_then(Json::as_str).unwrap_or_default();
    let (user, first, last) = (part("username"), part("first_name"), part("last_name"));
    let full = format!("{first} {last}");
    let (field, full) =
        if full.trim().is_empty() { ("username", user) } else { ("first_name", full.as_str()) };
    if user.is_empty() {
        row.missing_or_bad("username", "name");
    } else {
        row.put(field, "name", full);
    }
    row.made.called = user.to_owned();
    match row.fields.get("email") {
        None | Some(Json::Null) => {}
        Some(Json::String(email)) if email.trim().is_empty() => {}
        Some(Json::String(email)) => {
            let email = Value::List(vec![email.trim().into()]);
            row.made.values.put("emails", Some(email));
            row.made.names.push(("emails", "email"));
        }
        Some(_) => row.flaw("bad-value", "email", "emails"),
    }
    match row.fields.get("is_superuser") {
        Some(Json::Bool(yes)) => {
            let role = if *yes { Role::Admin } else { Role::Operator };
            row.made.values.put("role", Some(role.code().into()));
        }
        _ => row.missing_or_bad("is_superuser", "role"),
    }
    match row.fields.get("is_active") {
        Some(Json::Bool(true)) => {}
        Some(Json::Bool(false)) => row.made.values.put("active", Some(Value::Bool(false))),
        _ => row.missing_or_bad("is_active", "active"),
    }
}

fn patient(row: &mut Reader<'_, '_>) {
    row.words("name", "name");
    row.words("passport_number", "passport");
    row.words("contact_number", "phone");
}

/// One row of a range.
struct Piece<'r> {
    row: usize,
    key: &'static str,
    /// The order's key.
    order: Option<String>,
    range: Option<Range>,
    reasons: Vec<Reason>,
    name: &'r str,
}

type RangeRows<'e, 'r> = [(&'static str, &'e [Entry<'r>]); 2];

/// Orders with their ranges: what is wrong with one part is wrong with all.
fn orders(rows: &[Row], orders: &[Entry<'_>], ranges: &RangeRows<'_, '_>, work: &mut Work<'_>) {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for (key, entries) in ranges {
        pieces.extend(entries.iter().map(|entry| piece(key, entry)));
    }
    // What was found malformed as a row spoils its order too.
    for (at, row) in rows.iter().enumerate() {
        let Some((_, key)) = RANGES.iter().find(|(model, _)| *model == row.model) else { continue };
        if let Some(Fate::Rejected(reasons)) = work.fate(at) {
            let order =
                row.parts().get("fields").and_then(|fields| order_key(fields.get("order")?));
            let (reasons, name) = (reasons.clone(), row.key.as_str());
            pieces.push(Piece { row: at, key, order, range: None, reasons, name });
        }
    }
    let mut by_order: HashMap<&str, Vec<&Piece<'_>>> = HashMap::new();
    for piece in &pieces {
        if let Some(order) = &piece.order {
            by_order.entry(order).or_default().push(piece);
        }
    }
    let new = new_ones(orders, work);
    let came: HashMap<&str, usize> = new.iter().map(|entry| (entry.key, entry.row)).collect();
    let of = |order: &str| by_order.get(order).map_or(&[][..], Vec::as_slice);
    let made = new
        .iter()
        .map(|entry| {
            Reader::new(work, Kind::Request, entry).read(|row| request(row, of(entry.key)))
        })
        .collect();
    work.take(made);
    for piece in &pieces {
        settle(piece, &came, work);
    }
}

/// A range shares the fate of its order.
fn settle(piece: &Piece<'_>, came: &HashMap<&str, usize>, work: &mut Work<'_>) {
    if !piece.reasons.is_empty() {
        return work.reject(piece.row, piece.reasons.clone());
    }
    let (Some(order), Some(range)) = (&piece.order, piece.range) else { return };
    let fate = match came.get(order.as_str()) {
        Some(row) if work.fate(*row) == Some(&Fate::Imported) => Fate::Imported,
        // Of an order that came in earlier: it is known if it came in with it.
        None if work.is_known(order) => {
            let values = work.first_values(Kind::Request, order).unwrap_or_default();
            if values.list(piece.key).contains(&Value::Range(range)) {
                Fate::Known
            } else {
                Fate::Rejected(vec![Reason::new("bad-value", order.as_str())])
            }
        }
        _ => Fate::Rejected(vec![Reason::new("dangling-reference", order.as_str())]),
    };
    work.decide(piece.row, fate);
}

fn order_key(json: &Json) -> Option<String> {
    pk(json).map(|pk| format!("{ORDER}:{pk}"))
}

fn piece<'r>(key: &'static str, entry: &Entry<'r>) -> Piece<'r> {
    let mut reasons = Vec::new();
    let mut moment = |field: &str| {
        let at = entry.fields.get(field).and_then(Json::as_str).and_then(instant);
        if at.is_none() {
            reasons.push(Reason::new(absent(entry.fields, field), field));
        }
        at
    };
    let (start, end) = (moment("starts_at"), moment("ends_at"));
    let range = start.zip(end).map(|(start, end)| Range { start, end });
    if range.is_some_and(|range| !range.is_ordered()) {
        reasons.push(Reason::new("range-order", "ends_at"));
    }
    let order = entry.fields.get("order").and_then(order_key);
    if order.is_none() {
        reasons.push(Reason::new(absent(entry.fields, "order"), "order"));
    }
    Piece { row: entry.row, key, order, range, reasons, name: entry.key }
}

fn request(row: &mut Reader<'_, '_>, pieces: &[&Piece<'_>]) {
    for (field, key, model) in [
        ("patient", "patient", PATIENT),
        ("clinic", "clinic", CLINIC),
        ("specialty", "specialty", SPECIALTY),
        ("created_by", "operator", USER),
    ] {
        match row.fields.get(field) {
            None | Some(Json::Null) => row.missing_or_bad(field, key),
            Some(json) => {
                let id = row.reference(json, field, key, model);
                row.made.values.put(key, id.map(Value::from));
            }
        }
    }
    match row.fields.get("status").and_then(Json::as_str) {
        Some(code) => match STATUSES.iter().find(|(old, _)| *old == code) {
            Some((_, status)) => row.made.values.put("status", Some(status.code().into())),
            None => row.flaw("bad-value", "status", "status"),
        },
        None => row.missing_or_bad("status", "status"),
    }
    let store = row.work.world.settings.timezone;
    let clinic = row.made.values.text("clinic");
    let clinic = clinic.and_then(|id| row.work.at(Kind::Clinic, id));
    let zone = clinic.and_then(|clinic| clinic.text("timezone")?.parse().ok()).unwrap_or(store);
    row.moment("created_at", "created", store);
    if !matches!(row.fields.get("appointment_time"), None | Some(Json::Null)) {
        row.moment("appointment_time", "appointment", zone);
    }
    for (_, key) in RANGES {
        let mut items = Vec::new();
        for piece in pieces.iter().filter(|piece| piece.key == key) {
            for reason in &piece.reasons {
                row.made.flaws.push((key, Reason::new(reason.rule, piece.name)));
            }
            items.extend(piece.range.map(|Range { start, end }| {
                Value::Range(Range { start: local(start, zone), end: local(end, zone) })
            }));
        }
        items.sort();
        items.dedup();
        row.made.values.put(key, Some(Value::List(items)));
    }
}

/// RFC 3339, in a year that a store can hold.
fn instant(text: &str) -> Option<Instant> {
    let at = range::instant(text)?;
    (FIRST_YEAR + 1..9999).contains(&at.year()).then_some(at)
}

fn local(at: Instant, zone: Tz) -> Instant {
    at.with_timezone(&zone).fixed_offset()
}

/// Which rule a value breaks that is no text, number or whatever was needed.
fn absent(fields: &Map<String, Json>, field: &str) -> &'static str {
    match fields.get(field) {
        None | Some(Json::Null) => "missing-key",
        Some(_) => "bad-value",
    }
}

/// A row, field by field, on its way to a candidate.
struct Reader<'w, 'e> {
    work: &'w Work<'w>,
    fields: &'e Map<String, Json>,
    made: Candidate,
}

impl<'w, 'e> Reader<'w, 'e> {
    fn new(work: &'w Work<'_>, kind: Kind, entry: &Entry<'e>) -> Reader<'w, 'e> {
        let made = Candidate {
            row: entry.row,
            source: entry.key.to_owned(),
            kind,
            called: String::new(),
            values: Values::new(),
            names: Vec::new(),
            flaws: Vec::new(),
        };
        Reader { work, fields: entry.fields, made }
    }

    fn read(mut self, make: impl FnOnce(&mut Reader<'w, 'e>)) -> Candidate {
        make(&mut self);
        let fields = self.made.kind.fields();
        let rank = |key: &str| fields.iter().position(|f| f.key == key).unwrap_or(fields.len());
        self.made.values.sort_by_rank(rank);
        self.made
    }

    fn flaw(&mut self, rule: &'static str, field: &str, key: &'static str) {
        self.made.flaws.push((key, Reason::new(rule, field)));
    }

    fn missing_or_bad(&mut self, field: &str, key: &'static str) {
        self.flaw(absent(self.fields, field), field, key);
    }

    fn called(&mut self, field: &str) {
        let called = self.fields.get(field).and_then(Json::as_str).unwrap_or_default();
        self.made.called = called.to_owned();
    }

    /// A field of text as the value of a key.
    fn words(&mut self, field: &'static str, key: &'static str) {
        match self.fields.get(field) {
            Some(Json::String(typed)) => self.put(field, key, typed),
            _ => self.missing_or_bad(field, key),
        }
    }

    /// A text as the value of a key, in the one form that the key takes.
    fn put(&mut self, field: &'static str, key: &'static str, typed: &str) {
        let form = self.made.kind.field(key).expect("the key is one of the kind").form;
        let read = match form {
            Form::Line(max) => text::line(typed, max),
            Form::Person => text::line(typed, name::LONGEST),
            Form::Phone => phone::parse(typed),
            Form::Passport => passport::parse(typed, self.work.world.settings.passport),
            _ => Ok(typed.to_owned()),
        };
        match read {
            Ok(value) => {
                self.made.values.put(key, Some(value.into()));
                self.made.names.push((key, field));
            }
            Err(Unfit { code: "control-character", .. }) => {
                self.flaw("control-character", field, key);
            }
            Err(_) => self.flaw("bad-value", field, key),
        }
    }

    /// The id of the record that a key of the old site leads to.
    fn reference(
        &mut self,
        json: &Json,
        field: &'static str,
        key: &'static str,
        model: &str,
    ) -> Option<String> {
        let Some(pk) = pk(json) else {
            self.flaw("bad-value", field, key);
            return None;
        };
        let found = self.work.record(kind_of(model), &format!("{model}:{pk}"));
        if found.is_none() {
            self.flaw("dangling-reference", field, key);
        }
        found.map(|record| record.id.clone())
    }

    fn moment(&mut self, field: &'static str, key: &'static str, zone: Tz) {
        match self.fields.get(field).and_then(Json::as_str).and_then(instant) {
            Some(at) => {
                self.made.values.put(key, Some(local(at, zone).into()));
                self.made.names.push((key, field));
            }
            None => self.missing_or_bad(field, key),
        }
    }
}
