//! What polls save.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use switchboard_core::instant::is_ahead;
use switchboard_sql::{
    SqlError,
    dialect::Dialect,
    statement::{Parameter, QueryResult, Statement},
};
use tokio::time::Instant;

use super::Store;
use crate::{
    coverage::Interval,
    rows::{CurrentMetrics, CurrentUser, HistoricalMetrics, IntervalMetric, Resource, ResourceKind, Sample},
    statement::{self, read},
    tables::{Table, time_text},
};

/// The rows that a save changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SaveReport {
    /// Rows that were added or replaced.
    pub written: u64,
    /// Rows that the complete sample lacks and that were therefore reset: queues to zero, agents to offline, resources to
    /// deleted.
    pub reset: u64,
    /// Rows of the sample that changed nothing, as what is stored is as new.
    pub stale: u64,
}

/// PostgreSQL's result of a save.
#[derive(Deserialize)]
struct SaveCounts {
    lock_acquired: u64,
    written: u64,
    reset: u64,
    /// Whether the sample's time is ahead of the database's clock, and nothing was done.
    ahead: bool,
}

const AHEAD: &str = "the sample's time is more than five minutes ahead of the clock";

impl Store {
    /// Saves resources. `listed` are the kinds that were listed completely: resources of these that the sample lacks are
    /// marked as deleted; their names stay, and [`resources`](Self::resources) leaves them out. A complete sample has all
    /// kinds.
    ///
    /// # Errors
    ///
    /// If it can't be saved before the deadline; then nothing of it is, unless the error is a lost response.
    pub async fn save_metadata(
        &self,
        sample: &Sample<Resource>,
        listed: &[ResourceKind],
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        let listed: Vec<Value> = listed.iter().map(|kind| kind.name().into()).collect();
        self.save(Table::Metadata, sample, &listed, |row| (row.kind, stored(&row.id)), deadline).await
    }

    /// Saves the current metrics of the queues. A complete sample resets absent queues to zero.
    ///
    /// # Errors
    ///
    /// As [`save_metadata`](Self::save_metadata).
    pub async fn save_current_metrics(
        &self,
        sample: &Sample<CurrentMetrics>,
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        let key = |row: &CurrentMetrics| (stored(&row.queue_id), stored(&row.channel));
        self.save(Table::CurrentMetrics, sample, &[], key, deadline).await
    }

    /// Saves the current state of the agents. A complete sample resets absent agents to offline.
    ///
    /// # Errors
    ///
    /// As [`save_metadata`](Self::save_metadata).
    pub async fn save_current_users(
        &self,
        sample: &Sample<CurrentUser>,
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        self.save(Table::CurrentUsers, sample, &[], |row| stored(&row.user_id), deadline).await
    }

    /// Saves intervals of five minutes; the latest read of an interval wins. `read` are the intervals of which every page
    /// was read, whether they had rows or not; they are no [`gaps`](Self::gaps) any more.
    ///
    /// # Errors
    ///
    /// As [`save_metadata`](Self::save_metadata).
    pub async fn save_history(
        &self,
        sample: &Sample<HistoricalMetrics>,
        read: &[Interval],
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        let key = |row: &HistoricalMetrics| (row.start_time, stored(&row.queue_id), stored(&row.channel));
        self.save(Table::History, sample, &self.read_records(read), key, deadline).await
    }

    /// Saves the metrics of queues and agents in intervals of fifteen minutes: as [`save_history`](Self::save_history).
    ///
    /// # Errors
    ///
    /// As [`save_metadata`](Self::save_metadata).
    pub async fn save_intervals(
        &self,
        sample: &Sample<IntervalMetric>,
        read: &[Interval],
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        let key = |row: &IntervalMetric| {
            (
                row.start_time,
                row.resource_kind,
                stored(&row.resource_id),
                stored(&row.channel),
                stored(&row.metric),
            )
        };
        self.save(Table::Intervals, sample, &self.read_records(read), key, deadline).await
    }

    /// Deletes the instance's oldest samples of the time series from before a time, `at_most` of each. 1,200 agents and 250
    /// queues every 10 seconds are some 90,000 rows in 5 minutes.
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses.
    pub async fn prune(&self, before: Timestamp, at_most: u64, deadline: Instant) -> Result<u64, SqlError> {
        let mut deleted = 0;
        for samples in Table::ALL.into_iter().filter_map(Table::samples) {
            let column = (samples, "sampled_at");
            let (dialect, instance) = (self.database.dialect(), self.instance_parameter());
            let delete = read::prune(dialect, instance, column, time_text(before), at_most);
            deleted += self.delete(delete, deadline).await?;
        }
        Ok(deleted)
    }

    /// Deletes the instance's intervals from before a time and the records of their reads, `at_most` rows of each table; and resources that
    /// were deleted before that time. Returns the number of rows.
    ///
    /// # Errors
    ///
    /// If the database can't be reached before the deadline or refuses.
    pub async fn prune_history(
        &self,
        before: Timestamp,
        at_most: u64,
        deadline: Instant,
    ) -> Result<u64, SqlError> {
        let (dialect, text) = (self.database.dialect(), time_text(before));
        let mut deleted = 0;
        for (table, kind) in
            [(Table::CurrentMetrics, ResourceKind::Queue), (Table::CurrentUsers, ResourceKind::User)]
        {
            let delete =
                read::prune_deleted(dialect, self.instance_parameter(), table.name(), kind, text.clone());
            deleted += self.delete(delete, deadline).await?;
        }
        let of_intervals = Table::ALL.into_iter().filter(|table| table.has_intervals()).map(Table::name);
        let tables = of_intervals
            .chain(["connect_interval_reads", "connect_unknown"])
            .map(|name| (name, "start_time"));
        for column in tables.chain([("connect_metadata", "deleted_at")]) {
            let delete = read::prune(dialect, self.instance_parameter(), column, text.clone(), at_most);
            deleted += self.delete(delete, deadline).await?;
        }
        Ok(deleted)
    }

    async fn delete(&self, delete: Statement, deadline: Instant) -> Result<u64, SqlError> {
        let results = self.database.run(&[delete], deadline).await?;
        Ok(results.iter().map(|result| result.written).sum())
    }

    fn read_records(&self, read: &[Interval]) -> Vec<Value> {
        read.iter().map(|interval| read_record(*interval, &self.time_zone)).collect()
    }

    async fn save<T: Serialize, K: Ord>(
        &self,
        table: Table,
        sample: &Sample<T>,
        read: &[Value],
        key: impl Fn(&T) -> K,
        deadline: Instant,
    ) -> Result<SaveReport, SqlError> {
        if is_ahead(sample.sampled_at, Timestamp::now()) {
            return Err(SqlError::Rejected(AHEAD.to_owned()));
        }
        // A page that came twice has its rows twice, and one statement writes a row once.
        let rows: BTreeMap<K, &T> = sample.rows.iter().map(|row| (key(row), row)).collect();
        let columns = [table.keys(), table.values()].concat();
        let dialect = self.database.dialect();
        let to_positional_row = |row: &mut Value| statement::to_positional_row(dialect, &columns, row);
        let parts = parts(rows.values(), to_positional_row, self.database.parameter_max_bytes())?;
        let mut statements = Vec::new();
        if parts.len() > 1 {
            statements.extend(statement::lock_table(dialect, table, self.instance_parameter()));
        }
        for (n, part) in parts.iter().enumerate() {
            let is_last = n + 1 == parts.len();
            let read = if is_last { read } else { &[] };
            statements.extend(self.part(table, part, sample.sampled_at, sample.complete && is_last, read));
        }
        let counted = |results: &[QueryResult]| count(dialect, table, &statements, results);
        let results =
            self.database.run_until(&statements, deadline, |results| counted(results).map(drop)).await?;
        let (written, reset) = counted(&results)?;
        let rows = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Ok(SaveReport { written, reset, stale: rows.saturating_sub(written) })
    }

    fn part(
        &self,
        table: Table,
        part: &str,
        sampled_at: Timestamp,
        complete: bool,
        read: &[Value],
    ) -> Vec<Statement> {
        let mut parameters = vec![
            self.instance_parameter(),
            Parameter::Json(part.to_owned()),
            Parameter::Text(time_text(sampled_at)),
            Parameter::Text(complete.to_string()),
        ];
        // The current state has no parts that are complete by themselves.
        if !table.is_current_state() {
            parameters.push(Parameter::Json(Value::from(read.to_vec()).to_string()));
        }
        statement::save(self.database.dialect(), table, parameters)
    }
}

/// The marks of the quarters of an hour, in seconds.
const QUARTER: i64 = 900;

/// The record of an interval that was read completely: with its quarter of an hour, and its day and time of day in the
/// centre's time zone.
fn read_record(interval: Interval, time_zone: &TimeZone) -> Value {
    let quarter = interval.start.as_second().div_euclid(QUARTER) * QUARTER;
    let quarter = Timestamp::from_second(quarter).unwrap_or(interval.start);
    let local = time_zone.to_datetime(interval.start);
    json!({
        "start_time": time_text(interval.start),
        "quarter": time_text(quarter),
        "day": local.date().to_string(),
        "local_time": local.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
    })
}

/// A text as all databases take it: PostgreSQL knows no NUL.
fn stored(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// Rows as JSON arrays that each fit into a request: one at least, which may be empty.
fn parts(
    rows: impl IntoIterator<Item = impl Serialize>,
    to_positional_row: impl Fn(&mut Value),
    at_most: usize,
) -> Result<Vec<String>, SqlError> {
    let mut parts = vec![String::from("[")];
    let mut bytes = 0;
    for row in rows {
        let mut row = serde_json::to_value(row).map_err(|_| SqlError::NotUnderstood)?;
        plain(&mut row);
        to_positional_row(&mut row);
        let row = row.to_string();
        // Within the request it is a string, where quotes and backslashes are escaped.
        let size = row.len() + row.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count() + 1;
        if bytes > 0 && bytes + size > at_most {
            parts.push(String::from("["));
            bytes = 0;
        }
        if let Some(part) = parts.last_mut() {
            if bytes > 0 {
                part.push(',');
            }
            part.push_str(&row);
            bytes += size;
        }
    }
    for part in &mut parts {
        part.push(']');
    }
    Ok(parts)
}

/// A row as all databases take it, and 5.0 as 5: a `numeric` keeps the digits that it is given.
fn plain(row: &mut Value) {
    let Value::Object(fields) = row else { return };
    for value in fields.values_mut() {
        if let Value::String(text) = value
            && text.contains('\0')
        {
            *text = stored(text);
        }
        let whole =
            value.as_f64().filter(|number| value.is_f64() && number.fract() == 0.0 && number.abs() < 1e15);
        if let Some(whole) = whole {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
            let whole = whole as i64;
            *value = whole.into();
        }
    }
}

/// The numbers of rows that a save wrote and reset.
fn count(
    dialect: Dialect,
    table: Table,
    statements: &[Statement],
    results: &[QueryResult],
) -> Result<(u64, u64), SqlError> {
    if dialect == Dialect::Sqlite {
        let per_part = if table == Table::Metadata { 3 } else { 4 };
        let (mut written, mut reset) = (0, 0);
        for part in results.chunks(per_part) {
            written += part.first().map_or(0, |result| result.written);
            reset += part.get(1).filter(|_| table.resets_absent_rows()).map_or(0, |result| result.written);
        }
        return Ok((written, reset));
    }
    let (mut written, mut reset) = (0, 0);
    // The first of several locks the table.
    for result in results.iter().skip(usize::from(statements.len() > 1)) {
        let text = result.rows.first().ok_or(SqlError::NotUnderstood)?;
        let counts: SaveCounts = serde_json::from_str(text).map_err(|_| SqlError::NotUnderstood)?;
        if counts.ahead {
            return Err(SqlError::Rejected(AHEAD.to_owned()));
        }
        if counts.lock_acquired == 0 {
            return Err(SqlError::Unavailable("another save".to_owned()));
        }
        written += counts.written;
        reset += counts.reset;
    }
    Ok((written, reset))
}

#[cfg(test)]
mod tests;
