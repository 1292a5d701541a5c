//! `undo`: takes back this operator's last command, as a new change: the histories only grow.
//!
//! What a command made goes again, unless others have it by now or something refers to it. What a
//! command removed is in no history; git has it. `undo` twice does it again, as in vi; but a new
//! record that was taken back is gone, and with it all that tells that it was: so that is noted beside
//! the store ([`which`]), and the command before it is not taken for the last.

mod which;

use std::path::Path;

use clap::{ArgMatches, Command};

use crate::app::{App, Desk};
use crate::cmd::record::{change, remove};
use crate::cmd::{Done, answer, args, help, log};
use crate::error::{Code, Error, Result, rule};
use crate::format::layout;
use crate::git::repository::Repository;
use crate::history::{Event, Mark, What};
use crate::i18n::{Lang, Text};
use crate::life;
use crate::life::undo::{self, Back, Part};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::output::Format;
use crate::prompt;
use crate::render::cell::Sight;
use crate::render::event;
use crate::say;
use crate::store::disk;
use crate::store::seal::{Edit, Plan, Sealed};
use crate::when::show;

use which::Which;

pub fn spec(lang: Lang) -> Command {
    Command::new("undo")
        .after_help(help::examples(
            lang,
            &[("undo --dry-run", "undo --dry-run"), ("undo", "undo")],
        ))
        .about(lang.of(
            "Вернуть как было: взять назад свою последнюю команду, если после неё ничего не было; второй раз — повторить её",
            "Take back your last command, if nothing came after it; a second time does it again",
        ))
        .arg(args::switch(
            lang,
            "yes",
            (
                "не переспрашивать, если команду уже получили другие или с ней что-то удалится",
                "don't ask where others have the command already, or records go with it",
            ),
        ))
        .arg(args::switch(
            lang,
            "anyway",
            (
                "и тогда, когда последней могла быть команда remove или последняя уже взята назад",
                "even where the last command may have been a removal, or is taken back already",
            ),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let store = app.store()?;
    let repository = repository(store.root())?;
    let is_anyway = args::is_set(matches, "anyway");
    let plan = |desk: &Desk<'_>| {
        let which = which::which(desk, store.root(), repository.as_ref(), is_anyway)?;
        let edits = edits(desk, repository.as_ref(), &which.parts)?;
        Ok((Plan { edits, ..Plan::default() }, (which, desk.by.to_owned())))
    };
    let agreed = match args::is_set(matches, "yes") {
        true => Agreed::Anyhow,
        false => agree(app, repository.as_ref(), plan)?,
    };
    if agreed == Agreed::No {
        app.output.note(&say!("Ничего не изменено.", "Nothing was changed."));
        return Ok(Done::Yes);
    }
    let (sealed, (which, by)) = app.write(|desk| {
        let (plan, done) = plan(desk)?;
        match &agreed {
            Agreed::To(agreed) if *agreed != marks(&done.0.parts) => Err(another()),
            _ => Ok((plan, done)),
        }
    })?;
    let parts = which.parts.clone();
    if parts.iter().any(is_gone) && !app.globals.dry_run {
        which::nothing_to_do_again(store.root(), &by, which);
    }
    if agreed == Agreed::Unasked {
        app.output.warn(&say!(
            "Эту команду уже получили другие: с обменом вернётся и у них.",
            "Others have this command already: a sync takes it back for them too."
        ));
    }
    tell(app, &sealed, &parts)
}

/// Whether somebody agreed that a command is taken back.
#[derive(PartialEq)]
enum Agreed {
    /// To this one.
    To(Vec<(Kind, String, usize)>),
    /// Nobody had to: nobody but the operator has it, and nothing goes with it.
    Anyhow,
    /// Others have it, and there is nobody to ask.
    Unasked,
    /// They did not.
    No,
}

/// Asks, where others have the command, or records go with it. It is judged before anything is asked,
/// and asked while nothing is locked.
fn agree(
    app: &App,
    repository: Option<&Repository>,
    plan: impl FnOnce(&Desk<'_>) -> Result<(Plan, (Which, String))>,
) -> Result<Agreed> {
    let (_, (Which { parts, .. }, _)) = app.rehearse(plan)?;
    let is_shared = repository.map_or(Ok(false), |repository| is_shared(repository, &parts))?;
    let question = match is_shared {
        true => question(app, &parts)?,
        false if parts.iter().any(is_gone) => loss(app, &parts)?,
        false => return Ok(Agreed::Anyhow),
    };
    if app.globals.no_input || app.globals.dry_run {
        return Ok(if is_shared { Agreed::Unasked } else { Agreed::Anyhow });
    }
    let is_agreed = prompt::confirm(app, &question)?;
    Ok(if is_agreed { Agreed::To(marks(&parts)) } else { Agreed::No })
}

/// Whether the command made the record, which goes again.
fn is_gone(part: &Part) -> bool {
    part.from == 0
}

/// Says what was taken back, or done again, and what comes next.
fn tell(app: &App, sealed: &Sealed, parts: &[Part]) -> Result<Done> {
    let store = app.store()?;
    let events = events(parts);
    if app.output.format != Format::Table {
        let text =
            store.glance(|library| log::render(app, &app.sight(library, &store.settings), &events));
        app.output.print(&text)?;
        return Ok(Done::Yes);
    }
    let is_again = parts.iter().any(is_again);
    let (lines, when) = store.glance(|library| {
        let sight = app.sight(library, &store.settings);
        (lines(&sight, &changes(sealed, &events, is_again)), when(&sight, parts))
    });
    let heading = match (is_again, app.globals.dry_run) {
        (false, false) => {
            say!("Взята назад команда {when}:", "Taken back, the command of {when}:")
        }
        (false, true) => {
            say!("Будет взята назад команда {when}:", "Would be taken back, the command of {when}:")
        }
        (true, false) => say!("Сделано снова:", "Done again:"),
        (true, true) => say!("Будет сделано снова:", "Would be done again:"),
    };
    app.output.print(&format!("{}\n{lines}", heading.get(app.lang())))?;
    if app.globals.dry_run {
        return Ok(Done::Yes);
    }
    let sentence = if parts.iter().any(is_gone) {
        say!(
            lang;
            "Возвращено как было. Удалено: {}.",
            "Undone. Removed: {}.",
            gone(parts, lang).join(", ")
        )
    } else if is_again {
        say!(
            "Сделано снова. Вернуть как было: `appt undo`.",
            "Done again. To take it back: `appt undo`."
        )
    } else {
        say!(
            "Возвращено как было. Сделать снова: `appt undo`.",
            "Undone. To do it again: `appt undo`."
        )
    };
    // The next step of the request, where one is left.
    let left = parts.iter().rev().find(|part| !is_gone(part));
    match left {
        Some(Part { record, .. }) => {
            answer::written(app, record.kind, &record.id, sealed, &sentence)
        }
        None => {
            let mark = if app.output.ascii { "" } else { "✓ " };
            app.output.print(&format!("{mark}{}", sentence.get(app.lang())))?;
            Ok(Done::Yes)
        }
    }
}

/// Whether what is taken back took something back itself: that is done again.
fn is_again(part: &Part) -> bool {
    let of: Vec<_> = part.events().iter().map(|event| event.at).collect();
    let first = part.events().first();
    first.is_some_and(|first| event::is_done_again(&part.record, &first.by, &of))
}

/// What was taken back; of what is done again, the changes as they are made now.
fn changes<'p>(
    sealed: &'p Sealed,
    events: &[(&'p Record, &'p Event)],
    is_again: bool,
) -> Vec<(&'p Record, &'p Event)> {
    let now = sealed.events.iter().map(|(at, event)| (sealed.records[*at].as_ref(), event));
    let all: Vec<_> = if is_again { now.collect() } else { events.to_vec() };
    let mut done: Vec<_> = all.into_iter().filter(|(_, event)| !is_undoing(event)).collect();
    // A note or a mark is no change: only what took it back, or did it again, leads to it.
    let origins = events.iter().flat_map(|(record, event)| {
        event::origins(record, event).into_iter().map(move |origin| (*record, origin))
    });
    done.extend(origins.filter(|(_, event)| matches!(event.what, What::Note(_) | What::Mark(..))));
    done
}

/// The events of a command, each with its record.
fn events(parts: &[Part]) -> Vec<(&Record, &Event)> {
    parts
        .iter()
        .flat_map(|part| part.events().iter().map(move |event| (part.record.as_ref(), event)))
        .collect()
}

/// What was done, a line for each event.
fn lines(sight: &Sight<'_>, events: &[(&Record, &Event)]) -> String {
    let line = |(record, event): &(&Record, &Event)| {
        let noun = record.kind.noun(sight.lang);
        let what = event::sentence(sight, record, event);
        format!("  {noun} {}: {what}\n", name(record))
    };
    events.iter().map(line).collect()
}

/// When a command was given: «пн 23.11 10:03».
fn when(sight: &Sight<'_>, parts: &[Part]) -> String {
    let first = parts.iter().filter_map(|part| part.events().first()).map(|event| event.at).min();
    let local = first.map(|at| at.with_timezone(&sight.settings.timezone).fixed_offset());
    local.map(|at| show::short_instant(at, sight.today(at), sight.lang)).unwrap_or_default()
}

/// Which command it is, so that what was asked about and what is written are the same.
fn marks(parts: &[Part]) -> Vec<(Kind, String, usize)> {
    parts.iter().map(|part| (part.record.kind, part.record.id.clone(), part.from)).collect()
}

/// Whether others have any of it.
fn is_shared(repository: &Repository, parts: &[Part]) -> Result<bool> {
    for part in parts {
        if let Some(event) = part.events().first()
            && repository.is_shared(&part.record, event)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is asked before a command is taken back that others have.
fn question(app: &App, parts: &[Part]) -> Result<Text> {
    app.read(|sight| {
        let of = |lang| {
            let sight = Sight { lang, ..*sight };
            (when(&sight, parts), lines(&sight, &events(parts)))
        };
        let ((when_ru, lines_ru), (when_en, lines_en)) = (of(Lang::Ru), of(Lang::En));
        Ok(say!(
            "Команду {when_ru} уже получили другие:\n{lines_ru}Взять её назад для всех?",
            "Others have the command of {when_en} already:\n{lines_en}Take it back for everybody?"
        ))
    })
}

/// What is asked before records go for good.
fn loss(app: &App, parts: &[Part]) -> Result<Text> {
    app.read(|sight| {
        let of = |lang: Lang| {
            let line = |part: &Part| {
                let what = match is_gone(part) {
                    true => lang.of("удалится", "removed"),
                    false => lang.of("станет, как до команды", "as before the command"),
                };
                format!("  {}: {what}\n", named(&part.record, lang))
            };
            let lines: String = parts.iter().map(line).collect();
            (when(&Sight { lang, ..*sight }, parts), lines)
        };
        let ((when_ru, lines_ru), (when_en, lines_en)) = (of(Lang::Ru), of(Lang::En));
        Ok(say!(
            "Команда {when_ru} будет взята назад, повторить её будет нельзя:\n{lines_ru}Удалить?",
            "The command of {when_en} would be taken back, and could not be done again:\n{lines_en}Remove?"
        ))
    })
}

/// The records that the command made.
fn gone(parts: &[Part], lang: Lang) -> Vec<String> {
    parts.iter().filter(|part| is_gone(part)).map(|part| named(&part.record, lang)).collect()
}

/// «заявка k7m2qx», «пациент Щукин Пётр».
fn named(record: &Record, lang: Lang) -> String {
    match record.kind {
        Kind::Request => format!("{} {}", record.kind.noun(lang), life::short(&record.id)),
        kind => format!("{} {}", kind.noun(lang), record.title()),
    }
}

fn another() -> Error {
    Error::new(
        Code::Conflict,
        rule::CHANGED_MEANWHILE,
        say!(
            "Пока вы отвечали, последней стала другая команда. Ничего не изменено.",
            "Another command became the last one meanwhile. Nothing was changed."
        ),
    )
    .hint(say!("Какая: `appt undo --dry-run`.", "Which: `appt undo --dry-run`."))
}

/// Whether an event says that something was taken back.
fn is_undoing(event: &Event) -> bool {
    matches!(event.what, What::Mark(Mark::Undone, _))
}

fn edits(desk: &Desk<'_>, repository: Option<&Repository>, parts: &[Part]) -> Result<Vec<Edit>> {
    let mut edits = Vec::new();
    // What the command changed named nothing that it made before it did.
    let touched: Vec<(Kind, &str)> =
        parts.iter().map(|part| (part.record.kind, part.record.id.as_str())).collect();
    let made = parts.iter().filter(|part| part.from == 0).rev();
    let paths: Vec<String> =
        made.map(|part| layout::path(part.record.kind, &part.record.id)).collect();
    if let (Some(repository), false) = (repository, paths.is_empty())
        && let Some(path) = repository.shared(&paths)?
    {
        return Err(shared(&path));
    }
    for part in parts {
        let record = &part.record;
        edits.push(match undo::back(desk.library, part)? {
            Back::Change(whats, values) => {
                change::spared(desk, record, &values, &touched)?;
                Edit::change(record, whats)
            }
            Back::Remove => {
                remove::unreferenced(desk, record, &touched)?;
                if record.kind == Kind::Operator {
                    remove::another_admin(desk, record)?;
                    if remove::acted(desk, &record.id, &touched) {
                        return Err(acted(&record.id));
                    }
                }
                Edit::Remove { kind: record.kind, id: record.id.clone() }
            }
        });
    }
    Ok(edits)
}

/// The repository of the store; none where the store is in none.
fn repository(root: &Path) -> Result<Option<Repository>> {
    if !disk::exists(root, ".git") {
        return Ok(None);
    }
    match Repository::at(root) {
        Ok(repository) => Ok(Some(repository)),
        Err(error) if error.code == Code::Refused || error.is(rule::NO_GIT) => Ok(None),
        Err(error) => Err(error),
    }
}

fn name(record: &Record) -> &str {
    match record.kind {
        Kind::Request => life::short(&record.id),
        _ => &record.id,
    }
}

fn shared(path: &str) -> Error {
    let request = layout::record_at(path).filter(|(kind, _)| *kind == Kind::Request);
    let hint: Text = match request.map(|(_, id)| life::short(id)) {
        Some(id) => say!(
            "Если она не нужна: `appt request refuse {id}`.",
            "If nobody needs it: `appt request refuse {id}`."
        ),
        None => say!(
            "Если она не нужна никому: удалите её (`remove`), и `appt sync`.",
            "If nobody needs it: remove it (`remove`), then `appt sync`."
        ),
    };
    Error::refused(
        "shared",
        say!(
            "Новую запись уже получили другие: {path}.",
            "Others have the new record already: {path}."
        ),
    )
    .hint(hint)
}

fn acted(id: &str) -> Error {
    Error::refused(
        "referenced",
        say!("Оператор {id} уже работает с записями.", "Operator {id} appears in history by now."),
    )
    .hint(say!(
        "Если он больше не работает: `appt operator remove {id}`.",
        "If they don't work here any more: `appt operator remove {id}`."
    ))
}
