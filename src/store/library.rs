//! The records of a store, read when they are asked for and then kept for the command's life.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::format::decode::{self, Decoded, Problem, Spans};
use crate::format::layout;
use crate::i18n::Text;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::say;
use crate::store::disk::{self, Found};
use crate::store::journal::Step;

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
    fn new(kind: Kind, id: &str, path: String, found: Found) -> Option<Document> {
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

/// Which record.
type Name = (Kind, String);

/// The records of a store as they are now.
pub struct Library<'s> {
    root: &'s Path,
    documents: RefCell<HashMap<Name, Option<Rc<Document>>>>,
    ids: RefCell<HashMap<Kind, Rc<Vec<String>>>>,
    failure: RefCell<Option<Error>>,
    /// An interrupted write that can't be completed here: seen as if it were.
    pending: HashMap<String, Option<String>>,
}

impl<'s> Library<'s> {
    /// Nothing is read yet.
    pub fn new(root: &'s Path) -> Library<'s> {
        Library {
            root,
            documents: RefCell::default(),
            ids: RefCell::default(),
            failure: RefCell::default(),
            pending: HashMap::new(),
        }
    }

    /// The same with an interrupted write laid over it, for a store that can't be written.
    pub fn with_pending(mut self, steps: Vec<Step>) -> Library<'s> {
        self.pending = steps.into_iter().map(|step| (step.path, step.after)).collect();
        self
    }

    /// The file of a record; none where there is no file, or where the id is none.
    pub fn document(&self, kind: Kind, id: &str) -> Option<Rc<Document>> {
        if !layout::is_id(kind, id) {
            return None;
        }
        let name = (kind, id.to_owned());
        if let Some(known) = self.documents.borrow().get(&name) {
            return known.clone();
        }
        let path = layout::path(kind, id);
        let found = match self.pending.get(&path) {
            Some(Some(text)) => Ok(Found::Text(text.clone())),
            Some(None) => Ok(Found::Nothing),
            None => disk::read(self.root, &path),
        };
        let document = match found {
            Ok(found) => Document::new(kind, id, path, found).map(Rc::new),
            Err(error) => {
                self.fail(&path, &error);
                None
            }
        };
        self.documents.borrow_mut().insert(name, document.clone());
        document
    }

    /// All files below the records' folders that are no record: misplaced, or of a wrong name.
    pub fn strangers(&self) -> Vec<String> {
        Kind::ALL
            .into_iter()
            .flat_map(|kind| self.entries(kind))
            .filter(|path| layout::record_at(path).is_none())
            .collect()
    }

    /// What could not be read at all, if anything.
    ///
    /// # Errors
    /// `store`: the first failure since the library was made.
    pub fn check(&self) -> Result<()> {
        self.failure.borrow().clone().map_or(Ok(()), Err)
    }

    fn entries(&self, kind: Kind) -> Vec<String> {
        let found = disk::entries(self.root, kind.folder());
        let mut paths = found.unwrap_or_else(|error| {
            self.fail(kind.folder(), &error);
            Vec::new()
        });
        if !self.pending.is_empty() {
            paths.retain(|path| !self.pending.contains_key(path));
            let comes = self.pending.iter().filter(|(_, after)| after.is_some());
            paths.extend(
                comes.map(|(path, _)| path).filter(|p| layout::kind_of(p) == Some(kind)).cloned(),
            );
        }
        paths
    }

    fn fail(&self, path: &str, error: &std::io::Error) {
        let error = Error::io(&say!("прочитать", "read"), path, error);
        self.failure.borrow_mut().get_or_insert(error);
    }
}

impl Book for Library<'_> {
    fn get(&self, kind: Kind, id: &str) -> Option<Rc<Record>> {
        self.document(kind, id).and_then(|document| document.record.clone())
    }

    fn has(&self, kind: Kind, id: &str) -> bool {
        self.document(kind, id).is_some()
    }

    fn ids(&self, kind: Kind) -> Rc<Vec<String>> {
        if let Some(known) = self.ids.borrow().get(&kind) {
            return known.clone();
        }
        let mut ids: Vec<String> = self
            .entries(kind)
            .iter()
            .filter_map(|path| layout::record_at(path))
            .map(|(_, id)| id.to_owned())
            .collect();
        ids.sort();
        let ids = Rc::new(ids);
        self.ids.borrow_mut().insert(kind, ids.clone());
        ids
    }
}
