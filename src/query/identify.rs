//! How new records get their ids (`spec.md`, section 2).

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::format::layout;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::say;
use crate::words::{base32, slug};

/// The first bits of a keyed hash.
pub fn hash(key: &str, message: &str) -> u64 {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(message.as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

/// The place of a passport number: the first 50 bits of its keyed hash with a counter.
pub fn patient_place(key: &str, passport: &str, counter: u32) -> String {
    let bits = 5 * layout::PATIENT_ID as u32;
    base32::encode(hash(key, &format!("{passport}/{counter}")) >> (64 - bits), layout::PATIENT_ID)
}

/// How many places are tried: so many are only taken where nothing there can be read.
const PLACES: u32 = 64;
/// How many slugs are tried.
const MOST: u32 = 10_000;

fn no_place() -> Error {
    Error::store(
        "symlink",
        say!(
            "В папку пациентов нельзя записать: в ней ссылки или чужие файлы.",
            "The patients' folder can't be written to: it holds links or strange files."
        ),
    )
    .hint(say!("Что исправить, покажет `appt check`.", "`appt check` shows what to mend."))
}

/// Where a passport number leads.
pub enum Place {
    /// To the patient that has it.
    Held(std::rc::Rc<Record>),
    /// Nowhere: a new patient gets this id.
    Free(String),
}

/// The patient with a passport number, or the id that one would get: the hashed place, and all
/// patients where that holds another number or none.
///
/// # Errors
/// `store` where a file at the hashed place can't be read: it may hold this very patient, and a
/// second one must not be made.
pub fn patient(book: &dyn Book, key: &str, passport: &str) -> Result<Place> {
    let mut free = None;
    let mut unread = None;
    for counter in 0..PLACES {
        let id = patient_place(key, passport, counter);
        match book.get(Kind::Patient, &id) {
            Some(record) if record.text("passport") == Some(passport) => {
                return Ok(Place::Held(book.patient(&id).unwrap_or(record)));
            }
            Some(_) => {}
            None if book.has(Kind::Patient, &id) => {
                unread = unread.or_else(|| book.unread(Kind::Patient, &id));
            }
            None => {
                free = Some(id);
                break;
            }
        }
    }
    let elsewhere = book.patients_with(passport);
    let live = elsewhere.iter().find(|record| record.text("merged_into").is_none());
    match (live.or(elsewhere.first()), unread) {
        (Some(record), _) => {
            Ok(Place::Held(book.patient(&record.id).unwrap_or_else(|| record.clone())))
        }
        (None, Some(error)) => Err(error),
        (None, None) => free.map(Place::Free).ok_or_else(no_place),
    }
}

/// A new request's id: the day in the store's zone and a random part.
pub fn request(
    book: &dyn Book,
    now: DateTime<Utc>,
    zone: Tz,
    mut random: impl FnMut() -> u64,
) -> String {
    let day = now.with_timezone(&zone).date_naive();
    let mut id = request_id(day, random());
    for _ in 0..PLACES {
        if !book.has(Kind::Request, &id) {
            break;
        }
        id = request_id(day, random());
    }
    id
}

/// An imported request's id: its day and a keyed hash of its old key, so that two clones agree.
pub fn imported_request(key: &str, day: NaiveDate, source: &str) -> String {
    request_id(day, hash(key, source) >> (64 - 5 * layout::REQUEST_PART as u32))
}

fn request_id(day: NaiveDate, bits: u64) -> String {
    format!("{}-{}", day.format("%Y%m%d"), base32::encode(bits, layout::REQUEST_PART))
}

/// A slug for a title that no record of the kind has: `poliklinika-1`, then `poliklinika-1-2`.
pub fn slug(book: &dyn Book, kind: Kind, title: &str) -> String {
    let base = slug::slug(title);
    let free = |id: &String| !book.has(kind, id);
    if free(&base) {
        return base;
    }
    // Where every place is taken (a folder that is a link), the write says so of the first.
    (2..MOST).map(|n| format!("{base}-{n}")).find(free).unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::{Value, Values};
    use crate::testing::Shelf;

    #[test]
    fn a_place_needs_the_key_and_depends_on_all_of_the_number() {
        let place = patient_place("key", "4511223344", 0);
        assert!(layout::is_id(Kind::Patient, &place));
        assert_eq!(place, patient_place("key", "4511223344", 0));
        for (key, passport, counter) in
            [("other", "4511223344", 0), ("key", "4511223345", 0), ("key", "4511223344", 1)]
        {
            assert_ne!(place, patient_place(key, passport, counter));
        }
        insta::assert_snapshot!(place, @"yam0p8zyfy");
    }

    const PASSPORT: &str = "4511223344";

    fn place(counter: u32) -> String {
        patient_place("key", PASSPORT, counter)
    }

    fn put(shelf: &mut Shelf, id: &str, passport: &str, merged_into: Option<&str>) {
        let mut values = Values::new().with("name", "Щукин Пётр").with("passport", passport);
        values.put("merged_into", merged_into.map(Value::from));
        shelf.make(Kind::Patient, id, values);
    }

    /// The id that a passport number leads to, and whether somebody has it.
    fn leads(book: &dyn Book) -> (String, bool) {
        match patient(book, "key", PASSPORT).unwrap() {
            Place::Held(record) => (record.id.clone(), true),
            Place::Free(id) => (id, false),
        }
    }

    #[test]
    fn a_new_passport_gets_the_first_place_that_no_other_number_holds() {
        let mut shelf = Shelf::default();
        assert_eq!(leads(&shelf), (place(0), false));
        put(&mut shelf, &place(0), "4511000000", None);
        assert_eq!(leads(&shelf), (place(1), false));
        put(&mut shelf, &place(1), "4511000001", None);
        assert_eq!(leads(&shelf), (place(2), false));
        put(&mut shelf, &place(2), PASSPORT, None);
        assert_eq!(leads(&shelf), (place(2), true));
    }

    #[test]
    fn a_place_with_an_unreadable_file_is_held() {
        struct Unreadable(Shelf);
        impl Book for Unreadable {
            fn get(&self, kind: Kind, id: &str) -> Option<std::rc::Rc<Record>> {
                self.0.get(kind, id)
            }
            fn ids(&self, kind: Kind) -> std::rc::Rc<Vec<String>> {
                self.0.ids(kind)
            }
            fn has(&self, _: Kind, id: &str) -> bool {
                id == place(0)
            }
        }
        assert_eq!(leads(&Unreadable(Shelf::default())), (place(1), false));
    }

    #[test]
    fn a_patient_whose_number_was_changed_is_found_by_search() {
        for held in [false, true] {
            let mut shelf = Shelf::default();
            put(&mut shelf, "7h2k9m4qwe", PASSPORT, None);
            if held {
                put(&mut shelf, &place(0), "4511000000", None);
            }
            assert_eq!(leads(&shelf), ("7h2k9m4qwe".to_owned(), true));
        }
    }

    #[test]
    fn a_merged_patient_leads_to_the_one_that_stays() {
        let mut shelf = Shelf::default();
        put(&mut shelf, "7h2k9m4qwe", "4511000000", None);
        put(&mut shelf, &place(0), PASSPORT, Some("7h2k9m4qwe"));
        assert_eq!(leads(&shelf), ("7h2k9m4qwe".to_owned(), true));
        let mut changed_before = Shelf::default();
        put(&mut changed_before, "7h2k9m4qwe", "4511000000", None);
        put(&mut changed_before, "8h2k9m4qwe", PASSPORT, Some("7h2k9m4qwe"));
        assert_eq!(leads(&changed_before), ("7h2k9m4qwe".to_owned(), true));
        put(&mut changed_before, "9h2k9m4qwe", PASSPORT, None);
        assert_eq!(leads(&changed_before), ("9h2k9m4qwe".to_owned(), true));
    }

    #[test]
    fn a_new_request_has_the_day_of_the_store_s_zone_and_an_id_of_its_own() {
        let now = DateTime::parse_from_rfc3339("2026-11-23T22:30:00Z").unwrap().to_utc();
        let zone = chrono_tz::Europe::Moscow;
        let mut shelf = Shelf::default();
        let id = request(&shelf, now, zone, || 1);
        assert_eq!(id, "20261124-000001");
        shelf.make(Kind::Request, &id, Values::new().with("status", "created"));
        let mut random = 0;
        let next = request(&shelf, now, zone, || {
            random += 1;
            random
        });
        assert_eq!(next, "20261124-000002");
    }

    #[test]
    fn a_slug_that_is_taken_gets_a_number() {
        let mut shelf = Shelf::default();
        for id in ["poliklinika-1", "poliklinika-1-2", "poliklinika-1-3"] {
            assert_eq!(slug(&shelf, Kind::Clinic, "Поликлиника № 1"), id);
            shelf.make(Kind::Clinic, id, Values::new().with("name", "Поликлиника № 1"));
        }
        assert_eq!(slug(&shelf, Kind::Operator, "Поликлиника № 1"), "poliklinika-1");
    }

    #[test]
    fn an_imported_request_has_one_id_everywhere() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let id = imported_request("key", day, "orders.order:681");
        assert!(layout::is_id(Kind::Request, &id));
        assert_eq!(id, imported_request("key", day, "orders.order:681"));
        assert_ne!(id, imported_request("key", day, "orders.order:682"));
        assert_ne!(id, imported_request("yek", day, "orders.order:681"));
    }
}
