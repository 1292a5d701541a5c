//! What a person hears of a sync, and what waits: nothing that they must look after goes unsaid.

use std::fs;

use crate::common::Ran;
use crate::team::{Team, id, script_at};

#[test]
fn the_foot_of_the_queue_and_the_status_have_the_same_figures_for_every_kind() {
    let t = Team::new();
    let request = t.request("anna");
    t.meet();
    let first = |line: &str, ran: Ran| {
        let text = if line == "queue" { ran.stderr } else { ran.stdout };
        let line = text.lines().find(|line| line.starts_with("Другим"));
        line.unwrap_or_default().to_owned()
    };
    let both = |expected: &str| {
        for line in ["queue", "sync --status"] {
            let said = first(line, t.anna(line).exits(0));
            assert_eq!(said, expected, "{line}");
        }
    };
    both("");
    let one = "Другим не отправлено: файлов: 1. Обменяться: `appt sync`.";
    for change in [
        "patient note 4511227265 'просил утром'",
        "clinic edit p1 --phone 84950000000",
        "specialty edit terapevt --alias врач",
        &format!("request note {} x", id(&request)),
    ] {
        t.anna(change).exits(0);
        both(one);
        t.anna("sync").exits(0);
        both("");
    }
    t.anna("specialty new --title Хирург").exits(0);
    both(one);
    fs::remove_file(t.clone("anna").join("clinics/p1.toml")).unwrap();
    both("Другим не отправлено: файлов: 2. Обменяться: `appt sync`.");
    t.git("anna", "checkout HEAD -- clinics/p1.toml");
    fs::remove_file(t.clone("anna").join("specialties/khirurg.toml")).unwrap();
    // Only what a sync can't carry is left: it is not offered.
    t.write("anna", "clinics/p1.toml", "name = \n");
    both("Другим не отправлено: файлов: 1.");
}

#[test]
fn the_foot_of_the_queue_knows_conflicts_of_every_kind_old_and_new() {
    let t = Team::new();
    t.request("anna");
    t.meet();
    t.at("anna", "10:10", "patient edit 4511227265 --phone 89990000001").exits(0);
    t.at("boris", "10:11", "patient edit 4511227265 --phone 89990000002").exits(0);
    t.boris("queue").exits(0);
    t.anna("sync").exits(0);
    t.boris("sync").exits(5);
    let told = "Записей с расхождением: 1. Разобрать: `appt resolve`.";
    t.boris("queue").exits(0).says(told);
    t.boris("queue").exits(0).says(told);
    t.anna("sync").exits(0);
    t.anna("queue").exits(0).says(told);
    t.at("anna", "10:20", "patient edit 4511227265 --phone 89990000003").exits(0);
    let ran = t.anna("queue").exits(0);
    assert!(!ran.stderr.contains("расхождением"), "{}", ran.stderr);
    t.git("anna", "checkout HEAD -- patients");
    t.anna("queue").exits(0).says(told);
}

#[test]
fn the_foot_runs_no_filter_that_the_configuration_names() {
    let t = Team::new();
    t.request("anna");
    let sprung = t.s.folder().join("sprung");
    let trap = t.s.folder().join("trap");
    script_at(&trap, &format!("echo sprung >> {}; cat", sprung.display()));
    for key in ["clean", "smudge", "process"] {
        t.git("anna", &format!("config filter.evil.{key} {}", trap.display()));
    }
    t.git("anna", "config filter.evil.required true");
    fs::write(t.clone("anna").join(".git/info/attributes"), "*.toml filter=evil\n").unwrap();
    t.anna("queue").exits(0).says("Другим не отправлено: файлов: 2.");
    assert!(!sprung.exists(), "a filter was run");
}

#[test]
fn every_sync_says_what_is_in_conflict_whoever_recorded_it() {
    let t = Team::new();
    let request = t.request("anna");
    t.meet();
    let short = id(&request);
    t.at("anna", "10:10", &format!("request set-status {short} in-progress")).exits(0);
    t.at("boris", "10:12", &format!("request set-status {short} in-progress")).exits(0);
    t.at("anna", "10:20", &format!("request set-appointment {short} 9:30")).exits(0);
    t.at("boris", "10:21", &format!("request set-appointment {short} 11:00")).exits(0);
    t.anna("sync").exits(0);
    // By hand, with the driver.
    t.git("boris", "commit -qam 'by hand'");
    t.git("boris", "pull -q --no-rebase --no-edit");
    let told = format!("Записей с расхождением: 1 ({request}). Разобрать: `appt resolve`.");
    t.boris("sync").exits(0).says(&told);
    t.boris("queue").exits(0).says(&format!("Записано разное: {short}."));
    // It comes recorded; who was overruled hears of it.
    let ran = t.anna("sync").exits(0).says(&told);
    let ran =
        ran.prints(&format!("  Заявка {short}: статус, ведёт, время приёма (Борис Котов).\n"));
    assert!(ran.stdout.contains("Получено от других"), "{}", ran.stdout);
    let json = t.anna("sync --json").exits(0).json();
    assert_eq!(json["unsettled"][0], format!("request/{request}"));
    assert_eq!(json["conflicts"].as_array().unwrap().len(), 0, "not of this sync's making");
    // Out of reach, it is said all the same.
    t.git("anna", "remote set-url origin ../nowhere.git");
    t.anna("sync").exits(7).says(&told);
}

#[test]
fn what_others_changed_is_told_in_a_few_lines() {
    let t = Team::new();
    let requests: Vec<String> =
        (1..=7)
            .map(|number| {
                let ran = t.at("anna", "10:00", &format!(
                "request new --name 'Ли Ян' --passport 451100011{number} --phone 89990000001 \
                 --clinic p1 --specialty terapevt --range 'ср 9-12' -o ids"
            ));
                ran.exits(0).stdout.trim().to_owned()
            })
            .collect();
    t.meet();
    for request in &requests {
        t.boris(&format!("request note {} x", id(request))).exits(0);
    }
    t.boris("sync").exits(0);
    let ran = t.anna("sync").exits(0).prints("  …ещё 2: `appt log`.\n");
    assert_eq!(ran.stdout.matches(": примечание (Борис Котов).").count(), 5, "{}", ran.stdout);
}

#[test]
fn what_others_changed_meanwhile_is_not_said_to_be_gone() {
    let t = Team::new();
    let request = t.request("anna");
    t.meet();
    t.at("boris", "10:30", &format!("request note {} 'просил утром'", id(&request))).exits(0);
    t.boris("sync").exits(0);
    t.anna(&format!("request remove {} --yes", id(&request))).exits(0);
    let ran = t.anna("sync").exits(5).says("(удаление)");
    assert!(!ran.stderr.contains("Удалено для всех"), "{}", ran.stderr);
    assert!(t.clone("anna").join(Team::path(&request)).exists());
}

#[test]
fn what_was_removed_by_hand_is_named_with_a_way_back() {
    let t = Team::new();
    let request = t.request("anna");
    t.meet();
    let (path, short) = (Team::path(&request), id(&request));
    let file = t.clone("anna").join(&path);
    let text = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    t.anna("sync --status").exits(0).prints(&format!(
        "  удалено: заявка {short}. Обмен удалит для всех; вернуть: `git checkout HEAD -- {path}`"
    ));
    let ran = t
        .anna("sync")
        .exits(0)
        .says(&format!("Удалено для всех, файла здесь больше нет: заявка {short}."));
    t.boris("sync").exits(0).says(&format!("Удалено другими: заявка {short}."));
    // What it says brings it back, for all.
    let way = ran.stderr.split('`').nth(1).unwrap().strip_prefix("git ").unwrap().to_owned();
    t.git("anna", &way);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    t.meet();
    assert_eq!(t.read("boris", &path), text);
    // A record that others name is not removed; the way back is a command that works.
    fs::remove_file(t.clone("anna").join("clinics/p1.toml")).unwrap();
    let told = "Вернуть: `git checkout HEAD -- clinics/p1.toml`.";
    t.anna("sync --status").exits(0).prints(told);
    t.anna("sync").exits(0).says(told).prints("с ошибкой, другим не отправить: 1.");
    t.git("anna", "checkout HEAD -- clinics/p1.toml");
    t.meet();
}

#[test]
fn of_many_records_that_others_removed_the_rest_is_counted() {
    let t = Team::new();
    for number in 1..=12 {
        t.anna(&format!("specialty new --id s{number} --title Врач{number}")).exits(0);
    }
    t.meet();
    for number in 1..=12 {
        fs::remove_file(t.clone("boris").join(format!("specialties/s{number}.toml"))).unwrap();
    }
    t.boris("sync --yes").exits(0).says("Таких записей ещё: 2.");
    let ran = t.anna("sync").exits(0).says("Таких записей ещё: 2.");
    assert_eq!(ran.stderr.matches("Удалено другими").count(), 10, "{}", ran.stderr);
}

#[test]
fn a_phone_set_on_a_card_that_is_merged_meanwhile_is_told_to_both() {
    let t = Team::new();
    let new = "patient new --name 'Ли Ян' -o ids --passport";
    let a = t.at("anna", "09:00", &format!("{new} 4511000111 --phone 89990000001"));
    let b = t.at("anna", "09:01", &format!("{new} 4511000112 --phone 89990000002"));
    let (a, b) = (a.exits(0).stdout.trim().to_owned(), b.exits(0).stdout.trim().to_owned());
    t.meet();
    t.at("boris", "10:05", &format!("patient edit {b} --phone 89990000003")).exits(0);
    t.at("anna", "10:10", &format!("patient merge {a} {b}")).exits(0);
    t.anna("sync").exits(0);
    let told =
        format!("Карточку пациента {b} объединили с {a}, а тем временем в ней изменили: телефон.");
    t.boris("sync").exits(0).says(&told);
    t.anna("sync").exits(0).says(&told);
    let ran = t.anna("sync").exits(0);
    assert!(!ran.stderr.contains("объединили"), "once: {}", ran.stderr);
}

#[test]
fn who_the_user_is_can_be_told_git_by_what_the_message_says() {
    let t = Team::new();
    t.git("anna", "config --global --unset user.email");
    t.git("anna", "config --global user.useConfigOnly true");
    t.request("anna");
    let ran = t.anna("sync").exits(2);
    insta::assert_snapshot!(ran.stderr, @"
    git не знает, кто вы: коммит не сделан.
    Назовите себя один раз, почту впишите свою:
      git config --global user.name 'Анна Смирнова'
      git config --global user.email 'test@example.org'
    ");
}

#[test]
fn elsewhere_a_command_of_git_names_the_folder() {
    let t = Team::new();
    let request = t.request("anna");
    t.anna("sync").exits(0);
    let (path, clone) = (Team::path(&request), t.clone("anna"));
    fs::remove_file(clone.join(&path)).unwrap();
    let folder = clone.display().to_string();
    let from_outside = |line: &str| {
        let line = format!("-C anna --operator anna {line}");
        t.s.run(&line)
    };
    let way_back = format!("`git -C {folder} checkout HEAD -- {path}`");
    from_outside("sync --status").exits(0).prints(&way_back);
    let lock = clone.join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    from_outside("sync").exits(5).says(&format!("`rm {folder}/.git/index.lock`"));
    fs::remove_file(&lock).unwrap();
    from_outside("sync").exits(0).says(&format!("`git -C {folder} checkout "));
    // A folder of the store is not its root: paths would not hold there.
    t.write("anna", "appt.toml", "");
    let mut command = t.s.command(crate::common::APPT);
    command.current_dir(clone.join("clinics")).args(["queue"]);
    let ran = Ran::of("queue", command.output().unwrap()).exits(7);
    ran.says(&format!("`git -C {folder} checkout HEAD -- appt.toml`"));
    // In the store itself nothing need be said.
    t.anna("queue").exits(7).says("`git checkout HEAD -- appt.toml`");
}
