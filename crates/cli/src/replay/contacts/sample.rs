//! A contact to look at first. Pure.

use std::collections::{BTreeMap, BTreeSet};

use switchboard_contacts::{observation::Observation, version::Source};

use crate::limits::{MAX_COMPARED_CONTACTS, MAX_COMPARED_KINDS};

/// The kinds of events that there were of some contacts.
#[derive(Debug, Default)]
pub(super) struct Samples {
    kinds: BTreeMap<String, BTreeSet<(&'static str, String)>>,
}

impl Samples {
    /// Adds an event.
    pub(super) fn insert(&mut self, observation: &Observation) {
        let is_new = !self.kinds.contains_key(observation.contact_id());
        if is_new && self.kinds.len() == MAX_COMPARED_CONTACTS {
            return;
        }
        let kinds = self.kinds.entry(observation.contact_id().to_owned()).or_default();
        if kinds.len() < MAX_COMPARED_KINDS {
            kinds.insert((observation.source().name(), observation.entry().kind.clone()));
        }
    }

    /// The contact with events of the most sources, and of the most kinds.
    pub(super) fn best(&self) -> Option<&str> {
        let sources = |kinds: &BTreeSet<(&str, String)>| {
            kinds.iter().map(|(source, _)| *source).collect::<BTreeSet<_>>().len()
        };
        // What a flow recorded has the time of the replay, far off from the rest.
        let has_true_times = |kinds: &BTreeSet<(&str, String)>| {
            kinds.iter().all(|(source, _)| *source != Source::FlowCall.name())
        };
        let candidates = self.kinds.iter().filter(|(_, kinds)| has_true_times(kinds));
        candidates
            .max_by_key(|(_, kinds)| (sources(kinds), kinds.len()))
            .map(|(contact_id, _)| contact_id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use contact_status::parse;
    use switchboard_core::kind::RecordKind;

    use super::*;

    #[test]
    fn the_contact_with_most_sources_is_shown() {
        let mut samples = Samples::default();
        assert_eq!(samples.best(), None);
        for document in [
            r#"{"contactId":"a","eventType":"INITIATED","instanceArn":"i","channel":"VOICE"}"#,
            r#"{"contactId":"a","eventType":"QUEUED","instanceArn":"i","channel":"VOICE"}"#,
            r#"{"contactId":"b","eventType":"QUEUED","instanceArn":"i","channel":"VOICE"}"#,
            r#"{"ContactId":"b","ContactFlowModuleType":"PlayPrompt"}"#,
            r#"{"contactId":"c","eventType":"QUEUED","instanceArn":"i","channel":"VOICE"}"#,
        ] {
            let observed = parse::parse_document(
                document,
                &[RecordKind::ContactEvent, RecordKind::FlowLog],
                jiff::Timestamp::now(),
            )
            .unwrap();
            observed.observations.iter().for_each(|observation| samples.insert(observation));
        }
        assert_eq!(samples.best(), Some("b"));
    }
}
