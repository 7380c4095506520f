//! Pages: what a view is in HTML. Pure; the templates are compiled into the program.

mod agents;
mod board;
mod contacts;
mod frame;
mod health;
mod instances;
mod journey;
mod moment;
mod queue;
#[cfg(feature = "sign-in")]
mod sign_in;

#[cfg(feature = "sign-in")]
pub(crate) use self::sign_in::sign_in;
pub(crate) use self::{
    agents::{AgentFilter, agents},
    board::{QueueFilter, board},
    contacts::{Searched, contacts},
    frame::{Frame, failure},
    health::health,
    instances::{InstanceChoice, instances},
    journey::journey,
    queue::{queue, queue_csv},
};
