//! Search: what a typed word finds. `spec.md` section 5, `request list`.
//!
//! Names are compared by their search key, so case, `ё`, hyphens and punctuation never matter;
//! numbers are compared by their digits, so spaces, brackets and a leading `8` don't either.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::text::is_invisible;

/// The search key: NFC, lower case, `е` for `ё`, words of letters and digits with one space
/// between. Sort by it too: by code point «Ёлкин» comes before «Абрамов».
pub fn key(text: &str) -> String {
    plain_key(text).unwrap_or_else(|| composed_key(text))
}

/// The key of Russian and ASCII letters, which nearly all names are: nothing composes in them.
fn plain_key(text: &str) -> Option<String> {
    let mut key = String::with_capacity(text.len());
    let mut is_gap = false;
    for c in text.chars() {
        let c = match c {
            'а'..='я' | 'a'..='z' | '0'..='9' => c,
            'А'..='Я' => char::from_u32(c as u32 + ('а' as u32 - 'А' as u32))?,
            'Ё' | 'ё' => 'е',
            'A'..='Z' => c.to_ascii_lowercase(),
            '\'' | '`' => continue,
            '\0'..='\x7f' => {
                is_gap = !key.is_empty();
                continue;
            }
            _ => return None,
        };
        if is_gap {
            key.push(' ');
            is_gap = false;
        }
        key.push(c);
    }
    Some(key)
}

fn composed_key(text: &str) -> String {
    let letters = text.nfc().filter(|c| !is_dropped(*c)).flat_map(char::to_lowercase).map(fold);
    let spaced: String = letters.nfc().filter(|c| !is_dropped(*c)).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether every word of the query begins a word of a name, each its own, or is part of a passport or
/// phone: «Иванов Иван» is no Анна Ивановна.
///
/// `numbers` are as stored: E.164 phones, passports without spaces. A number typed with spaces
/// (`4511 223344`, `8 916 123-45-67`) is tried as a whole too. An empty query finds everything.
pub fn matches(query: &str, names: &[&str], numbers: &[&str]) -> bool {
    let records = Records {
        names: names.iter().map(|name| key(name)).collect(),
        numbers: numbers.iter().map(|number| Number::new(number)).collect(),
    };
    let words: Vec<Word> = query.split_whitespace().filter_map(Word::new).collect();
    words.chunk_by(|a, b| a.is_number && b.is_number).all(|run| records.have_run(run))
        && records.have_each(&words)
}

/// The beginnings that the words of a name must have to be found by a query: those of its words
/// that no number can be.
pub fn beginnings(query: &str) -> Vec<String> {
    let words = query.split_whitespace().filter_map(Word::new);
    words
        .filter(|word| !word.compact.bytes().any(|b| b.is_ascii_digit()))
        .flat_map(|word| word.key.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Whether every word of the query begins a word of a name but for one letter: misheard, left out,
/// put in or swapped. Vowels that sound alike without stress are one letter. Words shorter than four
/// letters must be right: too many are near them. Beside a word that is meant, an initial of the name
/// stands for a word that begins with it.
pub fn is_near(query: &str, name: &str) -> bool {
    let (query, name) = (key(query), key(name));
    let heard_name = heard(&name);
    let is_meant = |typed: &str| {
        let (length, heard) = (typed.chars().count(), heard(typed));
        let sounds = |word: &str| {
            let begins = |length: usize| {
                let start: String = word.chars().take(length).collect();
                strsim::osa_distance(&heard, &start) <= 1
            };
            may_be_near(&heard, word) && (length - 1..=length + 1).any(begins)
        };
        name.split(' ').any(|word| word.starts_with(typed))
            || length >= 4 && heard_name.split(' ').any(sounds)
    };
    let has_initial = |typed: &str| {
        name.split(' ').any(|word| typed.starts_with(word) && word.chars().nth(1).is_none())
    };
    let mut is_one_meant = false;
    let is_near = query.split(' ').all(|typed| {
        let is_meant = is_meant(typed);
        is_one_meant |= is_meant;
        is_meant || has_initial(typed)
    });
    !query.is_empty() && is_near && is_one_meant
}

/// A key as it is heard: unstressed, `о` is `а`, and `е`, `я` and `ы` are `и`. Where the stress lies
/// nobody types.
fn heard(key: &str) -> String {
    let vowel = |c| match c {
        'о' => 'а',
        'е' | 'я' | 'ы' => 'и',
        _ => c,
    };
    key.chars().map(vowel).collect()
}

/// Whether two words may be a letter apart, by their first two letters: one of them stays, in its
/// place or in the other one's. Most names are told apart by that alone.
fn may_be_near(a: &str, b: &str) -> bool {
    let first = |word: &str| {
        let mut letters = word.chars();
        (letters.next(), letters.next())
    };
    let ((a1, a2), (b1, b2)) = (first(a), first(b));
    a1 == b1 || a2 == b2 || a1 == b2 || a2 == b1
}

/// One typed word.
struct Word {
    /// Its search key; a hyphenated word has several words in it.
    key: String,
    /// The key without spaces.
    compact: String,
    /// Digits and punctuation alone.
    is_number: bool,
}

impl Word {
    /// None for a word of punctuation alone, which asks for nothing.
    fn new(typed: &str) -> Option<Word> {
        let key = key(typed);
        let compact = key.replace(' ', "");
        let is_number = compact.bytes().all(|b| b.is_ascii_digit());
        (!compact.is_empty()).then_some(Word { key, compact, is_number })
    }
}

/// A passport or phone without its punctuation.
struct Number {
    compact: String,
    is_russian_phone: bool,
}

impl Number {
    fn new(number: &str) -> Number {
        let compact = key(number).replace(' ', "");
        Number { compact, is_russian_phone: number.trim_start().starts_with("+7") }
    }

    fn has(&self, part: &str) -> bool {
        self.compact.contains(part)
            || (self.is_russian_phone && part.len() > 1 && self.has_from_eight(part))
    }

    /// A Russian phone is dialled from `8` as well as from `+7`.
    fn has_from_eight(&self, part: &str) -> bool {
        let national = self.compact.strip_prefix('7');
        national.zip(part.strip_prefix('8')).is_some_and(|(all, typed)| all.starts_with(typed))
    }
}

/// The names and numbers of one record.
struct Records {
    names: Vec<String>,
    numbers: Vec<Number>,
}

impl Records {
    /// A run of numeric words is one number typed with spaces, or several words. As many digits as a
    /// phone has, in pieces that nearly every number holds, are one number.
    fn have_run(&self, run: &[Word]) -> bool {
        const PHONE: usize = 7;
        const PIECE: usize = 3;
        let whole: String = run.iter().map(|word| word.compact.as_str()).collect();
        let is_one = whole.len() >= PHONE && run.iter().any(|word| word.compact.len() <= PIECE);
        self.have_number(&whole) || (!is_one && run.iter().all(|word| self.have_word(word)))
    }

    /// Whether the words that are no numbers have each a word of a name to itself. The longest choose
    /// first: what begins with a longer one begins with its beginning, too.
    fn have_each(&self, words: &[Word]) -> bool {
        let of_names = words.iter().filter(|w| !w.is_number && !self.have_number(&w.compact));
        let mut parts: Vec<&str> = of_names.flat_map(|word| word.key.split(' ')).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        let mut left: Vec<&str> = self.names.iter().flat_map(|name| name.split(' ')).collect();
        parts.into_iter().all(|part| {
            let found = left.iter().position(|word| word.starts_with(part));
            found.map(|at| left.swap_remove(at)).is_some()
        })
    }

    fn have_word(&self, word: &Word) -> bool {
        word.key.split(' ').all(|part| self.have_name(part)) || self.have_number(&word.compact)
    }

    fn have_name(&self, part: &str) -> bool {
        self.names.iter().any(|name| name.split(' ').any(|word| word.starts_with(part)))
    }

    fn have_number(&self, part: &str) -> bool {
        self.numbers.iter().any(|number| number.has(part))
    }
}

/// Apostrophes, stress marks and what nobody sees: gone without a gap.
fn is_dropped(c: char) -> bool {
    is_invisible(c) || is_combining_mark(c) || is_apostrophe(c)
}

/// The signs that people type inside a name such as O'Нил.
pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '’' | '‘' | 'ʼ' | '´')
}

fn fold(c: char) -> char {
    match c {
        'ё' => 'е',
        _ if c.is_alphanumeric() || is_combining_mark(c) => c,
        _ => ' ',
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 3] = ["Щукин Пётр Фёдорович", "Поликлиника № 1", "Врач-терапевт"];
    const NUMBERS: [&str; 2] = ["4511223344", "+79161234567"];

    #[test]
    fn keys_forget_what_does_not_matter() {
        for (text, kept) in [
            ("Ёлкин", "елкин"),
            ("е\u{308}лкин", "елкин"),
            ("  Салтыков-Щедрин  М. Е. ", "салтыков щедрин м е"),
            ("Поликлиника № 1", "поликлиника 1"),
            ("ПОЛИКЛИНИКА №1", "поликлиника 1"),
            ("«ГКБ им. С.П.Боткина»", "гкб им с п боткина"),
            ("УЗИ/МРТ", "узи мрт"),
            ("О’Нил", "онил"),
            ("Йодова", "йодова"),
            ("Ивано\u{301}в", "иванов"),
            ("по\u{ad}ли", "поли"),
            ("—", ""),
        ] {
            assert_eq!(key(text), kept, "{text}");
        }
    }

    #[test]
    fn queries_find() {
        for query in [
            "щук п",
            "ЩУКИН",
            "петр",
            "Пётр Щукин",
            "федор щук",
            "поликлиника 1",
            "поликлиника №1",
            "тер 1",
            "врач-тер",
            "щук тер",
            "",
            " № ",
            "4511 223344",
            "45 11 № 223344",
            "4511-223344",
            "3344",
            "4567",
            "89161234567",
            "8 916 123-45-67",
            "8 (916) 123 45 67",
            "+7(916)1234567",
            "8916",
            "123-45-67",
            "щукин 8 916 123-45-67",
            "щук 4567 1",
            "щукин,",
            "«Щукин»",
            "4511 4567",
        ] {
            assert!(matches(query, &NAMES, &NUMBERS), "{query}");
        }
    }

    #[test]
    fn queries_miss() {
        for query in [
            "укин",
            "щукина",
            "щук ив",
            "4511 223345",
            "8 917",
            "8123",
            "поликлиника 8",
            "щ1",
            "щукин 4568",
            "8 4511223344",
        ] {
            assert!(!matches(query, &NAMES, &NUMBERS), "{query}");
        }
        assert!(!matches("2", &["Поликлиника № 1"], &[]));
        assert!(!matches("Иванов Иван", &["Петрова Анна Ивановна"], &[]));
        assert!(!matches("Маркович Лев Л", &["Журавлёв Лев Маркович"], &[]));
        assert!(matches("Иванов И.И.", &["Иванов Иван Иванович"], &[]));
        assert!(matches("ив иванов", &["Иванов Иван"], &[]));
    }

    #[test]
    fn a_phone_in_pieces_is_one_number() {
        let (own, other) = ("+79005550105", "+79005550108");
        for query in ["555 01 05", "900 555 01 05", "8 900 555 01 05", "(900) 555-01-05"] {
            assert!(matches(query, &[], &[own]), "{query}");
            assert!(!matches(query, &[], &[other, "0045000105"]), "{query}");
        }
        assert!(matches("4511 0105", &[], &["4511223344", own]), "of two numbers");
        assert!(matches("05 555", &[], &[own]), "parts in another order");
    }

    #[test]
    fn other_numbers_are_found_too() {
        assert!(matches("ii-мю 123456", &[], &["IIМЮ123456"]));
        assert!(matches("+375 29 123-45-67", &[], &["+375291234567"]));
        assert!(matches("8 800 555", &[], &["+78005553535"]));
        assert!(!matches("8 75291", &[], &["+375291234567"]));
        assert!(!matches("8", &[], &["", "+7", "+79161234567"]));
    }

    #[test]
    fn near_are_names_a_letter_away_as_they_are_heard() {
        for (query, name) in [
            ("Лабонова", "Лобанова Мария"),
            ("Лабонова Мария", "Лобанова Мария"),
            ("Лабонова", "Лабанова Дарья"),
            ("Лобанова", "Лабанова Дарья"),
            ("Питрова", "Петрова Елена"),
            ("Пятрова Илена", "Петрова Елена"),
            ("Рыбокова", "Рыбакова Анна"),
            ("Рибакова", "Рыбакова Анна"),
            ("Щюкин", "Щукин Пётр"),
            ("Иванов", "Иванова Мария"),
            ("Иванова", "Иванов Пётр"),
            ("Щукин Пётр Фёдорович", "Щукин П. Ф."),
            ("Щюкин Пётр", "Щукин П.Ф."),
        ] {
            assert!(is_near(query, name), "{query}: {name}");
        }
        for (query, name) in [
            ("Орлов", "Ким Анна"),
            ("Орлова", "Соколова Анна"),
            ("Иванова", "Петрова Анна"),
            ("Лабонова Мария", "Лобанова Дарья"),
            ("Смирнова", "Кузнецова Анна"),
            ("Белова", "Кротова Анна"),
            ("Лан", "Лобанова Мария"),
            ("Лом", "Ламова Мария"),
            ("Щукин Антон", "Щукин П. Ф."),
            ("Пётр", "Щукин П. Ф."),
            ("Петров Фёдор", "Щукин П. Ф."),
        ] {
            assert!(!is_near(query, name), "{query}: {name}");
        }
    }

    proptest! {
        #[test]
        fn case_and_yo_do_not_matter(query in "[а-яё0-9 -]{0,12}", name in "[А-яёЁ -]{0,20}") {
            let found = matches(&query, &[&name], &NUMBERS);
            let loud = query.to_uppercase().replace('Ё', "Е");
            prop_assert_eq!(matches(&loud, &[&name], &NUMBERS), found);
            let plain = name.to_lowercase().replace('ё', "е");
            prop_assert_eq!(matches(&query, &[&plain], &NUMBERS), found);
        }

        #[test]
        fn every_beginning_and_every_part_is_found(
            name in "[А-яёЁ]{1,12}", phone in "\\+7[0-9]{10}", from in 1usize..11, len in 1usize..4,
        ) {
            for (end, _) in name.char_indices().skip(1) {
                prop_assert!(matches(&name[..end], &[&name], &[]));
            }
            prop_assert!(matches(&phone[from..(from + len).min(12)], &[], &[&phone]));
        }

        #[test]
        fn a_plain_name_has_the_key_that_any_text_has(
            name in "[А-яЁёA-Za-z0-9 '`.,\\-\\t\u{1}№éй\u{306}\u{2019}]{0,16}",
        ) {
            prop_assert_eq!(key(&name), composed_key(&name));
        }

        #[test]
        fn any_text_has_a_key(text in ".*", query in ".*") {
            let made = key(&text);
            prop_assert_eq!(key(&made), made.clone());
            prop_assert!(matches(&text, &[&text], &[]));
            matches(&query, &[&text], &[&text]);
        }
    }
}
