//! Runs the jobs, one contender after the other in turn, and tells their medians, and the ratios
//! run by run: a machine that drifts drifts for all.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use appt::model::book::Book;
use appt::model::kind::Kind;
use appt::model::request::Status;
use appt::model::sieve::Sieve;
use appt::store::Store;

use crate::chart;
use crate::jobs::{Contender, Job, Stage, command};
use crate::make::Result;
use crate::rivals::{Rivals, told};

/// What to run.
pub struct Plan {
    stores: Vec<PathBuf>,
    runs: usize,
    appt: PathBuf,
    svg: Option<PathBuf>,
    only: Option<String>,
}

impl Plan {
    /// Reads the words of the command line.
    pub fn parse(words: &[&str]) -> Result<Plan> {
        let own = std::env::current_exe()?;
        let beside = own.parent().and_then(Path::parent).unwrap_or(Path::new("."));
        let mut plan =
            Plan { stores: Vec::new(), runs: 9, appt: beside.join("appt"), svg: None, only: None };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().copied().ok_or(format!("{word} takes a value"));
            match *word {
                "--runs" => plan.runs = value()?.parse::<usize>()?.max(1),
                "--appt" => plan.appt = value()?.into(),
                "--svg" => plan.svg = Some(value()?.into()),
                "--only" => plan.only = Some(value()?.to_owned()),
                store => plan.stores.push(store.into()),
            }
        }
        if plan.stores.is_empty() {
            return Err("which store? make one: scale make DIR 100000".into());
        }
        Ok(plan)
    }
}

/// What came of a job.
pub struct Outcome {
    /// Its short name.
    pub job: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Who did it, in how many milliseconds (the median), and how much longer `appt` took.
    pub times: Vec<(&'static str, f64, f64)>,
    /// The most memory that `appt` took, in MiB, where that can be measured.
    pub peak: Option<f64>,
}

/// Runs everything, and prints a table for each store.
pub fn run(plan: &Plan) -> Result<()> {
    // As an installation leaves it: what a linker wrote piece by piece lies in memory less well.
    let folder = tempfile::tempdir()?;
    let appt = folder.path().join("appt");
    std::fs::copy(&plan.appt, &appt)?;
    let (mut last, mut stages) = (Vec::new(), Vec::new());
    for store in &plan.stores {
        let stage = stage(&appt, store)?;
        let count = count(store);
        let mut outcomes = Vec::new();
        for job in stage.jobs()? {
            if plan.only.as_deref().is_none_or(|only| only == job.name) {
                make_cache(&appt, store)?;
                outcomes.push(time(&job, plan.runs)?);
            }
        }
        println!("{}", table(&outcomes, count));
        last = outcomes;
        // What was made is removed at the end: ext4 is slow to make files for minutes after.
        stages.push(stage);
    }
    if let Some(path) = &plan.svg {
        std::fs::write(path, chart::svg(&last))?;
    }
    Ok(())
}

fn count(root: &Path) -> usize {
    let mut count = 0;
    let mut folders = vec![root.join("requests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ => count += 1,
            }
        }
    }
    count
}

/// Has the program make its cache of the store as it is now, once what an earlier job changed is old
/// enough to be believed: so every job finds the store as after a pause.
fn make_cache(appt: &Path, root: &Path) -> Result<()> {
    std::thread::sleep(Duration::from_secs(2));
    drop(std::fs::remove_file(root.join(".appt/cache")));
    for line in [["request", "list"], ["patient", "list"]] {
        command(appt).arg("-C").arg(root).args(line).status()?;
    }
    Ok(())
}

fn stage(appt: &Path, root: &Path) -> Result<Stage> {
    let rivals = Rivals::prepare(root, appt)?;
    let store = Store::open(root, Duration::from_secs(10)).map_err(told)?;
    let waiting = Sieve { statuses: vec![Status::Created], ..Sieve::default() };
    let (waiting, patients) = store
        .read(|library| {
            let waits = library.sift(Kind::Request, &waiting);
            let waits = waits.iter().filter(|record| record.text("status") == Some("created"));
            let waiting: Vec<String> = waits.take(200).map(|record| record.id.clone()).collect();
            let patients: Vec<String> =
                library.ids(Kind::Patient).iter().take(200).cloned().collect();
            Ok((waiting, patients))
        })
        .map_err(told)?;
    if waiting.len() < 2 {
        return Err("this store has no requests that wait".into());
    }
    let (root, appt) = (root.to_path_buf(), appt.to_path_buf());
    let imports = tempfile::tempdir_in(root.parent().unwrap_or(Path::new(".")))?;
    Ok(Stage { root, appt, rivals, waiting, patients, imports })
}

/// Times a job: all contenders once unseen, then in turn.
fn time(job: &Job, runs: usize) -> Result<Outcome> {
    let runs = runs.min(job.most);
    let mut taken: Vec<Vec<f64>> = vec![Vec::new(); job.contenders.len()];
    // An even number of rounds leaves what is changed to and fro as it was.
    for round in 0..runs + 2 - runs % 2 {
        for (contender, taken) in job.contenders.iter().zip(&mut taken) {
            let millis = once(contender, round)?;
            if round > 0 {
                taken.push(millis);
            }
        }
    }
    let own = &taken[0];
    let times = job.contenders.iter().zip(&taken).map(|(contender, times)| {
        let ratios = own.iter().zip(times).map(|(own, other)| own / other).collect();
        (contender.name, median(times.clone()), median(ratios))
    });
    Ok(Outcome {
        job: job.name,
        what: job.what,
        times: times.collect(),
        peak: peak(&job.contenders[0]),
    })
}

fn once(contender: &Contender, round: usize) -> Result<f64> {
    if let Some(before) = &contender.before {
        before();
    }
    let mut command = (contender.line)(round);
    let start = Instant::now();
    let status = command.status()?;
    let millis = start.elapsed().as_secs_f64() * 1000.0;
    if !status.success() {
        return Err(format!("{} failed at {command:?}", contender.name).into());
    }
    Ok(millis)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The most memory of one more run, by GNU time.
fn peak(contender: &Contender) -> Option<f64> {
    let mut rounds = 0..2;
    let mut run = || {
        if let Some(before) = &contender.before {
            before();
        }
        let line = (contender.line)(rounds.next()?);
        let mut timed = Command::new("/usr/bin/time");
        timed.args(["-f", "%M"]).arg(line.get_program()).args(line.get_args());
        for (key, value) in line.get_envs() {
            match value {
                Some(value) => timed.env(key, value),
                None => timed.env_remove(key),
            };
        }
        let output = timed.stdout(std::process::Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stderr).ok()?;
        Some(text.lines().last()?.trim().parse::<f64>().ok()? / 1024.0)
    };
    // Two runs, so that what is changed to and fro is as it was.
    let (first, second) = (run()?, run()?);
    Some(first.max(second))
}

fn table(outcomes: &[Outcome], count: usize) -> String {
    let names = ["sqlite3", "git", "git status", "git commit", "rg", "floor"];
    let mut text = format!("\n{count} requests\n\n| Job | appt, ms |");
    for name in names {
        write!(text, " {name}, ms (ratio) |").expect("memory takes any text");
    }
    text.push_str(
        " appt, MiB |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for Outcome { job, what, times, peak } in outcomes {
        write!(text, "| {job}: {what} | {:.1} |", times[0].1).expect("memory takes any text");
        for name in names {
            let cell = match times.iter().find(|(other, ..)| *other == name) {
                Some((_, millis, ratio)) => format!(" {millis:.1} ({ratio:.2}) |"),
                None => " |".to_owned(),
            };
            text.push_str(&cell);
        }
        let peak = peak.map_or(String::new(), |peak| format!("{peak:.1}"));
        writeln!(text, " {peak} |").expect("memory takes any text");
    }
    text
}
