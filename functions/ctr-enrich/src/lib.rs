//! The Firehose transformation that gives contact records their caller's name.
//!
//! Firehose hands over a batch and expects each record back: `Ok` with its new data, `Dropped`, or
//! `ProcessingFailed`, which Firehose writes to its error prefix in S3. The batch as a whole only fails
//! when it is no Firehose event, so one bad record costs itself alone.
//!
//! | module | what it is for |
//! |---|---|
//! | [`event`] | what Firehose sends and expects |
//! | [`record`] | one record: bytes in, enriched bytes out; pure |
//! | [`handler`] | a batch: decode, look up, enrich, keep within Lambda's response |
//! | [`requeue`] | records that the response had no room for, back onto their stream |
//! | [`config`] | the settings |

pub mod config;
pub mod event;
pub mod handler;
pub mod record;
pub mod requeue;
