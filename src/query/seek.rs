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
    /// The records: patients and others by name, requests by urgency. A patient who was merged into
    /// another is left out.
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

/// Searches for just these words.
pub fn seek_exactly(book: &dyn Book, kind: Kind, query: &str) -> Vec<Rc<Record>> {
    let mut found = book.sift(kind, &filter::sieve(Some(query)));
    found.retain(|record| {
        record.text("merged_into").is_none() && filter::found(book, record, query)
    });
    match kind {
        Kind::Request => found.sort_by_cached_key(|record| filter::urgency(record)),
        _ => found.sort_by_cached_key(|record| search::key(record.title())),
    }
    found
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
    }
}
