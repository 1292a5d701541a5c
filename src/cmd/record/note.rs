//! `note`: a remark in the record's history.

use clap::{ArgMatches, Command};

use crate::app::App;
use crate::cmd::ask::Ask;
use crate::cmd::{Done, answer, args, ask, help};
use crate::error::Result;
use crate::history::What;
use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::say;
use crate::store::seal::{Edit, Plan};
use crate::words::text;

pub fn spec(kind: Kind, lang: Lang) -> Command {
    Command::new("note")
        .about(lang.of("Добавить примечание", "Add a note"))
        .after_help(help::examples_of(
            kind,
            lang,
            &[lang.of(
                r#"note {} "просит звонить после 18""#,
                r#"note {} "asks to be called after 18""#,
            )],
        ))
        .arg(args::record_id(kind, lang))
        .arg(args::positional(
            lang,
            "text",
            ("ТЕКСТ", "TEXT"),
            ("примечание, до 2000 знаков", "the note, at most 2,000 characters"),
        ))
}

pub fn run(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    ask::and_run(app, matches, &[Ask::Record(kind), Ask::Note], |asked| {
        act(app, kind, &asked.matches)
    })
}

fn act(app: &App, kind: Kind, matches: &ArgMatches) -> Result<Done> {
    let name = args::need_record(kind, matches)?;
    let note = args::need(matches, "text", || {
        say!("Не указан текст примечания.", "No text given for the note.")
    })?;
    let note = text::note(note)?;
    let (sealed, id) = app.write(|desk| {
        let record = desk.find(kind, name)?;
        let edit = Edit::change(&record, vec![What::Note(note)]);
        Ok((Plan { edits: vec![edit], ..Plan::default() }, record.id.clone()))
    })?;
    answer::written(app, kind, &id, &sealed, &say!("Примечание записано.", "The note is saved."))
}
