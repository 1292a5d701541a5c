//! The search of a box that somebody types into: whatever words begin, in the keyboard layout that
//! was meant, in the order in which a person looks for them.

use std::rc::Rc;

use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::sieve::Sieve;
use crate::query::filter;
use crate::words::{keyboard, search};

/// The most records that are listed with a number; a longer list wants more letters.
pub const LISTED: usize = 9;

/// What a search found.
#[derive(Debug)]
pub struct Sought {
    /// The records: patients and others by name, requests by urgency. For a patient who was merged
    /// into another stands that one.
    pub found: Vec<Rc<Record>>,
    /// The query, where it was read in the other keyboard layout.
    pub turned: Option<String>,
    /// Whether nobody has just these words, and these are a letter away.
    pub near: bool,
}

/// Searches the records of a kind.
pub fn seek(book: &dyn Book, kind: Kind, query: &str) -> Sought {
    let found = seek_exactly(book, kind, query);
    if !found.is_empty() {
        return Sought { found, turned: None, near: false };
    }
    let turned = keyboard::to_russian(query);
    let found = seek_exactly(book, kind, &turned);
    if !found.is_empty() {
        return Sought { found, turned: Some(turned), near: false };
    }
    let mut found = book.sift(kind, &Sieve::default());
    found.retain(|record| {
        kind == Kind::Patient
            && record.text("merged_into").is_none()
            && search::is_near(query, record.title())
    });
    found.sort_by_cached_key(|record| search::key(record.title()));
    Sought { near: !found.is_empty(), found, turned: None }
}

/// The patients who may be one that seems new: whose name is the same but for a misheard letter or
/// a part that was left out, or who have the phone; by name.
pub fn similar(book: &dyn Book, name: &str, phone: Option<&str>) -> Vec<Rc<Record>> {
    let is_whole = |name: &str| search::key(name).contains(' ');
    let mut found = book.sift(Kind::Patient, &Sieve::default());
    found.retain(|record| {
        let title = record.title();
        phone.is_some() && record.text("phone") == phone
            || search::is_near(name, title)
            || is_whole(title) && search::is_near(title, name)
    });
    living(book, found)
}

/// Searches for just these words.
pub fn seek_exactly(book: &dyn Book, kind: Kind, query: &str) -> Vec<Rc<Record>> {
    let mut found = book.sift(kind, &filter::sieve(Some(query)));
    found.retain(|record| filter::found(book, record, query));
    if kind == Kind::Patient {
        return living(book, found);
    }
    match kind {
        Kind::Request => found.sort_by_cached_key(|record| filter::urgency(record)),
        _ => found.sort_by_cached_key(|record| search::key(record.title())),
    }
    found
}

/// The patients that cards are of, by name: who gave a phone once is found by it, whatever card it
/// stands in.
fn living(book: &dyn Book, found: Vec<Rc<Record>>) -> Vec<Rc<Record>> {
    let led = found.into_iter().filter_map(|record| match record.text("merged_into") {
        None => Some(record),
        Some(_) => book.patient(&record.id).filter(|led| led.text("merged_into").is_none()),
    });
    let mut living: Vec<Rc<Record>> = led.collect();
    living.sort_by_cached_key(|record| (search::key(record.title()), record.id.clone()));
    living.dedup_by(|a, b| a.id == b.id);
    living
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Values;
    use crate::testing::Shelf;

    #[test]
    fn the_other_layout_is_tried_where_nothing_is_found() {
        let mut shelf = Shelf::default();
        for (id, name) in [("7h2k9m4qwe", "Ёлкин Пётр"), ("8h2k9m4qwe", "Абрамов Пётр")]
        {
            shelf.make(Kind::Patient, id, Values::new().with("name", name));
        }
        let names = |sought: &Sought| {
            sought.found.iter().map(|record| record.title().to_owned()).collect::<Vec<_>>()
        };
        let sought = seek(&shelf, Kind::Patient, "петр");
        assert_eq!((names(&sought).len(), &sought.turned), (2, &None));
        assert_eq!(names(&sought)[0], "Абрамов Пётр");
        let sought = seek(&shelf, Kind::Patient, "tkrby");
        assert_eq!(
            (names(&sought), sought.turned.as_deref()),
            (vec!["Ёлкин Пётр".to_owned()], Some("елкин"))
        );
        assert!(seek(&shelf, Kind::Patient, "xyz").turned.is_none());
    }

    #[test]
    fn by_the_phone_of_a_merged_card_its_patient_is_found() {
        let mut shelf = Shelf::default();
        let values =
            |name: &str, phone: &str| Values::new().with("name", name).with("phone", phone);
        shelf.make(Kind::Patient, "7h2k9m4qwe", values("Лабанова Дарья", "+79005550105"));
        let merged = values("Лабонова Дарья", "+79167770005").with("merged_into", "7h2k9m4qwe");
        shelf.make(Kind::Patient, "8h2k9m4qwe", merged);
        let ids = |found: Vec<Rc<Record>>| {
            found.iter().map(|record| record.id.clone()).collect::<Vec<_>>()
        };
        for query in ["7770005", "лабонова", "дарья"] {
            assert_eq!(ids(seek(&shelf, Kind::Patient, query).found), ["7h2k9m4qwe"], "{query}");
        }
        assert_eq!(ids(similar(&shelf, "Иная Анна", Some("+79167770005"))), ["7h2k9m4qwe"]);
    }

    #[test]
    fn a_whole_phone_is_one_number_however_it_is_spaced() {
        let mut shelf = Shelf::default();
        for at in 0..12 {
            // Each has the parts of the number that is looked for.
            let phone = format!("+790055510{at:02}");
            let values = Values::new().with("name", "Ёлкин Пётр").with("phone", phone.as_str());
            let values = values.with("passport", "4501050000");
            shelf.make(Kind::Patient, &format!("{at:02}2k9m4qwe"), values);
        }
        let mut ivan = Values::new().with("name", "Орлов Иван");
        ivan = ivan.with("phone", "+79005550105").with("passport", "4511223344");
        shelf.make(Kind::Patient, "zz2k9m4qwe", ivan);
        for query in [
            "9005550105",
            "900 555 01 05",
            "900 555-01-05",
            "(900) 555 01 05",
            "8 (900) 555-01-05",
            "8 900 555 01 05",
            "+7 900 555 01 05",
            "+7(900)555-01-05",
        ] {
            let found = seek(&shelf, Kind::Patient, query).found;
            let ids: Vec<&str> = found.iter().map(|record| record.id.as_str()).collect();
            assert_eq!(ids, ["zz2k9m4qwe"], "{query}");
        }
        // Two numbers in part are two numbers still.
        assert_eq!(seek(&shelf, Kind::Patient, "0105 9005").found.len(), 13);
    }

    #[test]
    fn similar_are_those_a_letter_away_a_part_short_or_with_the_phone() {
        let mut shelf = Shelf::default();
        for (id, name, phone) in [
            ("7h2k9m4qwe", "Лабанова Дарья", "+79160000001"),
            ("8h2k9m4qwe", "Лобанова Дарья Олеговна", "+79160000002"),
            ("9h2k9m4qwe", "Лобанова Мария Игоревна", "+79160000003"),
            ("ah2k9m4qwe", "Дарья", "+79160000004"),
        ] {
            let values = Values::new().with("name", name).with("phone", phone);
            shelf.make(Kind::Patient, id, values);
        }
        let found = |name: &str, phone: Option<&str>| {
            let found = similar(&shelf, name, phone).into_iter();
            found.map(|record| record.id[..1].to_owned()).collect::<String>()
        };
        assert_eq!(found("Лобанова Дарья Олеговна", None), "78");
        assert_eq!(found("Лабонова Дарья", None), "78");
        assert_eq!(found("Лабанова Дарья", Some("+79160000003")), "789");
        assert_eq!(found("Орлов Иван", Some("+79160000009")), "");
    }

    #[test]
    fn a_misheard_letter_finds_those_near_it() {
        let mut shelf = Shelf::default();
        shelf.make(Kind::Patient, "7h2k9m4qwe", Values::new().with("name", "Лабанова Дарья"));
        for (query, near) in [
            ("лобанова", true),
            ("лобан", true),
            ("лабонова дарья", true),
            ("лобанова мария", false),
            ("лан", false),
            ("иванова", false),
        ] {
            let sought = seek(&shelf, Kind::Patient, query);
            assert_eq!((sought.near, sought.found.len()), (near, near.into()), "{query}");
        }
        assert!(!seek(&shelf, Kind::Patient, "лабан").near);
        // Two vowels that sound alike are no letters apart.
        shelf.make(Kind::Patient, "8h2k9m4qwe", Values::new().with("name", "Лобанова Дарья"));
        let sought = seek(&shelf, Kind::Patient, "лабонова");
        assert!(sought.near && sought.found.len() == 2, "{sought:?}");
    }
}
