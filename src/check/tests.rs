//! Every rule: the smallest change that breaks it gives its finding and no other, the mended record
//! none, and no finding says who a patient is.

mod cases;

use std::collections::BTreeSet;
use std::rc::Rc;

use self::cases::CASES;
use super::*;
use crate::history::{Details, Event, Mark, What};
use crate::i18n::Lang;
use crate::model::record::Conflict;
use crate::model::request::Status;
use crate::model::value::{Value, Values};
use crate::testing::{Shelf, event, list, span, time};

const NAME: &str = "Тайнова Секретина";
const PASSPORT: &str = "4599887766";
const PHONE: &str = "+79995550123";
const ADDRESS: &str = "Потайной переулок, 7";
const NOTE: &str = "сказала шёпотом";
/// Parts of the above, which no finding may show.
const SECRETS: [&str; 7] = ["Тайнов", "Секрет", "4599", "7766", "5550123", "Потайн", "шёпот"];

const R: Kind = Kind::Request;
const P: Kind = Kind::Patient;
const PATIENT: &str = "7h2k9m4qwe";
const OTHER_PATIENT: &str = "8h2k9m4qwe";
const REQUEST: &str = "20261123-k7m2qx";
const LATER: &str = "20261123-p7m2qx";

/// A book in which nothing is wrong, until a test changes it.
struct World {
    shelf: Shelf,
    settings: Settings,
}

impl World {
    fn clean() -> World {
        let settings = Settings::initial(chrono_tz::Europe::Moscow, None, "key");
        let settings = Settings::parse(&settings).unwrap();
        let mut world = World { shelf: Shelf::default(), settings };
        let values = Values::new;
        world.make(Kind::Operator, "anna", values().with("name", NAME).with("role", "admin"));
        world.make(Kind::Specialty, "terapevt", values().with("title", "Терапевт"));
        let clinic = values()
            .with("name", "Поликлиника № 1")
            .with("address", ADDRESS)
            .with("phone", "+74950000001")
            .with("specialties", list(&["terapevt"]));
        world.make(Kind::Clinic, "poliklinika-1", clinic);
        world.make(Kind::Patient, PATIENT, patient());
        world.make(Kind::Request, REQUEST, request());
        let noted = event(1, What::Note(NOTE.to_owned()));
        world.edit(Kind::Request, REQUEST, |record| record.history.push(noted));
        world
    }

    /// Makes a record with the history that such values have.
    fn make(&mut self, kind: Kind, id: &str, values: Values) {
        self.shelf.make(kind, id, values);
    }

    /// Changes a record as a person with an editor would: the history stays.
    fn edit(&mut self, kind: Kind, id: &str, change: impl FnOnce(&mut Record)) {
        let record = self.shelf.0.get_mut(&(kind, id.to_owned())).unwrap();
        change(Rc::make_mut(record));
    }

    /// Changes a value, and the first event with it: as if it had always been so.
    fn put(&mut self, kind: Kind, id: &str, key: &'static str, value: Option<Value>) {
        self.edit(kind, id, |record| {
            let What::First { values, .. } = &mut record.history[0].what else { unreachable!() };
            values.put(key, value);
            record.values = history::fold(kind, &record.history).values;
        });
    }

    fn put_request(&mut self, key: &'static str, value: impl Into<Value>) {
        self.put(Kind::Request, REQUEST, key, Some(value.into()));
    }

    /// Appends an event, and makes the record what its history then adds up to.
    fn add(&mut self, kind: Kind, id: &str, event: Event) {
        self.edit(kind, id, |record| {
            record.history.push(event);
            let Folded { values, conflicts } = history::fold(kind, &record.history);
            (record.values, record.conflicts) = (values, conflicts);
        });
    }

    fn conflict(&mut self, kind: Kind, id: &str, key: &str, value: Option<Value>) {
        let (by, at) = (Some("anna".to_owned()), Some(time("23T10:05")));
        let conflict = Conflict { key: key.to_owned(), value, by, at };
        self.edit(kind, id, |record| record.conflicts.push(conflict));
    }

    fn faults(&self) -> Vec<(String, Fault)> {
        let scene = Scene::new(&self.shelf, &self.settings, time("23T12:00").to_utc());
        let found = |record: &Rc<Record>| {
            let found = faults(&scene, record, &|_| false);
            found.into_iter().map(|fault| (record.id.clone(), fault)).collect::<Vec<_>>()
        };
        self.shelf.0.values().flat_map(found).collect()
    }

    fn places(&self) -> Vec<(&'static str, String, Place)> {
        let place = |fault: &Fault| match fault.spot {
            Spot::Key(key) | Spot::Item(key, _) => Place::Key(key),
            Spot::Event(event) => Place::Event(event),
            Spot::File => Place::Whole,
        };
        let found = self.faults();
        found.iter().map(|(id, fault)| (fault.rule, id.clone(), place(fault))).collect()
    }
}

fn patient() -> Values {
    Values::new().with("name", NAME).with("passport", PASSPORT).with("phone", PHONE)
}

fn request() -> Values {
    Values::new()
        .with("patient", PATIENT)
        .with("clinic", "poliklinika-1")
        .with("specialty", "terapevt")
        .with("status", "created")
        .with("operator", "anna")
        .with("created", time("23T10:00"))
        .with("patient_ranges", span("25T09:00", "25T12:00"))
}

fn visit(at: &str) -> Values {
    request().with("status", "processed").with("appointment", time(at))
}

fn step(minutes: i64, from: Status, to: Status) -> Event {
    event(minutes, What::status(from, to, None, None))
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Key(&'static str),
    Event(usize),
    Whole,
}
use Place::Key;

#[test]
fn nothing_is_wrong_in_a_clean_book() {
    assert_eq!(World::clean().faults(), []);
}

#[test]
fn each_breach_is_found_once_and_a_mended_record_is_clean() {
    let mut wrong = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        let mut world = World::clean();
        (case.broken)(&mut world);
        let expected: Vec<_> =
            case.found.iter().map(|(id, place)| (case.rule, (*id).to_owned(), *place)).collect();
        let broken = world.places();
        (case.mended)(&mut world);
        let mended = world.places();
        if broken != expected || !mended.is_empty() {
            wrong.push((number, case.rule, broken, mended));
        }
    }
    assert!(wrong.is_empty(), "number, rule, found when broken, found when mended: {wrong:#?}");
}

#[test]
fn every_rule_about_records_has_a_case() {
    let judged = rules::ALL.iter().filter(|rule| matches!(rule.judge, Judge::Record { .. }));
    let judged: BTreeSet<_> = judged.map(|rule| rule.name).collect();
    assert_eq!(CASES.iter().map(|case| case.rule).collect::<BTreeSet<_>>(), judged);
}

#[test]
fn no_finding_says_who_a_patient_is() {
    for case in CASES {
        let mut world = World::clean();
        (case.broken)(&mut world);
        for (_, fault) in world.faults() {
            let texts = [Some(fault.message), fault.hint].into_iter().flatten();
            for text in texts.flat_map(|text| Lang::ALL.map(|lang| text.get(lang).to_owned())) {
                assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{text}");
                assert!(crate::words::text::is_clean_line(&text), "{text:?}");
                assert!(!text.is_empty() && !text.contains("{"), "{text}");
            }
        }
    }
}

#[test]
fn a_conflict_about_links_waits_and_breaks_none() {
    let mut world = World::clean();
    world.make(R, LATER, request());
    world.put_request("rescheduled_to", LATER);
    world.conflict(R, LATER, "rescheduled_from", Some(REQUEST.into()));
    let place = ("unresolved-conflict", LATER.to_owned(), Key("conflicts"));
    assert_eq!(world.places(), [place]);
}

#[test]
fn a_value_that_is_no_secret_is_shown() {
    let mut world = World::clean();
    world.conflict(R, REQUEST, "appointment", Some(time("25T11:30").into()));
    world.put_request("status", "craeted");
    let said: Vec<String> = world.faults().into_iter().map(|(_, f)| f.message.en).collect();
    assert_eq!(
        said,
        [
            "`status`: “craeted” can't be used; it takes one of: created, in-progress, processed, patient-refused.",
            "`appointment` is not settled; the other answer is 2026-11-25T11:30:00+03:00 (anna, 2026-11-23T10:05:00+03:00).",
        ]
    );
}

#[test]
fn hints_name_what_was_meant() {
    let hint = |key, value: &str| {
        let mut world = World::clean();
        world.put_request(key, value);
        world.faults().remove(0).1.hint.unwrap().en
    };
    let or_git = "Or take the removed record back from git.";
    assert_eq!(hint("specialty", "terapeft"), format!("Did you mean `terapevt`? {or_git}"));
    // Another number is another clinic, not a slip.
    let other = "Mend the id, or take the removed record back from git.";
    assert_eq!(hint("clinic", "poliklinika-7"), other);
    assert_eq!(hint("status", "обработана"), "Did you mean `processed`?");
    assert_eq!(hint("status", "in-progres"), "Did you mean `in-progress`?");
    assert_eq!(hint("status", "???"), "Mend the value of `status`.");
}

#[test]
fn a_history_that_was_not_read_in_full_accuses_no_key() {
    let mut world = World::clean();
    world.edit(R, REQUEST, |record| {
        record.values.put("status", Some("patient-refused".into()));
        record.values.put("patient_ranges", Some(span("25T09:00", "25T13:00")));
    });
    let record = world.shelf.get(R, REQUEST).unwrap();
    let scene = Scene::new(&world.shelf, &world.settings, time("23T12:00").to_utc());
    assert_eq!(faults(&scene, &record, &|_| false).len(), 2);
    assert_eq!(faults(&scene, &record, &|key| key == "history"), []);
    assert_eq!(faults(&scene, &record, &|key| key == "status").len(), 1);
}

#[test]
fn a_write_is_judged_by_the_errors_of_the_keys_it_changes() {
    let mut world = World::clean();
    world.put(P, PATIENT, "phone", None);
    world.put(P, PATIENT, "passport", Some("1".into()));
    let record = world.shelf.get(P, PATIENT).unwrap();
    let scene = Scene::new(&world.shelf, &world.settings, time("23T12:00").to_utc());
    let named = |changed: &[&str]| -> Vec<_> {
        errors_in(&scene, &record, Keys::of(P, changed.iter().copied()), None)
            .iter()
            .map(|fault| fault.rule)
            .collect()
    };
    assert_eq!(named(&["passport"]), ["missing-key", "bad-value"]);
    assert_eq!(named(&["history"]), [] as [&str; 0]);
}

/// What `check` finds once, at one of two records, refuses a write of either.
#[test]
fn many_written_at_once_are_judged_as_each_alone() {
    for (number, case) in CASES.iter().enumerate() {
        let mut world = World::clean();
        (case.broken)(&mut world);
        let scene = Scene::new(&world.shelf, &world.settings, time("23T12:00").to_utc());
        // Of each case some records, of some cases more than one thread judges.
        let count = if number % 16 == 0 { 1001 } else { world.shelf.0.len() };
        let records = world.shelf.0.values().cycle().take(count);
        let all: Vec<Written<'_>> = records
            .map(|record| Written { record, changed: Keys::all(record.kind), text: None })
            .collect();
        let each = all.iter().map(|w| errors_in(&scene, w.record, w.changed, w.text));
        assert_eq!(
            errors_of_all(&scene, &all),
            each.collect::<Vec<_>>(),
            "{number}: {}",
            case.rule
        );
    }
}

#[test]
fn a_write_of_the_older_of_two_is_judged_too() {
    let mut world = World::clean();
    world.make(P, OTHER_PATIENT, patient());
    world.make(R, LATER, request().with("rescheduled_from", REQUEST));
    world.put(R, REQUEST, "rescheduled_to", Some(REQUEST.into()));
    let scene = Scene::new(&world.shelf, &world.settings, time("23T12:00").to_utc());
    let refused = |kind, id, changed: &[&str]| -> Vec<_> {
        let record = world.shelf.get(kind, id).unwrap();
        errors_in(&scene, &record, Keys::of(kind, changed.iter().copied()), None)
            .iter()
            .map(|fault| fault.rule)
            .collect()
    };
    for id in [PATIENT, OTHER_PATIENT] {
        assert_eq!(refused(P, id, &["passport"]), ["duplicate-passport"]);
    }
    for (id, key) in [(REQUEST, "rescheduled_to"), (LATER, "rescheduled_from")] {
        assert_eq!(refused(R, id, &[key]), ["broken-link"]);
    }
}

/// A link that was cut in one file is one finding, at the half that is left.
#[test]
fn a_link_that_was_cut_is_one_finding() {
    let mut world = World::clean();
    world.make(R, LATER, request().with("rescheduled_from", REQUEST));
    world.put_request("rescheduled_to", LATER);
    assert_eq!(world.places(), []);
    world.edit(R, LATER, |record| record.values.put("rescheduled_from", None));
    let cut = [("broken-link", REQUEST.to_owned(), Key("rescheduled_to"))];
    assert_eq!(world.places(), cut);
    let hint = world.faults().remove(0).1.hint.unwrap().en;
    assert!(hint.contains("check --fix"), "{hint}");
    world.edit(R, LATER, |record| record.values.put("rescheduled_from", Some("x".into())));
    assert_eq!(world.places(), [("bad-value", LATER.to_owned(), Key("rescheduled_from"))]);
}

/// `check --fix` is not named for what no event can say: of a closed request the answer stands.
#[test]
fn an_edit_that_cannot_be_recorded_is_to_be_put_back() {
    let (seen, refused) = (Some(time("25T11:30")), Status::PatientRefused);
    let ranges = |from, to| Some(span(from, to));
    let offered = ranges("25T11:00", "25T12:00");
    let offer = offered.as_ref().and_then(Value::as_list).unwrap_or_default();
    let whats = [
        What::status(Status::Created, Status::InProgress, None, None),
        history::list_change("clinic_ranges", &[], offer).unwrap(),
        What::set("appointment", None, seen.map(Value::from)),
        What::status(Status::InProgress, refused, seen, None),
    ];
    let hint_after = |whats: &[What], change: &dyn Fn(&mut Values)| {
        let mut world = World::clean();
        for (minutes, what) in (2..).zip(whats) {
            world.add(R, REQUEST, event(minutes, what.clone()));
        }
        world.edit(R, REQUEST, |record| change(&mut record.values));
        let faults = world.faults().into_iter().map(|(_, fault)| fault);
        let found: Vec<_> = faults.filter(|fault| fault.rule == "unrecorded-edit").collect();
        assert_eq!(found.len(), 1);
        found[0].hint.as_ref().unwrap().en.clone()
    };
    let at = || Some(time("25T12:00").into());
    let closed = hint_after(&whats, &|values| values.put("appointment", at()));
    assert!(closed.starts_with("Put `appointment = 2026-11-25T11:30:00+03:00` back"), "{closed}");
    let closed = hint_after(&whats, &|values| values.put("clinic_ranges", None));
    assert!(closed.starts_with("Make `clinic_ranges` what it was"), "{closed}");
    let declined = [What::status(Status::Created, refused, None, None)];
    let closed = hint_after(&declined, &|values| values.put("appointment", at()));
    assert!(closed.starts_with("Take `appointment` out"), "{closed}");
    let wishes = ranges("25T11:00", "25T13:00");
    let open = hint_after(&whats[..2], &|values| values.put("patient_ranges", wishes.clone()));
    assert!(open.starts_with("Record it: `appt check --fix`"), "{open}");
}

/// A number that was changed in the file is the wrong one, though its record is the older.
#[test]
fn a_passport_changed_by_hand_is_the_one_to_mend() {
    let mut world = World::clean();
    world.make(P, OTHER_PATIENT, patient().with("passport", "4511000001"));
    world.edit(P, PATIENT, |record| record.values.put("passport", Some("4511000001".into())));
    let place = ("duplicate-passport", PATIENT.to_owned(), Key("passport"));
    assert_eq!(world.places(), [place]);
}

#[test]
fn the_lists_of_keys_follow_the_tables_of_fields() {
    let all = Kind::ALL.iter().flat_map(|kind| kind.fields());
    for field in all {
        assert!(keys::VALUES.contains(&field.key) && keys::ALL.contains(&field.key));
        assert!(!field.required() || keys::REQUIRED.contains(&field.key), "{}", field.key);
    }
    assert_eq!(keys::ALL[keys::VALUES.len()..], ["history", "conflicts"]);
    assert_eq!(
        keys::REFERENCES.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(),
        [
            "clinic",
            "history",
            "merged_into",
            "operator",
            "patient",
            "rescheduled_from",
            "rescheduled_to",
            "specialties",
            "specialty",
        ]
    );
}

/// Section 7 of `spec.md`, with what only `--since` judges.
const ERRORS: &str = "syntax unknown-key missing-key bad-value control-character misplaced-file \
    dangling-reference specialty-not-offered duplicate-passport range-order premature-outcome \
    processed-without-appointment history-mismatch illegal-transition broken-link \
    unresolved-conflict symlink oversized-file history-rewritten not-permitted";
const WARNINGS: &str = "outcome-missing unrecorded-edit appointment-outside-ranges double-booking \
    overdue future-event not-canonical world-readable record-removed";

#[test]
fn the_table_holds_the_rules_of_the_contract() {
    for (severity, names) in [(Severity::Error, ERRORS), (Severity::Warning, WARNINGS)] {
        let ours = rules::ALL.iter().filter(|rule| rule.severity == severity);
        let ours: Vec<_> = ours.map(|rule| rule.name).collect();
        assert_eq!(ours.len(), ours.iter().collect::<BTreeSet<_>>().len(), "a name stands twice");
        let theirs: BTreeSet<_> = names.split_whitespace().collect();
        assert_eq!(ours.into_iter().collect::<BTreeSet<_>>(), theirs);
    }
    assert!(rules::ALL.is_sorted_by_key(|rule| rule.severity), "errors stand before warnings");
}

#[test]
fn every_rule_explains_itself_in_both_languages() {
    for rule in rules::ALL {
        for (ru, en) in [rule.what, rule.why, rule.mend] {
            let is_russian = |text: &str| text.chars().any(|c| ('а'..='я').contains(&c));
            assert!(is_russian(ru) && !en.is_empty() && !is_russian(en), "{}: {ru}", rule.name);
            assert!([ru, en].iter().all(|text| text.ends_with('.')), "{}: {ru}", rule.name);
        }
        assert_ne!(rule.bad, rule.good, "{}", rule.name);
        assert!(rule.good.parse::<toml::Table>().is_ok(), "{}", rule.name);
        assert_eq!(rule.bad.parse::<toml::Table>().is_ok(), rule.name != "syntax", "{}", rule.name);
        assert_eq!(rules::named(rule.name).map(|found| found.name), Some(rule.name));
    }
}
