//! A remote that git-remote-gcrypt encrypts: what two clones need of it, and what must not come
//! through. Passed over where gcrypt or GnuPG is not installed (but not where `CI` is set).

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Ran, has, words};
use crate::team::{Team, id};

/// A team whose remote is encrypted, and its keys.
struct Vault {
    t: Team,
}

impl Vault {
    /// Two clones that share an encrypted remote; none where a program for that is missing.
    fn new() -> Option<Vault> {
        if !has(&["gpg", "gpgconf", "git-remote-gcrypt"]) {
            return None;
        }
        let mut t = Team::new();
        let home = t.s.folder().join("gnupg");
        crate::common::private_folder(&home);
        t.s.set("GNUPGHOME", home.to_str().unwrap());
        let vault = Vault { t };
        for who in ["anna", "boris"] {
            vault.gpg(&format!(
                "--quick-generate-key {who}@example.org future-default default never"
            ));
        }
        vault.t.s.git("init -q --bare --template= safe.git");
        for who in ["anna", "boris"] {
            vault.t.git(who, &format!("config user.signingkey {who}@example.org"));
            vault.t.git(who, "config gcrypt.participants 'anna@example.org boris@example.org'");
            vault.t.git(who, &format!("remote set-url origin gcrypt::{}", vault.hub().display()));
        }
        Some(vault)
    }

    fn gpg(&self, line: &str) {
        let mut command = self.t.s.command("gpg");
        command.args(["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]);
        Ran::of(line, command.args(words(line)).output().unwrap()).exits(0);
    }

    fn hub(&self) -> PathBuf {
        self.t.s.folder().join("safe.git")
    }

    /// All that lies on a bare remote: its files as they are, and its objects unpacked.
    fn all_of(&self, hub: &Path) -> Vec<u8> {
        let mut all = Vec::new();
        let mut folders = vec![hub.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                all.extend_from_slice(entry.file_name().as_encoded_bytes());
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => all.extend(fs::read(entry.path()).unwrap()),
                }
            }
        }
        let mut git = self.t.s.command("git");
        git.current_dir(hub).args(["cat-file", "--batch-all-objects", "--batch"]);
        all.extend(git.output().unwrap().stdout);
        all
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // Its agent would outlive the test.
        let _ = self.t.s.command("gpgconf").args(["--kill", "all"]).status();
    }
}

fn holds(all: &[u8], word: &str) -> bool {
    all.windows(word.len()).any(|window| window == word.as_bytes())
}

#[test]
fn two_clones_meet_through_it_and_nothing_on_it_can_be_read() {
    let Some(v) = Vault::new() else { return };
    let request = v.t.request("anna");
    v.t.anna("sync").exits(0);
    v.t.boris("sync").exits(0);
    v.t.alike();
    let short = id(&request);
    v.t.at("anna", "10:10", &format!("request note {short} 'от Анны'")).exits(0);
    v.t.at("boris", "10:11", &format!("request note {short} 'от Бориса'")).exits(0);
    v.t.meet();
    let text = v.t.read("boris", &Team::path(&request));
    assert!(text.contains("от Анны") && text.contains("от Бориса"), "{text}");
    // The same search finds all of it on an open remote.
    v.t.git("anna", "push -q ../hub.git HEAD:main");
    let (open, safe) = (v.all_of(&v.t.s.folder().join("hub.git")), v.all_of(&v.hub()));
    let patient = v.t.git("anna", "ls-files patients");
    let patient = patient.trim().rsplit('/').next().unwrap().trim_end_matches(".toml");
    for word in ["Щукин", "4511227265", "79017892569", "Ленина", "created", patient, &request]
    {
        assert!(holds(&open, word), "{word}");
        assert!(!holds(&safe, word), "{word}");
    }
    for word in ["example.org", "Test", "appt", "requests"] {
        assert!(!holds(&safe, word), "{word}");
    }
}

/// gcrypt pushes by force: whoever pushes while it is at work must not be overwritten.
#[test]
fn whoever_pushes_while_gcrypt_is_at_work_is_not_overwritten() {
    let Some(mut v) = Vault::new() else { return };
    v.t.meet();
    v.t.anna("specialty new --title Хирург").exits(0);
    v.t.boris("specialty new --title Окулист").exits(0);
    // When Anna's gcrypt signs what it is about to push, Boris's sync comes between.
    let (once, boris) = (v.t.s.folder().join("once"), v.t.clone("boris"));
    v.t.in_front_of(
        "gpg",
        &format!(
            "PATH=${{PATH#*:}}\n\
             case \" $* \" in *' -se '*)\n\
             if mkdir '{once}' 2>/dev/null; then\n\
             unset GIT_DIR GIT_CONFIG_PARAMETERS GITCEPTION\n\
             (cd '{boris}' && APPT_OPERATOR=boris '{appt}' sync >'{once}/said' 2>&1; echo $? >'{once}/exit')\n\
             fi;; esac\n\
             exec gpg \"$@\"",
            once = once.display(),
            boris = boris.display(),
            appt = crate::common::APPT,
        ),
    );
    v.t.anna("sync").exits(0);
    v.t.nothing_in_front();
    let said = fs::read_to_string(once.join("said")).unwrap();
    assert_eq!(fs::read_to_string(once.join("exit")).unwrap(), "0\n", "{said}");
    // Both were told that all is shared, and it is.
    v.t.s.git(&format!("clone -q -b main gcrypt::{} third", v.hub().display()));
    for file in ["khirurg", "okulist"] {
        assert!(v.t.clone("third").join(format!("specialties/{file}.toml")).exists(), "{file}");
    }
    v.t.meet();
}

#[test]
fn a_remote_that_would_lock_the_others_out_or_destroy_something_is_refused() {
    let Some(v) = Vault::new() else { return };
    v.t.request("anna");
    v.t.git("anna", "config --unset gcrypt.participants");
    assert_eq!(v.t.anna("sync --json").exits(3).error()["rule"], "no-participants");
    v.t.git("anna", "config gcrypt.participants simple");
    assert_eq!(v.t.anna("sync --json").exits(3).error()["rule"], "no-participants");
    v.t.git(
        "anna",
        "config remote.origin.gcrypt-participants 'anna@example.org --agent-program x'",
    );
    assert_eq!(v.t.anna("sync --json").exits(3).error()["rule"], "bad-remote");
    v.t.git(
        "anna",
        "config remote.origin.gcrypt-participants 'anna@example.org boris@example.org'",
    );
    // gcrypt would take the branch of an ordinary repository for its own.
    let hub = v.t.s.folder().join("hub.git");
    v.t.git("anna", "push -q ../hub.git HEAD:master");
    let before = v.t.s.git("--git-dir=hub.git rev-parse master");
    v.t.git("anna", &format!("remote set-url origin gcrypt::{}", hub.display()));
    assert_eq!(v.t.anna("sync --json").exits(3).error()["rule"], "not-encrypted");
    assert_eq!(v.t.s.git("--git-dir=hub.git rev-parse master"), before);
    // A disk that is not there is out of reach, and gcrypt begins nothing in its place.
    let gone = v.t.s.folder().join("gone.git");
    v.t.git("anna", &format!("remote set-url origin gcrypt::{}", gone.display()));
    assert_eq!(v.t.anna("sync --json").exits(7).error()["rule"], "remote");
    assert!(!gone.exists());
    for address in ["rsync://example.org/a", "ext::sh -c x", "--upload-pack=x"] {
        v.t.git("anna", &format!("config remote.origin.url 'gcrypt::{address}'"));
        assert_eq!(v.t.anna("sync --json").exits(3).error()["rule"], "bad-remote", "{address}");
    }
    v.t.git("anna", &format!("remote set-url origin gcrypt::{}", v.hub().display()));
    v.t.anna("sync").exits(0);
}

/// The repository's own configuration names no program that is run.
#[test]
fn gpg_is_the_users_own() {
    let Some(v) = Vault::new() else { return };
    let sprung = v.t.s.folder().join("sprung");
    let trap = v.t.s.folder().join("trap");
    crate::team::script_at(&trap, &format!("echo \"$*\" >> {}; exec gpg \"$@\"", sprung.display()));
    v.t.git("anna", &format!("config gpg.program {}", trap.display()));
    v.t.git("anna", &format!("config gcrypt.gpg-args '--agent-program {}'", trap.display()));
    v.t.request("anna");
    v.t.anna("sync").exits(0);
    assert!(!sprung.exists());
    v.t.git("anna", &format!("config --global gpg.program {}", trap.display()));
    v.t.request("anna");
    v.t.anna("sync").exits(0);
    assert!(sprung.exists(), "the user's own settings count");
}

#[test]
fn its_host_is_the_one_behind_it_and_is_agreed_upon_apart() {
    let Some(mut v) = Vault::new() else { return };
    v.t.in_front_of("ssh", "for command; do :; done; exec sh -c \"$command\"");
    let hub = v.hub().display().to_string();
    v.t.git("anna", &format!("remote set-url origin gcrypt::git@example.org:{hub}"));
    v.t.request("anna");
    let ran = v.t.anna("sync").exits(2);
    insta::assert_snapshot!(ran.stderr, @"
    Сохранено здесь, другим не отправлено. Данные пациентов ушли бы на example.org (в зашифрованном виде), а согласия на это нет.
    Если так и надо: `appt sync --yes`.
    ");
    v.t.anna("sync --yes").exits(0);
    v.t.request("anna");
    v.t.anna("sync").exits(0);
    // The same host gets nothing that it can read without being asked for anew.
    let open = v.t.s.folder().join("hub.git").display().to_string();
    v.t.git("anna", &format!("remote set-url origin git@example.org:{open}"));
    v.t.request("anna");
    let ran = v.t.anna("sync").exits(2);
    assert!(!ran.stderr.contains("зашифрованном"), "{}", ran.stderr);
    // An address that stands for another one names the other.
    v.t.git("anna", "config url.git@example.com:.insteadOf work:");
    v.t.git("anna", &format!("remote set-url origin gcrypt::work:{hub}"));
    v.t.anna("sync --lang en").exits(2).says("example.com (encrypted)");
}

#[test]
fn a_missing_key_and_a_new_repository_are_told_apart_from_no_connection() {
    let Some(vault) = Vault::new() else { return };
    let t = &vault.t;
    t.anna("sync --yes").exits(0);
    t.git("anna", "config gcrypt.participants 'anna@example.org carol@example.org'");
    t.request("anna");
    let ran = t.anna("sync").exits(7).says("В связке ключей нет ключа");
    let ran = ran.says("`git config gcrypt.participants`");
    assert!(!ran.stderr.contains("когда связь будет"), "{}", ran.stderr);
    t.git("anna", "config gcrypt.participants 'anna@example.org boris@example.org'");
    t.anna("sync").exits(0);
    t.s.git("init -q --bare --template= new.git");
    let new = t.s.folder().join("new.git");
    t.git("anna", &format!("remote set-url origin gcrypt::{}", new.display()));
    t.anna("sync").exits(7).says("`git config --unset remote.origin.gcrypt-id`");
    t.git("anna", "config --unset remote.origin.gcrypt-id");
    t.anna("sync").exits(0);
}
