//! `script`: the operator script at prompts, step by step; the dialogue itself is `crate::script`.
//!
//! Nothing is locked while a question waits. A deed is done in one transaction, and only on the
//! record that the operator saw: where it has changed since, the operator is told and goes on from
//! the new state.

mod deeds;
mod drafts;

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::{Done, args, help};
use crate::error::{Code, Error, Result};
use crate::i18n::{Lang, Text};
use crate::life;
use crate::model::kind::Kind;
use crate::prompt::{self, Answers};
use crate::query::resolve;
use crate::say;
use crate::script::{Deed, Next, Screen, Script};
use crate::sync::status;
use crate::tr;

use drafts::{Draft, Drafts};

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
    let drafts = Drafts::of(&by);
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
            // It is not gone on with, but what was answered is not lost without a word.
            let typed = draft.answers.last().map(|(_, typed)| typed.trim());
            if let (Some(id), Some(typed)) = (&draft.about, typed.filter(|typed| !typed.is_empty()))
            {
                let part = life::short(id);
                app.output.note(&say!(
                    "Прошлый звонок по заявке {part} прервался после ответа «{typed}», он не записан. Заявка с тех пор стоит иначе.",
                    "The last call about request {part} was broken off after the answer “{typed}”, which was not recorded. The request stands elsewhere by now."
                ));
            }
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
                drafts.keep(app, &self.script, self.about.as_deref())?;
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
        let is_begun = !self.script.answers().0.is_empty() || !self.script.ahead().is_empty();
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
