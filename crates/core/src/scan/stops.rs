//! The bytes that end a run of a string's text.

use wide::u8x16;

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// The places of the quotes, backslashes and control characters of bytes, one after the other, in strings or not.
pub(super) struct Stops<'a> {
    pub(super) bytes: &'a [u8],
    /// Where the block begins.
    block: usize,
    /// Those of the block that are still to come, a bit for each byte.
    mask: u64,
}

impl<'a> Stops<'a> {
    #[inline(always)]
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, block: 0, mask: mask_at(bytes, 0) }
    }

    /// The next; behind the bytes if there is none.
    #[inline(always)]
    pub(super) fn next(&mut self) -> usize {
        while self.mask == 0 {
            self.block += BLOCK;
            if self.block >= self.bytes.len() {
                return self.bytes.len();
            }
            self.mask = mask_at(self.bytes, self.block);
        }
        let at = self.block + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        at
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
