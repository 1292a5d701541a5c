//! Which record a typed name means: the order of the ways to name it, and what is ambiguous.

use proptest::prelude::*;

use super::*;
use crate::model::range::Instant;
use crate::model::value::Values;
use crate::testing::{Shelf, list, span, time};

const PASSPORT: &str = "4511223344";

fn settings() -> Settings {
    Settings::parse(&Settings::initial(chrono_tz::Europe::Moscow, None, "key")).unwrap()
}

fn request(shelf: &mut Shelf, id: &str, status: &str) {
    let created: Instant = time("23T10:00");
    let values = Values::new()
        .with("patient", patient_id())
        .with("clinic", "poliklinika-1")
        .with("specialty", "terapevt")
        .with("status", status)
        .with("operator", "anna")
        .with("created", created)
        .with("patient_ranges", span("25T09:00", "25T12:00"));
    shelf.make(Kind::Request, id, values);
}

fn patient_id() -> String {
    identify::patient_place("key", PASSPORT, 0)
}

fn shelf() -> Shelf {
    let mut shelf = Shelf::default();
    let values = Values::new;
    for (id, title, aliases) in [
        ("lor", "Оториноларинголог", &["лор", "Ухо-горло-нос"][..]),
        ("okulist", "Офтальмолог", &["окулист"]),
        ("terapevt", "Терапевт", &[]),
    ] {
        let specialty = values().with("title", title).with("aliases", list(aliases));
        shelf.make(Kind::Specialty, id, specialty);
    }
    for (id, name) in [
        ("poliklinika-1", "Поликлиника № 1"),
        ("poliklinika-10", "Поликлиника № 10"),
        ("gkb", "ГКБ им. Ёлкина"),
        ("alfa", "gkb"),
        ("beta", "Бета"),
        ("beta-2", "бета"),
    ] {
        shelf.make(Kind::Clinic, id, values().with("name", name));
    }
    let patient = values().with("name", "Щукин Пётр Фёдорович").with("passport", PASSPORT);
    shelf.make(Kind::Patient, &patient_id(), patient);
    shelf
}

fn found(shelf: &Shelf, kind: Kind, typed: &str) -> String {
    match resolve(shelf, &settings(), kind, typed) {
        Ok(record) => record.id.clone(),
        Err(error) => {
            assert_eq!(error.code.exit(), 4);
            assert!(error.hint.is_some());
            error.code.name().to_owned()
        }
    }
}

#[test]
fn a_clinic_or_specialty_has_many_names() {
    let shelf = shelf();
    for (kind, typed, id) in [
        (Kind::Specialty, "lor", "lor"),
        (Kind::Specialty, " ЛОР ", "lor"),
        (Kind::Specialty, "ухо горло нос", "lor"),
        (Kind::Specialty, "оториноларинголог", "lor"),
        (Kind::Specialty, "t", "terapevt"),
        (Kind::Specialty, "TERA", "terapevt"),
        (Kind::Specialty, "еукф", "terapevt"),
        (Kind::Specialty, "jrekbcn", "okulist"),
        (Kind::Specialty, "терап", "not-found"),
        (Kind::Specialty, "", "not-found"),
        (Kind::Clinic, "ПОЛИКЛИНИКА №1", "poliklinika-1"),
        (Kind::Clinic, "гкб им елкина", "gkb"),
        (Kind::Clinic, "p", "ambiguous"),
        (Kind::Clinic, "poliklinika-1", "poliklinika-1"),
        (Kind::Clinic, "POLIKLINIKA-1", "poliklinika-1"),
        (Kind::Clinic, "зщдшлдштшлф-1", "poliklinika-1"),
        (Kind::Clinic, "gjkbrkbybrf # 10", "poliklinika-10"),
    ] {
        assert_eq!(found(&shelf, kind, typed), id, "{typed}");
    }
}

#[test]
fn an_exact_id_goes_before_a_name_and_a_name_before_a_beginning() {
    let shelf = shelf();
    assert_eq!(found(&shelf, Kind::Clinic, "gkb"), "gkb");
    assert_eq!(found(&shelf, Kind::Clinic, "beta"), "beta");
    assert_eq!(found(&shelf, Kind::Clinic, "Бета"), "ambiguous");
    assert_eq!(found(&shelf, Kind::Clinic, "bet"), "ambiguous");
    assert_eq!(found(&shelf, Kind::Clinic, "al"), "alfa");
}

#[test]
fn what_is_like_a_name_is_offered() {
    let error = resolve(&shelf(), &settings(), Kind::Specialty, "терапефт").unwrap_err();
    assert_eq!(error.rule, Some("no-such-record"));
    assert_eq!(error.message.ru, "Нет специальности «терапефт».");
    assert_eq!(error.message.en, "No specialty “терапефт”.");
    assert_eq!(error.hint.unwrap().ru, "Возможно, «Терапевт» (terapevt).");
    let error = resolve(&shelf(), &settings(), Kind::Request, "k7z").unwrap_err();
    assert_eq!(error.hint.unwrap().ru, "Список: `appt request list`.");
}

#[test]
fn a_patient_is_named_by_the_passport_or_a_beginning() {
    let mut shelf = shelf();
    let id = patient_id();
    let typed = ["4511 223344", "45 11 № 223344", &id, &id[..1], &id.to_uppercase()];
    for typed in typed {
        assert_eq!(found(&shelf, Kind::Patient, typed), id, "{typed}");
    }
    assert_eq!(found(&shelf, Kind::Patient, "4511 223345"), "not-found");
    assert_eq!(found(&shelf, Kind::Patient, "Щукин"), "not-found");
    let near = format!("{}zzz", &id[..7]);
    shelf.make(Kind::Patient, &near, Values::new().with("passport", "1"));
    assert_eq!(found(&shelf, Kind::Patient, &id[..7]), "ambiguous");
    assert_eq!(found(&shelf, Kind::Patient, &id[..8]), id);
}

#[test]
fn a_request_is_named_by_three_characters_or_more() {
    let mut shelf = shelf();
    request(&mut shelf, "20261123-k7m2qx", "created");
    request(&mut shelf, "20261124-101abc", "created");
    for (typed, id) in [
        ("20261123-k7m2qx", "20261123-k7m2qx"),
        ("20261123-K7M2QX", "20261123-k7m2qx"),
        ("k7m2qx", "20261123-k7m2qx"),
        ("K7m", "20261123-k7m2qx"),
        ("k7", "not-found"),
        ("7m2", "not-found"),
        ("20261123-k", "20261123-k7m2qx"),
        ("20261123", "20261123-k7m2qx"),
        ("2026112", "ambiguous"),
        ("20", "ambiguous"),
        ("lol", "20261124-101abc"),
        ("IOI", "20261124-101abc"),
        ("20261124-lolabc", "20261124-101abc"),
        ("л7ь", "20261123-k7m2qx"),
        ("Л7Ь2ЙЧ", "20261123-k7m2qx"),
        ("k7m2qxx", "not-found"),
        ("", "not-found"),
    ] {
        assert_eq!(found(&shelf, Kind::Request, typed), id, "{typed}");
    }
}

#[test]
fn open_requests_go_before_closed_ones() {
    let mut shelf = shelf();
    request(&mut shelf, "20261120-k7maaa", "processed");
    request(&mut shelf, "20261121-k7mbbb", "patient-refused");
    assert_eq!(found(&shelf, Kind::Request, "k7m"), "ambiguous");
    request(&mut shelf, "20261122-k7mccc", "in-progress");
    assert_eq!(found(&shelf, Kind::Request, "k7m"), "20261122-k7mccc");
    assert_eq!(found(&shelf, Kind::Request, "k7ma"), "20261120-k7maaa");
    request(&mut shelf, "20261123-k7mddd", "created");
    assert_eq!(found(&shelf, Kind::Request, "k7m"), "ambiguous");
}

#[test]
fn an_ambiguous_name_lists_what_it_fits() {
    let mut shelf = shelf();
    request(&mut shelf, "20261120-k7maaa", "created");
    request(&mut shelf, "20261121-k7mbbb", "created");
    request(&mut shelf, "20261122-k7mbbb", "created");
    let error = resolve(&shelf, &settings(), Kind::Request, "k7m").unwrap_err();
    assert_eq!(
        error.message.ru,
        "По «k7m» подходят заявки: k7maaa (Щукин П. Ф.), 20261121-k7mbbb (Щукин П. Ф.), 20261122-k7mbbb (Щукин П. Ф.)."
    );
    assert_eq!(error.hint.unwrap().en, "Type more of it.");
    let error = resolve(&shelf, &settings(), Kind::Clinic, "polik").unwrap_err();
    assert_eq!(
        error.message.en,
        "“polik” fits several clinics: poliklinika-1 (Поликлиника № 1), poliklinika-10 (Поликлиника № 10)."
    );
}

#[test]
fn a_part_that_looks_like_a_year_is_a_part() {
    let mut shelf = shelf();
    request(&mut shelf, "20261120-202abc", "created");
    request(&mut shelf, "20261121-k7mbbb", "created");
    assert_eq!(found(&shelf, Kind::Request, "202"), "20261120-202abc");
}

/// Generated ids over few letters, so that beginnings coincide; no two requests with one random part.
fn ids() -> impl Strategy<Value = (Kind, Vec<String>)> {
    let part = prop_oneof!["[02k]{6}", "k7m2q[0-9]", "2026[01]{2}"];
    let parts = prop::collection::btree_map(part, ("2[0-5]", "[0k]{4}"), 1..30);
    (prop_oneof![Just(Kind::Patient), Just(Kind::Request)], parts).prop_map(|(kind, parts)| {
        let id = |(part, (day, rest)): (String, (String, String))| match kind {
            Kind::Request => format!("202611{day}-{part}"),
            _ => format!("{part}{rest}"),
        };
        (kind, parts.into_iter().map(id).collect())
    })
}

proptest! {
    #[test]
    fn the_shortest_beginning_is_unique_and_no_shorter_one_is((kind, ids) in ids()) {
        let fits = |typed: &str| ids.iter().filter(|id| life::short(id).starts_with(typed)).count();
        let mut shelf = Shelf::default();
        for id in &ids {
            match kind {
                Kind::Request => request(&mut shelf, id, "created"),
                _ => shelf.make(kind, id, Values::new().with("name", "Щукин Пётр")),
            }
        }
        let shortest = Shortest::new(&shelf, kind);
        for id in &ids {
            let (part, shown) = (life::short(id), shortest.of(id));
            prop_assert!(shown.len() >= SHORTEST && part.starts_with(shown));
            prop_assert_eq!(fits(shown), 1);
            prop_assert!((SHORTEST..shown.len()).all(|shorter| fits(&part[..shorter]) > 1));
            prop_assert_eq!(&found(&shelf, kind, shown), id);
        }
    }
}
