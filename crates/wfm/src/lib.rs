//! Workforce management: CSV rows, interval statistics, SFTP delivery.

pub mod intervals;
pub mod rows;
pub mod sftp;
