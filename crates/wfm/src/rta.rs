//! The client of a WFM's real-time adherence (RTA) service: agents' states, and snapshots of all of them.
//!
//! | format | what is sent |
//! |---|---|
//! | [SOAP](Client::soap) | Teleopti's `SaveBatchExternalUserState`, and `SaveExternalUserState` to close a snapshot |
//! | [JSON](Client::json) | the body below, by `POST` |
//! | [standard output](Client::stdout) | the same body, a line each: for trying things out, as it shows user names |
//!
//! # The JSON body
//!
//! ```json
//! {"batchId":"2026-11-02T01:02:03.004Z","isSnapshot":false,"isComplete":false,"states":[
//!   {"userCode":"ann","isLoggedOn":true,"stateCode":"dd2a0c60-481a-4f36-8936-f799978ef8e5","stateDescription":"Lunch",
//!    "secondsInState":0,"timestamp":"2026-11-02T01:02:03.004Z"}]}
//! ```
//!
//! At `timestamp` (UTC) the agent had been in the state for `secondsInState`. The parts of a snapshot share a `batchId`
//! and have `isSnapshot`; the last body of a snapshot has no states and `isComplete`: whoever was in none of its parts is
//! logged off. A status from 200 to 299 says that the body is taken; its own body is not read.
//!
//! # Failures
//!
//! A call is sent up to three times, 5 s each, within the deadline. A failed call may have been taken all the same: its
//! answer may be what was lost. User names, keys and addresses are in no error.

mod account;
mod client;
mod error;
mod json;
mod soap;

pub use self::account::{AccountError, JsonAccount, SoapAccount};
pub use self::client::{Client, STATES_PER_CALL};
pub use self::error::{Accepted, Failure};
pub use self::soap::answer as soap_answer;
