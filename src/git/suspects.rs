//! Which files may differ from a commit, told by git's index: it knows size, times and inode of
//! each file as it was when its content was known, so that of 150,000 files only a handful is read.
//!
//! Invariant: a file that is not named holds what the commit holds. Where the index can't promise
//! that, nothing is said, and everything must be read.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::git::changes::{self, Path};
use crate::git::refs::Id;
use crate::git::repository::Repository;

/// Settings under which an unchanged index means an unchanged file, whatever the repository's own
/// say.
const HONEST: [&str; 5] = [
    "core.checkStat=default",
    "core.trustCtime=true",
    "core.ignoreStat=false",
    "core.untrackedCache=false",
    "core.preloadIndex=true",
];

/// The paths below these folders, and among these files, that may differ from the folders of a
/// commit: changed, gone, new, or staged. None where the index has files that it was told not to
/// look at (`git update-index --assume-unchanged`, a sparse checkout).
///
/// # Errors
/// `store` where git fails.
pub fn since(repository: &Repository, tree: &Id, places: &[&str]) -> Result<Option<BTreeSet<Path>>> {
    let Some(unfiltered) = unfiltered(repository)? else { return Ok(None) };
    let settings = HONEST.iter().map(|&setting| setting.to_owned()).chain(unfiltered);
    let mut args: Vec<String> = settings.flat_map(|setting| ["-c".to_owned(), setting]).collect();
    // All of the index with its marks, and below it what differs from it.
    let list = ["ls-files", "-v", "-z", "--cached", "--others", "--modified", "--deleted", "--"];
    args.extend(list.iter().chain(places).map(|&arg| arg.to_owned()));
    let said = repository.git().read(args).with("GIT_LITERAL_PATHSPECS", "1").run()?;
    let mut suspects = BTreeSet::new();
    for line in said.split(|byte| *byte == 0).filter(|line| line.len() > 2) {
        match line[0] {
            b'H' => {}
            b'S' | b'a'..=b'z' => return Ok(None),
            _ => {
                suspects.insert(line[2..].to_vec());
            }
        }
    }
    suspects.extend(changes::of_index(repository, tree)?.into_keys());
    Ok(Some(suspects))
}

/// Settings under which no filter that the repository names is run: to compare a file as young as
/// the index with its object, git would pass it through. None where a name can't be set so.
///
/// # Errors
/// `store` where git fails.
fn unfiltered(repository: &Repository) -> Result<Option<Vec<String>>> {
    const ALL: &str = r"^filter\..*\.(clean|process|required)$";
    let call = repository.git().read(["config", "--null", "--name-only", "--get-regexp", ALL]);
    let names = call.ask()?.unwrap_or_default();
    let names: BTreeSet<&str> = names.split('\0').filter(|name| !name.is_empty()).collect();
    if names.iter().any(|name| name.contains('=')) {
        return Ok(None);
    }
    let off = |name: &&str| match name.ends_with(".required") {
        true => format!("{name}=false"),
        false => format!("{name}="),
    };
    Ok(Some(names.iter().map(off).collect()))
}
