//! `unknown-key`: a record has only the keys of its kind.

use crate::check::{Judge, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "unknown-key",
    severity: Severity::Error,
    what: ("В записи только ключи её вида.", "A record has only the keys of its kind."),
    why: (
        "Опечатка в ключе прячет его значение: программа прочтёт запись так, будто ключа нет.",
        "A typing error in a key hides its value: the record is read as if the key were not there.",
    ),
    mend: ("Исправьте имя ключа или удалите строку.", "Mend the key's name, or remove the line."),
    bad: "statsu = \"created\"",
    good: "status = \"created\"",
    judge: Judge::File,
};
