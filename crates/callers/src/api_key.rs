//! The header that lets us ask.

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use switchboard_runtime::renewable::Renewable;

/// An [`ApiKey`] that is read again when the directory refuses it, since keys are rotated.
pub type RenewableKey = Renewable<ApiKey, ApiKeyError>;

/// A header that every request to an HTTP directory carries, such as `x-api-key` or `authorization`.
///
/// [`Debug`](std::fmt::Debug) shows the header's name only.
#[derive(Debug)]
pub struct ApiKey {
    header: HeaderName,
    value: SecretString,
}

/// Why a secret is no [`ApiKey`]. No message repeats any of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// Not the JSON object that was expected.
    #[error(r#"the API key is not a JSON object of the form {{"header": "...", "value": "..."}}"#)]
    NotAnObject,
    /// `header` can't be the name of a header.
    #[error("the API key's `header` is not the name of an HTTP header")]
    Header,
    /// `value` is empty, or can't be the value of a header.
    #[error("the API key's `value` is empty or can't stand in an HTTP header")]
    Value,
}

impl ApiKey {
    /// Reads the secret: a JSON object with the strings `header` and `value`; other members are ignored.
    ///
    /// # Errors
    ///
    /// If the document is another one, or the two make no valid HTTP header.
    pub fn from_json(json: &str) -> Result<Self, ApiKeyError> {
        #[derive(Deserialize)]
        struct Secret {
            header: String,
            value: SecretValue,
        }
        #[derive(Deserialize)]
        #[serde(from = "String")]
        struct SecretValue(SecretString);
        impl From<String> for SecretValue {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }

        // serde's own message may quote the value it did not expect.
        let secret: Secret = serde_json::from_str(json).map_err(|_| ApiKeyError::NotAnObject)?;
        let header = secret.header.parse().map_err(|_| ApiKeyError::Header)?;
        let key = Self { header, value: secret.value.0 };
        key.header_value()?;
        Ok(key)
    }

    /// The header as reqwest takes it, the value marked so that it is not shown.
    pub(crate) fn header(&self) -> Result<(HeaderName, HeaderValue), ApiKeyError> {
        Ok((self.header.clone(), self.header_value()?))
    }

    fn header_value(&self) -> Result<HeaderValue, ApiKeyError> {
        let text = self.value.expose_secret();
        let mut value = HeaderValue::from_str(text).map_err(|_| ApiKeyError::Value)?;
        if value.is_empty() {
            return Err(ApiKeyError::Value);
        }
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_and_its_value() {
        let key = ApiKey::from_json(r#"{"header": "X-Api-Key", "value": "s3cret", "more": 1}"#).unwrap();
        let (name, value) = key.header().unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-api-key", "s3cret"));
        assert!(value.is_sensitive());
    }

    #[test]
    fn what_is_no_header_is_refused_without_repeating_it() {
        for (json, expected) in [
            ("", ApiKeyError::NotAnObject),
            ("s3cret", ApiKeyError::NotAnObject),
            (r#""s3cret""#, ApiKeyError::NotAnObject),
            (r#"{"header": "x-api-key"}"#, ApiKeyError::NotAnObject),
            (r#"{"header": "x-api-key", "value": 7}"#, ApiKeyError::NotAnObject),
            (r#"{"header": "s3cret header", "value": "v"}"#, ApiKeyError::Header),
            (r#"{"header": "", "value": "v"}"#, ApiKeyError::Header),
            (r#"{"header": "x-api-key", "value": ""}"#, ApiKeyError::Value),
            (r#"{"header": "x-api-key", "value": "s3cret\n"}"#, ApiKeyError::Value),
        ] {
            let error = ApiKey::from_json(json).unwrap_err();
            assert_eq!(error, expected, "{json}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn debug_hides_the_value() {
        let key = ApiKey::from_json(r#"{"header": "x-api-key", "value": "s3cret"}"#).unwrap();
        assert!(!format!("{key:?} {:?}", key.header()).contains("s3cret"));
    }
}
