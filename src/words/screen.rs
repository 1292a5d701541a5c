//! Text from records on its way to a terminal. `spec.md` sections 6 and 9.
//!
//! Nothing that comes out can move the cursor, change colours, turn the direction of the text or
//! hide: every such character is shown as an escape that a person can read.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr as _;

use super::text::{is_forbidden, is_invisible};

/// The text with every control, bidi and invisible character shown as `\u{1b}`; LF stays.
pub fn safe(text: &str) -> Cow<'_, str> {
    escape(text, |c| c != '\n' && is_harmful(c))
}

/// Like [`safe`], but for one line of the screen: LF is escaped as well.
pub fn safe_line(text: &str) -> Cow<'_, str> {
    escape(text, is_harmful)
}

/// A text as [`safe_line`] shows it, and how many columns of a terminal that takes.
pub fn measured(text: String) -> (String, usize) {
    let mut count = 0;
    for c in text.chars() {
        if !is_plain(c) {
            let text = safe_line(&text).into_owned();
            let width = text.width();
            return (text, width);
        }
        count += 1;
    }
    (text, count)
}

/// Whether a character could do something to a terminal, or hide on it.
pub fn is_harmful(c: char) -> bool {
    !is_plain(c) && (is_forbidden(c) || is_invisible(c))
}

/// How many columns of a terminal a text takes.
pub fn width(text: &str) -> usize {
    let mut count = 0;
    for c in text.chars() {
        if !is_plain(c) {
            return text.width();
        }
        count += 1;
    }
    count
}

/// Whether a character is of those that nearly all texts are made of: one column wide, and harmless.
/// A table of ten thousand rows asks this of a million.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{400}'..='\u{482}' | '–' | '•' | '№')
}

fn escape(text: &str, harmful: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if harmful(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::text::{is_clean_line, is_clean_note};
    use super::*;

    #[test]
    fn escapes_are_visible() {
        for (text, shown) in [
            ("\u{1b}[31mкрасный", "\\u{1b}[31mкрасный"),
            ("а\u{202e}б", "а\\u{202e}б"),
            ("а\u{200b}б\u{feff}", "а\\u{200b}б\\u{feff}"),
            ("а\u{2028}б", "а\\u{2028}б"),
            ("\u{e0041}", "\\u{e0041}"),
            ("а\r\n\tб", "а\\u{d}\n\\u{9}б"),
            ("\u{7f}\u{9b}", "\\u{7f}\\u{9b}"),
        ] {
            assert_eq!(safe(text), shown);
        }
        assert_eq!(safe_line("а\nб"), "а\\u{a}б");
    }

    proptest! {
        #[test]
        fn a_text_is_measured_as_it_is_shown(text in "\\PC{0,8}|.{0,4}|[а-яё ]{0,9}") {
            let shown = safe_line(&text).into_owned();
            let columns = width(&shown);
            prop_assert_eq!(measured(text), (shown, columns));
        }
    }

    #[test]
    fn harmless_text_is_borrowed() {
        for text in ["", "Щукин Пётр", "•••• ••7265 · «ок» № 1 ░▒█▲ ✓", "C:\\u{1b}"]
        {
            assert!(matches!(safe_line(text), Cow::Borrowed(same) if same == text));
        }
        assert!(matches!(safe("а\nб"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_plain_is_harmless_and_one_column_wide() {
        for c in (0..=0x3000).filter_map(char::from_u32).filter(|c| is_plain(*c)) {
            assert!(!is_forbidden(c) && !is_invisible(c), "{c:?}");
            assert_eq!(c.to_string().width(), 1, "{c:?}");
        }
        for (text, wide) in
            [("Ёлкин № 1 – «a»", 15), ("и\u{306}", 1), ("漢字", 4), ("а\u{200b}б", 2)]
        {
            assert_eq!(width(text), wide, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_width_is_that_of_the_whole_text(text in "[ -~Ѐ-ԯ№–•\u{300}-\u{36f}漢]*") {
            prop_assert_eq!(width(&text), text.width());
        }

        #[test]
        fn nothing_harmful_comes_out(chars in prop::collection::vec(any::<char>(), 0..40)) {
            let text: String = chars.into_iter().collect();
            prop_assert!(is_clean_note(&safe(&text)));
            prop_assert!(is_clean_line(&safe_line(&text)));
            prop_assert!(!safe_line(&text).chars().any(is_harmful));
        }

        #[test]
        fn nor_from_the_worst_ranges(text in "[\\u{0}-\\u{a0}\\u{200a}-\\u{2070}\\u{feff}]*") {
            prop_assert!(is_clean_line(&safe_line(&text)));
            let shown = safe(&text).into_owned();
            prop_assert_eq!(safe(&shown), shown.as_str());
        }
    }
}
