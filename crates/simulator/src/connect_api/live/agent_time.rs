//! What agents did with their time.

use std::ops::AddAssign;

use super::{history::Piece, ratio};
use crate::model::whole_seconds;

/// What one agent or several did with a time, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AgentSeconds {
    /// Logged on with another status than the one of type OFFLINE.
    pub(crate) online: i64,
    /// Available, with nothing to do.
    pub(crate) idle: i64,
    /// On a contact, on hold or in after-contact work.
    pub(crate) contact: i64,
    /// In a custom status.
    pub(crate) non_productive: i64,
    /// With a contact whose connection failed.
    pub(crate) error: i64,
}

impl AgentSeconds {
    /// Of a piece of an agent's time.
    pub(crate) fn of(piece: &Piece) -> Self {
        let seconds = whole_seconds(piece.from, piece.to);
        let counted = |is_it: bool| if is_it { seconds } else { 0 };
        Self {
            online: counted(piece.time.is_online),
            idle: counted(piece.time.is_idle),
            contact: counted(piece.time.is_contact),
            non_productive: counted(piece.time.is_non_productive),
            error: counted(piece.time.is_error),
        }
    }

    /// The share of the time ready for contacts that went into them, in percent.
    pub(crate) fn occupancy(&self) -> Option<f64> {
        ratio(self.contact * 100, self.contact + self.idle)
    }
}

impl AddAssign for AgentSeconds {
    fn add_assign(&mut self, other: Self) {
        self.online += other.online;
        self.idle += other.idle;
        self.contact += other.contact;
        self.non_productive += other.non_productive;
        self.error += other.error;
    }
}
