//! Whose part of a conversation a contact is.
//!
//! A supervisor who listens, the outside party of a transfer and an agent who is only consulted have contact ids of
//! their own, but none of these is a conversation of the customer's. Such legs end with or after the call they belong
//! to, and the customer never waited for them. So they stand in no answer about the customer's contacts and in no
//! statistics of a queue or an agent.
//!
//! Source: Amazon Connect administrator guide, `monitor-barge` and `identify-conferences-transfers`.

/// Whose part of a conversation a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leg {
    /// The customer's own: they wait on it, and talk with whoever takes it.
    Customer,
    /// A supervisor who listens to an agent's call, or barges in: `MONITOR`.
    Monitor,
    /// The outside party of a transfer or a conference: `EXTERNAL_OUTBOUND`. It may outlive the call.
    ThirdParty,
    /// An agent whom another agent asked while the customer was on hold.
    Consult,
}

impl Leg {
    /// Tells the leg from a contact's `InitiationMethod` and its record's `Agent.AgentInteractionDuration`.
    ///
    /// `interaction_secs` is [`None`] while no agent took the contact, or before its record is there. A consulted agent is
    /// known by the record alone: a transfer that was answered, with no second of interaction with the customer.
    pub fn of(initiation_method: Option<&str>, interaction_secs: Option<u64>) -> Self {
        let is = |method: &str| initiation_method.is_some_and(|told| told.eq_ignore_ascii_case(method));
        if is("MONITOR") {
            Self::Monitor
        } else if is("EXTERNAL_OUTBOUND") {
            Self::ThirdParty
        } else if is("TRANSFER") && interaction_secs == Some(0) {
            Self::Consult
        } else {
            Self::Customer
        }
    }

    /// True for a conversation of the customer's.
    pub fn is_customers(self) -> bool {
        self == Self::Customer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_customers_own_legs_are_theirs() {
        for (method, interaction_secs, leg) in [
            (None, None, Leg::Customer),
            (Some("INBOUND"), Some(0), Leg::Customer),
            (Some("TRANSFER"), Some(1), Leg::Customer),
            (Some("TRANSFER"), None, Leg::Customer),
            (Some("TRANSFER"), Some(0), Leg::Consult),
            (Some("Monitor"), Some(419), Leg::Monitor),
            (Some("EXTERNAL_OUTBOUND"), None, Leg::ThirdParty),
            (Some("one to come"), Some(0), Leg::Customer),
        ] {
            assert_eq!(Leg::of(method, interaction_secs), leg, "{method:?} {interaction_secs:?}");
            assert_eq!(leg.is_customers(), leg == Leg::Customer);
        }
    }
}
