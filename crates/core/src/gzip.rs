//! The bytes inside a gzip stream, up to a cap.
//!
//! A few kilobytes of gzip can hold gigabytes, so this is the only way to decompress here: it takes
//! bytes as they arrive and stops at the cap.
//!
//! Damage costs no more than itself: what was unpacked before it comes out, and the fault says at which byte
//! it was seen. Several members in a row are one stream, as Firehose and `cat a.gz b.gz` write them; newlines
//! between members and zeros behind the last, with which tapes and some copies pad, are no damage.

mod header;

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Why a gzip stream could not be unpacked to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GzipError {
    /// It holds more than the cap.
    #[error("the gzip stream holds more than {cap_bytes} bytes")]
    TooLarge {
        /// The cap, in bytes.
        cap_bytes: u64,
    },
    /// It is damaged.
    #[error("the gzip stream is damaged at byte {at}")]
    Damaged {
        /// Where that was seen, in bytes of the compressed stream.
        at: u64,
    },
    /// It ends too early.
    #[error("the gzip stream is cut off at byte {at}")]
    CutOff {
        /// Where it ends, in bytes of the compressed stream.
        at: u64,
    },
}

/// True if the bytes begin as gzip does (RFC 1952, 2.3.1). No JSON and no UTF-8 text does.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// How much is unpacked in one go.
const STEP_BYTES: usize = 64 * 1024;

/// Decompresses a gzip stream as it arrives.
pub struct Gunzip {
    state: State,
    inflate: Decompress,
    crc: Crc,
    /// What is left of the cap.
    left: u64,
    cap_bytes: u64,
    /// How much of the stream was read.
    read: u64,
    fault: Option<GzipError>,
}

/// Where in a gzip file we are.
#[derive(Debug)]
enum State {
    /// In a member's header, with what was seen of it.
    Header(header::Header),
    /// In what was compressed.
    Body,
    /// In the eight bytes of checksum and length, with those that were seen.
    Trailer(Vec<u8>),
    /// Behind a member.
    Between,
}

impl Gunzip {
    /// At most `cap_bytes` come out.
    pub fn new(cap_bytes: u64) -> Self {
        Self {
            state: State::Header(header::Header::default()),
            inflate: Decompress::new(false),
            crc: Crc::new(),
            left: cap_bytes,
            cap_bytes,
            read: 0,
            fault: None,
        }
    }

    /// Takes compressed bytes and appends what they hold to `out`: of a damaged stream what stands before the
    /// damage, of one that passes the cap as much as the cap. After a fault nothing more is read.
    ///
    /// # Errors
    /// When the stream is damaged or passes the cap, now or before.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), GzipError> {
        let mut rest = bytes;
        while self.fault.is_none() && !rest.is_empty() {
            let step = self.step(rest, out);
            self.fault = step.fault;
            self.read += step.taken as u64;
            rest = rest.get(step.taken..).unwrap_or_default();
        }
        self.fault.map_or(Ok(()), Err)
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// When the stream is cut off, or had a fault before.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), GzipError> {
        if matches!(self.state, State::Body) && self.fault.is_none() {
            // What was read and did not come out yet.
            let step = self.inflate(&[], out);
            self.fault = step.fault;
        }
        match (self.fault, &self.state) {
            (Some(fault), _) => Err(fault),
            (None, State::Between) => Ok(()),
            (None, _) => Err(GzipError::CutOff { at: self.read }),
        }
    }

    /// Reads some of the bytes, which are not empty.
    fn step(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Taken {
        match &mut self.state {
            State::Header(header) => match header.take(bytes) {
                Ok(header::Seen { taken, whole }) => {
                    if whole {
                        (self.inflate, self.crc) = (Decompress::new(false), Crc::new());
                        self.state = State::Body;
                    }
                    Taken::all(taken)
                }
                Err(at) => self.damaged(at),
            },
            State::Body => self.inflate(bytes, out),
            State::Trailer(seen) => {
                let part = bytes.get(..8_usize.saturating_sub(seen.len())).unwrap_or(bytes);
                seen.extend_from_slice(part);
                let expected = [self.crc.sum().to_le_bytes(), self.crc.amount().to_le_bytes()].concat();
                if seen.len() == expected.len() {
                    if *seen != expected {
                        return self.damaged(0);
                    }
                    self.state = State::Between;
                }
                Taken::all(part.len())
            }
            State::Between => match bytes.iter().position(|byte| !matches!(byte, 0 | b'\n' | b'\r')) {
                None => Taken::all(bytes.len()),
                Some(at) if bytes.get(at) == Some(&0x1f) => {
                    self.state = State::Header(header::Header::default());
                    Taken::all(at)
                }
                Some(at) => self.damaged(at),
            },
        }
    }

    fn inflate(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Taken {
        let (before_in, before_out) = (self.inflate.total_in(), out.len());
        out.reserve(STEP_BYTES);
        let status = self.inflate.decompress_vec(bytes, out, FlushDecompress::None);
        let taken = usize::try_from(self.inflate.total_in() - before_in).unwrap_or(bytes.len());
        let new = out.get(before_out..).unwrap_or_default();
        let within = usize::try_from(self.left).unwrap_or(usize::MAX).min(new.len());
        if within < new.len() {
            out.truncate(before_out + within);
            self.left = 0;
            return Taken { taken, fault: Some(GzipError::TooLarge { cap_bytes: self.cap_bytes }) };
        }
        self.crc.update(new);
        self.left -= within as u64;
        match status {
            Ok(Status::StreamEnd) => {
                self.state = State::Trailer(Vec::new());
                Taken::all(taken)
            }
            // No byte was taken and none came out although there was room: it can't go on.
            Ok(_) if taken == 0 && within == 0 && !bytes.is_empty() => self.damaged(0),
            Ok(_) => Taken::all(taken),
            Err(_) => self.damaged(taken),
        }
    }

    fn damaged(&self, at: usize) -> Taken {
        Taken { taken: 0, fault: Some(GzipError::Damaged { at: self.read + at as u64 }) }
    }
}

/// How far a step came.
struct Taken {
    taken: usize,
    fault: Option<GzipError>,
}

impl Taken {
    fn all(taken: usize) -> Self {
        Self { taken, fault: None }
    }
}

impl std::fmt::Debug for Gunzip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gunzip({} bytes read, {} more may come out)", self.read, self.left)
    }
}

/// What came out of a gzip stream that was all in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// What was unpacked: all, or what stands before the fault.
    pub bytes: Vec<u8>,
    /// Why that is not all.
    pub fault: Option<GzipError>,
}

/// Unpacks a whole gzip stream; at most `cap_bytes` come out.
pub fn gunzip(bytes: &[u8], cap_bytes: u64) -> Unpacked {
    let mut out = Vec::new();
    let mut stream = Gunzip::new(cap_bytes);
    let fault = stream.push(bytes, &mut out).and_then(|()| stream.finish(&mut out)).err();
    out.shrink_to_fit();
    Unpacked { bytes: out, fault }
}

#[cfg(test)]
mod tests;
