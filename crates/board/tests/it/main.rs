//! The board of an invented centre: its figures against the model's, and the protocol of its server.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod centre;
mod client;
mod server;
mod truth;
