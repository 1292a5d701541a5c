//! The cache as a file: named sections of bytes, each with its checksum.
//!
//! Whatever is wrong with it (another version, cut short, noise) makes a section unreadable and
//! nothing else: what is unreadable is made anew from the records.

use std::path::Path;
use std::sync::LazyLock;

use zerocopy::IntoBytes as _;

use crate::model::event::Mark;
use crate::model::kind::Kind;
use crate::model::request::{Status, Step};
use crate::store::disk::{self, Local};

/// Where it lies.
pub const PATH: &str = ".appt/cache";
/// What it begins with: the name and the version of its form, and a checksum of what it tells keys,
/// statuses, steps and marks by, which is their places in their tables.
static MAGIC: LazyLock<[u8; 16]> = LazyLock::new(|| {
    let keys = Kind::ALL.into_iter().flat_map(|kind| kind.fields()).map(|field| field.key);
    let statuses = Status::ALL.into_iter().map(Status::code);
    let steps = Step::ALL.into_iter().map(Step::code);
    let marks = Mark::ALL.into_iter().map(Mark::code);
    let mut magic = *b"appt cache6\n\0\0\0\0";
    magic[12..].copy_from_slice(&fingerprint(keys.chain(statuses).chain(steps).chain(marks)));
    magic
});

/// A checksum of names in their order.
fn fingerprint(names: impl Iterator<Item = &'static str>) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    for name in names {
        hasher.update(name.as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().to_le_bytes()
}

/// The most sections that a file may have.
const MOST: usize = 64;
/// The bytes of a section's row in the table.
const ROW: usize = 24;

/// A section's name: whose, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name(pub u32);

struct Section {
    name: Name,
    offset: u64,
    length: u64,
    sum: u32,
}

/// A cache file that was opened and whose table is whole.
pub struct File {
    local: Local,
    table: Vec<Section>,
}

/// The checksum of some bytes.
pub fn sum(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

impl File {
    /// Opens the cache of a store; none where there is none that can be used.
    pub fn open(root: &Path) -> Option<File> {
        let local = Local::open(root, PATH)?;
        let head = local.read(0, MAGIC.len() + 8)?;
        let (magic, rest) = head.split_at(MAGIC.len());
        let count = u32::from_le_bytes(rest[..4].try_into().ok()?) as usize;
        if magic != *MAGIC || count > MOST {
            return None;
        }
        let rows = local.read(head.len() as u64, count * ROW)?;
        if sum(&rows) != u32::from_le_bytes(rest[4..].try_into().ok()?) {
            return None;
        }
        let table = rows.chunks_exact(ROW).map(|row| {
            let four =
                |at: usize| u32::from_le_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]]);
            let eight = |at: usize| u64::from(four(at)) | u64::from(four(at + 4)) << 32;
            Section { name: Name(four(0)), sum: four(4), offset: eight(8), length: eight(16) }
        });
        Some(File { table: table.collect(), local })
    }

    fn section(&self, name: Name) -> Option<&Section> {
        self.table.iter().find(|section| section.name == name)
    }

    /// A whole section, if it is as it was written.
    pub fn read(&self, name: Name) -> Option<Vec<u8>> {
        let section = self.section(name)?;
        let bytes = self.local.read(section.offset, usize::try_from(section.length).ok()?)?;
        (sum(&bytes) == section.sum).then_some(bytes)
    }

    /// The same of one that holds numbers of eight bytes, the least byte first.
    pub fn numbers(&self, name: Name) -> Option<Vec<u64>> {
        let section = self.section(name)?;
        let length = usize::try_from(section.length).ok()?;
        let mut numbers = self.local.numbers(section.offset, length)?;
        (sum(numbers.as_bytes()) == section.sum).then_some(())?;
        numbers.iter_mut().for_each(|number| *number = u64::from_le(*number));
        Some(numbers)
    }

    /// A part of a section: whoever asks has a checksum of its own for it.
    pub fn part(&self, name: Name, from: usize, length: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.part_into(&mut bytes, name, from, length)?;
        Some(bytes)
    }

    /// The same in place of what a buffer held.
    pub fn part_into(
        &self,
        buffer: &mut Vec<u8>,
        name: Name,
        from: usize,
        length: usize,
    ) -> Option<()> {
        let section = self.section(name)?;
        let end = (from as u64).checked_add(length as u64)?;
        (end <= section.length).then_some(())?;
        self.local.read_into(buffer, section.offset.checked_add(from as u64)?, length)
    }

    /// How many bytes a section has.
    pub fn length(&self, name: Name) -> Option<usize> {
        usize::try_from(self.section(name)?.length).ok()
    }

    /// The names of its sections.
    pub fn names(&self) -> impl Iterator<Item = Name> {
        self.table.iter().map(|section| section.name)
    }
}

/// The parts of a cache file with these sections.
pub fn bytes(sections: &[(Name, &[u8])]) -> Vec<u8> {
    let mut table = Vec::with_capacity(sections.len() * ROW);
    let mut offset = (MAGIC.len() + 8 + sections.len() * ROW) as u64;
    for (name, bytes) in sections {
        table.extend_from_slice(&name.0.to_le_bytes());
        table.extend_from_slice(&sum(bytes).to_le_bytes());
        table.extend_from_slice(&offset.to_le_bytes());
        table.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        offset += bytes.len() as u64;
    }
    let mut head = MAGIC.to_vec();
    head.extend_from_slice(&(sections.len() as u32).to_le_bytes());
    head.extend_from_slice(&sum(&table).to_le_bytes());
    head.extend_from_slice(&table);
    head
}

/// Puts a cache in place of the old one: all of it or nothing, and nobody waits for the disk.
pub fn replace(waiting: disk::Fresh, sections: &[(Name, &[u8])]) -> bool {
    let head = bytes(sections);
    let parts = std::iter::once(head.as_slice()).chain(sections.iter().map(|(_, bytes)| *bytes));
    waiting.put(parts).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_changes_makes_another_form() {
        let of = |names: &[&'static str]| fingerprint(names.iter().copied());
        assert_ne!(of(&["phone", "name"]), of(&["name", "phone"]));
        assert_ne!(of(&["phone", "name"]), of(&["phonename"]));
        assert_eq!(MAGIC[..12], *b"appt cache6\n");
        assert_ne!(MAGIC[12..], [0; 4]);
    }
}
