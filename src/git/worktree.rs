//! What git's index tells of the work tree without the files being read: which differ from the last
//! commit, by their sizes and times. For what must cost little in a store of any size.
//!
//! Git reads a file whose time it does not know; then it would run the filters that the
//! configuration names. Each of them is shut off by its name.

use std::collections::BTreeSet;
use std::panic::resume_unwind;

use crate::error::Result;
use crate::git::changes;
use crate::git::refs::Id;
use crate::git::repository::{self, Repository};
use crate::git::run::Git;

/// A clone, as far as one look tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// The commit that is checked out; none before the first.
    pub head: Option<Id>,
    /// Whether another repository is known.
    pub has_remote: bool,
    /// How many commits the upstream lacks, and how many of its are not here, as far as was seen.
    pub apart: Option<(usize, usize)>,
    /// The paths that differ from the last commit, new and removed ones too.
    pub changed: Vec<String>,
}

/// Looks at these folders and files.
///
/// # Errors
/// `store` where git fails, or there is no repository.
pub fn glimpse<'p>(git: &Git, paths: impl IntoIterator<Item = &'p str>) -> Result<Glimpse> {
    let (has_remote, off) = settings(git)?;
    let args = ["status", "--porcelain=v2", "--branch", "-z", "--no-renames"];
    let rest = ["--untracked-files=all", "--ignore-submodules=all", "--"];
    let args = args.into_iter().chain(rest).chain(paths).map(str::to_owned);
    let said = git.read(off.into_iter().chain(args)).run()?;
    let seen = read(&String::from_utf8_lossy(&said)).ok_or_else(repository::unreadable)?;
    Ok(Glimpse { has_remote, ..seen })
}

/// What differs between the work tree and the index, below some folders, as of one moment.
pub struct Look {
    /// The paths; none where git can't tell: files that it was told not to look at ("assume
    /// unchanged", a sparse checkout), or a repository within.
    differing: Option<BTreeSet<String>>,
}

/// Has git look at the work tree: at all files whose sizes and times have changed since it last did,
/// and for new ones.
///
/// # Errors
/// `store` where git fails.
pub fn look<'p>(git: &Git, folders: impl IntoIterator<Item = &'p str>) -> Result<Look> {
    let (_, off) = settings(git)?;
    let strict = STRICT.iter().flat_map(|setting| ["-c", *setting]).map(str::to_owned);
    let before: Vec<String> = strict.chain(off).collect();
    let folders: Vec<&str> = folders.into_iter().collect();
    let said = |args: &[&str]| {
        let args = args.iter().chain(["--"].iter()).chain(&folders).map(|arg| (*arg).to_owned());
        git.read(before.iter().cloned().chain(args)).run()
    };
    // Two at once, since one thread of git finds what is new, and all it has look at what is known.
    let (listed, differing) = std::thread::scope(|scope| {
        // `--others` without exceptions: a record could hide behind a `.gitignore`.
        let listed = scope.spawn(|| said(&["ls-files", "-v", "-z", "--cached", "--others"]));
        let options = ["--name-only", "--no-renames", "--no-ext-diff", "--ignore-submodules=dirty"];
        let differing = said(&[&["diff-files", "-z"], &options[..]].concat());
        (listed.join().unwrap_or_else(|panic| resume_unwind(panic)), differing)
    });
    let mut found = tagged(&String::from_utf8_lossy(&listed?));
    let differing = differing?;
    if let Some(found) = &mut found {
        found.extend(names(&differing));
    }
    Ok(Look { differing: found })
}

impl Look {
    /// The paths at which the work tree may differ from a tree of git's: all but those that the index
    /// has as the tree has them, and the work tree as the index. None where git can't tell.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn suspects(self, repository: &Repository, tree: &Id) -> Result<Option<BTreeSet<String>>> {
        let Some(mut suspects) = self.differing else { return Ok(None) };
        let staged = changes::of_index(repository, tree)?;
        suspects.extend(staged.keys().map(|path| String::from_utf8_lossy(path).into_owned()));
        Ok(Some(suspects))
    }
}

/// What git compares, whatever a configuration says: a file that was edited within the second, and
/// given its old time, has another time of change.
const STRICT: [&str; 4] = [
    "core.checkStat=default",
    "core.trustCtime=true",
    "core.ignoreStat=false",
    "core.untrackedCache=false",
];

/// `H PATH` is in the index; `M` was not merged, `?` is in the work tree alone. Other letters, and
/// small ones, mark what git was told not to look at.
fn tagged(said: &str) -> Option<BTreeSet<String>> {
    let mut suspects = BTreeSet::new();
    for line in said.split('\0').filter(|line| !line.is_empty()) {
        match line.split_once(' ')? {
            ("H", _) => {}
            ("M" | "?", path) if !path.ends_with('/') => {
                suspects.insert(path.to_owned());
            }
            _ => return None,
        }
    }
    Some(suspects)
}

/// Lets the index know the sizes and times of the files that are as it has them, so that the next
/// look reads none. What it can't do now it does another time.
pub fn refresh(git: &Git) {
    let Ok((_, off)) = settings(git) else { return };
    let args = ["update-index", "-q", "--refresh"].map(str::to_owned);
    // Exit code 1 says that a file differs.
    drop(git.write(off.into_iter().chain(args)).code(1));
}

/// The paths at which two commits differ.
///
/// # Errors
/// `store` where git fails.
pub fn changed_between(git: &Git, before: &Id, after: &Id) -> Result<Vec<String>> {
    let args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff"];
    let said = git.read(args.into_iter().chain([before.as_str(), after.as_str()])).run()?;
    Ok(names(&said).collect())
}

/// Names, each ended by a null.
fn names(said: &[u8]) -> impl Iterator<Item = String> {
    let names = said.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.map(|name| String::from_utf8_lossy(name).into_owned())
}

/// How many commits no other repository is known to have.
///
/// # Errors
/// `store` where git fails, or there is no commit.
pub fn known_here_alone(git: &Git) -> Result<usize> {
    let said = git.read(["rev-list", "--count", "HEAD", "--not", "--remotes"]).text()?;
    said.parse().map_err(|_| repository::unreadable())
}

/// Whether there is a remote, and what shuts off each filter.
fn settings(git: &Git) -> Result<(bool, Vec<String>)> {
    let asked = r"^(filter\..*\.(clean|process|required)|remote\..*\.url)$";
    let said = git.settings(["config", "--null", "--name-only", "--get-regexp", asked]).ask()?;
    let said = said.unwrap_or_default();
    let keys = || said.split('\0').filter(|key| !key.is_empty());
    let off = keys().filter(|key| key.starts_with("filter."));
    let value = |key: &str| if key.ends_with(".required") { "false" } else { "" };
    let off = off.flat_map(|key| ["-c".to_owned(), format!("{key}={}", value(key))]).collect();
    Ok((keys().any(|key| key.starts_with("remote.")), off))
}

/// `# branch.oid ID`, `# branch.ab +1 -2`, `1 XY … PATH`, `? PATH`, each ended by a null.
fn read(said: &str) -> Option<Glimpse> {
    let mut seen = Glimpse::default();
    for part in said.split('\0').filter(|part| !part.is_empty()) {
        if let Some(id) = part.strip_prefix("# branch.oid ") {
            seen.head = Id::parse(id);
        } else if let Some(counts) = part.strip_prefix("# branch.ab +") {
            let (ahead, behind) = counts.split_once(" -")?;
            seen.apart = Some((ahead.parse().ok()?, behind.parse().ok()?));
        } else {
            // How many words stand before the path.
            let before = match part.as_bytes()[0] {
                b'?' => 1,
                b'1' => 8,
                b'u' => 10,
                _ => continue,
            };
            seen.changed.push(part.splitn(before + 1, ' ').last()?.to_owned());
        }
    }
    Some(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_did_not_look_at_is_told_from_what_is_as_it_was() {
        let all = |said: &str| tagged(said).map(|paths| paths.into_iter().collect::<Vec<_>>());
        assert_eq!(all("H a\0M b c\0H b c\0? e\0").unwrap(), ["b c", "e"]);
        assert_eq!(all("").unwrap(), [""; 0]);
        for marked in ["h a", "C a", "S a", "s a", "c a", "? within/", "a"] {
            assert_eq!(all(&format!("H x\0{marked}\0")), None, "{marked}");
        }
    }

    #[test]
    fn every_kind_of_line_is_read_and_a_path_may_have_spaces() {
        let id = "1".repeat(40);
        let said = format!(
            "# branch.oid {id}\0# branch.head main\0# branch.ab +2 -3\01 .M N... 100644 100644 100644 {id} {id} a b\0u UU N... 1 2 3 4 {id} {id} {id} c\0? d e\0! f\0"
        );
        let seen = read(&said).unwrap();
        assert_eq!((seen.head, seen.apart), (Id::parse(&id), Some((2, 3))));
        assert_eq!(seen.changed, ["a b", "c", "d e"]);
        assert_eq!(read("# branch.oid (initial)\0").unwrap(), Glimpse::default());
    }
}
