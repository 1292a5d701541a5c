//! Russian beside English, `spec.md` section 11.
//!
//! Every sentence that a person reads is written once, in both languages, at the place that says
//! it: [`say!`](crate::say) takes the Russian and the English side by side, so a missing translation does not
//! compile. Where the language is not known yet (an error made in the pure core), the sentence
//! travels as a [`Text`], which holds both, and the edge picks one.

/// A language of the screen. Keys, flags, codes and JSON never depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Lang {
    /// Both languages, for tests that walk everything.
    pub const ALL: [Lang; 2] = [Lang::Ru, Lang::En];

    /// Picks one of two fixed words.
    pub fn of<'a>(self, ru: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Ru => ru,
            Lang::En => en,
        }
    }

    /// Reads `ru`, `en`, or a locale's name such as `ru_RU.UTF-8`.
    pub fn parse(text: &str) -> Option<Lang> {
        match text.get(..2)?.to_ascii_lowercase().as_str() {
            "ru" => Some(Lang::Ru),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The noun's form for a count: Russian has three («1 заявка, 2 заявки, 5 заявок»).
    ///
    /// `ru` is one, few, many; `en` is one, many.
    pub fn plural<'a>(self, count: usize, ru: [&'a str; 3], en: [&'a str; 2]) -> &'a str {
        match self {
            Lang::Ru => match (count % 10, count % 100) {
                (_, 11..=14) => ru[2],
                (1, _) => ru[0],
                (2..=4, _) => ru[1],
                _ => ru[2],
            },
            Lang::En => en[usize::from(count != 1)],
        }
    }
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The Russian words.
    pub ru: String,
    /// The English words.
    pub en: String,
}

impl Text {
    /// A text that is the same in both languages: a name, an id, a number.
    pub fn same(text: impl Into<String>) -> Text {
        let ru = text.into();
        Text { en: ru.clone(), ru }
    }

    /// Picks one.
    pub fn get(&self, lang: Lang) -> &str {
        lang.of(&self.ru, &self.en)
    }

    /// Makes a text by writing it once in each language.
    pub fn both(write: impl Fn(Lang) -> String) -> Text {
        Text { ru: write(Lang::Ru), en: write(Lang::En) }
    }
}

/// A sentence in both languages, as a [`Text`]: `say!("Нет заявки «{id}».", "No request “{id}”.")`.
///
/// Captured arguments stand in both. Where an argument itself depends on the language, name it:
/// `say!(lang; "Ждёт: {}", "Waits: {}", step.word(lang))`.
#[macro_export]
macro_rules! say {
    ($lang:ident; $ru:literal, $en:literal $(, $arg:expr)* $(,)?) => {
        $crate::i18n::Text::both(|$lang| match $lang {
            $crate::i18n::Lang::Ru => format!($ru $(, $arg)*),
            $crate::i18n::Lang::En => format!($en $(, $arg)*),
        })
    };
    ($ru:literal, $en:literal $(,)?) => {
        $crate::i18n::Text { ru: format!($ru), en: format!($en) }
    };
}

/// A sentence in a language that is known: `tr!(lang, "Нет заявки «{id}».", "No request “{id}”.")`.
#[macro_export]
macro_rules! tr {
    ($lang:expr, $ru:literal, $en:literal $(, $arg:expr)* $(,)?) => {
        match $lang {
            $crate::i18n::Lang::Ru => format!($ru $(, $arg)*),
            $crate::i18n::Lang::En => format!($en $(, $arg)*),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_nouns_have_three_forms() {
        let form = |n| Lang::Ru.plural(n, ["заявка", "заявки", "заявок"], ["request", "requests"]);
        for (count, word) in [
            (0, "заявок"),
            (1, "заявка"),
            (2, "заявки"),
            (4, "заявки"),
            (5, "заявок"),
            (11, "заявок"),
            (12, "заявок"),
            (21, "заявка"),
            (22, "заявки"),
            (111, "заявок"),
            (121, "заявка"),
        ] {
            assert_eq!(form(count), word, "{count}");
        }
        assert_eq!(Lang::En.plural(1, ["", "", ""], ["request", "requests"]), "request");
        assert_eq!(Lang::En.plural(0, ["", "", ""], ["request", "requests"]), "requests");
    }

    #[test]
    fn a_sentence_is_made_in_both_languages() {
        let id = "k7m";
        let text = say!("Нет заявки «{id}».", "No request “{id}”.");
        assert_eq!(text.get(Lang::Ru), "Нет заявки «k7m».");
        assert_eq!(text.get(Lang::En), "No request “k7m”.");
        let text = say!(lang; "это {}", "this is {}", lang.of("раз", "one"));
        assert_eq!((text.ru.as_str(), text.en.as_str()), ("это раз", "this is one"));
    }

    #[test]
    fn locales_name_languages() {
        assert_eq!(Lang::parse("ru_RU.UTF-8"), Some(Lang::Ru));
        assert_eq!(Lang::parse("en"), Some(Lang::En));
        assert_eq!(Lang::parse("C"), None);
        assert_eq!(Lang::parse("de_DE"), None);
    }
}
