//! Contacts in a DynamoDB table.
//!
//! # The table
//!
//! Partition key `Connect_ContactId`, sort key `Entry`: `STATUS`, or `HISTORY#time#source#id`. The status has each
//! register under its own name (`Flag_OnHold`, `Timestamps.Initiated`) and the register's version under a short
//! one (`v_FOH`, `v_TI`). Only a status has the indexes' attributes, so only statuses are in the indexes
//! `ByCustomer` (`Customer_Identifier`, `Began`) and `ByChain` (`Connect_InitialContactId`, `Connect_ContactId`).
//! Contacts that have not ended, or ended with an agent and are not completed yet, have the attribute `Active` and so are in
//! the index `ByActive`, which is read to list them.
//! A status tells by its own times, and by `RetentionMinutes` beside them, when it and its history are not read any more;
//! DynamoDB deletes both within another retention, by `DDB_ExpiryEpoch`. What queues and agents are called has an item
//! each: its ARN as the partition key, `NAME` as the sort key. Of a contact that was erased a status is left that says
//! `Forgotten` and nothing else, until no event of it can be read any more: no write passes it, and no reader sees it.
//!
//! # Writes
//!
//! One `UpdateItem` for the status, under the condition that none of its registers is stored newer. An equal version is an equal value. There is no
//! read before it. Where it is refused, the answer holds what is stored, and what is newer than that goes again, until
//! the deadline. The answer to the last one tells whether the contact is to leave the index of active ones, or its items
//! are to be deleted at another time; that is another write, and seldom. Then the history goes by `BatchWriteItem`
//! without a condition, as a repeat is the same item under the same key.
//!
//! # What they cost
//!
//! A write costs one unit for each KB of the item, begun KBs counting whole. An event costs its own entry (1 unit up
//! to 1 KB) and the status (1 to 3 units, as it grows to 2 or 3 KB however long the history is). `ByCustomer` and
//! `ByChain` cost 1 unit once each, as their keys do not change, and `ByActive` 1 as the contact comes and 1 as it leaves.
//! All indexes hold keys alone: what an index copies is paid for again with each change of it. A contact that a flow alone
//! tells of comes into `ByActive` by a write of its own. A refused write costs what one of the status does. The events of
//! one contact in one batch share one write of the status. So a contact costs
//! in proportion to its events: a call of 40 events 151 units one by one, and 66 in batches of five. One that waits for
//! longer than the retention has its history's entries written twice more, 1 unit each, to keep them meanwhile.
//!
//! One item that holds the history, read, modified and put with each event, costs the whole history with each
//! event: the square of their number, until it fails at 400 KB. The same call costs 460 units that way.

use aws_sdk_dynamodb::Client;
use switchboard_store::dynamodb;

mod expiry;
mod item;
mod names;
mod read;
mod table;
mod update;
mod write;

pub use table::create_table;

/// The index of a customer's contacts.
const BY_CUSTOMER: &str = "ByCustomer";
/// The index of a chain's contacts.
const BY_CHAIN: &str = "ByChain";

/// The index of contacts that somebody works on: only they have its key.
const BY_ACTIVE: &str = "ByActive";

/// The table, and the client to use it with.
#[derive(Clone)]
pub(crate) struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// A table that is used with this client's region and credentials, and our own retries and time-out.
    pub(crate) fn new(client: &Client, name: String) -> Self {
        Self { client: dynamodb::client(client), name }
    }
}
