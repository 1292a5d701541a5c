//! `world-readable`: nobody but its owner can read the store.

use crate::check::{Judge, Rule, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    name: "world-readable",
    severity: Severity::Warning,
    what: (
        "Папку с данными не может прочесть посторонний пользователь компьютера.",
        "Other users of the machine can't read the store's directory.",
    ),
    why: (
        "В ней имена, паспорта и телефоны пациентов.",
        "It holds the names, passports and phones of patients.",
    ),
    mend: (
        "Закройте её: `chmod 700 .` в папке с данными.",
        "Close it: `chmod 700 .` in the store.",
    ),
    bad: "# drwxr-xr-x .",
    good: "# drwx------ .",
    judge: Judge::File,
};
