//! `check --since`: commits judged from git's objects, with each git that is here; in shallow and
//! bare clones; in a repository whose configuration means ill.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use common::{APPT, DARYA, PETR, Ran, Sandbox, WEDNESDAY, words};
use serde_json::Value as Json;

/// A store in a repository, all committed by Anna, on a branch of its own. Boris has an e-mail.
fn committed(path: Option<&Path>) -> (Sandbox, String) {
    let mut s = Sandbox::new();
    if let Some(first) = path {
        let path = format!("{}:{}", first.display(), std::env::var("PATH").unwrap());
        s.set("PATH", &path);
    }
    for (id, email) in [("anna", "anna@example.org"), ("boris", "boris@example.org")] {
        s.ok(&format!("operator edit {id} --email {email}"));
    }
    let id = s.request(PETR, WEDNESDAY);
    s.ok(&format!("request note {id} перезвонить"));
    fs::write(s.cwd.join(".gitignore"), "/.appt/\n").unwrap();
    s.git("init -q -b main");
    s.git("config user.name N");
    s.git("config user.email anna@example.org");
    commit(&s, "anna");
    s.git("checkout -qb work");
    (s, id)
}

/// Commits all there is; its short name.
fn commit(s: &Sandbox, who: &str) -> String {
    s.git("add -A");
    s.git(&format!("-c user.email={who}@example.org commit -qm change"));
    s.git("rev-parse --short HEAD").trim().to_owned()
}

/// The findings: rule, severity, file, message.
fn found(ran: &Ran) -> Vec<[String; 4]> {
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap().iter();
    findings.map(|f| ["rule", "severity", "file", "message"].map(|key| text(&f[key]))).collect()
}

fn rules(ran: &Ran) -> Vec<String> {
    found(ran).into_iter().map(|[rule, ..]| rule).collect()
}

/// The folders of the gits that are here: the one that comes first, and the system's.
fn gits() -> Vec<Option<&'static Path>> {
    let system = Path::new("/usr/bin");
    let other = system.join("git").exists().then_some(Some(system));
    [None].into_iter().chain(other).collect()
}

#[test]
fn four_things_done_past_the_rules_are_four_findings_that_name_their_commits() {
    for git in gits() {
        let (s, id) = committed(git);
        let other = s.request(DARYA, WEDNESDAY);
        commit(&s, "anna");
        s.git("branch -f main");
        s.git("rm -q specialties/khirurg.toml");
        let removed = commit(&s, "anna");
        s.by_hand(&s.file(&id), "перезвонить", "иное");
        let rewritten = commit(&s, "anna");
        s.by_hand(&s.file(&other), "status = \"created\"", "status = \"processed\"");
        let jumped = commit(&s, "anna");
        s.by_hand(&s.cwd.join("clinics/poliklinika-1.toml"), "ул. Ленина", "ул. Новая");
        let edited = commit(&s, "boris");
        let before = s.bytes();
        let index = fs::read(s.cwd.join(".git/index")).unwrap();

        let ran = s.run("check --since main --json").exits(1);
        let mut all = found(&ran);
        all.sort();
        let expected = [
            ("history-rewritten", "error", rewritten),
            ("illegal-transition", "error", jumped),
            ("not-permitted", "error", edited),
            ("record-removed", "warning", removed),
        ];
        assert_eq!(all.len(), 4, "{all:#?}");
        for ([rule, severity, file, message], expected) in all.iter().zip(expected) {
            assert_eq!((rule.as_str(), severity.as_str()), (expected.0, expected.1));
            assert!(message.contains(&format!("Коммит {}: ", expected.2)), "{message}");
            assert!(file.ends_with(".toml"), "{file}");
        }
        // Seen from a later commit, what came before it is nobody's business.
        assert_eq!(s.bytes(), before);
        assert_eq!(fs::read(s.cwd.join(".git/index")).unwrap(), index, "the index is as it was");
        assert_eq!(rules(&s.run("check --since HEAD~1 --json")).len(), 2);
        assert_eq!(s.git("status --short"), "");
    }
}

#[test]
fn findings_point_into_the_version_of_their_commit() {
    let (s, id) = committed(None);
    s.by_hand(&s.file(&id), "перезвонить", "иное");
    commit(&s, "anna");
    let text = fs::read_to_string(s.file(&id)).unwrap();
    s.by_hand(&s.file(&id), "status", "# раз\n# два\nstatus");
    commit(&s, "anna");
    let ran = s.run("check --since main --json").exits(1);
    let finding = &ran.json()["findings"][0];
    let line = text.lines().position(|line| line.contains("иное")).unwrap() + 1;
    assert_eq!((&finding["line"], &finding["column"]), (&line.into(), &5.into()));
    assert!(!ran.stdout.contains("иное") && !ran.stdout.contains("example.org"));
}

#[test]
fn a_removed_record_that_is_missed_is_one_error() {
    let (s, _) = committed(None);
    fs::remove_file(s.patient_file()).unwrap();
    commit(&s, "anna");
    let ran = s.run("check --since main --json").exits(1);
    let all = found(&ran);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!([&all[0][0], &all[0][1]], ["record-removed", "error"]);
    // Without the commits, the reference is what is wrong.
    assert_eq!(rules(&s.run("check --json").exits(1)), ["dangling-reference"]);
}

#[test]
fn a_history_is_not_rewritten_by_removing_the_record_and_putting_it_back() {
    let (s, id) = committed(None);
    let file = s.file(&id);
    let text = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    commit(&s, "anna");
    // As it was, it has lost nothing.
    fs::write(&file, &text).unwrap();
    commit(&s, "anna");
    let ran = s.run("check --since main --json");
    assert!(!rules(&ran).contains(&"history-rewritten".to_owned()), "{}", ran.stdout);
    fs::remove_file(&file).unwrap();
    commit(&s, "anna");
    fs::write(&file, text.replace("перезвонить", "не звонить")).unwrap();
    let last = commit(&s, "anna");
    let ran = s.run("check --since main --json").exits(1);
    let told = found(&ran).into_iter().filter(|[rule, ..]| rule == "history-rewritten");
    let told: Vec<_> = told.map(|[.., message]| message).collect();
    assert_eq!(told.len(), 1, "{}", ran.stdout);
    assert!(told[0].contains(&last), "{told:?}");
}

/// Push 1 breaks a file, push 2 mends it: the mended one is held against what was read before both.
#[test]
fn a_history_is_not_rewritten_by_breaking_the_file_and_mending_it() {
    let (s, id) = committed(None);
    let path = s.file(&id);
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}x\n")).unwrap();
    commit(&s, "anna");
    fs::write(&path, format!("{whole}<<<<<<<\n")).unwrap();
    commit(&s, "anna");
    // As it was: there is nothing to say.
    fs::write(&path, &whole).unwrap();
    commit(&s, "anna");
    assert_eq!(rules(&s.ok("check --since HEAD~1 --json")), [""; 0]);
    s.git("reset -q --hard HEAD~1");
    let cut: String = whole.split_inclusive('\n').filter(|l| !l.contains("\"note\"")).collect();
    assert_ne!(cut, whole);
    fs::write(&path, cut).unwrap();
    s.git("add -A");
    let staged = s.run("check --staged").exits(1);
    assert!(staged.stdout.contains("history-rewritten"), "{}", staged.stdout);
    commit(&s, "anna");
    assert_eq!(rules(&s.run("check --since HEAD~1 --json").exits(1)), ["history-rewritten"]);
}

#[test]
fn a_file_in_another_folder_is_the_same_record_and_one_of_another_name_is_not() {
    let (s, id) = committed(None);
    let file = s.file(&id);
    fs::create_dir_all(s.cwd.join("requests/2026/12/01")).unwrap();
    let name = file.file_name().unwrap();
    fs::rename(&file, s.cwd.join("requests/2026/12/01").join(name)).unwrap();
    commit(&s, "anna");
    assert_eq!(rules(&s.run("check --since main --json").exits(1)), ["misplaced-file"]);
    s.git("reset -q --hard main");
    let other = name.to_str().unwrap().replace(&id, "zzzzzz");
    fs::rename(&file, file.with_file_name(other)).unwrap();
    commit(&s, "anna");
    assert_eq!(rules(&s.run("check --since main --json").exits(0)), ["record-removed"]);
}

#[test]
fn a_role_counts_as_it_was_before_the_commit() {
    let (s, _) = committed(None);
    let boris = s.cwd.join("operators/boris.toml");
    s.ok("clinic edit poliklinika-1 --phone 84950000001");
    let clinic = commit(&s, "boris");
    s.by_hand(&boris, "role = \"operator\"", "role = \"admin\"");
    let himself = commit(&s, "boris");
    // From then on he is one; that he made himself one has been said.
    s.ok("clinic edit poliklinika-1 --phone 84950000002");
    commit(&s, "boris");
    let all = found(&s.run("check --since main --json").exits(1));
    let named: Vec<_> = all.iter().map(|[rule, _, file, message]| (rule, file, message)).collect();
    assert_eq!(named.len(), 2, "{named:?}");
    assert!(named[0].1 == "clinics/poliklinika-1.toml" && named[0].2.contains(&clinic));
    assert!(named[1].1 == "operators/boris.toml" && named[1].2.contains(&himself));
}

#[test]
fn a_stranger_is_warned_of_once_for_a_commit_and_one_who_left_may_nothing() {
    let (s, id) = committed(None);
    s.ok(&format!("request note {id} раз"));
    s.ok("clinic edit poliklinika-1 --phone 84950000001");
    commit(&s, "nobody");
    let all = found(&s.run("check --since main --json").exits(0));
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!([&all[0][0], &all[0][1]], ["not-permitted", "warning"]);
    fs::write(s.cwd.join("README.md"), "x").unwrap();
    commit(&s, "nobody");
    assert_eq!(rules(&s.run("check --since main --json")).len(), 1, "no data, no role");
    s.ok("operator edit boris --active false");
    let left = commit(&s, "anna");
    s.ok(&format!("request note {id} два"));
    commit(&s, "boris");
    let ran = s.run(&format!("check --since {left} --json")).exits(1);
    assert_eq!(rules(&ran), ["not-permitted"]);
}

#[test]
fn the_commit_that_founds_a_store_is_its_own_authority() {
    let s = Sandbox::empty();
    s.git("init -q -b main");
    s.git("config user.name N");
    s.git("config user.email olga@example.org");
    s.git("commit -q --allow-empty -m empty");
    s.git("tag empty");
    s.ok("init --operator anna --name Анна");
    commit(&s, "somebody");
    assert_eq!(rules(&s.ok("check --since empty --json")), [] as [&str; 0]);
    // Another first commit, with nothing in common.
    s.git("checkout -q --orphan other");
    commit(&s, "somebody");
    assert_eq!(rules(&s.ok("check --since empty --json")), [] as [&str; 0]);
}

#[test]
fn a_merge_that_keeps_every_event_is_clean_and_one_that_drops_some_is_not() {
    let (s, id) = committed(None);
    s.ok(&format!("request note {id} раз"));
    commit(&s, "anna");
    s.git("checkout -q main");
    s.ok(&format!("request note {id} два"));
    commit(&s, "boris");
    s.git("checkout -q work");
    let merge = s.command("git").args(words("merge -q main")).output().unwrap();
    assert!(!merge.status.success(), "both sides appended");
    let text = fs::read_to_string(s.file(&id)).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .filter(|l| !["<<<<<<<", "=======", ">>>>>>>"].iter().any(|m| l.starts_with(m)))
        .collect();
    fs::write(s.file(&id), kept.join("\n") + "\n").unwrap();
    commit(&s, "boris");
    assert_eq!(rules(&s.run("check --since main --json").exits(0)), [] as [&str; 0]);
    s.git("reset -q --hard HEAD~1");
    s.git("merge -q -s ours main");
    let name = s.git("rev-parse --short HEAD");
    let all = found(&s.run("check --since main --json").exits(1));
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0][0] == "history-rewritten" && all[0][3].contains(name.trim()), "{all:?}");
}

#[test]
fn a_merge_takes_over_what_one_side_did() {
    let (s, id) = committed(None);
    s.ok(&format!("request note {id} раз"));
    commit(&s, "anna");
    s.git("checkout -q main");
    s.git("rm -q specialties/khirurg.toml");
    commit(&s, "anna");
    s.git("checkout -q work");
    s.git("-c user.email=boris@example.org merge -q --no-edit main");
    assert_eq!(rules(&s.run("check --since main --json").exits(0)), [] as [&str; 0]);
}

#[test]
fn a_clone_without_a_work_tree_is_judged_by_its_last_commit() {
    for git in gits() {
        let (s, id) = committed(git);
        s.by_hand(&s.file(&id), "перезвонить", "иное");
        commit(&s, "anna");
        s.git("clone -q --bare . ../bare.git");
        let ran = s.run("check --since main --json -C ../bare.git").exits(1);
        assert_eq!(rules(&ran), ["history-rewritten"]);
        assert_eq!(rules(&s.run("check ../bare.git --since main --json")).len(), 1);
        s.fails("check -C ../bare.git", 7, "store", "no-store");
    }
}

#[test]
fn a_shallow_clone_says_what_it_needs() {
    for git in gits() {
        let (s, id) = committed(git);
        for note in ["раз", "два", "три"] {
            s.ok(&format!("request note {id} {note}"));
            commit(&s, "anna");
        }
        let url = format!("file://{}", s.cwd.display());
        s.git(&format!("clone -q --depth 2 --no-single-branch {url} ../clone"));
        s.ok("init --git-setup ../clone");
        let at = |line: &str| s.run(&format!("check -C ../clone {line} --json"));
        // Both commits are here, and what lies between them.
        assert_eq!(rules(&at("--since HEAD~1").exits(0)), [] as [&str; 0]);
        // `main` is here, and a part of the way to it is not.
        let error = at("--since origin/main").exits(7).error();
        assert_eq!((&error["code"], &error["rule"]), (&"store".into(), &"shallow".into()));
        assert!(error["hint"].as_str().unwrap().contains("git fetch --unshallow"), "{error}");
        let error = at("--since nowhere").exits(7).error();
        assert!(error["hint"].as_str().unwrap().contains("git fetch --unshallow"), "{error}");
        let output = s.command("git").args(words("-C ../clone fetch -q --unshallow")).output();
        assert!(output.unwrap().status.success());
        assert_eq!(rules(&at("--since origin/main").exits(0)), [] as [&str; 0]);
    }
}

#[test]
fn what_is_no_commit_and_what_git_could_take_for_an_option_is_refused() {
    let (s, _) = committed(None);
    for rev in
        ["--since=--output=x", "--since=-n1", "--since=", "--since nowhere", "--since main..work"]
    {
        s.fails(&format!("check {rev}"), 2, "usage", "bad-revision");
    }
    assert!(!s.cwd.join("x").exists());
    for (lang, told) in
        [("ru", "Нет такого коммита: нигде."), ("en", "There is no such commit: нигде.")]
    {
        s.run(&format!("--lang {lang} check --since нигде")).exits(2).says(told);
    }
}

#[test]
fn a_store_that_is_not_the_root_of_its_repository_is_refused() {
    let (s, _) = Sandbox::with_request();
    s.fails("check --since HEAD", 3, "refused", "no-repository");
    let git = |line: &str| {
        let mut command = s.command("git");
        assert!(command.current_dir(s.folder()).args(words(line)).status().unwrap().success());
    };
    git("init -q");
    s.fails("check --since HEAD", 3, "refused", "not-the-root");
    s.fails("init --git-setup", 3, "refused", "not-the-root");
}

#[test]
fn nothing_that_a_repository_names_is_run() {
    for git in gits() {
        let (s, id) = committed(git);
        s.ok(&format!("request note {id} раз"));
        commit(&s, "anna");
        let trap = s.folder().join("trap");
        let sprung = s.folder().join("sprung");
        fs::write(&trap, format!("#!/bin/sh\necho $0 $* >> '{}'\n", sprung.display())).unwrap();
        fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
        let trap = trap.display();
        for key in [
            "core.fsmonitor",
            "core.pager",
            "core.editor",
            "core.sshCommand",
            "core.gitProxy",
            "diff.external",
            "diff.x.textconv",
            "diff.x.command",
            "filter.x.clean",
            "filter.x.smudge",
            "filter.x.process",
            "gpg.program",
            "alias.rev-list",
            "alias.cat-file",
            "interactive.diffFilter",
            "merge.x.driver",
            "uploadpack.packObjectsHook",
        ] {
            s.git(&format!("config {key} {trap}"));
        }
        s.git("config log.showSignature true");
        s.git("config core.attributesFile ../attributes");
        fs::write(s.folder().join("attributes"), "* filter=x diff=x merge=x\n").unwrap();
        let hooks = s.cwd.join(".git/hooks");
        fs::create_dir_all(&hooks).unwrap();
        for hook in ["post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout"] {
            fs::copy(s.folder().join("trap"), hooks.join(hook)).unwrap();
        }
        let mut command = s.command(APPT);
        command.env("GIT_EXTERNAL_DIFF", trap.to_string()).env("GIT_PAGER", trap.to_string());
        let output = command.args(words("check --since main")).output().unwrap();
        Ran::of("check --since main", output).exits(0);
        s.ok("check --staged");
        s.ok("init --git-setup");
        let what = fs::read_to_string(&sprung).unwrap_or_default();
        assert_eq!(what, "", "a program of the repository ran");
        // A clone that lacks an object fetches none by a command of the repository's.
        s.git("config remote.evil.promisor true");
        s.git("config remote.evil.url ssh://nowhere.invalid/x");
        s.git("config extensions.partialClone evil");
        s.git("config core.repositoryFormatVersion 1");
        let tree = s.git("rev-parse HEAD:requests");
        let (folder, name) = tree.trim().split_at(2);
        fs::remove_file(s.cwd.join(format!(".git/objects/{folder}/{name}"))).unwrap();
        s.fails("check --since main", 7, "store", "object-missing");
        let what = fs::read_to_string(&sprung).unwrap_or_default();
        assert_eq!(what, "", "a program of the repository ran");
    }
}

#[test]
fn where_another_repository_is_named_by_the_environment_the_stores_own_is_meant() {
    let (mut s, id) = committed(None);
    s.by_hand(&s.file(&id), "перезвонить", "иное");
    commit(&s, "anna");
    s.git("init -q ../elsewhere");
    let git_dir = s.folder().join("elsewhere/.git").display().to_string();
    s.set("GIT_DIR", &git_dir);
    assert_eq!(rules(&s.run("check --since main --json").exits(1)), ["history-rewritten"]);
}

#[test]
fn without_git_the_message_says_so() {
    let (mut s, _) = committed(None);
    s.set("PATH", "/nowhere");
    s.fails("check --since main", 7, "store", "no-git");
    s.run("check --since main").exits(7).says("Не нашлась программа git.");
    s.run("init --git-setup").exits(7).says("git 2.38");
}
