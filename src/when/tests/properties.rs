//! What holds for any line and any range: reading never panics, and what is written is read back.

use chrono::{Duration, Timelike};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::i18n::Lang;
use crate::when::{
    appointment, day, instant_text, range_text, ranges, ranges_text, short_instant, short_range,
    spoken_on, typed, words,
};

const ZONES: [Tz; 4] = [
    chrono_tz::Europe::Moscow,
    chrono_tz::Europe::Berlin,
    chrono_tz::America::New_York,
    chrono_tz::Asia::Beirut,
];

/// A frame in some zone at some minute of two years, and a range of the coming 350 days.
fn frame_and_range() -> impl Strategy<Value = (Frame, Range)> {
    let minutes = 0..2 * 525_600_i64;
    (0..ZONES.len(), minutes, 1..500_000_i64, 1..1440_i64).prop_map(|(zone, now, ahead, length)| {
        let now = DateTime::from_timestamp(1_767_225_600 + now * 60, 0).unwrap();
        let frame = Frame { now, zone: ZONES[zone], hours: Hours::DEFAULT, anyway: false };
        let start = now + Duration::minutes(ahead);
        let at = |at: DateTime<Utc>| at.with_timezone(&ZONES[zone]).fixed_offset();
        (frame, Range { start: at(start), end: at(start + Duration::minutes(length)) })
    })
}

fn today(frame: &Frame) -> NaiveDate {
    frame.now.with_timezone(&frame.zone).date_naive()
}

fn one(line: &str, frame: &Frame) -> Result<Range, String> {
    let reading = ranges(line, frame).map_err(|misread| format!("{line}: {misread:?}"))?;
    Ok(reading.ranges[0])
}

fn is_single(at: Instant, zone: Tz) -> bool {
    super::super::dates::is_single(at, zone)
}

/// Any mix of words, numbers and marks.
fn mix() -> impl Strategy<Value = String> {
    let forms: Vec<&'static str> = words::forms().map(|(_, form)| form).collect();
    let marks = ["-", ",", ";", ".", ":", "/", "..", "–", " ", "  ", "\n", "(", "T", "+"];
    let piece = prop_oneof![
        4 => prop::sample::select(forms).prop_map(str::to_owned),
        3 => prop::sample::select(marks.to_vec()).prop_map(str::to_owned),
        4 => (0..70_u32).prop_map(|n| n.to_string()),
        1 => (0..30_u32).prop_map(|n| format!("{n:02}")),
        1 => Just("2026-11-25T09:00:00Z".to_owned()),
        1 => (0..99_999_u32).prop_map(|n| n.to_string()),
        1 => Just("25.11".to_owned()),
    ];
    let gap = prop::sample::select(&[" ", "", " "][..]);
    prop::collection::vec((piece, gap), 0..14)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, gap)| piece + gap).collect())
}

/// Reads a line in every way; every range is ordered, every guess understood.
fn read_every_way(line: &str, frame: &Frame) -> Result<(), TestCaseError> {
    let days = [today(frame)];
    let _ = day(line, frame);
    if let Ok((at, _)) = appointment(line, frame, &all_day(frame, &days)) {
        prop_assert!(at >= frame.now || at.second() == 0);
    }
    match ranges(line, frame) {
        Ok(reading) => {
            prop_assert!(!reading.ranges.is_empty());
            prop_assert!(reading.ranges.iter().all(|r| r.is_ordered() && r.end > frame.now));
        }
        Err(misread) => {
            prop_assert!(!misread.message.ru.is_empty() && !misread.message.en.is_empty());
            if let Some(guess) = misread.guess() {
                prop_assert!(ranges(guess, frame).is_ok(), "{} -> {}", line, guess);
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(line in any::<String>()) {
        read_every_way(&line, &monday())?;
    }

    #[test]
    fn any_mix_of_words_is_read_or_refused(line in mix(), (frame, _) in frame_and_range()) {
        read_every_way(&line, &frame)?;
        read_every_way(&line, &Frame { anyway: true, ..frame.clone() }).ok();
    }

    #[test]
    fn what_typed_writes_is_read_back((frame, range) in frame_and_range()) {
        prop_assert_eq!(one(&typed(&range, frame.zone), &frame), Ok(range));
    }

    #[test]
    fn what_the_screen_says_is_read_back((frame, range) in frame_and_range()) {
        prop_assume!(is_single(range.start, frame.zone) && is_single(range.end, frame.zone));
        // A date without its year that is far ahead, or whose year has gone by, needs the year.
        let last = range.end.date_naive();
        prop_assume!((last - today(&frame)).num_days() < 300);
        for lang in Lang::ALL {
            prop_assert_eq!(one(&range_text(&range, today(&frame), lang), &frame), Ok(range));
            prop_assert_eq!(one(&short_range(&range, today(&frame), lang), &frame), Ok(range));
        }
    }

    #[test]
    fn what_the_screen_says_of_a_visit_is_read_back((frame, range) in frame_and_range()) {
        let at = range.start;
        prop_assume!(is_single(at, frame.zone));
        prop_assume!((at.date_naive() - today(&frame)).num_days() < 300);
        for lang in Lang::ALL {
            for line in [instant_text(at, today(&frame), lang), short_instant(at, today(&frame), lang)] {
                let read = appointment(&line, &frame, &[]).map(|(at, _)| at);
                prop_assert_eq!(read.map_err(|misread| format!("{line}: {misread:?}")), Ok(at));
            }
        }
    }
}

#[test]
fn a_fold_is_typed_with_its_offsets() {
    let frame = frame_at("2026-10-23T12:00:00Z", chrono_tz::Europe::Berlin);
    for (start, end) in [
        ("2026-10-25T00:10:00Z", "2026-10-25T00:50:00Z"),
        ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
        ("2026-10-25T01:30:00Z", "2026-10-25T03:00:00Z"),
        ("2026-10-25T12:00:05Z", "2026-10-25T13:00:00Z"),
    ] {
        let at = |text: &str| {
            let at: DateTime<Utc> = text.parse().unwrap();
            at.with_timezone(&frame.zone).fixed_offset()
        };
        let range = Range { start: at(start), end: at(end) };
        assert!(typed(&range, frame.zone).contains('/'));
        assert_eq!(one(&typed(&range, frame.zone), &frame), Ok(range));
    }
}

#[test]
fn a_clock_that_is_not_the_stores_is_named() {
    use crate::when::clinic_time;
    use chrono_tz::{America, Asia, Europe};
    let said = |clinic, store, at: &str| {
        let at: DateTime<Utc> = at.parse().unwrap();
        let said = Lang::ALL.map(|lang| clinic_time(clinic, store, at, lang).unwrap_or_default());
        said.join(" | ")
    };
    let winter = "2026-11-24T07:00:00Z";
    for (clinic, store, at, words) in [
        (
            Asia::Krasnoyarsk,
            Europe::Moscow,
            winter,
            "по времени клиники (МСК+4) | clinic time (MSK+4)",
        ),
        (
            Europe::Kaliningrad,
            Europe::Moscow,
            winter,
            "по времени клиники (МСК−1) | clinic time (MSK−1)",
        ),
        (
            Asia::Kolkata,
            Europe::Moscow,
            winter,
            "по времени клиники (МСК+2:30) | clinic time (MSK+2:30)",
        ),
        (Europe::Minsk, Europe::Moscow, winter, " | "),
        (Asia::Omsk, Asia::Omsk, winter, " | "),
        (Europe::Moscow, Asia::Omsk, winter, "по времени клиники (UTC+3) | clinic time (UTC+3)"),
        (America::New_York, Asia::Omsk, winter, "по времени клиники (UTC−5) | clinic time (UTC−5)"),
        (Europe::London, Asia::Omsk, winter, "по времени клиники (UTC) | clinic time (UTC)"),
        (
            Europe::London,
            Asia::Omsk,
            "2026-07-01T07:00:00Z",
            "по времени клиники (UTC+1) | clinic time (UTC+1)",
        ),
    ] {
        assert_eq!(said(clinic, store, at), words, "{clinic} {store}");
    }
}

#[test]
fn times_are_said_as_people_say_them() {
    let frame = monday();
    let (today, mut said) = (today(&frame), Vec::new());
    for line in ["ср 9-12", "вт 22 - ср 2", "пт 20-24", "10.01 9:30-12"] {
        let range = one(line, &frame).unwrap();
        for lang in Lang::ALL {
            said.push(range_text(&range, today, lang));
            said.push(short_range(&range, today, lang));
        }
        said.push(typed(&range, frame.zone));
        said.push(spoken_on(range.start.date_naive(), today, Lang::Ru));
    }
    assert_eq!(
        said,
        [
            "среда, 25 ноября, 9:00–12:00",
            "ср 25.11 9:00–12:00",
            "Wednesday, 25 November, 9:00–12:00",
            "Wed 25 Nov 9:00–12:00",
            "25.11.2026 09:00-12:00",
            "в среду, 25 ноября",
            "вторник, 24 ноября, 22:00 – среда, 25 ноября, 2:00",
            "вт 24.11 22:00 – ср 25.11 2:00",
            "Tuesday, 24 November, 22:00 – Wednesday, 25 November, 2:00",
            "Tue 24 Nov 22:00 – Wed 25 Nov 2:00",
            "24.11.2026 22:00 - 25.11.2026 02:00",
            "во вторник, 24 ноября",
            "пятница, 27 ноября, 20:00–24:00",
            "пт 27.11 20:00–24:00",
            "Friday, 27 November, 20:00–24:00",
            "Fri 27 Nov 20:00–24:00",
            "27.11.2026 20:00-24:00",
            "в пятницу, 27 ноября",
            "воскресенье, 10 января 2027 г., 9:30–12:00",
            "вс 10.01.2027 9:30–12:00",
            "Sunday, 10 January 2027, 9:30–12:00",
            "Sun 10 Jan 2027 9:30–12:00",
            "10.01.2027 09:30-12:00",
            "в воскресенье, 10 января 2027 г.",
        ]
    );
    let both = ranges("ср 9-12, чт 9-12", &frame).unwrap().ranges;
    assert_eq!(
        ranges_text(&both, today, Lang::Ru),
        "среда, 25 ноября, 9:00–12:00; четверг, 26 ноября, 9:00–12:00"
    );
}
