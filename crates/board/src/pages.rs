//! Pages: what a view is in HTML. Pure; the templates are compiled into the program.

mod agents;
mod board;
mod contacts;
mod frame;
mod health;
mod journey;
mod moment;

pub(crate) use self::{
    agents::{AgentFilter, agents},
    board::{QueueFilter, board},
    contacts::{Searched, contacts},
    frame::{Frame, failure},
    health::health,
    journey::journey,
};
