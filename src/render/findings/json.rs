//! `--format json`, as `spec.md`, section 7 has it; after `--fix` also what was mended.

use serde_json::{Value as Json, json};

use crate::check::survey::Finding;
use crate::render::findings::Report;
use crate::render::json;
use crate::render::list::{List, Row};

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

/// The findings as a list, one a row: for `-o jsonl|csv|ids`, as other commands take them. The id of a
/// finding is its record's, else its file's path.
pub fn list(report: &Report<'_>) -> List {
    let row = |finding: &Finding| {
        let object = one(report, finding).as_object().cloned().unwrap_or_default();
        let id = finding.record.clone().unwrap_or_else(|| finding.file.clone());
        Row { id, object, cells: Vec::new() }
    };
    let columns = COLUMNS.map(|key| (key.to_owned(), key.to_owned())).to_vec();
    List { columns, csv: COLUMNS.to_vec(), rows: report.findings.iter().map(row).collect() }
}

/// The keys of a finding, in their order.
const COLUMNS: [&str; 8] =
    ["rule", "severity", "file", "line", "column", "record", "message", "hint"];

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
