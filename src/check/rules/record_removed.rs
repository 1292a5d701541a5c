//! `record-removed`: a record is gone with a commit. An error where something still refers to it.

use crate::check::since::{Breach, Change, Commit, is_same};
use crate::check::{Judge, Rule, Severity, Spot};
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Value;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "record-removed",
    severity: Severity::Warning,
    what: (
        "Коммит не удаляет записей; точно не тех, на которые ссылаются другие.",
        "A commit removes no record; certainly none that another refers to.",
    ),
    why: (
        "С записью уходит и её история: кто звонил и чем кончилось.",
        "A record's history goes with it: who called, and what came of it.",
    ),
    mend: (
        "Верните файл из предыдущего коммита, если удаляли не нарочно.",
        "Take the file back from the commit before, unless it was meant to go.",
    ),
    bad: "# git diff\n# deleted file clinics/poliklinika-1.toml",
    good: "# git diff\n# new file clinics/poliklinika-1.toml",
    judge: Judge::Commit { run },
};

fn run<'c>(commit: &'c Commit<'_>, breaches: &mut Vec<Breach<'c>>) {
    for change in commit.changes.iter().filter(|change| is_removed(change)) {
        let path = &change.path;
        let referring = referring(commit, change.kind, &change.id);
        let (severity, message) = match referring.as_slice() {
            [] => (Severity::Warning, say!("запись удалена.", "the record is removed.")),
            [first, others @ ..] => {
                let (first, more) = (format!("{}/{}", first.kind.code(), first.id), others.len());
                let all = if more == 0 { first } else { format!("{first} (+{more})") };
                let message = say!(
                    "запись удалена, а на неё ссылаются: {all}.",
                    "the record is removed, and still referred to by {all}."
                );
                (Severity::Error, message)
            }
        };
        breaches.push(Breach {
            rule: RULE.name,
            severity,
            change: Some(change),
            spot: Spot::File,
            message,
            hint: match commit.name {
                Some(name) => say!(
                    "Если не нарочно, уберите коммит: `git rebase -i {name}^`; вернуть файл: `git restore --source={name}^ -- {path}`.",
                    "Unless it was meant, drop the commit: `git rebase -i {name}^`; to take the file back: `git restore --source={name}^ -- {path}`."
                ),
                None => say!(
                    "Вернуть файл: `git restore --staged --worktree -- {path}`.",
                    "To take the file back: `git restore --staged --worktree -- {path}`."
                ),
            },
        });
    }
}

/// Whether a parent has the record, the commit has not, and it is the commit's doing: a merge takes
/// over what one side removed and the other left as it was.
fn is_removed(change: &Change) -> bool {
    let mut had = change.before.iter().flatten().peekable();
    if change.after.is_some() || had.peek().is_none() {
        return false;
    }
    let is_taken_over = change.base.is_some()
        && change.before.iter().any(Option::is_none)
        && had.all(|before| is_same(Some(before), change.base.as_ref()));
    !is_taken_over
}

/// The records of the commit that name this one: in a key, or as the author of an event.
fn referring(commit: &Commit<'_>, kind: Kind, id: &str) -> Vec<std::rc::Rc<Record>> {
    let all = Kind::ALL.into_iter().flat_map(|kind| commit.book.all(kind));
    all.filter(|record| refers(record, kind, id)).collect()
}

fn refers(record: &Record, kind: Kind, id: &str) -> bool {
    let is_it = |value: &Value| value.as_text() == Some(id);
    let mut fields = record.kind.fields().iter().filter(|f| f.form == Form::Reference(kind));
    let names = fields.any(|field| {
        let value = record.values.get(field.key);
        value.is_some_and(|value| value.as_list().map_or(is_it(value), |all| all.iter().any(is_it)))
    });
    names || (kind == Kind::Operator && record.history.iter().any(|event| event.by == id))
}
