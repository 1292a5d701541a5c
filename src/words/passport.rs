//! Passports: their one stored form, and what a screen shows of them. `spec.md` sections 3 and 6.
//!
//! A masked number never shows more than its last four characters.

use super::name::is_cyrillic;
use super::phone::is_hyphen;
use super::{Unfit, quoted, text};
use crate::say;

/// What a store takes for a passport: the key `passport` of `appt.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `ru`: ten digits.
    Ru,
    /// `any`: 4 to 20 letters and digits, upper case.
    Any,
}

/// The words that people type around the number.
const LABELS: [&str; 8] =
    ["паспорт", "серия", "номер", "сер", "ном", "passport", "series", "number"];

/// Reads a typed number: `45 11 № 223344` is `4511223344`.
///
/// Spaces, hyphens, `№`, «серия» and «номер» are dropped. Refused: `bad-passport`, and
/// `control-character`.
pub fn parse(input: &str, format: Format) -> Result<String, Unfit> {
    let typed = text::clean(input)?;
    match format {
        Format::Ru => ten_digits(&without_labels(&typed)),
        Format::Any if typed.chars().all(is_allowed) => any_document(&typed),
        Format::Any => any_document(&without_labels(&typed)),
    }
}

/// Whether a file may hold this as a passport.
pub fn is_valid(passport: &str, format: Format) -> bool {
    match format {
        Format::Ru => passport.len() == 10 && is_digits(passport),
        Format::Any => {
            (4..=20).contains(&passport.chars().count())
                && passport.chars().all(|c| is_allowed(c) && upper(c) == c)
        }
    }
}

/// The number with all but its last four characters hidden: `•••• ••7265`.
///
/// Where there are only four, or fewer, none is shown.
pub fn mask(passport: &str) -> String {
    let count = passport.chars().count();
    let hidden = if count > 4 { count - 4 } else { count };
    let masked = passport.chars().enumerate().map(|(at, c)| match c {
        c if at >= hidden && c.is_alphanumeric() => c,
        _ => '•',
    });
    let masked: String = masked.skip(count.saturating_sub(20)).collect();
    if is_ru(passport) { grouped(&masked) } else { masked }
}

/// The number masked, but for what tells it from the others that it is shown beside: `•••3 ••7256`
/// beside `•••2 ••7256`.
pub fn mask_beside(passport: &str, others: &[&str]) -> String {
    let differs =
        |at: usize| others.iter().any(|other| other.chars().nth(at) != passport.chars().nth(at));
    let others_as_long = || others.iter().all(|o| o.chars().count() == passport.chars().count());
    let is_told = others.iter().all(|other| *other == passport || mask(other) != mask(passport));
    if is_told || !others_as_long() {
        return mask(passport);
    }
    let hidden = passport.chars().count().saturating_sub(4);
    let shown = passport.chars().enumerate();
    let shown: String = shown
        .map(|(at, c)| if (at >= hidden || differs(at)) && c.is_alphanumeric() { c } else { '•' })
        .collect();
    if is_ru(passport) { grouped(&shown) } else { shown }
}

/// The number as a person reads it: `4511 223344`.
pub fn show(passport: &str) -> String {
    if is_ru(passport) { grouped(passport) } else { passport.to_owned() }
}

fn is_ru(passport: &str) -> bool {
    is_valid(passport, Format::Ru)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// The first four characters, a space, the rest.
fn grouped(number: &str) -> String {
    match number.char_indices().nth(4) {
        Some((at, _)) => format!("{} {}", &number[..at], &number[at..]),
        None => number.to_owned(),
    }
}

/// The typed text without labels and punctuation.
fn without_labels(typed: &str) -> String {
    let runs = typed.split_inclusive(|c: char| !c.is_alphabetic());
    runs.map(|run| {
        let word = run.trim_end_matches(|c: char| !c.is_alphabetic());
        let rest = if is_label(word) { &run[word.len()..] } else { run };
        rest.replace(is_between, "")
    })
    .collect()
}

fn is_label(word: &str) -> bool {
    LABELS.contains(&word.to_lowercase().as_str())
}

/// What may stand between the digits and means nothing.
fn is_between(c: char) -> bool {
    matches!(c, ' ' | '№' | '.' | ',' | ':') || is_hyphen(c)
}

fn ten_digits(number: &str) -> Result<String, Unfit> {
    if let Some(sign) = number.chars().find(|c| !c.is_ascii_digit()) {
        return Err(not_a_digit(sign, number));
    }
    if number.len() == 10 {
        return Ok(number.to_owned());
    }
    let (count, shown) = (number.len(), quoted(&grouped(number)));
    let message = if count == 0 {
        say!(
            "В паспорте 10 цифр, не введено ни одной.",
            "A passport has 10 digits, you typed none."
        )
    } else {
        say!(
            "В паспорте 10 цифр, введено {count}: {shown}. Переспросите номер.",
            "A passport has 10 digits, you typed {count}: {shown}. Ask for the number again."
        )
    };
    Err(Unfit::new("bad-passport", message))
}

fn not_a_digit(sign: char, number: &str) -> Unfit {
    let (c, shown) = (quoted(&sign.to_string()), quoted(number));
    let message = match sign {
        'О' | 'о' | 'O' | 'o' => say!(
            "В паспорте буква «{c}» вместо цифры 0: {shown}. Введите номер цифрами.",
            "The passport has the letter “{c}” for the digit 0: {shown}. Type it in digits."
        ),
        'З' | 'з' => say!(
            "В паспорте буква «{c}» вместо цифры 3: {shown}. Введите номер цифрами.",
            "The passport has the letter “{c}” for the digit 3: {shown}. Type it in digits."
        ),
        _ if sign.is_alphabetic() => say!(
            "В паспорте 10 цифр, введена буква «{c}»: {shown}. Введите номер цифрами.",
            "A passport has 10 digits, you typed the letter “{c}”: {shown}. Type it in digits."
        ),
        _ => say!(
            "В паспорте 10 цифр, введён знак «{c}»: {shown}. Введите номер цифрами.",
            "A passport has 10 digits, you typed “{c}”: {shown}. Type it in digits."
        ),
    };
    Unfit::new("bad-passport", message)
}

fn any_document(number: &str) -> Result<String, Unfit> {
    if let Some(sign) = number.chars().find(|c| !is_allowed(*c)) {
        let sign = quoted(&sign.to_string());
        return Err(Unfit::new(
            "bad-passport",
            say!(
                "В номере документа только буквы и цифры, введён знак «{sign}». Введите без него.",
                "A document's number has letters and digits only, you typed “{sign}”. Leave it out."
            ),
        ));
    }
    let (count, shown) = (number.chars().count(), quoted(number));
    if !(4..=20).contains(&count) {
        return Err(Unfit::new(
            "bad-passport",
            say!(
                "В номере документа от 4 до 20 букв и цифр, введено {count}: «{shown}». Переспросите номер.",
                "A document's number has 4 to 20 letters and digits, you typed {count}: “{shown}”. Ask for it again."
            ),
        ));
    }
    Ok(number.chars().map(upper).collect())
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || is_cyrillic(c)
}

fn upper(c: char) -> char {
    c.to_uppercase().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_look_the_same_under_the_mask_are_told_apart() {
        let (one, two) = ("4513227256", "4512227256");
        assert_eq!(mask_beside(one, &[two]), "•••3 ••7256");
        assert_eq!(mask_beside(two, &[one, two]), "•••2 ••7256");
        assert_eq!(mask_beside(one, &["4512227257", one]), "•••• ••7256");
        assert_eq!(mask_beside(one, &[]), "•••• ••7256");
    }

    #[test]
    fn habits_are_understood() {
        for typed in [
            "4511223344",
            "4511 223344",
            "45 11 223344",
            "45 11 № 223344",
            "45 11 №223344",
            "серия 4511 номер 223344",
            "Серия: 4511, номер: 223344",
            "сер. 4511 ном. 223344",
            "паспорт 4511 223344",
            "4511-223344",
            "4511–223344",
            " 4511\u{a0}223344\u{200b}",
        ] {
            assert_eq!(parse(typed, Format::Ru).as_deref(), Ok("4511223344"), "{typed}");
        }
    }

    #[test]
    fn ten_digits_or_none() {
        for (typed, said) in [
            ("451122334", "В паспорте 10 цифр, введено 9: 4511 22334. Переспросите номер."),
            ("45112233445", "В паспорте 10 цифр, введено 11: 4511 2233445. Переспросите номер."),
            ("45", "В паспорте 10 цифр, введено 2: 45."),
            ("", "В паспорте 10 цифр, не введено ни одной."),
            ("серия номер", "В паспорте 10 цифр, не введено ни одной."),
            ("4511 2233О4", "В паспорте буква «О» вместо цифры 0: 45112233О4."),
            ("4511 2233o4", "В паспорте буква «o» вместо цифры 0"),
            ("4511 22З344", "В паспорте буква «З» вместо цифры 3: 451122З344."),
            ("II-МЮ 123456", "В паспорте 10 цифр, введена буква «I»: IIМЮ123456."),
            ("4511/223344", "В паспорте 10 цифр, введён знак «/»"),
            ("４511223344", "В паспорте 10 цифр, введён знак «４»"),
        ] {
            let unfit = parse(typed, Format::Ru).unwrap_err();
            assert_eq!(unfit.code, "bad-passport");
            assert!(unfit.message.ru.starts_with(said), "{typed}: {}", unfit.message.ru);
        }
        assert_eq!(parse("4511\u{1b}", Format::Ru).unwrap_err().code, "control-character");
        let unfit = parse(&"4".repeat(5000), Format::Any).unwrap_err();
        assert!(unfit.message.ru.chars().count() < 200);
    }

    #[test]
    fn other_documents_fit_any() {
        for (typed, stored) in [
            ("II-МЮ № 123456", "IIМЮ123456"),
            ("ab 1234567", "AB1234567"),
            ("4511 223344", "4511223344"),
            ("ёж12", "ЁЖ12"),
            ("сер12345", "СЕР12345"),
            ("серия AB номер 12345", "AB12345"),
        ] {
            assert_eq!(parse(typed, Format::Any).as_deref(), Ok(stored), "{typed}");
            assert!(is_valid(stored, Format::Any), "{stored}");
        }
        for typed in ["", "123", &"1".repeat(21), "12/34", "née12", "中文中文"] {
            assert_eq!(parse(typed, Format::Any).unwrap_err().code, "bad-passport", "{typed}");
        }
        for not in ["ab12", "AB 12", "AB1", ""] {
            assert!(!is_valid(not, Format::Any), "{not}");
        }
        for not in ["4511 223344", "451122334", "45112233445", "451122334А"] {
            assert!(!is_valid(not, Format::Ru), "{not}");
        }
    }

    #[test]
    fn screens_show_the_last_four() {
        for (stored, masked, shown) in [
            ("4511227265", "•••• ••7265", "4511 227265"),
            ("IIМЮ123456", "••••••3456", "IIМЮ123456"),
            ("AB1234567", "•••••4567", "AB1234567"),
            ("1234", "••••", "1234"),
            ("", "", ""),
        ] {
            assert_eq!(mask(stored), masked);
            assert_eq!(show(stored), shown);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(typed in "[0-9]{10}|[A-ZА-ЯЁ0-9]{4,20}|.*") {
            for format in [Format::Ru, Format::Any] {
                match parse(&typed, format) {
                    Ok(stored) => {
                        prop_assert!(is_valid(&stored, format));
                        prop_assert_eq!(parse(&stored, format), Ok(stored.clone()));
                        prop_assert_eq!(parse(&show(&stored), format), Ok(stored));
                    }
                    Err(unfit) => prop_assert!(text::is_clean_line(&unfit.message.ru)),
                }
            }
        }

        #[test]
        fn a_mask_hides(passport in "[0-9]{10}|[A-ZА-ЯЁ0-9]{4,20}|.*") {
            let masked = mask(&passport);
            let seen: String = masked.chars().filter(|c| !matches!(c, '•' | ' ')).collect();
            let last: Vec<char> = passport.chars().rev().take(4).collect();
            prop_assert!(seen.chars().count() <= 4);
            prop_assert!(seen.chars().all(|c| last.contains(&c)));
            prop_assert!(masked.chars().count() <= 20);
            prop_assert!(text::is_clean_line(&masked));
        }
    }
}
