//! The header of a gzip member (RFC 1952, 2.3), as it arrives.

const FHCRC: u8 = 1 << 1;
const FEXTRA: u8 = 1 << 2;
const FNAME: u8 = 1 << 3;
const FCOMMENT: u8 = 1 << 4;
/// Bits that no version of the format knows.
const RESERVED: u8 = 0b1110_0000;

/// What was seen of a header. Only its flags and how far it goes matter.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// How many of the ten bytes that every header has were seen.
    fixed: usize,
    flags: u8,
    /// The parts that follow, the next one last; none before the flags are known.
    parts: Vec<Part>,
}

/// A part of a header behind the first ten bytes.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// The length of the extra field, with its first byte once that was seen.
    ExtraLength(Option<u8>),
    /// That many bytes more.
    Skip(usize),
    /// A text that ends with a zero.
    Text,
}

/// How far a header was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// How many of the bytes are the header's.
    pub(super) taken: usize,
    /// True if it is whole.
    pub(super) whole: bool,
}

impl Header {
    /// Takes the header's next bytes. The error is the place of one that no header has there.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Seen, usize> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.is_whole() {
                return Ok(Seen { taken: at, whole: true });
            }
            self.byte(*byte).map_err(|()| at)?;
        }
        Ok(Seen { taken: bytes.len(), whole: self.is_whole() })
    }

    fn is_whole(&self) -> bool {
        self.fixed == 10 && self.parts.is_empty()
    }

    fn byte(&mut self, byte: u8) -> Result<(), ()> {
        if self.fixed < 10 {
            let fits = match self.fixed {
                0 => byte == 0x1f,
                1 => byte == 0x8b,
                // Deflate, the only method there is.
                2 => byte == 8,
                3 => {
                    self.flags = byte;
                    byte & RESERVED == 0
                }
                _ => true,
            };
            self.fixed += 1;
            if self.fixed == 10 {
                self.parts = parts(self.flags);
            }
            return if fits { Ok(()) } else { Err(()) };
        }
        match self.parts.pop() {
            Some(Part::ExtraLength(None)) => self.parts.push(Part::ExtraLength(Some(byte))),
            Some(Part::ExtraLength(Some(low))) => {
                self.parts.extend(skip(usize::from(u16::from_le_bytes([low, byte]))));
            }
            Some(Part::Skip(left)) => self.parts.extend(skip(left.saturating_sub(1))),
            Some(Part::Text) if byte != 0 => self.parts.push(Part::Text),
            Some(Part::Text) | None => {}
        }
        Ok(())
    }
}

fn skip(bytes: usize) -> Option<Part> {
    (bytes > 0).then_some(Part::Skip(bytes))
}

/// The parts that these flags announce, the first one last.
fn parts(flags: u8) -> Vec<Part> {
    [(FHCRC, Part::Skip(2)), (FCOMMENT, Part::Text), (FNAME, Part::Text), (FEXTRA, Part::ExtraLength(None))]
        .into_iter()
        .filter(|(flag, _)| flags & flag != 0)
        .map(|(_, part)| part)
        .collect()
}
