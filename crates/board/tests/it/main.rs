//! The board of an invented centre: its figures against the model's, and the protocol of its server.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod centre;
mod client;
mod instances;
mod limits;
mod polls;
mod roles;
mod server;
#[cfg(feature = "sign-in")]
mod sign_in;
#[cfg(feature = "sign-in")]
mod sign_in_server;
mod thresholds;
mod truth;
mod unchanged;
mod undelivered;
