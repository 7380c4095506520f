#![doc = include_str!("../README.md")]

pub mod access;
mod clock;
mod pages;
mod server;
mod sources;
pub mod view;

pub use self::{
    clock::{Clock, ClockPhase},
    server::{App, serve},
    sources::{AgentStore, NoDelivery, Picture, SourceError, Sources},
};
