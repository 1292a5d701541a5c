//! Text → record. Decoding never stops: whatever can be read is read, and each thing that can't
//! is a problem with its place in the original text.

use std::borrow::Cow;
use std::ops::Range as Span;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _};
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::{Datetime, Offset};

use crate::format::{encode, syntax};
use crate::i18n::Text;
use crate::model::event::{Details, Event, Mark, What};
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
    /// The record's key that it spoils: what was read of it is not all that the file says.
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
    /// The items of the lists that could be read, in the record's order.
    items: Vec<(String, Vec<Span<usize>>)>,
    /// The events of the history that could be read, in order.
    pub events: Vec<Span<usize>>,
}

impl Spans {
    /// The place of a key's value.
    pub fn value(&self, key: &str) -> Option<Span<usize>> {
        self.keys.iter().find(|(k, ..)| k == key).map(|(_, _, value)| value.clone())
    }

    /// The place of an item of a key's list, by its number in the record.
    pub fn item(&self, key: &str, number: usize) -> Option<Span<usize>> {
        let (_, items) = self.items.iter().find(|(k, _)| k == key)?;
        items.get(number).cloned()
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
        Err(error) => {
            let problems = vec![syntax::problem(kind, text, &error)];
            return Decoded { record: None, problems, spans: Spans::default() };
        }
    };
    if let Some(problem) = cut(kind, table.get_ref()) {
        return Decoded { record: None, problems: vec![problem], spans: Spans::default() };
    }
    let names = table.get_ref().iter().map(|(name, _)| name.get_ref().to_string()).collect();
    let mut reader = Reader { text, kind, names, problems: Vec::new(), spans: Spans::default() };
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

/// A file that lacks its history and several keys, or holds nothing at all: it was cut off, which
/// is one finding.
fn cut(kind: Kind, table: &DeTable<'_>) -> Option<Problem> {
    let has = |key: &str| table.iter().any(|(name, _)| name.get_ref().as_ref() == key);
    let required = kind.fields().iter().filter(|field| field.need == Need::Required);
    let missing: Vec<&str> = required.map(|field| field.key).filter(|key| !has(key)).collect();
    let is_cut = table.is_empty() || (missing.len() > 1 && !has("history"));
    is_cut.then(|| {
        let list = missing.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let message = if table.is_empty() {
            say!("Файл пуст: нет ключей {list}.", "The file is empty: it lacks {list}.")
        } else {
            say!(
                "Запись обрывается: нет истории и ключей {list}.",
                "The record is cut off: it lacks its history and {list}."
            )
        };
        let hint = say!("Верните файл из git.", "Take the file back from git.");
        Problem { rule: "missing-key", span: 0..0, key: None, message, hint: Some(hint) }
    })
}

/// Whether a text is a value, and this one.
pub fn reads_as(raw: &str, value: &DeValue<'_>) -> bool {
    DeValue::parse(raw).is_ok_and(|read| encode::any(read.get_ref()) == encode::any(value))
}

/// An item of a record's list as `encode` writes it.
pub fn item_text(value: &DeValue<'_>, key: &str) -> String {
    let text = match value.as_table() {
        Some(table) if key == "conflicts" => conflict(table).map(|read| encode::conflict(&read)),
        _ => plain(value).map(|read| encode::inline(&read)),
    };
    text.unwrap_or_default()
}

/// Reads one value, as an array in a file holds it.
pub fn value(text: &str) -> Option<Value> {
    DeValue::parse(text).ok().and_then(|value| plain(value.get_ref()))
}

/// Reads the value of an unknown key: one that no record holds, such as a number, is its own text.
pub fn unknown(raw: &str) -> Value {
    value(raw).unwrap_or_else(|| Value::Text(raw.to_owned()))
}

/// A pair of an inline table.
type Pair<'a, 'i> = (&'a Spanned<Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

struct Reader<'t> {
    text: &'t str,
    kind: Kind,
    /// The keys of the file.
    names: Vec<String>,
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
                    self.unknown(name);
                    record.unknown.push((key.to_owned(), self.raw(value)));
                }
            },
        }
    }

    fn has(&self, key: &str) -> bool {
        self.names.iter().any(|name| name == key)
    }

    /// The value of an unknown key as it stands there; on one line where it is written as a table
    /// with a header, or with dotted keys.
    fn raw(&self, value: &Spanned<DeValue<'_>>) -> String {
        let written = self.text.get(value.span()).filter(|raw| reads_as(raw, value.get_ref()));
        written.map_or_else(|| encode::any(value.get_ref()), str::to_owned)
    }

    fn unknown(&mut self, name: &Spanned<Cow<'_, str>>) {
        let key = name.get_ref().as_ref();
        let known = self.kind.fields().iter().map(|f| f.key).chain(["history", "conflicts"]);
        let (kind, shown, hint) = (self.kind, shown_key(key), meant(key, known.clone()));
        // A known key that is not there was meant by this one: its lack is no second finding.
        let spoilt = nearest(key, known).filter(|near| !self.has(near)).unwrap_or(key).to_owned();
        self.problem(
            "unknown-key",
            name.span(),
            &spoilt,
            say!(lang; "У {} нет ключа «{}».", "{}: there is no key “{}”.", kind.of_one(lang), shown),
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
        let one = |item: &Spanned<DeValue<'_>>| Some((self.item(field, item)?, item.span()));
        let mut read: Vec<(Value, Span<usize>)> = items.iter().filter_map(one).collect();
        read.sort_by(|(a, _), (b, _)| a.cmp(b));
        read.dedup_by(|(a, _), (b, _)| a == b);
        let (read, spans) = read.into_iter().unzip();
        self.spans.items.push((field.key.to_owned(), spans));
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
            say!("`{key}`: нужно: {ru}.", "`{key}` takes {en}."),
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
                    self.strange(&event, item.get_ref().as_table());
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

    /// What this version does not know of an event. It is carried along, and spoils nothing.
    fn strange(&mut self, event: &Event, table: Option<&DeTable<'_>>) {
        let pairs = || table.into_iter().flat_map(|table| table.iter());
        let code = event.what.code();
        if let What::Unknown(code) = &event.what {
            let at = pairs().find(|(name, _)| name.get_ref().as_ref() == "event");
            let known = ["created", "imported", "set", "list", "note"];
            let known = known.into_iter().chain(Mark::ALL.map(Mark::code));
            let (shown, hint) = (shown_key(code), meant(code, known));
            self.problems.push(Problem {
                rule: "bad-value",
                span: at.map_or(0..0, |(_, value)| value.span()),
                key: None,
                message: say!("Нет такого события: «{shown}».", "There is no event “{shown}”."),
                hint: Some(hint),
            });
            return;
        }
        let strange = pairs()
            .filter(|(name, _)| event.extra.iter().any(|(key, _)| key == name.get_ref().as_ref()));
        for (name, _) in strange {
            let shown = shown_key(name.get_ref());
            let known = EVENT_KEYS.into_iter().chain(self.kind.fields().iter().map(|f| f.key));
            self.problems.push(Problem {
                rule: "unknown-key",
                span: name.span(),
                key: None,
                message: say!(
                    "В событии `{code}` нет такого ключа «{shown}».",
                    "The event `{code}` has no key “{shown}”."
                ),
                hint: Some(meant(name.get_ref(), known)),
            });
        }
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
        // On one line, however it was written: an event is one.
        let extra = pairs.iter().map(|(k, v)| (k.get_ref().to_string(), encode::any(v.get_ref())));
        let extra = extra.collect();
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
        let expected = say!(
            "список вида {{ key = \"…\", value = …, by = \"…\", at = … }}",
            "a list of {{ key = \"…\", value = …, by = \"…\", at = … }}"
        );
        let Some(items) = value.get_ref().as_array() else {
            self.wrong("conflicts", value.span(), &expected);
            return Vec::new();
        };
        let mut spans = Vec::new();
        let mut read = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_table().and_then(conflict) {
                Some(conflict) => {
                    read.push(conflict);
                    spans.push(item.span());
                }
                None => self.wrong("conflicts", item.span(), &expected),
            }
        }
        self.spans.items.push(("conflicts".to_owned(), spans));
        read
    }
}

fn conflict(table: &DeTable<'_>) -> Option<Conflict> {
    let mut pairs: Vec<Pair<'_, '_>> = table.iter().collect();
    let key = take(&mut pairs, "key")?.as_text()?.to_owned();
    let value = take(&mut pairs, "value");
    let by = match take(&mut pairs, "by") {
        Some(by) => Some(by.as_text()?.to_owned()),
        None => None,
    };
    let at = match take(&mut pairs, "at") {
        Some(at) => Some(at.as_instant()?),
        None => None,
    };
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

/// The keys that events have beside the record's own.
pub const EVENT_KEYS: [&str; 14] = [
    "at",
    "by",
    "event",
    "tx",
    "key",
    "from",
    "to",
    "reason",
    "appointment",
    "added",
    "removed",
    "text",
    "source",
    "of",
];

/// A name from a file as a message shows it: bare as TOML has it, and no number; what stands in
/// quotes might be a person's.
pub fn shown_key(name: &str) -> &str {
    let is_bare = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    if is_bare && !name.is_empty() && name.len() <= 40 && digits < 4 { name } else { "…" }
}

/// What to do about a name that is not known.
pub fn meant<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Text {
    match nearest(typed, known) {
        Some(near) => say!("Может быть, `{near}`?", "Did you mean `{near}`?"),
        None => say!("Удалите его или исправьте имя.", "Remove it, or mend its name."),
    }
}

/// The known word that a typed one is most like, where it is like one at all.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(typed, word), word))
        .filter(|(distance, word)| (1..=slips(word)).contains(distance))
        .min()
        .map(|(_, word)| word)
}

/// How many slips leave a word recognisable: in one of four letters, one.
fn slips(word: &str) -> usize {
    match word.chars().count() {
        0..=4 => 1,
        letters => 1 + letters / 4,
    }
}

/// The line and the column of a byte, both from 1; columns count characters.
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text[..at].trim_start_matches('\u{feff}'); // A mark of the file, no character.
    let line_start = before.rfind('\n').map_or(0, |n| n + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
