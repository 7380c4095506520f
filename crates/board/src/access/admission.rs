//! How a request says whose it is.

use axum::http::{HeaderMap, HeaderValue, Method, header};

#[cfg(feature = "sign-in")]
use super::sign_in::SignIn;
use super::{
    agent_names::AgentNames, audit::AuditLog, refusal::Refusal, role::Role, shared_token::SharedToken,
    viewer::Viewer,
};

/// Who may look at a board, how agents are called on it, and where looks are written down.
#[derive(Debug)]
pub struct Access {
    /// Who may look.
    pub admission: Admission,
    /// How agents are called.
    pub agent_names: AgentNames,
    /// Where looks are written down.
    pub audit: AuditLog,
}

/// Who may look at a board.
#[derive(Debug)]
pub enum Admission {
    /// Whoever sits at this machine. The listener is one on loopback; a request for another host is refused, so that no page of
    /// another server reads the board through a name that leads here.
    ThisMachine(Role),
    /// Who has the token, all of whom are this viewer.
    Token(SharedToken, Viewer),
    /// Who signs in.
    #[cfg(feature = "sign-in")]
    SignIn(Box<SignIn>),
}

/// Whose a request is, and the cookies that the answer sets.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) viewer: Viewer,
    pub(crate) cookies: Vec<String>,
}

impl Access {
    /// For whoever sits at this machine, who sees everything.
    pub fn this_machine() -> Self {
        Self {
            admission: Admission::ThisMachine(Role::Investigators),
            agent_names: AgentNames::Full,
            audit: AuditLog::none(),
        }
    }

    /// How a request says whose it is, for one that does not.
    pub(crate) fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static(match &self.admission {
            Admission::Token(..) => r#"Basic realm="Switchboard", charset="UTF-8""#,
            Admission::ThisMachine(_) => "Bearer",
            #[cfg(feature = "sign-in")]
            Admission::SignIn(_) => "Bearer",
        })
    }

    /// The sign-in, if there is one.
    #[cfg(feature = "sign-in")]
    pub(crate) fn sign_in(&self) -> Option<&SignIn> {
        match &self.admission {
            Admission::SignIn(sign_in) => Some(sign_in),
            _ => None,
        }
    }

    /// True if viewers have a session that they can end.
    pub(crate) fn has_session(&self) -> bool {
        !matches!(self.admission, Admission::ThisMachine(_) | Admission::Token(..))
    }

    /// Whose the request is.
    #[cfg_attr(not(feature = "sign-in"), expect(clippy::unused_async, reason = "a sign-in asks its server"))]
    pub(crate) async fn admit(&self, method: &Method, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        let viewer = match &self.admission {
            Admission::ThisMachine(role) => {
                // HTTP/1.0 has no host, and no browser speaks it.
                if host(headers).is_some_and(|host| !is_this_machine(host)) {
                    return Err(Refusal::OtherHost);
                }
                Viewer::new("this machine", *role)
            }
            Admission::Token(token, viewer) => {
                if !token.is_sent_in(headers) {
                    return Err(Refusal::Unknown);
                }
                viewer.clone()
            }
            #[cfg(feature = "sign-in")]
            Admission::SignIn(sign_in) => {
                let session = sign_in.session(method, headers).await?;
                return Ok(Admitted { viewer: session.viewer, cookies: session.cookies });
            }
        };
        is_of_own_origin(method, headers)?;
        Ok(Admitted { viewer, cookies: Vec::new() })
    }
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST).and_then(|value| value.to_str().ok())
}

/// What a browser sends is sent by a page of the host itself. A proxy before the board may speak TLS.
fn is_of_own_origin(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    if method != Method::POST {
        return Ok(());
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let is_own = origin.is_some_and(|(scheme, authority)| {
        matches!(scheme, "http" | "https") && host(headers) == Some(authority)
    });
    if is_own { Ok(()) } else { Err(Refusal::OtherOrigin) }
}

/// True for an address, and for the name of this machine to itself: no other name can be made to lead here.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(address) => return address.contains(']'),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<std::net::Ipv4Addr>().is_ok()
}
