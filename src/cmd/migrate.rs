//! `migrate`: a store of an older format becomes one of this version's. No other command does that,
//! and none works on such a store.

use clap::{ArgMatches, Command};
use serde_json::json;

use crate::app::{self, App};
use crate::cmd::{Done, help};
use crate::error::Result;
use crate::format::migrate::STEPS;
use crate::i18n::Lang;
use crate::model::settings::FORMAT;
use crate::output::Format;
use crate::render::json as to_json;
use crate::say;
use crate::store::migrate;

pub fn spec(lang: Lang) -> Command {
    Command::new("migrate")
        .after_help(help::examples(
            lang,
            &[("migrate --dry-run", "migrate --dry-run"), ("migrate", "migrate")],
        ))
        .about(lang.of("Обновить данные старого формата", "Upgrade data of an older format"))
}

pub fn run(app: &App, _: &ArgMatches) -> Result<Done> {
    let root = app::root(&app.environment, app.globals.data.as_deref())?;
    let dry = app.globals.dry_run;
    let done = migrate::migrate(&root, &app.patience(), STEPS, dry)?;
    let (from, count) = (done.from, done.changed.len());
    if app.output.format != Format::Table {
        let object = json!({ "from": from, "to": FORMAT, "changed": done.changed });
        app.output.print(&to_json::text(&object))?;
        return Ok(Done::Yes);
    }
    let text = match (from == FORMAT, dry) {
        (true, _) => say!(
            "Обновлять нечего: формат данных уже {FORMAT}.",
            "Nothing to upgrade: the data have format {FORMAT} already."
        ),
        (false, true) => say!(
            "Данные обновились бы: формат {from} → {FORMAT}, файлов: {count}. Ничего не изменено.",
            "Would upgrade the data: format {from} → {FORMAT}, files: {count}. Nothing was changed."
        ),
        (false, false) => say!(
            "Данные обновлены: формат {from} → {FORMAT}, файлов: {count}.",
            "The data are upgraded: format {from} → {FORMAT}, files: {count}."
        ),
    };
    app.output.print(text.get(app.lang()))?;
    Ok(Done::Yes)
}
