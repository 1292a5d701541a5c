//! What people type, word by word: names, numbers, searches, ids. `spec.md` sections 2, 3 and 5.
//!
//! Everything here is pure: a word goes in, and its one stored form or the reason against it comes
//! out. No function guesses, panics, or repeats a control character.

pub mod base32;
pub mod keyboard;
pub mod name;
pub mod passport;
pub mod path;
pub mod phone;
pub mod screen;
pub mod search;
pub mod slug;
pub mod spreadsheet;
pub mod text;
pub mod wrap;

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

/// A name in the quotation marks of each language; marks within it become the inner ones.
pub fn in_quotes(name: &str) -> Text {
    let inner = |open, close| name.replace(['«', '“'], open).replace(['»', '”'], close);
    Text {
        ru: format!("«{}»", inner("„", "“")), en: format!("“{}”", inner("‘", "’"))
    }
}

/// The first letter small, unless the second is a capital («УЗИ» stays).
pub fn small(title: &str) -> String {
    let mut letters = title.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(title.chars().skip(1)).collect()
        }
        _ => title.to_owned(),
    }
}

/// A text that the sentence's full stop follows: «2027 г.» brings its own.
pub fn before_stop(text: &str) -> &str {
    text.strip_suffix('.').unwrap_or(text)
}

/// The first letter a capital, as at the beginning of a sentence.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital() {
        assert_eq!(capital("вечером"), "Вечером");
        assert_eq!(capital("fri"), "Fri");
        assert_eq!(capital(""), "");
    }

    #[test]
    fn a_title_within_a_sentence_begins_small() {
        assert_eq!(small("Время приёма"), "время приёма");
        assert_eq!(small("УЗИ"), "УЗИ");
        assert_eq!(small(""), "");
    }

    #[test]
    fn quotation_marks_do_not_meet_their_like() {
        assert_eq!(in_quotes("УЗИ").ru, "«УЗИ»");
        assert_eq!(in_quotes("Клиника «Иртыш»").ru, "«Клиника „Иртыш“»");
        assert_eq!(in_quotes("Клиника «Иртыш»").en, "“Клиника ‘Иртыш’”");
    }
}
