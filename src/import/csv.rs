//! `csv`: a spreadsheet, as Excel, LibreOffice or `export csv` write it. The delimiter and the
//! encoding are found out; the first row holds the headings (`sheet`).

use std::sync::Arc;

use encoding_rs::{Encoding, WINDOWS_1251};
use serde_json::{Map, Value as Json, json};

use crate::error::{Error, Result};
use crate::i18n::{Lang, Text};
use crate::import::items::Items;
use crate::import::sheet::{self, Layout, Layouts};
use crate::import::{Format, Raw, Reason, Row, Work, django, jsonl};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::{say, tr};

/// The format.
pub const FORMAT: Format = Format { name: "csv", text, read, plan };

/// What may stand between cells.
const DELIMITERS: [char; 3] = [';', '\t', ','];

/// The text of a file: by its byte order mark, as UTF-8, or else as Windows-1251, which Excel
/// writes in Russia.
fn text(bytes: Vec<u8>) -> Result<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        let (text, broken) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return if broken { Err(unreadable(encoding)) } else { Ok(text.into_owned()) };
    }
    String::from_utf8(bytes).or_else(|error| {
        let bytes = error.as_bytes();
        let (text, broken) = WINDOWS_1251.decode_without_bom_handling(bytes);
        // Control characters are what other encodings look like when read as this one.
        let strange = text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        if broken || strange { Err(unreadable(WINDOWS_1251)) } else { Ok(text.into_owned()) }
    })
}

fn unreadable(tried: &'static Encoding) -> Error {
    let tried = tried.name();
    Error::refused(
        "syntax",
        say!(
            "Кодировка файла не распознана: это не UTF-8 и не {tried}. Ничего не записано.",
            "The file's encoding is not known: it is neither UTF-8 nor {tried}. Nothing was written."
        ),
    )
    .hint(say!("Сохраните его в UTF-8.", "Save it as UTF-8."))
}

/// Takes a text apart. What was rejected comes back as an array of JSON.
fn read(text: &Arc<String>) -> Result<Vec<Row>> {
    if is_json(text) {
        let mut layouts = Layouts::default();
        let rows: Vec<Json> = serde_json::from_str(text).map_err(|error| syntax(error.line()))?;
        django::is_no_dump(&rows)?;
        let row = |(at, raw)| {
            let row = jsonl::row(at, raw, &mut layouts);
            Row { key: format!("#{}", at + 1), ..row }
        };
        return Ok(rows.into_iter().enumerate().map(row).collect());
    }
    let mut reader = csv::ReaderBuilder::new();
    let delimiter = u8::try_from(delimiter(text)).expect("delimiters are ASCII");
    if let Some(line) = unclosed(text, delimiter) {
        return Err(open_quote(line));
    }
    reader.delimiter(delimiter).has_headers(false).flexible(true);
    let mut reader = reader.from_reader(text.as_bytes());
    let mut records = reader.records();
    let headings: Vec<String> = match records.next() {
        Some(first) => first.map_err(|error| broken(&error))?.iter().map(heading).collect(),
        None => Vec::new(),
    };
    let named = headings.iter().map(String::as_str).filter(|heading| !heading.is_empty());
    let layout = Layout::of(named, None)?;
    lacking(&layout)?;
    let mut rows = Vec::new();
    let mut counted = Counted::default();
    for cells in records {
        let cells = cells.map_err(|error| broken(&error))?;
        let number = counted.row(text, &cells);
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let raw = raw(&headings, &cells);
        rows.push(Row {
            key: format!("#{number}"),
            model: layout.kind.code().to_owned(),
            raw: Raw::Parts(raw),
        });
    }
    Ok(rows)
}

/// Rows as a spreadsheet counts them: from 1, the headings and empty ones too; a cell of several lines
/// is in one row.
#[derive(Default)]
struct Counted {
    /// How far the text is counted.
    at: usize,
    /// The lines before that.
    lines: usize,
    /// Those of them that are within a cell.
    within: usize,
}

impl Counted {
    /// The number of a row that lies after those that were asked for before.
    fn row(&mut self, text: &str, cells: &csv::StringRecord) -> usize {
        let start = cells.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
        // Empty lines before it are passed over by the reader.
        let rest = text.as_bytes().get(start..).unwrap_or_default();
        let start = start + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let feeds = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
        self.lines += feeds(text.as_bytes().get(self.at..start).unwrap_or_default());
        self.at = start;
        let number = 1 + self.lines - self.within;
        self.within += cells.iter().map(|cell| feeds(cell.as_bytes())).sum::<usize>();
        number
    }
}

/// A row under its headings; what stands beyond them, or under none, is kept by its number.
fn raw(headings: &[String], cells: &csv::StringRecord) -> Json {
    let mut object: Map<String, Json> = headings
        .iter()
        .enumerate()
        .filter(|(_, heading)| !heading.is_empty())
        .map(|(at, heading)| (heading.clone(), json!(cells.get(at).unwrap_or_default())))
        .collect();
    for (at, cell) in cells.iter().enumerate() {
        if headings.get(at).is_none_or(String::is_empty) && !cell.trim().is_empty() {
            object.insert(format!("#{}", at + 1), json!(cell));
        }
    }
    Json::Object(object)
}

fn heading(cell: &str) -> String {
    cell.trim().trim_end_matches([':', '*']).trim().to_owned()
}

fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', ']']))
}

/// The delimiter that the first row has most of, outside of quotation marks.
fn delimiter(text: &str) -> char {
    let mut counts = [0; DELIMITERS.len()];
    let mut quoted = false;
    for c in text.chars().take_while(|c| *c != '\n') {
        match DELIMITERS.iter().position(|delimiter| *delimiter == c) {
            _ if c == '"' => quoted = !quoted,
            Some(at) if !quoted => counts[at] += 1,
            _ => {}
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let at = counts.iter().position(|count| *count == most).unwrap_or_default();
    if most == 0 { ',' } else { DELIMITERS[at] }
}

/// The line in which a quoted cell begins that nothing ends, where there is one: it has swallowed all
/// rows after it, and the reader takes that for a cell.
fn unclosed(text: &str, delimiter: u8) -> Option<usize> {
    let mut bytes = text.bytes().peekable();
    let (mut line, mut begins, mut quoted) = (1, true, None);
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted.is_some() => {
                quoted = quoted.filter(|_| bytes.next_if_eq(&b'"').is_some())
            }
            b'"' if begins => quoted = Some(line),
            _ => {}
        }
        begins = quoted.is_none() && (byte == delimiter || matches!(byte, b'\n' | b'\r'));
        line += usize::from(byte == b'\n');
    }
    quoted
}

fn open_quote(line: usize) -> Error {
    Error::refused(
        "syntax",
        say!(
            "Кавычка открыта и не закрыта: строка {line}. Ячейка заняла бы все строки до конца файла. Ничего не записано.",
            "A quotation mark is never closed: line {line}. The cell would take all rows to the file's end. Nothing was written."
        ),
    )
    .hint(say!(
        "Закройте её; кавычку внутри ячейки удвойте.",
        "Close it; a quotation mark inside a cell is doubled."
    ))
    .at("", Some(line), None)
}

/// Whether every column is there that no row can do without.
fn lacking(layout: &Layout) -> Result<()> {
    let missing = layout.missing();
    let of_request = layout.of_request();
    if !of_request.is_empty() {
        let named = of_request.iter().map(|heading| format!("«{heading}»"));
        let named = named.collect::<Vec<_>>().join(", ");
        return Err(Error::refused(
            "missing-key",
            say!(
                "Это заявки ({named}), но столбцы заявки есть не все. Ничего не записано.",
                "These are requests ({named}), but some columns of a request are missing. Nothing was written."
            ),
        )
        .hint(known(layout, &layout.unasked())));
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        "missing-key",
        say!(lang;
            "{}: не хватает столбцов: {}. Ничего не записано.",
            "{}: columns are missing: {}. Nothing was written.",
            layout.kind.many(lang),
            missing.iter().map(|field| field.title(lang)).collect::<Vec<_>>().join(", ")),
    )
    .hint(match layout.kind {
        Kind::Request => known(layout, &[]),
        _ => say!(lang;
            "Добавьте их; заголовок — название столбца или ключ (`appt export csv --raw --kind {}` покажет ключи).",
            "Add them; a heading is the title of a column or its key (`appt export csv --raw --kind {}` shows the keys).",
            layout.kind.code()
        ),
    }))
}

/// What keeps a table from being one of requests: the headings that mean nothing there, the columns
/// that it lacks, where that is not said yet, and what columns may be called.
fn known(layout: &Layout, missing: &[&Field]) -> Text {
    let unknown = layout.unknown_of_request();
    let quoted = |lang: Lang| {
        let quoted = unknown.iter().map(|heading| tr!(lang, "«{heading}»", "“{heading}”"));
        quoted.collect::<Vec<_>>().join(", ")
    };
    let unknown_said = |lang: Lang| match unknown.is_empty() {
        true => String::new(),
        false => tr!(lang, "Неизвестные заголовки: {}. ", "Unknown headings: {}. ", quoted(lang)),
    };
    let missing_said = |lang: Lang| match missing.is_empty() {
        true => String::new(),
        false => {
            let titles = missing.iter().map(|field| field.title(lang));
            let titles = titles.collect::<Vec<_>>().join(", ");
            tr!(lang, "Не хватает: {titles}. ", "Missing: {titles}. ")
        }
    };
    say!(lang;
        "{}{}Известные заголовки, по столбцам: {}.",
        "{}{}The headings that are known, column by column: {}.",
        unknown_said(lang),
        missing_said(lang),
        sheet::known(lang).join("; "))
}

fn broken(error: &csv::Error) -> Error {
    syntax(error.position().map_or(1, |at| usize::try_from(at.line()).unwrap_or(usize::MAX)))
}

fn syntax(line: usize) -> Error {
    Error::refused(
        "syntax",
        say!(
            "Таблица не читается: строка {line}. Ничего не записано.",
            "The table can't be read: line {line}. Nothing was written."
        ),
    )
    .hint(say!("Сохраните её в CSV заново.", "Save it as CSV anew."))
    .at("", Some(line), None)
}

/// Gives every row its fate.
fn plan(rows: &[Row], work: &mut Work<'_>) {
    let mut layouts = Layouts::default();
    let mut items = Items::new(work);
    for (at, row) in rows.iter().enumerate() {
        match layouts.of(&row.json()) {
            Ok(layout) => sheet::take(&mut items, at, row, &layout),
            Err(_) => items.reject(at, vec![Reason::new("bad-value", "headings")]),
        }
    }
    items.settle();
    work.strange = layouts.strange();
}
