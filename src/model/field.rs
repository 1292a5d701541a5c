//! The table of fields: one row a key, from which files, flags, columns, JSON, events and the
//! schema follow. A new field is a new row in its kind's file; a flag of a request or a patient is read
//! in `cmd/request/new.rs` as well.

use crate::i18n::Lang;
use crate::model::kind::Kind;

/// One key of a record.
#[derive(Debug, Clone)]
pub struct Field {
    /// The key in files and JSON.
    pub key: &'static str,
    /// What one value looks like.
    pub form: Form,
    /// Whether it holds several values: kept sorted, since their order says nothing.
    pub list: bool,
    /// Whether a record can be without it.
    pub need: Need,
    /// Whether what it holds may be shown to others.
    pub privacy: Privacy,
    /// The flag of `new` and `edit` (a list's in the singular); without one, only the commands of
    /// a request's life write the key.
    pub flag: Option<&'static str>,
    /// What a person calls it: Russian, English.
    pub title: (&'static str, &'static str),
    /// One line of help for the flag: Russian, English.
    pub help: (&'static str, &'static str),
}

impl Field {
    /// What a person calls it.
    pub fn title(&self, lang: Lang) -> &'static str {
        lang.of(self.title.0, self.title.1)
    }

    /// Whether a record must have it (a list: at least one item).
    pub fn required(&self) -> bool {
        matches!(self.need, Need::Required)
    }
}

/// Whether a record can be without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It can't.
    Required,
    /// It can.
    Optional,
    /// It can, and then means `true`.
    DefaultTrue,
}

/// Whether a value may stand where others read it: in a finding of `check` (`spec.md`, section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// It tells who somebody is.
    Personal,
    /// It tells of nobody: an id, a code, a time.
    Public,
}

/// What one value looks like (`spec.md`, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One line of text, at most so many characters.
    Line(usize),
    /// A person's name.
    Person,
    /// E.164, `+79991234567`.
    Phone,
    /// By the store's `passport` setting.
    Passport,
    /// The id of another record.
    Reference(Kind),
    /// `08:00-20:00`.
    Hours,
    /// An IANA time zone.
    Zone,
    /// An e-mail address.
    Email,
    /// `operator` or `admin`.
    Role,
    /// A request's status.
    Status,
    /// `true` or `false`.
    Flag,
    /// An instant in the store's zone.
    Moment,
    /// An instant in the clinic's zone.
    Visit,
    /// A range in the clinic's zone.
    Range,
}

impl Form {
    /// Whether it is a time by the clock of a clinic; other moments are by the store's.
    pub fn is_by_clinic(self) -> bool {
        matches!(self, Form::Visit | Form::Range)
    }
}
