//! One object after the other: its records onto the stream, and then it goes.

use std::{mem, time::Duration};

use anyhow::{Context, bail};
use aws_sdk_s3::{Client, error::ProvideErrorMetadata};
use switchboard_core::framing::Piece;
use switchboard_runtime::streams::{Stream, StreamRecord, Streams};
use tokio::time::Instant;

use super::pieces::{Pieces, ReadState};
use crate::redrive::{
    redacted_error,
    rejected_records::{self, RejectedRecord},
};

/// A batch is what one shard accepts in half a second: rejected records are retried for a few seconds only, and a
/// stream of one shard must have accepted all of them by then.
const BATCH_RECORDS: usize = 500;
const BATCH_BYTES: usize = 512 * 1024;

/// How long putting one batch may take, repetitions included.
const TIME_FOR_A_BATCH: Duration = Duration::from_mins(1);

/// The most bytes of one record: of a delivery stream 1,000 KiB, of a data stream 1 MiB with its key.
const MAX_DELIVERED: usize = 1000 * 1024;
const MAX_STREAMED: usize = 1024 * 1024 - 1024;

/// The counts of a run so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct RestoreCounts {
    /// Objects looked at.
    pub(super) objects: u64,
    /// Records put, or to be put in a dry run.
    pub(super) records: u64,
    /// Records left out, since a newer copy was there before.
    pub(super) superseded: u64,
    /// Objects that hold something that could not be put back.
    pub(super) stayed: u64,
    /// Records that were put and lie in objects that stay.
    pub(super) put_and_stayed: u64,
}

/// What objects hold, and whether they may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceKind {
    /// Rejected records: an object goes once they are back.
    Rejected,
    /// Rejected records, and it stays.
    RejectedToKeep,
    /// Records as they were delivered: they stay, since they are where they belong.
    Raw,
}

/// What became of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RestoreOutcome {
    /// All of it was put back.
    Done,
    /// It stays, and this is why.
    Stays(String),
}

/// A run that puts the records of objects back onto a stream.
pub(super) struct Restore {
    s3: Client,
    bucket: String,
    /// The stream that records go to; [`None`] in a dry run.
    to: Option<(Streams, Stream)>,
    kind: SourceKind,
    /// The counts so far.
    pub(super) counts: RestoreCounts,
    /// Numbers the records that belong to nobody, so that they spread over the shards.
    unmatched: u64,
}

/// What an object held that can't be put back.
#[derive(Debug, Default)]
struct Unrestorable {
    not_understood: u64,
    too_large: u64,
    /// Why the rest of the object can't be read.
    damage: Option<String>,
}

impl Restore {
    /// A run at its start.
    pub(super) fn new(s3: Client, bucket: String, to: Option<(Streams, Stream)>, kind: SourceKind) -> Self {
        Self { s3, bucket, to, kind, counts: RestoreCounts::default(), unmatched: 0 }
    }

    /// Puts an object's records onto the stream and deletes the object, if it is still the one that was read.
    ///
    /// # Errors
    /// When objects can't be read or deleted, or the stream did not accept all of it: it stays, and all of it is put again
    /// another time.
    pub(super) async fn object(&mut self, key: &str) -> anyhow::Result<RestoreOutcome> {
        self.counts.objects += 1;
        let request = self.s3.get_object().bucket(&self.bucket).key(key);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if is_of_one_object(error.code()) => {
                self.counts.stayed += 1;
                return Ok(RestoreOutcome::Stays(format!("it can't be read: {}", redacted_error(&error))));
            }
            Err(error) => return Err(redacted_error(&error)).context("it can't be read"),
        };
        let etag = response.e_tag;
        let before = self.counts.records;
        let left = self.put_all(Pieces::new(response.body)).await?;
        let put = self.counts.records - before;
        if let Some(why) = left.why() {
            self.counts.stayed += 1;
            self.counts.put_and_stayed += put;
            return Ok(RestoreOutcome::Stays(if put > 0 && self.to.is_some() {
                format!("{why}; its other {put} records were put")
            } else {
                why
            }));
        }
        if self.kind != SourceKind::Rejected {
            self.counts.put_and_stayed += put;
        }
        if self.to.is_none() || self.kind != SourceKind::Rejected {
            return Ok(RestoreOutcome::Done);
        }
        self.delete(key, etag).await
    }

    /// Whether records that are on the stream now would be put again.
    pub(super) fn is_put_again_by_a_second_run(&self) -> bool {
        self.to.is_some() && self.counts.put_and_stayed > 0
    }

    async fn put_all(&mut self, mut pieces: Pieces) -> anyhow::Result<Unrestorable> {
        let (mut left, mut batch, mut bytes) = (Unrestorable::default(), Vec::new(), 0);
        loop {
            let state = pieces.read().await;
            while let Some(piece) = pieces.next() {
                let Some(entry) = self.entry(&piece, &mut left) else { continue };
                bytes += entry.data.len();
                batch.push(entry);
                if bytes >= BATCH_BYTES || batch.len() >= BATCH_RECORDS {
                    bytes = 0;
                    self.put(mem::take(&mut batch)).await?;
                }
            }
            match state {
                ReadState::More => {}
                ReadState::End => break,
                ReadState::Damaged(reason) => {
                    left.damage = Some(reason);
                    break;
                }
            }
        }
        self.put(batch).await?;
        Ok(left)
    }

    /// The record to put, if there is one in this piece.
    fn entry(&mut self, piece: &Piece<'_>, left: &mut Unrestorable) -> Option<StreamRecord> {
        let line = match piece {
            Piece::Document { text, .. } if self.kind == SourceKind::Raw => {
                RejectedRecord::Record(text.as_bytes().to_vec())
            }
            Piece::Document { text, .. } => RejectedRecord::read(text),
            Piece::Damage { .. } => RejectedRecord::Unknown,
        };
        let data = match line {
            RejectedRecord::Record(data) if data.len() <= self.max_record() => data,
            RejectedRecord::Record(_) => {
                left.too_large += 1;
                return None;
            }
            RejectedRecord::Superseded => {
                self.counts.superseded += 1;
                return None;
            }
            RejectedRecord::DamageMark => return None,
            RejectedRecord::Unknown => {
                left.not_understood += 1;
                return None;
            }
        };
        let partition_key = rejected_records::partition_key(&data).unwrap_or_else(|| {
            self.unmatched += 1;
            format!("redriven-{}", self.unmatched)
        });
        Some(StreamRecord { data, partition_key })
    }

    fn max_record(&self) -> usize {
        match &self.to {
            Some((_, Stream::Delivery(_))) => MAX_DELIVERED,
            Some((_, Stream::Data(_))) | None => MAX_STREAMED,
        }
    }

    async fn put(&mut self, batch: Vec<StreamRecord>) -> anyhow::Result<()> {
        if let Some((streams, stream)) = &self.to {
            let deadline = Instant::now() + TIME_FOR_A_BATCH;
            let not_put = streams.put_all(stream, &batch, deadline).await.len();
            if not_put > 0 {
                self.counts.records += (batch.len() - not_put) as u64;
                bail!("the stream did not take {not_put} of {} records", batch.len());
            }
        }
        self.counts.records += batch.len() as u64;
        Ok(())
    }

    /// Deletes the object, unless another was written in its place since.
    async fn delete(&mut self, key: &str, etag: Option<String>) -> anyhow::Result<RestoreOutcome> {
        let request = self.s3.delete_object().bucket(&self.bucket).key(key).set_if_match(etag);
        match request.send().await {
            Ok(_) => Ok(RestoreOutcome::Done),
            Err(error) if error.code() == Some("PreconditionFailed") => {
                self.counts.stayed += 1;
                Ok(RestoreOutcome::Stays("it was written anew meanwhile".to_owned()))
            }
            Err(error) => {
                Err(redacted_error(&error)).context("its records were put, but it can't be deleted")
            }
        }
    }
}

impl Unrestorable {
    /// Why the object stays, if it does.
    fn why(&self) -> Option<String> {
        let Self { not_understood, too_large, damage } = self;
        let unknown = (*not_understood > 0).then(|| format!("{not_understood} lines are not understood"));
        let large = (*too_large > 0).then(|| format!("{too_large} records are too large for the stream"));
        let reasons: Vec<_> = unknown.into_iter().chain(large).chain(damage.clone()).collect();
        (!reasons.is_empty()).then(|| reasons.join(", "))
    }
}

/// True for a code of S3 that is about the object asked for: others can be read all the same.
fn is_of_one_object(code: Option<&str>) -> bool {
    code.is_some_and(|code| matches!(code, "NoSuchKey" | "InvalidObjectState") || code.starts_with("KMS."))
}

#[cfg(test)]
mod tests;
