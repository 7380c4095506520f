//! Requests of an API Gateway HTTP API as requests of HTTP, and responses back (payload format 2.0).
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::{collections::BTreeMap, fmt};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

/// Lambda takes a response of 6 MB, and its JSON, or base64, is longer than the body.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// A request as API Gateway hands it over. [`Debug`] hides it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayRequest {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
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

/// A request that is none of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request is none of HTTP")]
pub struct NotHttp;

/// A response as API Gateway takes it. [`Debug`] hides it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayResponse {
    status_code: u16,
    headers: BTreeMap<String, String>,
    cookies: Vec<String>,
    body: String,
    is_base64_encoded: bool,
}

impl GatewayRequest {
    /// As a request of HTTP.
    ///
    /// # Errors
    /// If it has a method, a path or a body that HTTP does not have.
    pub fn into_http(self) -> Result<Request<Body>, NotHttp> {
        let query = Some(self.raw_query_string).filter(|query| !query.is_empty());
        let target = match query {
            Some(query) => format!("{}?{query}", self.raw_path),
            None => self.raw_path,
        };
        let body = match self.body {
            Some(text) if self.is_base64_encoded => STANDARD.decode(text).map_err(|_| NotHttp)?,
            Some(text) => text.into_bytes(),
            None => Vec::new(),
        };
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = self.request_context.http.method.parse().map_err(|_| NotHttp)?;
        *request.uri_mut() = target.parse::<Uri>().map_err(|_| NotHttp)?;
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
                request.headers_mut().insert(name, value);
            }
        }
        // API Gateway takes cookies out of the headers.
        if let Ok(cookies) = HeaderValue::from_str(&self.cookies.join("; "))
            && !cookies.is_empty()
        {
            request.headers_mut().insert(header::COOKIE, cookies);
        }
        Ok(request)
    }
}

impl GatewayResponse {
    /// Of a response of HTTP: a packed one goes as base64, which API Gateway unpacks. One that is too long is a failure.
    pub async fn of_http(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else { return Self::status(500) };
        let (body, is_base64_encoded) = match String::from_utf8(body.into()) {
            Ok(text) => (text, false),
            Err(packed) => (STANDARD.encode(packed.into_bytes()), true),
        };
        let cookies = parts.headers.get_all(header::SET_COOKIE).iter();
        Self {
            status_code: parts.status.as_u16(),
            cookies: cookies.filter_map(|cookie| cookie.to_str().ok()).map(str::to_owned).collect(),
            headers: texts(&parts.headers),
            body,
            is_base64_encoded,
        }
    }

    /// A response without anything.
    pub fn status(status_code: u16) -> Self {
        Self {
            status_code,
            headers: BTreeMap::new(),
            cookies: Vec::new(),
            body: String::new(),
            is_base64_encoded: false,
        }
    }
}

fn texts(headers: &HeaderMap) -> BTreeMap<String, String> {
    let headers = headers.iter().filter(|(name, _)| *name != header::SET_COOKIE);
    headers
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}

impl fmt::Debug for GatewayRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatewayRequest({}, hidden)", self.request_context.http.method)
    }
}

impl fmt::Debug for GatewayResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatewayResponse({}, {} bytes)", self.status_code, self.body.len())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(event: serde_json::Value) -> Result<Request<Body>, NotHttp> {
        serde_json::from_value::<GatewayRequest>(event).unwrap().into_http()
    }

    #[tokio::test]
    async fn a_request_is_what_the_browser_sent() {
        let event = json!({"version": "2.0", "rawPath": "/contacts/a%20b", "rawQueryString": "technical&a=%2B1",
            "cookies": ["a=1", "b=2"], "headers": {"origin": "https://board.example", "x": "1,2"},
            "body": STANDARD.encode("text=+61"), "isBase64Encoded": true,
            "requestContext": {"http": {"method": "POST"}}});
        let request = request(event).unwrap();
        assert_eq!(request.uri(), "/contacts/a%20b?technical&a=%2B1");
        assert_eq!(
            (request.method().as_str(), &request.headers()["cookie"]),
            ("POST", &HeaderValue::from_static("a=1; b=2"))
        );
        assert_eq!(request.headers()["origin"], "https://board.example");
        assert_eq!(to_bytes(request.into_body(), 100).await.unwrap(), "text=+61");
    }

    #[test]
    fn what_is_not_http_is_refused_and_never_shown() {
        let event = |path: &str, method: &str| json!({"rawPath": path, "requestContext": {"http": {"method": method}}, "body": "secret"});
        assert!(request(event("/", "GET")).is_ok());
        assert_eq!(request(event("/ \u{0}", "GET")).unwrap_err(), NotHttp);
        assert_eq!(request(event("/", "G E T")).unwrap_err(), NotHttp);
        let request: GatewayRequest = serde_json::from_value(event("/secret", "GET")).unwrap();
        assert!(!format!("{request:?}").contains("secret"));
    }

    #[tokio::test]
    async fn a_response_has_its_cookies_apart() {
        let response = Response::builder()
            .status(303)
            .header("location", "/")
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2; Path=/")
            .body(Body::from("é"))
            .unwrap();
        let response = serde_json::to_value(GatewayResponse::of_http(response).await).unwrap();
        let expected = json!({"statusCode": 303, "headers": {"location": "/"}, "cookies": ["a=1", "b=2; Path=/"],
            "body": "é", "isBase64Encoded": false});
        assert_eq!(response, expected);
    }

    #[tokio::test]
    async fn a_packed_response_goes_as_base64() {
        let packed = [0x1f, 0x8b, 0x08, 0x00, 0xff];
        let response =
            Response::builder().header("content-encoding", "gzip").body(Body::from(packed.to_vec())).unwrap();
        let response = serde_json::to_value(GatewayResponse::of_http(response).await).unwrap();
        let expected = json!({"statusCode": 200, "headers": {"content-encoding": "gzip"}, "cookies": [],
            "body": STANDARD.encode(packed), "isBase64Encoded": true});
        assert_eq!(response, expected);
    }
}
