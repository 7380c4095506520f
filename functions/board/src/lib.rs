//! The live board behind an HTTP API: pages and JSON, for who signs in with Amazon Cognito.
//!
//! ```text
//! config        the settings
//! gateway       an HTTP API's request as one of HTTP, and the answer back
//! audit         the audit log in a delivery stream
//! dead_letters  the messages of dead-letter queues, as SQS counts them
//! handler       one request
//! ```

pub mod audit;
pub mod config;
pub mod dead_letters;
pub mod gateway;
pub mod handler;
