//! `script`: the operator script at prompts, step by step; the dialogue itself is `crate::script`.
//!
//! Nothing is locked while a question waits. A deed is done in one transaction, and only on the
//! record that the operator saw: where it has changed since, the operator is told and goes on from
//! the new state.

use clap::{ArgMatches, Command};
use serde_json::{Value as Json, json};

use crate::app::{App, Desk};
use crate::cmd::request::{self, new as wishes};
use crate::cmd::{Done, args, help};
use crate::error::{Code, Error, Result};
use crate::history::What;
use crate::i18n::{Lang, Text};
use crate::life;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::model::request::Status;
use crate::prompt::{self, Answers};
use crate::query::resolve;
use crate::render::cell::Sight;
use crate::say;
use crate::script::deed::Act;
use crate::script::{Caller, Deed, Next, Screen, Script, phrase};
use crate::store::seal::{Edit, Plan};
use crate::store::{LOCAL, disk};
use crate::sync::status;
use crate::tr;

pub fn spec(lang: Lang) -> Command {
    Command::new("script")
        .after_help(help::examples(lang, &[("script", "script"), ("script k7m", "script k7m")]))
        .about(lang.of(
            "Сценарий звонка по шагам: от вопроса «кто звонит» до подтверждённого визита",
            "The call, step by step: from “who calls” to the confirmed visit",
        ))
        .arg(args::request_id(lang))
        .arg(args::flag(
            lang,
            "answers",
            ("ФАЙЛ", "FILE"),
            (
                "взять ответы из файла, по одному в строке",
                "take the answers from a file, one a line",
            ),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let mut answers = match args::get(matches, "answers") {
        Some(file) => Answers::from_file(&app.environment.cwd.join(file))?,
        None if app.globals.no_input || !at_terminal(app) => {
            return Err(Error::usage(
                "no-terminal",
                say!("Сценарий ведут на терминале.", "The script takes a terminal."),
            )
            .hint(say!(
                "Ответы из файла: `--answers ФАЙЛ`.",
                "Answers from a file: `--answers FILE`."
            )));
        }
        None => Answers::at_terminal(),
    };
    let by = app.read(|sight| Ok(app.operator(sight.book)?.id.clone()))?;
    let drafts = Drafts { path: format!("{LOCAL}/draft-{by}.json") };
    let script = Script::new(app.output.canvas(), &by).shared(status::has_others(app));
    let mut session = Session { script, about: None, unsaid: false };
    let wanted = match args::get(matches, "id") {
        Some(name) => Some(app.read(|sight| {
            let found = resolve::resolve(sight.book, sight.settings, Kind::Request, name)?;
            Ok(found.id.clone())
        })?),
        None => None,
    };
    app.read(|sight| {
        session.script.greet(sight);
        Ok(())
    })?;
    // A draft of another call waits until that one is taken up again.
    let mut keeps = answers.is_terminal();
    let draft = if keeps { drafts.read(app) } else { None };
    if let Some(draft) = draft {
        if session.is_overtaken(app, &draft)? {
            drafts.drop(app)?;
        } else if wanted.is_none() || draft.about == wanted {
            session.take_up(app, &drafts, draft, &mut answers)?;
        } else {
            keeps = false;
        }
    }
    let wanted = wanted.filter(|_| session.about.is_none());
    let ended = session.go_on(app, wanted, keeps.then_some(&drafts), &mut answers);
    let left = answers.left();
    if ended.is_ok() && left > 0 {
        app.output.warn(&say!(
            "Разговор окончен, а в файле остались ответы: {left}. Они ни к чему не отнесены; проверьте, что записано: `appt log`.",
            "The call is over, and answers are left in the file: {left}. They went nowhere; look what was recorded: `appt log`."
        ));
    }
    ended.map(|()| Done::Yes).map_err(|error| session.saved(error))
}

fn at_terminal(app: &App) -> bool {
    app.environment.stdin_is_terminal && app.environment.stderr_is_terminal
}

/// A call, and the request that its answers began with, where there was one.
struct Session {
    script: Script,
    about: Option<String>,
    /// Whether something was saved that no screen has told of yet.
    unsaid: bool,
}

impl Session {
    /// Asks until the call is over.
    fn go_on(
        &mut self,
        app: &App,
        wanted: Option<String>,
        drafts: Option<&Drafts>,
        answers: &mut Answers,
    ) -> Result<()> {
        if let Some(id) = wanted {
            self.open(app, &id)?;
        }
        loop {
            // Time goes on while people talk.
            let app = &app.at_present()?;
            let screen = app.read(|sight| Ok(self.script.screen(sight)))?;
            answers.show(app, &screen)?;
            self.unsaid = false;
            if self.script.is_over() {
                return Ok(());
            }
            let answer = answers.read(app, &screen, &self.farewell(drafts.is_some()))?;
            let app = &app.at_present()?;
            let next = app.read(|sight| Ok(self.script.answer(sight, &answer)))?;
            if let Next::Do(deed) = next {
                self.perform(app, deed)?;
            }
            if let Some(drafts) = drafts {
                drafts.keep(app, self)?;
            }
        }
    }

    /// An error, with what was saved all the same and no screen has told of.
    fn saved(&self, error: Error) -> Error {
        if !self.unsaid || error.code == Code::Interrupted {
            return error;
        }
        let (ru, en) = (&error.message.ru, &error.message.en);
        let message = say!(
            "Изменение записано, но продолжить нельзя. {ru}",
            "The change stands, but the call can't go on. {en}"
        );
        Error { message, ..error }
    }

    fn open(&mut self, app: &App, id: &str) -> Result<()> {
        self.about = Some(id.to_owned());
        let next = app.read(|sight| Ok(self.script.open(sight, id)))?;
        match next {
            Next::Do(deed) => self.perform(app, deed),
            Next::Ask | Next::End => Ok(()),
        }
    }

    /// What Ctrl-C says here.
    fn farewell(&self, keeps: bool) -> Text {
        let is_begun = !self.script.answers().0.is_empty();
        match self.script.subject().or(self.about.as_deref()).map(life::short) {
            Some(part) => say!(
                "Прервано. Продолжить: `appt script {part}`.",
                "Interrupted. Go on: `appt script {part}`."
            ),
            None if is_begun && keeps => say!(
                "Прервано. Ответы сохранены, продолжить: `appt script`.",
                "Interrupted. The answers are kept; go on: `appt script`."
            ),
            None => say!("Прервано.", "Interrupted."),
        }
    }

    /// Offers the answers of the last call that was broken off.
    fn take_up(
        &mut self,
        app: &App,
        drafts: &Drafts,
        draft: Draft,
        answers: &mut Answers,
    ) -> Result<()> {
        let greeting = app.read(|sight| Ok(self.script.screen(sight).lines))?;
        let greeting = greeting.into_iter().take(GREETING).collect();
        answers.show(app, &Screen { lines: greeting, ..Screen::default() })?;
        if !self.wants(app, &draft)? {
            return drafts.drop(app);
        }
        if let Some(id) = &draft.about {
            self.open(app, id)?;
        }
        app.read(|sight| {
            self.script.replay(sight, &draft.answers, &draft.then);
            Ok(())
        })?;
        self.script.offer_again(draft.ahead);
        Ok(())
    }
}

impl Session {
    /// Whether the request of a call that was broken off went on without it, so that none of the
    /// answers has its question any more.
    fn is_overtaken(&self, app: &App, draft: &Draft) -> Result<bool> {
        let Some(id) = &draft.about else { return Ok(false) };
        app.read(|sight| Ok(self.script.is_overtaken_at(sight, id, &draft.answers, &draft.then)))
    }

    /// Whether the call that was broken off is gone on with; whose it was is said.
    fn wants(&self, app: &App, draft: &Draft) -> Result<bool> {
        let whose = app.read(|sight| {
            Ok(self.script.whose(sight, draft.about.as_deref(), &draft.answers, &draft.then))
        })?;
        let lang = app.lang();
        let whose = whose.map(|whose| format!(": {whose}")).unwrap_or_default();
        let (title, anew) = match draft.about.as_deref().map(life::short) {
            Some(part) => (
                tr!(
                    lang,
                    "Прошлый звонок прервался{whose}. Заявка {part} сохранена, ответы после этого в неё ещё не записаны.",
                    "The last call was broken off{whose}. Request {part} is saved; the answers since are not part of it yet."
                ),
                lang.of(
                    "Начать новый: останется только сохранённое",
                    "Begin a new one: only what is saved stays",
                ),
            ),
            None => (
                tr!(
                    lang,
                    "Прошлый звонок прервался, ответы сохранены{whose}.",
                    "The last call was broken off, its answers are kept{whose}."
                ),
                lang.of(
                    "Начать новый: те ответы пропадут",
                    "Begin a new one: those answers are lost",
                ),
            ),
        };
        let words = [lang.of("Продолжить его", "Go on with it"), anew].map(str::to_owned);
        let kept = say!(
            "Прервано. Ответы сохранены, продолжить: `appt script`.",
            "Interrupted. The answers are kept; go on: `appt script`."
        );
        loop {
            let farewell = Some(kept.clone());
            if let Some(at) = prompt::choose_or_leave(app, &title, &words, true, farewell)? {
                return Ok(at == 0);
            }
        }
    }
}

/// The lines of a greeting.
const GREETING: usize = 2;

/// What was answered in a call since the last step that was saved.
struct Draft {
    about: Option<String>,
    answers: Vec<(String, String)>,
    then: String,
    /// Answers that were gone back behind.
    ahead: Vec<(String, String)>,
}

/// Where an operator's draft lies.
struct Drafts {
    path: String,
}

impl Drafts {
    fn read(&self, app: &App) -> Option<Draft> {
        let text = disk::read_any(app.store().ok()?.root(), &self.path).ok()??;
        let json: Json = serde_json::from_str(&text).ok()?;
        let word = |json: &Json| Some(json.as_str()?.to_owned());
        let pair = |pair: &Json| Some((word(&pair[0])?, word(&pair[1])?));
        let pairs = |key| json[key].as_array()?.iter().map(pair).collect::<Option<Vec<_>>>();
        Some(Draft {
            about: word(&json["about"]),
            answers: pairs("answers")?,
            then: word(&json["then"])?,
            ahead: pairs("ahead").unwrap_or_default(),
        })
    }

    /// Keeps the answers, after each: a process may end without a word. Not synced, so that nobody
    /// waits for the disk between two questions.
    fn keep(&self, app: &App, session: &Session) -> Result<()> {
        let (answers, then) = session.script.answers();
        if answers.is_empty() || session.script.is_over() {
            return self.drop(app);
        }
        let (about, ahead) = (&session.about, session.script.ahead());
        let json = json!({ "about": about, "answers": answers, "then": then, "ahead": ahead });
        let failed =
            |error| Error::io(&say!("сохранить ответы", "keep the answers"), &self.path, &error);
        disk::replace(app.store()?.root(), &self.path, &json.to_string(), false).map_err(failed)
    }

    fn drop(&self, app: &App) -> Result<()> {
        let failed =
            |error| Error::io(&say!("убрать черновик", "remove the draft"), &self.path, &error);
        disk::remove(app.store()?.root(), &self.path).map_err(failed)
    }
}

impl Session {
    /// Does a deed, and lets the script go on from what came of it.
    fn perform(&mut self, app: &App, deed: Deed) -> Result<()> {
        let script = &mut self.script;
        let done = match &deed {
            Deed::Save { start } => save(app, script, *start),
            Deed::Phone { patient, phone } => new_phone(app, patient, phone),
            Deed::Move { id, seen, .. } | Deed::Step { id, seen, .. } => {
                step(app, &deed, id, *seen)
            }
        };
        let error = match done {
            Ok(id) => {
                self.about = (!matches!(deed, Deed::Phone { .. })).then(|| id.clone());
                self.unsaid = true;
                return app.read(|sight| {
                    script.done(sight, &id, &deed);
                    Ok(())
                });
            }
            Err(error) => error,
        };
        if !matches!(error.code, Code::Refused | Code::Conflict | Code::Busy | Code::NotFound) {
            return Err(error);
        }
        script.say(error.message.get(app.lang()));
        if error.code == Code::Conflict
            && let Deed::Move { id, .. } | Deed::Step { id, .. } = &deed
        {
            self.about = Some(id.clone());
            app.read(|sight| {
                script.renew(sight, id);
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// A known patient has another phone.
fn new_phone(app: &App, patient: &str, phone: &str) -> Result<String> {
    let caller =
        Caller { id: Some(patient.to_owned()), phone: Some(phone.to_owned()), ..Caller::default() };
    let (_, id) = app.write(|desk| wishes::caller(desk, &caller))?;
    Ok(id)
}

/// Saves the draft as a request, with its patient; taken up at once where the clinic is called.
fn save(app: &App, script: &Script, start: bool) -> Result<String> {
    let draft = script.draft().clone();
    let (sealed, id) = app.write(|desk| {
        let (mut plan, patient) = wishes::caller(desk, &draft.caller)?;
        let wish = wishes::of_draft(desk, &draft)?;
        let (clinic, specialty) = (&wish.clinic.id, &wish.specialty.id);
        plan.warnings.extend(request::twins(desk, &patient, clinic, specialty, None));
        let id = wishes::new_id(desk);
        let mut then = Vec::new();
        if start {
            then.push(What::status(Status::Created, Status::InProgress, None, None));
        }
        let values = wish.values(desk, &patient, None);
        plan.edits.push(Edit::Create {
            kind: Kind::Request,
            id: id.clone(),
            source: None,
            values,
            then,
        });
        Ok((plan, id))
    })?;
    drop(sealed);
    Ok(id)
}

/// Does a step on the record that the operator saw.
fn step(app: &App, deed: &Deed, id: &str, seen: Option<Instant>) -> Result<String> {
    let (_, id) = app.write(|desk| {
        let record = desk.find(Kind::Request, id)?;
        if record.updated() != seen {
            return Err(changed(desk, &record, seen));
        }
        match deed {
            Deed::Step { act, .. } => {
                let acting = desk.acting(*act == Act::TakeOver, act.is_anyway());
                let mut edits = vec![Edit::change(&record, act.whats(&acting, &record)?)];
                if act.is_clinics_answer() {
                    edits.extend(taken_off(desk, &record));
                }
                Ok((Plan { edits, ..Plan::default() }, record.id.clone()))
            }
            Deed::Move { ranges, pair, .. } => moved(desk, &record, ranges, pair.as_ref()),
            Deed::Save { .. } | Deed::Phone { .. } => unreachable!("they change no request"),
        }
    })?;
    Ok(id)
}

/// A clinic that answered about the new time of a moved visit was asked to take the old one off.
fn taken_off(desk: &Desk<'_>, record: &Record) -> Option<Edit> {
    let old = desk.library.get(Kind::Request, record.text("rescheduled_from")?)?;
    if old.text("clinic") != record.text("clinic") {
        return None;
    }
    let whats = desk.acting(false, false).clinic_told(&old).ok()?;
    (!whats.is_empty()).then(|| Edit::change(&old, whats))
}

/// The old request makes way for a new one, which is taken up at once.
fn moved(
    desk: &Desk<'_>,
    record: &Record,
    ranges: &[Range],
    pair: Option<&(String, String)>,
) -> Result<(Plan, String)> {
    let id = wishes::new_id(desk);
    let whats = desk.acting(false, false).make_way(record, &id, None)?;
    let same = (record.shown("specialty").to_owned(), record.shown("clinic").to_owned());
    let (specialty, clinic) = pair.unwrap_or(&same);
    let wish = wishes::Wish {
        clinic: desk.find(Kind::Clinic, clinic)?,
        specialty: desk.find(Kind::Specialty, specialty)?,
        ranges: ranges.to_vec(),
    };
    life::offers(desk.library, &wish.clinic, &wish.specialty)?;
    let patient = desk.library.patient(record.shown("patient"));
    let patient =
        patient.map_or_else(|| record.shown("patient").to_owned(), |patient| patient.id.clone());
    let warnings =
        request::twins(desk, &patient, &wish.clinic.id, &wish.specialty.id, Some(&record.id));
    let values = wish.values(desk, &patient, Some(&record.id));
    let then = vec![What::status(Status::Created, Status::InProgress, None, None)];
    let edits = vec![
        Edit::change(record, whats),
        Edit::Create { kind: Kind::Request, id: id.clone(), source: None, values, then },
    ];
    Ok((Plan { edits, warnings, ..Plan::default() }, id))
}

/// Somebody changed the request while the operator was answering.
fn changed(desk: &Desk<'_>, record: &Record, seen: Option<Instant>) -> Error {
    let text = Text::both(|lang| {
        let sight = Sight { lang, ..desk.app.sight(desk.library, desk.settings) };
        phrase::changed(&sight, record, seen)
    });
    Error::new(Code::Conflict, "changed-meanwhile", text)
}
