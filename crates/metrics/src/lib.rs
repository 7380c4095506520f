//! The metric catalogue, the Connect API client, the metric tables.
//!
//! | module | what it is for |
//! |---|---|
//! | `api` | Amazon Connect's metric and list operations, read to the end (feature `aws`) |
//! | [`catalogue`] | the metrics that are stored, with unit and column |
//! | [`coverage`] | the coverage of time by reads: intervals and gaps |
//! | [`database`] | a relational database: SQLite, PostgreSQL, the RDS Data API |
//! | [`instance`] | the Amazon Connect instance that is polled |
//! | [`logins`] | logins of the database server with just the rights that a program needs |
//! | `poll` | polls: reading the API and saving the results in the tables (feature `aws`) |
//! | [`polls`] | the schedule of each table: its poll, how fresh it must be, its alarm |
//! | [`rows`] | the rows of each table, as polls save them |
//! | [`selector`] | the URL of the tables' database |
//! | [`settings`] | the types of settings |
//! | [`store`] | the tables: saving, reading, pruning |
//! | [`tables`] | the tables with their keys and columns |

#[cfg(feature = "aws")]
pub mod api;
pub mod catalogue;
pub mod coverage;
pub mod database;
mod error;
pub mod instance;
pub mod logins;
mod migrations;
#[cfg(feature = "aws")]
pub mod poll;
pub mod polls;
mod postgres;
#[cfg(feature = "aws")]
mod rds_data;
mod resource_kind;
pub mod rows;
pub mod selector;
pub mod settings;
mod sqlite;
mod statement;
pub mod store;
pub mod tables;
