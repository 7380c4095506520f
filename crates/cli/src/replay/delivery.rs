//! Documents of a file, gathered into events as they come to the function `contact-status`. Pure.

use std::{io::Write, ops::Range};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use super::batch::{MAX_BYTES, MAX_RECORDS};
use crate::input::document_format::DocumentFormat;

/// What brings a document to the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    /// A queue: contact events.
    Queue,
    /// A stream: agent events and contact records.
    Stream,
    /// A subscription to a log: lines.
    Log,
}

impl Transport {
    /// [`None`] for what is no single document about contacts.
    fn of(shape: DocumentFormat) -> Option<Self> {
        match shape {
            DocumentFormat::ContactEvent => Some(Self::Queue),
            DocumentFormat::AgentEvent | DocumentFormat::ContactRecord => Some(Self::Stream),
            DocumentFormat::FlowLog => Some(Self::Log),
            _ => None,
        }
    }
}

/// Documents on their way, all by one carrier.
#[derive(Default)]
pub(crate) struct EventBatcher {
    carrier: Option<Transport>,
    documents: Vec<String>,
    places: Vec<Range<u64>>,
    bytes: usize,
}

impl EventBatcher {
    /// True if a document of this shape is to be gathered, rather than an event itself.
    pub(crate) fn takes(shape: DocumentFormat) -> bool {
        Transport::of(shape).is_some()
    }

    /// True if those gathered must go before this one.
    pub(crate) fn is_full_for(&self, document: &str, shape: DocumentFormat) -> bool {
        let is_full = self.documents.len() == MAX_RECORDS || self.bytes + document.len() > MAX_BYTES;
        !self.documents.is_empty() && (is_full || self.carrier != Transport::of(shape))
    }

    /// Takes a document that stood at these bytes of its file.
    pub(crate) fn push(&mut self, document: &str, shape: DocumentFormat, place: Range<u64>) {
        self.carrier = Transport::of(shape);
        self.bytes += document.len();
        self.documents.push(document.to_owned());
        self.places.push(place);
    }

    /// Where each document stood.
    pub(crate) fn places(&self) -> &[Range<u64>] {
        &self.places
    }

    /// The event; [`None`] if nothing was gathered.
    pub(crate) fn event(&self) -> Option<String> {
        let event = match self.carrier? {
            Transport::Queue => {
                let messages = self.documents.iter().enumerate();
                let message =
                    |(at, body): (usize, &String)| json!({ "messageId": at.to_string(), "body": body });
                json!({ "Records": messages.map(message).collect::<Vec<_>>() })
            }
            Transport::Stream => {
                let record = |(at, document): (usize, &String)| {
                    let data = STANDARD.encode(document);
                    json!({ "kinesis": { "sequenceNumber": at.to_string(), "data": data } })
                };
                json!({ "Records": self.documents.iter().enumerate().map(record).collect::<Vec<_>>() })
            }
            Transport::Log => {
                let lines: Vec<_> = self.documents.iter().map(|line| json!({ "message": line })).collect();
                let lines = json!({ "messageType": "DATA_MESSAGE", "logEvents": lines }).to_string();
                json!({ "awslogs": { "data": STANDARD.encode(packed(lines.as_bytes())) } })
            }
        };
        Some(event.to_string())
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    // Into memory nothing fails; were it to, the function would tell that it can't unpack this.
    gzip.write_all(bytes).and_then(|()| gzip.finish()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use contact_status::event::Event;

    use super::*;

    fn gathered(shape: DocumentFormat, documents: &[&str]) -> EventBatcher {
        let mut gathered = EventBatcher::default();
        for document in documents {
            gathered.push(document, shape, 0..1);
        }
        gathered
    }

    #[test]
    fn each_carrier_is_what_the_function_takes() {
        let event = gathered(DocumentFormat::ContactEvent, &["{}", r#"{"a":"\n"}"#]).event().unwrap();
        let Ok(Event::Messages(batch)) = Event::read(&event) else { panic!("{event}") };
        assert_eq!(batch.records[1].body, r#"{"a":"\n"}"#);

        let event = gathered(DocumentFormat::ContactRecord, &["{}", r#"{"a":1}"#]).event().unwrap();
        let Ok(Event::Records(batch)) = Event::read(&event) else { panic!("{event}") };
        assert_eq!(STANDARD.decode(&batch.records[1].kinesis.data).unwrap(), br#"{"a":1}"#);

        let event = gathered(DocumentFormat::FlowLog, &["{}", r#"{"a":1}"#]).event().unwrap();
        let Ok(Event::Lines(batch)) = Event::read(&event) else { panic!("{event}") };
        assert_eq!(batch.events()[1].message.text().as_deref(), Some(r#"{"a":1}"#));
    }

    #[test]
    fn those_of_another_carrier_go_first_and_so_do_500() {
        assert!(EventBatcher::default().event().is_none());
        assert!(!EventBatcher::default().is_full_for("{}", DocumentFormat::FlowLog));
        let agents = gathered(DocumentFormat::AgentEvent, &["{}"]);
        assert!(!agents.is_full_for("{}", DocumentFormat::ContactRecord), "they share a stream");
        assert!(agents.is_full_for("{}", DocumentFormat::ContactEvent));
        assert!(
            gathered(DocumentFormat::FlowLog, &["{}"; MAX_RECORDS])
                .is_full_for("{}", DocumentFormat::FlowLog)
        );
        assert!(agents.is_full_for(&"x".repeat(MAX_BYTES), DocumentFormat::AgentEvent));
    }
}
