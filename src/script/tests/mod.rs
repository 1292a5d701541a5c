//! The dialogue without files or a terminal: states and answers to states and screens, in memory.

use std::rc::Rc;

use chrono::TimeDelta;

use super::deed::Act;
use super::found::Found;
use super::*;
use crate::history::{self, Event};
use crate::life::Acting;
use crate::model::book::Book as _;
use crate::model::record::Record;
use crate::model::settings::Settings;
use crate::model::value::Values;
use crate::testing::{Shelf, list, range, span, time};

mod back;
mod caller;
mod clinic;
mod everywhere;
mod visit;
mod wish;

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

    /// A world with a request that Anna has taken up.
    fn saved(lang: Lang) -> World {
        let mut world = World::new(lang);
        world.save(&Draft::default());
        world
    }

    /// The request as it is now.
    fn request(&self) -> Rc<Record> {
        self.shelf.get(Kind::Request, REQUEST).unwrap()
    }

    /// One more request like it.
    fn other(&self, id: &str) -> Record {
        Record { id: id.to_owned(), ..(*self.request()).clone() }
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

/// A dialogue at its first question.
fn begin() -> Script {
    Script::new(Canvas::new(Some(80), false, false), "anna")
}

/// A dialogue that goes on with the request.
fn opened(world: &World) -> Script {
    let mut script = begin();
    script.open(&world.sight(), REQUEST);
    script
}

/// A dialogue that stands at a question.
fn at(stage: Stage) -> Script {
    Script { stage, ..begin() }
}

/// A screen on one line, however it is broken.
fn flat(screen: &str) -> String {
    screen.split_whitespace().collect::<Vec<_>>().join(" ")
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
        Stage::Found(Found::exactly("smith", Vec::new())),
        Stage::Found(Found { near: true, ..Found::exactly("smith", vec![PATIENT.to_owned()]) }),
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
        Stage::ElsewhereWhen {
            id: id(),
            clinic: "two".to_owned(),
            why: "Clinic 1: nothing".to_owned(),
        },
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

/// A call in which the clinic offered these times for Wednesday from nine to twelve.
fn offered(ranges: &[Range]) -> (World, Script) {
    let mut world = World::saved(Lang::Ru);
    world.act("anna", &Act::ClinicRanges(ranges.to_vec()));
    let script = opened(&world);
    (world, script)
}

/// A visit that is told, its patient on the line again.
fn told() -> (World, Script) {
    let mut world = World::saved(Lang::Ru);
    world.act("anna", &Act::Appointment { at: time("25T10:30"), anyway: false });
    world.act("anna", &Act::Told);
    (world, begin())
}

#[test]
fn each_answer_leads_to_the_next_question() {
    let mut world = World::new(Lang::En);
    let mut script = begin();
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
