//! `history-rewritten`: a commit takes no event away and changes none.

use crate::check::since::{Breach, Change, Commit, events, is_anew};
use crate::check::{Judge, Rule, Severity, Spot};
use crate::history::Event;
use crate::i18n::Text;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "history-rewritten",
    severity: Severity::Error,
    what: (
        "Коммит не убирает и не меняет событий истории.",
        "A commit takes no event out of a history, and changes none.",
    ),
    why: (
        "История — журнал того, кто что сделал; переписанному нельзя верить.",
        "A history tells who did what; one that was rewritten can't be trusted.",
    ),
    mend: (
        "Уберите коммит из ветки или верните в нём строки истории из предыдущей версии файла (`git rebase -i`): правка поверх него не снимает ошибки.",
        "Take the commit out of the branch, or the lines of the history back in it (`git rebase -i`): a change on top of it leaves the error.",
    ),
    bad: "# git diff\n# -    { at = 2026-11-23T10:05:00.000+03:00, by = \"anna\", event = \"no-answer\" },",
    good: "# git diff\n# +    { at = 2026-11-23T10:05:00.000+03:00, by = \"anna\", event = \"no-answer\" },",
    judge: Judge::Commit { run },
};

fn run<'c>(commit: &'c Commit<'_>, breaches: &mut Vec<Breach<'c>>) {
    for change in &commit.changes {
        let Some(after) = &change.after else { continue };
        let lost = lost(change);
        let Some((first, _)) = lost.first() else { continue };
        let count = lost.len();
        let spot = match events(after) {
            [] => Spot::File,
            // What stands in its place now, or else the last.
            kept => Spot::Event((*first).min(kept.len() - 1)),
        };
        let path = &change.path;
        breaches.push(Breach {
            rule: RULE.name,
            severity: RULE.severity,
            change: Some(change),
            spot,
            message: told(count),
            hint: match commit.name {
                Some(_) if change.removed.is_some() => say!(
                    "Верните строки истории в файл: {path}.",
                    "Take the history's lines back into the file: {path}."
                ),
                Some(name) => say!(
                    "Исправьте сам коммит: `git rebase -i {name}^`; строки истории, как было: `git show {name}^:{path}`.",
                    "Mend the commit itself: `git rebase -i {name}^`; the history's lines as they were: `git show {name}^:{path}`."
                ),
                None => say!(
                    "Верните строки истории, как было: `git show HEAD:{path}`.",
                    "Take the history's lines back as they were: `git show HEAD:{path}`."
                ),
            },
        });
    }
}

/// What a commit has lost, in words.
pub fn told(count: usize) -> Text {
    say!(lang;
        "из истории исчезли или изменены: {} {}.",
        "gone from the history or changed: {} {}.",
        count, lang.plural(count, ["событие", "события", "событий"], ["event", "events"]))
}

/// The events that a parent, or what was removed before, has and the commit has not, each once, with
/// its number there. A merge
/// may take over what the other side did: where that side took out what both had, it was told of
/// there.
fn lost(change: &Change) -> Vec<(usize, &Event)> {
    let after = change.after.as_deref().map_or(&[][..], events);
    let base = change.base.as_deref().map_or(&[][..], events);
    let mut lost: Vec<(usize, &Event)> = Vec::new();
    let removed = change
        .removed
        .iter()
        .filter(|removed| change.after.as_ref().is_some_and(|after| !is_anew(removed, after)));
    for before in change.before.iter().flatten().chain(removed) {
        for (at, event) in events(before).iter().enumerate() {
            let is_taken_over = base.contains(event)
                && change.before.iter().flatten().any(|other| !events(other).contains(event));
            if !after.contains(event) && !is_taken_over && !lost.iter().any(|(_, e)| *e == event) {
                lost.push((at, event));
            }
        }
    }
    lost.sort_by_key(|(at, _)| *at);
    lost
}
