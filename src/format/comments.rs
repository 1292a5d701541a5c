//! The comments of a record's text, and what each belongs to: the key or the item below it, or the
//! one on whose line it stands. No comment is lost, however the text is laid out.

use std::collections::BTreeMap;
use std::ops::Range as Span;

use toml::de::{DeTable, DeValue};
use toml_edit::{DocumentMut, Item};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use crate::format::decode;
use crate::model::kind::Kind;

/// What a comment belongs to. Items are counted as the text has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file: it stands at its top, and a blank line below it.
    Head,
    /// A key, on a line above it.
    Above(String),
    /// A key, behind its value.
    Behind(String),
    /// A list, behind its opening bracket.
    Open(String),
    /// An item, on a line above it.
    AboveItem(String, usize),
    /// An item, behind it.
    BehindItem(String, usize),
    /// A list, below its last item.
    Close(String),
    /// The file: it stands at its end.
    End,
}

/// All comments of a text, as lines by place. An empty line parts paragraphs.
#[derive(Debug, Default)]
pub struct Comments {
    lines: BTreeMap<Place, Vec<String>>,
    /// The items of each list, in the order of the text, as `encode` writes them.
    items: BTreeMap<String, Vec<String>>,
}

impl Comments {
    /// Takes the lines of a place.
    pub fn take(&mut self, place: &Place) -> Vec<String> {
        self.lines.remove(place).unwrap_or_default()
    }

    /// Takes all lines that nobody took.
    pub fn take_rest(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines).into_values().flatten().collect()
    }

    /// The items of a list, in the order of the text, as `encode` writes them.
    pub fn items(&self, key: &str) -> Vec<String> {
        self.items.get(key).cloned().unwrap_or_default()
    }
}

/// Finds all comments of a text; none where it is no TOML.
pub fn of(kind: Kind, text: &str) -> Option<Comments> {
    let table = DeTable::parse(text).ok()?;
    let document: DocumentMut = text.parse().ok()?;
    let plan = Plan::new(kind, text, table.get_ref(), &document);
    let mut found = Comments { items: plan.items.clone(), ..Comments::default() };
    let (mut is_behind, mut is_empty, mut gap) = (false, true, false);
    let mut above: Option<Place> = None;
    for token in Source::new(text).lex() {
        let span = token.span();
        match token.kind() {
            TokenKind::Whitespace | TokenKind::Eof => {}
            TokenKind::Newline => {
                gap |= is_empty;
                (is_behind, is_empty) = (false, true);
            }
            TokenKind::Comment => {
                is_empty = false;
                let Some(place) = plan.place(span.start(), is_behind) else { continue };
                let lines = found.lines.entry(place.clone()).or_default();
                let parts = match place {
                    Place::Above(_) => gap && !lines.is_empty(),
                    Place::End => gap,
                    _ => false,
                };
                lines.extend(parts.then(String::new));
                lines.push(text[span.start()..span.end()].trim_end().to_owned());
                gap = false;
                above = (!is_behind).then_some(place);
            }
            _ => {
                if let Some(place @ Place::Above(_)) = above.take().filter(|_| gap) {
                    found.lines.entry(place).or_default().push(String::new());
                }
                (is_behind, is_empty, gap) = (true, false, false);
            }
        }
    }
    behead(&mut found, &plan);
    Some(found)
}

/// The comments in a piece of a text, in their order.
pub fn lines(text: &str) -> Vec<String> {
    let comments = Source::new(text).lex().filter(|token| token.kind() == TokenKind::Comment);
    comments
        .map(|token| text[token.span().start()..token.span().end()].trim_end().to_owned())
        .collect()
}

/// What stands above the first key, down to the last blank line, belongs to the file.
fn behead(found: &mut Comments, plan: &Plan) {
    let Some(first) = plan.entries.first().map(|entry| Place::Above(entry.key.clone())) else {
        return;
    };
    let mut head = found.take(&first);
    let own = head.iter().rposition(String::is_empty).map_or(0, |blank| blank + 1);
    let above = head.split_off(own);
    for (place, lines) in [(first, above), (Place::Head, head)] {
        if !lines.is_empty() {
            found.lines.insert(place, lines);
        }
    }
}

/// Where keys and items stand in the text.
struct Plan {
    /// The keys, in the order of the text.
    entries: Vec<Entry>,
    items: BTreeMap<String, Vec<String>>,
    /// Every name and value with what a comment above it belongs to, where some key is written in
    /// another way than `key = value`.
    loose: Option<Vec<(Span<usize>, Place)>>,
}

struct Entry {
    key: String,
    /// From its name to the end of its value.
    span: Span<usize>,
    shape: Shape,
}

enum Shape {
    /// One value.
    Value,
    /// A list in brackets: the places of its items.
    List(Vec<Span<usize>>),
    /// An unknown key's value: what stands in it is its own.
    Unknown,
}

impl Plan {
    fn new(kind: Kind, text: &str, table: &DeTable<'_>, document: &DocumentMut) -> Plan {
        let mut plan = Plan { entries: Vec::new(), items: BTreeMap::new(), loose: None };
        let mut atoms = Vec::new();
        let mut is_loose = false;
        for (name, value) in table {
            let key = name.get_ref().to_string();
            let is_plain = document.get(&key).is_some_and(Item::is_value);
            is_loose |= !is_plain;
            let known = kind.field(&key).map(|field| field.list);
            let known = known.or(matches!(&*key, "history" | "conflicts").then_some(true));
            let shape = match (known, value.get_ref()) {
                (Some(true), DeValue::Array(items)) => {
                    let texts = items.iter().map(|item| decode::item_text(item.get_ref(), &key));
                    plan.items.insert(key.clone(), texts.collect());
                    Shape::List(items.iter().map(|item| item.span()).collect())
                }
                (None, _) => Shape::Unknown,
                _ => Shape::Value,
            };
            atoms.push((name.span(), Place::Above(key.clone())));
            if is_plain && !matches!(shape, Shape::List(_)) {
                atoms.push((value.span(), Place::Above(key.clone())));
            } else {
                scatter(text, value.get_ref(), &Place::Above(key.clone()), true, &mut atoms);
            }
            let span = name.span().start..value.span().end.max(name.span().end);
            plan.entries.push(Entry { key, span, shape });
        }
        plan.entries.sort_by_key(|entry| entry.span.start);
        atoms.sort_by_key(|(span, _)| span.start);
        plan.loose = is_loose.then_some(atoms);
        plan
    }

    /// What the comment at this byte belongs to; nothing where it is a part of a value.
    fn place(&self, at: usize, is_behind: bool) -> Option<Place> {
        if let Some(atoms) = &self.loose {
            return self.place_among(atoms, at, is_behind);
        }
        let next = self.entries.partition_point(|entry| entry.span.start <= at);
        let below = || self.entries.get(next).map(|entry| Place::Above(entry.key.clone()));
        let Some(entry) = next.checked_sub(1).map(|at| &self.entries[at]) else {
            return Some(below().unwrap_or(Place::End));
        };
        let key = || entry.key.clone();
        if at >= entry.span.end {
            return Some(match is_behind {
                true => Place::Behind(key()),
                false => below().unwrap_or(Place::End),
            });
        }
        match &entry.shape {
            Shape::Unknown => None,
            Shape::Value => Some(Place::Above(key())),
            Shape::List(items) => Some(inside(key(), items, at, is_behind)),
        }
    }

    fn place_among(
        &self,
        atoms: &[(Span<usize>, Place)],
        at: usize,
        is_behind: bool,
    ) -> Option<Place> {
        let is_inside = |entry: &Entry| {
            matches!(entry.shape, Shape::Unknown)
                && atoms.iter().any(|(span, place)| {
                    span.contains(&at) && *place == Place::Above(entry.key.clone())
                })
        };
        if self.entries.iter().any(is_inside) {
            return None;
        }
        let next = atoms.partition_point(|(span, _)| span.start <= at);
        let before = next.checked_sub(1).filter(|_| is_behind);
        let owner = before.or((next < atoms.len()).then_some(next));
        Some(owner.map_or(Place::End, |owner| atoms[owner].1.clone()))
    }
}

/// What a comment between the brackets of a list belongs to.
fn inside(key: String, items: &[Span<usize>], at: usize, is_behind: bool) -> Place {
    let next = items.partition_point(|item| item.start <= at);
    let before = next.checked_sub(1);
    if let Some(before) = before.filter(|before| at < items[*before].end) {
        return Place::AboveItem(key, before);
    }
    if is_behind {
        return match before {
            Some(before) => Place::BehindItem(key, before),
            None => Place::Open(key),
        };
    }
    if next < items.len() { Place::AboveItem(key, next) } else { Place::Close(key) }
}

/// The names and values of a value that is written as tables with headers, or with dotted keys.
fn scatter(
    text: &str,
    value: &DeValue<'_>,
    owner: &Place,
    is_top: bool,
    atoms: &mut Vec<(Span<usize>, Place)>,
) {
    match value {
        DeValue::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let owner = match owner {
                    Place::Above(key) if is_top => Place::AboveItem(key.clone(), at),
                    other => other.clone(),
                };
                if is_written_whole(text, item.span(), item.get_ref()) {
                    atoms.push((item.span(), owner));
                } else {
                    scatter(text, item.get_ref(), &owner, false, atoms);
                }
            }
        }
        DeValue::Table(table) => {
            for (name, value) in table {
                atoms.push((name.span(), owner.clone()));
                if is_written_whole(text, value.span(), value.get_ref()) {
                    atoms.push((value.span(), owner.clone()));
                } else {
                    scatter(text, value.get_ref(), owner, false, atoms);
                }
            }
        }
        _ => {}
    }
}

/// Whether the text at a value's place is the value itself, not a header or a dotted key.
fn is_written_whole(text: &str, span: Span<usize>, value: &DeValue<'_>) -> bool {
    text.get(span).is_some_and(|raw| decode::reads_as(raw, value))
}
