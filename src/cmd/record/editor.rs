//! Editing a record in `$EDITOR`, as visudo does: a copy is edited, judged, and only then saved.
//! The copy lies inside the store, since it holds what the store holds; no lock is held meanwhile.
#![allow(clippy::disallowed_methods)]

use crate::app::{App, Desk};
use crate::cmd::record::change;
use crate::cmd::{Done, answer, args, ask};
use crate::error::{Code, Error, Result, rule};
use crate::format::{decode, edit};
use crate::history::{self, What};
use crate::life::Whose;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::value::{Value, Values};
use crate::platform;
use crate::prompt;
use crate::query::resolve;
use crate::say;
use crate::store::seal::{Edit, Plan};
use crate::store::{LOCAL, disk};

/// Lets a person edit a record, and saves what they made of it.
///
/// # Errors
/// `usage` without a terminal; where the person gives up, `refused` by the rule that stood against what
/// they typed, or `conflict` since the record changed meanwhile.
pub fn edit(app: &App, kind: Kind, name: &str) -> Result<Done> {
    if app.globals.no_input || !app.environment.stdout_is_terminal {
        return Err(args::missing_value(say!(
            "Не указано, что изменить. Что можно: `--help`; без флагов — только на терминале, в редакторе.",
            "Nothing to change was given. See `--help`; without flags it takes a terminal, for the editor."
        )));
    }
    let store = app.store()?;
    let (id, original) = store.read(|library| {
        let record = resolve::resolve(library, &store.settings, kind, name)?;
        let document = library.document(kind, &record.id).ok_or_else(|| gone(&record.id))?;
        document.readable()?;
        Ok((record.id.clone(), document.text.clone()))
    })?;
    let copy = format!("{LOCAL}/edit-{}-{}.toml", kind.code(), std::process::id());
    let failed =
        |error: std::io::Error| Error::io(&say!("записать копию", "write the copy"), &copy, &error);
    disk::replace(store.root(), &copy, &original, false).map_err(failed)?;
    let done = rounds(app, kind, &id, &original, &copy);
    disk::remove(store.root(), &copy).map_err(failed)?;
    done
}

fn gone(id: &str) -> Error {
    Error::new(
        Code::NotFound,
        "no-such-record",
        say!("Записи {id} нет.", "There is no record {id}."),
    )
}

/// Edits until the text is saved or the person gives up: what they typed stays in the copy for as
/// long as it can be mended.
fn rounds(app: &App, kind: Kind, id: &str, original: &str, copy: &str) -> Result<Done> {
    let root = app.store()?.root();
    let mut original = original.to_owned();
    loop {
        start(app, &root.join(copy))?;
        let text = disk::read_any(root, copy)
            .map_err(|error| Error::io(&say!("прочитать копию", "read the copy"), copy, &error))?
            .unwrap_or_default();
        if text == original {
            app.output.note(&say!("Ничего не изменено.", "Nothing was changed."));
            return Ok(Done::Yes);
        }
        let decoded = decode::record(kind, id, &text);
        let why = match decoded.problems.first() {
            None => match save(app, kind, id, &original, &text) {
                Err(error) if error.is(rule::CHANGED_MEANWHILE) => {
                    app.output.warn(&error.message);
                    let now = present(app, kind, id)?;
                    let carried = carried_over(kind, id, [&original, &text, &now]).ok_or(error)?;
                    disk::replace(root, copy, &carried, false).map_err(|error| {
                        Error::io(&say!("записать копию", "write the copy"), copy, &error)
                    })?;
                    original = now;
                    rule::CHANGED_MEANWHILE
                }
                Err(error) if error.code == Code::Refused => {
                    app.output.warn(&error.message);
                    if let Some(hint) = &error.hint {
                        app.output.note(hint);
                    }
                    error.rule.unwrap_or("refused")
                }
                done => return done,
            },
            Some(first) => {
                for problem in &decoded.problems {
                    let (line, column) = decode::line_and_column(&text, problem.span.start);
                    let (ru, en) = (&problem.message.ru, &problem.message.en);
                    app.output.warn(&say!(
                        "строка {line}, знак {column}: {ru}",
                        "line {line}, column {column}: {en}"
                    ));
                }
                first.rule
            }
        };
        let question = say!(
            "Править дальше? Иначе изменения пропадут.",
            "Edit again? Otherwise the changes are lost."
        );
        if !prompt::confirm(app, &question)? {
            let message = say!("Ничего не изменено.", "Nothing was changed.");
            let is_changed = why == rule::CHANGED_MEANWHILE;
            let code = if is_changed { Code::Conflict } else { Code::Refused };
            return Err(Error::new(code, why, message));
        }
    }
}

/// The text of a record's file as it is now.
fn present(app: &App, kind: Kind, id: &str) -> Result<String> {
    app.store()?.read(|library| {
        let document = library.document(kind, id).ok_or_else(|| gone(id))?;
        document.readable()?;
        Ok(document.text.clone())
    })
}

/// What a person made of a record's keys, upon the record as others left it meanwhile; none where one
/// of the texts can't be read.
fn carried_over(kind: Kind, id: &str, [before, edited, now]: [&str; 3]) -> Option<String> {
    let read = |text| decode::record(kind, id, text).record;
    let (before, edited, now_is) = (read(before)?, read(edited)?, read(now)?);
    let mut wanted = now_is.clone();
    for field in kind.fields() {
        let to = edited.values.get(field.key);
        if to != before.values.get(field.key) {
            wanted.values.put(field.key, to.cloned());
        }
    }
    edit::rewrite(now, &now_is, &wanted).ok()
}

fn start(app: &App, path: &std::path::Path) -> Result<()> {
    let editor =
        ["VISUAL", "EDITOR"].into_iter().find_map(|name| app.environment.var(name)).unwrap_or("vi");
    let ended = prompt::aside(|| platform::named_program(editor).arg(path).status());
    if ended.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(Error::store(
        "editor",
        say!("Редактор не сработал: {editor}.", "The editor failed: {editor}."),
    )
    .hint(say!(
        "Укажите другой в EDITOR или меняйте флагами.",
        "Name another in EDITOR, or use flags."
    )))
}

fn save(app: &App, kind: Kind, id: &str, original: &str, text: &str) -> Result<Done> {
    let (sealed, ()) = app.write(|desk| {
        let document = desk.library.document(kind, id).ok_or_else(|| gone(id))?;
        let record = document.readable()?;
        if document.text != original {
            let seen = decode::record(kind, id, original).record;
            return Err(ask::changed(desk, &record, seen.and_then(|record| record.updated())));
        }
        let wanted = decode::record(kind, id, text).record.unwrap_or_else(|| Record::new(kind, id));
        if (&wanted.history, &wanted.conflicts) != (&record.history, &record.conflicts) {
            return Err(Error::refused(
                "history-rewritten",
                say!("Историю записи не правят.", "The history of a record is not edited."),
            )
            .hint(say!("Добавить примечание: `note`.", "To add a note: `note`.")));
        }
        let plan = match kind {
            Kind::Request => Plan {
                edits: vec![Edit::Change {
                    kind,
                    id: id.to_owned(),
                    whats: request(desk, &record, &wanted.values)?,
                    text: Some(text.to_owned()),
                }],
                ..Plan::default()
            },
            _ => change::plan(desk, &record, &wanted.values, Some(text.to_owned()))?,
        };
        Ok((plan, ()))
    })?;
    answer::written(app, kind, id, &sealed, &say!("Изменено: {id}.", "Changed: {id}."))
}

/// What an edited request means, by the rules of its life.
fn request(desk: &Desk<'_>, record: &Record, wanted: &Values) -> Result<Vec<What>> {
    let acting = desk.acting(false, false);
    let mut whats = Vec::new();
    let mut edits = Vec::new();
    for what in history::difference(Kind::Request, &record.values, wanted) {
        match what {
            What::Set { key: "status", to: Some(to), .. } => {
                let to =
                    to.as_text().and_then(Status::from_code).ok_or_else(|| forbidden("status"))?;
                whats.extend(acting.set_status(record, to, None)?);
            }
            What::Set { key: "appointment", to, .. } => {
                whats.extend(
                    acting.set_appointment(record, to.as_ref().and_then(Value::as_instant))?,
                );
            }
            What::List { key, .. } => {
                let whose = if key == "clinic_ranges" { Whose::Clinic } else { Whose::Patient };
                let ranges: Vec<_> = wanted.list(key).iter().filter_map(Value::as_range).collect();
                whats.extend(acting.set_ranges(record, whose, &ranges, false)?);
            }
            What::Set { key: key @ ("patient" | "clinic" | "specialty"), to: Some(to), .. } => {
                edits.push((key, to));
            }
            What::Set { key, .. } => return Err(forbidden(key)),
            _ => {}
        }
    }
    whats.extend(acting.edit(record, &edits)?);
    Ok(whats)
}

fn forbidden(key: &str) -> Error {
    Error::refused(
        "not-editable",
        say!("Ключ `{key}` не правят.", "The key `{key}` is not edited."),
    )
    .hint(say!(
        "Для него есть команды заявки: `appt request --help`.",
        "There are commands for it: `appt request --help`."
    ))
}
