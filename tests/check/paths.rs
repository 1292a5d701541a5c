//! What `check` is asked about, and what it exits with.

use std::fs;

use crate::common::Sandbox;
use crate::{base, broken, found};

#[test]
fn a_path_is_a_store_or_files_of_one_by_whole_names() {
    let mut s = broken("syntax");
    let request = "requests/2026/11/23/20261123-k7m2qx.toml".to_owned();
    let patient = "patients/7h/7h2k9m4qwe.toml".to_owned();
    let files = |s: &Sandbox, paths: &str| -> Vec<String> {
        let json = s.run(&format!("check {paths} --json")).json();
        let findings = json["findings"].as_array().unwrap();
        findings.iter().map(|f| f["file"].as_str().unwrap().to_owned()).collect()
    };
    let both = [patient.clone(), request.clone()];
    for paths in ["", ".", "./requests/..", ". clinics", "patients requests", "../store"] {
        assert_eq!(files(&s, paths), both, "{paths}");
    }
    assert_eq!(files(&s, "requests/2026/11/23"), std::slice::from_ref(&request));
    assert_eq!(files(&s, &patient), std::slice::from_ref(&patient));
    assert!(files(&s, "requests/2026/11/20 clinics").is_empty());
    // A path is no prefix of letters: `patients/7` and `patients/7h` are two folders.
    fs::create_dir(s.cwd.join("patients/7")).unwrap();
    assert!(files(&s, "patients/7").is_empty());
    s.cwd = s.cwd.join("requests/2026");
    assert_eq!(files(&s, ""), both, "upwards");
    assert_eq!(files(&s, "11"), std::slice::from_ref(&request));
    assert_eq!(files(&s, "../../patients"), std::slice::from_ref(&patient));
    s.cwd = s.folder().to_owned();
    assert_eq!(files(&s, "store"), both);
    assert_eq!(files(&s, "-C store"), both);
    assert_eq!(files(&s, "-C store patients"), std::slice::from_ref(&patient));
    let said = s.run("check store").exits(1).stdout;
    assert!(said.contains(&format!("store/{request}:7:1")), "{said}");
}

#[test]
fn a_store_that_is_named_is_the_one_that_is_looked_at() {
    let mut s = broken("syntax");
    let other = s.folder().join("other");
    crate::common::copy(&s.cwd, &other);
    let bad = other.join("specialties/terapevt.toml");
    fs::write(bad, "title = \n").unwrap();
    fs::remove_dir_all(other.join("patients")).unwrap();
    // Only the other one has an error there.
    let is_other =
        |s: &Sandbox, line: &str| s.run(line).stdout.contains("specialties/terapevt.toml");
    assert!(!is_other(&s, "check .") && !is_other(&s, "check specialties"));
    for line in ["check", "check .", "check specialties", "check ../other/specialties"] {
        assert!(is_other(&s, &format!("-C ../other {line}")), "{line}");
    }
    s.fails("-C ../gone check clinics", 7, "store", "no-store");
    for path in ["../store", "../store/clinics", "patients"] {
        s.fails(&format!("-C ../other check {path}"), 2, "usage", "two-stores");
    }
    s.set("APPT_DATA", other.to_str().unwrap());
    assert!(is_other(&s, "check specialties"));
    assert!(!is_other(&s, "check ."), "a path may name a whole store");
    s.fails("check patients", 2, "usage", "two-stores");
}

#[test]
fn of_files_in_order_nothing_is_said_of_the_others() {
    let s = broken("syntax");
    assert_eq!(
        s.run("check clinics/poliklinika-1.toml").exits(0).stdout,
        "In order: clinics/poliklinika-1.toml. To check everything: `appt check`.\n"
    );
    let said = s.run("check clinics operators/anna.toml specialties --lang ru").exits(0).stdout;
    assert_eq!(
        said,
        "В порядке: clinics, operators/anna.toml, specialties. Проверить всё: `appt check`.\n"
    );
    let said = s.run("check clinics operators specialties operators/anna.toml").exits(0).stdout;
    assert_eq!(said, "In order: 4 files. To check everything: `appt check`.\n");
    let s = base();
    assert_eq!(s.run("check .").exits(0).stdout, "The data are in order.\n");
}

#[test]
fn a_path_that_leads_nowhere_is_an_error() {
    let mut s = base();
    let error = s.fails("check clinics/gone.toml", 7, "store", "no-such-file");
    assert_eq!(error["file"], "clinics/gone.toml");
    s.fails("check ..", 7, "store", "no-store");
    let other = s.folder().join("other");
    crate::common::copy(&s.cwd, &other);
    s.fails("check . ../other/clinics", 2, "usage", "two-stores");
    s.cwd = s.folder().to_owned();
    s.run("check").exits(7);
    s.run("check store other").exits(2);
}

#[test]
fn warnings_alone_exit_0_unless_strict() {
    let warned = broken("overdue");
    warned.ok("check");
    warned.ok("check --format junit");
    warned.run("check --strict").exits(1);
    warned.run("check --strict --json").exits(1);
    let wrong = broken("bad-value");
    for format in ["human", "json", "github", "gitlab", "sarif", "junit"] {
        wrong.run(&format!("check --format {format}")).exits(1);
    }
}

/// What was asked about decides the exit code, too.
#[test]
fn errors_elsewhere_are_not_asked_about() {
    let s = broken("syntax");
    s.ok("check clinics operators");
    s.run("check patients").exits(1);
}

#[test]
fn the_open_store_is_no_finding_where_ci_is_set() {
    let mut s = broken("world-readable");
    assert_eq!(found(&s), [("world-readable".to_owned(), ".".to_owned())]);
    s.ok("check");
    s.run("check --strict").exits(1);
    s.set("CI", "true");
    s.ok("check --strict");
}

#[test]
fn in_a_workflow_the_annotations_stand_beside_the_text() {
    let mut s = broken("missing-key");
    let plain = s.run("check").stdout;
    assert!(!plain.contains("::error"));
    s.set("GITHUB_ACTIONS", "true");
    let both = s.run("check").exits(1).stdout;
    assert!(both.starts_with(&plain) && both.contains("\n::error file=patients/"), "{both}");
    assert_eq!(s.run("check --format human").stdout, plain);
    s.run("check --json").json();
    s.run("-o json check").json();
    // The paths of annotations begin at the checkout, wherever the job stands.
    let checkout = s.folder().to_str().unwrap().to_owned();
    s.set("GITHUB_WORKSPACE", &checkout);
    let said = s.run("check --format github").stdout;
    assert!(said.starts_with("::error file=store/patients/7h/7h2k9m4qwe.toml,line=1,"), "{said}");
    let sarif = s.run("check --format sarif").json();
    let location = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "store/patients/7h/7h2k9m4qwe.toml");
}

#[test]
fn appt_toml_is_judged_while_the_store_can_be_understood() {
    let s = base();
    let settings = s.cwd.join("appt.toml");
    let original = fs::read_to_string(&settings).unwrap();
    let rules = |text: &str| -> Vec<(String, u64, u64)> {
        fs::write(&settings, text).unwrap();
        let json = s.run("check --json").exits(1).json();
        let findings = json["findings"].as_array().unwrap().iter();
        let place = |f: &serde_json::Value, key: &str| f[key].as_u64().unwrap();
        findings
            .inspect(|f| assert_eq!(f["file"], "appt.toml"))
            .map(|f| (f["rule"].as_str().unwrap().to_owned(), place(f, "line"), place(f, "column")))
            .collect()
    };
    let one = |rule: &str, line, column| vec![(rule.to_owned(), line, column)];
    assert_eq!(rules(&original.replace("Moscow\"", "Moscow")), one("syntax", 2, 26));
    assert_eq!(rules(&original.replace("Moscow", "Mars")), one("bad-value", 2, 12));
    assert_eq!(rules(&original.replace("\"ru\"", "\"fr\"")), one("bad-value", 4, 12));
    for language in ["de", "rubbish", "RU", "english", ""] {
        let text = format!("{original}language = \"{language}\"\n");
        assert_eq!(rules(&text), one("bad-value", 6, 12), "{language}");
    }
    // What is left of a key: it has an odd digit, or lost a quarter.
    assert_eq!(rules(&original.replace("1e1f\"", "1e1\"")), one("bad-value", 5, 7));
    assert_eq!(
        rules(&original.replace("101112131415161718191a1b1c1d1e1f", "")),
        one("bad-value", 5, 7)
    );
    assert_eq!(rules(&original.replace("hours", "ours")), one("unknown-key", 3, 1));
    assert_eq!(rules(&original.replace("key = ", "kee = ")), one("unknown-key", 5, 1));
    assert_eq!(rules(&original.replace("format = 1\n", "")), one("missing-key", 1, 1));
    fs::remove_file(&settings).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &settings).unwrap();
    assert_eq!(found(&s), [("symlink".to_owned(), "appt.toml".to_owned())]);
    fs::remove_file(&settings).unwrap();
    fs::write(&settings, original.replace("format = 1", "format = 2")).unwrap();
    s.fails("check", 7, "store", "format");
    // Other commands name the place as well.
    fs::write(&settings, original.replace("Moscow", "Mars")).unwrap();
    let error = s.fails("queue", 7, "store", "bad-value");
    assert_eq!((&error["line"], &error["column"]), (&2.into(), &12.into()));
}
