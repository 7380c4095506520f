//! What every Switchboard function does the same way.
//!
//! | module | what it is for |
//! |---|---|
//! | [`settings`] | settings from the environment, all problems in one message |
//! | [`telemetry`] | log lines as JSON, without personal data of other crates' making |
//! | [`metrics`] | one CloudWatch metrics record an invocation |
//! | [`batch`] | batches of queue messages, answered message by message |
//! | [`records`] | records of a data stream: the documents in them |
//! | [`http_api`] | requests of an HTTP API and responses to them |
//! | [`handler`] | the result of an event; a defect costs one record |
//! | [`deadline`] | how long an invocation may still work |
//! | [`secrets`] | secrets from Secrets Manager or a file |
//! | [`renewable`] | what is made of a secret, and made anew when the secret was rotated |
//! | `aws` | the AWS SDK's configuration (feature `aws`) |
//! | `lambda` | a function behind Lambda's Runtime API (feature `lambda`) |
//! | `streams` | records into a delivery stream or a data stream, all of them (feature `aws`) |

#[cfg(feature = "aws")]
pub mod aws;
pub mod batch;
pub mod deadline;
pub mod handler;
pub mod http_api;
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
