//! Section 5: who writes, and who may.

use crate::common::{PETR, Sandbox, WEDNESDAY};

fn creator(s: &Sandbox, line: &str) -> String {
    s.ok(&format!("{line} --json")).json()["operator"].as_str().unwrap().to_owned()
}

#[test]
fn four_ways_to_say_who_writes() {
    let mut s = Sandbox::new();
    let new = format!("request new {PETR} {WEDNESDAY}");
    s.ok("operator edit boris --email boris@example.org");
    assert_eq!(creator(&s, &new), "anna", "APPT_OPERATOR");
    assert_eq!(creator(&s, &format!("--operator boris {new}")), "boris", "the flag wins");
    s.set("APPT_OPERATOR", "");
    let error = s.fails(&new, 2, "usage", "no-operator");
    let hint = error["hint"].as_str().unwrap();
    for way in ["--operator", "APPT_OPERATOR", "emails", "одного активного", "anna, boris"]
    {
        assert!(hint.contains(way), "{way}: {hint}");
    }
    let config = s.folder().join("home/gitconfig");
    std::fs::write(&config, "[user]\n\temail = Boris@example.org\n").unwrap();
    assert_eq!(creator(&s, &new), "boris", "git's user.email");
    std::fs::write(&config, "[user]\n\temail = somebody@else.org\n").unwrap();
    s.fails(&new, 2, "usage", "no-operator");
    s.ok("--operator anna operator edit boris --active false");
    assert_eq!(creator(&s, &new), "anna", "the only active one");
}

#[test]
fn the_users_configuration_says_it_too_and_the_environment_wins() {
    let mut s = Sandbox::new();
    let new = format!("request new {PETR} {WEDNESDAY}");
    let config = s.folder().join("home/config/appt");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "operator = \"boris\"\n").unwrap();
    assert_eq!(creator(&s, &new), "anna");
    s.set("APPT_OPERATOR", "");
    assert_eq!(creator(&s, &new), "boris");
}

/// What can't be read in it is said, wherever the command would have gone without it.
#[test]
fn a_configuration_that_cant_be_read_is_named() {
    let mut s = Sandbox::new();
    s.set("APPT_OPERATOR", "");
    let config = s.folder().join("home/config/appt/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    for (text, line, wrong) in [
        ("operator = \"anna\"\nlang = \"ru", 2, "TOML"),
        ("# mine\noperater = \"anna\"\n", 2, "operater"),
        ("data = 5\n", 1, "data"),
        ("lang = true\n", 1, "lang"),
    ] {
        std::fs::write(&config, text).unwrap();
        let error = s.fails("request list", 2, "usage", "configuration");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(&format!("config.toml:{line}: ")), "{message}");
        assert!(message.contains(wrong), "{message}");
    }
    std::fs::write(&config, "APPT_OPERATOR = \"boris\"\nno_color = false\n").unwrap();
    assert_eq!(creator(&s, &format!("request new {PETR} {WEDNESDAY}")), "boris");
    assert!(s.ok("queue --help").stdout.contains("queue"));
    // A path in it is meant from the file on, or from home, wherever one stands.
    s.set("APPT_DATA", "");
    let store = s.cwd.clone();
    std::fs::create_dir(s.folder().join("aside")).unwrap();
    for (data, place) in [("~/store", "home/store"), ("../store", "home/config/store")] {
        crate::common::copy(&store, &s.folder().join(place));
        std::fs::write(&config, format!("operator = \"boris\"\ndata = \"{data}\"\n")).unwrap();
        let mut command = s.command(crate::common::APPT);
        command.current_dir(s.folder().join("aside")).args(["request", "list", "-o", "ids"]);
        crate::common::Ran::of(data, command.output().unwrap()).exits(0);
    }
}

#[test]
fn an_operator_writes_patients_and_requests_and_an_admin_the_rest() {
    let s = Sandbox::new();
    let boris = |line: &str| s.boris(line).exits(0);
    boris(&format!("patient new {PETR}"));
    boris("patient edit 4511227265 --phone 89161234567");
    boris("patient note 4511227265 'просит не звонить утром'");
    boris(&format!("request new --passport 4511227265 {WEDNESDAY}"));
    let id = s.ok("request list -o ids").stdout.trim().to_owned();
    boris(&format!("request remove {id} --yes"));
    boris("patient remove 4511227265 --yes");
    for line in [
        "specialty new --title Окулист",
        "specialty edit khirurg --alias резатель",
        "specialty remove khirurg --yes",
        "clinic new --name К --address А --phone 84952377297 --specialty terapevt",
        "clinic edit poliklinika-1 --name К",
        "clinic remove poliklinika-2 --yes",
        "operator new --name 'Вера'",
        "operator edit boris --role admin",
        "operator remove boris --yes",
    ] {
        let exit = s.fails(&format!("--operator boris {line}"), 6, "forbidden", "not-allowed");
        assert_eq!(exit["hint"], "Обратитесь: Анна Смирнова.", "{line}");
    }
    s.ok("operator edit boris --role admin");
    boris("specialty remove khirurg --yes");
}

#[test]
fn reading_needs_nobody() {
    let (mut s, id) = Sandbox::with_request();
    s.set("APPT_OPERATOR", "");
    for line in ["request list", "queue", "patient find щукин", "log", "check", "operator list"]
    {
        s.ok(line);
    }
    s.ok(&format!("request show {id}"));
}

#[test]
fn an_inactive_operator_does_not_write() {
    let s = Sandbox::new();
    s.ok("operator edit boris --active false");
    let line = format!("--operator boris request new {PETR} {WEDNESDAY}");
    s.fails(&line, 6, "forbidden", "inactive");
    s.fails(
        &format!("--operator nobody request new {PETR} {WEDNESDAY}"),
        4,
        "not-found",
        "no-such-record",
    );
}

#[test]
fn a_new_patient_with_the_name_or_phone_of_a_known_one_is_warned_of() {
    let s = Sandbox::new();
    s.ok(&format!("patient new {PETR}"));
    let like = "--name 'Щюкин Пётр Фёдорович' --passport 4511000001 --phone 89160000001";
    for line in [format!("patient new {like}"), format!("request new {like} {WEDNESDAY}")] {
        let ran = s.run(&format!("{line} --dry-run")).exits(0);
        assert!(ran.stderr.contains("Похожие пациенты: Щукин Пётр Фёдорович"), "{}", ran.stderr);
        assert!(ran.stderr.contains("•••• ••7265"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("4511227265"), "{}", ran.stderr);
    }
    s.ok(&format!("request new {like} {WEDNESDAY}"));
    let phone = "--name 'Орлов Иван' --passport 4511000002 --phone 89017892569";
    let ran = s.ok(&format!("patient new {phone}"));
    assert!(ran.stderr.contains("Похожие пациенты: Щукин"), "{}", ran.stderr);
    let ran = s.ok("patient new --name 'Зимин Олег' --passport 4511000003 --phone 89160000003");
    assert!(!ran.stderr.contains("Похожие"), "{}", ran.stderr);
}

#[test]
fn whoever_moves_a_visit_hears_that_the_old_one_is_to_be_cancelled() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    let ran = s.ok(&format!("request reschedule {id} --range 'чт 9-12'"));
    assert!(!ran.stderr.contains("clinic-told"), "{}", ran.stderr);
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    s.ok(&format!("request set-appointment {id} 'ср 11:30'"));
    let ran = s.ok(&format!("request reschedule {id} --range 'чт 9-12'"));
    let said = format!("Затем: `appt request clinic-told {id}`.");
    assert!(ran.stderr.contains("Прежний приём (среда, 25 ноября, 11:30)"), "{}", ran.stderr);
    assert!(ran.stderr.contains(&said) && ran.stderr.contains("+7 495"), "{}", ran.stderr);
    s.ok(&format!("request clinic-told {id}"));
}

#[test]
fn a_range_without_quotes_or_an_owner_gets_a_hint_of_what_is_missing() {
    let (s, id) = Sandbox::with_request();
    s.ok(&format!("request set-status {id} in-progress"));
    let error =
        s.fails(&format!("request set-ranges {id} --clinic пт 9-12"), 2, "usage", "day-alone");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("в кавычки: `--clinic \"пт 9-12\"`"), "{hint}");
    let error = s.fails(&format!("request set-ranges {id} 'пт 9-12'"), 2, "usage", "arguments");
    let hint = error["hint"].as_str().unwrap();
    for flag in ["--patient \"пт 9-12\"", "--clinic \"пт 9-12\""] {
        assert!(hint.contains(flag), "{hint}");
    }
    // A day that is short of hours is still that.
    let error = s.fails(&format!("request set-ranges {id} --clinic пт"), 2, "usage", "day-alone");
    assert!(!error["hint"].as_str().unwrap().contains("кавычки"), "{error}");
}

#[test]
fn what_is_missing_is_named_with_what_there_is() {
    let (s, id) = Sandbox::with_request();
    let error = s.fails("request new", 2, "usage", "missing-value");
    let message = error["message"].as_str().unwrap();
    for flag in ["--clinic", "--specialty", "--range", "--patient", "--passport"] {
        assert!(message.contains(flag), "{message}");
    }
    let error = s.fails("request new --clinic poliklinika-1", 2, "usage", "missing-value");
    assert!(!error["message"].as_str().unwrap().contains("--range"), "{error}");
    let error = s.fails(&format!("request set-status {id}"), 2, "usage", "missing-value");
    assert!(error["hint"].as_str().unwrap().contains("in-progress (Обрабатывается)"), "{error}");
    let error = s.fails("agenda неделя", 2, "usage", "not-understood");
    assert!(error["hint"].as_str().unwrap().contains("`appt agenda --week`"), "{error}");
    assert!(!s.ok("request list --search нет").stderr.contains("clinic new"));
}

#[test]
fn an_empty_store_says_what_comes_first() {
    let mut s = Sandbox::empty();
    s.ok("init --operator anna --name 'Анна Смирнова' --no-git");
    s.set("APPT_OPERATOR", "anna");
    for line in ["queue", "request list", "patient list", "clinic list"] {
        let said = s.ok(line).stderr;
        assert!(said.contains("затем `appt clinic new …`"), "{line}: {said}");
    }
}
