//! A typed line as tokens.
//!
//! Every token knows the bytes of the cleaned line that it came from, so that a hint can be the
//! line itself with one piece put right.

use std::ops;

use chrono::{DateTime, NaiveDateTime, TimeZone as _};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

use super::words::{self, Word};
use crate::model::range::{self, Instant};

/// A token's kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tok {
    /// Up to eight digits.
    Num { value: u32, digits: usize },
    /// A word of the vocabulary.
    Word(Word),
    /// A word that isn't.
    Unknown,
    /// An RFC 3339 instant.
    Instant(Instant),
    /// `-`, `–`, `—`, `..`.
    Dash,
    /// A dot, or a comma between digits.
    Dot,
    /// `:`
    Colon,
    /// `/`
    Slash,
    /// `,`
    Comma,
    /// `;` or a line break.
    Semi,
    /// Anything else.
    Other,
}

/// A token, where it stood, and whether a space was before it.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// What it is.
    pub tok: Tok,
    /// Its bytes in the line.
    pub at: ops::Range<usize>,
    /// Whether it stands apart from the token before.
    pub gap: bool,
}

/// The line as it is read and repeated: NFC, single spaces, nothing that a terminal would act on.
pub(super) fn cleaned(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.nfc() {
        match c {
            '\n' | '\r' => line.push_str("; "),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => {}
            '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}' => {}
            c if c.is_whitespace() || c.is_control() => line.push(' '),
            c => line.push(c),
        }
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let line = words.join(" ");
    line.trim_matches([' ', ';']).to_owned()
}

/// The line with the offset of a zone at each date-time of ISO 8601 that has none:
/// `2026-11-25T11:30`. One that the zone skips stays as it is.
pub(super) fn with_offsets(line: &str, zone: Tz) -> String {
    let is_between = |c: char| matches!(c, ' ' | ',' | ';' | '/');
    let pieces = line.split_inclusive(is_between).map(|piece| {
        let typed = piece.trim_end_matches(is_between);
        let read = |form| NaiveDateTime::parse_from_str(typed, form).ok();
        let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].into_iter().find_map(read);
        match local.and_then(|local| zone.from_local_datetime(&local).earliest()) {
            Some(at) => format!("{}{}", at.to_rfc3339(), &piece[typed.len()..]),
            None => piece.to_owned(),
        }
    });
    pieces.collect()
}

/// Whether the chunk holds a word, and none that isn't known.
pub(super) fn known(chunk: &str) -> bool {
    let tokens = tokens(chunk);
    tokens.iter().any(|token| matches!(token.tok, Tok::Word(_)))
        && tokens.iter().all(|token| token.tok != Tok::Unknown)
}

/// Whether the chunk holds a word that isn't known.
pub(super) fn is_strange(chunk: &str) -> bool {
    tokens(chunk).iter().any(|token| token.tok == Tok::Unknown)
}

/// Cuts a cleaned line into tokens.
pub(super) fn tokens(line: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut i, mut gap) = (0, true);
    while let Some(c) = line[i..].chars().next() {
        let rest = &line[i..];
        let after_word =
            !gap && matches!(tokens.last(), Some(Token { tok: Tok::Word(_) | Tok::Unknown, .. }));
        let (tok, bytes) = match c {
            ' ' => (None, 1),
            '0'..='9' => number(rest),
            c if c.is_alphabetic() => word(rest),
            '.' => dots(rest, after_word),
            '…' => (Some(Tok::Dash), c.len_utf8()),
            ',' => comma(rest, tokens.last(), gap),
            ':' if after_word || !digit_follows(&rest[1..]) => (None, 1),
            c => (mark(c), c.len_utf8()),
        };
        if let Some(tok) = tok {
            tokens.push(Token { tok, at: i..i + bytes, gap });
        }
        gap = match tok {
            None => gap || c == ' ' || !after_word,
            Some(_) => false,
        };
        i += bytes;
    }
    tokens
}

fn digit_follows(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_digit())
}

fn mark(c: char) -> Option<Tok> {
    match c {
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => Some(Tok::Dash),
        ':' => Some(Tok::Colon),
        '/' => Some(Tok::Slash),
        ';' => Some(Tok::Semi),
        '&' => Some(Tok::Word(Word::And)),
        '(' | ')' | '«' | '»' | '"' | '“' | '”' | '`' | '\'' | '’' => None,
        _ => Some(Tok::Other),
    }
}

fn number(rest: &str) -> (Option<Tok>, usize) {
    let run = rest.find(|c: char| !c.is_ascii_digit() && !"tTzZ:.+-".contains(c));
    let run = &rest[..run.unwrap_or(rest.len())];
    if let Some(instant) = instant(&run.to_ascii_uppercase()) {
        return (Some(Tok::Instant(instant)), run.len());
    }
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let tok = match rest[..digits].parse() {
        Ok(value) if digits <= 8 => Tok::Num { value, digits },
        _ => Tok::Other,
    };
    (Some(tok), digits)
}

/// RFC 3339, whose seconds may be left out, as in ISO 8601.
fn instant(run: &str) -> Option<Instant> {
    let brief = || DateTime::parse_from_str(&run.replace('Z', "+00:00"), "%Y-%m-%dT%H:%M%:z");
    range::instant(run).or_else(|| brief().ok())
}

fn word(rest: &str) -> (Option<Tok>, usize) {
    for (dotted, part) in [("a.m", words::Part::Am), ("p.m", words::Part::Pm)] {
        if rest.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(dotted)) {
            return (Some(Tok::Word(Word::Part(part))), 3);
        }
    }
    let bytes = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    (Some(words::word(&rest[..bytes]).map_or(Tok::Unknown, Tok::Word)), bytes)
}

/// Two dots or more are a dash; one is a part of a number, or ends a shortened word.
fn dots(rest: &str, after_word: bool) -> (Option<Tok>, usize) {
    let count = rest.bytes().take_while(|b| *b == b'.').count();
    let digit_next = digit_follows(&rest[count..]);
    let tok = match count {
        2.. => Some(Tok::Dash),
        _ if digit_next && !after_word => Some(Tok::Dot),
        _ => None,
    };
    (tok, count)
}

/// A comma between digits is a dot: the numeric keypad gives one in the Russian layout.
fn comma(rest: &str, last: Option<&Token>, gap: bool) -> (Option<Tok>, usize) {
    let before = !gap && matches!(last, Some(Token { tok: Tok::Num { .. }, .. }));
    let after = digit_follows(&rest[1..]);
    (Some(if before && after { Tok::Dot } else { Tok::Comma }), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(line: &str) -> Vec<Tok> {
        tokens(line).into_iter().map(|token| token.tok).collect()
    }

    #[test]
    fn dots_and_commas_depend_on_their_neighbours() {
        let num = |value, digits| Tok::Num { value, digits };
        assert_eq!(kinds("25,11"), kinds("25.11"));
        assert_eq!(kinds("9, 10"), [num(9, 1), Tok::Comma, num(10, 2)]);
        assert_eq!(kinds("Ср. 9..12"), [kinds("ср")[0], num(9, 1), Tok::Dash, num(12, 2)]);
        assert_eq!(kinds("9 a.m."), kinds("9 am"));
        assert_eq!(kinds("нояб.9"), kinds("ноября 9"));
    }

    #[test]
    fn a_line_is_cleaned() {
        assert_eq!(cleaned("\u{a0}ср\u{202f} 9\u{200b}-12\t\u{1b}[0m "), "ср 9-12 [0m");
        assert_eq!(cleaned("ср 9-12\nчт 9-12\n"), "ср 9-12; чт 9-12");
        assert_eq!(cleaned("и\u{306}"), "й");
    }
}
