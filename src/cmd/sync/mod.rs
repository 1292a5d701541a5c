//! `sync`: the work here goes to the others, and theirs comes here. What it says keeps two states
//! apart: saved here, and shared with the others.

mod told;
mod waits;

use clap::{ArgMatches, Command};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::cmd::{Done, args, help};
use crate::error::Result;
use crate::i18n::{Lang, Text};
use crate::output::Format;
use crate::render::json;
use crate::say;
use crate::sync;
use crate::sync::report::Report;
use crate::sync::sound::Left;
use crate::sync::status::{self, Status};

pub use waits::foot;

/// How many lines of one kind are shown.
const MOST: usize = 10;

pub fn spec(lang: Lang) -> Command {
    Command::new("sync")
        .after_help(help::examples(lang, &[("sync", "sync"), ("sync --status", "sync --status")]))
        .about(lang.of(
            "Обменяться данными с другими: сохранить в git, взять чужое, слить, передать своё",
            "Sync with the others: commit, fetch, merge, push",
        ))
        .arg(args::switch(
            lang,
            "status",
            (
                "только показать, что не сохранено, не отправлено и не решено",
                "only show what is not committed, not pushed, not settled",
            ),
        ))
        .arg(args::switch(
            lang,
            "yes",
            (
                "согласиться на первую передачу данных на сервер, на удаление многих записей",
                "agree to the first push of the data to a host, to the removal of many records",
            ),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    let is_machine = matches!(app.output.format, Format::Json | Format::Jsonl);
    if args::is_set(matches, "status") || app.globals.dry_run {
        let status = status::look(app)?;
        let text = match is_machine {
            true => json::text(&of_status(app, &status)?),
            false => waits::shown(app, &status)?,
        };
        app.output.print(&text)?;
        return Ok(Done::Yes);
    }
    let (report, shared) = sync::run(app, args::is_set(matches, "yes"))?;
    if shared.is_ok() {
        let text = match is_machine {
            true => json::text(&of_report(app.lang(), &report)),
            false => told::text(app, &report)?,
        };
        app.output.print(&text)?;
    }
    told::warn(app, &report);
    shared?;
    if report.conflicts.is_empty() { Ok(Done::Yes) } else { Err(told::conflicts(&report)) }
}

fn of_report(lang: Lang, report: &Report) -> Json {
    let commits: Vec<Json> = report
        .commits
        .iter()
        .map(|(operator, id, files)| {
            json!({ "id": id.as_str(), "operator": operator, "files": files })
        })
        .collect();
    let conflicts: Vec<Json> =
        report.conflicts.iter().map(|(path, keys)| json!({ "file": path, "keys": keys })).collect();
    let findings: Vec<Json> = report
        .findings
        .iter()
        .map(|f| {
            json!({ "rule": f.rule, "file": f.file, "line": f.start.line, "message": f.message.get(lang) })
        })
        .collect();
    json!({
        "saved": true,
        "shared": report.shared,
        "remote": report.remote,
        "commits": commits,
        "left": of_left(report.left.iter()),
        "received": report.received,
        "sent": report.sent,
        "conflicts": conflicts,
        "unsettled": report.unsettled,
        "removed": report.removed.keys().collect::<Vec<_>>(),
        "findings": findings,
        "reunited": report.reunited,
        "kept_out": report.kept_out,
        "others_on": report.others_on,
    })
}

fn of_left<'l>(left: impl Iterator<Item = &'l Left>) -> Vec<Json> {
    left.map(|left| json!({ "file": left.path, "rule": left.rule })).collect()
}

fn of_status(app: &App, status: &Status) -> Result<Json> {
    let zone = app.settings()?.timezone;
    let last = status.last.map(|at| at.with_timezone(&zone).fixed_offset());
    Ok(json!({
        "uncommitted": status.uncommitted,
        "left": of_left(status.left.iter()),
        "remote": status.remote,
        "ahead": status.ahead,
        "behind": status.behind,
        "conflicts": status.conflicts,
        "removed": status.removed,
        "others_on": status.others_on,
        "last": last.map(|at| at.to_rfc3339()),
    }))
}

/// A file that is not committed: what is wrong with it, and a command that leads on.
fn of_file(Left { path, rule }: &Left) -> Text {
    match *rule {
        "record-removed" => say!(
            "Файл удалён, но на запись ссылаются: {path}. Вернуть: `git checkout HEAD -- {path}`.",
            "The file is gone, but other records name it: {path}. To get it back: `git checkout HEAD -- {path}`."
        ),
        // `check` sees the store as it is, and not what it was.
        "history-rewritten" => say!(
            "Из истории исчезли или изменены события, другим не отправить: {path} ({rule}). Вернуть их, ничего не теряя: `appt check --fix {path}`; весь файл, каким он был: `git checkout HEAD -- {path}`.",
            "Events are gone from the history or changed, can't be shared: {path} ({rule}). To get them back, with nothing lost: `appt check --fix {path}`; the whole file as it was: `git checkout HEAD -- {path}`."
        ),
        _ => say!(
            "В файле ошибка, другим не отправить: {path} ({rule}). Что исправить: `appt check {path}`.",
            "The file has an error and can't be shared: {path} ({rule}). What to mend: `appt check {path}`."
        ),
    }
}

/// Nobody to share with: what is missing, and how to name it.
fn of_nobody(remotes: &[String], branch: &str) -> Text {
    match remotes.first() {
        None => say!(
            "Делиться пока не с кем: общего репозитория нет. Назовите его: `git remote add origin АДРЕС`.",
            "There is nobody to share with yet: no remote. Name one: `git remote add origin ADDRESS`."
        ),
        Some(first) => {
            let all = remotes.join(", ");
            say!(
                "Не отправлено: общих репозиториев несколько ({all}), а с каким обмениваться, не сказано. Назовите его: `git config branch.{branch}.remote {first}`.",
                "Not shared: there are several remotes ({all}), and none is named for this branch. Name it: `git config branch.{branch}.remote {first}`."
            )
        }
    }
}

/// The branch on which the others work, and how to bring the work there, from the one here that
/// follows `remote`.
fn of_branch(others: &str, ours: &str, remote: &str) -> Text {
    let name = remote.split_once('/').map_or(remote, |(name, _)| name);
    if ours == others {
        return say!(
            "Ветка {ours} следует за {remote}, а другие работают на {name}/{others}: этого они не получат. Перенести: `git branch --set-upstream-to={name}/{others}`, `appt sync`.",
            "The branch {ours} follows {remote}, the others work on {name}/{others}: they don't get this. To bring it there: `git branch --set-upstream-to={name}/{others}`, `appt sync`."
        );
    }
    say!(
        "Вы на ветке {ours}, а другие работают на ветке {others}: этого они не получат. Перенести: `git switch {others}`, `git merge {ours}`, `appt sync`.",
        "You are on the branch {ours}, the others work on {others}: they don't get this. To bring it there: `git switch {others}`, `git merge {ours}`, `appt sync`."
    )
}
