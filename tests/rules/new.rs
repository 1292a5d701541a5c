//! Section 5: `request new`, with a patient found or made in the same transaction.

use crate::common::{PETR, Sandbox, WEDNESDAY};

#[test]
fn it_needs_a_patient_a_clinic_a_specialty_and_a_range() {
    let s = Sandbox::new();
    for (line, flag) in [
        ("--clinic poliklinika-1 --specialty terapevt --range 'ср 9-12'", "--patient"),
        ("--patient x --specialty terapevt --range 'ср 9-12'", "--clinic"),
        ("--patient x --clinic poliklinika-1 --range 'ср 9-12'", "--specialty"),
        ("--patient x --clinic poliklinika-1 --specialty terapevt", "--range"),
    ] {
        let error = s.fails(&format!("request new {line}"), 2, "usage", "missing-value");
        assert!(error["message"].as_str().unwrap().contains(flag), "{line}: {error}");
    }
}

#[test]
fn a_specialty_that_the_clinic_lacks_is_refused_and_who_has_it_is_named() {
    let s = Sandbox::new();
    let new = format!("request new {PETR} --clinic poliklinika-1 --range 'ср 9-12' --specialty");
    let error = s.refused(&format!("{new} kardiolog"), "specialty-not-offered");
    let message = error["message"].as_str().unwrap();
    assert_eq!(message, "В клинике «Поликлиника № 1» нет специальности «Кардиолог».");
    assert_eq!(error["hint"], "Где есть: Поликлиника № 2.");
    let error = s.refused(&format!("{new} khirurg"), "specialty-not-offered");
    assert_eq!(error["hint"], "Её нет ни в одной клинике.");
}

#[test]
fn the_patient_is_made_with_the_request_or_not_at_all() {
    let s = Sandbox::new();
    s.refused(
        &format!(
            "request new {PETR} --clinic poliklinika-1 --specialty kardiolog --range 'ср 9-12'"
        ),
        "specialty-not-offered",
    );
    assert!(s.ok("patient list -o ids").lines().is_empty());
    let request =
        s.ok(&format!("request new {PETR} {WEDNESDAY} --note 'просит утром' --json")).json();
    assert_eq!(request["patient_name"], "Щукин Пётр Фёдорович");
    assert_eq!((&request["status"], &request["operator"]), (&"created".into(), &"anna".into()));
    let patient = s.ok("patient show 4511227265 --json").json();
    assert_eq!((&patient["id"], &patient["phone"]), (&request["patient"], &"+79017892569".into()));
    let history = s.show(request["id"].as_str().unwrap())["history"].clone();
    assert_eq!(history[0]["tx"], patient["history"][0]["tx"], "one transaction");
    assert_eq!(
        (&history[1]["event"], &history[1]["text"]),
        (&"note".into(), &"просит утром".into())
    );
}

#[test]
fn a_known_patient_by_passport_alone_by_id_or_by_all_three() {
    let (s, _) = Sandbox::with_request();
    let patient = s.ok("patient list -o ids").stdout.trim().to_owned();
    for who in [
        "--passport 4511227265".to_owned(),
        "--passport '45 11 № 227265'".to_owned(),
        "--patient 4511227265".to_owned(),
        "--patient '4511 227265'".to_owned(),
        format!("--patient {patient}"),
        format!("--patient {}", &patient[..5]),
        PETR.to_owned(),
        "--name 'Щукин' --passport 4511227265".to_owned(),
        "--name 'петр щукин' --passport 4511227265".to_owned(),
    ] {
        let made = s.ok(&format!("request new {who} {WEDNESDAY} --json")).json();
        assert_eq!(made["patient"], *patient, "{who}");
    }
    assert_eq!(s.ok("patient list -o ids").lines().len(), 1);
}

#[test]
fn a_stranger_needs_a_name_and_a_phone() {
    let s = Sandbox::new();
    for (who, flag) in [
        ("--passport 4511227265 --phone 89017892569", "--name"),
        ("--passport 4511227265 --name 'Щукин Пётр'", "--phone"),
    ] {
        let error = s.fails(&format!("request new {who} {WEDNESDAY}"), 2, "usage", "missing-value");
        assert!(error["message"].as_str().unwrap().contains(flag), "{error}");
    }
    let line = format!("request new --name 'Щукин Пётр' --phone 89017892569 {WEDNESDAY}");
    s.fails(&line, 2, "usage", "missing-value");
    let line =
        format!("request new --passport 451122726 --name Щукин --phone 89017892569 {WEDNESDAY}");
    s.refused(&line, "bad-passport");
    let line =
        format!("request new --passport 4511227265 --name Щукин --phone 2377297 {WEDNESDAY}");
    s.refused(&line, "bad-phone");
}

#[test]
fn another_phone_becomes_the_patients_and_is_reported() {
    let (s, _) = Sandbox::with_request();
    let line = format!("request new --passport 4511227265 --phone '8 (903) 555-01-12' {WEDNESDAY}");
    s.ok(&line).says("+7 901 789-25-69 → +7 903 555-01-12");
    assert_eq!(s.ok("patient show 4511227265 --json").json()["phone"], "+79035550112");
    assert!(!s.ok(&line).stderr.contains("→"), "the same one is no news");
}

#[test]
fn another_name_is_refused_with_both_names_and_the_command_that_would_change_it() {
    let (s, _) = Sandbox::with_request();
    let id = s.ok("patient list -o ids").stdout.trim().to_owned();
    let line = format!("request new --name 'орлова анна' --passport 4511227265 {WEDNESDAY}");
    let error = s.refused(&line, "passport-other-name");
    assert_eq!(
        error["message"],
        "Этот паспорт уже есть: Щукин Пётр Фёдорович. Введено: Орлова Анна."
    );
    let hint = error["hint"].as_str().unwrap();
    let command = hint.split('`').nth(1).unwrap();
    assert_eq!(command, format!("appt patient edit {id} --name \"Орлова Анна\""));
    s.ok(&command.trim_start_matches("appt ").replace('"', "'"));
    s.ok(&line);
}

#[test]
fn a_second_open_request_is_warned_of() {
    let (s, id) = Sandbox::with_request();
    let warning = format!("У пациента уже есть открытая заявка к этому врачу в эту клинику: {id}.");
    let line = format!("request new {PETR} {WEDNESDAY}");
    s.ok(&line).says(&warning);
    let other = "--clinic poliklinika-2 --specialty kardiolog --range 'ср 9-12'";
    assert!(!s.ok(&format!("request new {PETR} {other}")).stderr.contains("уже есть"));
}

#[test]
fn a_visit_that_is_booked_already_is_warned_of() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    s.ok(&format!("request set-appointment {id} 'ср 11:30'"));
    s.ok(&format!("request set-status {id} processed"));
    let warning = format!("Пациент уже записан к этому врачу в эту клинику: {id}.");
    let line = format!("request new {PETR} {WEDNESDAY}");
    s.ok(&format!("{line} --dry-run")).says(&warning);
    // A move makes way for itself, and another doctor is another visit.
    let moved = s.ok(&format!("request reschedule {id} --range 'чт 9-12' --dry-run"));
    let other = "--clinic poliklinika-2 --specialty kardiolog --range 'ср 9-12'";
    let other = s.ok(&format!("request new {PETR} {other}"));
    assert!(![moved, other].iter().any(|done| done.stderr.contains("уже записан")));
}

#[test]
fn a_closed_request_is_no_second_one() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request refuse {id}"));
    assert!(!s.ok(&format!("request new {PETR} {WEDNESDAY}")).stderr.contains("уже есть"));
}

#[test]
fn what_was_understood_is_repeated_in_full() {
    let s = Sandbox::new();
    let said = s
        .ok(&format!(
            "request new {PETR} --clinic poliklinika-1 --specialty terapevt \
        --range 'ср 9-12, чт после 15' --range 'пт весь день'"
        ))
        .stderr;
    for day in [
        "среда, 25 ноября, 9:00–12:00",
        "четверг, 26 ноября, 15:00–20:00",
        "пятница, 27 ноября, 8:00–20:00",
    ] {
        assert!(said.contains(day), "{said}");
    }
}

#[test]
fn times_are_the_clinics() {
    let s = Sandbox::new();
    s.ok("clinic new --name Омск --address Омск --phone 83812000000 --specialty terapevt \
        --timezone Asia/Omsk --hours 09:00-18:00");
    let line = format!(
        "request new {PETR} --clinic omsk --specialty terapevt --range 'ср весь день' --json"
    );
    let request = s.ok(&line).json();
    assert_eq!(request["patient_ranges"][0]["start"], "2026-11-25T09:00:00+06:00");
    assert_eq!(request["patient_ranges"][0]["end"], "2026-11-25T18:00:00+06:00");
    assert_eq!(request["created"], "2026-11-23T10:00:00+03:00", "the rest is the store's");
}
