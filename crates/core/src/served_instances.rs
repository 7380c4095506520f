//! The instances whose records are taken, where a source carries those of others, too.

use std::{borrow::Cow, str::FromStr};

use crate::{
    arn::{instance_arn, last_segment, region},
    instance::{Instance, NotAnInstance},
    json::{self, Member, Raw},
};

/// The instances whose records are taken; the default takes those of all instances.
///
/// ```
/// use switchboard_core::served_instances::ServedInstances;
/// let arn = "arn:aws:connect:eu-west-2:111122223333:instance/00000000-0000-4000-8000-000000000001";
/// let served: ServedInstances = arn.parse()?;
/// assert!(served.takes(&format!(r#"{{"InstanceARN":"{arn}"}}"#)));
/// assert!(!served.takes(&format!(r#"{{"InstanceARN":"{}"}}"#, arn.replace("eu-west-2", "us-east-1"))));
/// # Ok::<_, switchboard_core::instance::NotAnInstance>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServedInstances(Vec<Instance>);

impl ServedInstances {
    /// The instances, in their order; none where those of all are taken.
    pub fn named(&self) -> &[Instance] {
        &self.0
    }

    /// True unless the document names an instance that is not one of these. An instance is told by Region and id: a
    /// replica has its source's id. A document that names none is its reader's matter.
    pub fn takes(&self, document: &str) -> bool {
        if self.0.is_empty() {
            return true;
        }
        instance_of(document)
            .is_none_or(|arn| region(&arn).is_some_and(|region| self.names(region, last_segment(&arn))))
    }

    /// True if an instance of these is in this Region and has this id.
    pub fn names(&self, region: &str, id: &str) -> bool {
        self.0.iter().any(|one| (one.region(), one.id()) == (region, id))
    }
}

impl From<Instance> for ServedInstances {
    fn from(instance: Instance) -> Self {
        Self(vec![instance])
    }
}

impl FromStr for ServedInstances {
    type Err = NotAnInstance;

    /// ARNs with commas between them, at least one.
    fn from_str(text: &str) -> Result<Self, NotAnInstance> {
        text.split(',').map(|arn| arn.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

/// The ARN of the instance that a contact record, contact event, agent event or line of a flow log names.
fn instance_of(document: &str) -> Option<Cow<'_, str>> {
    let (mut named, mut detail, mut resource) = (Raw::ABSENT, Raw::ABSENT, Raw::ABSENT);
    let read = json::members(document, |member| match &*member.name {
        "detail" => detail = member.value,
        "AgentARN" | "ContactFlowId" => resource = member.value,
        _ if names_instance(&member) => named = member.value,
        _ => {}
    });
    read.ok()?;
    detail.members(|member| {
        if names_instance(&member) {
            named = member.value;
        }
    });
    let named = named.text().filter(|arn| instance_arn(arn).is_some_and(|instance| instance == &**arn));
    named.or_else(|| resource.text().and_then(|arn| instance_arn(&arn).map(|arn| Cow::Owned(arn.to_owned()))))
}

/// Contact events spell it in several ways.
fn names_instance(member: &Member<'_>) -> bool {
    member.name.eq_ignore_ascii_case("instanceArn")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str =
        "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";
    const SECOND: &str =
        "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000002";
    const OTHERS: &str =
        "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000003";
    const REPLICA: &str =
        "arn:aws:connect:us-west-2:111122223333:instance/00000000-0000-4000-8000-000000000001";

    fn documents(arn: &str) -> [String; 5] {
        [
            format!(r#"{{"ContactId":"c","InstanceARN":"{arn}","InitiationMethod":"API"}}"#),
            format!(r#"{{"AgentARN":"{arn}/agent/a","EventType":"LOGIN","InstanceARN":"{arn}"}}"#),
            format!(r#"{{"detail-type":"Amazon Connect Contact Event","detail":{{"instanceArn":"{arn}"}}}}"#),
            format!(r#"{{"contactId":"c","eventType":"QUEUED","InstanceArn":"{arn}"}}"#),
            format!(r#"{{"ContactId":"c","ContactFlowId":"{arn}/contact-flow/f"}}"#),
        ]
    }

    #[test]
    fn records_of_named_instances_are_taken_and_of_others_not() {
        let served: ServedInstances = format!("{OURS}, {SECOND}").parse().unwrap();
        assert_eq!(served.named().len(), 2);
        for (arn, is_taken) in [(OURS, true), (SECOND, true), (OTHERS, false), (REPLICA, false)] {
            for document in documents(arn) {
                assert_eq!(served.takes(&document), is_taken, "{document}");
            }
        }
    }

    #[test]
    fn where_none_is_named_all_are_taken() {
        for document in documents(OTHERS) {
            assert!(ServedInstances::default().takes(&document));
        }
    }

    #[test]
    fn what_names_no_instance_is_its_readers_matter() {
        let served: ServedInstances = OURS.parse().unwrap();
        for document in
            [r#"{"ContactId":"c"}"#, r#"{"InstanceARN":null}"#, r#"{"InstanceARN":"x"}"#, "[]", "", "{"]
        {
            assert!(served.takes(document), "{document}");
        }
    }

    #[test]
    fn a_list_with_something_else_in_it_is_refused() {
        for text in ["", ",", "nope", &format!("{OURS},")] {
            assert_eq!(text.parse::<ServedInstances>(), Err(NotAnInstance), "{text}");
        }
    }
}
