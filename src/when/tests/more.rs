//! More of what people type: order, years, weekdays, zones, midnight, English, slips.

use super::*;
use crate::when::{day, ranges};

const JUST_9_12: &[&str] = &[
    "СР 9-12",
    "  ср   9 -  12 ",
    "ср\u{a0}9\u{2011}12",
    "ср 9\u{2013}12.",
    "(ср) 9-12",
    "«ср 9-12»",
    "`ср 9-12`",
    "ср, 9-12",
    "ср: 9-12",
    "среда, 25 ноября, 9:00–12:00",
    "в среду, 25 ноября, с 9:00 до 12:00",
    "ср 25.11 9:00–12:00",
    "25.11 (ср) 9-12",
    "25.11, среда, 9-12",
    "послезавтра, в среду, 9-12",
    "25 ноября 2026 г. с 9 до 12",
    "25 ноября 2026 года 9-12",
    "25.11.2026 г. 9-12",
    "25-11-2026 9-12",
    "25/11/2026 9-12",
    "2026-11-25, 9-12",
    "9-12 25.11",
    "с 9 до 12 25 ноября",
    "ср с 9 по 12",
    "ср 9 до 12",
    "ср с 9:00-12:00",
    "ср 9ч-12ч",
    "ср с 9 часов до 12 часов",
    "ср 9 ч 00 мин - 12 ч 00 мин",
    "ср с 9 утра до полудня",
    "ср утром 9-12",
    "утром с 9 до 12 в среду",
    "ср 9-12 утром",
    "в эту среду 9-12",
    "на этой неделе в среду 9-12",
    "в среду на этой неделе с 9 до 12",
    "через 2 дня с 9 до 12",
    "wed 9am-12pm",
    "Wed 9 a.m. - 12 p.m.",
    "wednesday from 9 to 12",
    "on Wednesday from 9am to noon",
    "wed between 9 and 12",
    "25 november 9am-12pm",
    "November 25 9-12",
    "nov 25th, 2026 9-12",
    "the 25th 9-12",
    "Wednesday, 25 November, 9:00–12:00",
    "Wed 25 Nov 9:00–12:00",
    "this wednesday 9-12",
    "the day after tomorrow 9-12",
    "in 2 days 9-12",
    "cр 9-12",
    "cp 9-12",
    "d chtle c 9 lj 12",
    "2026-11-25T09:00:00+03:00/2026-11-25T12:00:00+03:00",
    "2026-11-25t06:00:00z/2026-11-25t09:00:00z",
    "ср 9-12 по мск",
    "среда 25 ноября 0900-1200",
    "ср 9-12, ср 9-12",
    "с 25.11.2026 09:00 до 25.11.2026 12:00",
];

#[test]
fn one_range_is_said_in_many_ways() {
    let rows: Vec<(&str, &str)> = JUST_9_12.iter().map(|typed| (*typed, "25.11 9-12")).collect();
    compare(&rows, |typed| ranges_in(typed, &monday()));
}

#[test]
fn days_and_hours_are_put_together() {
    let rows = [
        ("пт 9-12 и 14-16", "27.11 9-12, 27.11 14-16"),
        ("9-12, 14-16 ср", "25.11 9-12, 25.11 14-16"),
        ("9-12 ср, 14-16 пт", "25.11 9-12, 27.11 14-16"),
        ("9-12 ср, пт", "25.11 9-12, 27.11 9-12"),
        ("9-12 ср, чт 14-16", "25.11 9-12, 26.11 14-16"),
        ("ср 9-12; 14-16", "25.11 9-12, 25.11 14-16"),
        ("ср 9-12\nпт 14-16", "25.11 9-12, 27.11 14-16"),
        ("ср, чт, пт 9-10", "25.11 9-10, 26.11 9-10, 27.11 9-10"),
        ("вт-ср, пт 9-10", "24.11 9-10, 25.11 9-10, 27.11 9-10"),
        ("ср не раньше 9 и не позже 12", "25.11 9-12"),
        ("ср после 9 до 12", "25.11 9-12"),
        ("ср после 9, до 12", "25.11 9-12"),
        ("wed after 9 and before 12", "25.11 9-12"),
        ("ср от 9 до 12", "25.11 9-12"),
        ("ср до 12 и после 15", "25.11 8-12, 25.11 15-20"),
        ("ср после 15 или до 12", "25.11 15-20, 25.11 8-12"),
        ("ближайшая среда 9-12", "25.11 9-12"),
        ("ср до 10 или после 18", "25.11 8-10, 25.11 18-20"),
        ("ср и 27.11 9-12", "25.11 9-12, 27.11 9-12"),
        ("25 и 27 ноября 9-12", "25.11 9-12, 27.11 9-12"),
        ("25, 26, 27 ноября 9-10", "25.11 9-10, 26.11 9-10, 27.11 9-10"),
        ("25.11, 27.11 9-12", "25.11 9-12, 27.11 9-12"),
        ("завтра и ср 9-12", "24.11 9-12, 25.11 9-12"),
        ("fri 9..12", "27.11 9-12"),
        ("tomorrow after 15", "24.11 15-20"),
        ("tomorrow from 3pm", "24.11 15-20"),
        ("tomorrow before 12", "24.11 8-12"),
        ("tomorrow until noon", "24.11 8-12"),
        ("today after 3 pm", "23.11 15-20"),
        ("wed not before 15", "25.11 15-20"),
        ("wed no later than 12", "25.11 8-12"),
        ("next week mon 9-12", "30.11 9-12"),
        ("tue next week 9-12", "1.12 9-12"),
        ("вт-чт на следующей неделе 9-10", "1.12 9-10, 2.12 9-10, 3.12 9-10"),
        ("mon-wed 9-10", "30.11 9-10, 1.12 9-10, 2.12 9-10"),
        ("from tue to thu 9-10", "24.11 9-10, 25.11 9-10, 26.11 9-10"),
        ("tue through thu 9-10", "24.11 9-10, 25.11 9-10, 26.11 9-10"),
        ("weekdays 9-10", "24.11 9-10, 25.11 9-10, 26.11 9-10, 27.11 9-10, 30.11 9-10"),
        ("weekend 10-14", "28.11 10-14, 29.11 10-14"),
        ("in a week 9-12", "30.11 9-12"),
        ("wed 5-7pm", "25.11 17-19"),
        ("wed 11am-1pm", "25.11 11-13"),
        ("wed 11-1pm", "25.11 11-13"),
        ("wed 2pm-5", "25.11 14-17"),
        ("wed evening 6-8", "25.11 18-20"),
        ("ср вечером с 5 до 7", "25.11 17-19"),
        ("ср с 2 дня до 5", "25.11 14-17"),
        ("ср с 10 до 2 дня", "25.11 10-14"),
        ("ср 8-10 вечера", "25.11 20-22"),
        ("ср с 2 до 4 ночи", "25.11 2-4"),
        ("ср позже 15", "25.11 15-20"),
        ("ср не позже 12", "25.11 8-12"),
        ("ср не позднее 12:30", "25.11 8-12:30"),
        ("ср после полудня", "25.11 12-20"),
        ("с понедельника по среду 9-10", "30.11 9-10, 1.12 9-10, 2.12 9-10"),
        ("с 25-го по 27-е ноября 9-10", "25.11 9-10, 26.11 9-10, 27.11 9-10"),
        ("завтра-чт 9-10", "24.11 9-10, 25.11 9-10, 26.11 9-10"),
        (
            "на следующей неделе в будни 9-10",
            "30.11 9-10, 1.12 9-10, 2.12 9-10, 3.12 9-10, 4.12 9-10",
        ),
        ("пт 11.12 9-12", "11.12 9-12"),
        ("ср 9.10-12", "25.11 9:10-12"),
        ("ср 9.10-12.11", "25.11 9:10-12:11"),
        ("9.12 10-12", "9.12 10-12"),
        ("11.12 11.30-12", "11.12 11:30-12"),
    ];
    compare(&rows, |typed| ranges_in(typed, &monday()));
}

#[test]
fn days_come_before_months_and_years_roll_over() {
    let rows = [
        ("12.1 9-10", "12.1.2027 9-10"),
        ("1.12 9-10", "1.12 9-10"),
        ("31.12-2.01 9-10", "31.12 9-10, 1.1.2027 9-10, 2.1.2027 9-10"),
        ("31.12-2.01.2027 9-10", "31.12 9-10, 1.1.2027 9-10, 2.1.2027 9-10"),
        ("31 числа 9-10", "31.12 9-10"),
        ("22-го 9-10", "22.12 9-10"),
        ("23.11 15-16", "23.11 15-16"),
        ("19 сентября 9-10", "19.9.2027 9-10"),
        ("20 сентября 9-10", "!date-past"),
        ("20.09.2027 9-10", "20.9.2027 9-10"),
        ("23.11.2027 9-10", "23.11.2027 9-10"),
        ("24.11.2027 9-10", "!too-far"),
        ("29.02.2027 9-10", "no-such-date"),
        ("0.11 9-10", "no-such-date"),
        ("32 числа 9-10", "no-such-date"),
        ("27-25.11 9-10", "!range-order"),
        ("02.12-30.11 9-10", "!range-order"),
        ("1.12-28.02 9-10", "!too-many"),
        ("1.12.2026-28.02.2027 9-10", "!too-many"),
        // A long span ends after it starts.
        ("24.11-1.3 9-12", "!too-many"),
        ("10.12-15.2 9-12", "!too-many"),
        ("27.11-25.11 9-12", "!range-order"),
        ("среда, 26 ноября 9-12", "two-meanings"),
        ("завтра, ср 9-12", "two-meanings"),
        ("в этот понедельник 9-12", "two-meanings"),
        ("пн-пн 9-12", "not-understood"),
        ("через 60 недель 9-12", "!too-far"),
    ];
    compare(&rows, |typed| ranges_in(typed, &monday()));
    let newyear = frame_at("2027-01-02T07:00:00Z", chrono_tz::Europe::Moscow);
    let rows = [
        ("25.12 9-10", "!date-past"),
        ("25.12.2027 9-10", "25.12.2027 9-10"),
        ("вчера 9-10", "!date-past"),
        ("на выходных 9-10", "9.1.2027 9-10, 10.1.2027 9-10"),
        ("сб 9-10", "9.1.2027 9-10"),
        ("вс 9-10", "3.1.2027 9-10"),
    ];
    compare(&rows, |typed| ranges_in(typed, &newyear));
}

#[test]
fn a_day_that_is_named_at_both_ends_is_one_day() {
    for (line, plain) in [
        ("25.11 9 - 25.11 12", "25.11 9-12"),
        ("24.12 09:00 - 24.12 12:00", "24.12 9-12"),
        ("25 ноября 9 - 25.11 12", "25.11 9-12"),
        ("ср 9 - ср 12", "ср 9-12"),
        ("25.11-25.11 9-12", "25.11 9-12"),
    ] {
        assert_eq!(ranges_in(line, &monday()), ranges_in(plain, &monday()), "{line}");
    }
}

#[test]
fn what_is_unclear_is_refused() {
    let rows = [
        ("ср; чт 9-12", "day-alone"),
        ("ср до 12 и после 9", "two-meanings"),
        ("ср после 9 или до 12", "two-meanings"),
        ("ср после 18 и до 10", "!range-order"),
        ("25.11 9-12, 26.11 14-16, 27.11", "day-alone"),
        ("ср 9-12, чт", "day-alone"),
        ("9-12; ср 9-12", "hours-alone"),
        ("9-12 ср 14-16", "hours-alone"),
        ("9", "hours-alone"),
        ("9:30", "hours-alone"),
        ("после 15", "hours-alone"),
        ("весь день", "hours-alone"),
        ("11.12", "two-meanings"),
        ("ср 22 - пт 2", "two-meanings"),
        ("ср 2 - чт 4", "night"),
        ("ср после 3", "night"),
        ("ср до 5", "night"),
        ("ср 5-9", "night"),
        ("ср 3:30-5", "night"),
        ("ср 6-12", "night"),
        ("ср до 7", "!range-order"),
        ("ср после 20", "!range-order"),
        ("ср 9-12 utc", "two-meanings"),
        ("25 9-12", "not-understood"),
        ("23-27 9-12", "not-understood"),
        ("ср 9-12,14-16", "not-understood"),
        ("ср 930-12", "not-understood"),
        ("ср 9-12 ???", "not-understood"),
        ("ср с", "not-understood"),
        ("-", "not-understood"),
        (";;;", "not-understood"),
        ("ср 99999999999-12", "not-understood"),
        ("ср около 9", "vague"),
        ("tonight", "vague"),
        ("2026-11-25T11:29:60+03:00", "not-understood"),
        ("2026-11-25T11:29:60", "not-understood"),
        ("wed morning", "vague"),
        ("next wednesday 9-12", "two-meanings"),
        ("every wed 9-12", "not-understood"),
        ("wednesdays 9-12", "not-understood"),
        ("asap", "not-understood"),
        ("wed nine to twelve", "not-understood"),
        ("до 25.11 9-12", "not-understood"),
        ("ср с полуночи до 9", "two-meanings"),
        ("ср с 20 до полуночи", "25.11 20-24"),
        ("через час", "not-understood"),
        ("2026-11-25T09:00:00Z", "start-alone"),
        ("2026-11-25T09:00:00Z/2026-11-25T06:00:00Z", "!range-order"),
        ("2026-11-25T09:00:00Z/2026-11-25T09:00:00Z", "!range-empty"),
        ("2025-11-25T06:00:00Z/2025-11-25T09:00:00Z", "!range-past"),
        ("2036-11-25T06:00:00Z/2036-11-25T09:00:00Z", "!too-far"),
        ("с 25.11.2026 12:00 до 25.11.2026 09:00", "!range-order"),
    ];
    compare(&rows, |typed| ranges_in(typed, &monday()));
    assert_eq!(ranges_in(&"ср 9-12 ".repeat(70), &monday()), "not-understood");
    assert_eq!(ranges_in("25.11-31.12 9-10 11-12", &monday()), "!too-many");
}

#[test]
fn slips_are_offered_and_never_taken() {
    let rows = [
        ("зватра 9-12", "завтра 9-12"),
        ("в четверг на той неделе 9-12", "в четверг на следующей неделе 9-12"),
        ("сред 9-12 чтверг 9-12", "сред 9-12 четверг 9-12"),
        ("25 ноябрч 9-12", "25 ноябрь 9-12"),
        ("понидельник 9-12", "понедельник 9-12"),
        ("wendesday 9-12", "wednesday 9-12"),
        ("tommorow 9-12", "tomorrow 9-12"),
        ("завтар полсе 15", "завтра после 15"),
        ("послезватра весь дпнь", "послезавтра весь день"),
        ("абырвалг 9-12", "-"),
        ("ср к 9", "-"),
        ("ср бт 9-12", "-"),
        ("завтар", "-"),
        ("25 9-12", "25.11 9-12"),
        ("ср 9-12,14-16", "ср 9-12, 14-16"),
        ("ср 2-4, пт 9-12", "ср 14-16, пт 9-12"),
        ("с 2 до 4 в среду", "с 14 до 16 в среду"),
        ("wed 22-2", "wed 22 - thu 2"),
        ("ср 9 12", "-"),
        ("ср", "-"),
    ];
    compare(&rows, |typed| {
        let misread = ranges(typed, &monday()).err();
        misread.and_then(|misread| misread.guess().map(str::to_owned)).unwrap_or("-".to_owned())
    });
    let hint = ranges("ср 9 12", &monday()).unwrap_err().hint.unwrap();
    assert_eq!(hint.ru, "Если так: `ср 9-12`.");
}

#[test]
fn a_past_time_is_let_in_on_request() {
    let frame = Frame { anyway: true, ..monday() };
    let rows = [
        ("вчера 9-12", "22.11 9-12"),
        ("22.11.2026 9-12", "22.11 9-12"),
        ("22.11 9-12", "!date-past"),
        ("сегодня 8-9", "23.11 8-9"),
        ("25.11.2025 9-12", "25.11.2025 9-12"),
        ("ср 12-9", "!range-order"),
    ];
    compare(&rows, |typed| ranges_in(typed, &frame));
    assert_eq!(visit_in("сегодня 9:00", &monday(), &[]), "!appointment-past");
    assert_eq!(visit_in("сегодня 9:00", &frame, &[]), "23.11 9");
}

#[test]
fn a_zone_that_skips_or_repeats_an_hour() {
    let spring = frame_at("2026-03-27T12:00:00Z", chrono_tz::Europe::Berlin);
    let rows = [
        ("29.03 02:00-04:00", "!zone-gap"),
        ("29.03 02:30-04:00", "!zone-gap"),
        ("29.03 01:00-02:00", "!zone-gap"),
        ("29.03 01:00-03:00", "29.3 1-3"),
        ("29.03 03:00-04:00", "29.3 3-4"),
    ];
    compare(&rows, |typed| ranges_in(typed, &spring));
    let misread = ranges("29.03 02:30-04:00", &spring).unwrap_err();
    let told = "Такого времени нет: 29 марта в 2:00 часы переводят на 3:00 (Europe/Berlin).";
    assert_eq!(misread.message.ru, told);

    let autumn = frame_at("2026-10-23T12:00:00Z", chrono_tz::Europe::Berlin);
    let range = ranges("25.10 02:00-02:30", &autumn).unwrap().ranges[0];
    assert_eq!(range.start.to_rfc3339(), "2026-10-25T02:00:00+02:00");
    assert_eq!(range.end.to_rfc3339(), "2026-10-25T02:30:00+01:00");
    let misread = crate::when::appointment("25.10 02:30", &autumn, &[]).unwrap_err();
    assert_eq!((misread.code, misread.refused), ("two-meanings", false));
    assert!(misread.hint.unwrap().ru.contains("`2026-10-25T02:30:00+01:00`"));
    assert_eq!(visit_in("2026-10-25T02:30:00+01:00", &autumn, &[]), "25.10 2:30");

    let new_york = frame_at("2027-03-12T12:00:00Z", chrono_tz::America::New_York);
    let rows = [("14.03 02:30-04:00", "!zone-gap"), ("14.03 9-12", "14.3.2027 9-12")];
    compare(&rows, |typed| ranges_in(typed, &new_york));
    let range = ranges("14.03 00:00-24:00", &new_york).unwrap().ranges[0];
    assert_eq!((range.end - range.start).num_hours(), 23);

    // Midnight itself is skipped: a day that ends there still ends.
    let beirut = frame_at("2026-03-27T12:00:00Z", chrono_tz::Asia::Beirut);
    let range = ranges("28.03 22-24", &beirut).unwrap().ranges[0];
    assert_eq!((range.end - range.start).num_hours(), 2);
    assert_eq!(ranges_in("29.03 00:00-02:00", &beirut), "!zone-gap");
}

#[test]
fn offsets_are_those_of_the_zone() {
    let berlin = frame_at("2026-10-23T12:00:00Z", chrono_tz::Europe::Berlin);
    let range = ranges("2026-10-25T00:00:00Z/2026-10-25T12:00:00Z", &berlin).unwrap().ranges[0];
    assert_eq!(range.start.to_rfc3339(), "2026-10-25T02:00:00+02:00");
    assert_eq!(range.end.to_rfc3339(), "2026-10-25T13:00:00+01:00");
    // What day it is depends on the zone.
    let late = frame_at("2026-11-23T22:00:00Z", chrono_tz::Europe::Moscow);
    assert_eq!(ranges_in("сегодня 9-12", &late), "24.11 9-12");
    assert_eq!(ranges_in("вт 9-12", &late), "1.12 9-12");
}

#[test]
fn the_clinics_own_day_counts() {
    let frame = Frame { hours: Hours::parse("00:00-24:00").unwrap(), ..monday() };
    let rows =
        [("ср весь день", "25.11 0-24"), ("ср после 20", "25.11 20-24"), ("ср до 8", "25.11 0-8")];
    compare(&rows, |typed| ranges_in(typed, &frame));
}

#[test]
fn more_appointments() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let wednesday = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
    let rows = [
        ("в среду в 11:30", "25.11 11:30"),
        ("среда, 25 ноября, 11:30", "25.11 11:30"),
        ("Wednesday, 25 November, 11:30", "25.11 11:30"),
        ("ср 25.11 11:30", "25.11 11:30"),
        ("11:30 в среду", "25.11 11:30"),
        ("ср 11.12", "25.11 11:12"),
        ("11.12 9.30", "11.12 9:30"),
        ("25 ноября 1130", "25.11 11:30"),
        ("ср 9 05", "25.11 9:05"),
        ("ср 9 12", "two-meanings"),
        ("ср 11-00", "25.11 11"),
        ("ср 03:00", "25.11 3"),
        ("в 11", "25.11 11"),
        ("послезавтра к 10", "25.11 10"),
        ("ср к 9.30", "25.11 9:30"),
        ("к 9 утра в среду", "25.11 9"),
        ("к среде", "not-understood"),
        ("3pm", "25.11 15"),
        ("9.30", "25.11 9:30"),
        ("wed at 11:30", "25.11 11:30"),
        ("wed 3pm", "25.11 15"),
        ("завтра утром в 9", "24.11 9"),
        ("tomorrow noon", "24.11 12"),
        ("ср в полночь", "not-understood"),
        ("через полчаса", "23.11 10:30"),
        ("через 2 часа", "23.11 12"),
        ("in an hour", "23.11 11"),
        ("2026-11-25T08:30:00Z", "25.11 11:30"),
        ("2026-11-25T08:30:00Z/2026-11-25T09:30:00Z", "two-meanings"),
        ("ch 11.30", "25.11 11:30"),
        ("ср", "day-alone"),
        ("25.11", "day-alone"),
        ("ср 11:30, чт 11:30", "not-understood"),
        ("ср 11:30 12:30", "two-meanings"),
        ("ср-чт 11:30", "not-understood"),
        ("ср с 9 до 12", "two-meanings"),
        ("ср после 15", "two-meanings"),
        ("ср 25:00", "not-understood"),
        ("вчера 9:00", "!date-past"),
        ("сегодня 9:00", "!appointment-past"),
        ("срд 11:30", "not-understood"),
        ("завтра", "day-alone"),
        ("", "not-understood"),
        ("3", "night"),
        ("пн 11:30", "30.11 11:30"),
    ];
    compare(&rows, |typed| visit_in(typed, &monday(), &[wednesday]));
    assert_eq!(visit_in("пн 11:30", &monday(), &[today]), "two-meanings");
    assert_eq!(visit_in("11:30", &monday(), &[wednesday, wednesday]), "25.11 11:30");
}

#[test]
fn days_alone_are_read_for_filters() {
    let rows = [
        ("вчера", "2026-11-22"),
        ("сегодня", "2026-11-23"),
        ("2025-01-05", "2025-01-05"),
        ("05.01.2025", "2025-01-05"),
        ("2062-11-25", "2062-11-25"),
        ("25.11", "2026-11-25"),
        ("9.12", "2026-12-09"),
        ("ср", "2026-11-25"),
        ("пн", "2026-11-30"),
        ("в среду", "2026-11-25"),
        ("на завтра", "2026-11-24"),
        ("tomorrow", "2026-11-24"),
        ("pfdnhf", "2026-11-24"),
        ("22.11", "2026-11-22"),
        ("1.03", "2027-03-01"),
        ("1.06", "2026-06-01"),
        ("29.02", "2028-02-29"),
        ("ср 9-12", "not-understood"),
        ("ср-пт", "not-understood"),
        ("31.11", "no-such-date"),
        ("завтар", "not-understood"),
        ("", "not-understood"),
    ];
    compare(&rows, |typed| told(day(typed, &monday()).map(|day| day.to_string())));
}

/// A guess that is itself unclear must not start a search of its own.
#[test]
fn hours_alone_end_soon() {
    for line in ["9-12 вт 14-16", "9-12; ср 14-16", "9-12 14-16 ср 9-12", "9 9 9 9"] {
        assert!(ranges(line, &monday()).is_err(), "{line}");
    }
}

#[test]
fn the_longest_lines_are_no_trouble() {
    for piece in
        ["9 ", "ср ", "9, ", "9,9", "- ", "qw ", "вечером ", "ср 9-12, ", "с ", "25.11 ", "9-"]
    {
        let line = piece.repeat(500 / piece.chars().count());
        let _ = (ranges(&line, &monday()), day(&line, &monday()));
        let _ = crate::when::appointment(&line, &monday(), &[]);
    }
    let misread = ranges(&"ср 9-12, ".repeat(60), &monday()).unwrap_err();
    assert_eq!(misread.message.ru, "Слишком длинная строка: больше 500 знаков.");
}

#[test]
fn a_time_alone_takes_the_only_day_on_which_it_lies_within_the_times_in_play() {
    let frame = monday();
    let in_play = ranges("чт 15-17, пт 9-12", &frame).unwrap().ranges;
    let said = |typed| match crate::when::appointment(typed, &frame, &in_play) {
        Ok((at, _)) => at.format("%-d.%-m %H:%M").to_string(),
        Err(misread) => misread.code.to_owned(),
    };
    assert_eq!(said("11:30"), "27.11 11:30");
    assert_eq!(said("15:00"), "26.11 15:00");
    assert_eq!(said("13:00"), said("12:00"), "on neither day");
    assert_ne!(said("13:00"), "26.11 13:00");
}

#[test]
fn the_seconds_of_an_instant_may_be_left_out() {
    let frame = monday();
    let whole = "2026-11-25T09:00:00+03:00/2026-11-25T12:00:00+03:00";
    for brief in
        ["2026-11-25T09:00+03:00/2026-11-25T12:00+03:00", "2026-11-25T06:00Z/2026-11-25T09:00Z"]
    {
        let read = |line| ranges(line, &frame).unwrap().ranges;
        assert_eq!(read(brief), read(whole), "{brief}");
    }
}

/// Monday, 23 November.
#[test]
fn who_looks_back_means_the_last_such_day() {
    let frame = monday();
    let past = |typed| crate::when::past_day(typed, &frame).unwrap().to_string();
    for (typed, meant) in [
        ("пт", "2026-11-20"),
        ("в пятницу", "2026-11-20"),
        ("вторник", "2026-11-17"),
        ("пн", "2026-11-23"),
        ("сегодня", "2026-11-23"),
        ("завтра", "2026-11-24"),
        ("22.11", "2026-11-22"),
        ("23.11", "2026-11-23"),
        ("1.12", "2025-12-01"),
        ("25 ноября", "2025-11-25"),
        ("1.12.2026", "2026-12-01"),
    ] {
        assert_eq!(past(typed), meant, "{typed}");
    }
}
