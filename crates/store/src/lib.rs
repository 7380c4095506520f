//! Where state is kept. What is kept, and under which keys, is the business of the crates `contacts` and `agents`.
//!
//! A [`store_url`] says where: `sqlite:///contacts.db` on a laptop, `dynamodb://TABLE` in AWS. Both have one contract:
//!
//! - A write is conditional on what is stored, never on what was read before. It can be repeated.
//! - A transient failure is tried again until the [`deadline`] of the [`call`], and no longer.
//! - Each [`error`] says whether the same call may succeed later, and whether one item alone is to blame.
//!
//! | module | what it is for |
//! |---|---|
//! | [`store_url`] | the URL that says where |
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
pub mod sqlite;
pub mod store_url;
