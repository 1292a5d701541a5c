//! A list of records in the five formats of section 6.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde_json::{Map, Value as Json};
use unicode_width::UnicodeWidthStr;

use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::output::{Format, Output};
use crate::render::json;
use crate::say;
use crate::words::{screen, spreadsheet};

/// The columns that a narrow terminal can do without, the least needed first.
const EXPENDABLE: &[&str] = &[
    "emails",
    "aliases",
    "operator",
    "specialty_title",
    "specialties",
    "address",
    "patient_ranges",
    "clinic_name",
    "status",
];

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
/// `usage` where the kind has no such column.
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
    Ok(Some(keys))
}

impl List {
    /// The text in the format that was asked for. `picked` are the columns that somebody chose:
    /// then machine formats have just those.
    pub fn text(&self, output: &Output, picked: bool) -> String {
        match output.format {
            Format::Table => self.table(output, picked),
            Format::Json => {
                let rows =
                    self.rows.iter().map(|row| Json::Object(self.object(row, picked))).collect();
                json::text(&Json::Array(rows))
            }
            Format::Jsonl => self
                .rows
                .iter()
                .map(|row| json::text(&Json::Object(self.object(row, picked))) + "\n")
                .collect(),
            Format::Csv => self.csv(picked),
            Format::Ids => self.rows.iter().map(|row| format!("{}\n", row.id)).collect(),
        }
    }

    fn object(&self, row: &Row, picked: bool) -> Map<String, Json> {
        if !picked {
            return row.object.clone();
        }
        let value = |key: &String| row.object.get(key).cloned().unwrap_or_default();
        self.columns.iter().map(|(key, _)| (key.clone(), value(key))).collect()
    }

    /// The columns that a table of this width has room for: the least needed go first.
    fn fitting(&self, width: usize) -> Vec<usize> {
        let mut kept: Vec<usize> = (0..self.columns.len()).collect();
        let wide = |at: usize| {
            let cells = self.rows.iter().map(|row| row.cells[at].as_str());
            let cells = cells.chain([self.columns[at].1.as_str()]);
            cells.map(UnicodeWidthStr::width).max().unwrap_or(0) + 2
        };
        let widths: Vec<usize> = kept.iter().map(|at| wide(*at)).collect();
        for key in EXPENDABLE {
            let total: usize = kept.iter().map(|at| widths[*at]).sum();
            if total <= width + 2 {
                break;
            }
            kept.retain(|at| self.columns[*at].0 != *key);
        }
        kept
    }

    fn table(&self, output: &Output, picked: bool) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let kept = match output.width {
            Some(width) if !picked => self.fitting(width),
            _ => (0..self.columns.len()).collect(),
        };
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(kept.iter().map(|at| self.columns[*at].1.as_str()));
        for row in &self.rows {
            table.add_row(kept.iter().map(|at| row.cells[*at].as_str()));
        }
        let count = kept.len();
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if at + 1 == count { 0 } else { 2 }));
        }
        if let Some(width) = output.width {
            self.keep_words(&mut table, &kept, width);
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        let mut text = String::new();
        for (at, line) in lines.iter().enumerate() {
            match at {
                0 if output.color => text.push_str(&format!("\u{1b}[1m{line}\u{1b}[0m\n")),
                _ => text.push_str(&format!("{line}\n")),
            }
        }
        text
    }

    /// No column gets narrower than its longest word, so that no name is broken in the middle; not
    /// where the terminal is too narrow for that.
    fn keep_words(&self, table: &mut Table, kept: &[usize], width: usize) {
        let longest = |at: usize| {
            let cells = self.rows.iter().map(|row| row.cells[at].as_str());
            let words = cells.chain([self.columns[at].1.as_str()]).flat_map(|cell| cell.split(' '));
            words.map(UnicodeWidthStr::width).max().unwrap_or(0) + 2
        };
        let longest: Vec<usize> = kept.iter().map(|at| longest(*at)).collect();
        if longest.iter().sum::<usize>() > width + 2 {
            return;
        }
        for (column, longest) in table.column_iter_mut().zip(longest) {
            let longest = u16::try_from(longest).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(longest)));
        }
    }

    fn csv(&self, picked: bool) -> String {
        let keys: Vec<&str> = if picked {
            self.columns.iter().map(|(key, _)| key.as_str()).collect()
        } else {
            self.csv.clone()
        };
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&keys).expect("memory takes any row");
        for row in &self.rows {
            let cell = |key: &&str| csv_cell(row.object.get(*key).unwrap_or(&Json::Null));
            writer.write_record(keys.iter().map(cell)).expect("memory takes any row");
        }
        let bytes = writer.into_inner().expect("memory takes any row");
        String::from_utf8(bytes).expect("cells are UTF-8")
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A narrow terminal gets fewer columns, the least needed gone first, and no broken words.
    #[test]
    fn a_narrow_terminal_gets_fewer_columns() {
        let keys = ["id", "patient_name", "specialty_title", "operator"];
        let cells = ["k7m", "Щукин Пётр Фёдорович", "Оториноларинголог", "Анна Смирнова"];
        let row = Row {
            id: "k7m".to_owned(),
            object: Map::new(),
            cells: cells.map(str::to_owned).to_vec(),
        };
        let columns = keys.map(|key| (key.to_owned(), key.to_owned())).to_vec();
        let list = List { columns, csv: Vec::new(), rows: vec![row] };
        assert_eq!(list.fitting(80), [0, 1, 2, 3]);
        assert_eq!(list.fitting(50), [0, 1, 2]);
        assert_eq!(list.fitting(30), [0, 1]);
        assert_eq!(list.fitting(5), [0, 1]);
    }

    #[test]
    fn no_word_of_a_name_is_broken_while_there_is_room_for_it() {
        let keys = ["patient_name", "next"].map(|key| (key.to_owned(), key.to_owned()));
        let text = "сообщить пациенту, когда его ждут, и что взять с собой, и куда идти";
        let cells = ["Салтыков-Щедрин Глеб", text].map(str::to_owned).to_vec();
        let row = Row { id: String::new(), object: Map::new(), cells };
        let list = List { columns: keys.to_vec(), csv: Vec::new(), rows: vec![row] };
        for width in [30, 36, 50] {
            let output = Output {
                format: Format::Table,
                lang: Lang::Ru,
                color: false,
                ascii: false,
                width: Some(width),
                reveal: false,
                quiet: false,
            };
            let table = list.text(&output, false);
            for word in ["Салтыков-Щедрин", "Глеб", "сообщить", "пациенту,"]
            {
                assert!(table.contains(word), "{width}: {word}\n{table}");
            }
            assert!(table.lines().all(|line| line.width() <= width), "{width}\n{table}");
        }
    }
}
