//! GitLab's code quality report: an array of issues, each with a fingerprint by which two reports
//! are compared.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::check::Severity;
use crate::check::survey::Finding;
use crate::render::findings::Report;
use crate::render::json;

/// Writes the report.
pub fn write(report: &Report<'_>) -> String {
    let mut prints = Fingerprints::default();
    let issues: Vec<Json> =
        report.findings.iter().map(|finding| one(report, finding, &mut prints)).collect();
    format!("{}\n", json::text(&json!(issues)))
}

fn one(report: &Report<'_>, finding: &Finding, prints: &mut Fingerprints) -> Json {
    let severity = match finding.severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
    };
    json!({
        "description": report.sentences(finding),
        "check_name": finding.rule,
        "fingerprint": prints.of(finding),
        "severity": severity,
        "location": {
            "path": report.path(finding),
            "lines": { "begin": finding.start.line, "end": finding.end.line },
        },
    })
}

/// Names for findings that last as long as the finding: a line that moves changes none, the
/// language changes none, and no two of a report are the same.
#[derive(Default)]
pub struct Fingerprints(HashMap<String, usize>);

impl Fingerprints {
    /// The name of the next finding of a report.
    pub fn of(&mut self, finding: &Finding) -> String {
        let same = format!("{}\n{}\n{}", finding.rule, finding.file, finding.message.en);
        let number = self.0.entry(same.clone()).or_default();
        *number += 1;
        let digest = Sha256::digest(format!("{same}\n{number}"));
        base16ct::lower::encode_string(&digest[..16])
    }
}
