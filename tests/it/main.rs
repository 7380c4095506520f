//! The end-to-end tests, as one binary.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what is no test itself is called by one, and fails it"
)]

mod agents_store;
mod architecture;
mod board;
mod board_api;
mod browser;
mod caller_api;
mod contact_flow;
mod contact_status;
mod contacts_store;
mod ctr_enrich;
mod ctr_sftp;
mod cut;
mod data_check;
mod deployed;
mod directory;
mod doctor;
mod dynamodb_local;
mod emulator;
mod fuzz;
mod judge;
mod metric_tables;
mod metrics_poller;
mod opensearch;
mod program;
mod reconcile;
mod record_tables;
mod redrive;
mod rta_feed;
mod rta_program;
mod rta_service;
mod runtime_api;
mod search_setup;
mod sshd;
