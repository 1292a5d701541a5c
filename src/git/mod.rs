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
