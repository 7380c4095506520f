//! What every Switchboard function does the same way.
//!
//! A function is three files. `main.rs` calls `lambda::run` with three closures: one reads the [`settings`], one opens what
//! the handler needs, one hands it an event. `config.rs` turns settings into values, and `handler.rs` does the work. The
//! handler knows no Lambda: it takes the event's text and an instant by which it must be done ([`deadline`]), and gives
//! results that [`handler`] and [`batch`] turn into a response. So the same handler runs in the program `switchboard`.
//!
//! ```
//! use switchboard_runtime::{batch::KinesisEvent, records, records::Unreadable};
//! // A handler of a data stream: parse the event, read the documents of each record, count what can't be read.
//! let event = r#"{"Records":[{"eventID":"s:1","kinesis":{"sequenceNumber":"1","data":"e30ge30="}}]}"#;
//! let event: KinesisEvent = serde_json::from_str(event).unwrap();
//! let mut budget = records::budget();
//! let read = |document: &str| Ok::<_, Unreadable>(document.len());
//! let documents: Vec<_> =
//!     event.records.iter().flat_map(|record| records::documents(&record.kinesis.data, &mut budget, read)).collect();
//! assert_eq!(documents, [Ok(2), Ok(2)]);
//! ```
//!
//! | module | what it is for |
//! |---|---|
//! | [`settings`] | settings from the environment, all problems in one message |
//! | [`telemetry`] | log lines as JSON, without personal data of other crates' making |
//! | [`metrics`] | one CloudWatch metrics record an invocation |
//! | [`batch`] | batches of queue messages, acknowledged message by message |
//! | [`records`] | records of a data stream: the documents in them |
//! | [`intake`] | what is taken of a source that carries more: kinds of records, and instances |
//! | [`http_api`] | requests of an HTTP API and responses to them |
//! | [`handler`] | the result of an event; a defect costs one record |
//! | `database` | the relational database of a URL (feature `sql`; with `rds-data` also the RDS Data API) |
//! | [`deadline`] | how long an invocation may still work |
//! | [`secrets`] | secrets from Secrets Manager or a file |
//! | [`renewable`] | what is made of a secret, and made anew when the secret was rotated |
//! | `aws` | the AWS SDK's configuration (feature `aws`) |
//! | `lambda` | a function behind Lambda's Runtime API (feature `lambda`) |
//! | `streams` | records into a delivery stream or a data stream, all of them (feature `aws`) |

#[cfg(feature = "aws")]
pub mod aws;
pub mod batch;
#[cfg(feature = "sql")]
pub mod database;
pub mod deadline;
pub mod handler;
pub mod http_api;
pub mod intake;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod metrics;
pub mod records;
pub mod renewable;
pub mod secrets;
pub mod settings;
#[cfg(feature = "aws")]
pub mod streams;
pub mod telemetry;
