//! An operator: who answers the phone, and what they may do.

use crate::model::field::{Field, Form, Need, Privacy};
use crate::model::kind::Kind;
use crate::model::value::{Value, Values};

/// What an operator may change (`spec.md`, section 5, "Who writes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Takes calls: patients and requests.
    Operator,
    /// Clinics, specialties and operators as well.
    Admin,
}

impl Role {
    /// The code in files and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }

    /// The role with these values of an operator; whatever is no role allows no more than taking
    /// calls.
    pub fn of(values: &Values) -> Role {
        match values.text("role") == Some(Role::Admin.code()) {
            true => Role::Admin,
            false => Role::Operator,
        }
    }

    /// Whether it may write records of a kind.
    pub fn may_write(self, kind: Kind) -> bool {
        self == Role::Admin || matches!(kind, Kind::Patient | Kind::Request)
    }
}

/// Whether an operator with these values is an admin who works.
pub fn is_working_admin(values: &Values) -> bool {
    Role::of(values) == Role::Admin && values.get("active") != Some(&Value::Bool(false))
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
