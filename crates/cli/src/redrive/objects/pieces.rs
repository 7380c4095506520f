//! An object's body as JSON documents, in memory for the longest document and one part of the body.

use aws_sdk_s3::primitives::ByteStream;
use switchboard_core::{
    framing::{Framer, Piece},
    gzip::{self, Gunzip},
};

/// What a compressed object may unpack to, in bytes. Firehose writes at most 128 MB of records, which are half as long
/// again in base64.
const MAX_UNPACKED_BYTES: u64 = 1024 * 1024 * 1024;

/// The state of a body after a read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReadState {
    /// There may be more.
    More,
    /// That was all.
    End,
    /// The rest can't be read, and why. The documents before it can.
    Damaged(String),
}

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

    /// Reads the next part; afterwards, [`next`](Self::next) has the documents that ended in it.
    pub(super) async fn read(&mut self) -> ReadState {
        self.part.clear();
        let state = self.read_part().await;
        self.framer.push(&self.part);
        if state != ReadState::More {
            self.framer.finish();
        }
        state
    }

    async fn read_part(&mut self) -> ReadState {
        let bytes = match self.body.next().await {
            Some(Ok(bytes)) => bytes,
            Some(Err(_)) => return ReadState::Damaged("its body breaks off".to_owned()),
            None => {
                let unpacked = self.gunzip.take().map_or(Ok(()), |gunzip| gunzip.finish(&mut self.part));
                return unpacked
                    .map_or_else(|fault| ReadState::Damaged(fault.to_string()), |()| ReadState::End);
            }
        };
        if !self.begun && !bytes.is_empty() {
            self.begun = true;
            self.gunzip = gzip::is_gzip(&bytes).then(|| Gunzip::new(MAX_UNPACKED_BYTES));
        }
        let unpacked = if let Some(gunzip) = &mut self.gunzip {
            gunzip.push(&bytes, &mut self.part)
        } else {
            self.part.extend_from_slice(&bytes);
            Ok(())
        };
        unpacked.map_or_else(|fault| ReadState::Damaged(fault.to_string()), |()| ReadState::More)
    }

    /// The next document, or what is none.
    pub(super) fn next(&mut self) -> Option<Piece<'_>> {
        self.framer.next()
    }
}
