//! An operator: who answers the phone, and what they may do.

use crate::model::field::{Field, Form, Need, Privacy};
use crate::model::kind::Kind;

/// The role that may also change clinics, specialties and operators.
pub const ADMIN: &str = "admin";
/// The role that takes calls.
pub const OPERATOR: &str = "operator";

/// Whether records of a kind are an admin's to change (`spec.md`, section 5, "Who writes").
pub fn needs_admin(kind: Kind) -> bool {
    !matches!(kind, Kind::Patient | Kind::Request)
}

/// The keys of an operator.
pub const FIELDS: &[Field] = &[
    Field {
        key: "name",
        form: Form::Line(128),
        list: false,
        need: Need::Required,
        privacy: Privacy::Personal,
        flag: Some("name"),
        title: ("Имя", "Name"),
        help: ("имя и фамилия", "the name"),
    },
    Field {
        key: "role",
        form: Form::Role,
        list: false,
        need: Need::Required,
        privacy: Privacy::Public,
        flag: Some("role"),
        title: ("Роль", "Role"),
        help: (
            "operator (заявки и пациенты) или admin (ещё клиники, специальности, операторы)",
            "operator (requests and patients) or admin (clinics, specialties, operators too)",
        ),
    },
    Field {
        key: "emails",
        form: Form::Email,
        list: true,
        need: Need::Optional,
        privacy: Privacy::Personal,
        flag: Some("email"),
        title: ("Почта", "E-mail"),
        help: (
            "адрес, под которым он в git; можно несколько раз",
            "the address that git knows them by; may be repeated",
        ),
    },
    Field {
        key: "active",
        form: Form::Flag,
        list: false,
        need: Need::DefaultTrue,
        privacy: Privacy::Public,
        flag: Some("active"),
        title: ("Работает", "Active"),
        help: ("true или false: работает ли ещё", "true or false: whether they still work here"),
    },
];
