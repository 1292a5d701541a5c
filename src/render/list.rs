//! A list of records in the five formats of section 6.

mod table;

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value as Json};

use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::output::{Format, Output};
use crate::render::json;
use crate::say;
use crate::words::{screen, spreadsheet};

/// A list, ready to be written.
pub struct List {
    /// The columns: key and heading.
    pub columns: Vec<(String, String)>,
    /// The columns of CSV, where nobody picked some.
    pub csv: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row: what a program reads and what a person reads.
pub struct Row {
    /// The id, whole.
    pub id: String,
    /// The record.
    pub object: Map<String, Json>,
    /// The cells, one a column.
    pub cells: Vec<String>,
}

/// The columns of a kind's table, where nobody asks for others.
pub fn default_columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Specialty => &["id", "title", "aliases"],
        Kind::Clinic => &["id", "name", "address", "phone", "specialties"],
        Kind::Operator => &["id", "name", "role", "emails", "active"],
        Kind::Patient => &["id", "name", "passport", "phone"],
        Kind::Request => &[
            "id",
            "status",
            "patient_name",
            "specialty_title",
            "clinic_name",
            "appointment",
            "operator",
            "next",
        ],
    }
}

/// The columns that somebody may ask for.
pub fn known_columns(kind: Kind) -> Vec<&'static str> {
    let mut keys = vec!["id"];
    keys.extend(kind.fields().iter().map(|field| field.key));
    keys.push("updated");
    if kind == Kind::Request {
        keys.extend(["next", "patient_name", "clinic_name", "specialty_title"]);
    }
    keys
}

/// Reads `--columns a,b,c`.
///
/// # Errors
/// `usage` where the kind has no such column, or none is named.
pub fn columns(kind: Kind, asked: Option<&str>) -> Result<Option<Vec<String>>> {
    let Some(asked) = asked else { return Ok(None) };
    let known = known_columns(kind);
    let keys: Vec<String> =
        asked.split(',').map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()).collect();
    if let Some(wrong) = keys.iter().find(|key| !known.contains(&key.as_str())) {
        let known = known.join(", ");
        return Err(Error::usage(
            "columns",
            say!("Нет столбца «{wrong}».", "There is no column “{wrong}”."),
        )
        .hint(say!("Есть: {known}.", "There are: {known}.")));
    }
    if keys.is_empty() {
        return Err(no_columns(&known));
    }
    Ok(Some(keys))
}

/// Columns were asked for and none was named.
pub fn no_columns(known: &[&str]) -> Error {
    let known = known.join(", ");
    Error::usage("columns", say!("Не названо ни одного столбца.", "No column is named."))
        .hint(say!("Есть: {known}.", "There are: {known}."))
}

impl List {
    /// The text in the format that was asked for. `picked` are the columns that somebody chose:
    /// then machine formats have just those.
    pub fn text(&self, output: &Output, picked: bool) -> String {
        let mut sheet = Sheet::new(output, self.columns.clone(), self.csv.clone(), picked);
        for row in &self.rows {
            let cell = |at: usize| screen::measured(row.cells[at].clone());
            sheet.add(&row.id, || row.object.clone(), |_| None, cell);
        }
        sheet.text(None)
    }
}

/// A list under way: each row is written as it comes, and nothing else of it is kept.
pub struct Sheet<'o> {
    output: &'o Output,
    columns: Vec<(String, String)>,
    csv: Vec<&'static str>,
    picked: bool,
    /// The rows, one after the other.
    written: String,
    ends: Vec<usize>,
    /// The cells of a table, row after row.
    cells: Vec<Cell>,
    /// How wide each column is, in terminal columns.
    widths: Vec<usize>,
    /// Whether any cell of it says something.
    filled: Vec<bool>,
    /// By column, the cells that a text alone decides: where each was written first.
    alike: Vec<BTreeMap<String, usize>>,
}

/// A cell of a table.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// Where it ends among what was written.
    end: usize,
    /// How wide it is, in terminal columns.
    width: usize,
}

impl<'o> Sheet<'o> {
    /// An empty one with these columns (key and heading) and, for CSV, these keys where nobody
    /// picked some.
    pub fn new(
        output: &'o Output,
        columns: Vec<(String, String)>,
        csv: Vec<&'static str>,
        picked: bool,
    ) -> Sheet<'o> {
        let widths = columns.iter().map(|(_, heading)| screen::width(heading)).collect();
        let filled = vec![false; columns.len()];
        let (written, ends, cells) = (String::new(), Vec::new(), Vec::new());
        let alike = vec![BTreeMap::new(); columns.len()];
        Sheet { output, columns, csv, picked, written, ends, cells, widths, filled, alike }
    }

    /// Whether people read it: then rows have cells, else objects.
    pub fn has_cells(&self) -> bool {
        self.output.format == Format::Table
    }

    /// Writes a row: only what the format needs is asked for. `cell` is asked for a cell's text,
    /// fit for a screen, and its width; where `decides` has a text, for the first of that text.
    pub fn add<'r>(
        &mut self,
        id: &str,
        object: impl FnOnce() -> Map<String, Json>,
        decides: impl Fn(usize) -> Option<&'r str>,
        cell: impl Fn(usize) -> (String, usize),
    ) {
        match self.output.format {
            Format::Table => {
                for at in 0..self.columns.len() {
                    let decides = decides(at);
                    match decides.and_then(|text| self.alike[at].get(text)) {
                        Some(first) => self.copy(*first),
                        None => {
                            let first = self.cells.len();
                            let (text, width) = cell(at);
                            self.write(at, &text, width);
                            if let Some(text) = decides {
                                self.alike[at].insert(text.to_owned(), first);
                            }
                        }
                    }
                }
            }
            Format::Json | Format::Jsonl => {
                let object = self.object(object());
                self.written.push_str(&json::text(&Json::Object(object)));
            }
            Format::Csv => {
                let object = object();
                let keys = csv_keys(&self.columns, &self.csv, self.picked);
                let cell = |key: &str| csv_cell(object.get(key).unwrap_or(&Json::Null));
                self.written.push_str(&csv_line(keys.iter().map(|key| cell(key))));
            }
            Format::Ids => {
                self.written.push_str(&screen::safe_line(id));
                self.written.push('\n');
            }
        }
        self.ends.push(self.written.len());
    }

    /// Writes a cell of a column.
    fn write(&mut self, column: usize, text: &str, width: usize) {
        self.written.push_str(text);
        self.filled[column] |= !text.trim().is_empty();
        self.widths[column] = self.widths[column].max(width);
        self.cells.push(Cell { end: self.written.len(), width });
    }

    /// Writes a cell once more.
    fn copy(&mut self, cell: usize) {
        self.written.extend_from_within(self.span(cell));
        self.cells.push(Cell { end: self.written.len(), ..self.cells[cell] });
    }

    /// Where a cell stands among what was written.
    fn span(&self, cell: usize) -> Range<usize> {
        cell.checked_sub(1).map_or(0, |before| self.cells[before].end)..self.cells[cell].end
    }

    fn object(&self, mut object: Map<String, Json>) -> Map<String, Json> {
        if !self.picked {
            return object;
        }
        let mut picked = Map::new();
        for (key, _) in &self.columns {
            // A column may be asked for twice; an object has a key once.
            if !picked.contains_key(key) {
                picked.insert(key.clone(), object.remove(key).unwrap_or_default());
            }
        }
        picked
    }

    fn row(&self, at: usize) -> &str {
        &self.written[at.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[at]]
    }

    /// The whole text; `order` says which row comes where, by the order in which they were added.
    pub fn text(self, order: Option<&[usize]>) -> String {
        let as_added: Vec<usize>;
        let order = match order {
            Some(order) => order,
            None => {
                as_added = (0..self.ends.len()).collect();
                &as_added
            }
        };
        let rows = || order.iter().map(|at| self.row(*at));
        match self.output.format {
            Format::Table => self.table(order),
            Format::Json => {
                let mut text = String::with_capacity(self.written.len() + self.ends.len() + 2);
                text.push('[');
                for (at, row) in rows().enumerate() {
                    text.push_str(if at == 0 { "" } else { "," });
                    text.push_str(row);
                }
                text.push(']');
                text
            }
            Format::Jsonl => rows().flat_map(|row| [row, "\n"]).collect(),
            Format::Csv => {
                let keys = csv_keys(&self.columns, &self.csv, self.picked);
                let head = csv_line(keys.iter().map(|key| (*key).to_owned()));
                std::iter::once(head.as_str()).chain(rows()).collect()
            }
            Format::Ids => rows().collect(),
        }
    }
}

/// The columns of CSV.
fn csv_keys<'k>(
    columns: &'k [(String, String)],
    csv: &'k [&'static str],
    picked: bool,
) -> Vec<&'k str> {
    match picked {
        true => columns.iter().map(|(key, _)| key.as_str()).collect(),
        false => csv.to_vec(),
    }
}

fn csv_line(cells: impl Iterator<Item = String>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.collect::<Vec<_>>()).expect("memory takes any row");
    let bytes = writer.into_inner().expect("memory takes any row");
    String::from_utf8(bytes).expect("cells are UTF-8")
}

/// A cell that neither a spreadsheet nor a terminal runs.
fn csv_cell(value: &Json) -> String {
    let text = screen::safe(&csv_text(value)).into_owned();
    spreadsheet::guard(&text).into_owned()
}

/// A value as the text of one cell: of a list the items, with `; ` between them.
pub fn csv_text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(csv_item).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

fn csv_item(item: &Json) -> String {
    match item {
        Json::String(text) => text.clone(),
        Json::Object(range) => {
            let part = |key: &str| range.get(key).and_then(Json::as_str).unwrap_or_default();
            format!("{}/{}", part("start"), part("end"))
        }
        other => other.to_string(),
    }
}

/// «Заявок: 3», for the foot of a table.
pub fn count(kind: Kind, count: usize, lang: Lang) -> String {
    format!("{count} {}", kind.nouns(lang, count))
}
