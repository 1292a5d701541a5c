//! What a repository, a remote or a person may do to a sync.

use std::fs;
use std::os::unix::fs::symlink;

use crate::team::{Team, id, script_at};

#[test]
fn nothing_that_the_configuration_names_is_run() {
    let t = Team::new();
    let request = t.request("boris");
    t.boris("sync").exits(0);
    let sprung = t.s.folder().join("sprung");
    let trap = t.s.folder().join("trap");
    script_at(&trap, &format!("echo \"$0 $*\" >> {}; cat", sprung.display()));
    let trap = trap.display().to_string();
    for hook in [
        "pre-commit",
        "post-commit",
        "commit-msg",
        "pre-push",
        "post-merge",
        "post-checkout",
        "reference-transaction",
        "post-index-change",
        "pre-auto-gc",
        "post-rewrite",
    ] {
        script_at(&t.clone("anna").join(".git/hooks").join(hook), &format!("{trap} {hook}"));
    }
    for (key, value) in [
        ("core.fsmonitor", trap.as_str()),
        ("filter.evil.clean", &trap),
        ("filter.evil.smudge", &trap),
        ("filter.evil.process", &trap),
        ("diff.external", &trap),
        ("core.pager", &trap),
        ("core.editor", &trap),
        ("gpg.program", &trap),
        ("commit.gpgSign", "true"),
        ("merge.appt.driver", &trap),
        ("protocol.ext.allow", "always"),
        ("alias.fetch", &format!("!{trap}")),
    ] {
        t.git("anna", &format!("config {key} '{value}'"));
    }
    fs::write(t.clone("anna").join(".git/info/attributes"), "*.md filter=evil diff=evil\n")
        .unwrap();
    t.write("anna", "README.md", "text\n");
    t.anna("specialty new --title Хирург").exits(0);
    t.anna("sync").exits(0);
    assert!(t.clone("anna").join(Team::path(&request)).exists());
    t.anna("sync --status").exits(0);
    t.anna("queue").exits(0);
    let told = fs::read_to_string(&sprung).unwrap_or_default();
    assert_eq!(told, "", "a program of the configuration was run");
    // An address that is itself a command is never run.
    t.git("anna", &format!("remote set-url origin 'ext::sh -c {trap}'"));
    assert_eq!(t.anna("sync --yes --json").exits(3).error()["rule"], "bad-remote");
    t.git("anna", &format!("config url.'ext::{trap} '.insteadOf innocent"));
    t.git("anna", "remote set-url origin innocent");
    assert_eq!(t.anna("sync --yes --json").exits(3).error()["rule"], "bad-remote");
    t.git("anna", "remote set-url --push origin ../hub.git");
    t.anna("sync --yes").exits(7);
    assert!(!sprung.exists());
}

#[test]
fn a_name_that_looks_like_an_option_is_refused() {
    let t = Team::new();
    for (key, value) in [
        ("branch.main.remote", "--upload-pack=touch x"),
        ("branch.main.merge", "refs/heads/--force"),
        ("remote.origin.url", "--upload-pack=touch x"),
    ] {
        let before = t.git("anna", &format!("config {key}")).trim().to_owned();
        t.git("anna", &format!("config {key} '{value}'"));
        let error = t.anna("sync --json");
        assert!(matches!(error.code, 2 | 3), "{key}: {}", error.stderr);
        t.git("anna", &format!("config {key} '{before}'"));
    }
    t.anna("sync").exits(0);
}

#[test]
fn a_filter_on_records_is_refused_by_name_and_nothing_is_committed() {
    let t = Team::new();
    let head = t.git("anna", "rev-parse HEAD");
    t.request("anna");
    let file = t.clone("anna").join(".git/info/attributes");
    fs::write(&file, "requests/** filter=secret\n").unwrap();
    let error = t.anna("sync --json").exits(3).error();
    assert_eq!(error["rule"], "filter");
    assert!(error["message"].as_str().unwrap().contains("«secret» (requests/2026/"), "{error}");
    assert_eq!(t.git("anna", "rev-parse HEAD"), head);
    // Also where no such record differs, and what comes would go past it.
    t.boris("specialty new --title Хирург").exits(0);
    t.boris("sync").exits(0);
    for pattern in ["*.toml", "patients/**", "clinics/**"] {
        fs::write(&file, format!("{pattern} filter=secret\n")).unwrap();
        let error = t.anna("sync --json").exits(3).error();
        assert_eq!(error["rule"], "filter", "{pattern}");
        // No record that there is none of is named.
        let file = t.clone("anna").join(error["file"].as_str().unwrap());
        assert!(file.exists(), "{pattern}: {error}");
    }
    assert!(!t.clone("anna").join("specialties/khirurg.toml").exists());
    fs::remove_file(&file).unwrap();
    t.anna("sync").exits(0);
}

#[test]
fn a_link_is_never_followed_nor_put_on_disk() {
    let t = Team::new();
    let outside = t.s.folder().join("outside");
    fs::create_dir(&outside).unwrap();
    // Elsewhere than among the data it stays in git alone.
    symlink(&outside, t.clone("boris").join("docs")).unwrap();
    t.git("boris", "add docs");
    t.git("boris", "commit -qm link");
    t.boris("specialty new --title Хирург").exits(0);
    t.boris("sync").exits(0);
    t.anna("sync").exits(0).says("не положено на диск: docs");
    assert!(!t.clone("anna").join("docs").exists());
    assert!(t.clone("anna").join("specialties/khirurg.toml").exists());
    t.anna("specialty new --title Окулист").exits(0);
    t.anna("sync").exits(0);
    assert!(t.git("anna", "ls-tree HEAD docs").starts_with("120000"), "theirs is not undone");
    // What theirs would write below a link of ours is not written.
    t.git("boris", "rm -q docs");
    fs::create_dir(t.clone("boris").join("docs")).unwrap();
    t.write("boris", "docs/x", "x\n");
    t.git("boris", "add docs");
    t.git("boris", "commit -qm folder");
    t.boris("sync").exits(0);
    symlink(&outside, t.clone("anna").join("docs")).unwrap();
    assert_eq!(t.anna("sync --json").exits(5).error()["rule"], "in-the-way");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    fs::remove_file(t.clone("anna").join("docs")).unwrap();
    t.meet();
    // Among the data it is refused, and nothing is taken in.
    let before = t.files("anna");
    symlink("/etc/passwd", t.clone("boris").join("clinics/p2.toml")).unwrap();
    t.git("boris", "add clinics");
    t.git("boris", "commit -q --no-verify -m link");
    t.git("boris", "push -q origin HEAD:main");
    let error = t.anna("sync --json").exits(3).error();
    assert_eq!((&error["rule"], &error["file"]), (&"symlink".into(), &"clinics/p2.toml".into()));
    assert_eq!(t.files("anna"), before);
    // A file that is too big for a record likewise.
    fs::remove_file(t.clone("boris").join("clinics/p2.toml")).unwrap();
    t.write("boris", "clinics/p2.toml", &"#".repeat(300 * 1024));
    t.git("boris", "commit -qa --no-verify -m big");
    t.git("boris", "push -q origin HEAD:main");
    assert_eq!(t.anna("sync --json").exits(3).error()["rule"], "oversized-file");
}

#[test]
fn a_tree_that_leads_out_of_the_folder_is_not_written() {
    let t = Team::new();
    // Git itself would not make such a tree: its objects are put together by hand.
    let blob = t.git("boris", "hash-object -w appt.toml").trim().to_owned();
    let tree = |entries: &str| {
        let file = t.s.folder().join("entries");
        fs::write(&file, entries).unwrap();
        let mut command = t.s.command("git");
        command.current_dir(t.clone("boris")).args(["mktree", "--missing"]);
        command.stdin(fs::File::open(file).unwrap());
        String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
    };
    let inner = tree(&format!("100644 blob {blob}\tx\n"));
    let root = t.git("boris", "ls-tree HEAD");
    for name in ["..", ".git", ".GIT", ".appt"] {
        let bad = tree(&format!("{root}040000 tree {inner}\t{name}\n"));
        let commit = t.git("boris", &format!("commit-tree {bad} -p HEAD -m bad"));
        t.git("boris", &format!("push -q --force origin {}:refs/heads/main", commit.trim()));
        let ran = t.anna("sync");
        assert!(ran.code != 0 || ran.stderr.contains("не положено на диск"), "{name}");
        for place in ["../x", ".git/x", ".appt/x"] {
            assert!(!t.clone("anna").join(place).exists(), "{name}");
        }
    }
}

#[test]
fn the_first_push_to_a_host_is_asked_for_and_remembered() {
    let mut t = Team::new();
    t.in_front_of("ssh", "for command; do :; done; exec sh -c \"$command\"");
    let address = format!("git@example.org:{}", t.s.folder().join("hub.git").display());
    t.git("anna", &format!("remote set-url origin {address}"));
    t.request("anna");
    let ran = t.anna("sync").exits(2);
    insta::assert_snapshot!(ran.stderr, @"
    Сохранено здесь, другим не отправлено. Данные пациентов ушли бы на example.org, а согласия на это нет.
    Если так и надо: `appt sync --yes`.
    ");
    assert_eq!(t.git("anna", "log -1 --format=%s"), "sync: 2 files\n", "saved all the same");
    assert_eq!(t.git("anna", "rev-list --count origin/main..HEAD"), "1\n");
    t.anna("sync --yes").exits(0);
    t.request("anna");
    t.anna("sync").exits(0);
    // Another host is asked for anew; what only comes needs no leave.
    t.boris("sync").exits(0);
    t.git("boris", &format!("remote set-url origin {address}"));
    t.boris("sync").exits(0);
    t.git("anna", &format!("remote set-url origin {}", address.replace("example", "example2")));
    t.request("anna");
    t.anna("sync").exits(2).says("example2.org");
}

#[test]
fn a_lock_that_a_killed_git_left_is_explained_and_stays() {
    let t = Team::new();
    t.request("anna");
    let lock = t.clone("anna").join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    let ran = t.anna("sync --lang en").exits(5);
    let said = ran.stderr.replace(&t.s.folder().display().to_string(), "");
    insta::assert_snapshot!(said, @"
    Git is at work, or was killed: its lock is in place, .git/index.lock.
    The records are safe. Wait and try again. If no other git works with these data, remove the lock: `rm .git/index.lock`.
    ");
    assert!(lock.exists());
    fs::remove_file(&lock).unwrap();
    let lock = t.clone("anna").join(".git/refs/heads/main.lock");
    fs::write(&lock, "").unwrap();
    assert_eq!(t.anna("sync --json").exits(5).error()["rule"], "git-lock");
    fs::remove_file(&lock).unwrap();
    t.anna("sync").exits(0);
}

#[test]
fn a_clone_that_hides_what_both_have_in_common_is_told_so() {
    let t = Team::new();
    for title in ["Хирург", "Окулист"] {
        t.anna(&format!("specialty new --title {title}")).exits(0);
        t.anna("sync").exits(0);
    }
    let hub = t.s.folder().join("hub.git").display().to_string();
    t.s.git(&format!("clone -q --depth 1 file://{hub} shallow"));
    t.anna("specialty remove khirurg --yes").exits(0);
    t.anna("sync").exits(0);
    let shallow = |line: &str| {
        let mut command = t.s.command(crate::common::APPT);
        command.current_dir(t.clone("shallow")).env("APPT_OPERATOR", "boris");
        let output = command.args(crate::common::words(line)).output();
        crate::common::Ran::of(line, output.unwrap())
    };
    // Fast forward, and a merge whose base is there, need no more.
    shallow("specialty new --title Логопед").exits(0);
    shallow("sync").exits(0);
    // Theirs began anew: nothing tells whether they have something in common.
    let tree = t.git("anna", "commit-tree HEAD^{tree} -m anew").trim().to_owned();
    t.git("anna", &format!("push -q --force origin {tree}:refs/heads/main"));
    assert_eq!(shallow("sync --json").exits(7).error()["rule"], "shallow");
}

#[test]
fn what_a_person_has_begun_in_git_is_ended_by_that_person() {
    let t = Team::new();
    let request = t.request("anna");
    t.meet();
    t.anna(&format!("request note {} раз", id(&request))).exits(0);
    t.boris(&format!("request note {} два", id(&request))).exits(0);
    t.boris("sync").exits(0);
    t.git("anna", "add -A");
    t.git("anna", "commit -qm 'by hand'");
    t.git("anna", "fetch -q");
    // A merge that nobody's driver helped, left in the middle.
    t.git("anna", "config --remove-section merge.appt");
    fs::write(t.clone("anna").join(".git/info/attributes"), "*.toml merge=text\n").unwrap();
    let mut merge = t.s.command("git");
    let merged = merge.current_dir(t.clone("anna")).args(["merge", "-q", "origin/main"]).output();
    assert!(!merged.unwrap().status.success(), "the histories clash where git merges by lines");
    let error = t.anna("sync --json").exits(5).error();
    assert_eq!(
        (&error["rule"], &error["file"]),
        (&"unmerged".into(), &Team::path(&request).into())
    );
    // Settled by hand: the sync ends it as a merge.
    t.git("anna", "checkout -q --theirs -- .");
    t.git("anna", "add -A");
    t.write("anna", "notes.txt", "beside\n");
    t.anna("sync").exits(0);
    assert_eq!(t.git("anna", "rev-list --merges --count HEAD"), "1\n");
    assert!(!t.clone("anna").join(".git/MERGE_HEAD").exists());
    assert_eq!(t.git("anna", "status --porcelain"), "?? notes.txt\n");
    // No branch, no sync.
    t.git("anna", "checkout -q --detach");
    let error = t.anna("sync --json").exits(3).error();
    assert_eq!(error["rule"], "no-branch");
    assert_eq!(error["hint"], "Вернитесь на ветку: `git switch main`.");
}

#[test]
fn what_was_committed_on_no_branch_is_taken_along() {
    let t = Team::new();
    t.git("anna", "checkout -q --detach");
    let request = t.request("anna");
    t.git("anna", "add -A");
    t.git("anna", "commit -qm morning");
    let error = t.anna("sync --json").exits(3).error();
    let hint = error["hint"].as_str().unwrap();
    for command in hint.split('`').filter_map(|part| part.strip_prefix("git ")) {
        t.git("anna", command);
    }
    t.meet();
    assert!(t.clone("boris").join(Team::path(&request)).exists());
}

#[test]
fn what_git_is_in_the_middle_of_is_finished_by_the_command_that_is_named() {
    let t = Team::new();
    let request = t.request("anna");
    t.meet();
    let short = id(&request);
    for (who, time, clock) in [("anna", "10:30", "11:30"), ("boris", "10:31", "10:30")] {
        t.at(who, time, &format!("request set-status {short} in-progress --take-over")).exits(0);
        t.at(who, time, &format!("request set-appointment {short} 'ср {clock}' --anyway")).exits(0);
    }
    t.anna("sync").exits(0);
    fs::write(t.clone("boris").join(".git/info/attributes"), "*.toml merge=text\n").unwrap();
    t.git("boris", "commit -qam mine");
    let mut pull = t.s.command("git");
    pull.current_dir(t.clone("boris")).args(["pull", "-q", "--rebase"]);
    assert!(!pull.output().unwrap().status.success(), "git merges by lines");
    let finish = "git rebase --continue";
    let error = t.boris("sync --json").exits(3).error();
    assert_eq!(error["rule"], "under-way");
    assert!(error["hint"].as_str().unwrap().contains(&format!("`{finish}`")), "{error}");
    t.boris("resolve").says(&format!("Завершите начатое в git: `{finish}`, затем `appt sync`."));
    t.git("boris", "-c core.editor=true rebase --continue");
    let ran = t.boris("sync");
    assert!(matches!(ran.code, 0 | 5), "{}", ran.stderr);
    let both = ["2026-11-25T11:30", "2026-11-25T10:30"];
    let text = t.read("boris", &Team::path(&request));
    assert!(both.iter().all(|time| text.contains(time)), "nothing is lost: {text}");
}

#[test]
fn a_clone_of_what_nobody_pushed_to_is_told_apart() {
    let t = Team::new();
    t.s.git("init -q --bare -b main empty.git");
    t.s.git("clone -q empty.git nina");
    for line in ["init --git-setup", "sync"] {
        let error = t.at("nina", "10:00", &format!("{line} --json")).exits(7).error();
        assert_eq!(error["rule"], "no-store");
        assert!(
            error["hint"].as_str().unwrap().starts_with("Общий репозиторий ещё пуст."),
            "{error}"
        );
    }
}

#[test]
fn two_who_settle_one_conflict_apart_hear_of_each_other() {
    for [first, last] in [["--take 2", "--keep"], ["--keep", "--take 2"]] {
        let t = Team::new();
        let request = t.request("anna");
        let short = id(&request);
        t.meet();
        for (who, time, clock) in [("anna", "10:30", "10:30"), ("boris", "10:31", "11:30")] {
            t.at(who, time, &format!("request set-status {short} in-progress --take-over"))
                .exits(0);
            t.at(who, time, &format!("request set-appointment {short} 'ср {clock}' --anyway"))
                .exits(0);
        }
        t.meet();
        t.at("anna", "12:20", &format!("resolve {short} --key appointment {first}")).exits(0);
        t.at("boris", "12:21", &format!("resolve {short} --key appointment {last}")).exits(0);
        t.anna("sync").exits(0);
        t.boris("sync").exits(5).says("время приёма");
        t.meet();
    }
}

#[test]
fn git_that_does_not_know_its_user_is_told_apart() {
    let t = Team::new();
    t.git("anna", "config --global --unset user.email");
    t.git("anna", "config --global user.useConfigOnly true");
    t.request("anna");
    assert_eq!(t.anna("sync --json").exits(2).error()["rule"], "no-identity");
    t.git("anna", "config user.email anna@example.org");
    t.anna("sync").exits(0);
}

#[test]
fn what_a_merge_of_gits_own_has_lost_is_there_again_before_anybody_gets_it() {
    let t = Team::new();
    let request = t.request("anna");
    t.anna("sync").exits(0);
    t.boris("sync").exits(0);
    t.git("boris", "config --remove-section merge.appt");
    let part = id(&request);
    t.at("boris", "10:01", &format!("request set-status {part} in-progress")).exits(0);
    t.git("boris", "commit -qam mine");
    t.at("anna", "10:02", &format!("request note {part} 'от Анны'")).exits(0);
    t.anna("sync").exits(0);
    t.git("boris", "pull -q --no-rebase --no-edit -X ours");
    assert!(!t.read("boris", &Team::path(&request)).contains("от Анны"), "git lost it");
    let said = t.at("boris", "10:03", "sync").exits(0).stderr;
    let told = format!("Слияние в git потеряло часть истории, она возвращена: заявка {part}.");
    assert!(said.contains(&told) && !said.contains("history-rewritten"), "{said}");
    t.meet();
    let text = t.read("anna", &Team::path(&request));
    assert!(text.contains("от Анны") && text.contains("\nstatus = \"in-progress\""), "{text}");
    assert_eq!(t.rules("anna"), ["outcome-missing"]);
}

#[test]
fn a_folder_of_records_that_is_gone_is_not_removed_for_everybody() {
    let t = Team::new();
    for n in 0..11 {
        t.anna(&format!(
            "patient new --name 'Щукин Пётр' --passport {} --phone 8901789{n:04}",
            4_511_227_200_u64 + n
        ))
        .exits(0);
    }
    t.anna("sync").exits(0);
    let (before, folder) = (t.git("anna", "rev-parse HEAD"), t.clone("anna").join("patients"));
    fs::rename(&folder, t.clone("anna").join("patsienty")).unwrap();
    let error = t.anna("sync --json").exits(3).error();
    assert_eq!(error["rule"], "many-removed");
    assert!(error["hint"].as_str().unwrap().contains("`git checkout HEAD -- patients`"), "{error}");
    assert_eq!(t.git("anna", "rev-parse HEAD"), before);
    // Who means it says so.
    let said = t.anna("sync --yes").exits(0).stderr;
    assert!(said.contains("Удалено для всех"), "{said}");
    assert!(t.git("hub.git", "ls-tree -r --name-only main patients").is_empty());
}

/// A merge that the hook stopped, since one side removed what the other newly refers to, is ended by a
/// sync as its own merge would end it.
#[test]
fn what_a_stopped_merge_would_drop_comes_back_with_its_conflict() {
    for removes in ["anna", "boris"] {
        let t = Team::new();
        let refers = if removes == "anna" { "boris" } else { "anna" };
        t.anna("patient new --name 'Тестов Пётр' --passport 1111222233 --phone 89005550000")
            .exits(0);
        t.meet();
        t.at(removes, "10:00", "patient remove 1111222233 --yes").exits(0);
        let asks = "--clinic p1 --specialty terapevt --range 'чт 9-12'";
        t.at(refers, "10:00", &format!("request new --patient 1111222233 {asks}")).exits(0);
        t.boris("sync").exits(0);
        t.git("anna", "add -A");
        t.git("anna", "commit -qm mine");
        let mut pull = t.s.command("git");
        let ran =
            pull.args(["-C", "anna", "pull", "-q", "--no-rebase", "--no-edit"]).output().unwrap();
        assert!(!ran.status.success(), "{removes}");
        t.anna("sync").exits(5).says("удаление");
        t.boris("sync").exits(0);
        t.alike();
        let shown = t.boris("patient show 1111222233 --json").exits(0).json();
        assert_eq!(shown["conflicts"][0]["key"], "removed", "{removes}");
    }
}

/// Git takes a card that went and a like one that came for one that was renamed: two patients would
/// become one. The driver stops it, and a sync gets it right.
#[test]
fn two_patients_whom_git_takes_for_one_stay_two() {
    for rebase in [false, true] {
        let t = Team::new();
        let card = |passport| {
            format!(
                "patient new --name 'Тестов Пётр Ильич' --passport {passport} --phone 89005550000"
            )
        };
        t.anna(&card("1111222233")).exits(0);
        t.meet();
        t.anna("patient remove 1111222233 --yes").exits(0);
        t.anna(&card("1111222244")).exits(0);
        t.anna("sync").exits(0);
        t.boris("patient edit 1111222233 --phone 89005557777").exits(0);
        t.git("boris", "add -A");
        t.git("boris", "commit -qm phone");
        let mut pull = t.s.command("git");
        let how = if rebase { "--rebase" } else { "--no-rebase" };
        let ran = pull.args(["-C", "boris", "pull", "-q", how, "--no-edit"]).output().unwrap();
        assert!(!ran.status.success());
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(said.contains("Git принял две разные записи за одну"), "{said}");
        let left = t.boris("resolve").exits(1);
        assert!(left.stderr.contains("git merge --abort"), "{}", left.stderr);
        t.git("boris", if rebase { "rebase --abort" } else { "merge --abort" });
        assert_eq!(t.boris("sync --json").exits(5).error()["code"], "conflict");
        for (passport, phone) in [("1111222233", "+79005557777"), ("1111222244", "+79005550000")] {
            let shown = t.boris(&format!("patient show {passport} --json")).exits(0).json();
            assert_eq!(shown["phone"], phone, "{passport}");
        }
    }
}
