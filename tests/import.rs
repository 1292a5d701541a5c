//! `appt import django-json` on the old site's real export, mess included, by the built program.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

const DUMP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/django-dump.json");

/// The rows of the export that break a rule themselves; others are rejected with them.
const CAUSES: [(&str, &str); 8] = [
    ("clinics.patient:388", "bad-value"),
    ("clinics.patient:389", "bad-value"),
    ("clinics.patient:390", "bad-value"),
    ("orders.patienttimerange:1369", "range-order"),
    ("orders.order:683", "processed-without-appointment"),
    ("orders.order:684", "specialty-not-offered"),
    ("orders.order:689", "range-order"),
    ("orders.order:760", "missing-key"),
];

/// A store of its own, in a folder that goes with it.
struct Sandbox(tempfile::TempDir);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap()
    }
}

impl Sandbox {
    fn new() -> Sandbox {
        let sandbox = Sandbox(tempfile::tempdir().unwrap());
        fs::create_dir(sandbox.path("home")).unwrap();
        fs::create_dir(sandbox.path("store")).unwrap();
        let ran = sandbox.run(&["init", "--no-git", "--operator", "maria"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        sandbox
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_appt"));
        command.args(args).current_dir(self.path("store")).env_clear();
        command.env("HOME", self.path("home")).env("APPT_NOW", "2026-11-23T14:00:00+03:00");
        command.env("APPT_OPERATOR", "maria").stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        done(&self.command(args).output().unwrap())
    }

    fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        done(&child.wait_with_output().unwrap())
    }

    fn skip(&self, file: &str, rejects: &str) -> Ran {
        self.run(&["import", "django-json", file, "--skip-invalid", "--rejects", rejects, "--json"])
    }

    /// Every file of the store, what is local aside.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path("store"), &mut files);
        files
    }
}

fn done(output: &std::process::Output) -> Ran {
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout.clone()).unwrap(),
        err: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with(".appt") {
            continue;
        } else if path.is_dir() {
            collect(&path, files);
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

fn dump() -> Vec<Json> {
    serde_json::from_str(&fs::read_to_string(DUMP).unwrap()).unwrap()
}

fn key(row: &Json) -> String {
    format!("{}:{}", row["model"].as_str().unwrap(), row["pk"])
}

fn rows_by_model(rows: &[Json]) -> BTreeMap<String, usize> {
    let mut models = BTreeMap::new();
    for row in rows {
        *models.entry(row["model"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    models
}

/// Each rejected row's key and rules.
fn reasons(rows: &[Json], key: impl Fn(&Json) -> String) -> BTreeMap<String, Json> {
    rows.iter().map(|row| (key(row), row["reasons"].clone())).collect()
}

/// What the rows of [`CAUSES`] take with them, by the export's own references.
fn expected() -> BTreeMap<String, Json> {
    let rows = dump();
    let mut bad: BTreeMap<String, Json> =
        CAUSES.iter().map(|(key, rule)| ((*key).to_owned(), json!([rule]))).collect();
    for (model, field, of) in [
        ("orders.order", "patient", "clinics.patient"),
        ("orders.patienttimerange", "order", "orders.order"),
        ("orders.clinictimerange", "order", "orders.order"),
    ] {
        for row in rows.iter().filter(|row| row["model"] == model) {
            let to = format!("{of}:{}", row["fields"][field]);
            if bad.contains_key(&to) {
                bad.entry(key(row)).or_insert_with(|| json!(["dangling-reference"]));
            }
        }
    }
    bad
}

#[test]
fn all_or_nothing() {
    let sandbox = Sandbox::new();
    let before = sandbox.files();
    let ran = sandbox.run(&["import", "django-json", DUMP]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    for (key, rules) in expected() {
        let line = format!("{key}: {} (", rules[0].as_str().unwrap());
        assert!(ran.err.lines().any(|shown| shown.starts_with(&line)), "{line}");
    }
    assert!(ran.err.contains("34 of 355 rows break a rule. Nothing was written."), "{}", ran.err);
    assert!(ran.err.contains("The rules that are broken:\n  "), "{}", ran.err);
    for secret in ["Громов", "4509", "нет"] {
        assert!(!ran.err.contains(secret), "{secret}");
    }
    let ran = sandbox.run(&["import", "django-json", DUMP, "--json"]);
    assert_eq!(ran.code, 3);
    let listed = ran.json().as_array().unwrap().clone();
    assert_eq!(reasons(&listed, |row| row["key"].as_str().unwrap().to_owned()), expected());
    assert!(listed.iter().all(|row| row["key"].as_str() > row["model"].as_str()));
    let error: Json = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["error"]["rule"], "invalid-rows");
    assert_eq!(sandbox.files(), before);
}

#[test]
fn imported_and_rejected_add_up_to_what_came_in() {
    let sandbox = Sandbox::new();
    let ran = sandbox.skip(DUMP, "../rejects.json");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let summary = ran.json();
    let rejects = fs::read_to_string(sandbox.path("rejects.json")).unwrap();
    let rejects: Vec<Json> = serde_json::from_str(&rejects).unwrap();
    assert_eq!(reasons(&rejects, key), expected());
    let (all, bad) = (rows_by_model(&dump()), rows_by_model(&rejects));
    assert_eq!(summary["models"].as_object().unwrap().len(), all.len());
    for (model, rows) in all {
        let count = |name: &str| summary["models"][&model][name].as_u64().unwrap() as usize;
        assert_eq!(count("rows"), rows, "{model}");
        assert_eq!(count("rejected"), bad.get(&model).copied().unwrap_or(0), "{model}");
        assert_eq!(count("imported") + count("merged") + count("rejected"), rows, "{model}");
        assert_eq!(count("known"), 0, "{model}");
    }
    let merged = json!([{ "key": "clinics.patient:387", "into": "clinics.patient:347", "differs": ["phone"] }]);
    assert_eq!(summary["merged"], merged);
    let by_rule = json!({ "missing-key": 1, "bad-value": 3, "dangling-reference": 26,
        "range-order": 2, "specialty-not-offered": 1, "processed-without-appointment": 1 });
    assert_eq!(summary["rejected_by_rule"], by_rule);
    // The rows went back as they came, the reasons aside.
    let came: BTreeMap<String, Json> = dump().into_iter().map(|row| (key(&row), row)).collect();
    for mut row in rejects {
        let key = key(&row);
        row.as_object_mut().unwrap().remove("reasons");
        assert_eq!(row, came[&key]);
    }
    let files = sandbox.files();
    let count = |folder: &str| {
        files.keys().filter(|path| path.starts_with(sandbox.path("store").join(folder))).count()
    };
    assert_eq!(["specialties", "clinics", "operators"].map(count), [6, 5, 1 + 4]);
    assert_eq!(["patients", "requests"].map(count), [40, 70]);
}

#[cfg(unix)]
#[test]
fn rejects_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("rejects.json"), "old").unwrap();
    sandbox.skip(DUMP, "../rejects.json");
    let found = fs::metadata(sandbox.path("rejects.json")).unwrap();
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
}

#[test]
fn rejects_take_the_place_of_nothing_of_the_store() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("store/clinics")).unwrap();
    let before = sandbox.files();
    for own in ["appt.toml", "operators/maria.toml", "clinics/new.json", ".appt/lock"] {
        let ran = sandbox.skip(DUMP, own);
        assert_eq!(ran.code, 2, "{own}: {}", ran.err);
        assert_eq!(sandbox.files(), before, "{own}");
    }
}

#[test]
fn the_data_are_in_order_afterwards() {
    let sandbox = Sandbox::new();
    sandbox.skip(DUMP, "../rejects.json");
    let check = sandbox.run(&["check", "--json"]);
    assert_eq!(check.code, 0, "{}", check.out);
    let errors = check.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["severity"] == "error")
        .count();
    assert_eq!(errors, 0);
    let list = sandbox.run(&["request", "list", "--all", "--json"]).json();
    let bad = expected();
    let mut statuses: BTreeMap<String, usize> = BTreeMap::new();
    for row in dump().iter().filter(|row| row["model"] == "orders.order") {
        if !bad.contains_key(&key(row)) {
            let status = row["fields"]["status"].as_str().unwrap();
            *statuses.entry(status.to_lowercase().replace('_', "-")).or_default() += 1;
        }
    }
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for request in list.as_array().unwrap() {
        *found.entry(request["status"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(found, statuses);
    assert_eq!(found.values().sum::<usize>(), 70);
}

#[test]
fn records_are_found_and_shown() {
    let sandbox = Sandbox::new();
    sandbox.skip(DUMP, "../rejects.json");
    let found = sandbox.run(&["patient", "find", "елкин", "--json"]).json();
    let found = found.as_array().unwrap();
    let is_it = |row: &&Json| row["fields"]["name"].as_str().is_some_and(|n| n.contains("Ёлкин"));
    assert_eq!(found.len(), dump().iter().filter(is_it).count());
    assert!(found.iter().all(|patient| patient["name"].as_str().unwrap().starts_with("Ёлкин")));
    let show = sandbox.run(&["patient", "show", "4531 284065", "--json"]).json();
    assert_eq!(show["phone"], "+79990000001");
    assert_eq!(show["history"][1]["event"], "merged");
    assert_eq!(show["history"][1]["source"], "clinics.patient:387");
    let vera = sandbox.run(&["operator", "show", "vera", "--json"]).json();
    assert_eq!((&vera["role"], &vera["active"]), (&json!("operator"), &json!(false)));
    let admin = sandbox.run(&["operator", "show", "admin", "--json"]).json();
    assert_eq!((&admin["role"], &admin["name"]), (&json!("admin"), &json!("Мария Орлова")));
}

#[test]
fn the_same_file_again_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.skip(DUMP, "../rejects.json");
    let (before, rejects) = (sandbox.files(), fs::read(sandbox.path("rejects.json")).unwrap());
    let ran = sandbox.skip(DUMP, "../again.json");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(sandbox.files(), before);
    assert_eq!(fs::read(sandbox.path("again.json")).unwrap(), rejects);
    let models = ran.json()["models"].clone();
    for (model, count) in models.as_object().unwrap() {
        assert_eq!((&count["imported"], &count["merged"]), (&json!(0), &json!(0)), "{model}");
    }
    assert_eq!(models["clinics.patient"]["known"], 41);
}

#[test]
fn rejects_come_in_once_they_are_mended() {
    let sandbox = Sandbox::new();
    sandbox.skip(DUMP, "../rejects.json");
    let path = sandbox.path("rejects.json");
    let mut rows: Vec<Json> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for row in &mut rows {
        let mends: &[(&str, Json)] = &match key(row).as_str() {
            "clinics.patient:388" => {
                vec![
                    ("passport_number", json!("4509 123450")),
                    ("contact_number", json!("89161112233")),
                ]
            }
            "clinics.patient:389" => vec![("passport_number", json!("4511223344"))],
            "clinics.patient:390" => vec![("contact_number", json!("8 (907) 666 60 80"))],
            "orders.patienttimerange:1369" => vec![
                ("starts_at", json!("2026-11-27T05:00:00Z")),
                ("ends_at", json!("2026-11-27T08:00:00Z")),
            ],
            "orders.order:683" => vec![("appointment_time", json!("2026-11-24T06:00:00Z"))],
            "orders.order:684" => vec![("specialty", json!(13))],
            _ => vec![],
        };
        for (field, value) in mends {
            row["fields"][*field] = value.clone();
        }
    }
    rows.push(json!({ "model": "orders.patienttimerange", "pk": 9000, "fields": {
        "starts_at": "2026-11-27T05:00:00Z", "ends_at": "2026-11-27T08:00:00Z", "order": 760 } }));
    fs::write(&path, serde_json::to_string(&rows).unwrap()).unwrap();
    // Without --skip-invalid: not one of them breaks a rule now.
    let ran = sandbox.run(&["import", "django-json", "../rejects.json", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let summary = ran.json();
    assert_eq!(summary["models"]["clinics.patient"]["imported"], 3);
    assert_eq!(summary["models"]["orders.order"]["imported"], 10);
    assert_eq!(summary["models"]["orders.patienttimerange"]["imported"], 14 + 1);
    assert_eq!(sandbox.run(&["check"]).code, 0);
    let list = sandbox.run(&["request", "list", "--all", "-o", "ids"]);
    assert_eq!(list.out.lines().count(), 80);
    let before = sandbox.files();
    sandbox.skip(DUMP, "../again.json");
    assert_eq!(sandbox.files(), before, "what came in mended is known");
}

#[test]
fn two_stores_of_one_key_agree_on_every_file_name() {
    let (one, two) = (Sandbox::new(), Sandbox::new());
    fs::copy(one.path("store/appt.toml"), two.path("store/appt.toml")).unwrap();
    one.skip(DUMP, "../rejects.json");
    let ran =
        two.run_with(&["import", "django-json", "-", "--skip-invalid"], &fs::read(DUMP).unwrap());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let names = |sandbox: &Sandbox| -> Vec<PathBuf> {
        let root = sandbox.path("store");
        let files = sandbox.files();
        files.keys().map(|path| path.strip_prefix(&root).unwrap().to_path_buf()).collect()
    };
    assert_eq!(names(&one), names(&two));
}

#[test]
fn a_dry_run_touches_nothing() {
    let sandbox = Sandbox::new();
    let before = sandbox.files();
    let ran = sandbox.run(&[
        "import",
        "django-json",
        DUMP,
        "--skip-invalid",
        "--rejects",
        "../rejects.json",
        "--dry-run",
    ]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("orders.order             80    70"), "{}", ran.out);
    assert_eq!(sandbox.files(), before);
    assert!(!sandbox.path("rejects.json").exists());
}

#[test]
fn only_an_admin_brings_in_clinics_and_operators() {
    let sandbox = Sandbox::new();
    sandbox.run(&["operator", "new", "--name", "Олег", "--id", "oleg"]);
    let before = sandbox.files();
    let ran = sandbox.run(&[
        "--operator",
        "oleg",
        "import",
        "django-json",
        DUMP,
        "--skip-invalid",
        "--rejects",
        "../r.json",
    ]);
    assert_eq!(ran.code, 6, "{}", ran.err);
    assert_eq!(sandbox.files(), before);
    assert_eq!(fs::read_dir(sandbox.0.path()).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn files_that_can_t_be_read_or_written() {
    let sandbox = Sandbox::new();
    let before = sandbox.files();
    fs::write(sandbox.path("bad.json"), "[\n  {]").unwrap();
    fs::write(sandbox.path("utf16.json"), b"\xff\xfe[\0]\0").unwrap();
    for (args, code, rule) in [
        (&["../bad.json"][..], 3, "syntax"),
        (&["../utf16.json"], 3, "syntax"),
        (&["../gone.json"], 7, "io"),
        (&["../bad.json", "--rejects", "x"], 2, "missing-value"),
        (&["../bad.json", "--skip-invalid", "--rejects", "../bad.json"], 2, "arguments"),
        (&[DUMP, "--skip-invalid", "--rejects", "../no/r.json"], 7, "io"),
        (&[DUMP, "--skip-invalid", "--rejects", "../home"], 7, "io"),
        (&[], 2, "missing-value"),
    ] {
        let all: Vec<&str> = ["import", "django-json"]
            .into_iter()
            .chain(args.iter().copied())
            .chain(["--json"])
            .collect();
        let ran = sandbox.run(&all);
        assert_eq!(ran.code, code, "{args:?}: {}", ran.err);
        let error: Json = serde_json::from_str(&ran.err).unwrap();
        assert_eq!(error["error"]["rule"], rule, "{args:?}");
        if args == ["../bad.json"] {
            let error = &error["error"];
            assert_eq!((&error["line"], &error["column"]), (&json!(2), &json!(4)));
            assert_eq!(error["file"], "../bad.json");
        }
    }
    assert_eq!(sandbox.run(&["import", "xml", "x"]).code, 2);
    assert_eq!(sandbox.files(), before);
}

#[test]
fn other_formats_of_the_answer() {
    let sandbox = Sandbox::new();
    let refused = sandbox.run(&["import", "django-json", DUMP, "-o", "csv"]);
    assert!(
        refused
            .out
            .starts_with("key,model,reasons\nclinics.patient:388,clinics.patient,bad-value\n")
    );
    let refused = sandbox.run(&["import", "django-json", DUMP, "-o", "ids"]);
    assert_eq!(refused.out.lines().count(), expected().len());
    let ran = sandbox.run(&["import", "django-json", DUMP, "--skip-invalid", "-o", "ids"]);
    assert_eq!(ran.out.lines().count(), 6 + 5 + 4 + 40 + 70);
    let ran = sandbox.run(&["import", "django-json", DUMP, "--skip-invalid", "-o", "csv"]);
    assert!(ran.out.contains("\nclinics.patient,44,0,0,41,3\n"), "{}", ran.out);
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["import", "django-json", DUMP, "--skip-invalid", "--lang", "ru"]);
    assert!(ran.out.contains("Пропущено, так как нарушены правила:\n"), "{}", ran.out);
    let rule = "\n  range-order: 2. Диапазон начинается раньше, чем кончается.\n";
    assert!(ran.out.contains(rule), "{}", ran.out);
    assert!(
        ran.out.contains("\n  clinics.patient:387 = clinics.patient:347: Телефон\n"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("orders.order:689: range-order (orders.patienttimerange:1369)\n"));
}
