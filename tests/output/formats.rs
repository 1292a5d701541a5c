//! Section 6: table, JSON, JSON lines, CSV, ids.

use serde_json::{Value as Json, json};

use crate::common::{PETR, Sandbox, WEDNESDAY};

fn keys(object: &Json) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// The keys of each kind, as `spec.md` has them: its file's keys, `id` and `updated`.
fn expected(kind: &str) -> Vec<&'static str> {
    let mut keys = vec!["id"];
    keys.extend(match kind {
        "specialty" => vec!["title", "aliases"],
        "clinic" => vec!["name", "address", "phone", "specialties", "hours", "timezone"],
        "operator" => vec!["name", "role", "emails", "active"],
        "patient" => vec!["name", "passport", "phone", "merged_into"],
        _ => vec![
            "patient",
            "clinic",
            "specialty",
            "status",
            "operator",
            "created",
            "appointment",
            "patient_ranges",
            "clinic_ranges",
            "rescheduled_from",
            "rescheduled_to",
        ],
    });
    keys.extend(["conflicts", "updated"]);
    if kind == "request" {
        keys.extend(["next", "patient_name", "clinic_name", "specialty_title"]);
    }
    keys
}

const KINDS: [(&str, &str); 5] = [
    ("specialty", "terapevt"),
    ("clinic", "poliklinika-1"),
    ("operator", "anna"),
    ("patient", "4511227265"),
    ("request", "20261123"),
];

#[test]
fn a_record_in_json_has_all_its_keys_and_history_only_in_show() {
    let (s, _) = Sandbox::with_request();
    for (kind, name) in KINDS {
        let wanted = expected(kind);
        let list = s.ok(&format!("{kind} list --json")).json();
        for record in list.as_array().expect("one array") {
            assert_eq!(keys(record), wanted, "{kind} list");
        }
        let show = s.ok(&format!("{kind} show {name} --json")).json();
        let mut with_history = wanted.clone();
        with_history.push("history");
        assert_eq!(keys(&show), with_history, "{kind} show");
        assert!(show["history"].as_array().is_some_and(|h| !h.is_empty()), "{kind}");
    }
}

#[test]
fn absent_is_null_and_lists_are_lists() {
    let (s, id) = Sandbox::with_request();
    let request = s.show(&id);
    for key in ["appointment", "rescheduled_from", "rescheduled_to"] {
        assert_eq!(request[key], Json::Null, "{key}");
    }
    for key in ["clinic_ranges", "conflicts"] {
        assert_eq!(request[key], json!([]), "{key}");
    }
    assert_eq!(
        request["patient_ranges"],
        json!([{ "start": "2026-11-25T09:00:00+03:00", "end": "2026-11-25T12:00:00+03:00" }])
    );
    assert_eq!(request["created"], "2026-11-23T10:00:00+03:00");
    assert_eq!(
        (&request["patient_name"], &request["clinic_name"], &request["specialty_title"]),
        (&"Щукин Пётр Фёдорович".into(), &"Поликлиника № 1".into(), &"Терапевт".into())
    );
    let clinic = s.ok("clinic show poliklinika-1 --json").json();
    assert_eq!((&clinic["hours"], &clinic["timezone"]), (&Json::Null, &Json::Null));
    assert_eq!(s.ok("specialty show kardiolog --json").json()["aliases"], json!([]));
    assert_eq!(s.ok("operator show boris --json").json()["emails"], json!([]));
    assert_eq!(s.ok("patient show 4511227265 --json").json()["merged_into"], Json::Null);
}

#[test]
fn what_writes_prints_the_record() {
    let s = Sandbox::new();
    let request = s.ok(&format!("request new {PETR} {WEDNESDAY} --json")).json();
    assert_eq!(keys(&request), expected("request"));
    let id = request["id"].as_str().unwrap().to_owned();
    for line in [
        "set-status ID in-progress",
        "set-appointment ID 'ср 11:30'",
        "set-ranges ID --clinic 'ср 9-12'",
        "note ID текст",
        "set-status ID processed",
        "refuse ID",
        "clinic-told ID",
        "reopen ID --reason да",
    ] {
        let line = format!("request {}", line.replace("ID", &id));
        assert_eq!(keys(&s.ok(&format!("{line} --json")).json()), expected("request"), "{line}");
    }
    assert_eq!(s.ok(&format!("request note {id} текст -o ids")).stdout.trim(), id);
    assert_eq!(
        keys(&s.ok("patient edit 4511227265 --phone 89161234567 --json").json()),
        expected("patient")
    );
}

#[test]
fn json_lines_and_ids_and_csv() {
    let (s, first) = Sandbox::with_request();
    let second = s.request(PETR, WEDNESDAY);
    let ids = s.ok("request list -o ids");
    assert_eq!(
        ids.lines(),
        [format!("20261123-{first}"), format!("20261123-{second}")]
            .iter()
            .map(String::as_str)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    let lines = s.ok("request list -o jsonl");
    for (line, id) in lines.lines().iter().zip(ids.lines()) {
        let object: Json = serde_json::from_str(line).unwrap();
        assert_eq!((keys(&object), &object["id"]), (expected("request"), &id.into()));
    }
    let csv = s.ok("request list -o csv");
    let mut columns = expected("request");
    columns.retain(|key| *key != "conflicts");
    assert_eq!(csv.lines()[0].split(',').collect::<Vec<_>>(), columns);
    assert_eq!(csv.lines().len(), 3);
    assert!(
        csv.stdout.contains("2026-11-25T09:00:00+03:00/2026-11-25T12:00:00+03:00"),
        "{}",
        csv.stdout
    );
    assert_eq!(s.ok("request list -o table").stdout, s.ok("request list").stdout);
    assert_eq!(s.ok(&format!("request show {first} -o jsonl")).lines().len(), 1);
    assert_eq!(s.ok("request list --json").stdout, s.ok("request list -o json").stdout);
}

#[test]
fn nothing_is_an_empty_array_no_line_or_a_header() {
    let s = Sandbox::new();
    assert_eq!(s.ok("request list --json").stdout, "[]\n");
    for format in ["jsonl", "ids"] {
        assert_eq!(s.ok(&format!("request list -o {format}")).stdout, "");
    }
    let header = s.ok("request list -o csv").stdout;
    s.ok(&format!("request new {PETR} {WEDNESDAY}"));
    assert_eq!(s.ok("request list -o csv").lines()[0], header.trim(), "the same header either way");
}

#[test]
fn results_go_to_standard_output_and_all_else_to_standard_error() {
    let s = Sandbox::new();
    let new = format!("request new {PETR} {WEDNESDAY}");
    let ran = s.ok(&new);
    assert!(ran.stderr.contains("среда, 25 ноября"), "{}", ran.stderr);
    // The second open request is warned of; a program reads standard error too.
    let ran = s.ok(&format!("{new} --json"));
    assert_eq!((ran.lines().len(), ran.stderr.lines().count()), (1, 1));
    let warning: Json = serde_json::from_str(&ran.stderr).unwrap();
    assert!(warning["warning"]["message"].is_string(), "{warning}");
    let ran = s.ok(&format!("request new {PETR} {WEDNESDAY} --quiet"));
    assert_eq!(ran.stderr, "");
    s.run("request show нет --quiet").exits(4).says("Нет заявки");
}

#[test]
fn columns_are_chosen_in_every_format() {
    let (s, id) = Sandbox::with_request();
    let id = format!("20261123-{id}");
    let pick = "request list --columns patient_name,id,next";
    assert_eq!(keys(&s.ok(&format!("{pick} --json")).json()[0]), ["patient_name", "id", "next"]);
    assert_eq!(
        s.ok(&format!("{pick} -o csv")).lines(),
        ["patient_name,id,next", &format!("Щукин Пётр Фёдорович,{id},call-clinic")]
    );
    assert!(s.ok(pick).lines()[0].starts_with("Пациент"));
    for line in [
        pick,
        "queue --columns id",
        "patient list --columns id,phone",
        "request find щук --columns id",
        "clinic list --columns name",
        "request list --columns updated",
    ] {
        s.ok(line);
    }
    let error = s.fails("request list --columns id,цвет", 2, "usage", "columns");
    assert!(error["hint"].as_str().unwrap().contains("patient_ranges"));
}

#[test]
fn passports_are_masked_for_people_and_whole_for_programs() {
    let (s, id) = Sandbox::with_request();
    for line in ["patient list", "patient find щукин", "patient show 4511227265"] {
        let shown = s.ok(line).stdout;
        assert!(shown.contains("•••• ••7265"), "{shown}");
        assert!(!shown.contains("4511"), "{shown}");
        let shown = s.ok(&format!("{line} --reveal")).stdout;
        assert!(shown.contains("4511 227265"), "{shown}");
        for format in ["json", "jsonl", "csv"] {
            assert!(s.ok(&format!("{line} -o {format}")).stdout.contains("4511227265"), "{format}");
        }
    }
    s.ok("patient edit 4511227265 --passport 4520111111");
    for line in [
        "log",
        "patient show 4520111111",
        "log 4520111111",
        &format!("request show {id}"),
        "request list",
    ] {
        let shown = s.ok(line).stdout;
        assert!(!shown.contains("4511") && !shown.contains("4520"), "{line}: {shown}");
    }
    let ran = s.ok("patient edit 4520111111 --passport 4511227265 --dry-run");
    assert!(!ran.stdout.contains("4511"), "{}", ran.stdout);
}

#[test]
fn log_tells_the_latest_first_or_all_of_one_record() {
    let (s, id) = Sandbox::with_request();
    s.boris(&format!("request set-status {id} in-progress")).exits(0);
    let events = s.ok(&format!("log {id} --json")).json();
    let events = events.as_array().unwrap();
    assert!(events.len() >= 3);
    assert_eq!(events.last().unwrap()["event"], "created");
    for key in ["kind", "id", "at", "by", "event"] {
        assert!(events[0][key].is_string(), "{key}");
    }
    let by = s.ok("log --by boris --json").json();
    assert!(by.as_array().unwrap().iter().all(|e| e["by"] == "boris"));
    assert!(!by.as_array().unwrap().is_empty());
    assert_eq!(s.ok("log --limit 2 -o jsonl").lines().len(), 2);
    assert_eq!(
        s.ok("log --since 23.11 --limit 99 -o jsonl").lines().len(),
        s.ok("log --limit 99 -o jsonl").lines().len()
    );
    assert!(s.ok("log --since завтра -o jsonl").lines().is_empty());
    assert_eq!(s.ok("log clinic/poliklinika-1 -o jsonl").lines().len(), 1);
    s.fails("log нет-такой", 4, "not-found", "no-such-record");
}

#[test]
fn a_column_asked_for_twice_is_a_key_once_and_none_is_an_error() {
    let s = Sandbox::with_request().0;
    for line in
        ["request list --columns id,id,status --json", "queue --columns id,id,status --json"]
    {
        let row = s.ok(line).json()[0].as_object().unwrap().clone();
        assert_eq!(row.keys().collect::<Vec<_>>(), ["id", "status"], "{line}");
        assert!(row["id"].is_string() && row["status"] == "created", "{line}: {row:?}");
    }
    for list in ["request list", "queue", "agenda", "patient find Щукин", "log"] {
        for columns in ["''", "', ,'"] {
            s.fails(&format!("{list} --columns {columns}"), 2, "usage", "columns");
        }
    }
}

#[test]
fn the_language_of_the_screen() {
    let mut s = Sandbox::new();
    let said = |s: &Sandbox, line: &str| s.run(line).exits(4).stderr;
    assert!(said(&s, "request show zzz").contains("Нет заявки"), "APPT_LANG");
    assert!(said(&s, "--lang en request show zzz").contains("No request"), "the flag wins");
    s.set("APPT_LANG", "");
    assert!(said(&s, "request show zzz").contains("No request"), "English otherwise");
    s.set("LANG", "ru_RU.UTF-8");
    assert!(said(&s, "request show zzz").contains("Нет заявки"));
    s.set("LC_ALL", "en_US.UTF-8");
    assert!(said(&s, "request show zzz").contains("No request"));
    s.by_hand(&s.cwd.join("appt.toml"), "passport", "language = \"ru\"\npassport");
    assert!(said(&s, "request show zzz").contains("Нет заявки"), "the store's before the locale");
    let json = s.ok("request list --json").stdout;
    assert_eq!(json, s.ok("--lang en request list --json").stdout, "keys never change");
}

#[test]
fn colour_only_where_it_is_asked_for() {
    let mut s = Sandbox::with_request().0;
    assert!(!s.ok("request list").stdout.contains('\u{1b}'), "no terminal");
    assert!(s.ok("request list --color always").stdout.contains('\u{1b}'));
    assert!(!s.ok("request list --color never").stdout.contains('\u{1b}'));
    assert!(!s.ok("request list --color always -o csv").stdout.contains('\u{1b}'));
    s.set("NO_COLOR", "1");
    assert!(!s.ok("request list").stdout.contains('\u{1b}'));
}
