//! Documents of a file, gathered into events as they come to the function `contact-status`. Pure.

use std::{io::Write, ops::Range};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::{input::document_format::DocumentFormat, replay::batch::Batch};

/// The transport that brings a document to the function.
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
    fn of(format: DocumentFormat) -> Option<Self> {
        match format {
            DocumentFormat::ContactEvent => Some(Self::Queue),
            DocumentFormat::AgentEvent | DocumentFormat::ContactRecord => Some(Self::Stream),
            DocumentFormat::FlowLog => Some(Self::Log),
            _ => None,
        }
    }
}

/// A batch of documents that all come by one transport.
#[derive(Default)]
pub(crate) struct EventBatch {
    transport: Option<Transport>,
    batch: Batch,
}

impl EventBatch {
    /// True if a document of this format is to be gathered, rather than an event itself.
    pub(crate) fn accepts(format: DocumentFormat) -> bool {
        Transport::of(format).is_some()
    }

    /// True if those gathered must go before this one.
    pub(crate) fn is_full_for(&self, document: &str, format: DocumentFormat) -> bool {
        let is_of_another = !self.batch.is_empty() && self.transport != Transport::of(format);
        is_of_another || self.batch.is_full_for(document)
    }

    /// Adds a document, which is at these bytes of its file.
    pub(crate) fn push(&mut self, document: &str, format: DocumentFormat, range: Range<u64>) {
        self.transport = Transport::of(format);
        self.batch.push(document, range);
    }

    /// Each document's bytes in the file.
    pub(crate) fn ranges(&self) -> &[Range<u64>] {
        self.batch.ranges()
    }

    /// The event; [`None`] if nothing was gathered.
    pub(crate) fn event(&self) -> Option<String> {
        let documents = self.batch.documents();
        let event = match self.transport? {
            Transport::Queue => {
                let message =
                    |(at, body): (usize, &String)| json!({ "messageId": at.to_string(), "body": body });
                json!({ "Records": documents.iter().enumerate().map(message).collect::<Vec<_>>() })
            }
            Transport::Stream => {
                let record = |(at, document): (usize, &String)| {
                    let data = STANDARD.encode(document);
                    json!({ "kinesis": { "sequenceNumber": at.to_string(), "data": data } })
                };
                json!({ "Records": documents.iter().enumerate().map(record).collect::<Vec<_>>() })
            }
            Transport::Log => {
                let lines: Vec<_> = documents.iter().map(|line| json!({ "message": line })).collect();
                let lines = json!({ "messageType": "DATA_MESSAGE", "logEvents": lines }).to_string();
                json!({ "awslogs": { "data": STANDARD.encode(packed(lines.as_bytes())) } })
            }
        };
        Some(event.to_string())
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    // Into memory nothing fails; were it to, the function would reject what it can't unpack.
    gzip.write_all(bytes).and_then(|()| gzip.finish()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use contact_status::event::Event;

    use super::*;
    use crate::limits::{MAX_BATCH_BYTES, MAX_BATCH_RECORDS};

    fn gathered(format: DocumentFormat, documents: &[&str]) -> EventBatch {
        let mut gathered = EventBatch::default();
        for document in documents {
            gathered.push(document, format, 0..1);
        }
        gathered
    }

    #[test]
    fn each_transport_is_what_the_function_reads() {
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
    fn those_of_another_transport_go_first_and_so_do_500() {
        assert!(EventBatch::default().event().is_none());
        assert!(!EventBatch::default().is_full_for("{}", DocumentFormat::FlowLog));
        let agents = gathered(DocumentFormat::AgentEvent, &["{}"]);
        assert!(!agents.is_full_for("{}", DocumentFormat::ContactRecord), "they share a stream");
        assert!(agents.is_full_for("{}", DocumentFormat::ContactEvent));
        assert!(
            gathered(DocumentFormat::FlowLog, &["{}"; MAX_BATCH_RECORDS])
                .is_full_for("{}", DocumentFormat::FlowLog)
        );
        assert!(agents.is_full_for(&"x".repeat(MAX_BATCH_BYTES), DocumentFormat::AgentEvent));
    }
}
