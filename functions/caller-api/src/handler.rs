//! One request: the number out of the path, the name out of the directory.

use std::{borrow::Cow, collections::HashMap};

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::json;
use switchboard_callers::{Directory, LookupResult};
use switchboard_core::phone::PhoneNumber;
use tokio::time::Instant;

/// What stands before the number in a request's path.
const PATH: &str = "/api/user/";

/// A request as an API Gateway HTTP API hands it over (payload format 2.0).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    raw_path: String,
    #[serde(default)]
    path_parameters: HashMap<String, String>,
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

/// The answer to a request, as API Gateway takes it.
#[derive(Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status_code: u16,
    /// Always `content-type: application/json`.
    pub headers: HashMap<&'static str, &'static str>,
    /// JSON: the name or `null`; an object with a `message` for any status but 200.
    pub body: String,
}

impl HttpRequest {
    /// The request's method and the path that names the caller. A stage's name may stand before it.
    fn parts(&self) -> (&str, Cow<'_, str>) {
        let path = match self.path_parameters.get("phone") {
            Some(phone) => Cow::Owned(format!("{PATH}{phone}")),
            None => Cow::Borrowed(
                self.raw_path.find(PATH).and_then(|at| self.raw_path.get(at..)).unwrap_or_default(),
            ),
        };
        (&self.request_context.http.method, path)
    }
}

/// Answers a request of the Lambda.
pub async fn handle(directory: &Directory, request: &HttpRequest, deadline: Instant) -> HttpAnswer {
    let (method, path) = request.parts();
    answer(directory, method, &path, deadline).await
}

/// Answers a request by its method and path, such as `GET` and `/api/user/%2B61491570006`.
pub async fn answer(directory: &Directory, method: &str, path: &str, deadline: Instant) -> HttpAnswer {
    let Some(phone) = path.strip_prefix(PATH).filter(|phone| !phone.contains('/')) else {
        return problem(404, "the path is /api/user/{phone}");
    };
    if method != "GET" {
        return problem(405, "the method is GET");
    }
    let phone = percent_decode_str(phone).decode_utf8().ok().and_then(|phone| PhoneNumber::parse(&phone));
    let Some(phone) = phone else {
        return problem(400, "a phone number is + and 3 to 15 digits");
    };
    match directory.look_up([&phone], deadline).await.get(&phone) {
        LookupResult::Known(name) => reply(200, json!(**name).to_string()),
        LookupResult::Unknown => reply(200, "null".to_owned()),
        LookupResult::Failed => problem(503, "the directory does not answer"),
    }
}

fn problem(status_code: u16, message: &str) -> HttpAnswer {
    reply(status_code, json!({ "message": message }).to_string())
}

fn reply(status_code: u16, body: String) -> HttpAnswer {
    HttpAnswer { status_code, headers: HashMap::from([("content-type", "application/json")]), body }
}

impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpRequest({}, path hidden)", self.request_context.http.method)
    }
}

impl std::fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpAnswer({}, {} bytes)", self.status_code, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, time::Duration};

    use switchboard_callers::Limits;

    use super::*;

    fn directory() -> Directory {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"Phone,Name\n+61491570006,\"Ada \"\"A\"\" Example\"\n").unwrap();
        Directory::file(file.path(), Limits::default()).unwrap()
    }

    async fn asked(method: &str, path: &str) -> (u16, String) {
        let answer = answer(&directory(), method, path, Instant::now() + Duration::from_secs(5)).await;
        assert_eq!(answer.headers["content-type"], "application/json");
        (answer.status_code, answer.body)
    }

    #[tokio::test]
    async fn the_plus_may_be_escaped_or_not() {
        for path in ["/api/user/%2B61491570006", "/api/user/+61491570006"] {
            assert_eq!(asked("GET", path).await, (200, r#""Ada \"A\" Example""#.to_owned()), "{path}");
        }
        assert_eq!(asked("GET", "/api/user/%2B61491570313").await, (200, "null".to_owned()));
    }

    #[tokio::test]
    async fn a_wrong_request_is_told_what_is_right() {
        for (method, path, status) in [
            ("GET", "/", 404),
            ("GET", "/api/user/a/b", 404),
            ("GET", "/api/user/", 400),
            ("GET", "/api/user/anonymous", 400),
            ("GET", "/api/user/%ff", 400),
            ("POST", "/api/user/%2B61491570006", 405),
        ] {
            let (got, body) = asked(method, path).await;
            assert_eq!(got, status, "{method} {path}");
            assert!(body.starts_with(r#"{"message":"#), "{body}");
        }
    }

    #[tokio::test]
    async fn an_http_api_names_the_caller_in_either_of_two_places() {
        for (raw_path, parameters) in
            [("/prod/api/user/%2B61491570006", json!({})), ("/anything", json!({"phone": "+61491570006"}))]
        {
            let event = json!({"version": "2.0", "rawPath": raw_path, "pathParameters": parameters,
                "requestContext": {"http": {"method": "GET", "path": raw_path}}});
            let request: HttpRequest = serde_json::from_value(event).unwrap();
            let answer = handle(&directory(), &request, Instant::now() + Duration::from_secs(5)).await;
            assert_eq!(answer.status_code, 200, "{raw_path}");
        }
    }
}
