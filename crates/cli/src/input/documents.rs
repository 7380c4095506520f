//! A file as a stream of JSON documents, whatever its size.

use std::{
    fs::File,
    io::{self, Read},
    ops::Range,
    path::Path,
};

use indicatif::ProgressBar;
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
pub(crate) struct UnpackedFile {
    file: File,
    gunzip: Option<Gunzip>,
    packed: bool,
    part: Vec<u8>,
    unpacked: Vec<u8>,
    unpacked_bytes: u64,
    /// How much of the last part [`Read`] has returned.
    used: usize,
}

/// A file's bytes, unpacked if they are gzip, cut into documents. In memory for the longest document.
#[derive(Debug)]
pub(crate) struct Documents {
    file: UnpackedFile,
    framer: Framer,
}

/// A part of a file, in the file's order.
#[derive(Debug)]
pub(crate) enum FilePiece<'a> {
    /// One JSON object.
    Document {
        /// Its text.
        text: &'a str,
        /// Its bytes in the (unpacked) file.
        range: Range<u64>,
    },
    /// Something else. It is empty where nothing more can be unpacked.
    Damage {
        /// What is there.
        bytes: &'a [u8],
        /// Its bytes in the (unpacked) file.
        range: Range<u64>,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing more can be read.
    ReadError(io::Error),
}

/// The state of a file after a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadState {
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

impl UnpackedFile {
    /// Opens a file.
    ///
    /// # Errors
    /// When it can't be opened.
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
    fn next(&mut self) -> io::Result<ReadState> {
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
            Err(fault) => ReadState::Damaged { fault, at: self.unpacked_bytes },
            Ok(()) if length == 0 => ReadState::End,
            Ok(()) => ReadState::More { read_bytes: length as u64 },
        })
    }
}

/// The file as bytes. Damage is an error, after the bytes before it.
impl Read for UnpackedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.used == self.unpacked.len() {
            match self.next()? {
                ReadState::End if self.unpacked.is_empty() => return Ok(0),
                ReadState::Damaged { fault, .. } if self.unpacked.is_empty() => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
                }
                // The next call returns damage again: nothing is unpacked after a fault.
                ReadState::More { .. } | ReadState::End | ReadState::Damaged { .. } => {}
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
    /// When it can't be opened.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: UnpackedFile::open(path)?, framer: Framer::new() })
    }

    /// Hands each part of the file to `handle`, to its end or as far as it can be read.
    ///
    /// # Errors
    /// Those of `handle`.
    pub(crate) async fn for_each_piece<E>(
        &mut self,
        progress: &ProgressBar,
        mut handle: impl AsyncFnMut(FilePiece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let state = self.read();
            while let Some(piece) = self.framer.next() {
                handle(piece.into()).await?;
            }
            match state {
                Ok(ReadState::More { read_bytes }) => progress.inc(read_bytes),
                Ok(ReadState::End) => return Ok(()),
                Ok(ReadState::Damaged { fault, at }) => {
                    let reason = fault.to_string();
                    return handle(FilePiece::Damage { bytes: &[], range: at..at, reason }).await;
                }
                Err(error) => return handle(FilePiece::ReadError(error)).await,
            }
        }
    }

    /// True if the file is gzip, once something was read of it.
    pub(crate) fn is_packed(&self) -> bool {
        self.file.packed
    }

    /// What the last [`read`](Self::read) brought, unpacked.
    pub(crate) fn last_part(&self) -> &[u8] {
        &self.file.unpacked
    }

    /// Reads on. Call [`piece`](Self::piece) to the end after each call, the last one too: of a damaged file those
    /// pieces are those before the damage.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn read(&mut self) -> io::Result<ReadState> {
        let next = self.file.next()?;
        self.framer.push(&self.file.unpacked);
        if !matches!(next, ReadState::More { .. }) {
            self.framer.finish();
        }
        Ok(next)
    }

    /// The next document, or damage, of what was read.
    pub(crate) fn piece(&mut self) -> Option<Piece<'_>> {
        self.framer.next()
    }
}

impl<'a> From<Piece<'a>> for FilePiece<'a> {
    fn from(piece: Piece<'a>) -> Self {
        match piece {
            Piece::Document { text, range } => Self::Document { text, range },
            Piece::Damage { bytes, range, fault } => Self::Damage { bytes, range, reason: fault.to_string() },
        }
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
            UnpackedFile::open(file(bytes).path()).unwrap().read_to_string(&mut read).unwrap();
            assert!(read == lines);
        }
        let mut read = Vec::new();
        let cut = file(&packed[..packed.len() - 3]);
        let error = UnpackedFile::open(cut.path()).unwrap().read_to_end(&mut read).unwrap_err();
        assert!(read == lines.as_bytes());
        assert!(error.to_string().contains("cut off"), "{error}");
    }
}
