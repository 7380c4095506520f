//! Contact records that land in S3 reach the WFM's SFTP server as CSV.
//!
//! S3 sends notifications of new objects through a queue. An object whose name ends `.csv` is a report and goes as it
//! is; every other one holds contact records and becomes one CSV file, a row per contact. What in it is
//! no contact record, or is damaged, goes to `rejected/KEY.ndjson` in the same bucket, and costs only
//! itself.
//!
//! # Names
//! A file has the object's name without its folders, with `_` for every `:`, without `.gz`, and with
//! `.csv`: `2024/05/01/feed-10:00.gz` is delivered as `feed-10_00.csv`. A name that a server might reject (control
//! characters, `\`, `<>"|?*`, more than 249 bytes, none at all) is changed, and ends with a digest of the whole key.
//! Two objects that differ in their folders alone, or in `:` and `_`, would replace each other at the WFM; Firehose gives
//! each object a name of its own.
//!
//! # Gzip
//! An object of contact records may be gzip, whatever its name. A report is unpacked only if its name
//! ends `.csv.gz`; one that ends `.csv` arrives byte for byte. Where the gzip is damaged or cut off, the records before
//! that are delivered and the damage is rejected; a report is not delivered in part.
//!
//! # Rows
//! Connect delivers a record again when something about its contact changes. Of a contact's copies in one
//! object the newest counts ([`CtrVersion`](switchboard_core::ctr_version::CtrVersion)); rows are in the order
//! of these copies in the object. Between objects the WFM sees both rows, and their column
//! `LastUpdateTimestamp` says which counts.
//!
//! # Nothing to deliver
//! An object that is empty, or in which nothing is a contact record, makes no file: a WFM may take a file
//! without rows for a day without calls. A log line records it, and the message is done.
//!
//! # What is rejected
//! It is stored before the rows are delivered. Where it can't be, or does not fit the local disk, the rows are
//! delivered all the same and the message is done, as a retry of the message would deliver them twice: a log line of
//! level ERROR names the object, which still holds what was rejected. Without any row the message is retried.
//!
//! # A rejected login
//! A batch tries a rejected account, a host key that differs, or settings that do not fit, once; its other objects
//! are retried. If the secret has changed since it was read, the new one is tried at once.
//!
//! # Settings
//! | variable | what it is |
//! |---|---|
//! | `WFM_SFTP` | where files go: `secretsmanager://ARN`, `file:///secret.json` or `dir:///path`; required |
//! | `CSV_LAYOUT` | which columns: `teleopti` (default) or `extended` |
//! | `REJECTED_RECORDS_BUCKET` | the bucket of rejected records; by default that of the object |
//! | `AWS_LAMBDA_LOG_LEVEL` | how much is logged |
//!
//! # Modules
//! | module | what it is for |
//! |---|---|
//! | [`config`] | the settings |
//! | [`destination`] | the uploader, and another one when the secret was rotated |
//! | [`handler`] | a batch of messages |
//! | [`outcome`] | what became of an object |

pub mod config;
pub mod destination;
pub mod handler;
mod name;
mod object;
pub mod outcome;
mod rejects;
