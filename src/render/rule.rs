//! What `appt check --explain` says of a rule, and the table of all rules.

use crate::check::{Rule, Severity, rules};
use crate::i18n::Lang;
use crate::tr;

/// A rule in full, for a person.
pub fn explanation(rule: &Rule, lang: Lang) -> String {
    let of = |(ru, en): (&'static str, &'static str)| lang.of(ru, en);
    let (name, severity) = (rule.name, severity(rule.severity, lang));
    let (what, why, mend) = (of(rule.what), of(rule.why), of(rule.mend));
    let (bad, good) = (indented(rule.bad), indented(rule.good));
    tr!(
        lang,
        "{name} ({severity})\n\n{what}\n\nЗачем: {why}\nКак исправить: {mend}\n\nНеправильно:\n\n{bad}\n\nПравильно:\n\n{good}\n",
        "{name} ({severity})\n\n{what}\n\nWhy: {why}\nHow to mend it: {mend}\n\nWrong:\n\n{bad}\n\nRight:\n\n{good}\n"
    )
}

/// All rules as a table of Markdown.
pub fn table(lang: Lang) -> String {
    let head = tr!(
        lang,
        "| Правило | | Что должно быть |\n| --- | --- | --- |\n",
        "| Rule | | What must hold |\n| --- | --- | --- |\n"
    );
    let row = |rule: &&Rule| {
        let (name, severity) = (rule.name, severity(rule.severity, lang));
        format!("| `{name}` | {severity} | {} |\n", lang.of(rule.what.0, rule.what.1))
    };
    head + &rules::ALL.iter().map(row).collect::<String>()
}

/// The word for a severity.
fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Error => lang.of("ошибка", "error"),
        Severity::Warning => lang.of("предупреждение", "warning"),
    }
}

fn indented(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("    {line}") });
    lines.collect::<Vec<_>>().join("\n")
}
