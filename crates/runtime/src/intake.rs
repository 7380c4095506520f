//! What a function takes of a source that carries more: records of the kinds that it reads, of the instances that are served.
//!
//! A stream of a centre's own may carry several kinds of records, and those of several instances. What is not taken is
//! neither stored nor rejected; it is counted, and a log line names the source.

use switchboard_core::{kind::RecordKind, served_instances::ServedInstances};

use crate::metrics::{Metric, Metrics};

/// Why a record is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassedOver {
    /// It is of an instance that is not served.
    #[error("of an instance that is not served")]
    OtherInstance,
    /// It is of a kind that is known, and read elsewhere.
    #[error("of another kind, which is not read here")]
    OtherKind,
}

impl PassedOver {
    /// The metric that counts it.
    pub fn metric(self) -> Metric {
        match self {
            Self::OtherInstance => Metric::RecordsOfOtherInstances,
            Self::OtherKind => Metric::RecordsOfOtherKinds,
        }
    }
}

/// The kinds and the instances whose records a function takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    kinds: &'static [RecordKind],
    instances: ServedInstances,
}

impl Intake {
    /// Records of these kinds, of these instances.
    pub const fn new(kinds: &'static [RecordKind], instances: ServedInstances) -> Self {
        Self { kinds, instances }
    }

    /// True if the instance of this Region and id is one of those that are named.
    pub fn names(&self, region: &str, id: &str) -> bool {
        self.instances.names(region, id)
    }

    /// True unless the document, which is of a kind that is taken, is of an instance that is not served.
    pub fn takes(&self, document: &str) -> bool {
        self.instances.takes(document)
    }

    /// Why a document is passed over; [`None`] if it is to be read, which may still reject it.
    ///
    /// ```
    /// use switchboard_core::{kind::RecordKind, served_instances::ServedInstances};
    /// use switchboard_runtime::intake::{Intake, PassedOver};
    /// let intake = Intake::new(&[RecordKind::AgentEvent], ServedInstances::default());
    /// assert_eq!(intake.passed_over(r#"{"AgentARN":"a","EventType":"LOGIN"}"#), None);
    /// assert_eq!(intake.passed_over(r#"{"ContactId":"c","InitiationMethod":"API"}"#), Some(PassedOver::OtherKind));
    /// assert_eq!(intake.passed_over("{}"), None, "of no known kind: its reader rejects it");
    /// ```
    pub fn passed_over(&self, document: &str) -> Option<PassedOver> {
        self.passed_over_as(RecordKind::of(document).ok()?, document)
    }

    /// The same of a document whose kind was told already.
    pub fn passed_over_as(&self, kind: RecordKind, document: &str) -> Option<PassedOver> {
        if !self.kinds.contains(&kind) {
            return is_of_a_source(kind).then_some(PassedOver::OtherKind);
        }
        (!self.takes(document)).then_some(PassedOver::OtherInstance)
    }
}

/// True for the kinds of records that Connect itself puts into streams, buses and buckets.
fn is_of_a_source(kind: RecordKind) -> bool {
    matches!(
        kind,
        RecordKind::ContactRecord
            | RecordKind::ContactEvent
            | RecordKind::AgentEvent
            | RecordKind::FlowLog
            | RecordKind::LogBatch
            | RecordKind::ContactAnalysis
            | RecordKind::OtherEvent
    )
}

/// Logs how many records of a source were passed over, if any were.
pub fn log_passed_over(source: &str, metrics: &Metrics) {
    let [of_other_instances, of_other_kinds] =
        [PassedOver::OtherInstance, PassedOver::OtherKind].map(|reason| metrics.get(reason.metric()));
    if of_other_instances + of_other_kinds > 0 {
        tracing::info!(
            event = "records_passed_over",
            source,
            of_other_instances,
            of_other_kinds,
            "records of a source were passed over: they are of other instances or kinds"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str =
        "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";

    #[test]
    fn a_record_is_passed_over_for_its_kind_first_and_then_for_its_instance() {
        let intake = Intake::new(&[RecordKind::ContactRecord], OURS.parse().unwrap());
        let record = |instance: &str| {
            format!(r#"{{"ContactId":"c","InitiationMethod":"API","InstanceARN":"{instance}"}}"#)
        };
        let other = OURS.replace("-8000-", "-9000-");
        for (document, expected) in [
            (record(OURS), None),
            (record(&other), Some(PassedOver::OtherInstance)),
            (
                format!(r#"{{"AgentARN":"a","EventType":"LOGIN","InstanceARN":"{OURS}"}}"#),
                Some(PassedOver::OtherKind),
            ),
            (
                r#"{"ContactId":"c","EventType":"STARTED","InstanceId":"i"}"#.into(),
                Some(PassedOver::OtherKind),
            ),
            ("[]".into(), None),
        ] {
            assert_eq!(intake.passed_over(&document), expected, "{document}");
        }
    }
}
