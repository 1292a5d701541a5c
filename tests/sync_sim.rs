//! A call centre of five clones and one bare repository, played at random: every command that said
//! it was done has its effect in the end, in every clone.
//!
//! Convergence alone proves nothing: a merge that keeps "ours" converges too. So each line of
//! history that a command wrote, and that the program acknowledged, is remembered, and must stand
//! in the record at the end; a record may be missing only where somebody removed it who had seen
//! the line.
//!
//! Small in `cargo test`; `SYNC_SIM=COMMANDS` plays so many commands in each clone, `SYNC_SEED=N`
//! another play. Clocks of the clones differ by up to half a day; some syncs are killed.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use common::{APPT, Ran, Sandbox, words};

/// How many clones there are.
const CLONES: usize = 5;
/// The patients whom everybody may register.
const PASSPORTS: u64 = 12;
/// What they are called, by the rest of their number.
const NAMES: [&str; 12] = [
    "Анна",
    "Борис",
    "Вера",
    "Глеб",
    "Дарья",
    "Егор",
    "Жанна",
    "Захар",
    "Инна",
    "Карл",
    "Лия",
    "Марк",
];

/// A reproducible source of chances.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        let below = u64::try_from(from.len()).unwrap();
        if below == 0 { None } else { from.get(usize::try_from(self.roll(below)).unwrap()) }
    }
}

/// The files of a store's records, by path.
type Files = BTreeMap<String, String>;

struct Clone {
    folder: PathBuf,
    operator: String,
    /// By how much its clock is off, in seconds.
    skew: i64,
    files: Files,
}

struct Play {
    s: Sandbox,
    clones: Vec<Clone>,
    dice: Dice,
    now: DateTime<FixedOffset>,
    /// Lines of history that a command wrote, by path.
    acknowledged: BTreeMap<String, BTreeSet<String>>,
    /// Lines that whoever removed their record had seen.
    dismissed: BTreeMap<String, BTreeSet<String>>,
    done: BTreeMap<&'static str, usize>,
    killed: usize,
}

#[test]
fn every_acknowledged_command_has_its_effect_in_every_clone() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let commands = number("SYNC_SIM").unwrap_or(12);
    let seed = number("SYNC_SEED").unwrap_or(1);
    eprintln!("SYNC_SIM={commands} SYNC_SEED={seed}");
    let mut play = Play::new(seed);
    for _ in 0..commands * u64::try_from(CLONES).unwrap() {
        play.step();
    }
    play.end();
}

impl Play {
    fn new(seed: u64) -> Play {
        let mut s = Sandbox::empty();
        s.cwd = s.folder().to_path_buf();
        for setting in ["user.name Test", "user.email test@example.org", "init.defaultBranch main"]
        {
            s.git(&format!("config --global {setting}"));
        }
        s.git("init -q --bare -b main hub.git");
        s.ok("init clone0 --operator op0 --name 'Оператор 0'");
        let mut dice = Dice(seed);
        let now = DateTime::parse_from_rfc3339(common::NOW).unwrap();
        let clone = |at: usize, dice: &mut Dice| Clone {
            folder: s.folder().join(format!("clone{at}")),
            operator: format!("op{at}"),
            skew: i64::try_from(dice.roll(86_400)).unwrap() - 43_200,
            files: Files::new(),
        };
        let clones: Vec<Clone> = (0..CLONES).map(|at| clone(at, &mut dice)).collect();
        let (acknowledged, dismissed) = (BTreeMap::new(), BTreeMap::new());
        let mut play = Play {
            s,
            clones,
            dice,
            now,
            acknowledged,
            dismissed,
            done: BTreeMap::new(),
            killed: 0,
        };
        for at in 1..CLONES {
            let line = format!("operator new --id op{at} --name 'Оператор {at}' --role admin");
            assert!(play.run(0, &line).code == 0);
        }
        for line in [
            "specialty new --title Терапевт",
            "specialty new --title Хирург",
            "clinic new --id c0 --name 'Поликлиника 0' --address 'ул. 0' --phone 84950000000 --specialty terapevt --specialty khirurg",
        ] {
            assert!(play.run(0, line).code == 0, "{line}");
        }
        let root = &play.clones[0].folder;
        git(&play.s, root, "remote add origin ../hub.git");
        assert_eq!(play.sync(0), Some(0));
        for at in 1..CLONES {
            play.s.git(&format!("clone -q hub.git clone{at}"));
            play.clones[at].files = files(&play.clones[at].folder);
        }
        play
    }

    /// A command, or a sync, in some clone; the clock goes on.
    fn step(&mut self) {
        self.now += TimeDelta::milliseconds(i64::try_from(self.dice.roll(120_000)).unwrap());
        let at = usize::try_from(self.dice.roll(u64::try_from(CLONES).unwrap())).unwrap();
        match self.dice.roll(100) {
            0..12 => drop(self.sync(at)),
            12..15 => self.killed_sync(at),
            _ => self.command(at),
        }
    }

    fn command(&mut self, at: usize) {
        let (name, line) = self.line(at);
        let Some(line) = line else { return };
        let before = self.clones[at].files.clone();
        let ran = self.run(at, &line);
        assert!(ran.code < 7, "{name}: {line}\n{}", ran.stderr);
        let after = files(&self.clones[at].folder);
        if ran.code == 0 {
            *self.done.entry(name).or_default() += 1;
            for (path, text) in &after {
                let known = before.get(path).map(|text| lines(text)).unwrap_or_default();
                let new = lines(text).into_iter().filter(|line| !known.contains(line));
                self.acknowledged.entry(path.clone()).or_default().extend(new);
            }
            for (path, text) in before.iter().filter(|(path, _)| !after.contains_key(*path)) {
                self.dismissed.entry(path.clone()).or_default().extend(lines(text));
            }
        } else {
            assert_eq!(before, after, "a refusal writes nothing: {line}");
        }
        self.clones[at].files = after;
    }

    /// What an operator does next: its name, and the command line, where there is something to do
    /// it to.
    fn line(&mut self, at: usize) -> (&'static str, Option<String>) {
        let ids = |folder: &str, clone: &Clone| -> Vec<String> {
            let stem = |path: &String| path.rsplit('/').next().unwrap().replace(".toml", "");
            clone.files.keys().filter(|path| path.starts_with(folder)).map(stem).collect()
        };
        let requests = ids("requests/", &self.clones[at]);
        let request = self.dice.pick(&requests).cloned();
        let on = |line: String| request.clone().map(|id| line.replace("ID", &id));
        let day = 25 + self.dice.roll(5);
        let hour = 9 + self.dice.roll(8);
        let (passport, phone) = (4_511_000_000 + self.dice.roll(PASSPORTS), self.dice.roll(10_000));
        let range = format!(
            "2026-11-{day}T{hour:02}:00:00+03:00/2026-11-{day}T{:02}:00:00+03:00",
            hour + 1
        );
        let whose = if self.dice.roll(2) == 0 { "--patient" } else { "--clinic" };
        let mut clinics = ids("clinics/", &self.clones[at]);
        clinics.retain(|id| id != "c0");
        let clinic = self.dice.pick(&clinics).cloned().unwrap_or("c1".to_owned());
        match self.dice.roll(14) {
            0..=2 => (
                "create",
                Some(format!(
                    "request new --name 'Пациент {}' --passport {passport} \
                     --phone 8999555{phone:04} --clinic c0 --specialty terapevt --range {range}",
                    NAMES[usize::try_from(passport % 12).unwrap()]
                )),
            ),
            3 | 4 => ("claim", on("request set-status ID in-progress --take-over".to_owned())),
            5 => ("add-ranges", on(format!("request add-ranges ID {whose} {range} --take-over"))),
            6 => ("set-ranges", on(format!("request set-ranges ID {whose} {range} --take-over"))),
            7 => (
                "appointment",
                on(format!(
                    "request set-appointment ID 2026-11-{day}T{hour:02}:30:00+03:00 --anyway --take-over"
                )),
            ),
            8 => ("processed", on("request set-status ID processed --take-over".to_owned())),
            9 => ("refuse", on("request refuse ID --reason Передумал".to_owned())),
            10 => ("reschedule", on(format!("request reschedule ID --range {range} --take-over"))),
            11 => {
                ("edit patient", Some(format!("patient edit {passport} --phone 8999666{phone:04}")))
            }
            12 => match self.dice.roll(3) {
                0 => (
                    "add clinic",
                    Some(format!(
                        "clinic new --id c{} --name 'Поликлиника {phone}' --address x \
                         --phone 8495111{phone:04} --specialty khirurg",
                        self.dice.roll(6)
                    )),
                ),
                1 => ("remove clinic", Some(format!("clinic remove {clinic} --yes"))),
                _ => ("edit clinic", Some(format!("clinic edit {clinic} --address 'ул. {phone}'"))),
            },
            _ => match self.dice.roll(3) {
                0 => ("remove request", on("request remove ID --yes --take-over".to_owned())),
                1 => ("remove patient", Some(format!("patient remove {passport} --yes"))),
                _ => ("note", on(format!("request note ID 'слово {phone}'"))),
            },
        }
    }

    fn run(&self, at: usize, line: &str) -> Ran {
        Ran::of(line, self.start(at).args(words(line)).output().unwrap())
    }

    /// The program in a clone, by its operator, by its clock.
    fn start(&self, at: usize) -> Command {
        let clone = &self.clones[at];
        let now = self.now + TimeDelta::seconds(clone.skew);
        let mut command = self.s.command(APPT);
        command.current_dir(&clone.folder).env("APPT_OPERATOR", &clone.operator);
        command.env("APPT_NOW", now.to_rfc3339()).args(["--no-input", "--lang", "en"]);
        command
    }

    fn sync(&mut self, at: usize) -> Option<i32> {
        let ran = self.run(at, "sync");
        assert!(matches!(ran.code, 0 | 5), "{}", ran.stderr);
        assert!(ran.code == 0 || ran.stderr.contains("recorded different"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("Not committed"), "{}", ran.stderr);
        self.clones[at].files = files(&self.clones[at].folder);
        Some(ran.code)
    }

    /// A sync that is killed after a while, with the git that it has started; then, perhaps much
    /// later, somebody removes the lock that git left.
    fn killed_sync(&mut self, at: usize) {
        use std::os::unix::process::CommandExt as _;
        let mut command = self.start(at);
        command.arg("sync").stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(self.dice.roll(80)));
        if child.try_wait().unwrap().is_none() {
            let group = format!("-{}", child.id());
            let kill =
                self.s.command("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status();
            self.killed += usize::from(kill.unwrap().success());
        }
        child.wait().unwrap();
        let locks = [
            "index.lock",
            "HEAD.lock",
            "refs/heads/main.lock",
            "config.lock",
            "packed-refs.lock",
            "refs/appt/theirs.lock",
            "refs/appt/work.lock",
            "refs/remotes/origin/main.lock",
            "shallow.lock",
        ];
        for lock in locks {
            drop(fs::remove_file(self.clones[at].folder.join(".git").join(lock)));
            drop(fs::remove_file(self.s.folder().join("hub.git").join(lock)));
        }
        // What it left in the journal is completed by the next command.
        drop(self.run(at, "queue"));
        self.clones[at].files = files(&self.clones[at].folder);
    }

    /// Everybody syncs until nothing is new; then all is compared.
    fn end(&mut self) {
        for at in (0..CLONES).chain(0..CLONES) {
            self.sync(at);
        }
        let last = self.clones[0].files.clone();
        for clone in &self.clones {
            assert_eq!(clone.files, last, "{}", clone.folder.display());
            assert_eq!(git(&self.s, &clone.folder, "status --porcelain"), "");
            git(&self.s, &clone.folder, "fsck --no-dangling");
        }
        let mut lost = Vec::new();
        for (path, lines_of) in &self.acknowledged {
            let there = last.get(path).map(|text| lines(text)).unwrap_or_default();
            let dismissed = self.dismissed.get(path);
            for line in lines_of {
                let is_dismissed = dismissed.is_some_and(|dismissed| dismissed.contains(line));
                if !there.contains(line) && !is_dismissed {
                    lost.push(format!("{path}: {line}"));
                }
            }
        }
        assert!(lost.is_empty(), "lost, {}:\n{}", lost.len(), lost.join("\n"));
        let found = self.run(0, "check --json").json();
        let errors: Vec<_> = found["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["severity"] == "error" && f["rule"] != "unresolved-conflict")
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let conflicts = last.values().filter(|text| text.contains("\nconflicts = [")).count();
        let (records, killed) = (last.len(), self.killed);
        eprintln!("{:?}\nrecords {records}, in conflict {conflicts}, killed {killed}", self.done);
    }
}

/// The records' files.
fn files(root: &Path) -> Files {
    let mut found = Files::new();
    let mut folders: Vec<PathBuf> = ["specialties", "clinics", "operators", "patients", "requests"]
        .iter()
        .map(|folder| root.join(folder))
        .filter(|folder| folder.exists())
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if name.ends_with(".toml") {
                found.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

/// The lines of a record's history.
fn lines(text: &str) -> BTreeSet<String> {
    let history = text.split_once("\nhistory = [\n").map_or("", |(_, history)| history);
    history.lines().filter(|line| line.starts_with("    {")).map(str::to_owned).collect()
}

fn git(s: &Sandbox, folder: &Path, line: &str) -> String {
    let mut command = s.command("git");
    Ran::of(line, command.current_dir(folder).args(words(line)).output().unwrap()).exits(0).stdout
}
