//! The call to the clinic, and what it offers read out to the patient.

use super::*;

#[test]
fn the_second_call_has_its_sentence_and_examples_that_fit() {
    let mut world = World::new(Lang::Ru);
    let mut script = begin();
    let screen = world.play(
        &mut script,
        &["smith", "1", "ther 1", "ср 9-12", "", "чт 15-17, пт 9-12", "чт 15-16, пт 10-12"],
    );
    let asked = screen.split("Позвоните").nth(1).unwrap();
    insta::assert_snapshot!(asked, @"
     в клинику: +7 495 237-72-97
      Clinic 1 · 1 Main Street
    Скажите: «Пациенту подходит ваше время: четверг, 26 ноября, с 15:00 до 16:00 или
      пятница, 27 ноября, с 10:00 до 12:00. Запишите, пожалуйста. Специалист —
      therapist. Пациент — Smith John. На какое время запишете?»
    На какое время записали?
      чт 15:00           — назначила время    нет    — свободного нет
      чт 14-16, пт 9-12  — предложила другое  позже  — не дозвонились
    ");
}

#[test]
fn a_clinic_of_another_clock_has_the_patient_asked_again() {
    let mut world = World::new(Lang::Ru);
    let mut clinic = (*world.shelf.get(Kind::Clinic, "two").unwrap()).clone();
    clinic.values.put("timezone", Some("Asia/Omsk".into()));
    world.shelf.put(clinic);
    let mut script = begin();
    let screen = world.play(&mut script, &["smith", "1", "ther 1", "ср 9-12", "", "нет"]);
    assert!(screen.contains("1  Другая клиника: Clinic 2 · 1 Main Street (МСК+3)"), "{screen}");
    let screen = world.play(&mut script, &["1"]);
    insta::assert_snapshot!(screen, @"
    Smith John · заявка k7m · therapist · Clinic 1
    Clinic 2: другой часовой пояс. Позвоните пациенту: +7 901 789-25-69
    Прочтите: «Здравствуйте! В прежней клинике свободного времени нет. Есть другая:
      Clinic 2, адрес: 1 Main Street. Когда вам удобно там?»
    Когда пациенту удобно там? Например: ср 9-12, чт после 15
      отказ — пациент отказался   позже — нет ответа
      Часы — по времени клиники (МСК+3).
    ");
    // The patient may not answer, or not want to go there.
    for answer in ["не дозвонились", "позже"] {
        let next = script.answer(&world.sight(), answer);
        let kept = "удобно там: Clinic 2. Clinic 1: свободного времени нет\")";
        assert!(format!("{next:?}").contains(kept), "{next:?}");
    }
    let screen = world.play(&mut script, &["отказ", "..", "чт 9-12"]);
    let flat = flat(&screen);
    let said = "четверг, 26 ноября, с 9:00 до 12:00 по времени клиники (МСК+3)";
    assert!(flat.contains(said), "{screen}");
    assert!(screen.contains("✓ Другая клиника: Clinic 2"), "{screen}");
    let record = world.request();
    assert_eq!(record.values.list("patient_ranges").len(), 1);
    let start = record.values.list("patient_ranges")[0].as_range().unwrap().start;
    assert_eq!(start.to_rfc3339(), "2026-11-26T09:00:00+06:00");
    // Where a new request goes there, whose clock it is stands with the question.
    let screen = world.play(&mut begin(), &["smith", "3", "ther 2"]);
    assert!(screen.contains("Часы — по времени клиники (МСК+3)."), "{screen}");
}

#[test]
fn a_clinic_that_rings_back_did_answer() {
    let world = World::saved(Lang::Ru);
    for (typed, wanted) in [
        ("перезвонят", Act::Later("Clinic 1: обещали перезвонить".to_owned())),
        ("Сами перезвонят.", Act::Later("Clinic 1: обещали перезвонить".to_owned())),
        ("недозвон", Act::NoAnswer),
        ("трубку не берут", Act::NoAnswer),
    ] {
        let next = opened(&world).answer(&world.sight(), typed);
        assert!(matches!(&next, Next::Do(Deed::Step { act, .. }) if *act == wanted), "{next:?}");
    }
}

#[test]
fn a_call_shows_the_latest_notes_of_the_request_and_the_patient() {
    let mut world = World::saved(Lang::En);
    let noted = |kind: Kind, id: &str, world: &mut World, minutes: i64, text: &str| {
        let mut record = (*world.shelf.get(kind, id).unwrap()).clone();
        record.history.push(crate::testing::event(minutes, history::What::Note(text.to_owned())));
        world.shelf.put(record);
    };
    noted(Kind::Request, REQUEST, &mut world, 10, "the first");
    noted(Kind::Patient, PATIENT, &mut world, 20, "hard of hearing");
    noted(Kind::Request, REQUEST, &mut world, 30, &format!("call\nbefore ten {}", "x".repeat(300)));
    let mut script = opened(&world);
    let screen = text(&script.screen(&world.sight()));
    let flat = flat(&screen);
    let first = flat.find("Note (23 November, Anna): hard of hearing").unwrap();
    let second = flat.find("Note (23 November, Anna): call / before ten xx").unwrap();
    assert!(first < second && !flat.contains("the first"), "{screen}");
    assert!(flat.contains("xx… ") && !flat.contains(&"x".repeat(200)), "{screen}");
}

#[test]
fn a_yes_takes_the_one_thing_that_is_offered() {
    let (thursday, friday) = (range("26T15:00", "26T17:00"), range("27T09:00", "27T12:00"));
    let (mut world, mut script) = offered(&[thursday]);
    let screen = world.play(&mut script, &["да"]);
    assert!(screen.contains("✓ Подходит обоим: четверг, 26 ноября, 15:00–17:00"), "{screen}");
    // What suits both is what was read out.
    let (mut world, mut script) = offered(&[range("25T11:00", "25T15:00"), friday]);
    let screen = world.play(&mut script, &["Подходит."]);
    assert!(screen.contains("✓ Подходит обоим: среда, 25 ноября, 11:00–12:00"), "{screen}");
    // That may be one of the clinic's times as it is.
    let (mut world, mut script) = offered(&[range("25T10:00", "25T11:00"), friday]);
    let screen = world.play(&mut script, &[]);
    assert!(screen.contains("Время совпало частично."), "{screen}");
    let screen = world.play(&mut script, &["да"]);
    assert!(screen.contains("✓ Подходит обоим: среда, 25 ноября, 10:00–11:00"), "{screen}");
    let (mut world, mut script) = offered(&[thursday, friday]);
    let screen = world.play(&mut script, &["да"]);
    assert!(screen.contains("Что из этого? Введите цифру."), "{screen}");
}

#[test]
fn the_offer_is_read_out_again_as_it_was_before_the_choice() {
    let read = |screen: &str| {
        let flat = flat(screen);
        let from = flat.find("Прочтите:").unwrap();
        flat[from..][..flat[from..].find('»').unwrap()].to_owned()
    };
    let (part, other) = (range("25T11:00", "25T15:00"), range("26T15:00", "26T17:00"));
    for (offer, answers, said) in [
        (vec![part], vec!["да"], "из удобного вам времени клиника предлагает: в среду"),
        (vec![part], vec!["ср 14-15"], "из удобного вам времени клиника предлагает: в среду"),
        (vec![part, other], vec!["1", "..", "3"], "из удобного вам времени"),
        (vec![other], vec!["да"], "на удобное вам время записи нет"),
    ] {
        let (mut world, mut script) = offered(&offer);
        let before = read(&world.play(&mut script, &[]));
        assert!(before.to_lowercase().contains(said), "{before}");
        let screen = world.play(&mut script, &[&answers[..], &[".."]].concat());
        assert_eq!(read(&screen), before, "{answers:?}");
    }
    // A clinic that has all of it offers that.
    let (mut world, mut script) = offered(&[range("25T08:00", "25T20:00")]);
    let screen = world.play(&mut script, &[".."]);
    assert!(read(&screen).contains("Из удобного вам времени клиника предлагает"), "{screen}");
}

#[test]
fn times_that_do_not_suit_have_a_way_on() {
    let thursday = range("26T15:00", "26T17:00");
    let (mut world, mut script) = offered(&[thursday]);
    let screen = world.play(&mut script, &["не подходит"]);
    insta::assert_snapshot!(screen, @"
    Предложенное клиникой пациенту не подходит. Что дальше?
      1  Другая клиника: Clinic 2 · 1 Main Street
      2  Позвонить позже
      3  Пациент отказывается
      Или когда пациенту удобно: ср 9-12 — спросить клинику ещё раз
    ");
    let screen = world.play(&mut script, &["", "пт 9-12"]);
    assert!(screen.contains("✓ Удобно пациенту: пятница, 27 ноября, 9:00–12:00."), "{screen}");
    assert!(screen.contains("Что ответила клиника?"), "{screen}");
    // A mere no is no refusal.
    for no in ["нет", "no"] {
        let (mut world, mut script) = offered(&[thursday]);
        let screen = world.play(&mut script, &[no]);
        assert!(screen.contains("пациенту не подходит. Что дальше?"), "{no}:\n{screen}");
    }
    let (mut world, mut script) = offered(&[thursday]);
    let screen = world.play(&mut script, &["отказ"]);
    assert!(screen.contains("После ответа заявка будет закрыта."), "{screen}");
    let (mut world, mut script) = offered(&[thursday]);
    world.play(&mut script, &["не подходит", "2"]);
    let record = world.request();
    let last = &record.history.last().unwrap().what;
    assert!(format!("{last:?}").contains("пациенту не подходит"), "{last:?}");
}

#[test]
fn times_outside_the_offer_are_asked_of_the_clinic_again() {
    let (mut world, mut script) = offered(&[range("26T15:00", "26T17:00")]);
    let screen = world.play(&mut script, &["вт 9-12"]);
    insta::assert_snapshot!(screen, @"
    Вне времени клиники: вторник, 24 ноября, 9:00–12:00. Клиника предлагает:
      четверг, 26 ноября, 15:00–17:00.
      1  Записать как удобное пациенту и спросить клинику ещё раз
      2  Другие часы
    ");
    let screen = world.play(&mut script, &["2"]);
    assert!(screen.contains("Время не совпало."), "{screen}");
    // Other hours, or whatever else the offer takes, are typed at once.
    let screen = world.play(&mut script, &["вт 9-12", "ср 9-12"]);
    assert!(screen.contains("Вне времени клиники: среда, 25 ноября, 9:00–12:00."), "{screen}");
    let screen = world.play(&mut script, &["да"]);
    assert!(screen.contains("Введите 1 или 2."), "{screen}");
    let screen = world.play(&mut script, &["абракадабра"]);
    assert!(screen.contains("Или: 1, 2, не подходит"), "{screen}");
    let screen = world.play(&mut script, &["чт 14-16"]);
    assert!(screen.contains("Подходит: четверг, 26 ноября, 15:00–16:00. Записать"), "{screen}");
    let screen = world.play(&mut script, &["чт 16-18"]);
    assert!(screen.contains("Подходит: четверг, 26 ноября, 16:00–17:00. Записать"), "{screen}");
    let screen = world.play(&mut script, &["не подходит", "..", ".."]);
    assert!(screen.contains("Подходит: четверг, 26 ноября, 15:00–16:00."), "{screen}");
    let (mut narrow, mut call) = offered(&[range("26T15:00", "26T17:00")]);
    let screen = narrow.play(&mut call, &["чт 16-18", "да"]);
    assert!(screen.contains("✓ Подходит обоим: четверг, 26 ноября, 16:00–17:00"), "{screen}");
    let screen = world.play(&mut script, &["вт 9-12", "1"]);
    let flat = flat(&screen);
    for words in [
        "✓ Удобно пациенту: вторник, 24 ноября, 9:00–12:00. Спросите клинику ещё раз.",
        "Позвоните в клинику",
        "Удобное время — вторник, 24 ноября, с 9:00 до 12:00",
        "Прежде клиника предлагала: четверг, 26 ноября, 15:00–17:00.",
        "Что ответила клиника?",
    ] {
        assert!(flat.contains(words), "{words}:\n{screen}");
    }
    let record = world.request();
    assert_eq!(record.ranges("patient_ranges"), [range("24T09:00", "24T12:00")]);
    let screen = world.play(&mut script, &["вт 10"]);
    assert!(screen.contains("✓ Время приёма: вторник, 24 ноября, 10:00"), "{screen}");
}

#[test]
fn another_clinic_is_offered_all_that_the_patient_had_asked_for() {
    let mut world = World::new(Lang::Ru);
    let mut script = begin();
    let begun = ["smith", "1", "ther 1", "ср 9-12, пт 9-12", "", "ср 11-15", "1"];
    let screen = world.play(&mut script, &begun);
    assert!(screen.contains("✓ Подходит обоим: среда, 25 ноября, 11:00–12:00"), "{screen}");
    let screen = world.play(&mut script, &["нет", "1"]);
    let flat = flat(&screen);
    let said = "с 9:00 до 12:00 или пятница, 27 ноября, с 9:00 до 12:00";
    assert!(screen.contains("✓ Другая клиника: Clinic 2") && flat.contains(said), "{screen}");
    let record = world.request();
    let asked = [range("25T09:00", "25T12:00"), range("27T09:00", "27T12:00")];
    assert_eq!(record.ranges("patient_ranges"), asked);
    // What the patient chose instead of their own times stays.
    let (mut world, mut script) = offered(&[range("26T15:00", "26T17:00")]);
    world.play(&mut script, &["1", "нет", "1"]);
    let record = world.request();
    assert_eq!(record.ranges("patient_ranges"), [range("26T15:00", "26T17:00")]);
}

#[test]
fn hints_of_an_offer_lie_within_it() {
    let (mut world, mut script) =
        offered(&[range("26T15:00", "26T17:00"), range("27T09:00", "27T12:00")]);
    for (typed, hint) in [
        ("11-12", "`пт 11-12`"),
        ("16-17", "`чт 16-17`"),
        ("20-21", "`чт 15-17`"),
        ("чт 15:30", "`чт 15:30-17`"),
        ("пт", "`пт 9-12`"),
    ] {
        let screen = world.play(&mut script, &[typed]);
        assert!(screen.contains(&format!("Например: {hint}.")), "{typed}:\n{screen}");
        assert!(!screen.contains("завтра"), "{typed}:\n{screen}");
    }
}

#[test]
fn a_time_that_does_not_suit_says_whom() {
    let mut world = World::new(Lang::En);
    let mut script = begin();
    let screen = world.play(&mut script, &["smith", "1", "ther 1", "wed 9-12", "", "wed 13:00"]);
    assert!(screen.contains("13:00: outside the patient's times (Wednesday"), "{screen}");
    assert!(!screen.contains("clinic's times"), "{screen}");
}

#[test]
fn hours_typed_after_going_back_are_the_patients() {
    let mut world = World::saved(Lang::Ru);
    world.act("anna", &Act::ClinicRanges(vec![range("26T15:00", "26T17:00")]));
    world.minutes = 51 * 60;
    let mut script = opened(&world);
    let screen = world.play(&mut script, &["чт 16-18", ".."]);
    assert!(screen.contains("Новые часы пациента введите здесь"), "{screen}");
    let screen = world.play(&mut script, &["чт 15-16"]);
    assert!(screen.contains("✓ Подходит обоим: четверг, 26 ноября, 15:00–16:00"), "{screen}");
}

#[test]
fn what_was_asked_about_is_none_of_a_later_answer() {
    let mut world = World::saved(Lang::Ru);
    let mut script = opened(&world);
    let screen = world.play(&mut script, &["19:30", "32.13 10:00"]);
    assert!(screen.contains("Что ответила клиника?"), "{screen}");
    assert_eq!(script.stage, Stage::Answer { id: REQUEST.to_owned() });
}

#[test]
fn a_time_that_is_past_is_asked_about_and_a_day_that_is_missing_is_one_in_play() {
    let (mut world, mut script) = (World::new(Lang::Ru), begin());
    let screen =
        world.play(&mut script, &["smith", "1", "ther 1", "ср 9-12, чт 9-12", "", "сегодня 9"]);
    assert!(screen.contains("Это время уже прошло: понедельник, 23 ноября, 9:00."), "{screen}");
    assert!(!screen.contains("--anyway"), "{screen}");
    let screen = world.play(&mut script, &["2", "10"]);
    assert!(screen.contains("Добавьте день: `ср 10:00`."), "{screen}");
}

#[test]
fn new_times_that_the_clinic_offers_are_no_reason_to_ask_it_again() {
    let mut world = World::saved(Lang::Ru);
    world.act("anna", &Act::ClinicRanges(vec![range("26T15:00", "26T17:00")]));
    // The patient's own times are over.
    world.minutes = 51 * 60;
    let mut script = opened(&world);
    let screen = world.play(&mut script, &[]);
    assert!(screen.contains("Удобное пациенту время уже прошло"), "{screen}");
    let screen = world.play(&mut script, &["нет"]);
    assert!(screen.contains("Или: отказ — пациент отказался"), "{screen}");
    let screen = world.play(&mut script, &["чт 16-18"]);
    assert!(screen.contains("Время совпало частично."), "{screen}");
    // The same where what it offers was said not to suit.
    let (mut world, mut script) = offered(&[range("26T15:00", "26T17:00")]);
    let screen = world.play(&mut script, &["не подходит", "чт 16-18"]);
    assert!(screen.contains("Подходит: четверг, 26 ноября, 16:00–17:00. Записать"), "{screen}");
    let screen = world.play(&mut script, &["нет"]);
    assert!(screen.contains("Время не совпало."), "{screen}");
}

#[test]
fn where_nothing_is_free_other_days_are_asked_for_and_what_was_said_is_kept() {
    let mut world = World::saved(Lang::Ru);
    let mut script = opened(&world);
    let screen = world.play(&mut script, &["нет"]);
    assert!(screen.contains("Или спросите пациента (+7 901 789-25-69), когда ещё"), "{screen}");
    let screen = world.play(&mut script, &["пт 9-12"]);
    assert!(screen.contains("✓ Удобно пациенту: пятница, 27 ноября, 9:00–12:00"), "{screen}");
    assert!(screen.contains("Что ответила клиника?"), "{screen}");
    let screen = world.play(&mut script, &["нет", "1"]);
    assert!(screen.contains("✓ Другая клиника: Clinic 2"), "{screen}");
    // The one that was asked already is named as such.
    let screen = world.play(&mut script, &["нет"]);
    let again = "1  Другая клиника: Clinic 1 · 1 Main Street — уже спрашивали";
    assert!(screen.contains(again), "{screen}");
    let notes = world.request().history.clone().into_iter().filter_map(|event| match event.what {
        history::What::Note(text) => Some(text),
        _ => None,
    });
    assert_eq!(notes.collect::<Vec<_>>(), ["Clinic 1: свободного времени нет"; 2]);
}

#[test]
fn a_time_that_the_clinic_names_outside_the_patients_can_be_offered_to_them() {
    let mut world = World::saved(Lang::Ru);
    let mut script = opened(&world);
    let screen = world.play(&mut script, &["пт 11"]);
    assert!(screen.contains("3  Предложить это время пациенту"), "{screen}");
    let screen = world.play(&mut script, &["3"]);
    assert!(screen.contains("Время не совпало. Позвоните пациенту"), "{screen}");
    assert!(screen.contains("1  пятница, 27 ноября, 11:00–11:30, целиком"), "{screen}");
    // Where it suits the patient, there is nothing to offer.
    world.act("boris", &Act::ClinicRanges(vec![range("26T15:00", "26T17:00")]));
    let mut script = at(Stage::Sure { id: REQUEST.to_owned(), at: time("25T10:00") });
    let screen = world.play(&mut script, &["3"]);
    assert!(screen.contains("Введите 1 или 2."), "{screen}");
}

#[test]
fn several_of_the_times_may_suit() {
    let (thursday, friday) = (range("26T15:00", "26T17:00"), range("27T09:00", "27T12:00"));
    for both in ["1,2", "1 и 2", "2, 1", "Оба.", "all"] {
        let (mut world, mut script) = offered(&[thursday, friday]);
        let screen = flat(&world.play(&mut script, &[both]));
        let said =
            "✓ Подходит обоим: четверг, 26 ноября, 15:00–17:00; пятница, 27 ноября, 9:00–12:00";
        assert!(screen.contains(said), "{both}: {screen}");
    }
    // A number that is on no list, and one offer alone, are no such answer.
    for (offer, typed) in [(vec![thursday, friday], "1,7"), (vec![thursday], "1,1")] {
        let (mut world, mut script) = offered(&offer);
        let screen = world.play(&mut script, &[typed]);
        assert!(!screen.contains("Подходит обоим"), "{typed}: {screen}");
    }
}

/// What the clinic offered before holds no more once it has nothing free, and its answer is not lost.
#[test]
fn a_clinic_that_has_nothing_free_any_more_offers_nothing() {
    let (mut world, mut script) = offered(&[range("26T15:00", "26T17:00")]);
    world.play(&mut script, &["1"]);
    let screen = world.play(&mut script, &["нет", "чт 15-17"]);
    assert!(screen.contains("Что ответила клиника?"), "{screen}");
    assert!(world.request().ranges("clinic_ranges").is_empty());
    let told = "Clinic 1: свободного времени нет";
    let has = |world: &World| format!("{:?}", world.request().history).contains(told);
    assert!(has(&world));
    for last in [vec!["нет", "3"], vec!["нет", "2"]] {
        let (mut world, mut script) = offered(&[range("26T15:00", "26T17:00")]);
        world.play(&mut script, &["1"]);
        world.play(&mut script, &last);
        assert!(has(&world), "{last:?}");
    }
    // Vague times are asked about as times.
    let mut world = World::saved(Lang::Ru);
    let mut script = opened(&world);
    let screen = world.play(&mut script, &["ср после обеда, чт утром"]);
    assert!(screen.contains("`ср 14-18, чт 9-12`"), "{screen}");
}

#[test]
fn what_is_wrong_with_the_clinics_hours_is_said_of_hours() {
    for (typed, said) in [
        ("ср 2-4", "ночь"),
        ("ср 9-5", "Конец раньше начала"),
        ("14-16", "Указаны только часы"),
        ("вчера 9-12", "уже прош"),
        ("чт 14-16, пт 2-4", "ночь"),
        ("завтар 14-16", "`завтра 14-16`"),
    ] {
        let mut world = World::saved(Lang::Ru);
        let mut script = opened(&world);
        let screen = world.play(&mut script, &[typed]);
        assert!(screen.contains(said) && !screen.contains("приёма — одно"), "{typed}: {screen}");
    }
}

#[test]
fn a_digit_and_enter_make_no_visit() {
    let mut world = World::saved(Lang::Ru);
    let mut script = opened(&world);
    world.play(&mut script, &["1"]);
    assert_eq!(script.screen(&world.sight()).default, None);
    let screen = world.play(&mut script, &[""]);
    assert_eq!(world.request().instant("appointment"), None, "{screen}");
    // What was typed out is offered as it was probably meant.
    world.play(&mut script, &["1:30"]);
    assert_eq!(script.screen(&world.sight()).default.as_deref(), Some("13:30"));
}
