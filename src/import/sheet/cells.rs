//! The cells of one row, read as the keys that their columns hold.

use chrono::{NaiveDateTime, TimeZone as _};
use chrono_tz::Tz;
use serde_json::Value as Json;

use super::{Cell, Layout, is_time, source};
use crate::format::layout;
use crate::i18n::Text;
use crate::import::items::Items;
use crate::import::{Reason, Row};
use crate::model::clinic;
use crate::model::field::{Field, Form};
use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::model::value::{Value, Values};
use crate::query::typed;
use crate::render::list;
use crate::say;
use crate::when::{self, Frame, Misread};
use crate::words::{name, passport, search, spreadsheet, text};

/// How a moment is written where it is not RFC 3339.
const CLOCKS: [&str; 6] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y %H:%M",
];

/// What a row says.
pub struct Cells {
    /// The id, where it has one of this program.
    pub id: Option<String>,
    /// What it is known by when it comes again.
    pub source: String,
    /// The values of its keys, those that could be read.
    pub values: Values,
    /// Of a request, the values of its patient.
    pub patient: Values,
    /// Its note.
    pub note: Option<String>,
    /// What is wrong: the key that it spoils, and why.
    pub flaws: Vec<(&'static str, Reason)>,
}

/// What a row is known by when it comes again: all that it says, in whatever order.
fn source_of(key: &str, kind: Kind, texts: &[(&str, Cell, String)]) -> String {
    let said = texts.iter().filter(|(_, cell, _)| *cell != Cell::Derived);
    let mut said: Vec<String> =
        said.map(|(_, cell, text)| format!("{}={text}", cell.name())).collect();
    said.sort();
    source(key, kind, &said.join("\n"))
}

impl Cells {
    /// Reads a row.
    pub fn read(items: &Items<'_, '_>, row: &Row, layout: &Layout) -> Cells {
        let mut cells = Cells {
            id: None,
            source: String::new(),
            values: Values::new(),
            patient: Values::new(),
            note: None,
            flaws: Vec::new(),
        };
        let texts: Vec<(&str, Cell, String)> = layout
            .columns
            .iter()
            .filter_map(|(heading, cell)| {
                let text =
                    spreadsheet::unguard(&text_of(row.parts().get(heading)?)).trim().to_owned();
                cell.filter(|_| !text.is_empty()).map(|cell| (heading.as_str(), cell, text))
            })
            .collect();
        cells.source = source_of(&items.world().settings.key, layout.kind, &texts);
        for (heading, cell, text) in &texts {
            match cell {
                Cell::Id if layout::is_id(layout.kind, text) => cells.id = Some(text.clone()),
                Cell::Key(key) => {
                    let field = layout.kind.field(key).expect("a column holds a key of its kind");
                    if !is_time(field.form) {
                        cells.value(items, layout, field, heading, text);
                    }
                }
                Cell::OfPatient(key) => {
                    let field = Kind::Patient.field(key).expect("a column holds a patient's key");
                    cells.of_patient(items, field, heading, text);
                }
                Cell::Note => match text::note(text) {
                    Ok(note) => cells.note = Some(note),
                    Err(_) => cells.flaw("note", "bad-value", heading),
                },
                Cell::Id | Cell::Named(_) | Cell::Derived => {}
            }
        }
        cells.times(items, layout.kind, &texts);
        let rank = |key: &str| layout.kind.fields().iter().position(|field| field.key == key);
        cells.values.sort_by_rank(|key| rank(key).unwrap_or(usize::MAX));
        cells
    }

    /// The times, which are read by the clock of the clinic that the row names.
    fn times(&mut self, items: &Items<'_, '_>, kind: Kind, texts: &[(&str, Cell, String)]) {
        let place = self.values.text("clinic").and_then(|id| items.get(Kind::Clinic, id));
        let world = items.world();
        let frame = Frame::of(world.settings, place.as_deref(), world.now, true);
        for (heading, cell, text) in texts {
            let Cell::Key(key) = cell else { continue };
            let field = kind.field(key).expect("a column holds a key of its kind");
            if !is_time(field.form) {
                continue;
            }
            let zone = match field.form {
                Form::Moment => world.settings.timezone,
                _ => clinic::zone(place.as_deref(), world.settings),
            };
            match time(field, text, &frame, zone) {
                Ok(value) => self.values.put(field.key, Some(value)),
                Err((rule, why)) => {
                    let reason = Reason::new(rule, *heading).because(why);
                    self.flaws.push((field.key, reason));
                }
            }
        }
    }

    /// Whether something is wrong with a key.
    pub fn is_spoilt(&self, key: &str) -> bool {
        self.flaws.iter().any(|(spoilt, _)| *spoilt == key)
    }

    /// Notes what is wrong with a key.
    pub fn flaw(&mut self, key: &'static str, rule: &'static str, heading: &str) {
        self.flaws.push((key, Reason::new(rule, heading)));
    }

    fn value(
        &mut self,
        items: &Items<'_, '_>,
        layout: &Layout,
        field: &'static Field,
        heading: &str,
        text: &str,
    ) {
        // A patient in a request's row may be called by name; the passport then says who it is.
        if field.key == "patient" && find(items, Kind::Patient, text).is_none() && is_name(text) {
            let name = Kind::Patient.field("name").expect("a patient has a name");
            return self.of_patient(items, name, heading, text);
        }
        let texts: Vec<&str> = match field.list {
            true => text.split([';', ',', '\n']).map(str::trim).filter(|t| !t.is_empty()).collect(),
            false => vec![text],
        };
        let from_store = self.id.is_some();
        let mut values = Vec::new();
        for text in texts {
            match one(items, field, text, from_store) {
                Ok(value) => values.push(value),
                Err(rule) => return self.flaw(field.key, rule, heading),
            }
        }
        debug_assert!(layout.kind.field(field.key).is_some(), "a key of the kind");
        values.sort();
        values.dedup();
        let value = if field.list { Some(Value::List(values)) } else { values.pop() };
        self.values.put(field.key, value);
    }

    fn of_patient(
        &mut self,
        items: &Items<'_, '_>,
        field: &'static Field,
        heading: &str,
        text: &str,
    ) {
        match one(items, field, text, false) {
            Ok(value) => self.patient.put(field.key, Some(value)),
            Err(rule) => self.flaw(field.key, rule, heading),
        }
    }
}

/// What a program or a person wrote, as the text of one cell.
fn text_of(value: &Json) -> String {
    list::csv_text(value)
}

fn is_name(text: &str) -> bool {
    !text.contains(|c: char| c.is_ascii_digit()) && name::person(text).is_ok()
}

/// One value of a field, or the rule that it breaks.
fn one(
    items: &Items<'_, '_>,
    field: &Field,
    text: &str,
    from_store: bool,
) -> Result<Value, &'static str> {
    if from_store && field.form == Form::Person {
        return text::line(text, name::LONGEST).map(Value::from).map_err(|unfit| rule(unfit.code));
    }
    if let Form::Reference(kind) = field.form {
        return find(items, kind, text).map(Value::from).ok_or("dangling-reference");
    }
    let read = typed::read(items.world().settings, field, text, |_| unreachable!("no reference"));
    read.map_err(|error| rule(error.rule.unwrap_or_default()))
}

/// The rule of section 7 that a value breaks which was not taken.
fn rule(code: &str) -> &'static str {
    if code == "control-character" { "control-character" } else { "bad-value" }
}

/// The id that a cell refers to: by the id, the passport, or the exact name.
fn find(items: &Items<'_, '_>, kind: Kind, text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if layout::is_id(kind, &lower) && items.get(kind, &lower).is_some() {
        return Some(lower);
    }
    match kind {
        // Of a request that comes in by a later row.
        Kind::Request => layout::is_id(kind, &lower).then_some(lower),
        Kind::Patient => {
            let number = passport::parse(text, items.world().settings.passport).ok()?;
            let found = items.same(kind, &Values::new().with("passport", number))?;
            Some(found.id.clone())
        }
        _ => items.names.one(kind, &search::key(text)).map(str::to_owned),
    }
}

/// The rule that a time breaks, and what is wrong with it.
type Flaw = (&'static str, Option<Text>);

/// A time, in the zone that it belongs to, or the rule that it breaks.
fn time(field: &Field, text: &str, frame: &Frame, zone: Tz) -> Result<Value, Flaw> {
    match field.form {
        Form::Range => ranges(text, frame, zone).map(|ranges| Value::from(ranges.as_slice())),
        _ => match moment(text, zone) {
            Some(at) => Ok(Value::Instant(at)),
            None if field.form == Form::Visit => {
                when::appointment(text, frame, &[]).map(|(at, _)| Value::Instant(at)).map_err(ruled)
            }
            None => Err(("bad-value", None)),
        },
    }
}

/// What was not understood is quoted by its message, and may be anything: then only the rule.
fn ruled(misread: Misread) -> Flaw {
    let rule = if misread.code == "range-order" { "range-order" } else { "bad-value" };
    let is_time = !matches!(misread.code, "not-understood" | "vague");
    let why = is_time.then(|| match &misread.hint {
        Some(hint) => say!(lang; "{} {}", "{} {}", misread.message.get(lang), hint.get(lang)),
        None => misread.message.clone(),
    });
    (rule, why)
}

/// RFC 3339, or a date and a clock.
fn moment(text: &str, zone: Tz) -> Option<Instant> {
    if let Some(at) = range::instant(text) {
        return Some(at.with_timezone(&zone).fixed_offset());
    }
    let naive = CLOCKS.iter().find_map(|clock| NaiveDateTime::parse_from_str(text, clock).ok());
    let naive = naive.filter(|naive| !range::is_leap(naive))?;
    zone.from_local_datetime(&naive).single().map(|at| at.fixed_offset())
}

fn ranges(text: &str, frame: &Frame, zone: Tz) -> Result<Vec<Range>, Flaw> {
    let mut ranges = Vec::new();
    // What a store wrote needs no reading as people write it.
    let exact: Option<Vec<Range>> = text
        .split(';')
        .map(|part| {
            let (start, end) = part.trim().split_once('/')?;
            let local = |at: Instant| at.with_timezone(&zone).fixed_offset();
            let (start, end) = (range::instant(start)?, range::instant(end)?);
            Some(Range { start: local(start), end: local(end) })
        })
        .collect();
    match exact {
        Some(exact) => ranges.extend(exact),
        None => ranges.extend(when::ranges(text, frame).map_err(ruled)?.ranges),
    }
    if ranges.iter().any(|range| !range.is_ordered()) {
        return Err(("range-order", None));
    }
    ranges.sort();
    ranges.dedup();
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in the histories of stores must stay what a row is known by.
    #[test]
    fn a_row_is_known_by_the_same_source_in_every_version() {
        let texts = [
            ("Когда", Cell::Key("patient_ranges"), "ср 9-12".to_owned()),
            ("ФИО", Cell::OfPatient("name"), "Щукин Пётр".to_owned()),
            ("Клиника", Cell::Named("clinic"), "Поликлиника № 1".to_owned()),
            ("id", Cell::Id, "20261123-k7m2qx".to_owned()),
            ("Примечание", Cell::Note, "перезвонить".to_owned()),
            ("Статус", Cell::Derived, "создана".to_owned()),
        ];
        assert_eq!(source_of("key", Kind::Request, &texts), "request:0966200dddf1b872");
        let mut turned = texts.clone();
        turned.reverse();
        assert_eq!(
            source_of("key", Kind::Request, &turned),
            source_of("key", Kind::Request, &texts[..5])
        );
    }
}
