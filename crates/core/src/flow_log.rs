//! The tolerant view of a line of a contact flow's log.

use jiff::Timestamp;

use crate::{
    instant::instant,
    json::{self, Raw},
};

/// Why a line is not one of a flow log's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAFlowLog {
    /// Plain text, or JSON that is cut off: other things are written to the group too.
    #[error("a log line that is not a JSON object")]
    NotJson,
    /// An object that says nothing about a contact.
    #[error("a log line without a contact id")]
    NoContact,
}

/// The members of a flow log's line, borrowed from its text.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the fields carry Connect's own names, snake-cased")]
pub struct FlowLog<'a> {
    pub contact_id: Raw<'a>,
    /// The flow's ARN.
    pub contact_flow_id: Raw<'a>,
    pub contact_flow_name: Raw<'a>,
    /// The block's type. There is no list of them.
    pub contact_flow_module_type: Raw<'a>,
    /// The block, by the name or id it has in the flow.
    pub identifier: Raw<'a>,
    pub timestamp: Raw<'a>,
    pub parameters: Raw<'a>,
    /// A string, an object or anything else.
    pub results: Raw<'a>,
    pub external_results: Raw<'a>,
    pub error: Raw<'a>,
}

impl<'a> FlowLog<'a> {
    /// Reads one line.
    ///
    /// # Errors
    /// When the line is not JSON or names no contact.
    pub fn parse(line: &'a str) -> Result<Self, NotAFlowLog> {
        let mut log = Self::default();
        json::members(line.trim(), |member| {
            let field = match &*member.name {
                "ContactId" => &mut log.contact_id,
                "ContactFlowId" => &mut log.contact_flow_id,
                "ContactFlowName" => &mut log.contact_flow_name,
                "ContactFlowModuleType" => &mut log.contact_flow_module_type,
                "Identifier" => &mut log.identifier,
                "Timestamp" => &mut log.timestamp,
                "Parameters" => &mut log.parameters,
                "Results" => &mut log.results,
                "ExternalResults" => &mut log.external_results,
                "Error" => &mut log.error,
                _ => return,
            };
            *field = member.value;
        })
        .map_err(|_| NotAFlowLog::NotJson)?;
        match log.contact_id.text() {
            Some(id) if !id.is_empty() => Ok(log),
            _ => Err(NotAFlowLog::NoContact),
        }
    }

    /// When the block ran, to the millisecond. [`None`] for the malformed form of 2017: take the log event's.
    pub fn at(&self) -> Option<Timestamp> {
        instant(self.timestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_of_any_type() {
        for results in [r#""true""#, "null", "true", "7.5", r#"{"a":1}"#, "[]"] {
            let line = format!(
                r#"{{"ContactId":"c","ContactFlowModuleType":"GetUserInput","Results":{results},
                "Timestamp":"2024-05-01T10:00:00.007Z"}}"#
            );
            let log = FlowLog::parse(&line).unwrap();
            assert_eq!(log.results.json(), results);
            assert_eq!(log.at(), Some("2024-05-01T10:00:00.007Z".parse().unwrap()));
        }
    }

    #[test]
    fn the_form_of_2017_has_no_time() {
        let line = r#"{"Timestamp":"2017-11-09T12:17.898Z","ContactId":"c","Events":{"Queue":["q"]}}"#;
        assert_eq!(FlowLog::parse(line).unwrap().at(), None);
    }

    #[test]
    fn other_lines_are_told_apart() {
        let verdict = |line| FlowLog::parse(line).map(|_| ());
        assert_eq!(verdict("CWL CONTROL MESSAGE: Checking health."), Err(NotAFlowLog::NotJson));
        assert_eq!(verdict(r#"{"ContactId":"c""#), Err(NotAFlowLog::NotJson));
        assert_eq!(verdict(r#"{"ContactFlowId":"f"}"#), Err(NotAFlowLog::NoContact));
        assert_eq!(verdict("  {\"ContactId\":\"c\"}\n"), Ok(()));
    }
}
