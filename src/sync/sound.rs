//! What of a difference can be committed: judged is the store as it would be then, without what is
//! left.
//!
//! A record is left for an error that the commit does not have already: what others, or a merge,
//! brought in must not keep later work from being shared. It is also left where it has lost a part
//! of the history that the commit has.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::{DateTime, Utc};

use crate::check::Severity;
use crate::check::since;
use crate::check::survey;
use crate::format::document::Document;
use crate::format::layout;
use crate::git::snapshot::Snapshot;
use crate::merge;
use crate::model::book::{Book, Draft};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::settings::Settings;
use crate::store::library::Library;

/// A file that is not committed, and the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// Its path.
    pub path: String,
    /// The rule of section 7.
    pub rule: &'static str,
}

/// What is judged: a store, and the commit that it is compared with.
pub struct Ground<'a> {
    /// The store.
    pub library: &'a Library<'a>,
    /// Its settings.
    pub settings: &'a Settings,
    /// Now.
    pub now: DateTime<Utc>,
    /// The commit; none before the first.
    pub before: Option<&'a Snapshot<'a>>,
}

impl Ground<'_> {
    fn committed(&self, kind: Kind, id: &str) -> Option<Rc<Record>> {
        self.before.and_then(|before| before.get(kind, id))
    }

    /// The rule that a record breaks whose history has lost what the commit has of it. What a merge
    /// inserts is no loss.
    fn rewritten(&self, document: &Document) -> Option<&'static str> {
        let before = self.before?.document(document.kind, &document.id)?;
        since::rewritten(&before, document).map(|finding| finding.rule)
    }

    /// Takes out what can't be committed, until the rest is sound without it; what was taken out.
    pub fn sift(
        &self,
        documents: &mut Vec<Rc<Document>>,
        gone: &mut Vec<(Kind, String)>,
    ) -> BTreeSet<Left> {
        let mut left = BTreeSet::new();
        let mut draft = Draft::new(self.library);
        let mut out: Vec<(Rc<Document>, &'static str)> = Vec::new();
        loop {
            let (mut bad, wanted) = (self.bad(&draft, documents), self.wanted(&draft, gone));
            if bad.is_empty() && wanted.is_empty() {
                break;
            }
            documents.retain(|document| {
                let Some(rule) = bad.remove(&document.path) else { return true };
                let (kind, id) = (document.kind, &document.id);
                draft.put(kind, id, self.committed(kind, id));
                out.push((Rc::clone(document), rule));
                false
            });
            gone.retain(|(kind, id)| {
                let path = layout::path(*kind, id);
                if !wanted.contains(&path) {
                    return true;
                }
                left.insert(Left { path, rule: "record-removed" });
                draft.put(*kind, id, self.committed(*kind, id));
                false
            });
        }
        self.forgive(draft, &mut out, documents);
        let out =
            out.into_iter().map(|(document, rule)| Left { path: document.path.clone(), rule });
        left.extend(out);
        left
    }

    /// Takes back in what was bad only for the sake of something else that is out by now.
    fn forgive(
        &self,
        mut draft: Draft<'_>,
        out: &mut Vec<(Rc<Document>, &'static str)>,
        documents: &mut Vec<Rc<Document>>,
    ) {
        let mut at = 0;
        while let Some((document, _)) = out.get(at).cloned() {
            let (kind, id) = (document.kind, &document.id);
            draft.put(kind, id, document.record.clone());
            if document.is_whole() && self.bad(&draft, &[Rc::clone(&document)]).is_empty() {
                out.remove(at);
                documents.push(document);
                at = 0; // What refers to it may be good now.
            } else {
                draft.put(kind, id, self.committed(kind, id));
                at += 1;
            }
        }
    }

    /// The files with an error that their record does not have in the commit, and its rule.
    fn bad(&self, book: &dyn Book, documents: &[Rc<Document>]) -> BTreeMap<String, &'static str> {
        let errors = |book: &dyn Book, documents: &[Rc<Document>]| {
            let mut found = survey::of_files(book, self.settings, self.now, documents);
            found.retain(|f| f.severity == Severity::Error && f.rule != "unresolved-conflict");
            found
        };
        let rewritten =
            |document: &Rc<Document>| Some((document.path.clone(), self.rewritten(document)?));
        let mut bad: BTreeMap<String, &'static str> =
            documents.iter().filter_map(rewritten).collect();
        let found = errors(book, documents);
        if found.is_empty() {
            return bad;
        }
        let paths: BTreeSet<&str> = found.iter().map(|finding| finding.file.as_str()).collect();
        let before: Vec<_> = paths
            .into_iter()
            .filter_map(layout::record_at)
            .filter_map(|(kind, id)| self.before?.document(kind, id))
            .collect();
        let had = match self.before {
            Some(book) => errors(book, &before),
            None => Vec::new(),
        };
        // What is no text can't be committed as one, whatever the commit has.
        let is_text = |path: &str| documents.iter().all(|d| d.path != path || d.is_all);
        let is_new = |f: &&survey::Finding| {
            !is_text(&f.file) || !had.iter().any(|old| old.file == f.file && old.rule == f.rule)
        };
        // A history that was rewritten is the cause of what else is wrong with the record.
        for finding in found.iter().filter(is_new) {
            bad.entry(finding.file.clone()).or_insert(finding.rule);
        }
        bad
    }

    /// Those of the records that are gone to which something still refers.
    fn wanted(&self, book: &dyn Book, gone: &[(Kind, String)]) -> BTreeSet<String> {
        let mut wanted = BTreeSet::new();
        if gone.is_empty() {
            return wanted;
        }
        let gone: BTreeSet<String> =
            gone.iter().map(|(kind, id)| layout::path(*kind, id)).collect();
        for record in Kind::ALL.into_iter().flat_map(|kind| book.all(kind)) {
            wanted.extend(merge::named_by(&record).into_iter().filter(|path| gone.contains(path)));
        }
        wanted
    }
}
