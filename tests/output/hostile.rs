//! Section 9: what another clone wrote is not trusted. Nothing of it reaches a terminal raw, a
//! spreadsheet runs none of it.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use crate::common::{APPT, PETR, Sandbox, WEDNESDAY, words};

const WILD: &str = "Щукин\\u001b[2J\\u001b]0;x\\u0007 П\\u202eётр\\u0085";

/// A store in which a patient's name, a clinic's address and a note hold escape sequences.
fn wild() -> (Sandbox, String) {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request note {id} безобидно"));
    let patient = s.patient_file();
    let text = fs::read_to_string(&patient).unwrap();
    fs::write(&patient, text.replace("Щукин Пётр Фёдорович", WILD)).unwrap();
    s.by_hand(
        &s.cwd.join("clinics/poliklinika-1.toml"),
        "г. Москва",
        "г. \\u001b[31mМосква\\u202e",
    );
    s.by_hand(&s.file(&id), "безобидно", "\\u001b[2J\\u202eвред");
    // An unknown key and its value; a raw byte in a comment.
    s.by_hand(
        &s.file(&id),
        "history = [",
        "# \u{202e}\n\"\\u001b[31mkey\" = \"\\u001b\\u202e\"\n\nhistory = [",
    );
    (s, id)
}

#[test]
fn no_escape_sequence_reaches_the_terminal() {
    let (s, id) = wild();
    let patient = s.ok("patient list -o ids").stdout.trim().to_owned();
    let mut lines = vec![
        format!("request set-status {id} processed"),
        format!(
            "request new --passport 4511227265 --name 'Орлова Анна' --phone 89017892569 {WEDNESDAY}"
        ),
        format!("patient new {PETR}"),
        "patient remove 4511227265".to_owned(),
        format!("log {id}"),
        "check".to_owned(),
        "queue".to_owned(),
        "log".to_owned(),
        "log patient/4511227265".to_owned(),
        "request show '\u{1b}[31m\u{202e}'".to_owned(),
        "patient find '\u{1b}[31m\u{202e}'".to_owned(),
        "--'\u{1b}[31m\u{202e}'".to_owned(),
        "request set-ranges x --patient '\u{1b}[31m\u{202e}'".to_owned(),
        format!("request set-ranges {id} --patient '\u{1b}[31m\u{202e}'"),
        format!("request note {id} '\u{1b}[31m\u{202e}'"),
        "--operator '\u{1b}[31m\u{202e}' request list".to_owned(),
        "-C '\u{1b}[31m\u{202e}' request list".to_owned(),
        "request list --columns '\u{1b}[31m\u{202e}'".to_owned(),
        format!("request set-status {id} in-progress --dry-run"),
        format!("request match {id}"),
        format!("request next {id}"),
    ];
    for kind in ["request", "patient", "clinic"] {
        let name = match kind {
            "request" => &id,
            "patient" => &patient,
            _ => "poliklinika-1",
        };
        lines.push(format!("{kind} list"));
        lines.push(format!("{kind} show {name}"));
        lines.push(format!("{kind} find щукин"));
    }
    for line in &lines {
        for format in ["table", "json", "jsonl", "csv", "ids"] {
            for lang in ["ru", "en"] {
                let ran = s.run(&format!("{line} -o {format} --lang {lang}"));
                for c in ran.stdout.chars().chain(ran.stderr.chars()) {
                    let harmful = c.is_control() && c != '\n';
                    let bidi = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
                    assert!(
                        !harmful && !bidi,
                        "{line} -o {format}: {c:?}\n{}\n{}",
                        ran.stdout,
                        ran.stderr
                    );
                }
            }
        }
    }
    // A person sees that something is there, a program gets the text as it is.
    assert!(s.ok("patient list").stdout.contains("\\u{1b}"));
    let name = s.ok("patient list --json").json()[0]["name"].as_str().unwrap().to_owned();
    assert!(name.contains('\u{1b}') && name.contains('\u{202e}'), "{name:?}");
}

#[test]
fn check_finds_such_characters() {
    let (s, _) = wild();
    let found = s.run("check --json").exits(1).json();
    let files: Vec<_> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["rule"] == "control-character")
        .map(|f| f["file"].as_str().unwrap().to_owned())
        .collect();
    for folder in ["patients/", "clinics/"] {
        assert!(files.iter().any(|f| f.starts_with(folder)), "{found}");
    }
}

#[test]
fn a_spreadsheet_runs_nothing() {
    let s = Sandbox::new();
    let clinic = "--phone 84952377297 --specialty terapevt";
    for (n, evil) in ["=HYPERLINK(1)", "@SUM(1)", "-1+1", "+1+cmd"].into_iter().enumerate() {
        s.ok(&format!("clinic new --id evil-{n} --name='{evil}' --address='{evil}' {clinic}"));
    }
    let csv = s.ok("clinic list --columns name,address,phone -o csv").stdout;
    for line in csv.lines().skip(1) {
        for cell in line.split(',') {
            let bare = cell.trim_matches('"');
            let formula = bare.starts_with(['=', '@', '-', '\t', '\r']) || bare.starts_with("+1+");
            assert!(!formula, "{line}");
        }
    }
    assert!(csv.contains("'=HYPERLINK(1)"), "{csv}");
    assert!(csv.contains("+74952377297"), "a phone stays a phone: {csv}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let s = Sandbox::new();
    for n in 0..30 {
        s.ok(&format!("specialty new --title 'Специальность {n} {}'", "а".repeat(100)));
    }
    for line in ["specialty list", "specialty list --json", "log --limit 999", "--help"] {
        let mut child = s
            .command(APPT)
            .args(words(line))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let status = child.wait().unwrap();
        assert!(!said.contains("panicked"), "{line}: {said}");
        assert_eq!(status.code(), Some(0), "{line}: {said}");
    }
}

#[test]
fn a_closed_standard_error_is_no_panic() {
    let s = Sandbox::new();
    let mut child = s
        .command(APPT)
        .args(["request", "show", "zzz"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(4));
}

#[test]
fn an_oversized_or_too_deep_file_is_not_loaded() {
    let (s, id) = Sandbox::with_request();
    let folder = s.file(&id).parent().unwrap().to_owned();
    fs::write(folder.join("20261123-aaaaaa.toml"), "# ".to_owned() + &"x".repeat(300 * 1024))
        .unwrap();
    let deep = format!("status = {}1{}\n", "[".repeat(20_000), "]".repeat(20_000));
    fs::write(folder.join("20261123-bbbbbb.toml"), deep).unwrap();
    fs::write(folder.join("20261123-cccccc.toml"), [0xff, 0xfe]).unwrap();
    assert_eq!(s.ok("request list --all -o ids").stdout.trim(), format!("20261123-{id}"));
    let found = s.run("check --json").exits(1).json();
    for (file, rule) in [("aaaaaa", "oversized-file"), ("bbbbbb", "syntax"), ("cccccc", "syntax")] {
        let of = |f: &&serde_json::Value| f["file"].as_str().unwrap().contains(file);
        let findings: Vec<_> = found["findings"].as_array().unwrap().iter().filter(of).collect();
        assert_eq!(findings.len(), 1, "{file}: {findings:?}");
        assert_eq!(findings[0]["rule"], rule, "{file}");
    }
    s.run("request show aaaaaa").exits(7);
}
