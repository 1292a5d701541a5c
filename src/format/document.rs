//! A file of the store as it was found: its text, and what could be read of it. Whatever lies
//! where a record should lie becomes a document, with its problems.

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
    /// A file that is not UTF-8; the bytes before this one are.
    NotUtf8(usize),
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
    /// The text; empty where it could not be loaded.
    pub text: String,
    /// The record, where the text is TOML.
    pub record: Option<Rc<Record>>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Where things stand in the text.
    pub spans: Spans,
}

impl Document {
    /// Reads what a path holds, as a record of this name.
    pub fn new(kind: Kind, id: &str, path: String, found: Found) -> Option<Document> {
        let problem = |rule, span, message: Text, hint: Text| Problem {
            rule,
            span,
            key: None,
            message,
            hint: Some(hint),
        };
        let unread = |path, problem| Document {
            kind,
            id: id.to_owned(),
            path,
            text: String::new(),
            record: None,
            problems: vec![problem],
            spans: Spans::default(),
        };
        Some(match found {
            Found::Nothing => return None,
            Found::Text(text) => {
                let Decoded { record, problems, spans } = decode::record(kind, id, &text);
                let record = record.map(Rc::new);
                Document { kind, id: id.to_owned(), path, text, record, problems, spans }
            }
            Found::NotUtf8(at) => unread(
                path,
                problem(
                    "syntax",
                    at..at,
                    say!("Файл не в UTF-8 (байт {at}).", "The file is not UTF-8 (byte {at})."),
                    say!("Сохраните его в UTF-8.", "Save it as UTF-8."),
                ),
            ),
            Found::Oversized(size) => unread(
                path,
                problem(
                    "oversized-file",
                    0..0,
                    say!(
                        "Файл слишком велик: {size} байт, можно 262144.",
                        "The file is too big: {size} bytes of at most 262144."
                    ),
                    say!("Уберите его из папки с данными.", "Move it out of the data folder."),
                ),
            ),
            Found::Link => unread(
                path,
                problem(
                    "symlink",
                    0..0,
                    say!("Это символическая ссылка.", "This is a symbolic link."),
                    say!("Замените её файлом.", "Put a file in its place."),
                ),
            ),
            Found::NoFile => unread(
                path,
                problem(
                    "misplaced-file",
                    0..0,
                    say!("Это не файл.", "This is no file."),
                    say!("Уберите или переименуйте.", "Move or rename it."),
                ),
            ),
        })
    }

    /// Whether all keys that the kind can't be without could be read.
    pub fn is_whole(&self) -> bool {
        self.record.is_some()
            && !self.problems.iter().any(|p| matches!(p.rule, "bad-value" | "missing-key"))
    }

    /// The record, for a command that needs all of it.
    ///
    /// # Errors
    /// `store`, with the place of the first thing that can't be read.
    pub fn readable(&self) -> Result<Rc<Record>> {
        let problem = self.problems.iter().find(|problem| {
            self.record.is_none() || matches!(problem.rule, "bad-value" | "missing-key")
        });
        match (&self.record, problem) {
            (Some(record), None) => Ok(record.clone()),
            (_, Some(problem)) => Err(self.error(problem)),
            (None, None) => unreachable!("what is not read has a problem"),
        }
    }

    fn error(&self, problem: &Problem) -> Error {
        let (line, column) = decode::line_and_column(&self.text, problem.span.start);
        let (Text { ru, en }, path) = (&problem.message, &self.path);
        Error::store(problem.rule, say!("{path}:{line}: {ru}", "{path}:{line}: {en}"))
            .hint(say!(
                "Исправьте файл; что именно, покажет `appt check`.",
                "Mend the file; `appt check` shows what."
            ))
            .at(path, Some(line), Some(column))
    }
}

/// Something below the records' folders that is no record's file.
#[derive(Debug)]
pub struct Stranger {
    /// Its path, relative to the store.
    pub path: String,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}
