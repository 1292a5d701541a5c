//! The line that a finding points at, as it may be shown in public: what is not known to be
//! harmless is `…`.
//!
//! Hiding is the rule and showing the exception, so that nothing slips through which nobody thought
//! of: shown are the brackets and signs of TOML, the names of keys, and values whose key says that
//! they are no person's. Hidden are `name passport phone address`, e-mails, `history`, `conflicts`,
//! the values of unknown keys, comments, numbers, and nearly all of a file that is no TOML.

use std::ops::Range as Span;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::check::shown;
use crate::format::decode::{EVENT_KEYS, shown_key};
use crate::format::{settings, syntax};
use crate::model::field::{Field, Privacy};
use crate::model::kind::Kind;
use crate::model::range;
use crate::model::request::Status;
use crate::model::value::Value;
use crate::words::screen;

/// A line of a file, fit to be read in public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, harmless on a terminal.
    pub text: String,
    /// The part that the finding is about, in bytes of `text`.
    pub mark: Span<usize>,
}

/// Which bytes of a file may be shown.
pub struct Mask<'t> {
    text: &'t str,
    shown: Vec<bool>,
}

impl<'t> Mask<'t> {
    /// Of a record's file, or of `appt.toml`, which has no kind.
    pub fn new(kind: Option<Kind>, text: &'t str) -> Mask<'t> {
        let mut mask = Mask { text, shown: vec![false; text.len()] };
        match DeTable::parse(text) {
            Ok(table) => mask.parsed(kind, table.get_ref()),
            Err(_) => mask.unparsed(kind),
        }
        mask
    }

    /// The first line of a span. Where the span goes on, the mark ends with the line.
    pub fn excerpt(&self, span: &Span<usize>) -> Excerpt {
        let mut at = span.start.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let start = self.text[..at].rfind('\n').map_or(0, |n| n + 1);
        let end = self.text[start..].find('\n').map_or(self.text.len(), |n| start + n);
        let line = self.text[start..end].trim_end();
        let mut text = String::new();
        let mut mark = None;
        let mut mark_end = 0;
        let mut hides = false;
        for (offset, c) in line.char_indices() {
            let byte = start + offset;
            let before = text.len();
            if self.shown[byte] {
                // Words with nothing but spaces between them are hidden as one.
                let rest = self.shown[byte..start + line.len()].iter();
                let spaces = line[offset..].bytes().take_while(|b| *b == b' ').count();
                let is_gap = hides && spaces > 0 && rest.clone().nth(spaces) == Some(&false);
                if !is_gap {
                    hides = false;
                    push(&mut text, c);
                }
            } else if !std::mem::replace(&mut hides, true) {
                text.push_str(shown::HIDDEN);
            }
            let from = if hides { text.len() - shown::HIDDEN.len() } else { before };
            if (byte..byte + c.len_utf8()).contains(&at) {
                mark = Some(from);
            }
            if byte < span.end.max(at + 1) {
                mark_end = text.len();
            }
        }
        let from = mark.unwrap_or(text.len());
        Excerpt { mark: from..mark_end.max(from), text }
    }

    fn show(&mut self, span: Span<usize>) {
        self.shown[span].fill(true);
    }

    fn parsed(&mut self, kind: Option<Kind>, table: &DeTable<'_>) {
        let mut leaves = Vec::new();
        for (name, value) in table.iter() {
            let key = name.get_ref().as_ref();
            leaves.push((name.span(), shown_key(key) == key));
            let sight = match kind {
                Some(kind) => kind.field(key).map_or(Sight::Hidden, Sight::Field),
                None if settings::KEYS.contains(&key) && key != "key" => Sight::Open,
                None => Sight::Hidden,
            };
            self.leaves(sight, value, &mut leaves);
        }
        self.signs(&leaves);
        for (span, is_shown) in leaves {
            if is_shown {
                self.show(span);
            } else {
                self.ends(span);
            }
        }
    }

    /// The parts of a value that are shown or hidden as a whole.
    fn leaves(
        &self,
        sight: Sight<'_>,
        value: &Spanned<DeValue<'_>>,
        leaves: &mut Vec<(Span<usize>, bool)>,
    ) {
        match value.get_ref() {
            DeValue::Array(items) => {
                items.iter().for_each(|item| self.leaves(sight, item, leaves));
            }
            DeValue::Table(pairs) if !matches!(sight, Sight::Hidden) => {
                for (name, value) in pairs.iter() {
                    let is_end = matches!(name.get_ref().as_ref(), "start" | "end");
                    leaves.push((name.span(), is_end));
                    let is_time = is_end && matches!(value.get_ref(), DeValue::Datetime(_));
                    leaves.push((value.span(), is_time));
                }
            }
            value_of => leaves.push((value.span(), sight.shows(value_of))),
        }
    }

    /// The signs of TOML between the leaves; of a comment only that there is one.
    fn signs(&mut self, leaves: &[(Span<usize>, bool)]) {
        let mut taken = vec![false; self.text.len()];
        for (span, _) in leaves {
            taken[span.clone()].fill(true);
        }
        let mut in_comment = false;
        for (at, byte) in self.text.bytes().enumerate() {
            if byte == b'\n' {
                in_comment = false;
            }
            if !taken[at] && !in_comment {
                in_comment = byte == b'#';
                self.shown[at] = is_sign(byte) || in_comment || byte.is_ascii_whitespace();
            }
        }
    }

    /// The quotes or brackets around what is hidden.
    fn ends(&mut self, span: Span<usize>) {
        let bytes = self.text.as_bytes();
        for at in [span.start, span.end.saturating_sub(1)] {
            let is_end = bytes.get(at).is_some_and(|b| matches!(b, b'"' | b'\'' | b'{' | b'}'));
            if is_end && span.contains(&at) {
                self.shown[at] = true;
            }
        }
    }

    /// Of what is no TOML: its signs, times, and the words that are the program's own.
    fn unparsed(&mut self, kind: Option<Kind>) {
        let text = self.text;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if syntax::marker(line.trim_end()).is_some() {
                self.show(at..at + 7);
            } else {
                self.known_words(kind, at, line);
            }
            at += line.len();
        }
    }

    fn known_words(&mut self, kind: Option<Kind>, start: usize, line: &str) {
        let mut word_start = start;
        let is_end = |c: char| c.is_ascii() && (is_sign(c as u8) || c.is_ascii_whitespace());
        for (offset, c) in line.char_indices().chain([(line.len(), '\n')]) {
            if !is_end(c) {
                continue;
            }
            let at = start + offset;
            if at < start + line.len() {
                self.show(at..at + 1);
            }
            if is_known(kind, &self.text[word_start..at]) {
                self.show(word_start..at);
            }
            word_start = (at + 1).min(start + line.len());
        }
    }
}

/// What is known of a value before it is seen.
#[derive(Clone, Copy)]
enum Sight<'a> {
    /// Nothing: it is hidden.
    Hidden,
    /// It is that of a record's key.
    Field(&'a Field),
    /// It is no person's.
    Open,
}

impl Sight<'_> {
    fn shows(self, value: &DeValue<'_>) -> bool {
        match (self, value) {
            (Sight::Open, _) => true,
            (Sight::Hidden, _) => false,
            (Sight::Field(field), _) if field.privacy == Privacy::Personal => false,
            (Sight::Field(field), DeValue::String(text)) => {
                shown::value(field, &Value::Text(text.to_string())) != shown::HIDDEN
            }
            (Sight::Field(_), DeValue::Datetime(_) | DeValue::Boolean(_)) => true,
            // A number is never right, and may be that of a passport or a phone.
            (Sight::Field(_), _) => false,
        }
    }
}

fn is_sign(byte: u8) -> bool {
    matches!(byte, b'=' | b'[' | b']' | b'{' | b'}' | b',' | b'"' | b'\'')
}

fn is_known(kind: Option<Kind>, word: &str) -> bool {
    let is_key = match kind {
        Some(kind) => kind.field(word).is_some() || ["history", "conflicts"].contains(&word),
        None => settings::KEYS.contains(&word),
    };
    let is_time = || word.contains('T') && range::instant(word).is_some();
    is_key || EVENT_KEYS.contains(&word) || Status::from_code(word).is_some() || is_time()
}

fn push(text: &mut String, c: char) {
    match c {
        '\t' => text.push_str("    "),
        c if screen::is_harmful(c) => text.extend(c.escape_unicode()),
        c => text.push(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The line of a text in which `part` stands, with the mark in `⟦ ⟧`.
    fn shown(kind: Kind, text: &str, part: &str) -> String {
        let at = text.find(part).unwrap();
        let Excerpt { text, mark } = Mask::new(Some(kind), text).excerpt(&(at..at + part.len()));
        format!("{}⟦{}⟧{}", &text[..mark.start], &text[mark.clone()], &text[mark.end..])
    }

    #[test]
    fn what_may_be_shown_is_shown() {
        let request = "patient = \"7h2k9m4qwe\" # Ира\nstatus = \"creatd\"\n\
                       patient_ranges = [\n    { start = 2026-11-25T09:00:00+03:00, end = 5 },\n]\n";
        for (part, line) in [
            ("\"7h2k9m4qwe\"", "patient = ⟦\"7h2k9m4qwe\"⟧ #…"),
            ("\"creatd\"", "status = ⟦\"creatd\"⟧"),
            ("{ start", "    ⟦{ start⟧ = 2026-11-25T09:00:00+03:00, end = … },"),
        ] {
            assert_eq!(shown(Kind::Request, request, part), line);
        }
    }

    #[test]
    fn what_is_a_persons_is_not() {
        let patient = "name = \"Ли Ян\"\nphone = 79005550105\nnick = { a = \"Ли\", b = [\"Ян\"] }\n\
                       passport = '''\n45 11\n22'''\nhistory = [\n    { at = 1, by = \"Ян\" },\n]\n";
        for (part, line) in [
            ("\"Ли Ян\"", "name = ⟦\"…\"⟧"),
            ("79005550105", "phone = ⟦…⟧"),
            ("nick", "⟦nick⟧ = {…}"),
            ("45 11", "⟦…⟧"),
            ("{ at", "    ⟦{…⟧},"),
        ] {
            assert_eq!(shown(Kind::Patient, patient, part), line);
        }
    }

    #[test]
    fn of_what_is_no_toml_only_the_programs_own_words_are_shown() {
        let text =
            "name = \"Ли Ян\nstatus = created Ли at 2026-11-25T09:00:00+03:00 45\n<<<<<<< Ли\n";
        for (part, line) in [
            ("Ли Ян", "… = \"⟦…⟧"),
            ("created", "status = ⟦created⟧ … at 2026-11-25T09:00:00+03:00 …"),
            ("<<<<<<< ", "⟦<<<<<<<…⟧"),
        ] {
            assert_eq!(shown(Kind::Request, text, part), line);
        }
    }

    proptest! {
        /// Whatever a file holds and wherever a finding points: no panic, nothing harmful.
        #[test]
        fn any_text_and_any_span_have_an_excerpt(
            text in "[a-z=\"'\\[\\]{}#, \\n\\t\u{1b}\u{202e}Ёё\\r0-9]{0,80}",
            start in 0..100_usize,
            length in 0..30_usize,
        ) {
            for kind in [None, Some(Kind::Patient), Some(Kind::Request)] {
                let mask = Mask::new(kind, &text);
                let Excerpt { text, mark } = mask.excerpt(&(start..start + length));
                prop_assert!(text.get(mark.clone()).is_some(), "{:?} {:?}", text, mark);
                prop_assert_eq!(screen::safe_line(&text), text.as_str());
            }
        }
    }
}
