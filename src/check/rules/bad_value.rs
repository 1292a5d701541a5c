//! `bad-value`: every value has the form that its key takes.

use chrono_tz::Tz;

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject, keys, shown};
use crate::format::{decode, layout};
use crate::i18n::{Lang, Text};
use crate::model::event::What;
use crate::model::field::{Field, Form};
use crate::model::hours::Hours;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::request::Status;
use crate::model::settings::Settings;
use crate::model::value::Value;
use crate::say;
use crate::words::passport::{self, Format};
use crate::words::{name, phone, text};

/// The most characters of an e-mail address.
const LONGEST_EMAIL: usize = 254;

/// The rule.
pub const RULE: Rule = Rule {
    name: "bad-value",
    severity: Severity::Error,
    what: (
        "Каждое значение того вида, который нужен его ключу.",
        "Every value has its key's form.",
    ),
    why: (
        "По телефону с пропущенной цифрой не дозвониться, а неизвестный статус никто не обработает.",
        "A phone without one of its digits reaches nobody, and nobody works on an unknown status.",
    ),
    mend: (
        "Исправьте значение; в сообщении сказано, какое нужно.",
        "Mend the value; the message says which one is needed.",
    ),
    bad: "phone = \"8 (999) 123-45-67\"",
    good: "phone = \"+79991234567\"",
    judge: Judge::Record { kinds: &Kind::ALL, keys: keys::VALUES, reach: Reach::Alone, run },
};

fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    for field in subject.record.kind.fields() {
        let Some(value) = subject.record.values.get(field.key) else { continue };
        let items = match value {
            Value::List(items) if field.list => items.as_slice(),
            value => std::slice::from_ref(value),
        };
        for (number, bad) in items.iter().enumerate() {
            if !fits(field.form, bad, scene.settings) {
                let message = message(field, bad, scene.settings);
                faults.item(field.key, number, message, hint(scene, field, bad));
            } else if bad.as_text().is_some_and(|typed| !text::is_stored(typed)) {
                faults.item(field.key, number, unlike_stored(field.key), retype());
            }
        }
    }
    for (at, event) in subject.record.history.iter().enumerate() {
        let What::Note(note) = &event.what else { continue };
        let is_long = || note.chars().count() > text::LONGEST_NOTE;
        if note.trim().is_empty() || note.len() > text::LONGEST_NOTE && is_long() {
            let most = text::LONGEST_NOTE;
            faults.event(
                at,
                say!(
                    "Примечание пустое или длиннее {most} знаков.",
                    "The note is empty, or over {most} characters."
                ),
                say!(
                    "Верните его из git: `git log -p` этого файла.",
                    "Take it back from git: `git log -p` of this file."
                ),
            );
        }
    }
}

fn unlike_stored(key: &str) -> Text {
    say!(
        "`{key}`: в тексте невидимый знак, неразрывный пробел или буква из двух знаков (не NFC).",
        "`{key}` holds an invisible character, a no-break space, or a letter of two characters (not NFC)."
    )
}

fn retype() -> Text {
    say!("Введите этот текст заново.", "Type this text again.")
}

fn fits(form: Form, value: &Value, settings: &Settings) -> bool {
    let is_line =
        |text: &str, max: usize| text.trim() == text && (1..=max).contains(&text.chars().count());
    match (form, value) {
        (Form::Line(max), Value::Text(text)) => is_line(text, max),
        (Form::Person, Value::Text(text)) => is_line(text, name::LONGEST),
        (Form::Phone, Value::Text(text)) => phone::is_e164(text),
        (Form::Passport, Value::Text(text)) => passport::is_valid(text, settings.passport),
        (Form::Reference(kind), Value::Text(text)) => layout::is_id(kind, text),
        (Form::Hours, Value::Text(text)) => Hours::parse(text).is_some(),
        (Form::Zone, Value::Text(text)) => text.parse::<Tz>().is_ok(),
        (Form::Email, Value::Text(text)) => is_email(text),
        (Form::Role, Value::Text(text)) => {
            [Role::Admin.code(), Role::Operator.code()].contains(&text.as_str())
        }
        (Form::Status, Value::Text(text)) => Status::from_code(text).is_some(),
        (Form::Flag, Value::Bool(_))
        | (Form::Moment | Form::Visit, Value::Instant(_))
        | (Form::Range, Value::Range(_)) => true,
        _ => false,
    }
}

/// One `@` with something on both sides, and no space: git asks no more of an address.
fn is_email(text: &str) -> bool {
    let parts: Vec<&str> = text.split('@').collect();
    let [user, host] = parts.as_slice() else { return false };
    let host_fits = host.split('.').all(|label| !label.is_empty());
    !user.is_empty()
        && host_fits
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';'))
        && text.chars().count() <= LONGEST_EMAIL
}

fn message(field: &Field, bad: &Value, settings: &Settings) -> Text {
    let (key, shown) = (field.key, shown::value(field, bad));
    let Text { ru, en } = expected(field.form, settings);
    say!(
        "`{key}`: «{shown}» не годится, нужно: {ru}.",
        "`{key}`: “{shown}” can't be used; it takes {en}."
    )
}

fn expected(form: Form, settings: &Settings) -> Text {
    let line = |max: usize| {
        say!(
            "от 1 до {max} знаков без пробелов по краям",
            "1 to {max} characters without spaces at the ends"
        )
    };
    match form {
        Form::Line(max) => line(max),
        Form::Person => line(name::LONGEST),
        Form::Phone => {
            say!("+ и от 8 до 15 цифр: +79991234567", "+ and 8 to 15 digits: +79991234567")
        }
        Form::Passport if settings.passport == Format::Ru => {
            say!("десять цифр подряд", "ten digits without spaces")
        }
        Form::Passport => {
            say!("от 4 до 20 заглавных букв и цифр", "4 to 20 upper-case letters and digits")
        }
        Form::Reference(kind) => {
            let (ru, en) = (kind.of_one(Lang::Ru), kind.a_noun());
            say!("id {ru}", "the id of {en}")
        }
        Form::Hours => say!("часы вида 08:00-20:00", "hours such as 08:00-20:00"),
        Form::Zone => say!("часовой пояс вида Asia/Omsk", "a time zone such as Asia/Omsk"),
        Form::Email => say!("адрес вида anna@example.org", "an address such as anna@example.org"),
        Form::Role => say!("operator или admin", "operator or admin"),
        Form::Status => {
            let codes = Status::ALL.map(Status::code).join(", ");
            say!("одно из: {codes}", "one of: {codes}")
        }
        Form::Flag => say!("true или false", "true or false"),
        Form::Moment | Form::Visit => say!("время со смещением", "a time with its offset"),
        Form::Range => say!("диапазон из start и end", "a range of start and end"),
    }
}

fn hint(scene: &Scene<'_>, field: &Field, bad: &Value) -> Text {
    let codes: Vec<&str> = match field.form {
        Form::Status => Status::ALL.map(Status::code).to_vec(),
        Form::Role => vec![Role::Admin.code(), Role::Operator.code()],
        _ => Vec::new(),
    };
    let typed = bad.as_text();
    let meant = typed.and_then(|typed| match field.form {
        Form::Status => Status::parse(typed).map(Status::code),
        _ => None,
    });
    let near = meant.or_else(|| typed.and_then(|typed| decode::nearest(typed, codes)));
    let near = near.map(str::to_owned).or_else(|| match field.form {
        Form::Reference(kind) => scene.nearest(kind, &typed?.to_lowercase().replace(' ', "-")),
        _ => None,
    });
    match near {
        Some(near) => say!("Может быть, `{near}`?", "Did you mean `{near}`?"),
        None => {
            let key = field.key;
            say!("Исправьте значение ключа `{key}`.", "Mend the value of `{key}`.")
        }
    }
}
