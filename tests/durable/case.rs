//! A command of the table with the store that it starts from and the one that it leaves; and what it
//! means that a store is exactly one of the two.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::common::{self, APPT, DARYA, PETR, Sandbox, WEDNESDAY, words};
use crate::rows::{ROWS, Row, Stage};

/// The files of a store and their bytes, what is local and temporary aside.
pub type State = BTreeMap<String, Vec<u8>>;

/// Reads a store. A request that `old` does not have is named `NEW`, since its id is random, and so
/// is the key of a store that there was not.
pub fn state(store: &Path, old: Option<&State>) -> State {
    let mut files = State::new();
    let mut folders = vec![store.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if [".appt", ".git"].contains(&name.as_str()) || name.starts_with(".appt-") {
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
    if old.is_empty()
        && let Some(settings) = files.get_mut("appt.toml")
    {
        let text = String::from_utf8_lossy(settings);
        let lines = text.lines().filter(|line| !line.starts_with("key = "));
        *settings = lines.collect::<Vec<_>>().join("\n").into_bytes();
    }
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

/// A command on its store.
pub struct Case {
    pub name: &'static str,
    pub row: &'static Row,
    pub words: Vec<String>,
    sandbox: Arc<Sandbox>,
    /// The store before it.
    pub store: TempDir,
    /// What its line names besides.
    _outside: TempDir,
    pub old: State,
    pub new: State,
    turn: AtomicUsize,
}

/// A folder for many small copies; in memory where there is such a place.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let made = made.unwrap();
    // For its owner alone, as `check` asks of a store.
    fs::set_permissions(made.path(), fs::Permissions::from_mode(0o700)).unwrap();
    made
}

/// The cases of these names; all where none is given.
pub fn cases(only: &[&str]) -> Vec<Case> {
    let mut sandbox = Sandbox::new();
    sandbox.set("APPT_LANG", "en");
    sandbox.set("EMAIL", "anna@example.org");
    let id = sandbox.request(PETR, WEDNESDAY);
    sandbox.request(DARYA, WEDNESDAY);
    let sandbox = Arc::new(sandbox);
    let has_git = common::has(&["git"]);
    let wanted = ROWS.iter().filter(|row| only.is_empty() || only.contains(&row.name));
    wanted.filter(|row| has_git || !row.git).map(|row| Case::of(row, &sandbox, &id)).collect()
}

impl Case {
    fn of(row: &'static Row, sandbox: &Arc<Sandbox>, id: &str) -> Case {
        let (store, outside, name) = (folder(), folder(), row.name);
        common::copy(&sandbox.cwd, store.path());
        let (sandbox, turn) = (sandbox.clone(), AtomicUsize::new(0));
        let stage = Stage { sandbox: &sandbox, store: store.path(), id, outside: outside.path() };
        (row.before)(&stage);
        let words = stage.line(row.line);
        let old = state(store.path(), None);
        let new = old.clone();
        let mut case = Case { name, row, words, sandbox, store, _outside: outside, old, new, turn };
        let copy = case.fresh();
        let ended = case.run(&Program::built(), copy.path(), &[]);
        // Findings and refused rows are no failure of the write.
        assert!(matches!(ended.code, Some(0 | 1)), "{name}: {ended:?}");
        case.new = state(copy.path(), Some(&case.old));
        assert!(case.new != case.old, "{name} writes");
        case
    }

    /// Whether it changes one file, which takes no journal: there is nothing to recover.
    pub fn is_single(&self) -> bool {
        let changed = |path: &&String| self.old.get(*path) != self.new.get(*path);
        let here = self.new.keys().filter(changed).count();
        here + self.old.keys().filter(|path| !self.new.contains_key(*path)).count() < 2
    }

    /// Whether it changes so many files that its calls are alike by the thousand.
    pub fn is_huge(&self) -> bool {
        self.new.len() > 100
    }

    /// What it said of its change: by its exit code and message, or, where it was killed, by the
    /// answer. A command that also works with git says nothing of the files when it fails.
    pub fn claim(&self, ended: &Ended) -> Claim {
        // What was mended is said before the check that follows, and may itself fail.
        let stands = ["change stands", "did not confirm it", "Mended:"];
        let stands = stands.iter().any(|words| ended.err.contains(words));
        // A batch answers each line, also where it then refuses all of them.
        let is_refused = ended.out.contains("\"ok\":false");
        let is_said = !ended.out.is_empty() && ended.out.contains(self.row.says) && !is_refused;
        match ended.code {
            Some(0) => Claim::New,
            Some(1) if self.row.git => Claim::New,
            _ if self.row.git => Claim::Either,
            _ if stands || is_said => Claim::New,
            None => Claim::Either,
            Some(_) => Claim::Old,
        }
    }

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
        ended(&mut command)
    }

    /// Where git is.
    pub fn which_git(&self) -> String {
        let output = self.sandbox.command("sh").args(["-c", "command -v git"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs the command with a script before git, made in a folder.
    pub fn run_with_git(
        &self,
        program: &Program,
        store: &Path,
        folder: &Path,
        script: &str,
    ) -> Ended {
        let git = folder.join("git");
        fs::write(&git, script).unwrap();
        fs::set_permissions(&git, fs::Permissions::from_mode(0o700)).unwrap();
        let path = format!("PATH={}:{}", folder.display(), std::env::var("PATH").unwrap());
        self.run(program, store, &["env", &path])
    }

    /// Runs git in a store; what it printed, where it succeeded.
    fn git(&self, store: &Path, line: &str) -> Result<String, String> {
        let mut command = self.sandbox.command("git");
        let ended = ended(command.args(words(line)).current_dir(store));
        if ended.code == Some(0) { Ok(ended.out) } else { Err(format!("git {line}: {ended:?}")) }
    }

    /// Has the next command recover, and says what is wrong, if anything: the store must be the old
    /// or the new one, and the one that was claimed.
    pub fn judge(&self, program: &Program, store: &Path, claim: Claim) -> Result<(), String> {
        if self.row.makes {
            self.judge_made(program, store, claim)?;
        } else {
            self.judge_changed(program, store, claim)?;
        }
        if self.row.git { self.judge_again(program, store) } else { Ok(()) }
    }

    fn judge_changed(&self, program: &Program, store: &Path, claim: Claim) -> Result<(), String> {
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

    /// Whoever makes a store where it was being made learns whether it is there; then it is whole.
    fn judge_made(&self, program: &Program, store: &Path, claim: Claim) -> Result<(), String> {
        let ended = self.patiently(program, store);
        let was = match ended.code {
            Some(0) => Claim::Old,
            Some(3) => Claim::New,
            _ => return Err(format!("made again: {ended:?}")),
        };
        if claim != Claim::Either && claim != was {
            return Err(format!("{claim:?} was claimed, there was the {was:?} store"));
        }
        // Where there is one, the next command completes it.
        let ended = self.run_line(program, store, "check");
        let found = state(store, Some(&self.old));
        if found != self.new {
            let names: Vec<_> = found.keys().collect();
            return Err(format!("made again ({was:?}), it is not whole: {names:?}"));
        }
        if ended.code == Some(0) { Ok(()) } else { Err(format!("check: {ended:?}")) }
    }

    /// The command once more, and then again while git is in its way: one that was left alone may
    /// still be at work, and one that was killed leaves its lock; whoever is told of that removes it.
    fn patiently(&self, program: &Program, store: &Path) -> Ended {
        let mut ended = self.run(program, store, &[]);
        for _ in 0..40 {
            if !matches!(ended.code, Some(5 | 7)) {
                break;
            }
            thread::sleep(Duration::from_millis(50));
            if let Some((_, lock)) = ended.err.split_once("remove the lock: `rm ") {
                let lock = lock.split('`').next().expect("a path");
                drop(fs::remove_file(store.join(lock)));
            }
            // A repository that git had not finished when the power went is made anew.
            if self.row.makes && ended.err.contains("inside a git repository") {
                drop(fs::remove_dir_all(store.join(".git")));
            }
            ended = self.run(program, store, &[]);
        }
        ended
    }

    /// The command once more: it completes whatever it had begun with git.
    fn judge_again(&self, program: &Program, store: &Path) -> Result<(), String> {
        let ended = self.patiently(program, store);
        let done = if self.row.makes { Some(3) } else { Some(0) };
        if ended.code != done {
            return Err(format!("once more: {ended:?}"));
        }
        if state(store, Some(&self.old)) != self.new {
            return Err("once more, it is not complete".to_owned());
        }
        self.git(store, "fsck --no-dangling")?;
        let wants = |line: &str, wanted: &dyn Fn(&str) -> bool| {
            let said = self.git(store, line)?;
            if wanted(&said) { Ok(()) } else { Err(format!("git {line}: {said}")) }
        };
        match self.name {
            "sync" => {
                let hub = self.git(store, "--git-dir=.appt/hub.git rev-parse main")?;
                wants("rev-parse HEAD", &|head| head == hub)?;
                wants("status --porcelain", &str::is_empty)
            }
            "resolve (from stages)" => wants("diff --name-only --diff-filter=U", &str::is_empty),
            _ => {
                // The repository of `init` takes what `init --git-setup` lacks.
                let ended = self.run_line(program, store, "init --git-setup");
                if ended.code != Some(0) || !store.join(".git/hooks/pre-commit").exists() {
                    return Err(format!("setup: {ended:?}"));
                }
                wants("config merge.appt.driver", &|driver| driver.contains("merge-driver"))
            }
        }
    }
}

fn ended(command: &mut std::process::Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    Ended { code: output.status.code(), out, err }
}
