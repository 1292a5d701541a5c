//! The journal attacked: cut, filled with noise, from another version or another store, with paths
//! that lead out. What is read stays what it is, with a warning; nothing is written beside it.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::common::{PETR, Sandbox, WEDNESDAY};

const NEW: &str = "request new --name 'Новиков Илья' --passport 4511000001 --phone 89010000001 \
                   --clinic poliklinika-1 --specialty terapevt --range 'ср 9-12'";

/// The journal of a command that was killed before it carried anything out.
fn journal(s: &Sandbox) -> String {
    let mut command = s.command("strace");
    command.args(["-f", "-o", "/dev/null", "-e", "trace=rename,renameat"]);
    // Whichever of the two the library calls: the second rename is the first of a record.
    command.args(["-e", "inject=rename:signal=KILL:when=2"]);
    command.args(["-e", "inject=renameat:signal=KILL:when=2", crate::common::APPT]);
    command.args(crate::common::words(NEW)).output().unwrap();
    fs::read_to_string(s.cwd.join(".appt/journal")).expect("a journal was left")
}

fn sealed(body: &str) -> String {
    let sum: String =
        Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{body}\n{sum}\n")
}

fn step(path: &str) -> String {
    let body = format!(
        r#"{{"journal":1,"store":null,"steps":[{{"path":"{path}","before":null,"after":"taken"}}]}}"#
    );
    sealed(&body)
}

/// A journal that names a text, which lies beside its place.
fn laid(path: &str, beside: &str, text: &str) -> String {
    let hash = sealed(text);
    let hash = hash.lines().last().unwrap();
    let step = format!(r#"{{"path":"{path}","before":null,"after":"{hash}","beside":"{beside}"}}"#);
    sealed(&format!(r#"{{"journal":2,"store":null,"steps":[{step}]}}"#))
}

#[test]
fn a_bad_journal_changes_no_answer_and_no_file() {
    if !crate::calls::can_trace() {
        return;
    }
    let (s, id) = Sandbox::with_request();
    let answer = s.ok("request list --all --json").stdout;
    let whole = journal(&s);
    let files = s.bytes(); // With a temporary file of the command that was killed.
    let path = s.cwd.join(".appt/journal");
    let at = |part: usize| whole.char_indices().nth(whole.chars().count() * part / 10).unwrap().0;
    let mut bad: Vec<(String, String)> =
        (0..10).map(|part| (format!("cut {part}"), whole[..at(part)].to_owned())).collect();
    let body = whole.lines().next().unwrap();
    bad.extend([
        ("noise".to_owned(), "\u{1}\u{2}шум\n".repeat(900)),
        ("another sum".to_owned(), whole.replace("Новиков", "Новинов")),
        ("a later version".to_owned(), sealed(&body.replace("\"journal\":1", "\"journal\":3"))),
        ("texts for hashes".to_owned(), sealed(&body.replace("\"journal\":1", "\"journal\":2"))),
        ("a text that is not there".to_owned(), laid("taken.toml", ".appt-x.tmp", "text")),
        ("a key more".to_owned(), sealed(&body.replace("\"steps\"", "\"stops\""))),
        ("another store".to_owned(), journal(&Sandbox::new())),
    ]);
    let out = [
        "../taken.toml",
        "/tmp/../taken.toml",
        ".git/hooks/pre-commit",
        ".appt/lock",
        ".APPT/journal",
        "a//b",
        "./a",
        "C:/a",
    ];
    bad.extend(out.map(|path| (format!("a path out: {path}"), step(path))));
    // A text that lies as if it had been laid down, and one that is not to be moved.
    let (laid_text, settings) = ("text", fs::read_to_string(s.cwd.join("appt.toml")).unwrap());
    fs::write(s.cwd.join("../.appt-x.tmp"), laid_text).unwrap();
    let of = |path: &str| laid(path, ".appt-x.tmp", laid_text);
    bad.extend(out.map(|path| (format!("laid, a path out: {path}"), of(path))));
    let from = ["appt.toml", "../appt.toml", ".appt-x/../appt.toml", ".appt-x\\\\..\\\\appt.toml"];
    bad.extend(
        from.map(|from| (format!("laid, from {from}"), laid("taken.toml", from, &settings))),
    );
    for (name, text) in bad {
        fs::write(&path, &text).unwrap();
        let ran = s.run("request list --all --json").exits(0);
        assert_eq!(ran.stdout, answer, "{name}");
        assert!(ran.stderr.contains(".appt/journal"), "{name}: a warning");
        s.fails(&format!("request set-status {id} in-progress"), 7, "store", "journal");
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{name}: it stays as it is");
        assert_eq!(s.bytes(), files, "{name}");
        assert!(!s.cwd.join("../taken.toml").exists() && !Path::new("/taken.toml").exists());
    }
    fs::remove_file(&path).unwrap();
    s.ok(&format!("request set-status {id} in-progress"));
}

#[test]
fn a_good_journal_is_completed_whatever_the_clock_says() {
    if !crate::calls::can_trace() {
        return;
    }
    for now in ["1970-01-01T00:00:00Z", "2026-11-22T10:00:00+03:00", "2100-01-01T00:00:00Z"] {
        let (mut s, _) = Sandbox::with_request();
        journal(&s);
        s.set("APPT_NOW", now);
        assert_eq!(s.ok("request list --all -o ids").lines().len(), 2, "{now}");
        assert!(!s.cwd.join(".appt/journal").exists());
    }
}

/// A journal is completed by a writer too, and an error in that is no error of its own change.
#[test]
fn what_can_not_be_completed_is_no_change_of_the_next_command() {
    if !crate::calls::can_trace() {
        return;
    }
    let (s, id) = Sandbox::with_request();
    journal(&s);
    let mut command = s.command("strace");
    command.args(["-f", "-o", "/dev/null", "-e", "trace=mkdir,fsync"]);
    command.args(["-e", "inject=fsync:error=EIO:when=1+", crate::common::APPT]);
    let output = command.args(["request", "note", &id, "текст"]).output().unwrap();
    let ran = crate::common::Ran::of("note", output).exits(7);
    ran.says("Эта команда ничего не изменила");
    assert_eq!(s.ok("request list --all -o ids").lines().len(), 2);
    assert!(!s.show(&id).to_string().contains("текст"));
}

#[test]
fn what_can_not_be_read_is_not_said_to_be_missing() {
    if !crate::calls::can_trace() {
        return;
    }
    let (s, id) = Sandbox::with_request();
    let patient = s.patient_file();
    for line in ["patient show 4511227265", "patient edit 4511227265 --phone 89011234567"] {
        let mut command = s.command("strace");
        // Whether the file is opened by its whole path or from the store's folder.
        let below = patient.strip_prefix(&s.cwd).unwrap();
        command.args(["-f", "-o", "/dev/null", "-P"]).arg(&patient).arg("-P").arg(below);
        command.args(["-e", "inject=openat,openat2:error=EIO", crate::common::APPT]);
        let output = command.args(crate::common::words(line)).output().unwrap();
        crate::common::Ran::of(line, output).exits(7).says("patients/");
    }
    s.ok(&format!("request show {id}"));
}

/// The cache, whatever lies in its place and whatever the clock says.
#[test]
fn a_bad_cache_changes_no_answer() {
    let cached = || {
        let s = Sandbox::new();
        let dump = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/django-dump.json");
        s.ok(&format!("import django-json {dump} --skip-invalid"));
        s.ok("request list --all");
        s
    };
    let (mut s, other) = (cached(), cached());
    other.request(crate::common::PETR, WEDNESDAY);
    let path = s.cwd.join(".appt/cache");
    let own = fs::read(&path).expect("a list left a cache");
    let version = String::from_utf8_lossy(&own[..16]).replace("v1", "v2").into_bytes();
    let bad = [
        Vec::new(),
        b"noise".repeat(9_000),
        own[..own.len() / 2].to_vec(),
        [&version, &own[16..]].concat(),
        fs::read(other.cwd.join(".appt/cache")).unwrap(),
    ];
    for now in [crate::common::NOW, "1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z"] {
        s.set("APPT_NOW", now);
        for line in ["request list --all --json", "check --json", "queue --json"] {
            let plain = s.run(&format!("{line} --no-cache"));
            for bytes in &bad {
                fs::write(&path, bytes).unwrap();
                let found = s.run(line);
                assert_eq!(
                    (found.code, found.stdout),
                    (plain.code, plain.stdout.clone()),
                    "{line}"
                );
            }
            fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
            assert_eq!(s.run(line).stdout, plain.stdout, "{line}: a link");
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
            assert_eq!(s.run(line).stdout, plain.stdout, "{line}: a folder");
            fs::remove_dir(&path).unwrap();
        }
    }
}

#[test]
fn a_killed_command_leaves_what_the_next_one_completes() {
    if !crate::calls::can_trace() {
        return;
    }
    let (s, _) = Sandbox::with_request();
    journal(&s);
    s.request(PETR, WEDNESDAY);
    assert_eq!(s.ok("request list --all -o ids").lines().len(), 3);
}

/// What sets a clone up writes files, too: not over the journal of another write.
#[test]
fn a_setup_completes_what_was_begun_before_it() {
    if !crate::calls::can_trace() || !crate::common::has(&["git"]) {
        return;
    }
    let (s, _) = Sandbox::with_request();
    s.git("init -q");
    fs::remove_file(s.cwd.join(".gitattributes")).unwrap();
    fs::remove_dir_all(s.cwd.join(".appt/schema")).unwrap();
    journal(&s);
    s.ok("init --git-setup");
    assert_eq!(s.ok("request list --all -o ids").lines().len(), 2);
    assert!(s.cwd.join(".gitattributes").exists());
}

/// Whoever makes a store again where it was being made finds it made, not half made.
#[test]
fn a_killed_init_is_completed_by_the_next_one() {
    if !crate::calls::can_trace() {
        return;
    }
    let s = Sandbox::empty();
    let mut command = s.command("strace");
    command.args(["-f", "-o", "/dev/null", "-e", "trace=rename,renameat"]);
    command.args(["-e", "inject=rename:signal=KILL:when=4"]);
    command.args(["-e", "inject=renameat:signal=KILL:when=4", crate::common::APPT]);
    command.args(["init", "--operator", "anna", "--no-git"]).output().unwrap();
    assert!(s.cwd.join(".appt/journal").exists() && !s.cwd.join("appt.toml").exists());
    s.run("init --operator anna --no-git").exits(3);
    s.ok("check");
    assert_eq!(s.ok("operator list -o ids").lines(), ["anna"]);
}
