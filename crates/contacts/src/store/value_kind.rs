//! What kind of value an attribute has, by its name. Stores keep texts and times both as text.

use jiff::Timestamp;

use crate::{
    attribute::SystemAttribute,
    status::{Value, time_text},
};

/// What kind of value an attribute has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Text,
    Flag,
    Time,
}

impl ValueKind {
    /// The kind of the attribute stored under this name.
    pub(crate) fn of(name: &str) -> Self {
        if name.starts_with("Flag_") {
            Self::Flag
        } else if name.starts_with("Timestamps.") || name == SystemAttribute::Updated.name() {
            Self::Time
        } else {
            Self::Text
        }
    }

    /// The value that this text stands for; [`None`] if it is of another kind.
    pub(crate) fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Text => Some(Value::Text(text.to_owned())),
            Self::Flag => text.parse().ok().map(Value::Flag),
            Self::Time => text.parse::<Timestamp>().ok().map(Value::Time),
        }
    }
}

/// A value as text, which sorts as values of the kind do.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::Time(time) => time_text(*time),
    }
}
