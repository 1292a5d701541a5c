//! `not-permitted`: a commit's author may do what it does (`spec.md`, section 5, "Who writes").
//!
//! Who they are and what they may do is read from the operators before the commit: nobody makes
//! themselves an admin, or active again.

use std::rc::Rc;

use crate::check::since::{Breach, Change, Commit};
use crate::check::{Judge, Rule, Severity, Spot};
use crate::i18n::Text;
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::record::Record;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "not-permitted",
    severity: Severity::Error,
    what: (
        "Автор коммита — работающий оператор, и его роль допускает эту правку.",
        "A commit's author is an active operator whose role allows the change.",
    ),
    why: (
        "Клиники, специальности, операторов и настройки меняет только администратор.",
        "Only an admin changes clinics, specialties, operators and the settings.",
    ),
    mend: (
        "Отмените правку, или пусть её внесёт администратор; свою почту добавьте оператору.",
        "Take the change back, or let an admin make it; give an operator the e-mail.",
    ),
    bad: "role = \"operator\"\n\nemails = [\n    \"boris@example.org\",\n]\n# git log: Boris <boris@example.org> changed clinics/poliklinika-1.toml",
    good: "role = \"admin\"\n\nemails = [\n    \"boris@example.org\",\n]\n# git log: Boris <boris@example.org> changed clinics/poliklinika-1.toml",
    judge: Judge::Commit { run },
};

/// Who made a commit.
enum Author {
    Nobody,
    Inactive(Rc<Record>),
    Operator(Rc<Record>),
    Admin,
}

fn run<'c>(commit: &'c Commit<'_>, breaches: &mut Vec<Breach<'c>>) {
    let decided: Vec<&Change> = commit.changes.iter().filter(|c| c.is_decided()).collect();
    if !commit.is_founded || (decided.is_empty() && !commit.changed_settings) {
        return;
    }
    let first = decided.first().copied();
    let mut breach = |severity, change, message, hint| {
        let (rule, spot) = (RULE.name, Spot::File);
        breaches.push(Breach { rule, severity, change, spot, message, hint });
    };
    match author(commit) {
        Author::Admin => {}
        Author::Nobody => breach(
            Severity::Warning,
            first,
            say!(
                "почты автора нет ни у одного оператора.",
                "its author's e-mail is no operator's."
            ),
            say!(
                "Администратор впишет её вместе с прежними почтами оператора: `appt operator edit ID --email ПРЕЖНЯЯ --email ПОЧТА`. Прежние коммиты останутся с этим замечанием.",
                "An admin can write it down with the operator's others: `appt operator edit ID --email OLD --email EMAIL`. Earlier commits keep this finding."
            ),
        ),
        Author::Inactive(record) => {
            let id = &record.id;
            breach(
                Severity::Error,
                first,
                say!("оператор {id} больше не работает.", "operator {id} is not active."),
                hint(commit),
            );
        }
        Author::Operator(record) => {
            let id = &record.id;
            let needs_admin = |change: &&&Change| !Role::Operator.may_write(change.kind);
            for change in decided.iter().filter(needs_admin) {
                let kind = change.kind;
                let message = say!(lang;
                    "оператор {} не может менять {}: нужна роль admin.",
                    "operator {} may not change {}: that takes the role admin.",
                    id, kind.many(lang));
                breach(Severity::Error, Some(*change), message, hint(commit));
            }
            if commit.changed_settings {
                let message = say!(
                    "оператор {id} не может менять appt.toml: нужна роль admin.",
                    "operator {id} may not change appt.toml: that takes the role admin."
                );
                breach(Severity::Error, None, message, hint(commit));
            }
        }
    }
}

/// The operator with the author's e-mail, as the parents know them; the best of what a merge's
/// parents say.
fn author(commit: &Commit<'_>) -> Author {
    let all = commit.parents.iter().flat_map(|book| book.all(Kind::Operator));
    let known = all.filter(|record| {
        record.texts("emails").iter().any(|email| email.eq_ignore_ascii_case(commit.email))
    });
    let mut best = Author::Nobody;
    for record in known {
        match (record.is_active(), Role::of(&record.values), &best) {
            (true, Role::Admin, _) => return Author::Admin,
            (true, Role::Operator, _) => best = Author::Operator(record),
            (false, _, Author::Nobody) => best = Author::Inactive(record),
            (false, ..) => {}
        }
    }
    best
}

fn hint(commit: &Commit<'_>) -> Text {
    let name = commit.name.unwrap_or("HEAD");
    say!(
        "Уберите коммит из ветки: `git rebase -i {name}^`; нужную правку внесёт администратор.",
        "Take the commit out of the branch: `git rebase -i {name}^`; an admin can make the change."
    )
}
