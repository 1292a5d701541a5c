//! Annotations of a GitHub workflow: one command a line, `::error file=…,line=…::message`.

use crate::check::Severity;
use crate::check::survey::Finding;
use crate::render::findings::Report;
use crate::words::screen;

/// Writes the report.
pub fn write(report: &Report<'_>) -> String {
    report.findings.iter().map(|finding| one(report, finding)).collect()
}

fn one(report: &Report<'_>, finding: &Finding) -> String {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let (start, end) = (finding.start, finding.end);
    let mut line = format!("::{command} file={}", property(&report.path(finding)));
    // GitHub takes columns only of what is in one line; the end counts as inside.
    let place = match end.line > start.line {
        true => format!(",line={},endLine={}", start.line, end.line),
        false => format!(",line={},col={}", start.line, start.column),
    };
    line.push_str(&place);
    if end.line == start.line && end.column > start.column {
        line.push_str(&format!(",endLine={},endColumn={}", end.line, end.column - 1));
    }
    let (title, message) = (property(finding.rule), data(&report.sentences(finding)));
    line + &format!(",title={title}::{message}\n")
}

/// A message: what would end it, or begin an escape, is escaped.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    screen::safe_line(&text).into_owned()
}

/// A property also ends at `:` and `,`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_runner_would_take_for_its_own_is_escaped() {
        assert_eq!(data("50%: a,b\r\n::stop"), "50%25: a,b%0D%0A::stop");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
        assert_eq!(data("%0A"), "%250A");
        assert_eq!(data("\u{1b}[2J"), "\\u{1b}[2J");
    }
}
