//! The merge driver, called by git itself: two branches change one record, and no marker is left.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::fs;

use common::{APPT, PETR, Sandbox, WEDNESDAY, has};

/// A store in a repository that knows the driver, with a request on the branch `main`.
fn repository() -> (Sandbox, String) {
    let s = Sandbox::new();
    let id = s.request(PETR, WEDNESDAY);
    s.git("init -q -b main");
    s.git("config user.email anna@example.org");
    s.git("config user.name Anna");
    s.git(&format!("config merge.appt.driver '{APPT} merge-driver %O %A %B %P'"));
    fs::write(s.cwd.join(".gitattributes"), "*.toml text eol=lf merge=appt\n").unwrap();
    fs::write(s.cwd.join(".gitignore"), ".appt/\n.appt-*.tmp\n").unwrap();
    commit(&s);
    s.git("branch theirs");
    (s, id)
}

fn commit(s: &Sandbox) {
    s.git("add -A");
    s.git("commit -q -m change");
}

fn patient(s: &Sandbox) -> String {
    fs::read_to_string(s.patient_file()).unwrap()
}

#[test]
fn git_merges_two_changes_of_one_record_without_markers() {
    if !has(&["git"]) {
        return;
    }
    let (mut s, id) = repository();
    s.set("APPT_NOW", "2026-11-23T11:00:00+03:00");
    s.ok("patient edit '4511227265' --phone 89990000001");
    s.ok(&format!("request note {id} 'перезвонить'"));
    commit(&s);
    s.git("checkout -q theirs");
    s.set("APPT_NOW", "2026-11-23T10:50:00+03:00");
    s.boris("patient edit '4511227265' --phone 89990000002").exits(0);
    s.boris(&format!("request set-status {id} in-progress")).exits(0);
    commit(&s);

    s.git("merge -q main -m merge");
    let ours = (patient(&s), fs::read_to_string(s.file(&id)).unwrap());
    s.git("checkout -q main");
    s.git("merge -q theirs~1 -m merge");
    assert_eq!(ours, (patient(&s), fs::read_to_string(s.file(&id)).unwrap()), "the mirror image");

    let (text, request) = ours;
    assert!(text.contains("\nphone = \"+79990000001\"\n"), "{text}");
    assert!(text.contains("{ key = \"phone\", value = \"+79990000002\", by = \"boris\""), "{text}");
    assert!(request.contains("status = \"in-progress\"") && request.contains("перезвонить"));
    let found = s.run("check --json").exits(1).json();
    let rules: Vec<_> = found["findings"].as_array().unwrap().iter().collect();
    let rules: Vec<_> = rules.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert_eq!(rules.iter().filter(|rule| **rule == "unresolved-conflict").count(), 1);
    assert!(!rules.iter().any(|rule| matches!(*rule, "syntax" | "history-mismatch")), "{rules:?}");
}

#[test]
fn a_passport_that_both_registered_is_one_patient() {
    if !has(&["git"]) {
        return;
    }
    let (mut s, _) = repository();
    let new = |phone| format!("patient new --name 'Ли Ян' --passport 4511000111 --phone {phone}");
    s.ok(&new("89990000001"));
    commit(&s);
    s.git("checkout -q theirs");
    s.set("APPT_NOW", "2026-11-23T11:00:00+03:00");
    s.ok(&new("89990000002"));
    commit(&s);
    s.git("merge -q main -m merge");
    let shown = s.ok("patient show 4511000111 --json").json();
    assert_eq!(shown["phone"], "+79990000002");
    assert_eq!(shown["conflicts"].as_array().map(Vec::len), Some(1), "{shown}");
}

#[test]
fn a_record_that_cant_be_read_stays_ours_and_unmerged() {
    if !has(&["git"]) {
        return;
    }
    let (s, id) = repository();
    s.ok(&format!("request note {id} 'перезвонить'"));
    commit(&s);
    let ours = fs::read_to_string(s.file(&id)).unwrap();
    s.git("checkout -q theirs");
    s.by_hand(&s.file(&id), "status = \"created\"", "status = 1");
    commit(&s);
    s.git("checkout -q main");
    let merge = s.command("git").args(["merge", "theirs"]).output().unwrap();
    assert!(!merge.status.success());
    assert_eq!(fs::read_to_string(s.file(&id)).unwrap(), ours);
    let said = String::from_utf8(merge.stderr).unwrap();
    assert!(said.contains("не слить: одна из версий не читается"), "{said}");
    assert!(!said.contains("4511227265"), "{said}");
    assert!(s.git("status --porcelain").starts_with("UU "));
}

#[test]
fn what_is_no_record_is_merged_as_git_merges_texts() {
    if !has(&["git"]) {
        return;
    }
    let s = Sandbox::empty();
    for (name, text) in
        [("o", "a\nb\nc\nd\ne\n"), ("a", "A\nb\nc\nd\ne\n"), ("b", "a\nb\nc\nd\nE\n")]
    {
        fs::write(s.cwd.join(name), text).unwrap();
    }
    s.ok("merge-driver o a b .taplo.toml");
    assert_eq!(fs::read_to_string(s.cwd.join("a")).unwrap(), "A\nb\nc\nd\nE\n");
    fs::write(s.cwd.join("b"), "x\nb\nc\nd\ne\n").unwrap();
    s.run("merge-driver o a b .taplo.toml").exits(1);
    assert!(fs::read_to_string(s.cwd.join("a")).unwrap().contains("<<<<<<< ours\n"));
}

#[test]
fn files_may_be_named_by_their_whole_paths() {
    if !has(&["git"]) {
        return;
    }
    let (s, id) = repository();
    let path = s.file(&id);
    let relative = path.strip_prefix(&s.cwd).unwrap().to_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let names = ["o", "a", "b"].map(|name| folder.path().join(name));
    names.iter().for_each(|name| fs::write(name, &text).unwrap());
    fs::write(&names[2], text.clone() + "# x\n").unwrap();
    let [base, ours, theirs] = names.each_ref().map(|name| name.display().to_string());
    s.ok(&format!("merge-driver {base} {ours} {theirs} {relative}"));
    assert_eq!(fs::read_to_string(&names[1]).unwrap(), text + "# x\n");
}

#[test]
fn two_stores_are_never_merged() {
    let s = Sandbox::new();
    let settings = fs::read_to_string(s.cwd.join("appt.toml")).unwrap();
    let key = settings.split("key = \"").nth(1).unwrap().split('"').next().unwrap();
    for other in [settings.replace(key, "other"), settings.replace("format = 1", "format = 2")] {
        for (name, text) in [("o", ""), ("a", settings.as_str()), ("b", other.as_str())] {
            fs::write(s.cwd.join(name), text).unwrap();
        }
        let error = s.run("merge-driver o a b appt.toml --json").exits(3).error();
        assert_eq!(error["rule"], "another-store");
        assert!(error["hint"].as_str().unwrap().contains("export jsonl"));
        assert_eq!(fs::read_to_string(s.cwd.join("a")).unwrap(), settings);
    }
    s.run("merge-driver o a b").exits(2);
}
