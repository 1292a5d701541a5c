//! Git, through the `git` program: the only module that starts it.
//!
//! [`run`] says how, and what of a repository is shut off; [`refs`] keeps names from being options;
//! [`objects`], [`tree`] and [`snapshot`] read what commits hold, without a work tree;
//! [`repository`] is where a command begins; [`since`] walks its commits; [`setup`] is what a clone needs once;
//! [`state`], [`changes`], [`commits`], [`worktree`], [`remote`] and [`vault`] are for `sync`.
#![allow(clippy::disallowed_methods)]

pub mod changes;
pub mod commits;
pub mod objects;
pub mod refs;
pub mod remote;
pub mod repository;
pub mod run;
pub mod setup;
pub mod since;
pub mod snapshot;
pub mod state;
pub mod tree;
pub mod unmerged;
pub mod vault;
pub mod worktree;

use std::path::Path;

use crate::error::{Result, rule};
use crate::git::run::Git;
use crate::say;

/// Who git says is working: `user.email`, where it is set and git is there.
pub fn user_email(folder: &Path) -> Option<String> {
    let said = Git::at(folder).read(["config", "user.email"]).ask().ok()??;
    let email = said.trim();
    (!email.is_empty()).then(|| email.to_owned())
}

/// Makes a repository of a folder; one that is a repository already stays as it is. Its branch is
/// `main` unless the user chose another name: clones of one store should agree.
///
/// # Errors
/// `store` where there is no git or it fails.
pub fn init(folder: &Path) -> Result<()> {
    let git = Git::at(folder);
    let chosen = git.settings(["config", "--get", "init.defaultBranch"]).ask().ok().flatten();
    let default = chosen.is_none().then_some(["-c", "init.defaultBranch=main"]);
    let made = git.write(default.iter().flatten().chain(&["init", "--quiet"])).run();
    made.map(drop).map_err(|error| match error.rule {
        Some(rule::NO_GIT) => error.hint(say!(
            "Установите git или добавьте `--no-git`.",
            "Install git, or add `--no-git`."
        )),
        _ => error,
    })
}

/// Git's own merge of three texts, written over the first of the files: the number of conflicts
/// whose marks it left there.
///
/// # Errors
/// `store` where there is no git, or the files are no texts.
pub fn merge_file(folder: &Path, ours: &str, base: &str, theirs: &str) -> Result<u8> {
    let labels = ["-L", "ours", "-L", "base", "-L", "theirs"];
    let args = ["merge-file"].into_iter().chain(labels).chain(["--", ours, base, theirs]);
    // The number of conflicts, at most 127; more says that git failed.
    Git::at(folder).write(args).code(127)
}
