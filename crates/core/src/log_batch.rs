//! The lines that a CloudWatch Logs subscription delivers: `{"awslogs":{"data": base64(gzip(JSON))}}`, or that JSON by itself, as
//! what reads a data stream has unpacked it.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::{
    gzip::{GzipError, gunzip},
    instant::instant_of_millis,
    json::{self, Raw},
};

/// Why a payload could not be read, all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotALogBatch {
    /// No `awslogs.data` with base64 text.
    #[error("not a CloudWatch Logs subscription payload")]
    Other,
    /// The data is no gzip stream that could be unpacked within the cap.
    #[error("a CloudWatch Logs payload that can't be unpacked: {0}")]
    Gzip(#[from] GzipError),
    /// What was unpacked is no batch of log events.
    #[error("a CloudWatch Logs payload that holds no log events")]
    NoEvents,
}

/// What one delivery holds. It owns the unpacked text.
#[derive(Clone)]
pub struct LogBatch {
    text: String,
}

impl LogBatch {
    /// Unpacks a payload; at most `cap_bytes` come out.
    ///
    /// # Errors
    /// When the payload as a whole can't be read. A bad line is found later and costs itself alone.
    pub fn unpack(payload: &str, cap_bytes: u64) -> Result<Self, NotALogBatch> {
        if let Some(unpacked) = Self::unpacked(payload) {
            return Ok(unpacked);
        }
        let mut awslogs = Raw::ABSENT;
        json::members(payload, |member| {
            if member.name == "awslogs" {
                awslogs = member.value;
            }
        })
        .map_err(|_| NotALogBatch::Other)?;
        let mut data = Raw::ABSENT;
        awslogs.members(|member| {
            if member.name == "data" {
                data = member.value;
            }
        });
        let packed = data.text().and_then(|data| STANDARD.decode(data.as_bytes()).ok());
        let unpacked = gunzip(&packed.ok_or(NotALogBatch::Other)?, cap_bytes);
        // One document: half of it says nothing.
        let unpacked = unpacked.fault.map_or(Ok(unpacked.bytes), Err)?;
        // A character that is none costs itself.
        let text = match String::from_utf8(unpacked) {
            Ok(text) => text,
            Err(bad) => String::from_utf8_lossy(bad.as_bytes()).into_owned(),
        };
        Self::check(&text)?;
        Ok(Self { text })
    }

    /// A batch as a data stream carries it, which has unpacked it already; [`None`] if the text is none.
    pub fn unpacked(text: &str) -> Option<Self> {
        let (mut has_type, mut has_events) = (false, false);
        json::members(text.trim(), |member| match &*member.name {
            "messageType" => has_type = member.value.text().is_some(),
            "logEvents" => has_events = member.value.json().starts_with('['),
            _ => {}
        })
        .ok()?;
        (has_type && has_events).then(|| Self { text: text.to_owned() })
    }

    fn check(text: &str) -> Result<(), NotALogBatch> {
        let mut kind = Raw::ABSENT;
        json::members(text.trim(), |member| {
            if member.name == "messageType" {
                kind = member.value;
            }
        })
        .map_err(|_| NotALogBatch::NoEvents)?;
        kind.text().map(|_| ()).ok_or(NotALogBatch::NoEvents)
    }

    /// The log events in order. None for a control message, by which CloudWatch Logs tries the destination.
    pub fn events(&self) -> Vec<LogEvent<'_>> {
        let (mut kind, mut list) = (Raw::ABSENT, Raw::ABSENT);
        let parsed = json::members(self.text.trim(), |member| match &*member.name {
            "messageType" => kind = member.value,
            "logEvents" => list = member.value,
            _ => {}
        });
        debug_assert!(parsed.is_ok(), "checked when it was unpacked");
        if kind.text().as_deref() != Some("DATA_MESSAGE") {
            return Vec::new();
        }
        let events: Vec<&RawValue> = serde_json::from_str(list.json()).unwrap_or_default();
        events.into_iter().map(|event| LogEvent::read(event.get())).collect()
    }
}

impl std::fmt::Debug for LogBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogBatch({} bytes)", self.text.len())
    }
}

/// One log event, borrowed from its batch.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogEvent<'a> {
    /// Tells it from every other; a repeat has the same.
    pub id: Raw<'a>,
    /// When it was logged, in milliseconds since 1970.
    pub timestamp: Raw<'a>,
    /// The line.
    pub message: Raw<'a>,
}

impl<'a> LogEvent<'a> {
    fn read(event: &'a str) -> Self {
        let mut read = Self::default();
        // What is no object has no line, and is told by that.
        json::members(event, |member| match &*member.name {
            "id" => read.id = member.value,
            "timestamp" => read.timestamp = member.value,
            "message" => read.message = member.value,
            _ => {}
        })
        .unwrap_or_default();
        read
    }

    /// When it was logged.
    pub fn at(&self) -> Option<Timestamp> {
        instant_of_millis(self.timestamp)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn payload(inner: &[u8]) -> String {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(inner).unwrap();
        format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, STANDARD.encode(gzip.finish().unwrap()))
    }

    #[test]
    fn a_bad_event_costs_itself() {
        let inner = br#"{"messageType":"DATA_MESSAGE","logEvents":[
            {"id":"1","timestamp":1714557600001,"message":"plain text"},
            7,
            {"id":"2","message":"{\"ContactId\":\"c\"}"}]}"#;
        let batch = LogBatch::unpack(&payload(inner), 10_000).unwrap();
        let events = batch.events();
        let messages: Vec<_> = events.iter().map(|event| event.message.text()).collect();
        assert_eq!(messages[0].as_deref(), Some("plain text"));
        assert_eq!(messages[1], None);
        assert_eq!(messages[2].as_deref(), Some(r#"{"ContactId":"c"}"#));
        assert_eq!(events[0].at(), Some("2024-05-01T10:00:00.001Z".parse().unwrap()));
        assert_eq!(events[2].at(), None);
    }

    #[test]
    fn a_control_message_has_no_events() {
        let inner =
            br#"{"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","timestamp":1,"message":"CWL"}]}"#;
        assert_eq!(LogBatch::unpack(&payload(inner), 10_000).unwrap().events().len(), 0);
    }

    #[test]
    fn what_can_not_be_read_is_told() {
        let refused = |payload: &str| LogBatch::unpack(payload, 1_000).err();
        for other in ["", "[]", "{}", r#"{"awslogs":7}"#, r#"{"awslogs":{"data":"%"}}"#] {
            assert_eq!(refused(other), Some(NotALogBatch::Other), "{other}");
        }
        assert_eq!(
            refused(r#"{"awslogs":{"data":"AAAA"}}"#),
            Some(NotALogBatch::Gzip(GzipError::Damaged { at: 0 }))
        );
        assert_eq!(refused(&payload(b"no JSON")), Some(NotALogBatch::NoEvents));
        assert_eq!(refused(&payload(b"{}")), Some(NotALogBatch::NoEvents));
        let bomb = payload(&[b' '; 10_000]);
        assert_eq!(refused(&bomb), Some(NotALogBatch::Gzip(GzipError::TooLarge { cap_bytes: 1_000 })));
    }

    #[test]
    fn bytes_that_are_no_text_cost_their_line() {
        let inner =
            b"{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"message\":\"\xff\"},{\"message\":\"b\"}]}";
        let batch = LogBatch::unpack(&payload(inner), 10_000).unwrap();
        assert_eq!(batch.events()[1].message.text().as_deref(), Some("b"));
    }
}
