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

/// Forty files, each with a fault of its own: rule, what is replaced, by what.
const FAULTS: [(&str, &str, &str); 10] = [
    ("syntax", "\nhistory = [", "\nhistory = "),
    ("unknown-key", "history = [", "colour = \"red\"\n\nhistory = ["),
    ("bad-value", "phone = \"+", "phone = \"8"),
    ("missing-key", "passport = ", "# "),
    ("control-character", "name = \"", "name = \"\\u202E"),
    ("dangling-reference", "clinic = \"", "clinic = \"x"),
    ("history-mismatch", "status = \"created\"\n", "status = \"patient-refused\"\n"),
    ("unrecorded-edit", "name = \"", "name = \"Ж"),
    ("bad-value", "created = 20", "created = 19:00:00 # "),
    ("range-order", "", ""),
];

#[test]
fn forty_faults_in_forty_files_are_forty_findings() {
    let store = Sandbox::new();
    let (mut expected, mut planted) = (BTreeSet::new(), 0);
    let mut plant = |rule: &str, path: &Path, from: &str, to: &str| {
        store.by_hand(path, from, to);
        let file = path.strip_prefix(&store.cwd).unwrap().to_str().unwrap().to_owned();
        assert!(expected.insert((rule.to_owned(), file)), "a file has one fault");
        planted += 1;
    };
    // Patients have four kinds of faults, requests the others; each file its own request or patient.
    for number in 0..20 {
        let (rule, from, to) = FAULTS[[0, 2, 3, 4, 7][number % 5]];
        let passport = format!("45112000{number:02}");
        store.ok(&format!(
            "patient new --name 'Петров Пётр' --passport {passport} --phone 89161234567"
        ));
        let id = store.ok(&format!("patient show {passport} -o ids")).stdout;
        let id = id.trim();
        plant(rule, &store.cwd.join(format!("patients/{}/{id}.toml", &id[..2])), from, to);
    }
    for number in 0..20 {
        let (rule, from, to) = FAULTS[[0, 1, 5, 6, 8, 9][number % 6]];
        let who =
            format!("--name 'Иванов Иван' --passport 45113000{number:02} --phone 89161234568");
        let id = store.request(&who, crate::common::WEDNESDAY);
        let file = store.file(&id);
        if rule == "range-order" {
            plant(rule, &file, "start = 2026-11-25T09", "start = 2026-11-25T19");
        } else {
            plant(rule, &file, from, to);
        }
    }
    assert_eq!(planted, 40);
    let json = store.run("check --json").exits(1).json();
    let found: Vec<(String, String)> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["rule"].as_str().unwrap().to_owned(), f["file"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(found.len(), 40, "{found:#?}");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    let human = store.run("check").exits(1).stdout;
    assert_eq!(human.matches("╭▸").count(), 40, "{human}");
    let warnings = 4;
    assert!(human.contains(&format!("Ошибок: 36, предупреждений: {warnings}.")), "{human}");
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
