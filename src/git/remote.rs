//! The other repository that a branch is shared with: its name, where pushes go, fetching from it
//! and pushing to it. A name or address that git could take for an option, or for a command, is
//! refused. One that is encrypted ([`vault`]) is reached as any other, but for the guard of a push.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::git::refs::{self, Id, Name};
use crate::git::repository::Repository;
use crate::git::run::{Git, Tried, cut};
use crate::git::state::{BRANCHES, State};
use crate::git::vault::{self, Guard, Vault};
use crate::model::settings;
use crate::say;

/// Where what was fetched stands until it is merged.
const THEIRS: &str = "refs/appt/theirs";
/// The setting of a clone that names the hosts which its user agreed to share the data with.
const SHARED_WITH: &str = "appt.sharedWith";
/// How the references begin that stand for branches of remotes.
const TRACKING: &str = "refs/remotes/";
/// The branch that a clone begins with, as a remote names it.
const HEAD: &str = "HEAD";
/// What teams call the branch that they work on.
const USUAL: [&str; 2] = ["main", "master"];
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

/// The branches of a remote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heads {
    /// The one that a clone begins with, in full; none where it does not exist.
    pub default: Option<String>,
    /// All, in full.
    pub branches: BTreeSet<String>,
}

impl Heads {
    /// Reads what `ls-remote --symref` printed: `ref: refs/heads/main<TAB>HEAD`, `ID<TAB>NAME`.
    fn read(answer: &str) -> Heads {
        let mut heads = Heads::default();
        for (what, name) in answer.lines().filter_map(|line| line.split_once('\t')) {
            match what.strip_prefix("ref: ") {
                Some(branch) if name == HEAD => heads.default = Some(branch.to_owned()),
                Some(_) => {}
                None if name.starts_with(BRANCHES) => {
                    heads.branches.insert(name.to_owned());
                }
                None => {}
            }
        }
        heads
    }

    /// The branch on which a team most likely works.
    pub fn main(&self) -> Option<&str> {
        let usual = USUAL.map(|name| format!("{BRANCHES}{name}"));
        let usual = usual.iter().find_map(|name| self.branches.get(name));
        let default = self.default.as_ref().filter(|name| self.branches.contains(*name));
        default.or(usual).or(self.branches.first()).map(String::as_str)
    }
}

/// What came of a push.
#[derive(Debug)]
pub enum Push {
    /// It stands there now.
    Done,
    /// Somebody else was faster.
    Behind,
    /// Somebody else pushes at this moment; or a lock of the remote's was left behind, as git says.
    Locked(String),
    /// It failed, as git says.
    Failed(String),
}

impl Remote {
    /// The remote of a branch: its upstream, or else `origin`, or the only one that there is, and the
    /// same name. None where there is no such remote.
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
            None if remotes.lines().count() == 1 => remotes.clone(),
            None => return Ok(None),
        };
        let there = merge.unwrap_or_else(|| state.branch.clone());
        passable(&name)?;
        passable(short(&there))?;
        if name == "." {
            return Err(Error::refused(
                "no-remote",
                say!(
                    "Ветка {branch} следует за другой веткой этого же клона, а не за общей.",
                    "The branch {branch} follows another branch of this clone, not a shared one."
                ),
            )
            .hint(say!(
                "Отвяжите её: `git branch --unset-upstream {branch}`, затем `appt sync`.",
                "Unbind it: `git branch --unset-upstream {branch}`, then `appt sync`."
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

    /// The names of all remotes: where a branch has none of its own, one of them must be named.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn names(repository: &Repository) -> Result<Vec<String>> {
        let names = repository.git().settings(["remote"]).text()?;
        Ok(names.lines().map(without_secrets).collect())
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
        refs::commit(repository.git(), Name::typed(&self.tracking(short(&self.branch)))?)
    }

    /// Fetches the branch; its commit, none where it does not exist there yet. The inner error is
    /// what git said of a remote that it could not reach.
    ///
    /// # Errors
    /// `store` where there is no git.
    pub fn fetch(&self, repository: &Repository) -> Result<Result<Option<Id>, String>> {
        self.fetch_branch(repository, &self.branch)
    }

    /// Fetches another branch of the same repository, as [`Remote::fetch`] does.
    ///
    /// # Errors
    /// As [`Remote::fetch`].
    pub fn fetch_branch(
        &self,
        repository: &Repository,
        branch: &str,
    ) -> Result<Result<Option<Id>, String>> {
        let what = format!("+{branch}:{THEIRS}");
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

    /// The branches there, in full. The inner error is as that of [`Remote::fetch`].
    ///
    /// # Errors
    /// As [`Remote::fetch`].
    pub fn heads(&self, repository: &Repository) -> Result<Result<Heads, String>> {
        let args = ["ls-remote", "--symref", "--", &self.name, "HEAD", "refs/heads/*"];
        let Tried { done, answer, said } = repository.git().reach(args).tried()?;
        Ok(if done { Ok(Heads::read(&answer)) } else { Err(shown(&said)) })
    }

    /// The branch on which the others work, by its short name, where it is not this one: the one
    /// that clones of the remote begin with, or else `main` or `master`. Only one that holds a
    /// store counts.
    ///
    /// # Errors
    /// `store` where git fails.
    pub fn others_on(&self, repository: &Repository) -> Result<Option<String>> {
        let git = repository.git();
        let default = git.read(["symbolic-ref", "--quiet", &self.tracking(HEAD)]).ask()?;
        let prefix = self.tracking("");
        let default = default.and_then(|name| Some(name.strip_prefix(&prefix)?.to_owned()));
        let named = default.into_iter().chain(USUAL.map(str::to_owned));
        for branch in named {
            if branch == short(&self.branch) {
                return Ok(None);
            }
            if has_store(git, &self.tracking(&branch))? {
                return Ok(Some(branch));
            }
        }
        Ok(None)
    }

    /// The reference here that stands for a branch there.
    fn tracking(&self, branch: &str) -> String {
        format!("{TRACKING}{}/{branch}", self.name)
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
        if verdict.contains("[rejected]") || Guard::is_outrun(theirs) {
            return Ok(Push::Behind);
        }
        let is_refused = theirs.contains("[remote rejected]");
        let is_collision = is_refused && collided.iter().any(|words| theirs.contains(words));
        let verdict = verdict.rsplit('\t').next().unwrap_or_default();
        let said = shown(format!("{verdict}\n{said}").trim());
        Ok(if is_collision { Push::Locked(said) } else { Push::Failed(said) })
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
        without_secrets(&format!("{}/{}", self.name, short(&self.branch)))
    }
}

/// The branch of some remote that holds a store, where a folder's own branch holds none: how to get
/// there is `git switch` and this name. None where git says nothing of the kind.
pub fn store_elsewhere(git: &Git) -> Option<String> {
    let args = ["for-each-ref", "--count=50", "--format=%(refname)", TRACKING];
    let names = git.read(args).text().ok()?;
    let asked: String = names.lines().map(|name| format!("{name}:{}\n", settings::FILE)).collect();
    let answers = git.read(["cat-file", "--batch-check"]).converse(asked.into_bytes()).ok()?;
    let answers = String::from_utf8_lossy(&answers).into_owned();
    let mut both = names.lines().zip(answers.lines());
    let (name, _) = both.find(|(_, answer)| answer.split(' ').nth(1) == Some("blob"))?;
    let (_, branch) = name.strip_prefix(TRACKING)?.split_once('/')?;
    passable(branch).ok().filter(|()| branch != HEAD).map(|()| branch.to_owned())
}

/// Whether a folder is a clone of what nobody has pushed anything to.
pub fn is_empty_clone(git: &Git) -> bool {
    let remotes = git.settings(["remote"]).text().unwrap_or_default();
    let has_head = || git.read(["rev-parse", "--verify", "--quiet", HEAD]).ask();
    !remotes.is_empty() && matches!(has_head(), Ok(None))
}

/// Whether a commit has the settings of a store at its root.
fn has_store(git: &Git, name: &str) -> Result<bool> {
    let wanted = format!("{name}:{}", settings::FILE);
    let found =
        git.read(["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).ask()?;
    Ok(found.is_some())
}

/// A branch's name without the prefix.
fn short(branch: &str) -> &str {
    branch.strip_prefix(BRANCHES).unwrap_or(branch)
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
    fn the_branches_of_a_remote_are_read_and_one_is_the_teams() {
        let read = |text: &str| Heads::read(text);
        let both =
            read("ref: refs/heads/work\tHEAD\n1\tHEAD\n1\trefs/heads/work\n2\trefs/heads/main\n");
        assert_eq!((both.default.as_deref(), both.branches.len()), (Some("refs/heads/work"), 2));
        assert_eq!(both.main(), Some("refs/heads/work"));
        // `HEAD` names a branch that is not there: nothing is said of it.
        assert_eq!(read("2\trefs/heads/main\n2\trefs/heads/a\n").main(), Some("refs/heads/main"));
        assert_eq!(read("2\trefs/heads/b\n2\trefs/heads/a\n").main(), Some("refs/heads/a"));
        assert_eq!(read("").main(), None);
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
