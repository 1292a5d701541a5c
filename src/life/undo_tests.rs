//! What is taken back is as it was; what can't be is refused.

use proptest::prelude::*;

use super::*;
use crate::life::{Acting, Whose};
use crate::model::request::Request;
use crate::testing::{Shelf, event, list, range, span, time};

const ID: &str = "20261123-k7m2qx";
const PATIENT: &str = "7h2k9m4qwe";

/// A book with one request, and who works on it.
struct Desk {
    shelf: Shelf,
    minute: i64,
    by: &'static str,
}

impl Desk {
    fn new() -> Desk {
        let mut shelf = Shelf::default();
        let clinic = Values::new().with("name", "К").with("specialties", list(&["terapevt"]));
        shelf.make(Kind::Clinic, "poliklinika-1", clinic.clone());
        shelf.make(Kind::Clinic, "poliklinika-2", clinic);
        let values = Values::new()
            .with("patient", PATIENT)
            .with("clinic", "poliklinika-1")
            .with("specialty", "terapevt")
            .with("status", "created")
            .with("operator", "anna")
            .with("created", time("23T10:00"))
            .with("patient_ranges", span("25T09:00", "25T12:00"));
        shelf.make(Kind::Request, ID, values);
        Desk { shelf, minute: 1, by: "anna" }
    }

    fn record(&self) -> Rc<Record> {
        self.shelf.get(Kind::Request, ID).unwrap()
    }

    fn acting(&self) -> Acting<'_> {
        let now = time("23T10:00").to_utc();
        Acting { book: &self.shelf, by: self.by, now, take_over: true, anyway: true }
    }

    /// Records a command's events, as a write does.
    fn record_all(&mut self, whats: Vec<What>) {
        self.minute += 1;
        let mut record = self.record().as_ref().clone();
        let start = event(self.minute, What::mark(Mark::NoAnswer)).at;
        let tx = (whats.len() > 1).then(|| history::next_at(&record.history, start));
        for what in whats {
            let at = history::next_at(&record.history, start);
            let by = self.by.to_owned();
            record.history.push(Event { at, by, what, tx, extra: Vec::new() });
        }
        let folded = history::fold(Kind::Request, &record.history);
        (record.values, record.conflicts) = (folded.values, folded.conflicts);
        self.shelf.put(record);
    }

    /// One thing after the other, as a batch does them, as far as each may be done; whether any was.
    fn act(&mut self, picks: &[usize]) -> bool {
        picks.iter().filter(|pick| self.act_once(**pick)).count() > 0
    }

    /// Something that may be done; whether anything was.
    fn act_once(&mut self, pick: usize) -> bool {
        let record = self.record();
        let acting = self.acting();
        let hour = format!("25T{:02}:00", 8 + pick % 9);
        let step = |to| acting.set_status(&record, to, None);
        let mut whats = match pick % 12 {
            0 | 1 => step(Status::InProgress),
            2 => step(Status::Created),
            3 => step(Status::Processed),
            4 => acting.refuse(&record, Some("передумал".into())),
            5 => acting.reopen(&record, "ошибка".into()),
            6 => acting.set_appointment(&record, Some(time(&hour))),
            7 => acting.set_appointment(&record, None),
            8 => acting.set_ranges(&record, Whose::Clinic, &[range(&hour, "25T18:00")], false),
            9 => acting.set_ranges(
                &record,
                Whose::Patient,
                &[range(&hour, "25T18:00")],
                pick.is_multiple_of(2),
            ),
            10 => acting.clinic_told(&record),
            _ => acting.edit(&record, &[("clinic", "poliklinika-2".into())]),
        }
        .unwrap_or_default();
        if pick.is_multiple_of(5) {
            whats.push(What::Note("перезвонить".into()));
        }
        if whats.is_empty() {
            return false;
        }
        self.record_all(whats);
        true
    }

    fn undo(&mut self) -> Result<()> {
        let named = last(&self.shelf, self.by, |_| 0)?;
        let parts = parts(&self.shelf, self.by, &named)?;
        assert_eq!(parts.len(), 1);
        self.take_back(parts[0].from)
    }

    /// Takes back what was recorded from this place on.
    fn take_back(&mut self, from: usize) -> Result<()> {
        match back(&self.shelf, &Part { record: self.record(), from })? {
            Back::Change(whats, _) => self.record_all(whats),
            Back::Remove => panic!("a request that was not just made"),
        }
        Ok(())
    }

    fn told(&self) -> bool {
        Request::of(&self.record()).unwrap().clinic_told
    }

    fn notes(&self) -> usize {
        let record = self.record();
        let standing = crate::model::event::standing(&record.history);
        standing.iter().filter(|event| matches!(event.what, What::Note(_))).count()
    }
}

proptest! {
    /// Whatever somebody did, taking it back right away gives what was before, taking that back
    /// does it again, and the history only grows.
    #[test]
    fn what_is_taken_back_is_as_it_was(
        commands in prop::collection::vec(
            (prop::collection::vec(0..10_000usize, 1..5), any::<bool>()),
            1..20,
        ),
        undos in 1..4usize,
    ) {
        let mut desk = Desk::new();
        for (picks, other) in commands {
            desk.by = if other { "boris" } else { "anna" };
            let before = (desk.record(), desk.told(), desk.notes());
            let mut from = desk.record().history.len();
            if !desk.act(&picks) {
                continue;
            }
            let after = (desk.record(), desk.told(), desk.notes());
            for turn in 0..undos {
                let history = desk.record().history.clone();
                desk.take_back(from).unwrap();
                from = history.len();
                prop_assert!(desk.record().history.starts_with(&history));
                let (record, told, notes) = if turn % 2 == 0 { &before } else { &after };
                prop_assert_eq!(&desk.record().values, &record.values);
                prop_assert_eq!(&desk.record().conflicts, &record.conflicts);
                prop_assert_eq!((desk.told(), desk.notes()), (*told, *notes));
            }
        }
    }
}

fn rule<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    result.unwrap_err().rule.unwrap()
}

#[test]
fn what_came_after_is_not_undone_by_anybody() {
    let mut desk = Desk::new();
    desk.act(&[1]);
    desk.by = "boris";
    desk.record_all(vec![What::Note("звонила".into())]);
    desk.by = "anna";
    assert_eq!(rule(desk.undo()), "something-came-after");
    desk.by = "clara";
    assert_eq!(rule(desk.undo()), "nothing-to-undo");
    desk.by = "boris";
    desk.undo().unwrap();
    assert_eq!((desk.notes(), desk.record().text("status")), (0, Some("in-progress")));
}

#[test]
fn a_value_that_a_hand_changed_since_is_left_alone() {
    let mut desk = Desk::new();
    desk.act(&[0]);
    let mut record = desk.record().as_ref().clone();
    record.values.put("clinic", Some("poliklinika-2".into()));
    desk.shelf.put(record);
    assert_eq!(rule(desk.undo()), "something-came-after");
}

#[test]
fn what_a_command_made_goes() {
    let desk = Desk::new();
    let named = last(&desk.shelf, "anna", |record| record.kind).unwrap();
    let parts = parts(&desk.shelf, "anna", &named).unwrap();
    assert_eq!(parts[0].record.id, ID, "of one moment, the file that was written last");
    assert_eq!(back(&desk.shelf, &parts[0]).unwrap(), Back::Remove);
}

#[test]
fn a_settlement_that_is_taken_back_opens_the_conflict_again() {
    for take in [false, true] {
        let mut desk = Desk::new();
        let set = |to: &str| What::set("clinic", Some(&"poliklinika-1".into()), Some(to.into()));
        desk.record_all(vec![set("poliklinika-2")]);
        desk.by = "boris";
        desk.record_all(vec![set("poliklinika-3")]);
        let open = desk.record();
        assert_eq!(open.conflicts.len(), 1);
        let mut whats = vec![history::settlement("clinic", &open)];
        if take {
            let (from, to) = (open.values.get("clinic"), open.conflicts[0].value.clone());
            whats.push(What::set("clinic", from, to));
        }
        desk.record_all(whats);
        let settled = desk.record();
        assert_eq!(settled.conflicts, []);
        for then in [&open, &settled, &open] {
            desk.undo().unwrap();
            let now = desk.record();
            assert_eq!((&now.values, &now.conflicts), (&then.values, &then.conflicts), "{take}");
        }
    }
}

#[test]
fn an_event_of_a_later_version_stays() {
    let mut desk = Desk::new();
    desk.record_all(vec![What::Unknown("sent".into())]);
    assert_eq!(rule(desk.undo()), "cannot-undo");
}
