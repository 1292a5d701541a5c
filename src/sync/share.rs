//! What leaves the machine: only what somebody agreed to.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::git::refs::Id;
use crate::git::remote::Remote;
use crate::git::vault;
use crate::i18n::Lang;
use crate::prompt;
use crate::sync::here::Here;
use crate::{say, tr};

/// How often a push is tried while others are faster.
pub const TRIES: u32 = 7;
/// The longest first pause between two tries, in milliseconds; it doubles.
const PAUSE: u64 = 100;

/// Makes sure that somebody agreed before data leave for a host, where something is to go.
///
/// # Errors
/// `usage` where nobody did.
pub fn agree(here: &Here<'_>, remote: &Remote, head: &Id, yes: bool) -> Result<()> {
    if remote.last_seen(&here.repository)?.as_ref() == Some(head) {
        return Ok(());
    }
    let hosts = remote.new_hosts(&here.repository)?;
    if hosts.is_empty() {
        return Ok(());
    }
    let names =
        |lang| hosts.iter().map(|host| host_shown(host, lang)).collect::<Vec<_>>().join(", ");
    let question = say!(
        lang;
        "Данные пациентов уйдут на {}. Передавать их туда?",
        "The patients' data will go to {}. Share them with it?",
        names(lang)
    );
    let agreed = yes
        || if here.app.globals.no_input { false } else { prompt::confirm(here.app, &question)? };
    if agreed {
        return remote.agree(&here.repository, &hosts);
    }
    Err(Error::usage(
        "not-agreed",
        say!(
            lang;
            "Данные пациентов ушли бы на {}, а согласия на это нет.",
            "The patients' data would go to {}, and nobody has agreed to that.",
            names(lang)
        ),
    )
    .hint(say!("Если так и надо: `appt sync --yes`.", "If that is right: `appt sync --yes`.")))
}

/// A host that data go to, and whether it can read them.
fn host_shown(host: &str, lang: Lang) -> String {
    match host.strip_prefix(vault::PREFIX) {
        Some(host) => tr!(lang, "{host} (в зашифрованном виде)", "{host} (encrypted)"),
        None => host.to_owned(),
    }
}

/// Waits a random while: two that pushed at once should not do so again.
pub fn pause(here: &Here<'_>, tried: u32) {
    let longest = PAUSE << tried;
    std::thread::sleep(Duration::from_millis(here.app.environment.random() % longest));
}
