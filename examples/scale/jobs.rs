//! What is timed: the jobs of an operator's day, each as a command line of `appt` and of whatever
//! else is installed that can do the same.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
    /// Who does it.
    pub contenders: Vec<Contender>,
}

/// What the jobs are done with.
pub struct Stage {
    /// The store.
    pub root: PathBuf,
    /// The program.
    pub appt: PathBuf,
    /// What else is there.
    pub rivals: Rivals,
    /// The id of a request that waits.
    pub waiting: String,
    /// The patients' ids, a few.
    pub patients: Vec<String>,
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
        let (id, short) = (self.waiting.clone(), self.waiting[9..].to_owned());
        let toggle = |id: String| {
            move |run: usize| {
                let to = if run.is_multiple_of(2) { "in-progress" } else { "created" };
                words(&format!("request set-status {id} {to}"))
            }
        };
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
        let mut jobs = vec![
            Job {
                name: "start",
                what: "start-up alone",
                contenders: vec![self.appt(fixed("--version".to_owned()))],
            },
            Job {
                name: "J1",
                what: "list one status, names joined, sorted",
                contenders: vec![self.appt(fixed("request list --status created".to_owned()))],
            },
            Job {
                name: "J2",
                what: "find patients by part of a surname",
                contenders: vec![self.appt(fixed("patient find макар".to_owned()))],
            },
            Job {
                name: "J3",
                what: "find one patient by passport",
                contenders: vec![self.appt(fixed(format!("patient show {known}")))],
            },
            Job {
                name: "J4",
                what: "show one request, by its whole id",
                contenders: vec![self.appt(fixed(format!("request show {id}")))],
            },
            Job {
                name: "J4s",
                what: "show one request, by its short id",
                contenders: vec![self.appt(fixed(format!("request show {short}")))],
            },
            Job {
                name: "J5",
                what: "change a status, durably",
                contenders: vec![self.appt(toggle(id.clone()))],
            },
            Job {
                name: "J5s",
                what: "the same, by its short id",
                contenders: vec![self.appt(toggle(short))],
            },
            Job { name: "J7", what: "a new request, durably", contenders: vec![self.appt(new)] },
            Job {
                name: "J6",
                what: "check everything, warm",
                contenders: vec![self.appt(fixed("check".to_owned()))],
            },
            Job {
                name: "J6c",
                what: "check everything, from scratch",
                contenders: vec![self.without_cache()],
            },
        ];
        for job in &mut jobs {
            job.contenders.extend(rivals.doing(job.name, self));
        }
        Ok(jobs)
    }

    fn without_cache(&self) -> Contender {
        let cache = self.root.join(".appt/cache");
        let before = Box::new(move || drop(std::fs::remove_file(&cache)));
        let line = |_: usize| vec!["check".to_owned()];
        Contender { before: Some(before), ..self.appt(line) }
    }
}
