//! The bytes inside a gzip stream, up to a cap.
//!
//! A few kilobytes of gzip can hold gigabytes, so this is the only way to decompress here: it takes
//! bytes as they arrive and stops at the cap.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

/// Why a gzip stream could not be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GzipError {
    /// It holds more than the cap.
    #[error("the gzip stream holds more than {cap_bytes} bytes")]
    TooLarge {
        /// The cap, in bytes.
        cap_bytes: u64,
    },
    /// It is damaged or cut off.
    #[error("the gzip stream is damaged or cut off")]
    Damaged,
}

/// True if the bytes begin as gzip does (RFC 1952, 2.3.1). No JSON and no UTF-8 text does.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Decompresses a gzip stream as it arrives, several members in a row included, as Firehose and
/// `cat a.gz b.gz` write them.
#[derive(Debug)]
pub struct Gunzip {
    decoder: MultiGzDecoder<Capped>,
}

impl Gunzip {
    /// At most `cap_bytes` come out.
    pub fn new(cap_bytes: u64) -> Self {
        let sink = Capped { out: Vec::new(), left: cap_bytes, cap_bytes, over: false };
        Self { decoder: MultiGzDecoder::new(sink) }
    }

    /// Takes compressed bytes and appends what they hold to `out`.
    ///
    /// # Errors
    /// When the stream is damaged or passes the cap.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), GzipError> {
        self.decoder.write_all(bytes).and_then(|()| self.decoder.flush()).map_err(|_| self.fault())?;
        out.append(&mut self.decoder.get_mut().out);
        Ok(())
    }

    /// Ends the stream and appends what was still inside.
    ///
    /// # Errors
    /// When the stream is damaged, cut off, or passes the cap.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), GzipError> {
        self.decoder.try_finish().map_err(|_| self.fault())?;
        out.append(&mut self.decoder.get_mut().out);
        Ok(())
    }

    fn fault(&self) -> GzipError {
        let sink = self.decoder.get_ref();
        if sink.over { GzipError::TooLarge { cap_bytes: sink.cap_bytes } } else { GzipError::Damaged }
    }
}

/// Unpacks a whole gzip stream.
///
/// # Errors
/// When the stream is damaged, cut off, or holds more than `cap_bytes`.
pub fn gunzip(bytes: &[u8], cap_bytes: u64) -> Result<Vec<u8>, GzipError> {
    let mut out = Vec::new();
    let mut stream = Gunzip::new(cap_bytes);
    stream.push(bytes, &mut out)?;
    stream.finish(&mut out)?;
    Ok(out)
}

/// A buffer that refuses to hold more than it may in all.
#[derive(Debug)]
struct Capped {
    out: Vec<u8>,
    left: u64,
    cap_bytes: u64,
    over: bool,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            self.over = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        };
        self.left = left;
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn members_in_a_row_are_one_stream_in_any_pieces() {
        let packed = [gzip(b"{\"a\":1}"), gzip(b"{\"b\":2}")].concat();
        assert!(is_gzip(&packed));
        for size in 1..packed.len() {
            let (mut stream, mut out) = (Gunzip::new(1000), Vec::new());
            for piece in packed.chunks(size) {
                stream.push(piece, &mut out).unwrap();
            }
            stream.finish(&mut out).unwrap();
            assert_eq!(out, b"{\"a\":1}{\"b\":2}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_cap() {
        let bomb = gzip(&vec![b' '; 50_000_000]);
        assert!(bomb.len() < 300_000);
        assert_eq!(gunzip(&bomb, 1_000_000), Err(GzipError::TooLarge { cap_bytes: 1_000_000 }));
        assert_eq!(gunzip(&bomb, 50_000_000).unwrap().len(), 50_000_000);
    }

    #[test]
    fn damage_and_truncation_are_told() {
        let packed = gzip(&[b'x'; 1000]);
        assert_eq!(gunzip(&packed[..packed.len() - 3], 5000), Err(GzipError::Damaged));
        let mut damaged = packed.clone();
        damaged[packed.len() - 6] ^= 0xff;
        assert_eq!(gunzip(&damaged, 5000), Err(GzipError::Damaged));
    }
}
