//! The account: where its instances' data goes (their storage configurations), and a second instance.

/// The stream of each kind of data, by ARN; an instance has one association of a kind at most.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Associations {
    /// A data stream or a delivery stream of contact records.
    pub contact_records: Option<String>,
    /// A data stream of agent events.
    pub agent_events: Option<String>,
}

/// A second instance of the account, which has the same centre, and whose data goes to the same places. `GetMetricDataV2` and
/// `SearchContacts`, whose bodies name the instance, know the first alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondInstance {
    /// Its id.
    pub id: String,
    /// Its alias.
    pub alias: String,
}

/// What there is beside the centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) associations: Associations,
    pub(crate) second: Option<SecondInstance>,
}
