//! Compares the record tables with what Connect lists, and deletes what is kept no longer: on a schedule, with the event
//! `{"task":"reconcile"}`.
//!
//! A run compares the hours that are due, one after another, until none is left or its time is up; the next goes on, in the
//! middle of an hour if need be. One run at a time: the quota of Connect's searches is shared.
//!
//! ```json
//! {"hoursCompared": 1, "hoursLeft": 0, "listed": 1234, "missing": 2, "unnamed": 0, "healed": 2, "expired": {"contact_record": 0}}
//! ```
//!
//! Settings and result: docs/functions.md.

pub mod config;
pub mod handler;
