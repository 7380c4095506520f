//! A contact's status and journey: how events fold into it, where it is kept, how it is read.
//!
//! Events about one contact come from five [sources](version::Source), late, twice and in any order.
//! What is known of a contact is therefore a [`Status`](status::Status): a set of registers that each
//! keep the value with the greatest [`Version`](version::Version). Merging two statuses is commutative,
//! associative and idempotent, so the result depends on the set of events alone. Beside it stands the
//! history: one [`HistoryEntry`](history::HistoryEntry) an event, under a key that a repeat has too.
//!
//! Begin with [`observation`], which turns an event into facts about one contact; [`fold`](mod@fold) merges a batch of them,
//! [`store`] writes the result, and [`journey`] shows it. The example `merge` (`cargo run -p switchboard-contacts --example
//! merge`) runs this over the events of one call.
//!
//! | module | what it is for |
//! |---|---|
//! | [`version`] | which of two facts counts |
//! | [`attribute`] | what is known of a contact, by name |
//! | [`status`] | the registers, and how two of them become one |
//! | `facts` | what happened and when, by one event: what status and journey are both made of |
//! | [`observation`] | what one event says about one contact |
//! | [`history`] | the event itself, as it is kept |
//! | [`fold`](mod@fold) | a batch of observations into one change per contact |
//! | [`journey`] | a contact, or a chain of them, as a timeline for people |
//! | [`standing`] | where a contact stands in a word or two, and since when |
//! | `line` | active contacts in the order in which they wait |
//! | [`resource_names`] | what the queues and agents of contacts are called |
//! | [`customer`] | how a customer is told apart from another |
//! | [`expiry`] | when what is kept may go |
//! | [`held`] | what a reader holds of it, so as to read only what has changed |
//! | [`store`] | where they are kept |
//! | `dynamodb` (feature `aws`) | what keeping them costs on DynamoDB, and the table |

pub mod attribute;
pub mod customer;
#[cfg(feature = "aws")]
pub mod dynamodb;
pub mod expiry;
mod facts;
pub mod fold;
pub mod held;
pub mod history;
pub mod journey;
mod line;
mod names;
pub mod observation;
pub mod resource_names;
mod sqlite;
pub mod standing;
pub mod status;
pub mod store;
pub mod version;
