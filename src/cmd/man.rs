//! `man DIR`: a manual page for each command, in the language of the screen.

use std::path::Path;

use clap::{ArgMatches, Command};
use serde_json::json;

use crate::app::App;
use crate::cmd::{Done, args, help, tree};
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::output::Format;
use crate::render::{json as to_json, man};
use crate::say;
use crate::store::disk;
use crate::words::{path, screen};

pub fn spec(lang: Lang) -> Command {
    Command::new("man")
        .after_help(help::examples(
            lang,
            &[(
                "man ~/.local/share/man/ru/man1 --lang ru",
                "man ~/.local/share/man/man1 --lang en",
            )],
        ))
        .about(lang.of("Записать страницы руководства", "Write the manual pages"))
        .arg(args::positional(
            lang,
            "dir",
            ("ПАПКА", "DIR"),
            ("куда: по странице на команду", "where to: a page for each command"),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let named = args::need(matches, "dir", || {
        say!(
            "Не указана папка для страниц: `appt man ПАПКА`.",
            "No folder for the pages given: `appt man DIR`."
        )
    })?;
    let mut tree = tree(app.lang());
    tree.build();
    let pages = man::pages(&tree, app.lang());
    let folder = app.environment.cwd.join(named);
    if !app.globals.dry_run {
        let failed =
            |error| Error::io(&say!("записать страницы", "write the pages"), named, &error);
        disk::make_folders(Path::new("/"), &folder).map_err(failed)?;
        for (name, text) in &pages {
            disk::prepare(folder.join(name), text)
                .and_then(disk::Waiting::take_place)
                .and_then(|placed| placed.sync())
                .map_err(failed)?;
        }
    }
    let (shown, count) = (path::shown(&folder), pages.len());
    if app.output.format != Format::Table {
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        app.output.print(&to_json::text(&json!({ "path": shown, "pages": names })))?;
        return Ok(Done::Yes);
    }
    let text = if app.globals.dry_run {
        say!("Страницы записались бы: {shown} ({count}).", "Would write pages: {shown} ({count}).")
    } else {
        say!("Страницы записаны: {shown} ({count}).", "The pages are written: {shown} ({count}).")
    };
    app.output.print(&screen::safe(text.get(app.lang())))?;
    Ok(Done::Yes)
}
