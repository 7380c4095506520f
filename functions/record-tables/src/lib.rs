//! Contact records and agents' time as rows of a database, and the interval statistics made of them.
//!
//! One function for all of it; what an event is, its shape says:
//!
//! | event | what is in it | what fails |
//! |---|---|---|
//! | a batch of Kinesis records | contact records, contact events and agent events, several in one record or compressed too | the stream goes on from the first record that could not be saved |
//! | a batch of SQS messages | a contact event, as EventBridge wraps it, or a notification of S3: objects of such documents, gzip too | the message: one that can't be understood, or of which something could not be saved |
//! | a document | itself, for what was put aside and is replayed by hand | the invocation, if it could not be saved |
//! | `{"task":"migrate"}`, or `{}` as a deployment sends it | makes the tables, their logins, the roles, the targets and the calendar | the invocation |
//! | `{"task":"upkeep"}` | sums that are behind, the calendar's next days, contacts whose end was not told | the invocation |
//!
//! A bad record costs itself alone: it is counted by its reason, told in the log without what is in it, and skipped. It would not
//! be understood the next time either. In a queue its message fails, and goes to the dead-letter queue. A row that the database
//! refuses for what it says is found by halving its batch, and skipped likewise. What the database can't take for the moment, a
//! deadlock too, comes again.
//!
//! Records of other instances are passed over and counted: several may share a stream. Rows hold derived columns, never whole
//! records; of a contact's attributes those that are named.
//!
//! Saving twice, late or in another order does no harm: see [`switchboard_records`].
//!
//! # Settings
//! | variable | what it is |
//! |---|---|
//! | `CONNECT_INSTANCES` | the instances, by their ARNs, `arn:aws:connect:REGION:ACCOUNT:instance/ID`, with commas between them; required |
//! | `METRICS_DB` | the database of the tables: see [`SqlUrl`](switchboard_sql::url::SqlUrl); required |
//! | `RECORD_ATTRIBUTES` | the contact attributes that are kept, names with commas between them, `*` for all; none by default |
//! | `AGENT_TIME` | `on` or `off`: whether what agents did is kept; on by default |
//! | `RECORD_TIME_ZONES` | the time zones whose intervals the views have, IANA names with commas between them; `UTC` by default |
//! | `SERVICE_LEVEL_TARGETS` | the targets of service levels, which a migration sets: a JSON array of objects with `seconds` and `target_percent`, and with `queue_id` or `channel` where one is not of all; those in the table stay by default |
//! | `RECORDS_LOGIN` | the secret (`secretsmanager://ARN` or `file:///path.json`: `username`, `password`) of a login that a migration makes, which reads and writes the record tables; none by default |
//! | `BOARD_LOGIN` | the same of a login that reads what holds nothing personal; none by default |
//! | `AWS_LAMBDA_LOG_LEVEL` | how much is logged |
//!
//! # Modules
//! | module | what it is for |
//! |---|---|
//! | [`config`] | the settings |
//! | [`event`] | what an event is, by its shape |
//! | [`handler`] | an event: read, save, answer |
//! | [`objects`] | the documents of an object in S3 |
//! | [`rows`] | one document into a row |
//! | [`saver`] | rows into the tables; a refused one is found |
//! | [`upkeep`] | the tables themselves: made and kept up |

pub mod config;
pub mod event;
pub mod handler;
pub mod objects;
pub mod rows;
pub mod saver;
pub mod upkeep;
