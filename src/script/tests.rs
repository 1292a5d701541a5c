//! The dialogue without files or a terminal: states and answers to states and screens, in memory.

use chrono::TimeDelta;

use super::deed::Act;
use super::*;
use crate::history::{self, Event};
use crate::life::Acting;
use crate::model::book::Book as _;
use crate::model::settings::Settings;
use crate::model::value::Values;
use crate::testing::{Shelf, list, range, span, time};

const REQUEST: &str = "20261123-k7m2qx";
const PATIENT: &str = "7h2k9m4qwe";

/// Records in memory, their titles in Latin letters: whatever else is Russian is the program's.
struct World {
    shelf: Shelf,
    settings: Settings,
    lang: Lang,
    minutes: i64,
}

impl World {
    fn new(lang: Lang) -> World {
        let mut shelf = Shelf::default();
        let values = Values::new;
        for (id, name) in [("anna", "Anna"), ("boris", "Boris")] {
            shelf.make(Kind::Operator, id, values().with("name", name).with("role", "operator"));
        }
        shelf.make(Kind::Specialty, "terapevt", values().with("title", "Therapist"));
        for (id, name) in [("one", "Clinic 1"), ("two", "Clinic 2")] {
            let clinic = values()
                .with("name", name)
                .with("address", "1 Main Street")
                .with("phone", "+74952377297")
                .with("specialties", list(&["terapevt"]));
            shelf.make(Kind::Clinic, id, clinic);
        }
        let patient = values().with("name", "Smith John").with("passport", "4511223344");
        shelf.make(Kind::Patient, PATIENT, patient.with("phone", "+79017892569"));
        let settings =
            Settings::parse(&Settings::initial(chrono_tz::Europe::Moscow, None, "key")).unwrap();
        World { shelf, settings, lang, minutes: 0 }
    }

    fn sight(&self) -> Sight<'_> {
        Sight {
            book: &self.shelf,
            settings: &self.settings,
            now: time("23T10:00").to_utc() + TimeDelta::minutes(self.minutes),
            lang: self.lang,
            reveal: false,
        }
    }

    /// A request that is saved, and taken up by Anna.
    fn save(&mut self, draft: &Draft) {
        let values = Values::new()
            .with("patient", draft.caller.id.as_deref().unwrap_or(PATIENT))
            .with("clinic", draft.clinic.as_deref().unwrap_or("one"))
            .with("specialty", "terapevt")
            .with("status", "created")
            .with("operator", "anna")
            .with("created", time("23T10:00"));
        let values = match draft.ranges.as_slice() {
            [] => values.with("patient_ranges", span("25T09:00", "25T12:00")),
            ranges => values.with("patient_ranges", ranges),
        };
        self.shelf.make(Kind::Request, REQUEST, values);
        self.act("anna", &Act::Claim);
    }

    /// What an operator does to the request, as the shell would.
    fn act(&mut self, by: &str, act: &Act) {
        self.minutes += 1;
        let record = self.shelf.get(Kind::Request, REQUEST).unwrap();
        let now = self.sight().now;
        let acting = Acting { book: &self.shelf, by, now, take_over: true, anyway: true };
        let whats = act.whats(&acting, &record).unwrap();
        let mut record = (*record).clone();
        let first = history::next_at(&record.history, now.fixed_offset());
        let tx = (whats.len() > 1).then_some(first);
        for what in whats {
            let at = history::next_at(&record.history, now.fixed_offset());
            let event = Event { at, by: by.to_owned(), what, tx, extra: Vec::new() };
            record.history.push(event);
        }
        record.values = history::fold(Kind::Request, &record.history).values;
        self.shelf.put(record);
    }

    /// Answers the questions; each deed is done. The screen that stands then.
    fn play(&mut self, script: &mut Script, answers: &[&str]) -> String {
        for answer in answers {
            script.screen(&self.sight());
            if let Next::Do(deed) = script.answer(&self.sight(), answer) {
                match &deed {
                    Deed::Save { .. } => self.save(&script.draft().clone()),
                    Deed::Step { act, .. } => self.act("anna", act),
                    Deed::Move { .. } | Deed::Phone { .. } => {}
                }
                script.done(&self.sight(), REQUEST, &deed);
            }
        }
        text(&script.screen(&self.sight()))
    }
}

fn script() -> Script {
    Script::new(Canvas::new(Some(80), false, false), "anna")
}

fn text(screen: &Screen) -> String {
    let lines = screen.lines.iter().map(|line| match line {
        Line::Text(text) | Line::Drawing(text) => text.as_str(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_page_is_no_answer_and_is_asked_for_again() {
    for stage in stages() {
        let (world, mut script) = (World::new(Lang::En), script());
        script.stage = stage.clone();
        assert_eq!(script.answer(&world.sight(), &"весь день".repeat(5_000)), Next::Ask);
        assert_eq!(script.stage, stage);
        assert!(text(&script.screen(&world.sight())).contains("The answer is too long"));
    }
}

/// Every place where a dialogue may stand.
fn stages() -> Vec<Stage> {
    let id = || REQUEST.to_owned();
    let pair = || ("terapevt".to_owned(), "one".to_owned());
    let day = || vec![range("25T09:00", "25T12:00")];
    vec![
        Stage::Box,
        Stage::Found { query: "smith".to_owned(), ids: Vec::new(), near: false, request: None },
        Stage::Found {
            query: "smith".to_owned(),
            ids: vec![PATIENT.to_owned()],
            near: true,
            request: None,
        },
        Stage::Wants { patient: PATIENT.to_owned(), live: vec![id()] },
        Stage::Number { digits: "9161234567".to_owned() },
        Stage::Passport,
        Stage::Name,
        Stage::Phone,
        Stage::Layout { typed: "Vbibyf".to_owned(), turned: "Misina".to_owned() },
        Stage::Similar { ids: vec![PATIENT.to_owned()], by_phone: false },
        Stage::Similar { ids: vec![PATIENT.to_owned()], by_phone: true },
        Stage::Doctor,
        Stage::DoctorChoice { pairs: vec![pair(), pair()] },
        Stage::When,
        Stage::WhenChoice {
            first: day(),
            second: day(),
            words: ("today".to_owned(), "30 November".to_owned()),
        },
        Stage::Review,
        Stage::Answer { id: id() },
        Stage::NothingFree { id: id() },
        Stage::ElsewhereWhen { id: id(), clinic: "two".to_owned() },
        Stage::Sure { id: id(), at: time("25T15:00") },
        Stage::Offer { id: id() },
        Stage::Unsuited { id: id() },
        Stage::Outside { id: id(), ranges: day() },
        Stage::Anew { id: id() },
        Stage::Narrow { id: id(), fits: day() },
        Stage::Time { id: id() },
        Stage::Told { id: id() },
        Stage::Mend { id: id() },
        Stage::Off { id: id() },
        Stage::Held { id: id() },
        Stage::MoveWhen { id: id() },
        Stage::MoveSure { id: id() },
        Stage::Reason { id: id() },
    ]
}

#[test]
fn each_answer_leads_to_the_next_question() {
    let mut world = World::new(Lang::En);
    let mut script = script();
    let steps = [
        ("smith", "Patients found: 1."),
        ("1", "Which doctor"),
        ("ther 1", "When can the patient come?"),
        ("wed 9-12", "Check the request with the patient."),
        ("", "What did the clinic say?"),
        ("thu 15-17, fri 9-12", "The times don't fit."),
        ("fri 10-12", "Which time did they book?"),
        ("10.30", "Tell the patient"),
        ("1", "Request k7m2qx: Processed. Saved here"),
    ];
    for (answer, question) in steps {
        assert!(!script.is_over());
        let screen = world.play(&mut script, &[answer]);
        assert!(screen.contains(question), "after «{answer}»:\n{screen}");
    }
    assert!(script.is_over());
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
            let mut script = script();
            script.stage = stage.clone();
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
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    world.act("anna", &Act::ClinicRanges(vec![range("25T11:00", "25T15:00")]));
    for stage in stages().into_iter().filter(Stage::is_fact) {
        let mut script = script();
        script.stage = stage.clone();
        let screen = script.screen(&world.sight());
        assert!(screen.fact && screen.default.is_none(), "{stage:?}");
        let next = script.answer(&world.sight(), "");
        // A reason may be left out: that the visit is off was said before, by a digit.
        let is_reason = matches!(stage, Stage::Reason { .. });
        assert!(next == Next::Ask && script.stage == stage || is_reason, "{stage:?}: {next:?}");
    }
}

#[test]
fn going_back_gives_the_earlier_words_and_takes_back_what_followed() {
    let mut world = World::new(Lang::En);
    let mut script = script();
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
    let mut script = script();
    let screen = world.play(&mut script, &["smith", "1", "ther 1", "wed 9-12", "", ".."]);
    let flat = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "The request is saved. Leave here (Ctrl-C). To take the last step back: appt undo. To mend it:";
    assert!(flat.contains(said), "{screen}");
    let mut later = self::script();
    later.open(&world.sight(), REQUEST);
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
fn the_second_call_has_its_sentence_and_examples_that_fit() {
    let mut world = World::new(Lang::Ru);
    let mut script = script();
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
    let mut script = script();
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
    for (answer, act) in [("не дозвонились", "NoAnswer"), ("позже", "NoAnswer")] {
        let next = script.answer(&world.sight(), answer);
        assert!(format!("{next:?}").contains(act), "{next:?}");
    }
    let screen = world.play(&mut script, &["отказ", "..", "чт 9-12"]);
    let flat = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "четверг, 26 ноября, с 9:00 до 12:00 по времени клиники (МСК+3)";
    assert!(flat.contains(said), "{screen}");
    assert!(screen.contains("✓ Другая клиника: Clinic 2"), "{screen}");
    let record = world.shelf.get(Kind::Request, REQUEST).unwrap();
    assert_eq!(record.values.list("patient_ranges").len(), 1);
    let start = record.values.list("patient_ranges")[0].as_range().unwrap().start;
    assert_eq!(start.to_rfc3339(), "2026-11-26T09:00:00+06:00");
    // Where a new request goes there, whose clock it is stands with the question.
    let screen = world.play(&mut self::script(), &["smith", "3", "ther 2"]);
    assert!(screen.contains("Часы — по времени клиники (МСК+3)."), "{screen}");
}

#[test]
fn a_call_says_whom_and_what_it_is_about() {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    let heading = "Smith John · заявка k7m · therapist · Clinic 1\n";
    for (at, stage) in stages().into_iter().enumerate() {
        let mut script = script();
        script.stage = stage;
        let screen = text(&script.screen(&world.sight()));
        let calls = screen.contains("Позвоните") || screen.contains("Сообщите");
        assert!(!calls || screen.starts_with(heading), "{at}:\n{screen}");
    }
    let mut script = script();
    script.open(&world.sight(), REQUEST);
    assert!(text(&script.screen(&world.sight())).starts_with(heading));
}

#[test]
fn a_call_shows_the_latest_notes_of_the_request_and_the_patient() {
    let mut world = World::new(Lang::En);
    world.save(&Draft::default());
    let noted = |kind: Kind, id: &str, world: &mut World, minutes: i64, text: &str| {
        let mut record = (*world.shelf.get(kind, id).unwrap()).clone();
        record.history.push(crate::testing::event(minutes, history::What::Note(text.to_owned())));
        world.shelf.put(record);
    };
    noted(Kind::Request, REQUEST, &mut world, 10, "the first");
    noted(Kind::Patient, PATIENT, &mut world, 20, "hard of hearing");
    noted(Kind::Request, REQUEST, &mut world, 30, &format!("call\nbefore ten {}", "x".repeat(300)));
    let mut script = script();
    script.open(&world.sight(), REQUEST);
    let screen = text(&script.screen(&world.sight()));
    let flat = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = flat.find("Note (23 November, Anna): hard of hearing").unwrap();
    let second = flat.find("Note (23 November, Anna): call / before ten xx").unwrap();
    assert!(first < second && !flat.contains("the first"), "{screen}");
    assert!(flat.contains("xx… ") && !flat.contains(&"x".repeat(200)), "{screen}");
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
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    for (typed, led) in answers {
        let mut script = script();
        script.stage = Stage::Answer { id: REQUEST.to_owned() };
        let next = script.answer(&world.sight(), typed);
        assert!(format!("{next:?} {:?}", script.stage).contains(led), "{typed}: {next:?}");
    }
    for back in ["..", "юю", "ЮЮ", "назад", "yfpfl", "Назад."] {
        let mut script = script();
        let screen = world.play(&mut script, &["smith", "3", back]);
        assert!(screen.contains("Что нужно пациенту?"), "{back}:\n{screen}");
    }
    world.act("anna", &Act::ClinicRanges(vec![range("26T15:00", "26T17:00")]));
    for (stage, words) in [
        (Stage::Answer { id: REQUEST.to_owned() }, "нет — свободного нет, позже — не дозвонились"),
        (Stage::Offer { id: REQUEST.to_owned() }, "отказ — пациент отказался, позже — нет ответа"),
    ] {
        let mut script = script();
        script.stage = stage;
        let screen = world.play(&mut script, &["абракадабра"]);
        assert!(screen.contains("Не удалось понять"), "{screen}");
        assert!(screen.contains("Или: ") && screen.contains(words), "{screen}");
    }
}

#[test]
fn later_and_a_refusal_are_understood_in_every_menu_that_has_them() {
    let id = || REQUEST.to_owned();
    let (later, refused) = ("Later(", "Refuse(None)");
    let cases = [
        (Stage::NothingFree { id: id() }, later, refused),
        (Stage::Unsuited { id: id() }, later, refused),
        (Stage::Told { id: id() }, "NoAnswer", "Reason"),
        (Stage::Off { id: id() }, "NoAnswer", "цифру"),
        (Stage::Wants { patient: PATIENT.to_owned(), live: vec![id()] }, "цифру", "Reason"),
        (Stage::Review, "Save { start: false }", "цифру"),
    ];
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
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
            let mut script = script();
            script.stage = stage.clone();
            let next = script.answer(&world.sight(), typed);
            let came = format!("{next:?} {:?} {:?}", script.stage, script.said);
            assert!(came.contains(led), "{stage:?} {typed}: {came}");
        }
    }
}

/// A call in which the clinic offered these times for Wednesday from nine to twelve.
fn offered(ranges: &[Range]) -> (World, Script) {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    world.act("anna", &Act::ClinicRanges(ranges.to_vec()));
    let mut script = script();
    script.open(&world.sight(), REQUEST);
    (world, script)
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
        let flat = screen.split_whitespace().collect::<Vec<_>>().join(" ");
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
    let record = world.shelf.get(Kind::Request, REQUEST).unwrap();
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
    assert!(screen.contains("Введите цифру ответа."), "{screen}");
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
    let flat = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "✓ Удобно пациенту: вторник, 24 ноября, 9:00–12:00. Спросите клинику ещё раз.",
        "Позвоните в клинику",
        "Удобное время — вторник, 24 ноября, с 9:00 до 12:00",
        "Прежде клиника предлагала: четверг, 26 ноября, 15:00–17:00.",
        "Что ответила клиника?",
    ] {
        assert!(flat.contains(words), "{words}:\n{screen}");
    }
    let record = world.shelf.get(Kind::Request, REQUEST).unwrap();
    assert_eq!(record.ranges("patient_ranges"), [range("24T09:00", "24T12:00")]);
    let screen = world.play(&mut script, &["вт 10"]);
    assert!(screen.contains("✓ Время приёма: вторник, 24 ноября, 10:00"), "{screen}");
}

#[test]
fn another_clinic_is_offered_all_that_the_patient_had_asked_for() {
    let mut world = World::new(Lang::Ru);
    let mut script = script();
    let begun = ["smith", "1", "ther 1", "ср 9-12, пт 9-12", "", "ср 11-15", "1"];
    let screen = world.play(&mut script, &begun);
    assert!(screen.contains("✓ Подходит обоим: среда, 25 ноября, 11:00–12:00"), "{screen}");
    let screen = world.play(&mut script, &["нет", "1"]);
    let flat = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "с 9:00 до 12:00 или пятница, 27 ноября, с 9:00 до 12:00";
    assert!(screen.contains("✓ Другая клиника: Clinic 2") && flat.contains(said), "{screen}");
    let record = world.shelf.get(Kind::Request, REQUEST).unwrap();
    let asked = [range("25T09:00", "25T12:00"), range("27T09:00", "27T12:00")];
    assert_eq!(record.ranges("patient_ranges"), asked);
    // What the patient chose instead of their own times stays.
    let (mut world, mut script) = offered(&[range("26T15:00", "26T17:00")]);
    world.play(&mut script, &["1", "нет", "1"]);
    let record = world.shelf.get(Kind::Request, REQUEST).unwrap();
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
    let mut script = script();
    let screen = world.play(&mut script, &["smith", "1", "ther 1", "wed 9-12", "", "wed 13:00"]);
    assert!(screen.contains("13:00: outside the patient's times (Wednesday"), "{screen}");
    assert!(!screen.contains("clinic's times"), "{screen}");
}

#[test]
fn ones_own_request_is_offered_at_the_start() {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    let mut urgent = (*world.shelf.get(Kind::Request, REQUEST).unwrap()).clone();
    urgent.id = "20261123-aaaaaa".to_owned();
    urgent.values.put("patient_ranges", Some(span("24T09:00", "24T12:00")));
    world.shelf.put(urgent);
    let mut script = script();
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
    let screen = world.play(&mut self::script(), &["7"]);
    assert!(screen.contains("Введите хотя бы три знака"), "{screen}");
}

#[test]
fn a_request_that_was_called_about_in_vain_rests_while_there_are_others() {
    let begun = |act: &Act| {
        let mut world = World::new(Lang::Ru);
        world.save(&Draft::default());
        let mut other = (*world.shelf.get(Kind::Request, REQUEST).unwrap()).clone();
        other.id = "20261123-aaaaaa".to_owned();
        other.values.put("patient_ranges", Some(span("27T09:00", "27T12:00")));
        world.act("anna", act);
        (world, other)
    };
    let later = Act::Later(phrase::nothing_free(Lang::Ru).to_owned());
    for act in [Act::NoAnswer, later] {
        let (mut world, other) = begun(&act);
        let first = |world: &World| text(&script().screen(&world.sight()));
        // There is no other one yet.
        assert!(
            first(&world).contains("Enter — самая срочная: Smith J., записать ответ клиники (k7m)")
        );
        world.shelf.put(other);
        let screen = first(&world);
        assert!(screen.contains("записать ответ клиники (aaa)."), "{screen}");
        // It is still there to be gone on with, and a quarter of an hour later it is the first.
        assert!(screen.contains("1  Smith J., записать ответ клиники (k7m)"), "{screen}");
        world.minutes += 15;
        let screen = first(&world);
        assert!(
            screen.contains("самая срочная: Smith J., записать ответ клиники (k7m)"),
            "{screen}"
        );
    }
}

#[test]
fn where_there_is_no_such_doctor_those_there_are_are_named() {
    let mut world = World::new(Lang::Ru);
    world.shelf.make(Kind::Specialty, "lor", Values::new().with("title", "ENT"));
    let mut clinic = (*world.shelf.get(Kind::Clinic, "two").unwrap()).clone();
    clinic.values.put("specialties", Some(list(&["lor", "terapevt"])));
    world.shelf.put(clinic);
    let screen = world.play(&mut script(), &["smith", "1", "стоматолог"]);
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
    let screen = world.play(&mut script(), &begun);
    assert!(screen.contains("Назовите дни и часы: `1.12-3.12 9-12`."), "{screen}");
}

#[test]
fn ten_digits_may_be_a_phone() {
    let mut world = World::new(Lang::En);
    let screen = world.play(&mut script(), &["9017892569"]);
    assert!(screen.contains("1  Smith John"), "{screen}");
    let mut script = script();
    let screen = world.play(&mut script, &["916 123 45 67"]);
    assert!(screen.contains("1  Passport 9161 234567: a new patient"), "{screen}");
    assert!(screen.contains("2  Phone +7 916 123-45-67: a new patient"), "{screen}");
    // The phone is kept: it is not asked for once more.
    let screen = world.play(&mut script, &["2", "4510111111", "petrov ivan"]);
    assert_eq!(script.draft().caller.phone.as_deref(), Some("+79161234567"));
    assert!(screen.contains("Which doctor"), "{screen}");
    // A number of another shape is a passport.
    let screen = world.play(&mut self::script(), &["4510111111"]);
    assert!(screen.contains("✓ 4510 111111: this passport is not known"), "{screen}");
}

#[test]
fn the_last_digits_of_the_passport_choose_the_patient() {
    let mut world = World::new(Lang::En);
    let screen = world.play(&mut script(), &["smith", "9999"]);
    assert!(screen.contains("No passport of the list ends in 9999."), "{screen}");
    let screen = world.play(&mut script(), &["smith", "3344"]);
    assert!(screen.contains("✓ Smith John: the passport fits\nWhich doctor"), "{screen}");
}

#[test]
fn a_number_of_letters_alone_is_the_request_where_nobody_is_called_so() {
    let mut world = World::new(Lang::En);
    world.save(&Draft::default());
    let mut letters = (*world.shelf.get(Kind::Request, REQUEST).unwrap()).clone();
    letters.id = "20261123-hafpfw".to_owned();
    world.shelf.put(letters.clone());
    // In the other layout as well.
    for typed in ["haf", "HAFPFW", "рфа"] {
        let screen = world.play(&mut script(), &[typed]);
        assert!(screen.contains("What did the clinic say?"), "{typed}:\n{screen}");
    }
    let screen = world.play(&mut script(), &["ha"]);
    assert!(screen.contains("No patient found"), "{screen}");
    // Somebody may be called so: the patients go first.
    letters.id = "20261123-smjtht".to_owned();
    world.shelf.put(letters.clone());
    let patient = world.shelf.get(Kind::Patient, PATIENT).unwrap();
    let mut other = (*patient).clone();
    other.id = "8h2k9m4qwe".to_owned();
    other.values.put("name", Some("Smjth John".into()));
    world.shelf.put(other);
    let mut script = script();
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
    let screen = world.play(&mut self::script(), &["haf"]);
    assert!(screen.contains("“haf” fits several requests: hafpfw"), "{screen}");
}

#[test]
fn a_misheard_name_finds_those_near_it() {
    let mut world = World::new(Lang::En);
    let screen = world.play(&mut script(), &["smitt"]);
    assert!(screen.contains("Nobody is exactly “smitt”. Similar patients: 1."), "{screen}");
    assert!(screen.contains("1  Smith John"), "{screen}");
}

#[test]
fn a_new_patient_with_the_name_or_phone_of_a_known_one_is_asked_about() {
    let mut world = World::new(Lang::En);
    let begun = ["4510111111", "smitt john"];
    let screen = world.play(&mut script(), &begun);
    assert!(screen.contains("Similar patients: 1. Is it one of them?"), "{screen}");
    assert!(screen.contains("1  Smith John"), "{screen}");
    // It is: their card stays as it is.
    let mut script = script();
    let screen = world.play(&mut script, &[&begun[..], &["", "1"]].concat());
    assert!(screen.contains("you typed 4510 111111. If it has changed:"), "{screen}");
    assert_eq!(script.draft().caller.id.as_deref(), Some(PATIENT));
    // It is not, and is not asked once more; their phone is.
    let mut script = self::script();
    let screen = world.play(&mut script, &[&begun[..], &["2"]].concat());
    assert!(screen.contains("Phone"), "{screen}");
    let screen = world.play(&mut script, &["9017892569"]);
    assert!(screen.contains("Which doctor"), "{screen}");
    let mut script = self::script();
    let screen = world.play(&mut script, &["4510111111", "petrov ivan", "9017892569"]);
    assert!(screen.contains("Patients with this phone: 1. Is it one of them?"), "{screen}");
    let screen = world.play(&mut script, &["2"]);
    assert!(screen.contains("Which doctor"), "{screen}");
    // The same where the first question was answered by the phone.
    let mut script = self::script();
    script.stage = Stage::Number { digits: "9017892569".to_owned() };
    let screen = world.play(&mut script, &["2", "4510111111", "petrov ivan"]);
    assert!(screen.contains("Patients with this phone: 1. Is it one of them?"), "{screen}");
    let screen = world.play(&mut script, &["2"]);
    assert!(screen.contains("Which doctor"), "{screen}");
    let mut script = self::script();
    script.stage = Stage::Number { digits: "9017892569".to_owned() };
    let screen = world.play(&mut script, &["2", "4510111111", "smitt john", "2"]);
    assert!(screen.contains("Which doctor"), "{screen}");
    // Whom the first question showed already is named, and not asked about.
    let screen = world.play(&mut self::script(), &["smitt john", "2", "4510111111", ""]);
    assert!(
        screen.contains("Similar, but you said that it is somebody else: Smith John"),
        "{screen}"
    );
    assert!(!screen.contains("No patient has a similar name"), "{screen}");
}

#[test]
fn a_name_in_the_other_layout_is_asked_about() {
    let mut world = World::new(Lang::Ru);
    let mut script = script();
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
    let screen = world.play(&mut self::script(), &["4510111111", "Petrov Ivan"]);
    assert!(screen.contains("✓ Petrov Ivan"), "{screen}");
}

#[test]
fn answers_are_offered_again_after_going_back_behind_them() {
    let mut world = World::new(Lang::En);
    let mut script = script();
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
    let mut other = self::script();
    world.play(
        &mut other,
        &[&known[..], &["", "9161234567", "..", "..", "..", "..", ".."]].concat(),
    );
    world.play(&mut other, &["sidorov oleg", "1", "4510222222", ""]);
    assert_eq!(other.screen(&world.sight()).default, None);
}

#[test]
fn a_mistyped_appointment_stays_until_the_right_one_is_typed() {
    let mut world = World::new(Lang::En);
    let mut script = script();
    let screen = world.play(&mut script, &["smith", "1", "ther 1", "wed 9-12", "", "9:30", "5"]);
    assert!(screen.contains("Recorded now: Wednesday, 25 November,"), "{screen}");
    let at = |world: &World| {
        world.shelf.get(Kind::Request, REQUEST).unwrap().instant("appointment").unwrap()
    };
    assert_eq!(at(&world), time("25T09:30"));
    // Outside the patient's times it is asked about first; the right time is typed at once.
    let screen = world.play(&mut script, &["19:30", "10:30"]);
    assert!(screen.contains("✓ Appointment: Wednesday, 25 November, 10:30"), "{screen}");
    assert_eq!(at(&world), time("25T10:30"));
}

#[test]
fn a_call_for_a_request_that_is_done_goes_on_with_its_patient() {
    let mut world = World::new(Lang::En);
    world.save(&Draft::default());
    world.act("anna", &Act::Appointment { at: time("25T10:30"), anyway: false });
    world.act("anna", &Act::Told);
    let mut script = script();
    let screen = world.play(&mut script, &["k7m"]);
    assert!(screen.contains("1  Move the visit"), "{screen}");
    assert!(screen.contains("What does the patient want?"), "{screen}");
    // Also of a visit that is past: its patient may not have come.
    world.minutes += 3 * 24 * 60;
    let screen = world.play(&mut self::script(), &["k7m"]);
    let standing = "Visit k7m: Wednesday, 25 November, 10:30 (past) · therapist";
    assert!(screen.contains(standing) && screen.contains("1  Move the visit"), "{screen}");
    // It is no live one, and nobody is asked about it who calls for something else.
    let screen = world.play(&mut self::script(), &["smith", "1"]);
    assert!(screen.contains("Which doctor"), "{screen}");
    world.act("anna", &Act::Refuse(None));
    world.act("anna", &Act::ClinicTold);
    assert_eq!(self::script().open(&world.sight(), REQUEST), Next::End);
}

#[test]
fn a_yes_or_no_is_nobodys_name() {
    let (mut world, mut script) = (World::new(Lang::Ru), script());
    let screen = world.play(&mut script, &["да"]);
    assert!(screen.contains("Введите имя."), "{screen}");
    let screen = world.play(&mut script, &["smith", "нет"]);
    assert!(screen.contains("Введите цифру ответа."), "{screen}");
    // It is the only one there is.
    let screen = world.play(&mut script, &["да"]);
    assert!(screen.contains("К какому врачу"), "{screen}");
    let mut script = self::script();
    for no in ["нет", "не знаю", "да"] {
        let screen = world.play(&mut script, &["4510111111", no]);
        assert!(screen.contains("Введите фамилию, имя и отчество."), "{no}:\n{screen}");
        assert_eq!(script.stage, Stage::Name);
        script = self::script();
    }
}

#[test]
fn a_name_that_was_mended_is_kept_when_the_search_is_gone_back_behind() {
    let (mut world, mut script) = (World::new(Lang::Ru), script());
    let to_phone = ["petrov ivan", "1", "4510111111", "petrova inna"];
    world.play(&mut script, &[&to_phone[..], &["..", "..", "..", "1", ""]].concat());
    let screen = script.screen(&world.sight());
    assert_eq!(screen.default.as_deref(), Some("Petrova Inna"));
}

#[test]
fn what_answers_another_question_is_no_reason() {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    for typed in ["3", "позже", "нет", "да", "перенести", "сб 9-12", "11:30", "вт 12:00", "не знаю"]
    {
        let mut script = script();
        script.stage = Stage::Reason { id: REQUEST.to_owned() };
        assert_eq!(script.answer(&world.sight(), typed), Next::Ask, "{typed}");
        assert!(text(&script.screen(&world.sight())).contains("Это не причина отказа."), "{typed}");
    }
    let mut script = script();
    script.stage = Stage::Reason { id: REQUEST.to_owned() };
    let next = script.answer(&world.sight(), "заболел, позже позвонит сам");
    assert!(format!("{next:?}").contains("Refuse(Some("), "{next:?}");
}

/// A visit that is told, its patient on the line again.
fn told() -> (World, Script) {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    world.act("anna", &Act::Appointment { at: time("25T10:30"), anyway: false });
    world.act("anna", &Act::Told);
    (world, script())
}

#[test]
fn the_time_of_a_visit_that_is_told_can_be_mended() {
    let (mut world, mut script) = told();
    let screen = world.play(&mut script, &["k7m", "6"]);
    assert!(screen.contains("На какое время клиника записала на самом деле?"), "{screen}");
    // Until it is typed, nothing has changed.
    let status = |world: &World| {
        world.shelf.get(Kind::Request, REQUEST).unwrap().text("status").unwrap().to_owned()
    };
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
    let screen = world.play(&mut script, &["k7m", "2", "", ".."]);
    assert!(screen.contains("Последний ответ уже записан. Вернуть его: Ctrl-C"), "{screen}");
    let screen = world.play(&mut self::script(), &["k7m"]);
    assert!(!screen.contains("отменена.»"), "{screen}");
    let mut script = self::script();
    let screen = world.play(&mut script, &["smith"]);
    assert!(screen.contains(" · отменена, клиника\n  ещё не знает"), "{screen}");
    assert!(screen.contains("1  Сказать клинике, что приёма не будет"), "{screen}");
    let screen = world.play(&mut script, &["1"]);
    assert!(screen.contains("1  Клиника знает"), "{screen}");
    world.play(&mut script, &["1"]);
    let screen = world.play(&mut self::script(), &["smith", "1"]);
    assert!(screen.contains("К какому врачу"), "{screen}");
    let screen = world.play(&mut self::script(), &["k7m2qx"]);
    assert!(screen.contains("Вернуть её в работу: appt request reopen k7m2qx"), "{screen}");
    // Who comes after all is told the time that stands.
    let (mut world, mut script) = told();
    world.play(&mut script, &["k7m", "2", ""]);
    let screen = world.play(&mut self::script(), &["smith", "2"]);
    assert!(screen.contains("✓ Время приёма: среда, 25 ноября, 10:30"), "{screen}");
    assert!(screen.contains("1  Пациент знает: завершить"), "{screen}");
}

#[test]
fn todays_weekday_is_asked_about_wherever_times_are_typed() {
    // It is Monday.
    let both = "Можно понять двояко: сегодня или 30 ноября. Введите «сегодня» или дату.";
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    let mut script = script();
    script.open(&world.sight(), REQUEST);
    let screen = world.play(&mut script, &["пн 14-16"]);
    assert!(screen.contains(both), "{screen}");
    let screen = world.play(&mut script, &["сегодня 14-16, чт 9-12"]);
    assert!(screen.contains("✓ Удобно клинике: понедельник, 23 ноября, 14:00–16:00"), "{screen}");
    // What is offered tells which Monday it is.
    let screen = world.play(&mut script, &["пн 14-15"]);
    assert!(screen.contains("✓ Подходит обоим: понедельник, 23 ноября, 14:00–15:00"), "{screen}");
    let screen = world.play(&mut script, &["..", "не подходит", "пн 11-12"]);
    assert!(screen.contains(both), "{screen}");
    let record = world.shelf.get(Kind::Request, REQUEST).unwrap();
    assert_eq!(record.ranges("clinic_ranges").len(), 2, "nothing is lost");
}

#[test]
fn hours_typed_after_going_back_are_the_patients() {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    world.act("anna", &Act::ClinicRanges(vec![range("26T15:00", "26T17:00")]));
    world.minutes = 51 * 60;
    let mut script = script();
    script.open(&world.sight(), REQUEST);
    let screen = world.play(&mut script, &["чт 16-18", ".."]);
    assert!(screen.contains("Новые часы пациента введите здесь"), "{screen}");
    let screen = world.play(&mut script, &["чт 15-16"]);
    assert!(screen.contains("✓ Подходит обоим: четверг, 26 ноября, 15:00–16:00"), "{screen}");
}

#[test]
fn what_was_asked_about_is_none_of_a_later_answer() {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    let mut script = script();
    script.open(&world.sight(), REQUEST);
    let screen = world.play(&mut script, &["19:30", "32.13 10:00"]);
    assert!(screen.contains("Что ответила клиника?"), "{screen}");
    assert_eq!(script.stage, Stage::Answer { id: REQUEST.to_owned() });
}

#[test]
fn a_request_that_is_there_already_is_named_before_another_one_is_saved() {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    let screen = world.play(&mut script(), &["smith", "3", "ther 1", "чт 9-12"]);
    let said = "Внимание: к этому врачу в эту клинику уже есть заявка. Заявка k7m:";
    assert!(screen.contains(said), "{screen}");
    let screen = world.play(&mut script(), &["smith", "3", "ther 2", "чт 9-12"]);
    assert!(screen.contains("Проверьте заявку") && !screen.contains("Внимание"), "{screen}");
}

#[test]
fn who_holds_a_request_of_the_patients_is_said() {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    let screen = world.play(&mut script(), &["smith", "1"]);
    assert!(screen.contains("Clinic 1") && !screen.contains("ведёт"), "{screen}");
    let screen =
        world.play(&mut Script::new(Canvas::new(Some(80), false, false), "boris"), &["smith"]);
    assert!(screen.contains("Clinic 1 · ведёт: Anna"), "{screen}");
}

#[test]
fn a_second_visit_at_the_same_time_is_asked_about() {
    let (mut world, _) = told();
    let mut other = (*world.shelf.get(Kind::Request, REQUEST).unwrap()).clone();
    other.id = "20261123-aaaaaa".to_owned();
    world.shelf.put(other);
    world.act("anna", &Act::Reopen("x".to_owned()));
    let mut script = script();
    script.stage = Stage::Mend { id: REQUEST.to_owned() };
    let screen = world.play(&mut script, &["10"]);
    let said = "У пациента другой приём в пределах часа. Запись aaa: среда, 25 ноября, 10:30";
    let flat = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(said), "{screen}");
    let screen = world.play(&mut script, &["2", "11:30"]);
    assert!(screen.contains("✓ Время приёма: среда, 25 ноября, 11:30"), "{screen}");
}

#[test]
fn a_time_that_is_past_is_asked_about_and_a_day_that_is_missing_is_one_in_play() {
    let (mut world, mut script) = (World::new(Lang::Ru), script());
    let screen =
        world.play(&mut script, &["smith", "1", "ther 1", "ср 9-12, чт 9-12", "", "сегодня 9"]);
    assert!(screen.contains("Это время уже прошло: понедельник, 23 ноября, 9:00."), "{screen}");
    assert!(!screen.contains("--anyway"), "{screen}");
    let screen = world.play(&mut script, &["2", "10"]);
    assert!(screen.contains("Добавьте день: `ср 10:00`."), "{screen}");
}

#[test]
fn new_times_that_the_clinic_offers_are_no_reason_to_ask_it_again() {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    world.act("anna", &Act::ClinicRanges(vec![range("26T15:00", "26T17:00")]));
    // The patient's own times are over.
    world.minutes = 51 * 60;
    let mut script = script();
    script.open(&world.sight(), REQUEST);
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
fn a_call_that_was_broken_off_is_overtaken_by_what_was_done_since() {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    let mut first = script();
    first.open(&world.sight(), REQUEST);
    world.play(&mut first, &["нет"]);
    let (answers, then) = first.answers();
    let is_overtaken =
        |world: &World| script().is_overtaken_at(&world.sight(), REQUEST, &answers, &then);
    assert!(!is_overtaken(&world));
    world.act("anna", &Act::Appointment { at: time("25T10:00"), anyway: false });
    assert!(is_overtaken(&world));
}

#[test]
fn help_says_what_the_choices_mean() {
    let mut seen = std::collections::BTreeSet::new();
    for stage in stages() {
        let help = stage.help(Lang::Ru);
        assert!(help.contains(' ') && help != "Введите цифру ответа.", "{stage:?}");
        seen.insert(help);
    }
    assert!(seen.len() > 15, "{seen:?}");
}

#[test]
fn a_change_by_somebody_else_is_told_and_nothing_is_done() {
    let mut world = World::new(Lang::Ru);
    world.save(&Draft::default());
    let mut script = script();
    script.open(&world.sight(), REQUEST);
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
    let mut first = script();
    world.play(&mut first, &["smith", "1", "ther 1", "завтра 9-12"]);
    let (answers, then) = first.answers();
    let mut again = script();
    again.replay(&world.sight(), &answers, &then);
    assert_eq!((&again.stage, &again.draft), (&first.stage, &first.draft));
    // A day later «завтра» is another day: it is asked again, what went before is kept.
    world.minutes += 24 * 60;
    let mut later = script();
    later.replay(&world.sight(), &answers, &then);
    assert_eq!(later.stage, Stage::When);
    assert_eq!(later.draft.specialty.as_deref(), Some("terapevt"));
}
