//! The metric catalogue, the Connect API client, the metric tables.
//!
//! | module | what it is for |
//! |---|---|
//! | `api` | Amazon Connect's metric and list operations, read to the end (feature `aws`) |
//! | [`catalogue`] | the metrics that are stored, with unit and column |
//! | [`coverage`] | the coverage of time by reads: intervals and gaps |
//! | [`load`] | how many requests polls send, and how large a centre may be |
//! | `poll` | polls: reading the API and saving the results in the tables (feature `aws`) |
//! | [`polls`] | the schedule of each table: its poll, how fresh it must be, its alarm |
//! | [`reader`] | the tables of all instances, for who only reads them: freshness, who waits, what counted |
//! | [`rows`] | the rows of each table, as polls save them |
//! | [`settings`] | the types of settings |
//! | [`store`] | the tables: saving, reading, pruning |
//! | [`tables`] | the tables with their keys and columns |

#[cfg(feature = "aws")]
pub mod api;
pub mod catalogue;
pub mod coverage;
pub mod load;
mod migrations;
#[cfg(feature = "aws")]
pub mod poll;
pub mod polls;
pub mod reader;
mod resource_kind;
pub mod rows;
pub mod settings;
mod statement;
pub mod store;
pub mod tables;
