//! A store for the tests of the operator script, and the program run in it. It is Monday,
//! 23 November 2026, ten o'clock in Moscow.
#![allow(dead_code, clippy::disallowed_methods, clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// Two clinics, two specialties, two operators, two patients.
pub struct Store {
    home: TempDir,
}

impl Store {
    pub fn new() -> Store {
        let store = Store { home: tempfile::tempdir().unwrap() };
        store.run(&["init", "data", "--operator", "anna", "--name", "Анна Смирнова", "--no-git"]);
        store.fix_key();
        store.run(&["operator", "new", "--name", "Борис Котов", "--id", "boris"]);
        for title in ["Терапевт", "Кардиолог"] {
            store.run(&["specialty", "new", "--title", title]);
        }
        for (name, address, phone) in [
            ("Поликлиника № 1", "г. Москва, ул. Ленина, д. 1", "+74952377297"),
            ("Поликлиника № 2", "г. Москва, ул. Мира, д. 7", "+74956079757"),
        ] {
            let mut args = vec!["clinic", "new", "--name", name, "--address", address];
            args.extend(["--phone", phone, "--specialty", "terapevt", "--specialty", "kardiolog"]);
            store.run(&args);
        }
        for (name, passport, phone) in [
            ("Щукин Пётр Фёдорович", "4508 127265", "+79017892569"),
            ("Лобанова Мария Игоревна", "4510 994417", "+79035550112"),
        ] {
            let args = ["patient", "new", "--name", name, "--passport", passport, "--phone", phone];
            store.run(&args);
        }
        store
    }

    /// The key of a store is random, and a patient's id follows from it: a fixed one, so that the
    /// ids are the same in every run.
    fn fix_key(&self) {
        let path = self.data().join("appt.toml");
        let text = fs::read_to_string(&path).unwrap();
        let key = |line: &str| match line.split_once('"') {
            Some(("key = ", rest)) => {
                let length = rest.trim_end_matches('"').len();
                format!("key = \"{}\"", "0".repeat(length))
            }
            _ => line.to_owned(),
        };
        let lines: Vec<String> = text.lines().map(key).collect();
        fs::write(&path, lines.join("\n") + "\n").unwrap();
    }

    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub fn home(&self) -> PathBuf {
        self.home.path().to_path_buf()
    }

    /// The variables of a run.
    pub fn vars(&self, clock: &str) -> Vec<(&'static str, String)> {
        vec![
            ("HOME", self.home.path().display().to_string()),
            ("APPT_DATA", "data".to_owned()),
            ("APPT_LANG", "ru".to_owned()),
            ("APPT_OPERATOR", "anna".to_owned()),
            ("APPT_NOW", format!("{clock}:00+03:00")),
        ]
    }

    /// What a run prints and says, and its exit code.
    pub fn output(&self, args: &[&str], clock: &str) -> (String, String, i32) {
        let output = Command::new(env!("CARGO_BIN_EXE_appt"))
            .args(args)
            .current_dir(self.home.path())
            .env_clear()
            .envs(self.vars(clock))
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status.code().unwrap())
    }

    /// What a run that succeeds prints.
    pub fn run(&self, args: &[&str]) -> String {
        let (out, err, exit) = self.output(args, "2026-11-23T10:00");
        assert_eq!(exit, 0, "{args:?}\n{out}{err}");
        out
    }

    /// Plays a call from a file of answers; what was printed and said.
    pub fn play(&self, more: &[&str], answers: &str, clock: &str, exit: i32) -> String {
        let path = self.home.path().join("answers.txt");
        fs::write(&path, answers).unwrap();
        let args: Vec<&str> =
            ["script"].iter().chain(more).chain(&["--answers", "answers.txt"]).copied().collect();
        let (out, err, code) = self.output(&args, clock);
        assert_eq!(code, exit, "{answers}\n{out}{err}");
        self.redact(&format!("{out}{err}"))
    }

    /// The ids of all requests, the oldest first.
    pub fn ids(&self) -> Vec<String> {
        let ids = self.run(&["request", "list", "--all", "-o", "ids"]);
        let mut ids: Vec<(String, String)> =
            ids.lines().map(|id| (self.file(id).1, id.to_owned())).collect();
        // By the event that made them: the first `at` of the file.
        ids.sort();
        ids.into_iter().map(|(_, id)| id).collect()
    }

    /// A request's file, and when it was made.
    fn file(&self, id: &str) -> (String, String) {
        let (year, month, day) = (&id[..4], &id[4..6], &id[6..8]);
        let path = self.data().join(format!("requests/{year}/{month}/{day}/{id}.toml"));
        let text = fs::read_to_string(path).unwrap();
        let at = text.split("at = ").nth(1).unwrap()[..23].to_owned();
        (text, at)
    }

    /// The files of all requests, and of the patients that the call made or changed.
    pub fn files(&self) -> String {
        let mut text = String::new();
        for id in self.ids() {
            text.push_str(&format!("# {id}\n{}\n", self.file(&id).0));
        }
        self.redact(&text)
    }

    /// A patient's file.
    pub fn patient(&self, query: &str) -> String {
        let ids = self.run(&["patient", "find", query, "-o", "ids"]);
        let id = ids.lines().next().unwrap();
        let path = self.data().join(format!("patients/{}/{id}.toml", &id[..2]));
        fs::read_to_string(path).unwrap()
    }

    /// A text with the random ids of requests, whole or their beginnings, as `#1`, `#2`, …
    pub fn redact(&self, text: &str) -> String {
        let ids = self.ids();
        let word = |word: &str| {
            let at = ids.iter().position(|id| {
                let part = &id[9..];
                word.len() >= 3 && (id == word || part.starts_with(word))
            });
            at.map_or(word.to_owned(), |at| format!("#{}", at + 1))
        };
        let (mut redacted, mut current) = (String::new(), String::new());
        for c in text.chars().chain(['\n']) {
            if c.is_ascii_alphanumeric() || c == '-' {
                current.push(c);
            } else {
                redacted.push_str(&word(&current));
                current.clear();
                redacted.push(c);
            }
        }
        redacted.pop();
        redacted
    }
}

/// How many answers a file holds, and how many keys they take: Enter is one, every character one.
pub fn cost(answers: &str) -> (usize, usize) {
    let lines: Vec<&str> = answers.lines().collect();
    (lines.len(), lines.iter().map(|line| line.chars().count() + 1).sum())
}

pub fn read(path: &std::path::Path) -> String {
    fs::read_to_string(path).unwrap()
}

pub fn write(path: &std::path::Path, text: &str) {
    fs::write(path, text).unwrap();
}
