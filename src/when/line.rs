//! A cleaned line with its tokens, and the questions that phrases ask of it.

use std::ops;

use super::lex::{self, Tok, Token};
use super::words::Word;

/// A line being read.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// The words as typed, cleaned, in the right layout.
    pub text: String,
    /// The same, cut.
    pub tokens: Vec<Token>,
}

impl Line {
    /// Cuts a cleaned line.
    pub fn new(text: String) -> Line {
        Line { tokens: lex::tokens(&text), text }
    }

    /// The token at a place.
    pub fn tok(&self, i: usize) -> Option<Tok> {
        self.tokens.get(i).map(|token| token.tok)
    }

    /// The word at a place.
    pub fn word(&self, i: usize) -> Option<Word> {
        match self.tok(i) {
            Some(Tok::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Whether a word stands there.
    pub fn is(&self, i: usize, word: Word) -> bool {
        self.word(i) == Some(word)
    }

    /// The number there, if it has so many digits.
    pub fn number(&self, i: usize, digits: ops::RangeInclusive<usize>) -> Option<u32> {
        match self.tok(i) {
            Some(Tok::Num { value, digits: count }) if digits.contains(&count) => Some(value),
            _ => None,
        }
    }

    /// Whether a token stands there, close to the one before it.
    pub fn close(&self, i: usize, tok: Tok) -> bool {
        self.tokens.get(i).is_some_and(|token| token.tok == tok && !token.gap)
    }

    /// The number there, if it is close to what is before it.
    pub fn close_number(&self, i: usize, digits: ops::RangeInclusive<usize>) -> Option<u32> {
        self.tokens.get(i).filter(|token| !token.gap).and_then(|_| self.number(i, digits))
    }

    /// The place after any words that say nothing.
    pub fn past_fillers(&self, mut i: usize) -> usize {
        while matches!(self.word(i), Some(Word::Filler | Word::In)) {
            i += 1;
        }
        i
    }

    /// The place after a word, if it stands there, or the same place.
    pub fn past(&self, i: usize, word: Word) -> usize {
        if self.is(i, word) { i + 1 } else { i }
    }

    /// The place after a comma, if one stands there, or the same place.
    pub fn past_comma(&self, i: usize) -> usize {
        if self.tok(i) == Some(Tok::Comma) { i + 1 } else { i }
    }

    /// The bytes of some tokens.
    pub fn bytes(&self, tokens: ops::Range<usize>) -> ops::Range<usize> {
        let start = self.tokens.get(tokens.start).map_or(self.text.len(), |token| token.at.start);
        let end = self.tokens[..tokens.end].last().map_or(start, |token| token.at.end);
        start..end.max(start)
    }

    /// The bytes of a piece with the words before it that say nothing: «в», `on`.
    pub fn with_fillers(&self, at: &ops::Range<usize>) -> ops::Range<usize> {
        let first = self.tokens.partition_point(|token| token.at.start < at.start);
        let fillers = (0..first).rev().take_while(|i| self.past_fillers(*i) > *i);
        let start = fillers.last().map_or(at.start, |i| self.tokens[i].at.start);
        start..at.end
    }

    /// The text with some pieces replaced; they must not overlap.
    pub fn with(&self, pieces: &[(ops::Range<usize>, &str)]) -> String {
        let mut text = self.text.clone();
        let mut pieces: Vec<_> = pieces.iter().collect();
        pieces.sort_by_key(|(at, _)| std::cmp::Reverse((at.start, at.end)));
        for (at, new) in pieces {
            text.replace_range(at.clone(), new);
        }
        text
    }
}
