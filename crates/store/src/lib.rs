//! Where state is kept. What is kept, and under which keys, is the business of whoever keeps it.
//!
//! | module | what it is for |
//! |---|---|
//! | [`selector`] | the URL that says where |
//! | [`sqlite`] | an SQLite file: how it is opened and brought up to date |
//! | `dynamodb` | a DynamoDB table: its client, waits and failures (feature `aws`) |
//! | [`call`] | the time and the deadline of one call |
//! | [`deadline`] | work on a store, by a deadline |
//! | [`error`] | why something could not be kept or read |

pub mod call;
pub mod deadline;
#[cfg(feature = "aws")]
pub mod dynamodb;
pub mod error;
pub mod selector;
pub mod sqlite;
