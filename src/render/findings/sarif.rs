//! SARIF 2.1.0, as GitHub's code scanning and editors read it.

use serde_json::{Value as Json, json};

use crate::check::survey::Finding;
use crate::check::{Rule, Severity, rules};
use crate::render::findings::Report;
use crate::render::findings::gitlab::Fingerprints;
use crate::render::json;

/// Where the format is described.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes the report.
pub fn write(report: &Report<'_>) -> String {
    let rules: Vec<Json> = rules::ALL.iter().map(|rule| descriptor(report, rule)).collect();
    let mut prints = Fingerprints::default();
    let results: Vec<Json> =
        report.findings.iter().map(|finding| result(report, finding, &mut prints)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "appt",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{}\n", json::text(&log))
}

fn descriptor(report: &Report<'_>, rule: &Rule) -> Json {
    let of = |(ru, en): (&'static str, &'static str)| report.lang.of(ru, en);
    let (what, why, mend) = (of(rule.what), of(rule.why), of(rule.mend));
    json!({
        "id": rule.name,
        "shortDescription": { "text": what },
        "fullDescription": { "text": format!("{what} {why}") },
        "help": {
            "text": format!("{why} {mend}"),
            "markdown": format!(
                "{why}\n\n{mend}\n\n```toml\n{}\n```\n\n→\n\n```toml\n{}\n```\n",
                rule.bad, rule.good
            ),
        },
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

fn result(report: &Report<'_>, finding: &Finding, prints: &mut Fingerprints) -> Json {
    let (start, end) = (finding.start, finding.end);
    let index = rules::ALL.iter().position(|rule| rule.name == finding.rule);
    json!({
        "ruleId": finding.rule,
        "ruleIndex": index.expect("every finding has its rule in the table"),
        "level": level(finding.severity),
        "message": { "text": report.sentences(finding) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&report.path(finding)), "uriBaseId": "%SRCROOT%" },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        }}],
        "partialFingerprints": { "appt/v1": prints.of(finding) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A path as a relative reference: what a URI may not hold is written as `%D0`.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_relative_reference() {
        assert_eq!(uri("data/clinics/a-1.toml"), "data/clinics/a-1.toml");
        assert_eq!(uri("patients/Ё 1:%.toml"), "patients/%D0%81%201%3A%25.toml");
    }
}
