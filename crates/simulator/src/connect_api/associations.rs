//! Where an instance's data goes: its storage configurations.

/// The stream of each kind of data, by ARN; an instance has one association of a kind at most.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Associations {
    /// A data stream or a delivery stream of contact records.
    pub contact_records: Option<String>,
    /// A data stream of agent events.
    pub agent_events: Option<String>,
}
