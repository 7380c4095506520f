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

/// A file's bytes, unpacked if they are gzip, cut into documents. In memory for the longest document.
#[derive(Debug)]
pub(crate) struct Documents {
    file: File,
    gunzip: Option<Gunzip>,
    packed: bool,
    part: Vec<u8>,
    unpacked: Vec<u8>,
    unpacked_bytes: u64,
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

impl Documents {
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
            framer: Framer::new(),
        })
    }

    /// True if the file is gzip, once something was read of it.
    pub(crate) fn is_packed(&self) -> bool {
        self.packed
    }

    /// What the last [`read`](Self::read) brought, unpacked.
    pub(crate) fn last_part(&self) -> &[u8] {
        &self.unpacked
    }

    /// Reads on. Take all [`piece`](Self::piece)s after each call, the last one too.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn read(&mut self) -> io::Result<Next> {
        let length = fill(&mut self.file, &mut self.part)?;
        let part = self.part.get(..length).unwrap_or_default();
        if self.unpacked_bytes == 0 && self.gunzip.is_none() && gzip::is_gzip(part) {
            self.gunzip = Some(Gunzip::new(MAX_UNPACKED_BYTES));
            self.packed = true;
        }
        self.unpacked.clear();
        let at = self.unpacked_bytes;
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
        self.framer.push(&self.unpacked);
        if let Err(fault) = unpacked {
            self.framer.finish();
            return Ok(Next::Damaged { fault, at });
        }
        if length == 0 {
            self.framer.finish();
            return Ok(Next::End);
        }
        Ok(Next::More { read_bytes: length as u64 })
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
