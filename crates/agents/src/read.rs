//! One agent event, read. Pure.

use jiff::Timestamp;
use switchboard_core::{
    activity::Activity,
    agent_event::{AgentContact, AgentEvent, Snapshot},
    arn::last_segment,
    instant::{instant, is_ahead},
};

use crate::{
    agent::{Agent, AgentState, StateObservation},
    assignment::{Assignment, RoutingProfile, RoutingProfileKey},
    key::{AgentArn, AgentKey, Instance, Username},
    text::{cut, text},
};

/// Why an agent event is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAgentEvent {
    /// Neither `InstanceARN` nor `AgentARN` is of a Connect instance.
    #[error("an agent event without the ARN of a Connect instance")]
    NoInstance,
    /// The user name is none that Connect could have.
    #[error("an agent event with an invalid user name")]
    InvalidUsername,
    /// It has no time.
    #[error("an agent event without a time")]
    NoTime,
    /// It happens later than now, by more than clocks differ.
    #[error("an agent event of the future")]
    InTheFuture,
}

/// One event of one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentUpdate {
    /// The agent's user name; [`None`] if neither snapshot has it, as with a `LOGIN` or `LOGOUT` without any.
    pub username: Option<Username>,
    /// The agent's ARN.
    pub arn: AgentArn,
    /// The fold of the event.
    pub agent: Agent,
    /// The routing profile that the event tells.
    pub routing_profile: Option<(RoutingProfileKey, RoutingProfile)>,
}

impl AgentUpdate {
    /// The agent by user name; [`None`] without one.
    pub fn key(&self) -> Option<AgentKey> {
        let username = self.username.clone()?;
        Some(AgentKey { instance: self.arn.instance.clone(), username })
    }
}

/// Reads one event, `now` being the time.
///
/// # Errors
/// If instance, user name or time are invalid.
pub fn read(event: &AgentEvent<'_>, now: Timestamp) -> Result<AgentUpdate, InvalidAgentEvent> {
    let (current, at) = (event.current(), event.at().ok_or(InvalidAgentEvent::NoTime)?);
    if is_ahead(at, now) {
        return Err(InvalidAgentEvent::InTheFuture);
    }
    let arn = event.agent_arn.text().unwrap_or_default();
    let instance = event.instance_arn.text().and_then(|arn| Instance::of(&arn));
    let instance = instance.or_else(|| Instance::of(&arn)).ok_or(InvalidAgentEvent::NoInstance)?;
    let arn = AgentArn { instance, id: cut(last_segment(&arn).into()) };
    let username = text(current.username).or_else(|| text(event.previous().username));
    let username =
        username.map(|name| Username::new(name).ok_or(InvalidAgentEvent::InvalidUsername)).transpose()?;
    let kind = event.event_type.text().unwrap_or_default();
    let contacts = current.contacts();
    let observed = state(&current, &contacts, at).map(|(state, since)| {
        let event_id = cut(event.event_id.text().unwrap_or_default());
        StateObservation { since, at, contact_since: contact_since(&contacts, at), event_id, state }
    });
    let mut agent = Agent { last_event_at: Some(at), ..Agent::default() };
    agent.id = username.is_some().then(|| (at, arn.id.clone()));
    let routing_profile = RoutingProfile::read(&current, at);
    if let Some((id, _)) = &routing_profile {
        agent.assignment = Some((at, Assignment::read(&current, id.clone())));
    }
    let routing_profile = routing_profile
        .map(|(id, profile)| (RoutingProfileKey { instance: arn.instance.clone(), id }, profile));
    match &*kind {
        "LOGOUT" => agent.logged_out_at = Some(at),
        "HEART_BEAT" => agent.latest_heartbeat = observed,
        _ => {
            agent.logged_on_at =
                if kind == "LOGIN" { Some(at) } else { observed.as_ref().map(|observed| observed.since) };
            let activity = |state: &AgentState| Some(state.activity()?.0);
            let now = observed.as_ref().and_then(|observed| activity(&observed.state));
            let was_busy = || {
                let previous = event.previous();
                let before =
                    state(&previous, &previous.contacts(), at).and_then(|(state, _)| activity(&state));
                before.is_some_and(|before| before != Activity::Available)
            };
            agent.free_since = (now == Some(Activity::Available) && was_busy()).then_some(at);
            agent.latest_state = observed;
        }
    }
    Ok(AgentUpdate { username, arn, agent, routing_profile })
}

/// When the latest of the contacts came into its state.
fn contact_since(contacts: &[AgentContact<'_>], at: Timestamp) -> Option<Timestamp> {
    let times = contacts.iter().filter_map(|contact| instant(contact.state_start_timestamp));
    times.filter(|since| !is_ahead(*since, at)).max()
}

/// The state of a snapshot with these contacts, and since when; [`None`] if it names no status.
fn state(
    snapshot: &Snapshot<'_>,
    contacts: &[AgentContact<'_>],
    at: Timestamp,
) -> Option<(AgentState, Timestamp)> {
    let (arn, name) = (snapshot.status_arn.text(), text(snapshot.status_name));
    let segment = arn.as_deref().map(last_segment).filter(|code| !code.is_empty());
    let code = cut(segment.or(name.as_deref())?.into());
    let since = instant(snapshot.status_start_timestamp).filter(|since| !is_ahead(*since, at)).unwrap_or(at);
    // By its type alone: the status can be renamed, and another one be called Offline.
    let state = if snapshot.status_type.text().as_deref() == Some("OFFLINE") {
        AgentState::LoggedOff
    } else {
        let name = name.map_or_else(|| code.clone(), cut);
        let activity = Activity::of(snapshot, contacts, since, at);
        AgentState::LoggedOn { activity, code, name }
    };
    Some((state, since))
}
