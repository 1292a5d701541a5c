//! `appt undo` as it is used: what it takes back, what it says, and what it refuses.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::fs;

use common::{DARYA, PETR, Sandbox, WEDNESDAY, has, words};
use insta::assert_snapshot;

const VERA: &str = "--name 'Белова Вера' --passport 4511227298 --phone 89017892570";
const IVAN: &str = "--name 'Котов Иван' --passport 4511227299 --phone 89017892571";

/// A later minute of the same morning.
fn at(s: &mut Sandbox, minute: usize) {
    s.set("APPT_NOW", &format!("2026-11-23T10:{minute:02}:00+03:00"));
}

/// A request that has an appointment.
fn booked() -> (Sandbox, String) {
    let (mut s, id) = Sandbox::with_request();
    at(&mut s, 1);
    s.ok(&format!("request set-status {id} in-progress"));
    at(&mut s, 2);
    s.ok(&format!("request set-appointment {id} 'ср 11:30'"));
    at(&mut s, 3);
    (s, id)
}

#[test]
fn what_came_before_a_new_record_that_was_taken_back_is_not_the_last_command() {
    let (mut s, first) = Sandbox::with_request();
    at(&mut s, 1);
    s.request(DARYA, WEDNESDAY);
    at(&mut s, 2);
    assert!(s.ok("undo").stdout.contains("Удалено: "));
    let before = s.bytes();
    for line in ["undo", "undo --dry-run"] {
        let ran = s.run(line).exits(3);
        ran.says("повторить её нельзя").says("`appt undo --anyway`");
    }
    assert_eq!(s.bytes(), before);
    // What was done since is taken back as ever.
    at(&mut s, 3);
    s.ok(&format!("request note {first} перезвонить"));
    assert!(s.ok("undo").stdout.contains("перезвонить"));
    at(&mut s, 4);
    s.request(DARYA, WEDNESDAY);
    s.ok("undo --json");
    s.run("undo").exits(3);
    assert!(s.ok("undo --anyway --dry-run").stdout.contains("перезвонить"));
}

#[test]
fn a_move_that_was_taken_back_can_not_be_made_again_and_says_so() {
    let (mut s, id) = booked();
    s.ok(&format!("request reschedule {id} --range 'пт 9-12'"));
    at(&mut s, 4);
    assert!(s.ok("undo").stdout.contains("Удалено: "));
    at(&mut s, 5);
    s.run("undo").exits(3).says("повторить её нельзя");
    assert_eq!(s.show(&id)["status"], "in-progress");
}

#[test]
fn a_refusal_is_taken_back_and_given_back_again() {
    let (mut s, id) = booked();
    s.ok(&format!("request refuse {id} --reason передумал"));
    at(&mut s, 4);
    let before = s.bytes();
    let dry = s.ok("undo --dry-run");
    assert_eq!(s.bytes(), before);
    assert_snapshot!(s.screen(&dry), @"
    Будет взята назад команда пн 23.11 10:03:
      заявка AAAAAA: статус: Пациент отказался (передумал)
    --- stderr
    Пробный запуск: ничего не изменено.
    ");
    let undone = s.ok("undo");
    assert_snapshot!(s.screen(&undone), @"
    Взята назад команда пн 23.11 10:03:
      заявка AAAAAA: статус: Пациент отказался (передумал)
    ✓ Возвращено как было. Сделать снова: `appt undo`.
    Дальше: сообщите пациенту время приёма (+7 901 789-25-69).
      Пациент знает: appt request set-status AAAAAA processed
    ");
    assert_eq!(
        (&s.show(&id)["status"], &s.show(&id)["next"]),
        (&"in-progress".into(), &"notify-patient".into())
    );
    at(&mut s, 5);
    let again = s.ok("undo");
    assert_snapshot!(s.screen(&again), @"
    Сделано снова:
      заявка AAAAAA: статус: Пациент отказался (передумал)
    ✓ Сделано снова. Вернуть как было: `appt undo`.
    Дальше: отмените приём в клинике (+7 495 237-72-97).
      Клиника знает: appt request clinic-told AAAAAA
    ");
    assert_snapshot!(s.screen(&s.ok(&format!("log {id} --limit 4"))), @"
    Когда           Кто            Запись         Что
    пн 23.11 10:05  Анна Смирнова  заявка AAAAAA  сделано снова
    пн 23.11 10:05  Анна Смирнова  заявка AAAAAA  статус: Пациент отказался (передумал)
    пн 23.11 10:04  Анна Смирнова  заявка AAAAAA  возвращено как было: статус: Пациент отказался (передумал)
    пн 23.11 10:04  Анна Смирнова  заявка AAAAAA  статус: Обрабатывается
    ");
    assert_eq!(s.show(&id)["status"], "patient-refused");
    s.ok("check");
    let events = s.ok("undo --json").json();
    assert_eq!((&events[0]["event"], &events[1]["event"]), (&"set".into(), &"undone".into()));
    assert!(s.ok("--lang en undo").stdout.contains("Done again. To take it back"));
    assert!(s.ok("--lang en undo").stdout.contains("Undone. To do it again"));
}

#[test]
fn what_is_no_change_is_named_too_whichever_way_it_goes() {
    let (mut s, id) = booked();
    s.ok(&format!("request note {id} 'перезвонить в пятницу'"));
    for (minute, heading) in
        [(4, "назад команда"), (5, "снова:"), (6, "назад команда"), (7, "снова:")]
    {
        at(&mut s, minute);
        for line in ["undo --dry-run", "undo"] {
            let said = s.ok(line).stdout;
            let mut lines = said.lines();
            assert!(lines.next().unwrap().contains(heading), "{line}: {said}");
            assert!(lines.next().unwrap().contains("перезвонить в пятницу"), "{line}: {said}");
        }
    }
}

#[test]
fn what_a_command_did_in_several_records_goes_together() {
    let (mut s, id) = booked();
    let before = s.show(&id)["status"].clone();
    let new = s.ok(&format!("request reschedule {id} --range 'чт 9-12' -o ids"));
    at(&mut s, 4);
    s.ok("undo");
    assert_eq!(s.show(&id)["status"], before);
    assert_eq!(s.show(&id)["rescheduled_to"], serde_json::Value::Null);
    s.run(&format!("request show {}", new.stdout.trim())).exits(4);
    s.ok("check");
}

#[test]
fn a_new_patient_goes_with_their_request_but_not_from_under_another() {
    let s = Sandbox::new();
    let mut s = s;
    at(&mut s, 1);
    s.request(PETR, WEDNESDAY);
    s.boris("request new --passport 4511227265 --clinic poliklinika-2 --specialty kardiolog --range 'ср 9-12'")
        .exits(0);
    s.refused("undo", "referenced");
    s.boris("undo").exits(0);
    s.ok("undo");
    assert_eq!(s.ok("patient list --json").stdout.trim(), "[]");
}

#[test]
fn what_came_after_or_is_another_s_stays() {
    let (mut s, id) = booked();
    s.boris(&format!("request note {id} 'звонила'")).exits(0);
    at(&mut s, 5);
    let error = s.refused("undo", "something-came-after");
    assert!(error["message"].as_str().unwrap().contains("Борис Котов, 10:03"), "{error}");
    s.boris("undo").exits(0);
    s.boris("undo --dry-run").exits(0);
    s.refused("undo", "something-came-after");
    let (s, _) = Sandbox::with_request();
    let error = s.boris("undo --json").exits(3).error();
    assert_eq!(error["rule"], "nothing-to-undo");
}

#[test]
fn the_last_command_is_the_last_even_where_the_clock_stands_still() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    s.ok(&format!("request note {id} 'перезвонить'"));
    s.ok("clinic edit poliklinika-2 --phone 84951112233");
    let undone = s.ok("undo");
    assert!(undone.stdout.contains("клиника poliklinika-2"), "{}", undone.stdout);
}

#[test]
fn what_only_an_admin_may_change_only_an_admin_takes_back() {
    let mut s = Sandbox::new();
    at(&mut s, 1);
    s.ok("operator new --id olga --name Ольга --role admin");
    at(&mut s, 2);
    s.run("--operator olga clinic edit poliklinika-2 --phone 84951112233").exits(0);
    s.ok("operator edit olga --role operator");
    s.fails("--operator olga undo", 6, "forbidden", "not-allowed");
    s.ok("undo");
    s.run("--operator olga undo").exits(0);
}

/// A store in a repository, and a bare one that has what it has.
fn shared() -> (Sandbox, String) {
    let (mut s, id) = Sandbox::with_request();
    s.git("init -q -b main");
    s.git("config user.email anna@example.org");
    s.git("config user.name Anna");
    fs::write(s.cwd.join(".gitignore"), ".appt/\n.appt-*.tmp\n").unwrap();
    s.git("add -A");
    s.git("commit -q -m first");
    s.git("init -q --bare ../shared.git");
    s.git("remote add origin ../shared.git");
    s.git("push -q -u origin main");
    at(&mut s, 1);
    (s, id)
}

#[test]
fn a_new_record_that_others_have_is_not_taken_from_them() {
    if !has(&["git"]) {
        return;
    }
    let (mut s, id) = shared();
    let error = s.refused("undo", "shared");
    assert!(error["hint"].as_str().unwrap().contains("appt request refuse"), "{error}");
    s.ok(&format!("request set-status {id} in-progress"));
    s.git("commit -q -a -m second");
    s.git("push -q");
    at(&mut s, 2);
    s.ok("undo").says("уже получили другие");
    assert_eq!(s.show(&id)["status"], "created", "a change is taken back by a change");
    at(&mut s, 3);
    let again = s.ok("undo");
    assert!(!again.stderr.contains("получили"), "{}", again.stderr);
}

#[test]
fn a_removal_is_in_git_and_in_no_history() {
    if !has(&["git"]) {
        return;
    }
    let (s, id) = shared();
    let path = s.file(&id);
    s.ok("clinic edit poliklinika-2 --phone 84951112233");
    s.ok(&format!("request remove {id} --yes"));
    let error = s.refused("undo", "removed");
    s.ok("undo --dry-run --anyway");
    let hint = error["hint"].as_str().unwrap();
    let command = hint.split('`').nth(1).unwrap();
    s.git(command.strip_prefix("git ").unwrap());
    assert!(path.exists());
    assert!(s.ok("undo").stdout.contains("клиника poliklinika-2"));
}

#[test]
fn where_the_clock_stands_still_only_the_last_command_is_taken_back() {
    let (s, first) = Sandbox::with_request();
    let second = s.request(DARYA, WEDNESDAY);
    let third = s.request(VERA, WEDNESDAY);
    s.ok("undo");
    s.run(&format!("request show {third}")).exits(4);
    assert_eq!(s.show(&second)["status"], "created");
    let line = format!("request new {IVAN} {WEDNESDAY}");
    fs::write(s.cwd.join("lines"), serde_json::to_string(&words(&line)).unwrap()).unwrap();
    s.ok("batch lines");
    for left in [2, 1] {
        s.ok("undo --anyway");
        assert_eq!(s.ok("request list -o ids").stdout.lines().count(), left);
    }
    s.run(&format!("request show {second}")).exits(4);
    assert_eq!(s.show(&first)["status"], "created");
}

/// What a command removed is in no history: the one before it is not taken for the last.
#[test]
fn a_removal_is_the_last_command_with_git_and_without() {
    let (s, id) = Sandbox::with_request();
    let path = s.file(&id);
    let name = path.strip_prefix(&s.cwd).unwrap().display().to_string();
    s.ok(&format!("request remove {id} --yes"));
    let error = s.refused("undo", "removed");
    assert!(error["message"].as_str().unwrap().contains(&name), "{error}");
    assert!(s.ok("undo --anyway --dry-run").stdout.contains("пациент"));
    // What comes after it is taken back as ever.
    let second = s.request(DARYA, WEDNESDAY);
    s.ok("undo");
    s.run(&format!("request show {second}")).exits(4);

    if !has(&["git"]) {
        return;
    }
    let (s, id) = Sandbox::with_request();
    let path = s.file(&id);
    s.git("init -q");
    s.ok("init --git-setup");
    s.git("add .");
    let commit = |name: &str| {
        s.git(&format!(
            "-c user.name=a -c user.email=a@example.org commit -qam {name} --no-verify"
        ));
    };
    commit("first");
    s.ok(&format!("request remove {id} --yes"));
    commit("second");
    let hint = s.refused("undo", "removed")["hint"].as_str().unwrap().to_owned();
    s.git(hint.split('`').nth(1).unwrap().strip_prefix("git ").unwrap());
    assert!(path.exists(), "{hint}");
}

/// A batch is one command; its lines are taken back together, the last one first.
#[test]
fn a_batch_is_taken_back_as_one() {
    let (s, first) = Sandbox::with_request();
    let second = s.request(DARYA, WEDNESDAY);
    let before = [&first, &second].map(|id| s.show(id)["status"].clone());
    let lines = [
        vec!["request", "note", &first, "раз"],
        vec!["request", "set-status", &second, "in-progress"],
        vec!["request", "note", &first, "два"],
        vec!["patient", "note", "4511227265", "три"],
    ];
    let lines = lines.map(|line| serde_json::to_string(&line).unwrap()).join("\n");
    fs::write(s.cwd.join("lines"), lines).unwrap();
    s.ok("batch lines");
    let said = s.ok("undo").stdout;
    for text in ["раз", "два", "три", "статус"] {
        assert!(said.contains(text), "{said}");
    }
    assert_eq!([&first, &second].map(|id| s.show(id)["status"].clone()), before);
    assert!(s.ok("undo").stdout.contains("Сделано снова"));
    assert_eq!(s.show(&second)["status"], "in-progress");
}

/// An import is taken back whole, with the operators that it brought; records that bring a history of
/// their own are not, and nothing else is taken for the last command.
#[test]
fn an_import_is_taken_back_whole_or_not_at_all() {
    let mut s = Sandbox::empty();
    s.set("APPT_OPERATOR", "boss");
    s.ok("init --operator boss --no-git");
    let before = s.bytes();
    let dump = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/django-dump.json");
    s.ok(&format!("import django-json {dump} --skip-invalid"));
    s.ok("undo");
    assert_eq!(s.bytes().keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());

    let (from, _) = Sandbox::with_request();
    fs::write(s.cwd.join("all.jsonl"), from.ok("export jsonl").stdout).unwrap();
    s.ok("import jsonl all.jsonl");
    s.refused("undo", "imported");
    assert_eq!(s.ok("request list -o ids").stdout.lines().count(), 1);
}

/// What came before a removal may have gone with it: then nothing older is taken for it.
#[test]
fn where_the_command_before_a_removal_went_with_it_nothing_older_is_taken_back() {
    let (mut s, id) = Sandbox::with_request();
    at(&mut s, 1);
    s.ok(&format!("request note {id} перезвонить"));
    at(&mut s, 2);
    s.ok(&format!("request remove {id} --yes"));
    let before = s.bytes();
    let error = s.refused("undo", "removed");
    assert!(!error["hint"].as_str().unwrap().contains("--anyway"), "{error}");
    s.refused("undo --anyway", "nothing-to-undo");
    assert_eq!(s.bytes(), before, "the patient's card is there");
    // Without what was noted nobody knows what the command before was.
    fs::remove_file(s.cwd.join(".appt/last-anna")).unwrap();
    fs::write(s.cwd.join(".appt/last-anna"), r#"{"undid":true,"at":9000000000000}"#).unwrap();
    s.refused("undo --anyway", "nothing-to-undo");
}

/// Of a batch that can't be done again, no half is.
#[test]
fn a_batch_that_made_a_record_is_not_done_again_by_half() {
    let (mut s, id) = Sandbox::with_request();
    let lines =
        [vec!["request", "note", &id, "из пакета"], vec!["specialty", "new", "--title", "Лор"]];
    let lines = lines.map(|line| serde_json::to_string(&line).unwrap()).join("\n");
    fs::write(s.cwd.join("lines"), lines).unwrap();
    at(&mut s, 1);
    s.ok("batch lines");
    at(&mut s, 2);
    s.ok("undo");
    let before = s.bytes();
    s.refused("undo", "undone");
    s.refused("undo --anyway", "nothing-to-undo");
    assert_eq!(s.bytes(), before);
}

/// A refusal that is done again has its reason again, and so has one that stands again.
#[test]
fn a_refusal_keeps_its_reason() {
    let (mut s, id) = Sandbox::with_request();
    s.ok(&format!("request refuse {id} --reason болеет"));
    let reason = |s: &Sandbox| {
        let history = s.show(&id)["history"].as_array().unwrap().clone();
        let to = |event: &&serde_json::Value| event["to"] == "patient-refused";
        history.iter().rev().find(to).unwrap()["reason"].clone()
    };
    at(&mut s, 1);
    s.ok("undo");
    at(&mut s, 2);
    s.ok("undo");
    assert_eq!((reason(&s), &s.show(&id)["status"]), ("болеет".into(), &"patient-refused".into()));
    at(&mut s, 3);
    s.ok(&format!("request reopen {id} --reason ошибка"));
    at(&mut s, 4);
    s.ok("undo");
    assert_eq!((reason(&s), &s.show(&id)["status"]), ("болеет".into(), &"patient-refused".into()));
}

/// What others need by now is not taken from under them.
#[test]
fn a_specialty_that_a_request_asks_for_since_is_not_taken_back() {
    let mut s = Sandbox::new();
    s.ok("specialty new --title Хирург");
    at(&mut s, 1);
    s.ok("clinic edit poliklinika-1 --specialty terapevt --specialty khirurg");
    at(&mut s, 2);
    let asks = "--clinic poliklinika-1 --specialty khirurg --range 'ср 9-12'";
    s.boris(&format!("request new {PETR} {asks}")).exits(0);
    at(&mut s, 3);
    s.refused("undo", "specialty-in-use");
    s.ok("check");
}

#[test]
fn two_patients_who_were_one_for_a_while_are_not_parted_under_a_request() {
    let other = "--name 'Щукин Пётр Ильич' --passport 4511227266 --phone 89017892570";
    // A request that went over, while the clock stands still, and one that was made for whoever is left.
    let cases = [(1, "request note REQUEST звонил"), (5, "request new --passport 4511227266 WISH")];
    for (minute, since) in cases {
        let mut s = Sandbox::new();
        let wish = WEDNESDAY;
        s.ok("patient new --name 'Щукин Пётр' --passport 4511227265 --phone 89017892569");
        at(&mut s, 1);
        s.ok(&format!("patient new {other}"));
        let id = s.request("--passport 4511227266", wish);
        s.ok("patient merge 4511227265 4511227266");
        let since = since.replace("REQUEST", &id).replace("WISH", wish);
        at(&mut s, minute);
        s.boris(&since).exits(0);
        s.refused("undo", "something-came-after");
    }
}

/// What can't be read may have come last, and may refer to anything.
#[test]
fn a_file_that_can_not_be_read_is_not_taken_for_one_that_is_gone() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request note {id} звонил"));
    let whole = std::fs::read_to_string(s.file(&id)).unwrap();
    std::fs::write(s.file(&id), format!("<<<<<<< HEAD\n{whole}")).unwrap();
    for line in ["undo", "patient remove 4511227265 --yes", "operator remove boris --yes"] {
        let error = s.fails(line, 7, "store", "unread");
        assert!(error["file"].as_str().unwrap().ends_with(".toml"), "{line}: {error}");
    }
    std::fs::write(s.file(&id), whole).unwrap();
    s.ok("undo").prints("звонил");
    s.refused("patient remove 4511227265 --yes", "referenced");
}
