//! The compiled program, end to end.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod callers;
mod contacts;
mod demo;
mod documents;
mod forget;
#[cfg(feature = "aws")]
mod metrics;
mod program;
#[cfg(feature = "aws")]
mod reconcile;
mod replay;
mod simulate;
mod stats;
mod tables;
mod usage;
