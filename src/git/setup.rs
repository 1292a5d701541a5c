//! What a clone of a store needs once: the merge driver in git's configuration, the hooks that
//! check what is staged, and the line of `.gitattributes` (`spec.md`, section 8).
//!
//! First it is looked at, then done; done twice it changes nothing. A hook that somebody else put
//! there stays as it is.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::git::run::Git;
use crate::say;
use crate::store::disk;

/// How git treats records: the line of [`ATTRIBUTES`].
pub const RECORDS: &str = "*.toml text eol=lf merge=appt\n";
/// The file in which git's attributes stand.
pub const ATTRIBUTES: &str = ".gitattributes";
/// What git leaves alone: what is local to one machine, and a file that is being written.
pub const LOCAL: &str = "/.appt/\n.appt-*.tmp\n";
/// The file in which that stands.
pub const IGNORED: &str = ".gitignore";
/// A path of what is local, to ask git whether it leaves it alone.
const A_LOCAL: &str = ".appt/lock";
/// What the driver calls itself in git's messages.
const NAME: &str = "appt: the histories of a record are united";
/// A path of a record, to ask git what it would do with one.
const A_RECORD: &str = "requests/2026/11/23/20261123-k7m2qx.toml";
/// The command of the hooks.
const CHECK: &str = "check --staged";
/// The hooks, and what each adds to the command: git calls the first before a commit, the second
/// before it commits a merge that it made without anybody's help.
const HOOKS: [(&str, &str); 2] = [("pre-commit", ""), ("pre-merge-commit", " --merged")];

/// What became of a part of the setup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It was there already.
    There,
    /// It was not there, or was another program's; now it is.
    Made,
    /// Somebody else's hook is in its place, which stays.
    Foreign,
    /// The user keeps hooks in a folder of their own (`core.hooksPath`), which stays as it is.
    Elsewhere,
}

impl Part {
    /// The code in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Part::There => "there",
            Part::Made => "made",
            Part::Foreign => "foreign",
            Part::Elsewhere => "elsewhere",
        }
    }
}

/// What a clone has of the setup, and what is to be done.
#[derive(Debug, Clone)]
pub struct Setup {
    git: Git,
    /// The merge driver.
    pub driver: Part,
    /// The hooks: before a commit, and before a merge is committed.
    pub hooks: Vec<Hook>,
    /// The line of `.gitattributes`.
    pub attributes: Part,
    /// The lines of `.gitignore`.
    pub ignored: Part,
    commands: [(&'static str, String); 2],
}

/// A hook that checks what is staged.
#[derive(Debug, Clone)]
pub struct Hook {
    /// What git calls it.
    pub name: &'static str,
    /// What is there in its place.
    pub part: Part,
    /// Its file.
    pub file: PathBuf,
    /// The line that a hook of somebody else's needs.
    pub line: String,
    text: String,
}

/// Looks at what a repository has. `program` is the path of this program.
///
/// # Errors
/// `store` where git fails.
pub fn look(git: &Git, program: &Path) -> Result<Setup> {
    let commands = [("merge.appt.name", NAME.to_owned()), ("merge.appt.driver", driver(program))];
    let mut is_set = true;
    for (key, value) in &commands {
        let found = git.settings(["config", "--local", "--get-all", key]).ask()?;
        is_set &= found.as_ref() == Some(value);
    }
    let own_folder = git.settings(["config", "--type=path", "--get", "core.hooksPath"]).ask()?;
    let has_own_folder = own_folder.is_some_and(|folder| !folder.is_empty());
    let folder = git.settings(["rev-parse", "--git-path", "hooks"]).text()?;
    let folder = git.folder().join(folder);
    let hooks = HOOKS.map(|(name, more)| {
        let (text, line) = (hook(program, more), format!("appt {CHECK}{more} || exit 1"));
        let part = present(&folder, name, &text, has_own_folder);
        Hook { name, part, file: folder.join(name), line, text }
    });
    let said = git.read(["check-attr", "merge", "--", A_RECORD]).text()?;
    let part = |is_there| if is_there { Part::There } else { Part::Made };
    let ignored = git.read(["check-ignore", "--quiet", "--no-index", "--", A_LOCAL]).code(1)? == 0;
    Ok(Setup {
        git: git.clone(),
        driver: part(is_set),
        hooks: hooks.into(),
        attributes: part(said.ends_with(": merge: appt")),
        ignored: part(ignored),
        commands,
    })
}

/// What stands in a hook's place.
fn present(folder: &Path, name: &str, text: &str, has_own_folder: bool) -> Part {
    let is_there = disk::exists(folder, name);
    let runs_check = |line: &str| !line.starts_with('#') && line.contains(CHECK);
    let is_ours = is_there
        && disk::read_any(folder, name)
            .ok()
            .flatten()
            .is_some_and(|found| found == text || found.lines().any(runs_check));
    match (is_ours, is_there) {
        (true, _) => Part::There,
        (false, _) if has_own_folder => Part::Elsewhere,
        (false, true) => Part::Foreign,
        (false, false) => Part::Made,
    }
}

impl Setup {
    /// Does what is to be done in the repository. `.gitattributes` and `.gitignore` are the store's
    /// own, and are written with its other files or by [`Setup::own_files`].
    ///
    /// # Errors
    /// `store`: git fails, the hook can't be written.
    pub fn carry_out(&self) -> Result<()> {
        if self.driver == Part::Made {
            for (key, value) in &self.commands {
                self.git.write(["config", "--local", "--replace-all", key, value]).run()?;
            }
        }
        for Hook { file, text, .. } in self.hooks.iter().filter(|hook| hook.part == Part::Made) {
            disk::make_program(file, text).map_err(|error| {
                let path = file.display().to_string();
                Error::io(&say!("записать", "write"), &path, &error)
            })?;
        }
        if self.driver == Part::Made || self.hooks.iter().any(|hook| hook.part == Part::Made) {
            make_durable(&self.git)?;
        }
        Ok(())
    }

    /// The store's own files that lack a line: what each holds, and what it shall hold.
    ///
    /// # Errors
    /// `store` where one can't be read.
    pub fn own_files(&self) -> Result<Vec<(&'static str, Option<String>, String)>> {
        let files = [(self.attributes, ATTRIBUTES, RECORDS), (self.ignored, IGNORED, LOCAL)];
        let lacking = files.into_iter().filter(|(part, ..)| *part == Part::Made);
        let with_lines = lacking.map(|(_, path, lines)| {
            let before = disk::read_any(self.git.folder(), path)
                .map_err(|error| Error::io(&say!("прочитать", "read"), path, &error))?;
            let mut after = before.clone().unwrap_or_default();
            if !after.is_empty() && !after.ends_with('\n') {
                after.push('\n');
            }
            after.push_str(lines);
            Ok((path, before, after))
        });
        with_lines.collect()
    }
}

/// What git wrote for a command is on disk before that command reports success.
///
/// # Errors
/// `store` where the disk does not confirm it.
pub fn make_durable(git: &Git) -> Result<()> {
    let folder = git.folder();
    disk::sync_below(folder).map_err(|error| {
        Error::io(&say!("сбросить на диск", "sync to disk"), &folder.display().to_string(), &error)
    })
}

/// The command that merges. Git hands it to `sh` with the placeholders filled in: three files of
/// its own naming, and the path, which it quotes itself. Quotes of ours around `%P` would undo
/// git's, so it stands bare.
fn driver(program: &Path) -> String {
    let program = quoted(program).replace('%', "%%");
    format!("{program} merge-driver %O %A %B %P")
}

/// A hook: the program as the user has it, or else as it was when this was installed.
fn hook(program: &Path, more: &str) -> String {
    let program = quoted(program);
    format!(
        "#!/bin/sh\n\
         # By `appt init`: no commit takes data in which `appt check` finds an error.\n\
         # `git commit --no-verify` commits all the same.\n\
         program={program}\n\
         if command -v appt >/dev/null 2>&1; then\n\
         \x20   program=appt\n\
         elif [ ! -x \"$program\" ]; then\n\
         \x20   echo 'Не нашлась программа appt: данные не проверены, коммит не сделан (git commit --no-verify — без проверки).' >&2\n\
         \x20   echo 'The program appt was not found: nothing was checked or committed (git commit --no-verify goes unchecked).' >&2\n\
         \x20   exit 1\n\
         fi\n\
         exec \"$program\" {CHECK}{more} --data .\n"
    )
}

/// A path as one word of `sh`, whatever stands in it.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    // Git for Windows reads both; its `sh` takes a backslash for itself.
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.into_owned() };
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_path_is_one_word_of_the_shell_and_no_placeholder() {
        assert_eq!(driver(Path::new("/bin/appt")), "'/bin/appt' merge-driver %O %A %B %P");
        assert_eq!(
            driver(Path::new("/a b/$(x)/it's 100%P")),
            r"'/a b/$(x)/it'\''s 100%%P' merge-driver %O %A %B %P"
        );
    }

    #[test]
    fn the_hook_is_a_script_of_sh_that_names_the_check_outside_of_comments() {
        let text = hook(Path::new("/a b/appt"), " --merged");
        assert!(text.starts_with("#!/bin/sh\n") && text.contains("\nprogram='/a b/appt'\n"));
        assert!(text.ends_with("exec \"$program\" check --staged --merged --data .\n"), "{text}");
    }
}
