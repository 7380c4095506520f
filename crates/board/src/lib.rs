#![doc = include_str!("../README.md")]

pub mod access;
mod clock;
pub mod comparison;
mod customer_keys;
mod instances;
mod pages;
mod server;
mod sources;
mod thresholds;
mod undelivered;
pub mod view;

pub use self::{
    clock::{Clock, ClockPhase},
    customer_keys::CustomerKeys,
    instances::BoardInstance,
    server::{App, serve},
    sources::{
        AgentStore, Figures, NoDelivery, PeriodFigures, Picture, PolledFigures, Polls, QueueOfInstance,
        QueueTarget, SourceError, Sources,
    },
    thresholds::{InvalidThresholds, QueueThresholds, Threshold, Thresholds},
    undelivered::{Undelivered, UndeliveredCounter, UndeliveredKind},
};
