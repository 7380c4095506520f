//! Requests of an API Gateway HTTP API and responses to them (payload format 2.0).
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::{collections::HashMap, fmt};

use serde::{Deserialize, Deserializer, Serialize};

/// The type of event of a function behind an HTTP API, as an error names it.
pub const EXPECTED: &str = "a request of an HTTP API";

/// A request, as API Gateway hands it over. [`Debug`] hides the path, which may hold a phone number.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// The path as the client wrote it. A stage's name may stand before the API's own path.
    #[serde(default)]
    pub raw_path: String,
    /// The variable parts of the route, decoded. A route without any may have null here.
    #[serde(default, deserialize_with = "null_as_default")]
    pub path_parameters: HashMap<String, String>,
    request_context: RequestContext,
}

#[derive(Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

impl HttpRequest {
    /// The method, in capital letters.
    pub fn method(&self) -> &str {
        &self.request_context.http.method
    }
}

/// A response with a JSON body, as API Gateway takes it. [`Debug`] hides the body.
#[derive(Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    /// The HTTP status.
    pub status_code: u16,
    /// Always has `content-type: application/json`.
    pub headers: HashMap<&'static str, &'static str>,
    /// JSON.
    pub body: String,
}

impl HttpResponse {
    /// A response with this body. A value that can't be written as JSON leaves the body empty.
    pub fn json(status_code: u16, body: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_string(body).unwrap_or_default();
        Self { status_code, headers: HashMap::from([("content-type", "application/json")]), body }
    }

    /// An error: an object with a `message`.
    pub fn error(status_code: u16, message: &str) -> Self {
        Self::json(status_code, &serde_json::json!({ "message": message }))
    }

    /// The response with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({}, path hidden)", self.method())
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpResponse({}, {} bytes)", self.status_code, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_needs_a_method() {
        let request = r#"{"requestContext":{"http":{"method":"GET"}}}"#;
        assert_eq!(serde_json::from_str::<HttpRequest>(request).unwrap().method(), "GET");
        assert!(serde_json::from_str::<HttpRequest>(r#"{"rawPath":"/"}"#).is_err());
        let null = r#"{"pathParameters":null,"requestContext":{"http":{"method":"GET"}}}"#;
        assert!(serde_json::from_str::<HttpRequest>(null).unwrap().path_parameters.is_empty());
    }

    #[test]
    fn debug_hides_path_and_body() {
        let request = r#"{"rawPath":"/+61491570006","requestContext":{"http":{"method":"GET"}}}"#;
        let request: HttpRequest = serde_json::from_str(request).unwrap();
        assert_eq!(format!("{request:?}"), "HttpRequest(GET, path hidden)");
        assert_eq!(format!("{:?}", HttpResponse::json(200, &"Ada")), "HttpResponse(200, 5 bytes)");
    }
}
