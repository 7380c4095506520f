//! What contact flows call: to keep data on a contact, and to ask what the customer did before.
//!
//! A flow passes parameters and gets a flat map of strings back, which it reads as `$.External.NAME` and branches on.
//! It gets one whatever happens and within [`handler::LIMIT`], so its error branch is never taken for us:
//! `Result` is `Ok` or `Error`, and with an error `Reason` says why, see [`call::Reason`].
//!
//! `Action`, its values and `WindowMinutes` are read in any case (`action=lookup`), as people type them by hand. The
//! names of data keep theirs.
//!
//! # `Action=Record`
//! Every other parameter is kept on the contact as `Data_NAME`, so that none can meet an attribute of the system's.
//! A value that is no string is kept as its JSON text; `null` is no value. All of them are kept or, with an error,
//! none. `Recorded` in the answer is their number.
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
//! | `LastContactQueue`, `LastContactQueueArn` | its queue, by name and by what a flow can set |
//! | `LastContactAgent`, `LastContactAgentArn` | its agent, by user name and ARN |
//! | `ContactsInWindow` | how many contacts ended or did something within the last `WindowMinutes`, or since all that is kept |
//! | `ChainDisconnected` | whether all other contacts of this one's chain have ended |
//!
//! - This contact itself is left out of all answers. The others of its transfer chain are the same conversation: they
//!   count for `Callback…` and `ChainDisconnected` alone.
//! - A contact without an address of its own, as a callback that waits or the second leg of a transfer, belongs
//!   to the customer of its chain.
//! - A caller who withholds the number (or a web chat, which has none) has no earlier contacts: flags are `false`, numbers
//!   `0`, and `Result` is `Ok`.
//! - A look-up makes the customer known for this contact, so that the next look-up finds it.
//! - At most the customer's latest 100 contacts are looked at.
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

pub mod call;
mod earlier;
pub mod handler;
