//! A sync begins with what git's index tells of the work tree: whatever a person, or git, did to the
//! index, what stands in the files is what is shared.

use std::fs::{self, File};
use std::io::Write as _;
use std::thread;
use std::time::Duration;

use crate::common::{APPT, has};
use crate::team::{Team, id};

/// A team with a request that both have, and the path of its file.
fn shared() -> (Team, String, String) {
    let t = Team::new();
    let request = t.request("anna");
    t.meet();
    let path = Team::path(&request);
    (t, request, path)
}

/// Changes the request in Anna's clone, and asserts that a sync shares that.
#[track_caller]
fn shares(t: &Team, request: &str, path: &str) {
    t.anna(&format!("request note {} 'перезвонить после обеда'", id(request))).exits(0);
    let status = t.anna("sync --status --json").exits(0).json();
    assert_eq!(status["uncommitted"], serde_json::json!([path]));
    t.anna("sync").exits(0);
    assert!(t.git("anna", &format!("show HEAD:{path}")).contains("перезвонить"));
}

#[test]
fn a_file_edited_in_place_and_given_its_old_time_and_size_is_shared() {
    let (t, _, _) = shared();
    for setting in ["core.checkStat minimal", "core.trustCtime false"] {
        t.git("anna", &format!("config {setting}"));
    }
    let path = t.git("anna", "ls-files patients").trim().to_owned();
    t.write("anna", &path, &format!("# звонить утром\n{}", t.read("anna", &path)));
    t.anna("sync").exits(0);
    // Git counts in seconds, and reads a file that is not older than the index.
    thread::sleep(Duration::from_millis(1100));
    t.git("anna", "update-index -q --force-write-index --refresh");
    let file = t.clone("anna").join(&path);
    let was = fs::metadata(&file).unwrap();
    let mut handle = File::options().write(true).open(&file).unwrap();
    // A comment, so that there is no edit to record.
    handle.write_all(t.read("anna", &path).replace("утром", "днями").as_bytes()).unwrap();
    handle.set_modified(was.modified().unwrap()).unwrap();
    drop(handle);
    assert_eq!(fs::metadata(&file).unwrap().len(), was.len());
    assert_eq!(t.git("anna", "status --porcelain"), "");
    t.anna("sync").exits(0);
    assert!(t.git("anna", &format!("show HEAD:{path}")).contains("днями"));
}

#[test]
fn a_file_that_git_was_told_not_to_look_at_is_shared() {
    for mark in ["--assume-unchanged", "--skip-worktree"] {
        let (t, request, path) = shared();
        t.git("anna", &format!("update-index {mark} {path}"));
        shares(&t, &request, &path);
    }
    let (t, request, path) = shared();
    t.git("anna", "config core.ignoreStat true");
    t.git("anna", "status");
    shares(&t, &request, &path);
}

#[test]
fn a_record_that_is_ignored_or_only_announced_is_shared() {
    let t = Team::new();
    t.write("anna", ".git/info/exclude", "requests/\n*.toml\n");
    let request = t.request("anna");
    let path = Team::path(&request);
    assert_eq!(t.git("anna", "ls-files --others --exclude-standard"), "");
    t.anna("sync").exits(0);
    assert_eq!(t.git("anna", &format!("ls-tree --name-only HEAD {path}")).trim(), path);
    t.boris("specialty new --title Хирург").exits(0);
    t.git("boris", "add --intent-to-add specialties");
    t.boris("sync").exits(0);
    assert_eq!(t.git("boris", "ls-tree --name-only HEAD specialties/").lines().count(), 2);
    t.git("boris", "diff --exit-code HEAD");
}

#[test]
fn what_was_staged_and_put_back_is_not_shared_and_what_was_unstaged_stays() {
    let (t, request, path) = shared();
    let text = t.read("anna", &path);
    t.anna(&format!("request note {} 'перезвонить'", id(&request))).exits(0);
    t.git("anna", &format!("add {path}"));
    t.write("anna", &path, &text);
    let head = t.git("anna", "rev-parse HEAD");
    t.anna("sync").exits(0);
    assert_eq!(t.git("anna", "rev-parse HEAD"), head);
    // Out of the index, and there all the same.
    t.git("anna", "read-tree HEAD");
    t.git("anna", &format!("rm -q --cached {path}"));
    assert_eq!(
        t.anna("sync --status --json").exits(0).json()["uncommitted"],
        serde_json::json!([])
    );
    shares(&t, &request, &path);
}

#[test]
fn what_is_gone_is_removed_for_all_whoever_took_it_out() {
    for by_git in [false, true] {
        let (t, request, path) = shared();
        match by_git {
            true => drop(t.git("anna", &format!("rm -q {path}"))),
            false => fs::remove_dir_all(t.clone("anna").join("requests")).unwrap(),
        }
        t.anna("sync").exits(0).says(id(&request));
        t.meet();
        assert!(!t.clone("boris").join(&path).exists());
    }
}

#[test]
fn a_repository_within_hides_no_record() {
    let (t, request, path) = shared();
    t.git("anna", "init -q requests/2026");
    shares(&t, &request, &path);
}

#[test]
fn a_sync_of_one_record_opens_no_other() {
    if !has(&["strace"]) {
        return;
    }
    let (t, request, path) = shared();
    let of = t.git("anna", "ls-files patients");
    for number in 0..9 {
        t.anna(&format!(
            "request new --name 'Иванов Пётр' --passport 451122000{number} --phone 89017892569 \
             --clinic p1 --specialty terapevt --range 'чт 9-12'"
        ))
        .exits(0);
    }
    t.meet();
    // A few changes do not make it worth while to write the cache anew; and what is as young as the
    // cache, or as git's index, must be read again.
    thread::sleep(Duration::from_millis(2100));
    t.git("anna", "update-index -q --force-write-index --refresh");
    fs::remove_file(t.clone("anna").join(".appt/cache")).unwrap();
    t.anna("check").exits(0);
    t.anna(&format!("request note {} 'перезвонить'", id(&request))).exits(0);
    let calls = t.s.folder().join("calls");
    let mut command = t.s.command("strace");
    command.args(["-f", "-qq", "-e", "trace=open,openat,openat2", "-o"]).arg(&calls);
    command.arg(APPT).arg("sync").current_dir(t.clone("anna")).env("APPT_OPERATOR", "anna");
    assert!(command.output().unwrap().status.success());
    let calls = fs::read_to_string(calls).unwrap();
    let opened = |what: &str| -> Vec<&str> {
        calls.lines().filter(|line| line.contains(what) && line.contains(".toml\"")).collect()
    };
    let needed = |line: &&str| line.contains(&path) || line.contains(of.trim());
    assert!(opened("requests/").iter().any(needed), "{calls}");
    let others: Vec<_> =
        ["requests/", "patients/"].into_iter().flat_map(opened).filter(|l| !needed(l)).collect();
    assert!(others.is_empty(), "{others:#?}");
}
