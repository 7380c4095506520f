//! Active contacts in the order in which they wait.

use jiff::Timestamp;

use crate::{
    attribute::SystemAttribute,
    standing,
    status::{Status, time_text},
};

/// What contacts that wait begin with, who has waited for longest first.
const WAITING: &str = "1 waiting since";
/// Then those that are yet to begin, the soonest first.
const SCHEDULED: &str = "2 due";
/// Then all others, in no order: with an agent, in after-contact work, in a flow.
const OTHERS: &str = "3";

/// Where an active contact stands in the line, as a text that sorts by it.
///
/// It changes as the contact begins to wait and as it is answered, and by no hold, no line of a flow's log and nothing else that
/// happens often: an index that is sorted by it is written anew with each change.
pub(crate) fn place(contact: &Status) -> String {
    let at = |what: &str, at: Timestamp| format!("{what} {}", time_text(at));
    if let Some(due) = standing::due(contact) {
        return at(SCHEDULED, due);
    }
    if !contact.is_waiting() {
        return OTHERS.to_owned();
    }
    let began = || standing::began(contact);
    let since = contact.time(SystemAttribute::EnqueuedAt).or_else(began);
    at(WAITING, since.unwrap_or(Timestamp::UNIX_EPOCH))
}

/// The id of the instance in its ARN; nothing of none.
#[cfg(feature = "aws")]
pub(crate) fn instance_id(arn: Option<&str>) -> &str {
    let arn = arn.unwrap_or_default();
    arn.rsplit_once('/').map_or(arn, |(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        status::{Register, Value},
        version::{EventStamp, Finality, Source, Stage},
    };

    fn at(time: &str) -> Value {
        Value::Time(format!("2026-11-02T{time}Z").parse().unwrap())
    }

    fn with(known: &[(SystemAttribute, Value)]) -> Status {
        let moment = "2026-11-02T08:00:00Z".parse().unwrap();
        let (stage, source) = (Stage::Any, Source::ContactEvent);
        let stamp = EventStamp { at: moment, stage, source, order: 0, tie_breaker: 0 };
        let mut status = Status::new("c");
        let told = [(SystemAttribute::LatestContactEvent, at("08:00:00"))];
        for (attribute, value) in told.iter().chain(known) {
            let register = Register { version: stamp.version(Finality::Provisional), value: value.clone() };
            status.set_if_newer((*attribute).into(), register);
        }
        status
    }

    #[test]
    fn who_waits_for_longest_is_first_and_who_is_answered_after_all_who_wait() {
        let queued = (SystemAttribute::Queued, Value::Flag(true));
        let since = |time| (SystemAttribute::EnqueuedAt, at(time));
        let answered = (SystemAttribute::ConnectedToAgent, Value::Flag(true));
        let due = |time| (SystemAttribute::ScheduledAt, at(time));
        let line = [
            place(&with(&[queued.clone(), since("07:00:00")])),
            place(&with(&[queued.clone(), since("07:00:00.001")])),
            place(&with(&[due("07:00:00")])),
            place(&with(&[due("09:00:00")])),
            place(&with(&[queued.clone(), since("07:00:00"), answered.clone()])),
        ];
        assert!(line.is_sorted_by(|one, next| one < next), "{line:?}");
        // What happens often moves nobody.
        let held = (SystemAttribute::OnHold, Value::Flag(true));
        let logged = (SystemAttribute::LatestFlowLog, at("08:30:00"));
        assert_eq!(place(&with(&[queued, since("07:00:00"), answered, held, logged])), line[4]);
        assert_eq!(place(&with(&[])), line[4], "in a flow");
    }
}
