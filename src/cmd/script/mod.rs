//! `script`: the operator script at prompts, step by step; the dialogue itself is `crate::script`.
//!
//! Nothing is locked while a question waits. A deed is done in one transaction, and only on the
//! record that the operator saw: where it has changed since, the operator is told and goes on from
//! the new state.

mod deeds;
mod drafts;
mod offer;

use std::time::Duration;

use clap::{ArgMatches, Command};

use crate::app::{App, Globals};
use crate::cmd::{Done, args, help};
use crate::error::{Code, Error, Result, rule};
use crate::i18n::{Lang, Text};
use crate::life;
use crate::model::kind::Kind;
use crate::prompt::Answers;
use crate::query::resolve;
use crate::say;
use crate::script::{Deed, Next, Screen, Script};
use crate::sync::status;

use drafts::{Draft, Slot};
use offer::Wanted;

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
    if app.globals.dry_run {
        return Err(Error::usage(
            "arguments",
            say!(
                "Сценарий не ведут с `--dry-run`: каждый шаг опирается на то, что записал прошлый.",
                "The script does not go with `--dry-run`: each step rests on what the last one wrote."
            ),
        )
        .hint(say!(
            "Попробуйте на копии данных: `appt -C КОПИЯ script`.",
            "Try it on a copy of the data: `appt -C COPY script`."
        )));
    }
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
    // A person on the phone waits until the data are free: nobody is sent back to the shell.
    let globals = match answers.is_terminal() {
        true => Globals {
            patience: app.globals.patience.or(Some(Duration::MAX)),
            ..app.globals.clone()
        },
        false => app.globals.clone(),
    };
    let app = &App::new(app.environment.clone(), globals, app.output, app.now);
    let by = app.read(|sight| Ok(app.operator(sight.book)?.id.clone()))?;
    let script = Script::new(app.output.canvas(), &by).shared(status::has_others(app));
    let mut session = Session { script, about: None, slot: None, set_aside: None, unsaid: false };
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
    if answers.is_terminal() {
        let mut calls = Vec::new();
        for (slot, draft) in drafts::broken_off(app, &by)? {
            if session.is_overtaken(app, &draft)? {
                say_overtaken(app, &draft);
                slot.drop(app)?;
            } else if wanted.is_none() || draft.about == wanted {
                calls.push((slot, draft));
            }
        }
        if !calls.is_empty() {
            session.take_up(app, calls, &mut answers)?;
        }
        if session.slot.is_none() {
            session.slot = drafts::free(app, &by)?;
        }
    }
    let wanted = wanted.filter(|_| session.about.is_none());
    let ended = session.go_on(app, wanted, &mut answers);
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
    /// Where its answers are kept, if they are.
    slot: Option<Slot>,
    /// The first answer of a call that was broken off, where it is asked anew: whoever else calls has
    /// another draft, and this one waits.
    set_aside: Option<String>,
    /// Whether something was saved that no screen has told of yet.
    unsaid: bool,
}

impl Session {
    /// Asks until the call is over.
    fn go_on(&mut self, app: &App, wanted: Option<String>, answers: &mut Answers) -> Result<()> {
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
            let answer = answers.read(app, &screen, &self.farewell())?;
            self.take(&app.at_present()?, &answer)
                .map_err(|error| self.unrecorded(error, &answer))?;
            self.keep(app)?;
        }
    }

    /// Keeps the answers. Those of a call that was broken off stay as they were until it is known
    /// whether it goes on.
    fn keep(&mut self, app: &App) -> Result<()> {
        if let Some(first) = &self.set_aside {
            if self.script.is_at_start() {
                return Ok(());
            }
            let (answers, _) = self.script.answers();
            if answers.first().is_none_or(|(_, typed)| typed != first) {
                let by = app.read(|sight| Ok(app.operator(sight.book)?.id.clone()))?;
                self.slot = drafts::free(app, &by)?;
            }
            self.set_aside = None;
        }
        match &self.slot {
            Some(slot) => slot.keep(app, &self.script, self.about.as_deref()),
            None => Ok(()),
        }
    }

    /// Takes an answer, and does what it leads to.
    fn take(&mut self, app: &App, answer: &str) -> Result<()> {
        match app.read(|sight| Ok(self.script.answer(sight, answer)))? {
            Next::Do(deed) => self.perform(app, deed),
            Next::Ask | Next::End => Ok(()),
        }
    }

    /// The same error, for an answer that was not recorded since the operator did not wait any longer.
    fn unrecorded(&self, error: Error, answer: &str) -> Error {
        if !error.is(rule::GIVEN_UP) {
            return error;
        }
        let (typed, Text { ru, en }) = (answer.trim(), self.farewell());
        let is_lost = self.script.subject().is_some() && !typed.is_empty();
        let message = match is_lost {
            true => say!(
                "{ru} Последний ответ («{typed}») не записан.",
                "{en} The last answer (“{typed}”) was not recorded."
            ),
            false => Text { ru, en },
        };
        Error { message, ..error }
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
    fn farewell(&self) -> Text {
        let keeps = self.slot.is_some();
        let is_begun = self.script.has_answers() || self.set_aside.is_some();
        // Answers that are kept are gone on with by the command that knows them.
        let named = match self.about.as_deref() {
            None if is_begun && keeps => None,
            about => self.script.subject().or(about),
        };
        match named.map(life::short) {
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

    /// Offers to go on with a call that was broken off.
    fn take_up(
        &mut self,
        app: &App,
        calls: Vec<(Slot, Draft)>,
        answers: &mut Answers,
    ) -> Result<()> {
        let greeting = app.read(|sight| Ok(self.script.screen(sight).lines))?;
        let greeting = greeting.into_iter().take(GREETING).collect();
        answers.show(app, &Screen { lines: greeting, ..Screen::default() })?;
        let (slot, draft) = match offer::ask(app, &self.script, calls)? {
            Wanted::GoOn(slot, draft) => (slot, draft),
            Wanted::Later => return Ok(()),
            Wanted::Forget(slots) => return slots.iter().try_for_each(|slot| slot.drop(app)),
        };
        self.slot = Some(slot);
        if let Some(id) = &draft.about {
            self.open(app, id)?;
        }
        let taken = app.read(|sight| {
            Ok(self.script.replay(sight, &draft.answers, &draft.then, draft.ahead))
        })?;
        let first = draft.answers.into_iter().next().map(|(_, typed)| typed);
        self.set_aside = first.filter(|_| taken == 0 && self.script.is_at_start());
        Ok(())
    }

    /// Whether the request of a call that was broken off went on without it, so that none of the
    /// answers has its question any more.
    fn is_overtaken(&self, app: &App, draft: &Draft) -> Result<bool> {
        let Some(id) = &draft.about else { return Ok(false) };
        app.read(|sight| Ok(self.script.is_overtaken_at(sight, id, &draft.answers)))
    }
}

/// A call that its request has left behind is not gone on with, but what was answered is not lost
/// without a word.
fn say_overtaken(app: &App, draft: &Draft) {
    let typed = draft.answers.last().map(|(_, typed)| typed.trim());
    if let (Some(id), Some(typed)) = (&draft.about, typed.filter(|typed| !typed.is_empty())) {
        let part = life::short(id);
        app.output.note(&say!(
            "Прошлый звонок по заявке {part} прервался после ответа «{typed}», он не записан. Заявка с тех пор стоит иначе.",
            "The last call about request {part} was broken off after the answer “{typed}”, which was not recorded. The request stands elsewhere by now."
        ));
    }
}

/// The lines of a greeting.
const GREETING: usize = 2;

impl Session {
    /// Does a deed, and lets the script go on from what came of it.
    fn perform(&mut self, app: &App, deed: Deed) -> Result<()> {
        let script = &mut self.script;
        let error = match deeds::done(app, script, &deed) {
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
        // A hint with a command is for whoever is at a shell.
        let hint = error.hint.as_ref().map(|hint| hint.get(app.lang()));
        if let Some(hint) = hint.filter(|hint| !hint.contains('`')) {
            script.say(hint);
        }
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
