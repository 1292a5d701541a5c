//! Names of patients. `spec.md` section 3 (`name`) and section 5 (the same person).
//!
//! A name is kept as it was typed: only one typed in a single case is capitalised. It is never
//! declined, and nobody is addressed by a part of it that may not be a first name.

use super::search::{is_apostrophe, key};
use super::{Unfit, quoted, text};
use crate::say;

/// The most characters of a patient's name.
pub const LONGEST: usize = 256;

/// So many digits are a passport or a phone, and in no name.
const NUMBER: usize = 6;

/// Words of a patronymic that stay in lower case.
const LOWER: [&str; 2] = ["оглы", "кызы"];

/// Ends of a patronymic by which a person can be addressed.
const PATRONYMIC: [&str; 6] = ["вич", "вна", "ична", "ич", "оглы", "кызы"];

/// Reads a patient's name: a line of 1 to 256 characters, capitalised if typed in one case.
///
/// Refused: `bad-name` where it has no letter, or a number; `mixed-letters` where a word has Cyrillic and Latin letters, and what
/// [`text::line`] refuses.
pub fn person(input: &str) -> Result<String, Unfit> {
    let typed = text::line(input, LONGEST)?;
    let digits = typed.chars().filter(char::is_ascii_digit).count();
    if digits >= NUMBER || !typed.chars().any(char::is_alphabetic) {
        let typed = quoted(&typed);
        return Err(Unfit::new(
            "bad-name",
            say!(
                "Это не ФИО: «{typed}». Введите фамилию, имя и отчество.",
                "This is no name: “{typed}”. Type the surname and the names."
            ),
        ));
    }
    if let Some(word) = typed.split(' ').find(|word| is_mixed(word)) {
        let word = quoted(word);
        return Err(Unfit::new(
            "mixed-letters",
            say!(
                "В слове «{word}» русские и латинские буквы. Введите его заново.",
                "“{word}” mixes Russian and Latin letters. Type it again."
            ),
        ));
    }
    if is_one_case(&typed) { text::line(&capitalised(&typed), LONGEST) } else { Ok(typed) }
}

/// Whether a typed name is that of a known person: all its words occur in the known name.
pub fn same_person(typed: &str, known: &str) -> bool {
    let (typed, known) = (key(typed), key(known));
    let occurs = |word: &str| known.split(' ').any(|other| other == word);
    !typed.is_empty() && typed.split(' ').all(occurs)
}

/// Whether some part of a name is a letter alone: «Иванов И.И.».
pub fn has_initials(name: &str) -> bool {
    let mut words = name.split([' ', '.']).filter(|word| !word.is_empty()).skip(1);
    words.any(|word| word.chars().count() == 1)
}

/// The surname and two initials: «Щукин П. Ф.».
pub fn short(name: &str) -> String {
    let mut words = name.split([' ', '.']).filter(|word| !word.is_empty());
    let mut short = words.next().unwrap_or_default().to_owned();
    for initial in words.filter(|word| !is_lower_word(word)).filter_map(first_letter).take(2) {
        short.push(' ');
        short.push(initial);
        short.push('.');
    }
    short
}

/// Initials alone: «Щ. П. Ф.», for a screen on which a name says too much.
pub fn initials(name: &str) -> String {
    let words = name.split([' ', '.']).filter(|word| !is_lower_word(word));
    let letters: Vec<String> =
        words.filter_map(first_letter).take(3).map(|letter| format!("{letter}.")).collect();
    letters.join(" ")
}

/// How to address the person aloud: the second and third words, if they are surely the first
/// name and the patronymic; otherwise by no name.
pub fn address(name: &str) -> Option<String> {
    match name.split_whitespace().collect::<Vec<_>>()[..] {
        [_, first, last] if is_patronymic(last) && !is_patronymic(first) => {
            Some(format!("{first} {last}"))
        }
        _ => None,
    }
}

fn is_patronymic(word: &str) -> bool {
    let word = word.to_lowercase();
    PATRONYMIC.iter().any(|end| word.strip_suffix(end).is_some_and(|stem| !stem.is_empty()))
}

fn first_letter(word: &str) -> Option<char> {
    word.chars().find(|c| c.is_alphabetic())
}

fn is_lower_word(word: &str) -> bool {
    LOWER.contains(&word.to_lowercase().as_str())
}

fn is_mixed(word: &str) -> bool {
    word.chars().any(is_cyrillic) && word.chars().any(is_latin)
}

/// A letter of a Cyrillic alphabet.
pub(super) fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}') && c.is_alphabetic()
}

/// A letter of a Latin alphabet, with or without a mark.
fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || (matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') && c.is_alphabetic())
}

fn is_one_case(text: &str) -> bool {
    !(text.chars().any(char::is_lowercase) && text.chars().any(char::is_uppercase))
}

fn capitalised(name: &str) -> String {
    name.split_inclusive(is_joint).map(capital).collect()
}

/// What stands between two parts of a name that both get a capital.
fn is_joint(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | '‐' | '‑' | '–' | '—')
}

/// One part of a name. A letter after an apostrophe is a capital in «О'Нил», not in «Лук'янов».
fn capital(part: &str) -> String {
    if is_lower_word(part.trim_end_matches(is_joint)) {
        return part.to_lowercase();
    }
    let rest = match part.chars().nth(1) {
        Some(c) if is_apostrophe(c) => 3,
        _ => 1,
    };
    part.chars()
        .enumerate()
        .map(|(at, c)| if at == 0 || at + 1 == rest { upper(c) } else { lower(c) })
        .collect()
}

/// The capital, where it is one character.
fn upper(c: char) -> char {
    only(c.to_uppercase()).unwrap_or(c)
}

fn lower(c: char) -> char {
    only(c.to_lowercase()).unwrap_or(c)
}

fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next();
    if chars.next().is_some() { None } else { first }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_no_name() {
        for typed in ["4511 000999", "2", "—", "+79161234567", "Иванова 8 916 123 45 67"] {
            assert_eq!(person(typed).unwrap_err().code, "bad-name", "{typed}");
        }
        for typed in ["Иванов 2-й", "Пациент 1000", "Людовик XIV"] {
            assert_eq!(person(typed).as_deref(), Ok(typed));
        }
    }

    #[test]
    fn a_letter_alone_is_an_initial() {
        for name in ["Иванов И.И.", "Иванов И. И.", "Иванов и и", "Smith J.", "Иванов И.Петрович"]
        {
            assert!(has_initials(name), "{name}");
        }
        for name in ["Иванов Иван Иванович", "И", "Ли Бо", "Людовик XIV"]
        {
            assert!(!has_initials(name), "{name}");
        }
    }

    #[test]
    fn names_in_one_case_are_capitalised() {
        for (typed, kept) in [
            ("лобанова дарья олеговна", "Лобанова Дарья Олеговна"),
            ("ЩУКИН ПЁТР ФЁДОРОВИЧ", "Щукин Пётр Фёдорович"),
            ("  громов   лев ", "Громов Лев"),
            ("салтыков-щедрин михаил", "Салтыков-Щедрин Михаил"),
            ("САЛТЫКОВ-ЩЕДРИН", "Салтыков-Щедрин"),
            ("мамедов али гасан оглы", "Мамедов Али Гасан оглы"),
            ("АЛИЕВА ЛЕЙЛА ГАСАН КЫЗЫ", "Алиева Лейла Гасан кызы"),
            ("алиева лейла гасан-кызы", "Алиева Лейла Гасан-кызы"),
            ("о'нил шон", "О'Нил Шон"),
            ("O’BRIEN JOHN", "O’Brien John"),
            ("лук'янов игорь", "Лук'янов Игорь"),
            ("иванов и.и.", "Иванов И.И."),
            ("щукин", "Щукин"),
            ("Щ", "Щ"),
        ] {
            assert_eq!(person(typed).as_deref(), Ok(kept), "{typed}");
        }
    }

    #[test]
    fn mixed_case_is_left_alone() {
        for name in
            ["Иванов И.И.", "фон Берг Карл", "МакДональд", "щукин Пётр", "John Smith Иванов"]
        {
            assert_eq!(person(name).as_deref(), Ok(name));
        }
        assert_eq!(person("Громов\u{a0} Лев ").as_deref(), Ok("Громов Лев"));
    }

    #[test]
    fn look_alikes_are_refused() {
        let unfit = person("Щyкин Пётр").unwrap_err();
        assert_eq!(unfit.code, "mixed-letters");
        assert_eq!(
            unfit.message.ru,
            "В слове «Щyкин» русские и латинские буквы. Введите его заново."
        );
        assert_eq!(unfit.message.en, "“Щyкин” mixes Russian and Latin letters. Type it again.");
        assert_eq!(person("Пётр Cмирнов").unwrap_err().code, "mixed-letters");
        assert_eq!(person("\u{1b}[31m").unwrap_err().code, "control-character");
        assert_eq!(person(" ").unwrap_err().code, "bad-value");
        assert_eq!(person(&"щ".repeat(257)).unwrap_err().code, "bad-value");
        assert!(person(&"щ".repeat(256)).is_ok());
    }

    #[test]
    fn one_person_has_many_spellings() {
        let known = "Щукин Пётр Фёдорович";
        for typed in ["щукин петр", "Пётр Фёдорович Щукин", "ЩУКИН", "щукин  пётр федорович"]
        {
            assert!(same_person(typed, known), "{typed}");
        }
        for typed in ["Щукина", "Щукин Иван", "Щукин П.", "", "—", "щук"]
        {
            assert!(!same_person(typed, known), "{typed}");
        }
        assert!(same_person("щедрин", "Салтыков-Щедрин Михаил"));
    }

    #[test]
    fn names_are_shortened() {
        for (name, kept) in [
            ("Щукин Пётр Фёдорович", "Щукин П. Ф."),
            ("Громов  Лев", "Громов Л."),
            ("Лев", "Лев"),
            ("Иванов И.И.", "Иванов И. И."),
            ("Мамедов Али Гасан оглы", "Мамедов А. Г."),
            ("Салтыков-Щедрин Михаил", "Салтыков-Щедрин М."),
            ("", ""),
        ] {
            assert_eq!(short(name), kept);
        }
    }

    #[test]
    fn people_are_addressed_only_when_sure() {
        for (name, said) in [
            ("Щукин Пётр Фёдорович", Some("Пётр Фёдорович")),
            ("Лабанова Дарья Олеговна", Some("Дарья Олеговна")),
            ("Ким Анна Ильинична", Some("Анна Ильинична")),
            ("Ким Пак Ильич", Some("Пак Ильич")),
            ("Мамедов Али Гасан-оглы", Some("Али Гасан-оглы")),
            ("Мамедов Али Гасан оглы", None),
            ("Мамедов Али оглы", None),
            ("Громов  Лев", None),
            ("Лебедева Ольга", None),
            ("Пётр Фёдорович Щукин", None),
            ("Пётр Фёдорович Абрамович", None),
            ("Иванов И. И.", None),
            ("", None),
        ] {
            assert_eq!(address(name).as_deref(), said, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_that_passed_stays(typed in "[а-яё' .-]{0,30}|[А-ЯЁ' .-]{0,30}|.*") {
            if let Ok(name) = person(&typed) {
                prop_assert_eq!(person(&name), Ok(name.clone()));
                prop_assert!(same_person(&typed, &name) || key(&name).is_empty());
            }
            let _ = (short(&typed), address(&typed));
        }
    }
}
