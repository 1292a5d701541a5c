//! `misplaced-file`: a file lies where its name says, and its name is an id.

use crate::check::{Judge, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "misplaced-file",
    severity: Severity::Error,
    what: (
        "Файл записи лежит там, где велит его имя, а имя — правильный id.",
        "A record's file lies where its name says, and its name is an id.",
    ),
    why: (
        "Запись ищут по id прямо в её папке; в другом месте её никто не найдёт.",
        "A record is sought by its id in the id's own folder; elsewhere nobody finds it.",
    ),
    mend: (
        "Переместите файл на его место (`appt check --fix`) или переименуйте; чужие файлы уберите из папок с записями.",
        "Move the file to its place (`appt check --fix`), or rename it; move what is no record out of the records' folders.",
    ),
    bad: "# requests/2026/11/24/20261123-k7m2qx.toml",
    good: "# requests/2026/11/23/20261123-k7m2qx.toml",
    judge: Judge::File,
};
