//! What is said about a line that has no meaning: its words, its phrases, what it leaves out.
//!
//! A hint quotes the person's own line with one piece put right. It becomes a `guess`, which Enter
//! may take, only if it invents nothing and is understood.

use std::ops::Range as Bytes;

use super::lex::Tok;
use super::path::{self, Phrase};
use super::read::Reader;
use super::{Misread, Mode, typo};
use crate::i18n::{Lang, Text};
use crate::say;

impl Misread {
    /// A line that can't be understood, or not in one way: exit 2.
    pub(super) fn unread(code: &'static str, message: Text) -> Misread {
        let message = Text { ru: message.ru.replace("г..", "г."), ..message };
        Misread { code, refused: false, message, hint: None, offers: false }
    }

    /// A line that is understood and refused: exit 3.
    pub(super) fn refused(code: &'static str, message: Text) -> Misread {
        Misread { refused: true, ..Misread::unread(code, message) }
    }

    pub(super) fn hint(self, hint: Text) -> Misread {
        Misread { hint: Some(hint), ..self }
    }

    /// «Возможно, `ср 9-12`.»
    pub(super) fn perhaps(self, guess: Option<String>) -> Misread {
        match guess {
            Some(guess) => Misread {
                hint: Some(say!("Возможно, `{guess}`.", "Perhaps `{guess}`.")),
                offers: true,
                ..self
            },
            None => self,
        }
    }
}

/// `14`, `14:30`: how one types minutes after midnight.
pub(super) fn typed_minutes(minutes: u16) -> String {
    match minutes % 60 {
        0 => (minutes / 60).to_string(),
        rest => format!("{}:{rest:02}", minutes / 60),
    }
}

/// `9:00`.
pub(super) fn minutes_text(minutes: u16) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

impl Reader<'_> {
    /// The line with some pieces replaced, if that is understood.
    pub fn guess(&self, pieces: &[(Bytes<usize>, &str)]) -> Option<String> {
        Some(self.line.with(pieces)).filter(|guess| self.would_read(guess))
    }

    /// The language of the line's own words, for words put into it; else that of the screen.
    pub fn tongue(&self, screen: Lang) -> Lang {
        let letters = || self.line.text.chars().filter(|c| c.is_alphabetic());
        match (letters().next(), letters().any(|c| c.is_ascii_alphabetic())) {
            (None, _) => screen,
            (Some(_), true) => Lang::En,
            (Some(_), false) => Lang::Ru,
        }
    }

    fn quoted(&self) -> String {
        let mut text: String = self.typed.chars().take(80).collect();
        if text.len() < self.typed.len() {
            text.push('…');
        }
        text
    }

    pub fn examples(&self) -> Text {
        match self.mode {
            Mode::Ranges => {
                say!(
                    "Примеры: `ср 9-12`, `завтра после 15`.",
                    "Examples: `wed 9-12`, `tomorrow after 15`."
                )
            }
            Mode::Appointment => {
                say!("Примеры: `ср 11:30`, `25.11 9:00`.", "Examples: `wed 11:30`, `25.11 9:00`.")
            }
            Mode::Day => {
                say!(
                    "Примеры: `сегодня`, `25.11`, `2026-11-25`.",
                    "Examples: `today`, `25.11`, `2026-11-25`."
                )
            }
        }
    }

    pub fn not_understood(&self) -> Misread {
        let text = self.quoted();
        Misread::unread(
            "not-understood",
            say!("Не удалось понять «{text}».", "Can't read “{text}”."),
        )
        .hint(self.examples())
    }

    pub fn nothing(&self) -> Misread {
        Misread::unread("not-understood", say!("Ничего не введено.", "Nothing was typed."))
            .hint(self.examples())
    }

    pub fn too_long(&self, most: usize) -> Misread {
        let message = say!(
            "Слишком длинная строка: больше {most} знаков.",
            "The line is too long: over {most} characters."
        );
        Misread::unread("not-understood", message).hint(self.examples())
    }

    pub fn too_many(&self) -> Misread {
        let message =
            say!("Слишком много диапазонов: больше 60.", "Too many time ranges: over 60.");
        Misread::refused("too-many", message)
            .hint(say!("Введите ближайшие.", "Give the nearest ones."))
    }

    /// The first days of the line, in its own words, where it names any.
    pub fn own_days(&self) -> Option<&str> {
        let steps = path::cheapest(&self.line, self.mode);
        let days = steps.iter().find(|step| matches!(step.phrase, Phrase::Days(_)))?;
        Some(&self.line.text[self.line.bytes(days.tokens.clone())])
    }

    pub fn anytime(&self) -> Misread {
        let misread = self.not_understood();
        match self.own_days() {
            Some(days) => misread
                .hint(say!("Может быть: `{days} весь день`?", "Did you mean: `{days} all day`?")),
            None => misread.hint(say!(
                "Назовите дни: `вт-пт весь день`.",
                "Name the days: `tue-fri all day`."
            )),
        }
    }

    pub fn spelled(&self) -> Misread {
        let (ru, en) = match self.own_days() {
            Some(days) => (days, days),
            None => ("ср", "wed"),
        };
        let hours = if self.mode == Mode::Appointment { "11:30" } else { "9-12" };
        self.not_understood().hint(say!(
            "Введите часы цифрами: `{ru} {hours}`.",
            "Type the hours in digits: `{en} {hours}`."
        ))
    }

    pub fn no_day(&self) -> Misread {
        let text = self.quoted();
        let message =
            say!("Нужен один день, введено: «{text}».", "One day is needed, not “{text}”.");
        Misread::unread("not-understood", message).hint(self.examples())
    }

    /// A word that isn't known: every nearest one, if the line then makes sense.
    pub fn unknown_word(&self) -> Misread {
        if self.trial {
            return self.not_understood(); // spares the search, not just its result
        }
        let unknown = self.line.tokens.iter().filter(|token| token.tok == Tok::Unknown);
        let near: Vec<_> = unknown
            .map(|token| (token.at.clone(), typo::nearest(&self.line.text[token.at.clone()])))
            .collect();
        let first = near.first().map_or(&[][..], |(_, forms)| forms.as_slice());
        let mut guesses: Vec<String> = Vec::new();
        for form in first {
            let pieces: Vec<_> = near
                .iter()
                .enumerate()
                .filter_map(|(i, (at, forms))| {
                    Some((at.clone(), if i == 0 { *form } else { *forms.first()? }))
                })
                .collect();
            guesses.extend(self.guess(&pieces));
        }
        match guesses.as_slice() {
            [] => self.not_understood(),
            [guess] => self.not_understood().perhaps(Some(guess.clone())),
            [a, b, ..] => self
                .not_understood()
                .hint(say!("Возможно, `{a}` или `{b}`.", "Perhaps `{a}` or `{b}`.")),
        }
    }
}
