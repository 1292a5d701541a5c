//! A remote whose contents are encrypted before they leave: git-remote-gcrypt, an address that
//! begins with `gcrypt::` (`examples/privacy.md` says how a team sets it up).
//!
//! gcrypt keeps its packs and a manifest in one commit of an ordinary repository, and puts a new
//! commit in its place by force. Alone it would take back what somebody else pushed a moment
//! before. So a push of ours is let through only where that commit is still the one which was there
//! before gcrypt looked: [`Guard`]. Invariant: nothing that a push did not see is replaced by it.
//!
//! gcrypt hands words of the configuration to GnuPG. What of them names a program comes from the
//! user's own settings, never from the repository's.

use std::path::Path;

use crate::error::{Error, Result};
use crate::git::refs::{Id, Name};
use crate::git::remote::passable;
use crate::git::run::Git;
use crate::say;
use crate::store::LOCAL;
use crate::store::disk::{self, Alone};

/// How the address of such a remote begins.
pub const PREFIX: &str = "gcrypt::";
/// The branch that gcrypt keeps everything in, unless the address names one after `#`.
const BRANCH: &str = "master";
/// Where gcrypt keeps its packs without git: nothing tells there that somebody else was faster.
const WITHOUT_GIT: [&str; 3] = ["rsync", "sftp", "rclone"];
/// What the guard says where it lets nothing through.
const OUTRUN: &str = "appt: somebody else pushed first";
/// A branch that is not there, as git tells it to a hook, by either hash.
const NOTHING: &str = "0000000000000000000000000000000000000000|\
    0000000000000000000000000000000000000000000000000000000000000000";

/// The repository that holds what is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vault {
    /// The name of the remote here.
    remote: String,
    /// Its address, as git resolves it.
    place: String,
    /// The branch there, in full.
    branch: String,
}

impl Vault {
    /// The one that an address names; none where it is an ordinary address.
    ///
    /// # Errors
    /// `refused` where it names no repository of git's, or a command.
    pub fn of(git: &Git, remote: &str, address: &str) -> Result<Option<Vault>> {
        let Some(inner) = address.strip_prefix(PREFIX) else { return Ok(None) };
        let inner = inner.strip_prefix("gitception://").unwrap_or(inner);
        let (inner, branch) = inner.rsplit_once('#').unwrap_or((inner, BRANCH));
        passable(inner)?;
        passable(branch)?;
        let place = git.settings(["ls-remote", "--get-url", "--", inner]).text()?;
        for address in [inner, &place] {
            passable(address)?;
            let scheme = address.split_once("://").map_or("", |(scheme, _)| scheme);
            if WITHOUT_GIT.contains(&scheme) || helper(address).is_some() || remote == address {
                return Err(without_git(address));
            }
        }
        let branch = format!("refs/heads/{branch}");
        Ok(Some(Vault { remote: remote.to_owned(), place, branch }))
    }

    /// The address of the repository behind it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What a call that reaches it is told: the user's own GnuPG, whatever the repository names.
    ///
    /// # Errors
    /// `refused` where the repository's configuration would be an option of GnuPG's.
    pub fn settings(&self, git: &Git) -> Result<Vec<String>> {
        for key in ["user.signingkey", "gcrypt.participants"] {
            self.without_options(git, key)?;
        }
        for key in ["gcrypt-signingkey", "gcrypt-participants"] {
            self.without_options(git, &format!("remote.{}.{key}", self.remote))?;
        }
        let mut settings = Vec::new();
        for (key, otherwise) in [("gpg.program", "gpg"), ("gcrypt.gpg-args", "--no-tty")] {
            let own = git.settings(["config", "--global", "--get", key]).ask()?;
            let own = own.unwrap_or_else(|| otherwise.to_owned());
            settings.extend(["-c".to_owned(), format!("{key}={own}")]);
        }
        Ok(settings)
    }

    fn without_options(&self, git: &Git, key: &str) -> Result<()> {
        let named = git.settings(["config", "--get", key]).ask()?.unwrap_or_default();
        named.split_whitespace().try_for_each(|word| match Name::typed(word) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::refused(
                "bad-remote",
                say!(
                    "В настройке git {key} стоит не ключ: «{word}».",
                    "Git's setting {key} holds what is no key: “{word}”."
                ),
            )
            .hint(say!(
                "Назовите ключи GnuPG: `git config {key} 'КЛЮЧ…'`.",
                "Name keys of GnuPG: `git config {key} 'KEY…'`."
            ))),
        })
    }

    /// Whether the place is there at all. gcrypt would begin a new one where a disk is not mounted.
    pub fn is_there(&self) -> bool {
        let folder = Path::new(&self.place);
        !folder.is_absolute() || disk::exists(folder, "HEAD")
    }

    /// Gets ready for a push: whoever pushes from now on makes it fail. The inner error is what git
    /// said of a place that it could not reach.
    ///
    /// # Errors
    /// `refused` where nobody said who may read it, or where something else lies there. `store`.
    pub fn guard(&self, git: &Git) -> Result<Result<Guard, String>> {
        self.has_readers(git)?;
        let asked = git.reach(["ls-remote", "--quiet", "--", &self.place, &self.branch]).tried()?;
        if !asked.done {
            return Ok(Err(asked.said));
        }
        let mut lines = asked.answer.lines().filter_map(|line| line.split_once('\t'));
        let there = lines.find(|(_, name)| *name == self.branch);
        let there = there.and_then(|(id, _)| Id::parse(id));
        let known = format!("remote.{}.gcrypt-id", self.remote);
        let is_known = git.settings(["config", "--get", &known]).ask()?.is_some();
        if there.is_some() && !is_known {
            return Err(self.is_something_else());
        }
        let expected = there.as_ref().map_or(NOTHING, Id::as_str);
        let script = format!(
            "#!/bin/sh\n\
             # By `appt sync`, for one push: lets it replace nothing that it did not see.\n\
             while read -r _ _ _ there; do\n\
             \x20   case $there in\n\
             \x20   {expected}) ;;\n\
             \x20   *) echo '{OUTRUN}' >&2; exit 1 ;;\n\
             \x20   esac\n\
             done\n"
        );
        let hook = disk::program_alone(git.folder(), LOCAL, "pre-push", &script);
        let hook = hook.map_err(|error| Error::io(&say!("записать", "write"), LOCAL, &error))?;
        // Git passes over a hook that the disk does not let it run: no guard, no push.
        let hooks = format!("core.hooksPath={}", hook.path().display());
        git.reach(["-c", &hooks, "hook", "run", "pre-push"]).run()?;
        Ok(Ok(Guard { hooks, _hook: hook }))
    }

    /// Without this, gcrypt would encrypt for the one who pushes alone, and lock the others out.
    fn has_readers(&self, git: &Git) -> Result<()> {
        let own = format!("remote.{}.gcrypt-participants", self.remote);
        for key in [own.as_str(), "gcrypt.participants"] {
            let named = git.settings(["config", "--get", key]).ask()?.unwrap_or_default();
            if !named.trim().is_empty() {
                return match named.trim() {
                    "simple" => Err(no_readers()),
                    _ => Ok(()),
                };
            }
        }
        Err(no_readers())
    }

    fn is_something_else(&self) -> Error {
        let branch = self.branch.trim_start_matches("refs/heads/");
        Error::refused(
            "not-encrypted",
            say!(
                "В том хранилище, в ветке {branch}, лежит не то, что зашифровал gcrypt: обмен заменил бы это.",
                "What lies in that repository, on its branch {branch}, is nothing of gcrypt's: a sync would replace it."
            ),
        )
        .hint(say!(
            "Возьмите пустое хранилище: `git init --bare`.",
            "Take an empty repository: `git init --bare`."
        ))
    }
}

/// Lets a push through only where nobody else's came first; as long as it lives.
#[derive(Debug)]
pub struct Guard {
    hooks: String,
    _hook: Alone,
}

impl Guard {
    /// The setting of git's for the push.
    pub fn setting(&self) -> [&str; 2] {
        ["-c", &self.hooks]
    }

    /// Whether these words of a push that failed say that somebody else was faster.
    pub fn is_outrun(said: &str) -> bool {
        said.contains(OUTRUN)
    }
}

/// The helper that an address names, `codecommit::…`; none where it names none.
pub fn helper(address: &str) -> Option<&str> {
    let (helper, _) = address.split_once("::")?;
    (!helper.contains(['/', ':'])).then_some(helper)
}

fn without_git(address: &str) -> Error {
    let (scheme, _) = address.split_once(':').unwrap_or((address, ""));
    Error::refused(
        "bad-remote",
        say!(
            "Зашифрованное хранилище по адресу «{scheme}:…» не помешает двоим затереть работу друг друга.",
            "An encrypted remote at “{scheme}:…” does not keep two people from overwriting each other."
        ),
    )
    .hint(say!(
        "Нужно хранилище git: `gcrypt::ssh://…`, `gcrypt::https://…`, `gcrypt::/папка.git`.",
        "It takes a repository of git's: `gcrypt::ssh://…`, `gcrypt::https://…`, `gcrypt::/folder.git`."
    ))
}

fn no_readers() -> Error {
    Error::refused(
        "no-participants",
        say!(
            "Не сказано, чьими ключами шифровать: остальные не смогли бы прочесть данные.",
            "Nobody said whose keys to encrypt for: the others could not read the data."
        ),
    )
    .hint(say!(
        "Назовите ключи всей команды: `git config gcrypt.participants 'КЛЮЧ КЛЮЧ'`.",
        "Name the keys of the whole team: `git config gcrypt.participants 'KEY KEY'`."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(address: &str) -> Result<Option<Vault>> {
        Vault::of(&Git::at(Path::new("/")), "origin", address)
    }

    #[test]
    fn an_address_names_the_repository_behind_it_and_its_branch() {
        for (address, place, branch) in [
            ("gcrypt::git@example.org:team/a.git", "git@example.org:team/a.git", "master"),
            ("gcrypt::/srv/a.git", "/srv/a.git", "master"),
            ("gcrypt::ssh://git@example.org/a.git#safe", "ssh://git@example.org/a.git", "safe"),
            ("gcrypt::gitception:///srv/a.git", "/srv/a.git", "master"),
        ] {
            let vault = vault(address).unwrap().unwrap();
            assert_eq!((vault.place.as_str(), &vault.branch[11..]), (place, branch), "{address}");
        }
        assert_eq!(vault("git@example.org:team/a.git").unwrap(), None);
    }

    #[test]
    fn a_command_an_option_and_a_place_without_git_are_refused() {
        for address in [
            "gcrypt::ext::sh -c x",
            "gcrypt::--upload-pack=x",
            "gcrypt::",
            "gcrypt::gcrypt::/srv/a.git",
            "gcrypt::/srv/a.git#-x",
            "gcrypt::rsync://example.org/a",
            "gcrypt::sftp://example.org/a",
            "gcrypt::rclone://there/a",
        ] {
            assert_eq!(vault(address).unwrap_err().rule, Some("bad-remote"), "{address}");
        }
    }
}
