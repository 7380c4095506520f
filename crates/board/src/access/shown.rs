//! A view as one viewer gets it.

use std::ops::Deref;

use serde::{Serialize, Serializer};
use switchboard_contacts::journey::Line;

use super::{
    agent_names::AgentNames,
    mask::{masked, renamed},
    refusal::Refusal,
    role::Role,
};
use crate::view::{AgentRow, Board, ContactRow, Feed, Health, JourneyView, QueueIntervals};

/// What a viewer may see of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ViewRights {
    pub(super) role: Role,
    pub(super) agent_names: AgentNames,
}

/// A view as one viewer gets it. There is no response of anything else.
#[derive(Debug)]
pub(crate) struct Shown<T>(T);

impl<T: ForViewer> Shown<T> {
    pub(super) fn new(view: T, rights: ViewRights) -> Result<Self, Refusal> {
        Ok(Self(view.for_viewer(rights)?))
    }
}

impl<T> Deref for Shown<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Serialize> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

/// A view that says what of it who may see.
pub(crate) trait ForViewer: Sized {
    /// What is left of it.
    ///
    /// # Errors
    /// If the role has nothing of it.
    fn for_viewer(self, rights: ViewRights) -> Result<Self, Refusal>;
}

impl ViewRights {
    fn need_persons(self) -> Result<(), Refusal> {
        if self.role.sees_persons() { Ok(()) } else { Err(Refusal::Role) }
    }
}

/// Numbers of queues and how many agents do what: no person is in it.
impl ForViewer for Board {
    fn for_viewer(self, _: ViewRights) -> Result<Self, Refusal> {
        Ok(self)
    }
}

impl ForViewer for Feed {
    fn for_viewer(self, _: ViewRights) -> Result<Self, Refusal> {
        Ok(self)
    }
}

impl ForViewer for Health {
    fn for_viewer(self, rights: ViewRights) -> Result<Self, Refusal> {
        rights.need_persons()?;
        Ok(self)
    }
}

/// More than a wall has.
impl ForViewer for QueueIntervals {
    fn for_viewer(self, rights: ViewRights) -> Result<Self, Refusal> {
        rights.need_persons()?;
        Ok(self)
    }
}

impl ForViewer for AgentRow {
    fn for_viewer(mut self, rights: ViewRights) -> Result<Self, Refusal> {
        rights.need_persons()?;
        self.username = rights.agent_names.shown(&self.username);
        if rights.agent_names == AgentNames::None {
            self.id = None;
        }
        Ok(self)
    }
}

impl ForViewer for ContactRow {
    fn for_viewer(mut self, rights: ViewRights) -> Result<Self, Refusal> {
        rights.need_persons()?;
        self.agent = self.agent.map(|agent| rights.agent_names.shown(&agent));
        Ok(self)
    }
}

impl ForViewer for JourneyView {
    fn for_viewer(mut self, rights: ViewRights) -> Result<Self, Refusal> {
        rights.need_persons()?;
        if self.is_technical && !rights.role.sees_customers() {
            return Err(Refusal::Role);
        }
        self.contacts = self.contacts.for_viewer(rights)?;
        let names = std::mem::take(&mut self.agent_names);
        let called: Vec<_> =
            names.iter().map(|name| (name.as_str(), rights.agent_names.shown(name))).collect();
        for stay in &mut self.stays {
            stay.name = stay.name.as_deref().map(|name| with_agents(name, &called, str::to_owned));
        }
        for line in &mut self.lines {
            limit(line, rights.role, &called);
        }
        Ok(self)
    }
}

/// Who does not see customers gets the sentence, without numbers; not what stands behind it.
fn limit(line: &mut Line, role: Role, called: &[(&str, String)]) {
    if !role.sees_customers() {
        line.text = with_agents(&line.text, called, masked);
        line.details.clear();
        line.raw = None;
        return;
    }
    line.text = with_agents(&line.text, called, str::to_owned);
    for detail in &mut line.details {
        detail.value = with_agents(&detail.value, called, str::to_owned);
    }
    line.raw = line.raw.as_deref().map(|raw| with_agents(raw, called, str::to_owned));
}

/// The text with agents called as they are called here, and all that is no agent's name put through `other`. An agent's name may be
/// an e-mail address.
fn with_agents(text: &str, called: &[(&str, String)], other: impl Fn(&str) -> String) -> String {
    // Letters of the private use area, which stand in no text of Connect's.
    let stand_ins = ('\u{e000}'..='\u{f8ff}').map(String::from);
    let called: Vec<_> = called.iter().zip(stand_ins).collect();
    let text = called.iter().fold(text.to_owned(), |text, ((name, _), by)| renamed(&text, name, by));
    called.iter().fold(other(&text), |text, ((_, shown), by)| text.replace(by.as_str(), shown))
}

impl<T: ForViewer> ForViewer for Vec<T> {
    fn for_viewer(self, rights: ViewRights) -> Result<Self, Refusal> {
        // An empty list says something, too.
        rights.need_persons()?;
        self.into_iter().map(|view| view.for_viewer(rights)).collect()
    }
}

impl<A: ForViewer, B: ForViewer> ForViewer for (A, B) {
    fn for_viewer(self, rights: ViewRights) -> Result<Self, Refusal> {
        Ok((self.0.for_viewer(rights)?, self.1.for_viewer(rights)?))
    }
}
