//! Agents' states to a WFM's real-time adherence (RTA) service, within seconds of the event.
//!
//! | event | what is done | what fails |
//! |---|---|---|
//! | a batch of Kinesis records | the latest state of each agent is sent if it changed; contact records on the same stream are passed over, compressed and joined records unpacked | the stream goes on from the first record with an agent whose state was not acknowledged |
//! | `{"rta":"snapshot"}` | a full snapshot is sent, and agents whose heartbeats timed out are logged off | the invocation, if any of it was not acknowledged |
//!
//! Batches of several shards may be handled at once. What comes again, late or in any order does no harm, and nothing is
//! sent again that was acknowledged: see [`switchboard_wfm::feed`], also for the first run, which begins 24 hours back. A
//! record without anything about an agent is counted, logged without its content, and passed over: it must not
//! hold up its shard. So is an event without a Connect instance, and one of more than a day ago, should the stream keep that.
//!
//! # Settings
//! | variable | what it is |
//! |---|---|
//! | `AGENTS` | the store of agents: `dynamodb://TABLE` or `sqlite:///path.db`; required |
//! | `RTA` | the service: `secretsmanager://ARN` or `file:///secret.json`, the secret being JSON, or `stdout:`; required |
//! | `RTA_FORMAT` | `soap`, Teleopti's service, by default; or `json`, see [`switchboard_wfm::rta`] |
//! | `RTA_STATES` | `status` by default; or `activity`, which shows also what the status hides |
//! | `CONNECT_INSTANCES` | whose agents' states are sent; all by default |
//! | `JOINED_INSTANCES` | whose agents with one user name are one, as in a traffic distribution group; none by default: [`JoinedInstances`](switchboard_agents::JoinedInstances) |
//! | `AWS_LAMBDA_LOG_LEVEL` | how much is logged |
//!
//! The secret for `soap`: `url, authenticationKey, platformTypeId (all zeros by default), sourceId`; for `json`: `url,
//! headers`. Plain `http` is accepted for a loopback address only. After a rejection that may be for the keys, the secret is read
//! again, at most every ten seconds.
//!
//! # Modules
//! | module | what it is for |
//! |---|---|
//! | [`config`] | the service from its settings |
//! | [`event`] | the events of the function |
//! | [`read`] | the data of a record, read into updates of agents |
//! | [`handler`] | an event: read, fold, send, answer |

pub mod config;
pub mod event;
pub mod handler;
pub mod read;
