//! How git is started: what is shut off for every call, what for reading, and what is kept of its
//! words where it fails.
//!
//! A repository may come from anywhere, its configuration too: nothing that it names is run. No
//! argument passes a shell; hooks, file-system monitors, pagers, external differences and editors
//! are off; a call that reads takes no locks and reaches no network (`spec.md`, section 9).

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::error::{Code, Error, Result, rule};
use crate::say;
use crate::words::path::in_shell;

/// How much of git's own words an error keeps, in characters.
const SAID: usize = 1_000;

/// What ties a call to a repository: taken out, so that the folder alone decides. `GIT_CONFIG_…`
/// stay: they are the user's settings, as those in the home folder are.
const OF_A_REPOSITORY: [&str; 13] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// What would run a program of somebody's choice.
const PROGRAMS: [&str; 4] = ["GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_PAGER", "GIT_EDITOR"];

/// What is set for a call that reaches another repository.
const REACHING: [&str; 8] = [
    "core.fsync=all",
    "core.fsyncMethod=fsync",
    "protocol.ext.allow=never",
    "protocol.fd.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.writeCommitGraph=false",
    "submodule.recurse=false",
];

/// Git, for the repository that a folder lies in.
#[derive(Debug, Clone)]
pub struct Git {
    folder: PathBuf,
    in_hook: bool,
}

impl Git {
    /// For the repository that this folder lies in, whatever the environment says.
    pub fn at(folder: &Path) -> Git {
        Git { folder: folder.to_path_buf(), in_hook: false }
    }

    /// For a hook: the repository and the index are those that git named when it started us. What
    /// a commit of some files only takes in stands in an index of its own.
    pub fn in_hook(folder: &Path) -> Git {
        Git { folder: folder.to_path_buf(), in_hook: true }
    }

    /// The folder that calls are made in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A call that looks and changes nothing: no lock is taken, no network reached, and objects
    /// are what their names say.
    pub fn read<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Call {
        let mut call = self.call(true);
        call.0
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            // A clone without some of its objects would fetch them, by a command that its
            // configuration names. Git before 2.45 knows only the second of these.
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_ALLOW_PROTOCOL", "");
        call.0.args(args);
        call
    }

    /// A call that asks for the user's own settings: the folder of hooks is one that they chose.
    pub fn settings<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Call {
        let mut call = self.call(false);
        call.0.env("GIT_OPTIONAL_LOCKS", "0").args(args);
        call
    }

    /// A call that changes the repository. What it writes is on disk when it ends, but for the
    /// folders that hold it.
    pub fn write<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Call {
        let mut call = self.call(true);
        call.0.args(["-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync"]);
        call.0.args(args);
        call
    }

    /// A call that reaches another repository, by no program but git's own and its helpers: an
    /// address that is itself a command (`ext::`) is not run.
    pub fn reach<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Call {
        let mut call = self.call(true);
        for setting in REACHING {
            call.0.args(["-c", setting]);
        }
        call.0.args(args);
        call
    }

    fn call(&self, no_hooks: bool) -> Call {
        let mut command = Command::new("git");
        command.current_dir(&self.folder).stdin(Stdio::null());
        for name in PROGRAMS {
            command.env_remove(name);
        }
        if !self.in_hook {
            for name in OF_A_REPOSITORY {
                command.env_remove(name);
            }
        }
        // What git says is read by this program: in one language, and nobody is asked anything.
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
        command.args(["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]);
        if no_hooks {
            command.args(["-c", "core.hooksPath=/dev/null"]);
        }
        Call(command)
    }
}

/// A call of git, ready to be made.
#[derive(Debug)]
pub struct Call(Command);

impl Call {
    /// Makes it; what git printed.
    ///
    /// # Errors
    /// `store`: there is no git, or it failed.
    pub fn run(mut self) -> Result<Vec<u8>> {
        let output = self.0.output().map_err(|error| not_started(&error))?;
        if output.status.success() { Ok(output.stdout) } else { Err(failed(&output)) }
    }

    /// Makes it; what git printed, without the last line's end.
    ///
    /// # Errors
    /// As [`Call::run`].
    pub fn text(self) -> Result<String> {
        self.run().map(line)
    }

    /// Makes a call whose exit code 1 means that there is no answer, as that of `git config` does.
    ///
    /// # Errors
    /// As [`Call::run`].
    pub fn ask(mut self) -> Result<Option<String>> {
        let output = self.0.output().map_err(|error| not_started(&error))?;
        match output.status.code() {
            Some(0) => Ok(Some(line(output.stdout))),
            Some(1) => Ok(None),
            _ => Err(failed(&output)),
        }
    }

    /// Makes a call whose exit code is its answer; the code, where it is at most `last`.
    ///
    /// # Errors
    /// As [`Call::run`].
    pub fn code(mut self, last: u8) -> Result<u8> {
        let output = self.0.output().map_err(|error| not_started(&error))?;
        let code = output.status.code().and_then(|code| u8::try_from(code).ok());
        code.filter(|code| *code <= last).ok_or_else(|| failed(&output))
    }

    /// Makes a call that is told something while it runs; what it printed, which must be little
    /// until all is told.
    ///
    /// # Errors
    /// As [`Call::run`].
    pub fn feed(mut self, tell: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Vec<u8>> {
        let command = self.0.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| not_started(&error))?;
        let mut ask = io::BufWriter::new(child.stdin.take().expect("it was started with a pipe"));
        // Where git ended before it heard all, it says why itself.
        let told = tell(&mut ask).and_then(|()| ask.flush());
        drop(ask);
        let output = child.wait_with_output().map_err(|error| not_started(&error))?;
        if told.is_ok() && output.status.success() {
            return Ok(output.stdout);
        }
        Err(failed(&output))
    }

    /// Makes a call that answers each thing that it is told, however much that is; what it printed.
    ///
    /// # Errors
    /// As [`Call::run`].
    pub fn converse(mut self, told: Vec<u8>) -> Result<Vec<u8>> {
        let command = self.0.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| not_started(&error))?;
        let mut ask = child.stdin.take().expect("it was started with a pipe");
        // It may stop listening until it is heard: both happen at once.
        let teller = std::thread::spawn(move || ask.write_all(&told));
        let output = child.wait_with_output().map_err(|error| not_started(&error))?;
        let is_told = teller.join().is_ok_and(|told| told.is_ok());
        if is_told && output.status.success() { Ok(output.stdout) } else { Err(failed(&output)) }
    }

    /// Makes a call whose failure has its reasons in what it says.
    ///
    /// # Errors
    /// `store` where there is no git.
    pub fn tried(mut self) -> Result<Tried> {
        let output = self.0.output().map_err(|error| not_started(&error))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let done = output.status.success();
        Ok(Tried { done, answer: text(&output.stdout), said: complaint(&output) })
    }

    /// The same call with a variable of its environment set.
    pub fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Call {
        self.0.env(name, value);
        self
    }

    /// Starts a call that is talked to while it runs. Its complaints are not heard.
    ///
    /// # Errors
    /// `store` where there is no git.
    pub fn start(mut self) -> Result<Child> {
        let command = self.0.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(|error| not_started(&error))
    }
}

/// What came of a call.
#[derive(Debug)]
pub struct Tried {
    /// Whether it did what it should.
    pub done: bool,
    /// What it printed.
    pub answer: String,
    /// What it complained of.
    pub said: String,
}

fn line(bytes: Vec<u8>) -> String {
    let mut text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

fn not_started(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::store(
            rule::NO_GIT,
            say!("Не нашлась программа git.", "The program git was not found."),
        )
        .hint(say!("Установите git 2.38 или новее.", "Install git, 2.38 or later."));
    }
    Error::io(&say!("запустить", "start"), "git", error)
}

fn failed(output: &Output) -> Error {
    let said = complaint(output);
    if let Some(lock) = lock_in_the_way(&said) {
        return locked(&lock);
    }
    if let Some(folder) = of_another(&said) {
        return distrusted(&folder);
    }
    let said = cut(&said);
    Error::store("git", say!("git не справился: {said}", "git failed: {said}"))
}

/// The repository that git does not trust, since it is another account's, by what it says.
pub fn of_another(said: &str) -> Option<String> {
    let (_, after) = said.split_once("dubious ownership in repository at '")?;
    let line = after.lines().next()?;
    line.rsplit_once('\'').map(|(folder, _)| folder.to_owned())
}

/// A repository is another account's: git goes into it only where somebody says that it may.
pub fn distrusted(folder: &str) -> Error {
    let error = Error::store(
        "git-owner",
        say!(
            "Папка {folder} принадлежит другой учётной записи, и git не доверяет ей.",
            "The folder {folder} is another account's, and git does not trust it."
        ),
    );
    let word = in_shell(folder);
    // Git wants the whole path, and says it only where the address is one.
    error.hint(match Path::new(folder).is_relative() {
        true => say!(
            "Если это ваша общая папка: `git config --global --add safe.directory ПОЛНЫЙ_ПУТЬ`, и повторите. Записи целы.",
            "If it is a folder that you share: `git config --global --add safe.directory WHOLE_PATH`, and try again. The records are safe."
        ),
        false => say!(
            "Если это ваша общая папка: `git config --global --add safe.directory {word}`, и повторите. Записи целы.",
            "If it is a folder that you share: `git config --global --add safe.directory {word}`, and try again. The records are safe."
        ),
    })
}

/// The lock that kept git from its work, by what it says.
pub fn lock_in_the_way(said: &str) -> Option<String> {
    let (before, _) = said.split_once(": File exists")?;
    if let Some((_, config)) = before.split_once("could not lock config file ") {
        return Some(format!("{config}.lock"));
    }
    let (_, lock) = before.rsplit_once("Unable to create '")?;
    lock.strip_suffix('\'').filter(|lock| lock.ends_with(".lock")).map(str::to_owned)
}

/// A lock of git's is in place: another is at work, or one was killed.
pub fn locked(path: &str) -> Error {
    let word = in_shell(path);
    Error::new(
        Code::Busy,
        "git-lock",
        say!(
            "git занят, или его прервали: стоит замок {path}.",
            "Git is at work, or was killed: its lock is in place, {path}."
        ),
    )
    .hint(say!(
        "Записи целы. Подождите и повторите. Если другого git с этими данными нет, уберите замок: `rm {word}`.",
        "The records are safe. Wait and try again. If no other git works with these data, remove the lock: `rm {word}`."
    ))
}

/// What git complained of, or its exit code.
fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if !said.is_empty() {
        return said;
    }
    let code = output.status.code().map_or("?".to_owned(), |code| code.to_string());
    format!("exit {code}")
}

/// As much of git's words as an error keeps: how they begin and, where helpers talked at length,
/// how they end, which is why it failed.
pub fn cut(said: &str) -> String {
    let length = said.chars().count();
    if length <= SAID {
        return said.to_owned();
    }
    let half = SAID / 2;
    let begins: String = said.chars().take(half).collect();
    let ends: String = said.chars().skip(length - half).collect();
    format!("{begins} … {ends}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_another_account_is_named_with_the_way_in() {
        let said = "fatal: detected dubious ownership in repository at '/srv/hub.git'\nTo add";
        let error = distrusted(&of_another(said).unwrap());
        assert!(error.hint.unwrap().en.contains("safe.directory /srv/hub.git`"));
        let relative = distrusted("../hub.git").hint.unwrap().en;
        assert!(relative.contains("safe.directory WHOLE_PATH"), "{relative}");
        assert_eq!(of_another("fatal: not a git repository"), None);
    }

    #[test]
    fn the_lock_in_gits_way_is_named() {
        for (said, lock) in [
            (
                "error: could not lock config file .git/config: File exists",
                Some(".git/config.lock"),
            ),
            (
                "fatal: Unable to create '/a b/.git/index.lock': File exists.\n\nAnother",
                Some("/a b/.git/index.lock"),
            ),
            ("fatal: Unable to create '/a/.git/index.lock': Permission denied", None),
            ("fatal: not a git repository", None),
        ] {
            assert_eq!(lock_in_the_way(said).as_deref(), lock, "{said}");
        }
    }
}
