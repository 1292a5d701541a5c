//! How new records get their ids (`spec.md`, section 2).

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::format::layout;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::words::{base32, slug};

/// The first bits of a keyed hash.
fn hash(key: &str, message: &str) -> u64 {
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

/// Where a passport number leads.
pub enum Place {
    /// To the patient that has it.
    Held(std::rc::Rc<Record>),
    /// Nowhere: a new patient gets this id.
    Free(String),
}

/// The patient with a passport number, or the id that one would get: the hashed place, and all
/// patients where that holds another number or none.
pub fn patient(book: &dyn Book, key: &str, passport: &str) -> Place {
    let mut free = None;
    for counter in 0.. {
        let id = patient_place(key, passport, counter);
        match book.get(Kind::Patient, &id) {
            Some(record) if record.text("passport") == Some(passport) => {
                return Place::Held(book.patient(&id).unwrap_or(record));
            }
            Some(_) => {}
            None if book.has(Kind::Patient, &id) => {}
            None => {
                free = Some(id);
                break;
            }
        }
    }
    let elsewhere = book.all(Kind::Patient).into_iter().find(|record| {
        record.text("passport") == Some(passport) && record.text("merged_into").is_none()
    });
    match elsewhere {
        Some(record) => Place::Held(record),
        None => Place::Free(free.expect("the counter ends at a free place")),
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
    loop {
        let id = request_id(day, random());
        if !book.has(Kind::Request, &id) {
            return id;
        }
    }
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
    (2..).map(|n| format!("{base}-{n}")).find(free).expect("numbers don't end")
}

#[cfg(test)]
mod tests {
    use super::*;

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
