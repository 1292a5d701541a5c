//! `undo`: takes back this operator's last command, as a new change: the histories only grow.
//!
//! What a command made goes again, unless others have it by now or something refers to it. What a
//! command removed is in no history; git has it. `undo` twice does it again, as in vi.

use std::path::Path;

use clap::{ArgMatches, Command};

use crate::app::{App, Desk};
use crate::cmd::record::remove;
use crate::cmd::{Done, args, help, log, report};
use crate::error::{Code, Error, Result};
use crate::format::layout;
use crate::git::repository::Repository;
use crate::history::{Event, Mark, What};
use crate::i18n::{Lang, Text};
use crate::life;
use crate::life::undo::{self, Back, Part};
use crate::model::kind::Kind;
use crate::model::operator;
use crate::model::record::Record;
use crate::output::Format;
use crate::render::event;
use crate::say;
use crate::store::disk;
use crate::store::seal::{Edit, Plan};

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
            "anyway",
            (
                "и тогда, когда последней могла быть команда remove: её история не хранит",
                "even where the last command may have been a removal, which no history holds",
            ),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let store = app.store()?;
    let repository = repository(store.root())?;
    if let Some(repository) = repository.as_ref().filter(|_| !args::is_set(matches, "anyway")) {
        let gone = repository.removed()?;
        if let Some(path) = gone.iter().find(|path| layout::record_at(path).is_some()) {
            return Err(removed(path));
        }
    }
    let (sealed, parts) = app.write(|desk| {
        let written =
            |record: &Record| disk::written(store.root(), &layout::path(record.kind, &record.id));
        let parts = undo::last(desk.library, desk.by, written)?;
        Ok((Plan { edits: edits(desk, repository.as_ref(), &parts)?, warnings: Vec::new() }, parts))
    })?;
    let events: Vec<_> = parts
        .iter()
        .flat_map(|part| part.events().iter().map(move |event| (part.record.as_ref(), event)))
        .collect();
    if app.output.format != Format::Table {
        let text =
            store.glance(|library| log::render(app, &app.sight(library, &store.settings), &events));
        app.output.print(&text)?;
        return Ok(Done::Yes);
    }
    let is_again = parts.iter().any(|part| {
        let of: Vec<_> = part.events().iter().map(|event| event.at).collect();
        part.events()
            .first()
            .is_some_and(|first| event::is_done_again(&part.record, &first.by, &of))
    });
    // Of what is done again, the changes as they are made now: the other way round than taken back.
    let again: Vec<_> = sealed
        .events
        .iter()
        .map(|(at, event)| (sealed.records[*at].as_ref(), event))
        .filter(|(_, event)| !is_undoing(event))
        .collect();
    let taken = || events.iter().filter(|(_, event)| !is_undoing(event)).copied().collect();
    let done: Vec<(&Record, &Event)> = if is_again { again } else { taken() };
    let lines = store.glance(|library| {
        let sight = app.sight(library, &store.settings);
        let line = |(record, event): &(&Record, &Event)| {
            let noun = record.kind.noun(app.lang());
            let what = event::sentence(&sight, record, event);
            format!("  {noun} {}: {what}\n", name(record))
        };
        done.iter().map(line).collect::<String>()
    });
    let heading = match (is_again, app.globals.dry_run) {
        (false, false) => say!("Взято назад:", "Taken back:"),
        (false, true) => say!("Взялось бы назад:", "Would be taken back:"),
        (true, false) => say!("Сделано снова:", "Done again:"),
        (true, true) => say!("Сделалось бы снова:", "Would be done again:"),
    };
    app.output.print(&format!("{}\n{lines}", heading.get(app.lang())))?;
    if app.globals.dry_run {
        return Ok(Done::Yes);
    }
    let is_gone = |part: &&Part| part.from == 0;
    let sentence = if parts.iter().any(|part| is_gone(&part)) {
        let gone = parts.iter().filter(is_gone).map(|part| name(&part.record));
        let gone = gone.collect::<Vec<_>>().join(", ");
        say!("Возвращено как было. Удалено: {gone}.", "Undone. Removed: {gone}.")
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
            report::written(app, record.kind, &record.id, &sealed, &sentence)
        }
        None => {
            let mark = if app.output.ascii { "" } else { "✓ " };
            app.output.print(&format!("{mark}{}", sentence.get(app.lang())))?;
            Ok(Done::Yes)
        }
    }
}

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
        let is_admin = |values: &crate::model::value::Values| {
            values.text("role") == Some(operator::ADMIN)
                && values.get("active") != Some(&crate::model::value::Value::Bool(false))
        };
        let back = undo::back(desk.library, part)?;
        let stays_admin = matches!(&back, Back::Change(_, values) if is_admin(values));
        if record.kind == Kind::Operator && !stays_admin {
            remove::another_admin(desk, record)?;
        }
        edits.push(match back {
            Back::Change(whats, _) => Edit::change(record, whats),
            Back::Remove => {
                remove::unreferenced(desk, record, &touched)?;
                if record.kind == Kind::Operator && remove::acted(desk, &record.id) {
                    return Err(acted(&record.id));
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
        Err(error) if error.code == Code::Refused || error.rule == Some("no-git") => Ok(None),
        Err(error) => Err(error),
    }
}

fn name(record: &Record) -> &str {
    match record.kind {
        Kind::Request => life::short(&record.id),
        _ => &record.id,
    }
}

fn removed(path: &str) -> Error {
    Error::refused(
        "removed",
        say!(
            "Удалённую запись историей не вернуть, её хранит git: {path}.",
            "A removed record is in no history; git has it: {path}."
        ),
    )
    .hint(say!(
        "Вернуть её: `git restore -- {path}`. Взять назад команду до удаления: `appt undo --anyway`.",
        "To get it back: `git restore -- {path}`. To take back the command before: `appt undo --anyway`."
    ))
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
