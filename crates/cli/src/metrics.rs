//! `switchboard poll` and `switchboard metrics`: Connect's metrics into tables, and what stands there.

mod place;
pub(crate) mod poll;
pub(crate) mod show;
mod table;
