//! Gzip of many small texts: one compressor for all of them, as making one costs more than most texts.

use std::io;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// What a gzip file begins with: compressed by deflate, without a name, a time or a system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Packs texts.
#[derive(Debug)]
pub(super) struct Gzip {
    compress: Compress,
    packed: Vec<u8>,
}

impl Default for Gzip {
    fn default() -> Self {
        Self { compress: Compress::new(Compression::fast(), false), packed: Vec::new() }
    }
}

impl Gzip {
    /// The text as a gzip file.
    ///
    /// # Errors
    /// When it can't be compressed, which does not happen to a text in memory.
    pub(super) fn pack(&mut self, text: &[u8]) -> io::Result<&[u8]> {
        self.compress.reset();
        self.packed.clear();
        self.packed.extend_from_slice(&HEADER);
        // Deflate adds five bytes to each 64 KiB that it can't make smaller.
        self.packed.reserve(text.len() + text.len() / 8192 + 64);
        let status = self.compress.compress_vec(text, &mut self.packed, FlushCompress::Finish)?;
        if status != Status::StreamEnd {
            return Err(io::Error::other("the text was not compressed to its end"));
        }
        let mut crc = Crc::new();
        crc.update(text);
        self.packed.extend_from_slice(&crc.sum().to_le_bytes());
        self.packed.extend_from_slice(&crc.amount().to_le_bytes());
        Ok(&self.packed)
    }
}
