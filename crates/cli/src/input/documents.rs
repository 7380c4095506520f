//! A file as a stream of JSON documents, whatever its size.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use switchboard_core::{
    framing::{Framer, Piece},
    gzip::{self, Gunzip, GzipError},
};

/// How much is read in one go. Of gzip that is at most 64 MiB unpacked.
const READ_BYTES: usize = 64 * 1024;

/// What a compressed file may unpack to. It is never in memory as a whole; this ends a file that was
/// made to fill a disk.
const MAX_UNPACKED_BYTES: u64 = 16 * 1024 * 1024 * 1024;

/// A file's bytes, part by part, unpacked if they are gzip.
#[derive(Debug)]
pub(crate) struct Parts {
    file: File,
    gunzip: Option<Gunzip>,
    packed: bool,
    part: Vec<u8>,
    unpacked: Vec<u8>,
    unpacked_bytes: u64,
    /// How much of the last part was taken by [`Read`].
    used: usize,
}

/// A file's bytes, unpacked if they are gzip, cut into documents. In memory for the longest document.
#[derive(Debug)]
pub(crate) struct Documents {
    parts: Parts,
    framer: Framer,
}

/// How a file goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// There may be more.
    More {
        /// How much was read of the file.
        read_bytes: u64,
    },
    /// That was all.
    End,
    /// Nothing more can be unpacked.
    Damaged {
        /// Why.
        fault: GzipError,
        /// How much was unpacked before, in bytes.
        at: u64,
    },
}

impl Parts {
    /// Opens a file.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::open(path)?,
            gunzip: None,
            packed: false,
            part: vec![0; READ_BYTES],
            unpacked: Vec::new(),
            unpacked_bytes: 0,
            used: 0,
        })
    }

    /// Reads the next part.
    fn next(&mut self) -> io::Result<Next> {
        let length = fill(&mut self.file, &mut self.part)?;
        let part = self.part.get(..length).unwrap_or_default();
        if self.unpacked_bytes == 0 && self.gunzip.is_none() && gzip::is_gzip(part) {
            self.gunzip = Some(Gunzip::new(MAX_UNPACKED_BYTES));
            self.packed = true;
        }
        self.unpacked.clear();
        self.used = 0;
        let unpacked = if length > 0
            && let Some(gunzip) = &mut self.gunzip
        {
            gunzip.push(part, &mut self.unpacked)
        } else if let Some(gunzip) = self.gunzip.take() {
            gunzip.finish(&mut self.unpacked)
        } else {
            self.unpacked.extend_from_slice(part);
            Ok(())
        };
        self.unpacked_bytes += self.unpacked.len() as u64;
        Ok(match unpacked {
            Err(fault) => Next::Damaged { fault, at: self.unpacked_bytes },
            Ok(()) if length == 0 => Next::End,
            Ok(()) => Next::More { read_bytes: length as u64 },
        })
    }
}

/// For whoever reads bytes. Damage is an error, once what stands before it was read.
impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.used == self.unpacked.len() {
            match self.next()? {
                Next::End if self.unpacked.is_empty() => return Ok(0),
                Next::Damaged { fault, .. } if self.unpacked.is_empty() => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
                }
                // Damage is said again by the next call: a stream with a fault takes nothing more.
                Next::More { .. } | Next::End | Next::Damaged { .. } => {}
            }
        }
        let rest = self.unpacked.get(self.used..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.used += count;
        Ok(count)
    }
}

impl Documents {
    /// Opens a file.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { parts: Parts::open(path)?, framer: Framer::new() })
    }

    /// True if the file is gzip, once something was read of it.
    pub(crate) fn is_packed(&self) -> bool {
        self.parts.packed
    }

    /// What the last [`read`](Self::read) brought, unpacked.
    pub(crate) fn last_part(&self) -> &[u8] {
        &self.parts.unpacked
    }

    /// Reads on. Take all [`piece`](Self::piece)s after each call, the last one too: of a damaged file they are what
    /// stands before the damage.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn read(&mut self) -> io::Result<Next> {
        let next = self.parts.next()?;
        self.framer.push(&self.parts.unpacked);
        if !matches!(next, Next::More { .. }) {
            self.framer.finish();
        }
        Ok(next)
    }

    /// The next document, or damage, of what was read.
    pub(crate) fn piece(&mut self) -> Option<Piece<'_>> {
        self.framer.next()
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn bytes_are_read_packed_or_not_and_up_to_the_damage() {
        let lines = "a line\n".repeat(20_000);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(lines.as_bytes()).unwrap();
        let packed = gzip.finish().unwrap();
        for bytes in [lines.as_bytes(), &packed, &[&packed[..], &vec![0; 700_000]].concat()] {
            let mut read = String::new();
            Parts::open(file(bytes).path()).unwrap().read_to_string(&mut read).unwrap();
            assert!(read == lines);
        }
        let mut read = Vec::new();
        let cut = file(&packed[..packed.len() - 3]);
        let error = Parts::open(cut.path()).unwrap().read_to_end(&mut read).unwrap_err();
        assert!(read == lines.as_bytes());
        assert!(error.to_string().contains("cut off"), "{error}");
    }
}
