//! Guards `data-example/`: it is in order on the morning that it shows, it shows every status and
//! every step, its files are canonical, and nobody in it is real.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use appt::format::{decode, encode, layout};
use appt::model::kind::Kind;
use appt::model::record::Record;
use appt::model::request::{Request, Status, Step};

/// The morning that the store shows: Monday, 10:00 in Moscow.
const NOW: &str = "2026-11-23T10:00:00+03:00";

/// A copy of the store, as `init` would have made its folder.
struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Copy {
        let copy = tempfile::tempdir().unwrap();
        for (path, text) in files() {
            let target = copy.path().join(path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, text).unwrap();
        }
        #[cfg(unix)]
        fs::set_permissions(copy.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .unwrap();
        Copy(copy)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_appt"))
            .args(args)
            .current_dir(self.0.path())
            .env_clear()
            .env("APPT_NOW", NOW)
            .env("HOME", self.0.path())
            .output()
            .unwrap()
    }

    fn said(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{args:?}: {text}");
        // A line of a table is as long as its longest cells.
        text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data-example")
}

/// The store's files that git would hold: path, text.
fn files() -> Vec<(String, String)> {
    files_of(&root())
}

fn files_of(root: &Path) -> Vec<(String, String)> {
    fn walk(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path == root.join(".appt") {
                continue;
            }
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let parts = path.strip_prefix(root).unwrap().iter();
                let parts: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
                found.push((parts.join("/"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(root, root, &mut found);
    found.sort();
    found
}

/// The store's records, with their paths and texts.
fn records() -> Vec<(String, String, Record)> {
    let read = |(path, text): (String, String)| {
        let (kind, id) = layout::record_at(&path)?;
        let decoded = decode::record(kind, id, &text);
        assert!(decoded.problems.is_empty(), "{path}: {:?}", decoded.problems);
        let record = decoded.record.unwrap();
        Some((path, text, record))
    };
    files().into_iter().filter_map(read).collect()
}

fn count(kind: Kind) -> usize {
    records().iter().filter(|(_, _, record)| record.kind == kind).count()
}

#[test]
fn check_finds_nothing_but_the_call_that_is_going_on() {
    let copy = Copy::new();
    let found: serde_json::Value =
        serde_json::from_str(&copy.said(&["check", "--format", "json"])).unwrap();
    let found: Vec<(&str, &str)> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["severity"].as_str().unwrap(), f["rule"].as_str().unwrap()))
        .collect();
    // Boris took the request at 9:58 and is on the phone: the step `record-outcome`.
    assert_eq!(found, [("warning", "outcome-missing")]);
}

#[test]
fn it_holds_what_init_makes_and_records_and_nothing_else() {
    let others: Vec<String> = files()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| layout::record_at(path).is_none())
        .collect();
    assert_eq!(others, [".gitattributes", ".gitignore", ".taplo.toml", "appt.toml"]);
    let fresh = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_appt"))
        .args(["init", "--no-git", "--operator", "olga", "--lang", "ru"])
        .current_dir(fresh.path())
        .env_clear()
        .env("HOME", fresh.path())
        .output()
        .unwrap();
    assert!(made.status.success());
    for path in others {
        let here = fs::read_to_string(root().join(&path)).unwrap();
        let there = fs::read_to_string(fresh.path().join(&path)).unwrap();
        let but_key = |text: &str| -> Vec<String> {
            text.lines().filter(|l| !l.starts_with("key =")).map(str::to_owned).collect()
        };
        assert_eq!(but_key(&here), but_key(&there), "{path}");
    }
}

/// The script and the store agree, but for the random parts of requests' ids.
#[cfg(target_os = "linux")]
#[test]
fn the_script_makes_it() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/make-data-example.sh");
    let output = Command::new("bash")
        .arg(script)
        .args([Path::new(env!("CARGO_BIN_EXE_appt")), &made])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let no_ids = |files: Vec<(String, String)>| {
        let mut ids: Vec<String> = files
            .iter()
            .filter_map(|(path, _)| match layout::record_at(path)? {
                (Kind::Request, id) => Some(id.to_owned()),
                _ => None,
            })
            .collect();
        ids.sort();
        let without = |text: String| {
            ids.iter().fold(text, |text, id| text.replace(id.as_str(), &format!("{}-…", &id[..8])))
        };
        let mut files: Vec<_> =
            files.into_iter().map(|(path, text)| (without(path), without(text))).collect();
        files.sort();
        files
    };
    assert_eq!(no_ids(files_of(&made)), no_ids(files()));
}

#[test]
fn every_status_and_every_step_is_there() {
    let records = records();
    let requests: Vec<Request> = records
        .iter()
        .filter(|(_, _, record)| record.kind == Kind::Request)
        .map(|(_, _, record)| Request::of(record).unwrap())
        .collect();
    let statuses: BTreeSet<Status> = requests.iter().map(|r| r.status).collect();
    assert_eq!(statuses, Status::ALL.into());
    let steps: BTreeSet<Step> = requests.iter().map(Request::next).collect();
    assert_eq!(steps, Step::ALL.into());
    let moved = requests.iter().find_map(|request| request.rescheduled_to);
    let successor = requests.iter().find(|request| Some(request.id) == moved);
    assert!(successor.unwrap().rescheduled_from.is_some());
}

#[test]
fn it_is_small_and_of_all_kinds() {
    assert_eq!(count(Kind::Specialty), 6);
    assert_eq!(count(Kind::Clinic), 4);
    assert_eq!(count(Kind::Operator), 4);
    assert_eq!(count(Kind::Patient), 12);
    assert_eq!(count(Kind::Request), 16);
}

#[test]
fn its_files_are_canonical() {
    for (path, text, record) in records() {
        assert_eq!(encode::record(&record), text, "{path}");
    }
}

#[test]
fn nobody_in_it_is_real() {
    for (path, _, record) in records() {
        if let Some(passport) = record.text("passport") {
            assert!(passport.starts_with("0045000"), "{path}: passport");
        }
        let invented = match record.kind {
            Kind::Patient => &["+7900555"][..],
            _ => &["+7495555", "+7381255"][..],
        };
        if let Some(phone) = record.text("phone") {
            assert!(invented.iter().any(|start| phone.starts_with(start)), "{path}: phone");
        }
    }
    for (path, text) in files() {
        // No number of its length but the invented ones, in values, notes and history.
        let numbers =
            text.split(|c: char| !c.is_ascii_digit()).filter(|n| (10..=11).contains(&n.len()));
        for number in numbers {
            let invented = ["0045000", "7900555", "7495555", "7381255"];
            assert!(invented.iter().any(|start| number.starts_with(start)), "{path}: {number}");
        }
        for word in text.split(['"', ' ', '\n']).filter(|word| word.contains('@')) {
            assert!(word.ends_with("@example.org"), "{path}: {word}");
        }
        for secret in ["pbkdf2", "password", "token"] {
            assert!(!text.contains(secret), "{path}: {secret}");
        }
    }
    // The key says of itself that it guards nothing.
    let settings = fs::read_to_string(root().join("appt.toml")).unwrap();
    let key = settings.lines().find_map(|line| line.strip_prefix("key = ")).unwrap();
    let bytes: Vec<u8> = (1..key.len() - 1)
        .step_by(2)
        .map(|at| u8::from_str_radix(&key[at..at + 2], 16).unwrap())
        .collect();
    assert_eq!(String::from_utf8(bytes).unwrap(), "appt: the example's own, public!");
}

#[test]
fn the_queue_of_that_morning() {
    insta::assert_snapshot!(Copy::new().said(&["queue"]), @"
    №    Дальше                    Пациент                     Специальность      Клиника          Время приёма    Удобно пациенту                    Ведёт
    7r6  сообщить пациенту время   Ёлкин Семён Аркадьевич      Терапевт           Поликлиника № 1  ср 25.11 11:30  ср 25.11 9:00–12:00                Анна Смирнова
    wdw  сообщить пациенту время   Салтыков-Щедрин Глеб Ильич  Невролог           Поликлиника № 2  пт 27.11 11:30  чт 26.11 9:00–13:00 и ещё 1        Анна Смирнова
    3n7  предложить другое время   Щукина Пелагея Саввична     Оториноларинголог  Медцентр «Заря»                  вт 24.11 9:00–12:00 и ещё 1        Анна Смирнова
    haf  записать ответ клиники    Мамедов Рашид Али оглы      Терапевт           Поликлиника № 2                  вт 24.11 9:00–12:00 и ещё 2        Борис Котов
    ygx  отменить приём в клинике  Ким Ирина                   Невролог           Медцентр «Заря»  вт 24.11 17:30  вт 24.11 16:00–20:00               Борис Котов
    vw7  предложить другое время   Лобанова Мария Игоревна     Оториноларинголог  Поликлиника № 2                  ср 25.11 9:00–12:00                Анна Смирнова
    zfs  позвонить в клинику       Эрдниев Бадма Санджиевич    Кардиолог          Клиника «Иртыш»                  чт 26.11 9:00–12:00 МСК+3 и ещё 1  Анна Смирнова
    m0x  позвонить в клинику       Журавлёв Марк Львович       Хирург             Поликлиника № 1                  чт 26.11 9:00–12:00                Анна Смирнова
    2ah  узнать время приёма       Лабанова Дарья Олеговна     Кардиолог          Поликлиника № 2                  пт 27.11 10:00–12:00               Анна Смирнова
    m9w  позвонить в клинику       Орлов Тимур Рустамович      Оториноларинголог  Медцентр «Заря»                  пт 27.11 9:00–21:00                Борис Котов
    ");
}
