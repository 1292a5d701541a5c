//! `appt resolve` as it is used, in clones that met; and where git met without the merge driver.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::{APPT, PETR, Sandbox, WEDNESDAY, has};
use insta::assert_snapshot;

/// Two branches, `main` and `theirs`, which both changed the patient and the request.
struct Two {
    s: Sandbox,
    id: String,
}

impl Two {
    /// `setup` says whether git knows the merge driver.
    fn new(setup: bool) -> Two {
        let s = Sandbox::new();
        let id = s.request(PETR, WEDNESDAY);
        s.git("init -q -b main");
        s.git("config user.email anna@example.org");
        s.git("config user.name Anna");
        if setup {
            s.git(&format!("config merge.appt.driver '{APPT} merge-driver %O %A %B %P'"));
        }
        fs::write(s.cwd.join(".gitattributes"), "*.toml text eol=lf merge=appt\n").unwrap();
        fs::write(s.cwd.join(".gitignore"), ".appt/\n.appt-*.tmp\n").unwrap();
        let mut two = Two { s, id };
        two.commit();
        two.s.git("branch theirs");
        two.at("11:00");
        two.s.ok("patient edit 4511227265 --phone 89990000001");
        two.s.ok(&format!("request note {} 'перезвонить'", two.id));
        two.commit();
        two.s.git("checkout -q theirs");
        two.at("10:50");
        two.s.boris("patient edit 4511227265 --phone 89990000002").exits(0);
        two.s.boris(&format!("request set-status {} in-progress", two.id)).exits(0);
        two.commit();
        two.s.git("checkout -q main");
        two.at("11:10");
        two
    }

    fn at(&mut self, clock: &str) {
        self.s.set("APPT_NOW", &format!("2026-11-23T{clock}:00+03:00"));
    }

    fn commit(&self) {
        self.s.git("add -A");
        self.s.git("commit -q -m change");
    }

    /// Git's merge of the other branch; it may leave something undone.
    fn merge(&self) {
        let output = self.s.command("git").args(["merge", "-q", "theirs", "-m", "merge"]).output();
        output.unwrap();
    }

    /// A patient in conflict, by the driver's merge.
    fn met() -> Two {
        let two = Two::new(true);
        two.merge();
        two
    }

    fn patient(&self) -> String {
        fs::read_to_string(self.s.patient_file()).unwrap()
    }

    fn request(&self) -> String {
        fs::read_to_string(self.s.file(&self.id)).unwrap()
    }
}

#[test]
fn what_is_in_conflict_is_listed_with_who_and_when() {
    if !has(&["git"]) {
        return;
    }
    let two = Two::met();
    let listed = two.s.ok("resolve");
    assert_snapshot!(two.s.screen(&listed), @"
    Запись              Ключ     Вариант  Что верно                        Кто            Когда
    patient/ZZZZZZZZZZ  Телефон  1        +7 999 000-00-01 (стоит сейчас)  Анна Смирнова  пн 23.11 11:00
    patient/ZZZZZZZZZZ  Телефон  2        +7 999 000-00-02                 Борис Котов    пн 23.11 10:50
    --- stderr
    Разобрать: `appt resolve ID --key КЛЮЧ --take N`, или оставить что есть: `appt resolve ID --keep`.
    ");
    assert_snapshot!(two.s.screen(&two.s.ok("resolve --lang en")), @"
    Record              Key    Choice  What holds                     Who            When
    patient/ZZZZZZZZZZ  Phone  1       +7 999 000-00-01 (stands now)  Анна Смирнова  Mon 23 Nov 11:00
    patient/ZZZZZZZZZZ  Phone  2       +7 999 000-00-02               Борис Котов    Mon 23 Nov 10:50
    --- stderr
    To settle one: `appt resolve ID --key KEY --take N`, or keep what stands: `appt resolve ID --keep`.
    ");
    let json = two.s.ok("resolve --json").json();
    let takes: Vec<_> =
        json.as_array().unwrap().iter().map(|row| row["value"].as_str().unwrap()).collect();
    assert_eq!(takes, ["+79990000001", "+79990000002"]);
    assert_eq!(two.s.ok("resolve -o ids").lines().len(), 1);
}

#[test]
fn a_choice_is_recorded() {
    if !has(&["git"]) {
        return;
    }
    let two = Two::met();
    let before = two.patient();
    assert_snapshot!(two.s.screen(&two.s.run("resolve 4511227265").exits(2)), @"
    --- stderr
    Запись              Ключ     Вариант  Что верно                        Кто            Когда
    patient/ZZZZZZZZZZ  Телефон  1        +7 999 000-00-01 (стоит сейчас)  Анна Смирнова  пн 23.11 11:00
    patient/ZZZZZZZZZZ  Телефон  2        +7 999 000-00-02                 Борис Котов    пн 23.11 10:50
    Не указано, что верно: `--keep` или `--take N`.
    ");
    two.s.fails("resolve 4511227265 --take 3", 4, "not-found", "no-such-choice");
    two.s.fails("resolve 4511227265 --take 0", 4, "not-found", "no-such-choice");
    two.s.fails("resolve 4511227265 --key name --keep", 4, "not-found", "no-such-conflict");
    for wrong in [
        "--take 1",
        "--keep",
        "--all",
        "--key phone",
        "4511227265 --keep --take 1",
        "4511227265 --all --keep",
    ] {
        two.s.fails(&format!("resolve {wrong}"), 2, "usage", "usage");
    }
    two.s.ok("resolve 4511227265 --take 2 --dry-run");
    assert_eq!(two.patient(), before);
    assert_snapshot!(two.s.screen(&two.s.ok("resolve 4511227265 --take 2")), @"✓ ZZZZZZZZZZ: расхождение разобрано — телефон: +7 999 000-00-02.");
    let after = two.patient();
    assert!(
        after.contains("\nphone = \"+79990000002\"\n") && !after.contains("conflicts"),
        "{after}"
    );
    two.s.ok("check");
    assert!(two.s.ok("resolve").stderr.contains("Расхождений нет."));
    two.s.ok("resolve 4511227265 --keep");
    two.s.ok("undo");
    assert!(two.patient().contains("{ key = \"phone\", value = \"+79990000002\", by = \"boris\""));
    two.s.ok("resolve --all --keep");
    assert!(two.patient().contains("\nphone = \"+79990000001\"\n"));
    two.s.ok("check");
}

/// Two operators got two times for one visit.
fn two_visits() -> Two {
    let mut two = Two::new(true);
    two.s.ok(&format!("request set-status {} in-progress", two.id));
    two.s.ok(&format!("request set-appointment {} 'ср 10:30'", two.id));
    two.commit();
    two.s.git("checkout -q theirs");
    two.at("11:20");
    two.s.boris(&format!("request set-appointment {} 'ср 11:30'", two.id)).exits(0);
    two.commit();
    two.s.git("checkout -q main");
    two.at("11:30");
    two.merge();
    two
}

#[test]
fn what_is_in_dispute_is_said_wherever_a_call_begins() {
    if !has(&["git"]) {
        return;
    }
    let two = two_visits();
    let (s, id) = (&two.s, &two.id);
    let warning = format!(
        "Внимание: записано разное: время приёма. Прежде чем звонить, разберите: `appt resolve {id}`."
    );
    let next = s.ok(&format!("request next {id}")).stdout;
    assert!(next.starts_with(&warning), "{next}");
    assert!(s.ok(&format!("request show {id}")).stdout.contains(&warning));
    let script = s.run(&format!("script {id} --answers /dev/null"));
    assert!(
        script.stdout.contains("Внимание: записано разное: время приёма."),
        "{}",
        script.stdout
    );
    s.ok("agenda 25.11").prints("не сообщено  записано разное");
    // A change that settles it says so, and which visits are to be cancelled.
    let set = s.ok(&format!("request set-appointment {id} 'ср 9:30' --take-over"));
    set.says("Этим разобрано расхождение: время приёма.");
    assert!(!s.ok(&format!("request next {id}")).stdout.contains("время приёма. Прежде"));
}

#[test]
fn a_closed_request_whose_other_time_holds_goes_back_to_whoever_must_tell_the_patient() {
    if !has(&["git"]) {
        return;
    }
    let two = two_visits();
    let (s, id) = (&two.s, &two.id);
    s.ok(&format!("request set-status {id} processed --take-over"));
    let said = s.ok(&format!("resolve {id} --take 2"));
    assert!(said.stdout.contains("Дальше: сообщите пациенту время приёма"), "{}", said.stdout);
    assert_eq!(s.show(id)["status"], "in-progress");
}

#[test]
fn a_conflict_of_a_card_that_was_merged_is_named_where_its_passport_leads() {
    if !has(&["git"]) {
        return;
    }
    let mut two = Two::met();
    two.at("09:00");
    two.s.ok("patient new --name 'Щукин Пётр Ильич' --passport 4511227299 --phone 89017892570");
    two.at("11:20");
    two.s.ok("patient merge 4511227299 4511227265");
    let said = two.s.ok("resolve 4511227265 --keep").says("Расхождений нет").stderr;
    let command = said.split('`').nth(1).unwrap().strip_prefix("appt ").unwrap().to_owned();
    two.s.ok(&format!("{command} --keep")).prints("расхождение разобрано");
}

#[test]
fn markers_that_git_knows_nothing_of_are_left_to_a_person() {
    let s = Sandbox::new();
    s.request(PETR, WEDNESDAY);
    let markers =
        "<<<<<<< HEAD\nphone = \"+79990000001\"\n=======\nphone = \"+79990000002\"\n>>>>>>> x\n";
    s.by_hand(&s.patient_file(), "phone = \"+79017892569\"\n", markers);
    let ran = s.run("resolve").exits(1).says("Оставьте в файле верное");
    assert!(!ran.stderr.contains("Расхождений нет"), "{}", ran.stderr);
}

#[test]
fn a_passport_is_masked_unless_it_is_asked_for() {
    let s = Sandbox::new();
    s.request(PETR, WEDNESDAY);
    let conflict =
        "conflicts = [\n    { key = \"passport\", value = \"4511227266\" },\n]\n\nhistory = [";
    s.by_hand(&s.patient_file(), "history = [", conflict);
    let shown = s.ok("resolve").says("--reveal").stdout;
    assert!(shown.contains("••7266") && !shown.contains("227266"), "{shown}");
    assert!(s.ok("resolve --reveal").stdout.contains("227266"));
    s.boris("resolve 4511227265 --take 2").exits(0);
    assert!(fs::read_to_string(s.patient_file()).unwrap().contains("passport = \"4511227266\""));
}

#[test]
fn passports_that_look_the_same_under_the_mask_are_told_apart() {
    let s = Sandbox::new();
    s.request(PETR, WEDNESDAY);
    let conflict =
        "conflicts = [\n    { key = \"passport\", value = \"4512227265\" },\n]\n\nhistory = [";
    s.by_hand(&s.patient_file(), "history = [", conflict);
    let shown = s.ok("resolve").stdout;
    assert!(shown.contains("•••1 ••7265") && shown.contains("•••2 ••7265"), "{shown}");
    s.ok("resolve 4511227265 --key паспорт --take 2");
    let id = s.ok("patient list -o ids").stdout;
    let log = s.ok(&format!("log patient/{}", id.trim())).stdout;
    assert!(log.contains("•••1 ••7265 → •••2 ••7265"), "{log}");
}

#[test]
fn two_new_requests_in_place_of_one_are_shown_by_what_one_decides_by() {
    let s = Sandbox::new();
    let id = s.request(PETR, WEDNESDAY);
    s.ok(&format!("request reschedule {id} --range 'чт 9-12'"));
    let other = s.ok(&format!("request new {PETR} {WEDNESDAY} -o ids")).stdout;
    let conflict = format!(
        "conflicts = [\n    {{ key = \"rescheduled_to\", value = \"{}\" }},\n]\n\nhistory = [",
        other.trim()
    );
    s.by_hand(&s.file(&id), "history = [", &conflict);
    assert_snapshot!(s.screen(&s.ok("resolve")), @"
    Запись  Ключ          Вариант  Что верно                                                             Кто            Когда
    AAAAAA  Перенесена в  1        BBBBBB: Создана, чт 26.11 9:00–12:00, Поликлиника № 1 (стоит сейчас)  Анна Смирнова  пн 23.11 10:00
    AAAAAA  Перенесена в  2        CCCCCC: Создана, ср 25.11 9:00–12:00, Поликлиника № 1
    AAAAAA  Перенесена в  3        нужны обе заявки
    --- stderr
    Разобрать: `appt resolve ID --key КЛЮЧ --take N`, или оставить что есть: `appt resolve ID --keep`.
    ");
    s.ok(&format!("resolve {id} --take 3 --dry-run")).says("две открытые заявки");
    assert_snapshot!(s.screen(&s.ok(&format!("resolve {id} --keep"))), @"
    ✓ AAAAAA: расхождение разобрано — перенесена в: BBBBBB: Создана, чт 26.11 9:00–12:00, Поликлиника № 1.
    Закрыта.
    --- stderr
    Внимание: Заявка CCCCCC закрыта: пациента ждут по заявке BBBBBB. Вернуть её в работу: `appt request reopen CCCCCC --reason ПРИЧИНА`.
    ");
    let log = s.ok(&format!("log {id} --limit 1"));
    assert_snapshot!(s.screen(&log), @"
    Когда           Кто            Запись         Что
    пн 23.11 10:00  Анна Смирнова  заявка AAAAAA  расхождение разобрано: перенесена в, верно: BBBBBB
    ");
}

#[test]
fn a_record_in_conflict_says_so_where_it_is_shown() {
    let s = Sandbox::new();
    s.request(PETR, WEDNESDAY);
    let conflict = "conflicts = [\n    { key = \"phone\", value = \"+79990000001\", by = \"boris\" },\n]\n\nhistory = [";
    s.by_hand(&s.patient_file(), "history = [", conflict);
    let shown = s.ok("patient show 4511227265").stdout;
    assert!(shown.contains("телефон: +7 999 000-00-01 (Борис Котов)"), "{shown}");
    assert!(shown.contains("Разобрать: appt resolve "), "{shown}");
}

#[test]
fn a_part_of_a_name_lists_who_may_be_meant() {
    let s = Sandbox::new();
    s.request(PETR, WEDNESDAY);
    let error = s.fails("resolve щук --keep", 4, "not-found", "no-such-record");
    assert!(error["hint"].as_str().unwrap().contains("(Щукин П. Ф.)"), "{error}");
}

#[test]
fn an_unknown_key_gets_the_other_value() {
    let s = Sandbox::new();
    s.request(PETR, WEDNESDAY);
    let conflict = "room = 3 # третий\n\nconflicts = [\n    { key = \"room\", value = \"2\" },\n]\n\nhistory = [";
    s.by_hand(&s.patient_file(), "history = [", conflict);
    let listed = s.ok("resolve --json").json();
    assert_eq!((&listed[0]["value"], &listed[1]["value"]), (&"3".into(), &"2".into()));
    s.ok("resolve 4511227265 --take 2").prints("room: 2.");
    let text = fs::read_to_string(s.patient_file()).unwrap();
    assert!(text.contains("room = 2 # третий") && !text.contains("conflicts"), "{text}");
    s.refused("undo", "cannot-undo");
}

#[test]
fn what_only_an_admin_may_change_only_an_admin_settles() {
    let s = Sandbox::new();
    let path = s.cwd.join("clinics/poliklinika-1.toml");
    s.by_hand(&path, "history = [", "conflicts = [\n    { key = \"removed\" },\n]\n\nhistory = [");
    s.fails("--operator boris resolve clinic/poliklinika-1 --keep", 6, "forbidden", "not-allowed");
    let removed = s.ok("resolve clinic/poliklinika-1 --take 2");
    assert!(removed.stdout.contains("Удалено: poliklinika-1."), "{}", removed.stdout);
    assert!(!path.exists());
}

/// The gits of this machine: the first in the path, and the system's.
fn gits() -> Vec<Option<&'static str>> {
    let other = Path::new("/usr/bin/git").exists().then_some(Some("/usr/bin"));
    std::iter::once(None).chain(other).collect()
}

#[test]
fn a_clone_without_the_setup_is_repaired_from_the_stages() {
    if !has(&["git"]) {
        return;
    }
    let driven = Two::met();
    for git in gits() {
        let mut two = Two::new(false);
        if let Some(folder) = git {
            let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
            two.s.set("PATH", &path);
        }
        fs::write(two.s.cwd.join("README"), "ours\n").unwrap();
        two.commit();
        two.s.git("checkout -q theirs");
        fs::write(two.s.cwd.join("README"), "theirs\n").unwrap();
        two.commit();
        two.s.git("checkout -q main");
        two.merge();
        assert!(two.request().contains("<<<<<<< "), "git has left its markers");
        let found = two.s.run("check --json").exits(1).json();
        assert!(
            found["findings"].as_array().unwrap().iter().any(|f| f["rule"] == "syntax"),
            "{found}"
        );
        let before = two.s.bytes();
        two.s.run("resolve --dry-run").exits(1);
        assert_eq!(two.s.bytes(), before);

        let repaired = two.s.run("resolve").exits(1).says("git commit");
        let shown = two.s.screen(&repaired);
        assert!(shown.contains("README") && shown.contains("+7 999 000-00-02"), "{shown}");
        assert_eq!(two.s.git("diff --name-only --diff-filter=U"), "README\n");
        two.s.run("resolve").exits(1);

        fs::write(two.s.cwd.join("README"), "both\n").unwrap();
        two.s.git("add README");
        two.s.git("commit -q --no-edit");
        assert_eq!(two.s.git("status --porcelain"), "");
        // Nothing is lost: the same as where the driver merged.
        for text in [two.request(), two.patient()] {
            let other =
                if text.contains("passport = ") { driven.patient() } else { driven.request() };
            let same = |text: &str| text.lines().map(without_ids).collect::<Vec<_>>();
            assert_eq!(same(&text), same(&other));
        }
        two.s.ok("resolve 4511227265 --take 2");
        two.s.ok("check");
    }
}

/// A line without what is random in a store.
fn without_ids(line: &str) -> String {
    match line.split_once("patient = \"") {
        Some((before, rest)) => format!("{before}patient = \"{}", &rest[10..]),
        None => line.to_owned(),
    }
}

#[test]
fn a_file_that_somebody_mended_is_left_as_they_left_it() {
    if !has(&["git"]) {
        return;
    }
    let two = Two::new(false);
    two.merge();
    let path = two.s.patient_file();
    let relative = path.strip_prefix(&two.s.cwd).unwrap().to_str().unwrap().to_owned();
    let mended = two.s.git(&format!("show :2:{relative}")) + "# сверено\n";
    fs::write(&path, &mended).unwrap();
    two.s.run("resolve").exits(1).says("уже правили руками");
    assert_eq!(two.patient(), mended);
    assert!(!two.request().contains("<<<<<<< "));
}

#[test]
fn a_record_removed_here_and_changed_there_stays_in_conflict() {
    if !has(&["git"]) {
        return;
    }
    let two = Two::new(false);
    two.s.ok(&format!("request remove {} --yes", two.id));
    two.commit();
    two.merge();
    two.s.ok("resolve").says("git commit");
    assert!(two.request().contains("{ key = \"removed\""), "{}", two.request());
    two.s.git("commit -q --no-edit");
    two.s.ok(&format!("resolve {} --keep", two.id));
    assert!(!two.request().contains("key = \"removed\", at"), "{}", two.request());
}

#[test]
fn markers_that_were_committed_are_merged_from_the_parents() {
    if !has(&["git"]) {
        return;
    }
    let two = Two::new(false);
    two.merge();
    two.commit();
    two.s.ok("specialty new --title Невролог");
    two.commit();
    assert!(two.request().contains("<<<<<<< "));
    two.s.run("queue").says("`appt resolve`");
    two.s.ok("resolve").says("обе стороны слиты");
    let (text, patient) = (two.request(), two.patient());
    assert!(text.contains("in-progress") && text.contains("перезвонить"), "{text}");
    assert!(patient.contains("{ key = \"phone\", value = \"+79990000002\", by = \"boris\""));
    two.s.ok("resolve --all --keep");
    two.s.ok("check");
}

#[test]
fn markers_of_no_merge_are_explained() {
    if !has(&["git"]) {
        return;
    }
    let two = Two::new(false);
    let path = two.s.file(&two.id);
    let text = two.request();
    fs::write(&path, format!("<<<<<<< a\n{text}=======\n{text}>>>>>>> b\n")).unwrap();
    two.commit();
    let before = two.s.bytes();
    two.s.run("resolve").exits(1).says("последним файл изменило не слияние");
    assert_eq!(two.s.bytes(), before);
    // What no commit has can be taken from the last one.
    fs::write(&path, &text).unwrap();
    two.commit();
    fs::write(&path, format!("<<<<<<< a\n{text}=======\n{text}>>>>>>> b\n")).unwrap();
    let said = two.s.run("resolve").exits(1).stderr;
    let restore = said.split('`').find(|part| part.starts_with("git checkout HEAD -- ")).unwrap();
    two.s.git(restore.strip_prefix("git ").unwrap());
    assert_eq!(two.request(), text);
}

/// To type again what stands is to set it anew: the other value waits no longer.
#[test]
fn what_stands_settles_its_key_where_it_is_typed_again() {
    if !has(&["git"]) {
        return;
    }
    let two = Two::met();
    two.s.ok("patient edit 4511227265 --phone 89990000001");
    let after = two.patient();
    assert!(!after.contains("conflicts"), "{after}");
    assert!(after.contains("\nphone = \"+79990000001\"\n"), "{after}");
    two.s.ok("check");
    let two = two_visits();
    let stands = two.s.show(&two.id)["appointment"].as_str().unwrap().to_owned();
    let set = format!("request set-appointment {} {stands} --take-over", two.id);
    two.s.ok(&set).says("Этим разобрано расхождение: время приёма.");
    assert!(!two.request().contains("conflicts"), "{}", two.request());
    let before = two.request();
    two.s.ok(&set);
    assert_eq!(two.request(), before, "nothing is left to settle");
}
