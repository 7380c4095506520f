//! The two operations of Teleopti's RTA web service, read and answered as SOAP 1.1.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::xml::{self, Element};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// The namespace of the operations and their parameters.
const OPERATIONS: &str = "http://tempuri.org/";
/// The namespace of a state and its members.
const STATES: &str = "http://schemas.datacontract.org/2004/07/Teleopti.Ccc.Rta.WebService";
/// What an action begins with; the operation's name follows.
const ACTION: &str = "http://tempuri.org/ITeleoptiRtaService/";

const BATCH: &str = "SaveBatchExternalUserState";
const SINGLE: &str = "SaveExternalUserState";

/// What a client must know of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The secret.
    pub authentication_key: String,
    /// Which platform the states come from: a UUID.
    pub platform_type_id: String,
    /// Which source of that platform.
    pub source_id: String,
}

/// A state as the service read it. What was absent, or skipped for coming out of order, is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The agent: `UserCode`.
    pub user: String,
    /// `StateCode`.
    pub code: String,
    /// `StateDescription`.
    pub description: String,
    /// `IsLoggedOn`.
    pub is_logged_on: bool,
    /// `SecondsInState`.
    pub seconds_in_state: i32,
    /// `Timestamp`.
    pub timestamp: Option<Timestamp>,
    /// `IsSnapshot`.
    pub is_snapshot: bool,
    /// `BatchId`, which names a snapshot.
    pub batch_id: Option<Timestamp>,
}

/// A call that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) keys: Keys,
    pub(super) operation: Operation,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    Batch(Vec<State>),
    Single(State),
}

/// Reads a call; what is wrong with it is told in words. `action` is the header `SOAPAction` as it stands.
pub(super) fn read(action: &str, body: &str) -> Result<Call, String> {
    let envelope = xml::parse(body)?;
    if !envelope.is(ENVELOPE, "Envelope") {
        return Err("no SOAP 1.1 envelope".to_owned());
    }
    let content = envelope.only(ENVELOPE, "Body").ok_or("no body, or several")?;
    let [operation] = content.children.as_slice() else {
        return Err("not one operation".to_owned());
    };
    let is_quoted = action == format!("\"{ACTION}{}\"", operation.name);
    if !is_quoted {
        return Err(format!("the action {action} cannot be processed: the body has {}", operation.name));
    }
    if operation.is(OPERATIONS, BATCH) {
        read_batch(operation)
    } else if operation.is(OPERATIONS, SINGLE) {
        read_single(operation)
    } else {
        Err("no operation of this service".to_owned())
    }
}

fn read_batch(operation: &Element) -> Result<Call, String> {
    let names = ["authenticationKey", "platformTypeId", "sourceId", "externalUserStateBatch"];
    let [authentication_key, platform_type_id, source_id, batch] = operation.in_order(OPERATIONS, names);
    let states = batch.map_or(&[][..], |batch| &batch.children);
    let of_states = states.iter().filter(|state| state.is(STATES, "ExternalUserState"));
    Ok(Call {
        keys: Keys {
            authentication_key: text(authentication_key),
            platform_type_id: text(platform_type_id),
            source_id: text(source_id),
        },
        operation: Operation::Batch(of_states.map(read_state).collect::<Result<_, _>>()?),
    })
}

fn read_state(state: &Element) -> Result<State, String> {
    let names = [
        "BatchId",
        "IsLoggedOn",
        "IsSnapshot",
        "SecondsInState",
        "StateCode",
        "StateDescription",
        "Timestamp",
        "UserCode",
    ];
    let [batch_id, is_logged_on, is_snapshot, seconds, code, description, timestamp, user] =
        state.in_order(STATES, names);
    Ok(State {
        user: text(user),
        code: text(code),
        description: text(description),
        is_logged_on: boolean(is_logged_on)?,
        seconds_in_state: int(seconds)?,
        timestamp: date_time(timestamp)?,
        is_snapshot: boolean(is_snapshot)?,
        batch_id: date_time(batch_id)?,
    })
}

fn read_single(operation: &Element) -> Result<Call, String> {
    let names = [
        "authenticationKey",
        "userCode",
        "stateCode",
        "stateDescription",
        "isLoggedOn",
        "secondsInState",
        "timestamp",
        "platformTypeId",
        "sourceId",
        "batchId",
        "isSnapshot",
    ];
    let [
        key,
        user,
        code,
        description,
        is_logged_on,
        seconds,
        timestamp,
        platform,
        source,
        batch,
        is_snapshot,
    ] = operation.in_order(OPERATIONS, names);
    Ok(Call {
        keys: Keys {
            authentication_key: text(key),
            platform_type_id: text(platform),
            source_id: text(source),
        },
        operation: Operation::Single(State {
            user: text(user),
            code: text(code),
            description: text(description),
            is_logged_on: boolean(is_logged_on)?,
            seconds_in_state: int(seconds)?,
            timestamp: date_time(timestamp)?,
            is_snapshot: boolean(is_snapshot)?,
            batch_id: date_time(batch)?,
        }),
    })
}

fn text(element: Option<&Element>) -> String {
    element.map(|element| element.text.clone()).unwrap_or_default()
}

fn boolean(element: Option<&Element>) -> Result<bool, String> {
    let Some(element) = element else { return Ok(false) };
    match element.text.trim() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(format!("{} is no boolean", element.name)),
    }
}

fn int(element: Option<&Element>) -> Result<i32, String> {
    let Some(element) = element else { return Ok(0) };
    element.text.trim().parse().map_err(|_| format!("{} is no int", element.name))
}

/// A moment. One without an offset is refused: the service would take it for its own local time.
fn date_time(element: Option<&Element>) -> Result<Option<Timestamp>, String> {
    let Some(element) = element else { return Ok(None) };
    let text = element.text.trim();
    // XML Schema has a capital T and no blank.
    let moment = text.parse().ok().filter(|_| text.get(10..11) == Some("T"));
    moment.map(Some).ok_or_else(|| format!("{} is no dateTime with an offset", element.name))
}

impl Operation {
    /// The states that it tells.
    pub(super) fn states(&self) -> &[State] {
        match self {
            Self::Batch(states) => states,
            Self::Single(state) => std::slice::from_ref(state),
        }
    }

    /// Leaves the states of these agents out of a batch; true if there were any.
    pub(super) fn remove(&mut self, users: &BTreeSet<String>) -> bool {
        let Self::Batch(states) = self else { return false };
        let before = states.len();
        states.retain(|state| !users.contains(&state.user));
        states.len() < before
    }

    /// The answer with a result.
    pub(super) fn answer(&self, result: i32) -> String {
        let name = match self {
            Self::Batch(_) => BATCH,
            Self::Single(_) => SINGLE,
        };
        envelope(&format!(
            r#"<{name}Response xmlns="{OPERATIONS}"><{name}Result>{result}</{name}Result></{name}Response>"#
        ))
    }
}

/// A fault; `reason` may be any text.
pub(super) fn fault(reason: &str) -> String {
    let reason = quick_xml::escape::escape(reason);
    envelope(&format!(
        "<s:Fault><faultcode>s:Client</faultcode><faultstring xml:lang=\"en-US\">{reason}</faultstring></s:Fault>"
    ))
}

fn envelope(content: &str) -> String {
    format!(r#"<s:Envelope xmlns:s="{ENVELOPE}"><s:Body>{content}</s:Body></s:Envelope>"#)
}
