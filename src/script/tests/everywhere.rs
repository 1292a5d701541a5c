//! What holds at every question: its language, what Enter does, what help says.

use super::*;

#[test]
fn a_page_is_no_answer_and_is_asked_for_again() {
    for stage in stages() {
        let (world, mut script) = (World::new(Lang::En), begin());
        script.stage = stage.clone();
        assert_eq!(script.answer(&world.sight(), &"весь день".repeat(5_000)), Next::Ask);
        assert_eq!(script.stage, stage);
        assert!(text(&script.screen(&world.sight())).contains("The answer is too long"));
    }
}

#[test]
fn english_is_complete_at_every_place() {
    let is_russian = |text: &str| text.chars().any(|c| ('А'..='ё').contains(&c));
    for visit in [false, true] {
        let mut world = World::new(Lang::En);
        world.save(&Draft::default());
        world.act("boris", &Act::ClinicRanges(vec![range("25T11:00", "25T15:00")]));
        if visit {
            world.act("boris", &Act::Appointment { at: time("25T11:30"), anyway: true });
        }
        for stage in stages() {
            let mut script = at(stage.clone());
            script.greet(&world.sight());
            // Nonsense, nothing, help, and a way back: whatever is said is said in English.
            for answer in ["?", "..", "", "0", "wed 2-4", "99"] {
                let screen = text(&script.screen(&world.sight()));
                assert!(!is_russian(&screen), "{stage:?}, before «{answer}»:\n{screen}");
                assert!(!screen.is_empty() || script.is_over(), "{stage:?} asks nothing");
                script.answer(&world.sight(), answer);
            }
        }
    }
}

#[test]
fn enter_never_does_what_asserts_a_fact() {
    let mut world = World::saved(Lang::Ru);
    world.act("anna", &Act::ClinicRanges(vec![range("25T11:00", "25T15:00")]));
    for stage in stages().into_iter().filter(Stage::is_fact) {
        let mut script = at(stage.clone());
        let screen = script.screen(&world.sight());
        assert!(screen.fact && screen.default.is_none(), "{stage:?}");
        let next = script.answer(&world.sight(), "");
        // A reason may be left out: that the visit is off was said before, by a digit.
        let is_reason = matches!(stage, Stage::Reason { .. });
        assert!(next == Next::Ask && script.stage == stage || is_reason, "{stage:?}: {next:?}");
    }
}

#[test]
fn a_call_says_whom_and_what_it_is_about() {
    let world = World::saved(Lang::Ru);
    let heading = "Smith John · заявка k7m · therapist · Clinic 1\n";
    for stage in stages() {
        let mut script = at(stage.clone());
        let screen = text(&script.screen(&world.sight()));
        let calls = screen.contains("Позвоните") || screen.contains("Сообщите");
        assert!(!calls || screen.starts_with(heading), "{stage:?}:\n{screen}");
    }
    let mut script = opened(&world);
    assert!(text(&script.screen(&world.sight())).starts_with(heading));
}

#[test]
fn help_says_what_the_choices_mean() {
    let world = World::saved(Lang::Ru);
    for typed in ["?", "помощь", "Помощь.", "gjvjom", "help"] {
        let mut script = begin();
        let screen = script.screen(&world.sight());
        assert_eq!(script.answer(&world.sight(), typed), Next::Ask, "{typed}");
        assert!(script.said[0].contains(script.stage.help(Lang::Ru)), "{typed}: {screen:?}");
    }
    let mut seen = std::collections::BTreeSet::new();
    for stage in stages() {
        let help = stage.help(Lang::Ru);
        assert!(help.contains(' ') && !help.starts_with("Введите цифру"), "{stage:?}");
        seen.insert(help);
    }
    assert!(seen.len() > 15, "{seen:?}");
}

#[test]
fn fixed_words_are_read_in_either_layout_and_named_where_nothing_is_understood() {
    let answers = [
        ("позже", "NoAnswer"),
        ("Позже.", "NoAnswer"),
        ("gjp;t", "NoAnswer"),
        ("gjp;t/", "NoAnswer"),
        ("gjp;t.", "NoAnswer"),
        ("дфеук", "NoAnswer"),
        ("нет", "NothingFree"),
        ("ytn", "NothingFree"),
        ("Ytn/", "NothingFree"),
        ("jnrfp", "NothingFree"),
    ];
    let mut world = World::saved(Lang::Ru);
    for (typed, led) in answers {
        let mut script = at(Stage::Answer { id: REQUEST.to_owned() });
        let next = script.answer(&world.sight(), typed);
        assert!(format!("{next:?} {:?}", script.stage).contains(led), "{typed}: {next:?}");
    }
    // What is busy, the line or the time, is asked.
    for (number, led) in [("1", "NoAnswer"), ("2", "NothingFree")] {
        let mut script = at(Stage::Answer { id: REQUEST.to_owned() });
        assert_eq!(script.answer(&world.sight(), "занято"), Next::Ask);
        let screen = text(&script.screen(&world.sight()));
        assert!(screen.contains("1  Телефон занят\n  2  Всё время занято"), "{screen}");
        // Enter takes neither, and the question stands.
        assert_eq!(script.answer(&world.sight(), ""), Next::Ask);
        let next = script.answer(&world.sight(), number);
        assert!(format!("{next:?} {:?}", script.stage).contains(led), "{number}: {next:?}");
    }
    for back in ["..", "юю", "ЮЮ", "назад", "yfpfl", "Назад."] {
        let mut script = begin();
        let screen = world.play(&mut script, &["smith", "3", back]);
        assert!(screen.contains("Что нужно пациенту?"), "{back}:\n{screen}");
    }
    world.act("anna", &Act::ClinicRanges(vec![range("26T15:00", "26T17:00")]));
    for (stage, words) in [
        (Stage::Answer { id: REQUEST.to_owned() }, "нет — свободного нет, позже — не дозвонились"),
        (Stage::Offer { id: REQUEST.to_owned() }, "отказ — пациент отказался, позже — нет ответа"),
    ] {
        let mut script = at(stage);
        let screen = world.play(&mut script, &["абракадабра"]);
        assert!(screen.contains("Не удалось понять"), "{screen}");
        assert!(screen.contains("Или: ") && screen.contains(words), "{screen}");
    }
}

#[test]
fn later_and_a_refusal_are_understood_in_every_menu_that_has_them() {
    let id = || REQUEST.to_owned();
    let (later, refused) = ("Later(", "Refuse(Some(");
    let cases = [
        (Stage::NothingFree { id: id() }, later, refused),
        (Stage::Unsuited { id: id() }, later, refused),
        (Stage::Told { id: id() }, "NoAnswer", "Reason"),
        (Stage::Off { id: id() }, "NoAnswer", "Введите"),
        (Stage::Wants { patient: PATIENT.to_owned(), live: vec![id()] }, "Введите", "Reason"),
        (Stage::Review, "Save { start: false }", "Введите"),
    ];
    let world = World::saved(Lang::Ru);
    for (stage, later, refused) in cases {
        for (typed, led) in [
            ("позже", later),
            ("Позже.", later),
            ("gjp;t", later),
            ("gjp;t/", later),
            ("later", later),
            ("отказ", refused),
            ("Отказ.", refused),
            ("jnrfp", refused),
            ("jnrfp/", refused),
            // A mere no is none of the answers.
            ("нет", "[\""),
        ] {
            let mut script = at(stage.clone());
            let next = script.answer(&world.sight(), typed);
            let came = format!("{next:?} {:?} {:?}", script.stage, script.said);
            assert!(came.contains(led), "{stage:?} {typed}: {came}");
        }
    }
}

#[test]
fn todays_weekday_is_asked_about_wherever_times_are_typed() {
    // It is Monday.
    let both = "Какие дни?\n  1  сегодня\n  2  30 ноября";
    let mut world = World::saved(Lang::Ru);
    let mut script = opened(&world);
    let screen = world.play(&mut script, &["пн 14-16"]);
    assert!(screen.contains(both), "{screen}");
    let mut other = opened(&world);
    let screen = world.play(&mut other, &["пн 14-16", "сегодня 14-16, чт 9-12"]);
    assert!(screen.contains("✓ Удобно клинике: понедельник, 23 ноября, 14:00–16:00"), "{screen}");
    world = World::saved(Lang::Ru);
    let screen = world.play(&mut script, &["2"]);
    assert!(screen.contains("✓ Удобно клинике: понедельник, 30 ноября, 14:00–16:00"), "{screen}");
    world = World::saved(Lang::Ru);
    script = opened(&world);
    world.play(&mut script, &["сегодня 14-16, чт 9-12"]);
    // What is offered tells which Monday it is.
    let screen = world.play(&mut script, &["пн 14-15"]);
    assert!(screen.contains("✓ Подходит обоим: понедельник, 23 ноября, 14:00–15:00"), "{screen}");
    let screen = world.play(&mut script, &["..", "не подходит", "пн 11-12"]);
    assert!(screen.contains(both), "{screen}");
    let record = world.request();
    assert_eq!(record.ranges("clinic_ranges").len(), 2, "nothing is lost");
    // Who goes back answers another question.
    let mut other = at(Stage::Unsuited { id: REQUEST.to_owned() });
    world.play(&mut other, &["пн 11-12", "..", "2"]);
    assert!(matches!(other.stage, Stage::End), "{:?}", other.stage);
    world.play(&mut script, &["?", "1"]);
    assert_eq!(world.request().ranges("patient_ranges"), [range("23T11:00", "23T12:00")]);
}

#[test]
fn a_number_answers_the_question_that_was_shown_or_none() {
    let wants = || at(Stage::Wants { patient: PATIENT.to_owned(), live: vec![REQUEST.to_owned()] });
    for (mut script, answer) in [(begin(), ""), (begin(), "1"), (wants(), "1"), (wants(), "2")] {
        let mut world = World::saved(Lang::En);
        script.screen(&world.sight());
        let stage = script.stage.clone();
        // Meanwhile somebody else ends it.
        world.act("boris", &Act::Refuse(None));
        assert_eq!(script.answer(&world.sight(), answer), Next::Ask);
        assert_eq!(script.stage, stage, "{answer}");
        let screen = text(&script.screen(&world.sight()));
        assert!(screen.starts_with("The data have changed while you answered."), "{screen}");
        assert!(screen.lines().count() > 1, "it is asked in full: {screen}");
    }
    // A name means what it meant.
    let mut world = World::saved(Lang::En);
    let mut script = begin();
    script.screen(&world.sight());
    world.act("boris", &Act::Refuse(None));
    script.answer(&world.sight(), "smith");
    assert!(matches!(script.stage, Stage::Found(_)), "{:?}", script.stage);
}
