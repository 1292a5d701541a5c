//! Where two trees differ, and where the index differs from a tree: every path, whatever it holds,
//! with its mode. Nothing of the work tree is looked at, so that no filter runs.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::git::refs::Id;
use crate::git::repository::{self, Repository};

/// A path as git has it: bytes.
pub type Path = Vec<u8>;

/// What stands at a path: its mode, as git writes it, and its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// `100644`, `100755`, `120000` (a link) or `160000` (another repository's commit).
    pub mode: String,
    /// The object.
    pub id: Id,
}

impl Item {
    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        self.mode.starts_with("100")
    }

    /// Whether it is a file that can be run.
    pub fn is_program(&self) -> bool {
        self.mode == "100755"
    }
}

/// What a path has before and after.
pub type Change = (Option<Item>, Option<Item>);

/// The paths at which two trees (or commits) differ.
///
/// # Errors
/// `store` where git fails.
pub fn between(repository: &Repository, before: &Id, after: &Id) -> Result<BTreeMap<Path, Change>> {
    let args = ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff"];
    let ids = [before.as_str(), after.as_str()];
    read(&repository.git().read(args.iter().chain(&ids)).run()?)
}

/// The paths at which the index differs from a tree: before is the tree, after the index.
///
/// # Errors
/// `store` where git fails.
pub fn of_index(repository: &Repository, tree: &Id) -> Result<BTreeMap<Path, Change>> {
    let args = ["diff-index", "--cached", "-z", "--raw", "--no-abbrev", "--no-renames"];
    let rest = ["--no-ext-diff", tree.as_str()];
    read(&repository.git().read(args.iter().chain(&rest)).run()?)
}

/// `:MODE MODE ID ID STATUS\0PATH\0`, one after the other.
fn read(said: &[u8]) -> Result<BTreeMap<Path, Change>> {
    let mut found = BTreeMap::new();
    let mut parts = said.split(|byte| *byte == 0);
    while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
        let change = change(head).ok_or_else(repository::unreadable)?;
        found.insert(path.to_vec(), change);
    }
    Ok(found)
}

fn change(head: &[u8]) -> Option<Change> {
    let head = std::str::from_utf8(head).ok()?.strip_prefix(':')?;
    let words: Vec<&str> = head.split(' ').collect();
    let [before, after, old, new, ..] = words.as_slice() else { return None };
    let item = |mode: &str, id: &str| {
        let item = || Some(Item { mode: mode.to_owned(), id: Id::parse(id)? });
        if mode == "000000" { Some(None) } else { item().map(Some) }
    };
    Some((item(before, old)?, item(after, new)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_both_sides_and_a_path_may_be_anything() {
        let (zero, one) = ("0".repeat(40), "1".repeat(40));
        let said =
            format!(":000000 100755 {zero} {one} A\0a\nb \"\0:120000 000000 {one} {zero} D\0x\0");
        let read = read(said.as_bytes()).unwrap();
        let item = |mode: &str| Some(Item { mode: mode.to_owned(), id: Id::parse(&one).unwrap() });
        assert_eq!(read[b"a\nb \"".as_slice()], (None, item("100755")));
        assert_eq!(read[b"x".as_slice()], (item("120000"), None));
        assert!(super::read(b":100644 x\0y\0").is_err());
    }
}
