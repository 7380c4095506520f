//! What the end-to-end tests stand on: a loopback Lambda Runtime API for the compiled functions, the AWS emulator,
//! DynamoDB Local, PostgreSQL, the RDS Data API on it, OpenSearch, a directory of callers, an RTA web service, an OpenSSH
//! server, and a proxy that cuts connections.
//!
//! Everything listens on a free loopback port and stops when its value is dropped. The servers that are written here
//! run on threads of their own, so a test may block on them or not, as it likes. A step that cannot be taken is a
//! panic that says which.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test harness has nobody to return an error to: it fails the test, and says why"
)]

pub mod centre;
pub mod clock;
pub mod cut;
pub mod data_api;
pub mod deployment;
pub mod directory;
pub mod dynamodb_local;
pub mod emulator;
pub mod figures;
pub mod judge;
pub mod kinesis;
pub mod lambda;
mod loopback;
pub mod module_graph;
pub mod opensearch;
pub mod postgres;
pub mod record_figures;
pub mod rta_service;
mod runtime_api;
pub mod sdk;
pub mod slow;
pub mod sshd;
pub mod streams;
mod supervised;
pub mod throttling;
pub mod wait;
pub mod workspace;
