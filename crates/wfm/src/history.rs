//! The history feed: contact records as CSV rows, of each contact the copy that counts, over SFTP.

pub mod ctr_version;
pub mod rows;
pub mod sftp;
