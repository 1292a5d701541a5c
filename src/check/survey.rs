//! All findings of a store: what reading its files showed, and what the rules say of its records.

use std::rc::Rc;

use crate::check::{self, Scene, Severity, rules};
use crate::format::decode;
use crate::format::document::{Document, Stranger};
use crate::i18n::Text;
use crate::say;

/// Something wrong, and its place in the original text.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The file, relative to the store.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The record: its kind and id.
    pub record: Option<String>,
    /// What is wrong.
    pub message: Text,
    /// How to mend it.
    pub hint: Option<Text>,
}

/// Everything that is wrong with a store, worst first.
///
/// `documents` are its records' files, `strangers` the paths of those that can't be any's.
pub fn all(
    scene: &Scene<'_>,
    documents: impl Iterator<Item = Rc<Document>>,
    strangers: Vec<Stranger>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in documents {
        document_findings(scene, &document, &mut findings);
    }
    findings.extend(strangers.into_iter().map(stranger));
    findings.sort_by(|a, b| {
        (a.severity, &a.file, a.line, a.column, a.rule)
            .cmp(&(b.severity, &b.file, b.line, b.column, b.rule))
    });
    findings
}

fn stranger(stranger: Stranger) -> Finding {
    let (rule, message, hint) = if stranger.is_link {
        (
            "symlink",
            say!("Это символическая ссылка.", "This is a symbolic link."),
            say!("Замените её файлом или папкой.", "Put a file or a folder in its place."),
        )
    } else {
        (
            "misplaced-file",
            say!(
                "Здесь не место этому файлу, или имя его не id.",
                "This file is out of place, or its name is no id."
            ),
            say!("Переместите или переименуйте его.", "Move or rename it."),
        )
    };
    Finding {
        rule,
        severity: Severity::Error,
        file: stranger.path,
        line: 1,
        column: 1,
        record: None,
        message,
        hint: Some(hint),
    }
}

fn document_findings(scene: &Scene<'_>, document: &Document, findings: &mut Vec<Finding>) {
    let place = |byte: usize| decode::line_and_column(&document.text, byte);
    let record = Some(format!("{}/{}", document.kind.code(), document.id));
    let form = rules::not_canonical::problem(document);
    for problem in document.problems.iter().chain(&form) {
        let (line, column) = place(problem.span.start);
        let severity = rules::named(problem.rule).map_or(Severity::Error, |rule| rule.severity);
        findings.push(Finding {
            rule: problem.rule,
            severity,
            file: document.path.clone(),
            line,
            column,
            record: record.clone(),
            message: problem.message.clone(),
            hint: problem.hint.clone(),
        });
    }
    let Some(found) = &document.record else { return };
    let spoilt = |key: &str| document.problems.iter().any(|p| p.key.as_deref() == Some(key));
    for fault in check::faults(scene, found, &spoilt) {
        let span = match (fault.key, fault.event) {
            (Some(key), _) => document.spans.value(key),
            (None, Some(event)) => document.spans.events.get(event).cloned(),
            (None, None) => None,
        };
        let (line, column) = place(span.map_or(0, |span| span.start));
        findings.push(Finding {
            rule: fault.rule,
            severity: fault.severity,
            file: document.path.clone(),
            line,
            column,
            record: record.clone(),
            message: fault.message,
            hint: fault.hint,
        });
    }
}
