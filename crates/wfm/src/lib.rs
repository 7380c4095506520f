//! Workforce management: CSV rows, interval statistics, SFTP delivery, agent states.
//!
//! | module | what it is for |
//! |---|---|
//! | [`history`] | the history feed: CSV rows of contact records, over SFTP |
//! | [`stats`] | queue, agent-queue and agent figures per interval, from contact records and agent reports |
//! | `agent_state` | agents' states as a WFM gets them (feature `rta`) |
//! | `rta` | the client of a WFM's real-time adherence service (feature `rta`) |
//! | `feed` | agents' changes to that service, each once (feature `rta`) |

#[cfg(feature = "rta")]
pub mod agent_state;
#[cfg(feature = "rta")]
pub mod feed;
pub mod history;
#[cfg(feature = "rta")]
pub mod rta;
#[cfg(any(feature = "rta", feature = "ssh"))]
mod secret_fields;
pub mod stats;
