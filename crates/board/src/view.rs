//! What the board shows, as data: pure, from what was read and the time.

mod agents;
mod board;
mod contacts;
mod feed;
mod figures;
mod health;
mod intervals;
mod journey;
mod polled;
mod queues;

pub use self::{
    agents::{AgentRow, AgentStanding, ContactInHand, agents},
    board::{AgentCounts, Board, board},
    contacts::{ContactRow, ContactStanding, active_contacts, contact_row},
    feed::{Feed, STALE_AFTER, feed},
    figures::{FiguresFrom, Level, QueueFigures},
    health::{Health, PollHealth, SourceHealth, UndeliveredHealth, health},
    intervals::{IntervalRow, QueueIntervals, WeekAgo},
    journey::{JourneyView, StayView},
    polled::ConnectCount,
    queues::{QueueAgents, QueueTile, queue_names, queues},
};
