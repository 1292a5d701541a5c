//! What the cache holds of one kind: its folders, the state of every file, a fact of every record,
//! and the records themselves, packed.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use crate::model::kind::Kind;
use crate::model::record::Record;
use crate::store::bulk;
use crate::store::cache::fact::{self, Fact};
use crate::store::cache::file::{self, File, Name};
use crate::store::cache::index;
use crate::store::cache::pack::{self, Depth, Words};
use crate::store::cache::walk::{self, Code, Folder, Known};
use crate::threads;

/// From so many bytes of numbers on, a second thread reads some of the sections.
const MUCH: usize = 1 << 17;

/// The bytes that are read at once where many records are: so few that they stay in the processor's
/// cache.
const WINDOW: usize = 1 << 15;

/// The sections of a kind.
#[derive(Debug, Clone, Copy)]
enum Part {
    Words,
    Folders,
    Codes,
    Prints,
    Places,
    Subjects,
    Light,
    Deep,
    Linked,
    Keys,
    Packed,
    IdFences,
    IdBlocks,
    SubjectFences,
    SubjectBlocks,
}

impl Part {
    const ALL: [Part; 15] = [
        Part::Words,
        Part::Folders,
        Part::Codes,
        Part::Prints,
        Part::Places,
        Part::Subjects,
        Part::Light,
        Part::Deep,
        Part::Linked,
        Part::Keys,
        Part::Packed,
        Part::IdFences,
        Part::IdBlocks,
        Part::SubjectFences,
        Part::SubjectBlocks,
    ];

    fn of(self, kind: Kind) -> Name {
        let kind = Kind::ALL.iter().position(|known| *known == kind).unwrap_or_default();
        Name((kind * 16 + self as usize) as u32)
    }
}

/// Where a packed record ends, and its checksum.
#[derive(Debug, Clone, Copy)]
struct Place {
    end: u32,
    sum: u32,
}

impl Place {
    /// Both in one number, as the cache's file has them.
    fn of(both: u64) -> Place {
        Place { end: both as u32, sum: (both >> 32) as u32 }
    }

    fn both(&self) -> u64 {
        u64::from(self.end) | u64::from(self.sum) << 32
    }
}

/// Where the packed records are.
enum Packed {
    Here(Vec<u8>),
    Filed(File),
}

/// What the cache holds of one kind.
pub struct Holding {
    /// The kind.
    pub kind: Kind,
    /// The rules by which its records were judged.
    pub judge: u64,
    /// The words that its records share.
    pub words: Words,
    /// Its folders, each before those in it.
    pub folders: Vec<Folder>,
    /// The records, in the order of their ids.
    pub codes: Vec<Code>,
    /// The state of each file; zero where it must be read again.
    pub prints: Vec<u64>,
    places: Vec<Place>,
    subjects: Vec<u64>,
    light: Vec<u8>,
    deep: Vec<u8>,
    /// The records that name another of their kind, and whom they were merged into.
    pub linked: Vec<(Code, Code)>,
    /// The names of patients, each as its search key, one a line.
    keys: OnceLock<Vec<u8>>,
    packed: Packed,
}

/// How much of the cache a job needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// Which records there are.
    Names,
    /// Some records by their ids.
    Some,
    /// What lists ask of all.
    Lists,
    /// Everything.
    All,
}

/// A record on its way into the cache.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number.
    pub code: Code,
    /// The state of its file; zero where it must be read each time.
    pub print: u64,
    /// What is known of it.
    pub fact: Fact,
    /// The patient that this one was merged into; zero for none.
    pub leads: Code,
    /// Whether it can be kept: else its file is read each time.
    pub is_kept: bool,
    /// The bytes that it was packed into.
    length: u32,
    sum: u32,
}

impl Row {
    /// A record of which this is known.
    pub fn new(code: Code, print: u64, fact: Fact, leads: Code) -> Row {
        Row { code, print, fact, leads, is_kept: false, length: 0, sum: 0 }
    }

    /// A record of which nothing is known.
    pub fn unread(code: Code) -> Row {
        Row::new(code, 0, Fact::UNKNOWN, 0)
    }
}

/// Some records on their way into the cache.
#[derive(Debug, Default)]
pub struct Piece {
    /// What is known of each.
    pub rows: Vec<Row>,
    /// How many of them were read just now.
    pub read: usize,
    /// They themselves, packed, one after the other.
    pub packed: Vec<u8>,
    /// The names of patients, each as its search key, one a line.
    keys: String,
    /// How much of the packed ones has its row.
    end: usize,
}

impl Piece {
    /// Ends a record: what was packed since the last one is it.
    pub fn end(&mut self, row: Row, key: &str) {
        let packed = &self.packed[self.end..];
        let (is_kept, sum) = (!packed.is_empty(), file::sum(packed));
        let length = u32::try_from(packed.len()).unwrap_or(u32::MAX);
        self.rows.push(Row { is_kept, length, sum, ..row });
        self.end = self.packed.len();
        self.keys.push_str(key);
        self.keys.push('\n');
    }
}

impl Holding {
    /// Reads what a file has of a kind, as much as is wanted; none where any of it is damaged.
    pub fn load(kind: Kind, file: File, wanted: Wanted) -> Option<Holding> {
        let read = |part: Part| file.read(part.of(kind));
        let numbers = |part: Part, from: Wanted| match wanted >= from {
            true => file.numbers(part.of(kind)),
            false => Some(Vec::new()),
        };
        let bytes = |part: Part, from: Wanted| match wanted >= from {
            true => read(part),
            false => Some(Vec::new()),
        };
        let head = read(Part::Words)?;
        let (judge, words) = head.split_first_chunk::<8>()?;
        let is_much = wanted >= Wanted::Some && file.length(Part::Codes.of(kind))? >= MUCH;
        let (some, others) = threads::both(
            is_much,
            || Some((file.numbers(Part::Codes.of(kind))?, numbers(Part::Prints, Wanted::Some)?)),
            || {
                let places = numbers(Part::Places, Wanted::Some)?;
                let places = places.into_iter().map(Place::of).collect();
                let light = bytes(Part::Light, Wanted::Lists)?;
                Some((places, numbers(Part::Subjects, Wanted::Some)?, light))
            },
        );
        let ((codes, prints), (places, subjects, light)) = (some?, others?);
        let holding = Holding {
            kind,
            judge: u64::from_le_bytes(*judge),
            words: Words::of_text(std::str::from_utf8(words).ok()?)?,
            folders: folders_of(&read(Part::Folders)?)?,
            codes,
            subjects,
            linked: match wanted >= Wanted::Names {
                true => linked(&file, kind)?,
                false => Vec::new(),
            },
            prints,
            places,
            light,
            deep: bytes(Part::Deep, Wanted::All)?,
            keys: OnceLock::new(),
            packed: Packed::Filed(file),
        };
        let count = holding.codes.len();
        let rows = holding.folders.iter().map(|folder| folder.rows.len()).sum::<usize>();
        let is = |from: Wanted, length: usize| wanted < from || length == count;
        let fits = rows == count
            && holding.folders.iter().all(|folder| folder.rows.end <= count)
            && is(Wanted::Some, holding.subjects.len())
            && is(Wanted::Some, holding.prints.len())
            && is(Wanted::Some, holding.places.len())
            && is(Wanted::Lists, holding.light.len() / fact::LIGHT)
            && is(Wanted::All, holding.deep.len() / fact::DEEP);
        fits.then_some(holding)
    }

    /// None yet.
    pub fn empty(kind: Kind) -> Holding {
        Holding::new(kind, 0, Words::default(), Vec::new(), Vec::new())
    }

    /// Makes one of pieces, whose records are in order, and of folders whose rows are counted.
    pub fn new(
        kind: Kind,
        judge: u64,
        words: Words,
        folders: Vec<Folder>,
        pieces: Vec<Piece>,
    ) -> Holding {
        let count = pieces.iter().map(|piece| piece.rows.len()).sum();
        let mut packed = Vec::with_capacity(pieces.iter().map(|piece| piece.packed.len()).sum());
        let mut keys = Vec::new();
        let mut holding = Holding {
            kind,
            judge,
            words,
            folders,
            codes: Vec::with_capacity(count),
            prints: Vec::with_capacity(count),
            places: Vec::with_capacity(count),
            subjects: Vec::with_capacity(count),
            light: Vec::with_capacity(count * fact::LIGHT),
            deep: Vec::with_capacity(count * fact::DEEP),
            linked: Vec::new(),
            keys: OnceLock::new(),
            packed: Packed::Here(Vec::new()),
        };
        let mut end = 0u32;
        for piece in pieces {
            for row in &piece.rows {
                end = end.saturating_add(row.length);
                holding.codes.push(row.code);
                holding.prints.push(row.print);
                holding.places.push(Place { end, sum: row.sum });
                holding.subjects.push(row.fact.subject);
                row.fact.put_light(&mut holding.light);
                row.fact.put_deep(&mut holding.deep);
                if row.fact.has(fact::LINKED) {
                    holding.linked.push((row.code, row.leads));
                }
            }
            packed.extend_from_slice(&piece.packed);
            if kind == Kind::Patient {
                keys.extend_from_slice(piece.keys.as_bytes());
            }
        }
        holding.packed = Packed::Here(packed);
        holding.keys = keys.into();
        holding
    }

    /// Whether it was read from the same cache.
    pub fn is_as(&self, other: &Holding) -> bool {
        self.codes == other.codes && self.prints == other.prints && self.folders == other.folders
    }

    /// What the walk has to know.
    pub fn known(&self) -> Known<'_> {
        Known { kind: self.kind, folders: &self.folders, codes: &self.codes, prints: &self.prints }
    }

    /// The row of a record.
    pub fn row(&self, code: Code) -> Option<usize> {
        self.codes.binary_search(&code).ok()
    }

    /// The rows of some records, which come in order: those that there are, in one pass.
    pub fn rows(&self, codes: &[Code]) -> Vec<usize> {
        let mut rows = Vec::with_capacity(codes.len());
        let mut row = 0;
        for code in codes {
            while self.codes.get(row).is_some_and(|known| known < code) {
                row += 1;
            }
            if self.codes.get(row) == Some(code) {
                rows.push(row);
            }
        }
        rows
    }

    /// What is known of a record. What lists ask for must be there; without the rest it is unknown.
    pub fn fact(&self, row: usize) -> Fact {
        let light = &self.light[row * fact::LIGHT..(row + 1) * fact::LIGHT];
        let deep = self.deep.get(row * fact::DEEP..(row + 1) * fact::DEEP);
        Fact::get(self.subjects[row], light, deep)
    }

    /// Whose it is.
    pub fn subject(&self, row: usize) -> u64 {
        self.subjects[row]
    }

    /// The search keys of the names, row by row; fewer than rows where they are damaged.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        std::str::from_utf8(self.key_lines()).unwrap_or_default().lines()
    }

    /// The same as the bytes of a text of lines.
    pub fn key_lines(&self) -> &[u8] {
        self.keys.get_or_init(|| match &self.packed {
            Packed::Here(_) => Vec::new(),
            Packed::Filed(file) => file.read(Part::Keys.of(self.kind)).unwrap_or_default(),
        })
    }

    /// Whom a record was merged into; zero for nobody.
    pub fn leads(&self, code: Code) -> Code {
        let at = self.linked.binary_search_by_key(&code, |(code, _)| *code);
        at.map_or(0, |at| self.linked[at].1)
    }

    /// Whether it names another of its kind.
    pub fn is_linked(&self, code: Code) -> bool {
        self.linked.binary_search_by_key(&code, |(code, _)| *code).is_ok()
    }

    /// A reader of packed records; `many` where most of them will be read in their order.
    pub fn reader(&self, many: bool) -> Reader<'_> {
        Reader { holding: self, window: if many { WINDOW } else { 0 }, from: 0, bytes: Vec::new() }
    }

    fn span(&self, row: usize) -> Range<usize> {
        let start = row.checked_sub(1).map_or(0, |before| self.places[before].end);
        start as usize..self.places[row].end as usize
    }

    /// The random parts of the requests, as numbers, sorted; none where no file has them so.
    pub fn parts(&self) -> Option<Vec<u64>> {
        let Packed::Filed(file) = &self.packed else { return None };
        index::numbers(file, index(By::Part)).filter(|parts| parts.len() == self.codes.len())
    }

    /// What a file of this kind consists of.
    pub fn sections(&self) -> Vec<(Name, Cow<'_, [u8]>)> {
        let (parts, subjects) = match self.kind {
            Kind::Request => {
                let part = |code: &Code| (walk::part(*code), *code);
                let subjects = self.subjects.iter().copied().zip(self.codes.iter().copied());
                threads::both(
                    self.codes.len() >= bulk::MANY,
                    || index::bytes(self.codes.iter().map(part).collect()),
                    || index::bytes(subjects.collect()),
                )
            }
            _ => Default::default(),
        };
        let bytes = |part: Part| -> Cow<'_, [u8]> {
            match part {
                Part::Words => {
                    [&self.judge.to_le_bytes(), self.words.text().as_bytes()].concat().into()
                }
                Part::Folders => folder_bytes(&self.folders).into(),
                Part::Codes => from_eights(self.codes.iter().copied()).into(),
                Part::Prints => from_eights(self.prints.iter().copied()).into(),
                Part::Places => from_eights(self.places.iter().map(Place::both)).into(),
                Part::Subjects => from_eights(self.subjects.iter().copied()).into(),
                Part::Light => self.light.as_slice().into(),
                Part::Deep => self.deep.as_slice().into(),
                Part::Linked => {
                    from_eights(self.linked.iter().flat_map(|(from, to)| [*from, *to])).into()
                }
                Part::IdFences => parts.0.clone().into(),
                Part::IdBlocks => parts.1.clone().into(),
                Part::SubjectFences => subjects.0.clone().into(),
                Part::SubjectBlocks => subjects.1.clone().into(),
                Part::Keys => self.key_lines().into(),
                Part::Packed => match &self.packed {
                    Packed::Here(packed) => packed.as_slice().into(),
                    Packed::Filed(file) => {
                        file.read(Part::Packed.of(self.kind)).unwrap_or_default().into()
                    }
                },
            }
        };
        Part::ALL.into_iter().map(|part| (part.of(self.kind), bytes(part))).collect()
    }
}

/// The subject of a request of which it is not known whose it is.
pub const NOBODY: u64 = u64::MAX;

/// What leads to a request.
#[derive(Debug, Clone, Copy)]
pub enum By {
    /// The random part of its id, as a number.
    Part,
    /// Its patient.
    Subject,
}

/// Where the index of requests by something lies.
pub fn index(by: By) -> index::Place {
    let (fences, blocks) = match by {
        By::Part => (Part::IdFences, Part::IdBlocks),
        By::Subject => (Part::SubjectFences, Part::SubjectBlocks),
    };
    index::Place { fences: fences.of(Kind::Request), blocks: blocks.of(Kind::Request) }
}

/// A kind's folders alone.
pub fn folders(file: &File, kind: Kind) -> Option<Vec<Folder>> {
    folders_of(&file.read(Part::Folders.of(kind))?)
}

/// The records that name another of their kind, alone.
pub fn linked(file: &File, kind: Kind) -> Option<Vec<(Code, Code)>> {
    let numbers = file.numbers(Part::Linked.of(kind))?;
    Some(numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
}

/// Some records and their states. Nothing vouches for them: what is said of a file that has another
/// number or another state is no more than that it must be read.
pub fn some(file: &File, kind: Kind, rows: &Range<usize>) -> Option<Vec<(Code, u64)>> {
    let numbers =
        |part: Part| Some(eights(&file.part(part.of(kind), rows.start * 8, rows.len() * 8)?));
    Some(numbers(Part::Codes)?.into_iter().zip(numbers(Part::Prints)?).collect())
}

/// Reads packed records, many at a time where they are read in their order.
pub struct Reader<'h> {
    holding: &'h Holding,
    window: usize,
    from: usize,
    bytes: Vec<u8>,
}

impl Reader<'_> {
    /// The bytes of a record, if they are as they were written.
    pub fn bytes(&mut self, row: usize) -> Option<&[u8]> {
        let span = self.holding.span(row);
        let bytes = match &self.holding.packed {
            Packed::Here(packed) => packed.get(span)?,
            Packed::Filed(file) => {
                if span.start < self.from || span.end > self.from + self.bytes.len() {
                    let name = Part::Packed.of(self.holding.kind);
                    let whole = self.holding.places.last()?.end as usize;
                    let length = span.len().max(self.window.min(whole.checked_sub(span.start)?));
                    let read = file.part_into(&mut self.bytes, name, span.start, length);
                    // What could not be read whole is nothing.
                    read.or_else(|| {
                        self.bytes.clear();
                        None
                    })?;
                    self.from = span.start;
                }
                self.bytes.get(span.start - self.from..span.end - self.from)?
            }
        };
        (file::sum(bytes) == self.holding.places[row].sum).then_some(bytes)
    }

    /// A record.
    pub fn record(&mut self, row: usize, depth: Depth) -> Option<Record> {
        let holding = self.holding;
        let id = walk::id(holding.kind, holding.codes[row]);
        pack::unpack(&holding.words, holding.kind, &id, self.bytes(row)?, depth)
    }
}

fn eights(bytes: &[u8]) -> Vec<u64> {
    let eight = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes are eight"));
    bytes.chunks_exact(8).map(eight).collect()
}

fn from_eights(numbers: impl Iterator<Item = u64>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(numbers.size_hint().0 * 8);
    numbers.for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    bytes
}

/// Folder after folder: its state, its rows, how many strangers are in it, then its path and their
/// names, each behind its length.
fn folder_bytes(folders: &[Folder]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Folder { path, print, rows, strangers } in folders {
        bytes.extend_from_slice(&print.to_le_bytes());
        for number in [rows.start, rows.end, strangers.len()] {
            bytes.extend_from_slice(&(number as u32).to_le_bytes());
        }
        for name in std::iter::once(path).chain(strangers) {
            bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
            bytes.extend_from_slice(name.as_bytes());
        }
    }
    bytes
}

fn folders_of(mut bytes: &[u8]) -> Option<Vec<Folder>> {
    // A folder has at the least its numbers.
    let mut folders = Vec::with_capacity(bytes.len() / 32);
    while !bytes.is_empty() {
        let print = u64::from_le_bytes(*take(&mut bytes)?);
        let rows = number(&mut bytes)?..number(&mut bytes)?;
        let count = number(&mut bytes)?;
        let path = name(&mut bytes)?;
        let strangers = (0..count).map(|_| name(&mut bytes)).collect::<Option<_>>()?;
        folders.push(Folder { path, print, rows, strangers });
    }
    Some(folders)
}

fn take<'b, const N: usize>(bytes: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(taken)
}

fn number(bytes: &mut &[u8]) -> Option<usize> {
    take(bytes).map(|four| u32::from_le_bytes(*four) as usize)
}

fn name(bytes: &mut &[u8]) -> Option<String> {
    let length = number(bytes)?;
    let (name, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    std::str::from_utf8(name).ok().map(str::to_owned)
}
