//! What is read: by polls, and by checks of freshness.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};
use switchboard_sql::{SqlError, database::Database, statement::Statement};
use tokio::time::Instant;

use super::Store;
use crate::{
    coverage::{Grid, Interval},
    rows::{Resource, ResourceKind},
    statement::read,
    tables::{Table, time_text},
};

/// How full a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowCount {
    /// So many.
    Exact(u64),
    /// So many by PostgreSQL's own estimate, of all instances.
    Estimated(u64),
    /// More than so many: not counted further.
    AtLeast(u64),
}

/// How full and how fresh a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The table's name.
    pub table: &'static str,
    /// Its rows.
    pub rows: RowCount,
    /// The time of the latest sample, complete or not; `None` before the first.
    pub sampled_at: Option<Timestamp>,
    /// The time of the latest complete sample. Only then is all of the table as new.
    pub complete_at: Option<Timestamp>,
}

impl Freshness {
    /// How old the latest complete sample is; less than nothing where its time is ahead of `now`.
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        self.complete_at.map(|at| now.duration_since(at))
    }
}

#[derive(Deserialize)]
struct FreshnessRow {
    table: String,
    estimate: Option<i64>,
    counted: u64,
    sampled_at: Option<Timestamp>,
    complete_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ResourceRow {
    id: String,
    arn: String,
    name: String,
    status_type: Option<String>,
}

#[derive(Deserialize)]
struct ReadRow {
    start_time: Timestamp,
    sampled_at: Timestamp,
}

impl Store {
    /// The resources of a kind, by id, without those that are gone.
    ///
    /// # Errors
    ///
    /// If they can't be read before the deadline.
    pub async fn resources(&self, kind: ResourceKind, deadline: Instant) -> Result<Vec<Resource>, SqlError> {
        let rows: Vec<ResourceRow> = self
            .pages(deadline, |last: Option<&ResourceRow>| {
                let after = last.map_or("", |row| &row.id);
                read::resources(self.database.dialect(), self.instance_parameter(), kind, after)
            })
            .await?;
        let resource = |row: ResourceRow| Resource {
            kind,
            id: row.id,
            arn: row.arn,
            name: row.name,
            status_type: row.status_type,
        };
        Ok(rows.into_iter().map(resource).collect())
    }

    /// The intervals of a grid that [`save_history`](Self::save_history) ([`Table::History`]) or
    /// [`save_intervals`](Self::save_intervals) ([`Table::Intervals`]) was not recorded as read, or not since they
    /// settled; in order.
    ///
    /// # Errors
    ///
    /// If the table can't be read before the deadline.
    pub async fn gaps(
        &self,
        table: Table,
        grid: &Grid,
        deadline: Instant,
    ) -> Result<Vec<Interval>, SqlError> {
        Ok(grid.gaps(&self.reads(table, grid.within, deadline).await?))
    }

    /// The beginnings of a table's intervals that were read, with the time of the last read; those that begin within.
    ///
    /// # Errors
    ///
    /// If the table can't be read before the deadline.
    pub async fn reads(
        &self,
        table: Table,
        within: Interval,
        deadline: Instant,
    ) -> Result<BTreeMap<Timestamp, Timestamp>, SqlError> {
        // The first moment counts, and pages begin after one.
        let begin = within.start.checked_sub(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MIN);
        let rows: Vec<ReadRow> = self
            .pages(deadline, |last: Option<&ReadRow>| {
                let after = last.map_or(begin, |row| row.start_time);
                let (after, before) = (time_text(after), time_text(within.end));
                read::reads(self.database.dialect(), self.instance_parameter(), table, after, before)
            })
            .await?;
        Ok(rows.iter().map(|row| (row.start_time, row.sampled_at)).collect())
    }

    /// How full and how fresh each table is, cheap on large ones. The time series' are as fresh as the tables that they
    /// are the past of.
    ///
    /// # Errors
    ///
    /// If they can't be read before the deadline.
    pub async fn freshness(&self, deadline: Instant) -> Result<Vec<Freshness>, SqlError> {
        let query = read::freshness(self.database.dialect(), self.instance_parameter());
        let results = self.database.run(&[query], deadline).await?;
        let rows = results.into_iter().flat_map(|result| result.rows).map(|row| parsed::<FreshnessRow>(&row));
        rows.map(|row| row.and_then(|row| freshness(&row))).collect()
    }

    /// All rows of a query, page after page.
    pub(super) async fn pages<R: DeserializeOwned>(
        &self,
        deadline: Instant,
        query: impl Fn(Option<&R>) -> Statement,
    ) -> Result<Vec<R>, SqlError> {
        pages(&self.database, deadline, query).await
    }
}

/// All rows of a query, page after page.
pub(crate) async fn pages<R: DeserializeOwned>(
    database: &Database,
    deadline: Instant,
    query: impl Fn(Option<&R>) -> Statement,
) -> Result<Vec<R>, SqlError> {
    let mut rows: Vec<R> = Vec::new();
    loop {
        let results = database.run(&[query(rows.last())], deadline).await?;
        let page: Vec<String> = results.into_iter().flat_map(|result| result.rows).collect();
        let is_last = is_last(page.iter().map(String::len));
        for row in page {
            rows.push(parsed(&row)?);
        }
        if is_last {
            return Ok(rows);
        }
    }
}

/// Whether nothing follows a page of rows of these lengths: it would have held one row more, however long.
fn is_last(lengths: impl ExactSizeIterator<Item = usize>) -> bool {
    let rows = lengths.len();
    rows == 0 || (rows < read::PAGE && lengths.sum::<usize>() <= read::PAGE_BYTES - read::ROW_BYTES)
}

fn freshness(row: &FreshnessRow) -> Result<Freshness, SqlError> {
    let names = Table::ALL.iter().flat_map(|table| [Some(table.name()), table.samples()]).flatten();
    let table = names.into_iter().find(|name| *name == row.table).ok_or(SqlError::NotUnderstood)?;
    // PostgreSQL says -1 before it has looked at a table for the first time.
    let estimate =
        row.estimate.and_then(|rows| u64::try_from(rows).ok()).filter(|rows| *rows > read::COUNTED);
    let rows = match (row.counted, estimate) {
        (counted, _) if counted <= read::COUNTED => RowCount::Exact(counted),
        (_, Some(estimate)) => RowCount::Estimated(estimate),
        (_, None) => RowCount::AtLeast(read::COUNTED),
    };
    Ok(Freshness { table, rows, sampled_at: row.sampled_at, complete_at: row.complete_at })
}

pub(crate) fn parsed<R: DeserializeOwned>(row: &str) -> Result<R, SqlError> {
    serde_json::from_str(row).map_err(|_| SqlError::NotUnderstood)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(counted: u64, estimate: Option<i64>) -> RowCount {
        let table = "current_user_samples".to_owned();
        let row = FreshnessRow { table, estimate, counted, sampled_at: None, complete_at: None };
        freshness(&row).unwrap().rows
    }

    #[test]
    fn rows_are_counted_as_far_as_it_is_cheap_and_estimated_beyond() {
        let most = read::COUNTED;
        assert_eq!(counted(0, Some(-1)), RowCount::Exact(0));
        assert_eq!(counted(most, Some(90_000)), RowCount::Exact(most));
        assert_eq!(counted(most + 1, Some(90_000)), RowCount::Estimated(90_000));
        assert_eq!(counted(most + 1, Some(10_001)), RowCount::Estimated(10_001));
        for too_old in [None, Some(-1), Some(0), Some(10_000)] {
            assert_eq!(counted(most + 1, too_old), RowCount::AtLeast(most), "{too_old:?}");
        }
    }

    #[test]
    fn a_table_that_there_is_not_is_not_understood() {
        let table = "something".to_owned();
        let row = FreshnessRow { table, estimate: None, counted: 0, sampled_at: None, complete_at: None };
        assert_eq!(freshness(&row), Err(SqlError::NotUnderstood));
    }

    #[test]
    fn a_page_is_the_last_where_another_row_would_have_fitted() {
        let of = |rows: usize, bytes: usize| is_last(std::iter::repeat_n(bytes, rows));
        assert!(of(0, 0) && of(1, 100) && of(read::PAGE - 1, 100));
        assert!(!of(read::PAGE, 100), "as many as a page has");
        assert!(of(1, read::PAGE_BYTES - read::ROW_BYTES));
        assert!(!of(1, read::PAGE_BYTES - read::ROW_BYTES + 1), "a long row would not have fitted");
    }

    #[test]
    fn an_age_is_told_as_it_is() {
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let of =
            |complete_at| Freshness { table: "", rows: RowCount::Exact(0), sampled_at: None, complete_at };
        assert_eq!(of(None).age(at), None);
        assert_eq!(of(Some(at)).age(at - SignedDuration::from_secs(5)), Some(SignedDuration::from_secs(-5)));
        assert_eq!(of(Some(at)).age(at + SignedDuration::from_secs(5)), Some(SignedDuration::from_secs(5)));
    }
}
