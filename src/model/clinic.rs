//! A clinic: where it is, its phone, and which specialties it has.

use chrono_tz::Tz;

use crate::model::field::{Field, Form, Need, Privacy};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::settings::Settings;

/// The zone of a clinic; the store's, where the clinic has none of its own or is unknown.
pub fn zone(clinic: Option<&Record>, settings: &Settings) -> Tz {
    clinic.and_then(own_zone).unwrap_or(settings.timezone)
}

/// The zone that a clinic has of its own.
pub fn own_zone(clinic: &Record) -> Option<Tz> {
    clinic.text("timezone")?.parse().ok()
}

/// The keys of a clinic.
pub const FIELDS: &[Field] = &[
    Field {
        key: "name",
        form: Form::Line(128),
        list: false,
        need: Need::Required,
        privacy: Privacy::Personal,
        flag: Some("name"),
        title: ("Название", "Name"),
        help: ("название: «Поликлиника № 1»", "the name"),
    },
    Field {
        key: "address",
        form: Form::Line(256),
        list: false,
        need: Need::Required,
        privacy: Privacy::Personal,
        flag: Some("address"),
        title: ("Адрес", "Address"),
        help: ("адрес", "the address"),
    },
    Field {
        key: "phone",
        form: Form::Phone,
        list: false,
        need: Need::Required,
        privacy: Privacy::Personal,
        flag: Some("phone"),
        title: ("Телефон", "Phone"),
        help: ("телефон регистратуры", "the phone of its reception"),
    },
    Field {
        key: "specialties",
        form: Form::Reference(Kind::Specialty),
        list: true,
        need: Need::Required,
        privacy: Privacy::Public,
        flag: Some("specialty"),
        title: ("Специальности", "Specialties"),
        help: (
            "специальность, по которой принимают; можно несколько раз",
            "a specialty that it has; may be repeated",
        ),
    },
    Field {
        key: "hours",
        form: Form::Hours,
        list: false,
        need: Need::Optional,
        privacy: Privacy::Public,
        flag: Some("hours"),
        title: ("Часы работы", "Hours"),
        help: ("часы работы: 08:00-20:00", "opening hours: 08:00-20:00"),
    },
    Field {
        key: "timezone",
        form: Form::Zone,
        list: false,
        need: Need::Optional,
        privacy: Privacy::Public,
        flag: Some("timezone"),
        title: ("Часовой пояс", "Time zone"),
        help: (
            "часовой пояс, если не общий: Asia/Omsk",
            "its time zone, where not the store's: Asia/Omsk",
        ),
    },
];
