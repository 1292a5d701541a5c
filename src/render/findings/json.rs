//! `--format json`, as `spec.md`, section 7 has it; after `--fix` also what was mended.

use serde_json::{Value as Json, json};

use crate::check::survey::Finding;
use crate::render::findings::Report;
use crate::render::json;

/// Writes the report.
pub fn write(report: &Report<'_>) -> String {
    let findings: Vec<Json> = report.findings.iter().map(|finding| one(report, finding)).collect();
    let mut object = json!({ "findings": findings });
    if let Some(mended) = report.mended {
        let mended = mended.iter().map(
            |one| json!({ "file": one.file, "to": one.to, "message": one.what.get(report.lang) }),
        );
        object["mended"] = mended.collect();
    }
    format!("{}\n", json::text(&object))
}

fn one(report: &Report<'_>, finding: &Finding) -> Json {
    json!({
        "rule": finding.rule,
        "severity": finding.severity.code(),
        "file": finding.file,
        "line": finding.start.line,
        "column": finding.start.column,
        "record": finding.record,
        "message": finding.message.get(report.lang),
        "hint": finding.hint.as_ref().map(|hint| hint.get(report.lang)),
    })
}
