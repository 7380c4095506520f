//! The live status and the whole history of every contact, from what Connect tells about it.
//!
//! One function for all of it; what an event is, its shape says:
//!
//! | event | what is in it | what fails |
//! |---|---|---|
//! | a batch of SQS messages | a contact event each, as EventBridge wraps it, or a notification of S3, whose object has what a data stream's records have (JSON, plain or gzip) | the message: one that is neither, whose object can't be read, or whose contacts could not be stored |
//! | a contact event | itself, where the function is a rule's target | the invocation, if the contact could not be stored |
//! | `awslogs` | lines of flow logs, from a CloudWatch Logs subscription | the invocation, if any contact could not be stored |
//! | a batch of Kinesis records | agent events, contact records and contact events, several in one record or compressed too | the stream goes on from the first record with a contact that could not be stored |
//! | a contact record, an agent event or a line of a flow log | itself, for what was put aside and is replayed by hand | the invocation, if a contact could not be stored |
//!
//! A line or a record that is nothing of a contact's is counted, told in the log without what is in it, and skipped:
//! it would not be understood the next time either, and must hold up neither its batch nor its shard.
//!
//! What comes again does no harm, and neither does any order: see [`switchboard_contacts`].
//!
//! # Settings
//! | variable | what it is |
//! |---|---|
//! | `CONTACTS` | where contacts are kept: `dynamodb://TABLE` or `sqlite:///path.db`; required |
//! | `CONTACT_RETENTION_MINUTES` | how long after a contact's last event, in minutes; 1440 by default |
//! | `RECORD_BUCKET` | with it the function follows nobody: it checks this bucket, whatever the event, as a deployment calls it |
//! | `AWS_LAMBDA_LOG_LEVEL` | how much is logged |
//!
//! # Modules
//! | module | what it is for |
//! |---|---|
//! | [`event`] | what an event is, by its shape |
//! | [`parse`] | one document, line or record into what it says about contacts |
//! | [`objects`] | the documents of an object in S3, in batches |
//! | [`handler`] | an event: read, fold, store, answer |
//! | [`config`] | the settings |
//! | [`bucket_check`] | whether a bucket that was there notifies `EventBridge` |

pub mod bucket_check;
pub mod config;
pub mod event;
pub mod handler;
pub mod objects;
pub mod parse;
