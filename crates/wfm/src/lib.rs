//! Workforce management: CSV rows, interval statistics, SFTP delivery, agent states.
//!
//! | module | what it is for |
//! |---|---|
//! | [`rows`] | contact records as the CSV rows of the history feed |
//! | [`latest`] | the copy of a contact record that counts, where several were delivered |
//! | [`report`] | the rows of Connect's agent report |
//! | [`intervals`] | queue, agent-queue and agent figures per interval |
//! | [`sftp`] | files onto a WFM's SFTP server |
//! | `agent_state` | agents' states as a WFM gets them (feature `rta`) |
//! | `rta` | the client of a WFM's real-time adherence service (feature `rta`) |
//! | `feed` | agents' changes to that service, each once (feature `rta`) |

#[cfg(feature = "rta")]
pub mod agent_state;
#[cfg(feature = "rta")]
pub mod feed;
pub mod intervals;
pub mod latest;
pub mod report;
pub mod rows;
#[cfg(feature = "rta")]
pub mod rta;
pub mod sftp;
