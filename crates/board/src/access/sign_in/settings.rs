//! The settings of a sign-in.

use url::Url;

use super::grants::Grants;

/// Where the sign-in begins, where it comes back to, and where a signed-out browser lands.
pub(crate) const SIGN_IN: &str = "/sign-in";
pub(crate) const SIGNED_IN: &str = "/signed-in";
pub(crate) const SIGNED_OUT: &str = "/signed-out";

/// A session of people lasts for a shift; one of a wall can be as long as the server lets it.
const PEOPLE_SECONDS: u64 = 12 * 60 * 60;
const WALLS_SECONDS: u64 = 90 * 24 * 60 * 60;

/// The settings of a sign-in.
#[derive(Debug, Clone)]
pub struct SignInSettings {
    /// The board's own address, of which the origin counts.
    pub board: Url,
    /// Who issues tokens: `https://cognito-idp.REGION.amazonaws.com/POOL`.
    pub issuer: String,
    /// Where the issuer's keys are.
    pub keys: Url,
    /// Where people sign in: `https://DOMAIN.auth.REGION.amazoncognito.com`.
    pub server: Url,
    /// The client of people's sessions.
    pub people: String,
    /// The client of walls' sessions, which see no more than a wall whoever signs in.
    pub walls: Option<String>,
    /// The claim with groups of another provider, besides Cognito's own.
    pub groups_claim: Option<String>,
    /// Which group has which role.
    pub grants: Grants,
}

/// Which of the clients a session is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientRole {
    /// That of people.
    People,
    /// That of walls.
    Walls,
}

impl ClientRole {
    /// For how long a browser keeps the session.
    pub(super) fn session_seconds(self) -> u64 {
        match self {
            Self::People => PEOPLE_SECONDS,
            Self::Walls => WALLS_SECONDS,
        }
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::People => "p",
            Self::Walls => "w",
        }
    }

    pub(super) fn of_code(code: &str) -> Option<Self> {
        match code {
            "p" => Some(Self::People),
            "w" => Some(Self::Walls),
            _ => None,
        }
    }
}

impl SignInSettings {
    pub(super) fn origin(&self) -> String {
        self.board.origin().ascii_serialization()
    }

    /// The address of a path of the board.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// The address of a path of the sign-in's server.
    pub(super) fn endpoint(&self, path: &str) -> String {
        format!("{}/{path}", self.server.as_str().trim_end_matches('/'))
    }

    pub(super) fn client(&self, role: ClientRole) -> &str {
        match (role, &self.walls) {
            (ClientRole::Walls, Some(walls)) => walls,
            _ => &self.people,
        }
    }

    pub(super) fn clients(&self) -> Vec<&str> {
        [Some(&self.people), self.walls.as_ref()].into_iter().flatten().map(String::as_str).collect()
    }

    pub(super) fn role_of_client(&self, client: &str) -> Option<ClientRole> {
        if client == self.people {
            return Some(ClientRole::People);
        }
        (self.walls.as_deref() == Some(client)).then_some(ClientRole::Walls)
    }
}
