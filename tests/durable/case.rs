//! The commands that write, each with the store that it starts from and the one that it leaves; and
//! what it means that a store is exactly one of the two.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::common::{self, APPT, DARYA, PETR, Sandbox, WEDNESDAY, short, words};

/// The commands: a name, what was done by hand before, and the line. `ID` is a request.
const COMMANDS: &[(&str, Hand, &str)] = &[
    (
        "request new",
        nothing,
        "request new --name 'Новиков Илья' --passport 4511000001 --phone 89010000001 \
         --clinic poliklinika-1 --specialty terapevt --range 'ср 9-12'",
    ),
    ("request set-status", nothing, "request set-status ID in-progress"),
    ("request set-ranges", nothing, "request set-ranges ID --patient 'чт 9-12'"),
    ("request reschedule", nothing, "request reschedule ID --range 'чт 9-12'"),
    ("patient merge", nothing, "patient merge 4511227265 4511223344"),
    ("patient edit", nothing, "patient edit 4511227265 --phone 89011234567"),
    ("import", nothing, "import django-json DUMP --skip-invalid"),
    ("fmt", untidy, "fmt"),
    ("check --fix", misplaced, "check --fix"),
];

type Hand = fn(&Path, &str);

fn nothing(_store: &Path, _id: &str) {}

fn untidy(store: &Path, _id: &str) {
    for (path, bytes) in &state(store, None) {
        if path.starts_with("clinics") || path.starts_with("specialties") {
            let text = String::from_utf8(bytes.clone()).unwrap();
            fs::write(store.join(path), text.replace(" = ", "   =  ")).unwrap();
        }
    }
}

fn misplaced(store: &Path, id: &str) {
    let all = state(store, None);
    let path = all.keys().find(|path| path.ends_with(&format!("-{id}.toml"))).unwrap();
    let wrong = store.join("requests/2026/11/22");
    fs::create_dir_all(&wrong).unwrap();
    fs::rename(store.join(path), wrong.join(Path::new(path).file_name().unwrap())).unwrap();
}

/// The files of a store and their bytes, what is local and temporary aside.
pub type State = BTreeMap<String, Vec<u8>>;

/// Reads a store. A request that `old` does not have is named `NEW`, since its id is random.
pub fn state(store: &Path, old: Option<&State>) -> State {
    let mut files = State::new();
    let mut folders = vec![store.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name == ".appt" || name.starts_with(".appt-") {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path().strip_prefix(store).unwrap().to_str().unwrap().to_owned();
                files.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
    let Some(old) = old else { return files };
    let is_new = |path: &&String| path.starts_with("requests/") && !old.contains_key(*path);
    let new: Vec<String> = files.keys().filter(is_new).cloned().collect();
    let [new] = new.as_slice() else { return files };
    let id = Path::new(new).file_stem().unwrap().to_str().unwrap();
    let renamed = files.iter().map(|(path, bytes)| {
        let text = String::from_utf8_lossy(bytes).replace(id, "NEW");
        (path.replace(id, "NEW"), text.into_bytes())
    });
    renamed.collect()
}

/// The program that is tried: the one that was built, or another one, with a fault.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: PathBuf,
    pub fault: Option<String>,
}

impl Program {
    pub fn built() -> Program {
        Program { path: APPT.into(), fault: None }
    }
}

/// What a run came to; no code where a signal ended it.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// What a command said of its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is there.
    New,
    /// There is none.
    Old,
    /// Nothing was said.
    Either,
}

impl Ended {
    /// What it said: by its exit code and message, or, where it was killed, by the answer.
    pub fn claim(&self) -> Claim {
        // What was mended is said before the check that follows, and may itself fail.
        let stands = self.err.contains("change stands") || self.err.contains("Mended:");
        match self.code {
            Some(0) => Claim::New,
            _ if stands || !self.out.is_empty() => Claim::New,
            None => Claim::Either,
            Some(_) => Claim::Old,
        }
    }
}

/// A command on its store.
pub struct Case {
    pub name: &'static str,
    pub words: Vec<String>,
    sandbox: std::sync::Arc<Sandbox>,
    /// The store before it.
    pub store: TempDir,
    pub old: State,
    pub new: State,
    turn: AtomicUsize,
}

/// A folder for many small copies; in memory where there is such a place.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// The cases whose names begin so.
pub fn cases(only: &[&str]) -> Vec<Case> {
    let mut sandbox = Sandbox::new();
    sandbox.set("APPT_LANG", "en");
    let id = sandbox.request(PETR, WEDNESDAY);
    sandbox.request(DARYA, WEDNESDAY);
    let dump = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/django-dump.json");
    let sandbox = std::sync::Arc::new(sandbox);
    let wanted = COMMANDS.iter().filter(|(name, ..)| only.is_empty() || only.contains(name));
    let made = wanted.map(|&(name, by_hand, line)| {
        let store = folder();
        common::copy(&sandbox.cwd, store.path());
        by_hand(store.path(), short(&id));
        let words = words(&line.replace("ID", &id).replace("DUMP", dump));
        let old = state(store.path(), None);
        let turn = AtomicUsize::new(0);
        let mut case =
            Case { name, words, sandbox: sandbox.clone(), store, new: old.clone(), old, turn };
        let copy = case.fresh();
        let ended = case.run(&Program::built(), copy.path(), &[]);
        // Findings and refused rows are no failure of the write.
        assert!(matches!(ended.code, Some(0 | 1)), "{name}: {ended:?}");
        case.new = state(copy.path(), Some(&case.old));
        assert!(case.new != case.old, "{name} writes");
        case
    });
    made.collect()
}

impl Case {
    /// The store as it was, in a folder of its own.
    pub fn fresh(&self) -> TempDir {
        let copy = folder();
        common::copy(self.store.path(), copy.path());
        copy
    }

    /// Runs the command in a store, under a tool where words of one are given.
    pub fn run(&self, program: &Program, store: &Path, tool: &[&str]) -> Ended {
        self.run_words(program, store, tool, &self.words)
    }

    /// Runs any command.
    pub fn run_line(&self, program: &Program, store: &Path, line: &str) -> Ended {
        self.run_words(program, store, &[], &words(line))
    }

    pub fn run_words(
        &self,
        program: &Program,
        store: &Path,
        tool: &[&str],
        words: &[String],
    ) -> Ended {
        let path = program.path.to_str().unwrap();
        let mut all = tool.iter().copied().chain([path]);
        let mut command = self.sandbox.command(all.next().unwrap());
        command.args(all).args(words).current_dir(store);
        command.envs(program.fault.iter().map(|fault| ("APPT_BROKEN", fault)));
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        Ended { code: output.status.code(), out, err }
    }

    /// Has the next command recover, and says what is wrong, if anything: the store must be the old
    /// or the new one, and the one that was claimed.
    pub fn judge(&self, program: &Program, store: &Path, claim: Claim) -> Result<(), String> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let line = ["queue", "check", "request list --all"][turn % 3];
        let ended = self.run_line(program, store, line);
        if !matches!(ended.code, Some(0 | 1)) || ended.err.contains("internal error") {
            return Err(format!("`{line}` afterwards: {:?} {}", ended.code, ended.err.trim()));
        }
        if store.join(".appt/journal").exists() {
            return Err(format!("`{line}` left the journal"));
        }
        let found = state(store, Some(&self.old));
        let is_new = found == self.new;
        match claim {
            Claim::New if is_new => Ok(()),
            Claim::Old | Claim::Either if found == self.old => Ok(()),
            Claim::Either if is_new => Ok(()),
            _ => {
                let what = if is_new {
                    "the new store"
                } else if found == self.old {
                    "the old store"
                } else {
                    "a mixture"
                };
                Err(format!("{claim:?} was claimed, there is {what}"))
            }
        }
    }
}
