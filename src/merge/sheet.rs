//! A record's file as a merge sees it: the record, its unknown keys, and its comments, each with
//! what it stands at; read from a text, and written as the canonical one.
//!
//! Invariant: what is written reads as the same sheet.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{DocumentMut, Item, RawString, Value as TomlValue};

use crate::format::{canonical, decode, encode};
use crate::merge::{Unmergeable, decoded, unsound};
use crate::model::kind::Kind;
use crate::model::record::{Conflict, Record};
use crate::model::value::Value;

/// What a comment stands at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A key.
    Key(String),
    /// An item of a key's list, by its canonical text.
    Item(String, String),
    /// The end of a key's list.
    Inside(String),
    /// The end of the file.
    End,
}

/// The comments at a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Comments {
    /// The paragraphs above it: lines without a blank one between them.
    above: Vec<String>,
    /// The comment behind it, on its line.
    beside: Option<String>,
}

/// A file as a merge sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    /// The record; its unknown keys stand apart.
    pub record: Record,
    unknown: BTreeMap<String, String>,
    comments: BTreeMap<Place, Comments>,
}

/// What stands of two values with a common ancestor, and what else somebody put there: the side
/// that changed, and of two changes the greater.
pub(super) fn three<T: Ord>(base: T, a: T, b: T) -> (T, Option<T>) {
    if a == b || b == base {
        (a, None)
    } else if a == base {
        (b, None)
    } else if a > b {
        (a, Some(b))
    } else {
        (b, Some(a))
    }
}

impl Sheet {
    /// A record without comments.
    pub fn of(record: Record) -> Sheet {
        Sheet { record, unknown: BTreeMap::new(), comments: BTreeMap::new() }
    }

    /// Reads a text.
    ///
    /// # Errors
    /// Where something in it can't be read.
    pub fn read(kind: Kind, id: &str, text: &str) -> Result<Sheet, Unmergeable> {
        let record = decoded(kind, id, text)?;
        let mut document: DocumentMut = text.parse().map_err(|_| unsound())?;
        // What stands under headers has comments of its own, between its keys.
        if document.iter().any(|(_, item)| !item.is_value())
            && let Some(plain) = canonical::text(kind, text)
        {
            document = plain.parse().map_err(|_| unsound())?;
        }
        let mut sheet = Sheet::of(record);
        for (key, item) in document.iter() {
            sheet.read_key(key, item);
            let prefix = document.key(key).and_then(|key| key.leaf_decor().prefix());
            sheet.add_above(Place::Key(key.to_owned()), paragraphs(raw(prefix)));
            if let Some(table) = item.as_table() {
                sheet
                    .add_above(Place::Key(key.to_owned()), paragraphs(raw(table.decor().prefix())));
            }
        }
        sheet.add_above(Place::End, paragraphs(raw(Some(document.trailing()))));
        sheet.record.unknown.clear();
        Ok(sheet)
    }

    fn read_key(&mut self, key: &str, item: &Item) {
        if let Some(value) = item.as_value() {
            self.add_beside(Place::Key(key.to_owned()), raw(value.decor().suffix()));
        }
        let is_known =
            self.record.kind.field(key).is_some() || matches!(key, "history" | "conflicts");
        if !is_known {
            let value = item.clone().into_value().unwrap_or_else(|_| TomlValue::from(""));
            self.unknown.insert(key.to_owned(), bare(&value));
        } else if let Some(items) = item.as_array() {
            let mut last: Option<Place> = None;
            for (at, value) in items.iter().enumerate() {
                let place = Place::Item(key.to_owned(), self.item_text(key, at, value));
                self.add_behind(last.as_ref(), key, raw(value.decor().prefix()), &place);
                self.add_beside(place.clone(), raw(value.decor().suffix()));
                last = Some(place);
            }
            let inside = Place::Inside(key.to_owned());
            self.add_behind(last.as_ref(), key, raw(Some(items.trailing())), &inside);
        }
    }

    /// The canonical text of a list's item.
    fn item_text(&self, key: &str, at: usize, value: &TomlValue) -> String {
        let text = match key {
            "history" => self.record.history.get(at).map(encode::event),
            "conflicts" => self.record.conflicts.get(at).map(encode::conflict),
            _ => decode::value(&bare(value)).map(|value| encode::inline(&value)),
        };
        text.unwrap_or_else(|| bare(value))
    }

    /// What stands between two items: the rest of the first one's line, then whole lines.
    fn add_behind(&mut self, last: Option<&Place>, key: &str, text: &str, next: &Place) {
        let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
        match last {
            Some(last) => self.add_beside(last.clone(), line),
            None => self.add_above(Place::Key(key.to_owned()), paragraphs(line)),
        }
        self.add_above(next.clone(), paragraphs(rest));
    }

    fn add_above(&mut self, place: Place, paragraphs: Vec<String>) {
        if !paragraphs.is_empty() {
            let above = &mut self.comments.entry(place).or_default().above;
            above.extend(paragraphs);
            *above = once(above);
        }
    }

    /// A comment on a place's line; a second one goes above.
    fn add_beside(&mut self, place: Place, text: &str) {
        for paragraph in paragraphs(text) {
            match self.comments.entry(place.clone()).or_default() {
                Comments { beside: beside @ None, .. } if !paragraph.contains('\n') => {
                    *beside = Some(paragraph);
                }
                _ => self.add_above(place.clone(), vec![paragraph]),
            }
        }
    }

    /// The value of a key that the record's kind does not have.
    pub fn unknown(&self, key: &str) -> Option<Value> {
        self.unknown.get(key).map(|raw| decode::unknown(raw))
    }

    /// Unknown keys and comments of three; the record is left empty. The other value of an unknown
    /// key is put among the open conflicts.
    pub fn merge(base: &Sheet, a: &Sheet, b: &Sheet, open: &mut Vec<Conflict>) -> Sheet {
        let mut merged = Sheet::of(Record::new(a.record.kind, a.record.id.clone()));
        for key in keys(&a.unknown, &b.unknown) {
            let (stands, other) =
                three(base.unknown.get(key), a.unknown.get(key), b.unknown.get(key));
            if let Some(raw) = stands {
                merged.unknown.insert(key.clone(), raw.clone());
            }
            open.extend(other.flatten().map(|raw| Conflict {
                key: key.clone(),
                value: Some(decode::unknown(raw)),
                by: None,
                at: None,
            }));
        }
        merged.comments = comments(base, a, b);
        merged
    }

    /// The canonical text, ending in a line break. Every comment must stand at something that is
    /// there ([`Sheet::anchored`]).
    pub fn write(&self) -> String {
        let record = &self.record;
        let mut parts = Vec::new();
        for (key, value) in record.values.iter() {
            let value = match value {
                Value::List(items) => self.list(key, items.iter().map(encode::inline)),
                value => encode::inline(value),
            };
            parts.push(self.part(key, &value));
        }
        for (key, raw) in &self.unknown {
            parts.push(self.part(key, raw));
        }
        if !record.conflicts.is_empty() {
            let items = record.conflicts.iter().map(encode::conflict);
            parts.push(self.part("conflicts", &self.list("conflicts", items)));
        }
        if !record.history.is_empty() {
            let items = record.history.iter().map(encode::event);
            parts.push(self.part("history", &self.list("history", items)));
        }
        if let Some(end) = self.comments.get(&Place::End) {
            parts.push(format!("{}\n", end.above.join("\n\n")));
        }
        parts.join("\n")
    }

    fn part(&self, key: &str, value: &str) -> String {
        let name = encode::key_text(key);
        let (above, beside) = self.around(&Place::Key(key.to_owned()), "");
        format!("{above}{name} = {value}{beside}\n")
    }

    fn list(&self, key: &str, items: impl Iterator<Item = String>) -> String {
        let mut text = String::from("[\n");
        for item in items {
            let place = Place::Item(key.to_owned(), item);
            let (above, beside) = self.around(&place, encode::INDENT);
            let Place::Item(_, item) = place else { continue };
            text.push_str(&format!("{above}{}{item},{beside}\n", encode::INDENT));
        }
        text.push_str(&self.around(&Place::Inside(key.to_owned()), encode::INDENT).0);
        text.push(']');
        text
    }

    /// The text above a place and the text behind it.
    fn around(&self, place: &Place, indent: &str) -> (String, String) {
        let Some(Comments { above, beside }) = self.comments.get(place) else {
            return Default::default();
        };
        let indented = |paragraph: &String| {
            paragraph.lines().map(|line| format!("{indent}{line}\n")).collect::<String>()
        };
        let above: Vec<String> = above.iter().map(indented).collect();
        let beside = beside.as_ref().map_or(String::new(), |beside| format!(" {beside}"));
        (above.join("\n"), beside)
    }

    /// The same with every comment at something that lasts: it is there, and no side took it away.
    /// What stood at an item goes above its list, what stood at a key above the next one that no
    /// record is without: so it comes to stand at the same place in whatever order clones meet.
    pub fn anchored(&self, [base, a, b]: [&Sheet; 3]) -> Sheet {
        let is_kept = |place: &Place| !base.has(place) || (a.has(place) && b.has(place));
        let lasts = |place: &Place| self.has(place) && is_kept(place);
        let mut anchored = Sheet { comments: BTreeMap::new(), ..self.clone() };
        let mut moved: BTreeMap<Place, Vec<String>> = BTreeMap::new();
        for (place, comments) in &self.comments {
            if lasts(place) {
                anchored.comments.insert(place.clone(), comments.clone());
            } else {
                let all = comments.above.iter().chain(&comments.beside).cloned();
                moved.entry(self.next_to(place, lasts)).or_default().extend(all);
            }
        }
        for (place, paragraphs) in moved {
            let was = base.comments.get(&place).map(|comments| comments.above.clone());
            let above = &mut anchored.comments.entry(place).or_default().above;
            above.extend(paragraphs);
            *above = in_order(&was.unwrap_or_default(), std::mem::take(above));
        }
        anchored
    }

    /// Where the comments of a place go that does not last.
    fn next_to(&self, place: &Place, lasts: impl Fn(&Place) -> bool) -> Place {
        let (Place::Key(key) | Place::Item(key, _) | Place::Inside(key)) = place else {
            return Place::End;
        };
        let own = Place::Key(key.clone());
        if *place != own && lasts(&own) {
            return own;
        }
        let fields = self.record.kind.fields();
        let at = fields.iter().position(|field| field.key == key).unwrap_or(fields.len());
        let required = fields[at..].iter().filter(|field| field.required()).map(|field| field.key);
        let mut next = required.chain(["history"]).map(|key| Place::Key(key.to_owned()));
        next.find(lasts).unwrap_or(Place::End)
    }

    /// Whether there is such a place.
    fn has(&self, place: &Place) -> bool {
        let record = &self.record;
        match place {
            Place::Item(key, item) => self.items(key).contains(item),
            Place::Key(key) | Place::Inside(key) => match key.as_str() {
                "conflicts" => !record.conflicts.is_empty(),
                "history" => !record.history.is_empty(),
                key => record.values.get(key).is_some() || self.unknown.contains_key(key),
            },
            Place::End => true,
        }
    }

    fn items(&self, key: &str) -> Vec<String> {
        match key {
            "history" => self.record.history.iter().map(encode::event).collect(),
            "conflicts" => self.record.conflicts.iter().map(encode::conflict).collect(),
            _ => self.record.values.list(key).iter().map(encode::inline).collect(),
        }
    }
}

/// The comments of three.
fn comments(base: &Sheet, a: &Sheet, b: &Sheet) -> BTreeMap<Place, Comments> {
    let [in_base, in_a, in_b] = [base, a, b].map(spots);
    let mut merged: BTreeMap<Place, Comments> = BTreeMap::new();
    let mut beside: BTreeMap<&Place, BTreeSet<&str>> = BTreeMap::new();
    for text in keys(&in_a, &in_b).iter().copied().copied() {
        let [was, here, there] =
            [&in_base, &in_a, &in_b].map(|spots| spots.get(text).cloned().unwrap_or_default());
        for (place, is_beside) in placed(was, here, there) {
            match is_beside {
                true => drop(beside.entry(place).or_default().insert(text)),
                false => merged.entry(place.clone()).or_default().above.push(text.to_owned()),
            }
        }
    }
    // A line has room for one comment behind it.
    for (place, mut texts) in beside {
        let comments = merged.entry(place.clone()).or_default();
        comments.beside = texts.pop_last().map(str::to_owned);
        comments.above.extend(texts.into_iter().map(str::to_owned));
    }
    let above = |sheet: &Sheet, place: &Place| -> Vec<String> {
        sheet.comments.get(place).map(|comments| comments.above.clone()).unwrap_or_default()
    };
    for (place, comments) in &mut merged {
        let [base, a, b] = [base, a, b].map(|sheet| above(sheet, place));
        comments.above = ordered(&base, &a, &b, std::mem::take(&mut comments.above));
    }
    merged
}

/// Where a paragraph stands: at which places, and whether behind them or above.
type Spots<'s> = BTreeSet<(&'s Place, bool)>;

/// Where a paragraph stands that is known by its text. It is gone where a side took it away, and
/// moves with the side that moved it; where both did, to the later of the two places. Who puts the
/// same words at one more place has written them anew: these stay.
fn placed<'s>(was: Spots<'s>, here: Spots<'s>, there: Spots<'s>) -> Spots<'s> {
    let is_gone = here.is_empty() || there.is_empty();
    match was.len().max(here.len()).max(there.len()) {
        1 if !was.is_empty() && is_gone => Spots::new(),
        1 if !was.is_empty() => three(was, here, there).0,
        _ => {
            let stays =
                |spot: &_| !was.contains(spot) || (here.contains(spot) && there.contains(spot));
            here.union(&there).copied().filter(stays).collect()
        }
    }
}

fn spots(sheet: &Sheet) -> BTreeMap<&str, Spots<'_>> {
    let mut spots: BTreeMap<&str, Spots<'_>> = BTreeMap::new();
    for (place, Comments { above, beside }) in &sheet.comments {
        let above = above.iter().map(|text| (text, false));
        for (text, is_beside) in above.chain(beside.iter().map(|text| (text, true))) {
            spots.entry(text).or_default().insert((place, is_beside));
        }
    }
    spots
}

/// The paragraphs above a place, in the order of the side that changed something there; where both
/// did, what is new after what was there, sorted.
fn ordered(base: &[String], a: &[String], b: &[String], paragraphs: Vec<String>) -> Vec<String> {
    let set = |paragraphs: &[String]| paragraphs.iter().cloned().collect::<BTreeSet<_>>();
    let all = set(&paragraphs);
    let changed = match (set(a) != set(base), set(b) != set(base)) {
        (false, false) => three(base, a, b).0,
        (true, false) => a,
        (false, true) => b,
        (true, true) if a == b => a,
        (true, true) => &[],
    };
    if set(changed) == all { changed.to_vec() } else { in_order(base, paragraphs) }
}

fn in_order(base: &[String], mut paragraphs: Vec<String>) -> Vec<String> {
    let rank = |paragraph: &String| base.iter().position(|p| p == paragraph).unwrap_or(base.len());
    paragraphs.sort_by(|a, b| (rank(a), a).cmp(&(rank(b), b)));
    paragraphs.dedup();
    paragraphs
}

fn once(paragraphs: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    paragraphs.iter().filter(|paragraph| seen.insert(*paragraph)).cloned().collect()
}

fn keys<'s, K: Ord, V>(a: &'s BTreeMap<K, V>, b: &'s BTreeMap<K, V>) -> BTreeSet<&'s K> {
    a.keys().chain(b.keys()).collect()
}

/// The comments in what stands around values.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in text.lines().map(str::trim) {
        match paragraphs.last_mut() {
            Some(last) if is_open && line.starts_with('#') => {
                last.push('\n');
                last.push_str(line);
            }
            _ if line.starts_with('#') => paragraphs.push(line.to_owned()),
            _ => {}
        }
        is_open = line.starts_with('#');
    }
    paragraphs
}

fn raw(text: Option<&RawString>) -> &str {
    text.and_then(RawString::as_str).unwrap_or_default()
}

/// A value without what stands around it.
fn bare(value: &TomlValue) -> String {
    let mut value = value.clone();
    value.decor_mut().clear();
    value.to_string()
}
