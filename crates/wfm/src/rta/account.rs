//! The secret: where the service is, and what it wants to know of us.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use crate::secret_fields::SecretFields;

/// Teleopti's platform type where nobody gave it another.
const NO_PLATFORM: &str = "00000000-0000-0000-0000-000000000000";

/// What is wrong with a secret: every problem in one message, and none of its values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the RTA secret: {0}")]
pub struct AccountError(String);

impl AccountError {
    pub(super) fn client() -> Self {
        Self("no HTTP client can be built for it".to_owned())
    }
}

/// An installation of Teleopti's service, from the JSON of its secret:
/// `url, authenticationKey, platformTypeId (all zeros), sourceId`.
#[derive(Clone)]
pub struct SoapAccount {
    pub(super) url: Url,
    pub(super) authentication_key: SecretString,
    pub(super) platform_type_id: String,
    pub(super) source_id: String,
}

/// A service that takes JSON, from the JSON of its secret: `url, headers`, the latter an object of texts, if any.
#[derive(Clone)]
pub struct JsonAccount {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
}

impl SoapAccount {
    /// Reads the secret's JSON. Unknown members are ignored; an empty text counts as absent.
    ///
    /// # Errors
    /// With every problem of the secret.
    pub fn from_json(json: &str) -> Result<Self, AccountError> {
        let mut fields = read(json)?;
        let (url, key) = (fields.url(), fields.required("authenticationKey"));
        let (platform, source_id) = (fields.line("platformTypeId"), fields.required("sourceId"));
        match (url, key, source_id) {
            (Some(url), Some(key), Some(source_id)) if fields.problems.is_empty() => Ok(Self {
                url,
                authentication_key: key.into(),
                platform_type_id: platform.unwrap_or_else(|| NO_PLATFORM.to_owned()),
                source_id,
            }),
            _ => Err(error(&fields)),
        }
    }
}

impl JsonAccount {
    /// Reads the secret's JSON. Unknown members are ignored; an empty text counts as absent.
    ///
    /// # Errors
    /// With every problem of the secret.
    pub fn from_json(json: &str) -> Result<Self, AccountError> {
        let mut fields = read(json)?;
        let (url, headers) = (fields.url(), fields.headers());
        match url {
            Some(url) if fields.problems.is_empty() => Ok(Self { url, headers }),
            _ => Err(error(&fields)),
        }
    }
}

/// Shows nothing: an address may name a customer, and the rest is secret.
impl fmt::Debug for SoapAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoapAccount").finish_non_exhaustive()
    }
}

/// Shows nothing, as [`SoapAccount`].
impl fmt::Debug for JsonAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonAccount").finish_non_exhaustive()
    }
}

fn read(json: &str) -> Result<SecretFields, AccountError> {
    SecretFields::read(json, true).ok_or_else(|| AccountError("not a JSON object".to_owned()))
}

fn error(fields: &SecretFields) -> AccountError {
    AccountError(fields.problems.join("; "))
}

impl SecretFields {
    fn url(&mut self) -> Option<Url> {
        let url = match Url::parse(&self.required("url")?) {
            Ok(url) => url,
            Err(error) => return self.problem(format!("url is no address: {error}")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return self.problem("url holds a user name or password");
        }
        if !switchboard_https::is_confidential_transport(&url) {
            return self.problem("url has to begin with https://, since user names and keys go there");
        }
        Some(url)
    }

    fn headers(&mut self) -> HeaderMap {
        let members = match self.take("headers") {
            None => return HeaderMap::new(),
            Some(Value::Object(members)) => members,
            Some(_) => return self.problem("headers is not an object").unwrap_or_default(),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in members {
            let name = HeaderName::try_from(name);
            let value = value.as_str().and_then(|value| HeaderValue::try_from(value).ok());
            if let (Ok(name), Some(mut value)) = (name, value) {
                value.set_sensitive(true);
                headers.insert(name, value);
            } else {
                self.problems.push("headers has one that is none".to_owned());
            }
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_secret_reads_with_its_defaults() {
        let account = SoapAccount::from_json(
            r#"{"url":"https://wfm.example.com/RTA/TeleoptiRtaService.svc","authenticationKey":"k","sourceId":17,"x":1}"#,
        );
        let account = account.unwrap();
        assert_eq!(account.url.path(), "/RTA/TeleoptiRtaService.svc");
        assert_eq!(account.authentication_key.expose_secret(), "k");
        assert_eq!((&*account.platform_type_id, &*account.source_id), (NO_PLATFORM, "17"));
        let json = r#"{"url":"http://127.0.0.1:80/x?y=1","headers":{"X-Api-Key":"k"}}"#;
        let account = JsonAccount::from_json(json).unwrap();
        assert_eq!(account.url.query(), Some("y=1"));
        assert_eq!(account.headers["x-api-key"], "k");
        assert!(JsonAccount::from_json(r#"{"url":"https://wfm.example.com"}"#).unwrap().headers.is_empty());
    }

    #[test]
    fn every_problem_is_told_and_no_value() {
        let url = |url: &str| format!(r#"{{"url":"{url}","authenticationKey":"hunter2","sourceId":"1"}}"#);
        for (json, problem) in [
            ("hunter2".to_owned(), "not a JSON object"),
            ("{}".to_owned(), "url is missing; authenticationKey is missing; sourceId is missing"),
            (url("hunter2"), "url is no address"),
            (url("http://hunter2.example.com/"), "https://"),
            (url("http://127.0.0.1.example.com/"), "https://"),
            (url("ftp://127.0.0.1/"), "https://"),
            (url("https://me:hunter2@example.com/"), "password"),
            (url("https://example.com/").replace("\"1\"", "[\"hunter2\"]"), "sourceId is not a text"),
            (url("https://example.com/").replace("hunter2", "hunter2\\n"), "control character"),
        ] {
            let error = SoapAccount::from_json(&json).unwrap_err().to_string();
            assert!(error.contains(problem) && !error.contains("hunter2"), "{error}");
        }
        for headers in [r#"["hunter2"]"#, r#"{"hunter2 x":"y"}"#, r#"{"x":"hunter2\n"}"#, r#"{"x":7}"#] {
            let json = format!(r#"{{"url":"https://example.com/","headers":{headers}}}"#);
            let error = JsonAccount::from_json(&json).unwrap_err().to_string();
            assert!(error.contains("headers") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let json = r#"{"url":"https://wfm.example.com","authenticationKey":"hunter2","sourceId":"9"}"#;
        assert_eq!(format!("{:?}", SoapAccount::from_json(json).unwrap()), "SoapAccount { .. }");
        assert_eq!(format!("{:?}", JsonAccount::from_json(json).unwrap()), "JsonAccount { .. }");
    }
}
