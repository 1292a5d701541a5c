//! The offer to go on with a call that was broken off.

use crate::app::App;
use crate::error::Result;
use crate::life;
use crate::prompt;
use crate::say;
use crate::script::Script;
use crate::tr;

use super::drafts::{Draft, Slot};

/// What the operator wants of the calls that were broken off.
pub enum Wanted {
    /// To go on with this one.
    GoOn(Slot, Draft),
    /// To leave them for later.
    Later,
    /// To forget them.
    Forget(Vec<Slot>),
}

/// Asks; there is one call at least.
///
/// # Errors
/// `interrupted`; as reading.
pub fn ask(app: &App, script: &Script, mut calls: Vec<(Slot, Draft)>) -> Result<Wanted> {
    let lang = app.lang();
    let whose = |draft: &Draft| {
        let about = draft.about.as_deref();
        app.read(|sight| Ok(script.whose(sight, about, &draft.answers, &draft.then)))
    };
    let (mut names, mut labels) = (Vec::new(), Vec::new());
    for (_, draft) in &calls {
        let first = || draft.answers.first().map(|(_, typed)| typed.trim().to_owned());
        let name = whose(draft)?.or_else(first).unwrap_or_default();
        let request = draft.about.as_deref().map(life::short);
        let request = request.map(|part| tr!(lang, "заявка {part}", "request {part}"));
        let label = [Some(name.clone()), request].into_iter().flatten();
        labels.push(label.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "));
        names.push(name);
    }
    let mut words = Vec::new();
    let title = match (&calls[..], &names[..]) {
        ([(_, draft)], [name]) => {
            words.push(lang.of("Продолжить его", "Go on with it").to_owned());
            words.push(
                lang.of("Новый звонок, этот пока отложить", "A new call, this one waits").into(),
            );
            words.push(
                lang.of("Забыть его: ответы пропадут", "Forget it: its answers are lost").into(),
            );
            match draft.about.as_deref().map(life::short) {
                Some(part) => tr!(
                    lang,
                    "Прошлый звонок прервался: {name}. Заявка {part} сохранена, ответы после этого в неё ещё не записаны.",
                    "The last call was broken off: {name}. Request {part} is saved; the answers since are not part of it yet."
                ),
                None => tr!(
                    lang,
                    "Прошлый звонок прервался, ответы сохранены: {name}.",
                    "The last call was broken off, its answers are kept: {name}."
                ),
            }
        }
        _ => {
            for ((_, draft), name) in calls.iter().zip(&labels) {
                let last = draft.answers.last().map(|(_, typed)| typed.trim());
                words.push(match last.filter(|last| !last.is_empty() && last != name) {
                    Some(last) => tr!(
                        lang,
                        "Продолжить: {name}, последний ответ «{last}»",
                        "Go on: {name}, last answer “{last}”"
                    ),
                    None => tr!(lang, "Продолжить: {name}", "Go on: {name}"),
                });
            }
            words.push(lang.of("Новый звонок, эти пока отложить", "A new call, these wait").into());
            words.push(lang.of("Забыть: ответы пропадут", "Forget: the answers are lost").into());
            let count = calls.len();
            tr!(
                lang,
                "Прерваны звонки: {count}, ответы сохранены.",
                "{count} calls were broken off, their answers are kept."
            )
        }
    };
    let kept = say!(
        "Прервано. Ответы сохранены, продолжить: `appt script`.",
        "Interrupted. The answers are kept; go on: `appt script`."
    );
    let choose = |title: &str, words: &[String]| -> Result<usize> {
        loop {
            let farewell = Some(kept.clone());
            if let Some(at) = prompt::choose_or_leave(app, title, words, true, farewell)? {
                return Ok(at);
            }
        }
    };
    let at = choose(&title, &words)?;
    if at < calls.len() {
        let (slot, draft) = calls.swap_remove(at);
        return Ok(Wanted::GoOn(slot, draft));
    }
    if at == calls.len() {
        return Ok(Wanted::Later);
    }
    if calls.len() > 1 {
        labels.push(lang.of("Все", "All of them").to_owned());
        let at = choose(lang.of("Какой звонок забыть?", "Which call to forget?"), &labels)?;
        if at < calls.len() {
            return Ok(Wanted::Forget(vec![calls.swap_remove(at).0]));
        }
    }
    Ok(Wanted::Forget(calls.into_iter().map(|(slot, _)| slot).collect()))
}
