//! The end-to-end tests, as one binary.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what is no test itself is called by one, and fails it"
)]

mod architecture;
mod caller_api;
mod contact_flow;
mod contact_status;
mod contacts_store;
mod ctr_enrich;
mod ctr_sftp;
mod cut;
mod directory;
mod dynamodb_local;
mod emulator;
mod program;
mod runtime_api;
mod sshd;
