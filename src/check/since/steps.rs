//! A status that a commit changed past the rules: the rules about one record, held against what its
//! parents had. What they had already is not the commit's.

use crate::check::since::{Breach, Change, Commit};
use crate::check::{self, Fault, Scene, Severity, Spot};
use crate::format::document::Document;
use crate::history::{self, Event};
use crate::model::kind::Kind;
use crate::model::request::Status;
use crate::say;

/// The rules that see it.
const RULES: [&str; 2] = ["illegal-transition", "history-mismatch"];

pub fn run<'c>(commit: &'c Commit<'_>, breaches: &mut Vec<Breach<'c>>) {
    let requests = commit.changes.iter().filter(|c| c.kind == Kind::Request && c.is_new());
    for change in requests {
        breaches.extend(of_record(commit, change));
    }
}

/// One cause, one finding: the worst that the commit brought into the record.
fn of_record<'c>(commit: &Commit<'_>, change: &'c Change) -> Option<Breach<'c>> {
    let after = change.after.as_deref()?;
    let mut old: Vec<_> = Vec::new();
    for before in change.before.iter().flatten() {
        old.extend(faults(commit, before));
    }
    let brought: Vec<_> = faults(commit, after).into_iter().filter(|f| !old.contains(f)).collect();
    let rank = |rule| RULES.iter().position(|known| *known == rule);
    let (_, fault) = brought.into_iter().min_by_key(|(_, fault)| rank(fault.rule))?;
    let spot = fault.spot;
    let hint = fault.hint.unwrap_or_default();
    let (severity, rule, message) = (Severity::Error, fault.rule, fault.message);
    if spot == Spot::Key("status")
        && let Some((from, to)) = jump(change, after)
    {
        let (from, to) = (from.code(), to.code());
        let message = say!(
            "шага статуса {from} → {to} не бывает, и в истории его нет.",
            "a request can't go from {from} to {to}, and its history has no such step."
        );
        let rule = "illegal-transition";
        return Some(Breach { rule, severity, change: Some(change), spot, message, hint });
    }
    Some(Breach { rule, severity, change: Some(change), spot, message, hint })
}

/// The step of status that the commit made where its parents had another, if no request can make
/// it.
fn jump(change: &Change, after: &Document) -> Option<(Status, Status)> {
    let status = |document: &Document| Status::from_code(document.record.as_ref()?.text("status")?);
    let (to, from) = (status(after)?, change.before.iter().flatten().find_map(|d| status(d))?);
    (!history::is_legal_step(from, to, &[])).then_some((from, to))
}

/// The faults of a version, each with the event that it is about: its number may differ in another
/// version.
fn faults(commit: &Commit<'_>, document: &Document) -> Vec<(Option<Event>, Fault)> {
    let Some(record) = &document.record else { return Vec::new() };
    let scene = Scene::new(commit.book, commit.settings, chrono::DateTime::UNIX_EPOCH);
    let spoilt = |key: &str| document.is_spoilt(key);
    let found = check::faults_of(&scene, record, &RULES, &spoilt);
    let event = |fault: &Fault| fault.spot.event().and_then(|at| record.history.get(at).cloned());
    found.into_iter().map(|fault| (event(&fault), fault)).collect()
}
