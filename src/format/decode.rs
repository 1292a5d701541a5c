//! Text → record. Decoding never stops: whatever can be read is read, and each thing that can't
//! is a problem with its place in the original text.

mod reader;
mod scan;
mod value;

use std::ops::Range as Span;

use toml::de::{DeTable, DeValue};

use self::reader::Reader;
use self::value::{conflict, plain};
use crate::format::{encode, syntax};
use crate::i18n::Text;
use crate::model::field::Need;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Value;
use crate::say;

/// What became of a text.
#[derive(Debug)]
pub struct Decoded {
    /// The record, with all that could be read; none where the text is no TOML.
    pub record: Option<Record>,
    /// What could not be read, in the order of the text.
    pub problems: Vec<Problem>,
    /// Where things stand in the text; none where it is known to be canonical: then nobody looked,
    /// and [`spans`] does.
    pub spans: Option<Spans>,
}

impl Decoded {
    /// There is no record in it, since something is wrong.
    pub(super) fn nothing(problem: Problem) -> Decoded {
        Decoded { record: None, problems: vec![problem], spans: Some(Spans::default()) }
    }

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
    match canonical(kind, id, text) {
        Some(record) => Decoded { record: Some(record), problems: Vec::new(), spans: None },
        None => parsed(kind, id, text),
    }
}

/// Reads a text that is exactly what [`encode::record`] writes of its record; none where it is not,
/// or not known to be.
pub fn canonical(kind: Kind, id: &str, text: &str) -> Option<Record> {
    let record = scan::record(kind, id, text)?;
    // So whatever any test reads is read by both.
    debug_assert!(parsed(kind, id, text).record.as_ref() == Some(&record));
    Some(record)
}

/// Where things stand in a text that [`canonical`] reads.
pub fn spans(text: &str) -> Spans {
    scan::spans(text)
}

/// Reads any text, by its syntax tree.
fn parsed(kind: Kind, id: &str, text: &str) -> Decoded {
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => return Decoded::nothing(syntax::problem(kind, text, &error)),
    };
    if let Some(problem) = cut(kind, table.get_ref()) {
        return Decoded::nothing(problem);
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
    Decoded { record: Some(record), problems: reader.problems, spans: Some(reader.spans) }
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
    let length = typed.chars().count();
    // So many letters more or fewer are as many slips at the least; a word may be long as a file.
    let is_near = |word: &&str| length.abs_diff(word.chars().count()) <= slips(word);
    // Another number as long is no slip: «poliklinika-1» is another clinic than «poliklinika-2».
    let digits = |word: &str| word.chars().filter(char::is_ascii_digit).collect::<String>();
    let own = digits(typed);
    known
        .into_iter()
        .filter(is_near)
        .filter(|word| digits(word).len() != own.len() || digits(word) == own)
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
