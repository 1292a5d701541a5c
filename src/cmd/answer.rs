//! What a command that wrote something says: the record in machine formats, a sentence and the
//! next step for a person.

use serde_json::Value as Json;

use crate::app::App;
use crate::cmd::Done;
use crate::error::Result;
use crate::i18n::Text;
use crate::model::book::Draft;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Request;
use crate::output::Format;
use crate::query::seek;
use crate::render::list::{self, List, Row};
use crate::render::{json, show};
use crate::store::seal::Sealed;
use crate::words::{screen, wrap};
use crate::{say, tr};

/// Says what became of a record that was written; where nothing changed, the record as it is.
///
/// # Errors
/// `store` where the answer can't be written.
pub fn written(app: &App, kind: Kind, id: &str, sealed: &Sealed, sentence: &Text) -> Result<Done> {
    let store = app.store()?;
    let text = store.glance(|library| {
        let mut draft = Draft::new(library);
        for record in &sealed.records {
            draft.put(record.kind, &record.id, Some(record.clone()));
        }
        let sight = app.sight(&draft, &store.settings);
        let found = crate::model::book::Book::get(&draft, kind, id);
        let Some(record) = found else { return String::new() };
        if app.output.format != Format::Table {
            let object = json::record(&draft, &record);
            return one(app, &record, Json::Object(object));
        }
        let mut text = String::new();
        if app.globals.dry_run {
            return plan(&sight, sealed);
        }
        let mark = if app.output.ascii { "" } else { "✓ " };
        text.push_str(&format!("{mark}{}\n", screen::safe(sentence.get(app.lang()))));
        if kind == Kind::Request
            && !app.output.quiet
            && let Ok(request) = Request::of(&record)
        {
            text.push_str(&show::next(&sight, &request));
            text.push('\n');
        }
        app.output.width.map_or(text.clone(), |width| wrap::wrap(&text, width) + "\n")
    });
    app.output.print(&text)?;
    Ok(Done::Yes)
}

/// Warns of the known patients whom a new one may be: with such a name, or the same phone. In a
/// batch nobody would look up from each of its commands, and each would look through all patients.
/// The card is written by now: where others keep the data busy, that stands, and nothing is said.
pub fn similar(app: &App, sealed: &Sealed) {
    let is_new = |record: &Record| record.kind == Kind::Patient && record.history.len() == 1;
    let new = sealed.records.iter().find(|record| is_new(record));
    let Some(new) = new.filter(|_| !app.is_one_of_many) else { return };
    let known = app.read(|sight| {
        let mut known = seek::similar(sight.book, new.title(), new.text("phone"));
        known.retain(|record| record.id != new.id);
        known.truncate(seek::LISTED);
        Ok(known.iter().map(|record| sight.line(record)).collect::<Vec<_>>())
    });
    let list = known.unwrap_or_default().join("; ");
    if !list.is_empty() {
        app.output.warn(&say!(
            "Похожие пациенты: {list}. Если это один из них, возьмите новую карточку назад: `appt undo`.",
            "Similar patients: {list}. If it is one of them, take the new card back: `appt undo`."
        ));
    }
}

/// One record in a machine format.
pub fn one(app: &App, record: &Record, object: Json) -> String {
    one_of(app, record, list::known_columns(record.kind), object)
}

/// An answer about one record that has these columns.
pub fn one_of(app: &App, record: &Record, csv: Vec<&'static str>, object: Json) -> String {
    match (app.output.format, object) {
        (Format::Ids, _) => record.id.clone(),
        (Format::Csv, Json::Object(object)) => {
            let row = Row { id: record.id.clone(), object, cells: Vec::new() };
            List { columns: Vec::new(), csv, rows: vec![row] }.text(&app.output, false)
        }
        (_, object) => json::text(&object),
    }
}

/// What a dry run would do: each new event.
fn plan(sight: &crate::render::cell::Sight<'_>, sealed: &Sealed) -> String {
    let mut text = String::new();
    for (at, event) in &sealed.events {
        let record = &sealed.records[*at];
        let path = &sealed.steps[*at].path;
        let line = crate::render::event::sentence(sight, record, event);
        text.push_str(&tr!(
            sight.lang,
            "Изменилось бы: {}: {}\n",
            "Would change: {}: {}\n",
            path,
            line
        ));
    }
    for step in sealed.steps.iter().filter(|step| step.after.is_none()) {
        let path = &step.path;
        text.push_str(&tr!(sight.lang, "Удалилось бы: {}\n", "Would remove: {}\n", path));
    }
    text
}
