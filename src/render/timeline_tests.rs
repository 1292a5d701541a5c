//! The drawings of the operator's screens, and what holds for any ranges.

use chrono::{DateTime, Duration, FixedOffset};
use proptest::prelude::*;

use super::*;

const PLAIN: Canvas = Canvas { width: 80, ascii: false, color: false };

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

fn at(text: &str) -> Instant {
    let text = if text.len() == 16 { format!("{text}:00+03:00") } else { text.to_owned() };
    DateTime::parse_from_rfc3339(&text).unwrap()
}

fn range(start: &str, end: &str) -> Range {
    Range { start: at(start), end: at(end) }
}

/// A range of one day of November 2026.
fn november(day: u32, start: &str, end: &str) -> Range {
    let at = |clock: &str| at(&format!("2026-11-{day:02}T{clock}"));
    Range { start: at(start), end: at(end) }
}

/// The drawing with its legend, each line begun by a bar so that nothing is trimmed.
fn shown(
    patient: &[Range],
    clinic: &[Range],
    visit: Option<&str>,
    lang: Lang,
    canvas: &Canvas,
) -> String {
    let drawing = draw(patient, clinic, visit.map(at), today(), lang, canvas);
    let text = format!("{drawing}{}", legend(&drawing, lang, canvas));
    text.lines().map(|line| format!("|{line}\n")).collect()
}

fn thursday_and_friday() -> (Vec<Range>, Vec<Range>) {
    let patient = vec![november(26, "09:00", "11:00")];
    let clinic = vec![november(26, "15:00", "17:00"), november(27, "09:00", "12:00")];
    (patient, clinic)
}

#[test]
fn a_patients_range_and_the_visit_in_it() {
    let patient = [november(25, "09:00", "12:00")];
    insta::assert_snapshot!(shown(&patient, &[], None, Lang::Ru, &PLAIN), @r"
    |                          8   9   10  11  12  13
    |  ср, 25 ноября пациенту  ····░░░░░░░░░░░░····
    |  Удобно:  ░ пациенту
    ");
    let visit = Some("2026-11-25T11:30");
    insta::assert_snapshot!(shown(&patient, &[], visit, Lang::Ru, &PLAIN), @r"
    |                          8   9   10  11  12  13
    |  ср, 25 ноября пациенту  ····░░░░░░░░░░░░····
    |                приём                   ▲ 11:30
    |  Удобно:  ░ пациенту  ▲ приём
    ");
    insta::assert_snapshot!(shown(&patient, &[], visit, Lang::En, &PLAIN), @r"
    |                            8   9   10  11  12  13
    |  Wed, 25 November patient  ····░░░░░░░░░░░░····
    |                   visit                  ▲ 11:30
    |  Suits:  ░ patient  ▲ visit
    ");
}

#[test]
fn times_that_do_not_meet() {
    let (patient, clinic) = thursday_and_friday();
    insta::assert_snapshot!(shown(&patient, &clinic, None, Lang::Ru, &PLAIN), @r"
    |                          8   9   10  11  12  13  14  15  16  17  18
    |  чт, 26 ноября пациенту  ····░░░░░░░░····························
    |                клинике   ····························▒▒▒▒▒▒▒▒····
    |                обоим     ········································
    |  пт, 27 ноября клинике   ····▒▒▒▒▒▒▒▒▒▒▒▒························
    |  Удобно:  ░ пациенту  ▒ клинике
    ");
    insta::assert_snapshot!(shown(&patient, &clinic, None, Lang::En, &PLAIN), @r"
    |                            8   9   10  11  12  13  14  15  16  17  18
    |  Thu, 26 November patient  ····░░░░░░░░····························
    |                   clinic   ····························▒▒▒▒▒▒▒▒····
    |                   both     ········································
    |  Fri, 27 November clinic   ····▒▒▒▒▒▒▒▒▒▒▒▒························
    |  Suits:  ░ patient  ▒ clinic
    ");
}

#[test]
fn times_that_meet() {
    let patient = [november(27, "10:00", "12:00")];
    let clinic = [november(27, "09:00", "12:00")];
    insta::assert_snapshot!(shown(&patient, &clinic, None, Lang::Ru, &PLAIN), @r"
    |                          8   9   10  11  12  13
    |  пт, 27 ноября пациенту  ········░░░░░░░░····
    |                клинике   ····▒▒▒▒▒▒▒▒▒▒▒▒····
    |                обоим     ········████████····
    |  Удобно:  ░ пациенту  ▒ клинике  █ обоим
    ");
    let visit = Some("2026-11-27T10:30");
    insta::assert_snapshot!(shown(&patient, &clinic, visit, Lang::En, &PLAIN), @r"
    |                            8   9   10  11  12  13
    |  Fri, 27 November patient  ········░░░░░░░░····
    |                   clinic   ····▒▒▒▒▒▒▒▒▒▒▒▒····
    |                   both     ········████████····
    |                   visit              ▲ 10:30
    |  Suits:  ░ patient  ▒ clinic  █ both  ▲ visit
    ");
}

#[test]
fn ascii_signs() {
    let patient = [november(27, "10:00", "12:00")];
    let clinic = [november(27, "09:00", "11:00")];
    let canvas = Canvas { ascii: true, ..PLAIN };
    let text = shown(&patient, &clinic, Some("2026-11-27T10:30"), Lang::En, &canvas);
    insta::assert_snapshot!(text, @r"
    |                            8   9   10  11  12  13
    |  Fri, 27 November patient  ........--------....
    |                   clinic   ....========........
    |                   both     ........####........
    |                   visit              ^ 10:30
    |  Suits:  - patient  = clinic  # both  ^ visit
    ");
    assert!(text.is_ascii());
    insta::assert_snapshot!(
        shown(&patient, &clinic, Some("2026-11-27T10:30"), Lang::Ru, &canvas), @r"
        |                          8   9   10  11  12  13
        |  пт, 27 ноября пациенту  ........--------....
        |                клинике   ....========........
        |                обоим     ........####........
        |                приём               ^ 10:30
        |  Удобно:  - пациенту  = клинике  # обоим  ^ приём
        "
    );
}

#[test]
fn colours_are_on_the_signs_alone() {
    let patient = [november(27, "10:00", "12:00")];
    let clinic = [november(27, "09:00", "11:00")];
    let canvas = Canvas { color: true, ..PLAIN };
    let visit = Some("2026-11-27T10:30");
    let text = shown(&patient, &clinic, visit, Lang::Ru, &canvas);
    insta::assert_snapshot!(text.replace('\u{1b}', "ESC"), @r"
    |                          8   9   10  11  12  13
    |  пт, 27 ноября пациенту  ········ESC[36m░░░░░░░░ESC[0m····
    |                клинике   ····ESC[33m▒▒▒▒▒▒▒▒ESC[0m········
    |                обоим     ········ESC[32m████ESC[0m········
    |                приём               ESC[1m▲ 10:30ESC[0m
    |  Удобно:  ESC[36m░ESC[0m пациенту  ESC[33m▒ESC[0m клинике  ESC[32m█ESC[0m обоим  ESC[1m▲ESC[0m приём
    ");
    assert_eq!(without_colour(&text), shown(&patient, &clinic, visit, Lang::Ru, &PLAIN));
}

#[test]
fn a_long_day_has_fewer_characters_an_hour() {
    let patient = [november(25, "08:00", "20:00")];
    let clinic = [november(25, "18:30", "22:00")];
    insta::assert_snapshot!(shown(&patient, &clinic, None, Lang::Ru, &PLAIN), @r"
    |                            8   10  12  14  16  18  20  22
    |  ср, 25 ноября пациенту  ··░░░░░░░░░░░░░░░░░░░░░░░░······
    |                клинике   ·······················▒▒▒▒▒▒▒··
    |                обоим     ·······················███······
    |  Удобно:  ░ пациенту  ▒ клинике  █ обоим
    ");
    let narrow = Canvas { width: 60, ..PLAIN };
    insta::assert_snapshot!(shown(&patient, &clinic, None, Lang::Ru, &narrow), @r"
    |                            8   10  12  14  16  18  20  22
    |  ср, 25 ноября пациенту  ··░░░░░░░░░░░░░░░░░░░░░░░░······
    |                клинике   ·······················▒▒▒▒▒▒▒··
    |                обоим     ·······················███······
    |  Удобно:  ░ пациенту  ▒ клинике  █ обоим
    ");
    let whole = [november(25, "00:15", "23:10")];
    let visit = Some("2026-11-25T21:40");
    insta::assert_snapshot!(shown(&whole, &[], visit, Lang::Ru, &narrow), @r"
    |                          0  3  6  9  12 15 18 21 24
    |  ср, 25 ноября пациенту  ░░░░░░░░░░░░░░░░░░░░░░░·
    |                приём                          ▲ 21:40
    |  Удобно:  ░ пациенту  ▲ приём
    ");
    assert_eq!(
        shown(&whole, &[], visit, Lang::Ru, &Canvas { width: 0, ..PLAIN }),
        shown(&whole, &[], visit, Lang::Ru, &narrow),
        "sixty columns are taken for granted"
    );
    assert_eq!(
        shown(&whole, &[], visit, Lang::Ru, &Canvas { width: 200, ..PLAIN }),
        shown(&whole, &[], visit, Lang::Ru, &PLAIN),
        "eighty columns are enough"
    );
}

#[test]
fn a_night_is_two_days() {
    let patient = [range("2026-12-31T22:00", "2027-01-01T02:00")];
    insta::assert_snapshot!(shown(&patient, &[], None, Lang::Ru, &PLAIN), @r"
    |                                 0  3  6  9  12 15 18 21 24
    |  чт, 31 декабря       пациенту  ······················░░
    |  пт, 1 января 2027 г. пациенту  ░░······················
    |  Удобно:  ░ пациенту
    ");
    let midnight = [november(25, "20:00", "23:00"), range("2026-11-25T23:00", "2026-11-26T00:00")];
    insta::assert_snapshot!(shown(&midnight, &[], None, Lang::Ru, &PLAIN), @r"
    |                          19  20  21  22  23  24
    |  ср, 25 ноября пациенту  ····░░░░░░░░░░░░░░░░
    |  Удобно:  ░ пациенту
    ");
}

#[test]
fn no_range_is_invisible() {
    let patient = [november(25, "09:05", "09:08"), november(25, "11:13", "11:18")];
    let clinic = [range("2026-11-25T09:06:59.5+03:00", "2026-11-25T09:06:59.6+03:00")];
    insta::assert_snapshot!(shown(&patient, &clinic, None, Lang::En, &PLAIN), @r"
    |                            8   9   10  11  12  13
    |  Wed, 25 November patient  ····░········░······
    |                   clinic   ····▒···············
    |                   both     ····█···············
    |  Suits:  ░ patient  ▒ clinic  █ both
    ");
}

#[test]
fn a_visit_may_stand_outside_every_range() {
    let patient = [november(25, "09:00", "10:00")];
    let visit = Some("2026-11-26T23:45");
    insta::assert_snapshot!(shown(&patient, &[], visit, Lang::Ru, &PLAIN), @r"
    |                          8   10  12  14  16  18  20  22  24
    |  ср, 25 ноября пациенту  ··░░····························
    |  чт, 26 ноября приём                                    ▲ 23:45
    |  Удобно:  ░ пациенту  ▲ приём
    ");
    let narrow = Canvas { width: 60, ..PLAIN };
    let whole = [range("2027-09-23T00:00", "2027-09-24T00:00")];
    let late = Some("2027-09-23T23:45");
    insta::assert_snapshot!(shown(&whole, &[], late, Lang::Ru, &narrow), @r"
    |                                    0  3  6  9  12 15 18 21
    |  чт, 23 сентября 2027 г. пациенту  ░░░░░░░░░░░░░░░░░░░░░░░░
    |                          приём                      23:45 ▲
    |  Удобно:  ░ пациенту  ▲ приём
    ");
    insta::assert_snapshot!(shown(&[], &[], visit, Lang::Ru, &PLAIN), @r"
    |                          22  23  24
    |  чт, 26 ноября приём            ▲ 23:45
    |  Удобно:  ▲ приём
    ");
}

#[test]
fn many_days_are_not_all_drawn() {
    let days = |count: i64| -> Vec<Range> {
        let first = november(24, "09:00", "10:00");
        let day = |n| Duration::days(n);
        (0..count).map(|n| Range { start: first.start + day(n), end: first.end + day(n) }).collect()
    };
    let end = |count, visit, lang, canvas: &Canvas| {
        let text = shown(&days(count), &[], visit, lang, canvas);
        text.lines().skip(14).map(|line| format!("{line}\n")).collect::<String>()
    };
    insta::assert_snapshot!(end(14, None, Lang::Ru, &PLAIN), @r"
    |  пн, 7 декабря пациенту  ····░░░░····
    |  Удобно:  ░ пациенту
    ");
    insta::assert_snapshot!(end(15, None, Lang::Ru, &PLAIN), @r"
    |  пн, 7 декабря пациенту  ····░░░░····
    |  … ещё 1 день
    |  Удобно:  ░ пациенту
    ");
    insta::assert_snapshot!(end(17, Some("2026-12-10T09:30"), Lang::Ru, &PLAIN), @r"
    |  чт, 10 декабря пациенту  ····░░░░····
    |                 приём           ▲ 9:30
    |  … ещё 3 дня
    |  Удобно:  ░ пациенту  ▲ приём
    ");
    let canvas = Canvas { ascii: true, ..PLAIN };
    insta::assert_snapshot!(end(17, None, Lang::En, &canvas), @r"
    |  Mon, 7 December  patient  ....----....
    |  ... 3 more days
    |  Suits:  - patient
    ");
    let for_ever = [range("0001-01-01T00:00", "9999-12-31T00:00")];
    let text = shown(&for_ever, &[], None, Lang::En, &PLAIN);
    assert!(text.contains("… 3652044 more days"), "{text}");
}

#[test]
fn nothing_to_draw() {
    let reversed = [november(25, "12:00", "09:00")];
    assert_eq!(draw(&[], &[], None, today(), Lang::Ru, &PLAIN), "");
    assert_eq!(draw(&reversed, &[], None, today(), Lang::Ru, &PLAIN), "");
    assert_eq!(legend("", Lang::Ru, &PLAIN), "");
}

/// Berlin, 2026: the clock is put back from 3:00 to 2:00 on 25 October, on from 2:00 to 3:00 on 29
/// March.
#[test]
fn the_clock_is_changed() {
    let autumn = [range("2026-10-25T01:00:00+02:00", "2026-10-25T04:00:00+01:00")];
    insta::assert_snapshot!(shown(&autumn, &[], None, Lang::En, &PLAIN), @r"
    |                           0   1   2   3   4   5
    |  Sun, 25 October patient  ····░░░░░░░░░░░░····
    |  Suits:  ░ patient
    ");
    let back = [range("2026-10-25T02:30:00+02:00", "2026-10-25T02:15:00+01:00")];
    insta::assert_snapshot!(shown(&back, &[], None, Lang::En, &PLAIN), @r"
    |                           1   2   3   4   5
    |  Sun, 25 October patient  ······░░░·······
    |  Suits:  ░ patient
    ");
    let spring = [range("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00")];
    insta::assert_snapshot!(shown(&spring, &[], None, Lang::En, &PLAIN), @r"
    |                         0   1   2   3   4   5
    |  Sun, 29 March patient  ······░░░░░░░░······
    |  Suits:  ░ patient
    ");
}

/// The text without its escape sequences.
fn without_colour(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = |part: &str| part.split_once('m').map(|(_, rest)| rest.to_owned());
    first + &parts.filter_map(rest).collect::<String>()
}

/// So many minutes after a midnight in Moscow, some days before a year's end.
fn minute(minutes: i64) -> Instant {
    let zone = FixedOffset::east_opt(3 * 3600).unwrap();
    let midnight = NaiveDate::from_ymd_opt(2026, 12, 28).unwrap().and_time(NaiveTime::MIN);
    (midnight + Duration::minutes(minutes)).and_local_timezone(zone).unwrap()
}

fn whole_minutes() -> impl Strategy<Value = Vec<Range>> {
    let one = (0..6 * 1440_i64, 1..1000_i64)
        .prop_map(|(start, length)| Range { start: minute(start), end: minute(start + length) });
    prop::collection::vec(one, 0..5)
}

/// Instants of 30 years, to the millisecond, in any offset, in any order.
fn any_ranges() -> impl Strategy<Value = Vec<Range>> {
    let instant = (0..1_000_000_000_000_i64, -12..=12_i32).prop_map(|(ms, hours)| {
        let zone = FixedOffset::east_opt(hours * 3600 + 900).unwrap();
        DateTime::from_timestamp_millis(1_500_000_000_000 + ms).unwrap().with_timezone(&zone)
    });
    let length = prop_oneof![
        4 => -100_000_000..100_000_000_i64,
        2 => 1..60_000_i64,
        1 => 0..10_000_000_000_i64,
    ];
    let one = (instant, length, -3600..3600_i32).prop_map(|(start, length, turn)| {
        let zone = FixedOffset::east_opt(start.offset().local_minus_utc() + turn).unwrap();
        Range { start, end: (start + Duration::milliseconds(length)).with_timezone(&zone) }
    });
    prop::collection::vec(one, 0..8)
}

fn canvases() -> impl Strategy<Value = Canvas> {
    (0..120_usize, any::<bool>(), any::<bool>()).prop_map(|(width, ascii, color)| Canvas {
        width,
        ascii,
        color,
    })
}

/// What a drawing says: for each row its day's label, its name and its cells.
fn rows(drawing: &str) -> Vec<(String, String, Vec<char>)> {
    let mut label = String::new();
    let mut rows = Vec::new();
    for line in drawing.lines().skip(1).filter(|line| !line.starts_with("  …")) {
        let (head, cells) = line.rsplit_once("  ").unwrap();
        let head = head.trim();
        let (day, name) = head.rsplit_once(' ').unwrap_or(("", head));
        if !day.is_empty() {
            label = day.trim().to_owned();
        }
        rows.push((label.clone(), name.to_owned(), cells.chars().collect()));
    }
    rows
}

/// How many cells of a row must be marked: minute by minute.
fn oracle(ranges: &[Range], date: NaiveDate, first: usize, cells: usize, per_hour: usize) -> usize {
    let cell = 60 / per_hour;
    let midnight = (date - minute(0).date_naive()).num_minutes();
    let joined = range::union(ranges);
    let is_in = |m: usize| joined.iter().any(|r| r.contains(minute(midnight + m as i64)));
    let covered: Vec<bool> = (0..1440).map(is_in).collect();
    let count = |at: usize| {
        let start = first * 60 + at * cell;
        covered[start..start + cell].iter().filter(|covered| **covered).count()
    };
    let half: Vec<bool> = (0..cells).map(|at| 2 * count(at) >= cell).collect();
    // A run of minutes that covers half of no cell has a cell of its own.
    let mut marked = half.clone();
    let mut m = 0;
    while m < 1440 {
        let run = (m..1440).take_while(|m| covered[*m]).count();
        if run > 0 {
            let cells_of_run = (m - first * 60) / cell..(m + run - 1 - first * 60) / cell + 1;
            if !cells_of_run.clone().any(|at| marked[at]) {
                let inside = |at: &usize| {
                    let start = first * 60 + at * cell;
                    (start..start + cell).filter(|minute| (m..m + run).contains(minute)).count()
                };
                let most = cells_of_run.clone().map(|at| inside(&at)).max().unwrap();
                let at = cells_of_run.clone().find(|at| inside(at) == most).unwrap();
                marked[at] = true;
            }
        }
        m += run.max(1);
    }
    marked.iter().filter(|marked| **marked).count()
}

proptest! {
    #[test]
    fn every_line_fits_the_canvas(
        patient in any_ranges(),
        clinic in any_ranges(),
        visit in any_ranges(),
        canvas in canvases(),
    ) {
        let visit = visit.first().map(|range| range.end);
        for lang in Lang::ALL {
            let drawing = draw(&patient, &clinic, visit, today(), lang, &canvas);
            let text = without_colour(&format!("{drawing}{}", legend(&drawing, lang, &canvas)));
            for line in text.lines() {
                prop_assert!(line.chars().count() <= canvas.width.clamp(60, 80), "{text}");
                prop_assert_eq!(line, line.trim_end());
            }
            prop_assert_eq!(text.is_empty(), text.lines().count() < 2);
            prop_assert!(!canvas.ascii || lang == Lang::Ru || text.is_ascii());
            // The labels of the scale are numbers from 0 to 24 in order: none touches another.
            let scale = text.lines().next().unwrap_or_default();
            let hours: Vec<u32> =
                scale.split_whitespace().map(|hour| hour.parse().unwrap()).collect();
            prop_assert!(hours.windows(2).all(|pair| pair[0] < pair[1]), "{text}");
            prop_assert!(hours.iter().all(|hour| *hour <= 24), "{text}");
            // However many days there are, the visit is drawn.
            let visits = text.lines().filter(|line| line.contains(Row::Visit.name(lang)));
            prop_assert_eq!(visits.count(), 2 * usize::from(visit.is_some()), "{}", text);
        }
    }

    #[test]
    fn as_many_cells_are_marked_as_minutes_say(
        patient in whole_minutes(),
        clinic in whole_minutes(),
        width in 60..90_usize,
    ) {
        let canvas = Canvas { width, ..PLAIN };
        let drawing = draw(&patient, &clinic, None, today(), Lang::En, &canvas);
        prop_assume!(!drawing.is_empty());
        let scale = drawing.lines().next().unwrap();
        let rows = rows(&drawing);
        let cells = rows[0].2.len();
        // Where the first label stands tells which hour the first cell is.
        let (first_hour, per_hour) = axis_of(scale, &drawing, cells);
        let common = range::common(&patient, &clinic);
        for (label, name, drawn) in &rows {
            prop_assert_eq!(drawn.len(), cells);
            let date = (0..9)
                .map(|n| minute(n * 1440).date_naive())
                .find(|date| show::brief_day(*date, today(), Lang::En) == *label)
                .unwrap();
            let (ranges, sign) = match name.as_str() {
                "patient" => (&patient, '░'),
                "clinic" => (&clinic, '▒'),
                _ => (&common, '█'),
            };
            let wanted = oracle(ranges, date, first_hour, cells, per_hour);
            let marked = drawn.iter().filter(|cell| **cell == sign).count();
            prop_assert_eq!(marked, wanted, "{} {}\n{}", label, name, &drawing);
            let empty = drawn.iter().filter(|cell| **cell == '·').count();
            prop_assert_eq!(marked + empty, cells);
        }
        // Every day and side that has minutes has a row.
        let count = |name: &str| rows.iter().filter(|row| row.1 == name).count();
        let days = |ranges: &[Range]| {
            (0..9)
                .filter(|n| {
                    let day = Range { start: minute(n * 1440), end: minute((n + 1) * 1440) };
                    !range::common(ranges, &[day]).is_empty()
                })
                .count()
        };
        prop_assert_eq!(count("patient"), days(&patient));
        prop_assert_eq!(count("clinic"), days(&clinic));
    }
}

/// The hour of the first cell and the cells an hour, as the scale tells them.
fn axis_of(scale: &str, drawing: &str, cells: usize) -> (usize, usize) {
    let row = drawing.lines().nth(1).unwrap();
    let before = row.chars().count() - cells;
    let label = |text: &str| -> (usize, usize) {
        let at = scale.len() - text.trim_start().len();
        (at - before, text.split_whitespace().next().unwrap().parse().unwrap())
    };
    let (at, hour) = label(scale);
    let rest = scale.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
    let (next_at, next_hour) = label(rest);
    let per_hour = (next_at - at) / (next_hour - hour);
    (hour - at / per_hour, per_hour)
}
