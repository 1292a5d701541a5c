//! Text ⇄ record: round trips, and edits that leave a person's text alone.

use chrono::{DateTime, FixedOffset};
use proptest::prelude::*;

use crate::format::edit::Change;
use crate::format::{decode, edit, encode};
use crate::history::{Details, Event, Mark, What};
use crate::model::field::Form;
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::{Conflict, Record};
use crate::model::value::{Value, Values};

fn instants() -> impl Strategy<Value = Instant> {
    (0..4_000_000_000i64, 0..2000u32, -12..14i32).prop_map(|(seconds, milli, offset)| {
        DateTime::from_timestamp(seconds, milli.min(999) * 1_000_000 * u32::from(milli % 3 == 0))
            .unwrap()
            .with_timezone(&FixedOffset::east_opt(offset * 3600 + 1800).unwrap())
    })
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zа-яё№« ]{0,12}", any::<String>(), Just("'''\"\"\"\\\n\r\t\u{1b}]".to_owned())]
}

fn ranges() -> impl Strategy<Value = Range> {
    (instants(), instants()).prop_map(|(start, end)| Range { start, end })
}

fn values_of(form: Form) -> BoxedStrategy<Value> {
    match form {
        Form::Flag => any::<bool>().prop_map(Value::Bool).boxed(),
        Form::Moment | Form::Visit => instants().prop_map(Value::Instant).boxed(),
        Form::Range => ranges().prop_map(Value::Range).boxed(),
        _ => texts().prop_map(Value::Text).boxed(),
    }
}

fn field_values(kind: Kind) -> impl Strategy<Value = Values> {
    let slots: Vec<_> = kind
        .fields()
        .iter()
        .map(|field| {
            let one = values_of(field.form);
            let value = if field.list {
                prop::collection::vec(one, 1..4)
                    .prop_map(|mut items| {
                        items.sort();
                        items.dedup();
                        Value::List(items)
                    })
                    .boxed()
            } else {
                one
            };
            let key = field.key;
            let present = if field.required() { Just(true).boxed() } else { any::<bool>().boxed() };
            (present, value).prop_map(move |(present, value)| (key, present.then_some(value)))
        })
        .collect();
    slots.prop_map(|slots| {
        let mut values = Values::new();
        for (key, value) in slots {
            values.put(key, value);
        }
        values
    })
}

fn whats(kind: Kind) -> impl Strategy<Value = What> {
    let set =
        (prop::sample::select(kind.fields()), any::<bool>()).prop_flat_map(|(field, some)| {
            let field_is_list = field.list;
            values_of(field.form).prop_map(move |value| {
                if field_is_list {
                    What::List { key: field.key, added: vec![value.clone()], removed: vec![value] }
                } else {
                    What::Set {
                        key: field.key,
                        from: some.then(|| value.clone()),
                        to: Some(value),
                        reason: some.then(|| "почему".to_owned()),
                        seen: None,
                    }
                }
            })
        });
    let mark = prop::sample::select(&Mark::ALL[..]).prop_flat_map(|mark| {
        let several = prop::collection::vec(instants(), 0..3);
        (texts(), any::<bool>(), several).prop_map(move |(text, full, of)| {
            let of = of.into_iter().map(whole_milliseconds).collect();
            let text = full.then_some(text);
            let details =
                Details { key: text.clone(), id: text.clone(), source: None, reason: text, of };
            What::Mark(mark, details)
        })
    });
    prop_oneof![
        set,
        mark,
        texts().prop_map(What::Note),
        field_values(kind).prop_map(|values| What::First { source: None, values }),
        field_values(kind).prop_map(|values| What::First { source: Some("x:1".into()), values }),
    ]
}

fn whole_milliseconds(at: Instant) -> Instant {
    use chrono::SubsecRound as _;
    at.trunc_subsecs(3)
}

fn events(kind: Kind) -> impl Strategy<Value = Event> {
    (instants(), texts(), whats(kind), any::<bool>()).prop_map(|(at, by, what, tx)| {
        let at = whole_milliseconds(at);
        Event { at, by, what, tx: tx.then_some(at), extra: Vec::new() }
    })
}

pub(super) fn records() -> impl Strategy<Value = Record> {
    prop::sample::select(&Kind::ALL[..]).prop_flat_map(|kind| {
        let conflicts = prop::collection::vec(
            (texts(), prop::option::of(texts()), instants()).prop_map(|(key, value, at)| {
                Conflict {
                    key,
                    value: value.map(Value::Text),
                    by: Some("anna".into()),
                    at: Some(whole_milliseconds(at)),
                }
            }),
            0..3,
        );
        (field_values(kind), prop::collection::vec(events(kind), 0..5), conflicts).prop_map(
            move |(values, history, conflicts)| Record {
                values,
                history,
                conflicts,
                ..Record::new(kind, "id")
            },
        )
    })
}

fn read(kind: Kind, text: &str) -> Record {
    let decoded = decode::record(kind, "id", text);
    assert_eq!(decoded.problems, [], "{text}");
    decoded.record.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_record_is_read_back_as_it_was_written(record in records()) {
        let text = encode::record(&record);
        let again = read(record.kind, &text);
        prop_assert_eq!(&again, &record);
        prop_assert_eq!(encode::record(&again), text);
    }

    #[test]
    fn an_event_is_one_line(event in events(Kind::Request)) {
        let text = encode::event(&event);
        prop_assert!(!text.chars().any(char::is_control), "{}", text.escape_debug());
    }

    /// Changing a canonical text gives the canonical text of the changed record.
    #[test]
    fn an_edit_of_a_canonical_text_is_canonical(
        (before, after, more) in records().prop_flat_map(|record| {
            let kind = record.kind;
            (Just(record), field_values(kind), prop::collection::vec(events(kind), 0..3))
        }),
    ) {
        let keys = before.kind.fields().iter().filter_map(|field| {
            let to = after.get(field.key).cloned();
            (before.values.get(field.key) != to.as_ref()).then_some((field.key, to))
        });
        let change = Change { keys: keys.collect(), conflicts: None, events: more.clone() };
        let text = edit::apply(before.kind, &encode::record(&before), &change).unwrap();
        let mut wanted = Record { values: after, ..before.clone() };
        wanted.history.extend(more);
        prop_assert_eq!(&read(before.kind, &text), &wanted);
        prop_assert_eq!(text, encode::record(&wanted));
    }

    #[test]
    fn no_text_makes_the_decoder_panic(text in any::<String>()) {
        decode::record(Kind::Request, "id", &text);
    }
}

const TEXT: &str = r#"# Перезвонить до шести.
patient = "7h2k9m4qwe"  # мама

clinic = "poliklinika-1"

specialty = "terapevt"

status = "created" # пока

operator = "anna"

our_key = { a = [1, 2] }

created = 2026-11-23T10:00:00+03:00

# Удобно только утром.
patient_ranges = [
    # первый
    { start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 }, # утро
]

history = [
    { at = 2026-11-23T10:00:00.000+03:00, by = "anna", event = "note", text = "x" }, # звонок
]
# конец
"#;

fn note(second: u32) -> Event {
    let at = format!("2026-11-23T10:00:{second:02}+03:00");
    let at = DateTime::parse_from_rfc3339(&at).unwrap();
    Event { at, by: "anna".into(), what: What::Note("y".into()), tx: None, extra: vec![] }
}

#[test]
fn a_change_of_status_is_one_changed_line_and_one_added_line() {
    let change = Change {
        keys: vec![("status", Some("in-progress".into()))],
        conflicts: None,
        events: vec![note(5)],
    };
    let after = edit::apply(Kind::Request, TEXT, &change).unwrap();
    let lines: Vec<&str> = after.lines().collect();
    let before: Vec<&str> = TEXT.lines().collect();
    let gone: Vec<_> = before.iter().filter(|line| !lines.contains(line)).collect();
    let came: Vec<_> = lines.iter().filter(|line| !before.contains(line)).collect();
    assert_eq!(gone, [&"status = \"created\" # пока"]);
    assert_eq!(
        came,
        [
            &"status = \"in-progress\" # пока",
            &"    { at = 2026-11-23T10:00:05.000+03:00, by = \"anna\", event = \"note\", text = \"y\" },",
        ]
    );
    assert!(after.ends_with("\"y\" },\n]\n# конец\n"), "{after}");
}

#[test]
fn an_edit_keeps_comments_order_and_unknown_keys() {
    let range = |text: &str| decode::value(text).unwrap();
    let change = Change {
        keys: vec![
            ("appointment", Some(Value::Instant(note(0).at))),
            (
                "patient_ranges",
                Some(Value::List(vec![
                    range("{ start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 }"),
                    range("{ start = 2026-11-26T09:00:00+03:00, end = 2026-11-26T12:00:00+03:00 }"),
                ])),
            ),
        ],
        conflicts: None,
        events: vec![note(7)],
    };
    let after = edit::apply(Kind::Request, TEXT, &change).unwrap();
    insta::assert_snapshot!(after);
    let back = Change { keys: vec![("appointment", None)], ..Change::default() };
    let again = edit::apply(Kind::Request, &after, &back).unwrap();
    assert!(!again.contains("appointment ="));
    for comment in
        ["# Перезвонить", "# мама", "# пока", "# Удобно", "# первый", "# утро", "# конец"]
    {
        assert!(again.contains(comment), "{comment}\n{again}");
    }
}

#[test]
fn a_comment_above_a_removed_key_stays() {
    let text = "name = \"a\"\n\n# важно\nmerged_into = \"b\"\n\nhistory = []\n";
    let change = Change { keys: vec![("merged_into", None)], ..Change::default() };
    let after = edit::apply(Kind::Patient, text, &change).unwrap();
    assert_eq!(after, "name = \"a\"\n\n# важно\nhistory = []\n");
}

#[test]
fn a_history_on_one_line_is_opened_up() {
    let text = "title = \"a\"\nhistory = []\n";
    let change = Change { events: vec![note(1)], ..Change::default() };
    let after = edit::apply(Kind::Specialty, text, &change).unwrap();
    assert_eq!(
        after,
        "title = \"a\"\nhistory = [\n    { at = 2026-11-23T10:00:01.000+03:00, by = \"anna\", event = \"note\", text = \"y\" },\n]\n"
    );
}

fn problems(kind: Kind, text: &str) -> Vec<(&'static str, String)> {
    let decoded = decode::record(kind, "id", text);
    decoded.problems.iter().map(|p| (p.rule, text[p.span.clone()].to_owned())).collect()
}

#[test]
fn every_problem_is_found_and_points_into_the_text() {
    let text = "title = 5\n\"примечание\" = \"x\"\naliasess = []\naliases = [\"лор\", 7]\nhistory = [{ at = 1 }]\n";
    let found = problems(Kind::Specialty, text);
    assert_eq!(
        found,
        [
            ("bad-value", "5".to_owned()),
            ("unknown-key", "\"примечание\"".to_owned()),
            ("unknown-key", "aliasess".to_owned()),
            ("bad-value", "7".to_owned()),
            ("bad-value", "{ at = 1 }".to_owned()),
        ]
    );
    assert_eq!(problems(Kind::Specialty, "aliases = [\"x\"]"), [("missing-key", String::new())]);
}

#[test]
fn conflict_markers_are_named_as_such() {
    let text = "title = \"a\"\n<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n";
    assert_eq!(problems(Kind::Specialty, text), [("syntax", "<<<<<<< ours".to_owned())]);
}
