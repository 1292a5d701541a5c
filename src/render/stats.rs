//! What requests add up to, as a person reads it and as a program does.

use chrono::{NaiveDate, TimeDelta};
use serde_json::{Map, Value as Json, json};
use unicode_width::UnicodeWidthStr as _;

use crate::i18n::Lang;
use crate::model::kind::Kind;
use crate::model::request::Status;
use crate::query::stats::{By, Group, RESCHEDULED, Stats, Tally};
use crate::render::cell::Sight;
use crate::render::chart;
use crate::tr;
use crate::when::show;
use crate::words::screen;

/// The columns of CSV.
pub const COLUMNS: [&str; 11] = [
    "by",
    "id",
    "title",
    "requests",
    "created",
    "in_progress",
    "processed",
    "refused",
    "rescheduled",
    "median_seconds",
    "p90_seconds",
];
/// The most groups that a screen shows; data have them all.
pub const SHOWN: usize = 10;
/// So few weeks need no chart beside their bars.
pub const FEW: usize = 3;
/// The longest bar.
const BAR: usize = 40;
/// The longest title of a bar.
const TITLE: usize = 34;

/// What a person calls that by which requests are counted.
pub fn heading(by: By, lang: Lang) -> &'static str {
    match by {
        By::Status => lang.of("По статусам", "By status"),
        By::Clinic => lang.of("По клиникам", "By clinic"),
        By::Specialty => lang.of("По специальностям", "By specialty"),
        By::Operator => lang.of("По операторам", "By operator"),
        By::Week => lang.of("По неделям, когда оформлены", "By the week they were made in"),
    }
}

/// What a person calls a group.
pub fn title(sight: &Sight<'_>, by: By, group: &Group) -> String {
    let (id, lang) = (&group.id, sight.lang);
    let text = match by {
        By::Status if id == RESCHEDULED => lang.of("Перенесена", "Moved").to_owned(),
        By::Status => Status::from_code(id).map_or(id.as_str(), |s| s.name(lang)).to_owned(),
        By::Clinic => sight.title(Kind::Clinic, id),
        By::Specialty => sight.title(Kind::Specialty, id),
        By::Operator => sight.title(Kind::Operator, id),
        By::Week => match id.parse::<NaiveDate>() {
            Ok(monday) => {
                let today = sight.now.with_timezone(&sight.settings.timezone).date_naive();
                show::dates_text(monday, monday + chrono::Days::new(6), today, lang)
            }
            Err(_) => id.clone(),
        },
    };
    screen::safe_line(&text).into_owned()
}

/// «1 ч 20 мин»: as exact as a call centre needs it.
pub fn duration(took: TimeDelta, lang: Lang) -> String {
    let minutes = took.num_minutes();
    let (hours, days) = (minutes / 60, minutes / (24 * 60));
    match (days, hours) {
        _ if minutes == 0 => lang.of("меньше минуты", "under a minute").to_owned(),
        (_, 0) => tr!(lang, "{minutes} мин", "{minutes} min"),
        (0, _) => tr!(lang, "{hours} ч {} мин", "{hours} h {} min", minutes % 60),
        _ => tr!(lang, "{days} д {} ч", "{days} d {} h", hours % 24),
    }
}

/// The sentences that sum everything up.
pub fn summary(stats: &Stats, lang: Lang) -> Vec<String> {
    let all = &stats.all;
    let (count, open, processed) = (all.requests(), all.open(), all.processed);
    let (refused, rescheduled) = (all.refused, all.rescheduled);
    let mut lines = vec![tr!(
        lang,
        "Заявок: {count}. Открытых: {open}, обработанных: {processed}.",
        "Requests: {count}. Open: {open}, processed: {processed}."
    )];
    if let Some(share) = all.refused_share() {
        let share = format!("{:.0}", share * 100.0);
        lines.push(tr!(
            lang,
            "Отказов: {refused} ({share}%, переносы не в счёт). Переносов: {rescheduled}.",
            "Declined: {refused} ({share}%, not counting moved ones). Moved: {rescheduled}."
        ));
    }
    if let (Some(median), Some(most)) = (all.median(), all.ninetieth()) {
        let (median, most) = (duration(median, lang), duration(most, lang));
        let timed = all.timed();
        lines.push(tr!(
            lang,
            "От создания до обработки: обычно {median} (медиана), девять заявок из десяти не дольше {most}; посчитано заявок: {timed}.",
            "From created to processed: {median} (median), nine requests of ten within {most}; requests counted: {timed}."
        ));
    }
    lines
}

/// The screen. `width` is the terminal's.
pub fn screen(sight: &Sight<'_>, stats: &Stats, width: usize, ascii: bool, color: bool) -> String {
    let lang = sight.lang;
    let mut text = summary(stats, lang).join("\n");
    text.push('\n');
    for by in By::ALL {
        let groups = stats.groups(by);
        let (head, style) =
            (heading(by, lang), if color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") });
        text.push_str(&format!("\n{}{head}{}\n", style.0, style.1));
        if by == By::Week && groups.len() > FEW {
            let first = groups.len().saturating_sub(width.saturating_sub(2));
            let counts: Vec<usize> = groups[first..].iter().map(|g| g.tally.requests()).collect();
            text.push_str(&format!("  {}\n", chart::sparkline(&counts, ascii)));
        }
        let (kept, left) = kept(by, groups);
        bars(sight, by, kept, width, ascii, &mut text);
        if left > 0 {
            let more = match by {
                By::Week => tr!(lang, "раньше ещё: {left}", "earlier: {left} more"),
                _ => tr!(lang, "и ещё: {left}", "and {left} more"),
            };
            text.push_str(&format!("  {more}\n"));
        }
    }
    text
}

/// The groups that a screen shows, and how many there are besides: the largest, the latest weeks.
pub fn kept(by: By, groups: &[Group]) -> (&[Group], usize) {
    let left = groups.len().saturating_sub(SHOWN);
    let kept = if by == By::Week { &groups[left..] } else { &groups[..groups.len() - left] };
    (kept, left)
}

fn bars(sight: &Sight<'_>, by: By, groups: &[Group], width: usize, ascii: bool, text: &mut String) {
    let titles: Vec<String> =
        groups.iter().map(|group| cut(&title(sight, by, group), TITLE, ascii)).collect();
    let counts: Vec<String> = groups.iter().map(|g| g.tally.requests().to_string()).collect();
    let wide = |texts: &[String]| texts.iter().map(|text| text.width()).max().unwrap_or(0);
    let (wide_title, wide_count) = (wide(&titles), wide(&counts));
    let taken = 2 + wide_title + 2 + wide_count + 1;
    let room = width.saturating_sub(taken).clamp(4, BAR);
    let most = groups.iter().map(|group| group.tally.requests()).max().unwrap_or(0);
    for ((group, title), count) in groups.iter().zip(&titles).zip(&counts) {
        let gap = " ".repeat(wide_title - title.width());
        let bar = chart::bar(group.tally.requests(), most, room, ascii);
        let line = format!("  {title}{gap}  {count:>wide_count$} {bar}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// A title that leaves room for its bar.
fn cut(title: &str, most: usize, ascii: bool) -> String {
    if title.width() <= most {
        return title.to_owned();
    }
    let mut short = String::new();
    for c in title.chars() {
        if short.width() + 3 >= most {
            break;
        }
        short.push(c);
    }
    format!("{}{}", short.trim_end(), if ascii { "..." } else { "…" })
}

/// All of it as one object.
pub fn object(sight: &Sight<'_>, stats: &Stats) -> Json {
    let all = &stats.all;
    let mut object = counts(all);
    object.insert("open".into(), json!(all.open()));
    object.insert("refused_share".into(), json!(all.refused_share()));
    object.insert("timed".into(), json!(all.timed()));
    for by in By::ALL {
        let groups =
            stats.groups(by).iter().map(|group| Json::Object(row(sight, by, group, false)));
        object.insert(format!("by_{}", by.code()), groups.collect());
    }
    Json::Object(object)
}

/// The groups, one object each.
pub fn rows(sight: &Sight<'_>, stats: &Stats) -> Vec<Map<String, Json>> {
    let of = |by: By| stats.groups(by).iter().map(move |group| row(sight, by, group, true));
    By::ALL.into_iter().flat_map(of).collect()
}

fn row(sight: &Sight<'_>, by: By, group: &Group, named: bool) -> Map<String, Json> {
    let mut row = Map::new();
    if named {
        row.insert("by".into(), json!(by.code()));
    }
    row.insert("id".into(), json!(group.id));
    row.insert("title".into(), json!(title(sight, by, group)));
    row.extend(counts(&group.tally));
    row
}

fn counts(tally: &Tally) -> Map<String, Json> {
    let seconds = |took: Option<TimeDelta>| json!(took.map(|took| took.num_seconds()));
    let counts = [
        ("requests", json!(tally.requests())),
        ("created", json!(tally.created)),
        ("in_progress", json!(tally.in_progress)),
        ("processed", json!(tally.processed)),
        ("refused", json!(tally.refused)),
        ("rescheduled", json!(tally.rescheduled)),
        ("median_seconds", seconds(tally.median())),
        ("p90_seconds", seconds(tally.ninetieth())),
    ];
    counts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_said_in_its_two_largest_units() {
        for (minutes, ru, en) in [
            (0, "меньше минуты", "under a minute"),
            (59, "59 мин", "59 min"),
            (80, "1 ч 20 мин", "1 h 20 min"),
            (51 * 60 + 5, "2 д 3 ч", "2 d 3 h"),
        ] {
            let took = TimeDelta::minutes(minutes);
            assert_eq!((&*duration(took, Lang::Ru), &*duration(took, Lang::En)), (ru, en));
        }
    }

    #[test]
    fn a_long_title_leaves_room_for_its_bar() {
        assert_eq!(cut("Поликлиника № 1", 15, false), "Поликлиника № 1");
        assert_eq!(cut("Поликлиника № 1 при больнице", 15, false), "Поликлиника…");
        assert_eq!(cut("Clinic number one", 10, true), "Clinic...");
    }
}
