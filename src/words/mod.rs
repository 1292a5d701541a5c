//! What people type, word by word: names, numbers, searches, ids. `spec.md` sections 2, 3 and 5.
//!
//! Everything here is pure: a word goes in, and its one stored form or the reason against it comes
//! out. No function guesses, panics, or repeats a control character.

pub mod base32;
pub mod keyboard;
pub mod name;
pub mod passport;
pub mod phone;
pub mod screen;
pub mod search;
pub mod slug;
pub mod text;

use crate::i18n::Text;

/// Why a typed word was not taken; `code` is the rule's name, the sentence is for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The rule's stable name: `bad-phone`, `mixed-letters`, …
    pub code: &'static str,
    /// What is wrong, and what to do.
    pub message: Text,
    /// A further way out, where there is one.
    pub hint: Option<Text>,
}

impl Unfit {
    /// A refusal without a hint.
    pub fn new(code: &'static str, message: Text) -> Unfit {
        Unfit { code, message, hint: None }
    }

    /// The same refusal with a way out.
    pub fn hint(self, hint: Text) -> Unfit {
        Unfit { hint: Some(hint), ..self }
    }
}

/// The most characters of a typed word that a message repeats.
const QUOTED: usize = 60;

/// The typed word as a message repeats it: harmless on a terminal and not endless.
pub fn quoted(typed: &str) -> String {
    let mut start: String = typed.chars().take(QUOTED).collect();
    if start.len() < typed.len() {
        start.push('…');
    }
    screen::safe_line(&start).into_owned()
}
