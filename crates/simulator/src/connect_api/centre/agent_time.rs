//! What agents did with their time.

use std::ops::AddAssign;

use super::{Activity, CentreModel, ratio};

/// What one agent or several did with a time, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AgentTime {
    /// Logged in and not offline: all of the below.
    pub(crate) online: i64,
    /// Ready for contacts, without any.
    pub(crate) idle: i64,
    /// With a contact, after-contact work included.
    pub(crate) contact: i64,
    /// In a status that takes no contacts.
    pub(crate) non_productive: i64,
    /// After a missed contact.
    pub(crate) error: i64,
    /// How many contacts were missed.
    pub(crate) missed: i64,
}

impl AddAssign for AgentTime {
    fn add_assign(&mut self, other: Self) {
        self.online += other.online;
        self.idle += other.idle;
        self.contact += other.contact;
        self.non_productive += other.non_productive;
        self.error += other.error;
        self.missed += other.missed;
    }
}

impl AgentTime {
    /// The share of the time ready for contacts that went into them, in percent.
    pub(crate) fn occupancy(&self) -> Option<f64> {
        ratio(self.contact * 100, self.contact + self.idle)
    }
}

impl CentreModel {
    /// What a user did from `from` to before `to`.
    pub(crate) fn agent_time(&self, user: usize, from: i64, to: i64) -> AgentTime {
        let mut sum = AgentTime::default();
        for interval in self.activity_intervals(user, from, to) {
            let start = interval.start.max(from);
            let seconds = interval.end.min(to) - start;
            match &interval.activity {
                Activity::Offline => continue,
                Activity::Available => sum.idle += seconds,
                Activity::Away(_) => sum.non_productive += seconds,
                Activity::Missed { .. } => {
                    sum.error += seconds;
                    // It counts where it happened.
                    sum.missed += i64::from(interval.start >= from);
                }
                Activity::Busy(_) => sum.contact += seconds,
            }
            sum.online += seconds;
        }
        sum
    }
}
