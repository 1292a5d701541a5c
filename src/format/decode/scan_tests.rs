//! The two readers held against each other. `PROPTEST_CASES` says how often: `.ci/run`
//! takes its time.

use proptest::prelude::*;

use super::{record as scanned, spans};
use crate::format::decode::{Decoded, Spans, parsed};
use crate::format::encode;
use crate::format::tests::records;
use crate::model::kind::Kind;

const REQUEST: &str = r#"patient = "7h2k9m4qwe"

clinic = "poliklinika-1"

specialty = "terapevt"

status = "processed"

operator = "anna"

created = 2026-11-23T10:00:00+03:00

appointment = 2026-11-25T11:30:00.250+03:00

patient_ranges = [
    { start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 },
    { start = 2026-11-26T09:00:00-05:30, end = 2026-11-26T12:00:00.000001+03:00 },
]

history = [
    { at = 2026-11-23T10:00:00.000+03:00, by = "anna", event = "created", patient = "7h2k9m4qwe", clinic = "poliklinika-1", specialty = "terapevt", status = "created", operator = "anna", created = 2026-11-23T10:00:00+03:00, patient_ranges = [{ start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 }] },
    { at = 2026-11-23T10:01:00.000+03:00, by = "anna", event = "set", key = "status", from = "created", to = "in-progress", tx = 2026-11-23T10:01:00.000+03:00 },
    { at = 2026-11-23T10:02:00.000001+03:00, by = "anna", event = "list", key = "patient_ranges", added = [{ start = 2026-11-26T09:00:00-05:30, end = 2026-11-26T12:00:00.000001+03:00 }] },
    { at = 2026-11-23T10:03:00.000+03:00, by = "anna", event = "note", text = "Перезвонить «до шести»" },
    { at = 2026-11-23T10:04:00.000+03:00, by = "anna", event = "set", key = "appointment", to = 2026-11-25T11:30:00.250+03:00 },
    { at = 2026-11-23T10:05:00.000+03:00, by = "boris", event = "taken-over", reason = "смена", of = [2026-11-23T10:01:00.000+03:00, 2026-11-23T10:02:00.000001+03:00] },
    { at = 2026-11-23T10:06:00.000+03:00, by = "boris", event = "set", key = "status", from = "in-progress", to = "processed", reason = "", appointment = 2026-11-25T11:30:00.250+03:00 },
    { at = 2026-11-23T10:07:00.000+03:00, by = "boris", event = "settled", key = "status", of = 2026-11-23T10:06:00.000+03:00 },
]
"#;

const OPERATOR: &str = r#"name = "Анна"

role = "admin"

emails = [
    "anna@example.org",
    "kassa@example.org",
]

active = false

history = [
    { at = 2026-11-23T10:00:00.000+03:00, by = "anna", event = "imported", source = "auth.user:1", name = "Анна", role = "admin", emails = ["kassa@example.org", "anna@example.org"], active = false },
]
"#;

/// What the parser reads where there is nothing wrong.
fn flawless(kind: Kind, text: &str) -> Option<crate::model::record::Record> {
    let Decoded { record, problems, .. } = parsed(kind, "id", text);
    record.filter(|_| problems.is_empty())
}

/// What the scanner returns is what the parser reads, to the offset of every moment and the place of
/// every value, and canonical.
fn agrees(kind: Kind, text: &str) -> bool {
    let Some(read) = scanned(kind, "id", text) else { return true };
    let Decoded { record, problems, spans: places } = parsed(kind, "id", text);
    problems.is_empty()
        && record
            .is_some_and(|record| record == read && format!("{record:?}") == format!("{read:?}"))
        && places.is_some_and(|places| sorted(places) == sorted(spans(text)))
        && encode::record(&read) == text
}

/// The parts of what says where things stand, in one order.
fn sorted(Spans { mut keys, mut items, events }: Spans) -> impl PartialEq + std::fmt::Debug {
    keys.sort_by_key(|(_, name, _)| name.start);
    items.sort_by(|(a, _), (b, _)| a.cmp(b));
    (keys, items, events)
}

/// A text without what is escaped in it.
fn plainly(text: &str) -> String {
    let mut rest = text.split('\\');
    let mut plain = rest.next().unwrap_or_default().to_owned();
    for piece in rest {
        plain.push_str(piece.get(if piece.starts_with('u') { 5 } else { 1 }..).unwrap_or_default());
    }
    plain
}

/// One thing that a hand, a merge or a bad disk may do to a text.
fn spoil(text: &str, (what, at, sign): (u8, prop::sample::Index, prop::sample::Index)) -> String {
    const SIGNS: &str = "\"\\ \n\r\t{}[],=.:-+#'_01295TtZzяё\u{0}\u{7f}\u{85}\u{feff}";
    let mut chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if chars.is_empty() {
        return text.to_owned();
    }
    let (place, line, last) = (at.index(chars.len()), at.index(lines.len()), lines.len() - 1);
    let sign = *sign.get(&SIGNS.chars().collect::<Vec<_>>());
    let digit = (place..chars.len()).find(|at| chars[*at].is_ascii_digit());
    match what {
        0 => drop(chars.remove(place)),
        1 => chars.insert(place, sign),
        2 => chars[place] = sign,
        3 => {
            if let Some(digit) = digit {
                chars[digit] = if sign.is_ascii_digit() { sign } else { '0' };
            }
        }
        4 => chars.truncate(place),
        _ => {
            match what {
                5 => drop(lines.remove(line)),
                6 => lines.insert(line, lines[line]),
                _ => lines.swap(line, (line + 1).min(last)),
            }
            return lines.concat();
        }
    }
    chars.into_iter().collect()
}

/// Canonical texts, and the kind of each.
fn texts() -> impl Strategy<Value = (Kind, String)> {
    prop_oneof![
        Just((Kind::Request, REQUEST.to_owned())),
        Just((Kind::Operator, OPERATOR.to_owned())),
        records().prop_map(|record| (record.kind, encode::record(&record))),
        records().prop_map(|record| (record.kind, plainly(&encode::record(&record)))),
    ]
}

proptest! {
    /// What our writer writes is scanned, but for what only the parser reads.
    #[test]
    fn all_but_the_unusual_is_scanned((kind, text) in texts()) {
        prop_assert!(agrees(kind, &text), "{}", text);
        let is_plain = flawless(kind, &text).is_some_and(|record| {
            encode::record(&record) == text
                && !record.history.is_empty()
                && record.conflicts.is_empty()
        });
        let is_usual = is_plain && !text.contains('\\');
        prop_assert_eq!(scanned(kind, "id", &text).is_some(), is_usual, "{}", text);
    }

    #[test]
    fn a_text_that_was_spoilt_is_read_alike_or_left_to_the_parser(
        (kind, text) in texts(),
        ways in prop::collection::vec((0..8u8, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..5),
    ) {
        let text = ways.into_iter().fold(text, |text, way| spoil(&text, way));
        prop_assert!(agrees(kind, &text), "{}", text);
        for other in Kind::ALL {
            prop_assert!(agrees(other, &text), "{:?} {}", other, text);
        }
    }
}

#[test]
fn what_our_writer_writes_is_scanned() {
    for (kind, text) in [(Kind::Request, REQUEST), (Kind::Operator, OPERATOR)] {
        assert!(scanned(kind, "id", text).is_some(), "{kind:?}");
        assert!(agrees(kind, text), "{kind:?}");
    }
}

#[test]
fn the_slightest_difference_is_left_to_the_parser() {
    for (from, to) in [
        ("patient = \"7h2k9m4qwe\"", "patient  = \"7h2k9m4qwe\""),
        ("patient = \"7h2k9m4qwe\"", "patient = '7h2k9m4qwe'"),
        ("patient = \"7h2k9m4qwe\"", "patient = \"7h2k9m4qw\\u0065\""),
        ("patient = \"7h2k9m4qwe\"", "patient = \"7h2k9m4qwe\" # мама"),
        ("patient = \"7h2k9m4qwe\"", "patient = \"7h2k9m4qwe\"\n\nother = 1"),
        ("patient = \"7h2k9m4qwe\"\n\n", ""),
        ("history = [", "conflicts = [\n    { key = \"status\" },\n]\n\nhistory = ["),
        ("operator = \"anna\"\n\ncreated", "operator = true\n\ncreated"),
        ("10:00:00+03:00\n", "10:00:00.000+03:00\n"),
        ("10:00:00+03:00\n", "10:00:00Z\n"),
        ("10:00:00+03:00\n", "10:00:00-00:00\n"),
        ("10:00:00+03:00\n", "10:00:60+03:00\n"),
        ("2026-11-23T10:00:00+03:00\n", "2026-02-30T10:00:00+03:00\n"),
        ("2026-11-23T10:00:00+03:00\n", "2026-11-23t10:00:00+03:00\n"),
        ("00.250+03:00\n", "00.25+03:00\n"),
        ("00.250+03:00\n", "00.250000+03:00\n"),
        ("at = 2026-11-23T10:03:00.000", "at = 2026-11-23T10:03:00"),
        ("event = \"note\"", "event = \"remark\""),
        ("event = \"created\"", "event = \"created\", source = \"x:1\""),
        ("key = \"appointment\"", "key = \"patient_ranges\""),
        ("key = \"appointment\"", "key = \"unheard-of\""),
        ("key = \"appointment\", to", "key = \"appointment\", from = [], to"),
        (" }] },\n", " }], much = 1 },\n"),
        ("added = [{", "added = [{ start"),
        ("added = [", "added = [], removed = ["),
        ("of = 2026-11-23T10:06:00.000+03:00", "of = [2026-11-23T10:06:00.000+03:00]"),
        ("]\n\nhistory", "]\n\n\nhistory"),
        ("patient = ", "\u{feff}patient = "),
    ] {
        let text = REQUEST.replacen(from, to, 1);
        assert_ne!(text, REQUEST, "{from}");
        assert_eq!(scanned(Kind::Request, "id", &text), None, "{to}");
    }
    let crlf = REQUEST.replace('\n', "\r\n");
    assert_eq!(scanned(Kind::Request, "id", &crlf), None);
    assert_eq!(scanned(Kind::Request, "id", &format!("{REQUEST}\n")), None);
}
