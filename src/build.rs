//! Three things that only the build can settle.
//!
//! Which commit the program is built from, for `--version`: `APPT_COMMIT` where a packager says it,
//! else what `cargo package` wrote down, else what git says. Without any of them there is no commit
//! to name, and the program is built all the same.
//!
//! How a release build for Linux is linked: see [`in_one_piece`].
//!
//! And in which order its functions lie: see [`daily_together`].
#![allow(clippy::disallowed_methods)]

use std::path::Path;
use std::process::Command;

/// As many digits as git shows.
const DIGITS: usize = 10;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-env-changed=APPT_COMMIT");
    println!("cargo::rerun-if-changed=src/build.rs");
    in_one_piece()?;
    daily_together()?;
    let given = said("APPT_COMMIT").filter(|commit| !commit.is_empty());
    let commit = given.or_else(packaged).or_else(from_git);
    let commit = commit.filter(|commit| commit.bytes().all(|b| b.is_ascii_alphanumeric()));
    if let Some(commit) = commit {
        let short: String = commit.chars().take(DIGITS).collect();
        println!("cargo::rustc-env=APPT_COMMIT={short}");
    }
    Ok(())
}

/// Links a release build for Linux in one piece and at a fixed address.
///
/// The tables of time zones and of the command line hold some 38,000 pointers. In a
/// position-independent program the loader writes each of them anew at every start; and to find the
/// C library, map it and bind its names takes as long as all that `appt request show` does. What is
/// given up: the program's own code lies at no random place (heap and stack still do), which guards
/// against faults of memory that safe Rust has not; and a new C library comes with a new build. A
/// packager who wants neither sets `APPT_SHARED=1`.
///
/// Where the C library can't be had in one piece, the program shares it and is slower by that.
fn in_one_piece() -> std::io::Result<()> {
    let is = |key: &str, value: &str| said(key).is_some_and(|said| said == value);
    let can = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if !can || !is("PROFILE", "release") {
        return Ok(());
    }
    println!("cargo::rerun-if-env-changed=APPT_SHARED");
    if is("APPT_SHARED", "1") {
        return Ok(());
    }
    println!("cargo::rustc-link-arg-bins=-no-pie");
    if said("HOST") == said("TARGET")
        && let Some(archives) = archives()
    {
        let folder = put_for_shared(&archives)?;
        println!("cargo::rustc-link-arg-bins=-static");
        println!("cargo::rustc-link-arg-bins=-L{folder}");
    }
    Ok(())
}

/// The archives of the C library (glibc) and of the unwinder, where the linker has all of them and
/// nothing is kept apart from them: before glibc 2.34, threads had a library of their own.
fn archives() -> Option<Vec<String>> {
    let linker = said("RUSTC_LINKER").unwrap_or_else(|| "cc".to_owned());
    let find = |name: &str| {
        let output = Command::new(&linker).arg(format!("-print-file-name={name}")).output().ok()?;
        let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        Path::new(&path).is_absolute().then_some(path)
    };
    let names = ["libgcc_eh.a", "libgcc.a", "libm.a", "libc.a"];
    names.into_iter().map(find).collect::<Option<_>>().filter(|_| find("libpthread.so").is_none())
}

/// A folder where the linker finds the archives under the names of the shared libraries that Rust's
/// standard library asks for: each is a linker's script, as the C library's own `libc.so` is.
///
/// `-C target-feature=+crt-static` is the same by a shorter way, but can be said only for the macros
/// that run in the compiler as well, and those have to be shared.
fn put_for_shared(archives: &[String]) -> std::io::Result<String> {
    let folder = said("OUT_DIR").expect("cargo says where to write") + "/archives";
    std::fs::create_dir_all(&folder)?;
    let script = format!("GROUP(\"{}\")\n", archives.join("\" \""));
    // Some linkers look for no shared library at all where they link in one piece.
    for name in ["libgcc_s.so", "libgcc_s.a", "libm.so", "libc.so"] {
        std::fs::write(Path::new(&folder).join(name), &script)?;
    }
    Ok(folder)
}

/// Lays the functions that run in an operator's daily commands side by side, in a section of their
/// own, where the linker can be told so.
///
/// The system maps a program in pieces of 64 KiB, each at the price of a fault. `appt request show`
/// runs a tenth of the program; strewn over all of it, that is two thirds of the pieces, which are most
/// of the memory that the command takes.
///
/// `build/daily.txt` has their names, as patterns; what it doesn't name, or names in vain, lies where it
/// would without it.
fn daily_together() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=src/build/daily.txt");
    if said("CARGO_CFG_TARGET_OS").as_deref() != Some("linux") {
        return Ok(());
    }
    let names = include_str!("build/daily.txt").lines().filter(|line| !line.starts_with('#'));
    let sections: String = names.map(|name| format!("    *(.text*.{name})\n")).collect();
    let script =
        format!("SECTIONS {{\n  .text.daily : {{\n{sections}  }}\n}} INSERT AFTER .text;\n");
    let path = said("OUT_DIR").expect("cargo says where to write") + "/daily.ld";
    std::fs::write(&path, script)?;
    let told = format!("-Wl,-T,{path}");
    if links_when(&told)? {
        println!("cargo::rustc-link-arg-bins={told}");
    }
    Ok(())
}

/// Whether the linker that is going to be used takes an argument: an empty program is linked.
fn links_when(told: &str) -> std::io::Result<bool> {
    let (rustc, folder) = (said("RUSTC"), said("OUT_DIR"));
    let (rustc, folder) = rustc.zip(folder).expect("cargo says what compiles and where to write");
    let source = folder.clone() + "/empty.rs";
    std::fs::write(&source, "fn main() {}\n")?;
    let mut command = Command::new(rustc);
    command.args(["--crate-name=empty", "--out-dir", &folder, &source, "-C"]);
    command.arg(format!("link-arg={told}"));
    if let Some(linker) = said("RUSTC_LINKER") {
        command.arg(format!("-Clinker={linker}"));
    }
    if let (Some(target), true) = (said("TARGET"), said("HOST") != said("TARGET")) {
        command.args(["--target", &target]);
    }
    let flags = said("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    command.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    Ok(command.output()?.status.success())
}

fn said(key: &str) -> Option<String> {
    std::env::var(key).ok()
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
