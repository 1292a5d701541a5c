//! Which doctor at which clinic: every specialty of every clinic, and those that some words mean.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::words::search;

/// The most offers that a message lists.
pub const LISTED: usize = 12;

/// A specialty that a clinic has.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The specialty.
    pub specialty: Rc<Record>,
    /// The clinic.
    pub clinic: Rc<Record>,
}

/// All that is offered, by clinic.
pub fn all(book: &dyn Book) -> Vec<Offer> {
    let of_clinic = |clinic: Rc<Record>| {
        let ids: Vec<String> = clinic.texts("specialties").into_iter().map(str::to_owned).collect();
        let found = ids.into_iter().filter_map(|id| book.get(Kind::Specialty, &id));
        found.map(|specialty| Offer { specialty, clinic: clinic.clone() }).collect::<Vec<_>>()
    };
    book.all(Kind::Clinic).into_iter().flat_map(of_clinic).collect()
}

/// What there is, a line a doctor with the clinics, sorted: «Терапевт: Поликлиника № 1, …».
pub fn by_doctor(offers: Vec<Offer>) -> Vec<String> {
    let mut doctors: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for offer in offers {
        let title = offer.specialty.title().to_owned();
        let clinics = doctors.entry((search::key(&title), title)).or_default();
        clinics.push(offer.clinic.title().to_owned());
    }
    let line = |((_, title), mut clinics): ((String, String), Vec<String>)| {
        clinics.sort_by_cached_key(|name| search::key(name));
        format!("{title}: {}", clinics.join(", "))
    };
    doctors.into_iter().map(line).collect()
}

/// What some words mean of all that is offered.
#[derive(Debug, Clone)]
pub struct Meant<'o> {
    /// The offers, in their order.
    pub found: Vec<&'o Offer>,
    /// Whether a word is only like the doctor's: it has to be asked whether that was meant.
    pub is_guess: bool,
}

/// The offers that some words mean: by the beginnings of their words; where those are none's, as they
/// stand in a sentence («к терапевту в Зарю»); and where they are none's either, mistyped.
pub fn meant<'o>(offers: &'o [Offer], typed: &str) -> Meant<'o> {
    let of = |is_meant: &dyn Fn(&Offer) -> bool| -> Vec<&'o Offer> {
        offers.iter().filter(|offer| is_meant(offer)).collect()
    };
    let named = without_mere_clinic(typed);
    let typed = named.as_str();
    let exact = of(&|offer| offer.is_meant(typed));
    if !exact.is_empty() {
        return Meant { found: exact, is_guess: false };
    }
    let plain = plain(typed);
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    let in_a_sentence = |is_doctor: &dyn Fn(&Record, &str) -> bool| {
        let by =
            |address: bool| of(&|offer| offer.is_meant_in_a_sentence(&words, address, is_doctor));
        let by_title = by(false);
        if by_title.is_empty() { by(true) } else { by_title }
    };
    let inflected = in_a_sentence(&is_doctor);
    if !inflected.is_empty() {
        return Meant { found: inflected, is_guess: false };
    }
    let is_like = |specialty: &Record, typed: &str| {
        names(specialty).into_iter().any(|name| search::is_near(typed, name))
    };
    Meant { found: in_a_sentence(&is_like), is_guess: true }
}

/// Words without «клиника»: what nearly every clinic is called is none's name. Nothing else is left out,
/// and where it is all that there is, not even that.
fn without_mere_clinic(typed: &str) -> String {
    let is_mere = |word: &&str| {
        let key = search::key(word);
        ["клиника", "клинику", "клинике", "клиники", "clinic"].contains(&key.as_str())
    };
    let named: Vec<&str> = typed.split_whitespace().filter(|word| !is_mere(word)).collect();
    if named.is_empty() { typed.to_owned() } else { named.join(" ") }
}

/// Words without those between them, and without the endings of their cases.
fn plain(typed: &str) -> String {
    const BETWEEN: [&str; 14] = [
        "к",
        "ко",
        "в",
        "во",
        "на",
        "у",
        "любая",
        "любой",
        "любую",
        "любом",
        "нужен",
        "at",
        "the",
        "any",
    ];
    const ENDINGS: [&str; 18] = [
        "ому", "ему", "ого", "его", "ом", "ем", "ой", "ей", "ою", "ую", "у", "ю", "а", "я", "е",
        "и", "ы", "о",
    ];
    /// So much of a word is left at least.
    const STEM: usize = 3;
    let key = search::key(typed);
    let words = key.split(' ').filter(|word| !BETWEEN.contains(word)).map(|word| {
        let stem = ENDINGS.iter().find_map(|ending| {
            word.strip_suffix(ending).filter(|stem| stem.chars().count() >= STEM)
        });
        stem.unwrap_or(word)
    });
    words.collect::<Vec<_>>().join(" ")
}

impl Offer {
    /// «Терапевт · Поликлиника № 1».
    pub fn words(&self) -> String {
        format!("{} · {}", self.specialty.title(), self.clinic.title())
    }

    /// Whether some words mean it: each begins a word of the doctor or of the clinic, the doctor's
    /// first. Either may be left out, but not both.
    pub fn is_meant(&self, typed: &str) -> bool {
        let words: Vec<&str> = typed.split_whitespace().collect();
        let clinic = [self.clinic.title()];
        !words.is_empty()
            && (0..=words.len()).any(|split| {
                let (of_doctor, of_clinic) = words.split_at(split);
                is_doctor(&self.specialty, &of_doctor.join(" "))
                    && search::matches(&of_clinic.join(" "), &clinic, &[])
            })
    }

    /// The same of words as they stand in a sentence: the clinic may come first, by its title, or by
    /// its `address`. The doctor is named.
    fn is_meant_in_a_sentence(
        &self,
        words: &[&str],
        address: bool,
        is_doctor: &dyn Fn(&Record, &str) -> bool,
    ) -> bool {
        let names = [self.clinic.title(), self.clinic.shown("address")];
        let is_place = |place: &[&str]| {
            let by_street = address && !is_number(place);
            let names = if by_street { &names[..] } else { &names[..1] };
            search::matches(&place.join(" "), names, &[])
        };
        (0..=words.len()).any(|split| {
            let (one, other) = words.split_at(split);
            [(one, other), (other, one)].into_iter().any(|(doctor, place)| {
                !doctor.is_empty()
                    && is_doctor(&self.specialty, &doctor.join(" "))
                    && is_place(place)
            })
        })
    }
}

/// Whether words name a clinic by its number, which is no house's: «15», «поликлинику 15».
fn is_number(place: &[&str]) -> bool {
    let is_digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let is_kind = |word: &str| word.starts_with("поликлиник") || word.starts_with("polyclinic");
    place.iter().any(|word| is_digits(word)) && place.iter().all(|w| is_digits(w) || is_kind(w))
}

/// Whether some words begin those of a specialty's title or aliases.
pub fn is_doctor(specialty: &Record, typed: &str) -> bool {
    search::matches(typed, &names(specialty), &[])
}

fn names(specialty: &Record) -> Vec<&str> {
    std::iter::once(specialty.title()).chain(specialty.texts("aliases")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_the_doctor_and_then_the_clinic() {
        let record = |kind, key, title: &str| {
            let mut record = Record::new(kind, "id");
            record.values.put(key, Some(title.into()));
            Rc::new(record)
        };
        let offer = Offer {
            specialty: record(Kind::Specialty, "title", "Терапевт"),
            clinic: record(Kind::Clinic, "name", "Поликлиника № 1"),
        };
        for typed in ["тер", "тер 1", "терапевт поликлиника 1", "полик 1", "Тер Пол"]
        {
            assert!(offer.is_meant(typed), "{typed}");
        }
        for typed in ["", "кард 1", "тер 2", "1 тер"] {
            assert!(!offer.is_meant(typed), "{typed}");
        }
    }

    #[test]
    fn words_may_stand_as_in_a_sentence_or_be_mistyped() {
        let record = |kind, id: &str, pairs: &[(&'static str, &str)]| {
            let mut record = Record::new(kind, id);
            pairs.iter().for_each(|(key, text)| record.values.put(key, Some((*text).into())));
            Rc::new(record)
        };
        let doctors = ["Терапевт", "Лор", "Кардиолог"]
            .map(|title| record(Kind::Specialty, title, &[("title", title)]));
        let clinics = [
            ("Поликлиника № 1", "г. Москва, ул. Примерная, д. 1"),
            ("Медцентр «Заря»", "г. Омск, ул. Лесная, д. 15"),
        ];
        let clinics = clinics.map(|(name, address)| {
            record(Kind::Clinic, name, &[("name", name), ("address", address)])
        });
        let offers: Vec<Offer> = clinics
            .iter()
            .flat_map(|clinic| {
                let at = |specialty: &Rc<Record>| Offer {
                    specialty: specialty.clone(),
                    clinic: clinic.clone(),
                };
                doctors.iter().map(at)
            })
            .collect();
        for (typed, wanted, is_guess) in [
            ("тер 1", "Терапевт · Поликлиника № 1", false),
            ("к терапевту в поликлинику 1", "Терапевт · Поликлиника № 1", false),
            ("лора в зарю", "Лор · Медцентр «Заря»", false),
            ("Лор в Заре", "Лор · Медцентр «Заря»", false),
            ("в Омске терапевт", "Терапевт · Медцентр «Заря»", false),
            ("терапепт заря", "Терапевт · Медцентр «Заря»", true),
            ("кардилог 1", "Кардиолог · Поликлиника № 1", true),
            ("терапевт на лесной 15", "Терапевт · Медцентр «Заря»", false),
            ("терапевт клиника 1", "Терапевт · Поликлиника № 1", false),
            ("в клинику Заря терапевт", "Терапевт · Медцентр «Заря»", false),
        ] {
            let meant = meant(&offers, typed);
            let words: Vec<String> = meant.found.iter().map(|offer| offer.words()).collect();
            assert_eq!((words, meant.is_guess), (vec![wanted.to_owned()], is_guess), "{typed}");
        }
        // Any clinic is each of them, though one should be called nothing but that.
        let mut offers = offers;
        for clinic in offers.iter_mut().filter(|offer| offer.clinic.title().ends_with("«Заря»"))
        {
            Rc::make_mut(&mut clinic.clinic).values.put("name", Some("Клиника «Заря»".into()));
        }
        for typed in [
            "к терапевту",
            "терапевт в любую клинику",
            "терапевт любая клиника",
            "любая клиника терапевт",
            "терапевт в клинику",
            "терапевт клиника",
        ] {
            assert_eq!(meant(&offers, typed).found.len(), 2, "{typed}");
        }
        // A clinic's number is no house's.
        for typed in ["терапевт 15", "к терапевту в поликлинику 15", "терапевт клиника 15"]
        {
            assert!(meant(&offers, typed).found.is_empty(), "{typed}");
        }
        assert_eq!(meant(&offers, "клиника").found.len(), 3);
        for typed in ["окулист", "терапевт в тулу", "в зарю", ""] {
            assert!(meant(&offers, typed).found.is_empty(), "{typed}");
        }
    }
}
