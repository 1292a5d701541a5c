//! Asking for what a command line lacks (`spec.md`, section 5, prompts).
//!
//! A command names its questions, in order; those whose arguments were typed are not asked. An
//! answer becomes the argument that was missing, and the command line is read again with it: so
//! that values asked for go the same way as flags, with the same rules, echo and errors. Nothing is
//! locked while a question waits, and nothing is written before the last one is answered.

mod caller;
mod pick;
mod times;

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::{ArgMatches, Command};

use crate::app::{App, Desk};
use crate::cmd::{self, Done, args, fields};
use crate::error::{Code, Error, Result, rule};
use crate::i18n::{Lang, Text};
use crate::life::{self, Whose};
use crate::model::field::{Field, Form};
use crate::model::kind::Kind;
use crate::model::operator::Role;
use crate::model::range::Instant;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::prompt::{self, Question, Wrong, tell, took};
use crate::query::resolve;
use crate::render::cell::Sight;
use crate::script::phrase;
use crate::words::{phone, text};
use crate::{say, tr};

/// A question that a command may have to ask.
#[derive(Debug, Clone, Copy)]
pub enum Ask {
    /// A key of a record, by its row in the table of fields.
    Field(&'static Field),
    /// Which record, as the first argument.
    Record(Kind),
    /// Which record, as an argument of another name.
    Named(Kind, &'static str),
    /// Who calls: a known patient, or the passport of a new one.
    Caller,
    /// What is not known of a patient: by its row in the table of fields.
    OfPatient(&'static Field),
    /// Which doctor at which clinic, in one answer.
    Doctor,
    /// When the patient can come (`--range`).
    When,
    /// The time of the visit.
    Time,
    /// The status that comes next.
    Status,
    /// Whose times they are.
    Whose,
    /// And the times.
    WhoseTimes,
    /// Why (`--reason`).
    Reason,
    /// The text of a note.
    Note,
}

/// The keys that a record of a kind can't be without, as questions.
pub fn required(kind: Kind) -> Vec<Ask> {
    // The role has a default.
    let asked =
        |field: &&Field| field.required() && field.flag.is_some() && field.form != Form::Role;
    kind.fields().iter().filter(asked).map(Ask::Field).collect()
}

/// A command line that lacks nothing that could be asked for.
pub struct Asked {
    /// The arguments, typed or asked for.
    pub matches: ArgMatches,
    /// The request that the operator was asked about, as they saw it.
    seen: Option<(String, Option<Instant>)>,
    /// The arguments that were asked for.
    answered: Vec<&'static str>,
}

impl Asked {
    /// Whether an argument was asked for: then what was understood has been said.
    pub fn is_answer(&self, name: &str) -> bool {
        self.answered.contains(&name)
    }

    /// Whether a request is still as the operator saw it when they were asked.
    ///
    /// # Errors
    /// `conflict`: `changed-meanwhile`, with what changed.
    pub fn unchanged(&self, desk: &Desk<'_>, record: &Record) -> Result<()> {
        match &self.seen {
            Some((id, seen)) if *id == record.id && record.updated() != *seen => {
                Err(changed(desk, record, *seen))
            }
            _ => Ok(()),
        }
    }
}

/// That a record changed since somebody saw it, and what changed.
pub fn changed(desk: &Desk<'_>, record: &Record, seen: Option<Instant>) -> Error {
    let text = Text::both(|lang| {
        let sight = Sight { lang, ..desk.app.sight(desk.library, desk.settings) };
        phrase::changed(&sight, record, seen)
    });
    Error::new(Code::Conflict, rule::CHANGED_MEANWHILE, text)
}

/// Runs a command that writes nothing with what it lacks asked for, where there is someone to ask.
///
/// # Errors
/// As [`and_run`].
pub fn and_look(
    app: &App,
    matches: &ArgMatches,
    asks: &[Ask],
    run: impl Fn(&Asked) -> Result<Done>,
) -> Result<Done> {
    run(&ask(app, matches, asks)?)
}

/// Runs a command with what it lacks asked for, where there is someone to ask. Where the request
/// changed meanwhile, the operator sees the change and is asked again.
///
/// # Errors
/// `interrupted` where the questions are broken off; what the command fails with.
pub fn and_run(
    app: &App,
    matches: &ArgMatches,
    asks: &[Ask],
    run: impl Fn(&Asked) -> Result<Done>,
) -> Result<Done> {
    if !app.globals.no_input {
        // Nobody answers four questions to hear that it is not known who they are.
        app.read(|sight| app.operator(sight.book))?;
    }
    loop {
        let asked = ask(app, matches, asks)?;
        match run(&asked) {
            Err(error) if error.is(rule::CHANGED_MEANWHILE) && asked.seen.is_some() => {
                app.output.error(&error);
            }
            done => return done,
        }
    }
}

/// Who may not hears so before the first question, not after the last.
///
/// # Errors
/// `forbidden`.
pub fn permitted(app: &App, kind: Kind) -> Result<()> {
    if app.globals.no_input {
        return Ok(());
    }
    app.read(|sight| {
        let operator = app.operator(sight.book)?;
        life::permit(sight.book, Role::of(&operator.values), kind)
    })
}

fn ask(app: &App, matches: &ArgMatches, asks: &[Ask]) -> Result<Asked> {
    if app.globals.no_input {
        return Ok(Asked { matches: matches.clone(), seen: None, answered: Vec::new() });
    }
    let mut sheet = Sheet::new(app, matches);
    sheet.is_long = asks.len() > 1;
    let mut trail: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < asks.len() {
        sheet.turn(at);
        match sheet.ask(asks[at])? {
            Turn::On => {
                trail.push(at);
                at += 1;
            }
            Turn::Skip => at += 1,
            Turn::Back => match trail.pop() {
                Some(before) => at = before,
                None => {
                    let lang = app.lang();
                    tell(lang.of("Дальше назад некуда.", "There is no earlier question."));
                }
            },
        }
    }
    sheet.finish()
}

/// How a question went.
enum Turn {
    /// It was answered.
    On,
    /// There was nothing to ask.
    Skip,
    /// The operator goes back.
    Back,
}

/// An argument that was asked for.
struct Answer {
    /// The place of its question.
    at: usize,
    texts: Vec<String>,
}

/// What was typed and what was answered.
struct Sheet<'a> {
    app: &'a App,
    typed: &'a ArgMatches,
    answers: BTreeMap<&'static str, Answer>,
    /// Whether several questions may come, and none has yet: then the ways out are named.
    is_long: bool,
    /// The question that is asked now.
    at: usize,
    /// What was answered to it before the operator went back.
    earlier: Option<String>,
    /// What a caller was sought by who turned out to be new.
    said: Option<String>,
    whose: Option<Whose>,
    seen: Option<(String, Option<Instant>)>,
}

impl<'a> Sheet<'a> {
    fn new(app: &'a App, typed: &'a ArgMatches) -> Sheet<'a> {
        let answers = BTreeMap::new();
        let (earlier, said, whose, seen) = (None, None, None, None);
        Sheet { app, typed, answers, is_long: false, at: 0, earlier, said, whose, seen }
    }

    /// Turns to a question; what was answered to it, or after it, counts no more.
    fn turn(&mut self, at: usize) {
        let (mut earlier, mut several) = (None, 0);
        self.answers.retain(|_, answer| {
            if answer.at == at {
                several += 1;
                earlier = Some(answer.texts.join(", "));
            }
            answer.at < at
        });
        // Two arguments of one answer are not what was typed.
        self.earlier = earlier.filter(|_| several == 1);
        self.at = at;
    }

    fn lang(&self) -> Lang {
        self.app.lang()
    }

    /// The text of an argument.
    fn get(&self, name: &str) -> Option<&str> {
        let answer = self.answers.get(name).and_then(|answer| answer.texts.first());
        answer.map(String::as_str).or_else(|| args::get(self.typed, name))
    }

    /// Whether an argument is there, be it empty.
    fn has(&self, name: &str) -> bool {
        self.answers.contains_key(name) || !args::all(self.typed, name).is_empty()
    }

    fn put(&mut self, name: &'static str, texts: Vec<String>) {
        self.answers.insert(name, Answer { at: self.at, texts });
    }

    fn question(&mut self, line: &str, help: &str) -> Question {
        if std::mem::take(&mut self.is_long) {
            tell(self.lang().of(
                ".. назад   ? помощь   Ctrl-C выйти, ничего не записав",
                ".. back   ? help   Ctrl-C leaves, nothing is written",
            ));
        }
        Question {
            farewell: None,
            lines: vec![line.to_owned()],
            help: help.to_owned(),
            default: self.earlier.clone(),
            fact: false,
        }
    }

    /// Asks until the answer is one that `take` takes, and puts it down as an argument.
    fn fill(
        &mut self,
        name: &'static str,
        question: &Question,
        take: impl FnMut(&str) -> Result<Vec<String>, Wrong>,
    ) -> Result<Turn> {
        Ok(match prompt::ask(self.app, question, take)? {
            Some(texts) => {
                self.put(name, texts);
                Turn::On
            }
            None => Turn::Back,
        })
    }

    fn ask(&mut self, ask: Ask) -> Result<Turn> {
        match ask {
            Ask::Field(field) if field.form == Form::Passport => self.passport(field, false),
            Ask::Field(field) => self.field(field),
            Ask::Record(kind) => self.record(kind, "id"),
            Ask::Named(kind, name) => self.record(kind, name),
            Ask::Caller => self.caller(),
            Ask::OfPatient(field) => self.of_patient(field),
            Ask::Doctor => self.doctor(),
            Ask::When => self.when(),
            Ask::Time => self.time(),
            Ask::Status => self.status(),
            Ask::Whose => self.whose(),
            Ask::WhoseTimes => self.whose_times(),
            Ask::Reason => self.reason(),
            Ask::Note => self.text(
                "text",
                self.lang().of("Примечание", "The note"),
                self.lang().of("Одна строка, до 2000 знаков.", "A line, at most 2,000 characters."),
            ),
        }
    }

    fn field(&mut self, field: &'static Field) -> Result<Turn> {
        let Some(flag) = field.flag.filter(|flag| !self.has(flag)) else { return Ok(Turn::Skip) };
        let (app, lang) = (self.app, self.lang());
        let title = match field.list {
            true => {
                format!("{} {}", field.title(lang), lang.of("(через запятую)", "(with commas)"))
            }
            false => field.title(lang).to_owned(),
        };
        let question = self.question(&title, lang.of(field.help.0, field.help.1));
        self.fill(flag, &question, |typed| {
            let items = match field.list {
                true => typed.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
                false => vec![typed],
            };
            let mut taken = Vec::new();
            let mut echoes = Vec::new();
            for item in items {
                let (text, echo) = app.read(|sight| understood(sight, field, item))?;
                taken.push(text);
                echoes.extend(echo);
            }
            if !echoes.is_empty() {
                took(app, &echoes.join(", "));
            }
            Ok(taken)
        })
    }

    fn status(&mut self) -> Result<Turn> {
        if self.has("status") {
            return Ok(Turn::Skip);
        }
        let record = self.request()?;
        let request = life::request(&record)?;
        let lang = self.lang();
        let ways = request.status.ways_on(request.is_answered()).iter().copied();
        let may_be = |to: &Status| *to != Status::Processed || request.appointment.is_some();
        let ways: Vec<Status> = ways.filter(may_be).collect();
        let now = request.status_name(lang);
        if ways.is_empty() {
            // The command says what is allowed.
            self.put("status", vec![Status::InProgress.code().to_owned()]);
            return Ok(Turn::On);
        }
        let words: Vec<String> = ways.iter().map(|way| way.name(lang).to_owned()).collect();
        let mut question = self.question(
            &tr!(lang, "Сейчас: {now}. Новый статус?", "Now: {now}. The new status?"),
            lang.of("Цифра или статус.", "A number, or a status."),
        );
        question.lines.extend(prompt::numbered(&words));
        question.fact = true;
        self.fill("status", &question, |typed| {
            let way = prompt::number(typed, ways.len()).map(|at| ways[at]);
            let to =
                way.or_else(|| Status::parse(typed)).ok_or_else(|| fields::bad_status(typed))?;
            if !ways.contains(&to) && to != request.status {
                let words = words.join(", ");
                return Err(Error::refused(
                    "illegal-transition",
                    say!("Сейчас можно: {words}.", "Allowed now: {words}."),
                )
                .into());
            }
            Ok(vec![to.code().to_owned()])
        })
    }

    fn reason(&mut self) -> Result<Turn> {
        if !self.has("reason") {
            self.request()?;
        }
        let lang = self.lang();
        self.text(
            "reason",
            lang.of("Причина", "The reason"),
            lang.of("Почему заявку возвращают в работу.", "Why it is taken up again."),
        )
    }

    fn text(&mut self, name: &'static str, title: &str, help: &str) -> Result<Turn> {
        if self.has(name) {
            return Ok(Turn::Skip);
        }
        let question = self.question(title, help);
        self.fill(name, &question, |typed| Ok(vec![text::note(typed)?]))
    }

    /// The request that is meant, as the operator sees it from now on.
    fn request(&mut self) -> Result<std::rc::Rc<Record>> {
        let name = self.get("id").unwrap_or_default();
        let record = self
            .app
            .read(|sight| resolve::resolve(sight.book, sight.settings, Kind::Request, name))?;
        self.saw(&record);
        Ok(record)
    }

    /// The operator answers about a request as it is now.
    fn saw(&mut self, record: &Record) {
        self.seen = Some((record.id.clone(), record.updated()));
    }

    /// The command line with the answers in it, read again.
    fn finish(self) -> Result<Asked> {
        if self.answers.is_empty() {
            return Ok(Asked { matches: self.typed.clone(), seen: None, answered: Vec::new() });
        }
        let tree = cmd::tree(self.lang());
        let path = path(&tree, &self.app.environment.args);
        let command = path.iter().try_fold(&tree, |command, name| command.find_subcommand(name));
        let command = command.expect("the command line was read before");
        let line = self.line(command);
        let again = tree.clone().try_get_matches_from(&line);
        let mut matches = again.map_err(|error| cmd::misuse::translate(&error, &line))?;
        for _ in &path {
            let (_, inner) = matches.remove_subcommand().expect("the command line was read before");
            matches = inner;
        }
        let answered = self.answers.into_keys().collect();
        Ok(Asked { matches, seen: self.seen, answered })
    }

    fn line(&self, command: &Command) -> Vec<OsString> {
        let typed = &self.app.environment.args;
        let end = typed.iter().position(|arg| arg == "--").unwrap_or(typed.len());
        let mut line = typed[..end].to_vec();
        for (name, answer) in &self.answers {
            let arg = command.get_arguments().find(|arg| arg.get_id() == name);
            if let Some(flag) = arg.and_then(clap::Arg::get_long) {
                line.extend(answer.texts.iter().map(|text| format!("--{flag}={text}").into()));
            }
        }
        line.push("--".into());
        line.extend(typed.iter().skip(end + 1).cloned());
        for arg in command.get_positionals() {
            let answer = self.answers.get(arg.get_id().as_str());
            line.extend(answer.iter().flat_map(|answer| &answer.texts).map(Into::into));
        }
        line
    }
}

/// The names of the subcommands that a command line calls.
fn path(tree: &Command, line: &[OsString]) -> Vec<String> {
    let matches =
        tree.clone().try_get_matches_from(line).expect("the command line was read before");
    let (mut names, mut at) = (Vec::new(), &matches);
    while let Some((name, inner)) = at.subcommand() {
        names.push(name.to_owned());
        at = inner;
    }
    names
}

/// A value as an argument, and what was understood where that is not what was typed.
fn understood(sight: &Sight<'_>, field: &Field, typed: &str) -> Result<(String, Option<String>)> {
    if let Form::Reference(kind) = field.form {
        let found = pick::find(sight, kind, typed)?;
        let [only] = found.as_slice() else { return Err(pick::too_many(found.len())) };
        return Ok((only.id.clone(), Some(only.title().to_owned())));
    }
    let find = |_| unreachable!("a reference is found above");
    let value = fields::read(sight.settings, field, typed, find)?;
    let value = value.as_text().unwrap_or_default();
    let shown = match field.form {
        Form::Phone => phone::show(value),
        // Whose it is, is said beside it.
        Form::Passport => return Ok((typed.to_owned(), None)),
        _ => value.to_owned(),
    };
    Ok((typed.to_owned(), (shown != typed).then_some(shown)))
}
