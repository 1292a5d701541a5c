//! The canonical form: it keeps every comment and every value, and has one shape.

use proptest::prelude::*;

use crate::format::tests::records;
use crate::format::{canonical, decode, edit, encode};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Value;

fn form(kind: Kind, text: &str) -> String {
    canonical::text(kind, text).unwrap_or_else(|| panic!("can't be read:\n{text}"))
}

/// What is read, with the conflicts in their order.
fn read(kind: Kind, text: &str) -> Record {
    let mut record = decode::record(kind, "id", text).record.unwrap();
    record.conflicts.sort();
    record
}

/// A hand that writes records as nobody should: it draws its choices from a list of numbers.
struct Hand<'d> {
    dice: &'d [u8],
    thrown: usize,
    with_comments: bool,
    comments: usize,
    out: String,
}

impl Hand<'_> {
    fn throw(&mut self, sides: u8) -> u8 {
        self.thrown += 1;
        self.dice[self.thrown * 7 % self.dice.len()].wrapping_add((self.thrown / 5) as u8) % sides
    }

    fn space(&mut self) {
        let space = ["", " ", "  ", "\t"][usize::from(self.throw(4))];
        self.out.push_str(space);
    }

    fn comment(&mut self) {
        if self.throw(3) == 0 {
            self.comments += 1;
            if self.with_comments {
                self.out.push_str(&format!(
                    "#{} № {}.",
                    "#".repeat(self.comments % 2),
                    self.comments
                ));
            }
        }
    }

    fn line(&mut self) {
        self.space();
        self.comment();
        self.out.push_str(if self.dice[0].is_multiple_of(2) { "\r\n" } else { "\n" });
    }

    /// A place between lines: blank lines and comments.
    fn lines(&mut self) {
        for _ in 0..self.throw(4) {
            self.line();
        }
    }

    fn name(&mut self, key: &str) {
        match self.throw(3) {
            0 => self.out.push_str(&format!("\"{key}\"")),
            1 => self.out.push_str(&format!("'{key}'")),
            _ => self.out.push_str(key),
        }
    }

    fn string(&mut self, text: &str) {
        let is_plain = text.chars().all(|c| !c.is_control() && c != '\'');
        match self.throw(4) {
            0 if is_plain => self.out.push_str(&format!("'{text}'")),
            1 if is_plain && !text.is_empty() => self.out.push_str(&format!("'''\n{text}'''")),
            // White space after such a line's end would be skipped.
            2 if text.trim_start() == text => {
                let text = encode::string(text);
                self.out.push_str(&format!("\"\"\"\\\n   {}\"\"", &text[1..]));
            }
            _ => self.out.push_str(&encode::string(text)),
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.string(text),
            Value::Instant(at) => {
                let text = encode::instant(*at);
                let text = if self.throw(2) == 0 { text.replace('T', " ") } else { text };
                self.out.push_str(&text);
            }
            Value::Range(range) => {
                self.out.push('{');
                self.space();
                self.out.push_str("end=");
                self.value(&range.end.into());
                self.out.push_str(" , start =  ");
                self.value(&range.start.into());
                self.space();
                self.out.push('}');
            }
            other => self.out.push_str(&encode::inline(other)),
        }
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        let is_open = self.throw(2) == 0;
        self.out.push('[');
        for (at, item) in items.iter().enumerate() {
            if is_open {
                self.line();
                self.lines();
            }
            self.space();
            write(self, item);
            self.space();
            if at + 1 < items.len() || is_open {
                self.out.push(',');
            }
        }
        if is_open {
            self.line();
            self.lines();
        }
        self.out.push(']');
    }

    /// The record, its keys in any order and its lists too.
    fn record(&mut self, record: &Record) {
        enum Part<'r> {
            Value(&'r str, &'r Value),
            Unknown(&'r str, &'r str),
            Conflicts,
            History,
        }
        let mut parts: Vec<Part<'_>> =
            record.values.iter().map(|(key, value)| Part::Value(key, value)).collect();
        parts.extend(record.unknown.iter().map(|(key, raw)| Part::Unknown(key, raw)));
        if !record.conflicts.is_empty() {
            parts.push(Part::Conflicts);
        }
        if !record.history.is_empty() {
            parts.push(Part::History);
        }
        self.lines();
        while !parts.is_empty() {
            let part = parts.remove(usize::from(self.throw(16)) % parts.len());
            self.space();
            match part {
                Part::Value(key, value) => {
                    self.name(key);
                    self.out.push('=');
                    self.space();
                    match value {
                        Value::List(items) => {
                            let mut items = items.clone();
                            let turn = usize::from(self.throw(8)) % items.len();
                            items.rotate_left(turn);
                            items.extend(self.throw(3).eq(&0).then(|| items[0].clone()));
                            self.list(&items, |hand, item| hand.value(item));
                        }
                        value => self.value(value),
                    }
                }
                Part::Unknown(key, raw) => {
                    self.out.push_str(&format!("{} =", encode::key_text(key)));
                    self.out.push_str(raw);
                }
                Part::Conflicts => {
                    self.name("conflicts");
                    self.out.push('=');
                    let texts: Vec<_> = record.conflicts.iter().map(encode::conflict).collect();
                    self.list(&texts, |hand, text| hand.out.push_str(text));
                }
                Part::History => {
                    self.name("history");
                    self.out.push('=');
                    let texts: Vec<_> = record.history.iter().map(encode::event).collect();
                    self.list(&texts, |hand, text| hand.out.push_str(text));
                }
            }
            self.line();
            self.lines();
        }
    }
}

/// The text of a record by such a hand, and how many comments it holds.
fn written(record: &Record, dice: &[u8], with_comments: bool) -> (String, usize) {
    let mut hand = Hand { dice, thrown: 0, with_comments, comments: 0, out: String::new() };
    hand.record(record);
    (hand.out, hand.comments)
}

fn dice() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 40..80)
}

/// Records with keys that their kind does not have.
fn strange() -> impl Strategy<Value = Record> {
    let raw = prop::sample::select(&["5", "'''a\nb'''", "[1,\n  # mine\n 2 ]", "{ a.b = 1 }"][..]);
    (records(), prop::collection::btree_map("[a-z ж]{3}_x", raw, 0..3)).prop_map(
        |(mut record, unknown)| {
            record.conflicts.sort();
            record.unknown = unknown.into_iter().map(|(key, raw)| (key, raw.to_owned())).collect();
            record
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_the_hand_the_form_is_one(record in strange(), dice in dice()) {
        let (text, _) = written(&record, &dice, false);
        prop_assert_eq!(form(record.kind, &text), encode::record(&record), "{}", text);
    }

    #[test]
    fn no_value_and_no_comment_is_lost(record in strange(), dice in dice()) {
        let (text, comments) = written(&record, &dice, true);
        let tidy = form(record.kind, &text);
        prop_assert_eq!(read(record.kind, &tidy), read(record.kind, &text.replace("\r\n", "\n")));
        for number in 1..=comments {
            prop_assert_eq!(tidy.matches(&format!(" № {number}.")).count(), 1, "{}\n{}", text, tidy);
        }
        prop_assert_eq!(&form(record.kind, &tidy), &tidy, "{}", text);
        prop_assert!(!tidy.contains("\n\n\n") && !tidy.contains('\r'), "{}", tidy);
        prop_assert!(tidy.is_empty() || tidy.ends_with('\n') && !tidy.ends_with("\n\n"));
    }

    /// A write leaves a canonical file canonical, comments or not.
    #[test]
    fn an_edit_keeps_the_form(
        (before, after) in records().prop_flat_map(|record| {
            let kind = record.kind;
            (Just(record), records().prop_filter("one kind", move |other| other.kind == kind))
        }),
        dice in dice(),
    ) {
        let (text, comments) = written(&before, &dice, true);
        let text = form(before.kind, &text);
        let keys = before.kind.fields().iter().filter_map(|field| {
            let to = after.values.get(field.key).cloned();
            (before.values.get(field.key) != to.as_ref()).then_some((field.key, to))
        });
        let mut conflicts = after.conflicts.clone();
        conflicts.sort();
        let change = edit::Change {
            keys: keys.collect(),
            conflicts: Some(conflicts),
            events: after.history.clone(),
        };
        let changed = edit::apply(before.kind, &text, &change).unwrap();
        prop_assert_eq!(&form(before.kind, &changed), &changed, "{}", text);
        for number in 1..=comments {
            let count = changed.matches(&format!(" № {number}.")).count();
            prop_assert_eq!(count, 1, "{}\n{}", text, changed);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        canonical::text(Kind::Clinic, &text);
    }
}

const MESSY: &str = "\u{feff}# Вся запись.\r
\r
history=[{by='anna',at=2026-11-23T10:00:00+03:00, # кто\r
  event=\"note\",text='x'}, # звонок\r
  # после\r
]# конец истории\r
\r
# о названии\r
\r
# и ещё\r
title=\"\"\"\\\r
   Лор\"\"\" # титул\r
aliases = [ # как говорят\r
  'ухо', # первое\r
  # второе\r
  'горло' ]\r
note.a=1 # чужое\r
# всё\r
";

#[test]
fn every_comment_stays_with_what_it_belongs_to() {
    insta::assert_snapshot!(form(Kind::Specialty, MESSY), @r#"
    # Вся запись.

    # после

    # о названии

    # и ещё
    # титул
    title = "Лор"

    # как говорят
    aliases = [
        # второе
        "горло",
        # первое
        "ухо",
    ]

    # чужое
    note = { a = 1 }

    history = [
        # кто
        # звонок
        # конец истории
        { at = 2026-11-23T10:00:00.000+03:00, by = "anna", event = "note", text = "x" },
    ]
    # всё
    "#);
}

#[test]
fn comments_stay_beside_what_is_plain() {
    let plain = MESSY.replace("note.a=1 # чужое\r\n", "");
    insta::assert_snapshot!(form(Kind::Specialty, &plain), @r#"
    # Вся запись.

    # о названии

    # и ещё
    title = "Лор" # титул

    aliases = [ # как говорят
        # второе
        "горло",
        "ухо", # первое
    ]

    history = [
        # кто
        { at = 2026-11-23T10:00:00.000+03:00, by = "anna", event = "note", text = "x" }, # звонок
        # после
    ] # конец истории
    # всё
    "#);
}

#[test]
fn tables_with_headers_become_lines() {
    let text = "title = 'a' # t\n[x]\n# в таблице\ny = [1, 2]\n[[history]] # раз\nat = 2026-11-23T10:00:00Z\nby = 'anna'\nevent = 'note'\ntext = '''a\nb'''\n\n# два\n[[history]]\nat = 2026-11-23T10:00:01Z\nby = 'anna' # кто\nevent = 'note'\ntext = 'c'\n# конец\n";
    let tidy = form(Kind::Specialty, text);
    insta::assert_snapshot!(tidy, @r#"
    # t
    title = "a"

    # в таблице
    x = { y = [1, 2] }

    # раз
    history = [
        { at = 2026-11-23T10:00:00.000+00:00, by = "anna", event = "note", text = "a\nb" },
        # два
        # кто
        { at = 2026-11-23T10:00:01.000+00:00, by = "anna", event = "note", text = "c" },
    ]
    # конец
    "#);
    assert_eq!(read(Kind::Specialty, &tidy), read(Kind::Specialty, text));
    assert_eq!(form(Kind::Specialty, &tidy), tidy);
    let change = edit::Change { keys: vec![("title", Some("b".into()))], ..Default::default() };
    let changed = edit::apply(Kind::Specialty, text, &change).unwrap();
    assert_eq!(changed, tidy.replace("title = \"a\"", "title = \"b\""), "nothing is lost");
}

#[test]
fn comments_of_a_key_that_holds_nothing_find_a_home() {
    let text = "title = \"a\"\n\n# прозвища\naliases = [ # нет\n] # совсем\n";
    assert_eq!(form(Kind::Specialty, text), "title = \"a\"\n\n# прозвища\n# нет\n# совсем\n");
}

#[test]
fn one_moment_in_two_zones_is_written_once_and_keeps_its_comments() {
    // Without a history the record would be one that was cut off.
    let text = "patient_ranges = [\n    { start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 }, # раз\n    { start = 2026-11-25T06:00:00Z, end = 2026-11-25T09:00:00Z }, # два\n]\n\nhistory = [\n    { at = 2026-11-23T10:00:00.000+03:00, by = \"anna\", event = \"clinic-told\" },\n]\n";
    let tidy = form(Kind::Request, text);
    assert!(
        tidy.contains("# раз") && tidy.contains("# два") && tidy.lines().count() == 8,
        "{tidy}"
    );
    assert_eq!(form(Kind::Request, &tidy), tidy);
}

#[test]
fn a_moment_is_as_fine_as_it_was_written() {
    let text = "title = \"a\"\n\nhistory = [\n    { at = 2026-11-23T10:00:00.000250+03:00, by = \"anna\", event = \"clinic-told\" },\n]\n";
    assert_eq!(form(Kind::Specialty, text), text);
}

#[test]
fn an_item_that_goes_leaves_its_comments_above_the_next() {
    let text = "title = \"a\"\n\naliases = [ # все\n    # над б\n    \"б\", # за б\n    # над в\n    \"в\", # за в\n    \"г\", # за г\n]\n";
    let with = |items: &[&str]| {
        let items = items.iter().map(|item| Value::from(*item)).collect();
        let keys = vec![("aliases", Some(Value::List(items)))];
        let change = edit::Change { keys, ..Default::default() };
        edit::apply(Kind::Specialty, text, &change).unwrap().replace("title = \"a\"\n\n", "")
    };
    assert_eq!(
        with(&["в", "г"]),
        "aliases = [ # все\n    # над б\n    # за б\n    # над в\n    \"в\", # за в\n    \"г\", # за г\n]\n"
    );
    assert_eq!(
        with(&["б", "г"]),
        "aliases = [ # все\n    # над б\n    \"б\", # за б\n    # над в\n    # за в\n    \"г\", # за г\n]\n"
    );
    assert_eq!(
        with(&["а", "б", "вв", "д"]),
        "aliases = [ # все\n    \"а\",\n    # над б\n    \"б\", # за б\n    # над в\n    # за в\n    # за г\n    \"вв\",\n    \"д\",\n]\n"
    );
}

#[test]
fn a_comment_behind_an_item_that_goes_is_not_given_to_the_one_before_it() {
    let text = "aliases = [\n    \"а\",\n    \"б\", # за б\n    \"в\",\n]\n";
    let keys = vec![("aliases", Some(Value::List(vec!["а".into(), "в".into()])))];
    let change = edit::Change { keys, ..Default::default() };
    assert_eq!(
        edit::apply(Kind::Specialty, text, &change).unwrap(),
        "aliases = [\n    \"а\",\n    # за б\n    \"в\",\n]\n"
    );
}

#[test]
fn what_is_not_understood_is_left_alone() {
    for text in [
        "title = 5",
        "title = \"a\"\n<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n",
        "title = \"a\"\nhistory = [{ at = 1 }]\n",
        "title = \"a\"\ntitle = \"b\"\n",
        "conflicts = [{ key = \"title\", by = true }]\n",
    ] {
        assert_eq!(canonical::text(Kind::Specialty, text), None, "{text}");
        assert_eq!(canonical::first_difference(Kind::Specialty, text), None);
    }
}

#[test]
fn the_first_difference_is_a_place_in_the_text() {
    let at = |text: &str| canonical::first_difference(Kind::Specialty, text);
    assert_eq!(at("title = \"ж\"\n"), None);
    assert_eq!(at("title = \"ж\" \n"), Some(12));
    assert_eq!(at("title = \"a\"\r\n"), Some(11));
    assert_eq!(at("title = \"a\""), Some(11));
    assert_eq!(at("\u{feff}title = \"a\"\n"), Some(0));
}
