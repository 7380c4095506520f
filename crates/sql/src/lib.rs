#![doc = include_str!("../README.md")]

pub mod database;
pub mod dialect;
mod error;
pub mod logins;
pub mod migrations;
mod postgres;
#[cfg(feature = "aws")]
mod rds_data;
mod sqlite;
pub mod statement;
pub mod url;

pub use error::SqlError;
