//! The operator's instruction as a shell script: `tests/life.sh`, which anyone can run; and what else a
//! request may live through.
#![allow(clippy::disallowed_methods)]

mod common;

use common::{APPT, DARYA, PETR, Ran, Sandbox, WEDNESDAY, has, short};

#[test]
fn the_operators_instruction_holds() {
    let s = Sandbox::empty();
    if !has(&["bash", "jq"]) {
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/life.sh");
    let output = s.command("bash").args([script, APPT]).output().unwrap();
    Ran::of("tests/life.sh", output).exits(0);
}

#[test]
fn a_merge_of_two_patients_says_whose_word_counts() {
    let mut s = Sandbox::new();
    s.ok("patient new --name 'Щукин Пётр' --passport 4511227265 --phone 89017892569");
    // The older one stays, whatever their ids.
    s.set("APPT_NOW", "2026-11-23T10:05:00+03:00");
    s.ok("patient new --name 'Щукин Пётр Ильич' --passport 4511227266 --phone 89017892570");
    let id = |passport| {
        let shown = s.ok(&format!("patient show {passport} --json")).json();
        shown["id"].as_str().unwrap().to_owned()
    };
    let (stays, goes) = (id("4511227265"), id("4511227266"));
    let differences = [
        "ФИО: остаётся Щукин Пётр; в другой записи Щукин Пётр Ильич.",
        "Паспорт: остаётся •••• ••7265; в другой записи •••• ••7266.",
        "Телефон: остаётся +7 901 789-25-69; в другой записи +7 901 789-25-70.",
    ];
    s.ok("patient note 4511227266 'глухая, звонить дочери'");
    let tried = s.ok("patient merge 4511227266 4511227265 --dry-run").stderr;
    assert!(tried.ends_with(&(differences.join("\n") + "\n")), "{tried}");
    let said = s.ok("patient merge 4511227266 4511227265").stdout;
    let said: Vec<&str> = said.lines().skip(1).collect();
    let next = format!("Верно другое: `appt patient edit {stays}`. Вернуть две: `appt undo`.");
    assert_eq!(said[..3], differences);
    assert_eq!(said[3..], [next]);
    // What was noted on either card is of the patient.
    let noted = "глухая, звонить дочери";
    s.ok("patient show 4511227265").prints(noted);
    let request = s.ok(&format!("request new --passport 4511227265 {WEDNESDAY} -o ids")).stdout;
    s.ok(&format!("request show {}", request.trim())).prints(noted);
    s.run(&format!("script {} --answers /dev/null", request.trim())).exits(130).prints(noted);
    let found = s.ok("patient find щукин").stdout;
    assert!(found.contains(&format!("Щукин Пётр Ильич (закрыта, действует {stays})")), "{found}");
    assert_eq!(s.ok("patient list").stdout.matches("закрыта").count(), 0);
    // The number that is gone leads to whoever is left: nobody else can have it.
    let gone = s.ok(&format!("patient show {goes} --json --reveal")).json();
    let gone = gone["passport"].as_str().unwrap();
    s.ok("patient new --name 'Котов Иван' --passport 4511227299 --phone 89017892571");
    s.refused(&format!("patient edit 4511227299 --passport {gone}"), "duplicate-passport");
    s.ok(&format!("patient edit {stays} --passport {gone}"));
    // What would be said of the record that nobody looks at any more.
    let ran = s.run(&format!("patient edit {goes} --phone 89017892571")).exits(3);
    assert!(ran.stderr.contains(&format!("Укажите {stays}.")), "{}", ran.stderr);
}

#[test]
fn a_removal_that_is_run_twice_spares_the_neighbour() {
    let s = Sandbox::new();
    for _ in 0..2 {
        s.ok("specialty new --title Уролог");
    }
    s.ok("specialty remove urolog --yes");
    s.fails("specialty remove urolog --yes", 4, "not-found", "no-such-record");
    s.ok("specialty remove urolog-2 --yes");
}

/// Hours are those of the clinic's clock: whoever reads them back learns whose they are.
#[test]
fn what_was_understood_of_another_clock_says_so() {
    let s = Sandbox::new();
    let far = "--name 'Больница № 5' --address 'ул. Мира, д. 1' --phone 83912000000";
    s.ok(&format!(
        "clinic new {far} --specialty terapevt --timezone Asia/Krasnoyarsk --hours 9-17"
    ));
    let shown = s.ok("clinic show bolnitsa-5 --json").json();
    assert_eq!(shown["hours"], "09:00-17:00");
    let wish = "--clinic bolnitsa-5 --specialty terapevt --range 'ср 9-12'";
    let ran = s.ok(&format!("request new {PETR} {wish} -o ids"));
    let id = short(ran.stdout.trim()).to_owned();
    ran.says("Понято: среда, 25 ноября, 9:00–12:00 по времени клиники (МСК+4).");
    s.ok(&format!("request set-status {id} in-progress"));
    let ran = s.ok(&format!("request set-appointment {id} 'ср 11:30'"));
    ran.says("Понято: среда, 25 ноября, 11:30 по времени клиники (МСК+4).");
    let ran = s.ok(&format!("request reschedule {id} --range 'чт 9-12'"));
    let off = "Прежний приём (среда, 25 ноября, 11:30 по времени клиники (МСК+4)) отмените";
    ran.says(off);
}

#[test]
fn the_queue_names_requests_whose_time_is_past() {
    let (mut s, id) = Sandbox::with_request();
    let booked = s.request(DARYA, WEDNESDAY);
    s.ok(&format!("request set-status {booked} in-progress"));
    s.ok(&format!("request set-appointment {booked} 'ср 11:30'"));
    let told = "Время уже прошло";
    assert!(!s.ok("queue").stderr.contains(told));
    // The one waits for a call, the other for a word that the visit is booked.
    s.set("APPT_NOW", "2026-11-25T12:30:00+03:00");
    let said = s.ok("queue").stderr;
    let line = said.lines().find(|line| line.contains(told)).unwrap();
    assert!(line.contains(&id) && line.contains(&booked), "{line}");
    assert!(line.ends_with("Позвоните пациенту: `appt script №`."), "{line}");
    // A visit that is ahead was agreed upon, also outside the times that are past.
    let friday = format!("request set-appointment {booked} 'пт 11:30' --anyway");
    s.ok(&friday);
    let said = s.ok("queue").stderr;
    let line = said.lines().find(|line| line.contains(told)).unwrap();
    assert!(line.contains(&id) && !line.contains(&booked), "{line}");
}

#[test]
fn an_appointment_tells_what_it_replaces_and_what_it_meets() {
    let (s, id) = Sandbox::with_request();
    let other = s.request(PETR, "--clinic poliklinika-2 --specialty kardiolog --range 'ср 9-12'");
    for id in [&id, &other] {
        s.ok(&format!("request set-status {id} in-progress"));
    }
    s.ok(&format!("request set-appointment {id} 'ср 9:30'"));
    let ran = s.ok(&format!("request set-appointment {other} 'ср 10:00'"));
    let met =
        format!("У пациента другой приём в пределах часа: заявка {id}, среда, 25 ноября, 9:30.");
    let ran = ran.says(&met);
    assert!(!ran.stderr.contains("Прежде было"), "{}", ran.stderr);
    let ran = s.ok(&format!("request set-appointment {other} 'ср 10:30'"));
    let ran = ran.says("Прежде было: среда, 25 ноября, 10:00.");
    assert!(!ran.stderr.contains("в пределах часа"), "{}", ran.stderr);
    s.run("request show 7r").exits(4).says("По «7r» заявку не узнать.");
    let ran = s.run(&format!("request reschedule {id} 'чт 9-12'")).exits(2);
    ran.says("На когда перенести: `appt request reschedule № --range \"чт 9-12\"`.");
    s.run("patient new 'Петров Иван'").exits(2).says("Перед ним не хватает флага.");
    let ran = s.run(&format!("request refuse {id} передумал")).exits(2);
    ran.says("Причина: `appt request refuse № --reason \"передумал\"`.");
}

#[test]
fn times_follow_the_clock_of_the_clinic() {
    let (s, id) = Sandbox::with_request();
    s.ok("clinic new --name Омск --address Омск --phone 83812000000 --specialty terapevt \
        --timezone Asia/Omsk");
    // The patient named the hours by another clock.
    let hours = "среда, 25 ноября, 12:00–15:00 по времени клиники (МСК+3)";
    s.ok(&format!("request edit {id} --clinic omsk")).says(hours);
    let drawn = s.ok(&format!("request match {id}")).prints("среда, 25 ноября, 12:00–15:00");
    assert!(drawn.stdout.contains("по времени клиники (МСК+3)"), "{}", drawn.stdout);
    s.ok(&format!("request show {id}")).prints("ср 25.11 12:00–15:00 МСК+3");
    s.ok("request list --columns id,patient_ranges").prints("ср 25.11 12:00–15:00 МСК+3");
    s.ok(&format!("request set-status {id} in-progress"));
    let called = s.run(&format!("script {id} --answers /dev/null")).exits(130);
    assert!(called.stdout.contains("с 12:00"), "{}", called.stdout);
    // A time alone, and one that does not suit, go by it as well.
    let ran = s.run(&format!("request set-appointment {id} 16")).exits(3);
    assert!(ran.stderr.contains("12:00–15:00"), "{}", ran.stderr);
    s.ok(&format!("request set-appointment {id} 12:30")).says("25 ноября, 12:30");
    s.ok("request list --all --visit 2026-11-25 -o ids").prints(&id);

    // The zone of a clinic may be mended after visits were booked there.
    let said = s.ok("clinic edit omsk --timezone Asia/Vladivostok");
    said.says("теперь показано по новым часам, сами моменты прежние. Заявок: 1.");
    s.ok(&format!("request show {id}")).prints("ср 25.11 16:30 МСК+7");
    s.ok(&format!("request set-appointment {id} 17")).says("Прежде было: среда, 25 ноября, 16:30");
    let called = s.run(&format!("script {id} --answers /dev/null")).exits(130);
    assert!(
        called.stdout.contains("25 ноября, в 17:00\n  по времени клиники (МСК+7)"),
        "{}",
        called.stdout
    );
}

#[test]
fn a_clinic_that_knows_is_not_asked_to_take_the_visit_off_again() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    s.ok(&format!("request set-appointment {id} 'ср 11'"));
    let new = s.ok(&format!("request reschedule {id} --range 'чт 9-12' -o ids")).stdout;
    s.ok(&format!("request set-status {} in-progress", new.trim()));
    let called = || {
        let line = format!("script {} --answers /dev/null", new.trim());
        s.run(&line).exits(130).stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(called().contains("Прежнюю запись, пожалуйста, снимите"), "{}", called());
    s.ok(&format!("request clinic-told {id}"));
    let asked = called();
    assert!(!asked.contains("снимите") && asked.contains("Запишите, пожалуйста"), "{asked}");
}

/// What nobody could read any more is not written.
#[test]
fn a_record_that_would_grow_too_big_is_refused() {
    let (s, id) = Sandbox::with_request();
    let note = "я".repeat(2_000);
    let notes =
        (0..70).map(|_| format!("{{\"args\":[\"request\",\"note\",\"{id}\",\"{note}\"]}}\n"));
    std::fs::write(s.cwd.join("notes"), notes.collect::<String>()).unwrap();
    let before = s.bytes();
    let ran = s.run("batch notes").exits(3);
    assert!(ran.stdout.contains("\"rule\":\"oversized-file\""));
    assert_eq!(s.bytes(), before);
    s.ok("check");
}
