//! What the patient wants: the doctor, the times, the check screen.

use super::*;

#[test]
fn where_there_is_no_such_doctor_those_there_are_are_named() {
    let mut world = World::new(Lang::Ru);
    world.shelf.make(Kind::Specialty, "lor", Values::new().with("title", "ENT"));
    let mut clinic = (*world.shelf.get(Kind::Clinic, "two").unwrap()).clone();
    clinic.values.put("specialties", Some(list(&["lor", "terapevt"])));
    world.shelf.put(clinic);
    let screen = world.play(&mut begin(), &["smith", "1", "стоматолог"]);
    insta::assert_snapshot!(screen, @"
    Такого врача в такой клинике нет: «стоматолог». Есть:
      ENT: Clinic 2
      Therapist: Clinic 1, Clinic 2
    .. — вернуться к прошлому вопросу.
    ");
}

#[test]
fn next_week_gets_its_own_dates_as_a_hint() {
    let mut world = World::new(Lang::Ru);
    let begun = ["smith", "1", "ther 1", "на следующей неделе"];
    let screen = world.play(&mut begin(), &begun);
    assert!(screen.contains("Назовите дни и часы: `1.12-3.12 9-12`."), "{screen}");
}

#[test]
fn a_request_that_is_there_already_is_named_before_another_one_is_saved() {
    let mut world = World::saved(Lang::Ru);
    let screen = world.play(&mut begin(), &["smith", "3", "ther 1", "чт 9-12"]);
    let said = "Внимание: к этому врачу в эту клинику уже есть заявка. Заявка k7m:";
    assert!(screen.contains(said), "{screen}");
    let screen = world.play(&mut begin(), &["smith", "3", "ther 2", "чт 9-12"]);
    assert!(screen.contains("Проверьте заявку") && !screen.contains("Внимание"), "{screen}");
}

#[test]
fn a_visit_that_is_booked_already_is_named_before_another_one_is_saved() {
    let mut world = World::saved(Lang::Ru);
    world.act("anna", &Act::Appointment { at: time("25T10:30"), anyway: false });
    world.act("anna", &Act::Told);
    let said = "Внимание: пациент уже записан к этому врачу в эту клинику. Запись k7m: среда, 25";
    let screen = world.play(&mut begin(), &["smith", "новая", "ther 1", "чт 9-12"]);
    assert!(flat(&screen).contains(said), "{screen}");
    for ask in [&["smith", "новая", "ther 2", "чт 9-12"][..], &["smith", "перенести", "чт 9-12"]]
    {
        let screen = world.play(&mut begin(), ask);
        assert!(!screen.contains("Внимание"), "{screen}");
    }
    // What is past is no warning.
    world.minutes += 3 * 24 * 60;
    let screen = world.play(&mut begin(), &["smith", "1", "ther 1", "пн 9-12"]);
    assert!(screen.contains("Проверьте заявку") && !screen.contains("Внимание"), "{screen}");
}

#[test]
fn who_calls_again_before_the_clinic_has_answered_may_name_other_times() {
    let mut world = World::saved(Lang::Ru);
    let mut script = begin();
    let screen = world.play(&mut script, &["smith"]);
    assert!(screen.contains("6  Другое удобное время"), "{screen}");
    let screen = world.play(&mut script, &["6"]);
    assert!(screen.contains("Записано, что удобно пациенту: среда"), "{screen}");
    let screen = world.play(&mut script, &["пт 9-12"]);
    assert!(screen.contains("✓ Удобно пациенту: пятница, 27 ноября, 9:00–12:00"), "{screen}");
    assert!(screen.contains("Что ответила клиника?"), "{screen}");
    // A colleague who is busy with it is not passed over.
    let other = Script::new(Canvas::new(Some(80), false, false), "boris");
    let screen = world.play(&mut { other }, &["smith"]);
    assert!(!screen.contains("Другое удобное время"), "{screen}");
}

#[test]
fn other_times_of_a_request_that_nobody_has_taken_up_are_taken_as_well() {
    let mut world = World::saved(Lang::Ru);
    let mut created = world.other("20261123-aaaaaa");
    created.values.put("status", Some("created".into()));
    let history = vec![history::Event {
        what: history::What::First { source: None, values: created.values.clone() },
        ..created.history[0].clone()
    }];
    created.history = history;
    world.shelf.put(created.clone());
    let act = Act::AskAgain { ranges: vec![range("27T09:00", "27T12:00")], why: None };
    let now = world.sight().now;
    let acting = Acting { book: &world.shelf, by: "anna", now, take_over: false, anyway: false };
    let whats = act.whats(&acting, &created).unwrap();
    assert!(
        matches!(whats.as_slice(), [history::What::List { key: "patient_ranges", .. }]),
        "{whats:?}"
    );
}
