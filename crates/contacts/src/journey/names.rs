//! What queues and agents are called: contact events have their ARNs alone.

use std::{collections::BTreeMap, fmt};

use switchboard_core::{ctr::Ctr, json::Raw};

use super::steps::AgentBody;
use crate::{attribute::Known, history::HistoryEntry, status::Status, version::Source};

/// Names by ARN.
#[derive(Clone, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Names({})", self.0.len())
    }
}

impl Names {
    /// The names that the statuses, the agent events and the contact records tell.
    pub(super) fn of(entries: &[HistoryEntry], statuses: &[Status]) -> Self {
        let mut names = Self::default();
        for status in statuses {
            let pairs = [(Known::QueueArn, Known::QueueName), (Known::AgentArn, Known::AgentUsername)];
            for (arn, name) in pairs {
                if let (Some(arn), Some(name)) = (status.text(arn), status.text(name)) {
                    names.0.insert(arn.to_owned(), name.to_owned());
                }
            }
        }
        for entry in entries {
            match entry.source {
                Source::AgentEvent => names.learn_from_agent(&entry.body),
                Source::ContactRecord => {
                    if let Ok(ctr) = Ctr::parse(&entry.body) {
                        names.learn(ctr.queue().arn, ctr.queue().name);
                        names.learn(ctr.agent().arn, ctr.agent().username);
                    }
                }
                Source::ContactEvent | Source::Flow | Source::FlowLog => {}
            }
        }
        names
    }

    fn learn_from_agent(&mut self, body: &str) {
        if let Some(event) = AgentBody::parse(body) {
            self.learn(event.agent_arn, event.username);
            for contact in [event.now, event.before].into_iter().flatten() {
                self.learn(contact.queue_arn, contact.queue_name);
            }
        }
    }

    fn learn(&mut self, arn: Raw<'_>, name: Raw<'_>) {
        if let (Some(arn), Some(name)) = (arn.text(), name.text()) {
            self.0.insert(arn.into_owned(), name.into_owned());
        }
    }

    /// The name, or else the last part of the ARN.
    pub(super) fn name(&self, arn: &str) -> String {
        let last = || arn.rsplit('/').next().unwrap_or(arn).to_owned();
        self.0.get(arn).cloned().unwrap_or_else(last)
    }
}
