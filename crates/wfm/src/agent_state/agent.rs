//! What is known of one agent, and what a WFM is shown of it.

use std::{borrow::Borrow, fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Activity;

/// How long the stream may have heartbeats of an agent who has logged out: an hour, by what AWS says, and two heartbeats
/// and a minute for the one that comes late.
pub const HEARTBEATS_AFTER_LOGOUT: SignedDuration = SignedDuration::from_mins(65);

/// The longest user name that is taken for one. Connect's own limit is 100 characters.
pub const USERNAME_MAX_BYTES: usize = 256;

/// The code and description of whoever is logged off. Teleopti's service puts this code in itself for whatever comes
/// with `IsLoggedOn` false, so there is one way of being logged off, and moving between two is no change.
const LOGGED_OFF: (&str, &str) = ("LOGGED-OFF", "Logged off");

/// An agent's user name in Amazon Connect, by which the WFM knows the agent. Does not show itself in a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

impl Username {
    /// [`None`] for what is no user name: empty, of more than [`USERNAME_MAX_BYTES`], with a control character, or with
    /// a `#` at its beginning, which Connect does not have and the store uses for itself.
    pub fn new(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        let is_name = (1..=USERNAME_MAX_BYTES).contains(&name.len())
            && !name.starts_with('#')
            && !name.contains(char::is_control);
        is_name.then_some(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Username {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Username({} bytes)", self.0.len())
    }
}

/// How an agent stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
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

/// What one event but a logout told. The order of the fields is the order of events: the status that began last counts, and
/// of one status the newest event. So a heartbeat that comes late, of a region that the agent has left, changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StateObservation {
    /// When the status began.
    pub(super) since: Timestamp,
    pub(super) at: Timestamp,
    /// When the latest of the agent's contacts came into its state; [`None`] without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) contact_since: Option<Timestamp>,
    pub(super) event_id: String,
    pub(super) state: State,
}

/// The state of one agent, as folded from events. Absent members are not written, and the stored names are short: DynamoDB bills a
/// write by whole kilobytes, and with longer ones a heartbeat costs two in place of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Agent {
    /// The newest of all events but heartbeats and logouts that told a state.
    #[serde(rename = "state", skip_serializing_if = "Option::is_none")]
    pub(super) latest_state: Option<StateObservation>,
    /// The newest heartbeat that told a state, if it is newer than that.
    #[serde(rename = "heartbeat", skip_serializing_if = "Option::is_none")]
    pub(super) latest_heartbeat: Option<StateObservation>,
    /// When the newest logout happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) logged_out_at: Option<Timestamp>,
    /// When the agent was last logged on for certain: at a login, or when a status began that an event other than a
    /// heartbeat told. A change of configuration tells the status too, also of an agent who has logged out.
    #[serde(rename = "loggedOn", skip_serializing_if = "Option::is_none")]
    pub(super) logged_on_at: Option<Timestamp>,
    /// When the newest event of any kind happened.
    #[serde(rename = "lastEvent", skip_serializing_if = "Option::is_none")]
    pub(super) last_event_at: Option<Timestamp>,
    /// The [`alive`](Self::alive) that was found too long ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timed_out_at: Option<Timestamp>,
    /// The ARN of the newest event with a user name, and when that was. It leads from events without one to the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) arn: Option<(Timestamp, String)>,
    /// When an ARN of this agent was told under another name, and which ARN that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renamed: Option<(Timestamp, String)>,
}

/// How an agent stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// How.
    pub state: State,
    /// Since when the agent is in the status, or logged off.
    pub since: Timestamp,
    /// When the event happened that told it.
    pub at: Timestamp,
}

impl Agent {
    /// Adds what other events told. The outcome is the same in any order and with any repeats.
    pub fn merge(&mut self, other: Self) {
        fn newest<T: Ord>(held: &mut Option<T>, other: Option<T>) {
            if other > *held {
                *held = other;
            }
        }
        newest(&mut self.latest_state, other.latest_state);
        newest(&mut self.latest_heartbeat, other.latest_heartbeat);
        newest(&mut self.logged_out_at, other.logged_out_at);
        newest(&mut self.logged_on_at, other.logged_on_at);
        newest(&mut self.last_event_at, other.last_event_at);
        newest(&mut self.timed_out_at, other.timed_out_at);
        newest(&mut self.arn, other.arn);
        newest(&mut self.renamed, other.renamed);
        // It would never count again.
        self.latest_heartbeat.take_if(|latest_heartbeat| {
            self.latest_state.as_ref().is_some_and(|latest_state| *latest_state >= *latest_heartbeat)
        });
    }

    /// When the newest event happened.
    pub fn last_event_at(&self) -> Option<Timestamp> {
        self.last_event_at
    }

    /// The agent's ARN, as the newest event with a user name has it.
    pub fn arn(&self) -> Option<&str> {
        self.arn.as_ref().map(|(_, arn)| arn.as_str())
    }

    /// When the newest event with a user name happened, and the ARN it had.
    pub(crate) fn named(&self) -> Option<(Timestamp, &str)> {
        self.arn.as_ref().map(|(at, arn)| (*at, arn.as_str()))
    }

    /// Notes that this ARN had another name then: one ARN is one agent, so whoever has this name by that ARN is logged off
    /// until a newer event has it again.
    pub(crate) fn rename(&mut self, at: Timestamp, arn: &str) {
        self.renamed = self.renamed.take().max(Some((at, arn.to_owned())));
    }

    /// When the agent got another name, if it has that one still.
    pub(crate) fn renamed_at(&self) -> Option<Timestamp> {
        let ((at, arn), (named_at, named_arn)) = (self.renamed.as_ref()?, self.arn.as_ref()?);
        (arn == named_arn && at >= named_at).then_some(*at)
    }

    /// Logs the agent off until an event newer than all so far is merged.
    pub fn time_out(&mut self) {
        self.timed_out_at = self.last_event_at;
    }

    /// How the agent stands; [`None`] if no event told it yet.
    pub fn current(&self) -> Option<Current> {
        if let Some(at) = self.renamed_at()
            && self.has_state()
        {
            return Some(Current::off(at));
        }
        match (self.timed_out_at, self.last_event_at) {
            (Some(timed_out_at), Some(last_event_at))
                if timed_out_at >= last_event_at && self.has_state() =>
            {
                Some(Current::off(last_event_at))
            }
            _ => self.told(),
        }
    }

    fn has_state(&self) -> bool {
        self.latest_state.is_some() || self.latest_heartbeat.is_some() || self.logged_out_at.is_some()
    }

    /// How the agent stands by what events told.
    fn told(&self) -> Option<Current> {
        let told = self.latest_state.as_ref().max(self.latest_heartbeat.as_ref());
        match (self.logged_out_at, told) {
            (Some(logged_out_at), told)
                if told.is_none_or(|told| told.at <= logged_out_at)
                    || self.is_stale_after_logout(logged_out_at) =>
            {
                Some(Current::off(logged_out_at))
            }
            (_, told) => {
                told.map(|told| Current { state: told.state.clone(), since: told.since, at: told.at })
            }
        }
    }

    /// True if what events told since the logout may be what was before it.
    fn is_stale_after_logout(&self, logged_out_at: Timestamp) -> bool {
        let is_late = |latest_heartbeat: &StateObservation| {
            latest_heartbeat.at.duration_since(logged_out_at) > HEARTBEATS_AFTER_LOGOUT
        };
        self.logged_on_at <= Some(logged_out_at) && !self.latest_heartbeat.as_ref().is_some_and(is_late)
    }
}

/// Which states a WFM is shown: the setting `RTA_STATES`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StateMode {
    /// `status`: the agent's status, as Connect's own reports have it.
    #[default]
    Status,
    /// `activity`: the [`Activity`], and the status where there is none.
    Activity,
}

/// The text names no kind of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected status or activity")]
pub struct StateModeError;

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

/// What a WFM is shown of an agent. A change of anything in it is a change; of its beginning alone is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WfmState {
    /// Logged on, whatever the agent does.
    pub is_logged_on: bool,
    /// Which state, for the WFM to map: the last segment of the status's ARN, [`Activity::code`] or `LOGGED-OFF`. The
    /// whole ARN is no code: services of some age cut it at 25 characters, where all of an instance's are alike. A status's
    /// own id has 36, of which the first 25 are enough to tell it from the instance's others.
    pub code: String,
    /// The same for people.
    pub description: String,
}

impl Current {
    /// Logged off since then.
    fn off(since: Timestamp) -> Self {
        Self { state: State::LoggedOff, since, at: since }
    }

    /// What a WFM is shown, and since when it is so.
    pub fn to_wfm_state(&self, states: StateMode) -> (WfmState, Timestamp) {
        let shown = |is_logged_on, code: &str, description: &str| WfmState {
            is_logged_on,
            code: code.to_owned(),
            description: description.to_owned(),
        };
        match &self.state {
            State::LoggedOff => (shown(false, LOGGED_OFF.0, LOGGED_OFF.1), self.since),
            State::LoggedOn { activity: Some((activity, since)), .. } if states == StateMode::Activity => {
                (shown(true, activity.code(), activity.description()), *since)
            }
            State::LoggedOn { code, name, .. } => (shown(true, code, name), self.since),
        }
    }
}
