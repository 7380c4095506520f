//! The keys of an agent: the Connect instance, and in it the user name or the id of the agent's ARN.
//!
//! A user name and an agent's id are unique only within an instance, and a replica of an instance has its source's id in
//! another Region. So each key begins with Region and instance id. The id is random and so the account says nothing more.

use std::fmt;

use serde::{Deserialize, Serialize};
use switchboard_core::arn;

/// The longest user name that is taken for one. Connect's own limit is 100 characters.
pub const USERNAME_MAX_BYTES: usize = 256;

/// The longest Region or instance id that is taken for one. An instance id has 36 characters.
const INSTANCE_PART_MAX_BYTES: usize = 64;

/// A Connect instance: `REGION/INSTANCE-ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Instance(String);

/// An agent's user name in Amazon Connect, by which the WFM knows the agent. Does not show itself in a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

/// An agent by user name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentKey {
    /// The instance that the user name belongs to.
    pub instance: Instance,
    /// The user name.
    pub username: Username,
}

/// An agent by ARN, without the parts that all ARNs of an instance have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentArn {
    /// The instance that the agent belongs to.
    pub instance: Instance,
    /// The last segment of the ARN.
    pub id: String,
}

impl Instance {
    /// The instance of a resource with this ARN, or of the instance's own; [`None`] if the ARN is of something else.
    pub fn of(resource_arn: &str) -> Option<Self> {
        let instance_arn = arn::instance_arn(resource_arn)?;
        Self::new(arn::region(instance_arn)?, arn::last_segment(instance_arn))
    }

    fn new(region: &str, id: &str) -> Option<Self> {
        let is_part = |part: &str| {
            (1..=INSTANCE_PART_MAX_BYTES).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        (is_part(region) && is_part(id)).then(|| Self([region, "/", id].concat()))
    }

    /// Of `REGION/INSTANCE-ID`; [`None`] if it is something else.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let (region, id) = text.split_once('/')?;
        Self::new(region, id)
    }

    /// `REGION/INSTANCE-ID`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Instance> for String {
    fn from(instance: Instance) -> Self {
        instance.0
    }
}

impl TryFrom<String> for Instance {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_text(&text).ok_or("no instance")
    }
}

impl Username {
    /// [`None`] for what is no user name: empty, of more than [`USERNAME_MAX_BYTES`], with a control character, or with
    /// a `#` at its beginning, which Connect does not have.
    pub fn new(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        let is_name = (1..=USERNAME_MAX_BYTES).contains(&name.len())
            && !name.starts_with('#')
            && !name.contains(char::is_control);
        is_name.then_some(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AgentKey {
    /// The key as text: `REGION/INSTANCE-ID/USERNAME`. Two agents never have the same, as the first two parts have no `/`.
    pub fn to_text(&self) -> String {
        format!("{}/{}", self.instance.0, self.username.0)
    }

    /// The ARN of this instance's agent with this id.
    pub fn arn(&self, id: &str) -> AgentArn {
        AgentArn { instance: self.instance.clone(), id: id.to_owned() }
    }

    /// The agent of a [text](Self::to_text); [`None`] if it is none.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '/');
        let instance = Instance::new(parts.next()?, parts.next()?)?;
        Some(Self { instance, username: Username::new(parts.next()?)? })
    }
}

impl AgentArn {
    /// The ARN as text: `REGION/INSTANCE-ID/ID`.
    pub fn to_text(&self) -> String {
        format!("{}/{}", self.instance.0, self.id)
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Username({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_named_by_region_and_id() {
        let of = |arn: &str| Instance::of(arn).map(|instance| instance.as_str().to_owned());
        let arn = |region: &str, more: &str| format!("arn:aws:connect:{region}:1:instance/i-1{more}");
        assert_eq!(of(&arn("eu-central-1", "")).as_deref(), Some("eu-central-1/i-1"));
        assert_eq!(of(&arn("us-west-2", "/agent/x")).as_deref(), Some("us-west-2/i-1"));
        let long = format!("arn:aws:connect:r:1:instance/{}", "i".repeat(65));
        for other in ["", "x", "arn:aws:lambda:r:1:function:f", "arn:aws:connect::1:instance/i", &long] {
            assert_eq!(of(other), None, "{other}");
        }
        assert_eq!(of("arn:aws:connect:r:1:instance/i#"), None, "a character that no id has");
    }

    #[test]
    fn a_key_is_read_from_its_own_text() {
        let instance = Instance::of("arn:aws:connect:eu-central-1:1:instance/i").unwrap();
        for name in ["anna", "a/b", "anna@example.com", "a#b"] {
            let key = AgentKey { instance: instance.clone(), username: Username::new(name).unwrap() };
            assert_eq!(key.to_text(), format!("eu-central-1/i/{name}"));
            assert_eq!(AgentKey::from_text(&key.to_text()), Some(key));
        }
        for other in ["", "anna", "eu-central-1/i", "eu-central-1/i/", "#eu-central-1/i/x", "//anna", "#feed"]
        {
            assert_eq!(AgentKey::from_text(other), None, "{other}");
        }
    }
}
