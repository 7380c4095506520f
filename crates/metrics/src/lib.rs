//! The metric catalogue, the Connect API client, the metric tables.
//!
//! | module | what it is for |
//! |---|---|
//! | `api` | Amazon Connect's metric and list operations, read to the end (feature `aws`) |
//! | [`catalogue`] | which metrics are kept, in which unit and column |
//! | [`coverage`] | which intervals have been read, and which are still to be |
//! | [`instance`] | which Amazon Connect instance is asked |
//! | [`logins`] | logins of the database server with just the rights that a program needs |
//! | `poll` | what the API answers, brought into the tables (feature `aws`) |
//! | [`polls`] | the schedule of each table: its poll, how fresh it must be, its alarm |
//! | [`rows`] | what a poll brings, a row of each table |
//! | [`selector`] | where the tables are, as one URL |
//! | [`settings`] | what can be set |
//! | [`store`] | the tables: what polls save, and what is read |
//! | [`tables`] | which tables there are |

#[cfg(feature = "aws")]
pub mod api;
pub mod catalogue;
pub mod coverage;
pub mod instance;
pub mod logins;
mod migrations;
#[cfg(feature = "aws")]
pub mod poll;
pub mod polls;
mod postgres;
#[cfg(feature = "aws")]
mod rds_data;
pub mod rows;
pub mod selector;
pub mod settings;
mod sqlite;
mod statement;
pub mod store;
pub mod tables;
