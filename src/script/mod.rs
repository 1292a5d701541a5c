//! The operator script as a state machine without I/O: a stage and an answer give the next stage
//! and what the screen says (`spec.md`, section 5, prompts).
//!
//! The shell (`cmd/script`) shows a [`Screen`], reads a line, hands it to [`Script::answer`] and
//! does the [`Deed`] that comes back, if one does. Nothing is locked while a screen waits, so a deed
//! carries what the operator saw: where the record has changed since, it is not done.
//!
//! Invariants: the same answers over the same records give the same screens; Enter never asserts a
//! fact about a person or a call; every stage has a way on and a way back.

mod call;
mod caller;
mod calls;
mod clinic;
pub mod deed;
mod examples;
mod found;
mod newcomer;
mod notes;
mod outcome;
mod patient;
pub mod phrase;
mod resume;
mod screen;
mod stage;
mod trail;
mod waiting;
mod wants;
mod ways;
mod wish;

use crate::i18n::Lang;
use crate::life;
use crate::model::kind::Kind;
use crate::model::range::{self, Instant, Range};
use crate::model::request::{Overdue, Request, Status, Step};
use crate::render::cell::Sight;
use crate::render::timeline::Canvas;
use crate::tr;
use crate::when::show;

use deed::Act;
pub use deed::Deed;
pub use screen::{Line, Screen};
use stage::Stage;
use trail::Trail;

/// How long an answer may be, in characters: as a note. Whatever else is asked for is shorter, and
/// what a long line means takes long to find out.
const LONGEST: usize = 2_000;
/// No question offers more to choose from.
const MOST_CHOICES: usize = 99;

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
    /// The request whose visit is moved.
    pub moves: Option<String>,
}

/// A call.
pub struct Script {
    /// Who asks.
    by: String,
    stage: Stage,
    draft: Draft,
    /// What was answered, to go back to.
    trail: Trail,
    /// The question that stands on the screen: asked again, it is not shown again.
    shown: Option<(Stage, Draft)>,
    /// What it shows.
    question: Option<Screen>,
    /// What a mistyped answer probably meant: Enter takes it.
    guess: Option<String>,
    /// The two lines that the last answer may have meant: their number takes one.
    either: Option<[String; 2]>,
    /// The request that the screen showed, and its last change then.
    seen: Option<(String, Option<Instant>)>,
    /// What the next screen says before its question.
    said: Vec<String>,
    /// What timelines are drawn upon.
    canvas: Canvas,
    /// Whether there are others to whom what is saved here has yet to go.
    has_others: bool,
    /// Whether the last answer was written down.
    has_saved: bool,
    /// Whether it was the patient's own times, and led to the clinic's offer.
    has_asked_anew: bool,
}

impl Script {
    /// A call that begins; `by` asks.
    pub fn new(canvas: Canvas, by: &str) -> Script {
        Script {
            by: by.to_owned(),
            stage: Stage::Box,
            draft: Draft::default(),
            trail: Trail::default(),
            shown: None,
            question: None,
            guess: None,
            either: None,
            seen: None,
            said: Vec::new(),
            canvas,
            has_others: false,
            has_saved: false,
            has_asked_anew: false,
        }
    }

    /// The same, where the data are shared: a call ends with the word that this one is not, yet.
    pub fn shared(self, has_others: bool) -> Script {
        Script { has_others, ..self }
    }

    /// The first words of a session: who works, when it is, what waits, and the keys.
    pub fn greet(&mut self, sight: &Sight<'_>) {
        let lang = sight.lang;
        let name = sight.title(Kind::Operator, &self.by);
        let now = sight.now.with_timezone(&sight.settings.timezone).fixed_offset();
        let when = show::instant_text(now, sight.today(now), lang);
        let count = waiting::queued(sight).len();
        let noun =
            lang.plural(count, ["заявка", "заявки", "заявок"], ["request", "requests"]).to_owned();
        self.say(tr!(
            lang,
            "{name} · {when} · в очереди {count} {noun}",
            "{name} · {when} · {count} {noun} in the queue"
        ));
        self.say(lang.of(
            ".. назад   ? помощь   Ctrl-C выйти, ответы сохранятся",
            ".. back   ? help   Ctrl-C leaves, the answers are kept",
        ));
    }

    /// Opens a request where it stands; one that nobody has taken up is taken up first.
    pub fn open(&mut self, sight: &Sight<'_>, id: &str) -> Next {
        wants::open(self, sight, id)
    }

    /// The request changed meanwhile: what is asked follows from how it stands now.
    pub fn renew(&mut self, sight: &Sight<'_>, id: &str) {
        self.forget();
        self.go_on(sight, id);
        self.say_if_over(sight, id);
    }

    /// What is known so far, for saving.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Whether nothing more is asked.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::End
    }

    /// The request that the question is about.
    pub fn subject(&self) -> Option<&str> {
        self.stage.subject()
    }

    /// Says something before the next question: what a deed led to.
    pub fn say(&mut self, line: impl Into<String>) {
        self.said.push(line.into());
    }

    /// What was typed is none of so many choices.
    fn ask_for_number(&mut self, lang: Lang, count: usize) {
        self.say(match count {
            1 => lang.of("Введите 1.", "Type 1.").to_owned(),
            2 => lang.of("Введите 1 или 2.", "Type 1 or 2.").to_owned(),
            _ => tr!(lang, "Введите цифру от 1 до {count}.", "Type a number from 1 to {count}."),
        });
    }

    /// What the operator sees now.
    pub fn screen(&mut self, sight: &Sight<'_>) -> Screen {
        let mut screen = Screen::default();
        let asked = (self.stage.clone(), self.draft.clone());
        // What is wrong with an answer stands beside the prompt, not above the question once more.
        let again = !self.said.is_empty() && self.shown.as_ref() == Some(&asked);
        self.shown = Some(asked);
        self.said.drain(..).for_each(|line| screen.say(line));
        self.seen = self.stage.subject().map(|id| {
            let record = sight.request(id);
            (id.to_owned(), record.and_then(|record| record.updated()))
        });
        let question = self.question(sight);
        if !again {
            screen.lines.extend_from_slice(&question.lines);
        }
        screen.default.clone_from(&question.default);
        self.question = Some(question);
        screen.fact = self.stage.is_fact();
        if let Some(earlier) = self.guess.as_deref().or(self.trail.earlier()) {
            screen.default = Some(earlier.to_owned());
        }
        for line in &mut screen.lines {
            if let Line::Text(text) = line {
                if self.canvas.ascii {
                    *text = text.replace("✓ ", "");
                }
                *text = phrase::wrap(text, self.canvas.width.clamp(NARROWEST, WIDEST));
            }
        }
        screen
    }

    /// What is asked where the dialogue stands.
    fn question(&mut self, sight: &Sight<'_>) -> Screen {
        let mut screen = Screen::default();
        match &self.stage {
            Stage::Box | Stage::Found(_) | Stage::Number { .. } => {
                caller::ask(self, sight, &mut screen)
            }
            Stage::Wants { .. } => wants::ask(self, sight, &mut screen),
            Stage::Passport
            | Stage::Name
            | Stage::Layout { .. }
            | Stage::Phone
            | Stage::Similar { .. } => newcomer::ask(self, sight, &mut screen),
            Stage::Doctor
            | Stage::DoctorChoice { .. }
            | Stage::When
            | Stage::WhenChoice { .. }
            | Stage::Review
            | Stage::MoveWhen { .. }
            | Stage::MoveSure { .. } => wish::ask(self, sight, &mut screen),
            _ => calls::ask(self, sight, &mut screen),
        }
        screen
    }

    /// Takes an answer.
    pub fn answer(&mut self, sight: &Sight<'_>, typed: &str) -> Next {
        let mut typed = typed.trim().to_owned();
        if self.is_overtaken(sight) {
            return Next::Ask;
        }
        if typed.chars().count() > LONGEST {
            self.say(tr!(
                sight.lang,
                "Ответ слишком длинный: больше {LONGEST} знаков.",
                "The answer is too long: over {LONGEST} characters."
            ));
            return Next::Ask;
        }
        let meant = self.guess.take().or_else(|| self.trail.earlier().map(str::to_owned));
        let either = self.either.take();
        match typed.as_str() {
            typed if call::is_back(typed) => return self.back(sight.lang),
            typed if call::is_help(typed) => {
                self.either = either;
                return self.help(sight.lang);
            }
            short if self.is_stale(sight, short) => return Next::Ask,
            "" if either.is_some() => {
                self.either = either;
                self.ask_for_number(sight.lang, 2);
                return Next::Ask;
            }
            "" => typed = meant.unwrap_or_default(),
            _ => {}
        }
        if let (Some(lines), Some(at)) = (either, screen::choice(&typed, 2)) {
            typed.clone_from(&lines[at]);
        }
        let before = (self.stage.clone(), self.draft.clone());
        let next = match &self.stage {
            Stage::Box | Stage::Found(_) | Stage::Number { .. } => {
                caller::take(self, sight, &typed)
            }
            Stage::Wants { .. } => wants::take(self, sight, &typed),
            Stage::Passport
            | Stage::Name
            | Stage::Layout { .. }
            | Stage::Phone
            | Stage::Similar { .. } => newcomer::take(self, sight, &typed),
            Stage::Doctor
            | Stage::DoctorChoice { .. }
            | Stage::When
            | Stage::WhenChoice { .. }
            | Stage::Review
            | Stage::MoveWhen { .. }
            | Stage::MoveSure { .. } => wish::take(self, sight, &typed),
            Stage::End => Next::End,
            _ => calls::take(self, sight, &typed),
        };
        if self.stage != before.0 {
            // One word mends a name: what it makes is the answer.
            let name = self.draft.caller.name.clone().filter(|_| before.0 == Stage::Name);
            self.trail.step(before, name.unwrap_or(typed), &self.stage);
        }
        if self.is_over() && next == Next::Ask { Next::End } else { next }
    }

    /// Whether somebody changed the request while the question waited: the operator is told, and
    /// asked from the new state.
    fn is_overtaken(&mut self, sight: &Sight<'_>) -> bool {
        let Some((id, seen)) = self.seen.take() else { return false };
        let Some(record) = sight.request(&id) else {
            self.say(
                sight.lang.of("Этой заявки больше нет.", "This request is not there any more."),
            );
            self.stage = Stage::End;
            return true;
        };
        if record.updated() == seen {
            return false;
        }
        self.say(phrase::changed(sight, &record, seen));
        self.renew(sight, &id);
        true
    }

    /// Whether a number or Enter answers another question than the one on the screen: what others
    /// did meanwhile has changed what there is to choose from.
    fn is_stale(&mut self, sight: &Sight<'_>, typed: &str) -> bool {
        let is_choice = typed.is_empty() || screen::choice(typed, MOST_CHOICES).is_some();
        let Some(shown) = self.question.take().filter(|_| is_choice) else { return false };
        if self.question(sight) == shown {
            return false;
        }
        self.say(sight.lang.of(
            "Пока вы отвечали, данные изменились. Посмотрите и ответьте ещё раз.",
            "The data have changed while you answered. Look, and answer once more.",
        ));
        self.shown = None;
        true
    }

    /// Asks which of two things an answer meant: what is shown of each, and the line that says it
    /// plainly, which its number then stands for.
    fn ask_which(&mut self, question: &str, meant: [(&str, &str); 2]) {
        self.say(question);
        for (number, (shown, _)) in (1..).zip(&meant) {
            self.say(format!("  {number}  {shown}"));
        }
        self.either = Some(meant.map(|(_, line)| line.to_owned()));
    }

    /// Nothing before can be gone back to.
    fn forget(&mut self) {
        self.trail = Trail::default();
        self.shown = None;
        (self.guess, self.either, self.seen, self.question) = (None, None, None, None);
        (self.has_saved, self.has_asked_anew) = (false, false);
    }

    /// One question back, with the earlier answer as what Enter takes.
    fn back(&mut self, lang: Lang) -> Next {
        match self.trail.back() {
            Some((stage, draft)) => (self.stage, self.draft) = (stage, draft),
            None => self.behind_what_is_saved(lang),
        }
        Next::Ask
    }

    /// What the last answer wrote down can't be taken back by going back; a new answer replaces it.
    fn behind_what_is_saved(&mut self, lang: Lang) {
        match self.stage.clone() {
            Stage::Time { id } => self.stage = Stage::Offer { id },
            // The patient has just named times of their own: they name others here, too.
            Stage::Offer { .. } if self.has_asked_anew => self.say(lang.of(
                "Новые часы пациента введите здесь: они заменят прежние.",
                "Type the patient's new hours here: they replace the old ones.",
            )),
            Stage::Offer { id } => self.stage = Stage::Answer { id },
            Stage::Told { .. } => self.say(lang.of(
                "Время приёма уже записано. Исправить его: 5.",
                "The appointment is recorded. To mend it: 5.",
            )),
            Stage::Answer { id } => {
                let part = life::short(&id).to_owned();
                let undo = match self.has_saved {
                    true => lang.of(
                        " Взять назад то, что сохранено последним: appt undo.",
                        " To take back what was saved last: appt undo.",
                    ),
                    false => "",
                };
                self.say(tr!(
                    lang,
                    "Заявка уже сохранена. Выйдите отсюда (Ctrl-C).{undo} Исправить: appt request edit {part}, время — appt request set-ranges {part} --patient.",
                    "The request is saved. Leave here (Ctrl-C).{undo} To mend it: appt request edit {part}; its times: appt request set-ranges {part} --patient."
                ));
            }
            _ if self.has_saved => self.say(lang.of(
                "Последний ответ уже записан. Вернуть его: Ctrl-C, затем appt undo.",
                "The last answer is recorded. To take it back: Ctrl-C, then appt undo.",
            )),
            _ => self.say(lang.of("Это первый вопрос.", "This is the first question.")),
        }
    }

    fn help(&mut self, lang: Lang) -> Next {
        self.say(self.stage.help(lang));
        self.say(lang.of(
            ".. — вернуться к прошлому вопросу, Ctrl-C — выйти, ответы сохранятся.",
            ".. goes back one question, Ctrl-C leaves; the answers are kept.",
        ));
        Next::Ask
    }

    /// After a deed: what came of it, and what the request's next step asks for.
    pub fn done(&mut self, sight: &Sight<'_>, id: &str, deed: &Deed) {
        self.forget();
        self.has_saved = true;
        self.draft = Draft::default();
        outcome::say(self, sight, id, deed);
        match deed {
            Deed::Phone { patient, .. } => wants::meet(self, sight, patient),
            _ if deed.ends_the_call() => self.stage = Stage::End,
            _ => self.go_on(sight, id),
        }
        if self.is_over() {
            self.stage = outcome::after(sight, id, deed);
        }
        let is_offer = matches!(self.stage, Stage::Offer { .. });
        let are_theirs = matches!(deed, Deed::Step { act: Act::PatientRanges(_), .. });
        self.has_asked_anew = is_offer && are_theirs;
        if self.is_over() {
            let kept = match self.has_others {
                true => sight.lang.of(
                    "Сохранено здесь, другим не отправлено (appt sync).",
                    "Saved here, not shared with others yet (appt sync).",
                ),
                false => sight.lang.of("Сохранено здесь.", "Saved here."),
            };
            match self.said.last_mut() {
                Some(last) => *last = format!("{last} {kept}"),
                None => self.say(kept),
            }
            self.say_how_to_go_on(sight.lang);
        }
    }

    /// A call that is over leads to the next one.
    fn say_how_to_go_on(&mut self, lang: Lang) {
        self.say(lang.of("Новый звонок: appt script", "A new call: appt script"));
    }

    /// Where a request stands decides what is asked.
    fn go_on(&mut self, sight: &Sight<'_>, id: &str) {
        let record = sight.request(id);
        let Some(request) = record.as_ref().and_then(|record| Request::of(record).ok()) else {
            self.stage = Stage::End;
            return;
        };
        let id = id.to_owned();
        let held = request.status == Status::InProgress && request.operator != self.by;
        let is_over = matches!(request.overdue(sight.now), Some(Overdue::Times(_)));
        let is_offer_over = range::left(&request.clinic_ranges, sight.now).is_empty();
        self.stage = match request.next() {
            _ if held => Stage::Held { id },
            Step::CallClinic => Stage::Held { id },
            Step::RecordOutcome | Step::CallPatient | Step::GetAppointment if is_over => {
                Stage::Anew { id }
            }
            // What is over is asked for anew.
            Step::CallPatient | Step::GetAppointment if is_offer_over => Stage::Answer { id },
            Step::RecordOutcome => Stage::Answer { id },
            Step::CallPatient => Stage::Offer { id },
            Step::GetAppointment => Stage::Time { id },
            Step::NotifyPatient => Stage::Told { id },
            Step::TellClinic => Stage::Off { id },
            Step::None => Stage::End,
        };
    }

    /// Where nothing is left to ask, how the request stands.
    fn say_if_over(&mut self, sight: &Sight<'_>, id: &str) {
        let record = sight.request(id);
        let request = record.as_ref().and_then(|record| Request::of(record).ok());
        if let Some(request) = request.filter(|_| self.is_over()) {
            let (part, status) = (life::short(id), request.status_name(sight.lang));
            self.say(tr!(sight.lang, "Заявка {part}: {status}.", "Request {part}: {status}."));
            if let Some(successor) = request.rescheduled_to {
                let successor = waiting::brief(sight, successor);
                self.say(tr!(
                    sight.lang,
                    "Вместо неё — заявка {successor}: appt script {successor}",
                    "In its place is request {successor}: appt script {successor}"
                ));
            } else if request.status == Status::PatientRefused {
                self.say(tr!(
                    sight.lang,
                    "Вернуть её в работу: appt request reopen {part} --reason …",
                    "To take it up again: appt request reopen {part} --reason …"
                ));
            }
        }
    }
}

/// The narrowest and the widest that words run.
const NARROWEST: usize = 40;
const WIDEST: usize = 80;

#[cfg(test)]
mod tests;
