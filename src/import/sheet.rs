//! Rows of cells under headings: which kind of record they are, which cell is which key, and the
//! records that they make. A spreadsheet's rows are such, and so are plain objects of JSON.
//!
//! Headings are the keys of section 3, or the titles of columns in either language, or what people
//! call them. Cells are cleaned as the flags of `new` clean them; a row that has an id of this
//! program comes from a store, so that its name is taken as it is. Times are read in the zone of
//! the clinic, and may be past.

mod cells;
mod columns;

use std::collections::HashMap;
use std::rc::Rc;

use chrono::SubsecRound as _;
use serde_json::Value as Json;

use crate::error::Result;
use crate::format::layout;
use crate::history::What;
use crate::import::items::{Item, Items};
use crate::import::{Fate, Merge, Reason, Row};
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::value::{Value, Values};
use crate::query::identify;
use crate::words::name;

use cells::Cells;
pub use columns::{Cell, Layout, known};

/// How a request's patient is called in a row of a request, beside the reference.
const OF_PATIENT: [&str; 3] = ["name", "passport", "phone"];

/// Reads a row of this layout, and puts what it makes among the items.
pub fn take(items: &mut Items<'_, '_>, at: usize, row: &Row, layout: &Layout) {
    let mut cells = Cells::read(items, row, layout);
    if layout.kind == Kind::Request {
        return request(items, at, row, layout, cells);
    }
    complete(&mut cells, layout);
    if cells.id.is_none() && cells.flaws.is_empty() {
        let known = items.same(layout.kind, &cells.values);
        cells.id = known.map(|record| record.id.clone());
    }
    place(items, at, row, layout, cells);
}

/// A request, and its patient where the row brings one.
fn request(items: &mut Items<'_, '_>, at: usize, row: &Row, layout: &Layout, mut cells: Cells) {
    let world = items.world();
    let now = world.now.with_timezone(&world.settings.timezone).fixed_offset().trunc_subsecs(0);
    let stands = cells.id.as_ref().is_some_and(|id| items.get(Kind::Request, id).is_some());
    let mut put = |key: &'static str, value: Value| {
        if cells.values.get(key).is_none() && !cells.is_spoilt(key) {
            cells.values.put(key, Some(value));
        }
    };
    put("status", Status::Created.code().into());
    put("operator", world.by.into());
    put("created", now.into());
    let mut newcomer = None;
    if cells.values.get("patient").is_none() && !cells.is_spoilt("patient") && !stands {
        newcomer = patient(items, at, row, layout, &mut cells);
    }
    complete(&mut cells, layout);
    let brings = newcomer.is_some();
    if brings {
        cells.flaws.retain(|(key, reason)| *key != "patient" || reason.rule != "missing-key");
    }
    if !cells.flaws.is_empty() {
        return place(items, at, row, layout, cells);
    }
    if let Some(newcomer) = newcomer {
        let id = items.free_id(Kind::Patient, &newcomer, "", &row.key);
        cells.values.put("patient", Some(id.as_str().into()));
        let source = format!("{}/patient", cells.source);
        items.add(Item::new(at, Kind::Patient, id, source, newcomer, layout.names(Kind::Patient)));
    }
    place(items, at, row, layout, cells);
}

/// The patient of a request's row: by the passport, one who is known, or the values of a new one.
fn patient(
    items: &mut Items<'_, '_>,
    at: usize,
    row: &Row,
    layout: &Layout,
    cells: &mut Cells,
) -> Option<Values> {
    let found = std::mem::take(&mut cells.patient);
    if OF_PATIENT.into_iter().any(|key| cells.is_spoilt(key)) {
        return None;
    }
    if found.get("passport").is_none() {
        let heading = layout.heading(Cell::OfPatient("passport")).unwrap_or("passport");
        cells.flaw("patient", "missing-key", heading);
        return None;
    }
    let Some(known) = items.same(Kind::Patient, &found) else {
        for key in OF_PATIENT.into_iter().filter(|key| found.get(key).is_none()) {
            let heading = layout.heading(Cell::OfPatient(key)).unwrap_or(key);
            cells.flaws.push((key, Reason::new("missing-key", heading)));
        }
        return Some(found);
    };
    let differs: Vec<&'static str> = found
        .iter()
        .filter(|(key, value)| match (*key, value.as_text()) {
            ("name", Some(typed)) => !name::same_person(typed, known.title()),
            _ => known.values.get(key) != Some(*value),
        })
        .map(|(key, _)| key)
        .collect();
    if !differs.is_empty() {
        let into = format!("patient/{}", known.id);
        items.merges.push(Merge { kind: Kind::Patient, key: row.key.clone(), into, differs });
    }
    items.share(Kind::Patient, &known.id, at);
    cells.values.put("patient", Some(known.id.as_str().into()));
    None
}

/// Says which keys are missing that the kind can't be without.
fn complete(cells: &mut Cells, layout: &Layout) {
    if layout.kind == Kind::Operator && cells.values.get("role").is_none() {
        cells.values.put("role", Some(Role::Operator.code().into()));
    }
    for field in layout.kind.fields().iter().filter(|field| field.required()) {
        let through =
            field.key == "patient" && OF_PATIENT.into_iter().any(|key| cells.is_spoilt(key));
        if cells.values.get(field.key).is_none() && !cells.is_spoilt(field.key) && !through {
            let heading = layout.heading(Cell::Key(field.key)).unwrap_or(field.key).to_owned();
            cells.flaw(field.key, "missing-key", &heading);
        }
    }
}

/// The row is rejected, is a record that is there, or makes one.
fn place(items: &mut Items<'_, '_>, at: usize, row: &Row, layout: &Layout, cells: Cells) {
    let kind = layout.kind;
    if let Some((_, id)) = items.known(&cells.source) {
        let fate = if items.world().book.has(kind, &id) { Fate::Known } else { Fate::Merged };
        items.share(kind, &id, at);
        return items.decide(at, fate);
    }
    let stands = cells.id.as_ref().and_then(|id| items.get(kind, id));
    if let Some(record) = stands {
        let unreadable = cells.flaws.iter().filter(|(_, reason)| reason.rule != "missing-key");
        let reasons: Vec<Reason> = unreadable.map(|(_, reason)| reason.clone()).collect();
        if reasons.is_empty() {
            return items.join(at, row, &record, &cells.values);
        }
        return items.reject(at, reasons);
    }
    if !cells.flaws.is_empty() {
        return items.reject(at, cells.flaws.into_iter().map(|(_, reason)| reason).collect());
    }
    if kind == Kind::Request
        && cells.id.is_none()
        && let Some(request) = items.asked_before(&cells.values)
        && cells.note.as_ref().is_none_or(|note| has_note(&request, note))
    {
        items.share(kind, &request.id, at);
        return items.decide(at, Fate::Known);
    }
    let called = cells.values.text(if kind == Kind::Specialty { "title" } else { "name" });
    let called = called.unwrap_or_default().to_owned();
    let id = match cells.id.filter(|id| layout::is_id(kind, id)) {
        Some(id) => id,
        None => items.free_id(kind, &cells.values, &called, &cells.source),
    };
    let mut item = Item::new(at, kind, id, cells.source, cells.values, layout.names(kind));
    item.then = cells.note.map(What::Note).into_iter().collect();
    items.add(item);
}

fn has_note(request: &Record, note: &str) -> bool {
    let is_it = |what: &What| matches!(what, What::Note(text) if text == note);
    request.history.iter().any(|event| is_it(&event.what))
}

/// Whether a record of this source was such a row.
pub(super) fn is_row(kind: Kind, source: &str) -> bool {
    source.strip_prefix(kind.code()).is_some_and(|rest| rest.starts_with(':'))
}

/// What a row without an id is known by when it comes again: a keyed hash of what it says.
fn source(key: &str, kind: Kind, said: &str) -> String {
    format!("{}:{:016x}", kind.code(), identify::hash(key, &format!("row/{said}")))
}

/// The layouts of rows, each found out once.
#[derive(Default)]
pub struct Layouts(HashMap<Vec<String>, Result<Rc<Layout>>>);

impl Layouts {
    /// The layout of a row: by its `kind`, where it has one, and its keys.
    ///
    /// # Errors
    /// `refused`: no kind has such columns; two columns hold one key; they are too many.
    pub fn of(&mut self, raw: &Json) -> Result<Rc<Layout>> {
        let kind = raw.get("kind").and_then(Json::as_str).unwrap_or_default();
        let keys = raw.as_object().into_iter().flat_map(|object| object.keys().cloned());
        let name: Vec<String> = std::iter::once(kind.to_owned()).chain(keys).collect();
        if let Some(known) = self.0.get(&name) {
            return known.clone();
        }
        let headings = name.iter().skip(1).map(String::as_str);
        let layout = Layout::of(headings, Kind::from_code(kind)).map(Rc::new);
        self.0.insert(name, layout.clone());
        layout
    }

    /// The headings that mean nothing here, sorted.
    pub fn strange(&self) -> Vec<String> {
        let layouts = self.0.values().flatten();
        let mut strange: Vec<String> =
            layouts.flat_map(|layout| layout.strange()).map(str::to_owned).collect();
        strange.sort();
        strange.dedup();
        strange
    }
}

/// Whether a cell of this form holds a time, which needs its clinic.
fn is_time(form: Form) -> bool {
    matches!(form, Form::Moment | Form::Visit | Form::Range)
}
