//! `dangling-reference`: what a record refers to is there.

use std::collections::HashSet;

use crate::check::{Faults, Judge, Reach, Rule, Scene, Severity, Subject, keys, shown};
use crate::i18n::Text;
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::say;

/// The rule.
pub const RULE: Rule = Rule {
    name: "dangling-reference",
    severity: Severity::Error,
    what: (
        "Запись, на которую ссылаются, существует.",
        "A record that another refers to is there.",
    ),
    why: (
        "Заявка без пациента или клиники — звонок, который некому и некуда сделать.",
        "A request without its patient or clinic is a call to nobody.",
    ),
    mend: (
        "Исправьте id или верните удалённую запись из git.",
        "Mend the id, or take the removed record back from git.",
    ),
    bad: "specialty = \"terapeft\"",
    good: "specialty = \"terapevt\"",
    judge: Judge::Record { kinds: &Kind::ALL, keys: keys::REFERENCES, reach: Reach::Others, run },
};

fn run(scene: &Scene<'_>, subject: &Subject<'_>, faults: &mut Faults) {
    let record = subject.record;
    // Who is missing is said once in a record.
    let mut known = HashSet::new();
    for field in record.kind.fields() {
        let Form::Reference(kind) = field.form else { continue };
        let Some(value) = record.values.get(field.key) else { continue };
        let ids = value.as_list().unwrap_or(std::slice::from_ref(value));
        let ids = ids.iter().enumerate().filter_map(|(at, id)| Some((at, id.as_text()?)));
        for (number, id) in ids.filter(|(_, id)| !scene.book.has(kind, id)) {
            if kind == Kind::Operator {
                known.insert(id);
            }
            let (key, shown) = (field.key, shown::reference(kind, id));
            faults.item(
                key,
                number,
                say!(lang; "`{}`: нет {} `{}`.", "`{}`: there is no {} `{}`.",
                    key, kind.of_one(lang), shown),
                hint(scene, kind, id),
            );
        }
    }
    let mut last = "";
    for (at, event) in record.history.iter().enumerate() {
        let by = event.by.as_str();
        if std::mem::replace(&mut last, by) == by {
            continue; // One call is several events of one operator.
        }
        if !scene.book.has(Kind::Operator, by) && known.insert(by) {
            let shown = shown::reference(Kind::Operator, by);
            faults.event(
                at,
                say!(
                    "В истории неизвестный оператор `{shown}`.",
                    "The history names an unknown operator, `{shown}`."
                ),
                hint(scene, Kind::Operator, by),
            );
        }
    }
}

fn hint(scene: &Scene<'_>, kind: Kind, id: &str) -> Text {
    match scene.nearest(kind, id) {
        Some(near) => say!(
            "Может быть, `{near}`? Или верните удалённую запись из git.",
            "Did you mean `{near}`? Or take the removed record back from git."
        ),
        None => say!(
            "Исправьте id или верните удалённую запись из git.",
            "Mend the id, or take the removed record back from git."
        ),
    }
}
