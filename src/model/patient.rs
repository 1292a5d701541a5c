//! A patient: who phones.

use crate::model::field::{Field, Form, Need, Privacy};
use crate::model::kind::Kind;

/// The keys of a patient.
pub const FIELDS: &[Field] = &[
    Field {
        key: "name",
        form: Form::Person,
        list: false,
        need: Need::Required,
        privacy: Privacy::Personal,
        flag: Some("name"),
        title: ("ФИО", "Name"),
        help: ("фамилия, имя, отчество", "the full name"),
    },
    Field {
        key: "passport",
        form: Form::Passport,
        list: false,
        need: Need::Required,
        privacy: Privacy::Personal,
        flag: Some("passport"),
        title: ("Паспорт", "Passport"),
        help: ("серия и номер паспорта", "the number of the passport"),
    },
    Field {
        key: "phone",
        form: Form::Phone,
        list: false,
        need: Need::Required,
        privacy: Privacy::Personal,
        flag: Some("phone"),
        title: ("Телефон", "Phone"),
        help: ("контактный телефон", "the phone"),
    },
    Field {
        key: "merged_into",
        form: Form::Reference(Kind::Patient),
        list: false,
        need: Need::Optional,
        privacy: Privacy::Public,
        flag: None,
        title: ("Объединён с", "Merged into"),
        help: ("", ""),
    },
];
