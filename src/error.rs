//! The one error at the edge: what went wrong, in both languages, and the exit code it means
//! (`spec.md`, section 6).

use serde_json::{Map, Value as Json, json};

use crate::i18n::{Lang, Text};
use crate::say;
use crate::words::Unfit;

/// Anything that ends a command without its result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is. Each has one exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The command line can't be understood, or a value is missing and there is no one to ask.
    Usage,
    /// Understood, but a rule forbids it. Nothing was written.
    Refused,
    /// There is no such record.
    NotFound,
    /// A name fits several records.
    Ambiguous,
    /// Somebody else holds the lock.
    Busy,
    /// The record changed meanwhile.
    Conflict,
    /// This operator may not.
    Forbidden,
    /// The store can't be read or written.
    Store,
    /// Ctrl-C.
    Interrupted,
}

impl Code {
    /// The process's exit code.
    pub fn exit(self) -> u8 {
        match self {
            Code::Usage => 2,
            Code::Refused => 3,
            Code::NotFound | Code::Ambiguous => 4,
            Code::Busy | Code::Conflict => 5,
            Code::Forbidden => 6,
            Code::Store => 7,
            Code::Interrupted => 130,
        }
    }

    /// The `code` of the error in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Code::Usage => "usage",
            Code::Refused => "refused",
            Code::NotFound => "not-found",
            Code::Ambiguous => "ambiguous",
            Code::Busy => "busy",
            Code::Conflict => "conflict",
            Code::Forbidden => "forbidden",
            Code::Store => "store",
            Code::Interrupted => "interrupted",
        }
    }
}

/// A failure, for a tired operator with a patient on the line: what, where, what to do instead.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// What kind of failure.
    pub code: Code,
    /// The rule that it breaks, or a finer name of what happened.
    pub rule: Option<&'static str>,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Option<Text>,
    /// Where, in the store. Boxed, since most errors have no place.
    pub place: Option<Box<Place>>,
}

/// The finer names of failures that somebody asks about, to go on in another way.
pub mod rule {
    /// A file or a stream could not be read or written.
    pub const IO: &str = "io";
    /// The journal of an interrupted write is damaged.
    pub const JOURNAL: &str = "journal";
    /// There is no store here.
    pub const NO_STORE: &str = "no-store";
    /// The store is of another format.
    pub const FORMAT: &str = "format";
    /// Git can't be run.
    pub const NO_GIT: &str = "no-git";
    /// Git does not know who commits.
    pub const NO_IDENTITY: &str = "no-identity";
    /// Somebody changed the record while a question waited.
    pub const CHANGED_MEANWHILE: &str = "changed-meanwhile";
    /// Somebody waits for the data no more.
    pub const GIVEN_UP: &str = "given-up";
    /// Days without hours.
    pub const DAY_ALONE: &str = "day-alone";
}

/// A place in a file of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path, relative to the store.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
}

/// The line and the column of what is no JSON, both from 1; columns count characters, as everywhere.
pub fn place_of_json(text: &str, error: &serde_json::Error) -> (usize, usize) {
    let line = error.line();
    let before = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let bytes = error.column().min(before.len());
    let column = String::from_utf8_lossy(&before.as_bytes()[..bytes]).chars().count();
    (line, column)
}

impl Error {
    /// A failure with a finer name.
    pub fn new(code: Code, rule: &'static str, message: Text) -> Error {
        Error { code, rule: Some(rule), message, hint: None, place: None }
    }

    /// Whether it is the failure of this finer name.
    pub fn is(&self, rule: &str) -> bool {
        self.rule == Some(rule)
    }

    /// A rule forbids it.
    pub fn refused(rule: &'static str, message: Text) -> Error {
        Error::new(Code::Refused, rule, message)
    }

    /// The command line lacks something.
    pub fn usage(rule: &'static str, message: Text) -> Error {
        Error::new(Code::Usage, rule, message)
    }

    /// The store failed.
    pub fn store(rule: &'static str, message: Text) -> Error {
        Error::new(Code::Store, rule, message)
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: Text) -> Error {
        self.hint = Some(hint);
        self
    }

    /// Adds where.
    pub fn at(
        mut self,
        file: impl Into<String>,
        line: Option<usize>,
        column: Option<usize>,
    ) -> Error {
        self.place = Some(Box::new(Place { file: file.into(), line, column }));
        self
    }

    /// An input or output error on a file.
    pub fn io(doing: &Text, path: &str, error: &std::io::Error) -> Error {
        let Text { ru, en } = doing;
        let why = why(error);
        Error::store(
            rule::IO,
            Text {
                ru: format!("Не удалось {ru}: {path} ({}).", why.ru),
                en: format!("Could not {en}: {path} ({}).", why.en),
            },
        )
        .at(path, None, None)
    }

    /// The object that `--json` prints on standard error.
    pub fn to_json(&self, lang: Lang) -> Json {
        let mut error = Map::new();
        error.insert("code".into(), json!(self.code.name()));
        error.insert("rule".into(), json!(self.rule));
        error.insert("message".into(), json!(self.message.get(lang)));
        error.insert("hint".into(), json!(self.hint.as_ref().map(|hint| hint.get(lang))));
        let place = self.place.as_deref();
        error.insert("file".into(), json!(place.map(|place| &place.file)));
        error.insert("line".into(), json!(place.and_then(|place| place.line)));
        error.insert("column".into(), json!(place.and_then(|place| place.column)));
        json!({ "error": error })
    }
}

/// Why the system would not, in words; what it says itself where there are none.
pub fn why(error: &std::io::Error) -> Text {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => say!("такого файла нет", "there is no such file"),
        ErrorKind::PermissionDenied => say!("нет прав", "permission denied"),
        ErrorKind::ReadOnlyFilesystem => say!("только для чтения", "read-only"),
        ErrorKind::StorageFull => say!("на диске нет места", "the disk is full"),
        ErrorKind::QuotaExceeded => say!("исчерпана квота диска", "the disk quota is used up"),
        ErrorKind::IsADirectory => say!("это папка", "it is a folder"),
        ErrorKind::NotADirectory => say!("это не папка", "it is no folder"),
        ErrorKind::AlreadyExists => say!("уже есть", "it exists already"),
        ErrorKind::FileTooLarge => say!("файл слишком велик", "the file is too large"),
        kind => say!("ошибка системы: {kind}", "{kind}"),
    }
}

impl From<Unfit> for Error {
    fn from(unfit: Unfit) -> Error {
        let Unfit { code, message, hint } = unfit;
        Error { hint, ..Error::refused(code, message) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_json_names_everything_or_null() {
        let error = Error::refused("range-order", say!("Раз.", "One.")).at("a.toml", Some(3), None);
        insta::assert_snapshot!(error.to_json(Lang::En), @r#"{"error":{"code":"refused","rule":"range-order","message":"One.","hint":null,"file":"a.toml","line":3,"column":null}}"#);
    }
}
