//! What the board shows, as data: pure, from what was read and the time.

mod agents;
mod board;
mod contacts;
mod feed;
mod health;
mod journey;
mod queues;

pub use self::{
    agents::{AgentRow, AgentStanding, ContactInHand, agents},
    board::{AgentCounts, Board, board},
    contacts::{ContactRow, ContactStanding, active_contacts, contact_row},
    feed::{Feed, STALE_AFTER, feed},
    health::{Health, SourceHealth, health},
    journey::{JourneyView, StayView},
    queues::{QueueDay, QueueTile, queues},
};
