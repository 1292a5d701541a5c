//! The readers: each takes any bytes.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;

use appt::format::document::{Document, Found};
use appt::format::{decode, encode};
use appt::import::{FORMATS, World};
use appt::merge;
use appt::model::kind::Kind;
use appt::model::range::Range;
use appt::model::settings::Settings;
use appt::store::{Store, journal};
use appt::when::{self, Frame};
use chrono::DateTime;
use sha2::{Digest as _, Sha256};

use crate::common::{APPT, Sandbox, words};

const SETTINGS: &str = "format = 1\n\ntimezone = \"Europe/Moscow\"\n\nhours = \"08:00-20:00\"\n\n\
                        passport = \"ru\"\n\nkey = \"0123456789abcdef0123456789abcdef\"\n";

/// An id of each kind.
const IDS: [(Kind, &str); 5] = [
    (Kind::Specialty, "terapevt"),
    (Kind::Clinic, "poliklinika-1"),
    (Kind::Operator, "anna"),
    (Kind::Patient, "7h2k9m4qwe"),
    (Kind::Request, "20261123-k7m2qx"),
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The kind whose file this looks like; it need not be one.
fn kind(text: &str) -> (Kind, &'static str) {
    let keys = ["aliases", "specialties", "role", "passport", "patient"];
    let at = keys.iter().rposition(|key| text.contains(key)).unwrap_or(0);
    IDS[at]
}

/// What is read without a finding is the same once it has been written and read again.
pub fn record(bytes: &[u8]) {
    let text = text(bytes);
    let (right, id) = kind(&text);
    for (kind, id) in IDS {
        Document::new(kind, id, "x.toml".to_owned(), Found::Text(text.clone()));
    }
    let read = decode::record(right, id, &text);
    for problem in &read.problems {
        let (line, column) = decode::line_and_column(&text, problem.span.start);
        assert!(line >= 1 && column >= 1 && problem.span.end <= text.len());
    }
    if let (Some(record), true) = (read.record, read.problems.is_empty()) {
        let again = decode::record(right, id, &encode::record(&record));
        assert_eq!(again.record.as_ref(), Some(&record), "{text}");
    }
}

pub fn settings(bytes: &[u8]) {
    let text = text(bytes);
    drop(Settings::parse(&text));
    drop(appt::format::settings::Sheet::new(Found::Text(text)));
}

/// Whatever a journal says, nothing but files of the store changes; and one that is not whole
/// changes nothing.
pub fn journal(store: &Sandbox, bytes: &[u8]) {
    let body = text(bytes);
    let body = body.trim_end();
    let sum: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let path = store.cwd.join(".appt/journal");
    let before = store.bytes();
    for whole in [format!("{body}\n{sum}\n").into_bytes(), bytes.to_vec()] {
        fs::write(&path, whole).unwrap();
        let pending = journal::pending(&store.cwd);
        let said = journal::recover(&store.cwd);
        let rule = said.as_ref().err().and_then(|error| error.rule);
        assert!(pending.is_err() || rule != Some("journal"));
        // A file that was changed since is named before a text that is nowhere.
        assert!(pending.is_ok() || matches!(rule, Some("journal" | "recovery")), "{rule:?}");
        if pending.is_err() {
            assert_eq!(store.bytes(), before, "a damaged journal was carried out");
        }
        let beside: Vec<_> =
            fs::read_dir(store.folder()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(beside.len(), 2, "the home and the store: {beside:?}");
        assert!(!store.cwd.join(".git").exists());
        // As it was, for the next one.
        drop(fs::remove_file(&path));
        drop(fs::remove_dir(&path));
        for path in store.bytes().keys().filter(|path| !before.contains_key(*path)) {
            fs::remove_file(store.cwd.join(path)).unwrap();
        }
        for (path, bytes) in &before {
            if fs::read(store.cwd.join(path)).ok().as_ref() != Some(bytes) {
                fs::write(store.cwd.join(path), bytes).unwrap();
            }
        }
    }
}

/// What is understood is understood the same when it is written out.
pub fn times(bytes: &[u8]) {
    let settings = Settings::parse(SETTINGS).unwrap();
    let now = "2026-11-23T07:00:00Z".parse().unwrap();
    for anyway in [false, true] {
        let frame = Frame::of(&settings, None, now, anyway);
        let text = text(bytes);
        if let Ok(reading) = when::ranges(&text, &frame) {
            assert!(!reading.ranges.is_empty());
            assert!(reading.ranges.iter().all(|range| range.start < range.end), "{text}");
        }
        drop(when::appointment(&text, &frame, &[]));
        let [start, end] = ["09", "12"].map(|hour| {
            DateTime::parse_from_rfc3339(&format!("2026-11-25T{hour}:00:00+03:00")).unwrap()
        });
        drop(when::appointment(&text, &frame, &[Range { start, end }]));
        drop(when::day(&text, &frame));
    }
}

/// A merge of what can be read can be read, and has no markers; which side is ours does not matter
/// to what it holds.
pub fn merge(bytes: &[u8]) {
    let text = text(bytes);
    let (kind, id) = kind(&text);
    // The other side: the same with one line less; the ancestor: with two.
    let without = |n: usize| {
        let count = text.lines().count().max(1);
        let kept = text.lines().enumerate().filter(|(at, _)| at % count != (n * 7) % count);
        kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let (other, base) = (without(1), without(2));
    let one = merge::texts(kind, id, Some(&base), &text, &other);
    let two = merge::texts(kind, id, Some(&base), &other, &text);
    assert_eq!(one.is_ok(), two.is_ok(), "{text}");
    let (Ok(one), Ok(two)) = (one, two) else { return };
    let is_clean = |text: &str| decode::record(kind, id, text).problems.is_empty();
    if is_clean(&text) && is_clean(&other) && is_clean(&base) {
        let (one, two) = (decode::record(kind, id, &one), decode::record(kind, id, &two));
        assert!(one.problems.is_empty(), "{text}");
        assert_eq!(one.record, two.record, "{text}");
    }
}

/// Every row has a fate.
pub fn import(store: &Sandbox, format: usize, bytes: &[u8]) {
    let format = &FORMATS[format];
    let Ok(text) = (format.text)(bytes.to_vec()) else { return };
    let Ok(rows) = (format.read)(&Arc::new(text)) else { return };
    let count = rows.len();
    let store = Store::open(&store.cwd, std::time::Duration::ZERO).unwrap();
    let now = "2026-11-23T07:00:00Z".parse().unwrap();
    let total = store.read(|library| {
        let world = World { book: library, settings: &store.settings, now, by: "anna" };
        let outcome = appt::import::run(format, rows, world);
        drop((outcome.rejects(), outcome.summary()));
        Ok(outcome.total())
    });
    let total = total.unwrap();
    assert_eq!(total.rows, count);
    assert_eq!(total.imported + total.merged + total.known + total.rejected, count);
}

/// A store with so many records that a list leaves a cache.
pub fn cached() -> Sandbox {
    let store = Sandbox::new();
    let dump = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/django-dump.json");
    store.ok(&format!("import django-json {dump} --skip-invalid"));
    store.ok("request list --all");
    store
}

/// A damaged cache changes no answer; one that was forged, down to its checksums, ends in none of
/// what no input may end in.
pub fn cache(store: &Sandbox, bytes: &[u8]) {
    let path = store.cwd.join(".appt/cache");
    for line in ["request list --all --json", "check --json"] {
        let plain = store.run(&format!("{line} --no-cache"));
        fs::write(&path, bytes).unwrap();
        let found = store.run(line);
        assert_eq!((found.code, found.stdout), (plain.code, plain.stdout), "{line}");
        fs::write(&path, forged(bytes)).unwrap();
        run(store, line);
    }
}

/// The bytes with every checksum of theirs made right.
fn forged(bytes: &[u8]) -> Vec<u8> {
    let mut forged = bytes.to_vec();
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_usize, |n, b| n << 8 | usize::from(*b));
    let Some(count) = bytes.get(16..20).map(number) else { return forged };
    let Some(rows) = bytes.get(24..24 + count.min(64) * 24) else { return forged };
    let sums: Vec<Option<u32>> = rows
        .chunks_exact(24)
        .map(|row| {
            let (offset, length) = (number(&row[8..16]), number(&row[16..24]));
            bytes.get(offset..offset.checked_add(length)?).map(crc32fast::hash)
        })
        .collect();
    for (at, sum) in sums.into_iter().enumerate() {
        let place = 24 + at * 24 + 4;
        forged[place..place + 4].copy_from_slice(&sum.unwrap_or_default().to_le_bytes());
    }
    let sum = crc32fast::hash(&forged[24..24 + rows.len()]);
    forged[20..24].copy_from_slice(&sum.to_le_bytes());
    forged
}

/// The program itself, with little memory and time.
pub fn program(store: &Sandbox, line: &str, bytes: &[u8]) {
    let file = store.folder().join("input");
    fs::write(&file, bytes).unwrap();
    let line = line.replace("FILE", file.to_str().unwrap());
    run(store, &line);
    fs::remove_file(file).unwrap();
}

fn run(store: &Sandbox, line: &str) {
    let mut command: Command = store.command("bash");
    let script = "ulimit -v 2000000; ulimit -t 30; exec \"$0\" \"$@\"";
    command.args(["-c", script, APPT, "--no-input"]).args(words(line)).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    // Answers that end before the call does interrupt it.
    assert!(code.is_some_and(|code| code < 100 || code == 130), "{line}: {code:?} {said}");
    assert!(!said.contains("internal error") && !said.contains("внутренняя ошибка"), "{said}");
    assert!(!output.stdout.contains(&0x1b), "{line}: an escape sequence reached the screen");
}

/// A file of a store says anything.
pub fn store(store: &Sandbox, bytes: &[u8]) {
    let before = store.bytes();
    let (kind, _) = kind(&text(bytes));
    let folder = match kind {
        Kind::Request => "requests/",
        Kind::Patient => "patients/",
        Kind::Clinic => "clinics/",
        Kind::Specialty => "specialties/",
        Kind::Operator => "operators/",
    };
    let path = before.keys().rfind(|path| path.to_str().unwrap().starts_with(folder)).unwrap();
    let path = store.cwd.join(path);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    for line in
        ["check", "check --json", "queue", "request list --all", "patient list --all", "log"]
    {
        run(store, line);
    }
    fs::write(&path, whole).unwrap();
}
