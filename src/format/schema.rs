//! JSON Schema of the store's files, for editors: made of the same tables of fields that the rest
//! of the program reads, so that a new field is in it at once.
//!
//! Draft 7, which the editors' TOML plug-ins know best; self-contained; a time is a string in it,
//! as it is for them.

use serde_json::{Map, Value as Json, json};

use crate::i18n::Lang;
use crate::model::event::Mark;
use crate::model::field::{Field, Form};
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::request::Status;
use crate::words::name;
use crate::words::passport::Format;

/// The version of JSON Schema.
const DRAFT: &str = "http://json-schema.org/draft-07/schema#";
/// A moment with its offset.
const MOMENT: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";
/// A symbol of Crockford's base32, as ids have it.
const SYMBOL: &str = "[0-9a-hjkmnp-tv-z]";

/// The schema of a kind's files, its words in this language.
pub fn of(kind: Kind, passport: Format, lang: Lang) -> Json {
    let mut properties = Map::new();
    for field in kind.fields() {
        properties.insert(field.key.into(), self::field(field, passport, lang));
    }
    properties.insert("conflicts".into(), conflicts(lang));
    properties.insert("history".into(), history(kind, lang));
    let required: Vec<&str> =
        kind.fields().iter().filter(|field| field.required()).map(|field| field.key).collect();
    json!({
        "$schema": DRAFT,
        "title": kind.noun(lang),
        "description": lang.of(
            "Запись appt. Имя файла — её id.",
            "A record of appt. The file's name is its id.",
        ),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The schema of `appt.toml`.
pub fn settings(lang: Lang) -> Json {
    let key = |title: &str, description: &str, rest: Json| described(rest, title, description);
    json!({
        "$schema": DRAFT,
        "title": "appt.toml",
        "description": lang.of("Настройки данных appt.", "The settings of a data folder of appt."),
        "type": "object",
        "properties": {
            "format": key(
                lang.of("Формат", "Format"),
                lang.of("Меняет его `appt migrate`.", "`appt migrate` changes it."),
                json!({ "const": crate::model::settings::FORMAT }),
            ),
            "timezone": key(
                lang.of("Часовой пояс", "Time zone"),
                lang.of("Имя IANA: Europe/Moscow.", "An IANA name: Europe/Moscow."),
                form(Form::Zone, Format::Any, lang),
            ),
            "hours": key(
                lang.of("День", "The day"),
                lang.of("Что значит «весь день»: 08:00-20:00.", "What “all day” means: 08:00-20:00."),
                form(Form::Hours, Format::Any, lang),
            ),
            "language": key(
                lang.of("Язык", "Language"),
                lang.of("Язык экрана у всех, кто не выбрал другой.", "The screen's, for all who chose no other."),
                json!({ "enum": ["ru", "en"] }),
            ),
            "passport": key(
                lang.of("Паспорта", "Passports"),
                lang.of("ru: десять цифр; any: от 4 до 20 букв и цифр.", "ru: ten digits; any: 4 to 20 letters and digits."),
                json!({ "enum": ["ru", "any"] }),
            ),
            "key": key(
                lang.of("Ключ", "Key"),
                lang.of("Создан вместе с данными и не меняется никогда.", "Made with the data; it never changes."),
                json!({ "type": "string", "minLength": 1 }),
            ),
        },
        "required": ["format", "timezone", "key"],
        "additionalProperties": false,
    })
}

fn described(mut schema: Json, title: &str, description: &str) -> Json {
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".into(), title.into());
        object.insert("description".into(), description.into());
    }
    schema
}

fn field(field: &Field, passport: Format, lang: Lang) -> Json {
    let one = form(field.form, passport, lang);
    let whole = if field.list {
        let fewest = u8::from(field.required());
        json!({ "type": "array", "items": one, "minItems": fewest, "uniqueItems": true })
    } else {
        one
    };
    described(whole, field.title(lang), &sense(field.form, passport, lang))
}

/// What a value looks like, as rules.
fn form(form: Form, passport: Format, lang: Lang) -> Json {
    let line = |longest: usize| {
        let pattern = "^\\S(.*\\S)?$";
        json!({ "type": "string", "minLength": 1, "maxLength": longest, "pattern": pattern })
    };
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match form {
        Form::Line(longest) => line(longest),
        Form::Person => line(name::LONGEST),
        Form::Phone => text("^[+][1-9][0-9]{7,14}$"),
        Form::Passport => text(match passport {
            Format::Ru => "^[0-9]{10}$",
            // Capitals; where Unicode has them mixed with small letters, both.
            Format::Any => "^[0-9A-Z\u{400}-\u{42f}\u{460}-\u{52f}]{4,20}$",
        }),
        Form::Reference(kind) => text(&id(kind)),
        Form::Hours => {
            let time = "([01][0-9]:[0-5][0-9]|2[0-3]:[0-5][0-9]|24:00)";
            text(&format!("^{time}-{time}$"))
        }
        Form::Zone => text("^[A-Za-z0-9]+([/_+-]+[A-Za-z0-9]+)*$"),
        Form::Email => json!({
            "type": "string", "maxLength": 254, "pattern": "^[^@\\s<>,;]+@[^@\\s<>,;]+$",
        }),
        Form::Role => json!({ "enum": [Role::Operator.code(), Role::Admin.code()] }),
        Form::Status => json!({
            "enum": Status::ALL.map(Status::code),
            "x-taplo": { "docs": { "enumValues": Status::ALL.map(|status| status.name(lang)) } },
        }),
        Form::Flag => json!({ "type": "boolean" }),
        Form::Moment | Form::Visit => moment(),
        Form::Range => json!({
            "type": "object",
            "properties": { "start": moment(), "end": moment() },
            "required": ["start", "end"],
            "additionalProperties": false,
        }),
    }
}

fn moment() -> Json {
    json!({ "type": "string", "pattern": MOMENT })
}

/// What the id of a record looks like.
fn id(kind: Kind) -> String {
    match kind {
        Kind::Specialty | Kind::Clinic | Kind::Operator => "^[a-z0-9]+(-[a-z0-9]+)*$".to_owned(),
        Kind::Patient => format!("^{SYMBOL}{{10}}$"),
        Kind::Request => format!("^[0-9]{{8}}-{SYMBOL}{{6}}$"),
    }
}

/// What a value looks like, in words.
fn sense(form: Form, passport: Format, lang: Lang) -> String {
    match form {
        Form::Line(longest) => longest_line(longest, lang),
        Form::Person => longest_line(name::LONGEST, lang),
        Form::Phone => lang
            .of("+ и от 8 до 15 цифр: +79991234567.", "+ and 8 to 15 digits: +79991234567.")
            .to_owned(),
        Form::Passport => match passport {
            Format::Ru => lang.of("Десять цифр подряд.", "Ten digits without spaces.").to_owned(),
            Format::Any => lang
                .of("От 4 до 20 заглавных букв и цифр.", "4 to 20 upper-case letters and digits.")
                .to_owned(),
        },
        Form::Reference(kind) => match lang {
            Lang::Ru => {
                format!("Id {}: имя файла в {}/ без .toml.", kind.of_one(lang), kind.folder())
            }
            Lang::En => format!(
                "The id of {}: a file's name in {}/ without .toml.",
                kind.a_noun(),
                kind.folder()
            ),
        },
        Form::Hours => lang.of("Часы: 08:00-20:00.", "Hours: 08:00-20:00.").to_owned(),
        Form::Zone => lang
            .of("Часовой пояс, имя IANA: Asia/Omsk.", "A time zone, its IANA name: Asia/Omsk.")
            .to_owned(),
        Form::Email => {
            lang.of("Адрес: anna@example.org.", "An address: anna@example.org.").to_owned()
        }
        Form::Role => lang
            .of(
                "operator — заявки и пациенты; admin — ещё клиники, специальности и операторы.",
                "operator: requests and patients; admin: clinics, specialties and operators too.",
            )
            .to_owned(),
        Form::Status => lang
            .of(
                "Меняют его команды заявки: `appt request --help`.",
                "The commands of a request change it: `appt request --help`.",
            )
            .to_owned(),
        Form::Flag => "true, false.".to_owned(),
        Form::Moment | Form::Visit => lang
            .of(
                "Время со смещением: 2026-11-25T11:30:00+03:00.",
                "A time with its offset: 2026-11-25T11:30:00+03:00.",
            )
            .to_owned(),
        Form::Range => lang
            .of("С начала до конца, конец не входит.", "From start to end; the end is not in it.")
            .to_owned(),
    }
}

fn longest_line(longest: usize, lang: Lang) -> String {
    match lang {
        Lang::Ru => format!("От 1 до {longest} знаков, одна строка."),
        Lang::En => format!("1 to {longest} characters, one line."),
    }
}

fn conflicts(lang: Lang) -> Json {
    json!({
        "title": lang.of("Нерешённое", "Not settled"),
        "description": lang.of(
            "Другие значения, которые записали одновременно. Решает `appt resolve`.",
            "Other values that were recorded at the same time. `appt resolve` settles them.",
        ),
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "key": { "type": "string" },
                "value": { "description": lang.of("Значение; без него — отсутствие.", "The value; without it, its absence.") },
                "by": { "type": "string", "description": lang.of("Id оператора.", "The operator's id.") },
                "at": moment(),
            },
            "required": ["key"],
            "additionalProperties": false,
        },
    })
}

/// The events: what every one has, and what each name asks for. Events of a later version pass.
fn history(kind: Kind, lang: Lang) -> Json {
    let keys = |list: bool| -> Vec<&str> {
        kind.fields().iter().filter(|field| field.list == list).map(|field| field.key).collect()
    };
    let items = || json!({ "type": "array" });
    let first: Map<String, Json> = kind
        .fields()
        .iter()
        .map(|field| (field.key.to_owned(), json!({ "title": field.title(lang) })))
        .collect();
    let of = |name: &str, properties: Json, required: Json| {
        json!({
            "if": { "properties": { "event": { "const": name } }, "required": ["event"] },
            "then": { "properties": properties, "required": required },
        })
    };
    let text = json!({ "type": "string" });
    let mut names = vec!["created", "imported", "set", "list", "note"];
    names.extend(Mark::ALL.map(Mark::code));
    json!({
        "title": lang.of("История", "History"),
        "description": lang.of(
            "Что было с записью, по одному событию в строке. Её пишет appt; её не правят.",
            "What happened to the record, one event a line. Appt writes it; nobody edits it.",
        ),
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "at": described(moment(), lang.of("Когда", "When"), lang.of("До миллисекунды.", "To the millisecond.")),
                "by": described(text.clone(), lang.of("Кто", "Who"), lang.of("Id оператора.", "The operator's id.")),
                "event": described(json!({ "type": "string", "examples": names }), lang.of("Что", "What"), &names.join(", ")),
                "tx": described(moment(), lang.of("Команда", "Command"), lang.of("Общее у событий одной команды.", "What the events of one command share.")),
                "reason": described(text.clone(), lang.of("Почему", "Why"), ""),
            },
            "required": ["at", "by", "event"],
            "allOf": [
                of("created", Json::Object(first.clone()), json!([])),
                of("imported", Json::Object(first), json!(["source"])),
                of("set", json!({ "key": { "enum": keys(false) } }), json!(["key"])),
                of("list", json!({ "key": { "enum": keys(true) }, "added": items(), "removed": items() }), json!(["key"])),
                of("note", json!({ "text": text }), json!(["text"])),
            ],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(schema: &Json) -> Vec<&str> {
        schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn it_has_the_keys_of_the_table_and_no_other() {
        for (kind, lang) in Kind::ALL.into_iter().flat_map(|k| Lang::ALL.map(|lang| (k, lang))) {
            let schema = of(kind, Format::Ru, lang);
            let fields = kind.fields().iter().map(|field| field.key);
            assert_eq!(keys(&schema), fields.chain(["conflicts", "history"]).collect::<Vec<_>>());
            for (key, one) in schema["properties"].as_object().unwrap() {
                for word in ["title", "description"] {
                    let text = one[word].as_str().unwrap_or_default();
                    let is_russian = text.chars().any(|c| ('А'..='я').contains(&c));
                    let is_name = text.is_ascii() && key == "active";
                    assert!(is_name || is_russian == (lang == Lang::Ru), "{key}: {text}");
                    assert!(!text.is_empty(), "{key}");
                }
            }
        }
    }

    fn is_valid(schema: &Json, value: &Json) -> bool {
        jsonschema::validator_for(schema).unwrap().is_valid(value)
    }

    #[test]
    fn the_settings_that_init_writes_are_valid() {
        let text = crate::model::settings::Settings::initial(
            chrono_tz::America::Argentina::Buenos_Aires,
            Some(Lang::Ru),
            "k",
        );
        let table: toml::Table = text.parse().unwrap();
        let schema = settings(Lang::En);
        let mut value = serde_json::to_value(table).unwrap();
        assert!(is_valid(&schema, &value));
        value["hors"] = "08:00-20:00".into();
        assert!(!is_valid(&schema, &value), "a mistyped key");
    }

    #[test]
    fn its_patterns_are_those_of_check() {
        for zone in chrono_tz::TZ_VARIANTS {
            assert!(
                is_valid(&form(Form::Zone, Format::Ru, Lang::En), &zone.name().into()),
                "{zone}"
            );
        }
        let cases = [
            (Form::Hours, "00:00-24:00", "8:00-20:00"),
            (Form::Phone, "+79991234567", "89991234567"),
            (Form::Passport, "4511223344", "4511 223344"),
            (Form::Reference(Kind::Clinic), "poliklinika-1", "-x"),
            (Form::Reference(Kind::Patient), "7h2k9m4qwe", "7h2k9m4qwu"),
            (Form::Reference(Kind::Request), "20261123-k7m2qx", "k7m2qx"),
            (Form::Line(3), "абв", " аб"),
            (Form::Line(3), "а", "абвг"),
            (Form::Email, "a@host", "a@b@c"),
            (Form::Role, "admin", "boss"),
            (Form::Status, "in-progress", "Создана"),
            (Form::Moment, "2026-11-25T09:00:00+03:00", "2026-11-25T09:00:00"),
        ];
        for (one, good, bad) in cases {
            let schema = form(one, Format::Ru, Lang::Ru);
            assert!(is_valid(&schema, &good.into()), "{one:?} {good}");
            assert!(!is_valid(&schema, &bad.into()), "{one:?} {bad}");
        }
        let any = form(Form::Passport, Format::Any, Lang::Ru);
        assert!(is_valid(&any, &"АБ12".into()) && !is_valid(&any, &"аб12".into()));
        for letter in ["Ї", "Қ", "Ԕ"] {
            assert!(is_valid(&any, &format!("{letter}Ж1234").into()), "{letter}");
        }
    }
}
