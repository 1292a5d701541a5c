//! A specialty: what a doctor is a doctor of, with what people call it.

use crate::model::field::{Field, Form, Need, Privacy};

/// The keys of a specialty.
pub const FIELDS: &[Field] = &[
    Field {
        key: "title",
        form: Form::Line(128),
        list: false,
        need: Need::Required,
        privacy: Privacy::Public,
        flag: Some("title"),
        title: ("Название", "Title"),
        help: ("название: «Терапевт»", "the title: “Cardiologist”"),
    },
    Field {
        key: "aliases",
        form: Form::Line(128),
        list: true,
        need: Need::Optional,
        privacy: Privacy::Public,
        flag: Some("alias"),
        title: ("Как говорят", "Also called"),
        help: (
            "как ещё говорят: «лор», «окулист»; можно несколько раз",
            "what people also say; may be repeated",
        ),
    },
];
