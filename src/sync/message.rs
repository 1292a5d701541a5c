//! The messages of commits: ids and events, never a person's data (`spec.md`, section 8).

use crate::sync::scan::Changed;

/// How many records a message names.
const MOST: usize = 200;

/// The message of what one operator did, or of what nobody's event tells.
pub fn of_changes(operator: Option<&str>, changes: &[&Changed]) -> String {
    let lines: Vec<String> = changes.iter().map(|change| line(change)).collect();
    let mut message = match lines.as_slice() {
        [only] => format!("{only}\n"),
        _ => format!("sync: {} files\n\n", lines.len()),
    };
    if lines.len() > 1 {
        lines.iter().take(MOST).for_each(|line| message.push_str(&format!("{line}\n")));
    }
    if lines.len() > MOST {
        message.push_str(&format!("and {} more\n", lines.len() - MOST));
    }
    if let Some(operator) = operator {
        message.push_str(&format!("\nOperator: {operator}\n"));
    }
    message
}

/// The message of a merge.
pub fn of_merge(remote: &str, records: usize) -> String {
    format!("Merge {remote}\n\nRecords: {records}\n")
}

/// `request 20261123-k7m2qx: set status, note`.
fn line(Changed { path, name, text, events, .. }: &Changed) -> String {
    let Some((kind, id)) = name else { return path.clone() };
    let mut events = events.clone();
    events.dedup();
    let what = match (text, events.is_empty()) {
        (None, _) => "removed".to_owned(),
        (Some(_), true) => "edited".to_owned(),
        (Some(_), false) => events.join(", "),
    };
    format!("{} {id}: {what}", kind.code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;

    fn changed(kind: Kind, id: &str, text: Option<&str>, events: &[&str]) -> Changed {
        Changed {
            path: String::new(),
            name: Some((kind, id.to_owned())),
            text: text.map(str::to_owned),
            by: None,
            events: events.iter().map(|event| (*event).to_owned()).collect(),
        }
    }

    #[test]
    fn a_message_names_ids_and_events() {
        let a =
            changed(Kind::Request, "20261123-k7m2qx", Some(""), &["set status", "note", "note"]);
        let b = changed(Kind::Clinic, "zarya", None, &[]);
        insta::assert_snapshot!(of_changes(Some("boris"), &[&a]), @"
        request 20261123-k7m2qx: set status, note

        Operator: boris
        ");
        insta::assert_snapshot!(of_changes(None, &[&a, &b]), @"
        sync: 2 files

        request 20261123-k7m2qx: set status, note
        clinic zarya: removed
        ");
    }

    #[test]
    fn a_long_message_ends() {
        let one = changed(Kind::Clinic, "zarya", None, &[]);
        let message = of_changes(None, &vec![&one; 1_000]);
        assert_eq!(message.lines().count(), 2 + MOST + 1);
    }
}
