//! JUnit's XML: one test suite, one test case a finding; a warning fails only where it counts as
//! an error. A store in order is one case that passed.

use crate::check::Severity;
use crate::check::survey::Finding;
use crate::render::findings::Report;
use crate::words::screen;

/// Writes the report.
pub fn write(report: &Report<'_>) -> String {
    let fails = |finding: &&Finding| report.strict || finding.severity == Severity::Error;
    let failures = report.findings.iter().filter(fails).count();
    let tests = report.findings.len().max(1);
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"");
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  \
         <testsuite name=\"appt check\" {counts} skipped=\"0\" time=\"0\">\n"
    );
    if report.findings.is_empty() {
        xml.push_str("    <testcase name=\"appt check\" classname=\"appt\" time=\"0\"/>\n");
    }
    for finding in report.findings {
        xml.push_str(&one(report, finding, fails(&finding)));
    }
    xml + "  </testsuite>\n</testsuites>\n"
}

fn one(report: &Report<'_>, finding: &Finding, fails: bool) -> String {
    let path = report.path(finding);
    let (rule, severity) = (finding.rule, finding.severity.code());
    let place = format!("{path}:{}:{}", finding.start.line, finding.start.column);
    let (name, file) = (escaped(&format!("{rule} {place}")), escaped(&path));
    let message = escaped(finding.message.get(report.lang));
    let text = escaped(&format!("{place}: {}", report.sentences(finding)));
    let inside = if fails {
        format!("<failure message=\"{message}\" type=\"{severity}\">{text}</failure>")
    } else {
        format!("<system-out>{text}</system-out>")
    };
    format!(
        "    <testcase name=\"{name}\" classname=\"{file}\" time=\"0\">\n      {inside}\n    </testcase>\n"
    )
}

/// Text as XML holds it, in an attribute or an element. XML has no way to write most control
/// characters, so those are shown as they are on a terminal.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for c in screen::safe_line(text).chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            c => xml.push(c),
        }
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_place() {
        assert_eq!(escaped("<a b=\"1\">&\u{1b}\n"), "&lt;a b=&quot;1&quot;&gt;&amp;\\u{1b}\\u{a}");
    }
}
