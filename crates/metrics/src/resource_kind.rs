//! The kinds of resources of an instance that have names.

use serde::Serialize;

/// What a [`Resource`](crate::rows::Resource) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the variants say it")]
pub enum ResourceKind {
    Queue,
    RoutingProfile,
    AgentStatus,
    User,
}

impl ResourceKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Queue, Self::RoutingProfile, Self::AgentStatus, Self::User];

    /// As tables have it: `ROUTING_PROFILE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queue => "QUEUE",
            Self::RoutingProfile => "ROUTING_PROFILE",
            Self::AgentStatus => "AGENT_STATUS",
            Self::User => "USER",
        }
    }

    /// As AWS's sample has it in the column `arn_type`: see [`catalogue`](crate::catalogue).
    pub fn arn_type(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::RoutingProfile => "routing profile",
            Self::AgentStatus => "agent status",
            Self::User => "users",
        }
    }
}
