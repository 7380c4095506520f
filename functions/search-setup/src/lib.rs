//! Makes an OpenSearch domain ready for contact records, once for each deployment and before the first record: the index
//! template and the ingest pipeline of `search/` are put into it, over what was there. An index keeps the types that it
//! was made with, so without them the first record would decide.
//!
//! Any event does; the answer is `{"put": 2}`. That anything could not be put is an error with the reason, which fails
//! the deployment.

pub mod domain;
pub mod handler;
