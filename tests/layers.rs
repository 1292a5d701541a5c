//! The wall: the core is pure, each door to the world has one keeper, and the top level holds what
//! it should. Read from the source, so that a breach names its file.
//!
//! An exception stands in [`EXCEPTIONS`]; one that is not needed any more must go from there too.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Functions of what they are given: no files, clock, environment, terminal.
const PURE: [&str; 14] = [
    "check", "export", "format", "history", "i18n", "import", "life", "merge", "model", "query",
    "render", "script", "when", "words",
];
/// What the core does not know of.
const SHELL: [&str; 8] = ["app", "cmd", "environment", "git", "output", "prompt", "store", "sync"];
/// Every module, from the ground up: each names those before it.
const ORDER: [&str; 27] = [
    "platform",
    "threads",
    "maps",
    "i18n",
    "words",
    "error",
    "model",
    "environment",
    "when",
    "format",
    "history",
    "merge",
    "check",
    "life",
    "store",
    "query",
    "git",
    "render",
    "import",
    "export",
    "script",
    "output",
    "app",
    "prompt",
    "sync",
    "cmd",
    "main",
];
/// A pure file, and what it names none the less.
const EXCEPTIONS: [(&str, &str); 1] = [
    // The formats of an answer, and the terminal's width: values, not the streams.
    ("render/list.rs", "output"),
];

/// A door to the world, and the files that may use it (a folder ends in `/`).
const DOORS: [(&str, &[&str]); 18] = [
    // lock.rs: the type of an open file; disk.rs opens it.
    (
        "std::fs",
        &[
            "store/disk.rs",
            "store/disk/",
            "store/lock.rs",
            "environment.rs",
            "build.rs",
            "platform.rs",
        ],
    ),
    ("std::env", &["environment.rs", "build.rs", "store/broken.rs"]),
    // prompt/: Ctrl-C at a question ends the process from the thread that hears of it.
    // output/pager.rs: a long answer is read in a program of the reader's choice.
    (
        "std::process",
        &[
            "git/",
            "build.rs",
            "cmd/record/editor.rs",
            "main.rs",
            "output/pager.rs",
            "platform.rs",
            "prompt/",
        ],
    ),
    ("std::net", &[]),
    ("Utc::now", &["environment.rs"]),
    ("Local::now", &[]),
    ("SystemTime", &[]),
    ("getrandom::", &["environment.rs"]),
    ("terminal_size::", &["environment.rs"]),
    ("fs2::", &["store/lock.rs"]),
    ("rustix::", &["platform.rs", "platform/"]),
    ("cfg(unix", &["platform.rs"]),
    ("cfg(not(unix", &["platform.rs"]),
    ("target_os", &["platform.rs", "platform/"]),
    ("ctrlc::", &["output/pager.rs", "prompt/"]),
    ("walkdir::", &["store/disk.rs"]),
    ("tempfile::", &["store/disk.rs", "store/disk/"]),
    ("dialoguer::", &["prompt/"]),
];

/// What may lie at the top, hidden things aside.
const TOP: [&str; 9] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "data-example",
    "examples",
    "src",
    "tests",
];

/// A file of the program: its path below `src`, its code without comments and tests.
struct Source {
    path: String,
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        // A file's own tests are its last item (clippy: `items_after_test_module`).
        let is_of_tests = |(at, _): &(usize, &str)| {
            let mut rest = text[*at..].lines().skip_while(|line| line.starts_with("#["));
            rest.next().is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
        };
        let tests = text.match_indices("#[cfg(test)]").find(is_of_tests);
        let tests = tests.map_or(text.len(), |(at, _)| at);
        let lines = text[..tests].lines().map(|line| line.split("//").next().unwrap_or_default());
        Source { path: path.to_owned(), code: lines.collect::<Vec<_>>().join("\n") }
    }

    /// The module of the crate that it belongs to.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The modules of the crate that it names, `crate::{a, b::c}` among them.
    fn named(&self) -> BTreeSet<String> {
        let names = self.code.split("crate::").skip(1).flat_map(|rest| {
            let names = match rest.strip_prefix('{') {
                Some(group) => top_level(group.split_once("};").map_or(group, |(group, _)| group)),
                None => vec![rest],
            };
            names.into_iter().map(first_name).collect::<Vec<_>>()
        });
        names.collect()
    }

    /// Whether it goes through a door: by its full name, or by a group of imports.
    fn uses(&self, door: &str) -> bool {
        let Some(name) = door.strip_prefix("std::") else { return self.code.contains(door) };
        let groups = self.code.split("use std::{").skip(1);
        self.code.contains(door)
            || groups
                .filter_map(|rest| rest.split_once("};"))
                .flat_map(|(group, _)| top_level(group))
                .any(|item| first_name(item) == name)
    }
}

/// The items of a group of imports; what is in braces of their own is not looked into.
fn top_level(group: &str) -> Vec<&str> {
    let (mut items, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(&group[start..]);
    items
}

fn first_name(path: &str) -> String {
    path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn sources() -> Vec<Source> {
    fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let parts = path.strip_prefix(root).unwrap().iter();
            let parts: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
            let relative = parts.join("/");
            if relative.ends_with("tests") || relative.ends_with("tests.rs") {
                continue;
            }
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.push(Source::new(&relative, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    assert!(found.len() > 50, "the program has more files than {}", found.len());
    found
}

#[test]
fn the_core_does_not_know_the_shell() {
    let sources = sources();
    let mut breaches = BTreeSet::new();
    for source in sources.iter().filter(|source| PURE.contains(&source.module())) {
        for name in source.named() {
            if SHELL.contains(&name.as_str()) {
                breaches.insert((source.path.clone(), name));
            }
        }
    }
    let expected = EXCEPTIONS.map(|(path, name)| (path.to_owned(), name.to_owned()));
    assert_eq!(breaches, expected.into(), "left: what there is; right: what is excused");
}

#[test]
fn data_flow_one_way() {
    let place = |name: &str| ORDER.iter().position(|module| *module == name);
    let mut breaches = BTreeSet::new();
    for source in sources() {
        let module = source.module().to_owned();
        let Some(own) = place(&module) else {
            // The page of the whole, and what cargo runs.
            assert!(
                ["lib", "build", "testing"].contains(&module.as_str()),
                "{module} has no place"
            );
            continue;
        };
        for name in source.named() {
            if place(&name).is_some_and(|other| other > own) {
                breaches.insert((source.path.clone(), name));
            }
        }
    }
    let expected = EXCEPTIONS.map(|(path, name)| (path.to_owned(), name.to_owned()));
    assert_eq!(breaches, expected.into(), "left: what there is; right: what is excused");
}

#[test]
fn each_door_to_the_world_has_its_keeper() {
    let sources = sources();
    for (door, keepers) in DOORS {
        let is_keeper = |keeper: &str, path: &str| match keeper.ends_with('/') {
            true => path.starts_with(keeper),
            false => path == keeper,
        };
        let users: Vec<&str> =
            sources.iter().filter(|s| s.uses(door)).map(|s| s.path.as_str()).collect();
        for user in &users {
            let keeper = keepers.iter().find(|keeper| is_keeper(keeper, user));
            assert!(keeper.is_some(), "{user} uses {door}; that is for {keepers:?}");
        }
        for keeper in keepers {
            let used = users.iter().any(|user| is_keeper(keeper, user));
            assert!(used, "{keeper} does not use {door} any more");
        }
    }
}

#[test]
fn the_top_level_holds_what_it_should() {
    let mut top: Vec<String> = fs::read_dir(env!("CARGO_MANIFEST_DIR"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect();
    top.sort();
    assert_eq!(top, TOP);
}

#[test]
fn the_reader_of_imports_sees_what_it_should() {
    let source = Source::new(
        "check/x.rs",
        "use crate::{life, store::disk, words::{git, text}};\nuse std::{fs, path::Path};\n// crate::cmd\nlet a = crate::git::user();\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    use crate::prompt;\n}\n",
    );
    assert_eq!(source.module(), "check");
    let named: Vec<String> = source.named().into_iter().collect();
    assert_eq!(named, ["git", "life", "store", "words"]);
    assert!(source.uses("std::fs"));
    assert!(!source.uses("std::env"));
}
