//! Hostile data by the thousand: seeds, kept under `tests/fuzz`, are cut, joined, repeated and
//! sprinkled with what a format lives on, and handed to whatever reads what others wrote. No
//! input may end in a panic, in waiting for ever, or in memory running away; what can be read must
//! read the same again.
//!
//! `cargo test` takes some hundreds of inputs for each reader; `APPT_FUZZ` names a number, and
//! `.ci/run` takes more. The numbers behind the inputs are fixed, so a failure comes back; an input
//! that failed is written down, and belongs among the seeds.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

#[path = "fuzz/readers.rs"]
mod readers;
#[path = "fuzz/soup.rs"]
mod soup;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use soup::Soup;

/// How many inputs each reader gets, unless told otherwise.
const QUICK: usize = 100;
/// How long one input may take before it counts as waiting for ever.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most memory that all of it may have taken, in kilobytes.
const MEMORY: u64 = 2 << 20;

/// Feeds a reader with the seeds of a folder.
fn feed(name: &str, share: usize, read: impl Fn(&[u8]) + Send + 'static) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(name);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    feed_with(name, share, seeds, read);
}

/// Feeds a reader: every seed as it is, and then what becomes of them.
fn feed_with(name: &str, share: usize, seeds: Vec<Vec<u8>>, read: impl Fn(&[u8]) + Send + 'static) {
    assert!(!seeds.is_empty(), "{name}: no seed");
    let count = std::env::var("APPT_FUZZ").map_or(QUICK, |n| n.parse().expect("a number")) / share;
    let (reached, progress) = mpsc::channel();
    let label = name.to_owned();
    let work = std::thread::spawn(move || {
        let mut soup = Soup::new(&seeds, &label);
        let mutated = (0..count.max(20)).map(|_| soup.serve());
        for input in seeds.iter().cloned().chain(mutated) {
            reached.send(input.clone()).expect("somebody listens");
            if catch_unwind(AssertUnwindSafe(|| read(&input))).is_err() {
                panic!("{}", written_down(&label, &input));
            }
        }
    });
    let mut last = Vec::new();
    loop {
        match progress.recv_timeout(PATIENCE) {
            Ok(input) => last = input,
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("hangs: {}", written_down(name, &last)),
        }
    }
    if work.join().is_err() {
        panic!("{name}: an input failed, see above");
    }
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most = most.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
        assert!(most.is_none_or(|most| most < MEMORY), "{name}: {most:?} kB");
    }
}

/// Where an input that failed lies now.
fn written_down(name: &str, input: &[u8]) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
    fs::write(&path, input).unwrap();
    format!("{name}: keep this input among the seeds: {}", path.display())
}

#[test]
fn records() {
    feed("record", 1, readers::record);
}

#[test]
fn settings() {
    feed("appt.toml", 1, readers::settings);
}

#[test]
fn journals() {
    let store = common::Sandbox::new();
    feed("journal", 2, move |bytes| readers::journal(&store, bytes));
}

/// The seed is what the program makes itself.
#[test]
fn caches() {
    let store = readers::cached();
    let seed = fs::read(store.cwd.join(".appt/cache")).expect("a list left a cache");
    feed_with("cache", 15, vec![seed], move |bytes| readers::cache(&store, bytes));
}

#[test]
fn times() {
    feed("times", 1, readers::times);
}

#[test]
fn merges() {
    feed("record", 1, readers::merge);
}

#[test]
fn imports() {
    for (at, name) in ["csv", "jsonl", "django"].into_iter().enumerate() {
        let store = common::Sandbox::new();
        feed(name, 3, move |bytes| readers::import(&store, at, bytes));
    }
}

#[test]
fn answers_of_a_script() {
    let (store, _) = common::Sandbox::with_request();
    feed("answers", 10, move |bytes| readers::program(&store, "script --answers FILE", bytes));
}

#[test]
fn lines_of_a_batch() {
    let (store, _) = common::Sandbox::with_request();
    feed("batch", 10, move |bytes| readers::program(&store, "batch FILE --dry-run", bytes));
}

/// A whole store of such files is listed and checked.
#[test]
fn stores() {
    let (store, _) = common::Sandbox::with_request();
    feed("record", 10, move |bytes| readers::store(&store, bytes));
}
