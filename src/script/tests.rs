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
        for what in whats {
            let at = history::next_at(&record.history, now.fixed_offset());
            let event = Event { at, by: by.to_owned(), what, tx: None, extra: Vec::new() };
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

/// Every place where a dialogue may stand.
fn stages() -> Vec<Stage> {
    let id = || REQUEST.to_owned();
    let pair = || ("terapevt".to_owned(), "one".to_owned());
    let day = || vec![range("25T09:00", "25T12:00")];
    vec![
        Stage::Box,
        Stage::Found { query: "smith".to_owned(), ids: Vec::new() },
        Stage::Found { query: "smith".to_owned(), ids: vec![PATIENT.to_owned()] },
        Stage::Wants { patient: PATIENT.to_owned(), live: vec![id()] },
        Stage::Passport,
        Stage::Name,
        Stage::Phone,
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
        Stage::Sure { id: id(), at: time("25T15:00") },
        Stage::Offer { id: id() },
        Stage::Narrow { id: id(), fits: day() },
        Stage::Time { id: id() },
        Stage::Told { id: id() },
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
    assert!(screen.contains("There is no earlier question."), "{screen}");
    assert_eq!(script.screen(&world.sight()).default.as_deref(), Some("smith"));
}

#[test]
fn what_was_saved_can_not_be_gone_back_behind() {
    let mut world = World::new(Lang::En);
    let mut script = script();
    let screen = world.play(&mut script, &["smith", "1", "ther 1", "wed 9-12", "", ".."]);
    assert!(screen.contains("There is no earlier question."), "{screen}");
    assert!(screen.contains("What did the clinic say?"), "{screen}");
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

#[test]
fn lines_break_at_spaces_and_hang() {
    let wrap = phrase::wrap;
    assert_eq!(wrap("раз два три", 11), "раз два три");
    assert_eq!(wrap("раз два три", 10), "раз два\n  три");
    assert_eq!(wrap("  12  раз два", 10), "  12  раз\n      два");
    assert_eq!(wrap("  раз  два", 8), "  раз\n    два");
    assert_eq!(wrap("оченьдлинноеслово", 5), "оченьдлинноеслово");
    assert_eq!(wrap("а\nб", 5), "а\nб");
}
