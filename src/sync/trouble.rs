//! Why nothing came of a fetch or a push: there is no connection, no repository, no leave, or the
//! server refuses. Git tells it in sentences for people; here they are told apart, so that nobody
//! waits for a connection where only the server's keeper can help.

use std::path::Path;

use crate::error::{Code, Error};
use crate::git::remote::Remote;
use crate::git::run;
use crate::i18n::Text;
use crate::say;
use crate::store::disk;

/// The longest part of git's own words that is shown, in characters.
const GIST: usize = 160;

/// What kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// The network does not reach it.
    NoConnection,
    /// Nothing stands at this address.
    NoRepository,
    /// It does not let this user in.
    NoLeave,
    /// It was reached, and did not take the data.
    Refused,
    /// It is encrypted, and a key of one who may read it is not in the key ring.
    NoKey,
    /// It is encrypted and empty, and this clone knows another by its name.
    AnotherVault,
    /// None of these.
    Unknown,
}

/// Git's words, and those of the programs that it starts, in lower case; the first that is found
/// decides.
const WORDS: [(&str, Trouble); 38] = [
    ("no public key", Trouble::NoKey),
    ("error reading key", Trouble::NoKey),
    ("encryption failed", Trouble::NoKey),
    // gcrypt's; that it found no repository alone it says before it makes one, too.
    ("but repository id is set", Trouble::AnotherVault),
    ("remote rejected", Trouble::Refused),
    ("hook declined", Trouble::Refused),
    ("unpacker error", Trouble::Refused),
    ("remote unpack failed", Trouble::Refused),
    ("no space left", Trouble::Refused),
    ("read-only file system", Trouble::Refused),
    ("insufficient permission", Trouble::Refused),
    ("unable to create", Trouble::Refused),
    ("cannot lock ref", Trouble::Refused),
    ("failed to update ref", Trouble::Refused),
    ("protected branch", Trouble::Refused),
    ("could not resolve host", Trouble::NoConnection),
    ("temporary failure in name resolution", Trouble::NoConnection),
    ("name or service not known", Trouble::NoConnection),
    ("connection refused", Trouble::NoConnection),
    ("connection timed out", Trouble::NoConnection),
    ("connection reset", Trouble::NoConnection),
    ("connection closed", Trouble::NoConnection),
    ("operation timed out", Trouble::NoConnection),
    ("network is unreachable", Trouble::NoConnection),
    ("no route to host", Trouble::NoConnection),
    ("couldn't connect to server", Trouble::NoConnection),
    ("failed to connect", Trouble::NoConnection),
    ("could not connect", Trouble::NoConnection),
    ("authentication failed", Trouble::NoLeave),
    ("permission denied", Trouble::NoLeave),
    ("could not read username", Trouble::NoLeave),
    ("could not read password", Trouble::NoLeave),
    ("host key verification failed", Trouble::NoLeave),
    ("access denied", Trouble::NoLeave),
    ("the requested url returned error: 403", Trouble::NoLeave),
    ("does not appear to be a git repository", Trouble::NoRepository),
    ("repository not found", Trouble::NoRepository),
    ("not found", Trouble::NoRepository),
];

fn kind(said: &str) -> Trouble {
    decides(&said.to_lowercase()).map_or(Trouble::Unknown, |(_, trouble)| trouble)
}

fn decides(said: &str) -> Option<(&'static str, Trouble)> {
    WORDS.into_iter().find(|(words, _)| said.contains(words))
}

/// The line of git's words that says most: what the server complained of, else the line that told
/// what kind of trouble it is, else the first.
fn gist(said: &str) -> String {
    let is_empty = |line: &str| line.is_empty() || line.contains("failed to push some refs");
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !is_empty(line)).collect();
    let of_server = |line: &&&str| line.starts_with("remote:") && !line.contains("hint:");
    let words = decides(&said.to_lowercase()).map_or("\n", |(words, _)| words);
    let telling = |line: &&&str| line.to_lowercase().contains(words);
    let line = lines.iter().find(of_server).or_else(|| lines.iter().find(telling));
    let mut line = line.or(lines.first()).copied().unwrap_or_default();
    for prefix in ["remote:", "fatal:", "error:"] {
        line = line.strip_prefix(prefix).unwrap_or(line).trim_start();
    }
    let line = line.trim_end_matches("\u{1b}[K").trim_end();
    let shown: String = line.chars().filter(|c| !c.is_control()).take(GIST).collect();
    if line.chars().count() > GIST { format!("{shown}…") } else { shown }
}

/// The remote did not answer, or did not take what it was sent.
pub fn of(remote: &Remote, said: &str) -> Error {
    // Of a folder on another machine its keeper must say that it may be trusted.
    let is_here = |folder: &String| {
        let path = Path::new(folder);
        path.is_relative() || disk::exists(Path::new("/"), folder.trim_start_matches('/'))
    };
    if let Some(folder) = run::of_another(said).filter(is_here) {
        return run::distrusted(&folder);
    }
    let (name, trouble, gist) = (remote.shown(), kind(said), gist(said));
    let (what, then) = match trouble {
        Trouble::NoConnection => (say!("Нет связи с {name}", "No connection to {name}"), again()),
        Trouble::NoRepository => (
            say!(
                "Репозитория {name} по этому адресу нет",
                "No repository is at the address of {name}"
            ),
            say!(
                "Проверьте адрес: `git remote -v`, и повторите `appt sync`. Что ждёт: `appt sync --status`. Ничего не потеряно.",
                "Check the address: `git remote -v`, and run `appt sync` again. What waits: `appt sync --status`. Nothing is lost."
            ),
        ),
        Trouble::NoLeave => (
            say!("{name} вас не пускает", "{name} does not let you in"),
            say!(
                "Проверьте ключ или пароль; нет прав — скажите тому, кто ведёт сервер. Ничего не потеряно.",
                "Check the key or password; without rights, tell who looks after the server. Nothing is lost."
            ),
        ),
        Trouble::Refused => (
            say!(
                "Связь есть, но {name} не принял данные",
                "{name} was reached, but did not take the data"
            ),
            say!(
                "Ждать связи незачем: скажите тому, кто ведёт сервер. Ничего не потеряно, работать можно дальше.",
                "No use waiting: tell who looks after the server. Nothing is lost, you can work on."
            ),
        ),
        Trouble::NoKey => (
            say!(
                "В связке ключей нет ключа кого-то из тех, для кого шифруется {name}",
                "A key of one for whom {name} is encrypted is not in the key ring"
            ),
            say!(
                "Добавьте ключ: `gpg --import ФАЙЛ`, или поправьте список: `git config gcrypt.participants`. Потом повторите `appt sync`.",
                "Add the key: `gpg --import FILE`, or mend the list: `git config gcrypt.participants`. Then run `appt sync` again."
            ),
        ),
        Trouble::AnotherVault => {
            let remote = &remote.name;
            (
                say!(
                    "По адресу {name} зашифрованного хранилища ещё нет, а этот клон помнит прежнее",
                    "There is no encrypted repository at the address of {name} yet, and this clone knows an earlier one"
                ),
                say!(
                    "Если адрес верен и хранилище новое: `git config --unset remote.{remote}.gcrypt-id`, затем `appt sync`.",
                    "If the address is right and the repository new: `git config --unset remote.{remote}.gcrypt-id`, then `appt sync`."
                ),
            )
        }
        Trouble::Unknown => {
            (say!("Обменяться с {name} не вышло", "Could not sync with {name}"), again())
        }
    };
    let Text { ru, en } = what;
    Error::store("remote", say!("{ru}.\ngit: {gist}", "{en}.\ngit: {gist}")).hint(then)
}

/// A lock of git's stands at the remote, and stays: somebody pushes at length, or was killed there.
/// The path is the server's to say, so it is shown and never made a command.
pub fn locked(remote: &Remote, said: &str) -> Error {
    let Some(lock) = run::lock_in_the_way(said) else { return of(remote, said) };
    let (name, lock) = (remote.shown(), lock.replace("/./", "/"));
    let what = say!(
        "Связь есть, но в {name} git занят, или его прервали: стоит замок {lock}.",
        "{name} was reached, but git is at work there, or was killed: its lock is in place, {lock}."
    );
    Error::store("remote", what).hint(say!(
        "Повторите через минуту: `appt sync`. Не помогло — пусть тот, кто ведёт сервер, удалит этот файл. Ничего не потеряно, работать можно дальше.",
        "Try again in a minute: `appt sync`. If that does not help, have whoever looks after the server delete this file. Nothing is lost, you can work on."
    ))
}

fn again() -> Text {
    say!(
        "Работайте дальше; когда связь будет, повторите `appt sync`. Что ждёт: `appt sync --status`.",
        "Work on; when it can be reached, run `appt sync` again. What waits: `appt sync --status`."
    )
}

/// Others pushed at the same time, too often.
pub fn outrun(tries: u32) -> Error {
    Error::new(
        Code::Busy,
        "outrun",
        say!(
            "Другие передавали данные одновременно с вами, столько раз подряд: {tries}.",
            "Others were faster, {tries} times in a row."
        ),
    )
    .hint(say!("Повторите через минуту: `appt sync`.", "Try again in a minute: `appt sync`."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_connection_and_a_refusal_are_told_apart() {
        for (said, expected) in [
            (
                "fatal: unable to access 'https://x/': Could not resolve host: x",
                Trouble::NoConnection,
            ),
            (
                "ssh: connect to host x port 22: Connection refused\r\nfatal: Could not read from remote repository.",
                Trouble::NoConnection,
            ),
            ("git@x: Permission denied (publickey).\nfatal: Could not read", Trouble::NoLeave),
            (
                "fatal: could not read Username for 'https://x': terminal prompts disabled",
                Trouble::NoLeave,
            ),
            ("fatal: '../x.git' does not appear to be a git repository", Trouble::NoRepository),
            ("[remote rejected] (pre-receive hook declined)\nremote: no", Trouble::Refused),
            (
                "[remote rejected] (unpacker error)\nremote: fatal: No space left on device",
                Trouble::Refused,
            ),
            (
                "remote: error: cannot lock ref 'refs/heads/main': Unable to create 'x.lock': File exists.",
                Trouble::Refused,
            ),
            (
                "gcrypt: WARNING: x\ngpg: error reading key: No public key\nfatal: Could not read",
                Trouble::NoKey,
            ),
            (
                "gcrypt: Repository not found: x\ngcrypt: ..but repository ID is set. Aborting.",
                Trouble::AnotherVault,
            ),
            ("fatal: protocol error: bad line length character", Trouble::Unknown),
        ] {
            assert_eq!(kind(said), expected, "{said}");
        }
    }

    #[test]
    fn of_gits_words_the_line_that_matters_is_kept() {
        for (said, expected) in [
            (
                "ssh: Could not resolve hostname x: Name or service not known\r\nfatal: Could not read from remote repository.\n\nPlease make sure",
                "ssh: Could not resolve hostname x: Name or service not known",
            ),
            (
                "[remote rejected] (hook declined)\nremote: error: hands off\u{1b}[K\nremote: hint: x",
                "hands off",
            ),
            (
                "[remote rejected] (hook declined)\nerror: failed to push some refs to 'x'",
                "[remote rejected] (hook declined)",
            ),
            ("", ""),
        ] {
            assert_eq!(gist(said), expected, "{said}");
        }
        assert_eq!(gist(&"x".repeat(500)).chars().count(), GIST + 1);
    }
}
