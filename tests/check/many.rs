//! Many faults at once, and faults that nobody thought of.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Sandbox, copy};

/// The example store, for its owner alone.
fn example() -> Sandbox {
    use std::os::unix::fs::PermissionsExt as _;
    let mut store = Sandbox::empty();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data-example"), &store.cwd);
    fs::set_permissions(&store.cwd, fs::Permissions::from_mode(0o700)).unwrap();
    store.set("APPT_OPERATOR", "anna");
    store.set("APPT_LANG", "en");
    store
}

/// The paths of a store's records.
fn records(store: &Sandbox) -> Vec<PathBuf> {
    store.bytes().into_keys().filter(|path| path.components().count() > 1).collect()
}

/// A fault: the rule that finds it, and what is done to a file.
type Fault = (&'static str, fn(&Path));

/// Puts one text in the place of another, at its first place.
fn swap(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} is not in\n{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// Puts a key before the history.
fn add(path: &Path, line: &str) {
    swap(path, "history = [", &format!("{line}\n\nhistory = ["));
}

/// Adds an event to the history.
fn event(path: &Path, event: &str) {
    let text = fs::read_to_string(path).unwrap();
    let end = text.rfind("]\n").unwrap();
    fs::write(path, format!("{}    {{ {event} }},\n]\n", &text[..end])).unwrap();
}

/// What may be wrong with a patient.
const OF_A_PATIENT: [Fault; 16] = [
    ("syntax", |path| swap(path, "\nhistory = [", "\nhistory = ")),
    ("syntax", |path| swap(path, "name = \"", "name = ")),
    ("syntax", |path| {
        swap(path, "phone = ", "<<<<<<< ours\nphone = \"1\"\n=======\n>>>>>>> theirs\nphone = ");
    }),
    ("syntax", |path| fs::write(path, b"name = \"\xCF\xE5\xF2\xF0\"\n").unwrap()),
    ("missing-key", |path| fs::write(path, "").unwrap()),
    ("missing-key", |path| swap(path, "passport = ", "# ")),
    ("unknown-key", |path| add(path, "colour = \"red\"")),
    ("unknown-key", |path| swap(path, "phone = ", "phnoe = ")),
    ("unknown-key", |path| swap(path, "event = \"created\"", "event = \"created\", mood = 1")),
    ("bad-value", |path| swap(path, "phone = \"+", "phone = \"8")),
    ("bad-value", |path| swap(path, "passport = \"4", "passport = \"")),
    ("bad-value", |path| swap(path, "{ at = ", "{ when = ")),
    ("control-character", |path| swap(path, "name = \"", "name = \"\\u202E")),
    ("dangling-reference", |path| swap(path, "by = \"anna\"", "by = \"anya\"")),
    ("unrecorded-edit", |path| swap(path, "name = \"", "name = \"Ж")),
    ("not-canonical", |path| swap(path, "name = ", "name   =   ")),
];

/// What may be wrong with a request.
const OF_A_REQUEST: [Fault; 24] = [
    ("syntax", |path| swap(path, "start = 2026-11", "start = 2026-13")),
    ("syntax", |path| swap(path, "status = ", "clinic = \"x\"\nstatus = ")),
    ("missing-key", |path| swap(path, "status = ", "# ")),
    ("bad-value", |path| swap(path, "status = \"created\"", "status = \"craeted\"")),
    ("bad-value", |path| swap(path, "created = 20", "created = 19:00:00 # ")),
    ("bad-value", |path| swap(path, "event = \"created\"", "event = \"mystery\"")),
    ("dangling-reference", |path| swap(path, "clinic = \"", "clinic = \"x")),
    ("dangling-reference", |path| swap(path, "specialty = \"", "specialty = \"x")),
    ("dangling-reference", |path| swap(path, "operator = \"anna\"", "operator = \"inna\"")),
    ("dangling-reference", |path| add(path, "rescheduled_from = \"20261101-000000\"")),
    ("specialty-not-offered", |path| swap(path, "specialty = \"terapevt\"", "specialty = \"lor\"")),
    ("range-order", |path| swap(path, "start = 2026-11-25T09", "start = 2026-11-25T19")),
    ("premature-outcome", |path| add(path, "appointment = 2026-11-25T10:00:00+03:00")),
    ("history-mismatch", |path| swap(path, "\"created\"\n", "\"patient-refused\"\n")),
    ("illegal-transition", |path| {
        swap(path, "status = \"created\"\n", "status = \"processed\"\n");
        add(path, "appointment = 2026-11-25T10:00:00+03:00");
        event(
            path,
            "at = 2026-11-23T10:00:01.000+03:00, by = \"anna\", event = \"set\", key = \"status\", \
             from = \"created\", to = \"processed\"",
        );
    }),
    ("bad-value", |path| {
        event(
            path,
            "at = 2026-11-23T10:00:01.000+03:00, by = \"anna\", event = \"set\", key = \"appointment\", \
             to = 2026-11-25T10:00:00",
        );
    }),
    ("unresolved-conflict", |path| {
        add(path, "conflicts = [\n    { key = \"clinic\", value = \"x\" },\n]")
    }),
    ("future-event", |path| {
        event(
            path,
            "at = 2026-11-24T10:00:00.000+03:00, by = \"anna\", event = \"note\", text = \"a\"",
        );
    }),
    ("not-canonical", |path| {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, text.replace('\n', "\r\n")).unwrap();
    }),
    ("not-canonical", |path| {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, format!("\u{feff}{text}")).unwrap();
    }),
    ("oversized-file", |path| add(path, &format!("# {}", "x".repeat(300_000)))),
    ("symlink", |path| {
        fs::remove_file(path).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", path).unwrap();
    }),
    ("misplaced-file", |path| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    }),
    ("unrecorded-edit", |path| {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, &text[..text.find("\nhistory").unwrap()]).unwrap();
    }),
];

#[test]
fn forty_faults_in_forty_files_are_forty_findings() {
    let store = Sandbox::new();
    store.ok("specialty new --title ЛОР --id lor");
    let mut expected = BTreeSet::new();
    let mut plant = |(rule, fault): Fault, path: &Path| {
        fault(path);
        let file = path.strip_prefix(&store.cwd).unwrap().to_str().unwrap().to_owned();
        assert!(expected.insert((rule.to_owned(), file)), "a file has one fault");
    };
    for (number, fault) in OF_A_PATIENT.into_iter().enumerate() {
        let passport = format!("45112000{number:02}");
        store.ok(&format!(
            "patient new --name 'Петров Пётр' --passport {passport} --phone 89161234567"
        ));
        let id = store.ok(&format!("patient show {passport} -o ids")).stdout;
        let id = id.trim();
        plant(fault, &store.cwd.join(format!("patients/{}/{id}.toml", &id[..2])));
    }
    for (number, fault) in OF_A_REQUEST.into_iter().enumerate() {
        let who =
            format!("--name 'Иванов Иван' --passport 45113000{number:02} --phone 89161234568");
        plant(fault, &store.file(&store.request(&who, crate::common::WEDNESDAY)));
    }
    let json = store.run("check --json").exits(1).json();
    let found: Vec<(String, String)> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["rule"].as_str().unwrap().to_owned(), f["file"].as_str().unwrap().to_owned()))
        .collect();
    let all: BTreeSet<_> = found.iter().cloned().collect();
    let missing: Vec<_> = expected.difference(&all).collect();
    let more: Vec<_> = all.difference(&expected).collect();
    assert!(missing.is_empty() && more.is_empty(), "missing {missing:?}, more {more:?}");
    assert_eq!((found.len(), expected.len()), (40, 40), "{found:#?}");
    let human = store.run("check").exits(1).stdout;
    assert_eq!(human.matches("╭▸").count(), 40, "{human}");
    assert!(human.contains("Ошибок: 34, предупреждений: 6."), "{human}");
    assert!(!human.contains("Петров") && !human.contains("Иванов"), "{human}");
}

/// A small generator: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(sides).unwrap()).unwrap()
    }
}

/// Any byte of any file may go wrong: that is found, or does no harm; nothing panics.
#[test]
fn fifty_random_bytes() {
    let mut dice = Dice(20_261_123);
    let store = example();
    let files = records(&store);
    let before = findings(&store);
    for _ in 0..50 {
        let path = store.cwd.join(&files[dice.roll(files.len())]);
        let original = fs::read(&path).unwrap();
        let mut changed = original.clone();
        let at = dice.roll(changed.len());
        changed[at] = u8::try_from(dice.roll(256)).unwrap();
        fs::write(&path, &changed).unwrap();
        let after = findings(&store);
        let what = format!("{}, byte {at}: {} → {}", path.display(), original[at], changed[at]);
        if after == before {
            commands_work(&store, &what);
        } else {
            for line in ["queue", "request list --all", "check --format human"] {
                let ran = store.run(line);
                assert!(matches!(ran.code, 0 | 1), "{what}: {line}: {}", ran.stderr);
            }
        }
        fs::write(&path, &original).unwrap();
    }
    assert_eq!(findings(&store), before);
}

fn commands_work(store: &Sandbox, what: &str) {
    for line in
        ["queue", "agenda", "log", "request list --all", "patient list --all", "clinic list"]
    {
        let ran = store.run(line);
        let is_whole = !ran.stderr.contains("can't be read");
        assert!(ran.code == 0 && is_whole, "{what}: {line}: {}", ran.stderr);
    }
}

fn findings(store: &Sandbox) -> Vec<String> {
    let ran = store.run("check --json");
    assert!(matches!(ran.code, 0 | 1) && ran.stderr.is_empty(), "{}", ran.stderr);
    ran.json()["findings"].as_array().unwrap().iter().map(ToString::to_string).collect()
}
