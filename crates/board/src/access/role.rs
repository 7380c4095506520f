//! Roles: what a group of people may see.

use std::str::FromStr;

use serde::Deserialize;

/// What a viewer may see. Of several roles the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A wall: tiles of queues, and nothing of any person.
    Walls,
    /// A supervisor: queues, agents, contacts and their journeys in words; numbers are masked.
    Supervisors,
    /// An investigator: attributes, numbers and what the system did, too.
    Investigators,
}

impl Role {
    /// True if contacts and agents may be seen, one by one.
    pub fn sees_persons(self) -> bool {
        self >= Self::Supervisors
    }

    /// True if numbers, attributes and events may be seen as they came.
    pub fn sees_customers(self) -> bool {
        self >= Self::Investigators
    }
}

/// A role is one of three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is walls, supervisors or investigators")]
pub struct NoRole;

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        match text {
            "walls" => Ok(Self::Walls),
            "supervisors" => Ok(Self::Supervisors),
            "investigators" => Ok(Self::Investigators),
            _ => Err(NoRole),
        }
    }
}
