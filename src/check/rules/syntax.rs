//! `syntax`: a record's file is TOML in UTF-8, without conflict markers.

use crate::check::{Judge, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "syntax",
    severity: Severity::Error,
    what: (
        "Файл записи — правильный TOML в UTF-8, без меток слияния git.",
        "A record's file is TOML in UTF-8, without git's conflict markers.",
    ),
    why: (
        "Что не читается, того для программы нет: ни пациента, ни заявки.",
        "What can't be read is not there for the program: no patient, no request.",
    ),
    mend: (
        "Исправьте указанное место; метки слияния уберите, оставив строки истории обеих сторон.",
        "Mend the place that is shown; remove conflict markers, keeping both sides' lines of history.",
    ),
    bad: "status = \"created",
    good: "status = \"created\"",
    judge: Judge::File,
};
