//! Git, through the `git` program: the only module that starts it.
//!
//! Arguments never pass a shell; hooks, file-system monitors and prompts of a repository are shut
//! off (`spec.md`, section 9).
#![allow(clippy::disallowed_methods)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::error::{Error, Result};
use crate::say;

/// A call of git in a folder.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args(["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"])
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null());
    command
}

/// Who git says is working: `user.email`, where it is set and git is there.
pub fn user_email(folder: &Path) -> Option<String> {
    let output = git(folder).args(["config", "user.email"]).output().ok()?;
    let email = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !email.is_empty()).then_some(email)
}

/// Makes a repository of a folder; one that is a repository already stays as it is.
///
/// # Errors
/// `store` where there is no git or it fails.
pub fn init(folder: &Path) -> Result<()> {
    let output = git(folder).args(["init", "--quiet"]).output();
    checked(output).map(drop)
}

/// Git's own merge of three texts, written over the first of the files: the number of conflicts
/// whose marks it left there.
///
/// # Errors
/// `store` where there is no git, or the files are no texts.
pub fn merge_file(folder: &Path, ours: &str, base: &str, theirs: &str) -> Result<u8> {
    let labels = ["-L", "ours", "-L", "base", "-L", "theirs"];
    let output =
        git(folder).arg("merge-file").args(labels).arg("--").args([ours, base, theirs]).output();
    match output.as_ref().ok().and_then(|output| output.status.code()) {
        // The number of conflicts, at most 127; more says that git failed.
        Some(conflicts @ 0..=127) => Ok(u8::try_from(conflicts).unwrap_or(u8::MAX)),
        _ => checked(output).map(|_| u8::MAX),
    }
}

fn checked(output: std::io::Result<Output>) -> Result<Output> {
    let output = output.map_err(|_| {
        Error::store("git", say!("Не нашлась программа git.", "The program git was not found."))
            .hint(say!(
                "Установите git или добавьте `--no-git`.",
                "Install git, or add `--no-git`."
            ))
    })?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::store("git", say!("git не справился: {said}", "git failed: {said}")))
}
