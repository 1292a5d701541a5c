//! Numbers that lead to records: pairs in order, in blocks with a checksum each, so that a look-up
//! reads a block or two of however many there are.

use std::ops::RangeInclusive;

use crate::store::cache::file::{self, File, Name};
use crate::store::cache::walk::Code;

/// The pairs of a block.
const BLOCK: usize = 64;
/// The bytes of a pair.
const PAIR: usize = 16;
/// The bytes of a fence: a block's first number, and its checksum.
const FENCE: usize = 12;
/// So many blocks are read at once where all are.
const AT_ONCE: usize = 128;

/// Where an index lies in a file.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The fences.
    pub fences: Name,
    /// The blocks.
    pub blocks: Name,
}

/// The fences and the blocks of an index.
pub fn bytes(mut pairs: Vec<(u64, Code)>) -> (Vec<u8>, Vec<u8>) {
    pairs.sort_unstable();
    let (mut fences, mut blocks) = (Vec::new(), Vec::with_capacity(pairs.len() * PAIR));
    for block in pairs.chunks(BLOCK) {
        let start = blocks.len();
        for (number, code) in block {
            blocks.extend_from_slice(&number.to_le_bytes());
            blocks.extend_from_slice(&code.to_le_bytes());
        }
        fences.extend_from_slice(&block[0].0.to_le_bytes());
        fences.extend_from_slice(&file::sum(&blocks[start..]).to_le_bytes());
    }
    (fences, blocks)
}

/// The records of the numbers of a span; none where what must be read is damaged.
pub fn between(file: &File, place: Place, span: &RangeInclusive<u64>) -> Option<Vec<Code>> {
    let fences = file.read(place.fences)?;
    let fences: Vec<&[u8]> = fences.chunks_exact(FENCE).collect();
    // A number may begin in the block before the first that begins with it.
    let start = fences.partition_point(|fence| eight(fence) < *span.start()).saturating_sub(1);
    let end = fences.partition_point(|fence| eight(fence) <= *span.end());
    let whole = file.length(place.blocks)?;
    let (from, to) = (start * BLOCK * PAIR, whole.min(end * BLOCK * PAIR));
    let bytes = file.part(place.blocks, from, to.checked_sub(from)?)?;
    let mut codes = Vec::new();
    let mut blocks = bytes.chunks(BLOCK * PAIR);
    for fence in fences.get(start..end)? {
        let block = blocks.next().filter(|block| is_whole(block, fence))?;
        let pairs = block.chunks_exact(PAIR).filter(|pair| span.contains(&eight(pair)));
        codes.extend(pairs.map(|pair| eight(&pair[8..])));
    }
    Some(codes)
}

/// All numbers, in order; none where what must be read is damaged.
pub fn numbers(file: &File, place: Place) -> Option<Vec<u64>> {
    let fences = file.read(place.fences)?;
    let whole = file.length(place.blocks)?;
    let mut numbers = Vec::with_capacity(whole / PAIR);
    let mut bytes = Vec::new();
    for (at, fences) in fences.chunks(FENCE * AT_ONCE).enumerate() {
        let from = at * AT_ONCE * BLOCK * PAIR;
        let length = whole.checked_sub(from)?.min(AT_ONCE * BLOCK * PAIR);
        file.part_into(&mut bytes, place.blocks, from, length)?;
        let mut blocks = bytes.chunks(BLOCK * PAIR);
        for fence in fences.chunks_exact(FENCE) {
            let block = blocks.next().filter(|block| is_whole(block, fence))?;
            numbers.extend(block.chunks_exact(PAIR).map(eight));
        }
    }
    (numbers.len() == whole / PAIR).then_some(numbers)
}

fn is_whole(block: &[u8], fence: &[u8]) -> bool {
    file::sum(block).to_le_bytes() == fence[8..]
}

fn eight(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes are eight"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::store::disk::Fresh;

    const PLACE: Place = Place { fences: Name(1), blocks: Name(2) };

    fn filed(root: &Path, fences: &[u8], blocks: &[u8]) -> File {
        let fresh = Fresh::begin(root, file::PATH, true).unwrap();
        assert!(file::replace(fresh, &[(PLACE.fences, fences), (PLACE.blocks, blocks)]));
        File::open(root).unwrap()
    }

    #[test]
    fn the_numbers_are_all_there_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for count in [0, 1, BLOCK, BLOCK * AT_ONCE, BLOCK * AT_ONCE * 2 + 7] {
            let pairs: Vec<(u64, Code)> = (0..count as u64).rev().map(|at| (at / 2, at)).collect();
            let (fences, blocks) = bytes(pairs);
            let file = filed(folder.path(), &fences, &blocks);
            let wanted: Vec<u64> = (0..count as u64).map(|at| at / 2).collect();
            assert_eq!(numbers(&file, PLACE), Some(wanted));
        }
    }

    #[test]
    fn of_a_damaged_block_nothing_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let (fences, blocks) = bytes((0..200).map(|at| (at, at)).collect());
        for at in [0, BLOCK * PAIR, blocks.len() - 1] {
            let mut blocks = blocks.clone();
            blocks[at] ^= 1;
            assert_eq!(numbers(&filed(folder.path(), &fences, &blocks), PLACE), None);
        }
        let short = &blocks[..blocks.len() - PAIR];
        assert_eq!(numbers(&filed(folder.path(), &fences, short), PLACE), None);
    }
}
