//! One request: the number out of the path, the name out of the directory.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use switchboard_callers::{Directory, LookupResult};
use switchboard_core::phone::PhoneNumber;
use switchboard_runtime::http_api::{HttpRequest, HttpResponse};
use tokio::time::Instant;

/// What stands before the number in a request's path.
const PATH: &str = "/api/user/";

/// Answers requests for the name of a caller.
#[derive(Debug)]
pub struct Handler {
    directory: Directory,
}

impl Handler {
    /// With the names of this directory.
    pub fn new(directory: Directory) -> Self {
        Self { directory }
    }

    /// Handles a request of an HTTP API. The route's variable `phone` or the path holds the number.
    pub async fn handle(&self, request: &HttpRequest, deadline: Instant) -> HttpResponse {
        let path = match request.path_parameters.get("phone") {
            Some(phone) => Cow::Owned(format!("{PATH}{phone}")),
            // A stage's name may stand before it.
            None => Cow::Borrowed(
                request.raw_path.find(PATH).and_then(|at| request.raw_path.get(at..)).unwrap_or_default(),
            ),
        };
        self.respond(request.method(), &path, deadline).await
    }

    /// Responds to a method and a path, such as `GET` and `/api/user/%2B61491570006`, with the name as JSON, or `null`.
    pub async fn respond(&self, method: &str, path: &str, deadline: Instant) -> HttpResponse {
        let Some(phone) = path.strip_prefix(PATH).filter(|phone| !phone.contains('/')) else {
            return HttpResponse::error(404, "the path is /api/user/{phone}");
        };
        if method != "GET" {
            return HttpResponse::error(405, "the method is GET");
        }
        let phone = percent_decode_str(phone).decode_utf8().ok().and_then(|phone| PhoneNumber::parse(&phone));
        let Some(phone) = phone else {
            return HttpResponse::error(400, "a phone number is + and 3 to 15 digits");
        };
        match self.directory.look_up([&phone], deadline).await.get(&phone) {
            LookupResult::Known(name) => HttpResponse::json(200, &**name),
            LookupResult::Unknown => HttpResponse::json(200, &()),
            LookupResult::Failed => HttpResponse::error(503, "the directory does not answer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, time::Duration};

    use serde_json::json;
    use switchboard_callers::Limits;

    use super::*;

    fn handler() -> Handler {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"Phone,Name\n+61491570006,\"Ada \"\"A\"\" Example\"\n").unwrap();
        Handler::new(Directory::file(file.path(), Limits::default()).unwrap())
    }

    async fn asked(method: &str, path: &str) -> (u16, String) {
        let response = handler().respond(method, path, Instant::now() + Duration::from_secs(5)).await;
        assert_eq!(response.headers["content-type"], "application/json");
        (response.status_code, response.body)
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
            let response = handler().handle(&request, Instant::now() + Duration::from_secs(5)).await;
            assert_eq!(response.status_code, 200, "{raw_path}");
        }
    }
}
