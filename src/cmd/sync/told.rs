//! What a person is told of a sync: what is saved here, what came, what went; and what they must
//! look after.

use std::collections::BTreeSet;

use crate::app::App;
use crate::cmd::sync::{MOST, of_branch, of_file, of_nobody};
use crate::error::{Code, Error, Result};
use crate::format::layout;
use crate::i18n::{Lang, Text};
use crate::life;
use crate::model::kind::Kind;
use crate::output::placed;
use crate::render::cell::Sight;
use crate::render::event;
use crate::say;
use crate::sync::arrived::{Arrived, Deed};
use crate::sync::report::Report;
use crate::words::{self, screen};

/// How many of the requests are shown that others changed.
const CHANGED: usize = 5;

/// The result: two states, saved here and shared with the others, and what came.
///
/// # Errors
/// `store` where the store can't be read.
pub fn text(app: &App, report: &Report) -> Result<String> {
    let lang = app.lang();
    let mark = if app.output.ascii { "" } else { "✓ " };
    let files: usize = report.commits.iter().map(|(_, _, files)| files).sum();
    let (received, sent, left) = (report.received.len(), report.sent, report.left.len());
    let mut lines: Vec<(&str, Text)> = Vec::new();
    lines.push(match (files, left) {
        (0, 0) => (mark, say!("Сохранено здесь: новых изменений нет.", "Saved here: nothing new.")),
        (_, 0) => (mark, say!("Сохранено здесь, файлов: {files}.", "Saved here, files: {files}.")),
        _ => (
            "",
            say!(
                "Сохранено здесь, файлов: {files}; с ошибкой, другим не отправить: {left}.",
                "Saved here, files: {files}; with errors, not to be shared: {left}."
            ),
        ),
    });
    match (&report.remote, report.shared) {
        (Some(remote), true) => {
            if received > 0 {
                let count = say!(
                    "Получено от других, файлов: {received}.",
                    "Received from the others, files: {received}."
                );
                lines.push((mark, count));
                let arrived = app.read(|sight| Ok(arrived(sight, report)))?;
                lines.extend(arrived.into_iter().map(|line| ("  ", line)));
            }
            let is_aside = report.others_on.is_some();
            // What is left here is not shared, and no mark may say so.
            let mark = if sent == 0 && left > 0 { "" } else { mark };
            lines.push((mark, match (sent, is_aside) {
                (0, false) if left > 0 => say!(
                    "Другим ({remote}) больше отправлять нечего: файлы с ошибкой остались здесь.",
                    "There is nothing else to share ({remote}): the files with errors stay here."
                ),
                (0, false) => say!(
                    "Отправлено другим ({remote}): всё, нового нет.",
                    "Shared with the others ({remote}): all, nothing new."
                ),
                (_, false) => say!(
                    "Отправлено другим ({remote}), коммитов: {sent}.",
                    "Shared with the others ({remote}), commits: {sent}."
                ),
                (_, true) => say!(
                    "Отправлено на ветку {remote}, коммитов: {sent}.",
                    "Sent to the branch {remote}, commits: {sent}."
                ),
            }));
        }
        _ => lines.push(("", of_nobody(&report.remotes, &report.branch))),
    }
    Ok(lines
        .iter()
        .map(|(mark, line)| format!("{mark}{}\n", screen::safe(placed(line).get(lang))))
        .collect())
}

/// What others did to requests that were here: a line each.
fn arrived(sight: &Sight<'_>, report: &Report) -> Vec<Text> {
    let line = |Arrived { id, by, what }: &Arrived| {
        let id = life::short(id);
        let by: Vec<String> = by.iter().map(|by| sight.title(Kind::Operator, by)).collect();
        let title = |deed: &Deed| match deed {
            Deed::Changed(key) => Kind::Request
                .field(key)
                .map_or_else(|| key.clone(), |field| words::small(field.title(sight.lang))),
            Deed::Noted => sight.lang.of("примечание", "note").to_owned(),
            Deed::Marked(mark) => event::mark(*mark, sight.lang).to_owned(),
        };
        let (by, what) = (by.join(", "), what.iter().map(title).collect::<Vec<_>>().join(", "));
        say!("Заявка {id}: {what} ({by}).", "Request {id}: {what} ({by}).")
    };
    // The same import on both sides changes nothing.
    let changed: Vec<_> = report.arrived.values().filter(|one| !one.what.is_empty()).collect();
    let mut lines: Vec<Text> = changed.iter().take(CHANGED).copied().map(line).collect();
    if let Some(rest) = changed.len().checked_sub(CHANGED).filter(|rest| *rest > 0) {
        lines.push(say!("…ещё {rest}: `appt log`.", "…{rest} more: `appt log`."));
    }
    lines
}

/// What a person must look after.
pub fn warn(app: &App, report: &Report) {
    warn_of_files(app, report);
    warn_of_records(app, report);
    warn_of_remote(app, report);
    if report.conflicts.is_empty() && !report.unsettled.is_empty() {
        app.output.warn(&unsettled(&report.unsettled));
    }
}

/// A warning of each of the first so many, and how many more there are.
fn warn_each<I: ExactSizeIterator>(app: &App, items: I, line: impl Fn(I::Item) -> Text) {
    let count = items.len();
    items.take(MOST).for_each(|item| app.output.warn(&line(item)));
    if count > MOST {
        let rest = count - MOST;
        app.output.warn(&say!(
            "Таких записей ещё: {rest}. Все покажет `git show --stat` или `appt check`.",
            "Such records, besides: {rest}. `git show --stat` or `appt check` shows all."
        ));
    }
}

/// Files that were left, lost something, are gone or were not put on disk.
fn warn_of_files(app: &App, report: &Report) {
    warn_each(app, report.left.iter(), of_file);
    warn_each(app, report.unrecorded.iter(), |(path, why)| {
        let Text { ru, en } = why;
        say!(
            "Правку файла в историю записать не удалось: {path}. {ru} Сам файл сохранён; в историю его запишет `appt sync` того, кому это можно: попросите его.",
            "The edit of a file could not be recorded in its history: {path}. {en} The file itself is saved; `appt sync` of somebody who may make the edit records it: ask them to."
        )
    });
    warn_each(app, report.reunited.iter(), |path| {
        let Text { ru, en } = named(path);
        say!(
            "Слияние в git потеряло часть истории, она возвращена: {ru}. Сверьте: `appt log`.",
            "A merge in git had lost a part of the history, it is there again: {en}. Compare: `appt log`."
        )
    });
    warn_each(app, report.removed.iter(), |(path, commit)| {
        let (Text { ru, en }, commit) = (named(path), &commit.as_str()[..7]);
        say!(
            "Удалено для всех, файла здесь больше нет: {ru}. Вернуть: `git checkout {commit}~ -- {path}`, затем `appt sync`.",
            "Removed for everybody, its file was gone here: {en}. To get it back: `git checkout {commit}~ -- {path}`, then `appt sync`."
        )
    });
    warn_each(app, report.removed_there.iter(), |path| {
        let Text { ru, en } = named(path);
        say!("Удалено другими: {ru}.", "Removed by others: {en}.")
    });
    warn_each(app, report.kept_out.iter(), |path| {
        say!(
            "Осталось в git и не положено на диск: {path} (ссылка, чужое хранилище или негодное имя).",
            "Stays in git and was not put on disk: {path} (a link, another repository, or a bad name)."
        )
    });
}

/// Records that came together in a way that somebody should look at, and what `check` says.
fn warn_of_records(app: &App, report: &Report) {
    warn_each(app, report.crossed.values(), |crossed| {
        let (id, into) = (&crossed.id, &crossed.into);
        let title = |lang| {
            let fields = crossed.keys.iter().filter_map(|key| Kind::Patient.field(key));
            fields.map(|field| words::small(field.title(lang))).collect::<Vec<_>>().join(", ")
        };
        let Text { ru, en } = Text::both(title);
        say!(
            "Карточку пациента {id} объединили с {into}, а тем временем в ней изменили: {ru}. Сверьте: `appt log patient/{id}`; верное запишите: `appt patient edit {into}`.",
            "The patient {id} was merged into {into}, and changed meanwhile: {en}. Compare: `appt log patient/{id}`; record what is right: `appt patient edit {into}`."
        )
    });
    warn_each(app, report.twins.iter(), |(one, other)| {
        let (one, other) = (life::short(one), life::short(other));
        say!(
            "Заявки {one} и {other}: один пациент, один врач, одна клиника, и обе открыты. Если это один звонок, лишнюю закроет `appt request refuse {one}`.",
            "Requests {one} and {other}: one patient, one doctor, one clinic, and both are open. If that was one call, close one: `appt request refuse {one}`."
        )
    });
    warn_each(app, report.findings.iter(), |finding| {
        let (file, line, rule) = (&finding.file, finding.start.line, finding.rule);
        let Text { ru, en } = &finding.message;
        let hint = |lang: Lang| {
            finding.hint.as_ref().map_or_else(String::new, |hint| format!(" {}", hint.get(lang)))
        };
        say!(lang;
            "Ошибка в данных: {}:{} ({}). {}{}",
            "An error in the data: {}:{} ({}). {}{}",
            file, line, rule, lang.of(ru, en), hint(lang))
    });
}

/// What others would not find where they look for it.
fn warn_of_remote(app: &App, report: &Report) {
    let remote = report.remote.as_deref().unwrap_or_default();
    if let Some(others) = &report.others_on {
        app.output.warn(&of_branch(others, &report.branch, remote));
    }
    if report.is_hidden {
        let branch = remote.split_once('/').map_or(remote, |(_, branch)| branch);
        app.output.warn(&say!(
            "Новый клон общего репозитория откроется без этих данных: его ветка по умолчанию — не {branch}. Исправить там, где он лежит: `git symbolic-ref HEAD refs/heads/{branch}` (на GitHub: Settings, Default branch).",
            "A new clone of the remote will begin without these data: its default branch is not {branch}. To mend it, where it lies: `git symbolic-ref HEAD refs/heads/{branch}` (on GitHub: Settings, Default branch)."
        ));
    }
}

/// The records in conflict that are not of this sync's making.
fn unsettled(records: &[String]) -> Text {
    let count = records.len();
    let mut names: Vec<&str> =
        records.iter().take(MOST).map(|name| name.rsplit('/').next().unwrap_or(name)).collect();
    if count > MOST {
        names.push("…");
    }
    let names = names.join(", ");
    say!(
        "Записей с расхождением: {count} ({names}). Разобрать: `appt resolve`.",
        "Records in conflict: {count} ({names}). To settle: `appt resolve`."
    )
}

/// The record that a path holds: «заявка k7m2qx».
pub fn named(path: &str) -> Text {
    let Some((kind, id)) = layout::record_at(path) else { return Text::same(path.to_owned()) };
    let id = if kind == Kind::Request { life::short(id) } else { id };
    Text::both(|lang| format!("{} {id}", kind.noun(lang)))
}

/// What a person calls a key that is in conflict: «телефон».
fn called(kind: Option<Kind>, key: &str, lang: Lang) -> String {
    match kind.and_then(|kind| kind.field(key)) {
        Some(field) => words::small(field.title(lang)),
        None if key == "removed" => lang.of("удаление", "removal").to_owned(),
        None => key.to_owned(),
    }
}

/// The error of a sync that recorded new conflicts.
pub fn conflicts(report: &Report) -> Error {
    let line = |(path, keys): (&String, &BTreeSet<String>), lang| {
        let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".toml");
        let kind = layout::record_at(path).map(|(kind, _)| kind);
        let keys: Vec<String> = keys.iter().map(|key| called(kind, key, lang)).collect();
        format!("{name} ({})", keys.join(", "))
    };
    let records = Text::both(|lang| {
        let shown = report.conflicts.iter().take(MOST);
        shown.map(|pair| line(pair, lang)).collect::<Vec<_>>().join("; ")
    });
    let (count, Text { ru: records_ru, en: records_en }) = (report.conflicts.len(), records);
    let all = report.unsettled.len();
    let (ru, en) = match all > count {
        true => (format!(", всего {all}"), format!(" of {all}")),
        false => Default::default(),
    };
    Error::new(
        Code::Conflict,
        "new-conflicts",
        say!(
            "Вы и другие записали разное, записей с расхождением: {count}{ru}: {records_ru}. Ничего не потеряно, обмен закончен.",
            "You and the others recorded different things, records in conflict: {count}{en}: {records_en}. Nothing is lost, the sync is done."
        ),
    )
    .hint(say!("Разберите расхождения: `appt resolve`.", "Settle them: `appt resolve`."))
}
