//! Questions at the terminal: the only module that asks. No lock is held while one waits.

use dialoguer::Input;

use crate::error::{Code, Error, Result};
use crate::i18n::Lang;
use crate::say;

/// Asks a question that Enter never affirms.
///
/// # Errors
/// `interrupted` where the terminal gives no answer.
pub fn confirm(question: &str, lang: Lang) -> Result<bool> {
    let prompt = format!("{question} ({})", lang.of("да/нет", "yes/no"));
    let answer: String =
        Input::new().with_prompt(prompt).allow_empty(true).interact_text().map_err(|_| {
            Error::new(Code::Interrupted, "interrupted", say!("Прервано.", "Interrupted."))
        })?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "да" | "д" | "yes" | "y"))
}
