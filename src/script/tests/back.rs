//! Going back, breaking off, and what others did meanwhile.

use super::*;

#[test]
fn a_call_that_began_with_a_request_is_gone_on_with_where_it_was() {
    let mut world = World::saved(Lang::Ru);
    world.act("anna", &Act::Appointment { at: time("25T10:30"), anyway: false });
    world.act("anna", &Act::Told);
    let mut script = opened(&world);
    world.play(&mut script, &["1", "пт 9-10"]);
    assert!(matches!(script.stage, Stage::MoveSure { .. }), "{:?}", script.stage);
    let (answers, then) = script.answers();
    // The program greets, and shows what it asks, before it knows that a call is gone on with.
    let mut again = begin();
    again.screen(&world.sight());
    again.open(&world.sight(), REQUEST);
    assert_eq!(again.replay(&world.sight(), &answers, &then, Vec::new()), 2);
    assert_eq!(again.stage, script.stage);
}

#[test]
fn going_back_gives_the_earlier_words_and_takes_back_what_followed() {
    let mut world = World::new(Lang::En);
    let mut script = begin();
    world.play(&mut script, &["smith", "1", "ther 1", "wed 9-12", ".."]);
    let screen = script.screen(&world.sight());
    assert_eq!(screen.default.as_deref(), Some("wed 9-12"));
    assert!(script.draft().ranges.is_empty());
    world.play(&mut script, &["", "..", "..", ".."]);
    assert_eq!(script.screen(&world.sight()).default, None, "who it is, is a fact");
    let screen = world.play(&mut script, &["..", ".."]);
    assert!(screen.contains("This is the first question."), "{screen}");
    assert_eq!(script.screen(&world.sight()).default.as_deref(), Some("smith"));
}

#[test]
fn what_was_saved_is_not_gone_back_behind_but_answered_anew() {
    let mut world = World::new(Lang::En);
    let mut script = begin();
    let screen = world.play(&mut script, &["smith", "1", "ther 1", "wed 9-12", "", ".."]);
    let flat = flat(&screen);
    let said = "The request is saved. Leave here (Ctrl-C). To take back what was saved last: appt undo. To mend it:";
    assert!(flat.contains(said), "{screen}");
    let mut later = opened(&world);
    let screen = world.play(&mut later, &[".."]);
    assert!(screen.contains("The request is saved. Leave here (Ctrl-C). To mend it:"), "{screen}");
    // What is wrong with an answer is said beside the prompt; the question is not shown once more.
    assert!(!screen.contains("What did the clinic say?"), "{screen}");
    // The patient's choice, and before it the clinic's answer, can be given anew.
    let screen = world.play(&mut script, &["thu 15-17, fri 9-12", "fri 10-12", ".."]);
    assert!(screen.contains("The patient's choice is recorded: Friday"), "{screen}");
    let screen = world.play(&mut script, &[".."]);
    assert!(screen.contains("Recorded as the clinic's times: Thursday"), "{screen}");
    let screen = world.play(&mut script, &["thu 15-16", "1", "15:30", ".."]);
    assert!(screen.contains("The appointment is recorded. To mend it: 5."), "{screen}");
}

#[test]
fn answers_are_offered_again_after_going_back_behind_them() {
    let mut world = World::new(Lang::En);
    let mut script = begin();
    let known = ["petrov ivan", "1", "4510111111"];
    world.play(&mut script, &known);
    // The whole name was typed in the search box.
    assert_eq!(script.screen(&world.sight()).default.as_deref(), Some("Petrov Ivan"));
    world.play(&mut script, &["", "9161234567", "ther 1", "wed 9-12", "..", "..", "..", ".."]);
    assert_eq!(script.screen(&world.sight()).default.as_deref(), Some("Petrov Ivan"));
    world.play(&mut script, &["petrova"]);
    assert_eq!(script.screen(&world.sight()).default.as_deref(), Some("9161234567"));
    let screen = world.play(&mut script, &["", "", ""]);
    assert!(screen.contains("Petrova Ivan · +7 916 123-45-67"), "{screen}");
    // From the check screen too, each answer is kept by Enter.
    let screen = world.play(&mut script, &["3", "", "", "8 903 555 01 12"]);
    assert!(screen.contains("Petrova Ivan · +7 903 555-01-12"), "{screen}");
    // Somebody else has no phone yet.
    let mut other = begin();
    world.play(
        &mut other,
        &[&known[..], &["", "9161234567", "..", "..", "..", "..", ".."]].concat(),
    );
    world.play(&mut other, &["sidorov oleg", "1", "4510222222", ""]);
    assert_eq!(other.screen(&world.sight()).default, None);
}

#[test]
fn a_name_that_was_mended_is_kept_when_the_search_is_gone_back_behind() {
    let (mut world, mut script) = (World::new(Lang::Ru), begin());
    let to_phone = ["petrov ivan", "1", "4510111111", "petrova inna"];
    world.play(&mut script, &[&to_phone[..], &["..", "..", "..", "1", ""]].concat());
    let screen = script.screen(&world.sight());
    assert_eq!(screen.default.as_deref(), Some("Petrova Inna"));
}

#[test]
fn a_call_that_was_broken_off_is_overtaken_by_what_was_done_since() {
    let mut world = World::saved(Lang::Ru);
    let mut first = opened(&world);
    world.play(&mut first, &["нет"]);
    let (answers, _) = first.answers();
    let is_overtaken = |world: &World| begin().is_overtaken_at(&world.sight(), REQUEST, &answers);
    assert!(!is_overtaken(&world));
    world.act("anna", &Act::Appointment { at: time("25T10:00"), anyway: false });
    assert!(is_overtaken(&world));
}

#[test]
fn a_change_by_somebody_else_is_told_and_nothing_is_done() {
    let mut world = World::saved(Lang::Ru);
    let mut script = opened(&world);
    script.screen(&world.sight());
    world.act("boris", &Act::Appointment { at: time("25T10:00"), anyway: false });
    assert_eq!(script.answer(&world.sight(), "11.30"), Next::Ask);
    let screen = text(&script.screen(&world.sight()));
    insta::assert_snapshot!(screen, @"
    Пока вы отвечали, заявка изменилась (Boris, 10:02): взята у другого оператора;
      ведёт: Anna → Boris; время приёма: ср 25.11 10:00. Ваш ответ не записан.
    Smith John · заявка k7m · therapist · Clinic 1
    Сейчас у заявки k7m2qx другой оператор: Boris.
      1  Взять заявку себе
      2  Оставить
    ");
    // Taken over, the script goes on from the appointment that stands.
    let screen = world.play(&mut script, &["1"]);
    assert!(screen.contains("✓ Время приёма: среда, 25 ноября, 10:00"), "{screen}");
}

#[test]
fn a_draft_is_taken_again_as_far_as_it_means_the_same() {
    let mut world = World::new(Lang::Ru);
    let mut first = begin();
    world.play(&mut first, &["smith", "1", "ther 1", "завтра 9-12"]);
    let (answers, then) = first.answers();
    let mut again = begin();
    again.replay(&world.sight(), &answers, &then, Vec::new());
    assert_eq!((&again.stage, &again.draft), (&first.stage, &first.draft));
    // A day later «завтра» is another day: it is asked again, what went before is kept.
    world.minutes += 24 * 60;
    let mut later = begin();
    later.replay(&world.sight(), &answers, &then, Vec::new());
    assert_eq!(later.stage, Stage::When);
    let screen = text(&later.screen(&world.sight()));
    assert!(screen.contains("Тогда ответ был «завтра 9-12»"), "{screen}");
    assert_eq!(later.screen(&world.sight()).default, None, "Enter takes no other day");
    assert!(!screen.contains("✓ среда"), "{screen}");
    assert_eq!(later.draft.specialty.as_deref(), Some("terapevt"));
}

#[test]
fn where_a_draft_means_something_else_all_its_words_are_offered_again() {
    let mut world = World::new(Lang::Ru);
    let mut first = begin();
    let typed = ["Иванов Пётр", "1", "4520 222222", "", "8 916 123-45-99", "ther 1"];
    world.play(&mut first, &typed);
    let (answers, then) = first.answers();
    assert_eq!(first.stage, Stage::When);
    // Somebody of that name is added meanwhile: it is asked who calls, and nothing has to be typed anew.
    let values = Values::new().with("name", "Иванов Пётр").with("passport", "4511000000");
    world.shelf.make(Kind::Patient, "7h2k9m4qwf", values.with("phone", "+79160000000"));
    let mut again = begin();
    again.screen(&world.sight());
    again.replay(&world.sight(), &answers, &then, Vec::new());
    assert_eq!(again.whose(&world.sight(), None, &answers, &then).as_deref(), None);
    let screen = again.screen(&world.sight());
    insta::assert_snapshot!(text(&screen), @r"
    Тогда ответ был «Иванов Пётр», а теперь он значит другое: день или данные
      сменились. Переспросите.
    Кто звонит? Фамилия и имя, телефон, паспорт или номер заявки.
    ");
    assert_eq!(screen.default.as_deref(), Some("Иванов Пётр"));
    world.play(&mut again, &["", "2"]);
    for typed in ["4520 222222", "Иванов Пётр", "8 916 123-45-99", "ther 1"] {
        assert_eq!(again.screen(&world.sight()).default.as_deref(), Some(typed));
        world.play(&mut again, &[""]);
    }
    assert_eq!((again.stage, again.draft), (first.stage, first.draft));
}

#[test]
fn an_answer_that_means_something_else_does_not_mean_that_the_request_does() {
    let mut world = World::new(Lang::Ru);
    let mut first = begin();
    world.play(&mut first, &["smith", "1", "ther 1", "ср 9-12", "1"]);
    let id = first.subject().unwrap().to_owned();
    world.play(&mut first, &["завтра 13"]);
    let (answers, then) = first.answers();
    assert_eq!(answers.len(), 1);
    world.minutes += 24 * 60;
    let mut later = begin();
    assert!(!later.is_overtaken_at(&world.sight(), &id, &answers));
    later.open(&world.sight(), &id);
    later.replay(&world.sight(), &answers, &then, Vec::new());
    let screen = later.screen(&world.sight());
    assert_eq!(screen.default, None, "Enter takes no other day");
    let screen = text(&screen);
    assert!(screen.contains("Тогда ответ был «завтра 13», а теперь"), "{screen}");
}

#[test]
fn a_request_that_was_opened_is_no_answer() {
    let mut world = World::saved(Lang::Ru);
    let mut script = begin();
    world.play(&mut script, &["k7m"]);
    assert!(script.subject().is_some());
    assert!(!script.has_answers());
    world.play(&mut script, &[".."]);
    assert!(script.is_at_start() && !script.has_answers());
}

#[test]
fn the_answer_that_took_the_place_of_another_is_what_enter_takes() {
    let mut world = World::new(Lang::En);
    let mut script = begin();
    world.play(&mut script, &["smith", "1", "ther 1", "thu 9-12", "..", "wed 9-12"]);
    assert_eq!(script.stage, Stage::Review);
    world.play(&mut script, &["5"]);
    assert_eq!(script.screen(&world.sight()).default.as_deref(), Some("wed 9-12"));
}

#[test]
fn what_is_mended_on_the_check_screen_is_kept_by_enter() {
    let mut world = World::new(Lang::Ru);
    let mut script = begin();
    world.play(&mut script, &["smith", "1", "ther 1", "ср 9-12, чт после 15"]);
    let before = script.draft().clone();
    for (digit, kept) in [("4", "ther 1"), ("5", "ср 9-12, чт после 15")] {
        assert_eq!(script.stage, Stage::Review, "{digit}");
        world.play(&mut script, &[digit]);
        assert_eq!(script.screen(&world.sight()).default.as_deref(), Some(kept));
        world.play(&mut script, &[""]);
        assert_eq!(script.draft(), &before, "{digit}");
    }
    assert_eq!(script.stage, Stage::Review);
}

#[test]
fn a_clinic_that_was_chosen_from_a_list_is_kept_as_well() {
    let mut world = World::new(Lang::Ru);
    let mut script = begin();
    world.play(&mut script, &["smith", "1", "ther", "2", "ср 9-12", "4"]);
    assert_eq!(script.screen(&world.sight()).default.as_deref(), Some("Therapist Clinic 2"));
    world.play(&mut script, &[""]);
    assert_eq!(script.stage, Stage::Review);
    assert_eq!(script.draft().clinic.as_deref(), Some("two"));
}
