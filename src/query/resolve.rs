//! Which record a typed name means (`spec.md`, section 2): its exact id, a passport number, an
//! exact title, alias or name, or an unambiguous beginning of its id, in this order.

use std::rc::Rc;

use crate::error::{Code, Error, Result};
use crate::format::{decode, layout};
use crate::i18n::Text;
use crate::life;
use crate::model::book::Book;
use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::model::request::Status;
use crate::model::settings::Settings;
use crate::query::identify::{self, Place};
use crate::say;
use crate::words::{base32, in_quotes, keyboard, name, passport, search};

/// The fewest characters of a request's random part that name it.
const SHORTEST: usize = 3;
/// The most candidates that a message lists.
const LISTED: usize = 6;

/// Finds the record that a name means.
///
/// # Errors
/// `not-found` with the likely meaning, `ambiguous` with the candidates.
pub fn resolve(
    book: &dyn Book,
    settings: &Settings,
    kind: Kind,
    typed: &str,
) -> Result<Rc<Record>> {
    let typed = typed.trim();
    for reading in readings(typed) {
        if let Some(record) = exact(book, kind, &reading) {
            return Ok(record);
        }
        match by_name(book, settings, kind, &reading)?.as_slice() {
            [] => {}
            [one] => return Ok(one.clone()),
            several => return Err(ambiguous(book, kind, typed, several)),
        }
    }
    Err(unread(book, kind, typed).unwrap_or_else(|| not_found(book, kind, typed)))
}

/// The record that is meant where another is named: of a patient who was merged into another, that one.
pub fn led(book: &dyn Book, record: Rc<Record>) -> Rc<Record> {
    match record.kind {
        Kind::Patient => book.patient(&record.id).unwrap_or(record),
        _ => record,
    }
}

/// The request that a word means by the beginning of its random part, in either keyboard layout;
/// none where the word can be no such part, or nothing begins so.
///
/// # Errors
/// `ambiguous` with the candidates.
pub fn by_number(book: &dyn Book, typed: &str) -> Result<Option<Rc<Record>>> {
    for reading in readings(typed) {
        match by_part(book, &base32::normalise(&reading)).as_slice() {
            _ if reading.chars().count() < SHORTEST => {}
            [] => {}
            [one] => return Ok(Some(one.clone())),
            several => return Err(ambiguous(book, Kind::Request, typed, several)),
        }
    }
    Ok(None)
}

/// Why the record that is meant can't be read, where a name fits only such.
fn unread(book: &dyn Book, kind: Kind, typed: &str) -> Option<Error> {
    let typed = match kind {
        Kind::Patient | Kind::Request => base32::normalise(typed),
        _ => typed.to_lowercase(),
    };
    if let Some(error) = book.unread(kind, &typed).filter(|_| layout::is_id(kind, &typed)) {
        return Some(error);
    }
    if typed.len() < SHORTEST {
        return None;
    }
    let fits = |id: &&String| id.starts_with(&typed) || life::short(id).starts_with(&typed);
    book.ids(kind).iter().filter(fits).find_map(|id| book.unread(kind, id))
}

/// What was typed, and the same keys in the other layout.
fn readings(typed: &str) -> impl Iterator<Item = String> {
    let others = [keyboard::to_latin as fn(&str) -> String, keyboard::to_russian].into_iter();
    let others = others.map(move |turn| turn(typed)).filter(move |reading| reading != typed);
    std::iter::once(typed.to_owned()).chain(others)
}

fn exact(book: &dyn Book, kind: Kind, typed: &str) -> Option<Rc<Record>> {
    let lower = typed.to_lowercase();
    let generated = matches!(kind, Kind::Patient | Kind::Request);
    let readable = |id: &str| layout::is_id(kind, id).then(|| book.get(kind, id)).flatten();
    readable(&lower).or_else(|| generated.then(|| readable(&base32::normalise(typed))).flatten())
}

fn by_name(
    book: &dyn Book,
    settings: &Settings,
    kind: Kind,
    typed: &str,
) -> Result<Vec<Rc<Record>>> {
    match kind {
        Kind::Patient => {
            if let Ok(number) = passport::parse(typed, settings.passport)
                && let Place::Held(record) = identify::patient(book, &settings.key, &number)?
            {
                return Ok(vec![record]);
            }
            Ok(by_beginning(book, kind, &base32::normalise(typed)))
        }
        Kind::Request => Ok(by_part(book, &base32::normalise(typed))),
        Kind::Specialty | Kind::Clinic | Kind::Operator => {
            let titled = by_title(book, kind, typed);
            if !titled.is_empty() {
                return Ok(titled);
            }
            Ok(by_beginning(book, kind, &typed.to_lowercase()))
        }
    }
}

fn by_title(book: &dyn Book, kind: Kind, typed: &str) -> Vec<Rc<Record>> {
    let wanted = search::key(typed);
    let called = |record: &Record| {
        let aliases = record.texts("aliases");
        std::iter::once(record.title()).chain(aliases).any(|name| search::key(name) == wanted)
    };
    if wanted.is_empty() {
        return Vec::new();
    }
    book.all(kind).into_iter().filter(|record| called(record)).collect()
}

fn by_beginning(book: &dyn Book, kind: Kind, typed: &str) -> Vec<Rc<Record>> {
    if typed.is_empty() || !typed.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Vec::new();
    }
    let ids = book.ids(kind);
    ids.iter().filter(|id| id.starts_with(typed)).filter_map(|id| book.get(kind, id)).collect()
}

/// Requests by the beginning of the random part, or else of the id: the open ones first, then all.
/// The part goes first, so that a beginning that a table shows is not a year or a day as well.
fn by_part(book: &dyn Book, typed: &str) -> Vec<Rc<Record>> {
    let mut found: Vec<Rc<Record>> = Vec::new();
    if typed.len() >= SHORTEST && base32::is_code(typed) {
        let ids = book.requests_like(typed);
        found.extend(ids.iter().filter_map(|id| book.get(Kind::Request, id)));
    }
    if found.is_empty() {
        found = by_beginning(book, Kind::Request, typed);
    }
    let is_open = |record: &&Rc<Record>| Status::of(record).is_some_and(Status::is_open);
    let open: Vec<Rc<Record>> = found.iter().filter(is_open).cloned().collect();
    if open.is_empty() { found } else { open }
}

fn ambiguous(book: &dyn Book, kind: Kind, typed: &str, several: &[Rc<Record>]) -> Error {
    let describe = |record: &Rc<Record>| match kind {
        Kind::Request => {
            let twins = |other: &&Rc<Record>| life::short(&other.id) == life::short(&record.id);
            let alone = several.iter().filter(twins).count() == 1;
            let id = if alone { life::short(&record.id) } else { &record.id };
            let patient = book.patient(record.shown("patient"));
            let who = patient.map(|patient| format!(" ({})", name::short(patient.title())));
            format!("{id}{}", who.unwrap_or_default())
        }
        Kind::Patient => format!("{} ({})", record.id, name::short(record.title())),
        _ => format!("{} ({})", record.id, record.title()),
    };
    let mut list: Vec<String> = several.iter().take(LISTED).map(describe).collect();
    if several.len() > LISTED {
        list.push("…".to_owned());
    }
    let list = list.join(", ");
    Error::new(
        Code::Ambiguous,
        "ambiguous",
        say!(lang;
            "По «{}» подходят {}: {}.",
            "“{}” fits several {}: {}.",
            typed, kind.many(lang), list),
    )
    .hint(match kind {
        Kind::Patient | Kind::Request => say!("Введите больше знаков.", "Type more of it."),
        _ => say!("Укажите id целиком.", "Give the whole id."),
    })
}

fn not_found(book: &dyn Book, kind: Kind, typed: &str) -> Error {
    let code = kind.code();
    let hint = match kind {
        Kind::Request if typed.chars().count() < SHORTEST => say!(
            "Введите не меньше трёх знаков номера.",
            "Type at least three characters of the id."
        ),
        Kind::Patient if typed.chars().any(char::is_alphabetic) => say!(
            "По имени ищет `appt patient find {typed}`; здесь нужен паспорт или id.",
            "By name: `appt patient find {typed}`; here a passport or an id is needed."
        ),
        Kind::Patient | Kind::Request => {
            say!("Список: `appt {code} list`.", "List: `appt {code} list`.")
        }
        _ => match nearest(book, kind, typed) {
            Some(Text { ru, en }) => say!("Возможно, {ru}.", "Perhaps {en}."),
            None => say!("Список: `appt {code} list`.", "List: `appt {code} list`."),
        },
    };
    let message = match kind {
        // There may be one: so little is not looked for.
        Kind::Request if typed.chars().count() < SHORTEST => {
            say!("По «{typed}» заявку не узнать.", "“{typed}” is too short to tell a request.")
        }
        _ => say!(lang; "Нет {} «{}».", "No {} “{}”.", kind.of_one(lang), typed),
    };
    Error::new(Code::NotFound, "no-such-record", message).hint(hint)
}

fn nearest(book: &dyn Book, kind: Kind, typed: &str) -> Option<Text> {
    let records = book.all(kind);
    let named = |record: &Rc<Record>| {
        let (Text { ru, en }, id) = (in_quotes(record.title()), &record.id);
        Text { ru: format!("{ru} ({id})"), en: format!("{en} ({id})") }
    };
    let found = records.iter().filter(|record| {
        let aliases = record.texts("aliases");
        let names: Vec<&str> = std::iter::once(record.title()).chain(aliases).collect();
        search::matches(typed, &names, &[])
    });
    let found: Vec<Text> = found.take(LISTED).map(named).collect();
    if !found.is_empty() && !search::key(typed).is_empty() {
        let joined = |lang| found.iter().map(|one| one.get(lang)).collect::<Vec<_>>().join(", ");
        return Some(Text::both(joined));
    }
    let key = search::key(typed);
    let titles: Vec<String> = records.iter().map(|record| search::key(record.title())).collect();
    if let Some(near) = decode::nearest(&key, titles.iter().map(String::as_str)) {
        let at = titles.iter().position(|title| title == near)?;
        return Some(named(&records[at]));
    }
    let id = decode::nearest(typed, records.iter().map(|record| record.id.as_str()))?;
    Some(say!("`{id}`", "`{id}`"))
}

/// Which characters of a generated id tell it from all others of its kind: the first so many of a
/// patient's, or of a request's random part. What tables show.
pub struct Shortest {
    parts: Rc<Vec<u64>>,
    /// The characters of a part.
    length: usize,
    /// Where the parts of each beginning start, and after the last one their count.
    starts: Vec<usize>,
}

impl Shortest {
    /// The bits of a beginning: so many that few parts share one.
    const BEGINNING: u32 = 12;

    /// For the patients or the requests of a book.
    pub fn new(book: &dyn Book, kind: Kind) -> Shortest {
        let length = match kind {
            Kind::Request => layout::REQUEST_PART,
            _ => layout::PATIENT_ID,
        };
        let parts = book.parts(kind);
        let mut starts = Vec::with_capacity((1 << Shortest::BEGINNING) + 1);
        for (at, part) in parts.iter().enumerate() {
            let beginning = Shortest::beginning(*part, length);
            while starts.len() <= beginning {
                starts.push(at);
            }
        }
        starts.resize((1 << Shortest::BEGINNING) + 1, parts.len());
        Shortest { parts, length, starts }
    }

    /// The characters that tell an id from all others: at least three.
    pub fn of<'i>(&self, id: &'i str) -> &'i str {
        let shown = life::short(id);
        let Some(part) = base32::decode(shown).filter(|_| shown.len() == self.length) else {
            return shown;
        };
        let same = |other: u64| {
            let bits = (part ^ other).checked_ilog2().map_or(0, |bit| bit + 1);
            self.length - bits.div_ceil(5) as usize
        };
        let beginning = Shortest::beginning(part, self.length);
        let start = self.starts[beginning];
        let alike = &self.parts[start..self.starts[beginning + 1]];
        let at = start + alike.partition_point(|other| *other < part);
        let before = at.checked_sub(1).map_or(0, |i| same(self.parts[i]));
        let after = self.parts[at..].iter().find(|other| **other != part);
        let after = after.map_or(0, |other| same(*other));
        &shown[..(before.max(after) + 1).clamp(SHORTEST, self.length)]
    }

    fn beginning(part: u64, length: usize) -> usize {
        (part >> (5 * length as u32 - Shortest::BEGINNING)) as usize
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
