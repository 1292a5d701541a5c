//! `symlink`: a record is a file, not a link to one.

use crate::check::{Judge, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "symlink",
    severity: Severity::Error,
    what: (
        "Запись — обычный файл, а не символическая ссылка.",
        "A record is a file, not a symbolic link.",
    ),
    why: (
        "Ссылка из чужой копии может вести к любому файлу этого компьютера; по ней не ходят.",
        "A link that came from another clone may lead to any file of this machine; none is followed.",
    ),
    mend: (
        "Замените ссылку самим файлом или удалите её.",
        "Put the file itself in the link's place, or remove the link.",
    ),
    bad: "# clinics/poliklinika-1.toml -> ../../elsewhere.toml",
    good: "# clinics/poliklinika-1.toml",
    judge: Judge::File,
};
