//! Section 4: statuses, appointments, ranges, refusals, moves.

use crate::common::{PETR, Sandbox, WEDNESDAY};

const STATUSES: [&str; 4] = ["created", "in-progress", "processed", "patient-refused"];

/// A store with a request in this status, which Anna made and holds.
fn standing(status: &str) -> (Sandbox, String) {
    let (s, id) = Sandbox::with_request();
    if status == "patient-refused" {
        s.ok(&format!("request refuse {id}"));
    } else if status != "created" {
        s.ok(&format!("request set-status {id} in-progress"));
    }
    if status == "processed" {
        s.ok(&format!("request set-appointment {id} 'ср 11:30'"));
        s.ok(&format!("request set-status {id} processed"));
    }
    assert_eq!(s.show(&id)["status"], status);
    (s, id)
}

#[test]
fn every_pair_of_statuses_is_a_step_or_is_refused_with_what_is_allowed() {
    for from in STATUSES {
        let (s, id) = standing(from);
        for to in STATUSES {
            let line = format!("request set-status {id} {to}");
            let open = |what: &str| format!("«{what}»");
            let expected = match (from, to) {
                (a, b) if a == b => continue,
                // These have tests of their own.
                ("created", "in-progress") | (_, "patient-refused") => continue,
                ("in-progress", "created") => continue,
                ("created", "processed") => {
                    ("illegal-transition", vec![open("Обрабатывается"), open("Пациент отказался")])
                }
                ("in-progress", "processed") => ("no-appointment", vec![]),
                ("processed", _) => ("illegal-transition", vec![open("Пациент отказался")]),
                _ => ("illegal-transition", vec!["вернуть в работу".to_owned()]),
            };
            let error = s.refused(&line, expected.0);
            let message = error["message"].as_str().unwrap();
            for allowed in expected.1 {
                assert!(message.contains(&allowed), "{line}: {message}");
            }
            assert!(error["hint"].as_str().unwrap().contains("appt request"), "{line}: {error}");
        }
    }
}

#[test]
fn steps_forward_and_back() {
    for (from, to) in [
        ("created", "in-progress"),
        ("in-progress", "created"),
        ("created", "patient-refused"),
        ("in-progress", "patient-refused"),
        ("processed", "patient-refused"),
    ] {
        let (s, id) = standing(from);
        let after = s.ok(&format!("request set-status {id} {to} --json")).json();
        assert_eq!(after["status"], to);
        assert_eq!(s.show(&id)["status"], to);
    }
}

#[test]
fn a_status_may_be_typed_by_its_russian_name_in_any_case() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} оБрабатывается"));
    assert_eq!(s.show(&id)["status"], "in-progress");
    s.ok(&format!("request set-status {id} CREATED"));
    assert_eq!(s.show(&id)["status"], "created");
    let error = s.fails(&format!("request set-status {id} Готова"), 2, "usage", "status");
    assert!(error["hint"].as_str().unwrap().contains("patient-refused (Пациент отказался)"));
}

#[test]
fn the_status_that_it_has_already_writes_nothing() {
    for status in STATUSES {
        let (s, id) = standing(status);
        let before = s.bytes();
        s.ok(&format!("request set-status {id} {status}"));
        assert_eq!(s.bytes(), before, "{status}");
    }
}

#[test]
fn created_again_only_while_the_clinic_has_not_answered() {
    for answer in ["set-appointment ID 'ср 11:30'", "set-ranges ID --clinic 'чт 9-12'"] {
        let (s, id) = standing("in-progress");
        s.ok(&format!("request {}", answer.replace("ID", &id)));
        s.refused(&format!("request set-status {id} created"), "outcome-recorded");
    }
    let (s, id) = standing("in-progress");
    s.ok(&format!("request set-appointment {id} 'ср 11:30'"));
    s.ok(&format!("request set-appointment {id} --clear"));
    s.ok(&format!("request set-status {id} created"));
}

#[test]
fn reopening_needs_a_closed_request_and_a_reason() {
    for status in ["processed", "patient-refused"] {
        let (s, id) = standing(status);
        s.fails(&format!("request reopen {id}"), 2, "usage", "missing-value");
        s.boris(&format!("request reopen {id} --reason 'ошибка оператора'")).exits(0);
        let after = s.show(&id);
        assert_eq!(after["status"], "in-progress");
        assert_eq!(after["operator"], "boris", "whoever reopens it holds it");
        let history = after["history"].as_array().unwrap();
        assert!(
            history.iter().any(|e| e["event"] == "reopened" && e["reason"] == "ошибка оператора")
        );
    }
    for status in ["created", "in-progress"] {
        let (s, id) = standing(status);
        s.refused(&format!("request reopen {id} --reason зачем"), "not-closed");
    }
}

#[test]
fn a_request_with_a_successor_is_not_reopened() {
    let (s, id) = standing("processed");
    let new = s.ok(&format!("request reschedule {id} --range 'чт 9-12' --json")).json();
    let error = s.refused(&format!("request reopen {id} --reason нужно"), "rescheduled");
    let new = crate::common::short(new["id"].as_str().unwrap());
    assert!(error["message"].as_str().unwrap().contains(new), "{error}");
}

#[test]
fn in_progress_makes_the_holder() {
    let (s, id) = Sandbox::with_request();
    assert_eq!(s.show(&id)["operator"], "anna", "its creator, at first");
    s.boris(&format!("request set-status {id} in-progress")).exits(0);
    assert_eq!(s.show(&id)["operator"], "boris");
}

#[test]
fn every_change_of_anothers_call_needs_take_over() {
    let changes = [
        "set-status ID in-progress",
        "set-status ID created",
        "set-appointment ID 'ср 11:30'",
        "set-ranges ID --clinic 'чт 9-12'",
        "set-ranges ID --patient 'чт 9-12'",
        "add-ranges ID --patient 'чт 9-12'",
        "add-ranges ID --clinic 'чт 9-12'",
        "edit ID --clinic poliklinika-2",
    ];
    for change in changes {
        let (s, id) = standing("in-progress");
        let line = format!("request {}", change.replace("ID", &id));
        let error = s.refused(&format!("--operator boris {line}"), "held-by-other");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("Анна Смирнова") && message.contains("10:00"), "{message}");
        assert!(error["hint"].as_str().unwrap().contains("--take-over"));
        s.boris(&format!("{line} --take-over")).exits(0);
        let after = s.show(&id);
        assert_eq!(after["operator"], "boris", "{line}");
        let history = after["history"].as_array().unwrap();
        let taken = history.iter().find(|e| e["event"] == "taken-over").expect("an event says so");
        let set = history.iter().rev().find(|e| e["key"] == "operator").unwrap();
        assert_eq!(taken["tx"], set["tx"], "{line}");
        assert!(!set["tx"].is_null(), "{line}");
    }
    let (s, id) = standing("in-progress");
    s.ok(&format!("request set-appointment {id} 'ср 11:30'"));
    for change in ["set-status ID processed", "set-appointment ID --clear"] {
        let line = format!("--operator boris request {}", change.replace("ID", &id));
        s.refused(&line, "held-by-other");
    }
}

#[test]
fn a_note_and_a_refusal_need_no_take_over() {
    let (s, id) = standing("in-progress");
    s.boris(&format!("request note {id} 'пациент перезвонил'")).exits(0);
    assert_eq!(s.show(&id)["operator"], "anna");
    s.boris(&format!("request refuse {id} --reason 'выздоровел'")).exits(0);
    let after = s.show(&id);
    assert_eq!((&after["status"], &after["operator"]), (&"patient-refused".into(), &"anna".into()));
}

#[test]
fn only_an_in_progress_request_has_a_holder() {
    let (s, id) = Sandbox::with_request();
    s.boris(&format!("request set-ranges {id} --patient 'чт 9-12'")).exits(0);
    s.boris(&format!("request edit {id} --clinic poliklinika-2")).exits(0);
}

#[test]
fn appointments_and_clinic_ranges_only_while_in_progress() {
    for (status, rule) in [
        ("created", "not-in-progress"),
        ("processed", "not-in-progress"),
        ("patient-refused", "closed"),
    ] {
        let (s, id) = standing(status);
        for change in [
            "set-appointment ID 'ср 11:30'",
            "set-appointment ID --clear",
            "set-ranges ID --clinic 'чт 9-12'",
            "add-ranges ID --clinic 'чт 9-12'",
        ] {
            s.refused(&format!("request {}", change.replace("ID", &id)), rule);
        }
    }
}

#[test]
fn patient_ranges_only_while_open() {
    for (status, open) in STATUSES.into_iter().zip([true, true, false, false]) {
        let (s, id) = standing(status);
        for command in ["set-ranges", "add-ranges"] {
            let line = format!("request {command} {id} --patient 'чт 9-12'");
            if open {
                s.ok(&line);
            } else {
                s.refused(&line, "closed");
            }
        }
    }
}

#[test]
fn an_appointment_must_suit_both_and_lie_ahead_unless_anyway() {
    let (s, id) = standing("in-progress");
    s.ok(&format!("request set-ranges {id} --patient 'сегодня 8-12' 'ср 9-12'"));
    s.ok(&format!("request set-ranges {id} --clinic 'сегодня 8-12' 'ср 10-12'"));
    for (time, rule, shown) in [
        ("'сегодня 9:00'", "appointment-past", "23 ноября, 9:00"),
        ("'сегодня 10:00'", "appointment-past", "23 ноября, 10:00"),
        ("'ср 13:00'", "outside-patient", "25 ноября, 9:00–12:00"),
        ("'ср 12:00'", "outside-patient", "25 ноября, 9:00–12:00"),
        ("'ср 9:30'", "outside-clinic", "25 ноября, 10:00–12:00"),
    ] {
        let line = format!("request set-appointment {id} {time}");
        let error = s.refused(&line, rule);
        assert!(error["message"].as_str().unwrap().contains(shown), "{time}: {error}");
        assert!(error["hint"].as_str().unwrap().contains("--anyway"), "{time}: {error}");
        s.ok(&format!("{line} --anyway"));
        s.ok(&format!("request set-appointment {id} --clear"));
    }
    s.ok(&format!("request set-appointment {id} 'ср 10:00'"));
    assert_eq!(s.show(&id)["appointment"], "2026-11-25T10:00:00+03:00");
}

#[test]
fn an_appointment_may_be_a_time_alone_where_one_day_is_in_play() {
    let (s, id) = standing("in-progress");
    s.ok(&format!("request set-appointment {id} 11.30")).says("среда, 25 ноября, 11:30");
    s.ok(&format!("request set-appointment {id} --clear"));
    s.ok(&format!("request add-ranges {id} --patient 'чт 9-12'"));
    let before = s.bytes();
    s.run(&format!("request set-appointment {id} 11:30")).exits(2);
    assert_eq!(s.bytes(), before);
}

#[test]
fn set_ranges_replaces_and_add_ranges_adds() {
    let (s, id) = standing("in-progress");
    let starts = |key: &str| -> Vec<String> {
        let request = s.show(&id);
        let ranges = request[key].as_array().unwrap();
        ranges.iter().map(|r| r["start"].as_str().unwrap()[8..13].to_owned()).collect()
    };
    s.ok(&format!("request add-ranges {id} --patient 'пт 9-12, 14-16'"));
    assert_eq!(starts("patient_ranges"), ["25T09", "27T09", "27T14"]);
    s.ok(&format!("request set-ranges {id} --patient 'чт 9-12'"));
    assert_eq!(starts("patient_ranges"), ["26T09"]);
    s.ok(&format!("request set-ranges {id} --clinic 'чт 15-17' 'пт 9-12'"));
    s.ok(&format!("request add-ranges {id} --clinic 'вт 9-12'"));
    assert_eq!(starts("clinic_ranges"), ["24T09", "26T15", "27T09"]);
    s.ok(&format!("request set-ranges {id} --clinic 'ср 9-12'"));
    assert_eq!(starts("clinic_ranges"), ["25T09"]);
    let before = s.bytes();
    s.ok(&format!("request add-ranges {id} --clinic 'ср 9-12'"));
    assert_eq!(s.bytes(), before, "what is there already is not added again");
    s.fails(&format!("request set-ranges {id}"), 2, "usage", "missing-value");
    s.run(&format!("request set-ranges {id} --patient 'чт 9-12' --clinic 'чт 9-12'")).exits(2);
}

#[test]
fn ranges_that_can_not_be() {
    let (s, id) = standing("in-progress");
    for (typed, exit, code, rule) in [
        ("ср 12-9", 3, "refused", "range-order"),
        ("ср 9-9", 3, "refused", "range-empty"),
        ("сегодня 8-9", 3, "refused", "range-past"),
        ("вчера 9-12", 3, "refused", "date-past"),
        ("25.11.2062 9-12", 3, "refused", "too-far"),
        ("ср", 2, "usage", "day-alone"),
        ("завтар 9-12", 2, "usage", "not-understood"),
    ] {
        for whose in ["--patient", "--clinic"] {
            s.fails(&format!("request set-ranges {id} {whose} '{typed}'"), exit, code, rule);
        }
    }
}

#[test]
fn a_past_range_is_let_in_anyway_but_a_reversed_one_never() {
    let s = Sandbox::new();
    let new = |range: &str| {
        format!("request new {PETR} --clinic poliklinika-1 --specialty terapevt --range '{range}'")
    };
    s.refused(&new("сегодня 8-9"), "range-past");
    s.refused(&format!("{} --anyway", new("ср 12-9")), "range-order");
    s.ok(&format!("{} --anyway", new("сегодня 8-9")));
}

#[test]
fn processed_needs_an_appointment() {
    let (s, id) = standing("in-progress");
    s.ok(&format!("request set-ranges {id} --clinic 'ср 9-12'"));
    let error = s.refused(&format!("request set-status {id} processed"), "no-appointment");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains(&format!("appt request set-appointment {id}")), "{hint}");
}

#[test]
fn the_self_check_is_said_by_next_and_queue() {
    let (s, id) = standing("in-progress");
    let said = "Ответ клиники не записан";
    s.ok(&format!("request next {id}")).says(said);
    s.ok("queue").says(&format!("Без ответа клиники: {id}"));
    s.ok(&format!("request set-ranges {id} --clinic 'чт 9-12'"));
    assert!(!s.ok(&format!("request next {id}")).stderr.contains(said));
    assert!(!s.ok("queue").stderr.contains("Без ответа клиники"));
}

/// The table of section 4, row by row.
#[test]
fn next_step() {
    let (s, id) = Sandbox::with_request();
    let next = |expected: &str| {
        assert_eq!(s.show(&id)["next"], expected);
        assert_eq!(s.ok(&format!("request next {id} --json")).json()["next"], expected);
    };
    let run = |line: &str| s.ok(&format!("request {}", line.replace("ID", &id)));
    next("call-clinic");
    run("set-status ID in-progress");
    next("record-outcome");
    run("set-ranges ID --clinic 'ср 10-12' 'чт 9-12'");
    next("call-patient");
    run("set-ranges ID --patient 'ср 10-11' 'чт 9-10'");
    next("get-appointment");
    run("set-appointment ID 'ср 10:30'");
    next("notify-patient");
    run("set-status ID processed");
    next("none");
    run("refuse ID");
    next("tell-clinic");
    run("clinic-told ID");
    next("none");
}

#[test]
fn within_is_about_time_and_not_about_items() {
    let (s, id) = standing("in-progress");
    s.ok(&format!("request set-ranges {id} --patient 'ср 9-12'"));
    for (clinic, next) in [
        ("'ср 9-10' 'ср 10-12'", "get-appointment"),
        ("'ср 8-10' 'ср 9-14'", "get-appointment"),
        ("'ср 9-10' 'ср 10:01-12'", "call-patient"),
        ("'ср 9-11:59'", "call-patient"),
    ] {
        s.ok(&format!("request set-ranges {id} --clinic {clinic}"));
        assert_eq!(s.show(&id)["next"], next, "{clinic}");
    }
}

#[test]
fn a_refusal_keeps_the_visit_until_the_clinic_knows() {
    let (s, id) = standing("processed");
    s.ok(&format!("request refuse {id} --reason болеет"));
    let after = s.show(&id);
    assert_eq!(after["next"], "tell-clinic");
    assert_eq!(after["appointment"], "2026-11-25T11:30:00+03:00");
    let last = after["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["reason"], &last["to"]), (&"болеет".into(), &"patient-refused".into()));
    assert_eq!(last["appointment"], "2026-11-25T11:30:00+03:00", "what its author saw");
    assert_eq!(s.ok("queue -o ids").lines().len(), 1, "it stays in the queue");
    assert!(s.ok("request list -o ids").lines().is_empty(), "but is not open");
    s.boris(&format!("request clinic-told {id}")).exits(0);
    assert!(s.ok("queue -o ids").lines().is_empty());
    let before = s.bytes();
    s.ok(&format!("request clinic-told {id}"));
    assert_eq!(s.bytes(), before, "once is enough");
    s.refused(&format!("request refuse {id} --reason другая"), "closed");
}

#[test]
fn the_clinic_is_told_only_of_a_visit_that_is_off() {
    for status in STATUSES {
        let (s, id) = standing(status);
        s.refused(&format!("request clinic-told {id}"), "nothing-to-cancel");
    }
}

#[test]
fn a_move_closes_the_old_request_and_links_both() {
    for status in ["created", "in-progress", "processed"] {
        let (s, old) = standing(status);
        let line = format!("request reschedule {old} --range 'чт 9-12' --reason 'занят' --json");
        let new = s.ok(&line).json();
        let (old, new_id) = (s.show(&old), new["id"].as_str().unwrap().to_owned());
        assert_eq!(old["status"], "patient-refused");
        assert_eq!((&old["rescheduled_to"], &new["rescheduled_from"]), (&new["id"], &old["id"]));
        assert_eq!(new["status"], "created");
        for key in ["patient", "clinic", "specialty"] {
            assert_eq!(old[key], new[key], "{key} stays unless told otherwise");
        }
        let new = s.show(&new_id);
        let last =
            |of: &serde_json::Value| of["history"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last(&old)["tx"], last(&new)["tx"], "one transaction");
        assert!(
            s.ok(&format!("request show {}", old["id"].as_str().unwrap()))
                .stdout
                .contains("Пациент отказался (перенос)")
        );
        s.ok("check");
    }
}

#[test]
fn a_move_may_name_another_clinic_and_specialty() {
    let (s, id) = standing("created");
    let to = "--clinic poliklinika-2 --specialty kardiolog";
    let new = s.ok(&format!("request reschedule {id} --range 'чт 9-12' {to} --json")).json();
    assert_eq!((&new["clinic"], &new["specialty"]), (&"poliklinika-2".into(), &"kardiolog".into()));
}

#[test]
fn a_move_that_is_refused_closes_nothing() {
    let (s, id) = standing("created");
    let line = format!("request reschedule {id}");
    s.fails(&line, 2, "usage", "missing-value");
    s.refused(&format!("{line} --range 'чт 12-9'"), "range-order");
    s.refused(&format!("{line} --range 'сегодня 8-9'"), "range-past");
    s.refused(&format!("{line} --range 'чт 9-12' --specialty kardiolog"), "specialty-not-offered");
    s.fails(&format!("{line} --range 'чт 9-12' --clinic нет"), 4, "not-found", "no-such-record");
    let (s, id) = standing("patient-refused");
    s.refused(&format!("request reschedule {id} --range 'чт 9-12'"), "nothing-to-move");
}

#[test]
fn clinic_and_specialty_change_until_the_clinic_answers() {
    for status in ["created", "in-progress"] {
        let (s, id) = standing(status);
        s.refused(&format!("request edit {id} --specialty kardiolog"), "specialty-not-offered");
        s.ok(&format!("request edit {id} --clinic poliklinika-2 --specialty kardiolog"));
        s.refused(&format!("request edit {id} --clinic poliklinika-1"), "specialty-not-offered");
        let after = s.show(&id);
        assert_eq!(
            (&after["clinic"], &after["specialty"]),
            (&"poliklinika-2".into(), &"kardiolog".into())
        );
    }
    for answer in ["set-appointment ID 'ср 11:30'", "set-ranges ID --clinic 'чт 9-12'"] {
        let (s, id) = standing("in-progress");
        s.ok(&format!("request {}", answer.replace("ID", &id)));
        s.refused(&format!("request edit {id} --clinic poliklinika-2"), "outcome-recorded");
    }
    for status in ["processed", "patient-refused"] {
        let (s, id) = standing(status);
        s.refused(&format!("request edit {id} --clinic poliklinika-2"), "closed");
    }
}

#[test]
fn the_patient_changes_only_while_created() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("patient new {}", crate::common::DARYA));
    s.ok(&format!("request edit {id} --patient 4511223344"));
    assert_eq!(s.show(&id)["patient_name"], "Лабанова Дарья Олеговна");
    s.ok(&format!("request set-status {id} in-progress"));
    s.refused(&format!("request edit {id} --patient 4511227265"), "outcome-recorded");
}

#[test]
fn an_old_error_stays_and_is_warned_of_while_a_new_one_is_refused() {
    let (s, id) = Sandbox::with_request();
    let clinic = s.cwd.join("clinics/poliklinika-1.toml");
    s.by_hand(&clinic, "    \"terapevt\",\n]", "    \"khirurg\",\n]");
    s.run("check").exits(1);
    // Its clinic lost the specialty by hand: the request can still be worked on.
    s.ok(&format!("request set-status {id} in-progress"));
    s.refused(&format!("request new {PETR} {WEDNESDAY}"), "specialty-not-offered");
}

/// What takes a request away from its holder wants `--take-over`, as every other change does.
#[test]
fn somebody_elses_call_is_neither_moved_nor_removed() {
    let (s, id) = standing("in-progress");
    for line in [format!("reschedule {id} --range 'чт 9-12'"), format!("remove {id} --yes")] {
        s.refused(&format!("--operator boris request {line}"), "held-by-other");
    }
    s.ok(&format!("--operator boris request reschedule {id} --range 'чт 9-12' --take-over"));
    let (s, id) = standing("in-progress");
    s.ok(&format!("--operator boris request remove {id} --yes --take-over"));
}

/// The errors that a record has already are warned of by every write, and stay.
#[test]
fn a_write_warns_of_the_errors_that_the_record_has() {
    let (s, id) = Sandbox::with_request();
    s.by_hand(&s.file(&id), "specialty = ", "weird = 5\n\nspecialty = ");
    s.ok(&format!("request note {id} раз")).says("weird");
    let (s, id) = Sandbox::with_request();
    s.by_hand(&s.file(&id), "status = \"created\"", "status = \"processed\"");
    s.ok(&format!("request note {id} раз")).says("времени приёма нет");
}

/// A status changed by hand can't be set through: the event would say what the file does not.
#[test]
fn a_status_changed_by_hand_is_not_set_through() {
    let (s, id) = standing("in-progress");
    s.by_hand(&s.file(&id), "status = \"in-progress\"", "status = \"created\"");
    s.refused(&format!("request set-status {id} in-progress"), "history-mismatch");
}

/// What `check` says of it can be done, and leads out: no command does while the file says so.
#[test]
fn a_status_changed_by_hand_is_put_back_as_check_says() {
    for wrong in ["processed", "in-progress", "patient-refused"] {
        let (s, id) = Sandbox::with_request();
        s.by_hand(&s.file(&id), "status = \"created\"", &format!("status = \"{wrong}\""));
        let found = s.run("check --json").exits(1).json();
        let hint = found["findings"][0]["hint"].as_str().unwrap().to_owned();
        assert!(!hint.contains("reopen"), "{hint}");
        let back = hint.split('`').nth(1).unwrap();
        assert_eq!(back, "status = \"created\"", "{hint}");
        assert!(
            hint.contains("`git restore -SW requests/2026/11/23/") && hint.contains(&id),
            "{hint}"
        );
        s.by_hand(&s.file(&id), &format!("status = \"{wrong}\""), back);
        s.ok("check");
        s.ok(&format!("request next {id}"));
        s.ok(&format!("request set-status {id} in-progress"));
    }
}

/// A dry run says what it would do, and neither that it is done nor what comes next.
#[test]
fn a_dry_run_claims_nothing() {
    let (s, id) = Sandbox::with_request();
    let before = s.bytes();
    for line in [format!("request note {id} раз"), format!("request set-status {id} in-progress")]
    {
        let said = s.ok(&format!("--dry-run {line}")).stdout;
        assert!(said.contains("Изменилось бы"), "{said}");
        assert!(!said.contains('✓') && !said.contains("Дальше"), "{said}");
    }
    assert_eq!(s.bytes(), before);
}

/// Notes stand where an operator looks during a call: the patient's too.
#[test]
fn notes_stand_in_the_request() {
    let (s, id) = Sandbox::with_request();
    s.ok("patient note 4511227265 'плохо слышит'");
    s.ok(&format!("request note {id} 'с ребёнком'"));
    let shown = s.ok(&format!("request show {id}")).stdout;
    let notes = shown.lines().filter(|line| line.starts_with("Примечание"));
    assert_eq!(notes.count(), 2, "{shown}");
}

#[test]
fn of_a_visit_that_is_past_the_check_says_what_ends_it() {
    let (mut s, id) = standing("in-progress");
    s.ok(&format!("request set-appointment {id} 'ср 11:30'"));
    s.set("APPT_NOW", "2026-12-23T10:00:00+03:00");
    let hint = |s: &Sandbox| {
        let found = s.ok("check --json").json();
        found["findings"][0]["hint"].as_str().map(str::to_owned)
    };
    let told = hint(&s).unwrap();
    assert!(
        told.contains("processed`") && told.contains("reschedule") && !told.contains("set-ranges")
    );
    s.ok(&format!("request set-status {id} processed"));
    assert_eq!(hint(&s), None);
}

#[test]
fn a_visit_that_does_not_suit_any_more_is_warned_of() {
    let (s, id) = standing("in-progress");
    s.ok(&format!("request set-appointment {id} 'ср 11:30'"));
    let ran = s.ok(&format!("request set-ranges {id} --patient 'ср 9-12, чт 9-12'"));
    assert!(!ran.stderr.contains("неудобное"), "{}", ran.stderr);
    let told = "Приём назначен на неудобное теперь время: среда, 25 ноября, 11:30.";
    s.ok(&format!("request set-ranges {id} --patient 'чт 9-12'")).says(told);
    // What was agreed to is not warned of again.
    let ran = s.ok(&format!("request set-ranges {id} --patient 'пт 9-12'"));
    assert!(!ran.stderr.contains("неудобное"), "{}", ran.stderr);
}
