//! What a contact flow sends to the function it invokes: `Details.ContactData` and `Details.Parameters`.

use crate::json::{self, Raw};

/// The text is not what a contact flow sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a call from a contact flow")]
pub struct NotAFlowCall;

/// The members of a flow's call that Switchboard uses, borrowed from its text. Each may be absent.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the fields carry Connect's own names, snake-cased")]
pub struct FlowCall<'a> {
    /// What the flow's author passes: an object of strings.
    pub parameters: Raw<'a>,
    pub contact_id: Raw<'a>,
    pub initial_contact_id: Raw<'a>,
    pub previous_contact_id: Raw<'a>,
    pub channel: Raw<'a>,
    pub customer_endpoint: Raw<'a>,
    pub customer_id: Raw<'a>,
    pub initiation_method: Raw<'a>,
    pub instance_arn: Raw<'a>,
}

impl<'a> FlowCall<'a> {
    /// Reads one call.
    ///
    /// # Errors
    /// When the text is not a JSON object with an object `Details`.
    pub fn parse(document: &'a str) -> Result<Self, NotAFlowCall> {
        let mut details = Raw::ABSENT;
        json::members(document, |member| {
            if member.name == "Details" {
                details = member.value;
            }
        })
        .map_err(|_| NotAFlowCall)?;
        if !details.is_object() {
            return Err(NotAFlowCall);
        }
        let (mut call, mut contact) = (Self::default(), Raw::ABSENT);
        details.members(|member| match &*member.name {
            "ContactData" => contact = member.value,
            "Parameters" => call.parameters = member.value,
            _ => {}
        });
        contact.members(|member| call.note(&member.name, member.value));
        Ok(call)
    }

    /// Takes one member of the contact's data.
    fn note(&mut self, name: &str, value: Raw<'a>) {
        let field = match name {
            "ContactId" => &mut self.contact_id,
            "InitialContactId" => &mut self.initial_contact_id,
            "PreviousContactId" => &mut self.previous_contact_id,
            "Channel" => &mut self.channel,
            "CustomerEndpoint" => &mut self.customer_endpoint,
            "CustomerId" => &mut self.customer_id,
            "InitiationMethod" => &mut self.initiation_method,
            "InstanceARN" => &mut self.instance_arn,
            _ => return,
        };
        *field = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_reads_as_far_as_it_can() {
        let call = FlowCall::parse(
            r#"{"Name":"ContactFlowEvent","Details":{"ContactData":{"ContactId":"c","Channel":"VOICE",
            "Attributes":{}},"Parameters":{"Action":"Record"}}}"#,
        )
        .unwrap();
        assert_eq!(call.contact_id.text().as_deref(), Some("c"));
        assert_eq!(call.channel.text().as_deref(), Some("VOICE"));
        assert!(call.parameters.is_object());
        let empty = FlowCall::parse(r#"{"Details":{"ContactData":null}}"#).unwrap();
        assert_eq!(empty.contact_id.text(), None);
    }

    #[test]
    fn what_is_no_call_is_refused() {
        for text in ["", "[]", "{}", r#"{"Details":null}"#] {
            assert_eq!(FlowCall::parse(text).err(), Some(NotAFlowCall), "{text}");
        }
    }
}
