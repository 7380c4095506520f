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
/// The same while lines gather.
const GATHERED_BATCH: usize = 1000;
/// How long a line waits for others.
const DELAY: Millis = 3 * SECOND;

/// The menu, asked and answered.
const MENU: &str = "d2a85e17-c4f9-4b06-93d1-7e0fb6c8a254";
const MENU_PARAMETERS: &str = r#"{"Text":"Please choose one to five.","MaxDigits":"1","Timeout":"5000","TextToSpeechType":"text","Voice":"Olivia"}"#;
/// What is recorded and analysed.
const RECORDING: &str = r#"{"AnalyticsBehaviorOption":"Enable","AnalyticsCustomVocabulary":"None","AnalyticsLanguageLocaleCode":"en-AU","AnalyticsRedactionOption":"Enable","AnalyticsRedactionPolicy":"RedactedAndOriginal","ChatAnalyticsMode":"ContactLens","RecordingBehaviorOption":"Enable","RecordingParticipantOption":"All","VoiceAnalyticsMode":"PostCall"}"#;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<&'a str>,
    contact_id: ContactId,
    contact_flow_id: &'a str,
    contact_flow_name: &'static str,
    contact_flow_module_type: &'static str,
    identifier: &'static str,
    timestamp: IsoMillis,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_results: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a RawValue>,
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
        let Some(module) = Module::of(block, contact, directory) else { return };
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

    /// True if the batch is to be sent although lines gather.
    pub(super) fn is_full(&self) -> bool {
        self.count >= GATHERED_BATCH
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
        Flow::AgentWhisper => (fixtures::AGENT_WHISPER_FLOW, "Default agent whisper"),
        Flow::CustomerWhisper => (fixtures::CUSTOMER_WHISPER_FLOW, "Default customer whisper"),
        Flow::CustomerHold => (fixtures::HOLD_FLOW, "Default customer hold"),
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
    /// [`None`] for a block that writes its line when it has answered.
    fn of(block: FlowBlock, contact: &Contact, directory: &Directory) -> Option<Self> {
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
        let lookup = || {
            let function = fixtures::LOOKUP_FUNCTION;
            let parameters = format!(
                r#"{{"FunctionArn":"{function}","ResponseValidation":"ResponseType=STRING_MAP","TimeLimit":"3000"}}"#
            );
            with("InvokeExternalResource", "Earlier contacts", parameters)
        };
        Some(match block {
            FlowBlock::SetLogging => with(
                "SetLoggingBehavior",
                "103b6c92-d84f-4b7d-984d-5c07ffb47a85",
                r#"{"LoggingBehavior":"Enable"}"#.to_owned(),
            ),
            FlowBlock::SetRecording => {
                with("SetRecordingBehavior", "6a7e1b50-93cf-4d28-8f14-e20b5d97c3a6", RECORDING.to_owned())
            }
            FlowBlock::SetAttribute(key, value) => with(
                "SetAttributes",
                "e4d0f3a7-25b8-4c61-9a0e-7f6b182d93c5",
                format!(r#"{{"Key":{},"Value":{}}}"#, text(key), text(value)),
            ),
            FlowBlock::Prompt(prompt) => with(
                "PlayPrompt",
                "9c52d7e8-0a14-4f3b-b6c9-31e87a05fd42",
                format!(r#"{{"Text":{},"TextToSpeechType":"text","Voice":"Olivia"}}"#, text(prompt)),
            ),
            FlowBlock::Menu => with("GetUserInput", MENU, MENU_PARAMETERS.to_owned()),
            FlowBlock::MenuAnswer(answer) => Self { results: Some(answer), ..module("GetUserInput", MENU) },
            FlowBlock::Lookup => lookup(),
            FlowBlock::LookupAnswer => Self {
                external_results: Some(r#"{"Result":"Ok","ContactsInWindow":"0"}"#.to_owned()),
                ..lookup()
            },
            FlowBlock::LookupFailed => {
                Self { results: Some("The Lambda Function Returned An Error."), ..lookup() }
            }
            FlowBlock::CheckHours => return None,
            FlowBlock::HoursAnswer(is_open) => Self {
                results: Some(if is_open { "true" } else { "false" }),
                ..with("CheckHoursOfOperation", "b18f60d3-7c2e-4a95-8d47-05e9c3f2a761", "{}".to_owned())
            },
            FlowBlock::SetQueue => {
                let queue = contact.queue.map_or("", |queue| directory.queue_arn(queue));
                with("SetQueue", "27f4a9c1-e6d0-4385-b51f-8d3c0b7e9624", format!(r#"{{"Queue":"{queue}"}}"#))
            }
            // It says whether the queue is full.
            FlowBlock::TransferToQueue => Self {
                results: Some("false"),
                ..with("Transfer", "f05b3e82-41a7-4d9c-a6e3-9b70d2c8f518", "{}".to_owned())
            },
            FlowBlock::Disconnect => {
                with("Disconnect", "80c7d1f6-b92a-4e53-9f08-6a4e15d3b7c0", "{}".to_owned())
            }
            FlowBlock::QueueLoop => with(
                "AddToPlayLoop",
                "3e96b0a4-5f1d-4c87-82b6-c0d7f94e1a35",
                format!(
                    r#"{{"AudioPrompt":"{}/prompt/f07c1d92-6ab5-4e38-9c41-25d8e07b3fa6"}}"#,
                    fixtures::INSTANCE_ARN
                ),
            ),
        })
    }
}
