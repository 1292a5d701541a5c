//! The others: the `sqlite3` shell on indexed tables of the same data, `git`, `rg`, and a walker
//! that asks the system for the state of every file and does nothing else: the floor for anything
//! that notices what was edited by hand. For whoever begins from scratch it reads each file, too, and
//! does nothing with it.

use std::ffi::{CStr, CString};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use appt::model::book::Book;
use appt::model::kind::Kind;
use appt::model::record::Record;
use appt::model::request::{self, Status};
use appt::model::sieve::Sieve;
use appt::store::Store;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags, StatxFlags};

use crate::jobs::{Contender, Stage, command};
use crate::make::{Result, passport};

/// A failure of the program as a sentence.
pub fn told(error: appt::error::Error) -> Box<dyn std::error::Error> {
    error.message.en.into()
}

/// What is installed, and what was prepared for it.
pub struct Rivals {
    sqlite: Option<PathBuf>,
    /// Whether the store is a repository.
    pub git: bool,
    rg: bool,
    floors: [PathBuf; 3],
}

/// Of the repository that is made: nothing runs beside what is timed, and a commit has an author.
const SETTINGS: [(&str, &str); 4] = [
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("user.name", "bench"),
    ("user.email", "anna@example.org"),
];

fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Rivals {
    /// Prepares the others for a store: a database, a repository, lists of names.
    pub fn prepare(root: &Path, appt: &Path) -> Result<Rivals> {
        let beside = |end: &str| {
            let mut name = root.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        let store = Store::open(root, Duration::from_secs(10)).map_err(told)?;
        let database = beside(".sqlite");
        let floors = [".requests", ".patients", ".records"].map(beside);
        let has_sqlite = is_installed("sqlite3");
        let made = store.read(|library| {
            Ok(write_lists(root, library, &floors)
                .and_then(|()| if has_sqlite { fill(&database, library) } else { Ok(()) }))
        });
        made.map_err(told)??;
        let git = is_installed("git");
        if git && !root.join(".git").exists() {
            let git =
                |line: &str| Command::new("git").arg("-C").arg(root).args(line.split(' ')).status();
            git("init -q")?;
            for (key, value) in SETTINGS {
                git(&format!("config {key} {value}"))?;
            }
            command(appt).arg("init").arg(root).arg("--git-setup").status()?;
            git("add -A")?;
            git("commit -qm all --no-verify")?;
        }
        let sqlite = has_sqlite.then_some(database);
        Ok(Rivals { sqlite, git, rg: is_installed("rg"), floors })
    }

    /// Who else does a job.
    pub fn doing(&self, job: &str, stage: &Stage) -> Vec<Contender> {
        let mut others = Vec::new();
        others.extend(self.sql(job, stage).and_then(|sql| self.shell(sql)));
        let root = stage.root.clone();
        let plain = |name, program: &'static str, args: Vec<String>| Contender {
            name,
            line: Box::new(move |_| {
                let mut command = command(Path::new(program));
                command.args(&args);
                command
            }),
            before: None,
        };
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let at = root.display().to_string();
        if job == "start" && self.sqlite.is_some() {
            others.push(plain("sqlite3", "sqlite3", words("--version")));
        }
        if job == "start" && self.git {
            others.push(plain("git", "git", words("--version")));
        }
        if matches!(job, "J1" | "J2") && self.git {
            others.push(plain("git status", "git", words(&format!("-C {at} status --short"))));
        }
        if job == "sync" {
            others.push(stage.committed());
        }
        if self.rg && job == "J1" {
            let mut args = words("-l");
            args.extend(["status = \"created\"".to_owned(), format!("{at}/requests")]);
            others.push(plain("rg", "rg", args));
        }
        if self.rg && job == "J2" {
            others.push(plain("rg", "rg", words(&format!("-li макар {at}/patients"))));
        }
        let (list, depth) = match job {
            "J1" => (Some(&self.floors[0]), "state"),
            "J2" => (Some(&self.floors[1]), "state"),
            "J6" => (Some(&self.floors[2]), "state"),
            "J6c" => (Some(&self.floors[2]), "text"),
            _ => (None, ""),
        };
        if let Some(list) = list.cloned() {
            others.push(Contender {
                name: "floor",
                line: Box::new(move |_| {
                    let own = std::env::current_exe().unwrap_or_default();
                    let mut command = command(&own);
                    command.arg("floor").arg(&root).arg(&list).arg(depth);
                    command
                }),
                before: None,
            });
        }
        others
    }

    fn shell(&self, sql: Box<dyn Fn(usize) -> String>) -> Option<Contender> {
        let database = self.sqlite.clone()?;
        let line = Box::new(move |run: usize| {
            let mut command = command(Path::new("sqlite3"));
            command.arg(&database).arg(sql(run));
            command
        });
        Some(Contender { name: "sqlite3", line, before: None })
    }

    /// A job in SQL.
    fn sql(&self, job: &str, stage: &Stage) -> Option<Box<dyn Fn(usize) -> String>> {
        const JOINED: &str = "select r.id, r.status, p.name, s.title, c.name, r.appointment, o.name from requests r join patients p on p.id = r.patient join clinics c on c.id = r.clinic join specialties s on s.id = r.specialty join operators o on o.id = r.operator";
        let (id, known) = (&stage.waiting[0], passport(1));
        let short = request::short(id);
        let patients = stage.patients.clone();
        let change = |by: &'static str| -> Box<dyn Fn(usize) -> String> {
            let changed = stage.changed(job);
            Box::new(move |run| {
                let (id, to) = changed(run);
                format!(
                    "begin; update requests set status = '{to}' where {by} = '{id}'; insert into events select id, '2026-11-23T10:00:00', 'anna', 'set', '{to}' from requests where {by} = '{id}'; commit;"
                )
            })
        };
        let show = |by: String| -> Box<dyn Fn(usize) -> String> {
            Box::new(move |_| {
                format!(
                    "{JOINED} where {by}; select * from ranges where request = (select r.id from requests r where {by}); select * from events where request = (select r.id from requests r where {by});"
                )
            })
        };
        Some(match job {
            "J1" => {
                Box::new(|_| format!("{JOINED} where r.status = 'created' order by r.created;"))
            }
            "J2" => Box::new(|_| {
                "select id, name, passport, phone from patients where key like 'макар%' order by key;"
                    .to_owned()
            }),
            "J3" => Box::new(move |_| {
                format!(
                    "select id, name, passport, phone from patients where passport = '{known}';"
                )
            }),
            "J4" => show(format!("r.id = '{id}'")),
            "J4s" => show(format!("r.part = '{short}'")),
            "J5" => change("id"),
            "J5s" => change("part"),
            "J6" | "J6c" => {
                Box::new(|_| "pragma integrity_check; pragma foreign_key_check;".to_owned())
            }
            "J7" => Box::new(move |run| {
                let patient = &patients[run % patients.len()];
                let new = format!("20261123-n{run:05}{}", std::process::id());
                format!(
                    "begin; insert into requests values ('{new}', '{new}', '{patient}', 'poliklinika-2', 'terapevt', 'created', 'anna', '2026-11-23T10:00:00', null); insert into ranges values ('{new}', 'patient', '2026-12-20T09:00:00', '2026-12-20T12:00:00'); insert into events values ('{new}', '2026-11-23T10:00:00', 'anna', 'created', ''); commit;"
                )
            }),
            _ => return None,
        })
    }
}

/// The names that each floor asks for: a job's records, and those of a whole check.
fn write_lists(root: &Path, book: &dyn Book, lists: &[PathBuf; 3]) -> Result<()> {
    let folder = |kind: Kind| -> Vec<PathBuf> {
        let mut paths = Vec::new();
        walk(&root.join(kind.folder()), &mut paths);
        paths.sort();
        paths
    };
    let (requests, patients) = (folder(Kind::Request), folder(Kind::Patient));
    // A list of one status depends on its patients too.
    let mut joined: Vec<PathBuf> = Vec::new();
    let waiting = Sieve { statuses: vec![Status::Created], ..Sieve::default() };
    book.each(Kind::Request, &waiting, &mut |record| {
        if record.text("status") == Some("created") {
            let id = record.shown("patient");
            joined.push(root.join(appt::format::layout::path(Kind::Patient, id)));
        }
    });
    joined.sort();
    joined.dedup();
    let put = |list: &PathBuf, paths: &mut dyn Iterator<Item = &PathBuf>| -> Result<()> {
        let mut text = String::new();
        for path in paths {
            text.push_str(&path.strip_prefix(root)?.to_string_lossy());
            text.push('\n');
        }
        Ok(fs::write(list, text)?)
    };
    put(&lists[0], &mut requests.iter().chain(&joined))?;
    put(&lists[1], &mut patients.iter())?;
    put(&lists[2], &mut requests.iter().chain(&patients))
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&path, paths),
            _ => paths.push(path),
        }
    }
}

/// Asks for the state of the files of a list, in two threads, by handles of their folders; also for
/// their texts, if so.
pub fn floor(root: &Path, list: &Path, reads: bool) -> Result<()> {
    let text = fs::read_to_string(list)?;
    let names: Vec<&str> = text.lines().collect();
    let half = names.len() / 2;
    let seen: u64 = std::thread::scope(|scope| {
        let other = scope.spawn(|| ask(root, &names[half..], reads));
        ask(root, &names[..half], reads) + other.join().unwrap_or_default()
    });
    println!("{seen}");
    Ok(())
}

fn ask(root: &Path, names: &[&str], reads: bool) -> u64 {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let (mut seen, mut buffer) = (0, vec![0; 1 << 16]);
    let mut open: Option<(&str, OwnedFd)> = None;
    for name in names {
        let Some((folder, file)) = name.rsplit_once('/') else { continue };
        if open.as_ref().is_none_or(|(known, _)| *known != folder) {
            let Ok(handle) = rustix::fs::open(root.join(folder), flags, Mode::empty()) else {
                continue;
            };
            open = Some((folder, handle));
        }
        let Some((_, handle)) = &open else { continue };
        let Ok(file) = CString::new(file) else { continue };
        let asked = match reads {
            true => read(handle, &file, &mut buffer),
            false => state(handle, &file),
        };
        seen ^= asked.unwrap_or_default();
    }
    seen
}

fn state(folder: &OwnedFd, file: &CStr) -> Option<u64> {
    let what = StatxFlags::INO | StatxFlags::SIZE | StatxFlags::MTIME | StatxFlags::CTIME;
    let state = rustix::fs::statx(folder, file, AtFlags::SYMLINK_NOFOLLOW, what).ok()?;
    Some(state.stx_ino)
}

fn read(folder: &OwnedFd, file: &CStr, buffer: &mut [u8]) -> Option<u64> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, file, flags, Mode::empty()).ok()?;
    let state = rustix::fs::fstat(&file).ok()?;
    let length = rustix::io::read(&file, buffer).ok()?;
    Some(state.st_ino ^ length as u64)
}

fn quoted(text: Option<&str>) -> String {
    text.map_or("null".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}

/// The same data as indexed tables.
fn fill(database: &Path, book: &dyn Book) -> Result<()> {
    drop(fs::remove_file(database));
    let mut shell = Command::new("sqlite3")
        .arg(database)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let mut sql = std::io::BufWriter::new(shell.stdin.take().ok_or("a pipe was asked for")?);
    writeln!(
        sql,
        "pragma foreign_keys = on; pragma synchronous = off; begin;
        create table specialties (id text primary key, title text);
        create table clinics (id text primary key, name text, phone text);
        create table operators (id text primary key, name text);
        create table patients (id text primary key, name text, key text, passport text, phone text);
        create table requests (id text primary key, part text, patient text references patients, clinic text references clinics, specialty text references specialties, status text, operator text references operators, created text, appointment text);
        create table ranges (request text references requests, whose text, start text, end text);
        create table events (request text references requests, at text, by text references operators, event text, value text);"
    )?;
    let cell = |record: &Record, key: &str| quoted(record.text(key));
    let time =
        |at: Option<appt::model::range::Instant>| quoted(at.map(|at| at.to_rfc3339()).as_deref());
    for kind in Kind::ALL {
        for record in book.all(kind) {
            let (r, id) = (record.as_ref(), quoted(Some(&record.id)));
            match kind {
                Kind::Specialty => {
                    writeln!(sql, "insert into specialties values ({id}, {});", cell(r, "title"))?
                }
                Kind::Clinic => writeln!(
                    sql,
                    "insert into clinics values ({id}, {}, {});",
                    cell(r, "name"),
                    cell(r, "phone")
                )?,
                Kind::Operator => {
                    writeln!(sql, "insert into operators values ({id}, {});", cell(r, "name"))?
                }
                Kind::Patient => {
                    let key = quoted(Some(&appt::words::search::key(r.shown("name"))));
                    writeln!(
                        sql,
                        "insert into patients values ({id}, {}, {key}, {}, {});",
                        cell(r, "name"),
                        cell(r, "passport"),
                        cell(r, "phone")
                    )?;
                }
                Kind::Request => {
                    let part = quoted(Some(request::short(&r.id)));
                    writeln!(
                        sql,
                        "insert into requests values ({id}, {part}, {}, {}, {}, {}, {}, {}, {});",
                        cell(r, "patient"),
                        cell(r, "clinic"),
                        cell(r, "specialty"),
                        cell(r, "status"),
                        cell(r, "operator"),
                        time(r.instant("created")),
                        time(r.instant("appointment")),
                    )?;
                    for (whose, key) in [("patient", "patient_ranges"), ("clinic", "clinic_ranges")]
                    {
                        for range in r.ranges(key) {
                            let (start, end) = (time(Some(range.start)), time(Some(range.end)));
                            writeln!(
                                sql,
                                "insert into ranges values ({id}, '{whose}', {start}, {end});"
                            )?;
                        }
                    }
                    for event in &r.history {
                        let text = quoted(Some(&appt::format::encode::event(event)));
                        let (at, by) = (time(Some(event.at)), quoted(Some(&event.by)));
                        let code = quoted(Some(event.what.code()));
                        writeln!(
                            sql,
                            "insert into events values ({id}, {at}, {by}, {code}, {text});"
                        )?;
                    }
                }
            }
        }
    }
    writeln!(
        sql,
        "create index by_passport on patients (passport);
        create index by_key on patients (key);
        create index by_status on requests (status, created);
        create index by_part on requests (part);
        create index by_patient on requests (patient);
        create index ranges_of on ranges (request);
        create index events_of on events (request);
        commit;"
    )?;
    drop(sql);
    if !shell.wait()?.success() {
        return Err("sqlite3 could not take the data".into());
    }
    Ok(())
}
