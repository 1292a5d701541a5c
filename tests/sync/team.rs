//! Two operators with a clone each, and the repository that they share.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{APPT, Ran, Sandbox, short, words};

/// Anna's clone is `anna`, Boris's `boris`; `hub.git` is what they share.
pub struct Team {
    /// The folder that holds all, and the environment.
    pub s: Sandbox,
}

impl Team {
    /// Both clones are the same: one specialty, one clinic, two admins.
    pub fn new() -> Team {
        let mut s = Sandbox::empty();
        s.cwd = s.folder().to_path_buf();
        for setting in ["user.name Test", "user.email test@example.org", "init.defaultBranch main"]
        {
            s.git(&format!("config --global {setting}"));
        }
        s.git("init -q --bare -b main hub.git");
        s.ok("init anna --operator anna --name 'Анна Смирнова'");
        let team = Team { s };
        team.anna("operator new --id boris --name 'Борис Котов' --role admin").exits(0);
        team.anna("specialty new --title Терапевт").exits(0);
        team.anna(
            "clinic new --id p1 --name 'Поликлиника № 1' --address 'ул. Ленина, 1' \
             --phone 84952377297 --specialty terapevt",
        )
        .exits(0);
        team.git("anna", "remote add origin ../hub.git");
        team.anna("sync").exits(0);
        team.s.git("clone -q hub.git boris");
        team.git("boris", "remote set-url origin ../hub.git");
        team.boris("init --git-setup").exits(0);
        team
    }

    /// The same once more, in a folder of its own.
    pub fn copy(&self) -> Team {
        let mut s = Sandbox::empty();
        s.cwd = s.folder().to_path_buf();
        let mut copy = Command::new("cp");
        let done = copy.arg("-a").arg(self.s.folder().join(".")).arg(s.folder()).status();
        assert!(done.unwrap().success());
        Team { s }
    }

    /// Runs a command in a clone, by its owner, at a time of 23 November.
    pub fn at(&self, who: &str, time: &str, line: &str) -> Ran {
        self.run(who, Some(time), line)
    }

    /// Runs a command of Anna's at ten.
    pub fn anna(&self, line: &str) -> Ran {
        self.run("anna", None, line)
    }

    /// Runs a command of Boris's at ten.
    pub fn boris(&self, line: &str) -> Ran {
        self.run("boris", None, line)
    }

    fn run(&self, who: &str, time: Option<&str>, line: &str) -> Ran {
        let mut command = self.s.command(APPT);
        command.current_dir(self.clone(who)).env("APPT_OPERATOR", who).args(words(line));
        if let Some(time) = time {
            command.env("APPT_NOW", format!("2026-11-23T{time}:00+03:00"));
        }
        Ran::of(line, command.output().unwrap())
    }

    /// Runs git in a clone; it must succeed.
    pub fn git(&self, who: &str, line: &str) -> String {
        let mut command = self.s.command("git");
        command.current_dir(self.clone(who)).args(words(line));
        Ran::of(line, command.output().unwrap()).exits(0).stdout
    }

    /// A clone's folder.
    pub fn clone(&self, who: &str) -> PathBuf {
        self.s.folder().join(who)
    }

    /// A file of a clone.
    pub fn read(&self, who: &str, path: &str) -> String {
        fs::read_to_string(self.clone(who).join(path)).unwrap()
    }

    /// Writes a file of a clone.
    pub fn write(&self, who: &str, path: &str, text: &str) {
        fs::write(self.clone(who).join(path), text).unwrap();
    }

    /// Everything that a clone's store holds, by path.
    pub fn files(&self, who: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.clone(who)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if entry.file_type().unwrap().is_dir() {
                    if entry.file_name() != ".git" && entry.file_name() != ".appt" {
                        folders.push(path);
                    }
                } else if entry.file_type().unwrap().is_file() {
                    let name = path.strip_prefix(self.clone(who)).unwrap().to_owned();
                    files.push((name, fs::read(&path).unwrap()));
                }
            }
        }
        files.sort();
        files
    }

    /// Syncs until both clones have everything, and asserts that they are alike and whole.
    pub fn meet(&self) {
        for who in ["anna", "boris", "anna"] {
            let ran = self.at(who, "12:00", "sync");
            assert!(matches!(ran.code, 0 | 5), "{}\n{}", ran.stdout, ran.stderr);
        }
        self.alike();
    }

    /// Asserts that both clones are alike and whole, and agree with git.
    #[track_caller]
    pub fn alike(&self) {
        assert_eq!(self.files("anna"), self.files("boris"));
        for who in ["anna", "boris"] {
            assert_eq!(self.git(who, "status --porcelain"), "");
            self.git(who, "fsck --no-dangling");
        }
        assert_eq!(self.git("anna", "rev-parse HEAD"), self.git("boris", "rev-parse HEAD"));
    }

    /// A request of Пётр's made in a clone; its id.
    pub fn request(&self, who: &str) -> String {
        let ran = self.at(
            who,
            "10:00",
            "request new --name 'Щукин Пётр Фёдорович' --passport 4511227265 --phone 89017892569 \
             --clinic p1 --specialty terapevt --range 'ср 9-12' -o ids",
        );
        ran.exits(0).stdout.trim().to_owned()
    }

    /// The path of a request's file.
    pub fn path(id: &str) -> String {
        format!("requests/{}/{}/{}/{id}.toml", &id[..4], &id[4..6], &id[6..8])
    }

    /// The rules that `check` finds broken in a clone.
    pub fn rules(&self, who: &str) -> Vec<String> {
        let found = self.at(who, "12:00", "check --json").json();
        let rules = found["findings"].as_array().unwrap().iter();
        rules.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    }

    /// A program of this sandbox in front of the real one of this name.
    pub fn in_front_of(&mut self, program: &str, script: &str) {
        let folder = self.s.folder().join("bin");
        fs::create_dir_all(&folder).unwrap();
        script_at(&folder.join(program), script);
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        self.s.set("PATH", &path);
    }

    /// Takes it away.
    pub fn nothing_in_front(&mut self) {
        self.s.set("PATH", &std::env::var("PATH").unwrap());
    }
}

/// The short id.
pub fn id(long: &str) -> &str {
    short(long)
}

/// Writes a script that can be run.
pub fn script_at(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Where the real git is, as the sandbox finds it.
pub fn real_git() -> String {
    let path = std::env::var("PATH").unwrap();
    let found = path.split(':').map(|folder| format!("{folder}/git"));
    found.into_iter().find(|git| Path::new(git).exists()).unwrap()
}
