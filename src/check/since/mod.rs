//! What is wrong with a commit: the rules of `check --since` (`spec.md`, section 7).
//!
//! A commit reaches them as a value: its records, its parents' records, what changed, and who made
//! it. A merge is held against all its parents: what it takes over from one of them is not its own.
//!
//! Invariant: no finding names a person; a commit's author is the operator whose e-mail it has, or
//! nobody.

mod steps;

use std::rc::Rc;

use crate::check::survey::{self, Finding};
use crate::check::{Judge, Severity, Spot, rules};
use crate::error::Error;
use crate::format::document::Document;
use crate::history::{self, Event};
use crate::i18n::Text;
use crate::model::book::{Book, Visit};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::settings::{self, Settings};
use crate::model::sieve::Sieve;
use crate::say;

/// A record that a commit changed.
pub struct Change {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Where its file lies, or lay.
    pub path: String,
    /// The file as each parent has it.
    pub before: Vec<Option<Rc<Document>>>,
    /// The file where the parents of a merge went apart.
    pub base: Option<Rc<Document>>,
    /// The file as an earlier one of the commits that are judged removed it, where no parent has it.
    pub removed: Option<Rc<Document>>,
    /// The file as the commit has it.
    pub after: Option<Rc<Document>>,
}

/// A commit, with all that is asked of it.
pub struct Commit<'a> {
    /// Its name, as short as git finds unique; none of what is staged.
    pub name: Option<&'a str>,
    /// Its author's e-mail.
    pub email: &'a str,
    /// The records of each parent.
    pub parents: Vec<&'a dyn Book>,
    /// Whether a parent has a store: the commit that founds it needs no role in it.
    pub is_founded: bool,
    /// Its records.
    pub book: &'a dyn Book,
    /// Its settings.
    pub settings: &'a Settings,
    /// Whether it changed the settings itself, merged or not.
    pub changed_settings: bool,
    /// What it changed, in the order of the paths.
    pub changes: Vec<Change>,
}

impl Change {
    /// Whether no parent has the record as the commit has it.
    pub fn is_new(&self) -> bool {
        !self.before.iter().any(|before| is_same(before.as_ref(), self.after.as_ref()))
    }

    /// Whether somebody decided it: not so where a merge united the histories of its parents, and
    /// the record is what they add up to.
    pub fn is_decided(&self) -> bool {
        let united = || {
            let after = self.after.as_ref()?.record.as_ref()?;
            let known = |event: &Event| {
                self.before.iter().flatten().any(|before| events(before).contains(event))
            };
            let adds_up = history::fold(self.kind, &after.history).values == after.values;
            Some(self.before.len() > 1 && adds_up && after.history.iter().all(known))
        };
        self.is_new() && !united().unwrap_or(false)
    }

    /// What the whole store's findings call the record.
    pub fn label(&self) -> String {
        format!("{}/{}", self.kind.code(), self.id)
    }
}

/// Whether two versions of a file say the same.
pub(super) fn is_same(a: Option<&Rc<Document>>, b: Option<&Rc<Document>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Rc::ptr_eq(a, b) || (a.record.is_some() && a.text == b.text),
        _ => false,
    }
}

/// The events of a file that could be read.
pub(super) fn events(document: &Document) -> &[Event] {
    document.record.as_ref().map_or(&[], |record| &record.history)
}

/// Whether a record was made anew after its earlier version had ended: it has lost nothing of that.
pub(super) fn is_anew(before: &Document, after: &Document) -> bool {
    let ends = events(before).last().zip(events(after).first());
    ends.is_some_and(|(last, first)| first.at > last.at)
}

/// Whether a later version of a file has, among the events of an earlier one, some that it did not
/// have: they were changed, and not only taken out.
pub fn is_altered(before: &Document, after: &Document) -> bool {
    let old = events(before);
    let is_among = |event: &&Event| old.last().is_some_and(|last| event.at <= last.at);
    events(after).iter().filter(is_among).any(|event| !old.contains(event))
}

/// What is wrong where a later version of a file has lost events of an earlier one. A record that
/// was removed and made anew has lost none: it begins when the other had ended.
pub fn rewritten(before: &Document, after: &Document) -> Option<Finding> {
    let (old, new) = (events(before), events(after));
    let is_read = before.record.is_some() && after.record.is_some();
    let lost = old.iter().filter(|event| !new.contains(event)).count();
    if !is_read || is_anew(before, after) || lost == 0 {
        return None;
    }
    let (rule, path) = (rules::history_rewritten::RULE.name, &after.path);
    let Text { ru, en } = rules::history_rewritten::told(lost);
    let (message, hint) = (
        say!("Записи верить нельзя: {ru}", "The record can't be trusted: {en}"),
        say!(
            "Верните строки истории в файл: {path}.",
            "Take the history's lines back into the file: {path}."
        ),
    );
    let record = Some(format!("{}/{}", after.kind.code(), after.id));
    Some(Finding { record, ..Finding::of_file(rule, path, message, hint) })
}

/// What a commit breaks.
pub struct Breach<'c> {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The change; none where it is about the settings.
    pub change: Option<&'c Change>,
    /// Where in its file.
    pub spot: Spot,
    /// What is wrong, without the commit's name.
    pub message: Text,
    /// How to mend it.
    pub hint: Text,
}

/// A finding of a commit, and what it says of the store as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// The record that is gone although another refers to it: that the reference leads nowhere has
    /// the same cause.
    pub missed: Option<(Kind, String)>,
    /// Whether its cause is a file that can't be read.
    is_unread: bool,
}

/// What is wrong with a commit, in the order of its files.
pub fn judge(commit: &Commit<'_>) -> Vec<Judged> {
    let mut breaches = Vec::new();
    for rule in rules::ALL {
        let Judge::Commit { run } = rule.judge else { continue };
        run(commit, &mut breaches);
    }
    steps::run(commit, &mut breaches);
    breaches.sort_by_key(|breach| breach.change.map(|change| &change.path));
    breaches.into_iter().map(|breach| told(commit, breach)).collect()
}

fn told(commit: &Commit<'_>, breach: Breach<'_>) -> Judged {
    let after = breach.change.and_then(|change| change.after.as_ref());
    let span = after.and_then(|document| breach.spot.span(document.spans()));
    let Text { ru, en } = breach.message;
    let message = match commit.name {
        Some(name) => say!("Коммит {name}: {ru}", "Commit {name}: {en}"),
        None => say!("Войдёт в коммит: {ru}", "Would be committed: {en}"),
    };
    let is_missed = breach.rule == "record-removed" && breach.severity == Severity::Error;
    let missed = breach.change.filter(|_| is_missed);
    let file = breach.change.map_or(settings::FILE, |change| &change.path);
    let place = match (after, span) {
        (Some(document), Some(span)) => survey::of_span(breach.rule, document, span),
        _ => Finding::of_file(breach.rule, file, Text::default(), Text::default()),
    };
    Judged {
        missed: missed.map(|change| (change.kind, change.id.clone())),
        is_unread: after.is_some_and(|document| document.record.is_none()),
        finding: Finding {
            severity: breach.severity,
            record: breach.change.map(Change::label),
            message,
            hint: Some(breach.hint),
            ..place
        },
    }
}

/// Rules that judge a commit, and the rules about the store that find the same cause in the same
/// record.
const SAME_CAUSE: [(&str, &[&str]); 4] = [
    (
        "illegal-transition",
        &["illegal-transition", "history-mismatch", "processed-without-appointment"],
    ),
    (
        "history-mismatch",
        &["illegal-transition", "history-mismatch", "processed-without-appointment"],
    ),
    // A history that was rewritten accuses no key.
    ("history-rewritten", &["illegal-transition", "history-mismatch", "unrecorded-edit"]),
    // What was changed in the file must go back anyway.
    ("not-permitted", &["unrecorded-edit"]),
];

/// The rules that find a file of which nothing can be read.
const UNREAD: [&str; 4] = ["syntax", "oversized-file", "symlink", "misplaced-file"];

/// The findings of the store and those of its commits, with one finding for a cause: that of the
/// commit, which names who can tell; but a file that can't be read has no other finding.
pub fn join(store: Vec<Finding>, commits: Vec<Judged>) -> Vec<Finding> {
    let unread: Vec<String> = store
        .iter()
        .filter(|finding| UNREAD.contains(&finding.rule))
        .map(|finding| finding.file.clone())
        .collect();
    let is_told = |judged: &Judged| judged.is_unread && unread.contains(&judged.finding.file);
    let commits: Vec<Judged> = commits.into_iter().filter(|judged| !is_told(judged)).collect();
    let has_same_cause = |finding: &Finding| {
        commits.iter().map(|judged| &judged.finding).any(|judged| {
            judged.severity == Severity::Error
                && judged.record.is_some()
                && judged.record == finding.record
                && SAME_CAUSE
                    .iter()
                    .any(|(rule, same)| *rule == judged.rule && same.contains(&finding.rule))
        })
    };
    let mut all: Vec<Finding> =
        store.into_iter().filter(|finding| !has_same_cause(finding)).collect();
    all.extend(commits.into_iter().map(|judged| judged.finding));
    all.sort_by_key(|finding| finding.severity);
    all
}

/// A book in which some records that are gone count as there: somebody has said that they are.
pub struct WithMissed<'b> {
    /// The records.
    pub book: &'b dyn Book,
    /// Those that are gone.
    pub missed: Vec<(Kind, String)>,
}

impl Book for WithMissed<'_> {
    fn get(&self, kind: Kind, id: &str) -> Option<Rc<Record>> {
        self.book.get(kind, id)
    }

    fn ids(&self, kind: Kind) -> Rc<Vec<String>> {
        self.book.ids(kind)
    }

    fn has(&self, kind: Kind, id: &str) -> bool {
        self.book.has(kind, id) || self.missed.iter().any(|(k, i)| (*k, i.as_str()) == (kind, id))
    }

    fn unread(&self, kind: Kind, id: &str) -> Option<Error> {
        self.book.unread(kind, id)
    }

    fn is_spoilt(&self, kind: Kind, id: &str, key: &str) -> bool {
        self.book.is_spoilt(kind, id, key)
    }

    fn all(&self, kind: Kind) -> Vec<Rc<Record>> {
        self.book.all(kind)
    }

    fn sift(&self, kind: Kind, sieve: &Sieve) -> Vec<Rc<Record>> {
        self.book.sift(kind, sieve)
    }

    fn visits(&self) -> Vec<Visit> {
        self.book.visits()
    }
}

#[cfg(test)]
mod tests;
