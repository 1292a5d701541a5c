//! `oversized-file`: a record's file has at most 256 KiB.

use crate::check::{Judge, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "oversized-file",
    severity: Severity::Error,
    what: ("Файл записи не больше 256 КиБ.", "A record's file has at most 256 KiB."),
    why: (
        "Запись занимает несколько килобайт; огромный файл — ошибка или умысел, и его не загружают.",
        "A record takes a few kilobytes; a huge file is a mistake or meant to harm, and is not loaded.",
    ),
    mend: (
        "Верните прежнюю версию файла из git или уберите его из папки с данными.",
        "Take the earlier version of the file back from git, or move it out of the data folder.",
    ),
    bad: "# clinics/poliklinika-1.toml, 300 KiB",
    good: "# clinics/poliklinika-1.toml, 1 KiB",
    judge: Judge::File,
};
