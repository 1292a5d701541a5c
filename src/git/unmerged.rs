//! What git's own merge left undone, where the merge driver was missing: the three versions that
//! the index has of a path, and those of a merge that was committed with its markers.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::format::document::Found;
use crate::git::objects::{Entry, Sort};
use crate::git::refs::Id;
use crate::git::repository::Repository;
use crate::git::setup;
use crate::git::tree;

/// The common ancestor's entry, ours, and theirs.
pub type Stages = [Option<Entry>; 3];

/// The three versions of a file, as texts; none where a side has no such file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Versions {
    /// The common ancestor's.
    pub base: Option<String>,
    /// Ours.
    pub ours: Option<String>,
    /// Theirs.
    pub theirs: Option<String>,
}

impl Repository {
    /// The paths that git could not merge, with their stages in the index.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn unmerged(&self) -> Result<BTreeMap<String, Stages>> {
        let said = self.git().read(["ls-files", "--unmerged", "-z"]).run()?;
        let mut found: BTreeMap<String, Stages> = BTreeMap::new();
        for line in said.split(|b| *b == 0) {
            let line = String::from_utf8_lossy(line);
            let Some((path, stage, entry)) = staged(&line) else { continue };
            found.entry(path.to_owned()).or_default()[stage] = Some(entry);
        }
        Ok(found)
    }

    /// What the stages of a path hold; none where one of them is no text.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn versions(&self, stages: &Stages) -> Result<Option<Versions>> {
        let mut texts = [None, None, None];
        for (text, entry) in texts.iter_mut().zip(stages) {
            let Some(entry) = entry else { continue };
            match self.objects().found(entry)? {
                Found::Text(found) => *text = Some(found),
                _ => return Ok(None),
            }
        }
        let [base, ours, theirs] = texts;
        Ok(Some(Versions { base, ours, theirs }))
    }

    /// What a path held on both sides of the merge that wrote it as it is at `HEAD`, and what it
    /// holds there; none where no merge of two wrote it last.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn merged_versions(&self, path: &str) -> Result<Option<(Versions, String)>> {
        let last = self.git().read(["rev-list", "-1", "HEAD", "--", path]).text()?;
        let Some(merge) = Id::parse(last.trim()).map(|id| self.read(&id)).transpose()?.flatten()
        else {
            return Ok(None);
        };
        let [ours, theirs] = merge.parents.as_slice() else { return Ok(None) };
        let base = self.merge_bases(ours, theirs)?.into_iter().next();
        let stage = |tree: Option<Id>| match tree {
            Some(tree) => tree::entry(self.objects(), &tree, path),
            None => Ok(None),
        };
        let tree = |id: &Id| self.read(id).map(|commit| commit.map(|commit| commit.tree));
        let stages =
            [stage(base.map(|commit| commit.tree))?, stage(tree(ours)?)?, stage(tree(theirs)?)?];
        let now = self.versions(&[stage(Some(merge.tree))?, None, None])?;
        let now = now.and_then(|versions| versions.base);
        Ok(self.versions(&stages)?.zip(now))
    }

    /// Tells the index that these paths are merged: as they are in the work tree, or gone.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn mark_merged(&self, paths: &[String], gone: &[String]) -> Result<()> {
        let durable = ["-c", "core.fsync=all"];
        let hash = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
        let names: String = paths.iter().map(|path| format!("{path}\n")).collect();
        let hashes = self.git().write(durable.iter().chain(&hash)).converse(names.into_bytes())?;
        let hashes = String::from_utf8_lossy(&hashes);
        // Git does not sync the folders of its objects: the index must name none that may go.
        setup::make_durable(self.git())?;
        let mut lines = String::new();
        for path in paths.iter().chain(gone) {
            // A path that has stages loses them before it gets its one entry.
            let nothing = "0".repeat(hashes.lines().next().map_or(40, str::len));
            lines.push_str(&format!("0 {nothing}\t{path}\0"));
        }
        for (path, hash) in paths.iter().zip(hashes.lines()) {
            lines.push_str(&format!("100644 {hash}\t{path}\0"));
        }
        let update = ["update-index", "-z", "--index-info"];
        self.git().write(durable.iter().chain(&update)).converse(lines.into_bytes())?;
        setup::make_durable(self.git())
    }
}

/// A line of `git ls-files --unmerged`: `MODE HASH STAGE<tab>PATH`.
fn staged(line: &str) -> Option<(&str, usize, Entry)> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split(' ');
    let sort = match words.next()? {
        "120000" => Sort::Link,
        "160000" => Sort::Module,
        _ => Sort::File,
    };
    let id = Id::parse(words.next()?)?;
    let stage: usize = words.next()?.parse().ok()?;
    (1..=3).contains(&stage).then(|| (path, stage - 1, Entry { sort, id }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_index_is_read() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        let line = format!("100644 {hash} 2\tclinics/a b.toml");
        let (path, stage, entry) = staged(&line).unwrap();
        assert_eq!((path, stage, entry.sort), ("clinics/a b.toml", 1, Sort::File));
        for broken in ["", "100644 x 2\ta", &format!("100644 {hash} 4\ta"), &format!("{hash} 2 a")]
        {
            assert!(staged(broken).is_none(), "{broken}");
        }
    }
}
