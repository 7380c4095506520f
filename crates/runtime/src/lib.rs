//! What every Switchboard function does the same way.
//!
//! | module | what it is for |
//! |---|---|
//! | [`settings`] | settings from the environment, all problems in one message |
//! | [`telemetry`] | log lines as JSON, without personal data of other crates' making |
//! | [`metrics`] | one CloudWatch metrics record an invocation |
//! | [`batch`] | batches of queue messages, answered message by message |
//! | [`deadline`] | how long an invocation may still work |
//! | [`secrets`] | secrets from Secrets Manager or a file |
//! | `aws` | the AWS SDK's configuration (feature `aws`) |
//! | `streams` | records into a delivery stream or a data stream, all of them (feature `aws`) |

#[cfg(feature = "aws")]
pub mod aws;
pub mod batch;
pub mod deadline;
pub mod metrics;
pub mod secrets;
pub mod settings;
#[cfg(feature = "aws")]
pub mod streams;
pub mod telemetry;
