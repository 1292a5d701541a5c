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
}

/// Whether some words begin those of a specialty's title or aliases.
pub fn is_doctor(specialty: &Record, typed: &str) -> bool {
    let aliases = specialty.texts("aliases");
    let names: Vec<&str> = std::iter::once(specialty.title()).chain(aliases).collect();
    search::matches(typed, &names, &[])
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
}
