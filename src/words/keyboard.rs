//! The same keys in the other layout: ЙЦУКЕН and QWERTY. `spec.md` section 2.
//!
//! Every key of the one layout is one key of the other, so turning a text there and back gives
//! the text again.

/// What the keys give in the English layout, without and with Shift.
const LATIN: &str = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?@#$^&|";

/// What the same keys give in the Russian layout.
const RUSSIAN: &str = "ёйцукенгшщзхъфывапролджэячсмитьбю.ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,\"№;:?/";

/// The text that the same keys give in the Russian layout: `pfdnhf` is `завтра`.
pub fn to_russian(typed: &str) -> String {
    turn(typed, LATIN, RUSSIAN)
}

/// The text that the same keys give in the English layout: `акш` is `fri`.
pub fn to_latin(typed: &str) -> String {
    turn(typed, RUSSIAN, LATIN)
}

/// Whether a text could be a Russian word of a name: Cyrillic letters, a vowel among them, and no
/// beginning or run of letters that no such word has.
pub fn is_russian_word(text: &str) -> bool {
    const VOWELS: &str = "аеёиоуыэюя";
    let word = text.to_lowercase();
    let is_vowel = |c: char| VOWELS.contains(c);
    let consonants = word.split(is_vowel).map(|run| run.chars().filter(|c| *c != 'ь').count());
    let vowels = word.split(|c| !is_vowel(c)).map(|run| run.chars().count());
    word.chars().all(|c| matches!(c, 'а'..='я' | 'ё'))
        && word.chars().any(is_vowel)
        && !word.starts_with(['ь', 'ъ', 'ы'])
        && consonants.max().is_some_and(|most| most <= 3)
        && vowels.max().is_some_and(|most| most <= 2)
}

fn turn(typed: &str, from: &str, to: &str) -> String {
    let other = |c| from.chars().zip(to.chars()).find(|(key, _)| *key == c).map_or(c, |(_, o)| o);
    typed.chars().map(other).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn layouts_have_the_same_keys() {
        for layout in [LATIN, RUSSIAN] {
            assert_eq!(layout.chars().collect::<HashSet<_>>().len(), 74);
            assert_eq!(layout.chars().count(), 74);
        }
    }

    #[test]
    fn keys_are_read_in_the_other_layout() {
        for (latin, russian) in [
            ("pfdnhf 9-12", "завтра 9-12"),
            ("ch 9-12", "ср 9-12"),
            ("fri", "акш"),
            ("oerby g", "щукин п"),
            ("`krby", "ёлкин"),
            ("~KRBY", "ЁЛКИН"),
            ("[f,fhjd", "хабаров"),
            ("{F<FHJD", "ХАБАРОВ"),
            ("j,]tpl", "объезд"),
            ("'ktrnhjy;.", "электронжю"),
            ("k7m2qx", "л7ь2йч"),
            ("25/11 9?30", "25.11 9,30"),
            ("gjkbrkbybrf # 1", "поликлиника № 1"),
            ("poliklinika-1", "зщдшлдштшлф-1"),
        ] {
            assert_eq!(to_russian(latin), russian);
            assert_eq!(to_latin(russian), latin);
        }
    }

    #[test]
    fn words_of_names_are_told_from_keys_of_the_other_layout() {
        for word in ["Мишина", "Вера", "Щукин", "Пётр", "Дарья", "Йодова", "оглы", "Констанция"]
        {
            assert!(is_russian_word(word), "{word}");
        }
        for latin in ["Smith John", "Petrov Ivan", "Sidorov Oleg", "Kotova Anna", "Müller", ""] {
            let turned = to_russian(latin);
            assert!(!turned.split(' ').all(is_russian_word), "{latin}: {turned}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back(typed in "[ -~]*", any in ".*") {
            prop_assert_eq!(to_latin(&to_russian(&typed)), typed);
            prop_assert_eq!(to_latin(&any).chars().count(), any.chars().count());
        }

        #[test]
        fn back_and_there(typed in "[а-яёА-ЯЁ0-9 .,№]*") {
            prop_assert_eq!(to_russian(&to_latin(&typed)), typed);
        }
    }
}
