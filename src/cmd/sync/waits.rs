//! What waits, as `sync --status` tells it, and the foot of the queue in the same words and
//! figures.

use crate::app::App;
use crate::cmd::sync::told::named;
use crate::cmd::sync::{MOST, of_branch, of_file, of_nobody};
use crate::error::Result;
use crate::i18n::Text;
use crate::output::placed;
use crate::say;
use crate::sync::status::{self, Status};
use crate::when::show;
use crate::words::screen;

/// All of it.
///
/// # Errors
/// `store` where the store has no settings.
pub fn shown(app: &App, status: &Status) -> Result<String> {
    let mut lines = lines(status);
    if lines.is_empty() {
        lines.push(match (&status.remote, &status.others_on) {
            (Some(remote), Some(_)) => say!(
                "Всё сохранено здесь и отправлено на ветку {remote}.",
                "All is saved here and sent to the branch {remote}."
            ),
            (Some(_), None) => say!(
                "Всё сохранено здесь и отправлено другим.",
                "All is saved here and shared with the others."
            ),
            (None, _) => say!("Всё сохранено здесь.", "All is saved here."),
        });
    }
    if status.remote.is_none() {
        lines.push(of_nobody(&status.remotes, &status.branch));
    }
    let (gone, changed): (Vec<_>, Vec<_>) =
        status.uncommitted.iter().partition(|path| status.removed.contains(path.as_str()));
    lines.extend(changed.iter().take(MOST).map(|path| Text::same(format!("  {path}"))));
    lines.extend(rest(changed.len()));
    for path in gone.iter().take(MOST) {
        let Text { ru, en } = named(path);
        lines.push(say!(
            "  удалено: {ru}. Обмен удалит для всех; вернуть: `git checkout HEAD -- {path}`",
            "  removed: {en}. A sync removes it for all; to get it back: `git checkout HEAD -- {path}`"
        ));
    }
    lines.extend(rest(gone.len()));
    lines.extend(status.left.iter().map(of_file));
    for record in &status.conflicts {
        lines.push(say!("Расхождение: {record}.", "In conflict: {record}."));
    }
    if let (Some(others), Some(remote)) = (&status.others_on, &status.remote) {
        lines.push(of_branch(others, &status.branch, remote));
    }
    if let Some(last) = status.last {
        let zone = app.settings()?.timezone;
        let (at, today) = (last.with_timezone(&zone), app.now.with_timezone(&zone).date_naive());
        lines.push(say!(lang;
            "Последний обмен: {}.",
            "Last sync: {}.",
            show::short_instant(at.fixed_offset(), today, lang)));
    }
    if app.globals.dry_run {
        lines.push(say!("Пробный запуск: ничего не изменено.", "A dry run: nothing was changed."));
    }
    let lang = app.lang();
    Ok(lines.iter().map(|line| format!("{}\n", screen::safe(placed(line).get(lang)))).collect())
}

fn rest(count: usize) -> Option<Text> {
    let rest = count.checked_sub(MOST + 1)? + 1;
    Some(say!("  и ещё {rest}", "  and {rest} more"))
}

/// The lines at the foot of the queue. None where nothing waits, or where there is nobody to share
/// with.
pub fn foot(app: &App) -> Vec<Text> {
    status::glimpse(app).map(|status| lines(&status)).unwrap_or_default()
}

/// What waits: a sentence for each thing that a person can do about it.
fn lines(status: &Status) -> Vec<Text> {
    let (mut ru, mut en) = (Vec::new(), Vec::new());
    let mut count = |words: (&str, &str), number: usize| {
        if number > 0 {
            ru.push(format!("{}: {number}", words.0));
            en.push(format!("{}: {number}", words.1));
        }
    };
    count(("файлов", "files"), status.uncommitted.len() + status.left.len());
    if status.remote.is_some() {
        count(("коммитов", "commits"), status.ahead.unwrap_or(0));
    }
    let mut lines = Vec::new();
    let (ru, en) = (ru.join(", "), en.join(", "));
    let can_go = !status.uncommitted.is_empty() || status.ahead.unwrap_or(0) > 0;
    match (ru.is_empty(), can_go && status.remote.is_some()) {
        (true, _) => {}
        (false, true) => lines.push(say!(
            "Другим не отправлено: {ru}. Обменяться: `appt sync`.",
            "Not shared with the others: {en}. To sync: `appt sync`."
        )),
        // A sync would not help.
        (false, false) => {
            lines.push(say!("Другим не отправлено: {ru}.", "Not shared with the others: {en}."))
        }
    }
    if let Some(behind) = status.behind.filter(|behind| *behind > 0) {
        lines.push(say!(
            "От других не получено, коммитов: {behind}. Обменяться: `appt sync`.",
            "Not taken in from the others, commits: {behind}. To sync: `appt sync`."
        ));
    }
    if !status.conflicts.is_empty() {
        let count = status.conflicts.len();
        lines.push(say!(
            "Записей с расхождением: {count}. Разобрать: `appt resolve`.",
            "Records in conflict: {count}. To settle: `appt resolve`."
        ));
    }
    lines
}
