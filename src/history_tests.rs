//! The fold: what a history of one hand adds up to, and what becomes of two hands.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::model::event::clinic_told;
use crate::model::range::Range;

fn at(seconds: i64) -> Instant {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap().fixed_offset()
}

fn event(seconds: i64, by: &str, what: What) -> Event {
    Event { at: at(seconds), by: by.to_owned(), what, tx: None, extra: Vec::new() }
}

fn beside(tx: i64, mut event: Event) -> Event {
    event.tx = Some(at(tx));
    event
}

fn hours(from: i64, to: i64) -> Value {
    Value::Range(Range { start: at(from * 3600), end: at(to * 3600) })
}

fn created() -> Event {
    let values = Values::new()
        .with("patient", "7h2k9m4qwe")
        .with("clinic", "poliklinika-1")
        .with("specialty", "terapevt")
        .with("status", "created")
        .with("operator", "anna")
        .with("created", at(0))
        .with("patient_ranges", Value::List(vec![hours(1, 2), hours(3, 4)]));
    event(0, "anna", What::First { source: None, values })
}

fn status(seconds: i64, by: &str, from: Status, to: Status, seen: Option<Instant>) -> Event {
    event(seconds, by, What::status(from, to, seen, None))
}

fn set(seconds: i64, by: &str, key: &'static str, from: Option<&str>, to: &str) -> Event {
    event(seconds, by, What::set(key, from.map(Value::from).as_ref(), Some(to.into())))
}

fn book(seconds: i64, by: &str, from: Option<Instant>, to: Instant) -> Event {
    event(seconds, by, What::set("appointment", from.map(Value::Instant).as_ref(), Some(to.into())))
}

fn request(events: &[Event]) -> Folded {
    fold(Kind::Request, events)
}

fn conflict(key: &str, value: Option<Value>, by: &str, seconds: i64) -> Conflict {
    Conflict { key: key.into(), value, by: Some(by.into()), at: Some(at(seconds)) }
}

use Status::{Created, InProgress, PatientRefused, Processed};

#[test]
fn a_call_adds_up() {
    let folded = request(&[
        created(),
        status(1, "anna", Created, InProgress, None),
        book(2, "anna", None, at(9000)),
        status(3, "anna", InProgress, Processed, Some(at(9000))),
    ]);
    assert_eq!(folded.values.text("status"), Some("processed"));
    assert_eq!(folded.values.get("appointment"), Some(&Value::Instant(at(9000))));
    assert_eq!(folded.conflicts, []);
}

#[test]
fn a_value_that_its_author_did_not_see_becomes_an_alternative() {
    let folded = request(&[
        created(),
        set(1, "anna", "clinic", Some("poliklinika-1"), "a"),
        set(2, "boris", "clinic", Some("poliklinika-1"), "b"),
    ]);
    assert_eq!(folded.values.text("clinic"), Some("b"));
    assert_eq!(folded.conflicts, [conflict("clinic", Some("a".into()), "anna", 1)]);
}

#[test]
fn equal_values_are_no_conflict() {
    let folded = request(&[
        created(),
        set(1, "anna", "clinic", Some("poliklinika-1"), "a"),
        set(2, "boris", "clinic", Some("poliklinika-1"), "a"),
    ]);
    assert_eq!((folded.values.text("clinic"), folded.conflicts.len()), (Some("a"), 0));
}

/// Two laptops, one clinic each: `b` stands, `a` is the alternative.
fn two_clinics() -> Vec<Event> {
    vec![
        created(),
        set(1, "anna", "clinic", Some("poliklinika-1"), "a"),
        set(2, "boris", "clinic", Some("poliklinika-1"), "b"),
    ]
}

fn settled(seconds: i64, of: &[i64]) -> Event {
    let of = of.iter().map(|seconds| at(*seconds)).collect();
    let details = Details { key: Some("clinic".into()), of, ..Details::default() };
    event(seconds, "clara", What::Mark(Mark::Settled, details))
}

#[test]
fn a_settlement_leaves_the_value_and_no_alternative() {
    for of in [&[][..], &[1]] {
        let mut events = two_clinics();
        events.push(settled(3, of));
        let folded = request(&events);
        assert_eq!((folded.values.text("clinic"), folded.conflicts), (Some("b"), vec![]));
    }
}

#[test]
fn setting_the_key_anew_settles_what_the_settlement_beside_it_names() {
    let mut events = two_clinics();
    events.push(beside(3, settled(3, &[1])));
    events.push(beside(3, set(4, "clara", "clinic", Some("b"), "c")));
    assert_eq!(request(&events).conflicts, []);
}

#[test]
fn of_two_decisions_neither_hides_the_other() {
    let decided = |seconds: i64, by: &str, clinic: &str| {
        let mut mark = settled(seconds, &[1]);
        mark.by = by.to_owned();
        let choice = set(seconds + 1, by, "clinic", Some("b"), clinic);
        [beside(seconds, mark), beside(seconds, choice)]
    };
    for [first, last] in [["a", "b"], ["b", "a"]] {
        let mut events = two_clinics();
        events.extend(decided(3, "clara", first));
        events.extend(decided(5, "dasha", last));
        let folded = request(&events);
        assert_eq!(folded.values.text("clinic"), Some(last));
        let left: Vec<_> = folded.conflicts.iter().map(|c| c.value.as_ref()).collect();
        assert_eq!(left, [Some(&Value::from(first))], "{first}, then {last}");
    }
    // The same decision twice is one; and one that knew of the other stands alone.
    let mut events = two_clinics();
    events.extend(decided(3, "clara", "a"));
    events.extend(decided(5, "dasha", "a"));
    events.push(set(7, "clara", "clinic", Some("a"), "b"));
    let folded = request(&events);
    assert_eq!((folded.values.text("clinic"), folded.conflicts), (Some("b"), vec![]));
}

#[test]
fn a_settlement_spares_what_its_author_had_not_seen() {
    let mut events = two_clinics();
    events.insert(2, set(1, "dasha", "clinic", Some("poliklinika-1"), "d"));
    events.push(settled(3, &[1]));
    let mut earlier = events.clone();
    earlier[2].at = at(1) + TimeDelta::milliseconds(500);
    let left = request(&earlier).conflicts;
    assert_eq!(left.iter().map(|c| c.by.as_deref()).collect::<Vec<_>>(), [Some("dasha")]);
}

#[test]
fn a_second_change_of_one_hand_does_not_hide_what_the_other_recorded() {
    let mut events = two_clinics();
    events.push(set(3, "boris", "clinic", Some("b"), "c"));
    assert_eq!(request(&events).conflicts, [conflict("clinic", Some("a".into()), "anna", 1)]);
    events.push(set(4, "boris", "clinic", Some("c"), "a"));
    assert_eq!(request(&events).conflicts, [], "what stands is no alternative to itself");
}

#[test]
fn a_required_value_is_never_taken_away() {
    let mut events = two_clinics();
    events.push(event(3, "boris", What::set("clinic", Some(&"b".into()), None)));
    assert_eq!(request(&events).values.text("clinic"), Some("b"));
}

#[test]
fn a_settlement_may_choose_the_step_that_was_void() {
    let settled = |key: &str| {
        let details = Details { key: Some(key.into()), ..Details::default() };
        beside(3, event(3, "boris", What::Mark(Mark::Settled, details)))
    };
    let mut events = vec![
        created(),
        status(1, "anna", Created, PatientRefused, None),
        status(2, "boris", Created, InProgress, None),
    ];
    let chosen = beside(3, status(4, "boris", PatientRefused, InProgress, None));
    events.extend([settled("clinic"), chosen.clone()]);
    assert_eq!(request(&events).values.text("status"), Some("patient-refused"));
    events[3] = settled("status");
    assert_eq!(request(&events).values.text("status"), Some("in-progress"));
    assert_eq!(request(&events).conflicts, []);
    assert!(is_legal_step(PatientRefused, InProgress, &[&events[3].what, &chosen.what]));
    assert!(!is_legal_step(PatientRefused, InProgress, &[&settled("clinic").what]));
}

#[test]
fn what_is_taken_back_leaves_a_valid_record() {
    let undone = |seconds, what| {
        [event(seconds, "anna", What::mark(Mark::Undone)), event(seconds + 1, "anna", what)]
            .map(|event| beside(seconds, event))
    };
    let mut processed = vec![
        created(),
        status(1, "anna", Created, InProgress, None),
        book(2, "anna", None, at(9000)),
        status(3, "boris", InProgress, Processed, Some(at(9000))),
    ];
    let back = What::set("appointment", Some(&at(9000).into()), None);
    processed.extend(undone(4, back.clone()));
    assert!(request(&processed).values.get("appointment").is_some());
    let mut given_back = vec![created()];
    given_back.extend(undone(4, What::set("appointment", None, Some(at(9000).into()))));
    assert_eq!(request(&given_back).values.get("appointment"), None);
    assert_eq!(request(&given_back).conflicts.len(), 1);
}

#[test]
fn a_second_registration_counts_as_changes_that_saw_nothing() {
    let patient = |seconds, by: &str, phone: &str| {
        let values = Values::new()
            .with("name", "Щукин Пётр")
            .with("passport", "4511223344")
            .with("phone", phone);
        event(seconds, by, What::First { source: None, values })
    };
    let events = [patient(0, "anna", "+79990000001"), patient(5, "boris", "+79990000002")];
    let folded = fold(Kind::Patient, &events);
    assert_eq!(folded.values.text("phone"), Some("+79990000002"));
    assert_eq!(folded.conflicts, [conflict("phone", Some("+79990000001".into()), "anna", 0)]);
}

#[test]
fn one_import_done_twice_says_nothing_new() {
    let imported = |seconds, by: &str| {
        let What::First { values, .. } = created().what else { unreachable!() };
        event(seconds, by, What::First { source: Some("orders.order:1".into()), values })
    };
    let events =
        [imported(0, "anna"), status(1, "anna", Created, InProgress, None), imported(2, "boris")];
    let folded = request(&events);
    assert_eq!((folded.values.text("status"), folded.conflicts.len()), (Some("in-progress"), 0));
}

#[test]
fn a_step_that_is_not_legal_any_more_is_kept_as_an_alternative() {
    let folded = request(&[
        created(),
        status(1, "anna", Created, PatientRefused, None),
        status(2, "boris", Created, InProgress, None),
    ]);
    assert_eq!(folded.values.text("status"), Some("patient-refused"));
    assert_eq!(folded.conflicts, [conflict("status", Some("in-progress".into()), "boris", 2)]);
}

#[test]
fn what_comes_after_the_end_is_void_and_kept() {
    let events = [
        created(),
        status(1, "anna", Created, InProgress, None),
        status(2, "boris", InProgress, PatientRefused, None),
        book(3, "anna", None, at(9000)),
        event(
            4,
            "anna",
            What::List { key: "clinic_ranges", added: vec![hours(5, 6)], removed: vec![] },
        ),
        status(5, "anna", InProgress, Processed, Some(at(9000))),
    ];
    let folded = request(&events);
    assert_eq!(folded.values.text("status"), Some("patient-refused"));
    assert_eq!(folded.values.get("appointment"), None);
    assert_eq!(
        folded.conflicts,
        [
            conflict("appointment", Some(Value::Instant(at(9000))), "anna", 3),
            conflict("clinic_ranges", Some(Value::List(vec![hours(5, 6)])), "anna", 4),
            conflict("status", Some("processed".into()), "anna", 5),
        ]
    );
}

#[test]
fn a_refusal_that_did_not_see_the_appointment_keeps_it_in_sight() {
    let head =
        [created(), status(1, "anna", Created, InProgress, None), book(2, "anna", None, at(9000))];
    let mut unseen = head.to_vec();
    unseen.push(status(3, "boris", InProgress, PatientRefused, None));
    let folded = request(&unseen);
    assert_eq!(folded.values.get("appointment"), Some(&Value::Instant(at(9000))));
    assert_eq!(
        folded.conflicts,
        [conflict("appointment", Some(Value::Instant(at(9000))), "anna", 2)]
    );
    let mut seen = head.to_vec();
    seen.push(status(3, "anna", InProgress, PatientRefused, Some(at(9000))));
    assert_eq!(request(&seen).conflicts, []);
}

#[test]
fn two_cuts_never_empty_a_list_that_must_not_be_empty() {
    let cut = |seconds, by: &str, removed| {
        event(
            seconds,
            by,
            What::List { key: "patient_ranges", added: vec![], removed: vec![removed] },
        )
    };
    let events = [created(), cut(1, "anna", hours(3, 4)), cut(2, "boris", hours(1, 2))];
    assert_eq!(request(&events).values.list("patient_ranges"), [hours(1, 2)]);
}

#[test]
fn there_is_no_way_back_over_a_recorded_outcome() {
    let events = [
        created(),
        status(1, "anna", Created, InProgress, None),
        event(
            2,
            "anna",
            What::List { key: "clinic_ranges", added: vec![hours(5, 6)], removed: vec![] },
        ),
        status(3, "boris", InProgress, Created, None),
    ];
    let folded = request(&events);
    assert_eq!(folded.values.text("status"), Some("in-progress"));
    assert_eq!(folded.conflicts, [conflict("status", Some("created".into()), "boris", 3)]);
}

#[test]
fn only_a_reopening_leads_back_from_the_end() {
    let end = [created(), status(1, "anna", Created, PatientRefused, None)];
    let back = status(2, "anna", PatientRefused, InProgress, None);
    let mut bare = end.to_vec();
    bare.push(back.clone());
    assert_eq!(request(&bare).values.text("status"), Some("patient-refused"));
    let mut reopened = end.to_vec();
    reopened.push(beside(2, event(2, "anna", What::mark(Mark::Reopened))));
    reopened.push(beside(2, back));
    assert_eq!(request(&reopened).values.text("status"), Some("in-progress"));
}

#[test]
fn an_imported_refusal_counts_as_told() {
    let What::First { values, .. } = created().what else { unreachable!() };
    let imported = event(0, "anna", What::First { source: Some("x".into()), values });
    let told = |events: &[Event]| clinic_told(events, None);
    assert!(told(std::slice::from_ref(&imported)));
    let refused = status(1, "anna", Created, PatientRefused, None);
    assert!(!told(&[imported.clone(), refused.clone()]));
    assert!(told(&[imported, refused, event(2, "anna", What::mark(Mark::ClinicTold))]));
    assert!(!told(&[created()]));
}

#[test]
fn a_clinic_that_was_told_does_not_know_of_another_time() {
    let (nine, ten) = (at(9000), at(9600));
    let events = [
        created(),
        status(1, "anna", Created, InProgress, None),
        book(2, "anna", None, nine),
        status(3, "anna", InProgress, PatientRefused, Some(nine)),
        event(4, "anna", What::mark(Mark::ClinicTold)),
        book(5, "boris", Some(nine), ten),
    ];
    assert!(!clinic_told(&events, Some(&ten.into())));
    assert!(clinic_told(&events, Some(&nine.into())), "a change that was void changes nothing");
    assert!(clinic_told(&events[..5], Some(&nine.into())));
}

#[test]
fn a_new_event_is_later_than_the_last_even_where_the_clock_is_not() {
    let history = [event(100, "anna", What::Note("x".into()))];
    assert_eq!(next_at(&history, at(50)), at(100) + TimeDelta::milliseconds(1));
    assert_eq!(next_at(&history, at(200)), at(200));
    assert_eq!(
        next_at(&[], at(50) + TimeDelta::microseconds(1500)),
        at(50) + TimeDelta::milliseconds(1)
    );
}

/// What one operator may do next, as a number picks it.
fn act(step: usize, seconds: i64, state: &Values) -> Event {
    let text = |key| state.text(key).unwrap_or_default();
    let now = Status::from_code(text("status")).unwrap();
    let appointment = state.get("appointment").and_then(Value::as_instant);
    let answered = appointment.is_some() || state.get("clinic_ranges").is_some();
    let moves: Vec<Status> = now
        .ways_on(answered)
        .iter()
        .copied()
        .filter(|to| *to != Processed || appointment.is_some())
        .collect();
    match step % 5 {
        0 if !moves.is_empty() => {
            let to = moves[step / 5 % moves.len()];
            event(seconds, "anna", What::status(now, to, appointment, None))
        }
        1 if now == InProgress => book(seconds, "anna", appointment, at(10_000 + step as i64)),
        2 if now == InProgress => {
            let wanted = vec![hours(step as i64 % 20, step as i64 % 20 + 1)];
            match list_change("clinic_ranges", state.list("clinic_ranges"), &wanted) {
                Some(what) => event(seconds, "anna", what),
                None => event(seconds, "anna", What::mark(Mark::NoAnswer)),
            }
        }
        3 => {
            let to = if text("clinic") == "a" { "b" } else { "a" };
            set(seconds, "anna", "clinic", Some(text("clinic")), to)
        }
        _ => event(seconds, "anna", What::Note("note".into())),
    }
}

proptest! {
    /// The history of one hand: every change stands, nothing is in conflict.
    #[test]
    fn what_one_operator_does_stands(steps in prop::collection::vec(0..1000usize, 0..40)) {
        let mut events = vec![created()];
        for (i, step) in steps.iter().enumerate() {
            let before = request(&events);
            let next = act(*step, i as i64 + 1, &before.values);
            events.push(next.clone());
            let after = request(&events);
            prop_assert_eq!(&after.conflicts, &[]);
            match &next.what {
                What::Set { key, to, .. } => prop_assert_eq!(after.values.get(key), to.as_ref()),
                What::List { key, added, removed } => {
                    prop_assert!(added.iter().all(|a| after.values.list(key).contains(a)));
                    prop_assert!(!removed.iter().any(|r| after.values.list(key).contains(r)));
                }
                _ => prop_assert_eq!(&after.values, &before.values),
            }
        }
    }

    /// Two hands, events in any order: the fold is total, obeys the rules that it promises, and
    /// loses no value.
    #[test]
    fn the_fold_of_any_events_is_a_valid_record(
        left in prop::collection::vec(0..1000usize, 0..15),
        right in prop::collection::vec(0..1000usize, 0..15),
        skew in -40i64..40,
    ) {
        let grow = |steps: &[usize], shift: i64| {
            let mut events = vec![created()];
            for (i, step) in steps.iter().enumerate() {
                let state = request(&events).values;
                events.push(act(*step, i as i64 * 2 + 1, &state));
            }
            for event in &mut events[1..] {
                event.at += TimeDelta::seconds(shift);
                event.at = event.at.max(at(0) + TimeDelta::milliseconds(1));
            }
            events
        };
        let mut events = grow(&left, 0);
        events.extend(grow(&right, skew * 2 + 1).into_iter().skip(1));
        events.sort_by_key(|event| event.at);
        let folded = request(&events);
        let status = Status::from_code(folded.values.text("status").unwrap()).unwrap();
        let booked = folded.values.get("appointment").is_some();
        prop_assert!(status != Processed || booked);
        prop_assert!(status != Created || (!booked && folded.values.get("clinic_ranges").is_none()));
        prop_assert!(!folded.values.list("patient_ranges").is_empty());
        let adds_up = |values: &Values| adds_up_to(Kind::Request, &events, values);
        prop_assert_eq!(adds_up(&folded.values), folded.conflicts.is_empty());
        prop_assert!(!adds_up(&folded.values.clone().with("clinic", "c")));
        prop_assert!(!adds_up(&folded.values.clone().with("rescheduled_to", "c")));
        let mut less = folded.values.clone();
        less.put("clinic", None);
        prop_assert!(!adds_up(&less));
    }
}
