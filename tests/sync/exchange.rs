//! What goes, what comes, and what happens where two meet.

use std::path::Path;

use crate::team::{Team, id};

#[test]
fn what_one_did_the_other_gets_and_git_has_nothing_left_to_say() {
    let t = Team::new();
    let request = t.request("boris");
    let ran = t.boris("sync --json").exits(0).json();
    assert_eq!((&ran["saved"], &ran["shared"]), (&true.into(), &true.into()));
    assert_eq!((&ran["sent"], ran["commits"].as_array().unwrap().len()), (&1.into(), 1));
    assert_eq!(ran["commits"][0]["operator"], "boris");
    let ran = t.anna("sync --json").exits(0).json();
    assert_eq!((ran["received"].as_array().unwrap().len(), &ran["sent"]), (2, &0.into()));
    t.alike();
    // Back the same way; nobody's commit is a merge.
    t.anna(&format!("request set-status {} in-progress", id(&request))).exits(0);
    t.anna("sync").exits(0);
    t.boris("sync").exits(0);
    t.alike();
    assert_eq!(t.git("anna", "rev-list --merges --count HEAD"), "0\n");
    let again = t.boris("sync").exits(0).stdout;
    insta::assert_snapshot!(again, @"
    ✓ Сохранено здесь: новых изменений нет.
    ✓ Отправлено другим (origin/main): всё, нового нет.
    ");
    assert_eq!(t.git("anna", "for-each-ref refs/appt"), "");
}

#[test]
fn a_message_names_ids_and_events_and_no_person() {
    let t = Team::new();
    let request = t.request("boris");
    t.boris(&format!("request note {} 'Щукин просил перезвонить'", id(&request))).exits(0);
    t.boris("sync").exits(0);
    let log = t.git("boris", "log -1 --format=%an%n%B").replace(&request, "REQUEST");
    let patient = t.git("boris", "ls-files patients").trim().replace(".toml", "");
    let log = log.replace(&patient[12..], "PATIENT");
    insta::assert_snapshot!(log, @"
    Test
    sync: 2 files

    patient PATIENT: created
    request REQUEST: created, note

    Operator: boris
    ");
}

#[test]
fn each_operator_who_acted_has_a_commit() {
    let t = Team::new();
    let request = t.request("anna");
    t.anna(&format!("--operator boris request set-status {} in-progress", id(&request))).exits(0);
    t.anna("sync").exits(0);
    let log = t.git("anna", "log -2 --format=%B");
    assert!(log.contains("Operator: anna") && log.contains("Operator: boris"), "{log}");
}

#[test]
fn both_change_one_request_and_nothing_is_lost() {
    let t = Team::new();
    let request = t.request("anna");
    t.meet();
    let short = id(&request);
    t.at("anna", "10:10", &format!("request set-status {short} in-progress")).exits(0);
    t.at("boris", "10:11", &format!("request note {short} 'от Бориса'")).exits(0);
    t.at("boris", "10:12", &format!("request set-status {short} in-progress")).exits(0);
    t.at("anna", "10:20", &format!("request set-appointment {short} 9:30")).exits(0);
    t.at("boris", "10:21", &format!("request set-appointment {short} 11:00")).exits(0);
    t.anna("sync").exits(0);
    // Both booked it: which visit stands is for somebody to say.
    let ran = t.boris("sync").exits(5).says("расхождением: 1").says("appt resolve");
    assert!(ran.stdout.contains("(origin/main), коммитов: 2"), "{}", ran.stdout);
    t.anna("sync").exits(0);
    t.alike();
    let text = t.read("anna", &Team::path(&request));
    assert!(text.contains("от Бориса") && text.contains("10:10:00") && text.contains("10:12:00"));
    assert!(text.contains("T09:30") && text.contains("T11:00"));
    assert_eq!(t.rules("anna")[0], "unresolved-conflict");
}

#[test]
fn one_passport_registered_in_two_clones_is_one_patient() {
    let t = Team::new();
    let new = |phone: &str| {
        format!(
            "request new --name 'Ли Ян' --passport 4511000111 --phone {phone} --clinic p1 \
             --specialty terapevt --range 'ср 9-12' -o ids"
        )
    };
    let first = t.at("anna", "10:00", &new("89990000001")).exits(0).stdout;
    let second = t.at("boris", "10:05", &new("89990000002")).exits(0).stdout;
    t.boris("sync").exits(0);
    let error = t.anna("sync --json").exits(5).error();
    assert_eq!((&error["code"], &error["rule"]), (&"conflict".into(), &"new-conflicts".into()));
    assert!(error["message"].as_str().unwrap().contains("(телефон)"), "{error}");
    t.boris("sync").exits(0);
    t.alike();
    let patients = t.boris("patient list --all --json").exits(0).json();
    assert_eq!(patients.as_array().unwrap().len(), 1, "{patients}");
    let patient = t.boris("patient show 4511000111 --json").exits(0).json();
    assert_eq!(patient["phone"], "+79990000002");
    assert_eq!(patient["conflicts"][0]["value"], "+79990000001");
    for request in [first, second] {
        let shown = t.anna(&format!("request show {} --json", request.trim())).exits(0).json();
        assert_eq!(shown["patient"], patient["id"]);
    }
    assert_eq!(t.rules("anna"), ["unresolved-conflict"]);
}

#[test]
fn removed_here_and_changed_there_stays_and_is_asked_about() {
    let t = Team::new();
    t.anna("specialty new --title Хирург").exits(0);
    t.meet();
    t.anna("specialty remove khirurg --yes").exits(0);
    t.boris("specialty edit khirurg --alias резчик").exits(0);
    t.anna("sync").exits(0);
    t.boris("sync").exits(5).says("khirurg (удаление)");
    t.anna("sync").exits(0);
    t.alike();
    assert!(t.read("anna", "specialties/khirurg.toml").contains("removed"));
    // Removed here, newly referred to there.
    t.anna("specialty new --title Окулист").exits(0);
    t.meet();
    t.anna("specialty remove okulist --yes").exits(0);
    t.boris("clinic edit p1 --specialty terapevt --specialty okulist").exits(0);
    t.boris("sync").exits(0);
    t.anna("sync").exits(5);
    t.boris("sync").exits(0);
    t.alike();
    assert!(t.rules("anna").iter().all(|rule| rule == "unresolved-conflict"));
    // Removed, and nobody minds.
    t.anna("specialty new --title Логопед").exits(0);
    t.meet();
    t.boris("specialty remove logoped --yes").exits(0);
    t.meet();
    assert!(!t.clone("anna").join("specialties/logoped.toml").exists());
}

/// What the remover had done before is part of what stays, in whatever order the clones meet.
#[test]
fn a_record_that_was_changed_and_then_removed_there_stays_with_the_changes() {
    let t = Team::new();
    let id = t.request("anna");
    t.meet();
    t.at("boris", "10:10", &format!("request set-status {id} in-progress")).exits(0);
    t.at("boris", "10:11", &format!("request set-appointment {id} 'ср 11'")).exits(0);
    t.at("boris", "10:12", "sync").exits(0);
    t.at("boris", "10:13", &format!("request remove {id} --yes")).exits(0);
    t.at("anna", "10:14", &format!("request note {id} звонил")).exits(0);
    let mut results = Vec::new();
    for order in [["anna", "boris", "anna", "boris"], ["boris", "anna", "boris", "anna"]] {
        let t = t.copy();
        for who in order {
            let ran = t.at(who, "10:20", "sync");
            assert!(matches!(ran.code, 0 | 5), "{}", ran.stderr);
        }
        t.alike();
        results.push(t.read("anna", &Team::path(&id)));
    }
    let [one, other] = results.as_slice() else { unreachable!() };
    assert_eq!(one, other);
    for word in ["appointment = ", "key = \"removed\"", "звонил", "in-progress"] {
        assert!(one.contains(word), "{word}: {one}");
    }
}

#[test]
fn an_invalid_file_is_left_and_named_and_the_rest_goes() {
    let t = Team::new();
    let request = t.request("anna");
    let path = t.clone("anna").join("clinics/p1.toml");
    t.s.by_hand(&path, "\"terapevt\",", "\"terapeft\",");
    t.write("anna", "specialties/Bad Name.toml", "title = \"x\"\n");
    let ran = t.anna("sync").exits(0);
    let ran = ran.says("clinics/p1.toml (dangling-reference)").says("misplaced-file");
    assert!(ran.stdout.contains("(origin/main), коммитов: 1"), "{}", ran.stdout);
    // Once the rest is there, nothing says that all is.
    let ran = t.anna("sync").exits(0).prints("больше отправлять нечего: файлы с ошибкой");
    assert!(!ran.stdout.contains('✓'), "{}", ran.stdout);
    t.boris("sync").exits(0);
    assert!(t.clone("boris").join(Team::path(&request)).exists());
    assert!(t.read("boris", "clinics/p1.toml").contains("\"terapevt\""));
    assert!(t.read("anna", "clinics/p1.toml").contains("terapeft"), "it stays as it is");
    // What others do to it meanwhile is merged into it; what can't be merged is not touched.
    t.at("boris", "11:00", "clinic edit p1 --phone 84950000000").exits(0);
    t.boris("sync").exits(0);
    t.anna("sync").exits(0);
    let text = t.read("anna", "clinics/p1.toml");
    assert!(text.contains("terapeft") && text.contains("+74950000000"), "{text}");
    t.write("anna", "clinics/p1.toml", "name = \n");
    t.at("boris", "11:10", "clinic edit p1 --phone 84950000001").exits(0);
    t.boris("sync").exits(0);
    let before = t.files("anna");
    let error = t.anna("sync --json").exits(5).error();
    assert_eq!((&error["rule"], &error["file"]), (&"in-the-way".into(), &"clinics/p1.toml".into()));
    assert_eq!(t.files("anna"), before);
    // Mended, it goes on.
    t.git("anna", "checkout -q HEAD -- clinics/p1.toml");
    std::fs::remove_file(t.clone("anna").join("specialties/Bad Name.toml")).unwrap();
    t.meet();
}

#[test]
fn a_file_that_ends_in_rubbish_is_no_copy_of_its_beginning() {
    let t = Team::new();
    let path = t.clone("anna").join("clinics/p1.toml");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&whole[..], b"\xff\xfe"].concat()).unwrap();
    t.anna("sync --status").exits(0).prints("clinics/p1.toml (syntax)");
    t.anna("sync").exits(0).says("clinics/p1.toml (syntax)");
    assert_eq!(std::fs::read(&path).unwrap().len(), whole.len() + 2, "it stays as it is");
    // Where the commit has such a file already, half of it would be none the better.
    t.git("anna", "commit -q --no-verify -am rubbish");
    std::fs::write(&path, [&whole[..], b"\n\xff"].concat()).unwrap();
    let left = t.anna("sync --json").exits(0).json()["left"].clone();
    assert_eq!(left[0]["file"], "clinics/p1.toml", "{left}");
}

#[test]
fn what_depends_on_what_is_left_is_left_too() {
    let t = Team::new();
    t.anna("specialty new --title Хирург").exits(0);
    t.anna("clinic edit p1 --specialty terapevt --specialty khirurg").exits(0);
    t.write("anna", "specialties/khirurg.toml", "title = \n");
    let left = t.anna("sync --json").exits(0).json()["left"].clone();
    assert_eq!(left[0]["file"], "clinics/p1.toml", "{left}");
    assert_eq!(left[1]["rule"], "syntax", "{left}");
    // So is a removal that would leave something without what it names.
    std::fs::remove_file(t.clone("anna").join("specialties/terapevt.toml")).unwrap();
    let left = t.anna("sync --json").exits(0).json()["left"].clone();
    assert!(left.as_array().unwrap().iter().any(|left| left["rule"] == "record-removed"), "{left}");
    t.boris("sync").exits(0);
    assert_eq!(t.rules("boris"), [""; 0]);
}

#[test]
fn one_call_that_two_wrote_down_is_told_of() {
    let t = Team::new();
    let mine = t.request("anna");
    let theirs = t.request("boris");
    t.anna("sync").exits(0);
    let ran = t.boris("sync").exits(0);
    let told = format!("Заявки {} и {}: один пациент", id(&mine), id(&theirs));
    assert!(ran.stderr.contains(&told), "{}", ran.stderr);
    let again = t.boris("sync").exits(0);
    assert!(!again.stderr.contains("один пациент"), "{}", again.stderr);
}

#[test]
fn who_committed_a_removal_past_the_check_hears_what_it_broke() {
    let t = Team::new();
    let request = t.request("anna");
    t.meet();
    t.git("anna", "rm -qr patients");
    t.git("anna", "commit -q --no-verify -m cleared");
    let path = Team::path(&request);
    t.anna("sync").exits(0).says(&format!("{path}:1 (dangling-reference)"));
}

#[test]
fn what_was_changed_by_hand_is_recorded_by_gits_user() {
    let t = Team::new();
    t.anna("operator edit boris --email boris@example.org").exits(0);
    t.git("anna", "config user.email boris@example.org");
    let path = t.clone("anna").join("clinics/p1.toml");
    t.s.by_hand(&path, "address = \"ул. Ленина, 1\"\n\n", "address = \"ул. Мира, 2\"\n\n");
    t.anna("sync").exits(0);
    let text = t.read("anna", "clinics/p1.toml");
    assert!(text.contains("by = \"boris\", event = \"set\", key = \"address\""), "{text}");
    assert_eq!(t.rules("anna"), [""; 0]);
    t.meet();

    // What was committed past the tool differs from no commit until it is recorded.
    t.s.by_hand(&path, "address = \"ул. Мира, 2\"\n\n", "address = \"ул. Мира, 3\"\n\n");
    t.git("anna", "commit -qa --no-verify -m 'by hand'");
    t.anna("sync").exits(0);
    assert_eq!(t.git("anna", "status --porcelain"), "");
    let text = t.git("anna", "show origin/main:clinics/p1.toml");
    assert!(text.contains("to = \"ул. Мира, 3\""), "{text}");
}

/// Who may not change a clinic by a command may not write it into its history, either.
#[test]
fn an_edit_by_hand_that_can_t_be_recorded_is_told() {
    let t = Team::new();
    t.anna("operator edit boris --role operator").exits(0);
    t.meet();
    let path = t.clone("boris").join("clinics/p1.toml");
    t.s.by_hand(&path, "address = \"ул. Ленина, 1\"\n\n", "address = \"ул. Мира, 2\"\n\n");
    let told = "Правку файла в историю записать не удалось: clinics/p1.toml. ";
    let ran = t.boris("sync").exits(0);
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    // The admin records it, and all is well.
    let ran = t.anna("sync").exits(0);
    assert!(!ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn a_persons_other_files_are_not_committed_and_stay_staged() {
    let t = Team::new();
    t.write("anna", "README.md", "ours\n");
    t.write("anna", "draft.txt", "not staged\n");
    t.git("anna", "add README.md");
    t.request("anna");
    t.anna("sync").exits(0);
    assert_eq!(t.git("anna", "status --porcelain"), "A  README.md\n?? draft.txt\n");
    // What others commit of theirs comes along, programs, folders and all.
    std::fs::create_dir(t.clone("boris").join("docs")).unwrap();
    t.write("boris", "docs/схема.txt", "раз\nдва\nтри\nчетыре\n");
    crate::team::script_at(&t.clone("boris").join("run"), "true");
    std::fs::write(t.clone("boris").join("a.bin"), [0xff, 0x00, 0xfe]).unwrap();
    t.git("boris", "add -A");
    t.git("boris", "commit -qm docs");
    t.boris("sync").exits(0);
    t.anna("sync").exits(0);
    assert_eq!(t.read("anna", "docs/схема.txt"), "раз\nдва\nтри\nчетыре\n");
    assert_eq!(t.git("anna", "status --porcelain"), "A  README.md\n?? draft.txt\n");
    t.git("anna", "commit -qm readme");
    // Both change one, in two places, then in one.
    t.write("anna", "docs/схема.txt", "РАЗ\nдва\nтри\nчетыре\n");
    t.git("anna", "commit -qam one");
    t.write("boris", "docs/схема.txt", "раз\nдва\nтри\nЧЕТЫРЕ\n");
    t.git("boris", "commit -qam three");
    t.anna("sync").exits(0);
    t.boris("sync").exits(0);
    assert_eq!(t.read("boris", "docs/схема.txt"), "РАЗ\nдва\nтри\nЧЕТЫРЕ\n");
    t.anna("sync").exits(0);
    t.write("anna", "docs/схема.txt", "1\n");
    t.git("anna", "commit -qam one");
    t.write("boris", "docs/схема.txt", "2\n");
    t.git("boris", "commit -qam two");
    t.anna("sync").exits(0);
    let before = t.files("boris");
    let error = t.boris("sync --json").exits(5).error();
    assert_eq!((&error["rule"], &error["file"]), (&"unmergeable".into(), &"docs/схема.txt".into()));
    assert_eq!(t.files("boris"), before);
    // A file that lies in the way and is in no commit is not overwritten.
    t.git("boris", "reset -q --hard origin/main");
    t.write("boris", "new.txt", "mine\n");
    t.write("anna", "new.txt", "theirs\n");
    t.git("anna", "add new.txt");
    t.git("anna", "commit -qm new");
    t.anna("sync").exits(0);
    assert_eq!(t.boris("sync --json").exits(5).error()["rule"], "in-the-way");
    assert_eq!(t.read("boris", "new.txt"), "mine\n");
}

#[test]
fn two_stores_are_never_united_and_two_histories_of_one_are() {
    let t = Team::new();
    // Another store pushes into the same repository.
    t.s.ok("init other --operator boris --name Б");
    t.git("other", "remote add origin ../hub.git");
    let other = t.clone("other");
    let before = t.s.command("git").current_dir(&other).args(["status", "-s"]).output().unwrap();
    let ran = Path::new(&other).exists().then(|| {
        let mut command = t.s.command(crate::common::APPT);
        command.current_dir(&other).args(["sync", "--json"]);
        crate::common::Ran::of("sync", command.output().unwrap())
    });
    let error = ran.unwrap().exits(3).error();
    assert_eq!(error["rule"], "another-store");
    assert!(error["hint"].as_str().unwrap().contains("appt export jsonl | appt import jsonl"));
    assert!(!before.stdout.is_empty());
    // A copy of the folder that began its own history.
    let copy = t.clone("boris");
    std::fs::remove_dir_all(copy.join(".git")).unwrap();
    t.git("boris", "init -q");
    t.git("boris", "remote add origin ../hub.git");
    t.boris("specialty new --title Хирург").exits(0);
    t.anna("specialty new --title Окулист").exits(0);
    t.anna("sync").exits(0);
    t.boris("sync").exits(0);
    t.meet();
    assert_eq!(t.rules("anna"), [""; 0]);
}

/// A key that one changed would lock everybody else out.
#[test]
fn a_key_that_was_changed_goes_to_nobody() {
    for has_news in [false, true] {
        let t = Team::new();
        t.clone("boris");
        if has_news {
            t.anna("specialty new --title Хирург");
            t.anna("sync").exits(0);
        }
        let own = t.read("boris", "appt.toml");
        let key = own.lines().find(|line| line.starts_with("key")).unwrap();
        let other = own.replace(key, &format!("key = \"{}\"", "7".repeat(64)));
        t.write("boris", "appt.toml", &other);
        // The hook says so before it is committed.
        let mut commit = t.s.command("git");
        let ran = commit.args(["-C", "boris", "commit", "-qam", "key"]).output().unwrap();
        let refused = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
        assert!(!ran.status.success() && refused.contains("`key`"), "{refused}");
        t.git("boris", "commit -qnam key");
        assert_eq!(t.boris("sync --json").exits(3).error()["rule"], "another-store");
        t.anna("sync").exits(0);
    }
}

#[test]
fn without_a_remote_it_is_saved_and_says_so() {
    let t = Team::new();
    t.s.ok("init alone --operator anna --name Анна");
    let run = |line: &str| {
        let mut command = t.s.command(crate::common::APPT);
        command.current_dir(t.clone("alone")).args(crate::common::words(line));
        crate::common::Ran::of(line, command.output().unwrap())
    };
    let status = run("sync --status --json").exits(0).json();
    assert_eq!(status["uncommitted"].as_array().unwrap().len(), 5, "{status}");
    assert_eq!(run("sync --dry-run").exits(0).stdout.lines().count(), 8);
    assert_eq!(run("sync --json").exits(0).json()["shared"], false);
    let ran = run("--lang en sync").exits(0).stdout;
    insta::assert_snapshot!(ran, @"
    ✓ Saved here: nothing new.
    There is nobody to share with yet: no remote. Name one: `git remote add origin ADDRESS`.
    ");
    let ran = run("--lang en sync --status").exits(0).stdout;
    insta::assert_snapshot!(ran, @"
    All is saved here.
    There is nobody to share with yet: no remote. Name one: `git remote add origin ADDRESS`.
    ");
    assert_eq!(t.git("alone", "status --porcelain"), "");
    // Of several, none is guessed; of one, whatever its name, all goes, and the branch follows it.
    t.s.git("init -q --bare empty.git");
    t.git("alone", "remote add work ../empty.git");
    t.git("alone", "remote add copy ../empty.git");
    for line in ["sync", "sync --status"] {
        let said = run(line).exits(0).stdout;
        assert!(said.contains("(copy, work)"), "{line}: {said}");
        assert!(said.contains("`git config branch.main.remote copy`"), "{line}: {said}");
    }
    t.git("alone", "remote remove copy");
    run("sync").exits(0).prints("(work/main)");
    assert_eq!(t.git("alone", "rev-parse --abbrev-ref @{upstream}"), "work/main\n");
}

#[test]
fn the_status_tells_what_waits_and_the_queue_too() {
    let t = Team::new();
    let request = t.request("anna");
    let status = t.anna("sync --status").exits(0).stdout.replace(&request, "REQUEST");
    let status: Vec<&str> = status.lines().filter(|line| !line.contains("patients/")).collect();
    insta::assert_snapshot!(status.join("\n"), @"
    Другим не отправлено: файлов: 2. Обменяться: `appt sync`.
      requests/2026/11/23/REQUEST.toml
    Последний обмен: пн 23.11 10:00.
    ");
    t.anna("queue").exits(0).says("Другим не отправлено: файлов: 2. Обменяться: `appt sync`.");
    t.git("anna", "remote set-url origin ../nowhere.git");
    t.anna("sync").exits(7);
    t.anna("queue").exits(0).says("Другим не отправлено: коммитов: 1.");
    t.git("anna", "remote set-url origin ../hub.git");
    t.anna("sync").exits(0);
    let queue = t.anna("queue").exits(0);
    assert!(!queue.stderr.contains("отправлено"), "{}", queue.stderr);
    let status = t.anna("sync --status").exits(0).stdout;
    assert_eq!(
        status,
        "Всё сохранено здесь и отправлено другим.\nПоследний обмен: пн 23.11 10:00.\n"
    );
    t.boris("sync").exits(0);
    t.boris(&format!("request note {} x", id(&request))).exits(0);
    t.boris("sync").exits(0);
    t.git("anna", "fetch -q");
    t.anna("queue").exits(0).says("От других не получено, коммитов: 1.");
    assert_eq!(t.anna("sync --status --json").exits(0).json()["behind"], 1);
    let last = t.anna("sync --status --json").exits(0).json()["last"].clone();
    assert_eq!(last, "2026-11-23T10:00:00+03:00", "in the store's zone");
    // A program is told nothing that it did not ask for.
    assert_eq!(t.anna("queue --json").exits(0).stderr, "");
}

#[test]
fn a_sync_in_a_folder_that_is_no_root_is_refused() {
    let s = crate::common::Sandbox::new();
    s.fails("sync", 3, "refused", "no-repository");
    let mut s = s;
    let root = s.cwd.parent().unwrap().to_path_buf();
    let store = std::mem::replace(&mut s.cwd, root);
    s.git("init -q");
    s.cwd = store;
    s.fails("sync", 3, "refused", "not-the-root");
}

#[test]
fn a_history_that_was_rewritten_is_left_and_named() {
    let t = Team::new();
    let request = t.request("anna");
    t.anna(&format!("request note {} 'перезвонить'", id(&request))).exits(0);
    t.anna("sync").exits(0);
    let path = Team::path(&request);
    let sound = t.read("anna", &path);
    let note = sound.lines().find(|line| line.contains("event = \"note\"")).unwrap();
    let told = format!("другим не отправить: {path} (history-rewritten)");
    for broken in [sound.replace("перезвонить", "иное"), sound.replace(&format!("{note}\n"), "")]
    {
        assert_ne!(broken, sound);
        t.write("anna", &path, &broken);
        let head = t.git("anna", "rev-parse HEAD");
        t.anna("sync").exits(0).says(&told).says(&format!("`git checkout HEAD -- {path}`"));
        let left = t.anna("sync --status --json").exits(0).json()["left"].clone();
        assert_eq!(left[0]["rule"], "history-rewritten", "{left}");
        assert_eq!(t.git("anna", "rev-parse HEAD"), head);
        assert_eq!(t.read("anna", &path), broken, "it stays as it is");
    }
    t.write("anna", &path, &sound);
    // A change whose event was taken out looks as if it were made by hand, and is not recorded anew.
    t.anna("patient edit 4511227265 --phone 89990000001").exits(0);
    t.anna("sync").exits(0);
    let patient = t.git("anna", "ls-files patients").trim().to_owned();
    let was = t.read("anna", &patient);
    let event = was.lines().find(|line| line.contains("key = \"phone\"")).unwrap();
    let broken = was.replace(&format!("{event}\n"), "");
    t.write("anna", &patient, &broken);
    t.anna("sync").exits(0).says(&format!("{patient} (history-rewritten)"));
    assert_eq!(t.read("anna", &patient), broken, "it stays as it is");
    t.write("anna", &patient, &was);
    // What a merge inserts into the middle is no loss, and neither is a record made anew.
    t.at("boris", "10:30", "sync").exits(0);
    t.at("boris", "10:31", &format!("request note {} 'первое'", id(&request))).exits(0);
    t.at("anna", "10:32", &format!("request note {} 'второе'", id(&request))).exits(0);
    t.at("anna", "10:33", "specialty new --title Хирург").exits(0);
    t.meet();
    t.at("anna", "12:10", "specialty remove khirurg --yes").exits(0);
    t.at("anna", "12:11", "specialty new --title Хирург").exits(0);
    let ran = t.at("anna", "12:12", "sync").exits(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn an_error_that_was_committed_past_the_check_is_named_until_it_is_shared() {
    let t = Team::new();
    let request = t.request("anna");
    t.anna("sync").exits(0);
    let (path, clinic) = (Team::path(&request), "clinics/p1.toml");
    t.s.by_hand(&t.clone("anna").join(clinic), "\"terapevt\",", "\"terapeft\",");
    let sound = t.read("anna", &path);
    t.write("anna", &path, &sound.replace("event = \"created\"", "event = \"created\", x = 1"));
    t.git("anna", "commit -qa --no-verify -m 'by hand'");
    t.git("anna", "remote set-url origin ../nowhere.git");
    for _ in 0..2 {
        let ran = t.anna("sync").exits(7);
        let ran = ran.says(&format!("Ошибка в данных: {clinic}:"));
        ran.says(&format!("Ошибка в данных: {path}:1 (history-rewritten)"));
    }
    t.git("anna", "remote set-url origin ../hub.git");
    let found = t.anna("sync --json").exits(0).json()["findings"].clone();
    let rules: Vec<&str> =
        found.as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert!(rules.contains(&"dangling-reference"), "{found}");
    assert!(rules.contains(&"history-rewritten"), "{found}");
    // What is shared is everybody's, and `check` shows it.
    assert_eq!(t.anna("sync --json").exits(0).json()["findings"].as_array().unwrap().len(), 0);
}

#[test]
fn events_that_are_gone_by_hand_come_back_and_nothing_else_goes() {
    let t = Team::new();
    let request = t.request("anna");
    let (path, short) = (Team::path(&request), id(&request));
    t.at("anna", "10:10", &format!("request set-status {short} in-progress")).exits(0);
    t.at("anna", "10:11", &format!("request set-appointment {short} 'ср 10:30'")).exits(0);
    t.meet();
    let whole = t.read("anna", &path);
    let is_gone = |line: &&str| !(line.contains("10:11") && line.contains("appointment"));
    let cut: String = whole.lines().filter(is_gone).map(|line| format!("{line}\n")).collect();
    assert_ne!(cut, whole);
    t.write("anna", &path, &cut);
    t.at("anna", "12:30", &format!("request note {short} 'просил утром'")).exits(0);
    t.at("anna", "12:31", "sync").exits(0).says("`appt check --fix");
    let before = t.read("anna", &path);
    t.at("anna", "12:32", "check --fix --dry-run");
    assert_eq!(t.read("anna", &path), before);
    t.at("anna", "12:32", "check --fix").exits(0).says("исчезнувшие события возвращены из git");
    t.at("anna", "12:33", "sync").exits(0);
    t.meet();
    let text = t.read("boris", &path);
    assert!(text.contains("просил утром"));
    assert!(
        whole.lines().filter(|line| line.contains(" event = ")).all(|line| text.contains(line)),
        "{text}"
    );
    let again = t.at("anna", "12:40", "check --fix").exits(0);
    assert!(!again.stderr.contains("возвращены"), "{}", again.stderr);
}

#[test]
fn events_that_were_changed_by_hand_are_left_to_a_person() {
    let t = Team::new();
    let request = t.request("anna");
    let (path, short) = (Team::path(&request), id(&request));
    t.at("anna", "10:10", &format!("request note {short} 'не берёт трубку'")).exits(0);
    t.at("anna", "10:11", &format!("request set-status {short} in-progress")).exits(0);
    t.at("anna", "10:12", &format!("request set-appointment {short} 'ср 10:30'")).exits(0);
    t.meet();
    let whole = t.read("anna", &path);
    let earlier = |line: &str| match line.contains("T10:12:00") {
        true => line.replace("T10:12:00", "T10:09:00"),
        false => line.to_owned(),
    };
    let moved: String = whole.lines().map(|line| earlier(line) + "\n").collect();
    for changed in [whole.replace("не берёт трубку", "берёт трубку"), moved]
    {
        assert_ne!(changed, whole);
        t.write("anna", &path, &changed);
        let ran = t.at("anna", "12:32", "check --fix");
        ran.says("строки истории изменены; верните их: `git restore -SW requests/");
        assert_eq!(t.read("anna", &path), changed);
    }
}

#[test]
fn who_settle_one_move_apart_can_settle_it_together() {
    let team = Team::new();
    let old = team.request("anna");
    team.meet();
    team.at("anna", "10:10", &format!("request reschedule {old} --range 'чт 9-12'")).exits(0);
    team.at("boris", "10:11", &format!("request reschedule {old} --range 'пт 9-12'")).exits(0);
    team.anna("sync").exits(0);
    team.boris("sync").exits(5);
    team.anna("sync").exits(0);
    for (one, other) in [(1, 2), (2, 1), (3, 2), (2, 3)] {
        let t = team.copy();
        t.at("anna", "10:20", &format!("resolve {old} --take {one}")).exits(0);
        t.at("boris", "10:21", &format!("resolve {old} --take {other}")).exits(0);
        t.anna("sync").exits(0);
        t.boris("sync").exits(5);
        t.anna("sync").exits(0);
        t.alike();
        for (way, open) in [(1, 1), (2, 1), (3, 2)] {
            let t = t.copy();
            let line = format!("resolve {old} --key rescheduled_to --take {way}");
            t.at("anna", "10:30", &line).exits(0);
            let listed = t.anna("request list --json").exits(0).json();
            assert_eq!(listed.as_array().unwrap().len(), open, "{one} {other} {way}: {listed}");
            let rules = t.rules("anna");
            assert!(!rules.contains(&"broken-link".to_owned()), "{one} {other} {way}: {rules:?}");
        }
    }
}
