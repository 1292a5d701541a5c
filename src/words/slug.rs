//! Slugs: the ids of specialties, clinics and operators, made of a title. `spec.md` section 2.
//!
//! A slug is `a-z 0-9 -`, never empty, and has no hyphen at an end or beside another.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::text::is_invisible;

/// The most characters of a slug that is made of a title.
const MADE: usize = 40;

/// The most characters of a slug that a person gives.
const GIVEN: usize = 64;

/// Makes a slug of a title: `Поликлиника № 1` is `poliklinika-1`; at most 40 characters.
///
/// A title without a letter or digit that has a Latin form is `x`.
pub fn slug(title: &str) -> String {
    let spelled: String = title.nfc().filter(|c| !is_invisible(*c)).map(transliterate).collect();
    let mut slug = String::new();
    for word in spelled.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!slug.is_empty());
        if gap == 1 && slug.len() + gap + word.len() > MADE {
            break;
        }
        slug.extend("-".repeat(gap).chars().chain(word.chars().take(MADE)));
    }
    if slug.is_empty() { "x".to_owned() } else { slug }
}

/// Whether `text` can be an id: 1 to 64 of `a-z 0-9 -`, hyphens only single and inside.
pub fn is_slug(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.len() <= GIVEN && text.split('-').all(part)
}

/// One character in `a-z 0-9`, nothing for a sign without a sound, a space for a separator.
fn transliterate(c: char) -> String {
    let lower = c.to_lowercase().next().unwrap_or(c);
    match cyrillic(lower) {
        Some(latin) => latin.to_owned(),
        None if is_combining_mark(c) => String::new(),
        None if c.is_alphanumeric() => plain(c),
        None => " ".to_owned(),
    }
}

/// A letter or digit of another alphabet by its ASCII core: `é` is `e`; `中` is a separator.
fn plain(c: char) -> String {
    let core = std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c));
    core.map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect()
}

fn cyrillic(c: char) -> Option<&'static str> {
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'ё' | 'є' | 'э' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' | 'ї' => "i",
        'й' | 'ы' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ў' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn titles_become_slugs() {
        for (title, id) in [
            ("Поликлиника № 1", "poliklinika-1"),
            ("Поликлиника №1", "poliklinika-1"),
            ("Терапевт", "terapevt"),
            ("Врач-невролог", "vrach-nevrolog"),
            ("УЗИ", "uzi"),
            ("ГКБ им. С. П. Боткина", "gkb-im-s-p-botkina"),
            ("Анна Смирнова", "anna-smirnova"),
            ("Щёголев-Йодов", "shchegolev-yodov"),
            ("Объезд, съёмка и дельта", "obezd-semka-i-delta"),
            ("Хирург Цой: эхо, юла, яма, жук, чай, шар", "khirurg-tsoy-ekho-yula-yama-zhuk-chay"),
            ("«Café Élan» ½", "cafe-elan-1-2"),
            ("Dr. Müller & Söhne", "dr-muller-sohne"),
            ("И\u{306}од е\u{308}ж", "yod-ezh"),
            ("  --  Лор  -- ", "lor"),
            ("по\u{ad}ликлиника", "poliklinika"),
            ("中文", "x"),
            ("Ь", "x"),
            ("№", "x"),
            ("", "x"),
        ] {
            assert_eq!(slug(title), id, "{title}");
        }
    }

    #[test]
    fn long_titles_are_cut_at_a_word() {
        assert_eq!(
            slug("Городская клиническая больница имени Сергея Петровича Боткина"),
            "gorodskaya-klinicheskaya-bolnitsa-imeni"
        );
        assert_eq!(slug(&"щ".repeat(30)).len(), 40);
    }

    #[test]
    fn slugs_are_told_from_other_words() {
        for good in ["a", "poliklinika-1", "7", &"a".repeat(64)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "-", "-a", "a-", "a--b", "A", "а", "a_b", "a/b", "..", &"a".repeat(65)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_slug_is_always_a_slug(title in ".*|[А-яёЁ №-]*|\\PC*") {
            let made = slug(&title);
            prop_assert!(is_slug(&made) && made.len() <= 40, "{made}");
            prop_assert_eq!(slug(&made), made);
        }
    }
}
