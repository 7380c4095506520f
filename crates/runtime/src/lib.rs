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
//! | [`renewable`] | what is made of a secret, and made anew when the secret was rotated |
//! | `aws` | the AWS SDK's configuration (feature `aws`) |
//! | `lambda` | a function behind Lambda's Runtime API (feature `lambda`) |
//! | `streams` | records into a delivery stream or a data stream, all of them (feature `aws`) |

#[cfg(feature = "aws")]
pub mod aws;
pub mod batch;
pub mod deadline;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod metrics;
pub mod renewable;
pub mod secrets;
pub mod settings;
#[cfg(feature = "aws")]
pub mod streams;
pub mod telemetry;
