//! Text → record. Decoding never stops: whatever can be read is read, and each thing that can't
//! is a problem with its place in the original text.

use std::borrow::Cow;
use std::ops::Range as Span;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _};
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::{Datetime, Offset};

use crate::history::{Details, Event, Mark, What};
use crate::i18n::Text;
use crate::model::field::{Field, Form, Need};
use crate::model::kind::Kind;
use crate::model::range::{Instant, Range};
use crate::model::record::{Conflict, Record};
use crate::model::value::{Value, Values};
use crate::say;

/// What became of a text.
#[derive(Debug)]
pub struct Decoded {
    /// The record, with all that could be read; none where the text is no TOML.
    pub record: Option<Record>,
    /// What could not be read, in the order of the text.
    pub problems: Vec<Problem>,
    /// Where things stand in the text.
    pub spans: Spans,
}

impl Decoded {
    /// Whether something is wrong with this key.
    pub fn is_spoilt(&self, key: &str) -> bool {
        self.problems.iter().any(|problem| problem.key.as_deref() == Some(key))
    }
}

/// Something that can't be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The rule of section 7: `syntax`, `unknown-key`, `missing-key` or `bad-value`.
    pub rule: &'static str,
    /// Its place, in bytes.
    pub span: Span<usize>,
    /// The record's key that it spoils.
    pub key: Option<String>,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Option<Text>,
}

/// Where things stand in the text, in bytes.
#[derive(Debug, Default, Clone)]
pub struct Spans {
    keys: Vec<(String, Span<usize>, Span<usize>)>,
    /// The events of the history that could be read, in order.
    pub events: Vec<Span<usize>>,
}

impl Spans {
    /// The place of a key's value.
    pub fn value(&self, key: &str) -> Option<Span<usize>> {
        self.keys.iter().find(|(k, ..)| k == key).map(|(_, _, value)| value.clone())
    }

    /// The place of a key's name.
    pub fn key(&self, key: &str) -> Option<Span<usize>> {
        self.keys.iter().find(|(k, ..)| k == key).map(|(_, name, _)| name.clone())
    }
}

/// Reads the text of a record.
pub fn record(kind: Kind, id: &str, text: &str) -> Decoded {
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => return unreadable(text, &error),
    };
    let mut reader = Reader { text, kind, problems: Vec::new(), spans: Spans::default() };
    let mut record = Record::new(kind, id);
    for (name, value) in table.get_ref() {
        reader.spans.keys.push((name.get_ref().to_string(), name.span(), value.span()));
        reader.key(&mut record, name, value);
    }
    reader.missing(&record);
    let rank = |key: &str| kind.fields().iter().position(|f| f.key == key).unwrap_or(usize::MAX);
    record.values.sort_by_rank(rank);
    reader.problems.sort_by_key(|problem| problem.span.start);
    Decoded { record: Some(record), problems: reader.problems, spans: reader.spans }
}

/// Reads one value, as an array in a file holds it.
pub fn value(text: &str) -> Option<Value> {
    DeValue::parse(text).ok().and_then(|value| plain(value.get_ref()))
}

fn unreadable(text: &str, error: &toml::de::Error) -> Decoded {
    let marker = conflict_marker(text);
    let span = marker.clone().or(error.span()).unwrap_or(0..0);
    let (message, hint) = if marker.is_some() {
        (
            say!(
                "В файле остались метки слияния git.",
                "Git's conflict markers were left in the file."
            ),
            say!(
                "Оставьте строки истории обеих сторон по порядку времени и уберите метки.",
                "Keep both sides' lines of history in the order of time, and remove the markers."
            ),
        )
    } else {
        let detail = error.message();
        (
            say!("Файл не читается как TOML: {detail}.", "This is not TOML: {detail}."),
            say!(
                "Исправьте место, на которое указано, или верните файл из git.",
                "Mend the place that is shown, or take the file back from git."
            ),
        )
    };
    let problem = Problem { rule: "syntax", span, key: None, message, hint: Some(hint) };
    Decoded { record: None, problems: vec![problem], spans: Spans::default() }
}

/// The first of git's conflict markers, where the text has all three.
fn conflict_marker(text: &str) -> Option<Span<usize>> {
    let mut at = 0;
    let mut first = None;
    let mut seen = 0;
    for line in text.split_inclusive('\n') {
        let marker = ["<<<<<<< ", "=======", ">>>>>>> "].get(seen)?;
        if line.starts_with(marker) {
            first = first.or(Some(at..at + line.trim_end().len()));
            seen += 1;
            if seen == 3 {
                return first;
            }
        }
        at += line.len();
    }
    None
}

/// A pair of an inline table.
type Pair<'a, 'i> = (&'a Spanned<Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

struct Reader<'t> {
    text: &'t str,
    kind: Kind,
    problems: Vec<Problem>,
    spans: Spans,
}

impl Reader<'_> {
    fn key(
        &mut self,
        record: &mut Record,
        name: &Spanned<Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let key = name.get_ref().as_ref();
        match key {
            "history" => record.history = self.events(value),
            "conflicts" => record.conflicts = self.conflicts(value),
            _ => match self.kind.field(key) {
                Some(field) => {
                    let read = self.field(field, value);
                    record.values.put(field.key, read);
                }
                None => {
                    self.unknown(name, None);
                    record.unknown.push((key.to_owned(), self.raw(value)));
                }
            },
        }
    }

    fn raw(&self, value: &Spanned<DeValue<'_>>) -> String {
        self.text.get(value.span()).unwrap_or_default().to_owned()
    }

    fn unknown(&mut self, name: &Spanned<Cow<'_, str>>, inside: Option<&str>) {
        let key = name.get_ref().as_ref();
        let near = match inside {
            Some(_) => None,
            None => nearest(
                key,
                self.kind.fields().iter().map(|f| f.key).chain(["history", "conflicts"]),
            ),
        };
        let hint = match near {
            Some(near) => say!("Может быть, `{near}`?", "Did you mean `{near}`?"),
            None => say!("Удалите его или исправьте имя.", "Remove it, or mend its name."),
        };
        let kind = self.kind;
        self.problem(
            "unknown-key",
            name.span(),
            inside.unwrap_or(key),
            say!(lang; "{}: нет такого ключа «{}».", "A {} has no key “{}”.", kind.noun(lang), key),
            Some(hint),
        );
    }

    fn problem(
        &mut self,
        rule: &'static str,
        span: Span<usize>,
        key: &str,
        message: Text,
        hint: Option<Text>,
    ) {
        self.problems.push(Problem { rule, span, key: Some(key.to_owned()), message, hint });
    }

    fn missing(&mut self, record: &Record) {
        for field in self.kind.fields().iter().filter(|field| field.need == Need::Required) {
            let key = field.key;
            let absent = record.values.get(key).is_none();
            if absent && !self.problems.iter().any(|problem| problem.key.as_deref() == Some(key)) {
                let span = self.spans.value(key).unwrap_or(0..0);
                self.problem(
                    "missing-key",
                    span,
                    key,
                    say!("Нет обязательного ключа `{key}`.", "The key `{key}` is missing."),
                    Some(say!("Добавьте `{key} = …`.", "Add `{key} = …`.")),
                );
            }
        }
    }

    fn field(&mut self, field: &Field, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        if !field.list {
            return self.item(field, value);
        }
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(field.key, value.span(), &say!("список в скобках [ ]", "a list in [ ]"));
            return None;
        };
        let mut read: Vec<Value> = items.iter().filter_map(|item| self.item(field, item)).collect();
        read.sort();
        read.dedup();
        Some(Value::List(read))
    }

    fn item(&mut self, field: &Field, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let read = plain(value.get_ref()).filter(|read| has_form(field.form, read));
        if read.is_none() {
            self.wrong(field.key, value.span(), &expected(field.form));
        }
        read
    }

    fn wrong(&mut self, key: &str, span: Span<usize>, expected: &Text) {
        let Text { ru, en } = expected;
        self.problem(
            "bad-value",
            span,
            key,
            say!("`{key}`: нужно {ru}.", "`{key}` takes {en}."),
            Some(say!("Исправьте значение ключа `{key}`.", "Mend the value of `{key}`.")),
        );
    }

    fn events(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Event> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong("history", value.span(), &say!("список событий", "a list of events"));
            return Vec::new();
        };
        let mut events = Vec::with_capacity(items.len());
        for item in items.iter() {
            match item.get_ref().as_table().and_then(|table| self.event(table)) {
                Some(event) => {
                    events.push(event);
                    self.spans.events.push(item.span());
                }
                None => self.wrong(
                    "history",
                    item.span(),
                    &say!(
                        "событие вида {{ at = …, by = \"…\", event = \"…\" }} с ключами этого события",
                        "events of the form {{ at = …, by = \"…\", event = \"…\" }}, each with its keys"
                    ),
                ),
            }
        }
        events
    }

    fn event(&self, table: &DeTable<'_>) -> Option<Event> {
        let mut pairs: Vec<Pair<'_, '_>> = table.iter().collect();
        let at = take(&mut pairs, "at")?.as_instant()?;
        let by = take(&mut pairs, "by")?.as_text()?.to_owned();
        let code = take(&mut pairs, "event")?.as_text()?.to_owned();
        let tx = match take(&mut pairs, "tx") {
            Some(tx) => Some(tx.as_instant()?),
            None => None,
        };
        let what = self.what(&code, &mut pairs)?;
        let extra = pairs.iter().map(|(k, v)| (k.get_ref().to_string(), self.raw(v))).collect();
        Some(Event { at, by, what, tx, extra })
    }

    fn what(&self, code: &str, pairs: &mut Vec<Pair<'_, '_>>) -> Option<What> {
        let text = |value: Option<Value>| match value {
            Some(Value::Text(text)) => Some(Some(text)),
            Some(_) => None,
            None => Some(None),
        };
        Some(match code {
            "created" | "imported" => {
                let source = text(take(pairs, "source"))?;
                if (code == "imported") != source.is_some() {
                    return None;
                }
                What::First { source, values: self.first_values(pairs)? }
            }
            "set" => What::Set {
                key: self.field_of(take(pairs, "key")?, false)?,
                from: take(pairs, "from"),
                to: take(pairs, "to"),
                reason: text(take(pairs, "reason"))?,
                seen: match take(pairs, "appointment") {
                    Some(seen) => Some(seen.as_instant()?),
                    None => None,
                },
            },
            "list" => What::List {
                key: self.field_of(take(pairs, "key")?, true)?,
                added: items(take(pairs, "added"))?,
                removed: items(take(pairs, "removed"))?,
            },
            "note" => What::Note(text(take(pairs, "text"))??),
            _ => match Mark::ALL.into_iter().find(|mark| mark.code() == code) {
                Some(mark) => What::Mark(
                    mark,
                    Details {
                        key: text(take(pairs, "key"))?,
                        id: text(take(pairs, "id"))?,
                        source: text(take(pairs, "source"))?,
                        reason: text(take(pairs, "reason"))?,
                        of: instants(take(pairs, "of"))?,
                    },
                ),
                None => What::Unknown(code.to_owned()),
            },
        })
    }

    fn field_of(&self, key: Value, list: bool) -> Option<&'static str> {
        let field = self.kind.field(key.as_text()?)?;
        (field.list == list).then_some(field.key)
    }

    fn first_values(&self, pairs: &mut Vec<Pair<'_, '_>>) -> Option<Values> {
        let mut values = Values::new();
        for field in self.kind.fields() {
            if let Some(value) = take(pairs, field.key) {
                if field.list != value.as_list().is_some() {
                    return None;
                }
                values.put(field.key, Some(value));
            }
        }
        Some(values)
    }

    fn conflicts(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Conflict> {
        let read = value.get_ref().as_array().and_then(|items| {
            items.iter().map(|item| item.get_ref().as_table().and_then(conflict)).collect()
        });
        read.unwrap_or_else(|| {
            let expected = say!(
                "список вида {{ key = \"…\", value = …, by = \"…\", at = … }}",
                "a list of {{ key = \"…\", value = …, by = \"…\", at = … }}"
            );
            self.wrong("conflicts", value.span(), &expected);
            Vec::new()
        })
    }
}

fn conflict(table: &DeTable<'_>) -> Option<Conflict> {
    let mut pairs: Vec<Pair<'_, '_>> = table.iter().collect();
    let key = take(&mut pairs, "key")?.as_text()?.to_owned();
    let value = take(&mut pairs, "value");
    let by = take(&mut pairs, "by").and_then(|by| by.as_text().map(str::to_owned));
    let at = take(&mut pairs, "at").and_then(|at| at.as_instant());
    pairs.is_empty().then_some(Conflict { key, value, by, at })
}

/// Takes a pair out of a table; a value that can't be read stays, as an unknown key would.
fn take(pairs: &mut Vec<Pair<'_, '_>>, key: &str) -> Option<Value> {
    let at = pairs.iter().position(|(name, _)| name.get_ref().as_ref() == key)?;
    let value = plain(pairs[at].1.get_ref())?;
    pairs.remove(at);
    Some(value)
}

fn items(value: Option<Value>) -> Option<Vec<Value>> {
    match value {
        Some(Value::List(items)) => Some(items),
        Some(_) => None,
        None => Some(Vec::new()),
    }
}

/// One moment or several.
fn instants(value: Option<Value>) -> Option<Vec<Instant>> {
    match value {
        Some(Value::List(items)) => items.iter().map(Value::as_instant).collect(),
        Some(value) => value.as_instant().map(|at| vec![at]),
        None => Some(Vec::new()),
    }
}

/// A TOML value as a record's value; none where records hold nothing of the sort.
fn plain(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::Text(text.to_string())),
        DeValue::Boolean(flag) => Some(Value::Bool(*flag)),
        DeValue::Datetime(at) => instant(at).map(Value::Instant),
        DeValue::Array(items) => {
            items.iter().map(|item| plain(item.get_ref())).collect::<Option<_>>().map(Value::List)
        }
        DeValue::Table(table) => range(table).map(Value::Range),
        DeValue::Integer(_) | DeValue::Float(_) => None,
    }
}

fn range(table: &DeTable<'_>) -> Option<Range> {
    let mut pairs: Vec<Pair<'_, '_>> = table.iter().collect();
    let start = take(&mut pairs, "start")?.as_instant()?;
    let end = take(&mut pairs, "end")?.as_instant()?;
    pairs.is_empty().then_some(Range { start, end })
}

/// An offset date-time; none for TOML's local times, which name no moment.
fn instant(at: &Datetime) -> Option<Instant> {
    let (date, time, offset) = (at.date?, at.time?, at.offset?);
    let date = NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())?;
    let (second, nano) = (time.second.unwrap_or(0), time.nanosecond.unwrap_or(0));
    let time =
        NaiveTime::from_hms_nano_opt(time.hour.into(), time.minute.into(), second.into(), nano)?;
    let minutes = match offset {
        Offset::Z => 0,
        Offset::Custom { minutes } => i32::from(minutes),
    };
    let offset = FixedOffset::east_opt(minutes * 60)?;
    offset.from_local_datetime(&NaiveDateTime::new(date, time)).single()
}

fn has_form(form: Form, value: &Value) -> bool {
    match form {
        Form::Flag => matches!(value, Value::Bool(_)),
        Form::Moment | Form::Visit => matches!(value, Value::Instant(_)),
        Form::Range => matches!(value, Value::Range(_)),
        _ => matches!(value, Value::Text(_)),
    }
}

fn expected(form: Form) -> Text {
    match form {
        Form::Flag => say!("true или false", "true or false"),
        Form::Moment | Form::Visit => say!(
            "время со смещением: 2026-11-25T11:30:00+03:00",
            "a time with its offset: 2026-11-25T11:30:00+03:00"
        ),
        Form::Range => say!(
            "диапазон вида {{ start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 }}",
            "ranges of the form {{ start = 2026-11-25T09:00:00+03:00, end = 2026-11-25T12:00:00+03:00 }}"
        ),
        _ => say!("текст в кавычках", "text in quotes"),
    }
}

/// The known word that a typed one is most like, where it is like one at all.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(typed, word), word))
        .filter(|(distance, word)| *distance <= 1 + word.chars().count() / 4)
        .min()
        .map(|(_, word)| word)
}

/// The line and the column of a byte, both from 1; columns count characters.
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |n| n + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
