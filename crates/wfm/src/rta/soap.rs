//! Teleopti's SOAP 1.1 calls, document/literal, and their answers.
//!
//! The children of an element are a sequence in the service's schema: what comes out of order is skipped by its reader
//! without a word. So the order here is the WSDL's.

use std::borrow::Cow;

use jiff::Timestamp;
use quick_xml::{
    NsReader, Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
    name::{Namespace, ResolveResult},
};
use secrecy::ExposeSecret as _;

use super::{
    account::SoapAccount,
    error::{Accepted, Failure},
};
use crate::agent_state::StateChange;

/// The type of a call's body.
pub(super) const CONTENT_TYPE: &str = "text/xml; charset=utf-8";
/// What `SOAPAction` says of a batch.
pub(super) const BATCH_ACTION: &str = "\"http://tempuri.org/ITeleoptiRtaService/SaveBatchExternalUserState\"";
/// What `SOAPAction` says of a single state, the end of a snapshot.
pub(super) const SINGLE_ACTION: &str = "\"http://tempuri.org/ITeleoptiRtaService/SaveExternalUserState\"";

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SERVICE: &str = "http://tempuri.org/";
const STATES: &str = "http://schemas.datacontract.org/2004/07/Teleopti.Ccc.Rta.WebService";

/// The result for agents that the WFM does not know. The service has taken all others of the batch then.
const UNKNOWN_AGENTS: i64 = -100;
/// A call of `SaveBatchExternalUserState`.
pub(super) fn batch(
    account: &SoapAccount,
    batch_id: Timestamp,
    is_snapshot: bool,
    states: &[StateChange],
) -> Vec<u8> {
    call("SaveBatchExternalUserState", |xml| {
        xml.text("authenticationKey", account.authentication_key.expose_secret());
        xml.text("platformTypeId", &account.platform_type_id);
        xml.text("sourceId", &account.source_id);
        xml.within("externalUserStateBatch", &[("xmlns:t", STATES)], |xml| {
            for state in states {
                xml.within("t:ExternalUserState", &[], |xml| {
                    xml.text("t:BatchId", &batch_id.to_string());
                    xml.text("t:IsLoggedOn", boolean(state.state.is_logged_on));
                    xml.text("t:IsSnapshot", boolean(is_snapshot));
                    xml.text("t:SecondsInState", &state.seconds_in_state().to_string());
                    xml.text("t:StateCode", &state.state.code);
                    xml.text("t:StateDescription", &state.state.description);
                    xml.text("t:Timestamp", &state.at.to_string());
                    xml.text("t:UserCode", state.agent.username.as_str());
                });
            }
        });
    })
}

/// The call of `SaveExternalUserState` that closes a snapshot: of nobody.
pub(super) fn close(account: &SoapAccount, batch_id: Timestamp) -> Vec<u8> {
    let at = batch_id.to_string();
    call("SaveExternalUserState", |xml| {
        xml.text("authenticationKey", account.authentication_key.expose_secret());
        xml.text("userCode", "");
        xml.text("stateCode", "");
        xml.text("stateDescription", "");
        xml.text("isLoggedOn", boolean(false));
        xml.text("secondsInState", "0");
        xml.text("timestamp", &at);
        xml.text("platformTypeId", &account.platform_type_id);
        xml.text("sourceId", &account.source_id);
        xml.text("batchId", &at);
        xml.text("isSnapshot", boolean(true));
    })
}

/// What the service's answer to a call says, by its HTTP status and body.
///
/// # Errors
/// When the call is not accepted, or the answer is none of the service's.
pub fn answer(status: u16, body: &[u8]) -> Result<Accepted, Failure> {
    let reply = std::str::from_utf8(body).ok().and_then(reply);
    match (status, reply) {
        (_, Some(Reply::Fault { is_of_the_key: true })) => Err(Failure::AuthRejected(status)),
        (_, Some(Reply::Fault { is_of_the_key: false })) => Err(Failure::Fault(status)),
        (200, Some(Reply::Result(UNKNOWN_AGENTS))) => Ok(Accepted { has_unknown_agents: true }),
        (200, Some(Reply::Result(result))) if result < 0 => Err(Failure::Rejected(result)),
        (200, Some(Reply::Result(_))) => Ok(Accepted::default()),
        (200, None) => Err(Failure::NotUnderstood),
        _ => Err(Failure::Status(status)),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Reply {
    Result(i64),
    Fault { is_of_the_key: bool },
}

/// Finds the fault, or the text of the service's `…Result`, whole.
fn reply(xml: &str) -> Option<Reply> {
    let mut reader = NsReader::from_str(xml);
    let mut result = None;
    loop {
        match reader.read_resolved_event().ok()? {
            (ResolveResult::Bound(Namespace(space)), Event::Start(start) | Event::Empty(start)) => {
                let name = start.local_name();
                if space == ENVELOPE && name.as_ref() == "Fault" {
                    return Some(Reply::Fault { is_of_the_key: is_of_the_key(&text_of(&mut reader)) });
                }
                let is_result = space == SERVICE && name.as_ref().ends_with("Result");
                result = is_result.then(String::new);
            }
            (_, Event::Text(text)) => {
                if let Some(result) = &mut result {
                    result.push_str(&text);
                }
            }
            (_, Event::End(_)) => {
                if let Some(result) = result.take() {
                    return Some(Reply::Result(result.trim().parse().ok()?));
                }
            }
            (_, Event::Eof) => return None,
            _ => {}
        }
    }
}

/// The text of a fault: its code, its reason and its detail, as far as they can be read.
fn text_of(reader: &mut NsReader<&[u8]>) -> String {
    let mut all = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Text(text)) => {
                all.push_str(&text);
                all.push(' ');
            }
            Ok(Event::Eof) | Err(_) => return all,
            Ok(_) => {}
        }
    }
}

/// True if a fault says that it is for who calls: WS-Security's codes, and Teleopti's own words, `authentication key`. A key
/// alone is none: a database has keys, too.
fn is_of_the_key(fault: &str) -> bool {
    let fault = fault.to_ascii_lowercase();
    ["authenticat", "unauthori", "not authori", "access is denied", "invalidsecurity"]
        .iter()
        .any(|words| fault.contains(words))
}

fn call(operation: &str, body: impl FnOnce(&mut Xml)) -> Vec<u8> {
    let mut xml = Xml(Writer::new(Vec::new()));
    xml.event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
    xml.within("s:Envelope", &[("xmlns:s", ENVELOPE)], |xml| {
        xml.within("s:Body", &[], |xml| xml.within(operation, &[("xmlns", SERVICE)], body));
    });
    xml.0.into_inner()
}

fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

struct Xml(Writer<Vec<u8>>);

impl Xml {
    fn event(&mut self, event: Event<'_>) {
        let written = self.0.write_event(event);
        debug_assert!(written.is_ok(), "a Vec takes every byte");
    }

    fn within(&mut self, name: &str, attributes: &[(&str, &str)], content: impl FnOnce(&mut Self)) {
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.event(Event::Start(start));
        content(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.within(name, &[], |xml| xml.event(Event::Text(BytesText::new(&characters(text)))));
    }
}

/// XML 1.0 has no way to write most control characters.
fn characters(text: &str) -> Cow<'_, str> {
    let has_none =
        |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    if text.contains(has_none) { text.replace(has_none, "\u{fffd}").into() } else { text.into() }
}

#[cfg(test)]
mod tests;
