//! The rules judge what a write makes. What it does not touch may stay as wrong as it is.

use std::rc::Rc;

use chrono::{DateTime, Utc};

use super::{Edit, Sealed, Work};
use crate::check::{self, Fault, Keys, Scene, Written};
use crate::error::{Error, Result};
use crate::i18n::Text;
use crate::model::book::Draft;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::settings::Settings;
use crate::store::library::Library;

/// Judges what the works make by the keys that they change; what the operator should know.
///
/// # Errors
/// `refused` with the rule that the result would break.
pub fn judge(
    library: &Library<'_>,
    settings: &Settings,
    now: DateTime<Utc>,
    works: &[Work],
    sealed: &Sealed,
    changed: &[Keys],
) -> Result<Vec<Text>> {
    let gone = |index: usize| matches!(works[index].edit, Edit::Remove { .. });
    let mut draft = Draft::new(library);
    for (index, record) in sealed.records.iter().enumerate() {
        draft.put(record.kind, &record.id, (!gone(index)).then(|| record.clone()));
    }
    let after = Scene::new(&draft, settings, now);
    let before = Scene::new(library, settings, now);
    let left: Vec<usize> = (0..works.len()).filter(|index| !gone(*index)).collect();
    // A file that a person laid out may hold line breaks where no text may have any.
    let is_new = |index: usize| works[index].document.is_none();
    let written = |&index: &usize| Written {
        record: &sealed.records[index],
        changed: changed[index],
        text: sealed.steps[index].after.as_deref().filter(|_| is_new(index)),
    };
    let errors = check::errors_of_all(&after, &left.iter().map(written).collect::<Vec<_>>());
    let mut warnings = Vec::new();
    for (&index, errors) in left.iter().zip(errors) {
        let (old, changed) = (works[index].before.as_ref(), changed[index]);
        let had = |old: &Rc<Record>| check::errors_in(&before, old, changed, None);
        let had = old.map_or_else(Vec::new, had);
        if let Some(fault) = errors.into_iter().find(|fault| !had.contains(fault)) {
            return Err(refusal(fault));
        }
        if old.is_some() {
            let record = &sealed.records[index];
            let stay = check::errors_in(&after, record, near(record.kind, changed), None);
            warnings.extend(stay.into_iter().map(|fault| fault.message));
        }
    }
    Ok(warnings)
}

/// The keys of whose earlier errors a write warns: all but `passport` and `merged_into`, which only a
/// look at all patients can judge, unless the write changes them.
fn near(kind: Kind, changed: Keys) -> Keys {
    let among_all = ["passport", "merged_into"].into_iter();
    among_all.filter(|key| !changed.has(key)).fold(Keys::all(kind), Keys::without)
}

fn refusal(fault: Fault) -> Error {
    Error { hint: fault.hint, ..Error::refused(fault.rule, fault.message) }
}
