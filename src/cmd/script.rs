//! `script`: the operator script at prompts, step by step; the dialogue itself is `crate::script`.
//!
//! Nothing is locked while a question waits. A deed is done in one transaction, and only on the
//! record that the operator saw: where it has changed since, the operator is told and goes on from
//! the new state.

use clap::{ArgMatches, Command};
use serde_json::json;

use crate::app::{App, Desk};
use crate::cmd::request::new as wishes;
use crate::cmd::{Done, args};
use crate::error::{Code, Error, Result};
use crate::history::{Event, What};
use crate::i18n::Lang;
use crate::life;
use crate::model::book::Book as _;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::Record;
use crate::model::request::Status;
use crate::prompt::Answers;
use crate::query::resolve;
use crate::render::cell::Sight;
use crate::render::event;
use crate::say;
use crate::script::{Deed, Next, Script};
use crate::store::seal::{Edit, Plan};
use crate::store::{LOCAL, disk};
use crate::when;

pub fn spec(lang: Lang) -> Command {
    Command::new("script")
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
        None if app.globals.no_input => {
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
    let draft = Drafts::new(&by);
    let mut script = begin(app, matches)?;
    let mut typed: Vec<String> = Vec::new();
    if args::get(matches, "id").is_none() {
        typed = draft.offer(app, &mut answers, &mut script)?;
    }
    while !script.is_over() {
        let screen = app.read(|sight| Ok(script.screen(sight)))?;
        answers.show(app, &screen)?;
        let answer = match answers.read(&screen) {
            Ok(answer) => answer,
            Err(error) => {
                draft.keep(app, &typed)?;
                return Err(error);
            }
        };
        let next = app.read(|sight| Ok(script.answer(sight, &answer)))?;
        typed.push(answer);
        if let Next::Do(deed) = next {
            perform(app, &mut script, deed)?;
            typed.clear();
            draft.drop(app)?;
        }
    }
    let rest = app.read(|sight| Ok(script.screen(sight)))?;
    answers.show(app, &rest)?;
    draft.drop(app)?;
    Ok(Done::Yes)
}

fn begin(app: &App, matches: &ArgMatches) -> Result<Script> {
    let Some(name) = args::get(matches, "id") else { return Ok(Script::new(app.output.canvas())) };
    let id = app.read(|sight| {
        Ok(resolve::resolve(sight.book, sight.settings, Kind::Request, name)?.id.clone())
    })?;
    let mut script = Script::new(app.output.canvas());
    let next = app.read(|sight| Ok(script.open(sight, &id)))?;
    if let Next::Do(deed) = next {
        perform(app, &mut script, deed)?;
    }
    Ok(script)
}

/// What was already answered in a call that was broken off before it was saved.
struct Drafts {
    path: String,
}

impl Drafts {
    fn new(by: &str) -> Drafts {
        Drafts { path: format!("{LOCAL}/draft-{by}.json") }
    }

    /// Offers the answers of the last call that was broken off; those that are taken again.
    fn offer(&self, app: &App, answers: &mut Answers, script: &mut Script) -> Result<Vec<String>> {
        let root = app.store()?.root();
        let text = disk::read_any(root, &self.path).ok().flatten();
        let kept: Vec<String> =
            text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if kept.is_empty() || !answers.is_terminal() {
            return Ok(Vec::new());
        }
        let question = say!(
            "Прошлый звонок прервался, ответы сохранены. Продолжить его?",
            "The last call was broken off; its answers are kept. Go on with it?"
        );
        if !crate::prompt::confirm(question.get(app.lang()), app.lang())? {
            self.drop(app)?;
            return Ok(Vec::new());
        }
        let mut taken = Vec::new();
        for answer in kept {
            app.read(|sight| Ok(script.screen(sight)))?;
            let next = app.read(|sight| Ok(script.answer(sight, &answer)))?;
            if next != Next::Ask {
                break;
            }
            taken.push(answer);
        }
        Ok(taken)
    }

    fn keep(&self, app: &App, typed: &[String]) -> Result<()> {
        if typed.is_empty() {
            return Ok(());
        }
        let text = json!(typed).to_string();
        let failed =
            |error| Error::io(&say!("сохранить ответы", "keep the answers"), &self.path, &error);
        disk::replace(app.store()?.root(), &self.path, &text, true).map_err(failed)?;
        app.output.note(&say!(
            "Прервано. Ответы сохранены, продолжить: `appt script`.",
            "Interrupted. The answers are kept; go on: `appt script`."
        ));
        Ok(())
    }

    fn drop(&self, app: &App) -> Result<()> {
        let failed =
            |error| Error::io(&say!("убрать черновик", "remove the draft"), &self.path, &error);
        disk::remove(app.store()?.root(), &self.path).map_err(failed)
    }
}

/// Does a deed, and lets the script go on from what came of it.
fn perform(app: &App, script: &mut Script, deed: Deed) -> Result<()> {
    let done = match &deed {
        Deed::Save { start } => save(app, script, *start),
        Deed::Move { id, seen, .. } | Deed::Step { id, seen, .. } => step(app, &deed, id, *seen),
    };
    match done {
        Ok(id) => {
            app.read(|sight| {
                script.done(sight, &id, &deed);
                Ok(())
            })?;
            if script.is_over() {
                script.say(app.lang().of(
                    "Сохранено здесь, другим не отправлено.",
                    "Saved here, not shared with others yet.",
                ));
            }
            Ok(())
        }
        Err(error) if matches!(error.code, Code::Refused | Code::Conflict) => {
            script.say(error.message.get(app.lang()));
            if error.code == Code::Conflict
                && let Deed::Move { id, .. } | Deed::Step { id, .. } = &deed
            {
                app.read(|sight| {
                    script.renew(sight, id);
                    Ok(())
                })?;
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Saves the draft as a request, with its patient; taken up at once where the clinic is called.
fn save(app: &App, script: &Script, start: bool) -> Result<String> {
    let draft = script.draft().clone();
    let (sealed, id) = app.write(|desk| {
        let (mut plan, patient) = wishes::caller(desk, &draft.caller)?;
        let wish = wishes::of_draft(desk, &draft)?;
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
                let acting = desk.acting(false, act.is_anyway());
                let mut edits = vec![Edit::change(&record, act.whats(&acting, &record)?)];
                if act.is_clinics_answer() {
                    edits.extend(taken_off(desk, &record));
                }
                Ok((Plan { edits, warnings: Vec::new() }, record.id.clone()))
            }
            Deed::Move { ranges, .. } => moved(desk, &record, ranges),
            Deed::Save { .. } => unreachable!("a draft has no record yet"),
        }
    })?;
    Ok(id)
}

/// A clinic that answered about the new time of a moved visit was asked to take the old one off.
fn taken_off(desk: &Desk<'_>, record: &Record) -> Option<Edit> {
    let old = desk.library.get(Kind::Request, record.text("rescheduled_from")?)?;
    let whats = desk.acting(false, false).clinic_told(&old).ok()?;
    (!whats.is_empty()).then(|| Edit::change(&old, whats))
}

/// The old request makes way for a new one, which is taken up at once.
fn moved(desk: &Desk<'_>, record: &Record, ranges: &[Range]) -> Result<(Plan, String)> {
    let id = wishes::new_id(desk);
    let whats = desk.acting(false, false).make_way(record, &id, None)?;
    let find = |kind, key| desk.find(kind, record.shown(key));
    let wish = wishes::Wish {
        clinic: find(Kind::Clinic, "clinic")?,
        specialty: find(Kind::Specialty, "specialty")?,
        ranges: ranges.to_vec(),
    };
    life::offers(desk.library, &wish.clinic, &wish.specialty)?;
    let patient = desk.library.patient(record.shown("patient"));
    let patient =
        patient.map_or_else(|| record.shown("patient").to_owned(), |patient| patient.id.clone());
    let values = wish.values(desk, &patient, Some(&record.id));
    let then = vec![What::status(Status::Created, Status::InProgress, None, None)];
    let edits = vec![
        Edit::change(record, whats),
        Edit::Create { kind: Kind::Request, id: id.clone(), source: None, values, then },
    ];
    Ok((Plan { edits, warnings: Vec::new() }, id))
}

/// Somebody changed the request while the operator was answering.
fn changed(desk: &Desk<'_>, record: &Record, seen: Option<Instant>) -> Error {
    let news = record.history.iter().filter(|event| seen.is_none_or(|seen| event.at > seen));
    let text = |lang: Lang| {
        let sight = Sight { lang, ..desk.app.sight(desk.library, desk.settings) };
        let line = |e: &Event| {
            let by = sight.title(Kind::Operator, &e.by);
            format!("{by}, {}: {}", when::show::clock(e.at), event::sentence(&sight, record, e))
        };
        news.clone().map(line).collect::<Vec<_>>().join("; ")
    };
    Error::new(
        Code::Conflict,
        "changed-meanwhile",
        say!(lang;
            "Пока вы отвечали, заявка изменилась ({}). Ваш ответ не записан.",
            "The request changed meanwhile ({}). Your answer was not recorded.",
            text(lang)),
    )
}
