//! What contact flows call: to keep data on a contact, and to ask what the customer did before.
//!
//! A flow passes parameters and gets a flat map of strings back, which it reads as `$.External.NAME` and branches on.
//! It gets one whatever happens in here, within [`handler::LIMIT`], which fits the 3 s that the block *AWS Lambda function*
//! waits unless it is set otherwise: `Result` is `Ok` or `Error`, and with an error `Reason` says why, see [`call::Reason`].
//! The block's error branch is left for what is not in here: the function's start takes longer, or Lambda throttles it.
//!
//! `Action`, its values and `WindowMinutes` are read in any case (`action=lookup`), as people type them by hand. The
//! names of data keep theirs.
//!
//! # `Action=Record`
//! Every other parameter is kept on the contact as `Data_NAME`, so that none can meet an attribute of the system's.
//! A value that is no string is kept as its JSON text; `null` is no value. All of them are kept or, with an error,
//! none. `Recorded` in the answer is their number.
//!
//! A contact holds at most 50 names, and 8 KB of names and values together; what passes that is `TooMuchData`. The same call
//! again, with nothing recorded between, has the effect of one: it may be a retry.
//!
//! # `Action=Lookup`
//! What this customer has open and did last, in every contact that has not expired. Flags are `true` or `false`,
//! numbers whole, and what there is none of is empty.
//!
//! | in the answer | what it is |
//! |---|---|
//! | `CallbackPending`, `CallbackContactId` | a callback that waits or is under way, and its id |
//! | `ActiveVoice`, `ActiveVoiceContactId` | another call that has not ended, and its id; a callback counts once an agent has taken it |
//! | `ActiveChat`, `ActiveChatContactId` | the same of a chat |
//! | `LastContactId`, `LastContactChannel` | the customer's latest contact but this, callbacks that wait left out |
//! | `LastContactAgeSeconds` | how long ago it ended; while it has not, how long ago its latest event was |
//! | `LastContactQueue`, `LastContactQueueArn` | the last queue of its conversation, by name and by what a flow can set |
//! | `LastContactAgent`, `LastContactAgentArn` | the last agent of its conversation, by user name and ARN |
//! | `LastData_NAME` | what flows recorded under that name in the last conversation, the latest of its contacts first |
//! | `LastDataLeftOut` | how many of those names there was no room for: the first 50 by name are told, and 12 KB of them |
//! | `ConversationsInWindow` | how many conversations ended or did something within the last `WindowMinutes`, or since all that is kept |
//! | `ChainDisconnected` | whether all other contacts of this one's chain have ended |
//!
//! - This contact itself is left out of all answers. The others of its transfer chain are the same conversation: they
//!   count for `Callback…` and `ChainDisconnected` alone.
//! - A chain of transfers, the callback of a call included, is one conversation in all answers. A supervisor who listens
//!   (`MONITOR`) and the outside party of a transfer (`EXTERNAL_OUTBOUND`) are no contacts of the customer's.
//! - A value is cut after 1 KB.
//! - A contact without an address of its own, as a callback that waits or the second leg of a transfer, belongs
//!   to the customer of its chain.
//! - A caller who withholds the number (or a web chat, which has none) has no earlier contacts: flags are `false`, numbers
//!   `0`, and `Result` is `Ok`.
//! - A look-up makes the customer known for this contact, so that the next look-up finds it. That write gets a quarter of
//!   a second after the answer is known; one that takes longer is broken off and counted in `ContactsFailed`.
//! - One store may hold the contacts of several Connect instances. A lookup sees the customer's contacts of its own instance.
//! - At most the customer's latest 100 contacts are looked at, and the latest 25 of their chains.
//!
//! # Settings
//! | variable | what it is |
//! |---|---|
//! | `CONTACTS` | where contacts are kept: `dynamodb://TABLE` or `sqlite:///path.db`; required |
//! | `CONTACT_RETENTION_MINUTES` | how long after a contact's last event, in minutes; 1440 by default |
//! | `AWS_LAMBDA_LOG_LEVEL` | how much is logged |
//!
//! # Modules
//! | module | what it is for |
//! |---|---|
//! | [`call`] | what a flow asks |
//! | [`handler`] | the answer, whatever happens |
//! | [`limits`] | how much flows may record on one contact |
//! | [`response`] | the response to a flow |

pub mod call;
mod customer_history;
pub mod handler;
pub mod limits;
pub mod response;
