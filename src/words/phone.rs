//! Phone numbers. `spec.md` section 3 (`phone`).
//!
//! A number is stored as E.164 or not at all: what could be two numbers, or one with a digit
//! missing, is refused and never guessed.

use super::{Unfit, quoted, text};
use crate::i18n::Text;
use crate::say;

/// The words that people put before a number.
const PREFIXES: [&str; 11] = [
    "контактный телефон",
    "телефон",
    "мобильный",
    "phone",
    "моб.",
    "моб",
    "тел.",
    "тел",
    "tel",
    "т.",
    "т",
];

/// The words after which an extension follows.
const EXTENSIONS: [&str; 6] = ["доб", "вн", "внутр", "ext", "x", "#"];

/// Reads a typed number as E.164: `8 (916) 123-45-67` is `+79161234567`.
///
/// Eleven digits beginning with 7 or 8, ten digits not beginning with 7 or 8, or `+` and 8 to 15
/// digits (eleven after `+7`), with any spaces, brackets and hyphens. Refused: `bad-phone`, and
/// `control-character`.
pub fn parse(input: &str) -> Result<String, Unfit> {
    let typed = text::clean(input)?;
    let number = without_prefix(&typed);
    refuse_more_than_a_number(number)?;
    let (abroad, digits) = match number.strip_prefix('+') {
        Some(rest) => (true, digits(rest)),
        None => (false, digits(number)),
    };
    let fits = |plausible: bool, stored: String| match plausible {
        true => Ok(stored),
        false => Err(wrong_count(number, &digits, abroad)),
    };
    match (abroad, digits.len(), digits.as_bytes().first()) {
        (true, count, Some(b'7')) => fits(count == 11, format!("+{digits}")),
        (true, _, _) => fits(is_e164(&format!("+{digits}")), format!("+{digits}")),
        (false, 11, Some(b'7' | b'8')) => Ok(format!("+7{}", &digits[1..])),
        (false, 10, first) => fits(!matches!(first, Some(b'7' | b'8')), format!("+7{digits}")),
        (false, _, _) => fits(false, String::new()),
    }
}

/// The number as a person reads it: `+7 999 123-45-67`. What is not E.164 comes back as it is.
pub fn show(e164: &str) -> String {
    if !is_e164(e164) {
        return e164.to_owned();
    }
    let (country, national) = e164[1..].split_at(country_code_length(&e164[1..]));
    if national.len() < 7 {
        return format!("+{country} {national}");
    }
    let (area, local) = national.split_at(national.len() - 7);
    let area = if area.is_empty() { String::new() } else { format!("{area} ") };
    format!("+{country} {area}{}-{}-{}", &local[..3], &local[3..5], &local[5..])
}

/// Whether a file may hold this as a phone: `+`, then 8 to 15 digits of which the first is not 0.
pub fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// How many digits the country's code has; the zones of three digits are what is left over.
fn country_code_length(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The number without «т.» or «тел.:» before it.
fn without_prefix(typed: &str) -> &str {
    let rest = PREFIXES.iter().find_map(|prefix| {
        let end = typed.char_indices().nth(prefix.chars().count()).map(|(at, _)| at)?;
        let (head, rest) = typed.split_at(end);
        (head.to_lowercase() == **prefix && !rest.starts_with(char::is_alphabetic)).then_some(rest)
    });
    rest.map_or(typed, |rest| rest.trim_start_matches([' ', ':', '.']))
}

/// Refuses what has other signs than those of one number.
fn refuse_more_than_a_number(number: &str) -> Result<(), Unfit> {
    if are_two(number) {
        return Err(bad(say!(
            "Это два номера: введите один, второй — в примечание.",
            "Two numbers: type one, put the other into a note."
        )));
    }
    let shown = quoted(number);
    if has_extension(number) {
        return Err(bad(say!(
            "Добавочный номер здесь не хранится: {shown}. Введите номер без него.",
            "An extension is not kept here: {shown}. Type the number without it."
        )));
    }
    if !number.contains(|c: char| c.is_ascii_digit()) {
        return Err(bad(say!(
            "Это не номер телефона: «{shown}». Введите его цифрами.",
            "Not a phone number: “{shown}”. Type it in digits."
        )));
    }
    match number.char_indices().find(|(at, c)| !is_sign(*c) && (*c != '+' || *at > 0)) {
        None => Ok(()),
        Some((_, c)) if c.is_alphabetic() => Err(bad(say!(
            "В номере телефона буква «{c}»: {shown}. Введите его цифрами.",
            "The phone number has the letter “{c}”: {shown}. Type it in digits."
        ))),
        Some((_, c)) => {
            let sign = quoted(&c.to_string());
            Err(bad(say!(
                "В номере телефона лишний знак «{sign}»: {shown}. Оставьте цифры.",
                "The phone number has a stray “{sign}”: {shown}. Keep the digits."
            )))
        }
    }
}

/// The signs of a number: digits, and what people put between them.
fn is_sign(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '[' | ']') || is_hyphen(c)
}

/// Hyphens and the dashes that stand for them.
pub(super) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Two numbers: split by a word or a sign, by a second `+`, or simply too long for one.
fn are_two(number: &str) -> bool {
    let spaced = number.replace(" или ", ";").replace(" и ", ";").replace(" or ", ";");
    let split = |signs: &[char]| {
        let lengths = spaced.split(signs).map(|part| digits(part).len());
        lengths.filter(|length| *length >= 5).count() > 1
    };
    split(&[',', ';', '/', '|', '+']) || digits(number).len() >= 20
}

fn has_extension(number: &str) -> bool {
    let lower = number.to_lowercase();
    let tail = lower.trim_start_matches(|c| is_sign(c) || matches!(c, '+' | ',' | ';'));
    let word: String = tail.chars().take_while(|c| c.is_alphabetic() || *c == '#').collect();
    tail.len() < lower.len() && EXTENSIONS.iter().any(|start| word.starts_with(start))
}

/// The sentence for a number whose signs are right and whose digits are too few or too many.
fn wrong_count(number: &str, digits: &str, abroad: bool) -> Unfit {
    let shown = quoted(number);
    let least = if abroad && !digits.starts_with('7') { 8 } else { 10 };
    match digits.len() {
        10 if !abroad => missing_digit(&shown).hint(say!(
            "Если номер начинается с кода города, введите его с +7.",
            "If it begins with an area code, type it with +7."
        )),
        10 if digits.starts_with('7') => missing_digit(&shown),
        count if count < 8 && !abroad => bad(say!(
            "Нет кода города или оператора: {shown}. Введите номер целиком.",
            "No area code: {shown}. Type the whole number."
        )),
        count if count < least => bad(say!(
            "Не хватает цифр: {shown}. Переспросите номер.",
            "Digits are missing: {shown}. Ask for the number again."
        )),
        _ if digits.starts_with('0') && abroad => bad(say!(
            "После + нужен код страны: {shown}. Переспросите номер.",
            "A country code must follow the +: {shown}. Ask for the number again."
        )),
        _ if abroad => too_many(&shown),
        _ => too_many(&shown).hint(say!(
            "Номер другой страны начните с +.",
            "Begin a number of another country with +."
        )),
    }
}

fn missing_digit(shown: &str) -> Unfit {
    bad(say!(
        "Не хватает цифры: {shown}. Переспросите номер.",
        "One digit is missing: {shown}. Ask for the number again."
    ))
}

fn too_many(shown: &str) -> Unfit {
    bad(say!(
        "Цифр больше, чем в номере телефона: {shown}. Переспросите номер.",
        "Too many digits for a phone number: {shown}. Ask for the number again."
    ))
}

fn bad(message: Text) -> Unfit {
    Unfit::new("bad-phone", message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn habits_are_understood() {
        for (typed, stored) in [
            ("89161234567", "+79161234567"),
            ("8 916 123 45 67", "+79161234567"),
            ("8-916-123-45-67", "+79161234567"),
            ("8 (916) 123–45–67", "+79161234567"),
            ("+7(916)1234567", "+79161234567"),
            ("+7\u{a0}916\u{a0}123‑45‑67", "+79161234567"),
            ("79161234567", "+79161234567"),
            ("9161234567", "+79161234567"),
            ("т. 89161234567", "+79161234567"),
            ("Т.89161234567", "+79161234567"),
            ("тел.: 8 916 123-45-67", "+79161234567"),
            ("Телефон +7 916 123-45-67 ", "+79161234567"),
            ("моб. 9161234567", "+79161234567"),
            ("4952377297", "+74952377297"),
            ("8 800 555-35-35", "+78005553535"),
            ("8-800-555-35-35", "+78005553535"),
            ("+375 29 123-45-67", "+375291234567"),
            ("+1 (202) 555-01-43", "+12025550143"),
            ("+372 51234", "+37251234"),
        ] {
            assert_eq!(parse(typed).as_deref(), Ok(stored), "{typed}");
        }
    }

    #[test]
    fn the_rest_is_refused() {
        for (typed, said) in [
            ("8 (992) 029-67-2", "Не хватает цифры: 8 (992) 029-67-2. Переспросите номер."),
            ("8 (992) 029 67 2", "Не хватает цифры: 8 (992) 029 67 2. Переспросите номер."),
            ("8992029672", "Не хватает цифры: 8992029672."),
            ("т. 7916123456", "Не хватает цифры: 7916123456."),
            ("+7 916 123-45-6", "Не хватает цифры: +7 916 123-45-6."),
            ("+7 916 123", "Не хватает цифр: +7 916 123."),
            ("237-72-97", "Нет кода города или оператора: 237-72-97."),
            ("916123456", "Не хватает цифр: 916123456."),
            ("89161234567, 89031234567", "Это два номера"),
            ("89161234567 89031234567", "Это два номера"),
            ("8916 123-45-67 и 8903 123-45-67", "Это два номера"),
            ("8916 123-45-67 / 8903 123-45-67", "Это два номера"),
            ("+79161234567 +79031234567", "Это два номера"),
            ("4952377297 доб. 12", "Добавочный номер здесь не хранится"),
            ("4952377297, доб.12", "Добавочный номер здесь не хранится"),
            ("4952377297 ext 12", "Добавочный номер здесь не хранится"),
            ("4952377297#12", "Добавочный номер здесь не хранится"),
            ("нет", "Это не номер телефона: «нет». Введите его цифрами."),
            ("", "Это не номер телефона"),
            ("8 916 123 45 О7", "В номере телефона буква «О»"),
            ("8.916.123.45.67", "В номере телефона лишний знак «.»"),
            ("8916+1234567", "В номере телефона лишний знак «+»"),
            ("８9161234567", "В номере телефона лишний знак «８»"),
            ("19161234567", "Цифр больше, чем в номере телефона"),
            ("375291234567", "Цифр больше, чем в номере телефона"),
            ("+1234567890123456", "Цифр больше, чем в номере телефона"),
            ("+1234567", "Не хватает цифр"),
            ("+01234567890", "После + нужен код страны"),
        ] {
            let unfit = parse(typed).unwrap_err();
            assert_eq!(unfit.code, "bad-phone", "{typed}");
            assert!(unfit.message.ru.starts_with(said), "{typed}: {}", unfit.message.ru);
        }
        assert_eq!(parse("8916\u{1b}1234567").unwrap_err().code, "control-character");
    }

    #[test]
    fn numbers_are_shown_in_groups() {
        for (stored, shown) in [
            ("+79991234567", "+7 999 123-45-67"),
            ("+375291234567", "+375 29 123-45-67"),
            ("+12025550143", "+1 202 555-01-43"),
            ("+380501234567", "+380 50 123-45-67"),
            ("+4930123456", "+49 3 012-34-56"),
            ("+3721234567", "+372 123-45-67"),
            ("+37251234", "+372 51234"),
            ("нет", "нет"),
            ("", ""),
        ] {
            assert_eq!(show(stored), shown);
        }
    }

    #[test]
    fn stored_numbers_are_told_from_others() {
        for good in ["+79991234567", "+12345678", "+123456789012345"] {
            assert!(is_e164(good), "{good}");
        }
        for bad in [
            "79991234567",
            "+1234567",
            "+1234567890123456",
            "+7 9991234567",
            "+",
            "",
            "+0123456789",
            "+７9991234567",
        ] {
            assert!(!is_e164(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(typed in "\\+[1-9][0-9]{7,14}|[0-9]{10,11}") {
            if let Ok(stored) = parse(&typed) {
                prop_assert!(is_e164(&stored));
                prop_assert_eq!(parse(&show(&stored)), Ok(stored));
            }
        }

        #[test]
        fn no_digit_is_lost_or_added(typed in "[+0-9 ().,/доб#-]{0,24}|.*") {
            match parse(&typed) {
                Ok(stored) => {
                    let kept = digits(&stored);
                    prop_assert!(digits(&typed).ends_with(&kept[1..]));
                }
                Err(unfit) => prop_assert!(text::is_clean_line(&unfit.message.ru)),
            }
            show(&typed);
        }
    }
}
