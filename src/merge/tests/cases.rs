//! Two hands on one thing, one case each: what becomes of it, and that the mirror image, and the
//! other order in time where it matters, come out as they should.

use std::rc::Rc;

use chrono::TimeDelta;
use insta::assert_snapshot;

use super::play::{Clone, PATIENTS, REQUESTS, create, merged, request};
use crate::error::Result;
use crate::format::layout;
use crate::history::{self, Details, Mark, What};
use crate::life::settle::{self, Change};
use crate::life::{Acting, Whose};
use crate::merge::{Merged, Tree, Unmergeable, texts, trees};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::{Request, Status, Step};
use crate::model::value::Values;
use crate::store::seal::Edit;
use crate::testing::{Shelf, range, time};

const R: Kind = Kind::Request;
const P: Kind = Kind::Patient;
const ID: &str = REQUESTS[0];
const NEXT: [&str; 2] = ["20261123-aaaaaa", "20261123-bbbbbb"];

/// A store, and what two operators make of it.
struct Two {
    base: Tree,
    boris: Clone,
    clara: Clone,
}

impl Two {
    fn new() -> Two {
        Two::after(|_| {})
    }

    /// Two clones of a store to which this was done.
    fn after(before: impl FnOnce(&mut Clone)) -> Two {
        let mut first = Clone::first();
        first.now += TimeDelta::minutes(1);
        before(&mut first);
        let clone = |by, minutes| {
            let now = first.now + TimeDelta::minutes(minutes);
            Clone { by, now, ..first.clone() }
        };
        let (boris, clara) = (clone("boris", 10), clone("clara", 20));
        Two { base: first.files, boris, clara }
    }

    /// The same with the clocks the other way round.
    fn swapped(mut self) -> Two {
        std::mem::swap(&mut self.boris.now, &mut self.clara.now);
        self
    }

    /// What both have after they met; it is the same from either side.
    fn meet(&self) -> Tree {
        let tree = merged(&self.base, &self.boris.files, &self.clara.files);
        assert_eq!(tree, merged(&self.base, &self.clara.files, &self.boris.files));
        tree
    }

    /// A record's file after that, without its history.
    fn head(&self, kind: Kind, id: &str) -> String {
        head(&self.meet(), kind, id)
    }
}

fn head(tree: &Tree, kind: Kind, id: &str) -> String {
    let text = tree.get(&layout::path(kind, id)).map_or("nothing\n", String::as_str);
    let head = text.split("\nhistory = ").next().unwrap_or_default();
    head.replace("\n\n", "\n")
}

/// A change of the request, as a command makes it.
fn act(clone: &mut Clone, deed: impl FnOnce(&Acting<'_>, &Record) -> Result<Vec<What>>) {
    let record = clone.record(R, ID).unwrap();
    let shelf = Shelf::default();
    let acting =
        Acting { book: &shelf, by: clone.by, now: clone.now, take_over: true, anyway: true };
    let whats = deed(&acting, &record).unwrap();
    clone.write(vec![Edit::change(&record, whats)]);
    clone.now += TimeDelta::minutes(1);
}

fn step(clone: &mut Clone, to: Status) {
    act(clone, |acting, record| acting.set_status(record, to, None));
}

fn book(clone: &mut Clone, at: &str) {
    act(clone, |acting, record| acting.set_appointment(record, Some(time(at))));
}

fn phone(clone: &mut Clone, phone: &str) {
    let record = clone.record(P, PATIENTS[0]).unwrap();
    let what = What::set("phone", record.values.get("phone"), Some(phone.into()));
    clone.write(vec![Edit::change(&record, vec![what])]);
    clone.now += TimeDelta::minutes(1);
}

fn reschedule(clone: &mut Clone, id: &str) {
    let record = clone.record(R, ID).unwrap();
    let shelf = Shelf::default();
    let acting =
        Acting { book: &shelf, by: clone.by, now: clone.now, take_over: true, anyway: true };
    let whats = acting.make_way(&record, id, None).unwrap();
    let values = request(clone.by, PATIENTS[0], 0).with("rescheduled_from", ID);
    clone.write(vec![Edit::change(&record, whats), create(R, id, values, Vec::new())]);
}

fn patient(passport: &str, phone: &str) -> Values {
    let values = Values::new().with("name", "Лабанова Ольга").with("passport", passport);
    values.with("phone", phone)
}

fn in_progress(clone: &mut Clone) {
    step(clone, Status::InProgress);
}

#[test]
fn both_claim_one_request() {
    let mut two = Two::new();
    step(&mut two.boris, Status::InProgress);
    step(&mut two.clara, Status::InProgress);
    assert_snapshot!(two.head(R, ID), @r#"
    patient = "7h2k9m4qwe"
    clinic = "poliklinika-1"
    specialty = "terapevt"
    status = "in-progress"
    operator = "clara"
    created = 2026-11-23T10:00:00+03:00
    patient_ranges = [
        { start = 2026-11-25T08:00:00+03:00, end = 2026-11-25T09:00:00+03:00 },
        { start = 2026-11-25T13:00:00+03:00, end = 2026-11-25T14:00:00+03:00 },
    ]
    conflicts = [
        { key = "operator", value = "boris", by = "boris", at = 2026-11-23T10:11:00.001+03:00 },
    ]
    "#);
}

#[test]
fn one_books_and_the_other_records_a_refusal_later() {
    let mut two = Two::after(in_progress);
    book(&mut two.boris, "25T08:30");
    step(&mut two.clara, Status::PatientRefused);
    assert_snapshot!(two.head(R, ID), @r#"
    patient = "7h2k9m4qwe"
    clinic = "poliklinika-1"
    specialty = "terapevt"
    status = "patient-refused"
    operator = "boris"
    created = 2026-11-23T10:00:00+03:00
    appointment = 2026-11-25T08:30:00+03:00
    patient_ranges = [
        { start = 2026-11-25T08:00:00+03:00, end = 2026-11-25T09:00:00+03:00 },
        { start = 2026-11-25T13:00:00+03:00, end = 2026-11-25T14:00:00+03:00 },
    ]
    conflicts = [
        { key = "appointment", value = 2026-11-25T08:30:00+03:00, by = "boris", at = 2026-11-23T10:12:00.002+03:00 },
    ]
    "#);
}

#[test]
fn one_books_after_the_other_recorded_a_refusal() {
    let mut two = Two::after(in_progress).swapped();
    book(&mut two.boris, "25T08:30");
    step(&mut two.clara, Status::PatientRefused);
    assert_snapshot!(two.head(R, ID), @r#"
    patient = "7h2k9m4qwe"
    clinic = "poliklinika-1"
    specialty = "terapevt"
    status = "patient-refused"
    operator = "boris"
    created = 2026-11-23T10:00:00+03:00
    patient_ranges = [
        { start = 2026-11-25T08:00:00+03:00, end = 2026-11-25T09:00:00+03:00 },
        { start = 2026-11-25T13:00:00+03:00, end = 2026-11-25T14:00:00+03:00 },
    ]
    conflicts = [
        { key = "appointment", value = 2026-11-25T08:30:00+03:00, by = "boris", at = 2026-11-23T10:22:00.002+03:00 },
    ]
    "#);
}

/// Settles a key of the request by the way of this number, as `resolve` does.
fn decide(clone: &mut Clone, key: &str, number: usize) {
    let (record, shelf) = (Rc::new(clone.record(R, ID).unwrap()), Shelf::default());
    let points = settle::points(&record);
    let point = points.iter().find(|point| point.key == key).unwrap();
    let way = &point.ways[number - 1];
    let settling = settle::settle(&shelf, clone.by, &record, key, way).unwrap();
    let edits = settling.changes.into_iter().map(|change| match change {
        Change::Whats(record, whats) => Edit::change(&record, whats),
        _ => panic!("no such change here"),
    });
    clone.write(edits.collect());
    clone.now += TimeDelta::minutes(1);
}

/// The status, the visit and the alternatives of the request after two met.
fn outcome(two: &Two) -> (String, bool, Vec<String>) {
    let head = two.head(R, ID);
    let status = head.lines().find_map(|line| line.strip_prefix("status = ")).unwrap();
    let open = head.lines().filter_map(|line| line.trim().strip_prefix("{ key = "));
    let open = open.map(|line| line.split(", at").next().unwrap().replace('"', ""));
    (status.replace('"', ""), head.contains("\nappointment = "), open.collect())
}

fn booked(clone: &mut Clone) {
    in_progress(clone);
    book(clone, "25T08:30");
}

fn refuse(clone: &mut Clone) {
    act(clone, |acting, record| acting.refuse(record, Some("передумал".to_owned())));
}

fn tell_clinic(clone: &mut Clone) {
    act(clone, |acting, record| acting.clinic_told(record));
}

fn reopen(clone: &mut Clone) {
    act(clone, |acting, record| acting.reopen(record, "ошибка".to_owned()));
}

/// A visit that the clinic struck out does not come back in silence, whoever was first.
#[test]
fn one_tells_the_clinic_that_a_visit_is_off_and_the_other_takes_it_up_again() {
    let refused = |clone: &mut Clone| {
        booked(clone);
        refuse(clone);
    };
    for is_told_first in [true, false] {
        let mut two = Two::after(refused);
        two = if is_told_first { two } else { two.swapped() };
        tell_clinic(&mut two.boris);
        reopen(&mut two.clara);
        let (status, open) = match is_told_first {
            true => ("patient-refused", "status, value = in-progress, by = clara"),
            false => ("in-progress", "appointment, by = boris"),
        };
        assert_eq!(outcome(&two), (status.to_owned(), true, vec![open.to_owned()]));
    }
    // Who knows that the visit is off takes the request up without it.
    let mut two = Two::after(refused);
    tell_clinic(&mut two.boris);
    reopen(&mut two.boris);
    assert_eq!(outcome(&two), ("in-progress".to_owned(), false, vec![]));
}

/// What is reopened is what its author saw closed.
#[test]
fn a_refusal_is_not_reopened_by_who_has_not_seen_it() {
    let mut two = Two::after(|clone| {
        booked(clone);
        step(clone, Status::Processed);
    });
    refuse(&mut two.boris);
    reopen(&mut two.clara);
    let open = vec!["status, value = in-progress, by = clara".to_owned()];
    assert_eq!(outcome(&two), ("patient-refused".to_owned(), true, open));
    refuse(&mut two.clara);
    assert_eq!(outcome(&two).0, "patient-refused");
}

/// Two refusals, of which the clinic heard, and one taken back: whoever decides can decide either way,
/// and nobody calls the clinic again.
#[test]
fn what_two_refused_and_one_reopened_can_be_settled_either_way() {
    let processed = |clone: &mut Clone| {
        booked(clone);
        step(clone, Status::Processed);
    };
    for (number, status) in [(1, "patient-refused"), (2, "in-progress")] {
        let mut two = Two::after(processed);
        refuse(&mut two.boris);
        tell_clinic(&mut two.boris);
        refuse(&mut two.clara);
        reopen(&mut two.clara);
        two.clara.files = two.meet();
        two.clara.now += TimeDelta::minutes(60);
        let record = two.clara.record(R, ID).unwrap();
        assert_eq!(Request::of(&record).unwrap().next(), Step::None, "the clinic knows");
        decide(&mut two.clara, "status", number);
        let record = two.clara.record(R, ID).unwrap();
        assert_eq!((record.text("status"), record.conflicts.len()), (Some(status), 0));
        assert_eq!(record.instant("appointment").is_none(), number == 2, "it is off at the clinic");
    }
}

/// Off or not, with the clinic told or not: two who decide it apart hear of each other.
#[test]
fn two_decide_apart_whether_a_visit_stands() {
    const OFF: usize = 1;
    const STANDS: usize = 2;
    const TOLD: usize = 3;
    for (boris, clara) in [(OFF, STANDS), (STANDS, OFF), (TOLD, STANDS), (STANDS, TOLD)] {
        let mut first = Two::after(in_progress);
        book(&mut first.boris, "25T08:30");
        refuse(&mut first.clara);
        let base = first.meet();
        let clone = |clone: Clone, minutes| {
            let now = clone.now + TimeDelta::minutes(minutes);
            Clone { files: base.clone(), now, ..clone }
        };
        let (boris_s, clara_s) = (clone(first.boris, 30), clone(first.clara, 60));
        let mut two = Two { base: base.clone(), boris: boris_s, clara: clara_s };
        decide(&mut two.boris, "appointment", boris);
        decide(&mut two.clara, "appointment", clara);
        let (status, _, open) = outcome(&two);
        let other = if status == "in-progress" { "patient-refused" } else { "in-progress" };
        let said = format!("status, value = {other}, by = ");
        assert!(
            open.iter().any(|one| one.starts_with(&said)),
            "{boris} {clara}: {status} {open:?}"
        );
    }
}

#[test]
fn both_reschedule() {
    let mut two = Two::after(in_progress);
    reschedule(&mut two.boris, NEXT[0]);
    reschedule(&mut two.clara, NEXT[1]);
    assert_snapshot!(two.head(R, ID), @r#"
    patient = "7h2k9m4qwe"
    clinic = "poliklinika-1"
    specialty = "terapevt"
    status = "patient-refused"
    operator = "clara"
    created = 2026-11-23T10:00:00+03:00
    patient_ranges = [
        { start = 2026-11-25T08:00:00+03:00, end = 2026-11-25T09:00:00+03:00 },
        { start = 2026-11-25T13:00:00+03:00, end = 2026-11-25T14:00:00+03:00 },
    ]
    rescheduled_to = "20261123-bbbbbb"
    conflicts = [
        { key = "operator", value = "boris", by = "boris", at = 2026-11-23T10:12:00.001+03:00 },
        { key = "rescheduled_to", value = "20261123-aaaaaa", by = "boris", at = 2026-11-23T10:12:00.003+03:00 },
    ]
    "#);
    let tree = two.meet();
    for id in NEXT {
        assert!(head(&tree, R, id).contains("rescheduled_from"));
    }
}

#[test]
fn ranges_are_cut_to_one_here_and_to_the_other_there() {
    let mut two = Two::new();
    let keep = |clone: &mut Clone, from, to| {
        act(clone, |acting, record| {
            acting.set_ranges(record, Whose::Patient, &[range(from, to)], false)
        });
    };
    keep(&mut two.boris, "25T08:00", "25T09:00");
    keep(&mut two.clara, "25T13:00", "25T14:00");
    assert_snapshot!(two.head(R, ID), @r#"
    patient = "7h2k9m4qwe"
    clinic = "poliklinika-1"
    specialty = "terapevt"
    status = "created"
    operator = "anna"
    created = 2026-11-23T10:00:00+03:00
    patient_ranges = [
        { start = 2026-11-25T08:00:00+03:00, end = 2026-11-25T09:00:00+03:00 },
    ]
    "#);
}

#[test]
fn one_corrects_a_passport_and_the_other_registers_the_new_number() {
    let mut two = Two::new();
    let record = two.boris.record(P, PATIENTS[0]).unwrap();
    let what = What::set("passport", record.values.get("passport"), Some("4511223355".into()));
    two.boris.write(vec![Edit::change(&record, vec![what])]);
    let values = patient("4511223355", "+79990000001");
    two.clara.write(vec![create(P, PATIENTS[1], values, Vec::new())]);
    // Both stay as they are; `check` names the two (`duplicate-passport`), `patient merge` mends it.
    let both = format!("{}---\n{}", two.head(P, PATIENTS[0]), two.head(P, PATIENTS[1]));
    assert_snapshot!(both, @r#"
    name = "Щукин Пётр Фёдорович"
    passport = "4511223355"
    phone = "+79980000000"
    ---
    name = "Лабанова Ольга"
    passport = "4511223355"
    phone = "+79990000001"
    "#);
}

#[test]
fn patients_are_merged_here_and_the_loser_gets_a_request_there() {
    let mut two = Two::after(|first| {
        let values = patient("4511223355", "+79990000001");
        first.write(vec![create(P, PATIENTS[1], values, Vec::new())]);
    });
    let loser = two.boris.record(P, PATIENTS[1]).unwrap();
    let details = Details { id: Some(PATIENTS[0].to_owned()), ..Details::default() };
    let merged_into = What::set("merged_into", None, Some(PATIENTS[0].into()));
    two.boris
        .write(vec![Edit::change(&loser, vec![What::Mark(Mark::Merged, details), merged_into])]);
    two.clara.write(vec![create(R, NEXT[0], request("clara", PATIENTS[1], 0), Vec::new())]);
    let both = format!("{}---\n{}", two.head(P, PATIENTS[1]), two.head(R, NEXT[0]));
    assert_snapshot!(both, @r#"
    name = "Лабанова Ольга"
    passport = "4511223355"
    phone = "+79990000001"
    merged_into = "7h2k9m4qwe"
    ---
    patient = "8h2k9m4qwe"
    clinic = "poliklinika-1"
    specialty = "terapevt"
    status = "created"
    operator = "clara"
    created = 2026-11-23T10:00:00+03:00
    patient_ranges = [
        { start = 2026-11-25T08:00:00+03:00, end = 2026-11-25T09:00:00+03:00 },
        { start = 2026-11-25T13:00:00+03:00, end = 2026-11-25T14:00:00+03:00 },
    ]
    "#);
}

#[test]
fn removed_here_and_referred_to_there() {
    let mut two = Two::after(|first| {
        let values = patient("4511223355", "+79990000001");
        first.write(vec![create(P, PATIENTS[1], values, Vec::new())]);
    });
    two.boris.write(vec![Edit::Remove { kind: P, id: PATIENTS[1].to_owned() }]);
    assert_eq!(two.head(P, PATIENTS[1]), "nothing\n", "nobody misses it");
    two.clara.write(vec![create(R, NEXT[0], request("clara", PATIENTS[1], 0), Vec::new())]);
    assert_snapshot!(two.head(P, PATIENTS[1]), @r#"
    name = "Лабанова Ольга"
    passport = "4511223355"
    phone = "+79990000001"
    conflicts = [
        { key = "removed", at = 2026-11-23T10:01:00.000+03:00 },
    ]
    "#);
}

#[test]
fn what_comes_back_brings_what_it_refers_to() {
    let mut two = Two::after(|first| {
        let values = patient("4511223355", "+79990000001");
        let theirs = request("anna", PATIENTS[1], 0);
        first.write(vec![
            create(P, PATIENTS[1], values, Vec::new()),
            create(R, NEXT[0], theirs, Vec::new()),
        ]);
    });
    for (kind, id) in [(R, NEXT[0]), (P, PATIENTS[1])] {
        two.boris.write(vec![Edit::Remove { kind, id: id.to_owned() }]);
    }
    let record = two.clara.record(R, NEXT[0]).unwrap();
    two.clara.write(vec![Edit::change(&record, vec![What::Note("звонила".into())])]);
    for (kind, id) in [(R, NEXT[0]), (P, PATIENTS[1])] {
        assert!(two.head(kind, id).contains("key = \"removed\""), "{id}");
    }
}

#[test]
fn a_removal_that_was_settled_does_not_come_back() {
    let mut two = Two::after(|first| {
        let values = patient("4511223355", "+79990000001");
        first.write(vec![create(P, PATIENTS[1], values, Vec::new())]);
    });
    two.boris.write(vec![Edit::Remove { kind: P, id: PATIENTS[1].to_owned() }]);
    let record = two.clara.record(P, PATIENTS[1]).unwrap();
    two.clara.write(vec![Edit::change(&record, vec![What::Note("звонила".into())])]);
    let late = two.clara.files.clone();
    two.clara.files = two.meet();
    let record = two.clara.record(P, PATIENTS[1]).unwrap();
    let settled = history::settlement("removed", &record);
    two.clara.write(vec![Edit::change(&record, vec![settled])]);
    let kept = two.clara.record(P, PATIENTS[1]).unwrap();
    assert_eq!(kept.conflicts, [], "settled by an event");
    // Somebody who made the same conflict of the same two, and knows nothing of the settlement.
    let other = merged(&two.base, &two.boris.files, &late);
    let both = merged(&two.boris.files, &two.clara.files, &other);
    assert_eq!(head(&both, P, PATIENTS[1]), head(&two.clara.files, P, PATIENTS[1]));
}

#[test]
fn one_passport_is_registered_twice_with_different_phones() {
    let mut two = Two::new();
    for (clone, phone, id) in
        [(&mut two.boris, "+79990000001", NEXT[0]), (&mut two.clara, "+79990000002", NEXT[1])]
    {
        let request = request(clone.by, PATIENTS[1], 0);
        clone.write(vec![
            create(P, PATIENTS[1], patient("4511223355", phone), Vec::new()),
            create(R, id, request, Vec::new()),
        ]);
    }
    assert_snapshot!(two.head(P, PATIENTS[1]), @r#"
    name = "Лабанова Ольга"
    passport = "4511223355"
    phone = "+79990000002"
    conflicts = [
        { key = "phone", value = "+79990000001", by = "boris", at = 2026-11-23T10:11:00.000+03:00 },
    ]
    "#);
    let tree = two.meet();
    for id in NEXT {
        assert!(head(&tree, R, id).contains(PATIENTS[1]));
    }
}

#[test]
fn setting_the_key_anew_settles_the_conflict_and_says_so() {
    let mut two = Two::new();
    phone(&mut two.boris, "+79990000001");
    phone(&mut two.clara, "+79990000002");
    two.clara.files = two.meet();
    assert_eq!(two.clara.record(P, PATIENTS[0]).unwrap().conflicts.len(), 1);
    phone(&mut two.clara, "+79990000003");
    let after = two.clara.record(P, PATIENTS[0]).unwrap();
    assert_eq!(after.conflicts, []);
    assert_eq!(after.history[after.history.len() - 2].what.code(), "settled");
    // What boris recorded meanwhile, clara had not seen.
    phone(&mut two.boris, "+79990000004");
    assert_snapshot!(two.head(P, PATIENTS[0]), @r#"
    name = "Щукин Пётр Фёдорович"
    passport = "4511223344"
    phone = "+79990000003"
    conflicts = [
        { key = "phone", value = "+79990000004", by = "boris", at = 2026-11-23T10:12:00.000+03:00 },
    ]
    "#);
}

#[test]
fn settling_what_nobody_recorded_spares_what_others_record_meanwhile() {
    let path = layout::path(P, PATIENTS[0]);
    let mut first = Clone::first();
    let waits = "conflicts = [\n    { key = \"phone\", value = \"+79970000000\" },\n]\n\nhistory";
    let text = first.files[&path].replacen("history", waits, 1);
    first.files.insert(path, text);
    let clone = |by, minutes| {
        let now = first.now + TimeDelta::minutes(minutes);
        Clone { by, now, ..first.clone() }
    };
    let (mut anna, mut boris, mut clara) = (clone("anna", 1), clone("boris", 2), clone("clara", 9));
    for (clone, phone) in [(&mut anna, "+79990000001"), (&mut boris, "+79990000002")] {
        let record = clone.record(P, PATIENTS[0]).unwrap();
        let settled = history::settlement("phone", &record);
        let set = What::set("phone", record.values.get("phone"), Some(phone.into()));
        clone.write(vec![Edit::change(&record, vec![settled, set])]);
    }
    let record = clara.record(P, PATIENTS[0]).unwrap();
    let settled = history::settlement("phone", &record);
    clara.write(vec![Edit::change(&record, vec![settled])]);
    assert_eq!(clara.record(P, PATIENTS[0]).unwrap().conflicts, []);
    let two = merged(&first.files, &anna.files, &boris.files);
    let all = merged(&first.files, &two, &clara.files);
    assert_snapshot!(head(&all, P, PATIENTS[0]), @r#"
    name = "Щукин Пётр Фёдорович"
    passport = "4511223344"
    phone = "+79990000002"
    conflicts = [
        { key = "phone", value = "+79990000001", by = "anna", at = 2026-11-23T10:01:00.001+03:00 },
    ]
    "#);
}

const TEXT: &str = "\
# Щукин
name = \"Щукин Пётр\" # так в паспорте

passport = \"4511223344\"

phone = \"+79990000001\"

room = 1

history = [
    # первый звонок
    { at = 2026-11-23T10:00:00.000+03:00, by = \"anna\", event = \"created\", name = \"Щукин Пётр\", passport = \"4511223344\", phone = \"+79990000001\" },
]
";

/// The text with an event more, and other changes.
fn grown(minute: usize, changes: &[(&str, &str)]) -> String {
    let event = format!(
        "    {{ at = 2026-11-23T10:{minute}:00.000+03:00, by = \"anna\", event = \"note\", text = \"{minute}\" }},\n]\n"
    );
    let text = TEXT.strip_suffix("]\n").unwrap().to_owned() + &event;
    changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

fn both(base: Option<&str>, a: &str, b: &str) -> String {
    let merged = texts(P, PATIENTS[0], base, a, b).unwrap();
    assert_eq!(merged, texts(P, PATIENTS[0], base, b, a).unwrap());
    merged
}

#[test]
fn comments_and_unknown_keys_of_both_sides_are_kept() {
    let a = grown(
        11,
        &[
            ("# Щукин\n", "# Щукин, звонить\n# после шести\n"),
            ("# так в паспорте", "# сверено"),
            ("room = 1", "room = 2"),
            ("    # первый звонок\n", ""),
        ],
    );
    let b = grown(
        12,
        &[
            ("# Щукин\n", "# Щукин глуховат\n"),
            ("# так в паспорте", "# по паспорту"),
            ("room = 1", "room = 3\n\nfloor = [1, 2] # третий"),
            ("\"note\", text = \"12\" },", "\"note\", text = \"12\" }, # конец"),
        ],
    );
    assert_snapshot!(both(Some(TEXT), &a, &b), @r#"
    # Щукин глуховат

    # Щукин, звонить
    # после шести

    # по паспорту
    name = "Щукин Пётр" # сверено

    passport = "4511223344"

    phone = "+79990000001"

    floor = [1, 2] # третий

    room = 3

    conflicts = [
        { key = "room", value = "2" },
    ]

    history = [
        { at = 2026-11-23T10:00:00.000+03:00, by = "anna", event = "created", name = "Щукин Пётр", passport = "4511223344", phone = "+79990000001" },
        { at = 2026-11-23T10:11:00.000+03:00, by = "anna", event = "note", text = "11" },
        { at = 2026-11-23T10:12:00.000+03:00, by = "anna", event = "note", text = "12" }, # конец
    ]
    "#);
}

#[test]
fn comments_of_an_unknown_table_stay() {
    let under_headers = |minute| {
        let tables = "\n[extra] # beside\n# keep\na = 1 # this\n\n# and\n[[more]]\nb = 2\n";
        grown(minute, &[]) + tables
    };
    let merged = both(Some(&under_headers(11)), &under_headers(12), &under_headers(13));
    for comment in ["# beside", "# keep", "# this", "# and"] {
        assert_eq!(merged.matches(comment).count(), 1, "{comment}\n{merged}");
    }
    assert!(merged.contains("a = 1") && merged.contains("b = 2"), "{merged}");
}

#[test]
fn without_an_ancestor_nothing_is_lost_either() {
    let (a, b) =
        (grown(11, &[]), grown(12, &[("# Щукин\n", "# Пётр\n"), ("room = 1", "room = 2")]));
    for base in [None, Some(""), Some("<<<<<<< no TOML")] {
        let merged = both(base, &a, &b);
        for part in ["# Щукин", "# Пётр", "room = 2", "{ key = \"room\", value = \"1\" }"]
        {
            assert!(merged.contains(part), "{part} in\n{merged}");
        }
    }
}

#[test]
fn what_was_changed_by_hand_stays_or_waits() {
    let hand = TEXT.replacen("phone = \"+79990000001\"", "phone = \"+79990000009\"", 1);
    // Upon all events it stays, as a change without an author.
    let noted = TEXT.replacen("# Щукин", "# Щукин!", 1);
    assert!(both(Some(TEXT), &hand, &noted).contains("\nphone = \"+79990000009\"\n"));
    // The other side went on: it waits for somebody to settle it.
    let merged = both(Some(TEXT), &hand, &grown(11, &[]));
    assert!(merged.contains("\nphone = \"+79990000001\"\n"));
    let waits = "    { key = \"phone\", value = \"+79990000009\" },";
    assert!(merged.contains(waits), "{merged}");
    // It is still there when the next clone comes.
    assert!(both(Some(TEXT), &merged, &grown(12, &[])).contains(waits));
    let recorded = grown(
        13,
        &[(
            "event = \"note\", text = \"13\"",
            "event = \"set\", key = \"phone\", from = \"+79990000001\", to = \"+79990000009\"",
        )],
    );
    let recorded = recorded.replacen("\nphone = \"+79990000001", "\nphone = \"+79990000009", 1);
    assert!(!both(Some(TEXT), &merged, &recorded).contains("conflicts"), "the same was recorded");
    let other = hand.replace("0000009", "0000008");
    let two = both(Some(TEXT), &hand, &other);
    assert!(two.contains("\nphone = \"+79990000009\"\n") && two.contains("+79990000008"), "{two}");
}

/// A number that nobody recorded waits in the patient's record; anna and boris settle it, clara
/// types it: what the three have in the end, in every order in which they meet.
fn settled_by_two_and_typed_by_one(clara: impl Fn(&mut Clone)) -> Vec<String> {
    const WAITS: &str = "conflicts = [\n    { key = \"phone\", value = \"+79990000009\" },\n]\n\n";
    let path = layout::path(P, PATIENTS[0]);
    let mut base = Clone::first();
    base.now += TimeDelta::minutes(1);
    let text = base.files.get_mut(&path).unwrap();
    *text = text.replacen("history = [", &format!("{WAITS}history = ["), 1);
    let [anna, boris, typed] = ["anna", "boris", "clara"].map(|by| {
        let mut clone = Clone { by, ..base.clone() };
        match by {
            "anna" => settle_phone(&mut clone, "+79990000001"),
            "boris" => settle_phone(&mut clone, "+79990000002"),
            _ => clara(&mut clone),
        }
        clone.files
    });
    let base = base.files;
    let three = |a, b, c| head(&merged(&base, &merged(&base, a, b), c), P, PATIENTS[0]);
    let (a, b, c) = (&anna, &boris, &typed);
    vec![three(a, b, c), three(a, c, b), three(b, c, a)]
}

fn settle_phone(clone: &mut Clone, phone: &str) {
    let record = clone.record(P, PATIENTS[0]).unwrap();
    let set = What::set("phone", record.values.get("phone"), Some(phone.into()));
    clone.write(vec![Edit::change(&record, vec![history::settlement("phone", &record), set])]);
    clone.now += TimeDelta::minutes(1);
}

fn type_phone(clone: &mut Clone, phone: &str) {
    let text = clone.files.get_mut(&layout::path(P, PATIENTS[0])).unwrap();
    let stands = text.lines().find(|line| line.starts_with("phone = ")).unwrap().to_owned();
    *text = text.replacen(&stands, &format!("phone = \"{phone}\""), 1);
}

#[test]
fn who_types_a_waiting_value_again_does_not_open_it_for_those_who_settled_it() {
    let ends = settled_by_two_and_typed_by_one(|clara| type_phone(clara, "+79990000009"));
    assert_eq!(ends, [&*ends[0]; 3]);
    assert!(ends[0].contains("+79990000001") && ends[0].contains("+79990000002"), "{}", ends[0]);
    assert!(!ends[0].contains("+79990000009"), "{}", ends[0]);
}

#[test]
fn a_value_typed_after_it_was_settled_waits_anew() {
    let ends = settled_by_two_and_typed_by_one(|clara| {
        settle_phone(clara, "+79990000003");
        type_phone(clara, "+79990000009");
    });
    assert_eq!(ends, [&*ends[0]; 3]);
    assert!(ends[0].contains("{ key = \"phone\", value = \"+79990000009\" },"), "{}", ends[0]);
}

#[test]
fn a_version_that_cant_be_read_is_not_merged() {
    let a = grown(11, &[("phone = \"+79990000001\"", "phone = 1")]);
    let b = grown(12, &[]);
    let why = |a: &str, b: &str| texts(P, PATIENTS[0], Some(TEXT), a, b).unwrap_err();
    let Unmergeable { rule, line, .. } = why(&a, &b);
    assert_eq!((rule, line), ("bad-value", Some(6)));
    assert_eq!(why(&b, &a).rule, "bad-value");
    assert_eq!(why("<<<<<<< x", &b).rule, "syntax");
    assert_eq!(texts(P, PATIENTS[0], Some("<<< x"), "<<< x", &b), Ok(b.clone()));
}

#[test]
fn what_nobody_could_read_is_not_merged() {
    let note = |at: usize| {
        let text = "ю".repeat(2_000);
        format!(
            "    {{ at = 2026-11-23T10:12:00.{at:03}+03:00, by = \"anna\", event = \"note\", text = \"{text}\" }},\n]\n"
        )
    };
    let long = |notes: std::ops::Range<usize>| {
        notes.fold(TEXT.to_owned(), |text, at| {
            text.strip_suffix("]\n").unwrap().to_owned() + &note(at)
        })
    };
    let merged =
        |count| texts(P, PATIENTS[0], Some(TEXT), &long(0..count), &long(500..500 + count));
    assert!(merged(30).is_ok());
    let why = merged(34).unwrap_err();
    assert_eq!((why.rule, why.line), ("oversized-file", None));
}

#[test]
fn files_that_are_no_records_are_taken_where_one_side_left_them_alone() {
    let tree = |path: &str, text: &str| Tree::from([(path.to_owned(), text.to_owned())]);
    let (base, a, b) = (tree("appt.toml", "x"), tree("appt.toml", "y"), tree("appt.toml", "z"));
    let state = |ours: &Tree, theirs: &Tree| trees(&base, ours, theirs)["appt.toml"].clone();
    assert_eq!(state(&a, &base), Merged::Text("y".into()));
    assert_eq!(state(&a, &a), Merged::Text("y".into()));
    assert_eq!(state(&base, &Tree::new()), Merged::Removed);
    assert_eq!(state(&a, &b), Merged::Clash(None));
    assert_eq!(state(&a, &Tree::new()), Merged::Clash(None));
    let path = layout::path(P, PATIENTS[0]);
    let broken = trees(&Tree::new(), &tree(&path, "<<<"), &tree(&path, TEXT));
    assert!(matches!(&broken[&path], Merged::Clash(Some(why)) if why.rule == "syntax"));
}
