//! What another clone, an editor or a bad disk may leave in a store: one clear finding each, no
//! panic, and no second finding of the same cause.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::base;
use crate::common::Sandbox;

const REQUEST: &str = "requests/2026/11/23/20261123-k7m2qx.toml";
const PATIENT: &str = "patients/7h/7h2k9m4qwe.toml";

/// The only finding of a store: rule, file, line, column.
fn only(store: &Sandbox) -> (String, String, u64, u64) {
    for line in ["queue", "request list --all", "log"] {
        let ran = store.run(line);
        assert!(matches!(ran.code, 0 | 1), "{line}: {}", ran.stderr);
    }
    let json = store.run("check --json").json();
    let [one] = json["findings"].as_array().unwrap().as_slice() else { panic!("{json}") };
    let human = store.run("check").stdout;
    assert!(human.contains(one["message"].as_str().unwrap()), "{human}");
    let text = |key: &str| one[key].as_str().unwrap().to_owned();
    let number = |key: &str| one[key].as_u64().unwrap();
    assert!(!text("hint").is_empty());
    (text("rule"), text("file"), number("line"), number("column"))
}

fn with(path: &str, change: impl FnOnce(&Path)) -> Sandbox {
    let store = base();
    change(&store.cwd.join(path));
    store
}

fn rewritten(path: &str, change: impl FnOnce(String) -> Vec<u8>) -> Sandbox {
    with(path, |file| fs::write(file, change(fs::read_to_string(file).unwrap())).unwrap())
}

#[track_caller]
fn assert_only(store: &Sandbox, rule: &str, path: &str, line: u64, column: u64) {
    assert_eq!(only(store), (rule.to_owned(), path.to_owned(), line, column));
}

#[test]
fn conflict_markers() {
    let mark = |text: String| {
        text.replace(
            "status = \"created\"\n",
            "<<<<<<< HEAD\nstatus = \"created\"\n||||||| base\n=======\nstatus = \"x\"\n>>>>>>> b\n",
        )
    };
    let store = rewritten(REQUEST, |text| mark(text).into());
    assert_only(&store, "syntax", REQUEST, 7, 1);
    let twice = rewritten(PATIENT, |text| {
        format!("<<<<<<< a\n{text}=======\n{text}>>>>>>> b\n<<<<<<< a\n=======\n>>>>>>> b\n").into()
    });
    assert_only(&twice, "syntax", PATIENT, 1, 1);
    assert!(twice.run("check").stdout.contains("in 2 places"));
    // One that was forgotten.
    let forgotten = rewritten(REQUEST, |text| format!("{text}>>>>>>> theirs\n").into());
    assert_only(&forgotten, "syntax", REQUEST, 20, 1);
    assert!(forgotten.run("check").stdout.contains("conflict markers"));
}

/// Wherever a file is cut, there is a finding in it, and nothing refers to it in vain.
#[test]
fn a_file_cut_in_half() {
    let whole = fs::read_to_string(base().cwd.join(PATIENT)).unwrap();
    let cuts = (0..whole.len() - 3).filter(|at| whole.is_char_boundary(*at)).step_by(7);
    for at in cuts {
        let store = rewritten(PATIENT, |text| text[..at].to_owned().into());
        let json = store.run("check --json").json();
        let findings = json["findings"].as_array().unwrap();
        let rules: Vec<&str> = findings.iter().map(|f| f["rule"].as_str().unwrap()).collect();
        // What is left may be a whole record but for its last key, or without a history.
        let expected = matches!(
            rules[..],
            ["syntax"] | ["missing-key"] | ["missing-key", "unrecorded-edit"] | ["unrecorded-edit"]
        );
        assert!(expected, "cut at {at}: {json}");
        assert!(findings.iter().all(|f| f["file"] == PATIENT), "{json}");
    }
    let store = rewritten(PATIENT, |text| text[..text.len() / 2].to_owned().into());
    assert_eq!(only(&store).0, "syntax");
}

#[test]
fn what_is_not_utf_8_has_its_line_and_column() {
    let store = rewritten(PATIENT, |text| {
        let at = text.find("Дарья").unwrap();
        [&text.as_bytes()[..at], b"\xff\xfe", &text.as_bytes()[at..]].concat()
    });
    // `name = "Лабанова ` is seventeen characters, whatever their bytes.
    assert_only(&store, "syntax", PATIENT, 1, 18);
}

#[test]
fn line_ends_and_marks_of_windows() {
    let store = rewritten(REQUEST, |text| text.replace('\n', "\r\n").into());
    assert_only(&store, "not-canonical", REQUEST, 1, 23);
    store.ok("check");
    let store = rewritten(REQUEST, |text| format!("\u{feff}{text}").into());
    assert_only(&store, "not-canonical", REQUEST, 1, 1);
    let store = rewritten(PATIENT, |text| text.replace('\n', "\r").into());
    assert_eq!(only(&store).0, "syntax");
    let utf_16 = |text: String| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [vec![0xff, 0xfe], units.collect()].concat()
    };
    assert_only(&rewritten(PATIENT, utf_16), "syntax", PATIENT, 1, 1);
}

#[test]
fn files_without_a_record() {
    for text in ["", "\n\n", "# будет позже\n"] {
        let store = rewritten(PATIENT, |_| text.into());
        assert_only(&store, "missing-key", PATIENT, 1, 1);
        assert!(store.run("check").stdout.contains("The file is empty"));
    }
    assert_eq!(only(&rewritten(PATIENT, |_| vec![0; 100])).0, "syntax");
    let big = rewritten(PATIENT, |text| (text + &"# x\n".repeat(2_500_000)).into());
    assert_only(&big, "oversized-file", PATIENT, 1, 1);
}

#[test]
fn links_and_folders_and_strangers() {
    let link = |target: &'static str| {
        move |file: &Path| {
            fs::remove_file(file).unwrap();
            std::os::unix::fs::symlink(target, file).unwrap();
        }
    };
    assert_only(&with(PATIENT, link("/etc/passwd")), "symlink", PATIENT, 1, 1);
    assert_only(&with(PATIENT, link("nowhere")), "symlink", PATIENT, 1, 1);
    assert_only(&with(PATIENT, link(".")), "symlink", PATIENT, 1, 1);
    let folder = with(PATIENT, |file| {
        fs::remove_file(file).unwrap();
        fs::create_dir(file).unwrap();
        fs::write(file.join("inside.toml"), "x").unwrap();
    });
    assert_only(&folder, "misplaced-file", PATIENT, 1, 1);
    for (path, line) in [
        ("clinics/Регистратура.toml", "is no id"),
        ("clinics/README.md", "no record's file"),
        ("patients/7h2k9m4qwz.toml", "patients/7h/7h2k9m4qwz.toml"),
        ("requests/2026/11/24/20261123-zzzzzz.toml", "requests/2026/11/23/20261123-zzzzzz.toml"),
        ("operators/Anna.toml", "operators/anna.toml"),
        // A folder that was moved takes its records out of every list.
        ("20261123-zzzzzz.toml", "requests/2026/11/23/20261123-zzzzzz.toml"),
        ("zayavki/23/20261123-zzzzzz.toml", "requests/2026/11/23/20261123-zzzzzz.toml"),
        ("old/7h/7h2k9m4qwz.toml", "patients/7h/7h2k9m4qwz.toml"),
    ] {
        let store = with(path, |file| {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        });
        assert_only(&store, "misplaced-file", path, 1, 1);
        let said = store.run("check").stdout;
        assert!(said.contains(line), "{said}");
    }
    // A record out of place is not gone: who refers to it is not to blame.
    let moved = with(PATIENT, |file| {
        fs::rename(file, file.with_file_name("7H2K9M4QWE.toml")).unwrap();
    });
    assert_only(&moved, "misplaced-file", "patients/7h/7H2K9M4QWE.toml", 1, 1);
}

#[test]
fn deep_nesting() {
    for (open, close) in [("[", "]"), ("{ a = ", "}")] {
        for depth in [200, 20_000] {
            let deep = format!("x = {}{}\n", open.repeat(depth), close.repeat(depth));
            let store = rewritten(PATIENT, |text| (deep + &text).into());
            let (rule, file, line, _) = only(&store);
            assert_eq!((rule.as_str(), file.as_str(), line), ("syntax", PATIENT, 1));
        }
    }
    let dots = format!("{} = 1\n", vec!["a"; 20_000].join("."));
    assert_eq!(only(&rewritten(PATIENT, |text| (dots + &text).into())).1, PATIENT);
}

/// No text of a file reaches a screen raw, and no name or number at all, wherever it was put.
#[test]
fn what_a_broken_file_holds_is_not_shown() {
    let secret = "Секретова";
    let number = "4599887766";
    let lines = [
        format!("name = \"{secret}\" {secret}"),
        format!("name = {secret}"),
        format!("{secret} = 1"),
        format!("name = \"\"\"\n{secret}\nstatus = {secret}"),
        format!("note = '{secret}"),
        format!("# {secret}\nstatus = "),
        format!("phone = {number}\nphone = {number}"),
        format!("<<<<<<< {secret}\nname = \"{secret}\"\n=======\n{number}\n>>>>>>> {secret}"),
        format!("\"{secret}\" = \"{number}\""),
        format!("a{number} = \"{secret}\""),
        format!("passport = [\"{number}\"]"),
        format!("patient = {number}"),
        format!("history = \"{secret}\""),
        format!("[{secret}]\nname = 1"),
        format!("[[history]]\ntext = \"{secret}\""),
        format!("conflicts = [{{ key = \"{number}\", value = \"{secret}\", x = 1 }}]"),
        format!("fone = \"{number}\" # {secret}"),
        format!("unknown = {{ name = \"{secret}\", \"{secret}\" = {number} }}"),
        format!("unknown = [\n  \"{secret}\", # {secret}\n  {number}\n]"),
        format!("name = \"{secret}\\u001b[31m\\q\""),
        format!("name = \"\\u{{1b}}[31m{secret}\"\u{1b}[31m"),
    ];
    for line in lines {
        let store = rewritten(PATIENT, |text| {
            let rest = text.split_once('\n').unwrap().1;
            format!("{line}\n{}", rest.replace("0045000105", number)).into()
        });
        for format in ["human", "json", "github", "gitlab", "sarif", "junit"] {
            let ran = store.run(&format!("check --color always --format {format}")).exits(1);
            let said = ran.stdout + &ran.stderr;
            let raw = said.replace("\u{1b}[", "").contains('\u{1b}') || said.contains("[31m\u{1b}");
            assert!(!said.contains(secret) && !said.contains(number) && !raw, "{line}\n{said}");
            assert!(!said.contains("Секрет") && !said.contains("887766"), "{line}\n{said}");
        }
    }
}

/// An event that this version does not know, and a key that an event does not have.
#[test]
fn what_an_event_does_not_have() {
    let event = |event: &str| {
        let line =
            format!("    {{ at = 2026-11-23T09:05:00.000+03:00, by = \"anna\", {event} }},\n]\n");
        rewritten(REQUEST, move |text| format!("{}{line}", &text[..text.len() - 2]).into())
    };
    assert_only(&event("event = \"no-answer\", who = \"x\""), "unknown-key", REQUEST, 19, 77);
    let store = event("event = \"no-anser\"");
    assert_only(&store, "bad-value", REQUEST, 19, 64);
    let json: Json = store.run("check --json").json();
    assert_eq!(json["findings"][0]["hint"], "Did you mean `no-answer`?");
    assert_only(&event("event = \"set\", key = \"colour\""), "bad-value", REQUEST, 19, 5);
}

/// Names of files are what another clone wrote, too.
#[test]
fn a_name_with_control_characters_is_shown_escaped() {
    let name = "clinics/a\u{1b}[31mb\tc\n::error::d\u{9b}e\u{202e}f.toml";
    let store = with(name, |file| fs::write(file, "").unwrap());
    assert_only(&store, "misplaced-file", name, 1, 1);
    for line in ["check", "fmt --check", "check --fix", "queue", "log"] {
        for format in ["", "--format human", "--format json", "--format github", "--format gitlab"]
        {
            let line = if line == "check" { format!("check {format}") } else { line.to_owned() };
            let ran = store.run(&line);
            for said in [&ran.stdout, &ran.stderr] {
                let raw = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
                assert!(!said.contains(raw), "{line}: {said:?}");
                assert!(!said.lines().any(|line| line.starts_with("::error::")), "{said}");
            }
        }
    }
}

#[test]
fn who_may_record_an_edit_is_said() {
    let store = rewritten("clinics/poliklinika-1.toml", |text| {
        let at = text.find("phone = ").unwrap();
        let end = at + text[at..].find('\n').unwrap();
        text.replacen(&text[at..end], "phone = \"+74950000001\"", 1).into()
    });
    let json: Json = store.run("check --json").json();
    assert_eq!(
        json["findings"][0]["hint"],
        "An admin can record it: `appt check --fix`; take a mistaken one back."
    );
}

/// What stands where a kind's records should lie hides them: they are not missed one by one.
#[test]
fn a_folder_of_records_that_is_none_is_one_finding() {
    for folder in ["specialties", "clinics", "operators", "patients", "requests", "patients/7h"] {
        for is_link in [true, false] {
            let store = base();
            let place = store.cwd.join(folder);
            fs::rename(&place, store.cwd.join("../aside")).unwrap();
            match is_link {
                true => std::os::unix::fs::symlink("../aside", &place).unwrap(),
                false => fs::write(&place, "x").unwrap(),
            }
            let rule = if is_link { "symlink" } else { "misplaced-file" };
            let found = store.run("check --json").exits(1).json();
            let found = found["findings"].as_array().unwrap().clone();
            assert_eq!(found.len(), 1, "{folder}: {found:?}");
            assert_eq!((&found[0]["rule"], &found[0]["file"]), (&rule.into(), &folder.into()));
            if folder == "specialties" {
                // Lists do not pass it over in silence.
                let said = store.run("specialty list").stderr;
                assert!(said.contains("may lack something: specialties."), "{said}");
            }
        }
    }
}

#[test]
fn what_is_not_seen_is_found_in_comments_and_texts() {
    let bidi = rewritten(PATIENT, |text| format!("# a\u{202e}b\n{text}").into());
    assert_only(&bidi, "control-character", PATIENT, 1, 4);
    for unseen in [
        "Лабанова\u{a0}Дарья",
        "Лаба\u{200b}нова Дарья",
        "Лабанова\u{ad} Дарья",
        "Лабанои\u{306} Дарья",
    ] {
        let other = |text: String| text.replace("Лабанова Дарья", unseen).into();
        let store = rewritten(PATIENT, other);
        assert_only(&store, "bad-value", PATIENT, 1, 8);
    }
    // Letters that Latin and Cyrillic write with marks are in order where they are one character.
    let composed = |text: String| text.replace("Лабанова Дарья", "Лабанова-Ёжик Müller «Å»").into();
    assert_eq!(rewritten(PATIENT, composed).run("check").code, 0);
}

#[test]
fn a_note_that_no_command_would_take_is_found() {
    for note in [String::new(), "я".repeat(2_001)] {
        let event = format!(
            "    {{ at = 2026-11-23T09:59:00.000+03:00, by = \"anna\", event = \"note\", text = \"{note}\" }},\n]\n"
        );
        let store = rewritten(PATIENT, |text| text.replace("]\n", &event).into());
        assert_only(&store, "bad-value", PATIENT, 9, 5);
    }
    let longest = format!(
        "    {{ at = 2026-11-23T09:59:00.000+03:00, by = \"anna\", event = \"note\", text = \"{}\" }},\n]\n",
        "я".repeat(2_000)
    );
    let store = rewritten(PATIENT, |text| text.replace("]\n", &longest).into());
    assert_eq!(store.run("check").code, 0);
}

#[test]
fn the_key_of_a_conflict_may_be_anything_and_is_not_shown() {
    let store = rewritten(PATIENT, |text| {
        let conflict =
            "conflicts = [\n    { key = \"Иванов 4510123456\", value = \"x\" },\n]\n\nhistory";
        text.replacen("history", conflict, 1).into()
    });
    let said = store.run("check").exits(1).stdout;
    assert!(said.contains("unresolved-conflict") && !said.contains("4510123456"), "{said}");
}

#[test]
fn a_name_of_a_file_does_not_reach_the_terminal_as_it_is() {
    let store = base();
    fs::write(store.cwd.join("patients/7h/a\u{1b}[31mb\n.toml"), "x = 1").unwrap();
    let said = store.run("check -o ids").exits(1).stdout;
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn settings_that_are_a_link_are_followed_by_no_command() {
    let store = base();
    let settings = store.cwd.join("appt.toml");
    fs::rename(&settings, store.cwd.join("../settings.toml")).unwrap();
    std::os::unix::fs::symlink("../settings.toml", &settings).unwrap();
    for line in ["request list", "queue", "specialty new --title Хирург"] {
        assert_eq!(
            store.run(&format!("{line} --json")).exits(7).error()["rule"],
            "symlink",
            "{line}"
        );
    }
    assert!(store.run("check").exits(1).stdout.contains("error[symlink]"));
}
