//! Every kind of conflict, every way: what the record then says, by the code that writes.

use std::path::Path;

use super::*;
use crate::check::{self, Scene, Severity};
use crate::format::{encode, layout};
use crate::history::Mark;
use crate::model::operator::Role;
use crate::model::request::Request;
use crate::model::settings::Settings;
use crate::model::value::Values;
use crate::store::journal::Step;
use crate::store::library::Library;
use crate::store::seal::{self, Author, Edit, Plan};
use crate::testing::{list, span, time};

const ID: &str = "20261123-k7m2qx";
const NEXT: [&str; 2] = ["20261123-aaaaaa", "20261123-bbbbbb"];
const PATIENTS: [&str; 3] = ["7h2k9m4qwe", "8h2k9m4qwe", "9h2k9m4qwe"];
const R: Kind = Kind::Request;
const P: Kind = Kind::Patient;

/// Records whose histories came together in a merge.
#[derive(Default)]
struct World(Vec<Record>);

impl World {
    fn new() -> World {
        let mut world = World::default();
        let values = Values::new;
        for id in ["anna", "boris"] {
            world.make(Kind::Operator, id, values().with("name", id).with("role", "admin"));
        }
        world.make(Kind::Specialty, "terapevt", values().with("title", "Терапевт"));
        for id in ["poliklinika-1", "poliklinika-2"] {
            let clinic = values().with("name", id).with("address", "ул. Ленина, д. 1");
            let clinic = clinic.with("phone", "+74952377297");
            world.make(Kind::Clinic, id, clinic.with("specialties", list(&["terapevt"])));
        }
        for (at, id) in PATIENTS.iter().enumerate() {
            let patient = values().with("name", "Щукин Пётр").with("phone", "+79017892569");
            world.make(P, id, patient.with("passport", format!("451122334{at}")));
        }
        world.make(R, ID, request(PATIENTS[0]));
        world
    }

    fn make(&mut self, kind: Kind, id: &str, values: Values) {
        let mut record = Record::new(kind, id);
        record.history.push(event("23T09:00", "anna", What::First { source: None, values }));
        record.values = history::fold(kind, &record.history).values;
        self.0.push(record);
    }

    fn record(&self, kind: Kind, id: &str) -> &Record {
        self.0.iter().find(|record| record.kind == kind && record.id == id).unwrap()
    }

    /// What two people recorded, in the order of the merged history.
    fn did(&mut self, kind: Kind, id: &str, events: Vec<Event>) {
        let record = self.0.iter_mut().find(|r| r.kind == kind && r.id == id).unwrap();
        record.history.extend(events);
        let folded = history::fold(kind, &record.history);
        (record.values, record.conflicts) = (folded.values, folded.conflicts);
    }

    fn library(&self) -> Library<'static> {
        let step = |record: &Record| {
            Step::new(layout::path(record.kind, &record.id), None, Some(encode::record(record)))
        };
        Library::new(Path::new("/nonexistent")).with_pending(self.0.iter().map(step).collect())
    }

    /// Settles a key of a record by the way of this number; what is left to do, or the rule.
    fn settle(
        &mut self,
        kind: Kind,
        id: &str,
        key: &str,
        number: usize,
    ) -> Result<usize, &'static str> {
        let library = self.library();
        let record = library.get(kind, id).unwrap();
        let point = points(&record).into_iter().find(|point| point.key == key).unwrap();
        let way = &point.ways[number - 1];
        let settling = settle(&library, "anna", &record, key, way).map_err(|e| e.rule.unwrap())?;
        let edit = |change| match change {
            Change::Whats(record, whats) => Edit::change(&record, whats),
            Change::Remove(record) => Edit::Remove { kind: record.kind, id: record.id.clone() },
            Change::Unknown(..) => panic!("tested at the command line"),
        };
        let settings = Settings::initial(chrono_tz::Europe::Moscow, None, "key");
        let settings = Settings::parse(&settings).unwrap();
        let by_hand = |_: &dyn Book| None;
        let now = time("23T12:00").to_utc();
        let author =
            Author { id: "anna".into(), role: Role::Admin, now, moment: now, by_hand: &by_hand };
        let edits = settling.changes.into_iter().map(edit).collect();
        let plan = Plan { edits, ..Plan::default() };
        let sealed = seal::seal(&library, &settings, &author, plan).map_err(|e| e.rule.unwrap())?;
        for (record, step) in sealed.records.iter().zip(&sealed.steps) {
            self.0.retain(|old| (old.kind, &old.id) != (record.kind, &record.id));
            if step.after.is_some() {
                self.0.push(record.as_ref().clone());
            }
        }
        let library = self.library();
        let scene = Scene::new(&library, &settings, now);
        for record in &self.0 {
            assert!(points(record).iter().all(|point| point.key != key), "{key} is settled");
            for fault in check::faults(&scene, record, &|_| false) {
                let is_bad =
                    fault.severity == Severity::Error && fault.rule != "unresolved-conflict";
                assert!(!is_bad, "{}: {}", fault.rule, fault.message.en);
            }
        }
        Ok(settling.warnings.len())
    }

    fn text(&self, id: &str, key: &str) -> Option<String> {
        self.record(R, id).text(key).map(str::to_owned)
    }

    fn next(&self, id: &str) -> &'static str {
        Request::of(self.record(R, id)).unwrap().next().code()
    }
}

fn request(patient: &str) -> Values {
    Values::new()
        .with("patient", patient)
        .with("clinic", "poliklinika-1")
        .with("specialty", "terapevt")
        .with("status", "created")
        .with("operator", "anna")
        .with("created", time("23T09:00"))
        .with("patient_ranges", span("25T09:00", "25T12:00"))
}

fn event(at: &str, by: &str, what: What) -> Event {
    Event { at: time(at), by: by.to_owned(), what, tx: None, extra: Vec::new() }
}

fn set(at: &str, by: &str, key: &'static str, from: Option<&str>, to: Option<&str>) -> Event {
    event(at, by, What::set(key, from.map(Value::from).as_ref(), to.map(Value::from)))
}

fn step(at: &str, by: &str, from: Status, to: Status, seen: Option<Instant>) -> Event {
    event(at, by, What::status(from, to, seen, None))
}

fn visit(at: &str, by: &str, to: Option<Instant>) -> Event {
    event(at, by, What::set("appointment", None, to.map(Value::from)))
}

fn started() -> Event {
    step("23T10:00", "boris", Status::Created, Status::InProgress, None)
}

#[test]
fn of_two_values_one_is_chosen_and_the_history_says_so() {
    for (number, phone) in [(1, "+79990000002"), (2, "+79990000001")] {
        let mut world = World::new();
        let old = Some("+79017892569");
        world.did(
            P,
            PATIENTS[0],
            vec![
                set("23T10:00", "anna", "phone", old, Some("+79990000001")),
                set("23T10:01", "boris", "phone", old, Some("+79990000002")),
            ],
        );
        let point = &points(world.record(P, PATIENTS[0]))[0];
        let by: Vec<_> = point.ways.iter().map(|way| way.by.as_deref().unwrap()).collect();
        assert_eq!(by, ["boris", "anna"], "what stands is the first, with its author");
        world.settle(P, PATIENTS[0], "phone", number).unwrap();
        let record = world.record(P, PATIENTS[0]);
        assert_eq!(record.text("phone"), Some(phone));
        assert!(record.history[3..].iter().any(|event| event.what.code() == "settled"));
    }
}

#[test]
fn a_visit_that_a_refusal_did_not_see_stays_in_sight_until_somebody_decides() {
    let at = Some(time("25T10:00"));
    let refusal = |clock| step(clock, "anna", Status::InProgress, Status::PatientRefused, None);
    // The booking came first, or the refusal did.
    for clocks in [["23T10:01", "23T10:02"], ["23T10:02", "23T10:01"]] {
        for (number, status, next) in [
            (1, "patient-refused", "tell-clinic"),
            (2, "in-progress", "notify-patient"),
            (3, "patient-refused", "none"),
        ] {
            let mut world = World::new();
            let mut events = vec![started(), visit(clocks[0], "boris", at), refusal(clocks[1])];
            events.sort_by_key(|event| event.at);
            world.did(R, ID, events);
            world.settle(R, ID, "appointment", number).unwrap();
            assert_eq!(world.text(ID, "status").as_deref(), Some(status), "{clocks:?} {number}");
            assert_eq!((world.next(ID), world.record(R, ID).instant("appointment")), (next, at));
        }
    }
}

#[test]
fn each_way_is_signed_by_who_said_it_with_the_reason() {
    let mut world = World::new();
    let why = Some("Передумал".to_owned());
    let refused = What::status(Status::InProgress, Status::PatientRefused, None, why.clone());
    let at = Some(time("25T10:00"));
    let events =
        vec![started(), visit("23T10:01", "boris", at), event("23T10:02", "anna", refused)];
    world.did(R, ID, events);
    let point = &points(world.record(R, ID))[0];
    let said: Vec<_> =
        point.ways.iter().map(|way| (way.deed, way.by.as_deref(), way.reason.clone())).collect();
    assert_eq!(
        said,
        [
            (Deed::Off, Some("anna"), why),
            (Deed::Visit, Some("boris"), None),
            (Deed::Told, None, None)
        ]
    );
}

#[test]
fn the_time_that_is_not_chosen_must_be_cancelled_at_the_clinic() {
    let mut world = World::new();
    let (nine, ten) = (Some(time("25T09:00")), Some(time("25T10:00")));
    let events = vec![started(), visit("23T10:01", "boris", nine), visit("23T10:02", "anna", ten)];
    world.did(R, ID, events);
    assert_eq!(world.settle(R, ID, "appointment", 2), Ok(1));
    assert_eq!(world.record(R, ID).instant("appointment"), nine);
}

#[test]
fn a_patient_who_knows_another_time_than_the_one_that_holds_is_told_anew() {
    let (nine, ten) = (Some(time("25T09:00")), Some(time("25T10:00")));
    let processed = |seen| step("23T10:03", "anna", Status::InProgress, Status::Processed, seen);
    for (knows, number, next) in [
        (ten, 1, "none"),
        (ten, 2, "notify-patient"),
        (nine, 1, "notify-patient"),
        (nine, 2, "none"),
    ] {
        let mut world = World::new();
        let (first, last) = (visit("23T10:01", "boris", nine), visit("23T10:02", "anna", ten));
        world.did(R, ID, vec![started(), first, last, processed(knows)]);
        world.settle(R, ID, "appointment", number).unwrap();
        assert_eq!(world.next(ID), next, "{knows:?}, {number}");
        let holds = if number == 1 { ten } else { nine };
        assert_eq!(world.record(R, ID).instant("appointment"), holds);
    }
}

#[test]
fn the_patient_of_a_request_that_came_in_processed_knows_the_time_it_came_in_with() {
    let (nine, ten) = (time("25T09:00"), time("25T10:00"));
    for (number, next) in [(1, "none"), (2, "notify-patient")] {
        let mut world = World::new();
        world.0.retain(|record| record.kind != R);
        let values = request(PATIENTS[0]).with("status", Status::Processed.code());
        world.make(R, ID, values.with("appointment", ten));
        world.did(R, ID, vec![visit("23T10:01", "boris", Some(nine))]);
        world.settle(R, ID, "appointment", number).unwrap();
        assert_eq!(world.next(ID), next, "{number}");
    }
}

#[test]
fn of_two_visits_that_a_refusal_put_off_both_are_cancelled() {
    let (nine, ten) = (Some(time("25T09:00")), Some(time("25T10:00")));
    let refused = step("23T10:03", "anna", Status::InProgress, Status::PatientRefused, ten);
    let told = event("23T10:04", "anna", What::mark(Mark::ClinicTold));
    for (is_told, left) in [(true, 0), (false, 1)] {
        let mut world = World::new();
        let (first, last) = (visit("23T10:01", "boris", nine), visit("23T10:02", "anna", ten));
        let mut events = vec![started(), first, last, refused.clone()];
        events.extend(is_told.then(|| told.clone()));
        world.did(R, ID, events);
        assert_eq!(world.settle(R, ID, "appointment", 1), Ok(left), "the other one is named");
        assert_eq!(world.next(ID), "tell-clinic");
        assert_eq!(world.record(R, ID).instant("appointment"), nine);
    }
}

#[test]
fn an_answer_that_found_the_call_given_up_takes_the_request_up_again() {
    let mut world = World::new();
    let given_up = step("23T10:01", "boris", Status::InProgress, Status::Created, None);
    let events = vec![started(), given_up, visit("23T10:02", "boris", Some(time("25T10:00")))];
    world.did(R, ID, events);
    world.settle(R, ID, "appointment", 2).unwrap();
    assert_eq!(
        (world.text(ID, "status").as_deref(), world.next(ID)),
        (Some("in-progress"), "notify-patient")
    );
}

#[test]
fn a_status_is_chosen_by_the_rules_of_life() {
    let case = |then: Vec<Event>| {
        let mut world = World::new();
        world.did(R, ID, [vec![started()], then].concat());
        world
    };
    let visit_at = time("25T10:00");
    let given_up = step("23T10:02", "boris", Status::InProgress, Status::Created, None);
    let mut answered = case(vec![visit("23T10:01", "anna", Some(visit_at)), given_up]);
    assert_eq!(answered.settle(R, ID, "status", 2), Err("outcome-recorded"));
    answered.settle(R, ID, "status", 1).unwrap();
    assert_eq!(answered.text(ID, "status").as_deref(), Some("in-progress"));

    let refused =
        step("23T10:02", "anna", Status::InProgress, Status::PatientRefused, Some(visit_at));
    let done = step("23T10:03", "boris", Status::InProgress, Status::Processed, Some(visit_at));
    let booked = visit("23T10:01", "boris", Some(visit_at));
    let mut both = case(vec![booked.clone(), refused.clone(), done.clone()]);
    both.settle(R, ID, "status", 2).unwrap();
    assert_eq!(both.text(ID, "status").as_deref(), Some("processed"));

    // The clinic has taken the visit off.
    let told = event("23T10:04", "anna", What::mark(Mark::ClinicTold));
    let mut off = case(vec![booked, refused, done, told]);
    assert_eq!(off.settle(R, ID, "status", 2), Err("no-appointment"));
}

#[test]
fn of_two_successors_one_stands_and_the_other_is_refused_or_goes_its_own_way() {
    for (number, stands, statuses) in [
        (1, NEXT[1], ["patient-refused", "created"]),
        (2, NEXT[0], ["created", "patient-refused"]),
        (3, NEXT[1], ["created", "created"]),
    ] {
        let mut world = World::new();
        let refused = Status::PatientRefused;
        world.did(
            R,
            ID,
            vec![
                started(),
                step("23T10:01", "anna", Status::InProgress, refused, None),
                set("23T10:02", "anna", "rescheduled_to", None, Some(NEXT[0])),
                step("23T10:03", "boris", Status::InProgress, refused, None),
                set("23T10:04", "boris", "rescheduled_to", None, Some(NEXT[1])),
            ],
        );
        for id in NEXT {
            world.make(R, id, request(PATIENTS[0]).with("rescheduled_from", ID));
        }
        let both = points(world.record(R, ID))[0].ways[2].clone();
        assert_eq!((both.by, both.at), (None, None), "nobody said that both are needed");
        let told = world.settle(R, ID, "rescheduled_to", number).unwrap();
        assert_eq!(told, 1, "what becomes of the other is said");
        assert_eq!(world.text(ID, "rescheduled_to").as_deref(), Some(stands));
        let found = NEXT.map(|id| world.text(id, "status").unwrap());
        assert_eq!(found, statuses, "{number}");
        let back = NEXT.map(|id| world.text(id, "rescheduled_from").is_some());
        assert_eq!(back, NEXT.map(|id| id == stands));
    }
}

#[test]
fn a_patient_merged_into_two_leads_to_one_and_so_do_the_requests() {
    let mut world = World::new();
    world.did(
        P,
        PATIENTS[0],
        vec![
            set("23T10:00", "anna", "merged_into", None, Some(PATIENTS[1])),
            set("23T10:01", "boris", "merged_into", None, Some(PATIENTS[2])),
        ],
    );
    world.did(
        R,
        ID,
        vec![set("23T10:05", "boris", "patient", Some(PATIENTS[0]), Some(PATIENTS[2]))],
    );
    world.settle(P, PATIENTS[0], "merged_into", 2).unwrap();
    assert_eq!(world.record(P, PATIENTS[0]).text("merged_into"), Some(PATIENTS[1]));
    assert_eq!(world.text(ID, "patient").as_deref(), Some(PATIENTS[1]));
}

#[test]
fn a_removal_is_taken_back_or_carried_out() {
    for (number, stays) in [(1, true), (2, false)] {
        let mut world = World::new();
        let removed =
            Conflict { key: REMOVED.into(), value: None, by: None, at: Some(time("23T09:00")) };
        world.0.iter_mut().find(|r| r.id == PATIENTS[2]).unwrap().conflicts.push(removed);
        world.settle(P, PATIENTS[2], REMOVED, number).unwrap();
        assert_eq!(world.0.iter().any(|record| record.id == PATIENTS[2]), stays);
    }
}

#[test]
fn a_required_value_can_be_no_absence() {
    let mut world = World::new();
    let nothing = Conflict { key: "phone".into(), value: None, by: None, at: None };
    world.0.iter_mut().find(|r| r.id == PATIENTS[2]).unwrap().conflicts.push(nothing);
    assert_eq!(world.settle(P, PATIENTS[2], "phone", 2), Err("required"));
    world.settle(P, PATIENTS[2], "phone", 1).unwrap();
}
