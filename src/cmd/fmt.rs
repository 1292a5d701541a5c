//! `fmt`: the canonical form of the files. It changes no value, writes no event and needs no
//! operator; what can't be read is named and left alone.

use std::path::Path;

use clap::{ArgAction, ArgMatches, Command};
use serde_json::json;

use crate::app::App;
use crate::cmd::target::Target;
use crate::cmd::{Done, args, help};
use crate::error::Result;
use crate::format::canonical;
use crate::format::document::Found;
use crate::i18n::Lang;
use crate::model::settings;
use crate::output::Format;
use crate::render::json as to_json;
use crate::say;
use crate::store::disk;
use crate::store::journal::Step;
use crate::store::library::Library;
use crate::tr;
use crate::words::screen;

pub fn spec(lang: Lang) -> Command {
    Command::new("fmt")
        .after_help(help::examples(
            lang,
            &[("fmt", "fmt"), ("fmt --check clinics", "fmt --check clinics")],
        ))
        .about(
            lang.of(
                "Привести файлы к каноническому виду",
                "Bring the files into their canonical form",
            ),
        )
        .arg(
            args::positional(
                lang,
                "path",
                ("ПУТЬ", "PATH"),
                ("папка с данными или файлы в ней", "a data folder, or files in it"),
            )
            .num_args(0..)
            .action(ArgAction::Append),
        )
        .arg(args::switch(
            lang,
            "check",
            (
                "ничего не менять; назвать файлы, которые изменились бы, и выйти с кодом 1",
                "change nothing; name the files that would change, and exit 1",
            ),
        ))
}

/// What became of the files.
#[derive(Default)]
struct Outcome {
    /// The path and the id of each file whose form changes.
    changed: Vec<(String, String)>,
    /// What can't be read.
    unread: Vec<String>,
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let target = Target::new(app, &args::all(matches, "path"))?;
    let check = args::is_set(matches, "check");
    let dry = check || app.globals.dry_run;
    let outcome = target.store.rewrite(dry, |library| Ok(plan(library, &target)))?;
    for path in &outcome.unread {
        app.output.warn(&say!(
            "Файл не читается и оставлен как есть: {path}. Что исправить: `appt check`.",
            "The file can't be read and was left as it is: {path}. What to mend: `appt check`."
        ));
    }
    app.output.print(&answer(app, &outcome, dry))?;
    let is_no = !outcome.unread.is_empty() || (check && !outcome.changed.is_empty());
    Ok(if is_no { Done::No } else { Done::Yes })
}

fn plan(library: &Library<'_>, target: &Target) -> (Vec<Step>, Outcome) {
    let (mut steps, mut outcome) = (Vec::new(), Outcome::default());
    if target.holds(settings::FILE)
        && let Some(step) = of_settings(library.root())
    {
        outcome.changed.push((step.path.clone(), step.path.clone()));
        steps.push(step);
    }
    for document in library.documents().filter(|document| target.holds(&document.path)) {
        match canonical::text(document.kind, &document.text).filter(|_| document.record.is_some()) {
            None => outcome.unread.push(document.path.clone()),
            Some(text) if text != document.text => {
                outcome.changed.push((document.path.clone(), document.id.clone()));
                steps.push(Step::new(document.path.clone(), Some(&document.text), Some(text)));
            }
            Some(_) => {}
        }
    }
    (steps, outcome)
}

/// The settings in their form: of them no more than how the lines end, since all else is a person's
/// own. None where they have it.
pub fn of_settings(root: &Path) -> Option<Step> {
    let Ok(Found::Text(text)) = disk::read(root, settings::FILE) else { return None };
    let plain = canonical::lines(&text);
    (plain != text).then(|| Step::new(settings::FILE.to_owned(), Some(&text), Some(plain)))
}

fn answer(app: &App, outcome: &Outcome, dry: bool) -> String {
    let paths: Vec<&str> = outcome.changed.iter().map(|(path, _)| path.as_str()).collect();
    match app.output.format {
        Format::Json | Format::Jsonl => {
            let object = json!({ "changed": paths, "unreadable": outcome.unread, "dry_run": dry });
            return to_json::text(&object);
        }
        Format::Ids => {
            return outcome.changed.iter().map(|(_, id)| format!("{id}\n")).collect();
        }
        Format::Table | Format::Csv => {}
    }
    let lang = app.lang();
    let mut text = String::new();
    for path in &paths {
        let path = screen::safe(path);
        text.push_str(&match dry {
            true => tr!(lang, "Изменился бы: {path}\n", "Would change: {path}\n"),
            false => tr!(lang, "Изменён: {path}\n", "Changed: {path}\n"),
        });
    }
    if paths.is_empty() && outcome.unread.is_empty() {
        text.push_str(
            lang.of("Все файлы в каноническом виде.", "All files are in their canonical form."),
        );
    }
    text
}
