//! `appt check` in every format: one golden folder a rule, below `tests/check/`.
//!
//! A folder is laid over the store in `tests/check/base`, in which nothing is wrong: its `store/` is
//! copied there, then its `setup.sh` runs there (for what no file in git can be). Beside them lies
//! what `check` says, in each format. A folder shows its own rule and no other, so that a rule that
//! breaks turns its own folder red, and no other.
//!
//! `UPDATE_GOLDEN=1 cargo test --test check` writes what was said into the folders.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

#[path = "check/explain.rs"]
mod explain;
#[path = "check/formats.rs"]
mod formats;
#[path = "check/hostile.rs"]
mod hostile;
#[path = "check/many.rs"]
mod many;
#[path = "check/paths.rs"]
mod paths;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use appt::check::{Judge, rules};
use common::Sandbox;
use serde_json::Value as Json;

/// A format, the language it is shown in, and its file in a golden folder.
const FORMATS: [(&str, &str, &str); 7] = [
    ("human", "ru", "human.ru.txt"),
    ("human", "en", "human.en.txt"),
    ("json", "en", "findings.json"),
    ("github", "en", "github.txt"),
    ("gitlab", "en", "gitlab.json"),
    ("sarif", "en", "sarif.json"),
    ("junit", "en", "junit.xml"),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check").join(name)
}

/// The golden folders, by the rules that they are named after.
fn folders() -> BTreeSet<String> {
    let entries = fs::read_dir(folder("")).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let names = folders.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| !["base", "schemas"].contains(&name.as_str())).collect()
}

/// A copy of the base store, for its owner alone.
fn base() -> Sandbox {
    let mut sandbox = Sandbox::empty();
    common::copy(&folder("base"), &sandbox.cwd);
    fs::set_permissions(&sandbox.cwd, fs::Permissions::from_mode(0o700)).unwrap();
    sandbox.set("APPT_LANG", "en");
    sandbox
}

/// The base store with a rule's folder laid over it.
fn broken(rule: &str) -> Sandbox {
    let sandbox = base();
    let over = folder(rule).join("store");
    if over.exists() {
        common::copy(&over, &sandbox.cwd);
    }
    let setup = folder(rule).join("setup.sh");
    if setup.exists() {
        let output = sandbox.command("sh").arg(&setup).output().unwrap();
        common::Ran::of("setup.sh", output).exits(0);
    }
    sandbox
}

/// The findings of a store: rule, file.
fn found(sandbox: &Sandbox) -> Vec<(String, String)> {
    let json = sandbox.run("check --json").json();
    let text = |finding: &Json, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = json["findings"].as_array().unwrap().iter();
    findings.map(|finding| (text(finding, "rule"), text(finding, "file"))).collect()
}

#[test]
fn nothing_is_wrong_in_the_base_store() {
    let sandbox = base();
    assert_eq!(found(&sandbox), []);
    sandbox.ok("check --strict");
}

#[test]
fn every_rule_has_a_folder_and_every_folder_a_rule() {
    // What only `--since` judges needs commits, and has tests of its own.
    let by_files = rules::ALL.iter().filter(|rule| has_folder(&rule.judge));
    let rules: BTreeSet<String> = by_files.map(|rule| rule.name.to_owned()).collect();
    assert_eq!(folders(), rules);
}

fn has_folder(judge: &Judge) -> bool {
    matches!(judge, Judge::File | Judge::Record { .. })
}

#[test]
fn a_folder_breaks_its_own_rule_and_no_other() {
    for rule in folders() {
        let sandbox = broken(&rule);
        let rules: BTreeSet<String> = found(&sandbox).into_iter().map(|(rule, _)| rule).collect();
        assert_eq!(rules, [rule].into());
    }
}

#[test]
fn every_folder_says_what_it_said() {
    let mut wrong = Vec::new();
    for rule in folders() {
        let mut sandbox = broken(&rule);
        for (format, lang, file) in FORMATS {
            sandbox.set("APPT_LANG", lang);
            let said = sandbox.run(&format!("check --format {format}")).stdout;
            let said = golden(format, &said);
            let path = folder(&rule).join(file);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::write(&path, &said).unwrap();
            } else if fs::read_to_string(&path).ok().as_deref() != Some(said.as_str()) {
                wrong.push(format!("{}:\n{said}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "not as it was (UPDATE_GOLDEN=1 accepts):\n{}", wrong.join("\n"));
}

/// What of a format's text is kept: JSON is spread out, and SARIF goes without the table of rules,
/// which is the same in each.
fn golden(format: &str, said: &str) -> String {
    if !["json", "gitlab", "sarif"].contains(&format) {
        return said.to_owned();
    }
    let mut json: Json = serde_json::from_str(said).unwrap();
    if format == "sarif" {
        json = json["runs"][0]["results"].take();
    }
    format!("{}\n", serde_json::to_string_pretty(&json).unwrap())
}
