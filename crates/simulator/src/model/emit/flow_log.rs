//! Flow logs, as CloudWatch Logs sends them to a subscriber: batches of lines, compressed.

use std::io::{self, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::value::RawValue;

use super::gzip::Gzip;
use crate::{
    fixtures,
    model::{
        contact::Contact,
        directory::Directory,
        iso::{IsoMillis, civil},
        plan::FlowBlock,
        step::Flow,
        terms::ContactId,
        time::{DAY, HOUR, Millis, SECOND},
    },
};

/// How many lines a batch has at most.
const BATCH: usize = 100;
/// How long a line waits for others.
const DELAY: Millis = 3 * SECOND;

/// Lines that wait to be sent.
#[derive(Debug, Default)]
pub(super) struct FlowLogs {
    /// The log events as JSON, with a comma between.
    events: Vec<u8>,
    count: usize,
    /// When the first of them was written.
    since: Millis,
    line: Vec<u8>,
    message: Vec<u8>,
    payload: Vec<u8>,
    gzip: Gzip,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    contact_id: ContactId,
    contact_flow_id: &'a str,
    contact_flow_name: &'static str,
    contact_flow_module_type: &'static str,
    identifier: &'static str,
    timestamp: IsoMillis,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_results: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct LogEvent<'a> {
    id: String,
    timestamp: Millis,
    message: &'a str,
}

impl FlowLogs {
    /// Takes what a flow did.
    pub(super) fn take(
        &mut self,
        (at, number): (Millis, u64),
        (flow, block): (Flow, FlowBlock),
        contact: &Contact,
        directory: &Directory,
    ) {
        let module = Module::of(block, contact, directory);
        let raw = |json: &Option<String>| json.clone().and_then(|json| RawValue::from_string(json).ok());
        let (parameters, external) = (raw(&module.parameters), raw(&module.external_results));
        let (flow_id, flow_name) = flow_of(flow);
        let line = Line {
            contact_id: contact.id,
            contact_flow_id: flow_id,
            contact_flow_name: flow_name,
            contact_flow_module_type: module.kind,
            identifier: module.identifier,
            timestamp: IsoMillis(at),
            parameters: parameters.as_deref(),
            results: module.results,
            external_results: external.as_deref(),
        };
        self.line.clear();
        // A vector takes everything.
        _ = serde_json::to_writer(&mut self.line, &line);
        let message = std::str::from_utf8(&self.line).unwrap_or_default();
        if self.count == 0 {
            self.since = at;
        } else {
            self.events.push(b',');
        }
        self.count += 1;
        // Ids are 56 digits, in the order of lines.
        let event = LogEvent { id: format!("{at:032}{number:024}"), timestamp: at, message };
        _ = serde_json::to_writer(&mut self.events, &event);
    }

    /// True if the batch is to be sent.
    pub(super) fn is_due(&self, now: Millis) -> bool {
        self.count >= BATCH || (self.count > 0 && now - self.since >= DELAY)
    }

    /// The batch, as a subscriber gets it; nothing waits afterwards.
    pub(super) fn batch(&mut self) -> io::Result<&[u8]> {
        let (year, month, day) = civil(self.since.div_euclid(DAY));
        let hour = self.since.rem_euclid(DAY) / HOUR;
        self.message.clear();
        write!(
            self.message,
            r#"{{"messageType":"DATA_MESSAGE","owner":"{}","logGroup":"{}","logStream":"{year:04}/{month:02}/{day:02}/{hour:02}/stream-{}","subscriptionFilters":["contact-status"],"logEvents":["#,
            fixtures::ACCOUNT,
            fixtures::LOG_GROUP,
            if self.since.rem_euclid(2) == 0 { "A" } else { "B" },
        )?;
        self.message.extend_from_slice(&self.events);
        self.message.extend_from_slice(b"]}");
        let packed = self.gzip.pack(&self.message)?;
        self.payload.clear();
        self.payload.extend_from_slice(br#"{"awslogs":{"data":""#);
        self.payload.extend_from_slice(STANDARD.encode(packed).as_bytes());
        self.payload.extend_from_slice(br#""}}"#);
        self.events.clear();
        self.count = 0;
        Ok(&self.payload)
    }
}

/// The ARN and the name of a flow.
fn flow_of(flow: Flow) -> (&'static str, &'static str) {
    match flow {
        Flow::Main => (fixtures::MAIN_FLOW, "Hauptmenü"),
        Flow::Campaign => (fixtures::CAMPAIGN_FLOW, "Campaign"),
        Flow::Queue => (fixtures::QUEUE_FLOW, "Warteschlange"),
        Flow::Transfer => (fixtures::TRANSFER_FLOW_ARN, "Transfer to queue"),
        Flow::AgentWhisper => (fixtures::AGENT_WHISPER_FLOW, "Agent whisper"),
        Flow::CustomerWhisper => (fixtures::CUSTOMER_WHISPER_FLOW, "Customer whisper"),
        Flow::CustomerHold => (fixtures::HOLD_FLOW, "Customer hold"),
    }
}

/// What a line says of a block.
struct Module {
    kind: &'static str,
    identifier: &'static str,
    parameters: Option<String>,
    results: Option<&'static str>,
    external_results: Option<String>,
}

impl Module {
    fn of(block: FlowBlock, contact: &Contact, directory: &Directory) -> Self {
        let module = |kind, identifier| Self {
            kind,
            identifier,
            parameters: None,
            results: None,
            external_results: None,
        };
        let with = |kind, identifier, parameters: String| Self {
            parameters: Some(parameters),
            ..module(kind, identifier)
        };
        let text = |text: &str| serde_json::Value::from(text).to_string();
        match block {
            FlowBlock::SetLogging => with(
                "SetLoggingBehavior",
                "SetLoggingBehavior-1",
                r#"{"LoggingBehavior":"Enable"}"#.to_owned(),
            ),
            FlowBlock::SetRecording => with(
                "SetRecordingBehavior",
                "SetRecordingBehavior-1",
                r#"{"RecordingBehaviorOption":"Enable","RecordingParticipantOption":"All"}"#.to_owned(),
            ),
            FlowBlock::SetAttribute(key, value) => with(
                "SetAttributes",
                "SetAttributes-1",
                format!(r#"{{"Key":{},"Value":{}}}"#, text(key), text(value)),
            ),
            FlowBlock::Prompt(prompt) => with(
                "PlayPrompt",
                "PlayPrompt-1",
                format!(r#"{{"Text":{},"TextToSpeechType":"text","Voice":"Olivia"}}"#, text(prompt)),
            ),
            FlowBlock::Menu => with(
                "GetUserInput",
                "GetUserInput-1",
                r#"{"Text":"Please choose one to five.","MaxDigits":"1","Timeout":"5000","TextToSpeechType":"text","Voice":"Olivia"}"#
                    .to_owned(),
            ),
            FlowBlock::MenuAnswer(answer) => {
                Self { results: Some(answer), ..module("GetUserInput", "GetUserInput-1") }
            }
            FlowBlock::Lookup => with(
                "InvokeExternalResource",
                "Earlier contacts",
                format!(
                    r#"{{"FunctionArn":"{}","TimeLimit":"3000","Parameters":{{"Action":"Lookup"}}}}"#,
                    fixtures::LOOKUP_FUNCTION
                ),
            ),
            FlowBlock::LookupAnswer => Self {
                external_results: Some(r#"{"Result":"Ok","ContactsInWindow":"0"}"#.to_owned()),
                ..module("InvokeExternalResource", "Earlier contacts")
            },
            FlowBlock::LookupFailed => Self {
                results: Some("The Lambda Function Returned An Error."),
                ..module("InvokeExternalResource", "Earlier contacts")
            },
            FlowBlock::CheckHours => {
                with("CheckHoursOfOperation", "CheckHoursOfOperation-1", "{}".to_owned())
            }
            FlowBlock::HoursAnswer(is_open) => Self {
                results: Some(if is_open { "true" } else { "false" }),
                ..module("CheckHoursOfOperation", "CheckHoursOfOperation-1")
            },
            FlowBlock::SetQueue => {
                let queue = contact.queue.map_or("", |queue| directory.queue_arn(queue));
                with("SetQueue", "SetQueue-1", format!(r#"{{"Queue":"{queue}"}}"#))
            }
            FlowBlock::TransferToQueue => with("Transfer", "Transfer-1", "{}".to_owned()),
            FlowBlock::Disconnect => with("Disconnect", "Disconnect-1", "{}".to_owned()),
            FlowBlock::QueueLoop => with(
                "AddToPlayLoop",
                "AddToPlayLoop-1",
                format!(r#"{{"AudioPrompt":"{}/prompt/f07c1d92-6ab5-4e38-9c41-25d8e07b3fa6"}}"#, fixtures::INSTANCE_ARN),
            ),
        }
    }
}
