//! Who calls: the search box, those found, a newcomer.

use super::*;

#[test]
fn ones_own_request_is_offered_at_the_start() {
    let mut world = World::saved(Lang::Ru);
    let mut urgent = world.other("20261123-aaaaaa");
    urgent.values.put("patient_ranges", Some(span("24T09:00", "24T12:00")));
    world.shelf.put(urgent);
    let mut script = begin();
    let screen = text(&script.screen(&world.sight()));
    insta::assert_snapshot!(screen, @"
    Кто звонит? Фамилия и имя, телефон, паспорт или номер заявки.
    Enter — самая срочная: Smith J., записать ответ клиники (aaa).
    Или продолжить свою заявку:
      1  Smith J., записать ответ клиники (k7m)
    ");
    let screen = world.play(&mut script, &["1"]);
    assert!(screen.contains("Что ответила клиника?"), "{screen}");
    // A digit that is no choice finds nobody: it would fit every phone.
    let screen = world.play(&mut begin(), &["7"]);
    assert!(screen.contains("Введите хотя бы три знака"), "{screen}");
}

#[test]
fn a_request_that_was_called_about_in_vain_rests_while_there_are_others() {
    let begun = |act: &Act| {
        let mut world = World::new(Lang::Ru);
        world.save(&Draft::default());
        let mut other = world.other("20261123-aaaaaa");
        other.values.put("patient_ranges", Some(span("27T09:00", "27T12:00")));
        world.act("anna", act);
        (world, other)
    };
    let later = Act::Later(phrase::nothing_free(Lang::Ru, "Clinic 1"));
    for act in [Act::NoAnswer, later] {
        let (mut world, other) = begun(&act);
        let first = |world: &World| text(&begin().screen(&world.sight()));
        // There is no other one yet.
        assert!(
            first(&world).contains("Enter — самая срочная: Smith J., записать ответ клиники (k7m)")
        );
        world.shelf.put(other);
        let screen = first(&world);
        assert!(screen.contains("записать ответ клиники (aaa)."), "{screen}");
        // It is still there to be gone on with, and a quarter of an hour later it is the first.
        assert!(screen.contains("1  Smith J., записать ответ клиники (k7m)"), "{screen}");
        // Who goes back is offered the earlier answer, and nothing else.
        let mut back = begin();
        let screen = world.play(&mut back, &["smith", ".."]);
        assert!(!screen.contains("самая срочная"), "{screen}");
        assert_eq!(back.screen(&world.sight()).default.as_deref(), Some("smith"));
        world.minutes += 15;
        let screen = first(&world);
        assert!(
            screen.contains("самая срочная: Smith J., записать ответ клиники (k7m)"),
            "{screen}"
        );
    }
}

#[test]
fn ten_digits_may_be_a_phone() {
    let mut world = World::new(Lang::En);
    let screen = world.play(&mut begin(), &["9017892569"]);
    assert!(screen.contains("1  Smith John"), "{screen}");
    let mut script = begin();
    let screen = world.play(&mut script, &["916 123 45 67"]);
    assert!(screen.contains("1  Passport 9161 234567: a new patient"), "{screen}");
    assert!(screen.contains("2  Phone +7 916 123-45-67: a new patient"), "{screen}");
    // The phone is kept: it is not asked for once more.
    let screen = world.play(&mut script, &["2", "4510111111", "petrov ivan"]);
    assert_eq!(script.draft().caller.phone.as_deref(), Some("+79161234567"));
    assert!(screen.contains("Which doctor"), "{screen}");
    // So may be what is written as a city phone is; a passport in its groups is none.
    for phone in ["499 123-45-67", "499-123-45-67"] {
        let screen = world.play(&mut begin(), &[phone]);
        assert!(screen.contains("2  Phone +7 499 123-45-67: a new patient"), "{screen}");
    }
    for passport in ["45-10 111111", "4510-111111"] {
        let screen = world.play(&mut begin(), &[passport]);
        assert!(screen.contains("✓ 4510 111111: this passport is not known"), "{screen}");
    }
    // A number of another shape is a passport.
    let screen = world.play(&mut begin(), &["4510111111"]);
    assert!(screen.contains("✓ 4510 111111: this passport is not known"), "{screen}");
}

#[test]
fn the_last_digits_of_the_passport_choose_the_patient() {
    let mut world = World::new(Lang::En);
    let screen = world.play(&mut begin(), &["smith", "9999"]);
    assert!(screen.contains("No passport of the list ends in 9999."), "{screen}");
    let screen = world.play(&mut begin(), &["smith", "3344"]);
    assert!(screen.contains("✓ Smith John: the passport fits\nWhich doctor"), "{screen}");
}

#[test]
fn a_number_of_letters_alone_is_the_request_where_nobody_is_called_so() {
    let mut world = World::saved(Lang::En);
    let mut letters = world.other("20261123-hafpfw");
    world.shelf.put(letters.clone());
    // In the other layout as well.
    for typed in ["haf", "HAFPFW", "рфа"] {
        let screen = world.play(&mut begin(), &[typed]);
        assert!(screen.contains("What did the clinic say?"), "{typed}:\n{screen}");
    }
    let screen = world.play(&mut begin(), &["ha"]);
    assert!(screen.contains("No patient found"), "{screen}");
    // Somebody may be called so: the patients go first.
    letters.id = "20261123-smjtht".to_owned();
    world.shelf.put(letters.clone());
    let patient = world.shelf.get(Kind::Patient, PATIENT).unwrap();
    let mut other = (*patient).clone();
    other.id = "8h2k9m4qwe".to_owned();
    other.values.put("name", Some("Smjth John".into()));
    world.shelf.put(other);
    let mut script = begin();
    let screen = world.play(&mut script, &["smj"]);
    let choices = [
        "1  Smjth John",
        "2  Somebody else",
        "3  The same patient",
        "4  A request: Smith J., record the clinic's answer (smj)",
    ];
    assert!(choices.iter().all(|choice| screen.contains(choice)), "{screen}");
    let screen = world.play(&mut script, &["4"]);
    assert!(screen.contains("What did the clinic say?"), "{screen}");
    // Two requests that begin so are named.
    letters.id = "20261123-hafzzz".to_owned();
    world.shelf.put(letters);
    let screen = world.play(&mut begin(), &["haf"]);
    assert!(screen.contains("“haf” fits several requests: hafpfw"), "{screen}");
}

#[test]
fn a_misheard_name_finds_those_near_it() {
    let mut world = World::new(Lang::En);
    let screen = world.play(&mut begin(), &["smitt"]);
    assert!(screen.contains("Nobody is exactly “smitt”. Similar patients: 1."), "{screen}");
    assert!(screen.contains("1  Smith John"), "{screen}");
}

#[test]
fn a_new_patient_with_the_name_or_phone_of_a_known_one_is_asked_about() {
    let mut world = World::new(Lang::En);
    let begun = ["4510111111", "smitt john"];
    let screen = world.play(&mut begin(), &begun);
    assert!(screen.contains("Similar patients: 1. Is it one of them?"), "{screen}");
    assert!(screen.contains("1  Smith John"), "{screen}");
    // It is: their card stays as it is.
    let mut script = begin();
    let screen = world.play(&mut script, &[&begun[..], &["", "1"]].concat());
    assert!(screen.contains("you typed 4510 111111. If it has changed:"), "{screen}");
    assert_eq!(script.draft().caller.id.as_deref(), Some(PATIENT));
    // It is not, and is not asked once more; their phone is.
    let mut script = begin();
    let screen = world.play(&mut script, &[&begun[..], &["2"]].concat());
    assert!(screen.contains("Phone"), "{screen}");
    let screen = world.play(&mut script, &["9017892569"]);
    assert!(screen.contains("Which doctor"), "{screen}");
    let mut script = begin();
    let screen = world.play(&mut script, &["4510111111", "petrov ivan", "9017892569"]);
    assert!(screen.contains("Patients with this phone: 1. Is it one of them?"), "{screen}");
    let screen = world.play(&mut script, &["2"]);
    assert!(screen.contains("Which doctor"), "{screen}");
    // The same where the first question was answered by the phone.
    let mut script = at(Stage::Number { digits: "9017892569".to_owned() });
    let screen = world.play(&mut script, &["2", "4510111111", "petrov ivan"]);
    assert!(screen.contains("Patients with this phone: 1. Is it one of them?"), "{screen}");
    let screen = world.play(&mut script, &["2"]);
    assert!(screen.contains("Which doctor"), "{screen}");
    let mut script = at(Stage::Number { digits: "9017892569".to_owned() });
    let screen = world.play(&mut script, &["2", "4510111111", "smitt john", "2"]);
    assert!(screen.contains("Which doctor"), "{screen}");
    // Whom the first question showed already is named, and not asked about.
    let screen = world.play(&mut begin(), &["smitt john", "2", "4510111111", ""]);
    assert!(
        screen.contains("Similar, but you said that it is somebody else: Smith John"),
        "{screen}"
    );
    assert!(!screen.contains("No patient has a similar name"), "{screen}");
}

#[test]
fn a_name_in_the_other_layout_is_asked_about() {
    let mut world = World::new(Lang::Ru);
    let mut script = begin();
    let screen = world.play(&mut script, &["4510111111", "Vbibyf Dthf"]);
    insta::assert_snapshot!(screen, @"
    Похоже, имя набрано в английской раскладке.
      1  Мишина Вера
      2  Оставить как есть: Vbibyf Dthf
    ");
    world.play(&mut script, &["1"]);
    assert_eq!(script.draft().caller.name.as_deref(), Some("Мишина Вера"));
    let screen = world.play(&mut script, &["..", "", "2"]);
    assert_eq!(script.draft().caller.name.as_deref(), Some("Vbibyf Dthf"));
    assert!(screen.contains("Телефон"), "{screen}");
    // A name that is Latin is taken.
    let screen = world.play(&mut begin(), &["4510111111", "Petrov Ivan"]);
    assert!(screen.contains("✓ Petrov Ivan"), "{screen}");
}

#[test]
fn a_yes_or_no_is_nobodys_name() {
    let (mut world, mut script) = (World::new(Lang::Ru), begin());
    let screen = world.play(&mut script, &["да"]);
    assert!(screen.contains("Введите имя."), "{screen}");
    let screen = world.play(&mut script, &["smith", "нет"]);
    assert!(screen.contains("Введите цифру от 1 до 3."), "{screen}");
    // It is the only one there is.
    let screen = world.play(&mut script, &["да"]);
    assert!(screen.contains("К какому врачу"), "{screen}");
    let mut script = begin();
    for no in ["нет", "не знаю", "да"] {
        let screen = world.play(&mut script, &["4510111111", no]);
        assert!(screen.contains("Введите фамилию, имя и отчество."), "{no}:\n{screen}");
        assert_eq!(script.stage, Stage::Name);
        script = begin();
    }
}

#[test]
fn who_holds_a_request_of_the_patients_is_said() {
    let mut world = World::saved(Lang::Ru);
    let screen = world.play(&mut begin(), &["smith", "1"]);
    assert!(screen.contains("Clinic 1") && !screen.contains("ведёт"), "{screen}");
    let screen =
        world.play(&mut Script::new(Canvas::new(Some(80), false, false), "boris"), &["smith"]);
    assert!(screen.contains("Clinic 1 · ведёт: Anna"), "{screen}");
}

#[test]
fn a_phone_that_was_typed_to_find_a_patient_is_theirs() {
    for typed in ["89161234567", "+7 916 123-45-67"] {
        let mut world = World::new(Lang::En);
        let mut script = begin();
        world.play(&mut script, &[typed, "1", "4511223399", "Smith Ann Mary"]);
        assert_eq!(script.draft().caller.phone.as_deref(), Some("+79161234567"), "{typed}");
        assert_eq!(script.stage, Stage::Doctor, "{typed}");
    }
    // What can't be a phone is not offered as one.
    let mut world = World::new(Lang::En);
    let mut script = begin();
    world.play(&mut script, &["8992029672"]);
    assert_eq!(script.stage, Stage::Name);
}

#[test]
fn initials_are_taken_and_the_whole_name_is_asked_for() {
    let mut world = World::new(Lang::Ru);
    let mut script = begin();
    let screen = world.play(&mut script, &["Иванов Иван", "1", "4511223399", "Иванов И.И."]);
    assert!(screen.contains("Одни инициалы."), "{screen}");
    let screen = world.play(&mut script, &["..", "Иванов Иван Ильич"]);
    assert!(!screen.contains("инициалы"), "{screen}");
    let mut world = World::saved(Lang::Ru);
    let values = Values::new().with("name", "Иванов И.И.").with("passport", "4511223344");
    world.shelf.make(Kind::Patient, PATIENT, values.with("phone", "+79017892569"));
    let screen = flat(&text(&opened(&world).screen(&world.sight())));
    assert!(screen.contains("Пациент — Иванов И.И. Удобное время — "), "{screen}");
}
