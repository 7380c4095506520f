//! What the tables know of the comparison.

use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use switchboard_core::arn::{last_segment, region};
use switchboard_sql::{SqlError, statement::Statement};
use tokio::time::Instant;

use super::{
    Listing, Search,
    hour::Hour,
    search::ListedContact,
    statement::{self, Finding, InstanceKey, PAGE_ROWS},
};
use crate::{
    RecordTables,
    time::{parse_time, utc},
};

/// The tables of the comparison of one instance.
#[derive(Debug, Clone)]
pub struct ReconciliationTables {
    tables: RecordTables,
    aws_region: String,
    instance_id: String,
}

/// An hour that was compared, or is to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReconciledHour {
    /// When it begins.
    #[serde(deserialize_with = "utc")]
    pub hour_start: Timestamp,
    /// How many comparisons it has had: the second is the last.
    pub checks: u64,
    /// How many contacts Connect lists that were disconnected in the hour and completed; [`None`] before the first comparison.
    pub listed: Option<u64>,
    /// How many of them are here.
    pub here: Option<i64>,
    /// How many are missing and named.
    pub missing: u64,
    /// How many are here as `DescribeContact` told them.
    pub healed: u64,
    /// How many are missing without a name, as there was no time to list them; [`None`] before the first comparison.
    pub unnamed: Option<u64>,
    /// How many of the contacts that began in the hour are open, or in after-contact work.
    pub open: Option<u64>,
    /// How many contacts waited in a standard queue, as Connect's metrics count them.
    pub queued_listed: Option<u64>,
    /// How many of them were here.
    pub queued_here: Option<u64>,
    /// How many contacts that are here had an agent.
    pub with_agent: Option<u64>,
    /// How many of them agent events tell of; [`None`] if there are no agent events.
    pub with_agent_events: Option<u64>,
    /// How many contacts that are here began in a flow; [`None`] if flow logs were not looked for.
    pub in_flow: Option<u64>,
    /// How many of them the contacts store was asked for and knew.
    pub in_flow_known: Option<u64>,
    /// How many of these flow logs tell of.
    pub with_flow_logs: Option<u64>,
    /// How many requests the last comparison took.
    pub requests: Option<u64>,
}

impl ReconciliationTables {
    /// The tables of an instance, by its ARN.
    pub fn new(tables: RecordTables, instance_arn: &str) -> Self {
        Self {
            tables,
            aws_region: region(instance_arn).unwrap_or_default().to_owned(),
            instance_id: last_segment(instance_arn).to_owned(),
        }
    }

    /// The record tables.
    pub fn record_tables(&self) -> &RecordTables {
        &self.tables
    }

    /// Has the comparisons begin with the hour that it is, if there were none yet.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses.
    pub async fn begin(&self, now: Timestamp, deadline: Instant) -> Result<(), SqlError> {
        let database = self.tables.database();
        let begin = statement::begin(database.dialect(), &self.key(), Hour::of(now));
        database.run(&[begin], deadline).await.map(drop)
    }

    /// Takes those out of the missing contacts whose records have come.
    ///
    /// # Errors
    /// If the database can't be reached before the deadline or refuses.
    pub async fn settle(&self, deadline: Instant) -> Result<(), SqlError> {
        self.tables.database().run(&[statement::settle(&self.key())], deadline).await.map(drop)
    }

    /// The hours of a time, in order, that were compared or whose comparison has begun.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn hours(
        &self,
        from: Timestamp,
        to: Timestamp,
        deadline: Instant,
    ) -> Result<Vec<ReconciledHour>, SqlError> {
        let dialect = self.tables.database().dialect();
        self.pages(deadline, |offset| statement::hours(dialect, &self.key(), (from, to), offset)).await
    }

    /// The contacts that are missing now, of the hours of a time, in the order of their disconnect.
    ///
    /// # Errors
    /// If they can't be read before the deadline.
    pub async fn missing(
        &self,
        from: Timestamp,
        to: Timestamp,
        deadline: Instant,
    ) -> Result<Vec<ListedContact>, SqlError> {
        let dialect = self.tables.database().dialect();
        let statement = |offset| statement::missing(dialect, &self.key(), (from, to), offset);
        let read: Vec<MissingContact> = self.pages(deadline, statement).await?;
        Ok(read.into_iter().map(ListedContact::from).collect())
    }

    /// How many contacts of a search are here.
    pub(super) async fn count_here(&self, search: &Search, deadline: Instant) -> Result<u64, SqlError> {
        self.number(statement::count_here(self.tables.database().dialect(), &self.key(), search), deadline)
            .await
    }

    /// How many contacts of an hour are here that waited in one of these queues: Connect counts by queues that it lists, and a
    /// queue that was deleted is listed no more.
    pub(super) async fn count_queued(
        &self,
        queues: &[String],
        hour: Hour,
        deadline: Instant,
    ) -> Result<u64, SqlError> {
        let database = self.tables.database();
        let count = statement::count_queued(database.dialect(), &self.key(), hour);
        let results = database.run(&[count], deadline).await?;
        let mut sum = 0;
        for row in results.iter().flat_map(|result| &result.rows) {
            let (queue, contacts) = row.rsplit_once('|').ok_or(SqlError::NotUnderstood)?;
            if queues.iter().any(|listed| listed == queue) {
                sum += contacts.parse::<u64>().map_err(|_| SqlError::NotUnderstood)?;
            }
        }
        Ok(sum)
    }

    /// How many contacts of an hour had an agent, and of how many of them agent events tell, if there are any.
    pub(super) async fn count_agent_events(
        &self,
        hour: Hour,
        deadline: Instant,
    ) -> Result<(u64, Option<u64>), SqlError> {
        let database = self.tables.database();
        let count = statement::count_agent_events(database.dialect(), &self.key(), hour);
        let results = database.run(&[count], deadline).await?;
        let row = results.iter().flat_map(|result| &result.rows).next();
        let (all, told) = row.and_then(|row| row.split_once('|')).ok_or(SqlError::NotUnderstood)?;
        Ok((all.parse().map_err(|_| SqlError::NotUnderstood)?, told.parse().ok()))
    }

    /// How far an hour's comparison has come; a new one where it has not begun, or can't be read.
    pub(super) async fn progress(&self, hour: Hour, deadline: Instant) -> Result<Listing, SqlError> {
        let database = self.tables.database();
        let read = statement::progress(database.dialect(), &self.key(), hour);
        let rows = database.run(&[read], deadline).await?.into_iter().flat_map(|result| result.rows).next();
        let kept = rows.and_then(|kept| serde_json::from_str::<Listing>(&kept).ok());
        Ok(kept.map_or_else(|| Listing::new(hour.start(), hour.end()), Listing::resumed))
    }

    /// Keeps how far it has come, with those of the listed contacts that are not here.
    pub(super) async fn keep(
        &self,
        hour: Hour,
        listing: &Listing,
        listed: &[ListedContact],
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), SqlError> {
        let progress = serde_json::to_string(listing).map_err(|_| SqlError::NotUnderstood)?;
        let database = self.tables.database();
        let keep = statement::keep(database.dialect(), &self.key(), hour, &progress, listed, now);
        database.run(&keep, deadline).await.map(drop)
    }

    /// Ends an hour's comparison.
    pub(super) async fn finish(
        &self,
        hour: Hour,
        finding: &Finding,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), SqlError> {
        let database = self.tables.database();
        let finish = statement::finish(database.dialect(), &self.key(), hour, finding, now);
        database.run(&[statement::settle(&self.key()), finish], deadline).await.map(drop)
    }

    pub(super) fn key(&self) -> InstanceKey<'_> {
        InstanceKey { region: &self.aws_region, id: &self.instance_id }
    }

    async fn number(&self, statement: Statement, deadline: Instant) -> Result<u64, SqlError> {
        let results = self.tables.database().run(&[statement], deadline).await?;
        let number = results.iter().flat_map(|result| &result.rows).next().and_then(|text| text.parse().ok());
        number.ok_or(SqlError::NotUnderstood)
    }

    async fn pages<T: DeserializeOwned>(
        &self,
        deadline: Instant,
        statement: impl Fn(usize) -> Statement,
    ) -> Result<Vec<T>, SqlError> {
        let mut read = Vec::new();
        loop {
            let results = self.tables.database().run(&[statement(read.len())], deadline).await?;
            let rows: Vec<String> = results.into_iter().flat_map(|result| result.rows).collect();
            for row in &rows {
                read.push(serde_json::from_str(row).map_err(|_| SqlError::NotUnderstood)?);
            }
            if rows.len() < PAGE_ROWS {
                return Ok(read);
            }
        }
    }
}

/// A row of `missing_contact`.
#[derive(Deserialize)]
struct MissingContact {
    contact_id: String,
    channel: Option<String>,
    initiation_method: Option<String>,
    initiated_at: Option<String>,
    disconnected_at: Option<String>,
    queue_id: Option<String>,
    agent_id: Option<String>,
}

impl From<MissingContact> for ListedContact {
    fn from(row: MissingContact) -> Self {
        let time = |text: Option<String>| text.as_deref().and_then(parse_time);
        Self {
            contact_id: row.contact_id,
            channel: row.channel,
            initiation_method: row.initiation_method,
            initiated_at: time(row.initiated_at),
            disconnected_at: time(row.disconnected_at),
            queue_id: row.queue_id,
            agent_id: row.agent_id,
        }
    }
}
