//! The report: one page of HTML that stands alone. It loads nothing, runs nothing (its own policy
//! forbids it), and holds no patient's data, unless their names were asked for.
//!
//! Markup is written by `maud`, which escapes every value where it is put in: no text of a record
//! can become markup, since there is no way to write it raw. The markup is XML as well, its `meta`
//! aside.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{Days, NaiveDate, Timelike as _};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::model::range::Instant;
use crate::model::record::Record;
use crate::query::stats::{By, Stats};
use crate::query::visits::{Visit, Visits};
use crate::render::cell::Sight;
use crate::render::stats;
use crate::tr;
use crate::when::show;
use crate::words::screen;

/// What it looks like. No value is ever written into it.
const STYLE: &str = include_str!("page.css");
/// The hours of a day's strip, where no visit lies outside of them.
const HOURS: (u32, u32) = (8, 20);
/// The weeks that the chart of weeks has at most.
const WEEKS: usize = 26;

/// What the report tells of.
pub struct Report<'r> {
    /// What the requests add up to.
    pub stats: &'r Stats,
    /// Which requests: the flags that narrowed them; empty for all.
    pub narrowed: String,
    /// The Monday of the week whose visits are shown.
    pub monday: NaiveDate,
    /// Its visits.
    pub visits: &'r Visits,
    /// The open requests, the most urgent first.
    pub open: &'r [Rc<Record>],
    /// Whether patients are named.
    pub with_names: bool,
}

/// The text of the page.
pub fn page(sight: &Sight<'_>, report: &Report<'_>) -> String {
    let lang = sight.lang;
    let title = lang.of("Заявки на приём", "Appointment requests");
    let now = sight.now.with_timezone(&sight.settings.timezone).fixed_offset();
    let made = show::instant_text(now, today(sight), lang);
    let page = html! {
        (DOCTYPE)
        html lang=(lang.of("ru", "en")) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p class="made" { (made) (narrowed(report)) }
                    @for line in stats::summary(report.stats, lang) { p { (line) } }
                }
                main {
                    (week(sight, report))
                    (open(sight, report))
                    div class="charts" {
                        @for by in By::ALL { (chart(sight, report.stats, by)) }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn today(sight: &Sight<'_>) -> NaiveDate {
    sight.now.with_timezone(&sight.settings.timezone).date_naive()
}

fn narrowed(report: &Report<'_>) -> Markup {
    html! { @if !report.narrowed.is_empty() { " · " (screen::safe_line(&report.narrowed)) } }
}

/// What requests are counted by: a row a group, its bar beside it; weeks stand side by side above.
fn chart(sight: &Sight<'_>, all: &Stats, by: By) -> Markup {
    let (kept, left) = stats::kept(by, all.groups(by));
    let most = kept.iter().map(|group| group.tally.requests()).max().unwrap_or(0);
    let lang = sight.lang;
    html! {
        section class="chart" {
            h2 { (stats::heading(by, lang)) }
            @if by == By::Week { (columns(all)) }
            table {
                thead {
                    tr {
                        th {}
                        th scope="col" { (lang.of("Заявок", "Requests")) }
                        th {}
                        th scope="col" { (lang.of("Медиана", "Median")) }
                    }
                }
                @for group in kept {
                    @let count = group.tally.requests();
                    tr {
                        th scope="row" { (stats::title(sight, by, group)) }
                        td class="count" { (count) }
                        td class="bar" { (bar(count, most)) }
                        td class="took" {
                            @if let Some(median) = group.tally.median() {
                                (stats::duration(median, lang))
                            }
                        }
                    }
                }
            }
            @if left > 0 { p class="more" { (tr!(lang, "и ещё: {left}", "and {left} more")) } }
        }
    }
}

fn bar(count: usize, most: usize) -> Markup {
    let length = if most == 0 { 0 } else { (count * 100).div_ceil(most) };
    html! {
        svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect class="ground" width="100" height="10" {}
            rect class="fill" width=(length) height="10" {}
        }
    }
}

/// The weeks as columns.
fn columns(all: &Stats) -> Markup {
    let groups = all.groups(By::Week);
    let groups = &groups[groups.len().saturating_sub(WEEKS)..];
    let most = groups.iter().map(|group| group.tally.requests()).max().unwrap_or(0);
    let high = |count: usize| if most == 0 { 0 } else { (count * 100).div_ceil(most) };
    html! {
        @if groups.len() > stats::FEW {
            svg class="weeks" width=(groups.len() * 24) viewBox={ "0 0 " (groups.len() * 10) " 100" }
                preserveAspectRatio="none" aria-hidden="true" {
                @for (at, group) in groups.iter().enumerate() {
                    @let high = high(group.tally.requests());
                    rect class="ground" x=(at * 10 + 1) y="99" width="8" height="1" {}
                    rect class="fill" x=(at * 10 + 1) y=(100 - high) width="8" height=(high) {}
                }
            }
        }
    }
}

/// The week's visits: a strip of hours and a list for each day that has some.
fn week(sight: &Sight<'_>, report: &Report<'_>) -> Markup {
    let lang = sight.lang;
    let days = show::dates_text(report.monday, report.monday + Days::new(6), today(sight), lang);
    let visits = &report.visits.standing;
    let mut by_day: BTreeMap<NaiveDate, Vec<&Visit>> = BTreeMap::new();
    for visit in visits {
        by_day.entry(visit.day()).or_default().push(visit);
    }
    for day in by_day.values_mut() {
        day.sort_by_key(|visit| (visit.at.time(), visit.record.id.clone()));
    }
    let hours = hours(visits);
    html! {
        section class="week" {
            h2 { (tr!(lang, "Приёмы: {days}", "Visits: {days}")) }
            @if visits.is_empty() {
                p class="none" { (lang.of("На этой неделе приёмов нет.", "No visits this week.")) }
            }
            @for (day, visits) in &by_day {
                h3 { (show::brief_day(*day, today(sight), lang)) }
                (strip(visits, hours))
                ol {
                    @for visit in visits { li { (line(sight, report, visit)) } }
                }
            }
            @if !report.visits.off.is_empty() {
                h3 { (lang.of("Отменить в клинике", "To be cancelled at the clinic")) }
                ol {
                    @for visit in &report.visits.off {
                        li {
                            (show::brief_day(visit.day(), today(sight), lang)) ", "
                            (line(sight, report, visit))
                        }
                    }
                }
            }
        }
    }
}

/// A cell whose last words stay together: «и ещё 1».
fn whole(cell: &str) -> String {
    const TOGETHER: usize = 3;
    let words: Vec<&str> = cell.split(' ').collect();
    let (first, last) = words.split_at(words.len().saturating_sub(TOGETHER));
    let first: String = first.iter().map(|word| format!("{word} ")).collect();
    if last.iter().any(|word| word.parse::<usize>().is_ok()) {
        return first + &last.join("\u{a0}");
    }
    cell.to_owned()
}

/// The hours that hold all visits.
fn hours(visits: &[Visit]) -> (u32, u32) {
    let (first, last) = HOURS;
    let hour = |visit: &Visit| visit.at.hour();
    let earliest = visits.iter().map(hour).min().unwrap_or(first);
    let latest = visits.iter().map(hour).max().unwrap_or(0) + 1;
    (first.min(earliest), last.max(latest))
}

/// A day from its first to its last hour, with a mark for each visit.
fn strip(visits: &[&Visit], (first, last): (u32, u32)) -> Markup {
    let wide = (last - first) * 60;
    let place = |at: Instant| (at.hour() - first) * 60 + at.minute();
    html! {
        div class="strip" {
            span { (first) ":00" }
            svg viewBox={ "0 0 " (wide) " 20" } preserveAspectRatio="none" aria-hidden="true" {
                rect class="ground" width=(wide) height="20" {}
                @for hour in first + 1..last {
                    rect class="hour" x=((hour - first) * 60) width="1" height="20" {}
                }
                @for visit in visits {
                    rect class=(if visit.untold { "visit untold" } else { "visit" })
                        x=(place(visit.at)) width="8" height="20" {}
                }
            }
            span { (last) ":00" }
        }
    }
}

fn line(sight: &Sight<'_>, report: &Report<'_>, visit: &Visit) -> Markup {
    let (lang, cell) = (sight.lang, |key| sight.cell(&visit.record, key));
    let mark = show::zone_mark(visit.at, sight.settings.timezone, lang);
    html! {
        b { (show::clock(visit.at)) }
        @if let Some(mark) = mark { " " (mark) }
        " " (cell("clinic_name")) " · " (cell("specialty_title"))
        @if report.with_names { " · " (cell("patient_name")) }
        " · " code { (cell("id")) }
        @if visit.untold {
            " " em { (lang.of("пациенту не сообщено", "patient not told")) }
        }
    }
}

/// The open requests, each a row; on a telephone, a card.
fn open(sight: &Sight<'_>, report: &Report<'_>) -> Markup {
    let lang = sight.lang;
    let mut keys = vec!["id", "next"];
    keys.extend(report.with_names.then_some("patient_name"));
    keys.extend(["specialty_title", "clinic_name", "patient_ranges", "operator"]);
    let kind = crate::model::kind::Kind::Request;
    let count = report.open.len();
    html! {
        section class="open" {
            h2 { (tr!(lang, "В очереди: {count}", "In the queue: {count}")) }
            @if count > 0 {
                table {
                    thead {
                        tr { @for key in &keys { th scope="col" { (sight.heading(kind, key)) } } }
                    }
                    tbody {
                        @for record in report.open {
                            tr {
                                @for key in &keys {
                                    td data-head=(sight.heading(kind, key)) {
                                        (whole(&sight.cell(record, key)))
                                    }
                                }
                            }
                        }
                    }
                }
            } @else {
                p class="none" { (lang.of("Очередь пуста.", "The queue is empty.")) }
            }
        }
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
