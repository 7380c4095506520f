//! A reader of an object's bytes, for a blocking thread.

use std::{io, pin::pin, sync::Arc};

use switchboard_core::gzip::{self, Gunzip, GzipError};
use tokio::{
    runtime::Handle,
    time::{Instant, timeout_at},
};

use crate::{
    open_object::OpenObject,
    store::{Store, StoreError},
};

/// What an object may unpack to.
const MAX_UNPACKED_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// How much gzip is unpacked at a time: it holds up to a thousand times as much.
const PACKED_BYTES: usize = 4 * 1024;

/// How often a pass resumes where its connection broke. S3 closes a connection that a slow SFTP server keeps waiting.
const RESUMPTIONS: u32 = 3;

/// Why an object can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It is gzip and can't be unpacked.
    #[error("{0}")]
    Gzip(#[from] GzipError),
    /// It is in a format of columns, which no function reads; the name is the format's.
    #[error("it is {0}, which is not read: records have to be JSON, plain or gzip")]
    Columnar(&'static str),
    /// The deadline passed.
    #[error("the deadline passed")]
    Deadline,
}

/// The formats of columns that a delivery stream can convert records to, by what their files begin with.
const COLUMNAR: [(&[u8], &str); 2] = [(b"PAR1", "Parquet"), (b"ORC", "ORC")];
/// As many bytes tell gzip and a format of columns.
const HEAD_BYTES: usize = 4;

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        Self::other(error)
    }
}

/// Access to one object: its store and key, and the deadline of all that is done with it.
#[derive(Debug)]
pub struct ObjectAccess {
    /// The store.
    pub store: Arc<Store>,
    /// The bucket.
    pub bucket: String,
    /// The key, as it is in the bucket.
    pub key: String,
    /// When all that is done with the object must have ended.
    pub deadline: Instant,
    /// The runtime that waits for the store.
    pub runtime: Handle,
}

impl ObjectAccess {
    /// Waits for async work, on this blocking thread, until the deadline.
    ///
    /// # Errors
    /// [`ReadError::Deadline`].
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, ReadError> {
        // Work that is ready at once would win against a deadline long past.
        if Instant::now() >= self.deadline {
            return Err(ReadError::Deadline);
        }
        let work = pin!(work);
        self.runtime
            .block_on(async { timeout_at(self.deadline, work).await })
            .map_err(|_| ReadError::Deadline)
    }

    fn open(&self, from_byte: u64, etag: Option<&str>) -> Result<OpenObject, ReadError> {
        Ok(self.wait(self.store.open(&self.bucket, &self.key, from_byte, etag))??)
    }
}

/// One pass over an object: its bytes, unpacked if they are gzip.
#[derive(Debug)]
pub struct ObjectReader<'o> {
    access: &'o ObjectAccess,
    opened: OpenObject,
    resumptions: u32,
    /// Bytes received of the object as it is stored.
    received_bytes: u64,
    raw: Vec<u8>,
    used: usize,
    gunzip: Option<Gunzip>,
    /// Bytes returned, unpacked.
    returned_bytes: u64,
    fault: Option<GzipError>,
}

impl<'o> ObjectReader<'o> {
    /// Opens the object, if it is the one with this tag, where one is given. What begins as gzip is
    /// unpacked if `unpack` says so; and what begins as a format of columns is then refused.
    ///
    /// # Errors
    /// If it can't be read, or is in a format of columns.
    pub fn open(access: &'o ObjectAccess, etag: Option<&str>, unpack: bool) -> Result<Self, ReadError> {
        let opened = access.open(0, etag)?;
        let (raw, gunzip) = (Vec::new(), None);
        let (used, returned_bytes, fault) = (0, 0, None);
        let mut source = Self {
            access,
            opened,
            resumptions: 0,
            received_bytes: 0,
            raw,
            used,
            gunzip,
            returned_bytes,
            fault,
        };
        while source.raw.len() < HEAD_BYTES && source.fill()? {}
        let columnar = COLUMNAR.iter().find(|(head, _)| unpack && source.raw.starts_with(head));
        if let Some((_, format)) = columnar {
            return Err(ReadError::Columnar(format));
        }
        if unpack && gzip::is_gzip(&source.raw) {
            source.gunzip = Some(Gunzip::new(MAX_UNPACKED_BYTES));
        }
        Ok(source)
    }

    /// The tag of this version of the object.
    pub fn etag(&self) -> &str {
        &self.opened.etag
    }

    /// The damage that the object ends with, and at which byte of what was unpacked.
    pub fn damage(&self) -> Option<(GzipError, u64)> {
        self.fault.map(|fault| (fault, self.returned_bytes))
    }

    /// Appends the next bytes, at least one, to `out`; false at the end, which may be [damage](Self::damage).
    ///
    /// # Errors
    /// If it can't be read, or unpacks to too much.
    pub fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, ReadError> {
        let before = out.len();
        let more = self.advance(out);
        self.returned_bytes += (out.len() - before) as u64;
        more
    }

    /// Records damage, so that what is before it is returned; an object that unpacks to too much is an error.
    fn record_damage(&mut self, unpacked: Result<(), GzipError>) -> Result<(), ReadError> {
        match unpacked {
            Err(fault @ (GzipError::Damaged { .. } | GzipError::CutOff { .. })) => {
                self.gunzip = None;
                self.fault = Some(fault);
                Ok(())
            }
            other => Ok(other?),
        }
    }

    fn advance(&mut self, out: &mut Vec<u8>) -> Result<bool, ReadError> {
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
                    self.record_damage(finished)?;
                }
                return Ok(out.len() > before);
            }
            if let Some(gunzip) = &mut self.gunzip {
                let part = rest.get(..PACKED_BYTES).unwrap_or(rest);
                let pushed = gunzip.push(part, out);
                self.used += part.len();
                self.record_damage(pushed)?;
            } else {
                out.extend_from_slice(rest);
                self.used = self.raw.len();
            }
            if out.len() > before {
                return Ok(true);
            }
        }
    }

    /// Appends the next bytes to `raw`; false at the end.
    fn fill(&mut self) -> Result<bool, ReadError> {
        loop {
            match self.access.wait(self.opened.body.next(&mut self.raw))? {
                Ok(count) => {
                    self.received_bytes += count as u64;
                    return Ok(count > 0);
                }
                Err(StoreError::Failed(reason)) if self.resumptions < RESUMPTIONS => {
                    self.resumptions += 1;
                    let ObjectAccess { bucket, key, .. } = self.access;
                    tracing::info!(
                        bucket,
                        key,
                        error = reason,
                        event = "object_read_resumed",
                        "reading an object broke; resuming"
                    );
                    let etag = self.opened.etag.clone();
                    self.opened = self.access.open(self.received_bytes, Some(&etag))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
