#![doc = include_str!("../README.md")]

pub mod access;
mod clock;
pub mod comparison;
mod customer_keys;
mod pages;
mod server;
mod sources;
pub mod view;

pub use self::{
    clock::{Clock, ClockPhase},
    customer_keys::CustomerKeys,
    server::{App, serve},
    sources::{
        AgentStore, Figures, NoDelivery, PeriodFigures, Picture, PolledFigures, Polls, QueueOfInstance,
        QueueTarget, SourceError, Sources,
    },
};
