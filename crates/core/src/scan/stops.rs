//! The bytes that end a run of a string's text.

use wide::u8x16;

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// The places of the quotes, backslashes and control characters of bytes, in strings or not.
pub(super) struct Stops<'a> {
    pub(super) bytes: &'a [u8],
    /// Where the block begins.
    block: usize,
    /// Those of the block, a bit for each byte.
    mask: u64,
}

impl<'a> Stops<'a> {
    #[inline(always)]
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, block: 0, mask: mask_at(bytes, 0) }
    }

    /// The first at `from` or behind it; the length of the bytes if there is none. `from` may not go back: what lies
    /// before the last answer's block is forgotten.
    #[inline(always)]
    pub(super) fn first_from(&mut self, from: usize) -> usize {
        self.in_block(from).unwrap_or_else(|| self.in_later_block(from))
    }

    /// The same of this block alone.
    #[inline(always)]
    fn in_block(&self, from: usize) -> Option<usize> {
        let offset = from.saturating_sub(self.block);
        let mask = if offset < BLOCK { self.mask >> offset } else { 0 };
        (mask != 0).then(|| self.block + offset + mask.trailing_zeros() as usize)
    }

    #[inline(always)]
    fn in_later_block(&mut self, from: usize) -> usize {
        loop {
            self.block += BLOCK;
            if self.block >= self.bytes.len() {
                return self.bytes.len();
            }
            self.mask = mask_at(self.bytes, self.block);
            if let Some(stop) = self.in_block(from) {
                return stop;
            }
        }
    }
}

/// Of the block that begins at `at`.
#[inline(always)]
fn mask_at(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.first_chunk().map_or_else(|| mask_of_last(rest), mask)
}

/// Of a block that is not full.
#[cold]
fn mask_of_last(rest: &[u8]) -> u64 {
    let mut block = [b' '; BLOCK];
    for (to, from) in block.iter_mut().zip(rest) {
        *to = *from;
    }
    mask(&block)
}

#[inline(always)]
fn mask(block: &[u8; BLOCK]) -> u64 {
    let (quarters, _) = block.as_chunks::<16>();
    quarters.iter().rev().fold(0, |mask, quarter| mask << 16 | u64::from(mask_of_16(*quarter)))
}

#[inline(always)]
fn mask_of_16(bytes: [u8; 16]) -> u32 {
    let bytes = u8x16::new(bytes);
    let control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
    (bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\\')) | control).to_bitmask()
}
