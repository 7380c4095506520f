//! Contacts in a DynamoDB table.
//!
//! # The table
//!
//! Partition key `Connect_ContactId`, sort key `Entry`: `STATUS`, or `HISTORY#time#source#id`. A status has all its registers
//! with their versions in one attribute, `Registers`, whose format `registers.rs` describes; beside it stand the keys of
//! the indexes and `Status` in plain. Only a status has the indexes' attributes, so only statuses are in the indexes
//! `ByCustomer` (`Customer_Identifier`, `Began`), `ByChain` (`Connect_InitialContactId`, `Connect_ContactId`) and
//! `ByActive` (`Active`, `Place`). The last one holds only contacts that have not ended, or ended with an agent and are not
//! completed yet: by instance in four partitions each, and there in the order in which they wait.
//! An entry's `Body` is text, or gzip where that saves a write unit.
//! A status tells by its own times, and by `RetentionMinutes` beside them, when it and its history are not read any more;
//! DynamoDB deletes both within another retention, by `DDB_ExpiryEpoch`. What queues and agents are called has an item
//! each: its ARN as the partition key, `NAME` as the sort key. Of a contact that was erased a status is left that says
//! `Forgotten` and nothing else, until no event of it can be read any more: no write passes it, and no reader sees it.
//!
//! # Writes
//!
//! The status is read, the change merged into it, and the outcome put in its place, under the condition that the registers are
//! still those that were read. Where that is refused, the answer holds what is stored, and the change is merged into that, until
//! the deadline. What tells nothing new is not written. Then the history goes by `BatchWriteItem`
//! without a condition, as a repeat is the same item under the same key. There are no transactions.
//!
//! # What they cost
//!
//! A write costs one unit for each KB of the item, begun KBs counting whole. An event costs its own entry and the status, one unit
//! each: a status stays below 1 KB, unless flows record much on it, however long the history is. `ByCustomer` and
//! `ByChain` cost 1 unit once each, as their keys do not change. `ByActive` costs 1 as the contact comes, 2 as it begins to
//! wait, 2 as it is answered, and 1 as it leaves: what is often new, a hold or a line of a flow's log, moves nothing there.
//! All indexes hold keys alone: what an index copies is paid for again with each change of it. A refused write costs what one of
//! the status does. The events of one contact in one batch share one write of the status. So a contact costs
//! in proportion to its events: a call of 40 events 88 units one by one, and 57 in batches of five, and for each write half
//! a read unit, which costs a tenth of a write unit. One that lives for
//! longer than the retention has its history's entries written once more, 1 unit each, to keep them meanwhile.
//!
//! One item that holds the history, read, modified and put with each event, costs the whole history with each
//! event: the square of their number, until it fails at 400 KB. The same call costs 460 units that way.

use aws_sdk_dynamodb::Client;
use switchboard_store::dynamodb;

mod body;
mod expiry;
mod item;
mod names;
mod plan;
mod read;
mod registers;
mod table;
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
