//! The bytes of an object, read from a blocking thread.

use std::{pin::pin, sync::Arc};

use switchboard_core::gzip::{self, Gunzip, GzipError};
use tokio::{
    runtime::Handle,
    time::{Instant, timeout_at},
};

use crate::{
    outcome::SourceError,
    store::{Opened, Store, StoreError},
};

/// What an object may unpack to.
const MAX_UNPACKED_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// How much gzip is unpacked at a time: it holds up to a thousand times as much.
const PACKED_BYTES: usize = 4 * 1024;

/// How often a pass goes on where its connection broke. A slow server at the other end lets S3's wait.
const RESUMPTIONS: u32 = 3;

/// Where an object is, and until when it may be read.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) store: Arc<Store>,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) deadline: Instant,
    pub(crate) runtime: Handle,
}

impl Origin {
    /// Waits for async work, on this blocking thread, until the deadline.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, SourceError> {
        // Work that need not wait would win against a deadline long past.
        if Instant::now() >= self.deadline {
            return Err(SourceError::Deadline);
        }
        let work = pin!(work);
        self.runtime
            .block_on(async { timeout_at(self.deadline, work).await })
            .map_err(|_| SourceError::Deadline)
    }

    fn open(&self, from_byte: u64, etag: Option<&str>) -> Result<Opened, SourceError> {
        Ok(self.wait(self.store.open(&self.bucket, &self.key, from_byte, etag))??)
    }
}

/// One pass over an object.
#[derive(Debug)]
pub(crate) struct Source<'o> {
    origin: &'o Origin,
    opened: Opened,
    resumptions: u32,
    /// Bytes that have come, of the object as it is stored.
    received_bytes: u64,
    raw: Vec<u8>,
    used: usize,
    gunzip: Option<Gunzip>,
    /// Bytes that were handed on.
    handed_bytes: u64,
    fault: Option<GzipError>,
}

impl<'o> Source<'o> {
    /// Opens the object, if it is the one with this tag, where one is given. What begins as gzip is
    /// unpacked if `unpack` says so.
    pub(crate) fn open(origin: &'o Origin, etag: Option<&str>, unpack: bool) -> Result<Self, SourceError> {
        let opened = origin.open(0, etag)?;
        let (raw, gunzip) = (Vec::new(), None);
        let (used, handed_bytes, fault) = (0, 0, None);
        let mut source = Self {
            origin,
            opened,
            resumptions: 0,
            received_bytes: 0,
            raw,
            used,
            gunzip,
            handed_bytes,
            fault,
        };
        // Two bytes tell gzip.
        while source.raw.len() < 2 && source.fill()? {}
        if unpack && gzip::is_gzip(&source.raw) {
            source.gunzip = Some(Gunzip::new(MAX_UNPACKED_BYTES));
        }
        Ok(source)
    }

    /// Which object this is.
    pub(crate) fn etag(&self) -> &str {
        &self.opened.etag
    }

    /// The damage that the object ends with, and at which byte of what was unpacked.
    pub(crate) fn damage(&self) -> Option<(GzipError, u64)> {
        self.fault.map(|fault| (fault, self.handed_bytes))
    }

    /// Appends the next bytes, at least one, to `out`; false at the end, which may be [damage](Self::damage).
    pub(crate) fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, SourceError> {
        let before = out.len();
        let more = self.advance(out);
        self.handed_bytes += (out.len() - before) as u64;
        more
    }

    /// What came before damage is handed on; an object that unpacks to too much is none.
    fn unless_damaged(&mut self, unpacked: Result<(), GzipError>) -> Result<(), SourceError> {
        match unpacked {
            Err(fault @ (GzipError::Damaged { .. } | GzipError::CutOff { .. })) => {
                self.gunzip = None;
                self.fault = Some(fault);
                Ok(())
            }
            other => Ok(other?),
        }
    }

    fn advance(&mut self, out: &mut Vec<u8>) -> Result<bool, SourceError> {
        let before = out.len();
        loop {
            if self.fault.is_some() {
                return Ok(out.len() > before);
            }
            let rest = self.raw.get(self.used..).unwrap_or_default();
            if rest.is_empty() {
                self.raw.clear();
                self.used = 0;
                if self.fill()? {
                    continue;
                }
                if let Some(gunzip) = self.gunzip.take() {
                    let finished = gunzip.finish(out);
                    self.unless_damaged(finished)?;
                }
                return Ok(out.len() > before);
            }
            if let Some(gunzip) = &mut self.gunzip {
                let part = rest.get(..PACKED_BYTES).unwrap_or(rest);
                let pushed = gunzip.push(part, out);
                self.used += part.len();
                self.unless_damaged(pushed)?;
            } else {
                out.extend_from_slice(rest);
                self.used = self.raw.len();
            }
            if out.len() > before {
                return Ok(true);
            }
        }
    }

    /// Adds what comes next to `raw`; false at the end.
    fn fill(&mut self) -> Result<bool, SourceError> {
        loop {
            match self.origin.wait(self.opened.body.next(&mut self.raw))? {
                Ok(count) => {
                    self.received_bytes += count as u64;
                    return Ok(count > 0);
                }
                Err(StoreError::Failed(reason)) if self.resumptions < RESUMPTIONS => {
                    self.resumptions += 1;
                    let Origin { bucket, key, .. } = self.origin;
                    tracing::info!(bucket, key, reason, "reading an object broke; on from the same place");
                    let etag = self.opened.etag.clone();
                    self.opened = self.origin.open(self.received_bytes, Some(&etag))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
