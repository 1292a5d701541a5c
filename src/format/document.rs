//! A file of the store as it was found: its text, and what could be read of it. Whatever lies
//! where a record should lie becomes a document, with its problems.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::format::decode::{self, Decoded, Problem, Spans};
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::say;

/// The size over which no record is loaded, in bytes.
pub const LIMIT: u64 = 256 * 1024;

/// What lies at a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// A text.
    Text(String),
    /// A file that is not UTF-8: the text before the first byte that is not.
    NotUtf8(String),
    /// A file over [`LIMIT`].
    Oversized(u64),
    /// A symbolic link, or something below one.
    Link,
    /// A folder or a device.
    NoFile,
    /// Nothing.
    Nothing,
}

/// A file of a record: its text, and what could be read of it.
#[derive(Debug)]
pub struct Document {
    /// What it should hold.
    pub kind: Kind,
    /// The id that its name gives.
    pub id: String,
    /// Its path, relative to the store.
    pub path: String,
    /// The text; empty where it could not be loaded, and what comes before the first byte that is
    /// not UTF-8.
    pub text: String,
    /// Whether the text is all that the file holds.
    pub is_all: bool,
    /// The record, where the text is TOML.
    pub record: Option<Rc<Record>>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Whether the text is known to be in its canonical form.
    pub is_canonical: bool,
    spans: OnceCell<Spans>,
}

/// A file that was read, before anybody shares its record: one thread may hand it to another.
pub struct Page {
    kind: Kind,
    id: String,
    path: String,
    text: String,
    is_all: bool,
    decoded: Decoded,
}

impl Page {
    /// Reads what a path holds, as a record of this name.
    pub fn new(kind: Kind, id: &str, path: String, found: Found) -> Option<Page> {
        if found == Found::Nothing {
            return None;
        }
        let id = id.to_owned();
        let (text, decoded, is_all) = match text_of(found) {
            Ok(text) => {
                let decoded = decode::record(kind, &id, &text);
                (text, decoded, true)
            }
            Err(unread) => {
                let (text, problem) = *unread;
                (text, Decoded::nothing(problem), false)
            }
        };
        Some(Page { kind, id, path, text, is_all, decoded })
    }
}

impl From<Page> for Document {
    fn from(page: Page) -> Document {
        let Page { kind, id, path, text, is_all, decoded } = page;
        let Decoded { record, problems, spans } = decoded;
        let (record, is_canonical) = (record.map(Rc::new), spans.is_none());
        let spans = spans.map_or_else(OnceCell::new, OnceCell::from);
        Document { kind, id, path, text, is_all, record, problems, is_canonical, spans }
    }
}

impl Document {
    /// Reads what a path holds, as a record of this name.
    pub fn new(kind: Kind, id: &str, path: String, found: Found) -> Option<Document> {
        Page::new(kind, id, path, found).map(Document::from)
    }

    /// Where things stand in the text.
    pub fn spans(&self) -> &Spans {
        self.spans.get_or_init(|| decode::spans(&self.text))
    }

    /// Whether all keys that the kind can't be without could be read.
    pub fn is_whole(&self) -> bool {
        self.record.is_some() && !self.problems.iter().any(|problem| self.spoils(problem))
    }

    /// The record, for a command that needs all of it.
    ///
    /// # Errors
    /// `store`, with the place of the first thing that can't be read.
    pub fn readable(&self) -> Result<Rc<Record>> {
        let problem = self.problems.iter().find(|p| self.record.is_none() || self.spoils(p));
        match (&self.record, problem) {
            (Some(record), None) => Ok(record.clone()),
            (_, Some(problem)) => Err(self.error(problem)),
            (None, None) => unreachable!("what is not read has a problem"),
        }
    }

    /// Whether a problem keeps a command from trusting what was read. A key with a typing error is
    /// carried along, unless it is one that no record can be without.
    fn spoils(&self, problem: &Problem) -> bool {
        let field = problem.key.as_deref().and_then(|key| self.kind.field(key));
        match problem.rule {
            "bad-value" | "missing-key" => problem.key.is_some(),
            _ => field.is_some_and(|field| field.required()),
        }
    }

    /// Whether what was read of a key is not all that the file says.
    pub fn is_spoilt(&self, key: &str) -> bool {
        self.problems.iter().any(|problem| problem.key.as_deref() == Some(key))
    }

    fn error(&self, problem: &Problem) -> Error {
        let (line, column) = decode::line_and_column(&self.text, problem.span.start);
        let (Text { ru, en }, path) = (&problem.message, &self.path);
        let check = || {
            say!(
                "Исправьте файл; что именно, покажет `appt check`.",
                "Mend the file; `appt check` shows what."
            )
        };
        Error::store(problem.rule, say!("{path}:{line}: {ru}", "{path}:{line}: {en}"))
            .hint(problem.hint.clone().unwrap_or_else(check))
            .at(path, Some(line), Some(column))
    }
}

/// The text of what was found.
///
/// # Errors
/// What is wrong where there is none, with as much of a text as there is.
pub fn text_of(found: Found) -> Result<String, Box<(String, Problem)>> {
    let (rule, message, hint) = match found {
        Found::Text(text) => return Ok(text),
        Found::NotUtf8(before) => {
            let at = before.len();
            let problem = Problem {
                rule: "syntax",
                span: at..at,
                key: None,
                message: say!("Файл не в UTF-8 (байт {at}).", "The file is not UTF-8 (byte {at})."),
                hint: Some(say!("Сохраните его в UTF-8.", "Save it as UTF-8.")),
            };
            return Err(Box::new((before, problem)));
        }
        Found::Oversized(size) => (
            "oversized-file",
            say!(
                "Файл слишком велик: {size} байт, можно {LIMIT}.",
                "The file is too big: {size} bytes of at most {LIMIT}."
            ),
            say!(
                "Верните прежний из git или уберите его из папки с данными.",
                "Take the earlier one back from git, or move it out of the data folder."
            ),
        ),
        Found::Link => (
            "symlink",
            say!("Это символическая ссылка.", "This is a symbolic link."),
            say!("Замените её файлом.", "Put a file in its place."),
        ),
        Found::NoFile | Found::Nothing => (
            "misplaced-file",
            say!(
                "Это не файл, хотя называется как запись.",
                "This is no file, though it is named like a record."
            ),
            say!("Уберите или переименуйте.", "Move or rename it."),
        ),
    };
    let problem = Problem { rule, span: 0..0, key: None, message, hint: Some(hint) };
    Err(Box::new((String::new(), problem)))
}

/// Something below the records' folders that is no record's file.
#[derive(Debug)]
pub struct Stranger {
    /// Its path, relative to the store.
    pub path: String,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}
