//! The canonical form of a record's text: what `appt fmt` writes (`spec.md`, section 3).
//!
//! The values stand as [`encode`] writes them, and every comment stays with what it belongs to. The
//! form changes no value: what is read from the canonical text is what was read from the original.
//! The canonical form of a canonical text is the text itself.

use crate::format::comments::{self, Comments, Place};
use crate::format::{decode, encode};
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::value::Value;

/// A text without a byte order mark, its lines ended by LF.
pub fn lines(text: &str) -> String {
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n")
}

/// The canonical form; none where the text can't be read, since what is not understood is not
/// rewritten. Unknown keys are no hindrance: they are carried along.
pub fn text(kind: Kind, text: &str) -> Option<String> {
    let decoded = decode::record(kind, "", text);
    if decoded.spans.is_none() {
        return Some(text.to_owned());
    }
    let is_understood =
        decoded.problems.iter().all(|p| matches!(p.rule, "unknown-key" | "missing-key"));
    let record = decoded.record.filter(|_| is_understood)?;
    if is_plain(&record, text) {
        return Some(text.to_owned());
    }
    Some(Writer::new(comments::of(kind, text)?).write(&record))
}

/// Whether a record's text is canonical and holds no comment: so are most, and they need not be
/// taken apart.
pub fn is_plain(record: &Record, text: &str) -> bool {
    encode::record(record) == text && record.conflicts.is_sorted()
}

/// The first byte of a text at which its canonical form differs; none where it is canonical or
/// can't be read.
pub fn first_difference(kind: Kind, original: &str) -> Option<usize> {
    let canonical = text(kind, original)?;
    if canonical == original {
        return None;
    }
    let same = original.chars().zip(canonical.chars()).take_while(|(a, b)| a == b);
    Some(same.map(|(c, _)| c.len_utf8()).sum())
}

/// Writes values and comments in their order.
struct Writer {
    comments: Comments,
    out: String,
    /// Comments of a key that is not written, since it holds nothing: they go to the next one.
    homeless: Vec<String>,
}

impl Writer {
    fn new(comments: Comments) -> Writer {
        Writer { comments, out: String::new(), homeless: Vec::new() }
    }

    fn write(mut self, record: &Record) -> String {
        let head = self.comments.take(&Place::Head);
        for field in record.kind.fields() {
            match record.values.get(field.key) {
                Some(Value::List(items)) => {
                    let items: Vec<String> = items.iter().map(encode::inline).collect();
                    self.list(field.key, &items, true);
                }
                Some(value) => self.value(field.key, &encode::inline(value)),
                None => self.nothing(field.key),
            }
        }
        for (key, raw) in &record.unknown {
            self.value(key, &raw.replace("\r\n", "\n"));
        }
        let mut conflicts = record.conflicts.clone();
        conflicts.sort();
        let conflicts: Vec<String> = conflicts.iter().map(encode::conflict).collect();
        self.list("conflicts", &conflicts, true);
        let history: Vec<String> = record.history.iter().map(encode::event).collect();
        self.list("history", &history, false);
        self.end(head)
    }

    /// The head of the file before what was written, and its end after it.
    fn end(mut self, head: Vec<String>) -> String {
        let mut last = self.comments.take(&Place::End);
        self.homeless.extend(self.comments.take_rest());
        if !self.homeless.is_empty() {
            last.splice(0..0, std::iter::once(String::new()).chain(self.homeless));
        }
        for line in tidy(last, true) {
            self.out.push_str(&line);
            self.out.push('\n');
        }
        let head: String = head.iter().map(|line| format!("{line}\n")).collect();
        let text = head + &self.out;
        let text = text.trim_matches('\n');
        if text.is_empty() { String::new() } else { format!("{text}\n") }
    }

    fn value(&mut self, key: &str, text: &str) {
        let behind = self.begin(key);
        self.out.push_str(&format!("{} = {text}{behind}\n", encode::key_text(key)));
    }

    /// What stands above a key; what stands behind its value is returned.
    fn begin(&mut self, key: &str) -> String {
        let mut above = std::mem::take(&mut self.homeless);
        above.extend(self.comments.take(&Place::Above(key.to_owned())));
        let behind = self.behind(&Place::Behind(key.to_owned()), &mut above);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        for line in tidy(above, false) {
            self.out.push_str(&line);
            self.out.push('\n');
        }
        behind
    }

    /// A comment that has its line's end to itself; where there are several, the others go above.
    fn behind(&mut self, place: &Place, above: &mut Vec<String>) -> String {
        let mut lines = self.comments.take(place);
        let Some(last) = lines.pop() else { return String::new() };
        above.extend(lines);
        format!(" {last}")
    }

    fn nothing(&mut self, key: &str) {
        for place in [Place::Above, Place::Open, Place::Close, Place::Behind] {
            let lines = self.comments.take(&place(key.to_owned()));
            self.homeless.extend(lines);
        }
    }

    /// A list, one item a line. `sorted` says that its items were sorted and are no more than once
    /// in it; their comments come with them.
    fn list(&mut self, key: &str, items: &[String], sorted: bool) {
        if items.is_empty() {
            return self.nothing(key);
        }
        let origins = self.comments.items(key);
        let behind = self.begin(key);
        let mut inside = Vec::new();
        let open = self.behind(&Place::Open(key.to_owned()), &mut inside);
        self.out.push_str(&format!("{key} = [{open}\n"));
        for (at, item) in items.iter().enumerate() {
            let mut above = std::mem::take(&mut inside);
            let mut tail = Vec::new();
            for (origin, text) in origins.iter().enumerate() {
                if if sorted { text == item } else { origin == at } {
                    above.extend(self.comments.take(&Place::AboveItem(key.to_owned(), origin)));
                    tail.extend(self.comments.take(&Place::BehindItem(key.to_owned(), origin)));
                }
            }
            let last = tail.pop().map(|last| format!(" {last}")).unwrap_or_default();
            self.lines_inside(above.iter().chain(&tail));
            self.out.push_str(&format!("{}{item},{last}\n", encode::INDENT));
        }
        // Two items that are one, such as a moment in two zones, are written once.
        for origin in 0..origins.len() {
            for place in [Place::AboveItem, Place::BehindItem] {
                let lines = self.comments.take(&place(key.to_owned(), origin));
                self.lines_inside(lines.iter());
            }
        }
        let close = self.comments.take(&Place::Close(key.to_owned()));
        self.lines_inside(close.iter());
        self.out.push_str(&format!("]{behind}\n"));
    }

    fn lines_inside<'l>(&mut self, lines: impl Iterator<Item = &'l String>) {
        for line in lines.filter(|line| !line.is_empty()) {
            self.out.push_str(&format!("{}{line}\n", encode::INDENT));
        }
    }
}

/// No two blank lines together, and none at the beginning unless it may stand there.
fn tidy(lines: Vec<String>, may_begin: bool) -> Vec<String> {
    let mut tidied: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        let before = tidied.last().map(String::as_str);
        if !line.is_empty() || before.map_or(may_begin, |before| !before.is_empty()) {
            tidied.push(line);
        }
    }
    tidied
}
