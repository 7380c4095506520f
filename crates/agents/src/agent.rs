//! One agent, as folded from events. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use switchboard_core::activity::Activity;

use crate::{
    assignment::{Assignment, RoutingProfileKey},
    key::Instance,
};

/// How long the stream may have heartbeats of an agent who has logged out: an hour, by what AWS says, and two heartbeats
/// and a minute for the one that comes late.
pub const HEARTBEATS_AFTER_LOGOUT: SignedDuration = SignedDuration::from_mins(65);

/// The state of an agent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AgentState {
    /// Logged out, or in a status of the type `OFFLINE`, or silent for too long.
    LoggedOff,
    /// Logged on.
    LoggedOn {
        /// The last segment of the status's ARN, or its name if it has no ARN.
        code: String,
        /// The status's name, or its code if it has no name.
        name: String,
        /// What the status hides, and since when; [`None`] for a custom status without contacts.
        activity: Option<(Activity, Timestamp)>,
    },
}

impl AgentState {
    /// What the status hides, and since when.
    pub(crate) fn activity(&self) -> Option<(Activity, Timestamp)> {
        match self {
            Self::LoggedOn { activity, .. } => *activity,
            Self::LoggedOff => None,
        }
    }

    /// The same, where Available began when the agent became free, if that was after the status began.
    fn available_since(&self, free_since: Option<Timestamp>) -> Self {
        let mut state = self.clone();
        if let Self::LoggedOn { activity: Some((Activity::Available, since)), .. } = &mut state {
            *since = (*since).max(free_since.unwrap_or(*since));
        }
        state
    }
}

/// The state in one event that is no logout. The order of the fields is the order of events: the status that began last counts, and
/// of one status the newest event. So a heartbeat that comes late changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StateObservation {
    /// When the status began.
    pub(crate) since: Timestamp,
    pub(crate) at: Timestamp,
    /// When the latest of the agent's contacts came into its state; [`None`] without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contact_since: Option<Timestamp>,
    pub(crate) event_id: String,
    pub(crate) state: AgentState,
}

impl StateObservation {
    /// When the status began, if it is one of who is logged on.
    fn on_since(&self) -> Option<Timestamp> {
        (self.state != AgentState::LoggedOff).then_some(self.since)
    }
}

/// The state of one agent, as folded from events. Absent members are not written, and the stored names are short: DynamoDB bills a
/// write by whole kilobytes, and with longer ones a heartbeat costs two in place of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Agent {
    /// The newest state of all events but heartbeats and logouts.
    #[serde(rename = "state", skip_serializing_if = "Option::is_none")]
    pub(crate) latest_state: Option<StateObservation>,
    /// The newest state of a heartbeat, if it is newer than that.
    #[serde(rename = "heartbeat", skip_serializing_if = "Option::is_none")]
    pub(crate) latest_heartbeat: Option<StateObservation>,
    /// When the newest logout happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logged_out_at: Option<Timestamp>,
    /// When the agent was last logged on for certain: at a login, or when a status began that is in an event other than a
    /// heartbeat. A change of configuration has the status too, also of an agent who has logged out.
    #[serde(rename = "loggedOn", skip_serializing_if = "Option::is_none")]
    pub(crate) logged_on_at: Option<Timestamp>,
    /// When a logged-on status began last, if a newer one of the type `OFFLINE` is all that is kept.
    #[serde(rename = "wasOn", skip_serializing_if = "Option::is_none")]
    pub(crate) was_on_since: Option<Timestamp>,
    /// When the agent last became available by the end of a contact: the status says nothing of it, as it went on meanwhile.
    #[serde(rename = "freeSince", skip_serializing_if = "Option::is_none")]
    pub(crate) free_since: Option<Timestamp>,
    /// When the newest event of any kind happened.
    #[serde(rename = "lastEvent", skip_serializing_if = "Option::is_none")]
    pub(crate) last_event_at: Option<Timestamp>,
    /// The [`last_event_at`](Self::last_event_at) that was found too long ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timed_out_at: Option<Timestamp>,
    /// The id in the ARN of the newest event with a user name, and the time of that event. The ARN leads from events without a
    /// user name to the agent. The rest of it is in the agent's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<(Timestamp, String)>,
    /// What the agent is assigned to, by the newest event that tells it, and the time of that event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) assignment: Option<(Timestamp, Assignment)>,
    /// When an ARN of this agent came with another user name, and its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) renamed: Option<(Timestamp, String)>,
}

/// The current state of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// The state.
    pub state: AgentState,
    /// Since when the agent is in the status, or logged off.
    pub since: Timestamp,
    /// The time of the event that says so.
    pub at: Timestamp,
}

impl Agent {
    /// Merges the fold of other events. The result is the same in any order and with any repeats.
    pub fn merge(&mut self, other: Self) {
        fn newest<T: Ord>(held: &mut Option<T>, other: Option<T>) {
            if other > *held {
                *held = other;
            }
        }
        let last_on_since = self.last_on_since().max(other.last_on_since());
        newest(&mut self.latest_state, other.latest_state);
        newest(&mut self.latest_heartbeat, other.latest_heartbeat);
        newest(&mut self.logged_out_at, other.logged_out_at);
        newest(&mut self.logged_on_at, other.logged_on_at);
        newest(&mut self.free_since, other.free_since);
        newest(&mut self.last_event_at, other.last_event_at);
        newest(&mut self.timed_out_at, other.timed_out_at);
        newest(&mut self.id, other.id);
        newest(&mut self.assignment, other.assignment);
        newest(&mut self.renamed, other.renamed);
        // It would never count again.
        self.latest_heartbeat.take_if(|latest_heartbeat| {
            self.latest_state.as_ref().is_some_and(|latest_state| *latest_state >= *latest_heartbeat)
        });
        self.was_on_since = last_on_since.filter(|since| Some(*since) > self.kept_on_since());
    }

    /// When a logged-on status began last, by all events; [`None`] if none did.
    pub(crate) fn last_on_since(&self) -> Option<Timestamp> {
        self.was_on_since.max(self.kept_on_since())
    }

    /// The same by the states that are kept.
    fn kept_on_since(&self) -> Option<Timestamp> {
        let kept = [&self.latest_state, &self.latest_heartbeat];
        kept.into_iter().flatten().filter_map(StateObservation::on_since).max()
    }

    /// When the newest event but heartbeats and logouts happened whose status is the newest one; [`None`] if that is `OFFLINE`.
    pub(crate) fn last_seen_on_at(&self) -> Option<Timestamp> {
        let latest_state = self.latest_state.as_ref()?;
        latest_state.on_since().map(|_| latest_state.at)
    }

    /// When the newest event happened.
    pub fn last_event_at(&self) -> Option<Timestamp> {
        self.last_event_at
    }

    /// The id in the agent's ARN, by the newest event with a user name.
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(|(_, id)| id.as_str())
    }

    /// What the agent is assigned to; [`None`] if no event has told it.
    pub fn assignment(&self) -> Option<&Assignment> {
        self.assignment.as_ref().map(|(_, assignment)| assignment)
    }

    /// The routing profile of an agent of that instance; [`None`] while no event has told which it is.
    pub fn routing_profile_key(&self, instance: &Instance) -> Option<RoutingProfileKey> {
        let id = self.assignment()?.routing_profile.clone()?;
        Some(RoutingProfileKey { instance: instance.clone(), id })
    }

    /// The time of the newest event with a user name, and the id in its ARN.
    pub fn named(&self) -> Option<(Timestamp, &str)> {
        self.id.as_ref().map(|(at, id)| (*at, id.as_str()))
    }

    /// Notes that the ARN with this id had another user name at that time. One ARN is one agent, so whoever has this user name by
    /// that ARN is logged off until a newer event has it again.
    pub fn rename(&mut self, at: Timestamp, id: &str) {
        self.renamed = self.renamed.take().max(Some((at, id.to_owned())));
    }

    /// When the agent got another user name; [`None`] if the agent has this one still.
    pub fn renamed_at(&self) -> Option<Timestamp> {
        let ((at, id), (named_at, named_id)) = (self.renamed.as_ref()?, self.id.as_ref()?);
        (id == named_id && at >= named_at).then_some(*at)
    }

    /// Logs the agent off until an event newer than all so far is merged.
    pub fn time_out(&mut self) {
        self.timed_out_at = self.last_event_at;
    }

    /// The current state; [`None`] if no event had one yet.
    pub fn current(&self) -> Option<Current> {
        if let Some(at) = self.renamed_at()
            && self.has_state()
        {
            return Some(Current::off(at));
        }
        match self.last_event_at {
            Some(last_event_at) if self.is_timed_out() && self.has_state() => {
                Some(Current::off(last_event_at))
            }
            _ => self.latest(),
        }
    }

    /// True if the agent was [logged off](Self::time_out) for silence, and no newer event was merged.
    pub(crate) fn is_timed_out(&self) -> bool {
        self.timed_out_at.is_some() && self.timed_out_at >= self.last_event_at
    }

    fn has_state(&self) -> bool {
        self.latest_state.is_some() || self.latest_heartbeat.is_some() || self.logged_out_at.is_some()
    }

    /// The state by the events alone, whatever the time.
    fn latest(&self) -> Option<Current> {
        let observed = self.latest_state.as_ref().max(self.latest_heartbeat.as_ref());
        match (self.logged_out_at, observed) {
            (Some(logged_out_at), observed)
                if observed.is_none_or(|observed| observed.at <= logged_out_at)
                    || self.is_stale_after_logout(logged_out_at) =>
            {
                Some(Current::off(logged_out_at))
            }
            (_, observed) => observed.map(|observed| Current {
                state: observed.state.available_since(self.free_since),
                since: observed.since,
                at: observed.at,
            }),
        }
    }

    /// True if the states since the logout may be those of before it.
    fn is_stale_after_logout(&self, logged_out_at: Timestamp) -> bool {
        let is_late = |latest_heartbeat: &StateObservation| {
            latest_heartbeat.at.duration_since(logged_out_at) > HEARTBEATS_AFTER_LOGOUT
        };
        self.logged_on_at <= Some(logged_out_at) && !self.latest_heartbeat.as_ref().is_some_and(is_late)
    }
}

impl Current {
    /// Logged off since then.
    fn off(since: Timestamp) -> Self {
        Self { state: AgentState::LoggedOff, since, at: since }
    }
}
