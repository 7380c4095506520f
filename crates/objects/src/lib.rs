#![doc = include_str!("../README.md")]

mod folder;
pub mod notification;
mod open_object;
pub mod pieces;
pub mod reader;
#[cfg(feature = "aws")]
mod s3;
pub mod store;
