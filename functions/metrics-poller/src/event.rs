//! What an event asks for.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchboard_metrics::polls;
use switchboard_runtime::{batch::SqsMessage, handler::UnsupportedEvent};

/// The error of an event that is nothing the function is for.
pub const UNSUPPORTED: UnsupportedEvent = UnsupportedEvent {
    expected: r#"{"poll":"tick|current|users|history|metadata|migrate"}, or a batch of SQS messages of such"#,
};

/// What to poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Poll {
    /// Makes or updates the tables.
    Migrate,
    /// Puts a minute's polls on the queue.
    Tick,
    /// How the queues stand.
    Current,
    /// How the agents stand.
    Users,
    /// What ended.
    History,
    /// Names.
    Metadata,
}

impl Poll {
    /// Its name, as events have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Migrate => "migrate",
            Self::Tick => "tick",
            Self::Current => "current",
            Self::Users => "users",
            Self::History => "history",
            Self::Metadata => "metadata",
        }
    }

    /// How long after it one of its kind follows, and it is not needed any more; `None` if none follows.
    pub fn period(self) -> Option<SignedDuration> {
        match self {
            Self::Migrate => None,
            Self::Tick => Some(SignedDuration::from_mins(1)),
            polled => polls::period_of(polled.name()),
        }
    }
}

/// What one event or message asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub struct Request {
    /// What to poll.
    pub poll: Poll,
    /// When it was meant to be handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// How many days back quarters of an hour are looked for that are missing, instead of what is usual. Of history
    /// alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill_days: Option<u8>,
}

impl Request {
    /// Asks for this.
    pub const fn new(poll: Poll) -> Self {
        Self { poll, due: None, backfill_days: None }
    }

    /// Whether it comes so late that the next one is there already. After a backfill none comes by itself.
    pub fn is_late(&self, now: Timestamp) -> bool {
        match (self.due, self.poll.period().filter(|_| self.backfill_days.is_none())) {
            (Some(due), Some(period)) => now.duration_since(due) > period,
            _ => false,
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it asks for nothing that there is.
    pub fn read(text: &str) -> Result<Self, UnsupportedEvent> {
        serde_json::from_str(text).map_err(|_| UNSUPPORTED)
    }
}

/// A message of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// The message itself.
    #[serde(flatten)]
    pub message: SqsMessage,
    /// What SQS says of it.
    #[serde(default)]
    attributes: Value,
}

impl Message {
    /// What it asks for. One that does not say when it was meant to be handled was meant to be when it was sent.
    ///
    /// # Errors
    /// When it asks for nothing that there is.
    pub fn request(&self) -> Result<Request, UnsupportedEvent> {
        let request = Request::read(&self.message.body)?;
        Ok(Request { due: request.due.or_else(|| self.sent_at()), ..request })
    }

    fn sent_at(&self) -> Option<Timestamp> {
        let milliseconds = self.attributes.get("SentTimestamp")?.as_str()?.parse().ok()?;
        Timestamp::from_millisecond(milliseconds).ok()
    }
}

/// Messages as Lambda hands them over.
#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

/// What the function was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Messages of a queue, answered one by one.
    Batch(Vec<Message>),
    /// One request by itself.
    One(Request),
}

impl Event {
    /// Tells what an event is. An empty one is what a CDK trigger sends while it deploys: it asks for the tables.
    ///
    /// # Errors
    /// When it is neither a batch nor a request.
    pub fn read(text: &str) -> Result<Self, UnsupportedEvent> {
        if serde_json::from_str::<Option<serde_json::Map<String, Value>>>(text)
            .is_ok_and(|event| event.is_none_or(|event| event.is_empty()))
        {
            return Ok(Self::One(Request::new(Poll::Migrate)));
        }
        if let Ok(request) = Request::read(text) {
            return Ok(Self::One(request));
        }
        let batch: Batch = serde_json::from_str(text).map_err(|_| UNSUPPORTED)?;
        Ok(Self::Batch(batch.records))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_name_is_read() {
        for poll in [Poll::Migrate, Poll::Tick, Poll::Current, Poll::Users, Poll::History, Poll::Metadata] {
            let text = format!(r#"{{"poll":"{}"}}"#, poll.name());
            assert_eq!(Event::read(&text), Ok(Event::One(Request::new(poll))), "{text}");
            assert!(UNSUPPORTED.expected.contains(poll.name()));
        }
        let back = Request::read(r#"{"poll":"history","backfill_days":30,"more":1}"#).unwrap();
        assert_eq!(back.backfill_days, Some(30));
    }

    #[test]
    fn what_asks_for_nothing_is_refused() {
        for text in ["", "[]", r#"{"poll":"sleep"}"#, r#"{"poll":"tick","due":"soon"}"#, r#"{"Records":1}"#] {
            assert_eq!(Event::read(text), Err(UNSUPPORTED), "{text}");
        }
    }

    #[test]
    fn an_empty_event_is_a_deployment() {
        for text in ["{}", " { } ", "null"] {
            assert_eq!(Event::read(text), Ok(Event::One(Request::new(Poll::Migrate))), "{text}");
        }
    }

    #[test]
    fn a_batch_is_told_by_its_records() {
        let text = r#"{"Records":[{"messageId":"1","body":"{\"poll\":\"users\"}"}]}"#;
        let Ok(Event::Batch(batch)) = Event::read(text) else { panic!("a batch") };
        assert_eq!(batch[0].request(), Ok(Request::new(Poll::Users)));
    }

    #[test]
    fn what_says_no_time_was_due_when_it_was_sent() {
        let due = |body: &str, attributes: &str| {
            let body = serde_json::to_string(body).unwrap();
            let text =
                format!(r#"{{"Records":[{{"messageId":"1","body":{body},"attributes":{attributes}}}]}}"#);
            let Ok(Event::Batch(batch)) = Event::read(&text) else { panic!("a batch") };
            batch[0].request().unwrap().due.map(|due| due.to_string())
        };
        let sent = r#"{"SentTimestamp":"1795136523000","ApproximateReceiveCount":"1"}"#;
        assert_eq!(due(r#"{"poll":"users"}"#, sent).as_deref(), Some("2026-11-20T01:02:03Z"));
        let said = r#"{"poll":"users","due":"2026-11-20T01:02:53Z"}"#;
        assert_eq!(due(said, sent).as_deref(), Some("2026-11-20T01:02:53Z"));
        for unclear in ["null", "{}", r#"{"SentTimestamp":"soon"}"#, r#"{"SentTimestamp":5}"#] {
            assert_eq!(due(r#"{"poll":"users"}"#, unclear), None, "{unclear}");
        }
    }

    #[test]
    fn a_schedule_says_when_it_was_meant() {
        // As EventBridge Scheduler fills in <aws.scheduler.scheduled-time>.
        let Ok(Event::One(request)) = Event::read(r#"{"poll":"tick","due":"2026-11-20T01:02:00Z"}"#) else {
            panic!("a request")
        };
        assert_eq!(request.due, Some("2026-11-20T01:02:00Z".parse().unwrap()));
    }

    #[test]
    fn a_backfill_is_never_late() {
        let due = Some("2026-11-20T01:02:00Z".parse().unwrap());
        let backfill = Request { due, backfill_days: Some(30), ..Request::new(Poll::History) };
        assert!(!backfill.is_late("2026-11-21T01:02:00Z".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn a_request_is_late_after_its_period(seconds in -100_000i64..100_000) {
            let now: Timestamp = "2026-11-20T01:00:00Z".parse().unwrap();
            let due = Some(now - SignedDuration::from_secs(seconds));
            let late = |poll| Request { due, ..Request::new(poll) }.is_late(now);
            prop_assert_eq!(late(Poll::Current), seconds > 10);
            prop_assert_eq!(late(Poll::Users), seconds > 10);
            prop_assert_eq!(late(Poll::History), seconds > 300);
            prop_assert_eq!(late(Poll::Metadata), seconds > 900);
            prop_assert!(!late(Poll::Migrate) && !Request::new(Poll::Users).is_late(now));
        }

        #[test]
        fn what_is_written_is_read(days in proptest::option::of(any::<u8>()), due in proptest::option::of(0i64..4_000_000_000)) {
            let due = due.map(|second| Timestamp::from_second(second).unwrap());
            let request = Request { due, backfill_days: days, ..Request::new(Poll::History) };
            prop_assert_eq!(Request::read(&serde_json::to_string(&request).unwrap()), Ok(request));
        }
    }
}
