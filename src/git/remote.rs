//! The other repository that a branch is shared with: its name, where pushes go, fetching from it
//! and pushing to it. A name or address that git could take for an option, or for a command, is
//! refused. One that is encrypted ([`vault`]) is reached as any other, but for the guard of a push.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::git::refs::{self, Id, Name};
use crate::git::repository::Repository;
use crate::git::run::{Tried, cut};
use crate::git::state::{BRANCHES, State};
use crate::git::vault::{self, Guard, Vault};
use crate::say;

/// Where what was fetched stands until it is merged.
const THEIRS: &str = "refs/appt/theirs";
/// The setting of a clone that names the hosts which its user agreed to share the data with.
const SHARED_WITH: &str = "appt.sharedWith";
/// The remote that is taken where the branch names none.
const DEFAULT: &str = "origin";

/// Another repository, and the branch there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name, or its address where the branch names that.
    pub name: String,
    /// The branch there, in full.
    pub branch: String,
    /// Whether the branch here names it as its upstream.
    pub is_upstream: bool,
    /// The hosts that a push goes to; none where it stays on this machine. What goes to one
    /// encrypted is agreed upon apart: `gcrypt::example.org`.
    pub hosts: BTreeSet<String>,
    /// Where what is pushed lies encrypted, if it does.
    pub vault: Option<Vault>,
}

/// Why nothing came of a push.
#[derive(Debug)]
pub enum Push {
    /// It stands there now.
    Done,
    /// Somebody else was faster.
    Behind,
    /// It failed, as git says.
    Failed(String),
}

impl Remote {
    /// The remote of a branch: its upstream, or else `origin` and the same name. None where there
    /// is no such remote.
    ///
    /// # Errors
    /// `refused` where its name or address can't be passed to git; `store` where git fails.
    pub fn of(repository: &Repository, state: &State) -> Result<Option<Remote>> {
        let git = repository.git();
        let branch = state.short();
        let get =
            |key: &str| git.settings(["config", "--get", &format!("branch.{branch}.{key}")]).ask();
        let (named, merge) = (get("remote")?, get("merge")?);
        let is_upstream = named.is_some() && merge.is_some();
        let remotes = git.settings(["remote"]).text()?;
        let name = match named {
            Some(name) => name,
            None if remotes.lines().any(|name| name == DEFAULT) => DEFAULT.to_owned(),
            None => return Ok(None),
        };
        let there = merge.unwrap_or_else(|| state.branch.clone());
        passable(&name)?;
        passable(there.strip_prefix(BRANCHES).unwrap_or_default())?;
        if name == "." {
            return Err(Error::refused(
                "no-remote",
                say!(
                    "Ветка {branch} следует за другой веткой этого же клона, а не за общей.",
                    "The branch {branch} follows another branch of this clone, not a shared one."
                ),
            )
            .hint(say!(
                "Назовите общую: `git branch --set-upstream-to=origin/{branch}`.",
                "Name the shared one: `git branch --set-upstream-to=origin/{branch}`."
            )));
        }
        let addresses = if remotes.lines().any(|known| known == name) {
            git.settings(["remote", "get-url", "--push", "--all", "--", &name]).text()?
        } else {
            git.settings(["ls-remote", "--get-url", "--", &name]).text()?
        };
        let mut hosts = BTreeSet::new();
        let mut vault = None;
        for address in addresses.lines() {
            passable(address)?;
            hosts.extend(host(address));
            vault = vault.or(Vault::of(git, &name, address)?);
        }
        if let Some(vault) = &vault {
            hosts.extend(host(vault.place()).map(|host| format!("{}{host}", vault::PREFIX)));
            let from = git.settings(["ls-remote", "--get-url", "--", &name]).text()?;
            if from != addresses {
                return Err(several_addresses(&name));
            }
        }
        Ok(Some(Remote { name, branch: there, is_upstream, hosts, vault }))
    }

    /// The hosts that nobody has agreed to share the data with.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn new_hosts(&self, repository: &Repository) -> Result<Vec<String>> {
        let known = repository.git().settings(["config", "--local", "--get-all", SHARED_WITH]);
        let known = known.ask()?.unwrap_or_default();
        let is_new = |host: &&String| !known.lines().any(|known| known == host.as_str());
        Ok(self.hosts.iter().filter(is_new).cloned().collect())
    }

    /// Keeps that somebody agreed.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn agree(&self, repository: &Repository, hosts: &[String]) -> Result<()> {
        let add =
            |host| repository.git().write(["config", "--local", "--add", SHARED_WITH, host]).run();
        hosts.iter().try_for_each(|host| add(host).map(drop))
    }

    /// The commit that the branch there had when it was last seen.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn last_seen(&self, repository: &Repository) -> Result<Option<Id>> {
        let branch = self.branch.strip_prefix(BRANCHES).unwrap_or_default();
        let name = format!("refs/remotes/{}/{branch}", self.name);
        refs::commit(repository.git(), Name::typed(&name)?)
    }

    /// Fetches the branch; its commit, none where it does not exist there yet. The inner error is
    /// what git said of a remote that it could not reach.
    ///
    /// # Errors
    /// `store` where there is no git.
    pub fn fetch(&self, repository: &Repository) -> Result<Result<Option<Id>, String>> {
        let what = format!("+{}:{THEIRS}", self.branch);
        let args = ["fetch", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance"];
        let rest = ["--no-write-fetch-head", "--quiet", "--", &self.name, &what];
        let git = repository.git();
        let settings = self.vault.as_ref().map(|vault| vault.settings(git)).transpose()?;
        if let Some(vault) = self.vault.as_ref().filter(|vault| !vault.is_there()) {
            return Ok(Err(format!("{} is no repository", vault.place())));
        }
        let settings = settings.iter().flatten().map(String::as_str);
        let Tried { done, said, .. } = git.reach(settings.chain(args).chain(rest)).tried()?;
        if done {
            return refs::commit(git, Name::typed(THEIRS)?).map(Ok);
        }
        if said.contains("couldn't find remote ref") {
            return Ok(Ok(None));
        }
        Ok(Err(shown(&said)))
    }

    /// Lets go of what [`Remote::fetch`] held: it is part of the branch now.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn let_go(repository: &Repository) -> Result<()> {
        repository.git().write(["update-ref", "-d", THEIRS]).run().map(drop)
    }

    /// Pushes a commit to the branch.
    ///
    /// # Errors
    /// `store` where there is no git.
    pub fn push(&self, repository: &Repository, commit: &Id) -> Result<Push> {
        let what = format!("{}:{}", commit.as_str(), self.branch);
        let args = ["push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags"];
        let rest = ["--recurse-submodules=no", "--", &self.name, &what];
        let git = repository.git();
        let mut settings = Vec::new();
        let guard = match &self.vault {
            None => None,
            Some(vault) => match vault.guard(git)? {
                Err(said) => return Ok(Push::Failed(shown(&said))),
                Ok(guard) => {
                    settings = vault.settings(git)?;
                    settings.extend(guard.setting().map(str::to_owned));
                    Some(guard)
                }
            },
        };
        let settings = settings.iter().map(String::as_str);
        let Tried { done, answer, said } = git.reach(settings.chain(args).chain(rest)).tried()?;
        if done {
            return Ok(Push::Done);
        }
        let verdict = answer.lines().find(|line| line.starts_with('!')).unwrap_or_default();
        // The remote's words where two pushes meet at the same moment.
        let collided = ["cannot lock ref", "failed to update ref", "incorrect old value"];
        // Of a push that gcrypt makes in its turn, git's words are among what was said.
        let theirs = if guard.is_some() { said.as_str() } else { verdict };
        if verdict.contains("[rejected]")
            || Guard::is_outrun(theirs)
            || (theirs.contains("[remote rejected]")
                && collided.iter().any(|words| theirs.contains(words)))
        {
            return Ok(Push::Behind);
        }
        let verdict = verdict.rsplit('\t').next().unwrap_or_default();
        Ok(Push::Failed(shown(format!("{verdict}\n{said}").trim())))
    }

    /// Makes the branch there the upstream of the branch here.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn follow(&self, repository: &Repository, state: &State) -> Result<()> {
        for (key, value) in [("remote", &self.name), ("merge", &self.branch)] {
            let key = format!("branch.{}.{key}", state.short());
            repository.git().write(["config", "--local", "--replace-all", &key, value]).run()?;
        }
        Ok(())
    }

    /// Its name for a person: `origin/main`.
    pub fn shown(&self) -> String {
        let branch = self.branch.strip_prefix(BRANCHES).unwrap_or(&self.branch);
        without_secrets(&format!("{}/{branch}", self.name))
    }
}

/// Refuses what git could take for an option or for a command.
///
/// # Errors
/// `refused`.
pub fn passable(name: &str) -> Result<()> {
    let is_command = ["ext::", "fd::"].iter().any(|prefix| name.starts_with(prefix));
    if Name::typed(name).is_ok() && !is_command {
        return Ok(());
    }
    let name: String = name.chars().take(40).collect();
    Err(Error::refused(
        "bad-remote",
        say!(
            "Имя или адрес общего репозитория похожи на команду: «{name}».",
            "The remote's name or address looks like a command: “{name}”."
        ),
    )
    .hint(say!(
        "Посмотрите `git remote -v` и `git config --get-regexp branch`; исправьте адрес.",
        "Look at `git remote -v` and `git config --get-regexp branch`; mend the address."
    )))
}

/// The host of an address: `https://host/…`, `user@host:path`; none where it is a folder.
fn host(address: &str) -> Option<String> {
    if address.starts_with(vault::PREFIX) {
        return None; // What it stands for says it: see `Vault::place`.
    }
    if vault::helper(address).is_some() {
        return Some(without_secrets(address));
    }
    if let Some((scheme, rest)) = address.split_once("://") {
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        return (scheme != "file" && !host.is_empty()).then(|| host.to_owned());
    }
    // A colon before any slash: `user@host:path`, but `C:\folder` is a folder.
    let (host, _) = address.split_once(':').filter(|(host, _)| !host.contains('/'))?;
    let host = host.rsplit('@').next().unwrap_or_default();
    (host.chars().count() > 1).then(|| host.to_owned())
}

fn several_addresses(name: &str) -> Error {
    Error::refused(
        "bad-remote",
        say!(
            "У зашифрованного хранилища {name} несколько адресов или свой адрес для отправки.",
            "The encrypted remote {name} has several addresses, or another one for pushing."
        ),
    )
    .hint(say!(
        "Оставьте один: `git remote set-url {name} gcrypt::…`.",
        "Leave it one: `git remote set-url {name} gcrypt::…`."
    ))
}

/// What git said, for a person: how it ended, without secrets.
fn shown(said: &str) -> String {
    without_secrets(&cut(said))
}

/// A text of git's without the passwords that stand in addresses.
fn without_secrets(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = after.find(['/', ' ', '\'', '\n']).unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(at) => &after[at + 1..],
            None => after,
        };
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_host_and_a_folder_has_none() {
        for (address, expected) in [
            ("https://token:x@example.org/a.git", Some("example.org")),
            ("ssh://git@example.org:2222/a.git", Some("example.org:2222")),
            ("git@example.org:team/a.git", Some("example.org")),
            ("example.org:a.git", Some("example.org")),
            ("codecommit::eu://team", Some("codecommit::eu://team")),
            ("/srv/a.git", None),
            ("../a.git", None),
            ("./a:b.git", None),
            ("file:///srv/a.git", None),
            (r"C:\data\a.git", None),
        ] {
            assert_eq!(host(address).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn what_looks_like_an_option_or_a_command_is_refused() {
        for name in ["--upload-pack=x", "-x", "", "ext::sh -c x", "fd::7", "a\nb"] {
            assert_eq!(passable(name).unwrap_err().code.exit(), 3, "{name}");
        }
        for name in ["origin", "git@example.org:a.git", "/srv/a b.git"] {
            passable(name).unwrap();
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let said = "fatal: unable to access 'https://anna:secret@example.org/a/': no\nhttp://x/";
        let shown = "fatal: unable to access 'https://example.org/a/': no\nhttp://x/";
        assert_eq!(without_secrets(said), shown);
    }
}
