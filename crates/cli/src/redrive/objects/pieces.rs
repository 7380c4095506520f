//! An object's body as JSON documents, in memory for the longest document and one part of the body.

use anyhow::Context;
use aws_sdk_s3::primitives::ByteStream;
use switchboard_core::{
    framing::{Framer, Piece},
    gzip::{self, Gunzip},
};

/// What a compressed object may unpack to, in bytes. Firehose writes at most 128 MB of records, which are half as long
/// again in base64.
const MAX_UNPACKED_BYTES: u64 = 1024 * 1024 * 1024;

/// A body that is read part by part.
pub(super) struct Pieces {
    body: ByteStream,
    framer: Framer,
    gunzip: Option<Gunzip>,
    begun: bool,
    part: Vec<u8>,
}

impl Pieces {
    /// At the beginning of a body.
    pub(super) fn new(body: ByteStream) -> Self {
        Self { body, framer: Framer::new(), gunzip: None, begun: false, part: Vec::new() }
    }

    /// Reads the next part, if there is one; afterwards, [`next`](Self::next) has the documents that ended in it.
    ///
    /// # Errors
    /// When the body breaks off, or its gzip is damaged.
    pub(super) async fn more(&mut self) -> anyhow::Result<bool> {
        self.part.clear();
        let Some(bytes) = self.body.next().await.transpose().context("it breaks off")? else {
            if let Some(gunzip) = self.gunzip.take() {
                gunzip.finish(&mut self.part)?;
            }
            self.framer.push(&self.part);
            self.framer.finish();
            return Ok(false);
        };
        if !self.begun && !bytes.is_empty() {
            self.begun = true;
            self.gunzip = gzip::is_gzip(&bytes).then(|| Gunzip::new(MAX_UNPACKED_BYTES));
        }
        match &mut self.gunzip {
            Some(gunzip) => gunzip.push(&bytes, &mut self.part)?,
            None => self.part.extend_from_slice(&bytes),
        }
        self.framer.push(&self.part);
        Ok(true)
    }

    /// The next document, or what is none.
    pub(super) fn next(&mut self) -> Option<Piece<'_>> {
        self.framer.next()
    }
}
