#![doc = include_str!("../README.md")]

mod clock;
mod pages;
mod server;
mod sources;
pub mod view;

pub use self::{
    clock::{Clock, ClockPhase},
    server::serve,
    sources::{AgentStore, NoDelivery, Picture, SourceError, Sources},
};
