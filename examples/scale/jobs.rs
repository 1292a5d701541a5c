//! What is timed: the jobs of an operator's day, each as a command line of `appt` and of whatever
//! else is installed that can do the same.

use std::cell::Cell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use appt::format::layout;
use appt::model::kind::Kind;
use appt::model::request;
use tempfile::TempDir;

use crate::make::{NOW, Result, passport};
use crate::rivals::Rivals;

/// A command line, made anew for each run: a change that was made can't be made again.
pub type Line = Box<dyn Fn(usize) -> Command>;

/// Somebody who does a job.
pub struct Contender {
    /// What the table calls it.
    pub name: &'static str,
    /// Its command line.
    pub line: Line,
    /// What is done before each run, untimed.
    pub before: Option<Box<dyn Fn()>>,
}

/// A job and those who do it, `appt` first.
pub struct Job {
    /// Its short name.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Who does it, `appt` first.
    pub contenders: Vec<Contender>,
    /// How often at most: some take seconds.
    pub most: usize,
}

/// What the jobs are done with.
pub struct Stage {
    /// The store.
    pub root: PathBuf,
    /// The program.
    pub appt: PathBuf,
    /// What else is there.
    pub rivals: Rivals,
    /// The ids of requests that wait, a few.
    pub waiting: Vec<String>,
    /// The patients' ids, a few.
    pub patients: Vec<String>,
    /// Where imports go, each into a store of its own.
    pub imports: TempDir,
}

/// A command in the benchmark's world: a fixed clock, nobody's settings.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("APPT_NOW", NOW).env("APPT_OPERATOR", "anna").env("APPT_LANG", "en");
    command.env_remove("APPT_DATA").env("XDG_CONFIG_HOME", "/nonexistent");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Stage {
    fn appt(&self, line: impl Fn(usize) -> Vec<String> + 'static) -> Contender {
        let (program, root) = (self.appt.clone(), self.root.clone());
        let line: Line = Box::new(move |run| {
            let mut command = command(&program);
            command.arg("-C").arg(&root).args(line(run));
            command
        });
        Contender { name: "appt", line, before: None }
    }

    /// All jobs.
    pub fn jobs(&self) -> Result<Vec<Job>> {
        let rivals = &self.rivals;
        let words = |line: &str| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
        let fixed = |line: String| move |_: usize| words(&line);
        let (id, short) = (&self.waiting[0], request::short(&self.waiting[0]));
        let patients = self.patients.clone();
        let new = move |run: usize| {
            let patient = &patients[run % patients.len()];
            let mut line = words(&format!(
                "request new --patient {patient} --clinic poliklinika-2 --specialty terapevt --range"
            ));
            line.push("2026-12-20 9-12".to_owned());
            line
        };
        let known = passport(1);
        let job = |name, what, appt| Job { name, what, contenders: vec![appt], most: usize::MAX };
        let read = |name, what, line: &str| job(name, what, self.appt(fixed(line.to_owned())));
        let change = |name, what| {
            let changed = self.changed(name);
            let line = move |run| {
                let (id, to) = changed(run);
                words(&format!("request set-status {id} {to}"))
            };
            job(name, what, self.appt(line))
        };
        let seldom = |job: Job| Job { most: 3, ..job };
        let mut jobs = vec![
            read("start", "start-up alone", "--version"),
            read("J1", "list one status, names joined, sorted", "request list --status created"),
            read("J2", "find patients by part of a surname", "patient find макар"),
            read("J3", "find one patient by passport", &format!("patient show {known}")),
            read("J4", "show one request, by its whole id", &format!("request show {id}")),
            read("J4s", "show one request, by its short id", &format!("request show {short}")),
            change("J5", "change a status, durably"),
            change("J5s", "the same, by its short id"),
            job("J7", "a new request, durably", self.appt(new)),
            read("J6", "check everything, warm", "check"),
            job("J6c", "check everything, from scratch", self.without_cache()),
            seldom(job("import", "import everything from JSON Lines", self.imported())),
        ];
        if rivals.git {
            jobs.push(job("sync", "sync one changed request, no server", self.synced()));
        }
        for job in &mut jobs {
            job.contenders.extend(rivals.doing(job.name, self));
        }
        Ok(jobs)
    }

    /// Which request each run of a job changes, and to which status: another one each time, as in a
    /// day's work, and every second run takes back what the one before did.
    pub fn changed(&self, job: &str) -> impl Fn(usize) -> (String, &'static str) + use<> {
        let (whole, part) = self.waiting.split_at(self.waiting.len() / 2);
        let ids: Vec<String> = match job {
            "J5s" => part.iter().map(|id| request::short(id).to_owned()).collect(),
            _ => whole.to_vec(),
        };
        move |run| {
            let to = if run.is_multiple_of(2) { "in-progress" } else { "created" };
            (ids[run / 2 % ids.len()].clone(), to)
        }
    }

    /// Changes a request before what is timed.
    fn after_a_change(&self, contender: Contender) -> Contender {
        let (program, root, id) = (self.appt.clone(), self.root.clone(), self.waiting[0].clone());
        let before = Box::new(move || {
            let mut note = command(&program);
            note.arg("-C").arg(&root).args(["request", "note", &id, "called back"]);
            assert!(note.status().is_ok_and(|status| status.success()), "request note {id}");
        });
        Contender { before: Some(before), ..contender }
    }

    /// One changed request is shared.
    fn synced(&self) -> Contender {
        let line = |_: usize| vec!["sync".to_owned()];
        self.after_a_change(self.appt(line))
    }

    /// The same by git: one record is added and committed.
    pub fn committed(&self) -> Contender {
        let root = self.root.clone();
        let path = layout::path(Kind::Request, &self.waiting[0]);
        let script = format!("git add {path} && git commit -qm one --no-verify");
        let line: Line = Box::new(move |_| {
            let mut command = command(Path::new("sh"));
            command.current_dir(&root).args(["-c", &script]);
            command
        });
        self.after_a_change(Contender { name: "git commit", line, before: None })
    }

    /// Everything that the store has, into one that is empty.
    fn imported(&self) -> Contender {
        let (lines, empty) = (self.beside(".jsonl"), self.imports.path().to_owned());
        let (program, root) = (self.appt.clone(), self.root.clone());
        let (from, into, round) = (lines.clone(), empty.clone(), Rc::new(Cell::new(0)));
        let next = Rc::clone(&round);
        let before = Box::new(move || {
            if !from.exists() {
                let file = File::create(&from).expect("a file beside the store");
                let mut export = command(&program);
                export.arg("-C").arg(&root).args(["export", "jsonl"]).stdout(file);
                assert!(export.status().is_ok_and(|status| status.success()), "export jsonl");
            }
            next.set(next.get() + 1);
            let mut init = command(&program);
            init.arg("init").arg(into.join(next.get().to_string()));
            init.args(["--no-git", "--operator", "anna", "--timezone", "Europe/Moscow"]);
            assert!(init.status().is_ok_and(|status| status.success()), "init");
            // What the import before it left to be written is not this one's to wait for.
            assert!(Command::new("sync").status().is_ok_and(|status| status.success()), "sync");
        });
        let program = self.appt.clone();
        let line: Line = Box::new(move |_| {
            let mut command = command(&program);
            command.arg("-C").arg(empty.join(round.get().to_string()));
            command.args(["import", "jsonl"]).arg(&lines);
            command
        });
        Contender { name: "appt", line, before: Some(before) }
    }

    /// A file beside the store.
    fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.root.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    }

    fn without_cache(&self) -> Contender {
        let cache = self.root.join(".appt/cache");
        let before = Box::new(move || drop(std::fs::remove_file(&cache)));
        let line = |_: usize| vec!["check".to_owned()];
        Contender { before: Some(before), ..self.appt(line) }
    }
}
