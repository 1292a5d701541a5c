//! Text of a record: one line, or a note of several. `spec.md` section 3.
//!
//! Text that passes is NFC, trimmed, and free of control, bidi and invisible characters; passing
//! it again changes nothing.

use unicode_normalization::UnicodeNormalization;

use super::Unfit;
use crate::i18n::Lang;
use crate::say;

/// The most characters of a note (`spec.md`, section 3).
pub const LONGEST_NOTE: usize = 2000;

/// Reads a line of a record, at most `max` characters long.
///
/// No-break spaces become spaces, runs of spaces become one, zero-width characters and soft
/// hyphens are dropped. Refused: `control-character`; `bad-value` where it is empty or too long.
pub fn line(input: &str, max: usize) -> Result<String, Unfit> {
    fit(clean(input)?, max)
}

/// Reads a note, at most [`LONGEST_NOTE`] characters long: like [`line()`], but line breaks stay (as
/// LF) and tabs become spaces.
pub fn note(input: &str) -> Result<String, Unfit> {
    let text = input.replace("\r\n", "\n").replace(is_line_break, "\n").replace('\t', " ");
    let lines = text.split('\n').map(clean).collect::<Result<Vec<_>, _>>()?;
    fit(lines.join("\n").trim().to_owned(), LONGEST_NOTE)
}

/// The first character of a text that no line may hold.
pub fn first_forbidden(text: &str) -> Option<char> {
    if !has_byte(text, may_begin_forbidden) {
        return None;
    }
    text.chars().find(|c| is_forbidden(*c))
}

/// Whether none of the texts in a file of canonical form can hold a character that no line may hold,
/// neither as it is nor as an escape. A file that can may be in order all the same.
pub fn is_plain(file: &str) -> bool {
    !has_byte(file, |b| (b == b'\\') | ((b != b'\n') & may_begin_forbidden(b)))
}

/// The bytes that a forbidden character begins with: controls, U+0080 and on, U+0600 and on, U+2000
/// and on. Most texts have none of them.
#[inline]
fn may_begin_forbidden(b: u8) -> bool {
    (b < 0x20) | (b == 0x7f) | (b == 0xc2) | (b == 0xd8) | (b == 0xe2)
}

/// Whether a text has such a byte. All of them are looked at, without a branch between, so that they
/// can be at once.
fn has_byte(text: &str, is_such: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(0, |found, b| found | u8::from(is_such(b))) != 0
}

/// Whether a file may hold this as a line: no control character, no bidi control, no line break.
pub fn is_clean_line(text: &str) -> bool {
    first_forbidden(text).is_none()
}

/// Whether a file may hold this as a note: as [`is_clean_line`], but LF is welcome.
pub fn is_clean_note(text: &str) -> bool {
    text.split('\n').all(is_clean_line)
}

/// Whether a text is as [`line()`] leaves it, but for runs of spaces: NFC, without invisible characters,
/// no space but the plain one.
pub fn is_stored(text: &str) -> bool {
    // Latin and Russian letters alone need no closer look.
    let is_simple = |b: u8| (b < 0xc0) | (b == 0xd0) | (b == 0xd1);
    !has_byte(text, |b| !is_simple(b))
        || unicode_normalization::is_nfc(text)
            && !text.chars().any(|c| is_invisible(c) || c.is_whitespace() && c != ' ')
}

/// A line without a limit to its length; it may be empty.
pub(super) fn clean(input: &str) -> Result<String, Unfit> {
    let shown: String = input.chars().filter(|c| !is_invisible(*c)).collect();
    let shown = shown.trim();
    if let Some(c) = shown.chars().find(|c| is_forbidden(*c)) {
        return Err(forbidden(c));
    }
    let composed: String = shown.nfc().collect();
    Ok(composed.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Characters that no record may hold: controls, bidi controls, Unicode's own line breaks.
pub fn is_forbidden(c: char) -> bool {
    c.is_control() || is_bidi(c) || is_line_break(c)
}

/// Characters that take no room or show nothing, so that two texts look alike and differ.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Characters that turn the direction of the text after them.
fn is_bidi(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn fit(text: String, max: usize) -> Result<String, Unfit> {
    let count = text.chars().count();
    if count == 0 {
        return Err(Unfit::new(
            "bad-value",
            say!("Здесь пусто. Введите текст.", "This is empty. Type some text."),
        ));
    }
    if count > max {
        return Err(Unfit::new(
            "bad-value",
            say!(lang; "Слишком длинный текст: {} {}, можно {}. Сократите его.",
                "The text is too long: {} {}, at most {}. Shorten it.", count, signs(lang, count), max),
        ));
    }
    Ok(text)
}

fn signs(lang: Lang, count: usize) -> &'static str {
    lang.plural(count, ["знак", "знака", "знаков"], ["character", "characters"])
}

fn forbidden(c: char) -> Unfit {
    let code = format!("U+{:04X}", u32::from(c));
    let message = match c {
        '\t' => say!(
            "В тексте знак табуляции. Введите его заново, с пробелами.",
            "The text holds a tab. Type it again, with spaces."
        ),
        _ if is_line_break(c) => say!(
            "В тексте перенос строки. Введите его одной строкой.",
            "The text holds a line break. Type it as one line."
        ),
        _ => say!(
            "В тексте невидимый управляющий знак ({code}). Введите текст заново.",
            "The text holds an invisible control character ({code}). Type it again."
        ),
    };
    Unfit::new("control-character", message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_file_holds_no_forbidden_character_in_any_form() {
        assert!(is_plain("name = \"Щукин Пётр\"\n\nphone = \"+79017892569\"\n"));
        for text in
            ["\\u001b", "\u{1b}", "\r", "\t", "\u{7f}", "\u{85}", "\u{61c}", "\u{2028}", "\u{202e}"]
        {
            assert!(!is_plain(&format!("title = \"{text}\"\n")), "{text:?}");
        }
    }

    #[test]
    fn lines_are_tidied() {
        for (typed, kept) in [
            ("  Щукин   Пётр ", "Щукин Пётр"),
            ("г.\u{a0}Москва,\u{202f}ул.\u{2009}Ленина", "г. Москва, ул. Ленина"),
            ("по\u{ad}ли\u{200b}кли\u{feff}ника", "поликлиника"),
            ("Щукин\r\n", "Щукин"),
            ("\u{feff} \tЩукин\t\u{200b}\n", "Щукин"),
            ("Пе\u{308}тр И\u{306}ода", "Пётр Йода"),
            ("е\u{200d}\u{308}", "ё"),
        ] {
            assert_eq!(line(typed, 256).as_deref(), Ok(kept), "{typed:?}");
        }
    }

    #[test]
    fn controls_are_refused_and_not_repeated() {
        for typed in [
            "а\u{1b}[31mб",
            "а\u{7}б",
            "а\u{202e}б",
            "а\u{2066}б",
            "а\u{200f}б",
            "а\tб",
            "а\nб",
            "а\u{85}б",
            "а\u{2028}б",
            "а\u{9b}б",
            "а\u{61c}б",
            "а\0б",
        ] {
            let unfit = line(typed, 256).unwrap_err();
            assert_eq!(unfit.code, "control-character", "{typed:?}");
            assert!(Lang::ALL.iter().all(|l| is_clean_line(unfit.message.get(*l))), "{typed:?}");
            assert!(!is_clean_line(typed));
        }
        let unfit = line("а\u{202e}б", 9).unwrap_err();
        assert!(unfit.message.ru.contains("(U+202E)"), "{}", unfit.message.ru);
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert_eq!(line("щукин", 5).as_deref(), Ok("щукин"));
        let unfit = line("щукин", 4).unwrap_err();
        assert_eq!(unfit.code, "bad-value");
        assert_eq!(unfit.message.ru, "Слишком длинный текст: 5 знаков, можно 4. Сократите его.");
        for empty in ["", "  ", "\u{200b}\n", "\u{a0}"] {
            assert_eq!(line(empty, 5).unwrap_err().code, "bad-value", "{empty:?}");
            assert_eq!(note(empty).unwrap_err().code, "bad-value", "{empty:?}");
        }
    }

    #[test]
    fn no_forbidden_character_is_overlooked() {
        let mut bytes = [0; 4];
        for c in '\0'..=char::MAX {
            let found = first_forbidden(c.encode_utf8(&mut bytes));
            assert_eq!(found, is_forbidden(c).then_some(c), "{}", c.escape_unicode());
        }
        assert_eq!(first_forbidden("№ «а»\u{202e}\n"), Some('\u{202e}'));
    }

    #[test]
    fn notes_keep_their_lines() {
        for (typed, kept) in [
            ("просит  утром\r\nвторой: 8903\t555", "просит утром\nвторой: 8903 555"),
            ("\n\nа \n\n б\n", "а\n\nб"),
            ("а\rб\u{2028}в", "а\nб\nв"),
        ] {
            assert_eq!(note(typed).as_deref(), Ok(kept), "{typed:?}");
        }
        assert_eq!(note("а\u{1b}б").unwrap_err().code, "control-character");
        assert!(note(&"щ".repeat(LONGEST_NOTE)).is_ok());
        assert_eq!(note(&"щ".repeat(LONGEST_NOTE + 1)).unwrap_err().code, "bad-value");
        assert!(is_clean_note("а\nб") && !is_clean_note("а\tб") && !is_clean_note("а\rб"));
    }

    proptest! {
        #[test]
        fn what_passes_is_clean_and_stays(typed in "\\PC*|[а-яё \\u{a0}\\u{ad}\\u{308}\\u{200d}\\n\\t]*|.*") {
            if let Ok(kept) = line(&typed, 100) {
                prop_assert!(is_clean_line(&kept));
                prop_assert_eq!(line(&kept, 100), Ok(kept.clone()));
            }
            if let Ok(kept) = note(&typed) {
                prop_assert!(is_clean_note(&kept));
                prop_assert_eq!(note(&kept), Ok(kept.clone()));
            }
        }
    }
}
