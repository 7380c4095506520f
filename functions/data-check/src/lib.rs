//! Whether the metric tables are fresh, over HTTP: `GET` any path of the API.
//!
//! The status is `200` where every table that polls fill is as new as it should be, and `503` where one is not, or where
//! the tables can't be read. So a monitor need not read the body, which says why:
//!
//! ```json
//! {
//!   "fresh": false,
//!   "instanceArn": "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001",
//!   "checkedAt": "2026-11-20T01:02:03Z",
//!   "tables": [
//!     {
//!       "table": "current_metric_data",
//!       "rows": 250,
//!       "rowCountKind": "exact",
//!       "lastUpdate": "2026-11-20T01:02:00Z",
//!       "lastComplete": "2026-11-20T01:00:00Z",
//!       "ageSeconds": 123,
//!       "expectedWithinSeconds": 60,
//!       "fresh": false
//!     }
//!   ]
//! }
//! ```
//!
//! | field | meaning |
//! |---|---|
//! | `instanceArn` | the Amazon Connect instance, `CONNECT_INSTANCE_ARN`: other instances' rows in the same tables don't count |
//! | `rows` | the number of rows: counted up to 10,000 (`exact`), then PostgreSQL's own estimate of the whole table (`estimated`), or `atLeast` that many; `rowCountKind` says which |
//! | `lastUpdate` | the time of the last poll that was saved, were it partial or without any row; `null` before the first |
//! | `lastComplete` | the time of the last poll that read everything; the age counts from it, as what is partial leaves old rows |
//! | `error` | instead of `tables`: why they can't be read |
//!
//! How fresh each table must be stands in [`polls`](switchboard_metrics::polls). A table whose time is more than a minute ahead is
//! not fresh: a wrong time keeps right ones away.
//!
//! An idle contact centre isn't stale: a poll that finds nothing new counts.

pub mod handler;
