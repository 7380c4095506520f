//! Workforce management: CSV rows, interval statistics, SFTP delivery.
//!
//! | module | what it is for |
//! |---|---|
//! | [`rows`] | contact records as the CSV rows of the history feed |
//! | [`latest`] | the copy of a contact record that counts, where several were delivered |
//! | [`report`] | the rows of Connect's agent report |
//! | [`intervals`] | queue, agent-queue and agent figures per interval |
//! | [`sftp`] | files onto a WFM's SFTP server |

pub mod intervals;
pub mod latest;
pub mod report;
pub mod rows;
pub mod sftp;
