//! Section 2: how records are named on the command line; and the exit codes of section 6.

use crate::common::{DARYA, PETR, Sandbox, WEDNESDAY, short};

fn id_of(s: &Sandbox, kind: &str, typed: &str) -> String {
    s.ok(&format!("{kind} show '{typed}' -o ids")).stdout.trim().to_owned()
}

#[test]
fn clinics_specialties_and_operators_by_id_title_alias_or_beginning() {
    let s = Sandbox::new();
    for (kind, typed, id) in [
        ("clinic", "poliklinika-1", "poliklinika-1"),
        ("clinic", "POLIKLINIKA-1", "poliklinika-1"),
        ("clinic", "поликлиника № 2", "poliklinika-2"),
        ("specialty", "Терапевт", "terapevt"),
        ("specialty", "участковый врач", "terapevt"),
        ("specialty", "ter", "terapevt"),
        ("specialty", "ka", "kardiolog"),
        ("operator", "борис котов", "boris"),
        ("operator", "an", "anna"),
        // The Russian layout while an id was typed, the Latin one while a title was.
        ("specialty", "еукфзуме", "terapevt"),
        ("operator", "фттф", "anna"),
        ("specialty", "nthfgtdn", "terapevt"),
    ] {
        assert_eq!(id_of(&s, kind, typed), id, "{kind} {typed}");
    }
}

#[test]
fn an_exact_id_comes_before_a_title_and_a_title_before_a_beginning() {
    let s = Sandbox::new();
    s.ok("specialty new --id lor --title Отоларинголог");
    s.ok("specialty new --id lorik --title lor");
    assert_eq!(id_of(&s, "specialty", "lor"), "lor");
    s.ok("specialty new --id okulist --title Офтальмолог");
    s.ok("specialty new --id x --title окулист --alias oku");
    assert_eq!(id_of(&s, "specialty", "oku"), "x", "an alias, though an id begins so");
}

#[test]
fn what_fits_several_is_ambiguous_and_lists_them() {
    let s = Sandbox::new();
    let error = s.fails("clinic show poliklinika", 4, "ambiguous", "ambiguous");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("poliklinika-1") && message.contains("poliklinika-2"), "{message}");
    s.ok("specialty new --title терапевт");
    let error = s.fails("specialty show терапевт", 4, "ambiguous", "ambiguous");
    assert!(error["message"].as_str().unwrap().contains("terapevt-2"), "{error}");
    s.fails("clinic show больница", 4, "not-found", "no-such-record");
}

#[test]
fn a_patient_by_id_beginning_or_passport() {
    let s = Sandbox::new();
    let id = s.ok(&format!("patient new {PETR} -o ids")).stdout.trim().to_owned();
    for typed in [
        id.clone(),
        id.to_uppercase(),
        id[..4].to_owned(),
        "4511227265".to_owned(),
        "4511 227265".to_owned(),
        "45 11 № 227265".to_owned(),
    ] {
        assert_eq!(id_of(&s, "patient", &typed), id, "{typed}");
    }
}

/// Makes a request whose id is `20261123-k7m…`, by renaming the file as a person might.
fn renamed(s: &Sandbox, id: &str, to: &str) -> String {
    let from = s.file(id);
    let new = from.with_file_name(format!("20261123-{to}.toml"));
    std::fs::rename(from, new).unwrap();
    to.to_owned()
}

#[test]
fn a_request_by_id_by_part_among_open_ones_first_and_then_among_all() {
    let (s, id) = Sandbox::with_request();
    renamed(&s, &id, "k7m2qx");
    for typed in
        ["20261123-k7m2qx", "k7m2qx", "k7m", "K7M", "k7m2", "20261123-k", "20261123", "л7ь"]
    {
        assert_eq!(id_of(&s, "request", typed), "20261123-k7m2qx", "{typed}");
    }
    s.fails("request show k7z", 4, "not-found", "no-such-record");
    s.fails("request show k7", 4, "not-found", "no-such-record");
    let second = s.request(PETR, WEDNESDAY);
    renamed(&s, &second, "k7m0qx");
    let error = s.fails("request show k7m", 4, "ambiguous", "ambiguous");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("k7m2qx") && message.contains("k7m0qx"), "{message}");
    assert_eq!(id_of(&s, "request", "k7mo"), "20261123-k7m0qx", "an o is a zero");
    s.ok("request refuse k7m2qx");
    assert_eq!(id_of(&s, "request", "k7m"), "20261123-k7m0qx", "the open one");
    s.ok("request refuse k7m0qx");
    s.fails("request show k7m", 4, "ambiguous", "ambiguous");
    let third = s.request(PETR, WEDNESDAY);
    renamed(&s, &third, "a1b1c0");
    for typed in ["aib", "alb1co", "AIBLCO", "20261123-aiblco"] {
        assert_eq!(id_of(&s, "request", typed), "20261123-a1b1c0", "{typed}");
    }
}

#[test]
fn tables_show_the_shortest_beginning_that_is_unique() {
    let s = Sandbox::new();
    for to in ["k7m2qx", "k7m0qx", "abcdef"] {
        let id = s.request(DARYA, WEDNESDAY);
        renamed(&s, &id, to);
    }
    let list = s.ok("request list --columns id --sort id");
    assert_eq!(list.lines()[1..], ["abc", "k7m0", "k7m2"]);
    for typed in &list.lines()[1..] {
        s.ok(&format!("request show {typed}"));
    }
}

/// The table of section 6, one row after the other.
#[test]
fn exit_codes() {
    let (s, id) = Sandbox::with_request();
    s.run("check").exits(0);
    s.run("patient find никто").exits(1);
    for line in [
        "",
        "request",
        "нет-такой",
        "request list --нет",
        "request list -o xml",
        "request show",
        "request list --limit много",
        "--lock-timeout скоро request list",
        "request list --next никогда",
    ] {
        s.run(line).exits(2);
    }
    s.fails(&format!("request set-status {id} processed"), 3, "refused", "illegal-transition");
    s.fails("request show zzz", 4, "not-found", "no-such-record");
    s.fails("clinic show poliklinika", 4, "ambiguous", "ambiguous");
    s.fails("--operator boris specialty new --title УЗИ", 6, "forbidden", "not-allowed");
    let empty = Sandbox::empty();
    empty.fails("request list", 7, "store", "no-store");
    empty.fails("-C /nowhere/at/all request list", 7, "store", "no-store");
}

#[test]
fn help_and_version_are_answers_in_both_languages() {
    let s = Sandbox::empty();
    for line in ["--help", "--version", "request --help", "request new --help", "-h"] {
        let ran = s.ok(line);
        assert!(ran.stderr.is_empty() && !ran.stdout.is_empty(), "{line}");
    }
    assert!(s.ok("request new --help").stdout.contains("Оформить заявку"));
    assert!(s.ok("--lang en request new --help").stdout.contains("Make a request"));
}

#[test]
fn an_error_object_has_every_key() {
    let (s, id) = Sandbox::with_request();
    let error = s.refused(&format!("request set-status {id} processed"), "illegal-transition");
    let keys: Vec<&String> = error.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["code", "rule", "message", "hint", "file", "line", "column"]);
    let file = s.file(&id);
    s.by_hand(&file, "status = \"created\"", "status = \"created");
    let error = s.fails(&format!("request set-status {id} in-progress"), 7, "store", "syntax");
    assert!(error["file"].as_str().unwrap().ends_with(&format!("-{id}.toml")), "{error}");
    assert!(error["line"].as_u64().is_some() && error["column"].as_u64().is_some(), "{error}");
    let error = s.fails("request list --нет", 2, "usage", "arguments");
    assert!(error["message"].is_string());
    assert_eq!(short("20261123-k7m2qx"), "k7m2qx");
}

#[test]
fn a_dry_run_says_what_it_would_do_and_touches_nothing() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    std::fs::remove_dir_all(s.cwd.join(".appt")).unwrap();
    let before = s.bytes();
    for line in [
        &format!("request new {DARYA} {WEDNESDAY}"),
        &format!("request set-appointment {id} 'ср 11:30'"),
        &format!("request set-ranges {id} --clinic 'чт 9-12'"),
        &format!("request refuse {id}"),
        &format!("request reschedule {id} --range 'чт 9-12'"),
        &format!("request note {id} текст"),
        &format!("request remove {id}"),
        &format!("request edit {id} --clinic poliklinika-2"),
        &format!("patient new {DARYA}"),
        "patient edit 4511227265 --phone 89161234567",
        "clinic new --name К --address А --phone 84952377297 --specialty terapevt",
        "specialty remove khirurg",
        "operator new --name Вера",
        "init ../other --operator vera --no-git",
    ] {
        let ran = s.ok(&format!("{line} --dry-run"));
        assert!(!ran.stdout.is_empty(), "{line}");
        assert_eq!(s.bytes(), before, "{line}");
    }
    assert!(!s.cwd.join(".appt").exists(), "not even the lock");
    assert!(!s.cwd.join("../other").exists());
    let ran = s.ok(&format!("request set-appointment {id} 'ср 11:30' --dry-run"));
    assert!(ran.stdout.contains("Изменилось бы"), "{}", ran.stdout);
    s.refused(&format!("request set-status {id} processed --dry-run"), "no-appointment");
}

/// A name that means nothing says where to look: the clinics that it may mean, the search for people.
#[test]
fn a_name_that_means_nothing_says_where_to_look() {
    let s = Sandbox::new();
    let hint = |line: &str| {
        let error = s.fails(line, 4, "not-found", "no-such-record");
        error["hint"].as_str().unwrap().to_owned()
    };
    let clinics = hint("clinic show поликлин");
    assert!(clinics.contains("№ 1") && clinics.contains("№ 2"), "{clinics}");
    assert!(hint("patient show щук").contains("appt patient find щук"));
    assert!(hint("request show zz").contains("трёх"));
}

#[test]
fn a_text_with_a_control_character_is_mended_by_typing_it_again() {
    let (s, _) = Sandbox::with_request();
    let path = s.patient_file();
    s.by_hand(&path, "\"Щукин Пётр Фёдорович\"\n\n", "\"Щукин\\u001b Пётр\"\n\n");
    s.run("check").exits(1);
    s.ok("patient edit 4511227265 --name 'Щукин Пётр Фомич'");
    s.ok("check --strict");
    let patient = s.ok("patient show 4511227265 --json").json();
    assert_eq!(patient["name"], "Щукин Пётр Фомич");
    let last = patient["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["from"], "Щукин Пётр Фёдорович");
}

#[test]
fn who_names_no_record_hears_where_they_are_listed() {
    let s = Sandbox::new();
    for (line, told) in [
        ("clinic show", "Укажите клинику. Список: `appt clinic list`."),
        ("patient note", "Укажите пациента. Список: `appt patient list`."),
        ("request note", "Не указана заявка: её номер, например `k7m`."),
    ] {
        s.run(line).exits(2).says(told);
    }
    s.ok("clinic list");
}
