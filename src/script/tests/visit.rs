//! A visit that is booked: mended, moved, off.

use super::*;
use crate::history::What;

#[test]
fn a_mistyped_appointment_stays_until_the_right_one_is_typed() {
    let mut world = World::new(Lang::En);
    let mut script = begin();
    let screen = world.play(&mut script, &["smith", "1", "ther 1", "wed 9-12", "", "9:30", "5"]);
    assert!(screen.contains("Recorded now: Wednesday, 25 November,"), "{screen}");
    let at = |world: &World| world.request().instant("appointment").unwrap();
    assert_eq!(at(&world), time("25T09:30"));
    // Outside the patient's times it is asked about first; the right time is typed at once.
    let screen = world.play(&mut script, &["19:30", "10:30"]);
    assert!(screen.contains("✓ Appointment: Wednesday, 25 November, 10:30"), "{screen}");
    assert_eq!(at(&world), time("25T10:30"));
}

#[test]
fn a_call_for_a_request_that_is_done_goes_on_with_its_patient() {
    let mut world = World::saved(Lang::En);
    world.act("anna", &Act::Appointment { at: time("25T10:30"), anyway: false });
    world.act("anna", &Act::Told);
    let mut script = begin();
    let screen = world.play(&mut script, &["k7m"]);
    assert!(screen.contains("1  Move the visit"), "{screen}");
    assert!(screen.contains("What does the patient want?"), "{screen}");
    // Also of a visit that is past: its patient may not have come.
    world.minutes += 3 * 24 * 60;
    let screen = world.play(&mut begin(), &["k7m"]);
    let standing = "Visit k7m: Wednesday, 25 November, 10:30 (past) · therapist";
    assert!(screen.contains(standing) && screen.contains("1  Move the visit"), "{screen}");
    // It is no live one, and nobody is asked about it who calls for something else.
    let screen = world.play(&mut begin(), &["smith", "1"]);
    assert!(screen.contains("Which doctor"), "{screen}");
    world.act("anna", &Act::Refuse(None));
    world.act("anna", &Act::ClinicTold);
    assert_eq!(begin().open(&world.sight(), REQUEST), Next::End);
}

#[test]
fn what_answers_another_question_is_no_reason() {
    let world = World::saved(Lang::Ru);
    for typed in ["3", "позже", "нет", "да", "перенести", "сб 9-12", "11:30", "вт 12:00", "не знаю"]
    {
        let mut script = at(Stage::Reason { id: REQUEST.to_owned() });
        assert_eq!(script.answer(&world.sight(), typed), Next::Ask, "{typed}");
        assert!(text(&script.screen(&world.sight())).contains("Это не причина отказа."), "{typed}");
    }
    let mut script = at(Stage::Reason { id: REQUEST.to_owned() });
    let next = script.answer(&world.sight(), "заболел, позже позвонит сам");
    assert!(format!("{next:?}").contains("Refuse(Some("), "{next:?}");
}

#[test]
fn the_time_of_a_visit_that_is_told_can_be_mended() {
    let (mut world, mut script) = told();
    let screen = world.play(&mut script, &["k7m", "6"]);
    assert!(screen.contains("На какое время клиника записала на самом деле?"), "{screen}");
    // Until it is typed, nothing has changed.
    let status = |world: &World| world.request().text("status").unwrap().to_owned();
    let screen = world.play(&mut script, &[".."]);
    assert!(screen.contains("6  Исправить время приёма"), "{screen}");
    assert_eq!(status(&world), "processed");
    // The day is the recorded one, though the patient had several.
    let screen = world.play(&mut script, &["6", "11"]);
    assert!(screen.contains("снова в работе"), "{screen}");
    assert!(screen.contains("✓ Время приёма: среда, 25 ноября, 11:00"), "{screen}");
    assert_eq!(status(&world), "in-progress");
    let screen = world.play(&mut script, &["1"]);
    assert!(screen.contains("Обработана"), "{screen}");
}

#[test]
fn a_visit_that_is_off_is_shown_until_its_clinic_knows() {
    let (mut world, mut script) = told();
    // Who has just cancelled it is told so; later nobody is on the line.
    let screen = world.play(&mut script, &["k7m", "2", ""]);
    assert!(
        flat(&screen).contains("Ваша запись на среду, 25 ноября, 10:30, отменена»."),
        "{screen}"
    );
    let screen = world.play(&mut script, &[".."]);
    assert!(screen.contains("Последний ответ уже записан. Вернуть его: Ctrl-C"), "{screen}");
    let screen = world.play(&mut begin(), &["k7m"]);
    assert!(!screen.contains("аша запись на"), "{screen}");
    let mut script = begin();
    let screen = world.play(&mut script, &["smith"]);
    assert!(screen.contains(" · отменена, клиника\n  ещё не знает"), "{screen}");
    assert!(screen.contains("1  Сказать клинике, что приёма не будет"), "{screen}");
    let screen = world.play(&mut script, &["1"]);
    assert!(screen.contains("1  Клиника знает"), "{screen}");
    world.play(&mut script, &["1"]);
    let screen = world.play(&mut begin(), &["smith", "1"]);
    assert!(screen.contains("К какому врачу"), "{screen}");
    let screen = world.play(&mut begin(), &["k7m2qx"]);
    assert!(screen.contains("Вернуть её в работу: appt request reopen k7m2qx"), "{screen}");
    // Who comes after all is told the time that stands.
    let (mut world, mut script) = told();
    world.play(&mut script, &["k7m", "2", ""]);
    let screen = world.play(&mut begin(), &["smith", "2"]);
    assert!(screen.contains("✓ Время приёма: среда, 25 ноября, 10:30"), "{screen}");
    assert!(screen.contains("1  Пациент знает: завершить"), "{screen}");
}

#[test]
fn a_second_visit_at_the_same_time_is_asked_about() {
    let (mut world, _) = told();
    let other = world.other("20261123-aaaaaa");
    world.shelf.put(other);
    world.act("anna", &Act::Reopen("x".to_owned()));
    let mut script = at(Stage::Mend { id: REQUEST.to_owned() });
    let screen = world.play(&mut script, &["10"]);
    let said = "У пациента другой приём в пределах часа. Запись aaa: среда, 25 ноября, 10:30";
    let flat = flat(&screen);
    assert!(flat.contains(said), "{screen}");
    let screen = world.play(&mut script, &["2", "11:30"]);
    assert!(screen.contains("✓ Время приёма: среда, 25 ноября, 11:30"), "{screen}");
}

#[test]
fn a_visit_that_is_past_is_not_taken_off_at_the_clinic() {
    let (mut world, mut script) = told();
    world.minutes += 3 * 24 * 60;
    let screen = world.play(&mut script, &["k7m", "1", "пн 9-12"]);
    assert!(screen.contains("Прежняя заявка закроется."), "{screen}");
    assert!(!screen.contains("останется без записи"), "{screen}");
    // Another time may be typed at once.
    let screen = world.play(&mut script, &["вт 9-12"]);
    assert!(screen.contains("вторник, 1 декабря, 9:00–12:00"), "{screen}");
}

#[test]
fn a_move_is_decided_and_a_visit_told_of_by_a_word_as_well() {
    for (typed, moves) in [("да", true), ("нет", false), ("Нет.", false)] {
        let (mut world, mut script) = told();
        world.minutes += 3 * 24 * 60;
        world.play(&mut script, &["k7m", "1", "пн 9-12"]);
        assert!(matches!(script.stage, Stage::MoveSure { .. }), "{:?}", script.stage);
        let next = script.answer(&world.sight(), typed);
        assert_eq!(matches!(next, Next::Do(Deed::Move { .. })), moves, "{typed}: {next:?}");
        assert!(moves || matches!(script.stage, Stage::End | Stage::Wants { .. }), "{typed}");
    }
    let world = World::saved(Lang::Ru);
    let mut script = at(Stage::Told { id: REQUEST.to_owned() });
    let next = script.answer(&world.sight(), "Знает.");
    assert!(matches!(next, Next::Do(Deed::Step { act: Act::Told, .. })), "{next:?}");
}

#[test]
fn what_a_known_patient_wants_is_said_in_a_word() {
    for (typed, stage) in
        [("перенести", "MoveWhen"), ("отменить", "Reason"), ("новая заявка", "Doctor")]
    {
        let (mut world, mut script) = told();
        world.play(&mut script, &["k7m", typed]);
        assert!(format!("{:?}", script.stage).starts_with(stage), "{typed}: {:?}", script.stage);
    }
}

#[test]
fn the_last_digits_of_a_passport_are_an_answer_where_they_are_asked_for() {
    let (mut world, mut script) = told();
    let known = world.sight().book.patient(PATIENT).unwrap();
    let screen = world.play(&mut script, &["k7m"]);
    assert!(screen.contains("Спросите последние четыре цифры паспорта."), "{screen}");
    let screen = world.play(&mut script, &["0000"]);
    assert!(screen.contains("паспорт кончается иначе"), "{screen}");
    let passport = known.shown("passport").to_owned();
    let screen = world.play(&mut script, &[&passport[6..]]);
    assert!(screen.contains("паспорт сошёлся"), "{screen}");
    assert!(matches!(script.stage, Stage::Wants { .. }));
    // Who is known by the whole number is not asked for its end.
    let screen = world.play(&mut begin(), &[&passport]);
    assert!(screen.contains("Что нужно пациенту?"), "{screen}");
    assert!(!screen.contains("последние четыре"), "{screen}");
}

#[test]
fn who_declines_in_the_midst_of_a_move_leaves_a_visit_to_take_off() {
    const OLD: &str = "20261120-0d0000";
    let mut world = World::saved(Lang::En);
    let mut old = world.other(OLD);
    old.values.put("status", Some("patient-refused".into()));
    old.values.put("appointment", Some(time("26T11:30").into()));
    old.values.put("rescheduled_to", Some(REQUEST.into()));
    world.shelf.put(old);
    let mut new = world.other(REQUEST);
    new.values.put("rescheduled_from", Some(OLD.into()));
    new.history[0].what = history::What::First { source: None, values: new.values.clone() };
    world.shelf.put(new);
    let mut script = at(Stage::NothingFree { id: REQUEST.to_owned() });
    let screen = world.play(&mut script, &["declines"]);
    assert_eq!(script.stage, Stage::Off { id: OLD.to_owned() }, "{screen}");
    assert!(screen.contains("The clinic knows"), "{screen}");
}

#[test]
fn a_move_that_the_clinic_has_no_time_for_can_be_given_up() {
    const OLD: &str = "20261120-0d0000";
    let moved = || {
        let mut world = World::saved(Lang::Ru);
        let mut old = world.other(OLD);
        old.values.put("appointment", Some(time("27T11:30").into()));
        old.values.put("status", Some("patient-refused".into()));
        world.shelf.put(old);
        let mut new = world.other(REQUEST);
        // As the first values, so that it stays whatever happens next.
        let What::First { values, .. } = &mut new.history[0].what else { unreachable!() };
        values.put("rescheduled_from", Some(OLD.into()));
        new.values.put("rescheduled_from", Some(OLD.into()));
        world.shelf.put(new);
        // The old visit is kept also after further steps.
        world.act("anna", &Act::NoAnswer);
        world
    };
    let mut world = moved();
    let mut script = opened(&world);
    let screen = world.play(&mut script, &["нет"]);
    assert!(screen.contains("1  Оставить прежнее время: пятница, 27 ноября, 11:30"), "{screen}");
    assert!(!screen.contains("appt undo"), "{screen}");
    let screen = flat(&world.play(&mut script, &["1"]));
    assert_eq!(world.request().instant("appointment"), Some(time("27T11:30")));
    assert!(screen.contains("Прежнюю запись, пожалуйста, оставьте"), "{screen}");
    // The time is the same one: nothing was moved that the patient should hear of.
    assert!(screen.contains("Вы записаны на приём") && !screen.contains("перенесена"), "{screen}");

    for typed in ["оставить", "Оставить как было."] {
        let mut world = moved();
        world.play(&mut opened(&world), &["нет", typed]);
        assert_eq!(world.request().instant("appointment"), Some(time("27T11:30")), "{typed}");
    }
    // Where nothing is moved, there is nothing to keep.
    let mut world = World::saved(Lang::Ru);
    let screen = world.play(&mut opened(&world), &["нет", "оставить"]);
    assert!(!screen.contains("Оставить") && world.request().instant("appointment").is_none());
}

#[test]
fn a_wrong_number_is_noted_and_the_request_waits() {
    let id = || REQUEST.to_owned();
    let patient = "Smith John, +7 901 789-25-69: номер телефона неверный";
    let clinic = "Clinic 1, +7 495 237-72-97: номер телефона неверный";
    for (stage, typed, noted, hint) in [
        (Stage::Offer { id: id() }, "не тот номер", patient, "appt patient edit"),
        (Stage::Told { id: id() }, "Номер не существует.", patient, "appt patient edit"),
        (Stage::Anew { id: id() }, "ошиблись номером", patient, "appt patient edit"),
        (Stage::Answer { id: id() }, "неверный номер", clinic, "appt clinic edit one --phone"),
        (Stage::Off { id: id() }, "yt njn yjvth", clinic, "appt clinic edit one --phone"),
    ] {
        let mut world = World::saved(Lang::Ru);
        let mut script = at(stage);
        let screen = flat(&world.play(&mut script, &[typed]));
        let note = What::Note(noted.to_owned());
        assert_eq!(world.request().history.last().map(|event| &event.what), Some(&note), "{typed}");
        assert!(screen.contains(hint) && script.is_over(), "{typed}: {screen}");
        // Nobody is led to the same number a moment later, before all others.
        assert!(phrase::is_vain(noted));
    }
    // To whoever declines it may be the reason.
    let mut world = World::saved(Lang::Ru);
    world.play(&mut at(Stage::Reason { id: id() }), &["не тот номер"]);
    assert_eq!(world.request().text("status"), Some("patient-refused"));
    // Who was to be asked about another clinic is not forgotten over it.
    let why = "Clinic 1: nothing".to_owned();
    let stage = Stage::ElsewhereWhen { id: id(), clinic: "two".to_owned(), why };
    let mut world = World::saved(Lang::Ru);
    world.play(&mut at(stage), &["не тот номер"]);
    let record = world.request();
    let What::Note(note) = &record.history.last().unwrap().what else { panic!() };
    let wanted = "Спросить пациента, когда ему удобно там: Clinic 2. Clinic 1: nothing. ";
    assert_eq!(*note, format!("{wanted}{patient}"));
}

#[test]
fn a_clinic_that_the_patient_has_yet_to_be_asked_about_is_not_forgotten() {
    let mut world = World::saved(Lang::Ru);
    let stage = Stage::ElsewhereWhen {
        id: REQUEST.to_owned(),
        clinic: "two".to_owned(),
        why: phrase::nothing_free(Lang::Ru, "Клиника 1"),
    };
    world.play(&mut at(stage), &["позже"]);
    let record = world.request();
    let note = record.history.iter().rev().find_map(|event| match &event.what {
        What::Note(text) => Some(text.as_str()),
        _ => None,
    });
    let clinic = world.sight().title(Kind::Clinic, "two");
    let wanted = format!(
        "Спросить пациента, когда ему удобно там: {clinic}. Клиника 1: свободного времени нет"
    );
    assert_eq!(note, Some(wanted.as_str()));
    assert!(phrase::is_vain(&wanted));
}
