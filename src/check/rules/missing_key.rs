//! `missing-key`: a record has every key that its kind requires; a required list has an item.

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject, keys};
use crate::i18n::Text;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "missing-key",
    severity: Severity::Error,
    what: (
        "В записи есть все обязательные ключи, а в обязательном списке — хотя бы один элемент.",
        "A record has every required key, and a required list has at least one item.",
    ),
    why: (
        "Без такого ключа запись бесполезна: пациенту без телефона не позвонить.",
        "Without such a key a record is of no use: a patient without a phone can't be called.",
    ),
    mend: ("Добавьте ключ или верните его из git.", "Add the key, or take it back from git."),
    bad: "name = \"Поликлиника № 1\"\n\nspecialties = []",
    good: "name = \"Поликлиника № 1\"\n\nspecialties = [\n    \"terapevt\",\n]",
    judge: Judge::Record { kinds: &Kind::ALL, keys: keys::REQUIRED, reach: Reach::Alone, run },
};

fn run(_: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let record = subject.record;
    for field in record.kind.fields().iter().filter(|field| field.required()) {
        if record.values.get(field.key).is_none() {
            faults.key(field.key, message(field), hint(field));
        }
    }
}

fn message(Field { key, list, .. }: &Field) -> Text {
    if *list {
        say!("`{key}`: нет ни одного значения.", "`{key}` has no value.")
    } else {
        say!("Нет обязательного ключа `{key}`.", "The key `{key}` is missing.")
    }
}

fn hint(Field { key, .. }: &Field) -> Text {
    say!("Добавьте `{key} = …`.", "Add `{key} = …`.")
}
