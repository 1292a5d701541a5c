//! `edit` without flags: the record in `$EDITOR`. A terminal is made by `script` of util-linux; the
//! editor is a shell script.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use common::{APPT, Ran, Sandbox, has};

/// What makes a terminal here.
const TOOLS: [&str; 2] = ["script", "timeout"];

/// A sandbox whose editor does this to the file `$1`.
fn with_editor(s: &mut Sandbox, script: &str) {
    let editor = s.folder().join("editor.sh");
    fs::write(&editor, format!("#!/bin/sh\nset -e\n{script}\n")).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).unwrap();
    s.set("EDITOR", editor.to_str().unwrap());
    s.set("TERM", "xterm");
}

/// Runs a command at a terminal where a person types this when they are asked: what is typed ahead
/// of such a question is dropped.
fn at_terminal(s: &Sandbox, line: &str, typed: &str) -> Ran {
    let mut command = s.command("timeout");
    command.args(["60", "script", "-qec", &format!("{APPT} {line}"), "/dev/null"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("this test needs `script`, of util-linux");
    // Held open to the end: `script` may wait for ever where its input ends first.
    let mut keyboard = child.stdin.take().unwrap();
    let mut screen = child.stdout.take().unwrap();
    let (mut shown, mut part, mut asked) = (Vec::new(), [0; 4096], false);
    loop {
        let read = screen.read(&mut part).unwrap();
        if read == 0 {
            break;
        }
        shown.extend_from_slice(&part[..read]);
        if !asked && String::from_utf8_lossy(&shown).contains("(да/нет)") {
            asked = true;
            keyboard.write_all(typed.as_bytes()).unwrap();
        }
    }
    let mut output = child.wait_with_output().unwrap();
    drop(keyboard);
    output.stdout = shown;
    Ran::of(line, output)
}

#[test]
fn without_a_terminal_there_is_no_editor() {
    let (mut s, id) = Sandbox::with_request();
    with_editor(&mut s, "echo started > ../started");
    for line in [
        format!("request edit {id}"),
        "patient edit 4511227265".to_owned(),
        "clinic edit poliklinika-1".to_owned(),
        "specialty edit terapevt".to_owned(),
        "operator edit anna".to_owned(),
    ] {
        s.fails(&line, 2, "usage", "missing-value");
    }
    assert!(!s.folder().join("started").exists());
}

#[test]
fn a_valid_change_is_saved_and_recorded() {
    if !has(&TOOLS) {
        return;
    }
    let (mut s, _) = Sandbox::with_request();
    with_editor(
        &mut s,
        "sed -i 's/^phone = .*/phone = \"+79161234567\"/; 1i # перезвонить' \"$1\"",
    );
    at_terminal(&s, "patient edit 4511227265", "").exits(0);
    let patient = s.ok("patient show 4511227265 --json").json();
    assert_eq!(patient["phone"], "+79161234567");
    let last = patient["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["event"], &last["key"], &last["by"]),
        (&"set".into(), &"phone".into(), &"anna".into())
    );
    assert!(fs::read_to_string(s.patient_file()).unwrap().starts_with("# перезвонить\n"));
    assert!(s.ok("check --json").json()["findings"].as_array().unwrap().is_empty());
    let left: Vec<_> = fs::read_dir(s.cwd.join(".appt"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("edit-"))
        .collect();
    assert!(left.is_empty(), "the copy is gone: {left:?}");
}

#[test]
fn nothing_changed_writes_nothing() {
    if !has(&TOOLS) {
        return;
    }
    let (mut s, _) = Sandbox::with_request();
    with_editor(&mut s, "touch \"$1\"");
    let before = s.bytes();
    at_terminal(&s, "patient edit 4511227265", "").exits(0);
    assert_eq!(s.bytes(), before);
}

#[test]
fn a_request_is_edited_by_the_rules_of_its_life() {
    if !has(&TOOLS) {
        return;
    }
    let (mut s, id) = Sandbox::with_request();
    with_editor(&mut s, "sed -i 's/^status = \"created\"/status = \"in-progress\"/' \"$1\"");
    at_terminal(&s, &format!("request edit {id}"), "").exits(0);
    assert_eq!(s.show(&id)["status"], "in-progress");
    let before = s.bytes();
    for (script, said) in [
        ("s/^status = .*/status = \"processed\"/", "Не записано время приёма"),
        ("s/^created = .*/created = 2026-11-20T10:00:00+03:00/", "created"),
        ("s/by = \"anna\"/by = \"boris\"/", "Историю записи не правят"),
        ("s/^specialty = .*/specialty = \"khirurg\"/", "специальност"),
    ] {
        with_editor(&mut s, &format!("sed -i '{script}' \"$1\""));
        let ran = at_terminal(&s, &format!("request edit {id}"), "нет\n").exits(3);
        assert!(ran.stdout.contains(said), "{script}: {}", ran.stdout);
        assert_eq!(s.bytes(), before, "{script}");
    }
}

#[test]
fn what_can_not_be_read_is_edited_again_or_given_up() {
    if !has(&TOOLS) {
        return;
    }
    let (mut s, _) = Sandbox::with_request();
    let before = s.bytes();
    with_editor(&mut s, "sed -i 's/^phone = .*/phone = \"+7916/' \"$1\"");
    let ran = at_terminal(&s, "patient edit 4511227265", "нет\n").exits(3);
    assert!(ran.stdout.contains("Править дальше?"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Ничего не изменено."), "{}", ran.stdout);
    assert_eq!(s.bytes(), before);
    // The first round breaks the file, the second mends it.
    let script = "if grep -q '^phone = \"+7901' \"$1\"; then sed -i 's/^phone = .*/phone = \"+7916/' \"$1\"; \
        else sed -i 's/^phone = .*/phone = \"+79161234567\"/' \"$1\"; fi";
    with_editor(&mut s, script);
    at_terminal(&s, "patient edit 4511227265", "да\n").exits(0);
    assert_eq!(s.ok("patient show 4511227265 --json").json()["phone"], "+79161234567");
}

#[test]
fn what_a_rule_refuses_is_edited_again_as_it_was_typed() {
    if !has(&TOOLS) {
        return;
    }
    let (mut s, _) = Sandbox::with_request();
    s.request(common::DARYA, common::WEDNESDAY);
    let before = s.bytes();
    // A passport of the wrong shape, and another patient's.
    for passport in ["45112", "4511223344"] {
        let wrong = format!("s/^passport = .*/passport = \"{passport}\"/");
        with_editor(&mut s, &format!("sed -i '{wrong}' \"$1\""));
        let ran = at_terminal(&s, "patient edit 4511227265", "нет\n").exits(3);
        assert!(ran.stdout.contains("Править дальше?"), "{}", ran.stdout);
        assert!(ran.stdout.contains("Ничего не изменено."), "{}", ran.stdout);
        assert_eq!(s.bytes(), before);
    }
    // The second round finds what the first one typed.
    let script = "if grep -q '^passport = \"4511227265' \"$1\"; then \
        sed -i 's/^passport = .*/passport = \"45112\"/; /^name/s/Щукин/Щукина/' \"$1\"; \
        else sed -i 's/^passport = \"45112\"/passport = \"4511227266\"/' \"$1\"; fi";
    with_editor(&mut s, script);
    at_terminal(&s, "patient edit 4511227265", "да\n").exits(0);
    let patient = s.ok("patient show 4511227266 --json").json();
    assert_eq!(patient["name"], "Щукина Пётр Фёдорович");
}

#[test]
fn a_record_that_changed_meanwhile_is_not_overwritten() {
    if !has(&TOOLS) {
        return;
    }
    let (mut s, _) = Sandbox::with_request();
    let script = format!(
        "{APPT} patient edit 4511227265 --phone 89035550112 >/dev/null 2>&1\n\
         sed -i '/^name/s/Щукин /Щукина /' \"$1\""
    );
    with_editor(&mut s, &script);
    let ran = at_terminal(&s, "patient edit 4511227265", "нет\n").exits(5);
    let said = "Пока вы отвечали, запись изменилась (Анна Смирнова, 10:00): телефон:";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let is = |phone: &str, name: &str| {
        let patient = s.ok("patient show 4511227265 --json").json();
        assert_eq!((&patient["phone"], &patient["name"]), (&phone.into(), &name.into()));
    };
    is("+79035550112", "Щукин Пётр Фёдорович");
    // What was typed is carried over to what others made of it, and can be gone on with.
    s.ok("patient edit 4511227265 --phone 89035550113");
    at_terminal(&s, "patient edit 4511227265", "да\n").exits(0);
    is("+79035550112", "Щукина Пётр Фёдорович");
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    if !has(&TOOLS) {
        return;
    }
    let (mut s, _) = Sandbox::with_request();
    let before = s.bytes();
    with_editor(&mut s, "sed -i 's/Щукин/Щукина/' \"$1\"; exit 1");
    at_terminal(&s, "patient edit 4511227265", "").exits(7);
    s.set("EDITOR", "no-such-editor");
    at_terminal(&s, "patient edit 4511227265", "").exits(7);
    assert_eq!(s.bytes(), before);
}

#[test]
fn an_editor_is_named_as_git_s_is() {
    if !has(&TOOLS) {
        return;
    }
    let (mut s, _) = Sandbox::with_request();
    with_editor(&mut s, "sed -i \"/^phone/s/9017892569/$1/\" \"$2\"");
    let script = s.cwd.join("../editor.sh");
    let spaced = script.with_file_name("my editor.sh");
    fs::rename(fs::canonicalize(&script).unwrap(), &spaced).unwrap();
    s.set("EDITOR", &format!("'{}' 9035550112", spaced.display()));
    at_terminal(&s, "patient edit 4511227265", "").exits(0);
    assert_eq!(s.ok("patient show 4511227265 --json").json()["phone"], "+79035550112");
}

/// Ctrl-C in an editor is the editor's: vi goes on, and so does what was typed.
#[test]
fn ctrl_c_in_the_editor_is_for_the_editor() {
    if !has(&TOOLS) {
        return;
    }
    let (mut s, _) = Sandbox::with_request();
    with_editor(
        &mut s,
        "trap '' INT\nsed -i '/^phone/s/9017892569/9035550112/' \"$1\"\nkill -INT $PPID\nsleep 0.2",
    );
    at_terminal(&s, "patient edit 4511227265", "").exits(0);
    assert_eq!(s.ok("patient show 4511227265 --json").json()["phone"], "+79035550112");
    let left = fs::read_dir(s.cwd.join(".appt")).unwrap().map(|e| e.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().starts_with("edit-")));
    // A question after it can be left by Ctrl-C as ever.
    with_editor(&mut s, "kill -INT $PPID; sleep 0.2; sed -i '/^phone/s/9035550112/12/' \"$1\"");
    at_terminal(&s, "patient edit 4511227265", "\u{3}").exits(130);
}

#[test]
fn removing_asks_at_a_terminal_and_enter_is_no() {
    if !has(&TOOLS) {
        return;
    }
    let s = Sandbox::new();
    let ran = at_terminal(&s, "specialty remove khirurg", "\n").exits(0);
    let question = "Удалить khirurg (Хирург)? Вернуть это через `appt undo` нельзя.";
    assert!(ran.stdout.contains(question), "{}", ran.stdout);
    s.ok("specialty show khirurg");
    at_terminal(&s, "specialty remove khirurg", "нет\n").exits(0);
    s.ok("specialty show khirurg");
    // What is neither yes nor no is asked again, and never taken for an answer.
    at_terminal(&s, "specialty remove khirurg", "?\nда\n").exits(0);
    s.run("specialty show khirurg").exits(4);
    // What may not go is not asked about.
    let ran = at_terminal(&s, "specialty remove terapevt", "да\n").exits(3);
    assert!(!ran.stdout.contains("Удалить terapevt?"), "{}", ran.stdout);
}
