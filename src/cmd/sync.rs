//! `sync`: the work here goes to the others, and theirs comes here. What it says keeps two states
//! apart: saved here, and shared with the others.

use clap::{ArgMatches, Command};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::cmd::{Done, args, help};
use crate::error::{Code, Error, Result};
use crate::i18n::{Lang, Text};
use crate::output::Format;
use crate::render::json;
use crate::say;
use crate::sync;
use crate::sync::report::Report;
use crate::sync::sound::Left;
use crate::sync::status::{self, Status};
use crate::words::screen;

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
                "только показать, что не сохранено, не передано и не решено",
                "only show what is not committed, not pushed, not settled",
            ),
        ))
        .arg(args::switch(
            lang,
            "yes",
            (
                "согласиться на первую передачу данных на сервер",
                "agree to the first push of the data to a host",
            ),
        ))
}

pub fn run(app: &App, matches: &ArgMatches) -> Result<Done> {
    if args::is_set(matches, "status") || app.globals.dry_run {
        let status = status::look(app)?;
        let text = match app.output.format {
            Format::Json | Format::Jsonl => json::text(&of_status(&status)),
            _ => shown(app.lang(), &status, app.globals.dry_run),
        };
        app.output.print(&text)?;
        return Ok(Done::Yes);
    }
    let report = sync::run(app, args::is_set(matches, "yes"))?;
    let text = match app.output.format {
        Format::Json | Format::Jsonl => json::text(&of_report(app.lang(), &report)),
        _ => told(app, &report),
    };
    app.output.print(&text)?;
    warn(app, &report);
    if report.conflicts.is_empty() { Ok(Done::Yes) } else { Err(conflicts(&report)) }
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
        "findings": findings,
        "kept_out": report.kept_out,
    })
}

fn of_left<'l>(left: impl Iterator<Item = &'l Left>) -> Vec<Json> {
    left.map(|left| json!({ "file": left.path, "rule": left.rule })).collect()
}

fn of_status(status: &Status) -> Json {
    json!({
        "uncommitted": status.uncommitted,
        "left": of_left(status.left.iter()),
        "remote": status.remote,
        "ahead": status.ahead,
        "behind": status.behind,
        "conflicts": status.conflicts,
    })
}

/// What a person is told of a sync: what is saved here, what came, what went.
fn told(app: &App, report: &Report) -> String {
    let lang = app.lang();
    let mark = if app.output.ascii { "" } else { "✓ " };
    let files: usize = report.commits.iter().map(|(_, _, files)| files).sum();
    let (received, sent) = (report.received.len(), report.sent);
    let mut lines = Vec::new();
    match files {
        0 => lines.push(say!("Сохранено здесь: новых изменений нет.", "Saved here: nothing new.")),
        _ => lines.push(say!("Сохранено здесь, файлов: {files}.", "Saved here, files: {files}.")),
    }
    match (&report.remote, report.shared) {
        (Some(remote), true) => {
            if received > 0 {
                lines.push(say!(
                    "Получено от других, файлов: {received}.",
                    "Received from the others, files: {received}."
                ));
            }
            lines.push(match sent {
                0 => say!(
                    "Общее с другими ({remote}): передавать нечего.",
                    "Shared with the others ({remote}): nothing to send."
                ),
                _ => say!(
                    "Общее с другими ({remote}): передано коммитов: {sent}.",
                    "Shared with the others ({remote}): commits sent: {sent}."
                ),
            });
        }
        _ => lines.push(say!(
            "Другим не передано: общего репозитория нет. Назовите его: `git remote add origin АДРЕС`.",
            "Not shared with the others: there is no remote. Name one: `git remote add origin ADDRESS`."
        )),
    }
    lines.iter().map(|line| format!("{mark}{}\n", screen::safe(line.get(lang)))).collect()
}

fn warn(app: &App, report: &Report) {
    for Left { path, rule } in report.left.iter().take(MOST) {
        app.output.warn(&say!(
            "Не сохранено, в файле ошибка: {path} ({rule}). Что исправить: `appt check {path}`.",
            "Not committed, the file has an error: {path} ({rule}). What to mend: `appt check {path}`."
        ));
    }
    more(app, report.left.len());
    for path in report.kept_out.iter().take(MOST) {
        app.output.warn(&say!(
            "Осталось в git и не положено на диск: {path} (ссылка, чужое хранилище или негодное имя).",
            "Stays in git and was not put on disk: {path} (a link, another repository, or a bad name)."
        ));
    }
    for finding in report.findings.iter().take(MOST) {
        let (file, line, rule) = (&finding.file, finding.start.line, finding.rule);
        let Text { ru, en } = &finding.message;
        app.output.warn(&say!(
            "Ошибка в данных: {file}:{line} ({rule}). {ru}",
            "An error in the data: {file}:{line} ({rule}). {en}"
        ));
    }
    more(app, report.findings.len());
}

/// Says that there is more than was shown.
fn more(app: &App, count: usize) {
    if let Some(rest) = count.checked_sub(MOST + 1) {
        let rest = rest + 1;
        app.output.warn(&say!(
            "И ещё: {rest}. Все покажет `appt check`.",
            "And {rest} more. `appt check` shows all."
        ));
    }
}

fn conflicts(report: &Report) -> Error {
    let records: Vec<String> = report
        .conflicts
        .iter()
        .take(MOST)
        .map(|(path, keys)| {
            let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".toml");
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            format!("{name} ({})", keys.join(", "))
        })
        .collect();
    let (count, records) = (report.conflicts.len(), records.join("; "));
    Error::new(
        Code::Conflict,
        "new-conflicts",
        say!(
            "Вы и другие записали разное, записей с расхождением: {count}: {records}. Ничего не потеряно, обмен закончен.",
            "You and the others recorded different things, records in conflict: {count}: {records}. Nothing is lost, the sync is done."
        ),
    )
    .hint(say!("Разберите расхождения: `appt resolve`.", "Settle them: `appt resolve`."))
}

fn shown(lang: Lang, status: &Status, dry: bool) -> String {
    let mut lines = vec![line(status)];
    for path in status.uncommitted.iter().take(MOST) {
        lines.push(Text::same(format!("  {path}")));
    }
    if let Some(rest) = status.uncommitted.len().checked_sub(MOST + 1) {
        let rest = rest + 1;
        lines.push(say!("  и ещё {rest}", "  and {rest} more"));
    }
    for Left { path, rule } in &status.left {
        lines.push(say!(
            "С ошибкой, не сохранится: {path} ({rule}).",
            "With an error, would be left: {path} ({rule})."
        ));
    }
    for record in &status.conflicts {
        lines.push(say!("Расхождение: {record}.", "In conflict: {record}."));
    }
    if dry {
        lines.push(say!("Пробный запуск: ничего не изменено.", "A dry run: nothing was changed."));
    }
    lines.iter().map(|line| format!("{}\n", screen::safe(line.get(lang)))).collect()
}

/// The line at the foot of the queue: what of these requests waits. Nothing where nothing waits, or
/// where there is nobody to share with.
pub fn foot(app: &App, requests: &[String], conflicts: &[String]) -> Option<Text> {
    let status = Status { conflicts: conflicts.to_vec(), ..status::glimpse(app, requests)? };
    (!is_quiet(&status)).then(|| line(&status))
}

fn is_quiet(status: &Status) -> bool {
    let is_nothing = |count: Option<usize>| count.unwrap_or(0) == 0;
    status.uncommitted.is_empty()
        && status.left.is_empty()
        && status.conflicts.is_empty()
        && is_nothing(status.ahead)
        && is_nothing(status.behind)
}

/// What waits, in one line.
fn line(status: &Status) -> Text {
    let uncommitted = status.uncommitted.len() + status.left.len();
    let mut parts = Vec::new();
    if uncommitted > 0 {
        parts.push(say!(
            "не сохранено в git файлов: {uncommitted}",
            "files not committed: {uncommitted}"
        ));
    }
    match (&status.remote, status.ahead) {
        (None, _) => parts.push(say!("общего репозитория нет", "there is no remote")),
        (Some(_), Some(ahead)) if ahead > 0 => {
            parts.push(say!("не передано коммитов: {ahead}", "commits not sent: {ahead}"));
        }
        _ => {}
    }
    if let Some(behind) = status.behind.filter(|behind| *behind > 0) {
        parts.push(say!("не взято чужих коммитов: {behind}", "commits not taken in: {behind}"));
    }
    let settle = !status.conflicts.is_empty();
    let is_all = parts.is_empty();
    if settle {
        let count = status.conflicts.len();
        parts.push(say!("расхождений: {count}", "in conflict: {count}"));
    }
    if parts.is_empty() {
        return say!("Всё сохранено и передано.", "All is committed and shared.");
    }
    let all = |lang| parts.iter().map(|part| part.get(lang)).collect::<Vec<_>>().join(", ");
    let (ru, en) = (all(Lang::Ru), all(Lang::En));
    if settle && is_all {
        return say!(
            "Ждёт: {ru}. Разобрать: `appt resolve`.",
            "Waits: {en}. To settle: `appt resolve`."
        );
    }
    say!("Ждёт: {ru}. Обменяться: `appt sync`.", "Waits: {en}. To sync: `appt sync`.")
}
