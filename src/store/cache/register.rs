//! Look-ups that ask for as much in a store of years as in a new one: the requests whose id has a
//! part that was typed, and those that a patient is known to have.
//!
//! What names there are is certain, since a folder whose state is unchanged has the names that it
//! had. Whose a request is, is known as of the time when the cache read it, or when its folder last
//! changed: what somebody wrote *into* the file since, without another taking its place, is seen by
//! whoever looks at all requests.

use std::ops::RangeInclusive;
use std::path::Path;

use crate::format::document::LIMIT;
use crate::format::layout;
use crate::model::kind::Kind;
use crate::platform::stat::Handle;
use crate::store::cache::STALE;
use crate::store::cache::file::File;
use crate::store::cache::holding::{self, By};
use crate::store::cache::index;
use crate::store::cache::walk::{self, Code, Folder, Found, Known, News};

/// The requests of a store by what leads to them.
pub struct Register {
    file: File,
    folders: Vec<Folder>,
    news: News,
}

impl Register {
    /// Looks at the folders; none where there is no cache, or it can't tell.
    pub fn open(root: &Path, handle: &Handle) -> Option<Register> {
        let file = File::open(root)?;
        let folders = holding::folders(&file, Kind::Request)?;
        let known = Known { kind: Kind::Request, folders: &folders, codes: &[], prints: &[] };
        let news = known.news(handle, false)?;
        Some(Register { file, folders, news })
    }

    /// How many folders were looked at.
    pub fn calls(&self) -> usize {
        self.news.calls
    }

    /// The requests whose random part, as a number, lies within a span, in the order of their ids.
    pub fn with_part(&self, span: &RangeInclusive<u64>) -> Option<Vec<Code>> {
        let mut codes = index::between(&self.file, holding::index(By::Part), span)?;
        codes.retain(|code| self.is_as_it_was(*code));
        let listed = self.news.changed.iter().flat_map(|found| &found.codes);
        codes.extend(listed.filter(|code| span.contains(&walk::part(**code))));
        codes.sort_unstable();
        Some(codes)
    }

    /// The requests that are known to be of these patients or of those merged into them, or that may
    /// be; none where so many may be that all had better be looked at.
    pub fn of(&self, root: &Handle, mut patients: Vec<Code>) -> Option<Vec<Code>> {
        let merged = holding::linked(&self.file, Kind::Patient)?;
        loop {
            let into = |(from, to): &(Code, Code)| {
                (patients.contains(to) && !patients.contains(from)).then_some(*from)
            };
            let Some(another) = merged.iter().find_map(into) else { break };
            patients.push(another);
        }
        let mut codes = self.changed(root, &patients)?;
        for subject in patients.into_iter().chain([holding::NOBODY]) {
            codes.extend(index::between(
                &self.file,
                holding::index(By::Subject),
                &(subject..=subject),
            )?);
        }
        codes.sort_unstable();
        codes.dedup();
        Some(codes)
    }

    /// The requests in changed folders that are not as they were and name one of these patients, or
    /// may.
    fn changed(&self, root: &Handle, patients: &[Code]) -> Option<Vec<Code>> {
        let ids: Vec<String> = patients.iter().map(|code| walk::id(Kind::Patient, *code)).collect();
        // A text may say a name in other words: `\u0037`.
        let may_name = |text: &str| text.contains('\\') || ids.iter().any(|id| text.contains(id));
        let (mut read, mut may, mut buffer) = (0, Vec::new(), Vec::new());
        for found in self.news.changed.iter().filter(|found| !found.codes.is_empty()) {
            let folder = root.folder(&found.path).ok()?;
            let known = self.known(found)?;
            for code in &found.codes {
                let name = walk::FileName::of(Kind::Request, *code);
                let print = folder.stamp_of(name.as_cstr()).ok().map(|stamp| stamp.print());
                let at = known.binary_search_by_key(code, |(code, _)| *code).ok();
                if print.is_some() && print == at.map(|at| known[at].1) {
                    continue;
                }
                read += 1;
                if read > STALE {
                    return None;
                }
                let text = folder.text(name.as_cstr(), LIMIT, &mut buffer);
                if text.is_none_or(|(text, _)| may_name(text)) {
                    may.push(*code);
                }
            }
        }
        Some(may)
    }

    /// The records of a folder as the cache has them, with their states.
    fn known(&self, found: &Found) -> Option<Vec<(Code, u64)>> {
        match self.place(&found.path) {
            Some(at) => holding::some(&self.file, Kind::Request, &self.folders[at].rows),
            None => Some(Vec::new()),
        }
    }

    fn place(&self, path: &str) -> Option<usize> {
        self.folders.binary_search_by(|folder| folder.path.as_str().cmp(path)).ok()
    }

    /// Whether the folder of a request has the names that the cache knows.
    fn is_as_it_was(&self, code: Code) -> bool {
        let path = layout::path(Kind::Request, &walk::id(Kind::Request, code));
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.place(folder).is_some_and(|at| {
            self.news.stamps[at].is_some_and(|stamp| stamp.print() == self.folders[at].print)
        })
    }
}
