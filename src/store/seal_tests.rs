//! Writes into a real store: the times of events, what was done by hand, and the rules.

use std::time::Duration;

use chrono::TimeDelta;
use tempfile::TempDir;

use super::*;

use crate::check::Scene;
use crate::format::layout;
use crate::history::Mark;
use crate::life::{Acting, Whose};
use crate::model::book::Draft;
use crate::model::request::Status;
use crate::model::settings;
use crate::model::value::Value;
use crate::store::{Store, disk};
use crate::testing::{list, range, span, time};

const P: Kind = Kind::Patient;
const R: Kind = Kind::Request;
const PATIENT: &str = "7h2k9m4qwe";
const REQUEST: &str = "20261123-k7m2qx";
const LATER: &str = "20261123-p3x8wd";

/// A store with two operators, and a request that `anna` holds.
struct World {
    store: Store,
    now: DateTime<Utc>,
    _folder: TempDir,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let text = settings::Settings::initial(chrono_tz::Europe::Moscow, None, "key");
        disk::replace(folder.path(), settings::FILE, &text, false).unwrap();
        let store = Store::open(folder.path(), Duration::from_secs(1)).unwrap();
        let mut world = World { store, now: time("23T10:00").to_utc(), _folder: folder };
        let values = Values::new;
        let clinic = values()
            .with("name", "Поликлиника № 1")
            .with("address", "ул. Ленина, д. 1")
            .with("phone", "+74952377297")
            .with("specialties", list(&["terapevt"]));
        let operator = |name: &str, role: &str| values().with("name", name).with("role", role);
        world
            .write(vec![
                create(Kind::Operator, "anna", operator("Анна Смирнова", "admin"), Vec::new()),
                create(Kind::Operator, "boris", operator("Борис Котов", "operator"), Vec::new()),
                create(Kind::Specialty, "terapevt", values().with("title", "Терапевт"), Vec::new()),
                create(Kind::Clinic, "poliklinika-1", clinic, Vec::new()),
                create(P, PATIENT, patient("4511223344"), Vec::new()),
                create(
                    R,
                    REQUEST,
                    request(),
                    vec![What::status(Status::Created, Status::InProgress, None, None)],
                ),
            ])
            .unwrap();
        world.now += TimeDelta::minutes(5);
        world
    }

    fn write_as(&self, role: Role, edits: Vec<Edit>) -> Result<Sealed> {
        self.write_plan(role, Plan { edits, ..Plan::default() })
    }

    fn write_plan(&self, role: Role, plan: Plan) -> Result<Sealed> {
        let by_hand = |_: &dyn Book| Some("boris".to_owned());
        let author = |_: &Library<'_>| {
            Ok(Author {
                id: "anna".to_owned(),
                role,
                now: self.now,
                moment: self.now,
                by_hand: &by_hand,
            })
        };
        self.store.transact(false, author, |_, _| Ok((plan, ()))).map(|(sealed, ())| sealed)
    }

    fn write(&self, edits: Vec<Edit>) -> Result<Sealed> {
        self.write_as(Role::Admin, edits)
    }

    fn change(&self, kind: Kind, id: &str, whats: Vec<What>) -> Result<Sealed> {
        self.write(vec![Edit::Change { kind, id: id.to_owned(), whats, text: None }])
    }

    fn note(&self, kind: Kind, id: &str) -> Result<Sealed> {
        self.change(kind, id, vec![note()])
    }

    fn record(&self, kind: Kind, id: &str) -> Record {
        self.store.read(|book| Ok(book.get(kind, id).unwrap().as_ref().clone())).unwrap()
    }

    fn text(&self, kind: Kind, id: &str) -> String {
        disk::read_any(self.store.root(), &layout::path(kind, id)).unwrap().unwrap()
    }

    /// What a person with an editor does.
    fn edit(&self, kind: Kind, id: &str, from: &str, to: &str) {
        let text = self.text(kind, id);
        assert_eq!(text.matches(from).count(), 1, "{from} in\n{text}");
        let text = text.replace(from, to);
        disk::replace(self.store.root(), &layout::path(kind, id), &text, false).unwrap();
    }

    /// What the errors of a write say, and that nothing was written.
    fn refused(&self, kind: Kind, id: &str, whats: Vec<What>) -> &'static str {
        let before = self.text(kind, id);
        let error = self.change(kind, id, whats).unwrap_err();
        assert_eq!((error.code, self.text(kind, id)), (Code::Refused, before));
        assert!(error.hint.is_some());
        error.rule.unwrap()
    }
}

fn create(kind: Kind, id: &str, values: Values, then: Vec<What>) -> Edit {
    Edit::Create { kind, id: id.to_owned(), source: None, values, then }
}

fn note() -> What {
    What::Note("перезвонить".to_owned())
}

fn patient(passport: &str) -> Values {
    Values::new()
        .with("name", "Щукин Пётр Фёдорович")
        .with("passport", passport)
        .with("phone", "+79017892569")
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

fn set(key: &'static str, from: &str, to: &str) -> What {
    What::set(key, Some(&from.into()), Some(to.into()))
}

fn book(at: &str) -> What {
    What::set("appointment", None, Some(time(at).into()))
}

fn millis(millis: i64) -> Instant {
    time("23T10:05") + TimeDelta::milliseconds(millis)
}

/// When, by whom, beside what, and what the last events of a record say.
fn last(record: &Record, count: usize) -> Vec<(Instant, &str, Option<Instant>, &str)> {
    let events = &record.history[record.history.len() - count..];
    events.iter().map(|e| (e.at, e.by.as_str(), e.tx, e.what.code())).collect()
}

#[test]
fn events_of_one_command_share_its_first_time_and_a_single_one_has_none() {
    let world = World::new();
    world.note(P, PATIENT).unwrap();
    assert_eq!(last(&world.record(P, PATIENT), 1), [(millis(0), "anna", None, "note")]);
    let refused = What::status(Status::InProgress, Status::PatientRefused, None, None);
    let moved = What::set("rescheduled_to", None, Some(LATER.into()));
    let successor = request().with("rescheduled_from", REQUEST);
    let sealed = world
        .write(vec![
            Edit::Change { kind: P, id: PATIENT.to_owned(), whats: vec![note()], text: None },
            Edit::Change {
                kind: R,
                id: REQUEST.to_owned(),
                whats: vec![refused, moved],
                text: None,
            },
            create(R, LATER, successor, Vec::new()),
        ])
        .unwrap();
    let tx = Some(millis(0));
    assert_eq!(last(&world.record(P, PATIENT), 1), [(millis(1), "anna", tx, "note")]);
    assert_eq!(
        last(&world.record(R, REQUEST), 2),
        [(millis(0), "anna", tx, "set"), (millis(1), "anna", tx, "set")]
    );
    assert_eq!(last(&world.record(R, LATER), 1), [(millis(0), "anna", tx, "created")]);
    let of: Vec<usize> = sealed.events.iter().map(|(of, _)| *of).collect();
    assert_eq!(of, [0, 1, 1, 2]);
    let ids: Vec<&str> = sealed.records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, [PATIENT, REQUEST, LATER]);
}

#[test]
fn an_event_is_later_than_the_one_before_it_even_where_the_clock_went_back() {
    let mut world = World::new();
    world.note(P, PATIENT).unwrap();
    world.now -= TimeDelta::hours(1);
    world.note(P, PATIENT).unwrap();
    assert_eq!(last(&world.record(P, PATIENT), 1), [(millis(1), "anna", None, "note")]);
    world.now += TimeDelta::hours(2) + TimeDelta::microseconds(2500);
    world.note(P, PATIENT).unwrap();
    let later = millis(2) + TimeDelta::hours(1);
    assert_eq!(last(&world.record(P, PATIENT), 1), [(later, "anna", None, "note")]);
}

#[test]
fn two_changes_of_one_record_are_one() {
    let world = World::new();
    let change =
        |what| Edit::Change { kind: P, id: PATIENT.to_owned(), whats: vec![what], text: None };
    let phone = set("phone", "+79017892569", "+79160000000");
    let sealed = world.write(vec![change(phone), change(note())]).unwrap();
    assert_eq!((sealed.steps.len(), sealed.events.len()), (1, 2));
    let record = world.record(P, PATIENT);
    assert_eq!(record.text("phone"), Some("+79160000000"));
    assert_eq!(last(&record, 2).iter().map(|event| event.3).collect::<Vec<_>>(), ["set", "note"]);
    let made = create(P, "8h2k9m4qwe", patient("4511000000"), Vec::new());
    let then = Edit::Change { kind: P, id: "8h2k9m4qwe".into(), whats: vec![note()], text: None };
    assert_eq!(world.write(vec![made, then]).unwrap().steps.len(), 1);
    assert_eq!(world.record(P, "8h2k9m4qwe").history.len(), 2);
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let world = World::new();
    let before = world.text(R, REQUEST);
    let sealed = world.change(R, REQUEST, Vec::new()).unwrap();
    assert!(sealed.steps.is_empty() && sealed.records.is_empty() && sealed.events.is_empty());
    assert_eq!(world.text(R, REQUEST), before);
}

#[test]
fn a_change_by_hand_is_recorded_first_by_git_s_user() {
    let world = World::new();
    world.edit(P, PATIENT, "\nphone = \"+79017892569\"", "\nphone = \"+79160000000\" # новый");
    world.note(P, PATIENT).unwrap();
    let record = world.record(P, PATIENT);
    let tx = Some(millis(0));
    assert_eq!(
        last(&record, 2),
        [(millis(0), "boris", tx, "set"), (millis(1), "anna", tx, "note")]
    );
    assert_eq!(record.history[1].what, set("phone", "+79017892569", "+79160000000"));
    assert_eq!(history::unrecorded(&record), []);
    assert!(world.text(P, PATIENT).contains("phone = \"+79160000000\" # новый\n"));
}

#[test]
fn a_record_made_by_hand_gets_its_history() {
    let world = World::new();
    let path = layout::path(P, "8h2k9m4qwe");
    let text = "name = \"Орлов Иван\"\n\npassport = \"4511000000\"\n\nphone = \"+79160000000\"\n";
    disk::replace(world.store.root(), &path, text, false).unwrap();
    world.note(P, "8h2k9m4qwe").unwrap();
    let record = world.record(P, "8h2k9m4qwe");
    let tx = Some(millis(0));
    assert_eq!(
        last(&record, 2),
        [(millis(0), "boris", tx, "created"), (millis(1), "anna", tx, "note")]
    );
    assert_eq!(history::fold(P, &record.history).values, record.values);
    assert!(world.text(P, "8h2k9m4qwe").starts_with(text));
}

#[test]
fn a_change_by_hand_that_the_fold_calls_void_stays_unrecorded() {
    let mut world = World::new();
    let back = What::status(Status::InProgress, Status::Created, None, None);
    world.change(R, REQUEST, vec![back]).unwrap();
    world.edit(
        R,
        REQUEST,
        "\npatient_ranges",
        "\nappointment = 2026-11-25T11:30:00+03:00\n\npatient_ranges",
    );
    for _ in 0..3 {
        world.now += TimeDelta::minutes(1);
        world.note(R, REQUEST).unwrap();
    }
    let record = world.record(R, REQUEST);
    assert_eq!(record.history.len(), 2 + 1 + 3);
    assert_eq!((history::unrecorded(&record), record.conflicts.len()), (Vec::new(), 0));
    assert_eq!(record.instant("appointment"), Some(time("25T11:30")));
}

#[test]
fn ranges_added_by_hand_in_any_order_are_recorded_once() {
    let world = World::new();
    let text = world.text(R, REQUEST);
    let old = text.lines().find(|line| line.contains("start = ")).unwrap();
    world.edit(
        R,
        REQUEST,
        &format!("\n{old}"),
        &format!("\n{old}\n{}", old.replace("-25T", "-24T")),
    );
    world.note(R, REQUEST).unwrap();
    let record = world.record(R, REQUEST);
    assert_eq!(last(&record, 2).iter().map(|event| event.3).collect::<Vec<_>>(), ["list", "note"]);
    assert_eq!(history::unrecorded(&record), []);
}

#[test]
fn an_error_that_a_write_would_bring_in_refuses_it() {
    let world = World::new();
    let other = "8h2k9m4qwe";
    world.write(vec![create(P, other, patient("4511000000"), Vec::new())]).unwrap();
    let passport = set("passport", "4511000000", "4511223344");
    assert_eq!(world.refused(P, other, vec![passport]), "duplicate-passport");
    let reversed = What::List {
        key: "clinic_ranges",
        added: vec![Value::Range(range("25T12:00", "25T09:00"))],
        removed: Vec::new(),
    };
    assert_eq!(world.refused(R, REQUEST, vec![reversed]), "range-order");
    let gone = set("clinic", "poliklinika-1", "poliklinika-2");
    assert_eq!(world.refused(R, REQUEST, vec![gone]), "dangling-reference");
    let alone = What::set("rescheduled_to", None, Some(REQUEST.into()));
    assert_eq!(world.refused(R, REQUEST, vec![alone]), "broken-link");
    let twin = world.write(vec![create(P, "9h2k9m4qwe", patient("4511223344"), Vec::new())]);
    assert_eq!(twin.unwrap_err().rule, Some("duplicate-passport"));
    let taken = world.write(vec![create(P, PATIENT, patient("4511999999"), Vec::new())]);
    assert_eq!(taken.unwrap_err().rule, Some("id-taken"));
}

#[test]
fn an_error_that_was_there_is_warned_of_and_stays() {
    let world = World::new();
    world.edit(R, REQUEST, "specialty = \"terapevt\"\n\nstatus", "specialty = \"uzi\"\n\nstatus");
    let refused = What::status(Status::InProgress, Status::PatientRefused, None, None);
    assert_eq!(world.note(R, REQUEST).unwrap().events.len(), 2);
    world.edit(R, REQUEST, "specialty = \"uzi\"\n\nstatus", "specialty = \"mrt\"\n\nstatus");
    let sealed = world.change(R, REQUEST, vec![refused]).unwrap();
    let warned: Vec<&str> = sealed.warnings.iter().map(|text| text.en.as_str()).collect();
    assert_eq!(warned, ["`specialty`: there is no specialty `mrt`."]);
    assert_eq!(world.record(R, REQUEST).text("specialty"), Some("mrt"));
}

#[test]
fn another_value_as_bad_as_the_old_one_is_refused() {
    let world = World::new();
    world.edit(R, REQUEST, "specialty = \"terapevt\"\n\nstatus", "specialty = \"uzi\"\n\nstatus");
    assert_eq!(
        world.refused(R, REQUEST, vec![set("specialty", "uzi", "mrt")]),
        "dangling-reference"
    );
    let good = world.change(R, REQUEST, vec![set("specialty", "uzi", "terapevt")]).unwrap();
    assert_eq!(good.warnings, []);
}

#[test]
fn a_status_changed_by_hand_is_never_recorded_and_guards_the_record() {
    let world = World::new();
    let back = What::status(Status::InProgress, Status::Created, None, None);
    world.change(R, REQUEST, vec![back]).unwrap();
    world.edit(
        R,
        REQUEST,
        "status = \"created\"\n\noperator",
        "status = \"in-progress\"\n\noperator",
    );
    let ranges = What::List {
        key: "clinic_ranges",
        added: vec![Value::Range(range("25T10:00", "25T14:00"))],
        removed: Vec::new(),
    };
    for what in [book("25T11:30"), ranges] {
        assert_eq!(world.refused(R, REQUEST, vec![what]), "history-mismatch");
    }
    world.note(R, REQUEST).unwrap();
    let record = world.record(R, REQUEST);
    assert_eq!(record.text("status"), Some("in-progress"));
    assert_eq!(history::fold(R, &record.history).values.text("status"), Some("created"));
}

#[test]
fn the_appointment_of_a_processed_request_is_never_recorded() {
    let world = World::new();
    world.change(R, REQUEST, vec![book("25T11:30")]).unwrap();
    let seen = Some(time("25T11:30"));
    let processed = What::status(Status::InProgress, Status::Processed, seen, None);
    world.change(R, REQUEST, vec![processed]).unwrap();
    world.edit(
        R,
        REQUEST,
        "\nappointment = 2026-11-25T11:30:00+03:00\n",
        "\nappointment = 2026-11-25T11:45:00+03:00\n",
    );
    world.note(R, REQUEST).unwrap();
    let record = world.record(R, REQUEST);
    assert_eq!(record.instant("appointment"), Some(time("25T11:45")));
    let folded = history::fold(R, &record.history);
    assert_eq!(folded.values.get("appointment"), Some(&Value::Instant(time("25T11:30"))));
    assert_eq!(folded.conflicts, []);
}

#[test]
fn what_life_lets_pass_is_written_as_it_says() {
    let world = World::new();
    let act = |whats: &dyn Fn(&Acting<'_>, &Record) -> Result<Vec<What>>| {
        let whats = world.store.read(|book| {
            let record = book.get(R, REQUEST).unwrap();
            let by = Acting { book, by: "boris", now: world.now, take_over: true, anyway: false };
            whats(&by, &record)
        });
        world.change(R, REQUEST, whats.unwrap()).unwrap();
    };
    act(&|boris, record| {
        let offered = [range("25T10:00", "25T14:00")];
        boris.set_ranges(record, Whose::Clinic, &offered, false)
    });
    act(&|boris, record| boris.set_appointment(record, Some(time("25T11:30"))));
    act(&|boris, record| boris.set_status(record, Status::Processed, None));
    let record = world.record(R, REQUEST);
    assert_eq!(record.text("operator"), Some("boris"));
    assert_eq!(record.text("status"), Some("processed"));
    assert_eq!(record.history[2].what, What::mark(Mark::TakenOver));
    let folded = history::fold(R, &record.history);
    assert_eq!((&folded.values, folded.conflicts.len()), (&record.values, 0));
}

#[test]
fn only_an_admin_changes_clinics_specialties_and_operators() {
    let world = World::new();
    for (kind, id) in
        [(Kind::Clinic, "poliklinika-1"), (Kind::Specialty, "terapevt"), (Kind::Operator, "boris")]
    {
        let edit = Edit::Change { kind, id: id.to_owned(), whats: vec![note()], text: None };
        let error = world.write_as(Role::Operator, vec![edit]).unwrap_err();
        assert_eq!((error.rule, error.code.exit()), (Some("not-allowed"), 6));
        assert_eq!(error.hint.unwrap().ru, "Обратитесь: Анна Смирнова.");
        world.note(kind, id).unwrap();
    }
    for (kind, id) in [(P, PATIENT), (R, REQUEST)] {
        let edit = Edit::Change { kind, id: id.to_owned(), whats: vec![note()], text: None };
        world.write_as(Role::Operator, vec![edit]).unwrap();
    }
}

#[test]
fn what_is_not_there_can_t_be_changed() {
    let error = World::new().note(R, LATER).unwrap_err();
    assert_eq!((error.rule, error.code.exit()), (Some("no-such-record"), 4));
}

/// A request whose patient is nowhere in the store, but in the world in which it was judged.
#[test]
fn what_was_judged_already_is_not_judged_again_and_nothing_else_passes_for_it() {
    let world = World::new();
    let elsewhere = "7h2k9m4qwf";
    let of = |id: &str| {
        let mut record = Record::new(R, id);
        record.values = request().with("patient", elsewhere);
        let what = What::First { source: None, values: record.values.clone() };
        let (at, by) = (time("23T10:00"), "anna".to_owned());
        record.history = vec![Event { at, by, what, tx: None, extra: Vec::new() }];
        Rc::new(record)
    };
    let (record, other) = (of(LATER), of("20261123-p3x8we"));
    let judged = |records: &[&Rc<Record>], now| {
        let sound = world.store.read(|library| {
            let mut draft = Draft::new(library);
            let mut somebody = Record::new(P, elsewhere);
            somebody.values = patient("4511223355");
            draft.put(P, elsewhere, Some(Rc::new(somebody)));
            let scene = Scene::new(&draft, &world.store.settings, now);
            let records: Vec<_> = records.iter().map(|record| (*record, None)).collect();
            Ok(Sound::of(&scene, &records))
        });
        Some(sound.unwrap().unwrap())
    };
    let take = |record: &Rc<Record>| Edit::Take { record: record.clone(), text: None };
    let write = |record, sound| {
        world.write_plan(Role::Admin, Plan { edits: vec![take(record)], sound, ..Plan::default() })
    };
    let later = world.now + TimeDelta::minutes(1);
    for sound in [
        None,
        judged(&[], world.now),
        judged(&[&other], world.now),
        judged(&[&record, &other], world.now),
        judged(&[&record], later),
        judged(&[&Rc::new(record.as_ref().clone())], world.now),
    ] {
        assert_eq!(write(&record, sound).unwrap_err().rule, Some("dangling-reference"));
    }
    write(&record, judged(&[&record], world.now)).unwrap();
}
