//! `world-readable`: nobody but its owner can read the store.

use crate::check::survey::Finding;
use crate::check::{Judge, Rule, Severity};
use crate::say;

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

/// The finding, where the folder is open: the file is the store itself.
pub fn finding() -> Finding {
    Finding::of_file(
        RULE.name,
        ".",
        say!(
            "Папку с данными могут прочесть другие пользователи компьютера.",
            "Other users of the machine can read the store's directory."
        ),
        say!("Закройте её: `chmod 700 .` в этой папке.", "Close it: `chmod 700 .` in it."),
    )
}
