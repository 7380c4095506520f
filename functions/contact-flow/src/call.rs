//! What a flow asks. Pure.

use switchboard_contacts::attribute::Attribute;
use switchboard_core::{flow_call::FlowCall, json::Raw};
use switchboard_store::error::StoreError;

/// Why a flow is not told what it asked, or its data is not kept: the stable words of `Reason`, to branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The event is not what a flow sends.
    NotAFlowCall,
    /// It names no contact.
    NoContactId,
    /// `Action` is neither `Record` nor `Lookup`, or is not there.
    UnknownAction,
    /// `Record` without any parameter of a value.
    NothingToRecord,
    /// A parameter's name is empty, longer than 128 bytes, or holds control characters.
    BadParameterName,
    /// The contact would hold more than 50 names of data, or more than 8 KB of names and values.
    TooMuchData,
    /// `WindowMinutes` is no whole number of 1 or more.
    BadWindowMinutes,
    /// The store can't be reached, or refuses.
    StoreUnavailable,
    /// The store did not answer in time.
    Deadline,
    /// A defect of ours.
    Internal,
}

impl Reason {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotAFlowCall => "NotAFlowCall",
            Self::NoContactId => "NoContactId",
            Self::UnknownAction => "UnknownAction",
            Self::NothingToRecord => "NothingToRecord",
            Self::BadParameterName => "BadParameterName",
            Self::TooMuchData => "TooMuchData",
            Self::BadWindowMinutes => "BadWindowMinutes",
            Self::StoreUnavailable => "StoreUnavailable",
            Self::Deadline => "Deadline",
            Self::Internal => "Internal",
        }
    }
}

impl From<&StoreError> for Reason {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Deadline => Self::Deadline,
            StoreError::Unavailable(_)
            | StoreError::Rejected(_)
            | StoreError::ItemRejected(_)
            | StoreError::NotUnderstood => Self::StoreUnavailable,
        }
    }
}

/// What a flow asks. [`Debug`](std::fmt::Debug) hides data.
#[derive(Clone, PartialEq, Eq)]
pub enum Action {
    /// Keep this data on the contact.
    Record(Data),
    /// Tell what the customer did before.
    LookUp {
        /// How far back contacts are counted, in minutes; [`None`] for all that are kept.
        window_minutes: Option<u32>,
    },
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Record(data) => write!(f, "Record({} parameters)", data.len()),
            Self::LookUp { window_minutes } => write!(f, "LookUp({window_minutes:?} minutes)"),
        }
    }
}

/// Data by name: strings alone.
pub type Data = serde_json::Map<String, serde_json::Value>;

impl Action {
    /// Reads what a call asks.
    ///
    /// # Errors
    /// When it asks nothing, or nothing that can be done.
    pub fn of(call: &FlowCall<'_>) -> Result<Self, Reason> {
        let action = parameter(call, "Action").and_then(text).unwrap_or_default();
        match action.trim().to_ascii_lowercase().as_str() {
            "record" => data(call).map(Self::Record),
            "lookup" => window_minutes(call).map(|window_minutes| Self::LookUp { window_minutes }),
            _ => Err(Reason::UnknownAction),
        }
    }
}

/// The first parameter of this name in any case.
fn parameter<'a>(call: &FlowCall<'a>, name: &str) -> Option<Raw<'a>> {
    let mut found = None;
    call.parameters.members(|member| {
        if member.name.eq_ignore_ascii_case(name) {
            found.get_or_insert(member.value);
        }
    });
    found
}

/// A value as the text it is kept as; [`None`] for `null`.
fn text(value: Raw<'_>) -> Option<String> {
    match value.text() {
        Some(text) => Some(text.into_owned()),
        None if value == Raw::ABSENT => None,
        None => Some(value.json().to_owned()),
    }
}

fn data(call: &FlowCall<'_>) -> Result<Data, Reason> {
    let (mut data, mut is_bad) = (Data::new(), false);
    call.parameters.members(|member| {
        if member.name.eq_ignore_ascii_case("Action") {
            return;
        }
        let Some(text) = text(member.value) else { return };
        is_bad |= Attribute::data(&member.name).is_none();
        data.insert(member.name.into_owned(), text.into());
    });
    if is_bad {
        Err(Reason::BadParameterName)
    } else if data.is_empty() {
        Err(Reason::NothingToRecord)
    } else {
        Ok(data)
    }
}

fn window_minutes(call: &FlowCall<'_>) -> Result<Option<u32>, Reason> {
    match parameter(call, "WindowMinutes").and_then(text).as_deref().map(str::trim) {
        // A flow passes an empty text for an attribute that is not set.
        None | Some("") => Ok(None),
        Some(minutes) => match minutes.parse() {
            Ok(minutes) if minutes > 0 => Ok(Some(minutes)),
            _ => Err(Reason::BadWindowMinutes),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(parameters: &serde_json::Value) -> Result<Action, Reason> {
        let call = json!({"Details": {"ContactData": {"ContactId": "c"}, "Parameters": parameters}});
        let call = call.to_string();
        Action::of(&FlowCall::parse(&call).unwrap())
    }

    #[test]
    fn control_parameters_are_read_in_any_case_and_data_keeps_its() {
        let Ok(Action::Record(data)) = asked(&json!({"ACTION": "record", "Colour": "red", "colour": "blue"}))
        else {
            panic!("data to record");
        };
        assert_eq!(serde_json::Value::from(data), json!({"Colour": "red", "colour": "blue"}));
        for action in ["Lookup", "lookup", " LOOKUP "] {
            let all = Ok(Action::LookUp { window_minutes: None });
            assert_eq!(asked(&json!({"Action": action})), all, "{action}");
        }
    }

    #[test]
    fn what_is_no_string_is_kept_as_its_json_text() {
        let parameters =
            json!({"Action": "Record", "order": {"id": 7, "lines": ["a"]}, "n": 1.5, "none": null});
        let Ok(Action::Record(data)) = asked(&parameters) else { panic!("data to record") };
        assert_eq!(serde_json::Value::from(data), json!({"order": r#"{"id":7,"lines":["a"]}"#, "n": "1.5"}));
    }

    #[test]
    fn a_window_is_minutes() {
        for (minutes, expected) in [
            (json!("90"), Ok(Some(90))),
            (json!(90), Ok(Some(90))),
            (json!(""), Ok(None)),
            (json!(null), Ok(None)),
            (json!("0"), Err(Reason::BadWindowMinutes)),
            (json!("-1"), Err(Reason::BadWindowMinutes)),
            (json!("an hour"), Err(Reason::BadWindowMinutes)),
        ] {
            let action = asked(&json!({"Action": "Lookup", "windowminutes": minutes}));
            let window = action.map(|action| match action {
                Action::LookUp { window_minutes } => window_minutes,
                Action::Record(_) => panic!("a look-up"),
            });
            assert_eq!(window, expected, "{minutes}");
        }
    }

    #[test]
    fn what_can_not_be_done_has_its_reason() {
        for (parameters, reason) in [
            (json!({}), Reason::UnknownAction),
            (json!(null), Reason::UnknownAction),
            (json!({"Action": "Delete"}), Reason::UnknownAction),
            (json!({"Action": "Record"}), Reason::NothingToRecord),
            (json!({"Action": "Record", "a": null}), Reason::NothingToRecord),
            (json!({"Action": "Record", "a": "1", "": "2"}), Reason::BadParameterName),
            (json!({"Action": "Record", "x\u{0}": "2"}), Reason::BadParameterName),
        ] {
            assert_eq!(asked(&parameters), Err(reason), "{parameters}");
        }
    }

    #[test]
    fn debug_shows_no_data() {
        let action = asked(&json!({"Action": "Record", "phone": "+61491570006"})).unwrap();
        assert_eq!(format!("{action:?}"), "Record(1 parameters)");
    }
}
