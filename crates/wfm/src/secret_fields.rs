//! The members of a secret's JSON, read one by one, with every problem collected.

use serde_json::{Map, Value};

/// A secret while it is read. A member that can't be used is [`None`], and its problem is recorded; no problem shows a value.
pub(crate) struct SecretFields {
    members: Map<String, Value>,
    /// Whether a number counts as its text.
    accepts_numbers: bool,
    pub(crate) problems: Vec<String>,
}

impl SecretFields {
    /// The members of a JSON object; [`None`] for other text.
    pub(crate) fn read(json: &str, accepts_numbers: bool) -> Option<Self> {
        match serde_json::from_str(json) {
            Ok(Value::Object(members)) => Some(Self { members, accepts_numbers, problems: Vec::new() }),
            _ => None,
        }
    }

    /// Records a problem.
    pub(crate) fn problem<T>(&mut self, text: impl Into<String>) -> Option<T> {
        self.problems.push(text.into());
        None
    }

    /// Removes a member; [`None`] if it is absent or null.
    pub(crate) fn take(&mut self, member: &str) -> Option<Value> {
        self.members.remove(member).filter(|value| !value.is_null())
    }

    /// A text, if there is one that is not empty.
    pub(crate) fn text(&mut self, member: &str) -> Option<String> {
        match self.take(member)? {
            Value::String(text) => Some(text).filter(|text| !text.is_empty()),
            Value::Number(number) if self.accepts_numbers => Some(number.to_string()),
            _ => self.problem(format!("{member} is not a text")),
        }
    }

    /// A text of one line, if there is one that is not empty. Its control characters would end up in a log line, a path
    /// or a header.
    pub(crate) fn line(&mut self, member: &str) -> Option<String> {
        let text = self.text(member)?;
        if text.contains(char::is_control) {
            return self.problem(format!("{member} contains a control character"));
        }
        Some(text)
    }

    /// A text of one line that has to be there.
    pub(crate) fn required(&mut self, member: &str) -> Option<String> {
        let problems = self.problems.len();
        let line = self.line(member);
        if line.is_none() && self.problems.len() == problems {
            return self.problem(format!("{member} is missing"));
        }
        line
    }
}
