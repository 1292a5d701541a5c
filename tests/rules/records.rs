//! Section 5: clinics, specialties, operators and patients: new, edit, remove, merge.

use crate::common::{DARYA, PETR, Sandbox, WEDNESDAY};

#[test]
fn slugs_are_made_from_titles_and_step_aside() {
    let s = Sandbox::new();
    let clinic = "--address А --phone 84952377297 --specialty terapevt -o ids";
    for (name, slug) in
        [("Поликлиника № 1", "poliklinika-1-2"), ("ГКБ им. С. П. Боткина", "gkb-im-s-p-botkina")]
    {
        assert_eq!(s.ok(&format!("clinic new --name '{name}' {clinic}")).stdout.trim(), slug);
    }
    for slug in ["terapevt-2", "terapevt-3"] {
        assert_eq!(s.ok("specialty new --title терапевт -o ids").stdout.trim(), slug);
    }
    assert_eq!(s.ok("specialty new --title УЗИ --id ultrazvuk -o ids").stdout.trim(), "ultrazvuk");
    s.refused("specialty new --title УЗИ --id ultrazvuk", "id-taken");
    s.refused("specialty new --title УЗИ --id Узи", "bad-id");
}

#[test]
fn a_new_operator_is_an_operator() {
    let s = Sandbox::new();
    let made = s.ok("operator new --name 'Вера Лис' --json").json();
    assert_eq!(
        (&made["id"], &made["role"], &made["active"]),
        (&"vera-lis".into(), &"operator".into(), &true.into())
    );
    assert_eq!(s.ok("operator new --name Галя --role admin --json").json()["role"], "admin");
}

#[test]
fn a_name_that_another_has_is_warned_of() {
    let s = Sandbox::new();
    let second = s.ok("operator new --name 'борис котов'");
    second.says("Так уже называется boris").says("`appt undo`");
    s.ok("operator edit boris --active нет");
    s.ok("operator new --name 'Борис Котов'").says("`appt operator edit boris --active да`");
    s.ok("specialty new --title терапевт").says("Так уже называется terapevt");
    let other = s.ok("operator new --name 'Вера Лис'");
    assert!(!other.stderr.contains("называется"), "{}", other.stderr);
}

#[test]
fn a_word_that_two_go_by_is_warned_of_however_it_comes() {
    let s = Sandbox::new();
    s.ok("specialty new --title Уролог --alias 'участковый врач'")
        .says("«участковый врач»: так называется и terapevt");
    s.ok("specialty new --title 'Участковый врач'").says("так называется и terapevt");
    s.ok("clinic edit poliklinika-1 --name 'Поликлиника № 2'")
        .says("так называется и poliklinika-2");
    s.ok("specialty edit urolog --alias кардиолог").says("так называется и kardiolog");
    // What stays as it was is not warned of once more.
    let again = s.ok("clinic edit poliklinika-1 --phone 84952377298");
    assert!(!again.stderr.contains("называется"), "{}", again.stderr);
}

#[test]
fn git_s_e_mail_says_who_is_working_only_where_it_is_one_s() {
    let mut s = Sandbox::new();
    s.git("init -q");
    s.git("config user.email anna@example.org");
    s.ok("operator edit anna --email anna@example.org");
    for line in [
        "operator edit boris --email Anna@example.org",
        "operator new --name Вера --email anna@example.org",
    ] {
        s.refused(line, "email-taken");
    }
    s.set("APPT_OPERATOR", "");
    s.ok("patient new --name 'Щукин Пётр' --passport 4511227265 --phone 89017892569");
    // By hand it is done all the same: nobody acts in another's name then.
    s.by_hand(
        &s.cwd.join("operators/boris.toml"),
        "role = ",
        "emails = [\n    \"anna@example.org\",\n]\n\nrole = ",
    );
    let error = s.fails("patient note 4511227265 x", 2, "usage", "no-operator");
    assert!(error["message"].as_str().unwrap().contains("anna, boris"), "{error}");
}

#[test]
fn where_no_admin_is_left_it_is_said_how_there_is_one_again() {
    let s = Sandbox::new();
    s.by_hand(&s.cwd.join("operators/anna.toml"), "role = \"admin\"", "role = \"operator\"");
    let error = s.fails("specialty new --title Уролог", 6, "forbidden", "not-allowed");
    assert!(error["hint"].as_str().unwrap().starts_with("Администраторов не осталось"), "{error}");
}

#[test]
fn an_edit_to_what_is_so_already_says_so_and_writes_nothing() {
    let s = Sandbox::new();
    s.ok(&format!("patient new {PETR}"));
    let id = s.request("--passport 4511227265", WEDNESDAY);
    let before = s.bytes();
    for line in [
        "operator edit boris --active да",
        "operator edit boris --active yes",
        "operator edit boris --active true --role operator",
        "patient edit 4511227265 --phone '8 901 789-25-69' --name 'щукин  пётр фёдорович'",
        "clinic edit poliklinika-2 --specialty кардиолог --specialty терапевт",
        "specialty edit terapevt --title Терапевт --alias 'участковый врач'",
    ] {
        s.ok(line).prints("Менять нечего");
    }
    s.ok(&format!("request edit {id} --clinic poliklinika-1")).prints("ничего не изменилось");
    assert_eq!(s.bytes(), before);
    s.ok("operator edit boris --active нет").prints("Изменено");
    s.ok("operator edit boris --active да").prints("Изменено");
    s.refused("operator edit boris --active може", "bad-value");
}

#[test]
fn a_quiet_command_says_what_it_did_and_no_more() {
    let s = Sandbox::new();
    let made = s.ok(&format!("-q request new {PETR} {WEDNESDAY}"));
    assert_eq!((made.lines().len(), made.stderr.as_str()), (1, ""), "{}", made.stdout);
    let e = Sandbox::empty();
    let made = e.ok("-q init ./data/. --operator anna --no-git");
    assert_eq!(made.lines().len(), 1, "{}", made.stdout);
    let folder = e.cwd.join("data");
    assert!(made.stdout.contains(&format!(": {}. ", folder.display())), "{}", made.stdout);
    let report = e.ok("-C ./data report ./data/../week.html");
    assert!(report.stdout.contains(&format!("{}\n", e.cwd.join("week.html").display())));
}

#[test]
fn a_merged_card_says_which_one_holds_and_that_its_phone_is_another() {
    let (s, older, younger) = two_of_one();
    s.ok(&format!("patient merge {older} {younger}"));
    let shown = s.ok(&format!("patient show {younger}"));
    let shown = shown.prints(&format!("действует {older}: appt patient show {older}"));
    shown.prints("Телефон там другой: +7 901 789-25-69");
    assert!(!s.ok(&format!("patient show {older}")).stdout.contains("действует"));
}

#[test]
fn what_a_record_must_have_is_asked_for_by_its_flag() {
    let s = Sandbox::new();
    for (line, flag) in [
        ("clinic new --address А --phone 84952377297 --specialty terapevt", "--name"),
        ("clinic new --name К --phone 84952377297 --specialty terapevt", "--address"),
        ("clinic new --name К --address А --specialty terapevt", "--phone"),
        ("clinic new --name К --address А --phone 84952377297", "--specialty"),
        ("specialty new", "--title"),
        ("operator new", "--name"),
        ("patient new --name Щукин --passport 4511227265", "--phone"),
        ("patient new --name Щукин --phone 89017892569", "--passport"),
        ("patient new --passport 4511227265 --phone 89017892569", "--name"),
    ] {
        let error = s.fails(line, 2, "usage", "missing-value");
        assert!(error["message"].as_str().unwrap().contains(flag), "{line}: {error}");
    }
}

#[test]
fn a_search_for_what_is_no_word_finds_nobody() {
    let s = Sandbox::new();
    s.ok(&format!("patient new {PETR}"));
    for query in ["''", "-", "«»", "'. …'"] {
        s.fails(&format!("patient find {query}"), 2, "usage", "missing-value");
    }
}

#[test]
fn values_that_can_not_be_are_refused() {
    let s = Sandbox::new();
    let long = "а".repeat(257);
    let patient = |name: &str, passport: &str, phone: &str| {
        format!("patient new --name '{name}' --passport '{passport}' --phone '{phone}'")
    };
    for (line, rule) in [
        (patient("Щукин", "451122726", "89017892569"), "bad-passport"),
        (patient("Щукин", "45112272655", "89017892569"), "bad-passport"),
        (patient("Щукин", "4511227265", "8901789256"), "bad-phone"),
        (patient("Щукин", "4511227265", "2377297"), "bad-phone"),
        (patient("Щyкин", "4511227265", "89017892569"), "mixed-letters"),
    ] {
        s.refused(&line, rule);
    }
    let before = s.bytes();
    for line in [
        patient(&long, "4511227265", "89017892569"),
        patient("Щу\u{202e}кин", "4511227265", "89017892569"),
        patient("Щу\u{1b}[2Jкин", "4511227265", "89017892569"),
        patient("  ", "4511227265", "89017892569"),
        format!("specialty new --title '{}'", "а".repeat(129)),
        "clinic edit poliklinika-1 --timezone Europe/Moskva".to_owned(),
        "clinic edit poliklinika-1 --hours 20-8".to_owned(),
        "operator edit boris --email anna".to_owned(),
        "operator edit boris --role chief".to_owned(),
        "clinic edit poliklinika-1 --name ''".to_owned(),
    ] {
        s.run(&line).exits(3);
    }
    assert_eq!(s.bytes(), before);
}

#[test]
fn names_are_trimmed_and_phones_and_passports_lose_their_dress() {
    let s = Sandbox::new();
    let made = s
        .ok("patient new --name '  щукин\u{a0} пётр\u{200b}  ' --passport '45 11 № 227265' \
        --phone '8 (901) 789-25-69' --json")
        .json();
    assert_eq!(made["name"], "Щукин Пётр");
    assert_eq!((&made["passport"], &made["phone"]), (&"4511227265".into(), &"+79017892569".into()));
}

#[test]
fn one_passport_is_one_patient() {
    let s = Sandbox::new();
    s.ok(&format!("patient new {PETR}"));
    let error = s.refused(&format!("patient new {PETR}"), "duplicate-passport");
    assert!(error["message"].as_str().unwrap().contains("Щукин Пётр Фёдорович"));
    s.ok(&format!("patient new {DARYA}"));
    s.refused("patient edit 4511223344 --passport 4511227265", "duplicate-passport");
}

#[test]
fn a_later_passport_keeps_the_id_and_frees_the_number() {
    let s = Sandbox::new();
    let id = s.ok(&format!("patient new {PETR} -o ids")).stdout;
    s.ok("patient edit 4511227265 --passport 4520111111");
    assert_eq!(s.ok("patient show 4520111111 -o ids").stdout, id);
    s.fails("patient show 4511227265", 4, "not-found", "no-such-record");
    let other =
        s.ok("patient new --name Иной --passport 4511227265 --phone 89161234567 -o ids").stdout;
    assert_ne!(other, id, "its place is held, so the counter goes up");
    assert_eq!(s.ok("patient show 4511227265 -o ids").stdout, other);
    assert_eq!(s.ok("patient show 4520111111 -o ids").stdout, id);
}

#[test]
fn an_edit_changes_what_is_named_and_nothing_else() {
    let s = Sandbox::new();
    let before = s.ok("clinic show poliklinika-2 --json").json();
    let after = s.ok("clinic edit poliklinika-2 --hours 09:00-18:00 --json").json();
    for key in ["name", "address", "phone", "specialties", "timezone"] {
        assert_eq!(before[key], after[key], "{key}");
    }
    assert_eq!(after["hours"], "09:00-18:00");
    assert_eq!(
        s.ok("clinic edit poliklinika-2 --hours '' --json").json()["hours"],
        serde_json::Value::Null
    );
    let bytes = s.bytes();
    s.ok("clinic edit poliklinika-2 --name 'Поликлиника № 2'");
    assert_eq!(s.bytes(), bytes, "the same value writes nothing");
}

#[test]
fn what_is_referred_to_is_not_removed_and_that_is_judged_before_anything_is_asked() {
    let (s, _) = Sandbox::with_request();
    for line in
        ["clinic remove poliklinika-1", "specialty remove terapevt", "patient remove 4511227265"]
    {
        s.refused(line, "referenced");
        s.refused(&format!("{line} --yes"), "referenced");
    }
    s.refused("specialty remove kardiolog --yes", "referenced");
    let error = s.fails("specialty remove khirurg", 2, "usage", "missing-value");
    assert!(error["message"].as_str().unwrap().contains("--yes"));
    s.ok("specialty remove khirurg --yes");
    assert!(!s.cwd.join("specialties/khirurg.toml").exists());
    s.fails("specialty remove khirurg --yes", 4, "not-found", "no-such-record");
}

#[test]
fn a_moved_request_is_referred_to() {
    let (s, old) = Sandbox::with_request();
    let new = s.ok(&format!("request reschedule {old} --range 'чт 9-12' -o ids")).stdout;
    s.refused(&format!("request remove {old} --yes"), "referenced");
    s.refused(&format!("request remove {} --yes", new.trim()), "referenced");
}

#[test]
fn an_operator_in_history_turns_inactive_and_another_goes() {
    let s = Sandbox::new();
    s.boris(&format!("request new {PETR} {WEDNESDAY}")).exits(0);
    s.ok("operator new --id vera --name Вера");
    s.ok("operator remove boris --yes");
    assert_eq!(s.ok("operator show boris --json").json()["active"], false);
    s.ok("operator remove vera --yes");
    s.fails("operator show vera", 4, "not-found", "no-such-record");
    assert_eq!(s.ok("operator list -o ids").lines(), ["anna", "boris"]);
    s.ok("check");
}

#[test]
fn the_last_admin_stays() {
    let s = Sandbox::new();
    for line in [
        "operator remove anna --yes",
        "operator edit anna --role operator",
        "operator edit anna --active false",
    ] {
        s.refused(line, "last-admin");
    }
    s.ok("operator edit boris --role admin");
    s.ok("operator edit anna --role operator");
}

#[test]
fn a_clinic_keeps_a_specialty_that_an_open_request_uses() {
    let s = Sandbox::new();
    let id = s.request(PETR, "--clinic poliklinika-2 --specialty kardiolog --range 'ср 9-12'");
    let error = s.refused("clinic edit poliklinika-2 --specialty terapevt", "specialty-in-use");
    assert!(error["message"].as_str().unwrap().contains("kardiolog"), "{error}");
    s.ok(&format!("request refuse {id}"));
    s.ok("clinic edit poliklinika-2 --specialty terapevt");
    s.ok("check");
}

/// Two records of one person: the older is Пётр's first passport, the younger his new one.
fn two_of_one() -> (Sandbox, String, String) {
    let mut s = Sandbox::new();
    let older = s.ok(&format!("patient new {PETR} -o ids")).stdout.trim().to_owned();
    s.set("APPT_NOW", "2026-11-23T11:00:00+03:00");
    let younger =
        "patient new --name 'Щукин Пётр' --passport 4520111111 --phone 89161234567 -o ids";
    let younger = s.ok(younger).stdout.trim().to_owned();
    (s, older, younger)
}

#[test]
fn of_two_merged_patients_the_older_stays_however_they_are_named() {
    for turned in [false, true] {
        let (s, older, younger) = two_of_one();
        let id = s.request("--passport 4520111111", WEDNESDAY);
        let (a, b) = if turned { (&older, &younger) } else { (&younger, &older) };
        let stays = s.ok(&format!("patient merge {a} {b} --json")).json();
        assert_eq!(stays["id"], *older);
        let gone = s.ok("patient list --all --json").json();
        let gone = gone.as_array().unwrap().iter().find(|p| p["id"] == *younger).unwrap().clone();
        assert_eq!(gone["merged_into"], *older);
        assert_eq!(s.ok("patient list -o ids").stdout.trim(), older, "the other is no patient");
        // References are followed where they stand …
        let request = s.show(&id);
        assert_eq!(request["patient_name"], "Щукин Пётр Фёдорович");
        let of = |who: &str| s.ok(&format!("request list --patient {who} -o ids")).lines().len();
        assert_eq!((of(&older), of("4520111111"), of("4511227265")), (1, 1, 1));
        assert_eq!(
            s.ok("patient show 4520111111 --json").json()["id"],
            *older,
            "both passports lead to them"
        );
        let new = s.ok(&format!("request new --passport 4520111111 {WEDNESDAY} --json"));
        assert_eq!(new.json()["patient"], *older);
        new.says("уже есть открытая заявка");
        s.ok("check");
    }
}

#[test]
fn whoever_names_a_merged_card_means_the_one_that_stays() {
    let (s, older, younger) = two_of_one();
    let anna = "--name 'Орлова Анна' --passport 4520222222 --phone 89161234568";
    let id = s.request(anna, WEDNESDAY);
    let (other, its) = (s.request("--passport 4520111111", WEDNESDAY), "request list -o ids");
    s.ok(&format!("patient merge {older} {younger}"));
    s.ok(&format!("request edit {id} --patient {younger}"));
    assert_eq!(s.show(&id)["patient"], *older);
    for card in [&older, &younger] {
        let listed = s.ok(&format!("{its} --patient {card}"));
        listed.prints(&id).prints(&other);
    }
}

#[test]
fn the_next_write_rewrites_a_followed_reference() {
    let (s, older, younger) = two_of_one();
    let id = s.request("--passport 4520111111", WEDNESDAY);
    s.ok(&format!("patient merge {older} {younger}"));
    assert_eq!(s.show(&id)["patient"], *younger);
    s.ok(&format!("request set-status {id} in-progress"));
    assert_eq!(s.show(&id)["patient"], *older);
    s.ok("check");
}

#[test]
fn who_is_merged_already_is_not_merged_again() {
    let (s, older, younger) = two_of_one();
    s.refused(&format!("patient merge {older} {older}"), "same-record");
    s.ok(&format!("patient merge {older} {younger}"));
    s.refused(&format!("patient merge {older} {younger}"), "merged-already");
}
