//! The five kinds of record (`spec.md`, sections 1 and 3).

use crate::i18n::Lang;
use crate::model::field::Field;
use crate::model::{clinic, operator, patient, request, specialty};

/// What a record is about. A kind's code names it in files, flags and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What a doctor is a doctor of.
    Specialty,
    /// Where doctors see patients.
    Clinic,
    /// Who answers the phone.
    Operator,
    /// Who phones.
    Patient,
    /// A patient's wish for an appointment, and what became of it.
    Request,
}

impl Kind {
    /// All of them; what a record refers to comes before it.
    pub const ALL: [Kind; 5] =
        [Kind::Specialty, Kind::Clinic, Kind::Operator, Kind::Patient, Kind::Request];

    /// The code: `request`.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Specialty => "specialty",
            Kind::Clinic => "clinic",
            Kind::Operator => "operator",
            Kind::Patient => "patient",
            Kind::Request => "request",
        }
    }

    /// The folder of the store that holds them: `requests`.
    pub fn folder(self) -> &'static str {
        match self {
            Kind::Specialty => "specialties",
            Kind::Clinic => "clinics",
            Kind::Operator => "operators",
            Kind::Patient => "patients",
            Kind::Request => "requests",
        }
    }

    /// The key of what a person calls a record.
    pub fn title_key(self) -> &'static str {
        if self == Kind::Specialty { "title" } else { "name" }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The table of its keys, in the order in which a file holds them.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Kind::Specialty => specialty::FIELDS,
            Kind::Clinic => clinic::FIELDS,
            Kind::Operator => operator::FIELDS,
            Kind::Patient => patient::FIELDS,
            Kind::Request => request::FIELDS,
        }
    }

    /// One key's row of the table.
    pub fn field(self, key: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.key == key)
    }

    /// The noun: «заявка».
    pub fn noun(self, lang: Lang) -> &'static str {
        self.nouns(lang, 1)
    }

    /// The noun with its article in English: "a request", "an operator".
    pub fn a_noun(self) -> &'static str {
        match self {
            Kind::Specialty => "a specialty",
            Kind::Clinic => "a clinic",
            Kind::Operator => "an operator",
            Kind::Patient => "a patient",
            Kind::Request => "a request",
        }
    }

    /// The noun's form after a number: «5 заявок».
    pub fn nouns(self, lang: Lang, count: usize) -> &'static str {
        let (ru, en) = match self {
            Kind::Specialty => {
                (["специальность", "специальности", "специальностей"], ["specialty", "specialties"])
            }
            Kind::Clinic => (["клиника", "клиники", "клиник"], ["clinic", "clinics"]),
            Kind::Operator => (["оператор", "оператора", "операторов"], ["operator", "operators"]),
            Kind::Patient => (["пациент", "пациента", "пациентов"], ["patient", "patients"]),
            Kind::Request => (["заявка", "заявки", "заявок"], ["request", "requests"]),
        };
        lang.plural(count, ru, en)
    }

    /// The noun in the genitive, singular: «нет заявки», "no request".
    pub fn of_one(self, lang: Lang) -> &'static str {
        let ru = match self {
            Kind::Specialty => "специальности",
            Kind::Clinic => "клиники",
            Kind::Operator => "оператора",
            Kind::Patient => "пациента",
            Kind::Request => "заявки",
        };
        lang.of(ru, self.code())
    }

    /// The noun in the accusative, singular: «создать заявку».
    pub fn accusative(self, lang: Lang) -> &'static str {
        let ru = match self {
            Kind::Specialty => "специальность",
            Kind::Clinic => "клинику",
            Kind::Operator => "оператора",
            Kind::Patient => "пациента",
            Kind::Request => "заявку",
        };
        lang.of(ru, self.code())
    }

    /// The noun in the nominative plural: «заявки», "requests".
    pub fn many(self, lang: Lang) -> &'static str {
        let ru = match self {
            Kind::Specialty => "специальности",
            Kind::Clinic => "клиники",
            Kind::Operator => "операторы",
            Kind::Patient => "пациенты",
            Kind::Request => "заявки",
        };
        lang.of(ru, self.folder())
    }
}
