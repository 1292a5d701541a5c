//! A store of an older format, made one of this one: a table of steps, each from a format to the
//! next, each a function from a file's text to its text (`spec.md`, section 2).
//!
//! A new format is a new step here and a new number in `model/settings.rs`; no step is ever changed
//! or dropped, so that the oldest store has a way to the newest format.

use std::collections::BTreeMap;

use toml_edit::DocumentMut;

use crate::error::{Error, Result, rule};
use crate::model::settings;
use crate::say;

/// The files of a store: path, relative to its root, and text.
pub type Files = BTreeMap<String, String>;

/// What leads from a format to the next.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The format that it starts from; it leads to the one after it.
    pub from: i64,
    /// A file as the next format has it: its path and its text. `format` in `appt.toml` is set
    /// without it.
    pub change: fn(path: &str, text: &str) -> Result<(String, String)>,
}

/// All steps. There are none yet: the first format is the present one.
pub const STEPS: &[Step] = &[];

/// The files of a store of one format as another has them.
///
/// # Errors
/// `store` where no step leads on, or where a step can't read a file.
pub fn migrate(steps: &[Step], from: i64, to: i64, files: Files) -> Result<Files> {
    let mut files = files;
    for format in from..to {
        let step = steps.iter().find(|step| step.from == format).ok_or_else(|| no_way(format))?;
        let changed = files.iter().map(|(path, text)| (step.change)(path, text));
        files = changed.collect::<Result<_>>()?;
        let settings = files.get_mut(settings::FILE).ok_or_else(|| no_way(format))?;
        *settings = with_format(settings, format + 1)?;
    }
    Ok(files)
}

/// The text of `appt.toml` with another format; all else of it stays as it is.
fn with_format(text: &str, format: i64) -> Result<String> {
    let mut document: DocumentMut = text.parse().map_err(|_| {
        Error::store("syntax", say!("appt.toml не читается.", "appt.toml can't be read."))
    })?;
    match document.get_mut("format").and_then(toml_edit::Item::as_value_mut) {
        Some(value) => {
            let decor = value.decor().clone();
            *value = toml_edit::Value::from(format);
            *value.decor_mut() = decor;
        }
        None => document["format"] = toml_edit::value(format),
    }
    Ok(document.to_string())
}

fn no_way(format: i64) -> Error {
    Error::store(
        rule::FORMAT,
        say!(
            "Данные формата {format} эта версия appt обновить не умеет.",
            "This version of appt can't upgrade data of format {format}."
        ),
    )
    .hint(say!("Проверьте `format` в appt.toml.", "Look at `format` in appt.toml."))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Format 0, for tests alone: a patient's `name` was called `fio`, and lay in `people/`.
    pub const FROM_ZERO: &[Step] = &[Step {
        from: 0,
        change: |path, text| {
            let path = match path.strip_prefix("people/") {
                Some(rest) => format!("patients/{rest}"),
                None => path.to_owned(),
            };
            Ok((path, text.replace("fio = ", "name = ")))
        },
    }];

    fn files(pairs: &[(&str, &str)]) -> Files {
        pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn each_step_changes_the_texts_and_the_format_alone() {
        let old = files(&[
            ("appt.toml", "# ours\nformat = 0 # old\nkey = \"k\"\n"),
            ("people/7h/7h2k9m4qwe.toml", "fio = \"Щукин Пётр\" # он\n"),
        ]);
        let new = migrate(FROM_ZERO, 0, 1, old.clone()).unwrap();
        let expected = files(&[
            ("appt.toml", "# ours\nformat = 1 # old\nkey = \"k\"\n"),
            ("patients/7h/7h2k9m4qwe.toml", "name = \"Щукин Пётр\" # он\n"),
        ]);
        assert_eq!(new, expected);
        assert_eq!(migrate(FROM_ZERO, 1, 1, new.clone()).unwrap(), new);
        assert_eq!(migrate(FROM_ZERO, 0, 2, old).unwrap_err().rule, Some("format"));
    }

    #[test]
    fn the_steps_lead_without_a_gap_to_the_present_format() {
        let mut froms: Vec<i64> = STEPS.iter().map(|step| step.from).collect();
        froms.sort_unstable();
        let first = froms.first().copied().unwrap_or(settings::FORMAT);
        assert_eq!(froms, (first..settings::FORMAT).collect::<Vec<_>>());
    }
}
