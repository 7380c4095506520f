//! What agents are called on a board.

use std::str::FromStr;

/// How much of agents' names a board shows, whoever looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AgentNames {
    /// The user name.
    #[default]
    Full,
    /// The first letters of its parts, such as `A.E.` of `ann.example@example.com`.
    Initials,
    /// Nothing.
    None,
}

/// A dash: an agent whose name is not shown.
pub(super) const NAMELESS: &str = "–";

impl AgentNames {
    /// The name as the board shows it.
    pub(crate) fn shown(self, name: &str) -> String {
        match self {
            Self::Full => name.to_owned(),
            Self::Initials => initials(name),
            Self::None => NAMELESS.to_owned(),
        }
    }
}

fn initials(name: &str) -> String {
    let name = name.split('@').next().unwrap_or_default();
    let parts = name.split(|letter: char| !letter.is_alphabetic());
    let initials: String = parts
        .filter_map(|part| part.chars().next())
        .flat_map(|letter| letter.to_uppercase().chain(['.']))
        .collect();
    if initials.is_empty() { NAMELESS.to_owned() } else { initials }
}

/// Names are shown in one of three ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("agents' names are shown as full, initials or none")]
pub struct NoAgentNames;

impl FromStr for AgentNames {
    type Err = NoAgentNames;

    fn from_str(text: &str) -> Result<Self, NoAgentNames> {
        match text {
            "full" => Ok(Self::Full),
            "initials" => Ok(Self::Initials),
            "none" => Ok(Self::None),
            _ => Err(NoAgentNames),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_whole_or_its_initials_or_a_dash() {
        let shown = |names: &str| names.parse::<AgentNames>().unwrap().shown("ann.example-berg@example.com");
        assert_eq!(
            [shown("full"), shown("initials"), shown("none")].join(" "),
            "ann.example-berg@example.com A.E.B. –"
        );
        assert_eq!(AgentNames::Initials.shown("élan"), "É.");
        assert_eq!(AgentNames::Initials.shown("0042"), "–");
        assert!("some".parse::<AgentNames>().is_err());
    }
}
