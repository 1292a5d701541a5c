//! What `init` puts into a repository, and `init --git-setup` into a clone: the merge driver, the
//! check before a commit, the attributes.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{APPT, PETR, Ran, Sandbox, WEDNESDAY, words};

/// A store that `init` made with its repository, with a clinic, everything committed. The program
/// is not in `PATH`.
fn store() -> Sandbox {
    let mut s = Sandbox::empty();
    s.ok("init --operator anna --name 'Анна Смирнова'");
    s.set("APPT_OPERATOR", "anna");
    s.git("config user.name Anna");
    s.git("config user.email anna@example.org");
    s.ok("operator edit anna --email anna@example.org");
    s.ok("specialty new --title Терапевт");
    s.ok("clinic new --name 'Поликлиника № 1' --address 'ул. Ленина, 1' --phone 84952377297 \
         --specialty terapevt");
    s.git("add -A");
    s.git("commit -qm start");
    s
}

/// Runs git where it may fail.
fn git(s: &Sandbox, line: &str) -> Ran {
    Ran::of(line, s.command("git").args(words(line)).output().unwrap())
}

/// The folders of the gits that are here, to be put first.
fn gits() -> Vec<String> {
    let path = std::env::var("PATH").unwrap();
    let system = Path::new("/usr/bin/git").exists().then(|| format!("/usr/bin:{path}"));
    [path].into_iter().chain(system).collect()
}

#[test]
fn a_new_store_has_its_driver_its_hook_and_its_attributes() {
    let s = store();
    assert_eq!(s.git("config merge.appt.driver"), format!("'{APPT}' merge-driver %O %A %B %P\n"));
    assert!(s.git("config merge.appt.name").starts_with("appt"));
    let said = s.git("check-attr -a clinics/poliklinika-1.toml");
    for attribute in ["text: set", "eol: lf", "merge: appt"] {
        assert!(said.contains(attribute), "{said}");
    }
    let hook = fs::read_to_string(s.cwd.join(".git/hooks/pre-commit")).unwrap();
    assert!(hook.contains("check --staged"), "{hook}");
}

#[test]
fn the_hook_judges_what_is_staged_and_not_what_lies_there() {
    for path in gits() {
        let mut s = store();
        s.set("PATH", &path);
        let clinic = s.cwd.join("clinics/poliklinika-1.toml");
        let good = fs::read_to_string(&clinic).unwrap();
        // Staged badly, mended in the work tree alone: refused.
        s.by_hand(&clinic, "\"terapevt\",", "\"terapeft\",");
        s.git("add -A");
        fs::write(&clinic, &good).unwrap();
        let ran = git(&s, "commit -qm bad").exits(1);
        let told = ran.stdout.clone() + &ran.stderr;
        assert!(
            told.contains("clinics/poliklinika-1.toml:") && told.contains("[dangling-reference]")
        );
        // Staged well, broken in the work tree: committed.
        s.git("add -A");
        s.by_hand(&clinic, "\"terapevt\",", "\"terapeft\",");
        s.ok("clinic edit poliklinika-1 --help");
        s.git("commit -q --allow-empty -m good");
        fs::write(&clinic, &good).unwrap();
        // What a commit of one file only takes in stands in an index of its own.
        s.ok("specialty new --title Хирург");
        s.git("add -A");
        s.by_hand(&s.cwd.join("specialties/khirurg.toml"), "title", "tilte");
        s.git("commit -qm good specialties/terapevt.toml --allow-empty");
        git(&s, "commit -qm bad specialties/khirurg.toml").exits(1);
        git(&s, "commit -qam bad").exits(1);
        s.git("commit -qm good");
        // A deletion is seen.
        s.git("reset -q --hard");
        s.git("rm -q --cached specialties/terapevt.toml");
        git(&s, "commit -qm bad").exits(1);
        s.git("commit -q --no-verify -m bad");
    }
}

/// What the last commit has already stops no other change, nor does what a change elsewhere brings in
/// pass.
#[test]
fn the_hook_lets_alone_what_a_commit_leaves_as_it_was() {
    let s = store();
    let file = s.cwd.join("clinics/poliklinika-1.toml");
    s.by_hand(&file, "phone = \"+7", "phone = \"7");
    s.git("commit -qam bad --no-verify");
    fs::write(s.cwd.join("notes.txt"), "x\n").unwrap();
    s.git("add notes.txt");
    s.git("commit -qm notes");
    s.by_hand(&file, "name = ", "# mine\nname = ");
    git(&s, "commit -qam worse").exits(1);
    s.git("checkout -q -- clinics");
    s.git("rm -q specialties/terapevt.toml");
    let ran = git(&s, "commit -qm dangling").exits(1);
    assert!((ran.stdout + &ran.stderr).contains("record-removed"));
}

#[test]
fn the_hook_compares_what_is_staged_with_the_commit_before_it() {
    let s = store();
    s.ok("specialty new --title Хирург");
    s.git("add -A");
    s.git("commit -qm good");
    let file = s.cwd.join("specialties/khirurg.toml");
    s.by_hand(&file, "event = \"created\"", "event = \"created\", note = \"x\"");
    s.git("add -A");
    let ran = git(&s, "commit -qm bad").exits(1);
    let told = ran.stdout.clone() + &ran.stderr;
    assert!(told.contains("history-rewritten") && told.contains("Войдёт в коммит"), "{told}");
}

#[test]
fn git_merges_nothing_that_the_check_refuses() {
    let s = store();
    s.ok("specialty new --title Хирург");
    s.git("add -A");
    s.git("commit -qm good");
    // Here the specialty goes, there a clinic comes to name it: each is good, both are not.
    s.git("checkout -q -b there");
    let clinic = s.cwd.join("clinics/poliklinika-1.toml");
    s.ok("clinic edit poliklinika-1 --specialty khirurg");
    assert!(fs::read_to_string(&clinic).unwrap().contains("khirurg"));
    s.git("commit -qam good");
    s.git("checkout -q -");
    s.git("rm -q specialties/khirurg.toml");
    s.git("commit -qm good");
    let ran = git(&s, "merge -q --no-edit there").exits(1);
    let told = ran.stdout.clone() + &ran.stderr;
    assert!(told.contains("[dangling-reference]") || told.contains("[record-removed]"), "{told}");
}

/// A conflict that a merge records belongs into its commit, also where a person concludes it.
#[test]
fn a_merge_that_stopped_is_concluded_with_its_conflicts() {
    for path in gits() {
        let mut s = store();
        s.set("PATH", &path);
        let id = s.request(PETR, WEDNESDAY);
        s.git("add -A");
        s.git("commit -qm request");
        s.git("checkout -q -b there");
        s.ok(&format!("request note {id} перезвонить"));
        s.git("commit -qam note");
        s.git("checkout -q -");
        s.ok(&format!("request remove {id} --yes"));
        s.git("commit -qam removed");
        git(&s, "merge -q --no-edit there").exits(1);
        s.ok("resolve").says("git commit --no-edit");
        s.git("commit -q --no-edit");
        assert!(fs::read_to_string(s.file(&id)).unwrap().contains("{ key = \"removed\""));
        // By itself none may be committed.
        s.ok(&format!("request note {id} ещё"));
        git(&s, "commit -qam alone").exits(1);
    }
}

#[test]
fn a_file_without_its_content_yet_is_not_staged() {
    let s = store();
    fs::write(s.cwd.join("clinics/new.toml"), "name = \"x\"\n").unwrap();
    s.git("add -N clinics/new.toml");
    s.ok("specialty new --title Хирург");
    s.git("add specialties");
    s.git("commit -qm good");
}

#[test]
fn records_without_their_settings_are_not_committed() {
    let mut s = Sandbox::empty();
    s.ok("init --operator anna --name Анна");
    s.set("APPT_OPERATOR", "anna");
    s.git("config user.name Anna");
    s.git("config user.email anna@example.org");
    s.git("add .gitignore .gitattributes");
    s.git("commit -qm 'no data yet'");
    s.git("add operators");
    git(&s, "commit -qm bad").exits(1).says("git add appt.toml");
    s.git("add appt.toml");
    s.git("commit -qm good");
}

/// Copies the program, by another: a file that is open for writing here is so, for a moment, in whatever
/// another test starts, and can't be run.
fn copy_program(to: &Path) {
    assert!(Command::new("cp").arg(APPT).arg(to).status().unwrap().success());
}

#[test]
fn the_hook_takes_the_program_of_the_path_then_the_one_that_installed_it_then_says_so() {
    let mut s = store();
    let copy = s.folder().join("it's a copy");
    fs::create_dir(&copy).unwrap();
    let program = copy.join("appt");
    copy_program(&program);
    fs::remove_file(s.cwd.join(".git/hooks/pre-commit")).unwrap();
    let output = s.command(program.to_str().unwrap()).args(["init", "--git-setup"]).output();
    Ran::of("init --git-setup", output.unwrap()).exits(0);
    let change = |title: &str| {
        s.ok(&format!("specialty new --title {title}"));
        s.git("add -A");
    };
    change("Хирург");
    s.git("commit -qm good");
    fs::remove_file(&program).unwrap();
    change("Окулист");
    git(&s, "commit -qm x").exits(1).says("Не нашлась программа appt").says("--no-verify");
    let path = format!("{}:{}", copy.display(), std::env::var("PATH").unwrap());
    copy_program(&program);
    let hook = s.cwd.join(".git/hooks/pre-commit");
    let other = fs::read_to_string(&hook).unwrap().replace("a copy", "nowhere");
    fs::write(&hook, other).unwrap();
    git(&s, "commit -qm x").exits(1);
    s.set("PATH", &path);
    s.git("commit -qm good");
    // Another store that the environment names is not what is committed.
    s.set("APPT_DATA", "/nowhere");
    s.git("commit -q --allow-empty -m good");
}

#[test]
fn a_clone_is_set_up_once_and_twice_is_once() {
    let mut s = store();
    s.git("clone -q . ../clone");
    s.cwd = s.folder().join("clone");
    let state = |s: &Sandbox| {
        let read = |name: &str| fs::read_to_string(s.cwd.join(name)).unwrap();
        (read(".git/config"), read(".git/hooks/pre-commit"), s.bytes())
    };
    let before = fs::read_to_string(s.cwd.join(".git/config")).unwrap();
    let said = s.ok("init --git-setup --dry-run").stdout;
    assert!(said.contains("pre-commit") && said.contains("Ничего не изменено"), "{said}");
    assert_eq!(fs::read_to_string(s.cwd.join(".git/config")).unwrap(), before);
    let first = s.ok("init --git-setup --json").json();
    assert_eq!([&first["driver"], &first["hook"], &first["attributes"]], ["made", "made", "there"]);
    // Git makes a folder that everybody can look into; a store's is its owner's alone.
    assert_eq!(first["folder"], "made");
    let mode = fs::metadata(&s.cwd).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let made = state(&s);
    let again = s.ok("init --git-setup --json").json();
    assert_eq!([&again["driver"], &again["hook"], &again["attributes"]], ["there"; 3]);
    assert_eq!(state(&s), made);
    insta::assert_snapshot!(s.ok("--lang en init --git-setup").stdout.replace(s.folder().to_str().unwrap(), ""), @"✓ Nothing is left to set up: /clone.");
    // The driver of a program that has moved is mended.
    s.git("config merge.appt.driver 'old merge-driver'");
    assert_eq!(s.ok("init --git-setup --json").json()["driver"], "made");
    assert_eq!(state(&s), made);
    // From elsewhere.
    fs::remove_file(s.cwd.join(".git/hooks/pre-commit")).unwrap();
    let clone = s.cwd.clone();
    s.cwd = s.folder().to_path_buf();
    s.ok("init --git-setup clone");
    s.cwd = clone;
    assert_eq!(state(&s), made);
}

#[test]
fn a_hook_that_is_there_stays_and_the_line_that_it_lacks_is_told() {
    let s = store();
    let hook = s.cwd.join(".git/hooks/pre-commit");
    for (text, word) in [
        ("#!/bin/sh\n# appt check --staged\ntrue\n", "foreign"),
        ("#!/bin/sh\nappt check --staged || exit 1\n", "there"),
    ] {
        fs::write(&hook, text).unwrap();
        let ran = s.ok("init --git-setup --json");
        assert_eq!(ran.json()["hook"], word);
        assert_eq!(fs::read_to_string(&hook).unwrap(), text);
    }
    fs::write(&hook, "#!/bin/sh\n").unwrap();
    for (lang, told) in [("ru", "добавьте в неё строку"), ("en", "add this line")]
    {
        let ran = s.ok(&format!("--lang {lang} init --git-setup"));
        assert!(ran.stderr.contains(told) && ran.stderr.contains("appt check --staged || exit 1"));
    }
}

#[test]
fn a_users_own_folder_of_hooks_is_left_alone() {
    let s = store();
    let hook = s.cwd.join(".git/hooks/pre-commit");
    fs::remove_file(&hook).unwrap();
    s.git("config --global core.hooksPath ~/hooks");
    let ran = s.ok("init --git-setup --json");
    assert_eq!(ran.json()["hook"], "elsewhere");
    assert!(ran.stderr.contains("home/hooks/pre-commit"), "{}", ran.stderr);
    assert!(!hook.exists() && !s.folder().join("home/hooks").exists());
}

#[test]
fn attributes_that_lack_the_line_get_it_and_keep_the_rest() {
    let s = store();
    let file = s.cwd.join(".gitattributes");
    fs::write(&file, "*.pdf binary").unwrap();
    let ran = s.ok("init --git-setup --json");
    assert_eq!(ran.json()["attributes"], "made");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text, "*.pdf binary\n*.toml text eol=lf merge=appt\n");
    // Somebody's own way to say the same.
    fs::write(&file, "/requests/** text eol=lf merge=appt\n").unwrap();
    assert_eq!(s.ok("init --git-setup --json").json()["attributes"], "there");
}

#[test]
fn what_is_local_is_left_out_of_git_where_nothing_says_so_yet() {
    let s = store();
    let file = s.cwd.join(".gitignore");
    for (before, after) in
        [(None, "/.appt/\n.appt-*.tmp\n"), (Some("*.bak"), "*.bak\n/.appt/\n.appt-*.tmp\n")]
    {
        match before {
            Some(text) => fs::write(&file, text).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        assert_eq!(s.ok("init --git-setup --json").json()["ignored"], "made");
        assert_eq!(fs::read_to_string(&file).unwrap(), after);
    }
    // Somebody's own way to say the same.
    fs::write(&file, ".*\n").unwrap();
    assert_eq!(s.ok("init --git-setup --json").json()["ignored"], "there");
}

#[test]
fn where_there_is_no_store_or_no_repository_nothing_is_set_up() {
    let s = Sandbox::empty();
    s.fails("init --git-setup", 7, "store", "no-store");
    s.git("init -q");
    s.fails("init --git-setup", 7, "store", "no-store");
    assert!(!s.cwd.join("appt.toml").exists());
    let s = Sandbox::new();
    s.fails("init --git-setup", 3, "refused", "no-repository");
    s.fails("init --git-setup --no-git", 2, "usage", "arguments");
}

#[test]
fn a_store_is_made_in_a_repository_that_is_there_already() {
    let s = Sandbox::empty();
    s.git("init -q -b main");
    let hook = s.cwd.join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\n").unwrap();
    let ran = s.ok("init --operator anna --name Анна");
    assert!(ran.stderr.contains("appt check --staged"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\n");
    assert_eq!(s.git("symbolic-ref HEAD"), "refs/heads/main\n");
}

/// A program with a path full of what a shell would read, as `merge.appt.driver` names it.
#[test]
fn git_hands_the_driver_its_files_whatever_their_names_and_its_own_path() {
    for path in gits() {
        let mut s = store();
        s.set("PATH", &path);
        let folder: PathBuf = s.folder().join("it's $(touch sprung) 100%P");
        fs::create_dir(&folder).unwrap();
        let driver = folder.join("appt");
        copy_program(&driver);
        let mut command = s.command(driver.to_str().unwrap());
        let output = command.args(["init", "--git-setup"]).output().unwrap();
        Ran::of("init --git-setup", output).exits(0);
        // In its place, one that says what it is called with, and takes theirs.
        fs::write(
            &driver,
            "#!/bin/sh\nprintf '%s\\n' \"$1\" \"$5\" > ../said\ncat \"$4\" > \"$3\"\n",
        )
        .unwrap();
        let name = "clinics/$(touch sprung) 'x'.toml";
        let write = |text: &str| {
            fs::write(s.cwd.join(name), text).unwrap();
            s.git("add -A");
            s.git("commit -q --no-verify -m x");
        };
        write("base\n");
        s.git("checkout -qb other");
        write("theirs\n");
        s.git("checkout -q -");
        write("ours\n");
        s.git("merge -q --no-verify --no-edit other");
        let said = fs::read_to_string(s.folder().join("said")).unwrap();
        assert_eq!(said, format!("merge-driver\n{name}\n"));
        assert!(!s.cwd.join("sprung").exists() && !s.folder().join("sprung").exists());
    }
}

#[test]
fn an_operator_works_and_commits_as_ever() {
    let s = store();
    s.request(PETR, WEDNESDAY);
    s.git("add -A");
    let ran = git(&s, "commit -qm 'a request'").exits(0);
    assert_eq!(ran.stdout + &ran.stderr, "", "a hook that has nothing to say says nothing");
    s.git("commit -q --allow-empty -m none");
    assert_eq!(s.git("status --short"), "");
}
