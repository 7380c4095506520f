//! A contact to look at first. Pure.

use std::collections::{BTreeMap, BTreeSet};

use switchboard_contacts::{observation::Observation, version::Source};

/// So many contacts are compared, the first ones.
const MAX_COMPARED: usize = 1000;

/// So many kinds of events of one are counted.
const MAX_KINDS: usize = 40;

/// What kinds of events there were of some contacts.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    kinds: BTreeMap<String, BTreeSet<(&'static str, String)>>,
}

impl Samples {
    /// Takes what an event says.
    pub(crate) fn note(&mut self, observation: &Observation) {
        let is_new = !self.kinds.contains_key(observation.contact_id());
        if is_new && self.kinds.len() == MAX_COMPARED {
            return;
        }
        let kinds = self.kinds.entry(observation.contact_id().to_owned()).or_default();
        if kinds.len() < MAX_KINDS {
            kinds.insert((observation.source().name(), observation.entry().kind.clone()));
        }
    }

    /// The contact that the most different sources told of, and the most different things.
    pub(crate) fn best(&self) -> Option<&str> {
        let sources = |kinds: &BTreeSet<(&str, String)>| {
            kinds.iter().map(|(source, _)| *source).collect::<BTreeSet<_>>().len()
        };
        // What a flow recorded is told at the time of the replay, far off from the rest.
        let is_apt = |kinds: &BTreeSet<(&str, String)>| {
            kinds.iter().all(|(source, _)| *source != Source::FlowCall.name())
        };
        let apt = self.kinds.iter().filter(|(_, kinds)| is_apt(kinds));
        apt.max_by_key(|(_, kinds)| (sources(kinds), kinds.len())).map(|(contact_id, _)| contact_id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use contact_status::parse;
    use switchboard_core::kind::RecordKind;

    use super::*;

    #[test]
    fn the_one_that_most_is_known_of_is_shown() {
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
            observed.observations.iter().for_each(|observation| samples.note(observation));
        }
        assert_eq!(samples.best(), Some("b"));
    }
}
