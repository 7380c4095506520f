//! The current state of queues and agents, with names, for display.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::Deserialize;
use switchboard_sql::SqlError;
use tokio::time::Instant;

use super::Store;
use crate::statement::read;

/// The current state of a queue on one channel.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LiveQueue {
    /// The queue's id.
    pub queue_id: String,
    /// Its name, if it was listed.
    pub queue_name: Option<String>,
    /// The channel.
    pub channel: String,
    /// The time since which it is so, or of the last sample.
    pub sampled_at: Timestamp,
    /// The metrics by column; durations in seconds.
    #[serde(flatten)]
    pub values: BTreeMap<String, Option<f64>>,
}

/// The current state of an agent.
#[derive(Clone, PartialEq, Deserialize)]
pub struct LiveUser {
    /// The user's id.
    pub user_id: String,
    /// The login name, if it was listed.
    pub user_name: Option<String>,
    /// The routing profile's name, if it was listed.
    pub routing_profile_name: Option<String>,
    /// The status's id; `None` for whom a complete poll did not have while no status was listed.
    pub status_id: Option<String>,
    /// The status's type, if it was listed: `OFFLINE` for whom a complete poll did not have.
    pub status_type: Option<String>,
    /// The status's name.
    pub status_name: Option<String>,
    /// Since when.
    pub status_start_time: Option<Timestamp>,
    /// What follows after the contact.
    pub next_status: Option<String>,
    /// Contacts at the agent.
    pub contacts: Option<f64>,
    /// The state of the contact that takes the agent's time.
    pub contact_state: Option<String>,
    /// Its channel.
    pub contact_channel: Option<String>,
    /// Its queue's name, if that was listed.
    pub contact_queue_name: Option<String>,
    /// Since when it is in its state.
    pub contact_state_start: Option<Timestamp>,
    /// Slots in use.
    pub active_slots: Option<f64>,
    /// Free slots.
    pub available_slots: Option<f64>,
    /// The time since which it is so, or of the last sample.
    pub sampled_at: Timestamp,
}

impl LiveUser {
    /// Whether the agent is signed in. The status's name does not show it, as it can be changed.
    pub fn is_online(&self) -> bool {
        self.status_id.is_some() && self.status_type.as_deref() != Some("OFFLINE")
    }
}

impl Store {
    /// The current state of the queues, sorted by name, id and channel.
    ///
    /// # Errors
    ///
    /// If they can't be read before the deadline.
    pub async fn live_queues(&self, deadline: Instant) -> Result<Vec<LiveQueue>, SqlError> {
        let after = |last: Option<&LiveQueue>| {
            let after = last.map(|row| (row.queue_id.clone(), row.channel.clone())).unwrap_or_default();
            read::queues(self.database.dialect(), self.instance_parameter(), &after)
        };
        let mut rows = self.pages(deadline, after).await?;
        rows.sort_by(|a, b| {
            (&a.queue_name, &a.queue_id, &a.channel).cmp(&(&b.queue_name, &b.queue_id, &b.channel))
        });
        Ok(rows)
    }

    /// The current state of the agents, sorted by name and id.
    ///
    /// # Errors
    ///
    /// If they can't be read before the deadline.
    pub async fn live_users(&self, deadline: Instant) -> Result<Vec<LiveUser>, SqlError> {
        let after = |last: Option<&LiveUser>| {
            let after = last.map_or("", |row| &row.user_id);
            read::users(self.database.dialect(), self.instance_parameter(), after)
        };
        let mut rows = self.pages(deadline, after).await?;
        rows.sort_by(|a, b| (&a.user_name, &a.user_id).cmp(&(&b.user_name, &b.user_id)));
        Ok(rows)
    }
}

impl fmt::Debug for LiveUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LiveUser({}, name hidden)", self.user_id)
    }
}
