//! `unrecorded-edit`: a record is what its history adds up to.

use crate::check::rules::broken_link;
use crate::check::rules::history_mismatch::put_back;
use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject, keys};
use crate::format::layout;
use crate::history::{self, What};
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::request::Status;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "unrecorded-edit",
    severity: Severity::Warning,
    what: ("Запись — то, что следует из её истории.", "A record is what its history adds up to."),
    why: (
        "Правка в файле ещё никем не подписана: не видно, кто и когда её сделал.",
        "A change made in the file has no author yet: nobody sees who made it, and when.",
    ),
    mend: (
        "Внесите правку в историю: `appt check --fix`; сделает это и следующая запись через `appt`. Ошибочную верните как было.",
        "Record it: `appt check --fix`; the next write of the record through `appt` does so, too. Take a mistaken one back.",
    ),
    bad: "role = \"admin\"\n\nhistory = [\n    { at = 2026-11-23T10:00:00.000+03:00, by = \"anna\", event = \"created\", role = \"operator\" },\n]",
    good: "role = \"operator\"\n\nhistory = [\n    { at = 2026-11-23T10:00:00.000+03:00, by = \"anna\", event = \"created\", role = \"operator\" },\n]",
    judge: Judge::Record { kinds: &Kind::ALL, keys: keys::ALL, reach: Reach::Alone, run },
};

fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let record = subject.record;
    if record.history.is_empty() && !(subject.spoilt)("history") {
        return faults.whole(
            say!(
                "Запись сделана в файле: у неё нет истории.",
                "The record was made in the file: it has no history."
            ),
            hint(record.kind),
        );
    }
    if subject.adds_up() || !subject.history_counts() {
        return;
    }
    let folded = subject.folded();
    let processed = Status::of(record) == Some(Status::Processed);
    let recordable = history::unrecorded(record);
    for what in history::difference(record.kind, &folded.values, &record.values) {
        let (What::Set { key, .. } | What::List { key, .. }) = what else { continue };
        // Other rules judge these; of a status theirs is the same key's earlier finding.
        if key == "appointment" && processed || is_broken_link(scene, subject, key) {
            continue;
        }
        let hint = match recordable.iter().any(|what| what.keys(record.kind).contains(&key)) {
            true => hint(record.kind),
            false => put_back(subject, key),
        };
        faults.key(
            key,
            say!(
                "`{key}` изменили в файле: по истории другое значение.",
                "`{key}` was changed in the file: the history has another value."
            ),
            hint,
        );
    }
    let (id, file) = (&record.id, layout::path(record.kind, &record.id));
    if folded.conflicts.iter().any(|conflict| !record.conflicts.contains(conflict)) {
        faults.key(
            "conflicts",
            say!(
                "По истории здесь расхождение, которого никто не решил, а в `conflicts` его нет.",
                "By the history there is a conflict that nobody has settled; `conflicts` lacks it."
            ),
            say!(
                "Если из `conflicts` или `history` удалили строки, верните их (`git restore -SW {file}`) и решите: `appt resolve {id}`. Если в `history` вписали лишнюю, удалите её.",
                "Where lines are gone from `conflicts` or `history`, take them back (`git restore -SW {file}`), and settle it: `appt resolve {id}`. Where `history` got one too many, delete that."
            ),
        );
    }
}

/// Whether the other half of a link that is gone stands yet: it is broken there.
fn is_broken_link(scene: &Scene<'_>, subject: &Subject<'_>, key: &str) -> bool {
    let Some((_, back)) = broken_link::HALVES.into_iter().find(|(half, _)| *half == key) else {
        return false;
    };
    let (record, then) = (subject.record, subject.folded().values.text(key));
    let other = then.and_then(|id| scene.book.get(Kind::Request, id));
    record.text(key).is_none() && other.is_some_and(|o| o.text(back) == Some(&record.id))
}

/// Recording it is a write like any other: only an admin may change some kinds.
fn hint(kind: Kind) -> Text {
    if !Role::Operator.may_write(kind) {
        return say!(
            "Внести её в историю может администратор: `appt check --fix`; ошибочную верните как было.",
            "An admin can record it: `appt check --fix`; take a mistaken one back."
        );
    }
    say!(
        "Внесите её в историю: `appt check --fix`; ошибочную верните как было.",
        "Record it: `appt check --fix`; take a mistaken one back."
    )
}
