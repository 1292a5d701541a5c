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
        let block = blocks.next().filter(|block| file::sum(block).to_le_bytes() == fence[8..])?;
        let pairs = block.chunks_exact(PAIR).filter(|pair| span.contains(&eight(pair)));
        codes.extend(pairs.map(|pair| eight(&pair[8..])));
    }
    Some(codes)
}

fn eight(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes are eight"))
}
