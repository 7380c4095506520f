//! What must hold of every input, as plain functions of bytes: a fuzzer calls them with what it makes up, and a test of the
//! main workspace with the inputs in `seeds/`. Each panics where a rule does not hold.
//!
//! | function | what reads the bytes | what it is held to |
//! |---|---|---|
//! | [`scanner`] | members of a JSON object | accepts what `serde_json` does, with the same names and values |
//! | [`framing`] | documents in a stream | the same in whatever parts it arrives; nothing between pieces but separators |
//! | [`gzip`], [`gzip_round_trip`] | a gzip stream | the same in whatever parts it arrives, within the cap; what `flate2` packed comes out |
//! | [`payload`], [`log_batch`] | what streams and CloudWatch Logs carry | base64 as the `base64` package reads it; what was packed comes out |
//! | [`kind`], [`contact_record`], [`contact_event`], [`agent_event`], [`flow_log`] | the views of records | no member makes a reader fail; all agree on what a document is |
//! | [`enrichment`] | a contact record with its caller's name | one line of JSON, with every other member as it was |
//! | [`texts`] | times, ARNs, numbers | what is read is written as it was |
//! | [`flow_call`] | what a contact flow asks | only names that may be kept are kept |
//! | [`soap_answer`] | the answer of an RTA service | accepted with status 200 alone |

mod answers;
mod records;
mod streams;
mod texts;

pub use self::answers::{flow_call, soap_answer};
pub use self::records::{agent_event, contact_event, contact_record, enrichment, flow_log, kind};
pub use self::streams::{framing, gzip, gzip_round_trip, log_batch, payload, scanner};
pub use self::texts::texts;
