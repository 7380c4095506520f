//! What one agent event tells.

use std::borrow::Cow;

use jiff::Timestamp;
use switchboard_core::{
    agent_event::{AgentEvent, Snapshot},
    instant::{instant, is_ahead},
    json::Raw,
};

use super::{Activity, Agent, State, Username, agent::StateObservation};

/// The longest code, name or id. Connect's own are shorter by half, and Teleopti's service takes no longer code.
const TEXT_MAX_CHARS: usize = 300;

/// Why an agent event tells nothing of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAgentEvent {
    /// The agent's name is none that Connect could have.
    #[error("an agent event with a user name that is none")]
    InvalidUsername,
    /// It does not say when it happened.
    #[error("an agent event without a time")]
    NoTime,
    /// It happens later than now, by more than clocks differ.
    #[error("an agent event of the future")]
    InTheFuture,
}

/// What one event tells, and of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentUpdate {
    /// The agent's name; [`None`] where neither snapshot has it, as with a `LOGIN` or `LOGOUT` without any.
    pub username: Option<Username>,
    /// The agent's ARN.
    pub arn: String,
    /// What is told.
    pub agent: Agent,
}

/// Reads what one event tells, `now` being the time.
///
/// # Errors
/// When it can't be said of whom, or as of when.
pub fn read(event: &AgentEvent<'_>, now: Timestamp) -> Result<AgentUpdate, InvalidAgentEvent> {
    let (current, at) = (event.current(), event.at().ok_or(InvalidAgentEvent::NoTime)?);
    if is_ahead(at, now) {
        return Err(InvalidAgentEvent::InTheFuture);
    }
    let username = text(current.username).or_else(|| text(event.previous().username));
    let username =
        username.map(|name| Username::new(name).ok_or(InvalidAgentEvent::InvalidUsername)).transpose()?;
    let arn = cut(event.agent_arn.text().unwrap_or_default());
    let kind = event.event_type.text().unwrap_or_default();
    let said = state(&current, at).map(|(state, since)| {
        let event_id = cut(event.event_id.text().unwrap_or_default());
        StateObservation { since, at, contact_since: contact_since(&current, at), event_id, state }
    });
    let mut agent = Agent { last_event_at: Some(at), ..Agent::default() };
    agent.arn = username.is_some().then(|| (at, arn.clone()));
    match &*kind {
        "LOGOUT" => agent.logged_out_at = Some(at),
        "HEART_BEAT" => agent.latest_heartbeat = said,
        _ => {
            agent.logged_on_at =
                if kind == "LOGIN" { Some(at) } else { said.as_ref().map(|said| said.since) };
            agent.latest_state = said;
        }
    }
    Ok(AgentUpdate { username, arn, agent })
}

/// When the latest of the contacts came into its state.
fn contact_since(snapshot: &Snapshot<'_>, at: Timestamp) -> Option<Timestamp> {
    let times = snapshot.contacts().into_iter().filter_map(|contact| instant(contact.state_start_timestamp));
    times.filter(|since| !is_ahead(*since, at)).max()
}

/// The state of a snapshot, and since when; [`None`] if it names no status.
fn state(snapshot: &Snapshot<'_>, at: Timestamp) -> Option<(State, Timestamp)> {
    let (arn, name) = (snapshot.status_arn.text(), text(snapshot.status_name));
    let segment = arn.as_deref().map(switchboard_core::arn::last_segment).filter(|code| !code.is_empty());
    let code = cut(segment.or(name.as_deref())?.into());
    let since = instant(snapshot.status_start_timestamp).filter(|since| !is_ahead(*since, at)).unwrap_or(at);
    // By its type alone: the status can be renamed, and another one be called Offline.
    let state = if snapshot.status_type.text().as_deref() == Some("OFFLINE") {
        State::LoggedOff
    } else {
        let name = name.map_or_else(|| code.clone(), cut);
        State::LoggedOn { activity: Activity::of(snapshot, since, at), code, name }
    };
    Some((state, since))
}

/// A text that is not empty.
fn text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    raw.text().filter(|text| !text.is_empty())
}

/// At most [`TEXT_MAX_CHARS`] of a text, so that no event makes a record that can't be stored or sent.
fn cut(text: Cow<'_, str>) -> String {
    match text.char_indices().nth(TEXT_MAX_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text.into_owned(),
    }
}
