//! The state that a WFM gets.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchboard_agents::{Agent, AgentKey, AgentState, Current, Record};

/// The code and description of whoever is logged off. Teleopti's service puts this code in itself for whatever comes
/// with `IsLoggedOn` false, so there is one way of being logged off, and moving between two is no change.
const LOGGED_OFF: (&str, &str) = ("LOGGED-OFF", "Logged off");

/// Which states a WFM gets: the setting `RTA_STATES`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StateMode {
    /// `status`: the agent's status, as Connect's own reports have it.
    #[default]
    Status,
    /// `activity`: the [`Activity`](switchboard_core::activity::Activity), and the status where there is none.
    Activity,
}

/// The text is no [`StateMode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected status or activity")]
pub struct StateModeError;

/// The state of an agent that a WFM gets. A change of anything in it is a change; of its beginning alone is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WfmState {
    /// Logged on, whatever the agent does.
    pub is_logged_on: bool,
    /// Which state, for the WFM to map: the last segment of the status's ARN, [`Activity::code`] or `LOGGED-OFF`. The
    /// whole ARN is no code: services of some age cut it at 25 characters, where all of an instance's are alike. A status's
    /// own id has 36, of which the first 25 are enough to tell it from the instance's others.
    ///
    /// [`Activity::code`]: switchboard_core::activity::Activity::code
    pub code: String,
    /// The same for people.
    pub description: String,
}

/// One agent in a new state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// The agent.
    pub agent: AgentKey,
    /// The state.
    pub state: WfmState,
    /// Since when the agent is in it.
    pub since: Timestamp,
    /// The time of the event that says so.
    pub at: Timestamp,
}

impl FromStr for StateMode {
    type Err = StateModeError;

    fn from_str(text: &str) -> Result<Self, StateModeError> {
        match text {
            "status" => Ok(Self::Status),
            "activity" => Ok(Self::Activity),
            _ => Err(StateModeError),
        }
    }
}

impl WfmState {
    /// The state that a WFM gets of this one, and since when it is so.
    pub fn of(current: &Current, states: StateMode) -> (Self, Timestamp) {
        let state = |is_logged_on, code: &str, description: &str| Self {
            is_logged_on,
            code: code.to_owned(),
            description: description.to_owned(),
        };
        match &current.state {
            AgentState::LoggedOff => (state(false, LOGGED_OFF.0, LOGGED_OFF.1), current.since),
            AgentState::LoggedOn { activity: Some((activity, since)), .. }
                if states == StateMode::Activity =>
            {
                (state(true, activity.code(), activity.description()), *since)
            }
            AgentState::LoggedOn { code, name, .. } => (state(true, code, name), current.since),
        }
    }
}

impl StateChange {
    /// The current state of this agent; [`None`] if no event had one.
    pub fn of(key: &AgentKey, agent: &Agent, states: StateMode) -> Option<Self> {
        Some(Self::of_current(key, &agent.current()?, states))
    }

    /// The current state of the agent of this record, [of all instances that are joined](Record::current); [`None`] if no
    /// event had one.
    pub fn of_record<D>(key: &AgentKey, record: &Record<D>, states: StateMode) -> Option<Self> {
        Some(Self::of_current(key, &record.current()?, states))
    }

    fn of_current(key: &AgentKey, current: &Current, states: StateMode) -> Self {
        let (state, since) = WfmState::of(current, states);
        Self { agent: key.clone(), state, since, at: current.at }
    }

    /// How long the agent had been in the state at that time, in whole seconds.
    pub fn seconds_in_state(&self) -> i32 {
        i32::try_from(self.at.duration_since(self.since).as_secs()).unwrap_or(i32::MAX).max(0)
    }
}
