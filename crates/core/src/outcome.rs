//! How a contact's stay in a queue ended, and how an agent passed a contact on.
//!
//! One definition for status, journey, look-ups, statistics and tables. It follows Amazon Connect's: abandoned is who was
//! disconnected by the customer while in the queue; a contact that is queued for a callback is not abandoned, and one that
//! its flow moves to another queue is transferred out (administrator guide, `metrics-definitions`,
//! `real-time-metrics-definitions`, `queued-callback-example`).
//!
//! Of the customer's contacts that came into a queue, offered is
//! answered + abandoned + callback requested + transferred out from the queue + ended otherwise.

use crate::leg::Leg;

/// How a stay in a queue ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueueOutcome {
    /// An agent took it.
    Answered,
    /// The customer gave up.
    Abandoned,
    /// The customer asked to be called back: the contact goes on as a `CALLBACK`.
    CallbackRequested,
    /// The queue's flow moved it elsewhere: the contact goes on as another.
    TransferredOut,
    /// It expired, or was ended by its flow, an agent, the API or the telephone network.
    EndedOtherwise,
}

/// An abandoned contact that waited for less than this is a short one, where the centre says no other threshold.
pub const SHORT_ABANDON_SECS: u64 = 5;

/// How the contact that comes after this one began. Of several contacts that come after it, the greatest counts: it says most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Successor {
    /// Its id is known, and nothing else of it yet.
    Unknown,
    /// As a transfer to another queue.
    Transfer,
    /// As a callback.
    Callback,
}

impl Successor {
    /// Tells it from the successor's own `InitiationMethod`; [`None`] for a contact as which nothing of the customer's goes on.
    ///
    /// Connect makes callbacks and transfers of the contact itself, as it ends. Everybody else may name an earlier contact as
    /// the one before: a task to follow it up, an agent's call hours later, the flow that runs after the hang-up
    /// (`DISCONNECT`), a supervisor who listens. None of these takes the customer out of the queue.
    pub fn of(initiation_method: Option<&str>) -> Option<Self> {
        let Some(method) = initiation_method.filter(|method| !method.is_empty()) else {
            return Some(Self::Unknown);
        };
        let is = |known: &str| method.eq_ignore_ascii_case(known);
        if is("CALLBACK") {
            return Some(Self::Callback);
        }
        (is("TRANSFER") || is("QUEUE_TRANSFER")).then_some(Self::Transfer)
    }
}

/// What is known of a contact that came into a queue.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueStay<'a> {
    /// `InitiationMethod`.
    pub initiation_method: Option<&'a str>,
    /// `DisconnectReason`; absent before 2020 or so, and in some contact events.
    pub disconnect_reason: Option<&'a str>,
    /// `Agent.AgentInteractionDuration`, seconds; see [`Leg::of`].
    pub interaction_secs: Option<u64>,
    /// An agent was connected.
    pub is_answered: bool,
    /// The contact ended.
    pub has_ended: bool,
    /// What it goes on as: the contact that its `NextContactId` names, or one of its chain that names it as `PreviousContactId`.
    pub successor: Option<Successor>,
}

impl QueueStay<'_> {
    /// How the stay ended; [`None`] while it goes on, and for legs that are not the customer's.
    ///
    /// Where only the successor's id is known, the record's reason tells which it is: a flow that takes a callback ends the
    /// contact itself (`CONTACT_FLOW_DISCONNECT`).
    pub fn outcome(&self) -> Option<QueueOutcome> {
        if !Leg::of(self.initiation_method, self.interaction_secs).is_customers() {
            return None;
        }
        if self.is_answered {
            return Some(QueueOutcome::Answered);
        }
        if !self.has_ended {
            return None;
        }
        let reason = self.disconnect_reason.filter(|reason| !reason.is_empty());
        Some(match self.successor {
            Some(Successor::Callback) => QueueOutcome::CallbackRequested,
            Some(Successor::Unknown) if reason == Some("CONTACT_FLOW_DISCONNECT") => {
                QueueOutcome::CallbackRequested
            }
            Some(_) => QueueOutcome::TransferredOut,
            None if is_made_to_the_customer(self.initiation_method) => QueueOutcome::EndedOtherwise,
            None if reason.is_none_or(is_the_customers) => QueueOutcome::Abandoned,
            None => QueueOutcome::EndedOtherwise,
        })
    }
}

/// True for contacts that the centre makes: nobody waits on them who could give up.
fn is_made_to_the_customer(initiation_method: Option<&str>) -> bool {
    initiation_method.is_some_and(|method| {
        ["CALLBACK", "OUTBOUND", "CAMPAIGN_PREVIEW"].iter().any(|one| method.eq_ignore_ascii_case(one))
    })
}

/// True for a `DisconnectReason` by which it was the customer who ended a waiting contact. The list is open: a reason that is
/// not known here says that somebody else did.
fn is_the_customers(reason: &str) -> bool {
    matches!(reason, "CUSTOMER_DISCONNECT" | "CUSTOMER_NEVER_ARRIVED" | "TELECOM_ORIGINATOR_CANCEL")
}

/// To whom an agent passed a contact on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgentTransfer {
    /// To an agent or a queue of this centre.
    Internal,
    /// To a telephone number outside.
    ThirdParty,
}

impl AgentTransfer {
    /// Tells it from a record: whether `TransferCompletedTimestamp` is set, and the `Type` of its `TransferredToEndpoint`.
    /// [`None`] where the agent did not complete a transfer: that may have been a conference, or a question to a colleague.
    pub fn of(is_completed: bool, endpoint_type: Option<&str>) -> Option<Self> {
        let is_number = endpoint_type.is_some_and(|kind| kind.eq_ignore_ascii_case("TELEPHONE_NUMBER"));
        is_completed.then_some(if is_number { Self::ThirdParty } else { Self::Internal })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An unanswered inbound contact that ended.
    const ENDED: QueueStay<'static> = QueueStay {
        initiation_method: Some("INBOUND"),
        disconnect_reason: Some("CUSTOMER_DISCONNECT"),
        interaction_secs: None,
        is_answered: false,
        has_ended: true,
        successor: None,
    };

    #[test]
    fn only_who_gave_up_abandoned() {
        let by = |reason| QueueStay { disconnect_reason: reason, ..ENDED }.outcome();
        for reason in [None, Some(""), Some("CUSTOMER_DISCONNECT"), Some("TELECOM_ORIGINATOR_CANCEL")] {
            assert_eq!(by(reason), Some(QueueOutcome::Abandoned), "{reason:?}");
        }
        for reason in
            ["EXPIRED", "API", "CONTACT_FLOW_DISCONNECT", "AGENT_DISCONNECT", "OTHER", "one to come"]
        {
            assert_eq!(by(Some(reason)), Some(QueueOutcome::EndedOtherwise), "{reason}");
        }
    }

    #[test]
    fn what_the_centre_makes_is_never_abandoned() {
        for method in ["CALLBACK", "OUTBOUND", "CAMPAIGN_PREVIEW"] {
            let stay = QueueStay { initiation_method: Some(method), ..ENDED };
            assert_eq!(stay.outcome(), Some(QueueOutcome::EndedOtherwise), "{method}");
        }
    }

    #[test]
    fn who_goes_on_as_another_contact_did_not_abandon() {
        let as_ = |method: Option<&str>, reason| {
            let successor = Successor::of(method);
            QueueStay { disconnect_reason: Some(reason), successor, ..ENDED }.outcome()
        };
        let flow = "CONTACT_FLOW_DISCONNECT";
        assert_eq!(as_(Some("CALLBACK"), "OTHER"), Some(QueueOutcome::CallbackRequested));
        assert_eq!(as_(Some("QUEUE_TRANSFER"), flow), Some(QueueOutcome::TransferredOut));
        assert_eq!(as_(None, flow), Some(QueueOutcome::CallbackRequested));
        assert_eq!(as_(None, "OTHER"), Some(QueueOutcome::TransferredOut));
        for method in
            ["MONITOR", "EXTERNAL_OUTBOUND", "DISCONNECT", "API", "OUTBOUND", "INBOUND", "one to come"]
        {
            let outcome = as_(Some(method), "CUSTOMER_DISCONNECT");
            assert_eq!(outcome, Some(QueueOutcome::Abandoned), "{method}");
        }
    }

    #[test]
    fn a_stay_that_goes_on_or_is_not_the_customers_has_no_outcome() {
        assert_eq!(QueueStay { has_ended: false, ..ENDED }.outcome(), None);
        let answered = QueueStay { is_answered: true, has_ended: false, ..ENDED };
        assert_eq!(answered.outcome(), Some(QueueOutcome::Answered));
        for method in ["MONITOR", "EXTERNAL_OUTBOUND"] {
            assert_eq!(QueueStay { initiation_method: Some(method), ..answered }.outcome(), None, "{method}");
        }
        let consult =
            QueueStay { initiation_method: Some("TRANSFER"), interaction_secs: Some(0), ..answered };
        assert_eq!(consult.outcome(), None);
    }

    #[test]
    fn a_transfer_is_the_agents_once_it_is_completed() {
        assert_eq!(AgentTransfer::of(false, Some("TELEPHONE_NUMBER")), None);
        assert_eq!(AgentTransfer::of(true, Some("TELEPHONE_NUMBER")), Some(AgentTransfer::ThirdParty));
        for kind in [None, Some("CONTACT_FLOW"), Some("CONNECT_PHONENUMBER_ARN")] {
            assert_eq!(AgentTransfer::of(true, kind), Some(AgentTransfer::Internal), "{kind:?}");
        }
    }
}
