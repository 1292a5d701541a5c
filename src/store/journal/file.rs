//! What the journal's file holds: the steps of a write, and a hash of them, so that a part of one is
//! never taken for the whole.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::staging::Change;
use super::{PATH, Step, hash};
use crate::error::{Error, Result, rule};
use crate::model::settings::{self, Settings};
use crate::say;
use crate::store::LOCAL;
use crate::store::disk;

/// The steps of a journal are [`Step`]s, with the texts.
const TEXTS: u32 = 1;
/// They are [`Change`]s, whose texts are staged.
const STAGED: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Journal<'s, S: Clone> {
    journal: u32,
    /// The hash of the store's key; none where a store is being made.
    store: Option<String>,
    steps: Cow<'s, [S]>,
}

/// What an interrupted write leaves to whoever comes next.
pub enum Rest {
    /// Steps, with their texts.
    Texts(Vec<Step>),
    /// Changes, whose texts are staged unless they have taken their places.
    Staged(Vec<Change>),
}

/// Writes a journal of steps with their texts beside its place, and syncs it.
pub fn lay_texts(root: &Path, steps: &[Step]) -> io::Result<disk::Laid> {
    lay(root, TEXTS, steps, true)
}

/// Writes one of changes whose texts are staged; whoever does so syncs it.
pub fn lay_staged(root: &Path, changes: &[Change]) -> io::Result<disk::Laid> {
    lay(root, STAGED, changes, false)
}

fn lay<S: Clone + Serialize>(
    root: &Path,
    journal: u32,
    steps: &[S],
    sync: bool,
) -> io::Result<disk::Laid> {
    let journal = Journal { journal, store: store(root), steps: steps.into() };
    let mut text = serde_json::to_string(&journal).expect("strings become JSON");
    let sum = hash(&text);
    text.push_str(&format!("\n{sum}\n"));
    disk::lay(root, PATH, &text, sync)
}

/// What tells a store from all others: a journal that was copied here is none of ours.
fn store(root: &Path) -> Option<String> {
    let text = disk::read_any(root, settings::FILE).ok()??;
    Some(hash(&Settings::parse(&text).ok()?.key))
}

/// What an interrupted write left to do; none where nothing waits.
///
/// # Errors
/// `store` where the journal can't be read, or is another store's.
pub fn rest(root: &Path) -> Result<Option<Rest>> {
    let text = disk::read_any(root, PATH)
        .map_err(|error| Error::io(&say!("прочитать", "read"), PATH, &error))?;
    let Some(text) = text else { return Ok(None) };
    let (named, rest) = parse(&text).ok_or_else(damaged)?;
    let is_ours = named.is_none_or(|named| store(root).is_none_or(|ours| ours == named));
    if is_ours { Ok(Some(rest)) } else { Err(damaged()) }
}

/// The journal, or a text that it names, is not what was written.
pub fn damaged() -> Error {
    Error::store(
        rule::JOURNAL,
        say!(
            "Журнал незавершённой записи повреждён: {PATH}.",
            "The journal of an unfinished write is damaged: {PATH}."
        ),
    )
    .hint(say!(
        "Проверьте данные (`appt check`), затем уберите этот файл.",
        "Look at the data (`appt check`), then move this file away."
    ))
    .at(PATH, None, None)
}

/// The store that a journal is of, and its steps; none where it is not whole.
fn parse(text: &str) -> Option<(Option<String>, Rest)> {
    #[derive(Deserialize)]
    struct Head {
        journal: u32,
    }
    let (body, sum) = text.trim_end().rsplit_once('\n')?;
    if hash(body) != sum {
        return None;
    }
    let Head { journal } = serde_json::from_str(body).ok()?;
    match journal {
        TEXTS => {
            let (store, steps) = steps(body, |step: &Step| &step.path)?;
            Some((store, Rest::Texts(steps)))
        }
        STAGED => {
            let (store, changes) = steps(body, |change: &Change| &change.path)?;
            let is_sound = changes.iter().all(Change::is_sound);
            is_sound.then_some((store, Rest::Staged(changes)))
        }
        _ => None,
    }
}

fn steps<'b, S: Clone + Deserialize<'b>>(
    body: &'b str,
    path: fn(&S) -> &str,
) -> Option<(Option<String>, Vec<S>)> {
    let journal: Journal<'_, S> = serde_json::from_str(body).ok()?;
    let is_sound = journal.steps.iter().all(|step| is_inside(path(step)));
    is_sound.then(|| (journal.store, journal.steps.into_owned()))
}

/// Whether a path stays in the store and out of git's own folder and ours, but for what is made
/// with a store: a journal may come from another clone, by force.
fn is_inside(path: &str) -> bool {
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..")
            && !part.eq_ignore_ascii_case(".git")
            && !part.contains(['\\', ':'])
    };
    let mut parts = path.split('/');
    let is_local = parts.next().is_some_and(|first| first.eq_ignore_ascii_case(LOCAL));
    path.split('/').all(is_plain) && (!is_local || parts.next() == Some("schema"))
}
