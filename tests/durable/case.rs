//! A command of the table with the store that it starts from and the one that it leaves; and what it
//! means that a store is exactly one of the two.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use portable_pty::PtySize;
use tempfile::TempDir;

use crate::common::{self, APPT, DARYA, PETR, Sandbox, WEDNESDAY, words};
use crate::rows::{Beside, ROWS, Row, Stage};

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
    /// The one that was built with the tests, unless `APPT_PROGRAM` names another build of it.
    pub fn built() -> Program {
        let named = std::env::var_os("APPT_PROGRAM");
        let path = named.map(|path| fs::canonicalize(path).expect("APPT_PROGRAM is there"));
        Program { path: path.unwrap_or_else(|| APPT.into()), fault: None }
    }

    /// The build with faults, and which of them it has.
    pub fn broken(fault: &str) -> Program {
        let path = std::env::var_os("APPT_BROKEN_BUILD").expect("it names the build with faults");
        Program { path: fs::canonicalize(path).unwrap(), fault: Some(fault.to_owned()) }
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
    /// The records are there; what lies beside them may not be.
    Records,
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

/// A folder for many small copies.
pub fn folder() -> TempDir {
    let made = common::folder();
    // For its owner alone, as `check` asks of a store.
    fs::set_permissions(made.path(), fs::Permissions::from_mode(0o700)).unwrap();
    made
}

/// The cases of these names; all where none is given.
pub fn cases(only: &[&str]) -> Vec<Case> {
    let mut sandbox = Sandbox::new();
    sandbox.set("APPT_LANG", "en");
    sandbox.set("EMAIL", "anna@example.org");
    // What a person does in an editor.
    let editor = sandbox.folder().join("editor");
    let script = "#!/bin/sh\nexec sed -i 's/^phone = .*/phone = \"+79161234567\"/' \"$1\"\n";
    fs::write(&editor, script).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).unwrap();
    sandbox.set("EDITOR", editor.to_str().unwrap());
    let id = sandbox.request(PETR, WEDNESDAY);
    sandbox.request(DARYA, WEDNESDAY);
    let sandbox = Arc::new(sandbox);
    let has_git = common::has(&["git"]);
    let wanted = ROWS.iter().filter(|row| only.is_empty() || only.contains(&row.name));
    wanted.filter(|row| has_git || !row.git).map(|row| Case::of(row, &sandbox, &id)).collect()
}

/// Forgets what each operator did last: the clock stands still here, and a command whose note of that
/// can't be read would name its change another moment, which is another file.
fn forget_the_last(store: &Path) {
    let local = fs::read_dir(store.join(".appt")).into_iter().flatten().map(Result::unwrap);
    for entry in local.filter(|entry| entry.file_name().to_string_lossy().starts_with("last-")) {
        fs::remove_file(entry.path()).unwrap();
    }
}

impl Case {
    fn of(row: &'static Row, sandbox: &Arc<Sandbox>, id: &str) -> Case {
        let (store, outside, name) = (folder(), folder(), row.name);
        common::copy(&sandbox.cwd, store.path());
        let (sandbox, turn) = (sandbox.clone(), AtomicUsize::new(0));
        let stage = Stage { sandbox: &sandbox, store: store.path(), id, outside: outside.path() };
        (row.before)(&stage);
        forget_the_last(store.path());
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

    /// What may be claimed once its journal stands: the next command completes the records, but
    /// not what follows them, beside the store or in git.
    pub fn journalled(&self) -> Claim {
        let is_all = self.row.beside == Beside::Nothing && !self.row.git;
        if is_all { Claim::New } else { Claim::Records }
    }

    /// Whether it changes one file, or none of the store's, which takes no journal: there is nothing
    /// to recover.
    pub fn is_single(&self) -> bool {
        if matches!(self.row.beside, Beside::Each(_)) {
            return true;
        }
        let changed = |path: &&String| self.old.get(*path) != self.new.get(*path);
        let here = self.new.keys().filter(changed).count();
        here + self.old.keys().filter(|path| !self.new.contains_key(*path)).count() < 2
    }

    /// Whether it changes so many files that its calls are alike by the thousand.
    pub fn is_huge(&self) -> bool {
        self.new.len() > 100 || matches!(self.row.beside, Beside::Each(_))
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
        let is_beside_missing = ended.err.contains("could not be written");
        match ended.code {
            Some(0) => Claim::New,
            Some(1) if self.row.git => Claim::New,
            _ if self.row.git => Claim::Either,
            Some(_) if matches!(self.row.beside, Beside::Each(_)) => Claim::Records,
            Some(_)
                if matches!(self.row.beside, Beside::Then(_)) && (stands || is_beside_missing) =>
            {
                Claim::Records
            }
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
        let mut command = self.command(program, store, tool, words);
        let is_typed = self.row.at_terminal && words == self.words;
        if is_typed { at_terminal(command) } else { ended(&mut command) }
    }

    /// Runs any command as a person does, at a terminal.
    pub fn run_at_terminal(
        &self,
        program: &Program,
        store: &Path,
        tool: &[&str],
        line: &str,
    ) -> Ended {
        at_terminal(self.command(program, store, tool, &words(line)))
    }

    fn command(&self, program: &Program, store: &Path, tool: &[&str], words: &[String]) -> Command {
        let path = program.path.to_str().unwrap();
        let mut all = tool.iter().copied().chain([path]);
        let mut command = self.sandbox.command(all.next().unwrap());
        command.args(all).args(words).current_dir(store);
        command.envs(program.fault.iter().map(|fault| ("APPT_BROKEN", fault)));
        command
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
        // What was said to be shared is with the others, before anybody repeats it.
        if self.name == "sync" && claim == Claim::New {
            self.is_shared(store)?;
        }
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
        let may_lag = matches!(claim, Claim::Records | Claim::Either);
        match claim {
            Claim::New | Claim::Records if is_new => Ok(()),
            _ if may_lag && self.lags(&found) => self.judge_behind(program, store),
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

    /// Whether the records are the new ones, and what lies beside them is whole, old or new.
    fn lags(&self, found: &State) -> bool {
        let (Beside::Then(beside) | Beside::Each(beside)) = self.row.beside else { return false };
        let all: BTreeSet<&String> = found.keys().chain(self.new.keys()).collect();
        let mut all = all.into_iter();
        all.all(|path| {
            let now = found.get(path);
            now == self.new.get(path) || path.starts_with(beside) && now == self.old.get(path)
        })
    }

    /// Repeated, the command writes what was missing beside the records, and nothing else.
    fn judge_behind(&self, program: &Program, store: &Path) -> Result<(), String> {
        let ended = self.run(program, store, &[]);
        if ended.code != Some(0) || state(store, Some(&self.old)) != self.new {
            return Err(format!("repeated, it does not complete what lies beside: {ended:?}"));
        }
        Ok(())
    }

    /// Whoever makes a store where it was being made learns whether it is there; then it is whole.
    fn judge_made(&self, program: &Program, store: &Path, claim: Claim) -> Result<(), String> {
        let ended = self.patiently(program, store);
        let was = match ended.code {
            Some(0) => Claim::Old,
            Some(3) => Claim::New,
            _ => return Err(format!("made again: {ended:?}")),
        };
        // Its records are what makes a store.
        let claim = if claim == Claim::Records { Claim::New } else { claim };
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
            // The store's own, or that of what it syncs with, which lies in the store here.
            if let Some((_, lock)) = ended.err.split_once("its lock is in place, ") {
                let lock = lock.lines().next().expect("a path").trim_end_matches('.');
                drop(fs::remove_file(store.join(lock)));
            }
            // A repository that git had not finished when the power went is made anew.
            let half = ["inside a git repository", "bad config line"];
            if self.row.makes && half.iter().any(|words| ended.err.contains(words)) {
                drop(fs::remove_dir_all(store.join(".git")));
            }
            ended = self.run(program, store, &[]);
        }
        ended
    }

    /// Whether the others have the commit that the branch has, and all of it.
    fn is_shared(&self, store: &Path) -> Result<(), String> {
        let head = self.git(store, "rev-parse HEAD")?;
        let hub = self.git(store, "--git-dir=.appt/hub.git rev-parse main")?;
        if head != hub {
            return Err(format!("the branch is at {head}, the others are at {hub}"));
        }
        self.git(store, "--git-dir=.appt/hub.git fsck --no-dangling").map(drop)
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
                self.is_shared(store)?;
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

/// What a command comes to.
pub fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    Ended { code: output.status.code(), out, err }
}

/// What a command comes to that is typed at a terminal: two of them, so that its result and its
/// remarks are told apart.
fn at_terminal(mut command: Command) -> Ended {
    let (screen, out) = terminal();
    let (other, err) = terminal();
    command.stdin(screen.try_clone().unwrap()).stdout(screen).stderr(other);
    let mut child = command.spawn().unwrap();
    drop(command); // Its ends of the terminals are the child's alone.
    let code = child.wait().unwrap().code();
    let text = |shown: JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&shown.join().unwrap()).replace("\r\n", "\n")
    };
    Ended { code, out: text(out), err: text(err) }
}

/// A terminal, and what is shown there until the last one leaves it.
fn terminal() -> (File, JoinHandle<Vec<u8>>) {
    let pty = portable_pty::native_pty_system().openpty(PtySize::default()).unwrap();
    let mut screen = pty.master.try_clone_reader().unwrap();
    // It is nobody's controlling terminal: whoever leaves it ends nobody else.
    const NO_CONTROL: i32 = 0o400;
    let mut options = fs::OpenOptions::new();
    let options = options.read(true).write(true).custom_flags(NO_CONTROL);
    let opened = options.open(pty.master.tty_name().unwrap()).unwrap();
    let watcher = thread::spawn(move || {
        let _kept = pty.master;
        let mut shown = Vec::new();
        // One that everybody has left is an error to its reader.
        drop(screen.read_to_end(&mut shown));
        shown
    });
    (opened, watcher)
}
