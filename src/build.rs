//! Two things that only the build can settle.
//!
//! Which commit the program is built from, for `--version`: `APPT_COMMIT` where a packager says it,
//! else what `cargo package` wrote down, else what git says. Without any of them there is no commit
//! to name, and the program is built all the same.
//!
//! And where a release build for Linux lies in memory: see [`fixed_place`].
#![allow(clippy::disallowed_methods)]

use std::path::Path;
use std::process::Command;

/// As many digits as git shows.
const DIGITS: usize = 10;

fn main() {
    println!("cargo::rerun-if-env-changed=APPT_COMMIT");
    println!("cargo::rerun-if-changed=src/build.rs");
    let said = std::env::var("APPT_COMMIT").ok().filter(|commit| !commit.is_empty());
    fixed_place();
    let commit = said.or_else(packaged).or_else(from_git);
    let commit = commit.filter(|commit| commit.bytes().all(|b| b.is_ascii_alphanumeric()));
    if let Some(commit) = commit {
        let short: String = commit.chars().take(DIGITS).collect();
        println!("cargo::rustc-env=APPT_COMMIT={short}");
    }
}

/// Links a release build for Linux at a fixed address, not as a position-independent executable.
///
/// The tables of time zones and of the command line hold some 38,000 pointers. In a
/// position-independent program the loader writes each of them anew at every start: a third of what
/// `appt request show` takes. What is given up is that the program's own code lies at a random place
/// (heap, stack and libraries still do), which guards against faults of memory that safe Rust has
/// not. A packager who wants it sets `APPT_PIE=1`.
fn fixed_place() {
    println!("cargo::rerun-if-env-changed=APPT_PIE");
    let is = |key: &str, value: &str| std::env::var(key).is_ok_and(|said| said == value);
    let can = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if can && is("PROFILE", "release") && !is("APPT_PIE", "1") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

/// The commit that `.cargo_vcs_info.json` of a published crate holds.
fn packaged() -> Option<String> {
    let text = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    rest.split('"').nth(1).map(str::to_owned)
}

/// The commit of the work tree whose root this package is; of another's, nothing.
fn from_git() -> Option<String> {
    if !Path::new(".git").exists() {
        return None;
    }
    // Where a commit is made or another one checked out, this is written to.
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name])
            && Path::new(&path).exists()
        {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&["rev-parse", "HEAD"])
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
