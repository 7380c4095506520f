//! Makes an OpenSearch domain ready for contact records, once for each deployment and before the first record: the index
//! template and the ingest pipeline of `search/` are put into it, over what was there. An index keeps the types that it
//! was made with, so without them the first record would decide.
//!
//! | event | what it does | answer |
//! |---|---|---|
//! | `{"expire_after_days":400}` | has documents deleted whose contact was longer ago | the same |
//! | any other | puts pipeline and template; makes the index `connect-000001` behind the alias `connect`, if neither an index nor an alias has that name | `{"put": 2}` |
//!
//! That anything could not be done is an error with the reason, which fails the deployment.

pub mod domain;
pub mod handler;
