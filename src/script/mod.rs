//! The operator script as a state machine without I/O: a stage and an answer give the next stage
//! and what the screen says (`spec.md`, section 5, prompts).
//!
//! The shell (`cmd/script.rs`) shows a [`Screen`], reads a line, hands it to [`Script::answer`] and
//! does the [`Deed`] that comes back, if one does. Nothing is locked while a screen waits, so a deed
//! carries what the operator saw: where the record has changed since, it is not done.
//!
//! Invariants: the same answers over the same records give the same screens; Enter never asserts a
//! fact about a person or a call; every stage has a way on and a way back.

mod call;
mod caller;
pub mod deed;
mod phrase;
mod wish;

use crate::i18n::Lang;
use crate::life;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::request::{Request, Step};
use crate::query::filter;
use crate::render::cell::Sight;
use crate::render::timeline::Canvas;
use crate::tr;

pub use deed::Deed;

/// What a stage shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Screen {
    /// What stands above the answer.
    pub lines: Vec<Line>,
    /// What Enter takes.
    pub default: Option<String>,
    /// Whether the answer asserts a fact: what was typed ahead must not answer it.
    pub fact: bool,
}

/// A part of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Words; they may hold what records hold.
    Text(String),
    /// A drawing, with its own colours; it holds nothing from a record.
    Drawing(String),
}

impl Screen {
    /// Adds words.
    fn say(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Text(text.into()));
    }

    /// Adds a drawing, where there is one.
    fn draw(&mut self, drawing: String) {
        if !drawing.is_empty() {
            self.lines.push(Line::Drawing(drawing));
        }
    }
}

/// What an answer leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// The next question, or the same again.
    Ask,
    /// Something to write down; [`Script::done`] goes on from there.
    Do(Deed),
    /// The call is over.
    End,
}

/// A patient who is meant, known or not yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// The id, where they are known.
    pub id: Option<String>,
    /// The passport number.
    pub passport: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The phone; of a known patient only where it is another one now.
    pub phone: Option<String>,
}

/// What is known of the call so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// Who calls.
    pub caller: Caller,
    /// The specialty's id.
    pub specialty: Option<String>,
    /// The clinic's id.
    pub clinic: Option<String>,
    /// When the patient can come.
    pub ranges: Vec<Range>,
}

/// Where the dialogue stands.
#[derive(Debug, Clone, PartialEq)]
enum Stage {
    /// Who calls? One box for a name, a phone, a passport, a request.
    Box,
    /// Which of the patients that were found.
    Found { query: String, ids: Vec<String> },
    /// What a known patient wants, who has live requests.
    Wants { patient: String, live: Vec<String> },
    /// A new patient's passport.
    Passport,
    /// Their name.
    Name,
    /// Their phone, or a known patient's new one.
    Phone,
    /// Which doctor, where.
    Doctor,
    /// Which of several doctors and clinics.
    DoctorChoice { pairs: Vec<(String, String)> },
    /// When it suits.
    When,
    /// Which of two meanings of what was typed.
    WhenChoice { first: Vec<Range>, second: Vec<Range>, words: (String, String) },
    /// The whole request, before it is saved.
    Review,
    /// What did the clinic say?
    Answer { id: String },
    /// The clinic has nothing free.
    NothingFree { id: String },
    /// A time that does not suit the patient, or is past: is it right?
    Sure { id: String, at: Instant },
    /// Which of the clinic's times suits the patient?
    Offer { id: String },
    /// Only a part of it lies within the clinic's times: record that?
    Narrow { id: String, fits: Vec<Range> },
    /// For which time did the clinic book?
    Time { id: String },
    /// The patient is told.
    Told { id: String },
    /// The clinic is told that the visit is off.
    Off { id: String },
    /// A visit is moved: to when?
    MoveWhen { id: String },
    /// The old visit is given up: sure?
    MoveSure { id: String, ranges: Vec<Range> },
    /// Why is the visit cancelled?
    Reason { id: String },
    /// Nothing more.
    End,
}

/// A call.
pub struct Script {
    stage: Stage,
    draft: Draft,
    /// What was answered, to go back to.
    trail: Vec<(Stage, Draft, String)>,
    /// The earlier answer of a question that was gone back to.
    earlier: Option<String>,
    /// What the next screen says before its question.
    said: Vec<String>,
    /// What timelines are drawn upon.
    canvas: Canvas,
}

impl Script {
    /// A call that begins.
    pub fn new(canvas: Canvas) -> Script {
        Script {
            stage: Stage::Box,
            draft: Draft::default(),
            trail: Vec::new(),
            earlier: None,
            said: Vec::new(),
            canvas,
        }
    }

    /// Opens a request where it stands; one that nobody has taken up is taken up first.
    pub fn open(&mut self, sight: &Sight<'_>, id: &str) -> Next {
        caller::open(self, sight, id)
    }

    /// The request changed meanwhile: what is asked follows from how it stands now.
    pub fn renew(&mut self, sight: &Sight<'_>, id: &str) {
        self.trail.clear();
        self.earlier = None;
        self.go_on(sight, id);
    }

    /// What is known so far, for saving.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Whether nothing more is asked.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::End
    }

    /// Says something before the next question: what a deed led to.
    pub fn say(&mut self, line: impl Into<String>) {
        self.said.push(line.into());
    }

    /// What the operator sees now.
    pub fn screen(&mut self, sight: &Sight<'_>) -> Screen {
        let mut screen = Screen::default();
        self.said.drain(..).for_each(|line| screen.say(line));
        match &self.stage {
            Stage::Box | Stage::Found { .. } | Stage::Wants { .. } => {
                caller::ask(self, sight, &mut screen)
            }
            Stage::Passport | Stage::Name | Stage::Phone => {
                caller::ask_new(self, sight, &mut screen)
            }
            Stage::Doctor
            | Stage::DoctorChoice { .. }
            | Stage::When
            | Stage::WhenChoice { .. }
            | Stage::Review
            | Stage::MoveWhen { .. }
            | Stage::MoveSure { .. } => wish::ask(self, sight, &mut screen),
            _ => call::ask(self, sight, &mut screen),
        }
        if let Some(earlier) = &self.earlier {
            screen.default = Some(earlier.clone());
            screen.fact = false;
        }
        screen
    }

    /// Takes an answer.
    pub fn answer(&mut self, sight: &Sight<'_>, typed: &str) -> Next {
        let mut typed = typed.trim().to_owned();
        match typed.to_lowercase().as_str() {
            ".." | "<" | "назад" | "back" => return self.back(sight.lang),
            "?" => return self.help(sight.lang),
            "" => typed = self.earlier.clone().unwrap_or_default(),
            _ => {}
        }
        let before = (self.stage.clone(), self.draft.clone());
        let next = match &self.stage {
            Stage::Box | Stage::Found { .. } | Stage::Wants { .. } => {
                caller::take(self, sight, &typed)
            }
            Stage::Passport | Stage::Name | Stage::Phone => caller::take_new(self, sight, &typed),
            Stage::Doctor
            | Stage::DoctorChoice { .. }
            | Stage::When
            | Stage::WhenChoice { .. }
            | Stage::Review
            | Stage::MoveWhen { .. }
            | Stage::MoveSure { .. } => wish::take(self, sight, &typed),
            Stage::End => Next::End,
            _ => call::take(self, sight, &typed),
        };
        if self.stage != before.0 {
            self.earlier = None;
            self.trail.push((before.0, before.1, typed));
        }
        if self.is_over() && next == Next::Ask { Next::End } else { next }
    }

    /// One question back, with the earlier answer as what Enter takes.
    fn back(&mut self, lang: Lang) -> Next {
        match self.trail.pop() {
            Some((stage, draft, typed)) => {
                self.stage = stage;
                self.draft = draft;
                self.earlier = Some(typed).filter(|typed| !typed.is_empty());
            }
            None => self.say(lang.of("Дальше назад некуда.", "There is no earlier question.")),
        }
        Next::Ask
    }

    fn help(&mut self, lang: Lang) -> Next {
        let text = match &self.stage {
            Stage::Box => lang.of(
                "Введите начало фамилии и имени (щук п), часть телефона, паспорт или номер заявки.",
                "Type the beginning of a name, part of a phone number, a passport, or a request's id.",
            ),
            Stage::Doctor => lang.of(
                "Начало специальности и клиники: тер 1. Подойдёт и «лор», «окулист».",
                "The beginning of a specialty and a clinic: card 2.",
            ),
            Stage::When | Stage::MoveWhen { .. } | Stage::Offer { .. } => lang.of(
                "День и часы: ср 9-12, завтра после 15, 25.11 9:00–12:30, пт весь день; несколько — через запятую.",
                "A day and hours: wed 9-12, tomorrow after 15, 25.11 9:00–12:30, fri all day; several with commas.",
            ),
            Stage::Answer { .. } | Stage::Time { .. } => lang.of(
                "Время приёма (11:30 или ср 11:30), время клиники (чт 14-16), «нет» или «позже».",
                "The appointment (11:30 or wed 11:30), the clinic's times (thu 14-16), “none” or “later”.",
            ),
            _ => lang.of("Введите цифру ответа.", "Type the number of an answer."),
        };
        self.say(text);
        self.say(lang.of(
            ".. — вернуться к прошлому вопросу, Ctrl-C — выйти, ответы сохранятся.",
            ".. goes back one question, Ctrl-C leaves; the answers are kept.",
        ));
        Next::Ask
    }

    /// After a deed: what the request's next step asks for. Nothing before can be gone back to.
    pub fn done(&mut self, sight: &Sight<'_>, id: &str, deed: &Deed) {
        self.trail.clear();
        self.earlier = None;
        if deed.ends_the_call() {
            self.stage = Stage::End;
            return;
        }
        self.go_on(sight, id);
    }

    /// Where a request stands decides what is asked.
    fn go_on(&mut self, sight: &Sight<'_>, id: &str) {
        let record = sight.book.get(Kind::Request, id);
        let Some(request) = record.as_ref().and_then(|record| Request::of(record).ok()) else {
            self.stage = Stage::End;
            return;
        };
        let id = id.to_owned();
        self.stage = match request.next() {
            Step::CallClinic | Step::RecordOutcome => Stage::Answer { id },
            Step::CallPatient => Stage::Offer { id },
            Step::GetAppointment => Stage::Time { id },
            Step::NotifyPatient => Stage::Told { id },
            Step::TellClinic => Stage::Off { id },
            Step::None => {
                let status = request.status_name(sight.lang);
                let short = life::short(&id);
                self.said.push(tr!(
                    sight.lang,
                    "Заявка {short}: {status}.",
                    "Request {short}: {status}."
                ));
                Stage::End
            }
        };
    }

    /// The queue's most urgent request.
    fn most_urgent(sight: &Sight<'_>) -> Option<String> {
        let mut records = sight.book.all(Kind::Request);
        records.retain(|record| filter::is_queued(record));
        records.iter().min_by_key(|record| filter::urgency(record)).map(|record| record.id.clone())
    }
}

/// Numbered choices, one a line.
fn choices(screen: &mut Screen, words: &[String]) {
    for (at, word) in words.iter().enumerate() {
        screen.say(format!("  {}  {word}", at + 1));
    }
}

/// The choice that a digit names.
fn choice(typed: &str, count: usize) -> Option<usize> {
    let number: usize = typed.parse().ok()?;
    (1..=count).contains(&number).then(|| number - 1)
}
