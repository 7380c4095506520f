//! A Kinesis data stream, read shard by shard.

use anyhow::{Context, anyhow};
use aws_sdk_kinesis::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    primitives::DateTime,
    types::{Record, ShardIteratorType},
};
use jiff::Timestamp;
use switchboard_aws::Failure;

/// Shards in one answer of `ListShards`: as many as it gives.
const SHARDS_OF_A_PAGE: i32 = 1000;

/// A stream.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    client: Client,
    arn: String,
}

/// One shard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shard {
    pub(super) id: String,
    /// What it came of, by a split or a merge.
    pub(super) parents: Vec<String>,
    /// True if records may still be put into it.
    pub(super) is_open: bool,
}

/// Where in a shard to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// With what arrived then or later.
    At(Timestamp),
    /// Behind the record of this sequence number.
    After(String),
}

/// What one read gave.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) records: Vec<Record>,
    /// Where to read on; [`None`] if the shard is closed and read to its end.
    pub(super) next: Option<String>,
    /// True if there is more to be had at once.
    pub(super) is_lagging: bool,
}

/// Why a shard could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The iterator is too old: another one is needed.
    #[error("the iterator expired")]
    Expired,
    /// The shard is there no more, with all that was in it.
    #[error("the shard is there no more")]
    Gone,
    /// There is no such place in the shard.
    #[error("no such place in the shard")]
    NoSuchPlace,
    /// Anything else, which may pass.
    #[error("{0}")]
    Other(String),
}

impl Stream {
    /// The stream of that name or ARN. A name is looked up: streams of several Regions and accounts may have it.
    ///
    /// # Errors
    /// If there is none of that name.
    pub(super) async fn open(client: Client, name: String) -> anyhow::Result<Self> {
        if name.starts_with("arn:") {
            return Ok(Self { client, arn: name });
        }
        let answer = client.describe_stream_summary().stream_name(&name).send().await;
        let answer = answer.map_err(|error| anyhow!(Failure::from(&error)));
        let answer = answer.with_context(|| format!("the stream {name} can't be read"))?;
        let summary = answer.stream_description_summary;
        let arn = summary.with_context(|| format!("the stream {name} has no ARN"))?.stream_arn;
        Ok(Self { client, arn })
    }

    /// Its ARN.
    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    /// All shards that can be read, closed ones too.
    ///
    /// # Errors
    /// When they can't be listed.
    pub(super) async fn shards(&self) -> anyhow::Result<Vec<Shard>> {
        let mut shards = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let request = self.client.list_shards().max_results(SHARDS_OF_A_PAGE);
            // A token says which stream it is of; both together are rejected.
            let request = match token.take() {
                Some(token) => request.next_token(token),
                None => request.stream_arn(&self.arn),
            };
            let answer = request.send().await.map_err(|error| anyhow!(Failure::from(&error)));
            let answer = answer.with_context(|| format!("the shards of {} can't be listed", self.arn))?;
            shards.extend(answer.shards().iter().map(|shard| {
                let parents = [shard.parent_shard_id(), shard.adjacent_parent_shard_id()];
                let parents = parents.into_iter().flatten().map(str::to_owned).collect();
                let range = shard.sequence_number_range();
                let is_open = range.is_none_or(|range| range.ending_sequence_number().is_none());
                Shard { id: shard.shard_id().to_owned(), parents, is_open }
            }));
            token = answer.next_token;
            if token.is_none() {
                return Ok(shards);
            }
        }
    }

    /// An iterator, which holds for five minutes.
    pub(super) async fn iterator(&self, shard: &str, start: &Start) -> Result<String, ReadError> {
        let request = self.client.get_shard_iterator().shard_id(shard).stream_arn(&self.arn);
        let request = match start {
            Start::At(moment) => request
                .shard_iterator_type(ShardIteratorType::AtTimestamp)
                .timestamp(DateTime::from_millis(moment.as_millisecond())),
            Start::After(sequence_number) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .starting_sequence_number(sequence_number),
        };
        let answer = request.send().await.map_err(|error| failure(&error))?;
        answer.shard_iterator.ok_or_else(|| ReadError::Other("an answer without an iterator".to_owned()))
    }

    /// The records from there on.
    pub(super) async fn read(&self, iterator: &str) -> Result<Page, ReadError> {
        let request = self.client.get_records().shard_iterator(iterator).stream_arn(&self.arn);
        let answer = request.send().await.map_err(|error| failure(&error))?;
        Ok(Page {
            is_lagging: answer.millis_behind_latest.is_some_and(|millis| millis > 0),
            next: answer.next_shard_iterator.filter(|iterator| !iterator.is_empty()),
            records: answer.records,
        })
    }
}

fn failure<E: ProvideErrorMetadata>(error: &SdkError<E>) -> ReadError {
    match error.meta().code() {
        Some("ExpiredIteratorException") => ReadError::Expired,
        Some("ResourceNotFoundException") => ReadError::Gone,
        Some("InvalidArgumentException") => ReadError::NoSuchPlace,
        _ => ReadError::Other(Failure::from(error).to_string()),
    }
}
